"""Seats, usage, contracts, expenses, budgets, outcomes and discovery signals, as imported.

`work_email` and `tool_name` are what the file said; `person_id` and `tool_id` are derived from them and today's
reference data, and are None while nothing knows the name (such rows count in no answer).

Usage, visits, grants and expenses come by the million: a row is seen when the import `import_id` is not loading and the
import `replaced_by` has not replaced it; `storage.visibility` adds that, and that the row's person is known, to every ORM
query of these tables by itself.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.models.reference import json_column
from storage.types import Amount


class SeatSnapshot(SQLModel, table=True):
    """A full list of one tool's seats on a day. `waiting` until an admin accepts a loss of more than 10 %.

    `merged`: another snapshot of the same tool and day, under another of its names, shows these seats too.
    `kept_emails` are those whose row could not be read: their last seats are carried over into this snapshot.
    """

    __table_args__ = (UniqueConstraint("tool_name", "as_of"),)

    id: int | None = Field(default=None, primary_key=True)
    tool_name: str
    tool_id: int | None = Field(default=None, foreign_key="tool.id", index=True)
    as_of: date
    status: str = "current"  # current, waiting, merged
    accepted: bool = False
    kept_emails: list[Any] = Field(default_factory=list, sa_column=json_column())
    import_id: str = Field(foreign_key="importrun.id", index=True)


class Seat(SQLModel, table=True):
    """One assignable unit of a tool and who has it, in one snapshot."""

    __table_args__ = (UniqueConstraint("snapshot_id", "work_email"),)

    id: int | None = Field(default=None, primary_key=True)
    snapshot_id: int = Field(foreign_key="seatsnapshot.id", index=True)
    work_email: str = Field(index=True)
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    plan: str | None = None
    assigned_on: date | None = None  # as given
    first_seen_on: date  # derived: assigned_on, else the first snapshot that shows the seat
    last_active_on: date | None = None
    activity_tracked: bool = True
    status: str = "assigned"
    carried: bool = False  # not in this snapshot's file: derived from an earlier or a merged snapshot


class Usage(SQLModel, table=True):
    """What one person, project and model did with a tool on a day. `input_tokens` contains `cached_input_tokens`.

    "" stands for an empty key column, so that the unique constraint holds on both databases.
    """

    __table_args__ = (
        UniqueConstraint("day", "tool_name", "work_email", "project", "model", "import_id"),
        Index("ix_usage_tool_day", "tool_id", "day"),
        Index("ix_usage_person_day", "person_id", "day"),
        Index("ix_usage_email", "work_email"),
    )

    id: int | None = Field(default=None, primary_key=True)
    day: date
    tool_name: str
    tool_id: int | None = Field(default=None, foreign_key="tool.id")
    work_email: str = ""
    person_id: int | None = Field(default=None, foreign_key="person.id")
    project: str = ""
    model: str = ""
    requests: int | None = Field(default=None, sa_type=BigInteger)
    input_tokens: int | None = Field(default=None, sa_type=BigInteger)
    cached_input_tokens: int | None = Field(default=None, sa_type=BigInteger)
    output_tokens: int | None = Field(default=None, sa_type=BigInteger)
    active: bool | None = None
    import_id: str = ""
    replaced_by: str = Field(default="", index=True)


class Contract(SQLModel, table=True):
    """Dated terms with a vendor; both days included. `unit_price` is per seat and billing interval."""

    id: int | None = Field(default=None, primary_key=True)
    contract_id: str = Field(unique=True)
    tool_name: str
    tool_id: int | None = Field(default=None, foreign_key="tool.id", index=True)
    billing_model: str
    plan: str | None = None
    seats_purchased: int | None = None
    unit_price: Decimal | None = Field(default=None, sa_type=Amount)
    billing_interval: str | None = None
    currency: str | None = None
    annual_value: Decimal | None = Field(default=None, sa_type=Amount)
    start_date: date | None = None
    end_date: date | None = None
    auto_renew: bool | None = None
    notice_days: int | None = None
    owner_email: str | None = None
    cost_center: str | None = None
    payment_channel: str | None = None


class Expense(SQLModel, table=True):
    """A card or expense line. `role`: spend, evidence (another book records it), or not_ai; derived, as is `tool_id`."""

    __table_args__ = (UniqueConstraint("expense_id", "import_id"),)

    id: int | None = Field(default=None, primary_key=True)
    expense_id: str
    day: date = Field(index=True)
    merchant: str
    amount: Decimal = Field(sa_type=Amount)
    currency: str
    employee_email: str | None = Field(default=None, index=True)
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    description: str | None = None
    mcc: str | None = None
    department: str | None = None
    memo: str | None = None
    tool_id: int | None = Field(default=None, foreign_key="tool.id", index=True)
    role: str = "not_ai"
    possible_duplicate: bool = False
    unit_id: int | None = None  # the OwnerUnit of a line that counts as spend, None = its tool's split rule; derived
    import_id: str = ""
    replaced_by: str = Field(default="", index=True)


class Budget(SQLModel, table=True):
    """`period` as written; `start` and `end` (exclusive) are derived with the fiscal year of org.yaml."""

    __table_args__ = (UniqueConstraint("period", "scope_type", "scope"),)

    id: int | None = Field(default=None, primary_key=True)
    period: str
    scope_type: str
    scope: str  # "" for the company
    amount: Decimal = Field(sa_type=Amount)
    currency: str
    start: date | None = None
    end: date | None = None


class Outcome(SQLModel, table=True):
    """What the work produced; `unit_value` in `currency`."""

    __table_args__ = (UniqueConstraint("period_start", "period_end", "metric", "scope_type", "scope", "tool_name"),)

    id: int | None = Field(default=None, primary_key=True)
    period_start: date
    period_end: date
    metric: str
    quantity: str  # a decimal as text: not money
    scope_type: str = ""
    scope: str = ""
    tool_name: str = ""
    tool_id: int | None = Field(default=None, foreign_key="tool.id")
    unit_value: Decimal | None = Field(default=None, sa_type=Amount)
    currency: str | None = None
    evidence: str | None = None
    source: str | None = None


class OAuthGrant(SQLModel, table=True):
    """An OAuth grant or sign-in that shows a person using an application."""

    __table_args__ = (UniqueConstraint("app_name", "work_email", "client_id", "import_id"),)

    id: int | None = Field(default=None, primary_key=True)
    app_name: str
    work_email: str = Field(index=True)
    client_id: str = ""
    person_id: int | None = Field(default=None, foreign_key="person.id")
    tool_id: int | None = Field(default=None, foreign_key="tool.id", index=True)
    granted_on: date | None = None
    last_used_on: date | None = None
    scopes: str | None = None
    source: str | None = None
    import_id: str = ""
    replaced_by: str = Field(default="", index=True)


class Visit(SQLModel, table=True):
    """Visits of a person to a domain on a day, aggregated by a DNS, proxy or CASB log."""

    __table_args__ = (
        UniqueConstraint("day", "work_email", "domain", "import_id"),
        Index("ix_visit_tool_day", "tool_id", "day"),
    )

    id: int | None = Field(default=None, primary_key=True)
    day: date
    work_email: str = Field(index=True)
    domain: str = Field(index=True)
    person_id: int | None = Field(default=None, foreign_key="person.id")
    tool_id: int | None = Field(default=None, foreign_key="tool.id")
    hits: int | None = Field(default=None, sa_type=BigInteger)
    bytes_up: int | None = Field(default=None, sa_type=BigInteger)
    source: str | None = None
    import_id: str = ""
    replaced_by: str = Field(default="", index=True)
