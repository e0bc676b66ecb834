"""Timers: rows with a due instant. Late rather than never, never early, each fired once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import col, select, update

from storage.models import Timer
from storage.unit_of_work import UnitOfWork


def set_timer(
    uow: UnitOfWork, kind: str, *, key: str, subject: str, due_at: datetime, payload: dict[str, Any] | None = None
) -> None:
    """Once per `key`; `kind` names the handler in `workflows/schedule.py`, `subject` what it is about ("request:ID")."""
    if uow.session.exec(select(Timer.id).where(Timer.key == key)).first() is None:
        uow.session.add(Timer(key=key, kind=kind, subject=subject, due_at=due_at, payload=payload or {}))
        uow.session.flush()


def cancel_timers(uow: UnitOfWork, subject: str, kinds: Sequence[str] = ()) -> None:
    """Pending timers of a subject (of all kinds when none is named) will not fire.

    One that is being fired in this moment is left alone: its handler waits for the subject's lock and then finds that
    there is nothing to do. Waiting for it here would be a deadlock.
    """
    query = select(Timer.id).where(Timer.subject == subject, Timer.status == "pending")
    if kinds:
        query = query.where(col(Timer.kind).in_(kinds))
    free = uow.session.exec(query.with_for_update(skip_locked=True)).all()
    uow.session.exec(update(Timer).where(col(Timer.id).in_(free)).values(status="cancelled"))


def due_timers(uow: UnitOfWork, limit: int = 100) -> list[Timer]:
    """What is due now, oldest first; on PostgreSQL locked against other replicas until the transaction ends."""
    query = (
        select(Timer)
        .where(Timer.status == "pending", col(Timer.due_at) <= uow.now)
        .order_by(col(Timer.due_at), col(Timer.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(uow.session.exec(query).all())


def claim(uow: UnitOfWork, timer: Timer) -> bool:
    """Mark as fired; False when another replica or a cancellation came first."""
    query = (
        update(Timer)
        .where(col(Timer.id) == timer.id, col(Timer.status) == "pending")
        .values(status="fired", fired_at=uow.now)
    )
    return bool(uow.session.exec(query).rowcount == 1)
