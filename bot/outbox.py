"""The outbox: sends after commit what transactions have queued, in order within a conversation.

A row is claimed (a lease), its message built from the present state, sent, and marked together with where it stands.
When a send may or may not have arrived: a nudge is not repeated; in a direct message Bursar looks for it first; a card
in a channel is sent again, which is harmless because both copies update. Where a person cannot be reached for good in
the channel they used last, their account in another channel is told.
"""

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import col, or_, select, update

from bot.channels.base import SendDoubtful, Sender, SendFailed, Sent, TakesFiles
from bot.interaction import Conversation, Interaction
from bot.message import Message, without_files
from bot.notices import Notice, build, load_notices
from bot.pace import Limits, Pace
from bot.reach import Reach
from bot.router import Reply
from storage.models import OutboxItem, PostedMessage
from storage.unit_of_work import Store, UnitOfWork

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 12
LONGEST_DOUBT = 300.0  # seconds
WAKE_EVERY_SECONDS = 5.0
ASK_AGAIN_SECONDS = 3600.0  # the platforms, for a person whom none of them knows
THREAD_CARD = "request_thread"  # later news of the same subject is told in its thread


class _NobodyYet(Exception):
    """No channel that is on knows the person: the row waits until one does."""


def queue_reply(uow: UnitOfWork, interaction: Interaction, reply: Reply, *, key: str) -> None:
    """A reply to an interaction, told where it came from."""
    to = reply.to or interaction.conversation
    if to.kind == "home":  # a home page cannot hold a message
        to = Conversation(channel=to.channel, workspace=to.workspace, id="", kind="direct")
    uow.session.add(
        OutboxItem(
            key=key,
            kind=reply.kind,
            lane=to.key,
            conversation=to.model_dump(mode="json"),
            person_id=interaction.actor.person_id,
            private_to=interaction.actor.external_id if reply.private else None,
            subject=reply.subject,
            payload=reply.message.model_dump(mode="json", exclude_defaults=True) | {"fallback": reply.message.fallback},
            created_at=uow.now,
        )
    )


@dataclass(frozen=True)
class _Delivery:
    """One message to one place."""

    item_id: int
    key: str
    kind: str
    subject: str | None
    person_id: int | None
    to: Conversation
    account: str | None  # external id of the account whose direct conversation must be opened first
    message: Message
    private_to: str | None
    doubtful: bool
    at_most_once: bool


@dataclass(frozen=True)
class _Refresh:
    """A posted card to be replaced."""

    posted_id: int
    to: Conversation
    message_id: str
    message: Message
    content_hash: str


def message_of(uow: UnitOfWork, item: OutboxItem, reader: int | None) -> Message | None:
    """What a row says, from the state of now where it is a notice; None when that is no longer true."""
    if "fallback" in item.payload:
        return Message.model_validate(item.payload)
    return build(uow, Notice(item.kind, item.subject or "", reader, item.payload))


def content_hash(message: Message) -> str:
    return hashlib.sha256(message.model_dump_json().encode()).hexdigest()[:32]


