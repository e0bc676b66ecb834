"""Averages of a result: per day, week or month of the period, per person; of stocks, the mean of their days."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from storage.metrics.base import PEOPLE_DIMENSIONS, Keys, Reading, UnsupportedReading
from storage.metrics.budgets import months_between
from storage.metrics.registry import FLOWS, RATIOS, measure, quotient
from storage.spend_query import Period, QueryResult, ResultRow, SpendQuery

MAX_DAYS = 400


def averaged(reading: Reading, query: SpendQuery, result: QueryResult) -> QueryResult:
    """The result divided as `aggregate` says. Raises UnsupportedReading where an average means nothing."""
    if query.aggregate is None:
        return result
    if query.aggregate == "per_person_avg":
        return _per_person(reading, query, result)
    metric = query.metrics[0]
    if metric not in FLOWS:
        return _mean_of_days(reading, query, result)
    by = _units(query.aggregate, reading.period, reading.today)
    before = _units(query.aggregate, query.compare, reading.today) if isinstance(query.compare, Period) else by
    return _divided(result, {}, by, before)


def _units(aggregate: str, period: Period, today: date) -> Decimal:
    """How many days, weeks or months of the period have passed, at least a day."""
    start = period.start
    end = max(min(period.end, today + timedelta(days=1)), start + timedelta(days=1))
    if aggregate == "avg_per_month":
        months = months_between(start, end)
        return quotient(Decimal(months.numerator), Decimal(months.denominator))
    days = Decimal((end - start).days)
    return days if aggregate == "avg_per_day" else quotient(days, Decimal(7))


def _divided(
    result: QueryResult, by_group: Mapping[Keys, Decimal], total: Decimal | None, before: Decimal | None
) -> QueryResult:
    """Every amount through its group's divisor, else through the total's (`before`: of the period compared with); without
    one it is not known."""

    def through(values: dict[str, Decimal | None], divisor: Decimal | None) -> dict[str, Decimal | None]:
        return {
            metric: quotient(value, divisor) if value is not None and divisor else None for metric, value in values.items()
        }

    def row(one: ResultRow) -> ResultRow:
        divisor = by_group.get(tuple(one.keys.values())) if by_group else total
        earlier = divisor if by_group else before
        return one.model_copy(update={"values": through(one.values, divisor), "previous": through(one.previous, earlier)})

    return result.model_copy(
        update={
            "values": through(result.values, total),
            "previous": through(result.previous, before),
            "rows": tuple(row(one) for one in result.rows),
        }
    )


def _per_person(reading: Reading, query: SpendQuery, result: QueryResult) -> QueryResult:
    """By the headcount of the same people: filters and groups on tools do not change how many there are."""
    if query.grain or set(query.group_by) - set(PEOPLE_DIMENSIONS):
        raise UnsupportedReading("An average per person can be given in total, or by department, cost centre or division.")
    people = Reading(
        session=reading.session, org=reading.org, today=reading.today, period=reading.period, group_by=query.group_by,
        filters=tuple(part for part in reading.filters if part.dimension in PEOPLE_DIMENSIONS), scope=reading.scope,
    )  # fmt: skip
    heads = measure(people, "headcount")
    total = sum(heads.values.values(), Decimal(0))
    divided = _divided(result, heads.values if query.group_by else {}, total or None, total or None)
    return divided.model_copy(update={"assumptions": (*divided.assumptions, *people.notes)})


def _mean_of_days(reading: Reading, query: SpendQuery, result: QueryResult) -> QueryResult:
    """A stock's mean over the period's days up to today; never its sum. Days without a snapshot yet are left out."""
    metric = query.metrics[0]
    if metric in RATIOS or metric in ("budget", "budget_remaining", "run_rate") or query.group_by or query.grain:
        raise UnsupportedReading(f"I cannot average {metric.replace('_', ' ')} over days in that form.")
    end = min(reading.period.end, reading.today + timedelta(days=1))
    days = (end - reading.period.start).days
    if not 0 < days <= MAX_DAYS:
        raise UnsupportedReading(f"An average over days needs a period of 1 to {MAX_DAYS} days that has begun.")
    known = []
    for offset in range(days):
        day = reading.period.start + timedelta(days=offset)
        value = measure(reading.over(Period(start=day, end=day + timedelta(days=1))), metric).get(())
        if value is not None:
            known.append(value)
    mean = quotient(sum(known, Decimal(0)), Decimal(len(known))) if known else None
    note = f"the mean of {len(known)} days, seats are never added up over days"
    return result.model_copy(update={"values": {metric: mean}, "assumptions": (*result.assumptions, note)})
