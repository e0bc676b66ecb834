"""Who sees what of a request, and what the audit trail keeps of it."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from storage.models import AuditRow, Decision
from storage.unit_of_work import Store
from tests.builders import add_tool
from tests.storage.requests_world import World
from tests.storage.test_request_facts import add_budget, give_seats
from workflows.requests.cards import RequestCard
from workflows.requests.decide import decide
from workflows.requests.fulfil import complete_task
from workflows.requests.views import request_card, waiting_for

DENYING = """\
version: 1
approval:
  baseline: [manager]
  rules:
    - {id: no, when: {field: request.data_classes, min: restricted}, then: {deny: "Not this data.", suggest: alternatives}}
"""


def card(world: World, request_id: str, who: str | None) -> RequestCard:
    with world.store.read() as uow:
        return request_card(uow, request_id, world.ids[who] if who else None)


@pytest.mark.parametrize("viewer", [None, "zoe"])
def test_others_see_who_tool_and_state_and_no_money_or_data(store: Store, viewer: str | None) -> None:
    world = World(store)
    world.price("6000")
    add_budget(world, "10000")
    request = world.ask(reason="a secret plan", data_classes=("restricted",))
    shown = card(world, request.id, viewer)
    assert (shown.requester.name, shown.tool, shown.status_line) == ("Eve", "Cursor", "Waits for Mia.")
    assert not shown.full and shown.actions == ()
    hidden = (shown.annual, shown.monthly, shown.budget, shown.annual_base, shown.reason, shown.data_classes, shown.rules,
              shown.stages, shown.similar_tools, shown.free_seats, shown.idle_seats, shown.status_reason)  # fmt: skip
    assert not any(hidden)
    with store.write() as uow:
        decide(uow, world.mia, request.id, "deny", "the plan is bad")
    assert "bad" not in str(card(world, request.id, viewer)) and "bad" in card(world, request.id, "eve").status_reason


def test_the_approvers_card_has_what_a_decision_needs(store: Store) -> None:
    world = World(store)
    world.price("6000", seats=2)
    add_budget(world, "10000", "department", "Marketing")
    with store.write() as uow:
        other = add_tool(uow, "copilot", name="Copilot", category="coding").id
    give_seats(world, {"zoe": None, "bob": None})
    give_seats(world, {"eve": None}, tool=other)
    shown = card(world, world.ask(reason="to write code").id, "mia")
    assert shown.full and shown.reason == "to write code" and shown.data_classes == ("internal",)
    assert (str(shown.annual), str(shown.monthly)) == ("6,000.00 USD", "500.00 USD")
    assert shown.budget is not None
    assert (str(shown.budget.before), str(shown.budget.after)) == ("10,000.00 USD", "4,000.00 USD")
    assert (shown.free_seats, shown.idle_seats, shown.similar_tools) == (0, 2, ("Copilot",))
    assert [rule["rule"] for rule in shown.rules] == ["over-5000"]
    assert shown.rules[0]["facts"][0]["actual"] == {"amount": "6000", "currency": "USD"}
    assert [stage.status for stage in shown.stages] == ["open", "waiting"]
    assert [person.name for person in shown.next_up] == ["Mia"]


def test_an_idle_seat_is_named_when_none_is_free(store: Store) -> None:
    world = World(store)
    world.price("100", seats=2)
    give_seats(world, {"zoe": None, "bob": None})
    request = world.ask()
    with store.write() as uow:
        decide(uow, world.mia, request.id, "approve")
    task = card(world, request.id, "tor").task
    assert task is not None and task.seat_of is not None and task.seat_of.name in ("Zoe", "Bob")
    with store.read() as uow:
        assert [one.task_id for one in waiting_for(uow, world.tor).tasks] == [task.task_id]


def test_a_denial_by_the_policy_offers_alternatives(store: Store) -> None:
    world = World(store, DENYING)
    with store.write() as uow:
        tool = add_tool(uow, "leaky", alternatives=["cursor"]).id
    request = world.ask(tool_id=tool, data_classes=("restricted",))
    shown = card(world, request.id, "eve")
    assert (shown.status, shown.status_reason, shown.alternatives) == ("denied", "Not this data.", ("cursor",))
    assert world.notices("approval_needed") == [] and shown.status_line.startswith("Denied by the policy")


def test_every_change_has_an_audit_row_bound_to_content_and_policy(store: Store) -> None:
    """A073."""
    world = World(store)
    world.price("100")
    request = world.ask()
    with store.write() as uow:
        decide(uow, world.mia, request.id, "approve", channel="slack")
    with store.write() as uow:
        complete_task(uow, world.tor, waiting_for(uow, world.tor).tasks[0].task_id, "done")
    with store.read() as uow:
        query = select(AuditRow).where(AuditRow.subject == f"request:{request.id}").order_by(col(AuditRow.seq))
        rows = uow.session.exec(query).all()
    assert [(row.action, row.actor_person_id, row.payload["before"], row.payload["after"]) for row in rows] == [
        ("request.created", world.eve, "", "pending"),
        ("request.decided", world.mia, "pending", "pending"),
        ("request.approved", world.mia, "pending", "approved"),
        ("request.fulfilled", world.tor, "approved", "fulfilled"),
    ]
    assert rows[1].channel == "slack"
    assert {row.payload["content_hash"] for row in rows} == {request.content_hash}
    assert {row.payload["policy_hash"] for row in rows} == {request.policy_hash}


def test_without_its_audit_row_there_is_no_decision(sqlite_store: Store) -> None:
    """A074: fail closed."""
    world = World(sqlite_store)
    request = world.ask()
    with sqlite_store.write() as uow:
        uow.session.execute(
            text("CREATE TRIGGER full BEFORE INSERT ON auditrow BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        )
    with pytest.raises(DBAPIError, match="disk full"), sqlite_store.write() as uow:
        decide(uow, world.mia, request.id, "approve")
    assert world.request(request.id).status == "pending"
    with sqlite_store.read() as uow:
        assert uow.session.exec(select(Decision)).all() == []
