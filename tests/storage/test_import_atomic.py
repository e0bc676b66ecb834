"""An import is atomic to readers, short for other writers, swept when its process dies, one at a time."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import func, select

from storage.database import open_engine
from storage.imports import load, load_config_folder
from storage.imports.runs import import_lock, is_dead, process_name
from storage.imports.source import Refused
from storage.models import ConfigDocument, ImportLock, ImportRun, Usage
from storage.unit_of_work import Store
from storage.yaml_source import SourceErrors
from tests.conftest import NOW, TestClock, numbered_ids
from tests.storage.files import CATALOG, ORG, bring_one, counts, no_policy_checks, put

ROWS = 6000


def usage(rows: int, requests: int = 1) -> str:
    lines = [f"2026-10-{number % 28 + 1:02d},Cursor,p{number},{requests}" for number in range(rows)]
    return "\n".join(["day,tool,project,requests", *lines]) + "\n"


def total(store: Store) -> tuple[int, int]:
    with store.read() as uow:
        rows, requests = uow.session.exec(select(func.count(), func.sum(Usage.requests)).select_from(Usage)).one()
        return rows, int(requests or 0)


def stored_rows(store: Store) -> int:
    """With those that no query sees."""
    with store.read() as uow:
        return int(uow.session.execute(select(func.count()).select_from(Usage.__table__)).scalar_one())  # type: ignore[attr-defined]


def test_readers_see_all_of_a_large_file_or_nothing(store: Store, tmp_path: Path) -> None:
    bring_one(store, tmp_path, "usage.csv", usage(ROWS))
    seen: set[tuple[int, int]] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.add(total(store))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        report = bring_one(store, tmp_path, "usage.csv", usage(2 * ROWS, requests=3))
    finally:
        done.set()
        reader.join()
    assert counts(report) == (2 * ROWS, ROWS, ROWS, 0, 0)
    assert seen <= {(ROWS, ROWS), (2 * ROWS, 6 * ROWS)}
    assert (ROWS, ROWS) in seen
    assert total(store) == (2 * ROWS, 6 * ROWS)
    assert stored_rows(store) == 2 * ROWS


def test_other_writers_never_wait_long(sqlite_store: Store, tmp_path: Path) -> None:
    waits: list[float] = []
    done = threading.Event()

    def click() -> None:
        while not done.is_set():
            start = time.perf_counter()
            with sqlite_store.write():
                waits.append(time.perf_counter() - start)
            time.sleep(0.005)

    writer = threading.Thread(target=click)
    writer.start()
    try:
        bring_one(sqlite_store, tmp_path, "usage.csv", usage(5 * ROWS))
    finally:
        done.set()
        writer.join()
    assert len(waits) > 20
    assert max(waits) < 1.0  # SQLite polls for the lock, on a busy machine; the import holds it for well under 0.1 s


KILLED = """
import sys
from pathlib import Path
from storage.database import open_engine
from storage.imports import load
from storage.unit_of_work import Store
from workflows.ports import random_id, system_clock

def say(what, done, total):
    if what.startswith("loading") and done >= 4000:
        print("loaded", done, flush=True)
        sys.stdin.read()

