"""Ranking: top and bottom, most and least, second most, highest month."""

from typing import Literal

from storage.spend_query import Grain
from workflows.asking.chart import Item, Number
from workflows.asking.draft import Draft, Option, Sentence, decide, use

_EXTREMES = frozenset(["max", "maximum", "min", "minimum", "highest", "lowest", "the highest", "the lowest"])
_OF_PEOPLE = frozenset(["seats_idle", "seats_assigned", "seats_active", "active_users", "idle_seat_cost"])
_LOW_IS_BAD = frozenset(["utilisation", "cache_hit_share", "budget_remaining", "seats_active", "active_users"])


def grain_of(unit: str) -> Grain:
    return "year" if unit == "fiscal_year" else unit  # type: ignore[return-value]


def ranking(s: Sentence, draft: Draft) -> None:
    """top 5 tools, biggest vendors, second most expensive vendor, the most, cheapest, highest month ever, worst first."""
    for item in list(s.open("rank")):
        value = str(item.kinds["rank"])
        if value in ("desc_order", "asc_order", "worst_order", "best_order"):
            use(item)
            draft.order = _order(s, draft, value.removesuffix("_order"))
            continue
        if value == "spenders":
            _spenders(s, draft, item)
            continue
        _rank(s, draft, item, value)


def rows_by_measure(s: Sentence, draft: Draft) -> None:
    """Departments ranked by spend: what stands before "by spend" in the plural are the rows."""
    if draft.group_by or draft.grain or any(item.has("which") for item in s.seq):
        return
    for place, item in enumerate(s.seq):
        after = s.after(item)
        if after is not None and after.reading is not None and not after.used:
            after = s.after(after)  # ranked by October spend
        if not (item.has("by") and item.text.lower() == "by" and after is not None) or not (
            after.has("metric") or after.has("seat")
        ):
            continue
        rows = [i for i in s.seq[:place] if i.has("dim") and not i.used and not i.entities and is_plural(i)]
        if len(rows) == 1 and not any(i.has("metric") for i in s.seq[:place]):
            use(rows[0], item)
            draft.group(str(rows[0].kinds["dim"]))


def _order(s: Sentence, draft: Draft, value: str) -> Literal["asc", "desc"]:
    """Worst is low for utilisation and cache hits, high for costs."""
    low_is_bad = any(name in _LOW_IS_BAD for name in (*(i.kinds.get("metric") for i in s.seq), *draft.inherited_metrics))
    if value == "worst":
        return "asc" if low_is_bad else "desc"
    if value == "best":
        return "desc" if low_is_bad else "asc"
    return "asc" if value == "asc" else "desc"


def _spenders(s: Sentence, draft: Draft, item: Item) -> None:
    use(item)
    number = _count_near(s, item)
    draft.order, draft.limit = "desc", number or (5 if item.text.lower().endswith("s") else 1)
    if not draft.group_by and not s.first("dim"):

        def by(dimension: str) -> Option:
            return Option(f"by {dimension}", lambda d: d.group(dimension))

        decide(
            draft,
            "dimension",
            f"spenders {item.start}",
            "Biggest spenders by what?",
            [by("department"), by("person"), by("tool")],
            item.text,
        )


def _rank(s: Sentence, draft: Draft, item: Item, value: str) -> None:
    ordinal = s.before(item)
    number = _count_near(s, item)
    skipped = 0
    if ordinal is not None and ordinal.has("ordinal") and not ordinal.used:
        use(ordinal)
        skipped = int(str(ordinal.kinds["ordinal"])) - 1
    use(item)
    draft.order = _order(s, draft, "desc" if value == "desc_verb" else value)
    dimension = _ranked_dimension(s, item) or _only_dimension(s, draft) or _which_unit(s, draft)
    single = False
    if dimension is not None:
        use(dimension)
        if dimension.has("unit") and not dimension.has("dim"):
            draft.grain = grain_of(str(dimension.kinds["unit"]))
            single = not dimension.text.lower().endswith("s")
        else:
            draft.group(str(dimension.kinds["dim"]))
            single = not is_plural(dimension)
    elif draft.group_by:
        single = not plural_group(s, draft)
    else:
        single = _one_contract(s, item)
    if skipped:
        draft.offset, draft.limit = skipped, 1
    elif item.text.lower() in _EXTREMES and number is None and dimension is None and _in_steps(s, draft):
        draft.limit = 1  # the maximum per day
    else:
        draft.limit = (
            number or draft.limit or (1 if single or (_alone(draft, dimension, value) and not _ones(s, item)) else 5)
        )
    if item.text.lower().removeprefix("the ") in ("cheapest", "least expensive", "least costly") and draft.order == "asc":
        draft.paid_only = True
    if dimension is None and not draft.group_by and not draft.grain and number is None and value in ("worst", "best"):
        draft.limit = None


