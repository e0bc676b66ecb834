"""What Slack's servers and the people in front of it send to the app: signed events, commands, clicks, forms."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientSession
from slack_sdk.signature import SignatureVerifier

from tests.fake_slack import BOT_USER, SECRET, TEAM, FakeSlack
from tests.slack_blocks import check_options


def sign(body: str, secret: str = SECRET, timestamp: int | None = None) -> dict[str, str]:
    stamp = str(timestamp if timestamp is not None else int(time.time()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": str(signature)}


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes

    def json(self) -> dict[str, Any]:
        return dict(json.loads(self.body)) if self.body else {}


class SlackClientSide:
    """What Slack's servers send to the app at `url`: signed, with one trigger an interaction."""

    def __init__(self, slack: FakeSlack, http: ClientSession, url: str, now: Callable[[], float] = time.time) -> None:
        self.slack = slack
        self.http = http
        self.url = url
        self._now = now
        self._numbers = count(1)

    async def post(self, body: str, content_type: str, **headers: str) -> Answer:
        signed = sign(body, timestamp=int(self._now()))
        async with self.http.post(
            self.url, data=body.encode(), headers={"Content-Type": content_type, **signed, **headers}
        ) as response:
            return Answer(response.status, await response.read())

    def event(self, event: dict[str, Any], event_id: str | None = None, **more: Any) -> dict[str, Any]:
        number = next(self._numbers)
        return {
            "token": "legacy", "team_id": TEAM, "api_app_id": "A0", "type": "event_callback",
            "event_id": event_id or f"Ev{number:08d}", "event_time": int(self._now()),
            "authorizations": [{"enterprise_id": None, "team_id": TEAM, "user_id": BOT_USER, "is_bot": True}],
            "is_ext_shared_channel": False,
            "event": {"event_ts": f"1764100000.{number:06d}", "ts": f"1764100000.{number:06d}", **event},
        } | more  # fmt: skip

    async def send_event(self, event: dict[str, Any], *, event_id: str | None = None, retry: int = 0, **more: Any) -> Answer:
        headers = {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_timeout"} if retry else {}
        return await self.post(json.dumps(self.event(event, event_id, **more)), "application/json", **headers)

    async def say(self, user: str, text: str, *, thread: str | None = None) -> Answer:
        """A direct message to Bursar."""
        event = {"type": "message", "channel_type": "im", "channel": self.slack.direct(user), "user": user, "text": text}
        return await self.send_event(event | ({"thread_ts": thread} if thread else {}))

    async def mention(self, user: str, channel: str, text: str, *, thread: str | None = None) -> Answer:
        event = {"type": "app_mention", "channel": channel, "user": user, "text": f"<@{BOT_USER}> {text}"}
        return await self.send_event(event | ({"thread_ts": thread} if thread else {}))

    async def open_home(self, user: str) -> Answer:
        return await self.send_event(
            {"type": "app_home_opened", "user": user, "channel": self.slack.direct(user), "tab": "home"}
        )

    async def command(self, user: str, channel: str, text: str, **more: str) -> Answer:
        form = {
            "token": "legacy", "team_id": TEAM, "team_domain": "acme", "channel_id": channel, "channel_name": "general",
            "user_id": user, "user_name": "x", "command": "/bursar", "text": text, "api_app_id": "A0",
            "is_enterprise_install": "false", "response_url": "https://hooks.slack.test/x",
            "trigger_id": self.slack.new_trigger(), **more,
        }  # fmt: skip
        return await self.post(urlencode(form), "application/x-www-form-urlencoded")

    async def interact(self, payload: dict[str, Any]) -> Answer:
        return await self.post(urlencode({"payload": json.dumps(payload)}), "application/x-www-form-urlencoded")

    def _person(self, user: str) -> dict[str, Any]:
        return {"team": {"id": TEAM, "domain": "acme"}, "user": {"id": user, "team_id": TEAM}, "api_app_id": "A0"}

    def click_payload(self, user: str, message: dict[str, Any], label: str, **more: Any) -> dict[str, Any]:
        """A click on the button that reads `label` in a posted message."""
        container = {"type": "message", "message_ts": message["ts"], "channel_id": message["channel"], "is_ephemeral": False}
        return {
            "type": "block_actions", **self._person(user), "container": container,
            "trigger_id": self.slack.new_trigger(), "channel": {"id": message["channel"], "name": "x"},
            "message": message, "response_url": "https://hooks.slack.test/x",
            "actions": [self._action(button(message["blocks"], label))], **more,
        }  # fmt: skip

    def _action(self, element: dict[str, Any]) -> dict[str, Any]:
        return element | {"block_id": "b", "action_ts": f"1764200000.{next(self._numbers):06d}"}

    async def click(self, user: str, message: dict[str, Any], label: str) -> Answer:
        return await self.interact(self.click_payload(user, message, label))

    async def click_view(self, user: str, view: dict[str, Any], label: str) -> Answer:
        payload = {
            "type": "block_actions", **self._person(user), "container": {"type": "view", "view_id": view["id"]},
            "trigger_id": self.slack.new_trigger(), "view": view,
            "actions": [self._action(button(view["blocks"], label))],
        }  # fmt: skip
        return await self.interact(payload)

    async def submit(self, user: str, view: dict[str, Any], values: dict[str, Any]) -> Answer:
        """Fill in a modal by field name: text for inputs, an option's value for menus, a list for several."""
        state = {
            block["block_id"]: {block["element"]["action_id"]: filled(block["element"], values.get(field_name(block)))}
            for block in view["blocks"]
            if block["type"] == "input"
        }
        payload = {"type": "view_submission", **self._person(user), "trigger_id": self.slack.new_trigger(),
                   "view": view | {"state": {"values": state}}}  # fmt: skip
        return await self.interact(payload)

    async def search(self, user: str, view: dict[str, Any], name: str, typed: str) -> list[dict[str, Any]]:
        """What a search field offers, checked against Slack's limits."""
        block = next(block for block in view["blocks"] if block["type"] == "input" and field_name(block) == name)
        payload = {"type": "block_suggestion", **self._person(user), "action_id": block["element"]["action_id"],
                   "block_id": block["block_id"], "value": typed, "view": view,
                   "container": {"type": "view", "view_id": view["id"]}}  # fmt: skip
        response = await self.interact(payload)
        assert response.status == 200
        options = response.json()["options"]
        if options:
            check_options(options)
        return list(options)


def field_name(block: dict[str, Any]) -> str:
    return str(block["block_id"]).partition(":")[2]


def filled(element: dict[str, Any], value: Any) -> dict[str, Any]:
    kind = element["type"]
    if kind.startswith("multi_"):
        return {"type": kind, "selected_options": [{"value": one} for one in value or []]}
    if kind.endswith("_select"):
        initial = element.get("initial_option")
        return {"type": kind, "selected_option": {"value": value} if value else initial}
    if kind == "datepicker":
        return {"type": kind, "selected_date": value or element.get("initial_date")}
    return {"type": kind, "value": value if value is not None else element.get("initial_value")}


def buttons(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [element for block in blocks if block["type"] == "actions" for element in block["elements"]]


def button(blocks: list[dict[str, Any]], label: str) -> dict[str, Any]:
    found = [element for element in buttons(blocks) if element["text"]["text"] == label]
    assert found, f"no button {label!r} among {[element['text']['text'] for element in buttons(blocks)]}"
    return found[0]


def text_of(blocks: list[dict[str, Any]]) -> str:
    """All words of some blocks, for reading in tests."""
    words: list[str] = []

    def walk(thing: Any) -> None:
        if isinstance(thing, dict):
            if isinstance(thing.get("text"), str):
                words.append(thing["text"])
            for name, value in thing.items():
                if name != "value":
                    walk(value)
        elif isinstance(thing, list):
            for one in thing:
                walk(one)

    walk(blocks)
    return "\n".join(words).replace("\u200b", "")
