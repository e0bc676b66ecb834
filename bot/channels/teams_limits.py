"""What Teams accepts, in one table.

Figures: learn.microsoft.com (Teams cards, universal actions, dialogs, store validation); where Microsoft's own pages
disagree, the smaller one. A message may have 28 KB: the rest is for what Teams adds.
"""

import json
from typing import Any

LIMITS = {
    "card": 25_000,
    "text": 20_000,
    "piece": 2000,
    "fact": 400,
    "facts": 12,
    "visible_actions": 6,
    "refresh_users": 60,
    "action_data": 2000,
    "button": 60,
    "url": 2000,
    "table_rows": 100,
    "table_columns": 8,
    "bars": 12,
    "long_label": 12,
    "dialog_title": 60,
    "choices": 200,
    "choice": 100,
    "few_choices": 6,
    "searched": 15,
    "summary": 1000,
    "label": 300,
    "input_text": 4000,
}

SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
VERSION = "1.5"


def size(content: Any) -> int:
    """Bytes of JSON as the most wasteful writer would write it."""
    return len(json.dumps(content))
