"""Making a request: what it costs, what the policy says, and the chain it is frozen with."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import func, select

from storage.models import Request
from storage.org import OrgSettings, load_org, today
from storage.types import RequestStatus
from storage.unit_of_work import UnitOfWork
from workflows.errors import NotAllowed
from workflows.policy.convert import converter
from workflows.policy.facts_text import to_json
from workflows.policy.load import load_policy
from workflows.policy.model import Policy
from workflows.policy.rules import Match, Outcome, evaluate
from workflows.requests import announce, fulfil, reservations
from workflows.requests.approvers import Resolved, Scene, people_named, resolve
from workflows.requests.chain import advance, freeze
from workflows.requests.draft import Draft, checked, content_hash
from workflows.requests.facts import FactSheet, gather
from workflows.requests.records import audit, serialise

FIRST_NUMBER = 1001


@dataclass(frozen=True)
class PreviewSlot:
    """An approver rule and who it would ask today."""

    approver: str
    rule_id: str
    quorum: int
    people: Resolved


@dataclass(frozen=True)
class Preview:
    """What would happen to a draft: the outcome, the figures behind it, and the chain with names."""

    draft: Draft
    outcome: Outcome
    sheet: FactSheet
    stages: tuple[tuple[PreviewSlot, ...], ...]


def preview(uow: UnitOfWork, draft: Draft) -> Preview:
    """Writes nothing. Raises Invalid."""
    draft, sheet, outcome, scene, _ = _judged(uow, draft)
    stages = tuple(
        tuple(
            PreviewSlot(approver.name, rule_id, approver.quorum, resolve(uow, approver, scene))
            for approver, rule_id in zip(stage.approvers, stage.rule_ids, strict=True)
        )
        for stage in outcome.stages
    )
    return Preview(draft, outcome, sheet, stages)


def create(
    uow: UnitOfWork,
    draft: Draft,
    actor_id: int,
    idempotency_key: str,
    origin: dict[str, Any] | None = None,
    channel: str = "",
) -> Request:
    """Make the request and begin its chain; the same key gives the request made before, whatever became of it.

    `origin` is the conversation it was made in (`Conversation.model_dump()`). Raises Invalid, NotAllowed.
    """
    if draft.requester_id != actor_id:
        raise NotAllowed("You can ask for somebody else, but only in your own name.")
    serialise(uow)
    made = uow.session.exec(select(Request).where(Request.idempotency_key == idempotency_key)).first()
    if made is not None:
        if made.requester_id != actor_id:
            raise NotAllowed("This request was made by somebody else.")
        return made
    draft, sheet, outcome, scene, policy = _judged(uow, draft)
    request = _row(uow, draft, sheet, outcome, policy, idempotency_key, origin)
    uow.session.add(request)
    uow.session.flush()
    freeze(uow, request, outcome.stages, scene)
    audit(uow, request, "created", actor_id, channel=channel, outcome=outcome.result,
          rules=[match.rule_id for match in outcome.matched],
          beneficiary_id=request.beneficiary_id, kind=request.kind, tool_id=request.tool_id)  # fmt: skip
    announce.thread(uow, request)
    follow(uow, request, outcome, sheet, scene, actor_id, channel)
    return request


def follow(
    uow: UnitOfWork, request: Request, outcome: Outcome, sheet: FactSheet, scene: Scene, actor_id: int, channel: str
) -> None:
    """Act on the policy's word: denied, approved, or the first stage opens."""
    if outcome.result == "denied":
        audit(uow, request, "denied", None, before=RequestStatus.pending, channel=channel, by_policy=True)
        announce.update(uow, request, "denied")
        announce.refresh(uow, request)
        return
    reservations.reserve(uow, request, sheet)
    for name in outcome.inform:
        for person_id in people_named(uow, name, scene):
            announce.to_person(uow, request, "inform", person_id, f"{request.round}")
    if outcome.result == "approved":
        fulfil.begin(uow, request, event="auto_approved", actor=None, channel=channel)
        return
    advance(uow, request, scene)


def _judged(uow: UnitOfWork, draft: Draft) -> tuple[Draft, FactSheet, Outcome, Scene, Policy]:
    org = load_org(uow.session)
    policy = load_policy(uow.session, org)
    draft = checked(uow, draft, org, policy)
    sheet = gather(uow, draft, org)
    outcome = evaluate(policy, sheet.facts, converter(uow.session, today(org, uow.now)))
    return draft, sheet, outcome, scene_for(uow, draft, sheet, org, policy), policy


def scene_for(uow: UnitOfWork, draft: Draft, sheet: FactSheet, org: OrgSettings, policy: Policy) -> Scene:
    return Scene(
        org=org,
        policy=policy,
        day=today(org, uow.now),
        requester_id=draft.requester_id,
        beneficiary_id=draft.for_id,
        tool=sheet.tool,
        budget=sheet.budget,
    )


def _row(
    uow: UnitOfWork,
    draft: Draft,
    sheet: FactSheet,
    outcome: Outcome,
    policy: Policy,
    idempotency_key: str,
    origin: dict[str, Any] | None,
) -> Request:
    denied = outcome.result == "denied"
    highest = uow.session.exec(select(func.max(Request.number))).one()
    request = Request(
        id=uow.new_id(),
        number=(highest or FIRST_NUMBER - 1) + 1,
        kind=draft.kind,
        tool_id=draft.tool_id,
        tool_name=draft.tool_name,
        requester_id=draft.requester_id,
        beneficiary_id=draft.for_id,
        seats=draft.seats,
        plan=draft.plan,
        duration_days=draft.duration_days,
        data_classes=list(draft.data_classes),
        reason=draft.reason,
        content_hash="",
        policy_hash=policy.hash,
        status=RequestStatus.denied.value if denied else RequestStatus.pending.value,
        status_reason=outcome.reason,
        origin=origin,
        idempotency_key=idempotency_key,
        created_at=uow.now,
        decided_at=uow.now if denied else None,
    )
    put_figures(request, draft, sheet, outcome)
    return request


def put_figures(request: Request, draft: Draft, sheet: FactSheet, outcome: Outcome) -> None:
    """The money, the facts and what matched, and the hash a decision binds to."""
    annual, monthly = sheet.cost.annual, sheet.cost.monthly
    request.annual_value = annual.amount if annual else None
    request.monthly_value = monthly.amount if monthly else None
    request.currency = annual.currency if annual else None
    stated = draft.price and {
        "amount": str(draft.price.amount), "currency": draft.price.currency, "interval": draft.price_interval,
    }  # fmt: skip
    request.facts = {**to_json(sheet.facts), "basis": {**sheet.basis(), "stated_price": stated, "suggest": outcome.suggest}}
    request.matched_rules = [match_json(match) for match in outcome.matched]
    request.content_hash = content_hash(request)


def match_json(match: Match) -> dict[str, Any]:
    """A matched rule with the facts that fired it, as frozen."""
    return {
        "rule": match.rule_id,
        "effect": match.effect,
        "certain": match.truth is True,
        "error": match.error,
        "facts": [
            {
                "field": used.field,
                "operator": used.operator,
                "wanted": _plain(used.wanted),
                "actual": to_json({used.field: used.actual})[used.field],
                "truth": used.truth,
            }
            for used in match.used
        ],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, bool | int) or value is None else str(value)
