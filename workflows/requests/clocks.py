"""Reminders, escalation and expiry of open slots as timers, in the approvers' own working time; paused and ended."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import col, select, update

from storage.directory import record_of
from storage.models import Request, RequestSlot, Timer
from storage.org import OrgSettings, today
from storage.unit_of_work import UnitOfWork
from workflows.business_time import Calendar, Duration, add_duration, calendar_for
from workflows.policy.model import ADMINS, Approver, Timing
from workflows.requests import announce
from workflows.requests.records import subject
from workflows.timers import set_timer

KINDS = ("request.remind", "request.escalate", "request.expire")
PAUSE_KEY = "request.expire:pause:"


def timing_json(approver: Approver) -> dict[str, Any]:
    """What a slot keeps of the policy for its later life."""
    timing = approver.timing
    return {
        "remind": [str(duration) for duration in timing.remind],
        "escalate": str(timing.escalate) if timing.escalate else None,
        "expire": str(timing.expire) if timing.expire else None,
        "escalate_to": approver.escalate_to,
        "fallback": approver.fallback,
    }


def approver_of(slot: RequestSlot, silent: Iterable[str] = ()) -> Approver:
    """The slot's rule again, to resolve it anew."""
    kept = slot.timing
    timing = Timing(
        remind=tuple(Duration.parse(text) for text in kept.get("remind") or ()),
        escalate=Duration.parse(kept["escalate"]) if kept.get("escalate") else None,
        expire=Duration.parse(kept["expire"]) if kept.get("expire") else None,
    )
    return Approver(
        name=slot.approver,
        quorum=slot.quorum,
        silent=tuple(silent),
        fallback=kept.get("fallback") or ADMINS,
        escalate_to=kept.get("escalate_to"),
        timing=timing,
    )


def start(uow: UnitOfWork, request: Request, slot: RequestSlot, org: OrgSettings) -> datetime | None:
    """Set the timers of a slot that opens; returns when it expires.

    Each approver is reminded by their own calendar; escalation and expiry wait for the slowest of them.
    """
    timing = approver_of(slot).timing
    asked = slot.candidates[: max(announce.MAX_ASKED, slot.quorum)]
    calendars = {person: _calendar(uow, person, org) for person in asked} or {0: Calendar(org.zone, org.holidays)}
    for person, calendar in calendars.items():
        for number, duration in enumerate(timing.remind, 1):
            due = add_duration(uow.now, duration, calendar)
            _set(uow, request, slot, "request.remind", f"{person}:{number}", due, person_id=person, number=number)
    expiry = None
    if timing.escalate:
        due = max(add_duration(uow.now, timing.escalate, calendar) for calendar in calendars.values())
        _set(uow, request, slot, "request.escalate", "", due)
    if timing.expire:
        expiry = max(add_duration(uow.now, timing.expire, calendar) for calendar in calendars.values())
        _set(uow, request, slot, "request.expire", "", expiry)
    return expiry


def _set(uow: UnitOfWork, request: Request, slot: RequestSlot, kind: str, key: str, due: datetime, **payload: Any) -> None:
    set_timer(
        uow,
        kind,
        key=f"{kind}:{slot.id}:{key}",
        subject=subject(request.id),
        due_at=due,
        payload={"request_id": request.id, "slot_id": slot.id, **payload},
    )


def _calendar(uow: UnitOfWork, person_id: int, org: OrgSettings) -> Calendar:
    record = record_of(uow.session, person_id, today(org, uow.now))
    return calendar_for(org, record.timezone if record else None, record.location if record else None)


def pause(uow: UnitOfWork, request: Request) -> None:
    """The request's clocks stand still."""
    _move(uow, request, ("pending",), "paused")


def resume(uow: UnitOfWork, request: Request) -> datetime | None:
    """They go on with what was left; returns the new expiry. Call before `paused_at` is cleared."""
    stood = uow.now - (request.paused_at or uow.now)
    query = select(Timer).where(Timer.subject == subject(request.id), Timer.status == "paused")
    expiry = None
    for timer in uow.session.exec(query).all():
        timer.due_at, timer.status = timer.due_at + stood, "pending"
        uow.session.add(timer)
        if timer.kind == "request.expire":
            expiry = min(expiry, timer.due_at) if expiry else timer.due_at
    uow.session.flush()
    return expiry


def stand_still(uow: UnitOfWork, timer: Timer) -> None:
    """A timer that fired in the moment its request was paused: it goes on with the others."""
    timer.status, timer.fired_at = "paused", None
    uow.session.add(timer)
    uow.session.flush()


def stop(uow: UnitOfWork, request: Request) -> None:
    """Nothing of the request will fire any more."""
    _move(uow, request, ("pending", "paused"), "cancelled")


def end_pause(uow: UnitOfWork, request: Request) -> None:
    """The limit of a pause is not needed any more."""
    _move(uow, request, ("pending",), "cancelled", PAUSE_KEY)


def _move(uow: UnitOfWork, request: Request, seen: Sequence[str], status: str, key: str = "request.") -> None:
    """Timers that are just firing are left alone: their handler waits for the request's lock and then finds it moved on.

    Waiting for them here would be a deadlock.
    """
    free = (
        select(Timer.id)
        .where(
            Timer.subject == subject(request.id),
            col(Timer.kind).in_(KINDS),
            col(Timer.status).in_(seen),
            col(Timer.key).startswith(key),
        )
        .with_for_update(skip_locked=True)
    )
    ids = uow.session.exec(free).all()
    uow.session.exec(update(Timer).where(col(Timer.id).in_(ids)).values(status=status))
