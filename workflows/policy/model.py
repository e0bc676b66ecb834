"""A policy as rules use it: typed, checked, with every default filled in. Made by `compile.py` only."""

from dataclasses import dataclass, field
from typing import Literal

from storage.types import Money
from workflows.business_time import Duration
from workflows.policy.fields import FactValue

Literal_ = FactValue | bool | tuple[str | int, ...]
IdleEnd = Literal["tell_manager", "reclaim", "nothing"]
FOUR_HOURS, ONE_DAY, TWO_DAYS = Duration(4, "working hours"), Duration(1, "working days"), Duration(2, "working days")
FIVE_DAYS, TEN_DAYS = Duration(5, "working days"), Duration(10, "working days")
A_MONTH, TWO_MONTHS = Duration(30, "days"), Duration(60, "days")
LAST_CALL, A_FORTNIGHT = Duration(14, "working days"), Duration(14, "days")
ADMINS = "role:admin"  # the fallback of every approver that names none


@dataclass(frozen=True)
class Compare:
    """`value` has the field's type; for in, not_in and contains_any a tuple of it."""

    field: str
    operator: str
    value: Literal_


@dataclass(frozen=True)
class AllOf:
    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class AnyOf:
    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class Not:
    part: "Condition"


Condition = Compare | AllOf | AnyOf | Not


@dataclass(frozen=True)
class Timing:
    """When an open slot is reminded, escalated and expired, counted from its opening."""

    remind: tuple[Duration, ...] = (FOUR_HOURS, ONE_DAY)
    escalate: Duration | None = TWO_DAYS
    expire: Duration | None = TEN_DAYS


@dataclass(frozen=True)
class Approver:
    """Who is asked: `quorum` of the people `name` resolves to; `silent` people may decide and are not notified."""

    name: str
    quorum: int = 1
    silent: tuple[str, ...] = ()
    fallback: str = ADMINS
    escalate_to: str | None = None
    timing: Timing = Timing()


@dataclass(frozen=True)
class Stage:
    approvers: tuple[Approver, ...]
    join: Literal["all", "any"] = "all"


@dataclass(frozen=True)
class Rule:
    """`effect` says which of the rest holds: `stages` for route, `reason` and `suggest` for deny."""

    id: str
    when: Condition
    effect: Literal["auto_approve", "route", "deny"]
    stages: tuple[Stage, ...] = ()
    reason: str = ""
    suggest: bool = False
    inform: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tolerance:
    """An edit that raises the yearly value by no more than both keeps the approvals given; 0 = any raise resets."""

    percent: int = 0
    amount: Money | None = None


@dataclass(frozen=True)
class IdleRule:
    """What happens to idle seats of one tool."""

    idle: Duration = A_MONTH
    grace: Duration = A_MONTH
    remind: tuple[Duration, ...] = (FIVE_DAYS, TEN_DAYS)
    end_after: Duration = LAST_CALL
    end: IdleEnd = "tell_manager"
    undo: Duration = A_FORTNIGHT
    cooldown: Duration = TWO_MONTHS


@dataclass(frozen=True)
class IdlePolicy:
    """The `idle` section. E-mails are lower-case, departments as written, tools are slugs."""

    defaults: IdleRule = IdleRule()
    tools: dict[str, IdleRule] = field(default_factory=dict)
    exempt_people: frozenset[str] = frozenset()
    exempt_departments: frozenset[str] = frozenset()
    exempt_tools: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Policy:
    """`hash` is the SHA-256 of the text; frozen chains keep it."""

    hash: str
    source: str
    data_classes: tuple[str, ...]
    groups: dict[str, tuple[str, ...]]
    baseline: tuple[Stage, ...]
    rules: tuple[Rule, ...]
    tolerance: Tolerance
    idle: IdlePolicy
    timing: Timing
