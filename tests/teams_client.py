"""What Teams' servers and the people in front of it send to the app: signed activities, clicks, dialogs, searches."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import jwt
from aiohttp import ClientSession
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.fake_teams import APP_ID, BOT_NAME, ISSUER, KEY_ID, Chat, FakeTeams, signing_key
from tests.teams_cards import CARD

Activity = dict[str, Any]
TIMEZONE = "Europe/Stockholm"


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes

    def json(self) -> dict[str, Any]:
        return dict(json.loads(self.body)) if self.body else {}

    @property
    def card(self) -> dict[str, Any]:
        """The card that an Action.Execute is answered with."""
        assert self.status == 200, self
        answer = self.json()
        assert answer["statusCode"] == 200 and answer["type"] == "application/vnd.microsoft.card.adaptive", answer
        return dict(answer["value"])

    @property
    def dialog(self) -> dict[str, Any]:
        """The dialog that a fetch or a submit is answered with: title, height, width, card."""
        assert self.status == 200, self
        task = self.json()["task"]
        assert task["type"] == "continue", task
        return dict(task["value"])


class TeamsClient:
    """Sends activities to the app at `url`, signed like the Bot Connector's unless told otherwise."""

    def __init__(
        self, teams: FakeTeams, http: ClientSession, url: str, now: Callable[[], float] = time.time, locale: str = "en-GB"
    ) -> None:
        self.teams = teams
        self.http = http
        self.url = url
        self.locale = locale
        self._now = now
        self._numbers = count(1)

    def token(self, *, key: rsa.RSAPrivateKey | None = None, kid: str | None = KEY_ID, **claims: Any) -> str:
        """A token of the connector; `claims` override, None leaves one out."""
        now = int(self._now())
        content = {
            "iss": ISSUER, "aud": APP_ID, "serviceurl": self.teams.service_url, "iat": now, "nbf": now, "exp": now + 3600,
            **claims,
        }  # fmt: skip
        given = {name: value for name, value in content.items() if value is not None}
        return jwt.encode(given, key or signing_key(), algorithm="RS256", headers={"kid": kid} if kid else {})

    async def deliver(self, activity: Activity, *, token: str | None = None) -> Answer:
        """`token=""` sends none; none is sent in insecure mode either."""
        signed = token if token is not None else "" if self.teams.insecure else self.token()
        headers = {"Authorization": f"Bearer {signed}"} if signed else {}
        async with self.http.post(self.url, json=activity, headers=headers) as response:
            return Answer(response.status, await response.read())

    async def repeat(self, activity: Activity, *, new_id: bool = False) -> Answer:
        """Deliver an activity again, as it was or under a new id: Teams does both when it misses an answer."""
        return await self.deliver(activity | {"id": self._new_id()} if new_id else activity)

    def activity(self, kind: str, user: str, chat: str, *, thread: str | None = None, **more: Any) -> Activity:
        """An activity of `user` (an object id) in a conversation."""
        seen, place = self.teams.users[user], self.teams.chats[chat]
        moment = datetime.fromtimestamp(self._now(), UTC)
        conversation: Activity = {"conversationType": place.kind, "tenantId": seen["tenantId"], "id": chat}
        if place.kind != "personal":
            conversation |= {"isGroup": True} | ({"name": place.name} if place.name else {})
        if thread:
            conversation["id"] = f"{chat};messageid={thread}"
        return {
            "type": kind, "id": self._new_id(), "channelId": "msteams", "serviceUrl": self.teams.service_url,
            "timestamp": moment.isoformat().replace("+00:00", "Z"),
            "localTimestamp": moment.astimezone(ZoneInfo(TIMEZONE)).isoformat(), "localTimezone": TIMEZONE,
            "locale": self.locale,
            "from": {"id": seen["id"], "name": seen["name"], "aadObjectId": user},
            "recipient": {"id": self.teams.bot, "name": BOT_NAME},
            "conversation": conversation, "channelData": self._channel_data(place, seen["tenantId"]),
            "entities": [{"type": "clientInfo", "locale": self.locale, "country": "GB", "platform": "Web",
                          "timezone": TIMEZONE}],
            **more,
        }  # fmt: skip

    def message(self, user: str, chat: str, text: str, *, thread: str | None = None, **more: Any) -> Activity:
        """A text as Teams words it: in a channel under its thread, which it begins when none is given."""
        html = {"contentType": "text/html", "content": f"<p>{text}</p>"}
        activity = self.activity("message", user, chat, text=text, textFormat="plain", attachments=[html], **more)
        if self.teams.chats[chat].kind == "channel":
            root = thread or activity["id"]
            activity["conversation"]["id"] = f"{chat};messageid={root}"
            if thread:
                activity["replyToId"] = thread
        self.teams.said(chat, thread or activity["id"])
        return activity

    async def say(self, user: str, text: str, **more: Any) -> Answer:
        """In the personal chat."""
        return await self.deliver(self.message(user, self.teams.direct(user), text, **more))

    def mentioning(self, user: str, chat: str, text: str, *, thread: str | None = None, **more: Any) -> Activity:
        activity = self.message(user, chat, f"<at>{BOT_NAME}</at> {text}", thread=thread, **more)
        mention = {"type": "mention", "text": f"<at>{BOT_NAME}</at>", "mentioned": {"id": self.teams.bot, "name": BOT_NAME}}
        return activity | {"entities": [mention, *activity["entities"]]}

    async def mention(self, user: str, chat: str, text: str, *, thread: str | None = None, **more: Any) -> Answer:
        """In a channel or group chat."""
        return await self.deliver(self.mentioning(user, chat, text, thread=thread, **more))

    def invoke(self, name: str, user: str, chat: str, value: Any, **more: Any) -> Activity:
        return self.activity("invoke", user, chat, name=name, value=value, **more)

    def click(self, user: str, message: Activity, label: str, *, trigger: str = "manual", **inputs: Any) -> Activity:
        """The Action.Execute that reads `label` in a posted message."""
        return self._execute(user, message, action(card_of(message), label, "Action.Execute"), trigger, inputs)

    async def execute(self, user: str, message: Activity, label: str, **inputs: Any) -> Answer:
        return await self.deliver(self.click(user, message, label, **inputs))

    async def refresh(self, user: str, message: Activity) -> Answer:
        """What Teams does for each viewer of a card that has a `refresh` for them."""
        wanted = card_of(message)["refresh"]
        assert self.teams.address(user) in wanted["userIds"], f"no refresh for {user}"
        return await self.deliver(self._execute(user, message, wanted["action"], "automatic", {}))

    def fetching(self, user: str, message: Activity, label: str) -> Activity:
        """The Action.Submit that reads `label` opens a dialog."""
        data = action(card_of(message), label, "Action.Submit")["data"]
        assert data["msteams"]["type"] == "task/fetch", data
        value = {"data": {"type": "task/fetch", **_unwrapped(data)}, "context": {"theme": "default"}}
        return self.invoke("task/fetch", user, message["chat"], value, **_on(message))

    async def fetch(self, user: str, message: Activity, label: str) -> Answer:
        return await self.deliver(self.fetching(user, message, label))

    def submitting(
        self, user: str, chat: str, dialog: Activity, values: dict[str, Any], label: str | None = None
    ) -> Activity:
        """A dialog sent; `values` by field (the end of an input's id), over what the form shows."""
        card = card_of(dialog)
        pressed = action(card, label, "Action.Submit") if label else actions(card)[-1]
        data = {**_unwrapped(pressed.get("data") or {}), **filled(card, values)}
        return self.invoke("task/submit", user, chat, {"data": data, "context": {"theme": "default"}})

    async def submit(
        self, user: str, chat: str, dialog: Activity, values: dict[str, Any], label: str | None = None
    ) -> Answer:
        return await self.deliver(self.submitting(user, chat, dialog, values, label))

    def answering_consent(self, user: str, message: Activity, *, accept: bool = True, **upload: str) -> Activity:
        """Allow or decline on the card that offers a file; `upload` overrides the place the client has made for it."""
        [asked] = message["attachments"]
        context = asked["content"]["acceptContext" if accept else "declineContext"]
        value: Activity = {"type": "fileUpload", "action": "accept" if accept else "decline", "context": context}
        if accept:
            value["uploadInfo"] = self.teams.drive.make_place(asked["name"]) | upload
        return self.invoke("fileConsent/invoke", user, message["chat"], value, **_on(message))

    async def answer_consent(self, user: str, message: Activity, *, accept: bool = True, **upload: str) -> Answer:
        return await self.deliver(self.answering_consent(user, message, accept=accept, **upload))

    async def search(self, user: str, chat: str, dataset: str, typed: str) -> Answer:
        """What is typed into a search field (Data.Query)."""
        value = {"kind": "search", "queryText": typed, "queryOptions": {"skip": 0, "top": 15}, "dataset": dataset}
        return await self.deliver(self.invoke("application/search", user, chat, value))

    async def query(self, user: str, chat: str, command: str, typed: str, *, initial: bool = False) -> Answer:
        """A search in the message extension."""
        parameter = {"name": "initialRun", "value": "true"} if initial else {"name": "query", "value": typed}
        value = {"commandId": command, "parameters": [parameter], "queryOptions": {"skip": 0, "count": 25}}
        return await self.deliver(self.invoke("composeExtension/query", user, chat, value))

    async def extension_fetch(self, user: str, chat: str, command: str) -> Answer:
        value = {"commandId": command, "commandContext": "compose", "context": {"theme": "default"}}
        return await self.deliver(self.invoke("composeExtension/fetchTask", user, chat, value))

    async def extension_submit(self, user: str, chat: str, command: str, dialog: Activity, values: dict[str, Any]) -> Answer:
        card = card_of(dialog)
        data = {**_unwrapped(actions(card)[-1].get("data") or {}), **filled(card, values)}
        value = {"commandId": command, "commandContext": "compose", "data": data, "context": {"theme": "default"}}
        return await self.deliver(self.invoke("composeExtension/submitAction", user, chat, value))

    async def install(self, user: str, chat: str | None = None) -> list[Answer]:
        """Bursar is added, to the person's personal chat when none is named: Teams tells it twice over."""
        where = chat or self.teams.direct(user)
        if chat is None:
            self.teams.install_personally(user)
        self.teams.chats[where].installed = True
        return await self._changed(user, where, "add", "membersAdded")

    async def remove(self, user: str, chat: str | None = None) -> list[Answer]:
        where = chat or self.teams.direct(user)
        answers = await self._changed(user, where, "remove", "membersRemoved")
        if chat is None:
            self.teams.remove_personally(user)
        self.teams.chats[where].installed = False
        return answers

    async def _changed(self, user: str, chat: str, what: str, members: str) -> list[Answer]:
        changed = self.activity("conversationUpdate", user, chat, **{members: [{"id": self.teams.bot}]})
        installed = self.activity("installationUpdate", user, chat, action=what)
        return [await self.deliver(changed), await self.deliver(installed)]

    def _execute(self, user: str, message: Activity, button: Activity, trigger: str, inputs: Activity) -> Activity:
        pressed = {"type": "Action.Execute", "id": button.get("id", ""), "verb": button["verb"]}
        pressed["data"] = {**button.get("data", {}), **inputs}
        value = {"action": pressed, "trigger": trigger}
        return self.invoke("adaptiveCard/action", user, message["chat"], value, **_on(message))

    def _channel_data(self, place: Chat, tenant: str) -> Activity:
        data: Activity = {"tenant": {"id": tenant}, "source": {"name": "message"}}
        if place.kind == "channel" and place.team:
            team = self.teams.chats[place.team]
            data |= {
                "teamsChannelId": place.id, "teamsTeamId": team.id, "channel": {"id": place.id, "type": place.membership},
                "team": {"id": team.id, "name": team.name, "aadGroupId": f"group-of-{team.name.lower()}"},
            }  # fmt: skip
        return data

    def _new_id(self) -> str:
        return f"1764100{next(self._numbers):06d}"


