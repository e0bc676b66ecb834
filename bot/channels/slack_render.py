"""A message as Block Kit: plain dicts, because slack_sdk's block classes silently drop the types they do not know.

Nothing here fails on a large message: texts are split, what must be cut says so, and tables and charts have a text form
for surfaces and workspaces without the native blocks.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from bot.channels.plainly import trim
from bot.channels.slack_figures import chart_blocks, table_blocks
from bot.channels.slack_limits import LIMITS, escape, literal
from bot.channels.slack_text import NO_MENTIONS, Block, context, facts, heading, plain_text, simple, small_print, texts
from bot.message import Action, Confirmation, Home, Message

MIN_SECTION = 500  # characters; with less room a section of the home page is not begun
OPENS, ACTS, LINKS = "open", "act", "link"


@dataclass
class Surface:
    """Where blocks go: how many native tables, charts and characters it can still take; `numbers` keeps action ids
    unique on it."""

    mentions: Mapping[int, str] = field(default_factory=dict)
    tables: int = 0
    charts: int = 0
    characters: int = LIMITS["text_total"]
    numbers: Iterator[int] = field(default_factory=count)


@dataclass(frozen=True)
class Rendered:
    text: str
    blocks: list[Block]
    has_native: bool


def render_message(message: Message, mentions: Mapping[int, str] = NO_MENTIONS, *, native: bool = True) -> Rendered:
    """`mentions`: Slack user id by person id. `native=False` for workspaces that refuse table or chart blocks."""
    blocks = message_blocks(message, _surface(mentions, native), LIMITS["blocks_message"])
    has_native = any(block["type"] in ("table", "data_visualization") for block in blocks)
    return Rendered(escape(trim(message.fallback, LIMITS["fallback"])), blocks, has_native)


def message_blocks(message: Message, surface: Surface, limit: int) -> list[Block]:
    """Content first, then buttons and small print, which are never cut away."""
    content = [
        *heading(message.title),
        *texts(message.paragraphs, surface.mentions),
        *facts(message.facts),
        *_figures(message, surface),
    ]
    files = [context(trim(f"File: {literal(file.name)}", LIMITS["context_text"])) for file in message.attachments]
    tail = [*files, *buttons(message.actions, surface), *small_print(message.notes, surface.mentions)]
    surface.characters -= sum(_text_length(block) for block in tail)
    blocks = _shorten(content, limit - len(tail), surface) + tail
    return blocks or simple(message.fallback)


def _figures(message: Message, surface: Surface) -> list[Block]:
    blocks = [*table_blocks(message.table, surface.tables > 0), *chart_blocks(message.chart, surface.charts > 0)]
    surface.tables -= sum(block["type"] == "table" for block in blocks)
    surface.charts -= sum(block["type"] == "data_visualization" for block in blocks)
    return blocks


def _surface(mentions: Mapping[int, str], native: bool) -> Surface:
    return Surface(mentions, LIMITS["tables"], LIMITS["charts"]) if native else Surface(mentions)


def render_home(home: Home, mentions: Mapping[int, str] = NO_MENTIONS, *, native: bool = True) -> dict[str, Any]:
    surface = _surface(mentions, native)
    blocks: list[Block] = []
    for section in home.sections:
        before = surface.characters
        rendered = message_blocks(section, surface, LIMITS["blocks_message"])
        if len(blocks) + len(rendered) + 2 > LIMITS["blocks_view"] or before < MIN_SECTION:
            blocks.append(context("There is more than fits here. Ask me in a message, for example `status`."))
            break
        blocks += [{"type": "divider"}, *rendered] if blocks else rendered
    return {"type": "home", "blocks": blocks}


def encode_action(action: Action) -> str:
    """What a button carries: the intent and opaque ids, never state."""
    return json.dumps({"i": action.intent, "a": action.args}, separators=(",", ":"), sort_keys=True)


def decode_action(value: str) -> tuple[str, dict[str, str]]:
    """Raises ValueError for anything `encode_action` did not write."""
    content = json.loads(value)
    if not isinstance(content, dict) or not isinstance(content.get("i"), str) or not isinstance(content.get("a"), dict):
        raise ValueError("not a button of Bursar")
    return content["i"], {str(name): str(argument) for name, argument in content["a"].items()}


def buttons(actions: list[Action], surface: Surface) -> list[Block]:
    """Rows of up to 25. A button whose arguments Slack could not carry is named in words instead."""
    elements = [_button(action, surface) for action in actions if _fits(action)]
    rows = [elements[start : start + LIMITS["actions"]] for start in range(0, len(elements), LIMITS["actions"])]
    blocks: list[Block] = [{"type": "actions", "elements": row} for row in rows]
    too_long = [action.label for action in actions if not _fits(action)]
    return blocks + [context(trim(f"Please type it: {literal(label)}", LIMITS["context_text"])) for label in too_long]


def _fits(action: Action) -> bool:
    return len(encode_action(action)) <= LIMITS["button_value"] and len(action.url or "") <= LIMITS["url"]


def _button(action: Action, surface: Surface) -> dict[str, Any]:
    kind = LINKS if action.url else OPENS if action.opens else ACTS
    button: dict[str, Any] = {
        "type": "button",
        "action_id": trim(f"{kind}:{next(surface.numbers)}:{action.intent}", LIMITS["id"]),
        "text": plain_text(action.label, LIMITS["button_text"]),
        "value": encode_action(action),
    }
    if action.url:
        button["url"] = action.url
    if action.style != "default":
        button["style"] = action.style
    if action.confirm:
        button["confirm"] = _confirm(action.confirm, action.style)
    return button


def _confirm(confirm: Confirmation, style: str) -> dict[str, Any]:
    dialog = {
        "title": plain_text(confirm.title, LIMITS["confirm_title"]),
        "text": plain_text(confirm.text, LIMITS["confirm_text"]),
        "confirm": plain_text(confirm.confirm, LIMITS["confirm_button"]),
        "deny": plain_text(confirm.cancel, LIMITS["confirm_button"]),
    }
    return dialog if style == "default" else dialog | {"style": style}


def _shorten(blocks: list[Block], limit: int, surface: Surface) -> list[Block]:
    """Keep what fits into `limit` blocks and Slack's total of text, and say when something does not."""
    kept: list[Block] = []
    for index, block in enumerate(blocks):
        last_place = len(kept) == limit - 1 and index < len(blocks) - 1
        if _text_length(block) > surface.characters or last_place:
            return [*kept, context("… The rest does not fit into one Slack message. Ask for less at a time.")]
        surface.characters -= _text_length(block)
        kept.append(block)
    return kept


def _text_length(block: Block) -> int:
    """Of sections and context; the rest does not count for Slack."""
    if block["type"] == "section":
        return sum(len(text["text"]) for text in [*block.get("fields", []), *([block["text"]] if "text" in block else [])])
    return sum(len(element["text"]) for element in block["elements"]) if block["type"] == "context" else 0
