"""Nothing that a message or form says is missing from its card, and how cards are read in tests."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from bot.channels.teams_forms import unpack_form
from bot.channels.teams_render import decode_action
from bot.interaction import Conversation
from bot.message import Chart, Form, FormField, Message, Table
from tests.teams_cards import check_task, is_action, walk

IGNORED = "*_~`\\ \n\t\u200bˋ–"
TEXT_KEYS = ("text", "title", "value", "label", "legend", "x", "errorMessage", "placeholder")


def squeezed(text: str) -> str:
    """The words alone: marks and white space dropped."""
    return "".join(character for character in text if character not in IGNORED and not character.isspace())


def text_of(thing: Any, *, fallbacks: bool = True) -> str:
    """Everything a card shows, marks included; its fallbacks too if wanted."""
    parts = [thing] if isinstance(thing, dict) else thing
    return "\n".join(words for part in parts for words in _words(part, fallbacks))


def _words(thing: Any, fallbacks: bool) -> Iterator[str]:
    if isinstance(thing, list):
        for one in thing:
            yield from _words(one, fallbacks)
    elif isinstance(thing, dict):
        for key, value in thing.items():
            if key in TEXT_KEYS and isinstance(value, str):
                yield value
            elif (fallbacks or key != "fallback") and not (key == "data" and is_action(thing)):
                yield from _words(value, fallbacks)


def actions_of(card: dict[str, Any]) -> list[dict[str, Any]]:
    """Every action people can take, in order, also behind others; not the card's own refresh."""
    visible = {key: value for key, value in card.items() if key != "refresh"}
    return [one for one in walk(visible) if is_action(one) and one["type"] != "Action.ShowCard"]


def button(card: dict[str, Any], label: str) -> dict[str, Any]:
    found = [action for action in walk(card) if is_action(action) and action["title"] == label]
    assert found, f"no button {label!r} among {[action['title'] for action in walk(card) if is_action(action)]}"
    return found[0]


def inputs_of(card: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in walk(card) if str(one.get("type", "")).startswith("Input.")}


def words_of(message: Message) -> list[str]:
    spans = [span.text for part in [*message.paragraphs, *message.notes] for span in part]
    facts = [text for fact in message.facts for text in (fact.label, fact.value)]
    labels = [action.label for action in message.actions]
    confirmed = [action.confirm for action in message.actions if action.confirm]
    asked = [text for confirm in confirmed for text in (confirm.title, confirm.text)]
    return [message.title, *spans, *facts, *labels, *asked, *_cells(message.table), *_numbers(message.chart)]


def _cells(table: Table | None) -> list[str]:
    if table is None:
        return []
    return [table.caption, *(cell for row in [table.columns, *table.rows] for cell in row)]


def _numbers(chart: Chart | None) -> list[str]:
    if chart is None:
        return []
    values = [f"{value:,}" for series in chart.series for value in series.values[: len(chart.labels)]]
    return [chart.title, chart.unit, *chart.labels, *values]


def assert_nothing_lost(message: Message, card: dict[str, Any]) -> None:
    """In the card as drawn, and where tables and charts are replaced by their fallbacks."""
    degraded = squeezed(text_of(degrade(card)))
    desktop, phone = (squeezed(text_of(at_width(card, wide), fallbacks=False)) for wide in (True, False))
    for words in words_of(message):
        assert squeezed(words) in degraded, words
    for words in words_of(message.model_copy(update={"chart": None})):
        assert squeezed(words) in desktop and squeezed(words) in phone, words
    assert squeezed(message.fallback) in squeezed(card["speak"]) or len(message.fallback) > 900
    assert_actions_complete(message, card)


def assert_actions_complete(message: Message, card: dict[str, Any]) -> None:
    offered = actions_of(card)
    assert len(offered) == len(message.actions)
    for action, shown in zip(message.actions, offered, strict=True):
        if action.url:
            assert shown["url"] == action.url
            continue
        assert decode_action(shown["data"]) == (action.intent, action.args)
        opens = shown["data"].get("msteams") == {"type": "task/fetch"} or "c" in shown["data"]["bursar"]
        assert opens or not action.opens


def degrade(thing: Any) -> Any:
    """The card as a client shows it that knows neither tables nor charts."""
    if isinstance(thing, list):
        return [degrade(one) for one in thing if not (isinstance(one, dict) and one.get("fallback") == "drop")]
    if not isinstance(thing, dict):
        return thing
    if thing.get("type") == "Table" or str(thing.get("type", "")).startswith("Chart."):
        return degrade(thing["fallback"])
    return {key: degrade(value) for key, value in thing.items() if key != "targetWidth"}


def at_width(thing: Any, wide: bool) -> Any:
    """The card as a new client shows it on a desktop or on a phone."""
    if isinstance(thing, list):
        hidden = "atMost:Narrow" if wide else "atLeast:Standard"
        return [at_width(one, wide) for one in thing if not (isinstance(one, dict) and one.get("targetWidth") == hidden)]
    return {key: at_width(value, wide) for key, value in thing.items()} if isinstance(thing, dict) else thing


def assert_form_complete(form: Form, task: dict[str, Any], opened_in: Conversation) -> None:
    check_task(task)
    card = task["card"]["content"]
    shown = squeezed(task["title"] + text_of(card))
    fields = inputs_of(card)
    assert len(fields) == len(form.fields)
    for field, (input_id, element) in zip(form.fields, fields.items(), strict=True):
        assert input_id.endswith(f":{field.name}")
        assert element["isRequired"] is field.required
        assert squeezed(field.label) in shown and squeezed(field.hint) in shown
        assert squeezed(field.placeholder) in squeezed(element.get("placeholder", ""))
        assert_value_kept(field, element)
    for span in (span for part in form.intro for span in part):
        assert squeezed(span.text) in shown
    for fact in form.facts:
        assert squeezed(fact.label) in shown and squeezed(fact.value) in shown
    [submit] = card["actions"]
    sent = unpack_form({**submit["data"], **{input_id: element.get("value", "") for input_id, element in fields.items()}})
    assert (sent.intent, sent.args, sent.place, sent.message_id) == (form.intent, form.args, opened_in, "9.9")
    assert sent.values.keys() == {field.name for field in form.fields}


def assert_value_kept(field: FormField, element: dict[str, Any]) -> None:
    if not field.value:
        assert "value" not in element
    elif isinstance(field.value, str) and field.kind == "number":
        assert float(element["value"]) == float(field.value)
    elif isinstance(field.value, str) and field.kind != "multiselect":
        assert field.value.startswith(element["value"].removesuffix("…"))
    else:
        wanted = [field.value] if isinstance(field.value, str) else field.value
        assert element["value"].split(",") == [quote(value, safe=" :/+@") for value in wanted]
