"""A second look at the seats of open cases with the newest data, before every nudge and just before reclaiming."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, or_, select

from storage.models import IdleCase, IdleSeat, Task, Tool, Usage
from storage.seats import SeatRow, latest_snapshots, seats_on
from storage.unit_of_work import UnitOfWork
from workflows.audit.trail import append
from workflows.notify import refresh_cards
from workflows.seats.cases import close_when_decided, decide, move, seats_of
from workflows.seats.giving_back import add_task, confirm_gone, task_of
from workflows.seats.opening import ask_again, hand_to_owners
from workflows.seats.people import employed, nearest_manager
from workflows.seats.rules import BACK_TO, DAYS_UNTIL_LISTED, DONE_AS, Finding, Signal, look_again, no_signal
from workflows.seats.settings import SeatSettings
from workflows.timers import cancel_timers

Holding = tuple[int, int]  # tool id, person id


@dataclass(frozen=True)
class Sight:
    """What the newest data show of some people's seats."""

    rows: dict[Holding, SeatRow]
    snapshots: dict[int, date]  # by tool
    usage: dict[Holding, date]  # the last day with use
    slugs: dict[int, str] = field(default_factory=dict)


def look_at(session: Session, settings: SeatSettings, person_ids: Collection[int]) -> Sight:
    ids = list(set(person_ids))
    rows: dict[Holding, SeatRow] = {}
    for row in seats_on(session, settings.day, rules=settings.rules, person_ids=ids):
        known = rows.get((row.tool_id, row.person_id))
        if known is None or (row.last_active_on or date.min) > (known.last_active_on or date.min):
            rows[row.tool_id, row.person_id] = row
    latest = latest_snapshots(settings.day)
    return Sight(
        rows=rows,
        snapshots={row.tool_id: row.as_of for row in session.execute(select(latest)).all()},
        usage=usage_days(session, ids),
        slugs={tool_id: slug for tool_id, slug in session.exec(select(Tool.id, Tool.slug)).all() if tool_id is not None},
    )


def usage_days(session: Session, person_ids: Collection[int]) -> dict[Holding, date]:
    """The last day on which usage rows show each person using each tool."""
    used: Any = or_(
        col(Usage.active).is_(True), col(Usage.requests) > 0, col(Usage.input_tokens) > 0, col(Usage.output_tokens) > 0
    )
    query = (
        select(Usage.tool_id, Usage.person_id, func.max(Usage.day))
        .where(col(Usage.person_id).in_(person_ids), col(Usage.tool_id).is_not(None), used)
        .group_by(col(Usage.tool_id), col(Usage.person_id))
    )
    return {(tool, person): day for tool, person, day in session.exec(query).all() if tool and person}


def settle(uow: UnitOfWork, settings: SeatSettings, cases: Sequence[IdleCase], sight: Sight | None = None) -> None:
    """Close what needs no answer any more: used again, gone, on leave, exempt. Cases of new leavers and of addressees
    who left go to the next manager."""
    seen = sight or look_at(uow.session, settings, [case.person_id for case in cases])
    for case in cases:
        changed = [_settle_seat(uow, settings, case, seat, seen) for seat in seats_of(uow, case.id)]
        if any(changed):
            close_when_decided(uow, case)
            refresh_cards(uow, f"case:{case.id}", uow.new_id())
        if case.status != "closed":
            _readdress(uow, settings, case)


def _settle_seat(uow: UnitOfWork, settings: SeatSettings, case: IdleCase, seat: IdleSeat, sight: Sight) -> bool:
    if seat.status != "asked":
        return False
    found = find(settings, case, seat, sight)
    if found is Finding.still_idle or not decide(uow, settings, seat, found.value):
        return False
    if found is Finding.gone:
        confirm_gone(uow, settings, seat, sight.snapshots[seat.tool_id])
    append(uow, f"seat.{found.value}", subject=f"case:{case.id}", actor=None,
           payload={"seat": seat.id, "tool": seat.tool_id, "person": seat.person_id})  # fmt: skip
    return True


def find(settings: SeatSettings, case: IdleCase, seat: IdleSeat, sight: Sight) -> Finding:
    holding = (seat.tool_id, seat.person_id)
    row = sight.rows.get(holding)
    newer = sight.snapshots.get(seat.tool_id, seat.as_of) > seat.as_of
    if row is None and not newer:
        return Finding.still_idle
    idle_days, _ = settings.rules.days_of(sight.slugs.get(seat.tool_id, ""))
    return look_again(
        listed=row is not None, idle=row is not None and row.assigned and row.idle,
        last_active_on=row.last_active_on if row else None, usage_on=sight.usage.get(holding),
        asked_last_active_on=seat.last_active_on, idle_days=idle_days, day=settings.day,
        exempt=row is not None and settings.is_exempt(row), leaver=row.leaver if row else case.leaver,
    )  # fmt: skip


