"""Opening a case: one person, all their idle seats, one card in working hours, and the timers that follow it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from storage.models import IdleCase, IdleSeat
from storage.seats import SeatRow
from storage.unit_of_work import UnitOfWork
from workflows.audit.trail import append
from workflows.business_time import Calendar, add_duration, next_working_instant
from workflows.notify import notify
from workflows.seats.cases import close_when_decided, decide, seats_of
from workflows.seats.giving_back import give_back
from workflows.seats.people import calendar_of, nearest_manager
from workflows.seats.rules import Terms, reminder_times
from workflows.seats.settings import SeatSettings
from workflows.timers import set_timer


def open_case(uow: UnitOfWork, settings: SeatSettings, rows: Sequence[SeatRow]) -> IdleCase | None:
    """A case about idle seats of one person, longest unused first; None when one was opened meanwhile.

    A leaver's case goes to the nearest manager who is still employed; without one, straight to the tool owners.
    """
    person_id, leaver = rows[0].person_id, rows[0].leaver
    manager = nearest_manager(uow, settings.org, person_id) if leaver else None
    addressee = manager or person_id
    calendar = calendar_of(uow, settings.org, addressee)
    asked_at = next_working_instant(uow.now, calendar)
    case = IdleCase(id=uow.new_id(), person_id=person_id, addressee_id=addressee, leaver=leaver, opened_at=uow.now,
                    asked_at=asked_at)  # fmt: skip
    try:
        with uow.session.begin_nested():
            uow.session.add(case)
            uow.session.flush()
    except IntegrityError:  # another replica's sweep was first
        return None
    for row in sorted(rows, key=lambda one: (-(one.idle_days or 0), one.tool_slug)):
        uow.session.add(_seat(case, row, settings.terms_of(row.tool_slug), calendar))
    uow.session.flush()
    append(uow, "seat.case_opened", subject=f"case:{case.id}", actor=None,
           payload={"person": person_id, "tools": sorted(row.tool_id for row in rows)})  # fmt: skip
    if leaver and manager is None:
        hand_to_owners(uow, settings, case)
    else:
        ask(uow, case, calendar)
    return case


def _seat(case: IdleCase, row: SeatRow, terms: Terms, calendar: Calendar) -> IdleSeat:
    price = row.monthly_price
    return IdleSeat(
        case_id=case.id, tool_id=row.tool_id, person_id=row.person_id, plan=row.plan, as_of=row.as_of,
        last_active_on=row.last_active_on, idle_days=row.idle_days or 0,
        monthly_price=price.amount if price else None, currency=price.currency if price else None,
        terms=terms.to_json(), end_at=add_duration(case.asked_at, terms.end_after, calendar),
    )  # fmt: skip


def ask(uow: UnitOfWork, case: IdleCase, calendar: Calendar) -> None:
    """Queue the card for `asked_at` and set the timers of reminders, last call and ends."""
    subject = f"case:{case.id}"
    notify(uow, "idle_case", key=f"idle_case:{case.id}:{case.revision}", subject=subject, person_id=case.addressee_id,
           at_most_once=True, not_before=case.asked_at)  # fmt: skip
    case.nudge = "idle_case"
    uow.session.add(case)
    waiting = [seat for seat in seats_of(uow, case.id) if seat.status == "asked"]
    times = reminder_times(case.asked_at, [Terms.of_json(seat.terms) for seat in waiting], calendar)
    for number, due_at in enumerate(times, 1):
        kind = "idle.last_call" if number == len(times) else "idle.remind"
        set_timer(uow, kind, key=f"idle:{case.id}:{case.revision}:remind:{number}", subject=subject, due_at=due_at)
    set_end_timers(uow, case, sorted({seat.end_at for seat in waiting}))


def set_end_timers(uow: UnitOfWork, case: IdleCase, ends: Sequence[datetime]) -> None:
    for due_at in ends:
        set_timer(
            uow,
            "idle.end",
            key=f"idle:{case.id}:{case.revision}:end:{due_at.isoformat()}",
            subject=f"case:{case.id}",
            due_at=due_at,
        )


def ask_again(uow: UnitOfWork, settings: SeatSettings, case: IdleCase) -> None:
    """Start the case's time to answer anew, from the next working instant of whoever is asked now."""
    calendar = calendar_of(uow, settings.org, case.addressee_id)
    case.status, case.snoozed_until = "open", None
    case.revision += 1
    case.asked_at = next_working_instant(uow.now, calendar)
    uow.session.add(case)
    for seat in seats_of(uow, case.id):
        if seat.status == "asked":
            seat.end_at = add_duration(case.asked_at, Terms.of_json(seat.terms).end_after, calendar)
            uow.session.add(seat)
    uow.session.flush()
    ask(uow, case, calendar)


def hand_to_owners(uow: UnitOfWork, settings: SeatSettings, case: IdleCase) -> None:
    """A leaver's seats that no manager answers for: each tool's owner is asked to remove its own."""
    for seat in seats_of(uow, case.id):
        if decide(uow, settings, seat, "reclaiming"):
            give_back(uow, settings, seat)
            append(uow, "seat.reclaimed", subject=f"case:{case.id}", actor=None,
                   payload={"seat": seat.id, "tool": seat.tool_id, "person": seat.person_id})  # fmt: skip
    close_when_decided(uow, case)
