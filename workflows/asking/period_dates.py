"""Dates, months by name, weekdays and weeks: the parts of the period grammar that name calendar days."""

import re
from calendar import month_name
from datetime import date, timedelta

from workflows.asking.fiscal import calendar_month
from workflows.asking.period_types import (
    MONTHS,
    ORDINALS,
    WEEKDAYS,
    Cursor,
    Found,
    PeriodContext,
    Reading,
    of_unit,
    show,
    span,
    unclear,
)  # fmt: skip

_ORDINAL_DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?$")
_WEEK = re.compile(r"(?:kw|w|wk|cw)(\d{1,2})$")
_MAY_NEEDS = {"in", "since", "for", "of", "during", "until", "before", "after", "by", "through", "to", "and", "from",
              "between", "last", "this", "next", "early", "late", "mid", "vs", "versus", "than"}  # fmt: skip
_MONTH_NAMES = ("", "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
                "November", "December")  # fmt: skip


def month_word(cur: Cursor, at: int) -> int | None:
    """The month a word names. `may` and `mar` are months only where the words around say so."""
    word = cur.text(at)
    month = MONTHS.get(word)
    if word == "may":
        follows = cur.text(at + 1)
        before = cur.text(at - 1)
        raw = cur.tokens[at].raw
        if not (before in _MAY_NEEDS or before in MONTHS or follows.isdigit() or follows in MONTHS or
                follows in ("spend", "vs", "to") or (raw == "May" and at > 0) or len(cur.tokens) == 1):  # fmt: skip
            return None
    return month


def a_month(ctx: PeriodContext, month: int, year: int | None = None) -> Reading:
    """A named month: of `year`, else the latest begun (actuals) or the next not ended (plans and renewals)."""
    today, note = ctx.today, ""
    if year is None:
        year = today.year
        if ctx.looks_ahead and calendar_month(year, month)[1] <= today:
            year += 1
        elif not ctx.looks_ahead and date(year, month, 1) > today:
            year -= 1
            note = f"{_MONTH_NAMES[month]} {year} is the latest {_MONTH_NAMES[month]} that has begun"
        if ctx.looks_ahead and year != today.year:
            note = f"looking ahead: {_MONTH_NAMES[month]} {year}"
    return span(calendar_month(year, month), f"{_MONTH_NAMES[month]} {year}", "month", note=note)


def valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def one_day(day: date, note: str = "") -> Reading:
    return Reading(day, day + timedelta(days=1), f"{day.day} {_MONTH_NAMES[day.month]} {day.year}", "day", note=note)


def a_day(ctx: PeriodContext, month: int, number: int, year: int | None = None) -> Reading:
    """15 October: the latest that is not in the future for actuals. A day that does not exist is asked about."""
    name = f"{number} {_MONTH_NAMES[month]}"
    if year is not None:
        day = valid(year, month, number)
        return one_day(day) if day else _no_such_day(ctx, name, year, month)
    this_year = valid(ctx.today.year, month, number)
    if this_year is None:
        return _no_such_day(ctx, name, ctx.today.year, month)
    if this_year > ctx.today and not ctx.looks_ahead:
        before = valid(ctx.today.year - 1, month, number)
        return one_day(before, f"{name} {ctx.today.year} has not happened yet") if before else unclear(
            f"{name} {ctx.today.year} has not happened yet. Which day do you mean?")  # fmt: skip
    if ctx.kind == "event" and this_year < ctx.today:
        return one_day(valid(ctx.today.year + 1, month, number) or this_year)
    return one_day(this_year)


def _no_such_day(ctx: PeriodContext, name: str, year: int, month: int) -> Reading:
    return unclear(f"There is no {name} in {year}. Which days do you mean?", a_month(ctx, month, year))


