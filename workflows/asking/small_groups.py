"""Whether an answer tells of fewer than five people: in any period it looks at, any row, and what two of its figures differ
by. Units (departments, cost centres, divisions) are counted in the directory; a tool or a project by who holds or used it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlmodel import Session, col, select

from storage.metrics.base import Keys, Reading, UnsupportedDimension, UnsupportedReading
from storage.metrics.registry import DIFFERENCES, FLOWS, RATIOS, last_complete_month, measure
from storage.models import PersonRecord
from storage.spend_query import Filter, Period, QueryResult, ResultRow, SpendQuery
from workflows.asking.buckets import buckets
from workflows.asking.compute import Company
from workflows.asking.fiscal import FiscalCalendar
from workflows.asking.permissions import Granted
from workflows.asking.rights import UNIT_DIMENSIONS
from workflows.asking.series import widened

SMALL_GROUP = 5  # fewer people than this count as person-level (spec/asking.md)
_MOST_SPANS = 70  # of a series by tool or project, each judged for itself; a longer one is not said aloud
_PLANS = frozenset(["budget", "renewals", "seats_purchased", "tools"])  # of contracts and plans, not of people
_STOCKS_OF_PEOPLE = frozenset(["active_users", "tools_held", "idle_seat_cost"])
Row = dict[str, str | None]
Units = dict[str, set[str | None]]  # the departments, cost centres and divisions a person was in


@dataclass(frozen=True)
class _Span:
    """Days that figures of the answer are about, and the rows that show them."""

    period: Period
    rows: tuple[Row, ...]


def is_small_group(company: Company, granted: Granted, result: QueryResult) -> bool:
    """Whether some shown figure, or a difference of two that can be asked, is about fewer than five people.

    A filter that leaves out a small group counts too: the total minus the answer would be that group's figure.
    """
    query, scope = granted.query, granted.scope
    narrowing = {*query.group_by, *(part.dimension for part in (*query.filters, *query.share_base))}
    if not narrowing and not scope.person_ids:
        return False
    spans = list(_spans(company, query, result))
    if (narrowing & {*UNIT_DIMENSIONS} or scope.person_ids) and _few_in_units(company.session, granted, spans):
        return True
    return bool(narrowing - {*UNIT_DIMENSIONS}) and _few_behind(company, granted, spans)


def _few(number: int) -> bool:
    """A unit that nobody is in (a shared cost centre), or a bill that names nobody, tells nothing of anybody."""
    return 0 < number < SMALL_GROUP


# -- What is shown -----------------------------------------------------------------------------------------------------


def _spans(company: Company, query: SpendQuery, result: QueryResult) -> Iterator[_Span]:
    """The period, the one it is compared with, each bucket of a series; stocks are of their last day alone."""
    rows = [row for row in result.rows if not row.others]
    reading = Reading(session=company.session, org=company.org, today=company.today, period=query.period)
    period = last_complete_month(company.today) if "run_rate" in query.metrics else widened(reading, query).period
    whole = [period] if query.compare in (None, "budget") else [period, query.compare]
    for one in whole:
        yield from (_Span(counted, _keys(rows)) for counted in _counted_on(company, query, one))  # type: ignore[arg-type]
    if not query.grain:
        return
    for key, part in buckets(FiscalCalendar.of(company.org), query.grain, period):
        shown = _keys(row for row in rows if row.keys.get(query.grain) == key)
        if part.start <= company.today and (shown or query.transform):
            yield from (_Span(counted, shown) for counted in _counted_on(company, query, part))


def _keys(rows: Iterable[ResultRow]) -> tuple[Row, ...]:
    return tuple(row.keys for row in rows)


def _counted_on(company: Company, query: SpendQuery, period: Period) -> Iterator[Period]:
    """The days themselves for what adds up over days, the last one for stocks."""
    parts = {part for metric in query.metrics for part in _counted(metric)}
    if parts & FLOWS or not parts:
        yield period
    if parts - FLOWS:
        day = max(min(period.end - timedelta(days=1), company.today), period.start)
        yield Period(start=day, end=day + timedelta(days=1))


def _counted(metric: str) -> tuple[str, ...]:
    """What a metric is computed from."""
    if metric == "run_rate":
        return ("spend",)
    if metric in DIFFERENCES:
        return tuple(one for part in DIFFERENCES[metric] for one in _counted(part))
    if metric in RATIOS:
        return tuple(one for part in (RATIOS[metric].numerator, RATIOS[metric].denominator) for one in _counted(part))
    return (metric,)


# -- Units, by the directory -------------------------------------------------------------------------------------------


def _few_in_units(session: Session, granted: Granted, spans: Collection[_Span]) -> bool:
    query, only = granted.query, granted.scope.person_ids
    filters = [part for part in query.filters if part.dimension in UNIT_DIMENSIONS]
    base = [part for part in query.share_base if part.dimension in UNIT_DIMENSIONS]
    grouped = [dimension for dimension in query.group_by if dimension in UNIT_DIMENSIONS]
    directory = _records(session, only)
    return any(_few_on(_people(directory, span.period), span.rows, filters, base, grouped, bool(only)) for span in spans)


def _few_on(
    people: Collection[Units], rows: Collection[Row], filters: Collection[Filter], base: Collection[Filter],
    grouped: Collection[str], team: bool,
) -> bool:  # fmt: skip
    if team and len(people) < SMALL_GROUP:
        return True
    chosen = [units for units in people if _all_match(filters, units)]
    whole = [units for units in people if _all_match(base, units)]
    if _few(len(chosen)) or _few(len(whole)) or _few(sum(not _all_match(filters, units) for units in whole)):
        return True
    if any(_few(_count(people, part.dimension, [name])) for part in filters for name in _named(part, people)):
        return True
    if any(part.op == "ne" and _few(_count(people, part.dimension, part.values)) for part in filters):
        return True
    return bool(grouped) and _has_small_row(chosen, grouped, rows)


def _named(part: Filter, people: Collection[Units]) -> Collection[str]:
    """The units that a filter is about one by one; "contains" is about all that have the word."""
    if part.op != "contains":
        return part.values
    return {name for units in people for name in units[part.dimension] if name and part.matches(name)}


def _has_small_row(people: Collection[Units], grouped: Collection[str], rows: Collection[Row]) -> bool:
    """A small row, or few people outside all shown rows: those cut off or left out by a condition."""
    shown = {tuple(keys.get(dimension) for dimension in grouped) for keys in rows}
    if any(_few(sum(_in_row(keys, units, grouped) for units in people)) for keys in shown):
        return True
    return _few(sum(not any(_in_row(keys, units, grouped) for keys in shown) for units in people))


def _records(session: Session, only: Collection[int]) -> list[tuple[int, date, date, list[str | None]]]:
    """Everybody's (or those of `only`): person, first day, end, units."""
    query = select(  # type: ignore[call-overload]
        PersonRecord.person_id, PersonRecord.effective_from, PersonRecord.effective_to, PersonRecord.department,
        PersonRecord.cost_center, PersonRecord.division,
    ).where(col(PersonRecord.employment_status) != "Terminated")  # fmt: skip
    return [
        (person_id, start, end or date.max, [value or None for value in values])
        for person_id, start, end, *values in session.exec(query)
        if not only or person_id in only
    ]


