"""Rankings, comparisons, counts and conditions that no plan can hold: each is asked about, never answered with less."""

import re

from workflows.asking.chart import Item
from workflows.asking.draft import Draft, Option, Sentence, Unclear, decide

_THOUSANDS = re.compile(r"\d{1,3}\.\d{3}")
_DIFFERENCE = frozenset(["difference", "delta", "gap", "growth", "percentage change", "% change", "growth rate", "change"])
_PRICED = frozenset(
    ["most expensive", "priciest", "costliest", "least expensive", "most costly", "cheapest", "least costly"]
)
_MONEY = frozenset(["spend", "billed", "paid", "list_price", "usage_cost"])
_CLAUSES = frozenset(["whose", "that", "which", "with", "where", "who", "we", "i", "they", "having"])
_CHANNELS = ("payment", "billing", "statusword")


def check(s: Sentence, draft: Draft) -> None:
    """Raises Unclear. Runs when everything else is read."""
    _ranked_nothing(s, draft)
    _two_steps(s, draft)
    _within_each(s, draft)
    _fastest_of(s, draft)
    _counted_rows(s, draft)
    _rows_left_out(s, draft)
    _one_side(s, draft)
    _crossed(s)
    _share_of_change(s)
    _ranked_users(s, draft)
    _cheaper_by_what(s, draft)
    _condition_on_which(draft)
    _from_one_to_the_other(s, draft)
    _odd_bounds(s, draft)
    _difference_of_steps(s, draft)
    _ranked_by_another(s, draft)
    _per_odd_unit(s, draft)


def _ranked_nothing(s: Sentence, draft: Draft) -> None:
    """Ranked by spend: what?"""
    rows = draft.group_by or draft.grain or draft.metrics[0] in ("renewals", "tools")
    word = next((token.text for token in s.chart.tokens if token.text in ("ranked", "sorted", "ordered", "ranking")), None)
    if word is not None and not rows:
        raise Unclear("dimension", f"What should be {word}?", word)


def _two_steps(s: Sentence, draft: Draft) -> None:
    """By month, quarterly: a series has one step."""
    steps = {str(i.kinds["grain"]): i.text for i in s.seq if i.has("grain") and i.used}
    steps |= {i.reading.grain: i.text for i in s.seq if i.reading is not None and i.used and i.reading.grain}
    if len(steps) > 1 and draft.aggregate is None:
        raise Unclear("modifier", "I give one series at a time. Which step?", " / ".join(steps.values()))


def _within_each(s: Sentence, draft: Draft) -> None:
    """The top tool of each department: rows are ranked all together, never within others."""
    if draft.limit is None or len(draft.group_by) + (draft.grain is not None) < 2 or draft.explain or _listed(s):
        return
    rows = " and ".join([*draft.group_by, *([draft.grain] if draft.grain else [])]).replace("_", " ")
    raise Unclear("modifier", f"I rank all rows together ({rows}), not within each of them. Name one, please.", rows)


def _listed(s: Sentence) -> bool:
    """By department and tool: the pairs themselves are the rows."""
    for item in s.seq:
        before, after = s.before(item), s.after(item)
        if item.has("and") and before is not None and after is not None and before.has("dim") and after.has("dim"):
            return True
    return False


def _fastest_of(s: Sentence, draft: Draft) -> None:
    """The biggest jump: of what?"""
    item = next((i for i in s.seq if i.has("fast") and i.used), None)
    steps = next((i for i in s.seq if i.has("growth") and i.used and draft.growth and draft.limit and draft.grain), None)
    item = item or steps
    since = next((i for i in s.seq if i.used and i.text.lower().startswith("since")), None)
    if item is not None and since is not None and draft.compare is None and not draft.inherited_metrics:
        raise Unclear("period", f"The {item.text.lower()} {since.text}, compared with which days?", since.text)
    if item is None or draft.group_by:
        return
    if draft.grain is not None:
        raise Unclear("modifier", "I do not rank the changes from one step of a series to the next.", item.text)

    def by(dimension: str) -> Option:
        return Option(f"by {dimension}", lambda d: _ranked(d, dimension))

    names = ("tool", "department", "vendor", "project")
    decide(draft, "dimension", "fastest", f"The {item.text.lower()} of which?", [by(name) for name in names], item.text)


