"""A plan and a row scope in, numbers out: totals, groups, time buckets, comparisons, shares and averages."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from sqlmodel import Session

from storage.metrics import contracts, freshness
from storage.metrics import spend as ledger
from storage.metrics.base import PEOPLE_DIMENSIONS, Keys, Reading, UnsupportedReading
from storage.metrics.person_cost import about_people
from storage.metrics.registry import FLOWS, Measured, is_additive, last_complete_month, measure, measure_parts, quotient
from storage.org import OrgSettings
from storage.seats import IdleRules
from storage.spend_query import Period, QueryResult, ResultRow, RowScope, SpendQuery
from workflows.asking.averages import averaged
from workflows.asking.buckets import buckets
from workflows.asking.fiscal import FiscalCalendar
from workflows.asking.ranking import added, cut, is_unattributed, meets, ordered, row_name
from workflows.asking.series import transformed, widened

MONEY_FROM_LEDGER = frozenset(["spend", "billed", "paid", "list_price", "discount_savings", "run_rate"])
WHOLE_PERIODS = frozenset(["billed", "paid", "budget", "budget_remaining", "budget_used", "budget_left_share"])
EXPLAINED_BY = ("department", "tool")
EXPLAINED = 5
_DERIVED = ("delta", "pct_change")


@dataclass(frozen=True)
class Company:
    """What every computation needs to know of the company on the day asked."""

    session: Session
    org: OrgSettings
    today: date


@dataclass
class _Table:
    """Amounts by (group and bucket) and metric."""

    rows: dict[Keys, dict[str, Decimal]] = field(default_factory=dict)
    totals: dict[str, Decimal | None] = field(default_factory=dict)
    unpriced: dict[str, Decimal] = field(default_factory=dict)


def effective(company: Company, query: SpendQuery) -> SpendQuery:
    """The plan with its open ends settled: "since we started" begins on the first day with data; "why" without a
    dimension is broken down by department and tool, and shows the five largest contributions."""
    changes: dict[str, object] = {}
    if query.period.start == date.min:
        first = _first_day(company, query.metrics[0])
        end = max(query.period.end, first + timedelta(days=1))
        changes["period"] = Period(start=first, end=end, label=query.period.label)
    if query.explain and not query.grain:
        changes["group_by"] = query.group_by or EXPLAINED_BY
        changes["limit"] = query.limit or EXPLAINED
    return query.model_copy(update=changes)


def _first_day(company: Company, metric: str) -> date:
    known = contracts.first_end(company.session) if metric == "renewals" else None
    return known or freshness.first_day(company.session, metric) or company.today


def compute(company: Company, query: SpendQuery, scope: RowScope) -> QueryResult:
    """Raises UnsupportedDimension and UnsupportedReading for what the data cannot say. `scope` bounds every row read."""
    query = effective(company, query)
    reading = Reading(
        session=company.session, org=company.org, today=company.today, period=query.period, filters=query.filters,
        group_by=query.group_by, scope=scope, contracts=query.contracts,
        idle_rules=lambda: _idle_rules(company, query.idle_days),
    )  # fmt: skip
    if query.metrics[0] == "renewals":
        return _renewals(reading, query)
    wide = widened(reading, query)
    table = _table(reading.over(wide.period), wide, query.metrics)
    before = _previous(reading, query)
    result = QueryResult(
        currency=company.org.base_currency,
        values=table.totals,
        previous=before.totals if before else {},
        rows=tuple(_rows(query, table, before)),
        data_through=freshness.data_through(reading, query.metrics),
        coverage=_coverage(reading, query),
        unpriced=table.unpriced,
    )
    result = _narrowed(reading, query, transformed(reading, query, averaged(reading, query, result)))
    return result.model_copy(update={"assumptions": (*reading.notes, *result.assumptions)})


def _idle_rules(company: Company, days: int | None) -> IdleRules:
    """The policy is read only for questions about seats: its language is slow to load. `days` stands in for all tools'."""
    from workflows.seats.settings import idle_rules

    rules = idle_rules(company.session, company.org)
    if days is None:
        return rules
    return replace(rules, idle_days=days, by_tool={slug: (days, grace) for slug, (_, grace) in rules.by_tool.items()})


