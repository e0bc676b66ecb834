"""The fiscal calendar: where fiscal years, halves, quarters, periods and weeks begin and end, and what they are called.

All ranges are half-open [start, end). A year is known by its number (FY27 = 2027). It is named by the calendar year in
which its nominal term begins or ends (`named_by`). Gregorian years begin on the first of `start_month`; week calendars
(4-4-5, 4-5-4, 5-4-4) end on the eve of `week_start` nearest to the nominal last day, so they have 52 or 53 weeks; the
53rd belongs to the last period (NRF's convention). Without a `week_start` their weeks run Sunday to Saturday.
"""

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.org import FiscalYear

Range = tuple[date, date]

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY = timedelta(days=1)
_PERIOD = re.compile(r"^(FY)?\s*(\d{4}|\d{2})(?:[\s-]?(H[12]|Q[1-4]|P?(?:0?[1-9]|1[0-2])))?$", re.IGNORECASE)


def parse_anchor(text: str) -> tuple[int, int]:
    """(month, day) of `12-31`, `31 Dec`, `January 31`. Raises ValueError."""
    match = re.fullmatch(r"(\d{1,2})-(\d{1,2})", text.strip())
    if match:
        month, day = int(match[1]), int(match[2])
    else:
        name = re.search(rf"\b({'|'.join(MONTHS)})[a-z]*\b", text.lower())
        number = re.search(r"\b\d{1,2}\b", text)
        if not name or not number:
            raise ValueError(f"{text!r} is not a day of the year; write it as MM-DD, like 01-31")
        month, day = MONTHS.index(name[1]) + 1, int(number[0])
    try:
        date(2024, month, day)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a day of the year; write it as MM-DD, like 01-31") from error
    return month, day


def _on(year: int, month: int, day: int) -> date:
    """29 February falls on the 28th where the year has none."""
    return date(year, month, 28 if (month, day) == (2, 29) and (year % 4 or (year % 100 == 0 and year % 400)) else day)


def _is_weeks(fiscal: "FiscalYear") -> bool:
    return fiscal.calendar != "gregorian"


def _nominal_start(fiscal: "FiscalYear", number: int) -> date:
    """The first day that the year would have without whole weeks."""
    if _is_weeks(fiscal) and fiscal.anchor:
        month, day = parse_anchor(fiscal.anchor)
        last = _on(number, month, day)
        if fiscal.named_by == "start":
            return last + _DAY if (last + _DAY).year == number else _on(number - 1, month, day) + _DAY
        return _on(number - 1, month, day) + _DAY
    begins_before = fiscal.named_by == "end" and fiscal.start_month > 1
    return date(number - 1 if begins_before else number, fiscal.start_month, 1)


def fiscal_year_start(fiscal: "FiscalYear", number: int) -> date:
    """The first day of FY`number` (four digits)."""
    nominal = _nominal_start(fiscal, number)
    if not _is_weeks(fiscal):
        return nominal
    eve = (WEEKDAYS.index(fiscal.week_start or "sunday") - 1) % 7
    last = nominal - _DAY
    back = (last.weekday() - eve) % 7
    nearest = last - timedelta(days=back) if back <= 3 else last + timedelta(days=7 - back)
    return nearest + _DAY


def fiscal_year(fiscal: "FiscalYear", number: int) -> Range:
    return fiscal_year_start(fiscal, number), fiscal_year_start(fiscal, number + 1)


def fiscal_year_of(fiscal: "FiscalYear", day: date) -> int:
    """The number of the fiscal year that `day` lies in."""
    number = day.year + 1
    while fiscal_year_start(fiscal, number) > day:
        number -= 1
    return number


def fiscal_year_name(number: int) -> str:
    """`FY27`."""
    return f"FY{number % 100:02d}" if 2000 <= number < 2100 else f"FY{number}"


def add_months(first: date, months: int) -> date:
    """The first day of the month `months` after that of `first`."""
    index = first.year * 12 + first.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def _period_weeks(fiscal: "FiscalYear") -> list[int]:
    return [int(weeks) for weeks in fiscal.calendar.split("-")] * 4


