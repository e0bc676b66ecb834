"""The sample company: the same seed and day give the same files, they end yesterday, and they are what they claim to be."""

import csv
import filecmp
import json
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from manifests.demo.company import CAST, DEPARTMENTS, DOMAIN, PERSON
from manifests.demo.focus import COMMON, PROVIDERS
from manifests.demo.generate import first_day, generate, settings_text
from storage.catalog import parse_catalog
from storage.org import parse_org
from workflows.policy.lint import lint

TODAY = date(2026, 11, 25)
MANDATORY = {
    "BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd", "BillingPeriodStart",
    "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargePeriodEnd", "ChargePeriodStart", "ContractedCost",
    "EffectiveCost", "InvoiceIssuerName", "ListCost", "PricingQuantity", "PricingUnit", "ServiceCategory", "ServiceName",
}  # fmt: skip


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("company")
    generate(path, TODAY)
    return path


@pytest.fixture(scope="module")
def charges(folder: Path) -> list[dict[str, str]]:
    return [row for path in sorted(folder.glob("costs-*.csv")) for row in rows(path)]


def names_of(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_same_seed_and_day_give_the_same_files(folder: Path, tmp_path: Path) -> None:
    generate(tmp_path / "again", TODAY)
    names = names_of(folder)
    assert names_of(tmp_path / "again") == names
    assert filecmp.cmpfiles(folder, tmp_path / "again", names, shallow=False) == (names, [], [])
    generate(tmp_path / "other", TODAY, seed=3)
    assert not filecmp.cmp(folder / "people.csv", tmp_path / "other" / "people.csv", shallow=False)


def test_three_hundred_people_under_one_chief(folder: Path) -> None:
    latest: dict[str, dict[str, str]] = {}
    for row in sorted(rows(folder / "people.csv"), key=lambda row: row["effective_date"]):
        latest[row["employee_id"]] = row
    present = [row for row in latest.values() if row["employment_status"] != "Terminated"]
    assert len(present) == 300
    assert Counter(row["department"] for row in present) == {d.name: d.size for d in DEPARTMENTS}
    assert len({row["work_email"] for row in latest.values()}) == len(latest)
    statuses = Counter(row["employment_status"] for row in latest.values())
    assert statuses["Leave"] >= 5 and statuses["Terminated"] >= 10
    for row in latest.values():
        seen = {row["employee_id"]}
        while row["manager_employee_id"]:
            row = latest[row["manager_employee_id"]]
            assert row["employee_id"] not in seen
            seen.add(row["employee_id"])
        assert row["job_title"] == "Chief Executive Officer"


def test_some_moved_between_departments(folder: Path) -> None:
    places = defaultdict(set)
    for row in rows(folder / "people.csv"):
        places[row["employee_id"]].add(row["department"])
    assert 8 <= sum(len(departments) > 1 for departments in places.values()) <= 20


def test_the_cast_is_there_and_in_its_roles(folder: Path) -> None:
    org = parse_org(settings_text())
    people = {row["work_email"]: row for row in rows(folder / "people.csv")}
    ids = {row["employee_id"]: email for email, row in people.items()}
    for member in CAST:
        row = people[member.email]
        assert (row["display_name"], row["job_title"], row["department"]) == (member.name, member.title, member.department)
    assert ids[people[PERSON["employee"].email]["manager_employee_id"]] == PERSON["manager"].email
    assert ids[people[PERSON["colleague"].email]["manager_employee_id"]] == PERSON["manager"].email
    center = people[PERSON["employee"].email]["cost_center"]
    assert org.owners.cost_center[center] == PERSON["cost_center_owner"].email
    for role in ("finance", "admin", "security", "procurement", "legal"):
        assert org.has_role(PERSON[role].email, role)


def test_settings_name_only_people_who_work_there(folder: Path) -> None:
    people = {row["work_email"] for row in rows(folder / "people.csv") if row["employment_status"] == "Active"}
    for name in ("org.yaml", "policy.yaml", "catalog.yaml"):
        text = (folder / name).read_text(encoding="utf-8")
        mentioned = {word.strip("[]{},'\"") for word in text.split() if f"@{DOMAIN}" in word}
        assert mentioned <= people, name
    assert set(parse_org(settings_text()).owners.department) == {department.name for department in DEPARTMENTS}


def test_twenty_tools_over_every_way_of_billing(folder: Path) -> None:
    tools = parse_catalog((folder / "catalog.yaml").read_text(encoding="utf-8")).tools
    assert len(tools) == 20
    assert {tool.billing_model for tool in tools} >= {"per_seat", "per_token", "embedded", "credits"}
    assert {tool.status for tool in tools} >= {"approved", "restricted", "blocked", "under_review"}


def test_the_policy_has_no_mistakes(folder: Path) -> None:
    assert [
        f for f in lint((folder / "policy.yaml").read_text(encoding="utf-8"), "policy.yaml") if f.severity == "error"
    ] == []


def test_eighteen_months_end_yesterday(charges: list[dict[str, str]]) -> None:
    assert min(row["ChargePeriodStart"] for row in charges) == "2025-06-01T00:00:00Z"
    assert max(row["ChargePeriodEnd"] for row in charges) == "2026-11-25T00:00:00Z"
    assert len({row["BillingPeriodStart"] for row in charges}) == 18


def test_costs_are_focus_rows(folder: Path, charges: list[dict[str, str]]) -> None:
    versions = {frozenset(rows(path)[0]) - set(COMMON) for path in folder.glob("costs-*.csv")}
    assert versions == {frozenset(columns) for columns in PROVIDERS.values()}
    assert set(COMMON) >= MANDATORY
    for row in charges:
        assert row["ChargeCategory"] in ("Usage", "Purchase", "Tax", "Credit")
        assert row["BillingPeriodStart"] <= row["ChargePeriodStart"] < row["ChargePeriodEnd"] <= row["BillingPeriodEnd"]
        assert all(row[column] for column in MANDATORY - {"ChargeClass", "PricingQuantity", "PricingUnit"})
        if row["Tags"]:
            assert set(json.loads(row["Tags"])) <= {"user", "department", "cost_center", "project"}


def test_every_cost_is_price_times_quantity_exactly(charges: list[dict[str, str]]) -> None:
    for row in charges:
        if row["ListUnitPrice"]:
            quantity = Decimal(row["PricingQuantity"])
            assert Decimal(row["ListCost"]) == Decimal(row["ListUnitPrice"]) * quantity
            assert Decimal(row["ContractedCost"]) == Decimal(row["ContractedUnitPrice"]) * quantity


def test_the_ledger_has_what_is_hard(charges: list[dict[str, str]]) -> None:
    assert {row["BillingCurrency"] for row in charges} == {"USD", "EUR"}
    assert {row["ChargeCategory"] for row in charges} == {"Usage", "Purchase", "Tax", "Credit"}
    assert any(row["ChargeClass"] == "Correction" and row["EffectiveCost"].startswith("-") for row in charges)
    tagged = {key for row in charges if row["Tags"] for key in [tuple(sorted(json.loads(row["Tags"])))]}
    assert tagged >= {("user",), ("department",), ("cost_center",), ("project",), ("department", "project")}
    assert any(not row["Tags"] and not row["SubAccountId"] for row in charges)
    drawn = [row for row in charges if row["ServiceName"] == "Adobe Firefly" and row["ChargeCategory"] == "Usage"]
    assert drawn and all(row["BilledCost"] == "0.0" and Decimal(row["EffectiveCost"]) > 0 for row in drawn)


def test_seats_lie_idle_as_they_do(folder: Path) -> None:
    newest = rows(folder / "seats-2026-11-24.csv")
    idle: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for row in newest:
        if row["activity_tracked"] == "yes":
            held[row["tool"]] += 1
            limit = (TODAY - timedelta(days=31)).isoformat()
            idle[row["tool"]] += row["last_active_on"] <= limit
    shares = {tool: idle[tool] / held[tool] for tool in held}
    assert all(0.05 < share < 0.6 for share in shares.values()), shares
    assert sum(0.3 <= share <= 0.5 for share in shares.values()) >= 3, shares
    assert {row["tool"] for row in newest if row["activity_tracked"] == "no"} == {"gemini-workspace"}


def test_leavers_still_hold_seats(folder: Path) -> None:
    gone = {row["work_email"] for row in rows(folder / "people.csv") if row["employment_status"] == "Terminated"}
    assert len({row["work_email"] for row in rows(folder / "seats-2026-11-24.csv")} & gone) >= 3


@pytest.mark.parametrize(
    "today", [date(2026, 12, 1), date(2027, 1, 1), date(2028, 2, 29), date(2026, 3, 31), date(2027, 5, 2)]
)
def test_any_day_will_do(today: date, tmp_path: Path) -> None:
    """Nothing lies in the future, no snapshot loses a tenth of its seats, every tool's contracts cover the ledger."""
    generate(tmp_path, today)
    yesterday = today - timedelta(days=1)
    for path in tmp_path.glob("costs-*.csv"):
        assert max(row["ChargePeriodEnd"] for row in rows(path)) <= f"{today}T00:00:00Z"
    for name, column in (
        ("usage", "day"),
        ("expenses", "date"),
        ("visits", "day"),
        ("grants", "last_used_on"),
        ("rates", "Date"),
    ):
        assert max(row[column] for row in rows(tmp_path / f"{name}.csv")) <= yesterday.isoformat(), name
    snapshots = sorted(tmp_path.glob("seats-*.csv"))
    assert snapshots[-1].name == f"seats-{yesterday}.csv"
    counts = [Counter(row["tool"] for row in rows(path)) for path in snapshots]
    for before, after in pairwise(counts):
        assert all(after[tool] >= before[tool] * 0.9 for tool in before)
    for row in rows(tmp_path / "contracts.csv"):
        assert datetime.fromisoformat(row["start_date"]) < datetime.fromisoformat(row["end_date"])
    starts = defaultdict(list)
    for row in rows(tmp_path / "contracts.csv"):
        starts[row["tool"]].append(row["start_date"])
    assert all(min(days) <= first_day(today).isoformat() for days in starts.values())


def test_some_departments_are_over_their_budget_and_most_are_not(folder: Path) -> None:
    budgets = {row["scope"]: Decimal(row["amount"]) for row in rows(folder / "budgets.csv")
               if row["period"] == "2026" and row["scope_type"] == "department"}  # fmt: skip
    assert set(budgets) == {department.name for department in DEPARTMENTS}
    assert all(amount > 0 for amount in budgets.values())


def test_an_invoice_paid_by_card_equals_its_bill(folder: Path, charges: list[dict[str, str]]) -> None:
    billed: Counter[str] = Counter()
    for row in charges:
        if row["ServiceName"] == "Grammarly Business":
            billed[row["BillingPeriodStart"][:7]] += Decimal(row["BilledCost"])  # type: ignore[assignment]
    lines = [row for row in rows(folder / "expenses.csv") if row["merchant"].startswith("GRAMMARLY")]
    assert len(lines) == 17
    for line in lines:
        month_before = (date.fromisoformat(line["date"]).replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
        assert abs(Decimal(line["amount"]) - billed[month_before]) <= Decimal("0.01")
