"""Access requests, their frozen approval chains, decisions, budget reservations and provisioning tasks."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.models.reference import json_column
from storage.types import Amount


class Request(SQLModel, table=True):
    """One request. Every change of content or state raises `revision`, which conditional updates check.

    `facts`, `matched_rules` and `policy_hash` are what the chain was frozen with; `content_hash` is what a decision
    binds to.
    """

    id: str = Field(primary_key=True)
    number: int = Field(unique=True)  # what people say: "R-1042"
    kind: str
    tool_id: int | None = Field(default=None, foreign_key="tool.id", index=True)
    tool_name: str  # as asked, when the catalogue does not know it
    requester_id: int = Field(foreign_key="person.id", index=True)
    beneficiary_id: int = Field(foreign_key="person.id", index=True)
    seats: int = 1
    plan: str | None = None
    duration_days: int | None = None
    data_classes: list[str] = Field(default_factory=list, sa_column=json_column())
    reason: str = ""
    monthly_value: Decimal | None = Field(default=None, sa_type=Amount)  # marginal; None = no price known
    annual_value: Decimal | None = Field(default=None, sa_type=Amount)
    currency: str | None = None
    revision: int = 1
    round: int = 1  # raised when an edit resets the approvals; only decisions of the present round count
    content_hash: str
    policy_hash: str
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    matched_rules: list[dict[str, Any]] = Field(default_factory=list, sa_column=json_column())
    status: str = Field(default="pending", index=True)
    status_reason: str = ""
    paused_at: datetime | None = None  # information asked for; the clock of reminders stands still
    origin: dict[str, Any] | None = Field(default=None, sa_column=json_column(nullable=True))  # conversation asked in
    idempotency_key: str = Field(unique=True)
    replaces_id: str | None = Field(default=None, foreign_key="request.id")  # cancelled in favour of this one
    created_at: datetime
    decided_at: datetime | None = None
    fulfilled_at: datetime | None = None
    expires_at: datetime | None = None


class RequestStage(SQLModel, table=True):
    """A stage of the frozen chain; stages open one after another by `position`."""

    __table_args__ = (UniqueConstraint("request_id", "position"),)

    id: int | None = Field(default=None, primary_key=True)
    request_id: str = Field(foreign_key="request.id", index=True)
    position: int
    round: int = 1
    join: str = "all"  # of its slots: all, any
    status: str = "waiting"  # waiting, open, approved, denied, closed
    opened_at: datetime | None = None
    closed_at: datetime | None = None


class RequestSlot(SQLModel, table=True):
    """One approver rule of a stage, resolved to people when the request was made.

    `considered` lists every person looked at and why one was left out; `candidates` and `silent` may decide, `quorum` of
    them must. `timing` keeps remind, escalate, escalate_to, expire and fallback as the policy wrote them. `note` says
    what is out of the ordinary, such as that nobody may decide and the admins must name somebody.
    """

    __table_args__ = (UniqueConstraint("stage_id", "position"),)

    id: int | None = Field(default=None, primary_key=True)
    request_id: str = Field(foreign_key="request.id", index=True)
    stage_id: int = Field(foreign_key="requeststage.id", index=True)
    position: int
    approver: str  # manager, role:finance, person:…
    rule_id: str  # baseline, or the rule that routed here
    quorum: int = 1
    candidates: list[int] = Field(default_factory=list, sa_column=json_column())  # person ids
    silent: list[int] = Field(default_factory=list, sa_column=json_column())  # may decide, are not notified
    considered: list[dict[str, Any]] = Field(default_factory=list, sa_column=json_column())
    timing: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    note: str = ""
    status: str = "waiting"  # waiting, open, approved, denied, closed
    escalated_at: datetime | None = None


class Decision(SQLModel, table=True):
    """One person's word on a request; a person counts once in a round whatever number of slots they sit in."""

    __table_args__ = (UniqueConstraint("request_id", "person_id", "round"),)

    id: int | None = Field(default=None, primary_key=True)
    request_id: str = Field(foreign_key="request.id", index=True)
    slot_id: int = Field(foreign_key="requestslot.id")
    person_id: int = Field(foreign_key="person.id", index=True)
    round: int = 1
    verdict: str  # approve, deny
    reason: str = ""
    channel: str = ""
    content_hash: str
    idempotency_key: str = Field(unique=True)
    outcome: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())  # told again when delivered again
    decided_at: datetime


class RequestNote(SQLModel, table=True):
    """A question back to the requester and its answer."""

    id: int | None = Field(default=None, primary_key=True)
    request_id: str = Field(foreign_key="request.id", index=True)
    asked_by_id: int = Field(foreign_key="person.id")
    question: str
    asked_at: datetime
    answer: str | None = None
    answered_by_id: int | None = Field(default=None, foreign_key="person.id")
    answered_at: datetime | None = None


class BudgetReservation(SQLModel, table=True):
    """Money a request holds of the narrowest budget: reserved while pending, committed when approved, else released."""

    id: int | None = Field(default=None, primary_key=True)
    request_id: str = Field(foreign_key="request.id", unique=True)
    budget_id: int | None = Field(default=None, foreign_key="budget.id", index=True)
    amount: Decimal = Field(sa_type=Amount)
    currency: str
    status: str = "reserved"  # reserved, committed, released


class Task(SQLModel, table=True):
    """Work for a tool owner: grant or revoke a seat. `from_person_id` is whose idle or released seat is to be used."""

    id: str = Field(primary_key=True)
    kind: str  # grant, revoke
    request_id: str | None = Field(default=None, foreign_key="request.id", index=True)
    tool_id: int | None = Field(default=None, foreign_key="tool.id")
    assignee_id: int = Field(foreign_key="person.id", index=True)
    for_person_id: int = Field(foreign_key="person.id")
    from_person_id: int | None = Field(default=None, foreign_key="person.id")
    case_id: str | None = Field(default=None, index=True)
    status: str = "open"  # open, done, cannot, cancelled
    reason: str = ""
    revision: int = 1
    created_at: datetime
    closed_at: datetime | None = None
    closed_by_id: int | None = Field(default=None, foreign_key="person.id")


class ToolDecision(SQLModel, table=True):
    """An administrator's judgement of a tool (approve, restrict, block), kept beside the catalogue file's status."""

    id: int | None = Field(default=None, primary_key=True)
    tool_id: int = Field(foreign_key="tool.id", index=True)
    status: str
    reason: str = ""
    decided_by_id: int = Field(foreign_key="person.id")
    decided_at: datetime
