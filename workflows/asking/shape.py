"""How the answer is cut: groups, series, ranking, conditions, shares, averages."""

from typing import Literal

from storage.spend_query import Filter
from workflows.asking.chart import Item, Number
from workflows.asking.draft import SEAT_METRICS, Draft, Option, Sentence, Unclear, decide, use
from workflows.asking.ranks import grain_of

_LINKS = frozenset(["with", "that", "which", "had", "has", "have", "whose", "having"])
_VERBS = frozenset(["is", "are", "was", "were", "did", "does", "do", "has", "went", "goes"])
_EACH = frozenset(["each", "every", "per", "individual"])
_CUTS = frozenset(["breakdown", "split", "breakdowns"])
_ROWS = frozenset(["department", "cost_center", "division", "vendor", "project", "model"])
_FILTERS_OF_WORDS = {"payment": "payment_channel", "billing": "billing_model", "statusword": "tool_status"}


# What did we plan to spend: a verb after these, no rows.
_DOING = frozenset(["did", "do", "does", "we", "i", "they", "you", "can", "could", "should", "would", "will", "had", "have"])


def groups(s: Sentence, draft: Draft) -> None:
    """by X, per X and Y, each X, X x Y; which X; list X."""
    for item in list(s.open("by")):
        after = s.after(item)
        if after is not None and after.has("dim") and not after.used and not after.entities:
            use(item)
            _beside(s, draft, item)
            _chain(s, draft, after)
        elif after is not None and _EACH & set(item.text.lower().split()) and _is_category(after):
            use(item)
            draft.group("tool")
    _before_breakdown(s, draft)
    for item in list(s.open("x")):
        _matrix(s, draft, item)
    for item in list(s.open("which")):
        after = s.after(item)
        counted = after.kinds.get("number") if after is not None and not after.used else None
        if isinstance(counted, Number) and after is not None and (near := s.after(after)) is not None and near.has("dim"):
            use(after)
            draft.limit, after = int(counted.value) or None, near
        far = after is not None and _DOING & {token.text for token in s.chart.tokens[item.end : after.start]}
        if after is not None and after.has("dim") and not after.used and not after.entities and not far:
            use(item, after)
            draft.group(str(after.kinds["dim"]))
    for item in s.open("fast"):
        near = s.after(item)
        if near is not None and near.has("dim") and not near.used and not near.entities and not draft.group_by:
            use(near)
            draft.group(str(near.kinds["dim"]))
        _had_the_biggest(s, draft, item)
    _people(s, draft)


def _had_the_biggest(s: Sentence, draft: Draft, item: Item) -> None:
    """The tool with the biggest increase, departments that grew fastest."""
    before = s.before(item)
    linked = {t.text for t in s.chart.tokens[before.end : item.start]} & _LINKS if before is not None else set()
    if before is not None and linked and before.has("dim") and not (before.used or before.entities or draft.group_by):
        use(before)
        draft.group(str(before.kinds["dim"]))


def _is_category(item: Item) -> bool:
    return bool(item.entities) and item.entities[0].dimension == "category"


def _beside(s: Sentence, draft: Draft, by: Item) -> None:
    """Cost centre by vendor: both are rows, where the first is not what is measured."""
    first = s.before(by)
    if first is None or first.used or first.entities or first.kinds.get("dim") not in _ROWS or first.end != by.start:
        return
    if s.word_before(first) not in ("which", "what", "many") and by.text.lower() in ("by", "per"):
        use(first)
        draft.group(str(first.kinds["dim"]))


def _before_breakdown(s: Sentence, draft: Draft) -> None:
    """A division breakdown, the vendor split."""
    for item in list(s.open("dim")):
        if not item.entities and s.word_after(item) in _CUTS and s.word_before(item) not in ("and", "or"):
            use(item)
            draft.group(str(item.kinds["dim"]))


def _people(s: Sentence, draft: Draft) -> None:
    """list idle seat owners by name: people as rows."""
    if any(item.has("which", "list") for item in s.seq) and not s.any("howmany"):
        for item in list(s.open("dim", "person")):
            if not item.entities:
                use(item)
                draft.group("person")


def _chain(s: Sentence, draft: Draft, item: Item) -> None:
    """The dimensions and grains that follow each other after "by"; "or" between them is asked."""
    use(item)
    draft.group(str(item.kinds["dim"]))
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
            draft.group(str(after.kinds["dim"]))
        else:
            draft.grain = grain_of(str(after.kinds["unit"]))
        joint = s.after(after)


def _either(draft: Draft, left: Item, right: Item) -> None:
    first, second = str(left.kinds["dim"]), str(right.kinds.get("dim") or right.kinds.get("unit"))
    draft.group_by.remove(first)

    def by(*names: str) -> Option:
        def apply(d: Draft) -> None:
            for name in names:
                d.group(name)

        return Option("by " + " and ".join(names).replace("_", " "), apply)

    decide(
        draft,
        "dimension",
        f"or {left.start}",
        f"By {first} or by {second}?",
        [by(first), by(second), by(first, second)],
        f"{left.text} or {right.text}",
    )


def _matrix(s: Sentence, draft: Draft, item: Item) -> None:
    for near in (s.before(item), s.after(item)):
        if near is not None and near.has("dim") and not near.used:
            use(near)
            draft.group(str(near.kinds["dim"]))
    if len(draft.group_by) + bool(draft.grain) > 1:
        use(item)


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
        draft.grain = grain_of(str(item.kinds["grain"]))
    for item in list(s.open("by")):
        after = s.after(item)
        if after is not None and after.has("unit") and not after.used:
            use(item, after)
            draft.grain = grain_of(str(after.kinds["unit"]))
    for item in list(s.open("cumulative")):
        use(item)
        draft.transform, draft.trend = "cumulative", True
    for item in list(s.open("trend")):
        use(item)
        if " or " in item.text.lower() and s.any("versus"):
            draft.growth = True  # up or down vs last month
        else:
            draft.trend = True
    for item in list(s.open("peaks")):
        use(item)
        draft.grain, draft.order = "day", "desc"
        draft.note("I do not judge what a spike is: the days, highest first")
    for item in list(s.open("gone")):
        use(item)
        draft.explain = s.any("growth")  # where does the increase come from
        draft.placed = not draft.explain


