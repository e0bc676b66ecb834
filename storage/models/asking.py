"""Questions: as they were read (for the buttons under an answer), asked again by the clock, and those without answer."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
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


class Subscription(SQLModel, table=True):
    """An answer told again and again, computed with the subscriber's rights at that time.

    `cron` has five fields in `timezone`, a day that a month lacks is its last; `conversation` None = the subscriber's direct
    message. `plan` is a Recipe of workflows/asking/moving.py: the reading that was subscribed to, the words it came from and
    how its days are found anew each time.
    """

    __table_args__ = (Index("ix_subscription_due", "status", "next_due_at"),)

    id: str = Field(primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    question: str
    scope: str | None = None
    plan: dict[str, Any] = Field(sa_column=json_column())
    cadence: str  # day, week, month
    cron: str
    timezone: str
    conversation: dict[str, Any] | None = Field(default=None, sa_column=json_column(nullable=True))
    status: str = "active"  # active, ended
    ended_because: str | None = None
    created_at: datetime
    next_due_at: datetime
    last_told_at: datetime | None = None


class UnansweredQuestion(SQLModel, table=True):
    """A question that Bursar could not read, without names of people and numbers; equal ones are counted in one row."""

    id: str = Field(primary_key=True)
    text: str = Field(unique=True)  # redacted and normalised
    unread: list[str] = Field(default_factory=list, sa_column=json_column())  # the words that no reading used
    status: str = "open"  # open, answered (a synonym was added), dismissed
    asked: int = 1
    first_asked_at: datetime
    last_asked_at: datetime = Field(index=True)
    listed_at: datetime | None = None  # when the admins were last told of it


class AddedSynonym(SQLModel, table=True):
    """What an administrator taught Bursar: `phrase` means a metric, a dimension or a name. Ended, never deleted."""

    __table_args__ = (UniqueConstraint("phrase", "kind", "meaning"),)

    id: int | None = Field(default=None, primary_key=True)
    phrase: str  # lower case
    kind: str  # metric, dimension, name
    meaning: str  # the metric's or dimension's name, or a name that the store knows with its kind: tool:Cursor
    added_by: int = Field(foreign_key="person.id")
    added_at: datetime
    ended_at: datetime | None = None
