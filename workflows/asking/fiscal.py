"""Weeks, months, quarters, halves and years of one company: calendar or fiscal, Gregorian or 4-4-5. All half-open.

A fiscal year is keyed by the calendar year in which it nominally starts; its name follows `named_by`.
"""

from calendar import month_name, monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from storage.org import OrgSettings

Unit = Literal["day", "week", "month", "quarter", "half", "year"]
Days = tuple[date, date]

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS_IN = {"month": 1, "quarter": 3, "half": 6, "year": 12}


def add_months(day: date, months: int) -> date:
    """The same day of another month, its last day where that month is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def calendar_month(year: int, month: int) -> Days:
    first = date(year, month, 1)
    return first, add_months(first, 1)


@dataclass(frozen=True, slots=True)
class FiscalCalendar:
    """`start_month` 1 to 12; `pattern` "gregorian" or weeks per month as 4-4-5; `week_start` 0 = Monday.

    A 4-4-5 year ends on the eve of `fiscal_week_start` that is nearest to the day before the nominal start, so it has
    52 or 53 weeks; the 53rd belongs to the last month.
    """

    start_month: int = 1
    named_by: Literal["start", "end"] = "end"
    pattern: str = "gregorian"
    week_start: int = 0
    fiscal_week_start: int = 0
    anchor: tuple[int, int] | None = None  # month and day the 4-4-5 year ends nearest to

    @classmethod
    def of(cls, org: OrgSettings) -> "FiscalCalendar":
        fiscal = org.fiscal_year
        month, _, day = (fiscal.anchor or "").partition("-")
        return cls(
            start_month=fiscal.start_month, named_by=fiscal.named_by, pattern=fiscal.calendar,
            week_start=_WEEKDAYS.index(org.week_start),
            fiscal_week_start=_WEEKDAYS.index(fiscal.week_start or org.week_start),
            anchor=(int(month), int(day)) if day else None,
        )  # fmt: skip

    @property
    def in_weeks(self) -> bool:
        return self.pattern != "gregorian"

    @property
    def is_calendar_year(self) -> bool:
        return self.start_month == 1 and not self.in_weeks

    # -- years ---------------------------------------------------------------------------------------------------
    def year_start(self, key: int) -> date:
        nominal = date(key, self.start_month, 1)
        if not self.in_weeks:
            return nominal
        target = nominal - timedelta(days=1)
        if self.anchor:
            month, day = self.anchor
            near = [date(year, month, min(day, monthrange(year, month)[1])) for year in (key - 1, key)]
            target = min(near, key=lambda end: abs((end - target).days))
        eve = (self.fiscal_week_start - 1) % 7
        ahead = (eve - target.weekday()) % 7
        return target + timedelta(days=(ahead if ahead <= 3 else ahead - 7) + 1)

    def year(self, key: int) -> Days:
        return self.year_start(key), self.year_start(key + 1)

    def key_of(self, day: date) -> int:
        """The key of the fiscal year that `day` is in."""
        key = day.year
        while self.year_start(key) > day:
            key -= 1
        while self.year_start(key + 1) <= day:
            key += 1
        return key

    def key_named(self, name: int) -> int:
        """The key of FY`name`, four digits."""
        return name if self.start_month == 1 or self.named_by == "start" else name - 1

    def name_of(self, key: int) -> int:
        return key if self.start_month == 1 or self.named_by == "start" else key + 1

    # -- parts of a year -----------------------------------------------------------------------------------------
    def month_edges(self, key: int) -> list[date]:
        """The 13 edges of a fiscal year's twelve months."""
        start, end = self.year(key)
        if not self.in_weeks:
            return [add_months(start, months) for months in range(13)]
        weeks = [int(part) for part in self.pattern.split("-")] * 4
        edges = [start]
        for length in weeks[:11]:
            edges.append(edges[-1] + timedelta(weeks=length))
        return [*edges, end]

    def part(self, key: int, unit: Unit, number: int) -> Days:
        """The `number`-th (from 1) month, quarter or half of a fiscal year."""
        size = _MONTHS_IN[unit]
        edges = self.month_edges(key)
        return edges[(number - 1) * size], edges[number * size]

    def index_of(self, unit: Unit, day: date) -> int:
        """A running number of the month, quarter, half or fiscal year that `day` is in; neighbours differ by one."""
        key = self.key_of(day)
        if unit == "year":
            return key
        per_year = 12 // _MONTHS_IN[unit]
        inside = next(n for n in range(1, per_year + 1) if self.part(key, unit, n)[1] > day)
        return key * per_year + inside - 1

    def at_index(self, unit: Unit, index: int) -> Days:
        if unit == "year":
            return self.year(index)
        key, inside = divmod(index, 12 // _MONTHS_IN[unit])
        return self.part(key, unit, inside + 1)

    def containing(self, unit: Unit, day: date, shift: int = 0) -> Days:
        """The unit that `day` is in, or the one `shift` units later. Months are fiscal months in a 4-4-5 calendar."""
        if unit == "day":
            return day + timedelta(days=shift), day + timedelta(days=shift + 1)
        if unit == "week":
            first = self.fiscal_week_start if self.in_weeks else self.week_start
            start = day - timedelta(days=(day.weekday() - first) % 7) + timedelta(weeks=shift)
            return start, start + timedelta(weeks=1)
        return self.at_index(unit, self.index_of(unit, day) + shift)

    def run(self, unit: Unit, day: date, first: int, count: int) -> Days:
        """`count` whole units, the first of them `first` units from the one `day` is in."""
        return self.containing(unit, day, first)[0], self.containing(unit, day, first + count - 1)[1]

    # -- names ---------------------------------------------------------------------------------------------------
    def label(self, unit: Unit, day: date) -> str:
        """What the unit that contains `day` is called: October 2026, 2026-Q3, FY27-Q3, FY27, 2026-W47."""
        if unit == "day":
            return f"{day.day} {month_name[day.month]} {day.year}"
        if unit == "week":
            year, week, _ = day.isocalendar()
            return f"{year}-W{week:02d}"
        if unit == "month" and not self.in_weeks:
            return f"{month_name[day.month]} {day.year}"
        key = self.key_of(day)
        year_name = str(key) if self.is_calendar_year else f"FY{self.name_of(key) % 100:02d}"
        if unit == "year":
            return year_name
        letter = {"month": "P", "quarter": "Q", "half": "H"}[unit]
        number = self.index_of(unit, day) % (12 // _MONTHS_IN[unit]) + 1
        return f"{year_name}-{letter}{number}"
