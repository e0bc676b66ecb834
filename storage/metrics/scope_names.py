"""What budgets.csv and org.yaml call a scope → the name that answers and filters use for it."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, col, select

from storage.models import OwnerUnit, PersonRecord, Tool, ToolName

_UNITS: Mapping[str, tuple[Any, ...]] = {
    "department": (OwnerUnit.department, PersonRecord.department),
    "cost_center": (OwnerUnit.cost_center, PersonRecord.cost_center),
    "division": (OwnerUnit.division, PersonRecord.division),
    "vendor": (Tool.vendor,),
}


def scope_names(session: Session, scope_type: str) -> dict[str, str]:
    """By casefolded name; a tool also by its slug and by aliases that no other tool has."""
    if scope_type == "tool":
        return _tools(session)
    names: dict[str, str] = {}
    for column in _UNITS.get(scope_type, ()):
        names |= {name.casefold(): name for name in session.exec(select(column).distinct()) if name}
    return names


def _tools(session: Session) -> dict[str, str]:
    rows = session.exec(select(ToolName.name, Tool.name).join(Tool, col(Tool.id) == ToolName.tool_id)).all()
    found: dict[str, set[str]] = {}
    for alias, name in rows:
        found.setdefault(alias.casefold(), set()).add(name)
    return {alias: next(iter(names)) for alias, names in found.items() if len(names) == 1}
