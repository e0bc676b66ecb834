"""A private scratch database for the rows of one file: the last row of a key wins, memory stays bounded.

SQLite keeps it in its page cache and spills it to a temporary file that vanishes when the import ends or is killed.
"""

import pickle
import sqlite3
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from storage.imports.report import Quarantined

Values = dict[str, Any]


class Staging:
    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN;"
            "CREATE TABLE staged (key BLOB PRIMARY KEY, line INTEGER, data BLOB) WITHOUT ROWID;"
            "CREATE TABLE kept_out (line INTEGER, data BLOB);"
        )
        self.read = 0

    def __enter__(self) -> "Staging":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._db.close()

    def add(self, key: str, line: int, values: Values) -> None:
        """Rows come back in the order of `key`."""
        self._db.execute("INSERT OR REPLACE INTO staged VALUES (?, ?, ?)", (key.encode(), line, pickle.dumps(values, 5)))

    def quarantine(self, row: Quarantined, raw: dict[str, str], retry: bool = False) -> None:
        self._db.execute("INSERT INTO kept_out VALUES (?, ?)", (row.line, pickle.dumps((row, raw, retry), 5)))

    def __len__(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM staged").fetchone()[0])

    def chunks(self, size: int) -> Iterator[list[tuple[int, Values]]]:
        """(line, values) in the order of their keys, `size` at a time."""
        cursor = self._db.execute("SELECT line, data FROM staged ORDER BY key")
        while rows := cursor.fetchmany(size):
            yield [(line, pickle.loads(data)) for line, data in rows]

    def kept_out(self, size: int = 1000) -> Iterator[list[tuple[Quarantined, dict[str, str], bool]]]:
        cursor = self._db.execute("SELECT data FROM kept_out ORDER BY line")
        while rows := cursor.fetchmany(size):
            yield [pickle.loads(data) for (data,) in rows]
