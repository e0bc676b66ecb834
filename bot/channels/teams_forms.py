"""Forms and details as Teams dialogs, and what a submitted dialog says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote, unquote

from pydantic import ValidationError

from bot.channels.plainly import height, trim
from bot.channels.teams_limits import LIMITS, size
from bot.channels.teams_render import attachment_of, card_of, render_message
from bot.channels.teams_text import (
    NO_MENTIONS,
    Element,
    button_text,
    entities,
    facts,
    heading,
    literal,
    mention_tags,
    paragraphs,
    text_block,
)
from bot.interaction import Conversation
from bot.message import Form, FormField, Message, Option

ONE, MANY = "one:", "many:"
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
    body = [
        *(heading(form.title) if len(form.title) > LIMITS["dialog_title"] else []),
        *(_error(text) for text in astray),
        *paragraphs(form.intro, tags),
        *facts(form.facts),
        *(element for field in fields for element in _field(field, form.intent, errors.get(field.name, ""))),
    ]
    card = card_of(body, form.title)
    memory = _memory(place, message_id, nonce, fields)
    card["actions"] = [
        {
            "type": "Action.Submit",
            "title": button_text(form.submit),
            "style": "positive",
            "data": {"bursar": {"i": form.intent, "a": form.args, **memory}},
        }
    ]
    if tags:
        card["msteams"] = {"entities": entities(tags, mentions)}
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
    """What the invoke `application/search` is answered with."""
    results = [{"title": _choice_title(option), "value": option.value} for option in _unique(options)[: LIMITS["searched"]]]
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
            values=dict(_submitted(memory["f"], data)),
        )
    except (KeyError, TypeError, AttributeError, ValidationError) as error:
        raise ValueError("not a dialog of Bursar") from error


def _memory(place: Conversation, message_id: str | None, nonce: str, fields: list[FormField]) -> dict[str, Any]:
    return {
        "c": place.model_dump(exclude_defaults=True),
        "m": message_id,
        "n": nonce,
        "f": [_input_id(field) for field in fields],
    }


def _submitted(ids: list[str], data: Mapping[str, Any]) -> Iterator[tuple[str, str | list[str]]]:
    for input_id in ids:
        given = data.get(input_id)
        text = "" if given is None else str(given)
        if input_id.startswith(MANY):
            yield input_id.removeprefix(MANY), [unquote(part) for part in text.split(",") if part]
        else:
            yield input_id.removeprefix(ONE), text


def _input_id(field: FormField) -> str:
    """Says what is needed to read it again: Teams sends a multiple choice as one text with commas."""
    return (MANY if field.kind == "multiselect" else ONE) + field.name


def _task(title: str, card: dict[str, Any], height: str) -> dict[str, Any]:
    return {"title": trim(title, LIMITS["dialog_title"]), "height": height, "width": "medium", "card": attachment_of(card)}


def _error(text: str) -> Element:
    return text_block(literal(text), color="Attention", weight="Bolder", spacing="Small")


def _field(field: FormField, intent: str, error: str) -> list[Element]:
    label = trim(field.label, LIMITS["label"])
    element: Element = {
        "id": _input_id(field),
        "label": label,
        "isRequired": field.required,
        "errorMessage": f"Please fill in: {label}",
        **_KINDS[field.kind](field, intent),
    }
    if field.placeholder:
        element["placeholder"] = field.placeholder
    hint = [text_block(literal(field.hint), size="Small", isSubtle=True, spacing="Small")] if field.hint else []
    cut = f"Only the first {LIMITS['choices']} choices are listed."
    more = [text_block(cut, size="Small", isSubtle=True)] if len(field.options) > LIMITS["choices"] else []
    return [element, *([_error(error)] if error else []), *hint, *more]


def _text(field: FormField, intent: str) -> Element:
    limit = min(field.max_length or LIMITS["input_text"], LIMITS["input_text"])
    return {
        "type": "Input.Text",
        "isMultiline": field.kind == "multiline",
        "maxLength": limit,
        **_given("value", trim(_single(field), limit)),
    }


def _number_input(field: FormField, intent: str) -> Element:
    """What is no number can only be kept, and corrected, as a text."""
    value = _single(field)
    try:
        return {"type": "Input.Number", **({"value": height(Decimal(value))} if value else {})}
    except (InvalidOperation, OverflowError, ValueError):
        return _text(field, intent)


def _date(field: FormField, intent: str) -> Element:
    return {"type": "Input.Date", **_given("value", _single(field))}


def _select(field: FormField, intent: str) -> Element:
    """A few choices stand open, as people see them all; many are searched while typing."""
    options = _unique(field.options)
    if not options:
        return _search(field, intent)
    value = _single(field)
    return {**_choices(options, [value] if value else []), **_given("value", value)}


def _multiselect(field: FormField, intent: str) -> Element:
    chosen = [field.value] if isinstance(field.value, str) else field.value or []
    options = [option.model_copy(update={"value": _packed(option.value)}) for option in _unique(field.options)]
    packed = [_packed(value) for value in chosen]
    return {**_choices(options, packed), "isMultiSelect": True, **_given("value", ",".join(packed))}


def _search(field: FormField, intent: str) -> Element:
    """The chosen value stands among the choices, or Teams shows its id."""
    value = _single(field)
    known = [option for option in field.options if option.value == value][:1]
    chosen = known or ([Option(value=value, label=value)] if value else [])
    return {
        "type": "Input.ChoiceSet",
        "style": "filtered",
        "choices": [_choice(option) for option in chosen],
        "choices.data": {"type": "Data.Query", "dataset": f"{intent}/{field.name}"},
        **_given("value", value),
    }


_KINDS = {
    "text": _text,
    "multiline": _text,
    "number": _number_input,
    "date": _date,
    "select": _select,
    "multiselect": _multiselect,
    "search": _search,
    "person": _search,
}


def _choices(options: list[Option], chosen: list[str]) -> Element:
    listed = options[: LIMITS["choices"]]
    listed += [option for option in options[LIMITS["choices"] :] if option.value in chosen]
    titles = [_choice_title(option) for option in listed]
    few = len(listed) <= LIMITS["few_choices"]
    # Standing open, some clients read titles as Markdown, others do not.
    style = "expanded" if few and all(literal(title) == title for title in titles) else "compact" if few else "filtered"
    return {"type": "Input.ChoiceSet", "style": style, "wrap": True, "choices": [_choice(option) for option in listed]}


def _choice(option: Option) -> dict[str, str]:
    return {"title": _choice_title(option), "value": option.value}


def _choice_title(option: Option) -> str:
    return trim(f"{option.label} – {option.description}" if option.description else option.label, LIMITS["choice"])


def _unique(options: list[Option]) -> list[Option]:
    """The first of each value."""
    return list({option.value: option for option in reversed(options) if option.value}.values())[::-1]


def _packed(value: str) -> str:
    """Without the comma that Teams joins a multiple choice with."""
    return quote(value, safe=" :/+@")


def _single(field: FormField) -> str:
    return field.value if isinstance(field.value, str) else ""


def _given(name: str, value: str) -> dict[str, str]:
    return {name: value} if value else {}
