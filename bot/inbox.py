"""The inbox: an interaction is durable before it is acknowledged, and has its effect once.

`receive` commits the interaction under the key of its meaning (many at once share a commit); `work_once` runs the
oldest one: the workflow's changes, its replies (outbox rows) and the inbox mark are one transaction.
"""

import asyncio
import contextlib
import logging
import threading
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select

from bot.accounts import note_use
from bot.interaction import Interaction
from bot.message import Message
from bot.outbox import queue_reply
from bot.router import Reply, Router, explain
from storage.models import InboxItem
from storage.unit_of_work import Store, UnitOfWork
from workflows.audit.refusals import record_refusal
from workflows.errors import WorkflowError

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
APOLOGY = Message(
    fallback="Something went wrong on my side. Nothing was changed; an administrator finds it in the log. Please try again.",
)


@dataclass(frozen=True)
class _Waiting:
    interaction: Interaction
    stored: asyncio.Future[None]


class Inbox:
    """One per process."""

    def __init__(self, store: Store, router: Router, workers: int | None = None) -> None:
        self.store = store
        self.router = router
        self._workers = workers or (1 if store.is_sqlite else 4)
        self._arrivals: asyncio.Queue[_Waiting] = asyncio.Queue()
        self._wake = asyncio.Event()
        self.worked = asyncio.Event()  # set after every effect; the outbox waits for it
        self._tasks: list[asyncio.Task[None]] = []
        self._received = 0
        self._choosing = threading.Lock()
        self._at_work: set[int | None] = set()  # items that a worker of this process runs now
        self._awaited: dict[str, asyncio.Event] = {}  # by key: set when a worker of this process has run it
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turns = 0

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._tasks = [asyncio.create_task(self._store_arrivals())]
        self._tasks += [asyncio.create_task(self._work()) for _ in range(self._workers)]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def receive(self, interaction: Interaction) -> None:
        """Returns when the interaction is committed, or was before under the same key."""
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._received += 1
        await self._arrivals.put(_Waiting(interaction, stored))
        await stored

    async def settled(self, key: str, patience: float) -> bool:
        """Whether the interaction of that key has had its effect (or its refusal), waiting `patience` seconds for it."""
        ran = self._awaited.setdefault(key, asyncio.Event())
        try:
            if await asyncio.to_thread(self._is_done, key):
                return True
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await ran.wait()
        finally:
            self._awaited.pop(key, None)
        return await asyncio.to_thread(self._is_done, key)

    def _is_done(self, key: str) -> bool:
        with self.store.read() as uow:
            status = uow.session.exec(select(InboxItem.status).where(InboxItem.key == key)).first()
        return status in ("done", "failed")

    async def _store_arrivals(self) -> None:
        while True:
            batch = [await self._arrivals.get()]
            while not self._arrivals.empty() and len(batch) < 200:
                batch.append(self._arrivals.get_nowait())
            try:
                await asyncio.to_thread(self.store_interactions, [item.interaction for item in batch])
            except Exception as error:  # the channel answers with an error, the platform delivers again
                log.exception("inbox: could not store %d interactions", len(batch))
                for item in batch:
                    if not item.stored.done():
                        item.stored.set_exception(error)
                continue
            for item in batch:
                if not item.stored.done():
                    item.stored.set_result(None)
            self._wake.set()

    def store_interactions(self, interactions: list[Interaction]) -> None:
        """Insert what is new by key, in one transaction."""
        with self.store.write() as uow:
            rows = [
                {
                    "key": interaction.key,
                    "interaction": interaction.model_dump(mode="json"),
                    "status": "new",
                    "attempts": 0,
                    "received_at": interaction.received_at,
                }
                for interaction in interactions
            ]
            insert = sqlite.insert if self.store.is_sqlite else postgresql.insert
            uow.session.execute(insert(InboxItem).on_conflict_do_nothing(index_elements=["key"]), rows)

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            started, received = loop.time(), self._received
            try:
                busy = await asyncio.to_thread(self.work_once)
            except Exception:
                log.exception("inbox: the worker failed; trying again")
                busy = False
            if busy:
                self.worked.set()
                # Acknowledgements go first: rest as long as the work took, unless somebody waits for its outcome.
                if self._received != received and not self._awaited:
                    await asyncio.sleep(loop.time() - started)
                continue
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):  # wait_for may swallow a cancellation on Python 3.11
                    await self._wake.wait()

    def work_once(self) -> bool:
        """Run the oldest waiting item; False when none waits."""
        with self._choosing, self.store.read() as uow:
            waiting = self._next(uow)
            if waiting is None:
                return False
            self._at_work.add(waiting.id)
        try:
            self._run(waiting)
        finally:
            self._at_work.discard(waiting.id)
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._announce, waiting.key)
        return True

    def _announce(self, key: str) -> None:
        if (ran := self._awaited.get(key)) is not None:
            ran.set()

    def _run(self, waiting: InboxItem) -> None:
        interaction = Interaction.model_validate(waiting.interaction)
        try:
            finish = self.router.prepare(interaction)
            with self.store.write() as uow:
                item = self._claim(uow, waiting.id)
                if item is not None:  # else another process was faster
                    note_use(uow, interaction.actor)
                    replies = finish(uow) if finish is not None else self.router.handle(uow, interaction)
                    self._finish(uow, item, interaction, replies)
        except WorkflowError as error:
            self._refuse(waiting.id, error)
        except Exception as error:
            log.exception("inbox item %s failed", waiting.id)
            self._postpone(waiting.id, error)

    def _next(self, uow: UnitOfWork) -> InboxItem | None:
        """The oldest one; at every other turn one whose outcome somebody waits for (a pressed button of Teams)."""
        self._turns += 1
        awaited = list(self._awaited) if self._turns % 2 else []
        urgent = self._oldest(uow, col(InboxItem.key).in_(awaited)) if awaited else None
        return urgent or self._oldest(uow, true())

    def _oldest(self, uow: UnitOfWork, which: ColumnElement[bool]) -> InboxItem | None:
        return uow.session.exec(
            select(InboxItem)
            .where(InboxItem.status == "new", (col(InboxItem.not_before).is_(None)) | (col(InboxItem.not_before) <= uow.now))
            .where(col(InboxItem.id).not_in(self._at_work), which)
            .order_by(col(InboxItem.id))
            .limit(1)
        ).first()

    def _claim(self, uow: UnitOfWork, item_id: int | None) -> InboxItem | None:
        """The item, locked until the transaction ends, when it is still to be done."""
        return uow.session.exec(
            select(InboxItem).where(InboxItem.id == item_id, InboxItem.status == "new").with_for_update(skip_locked=True)
        ).first()

    def _finish(self, uow: UnitOfWork, item: InboxItem, interaction: Interaction, replies: list[Reply]) -> None:
        for number, reply in enumerate(replies):
            queue_reply(uow, interaction, reply, key=f"inbox:{item.id}:{number}")
        item.status = "done"
        item.done_at = uow.now
        uow.session.add(item)

    def _refuse(self, item_id: int | None, error: WorkflowError) -> None:
        """The refusal told in private; the attempt is audited where the workflow asks for it."""
        with self.store.write() as uow:
            item = uow.session.get(InboxItem, item_id)
            if item is None or item.status != "new":
                return
            interaction = Interaction.model_validate(item.interaction)
            record_refusal(uow, interaction.actor.person_id, error, channel=interaction.actor.channel)
            self._finish(uow, item, interaction, [Reply(explain(error), private=True)])

    def _postpone(self, item_id: int | None, error: Exception) -> None:
        with self.store.write() as uow:
            item = uow.session.get(InboxItem, item_id)
            if item is None:
                return
            item.attempts += 1
            item.error = f"{type(error).__name__}: {error}"[:500]
            if item.attempts >= MAX_ATTEMPTS:
                interaction = Interaction.model_validate(item.interaction)
                self._finish(uow, item, interaction, [Reply(APOLOGY, private=True)])
                item.status = "failed"
            else:
                item.not_before = uow.now + timedelta(seconds=2**item.attempts)
            uow.session.add(item)
