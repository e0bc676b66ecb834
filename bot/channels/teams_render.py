"""A message as an Adaptive Card 1.5 and as the activity that carries it: plain dicts, no SDK.

Nothing here fails on a large message: what must be cut says so; buttons and small print are never cut.
"""

import json
from collections.abc import Mapping
from typing import Any

from bot.channels.plainly import trim
from bot.channels.teams_figures import fitting_chart, fitting_table
from bot.channels.teams_limits import LIMITS, SCHEMA, VERSION, size, take
from bot.channels.teams_text import (
    NO_MENTIONS,
    Element,
    button_text,
    cut_note,
    entities,
    facts,
    heading,
    literal,
    mention_tags,
    paragraphs,
    small_print,
    text_block,
    unlinked,
)
from bot.message import Action, Confirmation, Message, Viewers

CARD_TYPE = "application/vnd.microsoft.card.adaptive"
REFRESH = "refresh"


def render_message(
    message: Message,
    mentions: Mapping[int, str] = NO_MENTIONS,
    *,
    shared: bool = False,
    native: bool = True,
    dialog: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """`mentions`: Teams address by person id. `shared`: others read along; then what is reserved for the message's
    viewers is left out and each of them is shown their own version by `refresh`. `native=False`: no tables, no charts.
    `dialog`: what its buttons remember beside intent and arguments; in a dialog they are submitted, not executed."""
    refresh = _refresh(message.viewers, mentions) if shared and message.viewers else None
    actions = [action for action in message.actions if not (refresh and action.reserved)]
    tags = mention_tags([*message.paragraphs, *message.notes], mentions)
    tail = [*buttons(actions, dialog), *small_print(message.notes, tags)]
    card = card_of([], message.fallback)
    if refresh:
        card["refresh"] = refresh
    if message.table or message.chart:
        card["msteams"] = {"width": "full"}
    mentioned = entities(tags, mentions)
    room = LIMITS["card"] - size(card) - size(tail) - size(mentioned)
    body = _fitted(message, tags, native, room) + tail
    card["body"] = body or [text_block(literal(trim(message.fallback, LIMITS["piece"])))]
    shown = json.dumps(body, ensure_ascii=False)
    mentioned = [entity for entity in mentioned if entity["text"] in shown]
    if mentioned:
        card.setdefault("msteams", {})["entities"] = mentioned
    return card


def activity_of(
    message: Message, mentions: Mapping[int, str] = NO_MENTIONS, *, shared: bool = False, native: bool = True
) -> dict[str, Any]:
    """What the Bot Connector is given: plain text for what is only that, else a card with its summary."""
    text = _only_text(message, mentions)
    if text is not None:
        return {"type": "message", "textFormat": "plain", "text": text}
    return {
        "type": "message",
        "summary": trim(message.fallback, LIMITS["summary"]),
        "attachments": [attachment_of(render_message(message, mentions, shared=shared, native=native))],
    }


def attachment_of(card: dict[str, Any]) -> dict[str, Any]:
    return {"contentType": CARD_TYPE, "content": card}


def card_of(body: list[Element], fallback: str) -> dict[str, Any]:
    """A card that says `fallback` where it cannot be drawn, and aloud."""
    words = trim(fallback, LIMITS["summary"])
    return {
        "type": "AdaptiveCard", "$schema": SCHEMA, "version": VERSION, "fallbackText": words, "speak": words, "body": body,
    }  # fmt: skip


def encode_action(action: Action) -> dict[str, Any]:
    """What a button carries: the intent and opaque ids, never state."""
    return {"bursar": {"i": action.intent, "a": action.args}}


def decode_action(data: Any) -> tuple[str, dict[str, str]]:
    """Intent and arguments of a button's data. Raises ValueError for anything `encode_action` did not write."""
    content = data.get("bursar") if isinstance(data, dict) else None
    if not isinstance(content, dict) or not isinstance(content.get("i"), str) or not isinstance(content.get("a"), dict):
        raise ValueError("not a button of Bursar")
    return content["i"], {str(name): str(argument) for name, argument in content["a"].items()}


def buttons(actions: list[Action], dialog: Mapping[str, Any] | None = None) -> list[Element]:
    """At most six in sight, as Microsoft asks; the rest behind "More". One with too long arguments is named in words."""
    fitting = [action for action in actions if _fits(action)]
    words = [text_block(f"Please type it: {literal(action.label)}") for action in actions if not _fits(action)]
    visible = LIMITS["visible_actions"]
    if len(fitting) <= visible:
        shown = [_button(action, dialog) for action in fitting]
    else:
        shown = [*(_button(action, dialog) for action in fitting[: visible - 1]), _more(fitting[visible - 1 :], dialog)]
    return ([{"type": "ActionSet", "actions": shown}] if shown else []) + words


def _fits(action: Action) -> bool:
    return size(encode_action(action)) <= LIMITS["action_data"] and len(action.url or "") <= LIMITS["url"]


def _more(actions: list[Action], dialog: Mapping[str, Any] | None) -> dict[str, Any]:
    """Cards within cards within cards are not drawn everywhere: a confirmation stands open in here."""
    body: list[Element] = []
    row: list[dict[str, Any]] = []
    for action in actions:
        if action.confirm:
            body += [_row(row)] if row else []
            body += [*_question(action.confirm), _row([_act(action, action.label, dialog)])]
            row = []
            continue
        row.append(_button(action, dialog))
        if len(row) == LIMITS["visible_actions"]:
            body.append(_row(row))
            row = []
    return _show_card("More", body + ([_row(row)] if row else []))


def _row(actions: list[dict[str, Any]]) -> Element:
    return {"type": "ActionSet", "actions": actions}


def _show_card(title: str, body: list[Element], style: str = "default") -> dict[str, Any]:
    card = {"type": "AdaptiveCard", "version": VERSION, "body": body}
    return {"type": "Action.ShowCard", "title": title, "card": card, **_styled(style)}


def _button(action: Action, dialog: Mapping[str, Any] | None) -> dict[str, Any]:
    if action.url:
        return {"type": "Action.OpenUrl", "title": button_text(action.label), "url": action.url, **_styled(action.style)}
    if action.confirm:
        body = [*_question(action.confirm), _row([_act(action, action.confirm.confirm, dialog)])]
        return _show_card(button_text(action.label), body, action.style)
    return _act(action, action.label, dialog)


def _question(confirm: Confirmation) -> list[Element]:
    return [text_block(literal(confirm.title), weight="Bolder"), text_block(literal(confirm.text), spacing="Small")]


def _act(action: Action, label: str, dialog: Mapping[str, Any] | None = None) -> dict[str, Any]:
    data = encode_action(action)
    if dialog is not None:
        data["bursar"].update(dialog)
    elif action.opens:
        data["msteams"] = {"type": "task/fetch"}
    else:
        execute = {"type": "Action.Execute", "title": button_text(label), "verb": action.intent}
        return {**execute, "data": data, **_styled(action.style)}
    return {"type": "Action.Submit", "title": button_text(label), "data": data, **_styled(action.style)}


def _styled(style: str) -> dict[str, str]:
    return {"primary": {"style": "positive"}, "danger": {"style": "destructive"}}.get(style, {})


def _refresh(viewers: Viewers, mentions: Mapping[int, str]) -> dict[str, Any] | None:
    """None when Teams knows none of the viewers: then everybody is shown everything and the workflow decides."""
    known = (mentions.get(one, "") for one in viewers.person_ids)
    addresses = list(dict.fromkeys(address for address in known if address.startswith(("29:", "8:"))))
    if not addresses:
        return None
    again = Action(label="Refresh", intent=REFRESH, args={"kind": viewers.kind, "subject": viewers.subject})
    return {"action": _act(again, again.label), "userIds": addresses[: LIMITS["refresh_users"]]}


def _fitted(message: Message, tags: Mapping[int, str], native: bool, room: int) -> list[Element]:
    """What fits into `room` bytes, from the top, and a sentence when something does not."""
    body, left = take(_content(message, tags), room - size(cut_note()))
    if left < 0:
        return [*body, cut_note()]
    table = fitting_table(message.table, native, left)
    chart = fitting_chart(message.chart, native, left - size(table or []))
    return [*body, *(table or []), *(chart or []), *([cut_note()] if table is None or chart is None else [])]


def _content(message: Message, tags: Mapping[int, str]) -> list[Element]:
    return [*heading(message.title), *paragraphs(message.paragraphs, tags), *facts(message.facts)]


def _only_text(message: Message, mentions: Mapping[int, str]) -> str | None:
    """The text of a message that is nothing but plain paragraphs; None for any other."""
    if message.title or message.facts or message.table or message.chart or message.actions or message.notes:
        return None
    spans = [span for part in message.paragraphs for span in part]
    if any(span.style != "plain" and (span.style != "person" or span.person_id in mentions) for span in spans):
        return None
    parts = ("".join(span.text for span in part) for part in message.paragraphs)
    text = "\n\n".join(part for part in parts if part.strip())
    return unlinked(trim(text or message.fallback, LIMITS["text"]))
