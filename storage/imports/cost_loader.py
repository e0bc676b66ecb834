"""Typed charges into the ledger's tables: keys interned, statements opened, rows appended in committed chunks."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import polars as pl
from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select

from storage.imports.focus_values import IDENTITY, KEY_COLUMNS, model_of, parse_tags
from storage.imports.report import Quarantined
from storage.ledger import bulk, frames
from storage.ledger.derive import Prepared
from storage.ledger.frames import CHARGE_SCHEMA, Accumulator
from storage.ledger.keybook import KeyBook, KeyRow, merged_spans
from storage.ledger.world import Units, World, reading_of
from storage.models import ChargeKey, Statement
from storage.models.ledger import day_of
from storage.unit_of_work import Store

StatementId = tuple[str, str, int]  # issuer, billing account, first day of the billing period
_KEYS_AT_ONCE = 500
_WORD = 2**64
RUN_ROWS = 500_000  # charges gathered before the largest statement is written: about 60 MB with its sort
_MARKS = ("mark0", "mark1")
_KNOWN = {"mark0": pl.UInt64, "mark1": pl.UInt64, "key_id": pl.Int64}


@dataclass
class Loaded:
    """A statement as loaded: not current yet."""

    identity: StatementId
    statement_id: int
    rows: int = 0
    last_day: int = -(2**31)
    longest: int = 1
    hashes: list[int] = field(default_factory=lambda: [0, 0])

    @property
    def content_hash(self) -> str:
        """Of the rows in any order."""
        return f"{self.rows:x}-{self.hashes[0]:016x}{self.hashes[1]:016x}"


class Loader:
    """Takes typed rows chunk by chunk. In a dry run nothing is written and ids are made up."""

    def __init__(self, store: Store, run_id: str, dry_run: bool) -> None:
        self._store = store
        self._book = None if dry_run else KeyBook(store, World.load(reading_of(store)), Units(store))
        self._accumulators: dict[int, Accumulator] = {}
        self._run_id = run_id
        self._dry_run = dry_run
        self._statements: dict[StatementId, Loaded] = {}
        self._key_ids: dict[str, int] = {}
        self._known = pl.DataFrame(schema=_KNOWN)
        self._problems: dict[str, str] = {}
        self._runs = Runs(store)

    def add(self, rows: pl.DataFrame, file: str) -> list[Quarantined]:
        """Rows as `typed` gives them. Returns those whose Tags cannot be read; the rest is stored."""
        if not rows.height:
            return []
        marked = rows.with_columns(rows.select(KEY_COLUMNS).hash_rows(seed).alias(name) for seed, name in enumerate(_MARKS))
        self._learn_raw(marked.join(self._known, on=_MARKS, how="anti"))
        numbered = marked.join(self._known, on=_MARKS, how="left").drop(_MARKS)
        bad = self._unreadable(numbered, file)
        good = numbered.filter(pl.col("key_id").is_not_null()) if bad else numbered
        opened = self._open(good.select(IDENTITY).unique(maintain_order=True))
        charges = good.join(opened, on=IDENTITY, how="left").select("statement_id", *CHARGE_SCHEMA)
        self._remember(charges)
        if not self._dry_run:
            self._runs.add(charges)
            self._sum_up(charges)
        return bad

    def _learn_raw(self, fresh: pl.DataFrame) -> None:
        """Give ids to raw dimensions that no chunk had before; 128 bits of hash stand for them from now on."""
        if not fresh.height:
            return
        keys = fresh.select(*_MARKS, *KEY_COLUMNS).unique(_MARKS, maintain_order=True)
        ids = self._intern(keys.select(KEY_COLUMNS))
        learnt = keys.select(*_MARKS, pl.Series("key_id", ids, dtype=pl.Int64))
        self._known = pl.concat([self._known, learnt], rechunk=True)

    def _sum_up(self, charges: pl.DataFrame) -> None:
        """Add the chunk to the sums of its statements, by what the keys mean now."""
        if self._book is None:
            return
        meanings = self._book.frame
        rows = frames.attributed(charges, meanings, self._book.rates_for(charges), keep=("statement_id",))
        parts = {int(key[0]): part for key, part in rows.partition_by("statement_id", as_dict=True).items()}
        for statement_id, accumulator in self._accumulators.items():
            if statement_id in parts:
                accumulator.add(parts[statement_id])
            else:
                accumulator.settle()

    def prepared(self) -> Prepared:
        """The sums, for `derive` to use when reference data is still the same."""
        if self._book is None or not self._accumulators:
            return Prepared()
        return Prepared(self._accumulators, self._book.digests(self._runs.spans()))

    def finish(self) -> list[Loaded]:
        """Close the statements: their key spans, last days and hashes are stored."""
        loaded = list(self._statements.values())
        if self._dry_run or not loaded:
            return loaded
        self._runs.flush(until=0)
        with self._store.write() as uow:
            for entry in loaded:
                values = {"content_hash": entry.content_hash, "row_count": entry.rows,
                          "last_charge_day": day_of(entry.last_day), "longest_days": entry.longest}  # fmt: skip
                uow.session.execute(update(Statement).where(col(Statement.id) == entry.statement_id).values(**values))
        return loaded

    def _unreadable(self, rows: pl.DataFrame, file: str) -> list[Quarantined]:
        if not self._problems:
            return []
        found = rows.filter(pl.col("key_id").is_null()).select("line", "Tags").rows()
        return [Quarantined(file, line, "Tags", text[:200], self._problems[text]) for line, text in found]

    def _intern(self, keys: pl.DataFrame) -> list[int | None]:
        """The id of each key, None where its Tags are not understood (then `_problems` has the reason)."""
        entries: list[dict[str, Any] | None] = []
        for row in keys.iter_rows():
            try:
                entries.append(key_entry(row))
            except (ValueError, TypeError):
                self._problems[row[-1]] = 'not understood; Tags is a JSON object like {"user": "ada@acme.example"}'
                entries.append(None)
        self._learn([entry for entry in entries if entry and entry["digest"] not in self._key_ids])
        return [self._key_ids[entry["digest"]] if entry else None for entry in entries]

    def _learn(self, entries: list[dict[str, Any]]) -> None:
        fresh = {entry["digest"]: entry for entry in entries}
        if self._dry_run:
            self._key_ids.update((digest, len(self._key_ids) + number) for number, digest in enumerate(fresh))
            return
        digests = list(fresh)
        for start in range(0, len(digests), _KEYS_AT_ONCE):
            part = digests[start : start + _KEYS_AT_ONCE]
            self._key_ids.update(self._stored(part))
            new = [fresh[digest] for digest in part if digest not in self._key_ids]
            if new:
                dialect: Any = sqlite if self._store.is_sqlite else postgresql
                with self._store.write() as uow:
                    uow.session.execute(dialect.insert(ChargeKey).on_conflict_do_nothing(), new)
                self._key_ids.update(self._stored([entry["digest"] for entry in new]))
        if self._book:
            names = KeyRow._fields[1:]
            self._book.learn(
                KeyRow(self._key_ids[digest], *(entry[name] for name in names)) for digest, entry in fresh.items()
            )

    def _stored(self, digests: list[str]) -> dict[str, int]:
        with self._store.read() as uow:
            query = select(ChargeKey.digest, ChargeKey.id).where(col(ChargeKey.digest).in_(digests))
            return {digest: key_id or 0 for digest, key_id in uow.session.exec(query)}

    def _open(self, identities: pl.DataFrame) -> pl.DataFrame:
        """The statement of each identity, opened when it is new."""
        for issuer, account, period in identities.rows():
            identity = (issuer, account, period)
            if identity not in self._statements:
                statement_id = self._new_statement(identity)
                self._statements[identity] = Loaded(identity, statement_id)
                self._accumulators[statement_id] = Accumulator(period)
        ids = [self._statements[identity].statement_id for identity in identities.iter_rows()]
        return identities.with_columns(pl.Series("statement_id", ids, dtype=pl.Int64))

    def _new_statement(self, identity: StatementId) -> int:
        if self._dry_run:
            return len(self._statements) + 1
        issuer, account, period = identity
        with self._store.write() as uow:
            statement = Statement(
                issuer=issuer, billing_account=account, billing_period_start=day_of(period), import_id=self._run_id
            )
            uow.session.add(statement)
            uow.session.flush()
            return statement.id or 0

    def _remember(self, charges: pl.DataFrame) -> None:
        """Counts, last days and hashes of the statements."""
        columns = list(CHARGE_SCHEMA)
        sums = charges.select(
            "statement_id", "start_day", (pl.col("end_day") - pl.col("start_day")).alias("length"),
            *(charges.select(columns).hash_rows(seed).cast(pl.Int128).alias(f"hash{seed}") for seed in (0, 1)),
        ).group_by("statement_id").agg(
            pl.len(), pl.col("start_day").max(), pl.col("length").max(), pl.col("hash0").sum(), pl.col("hash1").sum(),
        )  # fmt: skip
        by_id = {entry.statement_id: entry for entry in self._statements.values()}
        for statement_id, rows, last_day, longest, first, second in sums.iter_rows():
            entry = by_id[statement_id]
            entry.rows += rows
            entry.last_day = max(entry.last_day, last_day)
            entry.longest = max(entry.longest, longest)
            entry.hashes = [(old + new) % _WORD for old, new in zip(entry.hashes, (first, second), strict=True)]


class Runs:
    """Charges on their way into the database: gathered by statement, written sorted as one run when there are many."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: dict[int, list[pl.DataFrame]] = defaultdict(list)
        self._rows: dict[int, int] = defaultdict(int)
        self._written: dict[int, int] = defaultdict(int)
        self._spans: list[pl.DataFrame] = []

    def add(self, charges: pl.DataFrame) -> None:
        for (statement_id,), part in charges.partition_by("statement_id", as_dict=True).items():
            self._waiting[int(statement_id)].append(part)
            self._rows[int(statement_id)] += part.height
        if sum(self._rows.values()) > RUN_ROWS:
            self.flush(until=RUN_ROWS // 2)

    def flush(self, until: int) -> None:
        """Write the largest statements until no more than `until` rows wait."""
        while sum(self._rows.values()) > until:
            largest = max(self._rows, key=lambda statement_id: self._rows[statement_id])
            self._write(largest, pl.concat(self._waiting.pop(largest)))
            del self._rows[largest]

    def _write(self, statement_id: int, charges: pl.DataFrame) -> None:
        run = self._written[statement_id]
        self._written[statement_id] += 1
        placed = charges.sort("key_id", "start_day").with_row_index("seq").with_columns(pl.lit(run).alias("run"))
        days = [pl.col("start_day").min().alias("first_day"), pl.col("start_day").max().alias("last_day")]
        spans = placed.group_by("statement_id", "run", "key_id").agg(days).sort("key_id")
        bulk.append_frame(self._store, "statementkey", spans)  # first: by them a killed run's charges are found
        bulk.append_frame(self._store, "charge", placed.select("statement_id", "run", "seq", *CHARGE_SCHEMA))
        self._spans.append(spans.drop("run"))

    def spans(self) -> pl.DataFrame:
        """What `keybook.key_spans` will read of these statements."""
        return merged_spans(pl.concat(self._spans))


def key_entry(row: tuple[str, ...]) -> dict[str, Any]:
    """A `ChargeKey`'s columns from the values of KEY_COLUMNS. Raises ValueError when the Tags are not understood."""
    provider, service, sub_account, sub_name, sku, category, unit, currency, details, x_model, resource, tags = row
    entry: dict[str, Any] = {
        "provider": provider, "service_name": service, "sub_account": sub_account, "sub_account_name": sub_name,
        "sku_id": sku, "charge_category": category, "consumed_unit": unit, "currency": currency,
        "model": model_of(details, x_model, resource), "tags": parse_tags(tags),
    }  # fmt: skip
    text = json.dumps(entry, sort_keys=True, ensure_ascii=False, default=str)
    return {**entry, "digest": blake2b(text.encode(), digest_size=16).hexdigest()}
