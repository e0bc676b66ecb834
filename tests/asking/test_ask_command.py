"""`bursar ask` as other programs call it: a small company imported from files, questions as processes."""

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

NOW = "2026-11-23T12:00:00Z"
PROGRAM = [sys.executable, "-m", "bot"]
KEYS = {
    "id", "status", "question", "text", "plan", "unit", "value", "previous", "rows", "assumptions", "data_through",
    "coverage", "choices", "delivery",
}  # fmt: skip
PLAN_KEYS = {
    "metrics", "filters", "period", "compare", "group_by", "grain", "having", "share_of", "aggregate", "explain", "order",
    "limit",
}  # fmt: skip
ORG = """
name: Acme
base_currency: USD
timezone: UTC
fiscal_year: {start_month: 2, named_by: end}
roles: {finance: [fin@acme.example]}
owners: {department: {Marketing: max@acme.example}}
channels: {C-SPEND: {opens: [company_totals, department_totals]}}
"""
CATALOG = """
tools:
  - {slug: cursor, name: Cursor, vendor: Anysphere, status: approved, billing_model: per_seat,
     focus: {service_names: [Cursor]}}
  - {slug: github-copilot, name: GitHub Copilot, vendor: GitHub, status: approved, aliases: [copilot],
     focus: {service_names: [GitHub Copilot]}}
  - {slug: m365-copilot, name: Microsoft 365 Copilot, vendor: Microsoft, status: restricted, aliases: [copilot],
     focus: {service_names: [M365]}}
"""
COST = {
    "ChargeCategory": "Usage", "BillingAccountId": "a1", "BillingCurrency": "USD", "Tags": "",
}  # fmt: skip


def write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def cost(tool: str, vendor: str, day: str, following: str, amount: str, **more: str) -> dict[str, str]:
    return COST | {
        "ServiceName": tool, "InvoiceIssuerName": vendor, "ProviderName": vendor, "ChargePeriodStart": f"{day}T00:00:00Z",
        "ChargePeriodEnd": f"{following}T00:00:00Z", "BillingPeriodStart": f"{day[:7]}-01T00:00:00Z",
        "BilledCost": amount, "EffectiveCost": amount, "ListCost": amount,
    } | more  # fmt: skip


def person(number: int, name: str, department: str, manager: str = "") -> dict[str, str]:
    return {"employee_id": f"E{number}", "work_email": f"{name.lower()}@acme.example", "display_name": name,
            "department": department, "manager_employee_id": manager}  # fmt: skip


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("acme")
    (folder / "org.yaml").write_text(ORG, encoding="utf-8")
    (folder / "catalog.yaml").write_text(CATALOG, encoding="utf-8")
    people = [person(1, "Fin", "Finance"), person(2, "Max", "Marketing"), person(3, "Eve", "Marketing", "E2")]
    people += [person(number, f"Eng{number}", "Engineering") for number in range(4, 10)]
    people += [person(number, f"Mar{number}", "Marketing", "E2") for number in range(10, 14)]
    write(folder / "people.csv", people)
    write(folder / "costs.csv", [
        cost("Cursor", "Anysphere", "2026-09-05", "2026-09-06", "80", Tags='{"department": "Marketing"}'),
        cost("Cursor", "Anysphere", "2026-10-05", "2026-10-06", "100.10", Tags='{"department": "Marketing"}'),
        cost("Cursor", "Anysphere", "2026-10-06", "2026-10-07", "50.25", Tags='{"user": "eng4@acme.example"}'),
        cost("GitHub Copilot", "GitHub", "2026-10-01", "2026-11-01", "31"),
        cost("GitHub Copilot", "GitHub", "2026-11-20", "2026-11-21", "7", Tags='{"user": "eve@acme.example"}'),
    ])  # fmt: skip
    budget = {"period": "2026-Q4", "scope_type": "department", "scope": "Marketing", "amount": "300", "currency": "USD"}
    write(folder / "budgets.csv", [budget])
    write(folder / "contracts.csv", [
        {"contract_id": "C-1", "tool": "cursor", "billing_model": "per_seat", "seats_purchased": "5", "unit_price": "40",
         "billing_interval": "month", "currency": "USD", "start_date": "2026-01-01", "end_date": "2026-12-31",
         "notice_days": "30"}])  # fmt: skip
    url = f"sqlite:///{folder / 'bursar.db'}"
    subprocess.run([*PROGRAM, "import", str(folder), "--database", url, "--now", NOW], check=True, capture_output=True)
    yield url


