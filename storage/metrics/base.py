"""The shared shape of all metric families: a `Reading` goes in, `Cell`s come out, one a group.

Every family takes the same reading and applies its filters and its row scope itself, so that neither can be forgotten:
a dimension that a family does not have raises `UnsupportedDimension`, it is never ignored.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, or_, true
from sqlmodel import Session, col, select

from storage.models import PersonEmail, PersonRecord, Tool
from storage.org import OrgSettings
from storage.seats import IdleRules
from storage.spend_query import ContractsBy, Filter, Period, RowScope

TOOL_DIMENSIONS = ("tool", "vendor", "category", "billing_model", "tool_status")
PEOPLE_DIMENSIONS = ("person", "department", "cost_center", "division")

EVERYTHING = RowScope(everything=True)
Keys = tuple[str | None, ...]


class UnsupportedDimension(Exception):
    """The metric has no such dimension; `allowed` are those it has."""

    def __init__(self, metric: str, dimension: str, allowed: Iterable[str]) -> None:
        super().__init__(f"{metric} has no {dimension}")
        self.metric, self.dimension, self.allowed = metric, dimension, tuple(allowed)


class UnsupportedReading(Exception):
    """The data hold no such number; the text says why, for people."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One group's amount. `keys` are the values of `group_by` in its order (None = unattributed).

    `unconverted` is the currency that no rate converts: the value is then in it, shown as unpriced and never added.
    `details` belong to cells that are things of their own, such as a contract.
    """

    keys: Keys
    value: Decimal | None
    unconverted: str = ""
    details: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """What a metric is asked for. `notes` collects what the answer must say about how it was computed."""

    session: Session
    org: OrgSettings
    today: date
    period: Period
    filters: tuple[Filter, ...] = ()
    group_by: tuple[str, ...] = ()
    scope: RowScope = EVERYTHING
    contracts: ContractsBy = "ends"
    idle_rules: Callable[[], IdleRules] = IdleRules  # read only where seats are judged
    notes: list[str] = field(default_factory=list)
    rates: dict[tuple[str, date], Decimal | None] = field(default_factory=dict)  # of this answer, once read

    def over(self, period: Period) -> "Reading":
        return replace(self, period=period)

    def by(self, *dimensions: str) -> "Reading":
        return replace(self, group_by=dimensions)

    def where(self, *filters: Filter) -> "Reading":
        return replace(self, filters=(*self.filters, *filters))

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    @property
    def dimensions(self) -> set[str]:
        return {part.dimension for part in self.filters} | set(self.group_by)

    @property
    def last_day(self) -> date:
        """The day stocks are counted on: the period's last, never after today."""
        return min(self.period.end - timedelta(days=1), self.today)

    def require(self, metric: str, allowed: Iterable[str]) -> None:
        """Raises UnsupportedDimension for the first dimension that is not allowed."""
        known = tuple(allowed)
        for dimension in sorted(self.dimensions - set(known)):
            raise UnsupportedDimension(metric, dimension, known)


Family = Callable[[Reading, str], list[Cell]]


def passes(filters: Iterable[Filter], values: Mapping[str, str | None]) -> bool:
    """All filters on the dimensions that `values` has."""
    return all(part.matches(values[part.dimension]) for part in filters if part.dimension in values)


def filter_column(part: Filter, column: Any) -> ColumnElement[bool]:
    """The same as `Filter.matches`, in SQL; the column's "" stands for no value."""
    empty = column.is_(None) | (column == "")
    if part.op == "in":
        return column.in_(part.values)  # type: ignore[no-any-return]
    if part.op == "ne":
        return column.not_in(part.values) | empty  # type: ignore[no-any-return]
    if part.op == "contains":
        return or_(*(column.icontains(word, autoescape=True) for word in part.values))
    return empty  # type: ignore[no-any-return]


def tool_values(tool: Tool) -> dict[str, str | None]:
    return {
        "tool": tool.name,
        "vendor": tool.vendor,
        "category": tool.category,
        "billing_model": tool.billing_model,
        "tool_status": tool.status,
    }


def tools_of(reading: Reading) -> dict[int, dict[str, str | None]]:
    """The tools that pass the reading's tool filters, by id, with their dimensions."""
    tools = reading.session.exec(select(Tool).order_by(col(Tool.id))).all()
    return {
        tool.id: values for tool in tools if tool.id is not None and passes(reading.filters, values := tool_values(tool))
    }


