"""FOCUS cost files into the ledger: one command's files are one statement, which replaces what it restates as a whole.

Rows go into committed chunks under statements that no query sees; `derive` makes them current in one short transaction.
"""

import gzip
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import and_, delete, func, insert, update
from sqlmodel import col, select

from storage.imports.cost_loader import Loaded, Loader, StatementId
from storage.imports.cost_matching import same_rows
from storage.imports.focus_chunks import FocusFile
from storage.imports.focus_values import typed
from storage.imports.raw_files import RawCopies
from storage.imports.report import ImportReport, Quarantined, Tally
from storage.imports.source import Refused
from storage.ledger.bulk import lean, tell_planner
from storage.ledger.derive import Prepared, derive, sweep_replaced
from storage.models import Charge, ImportRun, KeyMeaning, QuarantinedRow, Statement, StatementKey
from storage.models.ledger import day_of
from storage.unit_of_work import Store, UnitOfWork

Progress = Callable[[str, int, int], None]
KIND = "costs"


def load_costs(
    store: Store,
    files: Sequence[Path],
    *,
    replace: bool = False,
    append: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
    raw_dir: Path | None = None,
) -> ImportReport:
    """Load FOCUS files as one statement and bring the ledger up to date.

    `replace` lets a statement end on an earlier charge day than the loaded one; `append` adds a delta to it. Call it
    while holding the import lock: what an import that died left behind is swept first.
    """
    return CostImport(store, list(files), replace, append, dry_run, progress, raw_dir).run()


@dataclass
class Fate:
    """What becomes of the loaded statements."""

    activate: list[int] = field(default_factory=list)
    retire: list[int] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)