def numeric_date(cur: Cursor, at: int) -> Found | None:
    """2026-10-15, 2026-10, 10/2026, 13/11/2026, 15.10.2026; 10/11/2026 asks unless the locale is known."""
    text, glue = cur.text, cur.glue
    if not text(at).isdigit() or not text(at + 1).isdigit():
        return None
    first, second = int(text(at)), int(text(at + 1))
    if len(text(at)) == 4 and glue(at + 1) in ("-", "/", ".") and 1900 <= first <= 2100 and 1 <= second <= 12:
        if len(text(at + 1)) == 2 and text(at + 2).isdigit() and glue(at + 2) == glue(at + 1):
            day = valid(first, second, int(text(at + 2)))
            return (at + 3, one_day(day)) if day else (at + 3, unclear("That is not a date. Which day do you mean?"))
        if glue(at + 1) == "-" and len(text(at + 1)) == 2:
            return at + 2, a_month(cur.ctx, second, first)
        return None
    if glue(at + 1) in ("/", ".") and len(text(at + 1)) == 4 and 1 <= first <= 12:
        return at + 2, a_month(cur.ctx, first, second)
    third = text(at + 2)
    if glue(at + 1) in ("/", ".", "-") and glue(at + 2) == glue(at + 1) and third.isdigit() and len(third) in (2, 4):
        return at + 3, _slashed(cur.ctx, first, second, int(third) + (2000 if len(third) == 2 else 0), glue(at + 1))
    return None


def _slashed(ctx: PeriodContext, first: int, second: int, year: int, mark: str) -> Reading:
    day_first, month_first = valid(year, second, first), valid(year, first, second)
    if mark == ".":
        month_first = None
    found = [day for day in (month_first, day_first) if day]
    if not found:
        return unclear("That is not a date. Which day do you mean?")
    if len(set(found)) == 1:
        return one_day(found[0])
    if ctx.day_first is not None and day_first and month_first:
        day = day_first if ctx.day_first else month_first
        return one_day(day, f"{first}/{second}/{year} = {day.day} {month_name[day.month]} {day.year}")
    return unclear(f"{first}/{second}/{year} can be read in two ways. Which day do you mean?", *map(one_day, found))


def _day_number(cur: Cursor, at: int) -> int | None:
    match = _ORDINAL_DAY.match(cur.text(at))
    return int(match[1]) if match and 1 <= int(match[1]) <= 31 else None


def named_date(cur: Cursor, at: int) -> Found | None:
    """October; October 15; 15 Oct; the 15th of October; Oct '25; October 2025; Oct 1-15; 1-15 Oct."""
    start = cur.skip(at, "the")
    if (day := _day_number(cur, start)) is not None:
        return _day_then_month(cur, start, day)
    at = cur.skip(at, "the month of", "month of")
    if found := _steered_month(cur, at):
        return found
    month = month_word(cur, at)
    if month is None:
        return None
    after = cur.skip(at + 1, "of")
    if year := cur.year_number(after):
        return year[0], a_month(cur.ctx, month, year[1])
    if cur.text(at + 1) == "last" and cur.text(at + 2) == "year":
        return at + 3, a_month(cur.ctx, month, cur.ctx.today.year - 1)
    if cur.text(at + 1) in ("this", "next") and cur.text(at + 2) == "year":
        return at + 3, a_month(cur.ctx, month, cur.ctx.today.year + (cur.text(at + 1) == "next"))
    number_at = cur.skip(at + 1, "the")
    number = _day_number(cur, number_at)
    if number is None or cur.text(number_at + 1) in ("%", "k") or not _can_be_day(cur, number_at):
        return at + 1, a_month(cur.ctx, month)
    return _month_then_day(cur, number_at, month, number)


def _steered_month(cur: Cursor, at: int) -> Found | None:
    """Last March: the latest that is over. Next March, this coming March: the next one to begin."""
    after = cur.phrase(at, "last", "this past", "this coming", "next", "coming", "the coming", "past")
    if after is None or (month := month_word(cur, after)) is None or cur.year_number(after + 1):
        return None
    ahead = cur.text(after - 1) in ("next", "coming")
    today = cur.ctx.today
    year = today.year
    if ahead and date(year, month, 1) <= today:
        year += 1
    if not ahead and calendar_month(year, month)[1] > today:
        year -= 1
    return after + 1, a_month(cur.ctx, month, year)


def _can_be_day(cur: Cursor, at: int) -> bool:
    """`october 5 tools` is not a date."""
    return cur.text(at + 1) not in ("tools", "vendors", "teams", "departments", "biggest", "top", "models", "people")


def _month_then_day(cur: Cursor, at: int, month: int, number: int) -> Found:
    """`at` is the day's position."""
    last = cur.skip(at + 1, "to", "through", "until", "till")
    if (cur.glue(at + 1) == "-" or last > at + 1) and (end := _day_number(cur, last)) and month_word(cur, last + 1) is None:
        year = cur.year_number(cur.skip(last + 1, ","))
        return (year[0] if year else last + 1), _days(cur.ctx, month, number, end, year[1] if year else None)
    year = cur.year_number(cur.skip(at + 1, ","))
    if year:
        return year[0], a_day(cur.ctx, month, number, year[1])
    reading = a_day(cur.ctx, month, number)
    if not reading.ask and 13 <= number <= 31 and cur.text(at).isdigit() and number > cur.ctx.today.year % 100 - 5:
        reading = reading.noted(f"read as the day, not the year; write {_MONTH_NAMES[month]} 20{number} for the month")
    return at + 1, reading


