"""Seats: which of them are meant (purchased, assigned, active, idle, pending, spare), and since when one is idle."""

from decimal import Decimal

from storage.spend_query import Having
from workflows.asking.chart import Item, Number
from workflows.asking.draft import SEAT_METRICS, Draft, Option, Sentence, Unclear, decide, use

_WHO_HOLDS = ("department", "division", "person")  # what contracts buy is not theirs
_WHOSE = ("with", "in", "who", "from", "of", "whose", "that", "at", "holding", "having")
_VERB = {"not", "nobody", "no", "never", "hasnt", "havent", "arent", "isnt"}
_MONEY_WORDS = ("spend", "billed", "paid")


def idle_window(s: Sentence, draft: Draft) -> None:
    """ "not used in 60 days": counted by that many days instead of the tools' own; other spans are asked about."""
    said = [i for i in s.seq if i.has("metric", "seats_idle") or i.has("metric", "idle_seat_cost")]
    unused = s.any("notused") or any(_VERB & set(item.text.lower().split()) for item in said)
    if not (unused or said or set(draft.inherited_metrics[:1]) & {"seats_idle", "idle_seat_cost"}):
        return
    for item in s.seq:
        after = s.after(item)
        number = item.kinds.get("number")
        if isinstance(number, Number) and not item.used and after is not None and (after.kinds.get("unit") == "day"):
            days, words = int(number.value), f"{item.text} {after.text}"
            before = s.before(item)
            use(item, after, before if before is not None and before.has("op") else None)
        elif item.reading is not None and item.reading.unit == "day" and item.reading.count > 1 and unused:
            days, words = item.reading.count, item.text
            use(item)
        elif item.reading is not None and not item.reading.moment and item.reading.days > 1 and unused:
            raise Unclear("modifier", "I count days without use, up to the latest snapshot. For how many days?", item.text)
        else:
            continue
        if days < 1:
            raise Unclear("modifier", "For how many days without use?", words)
        draft.idle_days = days
        draft.note(f"unused for more than {days} days, not each tool's own idle days; grace days and leavers as always")


def seats(s: Sentence, draft: Draft) -> None:
    """Seats with what is said of them; bare seats are the purchased ones when owning is meant, else the assigned."""
    nouns = list(s.open("seat"))
    if not nouns and not any(i.kinds["metric"] in SEAT_METRICS for i in s.open("metric")):
        return None
    use(*nouns)
    _bought_too(s, draft)
    _used_too(s, draft)
    _idle_people(s, draft)
    named = [i for i in s.open("metric") if i.kinds["metric"] in (*SEAT_METRICS, "utilisation", "idle_seat_cost")]
    pending = s.first("requestword", "pending")
    if pending is not None and not named:
        use(pending)
        return draft.measure("seats_pending")
    if s.any("notused"):
        use(*s.open("notused"))
        return draft.measure("seats_idle")
    priced = [i for i in s.seq if i.has("unknown") and i.text.lower() in ("price", "prices")]
    if priced and nouns and not named:
        use(*priced)
        return draft.measure("cost_per_seat")
    if (used := next((i for k in ("used", "using") for i in s.open(k)), None)) is not None and not named:
        use(used)
        return draft.measure("seats_active")
    active = [i for i in s.seq if not i.used and i.text.lower() == "active"]
    if active:
        use(*active)
        draft.measure("seats_active")
    if (left := s.first("left")) is not None and not named:
        return _spare(draft, left)
    if named or active:
        use(*s.open("have"), *[i for i in s.open("assigned") if not i.has("metric")])
        return None
    return _bare_seats(s, draft)


def _bought_too(s: Sentence, draft: Draft) -> None:
    """Bought, assigned and active seats: the purchased ones in a list with others."""
    for item in list(s.open("have")):
        if item.text.lower() not in ("bought", "purchase", "own"):
            continue
        before, after = s.before(item), s.after(item)
        if any(near is not None and (near.has("and") or near.has("versus")) for near in (before, after)):
            use(item)
            draft.several = True
            draft.measure("seats_purchased")
            for state in [i for kind in ("used", "using") for i in s.open(kind)]:
                use(state)
                draft.measure("seats_active")
            for state in list(s.open("assigned")):
                use(state)
                draft.measure("seats_assigned")


