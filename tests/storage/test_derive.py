"""What is derived depends on the stored rows and today's reference data, not on the order they came in."""

import random
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from storage.imports.load import load
from storage.ledger.books import Terms, accruals
from storage.ledger.conversion import converted
from storage.ledger.derive import derive
from storage.models import Charge, ChargeKey, Expense, KeyMeaning, Rollup, Statement, Tool
from storage.org import load_org
from storage.spend_query import Period, RowScope
from storage.spend_sql import MEASURES, cells
from storage.types import to_nanos
from storage.unit_of_work import Store
from tests.storage.ledger_company import Charge as Row
from tests.storage.ledger_company import charges, write_company, write_costs

TODAY = date(2026, 11, 23)
EVERYTHING = RowScope(everything=True)


def picture(session: Session) -> dict[str, object]:
    """Every number of the company by every dimension, and what was derived of expenses and tools."""
    org = load_org(session)
    found: dict[str, object] = {}
    for measure in MEASURES:
        for by in (
            ("tool", "department", "cost_center", "division"),
            ("vendor", "model"),
            ("project", "source"),
            ("person",),
        ):
            for start, end in ((date(2025, 1, 1), date(2028, 1, 1)), (date(2026, 9, 3), date(2026, 10, 7))):
                answer = cells(session, measure, period=Period(start=start, end=end), group_by=by, scope=EVERYTHING,
                               today=TODAY, org=org)  # fmt: skip
                found[f"{measure} {by} {start}"] = {
                    (cell.keys, cell.unconverted): cell.nanos // 1000 for cell in answer if abs(cell.nanos) > 10_000
                }
    found["tools"] = sorted((tool.slug, tool.name, tool.vendor, tool.status) for tool in session.exec(select(Tool)))
    lines = session.exec(select(Expense)).all()
    found["expenses"] = sorted((line.expense_id, line.role, line.possible_duplicate) for line in lines)
    return found


def roughly(one: dict[str, object], other: dict[str, object]) -> None:
    """Equal to a ten-thousandth of a unit: what is summed before it is converted may differ in the last nanos."""
    assert one.keys() == other.keys()
    for name, value in one.items():
        if name in ("tools", "expenses"):
            assert value == other[name]
            continue
        assert isinstance(value, dict)
        theirs = other[name]
        assert isinstance(theirs, dict) and value.keys() == theirs.keys(), name
        for group, amount in value.items():
            assert abs(amount - theirs[group]) < 100, (name, group)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_order_of_the_same_files_gives_the_same_answers(store: Store, tmp_path: Path, seed: int) -> None:
    files = write_company(tmp_path / "files", charges(seed=9, count=60))
    load(store, files)
    with store.read() as uow:
        expected = picture(uow.session)
    restart(store)
    shuffled = list(files)
    random.Random(seed).shuffle(shuffled)
    for file in shuffled:
        assert load(store, [file])[0].refused is None
    with store.read() as uow:
        roughly(picture(uow.session), expected)


def restart(store: Store) -> None:
    """An empty database again."""
    from sqlmodel import SQLModel

    with store.write() as uow:
        for table in reversed(SQLModel.metadata.sorted_tables):
            uow.session.execute(table.delete())


def test_deriving_again_changes_nothing(store: Store, tmp_path: Path) -> None:
    load(store, write_company(tmp_path / "files", charges(seed=4, count=40)))
    with store.read() as uow:
        before = state(uow.session)
    derive(store)
    with store.read() as uow:
        assert state(uow.session) == before


def state(session: Session) -> tuple[object, ...]:
    statements = session.exec(select(Statement.id, Statement.batch, Statement.derived_hash)).all()
    meanings = session.exec(select(KeyMeaning.id, KeyMeaning.key_id)).all()
    return sorted(map(tuple, statements)), sorted(map(tuple, meanings)), len(session.exec(select(Rollup.charges)).all())


