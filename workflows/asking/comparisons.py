"""The span to compare with: like for like in elapsed days (asking.md). A whole unit is compared with the whole one before;
one that is under way with the same number of days from the start of the other."""

from dataclasses import replace
from datetime import date, timedelta

from workflows.asking.fiscal import add_months
from workflows.asking.period_types import FIRST_DAY, PeriodContext, Reading, of_unit, span

_PER_YEAR = {"month": 12, "quarter": 4, "half": 2, "year": 1}


def cut_at_today(ctx: PeriodContext, reading: Reading) -> Reading:
    """Actuals of a span that contains today end with today."""
    if reading.start <= ctx.today < reading.end - timedelta(days=1):
        label = reading.label if reading.to_date or not reading.unit else f"{reading.label} to date"
        return replace(reading, end=ctx.tomorrow, label=label, to_date=True)
    return reading


def _elapsed(other: Reading, days: int) -> Reading:
    """The first `days` days of another span, all of it where it is shorter."""
    end = min(other.start + timedelta(days=days), other.end)
    label = other.label if end == other.end else f"{other.start} to {end - timedelta(days=1)}"
    return Reading(other.start, end, label, other.unit, to_date=True)


def unit_before(ctx: PeriodContext, reading: Reading) -> Reading:
    """The span before: the unit before for units, the same number of days for days."""
    if reading.start == FIRST_DAY:
        return reading
    if reading.unit in (None, "day") or _is_odd(ctx, reading):
        length = timedelta(days=reading.days)
        first, last = reading.start - length, reading.start - timedelta(days=1)
        label = first.isoformat() if first == last else f"{first} to {last}"
        return Reading(first, reading.start, label, reading.unit)
    unit = reading.unit
    if reading.to_date:
        return _elapsed(of_unit(ctx, unit, reading.start, -1), reading.days)
    if _is_calendar(ctx, reading):
        return _calendar_shift(reading, -{"month": 1, "quarter": 3, "half": 6, "year": 12}[unit] * reading.count)
    days = ctx.calendar.run(unit, reading.start, -reading.count, reading.count)
    label = ctx.calendar.label(unit, days[0]) if reading.count == 1 else f"the {reading.count} {unit}s before"
    return span(days, label, unit, reading.count)


def year_before(ctx: PeriodContext, reading: Reading) -> Reading:
    """The same span a year earlier; in a 4-4-5 calendar the same fiscal weeks."""
    if reading.start == FIRST_DAY:
        return reading
    if reading.unit in _PER_YEAR and not _is_calendar(ctx, reading) and not _is_odd(ctx, reading):
        unit = reading.unit
        back = -_PER_YEAR[unit]
        if reading.to_date:
            return _elapsed(of_unit(ctx, unit, reading.start, back), reading.days)
        days = ctx.calendar.run(unit, reading.start, back, reading.count)
        label = ctx.calendar.label(unit, days[0]) if reading.count == 1 else "the same a year before"
        return span(days, label, unit, reading.count)
    if reading.unit == "week" and not reading.to_date:
        start = reading.start - timedelta(weeks=52)
        return Reading(start, start + timedelta(days=reading.days), f"{start}, 52 weeks before", "week")
    whole = reading.unit in _PER_YEAR and not reading.to_date
    start = add_months(reading.start, -12)
    end = add_months(reading.end, -12) if whole else min(start + timedelta(days=reading.days), reading.start)
    return Reading(start, end, f"{start} to {end - timedelta(days=1)}", reading.unit, reading.count, to_date=reading.to_date)


def like_for_like(ctx: PeriodContext, reading: Reading, other: Reading) -> tuple[Reading, Reading]:
    """Two named spans to compare: what is under way ends today, and the other is cut to as many days if of one kind."""
    if reading.start == FIRST_DAY or other.start == FIRST_DAY:
        return reading, other
    under_way = reading.start <= ctx.today < reading.end or reading.to_date
    cut = cut_at_today(ctx, reading)
    if under_way and other.end <= ctx.today and other.unit == reading.unit and other.start < reading.start:
        return cut, _elapsed(other, cut.days)
    return cut, cut_at_today(ctx, other)


def _is_calendar(ctx: PeriodContext, reading: Reading) -> bool:
    """A calendar unit in a company whose own units begin elsewhere."""
    if reading.unit not in _PER_YEAR:
        return False
    return ctx.calendar.containing(reading.unit, reading.start)[0] != reading.start


def _is_odd(ctx: PeriodContext, reading: Reading) -> bool:
    """Neither a unit of the company's nor a calendar one."""
    return reading.unit in _PER_YEAR and reading.start.day != 1 and _is_calendar(ctx, reading)


def _calendar_shift(reading: Reading, months: int) -> Reading:
    start: date = add_months(reading.start, months)
    return Reading(
        start,
        add_months(reading.end, months),
        f"{start} to {add_months(reading.end, months) - timedelta(days=1)}",
        reading.unit,
        reading.count,
    )
