"""`bursar policy …` and `bursar requests` as an administrator calls them."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from storage.unit_of_work import Store
from tests.builders import add_config
from tests.storage.requests_world import World
from workflows.requests.decide import decide

POLICY = """\
version: 1
approval:
  baseline: [manager]
  rules:
    - id: small
      when: {all: [{field: request.annual_value, lte: "500 USD"}, {field: tool.status, eq: approved}]}
      then: {auto_approve: true}
    - id: big
      when: {field: request.annual_value, gt: "5000 USD"}
      then: {route: ["role:finance"]}
"""
TESTS = """\
- name: small ones go through
  given: {request.annual_value: "500 USD", tool: {status: approved}}
  expect: {outcome: approved, approvers: [], rules: [small]}
- name: nobody knows the price
  given: {}
  expect: {outcome: routed, approvers: [manager, "role:finance"], rules: [big]}
"""


@pytest.fixture
def world(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("BURSAR_DATABASE_URL", str(sqlite_store.engine.url))
    monkeypatch.setenv("BURSAR_NOW", "2026-11-23T12:00:00Z")
    monkeypatch.delenv("BURSAR_CONFIG_DIR", raising=False)
    return World(sqlite_store, POLICY)


def call(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    try:
        code = main(list(words))
    except SystemExit as ended:
        code = int(ended.code or 0)
    out = capsys.readouterr()
    return code, out.out, out.err


def as_json(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    code, out, err = call(capsys, *words, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_lint(world: World, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert call(capsys, "policy", "lint") == (0, "policy.yaml: nothing to say\n", "")
    file = tmp_path / "policy.yaml"
    file.write_text(POLICY.replace("role:finance", "role:finanse"))
    code, out, _ = call(capsys, "policy", "lint", str(file))
    assert (code, out) == (1, f"{file}:10:22: unknown role 'finanse'; did you mean 'finance'?\n")
    (tmp_path / "org.yaml").write_text("roles: {finanse: [fay@acme.example]}\n")
    assert call(capsys, "policy", "lint", str(file))[0] == 0
    code, out, _ = call(capsys, "policy", "lint", str(file), "--json")
    assert code == 0 and json.loads(out) == {"file": str(file), "ok": True, "findings": []}
    code, _, err = call(capsys, "policy", "lint", str(tmp_path / "none.yaml"))
    assert code == 1 and "cannot read" in err


def test_explain_facts(world: World, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps({"request.annual_value": "6000 USD", "tool.status": "approved"}))
    told = as_json(capsys, "policy", "explain", "--facts", str(facts))
    assert (told["outcome"], told["approvers"], told["matched"]) == ("routed", ["manager", "role:finance"], ["big"])
    assert told["rules"][1]["why"] == ["request.annual_value is 6000 USD; gt 5000 USD: true"]
    assert "rule big (route): matches" in call(capsys, "policy", "explain", "--facts", str(facts))[1]
    facts.write_text("{request.anual_value: 5 USD}")
    code, _, err = call(capsys, "policy", "explain", "--facts", str(facts))
    assert code == 1 and f"{facts}:1:2: unknown field 'request.anual_value'; did you mean 'request.annual_value'?" in err
    assert call(capsys, "policy", "explain")[0] == 2


def test_explain_a_request_by_what_it_was_frozen_with(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.price("6000")
    request = world.ask()
    with world.store.write() as uow:
        add_config(uow, "policy", POLICY.replace("5000", "9000"))
        decide(uow, world.mia, request.id, "approve")
    told = as_json(capsys, "policy", "explain", "R-1001")
    assert told["approvers"] == ["manager", "role:finance"] and told["policy_hash"] == request.policy_hash
    assert [slot["people"] for stage in told["chain"] for slot in stage["slots"]] == [["Mia"], ["Fay", "Fin", "Fox"]]
    assert told["chain"][0]["slots"][0]["decisions"][0]["verdict"] == "approve"
    assert call(capsys, "policy", "explain", request.id)[0] == 0
    code, _, err = call(capsys, "policy", "explain", "R-7")
    assert code == 1 and "no request 'R-7'" in err


def test_policy_tests(world: World, capsys: pytest.CaptureFixture[str], tmp_path: Path,
                      monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    folder = tmp_path / "policy-tests"
    folder.mkdir()
    (folder / "a.yaml").write_text(TESTS)
    code, out, _ = call(capsys, "policy", "test", str(folder))
    assert code == 0 and out.endswith("2 passed, 0 failed\n")
    (folder / "b.json").write_text(json.dumps({"name": "wrong", "given": {}, "expect": {"outcome": "denied"}}))
    monkeypatch.setenv("BURSAR_CONFIG_DIR", str(tmp_path))
    code, out, _ = call(capsys, "policy", "test")
    assert code == 1 and "outcome: expected denied, got routed" in out and out.endswith("2 passed, 1 failed\n")
    (folder / "b.json").write_text('{"name": "x", "given": {}, "expct": {}}')
    code, _, err = call(capsys, "policy", "test", str(folder))
    assert code == 1 and "unknown key 'expct'; did you mean 'expect'?" in err
    code, _, err = call(capsys, "policy", "test", str(tmp_path / "nothing"))
    assert code == 1 and "no policy tests" in err


def test_replay(world: World, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    world.price("6000")
    world.ask()
    world.ask("bob", kind="limit")
    other = tmp_path / "policy.yaml"
    other.write_text(POLICY.replace("5000 USD", "7000 USD"))
    told = as_json(capsys, "policy", "replay", "--since", "90d", "--policy", str(other))
    assert told["requests"] == 2 and [row["request"] for row in told["changed"]] == ["R-1001"]
    row = told["changed"][0]
    assert (row["annual"], row["clicks_before"], row["clicks_after"]) == ("6000.00", 2, 1)
    code, out, _ = call(capsys, "policy", "replay", "--since", "2026-11-01")
    assert code == 0 and out == "0 of 2 requests change; clicks 4 -> 4\n"
    assert call(capsys, "policy", "replay", "--since", "soon")[0] == 1


def test_schema_and_wrong_use(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "policy", "schema")
    assert code == 0 and "approval" in json.loads(out)["properties"]
    assert call(capsys, "policy", "lynt")[0] == 2 and call(capsys, "policy")[0] == 2


def test_requests(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "requests") == (0, "no requests yet\n", "")
    world.price("6000")
    request = world.ask()
    rows = as_json(capsys, "requests", "--state", "pending")
    assert [(row["request"], row["for"], row["annual"], row["where"]) for row in rows] == [
        ("R-1001", "Eve", "6000.00", "Waits for Mia.")
    ]
    with world.store.write() as uow:
        decide(uow, world.mia, request.id, "deny", "no")
    assert as_json(capsys, "requests", "--state", "pending") == []
    assert "Denied by Mia on 2026-11-23 12:00." in call(capsys, "requests")[1]
    assert call(capsys, "requests", "--state", "odd")[0] == 2