class CostImport:
    """One run of `load_costs`."""

    def __init__(
        self, store: Store, files: list[Path], replace: bool, append: bool, dry_run: bool, progress: Progress | None,
        raw_dir: Path | None,
    ) -> None:  # fmt: skip
        self._store = store
        self._files = files
        self._replace = replace
        self._append = append
        self._dry_run = dry_run
        self._progress = progress
        self._raw_dir = raw_dir
        self._tally = Tally()
        self._run_id = ""
        self._copies: RawCopies | None = None

    def run(self) -> ImportReport:
        try:
            sources = [FocusFile(path) for path in self._distinct()]
        except Refused as error:
            return self._report("refused", refused=str(error))
        try:
            with lean(self._store):
                return self._run(sources)
        finally:
            if self._copies is not None:
                self._copies.discard()

    def _run(self, sources: list[FocusFile]) -> ImportReport:
        if not self._dry_run:
            self._sweep()
            self._begin()
            if self._raw_dir is not None:
                self._copies = RawCopies(self._raw_dir, self._run_id, self._hashes.values())
        loader = Loader(self._store, self._run_id, self._dry_run)
        for source in sources:
            self._load(source, loader)
        loaded, prepared = loader.finish(), loader.prepared()
        del loader  # what it knows of keys is no longer needed
        return self._conclude(loaded, prepared)

    def _distinct(self) -> list[Path]:
        """The files without those whose contents came before."""
        self._hashes: dict[str, Path] = {}
        for path in self._files:
            digest = content_hash(path)
            if digest in self._hashes:
                self._tally.notes.append(f"{path.name} is the same file as {self._hashes[digest].name}; it counts once")
            else:
                self._hashes[digest] = path
        return list(self._hashes.values())

    def _begin(self) -> None:
        with self._store.write() as uow:
            self._run_id = uow.new_id()
            joined = hashlib.sha256("".join(sorted(self._hashes)).encode()).hexdigest()
            names = [path.name for path in self._files]
            uow.session.add(
                ImportRun(id=self._run_id, kind=KIND, status="loading", files=names, content_hash=joined, started_at=uow.now)
            )

    def _sweep(self) -> None:
        """Remove what imports of costs that died have left behind; they show nothing, so nobody waits for it."""
        sweep_replaced(self._store)
        with self._store.write() as uow:
            dead = select(ImportRun.id).where(ImportRun.kind == KIND, ImportRun.status == "loading")
            ids = list(uow.session.exec(dead))
            uow.session.execute(delete(QuarantinedRow).where(col(QuarantinedRow.import_id).in_(ids)))
            uow.session.execute(update(ImportRun).where(col(ImportRun.id).in_(ids)).values(status="swept"))

    def _load(self, source: FocusFile, loader: Loader) -> None:
        if source.note:
            self._tally.notes.append(f"{source.name}: {source.note}")
        for chunk in source.chunks():
            charges = typed(chunk.frame, source.name)
            broken = [Quarantined(source.name, item.line, None, item.text, item.reason) for item in chunk.broken]
            self._tally.read += chunk.frame.height + len(broken)
            kept_out = [*broken, *charges.bad, *loader.add(charges.rows, source.name)]
            self._quarantine(kept_out)
            if self._progress:
                self._progress(f"reading {source.name}", source.position, source.size)

    def _quarantine(self, rows: list[Quarantined]) -> None:
        for row in rows:
            self._tally.quarantine(row)
        if rows and not self._dry_run:
            values: list[dict[str, Any]] = [
                {"import_id": self._run_id, "kind": KIND, "file": row.file, "line": row.line, "column": row.column,
                 "value": row.value, "reason": row.reason, "raw": {}, "retry": False}
                for row in rows
            ]  # fmt: skip
            for start in range(0, len(values), 2000):
                with self._store.write() as uow:
                    uow.session.execute(insert(QuarantinedRow), values[start : start + 2000])

    def _conclude(self, loaded: list[Loaded], prepared: Prepared) -> ImportReport:
        fate = self._judge(loaded)
        if fate.refusals:
            return self._refuse(fate)
        if self._dry_run:
            return self._report("checked")
        if fate.activate and self._copies is not None:
            self._copies.keep()
            self._copies = None
        derive(
            self._store, self._progress, activate=fate.activate, retire=fate.retire, prepared=prepared, finish=self._finish
        )  # fmt: skip
        self._note_disagreements(fate.activate)
        sweep_replaced(self._store)
        tell_planner(self._store)
        status = "imported" if fate.activate or self._tally.quarantined_count else "unchanged"
        return self._report(status)

    def _judge(self, loaded: list[Loaded]) -> Fate:
        """Statement by statement: the same, new, or instead of what is loaded. Fills in the tally."""
        fate = Fate()
        for entry in loaded:
            current = self._current(entry.identity)
            if any(row.content_hash == entry.content_hash and row.row_count == entry.rows for row in current):
                self._tally.unchanged += entry.rows
                continue
            latest = max((row.last_charge_day for row in current if row.last_charge_day), default=None)
            if latest and not (self._append or self._replace) and day_of(entry.last_day) < latest:
                fate.refusals.append(_refusal(entry, latest.isoformat()))
                continue
            fate.activate.append(entry.statement_id)
            old = [] if self._append else [row.id or 0 for row in current]
            fate.retire += old
            self._count(entry, old, sum(row.row_count for row in current) if old else 0)
        return fate

    def _count(self, entry: Loaded, old: list[int], old_rows: int) -> None:
        same = same_rows(self._store, entry.statement_id, old, max(entry.rows, old_rows)) if old and not self._dry_run else 0
        changed = min(entry.rows, old_rows) - same
        self._tally.unchanged += same
        self._tally.changed += changed
        self._tally.new += entry.rows - same - changed

    def _current(self, identity: StatementId) -> list[Statement]:
        issuer, account, period = identity
        with self._store.read() as uow:
            query = select(Statement).where(
                Statement.source == "focus", Statement.issuer == issuer, Statement.billing_account == account,
                Statement.billing_period_start == day_of(period), Statement.status == "current",
            )  # fmt: skip
            return list(uow.session.exec(query.order_by(col(Statement.id))))

    def _refuse(self, fate: Fate) -> ImportReport:
        if not self._dry_run:
            with self._store.write() as uow:
                ended = {"status": "refused", "finished_at": uow.now}
                uow.session.execute(update(ImportRun).where(col(ImportRun.id) == self._run_id).values(**ended))
            sweep_replaced(self._store)
        return self._report("refused", refused="\n".join(fate.refusals))

    def _finish(self, uow: UnitOfWork) -> None:
        tally = self._tally
        values = {
            "status": "current", "finished_at": uow.now, "rows_read": tally.read, "rows_new": tally.new,
            "rows_changed": tally.changed, "rows_unchanged": tally.unchanged, "rows_quarantined": tally.quarantined_count,
            "notes": tally.notes,
        }  # fmt: skip
        uow.session.execute(update(ImportRun).where(col(ImportRun.id) == self._run_id).values(**values))

    def _note_disagreements(self, statements: list[int]) -> None:
        """Count the rows whose user tag and department tag name different departments."""
        if not statements:
            return
        with self._store.read() as uow:
            query = (
                select(func.count())
                .select_from(KeyMeaning)
                .join(StatementKey, and_(col(StatementKey.key_id) == KeyMeaning.key_id, col(KeyMeaning.disagrees)))
                .join(Charge, and_(
                    col(Charge.statement_id) == StatementKey.statement_id, col(Charge.run) == StatementKey.run,
                    col(Charge.key_id) == KeyMeaning.key_id, col(Charge.start_day) >= KeyMeaning.from_day,
                    col(Charge.start_day) < KeyMeaning.to_day,
                ))
                .where(col(StatementKey.statement_id).in_(statements))
            )  # fmt: skip
            found = uow.session.exec(query).one()
        if found:
            self._tally.notes.append(
                f"{found} rows have a department tag that disagrees with their user's department; the user's counts"
            )
            with self._store.write() as uow:
                self._finish(uow)

    def _report(self, status: str, refused: str | None = None) -> ImportReport:
        tally = self._tally
        loaded = (0, 0, 0) if refused else (tally.new, tally.changed, tally.unchanged)
        return ImportReport(
            KIND, tuple(path.name for path in self._files), status, tally.read, *loaded, tally.quarantined_count,
            tuple(tally.notes), tuple(tally.quarantined), refused, self._run_id or None,
        )  # fmt: skip


def _refusal(entry: Loaded, latest: str) -> str:
    issuer, account, period = entry.identity
    return (
        f"the statement of {issuer}, account {account}, billing period {day_of(period)} ends on "
        f"{day_of(entry.last_day)}, the one loaded on {latest}; use --replace if it is right all the same"
    )


def content_hash(path: Path) -> str:
    """Of what the file holds: a file and its .gz are the same."""
    with path.open("rb") as raw:
        if raw.read(2) != b"\x1f\x8b":
            raw.seek(0)
            return hashlib.file_digest(raw, "sha256").hexdigest()
    try:
        with gzip.open(path) as unpacked:
            return hashlib.file_digest(unpacked, "sha256").hexdigest()
    except (EOFError, gzip.BadGzipFile, OSError):
        with path.open("rb") as raw:
            return hashlib.file_digest(raw, "sha256").hexdigest()