def test_only_statements_that_a_change_touches_are_rolled_up_again(store: Store, tmp_path: Path) -> None:
    early = Row("Claude API", "Usage", "SEK", "5", "5", "5", "1", "Tokens", date(2026, 8, 3), date(2026, 8, 4),
                date(2026, 8, 1), tags={"user": "bo@acme.example"})  # fmt: skip
    late = Row("Claude API", "Usage", "SEK", "7", "7", "7", "1", "Tokens", date(2026, 10, 3), date(2026, 10, 4),
               date(2026, 10, 1), tags={"user": "bo@acme.example"})  # fmt: skip
    load(store, write_company(tmp_path / "files", [early, late]))
    mover = tmp_path / "people-move.csv"
    mover.write_text(
        "employee_id,work_email,display_name,department,cost_center,division,effective_date\n"
        "E2,bo@acme.example,Bo,Marketing,CC-30,Growth,2026-10-01\n"
    )
    batches = {}
    for step in ("before", "after"):
        with store.read() as uow:
            rows = uow.session.exec(
                select(Statement.billing_period_start, Statement.batch).where(Statement.source == "focus")
            )
            batches[step] = dict(map(tuple, rows))  # type: ignore[arg-type]
        if step == "before":
            load(store, [mover])
    assert batches["after"][date(2026, 8, 1)] == batches["before"][date(2026, 8, 1)]
    assert batches["after"][date(2026, 10, 1)] == batches["before"][date(2026, 10, 1)] + 1
    with store.read() as uow:
        found = cells(uow.session, "effective", period=Period(start=date(2026, 8, 1), end=date(2026, 11, 1)),
                      group_by=("department",), scope=EVERYTHING, today=TODAY, org=load_org(uow.session),
                      filters=())  # fmt: skip
        by_department = {cell.keys[0]: cell.nanos for cell in found if cell.keys[0] in ("Engineering", "Marketing")}
    assert by_department["Engineering"] == to_nanos(Decimal(5)) + contract_part(store, "Engineering")
    assert by_department["Marketing"] == to_nanos(Decimal(7)) + contract_part(store, "Marketing")


def contract_part(store: Store, department: str) -> int:
    """What the other books say for the department, of the same period."""
    from storage.spend_query import Filter

    with store.read() as uow:
        filters = (
            Filter(dimension="department", values=(department,)),
            Filter(dimension="source", op="ne", values=("focus",)),
        )
        found = cells(uow.session, "effective", period=Period(start=date(2026, 8, 1), end=date(2026, 11, 1)),
                      filters=filters, scope=EVERYTHING, today=TODAY, org=load_org(uow.session))  # fmt: skip
    return sum(cell.nanos for cell in found)


EVIDENCE = [  # billed total with tax, month of the bill, line's day, line's amount, role, duplicate
    ("1000", date(2026, 9, 1), "2026-09-30", "1000.00", "evidence", False),
    ("1000", date(2026, 9, 1), "2026-10-05", "1019.00", "evidence", False),  # 19 ≤ 2 % of 1019
    ("1000", date(2026, 9, 1), "2026-09-30", "980.40", "evidence", False),  # 19.60 ≤ 19.608
    ("1000", date(2026, 9, 1), "2026-09-30", "980.00", "spend", True),  # 20 > 19.60
    ("1000", date(2026, 9, 1), "2026-11-02", "1000.00", "spend", False),  # two months later
    ("1000", date(2026, 10, 1), "2026-09-20", "1000.00", "spend", False),  # a bill to come
]


@pytest.mark.parametrize(("total", "period", "day", "amount", "role", "duplicate"), EVIDENCE)
def test_an_expense_line_near_the_bill_is_evidence(
    sqlite_store: Store, tmp_path: Path, total: str, period: date, day: str, amount: str, role: str, duplicate: bool
) -> None:
    start = period.replace(day=4)
    net, tax = Decimal(total) * 4 / 5, Decimal(total) / 5
    rows = [
        Row(
            "Cursor Business",
            category,
            "SEK",
            str(money),
            str(money),
            str(money),
            "",
            "",
            start,
            start.replace(day=5),
            period,
        )
        for category, money in (("Usage", net), ("Tax", tax))
    ]
    files = write_company(tmp_path / "files", rows)
    (tmp_path / "files" / "expenses.csv").write_text(
        f"expense_id,date,merchant,amount,currency\nX9,{day},CURSOR IDE,{amount},SEK\nX8,{day},TAXI,9,SEK\n"
    )
    load(sqlite_store, files)
    with sqlite_store.read() as uow:
        lines = {line.expense_id: (line.role, line.possible_duplicate) for line in uow.session.exec(select(Expense))}
    assert lines == {"X9": (role, duplicate), "X8": ("not_ai", False)}


