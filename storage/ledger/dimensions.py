"""The dimensions of spend: of which tool, unit, model, project, person and book a row is, and who may see it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlmodel import Session, col, select

from storage.ledger.people import Unit
from storage.models import OwnerUnit, PersonEmail, PersonRecord, Tool
from storage.spend_query import Filter, RowScope

TOOL = ("tool", "vendor", "category", "billing_model", "tool_status")
UNIT = ("department", "cost_center", "division")
LABEL = ("model", "project")
BOOK = ("source", "payment_channel")
ALL = (*TOOL, *UNIT, *LABEL, *BOOK, "person")

SOURCES = ("focus", "expense", "contract")
CHANNELS = {"focus": "invoice", "expense": "card", "contract": "invoice"}

_FEW = 500  # ids worth naming in a query

Values = Mapping[str, str | None]


@dataclass
class Directory:
    """Tools and units by id with their dimensions, read once per question."""

    session: Session
    tools: dict[int, Values] = field(default_factory=dict)
    units: dict[int, Values] = field(default_factory=dict)

    @classmethod
    def load(cls, session: Session) -> "Directory":
        columns = (Tool.id, Tool.name, Tool.vendor, Tool.category, Tool.billing_model, Tool.status)
        tools = {row[0]: _values(TOOL, row[1:]) for row in session.exec(select(*columns))}  # type: ignore[call-overload]
        columns = (OwnerUnit.id, OwnerUnit.department, OwnerUnit.cost_center, OwnerUnit.division)  # type: ignore[assignment]
        units = {row[0]: _values(UNIT, row[1:]) for row in session.exec(select(*columns))}  # type: ignore[call-overload]
        return cls(session, tools, {0: dict.fromkeys(UNIT), **units})

    def tool_ids(self, filters: Iterable[Filter]) -> list[int] | None:
        """The tools that pass, None when no filter is about tools."""
        return _passing(self.tools, [part for part in filters if part.dimension in TOOL])

    def unit_ids(self, filters: Iterable[Filter]) -> list[int] | None:
        """The units that pass, None when no filter is about units."""
        return _passing(self.units, [part for part in filters if part.dimension in UNIT])

    def unit_id(self, unit: Unit) -> int:
        """The id of a unit; 0 for one that owns nothing in any rollup yet."""
        wanted = {"department": unit.department or None, "cost_center": unit.cost_center or None,
                  "division": unit.division or None}  # fmt: skip
        return next((unit_id for unit_id, values in self.units.items() if values == wanted), 0)

    def scoped_units(self, scope: RowScope) -> list[int]:
        """The units that the scope's departments, cost centres or divisions let see."""
        return [
            unit_id for unit_id, unit in self.units.items()
            if unit["department"] in scope.departments or unit["cost_center"] in scope.cost_centers
            or unit["division"] in scope.divisions
        ]  # fmt: skip

    def sources(self, filters: Iterable[Filter]) -> list[str]:
        """The books that pass filters on source and payment channel (`expense` is another word for card)."""
        kept = []
        for source in SOURCES:
            values = {"source": source, "payment_channel": CHANNELS[source]}
            if all(part.matches(values[part.dimension]) for part in filters if part.dimension in BOOK):
                kept.append(source)
        return kept

    def person_ids(self, part: Filter) -> set[int]:
        """The people whose e-mail, today's or an earlier one, the filter names."""
        email = col(PersonEmail.email)
        if part.op == "contains":
            wanted = email.icontains(part.values[0], autoescape=True)
        else:
            wanted = email.in_([value.lower() for value in part.values])
        return set(self.session.exec(select(PersonEmail.person_id).where(wanted)))

    def emails(self, person_ids: Collection[int], day: date) -> dict[int, str]:
        """The e-mail that names a person: that of the record in force on `day`, else of the first one."""
        record = PersonRecord
        query = select(col(record.person_id), col(record.work_email), col(record.effective_from))
        if len(person_ids) <= _FEW:
            query = query.where(col(record.person_id).in_(person_ids))
        rows = self.session.exec(query.order_by(col(record.person_id), col(record.effective_from)))
        found: dict[int, str] = {}
        for person_id, email, start in rows:
            if start <= day or person_id not in found:
                found[person_id] = email
        return found


def _values(names: Iterable[str], values: Iterable[str | None]) -> Values:
    return {name: value or None for name, value in zip(names, values, strict=True)}


def _passing(rows: Mapping[int, Values], filters: list[Filter]) -> list[int] | None:
    if not filters:
        return None
    return [row_id for row_id, values in rows.items() if all(part.matches(values[part.dimension]) for part in filters)]
