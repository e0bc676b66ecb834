"""All metrics by name: which family counts each, and which are computed from others."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, localcontext
from typing import Any

from storage.metrics import budgets, contracts, counts, person_cost, savings, seats, spend, usage
from storage.metrics.base import Cell, Family, Keys, Reading
from storage.spend_query import Period

ADDITIVE: dict[str, Family] = {
    # adding groups gives the total
    "spend": person_cost.spend,
    "usage_cost": person_cost.usage,
    "billed": spend.cells,
    "paid": spend.cells,
    "list_price": spend.cells,
    "usage_effective": spend.cells,
    "reclaimed_savings": savings.reclaimed,
    "idle_seat_cost": seats.idle_cost,
    "renewals": contracts.renewals,
    "seats_purchased": seats.purchased,
    "seats_assigned": seats.counted,
    "seats_pending": seats.counted,
    "seats_active": seats.counted,
    "seats_idle": seats.counted,
    "seats_untracked": seats.counted,
    "seats_tracked": seats.counted,
    "tokens": usage.counted,
    "input_tokens": usage.counted,
    "cached_input_tokens": usage.counted,
    "output_tokens": usage.counted,
    "requests": usage.counted,
    "headcount": counts.headcount,
    "tools": counts.tools,
    "access_requests": counts.access_requests,
    "pending_approvals": counts.pending_approvals,
}
SEPARATE: dict[str, Family] = {
    # the total is not the sum of the groups
    "active_users": usage.active_users,
    "tools_held": seats.tools_held,
    "budget": budgets.budgets,
}
FLOWS = frozenset(
    {
        "spend",
        "usage_cost",
        "billed",
        "paid",
        "list_price",
        "usage_effective",
        "discount_savings",
        "reclaimed_savings",
        "tokens",
        "input_tokens",
        "cached_input_tokens",
        "output_tokens",
        "requests",
        "access_requests",
    }
)
"""Metrics that add up over days; the others are stocks, plans or ratios."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """numerator / denominator × `times`."""

    numerator: str
    denominator: str
    times: int = 1


RATIOS: dict[str, Ratio] = {
    "utilisation": Ratio("seats_active", "seats_tracked"),
    "cache_hit_share": Ratio("cached_input_tokens", "input_tokens"),
    "budget_used": Ratio("spend", "budget"),
    "budget_left_share": Ratio("budget_remaining", "budget"),
    "cost_per_seat": Ratio("spend", "seats_assigned"),
    "cost_per_active_user": Ratio("spend", "active_users"),
    "cost_per_head": Ratio("spend", "headcount"),
    "cost_per_million_tokens": Ratio("spend", "tokens", 1_000_000),
    "cost_per_request": Ratio("spend", "requests"),
}
DIFFERENCES: dict[str, tuple[str, str]] = {
    "discount_savings": ("list_price", "usage_effective"),
    "budget_remaining": ("budget", "spend"),
}


@dataclass
class Measured:
    """A metric's amounts by group. No key = nothing recorded there, which is not 0. `unpriced` by currency."""

    values: dict[Keys, Decimal] = field(default_factory=dict)
    unpriced: dict[str, Decimal] = field(default_factory=dict)

    def get(self, keys: Keys) -> Decimal | None:
        return self.values.get(keys)


def is_additive(metric: str) -> bool:
    """Whether the total is the sum over the groups."""
    return metric in ADDITIVE or metric in ("discount_savings", "run_rate")


def cells(reading: Reading, metric: str) -> list[Cell]:
    """The cells of a metric that is counted, not computed."""
    family = ADDITIVE.get(metric) or SEPARATE[metric]
    return family(reading, metric)


def measure(reading: Reading, metric: str) -> Measured:
    """Any metric by the reading's groups. Raises UnsupportedDimension, UnsupportedReading."""
    if metric in RATIOS:
        return _ratio(reading, RATIOS[metric])
    if metric == "run_rate":
        return _run_rate(reading)
    if metric in DIFFERENCES:
        return _difference(reading, *DIFFERENCES[metric])
    measured = Measured()
    for cell in cells(reading, metric):
        if cell.value is not None:
            _add(measured, cell, cell.keys)
    return measured


def measure_parts(reading: Reading, metric: str, parts: Sequence[Period]) -> list[Measured]:
    """The metric for each of some adjoining parts of the period, in their order."""
    if metric not in spend.SPREAD or person_cost.about_people(reading):
        return [measure(reading.over(part), metric) for part in parts]
    by_start = {part.start.isoformat(): Measured() for part in parts}
    for cell in spend.bucketed(reading, metric, parts):
        if cell.value is not None:
            _add(by_start[str(cell.keys[-1])], cell, cell.keys[:-1])
    return list(by_start.values())


def _add(measured: Measured, cell: Cell, keys: Keys) -> None:
    amounts: dict[Any, Decimal] = measured.unpriced if cell.unconverted else measured.values
    key = cell.unconverted or keys
    amounts[key] = amounts.get(key, Decimal(0)) + (cell.value or 0)


def last_complete_month(day: date) -> Period:
    """The calendar month before the one that `day` is in."""
    end = day.replace(day=1)
    return Period(start=(end - timedelta(days=1)).replace(day=1), end=end)


def _run_rate(reading: Reading) -> Measured:
    month = last_complete_month(reading.today)
    reading.note(f"run rate = the last complete month ({month.start:%B %Y}) × 12")
    spent = measure(reading.over(month), "spend")
    return Measured({keys: amount * 12 for keys, amount in spent.values.items()}, spent.unpriced)


def _ratio(reading: Reading, ratio: Ratio) -> Measured:
    """Groups without a denominator, or with one of 0, have no ratio. A budget that nothing was spent of is used to 0 %."""
    above_reading = _to_date(reading) if ratio.numerator == "spend" and ratio.denominator == "budget" else reading
    above, below = measure(above_reading, ratio.numerator), measure(reading, ratio.denominator)
    values = {}
    for keys, base in below.values.items():
        amount = above.values.get(keys, Decimal(0) if ratio.denominator == "budget" else None)
        if amount is not None and base:
            values[keys] = quotient(amount * ratio.times, base)
    return Measured(values, above.unpriced)


def _to_date(reading: Reading) -> Reading:
    """What is left of a budget is counted against the spend up to today, whatever the period's end."""
    start, end = reading.period.start, reading.today + timedelta(days=1)
    if reading.period.end <= end:
        return reading
    return reading.over(Period(start=start, end=max(start, end), label=reading.period.label))


def quotient(above: Decimal, below: Decimal) -> Decimal:
    """To 34 digits: rounding for people comes last."""
    with localcontext() as context:
        context.prec = 34
        return above / below


def _difference(reading: Reading, metric: str, less: str) -> Measured:
    """Groups without the first have no difference; without the second, nothing is taken off."""
    first = measure(reading, metric)
    second = measure(_to_date(reading) if metric == "budget" else reading, less)
    values = {keys: amount - (second.get(keys) or 0) for keys, amount in first.values.items()}
    return Measured(values, {**second.unpriced, **first.unpriced})
