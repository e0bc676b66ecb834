"""Idle seats from the sweep to the answer, on both databases: every transition through the workflow functions."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlmodel import select

from storage.models import IdleCase, Usage
from storage.types import Money
from tests.builders import add_person
from tests.seat_builders import Held
from tests.seats.company import MONDAY, Company, ago, free
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.seats.cases import keep, release, snooze
from workflows.seats.tasks import task_done

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
