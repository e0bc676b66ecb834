"""The only builder of spend SQL: amounts of the ledger by group, read from the smallest rollup that has what it needs.

Measures: `effective` (spend), `billed` (with tax), `paid` (billed and the expense lines that count as spend), `list` and
`usage_effective` (of Usage rows), `tokens`, `requests` (from ConsumedQuantity).
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sqlalchemy import func
from sqlmodel import Session, select

from storage.ledger import dimensions as dims
from storage.ledger.dimensions import Directory
from storage.ledger.ranges import Buckets
from storage.ledger.read_charges import Attributed, read_charges
from storage.ledger.read_rollups import RollupQuery, Row, exact_sum
from storage.models import Expense, Statement
from storage.models.ledger import day_number, day_of
from storage.org import OrgSettings
from storage.spend_query import Filter, Period, RowScope

__all__ = ["Cell", "cells", "coverage", "data_through", "exact_sum", "person_cost"]

MEASURES = ("effective", "billed", "paid", "list", "usage_effective", "tokens", "requests")
_COUNTS = ("tokens", "requests")
_NOISE = 1000  # nanos: what converting sums instead of rows may differ by
_NOISE_OF_COUNTS = 10  # and the whole tokens of long charges
EVERYTHING = RowScope(everything=True)


@dataclass(frozen=True, slots=True)
class Cell:
    """One group's amount: `nanos` · 10⁻⁹ of base currency, or of `unconverted` (a currency without a rate); tokens and
    requests as they are. `keys` = values of `group_by`, after the bucket's first day (ISO) where buckets were given."""

    keys: tuple[str | None, ...]
    nanos: int
    unconverted: str = ""


@dataclass(frozen=True)
class Question:
    """One measure with everything that decides which rows count."""

    session: Session
    measure: str
    filters: tuple[Filter, ...]
    period: Period
    group_by: tuple[str, ...]
    buckets: Sequence[Period]
    scope: RowScope
    today: date
    org: OrgSettings
    directory: Directory

    @property
    def asked(self) -> set[str]:
        return {part.dimension for part in self.filters} | set(self.group_by)

    def filters_on(self, names: Collection[str]) -> tuple[Filter, ...]:
        return tuple(part for part in self.filters if part.dimension in names)


def cells(
    session: Session,
    measure: str,
    *,
    period: Period,
    filters: Sequence[Filter] = (),
    group_by: Sequence[str] = (),
    buckets: Sequence[Period] = (),
    scope: RowScope,
    today: date,
    org: OrgSettings,
) -> list[Cell]:
    """The groups that have rows (an empty list = nothing recorded). `buckets` cut the period into adjoining parts.

    The scope is put in last: a row that is in none of its sets is not read. Raises ValueError for an unknown measure or
    dimension.
    """
    unknown = ({part.dimension for part in filters} | set(group_by)) - set(dims.ALL)
    if unknown or measure not in MEASURES:
        raise ValueError(f"the ledger has no {', '.join(sorted(unknown)) or measure}")
    question = Question(
        session, measure, tuple(filters), period, tuple(group_by), buckets, scope, today, org, Directory.load(session)
    )
    if not (scope.everything or scope.person_ids or scope.departments or scope.cost_centers or scope.divisions):
        return []
    if period.end <= period.start:  # the spend so far of a budget that lies ahead
        return []
    if "person" in group_by and scope.everything and not {"person", "model", "project"} & _filtered(question):
        return _by_person(question)
    return _summed(question, _rows(question))


def _filtered(question: Question) -> set[str]:
    return {part.dimension for part in question.filters}


def _rows(question: Question) -> list[Attributed]:
    """Rows with the person they are of."""
    found: list[Attributed] = []
    for measure, books in _books(question):
        if "person" in question.asked or question.scope.person_ids or {"model", "project"} <= question.asked:
            found += read_charges(question, measure, books)
        else:
            found += [(row, None) for row in _rolled(question, measure, books)]
    return found


def _by_person(question: Question) -> list[Cell]:
    """Of everybody: the named from their rows, and what has no person as the rest of the total."""
    named = _summed(question, [pair for part in _books(question) for pair in read_charges(question, *part, named_only=True)])
    place = question.group_by.index("person") + bool(question.buckets)
    others = tuple(name for name in question.group_by if name != "person")
    rest: dict[tuple[tuple[str | None, ...], str], int] = {}
    whole = replace(question, group_by=others)
    for cell in _summed(whole, _rows(whole)):
        rest[cell.keys, cell.unconverted] = cell.nanos
    for cell in named:
        keys = (*cell.keys[:place], *cell.keys[place + 1 :])
        rest[keys, cell.unconverted] = rest.get((keys, cell.unconverted), 0) - cell.nanos
    noise = _NOISE_OF_COUNTS if question.measure in _COUNTS else _NOISE
    nobody = [
        Cell((*keys[:place], None, *keys[place:]), nanos, unconverted)
        for (keys, unconverted), nanos in rest.items() if abs(nanos) > noise
    ]  # fmt: skip
    return named + nobody


