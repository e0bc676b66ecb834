"""Idle-seat cases: one per person, with all their idle seats, and what was saved."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.types import Amount


class IdleCase(SQLModel, table=True):
    """One conversation with `person_id` about their idle seats; `addressee_id` is who is asked (a leaver's manager)."""

    id: str = Field(primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    addressee_id: int = Field(foreign_key="person.id", index=True)
    status: str = Field(default="open", index=True)  # open, snoozed, closed
    revision: int = 1
    opened_at: datetime
    snoozed_until: datetime | None = None
    closed_at: datetime | None = None


class IdleSeat(SQLModel, table=True):
    """A seat within a case. `monthly_price` is the contract's in force when it opened; None = no price known."""

    __table_args__ = (UniqueConstraint("case_id", "tool_id"),)

    id: int | None = Field(default=None, primary_key=True)
    case_id: str = Field(foreign_key="idlecase.id", index=True)
    tool_id: int = Field(foreign_key="tool.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    plan: str | None = None
    last_active_on: date | None = None
    idle_days: int
    monthly_price: Decimal | None = Field(default=None, sa_type=Amount)
    currency: str | None = None
    status: str = "asked"  # asked, releasing, released, kept, used_again, reclaiming, reclaimed, undone, expired
    keep_reason: str = ""
    decided_at: datetime | None = None
    undo_until: datetime | None = None
    cooldown_until: date | None = None


class Saving(SQLModel, table=True):
    """A seat released through Bursar or confirmed gone, at contract price per month from `from_day` on."""

    id: int | None = Field(default=None, primary_key=True)
    idle_seat_id: int = Field(foreign_key="idleseat.id", unique=True)
    tool_id: int = Field(foreign_key="tool.id", index=True)
    person_id: int = Field(foreign_key="person.id")
    from_day: date
    monthly_amount: Decimal | None = Field(default=None, sa_type=Amount)
    currency: str | None = None
    reversed_on: date | None = None