def _used_too(s: Sentence, draft: Draft) -> None:
    """Seats bought vs used: the active ones beside others."""
    for item in [i for kind in ("used", "using") for i in s.open(kind)]:
        joint = s.before(item)
        other = s.before(joint) if joint is not None and (joint.has("and") or joint.has("versus")) else None
        if other is not None and other.has("metric") and other.kinds["metric"] in SEAT_METRICS:
            use(item, joint)
            draft.several = True
            draft.measure("seats_active")


def _idle_people(s: Sentence, draft: Draft) -> None:
    """Inactive … users: the people of the idle seats, counted with them. People with an idle seat: who they are."""
    first = s.seq[0]
    if first.has("dim", "person") and not first.entities and not s.any("howmany") and s.word_after(first) in _WHOSE:
        use(first)
        draft.group("person")
    if s.any("metric", "seats_idle") and not any(i.has("which") for i in s.seq):
        use(
            *[
                i
                for i in s.open("dim", "person")
                if i.text.lower() in ("users", "user", "members", "people") and not i.entities
            ]
        )


_TWICE = frozenset(["both", "duplicate", "duplicates", "double", "doubled"])


def both_held(s: Sentence, draft: Draft) -> None:
    """Who has both Cursor and Copilot: people with seats of all the tools named. Use of both is not counted."""
    named = next((f for f in draft.filters if f.dimension == "tool" and f.op == "in" and len(f.values) > 1), None)
    both = any(token.text in _TWICE for token in s.chart.tokens)
    who = [i for i in s.seq if not i.used and (i.has("which", "who") or (i.has("dim", "person") and not i.entities))]
    holding = [i for kind in ("assigned", "have", "seat") for i in s.open(kind)]
    has = {"has", "have", "with"} & {token.text for token in s.chart.tokens}
    if named is None or not both or not who or not (holding or has) or s.any("using") or s.any("metric"):
        return
    use(*who, *holding, *[i for i in s.seq if i.text.lower() in _TWICE])
    draft.group_by = ["person"]
    draft.measure("tools_held")
    draft.having.append(Having(metric="tools_held", op="gte", value=Decimal(len(named.values))))


def _spare(draft: Draft, item: Item) -> None:
    """Spare seats = purchased − assigned: both are given."""
    use(item)
    draft.several = True
    draft.measure("seats_purchased")
    draft.measure("seats_assigned")
    draft.note("spare seats = purchased − assigned; both are shown")


def _bare_seats(s: Sentence, draft: Draft) -> None:
    money = [i for i in s.open("metric") if i.kinds["metric"] in _MONEY_WORDS]
    if money and not (s.any("have") or s.any("howmany")):
        if any(i.has("avg") for i in s.seq) or any(i.has("by") for i in s.seq if i.text.lower() == "per"):
            use(*money, *s.open("avg"))
            return draft.measure("cost_per_seat")
        if s.any("and"):
            return draft.measure("seats_assigned")
        raise Unclear("modifier", "Spend on seats: do you mean seat-based tools or the cost per seat?", "seats")
    other = list(s.open("metric"))
    if draft.scope == "me" and s.any("which", "which") and not other and not draft.group_by:
        use(*s.open("which", "which"))
        draft.group("tool")
    who = s.first("which", "who")
    if who is not None and not other and not draft.order:
        use(who, *s.open("have"), *s.open("assigned"))
        draft.group("person")
        return draft.measure("seats_assigned")
    people = [i for i in s.open("dim", "person") if not i.entities]
    if people and s.any("assigned") and not s.any("howmany") and not other:
        use(*people)
        draft.group("person")  # everyone holding a seat
    owning = s.first("have")
    use(*s.open("have"))
    if s.any("assigned"):
        use(*s.open("assigned"))
        _holders(s, draft)
        return draft.measure("seats_assigned")
    of_people = draft.scope or any(f.dimension in _WHO_HOLDS for f in (*draft.filters, *draft.inherited))
    if owning is not None or (s.any("howmany") and not other and not _people_asked(s) and not of_people):
        return draft.measure("seats_purchased")
    named = (*draft.filters, *draft.inherited)
    filtered = any(f.dimension in ("tool", "vendor", "category", *_WHO_HOLDS) for f in named) or draft.scope
    if filtered or other or any(g in ("department", "person") for g in draft.group_by):
        if not other:
            draft.note("seats = assigned seats")
        return draft.measure("seats_assigned")
    draft.note("seats = purchased seats")
    draft.measure("seats_purchased")
    if not draft.group_by and not draft.merged:
        draft.group_by.append("tool")
    return None


