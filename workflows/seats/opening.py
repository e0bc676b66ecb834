"""Opening a case: one person, all their idle seats, one card in working hours, and the timers that follow it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from storage.models import IdleCase, IdleSeat, Timer
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


def open_case(
    uow: UnitOfWork, settings: SeatSettings, rows: Sequence[SeatRow], calendar: Calendar | None = None
) -> IdleCase | None:
    """A case about idle seats of one person, longest unused first; None when one was opened meanwhile.

    A leaver's case goes to the nearest manager who is still employed; without one, straight to the tool owners.
    `calendar` = the person's, where the caller knows it.
    """
    person_id, leaver = rows[0].person_id, rows[0].leaver
    manager = nearest_manager(uow, settings.org, person_id) if leaver else None
    if manager is not None or calendar is None:
        calendar = calendar_of(uow, settings.org, manager or person_id)
    case = IdleCase(id=uow.new_id(), person_id=person_id, addressee_id=manager or person_id, leaver=leaver,
                    opened_at=uow.now, asked_at=next_working_instant(uow.now, calendar))  # fmt: skip
    try:
        with uow.session.begin_nested():
            uow.session.add(case)
    except IntegrityError:  # another replica's sweep was first
        return None
    seats = add_seats(uow, settings, case, rows, calendar)
    append(uow, "seat.case_opened", subject=f"case:{case.id}", actor=None,
           payload={"person": person_id, "tools": sorted(row.tool_id for row in rows)})  # fmt: skip
    if leaver and manager is None:
        hand_to_owners(uow, settings, case)
    else:
        ask(uow, case, seats, calendar)
    return case


def add_seats(
    uow: UnitOfWork, settings: SeatSettings, case: IdleCase, rows: Sequence[SeatRow], calendar: Calendar
) -> list[IdleSeat]:
    ordered = sorted(rows, key=lambda one: (-(one.idle_days or 0), one.tool_slug))
    seats = [_seat(case, row, settings.terms_of(row.tool_slug), calendar) for row in ordered]
    uow.session.add_all(seats)
    return seats


def _seat(case: IdleCase, row: SeatRow, terms: Terms, calendar: Calendar) -> IdleSeat:
    price = row.monthly_price
    return IdleSeat(
        case_id=case.id, tool_id=row.tool_id, person_id=row.person_id, plan=row.plan, as_of=row.as_of,
        last_active_on=row.last_active_on, idle_days=row.idle_days or 0,
        monthly_price=price.amount if price else None, currency=price.currency if price else None,
        terms=terms.to_json(), end_at=add_duration(case.asked_at, terms.end_after, calendar),
    )  # fmt: skip


def ask(uow: UnitOfWork, case: IdleCase, seats: Sequence[IdleSeat], calendar: Calendar) -> None:
    """Queue the card for `asked_at` and set the timers of reminders, last call and ends of the seats that wait."""
    notify(uow, "idle_case", key=f"idle_case:{case.id}:{case.revision}", subject=f"case:{case.id}",
           person_id=case.addressee_id, at_most_once=True, not_before=case.asked_at)  # fmt: skip
    case.nudge = "idle_case"
    uow.session.add(case)
    waiting = [seat for seat in seats if seat.status == "asked"]
    times = reminder_times(case.asked_at, [Terms.of_json(seat.terms) for seat in waiting], calendar)
    for number, due_at in enumerate(times, 1):
        _add_timer(uow, case, "idle.last_call" if number == len(times) else "idle.remind", due_at)
    add_end_timers(uow, case, sorted({seat.end_at for seat in waiting}))


def add_end_timers(uow: UnitOfWork, case: IdleCase, ends: Sequence[datetime]) -> None:
    for due_at in ends:
        _add_timer(uow, case, "idle.end", due_at)


def _add_timer(uow: UnitOfWork, case: IdleCase, kind: str, due_at: datetime) -> None:
    """New by its key (every asking has its revision), so that nothing need be looked up: a sweep makes them by thousands."""
    key = f"{kind}:{case.id}:{case.revision}:{due_at.isoformat()}"
    uow.session.add(Timer(key=key, kind=kind, subject=f"case:{case.id}", due_at=due_at))


def ask_again(uow: UnitOfWork, settings: SeatSettings, case: IdleCase) -> None:
    """Start the case's time to answer anew, from the next working instant of whoever is asked now."""
    calendar = calendar_of(uow, settings.org, case.addressee_id)
    case.status, case.snoozed_until = "open", None
    case.revision += 1
    case.asked_at = next_working_instant(uow.now, calendar)
    uow.session.add(case)
    seats = seats_of(uow, case.id)
    for seat in seats:
        if seat.status == "asked":
            seat.end_at = add_duration(case.asked_at, Terms.of_json(seat.terms).end_after, calendar)
            uow.session.add(seat)
    uow.session.flush()
    ask(uow, case, seats, calendar)


def hand_to_owners(uow: UnitOfWork, settings: SeatSettings, case: IdleCase) -> None:
    """A leaver's seats that no manager answers for: each tool's owner is asked to remove its own."""
    for seat in seats_of(uow, case.id):
        if decide(uow, settings, seat, "reclaiming"):
            give_back(uow, settings, seat)
            append(uow, "seat.reclaimed", subject=f"case:{case.id}", actor=None,
                   payload={"seat": seat.id, "tool": seat.tool_id, "person": seat.person_id})  # fmt: skip
    close_when_decided(uow, case)
