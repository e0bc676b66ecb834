"""Reminders, escalation, expiry, pauses and edits (approvals cases: time, amount, delivery)."""

from datetime import UTC, datetime

import pytest

from storage.unit_of_work import Store
from tests.conftest import TestClock
from tests.storage.requests_world import ORG, World
from workflows.errors import Conflict, Invalid, NotAllowed
from workflows.requests.conversation import answer, ask_information
from workflows.requests.create import create
from workflows.requests.decide import decide
from workflows.requests.edit import draft_of, edit
from workflows.requests.ends import cancel
from workflows.requests.timers import on_timer
from workflows.requests.views import request_card
from workflows.timers import claim, due_timers

ESCALATING = """\
version: 1
approval:
  baseline: [{approver: manager, escalate_to: "role:legal"}]
  defaults: {remind: [4 working hours, 1 working day], escalate: 2 working days, expire: 10 working days}
  edit_tolerance: {percent: 10, amount: "100 USD"}
  rules:
    - {id: big, when: {field: request.annual_value, gt: "5000 USD"}, then: {route: ["role:finance"]}}
"""


def tick(world: World, clock: TestClock, at: datetime) -> list[str]:
    """Fire what is due at an instant; returns the kinds, in order."""
    clock.now = at
    fired = []
    while True:
        with world.store.write() as uow:
            timers = due_timers(uow, 1)
            if not timers:
                return fired
            if claim(uow, timers[0]):
                on_timer(uow, timers[0])
                fired.append(timers[0].kind.removeprefix("request."))


