"""Idle seats and time: reminders, the last call, the manager, what happens in silence, leavers, on both databases."""

from datetime import timedelta

import pytest
from sqlmodel import select

from storage.models import OutboxItem, Timer, Usage
from storage.types import Money
from tests.seat_builders import Held
from tests.seats.company import MONDAY, Company, ago, free, set_status
from workflows.errors import NotAllowed
from workflows.seats.cases import keep, release
from workflows.seats.tasks import task_done


def test_reminder_last_call_and_telling_the_manager(acme: Company) -> None:
    acme.snapshot("copilot", {"ada": ago(60)})
    acme.sweep()
    assert acme.fire(MONDAY + timedelta(7) - timedelta(seconds=1)) == []
    assert acme.fire(MONDAY + timedelta(7)) == ["idle.remind"]
    assert acme.fire(MONDAY + timedelta(14)) == ["idle.last_call"]
    assert acme.case().nudge == "idle_last_call"
    assert acme.fire(MONDAY + timedelta(18)) == ["idle.end"]
    assert [len(acme.told(kind)) for kind in ("idle_case", "idle_reminder", "idle_last_call", "idle_manager")] == [1] * 4
    assert acme.told("idle_manager")[0].person_id == acme.id("max")
    assert (acme.case().status, acme.case().manager_id, acme.seat("copilot").status) == ("open", acme.id("max"), "asked")
    acme.do(release, acme.case().id, actor_id=acme.id("max"))
    assert acme.saved()[0] == 1
    assert [item.person_id for item in acme.told("idle_closed")] == [acme.id("ada")]


def test_the_silent_manager_ends_it_with_nothing_done(acme: Company) -> None:
    acme.snapshot("copilot", {"ada": ago(60)})
    acme.sweep()
    acme.fire(MONDAY + timedelta(18))
    assert acme.next_timer("idle.end") == MONDAY + timedelta(18 + 20)
    acme.snapshot("copilot", {"ada": ago(60)}, as_of=ago(-38))
    acme.fire(MONDAY + timedelta(38))
    assert (acme.case().status, acme.seat("copilot").status) == ("closed", "expired")
    assert acme.saved() == (0, {})


def test_reclaim_takes_the_seat_back_and_tells_the_holder(acme: Company) -> None:
    acme.snapshot("cursor", {"ada": ago(60)})
    acme.sweep()
    acme.fire(MONDAY + timedelta(18))
    seat = acme.seat("cursor")
    assert (seat.status, seat.undo_until, acme.case().status) == ("reclaiming", MONDAY + timedelta(32), "closed")
    assert [item.person_id for item in acme.told("idle_closed")] == [acme.id("ada")]
    acme.do(task_done, acme.task("cursor").id, actor_id=acme.id("tor"))
    assert acme.seat("cursor").status == "reclaimed"
    assert acme.saved() == (1, {"USD": Money.of(20, "USD")})


def test_nothing_means_nothing(acme: Company) -> None:
    acme.snapshot("notion", {"ada": ago(60)})
    acme.sweep()
    acme.fire(MONDAY + timedelta(18))
    assert (acme.seat("notion").status, acme.case().status) == ("expired", "closed")
    assert acme.told("idle_manager") == acme.told("revoke_task") == []


def test_usage_is_looked_at_again_just_before_reclaiming(acme: Company) -> None:
    acme.snapshot("cursor", {"ada": ago(60)})
    acme.sweep()
    acme.snapshot("cursor", {"ada": ago(-17)}, as_of=ago(-17))
    assert acme.fire(MONDAY + timedelta(18))[-1] in ("idle.end", "idle.remind", "idle.last_call")
    assert (acme.seat("cursor").status, acme.case().status) == ("used_again", "closed")
    assert acme.saved() == (0, {})
    assert acme.told("revoke_task") == acme.told("idle_closed") == []


def test_usage_rows_stop_a_reclaim(acme: Company) -> None:
    acme.snapshot("cursor", {"ada": ago(60)})
    acme.sweep()
    with acme.store.write() as uow:
        uow.session.add(Usage(day=ago(-2), tool_name="cursor", tool_id=acme.tool("cursor"), person_id=acme.id("ada"),
                              work_email="ada@acme.example", input_tokens=9))  # fmt: skip
    acme.fire(MONDAY + timedelta(18))
    assert acme.seat("cursor").status == "used_again"


def test_nothing_is_taken_back_on_an_old_seat_list(acme: Company) -> None:
    acme.snapshot("cursor", {"ada": ago(90)}, as_of=ago(28))
    acme.sweep()
    acme.fire(MONDAY + timedelta(18))
    assert acme.seat("cursor").status == "asked"
    assert len(acme.told("idle_manager")) == 1


