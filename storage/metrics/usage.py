"""Tokens, API requests and active users, from `usage`; the first two from FOCUS ConsumedQuantity for tools without it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, true
from sqlmodel import col, select

from storage.metrics import spend
from storage.metrics.base import (
    PEOPLE_DIMENSIONS,
    TOOL_DIMENSIONS,
    Cell,
    Keys,
    Reading,
    Sums,
    emails_today,
    filter_column,
    keys_of,
    person_condition,
    record_in_force,
    scope_condition,
    tools_of,
)
from storage.models import PersonRecord, Usage
from storage.spend_query import Filter

DIMENSIONS = (*TOOL_DIMENSIONS, *PEOPLE_DIMENSIONS, "model", "project")

_COLUMNS: dict[str, Any] = {
    "person": col(Usage.person_id),
    "department": col(PersonRecord.department),
    "cost_center": col(PersonRecord.cost_center),
    "division": col(PersonRecord.division),
    "model": col(Usage.model),
    "project": col(Usage.project),
}
_UNITS = ("department", "cost_center", "division")
_TOKENS = (Usage.input_tokens, Usage.output_tokens)
_COUNTED: dict[str, tuple[Any, ...]] = {
    "tokens": _TOKENS,
    "input_tokens": (Usage.input_tokens,),
    "cached_input_tokens": (Usage.cached_input_tokens,),
    "output_tokens": (Usage.output_tokens,),
    "requests": (Usage.requests,),
}
_IN_FOCUS = ("tokens", "requests")


def _known(metric: str) -> ColumnElement[bool]:
    return or_(*(col(column).is_not(None) for column in _COUNTED[metric]))


def _select(reading: Reading, *measures: Any) -> Select[Any]:
    """Measures of the usage rows by the group's dimensions that are not the tool's; filters and scope applied."""
    dimensions = [_COLUMNS[name] for name in reading.group_by if name in _COLUMNS]
    query: Select[Any] = select(*dimensions, *measures).select_from(Usage)
    if reading.dimensions & set(_UNITS) or not (reading.scope.everything or reading.scope.person_ids):
        on = and_(col(PersonRecord.person_id) == col(Usage.person_id), record_in_force(col(Usage.day)))
        query = query.outerjoin(PersonRecord, on)
    return query.where(
        col(Usage.tool_id).in_(tools_of(reading)),
        col(Usage.day) >= reading.period.start,
        col(Usage.day) < reading.period.end,
        _visible(reading),
        *(_condition(reading, part) for part in reading.filters if part.dimension in _COLUMNS),
    )


def _visible(reading: Reading) -> ColumnElement[bool]:
    """A scope of persons needs no look at their units, which are slow to join."""
    if reading.scope.person_ids:
        return col(Usage.person_id).in_(reading.scope.person_ids)
    return scope_condition(reading.scope, col(Usage.person_id))


def _condition(reading: Reading, part: Filter) -> ColumnElement[bool]:
    column = _COLUMNS[part.dimension]
    return person_condition(reading, part, column) if part.dimension == "person" else filter_column(part, column)


def _own(names: Sequence[str], values: Sequence[Any], emails: dict[int, str]) -> dict[str, str | None]:
    """The group's dimensions that the query gave, persons by e-mail."""
    pairs = zip(names, values, strict=True)
    return {name: (emails.get(value) if name == "person" else value) or None for name, value in pairs}


def _emails(reading: Reading) -> dict[int, str]:
    return emails_today(reading.session, reading.today) if "person" in reading.group_by else {}


def _cells(reading: Reading, rows: Sequence[Any]) -> list[Cell]:
    """Rows of (dimensions…, tool_id, amount) added up by the reading's groups."""
    tools, emails = tools_of(reading), _emails(reading)
    names = [name for name in reading.group_by if name in _COLUMNS]
    sums = Sums()
    for *values, tool_id, amount in rows:
        if amount is not None:
            keys = keys_of(reading.group_by, tools[tool_id], _own(names, values, emails))
            sums.add(keys, Decimal(int(amount)))
    return sums.cells()


