"""Relative units (last month, next 2 quarters, three months ago) and fiscal parts (Q3, FY27-H1, P9): period grammar."""

import re
from datetime import date, timedelta
from functools import partial

from workflows.asking.fiscal import Unit, add_months
from workflows.asking.period_types import (
    FIRST_DAY,
    ORDINALS,
    UNITS,
    Cursor,
    Found,
    PeriodContext,
    Reading,
    of_unit,
    show,
    span,
    unclear,
)  # fmt: skip

_LAST = {"last", "previous", "prior", "lst", "prev", "preceding"}
_PAST = {"past", "trailing", "rolling"}
_NEXT = {"next", "coming", "upcoming", "forward", "following"}
_THIS = {"this", "current"}
_TODATE = {"mtd": "month", "qtd": "quarter", "ytd": "year", "wtd": "week", "htd": "half", "fytd": "year", "ptd": "month"}
_ROLL = re.compile(r"(?:l|t)(\d{1,3})([dwmq]?)$")
_ROLL_UNITS: dict[str, Unit] = {"d": "day", "w": "week", "m": "month", "q": "quarter", "": "day"}
_PLURAL = {"day": "days", "week": "weeks", "month": "months", "quarter": "quarters", "half": "half-years", "year": "years"}


def to_date(ctx: PeriodContext, reading: Reading, name: str = "") -> Reading:
    """From the start of a unit through today; a unit that is over is taken whole, and that is said."""
    if reading.end <= ctx.today:
        return reading.noted(f"{reading.label} is over: all of it")
    label = name or f"{reading.label} to date"
    return Reading(reading.start, ctx.tomorrow, label, reading.unit, note=reading.note, to_date=True)


def complete(ctx: PeriodContext, unit: Unit, count: int) -> Reading:
    """The last `count` complete units; days end yesterday."""
    label = f"last {count} {_PLURAL[unit]}"
    days = ctx.calendar.run(unit, ctx.today, -count, count)
    note = ""
    if unit == "day":
        note = f"{count} complete days ending yesterday"
    elif unit in ("week", "month") and count < 12:
        note = f"complete {_PLURAL[unit]}"
    elif unit == "year":
        note = "complete fiscal years" if not ctx.calendar.is_calendar_year else "complete years"
    return span(days, label, unit, count, note)


def unit_word(cur: Cursor, at: int) -> tuple[int, Unit, int] | None:
    """(after, unit, how many of them one word is): month, fiscal year, half year, fortnight, "12-month"."""
    at = cur.skip(at, "calendar", "fiscal", "financial", "full", "complete")
    if after := cur.phrase(at, "half year", "half years"):
        return after, "half", 1
    word = cur.text(at)
    if word in ("fortnight", "fortnights"):
        return at + 1, "week", 2
    if word in ("fy", "fys"):
        return at + 1, "year", 1
    if word in ("period", "periods"):
        return (at + 1, "month", 1) if cur.ctx.calendar.in_weeks else None
    unit = UNITS.get(word)
    return (at + 1, unit, 1) if unit else None


def relative(cur: Cursor, at: int) -> Found | None:
    """this / last / past / next [n] unit, with or without "the"."""
    ctx = cur.ctx
    at = cur.skip(at, "over the", "in the", "within the", "for the", "the", "over", "during the", "across the")
    word = cur.text(at)
    if cur.text(at) == "calendar" and cur.text(at + 1) == "year" and word not in _LAST | _NEXT:
        return None
    if word not in _LAST | _PAST | _NEXT | _THIS | {"within", "remaining"}:
        return None
    after, count = at + 1, 1
    if word in _THIS and cur.text(after) == "past":
        word, after = "past", after + 1
    counted = cur.number(after)
    if counted and word not in _THIS:
        after, count = counted
    calendar_year = cur.text(after) == "calendar"
    if not (unit := unit_word(cur, after)):
        return _in_between(cur, at, word, after, count)
    done, name, size = unit
    rolling = cur.phrase(done, "( rolling )", "rolling")
    if word in _THIS:
        return done, _this(ctx, name, calendar_year)
    if word in _NEXT or word == "within":
        return _ahead(cur, rolling or done, name, count, size, bool(counted), bool(rolling) or word == "within")
    if calendar_year and name == "year" and count == 1:
        return done, _calendar_year(ctx.today.year - 1)
    reading = _back(ctx, word, name, count, size, bool(counted), bool(rolling))
    return rolling or done, reading


