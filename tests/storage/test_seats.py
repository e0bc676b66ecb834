"""Seats as of a day: the definitions of asking.md, sentence by sentence."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.models import PersonRecord, Task
from storage.org import OrgSettings
from storage.seat_prices import SeatPrices
from storage.seats import IdleRules, SeatRow, SeatState, judge, monthly_cost, seat_position, seat_positions, seats_on
from storage.types import Money
from storage.unit_of_work import Store, UnitOfWork
from tests.builders import add_person, add_tool
from tests.seat_builders import Held, add_contract, add_snapshot

DAY = date(2026, 11, 20)
RULES = IdleRules()


def ago(days: int) -> date:
    return DAY - timedelta(days)


def by_name(uow: UnitOfWork, day: date = DAY, rules: IdleRules = RULES) -> dict[str, SeatRow]:
    return {row.name: row for row in seats_on(uow.session, day, rules=rules)}


def test_states_of_a_snapshot(store: Store) -> None:
    with store.write() as uow:
        tool = add_tool(uow, "cursor")
        holders = {
            name: add_person(uow, name)
            for name in ("ada", "bo", "cy", "di", "ed", "flo", "gil", "hal", "ida", "jo")
        }  # fmt: skip
        add_snapshot(uow, tool, DAY, [
            Held(holders["ada"], ago(30)),
            Held(holders["bo"], ago(31)),
            Held(holders["cy"], None),
            Held(holders["di"], None, since=ago(30)),
            Held(holders["ed"], None, since=ago(31)),
            Held(holders["flo"], ago(400), tracked=False),
            Held(holders["gil"], None, status="pending"),
            Held(holders["hal"], ago(40), status="suspended"),
            Held(holders["ida"], None, tracked=False, since=ago(400)),
            Held(holders["jo"], DAY + timedelta(1)),
        ])  # fmt: skip
        rows = by_name(uow)
        position = seat_position(uow.session, tool.id or 0, DAY, org=OrgSettings())
    assert {name: row.state.value for name, row in rows.items()} == {
        "Ada": "active", "Bo": "idle", "Cy": "idle", "Di": "new", "Ed": "idle", "Flo": "unknown", "Gil": "pending",
        "Hal": "idle", "Ida": "unknown", "Jo": "active",
    }  # fmt: skip
    assert position is not None
    assert (position.assigned, position.pending, position.active, position.idle, position.untracked) == (9, 1, 2, 4, 2)
    assert (position.purchased, position.free) == (None, None)
    assert rows["Bo"].idle_days == 31
    assert rows["Ed"].idle_days == 31
    assert rows["Flo"].idle_days is None


def test_leave_is_never_idle_and_a_leaver_at_once(store: Store) -> None:
    with store.write() as uow:
        tool = add_tool(uow, "cursor")
        away, gone, going, untracked = (
            add_person(uow, "away", status="Leave"), add_person(uow, "gone", status="Terminated"),
            add_person(uow, "going"), add_person(uow, "silent", status="Terminated"),
        )  # fmt: skip
        record = uow.session.get(PersonRecord, 3)
        assert record is not None
        record.termination_date = DAY
        uow.session.add(record)
        add_snapshot(uow, tool, DAY, [Held(away, ago(90)), Held(gone, ago(2), since=ago(3)), Held(going, ago(2)),
                                      Held(untracked, tracked=False)])  # fmt: skip
        rows = by_name(uow)
        tomorrow = by_name(uow, DAY + timedelta(1))
    assert (rows["Away"].state, rows["Away"].idle) == (SeatState.on_leave, False)
    assert (rows["Gone"].state, rows["Gone"].idle, rows["Gone"].active) == (SeatState.idle, True, True)
    assert rows["Going"].idle is False
    assert tomorrow["Going"].idle is True
    assert (rows["Silent"].idle, rows["Silent"].leaver) == (False, True)


def test_idle_days_of_a_tool_come_before_the_defaults(store: Store) -> None:
    rules = IdleRules(30, 30, {"cursor": (45, 10), "quick": (7, 30)})
    with store.write() as uow:
        cursor, quick = add_tool(uow, "cursor"), add_tool(uow, "quick")
        ada, bo = add_person(uow, "ada"), add_person(uow, "bo")
        add_snapshot(uow, cursor, DAY, [Held(ada, ago(45)), Held(bo, None, since=ago(11))])
        add_snapshot(uow, quick, DAY, [Held(ada, ago(8))])
        rows = {(row.tool_slug, row.name): row for row in seats_on(uow.session, DAY, rules=rules)}
    assert rows["cursor", "Ada"].state == SeatState.quiet
    assert rows["cursor", "Bo"].idle
    assert (rows["quick", "Ada"].active, rows["quick", "Ada"].idle) == (True, True)


def test_the_latest_current_snapshot_on_or_before_the_day_counts(store: Store) -> None:
    with store.write() as uow:
        tool, other = add_tool(uow, "cursor"), add_tool(uow, "copilot")
        ada, bo = add_person(uow, "ada"), add_person(uow, "bo")
        add_snapshot(uow, tool, ago(40), [Held(ada, ago(60)), Held(bo, ago(41))])
        add_snapshot(uow, tool, ago(10), [Held(ada, ago(11))])
        add_snapshot(uow, tool, ago(5), [], status="waiting")
        add_snapshot(uow, other, ago(20), [Held(bo, ago(45))])
        assert {row.name for row in seats_on(uow.session, ago(50), rules=RULES)} == set()
        assert {row.name: row.idle for row in seats_on(uow.session, ago(30), rules=RULES)} == {"Ada": False, "Bo": False}
        now = {(row.tool_slug, row.name): row.as_of for row in seats_on(uow.session, DAY, rules=RULES)}
        assert seat_position(uow.session, tool.id or 0, ago(41), org=OrgSettings()) is None
    assert now == {("cursor", "Ada"): ago(10), ("copilot", "Bo"): ago(20)}


def test_days_are_counted_back_from_the_snapshot(store: Store) -> None:
    with store.write() as uow:
        tool, ada = add_tool(uow, "cursor"), add_person(uow, "ada")
        add_snapshot(uow, tool, ago(25), [Held(ada, ago(50))])
        row = by_name(uow)["Ada"]
    assert (row.state, row.idle_days) == (SeatState.active, 25)


def test_an_empty_snapshot_is_data(store: Store) -> None:
    with store.write() as uow:
        tool = add_tool(uow, "cursor")
        add_contract(uow, tool, seats=5)
        add_snapshot(uow, tool, ago(1), [])
        position = seat_position(uow.session, tool.id or 0, DAY, org=OrgSettings())
    assert position is not None
    assert (position.assigned, position.free) == (0, 5)


@pytest.mark.parametrize(
    ("terms", "plan", "expected"),
    [
        ({"unit_price": "39", "interval": "month"}, None, Money.of("39", "USD")),
        ({"unit_price": "117", "interval": "quarter"}, None, Money.of("39", "USD")),
        ({"unit_price": "100", "interval": "year", "currency": "EUR"}, "Any", Money.of("8.333333333", "EUR")),
        ({"unit_price": None, "annual_value": "12000", "seats": 50}, None, Money.of("20", "USD")),
        ({"unit_price": None, "annual_value": "12000", "seats": None}, None, None),
        ({"unit_price": None}, None, None),
        ({"unit_price": "3", "billing_model": "per_token"}, None, None),
        ({"unit_price": "30", "end": DAY}, None, Money.of("30", "USD")),
        ({"unit_price": "30", "end": ago(1)}, None, None),
        ({"unit_price": "30", "start": DAY + timedelta(1)}, None, None),
        ({"unit_price": "30", "start": None, "end": None}, None, Money.of("30", "USD")),
        ({"unit_price": "30", "plan": "Business"}, "business ", Money.of("30", "USD")),
        ({"unit_price": "30", "plan": "Business"}, None, Money.of("30", "USD")),
        ({"unit_price": "30", "plan": "Business"}, "Enterprise", None),
    ],
)  # fmt: skip
def test_a_seats_monthly_price(sqlite_store: Store, terms: dict, plan: str | None, expected: Money | None) -> None:  # type: ignore[type-arg]
    with sqlite_store.write() as uow:
        tool, ada = add_tool(uow, "cursor"), add_person(uow, "ada")
        add_contract(uow, tool, **terms)
        add_snapshot(uow, tool, DAY, [Held(ada, plan=plan)])
        row = by_name(uow)["Ada"]
    assert row.monthly_price == expected


def test_each_plan_has_its_price_and_seats_add_up_over_contracts(store: Store) -> None:
    with store.write() as uow:
        tool = add_tool(uow, "cursor")
        ada, bo, cy = add_person(uow, "ada"), add_person(uow, "bo"), add_person(uow, "cy")
        add_contract(uow, tool, plan="Pro", unit_price="20", seats=10)
        add_contract(uow, tool, plan="Ultra", unit_price="200", seats=3, contract_id="old")
        add_contract(uow, tool, plan="Ultra", unit_price="180", seats=2, start=date(2026, 6, 1))
        add_contract(uow, tool, plan="Pro", unit_price="1", seats=100, end=ago(1))
        add_snapshot(uow, tool, DAY, [Held(ada, plan="Pro"), Held(bo, plan="Ultra"), Held(cy)])
        rows = by_name(uow)
        prices = SeatPrices.on(uow.session, DAY)
        position = seat_position(uow.session, tool.id or 0, DAY, org=OrgSettings())
    assert rows["Ada"].monthly_price == Money.of(20, "USD")
    assert rows["Bo"].monthly_price == Money.of(180, "USD")
    assert rows["Cy"].monthly_price is None
    assert prices.purchased[tool.id or 0] == 15
    assert position is not None and position.free == 12
    assert monthly_cost(rows.values()) == ({"USD": Money.of(200, "USD")}, 1)


def add_task(uow: UnitOfWork, tool_id: int, kind: str, holder: int, status: str, owner: int, since: int = 0,
             from_person_id: int | None = None) -> None:  # fmt: skip
    closed = uow.now - timedelta(since) if status == "done" else None
    uow.session.add(
        Task(id=uow.new_id(), kind=kind, tool_id=tool_id, assignee_id=owner, for_person_id=holder, status=status,
             created_at=uow.now, closed_at=closed, from_person_id=from_person_id)
    )  # fmt: skip
    uow.session.flush()


def test_what_was_given_back_and_promised_since_the_snapshot_changes_free_seats(store: Store) -> None:
    with store.write() as uow:
        tool = add_tool(uow, "cursor")
        add_contract(uow, tool, seats=5)
        holders = [add_person(uow, name) for name in ("ada", "bo", "cy", "di", "ed")]
        ids = [one.id or 0 for one in holders]
        add_snapshot(uow, tool, DAY, [Held(one) for one in holders[:3]])

        def free() -> int | None:
            position = seat_positions(uow.session, uow.now.date(), rules=RULES)[tool.id or 0]
            return position.free

        assert free() == 2
        add_task(uow, tool.id or 0, "revoke", ids[0], "open", ids[4], from_person_id=ids[0])
        assert free() == 2
        add_task(uow, tool.id or 0, "revoke", ids[1], "done", ids[4], from_person_id=ids[1])
        assert free() == 3
        add_task(uow, tool.id or 0, "revoke", ids[2], "done", ids[4], since=10, from_person_id=ids[2])
        assert free() == 3
        add_task(uow, tool.id or 0, "grant", ids[3], "open", ids[4])
        assert free() == 2
        add_task(uow, tool.id or 0, "grant", ids[4], "open", ids[4], from_person_id=ids[0])
        assert free() == 2
        add_task(uow, tool.id or 0, "grant", ids[4], "done", ids[4], from_person_id=ids[1])
        assert free() == 1
        add_task(uow, tool.id or 0, "grant", ids[4], "cancelled", ids[4])
        assert free() == 1
        add_snapshot(uow, tool, uow.now.date() + timedelta(1), [Held(one) for one in holders[:4]])
        later = seat_positions(uow.session, uow.now.date() + timedelta(1), rules=RULES)[tool.id or 0]
    assert (later.assigned, later.freed, later.promised, later.free) == (4, 0, 0, 1)


days = st.integers(-400, 0)


@given(
    st.none() | days, days, st.booleans(), st.sampled_from(["assigned", "pending", "suspended"]), st.booleans(),
    st.booleans(), st.integers(1, 120), st.integers(0, 120),
)  # fmt: skip
def test_judgements_never_contradict(
    used: int | None, held: int, tracked: bool, status: str, leaver: bool, on_leave: bool, idle_days: int, grace: int
) -> None:
    last = None if used is None else DAY + timedelta(used)
    state, active, idle = judge(
        as_of=DAY, held_since=DAY + timedelta(held), last_active_on=last, tracked=tracked, status=status,
        leaver=leaver, on_leave=on_leave, idle_days=idle_days, grace_days=grace,
    )  # fmt: skip
    if not tracked or status == "pending":
        assert not active and not idle
        assert state == (SeatState.pending if status == "pending" else SeatState.unknown)
    if idle:
        assert state == SeatState.idle
        assert leaver or (not on_leave and -held > grace and (used is None or -used > idle_days))
    if active and idle:
        assert leaver or idle_days < 30
    assert active == (tracked and status != "pending" and used is not None and -used <= 30)
