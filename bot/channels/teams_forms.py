"""Forms and details as Teams dialogs, and what a submitted dialog says."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from bot.channels.plainly import trim
from bot.channels.teams_inputs import choice, error_note, input_id, inputs, read_input, unique
from bot.channels.teams_limits import LIMITS, MOST_CHOICES, size, take
from bot.channels.teams_render import attachment_of, card_of, render_message
from bot.channels.teams_text import (
    NO_MENTIONS,
    Element,
    button_text,
    cut_note,
    entities,
    facts,
    heading,
    mention_tags,
    paragraphs,
)
from bot.interaction import Conversation
from bot.message import Form, FormField, Message, Option

FormValues = dict[str, str | list[str]]
NO_ERRORS: Mapping[str, str] = {}
NO_VALUES: Mapping[str, str | list[str]] = {}


@dataclass(frozen=True)
class FormSubmitted:
    """What was filled in, and where the form was opened. `nonce` names the opened dialog."""

    intent: str
    args: dict[str, str]
    place: Conversation
    message_id: str | None
    nonce: str
    values: FormValues


def render_form(
    form: Form,
    place: Conversation,
    message_id: str | None = None,
    mentions: Mapping[int, str] = NO_MENTIONS,
    *,
    nonce: str,
    errors: Mapping[str, str] = NO_ERRORS,
    values: Mapping[str, str | list[str]] = NO_VALUES,
) -> dict[str, Any]:
    """A dialog that remembers, unseen, where it was opened, so that the outcome is told there. `errors` by field stand
    at their fields (others at the top), with `values` as they were sent. Raises ValueError when the form's arguments are
    not the few opaque ids they should be."""
    if size(form.args) > LIMITS["action_data"]:
        raise ValueError(f"the arguments of {form.intent} do not fit into a Teams dialog")
    fields = [
        field.model_copy(update={"value": values[field.name]}) if field.name in values else field for field in form.fields
    ]
    names = {field.name for field in fields}
    tags = mention_tags(form.intro, mentions)
    astray = [text for name, text in errors.items() if name not in names]
    intro = [
        *(heading(form.title) if len(form.title) > LIMITS["dialog_title"] else []),
        *(error_note(text) for text in astray),
        *paragraphs(form.intro, tags),
        *facts(form.facts),
    ]
    card = card_of([], form.title)
    data = {"bursar": {"i": form.intent, "a": form.args, **_memory(place, message_id, nonce, fields)}}
    card["actions"] = [{"type": "Action.Submit", "title": button_text(form.submit), "style": "positive", "data": data}]
    mentioned = entities(tags, mentions)
    room = LIMITS["card"] - size(card) - size(mentioned) - size(cut_note())
    body = _fitted(intro, [inputs(fields, form.intent, errors, most) for most in MOST_CHOICES], room)
    card["body"] = body or heading(form.title)
    shown = json.dumps(card["body"], ensure_ascii=False)
    if mentioned := [entity for entity in mentioned if entity["text"] in shown]:
        card["msteams"] = {"entities": mentioned}
    return _task(form.title, card, "large" if len(fields) > 3 else "medium")


def render_details(
    message: Message,
    place: Conversation,
    message_id: str | None = None,
    mentions: Mapping[int, str] = NO_MENTIONS,
    *,
    nonce: str = "",
) -> dict[str, Any]:
    """A message shown to the one who clicked. Its buttons, also those that open something, are submitted as a form
    without fields is: `unpack_form` reads them."""
    title = message.title or "Bursar"
    shown = message if len(title) > LIMITS["dialog_title"] else message.model_copy(update={"title": ""})
    card = render_message(shown, mentions, dialog=_memory(place, message_id, nonce, []))
    return _task(title, card, "large" if message.table or message.chart else "medium")


def render_search(options: list[Option]) -> dict[str, Any]:
    """What the invoke `application/search` is answered with. Of too many the last one is kept too: where what was typed
    can be taken as it is, that stands there."""
    found = unique(options)
    most = LIMITS["searched"]
    results = [choice(option) for option in (found if len(found) <= most else [*found[: most - 1], found[-1]])]
    return {"type": "application/vnd.microsoft.search.searchResponse", "value": {"results": results}}


def unpack_form(data: Any) -> FormSubmitted:
    """Raises ValueError for data that is not of a dialog of Bursar. An empty input is "", an empty multiple choice []."""
    memory = data.get("bursar") if isinstance(data, dict) else None
    try:
        if not isinstance(memory, dict):
            raise TypeError
        return FormSubmitted(
            intent=str(memory["i"]),
            args={str(name): str(argument) for name, argument in memory["a"].items()},
            place=Conversation.model_validate(memory["c"]),
            message_id=memory["m"],
            nonce=str(memory["n"]),
            values=dict(read_input(name, data.get(name)) for name in memory["f"]),
        )
    except (KeyError, TypeError, AttributeError, ValidationError) as error:
        raise ValueError("not a dialog of Bursar") from error


def _memory(place: Conversation, message_id: str | None, nonce: str, fields: list[FormField]) -> dict[str, Any]:
    return {
        "c": place.model_dump(exclude_defaults=True),
        "m": message_id,
        "n": nonce,
        "f": [input_id(field) for field in fields],
    }


def _task(title: str, card: dict[str, Any], height: str) -> dict[str, Any]:
    return {"title": trim(title, LIMITS["dialog_title"]), "height": height, "width": "medium", "card": attachment_of(card)}


def _fitted(intro: list[Element], versions: list[list[Element]], room: int) -> list[Element]:
    """All inputs, with as many choices as there is room for, below as much of the rest."""
    chosen = next((one for one in versions if size(intro) + size(one) <= room), versions[-1])
    kept, left = take(intro, room - size(chosen))
    return [*kept, *([cut_note()] if left < 0 else []), *chosen]
