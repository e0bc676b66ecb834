"""People by what the company lets them do: roles of org.yaml resolved to those employed today."""

from datetime import datetime

from sqlmodel import Session

from storage.directory import is_employed, person_id_of, record_of
from storage.models import PersonRecord
from storage.org import OrgSettings, today
from workflows.errors import NotAllowed


def people_with_role(session: Session, org: OrgSettings, role: str, now: datetime) -> list[int]:
    """Person ids in the order of org.yaml; names the directory does not know, and leavers, are left out."""
    day = today(org, now)
    ids = [person_id_of(session, email, day) for email in org.roles.get(role, [])]
    return [
        person_id
        for person_id in dict.fromkeys(ids)
        if person_id is not None and is_employed(record_of(session, person_id, day), day)
    ]


def has_role(session: Session, org: OrgSettings, person_id: int, role: str, now: datetime) -> bool:
    return person_id in people_with_role(session, org, role, now)


def require_role(session: Session, org: OrgSettings, person_id: int, role: str, now: datetime) -> None:
    """Raises NotAllowed, naming whom to ask."""
    if not has_role(session, org, person_id, role, now):
        holders = ", ".join(org.roles.get(role, [])) or "nobody yet (org.yaml, roles)"
        raise NotAllowed(f"Only {role} may do this.", hint=f"Ask: {holders}.")


def name_of(session: Session, person_id: int, org: OrgSettings, now: datetime) -> str:
    """The display name as of today; `someone` when the directory has no record."""
    record: PersonRecord | None = record_of(session, person_id, today(org, now))
    return record.display_name if record is not None else "someone"
