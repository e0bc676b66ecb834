"""People, departments and cost centres as day-number timelines, for attributing many charge keys at once."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from storage.models import PersonEmail, PersonRecord
from storage.models.ledger import day_number

FIRST_DAY = -1_000_000  # before every charge
LAST_DAY = 1_000_000


@dataclass(frozen=True)
class Unit:
    """Who owns cost; "" = none. All "" is unattributed."""

    department: str = ""
    cost_center: str = ""
    division: str = ""


NOBODY = Unit()


def number(day: date) -> int:
    """`day_number` within the bounds that stand for "always"."""
    return max(FIRST_DAY, min(LAST_DAY, day_number(day)))


class Timeline:
    """A value that changes on given days; before the first it is what the first says."""

    def __init__(self, changes: Iterable[tuple[int, object]]) -> None:
        ordered = sorted(changes, key=lambda change: change[0])
        self.days = [day for day, _ in ordered]
        self.values = [value for _, value in ordered]

    def at(self, day: int) -> object | None:
        if not self.days:
            return None
        return self.values[max(0, bisect_right(self.days, day) - 1)]

    def breaks(self) -> list[int]:
        """The days on which the value may change."""
        return self.days[1:]


class Unambiguous:
    """Of a name, the one other name it goes with on a day: the department of a cost centre, and so on."""

    def __init__(self) -> None:
        self._events: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
        self._timelines: dict[str, Timeline] = {}

    def add(self, name: str, other: str, start: int, end: int) -> None:
        self._events[name].append((start, 1, other))
        self._events[name].append((end, -1, other))

    def timeline(self, name: str) -> Timeline:
        """Days with the one `other`, "" while there are several or none."""
        if name not in self._timelines:
            self._timelines[name] = Timeline(self._sweep(name))
        return self._timelines[name]

    def _sweep(self, name: str) -> list[tuple[int, object]]:
        running: Counter[str] = Counter()
        changes: list[tuple[int, object]] = []
        by_day: dict[int, list[tuple[int, str]]] = defaultdict(list)
        for day, step, other in self._events.get(name, []):
            by_day[day].append((step, other))
        for day in sorted(by_day):
            for step, other in by_day[day]:
                running[other] += step
            present = [other for other, count in running.items() if count > 0]
            value = present[0] if len(present) == 1 else ""
            if not changes or changes[-1][1] != value:
                changes.append((day, value))
        return changes


class People:
    """Everybody's e-mail aliases and units by day, and how departments, cost centres and divisions go together."""

    def __init__(self, session: Session) -> None:
        self.aliases: dict[str, Timeline] = {}
        self.units: dict[int, Timeline] = {}
        self.department_of = Unambiguous()  # of a cost centre
        self.cost_center_of = Unambiguous()  # of a department
        self.division_of = Unambiguous()  # of a department
        self.departments: dict[str, str] = {}  # casefolded → as the people file writes it
        self.cost_centers: dict[str, str] = {}
        self.active: list[tuple[int, int, str]] = []  # (from, to, department) of people employed then
        self._load_aliases(session)
        self._load_records(session)

    def _load_aliases(self, session: Session) -> None:
        changes: dict[str, list[tuple[int, object]]] = defaultdict(list)
        query = select(col(PersonEmail.email), col(PersonEmail.person_id), col(PersonEmail.valid_from))
        for email, person_id, start in session.exec(query):
            changes[email].append((number(start), person_id))
        self.aliases = {email: Timeline(rows) for email, rows in changes.items()}

    def _load_records(self, session: Session) -> None:
        record = PersonRecord
        rows = session.exec(
            select(
                record.person_id, record.effective_from, record.effective_to, record.department,
                record.cost_center, record.division, record.employment_status,
            ).order_by(col(record.person_id), col(record.effective_from))  # type: ignore[call-overload]
        ).all()  # fmt: skip
        changes: dict[int, list[tuple[int, object]]] = defaultdict(list)
        for person_id, start, end, department, cost_center, division, status in rows:
            first = FIRST_DAY if person_id not in changes else number(start)
            last = number(end) if end else LAST_DAY
            unit = Unit(department or "", cost_center or "", division or "")
            changes[person_id].append((first, unit))
            self._relate(unit, first, last)
            if status != "Terminated":
                self.active.append((first, last, unit.department))
        self.units = {person_id: Timeline(rows) for person_id, rows in changes.items()}

    def _relate(self, unit: Unit, first: int, last: int) -> None:
        if unit.department:
            self.departments.setdefault(unit.department.casefold(), unit.department)
            if unit.division:
                self.division_of.add(unit.department, unit.division, first, last)
        if unit.cost_center:
            self.cost_centers.setdefault(unit.cost_center.casefold(), unit.cost_center)
        if unit.department and unit.cost_center:
            self.department_of.add(unit.cost_center, unit.department, first, last)
            self.cost_center_of.add(unit.department, unit.cost_center, first, last)

    def person_at(self, email: str, day: int) -> int | None:
        timeline = self.aliases.get(email.strip().lower())
        found = timeline.at(day) if timeline else None
        return found if isinstance(found, int) else None

    def unit_of_person(self, person_id: int, day: int) -> Unit:
        timeline = self.units.get(person_id)
        unit = timeline.at(day) if timeline else None
        return self.completed(unit, day) if isinstance(unit, Unit) else NOBODY

    def completed(self, unit: Unit, day: int) -> Unit:
        """With what follows from the rest: a cost centre's only department, a department's only cost centre, …"""
        department, cost_center, division = unit.department, unit.cost_center, unit.division
        department = self.departments.get(department.casefold(), department)
        cost_center = self.cost_centers.get(cost_center.casefold(), cost_center)
        if cost_center and not department:
            department = str(self.department_of.timeline(cost_center).at(day) or "")
        if department and not cost_center:
            cost_center = str(self.cost_center_of.timeline(department).at(day) or "")
        if department and not division:
            division = str(self.division_of.timeline(department).at(day) or "")
        return Unit(department, cost_center, division)

    def breaks_of_unit(self, unit: Unit) -> list[int]:
        """The days on which `completed(unit)` may change."""
        department = self.departments.get(unit.department.casefold(), unit.department)
        cost_center = self.cost_centers.get(unit.cost_center.casefold(), unit.cost_center)
        days: set[int] = set()
        departments = {department} - {""}
        if cost_center:
            timeline = self.department_of.timeline(cost_center)
            days.update(timeline.breaks())
            departments.update(str(value) for value in timeline.values if value)
        for name in departments:
            days.update(self.cost_center_of.timeline(name).breaks())
            days.update(self.division_of.timeline(name).breaks())
        return sorted(days)

    def breaks_of_email(self, email: str) -> list[int]:
        """The days on which the person behind `email`, or where they belong, may change."""
        timeline = self.aliases.get(email.strip().lower())
        if timeline is None:
            return []
        days = set(timeline.breaks())
        for person_id in {value for value in timeline.values if isinstance(value, int)}:
            if person_id in self.units:
                days.update(self.units[person_id].breaks())
                for unit in self.units[person_id].values:
                    if isinstance(unit, Unit) and not (unit.cost_center and unit.division):
                        days.update(self.breaks_of_unit(unit))
        return sorted(days)

    def departments_at(self, day: int) -> list[str]:
        """The departments that have people employed on the day."""
        return sorted({name for start, end, name in self.active if name and start <= day < end})
