"""Derives the ledger: what keys mean, statements' rollups, the expense and contract books.

Everything derived is a function of the stored rows and today's reference data; what did not change is left alone. New
rollups are written where no query sees them and become current in one short transaction.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import blake2b

import polars as pl
from sqlalchemy import update
from sqlmodel import Session, col, delete, select

from storage.ledger import books, bulk
from storage.ledger.facts import focus_facts
from storage.ledger.statements import (
    StatementRoller,
    drop_rollups,
    keys_of_statements,
    meaning_frame,
    write_rollup,
)
from storage.ledger.tools import discover_tools
from storage.ledger.world import ROW_COLUMNS, Row, Units, World, meanings_of, row_of, stored_rows
from storage.models import ChargeKey, Expense, KeyMeaning, Statement, StatementKey
from storage.org import today
from storage.unit_of_work import Store, UnitOfWork

Progress = Callable[[str, int, int], None]  # (phase, done, of)
KEYS_AT_ONCE = 4_000  # meanings replaced in one transaction


@dataclass
class Change:
    """What will become current together."""

    activate: frozenset[int] = frozenset()
    retire: frozenset[int] = frozenset()
    meanings: dict[int, list[Row]] = field(default_factory=dict)
    batches: dict[int, tuple[int, str]] = field(default_factory=dict)  # statement → (batch, derived hash)
    expenses: list[dict[str, object]] = field(default_factory=list)


def derive(
    store: Store,
    progress: Progress | None = None,
    *,
    activate: Collection[int] = (),
    retire: Collection[int] = (),
    finish: Callable[[UnitOfWork], None] | None = None,
) -> None:
    """Bring everything derived up to date. `activate` and `retire` are statements that become current and replaced in
    the same transaction, in which `finish` is called last."""
    Derivation(store, progress, Change(frozenset(activate), frozenset(retire))).run(finish)


class Derivation:
    """One run of `derive`."""

    def __init__(self, store: Store, progress: Progress | None, change: Change) -> None:
        self._store = store
        self._progress = progress
        self._change = change
        self._units = Units(store)
        self._rows: dict[int, list[Row]] = {}
        self._keys: dict[int, ChargeKey] = {}

    def run(self, finish: Callable[[UnitOfWork], None] | None) -> None:
        discover_tools(self._store)
        with self._store.read() as uow:
            world = World.load(uow.session)
            self._mean(uow.session, world)
            roller = StatementRoller(self._store, world, self._units, self._keys)
            current = self._current(uow.session)
            self._roll_focus(uow.session, roller, current)
            self._roll_books(uow, world, roller, current)
        self._switch(finish)
        self._sweep()

    def _mean(self, session: Session, world: World) -> None:
        """New meanings of all keys; those that differ from the stored ones go into the change."""
        self._keys = {key.id or 0: key for key in session.exec(select(ChargeKey))}
        before = stored_rows(session)
        for key_id, meanings in meanings_of(world, list(self._keys.values())).items():
            rows = [row_of(key_id, meaning, self._units.id_of) for meaning in meanings]
            self._rows[key_id] = rows
            if before.get(key_id) != rows:
                self._change.meanings[key_id] = rows

    def _current(self, session: Session) -> list[Statement]:
        """The FOCUS statements that will be current."""
        change = self._change
        found = session.exec(select(Statement).where(Statement.source == "focus").order_by(col(Statement.id)))
        return [
            row for row in found
            if row.id in change.activate or (row.status == "current" and row.id not in change.retire)
        ]  # fmt: skip

    def _roll_focus(self, session: Session, roller: StatementRoller, current: list[Statement]) -> None:
        spans = keys_of_statements(session, (row.id or 0 for row in current))
        for done, statement in enumerate(current):
            statement_id = statement.id or 0
            own = spans.get(statement_id, [])
            digest = roller.digest(own, self._rows)
            if digest != statement.derived_hash:
                meanings = meaning_frame((row for span in own for row in self._rows[span.key_id]), self._keys)
                self._write(statement, digest, roller.roll(statement, meanings))
            if self._progress:
                self._progress("rolling up", done + 1, len(current))

    def _write(self, statement: Statement, digest: str, rows: pl.DataFrame) -> None:
        statement_id = statement.id or 0
        drop_rollups(self._store, statement_id, keep=statement.batch)
        batch = statement.batch + 1
        write_rollup(self._store, statement_id, batch, rows)
        self._change.batches[statement_id] = (batch, digest)

    def _roll_books(self, uow: UnitOfWork, world: World, roller: StatementRoller, current: list[Statement]) -> None:
        batches = {row.id or 0: self._change.batches.get(row.id or 0, (row.batch, ""))[0] for row in current}
        lines = books.load_expenses(uow.session)
        facts = focus_facts(self._store, world, batches, lines, self._rows, self._keys)
        judged = {line.id or 0: books.judge_expense(line, facts, world, self._units) for line in lines}
        self._change.expenses = [
            {"id": line.id, **vars(judged[line.id or 0])} for line in lines if _derived(line) != judged[line.id or 0]
        ]
        counted = [line for line in lines if judged[line.id or 0].role == "spend"]
        spent = books.pieces_frame(books.expense_pieces(counted, world, self._units))
        self._roll_book(uow.session, "expense", spent, books.expense_rollup, roller)
        taken = facts.has_rows | books.spend_months(lines, judged)
        horizon = _horizon(today(world.org, uow.now))
        contracts = books.load_contracts(uow.session)
        accrued = books.pieces_frame(books.contract_pieces(contracts, taken, world, self._units, horizon))
        self._roll_book(uow.session, "contract", accrued, books.contract_rollup, roller)

    def _roll_book(
        self,
        session: Session,
        source: str,
        pieces: pl.DataFrame,
        rollup: Callable[[pl.DataFrame, StatementRoller], pl.DataFrame],
        roller: StatementRoller,
    ) -> None:
        statement = session.exec(select(Statement).where(Statement.source == source)).first()
        if statement is None:
            if not pieces.height:
                return
            statement = self._open_book(source)
        rows = rollup(pieces, roller)
        rows = rows.sort(rows.columns)
        digest = blake2b(rows.write_csv().encode(), digest_size=16).hexdigest()
        if digest != statement.derived_hash:
            self._write(statement, digest, rows)

    def _open_book(self, source: str) -> Statement:
        with self._store.write() as uow:
            statement = Statement(source=source, status="current")
            uow.session.add(statement)
            uow.session.flush()
            return statement

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
        values = [dict(zip(ROW_COLUMNS, row, strict=True)) for row in rows]
        session.execute(delete(KeyMeaning).where(col(KeyMeaning.key_id).in_(key_ids)))
        if values:
            session.execute(KeyMeaning.__table__.insert(), values)  # type: ignore[attr-defined]

    def _flip(self, session: Session) -> None:
        for statement_id, (batch, digest) in self._change.batches.items():
            session.execute(
                update(Statement).where(col(Statement.id) == statement_id).values(batch=batch, derived_hash=digest)
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
        bulk.delete_in_chunks(store, "charge", "statement_id = :statement", {"statement": statement_id}, "id")
        with store.write() as uow:
            _forget(uow.session, statement_id)


def _forget(session: Session, statement_id: int) -> None:
    session.execute(delete(StatementKey).where(col(StatementKey.statement_id) == statement_id))
    session.execute(delete(Statement).where(col(Statement.id) == statement_id))


def _derived(line: Expense) -> books.Judged:
    return books.Judged(line.role, line.possible_duplicate, line.unit_id)


def _horizon(day: date) -> date:
    """The end of what is written down of contracts without an end: the first of a month."""
    return books.month_of(day + timedelta(days=books.HORIZON_DAYS))
