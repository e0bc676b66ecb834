"""Forms and details as Slack modals, and what a submitted modal says."""

import json
from collections.abc import Mapping
from typing import Any

from bot.channels.plainly import trim
from bot.channels.slack_limits import LIMITS
from bot.channels.slack_render import Surface, message_blocks
from bot.channels.slack_text import NO_MENTIONS, Block, context, facts, heading, plain_text, texts
from bot.interaction import Conversation
from bot.message import Form, FormField, Message, Option

FORM_CALLBACK = "form"
DETAILS_CALLBACK = "details"
FIELD = "field:"
INPUT_ID = "value"

FormValues = dict[str, str | list[str]]


def render_form(
    form: Form,
    conversation: Conversation,
    message_id: str | None = None,
    mentions: Mapping[int, str] = NO_MENTIONS,
) -> dict[str, Any]:
    """A modal that remembers, unseen, where it was opened, so that the outcome is told there."""
    long_title = heading(form.title) if len(form.title) > LIMITS["view_title"] else []
    blocks = [*long_title, *texts(form.intro, mentions), *facts(form.facts)]
    inputs = [block for field in form.fields for block in _input(field)]
    return {
        "type": "modal",
        "callback_id": FORM_CALLBACK,
        "title": plain_text(form.title, LIMITS["view_title"]),
        "submit": plain_text(form.submit, LIMITS["view_title"]),
        "close": plain_text("Cancel", LIMITS["view_title"]),
        "private_metadata": pack_metadata(conversation, message_id, form.intent, form.args),
        "blocks": [*blocks[: LIMITS["blocks_view"] - len(inputs)], *inputs],
    }


def render_details(
    message: Message,
    conversation: Conversation,
    message_id: str | None = None,
    mentions: Mapping[int, str] = NO_MENTIONS,
) -> dict[str, Any]:
    """A message shown to the one who clicked. Modals have no tables or charts: those are written out."""
    title = message.title or "Bursar"
    shown = message if len(title) > LIMITS["view_title"] else message.model_copy(update={"title": ""})
    return {
        "type": "modal",
        "callback_id": DETAILS_CALLBACK,
        "title": plain_text(title, LIMITS["view_title"]),
        "close": plain_text("Close", LIMITS["view_title"]),
        "private_metadata": pack_metadata(conversation, message_id, "", {}),
        "blocks": message_blocks(shown, Surface(mentions), LIMITS["blocks_view"]),
    }


def pack_metadata(conversation: Conversation, message_id: str | None, intent: str, args: dict[str, str]) -> str:
    """Raises ValueError when the arguments are not the few opaque ids they should be."""
    content = {"c": conversation.model_dump(exclude_defaults=True), "m": message_id, "i": intent, "a": args}
    text = json.dumps(content, separators=(",", ":"))
    if len(text) > LIMITS["private_metadata"]:
        raise ValueError(f"the arguments of {intent} do not fit into a Slack modal")
    return text


def unpack_metadata(text: str) -> tuple[Conversation, str | None, str, dict[str, str]]:
    """Conversation, clicked message, intent and arguments. Raises ValueError for metadata that is not Bursar's."""
    content = json.loads(text)
    try:
        return Conversation.model_validate(content["c"]), content["m"], str(content["i"]), dict(content["a"])
    except (KeyError, TypeError) as error:
        raise ValueError("not a modal of Bursar") from error


def render_options(options: list[Option]) -> list[dict[str, Any]]:
    """Choices of a menu; the same value twice would be refused by Slack."""
    unique = {option.value: option for option in reversed(options) if 0 < len(option.value) <= LIMITS["option_value"]}
    return [_option(option) for option in reversed(unique.values())]


