"""Conversations of Teams that Bursar may write to unasked: where their messages are taken, what they are."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, or_, select, update

from storage.models import ChatPlace
from storage.unit_of_work import Store, UnitOfWork

CHANNEL = "teams"
SEEN_EVERY = timedelta(hours=1)  # `last_seen_at` is written no more often than that

PlaceKind = Literal["direct", "group", "channel", "team"]
WITH_ROSTER = ("group", "team")  # a channel's people are its team's


@dataclass(frozen=True)
class Place:
    """What an activity says about where it came from. `conversation_id` without `;messageid=…`."""

    workspace: str
    conversation_id: str
    kind: PlaceKind
    service_url: str
    name: str = ""


def base_id(conversation_id: str) -> str:
    """A conversation's id without the thread."""
    return conversation_id.partition(";messageid=")[0]


def remember_place(store: Store, place: Place, now: datetime) -> None:
    """Bursar was heard or added there, so it is installed. Not for message extensions, which work without it. Written
    when it says something new."""
    with store.read() as uow:
        known = _find(uow, place.workspace, place.conversation_id)
    if known is not None and _as_known(known, place) and now - known.last_seen_at < SEEN_EVERY:
        return
    if known is None and _insert(store, place, now):
        return
    with store.write() as uow:
        row = _find(uow, place.workspace, place.conversation_id)
        if row is not None:
            row.kind, row.service_url, row.installed, row.last_seen_at = place.kind, place.service_url, True, now
            row.name = place.name or row.name


def place_of(store: Store, workspace: str, conversation_id: str) -> ChatPlace | None:
    with store.read() as uow:
        return _find(uow, workspace, base_id(conversation_id))


def service_url_of(store: Store, workspace: str, conversation_id: str | None = None) -> str | None:
    """Where messages to the conversation are taken; for an unknown one where the tenant's last were; None for a tenant
    that never spoke."""
    with store.read() as uow:
        known = _find(uow, workspace, base_id(conversation_id)) if conversation_id else None
        if known is not None:
            return known.service_url
        newest = col(ChatPlace.last_seen_at).desc()
        query = select(ChatPlace.service_url).where(ChatPlace.channel == CHANNEL, ChatPlace.workspace == workspace)
        return uow.session.exec(query.order_by(newest, col(ChatPlace.id).desc())).first()


def mark_removed(store: Store, workspace: str, conversation_id: str) -> None:
    """Bursar was removed from there, or Teams says so when it writes."""
    with store.write() as uow:
        uow.session.exec(
            update(ChatPlace)
            .where(
                col(ChatPlace.channel) == CHANNEL,
                col(ChatPlace.workspace) == workspace,
                col(ChatPlace.conversation_id) == base_id(conversation_id),
            )
            .values(installed=False)
        )


def rosters_to_read(store: Store, workspace: str | None, before: datetime) -> list[ChatPlace]:
    """Teams and group chats with Bursar whose members were last looked through before then, or never; of one tenant, or
    of all."""
    query = select(ChatPlace).where(
        ChatPlace.channel == CHANNEL,
        col(ChatPlace.kind).in_(WITH_ROSTER),
        col(ChatPlace.installed).is_(True),
        or_(col(ChatPlace.roster_read_at).is_(None), col(ChatPlace.roster_read_at) < before),
    )
    if workspace is not None:
        query = query.where(ChatPlace.workspace == workspace)
    with store.read() as uow:
        return list(uow.session.exec(query.order_by(col(ChatPlace.id))).all())


def roster_was_read(store: Store, place_id: int | None, now: datetime) -> None:
    with store.write() as uow:
        uow.session.exec(update(ChatPlace).where(col(ChatPlace.id) == place_id).values(roster_read_at=now))


def _find(uow: UnitOfWork, workspace: str, conversation_id: str) -> ChatPlace | None:
    return uow.session.exec(
        select(ChatPlace).where(
            ChatPlace.channel == CHANNEL,
            ChatPlace.workspace == workspace,
            ChatPlace.conversation_id == conversation_id,
        )
    ).first()


def _as_known(known: ChatPlace, place: Place) -> bool:
    said = (place.kind, place.service_url, place.name or known.name, True)
    return (known.kind, known.service_url, known.name, known.installed) == said


def _insert(store: Store, place: Place, now: datetime) -> bool:
    """False when another replica was faster."""
    row = ChatPlace(
        channel=CHANNEL, workspace=place.workspace, conversation_id=place.conversation_id, kind=place.kind,
        service_url=place.service_url, name=place.name, last_seen_at=now,
    )  # fmt: skip
    try:
        with store.write() as uow:
            uow.session.add(row)
    except IntegrityError:
        return False
    return True
