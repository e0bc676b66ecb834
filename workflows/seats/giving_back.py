"""A seat on its way back: the task for the tool owner, the saving, and the way home when it is undone."""

from datetime import date

from sqlmodel import col, select, update

from storage.models import IdleSeat, Saving, Task, Tool
from storage.seats import seat_position, seats_on
from storage.unit_of_work import UnitOfWork
from workflows.audit.trail import append
from workflows.errors import Conflict
from workflows.notify import notify, refresh_cards
from workflows.seats.people import owner_of
from workflows.seats.settings import SeatSettings


def give_back(uow: UnitOfWork, settings: SeatSettings, seat: IdleSeat) -> None:
    """Ask the tool owner to remove a seat just set to releasing or reclaiming, and count its saving from today."""
    uow.session.add(
        Saving(idle_seat_id=seat.id or 0, tool_id=seat.tool_id, person_id=seat.person_id, from_day=settings.day,
               monthly_amount=seat.monthly_price, currency=seat.currency)
    )  # fmt: skip
    tool = uow.session.get_one(Tool, seat.tool_id)
    owner = owner_of(uow, settings.org, tool)
    if owner is None:
        append(uow, "seat.no_owner", subject=f"case:{seat.case_id}", actor=None, payload={"tool": seat.tool_id})
        return
    add_task(uow, "revoke", seat, owner)


def add_task(uow: UnitOfWork, kind: str, seat: IdleSeat, owner: int) -> None:
    """`revoke`: take the seat from its holder; `grant`: give it back to them."""
    task = Task(id=uow.new_id(), kind=kind, tool_id=seat.tool_id, assignee_id=owner, for_person_id=seat.person_id,
                from_person_id=seat.person_id if kind == "revoke" else None, case_id=seat.case_id,
                created_at=uow.now)  # fmt: skip
    uow.session.add(task)
    uow.session.flush()
    notice = "revoke_task" if kind == "revoke" else "restore_task"
    notify(uow, notice, key=f"{notice}:{task.id}", subject=f"task:{task.id}", person_id=owner)


def close_task(uow: UnitOfWork, task_id: str, status: str, reason: str = "", by: int | None = None) -> bool:
    """open → `status`; False when it was closed before. `by` None = Bursar, from data or an undo."""
    changed = uow.session.exec(
        update(Task)
        .where(col(Task.id) == task_id, col(Task.status) == "open")
        .values(status=status, reason=reason, closed_at=uow.now, closed_by_id=by, revision=Task.revision + 1)
    )
    if changed.rowcount != 1:
        return False
    refresh_cards(uow, f"task:{task_id}", status)
    return True


def task_of(uow: UnitOfWork, seat: IdleSeat, kind: str = "revoke") -> Task | None:
    """The newest task about a seat of a case."""
    return uow.session.exec(
        select(Task)
        .where(Task.case_id == seat.case_id, Task.tool_id == seat.tool_id, Task.kind == kind)
        .order_by(col(Task.created_at).desc(), col(Task.id).desc())
    ).first()


def reverse_saving(uow: UnitOfWork, seat: IdleSeat) -> None:
    """It never was: it counts on no day."""
    uow.session.exec(
        update(Saving)
        .where(col(Saving.idle_seat_id) == seat.id, col(Saving.reversed_on).is_(None))
        .values(reversed_on=Saving.from_day)
    )


def confirm_gone(uow: UnitOfWork, settings: SeatSettings, seat: IdleSeat, snapshot_day: date) -> None:
    """A later snapshot no longer shows the seat: the saving is certain, and there is nothing left to remove."""
    if uow.session.exec(select(Saving.id).where(Saving.idle_seat_id == seat.id)).first() is None:
        uow.session.add(
            Saving(idle_seat_id=seat.id or 0, tool_id=seat.tool_id, person_id=seat.person_id, from_day=snapshot_day,
                   monthly_amount=seat.monthly_price, currency=seat.currency, confirmed_on=snapshot_day)
        )  # fmt: skip
    uow.session.exec(
        update(Saving)
        .where(col(Saving.idle_seat_id) == seat.id, col(Saving.confirmed_on).is_(None))
        .values(confirmed_on=snapshot_day)
    )
    task = task_of(uow, seat)
    if task is not None:
        close_task(uow, task.id, "done", "confirmed by the seat list")


def bring_home(uow: UnitOfWork, settings: SeatSettings, seat: IdleSeat) -> None:
    """Undo of a seat given back: cancel the removal, or have the owner give a seat again when it was done.

    Raises Conflict when the seat has gone to somebody else meanwhile.
    """
    task = task_of(uow, seat)
    if task is not None and close_task(uow, task.id, "cancelled", "undone"):
        reverse_saving(uow, seat)
        return
    tool = uow.session.get_one(Tool, seat.tool_id)
    position = seat_position(uow.session, seat.tool_id, settings.day, org=settings.org, rules=settings.rules)
    if position is not None and position.free is not None and position.free < 1:
        raise Conflict(
            f"Your {tool.name} seat has gone to somebody else and no other is free.",
            hint=f"Say `request {tool.slug}` to ask for one.",
        )
    owner = owner_of(uow, settings.org, tool)
    if owner is not None and (task is not None or not _still_listed(uow, settings, seat)):
        add_task(uow, "grant", seat, owner)
    reverse_saving(uow, seat)


def _still_listed(uow: UnitOfWork, settings: SeatSettings, seat: IdleSeat) -> bool:
    rows = seats_on(uow.session, settings.day, rules=settings.rules, tool_ids=[seat.tool_id], person_ids=[seat.person_id])
    return bool(rows)
