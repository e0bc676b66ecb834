"""Fixed phrases and open-ended, forward and snapshot spans of the period grammar."""

from collections.abc import Callable
from datetime import date, timedelta

from workflows.asking.fiscal import Unit
from workflows.asking.period_dates import date_at
from workflows.asking.period_fiscal import fiscal_part, whole_year
from workflows.asking.period_types import FIRST_DAY, Cursor, Found, PeriodContext, Reading, of_unit, show, unclear
from workflows.asking.period_units import (
    ago,
    all_time,
    complete,
    relative,
    rolling_code,
    to_date_word,
    unit_word,
)  # fmt: skip


def _today(ctx: PeriodContext) -> Reading:
    return Reading(ctx.today, ctx.tomorrow, "today so far", "day", to_date=False)


def _now(ctx: PeriodContext) -> Reading:
    return Reading(ctx.today, ctx.tomorrow, "now", "day", moment=True)


def _yesterday(ctx: PeriodContext) -> Reading:
    return of_unit(ctx, "day", ctx.today, -1)


def _summer(ctx: PeriodContext) -> Reading:
    """The next one for contracts and budgets, also the one under way; else the latest that has begun."""
    if ctx.looks_ahead:
        return _summer_of(ctx.today.year + (ctx.today >= date(ctx.today.year, 9, 1)))
    return _last_summer(ctx)


def _last_summer(ctx: PeriodContext) -> Reading:
    return _summer_of(ctx.today.year if date(ctx.today.year, 6, 1) <= ctx.today else ctx.today.year - 1)


def _summer_of(year: int) -> Reading:
    return Reading(date(year, 6, 1), date(year, 9, 1), f"summer {year}", note="summer = June to August")


def _recently(ctx: PeriodContext) -> Reading:
    last = complete(ctx, "day", 30)
    return Reading(last.start, last.end, last.label, last.unit, last.count, note="read as the last 30 days")


def _the(unit: Unit) -> Callable[[PeriodContext], Reading]:
    return lambda ctx: of_unit(ctx, unit, ctx.today)


def _end_of_last(unit: Unit) -> Callable[[PeriodContext], Reading]:
    def reading(ctx: PeriodContext) -> Reading:
        last = of_unit(ctx, unit, ctx.today, -1).end - timedelta(days=1)
        return Reading(last, last + timedelta(days=1), f"at the end of {show(last)}", "day", moment=True)

    return reading


def _start_of(unit: Unit) -> Callable[[PeriodContext], Reading]:
    def reading(ctx: PeriodContext) -> Reading:
        first = of_unit(ctx, unit, ctx.today).start
        return Reading(first, first + timedelta(days=1), f"at the start of {show(first)}", "day", moment=True)

    return reading


def _until_end_of(unit: Unit) -> Callable[[PeriodContext], Reading]:
    def reading(ctx: PeriodContext) -> Reading:
        whole = of_unit(ctx, unit, ctx.today)
        note = "to the end of the fiscal year" if unit == "year" and not ctx.calendar.is_calendar_year else ""
        return Reading(ctx.today, whole.end, f"until the end of {whole.label}", note=note)

    return reading


def _full_year(ctx: PeriodContext) -> Reading:
    return of_unit(ctx, "year", ctx.today)


def _last_twelve(special: str) -> Callable[[PeriodContext], Reading]:
    def reading(ctx: PeriodContext) -> Reading:
        last = complete(ctx, "month", 12)
        return Reading(last.start, last.end, last.label, "month", 12, grain="month", special=special,
                       note="the last 12 complete months")  # fmt: skip

    return reading


def _ask(question: str) -> Callable[[PeriodContext], Reading]:
    return lambda ctx: unclear(question)


def _black_friday(ctx: PeriodContext) -> Reading:
    def week(year: int) -> Reading:
        first = date(year, 11, 1)
        day = first + timedelta(days=(3 - first.weekday()) % 7 + 22)
        return Reading(day - timedelta(days=4), day + timedelta(days=3), f"the week of Black Friday {year}", "week")

    year = ctx.today.year if week(ctx.today.year).end <= ctx.today else ctx.today.year - 1
    return unclear("Which days around Black Friday do you mean?", week(year))


