"""The typed plan of a question: the only thing the number engine accepts. It holds no text of the asker's.

Shape and names are the `plan` of the answer object (spec/formats.md); the meanings of metrics are spec/asking.md.
"""

import hashlib
from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

METRICS: dict[str, str] = {
    # name → unit; "money" is replaced by the base currency
    "spend": "money", "usage_cost": "money", "billed": "money", "paid": "money", "list_price": "money",
    "discount_savings": "money", "reclaimed_savings": "money", "run_rate": "money", "idle_seat_cost": "money",
    "budget": "money", "budget_remaining": "money", "budget_used": "ratio", "budget_left_share": "ratio",
    "renewals": "money",
    "seats_purchased": "seats", "seats_assigned": "seats", "seats_active": "seats", "seats_idle": "seats",
    "seats_pending": "seats", "seats_untracked": "seats", "utilisation": "ratio",
    "tokens": "tokens", "input_tokens": "tokens", "cached_input_tokens": "tokens", "output_tokens": "tokens",
    "requests": "requests", "cache_hit_share": "ratio", "active_users": "people", "headcount": "people",
    "cost_per_seat": "money", "cost_per_active_user": "money", "cost_per_head": "money",
    "cost_per_million_tokens": "money", "cost_per_request": "money",
    "tools": "tools", "tools_held": "tools", "access_requests": "requests", "pending_approvals": "requests",
}  # fmt: skip

DIMENSIONS = (
    "department", "cost_center", "division", "vendor", "tool", "model", "project", "person", "category",
    "billing_model", "payment_channel", "tool_status", "plan", "source",
)  # fmt: skip

Grain = Literal["day", "week", "month", "quarter", "year"]


ContractsBy = Literal["ends", "notice", "lapsed", "in_force"]
"""Contracts that end in the period; whose last day to give notice is in it; that ended in it without a later contract of
the tool; that are in force on its last day."""


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Filter(Frozen):
    """`values` are canonical: department and cost-centre names, vendor names, tool slugs' display names, e-mails for
    persons."""

    dimension: str
    op: Literal["in", "ne", "contains", "is_null"] = "in"
    values: tuple[str, ...] = ()

    def matches(self, value: str | None) -> bool:
        """Whether a row with `value` passes. `ne` keeps what has no value: "outside of Engineering" includes nobody's."""
        if self.op == "in":
            return value in self.values
        if self.op == "ne":
            return value not in self.values
        if self.op == "contains":
            return value is not None and any(word.casefold() in value.casefold() for word in self.values)
        return value is None


class Period(Frozen):
    """Half-open: `end` is excluded."""

    start: date
    end: date
    label: str = ""


class Having(Frozen):
    metric: str
    op: Literal["gt", "gte", "lt", "lte"]
    value: Decimal


class SpendQuery(Frozen):
    """A question's meaning. `compare` is another period or the word budget; `limit` cuts rows (the rest = others)."""

    metrics: tuple[str, ...]
    filters: tuple[Filter, ...] = ()
    period: Period
    compare: Period | Literal["budget"] | None = None
    group_by: tuple[str, ...] = ()
    grain: Grain | None = None
    having: tuple[Having, ...] = ()
    share_of: Literal["total"] | None = None
    share_base: tuple[Filter, ...] = ()  # the whole that `share_of` is of: "how much of engineering's spend is Cursor"
    aggregate: Literal["avg_per_day", "avg_per_week", "avg_per_month", "per_person_avg"] | None = None
    transform: Literal["cumulative", "rolling_avg_3"] | None = None  # of the series that `grain` makes
    explain: bool = False
    order: Literal["asc", "desc"] | None = None
    limit: int | None = Field(default=None, ge=1)
    contracts: ContractsBy = "ends"  # which contracts "renewals" lists
    idle_days: int | None = Field(default=None, ge=1)  # instead of the tools' own idle days
    offset: int = Field(default=0, ge=0)  # rows left out at the top: the second most expensive

    @property
    def digest(self) -> str:
        """The same meaning has the same digest on every machine."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class RowScope(Frozen):
    """Whose rows the asker may see; put in last and never removable. None = no bound on that dimension.

    A row is visible when it is within any of the given sets; all None = everything (finance, admin).
    """

    everything: bool = False
    person_ids: frozenset[int] = frozenset()
    departments: frozenset[str] = frozenset()
    cost_centers: frozenset[str] = frozenset()
    divisions: frozenset[str] = frozenset()


class ResultRow(Frozen):
    """A group: its keys by dimension or grain (None = unattributed), its values by metric. `others` = the cut-off rest."""

    keys: dict[str, str | None]
    values: dict[str, Decimal | None]
    previous: dict[str, Decimal | None] = {}
    others: bool = False
    details: dict[str, str | None] = {}  # renewals: contract_id, end_date, notice_by …


class QueryResult(Frozen):
    """`values` = totals by metric, None = nothing recorded (no_data) as opposed to 0. Money is in `currency`."""

    currency: str
    values: dict[str, Decimal | None]
    previous: dict[str, Decimal | None] = {}
    rows: tuple[ResultRow, ...] = ()
    data_through: dict[str, date] = {}
    coverage: Decimal | None = None  # share of the amount that has an owner, 0 to 1
    assumptions: tuple[str, ...] = ()
    unpriced: dict[str, Decimal] = {}  # amounts by currency that no rate converts
