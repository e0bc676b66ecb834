"""Counts of a day, budgets of a span, lists without a history: a question that wants another kind of days is asked about."""

from datetime import timedelta
from itertools import pairwise

from workflows.asking.chart import Item
from workflows.asking.draft import SEAT_METRICS, Draft, Option, Sentence, Unclear, decide, direction
from workflows.asking.period_types import PeriodContext, Reading, of_unit

_SPANNING = frozenset(["over", "during", "throughout", "across", "since", "between"])
_ADDING = frozenset(["sum", "add", "adding", "added", "summed", "altogether", "cumulative"])
_USING = frozenset(["use", "used", "using", "uses"])
_NO_HISTORY = frozenset(["renewals", "tools", "tools_held", "pending_approvals"])
_GIVEN = frozenset(["assigned", "given", "allocated", "handed", "granted", "bought", "purchased", "ordered"])
_SEATS = frozenset(["seat", "seats", "licence", "licences", "license", "licenses", "vs", "versus", "and", "or", ",", "by"])


def check(s: Sentence, draft: Draft) -> None:
    """Raises Unclear. Runs before the days are cut to what can be answered."""
    _budget_of_heads(s, draft)
    _only_today(s, draft)
    _stock_over_days(s, draft)
    _history(s, draft)


def _budget_of_heads(s: Sentence, draft: Draft) -> None:
    """Budget per person: divided by heads, or each one's own? Budget left on a day: of which span?"""
    if not draft.metrics[0].startswith("budget"):
        return
    if "person" in draft.group_by:
        raise Unclear("dimension", "Budgets are kept by department, cost centre, division, tool or project.", "person")
    if draft.reading is not None and draft.reading.days == 1:
        raise Unclear("period", "Budgets are of a month, a quarter or a year. Of which?", draft.reading.label)


def _only_today(s: Sentence, draft: Draft) -> None:
    """The inventory and what waits for a decision are known as they are now; and neither is divided by heads."""
    what = {"tools": "The list of tools", "pending_approvals": "What waits for approval"}.get(draft.metrics[0])
    if what is None or len(draft.metrics) > 1:
        return
    reading = draft.reading
    if reading is not None and not (reading.start <= s.ctx.today < reading.end and reading.days == 1) and not draft.grain:
        raise Unclear("period", f"{what} is known as it is today, not for other days.", reading.label)
    if draft.aggregate is not None and draft.metrics == ["tools"]:
        raise Unclear("modifier", "I do not average over tools; I can count the tools that each person holds.", "average")


def _stock_over_days(s: Sentence, draft: Draft) -> None:
    """Seats are counted on a day. "In April" is its last day, said so; over, since or used in April is asked."""
    reading = draft.reading
    if reading is None or reading.moment or reading.days <= 1 or draft.grain or draft.trend or draft.aggregate:
        return
    if direction(draft.metrics) != "stock" or draft.compare is not None or draft.growth or draft.summed:
        return
    item = next((i for i in s.seq if i.reading is not None and i.reading.days > 1), None)
    if item is None:
        return
    words = {token.text for token in s.chart.tokens}
    spans = s.word_before(item) in _SPANNING or item.text.lower().split()[0] in _SPANNING
    used = bool(words & _USING) and draft.metrics[0] in SEAT_METRICS
    if not (spans or words & _ADDING or used or _happened(s, item)):
        return

    def on_last_day(d: Draft) -> None:
        last = min(reading.end - timedelta(days=1), s.ctx.today)
        d.reading = Reading(last, last + timedelta(days=1), f"as of {last}", "day", moment=True)

    def average(d: Draft) -> None:
        d.aggregate = "avg_per_day"

    options = [Option(f"on the last day of {reading.label}", on_last_day)]
    if draft.metrics[0] in SEAT_METRICS:
        options.append(Option(f"the average of the days of {reading.label}", average))
    if used:
        options.append(Option(f"people active in {reading.label}", lambda d: setattr(d, "metrics", ["active_users"])))
    if len(options) == 1 and "stock over days" not in draft.answers:
        raise Unclear("period", "That is counted on a day, not over days. On which day?", item.text, "stock over days",
                      (options[0].label,))  # fmt: skip
    decide(
        draft, "period", "stock over days", "That is counted on a day, not over days. Which do you mean?", options, item.text
    )


def _happened(s: Sentence, item: Item) -> bool:
    """Seats assigned in January, who got one in January: what happened in those days, or what stood at their end?"""
    words = [token.text for token in s.chart.tokens[: item.start]]
    last = next((word for word in reversed(words) if word not in ("in", "during", "the", "of", "by")), "")
    stood = last in ("assigned", "idle", "active") and "seats" in words[:-1]
    given = any(a in _GIVEN and b not in _SEATS for a, b in pairwise([*words, ""]))
    return stood or given or bool({"got", "get", "received"} & set(words))


def _history(s: Sentence, draft: Draft) -> None:
    """Contracts, tools and open approvals are what they are: two spans of them are two questions."""
    compared = isinstance(draft.compare, Reading) or draft.growth
    if draft.metrics and draft.metrics[0] in _NO_HISTORY and compared:
        what = draft.metrics[0].replace("_", " ")
        words = next((i.text for i in s.seq if any(i.has(k) for k in ("growth", "fast", "compare", "versus"))), what)
        raise Unclear("modifier", f"I do not compare {what} of two times. Please ask for each.", words)


def check_last(draft: Draft) -> None:
    """A count on a day has no months; a month's cost of idle seats has no years; contracts stand on their own days."""
    reading = draft.reading
    if draft.metrics[0] == "renewals" and draft.grain is not None:
        raise Unclear("modifier", "I list contracts by their dates, not in steps.", f"each {draft.grain}")
    if reading is not None and draft.grain not in (None, "day") and reading.days == 1 and draft.metrics[0] != "renewals":
        raise Unclear("period", f"Each {draft.grain} of which days?", draft.grain or "")


def latest_pace(ctx: PeriodContext, draft: Draft) -> None:
    """A run rate is of the last complete month: "now" and "this year" say no more, other days have none."""
    last, said = of_unit(ctx, "month", ctx.today, -1), draft.reading
    current = said is None or said.start <= ctx.today < said.end or (said.start, said.end) == (last.start, last.end)
    if draft.compare is not None or draft.growth or draft.grain is not None or not current:
        text = "I give one run rate: the last complete month × 12. For other days or steps ask for the spend."
        raise Unclear("period", text, said.label if said is not None else "run rate")
    draft.reading = None