def _narrowed(reading: Reading, query: SpendQuery, result: QueryResult) -> QueryResult:
    """Conditions, order and the top N, after everything is computed; totals are then those of the rows that are left."""
    rows = [row for row in result.rows if not _says_nothing(query, row)]
    totals, previous = result.values, result.previous
    if query.having:
        rows = _having(reading, query, rows)
        totals = {metric: added(metric, (row.values.get(metric) for row in rows)) for metric in query.metrics}
        previous = {metric: added(metric, (row.previous.get(metric) for row in rows)) for metric in result.previous}
    shown = tuple(cut(ordered(rows, query), query))
    return result.model_copy(update={"rows": shown, "values": totals, "previous": previous})


def _says_nothing(query: SpendQuery, row: ResultRow) -> bool:
    """A list of people with idle seats does not name those who have none."""
    counted = query.metrics[0].startswith("seats_") and "person" in query.group_by
    return counted and not any(row.values.values()) and not any(row.previous.values())


def _table(reading: Reading, query: SpendQuery, metrics: Sequence[str]) -> _Table:
    table = _Table()
    for metric in metrics:
        until_today = reading.over(_up_to_today(reading, metric))
        measured = _measure_rows(until_today, query, metric, table)
        table.totals[metric] = _total(until_today, query, metric, measured)
    return table


def _measure_rows(reading: Reading, query: SpendQuery, metric: str, table: _Table) -> Measured:
    """Fills the table's rows of one metric; all amounts by group and bucket."""
    collected = Measured()
    for bucket, measured in _parts(reading, query, metric):
        for currency, amount in measured.unpriced.items():
            collected.unpriced[currency] = collected.unpriced.get(currency, Decimal(0)) + amount
        for keys, amount in measured.values.items():
            collected.values[keys + bucket] = amount
            table.rows.setdefault(keys + bucket, {})[metric] = amount
    for currency, amount in collected.unpriced.items():
        table.unpriced[currency] = max(table.unpriced.get(currency, amount), amount, key=abs)
    return collected


def _parts(reading: Reading, query: SpendQuery, metric: str) -> list[tuple[Keys, Measured]]:
    """The metric's amounts for the whole period, or for each of its buckets with the bucket's row key."""
    if not query.grain:
        return [((), measure(reading, metric))]
    cut_up = list(buckets(FiscalCalendar.of(reading.org), query.grain, reading.period))
    measured = measure_parts(reading, metric, [part for _, part in cut_up])
    return [((key,), one) for (key, _), one in zip(cut_up, measured, strict=True)]


def _up_to_today(reading: Reading, metric: str) -> Period:
    """What is used up ends today, however far ahead a charge is spread; bills and plans belong to whole periods."""
    end = min(reading.period.end, reading.today + timedelta(days=1))
    if metric in WHOLE_PERIODS or end <= reading.period.start:
        return reading.period
    return Period(start=reading.period.start, end=end)


def _total(reading: Reading, query: SpendQuery, metric: str, measured: Measured) -> Decimal | None:
    """The sum of the parts where parts add up, else computed over everything: a ratio, distinct people, a stock."""
    sums = is_additive(metric) and (metric in FLOWS or not query.grain)
    if sums or not (query.group_by or query.grain):
        return sum(measured.values.values(), Decimal(0)) if measured.values else None
    return measure(reading.by(), metric).get(())


def _previous(reading: Reading, query: SpendQuery) -> _Table | None:
    """The other side of a comparison, by the same groups; of buckets only their total."""
    if query.compare is None:
        return None
    if query.compare == "budget":
        metric = query.metrics[0]
        measured = _table(reading, query, ("budget",))
        rows = {keys: {metric: values["budget"]} for keys, values in measured.rows.items()}
        return _Table(rows, {metric: measured.totals["budget"]})
    plain = query.model_copy(update={"grain": None})
    return _table(reading.over(query.compare), plain, query.metrics)


def _rows(query: SpendQuery, table: _Table, before: _Table | None) -> list[ResultRow]:
    """A row per group; one that only the other period knows has no value here."""
    names = (*query.group_by, *((query.grain,) if query.grain else ()))
    if not names:
        return []
    paired = before if before and (not query.grain or query.compare == "budget") else None
    groups = list(table.rows) + [keys for keys in (paired.rows if paired else ()) if keys not in table.rows]
    return [
        ResultRow(
            keys=dict(zip(names, keys, strict=True)),
            values={metric: table.rows.get(keys, {}).get(metric) for metric in query.metrics},
            previous={metric: paired.rows.get(keys, {}).get(metric) for metric in query.metrics} if paired else {},
        )
        for keys in groups
    ]