def _ranked(draft: Draft, dimension: str) -> None:
    draft.group(dimension)
    draft.limit = draft.limit or 1


def _counted_rows(s: Sentence, draft: Draft) -> None:
    """How many vendors did we pay: a number of rows, not an amount."""
    for item in s.seq:
        after = s.after(item)
        rows = after is not None and after.has("dim") and not after.entities
        money = after is not None and after.has("metric") and after.kinds["metric"] in _MONEY  # number of invoices
        counted = item.has("howmany") and after is not None and draft.metrics[0] in _MONEY
        if counted and after is not None and ((rows and not draft.having) or (money and after.start == item.end)):
            raise Unclear("modifier", f"I do not count {after.text} by spend; I can list them with their spend.",
                          f"{item.text} {after.text}")  # fmt: skip


def _rows_left_out(s: Sentence, draft: Draft) -> None:
    """Tools whose cost per user rose: tools are the rows."""
    if draft.group_by or draft.grain or draft.metrics[0] in ("renewals", "tools", "tools_held") or not s.seq:
        return
    first = s.seq[0]
    if first.has("dim") and not first.entities and first.text.lower().endswith("s") and s.word_after(first) in _CLAUSES:
        raise Unclear("modifier", f"Do you mean a list of {first.text}? I could not tell which.", first.text)


def _one_side(s: Sentence, draft: Draft) -> None:
    """Card vs invoice, list price vs actual: both sides are shown, or none."""
    several = any(len(part.values) > 1 for part in draft.filters) or len(draft.metrics) > 1
    shown = several or draft.compare is not None or draft.having or draft.share or draft.grain
    for item in s.seq:
        before, after = s.before(item), s.after(item)
        if not item.has("versus") or before is None or after is None:
            continue
        if not shown or _unlike(before, after):
            raise Unclear(
                "modifier", f"I cannot set {before.text} against {after.text}.", f"{before.text} {item.text} {after.text}"
            )


def _unlike(before: Item, after: Item) -> bool:
    return after.has("metric") and any(before.has(kind) for kind in _CHANNELS) and not before.has("metric")


def _crossed(s: Sentence) -> None:
    """Research in October vs Finance in September: one thing is compared at a time."""
    for item in s.seq:
        if not item.has("versus"):
            continue
        sides = [[i for i in s.seq if i.end <= item.start], [i for i in s.seq if i.start >= item.end]]
        if all(any(i.entities for i in side) and any(i.reading is not None for i in side) for side in sides):
            raise Unclear("modifier", "I compare two names or two periods, not both at once.", item.text)


def _share_of_change(s: Sentence) -> None:
    """How much of the increase is Cursor: shares are of an amount."""
    for item in s.seq:
        after = s.after(item)
        if (item.has("share") or item.has("howmuchof")) and after is not None and after.has("growth"):
            raise Unclear("modifier", "I give shares of an amount, not of a change.", f"{item.text} {after.text}")


def _ranked_users(s: Sentence, draft: Draft) -> None:
    """The top users of Cursor: by what they use or by what they cost?"""
    said = next((i for i in s.seq if i.has("dim", "person") and i.text.lower() in ("user", "users")), None)
    if said is not None and draft.limit and draft.group_by == ["person"] and not s.any("metric"):
        names = ("tokens", "requests", "spend")
        decide(draft, "metric", "ranked users", "The top users by which measure?", [_by(name) for name in names], said.text)


def _cheaper_by_what(s: Sentence, draft: Draft) -> None:
    """Is one model cheaper than another: by price or by what was spent?"""
    several = any(len(part.values) > 1 and part.dimension in ("model", "tool", "vendor") for part in draft.filters)
    word = next((i for i in s.seq if i.text.lower() in ("cheaper", "pricier", "more expensive")), None)
    if word is not None and several and draft.metrics == ["spend"] and not s.any("metric"):
        names = ("spend", "cost_per_active_user", "cost_per_million_tokens")
        question = f"{word.text.capitalize()} by which measure?"
        decide(draft, "metric", "cheaper", question, [_by(name) for name in names], word.text)


def _by(metric: str) -> Option:
    return Option(metric.replace("_", " "), lambda d: setattr(d, "metrics", [metric]))


