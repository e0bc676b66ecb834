"""Loads seats: full snapshots per tool and day.

Rows of one tool and `as_of` make one snapshot, also when they come in several files; `--replace` makes a file the whole
of its snapshots. What a snapshot means beside the others of its tool is derived in `storage.imports.seat_history`.
"""

from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Table, bindparam, delete, insert, update
from sqlmodel import Session, col, select

from storage.imports import fields
from storage.imports.kinds import SEATS, Values, same
from storage.imports.reading import read_into
from storage.imports.report import ImportReport, Quarantined, Tally
from storage.imports.resolve import PersonIndex, ToolResolver
from storage.imports.runs import Context, begin, keep_quarantined, make_current
from storage.imports.seat_history import settle
from storage.imports.source import Record
from storage.imports.staging import Staging
from storage.imports.tables import AT_ONCE, UNKNOWN_PERSON, report_of
from storage.models import Seat, SeatSnapshot
from storage.unit_of_work import UnitOfWork

FIELDS = ("plan", "assigned_on", "last_active_on", "activity_tracked", "status")
SnapshotKey = tuple[str, date]


def load_seats(context: Context, path: Path) -> ImportReport:
    """One file; each of its snapshots is written in one transaction. Raises Refused."""
    tally = Tally()
    with Staging() as staging:
        unread = read_into(context, SEATS, path, staging, tally)
        loader = SeatLoader(context, path.name, tally, staging)
        snapshots = [loader.snapshot(rows) for rows in by_snapshot(staging)]
        if context.dry_run:
            return report_of("seats", path.name, "checked", tally, None)
        run_id = begin(context, "seats", path)
        keep_quarantined(context, run_id, "seats", staging)
        changed = loader.write(run_id, snapshots, unread)
    status = "imported" if changed else "unchanged"
    if loader.waiting:
        status = "waiting"
        tally.notes += loader.waiting
    context.changes.anything |= changed
    return report_of("seats", path.name, status, tally, run_id)


def by_snapshot(staging: Staging) -> Any:
    """The staged rows of one snapshot at a time."""
    current: list[tuple[int, Values]] = []
    for chunk in staging.chunks(1000):
        for line, row in chunk:
            if current and (current[0][1]["tool_name"], current[0][1]["as_of"]) != (row["tool_name"], row["as_of"]):
                yield current
                current = []
            current.append((line, row))
    if current:
        yield current


class Snapshot:
    """What a file says of one tool on one day, beside what is stored for it."""

    def __init__(self, key: SnapshotKey, rows: dict[str, Values], stored: dict[str, Any]) -> None:
        self.key, self.rows = key, rows
        self.new = [email for email in rows if email not in stored]
        self.changed = [
            email for email, row in rows.items()
            if email in stored and any(not same(getattr(stored[email], name), row[name]) for name in FIELDS)
        ]  # fmt: skip
        self.gone = [email for email in stored if email not in rows]
        self.weight = len(self.new) + len(self.changed)


class SeatLoader:
    def __init__(self, context: Context, file: str, tally: Tally, staging: Staging) -> None:
        self.context, self.file, self.tally, self.staging = context, file, tally, staging
        self.waiting: list[str] = []

    def snapshot(self, rows: list[tuple[int, Values]]) -> Snapshot:
        """Counts the rows and notes the people nobody knows."""
        key = (rows[0][1]["tool_name"], rows[0][1]["as_of"])
        with self.context.store.read() as uow:
            stored = stored_seats(uow.session, key)
            people = PersonIndex(uow.session, (row["work_email"] for _, row in rows))
        unknown: set[str] = set()
        for line, row in rows:
            row["person_id"] = people.at(row["work_email"], key[1])
            if row["person_id"] is None:
                unknown.add(row["work_email"])
                self._unknown(line, row)
        found = Snapshot(key, {row["work_email"]: row for _, row in rows}, stored)
        self.tally.new += len(set(found.new) - unknown)
        self.tally.changed += len(set(found.changed) - unknown)
        self.tally.unchanged += len(set(found.rows) - unknown - set(found.new) - set(found.changed))
        return found

    def _unknown(self, line: int, row: Values) -> None:
        kept = Quarantined(self.file, line, "work_email", row["work_email"], UNKNOWN_PERSON)
        self.tally.quarantine(kept)
        raw = {"tool": row["tool_name"], "work_email": row["work_email"], "as_of": row["as_of"].isoformat()}
        self.staging.quarantine(kept, raw, retry=True)

    def write(self, run_id: str, snapshots: list[Snapshot], unread: list[Record]) -> bool:
        """Every snapshot that differs, with the history of its tool; whether anything changed.

        Few changes are one transaction with the mark that ends the run, many a transaction for each snapshot.
        """
        pending = [(snapshot, kept_emails(snapshot, unread)) for snapshot in snapshots]
        changed = False
        while sum(snapshot.weight for snapshot, _ in pending) > AT_ONCE:
            (snapshot, kept), pending = pending[0], pending[1:]
            with self.context.store.write() as uow:
                changed |= write_snapshot(uow, self.context, run_id, snapshot, kept)
        with self.context.store.write() as uow:
            for snapshot, kept in pending:
                changed |= write_snapshot(uow, self.context, run_id, snapshot, kept)
            make_current(uow.session, run_id, self.tally, uow.now)
        with self.context.store.read() as uow:
            self.waiting = waiting_notes(uow.session, [snapshot.key for snapshot in snapshots])
        return changed


