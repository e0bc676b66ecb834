"""What a person costs: the rows that carry their e-mail, their expense lines that count as spend, and their seats.

A seat counts at its monthly price × days held / days of the month, in months in which its tool's seat cost is not tagged
to people already (spec/asking.md). The same whoever asks.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import pairwise

from sqlalchemy import not_, or_
from sqlmodel import Session, col, select

from storage.metrics import spend as ledger
from storage.metrics.base import (
    NOBODY,
    Cell,
    Keys,
    PersonFacts,
    Reading,
    Sums,
    UnsupportedReading,
    emails_today,
    keys_of,
    passes,
    tools_of,
)
from storage.metrics.contracts import in_force
from storage.metrics.money import to_base
from storage.metrics.seat_history import Held, held_seats
from storage.models import Charge, ChargeKey, Contract, KeyMeaning, PersonRecord, Statement, StatementKey
from storage.models.ledger import day_number
from storage.seat_prices import SeatPrices
from storage.spend_query import Period
from storage.types import Money

_AS_CONTRACT = {"model": None, "project": None, "source": "contract", "payment_channel": "invoice"}
_FEW = 500  # people worth naming in a query
METERED = ("token", "request", "call", "message", "minute", "second", "hour", "credit", "character", "image", "byte")
"""Words in ConsumedUnit that show metered usage rather than seats."""


def spend(reading: Reading, metric: str = "spend") -> list[Cell]:
    """The ledger's spend; where the question is about people one by one, the cost of each of them."""
    if not about_people(reading):
        return ledger.cells(reading, metric)
    reading.note("a person's cost = rows with their e-mail, their expense lines that count as spend, and their seats")
    return _tagged(reading) + seat_cost(reading)


def usage(reading: Reading, metric: str = "usage_cost") -> list[Cell]:
    """People's cost without their seats. Raises UnsupportedReading where it is not about people."""
    if not about_people(reading):
        raise UnsupportedReading("Usage cost is what people cost without their seats: name a person, or ask by person.")
    return _tagged(reading)


def _tagged(reading: Reading) -> list[Cell]:
    """Rows with the people's e-mail and their expense lines that count as spend."""
    cells = ledger.cells(reading, "spend")
    if "person" not in reading.group_by:
        return cells
    return [cell for cell in cells if cell.value and _person_of(reading, cell) is not None]


def about_people(reading: Reading) -> bool:
    """Grouped by person, of named persons, or within a scope of persons ("my team")."""
    named = any(part.dimension == "person" and part.op == "in" for part in reading.filters)
    return named or "person" in reading.group_by or bool(reading.scope.person_ids)


def _person_of(reading: Reading, cell: Cell) -> str | None:
    return cell.keys[reading.group_by.index("person")]


def seat_cost(reading: Reading) -> list[Cell]:
    """Seats of the people asked: each day at the price and with the unit of that day, so that parts of a period add up.
    Like all cost that a contract tells they have no model and no project."""
    tools, emails = tools_of(reading), emails_today(reading.session, reading.today)
    until = min(reading.period.end, reading.today + timedelta(days=1))
    held = [one for one in held_seats(reading, until) if one.tool_id in tools]
    if not held:
        return []
    sums, prices = Sums(), _Prices(reading.session)
    people = _Units(reading.session, {one.person_id for one in held})
    others = [part for part in reading.filters if part.dimension != "person"]
    unpriced: set[int] = set()
    for month in _months(reading.period.start, until):
        inside = [one for one in held if _days(one, month)]
        tagged = tagged_tools(reading.session, {one.tool_id for one in inside}, month)
        for one in inside:
            if one.tool_id in tagged:
                continue
            for part in _parts(one, month, [*people.changes(one.person_id), *prices.changes(one.tool_id)]):
                values = _values(one, tools[one.tool_id], people.on(one.person_id, part.start), emails)
                if passes(others, values):
                    unpriced |= _add(reading, sums, keys_of(reading.group_by, values), one, prices, part)
    if unpriced:
        names = ", ".join(sorted(str(tools[tool_id]["tool"]) for tool_id in unpriced))
        reading.note(f"seats of {names} have no known price and are not counted")
    return sums.cells()


def _values(
    one: Held, tool: Mapping[str, str | None], facts: PersonFacts, emails: Mapping[int, str]
) -> dict[str, str | None]:
    person = {**facts.values, "person": emails.get(one.person_id), "plan": one.plan}
    return {**tool, **person, **_AS_CONTRACT}


def _parts(one: Held, month: Period, changes: Iterable[date]) -> Iterator[Period]:
    """The days of the month on which the seat is held, cut where its holder's unit or its price may change."""
    start, end = max(one.start, month.start), min(one.end, month.end)
    cuts = sorted({start, end, *(day for day in changes if start < day < end)})
    return (Period(start=first, end=last) for first, last in pairwise(cuts))


