"""The small company of the request tests, in Teams, with the whole of Bursar serving it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import ClientSession, web
from sqlmodel import col, select

from bot.bootstrap import App, build
from bot.settings import Settings
from storage.models import Decision, InboxItem, Request
from storage.unit_of_work import Store
from tests.conftest import TestClock
from tests.fake_teams import FakeTeams
from tests.journeys.slack_company import POLICY, until
from tests.storage.requests_world import World
from tests.teams_client import Activity, Answer, TeamsClient, actions, card_of, text_of

FILLED = {"reason": "to write code", "data_classes": ["internal"]}


@dataclass
class TeamsCompany:
    teams: FakeTeams
    people: TeamsClient
    store: Store
    clock: TestClock
    app: App
    team: str  # everybody is in it, and Bursar

    @property
    def everybody(self) -> list[str]:
        return list(self.teams.users)

    def user(self, name: str) -> str:
        return self.teams.user(name)

    def chat(self, name: str) -> str:
        """The person's chat with Bursar."""
        return self.teams.direct(self.user(name))

    async def told(self, name: str, *words: str) -> Activity:
        """The message in the person's chat that says all of `words`."""
        return await self.in_chat(self.chat(name), *words)

    async def in_chat(self, chat: str, *words: str) -> Activity:
        def found() -> Activity | None:
            return next((one for one in self.teams.posted_in(chat) if says(one, *words)), None)

        return dict(await until(found, f"a message in {chat} with {words}; refused: {self.teams.refusals}"))

    async def open(self, name: str, message: Activity, label: str) -> Activity:
        return (await self.people.fetch(self.user(name), message, label)).dialog

    async def request(self, name: str, reason: str = "to write code") -> None:
        """Ask for Cursor in the personal chat, up to the submitted dialog."""
        await self.people.say(self.user(name), "request cursor")
        await self.fill_in(name, await self.told(name, "Cursor", "State here"), reason)

    async def fill_in(self, name: str, offer: Activity, reason: str = "to write code") -> None:
        dialog = await self.open(name, offer, "Request Cursor")
        closed(await self.people.submit(self.user(name), offer["chat"], dialog, FILLED | {"reason": reason}))

    def requests(self) -> list[Request]:
        with self.store.read() as uow:
            return list(uow.session.exec(select(Request).order_by(col(Request.number))).all())

    def decisions(self) -> list[Decision]:
        with self.store.read() as uow:
            return list(uow.session.exec(select(Decision).order_by(col(Decision.id))).all())

    def heard(self) -> list[InboxItem]:
        with self.store.read() as uow:
            return list(uow.session.exec(select(InboxItem).order_by(col(InboxItem.id))).all())


def says(message: Activity, *words: str) -> bool:
    """Whether a message says all of `words`, styles aside."""
    text = text_of(message).replace("*", "").replace("\\", "")
    return all(word in text for word in words)


def can(message: Activity) -> set[str]:
    """The labels of all buttons of a message, card or dialog; a text has none."""
    is_text = message.get("type") == "message" and not message.get("attachments")
    return set() if is_text else {str(one.get("title")) for one in actions(card_of(message))}


def current(teams: FakeTeams, message: Activity) -> Activity:
    """A posted message as it stands now."""
    return next(one for one in teams.posted_in(message["chat"]) if one["id"] == message["id"])


def closed(answer: Answer) -> None:
    assert answer.status == 200 and not answer.body, answer


def settle_in(teams: FakeTeams, store: Store) -> str:
    """People in the directory and in one team; Cursor at 240 USD a seat and year with seats left."""
    world = World(store, POLICY)
    world.price("240", seats=10)
    return teams.add_team("acme", *(teams.add_user(name) for name in world.ids))


@asynccontextmanager
async def serving(
    teams: FakeTeams, team: str, database_url: str, store: Store, clock: TestClock
) -> AsyncIterator[TeamsCompany]:
    """Everything `serve` runs, in this process."""
    settings = Settings.model_validate({"database_url": database_url, **teams.settings()})
    app = build(settings, clock=clock)
    runner = web.AppRunner(app.http())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/messages"
    async with ClientSession() as http:
        people = TeamsClient(teams, http, url, lambda: clock().timestamp())
        yield TeamsCompany(teams, people, store, clock, app, team)
    await runner.cleanup()
    await teams.stop()


@asynccontextmanager
async def company(database_url: str, store: Store, clock: TestClock) -> AsyncIterator[TeamsCompany]:
    teams = await FakeTeams().start()
    team = settle_in(teams, store)
    async with serving(teams, team, database_url, store, clock) as running:
        await running.people.install(running.user("ann"), team)
        yield running