def run(database: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, "ask", *arguments, "--database", database, "--now", NOW], capture_output=True, text=True, check=False
    )


def ask(database: str, question: str, who: str = "fin", *arguments: str) -> dict[str, Any]:
    done = run(database, question, "--as", f"{who}@acme.example", "--json", *arguments)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found.keys() - {"slot", "values"} == KEYS
    return found


def test_an_answer_has_its_number_its_plan_and_its_receipt(database: str) -> None:
    found = ask(database, "what did marketing spend last month")
    assert (found["status"], found["value"], found["unit"], found["delivery"]) == ("answered", "100.10", "USD", "channel")
    assert found["plan"].keys() == PLAN_KEYS
    assert found["plan"]["filters"] == [{"dimension": "department", "op": "in", "values": ["Marketing"]}]
    assert found["plan"]["period"] == {"start": "2026-10-01", "end": "2026-11-01", "label": "October 2026"}
    assert found["data_through"] == {"Anysphere": "2026-10-06", "GitHub": "2026-11-20"}
    assert found["coverage"] == "0.8291"  # 150.35 of 181.35
    assert found["text"].startswith("100.10 USD: AI spend of Marketing in October 2026")
    for part in ("Metric:", "Dates: 1 to 31 Oct 2026", "Filters: department Marketing", "Data through:",
                 "Attributed to an owner: 82.9 %", "Who may see it:"):  # fmt: skip
        assert part in found["text"]


def test_groups_show_what_has_no_owner_and_cut_off_the_rest(database: str) -> None:
    found = ask(database, "spend by department last month")
    assert found["value"] == "181.35"
    assert found["rows"] == [
        {"department": "Marketing", "value": "100.10", "previous": None},
        {"department": "Engineering", "value": "50.25", "previous": None},
        {"department": None, "value": "31.00", "previous": None},
    ]
    top = ask(database, "which department spent the most last month")
    assert [row.get("department", "others") for row in top["rows"]] == ["Marketing", "others", None]
    assert top["rows"][1] == {"others": True, "value": "50.25", "previous": None}


def test_times_are_keyed_by_the_companys_calendar(database: str) -> None:
    weekly = ask(database, "spend by week in october")
    assert weekly["rows"][0]["week"] == "2026-W40"
    quarterly = ask(database, "spend by quarter since september")
    assert [row["quarter"] for row in quarterly["rows"]] == ["FY27-Q3", "FY27-Q4"]


def test_a_comparison_gives_both_sides(database: str) -> None:
    found = ask(database, "october vs september by tool")
    assert (found["value"], found["previous"]) == ("181.35", "80.00")
    assert found["rows"][0] == {"tool": "Cursor", "value": "150.35", "previous": "80.00"}
    assert "101.35 USD (126.7 %) more than the 80.00 USD" in found["text"]


def test_a_budget_and_what_is_left(database: str) -> None:
    left = ask(database, "how much budget does marketing have left in Q4 2026", "max")
    assert left["status"] in ("answered", "clarify", "no_data")
    against = ask(database, "marketing budget vs actual in october")
    assert (against["value"], against["previous"]) == ("100.10", "100.00")


def test_renewals_are_contracts(database: str) -> None:
    found = ask(database, "what renews in the next 90 days")
    assert found["value"] == "2400.00"
    assert [(row["tool"], row["contract_id"], row["end_date"], row["notice_by"], row["value"]) for row in found["rows"]] == [
        ("Cursor", "C-1", "2026-12-31", "2026-12-01", "2400.00")
    ]


def test_nothing_recorded_is_not_zero(database: str) -> None:
    found = ask(database, "marketing spend on copilot github last month")
    assert found["status"] in ("no_data", "clarify")
    none = ask(database, "finance spend on cursor last month")
    assert (none["status"], none["value"], none["rows"]) == ("no_data", None, [])
    assert "not the same as 0" in none["text"]


def test_two_tools_of_one_name_are_asked_about(database: str) -> None:
    found = ask(database, "copilot spend last month")
    assert (found["status"], found["slot"], found["value"]) == ("clarify", "entity", None)
    assert [choice.split(" (")[0] for choice in found["choices"]] == ["GitHub Copilot", "Microsoft 365 Copilot"]
    chosen = ask(database, "the github one", "fin", "--context", "copilot spend last month")
    assert (chosen["status"], chosen["value"]) == ("answered", "31.00")


