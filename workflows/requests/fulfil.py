"""From approved to granted: the money is committed and somebody gets the task of giving the seat."""

from dataclasses import dataclass

from sqlmodel import col, select, update

from storage.directory import is_employed, person_id_of, record_of
from storage.models import Decision, IdleSeat, Request, Task, Tool
from storage.org import OrgSettings, load_org, today
from storage.seats import seat_position, seats_on
from storage.types import RequestStatus
from storage.unit_of_work import UnitOfWork
from workflows.audit import trail
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.requests import announce, reservations
from workflows.requests.draft import SEAT_KINDS
from workflows.requests.records import audit, change, locked, name_of, when
from workflows.seats.settings import idle_rules

TASK_ROLES = ("procurement", "admin")  # who grants what has no owner who may


@dataclass(frozen=True)
class TaskOutcome:
    """What became of a task, told to who closed it."""

    task_id: str
    status: str  # done, cannot
    request_id: str | None
    message: str


def begin(uow: UnitOfWork, request: Request, *, event: str, actor: int | None, channel: str = "") -> Task:
    """The request is approved: commit its money, name a seat to use, and give the task. Raises Conflict."""
    org = load_org(uow.session)
    change(uow, request, RequestStatus.pending, status=RequestStatus.approved.value, decided_at=uow.now, paused_at=None)
    reservations.settle(uow, request, "committed")
    task = Task(
        id=uow.new_id(),
        kind="grant",
        request_id=request.id,
        tool_id=request.tool_id,
        assignee_id=_assignee(uow, request, org),
        for_person_id=request.beneficiary_id,
        from_person_id=_seat_to_reuse(uow, request, org),
        created_at=uow.now,
    )
    uow.session.add(task)
    uow.session.flush()
    audit(uow, request, event, actor, before=RequestStatus.pending, channel=channel, task_id=task.id)
    announce.task_open(uow, task)
    announce.update(uow, request, event, task_id=task.id)
    announce.refresh(uow, request)
    return task


def _assignee(uow: UnitOfWork, request: Request, org: OrgSettings) -> int:
    """The tool's owner, procurement, an admin: the first who is here and no party; a party only when nobody else is."""
    day = today(org, uow.now)
    tool = uow.session.get(Tool, request.tool_id) if request.tool_id is not None else None
    emails = [tool.owner_email] if tool and tool.owner_email else []
    emails += [email for role in TASK_ROLES for email in org.roles.get(role, [])]
    found = [person for email in emails if (person := person_id_of(uow.session, email, day)) is not None]
    found += uow.session.exec(select(Decision.person_id).where(Decision.request_id == request.id)).all()
    here = [person for person in found if is_employed(record_of(uow.session, person, day), day)]
    parties = (request.requester_id, request.beneficiary_id)
    return next((person for person in here if person not in parties), next(iter(here), request.requester_id))


def _seat_to_reuse(uow: UnitOfWork, request: Request, org: OrgSettings) -> int | None:
    """Whose seat is to be moved: none while a free one serves; else one given back, else the longest idle."""
    if request.tool_id is None or request.kind not in SEAT_KINDS:
        return None
    day = today(org, uow.now)
    rules = idle_rules(uow.session, org)
    position = seat_position(uow.session, request.tool_id, day, org=org, rules=rules)
    if position is None or (position.free or 0) > 0:
        return None
    taken = set(uow.session.exec(
        select(Task.from_person_id).where(Task.tool_id == request.tool_id, Task.kind == "grant",
                                          col(Task.status).in_(("open", "done")))
    ).all())  # fmt: skip
    released = uow.session.exec(
        select(IdleSeat.person_id).where(
            IdleSeat.tool_id == request.tool_id, col(IdleSeat.status).in_(("releasing", "released", "reclaiming"))
        )
    ).all()
    rows = [row for row in seats_on(uow.session, day, rules=rules, tool_ids=[request.tool_id]) if row.assigned]
    holders = [row.person_id for row in rows if row.person_id in released]
    idle = sorted((row for row in rows if row.idle), key=lambda row: -(row.idle_days or 0))
    names = [*holders, *(row.person_id for row in idle)]
    return next((person for person in names if person not in taken and person != request.beneficiary_id), None)