def _day_then_month(cur: Cursor, at: int, number: int) -> Found | None:
    """`at` is the (first) day's position: 15 Oct, 15th of October, 1-15 Oct, 1st through the 15th of October."""
    after = at + 1
    end = None
    last = cur.skip(cur.skip(after, "to", "through", "until", "till"), "the")
    if (last > after or cur.glue(after) == "-") and (end := _day_number(cur, last)) is not None:
        after = last + 1
    after = cur.skip(after, "of")
    month = month_word(cur, after)
    if month is None:
        return None
    year = cur.year_number(cur.skip(after + 1, ","))
    done = year[0] if year else after + 1
    if end is not None:
        return done, _days(cur.ctx, month, number, end, year[1] if year else None)
    return done, a_day(cur.ctx, month, number, year[1] if year else None)


def _days(ctx: PeriodContext, month: int, first: int, last: int, year: int | None) -> Reading:
    start, end = a_day(ctx, month, first, year), a_day(ctx, month, last, year)
    if start.ask or end.ask:
        return start if start.ask else end
    if end.start.year != start.start.year:  # the last day is still to come
        end = a_day(ctx, month, last, start.start.year)
    if end.start < start.start:
        return unclear("The last day is before the first. Which days do you mean?")
    return Reading(start.start, end.end, f"{show(start.start)} to {show(end.start)}")


def part_of_month(cur: Cursor, at: int) -> Found | None:
    """early, mid, late November (days 1-10, 11-20, 21-end); first half of October; the beginning of October."""
    part = {"early": (0, 10), "mid": (10, 20), "middle": (10, 20), "late": (20, None)}.get(cur.text(at))
    after = cur.skip(at + 1, "in", "of")
    if part and (month := month_word(cur, after)):
        year = cur.year_number(after + 1)
        whole = a_month(cur.ctx, month, year[1] if year else None)
        start = whole.start + timedelta(days=part[0])
        end = whole.start + timedelta(days=part[1]) if part[1] else whole.end
        note = f"{cur.text(at)} {whole.label} = days {part[0] + 1} to {part[1] or 'the end'}"
        return (year[0] if year else after + 1), Reading(start, end, f"{cur.text(at)} {whole.label}", note=note)
    at = cur.skip(at, "the")
    half = ORDINALS.get(cur.text(at))
    after = cur.skip(at + 1, "half of", "half in")
    if half in (1, 2) and after > at + 1 and (month := month_word(cur, after)):
        whole = a_month(cur.ctx, month)
        middle = whole.start + timedelta(days=15)
        days = (whole.start, middle) if half == 1 else (middle, whole.end)
        return after + 1, span(days, f"{'first' if half == 1 else 'second'} half of {whole.label}")
    return None


def weekday(cur: Cursor, at: int) -> Found | None:
    """Friday, on Friday, last Friday: the latest before today. This Friday: of this week. Next Friday: after today."""
    word = cur.text(at)
    at_day = at + 1 if word in ("last", "this", "next", "past", "previous", "coming") else at
    number = WEEKDAYS.get(cur.text(at_day))
    if number is None or (len(cur.text(at_day)) == 3 and at_day == at and cur.text(at - 1) not in ("on", "since")):
        return None
    today = cur.ctx.today
    if word == "this":
        return at_day + 1, one_day(cur.ctx.calendar.containing("week", today)[0] + timedelta(
            days=(number - cur.ctx.calendar.containing("week", today)[0].weekday()) % 7))  # fmt: skip
    if word in ("next", "coming"):
        return at_day + 1, one_day(today + timedelta(days=(number - today.weekday() - 1) % 7 + 1))
    back = (today.weekday() - number) % 7
    if back == 0 and cur.text(at - 1) == "since" and at_day == at:
        return at_day + 1, one_day(today, "today is that day; since today")
    note = "today does not count as the last one" if back == 0 else ""
    return at_day + 1, one_day(today - timedelta(days=back or 7), note)


