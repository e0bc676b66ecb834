"""What falls due in a case: reminder, last call, end, the end of a snooze. Before each, the seats are looked at again."""

from sqlmodel import col, select

from storage.models import IdleCase, IdleSeat, OutboxItem, Timer
from storage.unit_of_work import UnitOfWork
from workflows.audit.trail import append
from workflows.business_time import add_duration, next_working_instant
from workflows.errors import NotFound
from workflows.notify import notify, refresh_cards
from workflows.seats.cases import close_when_decided, decide, load_case, seats_of, tell_holder
from workflows.seats.giving_back import give_back
from workflows.seats.look_again import settle, tool_without_signal
from workflows.seats.opening import add_end_timers, ask_again
from workflows.seats.people import calendar_of, nearest_manager
from workflows.seats.rules import Terms, end_of
from workflows.seats.settings import SeatSettings, load_settings

NUDGES = {"idle.remind": "idle_reminder", "idle.last_call": "idle_last_call"}


def on_timer(uow: UnitOfWork, timer: Timer) -> None:
    """Kinds idle.remind, idle.last_call, idle.end and idle.snooze; nothing happens for a case that is closed or snoozed."""
    try:
        case = load_case(uow, timer.subject.partition(":")[2])
    except NotFound:
        return
    if case.status != ("snoozed" if timer.kind == "idle.snooze" else "open"):
        return  # answered or snoozed in the moment the timer fired
    settings = load_settings(uow.session, uow.now)
    revision = case.revision
    settle(uow, settings, [case])
    if case.status == "closed" or case.revision != revision:  # answered by the data, or somebody else is asked now
        return
    if timer.kind == "idle.snooze":
        ask_again(uow, settings, case)
        refresh_cards(uow, timer.subject, uow.new_id())
    elif timer.kind == "idle.end":
        _end(uow, settings, case)
    else:
        _nudge(uow, settings, case, timer)


def _nudge(uow: UnitOfWork, settings: SeatSettings, case: IdleCase, timer: Timer) -> None:
    """One message, in working hours; after a downtime only the newest of those that fell due."""
    overdue = select(Timer.id).where(
        Timer.subject == timer.subject, Timer.status == "pending", col(Timer.due_at) <= uow.now, Timer.id != timer.id
    )
    if uow.session.exec(overdue).first() is not None:
        return
    at = next_working_instant(uow.now, calendar_of(uow, settings.org, case.addressee_id))
    notify(uow, NUDGES[timer.kind], key=f"nudge:{timer.key}", subject=timer.subject, person_id=case.addressee_id,
           at_most_once=True, not_before=at)  # fmt: skip
    case.nudge = NUDGES[timer.kind]
    uow.session.add(case)
    append(uow, "seat.nudged", subject=timer.subject, actor=None, payload={"kind": case.nudge})
    refresh_cards(uow, timer.subject, uow.new_id())


def _end(uow: UnitOfWork, settings: SeatSettings, case: IdleCase) -> None:
    """The time to answer is over for the seats that are due, each as its terms say."""
    due = [seat for seat in seats_of(uow, case.id) if seat.status == "asked" and seat.end_at <= uow.now]
    to_manager: list[IdleSeat] = []
    taken_back = False
    manager = None if case.leaver else nearest_manager(uow, settings.org, case.person_id)
    for seat in due:
        end = end_of(Terms.of_json(seat.terms), leaver=case.leaver, told_manager=seat.told_manager)
        if end == "reclaim" and not case.leaver and not _may_reclaim(uow, settings, case, seat):
            end = "tell_manager"
        if end == "reclaim":
            taken_back = _reclaim(uow, settings, case, seat) or taken_back
        elif end == "tell_manager" and manager is not None:
            to_manager.append(seat)
        elif decide(uow, settings, seat, "expired"):
            append(uow, "seat.expired", subject=f"case:{case.id}", actor=None, payload={"seat": seat.id})
    if manager is not None and to_manager:
        _tell_manager(uow, settings, case, manager, to_manager)
    close_when_decided(uow, case)
    refresh_cards(uow, f"case:{case.id}", uow.new_id())
    if taken_back and not case.leaver:
        tell_holder(uow, settings, case)


def _may_reclaim(uow: UnitOfWork, settings: SeatSettings, case: IdleCase, seat: IdleSeat) -> bool:
    """Nothing is taken back on old data, nor from somebody whom no message reached (no chat account)."""
    nudges = select(OutboxItem.id).where(
        OutboxItem.subject == f"case:{case.id}",
        OutboxItem.person_id == case.addressee_id,
        col(OutboxItem.kind).in_(("idle_case", *NUDGES.values())),
        col(OutboxItem.status).not_in(("dropped", "failed")),
    )
    reached = uow.session.exec(nudges).first() is not None
    return reached and not tool_without_signal(uow.session, settings, seat.tool_id)


def _reclaim(uow: UnitOfWork, settings: SeatSettings, case: IdleCase, seat: IdleSeat) -> bool:
    undo_until = add_duration(uow.now, Terms.of_json(seat.terms).undo, calendar_of(uow, settings.org, seat.person_id))
    if not decide(uow, settings, seat, "reclaiming", undo_until=undo_until):
        return False
    give_back(uow, settings, seat)
    append(uow, "seat.reclaimed", subject=f"case:{case.id}", actor=None,
           payload={"seat": seat.id, "tool": seat.tool_id, "person": seat.person_id})  # fmt: skip
    return True


def _tell_manager(uow: UnitOfWork, settings: SeatSettings, case: IdleCase, manager: int, seats: list[IdleSeat]) -> None:
    """The manager may answer from now on, as may the holder; they have as long as the holder had."""
    calendar = calendar_of(uow, settings.org, manager)
    asked_at = next_working_instant(uow.now, calendar)
    case.manager_id = manager
    uow.session.add(case)
    for seat in seats:
        seat.told_manager = True
        seat.end_at = add_duration(asked_at, Terms.of_json(seat.terms).end_after, calendar)
        uow.session.add(seat)
    uow.session.flush()
    add_end_timers(uow, case, sorted({seat.end_at for seat in seats}))
    append(uow, "seat.manager_told", subject=f"case:{case.id}", actor=None, payload={"manager": manager})
    notify(uow, "idle_manager", key=f"idle_manager:{case.id}:{case.revision}:{manager}", subject=f"case:{case.id}",
           person_id=manager, at_most_once=True, not_before=asked_at)  # fmt: skip
