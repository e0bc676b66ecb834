"""Who decides: fallbacks, parties, leavers, quorum, people who sit in several places (approvals cases: identity)."""

from datetime import date

import pytest
from sqlmodel import select

from storage.models import PersonRecord, Task
from storage.unit_of_work import Store
from tests.builders import add_person
from tests.storage.requests_world import ORG, World
from workflows.errors import Conflict, NotAllowed
from workflows.requests.create import preview
from workflows.requests.decide import OwnRequest, decide
from workflows.requests.fulfil import complete_task
from workflows.requests.leavers import after_people_import
from workflows.requests.upkeep import follow_people
from workflows.requests.views import request_card, waiting_for


def policy(baseline: str, rules: str = "[]", groups: str = "{}") -> str:
    return f"version: 1\ngroups: {groups}\napproval:\n  baseline: {baseline}\n  rules: {rules}\n"


def leave(world: World, name: str) -> None:
    with world.store.write() as uow:
        record = uow.session.exec(select(PersonRecord).where(PersonRecord.person_id == world.ids[name])).one()
        record.employment_status, record.termination_date = "Terminated", date(2026, 11, 20)
        uow.session.add(record)


def chain(world: World, request_id: str) -> list[tuple[str, list[int], str]]:
    with world.store.read() as uow:
        card = request_card(uow, request_id, world.ann)
    return [(slot.approver, [one.id for one in slot.people], slot.status) for stage in card.stages for slot in stage.slots]


def approve(world: World, name: str, request_id: str) -> str:
    with world.store.write() as uow:
        return decide(uow, world.ids[name], request_id, "approve").status


def test_the_head_of_the_company_and_the_sole_approver_go_to_the_admins(store: Store) -> None:
    """A018, A033."""
    world = World(store)
    request = world.ask("cleo")
    assert chain(world, request.id)[0] == ("manager", [world.ann], "open")
    with store.read() as uow:
        considered = request_card(uow, request.id, world.ann).stages[0].slots[0].considered
    assert considered[0]["why_not"] == "the directory names no such manager"


def test_an_admin_cannot_approve_their_own(store: Store) -> None:
    """A020: the only admin is the requester: the stage waits, is never skipped, until another admin is named."""
    world = World(store, policy('["role:admin"]'))
    request = world.ask("ann")
    assert chain(world, request.id) == [("role:admin", [], "open")]
    with pytest.raises(OwnRequest) as refused, store.write() as uow:
        decide(uow, world.ann, request.id, "approve")
    assert refused.value.subject == f"request:{request.id}"
    with store.write() as uow:
        from tests.builders import add_config

        add_config(uow, "org", ORG.replace("admin: [ann@", "admin: [zoe@acme.example, ann@"))
    assert approve(world, "zoe", request.id) == "approved"


def test_admins_named_later_are_asked_by_the_next_look_at_the_directory(store: Store) -> None:
    world = World(store, policy('["role:admin"]'))
    request = world.ask("ann")
    with store.write() as uow:
        from tests.builders import add_config

        add_config(uow, "org", ORG.replace("admin: [ann@", "admin: [zoe@acme.example, ann@"))
        assert after_people_import(uow).reassigned == (request.number,)
    assert chain(world, request.id) == [("role:admin", [world.zoe], "open")]
    assert world.zoe in [row.person_id for row in world.notices("approval_needed")]


def test_asked_on_behalf_neither_decides(store: Store) -> None:
    """A021: the manager asks for a report; the manager's manager decides."""
    world = World(store)
    request = world.ask("mia", beneficiary_id=world.eve)
    assert chain(world, request.id)[0] == ("manager", [world.cleo], "open")
    for name in ("mia", "eve"):
        with pytest.raises(OwnRequest), store.write() as uow:
            decide(uow, world.ids[name], request.id, "approve")


def test_one_approval_counts_for_every_place_a_person_sits_in(store: Store) -> None:
    """A019: the manager is the department's owner too."""
    org = ORG.replace("Marketing: cleo@", "Marketing: mia@")
    world = World(store, policy("[manager, department_owner, 'person:zoe@acme.example']"), org)
    request = world.ask()
    assert approve(world, "mia", request.id) == "pending"
    assert [status for _, _, status in chain(world, request.id)] == ["approved", "approved", "open"]
    assert [row.person_id for row in world.notices("approval_needed")] == [world.mia, world.zoe]
    assert approve(world, "zoe", request.id) == "approved"


