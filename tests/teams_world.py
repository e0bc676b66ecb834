"""Bursar's Teams channel running against the fake Teams, with a few intents that only tests have."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import ClientSession, web
from sqlmodel import col, select

from bot.bootstrap import teams_config
from bot.channels.teams import TeamsChannel
from bot.inbox import Inbox
from bot.interaction import Conversation, Interaction
from bot.message import Message
from bot.settings import Settings
from storage.models import ChatAccount, ChatPlace, InboxItem, OutboxItem
from storage.unit_of_work import Store
from tests.conftest import TestClock, numbered_ids
from tests.fake_teams import TENANT, FakeTeams
from tests.slack_world import CARD, OwnRouter, extra_intents
from tests.teams_client import Activity, TeamsClient


@dataclass
class TeamsWorld:
    teams: FakeTeams
    channel: TeamsChannel
    people: TeamsClient
    store: Store
    clock: TestClock
    http: ClientSession
    url: str
    inbox_worker: Inbox

    def inbox(self) -> list[Interaction]:
        with self.store.read() as uow:
            rows = uow.session.exec(select(InboxItem).order_by(col(InboxItem.id))).all()
            return [Interaction.model_validate(row.interaction) for row in rows]

    def outbox(self) -> list[OutboxItem]:
        with self.store.read() as uow:
            return list(uow.session.exec(select(OutboxItem).order_by(col(OutboxItem.id))).all())

    def places(self) -> dict[str, ChatPlace]:
        with self.store.read() as uow:
            return {place.conversation_id: place for place in uow.session.exec(select(ChatPlace)).all()}

    def account(self, user: str) -> ChatAccount | None:
        with self.store.read() as uow:
            return uow.session.exec(select(ChatAccount).where(ChatAccount.external_id == user)).first()

    async def card(self, chat: str, message: Message = CARD, *, thread: str | None = None) -> Activity:
        """A message as it stands in a conversation."""
        kinds = {"personal": "direct", "groupChat": "private", "channel": "public"}
        kind = kinds[self.teams.chats[chat].kind]
        to = Conversation.model_validate(
            {"channel": "teams", "workspace": TENANT, "id": chat, "kind": kind, "thread_id": thread}
        )
        sent = await self.channel.sender.send(to, message, key=f"card {chat}", private_to=None)
        return next(one for one in self.teams.messages if one["id"] == sent.message_id)


@asynccontextmanager
async def running(store: Store, clock: TestClock, *, insecure: bool = False) -> AsyncIterator[TeamsWorld]:
    teams = await FakeTeams(insecure=insecure).start()
    router = OwnRouter(store)
    inbox = Inbox(store, router)
    config = teams_config(Settings.model_validate(teams.settings()), insecure=insecure)
    channel = TeamsChannel(config, store, router, inbox, clock, numbered_ids())
    application = web.Application(client_max_size=4 * 2**20)
    application.add_routes(channel.routes())
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/messages"
    await inbox.start()
    await channel.start()
    async with ClientSession() as http:
        people = TeamsClient(teams, http, url, lambda: clock().timestamp())
        with extra_intents():
            yield TeamsWorld(teams, channel, people, store, clock, http, url, inbox)
    await channel.stop()
    await inbox.stop()
    await runner.cleanup()
    await teams.stop()
