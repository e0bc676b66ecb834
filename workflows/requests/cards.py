"""The read models of requests: what a card shows, without a word of how it is said."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from storage.types import Money

Action = Literal["approve", "deny", "ask", "answer", "edit", "cancel", "grant", "cannot"]


@dataclass(frozen=True)
class PersonView:
    """Somebody on a card. `left`: not employed (any more) today."""

    id: int
    name: str
    email: str
    department: str
    left: bool = False


@dataclass(frozen=True)
class SlotView:
    """An approver rule: who may decide, who did, and who was looked at and left out (`considered`)."""

    slot_id: int
    approver: str
    rule_id: str
    quorum: int
    status: str
    people: tuple[PersonView, ...]
    decided: tuple[tuple[PersonView, str, datetime], ...]  # person, approve or deny, when
    considered: tuple[dict[str, Any], ...]
    note: str = ""
    escalated: bool = False


@dataclass(frozen=True)
class StageView:
    position: int
    join: str
    status: str
    slots: tuple[SlotView, ...]


@dataclass(frozen=True)
class BudgetView:
    """The narrowest budget when the request was made."""

    scope_type: str
    scope: str
    period: str
    amount: Money
    before: Money
    after: Money | None


@dataclass(frozen=True)
class NoteView:
    asked_by: PersonView
    question: str
    asked_at: datetime
    answer: str | None


@dataclass(frozen=True)
class TaskView:
    """Work for a tool owner. `seat_of`: whose idle or released seat is to be used."""

    task_id: str
    kind: str
    status: str
    assignee: PersonView
    for_person: PersonView
    seat_of: PersonView | None
    tool: str
    request_id: str | None
    reason: str = ""
    revision: int = 1
    number: int | None = None


@dataclass(frozen=True)
class RequestCard:
    """Everything a decision needs. `seen` goes into the buttons; `next_up` are the people it waits for.

    `money` and `data` belong to approvers, parties, task holders, finance and admins only: `full` is False for others,
    and then those fields are empty.
    """

    request_id: str
    number: int
    kind: str
    tool: str
    tool_id: int | None
    tool_status: str
    requester: PersonView
    beneficiary: PersonView
    status: str
    status_line: str
    status_reason: str
    revision: int
    seen: str
    created_at: datetime
    decided_at: datetime | None
    expires_at: datetime | None
    paused: bool
    full: bool
    reason: str = ""
    seats: int = 1
    plan: str | None = None
    duration_days: int | None = None
    data_classes: tuple[str, ...] = ()
    annual: Money | None = None
    monthly: Money | None = None
    annual_base: Money | None = None  # in base currency at the rate of the day it was made
    price_source: str = ""
    budget: BudgetView | None = None
    free_seats: int | None = None
    idle_seats: int | None = None
    similar_tools: tuple[str, ...] = ()
    rules: tuple[dict[str, Any], ...] = ()
    alternatives: tuple[str, ...] = ()
    stages: tuple[StageView, ...] = ()
    next_up: tuple[PersonView, ...] = ()
    notes: tuple[NoteView, ...] = ()
    task: TaskView | None = None
    actions: tuple[Action, ...] = ()
    moved: str = ""  # the requester changed department since: both are shown


@dataclass(frozen=True)
class Waiting:
    """What a person is waited for: requests to decide and tasks to do, oldest first."""

    approvals: tuple[RequestCard, ...]
    tasks: tuple[TaskView, ...]
