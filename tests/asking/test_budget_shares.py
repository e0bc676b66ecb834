"""How a recorded budget falls onto the days asked."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.ledger.derive import derive
from storage.metrics.base import Cell, Reading, UnsupportedDimension, UnsupportedReading
from storage.metrics.budgets import Plan, budgets, months_between, share
from storage.metrics.registry import measure
from storage.models import Budget
from storage.org import OrgSettings
from storage.spend_query import Filter, Period
from storage.unit_of_work import Store, UnitOfWork
from tests.asking.company import add_contract
from tests.builders import add_person, add_tool

YEAR = Plan(date(2026, 1, 1), date(2027, 1, 1), Decimal("1200"), "", "2026")
DAYS = st.dates(date(2024, 1, 1), date(2028, 1, 1))


@given(DAYS, DAYS, DAYS)
def test_months_add_up(first: date, second: date, third: date) -> None:
    a, b, c = sorted((first, second, third))
    assert months_between(a, b) + months_between(b, c) == months_between(a, c)


@pytest.mark.parametrize(
    ("start", "end", "amount"),
    [
        (date(2026, 2, 1), date(2026, 3, 1), 100),  # February is a month like any other
        (date(2026, 7, 1), date(2026, 10, 1), 300),
        (date(2026, 11, 1), date(2026, 11, 16), 50),  # half of a month of 30 days
        (date(2026, 1, 1), date(2027, 1, 1), 1200),
    ],
)
def test_a_year_is_spread_evenly_over_its_months(start: date, end: date, amount: int) -> None:
    assert share(YEAR, start, end) == amount


@given(st.dates(date(2026, 1, 1), date(2027, 1, 1)))
def test_two_parts_of_a_budget_are_the_whole(cut: date) -> None:
    weeks = Plan(date(2026, 1, 5), date(2026, 12, 28), Decimal("999.99"), "", "2026")  # no whole months: by days
    assert share(YEAR, YEAR.start, cut) + share(YEAR, cut, YEAR.end) == 1200
    inside = min(max(cut, weeks.start), weeks.end)
    assert share(weeks, weeks.start, inside) + share(weeks, inside, weeks.end) == Fraction("999.99")


def add_budget(uow: UnitOfWork, period: str, start: date, end: date, amount: str, scope_type: str = "company",
               scope: str = "", currency: str = "USD") -> None:  # fmt: skip
    uow.session.add(Budget(period=period, scope_type=scope_type, scope=scope, amount=Decimal(amount), currency=currency,
                           start=start, end=end))  # fmt: skip
    uow.session.flush()


def reading(uow: UnitOfWork, start: date, end: date, *filters: Filter, group_by: tuple[str, ...] = ()) -> Reading:
    return Reading(uow.session, OrgSettings(), date(2026, 11, 23), Period(start=start, end=end), filters, group_by)


def test_the_narrowest_budget_wins_and_gaps_are_said(store: Store) -> None:
    with store.write() as uow:
        add_budget(uow, "2026", date(2026, 1, 1), date(2027, 1, 1), "1200")
        add_budget(uow, "2026-Q3", date(2026, 7, 1), date(2026, 10, 1), "900")
        half_year = reading(uow, date(2026, 7, 1), date(2027, 1, 1))
        assert budgets(half_year) == [Cell((), Decimal("1200"))]  # 900 + 3 × 100
        assert half_year.notes == ["the 2026 budget is spread evenly over its months"]
        beyond = reading(uow, date(2026, 12, 1), date(2027, 2, 1))
        assert budgets(beyond) == [Cell((), Decimal("100"))]
        assert "no budget is recorded for part of the period" in beyond.notes


def test_scopes_filters_and_groups(store: Store) -> None:
    sales, marketing = ("department", "Sales"), ("department", "Marketing")
    october = (date(2026, 10, 1), date(2026, 11, 1))
    with store.write() as uow:
        add_budget(uow, "2026-10", *october, "70", *sales)
        add_budget(uow, "2026-10", *october, "30.50", *marketing)
        by_department = budgets(reading(uow, *october, group_by=("department",)))
        assert {cell.keys: cell.value for cell in by_department} == {("Sales",): 70, ("Marketing",): Decimal("30.50")}
        one = reading(uow, *october, Filter(dimension="department", values=("Sales",)))
        assert budgets(one) == [Cell((), Decimal("70"))]
        rest = reading(uow, *october, Filter(dimension="department", op="ne", values=("Sales",)))
        assert budgets(rest) == [Cell((), Decimal("30.50"))]
        whole = reading(uow, *october)
        assert budgets(whole) == [Cell((), Decimal("100.50"))] and "department budgets added up" in whole.notes[0]
        assert budgets(reading(uow, date(2025, 1, 1), date(2025, 2, 1))) == []


def test_scopes_go_by_any_of_their_names(store: Store) -> None:
    october = (date(2026, 10, 1), date(2026, 11, 1))
    with store.write() as uow:
        add_tool(uow, "github-copilot", name="GitHub Copilot")
        add_person(uow, "ada", department="Marketing")
        add_budget(uow, "2026-10", *october, "5", "tool", "github-copilot")
        add_budget(uow, "2026-10", *october, "6", "department", "marketing")
        assert budgets(reading(uow, *october, group_by=("tool",))) == [Cell(("GitHub Copilot",), Decimal("5"))]
        assert budgets(reading(uow, *october, Filter(dimension="department", values=("Marketing",)))) == [
            Cell((), Decimal(6))
        ]


def test_a_budget_without_a_rate_is_kept_apart(store: Store) -> None:
    with store.write() as uow:
        add_budget(uow, "2026-10", date(2026, 10, 1), date(2026, 11, 1), "10", currency="SEK")
        assert budgets(reading(uow, date(2026, 10, 1), date(2026, 11, 1))) == [Cell((), Decimal("10"), "SEK")]


def test_what_budgets_do_not_have_is_refused(sqlite_store: Store) -> None:
    span = (date(2026, 10, 1), date(2026, 10, 1) + timedelta(days=1))
    with sqlite_store.read() as uow:
        with pytest.raises(UnsupportedDimension):
            budgets(reading(uow, *span, group_by=("person",)))
        with pytest.raises(UnsupportedReading):
            budgets(reading(uow, *span, Filter(dimension="tool", values=("Cursor",)), group_by=("department",)))


def test_the_share_left_is_of_the_whole_budget(store: Store) -> None:
    with store.write() as uow:
        add_budget(uow, "2026", date(2026, 1, 1), date(2027, 1, 1), "1200")
        tool = add_tool(uow, "cursor")
        add_contract(uow, tool, "C-1", billing_model="flat", annual_value=Decimal("365"))  # a dollar a day since 1 January
    derive(store)
    with store.read() as uow:
        year = reading(uow, date(2026, 1, 1), date(2027, 1, 1))
        left, share_left, used = (
            measure(year, name).get(()) for name in ("budget_remaining", "budget_left_share", "budget_used")
        )
        spent = (date(2026, 11, 24) - date(2026, 1, 1)).days
        assert left == 1200 - spent
        assert share_left is not None and used is not None
        assert round(share_left * 1200) == 1200 - spent and round(share_left + used, 20) == 1