def week_of(cur: Cursor, at: int) -> Found | None:
    """Week 47, W47, 2026-W47; week of 9 November; week ending 15 November; fiscal week 43."""
    start = cur.skip(at, "the")
    after = cur.phrase(start, "week of", "week commencing", "week starting", "week beginning", "w c", "wc")
    if after and (found := date_at(cur, after)) and found[1].unit == "day":
        return found[0], of_unit(cur.ctx, "week", found[1].start, label=f"week of {show(found[1].start)}")
    after = cur.phrase(start, "week ending", "week ended", "w e")
    if after and (found := date_at(cur, after)) and found[1].unit == "day":
        last = found[1].start
        return found[0], Reading(last - timedelta(days=6), last + timedelta(days=1), f"week ending {show(last)}", "week")
    return _numbered_week(cur, at)


def _numbered_week(cur: Cursor, at: int) -> Found | None:
    year, fiscal = None, False
    if found := cur.year_number(at):
        at, year = found
    if cur.text(at) == "fiscal":
        at, fiscal = at + 1, True
    word = cur.text(at)
    match = _WEEK.match(word.removeprefix("f") if word.startswith("fw") else word)
    fiscal = fiscal or word.startswith("fw")
    after = at + 1
    if match:
        number = int(match[1])
    elif word in ("week", "wk", "kw") and cur.text(at + 1).isdigit() and 1 <= int(cur.text(at + 1)) <= 53:
        number, after = int(cur.text(at + 1)), at + 2
    else:
        return None
    if year is None and (found := cur.year_number(after)):
        after, year = found
    return after, _week(cur.ctx, number, year, fiscal or (cur.ctx.calendar.in_weeks and not word.startswith("kw")))


def _week(ctx: PeriodContext, number: int, year: int | None, fiscal: bool) -> Reading:
    if fiscal:
        own = year or ctx.calendar.year_of(ctx.today)
        for candidate in [own] if year else [own, own - 1]:
            days = ctx.calendar.week(candidate, number)
            if days and (year or days[0] <= ctx.today or ctx.looks_ahead):
                return span(days, f"fiscal week {number} of FY{candidate % 100:02d}", "week")
        return unclear(f"There is no fiscal week {number} there. Which week do you mean?")
    own = year or ctx.today.isocalendar()[0]
    for candidate in [own] if year else [own, own - 1]:
        try:
            monday = date.fromisocalendar(candidate, number, 1)
        except ValueError:
            continue
        shift = {0: 0, 6: -1}.get(ctx.calendar.week_start, 0)
        if year or monday <= ctx.today or ctx.looks_ahead:
            start = monday + timedelta(days=shift)
            return Reading(start, start + timedelta(weeks=1), f"{candidate}-W{number:02d}", "week")
    return unclear(f"There is no week {number} in {own}. Which week do you mean?")


def weekend(cur: Cursor, at: int) -> Found | None:
    after = cur.phrase(at, "last weekend", "the weekend", "this past weekend", "over the weekend", "past weekend",
                       "the last weekend", "previous weekend", "the past weekend")  # fmt: skip
    if after is None:
        return None
    monday = cur.ctx.today - timedelta(days=cur.ctx.today.weekday())
    return after, Reading(monday - timedelta(days=2), monday, "last weekend", note="Saturday and Sunday")


def business_days(cur: Cursor, at: int) -> Found | None:
    """The last [n] business days: complete ones before today, Monday to Friday without the company's holidays."""
    at = cur.skip(at, "the")
    if cur.text(at) not in ("last", "past", "previous"):
        return None
    count, after = 1, at + 1
    if found := cur.number(after):
        after, count = found
    done = cur.phrase(after, "business day", "business days", "working day", "working days", "workday", "workdays")
    if done is None:
        return None
    days: list[date] = []
    day = cur.ctx.today
    while len(days) < max(count, 1):
        day -= timedelta(days=1)
        if day.weekday() < 5 and not cur.ctx.is_holiday(day):
            days.append(day)
    label = f"last {count} business days" if count > 1 else show(days[0])
    return done, Reading(days[-1], days[0] + timedelta(days=1), label)


def date_at(cur: Cursor, at: int) -> Found | None:
    """The longest date, day or month that begins at `at`."""
    found = [hit for rule in (numeric_date, named_date, part_of_month, weekday, week_of, weekend, business_days)
             if (hit := rule(cur, at))]  # fmt: skip
    return max(found, key=lambda hit: hit[0]) if found else None
