"""Reading 100,000 seats of a day and sweeping them: `python -m tests.bench.bench_seats [PEOPLE]` (five seats each)."""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import insert

from storage.database import open_engine
from storage.models import ImportRun, Person, PersonEmail, PersonRecord, Seat, SeatSnapshot
from storage.schema import ensure_schema
from storage.seats import IdleRules, seats_on
from storage.unit_of_work import Store, UnitOfWork
from tests.builders import LONG_AGO, add_tool
from tests.seat_builders import LONG_HELD, add_contract
from workflows.seats.find_idle import sweep

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
AS_OF = date(2026, 11, 20)
TOOLS = 5


class TimedStore(Store):
    """Remembers how long the longest writing transaction held the database."""

    longest = 0.0

    @contextmanager
    def write(self) -> Iterator[UnitOfWork]:
        with super().write() as uow:
            started = time.perf_counter()
            yield uow
        self.longest = max(self.longest, time.perf_counter() - started)


def fill(store: Store, people: int) -> None:
    """Everybody has a seat of every tool; days since the last use are spread over two months."""
    with store.write() as uow:

        def rows(model: Any, values: Iterator[dict[str, Any]]) -> None:
            uow.session.execute(insert(model), list(values))

        numbers = range(1, people + 1)
        rows(Person, ({"id": one, "employee_id": f"E{one}"} for one in numbers))
        rows(PersonRecord, (
            {"person_id": one, "effective_from": LONG_AGO, "work_email": f"p{one}@acme.example", "display_name": f"P {one}",
             "department": f"D{one % 12}", "employment_status": "Active", "timezone": "Europe/Stockholm"} for one in numbers
        ))  # fmt: skip
        rows(PersonEmail, ({"email": f"p{one}@acme.example", "person_id": one, "valid_from": LONG_AGO} for one in numbers))
        uow.session.add(ImportRun(id="bench", kind="seats", status="current", content_hash="bench", started_at=uow.now))
        for number in range(TOOLS):
            tool = add_tool(uow, f"tool-{number}", owner="p1@acme.example")
            add_contract(uow, tool, seats=people)
            snapshot = SeatSnapshot(tool_name=tool.slug, tool_id=tool.id, as_of=AS_OF, import_id="bench")
            uow.session.add(snapshot)
            uow.session.flush()
            rows(Seat, (
                {"snapshot_id": snapshot.id, "work_email": f"p{one}@acme.example", "person_id": one, "status": "assigned",
                 "first_seen_on": LONG_HELD, "last_active_on": AS_OF - timedelta((one * 7 + number) % 60),
                 "activity_tracked": True, "carried": False} for one in numbers
            ))  # fmt: skip


def main() -> None:
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    numbers = count()
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/bench.db")
        ensure_schema(engine)
        store = TimedStore(engine, lambda: NOW, lambda: f"id{next(numbers)}")
        fill(store, people)
        started = time.perf_counter()
        with store.read() as uow:
            seats = seats_on(uow.session, AS_OF, rules=IdleRules())
        print(f"{len(seats):,} seats read and judged in {time.perf_counter() - started:.2f} s")
        for what in ("first sweep", "second sweep"):
            store.longest, started, cpu = 0.0, time.perf_counter(), time.process_time()
            report = sweep(store)
            print(
                f"{what}: {report.opened:,} cases opened, {report.looked_at:,} looked at again, "
                f"{time.perf_counter() - started:.1f} s ({time.process_time() - cpu:.1f} s of CPU), "
                f"longest write {store.longest * 1000:.0f} ms"
            )
        engine.dispose()


if __name__ == "__main__":
    main()
