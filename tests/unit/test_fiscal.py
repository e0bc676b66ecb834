"""The fiscal calendar, against published 53-week years and by its algebra."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.fiscal import (
    fiscal_half,
    fiscal_period,
    fiscal_period_of,
    fiscal_quarter,
    fiscal_quarter_of,
    fiscal_week,
    fiscal_year,
    fiscal_year_name,
    fiscal_year_of,
    fiscal_year_start,
    parse_anchor,
    parse_period,
)
from storage.org import FiscalYear

CALENDAR = FiscalYear()
FEBRUARY = FiscalYear(start_month=2)
FEBRUARY_BY_START = FiscalYear(start_month=2, named_by="start")
RETAIL = FiscalYear(start_month=2, named_by="start", calendar="4-4-5", week_start="sunday")
DECEMBER = FiscalYear(calendar="4-4-5", week_start="sunday")


def test_years_are_named_by_their_end_or_start() -> None:
    assert fiscal_year(FEBRUARY, 2027) == (date(2026, 2, 1), date(2027, 2, 1))
    assert fiscal_year(FEBRUARY_BY_START, 2027) == (date(2027, 2, 1), date(2028, 2, 1))
    assert fiscal_year(CALENDAR, 2027) == (date(2027, 1, 1), date(2028, 1, 1))
    assert fiscal_year_of(FEBRUARY, date(2026, 11, 23)) == 2027
    assert fiscal_year_name(2027) == "FY27"


def test_retail_years_have_53_weeks_when_published() -> None:
    """The National Retail Federation's calendar: fiscal 2000, 2006, 2012, 2017 and 2023."""
    long_years = [
        year for year in range(2000, 2025)
        if fiscal_year_start(RETAIL, year + 1) - fiscal_year_start(RETAIL, year) == timedelta(weeks=53)
    ]  # fmt: skip
    assert long_years == [2000, 2006, 2012, 2017, 2023]
    assert fiscal_year(RETAIL, 2023) == (date(2023, 1, 29), date(2024, 2, 4))


def test_december_anchor() -> None:
    assert fiscal_year(DECEMBER, 2025) == (date(2024, 12, 29), date(2026, 1, 4))
    assert fiscal_quarter(DECEMBER, 2026, 3) == (date(2026, 7, 5), date(2026, 10, 4))
    assert fiscal_period(DECEMBER, 2025, 12) == (date(2025, 11, 23), date(2026, 1, 4))
    assert fiscal_period(DECEMBER, 2026, 9) == (date(2026, 8, 30), date(2026, 10, 4))
    assert fiscal_week(DECEMBER, 2026, 43) == (date(2026, 10, 25), date(2026, 11, 1))
    assert fiscal_week(DECEMBER, 2026, 53) is None
    assert fiscal_week(DECEMBER, 2025, 53) == (date(2025, 12, 28), date(2026, 1, 4))


def test_an_anchor_says_more_than_the_month() -> None:
    by_anchor = FiscalYear(named_by="start", calendar="4-4-5", week_start="sunday", anchor="01-31")
    named_by_end = FiscalYear(calendar="4-4-5", week_start="sunday", anchor="Saturday nearest 31 Jan")
    december = FiscalYear(named_by="start", calendar="4-4-5", anchor="12-31")
    for year in range(2015, 2035):
        assert fiscal_year(by_anchor, year) == fiscal_year(RETAIL, year)
        assert fiscal_year(named_by_end, year + 1) == fiscal_year(RETAIL, year)
        assert fiscal_year(december, year) == fiscal_year(DECEMBER, year)


@pytest.mark.parametrize("text", ["", "31", "13-40", "02-30", "Smarch 3"])
def test_what_is_no_anchor(text: str) -> None:
    with pytest.raises(ValueError, match="MM-DD"):
        parse_anchor(text)
    with pytest.raises(ValueError, match="MM-DD"):
        FiscalYear(calendar="4-4-5", anchor=text)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026", date(2026, 1, 1), date(2027, 1, 1)),
        ("2026-H2", date(2026, 7, 1), date(2027, 1, 1)),
        ("2026-Q3", date(2026, 7, 1), date(2026, 10, 1)),
        ("2026-08", date(2026, 8, 1), date(2026, 9, 1)),
        ("2026-12", date(2026, 12, 1), date(2027, 1, 1)),
        ("FY27", date(2026, 2, 1), date(2027, 2, 1)),
        ("fy2027", date(2026, 2, 1), date(2027, 2, 1)),
        ("FY27-Q1", date(2026, 2, 1), date(2026, 5, 1)),
        ("FY27-H2", date(2026, 8, 1), date(2027, 2, 1)),
        ("FY27-P12", date(2027, 1, 1), date(2027, 2, 1)),
    ],
)
def test_budget_periods(text: str, start: date, end: date) -> None:
    assert parse_period(text, FEBRUARY) == (start, end)


@pytest.mark.parametrize("text", ["", "26", "2026-13", "2026-Q5", "FY27-00", "next year", "2026-H3"])
def test_what_is_no_period(text: str) -> None:
    with pytest.raises(ValueError, match="not a period"):
        parse_period(text, FEBRUARY)


FISCAL_YEARS = st.builds(
    FiscalYear,
    start_month=st.integers(1, 12),
    named_by=st.sampled_from(["start", "end"]),
    calendar=st.sampled_from(["gregorian", "4-4-5", "4-5-4", "5-4-4"]),
    week_start=st.sampled_from([None, "monday", "sunday", "saturday", "wednesday"]),
    anchor=st.sampled_from([None, "12-31", "01-31", "02-29", "06-30"]),
)


@given(FISCAL_YEARS, st.dates(date(2001, 1, 1), date(2090, 12, 31)))
def test_every_day_lies_in_one_year_quarter_and_period(fiscal: FiscalYear, day: date) -> None:
    number = fiscal_year_of(fiscal, day)
    start, end = fiscal_year(fiscal, number)
    assert start <= day < end
    year, quarter = fiscal_quarter_of(fiscal, day)
    assert year == number
    assert fiscal_quarter(fiscal, year, quarter)[0] <= day < fiscal_quarter(fiscal, year, quarter)[1]
    year, period = fiscal_period_of(fiscal, day)
    assert fiscal_period(fiscal, year, period)[0] <= day < fiscal_period(fiscal, year, period)[1]


@given(FISCAL_YEARS, st.integers(2001, 2090))
def test_parts_join_to_the_whole(fiscal: FiscalYear, number: int) -> None:
    year = fiscal_year(fiscal, number)
    for parts in (
        [fiscal_half(fiscal, number, half) for half in (1, 2)],
        [fiscal_quarter(fiscal, number, quarter) for quarter in (1, 2, 3, 4)],
        [fiscal_period(fiscal, number, period) for period in range(1, 13)],
    ):
        assert (parts[0][0], parts[-1][1]) == year
        assert all(before[1] == after[0] for before, after in pairwise(parts))
    if fiscal.calendar != "gregorian":
        assert (year[1] - year[0]).days in (364, 371)
