"""Parts of fiscal and calendar years by name (Q3, FY27-H1, P9, fiscal 2026, 2026/27): period grammar."""

import re
from datetime import date, timedelta
from functools import partial

from workflows.asking.fiscal import Unit, add_months
from workflows.asking.period_types import (
    ORDINALS,
    Cursor,
    Found,
    PeriodContext,
    Reading,
    of_unit,
    span,
    unclear,
)  # fmt: skip
from workflows.asking.period_units import calendar_year

_PART = re.compile(r"(?:(c)?(q)([1-4])|(h)([12])|(p)0?([1-9]|1[0-2]))$")
_PART_YEAR = re.compile(r"(?:([1-4])(q)(\d{2}|\d{4})|([12])(h)(\d{2}|\d{4}))$")
_FY_PART = re.compile(r"fy(\d{2}|\d{4})(?:(q)([1-4])|(h)([12])|(p)0?([1-9]|1[0-2]))?$")
_UNIT_OF: dict[str, Unit] = {"q": "quarter", "h": "half", "p": "month"}


def _full(year: str) -> int:
    return int(year) + (2000 if len(year) == 2 else 0)


def part_word(cur: Cursor, at: int) -> tuple[int, Unit, int, bool] | None:
    """(after, unit, which, calendar?) of Q3, CQ3, quarter 3, third quarter, H1, 1H, first half, P9, period 9."""
    at = cur.skip(at, "the", "fiscal") if cur.text(at) in ("the", "fiscal") else at
    calendar = cur.text(at) == "calendar"
    at += calendar
    word = cur.text(at)
    if match := _PART.match(word):
        if match[2]:
            return at + 1, "quarter", int(match[3]), calendar or bool(match[1])
        if match[4]:
            return at + 1, "half", int(match[5]), calendar
        return (at + 1, "month", int(match[7]), calendar) if cur.ctx.calendar.in_weeks else None
    if word in ("1h", "2h"):
        return at + 1, "half", int(word[0]), calendar
    if word in ("quarter", "qtr") and cur.text(at + 1) in ("1", "2", "3", "4"):
        return at + 2, "quarter", int(cur.text(at + 1)), calendar
    if word == "period" and cur.text(at + 1).isdigit() and 1 <= int(cur.text(at + 1)) <= 12 and cur.ctx.calendar.in_weeks:
        return at + 2, "month", int(cur.text(at + 1)), calendar
    number = ORDINALS.get(word)
    if number and cur.text(at + 1) in ("quarter", "qtr"):
        return at + 2, "quarter", number, calendar
    if number in (1, 2) and cur.text(at + 1) == "half":
        return at + 2, "half", int(number or 1), calendar
    return None


def fiscal_year_word(cur: Cursor, at: int) -> tuple[int, int] | None:
    """(after, number) of FY27, FY 2027, fiscal 27, fiscal year 2027; never a bare year."""
    at = cur.skip(at, "the")
    match = re.match(r"fy(\d{2}|\d{4})$", cur.text(at))
    if match:
        return at + 1, _full(match[1])
    after = cur.phrase(at, "fy", "fiscal", "fiscal year", "financial year", "fiscal yr")
    if after and cur.text(after).isdigit() and len(cur.text(after)) in (2, 4):
        return after + 1, _full(cur.text(after))
    return None


def fiscal_part(cur: Cursor, at: int) -> Found | None:
    """Q3, next Q1, Q1 FY26, FY26Q1, 1Q26, Q1'26, Q1 2026, first half of fiscal 2026, Q3 last year, calendar Q3."""
    ctx = cur.ctx
    if match := _PART_YEAR.match(cur.text(at)):
        groups = [g for g in match.groups() if g]
        return at + 1, _part_of(ctx, _UNIT_OF[groups[1]], int(groups[0]), _full(groups[2]))
    if (match := _FY_PART.match(cur.text(at))) and (match[2] or match[4] or match[6]):
        groups = [g for g in match.groups()[1:] if g]
        return at + 1, _part_of(ctx, _UNIT_OF[groups[0]], int(groups[1]), _full(match[1]))
    if year := fiscal_year_word(cur, at):
        part = part_word(cur, year[0])
        return (part[0], _part_of(ctx, part[1], part[2], year[1])) if part else None
    shift = {"next": 1, "last": -1}.get(cur.text(at), 0)
    part = part_word(cur, at + 1 if shift or cur.text(at) == "this" else at)
    if part is None:
        return None
    return _with_year(cur, *part, shift)


