"""Questions as they were read, so that buttons under an answer can carry an opaque id instead of a plan."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from storage.models.reference import json_column


class AskedReading(SQLModel, table=True):
    """The plan of an answer, or the readings that a clarifying question offers; kept for 30 days.

    `plan` and each entry of `choices` ({label, plan}) are a SpendQuery as JSON; rights are looked at again on every click.
    """

    id: str = Field(primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    question: str
    scope: str | None = None  # me, my_team
    plan: dict[str, Any] | None = Field(default=None, sa_column=json_column(nullable=True))
    choices: list[dict[str, Any]] = Field(default_factory=list, sa_column=json_column())
    asked_at: datetime = Field(index=True)
