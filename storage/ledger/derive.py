"""Derives the ledger: what keys mean, statements' rollups, the expense and contract books.

Everything derived is a function of the stored rows and today's reference data; what did not change is left alone. New
rollups are written where no query sees them and become current in one short transaction.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl
from sqlalchemy import update
from sqlmodel import Session, col, delete, select

from storage.ledger import books
from storage.ledger.facts import focus_facts
from storage.ledger.frames import Accumulator, digest
from storage.ledger.keybook import (
    KeyBook,
    MeaningRow,
    StatementRow,
    focus_statements,
    key_spans,
    load_keys,
    stored_meanings,
)
from storage.ledger.splits import month_of
from storage.ledger.statements import accumulated, drop_charges, drop_rollups, write_rollup
from storage.ledger.world import Units, World, reading_of
from storage.models import Expense, KeyMeaning, Statement, StatementKey
from storage.org import today
from storage.unit_of_work import Store, UnitOfWork

Progress = Callable[[str, int, int], None]  # (phase, done, of)
KEYS_AT_ONCE = 4_000  # meanings replaced in one transaction


@dataclass
class Change:
    """What will become current together."""

    activate: frozenset[int] = frozenset()
    retire: frozenset[int] = frozenset()
    meanings: dict[int, list[MeaningRow]] = field(default_factory=dict)
    batches: dict[int, tuple[int, str]] = field(default_factory=dict)  # statement → (batch, derived hash)
    expenses: list[dict[str, object]] = field(default_factory=list)


@dataclass(frozen=True)
class Prepared:
    """What an import has summed up already, and the digests of what it was derived from."""

    accumulators: Mapping[int, Accumulator] = field(default_factory=dict)
    digests: Mapping[int, str] = field(default_factory=dict)


def derive(
    store: Store,
    progress: Progress | None = None,
    *,
    activate: Collection[int] = (),
    retire: Collection[int] = (),
    prepared: Prepared | None = None,
    finish: Callable[[UnitOfWork], None] | None = None,
) -> None:
    """Bring everything derived up to date. `activate` and `retire` are statements that become current and replaced in
    the same transaction, in which `finish` is called last."""
    Derivation(store, progress, Change(frozenset(activate), frozenset(retire)), prepared or Prepared()).run(finish)


class Derivation:
    """One run of `derive`."""

    def __init__(self, store: Store, progress: Progress | None, change: Change, prepared: Prepared) -> None:
        self._store = store
        self._progress = progress
        self._change = change
        self._prepared = prepared
        self._book = KeyBook(store, World.load(reading_of(store)), Units(store))

    def run(self, finish: Callable[[UnitOfWork], None] | None) -> None:
        with self._store.read() as uow:
            for keys in load_keys(uow.session):
                self._book.learn(keys)
            before, spans = stored_meanings(uow.session), key_spans(uow.session)
            statements, day = focus_statements(uow.session), today(self._book.world.org, uow.now)
        rows = self._book.rows
        self._change.meanings = {key_id: rows[key_id] for key_id in rows if before.get(key_id) != rows[key_id]}
        current = [row for row in statements if self._will_be_current(row)]
        self._roll_focus(current, spans)
        self._roll_books(current, spans, day)
        self._switch(finish)
        self._sweep()

    def _will_be_current(self, row: StatementRow) -> bool:
        change = self._change
        return row.id in change.activate or (row.status == "current" and row.id not in change.retire)

    def _roll_focus(self, current: list[StatementRow], spans: pl.DataFrame) -> None:
        digests = self._book.digests(spans)
        for done, statement in enumerate(current):
            wanted = digests.get(statement.id, "")
            if wanted != statement.derived_hash:
                sums = self._sums(statement, wanted)
                rows = sums.rows(self._book.weights_for(sums.split_days()))
                self._write(statement.id, statement.batch, wanted, rows)
            if self._progress:
                self._progress("rolling up", done + 1, len(current))

    def _sums(self, statement: StatementRow, wanted: str) -> Accumulator:
        """Those of the import when nothing has changed since, else from the stored charges."""
        prepared = self._prepared
        if statement.id in prepared.accumulators and prepared.digests.get(statement.id) == wanted:
            return prepared.accumulators[statement.id]
        return accumulated(self._store, self._book, statement)

    def _write(self, statement_id: int, batch: int, derived_hash: str, rows: pl.DataFrame) -> None:
        drop_rollups(self._store, statement_id, keep=batch)
        write_rollup(self._store, statement_id, batch + 1, rows)
        self._change.batches[statement_id] = (batch + 1, derived_hash)

    def _roll_books(self, current: list[StatementRow], spans: pl.DataFrame, day: date) -> None:
        book, world, units = self._book, self._book.world, self._book.units
        with self._store.read() as uow:
            lines, contracts = books.load_expenses(uow.session), books.load_contracts(uow.session)
        batches = {row.id: self._change.batches.get(row.id, (row.batch, ""))[0] for row in current}
        facts = focus_facts(self._store, book, batches, lines, spans)
        judged = {line.id: books.judge_expense(line, facts, world, units) for line in lines}
        self._change.expenses = [
            {"id": line.id, **vars(judged[line.id])} for line in lines if _derived(line) != judged[line.id]
        ]
        counted = [line for line in lines if judged[line.id].role == "spend"]
        spent = books.pieces_frame(books.expense_pieces(counted, world, units))
        self._roll_book("expense", spent, books.expense_rollup)
        taken = facts.has_rows | books.spend_months(lines, judged)
        accrued = books.pieces_frame(books.contract_pieces(contracts, taken, world, units, _horizon(day)))
        self._roll_book("contract", accrued, books.contract_rollup)

    def _roll_book(self, source: str, pieces: pl.DataFrame, rollup: Callable[[pl.DataFrame, KeyBook], pl.DataFrame]) -> None:
        opened = self._open_book(source, pieces.height > 0)
        if opened is None:
            return
        statement_id, batch, before = opened
        rows = rollup(pieces, self._book)
        rows = rows.sort(rows.columns)
        wanted = digest(rows.write_csv())
        if wanted != before:
            self._write(statement_id, batch, wanted, rows)

    def _open_book(self, source: str, needed: bool) -> tuple[int, int, str] | None:
        """(id, batch, derived hash) of the book's statement, made when it is needed."""
        query = select(Statement.id, Statement.batch, Statement.derived_hash).where(Statement.source == source)
        with self._store.read() as uow:
            found = uow.session.exec(query).first()
        if found:
            return found[0] or 0, found[1], found[2]
        if not needed:
            return None
        with self._store.write() as uow:
            statement = Statement(source=source, status="current")
            uow.session.add(statement)
            uow.session.flush()
            return statement.id or 0, 0, ""

    def _switch(self, finish: Callable[[UnitOfWork], None] | None) -> None:
        """Make the change current. Many changed meanings go ahead in transactions of their own."""
        pending = sorted(self._change.meanings)
        while len(pending) > KEYS_AT_ONCE:
            now, pending = pending[:KEYS_AT_ONCE], pending[KEYS_AT_ONCE:]
            with self._store.write() as uow:
                self._replace_meanings(uow.session, now)
        with self._store.write() as uow:
            self._replace_meanings(uow.session, pending)
            self._flip(uow.session)
            if finish:
                finish(uow)

    def _replace_meanings(self, session: Session, key_ids: list[int]) -> None:
        if not key_ids:
            return
        rows = [row for key_id in key_ids for row in self._change.meanings[key_id]]
        values = [row._asdict() for row in rows]
        session.execute(delete(KeyMeaning).where(col(KeyMeaning.key_id).in_(key_ids)))
        if values:
            session.execute(KeyMeaning.__table__.insert(), values)  # type: ignore[attr-defined]

    def _flip(self, session: Session) -> None:
        for statement_id, (batch, wanted) in self._change.batches.items():
            session.execute(
                update(Statement).where(col(Statement.id) == statement_id).values(batch=batch, derived_hash=wanted)
            )
        for ids, status in ((self._change.activate, "current"), (self._change.retire, "replaced")):
            if ids:
                session.execute(update(Statement).where(col(Statement.id).in_(ids)).values(status=status))
        if self._change.expenses:
            session.execute(update(Expense), self._change.expenses)

    def _sweep(self) -> None:
        for statement_id, (batch, _) in self._change.batches.items():
            drop_rollups(self._store, statement_id, keep=batch)


def sweep_replaced(store: Store, keep: Collection[int] = ()) -> None:
    """Delete rows of statements that are not current (replaced ones and those of killed imports), in short transactions.

    `keep` = statements that an import running now is still loading.
    """
    with store.read() as uow:
        query = select(Statement.id).where(Statement.status != "current", col(Statement.id).not_in(list(keep)))
        dead = [statement_id or 0 for statement_id in uow.session.exec(query)]
    for statement_id in dead:
        drop_rollups(store, statement_id, keep=None)
        drop_charges(store, statement_id)
        with store.write() as uow:
            _forget(uow.session, statement_id)


def _forget(session: Session, statement_id: int) -> None:
    session.execute(delete(StatementKey).where(col(StatementKey.statement_id) == statement_id))
    session.execute(delete(Statement).where(col(Statement.id) == statement_id))


def _derived(line: books.Line) -> books.Judged:
    return books.Judged(line.role, line.possible_duplicate, line.unit_id)


def _horizon(day: date) -> date:
    """The end of what is written down of contracts without an end: the first of a month."""
    return month_of(day + timedelta(days=books.HORIZON_DAYS))
