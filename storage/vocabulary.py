"""The names the store knows, for reading questions: workflows/asking/vocabulary.py builds its look-ups from them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from storage.models import Budget, ChargeKey, Contract, KeyMeaning, OwnerUnit, PersonRecord, Tool, ToolName, Usage


@dataclass(frozen=True, slots=True)
class ToolEntry:
    """`aliases` without name and slug; an alias may belong to several tools."""

    name: str
    vendor: str
    category: str | None = None
    billing_model: str | None = None
    status: str | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonEntry:
    name: str
    email: str
    department: str | None = None


@dataclass(frozen=True, slots=True)
class VocabularyLists:
    """Sorted, without repeats; every name is one that something in the store carries."""

    departments: tuple[str, ...] = ()
    cost_centers: tuple[str, ...] = ()
    divisions: tuple[str, ...] = ()
    tools: tuple[ToolEntry, ...] = ()
    vendors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    people: tuple[PersonEntry, ...] = ()


def load_vocabulary_lists(session: Session, today: date) -> VocabularyLists:
    """Names of people as of `today` (the first record of those still to come), of everything else over all time."""
    budgets = session.exec(select(Budget.scope_type, Budget.scope).distinct()).all()
    return VocabularyLists(
        departments=_names(session, [PersonRecord.department, OwnerUnit.department], _scopes(budgets, "department")),
        cost_centers=_names(
            session, [PersonRecord.cost_center, OwnerUnit.cost_center, Contract.cost_center], _scopes(budgets, "cost_center")
        ),
        divisions=_names(session, [PersonRecord.division, OwnerUnit.division], _scopes(budgets, "division")),
        tools=_tools(session),
        vendors=_names(session, [Tool.vendor]),
        categories=_names(session, [Tool.category]),
        models=_names(session, [ChargeKey.model, Usage.model]),
        projects=_names(session, [KeyMeaning.project, Usage.project], _scopes(budgets, "project")),
        people=_people(session, today),
    )


def _scopes(budgets: Iterable[Any], scope_type: str) -> list[str]:
    return [scope for kind, scope in budgets if kind == scope_type]


def _names(session: Session, columns: Iterable[Any], more: Iterable[str] = ()) -> tuple[str, ...]:
    found = set(more)
    for column in columns:
        found.update(name for name in session.exec(select(column).distinct()).all() if name)
    return tuple(sorted(name for name in found if name))


def _tools(session: Session) -> tuple[ToolEntry, ...]:
    aliases: dict[int, list[str]] = defaultdict(list)
    for row in session.exec(select(ToolName).order_by(col(ToolName.name))):
        aliases[row.tool_id].append(row.name)
    tools = session.exec(select(Tool).order_by(col(Tool.name))).all()
    return tuple(
        ToolEntry(
            tool.name, tool.vendor, tool.category, tool.billing_model, tool.status, tuple(aliases.get(tool.id or 0, ()))
        )
        for tool in tools
    )


def _people(session: Session, today: date) -> tuple[PersonEntry, ...]:
    """One entry a person: the record in force, else the first one."""
    row: Any = PersonRecord
    query: Any = select(row.person_id, row.effective_from, row.display_name, row.work_email, row.department)  # type: ignore[call-overload]
    chosen: dict[int, PersonEntry] = {}
    for person_id, begins, name, email, department in session.execute(query.order_by(row.effective_from)).all():
        if begins <= today or person_id not in chosen:
            chosen[person_id] = PersonEntry(name, email, department)
    return tuple(sorted(chosen.values(), key=lambda person: (person.name, person.email)))