def _on(message: Activity) -> Activity:
    """What an invoke says about the message it comes from."""
    thread = message.get("thread") or (message["id"] if message["chat"].endswith("@thread.tacv2") else None)
    return {"replyToId": message["id"], **({"thread": thread} if thread else {})}


def _unwrapped(data: Activity) -> Activity:
    """Teams keeps `msteams` of a button's data for itself."""
    return {name: value for name, value in data.items() if name != "msteams"}


def card_of(message: Activity) -> Activity:
    """The card of a posted message, of a dialog, or a card itself."""
    if message.get("type") == "AdaptiveCard":
        return message
    if "card" in message:
        return dict(message["card"]["content"])
    cards = [one["content"] for one in message.get("attachments") or [] if one.get("contentType", CARD) == CARD]
    assert cards, f"no card: {message}"
    return dict(cards[0])


def _walk(thing: Any) -> Iterator[Activity]:
    if isinstance(thing, dict):
        yield thing
        for value in thing.values():
            yield from _walk(value)
    elif isinstance(thing, list):
        for one in thing:
            yield from _walk(one)


def actions(card: Activity) -> list[Activity]:
    """All buttons of a card, also those behind others; not its refresh."""
    shown = {name: value for name, value in card.items() if name != "refresh"}
    return [one for one in _walk(shown) if str(one.get("type", "")).startswith("Action.")]


