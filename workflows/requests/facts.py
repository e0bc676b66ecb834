"""The facts of policy.md's table for one draft, from the store as it is now."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import col, select

from storage.directory import record_of
from storage.models import PersonRecord, Request, Tool, ToolDecision
from storage.org import OrgSettings, today
from storage.seats import IdleRules, SeatPosition, seat_position, seats_on
from storage.types import Money, RequestStatus
from storage.unit_of_work import UnitOfWork
from workflows.policy.convert import converter
from workflows.policy.fields import UNKNOWN_TOOL, FactValue
from workflows.requests.budget import BudgetPosition, budget_position
from workflows.requests.cost import Cost, cost_of
from workflows.requests.draft import SEAT_KINDS, Draft
from workflows.seats.settings import idle_rules

ROLLING_DAYS = 30
COUNTED = (RequestStatus.pending, RequestStatus.approved, RequestStatus.fulfilled)


@dataclass(frozen=True)
class FactSheet:
    """`facts` for the rules; the rest is what a card shows beside them. `similar` are names of tools held."""

    facts: dict[str, FactValue]
    cost: Cost
    budget: BudgetPosition | None
    seats: SeatPosition | None
    free_seats: int | None
    similar: tuple[str, ...]
    tool: Tool | None
    day: date
    annual_base: Money | None  # in base currency at `day`'s rate

    def basis(self) -> dict[str, object]:
        """Where the figures are from, kept beside the frozen facts."""
        budget = self.budget
        return {
            "price": self.cost.source,
            "free_seats_used": self.cost.free_seats_used,
            "similar": list(self.similar),
            "day": self.day.isoformat(),
            "annual_base": self.annual_base and {
                "amount": str(self.annual_base.amount), "currency": self.annual_base.currency,
            },
            "budget": budget and {
                "id": budget.budget_id, "scope_type": budget.scope_type, "scope": budget.scope, "period": budget.period,
                "currency": budget.amount.currency, "amount": str(budget.amount.amount),
                "remaining_before": str(budget.remaining.amount),
                "remaining_after": str(budget.remaining_after.amount) if budget.remaining_after else None,
            },
        }  # fmt: skip


def gather(uow: UnitOfWork, draft: Draft, org: OrgSettings, except_request: str | None = None) -> FactSheet:
    """`except_request`: an edited request does not compete with itself."""
    day = today(org, uow.now)
    session = uow.session
    tool = session.get(Tool, draft.tool_id) if draft.tool_id is not None else None
    rules = idle_rules(session, org)
    seats = seat_position(session, tool.id, day, org=org, rules=rules) if tool and tool.id is not None else None
    free = _free_seats(uow, seats, draft.tool_id, except_request)
    cost = cost_of(session, draft, tool, free, day)
    convert = converter(session, day)
    budget = budget_position(session, record_of(session, draft.for_id, day), cost.annual, day, convert, org, except_request)
    similar = _similar(uow, draft, tool, rules, org)
    facts: dict[str, FactValue] = {
        "request.kind": draft.kind,
        "request.annual_value": cost.annual,
        "request.monthly_value": cost.monthly,
        "request.seats": draft.seats,
        "request.duration_days": draft.duration_days,
        "request.data_classes": tuple(draft.data_classes),
        "request.rolling_30d_value": _rolling(uow, draft, cost, org, except_request),
        "request.similar_tools_held": len(similar),
        "tool.status": tool_status(uow, tool),
        "tool.free_seats": free,
        "tool.idle_seats": seats.idle if seats else None,
        "budget.remaining_after": budget.remaining_after if budget else None,
        "budget.used_after": budget.used_after if budget else None,
    }
    facts |= _tool_facts(tool) | _requester_facts(uow, draft, org)
    base = convert(cost.annual, org.base_currency) if cost.annual else None
    return FactSheet(facts, cost, budget, seats, free, similar, tool, day, base)


def tool_status(uow: UnitOfWork, tool: Tool | None) -> str:
    """An administrator's newest judgement, else the catalogue's; `unknown` for what neither knows."""
    if tool is None:
        return UNKNOWN_TOOL
    query = select(ToolDecision.status).where(ToolDecision.tool_id == tool.id).order_by(col(ToolDecision.id).desc())
    judged = uow.session.exec(query).first()
    return judged or (tool.status if tool.in_catalog else UNKNOWN_TOOL)


def _tool_facts(tool: Tool | None) -> dict[str, FactValue]:
    known = tool if tool is not None and tool.in_catalog else None
    return {
        "tool.slug": known.slug if known else None,
        "tool.vendor": (known.vendor or None) if known else None,
        "tool.category": known.category if known else None,
        "tool.billing_model": known.billing_model if known else None,
    }


def _requester_facts(uow: UnitOfWork, draft: Draft, org: OrgSettings) -> dict[str, FactValue]:
    day = today(org, uow.now)
    record = record_of(uow.session, draft.requester_id, day)
    read = _reader(record)
    return {
        "requester.email": read("work_email"),
        "requester.department": read("department"),
        "requester.division": read("division"),
        "requester.cost_center": read("cost_center"),
        "requester.employment_type": read("employment_type"),
        "requester.tenure_days": (day - record.hire_date).days if record and record.hire_date else None,
    }


def _reader(record: PersonRecord | None):  # type: ignore[no-untyped-def]
    return lambda name: (getattr(record, name) or None) if record else None


def _free_seats(uow: UnitOfWork, seats: SeatPosition | None, tool_id: int | None, except_request: str | None) -> int | None:
    """Free seats less those that other requests count on, so that two requests never count on the same one.

    A position knows one promised seat for each open or done task; requests for several seats promise more.
    """
    if seats is None or seats.free is None:
        return None
    query = select(Request).where(
        Request.tool_id == tool_id,
        col(Request.kind).in_([kind.value for kind in SEAT_KINDS]),
        col(Request.status).in_([status.value for status in COUNTED]),
        Request.id != (except_request or ""),
    )
    held = 0
    for other in uow.session.exec(query):
        if other.status == RequestStatus.pending:
            held += other.seats
        elif other.fulfilled_at is None or other.fulfilled_at.date() >= seats.as_of:
            held += other.seats - 1
    return max(0, seats.free - held)


def _rolling(uow: UnitOfWork, draft: Draft, cost: Cost, org: OrgSettings, except_request: str | None) -> Money | None:
    """The requester's requests of 30 days that were not refused or withdrawn, this one included, in base currency."""
    convert = converter(uow.session, today(org, uow.now))
    query = select(Request).where(
        Request.requester_id == draft.requester_id,
        col(Request.created_at) > uow.now - timedelta(days=ROLLING_DAYS),
        col(Request.status).in_([status.value for status in COUNTED]),
        Request.id != (except_request or ""),
    )
    total = Money(0, org.base_currency)
    values = [yearly(request) for request in uow.session.exec(query)]
    for value in [*values, cost.annual]:
        converted = convert(value, org.base_currency) if value is not None else None
        if converted is None:
            return None
        total += converted
    return total


def yearly(request: Request) -> Money | None:
    """What a request costs a year; None when no price is known."""
    if request.annual_value is None or not request.currency:
        return None
    return Money.of(request.annual_value, request.currency)


def _similar(uow: UnitOfWork, draft: Draft, tool: Tool | None, rules: IdleRules, org: OrgSettings) -> tuple[str, ...]:
    """Other tools of the same category of which the beneficiary has a seat."""
    if tool is None or not tool.category:
        return ()
    held = seats_on(uow.session, today(org, uow.now), rules=rules, person_ids=[draft.for_id])
    names = {row.tool_name for row in held if row.category == tool.category and row.tool_id != tool.id}
    return tuple(sorted(names))