def fiscal_period(fiscal: "FiscalYear", number: int, period: int) -> Range:
    """Period 1 to 12 of FY`number`: a month, or 4 or 5 weeks (6 for the last of a 53-week year, where it has 5)."""
    start, end = fiscal_year(fiscal, number)
    if not _is_weeks(fiscal):
        return add_months(start, period - 1), add_months(start, period)
    weeks = _period_weeks(fiscal)
    begin = start + timedelta(weeks=sum(weeks[: period - 1]))
    return begin, end if period == 12 else begin + timedelta(weeks=weeks[period - 1])


def fiscal_quarter(fiscal: "FiscalYear", number: int, quarter: int) -> Range:
    """Quarter 1 to 4 of FY`number`."""
    return fiscal_period(fiscal, number, 3 * quarter - 2)[0], fiscal_period(fiscal, number, 3 * quarter)[1]


def fiscal_half(fiscal: "FiscalYear", number: int, half: int) -> Range:
    """Half 1 or 2 of FY`number`."""
    return fiscal_period(fiscal, number, 6 * half - 5)[0], fiscal_period(fiscal, number, 6 * half)[1]


def fiscal_week(fiscal: "FiscalYear", number: int, week: int) -> Range | None:
    """Week 1 to 52 or 53 of FY`number`, counted from its first day; None when the year has no such week."""
    start, end = fiscal_year(fiscal, number)
    begin = start + timedelta(weeks=week - 1)
    return (begin, min(begin + timedelta(weeks=1), end)) if week >= 1 and begin < end else None


def fiscal_period_of(fiscal: "FiscalYear", day: date) -> tuple[int, int]:
    """(year number, period 1 to 12) that `day` lies in."""
    number = fiscal_year_of(fiscal, day)
    return number, next(period for period in range(1, 13) if day < fiscal_period(fiscal, number, period)[1])


def fiscal_quarter_of(fiscal: "FiscalYear", day: date) -> tuple[int, int]:
    """(year number, quarter 1 to 4) that `day` lies in."""
    number, period = fiscal_period_of(fiscal, day)
    return number, (period + 2) // 3


def parse_period(text: str, fiscal: "FiscalYear") -> Range:
    """A budget's period: 2026, 2026-H1, 2026-Q3 and 2026-08 are calendar, FY27, FY27-H1, FY27-Q1 and FY27-P02 fiscal.

    Raises ValueError naming the forms.
    """
    year, _, part = period_name(text).partition("-")
    if year.startswith("FY"):
        number = int(year[2:]) + (2000 if len(year) == 4 else 0)
        return _fiscal_part(fiscal, number, part)
    first = date(int(year), 1, 1)
    if not part:
        return first, add_months(first, 12)
    months = {"H": 6, "Q": 3}.get(part[0], 1)
    which = int(part[1:] if months > 1 else part)
    return add_months(first, months * (which - 1)), add_months(first, months * which)


def period_name(text: str) -> str:
    """The one way to write a budget's period: `fy2027 q1` → `FY27-Q1`, `2026-8` → `2026-08`. Raises ValueError."""
    match = _PERIOD.match(text.strip())
    if not match or (not match[1] and len(match[2]) == 2):
        raise ValueError("not a period; write 2026, 2026-H1, 2026-Q3, 2026-08, FY27 or FY27-Q1")
    number, part = int(match[2]) + (2000 if len(match[2]) == 2 else 0), (match[3] or "").upper()
    if part and part[0] not in "HQ":
        part = ("P" if match[1] else "") + f"{int(part.lstrip('P')):02d}"
    year = fiscal_year_name(number) if match[1] else str(number)
    return f"{year}-{part}" if part else year


def _fiscal_part(fiscal: "FiscalYear", number: int, part: str) -> Range:
    if not part:
        return fiscal_year(fiscal, number)
    if part[0] == "H":
        return fiscal_half(fiscal, number, int(part[1]))
    if part[0] == "Q":
        return fiscal_quarter(fiscal, number, int(part[1]))
    return fiscal_period(fiscal, number, int(part.lstrip("P")))
