"""Seats, contracts, headcount and people's seat cost, against numbers worked out by hand."""

from datetime import date
from decimal import Decimal

import pytest

from storage.ledger.derive import derive
from storage.metrics import counts, person_cost
from storage.metrics.base import Cell, Reading, UnsupportedDimension, UnsupportedReading
from storage.metrics.contracts import renewals
from storage.metrics.registry import measure
from storage.metrics.seat_history import spans
from storage.models import ExchangeRate, Expense
from storage.org import OrgSettings
from storage.spend_query import Filter, Having, Period, RowScope, SpendQuery
from storage.unit_of_work import Store, UnitOfWork
from tests.asking.company import SeatOf, Team, add_contract, add_snapshot, small_team
from tests.builders import add_person
from workflows.asking.compute import Company, compute

TODAY = date(2026, 11, 23)
NOVEMBER = Period(start=date(2026, 11, 1), end=date(2026, 11, 24))
LONG = date(2026, 1, 10)


def reading(uow: UnitOfWork, *group_by: str, filters: tuple[Filter, ...] = (), period: Period = NOVEMBER,
            scope: RowScope | None = None) -> Reading:  # fmt: skip
    return Reading(uow.session, OrgSettings(), TODAY, period, filters, group_by, scope or RowScope(everything=True))


def seats(uow: UnitOfWork) -> Team:
    """Cursor on 20 November: ada uses hers, bo's is idle, di has no signal, cy is invited. A contract of ten."""
    team = small_team(uow)
    cursor = team.tools["cursor"]
    add_snapshot(uow, cursor, date(2026, 10, 20), SeatOf(team.people["ada"], LONG, date(2026, 10, 19)))
    add_snapshot(
        uow, cursor, date(2026, 11, 20),
        SeatOf(team.people["ada"], LONG, date(2026, 11, 19), "pro"),
        SeatOf(team.people["bo"], LONG, date(2026, 6, 1), "pro"),
        SeatOf(team.people["di"], LONG, tracked=False),
        SeatOf(team.people["cy"], LONG, status="pending"),
    )  # fmt: skip
    add_contract(uow, cursor, "C-1", seats_purchased=10, unit_price=Decimal("40"), notice_days=60, cost_center="CC-1")
    return team


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("seats_purchased", 10), ("seats_assigned", 3), ("seats_pending", 1), ("seats_active", 1), ("seats_idle", 1),
        ("seats_untracked", 1), ("utilisation", Decimal("0.5")), ("idle_seat_cost", 40),
    ],
)  # fmt: skip
def test_seats_as_of_the_latest_snapshot(store: Store, metric: str, value: Decimal) -> None:
    with store.write() as uow:
        seats(uow)
        assert measure(reading(uow), metric).values == {(): value}


def test_seats_by_department_within_a_scope(store: Store) -> None:
    with store.write() as uow:
        team = seats(uow)
        assert measure(reading(uow, "department"), "seats_idle").values == {
            ("Engineering",): 1, ("Marketing",): 0, ("Design",): 0,
        }  # fmt: skip
        below = RowScope(person_ids=frozenset({team.people["bo"].id or 0}))
        assert measure(reading(uow, "person", scope=below), "seats_assigned").values == {("bo@acme.example",): 1}
        marketing = RowScope(departments=frozenset({"Marketing"}))
        assert measure(reading(uow, "department", scope=marketing), "seats_assigned").values == {("Marketing",): 1}
        assert measure(reading(uow, scope=marketing), "seats_purchased").values == {}


def test_seats_before_the_first_snapshot_are_not_known(store: Store) -> None:
    with store.write() as uow:
        seats(uow)
        before = Period(start=date(2026, 9, 1), end=date(2026, 10, 1))
        assert measure(reading(uow, period=before), "seats_assigned").values == {}
        with pytest.raises(UnsupportedDimension):
            measure(reading(uow, "model"), "seats_assigned")


def test_renewals_have_their_notice_day_and_both_currencies(store: Store) -> None:
    with store.write() as uow:
        team = seats(uow)
        uow.session.add(ExchangeRate(day=date(2026, 11, 20), currency="USD", rate="1.10"))
        uow.session.add(ExchangeRate(day=date(2026, 11, 20), currency="SEK", rate="11.0"))
        jasper = team.tools["jasper"]
        add_contract(uow, jasper, "C-2", currency="SEK", annual_value=Decimal("1000"), end_date=date(2027, 1, 31))
        add_contract(uow, jasper, "C-3", currency="CHF", annual_value=Decimal("7"), end_date=date(2027, 2, 1))
        add_contract(uow, jasper, "C-4", unit_price=None, end_date=date(2027, 2, 2))
        add_contract(uow, jasper, "C-5", end_date=date(2027, 3, 1))
        ahead = Period(start=TODAY, end=date(2027, 3, 1))
        found = renewals(reading(uow, period=ahead))
        assert [(cell.details["contract_id"], cell.value, cell.unconverted) for cell in found] == [
            ("C-1", Decimal("4800"), ""), ("C-2", Decimal("100"), ""), ("C-3", Decimal("7"), "CHF"), ("C-4", None, ""),
        ]  # fmt: skip
        assert found[0].details["notice_by"] == "2026-11-01" and found[1].details["notice_by"] is None
        assert found[1].details["original"] == "1,000.00 SEK"


