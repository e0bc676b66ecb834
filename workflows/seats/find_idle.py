"""The daily sweep: looks again at open cases, confirms what is gone, and opens one case per person with idle seats.

Reads once, then writes in short transactions, so that a click never waits for a large company's sweep. Safe to run
twice and after a gap.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from sqlmodel import Session, col, or_, select

from storage.models import IdleCase, IdleSeat, Saving
from storage.seats import SeatRow, seats_on
from storage.unit_of_work import Store
from workflows.seats.cases import load_case
from workflows.seats.look_again import Holding, confirm_removals, look_at, settle, tools_without_signal, usage_days
from workflows.seats.opening import open_case
from workflows.seats.people import calendars_of
from workflows.seats.rules import GIVEN_BACK
from workflows.seats.settings import SeatSettings, load_settings

BATCH = 10
T = TypeVar("T")


@dataclass
class SweepReport:
    """What a sweep did. `skipped_tools` says why a tool's seats were not taken for idle."""

    idle_seats: int = 0
    opened: int = 0
    looked_at: int = 0
    confirmed_gone: int = 0
    skipped_tools: dict[str, str] = field(default_factory=dict)


def sweep(store: Store) -> SweepReport:
    report = SweepReport()
    _look_at_open_cases(store, report)
    _confirm_removals(store, report)
    with store.read() as uow:
        settings = load_settings(uow.session, uow.now)
        people = _candidates(uow.session, settings, report)
    for batch in _batches(list(people.values())):
        with store.write() as uow:
            ids = [rows[0].person_id for rows in batch]
            used, calendars = usage_days(uow.session, ids), calendars_of(uow, settings.org, ids)
            for rows in batch:
                idle = [row for row in rows if row.leaver or not _used_lately(row, used, settings)]
                report.opened += bool(idle and open_case(uow, settings, idle, calendars[idle[0].person_id]))
    return report


def _look_at_open_cases(store: Store, report: SweepReport) -> None:
    with store.read() as uow:
        ids = list(uow.session.exec(select(IdleCase.id).where(IdleCase.status != "closed").order_by(IdleCase.id)).all())
    for batch in _batches(ids):
        with store.write() as uow:
            settings = load_settings(uow.session, uow.now)
            cases = uow.session.exec(
                select(IdleCase)
                .where(col(IdleCase.id).in_(batch), IdleCase.status != "closed")
                .order_by(col(IdleCase.id))
                .with_for_update()
            ).all()
            settle(uow, settings, cases, look_at(uow.session, settings, [case.person_id for case in cases]))
            report.looked_at += len(cases)


def _confirm_removals(store: Store, report: SweepReport) -> None:
    unconfirmed = (
        select(IdleSeat.id)
        .join(Saving, col(Saving.idle_seat_id) == IdleSeat.id)
        .where(col(IdleSeat.status).in_(GIVEN_BACK), col(Saving.confirmed_on).is_(None), col(Saving.reversed_on).is_(None))
        .order_by(col(IdleSeat.id))
    )
    with store.read() as uow:
        ids = list(uow.session.exec(unconfirmed).all())
    for batch in _batches(ids):
        with store.write() as uow:
            settings = load_settings(uow.session, uow.now)
            chosen = col(IdleSeat.id).in_(batch)
            for case_id in sorted(set(uow.session.exec(select(IdleSeat.case_id).where(chosen)).all())):
                load_case(uow, case_id)
            seats = uow.session.exec(select(IdleSeat).where(chosen, col(IdleSeat.status).in_(GIVEN_BACK))).all()
            report.confirmed_gone += confirm_removals(uow, settings, seats)


def _candidates(session: Session, settings: SeatSettings, report: SweepReport) -> dict[int, list[SeatRow]]:
    """Idle seats to be asked about, by person."""
    rows = [row for row in seats_on(session, settings.day, rules=settings.rules) if row.assigned]
    silent = tools_without_signal(rows, settings.day)
    asked = set(session.exec(select(IdleCase.person_id).where(IdleCase.status != "closed")).all())
    resting = _resting(session, settings.day)
    people: dict[int, list[SeatRow]] = defaultdict(list)
    for row in rows:
        if not row.idle or settings.is_exempt(row):
            continue
        report.idle_seats += 1
        reason = None if row.leaver else silent.get(row.tool_id)
        if reason is not None:
            report.skipped_tools[row.tool_slug] = reason
        elif row.person_id not in asked and (row.tool_id, row.person_id, row.leaver) not in resting:
            people[row.person_id].append(row)
    return {person: _one_a_tool(found) for person, found in people.items()}


def _one_a_tool(rows: Sequence[SeatRow]) -> list[SeatRow]:
    """Somebody with two accounts in a tool is asked about the one used last."""
    latest: dict[int, SeatRow] = {}
    for row in sorted(rows, key=lambda one: one.last_active_on or date.min):
        latest[row.tool_id] = row
    return list(latest.values())


def _resting(session: Session, day: date) -> set[tuple[int, int, bool]]:
    """(tool, person, leaver) not to be asked about: answered lately or on its way back. Somebody who leaves after an
    answer is a new question, unless the seat was given back."""
    query = (
        select(IdleSeat.tool_id, IdleSeat.person_id, IdleSeat.status, IdleCase.leaver)
        .join(IdleCase, col(IdleCase.id) == IdleSeat.case_id)
        .where(or_(col(IdleSeat.status).in_(("asked", "releasing", "reclaiming")), col(IdleSeat.cooldown_until) >= day))
    )
    resting: set[tuple[int, int, bool]] = set()
    for tool_id, person_id, status, leaver in session.exec(query).all():
        resting.add((tool_id, person_id, False))
        if leaver or status in GIVEN_BACK:
            resting.add((tool_id, person_id, True))
    return resting


def _used_lately(row: SeatRow, used: dict[Holding, date], settings: SeatSettings) -> bool:
    """Usage rows count as a signal too: who has some within the tool's idle days is not asked."""
    idle_days, _ = settings.rules.days_of(row.tool_slug)
    day = used.get((row.tool_id, row.person_id))
    return day is not None and (row.as_of - day).days <= idle_days


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]
