"""The facts of policy.md's table from the store."""

from datetime import date
from decimal import Decimal

from sqlmodel import select

from storage.models import Budget, BudgetReservation, ExchangeRate, Seat, SeatSnapshot, Tool, ToolDecision
from storage.models.imports import ImportRun
from storage.unit_of_work import Store
from tests.builders import add_config, add_tool
from tests.storage.requests_world import ORG, World, usd
from workflows.requests.create import preview
from workflows.requests.decide import decide
from workflows.requests.ends import cancel

SPLIT_POLICY = """\
version: 1
approval:
  baseline: [manager]
  rules:
    - id: small
      when: {all: [{field: request.annual_value, lte: "500 USD"}, {field: request.rolling_30d_value, lte: "1000 USD"}]}
      then: {auto_approve: true, inform: [manager]}
"""
BUDGET_POLICY = """\
version: 1
approval:
  baseline: [manager]
  rules:
    - id: fine
      when: {field: budget.remaining_after, gte: "0 USD"}
      then: {auto_approve: true}
    - id: over
      when: {field: budget.remaining_after, lt: "0 USD"}
      then: {route: ["role:finance"]}
"""


def facts(world: World, who: str = "eve", **more: object) -> dict[str, object]:
    with world.store.read() as uow:
        return dict(preview(uow, world.draft(who, **more)).sheet.facts)


def give_seats(
    world: World, holders: dict[str, date | None], tool: int | None = None, as_of: date = date(2026, 11, 20)
) -> None:
    """A snapshot of the tool: person → last active day; all assigned long ago."""
    with world.store.write() as uow:
        if uow.session.get(ImportRun, "imp") is None:
            uow.session.add(ImportRun(id="imp", kind="seats", status="current", content_hash="x", started_at=uow.now))
            uow.session.flush()
        tool_id = tool or world.tool
        name = uow.session.get(Tool, tool_id)
        assert name is not None
        snapshot = SeatSnapshot(tool_name=name.name, tool_id=tool_id, as_of=as_of, import_id="imp")
        uow.session.add(snapshot)
        uow.session.flush()
        for person, last in holders.items():
            uow.session.add(Seat(
                snapshot_id=snapshot.id or 0, work_email=f"{person}@acme.example", person_id=world.ids[person],
                first_seen_on=date(2025, 1, 1), assigned_on=date(2025, 1, 1), last_active_on=last,
            ))  # fmt: skip


def add_budget(world: World, amount: str, scope_type: str = "company", scope: str = "", period: str = "2026",
               start: date = date(2026, 1, 1), end: date = date(2027, 1, 1), currency: str = "USD") -> None:  # fmt: skip
    with world.store.write() as uow:
        uow.session.add(Budget(period=period, scope_type=scope_type, scope=scope, amount=Decimal(amount),
                               currency=currency, start=start, end=end))  # fmt: skip


def test_contract_before_list_price_and_exact_years(store: Store) -> None:
    world = World(store)
    with store.write() as uow:
        tool = uow.session.get(Tool, world.tool)
        assert tool is not None
        tool.list_price, tool.list_price_currency = Decimal(20), "USD"
        tool.list_price_per, tool.list_price_interval = "seat", "month"
        uow.session.add(tool)
    assert facts(world)["request.annual_value"] == usd("240")
    world.price("500")
    assert facts(world)["request.annual_value"] == usd("500")
    assert facts(world, seats=3)["request.annual_value"] == usd("1500")


def test_nothing_known_of_a_tool_outside_the_catalogue(store: Store) -> None:
    world = World(store)
    found = facts(world, tool_id=None, tool_name="Shiny AI")
    assert found["tool.status"] == "unknown" and found["request.annual_value"] is None
    assert found["tool.slug"] is None and found["tool.free_seats"] is None and found["request.rolling_30d_value"] is None
    with store.write() as uow:
        seen = add_tool(uow, "seen-by-dns", status="discovered")
        seen.in_catalog = False
        uow.session.add(seen)
        uow.session.flush()
        seen_id = seen.id
    assert facts(world, tool_id=seen_id)["tool.status"] == "unknown"
    with store.write() as uow:
        uow.session.add(ToolDecision(tool_id=seen_id, status="blocked", decided_by_id=world.ann, decided_at=uow.now))
    assert facts(world, tool_id=seen_id)["tool.status"] == "blocked"