def _having(reading: Reading, query: SpendQuery, rows: list[ResultRow]) -> list[ResultRow]:
    """Rows that meet all conditions; a metric that only a condition names is computed for it."""
    missing = {part.metric for part in query.having} - set(query.metrics) - set(_DERIVED)
    for metric in sorted(missing):
        amounts = _table(reading, query, (metric,)).rows
        rows = [
            row.model_copy(update={"values": {**row.values, metric: amounts.get(tuple(row.keys.values()), {}).get(metric)}})
            for row in rows
        ]
    metric = query.metrics[0]
    new = [row_name(row) for row in rows if row.values.get(metric) and not row.previous.get(metric)]
    if new and any(part.metric == "pct_change" for part in query.having):
        reading.note(f"without a previous amount, so without a percentage: {', '.join(new)}")
    return [row for row in rows if meets(row, query.having, metric)]


def _renewals(reading: Reading, query: SpendQuery) -> QueryResult:
    """A row per contract, whatever is grouped by; the total is what they are worth a year together."""
    rows: list[ResultRow] = []
    unpriced: dict[str, Decimal] = {}
    for cell in contracts.renewals(reading):
        if cell.unconverted and cell.value is not None:
            unpriced[cell.unconverted] = unpriced.get(cell.unconverted, Decimal(0)) + cell.value
        value = None if cell.unconverted else cell.value
        keys = dict(zip(query.group_by, cell.keys, strict=True)) | {"tool": cell.details["tool"]}
        rows.append(ResultRow(keys=keys, values={"renewals": value}, details=dict(cell.details)))
    rows = _with_stocks(reading, query, rows)
    kept = [row for row in rows if meets(row, query.having, "renewals")]
    ranked = ordered(kept, query) if query.order else kept
    return QueryResult(
        currency=reading.org.base_currency,
        values={"renewals": added("renewals", (row.values["renewals"] for row in kept))},
        rows=tuple(ranked[: query.limit]),
        data_through=freshness.data_through(reading, ("renewals",)),
        assumptions=tuple(reading.notes),
        unpriced=unpriced,
    )


def _with_stocks(reading: Reading, query: SpendQuery, rows: list[ResultRow]) -> list[ResultRow]:
    """What a condition on contracts counts of their tools as of today: seats, utilisation."""
    today = Period(start=reading.today, end=reading.today + timedelta(days=1))
    for metric in sorted({part.metric for part in query.having} - {"renewals"}):
        amounts = measure(reading.over(today).by("tool"), metric)
        reading.note(f"{metric.replace('_', ' ')} of the tool today")
        rows = [row.model_copy(update={"values": {**row.values, metric: amounts.get((row.keys["tool"],))}}) for row in rows]
    return rows


def share(company: Company, query: SpendQuery, scope: RowScope, part: QueryResult) -> Decimal | None:
    """The part of the whole that `part` is: the whole has the same metric and period and the filters of `share_base`."""
    metric = query.metrics[0]
    if not is_additive(metric):
        raise UnsupportedReading("A share can be given of amounts that add up, not of ratios or distinct people.")
    whole = compute(company, SpendQuery(metrics=(metric,), period=query.period, filters=query.share_base), scope).values[
        metric
    ]
    amount = part.values[metric]
    if query.limit and part.rows:
        shown = [row for row in part.rows if not (row.others or is_unattributed(row))]
        amount = added(metric, (row.values.get(metric) for row in shown))
    return quotient(amount, whole) if whole and amount is not None else None


def _coverage(reading: Reading, query: SpendQuery) -> Decimal | None:
    """The share of the period's amount that has an owner, over the same tools; None where nothing is owned."""
    metric = query.metrics[0]
    if metric not in MONEY_FROM_LEDGER:
        return None
    if about_people(reading):
        return Decimal(1)  # rows of people have their owner by definition
    over = Reading(
        session=reading.session, org=reading.org, today=reading.today, scope=reading.scope,
        period=last_complete_month(reading.today) if metric == "run_rate" else _up_to_today(reading, metric),
        filters=tuple(part for part in reading.filters if part.dimension not in PEOPLE_DIMENSIONS),
    )  # fmt: skip
    return ledger.coverage(over, {"run_rate": "spend", "discount_savings": "list_price"}.get(metric, metric))