def test_quorum_counts_people_not_clicks(store: Store) -> None:
    """A003, A004."""
    world = World(store, policy("[{approver: 'role:finance', quorum: 2}]"))
    request = world.ask()
    assert approve(world, "fay", request.id) == "pending"
    with pytest.raises(Conflict, match="You already approved"), store.write() as uow:
        decide(uow, world.fay, request.id, "approve", idempotency_key="second click")
    with pytest.raises(Conflict, match="You already approved"), store.write() as uow:
        decide(uow, world.fay, request.id, "deny", "no", idempotency_key="another button")
    assert approve(world, "fox", request.id) == "approved"
    with pytest.raises(Conflict, match="approved already: Fox decided"), store.write() as uow:
        decide(uow, world.fin, request.id, "approve")


def test_a_requester_in_the_group_leaves_its_quorum_to_the_fallback(store: Store) -> None:
    groups = "{board: [eve@acme.example, fay@acme.example]}"
    world = World(
        store, policy("[{approver: 'group:board', quorum: 2, fallback: 'person:zoe@acme.example'}]", groups=groups)
    )
    request = world.ask()
    assert chain(world, request.id) == [("group:board", [world.fay, world.zoe], "open")]


def test_an_empty_group_uses_its_fallback(store: Store) -> None:
    """A026."""
    world = World(store, policy("[{approver: 'group:board', fallback: 'role:legal'}]", groups="{board: []}"))
    assert chain(world, world.ask().id) == [("group:board", [world.lea], "open")]


def test_silent_people_may_decide_and_are_not_asked(store: Store) -> None:
    world = World(store, policy("[{approver: 'role:legal', silent: [cleo@acme.example]}]"))
    request = world.ask()
    assert [row.person_id for row in world.notices("approval_needed")] == [world.lea]
    assert approve(world, "cleo", request.id) == "approved"


def test_managers_in_a_circle_end_at_the_fallback(store: Store) -> None:
    """A032."""
    world = World(store, policy("['manager(3)']"))
    with store.write() as uow:
        record = uow.session.exec(select(PersonRecord).where(PersonRecord.person_id == world.cleo)).one()
        record.manager_employee_id = "E-mia"
        uow.session.add(record)
    assert chain(world, world.ask().id)[0][1] == [world.ann]


def test_parallel_all_and_any(store: Store) -> None:
    world = World(store, policy("[{parallel: ['role:security', 'role:legal'], join: all}, {parallel: ['role:finance', manager], join: any}]"))  # fmt: skip  # noqa: E501
    request = world.ask()
    assert approve(world, "lea", request.id) == "pending"
    with pytest.raises(NotAllowed, match="not your turn yet"), store.write() as uow:
        decide(uow, world.mia, request.id, "approve")
    assert approve(world, "sid", request.id) == "pending"
    assert approve(world, "mia", request.id) == "approved"
    assert [status for _, _, status in chain(world, request.id)] == ["approved", "approved", "closed", "approved"]


def test_one_denial_in_parallel_ends_it_and_closes_the_rest(store: Store) -> None:
    """A060."""
    world = World(store, policy("[{parallel: ['role:security', 'role:legal']}, 'role:finance']"))
    request = world.ask()
    with store.write() as uow:
        decide(uow, world.sid, request.id, "deny", "leaks")
    assert [status for _, _, status in chain(world, request.id)] == ["denied", "closed", "closed"]
    with store.read() as uow:
        assert waiting_for(uow, world.lea).approvals == ()
    with pytest.raises(Conflict, match="Sid decided"), store.write() as uow:
        decide(uow, world.lea, request.id, "approve")


def test_an_approver_who_leaves_is_replaced_by_their_manager(store: Store) -> None:
    """A022."""
    world = World(store)
    world.price("100")
    request = world.ask()
    leave(world, "mia")
    with pytest.raises(NotAllowed), store.write() as uow:
        decide(uow, world.mia, request.id, "approve")
    assert follow_people(store).reassigned == (request.number,)
    assert follow_people(store).reassigned == ()
    assert chain(world, request.id) == [("manager", [world.cleo], "open")]
    assert "request.reassigned" in world.actions()
    assert [row.person_id for row in world.notices("approval_needed")] == [world.mia, world.cleo]
    assert approve(world, "cleo", request.id) == "approved"