def labels(message: Activity) -> list[str]:
    return [str(one.get("title")) for one in actions(card_of(message))] if message.get("attachments") else []


def action(card: Activity, label: str, kind: str) -> Activity:
    """The button of a kind that reads `label`; of one that asks first, the button that confirms."""
    found = [one for one in actions(card) if one.get("title") == label]
    assert found, f"no button {label!r} among {[one.get('title') for one in actions(card)]}"
    if found[0]["type"] == "Action.ShowCard" and kind != "Action.ShowCard":
        return next(one for one in actions(found[0]["card"]) if one["type"] == kind)
    assert found[0]["type"] == kind, found[0]
    return found[0]


def inputs(card: Activity) -> list[Activity]:
    return [one for one in _walk(card) if str(one.get("type", "")).startswith("Input.")]


def filled(card: Activity, values: dict[str, Any]) -> dict[str, str]:
    """What Teams sends of a form's inputs: texts, several choices joined by commas; empty ones are left out."""
    sent = {}
    for one in inputs(card):
        name = next((name for name in values if one["id"].rpartition(":")[2] == name), None)
        value = values[name] if name is not None else one.get("value", "")
        if value != "":
            sent[one["id"]] = ",".join(value) if isinstance(value, list) else str(value)
    return sent


def text_of(message: Activity) -> str:
    """All words of a message, card or dialog, for reading in tests; mentions by name."""
    words = [str(message.get("text") or "")] if message.get("type") != "AdaptiveCard" else []
    shown: Any = (
        message if message.get("type") == "AdaptiveCard" else message.get("attachments") or message.get("card") or []
    )
    for thing in _walk(shown):
        words += [str(thing[name]) for name in ("text", "title", "value") if isinstance(thing.get(name), str)]
    text = "\n".join(word for word in words if word)
    return text.replace("<at>", "").replace("</at>", "").replace("\u200b", "")