def _readdress(uow: UnitOfWork, settings: SeatSettings, case: IdleCase) -> None:
    """Ask somebody who is still there."""
    left = not employed(uow.session, case.person_id, settings.org, uow)
    if left == case.leaver and employed(uow.session, case.addressee_id, settings.org, uow):
        return
    manager = nearest_manager(uow, settings.org, case.person_id) if left else None
    case.leaver, case.addressee_id, case.manager_id = left, manager or case.person_id, None
    uow.session.add(case)
    cancel_timers(uow, f"case:{case.id}")
    append(uow, "seat.case_readdressed", subject=f"case:{case.id}", actor=None, payload={"to": case.addressee_id})
    if left and manager is None:
        hand_to_owners(uow, settings, case)
    else:
        ask_again(uow, settings, case)
    refresh_cards(uow, f"case:{case.id}", uow.new_id())


def confirm_removals(uow: UnitOfWork, settings: SeatSettings, seats: Sequence[IdleSeat]) -> int:
    """Seats given back that a later snapshot no longer shows are gone for certain; how many were confirmed. One that the
    owner has marked as removed and that is still listed days later is asked of the owner again."""
    sight = look_at(uow.session, settings, [seat.person_id for seat in seats])
    confirmed = 0
    for seat in seats:
        snapshot_day = sight.snapshots.get(seat.tool_id)
        if snapshot_day is None or snapshot_day <= seat.as_of:
            continue
        if (seat.tool_id, seat.person_id) in sight.rows:
            _ask_owner_again(uow, settings, seat, snapshot_day)
            continue
        if seat.status in DONE_AS:
            move(uow, seat, (seat.status,), DONE_AS[seat.status])
        confirm_gone(uow, settings, seat, snapshot_day)
        append(uow, "seat.confirmed_gone", subject=f"case:{seat.case_id}", actor=None,
               payload={"seat": seat.id, "tool": seat.tool_id, "snapshot": snapshot_day.isoformat()})  # fmt: skip
        refresh_cards(uow, f"case:{seat.case_id}", uow.new_id())
        confirmed += 1
    return confirmed


def _ask_owner_again(uow: UnitOfWork, settings: SeatSettings, seat: IdleSeat, snapshot_day: date) -> None:
    """Unless the list is too fresh to know, or the person has been given a seat again since."""
    task = task_of(uow, seat)
    if seat.status not in BACK_TO or task is None or task.closed_at is None:
        return
    if (snapshot_day - task.closed_at.date()).days < DAYS_UNTIL_LISTED:
        return
    granted = select(Task.id).where(
        Task.kind == "grant", Task.tool_id == seat.tool_id, Task.for_person_id == seat.person_id,
        Task.created_at >= (seat.decided_at or task.created_at), col(Task.status).in_(("open", "done")),
    )  # fmt: skip
    if uow.session.exec(granted).first() is not None or not move(uow, seat, (seat.status,), BACK_TO[seat.status]):
        return
    add_task(uow, "revoke", seat, task.assignee_id)
    append(uow, "seat.still_listed", subject=f"case:{seat.case_id}", actor=None,
           payload={"seat": seat.id, "tool": seat.tool_id, "snapshot": snapshot_day.isoformat()})  # fmt: skip
    refresh_cards(uow, f"case:{seat.case_id}", uow.new_id())


def tools_without_signal(rows: Sequence[SeatRow], day: date) -> dict[int, str]:
    """Why the seats of some tools cannot be called idle: the seat list is old, or its feed stands still."""
    tracked: dict[int, list[SeatRow]] = defaultdict(list)
    for row in rows:
        if row.tracked:
            tracked[row.tool_id].append(row)
    reasons = {
        tool_id: no_signal(
            Signal(
                found[0].as_of, len(found), max((one.last_active_on for one in found if one.last_active_on), default=None)
            ),
            day,
        )
        for tool_id, found in tracked.items()
    }
    return {tool_id: reason for tool_id, reason in reasons.items() if reason is not None}


def tool_without_signal(session: Session, settings: SeatSettings, tool_id: int) -> bool:
    rows = seats_on(session, settings.day, rules=settings.rules, tool_ids=[tool_id])
    return bool(tools_without_signal(rows, settings.day))