def counted(reading: Reading, metric: str) -> list[Cell]:
    """tokens, input_tokens, cached_input_tokens, output_tokens, requests. `input_tokens` contains the cached ones."""
    reading.require(metric.replace("_", " "), DIMENSIONS)
    amount: Any = sum((func.coalesce(col(column), 0) for column in _COUNTED[metric]), start=0)
    groups = [_COLUMNS[name] for name in reading.group_by if name in _COLUMNS]
    query = _select(reading, col(Usage.tool_id), func.sum(amount)).where(_known(metric))
    query = query.group_by(col(Usage.tool_id), *groups)
    cells = _cells(reading, reading.session.execute(query).all())
    return cells + _from_focus(reading, metric)


def _from_focus(reading: Reading, metric: str) -> list[Cell]:
    """What FOCUS rows consumed, of the tools that have no usage rows that tell it (never both)."""
    if metric not in _IN_FOCUS:
        return []
    names = tuple(
        values["tool"] or "" for tool_id, values in tools_of(reading).items() if not _tells(reading, tool_id, metric)
    )
    if not names:
        return []
    cells = spend.cells(reading.where(Filter(dimension="tool", values=names)), metric)
    found = [cell for cell in cells if cell.value]
    if found:
        reading.note(f"{metric} of tools without usage data are taken from their cost files")
    return found


def _tells(reading: Reading, tool_id: int, metric: str) -> bool:
    query = select(Usage.id).where(col(Usage.tool_id) == tool_id, _known(metric))
    return reading.session.exec(query.limit(1)).first() is not None


def active_users(reading: Reading, metric: str = "active_users") -> list[Cell]:
    """Distinct people with an active usage row; never add these up over groups or days.

    A row that leaves `active` empty counts when it shows requests or tokens.
    """
    reading.require("active users", DIMENSIONS)
    shown = or_(*(func.coalesce(col(column), 0) > 0 for column in (Usage.requests, *_TOKENS)))
    active = case((col(Usage.active).is_(None), shown), else_=col(Usage.active).is_(true()))
    if set(reading.group_by) & set(TOOL_DIMENSIONS):
        found = _distinct(reading, active)
    else:
        found = _counted_distinct(reading, active)
    if found or reading.group_by or not _any_rows(reading):
        return found
    return [Cell((), Decimal(0))]


def _counted_distinct(reading: Reading, active: ColumnElement[bool]) -> list[Cell]:
    """By groups that the database itself can tell apart."""
    groups = [_COLUMNS[name] for name in reading.group_by]
    query = _select(reading, func.count(func.distinct(col(Usage.person_id)))).where(active).group_by(*groups)
    emails = _emails(reading)
    cells = []
    for *values, number in reading.session.execute(query):
        if number:
            cells.append(Cell(keys_of(reading.group_by, _own(reading.group_by, values, emails)), Decimal(number)))
    return cells


def _distinct(reading: Reading, active: ColumnElement[bool]) -> list[Cell]:
    """By tool, vendor and the like: a person who uses two tools of a vendor is one user of the vendor."""
    names = [name for name in reading.group_by if name in _COLUMNS]
    query = _select(reading, col(Usage.tool_id), col(Usage.person_id)).where(col(Usage.person_id).is_not(None), active)
    tools, emails = tools_of(reading), _emails(reading)
    people: dict[Keys, set[int]] = {}
    for *values, tool_id, person_id in reading.session.execute(query.distinct()):
        keys = keys_of(reading.group_by, tools[tool_id], _own(names, values, emails))
        people.setdefault(keys, set()).add(person_id)
    return [Cell(keys, Decimal(len(ids))) for keys, ids in people.items()]


def _any_rows(reading: Reading) -> bool:
    """Usage was recorded for the tools and days asked, though nobody was active: 0, not "no data"."""
    return reading.session.execute(_select(reading.by(), col(Usage.id)).limit(1)).first() is not None
