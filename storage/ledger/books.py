"""The books beside FOCUS: expense lines that count as spend, and accruals of contracts in months without either."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

import polars as pl
from sqlmodel import Session, col, or_, select

from storage.ledger import frames
from storage.ledger.conversion import converted
from storage.ledger.keybook import KeyBook
from storage.ledger.people import NOBODY, Unit
from storage.ledger.splits import month_of, next_month
from storage.ledger.world import Units, World
from storage.models import Contract, Expense
from storage.models.ledger import day_number
from storage.types import BillingInterval, share_nanos, to_nanos

TWO_PERCENT = 50  # evidence: within 1/50 of the line's amount
ACCRUING = ("per_seat", "flat", "embedded")
HORIZON_DAYS = 800  # how far ahead an open-ended contract is written down
MonthKey = tuple[int, date]  # tool, first of the month

_SCHEMA = {
    "tool_id": pl.Int64, "unit_id": pl.Int64, "model": pl.String, "project": pl.String, "unconverted": pl.String,
    "start_day": pl.Int32, "end_day": pl.Int32, "is_split": pl.Boolean, "effective_base": pl.Int128,
}  # fmt: skip


class Line(NamedTuple):
    """An `Expense` without the ORM."""

    id: int
    day: date
    amount: Decimal
    currency: str
    employee_email: str | None
    department: str | None
    tool_id: int | None
    role: str
    possible_duplicate: bool
    unit_id: int | None


class Terms(NamedTuple):
    """A `Contract` without the ORM."""

    tool_id: int | None
    billing_model: str
    seats_purchased: int | None
    unit_price: Decimal | None
    billing_interval: str | None
    currency: str | None
    annual_value: Decimal | None
    start_date: date | None
    end_date: date | None
    cost_center: str | None


@dataclass(frozen=True)
class Facts:
    """What the FOCUS books say: billed totals in base currency by tool and billing month, and months with FOCUS rows.

    `billed_own` holds the totals of tools that bill in one currency, in that currency.
    """

    billed: dict[MonthKey, int]
    billed_own: dict[tuple[int, date, str], int]
    has_rows: set[MonthKey]


@dataclass(frozen=True)
class Judged:
    """An expense line's derived columns."""

    role: str
    possible_duplicate: bool = False
    unit_id: int | None = None  # None = the tool's split rule


def judge_expense(line: Line, facts: Facts, world: World, units: Units) -> Judged:
    """spend, evidence or not_ai (spec/formats.md, expenses)."""
    if line.tool_id is None:
        return Judged("not_ai")
    month = month_of(line.day)
    before = month_of(month - timedelta(days=1))
    if any(_matches(line, facts, world, (line.tool_id, book)) for book in (month, before)):
        return Judged("evidence")
    unit = _expense_unit(line, world, day_number(line.day))
    by_rule = unit is None and world.tools.split_of(line.tool_id) is not None
    return Judged("spend", (line.tool_id, month) in facts.has_rows, None if by_rule else units.id_of(unit or NOBODY))


def _matches(line: Line, facts: Facts, world: World, book: MonthKey) -> bool:
    own = facts.billed_own.get((*book, line.currency))
    amount = to_nanos(line.amount)
    if own is not None:
        return _close(own, amount)
    ratio = world.rates.ratio(line.currency, day_number(line.day))
    billed = facts.billed.get(book)
    return ratio is not None and billed is not None and _close(billed, converted(amount, ratio))


def _close(total: int, amount: int) -> bool:
    return total != 0 and abs(total - amount) * TWO_PERCENT <= abs(amount)


Piece = tuple[int, int, str, str, str, int, int, bool, int]


def _piece(world: World, units: Units, tool_id: int, unit: Unit | None, span: tuple[int, int], money: tuple[int, str],
           rate_day: int) -> Piece:  # fmt: skip
    """One amount in the shape of `_SCHEMA`; `unit` None = the tool's split rule."""
    nanos, currency = money
    ratio = world.rates.ratio(currency, rate_day)
    amount = converted(nanos, ratio) if ratio else nanos
    is_split = unit is None and world.tools.split_of(tool_id) is not None
    unit_id = units.id_of(unit or NOBODY)
    return (tool_id, unit_id, "", "", "" if ratio else currency, *span, is_split, amount)


def expense_pieces(lines: Iterable[Line], world: World, units: Units) -> Iterator[Piece]:
    """Lines that count as spend, on their day."""
    for line in lines:
        if line.tool_id is None:
            continue
        day = day_number(line.day)
        money = (to_nanos(line.amount), line.currency)
        yield _piece(world, units, line.tool_id, _expense_unit(line, world, day), (day, day + 1), money, day)


