"""What the Bot Connector refuses in a message: fields, sizes, cards, mentions."""

import json
from typing import Any

try:
    from tests.teams_cards import check_card
except ModuleNotFoundError:  # it comes with the renderer

    def check_card(card: Any) -> None:
        if not isinstance(card, dict) or card.get("type") != "AdaptiveCard":
            raise ValueError("no Adaptive Card")


MESSAGE_BYTES = 28 * 1024
PAGE_SIZES = (50, 500)
# learn.microsoft.com, "Optimize your bot with rate limiting in Teams"
WINDOWS = {"thread": ((7, 1.0), (8, 2.0), (60, 30.0), (1800, 3600.0)), "tenant": ((30, 1.0),)}
ACTIVITY_FIELDS = {
    "type", "text", "textFormat", "summary", "attachments", "attachmentLayout", "entities", "from", "recipient",
    "conversation", "channelData", "replyToId", "id", "inputHint", "importance", "locale", "suggestedActions",
}  # fmt: skip


class TeamsError(Exception):
    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.body = {"error": {"code": code, "message": message}}
        self.headers = headers or {}


def check_activity(activity: dict[str, Any], bot: str, addresses: set[str]) -> None:
    """Raises TeamsError."""
    unknown = set(activity) - ACTIVITY_FIELDS
    if unknown or activity.get("type") != "message":
        raise _bad(f"unknown fields {sorted(unknown)} or type {activity.get('type')}")
    if (activity.get("from") or {}).get("id") != bot:
        raise _bad("from is not the bot")
    text, attachments = activity.get("text"), activity.get("attachments") or []
    if not (isinstance(text, str) and text.strip()) and not attachments:
        raise _bad("neither text nor attachments")
    if activity.get("textFormat", "markdown") not in ("plain", "markdown", "xml"):
        raise _bad("textFormat")
    _check_mentions(activity.get("entities") or [], str(text), addresses)
    for attachment in attachments:
        _check_attachment(attachment, addresses)
    if attachments and not activity.get("summary"):
        raise _bad("a card without a summary: the notification would say nothing")


def _check_attachment(attachment: dict[str, Any], addresses: set[str]) -> None:
    if attachment.get("contentType") != "application/vnd.microsoft.card.adaptive":
        raise _bad(f"attachment {attachment.get('contentType')}")
    card = attachment.get("content")
    try:
        check_card(card)
    except ValueError as error:
        raise _bad(str(error)) from error
    named = (card.get("msteams") or {}).get("entities") or []
    _check_mentions(named, json.dumps({**card, "msteams": None}, ensure_ascii=False), addresses)
    viewers = (card.get("refresh") or {}).get("userIds") or []
    if not set(viewers) <= addresses:
        raise _bad(f"refresh for nobody: {viewers}")


def _check_mentions(entities: list[dict[str, Any]], text: str, addresses: set[str]) -> None:
    for entity in entities:
        if entity.get("type") != "mention":
            continue
        tag = str(entity.get("text"))
        if not (tag.startswith("<at>") and tag.endswith("</at>")) or tag not in text:
            raise _bad(f"mention {tag} is not in the text")
        if (entity.get("mentioned") or {}).get("id") not in addresses:
            raise _bad(f"mention of nobody: {entity}")


def _bad(message: str) -> TeamsError:
    return TeamsError(400, "BadSyntax", message)
