"""Row keys of times, the period before, ranking with the rest, and how numbers are shown."""

import itertools
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.org import FiscalYear, OrgSettings
from storage.spend_query import Grain, Period, ResultRow, SpendQuery
from workflows.asking.buckets import buckets
from workflows.asking.fiscal import FiscalCalendar
from workflows.asking.phrases import amount, dates, rounded
from workflows.asking.previous import period_before
from workflows.asking.ranking import cut, ordered

CALENDAR = FiscalCalendar.of(OrgSettings())
FEBRUARY = FiscalCalendar.of(OrgSettings(fiscal_year=FiscalYear(start_month=2, named_by="end")))
RETAIL = FiscalCalendar.of(OrgSettings(fiscal_year=FiscalYear(start_month=2, calendar="4-4-5")))


@pytest.mark.parametrize(
    ("calendar", "grain", "keys"),
    [
        (CALENDAR, "month", ["2026-10", "2026-11"]),
        (CALENDAR, "quarter", ["2026-Q4"]),
        (CALENDAR, "year", ["2026"]),
        (FEBRUARY, "quarter", ["FY27-Q3", "FY27-Q4"]),
        (FEBRUARY, "year", ["FY27"]),
        (CALENDAR, "week", [f"2026-W{week}" for week in range(42, 49)]),
    ],
)
def test_row_keys_of_times(calendar: FiscalCalendar, grain: Grain, keys: list[str]) -> None:
    period = Period(start=date(2026, 10, 15), end=date(2026, 11, 24))
    assert [key for key, _ in buckets(calendar, grain, period)] == keys


@given(
    st.sampled_from([CALENDAR, FEBRUARY, RETAIL]),
    st.sampled_from(["day", "week", "month", "quarter", "year"]),
    st.dates(date(2024, 1, 1), date(2027, 1, 1)),
    st.integers(1, 400),
)
def test_buckets_cover_the_period_once(calendar: FiscalCalendar, grain: Grain, start: date, days: int) -> None:
    period = Period(start=start, end=start + timedelta(days=days))
    parts = list(buckets(calendar, grain, period))
    assert parts[0][1].start == period.start and parts[-1][1].end == period.end
    assert all(one.end == other.start for (_, one), (_, other) in itertools.pairwise(parts))
    assert len({key for key, _ in parts}) == len(parts)


@pytest.mark.parametrize(
    ("start", "end", "before"),
    [
        (date(2026, 10, 1), date(2026, 11, 1), (date(2026, 9, 1), date(2026, 10, 1))),
        (date(2026, 7, 1), date(2026, 10, 1), (date(2026, 4, 1), date(2026, 7, 1))),
        (date(2026, 11, 1), date(2026, 11, 24), (date(2026, 10, 1), date(2026, 10, 24))),
        (date(2026, 3, 1), date(2026, 3, 31), (date(2026, 2, 1), date(2026, 3, 1))),  # February is shorter
        (date(2026, 11, 9), date(2026, 11, 16), (date(2026, 11, 2), date(2026, 11, 9))),
    ],
)
def test_the_period_before(start: date, end: date, before: tuple[date, date]) -> None:
    found = period_before(Period(start=start, end=end))
    assert (found.start, found.end) == before


def row(name: str | None, value: int, previous: int | None = None) -> ResultRow:
    earlier = {} if previous is None else {"spend": Decimal(previous)}
    return ResultRow(keys={"tool": name}, values={"spend": Decimal(value)}, previous=earlier)


def plan(**fields: object) -> SpendQuery:
    period = Period(start=date(2026, 10, 1), end=date(2026, 11, 1))
    return SpendQuery(metrics=("spend",), period=period, group_by=("tool",), **fields)  # type: ignore[arg-type]


ROWS = [row("b", 5), row(None, 100), row("a", 5), row("c", 9), row("d", 1)]


def names(rows: list[ResultRow]) -> list[str | None]:
    return ["others" if one.others else one.keys["tool"] for one in rows]


def test_rankings_leave_nobody_s_row_out_and_break_ties_by_name() -> None:
    assert names(ordered(ROWS, plan())) == ["c", "a", "b", "d", None]
    top = plan(limit=2)
    assert names(cut(ordered(ROWS, top), top)) == ["c", "a", "others", None]
    bottom = plan(limit=1, order="asc")
    assert names(cut(ordered(ROWS, bottom), bottom)) == ["d", "others", None]
    second = plan(limit=1, offset=1)
    assert names(cut(ordered(ROWS, second), second)) == ["a", "others", None]


def test_growth_is_ranked_by_the_difference() -> None:
    rows = [row("small", 4, 1), row("large", 190, 100), row("shrunk", 10, 50)]
    compared = plan(compare=Period(start=date(2026, 9, 1), end=date(2026, 10, 1)))
    assert names(ordered(rows, compared)) == ["large", "small", "shrunk"]


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c", "d", None]), st.integers(-5, 5)), unique_by=lambda one: one[0]),
       st.integers(1, 6), st.integers(0, 3))  # fmt: skip
def test_cut_rows_add_up_to_all(given_rows: list[tuple[str | None, int]], limit: int, offset: int) -> None:
    rows = [row(name, value) for name, value in given_rows]
    top = plan(limit=limit, offset=offset)
    shown = cut(ordered(rows, top), top)
    assert sum(one.values["spend"] or 0 for one in shown) == sum(value for _, value in given_rows)


@pytest.mark.parametrize(
    ("metric", "value", "shown"),
    [
        ("spend", "12345.675", "12,345.68 USD"), ("spend", "0.125", "0.12 USD"),
        ("cost_per_request", "0.00716", "0.0072 USD"),
        ("cost_per_seat", "12.345", "12.34 USD"), ("utilisation", "0.8333", "83.3 %"), ("seats_idle", "1", "1 seat"),
        ("active_users", "1204", "1,204 people"), ("active_users", "1", "1 person"),
    ],
)  # fmt: skip
def test_how_numbers_are_shown(metric: str, value: str, shown: str) -> None:
    assert amount(metric, Decimal(value), "USD") == shown


def test_nothing_is_never_shown_as_zero() -> None:
    assert rounded("spend", None) is None and amount("spend", None, "USD") == "not known"


def test_dates_name_both_days() -> None:
    assert dates(Period(start=date(2026, 11, 23), end=date(2026, 11, 24))) == "23 Nov 2026"
    assert dates(Period(start=date(2025, 12, 1), end=date(2026, 2, 1))) == "1 Dec 2025 to 31 Jan 2026"