def _expense_unit(line: Line, world: World, day: int) -> Unit | None:
    person_id = world.people.person_at(line.employee_email, day) if line.employee_email else None
    if person_id is not None:
        return world.people.unit_of_person(person_id, day)
    return world.people.completed(Unit(line.department), day) if line.department else None


def annual_nanos(contract: Terms) -> int | None:
    """Annual value, else unit price × seats purchased × intervals a year; None when the terms do not say."""
    if contract.annual_value is not None:
        return to_nanos(contract.annual_value)
    if contract.unit_price is None or contract.seats_purchased is None or contract.billing_interval is None:
        return None
    per_year = BillingInterval(contract.billing_interval).per_year
    return to_nanos(contract.unit_price) * contract.seats_purchased * per_year


def contract_years(start: date, end: date) -> Iterator[tuple[date, date]]:
    """The contract's years [first day, first day of the next) until `end` (exclusive); the last one is whole, too."""
    index = 0
    while (first := _anniversary(start, index)) < end:
        yield first, _anniversary(start, index + 1)
        index += 1


def _anniversary(start: date, years: int) -> date:
    try:
        return start.replace(year=start.year + years)
    except ValueError:  # 29 February
        return date(start.year + years, 3, 1)


def accruals(contract: Terms, horizon: date) -> Iterator[tuple[date, date, int]]:
    """(first day, end exclusive, nanos) for each calendar month of the term, in the contract's currency."""
    annual = annual_nanos(contract)
    if annual is None or contract.start_date is None or contract.billing_model not in ACCRUING:
        return
    end = min(contract.end_date + timedelta(days=1), horizon) if contract.end_date else horizon
    for first, after in contract_years(contract.start_date, end):
        day = first
        while day < min(after, end):
            stop = min(next_month(month_of(day)), after, end)
            length = (after - first).days
            yield day, stop, share_nanos(annual, (day - first).days, (stop - first).days, length)
            day = stop


def contract_pieces(
    contracts: Iterable[Terms], taken: set[MonthKey], world: World, units: Units, horizon: date
) -> Iterator[Piece]:
    """Accruals of the tool-months that no other book has."""
    for contract in contracts:
        if contract.tool_id is None or not contract.currency:
            continue
        for first, stop, nanos in accruals(contract, horizon):
            month = month_of(first)
            if (contract.tool_id, month) in taken:
                continue
            start = day_number(first)
            unit = world.people.completed(Unit("", contract.cost_center), start) if contract.cost_center else None
            span, money = (start, day_number(stop)), (nanos, contract.currency)
            yield _piece(world, units, contract.tool_id, unit, span, money, day_number(month))


def pieces_frame(pieces: Iterable[Piece]) -> pl.DataFrame:
    """In the shape `frames.attributed` gives, with nothing but spend."""
    rows = pl.DataFrame(list(pieces), schema=_SCHEMA, orient="row")
    nothing = [pl.lit(0, pl.Int128).alias(name) for name in frames.AMOUNTS if name != "effective_base"]
    costed = (pl.col("effective_base") != 0).cast(pl.Int64).alias("costed")
    return rows.with_columns(*nothing, costed, pl.lit(1, pl.Int64).alias("charges"))


def expense_rollup(pieces: pl.DataFrame, book: KeyBook) -> pl.DataFrame:
    accumulator = frames.Accumulator(billing_day=0)
    accumulator.add(pieces)
    return accumulator.rows(book.weights_for(accumulator.split_days())).filter(pl.col("grain") != "bill")


def contract_rollup(pieces: pl.DataFrame, book: KeyBook) -> pl.DataFrame:
    """Spans only, so that a question can cut them off at its today."""
    accumulator = frames.Accumulator(billing_day=0)
    accumulator.add(pieces)
    return accumulator.spans(book.weights_for(accumulator.split_days()))


def load_expenses(session: Session) -> list[Line]:
    """Lines that have a tool, and those that had one."""
    columns = [getattr(Expense, name) for name in Line._fields]
    query = select(*columns).where(or_(col(Expense.tool_id).is_not(None), col(Expense.role) != "not_ai"))
    return [Line(*row) for row in session.exec(query.order_by(col(Expense.expense_id)))]


def load_contracts(session: Session) -> list[Terms]:
    columns = [getattr(Contract, name) for name in Terms._fields]
    return [Terms(*row) for row in session.exec(select(*columns).order_by(col(Contract.contract_id)))]


def spend_months(lines: Iterable[Line], judged: dict[int, Judged]) -> set[MonthKey]:
    """The tool-months that have an expense line counting as spend."""
    found = defaultdict(set)
    for line in lines:
        if line.tool_id is not None and judged[line.id].role == "spend":
            found[line.tool_id].add(month_of(line.day))
    return {(tool_id, month) for tool_id, months in found.items() for month in months}
