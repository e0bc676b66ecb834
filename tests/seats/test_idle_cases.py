"""Idle seats from the sweep to the end, on both databases: every transition through the workflow functions."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlmodel import select

from storage.models import IdleCase, OutboxItem, Saving, Timer, Usage
from storage.seats import seat_position
from storage.types import Money
from tests.builders import add_person, add_tool
from tests.seat_builders import Held, add_contract
from tests.seats.company import MONDAY, Company, ago, set_status
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.seats.cases import keep, release, snooze, undo
from workflows.seats.savings import savings
from workflows.seats.settings import load_settings
from workflows.seats.tasks import task_cannot, task_done

# opening


def test_one_case_and_one_card_with_all_idle_seats_of_a_person(acme: Company) -> None:
    acme.snapshot("cursor", {"ada": ago(60), "max": ago(1)})
    acme.snapshot("copilot", {"ada": None, "max": ago(40)})
    report = acme.sweep()
    assert (report.idle_seats, report.opened) == (3, 2)
    assert acme.sweep().opened == 0
    case = acme.case()
    assert (case.status, case.addressee_id, case.person_id) == ("open", acme.id("ada"), acme.id("ada"))
    assert (acme.seat("cursor").monthly_price, acme.seat("cursor").idle_days) == (Decimal(20), 60)
    cards = acme.told("idle_case")
    assert sorted((card.person_id, card.subject) for card in cards) == sorted(
        [(acme.id("ada"), f"case:{case.id}"), (acme.id("max"), f"case:{acme.case('max').id}")]
    )
    assert all(card.at_most_once for card in cards)


def test_who_is_never_asked(acme: Company) -> None:
    with acme.store.write() as uow:
        for name, status in (("lea", "Leave"), ("kim", "Active"), ("lou", "Active"), ("pia", "Active")):
            acme.people[name] = add_person(uow, name, status=status)
    acme.snapshot("cursor", {"lea": ago(90), "vip": ago(90), "bo": ago(90), "ada": ago(45),
                             "kim": Held(acme.people["kim"], ago(90), tracked=False),
                             "lou": Held(acme.people["lou"], None, since=ago(30)),
                             "pia": Held(acme.people["pia"], None, status="pending")})  # fmt: skip
    acme.snapshot("claude", {"max": ago(90)})
    assert acme.sweep().opened == 0
    assert acme.told("idle_case") == []


def test_usage_rows_are_a_signal_too(acme: Company) -> None:
    acme.snapshot("copilot", {"ada": ago(60), "max": ago(60)})
    with acme.store.write() as uow:
        uow.session.add(Usage(day=ago(3), tool_name="copilot", tool_id=acme.tool("copilot"), person_id=acme.id("ada"),
                              work_email="ada@acme.example", requests=4))  # fmt: skip
        uow.session.add(Usage(day=ago(3), tool_name="copilot", tool_id=acme.tool("copilot"), person_id=acme.id("max"),
                              work_email="max@acme.example", active=False, requests=0))  # fmt: skip
    acme.sweep()
    assert acme.case("max").status == "open"
    with acme.store.read() as uow:
        assert len(uow.session.exec(select(IdleCase)).all()) == 1


def test_an_old_list_and_a_feed_that_stands_still_are_no_signal(acme: Company) -> None:
    with acme.store.write() as uow:
        crowd = {f"p{number}": add_person(uow, f"p{number}") for number in range(20)}
    acme.people |= crowd
    acme.snapshot("copilot", {name: ago(40) for name in crowd})
    acme.snapshot("notion", {"ada": ago(200)}, as_of=ago(46))
    report = acme.sweep()
    assert report.opened == 0
    assert "stand still" in report.skipped_tools["copilot"]
    assert "46 days old" in report.skipped_tools["notion"]
    acme.snapshot("copilot", {name: ago(40) for name in crowd} | {"p3": ago(1)}, as_of=ago(-1))
    acme.clock.advance(days=1)
    assert acme.sweep().opened == 19


def test_the_card_waits_for_working_hours_in_the_persons_zone(acme: Company) -> None:
    acme.snapshot("copilot", {"ada": ago(60), "cy": ago(60)})
    acme.clock.now = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)  # a Saturday
    acme.snapshot("copilot", {"ada": ago(60), "cy": ago(60)}, as_of=ago(2))
    acme.sweep()
    times = {card.person_id: card.not_before for card in acme.told("idle_case")}
    assert times[acme.id("ada")] == datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    assert times[acme.id("cy")] == datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


# answers


def test_release_asks_the_owner_counts_the_saving_and_frees_the_seat(acme: Company) -> None:
    acme.snapshot("cursor", {"ada": ago(60)})
    acme.sweep()
    case = acme.case()
    released = acme.do(release, case.id, actor_id=acme.id("ada"), channel="web")
    assert [seat.status for seat in released] == ["releasing"]
    assert released[0].undo_until == MONDAY + timedelta(14)
    assert acme.case().status == "closed"
    task = acme.task("cursor")
    assert (task.assignee_id, task.from_person_id, task.status) == (acme.id("tor"), acme.id("ada"), "open")
    assert [card.person_id for card in acme.told("revoke_task")] == [acme.id("tor")]
    assert acme.saved() == (1, {"USD": Money.of(20, "USD")})
    assert free(acme, "cursor") == 4
    acme.do(task_done, task.id, actor_id=acme.id("tor"))
    assert acme.seat("cursor").status == "released"
    assert free(acme, "cursor") == 5
    assert acme.actions() == ["seat.case_opened", "seat.released", "seat.removed"]
    assert acme.fire(MONDAY + timedelta(60)) == []


def free(acme: Company, slug: str) -> int | None:
    with acme.store.read() as uow:
        settings = load_settings(uow.session, uow.now)
        position = seat_position(uow.session, acme.tool(slug), settings.day, org=settings.org)
        return position.free if position else None


def test_a_second_click_changes_nothing_and_says_what_happened(acme: Company) -> None:
    acme.snapshot("cursor", {"ada": ago(60)})
    acme.sweep()
    case = acme.case()
    acme.do(release, case.id, actor_id=acme.id("ada"))
    with pytest.raises(Conflict, match="Cursor was released on 23 November 2026"):
        acme.do(release, case.id, actor_id=acme.id("ada"))
    with pytest.raises(Conflict, match="was released"):
        acme.do(keep, case.id, actor_id=acme.id("ada"), reason="late")
    with pytest.raises(Conflict):
        acme.do(snooze, case.id, actor_id=acme.id("ada"), days=7)
    assert acme.saved()[0] == 1
    assert len(acme.told("revoke_task")) == 1


def test_seats_are_answered_one_by_one(acme: Company) -> None:
    acme.snapshot("cursor", {"ada": ago(60)})
    acme.snapshot("copilot", {"ada": ago(50)})
    acme.sweep()
    case, cursor, copilot = acme.case(), acme.seat("cursor"), acme.seat("copilot")
    acme.do(release, case.id, actor_id=acme.id("ada"), seat_ids=[cursor.id or 0])
    assert acme.case().status == "open"
    acme.do(
        lambda uow: keep(uow, case.id, actor_id=acme.id("ada"), reason=" quarterly  report ", seat_ids=[copilot.id or 0])
    )
    assert acme.case().status == "closed"
    kept = acme.seat("copilot")
    assert (kept.status, kept.keep_reason, kept.cooldown_until) == ("kept", "quarterly report", ago(-60))


def test_keep_wants_a_reason(acme: Company) -> None:
    acme.snapshot("cursor", {"ada": ago(60)})
    acme.sweep()
    with pytest.raises(Invalid) as refused:
        acme.do(keep, acme.case().id, actor_id=acme.id("ada"), reason="  ")
    assert "reason" in refused.value.fields
    assert acme.seat("cursor").status == "asked"


def test_a_kept_seat_rests_for_the_cooldown(acme: Company) -> None:
    acme.snapshot("copilot", {"ada": ago(60)})
    acme.sweep()
    acme.do(keep, acme.case().id, actor_id=acme.id("ada"), reason="needed")
    for days, opened in ((30, 0), (60, 0), (61, 1)):
        acme.clock.now = MONDAY + timedelta(days)
        acme.snapshot("copilot", {"ada": ago(60)})
        assert acme.sweep().opened == opened, days


def test_only_the_one_asked_and_admins_may_answer(acme: Company) -> None:
    acme.snapshot("cursor", {"ada": ago(60)})
    acme.sweep()
    case = acme.case()
    for name in ("bo", "max", "tor"):
        with pytest.raises(NotAllowed) as refused:
            acme.do(release, case.id, actor_id=acme.id(name))
        assert refused.value.subject == f"case:{case.id}"
    with pytest.raises(NotFound):
        acme.do(release, "nothing", actor_id=acme.id("ada"))
    acme.do(release, case.id, actor_id=acme.id("root"))
    assert [item.person_id for item in acme.told("idle_closed")] == [acme.id("ada")]


def test_snooze_stops_the_clock_and_starts_it_anew(acme: Company) -> None:
    acme.snapshot("copilot", {"ada": ago(60)})
    acme.sweep()
    case = acme.case()
    acme.do(snooze, case.id, actor_id=acme.id("ada"), days=14)
    with pytest.raises(Conflict, match="later"):
        acme.do(snooze, case.id, actor_id=acme.id("ada"), days=14)
    assert acme.next_timer("idle.snooze") == MONDAY + timedelta(14)
    acme.clock.now = MONDAY + timedelta(13)
    assert acme.sweep().opened == 0
    acme.snapshot("copilot", {"ada": ago(60)}, as_of=ago(-13))
    assert acme.fire(MONDAY + timedelta(14)) == ["idle.snooze"]
    assert acme.case().status == "open"
    assert len(acme.told("idle_case")) == 2
    assert acme.next_timer("idle.remind") == MONDAY + timedelta(21)
    assert acme.seat("copilot").end_at == datetime(2026, 12, 25, 8, 0, tzinfo=UTC)
    with pytest.raises(Invalid):
        acme.do(snooze, case.id, actor_id=acme.id("ada"), days=31)


# time


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


# undo, the owner's no, and what a later list confirms


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