load(Store(open_engine(sys.argv[1]), system_clock, random_id), [Path(sys.argv[2])], progress=say)
"""


def test_an_import_that_is_killed_leaves_nothing_and_is_swept(store: Store, database_url: str, tmp_path: Path) -> None:
    bring_one(store, tmp_path, "usage.csv", usage(ROWS))
    (path,) = put(tmp_path, {"usage-2.csv": usage(2 * ROWS, requests=3)})
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, database_url, str(path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline().startswith("loaded")
        assert stored_rows(store) > ROWS
        assert total(store) == (ROWS, ROWS)
        os.kill(process.pid, signal.SIGKILL)
    assert total(store) == (ROWS, ROWS)
    report = bring_one(store, tmp_path, "usage-3.csv", "day,tool,requests\n2026-10-01,Cursor,5\n")
    assert report.rows_new == 1
    assert (total(store), stored_rows(store)) == ((ROWS + 1, ROWS + 5), ROWS + 1)
    with store.read() as uow:
        statuses = uow.session.exec(select(ImportRun.status).order_by(ImportRun.started_at)).all()  # type: ignore[arg-type]
        assert sorted(statuses) == ["current", "current", "swept"]
        assert uow.session.exec(select(ImportLock)).all() == []


def test_what_an_import_died_before_deriving_is_derived_by_the_next(store: Store, tmp_path: Path) -> None:
    bring_one(store, tmp_path, "usage.csv", "day,tool,requests\n2026-10-01,copilot,5\n")
    bring_one(store, tmp_path, "catalog.yaml", CATALOG)
    with store.write() as uow:
        for row in uow.session.exec(select(Usage)).all():
            row.tool_id = None
            uow.session.add(row)
        run = uow.session.exec(select(ImportRun).where(ImportRun.kind == "catalog")).one()
        run.derived = False
        uow.session.add(run)
    bring_one(store, tmp_path, "org.yaml", ORG)
    with store.read() as uow:
        assert uow.session.exec(select(Usage.tool_id)).one() is not None


def test_imports_take_turns(store: Store, database_url: str, tmp_path: Path, clock: TestClock) -> None:
    other = Store(open_engine(database_url), clock, numbered_ids())
    order: list[str] = []

    def second() -> None:
        bring_one(other, tmp_path, "budgets.csv", "period,scope_type,scope,amount,currency\n2026,company,,1,USD\n")
        order.append("second")

    thread = threading.Thread(target=second)
    with import_lock(store):
        thread.start()
        time.sleep(0.5)
        order.append("first")
    thread.join()
    other.engine.dispose()
    assert order == ["first", "second"]


def test_whose_lock_is_given_up() -> None:
    mine = process_name()
    host, pid, started = mine.rsplit(":", 2)
    assert not is_dead(mine, NOW, NOW + timedelta(days=9))
    assert is_dead(f"{host}:{pid}:{started}1", NOW, NOW)  # the number of the process was used again
    assert is_dead(f"{host}:999999999:1", NOW, NOW)
    assert not is_dead("elsewhere:1:1", NOW, NOW + timedelta(hours=5))
    assert is_dead("elsewhere:1:1", NOW, NOW + timedelta(hours=7))


def test_a_configuration_folder_becomes_a_new_version_when_it_differs(store: Store, tmp_path: Path) -> None:
    put(tmp_path, {"org.yaml": ORG, "catalog.yaml": CATALOG, "usage.csv": "not read\n"})
    assert [(report.kind, report.status) for report in load_config_folder(store, tmp_path)] == [
        ("org", "imported"), ("catalog", "imported"),
    ]  # fmt: skip
    assert {report.status for report in load_config_folder(store, tmp_path)} == {"unchanged"}
    put(tmp_path, {"org.yaml": ORG.replace("Acme", "Bolt"), "catalog.yaml": "tools: [}"})
    with pytest.raises(SourceErrors, match=r"catalog\.yaml:1:9"):
        load_config_folder(store, tmp_path)
    with store.read() as uow:
        kinds = uow.session.exec(select(ConfigDocument.kind).order_by(ConfigDocument.id)).all()  # type: ignore[arg-type]
    assert kinds == ["org", "catalog", "org"]
    with pytest.raises(Refused, match="no such folder"):
        load_config_folder(store, tmp_path / "none")


def test_a_policy_is_checked_by_who_knows_policies(store: Store, tmp_path: Path) -> None:
    (path,) = put(tmp_path, {"policy.yaml": "version: 1\n"})
    (report,) = load(store, [path])
    assert report.status == "refused"

    def doubtful(text: str, file: str) -> list[str]:
        return [f"{file}: {text.strip()} is doubtful"]

    (report,) = load(store, [path], check_policy=doubtful)
    assert (report.status, report.notes) == ("imported", ("policy.yaml: version: 1 is doubtful",))
    (report,) = load(store, [path], check_policy=no_policy_checks)
    assert report.status == "unchanged"
