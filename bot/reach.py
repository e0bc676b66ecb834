"""Where a person can be told something: their accounts in the channels that are on, and their direct conversations.

The account they used last comes first; where Bursar cannot reach them there, the next one is tried.
"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta

from sqlmodel import col, or_, select, update

from bot.channels.base import AccountFinder, Sender, SendFailed
from bot.interaction import Conversation
from storage.models import ChatAccount, OutboxItem, PersonEmail
from storage.unit_of_work import Store, UnitOfWork

log = logging.getLogger(__name__)

WAIT_AT_MOST = timedelta(days=7)
Direct = tuple[Conversation, str]  # the conversation (id "" when it has to be opened) and the account's external id


class Reach:
    """People's direct conversations. `senders` by channel; only those channels count."""

    def __init__(self, store: Store, senders: Mapping[str, Sender]) -> None:
        self.store = store
        self.senders = senders

    def directs(self, uow: UnitOfWork, person_id: int | None) -> list[Direct]:
        """The person's direct conversations, the one of the account they used last first."""
        if person_id is None:
            return []
        accounts = uow.session.exec(
            select(ChatAccount)
            .where(col(ChatAccount.person_id) == person_id, col(ChatAccount.channel).in_(list(self.senders)))
            .order_by(
                col(ChatAccount.last_used_at).desc().nulls_last(), col(ChatAccount.last_seen_at).desc(), col(ChatAccount.id)
            )
        ).all()
        return [(_conversation_with(account), account.external_id) for account in accounts]

    def direct(self, uow: UnitOfWork, person_id: int | None) -> Direct | None:
        return next(iter(self.directs(uow, person_id)), None)

    async def known(self, person_id: int | None) -> list[Direct]:
        return await asyncio.to_thread(self._known, person_id)

    async def others(self, person_id: int | None, tried: Conversation) -> list[Direct]:
        """Where else the person can be told what could not be told in `tried`, also by accounts not known yet. Raises
        SendFailed when a platform cannot be asked now."""
        besides = tried.channel if tried.kind == "direct" else None
        directs = [one for one in await self.known(person_id) if one[0].channel != besides]
        if directs or not await self._find(await asyncio.to_thread(self._addresses, person_id), besides):
            return directs
        return [one for one in await self.known(person_id) if one[0].channel != besides]

    async def opened(self, to: Conversation, account: str | None) -> Conversation:
        """`to` with its id. Raises SendFailed."""
        if to.id or account is None:
            return to
        opened = await self.senders[to.channel].open_direct(to.workspace, account)
        direct = to.model_copy(update={"id": opened})
        await asyncio.to_thread(self._remember, direct, account)
        return direct

    async def meet(self, person_id: int | None) -> bool:
        """Find the account of a person who has never talked to Bursar; whether there is one now. Raises SendFailed when
        a platform cannot be asked now and no other knows them."""
        if await self.known(person_id):
            return False
        return await self._find(await asyncio.to_thread(self._addresses, person_id))

    def wake_waiting(self) -> None:
        """Messages that waited for somebody whom a channel knows by now go; the channels are asked again for those whose
        time has come."""
        accounts = select(ChatAccount.person_id).where(col(ChatAccount.channel).in_(list(self.senders)))
        known = col(OutboxItem.person_id).in_(accounts.where(col(ChatAccount.person_id).is_not(None)))
        waiting = update(OutboxItem).where(col(OutboxItem.status) == "waiting")
        with self.store.write() as uow:
            too_old = waiting.where(col(OutboxItem.created_at) < uow.now - WAIT_AT_MOST)
            uow.session.exec(too_old.values(status="dropped", error="no channel knew the person in time"))
            due = waiting.where(or_(known, col(OutboxItem.not_before) <= uow.now))
            uow.session.exec(due.values(status="new", not_before=None))

    async def _find(self, addresses: list[str], besides: str | None = None) -> bool:
        trouble: SendFailed | None = None
        for channel, finder in self.senders.items():
            if channel == besides or not isinstance(finder, AccountFinder):
                continue
            for email in addresses:
                try:
                    if await finder.find_account(email) is not None:
                        return True
                except SendFailed as error:  # the other channels may know them
                    log.warning("%s could not be asked for an account: %s", channel, error)
                    trouble = error
        if trouble is not None:
            raise trouble
        return False

    def _known(self, person_id: int | None) -> list[Direct]:
        with self.store.read() as uow:
            return self.directs(uow, person_id)

    def _addresses(self, person_id: int | None) -> list[str]:
        """The newest e-mail addresses of a person."""
        with self.store.read() as uow:
            newest = col(PersonEmail.valid_from).desc()
            query = select(PersonEmail.email).where(PersonEmail.person_id == person_id).order_by(newest)
            return list(uow.session.exec(query.limit(3)).all()) if person_id is not None else []

    def _remember(self, to: Conversation, external_id: str) -> None:
        with self.store.write() as uow:
            uow.session.exec(
                update(ChatAccount)
                .where(
                    col(ChatAccount.channel) == to.channel,
                    col(ChatAccount.workspace) == to.workspace,
                    col(ChatAccount.external_id) == external_id,
                )
                .values(direct_conversation=to.id)
            )


def _conversation_with(account: ChatAccount) -> Conversation:
    return Conversation.model_validate(
        {
            "channel": account.channel,
            "workspace": account.workspace,
            "id": account.direct_conversation or "",
            "kind": "direct",
        }
    )
