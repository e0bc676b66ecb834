"""Telling people: outbox rows written in the transaction that makes the news true, sent after commit by the bot.

A notice names its kind and its subject; `bot/notices` builds the words from the state at the time of sending, so that a
late message never says what is no longer so.
"""

from datetime import datetime
from typing import Any

from sqlmodel import select

from storage.models import OutboxItem
from storage.unit_of_work import UnitOfWork


def notify(
    uow: UnitOfWork,
    kind: str,
    *,
    key: str,
    subject: str,
    person_id: int | None = None,
    conversation: dict[str, Any] | None = None,
    payload: dict[str, Any] | None = None,
    at_most_once: bool = False,
    not_before: datetime | None = None,
) -> None:
    """Queue a notice to a person (in their direct message) or a conversation; the same `key` is told once.

    `at_most_once`: a send that may have arrived is not repeated (nudges); otherwise it is looked for, then repeated.
    """
    if uow.session.exec(select(OutboxItem.id).where(OutboxItem.key == key)).first():
        return
    lane = f"person:{person_id}" if person_id is not None else f"conversation:{(conversation or {}).get('id', '')}"
    uow.session.add(
        OutboxItem(
            key=key,
            kind=kind,
            lane=lane,
            subject=subject,
            person_id=person_id,
            conversation=conversation,
            payload=payload or {},
            at_most_once=at_most_once,
            not_before=not_before,
            created_at=uow.now,
        )
    )
    uow.session.flush()


def refresh_cards(uow: UnitOfWork, subject: str, version: str | int) -> None:
    """Have every posted card of `subject` rebuilt from the present state; `version` makes the request unique."""
    notify(uow, "refresh", key=f"refresh:{subject}:{version}", subject=subject, conversation={"id": subject})
