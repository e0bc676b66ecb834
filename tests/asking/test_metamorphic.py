"""What must hold between answers, whatever the numbers are: parts and wholes, filters, the two sides of a comparison."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.spend_query import Filter, Period, QueryResult, SpendQuery
from storage.unit_of_work import Store
from tests.asking.oracle_files import TODAY, Files
from tests.asking.oracle_plans import DIMENSIONS, SEPARATE
from tests.asking.oracle_random import EVERYTHING, VALUES, Bench
from workflows.asking.compute import Company, compute

pytestmark = pytest.mark.timeout(300)
FIRST = date(2025, 11, 1)
SPREAD = ("spend", "list_price")
ADDED = sorted(name for name in DIMENSIONS if name not in (*SEPARATE, "renewals", "usage_cost", "run_rate"))
CUT = Decimal("0.000001")  # of amounts that are spread and split: 10⁻⁹ a row
quickly = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@st.composite
def periods(draw: st.DrawFn) -> Period:
    start = draw(st.dates(FIRST, TODAY))
    return Period(start=start, end=draw(st.dates(start + timedelta(days=1), TODAY + timedelta(days=40))))


@st.composite
def filters(draw: st.DrawFn, metric: str) -> Filter:
    dimension = draw(st.sampled_from(DIMENSIONS[metric]))
    op = draw(st.sampled_from(["in", "ne"] if dimension != "person" else ["ne"]))  # a named person costs their seats, too
    return Filter(dimension=dimension, op=op, values=(draw(st.sampled_from(VALUES[dimension])),))


def asked(company: Company, metric: str, period: Period, *parts: Filter, **more: object) -> QueryResult:
    plan = {"metrics": (metric,), "period": period, "filters": parts, **more}
    return compute(company, SpendQuery.model_validate(plan), EVERYTHING)


def total(company: Company, metric: str, period: Period, *parts: Filter) -> Decimal:
    return asked(company, metric, period, *parts).values[metric] or Decimal(0)


def groups_add_up_to_the_total(company: Company) -> None:
    """Of whatever adds up, by whatever it can be grouped. By person only people's cost is shown, which is not the total."""

    @quickly
    @given(st.data(), st.sampled_from(ADDED), periods())
    def check(data: st.DataObject, metric: str, period: Period) -> None:
        dimension = data.draw(
            st.sampled_from([name for name in DIMENSIONS[metric] if (metric, name) != ("spend", "person")])
        )
        parts = data.draw(st.lists(filters(metric), max_size=1))
        grouped = asked(company, metric, period, *parts, group_by=(dimension,))
        rows = sum((row.values[metric] or Decimal(0) for row in grouped.rows), Decimal(0))
        bound = 5 if metric in ("tokens", "requests") else CUT
        assert abs(rows - total(company, metric, period, *parts)) <= bound

    check()


def a_period_is_the_sum_of_its_parts(company: Company) -> None:
    """Also of a person, whose seats have a price that changes within the month."""

    @quickly
    @given(periods(), st.data(), st.sampled_from(SPREAD), st.sampled_from([None, *VALUES["person"]]))
    def check(period: Period, data: st.DataObject, metric: str, person: str | None) -> None:
        middle = data.draw(st.dates(period.start, period.end))
        mine = (Filter(dimension="person", values=(person,)),) if person else ()
        halves = [
            Period(start=first, end=last) for first, last in ((period.start, middle), (middle, period.end)) if first < last
        ]
        parts = sum((total(company, metric, half, *mine) for half in halves if half.start <= TODAY), Decimal(0))
        assert abs(parts - total(company, metric, period, *mine)) <= CUT

    check()


def a_filter_and_its_opposite_are_the_whole(company: Company) -> None:
    @quickly
    @given(st.data(), st.sampled_from(ADDED), periods())
    def check(data: st.DataObject, metric: str, period: Period) -> None:
        names = [name for name in DIMENSIONS[metric] if (metric, name) != ("spend", "person")]
        dimension = data.draw(st.sampled_from(names))
        values = tuple(data.draw(st.lists(st.sampled_from(VALUES[dimension]), min_size=1, max_size=2, unique=True)))
        one, rest = (
            total(company, metric, period, Filter(dimension=dimension, op=op, values=values)) for op in ("in", "ne")
        )
        bound = 5 if metric in ("tokens", "requests") else CUT
        assert abs(one + rest - total(company, metric, period)) <= bound

    check()


def one_side_against_the_other_is_the_opposite_of_the_other_way_round(company: Company) -> None:
    @quickly
    @given(periods(), periods(), st.sampled_from(ADDED), st.sampled_from(["tool", "vendor", None]))
    def check(here: Period, there: Period, metric: str, dimension: str | None) -> None:
        by = (dimension,) if dimension in DIMENSIONS[metric] else ()
        ahead, back = (
            asked(company, metric, one, compare=other, group_by=by) for one, other in ((here, there), (there, here))
        )
        assert (ahead.values, ahead.previous) == (back.previous, back.values)
        for row in ahead.rows:
            same = next(other for other in back.rows if other.keys == row.keys)
            assert (row.values, row.previous) == (same.previous, same.values)

    check()


def test_parts_wholes_and_sides(store: Store, tmp_path: Path) -> None:
    bench = Bench.load(store, tmp_path / "company")
    with store.read() as uow:
        company = bench.company(uow.session)
        groups_add_up_to_the_total(company)
        a_period_is_the_sum_of_its_parts(company)
        a_filter_and_its_opposite_are_the_whole(company)
        one_side_against_the_other_is_the_opposite_of_the_other_way_round(company)


def positive(files: Files) -> None:
    """Without credits, refunds and corrections."""
    for row in files.costs:
        for name in ("BilledCost", "EffectiveCost", "ListCost"):
            row[name] = row[name].lstrip("-")
    for line in files.expenses:
        line["amount"] = line["amount"].lstrip("-")


def test_a_filter_never_raises_what_is_not_negative(store: Store, tmp_path: Path) -> None:
    bench = Bench.load(store, tmp_path / "company", change=positive)
    with store.read() as uow:
        company = bench.company(uow.session)

        @quickly
        @given(st.data(), st.sampled_from(["spend", "billed", "paid", "list_price", "tokens", "seats_assigned"]), periods())
        def check(data: st.DataObject, metric: str, period: Period) -> None:
            first, second = data.draw(filters(metric)), data.draw(filters(metric))
            some, fewer = total(company, metric, period, first), total(company, metric, period, first, second)
            assert CUT * -1 <= fewer <= some + CUT
            assert some <= total(company, metric, period) + CUT

        check()
