"""How the answer is cut: groups, series, ranking, conditions, shares, averages."""

from decimal import Decimal
from typing import Literal

from storage.spend_query import Filter, Grain, Having
from workflows.asking.chart import Item, Number
from workflows.asking.draft import Draft, Option, Sentence, Unclear, decide, use

_FILTERS_OF_WORDS = {"payment": "payment_channel", "billing": "billing_model", "statusword": "tool_status"}


def groups(s: Sentence, draft: Draft) -> None:
    """by X, per X and Y, each X, X x Y; which X; list X."""
    for item in list(s.open("by")):
        after = s.after(item)
        if after is not None and after.has("dim") and not after.used and not after.entities:
            use(item)
            _chain(s, draft, after)
    for item in list(s.open("x")):
        _matrix(s, draft, item)
    for item in list(s.open("which")):
        after = s.after(item)
        if after is not None and after.has("dim") and not after.used and not after.entities:
            use(item, after)
            _group(draft, str(after.kinds["dim"]))
            draft.order = draft.order


def _chain(s: Sentence, draft: Draft, item: Item) -> None:
    """The dimensions and grains that follow each other after "by"; "or" between them is asked."""
    use(item)
    _group(draft, str(item.kinds["dim"]))
    joint, after = s.after(item), None
    while joint is not None and not joint.used and (joint.has("and") or joint.has("x")):
        after = s.after(joint)
        if after is not None and after.has("by"):
            use(after)
            after = s.after(after)
        if after is None or after.used or not (after.has("dim") or after.has("unit")):
            return
        if joint.kinds.get("and") == "or":
            _either(draft, item, after)
            use(joint, after)
            return
        use(joint, after)
        if after.has("dim"):
            _group(draft, str(after.kinds["dim"]))
        else:
            draft.grain = _grain(str(after.kinds["unit"]))
        joint = s.after(after)


def _either(draft: Draft, left: Item, right: Item) -> None:
    first, second = str(left.kinds["dim"]), str(right.kinds.get("dim") or right.kinds.get("unit"))
    draft.group_by.remove(first)

    def by(*names: str) -> Option:
        def apply(d: Draft) -> None:
            for name in names:
                _group(d, name)

        return Option("by " + " and ".join(names).replace("_", " "), apply)

    decide(draft, "dimension", f"or {left.start}", f"By {first} or by {second}?",
           [by(first), by(second), by(first, second)], f"{left.text} or {right.text}")  # fmt: skip


def _matrix(s: Sentence, draft: Draft, item: Item) -> None:
    before, after = s.before(item), s.after(item)
    use(item)
    for near in (before, after):
        if near is not None and near.has("dim") and not near.used:
            use(near)
            _group(draft, str(near.kinds["dim"]))


def _group(draft: Draft, dimension: str) -> None:
    if dimension not in draft.group_by:
        draft.group_by.append(dimension)


def _grain(unit: str) -> Grain:
    return "year" if unit == "fiscal_year" else unit  # type: ignore[return-value]


def grains(s: Sentence, draft: Draft) -> None:
    """daily, by week, each month, over time; "average per day" is an average, not a series."""
    for item in list(s.open("avg")):
        series = s.first("grain")
        if series is not None and not s.any("trend"):
            use(item, series)
            unit = str(series.kinds["grain"])
            if unit not in ("day", "week", "month"):
                raise Unclear("modifier", f"I can average per day, week or month, not per {unit}.", item.text)
            draft.aggregate = f"avg_per_{unit}"
    for item in list(s.open("grain")):
        use(item)
        draft.grain = _grain(str(item.kinds["grain"]))
    for item in list(s.open("by")):
        after = s.after(item)
        if after is not None and after.has("unit") and not after.used:
            use(item, after)
            draft.grain = _grain(str(after.kinds["unit"]))
    for item in list(s.open("trend")):
        use(item)
        draft.trend = True


# -- Ranking ----------------------------------------------------------------------------------------------------------------

def ranking(s: Sentence, draft: Draft) -> None:
    """top 5 tools, biggest vendors, second most expensive vendor, the most, cheapest, highest month ever, worst first."""
    for item in list(s.open("rank")):
        value = str(item.kinds["rank"])
        if value in ("desc_order", "asc_order", "worst_order", "best_order"):
            use(item)
            draft.order = _order(s, value.removesuffix("_order"))
            continue
        if value == "spenders":
            _spenders(s, draft, item)
            continue
        _rank(s, draft, item, value)


def _order(s: Sentence, value: str) -> Literal["asc", "desc"]:
    """Worst is low for utilisation and cache hits, high for costs."""
    low_is_bad = any(i.kinds.get("metric") in ("utilisation", "cache_hit_share", "budget_remaining", "seats_active",
                                               "active_users") for i in s.seq)  # fmt: skip
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
            return Option(f"by {dimension}", lambda d: _group(d, dimension))

        decide(draft, "dimension", f"spenders {item.start}", "Biggest spenders by what?",
               [by("department"), by("person"), by("tool")], item.text)  # fmt: skip


