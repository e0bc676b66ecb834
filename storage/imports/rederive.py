"""Works out again what stored rows mean, after reference data changed: people, tools, seats' history, budget periods.

Rows are read in a stream and rewritten a chunk at a time, so that other writers never wait long.
"""

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Any

from sqlalchemy import Table, bindparam, update
from sqlmodel import col, select

from storage.fiscal import parse_period
from storage.imports.kinds import TABLES, TableKind
from storage.imports.merge_tools import Moves, drop_unseen_tools
from storage.imports.resolve import PersonIndex, ToolResolver
from storage.imports.runs import CHUNK, Changes, Context
from storage.imports.seat_history import settle_history
from storage.ledger.derive import derive
from storage.models import Budget, PersonEmail, QuarantinedRow, Seat, SeatSnapshot
from storage.org import load_org
from storage.unit_of_work import Store

EMAILS_AT_ONCE = 200


def everything(store: Store) -> Changes:
    """As if all reference data had changed: after an import that died before this step."""
    with store.read() as uow:
        emails = set(uow.session.exec(select(PersonEmail.email).distinct()).all())
    return Changes(emails=emails, people=True, tools=True, org=True, budgets=True, anything=True)


def rederive(context: Context, changes: Changes) -> None:
    """Everything that depends on what changed, the ledger too."""
    store, moves = context.store, Moves()
    touched: set[int] = set()
    if changes.people:
        touched |= find_people(context, changes.emails)
    if changes.tools:
        touched |= find_tools(context, moves)
    for tool_id in sorted(touched):
        settle_history(store, tool_id)
    if changes.org or changes.budgets:
        place_budgets(store)
    derive(store, context.progress)
    drop_unseen_tools(store, moves)


def find_people(context: Context, emails: Collection[str]) -> set[int]:
    """Whose the rows with these addresses are; returns the tools whose seats are concerned."""
    store, ordered = context.store, sorted(emails)
    for start in range(0, len(ordered), EMAILS_AT_ONCE):
        part = ordered[start : start + EMAILS_AT_ONCE]
        context.tell("finding people", start, len(ordered))
        for kind in TABLES.values():
            if kind.person:
                _rewrite(store, kind.model, people_changes(store, kind, part), "person_id")
        _rewrite(store, Seat, seat_people(store, part), "person_id")
        _settle_quarantine(store, part)
    return tools_with_seats(store, ordered)


def people_changes(store: Store, kind: TableKind, emails: list[str]) -> Iterator[dict[str, Any]]:
    table: Table = kind.model.__table__  # type: ignore[attr-defined]
    email = table.c[kind.person or ""]
    day = table.c[kind.day] if kind.day else email
    with store.read() as uow:
        people = PersonIndex(uow.session, emails)
        query = select(table.c.id, email, day, table.c.person_id).where(email.in_(emails))
        for number, address, on, before in uow.session.execute(query.execution_options(yield_per=CHUNK)):
            now = people.at(address, on if kind.day else None)
            if now != before:
                yield {"row": number, "found": now}


def seat_people(store: Store, emails: list[str]) -> Iterator[dict[str, Any]]:
    with store.read() as uow:
        people = PersonIndex(uow.session, emails)
        query = select(col(Seat.id), col(Seat.work_email), col(SeatSnapshot.as_of), col(Seat.person_id)).join(
            SeatSnapshot, col(SeatSnapshot.id) == Seat.snapshot_id
        )
        rows = uow.session.execute(query.where(col(Seat.work_email).in_(emails)).execution_options(yield_per=CHUNK))
        for number, address, on, before in rows:
            now = people.at(address, on)
            if now != before:
                yield {"row": number, "found": now}


def tools_with_seats(store: Store, emails: list[str]) -> set[int]:
    found: set[int] = set()
    for start in range(0, len(emails), EMAILS_AT_ONCE):
        with store.read() as uow:
            query = select(SeatSnapshot.tool_id).join(Seat, col(Seat.snapshot_id) == SeatSnapshot.id).distinct()
            part = query.where(col(Seat.work_email).in_(emails[start : start + EMAILS_AT_ONCE]))
            found.update(tool for tool in uow.session.exec(part).all() if tool is not None)
    return found


