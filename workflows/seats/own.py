"""Giving a seat back unasked: the holder needs no question from Bursar to release one."""

from collections.abc import Collection

from sqlmodel import col, select

from storage.models import IdleCase, IdleSeat
from storage.seats import SeatRow, seats_on
from storage.unit_of_work import UnitOfWork
from workflows.errors import Conflict
from workflows.seats.cases import release
from workflows.seats.opening import add_seats
from workflows.seats.people import calendar_of
from workflows.seats.rules import IN_HAND
from workflows.seats.settings import SeatSettings, load_settings


def own_seats(uow: UnitOfWork, settings: SeatSettings, person_id: int) -> list[SeatRow]:
    """One's assigned seats that are not on their way back, one a tool."""
    leaving = select(IdleSeat.tool_id).where(IdleSeat.person_id == person_id, col(IdleSeat.status).in_(IN_HAND))
    gone = set(uow.session.exec(leaving).all())
    rows = seats_on(uow.session, settings.day, rules=settings.rules, person_ids=[person_id])
    return list({row.tool_id: row for row in rows if row.assigned and row.tool_id not in gone}.values())


def give_up(uow: UnitOfWork, tool_ids: Collection[int], *, actor_id: int, channel: str = "") -> list[IdleSeat]:
    """Release one's own seats of some tools: those of an open question there, the rest in a case of their own.

    Raises Conflict when none of them is (still) one's own.
    """
    settings = load_settings(uow.session, uow.now)
    rows = {row.tool_id: row for row in own_seats(uow, settings, actor_id) if row.tool_id in tool_ids}
    if not rows:
        raise Conflict("None of these seats is in your name any more. Nothing was changed.", hint="Say `seats`.")
    released: list[IdleSeat] = []
    asked = uow.session.exec(
        select(IdleSeat)
        .join(IdleCase, col(IdleCase.id) == IdleSeat.case_id)
        .where(IdleSeat.person_id == actor_id, IdleSeat.status == "asked", col(IdleSeat.tool_id).in_(list(rows)))
    ).all()
    if asked:
        released += release(
            uow, asked[0].case_id, actor_id=actor_id, seat_ids=[seat.id or 0 for seat in asked], channel=channel
        )
    rest = [row for tool_id, row in rows.items() if tool_id not in {seat.tool_id for seat in asked}]
    if rest:
        case = _own_case(uow, settings, actor_id, rest)
        released += release(uow, case.id, actor_id=actor_id, channel=channel)
    return released


def _own_case(uow: UnitOfWork, settings: SeatSettings, person_id: int, rows: list[SeatRow]) -> IdleCase:
    """A case that never asks: it is closed from the start and only keeps what was given back, for undo and savings."""
    case = IdleCase(id=uow.new_id(), person_id=person_id, addressee_id=person_id, status="closed", opened_at=uow.now,
                    asked_at=uow.now, closed_at=uow.now)  # fmt: skip
    uow.session.add(case)
    uow.session.flush()
    add_seats(uow, settings, case, rows, calendar_of(uow, settings.org, person_id))
    uow.session.flush()
    return case
