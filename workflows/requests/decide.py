"""One person's word on a request: approve, or deny with a reason.

Everything is checked here, under the request's lock: who acts, what they saw, what is still open. A decision, its
consequences, the audit row and what people are told are one transaction.
"""

from dataclasses import asdict, dataclass

from sqlmodel import select

from storage.models import Decision, Request, RequestSlot, RequestStage
from storage.org import OrgSettings, load_org
from storage.types import RequestStatus
from storage.unit_of_work import UnitOfWork
from workflows.errors import Conflict, Invalid, NotAllowed
from workflows.requests import announce, fulfil, reservations
from workflows.requests.approvers import Scene
from workflows.requests.chain import adopt, advance, close_chain, resolve_again, scene_of
from workflows.requests.records import (
    audit,
    change,
    deciders,
    decisions_of,
    locked,
    name_of,
    slots_of,
    stages_of,
    subject,
    when,
)

VERDICTS = ("approve", "deny")
WORDS = {"approve": "approved", "deny": "denied"}


class OwnRequest(NotAllowed):
    """Somebody tried to decide a request that is theirs; the attempt goes on the audit trail (its `subject`)."""


@dataclass(frozen=True)
class DecisionOutcome:
    """What a decision did: `status` of the request after it, and a sentence for who decided."""

    request_id: str
    number: int
    verdict: str
    status: str
    message: str


def seen_token(request: Request, stage: RequestStage | None) -> str:
    """Names what a card shows: the content and the stage. It goes into buttons and comes back with the click."""
    return f"{request.content_hash[:16]}.{request.round}.{stage.position if stage else '-'}"


def decide(
    uow: UnitOfWork,
    actor_id: int,
    request_id: str,
    verdict: str,
    reason: str = "",
    idempotency_key: str = "",
    seen: str | None = None,
    channel: str = "",
) -> DecisionOutcome:
    """Record the decision. The same key delivered again gets the same outcome.

    `seen` is the card's token (`RequestCard.seen`): a card of other content or of an earlier stage decides nothing.
    Raises NotFound; Invalid for a denial without reason; OwnRequest, NotAllowed; Conflict when it is too late, changed or
    was decided by this person before.
    """
    key = idempotency_key or f"decide:{request_id}:{actor_id}:{verdict}:{seen}"
    request = locked(uow, request_id)
    earlier = uow.session.exec(select(Decision).where(Decision.idempotency_key == key)).first()
    if earlier is not None and earlier.person_id == actor_id and earlier.request_id == request_id:
        return DecisionOutcome(**earlier.outcome)
    org = load_org(uow.session)
    scene = scene_of(uow, request, org)
    stage, slot = _slot_to_decide(uow, request, actor_id, verdict, seen, scene)
    reason = reason.strip()
    if verdict == "deny" and not reason:
        raise Invalid("Say why you deny it; the requester will read it.", {"reason": "A denial needs a reason."})
    decision = Decision(
        request_id=request.id,
        slot_id=slot.id or 0,
        person_id=actor_id,
        round=request.round,
        verdict=verdict,
        reason=reason,
        channel=channel,
        content_hash=request.content_hash,
        idempotency_key=key,
        decided_at=uow.now,
    )
    uow.session.add(decision)
    uow.session.flush()
    message = _deny(uow, request, decision) if verdict == "deny" else _approve(uow, request, decision, stage, scene)
    outcome = DecisionOutcome(request.id, request.number, verdict, request.status, message)
    decision.outcome = asdict(outcome)
    uow.session.add(decision)
    uow.session.flush()
    return outcome


def _slot_to_decide(
    uow: UnitOfWork, request: Request, actor_id: int, verdict: str, seen: str | None, scene: Scene
) -> tuple[RequestStage, RequestSlot]:
    if verdict not in VERDICTS:
        raise Invalid(f"A decision is approve or deny, not {verdict!r}.")
    if actor_id in scene.parties:
        raise OwnRequest(
            "You cannot decide on a request that is yours or for you. Somebody else has to.", subject=subject(request.id)
        )
    own = next((one for one in decisions_of(uow, request) if one.person_id == actor_id), None)
    if own is not None:
        state = "" if request.status == RequestStatus.pending else f" The request is {request.status}."
        raise Conflict(f"You already {WORDS[own.verdict]} this on {when(scene.org, own.decided_at)}.{state}")
    if request.status != RequestStatus.pending:
        raise Conflict(ending(uow, request, scene.org))
    stages = stages_of(uow, request)
    stage = next((one for one in stages if one.status == "open"), None)
    if stage is None:
        raise Conflict("Nothing of this request waits for a decision just now.")
    slot = _own_slot(uow, stage, actor_id, scene)
    if slot is None:
        raise NotAllowed(_not_yours(uow, request, stages, stage, actor_id, scene.org), subject=subject(request.id))
    if seen is not None and seen != seen_token(request, stage):
        raise Conflict(_changed(request, stage, seen))
    return stage, slot


