"""Days, weeks, months, quarters, halves and years of one company as a line of units one can step along. All half-open.

The arithmetic of fiscal years is storage/fiscal.py; here are the units that questions speak of. In a 4-4-5 calendar a
"month" is a fiscal period and a week begins on the fiscal week's first day.
"""

from calendar import month_name, monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from storage import fiscal as arithmetic
from storage.org import FiscalYear, OrgSettings

Unit = Literal["day", "week", "month", "quarter", "half", "year"]
Days = tuple[date, date]

_MONTHS_IN = {"month": 1, "quarter": 3, "half": 6, "year": 12}


def add_months(day: date, months: int) -> date:
    """The same day of another month, its last day where that month is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def calendar_month(year: int, month: int) -> Days:
    first = date(year, month, 1)
    return first, add_months(first, 1)


@lru_cache(maxsize=256)
def _month_edges(fiscal: FiscalYear, number: int) -> tuple[date, ...]:
    """The 13 edges of the twelve months of FY`number`."""
    starts = [arithmetic.fiscal_period(fiscal, number, period)[0] for period in range(1, 13)]
    return (*starts, arithmetic.fiscal_year_start(fiscal, number + 1))


@dataclass(frozen=True, slots=True)
class FiscalCalendar:
    """`week_start` is the Gregorian week's first day, 0 = Monday. Fiscal years go by their number (FY27 = 2027)."""

    fiscal: FiscalYear
    week_start: int = 0

    @classmethod
    def of(cls, org: OrgSettings) -> "FiscalCalendar":
        return cls(org.fiscal_year, arithmetic.WEEKDAYS.index(org.week_start))

    @property
    def in_weeks(self) -> bool:
        return self.fiscal.calendar != "gregorian"

    @property
    def is_calendar_year(self) -> bool:
        return self.fiscal.start_month == 1 and not self.in_weeks

    def year(self, number: int) -> Days:
        return arithmetic.fiscal_year(self.fiscal, number)

    def year_of(self, day: date) -> int:
        return arithmetic.fiscal_year_of(self.fiscal, day)

    def week(self, number: int, week: int) -> Days | None:
        return arithmetic.fiscal_week(self.fiscal, number, week)

    def part(self, number: int, unit: Unit, part: int) -> Days:
        """The `part`-th (from 1) month, quarter or half of FY`number`."""
        size = _MONTHS_IN[unit]
        edges = _month_edges(self.fiscal, number)
        return edges[(part - 1) * size], edges[part * size]

    def index_of(self, unit: Unit, day: date) -> int:
        """A running number of the month, quarter, half or fiscal year that `day` is in; neighbours differ by one."""
        number = self.year_of(day)
        if unit == "year":
            return number
        per_year = 12 // _MONTHS_IN[unit]
        inside = next(n for n in range(per_year) if self.part(number, unit, n + 1)[1] > day)
        return number * per_year + inside

    def at_index(self, unit: Unit, index: int) -> Days:
        if unit == "year":
            return self.year(index)
        number, inside = divmod(index, 12 // _MONTHS_IN[unit])
        return self.part(number, unit, inside + 1)

    def containing(self, unit: Unit, day: date, shift: int = 0) -> Days:
        """The unit that `day` is in, or the one `shift` units later."""
        if unit == "day":
            return day + timedelta(days=shift), day + timedelta(days=shift + 1)
        if unit == "week":
            start = day - timedelta(days=(day.weekday() - self._first_weekday) % 7) + timedelta(weeks=shift)
            return start, start + timedelta(weeks=1)
        return self.at_index(unit, self.index_of(unit, day) + shift)

    @property
    def _first_weekday(self) -> int:
        return arithmetic.WEEKDAYS.index(self.fiscal.week_start or "sunday") if self.in_weeks else self.week_start

    def run(self, unit: Unit, day: date, first: int, count: int) -> Days:
        """`count` whole units, the first of them `first` units from the one `day` is in."""
        return self.containing(unit, day, first)[0], self.containing(unit, day, first + count - 1)[1]

    def label(self, unit: Unit, day: date) -> str:
        """What the unit that contains `day` is called: October 2026, 2026-Q3, FY27-Q3, FY27, 2026-W47."""
        if unit == "day":
            return f"{day.day} {month_name[day.month]} {day.year}"
        if unit == "week":
            year, week, _ = (day + timedelta(days=(0 - day.weekday()) % 7 if day.weekday() == 6 else 0)).isocalendar()
            return f"{year}-W{week:02d}"
        if unit == "month" and not self.in_weeks:
            return f"{month_name[day.month]} {day.year}"
        number = self.year_of(day)
        name = str(number) if self.is_calendar_year else arithmetic.fiscal_year_name(number)
        if unit == "year":
            return name
        letter = {"month": "P", "quarter": "Q", "half": "H"}[unit]
        return f"{name}-{letter}{self.index_of(unit, day) % (12 // _MONTHS_IN[unit]) + 1}"
