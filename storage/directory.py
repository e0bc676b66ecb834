"""People as of a day: who somebody is, whom they report to, who reports to them."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from sqlmodel import Session, col, or_, select

from storage.models import Person, PersonEmail, PersonRecord


def _in_force(day: date):  # type: ignore[no-untyped-def]
    return (col(PersonRecord.effective_from) <= day) & or_(
        col(PersonRecord.effective_to).is_(None), col(PersonRecord.effective_to) > day
    )


def person_id_of(session: Session, email: str, day: date) -> int | None:
    """Whose `email` (any case) is on `day`; an alias not yet begun on that day counts when nobody else had it before."""
    rows = session.exec(
        select(PersonEmail).where(PersonEmail.email == email.strip().lower()).order_by(col(PersonEmail.valid_from))
    ).all()
    if not rows:
        return None
    begun = [row for row in rows if row.valid_from <= day]
    return (begun[-1] if begun else rows[0]).person_id


def record_of(session: Session, person_id: int, day: date) -> PersonRecord | None:
    """What is true of the person on `day`; before their first record, that first one."""
    found = session.exec(select(PersonRecord).where(PersonRecord.person_id == person_id, _in_force(day))).first()
    if found:
        return found
    return session.exec(
        select(PersonRecord).where(PersonRecord.person_id == person_id).order_by(col(PersonRecord.effective_from))
    ).first()


def records_of(session: Session, person_ids: Iterable[int], day: date) -> dict[int, PersonRecord]:
    """`record_of` for many, in one query; people without a record in force are left out."""
    ids = list(set(person_ids))
    if not ids:
        return {}
    rows = session.exec(select(PersonRecord).where(col(PersonRecord.person_id).in_(ids), _in_force(day))).all()
    return {row.person_id: row for row in rows}


def is_employed(record: PersonRecord | None, day: date) -> bool:
    """Active or on leave, and not past their last day."""
    if record is None or record.employment_status == "Terminated":
        return False
    return record.termination_date is None or record.termination_date >= day


def manager_id_of(session: Session, person_id: int, day: date) -> int | None:
    """The person the directory names as manager on `day`, employed or not; None when there is none."""
    record = record_of(session, person_id, day)
    if record is None or not record.manager_employee_id:
        return None
    return session.exec(select(Person.id).where(Person.employee_id == record.manager_employee_id)).first()


def management_chain(session: Session, person_id: int, day: date) -> list[int]:
    """Manager, manager's manager, …; ends at the top or where it would repeat (a cycle)."""
    chain: list[int] = []
    current = manager_id_of(session, person_id, day)
    while current is not None and current != person_id and current not in chain:
        chain.append(current)
        current = manager_id_of(session, current, day)
    return chain


def people_below(session: Session, person_id: int, day: date) -> set[int]:
    """Everybody who reports to the person on `day`, directly or indirectly; never the person."""
    person = session.get(Person, person_id)
    if person is None:
        return set()
    reports: dict[str, list[tuple[int, str]]] = defaultdict(list)
    rows = session.exec(
        select(PersonRecord.person_id, Person.employee_id, PersonRecord.manager_employee_id)
        .join(Person, col(Person.id) == PersonRecord.person_id)
        .where(_in_force(day), col(PersonRecord.manager_employee_id).is_not(None))
    ).all()
    for report_id, employee_id, manager in rows:
        reports[str(manager)].append((report_id, employee_id))
    below: set[int] = set()
    queue = [person.employee_id]
    while queue:
        for report_id, employee_id in reports.get(queue.pop(), []):
            if report_id not in below and report_id != person_id:
                below.add(report_id)
                queue.append(employee_id)
    return below