PHRASES: dict[str, Callable[[PeriodContext], Reading]] = {
    **dict.fromkeys(["today", "so far today"], _today),
    **dict.fromkeys(["right now", "currently", "at the moment", "now", "as of now", "as of today", "at present",
                     "presently", "as it stands", "these days now", "today as of now"], _now),
    **dict.fromkeys(["yesterday", "yday"], _yesterday),
    **dict.fromkeys(["recently", "lately", "these days", "of late"], _recently),
    **dict.fromkeys(["over the summer", "in the summer", "in summer", "during the summer", "this summer",
                     "summer"], _summer),
    **dict.fromkeys(["this past summer", "last summer", "past summer"], _last_summer),
    **dict.fromkeys(["the month"], _the("month")), **dict.fromkeys(["the quarter"], _the("quarter")),
    **dict.fromkeys(["the year"], _the("year")), **dict.fromkeys(["the week"], _the("week")),
    **dict.fromkeys(["all time", "of all time", "ever", "since we started", "to date", "in total so far", "lifetime",
                     "since the beginning", "since inception", "all history", "since day one", "altogether so far",
                     "since the start", "from the beginning", "since forever"], all_time),
    **dict.fromkeys(["until now", "so far", "to this point", "up to now", "till now", "thus far"], lambda ctx: all_time(
        ctx, "from the first day with data; say YTD for this year")),
    **dict.fromkeys(["at month end", "at the end of the last month", "at the end of last month", "end of last month",
                     "at last month end", "at the month end"], _end_of_last("month")),
    **dict.fromkeys(["at quarter end", "at the end of last quarter", "end of last quarter"], _end_of_last("quarter")),
    **dict.fromkeys(["at the end of last year", "end of last year"], _end_of_last("year")),
    **dict.fromkeys(["at the end of last week"], _end_of_last("week")),
    **dict.fromkeys(["at the start of the year", "at the beginning of the year", "at the start of this year",
                     "at the beginning of this year"], _start_of("year")),
    **dict.fromkeys(["at the start of the quarter", "at the beginning of the quarter", "at the start of this quarter",
                     "at the beginning of this quarter"], _start_of("quarter")),
    **dict.fromkeys(["at the start of the month", "at the beginning of the month", "at the start of this month",
                     "at the beginning of this month"], _start_of("month")),
    **dict.fromkeys(["by year end", "by the end of the year", "before year end", "by eoy", "before the end of the year",
                     "until year end", "until the end of the year", "by end of year", "before the year ends",
                     "through year end", "by the end of this year", "before the end of this year",
                     "the rest of the year", "rest of the year", "remaining year", "rest of fy", "balance of year",
                     "the remainder of the year", "remainder of the year", "the rest of this year", "rest of this year",
                     "the balance of the year", "by the end of the fiscal year", "by fiscal year end", "by end of fy",
                     "before the end of the fiscal year", "rest of the fiscal year", "the rest of the fiscal year"],
                    _until_end_of("year")),
    **dict.fromkeys(["by the end of the quarter", "by eoq", "before quarter end", "by quarter end", "by end of quarter",
                     "before the end of the quarter", "the rest of the quarter", "rest of the quarter",
                     "by the end of this quarter", "before the end of this quarter", "until the end of the quarter",
                     "the rest of this quarter", "rest of this quarter"], _until_end_of("quarter")),
    **dict.fromkeys(["by month end", "by eom", "before the end of the month", "by the end of the month", "by end of month",
                     "before month end", "the rest of the month", "rest of the month", "until the end of the month",
                     "by the end of this month", "before the end of this month", "the rest of this month",
                     "rest of this month"], _until_end_of("month")),
    **dict.fromkeys(["the full year", "full year", "fy outlook", "year end forecast", "the whole year", "whole year",
                     "all year", "the entire year", "entire year", "the full fiscal year"], _full_year),
    **dict.fromkeys(["overdue", "past due"], lambda ctx: Reading(FIRST_DAY, ctx.today, "before today, still open",
                                                                    special="overdue")),
    **dict.fromkeys(["a rolling 3 month average", "rolling 3 month average", "3 month rolling average",
                     "three month rolling average", "3 month moving average", "rolling three month average",
                     "a 3 month rolling average"], _last_twelve("rolling_avg_3")),
    **dict.fromkeys(["peak month"], _last_twelve("peak")),
    **dict.fromkeys(["over the holidays", "during the holidays", "over the christmas break"],
                    _ask("Which days do you mean by the holidays?")),
    **dict.fromkeys(["during the pilot", "in the pilot", "during the trial"], _ask(
        "I do not know when the pilot was. From which date to which?")),
    **dict.fromkeys(["a while ago", "some time ago", "a while back", "the other day"], _ask("When exactly? Give me a "
        "date or month.")),
    **dict.fromkeys(["around black friday", "black friday", "on black friday"], _black_friday),
    **dict.fromkeys(["same month last year", "the same month last year", "this month last year", "the same month a year "
        "ago"],
                    lambda ctx: of_unit(ctx, "month", ctx.today, -12)),
    **dict.fromkeys(["same quarter last year", "the same quarter last year", "this quarter last year"],
                    lambda ctx: of_unit(ctx, "quarter", ctx.today, -4)),
    **dict.fromkeys(["lq"], lambda ctx: of_unit(ctx, "quarter", ctx.today, -1)),
    **dict.fromkeys(["tomorrow"], lambda ctx: of_unit(ctx, "day", ctx.today, 1)),
}  # fmt: skip

