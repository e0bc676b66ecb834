"""Budgets of a scope for a period: one recorded for just that period is the answer; else the narrowest ones that cover it,
a longer one spread evenly over its months."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from sqlmodel import col, select

from storage.metrics.base import Cell, Reading, UnsupportedReading
from storage.metrics.money import to_base
from storage.metrics.scope_names import scope_names
from storage.models import Budget
from storage.spend_query import RowScope

DIMENSIONS = ("division", "department", "cost_center", "tool", "vendor", "project")
_NANO = Decimal(1).scaleb(-9)


@dataclass(frozen=True, slots=True)
class Plan:
    """A recorded budget in base currency (or in `unconverted`), over [start, end)."""

    start: date
    end: date
    amount: Decimal
    unconverted: str
    label: str


def budgets(reading: Reading, metric: str = "budget") -> list[Cell]:
    """The budget of one scope type: what the reading filters or groups by, else the company's.

    Raises UnsupportedReading for combinations of scope types: no budget is recorded for a department's share of a tool.
    """
    reading.require("a budget", DIMENSIONS)
    scope_types = reading.dimensions
    if len(scope_types) > 1:
        raise UnsupportedReading("Budgets are recorded for one scope at a time, such as a department or a tool, not both.")
    scope_type = next(iter(scope_types), "company")
    cells = []
    for scope, plans in _plans(reading, scope_type).items():
        cells += _cells(reading, (scope,) if reading.group_by else (), plans)
    if cells or scope_type != "company":
        return _summed(cells)
    return _departments(reading)


def _departments(reading: Reading) -> list[Cell]:
    """Without a budget for the whole company: all department budgets together, said so."""
    cells = _summed([cell for plans in _plans(reading, "department").values() for cell in _cells(reading, (), plans)])
    if cells:
        reading.note("no budget is recorded for the whole company: the department budgets added up")
    return cells


def _plans(reading: Reading, scope_type: str) -> dict[str, list[Plan]]:
    """The budgets that overlap the period, by scope."""
    found: dict[str, list[Plan]] = {}
    query = select(Budget).where(
        col(Budget.scope_type) == scope_type,
        col(Budget.start) < reading.period.end,
        col(Budget.end) > reading.period.start,
    )
    names = scope_names(reading.session, scope_type)
    for row in reading.session.exec(query.order_by(col(Budget.scope), col(Budget.start))):
        scope = names.get(row.scope.casefold(), row.scope)
        visible = _visible(reading.scope, scope_type, scope) and all(part.matches(scope or None) for part in reading.filters)
        if visible and row.start and row.end:
            found.setdefault(scope, []).append(_plan(reading, row, row.start, row.end))
    return found


def _visible(scope: RowScope, scope_type: str, name: str) -> bool:
    """Within a bound, only the budgets of the units it names."""
    units = {"department": scope.departments, "cost_center": scope.cost_centers, "division": scope.divisions}
    return scope.everything or name in units.get(scope_type, frozenset())


def _plan(reading: Reading, row: Budget, start: date, end: date) -> Plan:
    """Converted at the rate of its first day, or of today when that lies ahead."""
    amount = to_base(reading, row.amount, row.currency, min(start, reading.today))
    if amount is None:
        return Plan(start, end, row.amount, row.currency, row.period)
    return Plan(start, end, amount, "", row.period)


def _cells(reading: Reading, keys: tuple[str | None, ...], plans: Sequence[Plan]) -> list[Cell]:
    """What falls into the period; stretches without any budget are noted."""
    amounts: dict[str, Fraction] = {}
    uncovered = False
    exact = [plan for plan in plans if (plan.start, plan.end) == (reading.period.start, reading.period.end)]
    for start, end in _stretches(reading.period.start, reading.period.end, plans):
        covering = exact or [plan for plan in plans if plan.start <= start and plan.end >= end]
        if not covering:
            uncovered = True
            continue
        narrowest = min(covering, key=lambda plan: (plan.end - plan.start, plan.start))
        part = share(narrowest, start, end)
        amounts[narrowest.unconverted] = amounts.get(narrowest.unconverted, Fraction(0)) + part
        if (narrowest.start, narrowest.end) != (start, end) and part != narrowest.amount:
            reading.note(f"the {narrowest.label} budget is spread evenly over its months")
    if uncovered and amounts:
        reading.note("no budget is recorded for part of the period")
    return [Cell(keys, _decimal(amount), currency) for currency, amount in amounts.items()]


def _stretches(start: date, end: date, plans: Iterable[Plan]) -> list[tuple[date, date]]:
    """[start, end) cut wherever a budget begins or ends."""
    cuts = {start, end}
    for plan in plans:
        cuts |= {day for day in (plan.start, plan.end) if start < day < end}
    ordered = sorted(cuts)
    return list(itertools.pairwise(ordered))


def share(plan: Plan, start: date, end: date) -> Fraction:
    """The part of a plan on [start, end): every whole month alike, within a month by days.

    A plan that does not begin and end with a month (4-4-5 calendars) is spread by days.
    """
    amount = Fraction(plan.amount)
    if plan.start.day == 1 and plan.end.day == 1:
        return amount * months_between(start, end) / months_between(plan.start, plan.end)
    return amount * (end - start).days / (plan.end - plan.start).days


def months_between(start: date, end: date) -> Fraction:
    """How many months [start, end) is, a part of a month counted by its days."""
    return _months_since_zero(end) - _months_since_zero(start)


def _months_since_zero(day: date) -> Fraction:
    first = day.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return Fraction(day.year * 12 + day.month) + Fraction(day.day - 1, (following - first).days)


def _decimal(value: Fraction) -> Decimal:
    scaled = round(value * 10**9)  # half-even
    return (Decimal(scaled) * _NANO).quantize(_NANO, rounding=ROUND_HALF_EVEN)


def _summed(cells: Iterable[Cell]) -> list[Cell]:
    sums: dict[tuple[tuple[str | None, ...], str], Decimal] = {}
    for cell in cells:
        sums[cell.keys, cell.unconverted] = sums.get((cell.keys, cell.unconverted), Decimal(0)) + (cell.value or 0)
    return [Cell(keys, value, currency) for (keys, currency), value in sums.items()]
