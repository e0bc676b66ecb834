"""The closed table of facts a policy may ask about (policy.md, Facts). A new fact is one entry here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from storage.types import BillingModel, Money, RequestKind, ToolStatus

FactType = Literal["text", "number", "ratio", "money", "classes"]
FactValue = str | int | Decimal | Money | tuple[str, ...] | None  # None = unknown
Facts = Mapping[str, FactValue]
Convert = Callable[[Money, str], Money | None]  # into a currency, at the request's day; None = no rate

ORDERED = ("eq", "ne", "lt", "lte", "gt", "gte", "is_known")
OPERATORS: dict[FactType, tuple[str, ...]] = {
    "text": ("eq", "ne", "in", "not_in", "contains", "contains_any", "is_known"),
    "number": (*ORDERED, "in", "not_in"),
    "ratio": ORDERED,
    "money": ORDERED,
    "classes": ("eq", "ne", "lt", "lte", "gt", "gte", "contains", "contains_any", "min", "max", "is_known"),
}
ALL_OPERATORS = ("eq", "ne", "in", "not_in", "lt", "lte", "gt", "gte", "contains", "contains_any", "min", "max", "is_known")
UNKNOWN_TOOL = "unknown"  # the status of a tool that is not in the catalogue


@dataclass(frozen=True)
class Field:
    """`values` is a closed vocabulary; `always_known` facts are never unknown."""

    type: FactType
    values: tuple[str, ...] = ()
    always_known: bool = False
    meaning: str = ""


_STATUSES = (*(status.value for status in ToolStatus if status is not ToolStatus.discovered), UNKNOWN_TOOL)

FIELDS: dict[str, Field] = {
    "request.kind": Field("text", tuple(kind.value for kind in RequestKind), True, "what is asked for"),
    "request.annual_value": Field("money", meaning="cost a year; 0 when a free seat serves"),
    "request.monthly_value": Field("money", meaning="cost a month; 0 when a free seat serves"),
    "request.seats": Field("number", always_known=True, meaning="seats asked for"),
    "request.duration_days": Field("number", meaning="for how long; unknown when open-ended"),
    "request.data_classes": Field("classes", always_known=True, meaning="data that will go in"),
    "request.rolling_30d_value": Field("money", meaning="yearly cost of the requester's requests of 30 days, with this one"),
    "request.similar_tools_held": Field("number", always_known=True, meaning="tools of the category the beneficiary has"),
    "tool.slug": Field("text"),
    "tool.vendor": Field("text"),
    "tool.category": Field("text"),
    "tool.status": Field("text", _STATUSES, True),
    "tool.billing_model": Field("text", tuple(model.value for model in BillingModel)),
    "tool.free_seats": Field("number", meaning="bought, held by nobody and promised to nobody"),
    "tool.idle_seats": Field("number"),
    "requester.email": Field("text"),
    "requester.department": Field("text"),
    "requester.division": Field("text"),
    "requester.cost_center": Field("text"),
    "requester.employment_type": Field("text"),
    "requester.tenure_days": Field("number", meaning="days since the hire date"),
    "budget.remaining_after": Field("money", meaning="left of the narrowest budget after open reservations and this"),
    "budget.used_after": Field("ratio", meaning="used part of that budget, 0 to 1 and above"),
}
