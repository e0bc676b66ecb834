"""The small company of the request tests in each chat, behind one set of words: what a person says, sees, presses, fills.

Each speaks its platform's own wire (signed Slack payloads, signed Teams activities, the browser page's requests) with the
whole of Bursar behind it, so that one journey proves all channels alike.
"""

import asyncio
import json
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from aiohttp import ClientSession, web
from sqlmodel import col, select

from bot.bootstrap import App, build
from bot.settings import Settings
from storage.models import Decision, Request
from storage.unit_of_work import Store
from tests import slack_client, teams_client
from tests.conftest import TestClock
from tests.fake_slack import BOT_TOKEN, SECRET, FakeSlack
from tests.fake_teams import FakeTeams
from tests.journeys.slack_company import POLICY
from tests.slack_client import SlackClientSide
from tests.storage.requests_world import World
from tests.teams_client import TeamsClient

NAMES = ("slack", "teams", "web")
PATIENCE_SECONDS = 15.0
Values = dict[str, str | list[str]]


@dataclass(frozen=True)
class Shown:
    """A message as its reader sees it; `raw` is the platform's."""

    text: str
    buttons: list[str]
    raw: Any = field(repr=False)


class Chat(ABC):
    """One channel with the company in it. People go by first name; `channel()` is one room that all are in."""

    name: str
    store: Store

    @abstractmethod
    async def say(self, who: str, text: str) -> None: ...

    @abstractmethod
    async def mention(self, who: str, text: str) -> None:
        """Call Bursar in the common room."""

    @abstractmethod
    async def direct(self, who: str) -> list[Shown]:
        """Bursar's messages to a person alone, as they stand now, the private ones in the room among them."""

    @abstractmethod
    async def room(self) -> list[Shown]:
        """Bursar's messages in the room that everybody sees."""

    @abstractmethod
    async def press(self, who: str, shown: Shown, label: str) -> None: ...

    @abstractmethod
    async def open(self, who: str, shown: Shown, label: str) -> Any:
        """The form or details that a button opens."""

    @abstractmethod
    def words(self, opened: Any) -> str:
        """What an opened form or details says."""

    @abstractmethod
    async def fill(self, who: str, form: Any, values: Values) -> bool:
        """Send a form, what is not in `values` as it stands there; False when it came back with errors."""

    async def told(self, who: str, *words: str) -> Shown:
        """The newest message to a person that says all of `words`."""
        return await self._wait(lambda: self.direct(who), words, f"a message to {who}")

    async def in_room(self, *words: str) -> Shown:
        return await self._wait(self.room, words, "a message in the room")

    async def gone(self, read: Callable[[], Awaitable[list[Shown]]], label: str, *words: str) -> None:
        """Wait until no message with `words` has the button any more."""
        for _ in range(int(PATIENCE_SECONDS / 0.05)):
            left = [one for one in await read() if label in one.buttons and says(one, words)]
            if not left:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"{label} still stands on {[one.text for one in left]}")

    async def _wait(self, read: Callable[[], Awaitable[list[Shown]]], words: tuple[str, ...], what: str) -> Shown:
        shown: list[Shown] = []
        for _ in range(int(PATIENCE_SECONDS / 0.05)):
            shown = await read()
            for one in reversed(shown):
                if says(one, words):
                    return one
            await asyncio.sleep(0.05)
        raise AssertionError(f"waited in vain for {what} with {words}; there is: {[one.text for one in shown]}")

    async def request(self, who: str, reason: str = "to write code") -> None:
        """Ask for Cursor alone with Bursar, up to the sent form."""
        await self.say(who, "request cursor")
        offer = await self.told(who, "Cursor", "State here")
        form = await self.open(who, offer, "Request Cursor")
        assert await self.fill(who, form, {"reason": reason, "data_classes": ["internal"]})

    def requests(self) -> list[Request]:
        with self.store.read() as uow:
            return list(uow.session.exec(select(Request).order_by(col(Request.number))).all())

    def decisions(self) -> list[Decision]:
        with self.store.read() as uow:
            return list(uow.session.exec(select(Decision).order_by(col(Decision.id))).all())