def submitted_values(state: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> FormValues:
    """A view's state as values by field name: an empty input is "", an empty multiple choice []."""
    values: FormValues = {}
    for block_id, inputs in state.items():
        if block_id.startswith(FIELD):
            for element in inputs.values():
                values[block_id.removeprefix(FIELD)] = _value_of(element)
    return values


def field_errors(errors: Mapping[str, str], names: list[str]) -> dict[str, str]:
    """Errors by block id. What belongs to no visible field is shown at the first one, because Slack drops it otherwise."""
    shown: dict[str, str] = {}
    for name, text in errors.items():
        block = FIELD + (name if name in names else names[0])
        shown[block] = trim(f"{shown[block]} {text}" if block in shown else text, LIMITS["input_label"])
    return shown


def _value_of(element: Mapping[str, Any]) -> str | list[str]:
    kind = element.get("type", "")
    if kind.startswith("multi_") or kind == "checkboxes":
        return [str(option["value"]) for option in element.get("selected_options") or []]
    if "selected_option" in element or kind in ("static_select", "external_select", "radio_buttons"):
        return str((element.get("selected_option") or {}).get("value", ""))
    return str(element.get("selected_date") or element.get("value") or "")


def _input(field: FormField) -> list[Block]:
    block: Block = {
        "type": "input",
        "block_id": FIELD + field.name,
        "label": plain_text(field.label, LIMITS["input_label"]),
        "optional": not field.required,
        "element": _element(field),
    }
    if field.hint:
        block["hint"] = plain_text(field.hint, LIMITS["input_label"])
    if field.kind in ("select", "multiselect") and len(field.options) > LIMITS["options"] * LIMITS["option_groups"]:
        return [block, context("Only the first 10,000 choices are listed.")]
    return [block]


def _element(field: FormField) -> dict[str, Any]:
    element = {"action_id": INPUT_ID, **_KINDS[field.kind](field)}
    if field.placeholder and element["type"] != "datepicker":
        element["placeholder"] = plain_text(field.placeholder, LIMITS["placeholder"])
    return element


def _text(field: FormField) -> dict[str, Any]:
    limit = min(field.max_length or LIMITS["input_text"], LIMITS["input_text"])
    element: dict[str, Any] = {
        "type": "plain_text_input",
        "multiline": field.kind == "multiline",
        "max_length": limit,
    }
    return _with_value(element, "initial_value", trim(_single(field), limit))


def _number(field: FormField) -> dict[str, Any]:
    return _with_value({"type": "number_input", "is_decimal_allowed": True}, "initial_value", _single(field))


def _date(field: FormField) -> dict[str, Any]:
    return _with_value({"type": "datepicker"}, "initial_date", _single(field))


def _select(field: FormField) -> dict[str, Any]:
    if not field.options:
        return _search(field)
    chosen = [option for option in field.options if option.value == field.value][:1]
    element = {"type": "static_select", **_choices(field)}
    return element | ({"initial_option": _option(chosen[0])} if chosen else {})


def _multiselect(field: FormField) -> dict[str, Any]:
    if not field.options:
        return {"type": "multi_external_select", "min_query_length": 0}
    wanted = [field.value] if isinstance(field.value, str) else field.value or []
    chosen = [_option(option) for option in field.options if option.value in wanted]
    element = {"type": "multi_static_select", **_choices(field)}
    return element | ({"initial_options": chosen} if chosen else {})


def _search(field: FormField) -> dict[str, Any]:
    element: dict[str, Any] = {"type": "external_select", "min_query_length": 0}
    value = _single(field)
    if not value:
        return element
    known = [option for option in field.options if option.value == value]
    return element | {"initial_option": _option(known[0] if known else Option(value=value, label=value))}


_KINDS = {
    "text": _text,
    "multiline": _text,
    "number": _number,
    "date": _date,
    "select": _select,
    "multiselect": _multiselect,
    "search": _search,
    "person": _search,
}


def _single(field: FormField) -> str:
    return field.value if isinstance(field.value, str) else ""


def _with_value(element: dict[str, Any], name: str, value: str) -> dict[str, Any]:
    return element | {name: value} if value else element


def _choices(field: FormField) -> dict[str, Any]:
    """A hundred choices are a list; more are groups of a hundred, named by their first and last."""
    options = render_options(field.options)
    size = LIMITS["options"]
    if len(options) <= size:
        return {"options": options}
    parts = [options[start : start + size] for start in range(0, len(options), size)][: LIMITS["option_groups"]]
    return {"option_groups": [{"label": _span_of(part), "options": part} for part in parts]}


def _span_of(part: list[dict[str, Any]]) -> dict[str, Any]:
    first, last = part[0]["text"]["text"], part[-1]["text"]["text"]
    return plain_text(f"{trim(first, 35)} – {trim(last, 35)}", LIMITS["option_text"])


def _option(option: Option) -> dict[str, Any]:
    shown: dict[str, Any] = {"text": plain_text(option.label, LIMITS["option_text"]), "value": option.value}
    if option.description:
        shown["description"] = plain_text(option.description, LIMITS["option_text"])
    return shown
