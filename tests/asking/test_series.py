"""Running totals and rolling averages, against sums worked out by hand."""

from datetime import date
from typing import Literal

import pytest

from storage.metrics.base import UnsupportedReading
from storage.org import OrgSettings
from storage.spend_query import Period, QueryResult, RowScope, SpendQuery
from storage.unit_of_work import Store, UnitOfWork
from tests.asking.company import add_usage, small_team
from tests.unit.parse_company import clarify, plan
from workflows.asking.compute import Company, compute

TODAY = date(2026, 11, 23)
AMOUNTS = {("claude", 3): 30, ("claude", 4): 60, ("claude", 6): 90, ("claude", 7): 300, ("cursor", 6): 6}  # none in May
Transform = Literal["cumulative", "rolling_avg_3"]


def series(uow: UnitOfWork, transform: Transform, *group_by: str, metric: str = "requests") -> QueryResult:
    team = small_team(uow)
    for (tool, month), amount in AMOUNTS.items():
        add_usage(uow, team.tools[tool], team.people["ada"], date(2026, month, 9), requests=amount, active=True)
    query = SpendQuery(
        metrics=(metric,), period=Period(start=date(2026, 4, 1), end=date(2026, 8, 1)), group_by=group_by, grain="month",
        transform=transform,
    )  # fmt: skip
    return compute(Company(uow.session, OrgSettings(), TODAY), query, RowScope(everything=True))


def told(result: QueryResult) -> list[tuple[str | None, ...]]:
    return [(*row.keys.values(), f"{row.values['requests']:.0f}") for row in result.rows]


def test_a_running_total_begins_with_the_period_and_stays_in_empty_months(store: Store) -> None:
    with store.write() as uow:
        found = series(uow, "cumulative")
        assert told(found) == [("2026-04", "60"), ("2026-05", "60"), ("2026-06", "156"), ("2026-07", "456")]
        assert found.values == {"requests": 456}


def test_running_totals_by_group(store: Store) -> None:
    with store.write() as uow:
        found = series(uow, "cumulative", "tool")
        assert [row for row in told(found) if row[0] == "Cursor"] == [("Cursor", "2026-06", "6"), ("Cursor", "2026-07", "6")]
        assert ("Claude", "2026-07", "450") in told(found)


def test_a_rolling_average_looks_before_the_period_but_not_before_the_first_amount(store: Store) -> None:
    with store.write() as uow:
        found = series(uow, "rolling_avg_3")
        assert told(found) == [("2026-05", "30"), ("2026-06", "52"), ("2026-07", "132")]
        assert found.values == {"requests": None}


def test_what_does_not_add_up_has_no_running_total(store: Store) -> None:
    with store.write() as uow, pytest.raises(UnsupportedReading):
        series(uow, "cumulative", metric="active_users")


def test_words_for_series() -> None:
    running, rolling = plan("cumulative spend in this quarter by month"), plan("3 month rolling average of spend")
    assert (running.transform, running.grain) == ("cumulative", "month")
    assert (rolling.transform, rolling.grain) == ("rolling_avg_3", "month")
    assert plan("running total", context="spend by month this calendar year").transform == "cumulative"
    assert clarify("top 3 tools by cumulative spend").slot == "modifier"
