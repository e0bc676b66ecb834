"""Slack accounts as people: who clicked, where to talk to them alone, whom a text names."""

import asyncio
import logging
from datetime import timedelta

from bot.accounts import remember_direct
from bot.channels import slack_payloads as payloads
from bot.channels.base import SendDoubtful, SendFailed
from bot.channels.slack_sender import SlackSender
from bot.interaction import Actor
from storage.models import ChatAccount
from storage.unit_of_work import Store
from workflows.ports import Clock

log = logging.getLogger(__name__)

ASK_AGAIN_AFTER = timedelta(hours=24)  # guests become members, addresses change
UNMATCHED_ASK_AGAIN_AFTER = timedelta(minutes=1)
MENTIONS_READ = 5


class SlackPeople:
    def __init__(self, sender: SlackSender, store: Store, clock: Clock) -> None:
        self._sender = sender
        self._store = store
        self._clock = clock

    async def account(self, user: str) -> ChatAccount:
        """Who it is, as known; asked from Slack for newcomers and now and then again. Raises SendFailed, SendDoubtful."""
        account = await self._sender.known_account(user)
        if account is None:
            return await self._sender.resolve_account(user)
        patience = ASK_AGAIN_AFTER if account.person_id is not None else UNMATCHED_ASK_AGAIN_AFTER
        if self._clock() - account.last_seen_at < patience:
            return account
        try:
            return await self._sender.resolve_account(user)
        except (SendFailed, SendDoubtful) as error:
            log.warning("Slack could not be asked about %s again: %s", user, error)
            return account

    async def direct_of(self, account: ChatAccount) -> str:
        """The direct conversation with an account, opened when Bursar has none. Raises SendFailed."""
        if account.direct_conversation:
            return account.direct_conversation
        opened = await self._sender.open_direct(account.workspace, account.external_id)
        await self.remember_direct(account, opened)
        return opened

    async def remember_direct(self, account: ChatAccount, conversation: str) -> None:
        if account.id is not None and account.direct_conversation != conversation:
            await asyncio.to_thread(remember_direct, self._store, account.id, conversation)

    async def readable(self, text: str) -> str:
        """What a person typed, with the people they name by e-mail where those are known."""
        identity = await self._sender.identity()
        names: dict[str, str] = {}
        for user in payloads.mentioned(text)[:MENTIONS_READ]:
            account = await self._sender.known_account(user) if user != identity.bot_user else None
            if account is not None and account.email:
                names[user] = account.email
        return payloads.readable(text, identity.bot_user, names)


def actor_of(account: ChatAccount) -> Actor:
    return Actor(
        channel="slack",
        workspace=account.workspace,
        external_id=account.external_id,
        person_id=account.person_id,
        email=account.email,
    )
