"""Answers to an idle-seat case: release, keep, snooze, undo. Each seat is claimed by a conditional update, so that of
two clicks one has an effect and the other is told what happened.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlmodel import col, select, update

from storage.models import IdleCase, IdleSeat, Tool
from storage.org import today
from storage.unit_of_work import UnitOfWork
from workflows.audit.trail import append
from workflows.business_time import Duration, add_duration, next_working_instant
from workflows.errors import Conflict, Invalid, NotFound
from workflows.notify import notify, refresh_cards
from workflows.seats.giving_back import bring_home, give_back
from workflows.seats.people import answers_as_manager, calendar_of, require_say
from workflows.seats.rules import GIVEN_BACK, WAITING, Terms, all_decided, cooldown_until
from workflows.seats.settings import SeatSettings, load_settings
from workflows.timers import cancel_timers, set_timer

MAX_SNOOZE_DAYS = 30
MAX_REASON = 500

_SAID = {
    "releasing": "was released",
    "released": "was released",
    "reclaiming": "was taken back",
    "reclaimed": "was taken back",
    "kept": "was kept",
    "used_again": "is in use again",
    "gone": "is not in the seat list any more",
    "excused": "needs no answer any more",
    "expired": "was asked about until the time ran out",
    "undone": "was given back to its holder",
    "cannot": "could not be removed",
}


def load_case(uow: UnitOfWork, case_id: str) -> IdleCase:
    """Locked until the transaction ends. Raises NotFound."""
    query = select(IdleCase).where(IdleCase.id == case_id).with_for_update()
    case = uow.session.exec(query, execution_options={"populate_existing": True}).first()
    if case is None:
        raise NotFound("There is no such question about seats.", hint="Say `seats` to see your seats.")
    return case


def seats_of(uow: UnitOfWork, case_id: str) -> list[IdleSeat]:
    return list(uow.session.exec(select(IdleSeat).where(IdleSeat.case_id == case_id).order_by(col(IdleSeat.id))).all())


def move(uow: UnitOfWork, seat: IdleSeat, before: Sequence[str], after: str, **values: Any) -> bool:
    """Set a seat's status when it still is one of `before`; False when somebody was faster."""
    changed = uow.session.exec(
        update(IdleSeat).where(col(IdleSeat.id) == seat.id, col(IdleSeat.status).in_(before)).values(status=after, **values)
    )
    uow.session.refresh(seat)
    return bool(changed.rowcount == 1)


def release(
    uow: UnitOfWork, case_id: str, *, actor_id: int, seat_ids: Collection[int] | None = None, channel: str = ""
) -> list[IdleSeat]:
    """Give seats back (all that wait for an answer when none are named): the tool owner is asked to remove them, the
    saving counts from today, undo is open for the policy's days. Returns the seats. Raises NotFound, NotAllowed, Conflict.
    """
    settings = load_settings(uow.session, uow.now)
    case = load_case(uow, case_id)
    require_say(uow, settings.org, case, actor_id)
    released = []
    for seat in _chosen(uow, case, seat_ids, actor_id):
        terms = Terms.of_json(seat.terms)
        undo_until = add_duration(uow.now, terms.undo, calendar_of(uow, settings.org, seat.person_id))
        if _decide(uow, settings, seat, "releasing", actor_id, undo_until=undo_until):
            give_back(uow, settings, seat)
            released.append(seat)
            _audit(uow, "seat.released", case, seat, actor_id, channel)
    _require_effect(uow, case, released, seat_ids)
    _conclude(uow, case)
    if actor_id != case.person_id and not case.leaver:
        tell_holder(uow, settings, case)
    return released


def keep(
    uow: UnitOfWork,
    case_id: str,
    *,
    actor_id: int,
    reason: str,
    seat_ids: Collection[int] | None = None,
    channel: str = "",
) -> list[IdleSeat]:
    """Keep seats, for a reason; they are not asked about again during the cooldown. Returns the seats.

    Raises Invalid without a reason, NotFound, NotAllowed, Conflict.
    """
    said = " ".join(reason.split())
    if not said:
        raise Invalid("A word on what the seat is needed for, please.", fields={"reason": "Please say what it is for."})
    if len(said) > MAX_REASON:
        raise Invalid("The reason is too long.", fields={"reason": f"At most {MAX_REASON} characters, please."})
    settings = load_settings(uow.session, uow.now)
    case = load_case(uow, case_id)
    require_say(uow, settings.org, case, actor_id)
    kept = []
    for seat in _chosen(uow, case, seat_ids, actor_id):
        if _decide(uow, settings, seat, "kept", actor_id, keep_reason=said):
            kept.append(seat)
            _audit(uow, "seat.kept", case, seat, actor_id, channel)
    _require_effect(uow, case, kept, seat_ids)
    _conclude(uow, case)
    return kept


def snooze(uow: UnitOfWork, case_id: str, *, actor_id: int, days: int, channel: str = "") -> IdleCase:
    """Ask again in `days` days; the time to answer starts anew then. Raises Invalid, NotFound, NotAllowed, Conflict."""
    if not 1 <= days <= MAX_SNOOZE_DAYS:
        raise Invalid(f"I can ask again in 1 to {MAX_SNOOZE_DAYS} days.", fields={"days": f"1 to {MAX_SNOOZE_DAYS}"})
    settings = load_settings(uow.session, uow.now)
    case = load_case(uow, case_id)
    require_say(uow, settings.org, case, actor_id)
    until = add_duration(uow.now, Duration(days, "days"), calendar_of(uow, settings.org, case.addressee_id))
    changed = uow.session.exec(
        update(IdleCase)
        .where(col(IdleCase.id) == case_id, col(IdleCase.status) == "open")
        .values(status="snoozed", snoozed_until=until, revision=IdleCase.revision + 1)
    )
    uow.session.refresh(case)
    if changed.rowcount != 1:
        raise Conflict(
            "These seats wait for no answer now." if case.status == "closed" else "I will ask again later already."
        )
    subject = f"case:{case_id}"
    cancel_timers(uow, subject)
    set_timer(uow, "idle.snooze", key=f"idle:{case_id}:{case.revision}:snooze", subject=subject, due_at=until)
    append(uow, "seat.snoozed", subject=subject, actor=actor_id, channel=channel, payload={"days": days})
    refresh_cards(uow, subject, uow.new_id())
    return case


