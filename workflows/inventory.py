"""The one inventory of AI tools: licensed, API, embedded, card-paid and discovered, with where each was seen.

Administrators judge a tool here; their judgement holds while the catalogue file says what it said then.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import or_
from sqlmodel import Session, col, func, select

from storage.models import (
    Contract,
    Expense,
    OAuthGrant,
    Rollup,
    SeatSnapshot,
    Statement,
    Tool,
    ToolDecision,
    Usage,
    Visit,
)
from storage.models.ledger import day_of
from storage.org import load_org, today
from storage.seats import seat_positions
from storage.types import BillingModel, ToolStatus
from storage.unit_of_work import UnitOfWork
from workflows.audit import trail
from workflows.errors import Invalid, NotFound
from workflows.people import require_role
from workflows.seats.settings import idle_rules

JUDGEMENTS = (ToolStatus.approved, ToolStatus.restricted, ToolStatus.blocked, ToolStatus.under_review)
MOST_REASON = 500  # letters


@dataclass(frozen=True)
class Sighting:
    """Where a tool was seen: seats, contract, usage, cost, card, oauth or network; both days included."""

    source: str
    first_seen: date | None
    last_seen: date | None


@dataclass(frozen=True)
class ContractTerms:
    contract_id: str
    billing_model: str
    plan: str | None
    seats_purchased: int | None
    start_date: date | None
    end_date: date | None


@dataclass(frozen=True)
class InventoryRow:
    """`kinds` says how the company has the tool: licensed, api, embedded, card, discovered; empty = catalogue only."""

    tool_id: int
    slug: str
    name: str
    vendor: str
    category: str | None
    status: str
    in_catalog: bool
    owner_email: str | None
    kinds: tuple[str, ...]
    sightings: tuple[Sighting, ...]
    seats_assigned: int | None
    seats_idle: int | None
    seats_purchased: int | None
    contracts: tuple[ContractTerms, ...]  # those in force, else the next or last one

    @property
    def last_seen(self) -> date | None:
        """The last day on which data showed it; a contract's term is no sign of use."""
        days = (seen.last_seen for seen in self.sightings if seen.source != "contract")
        return max(filter(None, days), default=None)


def inventory(uow: UnitOfWork, state: str | None = None) -> list[InventoryRow]:
    """Every tool by name, or those of one status. Raises Invalid for a status that does not exist."""
    if state is not None and state not in set(ToolStatus):
        raise Invalid(f"{state!r} is no state of a tool; one of {', '.join(ToolStatus)}.")
    session, org = uow.session, load_org(uow.session)
    day = today(org, uow.now)
    query = select(Tool).order_by(func.lower(col(Tool.name)), Tool.slug)
    tools = session.exec(query.where(Tool.status == state) if state else query).all()
    seen, terms = sightings(session), contract_terms(session, day)
    positions = seat_positions(session, day, rules=idle_rules(session, org))
    return [
        _row(tool, seen.get(tool.id or 0, ()), terms.get(tool.id or 0, ()), positions.get(tool.id or 0)) for tool in tools
    ]


def _row(tool: Tool, seen: tuple[Sighting, ...], terms: tuple[ContractTerms, ...], position: Any) -> InventoryRow:
    return InventoryRow(
        tool_id=tool.id or 0, slug=tool.slug, name=tool.name, vendor=tool.vendor, category=tool.category,
        status=tool.status, in_catalog=tool.in_catalog, owner_email=tool.owner_email,
        kinds=tuple(kinds(tool, seen, terms)), sightings=seen,
        seats_assigned=position.assigned if position else None, seats_idle=position.idle if position else None,
        seats_purchased=position.purchased if position else _purchased(terms), contracts=terms,
    )  # fmt: skip


def _purchased(terms: tuple[ContractTerms, ...]) -> int | None:
    counts = [term.seats_purchased for term in terms if term.seats_purchased is not None]
    return sum(counts) if counts else None


def kinds(tool: Tool, seen: tuple[Sighting, ...], terms: tuple[ContractTerms, ...]) -> Iterator[str]:
    sources = {sighting.source for sighting in seen}
    models = {term.billing_model for term in terms} | {tool.billing_model or ""}
    if "seats" in sources or (terms and models & {BillingModel.per_seat, BillingModel.flat, BillingModel.credits}):
        yield "licensed"
    if "usage" in sources or "cost" in sources or BillingModel.per_token in models:
        yield "api"
    if BillingModel.embedded in models:
        yield "embedded"
    if "card" in sources:
        yield "card"
    if tool.status == ToolStatus.discovered:
        yield "discovered"