def _settle_quarantine(store: Store, emails: list[str]) -> None:
    """Rows that waited for these people are understood now."""
    with store.write() as uow:
        known = select(PersonEmail.email).where(col(PersonEmail.email).in_(emails))
        waiting = update(QuarantinedRow).where(
            col(QuarantinedRow.retry), col(QuarantinedRow.resolved_at).is_(None), col(QuarantinedRow.value).in_(known)
        )
        uow.session.execute(waiting.values(resolved_at=uow.now))


def find_tools(context: Context, moves: Moves) -> set[int]:
    """Which tool each row belongs to; returns the tools whose seats are concerned. Notes in `moves` where rows went."""
    store = context.store
    for kind in TABLES.values():
        if kind.tool:
            context.tell(f"finding tools of {kind.kind}", 0, 1)
            _rewrite(store, kind.model, tool_changes(store, kind, moves), "tool_id")
    return _find_snapshot_tools(store, moves)


def tool_changes(store: Store, kind: TableKind, moves: Moves) -> Iterator[dict[str, Any]]:
    """Only the names whose tool differs are looked for among the rows."""
    if kind.tool is None:
        return
    table: Table = kind.model.__table__  # type: ignore[attr-defined]
    rule, names = kind.tool
    columns = [table.c[name] for name in names]
    with store.read() as uow:
        stored = uow.session.execute(select(*columns, table.c.tool_id).distinct()).all()  # type: ignore[call-overload]
    wanted: dict[tuple[Any, ...], int | None] = {}
    with store.write() as uow:
        resolver = ToolResolver(uow.session)
        for *texts, before in stored:
            found = resolver.find(rule, tuple(texts))
            if found != before:
                wanted[tuple(texts)] = found
                _note_move(moves, before, found)
    with store.read() as uow:
        first = sorted({texts[0] for texts in wanted})
        for start in range(0, len(first), EMAILS_AT_ONCE):
            part = columns[0].in_(first[start : start + EMAILS_AT_ONCE])
            query = select(table.c.id, table.c.tool_id, *columns).where(part)
            for number, before, *texts in uow.session.execute(query.execution_options(yield_per=CHUNK)):
                found = wanted.get(tuple(texts), before)
                if found != before:
                    yield {"row": number, "found": found}


def _find_snapshot_tools(store: Store, moves: Moves) -> set[int]:
    touched: set[int] = set()
    with store.write() as uow:
        resolver = ToolResolver(uow.session)
        for snapshot in uow.session.exec(select(SeatSnapshot)).all():
            found = resolver.find("name", (snapshot.tool_name,))
            if found is not None and found != snapshot.tool_id:
                touched.update({found, *([snapshot.tool_id] if snapshot.tool_id else [])})
                _note_move(moves, snapshot.tool_id, found)
                snapshot.tool_id = found
                uow.session.add(snapshot)
    return touched


def _note_move(moves: Moves, before: int | None, found: int | None) -> None:
    if before is not None and found is not None:
        moves.setdefault(before, set()).add(found)


def _rewrite(store: Store, model: Any, changes: Iterable[dict[str, Any]], name: str) -> None:
    """Set one column of many rows, a chunk in each transaction."""
    table: Table = model.__table__
    statement = update(table).where(table.c.id == bindparam("row")).values({name: bindparam("found")})
    stream = iter(changes)
    while chunk := list(islice(stream, CHUNK)):
        with store.write() as uow:
            uow.session.connection().execute(statement, chunk)


def place_budgets(store: Store) -> None:
    """The days of every budget's period, with the fiscal year in force."""
    with store.write() as uow:
        fiscal = load_org(uow.session).fiscal_year
        for budget in uow.session.exec(select(Budget)).all():
            if (budget.start, budget.end) != (days := parse_period(budget.period, fiscal)):
                budget.start, budget.end = days
                uow.session.add(budget)
