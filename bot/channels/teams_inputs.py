"""The fields of a form as inputs of a card, and the choices of those that have some."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote, unquote

from bot.channels.plainly import height, trim
from bot.channels.teams_limits import LIMITS
from bot.channels.teams_text import Element, literal, text_block
from bot.message import FormField, Option

ONE, MANY = "one:", "many:"
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def inputs(fields: list[FormField], intent: str, errors: Mapping[str, str], most: int) -> list[Element]:
    """`most` choices of each list; a chosen one is never left out. Each field's error stands below it."""
    return [element for field in fields for element in _field(field, intent, errors.get(field.name, ""), most)]


def error_note(text: str) -> Element:
    return text_block(literal(text), color="Attention", weight="Bolder", spacing="Small")


def input_id(field: FormField) -> str:
    """Says what is needed to read it again: Teams sends a multiple choice as one text with commas."""
    return (MANY if field.kind == "multiselect" else ONE) + field.name


def read_input(name: str, given: Any) -> tuple[str, str | list[str]]:
    """Field name and value of a submitted input: an empty one is "", an empty multiple choice []."""
    text = "" if given is None else str(given)
    if name.startswith(MANY):
        return name.removeprefix(MANY), [unquote(part) for part in text.split(",") if part]
    return name.removeprefix(ONE), text


def unique(options: list[Option]) -> list[Option]:
    """The first of each value."""
    return list({option.value: option for option in reversed(options) if option.value}.values())[::-1]


def choice(option: Option) -> dict[str, str]:
    words = f"{option.label} – {option.description}" if option.description else option.label
    return {"title": trim(words, LIMITS["choice"]), "value": option.value}


def _field(field: FormField, intent: str, error: str, most: int) -> list[Element]:
    label = trim(field.label, LIMITS["label"])
    element: Element = {
        "id": input_id(field),
        "label": label,
        "isRequired": field.required,
        "errorMessage": f"Please fill in: {label}",
        **_input(field, intent, most),
    }
    if field.placeholder:
        element["placeholder"] = field.placeholder
    small: dict[str, Any] = {"size": "Small", "isSubtle": True, "spacing": "Small"}
    cut = len(field.options) > most and "choices.data" not in element
    return [
        element,
        *([error_note(error)] if error else []),
        *([text_block(literal(field.hint), **small)] if field.hint else []),
        *([text_block(f"Only the first {most} choices are listed.", **small)] if cut else []),
    ]


def _input(field: FormField, intent: str, most: int) -> Element:
    if field.kind == "multiselect":
        return _multiselect(field, intent, most)
    if field.kind == "select" and field.options:
        return _select(field, most)
    if field.kind in ("select", "search", "person"):
        return _search(field, intent)
    value = _single(field)
    if field.kind == "number" and _is_number(value):
        return {"type": "Input.Number", **({"value": height(Decimal(value))} if value else {})}
    if field.kind == "date" and (not value or _ISO_DAY.fullmatch(value)):
        return {"type": "Input.Date", **_given(value)}
    return _text(field, value)


def _text(field: FormField, value: str) -> Element:
    """Also of a number or date that is none: only as a text can it be kept and corrected."""
    limit = min(field.max_length or LIMITS["input_text"], LIMITS["input_text"])
    return {
        "type": "Input.Text",
        "isMultiline": field.kind == "multiline",
        "maxLength": limit,
        **_given(trim(value, limit)),
    }


def _is_number(value: str) -> bool:
    try:
        return not value or Decimal(value).is_finite()
    except InvalidOperation:
        return False


def _select(field: FormField, most: int) -> Element:
    options = unique(field.options)
    value = _single(field)
    return {**_choices(options, [value], most), **_given(value if value in {one.value for one in options} else "")}


def _multiselect(field: FormField, intent: str, most: int) -> Element:
    chosen = [field.value] if isinstance(field.value, str) else field.value or []
    options = [option.model_copy(update={"value": _packed(option.value)}) for option in unique(field.options)]
    known = {option.value for option in options}
    packed = [_packed(value) for value in chosen if value and (not options or _packed(value) in known)]
    several = {"isMultiSelect": True, **_given(",".join(packed))}
    if options:
        return {**_choices(options, packed, most), **several}
    return {**_searched(field, intent, [Option(value=value, label=unquote(value)) for value in packed]), **several}


def _search(field: FormField, intent: str) -> Element:
    """The chosen value stands among the choices, or Teams shows its id."""
    value = _single(field)
    known = [option for option in field.options if option.value == value][:1]
    chosen = known or ([Option(value=value, label=value)] if value else [])
    return {**_searched(field, intent, chosen), **_given(value)}


def _searched(field: FormField, intent: str, chosen: list[Option]) -> Element:
    return {
        "type": "Input.ChoiceSet",
        "style": "filtered",
        "choices": [choice(option) for option in chosen],
        "choices.data": {"type": "Data.Query", "dataset": f"{intent}/{field.name}"},
    }


def _choices(options: list[Option], chosen: list[str], most: int) -> Element:
    """A few stand open, as people see them all; many are searched while typing."""
    listed = [choice(option) for option in options[:most] + [one for one in options[most:] if one.value in chosen]]
    few = len(listed) <= LIMITS["few_choices"]
    # Standing open, some clients read titles as Markdown, others do not.
    open_ = few and all(literal(one["title"]) == one["title"] for one in listed)
    style = "expanded" if open_ else "compact" if few else "filtered"
    return {"type": "Input.ChoiceSet", "style": style, "wrap": True, "choices": listed}


def _packed(value: str) -> str:
    """Without the comma that Teams joins a multiple choice with."""
    return quote(value, safe=" :/+@")


def _single(field: FormField) -> str:
    return field.value if isinstance(field.value, str) else ""


def _given(value: str) -> dict[str, str]:
    return {"value": value} if value else {}
