"""Seats as of a day: who holds them, which are in use and which lie idle (spec/asking.md, Metrics).

A day's seats are those of each tool's latest current snapshot on or before it; days without use are counted back from
that snapshot. The definitions stand in `judge`; counts and money are sums over its rows.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, func
from sqlmodel import Session, and_, col, or_, select

from storage.models import PersonRecord, Seat, SeatSnapshot, Task, Tool
from storage.org import OrgSettings
from storage.seat_prices import SeatPrices
from storage.types import EmploymentStatus, Money, SeatStatus

ACTIVE_DAYS = 30  # asking.md: an active seat is used within 30 days of the snapshot


@dataclass(frozen=True)
class IdleRules:
    """After how many days without use a seat is idle, and for how many days after it was given it never is.

    `by_tool` holds (idle days, grace days) by tool slug where they differ from the defaults.
    """

    idle_days: int = 30
    grace_days: int = 30
    by_tool: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, org: OrgSettings) -> "IdleRules":
        """What org.yaml says, for when no policy says more."""
        return cls(org.default_idle_days, org.default_grace_days)

    def days_of(self, slug: str) -> tuple[int, int]:
        return self.by_tool.get(slug, (self.idle_days, self.grace_days))


class SeatState(StrEnum):
    """What is known of a seat's use, in one word. A seat used within 30 days is `active` by that even where it is idle
    too (a leaver's, or a tool with fewer idle days): count with `SeatRow.active` and `SeatRow.idle`, not by state."""

    pending = "pending"  # invited, not yet taken: counted apart from assigned seats
    unknown = "unknown"  # activity is not tracked: never idle, never active
    idle = "idle"
    active = "active"
    new = "new"  # unused so far, within the grace days
    on_leave = "on_leave"  # unused, but its holder is on leave
    quiet = "quiet"  # unused for 30 days, not yet for the tool's idle days


@dataclass(frozen=True, slots=True)
class SeatRow:
    """One seat in the latest snapshot. `idle_days` = days from its last use, else from when it was given, to `as_of`;
    None when activity is not tracked. The person's unit is that of the day asked."""

    tool_id: int
    tool_slug: str
    tool_name: str
    vendor: str
    category: str | None
    person_id: int
    email: str
    name: str
    department: str | None
    division: str | None
    cost_center: str | None
    plan: str | None
    status: str
    as_of: date
    held_since: date
    last_active_on: date | None
    tracked: bool
    state: SeatState
    active: bool
    idle: bool
    leaver: bool
    on_leave: bool
    idle_days: int | None
    monthly_price: Money | None

    @property
    def assigned(self) -> bool:
        """Assigned or suspended; pending seats are shown apart."""
        return self.status != SeatStatus.pending


@dataclass(frozen=True)
class SeatPosition:
    """A tool's seats on a day. `freed` were given back and `promised` given or promised by Bursar since the snapshot.

    `purchased` and `free` are None when no contract in force says how many seats are bought.
    """

    tool_id: int
    as_of: date
    purchased: int | None
    assigned: int
    pending: int
    active: int
    idle: int
    untracked: int
    freed: int = 0
    promised: int = 0

    @property
    def free(self) -> int | None:
        """Seats bought that nobody holds, is invited to, or has been promised."""
        if self.purchased is None:
            return None
        return max(0, self.purchased - self.assigned - self.pending + self.freed - self.promised)

    @property
    def utilisation(self) -> Decimal | None:
        """active / assigned over tracked seats, to four decimals; None where no seat is tracked."""
        tracked = self.assigned - self.untracked
        return (Decimal(self.active) / tracked).quantize(Decimal("0.0001")) if tracked else None


def judge(
    *,
    as_of: date,
    held_since: date,
    last_active_on: date | None,
    tracked: bool,
    status: str,
    leaver: bool,
    on_leave: bool,
    idle_days: int,
    grace_days: int,
) -> tuple[SeatState, bool, bool]:
    """(state, active, idle) of a seat. The day exactly N days back is still within N days."""
    if status == SeatStatus.pending:
        return SeatState.pending, False, False
    if not tracked:
        return SeatState.unknown, False, False
    used = last_active_on is not None
    unused_for = (as_of - (last_active_on or held_since)).days
    active = used and unused_for <= ACTIVE_DAYS
    unused = unused_for > idle_days if used else True
    in_grace = (as_of - held_since).days <= grace_days
    if leaver or (unused and not in_grace and not on_leave):
        return SeatState.idle, active, True
    if active:
        return SeatState.active, True, False
    if on_leave:
        return SeatState.on_leave, False, False
    return (SeatState.new if in_grace else SeatState.quiet), False, False


def seats_on(
    session: Session,
    day: date,
    *,
    rules: IdleRules,
    tool_ids: Collection[int] | None = None,
    person_ids: Collection[int] | None = None,
) -> list[SeatRow]:
    """Every seat as of `day`, by tool and e-mail: two queries, whatever the number of seats.

    Seats whose e-mail or tool nothing knows yet are left out, as everywhere.
    """
    prices = SeatPrices.on(session, day, tool_ids)
    rows = session.execute(_seats_query(day, tool_ids, person_ids)).all()
    return [_seat_row(row, day, rules, prices) for row in rows]


def latest_snapshots(day: date, tool_ids: Collection[int] | None = None) -> Any:
    """Subquery (tool_id, as_of): each tool's latest current snapshot on or before `day`."""
    query = select(SeatSnapshot.tool_id, func.max(SeatSnapshot.as_of).label("as_of")).where(
        SeatSnapshot.status == "current", col(SeatSnapshot.as_of) <= day, col(SeatSnapshot.tool_id).is_not(None)
    )
    if tool_ids is not None:
        query = query.where(col(SeatSnapshot.tool_id).in_(tool_ids))
    return query.group_by(col(SeatSnapshot.tool_id)).subquery("latest")


def _seats_query(day: date, tool_ids: Collection[int] | None, person_ids: Collection[int] | None) -> Any:
    latest = latest_snapshots(day, tool_ids)
    in_force = and_(
        col(PersonRecord.person_id) == Seat.person_id,
        col(PersonRecord.effective_from) <= day,
        or_(col(PersonRecord.effective_to).is_(None), col(PersonRecord.effective_to) > day),
    )
    query = (
        select(Seat.work_email, Seat.person_id, Seat.plan, Seat.status, Seat.first_seen_on, Seat.last_active_on,
               Seat.activity_tracked, SeatSnapshot.as_of, SeatSnapshot.tool_id)  # type: ignore[call-overload]
        .add_columns(
            col(Tool.slug), col(Tool.name), col(Tool.vendor), col(Tool.category),
            col(PersonRecord.display_name), col(PersonRecord.department), col(PersonRecord.division),
            col(PersonRecord.cost_center), col(PersonRecord.employment_status), col(PersonRecord.termination_date),
        )
        .join(SeatSnapshot, col(SeatSnapshot.id) == Seat.snapshot_id)
        .join(latest, and_(latest.c.tool_id == SeatSnapshot.tool_id, latest.c.as_of == SeatSnapshot.as_of))
        .join(Tool, col(Tool.id) == SeatSnapshot.tool_id)
        .outerjoin(PersonRecord, in_force)
        .where(SeatSnapshot.status == "current", col(Seat.person_id).is_not(None))
        .order_by(col(Tool.slug), col(Seat.work_email))
    )  # fmt: skip
    return query if person_ids is None else query.where(col(Seat.person_id).in_(person_ids))


def _seat_row(row: Row[Any], day: date, rules: IdleRules, prices: SeatPrices) -> SeatRow:
    (email, person_id, plan, status, held_since, last_active_on, tracked, as_of, tool_id,
     slug, tool_name, vendor, category, name, department, division, cost_center, employment, ended) = tuple(row)  # fmt: skip
    leaver = employment == EmploymentStatus.terminated or (ended is not None and ended < day)
    on_leave = not leaver and employment == EmploymentStatus.leave
    idle_days, grace_days = rules.days_of(slug)
    state, active, idle = judge(
        as_of=as_of, held_since=held_since, last_active_on=last_active_on, tracked=tracked, status=status,
        leaver=leaver, on_leave=on_leave, idle_days=idle_days, grace_days=grace_days,
    )  # fmt: skip
    return SeatRow(
        tool_id=tool_id, tool_slug=slug, tool_name=tool_name, vendor=vendor, category=category, person_id=person_id,
        email=email, name=name or email, department=department, division=division, cost_center=cost_center, plan=plan,
        status=status, as_of=as_of, held_since=held_since, last_active_on=last_active_on, tracked=tracked, state=state,
        active=active, idle=idle, leaver=leaver, on_leave=on_leave,
        idle_days=(as_of - (last_active_on or held_since)).days if tracked else None,
        monthly_price=prices.monthly(tool_id, plan),
    )  # fmt: skip


def seat_position(
    session: Session, tool_id: int, day: date, *, org: OrgSettings, rules: IdleRules | None = None
) -> SeatPosition | None:
    """A tool's seats on `day`; None without a snapshot up to then. `rules` None = the days of org.yaml."""
    return seat_positions(session, day, rules=rules or IdleRules.of(org), tool_ids=[tool_id]).get(tool_id)


def seat_positions(
    session: Session, day: date, *, rules: IdleRules, tool_ids: Collection[int] | None = None
) -> dict[int, SeatPosition]:
    """By tool id, for every tool with a snapshot on or before `day`."""
    latest = latest_snapshots(day, tool_ids)
    snapshots: dict[int, date] = {row.tool_id: row.as_of for row in session.execute(select(latest)).all()}
    by_tool: dict[int, list[SeatRow]] = defaultdict(list)
    for row in seats_on(session, day, rules=rules, tool_ids=tool_ids):
        by_tool[row.tool_id].append(row)
    purchased = SeatPrices.on(session, day, tool_ids).purchased
    tasks = _seat_tasks(session, snapshots)
    return {
        tool_id: _position(tool_id, as_of, by_tool[tool_id], purchased.get(tool_id), tasks[tool_id])
        for tool_id, as_of in snapshots.items()
    }


def _seat_tasks(session: Session, tool_ids: Iterable[int]) -> dict[int, list[Task]]:
    """Work on seats that is open or done, by tool."""
    query = select(Task).where(col(Task.tool_id).in_(list(tool_ids)), col(Task.status).in_(("open", "done")))
    tasks: dict[int, list[Task]] = defaultdict(list)
    for task in session.exec(query).all():
        if task.tool_id is not None:
            tasks[task.tool_id].append(task)
    return tasks


def _position(tool_id: int, as_of: date, rows: list[SeatRow], purchased: int | None, tasks: list[Task]) -> SeatPosition:
    assigned = [row for row in rows if row.assigned]
    holders = {row.person_id for row in assigned}
    invited = {row.person_id for row in rows} | holders
    since = [task for task in tasks if task.closed_at is None or task.closed_at.date() >= as_of]
    freed = {task.from_person_id or task.for_person_id for task in since if task.kind == "revoke" and task.status == "done"}
    moved = {task.from_person_id for task in since if task.kind == "grant"}  # given back to one requester, not to all
    promised = {
        task.id for task in since
        if task.kind == "grant" and task.from_person_id is None and task.for_person_id not in invited
    }  # fmt: skip
    return SeatPosition(
        tool_id=tool_id,
        as_of=as_of,
        purchased=purchased,
        assigned=len(assigned),
        pending=len(rows) - len(assigned),
        active=sum(row.active for row in assigned),
        idle=sum(row.idle for row in assigned),
        untracked=sum(not row.tracked for row in assigned),
        freed=len((freed & holders) - moved),
        promised=len(promised),
    )


def monthly_cost(rows: Iterable[SeatRow]) -> tuple[dict[str, Money], int]:
    """What the seats cost a month, by contract currency, and how many of them have no known price."""
    sums: dict[str, Money] = {}
    unpriced = 0
    for row in rows:
        if row.monthly_price is None:
            unpriced += 1
        else:
            currency = row.monthly_price.currency
            sums[currency] = sums.get(currency, Money(0, currency)) + row.monthly_price
    return sums, unpriced
