"""An invoke of Teams as a value, and the shapes of the answers it may have."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.channels import teams_activities as activities
from bot.channels.teams_forms import FormSubmitted, render_search
from bot.channels.teams_people import TeamsUser, actor_of
from bot.channels.teams_render import attachment_of, encode_action, render_message
from bot.interaction import Conversation, Interaction
from bot.message import Action, Message
from storage.models import ChatAccount
from workflows.ports import Clock

CARD = "application/vnd.microsoft.card.adaptive"
SENTENCE = "application/vnd.microsoft.activity.message"
THUMBNAIL = "application/vnd.microsoft.card.thumbnail"

Answer = tuple[int, dict[str, Any] | None]


@dataclass(frozen=True)
class Invoke:
    """An invoke, and who sent it from where. `place` is where its outcome is told."""

    activity: Mapping[str, Any]
    name: str
    value: Mapping[str, Any]
    account: ChatAccount
    place: Conversation
    message_id: str | None

    @property
    def user(self) -> TeamsUser:
        return activities.user_of(self.activity)

    def interaction(self, kind: str, intent: str, args: Mapping[str, str], clock: Clock, **more: Any) -> Interaction:
        return Interaction.model_validate(
            {
                "key": "",
                "kind": kind,
                "actor": actor_of(self.account),
                "conversation": self.place,
                "intent": intent,
                "args": dict(args),
                "message_id": self.message_id,
                "received_at": clock(),
                **more,
            }
        )


@dataclass(frozen=True)
class Dialog:
    """What a dialog's nonce says: which opening of it this is, and the button that opened it, so that it can be shown
    again with errors."""

    number: str
    intent: str
    args: dict[str, str]

    def pack(self) -> str:
        return json.dumps([self.number, self.intent, self.args], separators=(",", ":"))

    @classmethod
    def unpack(cls, nonce: str) -> "Dialog":
        """Raises ValueError."""
        content = json.loads(nonce)
        if not isinstance(content, list) or len(content) != 3 or not isinstance(content[2], dict):
            raise ValueError("not a dialog of Bursar")
        return cls(str(content[0]), str(content[1]), {str(name): str(value) for name, value in content[2].items()})


def say(name: str, text: str) -> Answer:
    """A plain sentence as the answer to any invoke."""
    if name == "adaptiveCard/action":
        return 200, {"statusCode": 200, "type": SENTENCE, "value": text}
    if name == "application/search":
        return 200, render_search([])
    if name in ("task/fetch", "task/submit", "composeExtension/fetchTask", "composeExtension/submitAction"):
        return 200, {"task": {"type": "message", "value": text}}
    if name.startswith("composeExtension/"):
        return 200, {"composeExtension": {"type": "message", "text": text}}
    if name == "fileConsent/invoke":
        return 400, {"error": {"code": "BadArgument", "message": text}}
    return 501, {"error": {"code": "NotImplemented", "message": text}}


def show_card(card: dict[str, Any]) -> Answer:
    """Instead of the clicked card, for the one who clicked."""
    return 200, {"statusCode": 200, "type": CARD, "value": card}


def refreshing(card: dict[str, Any], again: Action, viewer: str) -> dict[str, Any]:
    """The card, made to ask for its successor when the viewer (an address) sees it."""
    action = {"type": "Action.Execute", "title": again.label, "verb": again.intent, "data": encode_action(again)}
    return {**card, "refresh": {"action": action, "userIds": [viewer]}}


def show_dialog(task: dict[str, Any]) -> Answer:
    return 200, {"task": {"type": "continue", "value": task}}


def show_found(messages: list[Message]) -> Answer:
    """The results of a search in the compose box, each a card to share."""
    found = [_result(message) for message in messages]
    return 200, {"composeExtension": {"type": "result", "attachmentLayout": "list", "attachments": found}}


def where_it_was_opened(invoke: Invoke, sent: FormSubmitted) -> Invoke:
    """What the dialog remembers, as far as it agrees with where it is sent from: it has been in the sender's hands."""
    if sent.place.id != invoke.place.id:
        return invoke
    place = invoke.place.model_copy(update={"thread_id": sent.place.thread_id if invoke.place.thread_id else None})
    return Invoke(invoke.activity, invoke.name, invoke.value, invoke.account, place, sent.message_id)


def typed_into(value: Mapping[str, Any]) -> str:
    """What was typed into the message extension; nothing when it has just been opened."""
    parameters = value.get("parameters")
    given = next(iter(parameters), None) if isinstance(parameters, list) else None
    return "" if activities.of(given, "name") == "initialRun" else str(activities.of(given, "value") or "")


def _result(message: Message) -> dict[str, Any]:
    """A card to share, with the lines that the list of results shows of it."""
    text = ", ".join(f"{fact.label}: {fact.value}" for fact in message.facts)
    preview = {"contentType": THUMBNAIL, "content": {"title": message.title, "text": text}}
    return {**attachment_of(render_message(message)), "preview": preview}
