"""Changing a request: within the policy's tolerance the approvals stand, beyond it they are asked for again."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from sqlmodel import func, select

from storage.models import Request, RequestStage
from storage.org import load_org, today
from storage.types import Money, RequestStatus
from storage.unit_of_work import UnitOfWork
from workflows.errors import Conflict, NotAllowed
from workflows.policy.convert import converter
from workflows.policy.fields import Convert
from workflows.policy.model import Policy, Tolerance
from workflows.policy.rules import Outcome, evaluate
from workflows.requests import announce, fulfil, reservations
from workflows.requests.chain import close_chain, freeze
from workflows.requests.create import create, follow, put_figures, scene_for
from workflows.requests.decide import ending
from workflows.requests.draft import Draft, checked
from workflows.requests.ends import ALIVE, end
from workflows.requests.facts import FactSheet, gather, yearly
from workflows.requests.records import audit, change, frozen_policy, locked, serialise, slots_of, stages_of

FIELDS = ("kind", "seats", "plan", "duration_days", "data_classes", "reason", "price", "price_interval", "beneficiary_id")


@dataclass(frozen=True)
class EditOutcome:
    """`request` is the one that goes on: another tool makes a new request. `changes`: field → (before, after)."""

    request: Request
    effect: Literal["unchanged", "kept", "asked_again", "replaced"]
    changes: dict[str, tuple[Any, Any]]


def draft_of(request: Request) -> Draft:
    """The request as its form would show it."""
    stated = (request.facts.get("basis") or {}).get("stated_price")
    return Draft(
        requester_id=request.requester_id,
        tool_id=request.tool_id,
        tool_name=request.tool_name,
        kind=request.kind,
        beneficiary_id=request.beneficiary_id,
        seats=request.seats,
        plan=request.plan,
        duration_days=request.duration_days,
        data_classes=tuple(request.data_classes),
        reason=request.reason,
        price=Money.of(Decimal(stated["amount"]), stated["currency"]) if stated else None,
        price_interval=stated["interval"] if stated else "year",
    )


def edit(
    uow: UnitOfWork,
    actor_id: int,
    request_id: str,
    changed: Draft,
    idempotency_key: str,
    seen_revision: int | None = None,
    channel: str = "",
) -> EditOutcome:
    """Replace the content of a pending or approved request by `changed` (begin with `draft_of`). The requester only.

    The frozen policy judges the new content. Another tool cancels the request and makes a linked one.
    Raises NotAllowed, Invalid, Conflict (ended, or changed since `seen_revision`).
    """
    request = locked(uow, request_id)
    org = load_org(uow.session)
    if actor_id != request.requester_id or changed.requester_id != actor_id:
        raise NotAllowed(f"Only who made R-{request.number} can change it.")
    if request.status not in ALIVE:
        raise Conflict(ending(uow, request, org))
    if seen_revision is not None and seen_revision != request.revision:
        raise Conflict(f"R-{request.number} changed while you edited it. Nothing was recorded; open it again.")
    serialise(uow)
    policy = frozen_policy(uow, request, org)
    draft = checked(uow, changed, org, policy)
    if (draft.tool_id, draft.tool_name) != (request.tool_id, request.tool_name):
        return _replace(uow, request, draft, actor_id, idempotency_key, channel)
    changes = _changes(draft_of(request), draft)
    if not changes:
        return EditOutcome(request, "unchanged", {})
    if set(changes) == {"reason"}:
        change(uow, request, ALIVE, reason=draft.reason)
        audit(uow, request, "edited", actor_id, before=request.status, channel=channel, fields=["reason"])
        announce.refresh(uow, request)
        return EditOutcome(request, "kept", changes)
    return _apply(uow, request, draft, policy, changes, actor_id, channel)


def _apply(
    uow: UnitOfWork,
    request: Request,
    draft: Draft,
    policy: Policy,
    changes: dict[str, tuple[Any, Any]],
    actor_id: int,
    channel: str,
) -> EditOutcome:
    org = load_org(uow.session)
    before, old_hash, old_value = request.status, request.content_hash, yearly(request)
    sheet = gather(uow, draft, org, except_request=request.id)
    convert = converter(uow.session, today(org, uow.now))
    outcome = evaluate(policy, sheet.facts, convert)
    keeps = set(changes) <= {"seats", "price", "price_interval", "reason", "plan"} and approvals_stand(
        old_value, sheet.cost.annual, policy.tolerance, convert
    )
    keeps = keeps and _asks_nobody_new(uow, request, outcome)
    values = _content(request, draft, sheet, outcome)
    fields = sorted(changes)
    if keeps:
        change(uow, request, ALIVE, **values)
        _hold(uow, request, sheet)
        audit(uow, request, "edited", actor_id, before=before, channel=channel, fields=fields, old_hash=old_hash, kept=True)
        announce.refresh(uow, request)
        return EditOutcome(request, "kept", changes)
    _restart(uow, request, draft, sheet, outcome, policy, values)
    audit(uow, request, "edited", actor_id, before=before, channel=channel, fields=fields, old_hash=old_hash, kept=False)
    follow(uow, request, outcome, sheet, scene_for(uow, draft, sheet, org, policy), actor_id, channel)
    announce.refresh(uow, request)
    return EditOutcome(request, "asked_again", changes)


def approvals_stand(old: Money | None, new: Money | None, tolerance: Tolerance, convert: Convert) -> bool:
    """Lower or equal always; a raise within both limits of the tolerance. Unknown or unconvertible amounts: no."""
    if old is None or new is None:
        return False
    same = convert(new, old.currency)
    if same is None:
        return False
    raised = same - old
    if raised.nanos <= 0:
        return True
    if tolerance.percent == 0 and tolerance.amount is None:
        return False
    within_percent = raised.nanos * 100 <= old.nanos * tolerance.percent
    if tolerance.amount is None:
        return within_percent
    limit = convert(tolerance.amount, old.currency)
    return within_percent and limit is not None and raised <= limit


def _asks_nobody_new(uow: UnitOfWork, request: Request, outcome: Outcome) -> bool:
    """Whether the frozen chain already has every approver, with the quorum, that the new content needs."""
    if outcome.result == "denied":
        return False
    quorums = {slot.approver: slot.quorum for stage in stages_of(uow, request) for slot in slots_of(uow, stage)}
    needed = [approver for stage in outcome.stages for approver in stage.approvers]
    if not quorums and request.status == RequestStatus.approved:
        return not needed
    return all(quorums.get(approver.name, 0) >= approver.quorum for approver in needed)


def _content(request: Request, draft: Draft, sheet: FactSheet, outcome: Outcome) -> dict[str, Any]:
    """The columns of the new content, with its hash."""
    fresh = Request(**request.model_dump())
    fresh.kind, fresh.seats, fresh.plan, fresh.reason = draft.kind, draft.seats, draft.plan, draft.reason
    fresh.duration_days, fresh.data_classes = draft.duration_days, list(draft.data_classes)
    fresh.beneficiary_id = draft.for_id
    put_figures(fresh, draft, sheet, outcome)
    names = ("kind", "seats", "plan", "reason", "duration_days", "data_classes", "beneficiary_id", "annual_value",
             "monthly_value", "currency", "facts", "matched_rules", "content_hash")  # fmt: skip
    return {name: getattr(fresh, name) for name in names}


def _hold(uow: UnitOfWork, request: Request, sheet: FactSheet) -> None:
    reservations.reserve(uow, request, sheet)
    if request.status == RequestStatus.approved:
        reservations.settle(uow, request, "committed")


def _restart(
    uow: UnitOfWork,
    request: Request,
    draft: Draft,
    sheet: FactSheet,
    outcome: Outcome,
    policy: Policy,
    values: dict[str, Any],
) -> None:
    """A new round: the chain of the new content, no approvals yet, nothing left to grant."""
    close_chain(uow, request)
    fulfil.cancel_tasks(uow, request)
    reservations.settle(uow, request, "released")
    denied = outcome.result == "denied"
    change(
        uow, request, ALIVE,
        **values,
        status=RequestStatus.denied.value if denied else RequestStatus.pending.value,
        status_reason=outcome.reason,
        round=request.round + 1,
        paused_at=None,
        expires_at=None,
        decided_at=uow.now if denied else None,
    )  # fmt: skip
    last = uow.session.exec(select(func.max(RequestStage.position)).where(RequestStage.request_id == request.id)).one()
    scene = scene_for(uow, draft, sheet, load_org(uow.session), policy)
    freeze(uow, request, outcome.stages, scene, first=0 if last is None else last + 1)


def _replace(
    uow: UnitOfWork, request: Request, draft: Draft, actor_id: int, idempotency_key: str, channel: str
) -> EditOutcome:
    """Another tool is another request: never a silent change."""
    end(uow, request, RequestStatus.cancelled, actor_id, "Replaced by a request for another tool.", channel)
    fresh = create(uow, draft, actor_id, idempotency_key, request.origin, channel)
    fresh.replaces_id = request.id
    uow.session.add(fresh)
    uow.session.flush()
    return EditOutcome(fresh, "replaced", {"tool": (request.tool_name, fresh.tool_name)})


def _changes(before: Draft, after: Draft) -> dict[str, tuple[Any, Any]]:
    changes = {}
    for name in FIELDS:
        old, new = getattr(before, name), getattr(after, name)
        if name == "beneficiary_id":
            old, new = before.for_id, after.for_id
        if name == "data_classes":
            old, new = tuple(sorted(old)), tuple(sorted(new))
        if old != new:
            changes[name] = (old, new)
    return changes