def undo(uow: UnitOfWork, case_id: str, seat_id: int, *, actor_id: int, channel: str = "") -> IdleSeat:
    """Take back a release or a reclaim within the undo time; the saving never was. Raises NotFound, NotAllowed, Conflict."""
    settings = load_settings(uow.session, uow.now)
    case = load_case(uow, case_id)
    require_say(uow, settings.org, case, actor_id)
    seat = next(iter(_chosen(uow, case, [seat_id])))
    if seat.undo_until is not None and seat.undo_until < uow.now and seat.status in GIVEN_BACK:
        raise Conflict(
            f"The time to undo ended on {say_day(today(settings.org, seat.undo_until))}.",
            hint=f"Say `request {_tool(uow, seat).slug}` to ask for a seat.",
        )
    if not _decide(uow, settings, seat, "undone", actor_id, before=GIVEN_BACK):
        raise Conflict(f"{_tool(uow, seat).name} {_SAID.get(seat.status, 'was not given back')}: there is nothing to undo.")
    bring_home(uow, settings, seat)
    _audit(uow, "seat.undone", case, seat, actor_id, channel)
    refresh_cards(uow, f"case:{case_id}", uow.new_id())
    return seat


def close_when_decided(uow: UnitOfWork, case: IdleCase) -> bool:
    """Close a case none of whose seats waits for an answer."""
    if not all_decided(seat.status for seat in seats_of(uow, case.id)):
        return False
    changed = uow.session.exec(
        update(IdleCase)
        .where(col(IdleCase.id) == case.id, col(IdleCase.status) != "closed")
        .values(status="closed", closed_at=uow.now, snoozed_until=None, revision=IdleCase.revision + 1)
    )
    uow.session.refresh(case)
    if changed.rowcount != 1:
        return False
    cancel_timers(uow, f"case:{case.id}")
    return True


def decide(uow: UnitOfWork, settings: SeatSettings, seat: IdleSeat, status: str, **values: Any) -> bool:
    """Bursar's own decision about a seat that waits for an answer."""
    return _decide(uow, settings, seat, status, None, **values)


def tell_holder(uow: UnitOfWork, settings: SeatSettings, case: IdleCase) -> None:
    """The holder hears, in working hours, what others or time decided about their seats, with the way to undo it."""
    at = next_working_instant(uow.now, calendar_of(uow, settings.org, case.person_id))
    key = f"idle_closed:{case.id}:{case.revision}:{uow.new_id()}"
    notify(uow, "idle_closed", key=key, subject=f"case:{case.id}", person_id=case.person_id, not_before=at)


def _decide(
    uow: UnitOfWork,
    settings: SeatSettings,
    seat: IdleSeat,
    status: str,
    actor_id: int | None,
    *,
    before: Sequence[str] = WAITING,
    **values: Any,
) -> bool:
    cooldown = cooldown_until(settings.day, Terms.of_json(seat.terms).cooldown)
    return move(uow, seat, before, status, decided_by_id=actor_id, decided_at=uow.now, cooldown_until=cooldown, **values)


def _chosen(
    uow: UnitOfWork, case: IdleCase, seat_ids: Collection[int] | None, actor_id: int | None = None
) -> list[IdleSeat]:
    seats = seats_of(uow, case.id)
    if actor_id is not None and answers_as_manager(case, actor_id):
        seats = [seat for seat in seats if seat.told_manager]
    if seat_ids is None:
        return seats
    chosen = [seat for seat in seats if seat.id in seat_ids]
    if not chosen:
        raise NotFound("There is no such seat in this question.", hint="Say `seats` to see your seats.")
    return chosen


def _require_effect(uow: UnitOfWork, case: IdleCase, changed: list[IdleSeat], seat_ids: Collection[int] | None) -> None:
    """Raises Conflict with what was decided before when a click changed nothing."""
    if changed:
        return
    parts = []
    for seat in _chosen(uow, case, seat_ids):
        when = f" on {say_day(seat.decided_at.date())}" if seat.decided_at else ""
        parts.append(f"{_tool(uow, seat).name} {_SAID.get(seat.status, seat.status)}{when}")
    raise Conflict(f"That is settled already: {'; '.join(parts)}. Nothing was changed.")


def _conclude(uow: UnitOfWork, case: IdleCase) -> None:
    close_when_decided(uow, case)
    refresh_cards(uow, f"case:{case.id}", uow.new_id())


def _audit(uow: UnitOfWork, action: str, case: IdleCase, seat: IdleSeat, actor_id: int, channel: str) -> None:
    behalf = seat.person_id if actor_id != seat.person_id else None
    append(uow, action, subject=f"case:{case.id}", actor=actor_id, channel=channel, on_behalf_of=behalf,
           payload={"seat": seat.id, "tool": seat.tool_id, "person": seat.person_id})  # fmt: skip


def say_day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _tool(uow: UnitOfWork, seat: IdleSeat) -> Tool:
    return uow.session.get_one(Tool, seat.tool_id)