# -- Shares -----------------------------------------------------------------------------------------------------------------


def shares(s: Sentence, draft: Draft) -> None:
    """What share of X goes to Y; as a % of total; how much of engineering's bill is Claude Code."""
    for word in list(s.open("share")):
        use(word)
        draft.share = True
        _whole_of(s, draft, word)
    if draft.share:
        use(*s.open("oftotal"))
    part = s.first("howmuchof")
    if part is not None:
        use(part)
        draft.share = True
        _whole_of(s, draft, part)


def _whole_of(s: Sentence, draft: Draft, word: Item) -> None:
    """The name right after "share of" is the whole: how much of Runway is Design."""
    after = s.after(word)
    between = {t.text for t in s.chart.tokens[word.end : after.start]} if after is not None else set()
    if after is not None and after.entities and not between & _VERBS:  # "what share is Elicit": that is the part
        draft.whole = after.entities[0].dimension


def share_base(draft: Draft) -> None:
    """ "how much of engineering's spend is Cursor": the whole is engineering's, the part narrows it by another dimension."""
    plain = [f for f in draft.filters if f.op == "in"]
    if draft.share and len({f.dimension for f in plain}) > 1:
        named = next((f for f in plain if f.dimension == draft.whole), None)
        owner = named or next(
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
            meant = ("card", "expense") if value == "expense" else (value,)  # expense reports are paid by card or by hand
            same = next((f for f in draft.filters if f.dimension == dimension and f.op == op), None)
            if same is not None:
                draft.filters.remove(same)
            values = tuple(dict.fromkeys((*(same.values if same else ()), *meant)))
            draft.filters.append(Filter(dimension=dimension, op=op, values=values))
            if same is not None:
                draft.group(dimension)
            draft.note(
                f"“{item.text}” = {dimension.replace('_', ' ')} {'not ' if op == 'ne' else ''}{value.replace('_', ' ')}"
            )


def _approved_by(s: Sentence) -> None:
    """Spend "approved by" somebody, or "spend approved in October", is not in the ledger; tools are approved."""
    people = any(e.dimension == "person" for near in s.seq for e in near.entities)
    for item in s.open("statusword"):
        after, before = s.after(item), s.before(item)
        by = (after is not None and after.has("by")) or s.word_after(item) == "by"
        if by and people:
            raise Unclear("modifier", f"Spend is not kept by who {item.text} it.", f"{item.text} by")
        spent = before is not None and before.end == item.start and before.has("metric", "spend")
        if s.word_after(item) == "to":
            raise Unclear("modifier", f"What somebody is {item.text} to do I do not know.", f"{item.text} to")
        spent |= after is not None and after.start == item.end and after.has("metric", "spend") and item.text == "approved"
        if spent and not (after is not None and after.has("dim", "tool")):
            raise Unclear("modifier", f"I know which tools are {item.text}, not which spend.", item.text)


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
        if _beside_api(s, item):
            item.kinds = {"billing": "per_seat"}
        if (
            after is not None
            and after.has("metric", "spend")
            and after.start == item.end
            and not _counts_seats(s)
            and (any(i.has("billing") for i in s.seq) or not (s.any("howmany") or s.any("by")))
        ):
            item.kinds = {"billing": "per_seat"}


def _beside_api(s: Sentence, seats: Item) -> bool:
    """Seats versus API, in money: both are ways of paying."""
    joint, api = s.after(seats), None
    if joint is not None and joint.has("versus"):
        api = s.after(joint)
    return api is not None and api.has("billing") and any(i.has("metric", "spend") for i in s.seq)


def _counts_seats(s: Sentence) -> bool:
    """Idle, active, assigned seats: counts, whatever they cost."""
    return s.any("notused") or any(i.has("metric") and i.kinds["metric"] in SEAT_METRICS for i in s.seq)


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


def share_of_something(s: Sentence, draft: Draft) -> None:
    """A share of everything by everything is no question."""
    if draft.share and not (draft.filters or draft.group_by or draft.grain):
        raise Unclear("modifier", "The share of what? Name a tool, vendor, department or group.", "share")
    in_use = draft.metrics[0] == "seats_assigned" and any(
        i.text.lower().endswith(("in use", "used", "taken")) for i in s.seq
    )
    seats = draft.metrics[0] in ("seats_idle", "seats_active", "utilisation")
    if draft.share and (in_use or seats) and not _share_of_them(s, draft):
        raise Unclear(
            "metric", "Do you mean utilisation (active seats / assigned seats) or idle seats as a number?", "share"
        )


def _share_of_them(s: Sentence, draft: Draft) -> bool:
    """The share of all idle seats that a name has; not "what share of Cursor's seats is idle"."""
    first = next((after for i in s.seq if i.has("share") and (after := s.after(i)) is not None), None)
    if first is None or {"is", "are"} & set(first.text.lower().split()):
        return False
    return first.has("metric", draft.metrics[0]) and any(f.op == "in" for f in draft.filters)


def own_tools(s: Sentence, draft: Draft) -> None:
    """What do I cost in AI tools: by tool."""
    if (
        draft.scope == "me"
        and draft.metrics == ["spend"]
        and not draft.group_by
        and "tools" in {t.text for t in s.chart.tokens}
    ):
        draft.group_by.append("tool")
