"""`bursar ask --verify`: a company's verified questions pass while the numbers are as they were, and say so when not."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.commands.verify_questions import verify
from storage.unit_of_work import Store
from tests.asking.company import add_usage
from tests.asking.test_delivery import acme
from tests.builders import add_person, add_tool

FIN = "fin@acme.example"
OCTOBER = {"start": "2026-10-01", "end": "2026-11-01"}
TOTAL: dict[str, Any] = {"id": "q1", "text": "API requests in october 2026", "as": FIN}
BY_DEPARTMENT: dict[str, Any] = {"id": "q2", "text": "API requests in october 2026 by department", "as": FIN}
ROWS = [{"department": "Finance", "value": "55"}, {"department": "Engineering", "value": "21"},
        {"department": "Legal", "value": "15"}]  # fmt: skip


@pytest.fixture
def company(store: Store) -> Store:
    with store.write() as uow:
        acme(uow)
    return store


def lines(tmp_path: Path, *questions: dict[str, Any] | str, name: str = "verified.jsonl") -> Path:
    path = tmp_path / name
    path.write_text("\n".join(q if isinstance(q, str) else json.dumps(q) for q in questions) + "\n", encoding="utf-8")
    return path


def outcome(
    store: Store, path: Path, capsys: pytest.CaptureFixture[str], record: bool = False
) -> tuple[int, dict[str, Any]]:
    status = verify(store, str(path), record, as_json=True)
    return status, json.loads(capsys.readouterr().out)


def checked(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str], question: dict[str, Any], **expect: Any
) -> list[str]:
    """What differed, by name."""
    _, found = outcome(store, lines(tmp_path, {**question, "expect": expect}), capsys)
    return [difference["what"] for failure in found["failures"] for difference in failure["differences"]]


def test_answers_as_expected_pass(company: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = lines(
        tmp_path,
        {**TOTAL, "expect": {"status": "answered", "value": "91", "unit": "requests", "text_contains": ["91", "october"]}},
        "",
        {**TOTAL, "expect": {"plan": {"metrics": ["requests"], "filters": [], "period": OCTOBER, "transform": None}}},
        {**BY_DEPARTMENT, "expect": {"plan": {"group_by": ["department"], "order": "desc"}, "rows": ROWS}},
        {**TOTAL, "text": "and in september?", "context": TOTAL["text"], "expect": {"status": "no_data", "value": None}},
        {**TOTAL, "as": "eng1@acme.example", "expect": {"status": "refused"}},
        {**TOTAL, "text": "zonks in october 2026", "expect": {"status": "clarify", "slot": "modifier"}},
        {"text": "API requests last month", "as": FIN, "now": "2026-11-02T00:00:00+01:00",
         "channel": "OPEN", "expect": {"value": 91, "plan": {"period": OCTOBER}}},
        {"text": "API requests last month", "as": FIN, "now": "2026-12-02T00:00:00Z", "expect": {"status": "no_data"}},
    )  # fmt: skip
    status, found = outcome(company, path, capsys)
    assert found["failures"] == []
    assert (status, found["questions"], found["passed"], found["failed"]) == (0, 8, 8, 0)


@pytest.mark.parametrize(
    ("expect", "differs"),
    [
        ({"value": "92"}, ["value"]),
        ({"value": "91.000000001"}, ["value"]),
        ({"value": "91.00"}, []),
        ({"value": 91}, []),
        ({"value": None}, ["value"]),
        ({"previous": None}, []),
        ({"previous": "1"}, ["previous"]),
        ({"status": "refused"}, ["status"]),
        ({"unit": "USD"}, ["unit"]),
        ({"unit": "requests"}, []),
        ({"text_contains": "ninety"}, ["text"]),
        ({"text_contains": ["91", "ninety"]}, ["text"]),
        ({"plan": {"metrics": ["spend"]}}, ["plan.metrics"]),
        ({"plan": {"metrics": ["requests", "spend"]}}, ["plan.metrics"]),
        ({"plan": {"period": {"start": "2026-10-01"}}}, []),
        ({"plan": {"period": {"start": "2026-10-02"}}}, ["plan.period"]),
        ({"plan": {"filters": [{"dimension": "department", "values": ["Legal"]}]}}, ["plan.filters"]),
        ({"plan": {"group_by": ["tool"], "limit": 5}}, ["plan.group_by", "plan.limit"]),
        ({"plan": {"transform": "cumulative"}}, ["plan.transform"]),
        ({"rows": ROWS}, ["rows"]),
        ({"rows": []}, []),
        ({"status": "clarify", "value": "1", "unit": "USD"}, ["status", "unit", "value"]),
    ],
)  # fmt: skip
def test_every_part_is_compared(
    company: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str], expect: dict[str, Any], differs: list[str]
) -> None:
    assert checked(company, tmp_path, capsys, TOTAL, **expect) == differs


@pytest.mark.parametrize(
    ("rows", "differs"),
    [
        ([ROWS[1], ROWS[0], ROWS[2]], ["rows[0].department", "rows[0].value", "rows[1].department", "rows[1].value"]),
        ([*ROWS[:2], {"department": "Legal", "value": "15.01"}], ["rows[2].value"]),
        ([*ROWS[:2], {"department": "Legal", "value": None}], ["rows[2].value"]),
        ([*ROWS[:2], {"value": "15.0"}], []),
        ([*ROWS[:2], {"vendor": "Legal"}], ["rows[2].vendor"]),
        (ROWS[:2], ["rows"]),
    ],
)
def test_rows_are_compared_in_order_and_to_the_digit(
    company: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str], rows: list[dict[str, Any]], differs: list[str]
) -> None:
    assert checked(company, tmp_path, capsys, BY_DEPARTMENT, rows=rows) == differs


def test_filters_mean_the_same_in_any_order(company: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    question = {"text": "API requests of legal and engineering on claude in october 2026", "as": FIN}
    tool = {"dimension": "tool", "op": "in", "values": ["Claude"]}
    both = {"dimension": "department", "values": ["Legal", "Engineering"]}
    assert checked(company, tmp_path, capsys, question, plan={"filters": [tool, both]}) == []
    assert checked(company, tmp_path, capsys, question, plan={"filters": [both, tool]}) == []
    assert checked(company, tmp_path, capsys, question, plan={"filters": [both, {**tool, "op": "ne"}]}) == ["plan.filters"]
    assert checked(company, tmp_path, capsys, question, plan={"filters": [both]}) == ["plan.filters"]


def test_a_failure_is_one_line_and_the_status_1(company: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = lines(
        tmp_path, {**TOTAL, "expect": {"value": "90", "unit": "USD"}}, "", {**BY_DEPARTMENT, "expect": {"value": 91}}
    )
    assert verify(company, str(path), record=False, as_json=False) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{path}:1 q1: unit: expected USD, came requests; value: expected 90, came 91 (“{TOTAL['text']}”)",
        "2 questions: 1 as expected, 1 not",
    ]


def test_an_asker_nobody_knows_is_a_failure(company: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = lines(tmp_path, {**TOTAL, "as": "nobody@acme.example", "expect": {"status": "refused"}})
    status, found = outcome(company, path, capsys, record=True)
    assert status == 1 and "not in the company directory" in found["failures"][0]["differences"][0]["came"]


def test_what_is_recorded_holds_until_the_numbers_change(
    company: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = '{"id": "kept",   "text": "API requests in october 2026", "as": "fin@acme.example", "expect": {"value": "91"}}'
    asked = [{**TOTAL, "text": "API requests last month by department vs september 2026"},
             {**TOTAL, "text": "zonks in october 2026"}, {**TOTAL, "as": "eng1@acme.example"}]  # fmt: skip
    path = lines(tmp_path, kept, *asked)
    status, found = outcome(company, path, capsys)
    assert (status, found["without_expectation"], found["recorded"]) == (0, 3, 0)
    assert path.read_text().splitlines()[1:] == [json.dumps(one) for one in asked], "nothing is written without --record"
    status, found = outcome(company, path, capsys, record=True)
    assert (status, found["recorded"]) == (0, 3)
    written = path.read_text()
    assert written.splitlines()[0] == kept and written.endswith("\n")
    first = json.loads(written.splitlines()[1])
    assert first["now"] == "2026-11-23T12:00:00+00:00" and first["expect"]["rows"][0]["value"] == "55"
    status, found = outcome(company, path, capsys, record=True)
    assert (status, found["passed"], found["recorded"]) == (0, 4, 0) and path.read_text() == written
    with company.write() as uow:
        late = add_person(uow, "late", department="Finance")
        add_usage(uow, add_tool(uow, "other"), late, date(2026, 10, 9), requests=1)
    status, found = outcome(company, path, capsys, record=True)
    assert status == 1 and [failure["line"] for failure in found["failures"]] == [1, 2]
    assert path.read_text() == written, "an expectation is never overwritten"


YAML = """\
# Frozen by finance
- id: 1                      # the total
  text: API requests in october 2026
  as: fin@acme.example
  expect: {status: answered, value: 91.0, plan: {period: {start: 2026-10-01, end: 2026-11-01}}}
