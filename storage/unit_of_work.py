"""Transactions: everything that belongs together is read and written in one unit of work."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from threading import RLock
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

import storage.visibility  # noqa: F401  (hides rows of loading imports in every session)


@dataclass(frozen=True)
class UnitOfWork:
    """One transaction. `now` (aware UTC) stands still within it; `new_id` gives fresh opaque ids.

    Workflow functions take a unit of work and never commit: whoever opened it does, so that an interaction's inbox
    mark, decision, audit row and outbox rows are one transaction.
    """

    session: Session
    now: datetime
    new_id: Callable[[], str]


class Store:
    """Opens units of work on one database. `clock` returns the present as an aware UTC instant."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime], new_id: Callable[[], str]) -> None:
        self.engine = engine
        self._writer = engine.execution_options(bursar_write=True)
        self._clock = clock
        self._new_id = new_id
        # SQLite's own waiting for the write lock sleeps and polls; threads of one process take turns without it.
        self._turn: AbstractContextManager[Any] = RLock() if self.is_sqlite else nullcontext()

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Iterator[UnitOfWork]:
        """Commits when the block ends, rolls back when it raises. On SQLite it begins IMMEDIATE: keep it short, and never
        open a second one inside."""
        with self._turn, Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield UnitOfWork(session, self._clock(), self._new_id)

    @contextmanager
    def rehearse(self) -> Iterator[UnitOfWork]:
        """Like `write`, but rolled back at the end: to learn what would happen."""
        with self._turn, Session(self._writer, expire_on_commit=False) as session:
            try:
                yield UnitOfWork(session, self._clock(), self._new_id)
            finally:
                session.expunge_all()
                session.rollback()

    @contextmanager
    def read(self) -> Iterator[UnitOfWork]:
        """A consistent snapshot; whatever is written in it is rolled back."""
        with Session(self.engine, expire_on_commit=False) as session:
            try:
                yield UnitOfWork(session, self._clock(), self._new_id)
            finally:
                session.expunge_all()  # what was read stays usable after the block
                session.rollback()