def test_an_approval_stands_after_the_approver_left(store: Store) -> None:
    """A023, and the two-of-three whose first approver left."""
    world = World(store, policy("[{approver: 'role:finance', quorum: 2}]"))
    request = world.ask()
    approve(world, "fay", request.id)
    leave(world, "fay")
    follow_people(store)
    assert approve(world, "fin", request.id) == "approved"


def test_an_approver_of_a_later_stage_who_left_is_replaced_when_it_opens(store: Store) -> None:
    world = World(store, policy("[manager, 'person:zoe@acme.example']"))
    request = world.ask()
    leave(world, "zoe")
    approve(world, "mia", request.id)
    assert chain(world, request.id)[1] == ("person:zoe@acme.example", [world.ann], "open")


def test_a_request_ends_with_its_requester(store: Store) -> None:
    """A024."""
    world = World(store)
    world.price("100")
    request, other = world.ask("eve"), world.ask("bob", beneficiary_id=world.eve)
    leave(world, "eve")
    assert follow_people(store).cancelled == (request.number, other.number)
    assert world.request(request.id).status == "cancelled"


def test_a_mover_keeps_the_frozen_chain_and_the_card_shows_both(store: Store) -> None:
    """A025."""
    world = World(store)
    request = world.ask()
    with store.write() as uow:
        old = uow.session.exec(select(PersonRecord).where(PersonRecord.person_id == world.eve)).one()
        old.effective_to = date(2026, 11, 23)
        uow.session.add(old)
        uow.session.add(PersonRecord(person_id=world.eve, effective_from=date(2026, 11, 23), work_email="eve@acme.example",
                                     display_name="Eve", department="Sales", manager_employee_id="E-zoe"))  # fmt: skip
    follow_people(store)
    with store.read() as uow:
        card = request_card(uow, request.id, world.mia)
    assert card.moved == "Marketing when it was made, now Sales" and card.next_up[0].id == world.mia


def test_tasks_of_leavers_move_on(store: Store) -> None:
    world = World(store)
    world.price("100")
    request = world.ask()
    approve(world, "mia", request.id)
    leave(world, "tor")
    assert follow_people(store).reassigned == (request.number,)
    with store.write() as uow:
        task = uow.session.exec(select(Task)).one()
        assert task.assignee_id == world.pat
        with pytest.raises(NotAllowed):
            complete_task(uow, world.zoe, task.id, "done")
        complete_task(uow, world.pat, task.id, "done")


def test_what_cannot_be_granted_is_told_and_kept(store: Store) -> None:
    """A079."""
    world = World(store)
    world.price("100")
    request = world.ask()
    approve(world, "mia", request.id)
    with store.read() as uow:
        task = uow.session.exec(select(Task)).one()
    with store.write() as uow:
        said = complete_task(uow, world.tor, task.id, "cannot", "no seats till Monday")
    with store.write() as uow:
        assert complete_task(uow, world.tor, task.id, "cannot", "no seats till Monday") == said
    with pytest.raises(Conflict, match="Tor marked it"), store.write() as uow:
        complete_task(uow, world.pat, task.id, "done")
    assert (world.request(request.id).status, world.events()[-1]) == ("approved", "cannot")
    with store.read() as uow:
        assert request_card(uow, request.id, world.eve).status_line == "Approved, but it could not be granted."


def test_somebody_new_in_the_directory_matches_by_person_not_by_mail(store: Store) -> None:
    """A031: whoever gets a leaver's address later is not the approver."""
    world = World(store, policy("['person:zoe@acme.example']"))
    request = world.ask()
    with store.write() as uow:
        twin = add_person(uow, "twin", email="zoe@acme.example", effective_from=date(2026, 11, 24)).id
    with pytest.raises(NotAllowed), store.write() as uow:
        decide(uow, twin or 0, request.id, "approve")
    with store.read() as uow:
        assert preview(uow, world.draft()).stages[0][0].people.candidates == [world.zoe]
