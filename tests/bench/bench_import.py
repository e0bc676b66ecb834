"""How fast cost files load, in how much memory, and how long a click waits meanwhile.

`python -m tests.bench.bench_import --rows 1000000 [--database URL] [--folder /tmp/bursar-bench]`
"""

import argparse
import resource
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from storage.database import open_engine
from storage.imports.costs import load_costs
from storage.imports.runs import import_lock
from storage.models import ThreadContext
from storage.schema import ensure_schema
from storage.unit_of_work import Store
from tests.bench.focus_data import CostFiles, add_company, write_files

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def open_store(url: str) -> Store:
    engine = open_engine(url)
    ensure_schema(engine)
    numbers, base = count(1), time.time_ns()
    return Store(engine, lambda: NOW, lambda: f"bench{base}-{next(numbers)}")


def click(store: Store) -> None:
    """A short write, as an acknowledged click makes."""
    with store.write() as uow:
        uow.session.get(ThreadContext, 0)


class Clicker(threading.Thread):
    """Writes ten times a second and notes how long each write waited."""

    def __init__(self, store: Store) -> None:
        super().__init__(daemon=True)
        self._store = store
        self._stop_asked = threading.Event()
        self.waits: list[float] = []

    def run(self) -> None:
        while not self._stop_asked.wait(0.1):
            begun = time.perf_counter()
            click(self._store)
            self.waits.append(time.perf_counter() - begun)

    def stop(self) -> None:
        self._stop_asked.set()
        self.join()


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def peak_rss_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def files_of(folder: Path, rows: int) -> CostFiles:
    """Made once per size."""
    target = folder / f"focus-{rows}"
    paths = sorted(target.glob("costs-*.csv"))
    if paths:
        return CostFiles(paths, rows, sum(path.stat().st_size for path in paths))
    return write_files(target, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/bursar-bench"))
    parser.add_argument("--database", help="default: a fresh SQLite file in the folder")
    parser.add_argument("--generate-only", action="store_true")
    options = parser.parse_args()
    files = files_of(options.folder, options.rows)
    if options.generate_only:
        return
    path = options.folder / f"bench-{options.rows}.db"
    if options.database is None:
        for old in options.folder.glob(f"{path.name}*"):
            old.unlink()
    store = open_store(options.database or f"sqlite:///{path}")
    add_company(store)
    clicker = Clicker(store)
    clicker.start()
    with import_lock(store):
        seconds = timed(lambda: print("\n".join(load_costs(store, files.paths).lines(3))))
    clicker.stop()
    print(f"{files.rows:,} rows, {files.size / 1e6:,.0f} MB: {seconds:,.1f} s, {files.rows / seconds:,.0f} rows/s, "
          f"peak RSS {peak_rss_mb():,.0f} MB")  # fmt: skip
    print(f"clicks meanwhile: {len(clicker.waits)}, wait p50 {quantile(clicker.waits, 0.5) * 1000:.0f} ms, "
          f"p99 {quantile(clicker.waits, 0.99) * 1000:.0f} ms, longest {max(clicker.waits) * 1000:.0f} ms")  # fmt: skip
    if options.database is None:
        print(f"database: {sum(part.stat().st_size for part in options.folder.glob(path.name + '*')) / 1e6:,.0f} MB")


if __name__ == "__main__":
    main()
