"""What the Bot Connector refuses in a message: wrong addressing, what `tests/teams_cards.py` refuses, people it does not
know."""

from typing import Any

from tests import teams_cards

MESSAGE_BYTES = 28 * 1024
PAGE_SIZES = (50, 500)
# learn.microsoft.com, "Optimize your bot with rate limiting in Teams"
WINDOWS = {"thread": ((7, 1.0), (8, 2.0), (60, 30.0), (1800, 3600.0)), "tenant": ((30, 1.0),)}
ADDRESSING = {"id", "from", "conversation"}


class TeamsError(Exception):
    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.body = {"error": {"code": code, "message": message}}
        self.headers = headers or {}


def content_of(activity: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in activity.items() if name not in ADDRESSING}


def check_activity(activity: dict[str, Any], bot: str, addresses: set[str], kind: str = "") -> None:
    """`addresses`: of everybody who may be mentioned or shown a version of their own. Raises TeamsError."""
    if (activity.get("from") or {}).get("id") != bot:
        raise _bad("from is not the bot")
    try:
        teams_cards.check_activity(content_of(activity))
    except teams_cards.Refused as error:
        raise _bad(str(error)) from error
    for attachment in activity.get("attachments") or []:
        if attachment["contentType"] == teams_cards.CONSENT and kind not in ("", "personal"):
            raise _bad("files are for personal chats")
        if attachment["contentType"] != teams_cards.CARD:
            continue
        card = attachment["content"]
        mentioned = {one["mentioned"]["id"] for one in (card.get("msteams") or {}).get("entities") or []}
        viewers = set((card.get("refresh") or {}).get("userIds") or [])
        if not mentioned | viewers <= addresses:
            raise _bad(f"nobody is called {(mentioned | viewers) - addresses}")


def _bad(message: str) -> TeamsError:
    return TeamsError(400, "BadSyntax", message)
