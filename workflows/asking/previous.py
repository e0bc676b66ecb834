"""The period before a period, for the button "compare with before": like for like in elapsed days."""

from datetime import date, timedelta

from storage.spend_query import Period
from workflows.asking.fiscal import add_months


def period_before(period: Period) -> Period:
    """Whole months: as many before. A month begun: as many days of the month before. Else the days just before."""
    start, end = period.start, period.end
    if start.day == 1 and end.day == 1:
        months = (end.year - start.year) * 12 + end.month - start.month
        return _period(add_months(start, -months), start)
    if start.day == 1 and (end - timedelta(days=1)).replace(day=1) == start:
        before = add_months(start, -1)
        return _period(before, min(before + (end - start), start))
    return _period(start - (end - start), start)


def _period(start: date, end: date) -> Period:
    return Period(start=start, end=end, label=f"{start} to {end - timedelta(days=1)}")
