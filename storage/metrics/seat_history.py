"""Who held which seat from when to when, read from the snapshots."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import col, select

from storage.metrics.base import Reading, person_condition
from storage.models import Seat, SeatSnapshot
from storage.types import SeatStatus


@dataclass(frozen=True, slots=True)
class Held:
    """A person's seat of a tool over [start, end)."""

    person_id: int
    tool_id: int
    plan: str | None
    start: date
    end: date


Shown = dict[date, tuple[date, str | None]]  # of one person and tool: snapshot → (held since, plan)


def held_seats(reading: Reading, until: date) -> list[Held]:
    """The seats of the people asked, from assigned_on, else the first snapshot that shows them, up to the first snapshot
    that no longer does; `until` where the last one still does. Pending seats are not held."""
    snapshots: dict[int, list[date]] = defaultdict(list)
    query = select(col(SeatSnapshot.tool_id), col(SeatSnapshot.as_of)).where(
        SeatSnapshot.status == "current", col(SeatSnapshot.tool_id).is_not(None), col(SeatSnapshot.as_of) <= reading.today
    )
    for tool_id, as_of in reading.session.exec(query.order_by(col(SeatSnapshot.as_of))):
        snapshots[tool_id or 0].append(as_of)
    shown: dict[tuple[int, int], Shown] = defaultdict(dict)
    for person_id, tool_id, as_of, since, plan in _rows(reading):
        shown[person_id, tool_id][as_of] = (since, plan or None)
    held = []
    for (person_id, tool_id), days in sorted(shown.items(), key=lambda item: item[0]):
        held += [Held(person_id, tool_id, *span) for span in spans(snapshots[tool_id], days, until)]
    return [one for one in held if one.end > reading.period.start and one.start < one.end]


def spans(snapshots: Iterable[date], shown: Shown, until: date) -> list[tuple[str | None, date, date]]:
    """(plan, start, end) of the stretches in which the snapshots, oldest first, show the seat with one plan."""
    found: list[tuple[str | None, date, date]] = []
    plan: str | None = None
    start: date | None = None
    for as_of in snapshots:
        seen = shown.get(as_of)
        if start is not None and (seen is None or seen[1] != plan):
            found.append((plan, start, min(as_of, until)))
            start = None if seen is None else as_of
            plan = None if seen is None else seen[1]
        elif start is None and seen is not None:
            again = bool(found) and seen[0] <= found[-1][2]  # gone for a while: held anew from this snapshot
            start, plan = as_of if again else seen[0], seen[1]
    if start is not None:
        found.append((plan, start, until))
    return found


def _rows(reading: Reading) -> Any:
    query = (
        select(Seat.person_id, SeatSnapshot.tool_id, SeatSnapshot.as_of, Seat.first_seen_on, Seat.plan)  # type: ignore[call-overload]
        .join(SeatSnapshot, col(SeatSnapshot.id) == Seat.snapshot_id)
        .where(
            SeatSnapshot.status == "current",
            col(SeatSnapshot.tool_id).is_not(None),
            col(SeatSnapshot.as_of) <= reading.today,
            col(Seat.person_id).is_not(None),
            col(Seat.status) != SeatStatus.pending.value,
        )
    )
    for part in reading.filters:
        if part.dimension == "person":
            query = query.where(person_condition(reading, part, col(Seat.person_id)))
    if not reading.scope.everything:
        query = query.where(col(Seat.person_id).in_(reading.scope.person_ids))
    return reading.session.execute(query)