def narrows_tools(reading: Reading) -> bool:
    return any(part.dimension in TOOL_DIMENSIONS for part in reading.filters)


class PersonFacts(NamedTuple):
    """What is true of a person on a day."""

    email: str
    name: str
    department: str | None
    cost_center: str | None
    division: str | None
    employment_status: str
    termination_date: date | None

    @property
    def values(self) -> dict[str, str | None]:
        return {
            "person": self.email,
            "department": self.department,
            "cost_center": self.cost_center,
            "division": self.division,
        }


NOBODY = PersonFacts("", "", None, None, None, "Terminated", None)


def record_in_force(day: Any) -> ColumnElement[bool]:
    """Of PersonRecord, on a day or a column of days."""
    until: ColumnElement[bool] = or_(col(PersonRecord.effective_to).is_(None), col(PersonRecord.effective_to) > day)
    return and_(col(PersonRecord.effective_from) <= day, until)


def people_on(session: Session, day: date) -> dict[int, PersonFacts]:
    """Everybody with a record in force on `day`, by person id."""
    rows = session.exec(
        select(  # type: ignore[call-overload]
            PersonRecord.person_id, PersonRecord.work_email, PersonRecord.display_name, PersonRecord.department,
            PersonRecord.cost_center, PersonRecord.division, PersonRecord.employment_status,
            PersonRecord.termination_date,
        ).where(record_in_force(day))
    )  # fmt: skip
    return {row[0]: PersonFacts(row[1], row[2], row[3] or None, row[4] or None, row[5] or None, *row[6:]) for row in rows}


def emails_today(session: Session, day: date) -> dict[int, str]:
    """The e-mail that names a person in answers: that of the record in force on `day`, else of the nearest one."""
    rows = session.exec(
        select(col(PersonRecord.person_id), col(PersonRecord.work_email), col(PersonRecord.effective_from)).order_by(
            col(PersonRecord.person_id), col(PersonRecord.effective_from)
        )
    )
    emails: dict[int, str] = {}
    for person_id, email, start in rows:
        if start <= day or person_id not in emails:
            emails[person_id] = email
    return emails


def person_condition(reading: Reading, part: Filter, column: Any) -> ColumnElement[bool]:
    """A person filter on a column of person ids: e-mails in force or earlier ones, resolved through the aliases."""
    if part.op == "is_null":
        return column.is_(None)  # type: ignore[no-any-return]
    email = col(PersonEmail.email)
    wanted = email.icontains(part.values[0], autoescape=True) if part.op == "contains" else email.in_(part.values)
    ids = set(reading.session.exec(select(PersonEmail.person_id).where(wanted)).all())
    return column.not_in(ids) | column.is_(None) if part.op == "ne" else column.in_(ids)  # type: ignore[no-any-return]


def in_scope(scope: RowScope, person_id: int | None, facts: PersonFacts) -> bool:
    """Whether a row of this person may be seen; rows of nobody only with everything."""
    return (
        scope.everything
        or person_id in scope.person_ids
        or facts.department in scope.departments
        or facts.cost_center in scope.cost_centers
        or facts.division in scope.divisions
    )


def scope_condition(scope: RowScope, person_id: Any) -> ColumnElement[bool]:
    """The same in SQL, for a query that joins PersonRecord."""
    if scope.everything:
        return true()
    return or_(
        person_id.in_(scope.person_ids),
        col(PersonRecord.department).in_(scope.departments),
        col(PersonRecord.cost_center).in_(scope.cost_centers),
        col(PersonRecord.division).in_(scope.divisions),
    )


class Sums:
    """Adds amounts by group; a group that was touched exists, even at 0."""

    def __init__(self) -> None:
        self._sums: dict[tuple[Keys, str], Decimal] = defaultdict(Decimal)

    def add(self, keys: Keys, value: Decimal | int, unconverted: str = "") -> None:
        self._sums[keys, unconverted] += value

    def cells(self) -> list[Cell]:
        return [Cell(keys, value, unconverted) for (keys, unconverted), value in self._sums.items()]


def keys_of(group_by: Iterable[str], *sources: Mapping[str, str | None]) -> Keys:
    """The group of a row whose dimensions stand in `sources`."""
    merged: dict[str, str | None] = {}
    for source in sources:
        merged.update(source)
    return tuple(merged.get(dimension) for dimension in group_by)
