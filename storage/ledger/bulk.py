"""Bulk writes and reads: prepared outside the transaction, so that SQLite's one write lock is held briefly."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import polars as pl
from sqlalchemy import Connection, event, text

from storage.models import Charge, ChargeKey, KeyMeaning, Rollup, Statement, StatementKey
from storage.unit_of_work import Store

CHUNK_ROWS = 10_000  # about 30 ms of SQLite's write lock
READ_ROWS = 200_000


def append_frame(store: Store, table: str, frame: pl.DataFrame) -> None:
    """Insert all rows of `frame` (columns named as the table's) in committed chunks."""
    for start in range(0, frame.height, CHUNK_ROWS):
        piece = frame.slice(start, CHUNK_ROWS)
        if store.is_sqlite:
            _append_sqlite(store, table, piece)
        else:
            _copy_postgres(store, table, piece)


def _append_sqlite(store: Store, table: str, frame: pl.DataFrame) -> None:
    marks = ",".join("?" * frame.width)
    statement = f"INSERT INTO {table} ({','.join(frame.columns)}) VALUES ({marks})"
    rows = frame.rows()
    with store.write() as uow:
        uow.session.connection().connection.cursor().executemany(statement, rows)


def _copy_postgres(store: Store, table: str, frame: pl.DataFrame) -> None:
    data = frame.write_csv(include_header=False, null_value="\\N").encode()
    command = f"COPY {table} ({','.join(frame.columns)}) FROM STDIN (FORMAT csv, NULL '\\N')"
    with store.write() as uow:
        driver: Any = uow.session.connection().connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(command) as copy:
            copy.write(data)


@contextmanager
def reading(store: Store) -> Iterator[Connection]:
    """A connection for streamed reads; PostgreSQL keeps the result on the server."""
    with store.engine.connect().execution_options(stream_results=True, max_row_buffer=READ_ROWS) as connection:
        yield connection


def frames_of(
    connection: Connection, sql: str, parameters: Mapping[str, Any], schema: Mapping[str, Any]
) -> Iterator[pl.DataFrame]:
    """The rows of a query as frames of at most READ_ROWS rows."""
    result = connection.execute(text(sql), parameters)
    while rows := result.fetchmany(READ_ROWS):
        yield pl.DataFrame([tuple(row) for row in rows], schema=dict(schema), orient="row")


@contextmanager
def lean(store: Store) -> Iterator[None]:
    """SQLite reads pages into a small cache instead of mapping the file: both count as the process's memory."""
    if not store.is_sqlite:
        yield
        return

    def unmap(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.execute("PRAGMA mmap_size=0")
        connection.execute("PRAGMA cache_size=-16384")

    event.listen(store.engine, "checkout", unmap)
    try:
        yield
    finally:
        event.remove(store.engine, "checkout", unmap)
        store.engine.dispose()  # connections of the pool map the file again


def tell_planner(store: Store) -> None:
    """PostgreSQL's statistics of the ledger after a load; until autovacuum comes by it would scan where it should look up
    (a person's questions took 90 ms instead of 12 over 300,000 rows). SQLite plans without."""
    if store.is_sqlite:
        return
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in (Charge, ChargeKey, KeyMeaning, StatementKey, Statement, Rollup):
            connection.execute(text(f"ANALYZE {table.__tablename__}"))