def _one_contract(s: Sentence, item: Item) -> bool:
    """The largest renewal, the biggest contract: one; renewals: several."""
    after = s.after(item)
    named = after is not None and (after.has("metric", "renewals") or after.has("contract"))
    return named and after is not None and not is_plural(after)


def _in_steps(s: Sentence, draft: Draft) -> bool:
    return draft.grain is not None or any(i.reading is not None and i.reading.grain is not None for i in s.seq)


def _alone(draft: Draft, dimension: Item | None, value: str) -> bool:
    return dimension is None and value != "desc" and not draft.group_by


def _ones(s: Sentence, item: Item) -> bool:
    """The cheapest ones: several of the rows before."""
    return s.word_after(item) in ("ones", "five", "few")


def is_plural(item: Item) -> bool:
    word = item.text.lower().replace("’", "'").split()[-1].removesuffix("'s")
    return (word.endswith("s") and not word.endswith("ss")) or word in ("people", "ppl", "staff", "folks", "software")


def plural_group(s: Sentence, draft: Draft) -> bool:
    """Whether the rows were asked for in the plural: which tools, which tool."""
    named = [i for i in s.seq if draft.group_by and i.has("dim") and i.used and i.kinds["dim"] == draft.group_by[0]]
    return bool(named) and is_plural(named[0])


def _count_near(s: Sentence, item: Item) -> int | None:
    """top 5, 5 biggest: a plain number beside the ranking word."""
    for near in (s.after(item), s.before(item)):
        number = near.kinds.get("number") if near is not None and not near.used else None
        if near is not None and isinstance(number, Number) and not number.unit and number.value == int(number.value) > 0:
            use(near)
            return int(number.value)
    return None


def _ranked_dimension(s: Sentence, item: Item) -> Item | None:
    """What is ranked: the dimension right after the ranking word (and number), adjectives in between."""
    place = s.seq.index(item) + 1
    for near in s.seq[place : place + 3]:
        if near.used and near.has("number"):
            continue
        if near.has("dim") and not near.used and not near.entities:
            return near
        if near.has("unit") and not near.used:
            return near
        if not (near.has("metric") or near.has("rank") or near.has("seat")) or near.has("by"):
            return None
    return None


def _only_dimension(s: Sentence, draft: Draft) -> Item | None:
    """How concentrated is vendor spend? top 3: the one dimension the sentence speaks of."""
    found = [item for item in s.open("dim") if not item.entities and item.kinds["dim"] != "person"]
    return found[0] if len(found) == 1 and not draft.group_by and not draft.grain else None


def _which_unit(s: Sentence, draft: Draft) -> Item | None:
    """Which month had the highest spend."""
    for item in s.open("unit"):
        before = s.before(item)
        if before is not None and before.has("which") and not draft.group_by and not draft.grain:
            use(before)
            return item
    return None


def ranked_rows(s: Sentence, draft: Draft) -> None:
    """A ranking or a condition needs rows, and so does "who"."""
    who = next((item for item in s.open("which") if item.kinds["which"] == "who"), None)
    if who is not None and "person" not in draft.group_by and draft.metrics[0] in _OF_PEOPLE and not draft.order:
        use(who)
        draft.group_by.insert(0, "person")  # who has idle seats, by tool
    if draft.group_by or draft.grain or draft.metrics[0] in ("renewals", "tools"):
        return

    def by(dimension: str) -> Option:
        return Option(f"by {dimension}", lambda d: d.group(dimension))

    if who is not None and draft.compare is None:
        decide(draft, "dimension", "who", "By department or by person?", [by("department"), by("person")], who.text)
    elif draft.limit or draft.having:
        names = ("tool", "department", "vendor", "project")
        decide(draft, "dimension", "ranked rows", "By what should the rows be?", [by(name) for name in names])
