"""Charge keys with what they mean, learnt all at once by a derivation and chunk by chunk by an import."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple

import polars as pl
from sqlmodel import Session, col, select

from storage.ledger import bulk, frames
from storage.ledger.consumed import unit_factors
from storage.ledger.meanings import Meaning
from storage.ledger.tools import discover_tools
from storage.ledger.world import Units, World
from storage.models import ChargeKey, KeyMeaning, Statement, StatementKey
from storage.unit_of_work import Store

KEYS_AT_ONCE = 10_000
SPAN_SCHEMA = {"statement_id": pl.Int64, "key_id": pl.Int64, "first_day": pl.Int32, "last_day": pl.Int32}


class KeyRow(NamedTuple):
    """A `ChargeKey` without the ORM, of which there may be hundreds of thousands."""

    id: int
    provider: str
    service_name: str
    sub_account: str
    sub_account_name: str
    sku_id: str
    charge_category: str
    consumed_unit: str
    currency: str
    model: str
    tags: dict[str, Any]


class MeaningRow(NamedTuple):
    """A `KeyMeaning` without the ORM."""

    key_id: int
    from_day: int
    to_day: int
    tool_id: int
    unit_id: int
    person_id: int | None
    project: str
    basis: str
    disagrees: bool


class StatementRow(NamedTuple):
    id: int
    batch: int
    derived_hash: str
    billing_period_start: date
    status: str


def load_keys(session: Session) -> Iterator[list[KeyRow]]:
    """All keys, a bounded number at a time: their tags take room."""
    columns = [getattr(ChargeKey, name) for name in KeyRow._fields]
    query = select(*columns).execution_options(yield_per=KEYS_AT_ONCE)
    for rows in session.exec(query).partitions():
        yield [KeyRow(*row) for row in rows]


def stored_meanings(session: Session) -> dict[int, list[MeaningRow]]:
    """By key, in order of days."""
    columns = [getattr(KeyMeaning, name) for name in MeaningRow._fields]
    found: dict[int, list[MeaningRow]] = {}
    for row in session.exec(select(*columns).order_by(col(KeyMeaning.key_id), col(KeyMeaning.from_day))):
        found.setdefault(row[0], []).append(MeaningRow(*row))
    return found


def focus_statements(session: Session) -> list[StatementRow]:
    columns = [getattr(Statement, name) for name in StatementRow._fields]
    query = select(*columns).where(Statement.source == "focus").order_by(col(Statement.id))
    return [StatementRow(*row) for row in session.exec(query)]


def key_spans(session: Session) -> pl.DataFrame:
    """(statement_id, key_id, first_day, last_day) of all statements."""
    table = StatementKey
    query = select(table.statement_id, table.key_id, table.first_day, table.last_day)
    parts = [pl.DataFrame(schema=SPAN_SCHEMA)]
    for rows in session.exec(query).partitions(bulk.READ_ROWS):
        parts.append(pl.DataFrame([tuple(row) for row in rows], schema=SPAN_SCHEMA, orient="row"))
    return merged_spans(pl.concat(parts))


def merged_spans(spans: pl.DataFrame) -> pl.DataFrame:
    """Of all runs of a statement together."""
    return spans.group_by("statement_id", "key_id").agg(pl.col("first_day").min(), pl.col("last_day").max())


class KeyBook:
    """What keys mean today. `rows` by key id; `frame` is the join partner of charges (frames.MEANING_SCHEMA)."""

    def __init__(self, store: Store, world: World, units: Units) -> None:
        self._store = store
        self.world = world
        self.units = units
        self.rows: dict[int, list[MeaningRow]] = {}
        self._parts: list[pl.DataFrame] = []

    @property
    def frame(self) -> pl.DataFrame:
        if len(self._parts) != 1:
            self._parts = [pl.concat(self._parts) if self._parts else pl.DataFrame(schema=frames.MEANING_SCHEMA)]
        return self._parts[0]

    def learn(self, keys: Iterable[KeyRow]) -> None:
        """Work out what keys mean; tools that they show and nothing else knows are recorded first."""
        fresh = [key for key in keys if key.id not in self.rows]
        unknown = [key for key in fresh if self.world.tools.is_new(key)]
        if unknown:
            discover_tools(self._store, {(key.service_name, key.provider) for key in unknown})
            self.world.tools.refresh(self._store)
        data = []
        for key in fresh:
            rows = [self._row(key.id, meaning) for meaning in self.world.finder.of_key(key)]
            self.rows[key.id] = rows
            data += [_joinable(key, row) for row in rows]
        if data:
            self._parts.append(pl.DataFrame(data, schema=frames.MEANING_SCHEMA, orient="row"))

    def _row(self, key_id: int, meaning: Meaning) -> MeaningRow:
        return MeaningRow(
            key_id, meaning.from_day, meaning.to_day, meaning.tool_id, self.units.id_of(meaning.unit), meaning.person_id,
            meaning.project, meaning.basis, meaning.disagrees,
        )  # fmt: skip

    def rates_for(self, charges: pl.DataFrame) -> pl.DataFrame:
        """The exchange rates that `charges` (key_id, start_day) need."""
        currencies = self.frame.select("key_id", "currency").unique()
        if currencies["currency"].n_unique() == 1:
            currency = currencies["currency"][0]
            pairs = [(currency, day) for day in charges["start_day"].unique()]
        else:
            pairs = charges.join(currencies, on="key_id").select("currency", "start_day").unique().rows()
        return frames.rate_frame({(currency, day): self.world.rates.ratio(currency, day) for currency, day in pairs})

    def weights_for(self, pairs: Iterable[tuple[int, int]]) -> pl.DataFrame:
        """The shares of units in split costs of (tool, day)."""
        data = []
        for tool_id, day in pairs:
            weights = self.world.weights(tool_id, day)
            total, before = sum(weight for _, weight in weights), 0
            for unit, weight in weights:
                data.append((tool_id, day, self.units.id_of(unit), before, before + weight, total))
                before += weight
        return pl.DataFrame(data, schema=frames.WEIGHT_SCHEMA, orient="row")

    def digests(self, spans: pl.DataFrame) -> dict[int, str]:
        """By statement: of everything beside its charges that its rollup is a function of."""
        joined = spans.join(self.frame, on="key_id", how="inner").filter(
            (pl.col("from_day") <= pl.col("last_day")) & (pl.col("first_day") < pl.col("to_day"))
        )
        clipped = joined.select(
            "key_id", pl.max_horizontal("from_day", "first_day"), pl.min_horizontal("to_day", pl.col("last_day") + 1),
            "tool_id", "unit_id", "project", "is_split",
        )  # fmt: skip
        sums = joined.select("statement_id", *_hashes(clipped)).group_by("statement_id").agg(pl.all().sum())
        around = self._around(joined)
        return {
            statement_id: f"{first % 2**64:016x}{second % 2**64:016x}{around.get(statement_id, '')}"
            for statement_id, first, second in sums.iter_rows()
        }

    def _around(self, joined: pl.DataFrame) -> dict[int, str]:
        """By statement: of the rates and the split rules on its days."""
        days = [pl.col("first_day").min(), pl.col("last_day").max()]
        found: dict[int, list[object]] = {}
        for statement_id, currency, first, last in (
            joined.group_by("statement_id", "currency").agg(days).sort("currency").rows()
        ):
            rates = [self.world.rates.ratio(currency, day) for day in range(first, last + 1)]
            found.setdefault(statement_id, []).append((self.world.org.base_currency, currency, first, rates))
        split = joined.filter("is_split").group_by("statement_id", "tool_id").agg(days).sort("tool_id")
        for statement_id, tool_id, first, last in split.rows():
            weights = [self.world.weights(tool_id, day) for day in range(first, last + 1)]
            found.setdefault(statement_id, []).append((tool_id, first, weights))
        return {statement_id: frames.digest(repr(facts)) for statement_id, facts in found.items()}


def _joinable(key: KeyRow, row: MeaningRow) -> tuple[object, ...]:
    tokens, requests = unit_factors(key.consumed_unit)
    is_usage = key.charge_category == "Usage"
    return (
        key.id, row.from_day, row.to_day, row.tool_id, row.unit_id, key.model, row.project, key.charge_category == "Tax",
        is_usage, row.basis == "split", key.currency, tokens if is_usage else 0, requests if is_usage else 0,
    )  # fmt: skip


def _hashes(rows: pl.DataFrame) -> list[pl.Series]:
    return [rows.hash_rows(seed).cast(pl.Int128).alias(f"hash{seed}") for seed in (0, 1)]
