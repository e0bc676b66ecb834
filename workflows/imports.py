"""Imports in the audit trail: what was loaded, by which file, and how much it changed."""

from collections.abc import Iterable

from storage.imports.report import ImportReport
from storage.unit_of_work import UnitOfWork
from workflows.audit import trail


def record_imports(uow: UnitOfWork, reports: Iterable[ImportReport]) -> None:
    """A row for each import that changed something; file names and counts, no contents."""
    for report in reports:
        if not report.changed_something:
            continue
        counts = {
            "new": report.rows_new, "changed": report.rows_changed, "unchanged": report.rows_unchanged,
            "quarantined": report.rows_quarantined,
        }  # fmt: skip
        payload = {"files": list(report.files), "status": report.status, **counts}
        trail.append(uow, f"import.{report.kind}", subject=f"import:{report.import_id}", actor=None, payload=payload)
