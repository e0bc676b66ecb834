"""Where a person can be told something: their account in a channel that is on, and their direct conversation."""

import asyncio
from collections.abc import Mapping

from sqlmodel import col, select, update

from bot.channels.base import AccountFinder, Sender
from bot.interaction import Conversation
from storage.models import ChatAccount, PersonEmail
from storage.unit_of_work import Store, UnitOfWork


class Reach:
    """People's direct conversations. `senders` by channel; only those channels count."""

    def __init__(self, store: Store, senders: Mapping[str, Sender]) -> None:
        self.store = store
        self.senders = senders

    def direct(self, uow: UnitOfWork, person_id: int | None) -> tuple[Conversation, str | None] | None:
        """The person's direct conversation (id "" when it has to be opened) and their account; None without one."""
        account = uow.session.exec(
            select(ChatAccount)
            .where(col(ChatAccount.person_id) == person_id, col(ChatAccount.channel).in_(list(self.senders)))
            .order_by(col(ChatAccount.last_seen_at).desc(), col(ChatAccount.id))
        ).first()
        if person_id is None or account is None:
            return None
        return (
            Conversation.model_validate(
                {
                    "channel": account.channel,
                    "workspace": account.workspace,
                    "id": account.direct_conversation or "",
                    "kind": "direct",
                }
            ),
            account.external_id,
        )

    async def open(self, person_id: int | None) -> Conversation | None:
        """The person's direct conversation, opened when need be. Raises SendFailed."""
        place = await asyncio.to_thread(self._direct_of, person_id)
        return await self.opened(*place) if place is not None else None

    async def opened(self, to: Conversation, account: str | None) -> Conversation:
        """`to` with its id. Raises SendFailed."""
        if to.id or account is None:
            return to
        opened = await self.senders[to.channel].open_direct(to.workspace, account)
        direct = to.model_copy(update={"id": opened})
        await asyncio.to_thread(self._remember, direct, account)
        return direct

    async def meet(self, person_id: int | None) -> bool:
        """Find the account of a person who has never talked to Bursar; whether there is one now."""
        finders = [sender for sender in self.senders.values() if isinstance(sender, AccountFinder)]
        for email in await asyncio.to_thread(self._addresses, person_id) if finders else []:
            for finder in finders:
                if await finder.find_account(email) is not None:
                    return True
        return False

    def _addresses(self, person_id: int | None) -> list[str]:
        """The newest e-mail addresses of a person without an account."""
        with self.store.read() as uow:
            if person_id is None or self.direct(uow, person_id) is not None:
                return []
            newest = col(PersonEmail.valid_from).desc()
            query = select(PersonEmail.email).where(PersonEmail.person_id == person_id).order_by(newest)
            return list(uow.session.exec(query.limit(3)).all())

    def _direct_of(self, person_id: int | None) -> tuple[Conversation, str | None] | None:
        with self.store.read() as uow:
            return self.direct(uow, person_id)

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
