"""What Slack accepts, in one table, and the text helpers that keep to it.

Figures: docs.slack.dev Block Kit reference; where Slack's own pages disagree, the smaller one.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from bot.channels.plainly import BREAK, trim
from bot.message import Paragraph, Span

LIMITS = {
    "blocks_message": 50,
    "blocks_view": 100,
    "header": 150,
    "section_text": 3000,
    "text_total": 12_000,
    "fields": 10,
    "field_text": 2000,
    "actions": 25,
    "context_elements": 10,
    "context_text": 2000,
    "button_text": 75,
    "button_value": 2000,
    "url": 3000,
    "id": 255,
    "private_metadata": 3000,
    "view_title": 24,
    "option_text": 75,
    "option_value": 150,
    "options": 100,
    "option_groups": 100,
    "placeholder": 150,
    "input_label": 2000,
    "input_text": 3000,
    "confirm_title": 100,
    "confirm_text": 300,
    "confirm_button": 30,
    "tables": 1,
    "charts": 2,
    "table_rows": 100,
    "table_columns": 20,
    "table_characters": 10_000,
    "chart_title": 50,
    "chart_label": 20,
    "chart_categories": 20,
    "chart_series": 6,
    "pie_segments": 12,
    "fallback": 4000,
}

_SPECIAL = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_WRAPPED = re.compile(r"(?<!\w)([*_~`])(?=\S)(?=[^\n]*?\S\1(?!\w))")
_QUOTED = re.compile(r"^&gt;", re.MULTILINE)
_MARKS = {"bold": "*", "italic": "_", "code": "`"}


def escape(text: str) -> str:
    """Slack's three control characters."""
    return "".join(_SPECIAL.get(character, character) for character in text)


def literal(text: str) -> str:
    """Escaped, and with nothing left that mrkdwn would take for a style: a pair of marks is split by a zero-width space."""
    return _QUOTED.sub(BREAK + "&gt;", escape(_WRAPPED.sub(lambda match: match.group(1) + BREAK, text)))


def mrkdwn(span: Span, mentions: Mapping[int, str]) -> str:
    """A span as Slack text. Styles do not cross lines, so each line carries its own."""
    if span.style == "person" and span.person_id is not None and span.person_id in mentions:
        return f"<@{mentions[span.person_id]}>"
    if span.style == "link" and span.url and len(span.url) <= LIMITS["url"]:
        return f"<{_link_target(span.url)}|{escape(span.text).replace('|', '¦')}>"
    mark = _MARKS.get(span.style)
    if mark is None or mark in span.text:
        return literal(span.text)
    return "\n".join(f"{mark}{escape(line)}{mark}" if line.strip() else line for line in span.text.split("\n"))


def _link_target(url: str) -> str:
    return escape(url).replace("|", "%7C")


def mrkdwn_pieces(paragraph: Paragraph, mentions: Mapping[int, str], limit: int) -> list[str]:
    """A paragraph as pieces of at most `limit` characters; never cut within an entity, a mention or a style."""
    pieces = [""]
    for span in paragraph:
        for part in _small_spans(span, limit // 8):
            chunk = _joined(pieces[-1], mrkdwn(part, mentions), part)
            if len(pieces[-1]) + len(chunk) > limit:
                pieces.append("")
            pieces[-1] += chunk
    return [piece for piece in pieces if piece.strip()]


def _joined(before: str, chunk: str, span: Span) -> str:
    """A style needs a non-word character beside its marks, or Slack shows the marks."""
    styled_now = span.style in _MARKS
    after_word = bool(before) and (before[-1].isalnum() and styled_now)
    after_style = bool(before) and before[-1] in "*_`" and chunk[:1].isalnum()
    return BREAK + chunk if after_word or after_style else chunk


def _small_spans(span: Span, size: int) -> Iterator[Span]:
    """Escaping makes a character at most five long, so parts of an eighth of the limit always fit."""
    if len(span.text) <= size or span.style in ("link", "person"):
        yield span.model_copy(update={"text": trim(span.text, size)})
        return
    for start in range(0, len(span.text), size):
        yield span.model_copy(update={"text": span.text[start : start + size]})


def pack(texts: Iterable[str], limit: int, between: str = "\n\n") -> list[str]:
    """Join texts, in order, into as few as fit the limit each."""
    packed: list[str] = []
    for text in texts:
        if packed and len(packed[-1]) + len(between) + len(text) <= limit:
            packed[-1] += between + text
        else:
            packed.append(text)
    return packed
