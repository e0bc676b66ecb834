"""Posting to Slack. The SDK's own re-sending is off: a post that may have arrived is for the outbox to look into."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.accounts import account_for, external_ids, link_account
from bot.channels.base import SendDoubtful, SendFailed, Sent
from bot.channels.slack_api import call
from bot.channels.slack_files import upload_all, upload_chart
from bot.channels.slack_render import Rendered, render_home, render_message
from bot.channels.slack_text import NO_MENTIONS
from bot.interaction import ChannelName, Conversation
from bot.message import Home, Message, Neutral, people_named
from storage.models import ChatAccount
from storage.unit_of_work import Store
from workflows.ports import Clock

log = logging.getLogger(__name__)

METADATA_EVENT = "bursar"
REFUSED_BLOCKS = {"invalid_blocks", "invalid_blocks_format", "invalid_arguments", "msg_blocks_too_long"}
FIND_LIMIT = 100


@dataclass(frozen=True)
class Identity:
    """Who Bursar is in Slack (auth.test)."""

    team: str
    bot_user: str
    bot: str | None = None
    enterprise: str | None = None


class SlackSender:
    """`bot.channels.base.Sender` and `AccountFinder` for one workspace."""

    channel: ChannelName = "slack"
    takes_files = True

    def __init__(self, client: AsyncWebClient, store: Store, clock: Clock) -> None:
        self.client = client
        self._store = store
        self._clock = clock
        self._identity: Identity | None = None

    async def identity(self) -> Identity:
        """Asked once. Raises SendFailed, SendDoubtful."""
        if self._identity is None:
            answer = await call(self.client.auth_test())
            self._identity = Identity(
                team=str(answer["team_id"]),
                bot_user=str(answer["user_id"]),
                bot=answer.get("bot_id"),
                enterprise=answer.get("enterprise_id"),
            )
        return self._identity

    async def open_direct(self, workspace: str, external_id: str) -> str:
        try:
            answer = await call(self.client.conversations_open(users=external_id))
        except SendDoubtful as error:  # opening twice opens the same conversation
            raise SendFailed(str(error), retry_after=5.0) from error
        return str(answer["channel"]["id"])

    async def send(self, to: Conversation, message: Message, *, key: str, private_to: str | None) -> Sent:
        mentions = await self.mentions(to.workspace, message)
        metadata = {"event_type": METADATA_EVENT, "event_payload": {"key": key}}
        if message.attachments and private_to is not None and to.kind != "direct":  # an ephemeral message carries no file
            to = Conversation(
                channel="slack", workspace=to.workspace, id=await self.open_direct(to.workspace, private_to), kind="direct"
            )
        if message.attachments:
            message = await upload_all(self.client, to.id, to.thread_id, message)
        if private_to is None or to.kind == "direct":
            return await self._post(to.id, to.thread_id, message, mentions, metadata)
        try:
            return await self._whisper(to, message, mentions, private_to)
        except SendFailed as error:
            if not error.elsewhere:
                raise
        direct = await self.open_direct(to.workspace, private_to)
        return await self._post(direct, None, message, mentions, metadata)

    async def find(self, to: Conversation, key: str) -> Sent | None:
        """Only in direct messages: reading channels would need a scope that nothing else needs."""
        if to.kind != "direct":
            return None
        if to.thread_id:
            request = self.client.conversations_replies(
                channel=to.id, ts=to.thread_id, include_all_metadata=True, limit=FIND_LIMIT
            )
        else:
            request = self.client.conversations_history(channel=to.id, include_all_metadata=True, limit=FIND_LIMIT)
        try:
            answer = await call(request)
        except SendDoubtful as error:
            raise SendFailed(str(error), retry_after=5.0) from error
        for posted in answer.get("messages") or []:
            metadata = posted.get("metadata") or {}
            if metadata.get("event_type") == METADATA_EVENT and metadata.get("event_payload", {}).get("key") == key:
                return Sent(to.id, str(posted["ts"]))
        return None

    async def update(self, to: Conversation, message_id: str, message: Message) -> None:
        mentions = await self.mentions(to.workspace, message)

        def replace(rendered: Rendered) -> Awaitable[Any]:
            return self.client.chat_update(channel=to.id, ts=message_id, text=rendered.text, blocks=rendered.blocks)

        await _native_first(message, mentions, replace)

    async def publish_home(self, user: str, home: Home) -> None:
        """Raises SendFailed, SendDoubtful."""
        identity = await self.identity()
        mentions = await self.mentions(identity.team, home)
        view = render_home(home, mentions)
        try:
            await call(self.client.views_publish(user_id=user, view=view))
        except SendFailed as error:
            if str(error) not in REFUSED_BLOCKS:
                raise
            await call(self.client.views_publish(user_id=user, view=render_home(home, mentions, native=False)))

    async def resolve_account(self, external_id: str) -> ChatAccount:
        """Ask Slack who an account is, and link it. Raises SendFailed, SendDoubtful."""
        user = (await call(self.client.users_info(user=external_id)))["user"]
        return await self._link(user)

    async def known_account(self, external_id: str) -> ChatAccount | None:
        identity = await self.identity()
        return await asyncio.to_thread(account_for, self._store, self.channel, identity.team, external_id)

    async def find_account(self, email: str) -> ChatAccount | None:
        try:
            user = (await call(self.client.users_lookupByEmail(email=email)))["user"]
        except SendFailed as error:
            if str(error) == "users_not_found":
                return None
            raise
        except SendDoubtful as error:
            raise SendFailed(str(error), retry_after=5.0) from error
        account = await self._link(user)
        return account if account.person_id is not None else None

    async def mentions(self, workspace: str, shown: Neutral) -> Mapping[int, str]:
        """Slack users of the people whom a message names."""
        named = set(people_named(shown))
        if not named:
            return NO_MENTIONS
        team = workspace or (await self.identity()).team
        return await asyncio.to_thread(external_ids, self._store, self.channel, team, named)

    async def _link(self, user: Mapping[str, Any]) -> ChatAccount:
        identity = await self.identity()
        colleague = is_colleague(user, identity)
        return await asyncio.to_thread(
            link_account,
            self._store,
            channel=self.channel,
            workspace=identity.team,
            external_id=str(user["id"]),
            email=(user.get("profile") or {}).get("email") if colleague else None,
            timezone=user.get("tz"),
            now=self._clock(),
        )

    async def _post(
        self, channel: str, thread: str | None, message: Message, mentions: Mapping[int, str], metadata: dict[str, Any]
    ) -> Sent:
        def post(rendered: Rendered) -> Awaitable[Any]:
            return self.client.chat_postMessage(
                channel=channel,
                thread_ts=thread,
                text=rendered.text,
                blocks=rendered.blocks,
                metadata=metadata,
                unfurl_links=False,
                unfurl_media=False,
            )

        answer, drawn = await _native_first(message, mentions, post)
        if message.chart is not None and not drawn:
            await upload_chart(self.client, channel, thread, message.chart)
        return Sent(str(answer["channel"]), str(answer["ts"]))

    async def _whisper(self, to: Conversation, message: Message, mentions: Mapping[int, str], user: str) -> Sent:
        """An ephemeral message; it carries no metadata and cannot be found or updated."""

        def post(rendered: Rendered) -> Awaitable[Any]:
            return self.client.chat_postEphemeral(
                channel=to.id, user=user, thread_ts=to.thread_id, text=rendered.text, blocks=rendered.blocks
            )

        answer, _ = await _native_first(message, mentions, post)
        return Sent(to.id, str(answer["message_ts"]))


async def _native_first(
    message: Message, mentions: Mapping[int, str], post: Callable[[Rendered], Awaitable[Any]]
) -> tuple[Any, bool]:
    """With native tables and charts, then, where the workspace does not have them yet, with their text form; the second
    value is False then."""
    rendered = render_message(message, mentions)
    try:
        return await call(post(rendered)), True
    except SendFailed as error:
        if not rendered.has_native or str(error) not in REFUSED_BLOCKS:
            raise
    return await call(post(render_message(message, mentions, native=False))), False


def is_colleague(user: Mapping[str, Any], identity: Identity) -> bool:
    """A full member of this workspace: no bot, guest, deactivated account or person of another company. An account that
    does not say which workspace is its own is nobody's."""
    unfit = ("is_bot", "is_app_user", "is_restricted", "is_ultra_restricted", "is_stranger", "deleted")
    if any(user.get(flag) for flag in unfit) or user.get("id") == "USLACKBOT":
        return False
    grid = user.get("enterprise_user") or {}
    return user.get("team_id") == identity.team or identity.team in (grid.get("teams") or [])
