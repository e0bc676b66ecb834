"""What stands in the browser channel's conversations, and how far each person has read."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.models.reference import json_column


class WebMessage(SQLModel, table=True):
    """A post of a person (`text`) or of Bursar (`message`). `thread_id` is the post it answers; `revision` grows with
    every replacement; `private_to` is the only e-mail that sees it."""

    __table_args__ = (Index("ix_web_message_conversation", "conversation_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    conversation_id: str
    thread_id: int | None = Field(default=None, foreign_key="webmessage.id")
    key: str = Field(unique=True)
    author: str  # an e-mail, or "bursar"
    text: str = ""
    message: dict[str, Any] | None = Field(default=None, sa_column=json_column(nullable=True))
    private_to: str | None = None
    revision: int = 1
    posted_at: datetime


class WebRead(SQLModel, table=True):
    """The newest message a person has had before their eyes in a conversation."""

    __table_args__ = (UniqueConstraint("email", "conversation_id"),)

    id: int | None = Field(default=None, primary_key=True)
    email: str
    conversation_id: str
    last_message_id: int
