"""The period grammar: a table over two fiscal set-ups on one Wednesday, week calendars, and what holds on any day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.org import FiscalYear
from workflows.asking.comparisons import unit_before, year_before
from workflows.asking.fiscal import FiscalCalendar
from workflows.asking.period_types import FIRST_DAY, PeriodContext, Reading
from workflows.asking.periods import read_period

TODAY = date(2027, 3, 10)  # a Wednesday
JANUARY = FiscalCalendar(FiscalYear())
APRIL = FiscalCalendar(FiscalYear(start_month=4))  # FY27 = April 2026 to March 2027


def read(text: str, calendar: FiscalCalendar = JANUARY, kind: str = "flow", today: date = TODAY) -> Reading:
    reading = read_period(text, PeriodContext(today, calendar, kind))  # type: ignore[arg-type]
    assert reading is not None, text
    return reading


def days(text: str, calendar: FiscalCalendar = JANUARY, kind: str = "flow") -> tuple[str, str]:
    reading = read(text, calendar, kind)
    assert not reading.ask, reading.ask
    return str(reading.start), str(reading.end)


# phrase, start, end with a fiscal year from January, then with one from April where that differs
TABLE = """
today | 2027-03-10 | 2027-03-11
yesterday | 2027-03-09 | 2027-03-10
yestrday | 2027-03-09 | 2027-03-10
the day before yesterday | 2027-03-08 | 2027-03-09
on Friday | 2027-03-05 | 2027-03-06
last Wednesday | 2027-03-03 | 2027-03-04
this Friday | 2027-03-12 | 2027-03-13
last business day | 2027-03-09 | 2027-03-10
the last 5 business days | 2027-03-03 | 2027-03-10
last weekend | 2027-03-06 | 2027-03-08
4 February | 2027-02-04 | 2027-02-05
4th of February | 2027-02-04 | 2027-02-05
Feb 4 | 2027-02-04 | 2027-02-05
2027-02-04 | 2027-02-04 | 2027-02-05
25/02/2027 | 2027-02-25 | 2027-02-26
25.02.2027 | 2027-02-25 | 2027-02-26
2 May | 2026-05-02 | 2026-05-03
Feb 1-14 | 2027-02-01 | 2027-02-15
the 1st through the 14th of February | 2027-02-01 | 2027-02-15
first half of February | 2027-02-01 | 2027-02-16
from 20 December to 5 January | 2026-12-20 | 2027-01-06
between 3 Feb and 9 Mar | 2027-02-03 | 2027-03-10
early February | 2027-02-01 | 2027-02-11
mid-February | 2027-02-11 | 2027-02-21
late February | 2027-02-21 | 2027-03-01
last 7 days | 2027-03-03 | 2027-03-10
past week | 2027-03-03 | 2027-03-10
l30d | 2027-02-08 | 2027-03-10
trailing 90 days | 2026-12-10 | 2027-03-10
last four weeks | 2027-02-08 | 2027-03-08
last 3 months | 2026-12-01 | 2027-03-01
T12M | 2026-03-01 | 2027-03-01
past 12 months | 2026-03-01 | 2027-03-01
last 2 quarters | 2026-07-01 | 2027-01-01
last 3 years | 2024-01-01 | 2027-01-01 | 2023-04-01 | 2026-04-01
this week | 2027-03-08 | 2027-03-15
last week | 2027-03-01 | 2027-03-08
two weeks ago | 2027-02-22 | 2027-03-01
WTD | 2027-03-08 | 2027-03-11
week of 17 February | 2027-02-15 | 2027-02-22
week ending 21 February | 2027-02-15 | 2027-02-22
week 8 | 2027-02-22 | 2027-03-01
KW8 | 2027-02-22 | 2027-03-01
2026-W53 | 2026-12-28 | 2027-01-04
this month | 2027-03-01 | 2027-04-01
MTD | 2027-03-01 | 2027-03-11
so far this month | 2027-03-01 | 2027-03-11
last month | 2027-02-01 | 2027-03-01
lst month | 2027-02-01 | 2027-03-01
the month before last | 2027-01-01 | 2027-02-01
next month | 2027-04-01 | 2027-05-01
February | 2027-02-01 | 2027-03-01
in octobr | 2026-10-01 | 2026-11-01
Oct '25 | 2025-10-01 | 2025-11-01
October last year | 2026-10-01 | 2026-11-01
10/2025 | 2025-10-01 | 2025-11-01
next June | 2027-06-01 | 2027-07-01
January and February | 2027-01-01 | 2027-03-01
Nov-Jan | 2026-11-01 | 2027-02-01
October to December | 2026-10-01 | 2027-01-01
this quarter | 2027-01-01 | 2027-04-01
QTD | 2027-01-01 | 2027-03-11
last quarter | 2026-10-01 | 2027-01-01
Q1 | 2027-01-01 | 2027-04-01 | 2026-04-01 | 2026-07-01
third quarter | 2026-07-01 | 2026-10-01 | 2026-10-01 | 2027-01-01
next Q1 | 2028-01-01 | 2028-04-01 | 2027-04-01 | 2027-07-01
Q2 last year | 2026-04-01 | 2026-07-01 | 2025-07-01 | 2025-10-01
calendar Q4 | 2026-10-01 | 2027-01-01
FY27Q2 | 2027-04-01 | 2027-07-01 | 2026-07-01 | 2026-10-01
2Q27 | 2027-04-01 | 2027-07-01 | 2026-07-01 | 2026-10-01
Q2 of FY2027 | 2027-04-01 | 2027-07-01 | 2026-07-01 | 2026-10-01
Q4 to date | 2026-10-01 | 2027-01-01 | 2027-01-01 | 2027-03-11
Q2-Q3 | 2026-04-01 | 2026-10-01 | 2026-07-01 | 2027-01-01
H1 | 2027-01-01 | 2027-07-01 | 2026-04-01 | 2026-10-01
second half | 2026-07-01 | 2027-01-01 | 2026-10-01 | 2027-04-01
last half | 2026-07-01 | 2027-01-01 | 2026-04-01 | 2026-10-01
this year | 2027-01-01 | 2028-01-01 | 2026-04-01 | 2027-04-01
YTD | 2027-01-01 | 2027-03-11 | 2026-04-01 | 2027-03-11
CYTD | 2027-01-01 | 2027-03-11
last year | 2026-01-01 | 2027-01-01 | 2025-04-01 | 2026-04-01
2026 | 2026-01-01 | 2027-01-01
FY26 | 2026-01-01 | 2027-01-01 | 2025-04-01 | 2026-04-01
fiscal 2026 | 2026-01-01 | 2027-01-01 | 2025-04-01 | 2026-04-01
same month last year | 2026-03-01 | 2026-04-01
since February | 2027-02-01 | 2027-03-11
since Monday | 2027-03-08 | 2027-03-11
since the start of the year | 2027-01-01 | 2027-03-11 | 2026-04-01 | 2027-03-11
since January 1 | 2027-01-01 | 2027-03-11
after January | 2027-02-01 | 2027-03-11
until February | 0001-01-01 | 2027-02-01
through February | 0001-01-01 | 2027-03-01
all time | 0001-01-01 | 2027-03-11
next 30 days | 2027-03-10 | 2027-04-09
by the end of the quarter | 2027-03-10 | 2027-04-01
by year end | 2027-03-10 | 2028-01-01 | 2027-03-10 | 2027-04-01
next 12 months | 2027-04-01 | 2028-04-01
recently | 2027-02-08 | 2027-03-10
last summer | 2026-06-01 | 2026-09-01
"""
ROWS = [[part.strip() for part in line.split("|")] for line in TABLE.strip().splitlines()]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_phrases_in_a_calendar_year_and_in_one_from_april(row: list[str]) -> None:
    assert days(row[0]) == (row[1], row[2])
    assert days(row[0], APRIL) == tuple(row[-2:])


@pytest.mark.parametrize(
    ("text", "span", "other"),
    [
        ("this month vs last month", ("2027-03-01", "2027-03-11"), ("2027-02-01", "2027-02-11")),
        ("YTD vs last year", ("2027-01-01", "2027-03-11"), ("2026-01-01", "2026-03-11")),
        ("February vs January", ("2027-02-01", "2027-03-01"), ("2027-01-01", "2027-02-01")),
        ("February year on year", ("2027-02-01", "2027-03-01"), ("2026-02-01", "2026-03-01")),
        ("MoM", ("2027-02-01", "2027-03-01"), ("2027-01-01", "2027-02-01")),
        ("last 30 days vs the 30 days before", ("2027-02-08", "2027-03-10"), ("2027-01-09", "2027-02-08")),
        ("Q4 vs Q3 of last year", ("2026-10-01", "2027-01-01"), ("2026-07-01", "2026-10-01")),
        ("2027 vs 2026", ("2027-01-01", "2027-03-11"), ("2026-01-01", "2026-03-11")),
        ("since February vs the same time last year", ("2027-02-01", "2027-03-11"), ("2026-02-01", "2026-03-11")),
    ],
)
def test_comparisons_are_like_for_like(text: str, span: tuple[str, str], other: tuple[str, str]) -> None:
    reading = read(text)
    assert reading.compare is not None
    assert (str(reading.start), str(reading.end)) == span
    assert (str(reading.compare.start), str(reading.compare.end)) == other


@pytest.mark.parametrize(
    "text",
    ["04/05/2027", "February 29", "June 31", "since the merger", "around Black Friday", "over the holidays", "a while ago",
     "in the run-up to Q2", "last period", "before and after the launch", "FY26/27"],
)  # fmt: skip
def test_what_is_not_clear_is_asked(text: str) -> None:
    assert read(text).ask


def test_an_ambiguous_date_offers_both_days_and_a_known_locale_decides() -> None:
    offered = {(choice.start.month, choice.start.day) for choice in read("04/05/2027").choices}
    assert offered == {(4, 5), (5, 4)}
    ctx = PeriodContext(TODAY, JANUARY, day_first=True)
    decided = read_period("04/05/2027", ctx)
    assert decided is not None and decided.start == date(2027, 5, 4) and not decided.ask


def test_plans_and_renewals_look_ahead() -> None:
    assert days("in June", kind="flow") == ("2026-06-01", "2026-07-01")
    assert days("in June", kind="event") == ("2027-06-01", "2027-07-01")
    assert days("in February", kind="event") == ("2028-02-01", "2028-03-01")


def test_stocks_are_looked_at_on_a_day() -> None:
    assert days("at the end of last month", kind="stock") == ("2027-02-28", "2027-03-01")
    assert days("three months ago", kind="stock") == ("2026-12-10", "2026-12-11")
    assert days("three months ago", kind="flow") == ("2026-12-01", "2027-01-01")
    assert days("a year ago today", kind="stock") == ("2026-03-10", "2026-03-11")


def test_a_bare_quarter_with_a_year_is_fiscal_and_names_the_calendar_one() -> None:
    reading = read("Q1 2026", APRIL)
    assert (str(reading.start), str(reading.end)) == ("2025-04-01", "2025-07-01")
    assert "2026-01-01" in reading.note


def test_a_year_named_by_its_start() -> None:
    start_named = FiscalCalendar(FiscalYear(start_month=4, named_by="start"))
    assert days("FY26", start_named) == ("2026-04-01", "2027-04-01")
    assert days("FY26/27", start_named) == ("2026-04-01", "2027-04-01")


def test_business_days_leave_out_holidays() -> None:
    ctx = PeriodContext(TODAY, JANUARY, is_holiday=lambda day: day == date(2027, 3, 9))
    reading = read_period("last business day", ctx)
    assert reading is not None and reading.start == date(2027, 3, 8)


# -- Week calendars ---------------------------------------------------------------------------------------------------

RETAIL = FiscalCalendar(FiscalYear(start_month=2, named_by="start", calendar="4-4-5", week_start="sunday"))


def test_retail_years_have_52_or_53_weeks() -> None:
    assert RETAIL.year(2023) == (date(2023, 1, 29), date(2024, 2, 4))
    long_years = [year for year in range(2000, 2025) if (RETAIL.year(year)[1] - RETAIL.year(year)[0]).days == 53 * 7]
    assert long_years == [2000, 2006, 2012, 2017, 2023]


def test_periods_of_a_week_calendar() -> None:
    assert days("P1", RETAIL) == ("2027-01-31", "2027-02-28")
    assert days("last month", RETAIL) == ("2027-01-31", "2027-02-28")
    assert days("PTD", RETAIL) == ("2027-02-28", "2027-03-11")
    assert days("fiscal week 6", RETAIL) == ("2027-03-07", "2027-03-14")
    assert days("last week", RETAIL) == ("2027-02-28", "2027-03-07")


def test_last_year_of_a_week_calendar_has_as_many_elapsed_days() -> None:
    reading = read("YTD vs last year", RETAIL)
    assert reading.compare is not None
    assert reading.compare.start == RETAIL.year(2026)[0]
    assert reading.days == reading.compare.days


# -- On any day ----------------------------------------------------------------------------------------------------------

DAYS = st.dates(date(2019, 1, 1), date(2033, 12, 31))
CALENDARS = st.builds(
    FiscalCalendar,
    st.builds(
        FiscalYear,
        start_month=st.integers(1, 12),
        named_by=st.sampled_from(["start", "end"]),
        calendar=st.sampled_from(["gregorian", "4-4-5", "4-5-4", "5-4-4"]),
        week_start=st.sampled_from([None, "monday", "sunday"]),
    ),
    st.sampled_from([0, 6]),
)
UNITS = st.sampled_from(["week", "month", "quarter", "half", "year"])


@given(DAYS, CALENDARS, UNITS)
def test_units_follow_each_other_without_gap(day: date, calendar: FiscalCalendar, unit: str) -> None:
    start, end = calendar.containing(unit, day)  # type: ignore[arg-type]
    assert start <= day < end
    assert calendar.containing(unit, day, 1)[0] == end  # type: ignore[arg-type]
    assert calendar.containing(unit, day, -1)[1] == start  # type: ignore[arg-type]


@given(DAYS, CALENDARS, UNITS)
def test_last_this_and_next_are_neighbours_around_today(day: date, calendar: FiscalCalendar, unit: str) -> None:
    last, this, following = (read(f"{word} {unit}", calendar, today=day) for word in ("last", "this", "next"))
    assert last.end == this.start <= day < this.end == following.start


@given(DAYS, CALENDARS, st.integers(2, 400))
def test_last_n_days_are_complete_and_end_yesterday(day: date, calendar: FiscalCalendar, count: int) -> None:
    reading = read(f"last {count} days", calendar, today=day)
    assert reading.end == day and reading.days == count


@given(DAYS, CALENDARS, st.sampled_from(["WTD", "MTD", "QTD", "HTD", "YTD", "FYTD"]))
def test_to_date_includes_today_and_compares_with_as_many_days(day: date, calendar: FiscalCalendar, text: str) -> None:
    ctx = PeriodContext(day, calendar)
    reading = read(text, calendar, today=day)
    assert reading.start <= day and reading.end == day + timedelta(days=1)
    for other in (unit_before(ctx, reading), year_before(ctx, reading)):
        assert other.end <= reading.start or other.start < reading.start
        assert other.days == min(reading.days, _whole(ctx, reading, other))


def _whole(ctx: PeriodContext, reading: Reading, other: Reading) -> int:
    unit = reading.unit
    assert unit is not None
    start, end = ctx.calendar.containing(unit, other.start)
    return (end - start).days


@given(DAYS, CALENDARS, st.sampled_from(["month", "quarter", "year", "week"]), st.integers(2, 6))
def test_the_span_before_ends_where_the_span_begins(day: date, calendar: FiscalCalendar, unit: str, count: int) -> None:
    ctx = PeriodContext(day, calendar)
    reading = read(f"last {count} {unit}s", calendar, today=day)
    before = unit_before(ctx, reading)
    assert before.end == reading.start
    assert before.unit == reading.unit and before.count == reading.count


@given(DAYS, st.sampled_from(["January", "May", "August", "December"]))
def test_a_bare_month_is_the_latest_begun_or_the_next_not_over(day: date, month: str) -> None:
    back = read(f"in {month}", today=day)
    ahead = read(f"in {month}", kind="event", today=day)
    assert back.start <= day < back.start + timedelta(days=366)
    assert day < ahead.end <= day + timedelta(days=397)
    assert back.start.month == ahead.start.month


@given(DAYS, CALENDARS, st.text(max_size=60))
def test_no_text_breaks_the_grammar(day: date, calendar: FiscalCalendar, text: str) -> None:
    reading = read_period(text, PeriodContext(day, calendar))
    assert reading is None or reading.ask or reading.start == FIRST_DAY or reading.start < reading.end