def _condition_on_which(draft: Draft) -> None:
    """Spend by tool for departments over 10k: a condition is on the rows shown, not on the departments."""
    if (
        draft.having
        and len(draft.group_by) + (draft.grain is not None) > 1
        and any(part.metric == draft.metrics[0] for part in draft.having)
    ):
        rows = " and ".join([*draft.group_by, *([draft.grain] if draft.grain else [])]).replace("_", " ")
        raise Unclear("modifier", f"My conditions are on single rows ({rows}). Name one kind of row, please.", rows)


def _per_odd_unit(s: Sentence, draft: Draft) -> None:
    """Cost per idle seat, cost per chat: neither is the cost of all of them."""
    for item in s.seq:
        idle = item.has("metric", "seats_idle") or item.has("metric", "idle_seat_cost")
        category = bool(item.entities) and item.entities[0].dimension == "category" and " " not in item.text
        if s.word_before(item) == "per" and ((idle and draft.metrics == ["idle_seat_cost"]) or category):
            raise Unclear("metric", f"I do not compute the cost per {item.text}.", f"per {item.text}")


def _from_one_to_the_other(s: Sentence, draft: Draft) -> None:
    """The change from October to November: the two are compared, not their sum with the two before."""
    reading = draft.reading
    span = next((i for i in s.seq if i.reading is reading and i.used), None) if reading is not None else None
    if span is None or reading is None or not draft.growth or draft.compare is not None:
        return
    two_ends = {"to", "through", "until", "and", "between", "from"} & set(span.text.lower().split())
    if two_ends and (reading.count != 2 or reading.end > s.ctx.tomorrow or reading.unit is None):
        raise Unclear("period", "Compared with what? Say “A vs B”, please.", span.text)


def _odd_bounds(s: Sentence, draft: Draft) -> None:
    """Over 1k per seat is of no amount that is shown; 10.000 is ten or ten thousand."""
    for item in s.seq:
        number = item.kinds.get("number")
        words = {token.text for token in s.chart.tokens[item.start : item.end]}
        if number is None or not item.used:
            continue
        if draft.having and any(_THOUSANDS.fullmatch(word) for word in words):
            raise Unclear(
                "modifier", f"Is {item.text} a decimal, or thousands? Write it without the mark, please.", item.text
            )
        near = s.word_after(item), s.chart.tokens[item.end + 1].text if item.end + 1 < len(s.chart.tokens) else ""
        unit = near[0] in ("per", "a", "each") and near[1] in (
            "seat",
            "licence",
            "license",
            "user",
            "head",
            "person",
            "request",
        )
        if draft.having and unit and not draft.metrics[0].startswith("cost_per"):
            raise Unclear("metric", f"Do you mean the cost per {near[1]}? Name it as the measure, please.", " ".join(near))


def _difference_of_steps(s: Sentence, draft: Draft) -> None:
    """The difference by month: a series shows amounts, not their differences."""
    word = next((i for i in s.seq if i.used and i.text.lower() in _DIFFERENCE), None)
    if word is not None and draft.grain is not None and draft.compare is None:
        raise Unclear("modifier", "I show the amounts of a series, not the differences between them.", word.text)


def _ranked_by_another(s: Sentence, draft: Draft) -> None:
    """Spend on the tool with most users, tokens of the most expensive model: ranked by one measure, asked for another."""
    money = draft.metrics[0] in _MONEY or "cost" in draft.metrics[0] or draft.metrics[0] == "renewals"
    for item in s.seq:
        after, text = s.after(item), item.text.lower().removeprefix("the ")
        if not (item.has("rank") or item.has("fast")) or not item.used:
            continue
        if text in _PRICED and not money:
            raise Unclear("modifier", f"Ranked by cost, or by {draft.metrics[0].replace('_', ' ')}?", item.text)
        led = "with" in (s.word_before(item), s.chart.tokens[item.start - 2].text if item.start > 1 else "")
        named = any(i.has("metric") and i.start < item.start for i in s.seq)
        if led and named and after is not None and not after.has("growth"):
            raise Unclear(
                "modifier", f"I rank rows by the measure itself, not by {after.text}.", f"{item.text} {after.text}"
            )
