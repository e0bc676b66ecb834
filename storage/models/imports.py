"""Imports: what was loaded when, and the rows that could not be understood."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from storage.models.reference import json_column


class ImportRun(SQLModel, table=True):
    """One import of one kind. Rows of a run whose status is not `current` are seen by no query."""

    id: str = Field(primary_key=True)
    kind: str = Field(index=True)
    status: str  # loading, current, replaced, waiting (for an admin's yes), refused, swept
    files: list[str] = Field(default_factory=list, sa_column=json_column())
    content_hash: str = Field(index=True)
    rows_read: int = 0
    rows_new: int = 0
    rows_changed: int = 0
    rows_unchanged: int = 0
    rows_quarantined: int = 0
    notes: list[str] = Field(default_factory=list, sa_column=json_column())
    started_at: datetime
    finished_at: datetime | None = None
    derived: bool = True  # False until what its rows mean has been worked out; the next import catches up


class ImportLock(SQLModel, table=True):
    """One row, there while an import runs: imports take turns. `owner` says which process it is."""

    id: int = Field(default=1, primary_key=True)
    owner: str
    started_at: datetime


class QuarantinedRow(SQLModel, table=True):
    """A row kept out, and why. A `retry` row is stored with its table and waits for the person it names (`value`)."""

    id: int | None = Field(default=None, primary_key=True)
    import_id: str = Field(foreign_key="importrun.id", index=True)
    kind: str = Field(index=True)
    file: str
    line: int
    column: str | None = None
    value: str | None = None
    reason: str
    raw: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    retry: bool = False
    resolved_at: datetime | None = None
