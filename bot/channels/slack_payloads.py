"""What Slack sends, read: bodies, places, texts and the keys that name their meaning."""

import html
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from bot.channels.slack_views import unpack_metadata
from bot.interaction import Conversation

Payload = Mapping[str, Any]

_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
_LABELLED = re.compile(r"<(?:mailto:|tel:)?[^<>|]*\|([^<>]*)>")
_BARE_LINK = re.compile(r"<(?:mailto:|tel:)?([^<>|@#!][^<>|]*)>")
_SUBTYPES = (None, "file_share", "thread_broadcast")


def parse_body(raw: bytes) -> dict[str, Any] | None:
    """A request's content; None when it is neither an event, an interaction nor a command. (Bolt's own parser loses
    every form whose text contains the word "payload".)"""
    try:
        body = raw.decode()
        if body.lstrip().startswith("{"):
            content = json.loads(body)
        else:
            content = dict(parse_qsl(body, keep_blank_values=True))
            if "payload" in content:
                content = json.loads(content["payload"])
    except ValueError:
        return None
    if not isinstance(content, dict) or not isinstance(content.get("type") or content.get("command"), str):
        return None
    return content


def is_from_a_person(event: Payload) -> bool:
    """False for bots' messages (Bursar's own too), edits, deletions, joins and the like."""
    hidden = event.get("bot_id") or event.get("bot_profile") or event.get("hidden")
    return bool(event.get("user")) and not hidden and event.get("subtype") in _SUBTYPES


def is_direct(event: Payload) -> bool:
    """Said to Bursar alone."""
    return event.get("channel_type") == "im" or str(event.get("channel", "")).startswith("D")


def mentioned(text: str) -> list[str]:
    """The Slack users that a text names, each once."""
    return list(dict.fromkeys(_MENTION.findall(text)))


def readable(text: str, bot_user: str, names: Mapping[str, str]) -> str:
    """What a person typed: Slack's mark-up undone, the call to Bursar dropped, people by their e-mail (`names`)."""
    text = re.sub(rf"^\s*<@{re.escape(bot_user)}(?:\|[^>]*)?>[\s,:]*", "", text)
    text = _MENTION.sub(lambda match: "" if match[1] == bot_user else names.get(match[1], "@" + match[1]), text)
    text = _BARE_LINK.sub(r"\1", _LABELLED.sub(r"\1", text))
    return html.unescape(text).replace("\xa0", " ").strip()


def place_of_event(body: Payload, team: str) -> Conversation:
    """Where to answer a text: in its thread; in a channel a text without one begins its own."""
    event = body["event"]
    if is_direct(event):
        return direct(str(event["channel"]), team, event.get("thread_ts"))
    place = channel(str(event["channel"]), team, str(event.get("thread_ts") or event["ts"]))
    return place.model_copy(update={"outsiders": bool(body.get("is_ext_shared_channel"))})


def place_of_click(payload: Payload, team: str, home: str) -> tuple[Conversation, str | None]:
    """Where the outcome of a click is told, and the clicked message. `home` is the direct conversation with the clicker,
    where the outcome of clicks on the home page goes."""
    view = payload.get("view")
    if view:
        if view.get("type") == "home":
            return direct(home, team), None
        conversation, message_id, _, _ = unpack_metadata(view.get("private_metadata") or "{}")
        return conversation, message_id
    container = payload.get("container") or {}
    message = payload.get("message") or {}
    message_id = str(container.get("message_ts") or message.get("ts"))
    thread = message.get("thread_ts") or container.get("thread_ts")
    there = payload.get("channel") or {}
    where = str(there.get("id") or container.get("channel_id"))
    if where.startswith("D") or there.get("name") == "directmessage":
        return direct(where, team, thread), message_id
    standing = None if container.get("is_ephemeral") else message_id
    place = channel(where, team, thread or standing)
    return (unknown_readers(place) if container.get("is_ephemeral") else place), message_id


def direct(conversation_id: str, team: str, thread: str | None = None) -> Conversation:
    return Conversation(channel="slack", workspace=team, id=conversation_id, kind="direct", thread_id=thread)


def channel(conversation_id: str, team: str, thread: str | None = None) -> Conversation:
    """Every channel counts as public: knowing more would take the scopes to read channels and their members."""
    return Conversation(channel="slack", workspace=team, id=conversation_id, kind="public", thread_id=thread)


def unknown_readers(place: Conversation) -> Conversation:
    """Commands, and clicks on what only the clicker sees, do not tell whether another company reads along in the channel
    (only events carry `is_ext_shared_channel`), so it is taken that one does: the answer is for the asker alone."""
    return place.model_copy(update={"outsiders": True})


def event_key(body: Payload) -> str:
    """The same for every delivery of an event."""
    return f"slack:event:{body['event_id']}"


def command_key(body: Payload, team: str) -> str:
    return f"slack:command:{team}:{body['trigger_id']}"


def form_key(view: Payload, team: str) -> str:
    """A modal is submitted once; corrected after an error it is still the same one."""
    return f"slack:form:{team}:{view['id']}"


def click_key(payload: Payload, action: Payload, team: str, intent: str, args: Mapping[str, str]) -> str:
    """Who clicked what where, and which click it was.

    Slack never repeats a click by itself, so two deliveries with the same `trigger_id` and `action_ts` are one click
    replayed: one effect. A second click of the finger is a new interaction on purpose: the workflow's claim lets only
    one decide, and the late one has to be told so; a button that may be used again (ask again, post it here) must work
    again.
    """
    container = payload.get("container") or {}
    where = container.get("message_ts") or container.get("view_id") or ""
    meaning = json.dumps(dict(args), separators=(",", ":"), sort_keys=True)
    which = f"{action.get('action_ts', '')}:{payload.get('trigger_id', '')}"
    return f"slack:click:{team}:{payload['user']['id']}:{intent}:{meaning}:{where}:{which}"


def first_input(body: Mapping[str, Any]) -> str | None:
    """The block of a form that an error of the whole form stands at."""
    try:
        return next(iter(body["view"]["state"]["values"]), None)
    except (KeyError, TypeError):
        return None
