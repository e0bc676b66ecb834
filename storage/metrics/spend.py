"""Money, tokens and requests of the ledger, through the one builder of spend SQL."""

from collections.abc import Sequence
from decimal import Decimal

from storage import spend_sql
from storage.ledger.dimensions import ALL
from storage.metrics.base import Cell, Reading
from storage.spend_query import Period
from storage.types import from_nanos

MEASURES = {
    "spend": "effective",
    "billed": "billed",
    "paid": "paid",
    "list_price": "list",
    "usage_effective": "usage_effective",
    "tokens": "tokens",
    "requests": "requests",
}
COUNTED = ("tokens", "requests")
SPREAD = frozenset({"spend", "list_price", "usage_effective"})
"""Spread evenly over their days, so that parts of a period add up; bills belong to whole billing periods."""


def cells(reading: Reading, metric: str) -> list[Cell]:
    return _cells(reading, metric, ())


def bucketed(reading: Reading, metric: str, parts: Sequence[Period]) -> list[Cell]:
    """As `cells`, for adjoining parts of the period at once; the part's first day (ISO) stands last in the keys."""
    return [Cell((*cell.keys[1:], cell.keys[0]), cell.value, cell.unconverted) for cell in _cells(reading, metric, parts)]


def _cells(reading: Reading, metric: str, buckets: Sequence[Period]) -> list[Cell]:
    reading.require("an amount of the ledger", ALL)
    found = spend_sql.cells(
        reading.session,
        MEASURES[metric],
        period=reading.period,
        filters=reading.filters,
        group_by=reading.group_by,
        buckets=buckets,
        scope=reading.scope,
        today=reading.today,
        org=reading.org,
    )
    if metric in COUNTED:  # counts need no rate
        return [Cell(cell.keys, Decimal(cell.nanos)) for cell in found]
    return [Cell(cell.keys, from_nanos(cell.nanos), cell.unconverted) for cell in found]


def coverage(reading: Reading, metric: str) -> Decimal | None:
    """The share of the amount that has an owner, 0 to 1; None without an amount."""
    return spend_sql.coverage(
        reading.session,
        MEASURES[metric],
        period=reading.period,
        filters=reading.filters,
        scope=reading.scope,
        today=reading.today,
        org=reading.org,
    )
