"""Relative units (last month, next 2 quarters, three months ago): period grammar."""

import re
from datetime import date, timedelta

from workflows.asking.fiscal import Unit, add_months
from workflows.asking.period_types import (
    FIRST_DAY,
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
_TODATE: dict[str, Unit] = {
    "mtd": "month",
    "qtd": "quarter",
    "ytd": "year",
    "wtd": "week",
    "htd": "half",
    "fytd": "year",
    "ptd": "month",
}
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
    by_calendar = cur.text(after) == "calendar"
    if not (unit := unit_word(cur, after)):
        return _in_between(cur, at, word, after, count)
    done, name, size = unit
    rolling = cur.phrase(done, "( rolling )", "rolling")
    if word in _THIS:
        return done, _this(ctx, name, by_calendar)
    if word in _NEXT or word == "within":
        return _ahead(cur, rolling or done, name, count, size, bool(counted), bool(rolling) or word == "within")
    if by_calendar and name == "year" and count == 1:
        return done, calendar_year(ctx.today.year - 1)
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


def _this(ctx: PeriodContext, unit: Unit, by_calendar: bool) -> Reading:
    if by_calendar and unit == "year":
        return calendar_year(ctx.today.year)
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
        year = calendar_year(ctx.today.year)
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
    if (found := unit_word(cur, at)) and (after := cur.phrase(found[0], "to date", "so far")):
        return after, _this_to_date(ctx, found[1])
    if after := cur.phrase(at, "fy to date"):
        return after, _this_to_date(ctx, "year")
    return None


def _unit_of(word: str) -> Unit:
    return _TODATE[word]


def _this_to_date(ctx: PeriodContext, unit: Unit) -> Reading:
    whole = of_unit(ctx, unit, ctx.today)
    return to_date(ctx, whole, f"{unit} to date ({whole.label})")


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


def calendar_year(year: int) -> Reading:
    return Reading(date(year, 1, 1), date(year + 1, 1, 1), str(year), "year")


def all_time(ctx: PeriodContext, note: str = "") -> Reading:
    return Reading(FIRST_DAY, ctx.tomorrow, "since the first day with data", note=note)
