"""What Teams accepts, in one table.

Figures: learn.microsoft.com (Teams cards, universal actions, dialogs, store validation); where Microsoft's own pages
disagree, the smaller one. A message may have 28 KB: the rest is for what Teams adds.
"""

import json
from collections.abc import Iterable
from typing import Any

LIMITS = {
    "card": 25_000,
    "text": 20_000,
    "piece": 2000,
    "fact": 400,
    "facts": 12,
    "notes": 6000,
    "visible_actions": 6,
    "refresh_users": 60,
    "action_data": 2000,
    "button": 60,
    "url": 2000,
    "table_rows": 100,
    "table_columns": 8,
    "phone_columns": 3,
    "bars": 12,
    "long_label": 12,
    "dialog_title": 60,
    "choice": 100,
    "few_choices": 6,
    "searched": 15,
    "summary": 1000,
    "label": 300,
    "input_text": 4000,
}

MOST_CHOICES = (200, 60, 20, 5)  # the first with which a form fits
SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
VERSION = "1.5"


def take(parts: Iterable[Any], room: int) -> tuple[list[Any], int]:
    """The first parts that fit into `room` bytes, and the bytes left; less than none when something did not fit."""
    kept: list[Any] = []
    for part in parts:
        room -= size(part) + 2
        if room < 0:
            break
        kept.append(part)
    return kept, room


def size(content: Any) -> int:
    """Bytes of JSON as the most wasteful writer would write it."""
    return len(json.dumps(content))