def complete_task(
    uow: UnitOfWork, actor_id: int, task_id: str, result: str, reason: str = "", idempotency_key: str = "", channel: str = ""
) -> TaskOutcome:
    """A grant task is `done`, or `cannot` be done (with a reason: then the request stays approved and its money held).

    The same person saying the same again gets the same answer. Raises NotFound, NotAllowed, Conflict, Invalid.
    """
    task, request = _task(uow, task_id)
    org = load_org(uow.session)
    if result not in ("done", "cannot"):
        raise Invalid(f"A task is done or cannot be done, not {result!r}.")
    _may_close(uow, actor_id, task, request, org)
    if task.status == result and task.closed_by_id == actor_id:
        return _outcome(uow, task, request, org)
    if task.status != "open":
        who = name_of(uow, task.closed_by_id, org)
        raise Conflict(f"This task is closed already: {who} marked it as {task.status} on {when(org, task.closed_at)}.")
    if request is not None and request.status != RequestStatus.approved:
        raise Conflict(f"The request is {request.status}; nothing is to be granted for it.")
    if result == "cannot" and not reason.strip():
        raise Invalid("Say why it cannot be granted; the requester is told.", {"reason": "Say why."})
    _close(uow, task, result, reason.strip(), actor_id)
    payload = {"before": "open", "after": result, "request_id": task.request_id, "key": idempotency_key}
    trail.append(uow, f"task.{result}", subject=f"task:{task.id}", actor=actor_id, channel=channel, payload=payload)
    if request is not None:
        _after(uow, request, task, result, actor_id, channel)
    return _outcome(uow, task, request, org)


def _task(uow: UnitOfWork, task_id: str) -> tuple[Task, Request | None]:
    """Both locked, the request first, as everywhere."""
    request_id = uow.session.exec(select(Task.request_id).where(Task.id == task_id)).first()
    request = locked(uow, request_id) if request_id else None
    query = select(Task).where(Task.id == task_id).with_for_update()
    task = uow.session.exec(query, execution_options={"populate_existing": True}).first()
    if task is None or task.case_id is not None:
        raise NotFound("This task does not exist (any more).")
    return task, request


def _may_close(uow: UnitOfWork, actor_id: int, task: Task, request: Request | None, org: OrgSettings) -> None:
    if actor_id == task.assignee_id:
        return
    record = record_of(uow.session, actor_id, today(org, uow.now))
    party = request is not None and actor_id in (request.requester_id, request.beneficiary_id)
    if not party and record and any(org.has_role(record.work_email, role) for role in TASK_ROLES):
        return
    who = name_of(uow, task.assignee_id, org)
    raise NotAllowed(f"This task is {who}'s; you cannot close it.", subject=f"task:{task.id}")


def _close(uow: UnitOfWork, task: Task, status: str, reason: str, actor_id: int) -> None:
    query = (
        update(Task)
        .where(col(Task.id) == task.id, col(Task.status) == "open", col(Task.revision) == task.revision)
        .values(status=status, reason=reason, closed_at=uow.now, closed_by_id=actor_id, revision=task.revision + 1)
        .execution_options(synchronize_session=False)
    )
    if uow.session.exec(query).rowcount != 1:
        raise Conflict("Somebody closed this task in this moment.")
    uow.session.refresh(task)
    announce.refresh_task(uow, task)


def _after(uow: UnitOfWork, request: Request, task: Task, result: str, actor_id: int, channel: str) -> None:
    """The request follows its task, and the requester hears the truth."""
    if result == "done":
        change(uow, request, RequestStatus.approved, status=RequestStatus.fulfilled.value, fulfilled_at=uow.now)
        audit(uow, request, "fulfilled", actor_id, before=RequestStatus.approved, channel=channel, task_id=task.id)
        announce.update(uow, request, "granted", task_id=task.id, actor_id=actor_id)
    else:
        change(uow, request, RequestStatus.approved, status_reason=task.reason)
        audit(uow, request, "cannot_fulfil", actor_id, before=RequestStatus.approved, channel=channel, task_id=task.id)
        announce.update(uow, request, "cannot", task_id=task.id, actor_id=actor_id)
    announce.refresh(uow, request)


def _outcome(uow: UnitOfWork, task: Task, request: Request | None, org: OrgSettings) -> TaskOutcome:
    who = name_of(uow, task.for_person_id, org)
    if task.status == "done":
        message = f"Recorded: granted to {who}. The requester is told."
    else:
        message = "Recorded: it cannot be granted now. The requester is told why; the money stays reserved for the request."
    return TaskOutcome(task.id, task.status, request.id if request else None, message)


def cancel_tasks(uow: UnitOfWork, request: Request) -> None:
    """The request ended otherwise: nothing is left to grant."""
    query = select(Task).where(Task.request_id == request.id, Task.status == "open").with_for_update()
    for task in uow.session.exec(query, execution_options={"populate_existing": True}).all():
        task.status, task.closed_at, task.revision = "cancelled", uow.now, task.revision + 1
        uow.session.add(task)
        uow.session.flush()
        announce.refresh_task(uow, task)


def reassign_task(uow: UnitOfWork, request: Request, task: Task) -> bool:
    """Give an open task to who would get it today; False when that is the same person."""
    assignee = _assignee(uow, request, load_org(uow.session))
    if assignee == task.assignee_id:
        return False
    before, task.assignee_id, task.revision = task.assignee_id, assignee, task.revision + 1
    uow.session.add(task)
    uow.session.flush()
    audit(uow, request, "task_reassigned", None, before=request.status, task_id=task.id, from_id=before, to_id=assignee)
    announce.refresh_task(uow, task)
    announce.task_open(uow, task)
    return True
