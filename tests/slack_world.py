"""Bursar's Slack channel running against the fake Slack, with a few intents that only tests have."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession, web
from sqlmodel import col, select

from bot.channels.slack import SlackChannel, SlackConfig
from bot.inbox import Inbox
from bot.interaction import Interaction
from bot.message import Action, Form, FormField, Message, Option, text_message
from bot.router import Reply, Router, registry
from storage.models import ChatAccount, InboxItem
from storage.unit_of_work import Store, UnitOfWork
from tests.conftest import TestClock
from tests.fake_slack import APP_TOKEN, BOT_TOKEN, SECRET, FakeSlack
from tests.slack_client import SlackClientSide
from workflows.errors import Invalid

FORM = Form(
    title="Ask for a seat",
    intent="test_form",
    args={"tool": "t1"},
    fields=[
        FormField(name="reason", label="Why", kind="multiline"),
        FormField(name="plan", label="Plan", kind="select", options=[Option(value="pro", label="Pro")]),
        FormField(name="tool", label="Tool", kind="search", required=False),
    ],
)
DETAILS = Message(
    fallback="Details", title="Details", actions=[Action(label="Approve it", intent="test_act", args={"id": "7"})]
)
CARD = Message(
    fallback="A card",
    title="A card",
    actions=[
        Action(label="Approve", intent="test_act", args={"id": "7"}, style="primary"),
        Action(label="Form", intent="test_form", args={"tool": "t1"}, opens=True),
        Action(label="Facts", intent="test_facts", args={"id": "7"}, opens=True),
    ],
)


@contextmanager
def extra_intents() -> Iterator[None]:
    def act(_uow: UnitOfWork, interaction: Interaction) -> list[Reply]:
        return [Reply(text_message(f"done {interaction.args.get('id')}"), private=True)]

    def form(_uow: UnitOfWork, interaction: Interaction) -> list[Reply]:
        if interaction.form.get("reason") == "no":
            raise Invalid("That is no reason.", {"reason": "Say why, in a few words.", "unseen": "Also this."})
        return [Reply(text_message(f"asked: {interaction.form['reason']}"))]

    def options(_uow: UnitOfWork, _interaction: Interaction, typed: str) -> list[Option]:
        names = ["Claude", "Cursor", "ChatGPT"]
        return [Option(value=name.lower(), label=name) for name in names if name.lower().startswith(typed.lower())]

    registry.act |= {"test_act": act, "test_form": form}
    registry.open |= {"test_form": lambda _uow, _interaction: FORM, "test_facts": lambda _uow, _interaction: DETAILS}
    registry.options["test_form"] = options
    yield
    for table in (registry.act, registry.open, registry.options):
        for name in ("test_act", "test_form", "test_facts"):
            table.pop(name, None)  # type: ignore[attr-defined]


class OwnRouter(Router):
    """Serves what this module registers; the other intents have their own tests."""

    def __init__(self, store: Store) -> None:
        self.store = store


@dataclass
class SlackWorld:
    slack: FakeSlack
    channel: SlackChannel
    people: SlackClientSide
    store: Store
    clock: TestClock
    http: ClientSession
    url: str

    def inbox(self) -> list[Interaction]:
        with self.store.read() as uow:
            rows = uow.session.exec(select(InboxItem).order_by(col(InboxItem.id))).all()
            return [Interaction.model_validate(row.interaction) for row in rows]

    def account(self, user: str) -> ChatAccount | None:
        with self.store.read() as uow:
            return uow.session.exec(select(ChatAccount).where(ChatAccount.external_id == user)).first()

    async def settle(self) -> None:
        await self.channel.settle()

    async def card(self, conversation: str) -> dict[str, Any]:
        """CARD as Slack shows it in a channel or direct message."""
        from bot.channels.slack_payloads import channel, direct

        make = direct if conversation.startswith("D") else channel
        sent = await self.channel.sender.send(
            make(conversation, "T0ACME"), CARD, key=f"card {conversation}", private_to=None
        )
        return next(message for message in self.slack.messages if message["ts"] == sent.message_id)


@asynccontextmanager
async def running(store: Store, clock: TestClock, *, socket_mode: bool = False) -> AsyncIterator[SlackWorld]:
    slack = await FakeSlack().start()
    router = OwnRouter(store)
    inbox = Inbox(store, router)
    config = SlackConfig(BOT_TOKEN, SECRET, APP_TOKEN if socket_mode else None, slack.url)
    channel = SlackChannel(config, store, router, inbox, clock)
    application = web.Application()
    application.add_routes(channel.routes())
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    await inbox.start()
    await channel.start()
    async with ClientSession() as http:
        people = SlackClientSide(slack, http, url, lambda: clock().timestamp())
        with extra_intents():
            yield SlackWorld(slack, channel, people, store, clock, http, url)
    await channel.stop()
    await inbox.stop()
    await runner.cleanup()
    await slack.stop()
