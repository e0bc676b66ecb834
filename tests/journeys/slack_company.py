"""The small company of the request tests, in Slack, with the whole of Bursar serving it."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession, web
from sqlmodel import col, select

from bot.bootstrap import build
from bot.settings import Settings
from storage.models import Decision, Request
from storage.unit_of_work import Store
from tests.conftest import TestClock
from tests.fake_slack import BOT_TOKEN, SECRET, FakeSlack
from tests.slack_client import SlackClientSide, buttons, text_of
from tests.storage.requests_world import World

POLICY = """\
version: 1
approval:
  baseline: [manager]
  rules:
    - id: real-money
      when: {field: request.annual_value, gt: "100 USD"}
      then: {route: ["role:finance"]}
"""
PATIENCE_SECONDS = 15


def settings(database_url: str, slack: FakeSlack) -> Settings:
    return Settings.model_validate(
        {
            "database_url": database_url,
            "slack_bot_token": BOT_TOKEN,
            "slack_signing_secret": SECRET,
            "slack_api_url": slack.url,
        }
    )


async def until(found: Callable[[], Any], what: str) -> Any:
    """Wait for what happens behind the acknowledgement."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        value = found()
        if value:
            return value
        await asyncio.sleep(0.02)
    raise AssertionError(f"waited in vain for {what}")


def shows(message: dict[str, Any], *words: str) -> bool:
    """Whether a message says all of `words`, styles aside and mentions read as names."""
    text = re.sub(r"<@U0(\w+)>", lambda match: match[1].title(), text_of(message["blocks"]).replace("*", ""))
    return all(word in text for word in words)


def labels(message: dict[str, Any]) -> list[str]:
    return [button["text"]["text"] for button in buttons(message["blocks"])]


@dataclass
class SlackCompany:
    slack: FakeSlack
    people: SlackClientSide
    store: Store
    clock: TestClock

    @property
    def everybody(self) -> list[str]:
        return list(self.slack.users)

    def user(self, name: str) -> str:
        return f"U0{name.upper()}"

    async def told(self, name: str, *words: str) -> dict[str, Any]:
        """The direct message to `name` that says all of `words`."""

        def found() -> dict[str, Any] | None:
            told = self.slack.direct_messages(self.user(name))
            return next((message for message in told if shows(message, *words)), None)

        return dict(await until(found, f"a message to {name} with {words}; refused: {self.slack.refusals}"))

    async def in_channel(self, channel: str, *words: str) -> dict[str, Any]:
        def found() -> dict[str, Any] | None:
            return next((message for message in self.slack.posted_in(channel) if shows(message, *words)), None)

        return dict(await until(found, f"a message in {channel} with {words}; refused: {self.slack.refusals}"))

    async def whispered(self, name: str, *words: str) -> dict[str, Any]:
        def found() -> dict[str, Any] | None:
            mine = [one for one in self.slack.ephemerals if one["user"] == self.user(name)]
            return next((one for one in mine if shows(one, *words)), None)

        return dict(await until(found, f"a private answer to {name} with {words}; refused: {self.slack.refusals}"))

    async def modal(self, known: int) -> dict[str, Any]:
        """The modal opened after `known` others."""
        views = await until(lambda: list(self.slack.views.values())[known:], "a modal")
        return dict(views[0])

    async def open(self, name: str, message: dict[str, Any], label: str) -> dict[str, Any]:
        known = len(self.slack.views)
        assert (await self.people.click(self.user(name), message, label)).status == 200
        return await self.modal(known)

    async def request(self, name: str, reason: str = "to write code") -> None:
        """Ask for Cursor in a direct message, up to the submitted form."""
        await self.people.say(self.user(name), "request cursor")
        offer = await self.told(name, "Cursor", "State here")
        form = await self.open(name, offer, "Request Cursor")
        answer = await self.people.submit(self.user(name), form, {"reason": reason, "data_classes": ["internal"]})
        assert answer.json() == {"response_action": "clear"}, answer

    def requests(self) -> list[Request]:
        with self.store.read() as uow:
            return list(uow.session.exec(select(Request).order_by(col(Request.number))).all())

    def decisions(self) -> list[Decision]:
        with self.store.read() as uow:
            return list(uow.session.exec(select(Decision).order_by(col(Decision.id))).all())


def settle_in(slack: FakeSlack, store: Store) -> None:
    """People in the directory and in Slack; Cursor at 240 USD a seat and year with seats left."""
    world = World(store, POLICY)
    world.price("240", seats=10)
    for name in world.ids:
        slack.add_user(name)


@asynccontextmanager
async def serving(slack: FakeSlack, database_url: str, store: Store, clock: TestClock) -> AsyncIterator[SlackCompany]:
    """Everything `serve` runs, in this process."""
    app = build(settings(database_url, slack), clock=clock)
    runner = web.AppRunner(app.http())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    async with ClientSession() as http:
        people = SlackClientSide(slack, http, url, lambda: clock().timestamp())
        yield SlackCompany(slack, people, store, clock)
    await runner.cleanup()
    await slack.stop()


@asynccontextmanager
async def company(database_url: str, store: Store, clock: TestClock) -> AsyncIterator[SlackCompany]:
    slack = await FakeSlack().start()
    settle_in(slack, store)
    async with serving(slack, database_url, store, clock) as running:
        yield running
