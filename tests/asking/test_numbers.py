"""Random plans over an imported company equal a second computation in plain Python, to the cent, on both databases."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.imports import load
from storage.org import load_org
from storage.spend_query import Filter, Period, RowScope, SpendQuery
from storage.unit_of_work import Store
from tests.asking.oracle import FIRST, PEOPLE, TODAY, TOOLS, Amount, World, write_company
from workflows.asking.compute import Company, compute
from workflows.asking.ranking import is_unattributed

pytestmark = pytest.mark.timeout(300)  # each imports a company, on a busy machine too
EVERYTHING = RowScope(everything=True)
NAMES = {
    "tool": [tool[0] for tool in TOOLS.values()], "vendor": [tool[1] for tool in TOOLS.values()],
    "category": ["api", "chat", "writing"], "department": ["Engineering", "Design", "Marketing"],
    "cost_center": ["CC-1", "CC-2", "CC-3"], "division": ["Tech", "Market"], "project": ["Atlas", "Orion"],
    "model": ["gpt-5", "gpt-5-mini"],
}  # fmt: skip
UNIT = Decimal("0.01")


@st.composite
def filters(draw: st.DrawFn) -> tuple[Filter, ...]:
    found = []
    for dimension in draw(st.lists(st.sampled_from(sorted(NAMES)), max_size=2, unique=True)):
        op = draw(st.sampled_from(["in", "in", "ne", "is_null", "contains"]))
        values = draw(st.lists(st.sampled_from(NAMES[dimension]), min_size=1, max_size=2, unique=True))
        if op == "contains":
            values = [values[0][:3].lower()]
        found.append(Filter(dimension=dimension, op=op, values=() if op == "is_null" else tuple(values)))
    return tuple(found)


@st.composite
def periods(draw: st.DrawFn) -> Period:
    start = draw(st.dates(FIRST, TODAY))
    if draw(st.booleans()):
        start = start.replace(day=1)
    end = draw(st.sampled_from([start + timedelta(days=1), date(2026, 11, 1), date(2026, 11, 24), date(2026, 9, 17)]))
    return Period(start=start, end=max(end, start + timedelta(days=1)))


@st.composite
def plans(draw: st.DrawFn) -> SpendQuery:
    return SpendQuery(
        metrics=(draw(st.sampled_from(["spend", "spend", "list_price", "discount_savings"])),),
        filters=draw(filters()),
        period=draw(periods()),
        group_by=tuple(draw(st.lists(st.sampled_from(sorted(NAMES)), max_size=2, unique=True))),
        grain=draw(st.sampled_from([None, None, "day", "week", "month"])),
    )


def keeps(plan: SpendQuery) -> Callable[[Amount], bool]:
    def passes(part: Filter, value: str | None) -> bool:
        if part.op == "is_null":
            return value is None
        if part.op == "contains":
            return value is not None and part.values[0] in value.lower()
        return (value in part.values) == (part.op == "in")

    return lambda amount: all(passes(part, amount.value(part.dimension)) for part in plan.filters)


def buckets(plan: SpendQuery) -> list[tuple[tuple[str, ...], date, date]]:
    if plan.grain is None:
        return [((), plan.period.start, plan.period.end)]
    found: dict[str, tuple[date, date]] = {}
    day = plan.period.start
    while day < plan.period.end:
        year, week, _ = day.isocalendar()
        key = {"day": str(day), "month": f"{day:%Y-%m}", "week": f"{year}-W{week:02d}"}[plan.grain]
        found[key] = (found.get(key, (day, day))[0], day + timedelta(days=1))
        day += timedelta(days=1)
    return [((key,), start, end) for key, (start, end) in found.items()]


def expected(world: World, plan: SpendQuery) -> dict[tuple[str | None, ...], Fraction]:
    sums: dict[tuple[str | None, ...], Fraction] = {}
    for key, start, end in buckets(plan):
        grouped = world.total(
            plan.metrics[0], start, end, keeps(plan), lambda amount: tuple(amount.value(name) for name in plan.group_by)
        )
        sums |= {keys + key: value for keys, value in grouped.items()}
    return sums


def close(found: Decimal | None, wanted: Fraction) -> bool:
    """Equal to a thousandth of a cent: a spread amount is cut at 10⁻⁹ a row."""
    return found is not None and abs(Fraction(found) - wanted) < Fraction(1, 100_000)


def imported(store: Store, folder: Path) -> World:
    world = write_company(folder)
    for report in load(store, [folder]):
        assert report.refused is None and report.rows_quarantined == 0, report
    return world


def test_random_plans(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "company"
    folder.mkdir()
    world = imported(store, folder)

    with store.read() as uow:
        company = Company(uow.session, load_org(uow.session), TODAY)

        @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
        @given(plans())
        def check(plan: SpendQuery) -> None:
            wanted = expected(world, plan)
            result = compute(company, plan, EVERYTHING)
            total = result.values[plan.metrics[0]]
            assert total is not None or not wanted
            assert total is None or close(total, sum(wanted.values(), Fraction(0)))
            if plan.group_by or plan.grain:
                rows = {tuple(row.keys.values()): row.values[plan.metrics[0]] for row in result.rows}
                assert wanted.keys() <= rows.keys()
                assert all(close(value, wanted.get(keys, Fraction(0))) for keys, value in rows.items())
                assert total is None or sum(value for value in rows.values() if value is not None) == total

        check()


def test_what_belongs_together_adds_up(store: Store, tmp_path: Path) -> None:
    """A filter and its opposite are the whole; the top N with the rest are the whole; A against B is −(B against A)."""
    folder = tmp_path / "company"
    folder.mkdir()
    imported(store, folder)
    with store.read() as uow:
        company = Company(uow.session, load_org(uow.session), TODAY)

        def total(plan: SpendQuery) -> Decimal:
            return compute(company, plan, EVERYTHING).values["spend"] or Decimal(0)

        @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
        @given(periods(), st.sampled_from(sorted(NAMES)), st.data())
        def check(period: Period, dimension: str, data: st.DataObject) -> None:
            value = data.draw(st.sampled_from(NAMES[dimension]))
            whole = SpendQuery(metrics=("spend",), period=period)
            one, rest = (
                whole.model_copy(update={"filters": (Filter(dimension=dimension, op=op, values=(value,)),)})
                for op in ("in", "ne")
            )
            assert total(one) + total(rest) == total(whole)
            top = compute(company, whole.model_copy(update={"group_by": (dimension,), "limit": 1}), EVERYTHING)
            assert sum(row.values["spend"] or 0 for row in top.rows) == total(whole)
            named = [row for row in top.rows if not row.others and not is_unattributed(row)]
            assert len(named) <= 1
            other = data.draw(periods())
            ahead = compute(company, whole.model_copy(update={"compare": other}), EVERYTHING)
            assert (
                ahead.previous["spend"]
                == compute(company, SpendQuery(metrics=("spend",), period=other), EVERYTHING).values["spend"]
            )

        check()


def test_a_scope_reads_nothing_outside_it(store: Store, tmp_path: Path) -> None:
    """Whatever the plan: within a scope it gives what the same plan gives with the scope as a filter."""
    folder = tmp_path / "company"
    folder.mkdir()
    imported(store, folder)
    with store.read() as uow:
        company = Company(uow.session, load_org(uow.session), TODAY)
        scopes = {
            "department": lambda name: RowScope(departments=frozenset({name})),
            "cost_center": lambda name: RowScope(cost_centers=frozenset({name})),
            "division": lambda name: RowScope(divisions=frozenset({name})),
        }

        @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
        @given(plans(), st.sampled_from(sorted(scopes)), st.data())
        def check(plan: SpendQuery, dimension: str, data: st.DataObject) -> None:
            name = data.draw(st.sampled_from(NAMES[dimension]))
            bound = Filter(dimension=dimension, values=(name,))
            inside = compute(company, plan, scopes[dimension](name))
            filtered = compute(company, plan.model_copy(update={"filters": (*plan.filters, bound)}), EVERYTHING)
            assert inside.values == filtered.values
            assert {tuple(row.keys.items()): row.values for row in inside.rows} == {
                tuple(row.keys.items()): row.values for row in filtered.rows
            }

        check()


def test_a_person_costs_what_is_tagged_and_what_they_expensed(store: Store, tmp_path: Path) -> None:
    """Nobody has a seat here: the cost of each person is their tagged rows and card lines, the same within any scope."""
    folder = tmp_path / "company"
    folder.mkdir()
    world = imported(store, folder)
    period = Period(start=date(2026, 8, 1), end=date(2026, 11, 24))
    with store.read() as uow:
        company = Company(uow.session, load_org(uow.session), TODAY)
        by_person = compute(company, SpendQuery(metrics=("spend",), period=period, group_by=("person",)), EVERYTHING)
        found = {row.keys["person"]: row.values["spend"] for row in by_person.rows}
        assert found.keys() == PEOPLE.keys()
        for email in PEOPLE:
            wanted = world.total("spend", period.start, period.end, lambda one, who=email: one.person == who, lambda _: ())
            assert close(found[email], wanted[()])
            mine = (Filter(dimension="person", values=(email,)),)
            alone = compute(company, SpendQuery(metrics=("spend",), period=period, filters=mine), EVERYTHING)
            assert alone.values["spend"] == found[email]
