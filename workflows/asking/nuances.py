"""Small words that change a question although the words beside them were read: each is asked about, never left out."""

from workflows.asking.chart import Item
from workflows.asking.draft import Draft, Option, Sentence, Unclear, decide, direction

_LOOSE = frozenset(["around", "roughly", "approximately", "approx", "circa", "near", "nearly", "almost", "by"])
_MONEY = frozenset(["spend", "billed", "paid", "list_price", "usage_cost"])
_PEOPLE = frozenset(["employees", "employee", "staff", "team", "teams", "people", "office", "workers", "users", "engineers"])
_SPANS = frozenset(["period", "time", "day", "days", "week", "month", "quarter", "year", "point", "span"])
_CHANNELS = ("payment", "billing", "statusword")


def check(s: Sentence, draft: Draft) -> None:
    """Raises Unclear. Runs when everything else is read."""
    _loose_days(s)
    _so_far_on(s, draft)
    _ranked_nothing(s, draft)
    _same_span(s)
    _overdue(s, draft)
    _two_steps(s, draft)
    _within_each(s, draft)
    _fastest_of(s, draft)
    _counted_rows(s, draft)
    _one_side(s, draft)
    _us_people(s)


def _loose_days(s: Sentence) -> None:
    """Around the end of September, by mid October: neither is exactly those days. "by October spend" orders rows."""
    for item in s.seq:
        inside = item.text.lower().split()[0]
        word = (
            inside if inside in _LOOSE and item.reading is not None and item.reading.grain is None else _word_before(s, item)
        )
        if item.reading is None or not item.used or word not in _LOOSE:
            continue
        after = s.after(item)
        measured = after is not None and after.start == item.end and (after.has("metric") or after.has("seat"))
        if word != "by" or not measured:
            raise Unclear("period", f"Which days exactly do you mean by “{word} {item.text}”?", f"{word} {item.text}")


def _word_before(s: Sentence, item: Item) -> str:
    """The last word before it, over "the"."""
    return next((token.text for token in reversed(s.chart.tokens[: item.start]) if token.text != "the"), "")


def _so_far_on(s: Sentence, draft: Draft) -> None:
    """Spend as of 15 October is what was spent up to it, but since when?"""
    for item in s.seq:
        if (
            item.reading is not None
            and item.used
            and item.text.lower().startswith("as of")
            and direction(draft.metrics) == "flow"
        ):
            raise Unclear("period", "Spent from when to when? Name both days, please.", item.text)


def _ranked_nothing(s: Sentence, draft: Draft) -> None:
    """Ranked by spend: what?"""
    rows = draft.group_by or draft.grain or draft.metrics[0] in ("renewals", "tools")
    word = next((token.text for token in s.chart.tokens if token.text in ("ranked", "sorted", "ordered", "ranking")), None)
    if word is not None and not rows:
        raise Unclear("dimension", f"What should be {word}?", word)


def _same_span(s: Sentence) -> None:
    """The same period last year is the counterpart of a span that is not named."""
    for item in s.chart.items:
        if "same" in item.text.lower().split() and item.reading is None and s.word_after(item) in _SPANS:
            raise Unclear("period", "The same as which days? Name the period, please.", f"{item.text} {s.word_after(item)}")


def _overdue(s: Sentence, draft: Draft) -> None:
    """Contracts can be overdue; what is paid of an invoice is not in the data."""
    item = next((i for i in s.seq if i.reading is not None and i.reading.special == "overdue"), None)
    if item is not None and draft.metrics[0] != "renewals":
        raise Unclear("modifier", "I know which contracts are overdue, nothing else.", item.text)


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
        if item.has("howmany") and after is not None and rows and draft.metrics[0] in _MONEY and not draft.having:
            raise Unclear("modifier", f"I do not count {after.text} by spend; I can list them with their spend.",
                          f"{item.text} {after.text}")  # fmt: skip


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


def _us_people(s: Sentence) -> None:
    """Us employees are those of a country, which is not in the data."""
    for item in s.chart.items:
        if item.text.lower() in ("us", "by us", "for us") and s.word_after(item) in _PEOPLE:
            raise Unclear("modifier", "Spend is not recorded by country.", f"{item.text} {s.word_after(item)}")
