"""What a card about idle seats shows, read from the present state."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from storage.models import IdleCase, IdleSeat, Task, Tool
from storage.org import load_org
from storage.types import Money
from storage.unit_of_work import UnitOfWork
from workflows.errors import Conflict, NotFound
from workflows.people import name_of
from workflows.seats.people import answers_as_manager, calendar_of, require_say
from workflows.seats.rules import GIVEN_BACK, End, Terms, end_of


@dataclass(frozen=True)
class SeatLine:
    """A seat of a case. `end_on`, `undo_on` and `decided_on` are days in the reader's zone; `price` is per month."""

    seat_id: int
    tool: str
    slug: str
    plan: str | None
    last_used: date | None
    idle_days: int
    price: Money | None
    status: str
    end: End
    end_on: date
    told_manager: bool
    decided_on: date | None = None
    decided_by: str | None = None
    keep_reason: str = ""
    undo_on: date | None = None  # None = there is nothing to undo any more


@dataclass(frozen=True)
class CaseView:
    case_id: str
    status: str
    nudge: str
    leaver: bool
    person_id: int
    person: str
    addressee_id: int
    addressee: str
    manager_id: int | None
    manager: str | None
    snoozed_until: date | None
    lines: Sequence[SeatLine]

    @property
    def waiting(self) -> list[SeatLine]:
        return [line for line in self.lines if line.status == "asked"]


@dataclass(frozen=True)
class TaskView:
    """A tool owner's task about a seat: `revoke` or `grant` (again, after an undo)."""

    task_id: str
    kind: str
    status: str
    reason: str
    tool: str
    plan: str | None
    person_id: int
    person: str
    assignee_id: int
    why: str
    closed_on: date | None
    closed_by: str | None


def case_view(uow: UnitOfWork, case_id: str, reader_id: int | None = None) -> CaseView | None:
    """None when there is no such case. Days are those of the reader's zone, the company's without one."""
    case = uow.session.get(IdleCase, case_id)
    if case is None:
        return None
    org = load_org(uow.session)
    zone = calendar_of(uow, org, reader_id).zone if reader_id is not None else org.zone
    rows = uow.session.exec(
        select(IdleSeat, Tool)
        .join(Tool, col(Tool.id) == IdleSeat.tool_id)
        .where(IdleSeat.case_id == case_id)
        .order_by(col(IdleSeat.id))
    ).all()
    return CaseView(
        case_id=case.id, status=case.status, nudge=case.nudge, leaver=case.leaver, person_id=case.person_id,
        person=name_of(uow.session, case.person_id, org, uow.now), addressee_id=case.addressee_id,
        addressee=name_of(uow.session, case.addressee_id, org, uow.now), manager_id=case.manager_id,
        manager=name_of(uow.session, case.manager_id, org, uow.now) if case.manager_id else None,
        snoozed_until=_day(case.snoozed_until, zone), lines=[_line(uow, case, seat, tool, zone) for seat, tool in rows],
    )  # fmt: skip


def waiting_view(uow: UnitOfWork, case_id: str, actor_id: int) -> CaseView:
    """The seats of a case that the actor may answer for now. Raises NotFound, NotAllowed, Conflict."""
    case = uow.session.get(IdleCase, case_id)
    view = case_view(uow, case_id, actor_id)
    if case is None or view is None:
        raise NotFound("There is no such question about seats.", hint="Say `seats` to see your seats.")
    require_say(uow, load_org(uow.session), case, actor_id)
    lines = [line for line in view.waiting if line.told_manager or not answers_as_manager(case, actor_id)]
    if not lines:
        raise Conflict("This is settled already; nothing waits for an answer.", hint="Say `seats` to see your seats.")
    return replace(view, lines=lines)


def open_case_of(uow: UnitOfWork, person_id: int) -> str | None:
    """The id of the person's own case that waits for an answer."""
    query = select(IdleCase.id).where(IdleCase.addressee_id == person_id, IdleCase.status != "closed")
    return uow.session.exec(query.where(IdleCase.person_id == person_id)).first()


def task_view(uow: UnitOfWork, task_id: str) -> TaskView | None:
    task = uow.session.get(Task, task_id)
    if task is None or task.case_id is None or task.tool_id is None:
        return None
    org = load_org(uow.session)
    case = uow.session.get(IdleCase, task.case_id)
    seat = uow.session.exec(
        select(IdleSeat).where(IdleSeat.case_id == task.case_id, IdleSeat.tool_id == task.tool_id)
    ).first()
    return TaskView(
        task_id=task.id, kind=task.kind, status=task.status, reason=task.reason,
        tool=uow.session.get_one(Tool, task.tool_id).name, plan=seat.plan if seat else None,
        person_id=task.for_person_id, person=name_of(uow.session, task.for_person_id, org, uow.now),
        assignee_id=task.assignee_id, why=_why(uow, case, seat) + _again(uow, task),
        closed_on=_day(task.closed_at, org.zone),
        closed_by=name_of(uow.session, task.closed_by_id, org, uow.now) if task.closed_by_id else None,
    )  # fmt: skip


def _line(uow: UnitOfWork, case: IdleCase, seat: IdleSeat, tool: Tool, zone: ZoneInfo) -> SeatLine:
    terms = Terms.of_json(seat.terms)
    can_undo = seat.status in GIVEN_BACK and seat.undo_until is not None and seat.undo_until >= uow.now
    decided_by = name_of(uow.session, seat.decided_by_id, load_org(uow.session), uow.now) if seat.decided_by_id else None
    return SeatLine(
        seat_id=seat.id or 0, tool=tool.name, slug=tool.slug, plan=seat.plan, last_used=seat.last_active_on,
        idle_days=seat.idle_days, price=_price(seat), status=seat.status,
        end=end_of(terms, leaver=case.leaver, told_manager=seat.told_manager), end_on=seat.end_at.astimezone(zone).date(),
        told_manager=seat.told_manager, decided_on=_day(seat.decided_at, zone), decided_by=decided_by,
        keep_reason=seat.keep_reason, undo_on=_day(seat.undo_until, zone) if can_undo else None,
    )  # fmt: skip


def _price(seat: IdleSeat) -> Money | None:
    if seat.monthly_price is None or seat.currency is None:
        return None
    return Money.of(seat.monthly_price, seat.currency)


def _why(uow: UnitOfWork, case: IdleCase | None, seat: IdleSeat | None) -> str:
    if case is None or seat is None:
        return ""
    if case.leaver:
        return "left the company"
    if seat.decided_by_id is not None:
        return "released it" if seat.decided_by_id == case.person_id else "the manager released it"
    return f"not used for {seat.idle_days} days, and no answer"


def _again(uow: UnitOfWork, task: Task) -> str:
    earlier = select(Task.id).where(
        Task.case_id == task.case_id, Task.tool_id == task.tool_id, Task.kind == task.kind, Task.status == "done",
        Task.created_at < task.created_at,
    )  # fmt: skip
    return "; marked as removed before, but the tool still lists it" if uow.session.exec(earlier).first() else ""


def _day(at: datetime | None, zone: ZoneInfo) -> date | None:
    return at.astimezone(zone).date() if at is not None else None
