"""Whether an answer tells of a group of fewer than five people: in any period it looks at, any row, and what two of its
figures differ by. Groups are teams, departments, cost centres and divisions, counted in the directory. What a tool or a
project costs is no figure about people, however few use it (spec/asking.md: owners see tools and projects).
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, col, select

from storage.metrics.base import Keys, Reading
from storage.metrics.registry import DIFFERENCES, FLOWS, RATIOS, last_complete_month
from storage.models import PersonRecord
from storage.spend_query import Filter, Period, QueryResult, ResultRow, SpendQuery
from workflows.asking.buckets import buckets
from workflows.asking.compute import Company
from workflows.asking.fiscal import FiscalCalendar
from workflows.asking.permissions import Granted
from workflows.asking.rights import UNIT_DIMENSIONS
from workflows.asking.series import widened

SMALL_GROUP = 5  # fewer people than this count as person-level (spec/asking.md)
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
    if not narrowing & {*UNIT_DIMENSIONS} and not scope.person_ids:
        return False
    return _few_in_units(company.session, granted, list(_spans(company, query, result)))


def _few(number: int) -> bool:
    """A unit that nobody is in (a shared cost centre) tells nothing of anybody."""
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