def says(shown: Shown, words: tuple[str, ...]) -> bool:
    return all(word in shown.text for word in words)


class SlackChat(Chat):
    name = "slack"

    def __init__(self, slack: FakeSlack, people: SlackClientSide, store: Store) -> None:
        self.slack, self.people, self.store = slack, people, store
        self.channel = slack.add_channel("ai-tools", *slack.users)

    def _user(self, who: str) -> str:
        return f"U0{who.upper()}"

    async def say(self, who: str, text: str) -> None:
        await self.people.say(self._user(who), text)

    async def mention(self, who: str, text: str) -> None:
        await self.people.mention(self._user(who), self.channel, text)

    async def direct(self, who: str) -> list[Shown]:
        whispers = [one | {"ts": one["message_ts"], "whisper": True} for one in self.slack.ephemerals]
        mine = [one for one in whispers if one["user"] == self._user(who)]
        return [self._shown(one) for one in [*self.slack.direct_messages(self._user(who)), *mine]]

    async def room(self) -> list[Shown]:
        return [self._shown(one) for one in self.slack.posted_in(self.channel)]

    def _shown(self, message: dict[str, Any]) -> Shown:
        text = slack_client.text_of(message["blocks"]).replace("*", "")
        named = re.sub(r"<@U0(\w+)>", lambda match: match[1].title(), text)
        return Shown(named, [one["text"]["text"] for one in slack_client.buttons(message["blocks"])], message)

    def _click(self, who: str, shown: Shown, label: str) -> dict[str, Any]:
        payload = self.people.click_payload(self._user(who), shown.raw, label)
        if shown.raw.get("whisper"):
            payload["container"] |= {"is_ephemeral": True}
        return payload

    async def press(self, who: str, shown: Shown, label: str) -> None:
        assert (await self.people.interact(self._click(who, shown, label))).status == 200

    async def open(self, who: str, shown: Shown, label: str) -> Any:
        known = len(self.slack.views)
        await self.press(who, shown, label)
        for _ in range(int(PATIENCE_SECONDS / 0.02)):
            if len(self.slack.views) > known:
                return list(self.slack.views.values())[known]
            await asyncio.sleep(0.02)
        raise AssertionError(f"{label} opened nothing")

    def words(self, opened: Any) -> str:
        return slack_client.text_of([opened["title"], *opened["blocks"]])

    async def fill(self, who: str, form: Any, values: Values) -> bool:
        return (await self.people.submit(self._user(who), form, values)).json() == {"response_action": "clear"}


class TeamsChat(Chat):
    name = "teams"

    def __init__(self, teams: FakeTeams, people: TeamsClient, store: Store) -> None:
        self.teams, self.people, self.store = teams, people, store
        team = teams.add_team("Acme", *teams.users)
        self.channel = teams.add_channel(team, "AI tools")

    async def say(self, who: str, text: str) -> None:
        assert (await self.people.say(self.teams.user(who), text)).status < 300

    async def mention(self, who: str, text: str) -> None:
        assert (await self.people.mention(self.teams.user(who), self.channel, text)).status < 300

    async def direct(self, who: str) -> list[Shown]:
        return [self._shown(one) for one in self.teams.direct_messages(self.teams.user(who))]

    async def room(self) -> list[Shown]:
        return [self._shown(one) for one in self.teams.posted_in(self.channel)]

    def _shown(self, message: dict[str, Any]) -> Shown:
        return Shown(teams_client.text_of(message), teams_client.labels(message), message)

    async def press(self, who: str, shown: Shown, label: str) -> None:
        """Teams shows viewers of a card their own version first: that is what is pressed."""
        user, message = self.teams.user(who), shown.raw
        refresh = teams_client.card_of(message).get("refresh") or {}
        if self.teams.address(user) in refresh.get("userIds", []):
            card = (await self.people.refresh(user, message)).card
            message = message | {"attachments": [message["attachments"][0] | {"content": card}]}
        assert (await self.people.execute(user, message, label)).status == 200

    async def open(self, who: str, shown: Shown, label: str) -> Any:
        dialog = (await self.people.fetch(self.teams.user(who), shown.raw, label)).dialog
        return dialog | {"chat": shown.raw["chat"]}

    def words(self, opened: Any) -> str:
        return f"{opened['title']}\n{teams_client.text_of(teams_client.card_of(opened))}"

    async def fill(self, who: str, form: Any, values: Values) -> bool:
        answer = await self.people.submit(self.teams.user(who), form["chat"], form, dict(values))
        assert answer.status == 200, answer
        return (answer.json().get("task") or {}).get("type") != "continue"


