"""What can be asked next about an answer with one click: cut another way, or against the period before.

Only what the asker may see, what is recorded that way, and what would say something new.
"""

from datetime import timedelta

from storage.metrics.registry import FLOWS, RATIOS
from storage.spend_query import Period, SpendQuery
from workflows.asking.fiscal import add_months
from workflows.asking.labels import AS_OF, BUDGETS
from workflows.asking.parsed import Scope
from workflows.asking.permissions import Granted, authorise
from workflows.asking.previous import period_before
from workflows.asking.rights import Rights

BEFORE, BY_MONTH = "before", "by_month"
LABELS = {
    "by_tool": "By tool", "by_department": "By department", "by_model": "By model", "by_person": "By person",
    BY_MONTH: "By month", BEFORE: "Vs previous period",
}  # fmt: skip
_TOKENS = frozenset({"tokens", "input_tokens", "cached_input_tokens", "output_tokens", "cache_hit_share",
                     "cost_per_million_tokens"})  # fmt: skip
_PER_HEAD = frozenset({"headcount", "cost_per_head"})
_NOT_COMPARED = frozenset({"renewals", "run_rate", "tools", "pending_approvals", "access_requests", "reclaimed_savings",
                           "tools_held"}) | BUDGETS  # fmt: skip


def next_steps(rights: Rights, query: SpendQuery, scope: Scope | None, company: str) -> list[str]:
    """The most useful first; keys of LABELS, which `changed` understands."""
    found = []
    for step in (*(f"by_{dimension}" for dimension in _dimensions(rights, query, scope)), BY_MONTH, BEFORE):
        if _says_something(query, step) and isinstance(authorise(rights, changed(query, step), scope, company), Granted):
            found.append(step)
    return found


def label(query: SpendQuery, step: str) -> str:
    """What its button says."""
    return "Vs a month before" if step == BEFORE and _is_one_day_stock(query) else LABELS[step]


def changed(query: SpendQuery, step: str) -> SpendQuery:
    """The plan after a click."""
    if step == BEFORE:
        return query.model_copy(update={"compare": _before(query)})
    if step == BY_MONTH:
        return query.model_copy(update={"grain": "month", "limit": None, "offset": 0, "order": None})
    return query.model_copy(
        update={
            "group_by": (step.removeprefix("by_"),), "limit": None, "offset": 0, "share_of": None, "share_base": (),
            "explain": False,
        }
    )  # fmt: skip


def _dimensions(rights: Rights, query: SpendQuery, scope: Scope | None) -> list[str]:
    """By which every metric of the plan is recorded, the usual one first."""
    metrics = set(query.metrics)
    if metrics & {"renewals", "tools", "tools_held", "usage_cost"}:
        return []
    if metrics & _TOKENS:
        return ["model", "tool"]
    if metrics & (_PER_HEAD | BUDGETS):
        return ["department"]
    if "seats_purchased" in metrics:
        return ["tool"]
    people = scope == "my_team" or (rights.everything and scope is None and _one(query, "department"))
    return ["tool", "department", *(["person"] if people else [])]


def _one(query: SpendQuery, dimension: str) -> bool:
    """Bound to one value of it, so a list of it would have one row."""
    return any(part.dimension == dimension and part.op == "in" and len(part.values) == 1 for part in query.filters)


def _says_something(query: SpendQuery, step: str) -> bool:
    if step == BEFORE:
        return query.compare is None and not query.share_of and not set(query.metrics) & _NOT_COMPARED
    if step == BY_MONTH:
        long = query.period.end - query.period.start > timedelta(days=45)
        metric = query.metrics[0]
        plain = query.aggregate is None and query.compare is None and not query.share_of and not query.having
        return long and plain and query.grain is None and not query.group_by and metric in FLOWS and metric not in RATIOS
    dimension = step.removeprefix("by_")
    inside = dimension == "department" and _one(query, "person")
    return dimension not in query.group_by and not _one(query, dimension) and not inside


def _before(query: SpendQuery) -> Period:
    """A stock is compared with the same day a month earlier: the day before is hardly news."""
    if _is_one_day_stock(query):
        day = add_months(query.period.start, -1)
        return Period(start=day, end=day + timedelta(days=1), label=day.isoformat())
    return period_before(query.period)


def _is_one_day_stock(query: SpendQuery) -> bool:
    return query.metrics[0] in AS_OF and query.period.end - query.period.start == timedelta(days=1)