def _own_slot(uow: UnitOfWork, stage: RequestStage, actor_id: int, scene: Scene) -> RequestSlot | None:
    """The open slot the person sits in and may still decide; a slot that waits for admins looks for them again."""
    for slot in slots_of(uow, stage):
        if slot.status != "open":
            continue
        today = resolve_again(uow, slot, scene)
        if not slot.candidates and today.candidates:
            adopt(slot, today)
            uow.session.add(slot)
        gone = {entry["person_id"] for entry in today.considered if entry["why_not"] is not None}
        if actor_id in deciders(slot) - gone:
            return slot
    return None


def _not_yours(
    uow: UnitOfWork, request: Request, stages: list[RequestStage], stage: RequestStage, actor_id: int, org: OrgSettings
) -> str:
    waiting = waits_for(uow, stage, org)
    for later in stages:
        if later.position > stage.position and any(actor_id in deciders(slot) for slot in slots_of(uow, later)):
            return f"It is not your turn yet: R-{request.number} waits for {waiting} first. You will be asked."
    if any(actor_id in deciders(slot) for slot in slots_of(uow, stage)):
        return f"Your part of R-{request.number} is decided already; it waits for {waiting}."
    return f"You are not an approver of R-{request.number}. It waits for {waiting}."


def waits_for(uow: UnitOfWork, stage: RequestStage, org: OrgSettings) -> str:
    """The people an open stage waits for, in words."""
    names: list[str] = []
    for slot in slots_of(uow, stage):
        if slot.status == "open":
            people = [name_of(uow, person, org) for person in slot.candidates]
            names.append(" or ".join(people) if people else "an administrator, of whom none is named")
    return " and ".join(names) or "nobody"


def _changed(request: Request, stage: RequestStage, seen: str) -> str:
    content = seen.partition(".")[0]
    if content != request.content_hash[:16]:
        return f"R-{request.number} changed while you looked at it. Nothing was recorded; here is what it says now."
    return f"R-{request.number} has moved on since this card was shown. Nothing was recorded; here is where it stands now."


def ending(uow: UnitOfWork, request: Request, org: OrgSettings) -> str:
    """How a request that is not pending ended: who, when, what."""
    number = f"R-{request.number}"
    if request.status == RequestStatus.expired:
        return f"{number} expired on {when(org, request.decided_at)}. It can be asked for again."
    if request.status == RequestStatus.cancelled:
        return f"{number} was cancelled on {when(org, request.decided_at)}."
    denied = request.status == RequestStatus.denied
    by = [one for one in decisions_of(uow, request) if one.verdict == ("deny" if denied else "approve")]
    words = "denied" if denied else "approved"
    words += " and granted" if request.status == RequestStatus.fulfilled else ""
    who = f"{name_of(uow, by[-1].person_id, org)} decided" if by else "the policy decided"
    return f"{number} is {words} already: {who} on {when(org, request.decided_at)}."


def _deny(uow: UnitOfWork, request: Request, decision: Decision) -> str:
    close_chain(uow, request, decision.slot_id)
    change(
        uow, request, RequestStatus.pending,
        status=RequestStatus.denied.value, status_reason=decision.reason, decided_at=uow.now,
        paused_at=None, expires_at=None,
    )  # fmt: skip
    reservations.settle(uow, request, "released")
    _record(uow, request, decision, "denied")
    announce.update(uow, request, "denied", actor_id=decision.person_id)
    announce.refresh(uow, request)
    return f"Recorded: you denied R-{request.number}. The requester is told, with your reason."


def _approve(uow: UnitOfWork, request: Request, decision: Decision, stage: RequestStage, scene: Scene) -> str:
    number = f"R-{request.number}"
    finished, completed = advance(uow, request, scene)
    if finished:
        _record(uow, request, decision, "decided")
        close_chain(uow, request)
        fulfil.begin(uow, request, event="approved", actor=decision.person_id, channel=decision.channel)
        return f"Recorded: you approved {number}. It is approved, and goes to be granted."
    change(uow, request, RequestStatus.pending)
    _record(uow, request, decision, "decided")
    announce.refresh(uow, request)
    open_stage = next(one for one in stages_of(uow, request) if one.status == "open")
    waiting = waits_for(uow, open_stage, scene.org)
    if completed:
        announce.update(uow, request, "stage_approved", actor_id=decision.person_id, stage=stage.position)
    return f"Recorded: you approved {number}. It now waits for {waiting}."


def _record(uow: UnitOfWork, request: Request, decision: Decision, action: str) -> None:
    audit(
        uow, request, action, decision.person_id, channel=decision.channel, before=RequestStatus.pending,
        verdict=decision.verdict, decision_id=decision.id, slot_id=decision.slot_id,
    )  # fmt: skip