class _Page(HTMLParser):
    """The cards of a page: words, buttons, inputs."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.buttons: list[dict[str, str | None]] = []
        self.values: dict[str, Any] = {}
        self.form: dict[str, str | None] = {}
        self._select: str | None = None
        self._area: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = dict(attrs)
        name = at.get("name")
        if tag == "form":
            self.form = at
        elif tag in ("button", "a") and "data-intent" in at:
            self.buttons.append(at)
            self.words.append("")
        elif tag == "select":
            self._select = name
        elif tag == "textarea":
            self._area = name
            self.values[name or ""] = ""
        elif tag == "option" and self._select and ("selected" in at or self._select not in self.values):
            self.values[self._select] = at.get("value") or ""
        elif tag == "input" and name and at.get("type") == "checkbox":
            self.values.setdefault(name, [])
            if "checked" in at:
                self.values[name].append(at.get("value"))
        elif tag == "input" and name:
            self.values[name] = at.get("value") or ""

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self.buttons and "label" not in self.buttons[-1]:
            self.buttons[-1]["label"] = data
        if self._area is not None:
            self.values[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        self._select = None if tag == "select" else self._select
        self._area = None if tag == "textarea" else self._area


class WebChat(Chat):
    name = "web"

    def __init__(self, http: ClientSession, base: str, store: Store, people: list[str]) -> None:
        self.http, self.base, self.store, self.people = http, base, store, people
        self._token, self._keys = "", 0

    async def _get(self, who: str, place: str) -> list[dict[str, Any]]:
        async with self.http.get(f"{self.base}/as/{who}@acme.example/{place}/state") as answer:
            assert answer.status == 200, await answer.text()
            return list((await answer.json())["items"])

    async def _post(self, who: str, place: str, what: str, **body: Any) -> Any:
        if not self._token:
            async with self.http.get(self.base) as page:
                found = re.search(r'name="bursar-token" content="([^"]+)"', await page.text())
                assert found
                self._token = found[1]
        self._keys += 1
        async with self.http.post(
            f"{self.base}/as/{who}@acme.example/{place}/{what}", json={"key": f"k{self._keys}", **body},
            headers={"X-Bursar-Token": self._token},
        ) as answer:  # fmt: skip
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def say(self, who: str, text: str) -> None:
        await self._post(who, "bursar", "say", text=text)

    async def mention(self, who: str, text: str) -> None:
        await self._post(who, "general", "say", text=f"@Bursar {text}")

    async def direct(self, who: str) -> list[Shown]:
        private = [one for one in await self._cards(who, "general") if "Only you can see this" in one.text]
        return [*await self._cards(who, "bursar"), *private]

    async def room(self) -> list[Shown]:
        return [one for one in await self._cards(self.people[0], "general") if "Only you can see this" not in one.text]

    async def _cards(self, who: str, place: str) -> list[Shown]:
        """A posted message each; what people said themselves is not Bursar's."""
        cards = []
        for item in await self._get(who, place):
            for html in re.findall(r'<article class="post bot".*?</article>', item["html"], re.DOTALL):
                page, found = _Page(html), re.search(r'data-message="(\d+)"', html)
                buttons = [str(one.get("label")) for one in page.buttons]
                raw = {"place": place, "message": found[1] if found else None, "buttons": page.buttons}
                cards.append(Shown(" ".join("".join(page.words).split()), buttons, raw))
        return cards

    def _pressed(self, shown: Shown, label: str) -> dict[str, Any]:
        found = [one for one in shown.raw["buttons"] if one.get("label") == label]
        assert found, f"no button {label!r} among {shown.buttons}"
        args = json.loads(found[0].get("data-args") or "{}")
        return {"intent": found[0]["data-intent"], "args": args, "message": shown.raw["message"]}

    async def press(self, who: str, shown: Shown, label: str) -> None:
        await self._post(who, shown.raw["place"], "act", **self._pressed(shown, label))

    async def open(self, who: str, shown: Shown, label: str) -> Any:
        body = self._pressed(shown, label)
        opened = await self._post(who, shown.raw["place"], "open", **body)
        return opened | {"place": shown.raw["place"], "message": body["message"]}

    def words(self, opened: Any) -> str:
        return " ".join("".join(_Page(opened["html"]).words).split())

    async def fill(self, who: str, form: Any, values: Values) -> bool:
        page = _Page(form["html"])
        sent = {"intent": page.form["data-intent"], "args": json.loads(page.form["data-args"] or "{}")}
        answer = await self._post(
            who, form["place"], "form", values=page.values | values, message=form["message"], **sent
        )  # fmt: skip
        return "errors" not in answer


