"""Amounts of the ledger equal what plain arithmetic over the same rows gives, on SQLite and PostgreSQL."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from storage.imports.load import load
from storage.org import load_org
from storage.spend_query import Filter, Period, RowScope
from storage.spend_sql import Cell, cells, coverage, data_through, person_cost
from storage.unit_of_work import Store
from tests.storage.ledger_company import Oracle, charges, grouped, write_company

TODAY = date(2026, 11, 23)
EVERYTHING = RowScope(everything=True)
GROUPS = [
    (), ("tool",), ("department",), ("cost_center", "division"), ("vendor", "department"), ("model",), ("project",),
    ("model", "department"), ("project", "tool"), ("source",), ("category", "billing_model", "tool_status"), ("person",),
    ("person", "tool"), ("model", "project"), ("model", "project", "department"),
]  # fmt: skip
PERIODS = [
    (date(2026, 9, 1), date(2026, 10, 1)), (date(2026, 8, 1), date(2026, 11, 1)), (date(2026, 9, 9), date(2026, 9, 10)),
    (date(2026, 8, 17), date(2026, 10, 5)), (date(2026, 11, 1), TODAY), (date(2025, 1, 1), date(2028, 1, 1)),
]  # fmt: skip


@pytest.fixture
def company(store: Store, tmp_path: Path) -> tuple[Store, Oracle]:
    rows = charges(seed=5)
    reports = load(store, [*write_company(tmp_path / "files", rows)])
    assert [report.refused for report in reports if report.refused] == []
    assert sum(report.rows_quarantined for report in reports) == 0
    return store, Oracle(rows, TODAY)


def ask(store: Store, measure: str, start: date, end: date, by: tuple[str, ...] = (), scope: RowScope = EVERYTHING,
        filters: tuple[Filter, ...] = (), buckets: tuple[Period, ...] = ()) -> list[Cell]:  # fmt: skip
    with store.read() as uow:
        return cells(
            uow.session, measure, period=Period(start=start, end=end), filters=filters, group_by=by, buckets=buckets,
            scope=scope, today=TODAY, org=load_org(uow.session),
        )  # fmt: skip


def assert_same(found: Iterable[Cell], expected: dict[tuple[tuple[str | None, ...], str], Fraction], what: object) -> None:
    """Within a millionth: conversion and shares are rounded to 10⁻⁹ a row."""
    amounts = {(cell.keys, cell.unconverted): Fraction(cell.nanos, 10**9) for cell in found}
    for group in amounts.keys() | expected.keys():
        difference = abs(amounts.get(group, Fraction(0)) - expected.get(group, Fraction(0)))
        assert difference < Fraction(1, 10**6), (what, group, float(amounts.get(group, 0)), float(expected.get(group, 0)))


def test_every_measure_by_every_group_and_period(company: tuple[Store, Oracle]) -> None:
    store, oracle = company
    spread = {"effective": oracle.spend(), "list": oracle.listed(), "usage_effective": oracle.usage_effective()}
    billed = {whole: oracle.billed(whole) for whole in (True, False)}
    for start, end in PERIODS:
        for by in GROUPS:
            for measure, parts in spread.items():
                assert_same(ask(store, measure, start, end, by), grouped(parts, start, end, by), (measure, start, end, by))
            bills = billed[start.day == 1 and end.day == 1]
            assert_same(ask(store, "billed", start, end, by), grouped(bills, start, end, by), ("billed", start, end, by))
            paid = [*bills, *oracle.expenses()]
            assert_same(ask(store, "paid", start, end, by), grouped(paid, start, end, by), ("paid", start, end, by))


def test_tokens_and_requests_come_from_usage_rows_by_their_unit(company: tuple[Store, Oracle]) -> None:
    store, oracle = company
    for measure, factors in (("tokens", {"Tokens": 1, "1000 Tokens": 1000}), ("requests", {"Requests": 1})):
        expected = sum(
            int(row.quantity) * factors[row.unit] for row in oracle.rows if row.category == "Usage" and row.unit in factors
        )
        for by in ((), ("tool",), ("model",), ("person",)):
            found = ask(store, measure, date(2026, 1, 1), date(2028, 1, 1), by)
            assert sum(cell.nanos for cell in found) == expected


def test_filters(company: tuple[Store, Oracle]) -> None:
    store, oracle = company
    parts, (start, end) = oracle.spend(), (date(2026, 8, 17), date(2026, 10, 5))
    cases: list[tuple[tuple[Filter, ...], object]] = [
        ((Filter(dimension="tool", values=("Cursor",)),), lambda part: part.tool == "Cursor"),
        ((Filter(dimension="department", op="ne", values=("Data",)),), lambda part: part.department != "Data"),
        ((Filter(dimension="department", op="is_null"),), lambda part: not part.department),
        ((Filter(dimension="model", op="contains", values=("opus",)),), lambda part: "opus" in part.model),
        ((Filter(dimension="model", op="ne", values=("opus-9",)), Filter(dimension="project", values=("Atlas",))),
         lambda part: part.model != "opus-9" and part.project == "Atlas"),
        ((Filter(dimension="source", values=("contract",)),), lambda part: part.source == "contract"),
        ((Filter(dimension="payment_channel", values=("card",)),), lambda part: part.source == "expense"),
        ((Filter(dimension="person", values=("bo@acme.example",)),), lambda part: part.person == "bo@acme.example"),
        ((Filter(dimension="person", values=("bo@acme.example",)), Filter(dimension="department", values=("Data",))),
         lambda part: part.person == "bo@acme.example" and part.department == "Data"),
        ((Filter(dimension="person", op="is_null"), Filter(dimension="tool", values=("Cursor", "Notes AI"))),
         lambda part: not part.person and part.tool in ("Cursor", "Notes AI")),
    ]  # fmt: skip
    for filters, where in cases:
        for by in ((), ("tool",), ("department",), ("month",))[:3]:
            assert_same(
                ask(store, "effective", start, end, by, filters=filters), grouped(parts, start, end, by, where), filters
            )  # type: ignore[arg-type]


def test_scope_shows_what_is_in_any_of_its_sets_and_nothing_else(company: tuple[Store, Oracle]) -> None:
    store, oracle = company
    parts, (start, end) = oracle.spend(), (date(2026, 8, 17), date(2026, 10, 5))
    with store.read() as uow:
        from storage.directory import person_id_of

        bo = person_id_of(uow.session, "bo@acme.example", TODAY) or 0
    scopes: list[tuple[RowScope, object]] = [
        (RowScope(), lambda part: False),
        (RowScope(departments=frozenset({"Data"})), lambda part: part.department == "Data"),
        (RowScope(cost_centers=frozenset({"CC-30"}), divisions=frozenset({"Product"})),
         lambda part: part.cost_center == "CC-30" or part.division == "Product"),
        (RowScope(person_ids=frozenset({bo})), lambda part: part.person == "bo@acme.example"),
        (RowScope(person_ids=frozenset({bo}), departments=frozenset({"Marketing"})),
         lambda part: part.person == "bo@acme.example" or part.department == "Marketing"),
    ]  # fmt: skip
    for scope, where in scopes:
        for by in ((), ("tool",), ("department",), ("model", "project")):
            found = ask(store, "effective", start, end, by, scope=scope)
            assert_same(found, grouped(parts, start, end, by, where), (scope, by))  # type: ignore[arg-type]
    with store.read() as uow:
        cost = person_cost(uow.session, [bo], period=Period(start=start, end=end), today=TODAY, org=load_org(uow.session))
    assert_same(cost, grouped(parts, start, end, (), lambda part: part.person == "bo@acme.example"), "person_cost")


@pytest.mark.parametrize("bounds", [
    [date(2026, 8, 10), date(2026, 9, 1), date(2026, 10, 1), date(2026, 10, 20)],
    [date(2026, 9, 7), date(2026, 9, 14), date(2026, 9, 21)],
    [date(2026, 8, 30), date(2026, 9, 27), date(2026, 11, 1)],
])  # fmt: skip
def test_parts_of_a_period_add_up_to_it(company: tuple[Store, Oracle], bounds: list[date]) -> None:
    store, oracle = company
    buckets = tuple(Period(start=start, end=end) for start, end in pairwise(bounds))
    for measure, parts in (("effective", oracle.spend()), ("billed", oracle.billed(False))):
        for by in ((), ("tool",), ("person",), ("model", "project")):
            found = ask(store, measure, bounds[0], bounds[-1], by, buckets=buckets)
            expected = {}
            for bucket in buckets:
                for (keys, currency), amount in grouped(parts, bucket.start, bucket.end, by).items():
                    expected[(bucket.start.isoformat(), *keys), currency] = amount
            assert_same(found, expected, (measure, by))
            whole = ask(store, measure, bounds[0], bounds[-1], by)
            if by != ("person",):
                for cell in whole:
                    same = [one for one in found if one.keys[1:] == cell.keys and one.unconverted == cell.unconverted]
                    assert sum(one.nanos for one in same) == pytest.approx(cell.nanos, abs=500)


def test_months_and_edges_are_exactly_the_days(company: tuple[Store, Oracle]) -> None:
    """To the nano: whole months come from month rows, days from day rows and shares of spans."""
    store, _ = company
    start, end = date(2026, 8, 1), date(2026, 11, 1)
    days = [date.fromordinal(number) for number in range(start.toordinal(), end.toordinal() + 1)]
    buckets = tuple(Period(start=day, end=after) for day, after in pairwise(days))
    for by in ((), ("tool", "department"), ("model",), ("project",)):
        for source in ("focus", "expense"):
            filters = (Filter(dimension="source", values=(source,)),)
            daily: dict[object, int] = {}
            for cell in ask(store, "effective", start, end, by, filters=filters, buckets=buckets):
                daily[cell.keys[1:], cell.unconverted] = daily.get((cell.keys[1:], cell.unconverted), 0) + cell.nanos
            monthly = {
                (cell.keys, cell.unconverted): cell.nanos
                for cell in ask(store, "effective", start, end, by, filters=filters)
            }
            assert daily == monthly
    totals = {by: sum(cell.nanos for cell in ask(store, "effective", start, end, by) if not cell.unconverted)
              for by in ((), ("tool",), ("department",), ("model",), ("project",))}  # fmt: skip
    assert len(set(totals.values())) == 1


def test_nothing_recorded_is_no_cell(company: tuple[Store, Oracle]) -> None:
    store, _ = company
    assert ask(store, "effective", date(2021, 1, 1), date(2021, 2, 1)) == []
    assert (
        ask(store, "tokens", date(2026, 11, 1), date(2026, 11, 2), filters=(Filter(dimension="tool", values=("Suite AI",)),))
        == []
    )
    with pytest.raises(ValueError, match="plan"):
        ask(store, "effective", date(2026, 9, 1), date(2026, 10, 1), by=("plan",))


def test_coverage_and_data_through(company: tuple[Store, Oracle]) -> None:
    store, oracle = company
    start, end = date(2026, 9, 1), date(2026, 10, 1)
    by_owner = grouped(oracle.spend(), start, end, ("department", "cost_center"))
    base = {keys: abs(amount) for (keys, currency), amount in by_owner.items() if not currency}
    expected = sum((amount for keys, amount in base.items() if any(keys)), Fraction(0)) / sum(base.values())
    with store.read() as uow:
        found = coverage(uow.session, "effective", period=Period(start=start, end=end), scope=EVERYTHING, today=TODAY,
                         org=load_org(uow.session))  # fmt: skip
        assert found is not None and abs(Fraction(found) - expected) < Fraction(1, 10**9)
        assert data_through(uow.session) == {
            "focus": max(row.start for row in oracle.rows),
            "expense": date(2026, 10, 19),
        }