def _rank(s: Sentence, draft: Draft, item: Item, value: str) -> None:
    ordinal = s.before(item)
    number = _count_near(s, item)
    skipped = 0
    if ordinal is not None and ordinal.has("ordinal") and not ordinal.used:
        use(ordinal)
        skipped = int(str(ordinal.kinds["ordinal"])) - 1
    use(item)
    draft.order = _order(s, "desc" if value == "desc_verb" else value)
    dimension = _ranked_dimension(s, item)
    single = False
    if dimension is not None:
        use(dimension)
        if dimension.has("unit") and not dimension.has("dim"):
            draft.grain = _grain(str(dimension.kinds["unit"]))
            single = not dimension.text.lower().endswith("s")
        else:
            _group(draft, str(dimension.kinds["dim"]))
            single = not _plural(dimension)
    elif draft.group_by:
        single = not _plural_group(s, draft)
    if skipped:
        draft.offset, draft.limit = skipped, 1
    else:
        draft.limit = number or (1 if single or (dimension is None and value != "desc" and not draft.group_by) else 5)
    if dimension is None and not draft.group_by and not draft.grain and number is None and value in ("worst", "best"):
        draft.limit = None


def _plural(item: Item) -> bool:
    word = item.text.lower().split()[-1]
    return word.endswith("s") and not word.endswith("ss") or word in ("people", "ppl", "staff", "folks", "software")


def _plural_group(s: Sentence, draft: Draft) -> bool:
    named = [i for i in s.seq if i.has("dim") and i.used and i.kinds["dim"] == draft.group_by[0]]
    return bool(named) and _plural(named[0])


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


# -- Conditions -------------------------------------------------------------------------------------------------------------

def conditions(s: Sentence, draft: Draft) -> list[tuple[Item, str, Number]]:
    """over $10k, more than 20 %, at least 5 seats: (item, operator, number); what is measured is settled later."""
    found = []
    for item in list(s.open("op")):
        after = s.after(item)
        number = after.kinds.get("number") if after is not None and not after.used else None
        if after is None or not isinstance(number, Number):
            continue
        use(item, after)
        if number.unit not in ("", "%", s.base_currency):
            raise Unclear("modifier", f"I can only compare with amounts in {s.base_currency}. What is it in {s.base_currency}?",
                          after.text)  # fmt: skip
        found.append((item, str(item.kinds["op"]), number))
        if (unit := s.after(after)) is not None and unit.has("grain") and not unit.used:
            _per_unit(draft, unit)
    return found


def _per_unit(draft: Draft, unit: Item) -> None:
    """Tools under 500 a month: judged by the last complete month."""
    use(unit)
    draft.note(f"“{unit.text}”: judged by the last complete {unit.kinds['grain']}")
    draft.answers.setdefault("last_unit", {"week": 1, "month": 2, "quarter": 3, "year": 4}.get(str(unit.kinds["grain"]), 0))


def having(draft: Draft, found: list[tuple[Item, str, Number]], s: Sentence) -> None:
    """Binds each condition to the metric it speaks of: percent with growth = the change, else the metric named or asked."""
    for item, op, number in found:
        if number.unit == "%" and draft.growth:
            metric = "pct_change"
        else:
            metric = _measured(s, draft, item, number)
        value = number.value
        if number.unit == "%" and metric not in ("pct_change", "utilisation", "cache_hit_share", "budget_used"):
            raise Unclear("modifier", f"{item.text} {number.value * 100:f} % of what?", item.text)
        draft.having.append(Having(metric=metric, op=op, value=Decimal(value)))  # type: ignore[arg-type]


def _measured(s: Sentence, draft: Draft, item: Item, number: Number) -> str:
    """The metric word right after the number, else the question's metric."""
    place = s.seq.index(item)
    for near in s.seq[place + 2 : place + 4]:
        if near.has("metric"):
            metric = str(near.kinds["metric"])
            if metric in draft.metrics and len(draft.metrics) > 1 and draft.metrics[0] != metric:
                draft.metrics.remove(metric)
            return "budget_used" if metric == "budget" and number.unit == "%" else metric
    return draft.metrics[0]


# -- Shares -----------------------------------------------------------------------------------------------------------------

def shares(s: Sentence, draft: Draft) -> None:
    """What share of X goes to Y; as a % of total; how much of engineering's bill is Claude Code."""
    word = s.first("share")
    if word is not None:
        use(word)
        draft.share = True
        for item in list(s.open("oftotal")):
            use(item)
    part = s.first("howmuchof")
    if part is not None:
        use(part)
        draft.share = True


def share_base(draft: Draft) -> None:
    """"how much of engineering's spend is Cursor": the whole is engineering's, the part narrows it by another dimension."""
    plain = [f for f in draft.filters if f.op == "in"]
    if draft.share and len({f.dimension for f in plain}) > 1:
        owner = next((f for f in plain if f.dimension in ("department", "division", "cost_center", "project", "person")), plain[0])
        draft.share_base = (owner,)
        draft.note(f"share of {', '.join(owner.values)}'s total")


def word_filters(s: Sentence, draft: Draft) -> None:
    """Payment channel, billing model and status as adjectives: on cards, API spend, approved tools."""
    for kind, dimension in _FILTERS_OF_WORDS.items():
        found = [item for item in list(s.open(kind)) if not item.entities]
        for item in found:
            before = s.before(item)
            negated = before is not None and before.has("not") and not before.used
            if negated:
                use(before)
            use(item)
            value = str(item.kinds[kind])
            op: Literal["in", "ne"] = "ne" if negated != (value == "unapproved") else "in"
            value = "approved" if value == "unapproved" else value
            same = next((f for f in draft.filters if f.dimension == dimension and f.op == op), None)
            if same is not None:
                draft.filters.remove(same)
            values = tuple(dict.fromkeys((*(same.values if same else ()), value)))
            draft.filters.append(Filter(dimension=dimension, op=op, values=values))
            if len(values) > 1:
                _group(draft, dimension)
            draft.note(f"“{item.text}” = {dimension.replace('_', ' ')} {'not ' if op == 'ne' else ''}{value.replace('_', ' ')}")