@asynccontextmanager
async def _running(app: App) -> AsyncIterator[str]:
    runner = web.AppRunner(app.http(), shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def requesting(store: Store) -> list[str]:
    """The company of `tests/storage/requests_world.py`: Cursor at 240 USD a seat and year."""
    world = World(store, POLICY)
    world.price("240", seats=10)
    return sorted(world.ids)


@asynccontextmanager
async def chat(name: str, people: list[str], database_url: str, store: Store, clock: TestClock) -> AsyncIterator[Chat]:
    """A company's people (by first name) at work in one chat."""
    open_one = {"slack": _slack, "teams": _teams, "web": _web}[name]
    async with ClientSession() as http, open_one(http, people, database_url, store, clock) as running:
        yield running


@asynccontextmanager
async def _slack(
    http: ClientSession, names: list[str], database_url: str, store: Store, clock: TestClock
) -> AsyncIterator[Chat]:
    slack = await FakeSlack().start()
    for name in names:
        slack.add_user(name)
    secrets = {"slack_bot_token": BOT_TOKEN, "slack_signing_secret": SECRET, "slack_api_url": slack.url}
    async with _running(build(_settings(database_url, **secrets), clock=clock)) as base:
        yield SlackChat(slack, SlackClientSide(slack, http, f"{base}/slack/events", lambda: clock().timestamp()), store)
    await slack.stop()
    assert slack.refusals == []


@asynccontextmanager
async def _teams(
    http: ClientSession, names: list[str], database_url: str, store: Store, clock: TestClock
) -> AsyncIterator[Chat]:
    teams = await FakeTeams().start()
    for name in names:
        teams.add_user(name)
    async with _running(build(_settings(database_url, **teams.settings()), clock=clock)) as base:
        people = TeamsClient(teams, http, f"{base}/api/messages", lambda: clock().timestamp())
        for name in names:
            await people.install(teams.user(name))
        yield TeamsChat(teams, people, store)
    await teams.stop()
    assert teams.refusals == []


@asynccontextmanager
async def _web(
    http: ClientSession, names: list[str], database_url: str, store: Store, clock: TestClock
) -> AsyncIterator[Chat]:
    async with _running(build(_settings(database_url), clock=clock, web_channel=True)) as base:
        yield WebChat(http, base, store, names)


def _settings(database_url: str, **more: str) -> Settings:
    nothing = dict.fromkeys(("slack_bot_token", "teams_app_id"))
    return Settings.model_validate({"database_url": database_url, **nothing, **more})
