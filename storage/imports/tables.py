"""Loads the kinds whose rows are rows of one table: usage, contracts, expenses, budgets, outcomes, grants, visits.

Few changes are written in one short transaction. Many are written as new versions in committed chunks that no query
sees; marking the run current then shows them all at once (storage.visibility).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Table, bindparam, insert, select, update
from sqlmodel import Session

from storage.fiscal import parse_period
from storage.imports.kinds import TableKind, Values, same
from storage.imports.reading import read_into
from storage.imports.report import ImportReport, Quarantined, Tally
from storage.imports.resolve import PersonIndex, ToolResolver
from storage.imports.runs import CHUNK, Context, begin, drop_replaced, keep_quarantined, make_current
from storage.imports.staging import Staging
from storage.org import FiscalYear, load_org
from storage.tool_index import ToolIndex
from storage.unit_of_work import UnitOfWork
from storage.visibility import visible

UNKNOWN_PERSON = "nobody in the people data has this address; kept until they are imported"
AT_ONCE = 800  # changed rows that still make one short transaction


@dataclass
class Plan:
    """What a chunk changes: rows to insert, and (id, row) of rows whose values differ."""

    new: list[Values] = field(default_factory=list)
    changed: list[tuple[int, Values]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.new) + len(self.changed)

    def take(self, other: "Plan") -> None:
        self.new += other.new
        self.changed += other.changed


def load_table(context: Context, kind: TableKind, path: Path) -> ImportReport:
    """One file. Raises Refused."""
    tally = Tally()
    with Staging() as staging:
        read_into(context, kind, path, staging, tally)
        run_id = None if context.dry_run else begin(context, kind.kind, path)
        loader = Loader(context, kind, path.name, run_id, tally, staging)
        loader.load()
        if run_id is not None:
            loader.finish(run_id)
    changed = tally.new + tally.changed > 0
    status = "checked" if context.dry_run else "imported" if changed else "unchanged"
    if changed and not context.dry_run:
        context.changes.anything = True
        context.changes.budgets |= kind.kind == "budgets"
    return report_of(kind.kind, path.name, status, tally, run_id)


def report_of(kind: str, file: str, status: str, tally: Tally, run_id: str | None) -> ImportReport:
    return ImportReport(
        kind, (file,), status, tally.read, tally.new, tally.changed, tally.unchanged, tally.quarantined_count,
        tuple(tally.notes), tuple(sorted(tally.quarantined, key=lambda row: row.line)), None, run_id,
    )  # fmt: skip


def ids_by_key(session: Session, table: Table, key: Sequence[str], wanted: list[tuple[Any, ...]]) -> list[int]:
    """The ids of the rows with these keys, all versions.

    Written out, because SQLAlchemy takes ten times as long to compile thousands of values as the database to find them;
    SQLite looks them up by index only in this form.
    """
    connection = session.connection()
    is_sqlite = connection.dialect.name == "sqlite"
    mark = "?" if is_sqlite else "%s"
    row = f"({', '.join([mark] * len(key))})"
    names = [connection.dialect.identifier_preparer.quote(name) for name in key]
    on = " AND ".join(f"stored.{name} = wanted.{name}" for name in names)
    sql = (
        f"WITH wanted ({', '.join(names)}) AS (VALUES {', '.join([row] * len(wanted))}) "
        f"SELECT stored.id FROM wanted JOIN {table.name} AS stored ON {on}"
    )
    texts = (str(part) if is_sqlite and isinstance(part, date) else part for parts in wanted for part in parts)
    return [number for (number,) in connection.exec_driver_sql(sql, tuple(texts))]


class Loader:
    """One file's staged rows into its table."""

    def __init__(
        self, context: Context, kind: TableKind, file: str, run_id: str | None, tally: Tally, staging: Staging
    ) -> None:
        self.context, self.kind, self.file, self.run_id = context, kind, file, run_id
        self.tally, self.staging = tally, staging
        self.table: Table = kind.model.__table__  # type: ignore[attr-defined]
        self.raw = [column.target for column in kind.columns]
        self._waiting = Plan()
        self._versions = False
        self._index: ToolIndex | None = None
        self._fiscal_year: FiscalYear | None = None

    def load(self) -> None:
        total, done = len(self.staging), 0
        for chunk in self.staging.chunks(CHUNK):
            plan = self._compare(chunk)
            self.tally.new += sum(1 for row in plan.new if not row["kept_out"])
            self.tally.changed += sum(1 for _, row in plan.changed if not row["kept_out"])
            done += len(chunk)
            self.context.tell(f"loading {self.file}", done, total)
            if self.run_id is not None:
                self._write(plan)

    def _compare(self, chunk: list[tuple[int, Values]]) -> Plan:
        """The chunk against what is stored. A row of an unknown person is stored, and waits quarantined for them."""
        plan = Plan()
        with self.context.store.read() as uow:
            stored = self._stored(uow.session, [row for _, row in chunk])
            people = self._people(uow.session, [row for _, row in chunk])
        for line, row in chunk:
            row["kept_out"] = self._unknown_person(line, row, people)
            before = stored.get(tuple(row[name] for name in self.kind.key))
            if before is None:
                plan.new.append(row)
            elif any(not same(before[name], row[name]) for name in self.raw):
                plan.changed.append((before["id"], row))
            elif not row["kept_out"]:
                self.tally.unchanged += 1
        return plan

    def _people(self, session: Session, rows: Sequence[Values]) -> PersonIndex | None:
        name = self.kind.person
        return PersonIndex(session, (row[name] for row in rows)) if name else None

    def _unknown_person(self, line: int, row: Values, people: PersonIndex | None) -> bool:
        if people is None or not self.kind.person:
            return False
        email = row[self.kind.person]
        row["person_id"] = people.at(email, row[self.kind.day] if self.kind.day else None)
        if not email or row["person_id"] is not None:
            return False
        kept = Quarantined(self.file, line, self.kind.person, email, UNKNOWN_PERSON)
        self.tally.quarantine(kept)
        self.staging.quarantine(kept, {name: str(row[name]) for name in self.kind.key}, retry=True)
        return True

    def _stored(self, session: Session, rows: Sequence[Values]) -> dict[tuple[Any, ...], Any]:
        """What the table has under the rows' keys, by key."""
        ids = ids_by_key(session, self.table, self.kind.key, [tuple(row[name] for name in self.kind.key) for row in rows])
        query = select(self.table.c.id, *(self.table.c[name] for name in self.raw)).where(self.table.c.id.in_(ids))
        if self.kind.versioned:
            query = query.where(visible(self.table.c))
        return {tuple(row[name] for name in self.kind.key): row for row in session.execute(query).mappings()}

    def _write(self, plan: Plan) -> None:
        self._waiting.take(plan)
        if self.kind.versioned and len(self._waiting) > AT_ONCE:
            self._versions = True
        if self._versions:
            self._write_versions(self._waiting)
            self._waiting = Plan()

    def _write_versions(self, plan: Plan) -> None:
        """New versions beside the rows they replace, unseen until the run is current."""
        rows = plan.new + [row for _, row in plan.changed]
        old = [number for number, _ in plan.changed]
        for start in range(0, len(rows), CHUNK):
            with self.context.store.write() as uow:
                self._insert(uow, rows[start : start + CHUNK])
        for start in range(0, len(old), CHUNK):
            with self.context.store.write() as uow:
                marked = update(self.table).where(self.table.c.id.in_(old[start : start + CHUNK]))
                uow.session.execute(marked.values(replaced_by=self.run_id))

    def finish(self, run_id: str) -> None:
        """Quarantined rows first, then what is left to write together with the mark that makes the run current."""
        keep_quarantined(self.context, run_id, self.kind.kind, self.staging)
        with self.context.store.write() as uow:
            if not self._versions:
                self._insert(uow, self._waiting.new)
                self._update(uow, self._waiting.changed)
            make_current(uow.session, run_id, self.tally, uow.now)
        if self._versions:
            drop_replaced(self.context.store)

    def _insert(self, uow: UnitOfWork, rows: list[Values]) -> None:
        if rows:
            uow.session.execute(insert(self.table), [self._complete(uow, row) for row in rows])

    def _update(self, uow: UnitOfWork, changed: list[tuple[int, Values]]) -> None:
        if changed:
            rows = [{"row": number, **self._complete(uow, row)} for number, row in changed]
            settings: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "row"}
            statement = update(self.table).where(self.table.c.id == bindparam("row")).values(settings)
            uow.session.connection().execute(statement, rows)

    def _complete(self, uow: UnitOfWork, row: Values) -> Values:
        """The row with what is derived from it."""
        complete = {name: row[name] for name in self.raw}
        if self.kind.person:
            complete["person_id"] = row["person_id"]
        if self.kind.tool:
            rule, names = self.kind.tool
            complete["tool_id"] = self._tools(uow.session).find(rule, tuple(row[name] or "" for name in names))
        if self.kind.kind == "budgets":
            complete["start"], complete["end"] = parse_period(row["period"], self._fiscal(uow.session))
        if self.kind.versioned:
            complete["import_id"] = self.run_id
        return self._defaults(complete)

    def _defaults(self, complete: Values) -> Values:
        """Core inserts know no Python defaults of the model's."""
        if self.kind.kind == "expenses":
            complete |= {"role": "not_ai", "possible_duplicate": False}
        if self.kind.versioned:
            complete["replaced_by"] = ""
        return complete

    def _fiscal(self, session: Session) -> FiscalYear:
        self._fiscal_year = self._fiscal_year or load_org(session).fiscal_year
        return self._fiscal_year

    def _tools(self, session: Session) -> ToolResolver:
        """The catalogue as it stood when the import began; discovered tools are made in the transaction at hand."""
        if self._index is None:
            self._index = ToolIndex.load(session)
        key = "tool_resolver"
        if key not in session.info:
            session.info[key] = ToolResolver(session, self._index)
        resolver: ToolResolver = session.info[key]
        return resolver
