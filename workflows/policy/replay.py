"""What another policy would have made of past requests, from the facts they were frozen with."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlmodel import Session, col, select

from storage.models import Request
from storage.org import OrgSettings, today
from storage.types import Money
from workflows.policy.convert import converter
from workflows.policy.facts_text import from_json
from workflows.policy.fields import Convert
from workflows.policy.model import Policy
from workflows.policy.rules import Outcome, evaluate


@dataclass(frozen=True)
class Replayed:
    """A request whose outcome or chain changes. `clicks` = decisions a request needs; None when it is not routed."""

    number: int
    request_id: str
    tool: str
    created_at: datetime
    annual: Money | None
    before: str
    after: str
    approvers_before: tuple[str, ...]
    approvers_after: tuple[str, ...]
    clicks_before: int
    clicks_after: int


@dataclass(frozen=True)
class Replay:
    """`requests` looked at; `clicks` of all of them before and after."""

    requests: int
    changed: tuple[Replayed, ...]
    clicks_before: int
    clicks_after: int


def replay(session: Session, since: datetime, old: "PolicyAt", new: Policy, org: OrgSettings) -> Replay:
    """Every request made since then, under the policy it was made with and under `new`."""
    convert_on = lru_cache(maxsize=None)(lambda day: _remembering(converter(session, day)))
    changed: list[Replayed] = []
    looked_at = before_clicks = after_clicks = 0
    query = select(Request).where(col(Request.created_at) >= since).order_by(col(Request.number))
    for request in session.exec(query.execution_options(yield_per=500)):
        facts = from_json(request.facts)
        convert = convert_on(today(org, request.created_at))
        before, after = evaluate(old(request), facts, convert), evaluate(new, facts, convert)
        looked_at += 1
        before_clicks += clicks(before)
        after_clicks += clicks(after)
        if (before.result, before.approvers, clicks(before)) != (after.result, after.approvers, clicks(after)):
            changed.append(_changed(request, before, after))
    return Replay(looked_at, tuple(changed), before_clicks, after_clicks)


def clicks(outcome: Outcome) -> int:
    """How many decisions a request needs at least."""
    return sum(
        (min if stage.join == "any" else sum)(approver.quorum for approver in stage.approvers) for stage in outcome.stages
    )


def _changed(request: Request, before: Outcome, after: Outcome) -> Replayed:
    known = request.annual_value is not None and request.currency
    return Replayed(
        number=request.number,
        request_id=request.id,
        tool=request.tool_name,
        created_at=request.created_at,
        annual=Money.of(request.annual_value or 0, str(request.currency)) if known else None,
        before=before.result,
        after=after.result,
        approvers_before=before.approvers,
        approvers_after=after.approvers,
        clicks_before=clicks(before),
        clicks_after=clicks(after),
    )


def _remembering(convert: Convert) -> Convert:
    return lru_cache(maxsize=1024)(convert)


class PolicyAt:
    """The policy a request was made with."""

    def __init__(self, by_hash: dict[str, Policy], present: Policy) -> None:
        self._by_hash, self._present = by_hash, present

    def __call__(self, request: Request) -> Policy:
        return self._by_hash.get(request.policy_hash, self._present)
