"""Texts as blocks: headings, paragraphs, facts, small print."""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.channels.plainly import ELLIPSIS, trim
from bot.channels.slack_limits import LIMITS, literal, mrkdwn_pieces, pack
from bot.message import Fact, Paragraph, plain

Block = dict[str, Any]
NO_MENTIONS: Mapping[int, str] = {}


def section(text: str) -> Block:
    """`verbatim`: Slack must not make links or mentions of what merely looks like one."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def context(text: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}


def plain_text(text: str, limit: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": trim(text, limit) or "–", "emoji": False}


def heading(title: str) -> list[Block]:
    """A header takes no styles and 150 characters; a longer title is also written out below."""
    if not title.strip():
        return []
    header: Block = {"type": "header", "text": plain_text(title, LIMITS["header"])}
    if len(title) <= LIMITS["header"]:
        return [header]
    return [header, *simple(title)]


def texts(paragraphs: Iterable[Paragraph], mentions: Mapping[int, str] = NO_MENTIONS) -> list[Block]:
    limit = LIMITS["section_text"]
    pieces = [piece for paragraph in paragraphs for piece in mrkdwn_pieces(paragraph, mentions, limit)]
    return [section(text) for text in pack(pieces, limit)]


def simple(text: str) -> list[Block]:
    """A paragraph of plain text."""
    return texts([[plain(text)]])


def facts(items: list[Fact]) -> list[Block]:
    """Two to a row; a fact too long for a field becomes a section of its own."""
    blocks: list[Block] = []
    row: list[dict[str, Any]] = []
    for fact in items:
        text = f"*{literal(fact.label)}*\n{literal(fact.value) or '–'}"
        if len(text) > LIMITS["field_text"]:
            blocks += [*_fields(row), *simple(f"{fact.label}: {fact.value}")]
            row = []
        else:
            row.append({"type": "mrkdwn", "text": text, "verbatim": True})
        if len(row) == LIMITS["fields"]:
            blocks += _fields(row)
            row = []
    return blocks + _fields(row)


def _fields(row: list[dict[str, Any]]) -> list[Block]:
    return [{"type": "section", "fields": row}] if row else []


def small_print(notes: list[Paragraph], mentions: Mapping[int, str]) -> list[Block]:
    """At most two blocks of it, because it is never cut for the sake of the rest."""
    pieces = [piece for note in notes for piece in mrkdwn_pieces(note, mentions, LIMITS["context_text"])]
    packed = pack(pieces, LIMITS["context_text"], "\n")
    return [context(text) for text in (packed if len(packed) <= 2 else [*packed[:2], ELLIPSIS])]
