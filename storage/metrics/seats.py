"""Seats as of the period's last day: bought, held, in use, idle. Semi-additive: never summed over days."""

from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal

from storage.metrics.base import (
    PEOPLE_DIMENSIONS,
    TOOL_DIMENSIONS,
    Cell,
    Keys,
    PersonFacts,
    Reading,
    Sums,
    emails_today,
    in_scope,
    keys_of,
    passes,
    tools_of,
)
from storage.metrics.contracts import contracts_of, in_force
from storage.metrics.money import to_base
from storage.seats import SeatRow, seats_on

DIMENSIONS = (*TOOL_DIMENSIONS, *PEOPLE_DIMENSIONS, "plan")
PURCHASED_DIMENSIONS = (*TOOL_DIMENSIONS, "plan", "cost_center")

_COUNTS: dict[str, Callable[[SeatRow], bool]] = {
    "seats_assigned": lambda row: row.assigned,
    "seats_pending": lambda row: not row.assigned,
    "seats_active": lambda row: row.assigned and row.active,
    "seats_idle": lambda row: row.assigned and row.idle,
    "seats_untracked": lambda row: row.assigned and not row.tracked,
    "seats_tracked": lambda row: row.assigned and row.tracked,
}


def purchased(reading: Reading, metric: str = "seats_purchased") -> list[Cell]:
    """Seats of the contracts in force on the day, end date included; by contract, so not by department or person."""
    reading.require("seats purchased", PURCHASED_DIMENSIONS)
    sums = Sums()
    for contract, values in contracts_of(reading):
        if contract.seats_purchased is not None and in_force(contract, reading.last_day):
            sums.add(keys_of(reading.group_by, values), contract.seats_purchased)
    return sums.cells()


def counted(reading: Reading, metric: str) -> list[Cell]:
    """assigned, pending, active, idle, untracked (and tracked, the base of utilisation). Groups with seats of which none
    counts are 0; without any snapshot there is no cell."""
    counts = _COUNTS[metric]
    sums = Sums()
    for row, values in seat_rows(reading, metric.replace("seats_", "") + " seats"):
        sums.add(keys_of(reading.group_by, values), int(counts(row)))
    return sums.cells()


def tools_held(reading: Reading, metric: str = "tools_held") -> list[Cell]:
    """Distinct tools with an assigned seat: a person with two seats of one tool holds one tool."""
    tools: dict[Keys, set[int]] = {}
    for row, values in seat_rows(reading, "tools held"):
        if row.assigned:
            tools.setdefault(keys_of(reading.group_by, values), set()).add(row.tool_id)
    return [Cell(keys, Decimal(len(found))) for keys, found in tools.items()]


def idle_cost(reading: Reading, metric: str = "idle_seat_cost") -> list[Cell]:
    """The idle seats' plan prices per month in the contracts in force, converted at the day asked; a group whose idle
    seats all lack a price is not known, which is not 0."""
    sums, unpriced = Sums(), Counter[Keys]()
    for row, values in seat_rows(reading, "the cost of idle seats"):
        keys = keys_of(reading.group_by, values)
        if not (row.assigned and row.idle):
            sums.add(keys, 0)
        elif row.monthly_price is None:
            unpriced[keys] += 1
        else:
            price = row.monthly_price
            value = to_base(reading, price.amount, price.currency, reading.today)
            sums.add(keys, price.amount if value is None else value, price.currency if value is None else "")
    if unpriced:
        number = unpriced.total()
        reading.note(f"{number} idle {'seat has' if number == 1 else 'seats have'} no known price and are not counted")
    return [cell for cell in sums.cells() if cell.value or not unpriced[cell.keys]]


def seat_rows(reading: Reading, what: str) -> list[tuple[SeatRow, Mapping[str, str | None]]]:
    """The seats that pass filters and scope, with their dimensions."""
    reading.require(what, DIMENSIONS)
    tools = tools_of(reading)
    emails = emails_today(reading.session, reading.today) if "person" in reading.dimensions else {}
    found: list[tuple[SeatRow, Mapping[str, str | None]]] = []
    for row in seats_on(reading.session, reading.last_day, rules=reading.idle_rules(), tool_ids=list(tools)):
        facts = PersonFacts(
            emails.get(row.person_id, row.email), row.name, row.department, row.cost_center, row.division, "", None
        )
        values = {**tools[row.tool_id], **facts.values, "plan": row.plan or None}
        if in_scope(reading.scope, row.person_id, facts) and passes(reading.filters, values):
            found.append((row, values))
    return found