def test_headcount_counts_leave_and_not_leavers(store: Store) -> None:
    with store.write() as uow:
        team = small_team(uow)
        add_person(uow, "el", status="Leave", department="Marketing")
        add_person(uow, "fy", status="Terminated", department="Marketing")
        found = {cell.keys: cell.value for cell in counts.headcount(reading(uow, "department"))}
        assert found == {("Engineering",): 2, ("Design",): 1, ("Marketing",): 2}
        assert len(team.people) == 4


def test_a_seat_costs_its_days(store: Store) -> None:
    """bo holds a seat from 11 October until the snapshot of 16 November lacks it: 21/31 of October, 15/30 of November."""
    with store.write() as uow:
        team = small_team(uow)
        cursor, ada, bo = team.tools["cursor"], team.people["ada"], team.people["bo"]
        add_contract(uow, cursor, "C-1", seats_purchased=5, unit_price=Decimal("31"))
        add_snapshot(uow, cursor, date(2026, 10, 20), SeatOf(bo, date(2026, 10, 11)), SeatOf(ada, LONG))
        add_snapshot(uow, cursor, date(2026, 11, 16), SeatOf(ada, LONG))
        autumn = Period(start=date(2026, 10, 1), end=date(2026, 12, 1))
        mine = (Filter(dimension="person", values=("bo@acme.example",)),)
        assert person_cost.seat_cost(reading(uow, filters=mine, period=autumn)) == [Cell((), Decimal("36.5"))]
        people = person_cost.seat_cost(reading(uow, "person", period=NOVEMBER))
        assert {cell.keys[0]: cell.value.quantize(Decimal("0.0001")) for cell in people if cell.value} == {
            "ada@acme.example": Decimal("23.7667"), "bo@acme.example": Decimal("15.5000"),
        }  # fmt: skip


def test_spans_of_a_seat_that_comes_and_goes() -> None:
    days = [date(2026, month, 1) for month in range(1, 7)]
    shown = {
        days[0]: (date(2025, 12, 1), "a"), days[1]: (date(2025, 12, 1), "b"),
        days[3]: (date(2025, 12, 1), "b"), days[5]: (date(2026, 5, 20), "b"),
    }  # fmt: skip
    assert spans(days, shown, date(2026, 6, 10)) == [
        ("a", date(2025, 12, 1), days[1]),
        ("b", days[1], days[2]),
        ("b", days[3], days[4]),
        ("b", date(2026, 5, 20), date(2026, 6, 10)),
    ]


@pytest.mark.parametrize(("days", "idle"), [(173, 0), (172, 0), (171, 1), (None, 1)])
def test_idle_by_other_days_than_the_tools_own(store: Store, days: int | None, idle: int) -> None:
    """bo used Cursor last on 1 June, 172 days before the snapshot of 20 November."""
    query = SpendQuery(metrics=("seats_idle",), period=NOVEMBER, idle_days=days)
    with store.write() as uow:
        seats(uow)
        assert compute(Company(uow.session, OrgSettings(), TODAY), query, RowScope(everything=True)).values == {
            "seats_idle": idle
        }


def test_usage_cost_is_the_cost_without_seats(store: Store) -> None:
    with store.write() as uow:
        team = seats(uow)
        day = date(2026, 11, 3)
        for person, amount in (("ada", 30), ("bo", 7)):
            uow.session.add(
                Expense(expense_id=person, day=day, merchant="x", amount=Decimal(amount), currency="USD", role="spend",
                        employee_email=f"{person}@acme.example", tool_id=team.tools["claude"].id,
                        person_id=team.people[person].id)
            )  # fmt: skip
    derive(store)
    with store.read() as uow:
        usage = measure(reading(uow, "person"), "usage_cost").values
        assert usage == {("ada@acme.example",): 30, ("bo@acme.example",): 7}
        whole = measure(reading(uow, "person"), "spend").values
        held = {cell.keys: cell.value for cell in person_cost.seat_cost(reading(uow, "person"))}
        assert {keys: usage.get(keys, 0) + (held.get(keys) or 0) for keys in whole} == whole
        with pytest.raises(UnsupportedReading):
            measure(reading(uow, "department"), "usage_cost")


def test_people_with_both_tools_and_departments_by_their_size(store: Store) -> None:
    with store.write() as uow:
        team = seats(uow)
        people, jasper = team.people, team.tools["jasper"]
        add_snapshot(
            uow, jasper, date(2026, 11, 19), *(SeatOf(people[name], LONG) for name in ("ada", "cy", "di")),
        )  # fmt: skip
        company = Company(uow.session, OrgSettings(), TODAY)

        def rows(metric: str, group: str, bound: Having, *filters: Filter) -> dict[str | None, Decimal | None]:
            query = SpendQuery(metrics=(metric,), period=NOVEMBER, group_by=(group,), having=(bound,), filters=filters)
            found = compute(company, query, RowScope(everything=True)).rows
            return {row.keys[group]: row.values[metric] for row in found}

        both = Filter(dimension="tool", values=("Cursor", "Jasper"))
        two = Having(metric="tools_held", op="gte", value=Decimal(2))
        # cy is only invited to Cursor, bo has no Jasper
        assert rows("tools_held", "person", two, both) == {"ada@acme.example": 2, "di@acme.example": 2}
        large = Having(metric="headcount", op="gte", value=Decimal(2))
        assert rows("seats_assigned", "department", large) == {"Engineering": 3}  # ada twice, bo
        assert measure(reading(uow), "tools_held").values == {(): 2}
