"""Several metric words in one sentence: what they mean together, and which lists of them are asked about."""

from storage.spend_query import Grain
from workflows.asking.draft import Draft, Sentence, Unclear, use
from workflows.asking.metric_choice import ask_metric

_PACES: dict[str, Grain] = {"dau": "day", "wau": "week", "mau": "month"}


def paces(s: Sentence, draft: Draft) -> None:
    """WAU, DAU, MAU: people counted once in each week, day or month."""
    for item in s.seq:
        unit = _PACES.get(item.text.lower()) if item.has("metric", "active_users") else None
        if unit is None:
            continue
        if draft.grain not in (None, unit):
            raise Unclear("modifier", f"{item.text} counts people once a {unit}, not by {draft.grain}.", item.text)
        if unit != "month":
            draft.grain = unit


def combine(s: Sentence, draft: Draft) -> None:
    """Drops metrics that another one already says. Raises Unclear for lists of different kinds."""
    found = draft.metrics
    if draft.inherited_metrics[:1] == ("seats_idle",) and found == ["spend"] and (draft.refers or _only_cost(s)):
        draft.metrics = ["idle_seat_cost"]
        return
    paying = any(i.has("have") and "pay" in i.text.lower() for i in s.seq) or "paid" in found
    if "seats_idle" in found and paying and not s.joins_metrics():
        draft.metrics = []
        money = any(token.text in ("much", "what") for token in s.chart.tokens)
        if money:
            draft.measure("idle_seat_cost")
        else:
            ask_metric(draft, "paid and idle", "Which of these?", ["seats_idle", "idle_seat_cost"], "paid")
        return
    if "budget_used" in found:
        draft.share = False
    if draft.share and found[:1] == ["budget_remaining"]:  # "how much of the budget is left" is an amount
        draft.share = False
        draft.metrics = found = ["budget_left_share" if s.any("share") else "budget_remaining", *found[1:]]
    if "run_rate" in found:
        draft.metrics = found = ["run_rate"]
        draft.grain = None if draft.grain == "year" else draft.grain
    verbs = ("burn", "burned", "burnt", "burning", "blow", "blew", "went", "consume", "consumed")
    if {"list_price", "discount_savings", "tokens", "requests"} & set(found) or found[0].startswith("cost_per"):
        use(*s.open("usage"))
    counted = {"tokens", "input_tokens", "output_tokens", "cached_input_tokens", "requests"} & set(found)
    if "spend" in found and counted and any(i.has("metric", "spend") and i.text.lower() in verbs for i in s.seq):
        found.remove("spend")
    if any(m.startswith("cost_per") for m in found):
        use(*s.open("avg"))
        if "paid" in found and not s.joins_metrics():
            found.remove("paid")
    if "idle_seat_cost" in found and draft.reading is None and draft.grain == "month" and not draft.trend:
        draft.grain = None  # it is an amount per month
    if "idle_seat_cost" in found:
        for extra in ("seats_idle", "spend"):
            if extra in found:
                found.remove(extra)
    if "seats_idle" in found and "spend" in found and not s.joins_metrics():
        draft.metrics = ["idle_seat_cost"]
        draft.grain = draft.grain if draft.reading is not None or draft.trend or draft.grain != "month" else None
        return
    if "cache_hit_share" in found and "tokens" in found and not s.joins_metrics():
        found.remove("tokens")
    if counted:
        use(*s.open("used"), *s.open("using"))
    if "tools" in found:
        use(*[i for i in s.open("assigned") if i.text.lower() == "in use"])
    if "spend" in found and {"billed", "paid"} & set(found) and not s.joins_metrics():
        found.remove("spend")
    if "renewals" in found and "spend" in found:
        found.remove("spend")
    if (
        "spend" in found
        and len(found) > 1
        and any(
            m.startswith("cost_per") or m in ("list_price", "discount_savings", "run_rate", "reclaimed_savings")
            for m in found
        )
        and not s.joins_metrics()
    ):
        found.remove("spend")
    if "seats_assigned" in found and "active_users" in found and not s.joins_metrics():
        found.remove("seats_assigned")
    if draft.order and draft.limit and draft.group_by and len(found) == 2 and found[0] == "spend" and not s.joins_metrics():
        draft.metrics = found[1:]
    _too_many(s, draft)


def _only_cost(s: Sentence) -> bool:
    """ "cost?" after idle seats: what those cost."""
    return len(s.seq) <= 2 and any(i.has("metric", "spend") and i.text.lower() in ("cost", "costs") for i in s.seq)


def _too_many(s: Sentence, draft: Draft) -> None:
    kinds = {("budget" if m.startswith("budget") else "seats" if m.startswith("seats") else m) for m in draft.metrics}
    joined = s.joins_metrics()
    if (
        len(kinds) > 3
        or ("renewals" in kinds and len(kinds) > 1)
        or (len(draft.metrics) > 1 and not joined and not draft.several)
    ):
        names = list(draft.metrics)
        draft.metrics = []
        ask_metric(draft, "several", "Which of these?", names[:4], ", ".join(names))