_BY_FIRST: dict[str, list[tuple[tuple[str, ...], Callable[[PeriodContext], Reading]]]] = {}
for _phrase, _make in PHRASES.items():
    _words = tuple(_phrase.split())
    _BY_FIRST.setdefault(_words[0], []).append((_words, _make))


def fixed(cur: Cursor, at: int) -> Found | None:
    best: Found | None = None
    for words, make in _BY_FIRST.get(cur.text(at), ()):
        if all(cur.text(at + n) == word for n, word in enumerate(words)) and (best is None or at + len(words) > best[0]):
            best = at + len(words), make(cur.ctx)
    return best


def a_year_ago(cur: Cursor, at: int) -> Found | None:
    """This time last year: that day for stocks, the month around it for flows."""
    after = cur.phrase(at, "this time last year", "a year ago today", "same day last year", "the same day last year",
                       "the same time last year", "same time last year", "this day last year",
                       "the same time a year ago")  # fmt: skip
    if after is None:
        return None
    from workflows.asking.fiscal import add_months

    day = add_months(cur.ctx.today, -12)
    if cur.ctx.kind == "stock":
        return after, Reading(day, day + timedelta(days=1), show(day), "day", moment=True)
    return after, of_unit(cur.ctx, "month", day).noted("read as that whole month")


def atom(cur: Cursor, at: int) -> Found | None:
    """The longest single span (not a range or a comparison) that begins at `at`."""
    rules = (fixed, a_year_ago, date_at, relative, ago, rolling_code, to_date_word, fiscal_part, whole_year)
    found = [hit for rule in rules if (hit := rule(cur, at))]
    return max(found, key=lambda hit: hit[0]) if found else None


# -- Since, until, by -------------------------------------------------------------------------------------------------


def opened(cur: Cursor, at: int) -> Found | None:
    """since / from … on, after, before, until, through, as of, at the end of."""
    for rule in (_since, _after, _until, _as_of, _run_up):
        if hit := rule(cur, at):
            return hit
    return None


def _since(cur: Cursor, at: int) -> Found | None:
    since = cur.phrase(at, "since", "ever since", "starting", "beginning")
    start = since or cur.phrase(at, "from")
    if start is None:
        return None
    ctx = cur.ctx
    body = cur.skip(start, "the start of", "the beginning of", "start of", "beginning of")
    whole = _unit_here(cur, body) if body > start else None
    found = whole or atom(cur, body)
    if found is None:
        return _since_event(cur, start) if since else None
    done, reading = found
    on = cur.phrase(done, "on", "onwards", "onward", "forward", "to now", "until now", "till now", "to today", "until today",
                    "to date")  # fmt: skip
    if reading.ask or (since is None and on is None and body == start and not _is_first_day(reading)):
        return (done, reading) if reading.ask and since else None
    note = reading.note
    if reading.unit == "year" and not ctx.calendar.is_calendar_year and whole:
        note = "from the start of the fiscal year"
    if cur.phrase(start, "last month", "last quarter", "last week"):
        note = f"from {reading.start} on"
    return on or done, Reading(reading.start, ctx.tomorrow, f"since {show(reading.start)}", note=note, to_date=True)


def _is_first_day(reading: Reading) -> bool:
    """from Jan 1st: a single first of a month begins an open span."""
    return reading.unit == "day" and reading.start.day == 1


