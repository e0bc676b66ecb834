"""Loads org.yaml, policy.yaml, catalog.yaml and synonyms.yaml as new versions, when they differ from the one in force."""

import hashlib
from pathlib import Path
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, select

from storage.catalog import Catalog, CatalogTool, parse_catalog
from storage.imports.report import ImportReport
from storage.imports.runs import CheckDocument, Context
from storage.imports.source import Refused
from storage.models import ConfigDocument, ImportRun, Tool, ToolName
from storage.org import OrgSettings, document_in_force, parse_org
from storage.public_holidays import public_holidays
from storage.tool_index import names_of
from storage.unit_of_work import UnitOfWork
from storage.yaml_source import SourceErrors, YamlSource

KINDS = ("org", "policy", "catalog", "synonyms")
THIS_ERA = 2026  # a year for which every known country has its holidays


def read_text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(f"{path.name} is not UTF-8 (byte {error.start + 1}); save it as UTF-8") from error


def text_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def check(kind: str, text: str, file: str, own_check: CheckDocument | None) -> tuple[Catalog | None, tuple[str, ...]]:
    """(the catalogue, if it is one; warnings). `own_check` is the workflows' check of a policy or of synonyms. Raises
    SourceErrors with line and column of every mistake."""
    if kind == "catalog":
        catalog = parse_catalog(text, file)
        return catalog, unknown_alternatives(catalog)
    if kind == "org":
        check_holidays(parse_org(text, file), text, file)
        return None, ()
    if own_check is None:
        raise Refused(f"{file}: {kind} can only be imported with its checks (`bursar import`)")
    return None, tuple(own_check(text, file))


def check_holidays(org: OrgSettings, text: str, file: str) -> None:
    """Raises SourceErrors for a country that no public holidays are known for. Here, not in the model, because the
    library is slow to load and every command reads org.yaml."""
    if org.holidays is None:
        return
    try:
        public_holidays(org.holidays, THIS_ERA)
    except ValueError as error:
        raise SourceErrors([YamlSource(text, file).error(["holidays"], str(error))]) from error


def load_document(context: Context, kind: str, path: Path) -> ImportReport:
    """One document. Raises Refused or SourceErrors; then the version in force stays."""
    text = read_text(path)
    own_check = {"policy": context.check_policy, "synonyms": context.check_synonyms}.get(kind)
    catalog, notes = check(kind, text, path.name, own_check)
    with context.store.read() as uow:
        before = document_in_force(uow.session, kind)
        new, changed, unchanged = differences(uow.session, catalog) if catalog else (0, 0, 0)
    same = before is not None and before.content_hash == text_hash(text)
    if catalog is None:
        new, changed, unchanged = (0, 0, 1) if same else (1, 0, 0) if before is None else (0, 1, 0)
    read = len(catalog.tools) if catalog else 1
    counts: dict[str, Any] = {"rows_read": read, "rows_new": new, "rows_changed": changed, "rows_unchanged": unchanged}
    if context.dry_run or same:
        status = "checked" if context.dry_run else "unchanged"
        return ImportReport(kind, (path.name,), status, **counts, notes=notes)
    with context.store.write() as uow:
        run_id = put_in_force(uow, kind, text, path.name, counts)
        if catalog:
            apply_catalog(uow, catalog)
    context.changes.anything = True
    context.changes.tools |= kind == "catalog"
    context.changes.org |= kind == "org"
    return ImportReport(kind, (path.name,), "imported", **counts, notes=notes, import_id=run_id)


def put_in_force(uow: UnitOfWork, kind: str, text: str, file: str, counts: dict[str, Any]) -> str:
    run_id = uow.new_id()
    content_hash = text_hash(text)
    uow.session.add(ConfigDocument(kind=kind, content_hash=content_hash, text=text, source=file, created_at=uow.now))
    uow.session.add(
        ImportRun(id=run_id, kind=kind, status="current", files=[file], content_hash=content_hash,
                  started_at=uow.now, finished_at=uow.now, derived=False, **counts)
    )  # fmt: skip
    return run_id


def unknown_alternatives(catalog: Catalog) -> tuple[str, ...]:
    slugs = {tool.slug for tool in catalog.tools}
    unknown = sorted({name for tool in catalog.tools for name in tool.alternatives} - slugs)
    return (f"alternatives that are no slug of this catalogue: {', '.join(unknown)}",) if unknown else ()


def columns_of(tool: CatalogTool) -> dict[str, Any]:
    """The catalogue's word on a tool as columns of `Tool`."""
    price = tool.list_price
    return {
        "name": tool.name, "vendor": tool.vendor, "category": tool.category,
        "billing_model": tool.billing_model.value if tool.billing_model else None, "file_status": tool.status,
        "list_price": price.amount if price else None, "list_price_currency": price.currency if price else None,
        "list_price_per": price.per if price else None,
        "list_price_interval": price.interval.value if price else None,
        "owner_email": tool.owner, "details": tool.details(), "in_catalog": True,
    }  # fmt: skip


def differences(session: Session, catalog: Catalog) -> tuple[int, int, int]:
    """(new, changed, unchanged) tools of the file."""
    stored = {tool.slug: tool for tool in session.exec(select(Tool).where(Tool.in_catalog)).all()}
    new = sum(1 for tool in catalog.tools if tool.slug not in stored)
    same = sum(1 for tool in catalog.tools if tool.slug in stored and agrees(stored[tool.slug], columns_of(tool)))
    return new, len(catalog.tools) - new - same, same


def agrees(tool: Tool, columns: dict[str, Any]) -> bool:
    return all(getattr(tool, name) == value for name, value in columns.items())


def apply_catalog(uow: UnitOfWork, catalog: Catalog) -> None:
    """Tools by slug; a discovered tool with the slug becomes the catalogue's. What left the file is no longer in it."""
    session = uow.session
    by_slug = {tool.slug: tool for tool in session.exec(select(Tool)).all()}
    listed = {tool.slug for tool in catalog.tools}
    for entry in catalog.tools:
        tool = by_slug.get(entry.slug) or Tool(slug=entry.slug, name=entry.name, vendor=entry.vendor)
        for name, value in columns_of(entry).items():
            setattr(tool, name, value)
        tool.status = status_in_force(tool)
        session.add(tool)
        by_slug[entry.slug] = tool
    for tool in by_slug.values():
        if tool.in_catalog and tool.slug not in listed:
            leave_catalog(tool)
            session.add(tool)
    session.flush()
    rename(session, list(by_slug.values()))


def status_in_force(tool: Tool) -> str:
    """An administrator's judgement holds while the catalogue still says what it said when they judged."""
    said = tool.file_status or "discovered"
    if tool.decided_status is not None and tool.decided_over == said:
        return tool.decided_status
    return said


def leave_catalog(tool: Tool) -> None:
    """What data still shows of it stands as discovered, until someone judges it."""
    tool.in_catalog, tool.file_status, tool.details = False, None, {}
    tool.category = tool.billing_model = tool.owner_email = None
    tool.list_price = tool.list_price_currency = tool.list_price_per = tool.list_price_interval = None
    tool.status = status_in_force(tool)


def rename(session: Session, tools: list[Tool]) -> None:
    """Every tool's names, from the catalogue and from what data called a discovered one."""
    session.execute(delete(ToolName))
    for tool in tools:
        session.add_all(names_of(tool))
    session.flush()
