"""The record of an import while it runs: one at a time, hidden until it is current, swept when its process died."""

import hashlib
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from storage.imports.report import Tally
from storage.imports.staging import Staging
from storage.models import ImportLock, ImportRun, QuarantinedRow
from storage.unit_of_work import Store
from storage.visibility import UNSEEN, VERSIONED

CHUNK = 500  # rows written while holding the lock: some 50 ms
PATIENCE_SECONDS = 600
_LOST_AFTER = timedelta(hours=6)  # an import of another machine that does not end
_POLL_SECONDS = 0.2

Progress = Callable[[str, int, int], None]  # what is being done, done, total
CheckDocument = Callable[[str, str], list[str]]  # (text, file) → warnings; raises SourceErrors


@dataclass
class Changes:
    """What a command's files changed, so that only what it touches is worked out again."""

    emails: set[str] = field(default_factory=set)
    people: bool = False
    tools: bool = False
    org: bool = False
    budgets: bool = False
    seat_tools: set[str] = field(default_factory=set)
    anything: bool = False


@dataclass
class Context:
    """One `bursar import`: its options, and what it changed so far."""

    store: Store
    dry_run: bool = False
    accept: bool = False
    replace: bool = False
    append: bool = False
    check_policy: CheckDocument | None = None
    progress: Progress | None = None
    raw_dir: Path | None = None
    check_synonyms: CheckDocument | None = None
    changes: Changes = field(default_factory=Changes)

    def tell(self, what: str, done: int, total: int) -> None:
        if self.progress:
            self.progress(what, done, total)


def file_hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def begin(context: Context, kind: str, path: Path) -> str:
    """A run whose rows nobody sees yet; its id."""
    with context.store.write() as uow:
        run_id = uow.new_id()
        uow.session.add(
            ImportRun(id=run_id, kind=kind, status="loading", files=[path.name], content_hash=file_hash(path),
                      started_at=uow.now, derived=False)
        )  # fmt: skip
    return run_id


def keep_quarantined(context: Context, run_id: str, kind: str, staging: Staging) -> None:
    """Store the rows that were kept out, a bounded number at a time."""
    for chunk in staging.kept_out(CHUNK):
        rows = [
            {"import_id": run_id, "kind": kind, "file": row.file, "line": row.line, "column": row.column,
             "value": row.value, "reason": row.reason, "raw": raw, "retry": retry}
            for row, raw, retry in chunk
        ]  # fmt: skip
        with context.store.write() as uow:
            uow.session.execute(insert(QuarantinedRow), rows)


def make_current(session: Session, run_id: str, tally: Tally, now: datetime) -> None:
    """The one short write that makes the run's rows seen; an earlier import of the same file is settled by it."""
    run = session.get(ImportRun, run_id)
    if run is None:
        raise RuntimeError(f"the import {run_id} was swept while it ran")
    run.status, run.finished_at = "current", now
    run.rows_read, run.rows_new, run.rows_changed = tally.read, tally.new, tally.changed
    run.rows_unchanged, run.rows_quarantined = tally.unchanged, tally.quarantined_count
    run.notes = list(tally.notes)
    session.add(run)
    session.flush()
    newer = select(QuarantinedRow.id).where(
        QuarantinedRow.import_id != run_id, QuarantinedRow.kind == run.kind, col(QuarantinedRow.file).in_(run.files),
        col(QuarantinedRow.resolved_at).is_(None),
    )  # fmt: skip
    ids = session.exec(newer.limit(50_000)).all()
    for start in range(0, len(ids), 500):
        part = update(QuarantinedRow).where(col(QuarantinedRow.id).in_(ids[start : start + 500]))
        session.execute(part.values(resolved_at=now))


def sweep(store: Store) -> list[str]:
    """Remove what imports that died left behind; their ids. Call it only while holding the import lock."""
    with store.read() as uow:
        loading = select(ImportRun.id).where(ImportRun.status == "loading", ImportRun.kind != "costs")
        dead = list(uow.session.exec(loading).all())
    for run_id in dead:
        for model in VERSIONED:
            _in_chunks(store, model, model.replaced_by == run_id, remove=False)
            _in_chunks(store, model, model.import_id == run_id, remove=True)
        with store.write() as uow:
            uow.session.execute(delete(QuarantinedRow).where(col(QuarantinedRow.import_id) == run_id))
            uow.session.execute(update(ImportRun).where(col(ImportRun.id) == run_id).values(status="swept"))
    drop_replaced(store)
    return dead


def drop_replaced(store: Store) -> None:
    """Delete the rows that current imports have replaced, a chunk at a time. Call it only when none is loading."""
    for model in VERSIONED:
        _in_chunks(store, model, model.replaced_by > "", remove=True)


def _in_chunks(store: Store, model: Any, chosen: Any, remove: bool) -> None:
    table = model.__table__
    while True:
        with store.read() as uow:
            query = select(table.c.id).where(chosen).limit(CHUNK)
            ids = uow.session.execute(query, execution_options={UNSEEN: True}).scalars().all()
        if not ids:
            return
        with store.write() as uow:
            change = delete(table) if remove else update(table).values(replaced_by="")
            uow.session.execute(change.where(table.c.id.in_(ids)))


def process_name() -> str:
    """`host:pid:start`, so that a process number used again is not taken for the old process."""
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}"


def _started(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def is_dead(owner: str, started_at: datetime, now: datetime) -> bool:
    """Whether the process that took the lock is gone; of another machine only after six hours."""
    host, pid, started = owner.rsplit(":", 2)
    if host != socket.gethostname() or os.name != "posix":
        return now - started_at > _LOST_AFTER
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return _started(int(pid)) != started


@contextmanager
def import_lock(store: Store) -> Iterator[None]:
    """Imports take turns. Waits for a running one; raises TimeoutError when it does not end."""
    for _ in range(int(PATIENCE_SECONDS / _POLL_SECONDS)):
        if _take_lock(store):
            break
        time.sleep(_POLL_SECONDS)
    else:
        raise TimeoutError("another import is still running; try again when it has ended")
    try:
        yield
    finally:
        with store.write() as uow:
            uow.session.execute(delete(ImportLock))


def _take_lock(store: Store) -> bool:
    try:
        with store.write() as uow:
            held = uow.session.exec(select(ImportLock).with_for_update()).first()
            if held is None:
                uow.session.add(ImportLock(id=1, owner=process_name(), started_at=uow.now))
                return True
            if not is_dead(held.owner, held.started_at, uow.now):
                return False
            held.owner, held.started_at = process_name(), uow.now
            uow.session.add(held)
            return True
    except IntegrityError:
        return False
