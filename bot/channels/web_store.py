"""The browser channel's conversations in the database: posting, reading, unread counts, and its sender."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlmodel import Session, col, func, or_, select

from bot.channels.base import SendFailed, Sent
from bot.interaction import ChannelName, Conversation
from bot.message import Message
from storage.directory import is_employed
from storage.models import ChatAccount, PersonRecord, WebMessage, WebRead
from storage.org import load_org, today
from storage.unit_of_work import Store, UnitOfWork

BURSAR = "bursar"
SHOWN = 400  # newest posts of a conversation
NEVER_SEEN = datetime(1970, 1, 1, tzinfo=UTC)  # accounts nobody has used yet come after those of other channels


@dataclass(frozen=True)
class Profile:
    """A person as the page shows them."""

    person_id: int
    email: str
    name: str
    title: str
    department: str


def direct_id(email: str) -> str:
    return f"dm:{email}"


class WebSender:
    """Posts for the outbox by storing; `changed` tells open pages to look."""

    channel: ChannelName = "web"
    takes_files = True

    def __init__(self, store: Store, changed: Callable[[], None]) -> None:
        self._store = store
        self._changed = changed

    async def open_direct(self, workspace: str, external_id: str) -> str:
        return direct_id(external_id)

    async def send(self, to: Conversation, message: Message, *, key: str, private_to: str | None) -> Sent:
        """Files are not kept: their links make them again from the outbox's row."""
        names = [file.model_copy(update={"content": ""}) for file in message.attachments]
        content = message.model_copy(update={"attachments": names}).model_dump(mode="json")
        message_id = await asyncio.to_thread(
            post, self._store, to.id, key=key, author=BURSAR, thread_id=to.thread_id, message=content, private_to=private_to
        )
        self._changed()
        return Sent(to.id, str(message_id))

    async def find(self, to: Conversation, key: str) -> Sent | None:
        found = await asyncio.to_thread(self._find, key)
        return None if found is None else Sent(to.id, str(found))

    def _find(self, key: str) -> int | None:
        with self._store.read() as uow:
            return uow.session.exec(select(WebMessage.id).where(WebMessage.key == key)).first()

    async def update(self, to: Conversation, message_id: str, message: Message) -> None:
        if not await asyncio.to_thread(self._replace, message_id, message):
            raise SendFailed(f"message {message_id} is not there any more", None)
        self._changed()

    def _replace(self, message_id: str, message: Message) -> bool:
        with self._store.write() as uow:
            row = uow.session.get(WebMessage, int(message_id)) if message_id.isdecimal() else None
            if row is None:
                return False
            row.message = message.model_dump(mode="json")
            row.revision += 1
            uow.session.add(row)
            return True


def post(
    store: Store, conversation_id: str, *, key: str, author: str, thread_id: str | None = None, text: str = "",
    message: dict[str, object] | None = None, private_to: str | None = None,
) -> int:  # fmt: skip
    """The post's id; the same key is one post."""
    with store.write() as uow:
        existing = uow.session.exec(select(WebMessage.id).where(WebMessage.key == key)).first()
        if existing is not None:
            return existing
        root = thread_root(uow, int(thread_id)) if thread_id and thread_id.isdecimal() else None
        parent = root.id if root is not None else None
        row = WebMessage(
            conversation_id=conversation_id, thread_id=parent, key=key, author=author, text=text, message=message,
            private_to=private_to, posted_at=uow.now,
        )  # fmt: skip
        uow.session.add(row)
        uow.session.flush()
        return row.id or 0


def visible_posts(uow: UnitOfWork, conversation_id: str, email: str) -> list[WebMessage]:
    """The newest posts that `email` may see, oldest first."""
    newest = uow.session.exec(
        select(WebMessage)
        .where(WebMessage.conversation_id == conversation_id, _visible_to(email))
        .order_by(col(WebMessage.id).desc())
        .limit(SHOWN)
    ).all()
    return list(reversed(newest))


def post_seen(uow: UnitOfWork, message_id: int, conversation_id: str, email: str) -> WebMessage | None:
    """A post, if it stands in that conversation and `email` may see it."""
    query = select(WebMessage).where(
        WebMessage.id == message_id, WebMessage.conversation_id == conversation_id, _visible_to(email)
    )
    return uow.session.exec(query).first()


def _visible_to(email: str):  # type: ignore[no-untyped-def]
    return or_(col(WebMessage.private_to).is_(None), col(WebMessage.private_to) == email)


