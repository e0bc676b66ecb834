"""A period cut into days, weeks, months, quarters or years, with the row keys of the answer object."""

from collections.abc import Iterator
from datetime import date, timedelta

from storage.spend_query import Grain, Period
from workflows.asking.fiscal import FiscalCalendar


def buckets(calendar: FiscalCalendar, grain: Grain, period: Period) -> Iterator[tuple[str, Period]]:
    """(row key, part of the period), the first and the last cut off where the period begins and ends."""
    day = period.start
    while day < period.end:
        start, end = calendar.containing(grain, day)
        until = min(end, period.end)
        yield bucket_key(calendar, grain, start), Period(start=day, end=until, label=bucket_key(calendar, grain, start))
        day = until


def bucket_key(calendar: FiscalCalendar, grain: Grain, start: date) -> str:
    """2026-11-21, 2026-W47, 2026-10, FY27-Q3 (fiscal) or 2026-Q3 (calendar), FY27 or 2026; FY27-P03 in a 4-4-5 year."""
    if grain == "day":
        return start.isoformat()
    if grain == "week":
        year, week, _ = (start + timedelta(days=3)).isocalendar()
        return f"{year}-W{week:02d}"
    if grain == "month":
        if not calendar.in_weeks:
            return f"{start:%Y-%m}"
        return calendar.label("month", start)
    return calendar.label(grain, start)