def _holders(s: Sentence, draft: Draft) -> None:
    """How many people have a seat of one tool: a person holds one seat of it."""
    tools = [value for part in draft.filters if part.dimension == "tool" and part.op == "in" for value in part.values]
    people = [item for item in s.open("dim", "person") if not item.entities]
    if len(tools) == 1 and people and s.any("howmany") and not draft.group_by:
        use(*people)
        draft.note("people with a seat = assigned seats")


def _people_asked(s: Sentence) -> bool:
    return any(i.kinds.get("dim") in ("person", "department") for i in s.seq)


def _who_has(s: Sentence, draft: Draft) -> None:
    """Who in my team has Gamma: people with a seat of it."""
    who = s.first("which", "who")
    has = {"has", "have", "got", "with"} & {token.text for token in s.chart.tokens}
    named = any(part.dimension in ("tool", "vendor") and part.op == "in" for part in (*draft.filters, *draft.inherited))
    if who is None or not has or not named or s.any("metric") or s.any("notused") or s.any("using") or draft.metrics:
        return
    use(who, *s.open("assigned"), *s.open("seat"))
    draft.group("person")
    draft.measure("seats_assigned")


def _held_by(s: Sentence, draft: Draft) -> None:
    """Which tools does Grace hold: that person's seats."""
    verb = next((i for i in s.seq if i.text.lower() in ("hold", "holds") and not i.used), None)
    person = any(f.dimension == "person" and f.op == "in" for f in draft.filters)
    if verb is None or not person or draft.metrics or s.any("seat"):
        return
    use(verb, *[i for i in s.open("dim", "tool") if not i.entities])
    draft.group("tool")
    draft.measure("seats_assigned")


def _unused_rows(s: Sentence, draft: Draft, words: list[Item]) -> bool:
    """Tools nobody uses, which departments never used Runway: not those with an idle seat. Which measure shows it?"""
    nobody = next((i for i in words if {"nobody", "no", "one"} & set(i.text.lower().split())), None)
    rows = next((i for i in s.seq if i.has("dim") and not i.entities and not i.has("dim", "person")), None)
    by = s.before(rows) if rows is not None else None
    asked = rows is not None and rows.has("dim", "tool") and nobody is not None
    asked |= by is not None and by.has("which", "which") and not any(i.has("number") for i in s.seq)
    if rows is None or not asked or s.any("seat"):
        return False
    dimension = str(rows.kinds["dim"])

    def by_row(metric: str) -> Option:
        def apply(d: Draft) -> None:
            use(*words, rows)
            d.measure(metric)
            d.group(dimension)

        name = {"seats_idle": "idle seats", "active_users": "active users"}[metric]
        return Option(f"{name} by {dimension.replace('_', ' ')}", apply)

    decide(draft, "metric", "unused rows", f"{rows.text} without any use I do not list. Which of these helps?",
           [by_row("active_users"), by_row("seats_idle")], words[0].text)  # fmt: skip
    return True


def not_used(s: Sentence, draft: Draft) -> None:
    """who hasn't used ChatGPT in 30 days, tools nobody uses: idle seats."""
    holding = s.first("assigned")
    _held_by(s, draft)
    _who_has(s, draft)
    of_mine = s.first("which", "list") if draft.scope == "my_team" else None  # which of my people hold Firefly
    if holding is not None and (s.first("which", "who") or of_mine) is not None and not s.any("seat"):
        use(holding, s.first("which", "who") or of_mine)
        draft.group("person")
        draft.measure("seats_assigned")
    words = list(s.open("notused"))
    if not words:
        return
    if _unused_rows(s, draft, words):
        return
    use(*words)
    draft.measure("seats_idle")
    for item in list(s.open("which")):
        if item.kinds["which"] == "who":
            use(item)
            draft.group("person")
    for item in list(s.open("dim", "person")):
        use(item)
        if not s.any("howmany"):
            draft.group("person")