def _in_between(cur: Cursor, at: int, word: str, after: int, count: int) -> Found | None:
    if word in _LAST | _PAST and cur.text(after) in ("hours", "hour", "hrs") and count == 24:
        yesterday = cur.ctx.today - timedelta(days=1)
        return after + 1, Reading(yesterday, cur.ctx.tomorrow, "yesterday and today so far", note=(
            "amounts are known by day, not by hour: yesterday and today so far"))  # fmt: skip
    if word in _THIS | _LAST and cur.text(after) in ("period",):
        return after + 1, _unknown_period(cur.ctx)
    return None


def _unknown_period(ctx: PeriodContext) -> Reading:
    return unclear("Which period do you mean? The company's calendar has no numbered periods.",
                   of_unit(ctx, "month", ctx.today, -1), of_unit(ctx, "quarter", ctx.today, -1))  # fmt: skip


def _this(ctx: PeriodContext, unit: Unit, calendar_year: bool) -> Reading:
    if calendar_year and unit == "year":
        return _calendar_year(ctx.today.year)
    return of_unit(ctx, unit, ctx.today)


def _back(ctx: PeriodContext, word: str, unit: Unit, count: int, size: int, counted: bool, rolling: bool) -> Reading:
    """Spans that end before the current unit; "past week" and "past fortnight" are rolling days."""
    if size == 2 or (unit == "week" and (rolling or (word in _PAST and not counted))):
        return complete(ctx, "day", 7 * count * size)
    if rolling and unit == "half":
        return complete(ctx, "month", 6 * count)
    if unit == "year" and (rolling or (word in _PAST and not counted)):
        return complete(ctx, "month", 12 * count)
    if not counted or count == 1:
        if unit == "day" and counted:
            return complete(ctx, "day", 1)
        return of_unit(ctx, unit, ctx.today, -1)
    if rolling and unit == "month":
        return Reading(add_months(ctx.today, -count), ctx.today, f"last {count} months, rolling", "day")
    return complete(ctx, unit, count)


def _ahead(cur: Cursor, done: int, unit: Unit, count: int, size: int, counted: bool, rolling: bool) -> Found:
    """Next week = the next one; next 2 weeks, 30 days = days from today; next 3 months = whole months after this one."""
    ctx = cur.ctx
    if not counted and not rolling and size == 1:
        return done, of_unit(ctx, unit, ctx.today, 1)
    days = {"day": 1, "week": 7}.get(unit) or ({"month": 30, "quarter": 91, "year": 365}.get(unit) if rolling else None)
    if days:
        length = timedelta(days=days * count * size)
        return done, Reading(ctx.today, ctx.today + length, f"next {count * size} {_PLURAL[unit]}", "day")
    reading = span(ctx.calendar.run(unit, ctx.today, 1, count), f"next {count} {_PLURAL[unit]}", unit, count)
    return done, reading.noted(f"whole {_PLURAL[unit]} after this one")


def rolling_code(cur: Cursor, at: int) -> Found | None:
    """l7d, L3M, T12M, t90, T4Q, TTM, LTM, NTM."""
    word = cur.text(at)
    if word in ("ttm", "ltm") or cur.phrase(at, "trailing twelve months"):
        return (cur.phrase(at, "trailing twelve months") or at + 1), complete(cur.ctx, "month", 12)
    if word == "ntm":
        return _ahead(cur, at + 1, "month", 12, 1, True, False)
    match = _ROLL.match(word)
    if match and int(match[1]) > 0 and (match[2] or int(match[1]) in (7, 14, 28, 30, 60, 90, 180, 365)):
        return at + 1, complete(cur.ctx, _ROLL_UNITS[match[2]], int(match[1]))
    return None