def stored_seats(session: Session, key: SnapshotKey) -> dict[str, Seat]:
    """What earlier files said for this snapshot, by e-mail."""
    query = select(Seat).join(SeatSnapshot, col(SeatSnapshot.id) == Seat.snapshot_id)
    query = query.where(SeatSnapshot.tool_name == key[0], SeatSnapshot.as_of == key[1], col(Seat.carried).is_(False))
    return {seat.work_email: seat for seat in session.exec(query).all()}


def kept_emails(snapshot: Snapshot, unread: list[Record]) -> set[str]:
    """Seats whose row in this snapshot could not be read; a row that hides its tool or day may belong to any."""
    kept: set[str] = set()
    for record in unread:
        told_tool, told_day = record.values.get("tool", ""), record.values.get("as_of", "")
        email = record.values.get("work_email", "").lower()
        if told_tool and fields.name(told_tool) != snapshot.key[0]:
            continue
        if is_day(told_day) and told_day != snapshot.key[1].isoformat():
            continue
        if email and email not in snapshot.rows:
            kept.add(email)
    return kept


def is_day(text: str) -> bool:
    try:
        fields.day(text)
    except ValueError:
        return False
    return True


def write_snapshot(uow: UnitOfWork, context: Context, run_id: str, snapshot: Snapshot, kept: set[str]) -> bool:
    """Whether it differs from what is stored; then it is written, and its tool's history from its day on settled."""
    session = uow.session
    found = find_snapshot(session, snapshot.key) or new_snapshot(session, snapshot.key, run_id)
    gone = snapshot.gone if context.replace else []
    all_kept = sorted((kept if context.replace else {*found.kept_emails, *kept}) - set(snapshot.rows))
    accepts = context.accept and not found.accepted
    if not (snapshot.new or snapshot.changed or gone or all_kept != found.kept_emails or accepts):
        return False
    if found.id is None or found.tool_id is None:
        raise RuntimeError("a stored snapshot has an id and a tool")
    found.kept_emails, found.accepted, found.import_id = all_kept, found.accepted or context.accept, run_id
    session.add(found)
    write_seats(session, found.id, snapshot, gone)
    settle(uow, found.tool_id, snapshot.key[1])
    return True


def new_snapshot(session: Session, key: SnapshotKey, run_id: str) -> SeatSnapshot:
    tool_id = ToolResolver(session).find("name", (key[0],))
    found = SeatSnapshot(tool_name=key[0], as_of=key[1], import_id=run_id, status="waiting", tool_id=tool_id)
    session.add(found)
    session.flush()
    return found


def find_snapshot(session: Session, key: SnapshotKey) -> SeatSnapshot | None:
    query = select(SeatSnapshot).where(SeatSnapshot.tool_name == key[0], SeatSnapshot.as_of == key[1])
    return session.exec(query).first()


def write_seats(session: Session, snapshot_id: int, snapshot: Snapshot, gone: list[str]) -> None:
    """`first_seen_on` is settled from the history afterwards."""
    session.execute(delete(Seat).where(col(Seat.snapshot_id) == snapshot_id, col(Seat.carried)))
    for start in range(0, len(gone), 500):
        part = col(Seat.work_email).in_(gone[start : start + 500])
        session.execute(delete(Seat).where(col(Seat.snapshot_id) == snapshot_id, part))
    rows = [
        {**{name: snapshot.rows[email][name] for name in FIELDS}, "work_email": email, "snapshot_id": snapshot_id,
         "person_id": snapshot.rows[email]["person_id"], "first_seen_on": snapshot.key[1], "carried": False}
        for email in snapshot.new
    ]  # fmt: skip
    if rows:
        session.execute(insert(Seat), rows)
    if snapshot.changed:
        table: Table = Seat.__table__  # type: ignore[attr-defined]
        change = update(table).where(table.c.snapshot_id == snapshot_id, table.c.work_email == bindparam("of"))
        values = [{"of": email, **{name: snapshot.rows[email][name] for name in FIELDS}} for email in snapshot.changed]
        session.connection().execute(change.values({name: bindparam(name) for name in FIELDS}), values)


def waiting_notes(session: Session, keys: list[SnapshotKey]) -> list[str]:
    """A line for each snapshot of the file that waits for an administrator."""
    days = {as_of for _, as_of in keys}
    query = select(SeatSnapshot).where(SeatSnapshot.status == "waiting", col(SeatSnapshot.as_of).in_(days))
    return [
        f"the snapshot of {snapshot.tool_name} as of {snapshot.as_of} loses more than 10 % of its seats and waits; look at "
        "it and import it again with --accept"
        for snapshot in session.exec(query.order_by(SeatSnapshot.tool_name, col(SeatSnapshot.as_of))).all()
        if (snapshot.tool_name, snapshot.as_of) in keys
    ]  # fmt: skip
