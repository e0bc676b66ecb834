"""What Teams sends, read: who, where, what was said, and the keys that name its meaning."""

import html
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from bot.channels.teams_inbound import tenants_of
from bot.channels.teams_people import TeamsUser
from bot.channels.teams_places import Place, PlaceKind, base_id
from bot.interaction import Conversation

Activity = Mapping[str, Any]
Change = Literal["added", "removed"]

WINDOW_SECONDS = 60
_SPACES = re.compile(r"[ \t\xa0]+")


def of(content: Any, *path: str) -> Any:
    """The value at a path of objects; None where it is missing or something else stands in the way."""
    for name in path:
        content = content.get(name) if isinstance(content, Mapping) else None
    return content


def read_activity(raw: bytes) -> dict[str, Any] | None:
    """An activity with what every activity has; None for anything else."""
    try:
        content = storable(json.loads(raw))
    except (ValueError, RecursionError):
        return None
    needed = ("type", "channelId", "serviceUrl")
    if not isinstance(content, dict) or not all(isinstance(content.get(name), str) for name in needed):
        return None
    ids = of(content, "from", "id"), of(content, "conversation", "id")
    return content if all(isinstance(one, str) and one for one in ids) else None


def storable(content: Any) -> Any:
    """Without the characters that PostgreSQL cannot keep (NUL) or that are none (half of a pair)."""
    if isinstance(content, str):
        return content.replace("\0", "").encode(errors="replace").decode()
    if isinstance(content, list):
        return [storable(part) for part in content]
    if isinstance(content, dict):
        return {storable(name): storable(value) for name, value in content.items()}
    return content


def tenant_of(activity: Activity) -> str:
    """The one tenant that an admitted activity names; empty in the Agents Playground."""
    return min(tenants_of(activity), default="")


def user_of(activity: Activity) -> TeamsUser:
    object_id = of(activity, "from", "aadObjectId")
    timezone = activity.get("localTimezone")
    return TeamsUser(
        tenant=tenant_of(activity),
        address=str(of(activity, "from", "id")),
        object_id=str(object_id) if object_id else None,
        timezone=str(timezone) if timezone else None,
    )


def is_from_a_person(activity: Activity) -> bool:
    return not str(of(activity, "from", "id")).startswith("28:") and of(activity, "from", "role") != "bot"


def conversation_of(activity: Activity) -> Conversation:
    """Where to answer: in the thread of a channel; elsewhere there are no threads.

    Bursar cannot know whether guests or people of other companies are in a group chat, and in a channel only when
    Teams says which kind it is, so it is taken that they are: then nothing is open there that org.yaml opens.
    """
    where, tenant = str(of(activity, "conversation", "id")), tenant_of(activity)
    kind = of(activity, "conversation", "conversationType")
    if kind == "personal" or (kind is None and not of(activity, "conversation", "isGroup")):
        return Conversation(channel="teams", workspace=tenant, id=where, kind="direct")
    if kind != "channel":
        return Conversation(channel="teams", workspace=tenant, id=base_id(where), kind="private", outsiders=True)
    membership = of(activity, "channelData", "channel", "type")
    return Conversation(
        channel="teams",
        workspace=tenant,
        id=base_id(where),
        kind="private" if membership == "private" else "public",
        thread_id=thread_of(activity),
        outsiders=membership not in ("standard", "private"),
    )


def thread_of(activity: Activity) -> str:
    """The root message: named in the conversation's id; where it is not, what is replied to, else the message itself."""
    _, _, root = str(of(activity, "conversation", "id")).partition(";messageid=")
    return root or str(activity.get("replyToId") or activity.get("id") or "")


def place_of(activity: Activity) -> Place:
    """The conversation as one that Bursar may write to later."""
    kinds: dict[str, PlaceKind] = {"personal": "direct", "groupChat": "group", "channel": "channel"}
    where = base_id(str(of(activity, "conversation", "id")))
    kind: PlaceKind = kinds.get(str(of(activity, "conversation", "conversationType")), "direct")
    if kind == "channel" and where == of(activity, "channelData", "team", "id"):
        kind = "team"
    name = of(activity, "channelData", "team", "name") or of(activity, "conversation", "name") or ""
    return Place(tenant_of(activity), where, kind, str(activity["serviceUrl"]), str(name))