def to_date_word(cur: Cursor, at: int) -> Found | None:
    """MTD, QTD, YTD, CYTD, FYTD, prior YTD, PYTD; calendar YTD; fiscal ytd; month to date."""
    ctx = cur.ctx
    if after := cur.phrase(at, "calendar ytd", "cytd", "calendar year to date"):
        year = _calendar_year(ctx.today.year)
        return after, Reading(year.start, ctx.tomorrow, f"{year.label} to date", "year", to_date=True)
    if cur.text(at) in ("prior", "previous", "last") and cur.text(at + 1) in _TODATE:
        from workflows.asking.comparisons import unit_before

        now = to_date(ctx, of_unit(ctx, _unit_of(cur.text(at + 1)), ctx.today))
        return at + 2, unit_before(ctx, now)
    start = cur.skip(at, "fiscal", "financial", "the")
    word = cur.text(start)
    if word in _TODATE:
        unit = _unit_of(word)
        if word == "ptd" and not ctx.calendar.in_weeks:
            return start + 1, _unknown_period(ctx)
        return start + 1, _this_to_date(ctx, unit)
    if (found := unit_word(cur, at)) and (after := cur.phrase(found[0], "to date")):
        return after, _this_to_date(ctx, found[1])
    if after := cur.phrase(at, "fy to date"):
        return after, _this_to_date(ctx, "year")
    return None


def _unit_of(word: str) -> Unit:
    return _TODATE[word]


def _this_to_date(ctx: PeriodContext, unit: Unit) -> Reading:
    name = {"week": "week", "month": "month", "quarter": "quarter", "half": "half", "year": "year"}[unit]
    whole = of_unit(ctx, unit, ctx.today)
    return to_date(ctx, whole, f"{name} to date ({whole.label})")


def ago(cur: Cursor, at: int) -> Found | None:
    """two weeks ago = that week; for stocks three months ago = that day; the month before last."""
    ctx = cur.ctx
    start = cur.skip(at, "the")
    if (found := unit_word(cur, start)) and (after := cur.phrase(found[0], "before last", "before the last one")):
        return after, of_unit(ctx, found[1], ctx.today, -2)
    if after := cur.phrase(at, "the day before yesterday", "day before yesterday"):
        return after, of_unit(ctx, "day", ctx.today, -2)
    counted = cur.number(at)
    if counted is None and cur.text(at) in ("a", "an"):
        counted = at + 1, 1
    if counted and (found := unit_word(cur, counted[0])) and (after := cur.phrase(found[0], "ago", "earlier", "back")):
        if ctx.kind == "stock" and found[1] in ("month", "quarter", "year", "week", "day"):
            return after, _day_ago(ctx, found[1], counted[1] * found[2])
        return after, of_unit(ctx, found[1], ctx.today, -counted[1] * found[2])
    return None


def _day_ago(ctx: PeriodContext, unit: Unit, count: int) -> Reading:
    months = {"month": 1, "quarter": 3, "year": 12}.get(unit)
    day = add_months(ctx.today, -months * count) if months else ctx.today - timedelta(
        days=count * (7 if unit == "week" else 1))  # fmt: skip
    return Reading(day, day + timedelta(days=1), show(day), "day", moment=True, note="as of that day")


# -- Fiscal parts -------------------------------------------------------------------------------------------------------

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
        return at + 1, _calendar_year(_full(match[1]))
    start = cur.skip(at, "calendar year", "calendar", "cy", "the year", "all of")
    if year := cur.year_number(start):
        reading = _calendar_year(year[1])
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
                           _calendar_year(first), _calendar_year(last))  # fmt: skip


def _calendar_year(year: int) -> Reading:
    return Reading(date(year, 1, 1), date(year + 1, 1, 1), str(year), "year")


def all_time(ctx: PeriodContext, note: str = "") -> Reading:
    return Reading(FIRST_DAY, ctx.tomorrow, "since the first day with data", note=note)
