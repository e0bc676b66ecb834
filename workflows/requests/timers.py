"""What happens when a request's timer is due: remind, escalate, expire. Late rather than never, and never in bursts."""

from sqlmodel import col, select

from storage.directory import is_employed, record_of
from storage.models import Request, RequestSlot, RequestStage, Timer
from storage.org import load_org, today
from storage.types import RequestStatus
from storage.unit_of_work import UnitOfWork
from workflows.policy.model import ADMINS
from workflows.requests import announce, clocks
from workflows.requests.approvers import people_named
from workflows.requests.chain import scene_of
from workflows.requests.ends import end
from workflows.requests.records import audit, change, deciders, decisions_of, locked, subject


def on_timer(uow: UnitOfWork, timer: Timer) -> None:
    """For the kinds request.remind, request.escalate and request.expire, once each timer is claimed.

    Does nothing when the request moved on: the decision that came a moment before wins.
    """
    request = locked(uow, str(timer.payload["request_id"]))
    if request.status != RequestStatus.pending:
        return
    if timer.payload.get("paused"):
        if request.paused_at is not None:
            end(uow, request, RequestStatus.expired, None, "A question to the requester was not answered in time.")
        return
    slot = uow.session.get(RequestSlot, timer.payload["slot_id"])
    if slot is None or slot.status != "open":
        return
    if request.paused_at is not None:
        clocks.stand_still(uow, timer)
        return
    if timer.kind == "request.remind":
        _remind(uow, request, slot, timer)
    elif timer.kind == "request.escalate":
        _escalate(uow, request, slot)
    elif timer.kind == "request.expire":
        _expire(uow, request, slot)


def _remind(uow: UnitOfWork, request: Request, slot: RequestSlot, timer: Timer) -> None:
    """Only the latest of several reminders that are due, as after a downtime; nobody is reminded who has decided."""
    person_id = int(timer.payload["person_id"])
    decided = {decision.person_id for decision in decisions_of(uow, request)}
    org = load_org(uow.session)
    day = today(org, uow.now)
    here = is_employed(record_of(uow.session, person_id, day), day)
    if person_id in decided or person_id not in slot.candidates or not here or _later_is_due(uow, request, slot, timer):
        return
    announce.to_person(
        uow, request, "reminder", person_id, f"{slot.id}:{timer.payload['number']}",
        slot_id=slot.id, number=timer.payload["number"], due_at=timer.due_at.isoformat(),
    )  # fmt: skip
    audit(uow, request, "reminded", None, before=RequestStatus.pending, slot_id=slot.id, person_id=person_id)


def _later_is_due(uow: UnitOfWork, request: Request, slot: RequestSlot, timer: Timer) -> bool:
    query = select(Timer).where(
        Timer.subject == subject(request.id), Timer.status == "pending", col(Timer.due_at) <= uow.now, Timer.id != timer.id
    )
    for other in uow.session.exec(query):
        same = other.payload.get("slot_id") == slot.id
        again = other.kind == "request.remind" and other.payload.get("person_id") == timer.payload["person_id"]
        if same and (again or other.kind in ("request.escalate", "request.expire")):
            return True
    return False


def _escalate(uow: UnitOfWork, request: Request, slot: RequestSlot) -> None:
    """Ask others too. Nobody there: the fallback, then the admins; time alone never approves anything."""
    scene = scene_of(uow, request)
    names = [slot.timing.get("escalate_to"), slot.timing.get("fallback"), ADMINS]
    known = deciders(slot)
    asked = next((name for name in names if name and set(people_named(uow, name, scene)) - known), None)
    added = [person for person in people_named(uow, asked, scene) if person not in known] if asked else []
    slot.candidates = [*slot.candidates, *added]
    slot.escalated_at = uow.now
    slot.considered = [
        *slot.considered,
        *({"by": f"escalated to {asked}", "person_id": one, "why_not": None} for one in added),
    ]
    if not added:
        slot.note = "Nobody else is there to escalate to; it waits for who was asked."
    uow.session.add(slot)
    change(uow, request, RequestStatus.pending)
    audit(uow, request, "escalated", None, before=RequestStatus.pending, slot_id=slot.id, to=asked, person_ids=added)
    announce.approval_needed(uow, request, slot, added)
    announce.update(uow, request, "escalated", slot_id=slot.id)
    announce.refresh(uow, request)


def _expire(uow: UnitOfWork, request: Request, slot: RequestSlot) -> None:
    """A slot that ran out of time ends the request, unless another of an `any` stage may still pass it."""
    stage = uow.session.get(RequestStage, slot.stage_id)
    if stage is not None and stage.join == "any":
        query = select(Timer.id).where(
            Timer.subject == subject(request.id), Timer.kind == "request.expire", Timer.status == "pending"
        )
        if uow.session.exec(query).first() is not None:
            return
    end(uow, request, RequestStatus.expired, None, "Nobody decided in time.")