- text: API requests last month
  as: "fin@acme.example"
  now: 2026-11-02T00:00:00Z
"""


def test_yaml_is_read_and_recorded_with_its_comments(
    company: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = lines(tmp_path, YAML.rstrip("\n"), name="verified.yaml")
    status, found = outcome(company, path, capsys, record=True)
    assert (status, found["failures"], found["passed"], found["recorded"]) == (0, [], 1, 1)
    written = path.read_text()
    assert written.startswith(YAML.split("- text")[0].split("  expect")[0]) and 'as: "fin@acme.example"' in written
    status, found = outcome(company, path, capsys)
    assert (status, found["failures"], found["passed"]) == (0, [], 2)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.jsonl", '{"text": "x", "as": "a"}\n{not json', ":2: this line is not JSON"),
        ("a.jsonl", "[1]", ":1: not a question"),
        ("a.jsonl", '{"text": "x"}', ":1: 'as' is missing"),
        ("a.jsonl", '\n{"text": "", "as": "a"}', ":2: text: "),
        ("a.jsonl", '{"text": "x", "as": "a", "expext": {}}', ":1: unknown key 'expext'; did you mean 'expect'?"),
        ("a.jsonl", '{"text": "x", "as": "a", "expect": {"valeu": 1}}', "unknown key 'expect.valeu'; did you mean 'value'?"),
        ("a.jsonl", '{"text": "x", "as": "a", "expect": {"value": "many"}}', ":1: expect.value: "),
        ("a.jsonl", '{"text": "x", "as": "a", "expect": {"rows": [{"value": "many"}]}}', "'many' is no number"),
        ("a.jsonl", '{"text": "x", "as": "a", "expect": {"plan": {"metric": []}}}', "no 'metric'; did you mean 'metrics'?"),
        ("a.jsonl", '{"text": "x", "as": "a", "expect": {"status": "fine"}}', ":1: expect.status: "),
        ("a.jsonl", '{"text": "x", "as": "a", "now": "2026-11-01T00:00:00"}', ":1: now: an instant needs a zone"),
        ("a.jsonl", "\n", ":1: no questions in it"),
        ("a.yaml", "- text: x\n  as: a\n- text: x\n  as: a\n  expect:\n    valeu: 1\n", ":6: unknown key 'expect.valeu'"),
        ("a.yaml", "- text: x\n  as: a\n  expect: {value: 12345678901234567.89}\n", ":1: "),
        ("a.yaml", "text: x", ":1: a list of questions is expected"),
        ("a.yaml", "- text: [", "a.yaml:"),
    ],
)  # fmt: skip
def test_a_bad_file_is_named_with_its_line_and_ends_with_2(
    sqlite_store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: str, said: str
) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    assert verify(sqlite_store, str(path), record=True, as_json=True) == 2
    told = capsys.readouterr()
    assert said in told.err and str(path) in told.err and told.out == ""
    assert path.read_text(encoding="utf-8") == content


def test_the_command(company: Store, database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = lines(tmp_path, {**TOTAL, "expect": {"value": "91"}})
    common = ["--database", database_url, "--now", "2026-11-23T12:00:00Z"]
    assert main(["ask", "--verify", str(path), *common]) == 0
    assert capsys.readouterr().out == "1 question: 1 as expected, 0 not\n"
    lines(tmp_path, {**TOTAL, "expect": {"value": "92"}})
    assert main(["ask", "--verify", str(path), "--json", *common]) == 1
    assert json.loads(capsys.readouterr().out)["failed"] == 1
    assert main(["ask", "--verify", str(tmp_path / "none.jsonl"), *common]) == 2
    assert "none.jsonl:1: cannot be read" in capsys.readouterr().err
    assert main(["ask", "a question", "--verify", str(path), *common]) == 1
    assert main(["ask", "a question", "--record", "--as", FIN, *common]) == 1
