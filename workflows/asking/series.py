"""A series over time, changed as a whole: running totals, averages of three buckets."""

from collections.abc import Sequence
from decimal import Decimal

from storage.metrics.base import Keys, Reading, UnsupportedReading
from storage.metrics.registry import FLOWS, is_additive, quotient
from storage.spend_query import Period, QueryResult, ResultRow, SpendQuery
from workflows.asking.buckets import buckets
from workflows.asking.fiscal import FiscalCalendar

WINDOW = 3  # of a rolling average


def widened(reading: Reading, query: SpendQuery) -> SpendQuery:
    """A rolling average looks at the two buckets before its first one, too."""
    if query.transform != "rolling_avg_3" or query.grain is None:
        return query
    calendar = FiscalCalendar.of(reading.org)
    start = calendar.containing(query.grain, query.period.start)[0]
    for _ in range(WINDOW - 1):
        start = calendar.containing(query.grain, start.fromordinal(start.toordinal() - 1))[0]
    return query.model_copy(update={"period": query.period.model_copy(update={"start": start})})


def transformed(reading: Reading, query: SpendQuery, result: QueryResult) -> QueryResult:
    """`result` is that of the widened plan. Raises UnsupportedReading for what does not add up."""
    if query.transform is None or query.grain is None:
        return result
    metric = query.metrics[0]
    if not (is_additive(metric) and metric in FLOWS):
        raise UnsupportedReading(
            f"A running total or average of {metric.replace('_', ' ')} means nothing: it does not add up."
        )
    calendar, grain = FiscalCalendar.of(reading.org), query.grain
    end = min(query.period.end, reading.today.fromordinal(reading.today.toordinal() + 1))
    wide = Period(start=widened(reading, query).period.start, end=max(end, query.period.start))
    keys = [key for key, _ in buckets(calendar, grain, wide)]
    first = {key for key, _ in buckets(calendar, grain, query.period.model_copy(update={"end": wide.end}))}
    rows: list[ResultRow] = []
    for group, amounts in _by_group(query, result.rows).items():
        for key, value in _series(query, keys, amounts):
            if key in first:
                rows.append(_row(query, group, key, value))
    if query.transform == "cumulative":
        return result.model_copy(update={"rows": tuple(rows)})
    note = f"each {grain}'s average of itself and the {WINDOW - 1} before it"
    return result.model_copy(
        update={"rows": tuple(rows), "values": {metric: None}, "assumptions": (*result.assumptions, note)}
    )


def _by_group(query: SpendQuery, rows: Sequence[ResultRow]) -> dict[Keys, dict[str, Decimal]]:
    groups: dict[Keys, dict[str, Decimal]] = {}
    for row in rows:
        group = tuple(row.keys[name] for name in query.group_by)
        groups.setdefault(group, {})[str(row.keys[query.grain or ""])] = row.values[query.metrics[0]] or Decimal(0)
    return groups


def _series(query: SpendQuery, keys: Sequence[str], amounts: dict[str, Decimal]) -> list[tuple[str, Decimal]]:
    """From the group's first bucket with an amount on; a bucket without one is 0. An average needs three buckets."""
    begun = next((place for place, key in enumerate(keys) if key in amounts), len(keys))
    known = [(key, amounts.get(key, Decimal(0))) for key in keys[begun:]]
    if query.transform == "cumulative":
        total, found = Decimal(0), []
        for key, amount in known:
            total += amount
            found.append((key, total))
        return found
    return [
        (known[place][0], quotient(sum((amount for _, amount in known[place - WINDOW + 1 : place + 1]), Decimal(0)),
                                   Decimal(WINDOW)))
        for place in range(WINDOW - 1, len(known))
    ]  # fmt: skip


def _row(query: SpendQuery, group: Keys, key: str, value: Decimal) -> ResultRow:
    names = dict(zip(query.group_by, group, strict=True))
    return ResultRow(keys={**names, query.grain or "": key}, values={query.metrics[0]: value})