def thread_root(uow: UnitOfWork, message_id: int) -> WebMessage | None:
    """The post a thread hangs on: the message itself when it answers nothing."""
    row = uow.session.get(WebMessage, message_id)
    while row is not None and row.thread_id is not None:
        row = uow.session.get(WebMessage, row.thread_id)
    return row


def unread_counts(uow: UnitOfWork, email: str, conversations: list[str]) -> dict[str, int]:
    """New posts of others by conversation, for one person."""
    read = dict(
        uow.session.exec(
            select(WebRead.conversation_id, WebRead.last_message_id).where(WebRead.email == email)
        ).all()
    )  # fmt: skip
    counts = {}
    for conversation in conversations:
        counts[conversation] = uow.session.exec(
            select(func.count())
            .select_from(WebMessage)
            .where(
                WebMessage.conversation_id == conversation, WebMessage.author != email, _visible_to(email),
                col(WebMessage.id) > read.get(conversation, 0),
            )
        ).one()  # fmt: skip
    return counts


def unread_directs(uow: UnitOfWork) -> dict[str, int]:
    """New posts of Bursar in everybody's direct conversation, by e-mail; people with none are left out."""
    rows = uow.session.exec(
        select(WebMessage.conversation_id, func.count())
        .select_from(WebMessage)
        .join(WebRead, col(WebRead.conversation_id) == WebMessage.conversation_id, isouter=True)
        .where(
            WebMessage.author == BURSAR, col(WebMessage.conversation_id).startswith("dm:"),
            or_(col(WebRead.id).is_(None), col(WebMessage.id) > col(WebRead.last_message_id)),
        )
        .group_by(WebMessage.conversation_id)
    ).all()  # fmt: skip
    return {conversation.removeprefix("dm:"): count for conversation, count in rows}


def mark_read(store: Store, email: str, conversation_id: str, upto: int) -> None:
    with store.write() as uow:
        row = uow.session.exec(
            select(WebRead).where(WebRead.email == email, WebRead.conversation_id == conversation_id)
        ).first()
        row = row or WebRead(email=email, conversation_id=conversation_id, last_message_id=0)
        row.last_message_id = max(row.last_message_id, upto)
        uow.session.add(row)


def profiles(session: Session, day: date, *, emails: list[str] | None = None, search: str = "") -> list[Profile]:
    """People employed on `day`, by name; of these e-mails, or whose name, e-mail or department contains `search`."""
    query = select(PersonRecord).where(
        col(PersonRecord.effective_from) <= day,
        or_(col(PersonRecord.effective_to).is_(None), col(PersonRecord.effective_to) > day),
    )
    if emails is not None:
        query = query.where(col(PersonRecord.work_email).in_(emails))
    for word in search.lower().split():
        places = (PersonRecord.display_name, PersonRecord.work_email, PersonRecord.department)
        query = query.where(or_(*(func.lower(place).contains(word, autoescape=True) for place in places)))
    rows = session.exec(query.order_by(PersonRecord.display_name)).all()
    return [
        Profile(row.person_id, row.work_email, row.display_name, row.job_title or "", row.department)
        for row in rows
        if is_employed(row, day)
    ]


def link_everybody(store: Store) -> None:
    """Give every employed person an account in the browser, so that Bursar can write to those not picked yet."""
    with store.write() as uow:
        known = set(uow.session.exec(select(ChatAccount.external_id).where(ChatAccount.channel == "web")).all())
        people = profiles(uow.session, today(load_org(uow.session), uow.now))
        uow.session.add_all(
            ChatAccount(
                channel="web", external_id=person.email, person_id=person.person_id, email=person.email,
                direct_conversation=direct_id(person.email), last_seen_at=NEVER_SEEN,
            )
            for person in people
            if person.email not in known
        )  # fmt: skip


def picked(store: Store, email: str) -> Profile | None:
    """Somebody opened the page as this person: remember when. None when the directory has nobody employed by it."""
    with store.write() as uow:
        found = profiles(uow.session, today(load_org(uow.session), uow.now), emails=[email])
        if not found:
            return None
        account = uow.session.exec(
            select(ChatAccount).where(ChatAccount.channel == "web", ChatAccount.external_id == email)
        ).first()
        account = account or ChatAccount(channel="web", external_id=email, last_seen_at=uow.now)
        account.person_id, account.email = found[0].person_id, email
        account.direct_conversation, account.last_seen_at = direct_id(email), uow.now
        uow.session.add(account)
        return found[0]
