"""The tool owner's part: a seat was removed, could not be removed, or was given again."""

from sqlmodel import select

from storage.models import IdleSeat, Task
from storage.unit_of_work import UnitOfWork
from workflows.audit.trail import append
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.notify import refresh_cards
from workflows.people import has_role
from workflows.seats.cases import load_case, move
from workflows.seats.giving_back import close_task, reverse_saving
from workflows.seats.rules import DONE_AS
from workflows.seats.settings import load_settings


def task_done(uow: UnitOfWork, task_id: str, *, actor_id: int, channel: str = "") -> Task:
    """The seat is removed (free for the next requester) or given again. Raises NotFound, NotAllowed, Conflict."""
    task = _open_task(uow, task_id, actor_id)
    _close(uow, task, "done", "", actor_id)
    seat = _seat(uow, task)
    if seat is not None and task.kind == "revoke" and seat.status in DONE_AS:
        move(uow, seat, (seat.status,), DONE_AS[seat.status])
    _record(uow, task, "seat.removed" if task.kind == "revoke" else "seat.restored", actor_id, channel)
    return task


def task_cannot(uow: UnitOfWork, task_id: str, *, actor_id: int, reason: str, channel: str = "") -> Task:
    """It could not be done; the saving of a seat not removed never was. Raises Invalid, NotFound, NotAllowed, Conflict."""
    said = " ".join(reason.split())
    if not said:
        raise Invalid("Please say what stands in the way.", fields={"reason": "Please say what stands in the way."})
    task = _open_task(uow, task_id, actor_id)
    _close(uow, task, "cannot", said[:500], actor_id)
    seat = _seat(uow, task)
    if seat is not None and task.kind == "revoke" and move(uow, seat, tuple(DONE_AS), "cannot"):
        reverse_saving(uow, seat)
    _record(uow, task, "seat.cannot", actor_id, channel)
    return task


def _open_task(uow: UnitOfWork, task_id: str, actor_id: int) -> Task:
    settings = load_settings(uow.session, uow.now)
    task = uow.session.get(Task, task_id)
    if task is None or task.case_id is None:
        raise NotFound("There is no such task.", hint="Say `help` to start again.")
    load_case(uow, task.case_id)  # the case is locked first, by everybody: no two wait for each other
    if task.assignee_id != actor_id and not has_role(uow.session, settings.org, actor_id, "admin", uow.now):
        raise NotAllowed("Only the tool's owner may close this task.", subject=f"task:{task_id}")
    return task


def _close(uow: UnitOfWork, task: Task, status: str, reason: str, actor_id: int) -> None:
    if close_task(uow, task.id, status, reason, actor_id):
        return
    uow.session.refresh(task)
    said = {"done": "was done already", "cannot": "was closed as not possible", "cancelled": "is not needed any more"}
    raise Conflict(f"This task {said.get(task.status, task.status)}. Nothing was changed.")


def _seat(uow: UnitOfWork, task: Task) -> IdleSeat | None:
    return uow.session.exec(
        select(IdleSeat).where(IdleSeat.case_id == task.case_id, IdleSeat.tool_id == task.tool_id)
    ).first()


def _record(uow: UnitOfWork, task: Task, action: str, actor_id: int, channel: str) -> None:
    append(uow, action, subject=f"case:{task.case_id}", actor=actor_id, channel=channel,
           payload={"task": task.id, "tool": task.tool_id, "person": task.for_person_id})  # fmt: skip
    refresh_cards(uow, f"case:{task.case_id}", uow.new_id())
