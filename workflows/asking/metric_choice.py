"""Asking which measure is meant."""

from workflows.asking.draft import Draft, Option, decide
from workflows.asking.parsed import Slot

_LABELS = {
    "discount_savings": "discount savings (list price − what was paid)",
    "reclaimed_savings": "savings from reclaimed seats",
    "active_users": "active users",
    "tokens": "tokens",
    "requests": "API requests",
    "spend": "spend",
    "utilisation": "seat utilisation",
    "seats_assigned": "assigned seats",
    "access_requests": "access requests",
    "renewals": "renewals",
    "seats_idle": "idle seats",
    "budget": "budget",
    "cost_per_active_user": "cost per active user",
    "pending_approvals": "open approvals",
}


def ask_metric(draft: Draft, key: str, question: str, names: list[str], words: str = "") -> None:
    def meaning(name: str) -> Option:
        return Option(_LABELS.get(name, name.replace("_", " ")), lambda d: d.measure(name))

    slot: Slot = "metric"
    decide(draft, slot, key, question, [meaning(name) for name in names], words)