def _people(records: Iterable[tuple[int, date, date, list[str | None]]], period: Period) -> list[Units]:
    """For everybody in the directory during the period: the units they were in."""
    people: dict[int, Units] = {}
    for person_id, start, end, values in records:
        if start < period.end and end > period.start:
            units = people.setdefault(person_id, {dimension: set() for dimension in UNIT_DIMENSIONS})
            for dimension, value in zip(UNIT_DIMENSIONS, values, strict=True):
                units[dimension].add(value)
    return list(people.values())


def _all_match(filters: Collection[Filter], units: Units) -> bool:
    return all(_matches(part, units[part.dimension]) for part in filters)


def _matches(part: Filter, values: set[str | None]) -> bool:
    """`ne` only for those who were in none of them: one who moved counts on both sides of the difference."""
    return all(part.matches(value) for value in values) if part.op == "ne" else any(part.matches(value) for value in values)


def _count(people: Collection[Units], dimension: str, names: Collection[str]) -> int:
    return sum(bool(units[dimension] & set(names)) for units in people)


def _in_row(keys: Keys, units: Units, grouped: Collection[str]) -> bool:
    return all(key in units[dimension] for key, dimension in zip(keys, grouped, strict=True))


# -- Tools, projects and the like, by who is behind the figures --------------------------------------------------------


