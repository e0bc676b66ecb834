"""Rolls one statement up: its stored charges with the meanings of their keys."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import TypeVar

import polars as pl
from sqlalchemy import text
from sqlmodel import Session, col, select

from storage.ledger import bulk, frames
from storage.ledger.world import Row, Units, World
from storage.models import ChargeKey, Rollup, Statement, StatementKey
from storage.models.ledger import day_number
from storage.unit_of_work import Store

CHARGES = f"SELECT {', '.join(frames.CHARGE_SCHEMA)} FROM charge WHERE statement_id = :statement"
Name = TypeVar("Name", int, str)
_COUNT = re.compile(r"^(\d+)\s+(.*)$")


def unit_factors(consumed_unit: str) -> tuple[int, int]:
    """(tokens, requests) that one ConsumedQuantity of this unit is: `1000 Tokens` → (1000, 0), `Hours` → (0, 0)."""
    match = _COUNT.match(consumed_unit.strip())
    count, noun = (int(match[1]), match[2]) if match else (1, consumed_unit.strip())
    noun = noun.casefold()
    if noun in ("token", "tokens"):
        return count, 0
    if noun in ("request", "requests", "api requests", "api calls", "calls"):
        return 0, count
    return 0, 0


def meaning_frame(rows: Iterable[Row], keys: Mapping[int, ChargeKey]) -> pl.DataFrame:
    """The join partner of charges: meanings with what their keys say of category, unit and currency."""
    data = []
    for key_id, from_day, to_day, tool_id, unit_id, _person, project, basis, _disagrees in rows:
        key = keys[key_id]
        tokens, requests = unit_factors(key.consumed_unit)
        is_tax, is_usage = key.charge_category == "Tax", key.charge_category == "Usage"
        data.append(
            (key_id, from_day, to_day, tool_id, unit_id, key.model, project, is_tax, is_usage, basis == "split",
             key.currency, tokens if is_usage else 0, requests if is_usage else 0)
        )  # fmt: skip
    return pl.DataFrame(data, schema=frames.MEANING_SCHEMA, orient="row")


class StatementRoller:
    """Derives rollups of statements with one state of the world."""

    def __init__(self, store: Store, world: World, units: Units, keys: Mapping[int, ChargeKey]) -> None:
        self._store = store
        self._world = world
        self._units = units
        self._keys = keys

    def digest(self, spans: Iterable[StatementKey], rows: Mapping[int, list[Row]]) -> str:
        """Of everything beside the charges that the statement's rollup is a function of."""
        hashed = blake2b(self._world.org.base_currency.encode(), digest_size=16)
        currencies: dict[str, tuple[int, int]] = {}
        splits: dict[int, tuple[int, int]] = {}
        for span in spans:
            key = self._keys[span.key_id]
            for row in rows[span.key_id]:
                if row[1] <= span.last_day and span.first_day < row[2]:
                    clipped = (row[0], max(row[1], span.first_day), min(row[2], span.last_day + 1), *row[3:5], *row[6:8])
                    hashed.update(repr(clipped).encode())
                    if row[7] == "split":
                        _widen(splits, row[3], span)
            _widen(currencies, key.currency, span)
        for currency, (first, last) in sorted(currencies.items()):
            for day in range(first, last + 1):
                hashed.update(repr((currency, day, self._world.rates.ratio(currency, day))).encode())
        for tool_id, (first, last) in sorted(splits.items()):
            for day in range(first, last + 1):
                hashed.update(repr((tool_id, day, self._world.weights(tool_id, day))).encode())
        return hashed.hexdigest()

    def roll(self, statement: Statement, meanings: pl.DataFrame) -> pl.DataFrame:
        """The statement's rollup rows, from its stored charges."""
        if statement.billing_period_start is None:
            raise ValueError(f"statement {statement.id} has no billing period")
        accumulator = frames.Accumulator(day_number(statement.billing_period_start))
        with bulk.reading(self._store) as connection:
            chunks = bulk.frames_of(connection, CHARGES, {"statement": statement.id}, frames.CHARGE_SCHEMA)
            for chunk in chunks:
                accumulator.add(frames.attributed(chunk, meanings, self.rates_for(chunk, meanings)))
        return accumulator.rows(self.weights_for(accumulator.split_days()))

    def rates_for(self, charges: pl.DataFrame, meanings: pl.DataFrame) -> pl.DataFrame:
        currencies = meanings.select("key_id", "currency").unique()
        pairs = charges.select("key_id", "start_day").join(currencies, on="key_id").select("currency", "start_day").unique()
        ratio = self._world.rates.ratio
        return frames.rate_frame({(currency, day): ratio(currency, day) for currency, day in pairs.rows()})

    def weights_for(self, pairs: Iterable[tuple[int, int]]) -> pl.DataFrame:
        data = []
        for tool_id, day in pairs:
            weights = self._world.weights(tool_id, day)
            total, before = sum(weight for _, weight in weights), 0
            for unit, weight in weights:
                data.append((tool_id, day, self._units.id_of(unit), before, before + weight, total))
                before += weight
        return pl.DataFrame(data, schema=frames.WEIGHT_SCHEMA, orient="row")


def _widen(ranges: dict[Name, tuple[int, int]], name: Name, span: StatementKey) -> None:
    first, last = ranges.get(name, (span.first_day, span.last_day))
    ranges[name] = (min(first, span.first_day), max(last, span.last_day))


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


def keys_of_statements(session: Session, statement_ids: Iterable[int]) -> dict[int, list[StatementKey]]:
    """By statement, in order of key."""
    found: dict[int, list[StatementKey]] = {}
    query = select(StatementKey).order_by(col(StatementKey.statement_id), col(StatementKey.key_id))
    wanted = set(statement_ids)
    for row in session.exec(query):
        if row.statement_id in wanted:
            found.setdefault(row.statement_id, []).append(row)
    return found