def _with_year(cur: Cursor, after: int, unit: Unit, number: int, calendar: bool, shift: int) -> Found:
    ctx = cur.ctx
    if done := cur.phrase(after, "of the fiscal year", "of the year", "of this fiscal year", "of our fiscal year",
                          "of the current fiscal year", "of the financial year", "of this financial year"):  # fmt: skip
        return done, _part_of(ctx, unit, number, ctx.calendar.year_of(ctx.today))
    at = cur.skip(after, "of", "in", "of the")
    fiscal_word = cur.text(at) == "fiscal"
    if year := fiscal_year_word(cur, at):
        return year[0], _part_of(ctx, unit, number, year[1])
    if year := cur.year_number(cur.skip(at, "fiscal")):
        if calendar:
            return year[0], _calendar_part(unit, number, year[1])
        reading = _part_of(ctx, unit, number, year[1])
        if not ctx.calendar.is_calendar_year and not fiscal_word and cur.glue(year[0] - 1) != "'":
            other = _calendar_part(unit, number, year[1])
            reading = reading.noted(f"read as fiscal; the calendar one is {other.start} to {other.end - timedelta(days=1)}")
        return year[0], reading
    latest = _latest_part(ctx, unit, number, calendar)
    if done := cur.phrase(at, "last year", "previous year", "prior year"):
        year_before = (ctx.today.year if calendar else ctx.calendar.year_of(ctx.today)) - 1
        return done, (_calendar_part if calendar else partial(_part_of, ctx))(unit, number, year_before)
    if done := cur.phrase(at, "a year ago", "a year earlier", "the year before"):
        return done, _shift_year(ctx, latest, calendar, -1)
    if done := cur.phrase(at, "this year"):
        return done, _part_of(ctx, unit, number, ctx.calendar.year_of(ctx.today))
    if done := cur.phrase(at, "next year"):
        return done, _part_of(ctx, unit, number, ctx.calendar.year_of(ctx.today) + 1)
    if shift > 0 or (ctx.looks_ahead and latest.end <= ctx.today and ctx.kind == "event"):
        return after, _shift_year(ctx, latest, calendar, 1)
    if shift < 0 and latest.end > ctx.today:
        return after, _shift_year(ctx, latest, calendar, -1)
    return after, latest


def _part_of(ctx: PeriodContext, unit: Unit, number: int, year: int) -> Reading:
    days = ctx.calendar.part(year, unit, number)
    return span(days, ctx.calendar.label(unit, days[0]), unit)


def _calendar_part(unit: Unit, number: int, year: int) -> Reading:
    months = {"month": 1, "quarter": 3, "half": 6}[unit]
    start = date(year, (number - 1) * months + 1, 1)
    return Reading(start, add_months(start, months), f"{year}-{unit[0].upper()}{number} (calendar)", unit)


def _latest_part(ctx: PeriodContext, unit: Unit, number: int, calendar: bool) -> Reading:
    """The latest one that has begun."""
    year = ctx.today.year if calendar else ctx.calendar.year_of(ctx.today)

    def make(of_year: int) -> Reading:
        return _calendar_part(unit, number, of_year) if calendar else _part_of(ctx, unit, number, of_year)

    reading = make(year)
    if reading.start <= ctx.today:
        return reading
    before = make(year - 1)
    if ctx.looks_ahead:
        return reading
    return before.noted(f"{before.label} is the latest that has begun")


def _shift_year(ctx: PeriodContext, reading: Reading, calendar: bool, years: int) -> Reading:
    if calendar:
        start = add_months(reading.start, 12 * years)
        return Reading(start, add_months(reading.end, 12 * years), reading.label.replace(
            str(reading.start.year), str(start.year)), reading.unit)  # fmt: skip
    per_year = {"month": 12, "quarter": 4, "half": 2}[reading.unit or "quarter"]
    return of_unit(ctx, reading.unit or "quarter", reading.start, per_year * years)


def whole_year(cur: Cursor, at: int) -> Found | None:
    """2026 (calendar), CY25, calendar 2025, FY27, fiscal 2026, FY26/27, 2026/27."""
    ctx = cur.ctx
    if (pair := _two_years(cur, at)) is not None:
        return pair
    if year := fiscal_year_word(cur, at):
        days = ctx.calendar.year(year[1])
        note = "" if days[0] <= ctx.today or ctx.looks_ahead else f"FY{year[1] % 100:02d} has not begun: no actuals"
        return year[0], span(days, f"FY{year[1] % 100:02d}", "year", note=note)
    if match := re.match(r"cy(\d{2}|\d{4})$", cur.text(at)):
        return at + 1, calendar_year(_full(match[1]))
    start = cur.skip(at, "calendar year", "calendar", "cy", "the year", "all of")
    if year := cur.year_number(start):
        reading = calendar_year(year[1])
        if not ctx.calendar.is_calendar_year and start == at:
            reading = reading.noted(f"{year[1]} = the calendar year")
        return year[0], reading
    return None


def _two_years(cur: Cursor, at: int) -> Found | None:
    """FY26/27, FY2026-27, 2026/27: the fiscal year across both, when there is one."""
    match = re.match(r"(?:fy)?(\d{2}|\d{4})$", cur.text(at))
    second = cur.text(at + 1)
    if not match or cur.glue(at + 1) not in ("/", "-") or not re.match(r"\d{2}$|\d{4}$", second):
        return None
    first, last = _full(match[1]), _full(second)
    if last != first + 1 or (not cur.text(at).startswith("fy") and len(match[1]) != 4):
        return None
    for number in (first, last):
        days = cur.ctx.calendar.year(number)
        if days[0].year == first and (days[1] - timedelta(days=15)).year == last:
            return at + 2, span(days, f"FY{first % 100:02d}/{last % 100:02d}", "year", note="the fiscal year across both")
    return at + 2, unclear(f"The company has no year across {first} and {last}. Which one do you mean?",
                           calendar_year(first), calendar_year(last))  # fmt: skip
