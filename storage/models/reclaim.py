"""Idle-seat cases: one per person, with all their idle seats, and what was saved."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.models.reference import json_column
from storage.types import Amount

_OPEN = text("status <> 'closed'")


class IdleCase(SQLModel, table=True):
    """One conversation with `person_id` about their idle seats; `addressee_id` is who is asked (a leaver's manager).

    `manager_id` was told when the time to answer had passed and may answer too. `asked_at` is the working instant the
    deadlines count from; `nudge` is the kind of the newest message, the only card that keeps its buttons.
    """

    __table_args__ = (Index("ix_idlecase_one_open", "person_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),)

    id: str = Field(primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    addressee_id: int = Field(foreign_key="person.id", index=True)
    manager_id: int | None = Field(default=None, foreign_key="person.id")
    leaver: bool = False
    status: str = Field(default="open", index=True)  # open, snoozed, closed
    revision: int = 1
    nudge: str = "idle_case"
    opened_at: datetime
    asked_at: datetime
    snoozed_until: datetime | None = None
    closed_at: datetime | None = None


class IdleSeat(SQLModel, table=True):
    """A seat within a case. `monthly_price` is the contract's in force when it opened; None = no price known.

    `terms` (remind, end_after, end, undo, cooldown) are the policy's when the case opened; a later policy does not
    change them. `end_at` is when they come to their end.

    Status: asked → releasing → released (given back; the tool owner removes it), reclaiming → reclaimed (taken back when
    nobody answered), kept, used_again, gone (missing from a later snapshot), excused (on leave, exempt, no signal),
    expired (nobody answered and nothing is done), cannot (the tool owner could not remove it), undone.
    """

    __table_args__ = (UniqueConstraint("case_id", "tool_id"), Index("ix_idleseat_holder", "person_id", "tool_id"))

    id: int | None = Field(default=None, primary_key=True)
    case_id: str = Field(foreign_key="idlecase.id", index=True)
    tool_id: int = Field(foreign_key="tool.id", index=True)
    person_id: int = Field(foreign_key="person.id")
    plan: str | None = None
    as_of: date
    last_active_on: date | None = None
    idle_days: int
    monthly_price: Decimal | None = Field(default=None, sa_type=Amount)
    currency: str | None = None
    terms: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    end_at: datetime
    status: str = Field(default="asked", index=True)
    told_manager: bool = False
    keep_reason: str = ""
    decided_by_id: int | None = Field(default=None, foreign_key="person.id")
    decided_at: datetime | None = None
    undo_until: datetime | None = None
    cooldown_until: date | None = None


class Saving(SQLModel, table=True):
    """A seat released through Bursar or confirmed gone, at contract price per month from `from_day` on.

    It counts until `reversed_on`, excluded; undone, or impossible, it never was: then that is `from_day`.
    `confirmed_on` is the first snapshot without the seat.
    """

    id: int | None = Field(default=None, primary_key=True)
    idle_seat_id: int = Field(foreign_key="idleseat.id", unique=True)
    tool_id: int = Field(foreign_key="tool.id", index=True)
    person_id: int = Field(foreign_key="person.id")
    from_day: date
    monthly_amount: Decimal | None = Field(default=None, sa_type=Amount)
    currency: str | None = None
    confirmed_on: date | None = None
    reversed_on: date | None = None