def _few_behind(company: Company, granted: Granted, spans: Collection[_Span]) -> bool:
    """Only figures that people are behind: a contract or a bill without names tells of nobody."""
    metrics = {_told_by(part) for metric in granted.query.metrics for part in _counted(metric)} - _PLANS
    if not metrics:
        return False
    if len(spans) > _MOST_SPANS:
        return True
    reading = Reading(
        session=company.session, org=company.org, today=company.today, period=granted.query.period, scope=granted.scope
    )
    return any(
        _few_of(replace(reading, period=span.period), metric, granted.query, span.rows)
        for span in spans
        for metric in sorted(metrics)
    )


def _told_by(metric: str) -> str:
    """Few idle ones of many holders are no small group: stocks of seats are about everybody who holds one."""
    of_seats = metric.startswith("seats_") and metric not in _PLANS
    return "seats_assigned" if of_seats or metric in _STOCKS_OF_PEOPLE else metric


def _few_of(reading: Reading, metric: str, query: SpendQuery, rows: Collection[Row]) -> bool:
    behind = _behind(replace(reading, filters=query.filters, group_by=query.group_by), metric)
    everybody = _union(behind.values())
    if _few(len(everybody)) or (query.group_by and _few_in_rows(behind, query.group_by, rows)):
        return True
    if query.share_of:
        whole = _union(_behind(replace(reading, filters=query.share_base), metric).values())
        if _few(len(whole)) or _few(len(whole - everybody)):
            return True
    return any(_few_by(reading, metric, query.filters, part) for part in query.filters)


def _few_in_rows(behind: dict[Keys, set[str]], grouped: Collection[str], rows: Collection[Row]) -> bool:
    shown = {tuple(keys.get(dimension) for dimension in grouped) for keys in rows}
    hidden = _union(people for keys, people in behind.items() if keys not in shown)
    return _few(len(hidden)) or any(_few(len(behind.get(keys, ()))) for keys in shown)


def _few_by(reading: Reading, metric: str, filters: Collection[Filter], part: Filter) -> bool:
    """One of the values that a filter lets through, or all that it leaves out together."""
    others = tuple(one for one in filters if one != part)
    behind = _behind(replace(reading, filters=others, group_by=(part.dimension,)), metric)
    kept = {keys: people for keys, people in behind.items() if part.matches(keys[0])}
    left_out = _union(people for keys, people in behind.items() if keys not in kept)
    single = part.op in ("in", "contains") and any(_few(len(people)) for people in kept.values())
    return single or _few(len(left_out))


def _behind(reading: Reading, metric: str) -> dict[Keys, set[str]]:
    """The people of each group that has an amount of theirs; nobody where the metric is not recorded by person."""
    if "person" in reading.group_by:
        return {}
    people: dict[Keys, set[str]] = defaultdict(set)
    try:
        amounts = measure(reading.by(*reading.group_by, "person"), metric).values
    except (UnsupportedDimension, UnsupportedReading):
        return {}
    for (*keys, person), amount in amounts.items():
        if person is not None and amount:
            people[tuple(keys)].add(person)
    return people


def _union(groups: Iterable[set[str]]) -> set[str]:
    return set().union(*groups)
