"""How many rows of a restated statement are the same as before, for the import report."""

from collections.abc import Iterable

import polars as pl

from storage.ledger import bulk
from storage.ledger.frames import CHARGE_SCHEMA
from storage.unit_of_work import Store

_ROWS = f"SELECT {', '.join(CHARGE_SCHEMA)} FROM charge WHERE statement_id = :statement"
MOST_ROWS = 3_000_000  # beyond, the comparison would not fit the memory bound: every row counts as changed


def same_rows(store: Store, new: int, old: Iterable[int], rows: int) -> int:
    """The size of the intersection of two multisets of rows; 0 without looking for very large statements."""
    if rows > MOST_ROWS:
        return 0
    counts = [_counts(store, statements).rename({"count": name}) for statements, name in (([new], "new"), (old, "old"))]
    both = counts[0].join(counts[1], on="row", how="inner")
    return int(both.select(pl.min_horizontal("new", "old").sum()).item() or 0)


def _counts(store: Store, statements: Iterable[int]) -> pl.DataFrame:
    hashes = [pl.Series("row", [], dtype=pl.UInt64)]
    with bulk.reading(store) as connection:
        for statement_id in statements:
            chunks = bulk.frames_of(connection, _ROWS, {"statement": statement_id}, CHARGE_SCHEMA)
            hashes += [chunk.hash_rows(0).alias("row") for chunk in chunks]
    return pl.concat(hashes).value_counts()
