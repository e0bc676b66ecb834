"""Posting to Teams: the outbox's `Sender`, over the REST API of the Bot Connector.

Teams has no message for one person in a shared conversation: what is private goes to the person's personal chat. Where
Bursar is not installed for them, the conversation gets one sentence that says how to add it, and none of the content.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from sqlmodel import col, select

from bot.accounts import account_for, external_ids, remember_direct
from bot.channels.base import SendDoubtful, SendFailed, Sent
from bot.channels.teams_files import (
    ANSWER,
    NOT_TAKEN,
    UPDATE_APP,
    consent_activity,
    info_activity,
    note_stored,
    store_file,
    upload_of,
)
from bot.channels.teams_outbound import Connector, TeamsConfig
from bot.channels.teams_people import TeamsPeople
from bot.channels.teams_places import Place, base_id, mark_removed, place_of, remember_place, service_url_of
from bot.channels.teams_render import activity_of
from bot.interaction import ChannelName, Conversation
from bot.message import Message, paragraph, people_named, person, text_message, without_files
from storage.models import ChatAccount, PostedMessage
from storage.org import load_org
from storage.unit_of_work import Store
from workflows.people import name_of
from workflows.ports import Clock

log = logging.getLogger(__name__)

AGAIN_SOON = 5.0
ONE_HINT_EVERY = timedelta(hours=1)
HINT = (
    "my answer is for you alone, and I may not write to you alone yet. To get it, add Bursar in Teams (Apps, search for "
    "Bursar, Add) and ask me again."
)
CHANNEL_IDS = ("@thread.tacv2", "@thread.skype")


class TeamsSender:
    """`bot.channels.base.Sender` and `AccountFinder` for one tenant. `close` it at the end."""

    channel: ChannelName = "teams"
    takes_files = True

    def __init__(
        self, config: TeamsConfig, store: Store, clock: Clock, *, jitter: Callable[[], float] = random.random
    ) -> None:
        self.config = config
        self.connector = Connector(config, clock, jitter)
        self.people = TeamsPeople(self.connector, store, clock)
        self._store = store
        self._clock = clock
        self._called = ""

    @property
    def bot_id(self) -> str:
        """Bursar's own account in Teams; without an app id (the Playground) whatever it was called last."""
        return self.config.bot_id if self.config.app_id else self._called

    def called(self, bot_id: str) -> None:
        """An activity was addressed to Bursar under this id."""
        self._called = bot_id

    async def close(self) -> None:
        await self.connector.close()

    async def open_direct(self, workspace: str, external_id: str) -> str:
        """Opening twice opens the same chat. Raises SendFailed, with `elsewhere` where Bursar is not installed for them."""
        account = await asyncio.to_thread(account_for, self._store, self.channel, workspace, external_id)
        if account is not None and account.direct_conversation:
            return account.direct_conversation
        service_url = await self._service_url(workspace, None)
        body = {
            "bot": {"id": self.bot_id},
            "members": [{"id": (account and account.address) or external_id}],
            "isGroup": False,
            "tenantId": workspace,
            "channelData": {"tenant": {"id": workspace}},
        }
        try:
            answer = await self.connector.call("POST", service_url, "v3/conversations", lane=external_id, body=body)
        except SendDoubtful as error:
            raise SendFailed(str(error), retry_after=AGAIN_SOON) from error
        opened = str(answer.get("id") or "")
        if not opened:
            raise SendFailed("Teams opened a personal chat without saying which", retry_after=AGAIN_SOON)
        await asyncio.to_thread(self._remember_direct, account, Place(workspace, opened, "direct", service_url))
        return opened

    async def send(self, to: Conversation, message: Message, *, key: str, private_to: str | None) -> Sent:
        """`key` cannot be kept in Teams: what may have arrived cannot be found again."""
        if private_to is None or to.kind == "direct":
            return await self._say(to, message, key)
        try:
            direct = await self.open_direct(to.workspace, private_to)
            return await self._say(to.model_copy(update={"id": direct, "kind": "direct", "thread_id": None}), message, key)
        except SendFailed as error:
            if not error.elsewhere:
                raise
            return await self._hint(to, private_to, error)

    async def find(self, to: Conversation, key: str) -> Sent | None:
        """Bots cannot read back what they posted."""
        return None

    async def update(self, to: Conversation, message_id: str, message: Message) -> None:
        activity = self._addressed(to, await self._content(to, message)) | {"id": message_id}
        path = f"{await self._conversation_path(to)}/activities/{quote(message_id, safe='')}"
        service_url = await self._service_url(to.workspace, to.id)
        try:
            await self.connector.call("PUT", service_url, path, lane=to.id, body=activity)
        except SendDoubtful as error:  # replacing twice is replacing once
            raise SendFailed(str(error), retry_after=AGAIN_SOON) from error

    async def find_account(self, email: str) -> ChatAccount | None:
        return await self.people.find(email)

    async def mentions(self, workspace: str, message: Message, *, shared: bool = False) -> Mapping[int, str]:
        """Teams' addresses of the people whom a message names or, where it is `shared`, shows a version of their own; for
        those the rosters are looked through when one is missing."""
        viewers = set(message.viewers.person_ids) if shared and message.viewers is not None else set()
        wanted = {*people_named(message), *viewers}
        known = await asyncio.to_thread(external_ids, self._store, self.channel, workspace, wanted)
        if viewers <= known.keys():
            return known
        try:
            await self.people.read_rosters()
        except SendFailed as error:  # they see what everybody sees
            log.warning("Teams could not be asked for the viewers of a card: %s", error)
        return await asyncio.to_thread(external_ids, self._store, self.channel, workspace, wanted)

    async def _say(self, to: Conversation, message: Message, key: str) -> Sent:
        """Files need a consent first, which only personal chats have."""
        if key.startswith(ANSWER):
            return await self._after_consent(to, message, key)
        if not message.attachments:
            return await self._post(to, message)
        if to.kind != "direct":
            return await self._post(to, without_files(message, "Ask me for it in our personal chat."))
        try:
            return await self._post_activity(to, consent_activity(message.attachments[0], key, message.fallback))
        except SendFailed as error:
            if error.retry_after is not None or error.elsewhere:
                raise
            log.warning("Teams takes no file: %s", error)
            return await self._post(to, without_files(message, UPDATE_APP))

    async def _after_consent(self, to: Conversation, message: Message, key: str) -> Sent:
        """The file that was accepted is stored and shown; what comes to nothing is said in the place of the question.
        `message` is what the person may have now: the file, or why not."""
        upload = await asyncio.to_thread(upload_of, self._store, key)
        if not upload or not message.attachments:
            return await self._instead(to, message)
        file = message.attachments[0]
        if "uploadUrl" in upload:
            try:
                await store_file(self.connector, upload["uploadUrl"], file.data)
            except SendFailed as error:
                if error.retry_after is not None:
                    raise
                return await self._instead(to, text_message(NOT_TAKEN.format(error)))
            await asyncio.to_thread(note_stored, self._store, key, upload)
        sent = await self._post_activity(to, info_activity(upload))
        if to.thread_id is not None:
            try:
                await self.update(to, to.thread_id, text_message(f"{file.name} is in your OneDrive."))
            except SendFailed as error:  # the file is shown all the same
                log.warning("Teams: the question about a file still stands: %s", error)
        return sent

    async def _instead(self, to: Conversation, message: Message) -> Sent:
        """In the place of the card that asked; below, where that is not known or not there any more."""
        if to.thread_id is not None:
            try:
                await self.update(to, to.thread_id, message)
                return Sent(to.id, to.thread_id)
            except SendFailed as error:
                if error.retry_after is not None:
                    raise
        return await self._post(to, message)

    async def _post(self, to: Conversation, message: Message) -> Sent:
        return await self._post_activity(to, await self._content(to, message))

    async def _post_activity(self, to: Conversation, content: Mapping[str, Any]) -> Sent:
        activity = self._addressed(to, content)
        service_url = await self._service_url(to.workspace, to.id)
        try:
            if to.thread_id is None and await self._is_channel(to):
                return await self._new_post(to, service_url, activity)
            path = f"{await self._conversation_path(to)}/activities"
            answer = await self.connector.call("POST", service_url, path, lane=to.id, body=activity)
        except SendFailed as error:
            if error.elsewhere and to.thread_id is None:
                await asyncio.to_thread(mark_removed, self._store, to.workspace, to.id)
            raise
        return Sent(to.id, str(answer.get("id", "")))

    async def _new_post(self, to: Conversation, service_url: str, activity: Mapping[str, Any]) -> Sent:
        """A post that begins a thread in a channel."""
        body = {
            "bot": {"id": self.bot_id},
            "isGroup": True,
            "tenantId": to.workspace,
            "channelData": {"channel": {"id": to.id}, "tenant": {"id": to.workspace}},
            "activity": {name: value for name, value in activity.items() if name != "conversation"},
        }
        answer = await self.connector.call("POST", service_url, "v3/conversations", lane=to.id, body=body)
        return Sent(to.id, str(answer.get("activityId") or str(answer.get("id", "")).partition(";messageid=")[2]))

    async def _content(self, to: Conversation, message: Message) -> dict[str, Any]:
        shared = to.kind != "direct"
        return activity_of(message, await self.mentions(to.workspace, message, shared=shared), shared=shared)

    def _addressed(self, to: Conversation, content: Mapping[str, Any]) -> dict[str, Any]:
        return {**content, "from": {"id": self.bot_id}, "conversation": {"id": to.id}}

    async def _conversation_path(self, to: Conversation) -> str:
        """Only channels have threads; elsewhere `thread_id` names a message that news belongs to."""
        threaded = to.thread_id is not None and await self._is_channel(to)
        return f"v3/conversations/{quote(f'{to.id};messageid={to.thread_id}' if threaded else to.id, safe='')}"

    async def _is_channel(self, to: Conversation) -> bool:
        if to.kind == "direct":
            return False
        place = await asyncio.to_thread(place_of, self._store, to.workspace, to.id)
        return place.kind in ("channel", "team") if place is not None else base_id(to.id).endswith(CHANNEL_IDS)

    async def _service_url(self, workspace: str, conversation_id: str | None) -> str:
        known = await asyncio.to_thread(service_url_of, self._store, workspace, conversation_id)
        return known or self.config.service_url

    async def _hint(self, to: Conversation, private_to: str, error: SendFailed) -> Sent:
        """How to add Bursar, once an hour and person in a thread. Raises `error` when that was just said."""
        said = f"hint:{to.key}:{private_to}"
        if await asyncio.to_thread(self._said, said):
            raise SendFailed(f"{error}; the conversation says how to add Bursar", retry_after=None) from error
        sent = await self._post(to, await asyncio.to_thread(self._how_to_add, to.workspace, private_to))
        await asyncio.to_thread(self._note, said, to, sent)
        return sent

    def _how_to_add(self, workspace: str, external_id: str) -> Message:
        account = account_for(self._store, self.channel, workspace, external_id)
        if account is None or account.person_id is None:
            return text_message(f"Who just asked: {HINT}")
        with self._store.read() as uow:
            name = name_of(uow.session, account.person_id, load_org(uow.session), uow.now)
        shown = paragraph(person(name, account.person_id), f", {HINT}")
        return Message(fallback=f"{name}, {HINT}", paragraphs=[shown])

    def _said(self, key: str) -> bool:
        with self._store.read() as uow:
            query = select(PostedMessage.id).where(
                PostedMessage.outbox_key == key, col(PostedMessage.posted_at) > uow.now - ONE_HINT_EVERY
            )
            return uow.session.exec(query).first() is not None

    def _note(self, key: str, to: Conversation, sent: Sent) -> None:
        with self._store.write() as uow:
            uow.session.add(
                PostedMessage(
                    outbox_key=key, channel=to.channel, workspace=to.workspace, conversation_id=sent.conversation_id,
                    message_id=sent.message_id, thread_id=to.thread_id, kind="message", posted_at=uow.now,
                )
            )  # fmt: skip

    def _remember_direct(self, account: ChatAccount | None, place: Place) -> None:
        remember_place(self._store, place, self._clock())
        if account is not None and account.id is not None:
            remember_direct(self._store, account.id, place.conversation_id)