def test_nothing_is_taken_back_from_somebody_no_message_reached(acme: Company) -> None:
    acme.snapshot("cursor", {"ada": ago(60)})
    acme.sweep()
    with acme.store.write() as uow:
        for item in uow.session.exec(select(OutboxItem)).all():
            item.status = "dropped"
            uow.session.add(item)
    cancelled = [timer for timer in pending(acme) if timer.kind != "idle.end"]
    with acme.store.write() as uow:
        for timer in cancelled:
            uow.session.get_one(Timer, timer.id).status = "cancelled"
    acme.fire(MONDAY + timedelta(18))
    assert (acme.seat("cursor").status, len(acme.told("idle_manager"))) == ("asked", 1)


def pending(acme: Company) -> list[Timer]:
    with acme.store.read() as uow:
        return list(uow.session.exec(select(Timer).where(Timer.status == "pending")).all())


def test_a_seat_marked_as_removed_but_still_listed_is_asked_of_the_owner_again(acme: Company) -> None:
    acme.snapshot("cursor", {"ada": ago(60)})
    acme.sweep()
    acme.do(release, acme.case().id, actor_id=acme.id("ada"))
    acme.do(task_done, acme.task("cursor").id, actor_id=acme.id("tor"))
    for days, tasks in ((1, 1), (2, 2), (3, 2)):
        acme.clock.now = MONDAY + timedelta(days)
        acme.snapshot("cursor", {"ada": ago(60)})
        acme.sweep()
        assert len(acme.told("revoke_task")) == tasks, days
    assert acme.seat("cursor").status == "releasing"
    assert acme.saved()[0] == 1
    assert free(acme, "cursor") == 4


def test_going_on_leave_ends_the_question(acme: Company) -> None:
    acme.snapshot("cursor", {"ada": ago(60)})
    acme.sweep()
    set_status(acme, "ada", "Leave")
    acme.fire(MONDAY + timedelta(18))
    assert (acme.seat("cursor").status, acme.case().status) == ("excused", "closed")


def test_after_a_downtime_one_message_not_three(acme: Company) -> None:
    acme.snapshot("copilot", {"ada": ago(60)})
    acme.sweep()
    assert acme.fire(MONDAY + timedelta(15)) == ["idle.remind", "idle.last_call"]
    assert [len(acme.told(kind)) for kind in ("idle_reminder", "idle_last_call")] == [0, 1]
    acme.fire(MONDAY + timedelta(30))
    assert len(acme.told("idle_manager")) == 1


def test_two_tools_with_different_ends_are_reminded_together(acme: Company) -> None:
    acme.snapshot("copilot", {"ada": ago(60)})
    acme.snapshot("cursor", {"ada": ago(60)})
    acme.sweep()
    acme.fire(MONDAY + timedelta(7))
    assert len(acme.told("idle_reminder")) == 1
    acme.fire(MONDAY + timedelta(18))
    assert (acme.seat("copilot").status, acme.seat("cursor").status) == ("asked", "reclaiming")
    assert (len(acme.told("idle_manager")), len(acme.told("idle_closed"))) == (1, 1)


# leavers


def test_a_leavers_case_goes_to_the_manager_then_the_tool_owner(acme: Company) -> None:
    set_status(acme, "ada", "Terminated")
    acme.snapshot("copilot", {"ada": Held(acme.people["ada"], ago(1), since=ago(2))})
    acme.sweep()
    case = acme.case()
    assert (case.leaver, case.addressee_id) == (True, acme.id("max"))
    assert [card.person_id for card in acme.told("idle_case")] == [acme.id("max")]
    with pytest.raises(NotAllowed):
        acme.do(release, case.id, actor_id=acme.id("ada"))
    acme.fire(MONDAY + timedelta(18))
    assert acme.seat("copilot").status == "reclaiming"
    assert acme.task("copilot").assignee_id == acme.id("tor")
    assert acme.told("idle_closed") == []


def test_a_leaver_without_a_manager_goes_to_the_tool_owner_at_once(acme: Company) -> None:
    for name in ("ada", "max", "root"):
        set_status(acme, name, "Terminated")
    acme.snapshot("copilot", {"ada": ago(1)})
    acme.sweep()
    assert (acme.case().status, acme.seat("copilot").status) == ("closed", "reclaiming")
    assert [card.person_id for card in acme.told("revoke_task")] == [acme.id("tor")]
    assert acme.told("idle_case") == []
    assert acme.sweep().opened == 0


def test_somebody_who_leaves_while_asked_or_during_a_cooldown(acme: Company) -> None:
    acme.snapshot("copilot", {"ada": ago(60), "cy": ago(60)})
    acme.sweep()
    acme.do(keep, acme.case("cy").id, actor_id=acme.id("cy"), reason="needed")
    set_status(acme, "ada", "Terminated")
    set_status(acme, "cy", "Terminated")
    acme.clock.advance(days=1)
    assert acme.sweep().opened == 1
    assert (acme.case().leaver, acme.case().addressee_id, acme.case().status) == (True, acme.id("max"), "open")
    assert acme.case("cy").addressee_id == acme.id("max")
    assert acme.next_timer("idle.remind") == MONDAY + timedelta(8)
    set_status(acme, "max", "Terminated")
    acme.clock.advance(days=1)
    acme.sweep()
    assert acme.case().addressee_id == acme.id("root")
