"""Rows of a result put in order and cut: conditions, ranking, top N with the rest as one row."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from storage.metrics.registry import RATIOS, is_additive, quotient
from storage.spend_query import Having, ResultRow, SpendQuery

Number = Decimal | None
UNATTRIBUTED = "unattributed"
_COMPARE: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "gt": lambda value, bound: value > bound,
    "gte": lambda value, bound: value >= bound,
    "lt": lambda value, bound: value < bound,
    "lte": lambda value, bound: value <= bound,
}


def difference(row: ResultRow, metric: str) -> Decimal:
    """This period − that one; what is missing on one side counts as nothing there."""
    return (row.values.get(metric) or Decimal(0)) - (row.previous.get(metric) or Decimal(0))


def change(row: ResultRow, metric: str) -> Number:
    """The relative change, None without a previous amount."""
    before = row.previous.get(metric)
    return quotient(difference(row, metric), abs(before)) if before else None


def meets(row: ResultRow, conditions: Iterable[Having], metric: str) -> bool:
    """`delta` and `pct_change` compare with the previous period; other names are metrics of the row."""
    return all(_meets(row, condition, metric) for condition in conditions)


def _meets(row: ResultRow, condition: Having, metric: str) -> bool:
    if condition.metric == "delta":
        value: Number = difference(row, metric)
    elif condition.metric == "pct_change":
        value = change(row, metric)
    else:
        value = row.values.get(condition.metric)
    return value is not None and _COMPARE[condition.op](value, condition.value)


def is_unattributed(row: ResultRow) -> bool:
    return any(value is None for value in row.keys.values())


def row_name(row: ResultRow) -> str:
    if row.others:
        return "all others"
    return " · ".join(UNATTRIBUTED if value is None else value for value in row.keys.values())


def ordered(rows: Sequence[ResultRow], query: SpendQuery) -> list[ResultRow]:
    """By the difference when periods are compared, else by the first metric; times in their order unless a ranking is
    asked for. What has no owner comes last, ties by name, so that the same data always give the same order."""
    metric = query.metrics[0]
    by_name = sorted(rows, key=_name)
    if query.grain and query.order is None:
        return sorted(by_name, key=lambda row: (str(row.keys[query.grain or ""]), is_unattributed(row)))
    if not isinstance(query.compare, (str, type(None))):
        ranked = sorted(by_name, key=lambda row: difference(row, metric), reverse=query.order != "asc")
    else:
        ranked = _by_value(by_name, metric, descending=query.order != "asc")
    return sorted(ranked, key=is_unattributed)


def _name(row: ResultRow) -> tuple[str, ...]:
    return tuple(value or "" for value in (*row.keys.values(), row.details.get("end_date"), row.details.get("contract_id")))


def _by_value(rows: Iterable[ResultRow], metric: str, *, descending: bool) -> list[ResultRow]:
    """Rows without a value come last in both directions."""
    sign = -1 if descending else 1

    def place(row: ResultRow) -> tuple[bool, Decimal]:
        value = row.values.get(metric)
        return value is None, sign * (value or Decimal(0))

    return sorted(rows, key=place)


def cut(rows: Sequence[ResultRow], query: SpendQuery) -> list[ResultRow]:
    """The first `limit` named rows after `offset`, the rest as one row `others`, what has no owner after it."""
    if query.limit is None:
        return list(rows)
    named = [row for row in rows if not is_unattributed(row)]
    unnamed = [row for row in rows if is_unattributed(row)]
    nobody = [row for row in unnamed if all(value is None for key, value in row.keys.items() if key != query.grain)]
    partly = [row for row in unnamed if row not in nobody]
    first, last = query.offset, query.offset + query.limit
    rest = named[:first] + named[last:] + partly
    return named[first:last] + ([others(rest, query)] if rest else []) + nobody


def others(rows: Sequence[ResultRow], query: SpendQuery) -> ResultRow:
    """One row for all of them; a number that cannot be added up (a ratio, distinct people) is left out."""
    keys = dict.fromkeys((*query.group_by, *((query.grain,) if query.grain else ())))
    return ResultRow(
        keys=keys,
        values={metric: added(metric, (row.values.get(metric) for row in rows)) for metric in query.metrics},
        previous={
            metric: added(metric, (row.previous.get(metric) for row in rows))
            for metric in query.metrics
            if any(metric in row.previous for row in rows)
        },
        others=True,
    )


def added(metric: str, values: Iterable[Number]) -> Number:
    """Their sum; None when nothing is known of any, or when the metric cannot be added up."""
    known = [value for value in values if value is not None]
    if not known or metric in RATIOS or not is_additive(metric):
        return None
    return sum(known, Decimal(0))
