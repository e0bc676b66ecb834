"""Words that were read but of which nothing is seen in the plan: each of them is asked about, like a word nobody read."""

from itertools import pairwise

from workflows.asking.chart import Item
from workflows.asking.draft import SEAT_METRICS, Draft, Option, Sentence, Unclear, decide, use
from workflows.asking.normalise import Token
from workflows.asking.period_types import MONTHS, NUMBERS, UNITS

_CUT = frozenset(["breakdown", "split", "itemise", "itemised", "itemize", "itemized"])
_SORT = frozenset(["sort", "sorted", "order", "ordered", "rank", "ranked", "ranking"])
_HEADS = SEAT_METRICS | {"active_users", "headcount"}
_SEATED = SEAT_METRICS | {"cost_per_seat", "idle_seat_cost"}
_THAN = frozenset(["more", "less", "fewer", "higher", "lower", "cheaper", "over", "above", "under", "below"])
_BEFORE_TIME = frozenset(
    [
        "this",
        "last",
        "next",
        "past",
        "previous",
        "prior",
        "in",
        "since",
        "per",
        "each",
        "every",
        "until",
        "through",
        "during",
    ]
)
_TIMES = sorted(word for word in {*UNITS, *MONTHS} if len(word) > 2)
_BE = frozenset(["is", "are", "was", "were", "be", "been", "if"])


def check(s: Sentence, draft: Draft) -> None:
    """Raises Unclear. Runs when everything else is read."""
    _currency(s, draft)
    _series(s, draft)
    _compared(s, draft)
    _both(s, draft)
    _two_rankings(s)
    _more_than_another(s, draft)
    _ranked_by_nothing(s, draft)
    _sorted_by(s, draft)
    _broken_down(s, draft)
    _mistyped(s)


def _currency(s: Sentence, draft: Draft) -> None:
    """Amounts are in the base currency; "in EUR" is not dropped where that is another one."""
    for item in list(s.open("money")):
        per = s.before(item)
        twin = s.after(item)
        if twin is not None and item.text == twin.text == "$" and twin.start == item.end:
            use(item, twin)  # $$ is money, not dollars
            continue
        if item.used:
            continue
        if per is not None and per.has("by"):
            raise Unclear("modifier", "I do not divide by money.", f"{per.text} {item.text}")
        if item.kinds["money"] != s.base_currency and draft.answers.get("ignore") != 0:
            text = f"I give amounts in {s.base_currency} and do not convert an answer into {item.kinds['money']}."
            raise Unclear("modifier", text, item.text, "ignore", (f"in {s.base_currency}",))
        use(item)


def _series(s: Sentence, draft: Draft) -> None:
    """A running total or average is of the whole series of one measure."""
    cut = draft.order or draft.limit or draft.having or draft.share or draft.compare or draft.aggregate or draft.explain
    if draft.transform is not None and (cut or draft.growth or len(draft.metrics) > 1):
        word = next((i.text for i in s.seq if i.has("cumulative") or (i.reading and i.reading.special)), "cumulative")
        raise Unclear("modifier", "A running total or average I give of one measure, without anything else.", word)


def _compared(s: Sentence, draft: Draft) -> None:
    """A comparison of one thing with nothing."""
    words = list(s.open("compare"))
    several = any(len(part.values) > 1 for part in draft.filters)
    if words and (draft.compare is not None or draft.group_by or draft.grain or len(draft.metrics) > 1 or several):
        use(*words)


def _both(s: Sentence, draft: Draft) -> None:
    """People who use both of two tools are fewer than those who use one of them."""
    several = next((part for part in draft.filters if part.op == "in" and len(part.values) > 1), None)
    said = any(token.text == "both" for token in s.chart.tokens)
    if several is not None and said and draft.metrics[0] in _HEADS and several.dimension not in draft.group_by:
        names = " and ".join(several.values)
        raise Unclear("modifier", f"I count who uses {' or '.join(several.values)}, not who uses both.", f"both {names}")


def _two_rankings(s: Sentence) -> None:
    """The biggest tool and the biggest vendor are two questions."""
    ranks = [item for item in s.seq if item.has("rank") and str(item.kinds["rank"]) in ("asc", "desc", "worst", "best")]
    ranked = [after for item in ranks if (after := s.after(item)) is not None and after.has("dim") and not after.entities]
    if len({str(item.kinds["dim"]) for item in ranked}) > 1:
        raise Unclear("modifier", "I give one ranking at a time. Which one?", " / ".join(item.text for item in ranked))


def _more_than_another(s: Sentence, draft: Draft) -> None:
    """Which teams spend more than marketing: rows are compared with amounts or another period, not with a row."""
    for item in s.seq:
        after = s.after(item)
        words = {token.text for token in s.chart.tokens[max(0, item.start - 1) : item.end]}
        if after is None or not item.has("versus") or not _THAN & words:
            continue
        asked = any(i.has("which") or (i.has("dim") and not i.entities) for i in s.seq)
        if asked and any(e.dimension in draft.group_by for e in after.entities):
            raise Unclear("modifier", "I compare rows with an amount, not with another row.", f"{item.text} {after.text}")