def places_of(activity: Activity) -> list[Place]:
    """The conversation, and before a channel its team: Bursar is in both, and the team has the roster of people."""
    place, team = place_of(activity), of(activity, "channelData", "team", "id")
    if place.kind != "channel" or not team:
        return [place]
    return [Place(place.workspace, str(team), "team", place.service_url, place.name), place]


def installation_change(activity: Activity) -> Change | None:
    """Whether Bursar was added to the conversation or removed from it. Teams tells both ways: as an installation and as a
    change of members."""
    if activity.get("type") == "installationUpdate":
        action = str(activity.get("action", ""))
        return "added" if action.startswith("add") else "removed" if action.startswith("remove") else None
    bot = of(activity, "recipient", "id")
    if _names(activity.get("membersAdded"), bot):
        return "added"
    return "removed" if _names(activity.get("membersRemoved"), bot) else None


def _names(members: Any, bot: Any) -> bool:
    return bot is not None and isinstance(members, list) and any(of(member, "id") == bot for member in members)


def mentioned(activity: Activity) -> list[str]:
    """Teams' addresses of everybody a text names but Bursar, each once."""
    bot = of(activity, "recipient", "id")
    return list(dict.fromkeys(who for _, who in _mentions(activity) if who != bot))


def calls_bursar(activity: Activity) -> bool:
    bot = of(activity, "recipient", "id")
    return any(who == bot for _, who in _mentions(activity))


def readable(activity: Activity, names: Mapping[str, str]) -> str:
    """What a person typed: the call to Bursar dropped, people by their e-mail (`names`, by address), else by name."""
    text, bot = str(activity.get("text") or ""), of(activity, "recipient", "id")
    for said, who in _mentions(activity):
        name = "" if who == bot else names.get(who) or re.sub(r"</?at[^>]*>", "", said)
        text = text.replace(said, f" {name} ")
    text = html.unescape(re.sub(r"</?at[^>]*>", "", text))
    return "\n".join(_SPACES.sub(" ", line).strip() for line in text.splitlines()).strip().lstrip(",: ")


def _mentions(activity: Activity) -> list[tuple[str, str]]:
    """(text, address) of the mentions."""
    entities = activity.get("entities")
    return [
        (str(entity["text"]), str(of(entity, "mentioned", "id")))
        for entity in (entities if isinstance(entities, list) else [])
        if of(entity, "type") == "mention" and of(entity, "text") and of(entity, "mentioned", "id")
    ]


def text_key(activity: Activity) -> str:
    """The same for every delivery of a message; a message's id is its own in its conversation."""
    user, where = user_of(activity), of(activity, "conversation", "id")
    which = activity.get("id") or activity.get("timestamp")
    return f"teams:text:{user.tenant}:{where}:{which}:{user.external_id}"


def click_keys(activity: Activity, intent: str, args: Mapping[str, str], now: datetime) -> tuple[str, str]:
    """Who clicked what on which card: the key of this minute, and that of the minute before.

    Teams repeats an invoke whose answer it missed, under the same id and about 30 s later under new ones, so no id is in
    the key. A click found under the key of the last 60 s is that click again: one effect. A later one is a new click on
    purpose. The workflow's claim lets only one decide, and the late one has to be told so; a button that may be used
    again (ask again, post it here) must work again.
    """
    user = user_of(activity)
    where = f"{base_id(str(of(activity, 'conversation', 'id')))}:{activity.get('replyToId') or ''}"
    minute = int(now.timestamp()) // WINDOW_SECONDS
    base = f"teams:click:{user.tenant}:{user.external_id}:{intent}:{_meaning(args)}:{where}"
    return f"{base}:{minute}", f"{base}:{minute - 1}"


def form_key(user: TeamsUser, dialog: str, intent: str, args: Mapping[str, str]) -> str:
    """A dialog is submitted once; corrected after an error it is still the same one. One that shows facts may have several
    buttons."""
    return f"teams:form:{user.tenant}:{user.external_id}:{dialog}:{intent}:{_meaning(args)}"


def _meaning(args: Mapping[str, str]) -> str:
    return json.dumps(dict(args), separators=(",", ":"), sort_keys=True)