def sightings(session: Session) -> dict[int, tuple[Sighting, ...]]:
    """By tool. Rows of people nobody knows are seen by no query, so they are no sighting either."""
    found: dict[int, list[Sighting]] = defaultdict(list)
    queries = (
        ("seats", _days(SeatSnapshot.tool_id, SeatSnapshot.as_of).where(SeatSnapshot.status == "current")),
        ("contract", _days(Contract.tool_id, Contract.start_date, Contract.end_date)),
        ("usage", _days(Usage.tool_id, Usage.day)),
        ("card", _days(Expense.tool_id, Expense.day)),
        ("oauth", _days(OAuthGrant.tool_id, OAuthGrant.granted_on, OAuthGrant.last_used_on)),
        ("network", _days(Visit.tool_id, Visit.day)),
    )  # fmt: skip
    for source, query in queries:
        for tool_id, first, last in session.execute(query).all():
            if tool_id is not None:
                found[tool_id].append(Sighting(source, first, last or first))
    for tool_id, first, end in session.execute(_cost_days()).all():
        found[tool_id].append(Sighting("cost", day_of(first), day_of(end - 1)))
    return {tool_id: tuple(sorted(seen, key=lambda one: one.source)) for tool_id, seen in found.items()}


def _days(tool_id: Any, first: Any, last: Any = None) -> Any:
    """(tool, first day, last day) by tool."""
    query = select(tool_id, func.min(first), func.max(first if last is None else last))
    return query.where(col(tool_id).is_not(None)).group_by(tool_id)


def _cost_days() -> Any:
    """(tool, first day number, end day number) of the FOCUS rows in force, from the daily and longer rollups."""
    return (
        select(col(Rollup.tool_id), func.min(Rollup.start_day), func.max(Rollup.end_day))
        .join(Statement, (col(Statement.id) == Rollup.statement_id) & (col(Statement.batch) == Rollup.batch))
        .where(Statement.source == "focus", Statement.status == "current")
        .where(or_(col(Rollup.cut) == "unit", col(Rollup.cut) == "all"), col(Rollup.grain).in_(("day", "span")))
        .group_by(col(Rollup.tool_id))
    )


def contract_terms(session: Session, day: date) -> dict[int, tuple[ContractTerms, ...]]:
    """By tool: the contracts in force on `day`; where none is, the next to begin, else the last to have ended."""
    by_tool: dict[int, list[Contract]] = defaultdict(list)
    query = select(Contract).where(col(Contract.tool_id).is_not(None)).order_by(Contract.contract_id)
    for contract in session.exec(query).all():
        by_tool[contract.tool_id or 0].append(contract)
    return {tool_id: tuple(map(_terms, _relevant(contracts, day))) for tool_id, contracts in by_tool.items()}


def _relevant(contracts: list[Contract], day: date) -> list[Contract]:
    in_force = [one for one in contracts if (one.start_date or day) <= day <= (one.end_date or day)]
    if in_force:
        return in_force
    coming = [one for one in contracts if one.start_date and one.start_date > day]
    if coming:
        return [min(coming, key=lambda one: one.start_date or day)]
    return [max(contracts, key=lambda one: one.end_date or day)]


def _terms(contract: Contract) -> ContractTerms:
    return ContractTerms(
        contract.contract_id, contract.billing_model, contract.plan, contract.seats_purchased, contract.start_date,
        contract.end_date,
    )  # fmt: skip


def decide_tool(uow: UnitOfWork, actor_id: int, tool_id: int, status: str, reason: str = "") -> Tool:
    """An administrator approves, restricts, blocks or puts a tool under review.

    Raises NotAllowed, NotFound or Invalid. It holds through later catalogue imports until the file's own status changes.
    """
    session, org = uow.session, load_org(uow.session)
    require_role(session, org, actor_id, "admin", uow.now)
    if status not in set(JUDGEMENTS):
        raise Invalid(f"{status!r} is no judgement; one of {', '.join(JUDGEMENTS)}.", {"status": "choose one"})
    if len(reason) > MOST_REASON:
        raise Invalid(f"The reason is longer than {MOST_REASON} letters.", {"reason": "shorten it"})
    tool = session.get(Tool, tool_id)
    if tool is None:
        raise NotFound("This tool is not in the inventory any more.", "Open the inventory again.")
    if tool.status == status and tool.decided_status == status:
        return tool
    before = tool.status
    tool.decided_status, tool.decided_over = status, tool.file_status or ToolStatus.discovered.value
    tool.status = status
    session.add(tool)
    session.add(ToolDecision(tool_id=tool_id, status=status, reason=reason, decided_by_id=actor_id, decided_at=uow.now))
    trail.append(
        uow, "tool.decided", subject=f"tool:{tool.slug}", actor=actor_id, payload={"from": before, "to": status}
    )  # fmt: skip
    return tool