def test_a_free_seat_costs_nothing_and_serves_one_request_only(store: Store) -> None:
    world = World(store)
    world.price("500", seats=3)
    give_seats(world, {"bob": date(2026, 11, 19), "zoe": None})
    found = facts(world)
    assert (found["tool.free_seats"], found["tool.idle_seats"]) == (1, 1)
    assert found["request.annual_value"] == usd("0") == found["request.monthly_value"]
    assert facts(world, seats=2)["request.annual_value"] == usd("500")
    world.ask()
    after = facts(world, "bob")
    assert after["tool.free_seats"] == 0 and after["request.annual_value"] == usd("500")


def test_several_seats_of_one_request_are_all_taken(store: Store) -> None:
    """A080."""
    world = World(store)
    world.price("500", seats=5)
    give_seats(world, {"zoe": None})
    request = world.ask(seats=3)
    with store.write() as uow:
        decide(uow, world.mia, request.id, "approve")
    assert world.request(request.id).status == "approved"
    assert facts(world, "bob")["tool.free_seats"] == 1


def test_similar_tools_and_requester(store: Store) -> None:
    world = World(store)
    with store.write() as uow:
        other = add_tool(uow, "copilot", category="coding").id
        add_tool(uow, "midjourney", category="images")
    give_seats(world, {"eve": date(2026, 11, 19)}, tool=other)
    found = facts(world)
    assert found["request.similar_tools_held"] == 1
    assert found["requester.department"] == "Marketing" and found["requester.cost_center"] == "CC-10"
    assert found["requester.tenure_days"] == (date(2026, 11, 23) - date(2020, 1, 1)).days
    assert found["requester.employment_type"] is None
    assert facts(world, beneficiary_id=world.bob)["request.similar_tools_held"] == 0


def test_splitting_a_purchase_meets_the_rolling_limit(store: Store, clock: object) -> None:
    world = World(store, SPLIT_POLICY)
    world.price("499")
    results = [world.ask().status for _ in range(10)]
    assert results == ["approved", "approved"] + ["pending"] * 8
    assert {row.person_id for row in world.notices("inform")} == {world.mia}
    clock.advance(days=31)  # type: ignore[attr-defined]
    assert world.ask().status == "approved"


def test_the_narrowest_budget_and_what_is_left_of_it(store: Store) -> None:
    world = World(store)
    world.price("600")
    assert facts(world)["budget.remaining_after"] is None
    add_budget(world, "100000")
    assert facts(world)["budget.remaining_after"] == usd("99400")
    add_budget(world, "1000", "department", "Marketing")
    add_budget(world, "50", "department", "Sales")
    assert facts(world)["budget.remaining_after"] == usd("400")
    assert facts(world)["budget.used_after"] == Decimal("0.6")
    world.ask()
    assert facts(world)["budget.remaining_after"] == usd("-200")
    add_budget(world, "300", "department", "Marketing", "2026-Q4", date(2026, 10, 1), date(2027, 1, 1))
    assert facts(world)["budget.remaining_after"] == usd("150")


def test_a_budget_in_euro_converts_at_the_days_rate_or_stays_unknown(store: Store) -> None:
    world = World(store)
    world.price("600")
    add_budget(world, "1000", currency="EUR")
    assert facts(world)["budget.remaining_after"] is None
    with store.write() as uow:
        uow.session.add(ExchangeRate(day=date(2026, 11, 20), currency="USD", rate="1.2"))
    assert str(facts(world)["budget.remaining_after"]) == "500.00 EUR"


def test_the_budget_that_covers_one_is_reserved_once(store: Store) -> None:
    world = World(store, BUDGET_POLICY)
    world.price("600")
    add_budget(world, "1000")
    first, second = world.ask("eve"), world.ask("bob")
    assert (first.status, second.status) == ("approved", "pending")
    with store.read() as uow:
        held = uow.session.exec(select(BudgetReservation)).all()
        assert sorted(row.status for row in held) == ["committed", "reserved"]
    with store.write() as uow:
        decide(uow, world.mia, second.id, "deny", "no money")
    with store.write() as uow:
        cancel(uow, world.eve, first.id)
    with store.read() as uow:
        assert {row.status for row in uow.session.exec(select(BudgetReservation)).all()} == {"released"}
    assert world.ask("bob").status == "approved"


def test_a_bad_policy_version_leaves_the_last_good_one_in_force(store: Store) -> None:
    world = World(store, SPLIT_POLICY, ORG)
    with store.write() as uow:
        add_config(uow, "policy", "version: 1\napproval: {baseline: [nobody]}\n")
    world.price("400")
    assert world.ask().status == "approved"
