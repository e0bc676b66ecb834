"""What a person may see of the company's numbers today: their own, those of the people below them, what they own."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from storage.directory import is_employed, people_below, person_id_of, record_of
from storage.metrics.base import record_in_force
from storage.metrics.scope_names import scope_names
from storage.models import PersonEmail, PersonRecord
from storage.org import OrgSettings

UNIT_DIMENSIONS = ("department", "cost_center", "division")
SEES_ALL = ("finance", "admin")


@dataclass(frozen=True)
class Rights:
    """`below` = everybody under the person as the tree stands today. Owned units are already spread: a department's cost
    centres, a division's departments and theirs. `budgets` are the scopes whose budget they answer for, casefolded."""

    person_id: int
    emails: frozenset[str]
    everything: bool = False
    below: frozenset[int] = frozenset()
    team_emails: frozenset[str] = frozenset()  # all addresses of themselves and those below
    departments: frozenset[str] = frozenset()
    cost_centers: frozenset[str] = frozenset()
    divisions: frozenset[str] = frozenset()
    budgets: frozenset[str] = frozenset()

    @property
    def team(self) -> frozenset[int]:
        """Themselves and those below."""
        return self.below | {self.person_id}

    def owned(self, dimension: str) -> frozenset[str]:
        units = {
            "department": self.departments,
            "cost_center": self.cost_centers,
            "division": self.divisions,
        }
        return units.get(dimension, frozenset())


def rights_of(session: Session, org: OrgSettings, person_id: int, today: date, *, team: bool = True) -> Rights:
    """Somebody who has left keeps only their own numbers. `team` False: whoever sees everything needs no tree, which is
    slow to read in a large company."""
    emails = _emails(session, person_id, today)
    if not is_employed(record_of(session, person_id, today), today):
        return Rights(person_id, emails, team_emails=emails)
    everything = any(org.has_role(email, role) for email in emails for role in SEES_ALL)
    departments, cost_centers, divisions = _spread(session, org, emails, today)
    below = frozenset(people_below(session, person_id, today)) if team or not everything else frozenset()
    return Rights(
        person_id=person_id,
        emails=emails,
        everything=everything,
        below=below,
        team_emails=emails | _addresses(session, below),
        departments=departments,
        cost_centers=cost_centers,
        divisions=divisions,
        budgets=_budgets(session, _owned(org.owners.budget, emails)),
    )


def _emails(session: Session, person_id: int, today: date) -> frozenset[str]:
    """The addresses that are this person's today; one that somebody else took over is not."""
    aliases = session.exec(select(PersonEmail.email).where(col(PersonEmail.person_id) == person_id)).all()
    return frozenset(email for email in aliases if person_id_of(session, email, today) == person_id)


def _addresses(session: Session, person_ids: Iterable[int]) -> frozenset[str]:
    ids = list(person_ids)
    return frozenset(session.exec(select(PersonEmail.email).where(col(PersonEmail.person_id).in_(ids))).all() if ids else ())


def _owned(owners: dict[str, str], emails: frozenset[str]) -> set[str]:
    return {scope for scope, email in owners.items() if email in emails}


def _budgets(session: Session, scopes: set[str]) -> frozenset[str]:
    """As org.yaml writes them, and a tool also by its name where it is written by slug or alias."""
    folded = {scope.casefold() for scope in scopes}
    tools = scope_names(session, "tool") if folded else {}
    return frozenset(folded | {tools[scope].casefold() for scope in folded if scope in tools})


def _spread(
    session: Session, org: OrgSettings, emails: frozenset[str], today: date
) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Owned departments, cost centres and divisions, with what belongs to them alone."""
    departments = _named(session, "department", _owned(org.owners.department, emails))
    cost_centers = _named(session, "cost_center", _owned(org.owners.cost_center, emails))
    divisions = _named(session, "division", _owned(org.owners.division, emails))
    if departments or divisions:
        rows = session.exec(
            select(PersonRecord.department, PersonRecord.cost_center, PersonRecord.division)
            .where(record_in_force(today), col(PersonRecord.employment_status) != "Terminated")
            .distinct()
        ).all()
        departments |= _belonging(((row[0], row[2]) for row in rows), divisions)
        cost_centers |= _belonging(((row[1], row[0]) for row in rows), departments)
    return frozenset(departments), frozenset(cost_centers), frozenset(divisions)


def _named(session: Session, dimension: str, owned: set[str]) -> set[str]:
    """Written as the directory writes them, whatever their case in org.yaml."""
    names = scope_names(session, dimension) if owned else {}
    return {names.get(scope.casefold(), scope) for scope in owned}


def _belonging(pairs: Iterable[tuple[str | None, str | None]], owners: set[str]) -> set[str]:
    """The units that occur under owned ones only."""
    above: dict[str, set[str | None]] = defaultdict(set)
    for unit, owner in pairs:
        if unit:
            above[unit].add(owner)
    return {unit for unit, owning in above.items() if owning <= owners}