def at(day: int, hour: int = 12, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def seen(world: World, request_id: str, who: str) -> str:
    with world.store.read() as uow:
        return request_card(uow, request_id, world.ids[who]).seen


def test_reminded_twice_escalated_once_then_expired(store: Store, clock: TestClock) -> None:
    """A066; Monday 2026-11-23 12:00 UTC, Mia in UTC."""
    world = World(store, ESCALATING)
    request = world.ask()
    assert tick(world, clock, at(23, 15)) == []
    assert tick(world, clock, at(23, 16)) == ["remind"]
    assert tick(world, clock, at(24)) == ["remind"]
    assert tick(world, clock, at(25)) == ["escalate"]
    reminded = world.notices("reminder")
    assert [row.person_id for row in reminded] == [world.mia, world.mia] and all(row.at_most_once for row in reminded)
    with store.read() as uow:
        card = request_card(uow, request.id, world.mia)
    assert [one.id for one in card.next_up] == [world.mia, world.lea] and card.expires_at == at(7, month=12)
    assert tick(world, clock, at(7, 11, 12)) == [] and world.request(request.id).status == "pending"
    assert tick(world, clock, at(7, 12, 12)) == ["expire"]
    assert world.request(request.id).status == "expired" and world.events() == ["escalated", "expired"]
    with pytest.raises(Conflict, match="expired on 2026-12-07"), store.write() as uow:
        decide(uow, world.mia, request.id, "approve")


def test_working_days_skip_the_approvers_holidays(store: Store, clock: TestClock) -> None:
    """A062: asked on Thursday; Friday and Monday are free where Mia works."""
    clock.now = datetime(2026, 4, 2, 14, 0, tzinfo=UTC)  # Thursday before Easter in Sweden
    world = World(store, ESCALATING, ORG + "holidays: SE\n")
    request = world.ask()
    with store.read() as uow:
        assert request_card(uow, request.id, world.mia).status == "pending"
    assert tick(world, clock, datetime(2026, 4, 8, 13, 59, tzinfo=UTC))[-1:] != ["escalate"]
    assert tick(world, clock, datetime(2026, 4, 8, 14, 0, tzinfo=UTC)) == ["escalate"]


def test_no_burst_after_a_downtime(store: Store, clock: TestClock) -> None:
    """A064."""
    world = World(store, ESCALATING)
    world.ask()
    assert tick(world, clock, at(24, 13)) == ["remind", "remind"]
    assert len(world.notices("reminder")) == 1


def test_no_reminder_after_a_decision_and_none_for_who_decided(store: Store, clock: TestClock) -> None:
    world = World(
        store, ESCALATING.replace("{approver: manager, escalate_to", "{approver: 'role:finance', quorum: 2, escalate_to")
    )
    request = world.ask()
    with store.write() as uow:
        decide(uow, world.fay, request.id, "approve")
    tick(world, clock, at(23, 16))
    assert {row.person_id for row in world.notices("reminder")} == {world.fin, world.fox}
    with store.write() as uow:
        decide(uow, world.fin, request.id, "approve")
    assert tick(world, clock, at(23, 16, 12)) == []


def test_escalation_to_nobody_asks_the_admins_and_never_approves(store: Store, clock: TestClock) -> None:
    """A067."""
    world = World(store, ESCALATING, ORG.replace("legal: [lea@acme.example]", "legal: []"))
    request = world.ask()
    tick(world, clock, at(25))
    with store.read() as uow:
        assert [one.id for one in request_card(uow, request.id, world.mia).next_up] == [world.mia, world.ann]
    assert world.request(request.id).status == "pending"


def test_a_question_stops_the_clock(store: Store, clock: TestClock) -> None:
    """A068."""
    world = World(store, ESCALATING)
    world.price("100")
    request = world.ask()
    with pytest.raises(NotAllowed), store.write() as uow:
        ask_information(uow, world.zoe, request.id, "why?")
    with store.write() as uow:
        ask_information(uow, world.mia, request.id, "why?")
    assert tick(world, clock, at(26)) == []
    with pytest.raises(NotAllowed), store.write() as uow:
        answer(uow, world.bob, request.id, "because")
    with store.write() as uow:
        answer(uow, world.eve, request.id, "because")
    with pytest.raises(Conflict, match="Nothing is asked"), store.write() as uow:
        answer(uow, world.eve, request.id, "because")
    assert tick(world, clock, at(26, 15)) == [] and tick(world, clock, at(26, 16)) == ["remind"]
    assert [row.person_id for row in world.notices("info_asked")] == [world.eve]
    with store.write() as uow:
        assert decide(uow, world.mia, request.id, "approve").status == "approved"


def test_a_question_nobody_answers_ends_the_request(store: Store, clock: TestClock) -> None:
    world = World(store, ESCALATING)
    request = world.ask()
    with store.write() as uow:
        ask_information(uow, world.mia, request.id, "why?")
    tick(world, clock, at(8, month=12))
    assert world.request(request.id).status == "expired"


def test_an_old_card_decides_nothing(store: Store) -> None:
    """A014, A044."""
    world = World(store, ESCALATING)
    world.price("6000")
    request = world.ask()
    first = seen(world, request.id, "mia")
    with store.write() as uow:
        decide(uow, world.mia, request.id, "approve", seen=first)
    with pytest.raises(Conflict, match="moved on"), store.write() as uow:
        decide(uow, world.fay, request.id, "approve", seen=first)
    second = seen(world, request.id, "fay")
    with store.write() as uow:
        edit(uow, world.eve, request.id, _with(world, request.id, seats=2), "edit-1")
    with pytest.raises((Conflict, NotAllowed)), store.write() as uow:
        decide(uow, world.fay, request.id, "approve", seen=second)
    third = seen(world, request.id, "mia")
    with store.write() as uow:
        edit(uow, world.eve, request.id, _with(world, request.id, seats=3), "edit-2")
    with pytest.raises(Conflict, match="changed while you looked"), store.write() as uow:
        decide(uow, world.mia, request.id, "approve", seen=third)


def _with(world: World, request_id: str, **changes: object):  # type: ignore[no-untyped-def]
    from dataclasses import replace

    return replace(draft_of(world.request(request_id)), **changes)  # type: ignore[arg-type]


def _approved(world: World, **more: object) -> str:
    request = world.ask(**more)  # type: ignore[arg-type]
    with world.store.write() as uow:
        decide(uow, world.mia, request.id, "approve")
    return request.id


def test_a_raise_within_the_tolerance_keeps_the_approvals(store: Store) -> None:
    """A040: 10 % and 100 USD, both; the yearly value counts."""
    world = World(store, ESCALATING)
    world.price("50")
    request_id = _approved(world, seats=20)
    with store.write() as uow:
        assert edit(uow, world.eve, request_id, _with(world, request_id, seats=22), "k1").effect == "kept"
    assert world.request(request_id).status == "approved"
    with store.write() as uow:
        assert edit(uow, world.eve, request_id, _with(world, request_id, seats=5), "k2").effect == "kept"
    with store.write() as uow:
        assert edit(uow, world.eve, request_id, _with(world, request_id, seats=6), "k3").effect == "asked_again"
    again = world.request(request_id)
    assert (again.status, again.round, str(again.annual_value)) == ("pending", 2, "300.000000000")
    with store.write() as uow:
        assert decide(uow, world.mia, request_id, "approve").status == "approved"


def test_an_edit_over_a_threshold_asks_everybody_of_the_new_chain(store: Store) -> None:
    world = World(store, ESCALATING)
    world.price("4900")
    request_id = _approved(world)
    world.price("4950")
    with store.write() as uow:
        assert edit(uow, world.eve, request_id, _with(world, request_id, seats=2), "k1").effect == "asked_again"
    with store.read() as uow:
        card = request_card(uow, request_id, world.mia)
    assert [(slot.approver, slot.status) for stage in card.stages for slot in stage.slots] == [
        ("manager", "open"), ("role:finance", "waiting"),
    ]  # fmt: skip


def test_a_new_reason_resets_nothing_and_other_data_does(store: Store) -> None:
    """A042; more sensitive data is never within a tolerance of money."""
    world = World(store, ESCALATING)
    request_id = _approved(world, kind="limit")
    with store.write() as uow:
        assert edit(uow, world.eve, request_id, _with(world, request_id, reason="better words"), "k1").effect == "kept"
    with store.write() as uow:
        assert edit(uow, world.eve, request_id, _with(world, request_id), "k2").effect == "unchanged"
    with store.write() as uow:
        changed = _with(world, request_id, data_classes=("restricted",))
        assert edit(uow, world.eve, request_id, changed, "k3").effect == "asked_again"


def test_another_tool_is_another_request(store: Store) -> None:
    """A043."""
    world = World(store, ESCALATING)
    request = world.ask()
    with store.write() as uow:
        outcome = edit(uow, world.eve, request.id, _with(world, request.id, tool_id=None, tool_name="Other AI"), "k1")
    assert (outcome.effect, outcome.request.replaces_id) == ("replaced", request.id)
    assert world.request(request.id).status == "cancelled" and world.request(outcome.request.id).status == "pending"


def test_only_the_requester_edits_and_only_what_is_alive(store: Store) -> None:
    world = World(store, ESCALATING)
    request = world.ask()
    with pytest.raises(NotAllowed), store.write() as uow:
        edit(uow, world.bob, request.id, world.draft("bob"), "k1")
    with pytest.raises(Conflict, match="changed while you edited"), store.write() as uow:
        edit(uow, world.eve, request.id, _with(world, request.id, seats=2), "k2", seen_revision=request.revision - 1)
    with store.write() as uow:
        cancel(uow, world.eve, request.id)
    with pytest.raises(Conflict, match="cancelled"), store.write() as uow:
        edit(uow, world.eve, request.id, _with(world, request.id, seats=2), "k3")


def test_a_cancelled_request_is_not_made_again_by_a_late_delivery(store: Store) -> None:
    """A012."""
    world = World(store)
    request = world.ask(key="form-1")
    with pytest.raises(NotAllowed), store.write() as uow:
        cancel(uow, world.bob, request.id)
    with store.write() as uow:
        cancel(uow, world.eve, request.id)
        cancel(uow, world.eve, request.id)
    with store.write() as uow:
        again = create(uow, world.draft(), world.eve, "form-1")
    assert (again.id, again.status) == (request.id, "cancelled")
    with pytest.raises(Conflict, match="was cancelled"), store.write() as uow:
        decide(uow, world.mia, request.id, "approve")


@pytest.mark.parametrize("wrong", [
    {"seats": 0}, {"seats": 10_001}, {"data_classes": ()}, {"data_classes": ("secret",)}, {"kind": "sea"},
    {"duration_days": 0}, {"tool_id": None, "tool_name": "  "}, {"tool_id": 999}, {"beneficiary_id": 9999},
])  # fmt: skip
def test_a_draft_that_cannot_be_is_refused(sqlite_store: Store, wrong: dict[str, object]) -> None:
    """A049."""
    world = World(sqlite_store)
    with pytest.raises(Invalid) as refused:
        world.ask(**wrong)  # type: ignore[arg-type]
    assert refused.value.fields
    with pytest.raises(NotAllowed), sqlite_store.write() as uow:
        create(uow, world.draft("eve"), world.bob, "k")
