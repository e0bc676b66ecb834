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
    for item in s.open("fast"):
        near = s.after(item)
        if near is not None and near.has("dim") and not near.used and not near.entities and not draft.group_by:
            use(near)
            _group(draft, str(near.kinds["dim"]))
    _people(s, draft)


def _people(s: Sentence, draft: Draft) -> None:
    """list idle seat owners by name: people as rows."""
    if any(item.has("which", "list") for item in s.seq) and not s.any("howmany"):
        for item in list(s.open("dim", "person")):
            if not item.entities:
                use(item)
                _group(draft, "person")


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
    dimension = _ranked_dimension(s, item) or _only_dimension(s, draft)
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
        single = not plural_group(s, draft)
    if skipped:
        draft.offset, draft.limit = skipped, 1
    else:
        draft.limit = number or (1 if single or (dimension is None and value != "desc" and not draft.group_by) else 5)
    if item.text.lower() in ("cheapest", "least expensive", "least costly") and draft.order == "asc":
        draft.paid_only = True
    if dimension is None and not draft.group_by and not draft.grain and number is None and value in ("worst", "best"):
        draft.limit = None


def _plural(item: Item) -> bool:
    word = item.text.lower().split()[-1]
    return word.endswith("s") and not word.endswith("ss") or word in ("people", "ppl", "staff", "folks", "software")


def plural_group(s: Sentence, draft: Draft) -> bool:
    """Whether the rows were asked for in the plural: which tools, which tool."""
    named = [i for i in s.seq if draft.group_by and i.has("dim") and i.used and i.kinds["dim"] == draft.group_by[0]]
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


def _only_dimension(s: Sentence, draft: Draft) -> Item | None:
    """How concentrated is vendor spend? top 3: the one dimension the sentence speaks of."""
    found = [item for item in s.open("dim") if not item.entities and item.kinds["dim"] != "person"]
    return found[0] if len(found) == 1 and not draft.group_by and not draft.grain else None


# -- Conditions -------------------------------------------------------------------------------------------------------------


def conditions(s: Sentence, draft: Draft) -> list[tuple[Item, str, Number, str]]:
    """over $10k, more than 20 %, at least 5 seats: (item, operator, number, metric named right after it or "")."""
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
        nearby = s.after(after)
        draft.bounded = number.unit or "number"
        if nearby is not None and nearby.has("grain") and not nearby.used:
            _per_unit(draft, nearby)
            nearby = s.after(nearby)
        named = _bound_metric(nearby)
        draft.bound_metric = draft.bound_metric or named
        found.append((item, str(item.kinds["op"]), number, named))
        _bounded_dimension(s, draft, item)
    return found


def _bound_metric(item: Item | None) -> str:
    """over 100 active users, under 50 % utilisation: the metric belongs to the condition."""
    if item is not None and not item.used and item.has("seat"):
        use(item)
        return "seats_assigned"
    if item is not None and not item.used and (item.has("dim") or item.entities) and not item.has("metric"):
        raise Unclear("modifier", f"I cannot count {item.text} as a condition.", item.text)
    if item is None or item.used or not item.has("metric") or item.kinds["metric"] == "budget":
        return ""
    use(item)
    return str(item.kinds["metric"])


def _bounded_dimension(s: Sentence, draft: Draft, item: Item) -> None:
    """tools under 500, teams above 80 %: a condition is on rows, so what stands before it is the group."""
    place = s.seq.index(item)
    for near in reversed(s.seq[:place]):
        if near.has("dim") and not near.used and not near.entities and (_plural(near) or s.word_before(near) == "every"):
            use(near)
            _group(draft, str(near.kinds["dim"]))
            return


def _per_unit(draft: Draft, unit: Item) -> None:
    """Tools under 500 a month: judged by the last complete month."""
    use(unit)
    draft.note(f"“{unit.text}”: judged by the last complete {unit.kinds['grain']}")
    draft.answers.setdefault("last_unit", {"week": 1, "month": 2, "quarter": 3, "year": 4}.get(str(unit.kinds["grain"]), 0))


def having(draft: Draft, found: list[tuple[Item, str, Number, str]], s: Sentence) -> None:
    """Binds each condition to the metric it speaks of: percent with growth = the change, else the metric named or asked."""
    for item, op, number, named in found:
        if number.unit == "%" and draft.growth and not named:
            metric = "pct_change"
        else:
            metric = named or ("budget_used" if draft.metrics[0] == "budget" and number.unit == "%" else draft.metrics[0])
        if draft.metrics[0] == "renewals" and metric != "renewals":
            raise Unclear("modifier", f"I cannot filter renewals by {metric.replace('_', ' ')}.", item.text)
        value = number.value
        if number.unit == "%" and metric not in ("pct_change", "utilisation", "cache_hit_share", "budget_used"):
            raise Unclear("modifier", f"{item.text} {number.value * 100:f} % of what?", item.text)
        draft.having.append(Having(metric=metric, op=op, value=Decimal(value)))
    if draft.paid_only and draft.metrics == ["spend"]:
        draft.having.append(Having(metric="spend", op="gt", value=Decimal(0)))