class Outbox:
    """One per process; several processes share the rows by leases. `limits` by channel."""

    def __init__(self, store: Store, senders: Sequence[Sender], wake: asyncio.Event, limits: dict[str, Limits]) -> None:
        load_notices()
        self.store = store
        self.senders: dict[str, Sender] = {sender.channel: sender for sender in senders}
        self.reach = Reach(store, self.senders)
        self._wake = wake
        self._pace = Pace(limits)
        self._wake_at = 0.0
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                sent = await self.send_due()
            except Exception:
                log.exception("outbox: the sender failed; trying again")
                sent = 0
            if sent:
                continue
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.5):  # wait_for may swallow a cancellation on Python 3.11
                    await self._wake.wait()

    async def drain(self) -> None:
        """Send until nothing is due; for tests and shutdown."""
        while await self.send_due():
            pass

    async def send_due(self) -> int:
        """Send the first due row of every lane; how many rows were taken."""
        if asyncio.get_running_loop().time() >= self._wake_at:
            self._wake_at = asyncio.get_running_loop().time() + WAKE_EVERY_SECONDS
            await asyncio.to_thread(self.reach.wake_waiting)
        items = await asyncio.to_thread(self._claim)
        await asyncio.gather(*(self._serve(item) for item in items))
        return len(items)

    def _claim(self) -> list[OutboxItem]:
        with self.store.write() as uow:
            waiting = uow.session.exec(
                select(OutboxItem)
                .where(
                    col(OutboxItem.status).in_(("new", "sending")),
                    or_(col(OutboxItem.not_before).is_(None), col(OutboxItem.not_before) <= uow.now),
                )
                .order_by(col(OutboxItem.id))
                .limit(200)
                .with_for_update(skip_locked=True)
            ).all()
            busy = set(
                uow.session.exec(
                    select(OutboxItem.lane).where(OutboxItem.status == "sending", col(OutboxItem.not_before) > uow.now)
                ).all()
            )
            taken: list[OutboxItem] = []
            for item in waiting:
                if item.lane in busy:
                    continue
                busy.add(item.lane)
                if not self._parent_stands(uow, item):
                    continue
                as_it_was = OutboxItem.model_validate(item.model_dump())
                changed = uow.session.exec(
                    update(OutboxItem)
                    .where(col(OutboxItem.id) == item.id, col(OutboxItem.attempts) == item.attempts)
                    .values(status="sending", attempts=item.attempts + 1, not_before=uow.now + LEASE)
                )
                if changed.rowcount == 1:
                    taken.append(as_it_was)
            return taken

    def _parent_stands(self, uow: UnitOfWork, item: OutboxItem) -> bool:
        """False while the thread card that this row belongs under is still to be sent."""
        if item.subject is None or item.kind in (THREAD_CARD, "message"):
            return True
        parent = uow.session.exec(
            select(OutboxItem.id).where(
                OutboxItem.subject == item.subject,
                OutboxItem.kind == THREAD_CARD,
                col(OutboxItem.status).in_(("new", "sending")),
                col(OutboxItem.id) < item.id,
            )
        ).first()
        return parent is None

    async def _serve(self, item: OutboxItem) -> None:
        doubtful = item.status == "sending"  # a lease that ran out: an earlier process may have sent it
        try:
            if item.kind == "refresh":
                await self._refresh(item)
                return
            delivery = await self._prepared(item, doubtful or bool(item.error == "doubtful"))
            if delivery is None:
                await asyncio.to_thread(self._mark, item.id, "dropped", "no longer true")
                return
            await self._deliver(delivery)
        except _NobodyYet:
            await asyncio.to_thread(self._mark, item.id, "waiting", "no channel knows the person", ASK_AGAIN_SECONDS)
        except SendDoubtful as error:
            await asyncio.to_thread(self._doubted, item, str(error))
        except SendFailed as error:
            await asyncio.to_thread(self._failed, item, str(error), error.retry_after)
        except Exception as error:
            log.exception("outbox %s failed", item.key)
            await asyncio.to_thread(self._failed, item, f"{type(error).__name__}: {error}", 2.0 ** min(item.attempts, 8))

    async def _prepared(self, item: OutboxItem, doubtful: bool) -> _Delivery | None:
        """None when it is no longer true. Raises _NobodyYet while no channel knows the person."""
        try:
            return await asyncio.to_thread(self._prepare, item, doubtful)
        except _NobodyYet:
            if not await self.reach.meet(item.person_id):
                raise
        return await asyncio.to_thread(self._prepare, item, doubtful)

    def _prepare(self, item: OutboxItem, doubtful: bool) -> _Delivery | None:
        with self.store.read() as uow:
            place = self._place(uow, item)
            if place is None:
                if message_of(uow, item, item.person_id) is None:
                    return None
                raise _NobodyYet
            to, account = place
            reader = item.person_id if to.kind == "direct" or item.private_to else None
            message = message_of(uow, item, reader)
            if message is None:
                return None
            return _Delivery(
                item_id=item.id or 0, key=item.key, kind=item.kind, subject=item.subject, person_id=item.person_id, to=to,
                account=account, message=message, private_to=item.private_to, doubtful=doubtful,
                at_most_once=item.at_most_once,
            )  # fmt: skip

    def _place(self, uow: UnitOfWork, item: OutboxItem) -> tuple[Conversation, str | None] | None:
        """Where a row goes: its own conversation, the thread of its subject's card, else the person's direct message."""
        if item.kind == "request_update":
            card = uow.session.exec(
                select(PostedMessage)
                .where(PostedMessage.subject == item.subject, PostedMessage.kind == THREAD_CARD)
                .order_by(col(PostedMessage.id))
            ).first()
            if card is not None and card.channel in self.senders:
                return _conversation_of(card, thread=card.thread_id or card.message_id), None
        if item.conversation and item.conversation.get("channel") in self.senders and item.conversation.get("id"):
            return Conversation.model_validate(item.conversation), None
        return self.reach.direct(uow, item.person_id)

    async def _deliver(self, delivery: _Delivery) -> None:
        if delivery.doubtful and delivery.at_most_once:
            await asyncio.to_thread(self._mark, delivery.item_id, "dropped", "may have arrived; a nudge is not repeated")
            return
        arrived = await self._found(delivery) if delivery.doubtful and delivery.to.kind == "direct" else None
        if arrived is None:
            try:
                arrived = await self._send(delivery, delivery.to, delivery.account)
            except SendFailed as error:
                arrived = await self._send_elsewhere(delivery, error)
        await asyncio.to_thread(self._record, delivery, *arrived)

    async def _found(self, delivery: _Delivery) -> tuple[Conversation, Sent] | None:
        """Where a message that may have arrived stands; it may have gone to an account that is not the newest now."""
        known = [to for to, _ in await self.reach.known(delivery.person_id)]
        for to in [delivery.to, *(one for one in known if one.id != delivery.to.id)]:
            sent = await self.senders[to.channel].find(to, delivery.key) if to.id else None
            if sent is not None:
                return to, sent
        return None

    async def _send(self, delivery: _Delivery, to: Conversation, account: str | None) -> tuple[Conversation, Sent]:
        to = await self.reach.opened(to, account)
        sender, message = self.senders[to.channel], delivery.message
        if message.attachments and not isinstance(sender, TakesFiles):
            message = without_files(message)
        private_to = delivery.private_to if to == delivery.to else None
        await self._pace.keep(to)
        return to, await sender.send(to, message, key=delivery.key, private_to=private_to)

    async def _send_elsewhere(self, delivery: _Delivery, error: SendFailed) -> tuple[Conversation, Sent]:
        """To the person alone, in whichever channel they can be reached: a reply to where Bursar may not speak (a command
        used in a channel it is not in), or what an account does not take any more. Raises `error` when there is none."""
        if error.retry_after is not None or not (error.elsewhere or delivery.to.kind == "direct"):
            raise error
        for to, account in await self.reach.others(delivery.person_id, delivery.to):
            try:
                return await self._send(delivery, to, account)
            except SendFailed as refused:
                if refused.retry_after is not None:
                    raise
                log.warning("outbox %s: not by %s either: %s", delivery.key, to.channel, refused)
        raise error

    def _record(self, delivery: _Delivery, to: Conversation, sent: Sent) -> None:
        with self.store.write() as uow:
            if delivery.subject and not delivery.private_to:
                uow.session.add(
                    PostedMessage(
                        outbox_key=delivery.key, channel=to.channel, workspace=to.workspace,
                        conversation_id=sent.conversation_id, message_id=sent.message_id, thread_id=to.thread_id,
                        person_id=delivery.person_id if to.kind == "direct" else None, subject=delivery.subject,
                        kind=delivery.kind, content_hash=content_hash(delivery.message), posted_at=uow.now,
                    )
                )  # fmt: skip
            uow.session.exec(
                update(OutboxItem)
                .where(col(OutboxItem.id) == delivery.item_id)
                .values(status="sent", sent_at=uow.now, error=None)
            )

    async def _refresh(self, item: OutboxItem) -> None:
        """Every card of the subject, in all channels; one that cannot be replaced now does not hold up the others."""
        trouble: SendFailed | SendDoubtful | None = None
        for change in await asyncio.to_thread(self._changes, item.subject or ""):
            try:
                await self._replace(change)
            except (SendFailed, SendDoubtful) as error:
                trouble = error
        if trouble is not None:
            raise trouble
        await asyncio.to_thread(self._mark, item.id, "sent", None)

    async def _replace(self, change: _Refresh) -> None:
        sender = self.senders.get(change.to.channel)
        if sender is None:
            return
        try:
            await self._pace.keep(change.to)
            await sender.update(change.to, change.message_id, change.message)
        except SendFailed as error:
            if error.retry_after is not None:
                raise
            log.warning("outbox: card %s cannot be updated: %s", change.posted_id, error)
        await asyncio.to_thread(self._shown, change)

    def _changes(self, subject: str) -> list[_Refresh]:
        with self.store.read() as uow:
            changes = []
            for posted in uow.session.exec(select(PostedMessage).where(PostedMessage.subject == subject)).all():
                if posted.kind == "message":
                    continue
                message = build(uow, Notice(posted.kind, subject, posted.person_id, posted=True))
                if message is None or content_hash(message) == posted.content_hash:
                    continue
                to = _conversation_of(posted, thread=posted.thread_id)
                changes.append(_Refresh(posted.id or 0, to, posted.message_id, message, content_hash(message)))
            return changes

    def _shown(self, change: _Refresh) -> None:
        with self.store.write() as uow:
            uow.session.exec(
                update(PostedMessage)
                .where(col(PostedMessage.id) == change.posted_id)
                .values(content_hash=change.content_hash)
            )

    def _failed(self, item: OutboxItem, reason: str, retry_after: float | None) -> None:
        if retry_after is None or item.attempts + 1 >= MAX_ATTEMPTS:
            self._mark(item.id, "failed", reason)
            log.error("outbox %s given up: %s", item.key, reason)
        else:
            self._mark(item.id, "new", reason, retry_after)

    def _doubted(self, item: OutboxItem, reason: str) -> None:
        log.warning("outbox %s: no answer (%s)", item.key, reason)
        if item.at_most_once:
            self._mark(item.id, "dropped", "doubtful")
        elif item.attempts + 1 >= MAX_ATTEMPTS:
            self._mark(item.id, "failed", f"doubtful: {reason}")
            log.error("outbox %s given up: %s", item.key, reason)
        else:
            self._mark(item.id, "sending", "doubtful", min(5.0 * 2**item.attempts, LONGEST_DOUBT))

    def _mark(self, item_id: int | None, status: str, error: str | None, wait: float = 0.0) -> None:
        with self.store.write() as uow:
            values: dict[str, object] = {"status": status, "error": error[:500] if error else None}
            values["not_before"] = uow.now + timedelta(seconds=wait) if wait else None
            if status == "sent":
                values["sent_at"] = uow.now
            uow.session.exec(update(OutboxItem).where(col(OutboxItem.id) == item_id).values(**values))


def _conversation_of(posted: PostedMessage, thread: str | None) -> Conversation:
    return Conversation.model_validate(
        {
            "channel": posted.channel,
            "workspace": posted.workspace,
            "id": posted.conversation_id,
            "kind": "direct" if posted.person_id is not None else "private",
            "thread_id": thread,
        }
    )
