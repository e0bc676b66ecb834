"""Idle seats: undo, the owner's no, and what a later list confirms, on both databases."""

import pytest
from sqlmodel import select

from storage.models import Saving
from storage.types import Money
from tests.builders import add_tool
from tests.seat_builders import add_contract
from tests.seats.company import MONDAY, Company, ago, free, set_status
from workflows.errors import Conflict, Invalid, NotAllowed
from workflows.seats.cases import release, undo
from workflows.seats.savings import savings
from workflows.seats.tasks import task_cannot, task_done


def test_undo_before_the_removal_cancels_it(acme: Company) -> None:
    acme.snapshot("cursor", {"ada": ago(60)})
    acme.sweep()
    acme.do(release, acme.case().id, actor_id=acme.id("ada"))
    seat = acme.seat("cursor")
    acme.clock.advance(days=5)
    acme.do(undo, seat.case_id, seat.id or 0, actor_id=acme.id("ada"))
    assert (acme.seat("cursor").status, acme.task("cursor").status) == ("undone", "cancelled")
    assert acme.saved() == (0, {})
    with acme.store.read() as uow:
        saving = uow.session.exec(select(Saving)).one()
        assert saving.reversed_on == saving.from_day
    with pytest.raises(Conflict, match="nothing to undo"):
        acme.do(undo, seat.case_id, seat.id or 0, actor_id=acme.id("ada"))
    with pytest.raises(Conflict, match="not needed any more"):
        acme.do(task_done, acme.task("cursor").id, actor_id=acme.id("tor"))
    assert acme.sweep().opened == 0


def test_undo_after_the_removal_asks_for_the_seat_back(acme: Company) -> None:
    acme.snapshot("cursor", {"ada": ago(60)})
    acme.sweep()
    acme.do(release, acme.case().id, actor_id=acme.id("ada"))
    acme.do(task_done, acme.task("cursor").id, actor_id=acme.id("tor"))
    seat = acme.seat("cursor")
    acme.do(undo, seat.case_id, seat.id or 0, actor_id=acme.id("ada"))
    back = acme.task("cursor", "grant")
    assert (back.for_person_id, back.from_person_id, back.assignee_id) == (acme.id("ada"), None, acme.id("tor"))
    assert [item.person_id for item in acme.told("restore_task")] == [acme.id("tor")]
    assert acme.saved() == (0, {})
    acme.do(task_done, back.id, actor_id=acme.id("tor"))
    assert acme.actions()[-1] == "seat.restored"


def test_undo_fails_when_the_seat_has_gone_to_somebody_else(acme: Company) -> None:
    acme.snapshot("cursor", {name: ago(1) for name in ("bo", "cy", "max", "tor")} | {"ada": ago(60)})
    acme.sweep()
    acme.do(release, acme.case().id, actor_id=acme.id("ada"))
    acme.do(task_done, acme.task("cursor").id, actor_id=acme.id("tor"))
    acme.clock.advance(days=1)
    acme.snapshot("cursor", {name: ago(1) for name in ("bo", "cy", "max", "tor", "vip")})
    seat = acme.seat("cursor")
    with pytest.raises(Conflict, match="somebody else"):
        acme.do(undo, seat.case_id, seat.id or 0, actor_id=acme.id("ada"))
    assert acme.seat("cursor").status == "released"
    assert acme.saved()[0] == 1


def test_undo_ends(acme: Company) -> None:
    acme.snapshot("cursor", {"ada": ago(60)})
    acme.sweep()
    acme.do(release, acme.case().id, actor_id=acme.id("ada"))
    seat = acme.seat("cursor")
    acme.clock.advance(days=14, seconds=1)
    with pytest.raises(Conflict, match="ended on 7 December 2026"):
        acme.do(undo, seat.case_id, seat.id or 0, actor_id=acme.id("ada"))


def test_the_owner_cannot_remove_it(acme: Company) -> None:
    acme.snapshot("cursor", {"ada": ago(60)})
    acme.sweep()
    acme.do(release, acme.case().id, actor_id=acme.id("ada"))
    task = acme.task("cursor")
    with pytest.raises(NotAllowed):
        acme.do(task_done, task.id, actor_id=acme.id("ada"))
    with pytest.raises(Invalid):
        acme.do(task_cannot, task.id, actor_id=acme.id("tor"), reason="")
    acme.do(task_cannot, task.id, actor_id=acme.id("tor"), reason="fixed term")
    assert acme.seat("cursor").status == "cannot"
    assert acme.saved() == (0, {})
    with pytest.raises(Conflict, match="not possible"):
        acme.do(task_done, task.id, actor_id=acme.id("tor"))


def test_a_later_list_confirms_a_release(acme: Company) -> None:
    acme.snapshot("cursor", {"ada": ago(60), "max": ago(1)})
    acme.sweep()
    acme.do(release, acme.case().id, actor_id=acme.id("ada"))
    acme.clock.advance(days=2)
    acme.snapshot("cursor", {"max": ago(1)})
    assert acme.sweep().confirmed_gone == 1
    assert acme.sweep().confirmed_gone == 0
    assert (acme.seat("cursor").status, acme.task("cursor").status) == ("released", "done")
    with acme.store.read() as uow:
        found = savings(uow)
        saving = uow.session.exec(select(Saving)).one()
    assert (found.seats, found.confirmed) == (1, 1)
    assert (saving.from_day, saving.confirmed_on) == (MONDAY.date(), ago(-2))
    assert free(acme, "cursor") == 4


def test_a_seat_that_vanishes_while_asked_about_is_confirmed_gone(acme: Company) -> None:
    acme.snapshot("cursor", {"ada": ago(60), "max": ago(1)})
    acme.sweep()
    acme.clock.advance(days=2)
    acme.snapshot("cursor", {"max": ago(1)})
    acme.sweep()
    assert (acme.seat("cursor").status, acme.case().status) == ("gone", "closed")
    assert acme.saved() == (1, {"USD": Money.of(20, "USD")})


def test_savings_add_up_exactly_by_currency(acme: Company) -> None:
    with acme.store.write() as uow:
        acme.tools["odd"] = add_tool(uow, "odd", owner="tor@acme.example")
        add_contract(uow, acme.tools["odd"], unit_price="100", interval="year", currency="EUR")
        acme.tools["free"] = add_tool(uow, "free", owner="tor@acme.example")
    for slug in ("odd", "free", "copilot"):
        acme.snapshot(slug, {"ada": ago(60), "cy": ago(60), "max": ago(60)})
    acme.sweep()
    for name in ("ada", "cy", "max"):
        acme.do(release, acme.case(name).id, actor_id=acme.id(name))
    with acme.store.read() as uow:
        found = savings(uow)
    assert (found.seats, found.unpriced) == (9, 3)
    assert found.monthly == {"USD": Money.of("58.5", "USD"), "EUR": Money.of("24.999999999", "EUR")}


def test_without_an_owner_the_administrator_removes_it(acme: Company) -> None:
    set_status(acme, "tor", "Terminated")
    acme.snapshot("cursor", {"ada": ago(60)})
    acme.sweep()
    acme.do(release, acme.case().id, actor_id=acme.id("ada"))
    assert acme.task("cursor").assignee_id == acme.id("root")