class _Prices:
    """Seat prices by day, from contracts read once."""

    def __init__(self, session: Session) -> None:
        self._contracts: dict[int, list[Contract]] = defaultdict(list)
        for contract in session.exec(select(Contract).where(col(Contract.tool_id).is_not(None))):
            self._contracts[contract.tool_id or 0].append(contract)
        self._changes = {tool_id: _term_days(found) for tool_id, found in self._contracts.items()}
        self._known: dict[tuple[int, int], SeatPrices] = {}

    def changes(self, tool_id: int) -> list[date]:
        """The days on which a contract of the tool begins or is over."""
        return self._changes.get(tool_id, [])

    def of(self, one: Held, day: date) -> Money | None:
        key = (one.tool_id, bisect_right(self.changes(one.tool_id), day))
        if key not in self._known:
            self._known[key] = SeatPrices.of(found for found in self._contracts[one.tool_id] if in_force(found, day))
        return self._known[key].monthly(one.tool_id, one.plan)


def _term_days(contracts: Iterable[Contract]) -> list[date]:
    begins = {contract.start_date for contract in contracts if contract.start_date}
    return sorted(begins | {contract.end_date + timedelta(days=1) for contract in contracts if contract.end_date})


class _Units:
    """Where people belong by day; before their first record, where that says."""

    def __init__(self, session: Session, person_ids: Collection[int]) -> None:
        record = PersonRecord
        query = select(  # type: ignore[call-overload]
            record.person_id, record.effective_from, record.department, record.cost_center, record.division
        ).order_by(col(record.person_id), col(record.effective_from))
        if len(person_ids) <= _FEW:
            query = query.where(col(record.person_id).in_(person_ids))
        self._records: dict[int, list[tuple[date, PersonFacts]]] = defaultdict(list)
        for person_id, start, department, cost_center, division in session.exec(query):
            unit = (department or None, cost_center or None, division or None)
            facts = NOBODY._replace(department=unit[0], cost_center=unit[1], division=unit[2])
            self._records[person_id].append((start, facts))

    def changes(self, person_id: int) -> list[date]:
        return [start for start, _ in self._records[person_id]]

    def on(self, person_id: int, day: date) -> PersonFacts:
        known = self._records[person_id]
        return known[max(0, bisect_right(known, day, key=lambda one: one[0]) - 1)][1] if known else NOBODY


def _add(reading: Reading, sums: Sums, keys: Keys, one: Held, prices: _Prices, part: Period) -> set[int]:
    """Adds the seat's price for days of one month; the tool's id when no price is known."""
    price = prices.of(one, part.start)
    if price is None:
        return {one.tool_id}
    first = part.start.replace(day=1)
    amount = price.amount * (part.end - part.start).days / (_next_month(first) - first).days
    value = to_base(reading, amount, price.currency, first)
    sums.add(keys, amount if value is None else value, price.currency if value is None else "")
    return set()


def _days(one: Held, month: Period) -> int:
    return max(0, (min(one.end, month.end) - max(one.start, month.start)).days)


def _months(start: date, end: date) -> Iterator[Period]:
    """[start, end) cut at the firsts of months."""
    while start < end:
        following = min(_next_month(start), end)
        yield Period(start=start, end=following)
        start = following


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def tagged_tools(session: Session, tool_ids: Iterable[int], month: Period) -> set[int]:
    """Tools whose seat charges of that month carry somebody's e-mail: their seats are in the tagged rows already."""
    return {tool_id for tool_id in tool_ids if _is_tagged(session, tool_id, month)}


def _is_tagged(session: Session, tool_id: int, month: Period) -> bool:
    metered = or_(*(col(ChargeKey.consumed_unit).icontains(word) for word in METERED))
    first, last = day_number(month.start.replace(day=1)), day_number(_next_month(month.start))
    query = (
        select(Charge.key_id)
        .join(
            StatementKey,
            (col(StatementKey.statement_id) == Charge.statement_id)
            & (col(StatementKey.run) == Charge.run)
            & (col(StatementKey.key_id) == Charge.key_id),
        )
        .join(KeyMeaning, col(KeyMeaning.key_id) == StatementKey.key_id)
        .join(ChargeKey, col(ChargeKey.id) == KeyMeaning.key_id + 0)  # "+ 0": from the tool's keys to their charges
        .join(Statement, col(Statement.id) == StatementKey.statement_id + 0)
        .where(
            KeyMeaning.tool_id == tool_id,
            ChargeKey.charge_category != "Tax",
            col(KeyMeaning.person_id).is_not(None),
            Statement.status == "current",
            col(Charge.start_day) < last,
            col(Charge.end_day) > first,
            col(Charge.effective_nanos) != 0,
            not_(metered),
        )
    )
    return session.exec(query.limit(1)).first() is not None