def _unit_here(cur: Cursor, at: int) -> Found | None:
    """the year, this quarter, the month, after "the start of"."""
    start = cur.skip(at, "the", "this", "the current")
    if start > at and (found := unit_word(cur, start)):
        return found[0], of_unit(cur.ctx, found[1], cur.ctx.today)
    return None


def _since_event(cur: Cursor, at: int) -> Found | None:
    """Something that is not a date: everything up to a mark or the end."""
    if cur.text(at) in ("", ",", "then"):
        return None
    end = at
    while cur.text(end) not in ("", ",", ";", ":", "by", "per", "vs", "for"):
        end += 1
    words = " ".join(token.raw for token in cur.tokens[at:end])
    return end, unclear(f"I do not know when “{words}” was. Since which date?")


def _after(cur: Cursor, at: int) -> Found | None:
    if cur.text(at) != "after" or not (found := atom(cur, at + 1)):
        return None
    done, reading = found
    if reading.ask:
        return found
    end = max(cur.ctx.tomorrow, reading.end)
    return done, Reading(reading.end, end, f"after {reading.label}", to_date=True)


def _until(cur: Cursor, at: int) -> Found | None:
    """before, until, up to: without it; through, up to and including, until the end of: with it."""
    ctx = cur.ctx
    whole = cur.phrase(at, "through", "through the end of", "until end of", "until the end of", "up to and including",
                       "thru", "up to the end of", "up to end of", "till the end of", "to the end of", "by the end of",
                       "through to", "before the end of")  # fmt: skip
    short = cur.phrase(at, "before", "up to", "until", "till", "prior to", "by", "up until")
    start = max(whole or 0, short or 0)
    if not start or not (found := atom(cur, start)) or found[1].ask:
        return None
    done, reading = found
    if cur.text(at) == "by" and not (ctx.looks_ahead or whole == start):
        return None
    last = reading.end if start == whole or (ctx.looks_ahead and cur.text(at) == "by") else reading.start
    first = ctx.today if ctx.looks_ahead and last > ctx.today else FIRST_DAY
    verb = "through" if last == reading.end else "before"
    return done, Reading(first, last, f"{verb} {reading.label}", note="" if first == ctx.today or verb == "through" else (
        f"{reading.label} itself is not included"))  # fmt: skip


def _as_of(cur: Cursor, at: int) -> Found | None:
    """as of Oct 31, at the end of October, EOM October, at the start of Q3: a day."""
    ctx = cur.ctx
    end = cur.phrase(at, "at the end of", "end of", "eom", "at end of", "as of the end of", "as at the end of",
        "as of end of",
                     "by end of", "eoq", "at the close of", "on the last day of")  # fmt: skip
    begin = cur.phrase(at, "at the start of", "at the beginning of", "as of the start of", "on the first day of")
    plain = cur.phrase(at, "as of", "as at", "as per", "on")
    start = end or begin or plain
    if start is None:
        return None
    found = _unit_here(cur, start) or atom(cur, start)
    if found is None or found[1].ask or found[1].start == FIRST_DAY:
        return None
    if start == plain and (cur.text(at) == "on" or found[1].moment):
        return found if found[1].unit == "day" or found[1].moment else None
    done, reading = found
    day = reading.start if start == begin else min(reading.end - timedelta(days=1), max(ctx.today, reading.start))
    return done, Reading(day, day + timedelta(days=1), f"as of {show(day)}", "day", moment=True)


def _run_up(cur: Cursor, at: int) -> Found | None:
    """In the run-up to Q3: asked, the quarter before as the first choice."""
    at = cur.skip(at, "in", "during")
    start = cur.phrase(at, "the run up to", "ahead of", "going into", "the lead up to", "run up to", "leading up to",
                       "the weeks before", "shortly before")  # fmt: skip
    if start is None or not (found := atom(cur, start)) or found[1].ask:
        return None
    from workflows.asking.comparisons import unit_before

    done, reading = found
    first = reading.start
    month = of_unit(cur.ctx, "month", first, -1)
    thirty = Reading(first - timedelta(days=30), first, f"the 30 days before {reading.label}", "day")
    choices = [unit_before(cur.ctx, reading), month, thirty]
    unique = {(c.start, c.end): c for c in reversed(choices)}
    return done, unclear(f"Which days before {reading.label} do you mean?", *list(unique.values())[::-1])