def test_a_follow_up_edits_the_previous_question(database: str) -> None:
    found = ask(database, "and in september?", "fin", "--context", "what did marketing spend last month")
    assert (found["value"], found["plan"]["filters"][0]["values"]) == ("80.00", ["Marketing"])


def test_rights_by_asker_and_place(database: str) -> None:
    assert ask(database, "what did we spend last month", "eve")["status"] == "refused"
    assert ask(database, "what did marketing spend last month", "max")["value"] == "100.10"
    assert ask(database, "what do I cost this month", "eve")["value"] == "7.00"
    assert ask(database, "what did my team spend this month", "max")["value"] == "7.00"
    question = "what did marketing spend last month"
    assert ask(database, question, "fin", "--channel", "public")["delivery"] == "private"
    assert ask(database, question, "fin", "--channel", "private")["delivery"] == "channel"
    assert ask(database, question, "fin", "--channel", "C-SPEND")["delivery"] == "channel"
    mixed = ask(database, question, "fin", "--channel", "private", "--members", "fin@acme.example,eve@acme.example")
    assert mixed["delivery"] == "private"


def test_what_is_not_in_the_data_is_said(database: str) -> None:
    found = ask(database, "what is the carbon footprint of our AI usage")
    assert (found["status"], found["value"], found["plan"]) == ("unsupported", None, None)


def test_a_batch_answers_every_line_in_order(database: str, tmp_path: Path) -> None:
    lines = [
        json.dumps({"id": "7", "text": "what did we spend last month", "as": "fin@acme.example"}),
        "{not json",
        json.dumps({"id": "8", "text": "what did we spend last month", "as": "nobody@acme.example"}),
        json.dumps({"id": "9", "text": "what did we spend last month"}),
        json.dumps({"id": "10", "text": "by tool?", "as": "fin@acme.example", "channel": "public",
                    "context": "what did we spend last month"}),
    ]  # fmt: skip
    file = tmp_path / "questions.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    done = run(database, "--batch", str(file))
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [(one["id"], one["status"]) for one in found] == [
        ("7", "answered"), (None, "error"), ("8", "error"), ("9", "error"), ("10", "answered"),
    ]  # fmt: skip
    assert found[4]["delivery"] == "private" and [row["tool"] for row in found[4]["rows"]] == ["Cursor", "GitHub Copilot"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["what did we spend"], "--as EMAIL is missing"),
        (["--as", "fin@acme.example"], "what do you want to know?"),
        (["what did we spend", "--as", "nobody@acme.example"], "not in the company directory"),
        (["what did we spend", "--as", "fin@acme.example", "--channel", "C-OTHER"], "neither dm, public, private"),
        (["--batch", "/nowhere/questions.jsonl"], "cannot read /nowhere/questions.jsonl"),
    ],
)
def test_wrong_calls_end_with_one_clear_line(database: str, arguments: list[str], words: str) -> None:
    done = run(database, *arguments)
    assert done.returncode == 1 and done.stdout == ""
    assert words in done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_the_command_loads_no_chat_sdk_scheduler_or_polars(database: str) -> None:
    program = (
        "import sys; from bot.cli import main; status = main(sys.argv[1:]); heavy = "
        "{'slack_bolt', 'slack_sdk', 'botbuilder', 'apscheduler', 'polars', 'aiohttp', 'alembic'} & set(sys.modules); "
        "sys.exit(f'loaded: {sorted(heavy)}' if heavy else status)"
    )
    arguments = ["ask", "spend by tool last month", "--as", "fin@acme.example", "--database", database, "--now", NOW]
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_rows_and_picture_as_files(database: str, tmp_path: Path) -> None:
    rows, picture = tmp_path / "x.csv", tmp_path / "x.png"
    given = ("spend by tool last month", "--as", "fin@acme.example", "--csv", str(rows), "--chart", str(picture))
    done = run(database, *given)
    assert done.returncode == 0, done.stderr
    assert rows.read_bytes().startswith(b"\xef\xbb\xbfTool,AI spend (USD)\r\nCursor,150.35\r\nGitHub Copilot,31.00\r\n,\r\n")
    assert picture.read_bytes().startswith(b"\x89PNG")
    refused = run(database, "spend by tool last month", "--as", "eng4@acme.example", "--csv", str(tmp_path / "no.csv"))
    assert refused.returncode == 1 and not (tmp_path / "no.csv").exists()
    assert run(database, "spend last month", "--as", "fin@acme.example", "--chart", str(picture)).returncode == 1
