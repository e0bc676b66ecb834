"""Texts as Teams' small Markdown: bold, italic, links and mentions of ours, and nothing of anybody else's.

Desktop reads CommonMark, phones a subset of it that knows a backslash only before `* _ [ ]`. What both understand is
escaped, everything else is broken with a space of no width.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.channels.plainly import BREAK, ELLIPSIS, trim
from bot.channels.teams_limits import LIMITS, take
from bot.message import Fact, Paragraph, Span, bold, plain

Element = dict[str, Any]
CUT = "… The rest does not fit into one Teams message. Ask for less at a time."
NO_MENTIONS: Mapping[int, str] = {}

_ESCAPED = re.compile(r"[*_\[\]]")
_BROKEN = re.compile(r"(\\|<|~(?=~)|:(?=//)|\b[wW]{3}(?=\.)|&(?=#?\w+;)|\)(?=[-+*\d]))")
_LINE_START = re.compile(r"^(?=[#>+=~|:-]|\d{1,9}[.)])")
_NOT_IN_NAMES = re.compile(r"""[<>&*_\[\]`"\\\s]+""")
_MARKS = {"bold": "**", "code": "**", "italic": "*"}


def literal(text: str) -> str:
    """Shown character by character. A line's end is a new paragraph, because cards join single lines."""
    return _lines(_inline(text))


def unlinked(text: str) -> str:
    """For plain text: an address someone wrote does not become a link."""
    return re.sub(r":(?=//)|\b[wW]{3}(?=\.)", lambda match: match.group() + BREAK, text)


def text_block(text: str, **style: Any) -> Element:
    """`text` is Markdown already."""
    return {"type": "TextBlock", "text": text or "–", "wrap": True, **style}


def cut_note() -> Element:
    return text_block(CUT, isSubtle=True)


def heading(title: str) -> list[Element]:
    if not title.strip():
        return []
    return [text_block(literal(title), size="Medium", weight="Bolder", style="heading")]


def paragraphs(parts: Iterable[Paragraph], tags: Mapping[int, str]) -> list[Element]:
    texts = (markdown(piece, tags) for part in parts for piece in _pieces(part))
    return [text_block(text) for text in texts if text]


def _pieces(paragraph: Paragraph) -> Iterator[Paragraph]:
    """Long paragraphs in pieces, so that what does not fit into a card can be cut between them."""
    piece: Paragraph = []
    room = LIMITS["piece"]
    for span in paragraph:
        whole = span.style in ("link", "person") or len(span.text) <= room
        for start in range(0, 1 if whole else len(span.text), LIMITS["piece"]):
            part = span if whole else span.model_copy(update={"text": span.text[start : start + LIMITS["piece"]]})
            if len(part.text) > room and piece:
                yield piece
                piece, room = [], LIMITS["piece"]
            piece.append(part)
            room -= len(part.text)
    if piece:
        yield piece


def small_print(notes: Iterable[Paragraph], tags: Mapping[int, str]) -> list[Element]:
    """Never cut for the sake of the rest; endless small print is, visibly."""
    texts, left = take((text for note in notes for text in [markdown(note, tags)] if text), LIMITS["notes"])
    if left < 0:
        texts.append(ELLIPSIS)
    return [
        text_block(text, size="Small", isSubtle=True, spacing="Small" if index else "Medium")
        for index, text in enumerate(texts)
    ]


def mention_tags(parts: Iterable[Paragraph], mentions: Mapping[int, str]) -> dict[int, str]:
    """What stands for each person Teams knows. Two of one name differ by marks nobody sees, or Teams mixes them up."""
    tags: dict[int, str] = {}
    for span in (span for part in parts for span in part):
        if span.style != "person" or span.person_id is None or span.person_id in tags or span.person_id not in mentions:
            continue
        name = _NOT_IN_NAMES.sub(" ", span.text).strip()
        if name:
            while f"<at>{name}</at>" in tags.values():
                name += BREAK
            tags[span.person_id] = f"<at>{name}</at>"
    return tags


def entities(tags: Mapping[int, str], mentions: Mapping[int, str]) -> list[dict[str, Any]]:
    """What tells Teams whom each tag means."""
    return [
        {
            "type": "mention",
            "text": tag,
            "mentioned": {"id": mentions[person_id], "name": tag.removeprefix("<at>").removesuffix("</at>").strip(BREAK)},
        }
        for person_id, tag in tags.items()
    ]


def markdown(paragraph: Paragraph, tags: Mapping[int, str]) -> str:
    """A paragraph; "" when it says nothing."""
    text = ""
    for span in _merged(paragraph, tags):
        chunk = _span(span, tags)
        text += BREAK + chunk if text.endswith("*") and chunk.startswith("*") else chunk
    return _lines(text) if text.strip() else ""


def _merged(paragraph: Paragraph, tags: Mapping[int, str]) -> list[Span]:
    """Neighbours of one style as one span: what is harmless in two halves may not be in one piece."""
    merged: list[Span] = []
    for span in paragraph:
        style = _style(span, tags)
        if merged and merged[-1].style == style and style not in ("link", "person"):
            merged[-1] = merged[-1].model_copy(update={"text": merged[-1].text + span.text})
        else:
            merged.append(span.model_copy(update={"style": style}))
    return merged


def _style(span: Span, tags: Mapping[int, str]) -> str:
    if span.style == "person":
        return "person" if span.person_id in tags else "plain"
    if span.style == "link":
        url = span.url or ""
        usable = url.startswith(("https://", "http://")) and len(url) <= LIMITS["url"] and span.text.strip()
        return "link" if usable else "plain"
    return "bold" if span.style == "code" else span.style


def _span(span: Span, tags: Mapping[int, str]) -> str:
    if span.style == "person" and span.person_id is not None:
        return tags[span.person_id]
    if span.style == "link":
        return f"[{_inline(span.text).replace(chr(10), ' ')}]({_target(span.url or '')})"
    mark = _MARKS.get(span.style)
    if mark is None:
        return _inline(span.text)
    return "\n".join(_marked(line, mark) for line in span.text.split("\n"))


def _marked(line: str, mark: str) -> str:
    """A mark counts only beside what is no space and no punctuation; blanks at the edges stay outside."""
    inner = line.strip()
    if not inner:
        return line
    before, after = line[: len(line) - len(line.lstrip())], line[len(line.rstrip()) :]
    opening = "" if inner[0].isalnum() else BREAK
    closing = "" if inner[-1].isalnum() else BREAK
    return f"{before}{mark}{opening}{_inline(inner)}{closing}{mark}{after}"


def _inline(text: str) -> str:
    broken = _BROKEN.sub(lambda match: match.group() + BREAK, text.replace("`", "ˋ"))
    return _ESCAPED.sub(lambda match: "\\" + match.group(), broken)


def _lines(text: str) -> str:
    lines = [line.strip() for line in text.splitlines()]
    return "\n\n".join(_LINE_START.sub(BREAK, line) for line in lines if line)


def _target(url: str) -> str:
    """An address without what could end it."""
    return re.sub(r"[\s()<>\\\[\]`\"]", lambda match: "".join(f"%{byte:02X}" for byte in match.group().encode()), url)


def simple(text: str) -> list[Element]:
    """A paragraph of plain text."""
    return paragraphs([[plain(text)]], {})


def facts(items: Iterable[Fact]) -> list[Element]:
    """Sets of labelled values; a value too long for a phone's half row becomes a paragraph."""
    elements: list[Element] = []
    row: list[tuple[str, str]] = []
    for fact in items:
        if len(fact.label) + len(fact.value) > LIMITS["fact"]:
            elements += [*fact_set(row), *paragraphs([[bold(f"{fact.label}:"), plain(f" {fact.value}")]], {})]
            row = []
        else:
            row.append((fact.label, fact.value))
        if len(row) == LIMITS["facts"]:
            elements += fact_set(row)
            row = []
    return elements + fact_set(row)


def fact_set(items: Iterable[tuple[str, str]]) -> list[Element]:
    """Nothing for no items."""
    listed = [{"title": literal(label) or "–", "value": literal(value) or "–"} for label, value in items]
    return [{"type": "FactSet", "facts": listed}] if listed else []


def button_text(text: str) -> str:
    return trim(" ".join(text.split()), LIMITS["button"]) or "–"