# -- Shares -----------------------------------------------------------------------------------------------------------------


def shares(s: Sentence, draft: Draft) -> None:
    """What share of X goes to Y; as a % of total; how much of engineering's bill is Claude Code."""
    for word in list(s.open("share")):
        use(word)
        draft.share = True
    if draft.share:
        use(*s.open("oftotal"))
    part = s.first("howmuchof")
    if part is not None:
        use(part)
        draft.share = True


def share_base(draft: Draft) -> None:
    """ "how much of engineering's spend is Cursor": the whole is engineering's, the part narrows it by another dimension."""
    plain = [f for f in draft.filters if f.op == "in"]
    if draft.share and len({f.dimension for f in plain}) > 1:
        owner = next(
            (f for f in plain if f.dimension in ("department", "division", "cost_center", "project", "person")), plain[0]
        )
        draft.share_base = (owner,)
        draft.note(f"share of {', '.join(owner.values)}'s total")


def word_filters(s: Sentence, draft: Draft) -> None:
    """Payment channel, billing model and status as adjectives: on cards, API spend, approved tools."""
    _approved_by(s)
    _mixed_exclusion(s)
    _seat_spend(s, draft)
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
            draft.note(
                f"“{item.text}” = {dimension.replace('_', ' ')} {'not ' if op == 'ne' else ''}{value.replace('_', ' ')}"
            )


def _approved_by(s: Sentence) -> None:
    """Spend "approved by" somebody is not in the ledger."""
    for item in s.open("statusword"):
        after = s.after(item)
        if after is not None and (after.has("by") or s.word_after(item) == "by") and any(
                e.dimension == "person" for near in s.seq for e in near.entities):  # fmt: skip
            raise Unclear("modifier", f"Spend is not kept by who {item.text} it.", f"{item.text} by")


def _mixed_exclusion(s: Sentence) -> None:
    """ "excluding engineering and api": not both, or not the one within the other?"""
    for kind in _FILTERS_OF_WORDS:
        for item in s.open(kind):
            joint = s.before(item)
            name = s.before(joint) if joint is not None and joint.has("and") else None
            excluded = s.before(name) if name is not None and name.entities else None
            if excluded is not None and excluded.has("not") and name is not None:
                words = f"{excluded.text} {name.text} and {item.text}"
                raise Unclear("modifier", f"“{words}”: leave out both, or only {name.text}'s {item.text}?", words)


def _seat_spend(s: Sentence, draft: Draft) -> None:
    """Seat spend beside API spend: tools billed per seat."""
    for item in list(s.open("seat")):
        after = s.after(item)
        if after is not None and after.has("metric", "spend") and after.start == item.end and (
                any(i.has("billing") for i in s.seq) or not (s.any("howmany") or s.any("by"))):  # fmt: skip
            item.kinds = {"billing": "per_seat"}


def explained(draft: Draft) -> None:
    """Why: what changed most, by department and tool (by model where a vendor or tool is asked about)."""
    if not draft.explain or draft.group_by or draft.grain:
        return
    named = {f.dimension for f in draft.filters if f.op == "in"}
    first = "department" if not named & {"department", "cost_center", "division", "person"} else ""
    second = "model" if named & {"tool", "vendor", "model"} else "tool"
    draft.group_by = [name for name in (first, second) if name]
    draft.order, draft.limit = draft.order or "desc", draft.limit or 5
    draft.note("shows what changed most, not why beyond the data")


def share_of_something(draft: Draft) -> None:
    """A share of everything by everything is no question."""
    if draft.share and not (draft.filters or draft.group_by or draft.grain):
        raise Unclear("modifier", "The share of what? Name a tool, vendor, department or group.", "share")
    if (
        draft.share
        and draft.metrics[0] in ("seats_idle", "seats_active", "utilisation")
        and not any(f.op == "in" for f in draft.filters)
    ):
        raise Unclear(
            "metric", "Do you mean utilisation (active seats / assigned seats) or idle seats as a number?", "share"
        )


def ranked_rows(draft: Draft) -> None:
    """A ranking needs rows."""
    if not draft.limit or draft.group_by or draft.grain or draft.metrics[0] in ("renewals", "tools"):
        return

    def by(dimension: str) -> Option:
        return Option(f"by {dimension}", lambda d: _group(d, dimension))

    decide(
        draft,
        "dimension",
        "ranked rows",
        "Ranked by what?",
        [by(name) for name in ("tool", "department", "vendor", "project")],
    )


def own_tools(s: Sentence, draft: Draft) -> None:
    """What do I cost in AI tools: by tool."""
    if (
        draft.scope == "me"
        and draft.metrics == ["spend"]
        and not draft.group_by
        and "tools" in {t.text for t in s.chart.tokens}
    ):
        draft.group_by.append("tool")
