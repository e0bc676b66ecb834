"""Chat accounts, the durable inbox, the outbox, what was posted where, and timers."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.models.reference import json_column


class ChatAccount(SQLModel, table=True):
    """A person's account in a channel (slack, teams, web), matched by e-mail; `person_id` None = not matched.

    `external_id` stays the same for the person's lifetime there (Teams: the Entra object id); `address` is what the
    platform calls them by where that differs (Teams: `29:…`, for mentions and cards that differ by viewer). Of several
    accounts the one used last is told things.
    """

    __table_args__ = (UniqueConstraint("channel", "workspace", "external_id"),)

    id: int | None = Field(default=None, primary_key=True)
    channel: str
    workspace: str = ""
    external_id: str
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    email: str | None = None
    timezone: str | None = None
    direct_conversation: str | None = None
    address: str | None = None
    last_seen_at: datetime  # when the platform was last asked who it is
    last_used_at: datetime | None = None  # when they last did something there, within five minutes


class ChatPlace(SQLModel, table=True):
    """A conversation that Bursar may write to without having been asked (a Teams conversation reference)."""

    __table_args__ = (UniqueConstraint("channel", "workspace", "conversation_id"),)

    id: int | None = Field(default=None, primary_key=True)
    channel: str
    workspace: str = ""
    conversation_id: str
    kind: str  # direct, group, channel, team
    service_url: str  # where the platform takes messages for it
    name: str = ""
    installed: bool = True  # False after Bursar was removed from it
    roster_read_at: datetime | None = None  # when its members were last looked through for accounts
    last_seen_at: datetime


class InboxItem(SQLModel, table=True):
    """An interaction received, written before it is acknowledged. `key` names its meaning: the same key is one effect."""

    __table_args__ = (Index("ix_inbox_status", "status", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    interaction: dict[str, Any] = Field(sa_column=json_column())
    status: str = "new"  # new, done, failed
    attempts: int = 0
    not_before: datetime | None = None
    error: str | None = None
    received_at: datetime
    done_at: datetime | None = None


class OutboxItem(SQLModel, table=True):
    """Something people must be told, written in the transaction that made it true and sent after commit.

    `kind` is a notice (built from current state at the time of sending, by `bot/notices.py`) or `message` (the payload
    is the whole message). To: a person (their accounts), a conversation, or every card of a subject (`update`).
    Rows with the same `lane` go in the order of their ids.
    """

    __table_args__ = (Index("ix_outbox_status", "status", "lane", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    kind: str
    lane: str
    person_id: int | None = Field(default=None, foreign_key="person.id")
    conversation: dict[str, Any] | None = Field(default=None, sa_column=json_column(nullable=True))
    private_to: str | None = None  # external id of the only account that may see it in that conversation
    subject: str | None = Field(default=None, index=True)  # e.g. "request:r_abc"
    payload: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    at_most_once: bool = False  # nudges: a doubtful send is not repeated
    not_before: datetime | None = None
    status: str = "new"  # new, sending, sent, failed, dropped, waiting (no channel knows the person yet)
    attempts: int = 0
    error: str | None = None
    created_at: datetime
    sent_at: datetime | None = None


class PostedMessage(SQLModel, table=True):
    """A message that stands in a chat, so that it can be updated; `subject` and `kind` say what it shows."""

    id: int | None = Field(default=None, primary_key=True)
    outbox_key: str = Field(index=True)
    channel: str
    workspace: str = ""
    conversation_id: str
    message_id: str
    thread_id: str | None = None
    person_id: int | None = Field(default=None, foreign_key="person.id")
    subject: str | None = Field(default=None, index=True)
    kind: str
    content_hash: str = ""
    posted_at: datetime


class ThreadContext(SQLModel, table=True):
    """The last plan a person asked for in a conversation, which a follow-up edits for 30 minutes (asking.md)."""

    __table_args__ = (UniqueConstraint("person_id", "conversation_key"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    conversation_key: str
    question: str
    plan: dict[str, Any] | None = Field(default=None, sa_column=json_column(nullable=True))
    asked_at: datetime


class Timer(SQLModel, table=True):
    """Something due at an instant. Claimed by conditional update (SQLite) or SKIP LOCKED (PostgreSQL), fired once."""

    __table_args__ = (Index("ix_timer_due", "status", "due_at"),)

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    kind: str
    subject: str = Field(index=True)
    payload: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    due_at: datetime
    status: str = "pending"  # pending, fired, cancelled
    fired_at: datetime | None = None


class JobRun(SQLModel, table=True):
    """A scheduled job's run; the unique pair makes one replica win."""

    __table_args__ = (UniqueConstraint("job", "due_at"),)

    id: int | None = Field(default=None, primary_key=True)
    job: str
    due_at: datetime
    started_at: datetime
    finished_at: datetime | None = None
    error: str | None = None
