"""Whom an idle-seat case concerns: who is asked, who is told, who removes the seat, and when they work."""

from collections.abc import Collection

from sqlmodel import Session, col, select

from storage.directory import is_employed, management_chain, person_id_of, record_of, records_of
from storage.models import ChatAccount, IdleCase, Tool
from storage.org import OrgSettings, today
from storage.unit_of_work import UnitOfWork
from workflows.business_time import Calendar, calendar_for
from workflows.errors import NotAllowed
from workflows.people import has_role, people_with_role


def calendar_of(uow: UnitOfWork, org: OrgSettings, person_id: int) -> Calendar:
    """Their zone as the directory says, else as their chat account does."""
    return calendars_of(uow, org, [person_id])[person_id]


def calendars_of(uow: UnitOfWork, org: OrgSettings, person_ids: Collection[int]) -> dict[int, Calendar]:
    """`calendar_of` for many, in two queries."""
    records = records_of(uow.session, person_ids, today(org, uow.now))
    accounts = select(ChatAccount.person_id, ChatAccount.timezone).where(col(ChatAccount.person_id).in_(person_ids))
    known = accounts.where(col(ChatAccount.timezone).is_not(None)).order_by(col(ChatAccount.last_seen_at))
    zones = dict(uow.session.exec(known).all())
    return {
        person_id: calendar_for(
            org,
            (record.timezone if (record := records.get(person_id)) else None) or zones.get(person_id),
            record.location if record else None,
        )
        for person_id in person_ids
    }


def employed(session: Session, person_id: int | None, org: OrgSettings, uow: UnitOfWork) -> bool:
    day = today(org, uow.now)
    return person_id is not None and is_employed(record_of(session, person_id, day), day)


def nearest_manager(uow: UnitOfWork, org: OrgSettings, person_id: int) -> int | None:
    """The first employed person up the chain; None at the top."""
    chain = management_chain(uow.session, person_id, today(org, uow.now))
    return next((one for one in chain if employed(uow.session, one, org, uow)), None)


def owner_of(uow: UnitOfWork, org: OrgSettings, tool: Tool) -> int | None:
    """Who removes and gives seats of a tool: its owner, else an administrator; None when the company names neither."""
    if tool.owner_email:
        owner = person_id_of(uow.session, tool.owner_email, today(org, uow.now))
        if employed(uow.session, owner, org, uow):
            return owner
    admins = people_with_role(uow.session, org, "admin", uow.now)
    return admins[0] if admins else None


def answers_as_manager(case: IdleCase, actor_id: int) -> bool:
    """A manager who was told answers for the seats they were told about; the others still wait for the holder."""
    return actor_id == case.manager_id and actor_id not in (case.addressee_id, case.person_id)


def require_say(uow: UnitOfWork, org: OrgSettings, case: IdleCase, actor_id: int) -> None:
    """The one who was asked, the manager who was told, the holder while employed, and admins may answer.

    Raises NotAllowed.
    """
    may = {case.addressee_id, case.manager_id} | (set() if case.leaver else {case.person_id})
    if actor_id not in may and not has_role(uow.session, org, actor_id, "admin", uow.now):
        raise NotAllowed(
            "Only the person who was asked about these seats may answer.",
            hint="Say `seats` to see your own.",
            subject=f"case:{case.id}",
        )
