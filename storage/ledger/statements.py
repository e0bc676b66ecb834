"""Rollups of one statement: made from its charges, stored where no query sees them, removed."""

from collections import defaultdict

import polars as pl
from sqlalchemy import text
from sqlmodel import col, select

from storage.ledger import bulk, frames
from storage.ledger.keybook import KeyBook, StatementRow
from storage.models import Rollup, StatementKey
from storage.models.ledger import day_number
from storage.unit_of_work import Store

_KEYS_AT_ONCE = 1_000
CHARGES = f"SELECT {', '.join(frames.CHARGE_SCHEMA)} FROM charge WHERE statement_id = :statement"


def accumulated(store: Store, book: KeyBook, statement: StatementRow) -> frames.Accumulator:
    """The statement's sums, from its stored charges."""
    accumulator = frames.Accumulator(day_number(statement.billing_period_start))
    with bulk.reading(store) as connection:
        for chunk in bulk.frames_of(connection, CHARGES, {"statement": statement.id}, frames.CHARGE_SCHEMA):
            accumulator.add(frames.attributed(chunk, book.frame, book.rates_for(chunk)))
    return accumulator


def write_rollup(store: Store, statement_id: int, batch: int, rows: pl.DataFrame) -> None:
    """Store rows that no query sees until the statement's batch is set to `batch`."""
    if not rows.height:
        return
    stamped = rows.with_columns(
        pl.lit(statement_id).alias("statement_id"), pl.lit(batch).alias("batch"),
        *(pl.col(name).cast(pl.Int64) for name in frames.AMOUNTS),
    )  # fmt: skip
    order = ["cut", "grain", *frames.INTERVAL, *frames.DIMENSIONS]
    bulk.append_frame(store, "rollup", stamped.sort(order))


def drop_rollups(store: Store, statement_id: int, keep: int | None) -> None:
    """Delete the statement's rollup rows of every batch but `keep`, a cut and month at a time."""
    with store.read() as uow:
        query = select(Rollup.cut, Rollup.grain, Rollup.start_day).where(Rollup.statement_id == statement_id)
        if keep is not None:
            query = query.where(Rollup.batch != keep)
        found = uow.session.exec(query.distinct()).all()
    by_part: dict[tuple[str, str, int], list[int]] = defaultdict(list)
    for cut, grain, day in found:
        by_part[cut, grain, day // 10].append(day)
    condition = "statement_id = :statement AND cut = :cut AND grain = :grain AND start_day BETWEEN :first AND :last"
    if keep is not None:
        condition += " AND batch <> :keep"
    for (cut, grain, _), days in by_part.items():
        bounds = {"statement": statement_id, "cut": cut, "grain": grain, "first": min(days), "last": max(days), "keep": keep}
        with store.write() as uow:
            uow.session.connection().execute(text(f"DELETE FROM rollup WHERE {condition}"), bounds)


def drop_charges(store: Store, statement_id: int) -> None:
    """Delete the statement's charges and their key spans, some keys at a time."""
    while True:
        with store.read() as uow:
            query = select(StatementKey.run, StatementKey.key_id).where(StatementKey.statement_id == statement_id)
            found = uow.session.exec(
                query.order_by(col(StatementKey.run), col(StatementKey.key_id)).limit(_KEYS_AT_ONCE)
            ).all()
        if not found:
            break
        run = found[0][0]
        bounds = {"statement": statement_id, "run": run, "last": max(key_id for its_run, key_id in found if its_run == run)}
        condition = "statement_id = :statement AND run = :run AND key_id <= :last"
        with store.write() as uow:
            for table in ("charge", "statementkey"):
                uow.session.connection().execute(text(f"DELETE FROM {table} WHERE {condition}"), bounds)
