"""`bursar import` and `bursar tools` as programs call them: output, exit status, one clear line on failure."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from bot.cli import main
from storage.database import open_engine
from storage.models import AuditRow
from storage.unit_of_work import Store
from tests.conftest import NOW
from tests.storage.files import CATALOG, ORG, PEOPLE, put
from workflows.ports import fixed_clock, random_id


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    try:
        status = main([str(argument) for argument in arguments])
    except SystemExit as end:
        status = int(end.code or 0)
    printed = capsys.readouterr()
    return status, printed.out, printed.err


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path / 'db' / 'bursar.db'}"
    monkeypatch.setenv("BURSAR_DATABASE_URL", url)
    return url


def parsed(text: str) -> Any:
    return json.loads(text)


def test_a_folder_then_the_inventory(capsys: pytest.CaptureFixture[str], tmp_path: Path, database: str) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    seats = "tool,work_email,as_of\ncopilot,bob@acme.example,2026-10-01\nNotion AI,bob@acme.example,2026-10-01\n"
    put(folder, {"org.yaml": ORG, "people.csv": PEOPLE, "catalog.yaml": CATALOG, "seats.csv": seats + "x,y,z\n"})
    status, out, err = call(capsys, "import", folder)
    assert (status, err) == (0, "")
    assert "seats: seats.csv: 3 rows read, 2 new, 0 changed, 0 unchanged, 1 quarantined" in out
    assert "quarantined seats.csv:4: work_email = 'y': not an e-mail address" in out
    status, out, _ = call(capsys, "tools", "--json", "--now", "2026-11-23T12:00:00Z")
    assert status == 0
    assert [(row["slug"], row["status"], row["seats_assigned"]) for row in parsed(out)] == [
        ("chatgpt", "approved", None), ("github-copilot", "approved", 1), ("notion-ai", "discovered", 1),
    ]  # fmt: skip
    status, out, _ = call(capsys, "tools", "--state", "discovered")
    assert (status, [line.split("\t")[0] for line in out.splitlines()]) == (0, ["tool", "Notion AI"])
    assert call(capsys, "tools", "--state", "blocked")[:2] == (0, "No tool is blocked.\n")
    call(capsys, "import", folder)
    store = Store(open_engine(database), fixed_clock(NOW), random_id)
    with store.read() as uow:
        rows = uow.session.exec(select(AuditRow).order_by(AuditRow.seq)).all()  # type: ignore[arg-type]
    store.engine.dispose()
    assert [(row.action, row.payload["new"]) for row in rows] == [
        ("import.org", 1), ("import.people", 4), ("import.catalog", 2), ("import.seats", 2),
    ]  # fmt: skip


def test_json_counts_and_quarantined_rows(capsys: pytest.CaptureFixture[str], tmp_path: Path, database: str) -> None:
    (path,) = put(tmp_path, {"people.csv": PEOPLE + "9,nobody,N,Eng,,,\n"})
    status, out, _ = call(capsys, "import", path, "--json")
    report = parsed(out)["reports"][0]
    assert status == 0
    assert {key: report[key] for key in ("kind", "read", "new", "changed", "unchanged", "quarantined")} == {
        "kind": "people", "read": 5, "new": 4, "changed": 0, "unchanged": 0, "quarantined": 1,
    }  # fmt: skip
    assert report["quarantined_rows"] == [
        {"file": "people.csv", "line": 6, "column": "work_email", "value": "nobody", "reason": "not an e-mail address"}
    ]
    status, out, _ = call(capsys, "import", path, "--json", "--dry-run")
    assert parsed(out)["totals"] == {"read": 5, "new": 0, "changed": 0, "unchanged": 4, "quarantined": 1}


def test_what_is_refused_says_where_and_what_to_do(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, database: str
) -> None:
    (path,) = put(tmp_path, {"people.csv": "employee_id,email,display_name,department\n1,a@x.example,A,Eng\n"})
    status, out, err = call(capsys, "import", path)
    assert (status, out) == (1, "")
    assert "people.csv:1: the column 'work_email' is missing; is it 'email'?" in err
    (path,) = put(tmp_path, {"catalog.yaml": "tools:\n  - {slug: a, name: A, statsu: approved}\n"})
    status, _, err = call(capsys, "import", path)
    assert status == 1
    assert "catalog.yaml:2:24: unknown key 'statsu'; did you mean 'status'?" in err
    status, _, err = call(capsys, "import", tmp_path / "gone.csv")
    assert (status, err.count("\n")) == (1, 1)
    assert "no such file" in err


def test_a_policy_is_linted(capsys: pytest.CaptureFixture[str], tmp_path: Path, database: str) -> None:
    (path,) = put(tmp_path, {"policy.yaml": "version: 1\napproval: {}\nfoo: 1\n"})
    status, _, err = call(capsys, "import", path)
    assert status == 1
    assert "policy.yaml:3:1: unknown key 'foo'" in err


@pytest.mark.parametrize("arguments", [[], ["x", "--nonsense"], ["x", "--kind", "persons"], ["x", "--replace", "--append"]])
def test_wrong_use(capsys: pytest.CaptureFixture[str], database: str, arguments: list[str]) -> None:
    assert call(capsys, "import", *arguments)[0] == 2


def test_an_empty_inventory(capsys: pytest.CaptureFixture[str], database: str) -> None:
    assert call(capsys, "tools", "--state", "lost")[0] == 2
    status, _, err = call(capsys, "tools")
    assert status == 1
    assert "import catalog.yaml" in err


def test_accepting_a_snapshot(capsys: pytest.CaptureFixture[str], tmp_path: Path, database: str) -> None:
    head = "tool,work_email,as_of\n"
    rows = [f"copilot,{name}@acme.example," for name in ("ada", "bob", "cyd")]
    put(tmp_path, {"people.csv": PEOPLE, "seats-1.csv": head + "".join(f"{row}2026-10-01\n" for row in rows)})
    put(tmp_path, {"seats-2.csv": f"{head}{rows[0]}2026-11-01\n"})
    status, out, _ = call(capsys, "import", tmp_path)
    assert status == 0
    assert "waits; look at it and import it again with --accept" in out
    status, out, _ = call(capsys, "import", tmp_path / "seats-2.csv", "--accept")
    assert status == 0
    assert "waits" not in out