def _ranked_by_nothing(s: Sentence, draft: Draft) -> None:
    """ "people in sales by spend": rows are meant, but which? ("by releasing seats" is a means.)"""
    rows = draft.group_by or draft.grain or draft.metrics[0] in ("renewals", "tools")
    for item in s.seq:
        after = s.after(item)
        if item.has("by") and after is not None and after.has("seat") and draft.metrics[0] not in _SEATED:
            raise Unclear("modifier", f"I order rows by the measure itself, not by {after.text}.", f"by {after.text}")
        measure = after is not None and after.has("metric") and not after.text.lower().split()[0].endswith("ing")
        if after is not None and measure and item.has("by") and item.text.lower() == "by" and not rows:
            raise Unclear("dimension", f"Rows of what, by {after.text}?", f"by {after.text}")


def _sorted_by(s: Sentence, draft: Draft) -> None:
    """Rows come in the order of the first metric: sorted by anything else is asked about."""
    tokens = s.chart.tokens
    for place in range(1, len(tokens) - 1):
        if tokens[place].text != "by" or tokens[place - 1].text not in _SORT:
            continue
        item = next((i for i in s.seq if i.start >= place + 1 and i.reading is None), None)
        if item is not None and not _is_first_metric(item, draft) and not item.has("rank"):
            raise Unclear("modifier", f"I order rows by the measure itself, not by {item.text}.", f"by {item.text}")


def _is_first_metric(item: Item, draft: Draft) -> bool:
    first = draft.metrics[0]
    if item.has("seat"):
        return first in SEAT_METRICS
    money = item.has("metric", "spend") and (first in ("billed", "paid") or first.startswith("cost_per"))
    dated = first == "renewals" and item.text.lower() in ("date", "end date", "end")
    return item.has("metric", first) or item.has("growth") or money or dated


def _broken_down(s: Sentence, draft: Draft) -> None:
    """A breakdown by nothing."""
    word = next((token.text for token in s.chart.tokens if token.text in _CUT), None) or _broken(s.chart.tokens)
    word = word or next((item.text for item in s.seq if draft.placed and item.has("gone")), None)
    cut = (draft.group_by or draft.grain) and not draft.inherits_rows
    if word is None or cut or draft.explain or draft.metrics[0] in ("renewals", "tools") or draft.aggregate:
        return

    def by(dimension: str) -> Option:
        return Option(f"by {dimension}", lambda d: setattr(d, "group_by", [dimension]))

    names = [name for name in ("tool", "department", "vendor", "project") if name not in draft.group_by]
    decide(draft, "dimension", "broken down", "Broken down by what?", [by(name) for name in names], word)


def _broken(tokens: list[Token]) -> str | None:
    found = [a for a, b in pairwise(tokens) if a.text in ("break", "broken", "breaks") and b.text == "down"]
    return f"{found[0].text} down" if found else None


def _mistyped(s: Sentence) -> None:
    """ "the there biggest tools", "this yeah": a small word where a number or a time belongs, one slip away from it."""
    from rapidfuzz.distance import OSA

    tokens = s.chart.tokens
    for item in s.chart.items:
        if set(item.kinds) != {"filler"} or item.end - item.start != 1 or len(item.text) < 2:
            continue
        word = item.text.lower()
        near = [number for number in NUMBERS if number != "one" and OSA.distance(word, number) == 1]
        if near and not _in_place_of_number(s, item, tokens):
            near = []
        if not near and item.start and tokens[item.start - 1].text in _BEFORE_TIME:
            near = [time for time in _TIMES if OSA.distance(word, time) == 1][:3]
        if near:
            raise Unclear("modifier", f"Did you mean {' or '.join(near)}? I am not sure about “{item.text}”.", item.text)


def _in_place_of_number(s: Sentence, item: Item, tokens: list[Token]) -> bool:
    """Right after a ranking word and before what is ranked, or between "the" (or the start) and a ranking word."""
    items = s.chart.items
    place = items.index(item)
    before = items[place - 1] if place else None
    after = items[place + 1] if place + 1 < len(items) else None
    word = tokens[item.start - 1].text if item.start else ""
    if before is not None and before.has("rank"):
        return after is None or ((after.has("dim") or after.has("unit")) and not after.entities)
    beyond = items[place + 2] if place + 2 < len(items) else None
    if beyond is not None and beyond.has("number"):
        return False  # then top 3 tools
    leads = word in ("the", "our", "my", "last", "next", "past", "these") or (before is None and word == "")
    ranked = after is not None and (after.has("rank") or (word not in ("the", "our", "my", "") and after.has("unit")))
    return leads and ranked and word not in _BE
