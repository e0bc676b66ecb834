"""What a person costs: the rows that carry their e-mail, their expense lines that count as spend, and their seats.

A seat counts at its monthly price × days held / days of the month, in months in which its tool's seat cost is not tagged
to people already (spec/asking.md). The same whoever asks.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from sqlalchemy import not_, or_
from sqlmodel import Session, col, select

from storage.metrics import spend as ledger
from storage.metrics.base import (
    NOBODY,
    PEOPLE_DIMENSIONS,
    TOOL_DIMENSIONS,
    Cell,
    Keys,
    PersonFacts,
    Reading,
    Sums,
    UnsupportedReading,
    emails_today,
    keys_of,
    passes,
    people_on,
    tools_of,
)
from storage.metrics.money import to_base
from storage.metrics.seat_history import Held, held_seats
from storage.models import Charge, ChargeKey, KeyMeaning, Statement, StatementKey
from storage.models.ledger import day_number
from storage.seat_prices import SeatPrices
from storage.spend_query import Period
from storage.types import Money

SEAT_DIMENSIONS = (*TOOL_DIMENSIONS, *PEOPLE_DIMENSIONS, "plan")
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
    """Seats of the people asked, by month. A dimension that seats do not have (model, project) has no seat cost."""
    if reading.dimensions - set(SEAT_DIMENSIONS):
        return []
    tools, emails = tools_of(reading), emails_today(reading.session, reading.today)
    until = min(reading.period.end, reading.today + timedelta(days=1))
    held = [one for one in held_seats(reading, until) if one.tool_id in tools]
    sums, prices = Sums(), _Prices(reading.session)
    unpriced: set[int] = set()
    for month in _months(reading.period.start, until):
        inside = [one for one in held if _days(one, month)]
        if not inside:
            continue
        people = people_on(reading.session, month.start)
        tagged = tagged_tools(reading.session, {one.tool_id for one in inside}, month)
        for one in inside:
            if one.tool_id in tagged:
                continue
            values = _values(one, tools[one.tool_id], people.get(one.person_id, NOBODY), emails)
            if passes([part for part in reading.filters if part.dimension != "person"], values):
                unpriced |= _add(reading, sums, keys_of(reading.group_by, values), one, prices, month)
    if unpriced:
        names = ", ".join(sorted(str(tools[tool_id]["tool"]) for tool_id in unpriced))
        reading.note(f"seats of {names} have no known price and are not counted")
    return sums.cells()


def _values(
    one: Held, tool: Mapping[str, str | None], facts: PersonFacts, emails: Mapping[int, str]
) -> dict[str, str | None]:
    return {**tool, **facts.values, "person": emails.get(one.person_id), "plan": one.plan}


class _Prices:
    """Seat prices by day, read once a day."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._days: dict[date, SeatPrices] = {}

    def of(self, one: Held, day: date) -> Money | None:
        if day not in self._days:
            self._days[day] = SeatPrices.on(self._session, day)
        return self._days[day].monthly(one.tool_id, one.plan)


def _add(reading: Reading, sums: Sums, keys: Keys, one: Held, prices: _Prices, month: Period) -> set[int]:
    """Adds the seat's price for the days held; the tool's id when no price is known."""
    price = prices.of(one, max(one.start, month.start))
    if price is None:
        return {one.tool_id}
    days = _days(one, month)
    length = (_next_month(month.start) - month.start.replace(day=1)).days
    amount = price.amount * days / length
    value = to_base(reading, amount, price.currency, month.start.replace(day=1))
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
            col(KeyMeaning.person_id).is_not(None),
            Statement.status == "current",
            col(Charge.start_day) < last,
            col(Charge.end_day) > first,
            col(Charge.effective_nanos) != 0,
            not_(metered),
        )
    )
    return session.exec(query.limit(1)).first() is not None
