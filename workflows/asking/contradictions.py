"""What the words say and the reading does not, or the other way round: asked about before an answer is given.

The rules look at the finished draft and the sentence together, whatever rule read what: a stock over a span of days, a
comparison of what has no history, names that rule each other out, "who" without people, a ranking by how many.
"""

from datetime import timedelta

from workflows.asking.draft import SEAT_METRICS, Draft, Option, Sentence, Unclear, decide, direction
from workflows.asking.period_types import Reading

_SPANNING = frozenset(["over", "during", "throughout", "across", "since", "between"])
_ADDING = frozenset(["sum", "add", "adding", "added", "summed", "altogether", "cumulative"])
_USING = frozenset(["use", "used", "using", "uses"])
_NO_HISTORY = frozenset(["renewals", "tools", "tools_held", "pending_approvals"])
_OWNED = frozenset(["department", "division", "cost_center", "project", "person"])
_MOST = frozenset(["most", "fewest", "least"])


def check(s: Sentence, draft: Draft) -> None:
    """Raises Unclear. Runs before the days are cut to what can be answered."""
    _ruled_out(draft)
    _stock_over_days(s, draft)
    _tools_of_owners(draft)
    _most_of_what(s, draft)
    _history(s, draft)


def check_last(s: Sentence, draft: Draft) -> None:
    """Raises Unclear. Runs when the plan is whole."""
    _no_people(s, draft)
    _not_which(s, draft)


def _ruled_out(draft: Draft) -> None:
    """Cursor but not Windsurf: nobody's row is both, so "not" would change nothing; who has the one alone is not counted."""
    for part in draft.filters:
        taken = next((f for f in draft.filters if f.op == "in" and f.dimension == part.dimension), None)
        if part.op == "ne" and taken is not None and part.dimension != "person":
            words = f"{', '.join(taken.values)} but not {', '.join(part.values)}"
            raise Unclear(
                "modifier", f"I cannot read “{words}” together: I give what is of one name, or of all but one.", words
            )


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
    if not (spans or words & _ADDING or used):
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


def _tools_of_owners(draft: Draft) -> None:
    """The inventory belongs to nobody: what a department uses is seen in its seats, its active people and its spend."""
    owned = [f.dimension for f in draft.filters if f.dimension in _OWNED]
    owned += [g for g in draft.group_by if g in _OWNED]
    if draft.metrics != ["tools"] or not (owned or draft.scope):
        return

    def by_tool(metric: str) -> Option:
        def apply(d: Draft) -> None:
            d.metrics = [metric]
            d.group("tool")

        return Option({"seats_assigned": "assigned seats by tool", "spend": "spend by tool"}[metric], apply)

    decide(draft, "metric", "tools of owners", "What tools somebody uses shows in seats or in spend. Which do you want?",
           [by_tool("seats_assigned"), by_tool("spend")], "tools")  # fmt: skip


def _most_of_what(s: Sentence, draft: Draft) -> None:
    """Who has the most tools, which vendor has the fewest models: how many there are, not what they cost."""
    for item in s.seq:
        after = s.after(item)
        if not item.has("rank") or after is None or item.text.lower().removeprefix("the ") not in _MOST:
            continue
        counted = after.has("dim") and not after.entities and after.start == item.end and after.text.lower().endswith("s")
        if counted and draft.metrics[0] == "spend" and not s.any("metric"):
            raise Unclear("modifier", f"I do not rank by how many {after.text} there are.", f"{item.text} {after.text}")


def _history(s: Sentence, draft: Draft) -> None:
    """Contracts, tools and open approvals are what they are: two spans of them are two questions."""
    compared = isinstance(draft.compare, Reading) or draft.growth
    if draft.metrics and draft.metrics[0] in _NO_HISTORY and compared:
        what = draft.metrics[0].replace("_", " ")
        words = next((i.text for i in s.seq if any(i.has(k) for k in ("growth", "fast", "compare", "versus"))), what)
        raise Unclear("modifier", f"I do not compare {what} of two times. Please ask for each.", words)


def _no_people(s: Sentence, draft: Draft) -> None:
    """ "Who" is answered with people (departments where budgets are kept)."""
    who = next((i for i in s.seq if i.has("which", "who") and not i.entities), None)
    if who is None or "person" in draft.group_by or draft.explain:
        return
    if (
        draft.metrics[0].startswith("budget")
        or draft.compare == "budget"
        or draft.metrics[0] in ("active_users", "headcount")
    ):
        return
    if any(i.has("dim") and not i.entities and i.kinds["dim"] in draft.group_by for i in s.seq):
        return  # who are our biggest vendors
    if "who" in draft.answers or any(key.startswith("spenders") for key in draft.answers):
        return
    raise Unclear("dimension", "Who: I could not tell which people that is about.", who.text)


def _not_which(s: Sentence, draft: Draft) -> None:
    """ "Which tools …" is answered with tools."""
    for item in s.seq:
        after = s.after(item)
        if not item.has("which", "which") or after is None or after.start != item.end or after.entities:
            continue
        wanted = after.kinds.get("dim")
        listed = wanted in draft.group_by or (wanted == "tool" and draft.metrics[0] in ("renewals", "tools", "tools_held"))
        if wanted is not None and not listed and wanted not in ("plan", "category"):
            raise Unclear("dimension", f"I could not tell which {after.text} that is about.", f"{item.text} {after.text}")
