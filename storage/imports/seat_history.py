"""What the snapshots of a tool mean one after another: a function of all of them, whatever the order of files.

In order of days: a snapshot that loses more than 10 % of the seats of the one before waits until it is accepted; a seat
whose row could not be read keeps its last state; a seat without a known day of assignment was first seen in the first
snapshot of the unbroken run of snapshots that show it.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, insert, update
from sqlmodel import Session, col, select

from storage.models import Seat, SeatSnapshot
from storage.unit_of_work import Store, UnitOfWork

STATE = ("work_email", "person_id", "plan", "assigned_on", "last_active_on", "activity_tracked", "status")
Holder = tuple[str, int] | tuple[str, str]  # who has the seat: the person, or the address of nobody known


@dataclass
class Run:
    """An unbroken run of snapshots that show a seat."""

    first: date
    assigned_on: date | None
    seat: dict[str, Any]  # its latest state


def holder(seat: dict[str, Any]) -> Holder:
    return ("person", seat["person_id"]) if seat["person_id"] is not None else ("email", seat["work_email"])


def loses_too_much(before: set[Holder], now: set[Holder]) -> bool:
    """More than 10 % of the seats of the snapshot before are missing."""
    return len(before - now) * 10 > len(before)


def settle(uow: UnitOfWork, tool_id: int, from_day: date) -> None:
    """Bring status, carried seats and first-seen days of the tool's snapshots up to date, from a day on."""
    for as_of in snapshot_days(uow.session, tool_id, from_day):
        settle_one(uow.session, tool_id, as_of)


def settle_history(store: Store, tool_id: int) -> None:
    """The same for all of the tool's snapshots, a short transaction for each day."""
    with store.read() as uow:
        days = snapshot_days(uow.session, tool_id, date.min)
    for as_of in days:
        with store.write() as uow:
            settle_one(uow.session, tool_id, as_of)


def snapshot_days(session: Session, tool_id: int, from_day: date) -> list[date]:
    query = select(col(SeatSnapshot.as_of)).where(SeatSnapshot.tool_id == tool_id, SeatSnapshot.as_of >= from_day)
    return sorted(set(session.exec(query).all()))


def settle_one(session: Session, tool_id: int, as_of: date) -> None:
    query = select(SeatSnapshot).where(SeatSnapshot.tool_id == tool_id, SeatSnapshot.as_of == as_of)
    same_day = session.exec(query.order_by(SeatSnapshot.tool_name)).all()
    if same_day:
        settle_day(session, as_of, list(same_day), held_before(session, tool_id, as_of))


def held_before(session: Session, tool_id: int, as_of: date) -> dict[Holder, Run]:
    """The seats of the last current snapshot before the day; `first_seen_on` tells since when they are held."""
    query = select(SeatSnapshot).where(
        SeatSnapshot.tool_id == tool_id, SeatSnapshot.as_of < as_of, SeatSnapshot.status == "current"
    )
    before = session.exec(query.order_by(col(SeatSnapshot.as_of).desc()).limit(1)).first()
    seats = load_seats(session, before, carried=True) if before else []
    return {holder(seat): Run(seat["first_seen_on"], seat["assigned_on"], seat) for seat in seats}


def settle_day(session: Session, as_of: date, same_day: list[SeatSnapshot], before: dict[Holder, Run]) -> None:
    """One day's snapshots of a tool, given the seats held before."""
    main, others = same_day[0], same_day[1:]
    own = load_seats(session, main)
    carried = [seat for other in others for seat in load_seats(session, other)]
    kept = {email for snapshot in same_day for email in snapshot.kept_emails}
    shown = {holder(seat): seat for seat in [*reversed(carried), *own]}
    for key, run in before.items():
        if run.seat["work_email"] in kept and key not in shown:
            carried.append(run.seat)
            shown[key] = run.seat
    waits = loses_too_much(set(before), set(shown)) and not all(snapshot.accepted for snapshot in same_day)
    set_status(session, main, "waiting" if waits else "current")
    for other in others:
        set_status(session, other, "waiting" if waits else "merged")
    after = {key: continued(before.get(key), seat, as_of) for key, seat in shown.items()}
    write_carried(session, main, carried, own, after)
    write_first_days(session, own, after)


def load_seats(session: Session, snapshot: SeatSnapshot, carried: bool = False) -> list[dict[str, Any]]:
    """The seats of the snapshot's own file rows, or all that it shows."""
    table = Seat.__table__  # type: ignore[attr-defined]
    columns = [table.c.id, table.c.first_seen_on, *(table.c[name] for name in STATE)]
    query = select(*columns).where(table.c.snapshot_id == snapshot.id)
    if not carried:
        query = query.where(table.c.carried.is_(False))
    return [dict(row) for row in session.execute(query.order_by(table.c.work_email)).mappings()]


def continued(run: Run | None, seat: dict[str, Any], as_of: date) -> Run:
    if run is None:
        return Run(as_of, seat["assigned_on"], seat)
    return Run(run.first, seat["assigned_on"] or run.assigned_on, seat)


def set_status(session: Session, snapshot: SeatSnapshot, status: str) -> None:
    if snapshot.status != status:
        snapshot.status = status
        session.add(snapshot)


def write_carried(
    session: Session, snapshot: SeatSnapshot, carried: list[dict[str, Any]], own: list[dict[str, Any]],
    after: dict[Holder, Run],
) -> None:  # fmt: skip
    """Copies of seats that this snapshot's own rows do not show; an address appears once."""
    present = {seat["work_email"] for seat in own}
    rows: list[dict[str, Any]] = []
    for seat in carried:
        if seat["work_email"] not in present:
            present.add(seat["work_email"])
            run = after[holder(seat)]
            rows.append({**{name: seat[name] for name in STATE}, "snapshot_id": snapshot.id, "carried": True,
                         "first_seen_on": run.assigned_on or run.first})  # fmt: skip
    session.flush()
    session.execute(delete(Seat).where(col(Seat.snapshot_id) == snapshot.id, col(Seat.carried)))
    if rows:
        session.execute(insert(Seat), rows)


def write_first_days(session: Session, own: Iterable[dict[str, Any]], after: dict[Holder, Run]) -> None:
    by_day: dict[date, list[int]] = defaultdict(list)
    for seat in own:
        run = after[holder(seat)]
        day = run.assigned_on or run.first
        if seat["first_seen_on"] != day:
            by_day[day].append(seat["id"])
    for day, ids in by_day.items():
        for start in range(0, len(ids), 500):
            part = col(Seat.id).in_(ids[start : start + 500])
            session.execute(update(Seat).where(part).values(first_seen_on=day))
