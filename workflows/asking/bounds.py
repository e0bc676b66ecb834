"""Conditions on rows: over 10k, under 50 % utilisation, more than 20 idle seats."""

from decimal import Decimal

from storage.spend_query import Having
from workflows.asking.chart import Item, Number
from workflows.asking.draft import SEAT_METRICS, Draft, Sentence, Unclear, use
from workflows.asking.ranks import is_plural

_MIRRORED = {"gt": "lt", "gte": "lte", "lt": "gt", "lte": "gte"}
_UNITS = frozenset(["department", "division", "cost_center"])
_PEOPLE = frozenset(["people", "person", "persons", "employees", "employee", "heads", "staff", "members", "ppl", "folks"])
_OF_CONTRACTS = SEAT_METRICS | {"renewals", "utilisation"}
_SHARES = frozenset(["pct_change", "utilisation", "cache_hit_share", "budget_used", "budget_left_share"])


def conditions(s: Sentence, draft: Draft) -> list[tuple[Item, str, Number, str]]:
    """over $10k, more than 20 %, at least 5 seats: (item, operator, number, metric named right after it or "")."""
    found = []
    for item in list(s.open("op")):
        after = s.after(item)
        number = after.kinds.get("number") if after is not None and not after.used else None
        if after is None or not isinstance(number, Number):
            continue
        beyond = s.after(after)
        if beyond is not None and beyond.kinds.get("unit") == "day" and not number.unit:
            continue  # idle for more than 60 days
        use(item, after)
        if number.unit not in ("", "%", s.base_currency):
            raise Unclear(
                "modifier",
                f"I can only compare with amounts in {s.base_currency}. What is it in {s.base_currency}?",
                after.text,
            )
        nearby = s.after(after)
        draft.bounded = number.unit or "number"
        if nearby is not None and nearby.has("grain") and not nearby.used:
            _per_unit(draft, nearby)
            nearby = s.after(nearby)
        named = _held(s, draft, nearby) or _bound_metric(nearby) or _of_contracts(s, item)
        draft.bound_metric = draft.bound_metric or named
        found.append((item, str(item.kinds["op"]), number, named))
        _bounded_dimension(s, draft, item)
    return found + _exact_heads(s, draft)


def _of_contracts(s: Sentence, item: Item) -> str:
    """Renewals with utilisation below 40 %: the measure stands before the condition."""
    before = s.before(item)
    named = "" if before is None or before.used else str(before.kinds.get("metric", ""))
    if named not in _OF_CONTRACTS - {"renewals"} or not s.any("metric", "renewals"):
        return ""
    use(before)
    return named


def _exact_heads(s: Sentence, draft: Draft) -> list[tuple[Item, str, Number, str]]:
    """Teams with one person."""
    found: list[tuple[Item, str, Number, str]] = []
    for item in s.open("number"):
        after, number = s.after(item), item.kinds["number"]
        if s.word_before(item) == "with" and not number.unit and after is not None and _is_people(after):
            use(item, after)
            draft.bounded, draft.bound_metric = "number", draft.bound_metric or "headcount"
            _bounded_dimension(s, draft, item)
            found += [(item, "gte", number, "headcount"), (item, "lte", number, "headcount")]
    return found


def _is_people(item: Item) -> bool:
    return item.has("dim", "person") and not item.used and not item.entities and item.text.lower() in _PEOPLE


def _held(s: Sentence, draft: Draft, item: Item | None) -> str:
    """People with more than one coding assistant, who has more than two tools: seats are what shows it."""
    if item is None or item.used or s.any("metric"):
        return ""
    category = [e for e in item.entities if e.dimension == "category"]
    people = [i for i in s.seq if i.has("dim", "person") and not i.entities]
    who = [i for i in s.seq if i.has("which", "who")]
    if not (category or item.has("dim", "tool")) or not (people or who) or s.any("using"):
        return ""
    use(*people, *who, *s.open("assigned"), *s.open("have"), *([] if category else [item]))
    draft.group("person")
    return "tools_held"


def _bound_metric(item: Item | None) -> str:
    """over 100 active users, under 50 % utilisation: the metric belongs to the condition."""
    if item is not None and not item.used and item.has("seat"):
        use(item)
        return "seats_assigned"
    if item is not None and _is_people(item):
        use(item)
        return "headcount"
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
        if near.has("dim") and not near.used and not near.entities and (is_plural(near) or s.word_before(near) == "every"):
            use(near)
            draft.group(str(near.kinds["dim"]))
            return


def _per_unit(draft: Draft, unit: Item) -> None:
    """Tools under 500 a month: judged by the last complete month."""
    use(unit)
    draft.note(f"“{unit.text}”: judged by the last complete {unit.kinds['grain']}")
    draft.answers.setdefault("last_unit", {"week": 1, "month": 2, "quarter": 3, "year": 4}.get(str(unit.kinds["grain"]), 0))


def _instead(s: Sentence, draft: Draft, new: Having, item: Item) -> None:
    """A condition beside the others; in a follow-up in the place of one of its kind, asked where it may be either."""
    old = [one for one in draft.having if one.metric == new.metric] if draft.merged else []
    said = any(i.has("follow", "instead") for i in s.chart.items)
    if old and not said and any(one.op[:2] != new.op[:2] for one in old):
        raise Unclear("modifier", "In the place of the condition before, or beside it?", item.text)
    draft.having = [one for one in draft.having if one not in old] + [new]


def having(draft: Draft, found: list[tuple[Item, str, Number, str]], s: Sentence) -> None:
    """Binds each condition to the metric it speaks of: percent with growth = the change, else the metric named or asked."""
    for item, op, number, named in found:
        if number.unit == "%" and draft.growth and not named:
            metric = "pct_change"
        else:
            metric = named or ("budget_used" if draft.metrics[0] == "budget" and number.unit == "%" else draft.metrics[0])
        if metric == "headcount" and not set(draft.group_by) & _UNITS:
            raise Unclear("modifier", "I know how many people a department, division or cost centre has.", item.text)
        if draft.metrics[0] == "renewals" and metric not in _OF_CONTRACTS:
            raise Unclear("modifier", f"I cannot filter renewals by {metric.replace('_', ' ')}.", item.text)
        value = number.value
        if metric == "pct_change" and any(i.has("growth", "fall") or i.has("fast", "slow") for i in s.seq):
            op, value = _MIRRORED[op], -value  # down more than 15 % is less than -15 %
        if draft.growth and not named and number.unit != "%" and metric == draft.metrics[0]:
            raise Unclear("modifier", "I can only bound a change in percent.", item.text)
        if number.unit == "%" and metric not in _SHARES:
            raise Unclear("modifier", f"{item.text} {number.value * 100:f} % of what?", item.text)
        _instead(s, draft, Having(metric=metric, op=op, value=Decimal(value)), item)
        if metric == "tools_held" and set(draft.metrics) <= SEAT_METRICS:
            draft.metrics = ["tools_held"]  # people with seats in more than three tools
    if draft.paid_only and draft.metrics == ["spend"]:
        draft.having.append(Having(metric="spend", op="gt", value=Decimal(0)))