def test_evidence_compares_in_the_currency_both_are_in(sqlite_store: Store, tmp_path: Path) -> None:
    """A bill and a line in dollars are the same although the krona moved by more than 2 % between their days."""
    row = Row(
        "Cursor Business", "Usage", "USD", "500", "500", "500", "", "", date(2026, 9, 1), date(2026, 9, 2), date(2026, 9, 1)
    )
    files = write_company(tmp_path / "files", [row])
    (tmp_path / "files" / "expenses.csv").write_text(
        "expense_id,date,merchant,amount,currency\nX9,2026-10-20,CURSOR,500,USD\n"
    )
    (tmp_path / "files" / "rates.csv").write_text("Date,USD,SEK\n2026-10-19,1.20,11.00\n2026-08-31,1.00,11.00\n")
    load(sqlite_store, files)
    with sqlite_store.read() as uow:
        assert [line.role for line in uow.session.exec(select(Expense))] == ["evidence"]


def test_a_disagreeing_department_tag_is_counted(sqlite_store: Store, tmp_path: Path) -> None:
    rows = [
        Row("Claude API", "Usage", "SEK", "1", "1", "1", "1", "Tokens", date(2026, 9, 3), date(2026, 9, 4), date(2026, 9, 1),
            tags={"user": "ada@acme.example", "department": department})
        for department in ("Marketing", "Marketing", "Engineering", "engineering")
    ]  # fmt: skip
    reports = load(sqlite_store, write_company(tmp_path / "files", rows))
    notes = [note for report in reports if report.kind == "costs" for note in report.notes]
    assert any(note.startswith("2 rows have a department tag that disagrees") for note in notes), notes


def test_raw_dimensions_are_stored_once(sqlite_store: Store, tmp_path: Path) -> None:
    rows = [
        Row("Claude API", "Usage", "SEK", str(day), "1", "1", "1", "Tokens", date(2026, 9, day), date(2026, 9, day + 1),
            date(2026, 9, 1), tags={"user": "ada@acme.example"})
        for day in range(1, 20)
    ]  # fmt: skip
    load(sqlite_store, [write_costs(tmp_path / "costs.csv", rows)])
    with sqlite_store.read() as uow:
        assert len(uow.session.exec(select(Charge)).all()) == 19
        assert len(uow.session.exec(select(ChargeKey)).all()) == 1


@given(
    start=st.dates(date(2020, 1, 1), date(2026, 12, 31)), days=st.integers(0, 1500),
    annual=st.decimals("0.01", "9999999", places=2),
)  # fmt: skip
def test_accruals_of_whole_contract_years_add_up_to_the_annual_value(start: date, days: int, annual: Decimal) -> None:
    end = date.fromordinal(start.toordinal() + days)
    terms = Terms(1, "flat", None, None, None, "USD", annual, start, end, None)
    pieces = list(accruals(terms, date(2040, 1, 1)))
    assert pieces[0][0] == start and pieces[-1][1] == date.fromordinal(end.toordinal() + 1)
    assert all(before[1] == after[0] for before, after in pairwise(pieces))
    assert all((first.year, first.month) == (last.year, last.month) for first, stop, _ in pieces
               for last in [date.fromordinal(stop.toordinal() - 1)])  # fmt: skip
    expected = Fraction(0)
    for ordinal in range(start.toordinal(), end.toordinal() + 1):
        expected += Fraction(to_nanos(annual), contract_year_length(start, date.fromordinal(ordinal)))
    assert abs(sum(nanos for *_, nanos in pieces) - expected) <= 1


def contract_year_length(start: date, day: date) -> int:
    """Days of the contract year that `day` is in."""

    def anniversary(year: int) -> date:
        leap = start.month == 2 and start.day == 29 and not (year % 4 == 0 and (year % 100 or year % 400 == 0))
        return date(year, 3, 1) if leap else start.replace(year=year)

    year = day.year if anniversary(day.year) <= day else day.year - 1
    return (anniversary(year + 1) - anniversary(year)).days


@given(st.integers(-(2**63), 2**63 - 1), st.integers(1, 10**9), st.integers(1, 10**9))
def test_conversion_is_half_even_to_a_nano(nanos: int, top: int, bottom: int) -> None:
    assert converted(nanos, (top, bottom)) == round(Fraction(nanos) * top / bottom)
