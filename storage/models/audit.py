"""The audit trail: rows chained by hash, and the signed checkpoints that show a cut tail."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from storage.models.reference import json_column


class AuditRow(SQLModel, table=True):
    """One change, appended in the change's own transaction. `hash` = SHA-256(prev_hash ‖ seq ‖ SHA-256(canonical row))."""

    seq: int = Field(primary_key=True)
    at: datetime
    actor_person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    on_behalf_of_person_id: int | None = Field(default=None, foreign_key="person.id")
    action: str = Field(index=True)
    subject: str = Field(index=True)
    channel: str = ""
    payload: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    prev_hash: str
    hash: str


class AuditHead(SQLModel, table=True):
    """The single row (id 1) that appenders lock; holds the last seq and hash."""

    id: int = Field(default=1, primary_key=True)
    seq: int = 0
    hash: str = ""


class AuditCheckpoint(SQLModel, table=True):
    """A signed statement of the head on a day; copies of it live outside the database."""

    id: int | None = Field(default=None, primary_key=True)
    seq: int
    head_hash: str
    created_at: datetime
    signature: str
    public_key: str