def _books(question: Question) -> list[tuple[str, tuple[str, ...]]]:
    """(column, books) whose sum is the measure."""
    measure, sources = question.measure, tuple(question.directory.sources(question.filters))
    focus = tuple(source for source in sources if source == "focus")
    expense = tuple(source for source in sources if source == "expense")
    if measure == "paid":
        parts = [("billed", focus), ("effective", expense)]
    elif measure == "effective":
        parts = [("effective", sources)]
    else:
        parts = [(measure, focus)]
    return [(column, books) for column, books in parts if books]


def _rolled(question: Question, measure: str, books: tuple[str, ...]) -> list[Row]:
    directory, scope = question.directory, question.scope
    buckets = Buckets.of(question.period.start, question.period.end, [(part.start, part.end) for part in question.buckets])
    labels = question.filters_on(dims.LABEL)
    label = next(iter(question.asked & set(dims.LABEL)), None)
    query = RollupQuery(
        measure, buckets, _needed(question.group_by), books, directory.tool_ids(question.filters),
        directory.unit_ids(question.filters), None if scope.everything else directory.scoped_units(scope), labels,
        label or "unit", day_number(question.today),
    )  # fmt: skip
    if measure == "billed" and not buckets.edges:
        return list(query.read(question.session, query.bills()))
    return list(query.rows(question.session))


def _needed(group_by: Sequence[str]) -> frozenset[str]:
    needed = {name for name in group_by if name in dims.LABEL}
    for names, column in ((dims.TOOL, "tool"), (dims.UNIT, "unit"), (dims.BOOK, "source")):
        if set(group_by) & set(names):
            needed.add(column)
    return frozenset(needed)


def _summed(question: Question, rows: Sequence[Attributed]) -> list[Cell]:
    sums: dict[tuple[tuple[str | None, ...], str], int] = defaultdict(int)
    people = {person_id for _, person_id in rows if person_id is not None}
    emails = question.directory.emails(people, question.today) if "person" in question.group_by else {}
    for row, person_id in rows:
        keys = tuple(_key(question.directory, row, person_id, name, emails) for name in question.group_by)
        if question.buckets:
            keys = (day_of(row.bucket).isoformat(), *keys)
        sums[keys, row.unconverted] += row.amount
    return [Cell(keys, nanos, unconverted) for (keys, unconverted), nanos in sums.items()]


def _key(directory: Directory, row: Row, person_id: int | None, name: str, emails: dict[int, str]) -> str | None:
    if name in dims.TOOL:
        return directory.tools[row.tool_id][name]
    if name in dims.UNIT:
        return directory.units[row.unit_id][name]
    if name == "person":
        return emails.get(person_id) if person_id is not None else None
    value = {"model": row.model, "project": row.project, "source": row.source}.get(name)
    return dims.CHANNELS.get(row.source) if name == "payment_channel" else value or None


def coverage(
    session: Session, measure: str, *, period: Period, filters: Sequence[Filter] = (), scope: RowScope, today: date,
    org: OrgSettings,
) -> Decimal | None:  # fmt: skip
    """The share of the amount that has an owner (a department or cost centre), 0 to 1; None without an amount."""
    found = cells(session, measure, period=period, filters=filters, group_by=("department", "cost_center"), scope=scope,
                  today=today, org=org)  # fmt: skip
    total = sum(abs(cell.nanos) for cell in found if not cell.unconverted)
    owned = sum(abs(cell.nanos) for cell in found if not cell.unconverted and any(cell.keys))
    return Decimal(owned) / total if total else None


def data_through(session: Session) -> dict[str, date]:
    """The last day of each book that has rows: `focus` by ChargePeriodStart, `expense` by the lines that count as spend."""
    focus = session.exec(
        select(func.max(Statement.last_charge_day)).where(Statement.source == "focus", Statement.status == "current")
    ).one()
    expense = session.exec(select(func.max(Expense.day)).where(Expense.role == "spend")).one()
    return {name: day for name, day in (("focus", focus), ("expense", expense)) if day}


def person_cost(
    session: Session,
    person_ids: Collection[int],
    *,
    period: Period,
    filters: Sequence[Filter] = (),
    group_by: Sequence[str] = (),
    today: date,
    org: OrgSettings,
) -> list[Cell]:
    """Spend of rows that carry one of the people's e-mails and of their expense lines that count as spend; no seats."""
    scope = RowScope(person_ids=frozenset(person_ids))
    return cells(session, "effective", period=period, filters=filters, group_by=group_by, scope=scope, today=today, org=org)
