"""Files for import tests, and what the database makes of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from storage.imports import ImportReport, load
from storage.models import (
    Budget,
    Contract,
    Expense,
    OAuthGrant,
    Outcome,
    OwnerUnit,
    Person,
    PersonEmail,
    PersonRecord,
    Rollup,
    Seat,
    SeatSnapshot,
    Statement,
    Tool,
    ToolName,
    Usage,
    Visit,
)
from storage.unit_of_work import Store

ORG = """
name: Acme
base_currency: USD
fiscal_year: {start_month: 2, named_by: end}
"""
PEOPLE = """employee_id,work_email,display_name,department,manager_employee_id,effective_date,cost_center
1,Ada@acme.example,Ada Byron,Engineering,,2024-01-01,CC-1
1,ada@acme.example,Ada Byron,Marketing,,2026-02-01,CC-2
2,bob@acme.example,Bob Ray,Engineering,1,,CC-1
3,cyd@acme.example,Cyd Lee,Engineering,1,,CC-1
"""
CATALOG = """
tools:
  - slug: github-copilot
    name: GitHub Copilot
    vendor: GitHub
    aliases: [copilot]
    status: approved
    billing_model: per_seat
    merchants: [GITHUB*COPILOT, GITHUB]
    domains: [copilot.github.com]
    oauth_apps: [GitHub Copilot Chat]
  - slug: chatgpt
    name: ChatGPT Enterprise
    vendor: OpenAI
    status: approved
    merchants: [OPENAI*CHATGPT]
"""


def no_policy_checks(text: str, file: str) -> list[str]:
    return []


def put(folder: Path, files: Mapping[str, str | bytes]) -> list[Path]:
    paths = []
    for name, content in files.items():
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        paths.append(path)
    return paths


def bring(store: Store, folder: Path, files: Mapping[str, str | bytes], **options: Any) -> list[ImportReport]:
    """Import them in one command."""
    return load(store, put(folder, files), check_policy=no_policy_checks, **options)


def bring_one(store: Store, folder: Path, name: str, content: str | bytes, **options: Any) -> ImportReport:
    (report,) = bring(store, folder, {name: content}, **options)
    return report


def counts(report: ImportReport) -> tuple[int, int, int, int, int]:
    """(read, new, changed, unchanged, quarantined)"""
    return (
        report.rows_read, report.rows_new, report.rows_changed, report.rows_unchanged, report.rows_quarantined
    )  # fmt: skip


def facts(store: Store) -> dict[str, list[Any]]:
    """Everything stored and derived that an answer may depend on, without row ids."""
    with store.read() as uow:
        session = uow.session
        tools = {tool.id: tool for tool in session.exec(select(Tool)).all()}
        people = {person.id: person.employee_id for person in session.exec(select(Person)).all()}

        def rows(model: Any) -> list[Any]:
            found = []
            for row in session.exec(select(model)).all():
                values = row.model_dump(exclude={"id", "import_id", "snapshot_id", "person_id", "tool_id", "unit_id"})
                if "person_id" in model.model_fields:
                    values["person"] = people.get(row.person_id)
                if "tool_id" in model.model_fields:
                    values["tool"] = tools[row.tool_id].slug if row.tool_id else None
                if model is Seat:
                    snapshot = session.get(SeatSnapshot, row.snapshot_id)
                    assert snapshot is not None
                    values |= {"tool": snapshot.tool_name, "as_of": snapshot.as_of}
                found.append(sorted((key, str(value)) for key, value in values.items()))
            return sorted(found)

        models = (PersonRecord, PersonEmail, Tool, ToolName, SeatSnapshot, Seat, Usage, Contract, Expense, Budget, Outcome,
                  OAuthGrant, Visit)  # fmt: skip
        return {**{model.__name__: rows(model) for model in models}, "Rollup": rollups(session, tools)}


def rollups(session: Session, tools: dict[int | None, Tool]) -> list[Any]:
    """The ledger's rollups in force, by names."""
    units = {unit.id: (unit.department, unit.cost_center, unit.division) for unit in session.exec(select(OwnerUnit)).all()}
    query = select(Rollup, Statement).join(Statement, col(Statement.id) == Rollup.statement_id)
    found = []
    for row, statement in session.exec(query.where(Statement.status == "current")).all():
        if row.batch == statement.batch:
            values = row.model_dump(exclude={"statement_id", "batch", "tool_id", "unit_id"})
            names = {"source": statement.source, "tool": tools[row.tool_id].slug, "unit": units.get(row.unit_id)}
            found.append(sorted((key, str(value)) for key, value in {**values, **names}.items()))
    return sorted(found)
