"""From asking to granted, on both databases."""

import pytest
from sqlmodel import select

from storage.models import BudgetReservation, Task
from storage.unit_of_work import Store
from tests.storage.requests_world import World, usd
from workflows.errors import Conflict, Invalid, NotAllowed
from workflows.requests.create import preview
from workflows.requests.decide import OwnRequest, decide
from workflows.requests.fulfil import complete_task
from workflows.requests.views import my_requests, request_card, waiting_for


def test_request_approved_by_two_and_granted(store: Store) -> None:
    world = World(store)
    world.price("6000")
    request = world.ask()
    assert request.number == 1001
    with store.read() as uow:
        card = request_card(uow, request.id, world.mia)
    assert [slot.approver for stage in card.stages for slot in stage.slots] == ["manager", "cost_center_owner"]
    assert card.annual == usd("6000") and card.actions == ("approve", "deny", "ask")
    assert [person.name for person in card.next_up] == ["Mia"]
    with store.write() as uow:
        first = decide(uow, world.mia, request.id, "approve", seen=card.seen, idempotency_key="click-1")
    assert first.status == "pending" and "Cora" in first.message
    with store.write() as uow:
        assert decide(uow, world.mia, request.id, "approve", seen=card.seen, idempotency_key="click-1") == first
    with store.write() as uow:
        assert decide(uow, world.cora, request.id, "approve").status == "approved"
    with store.read() as uow:
        task = uow.session.exec(select(Task)).one()
        assert task.assignee_id == world.tor and [one.task_id for one in waiting_for(uow, world.tor).tasks] == [task.id]
    with store.write() as uow:
        assert complete_task(uow, world.tor, task.id, "done").status == "done"
    assert world.request(request.id).status == "fulfilled"
    assert world.events() == ["stage_approved", "approved", "granted"]
    assert [row.person_id for row in world.notices("approval_needed")] == [world.mia, world.cora]
    assert world.actions() == [
        "request.created", "request.decided", "request.decided", "request.approved", "task.done", "request.fulfilled",
    ]  # fmt: skip
    with store.read() as uow:
        assert [one.status for one in my_requests(uow, world.eve)] == ["fulfilled"]


def test_denial_needs_a_reason_and_ends_it(store: Store) -> None:
    world = World(store)
    request = world.ask()
    with pytest.raises(Invalid), store.write() as uow:
        decide(uow, world.mia, request.id, "deny")
    with store.write() as uow:
        decide(uow, world.mia, request.id, "deny", "we have Copilot")
    ended = world.request(request.id)
    assert (ended.status, ended.status_reason) == ("denied", "we have Copilot")
    with pytest.raises(Conflict, match="already denied"), store.write() as uow:
        decide(uow, world.mia, request.id, "approve")
    with pytest.raises(Conflict, match="Mia decided"), store.write() as uow:
        decide(uow, world.cora, request.id, "approve")


def test_nobody_decides_for_themselves_or_uninvited(store: Store) -> None:
    world = World(store)
    request = world.ask("eve", beneficiary_id=world.bob)
    for name in ("eve", "bob"):
        with pytest.raises(OwnRequest), store.write() as uow:
            decide(uow, world.ids[name], request.id, "approve")
    with pytest.raises(NotAllowed, match="waits for Mia"), store.write() as uow:
        decide(uow, world.zoe, request.id, "approve")
    assert world.request(request.id).status == "pending"


def test_a_manager_who_would_get_it_is_not_asked(store: Store) -> None:
    world = World(store)
    request = world.ask("eve", beneficiary_id=world.mia)
    with store.read() as uow:
        slot = request_card(uow, request.id, world.eve).stages[0].slots[0]
    assert world.mia not in [person.id for person in slot.people] and slot.people
    assert {"by": "manager", "person_id": world.mia, "why_not": "would get it"} in slot.considered


def test_preview_shows_the_chain_and_writes_nothing(store: Store) -> None:
    world = World(store)
    world.price("26000")
    with store.read() as uow:
        shown = preview(uow, world.draft())
    assert shown.outcome.approvers == ("manager", "cost_center_owner", "role:finance")
    assert shown.stages[2][0].people.candidates == [world.fay, world.fin, world.fox]
    assert shown.sheet.cost.annual == usd("26000")
    assert world.notices() == [] and world.actions() == []


def test_unknown_price_goes_to_everybody_money_could_ask_for(store: Store) -> None:
    world = World(store)
    with store.read() as uow:
        shown = preview(uow, world.draft(tool_id=None, tool_name="Shiny AI"))
    assert shown.outcome.approvers == ("manager", "cost_center_owner", "role:finance", "role:security", "role:procurement")
    with store.read() as uow:
        assert uow.session.exec(select(BudgetReservation)).all() == []
