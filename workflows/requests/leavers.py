"""After the directory changed: approvers who left are replaced, requests of people who left are cancelled."""

from dataclasses import dataclass

from sqlmodel import col, select

from storage.directory import is_employed, manager_id_of, record_of
from storage.models import Request, RequestSlot, RequestStage, Task
from storage.org import load_org, today
from storage.types import RequestStatus
from storage.unit_of_work import UnitOfWork
from workflows.requests import announce, clocks
from workflows.requests.approvers import Scene
from workflows.requests.chain import adopt, resolve_again, scene_of
from workflows.requests.ends import ALIVE, end
from workflows.requests.fulfil import reassign_task
from workflows.requests.records import audit, change, deciders, decisions_of, locked


@dataclass(frozen=True)
class LeaverReport:
    """Numbers of requests (R-…) that were touched."""

    cancelled: tuple[int, ...]
    reassigned: tuple[int, ...]

    def plus(self, other: "LeaverReport") -> "LeaverReport":
        return LeaverReport((*self.cancelled, *other.cancelled), (*self.reassigned, *other.reassigned))


def after_people_import(uow: UnitOfWork) -> LeaverReport:
    """Safe to run at any time and twice; also finds admins for what waits for them, and people whose last day has passed."""
    report = LeaverReport((), ())
    ids = alive_requests(uow)
    for request_id in ids:  # every lock before the first audit row, whose lock others take last
        locked(uow, request_id)
    for request_id in ids:
        report = report.plus(follow_request(uow, request_id))
    return report


def alive_requests(uow: UnitOfWork) -> list[str]:
    query = select(Request.id).where(col(Request.status).in_([status.value for status in ALIVE]))
    return list(uow.session.exec(query.order_by(col(Request.number))))


def follow_request(uow: UnitOfWork, request_id: str) -> LeaverReport:
    """One request after the directory as it is today."""
    request = locked(uow, request_id)
    if request.status not in ALIVE:
        return LeaverReport((), ())
    if _party_left(uow, request):
        end(uow, request, RequestStatus.cancelled, None, "The person it was for, or who asked for it, left the company.")
        return LeaverReport((request.number,), ())
    return LeaverReport((), (request.number,) if _hand_over(uow, request) else ())


def _hand_over(uow: UnitOfWork, request: Request) -> bool:
    return _replace_leavers(uow, request) if request.status == RequestStatus.pending else _move_tasks(uow, request)


def _party_left(uow: UnitOfWork, request: Request) -> bool:
    day = today(load_org(uow.session), uow.now)
    return not all(
        is_employed(record_of(uow.session, person, day), day) for person in (request.requester_id, request.beneficiary_id)
    )


def _replace_leavers(uow: UnitOfWork, request: Request) -> bool:
    """In every slot that is not decided yet. Decisions made before leaving stand."""
    scene = scene_of(uow, request)
    query = (
        select(RequestSlot)
        .join(RequestStage, col(RequestStage.id) == RequestSlot.stage_id)
        .where(
            RequestSlot.request_id == request.id,
            RequestStage.round == request.round,
            col(RequestSlot.status).in_(("open", "waiting")),
        )
        .order_by(col(RequestSlot.id))
    )
    changed = False
    for slot in uow.session.exec(query).all():
        before = set(slot.candidates)
        if not _replace_in(uow, request, slot, scene):
            continue
        changed = True
        audit(uow, request, "reassigned", None, before=RequestStatus.pending, slot_id=slot.id,
              from_ids=sorted(before - set(slot.candidates)), to_ids=sorted(set(slot.candidates) - before))  # fmt: skip
        if slot.status == "open":
            announce.approval_needed(uow, request, slot, [one for one in slot.candidates if one not in before])
            clocks.start(uow, request, slot, scene.org)
    if changed:
        change(uow, request, RequestStatus.pending)
        announce.refresh(uow, request)
    return changed


def _replace_in(uow: UnitOfWork, request: Request, slot: RequestSlot, scene: Scene) -> bool:
    """A leaver's manager takes over; where too few are left, whoever the rule or its fallback names today."""
    decided = {decision.person_id for decision in decisions_of(uow, request)}
    gone = [person for person in deciders(slot) if person not in decided and not _here(uow, person, scene)]
    if not gone and slot.candidates:
        return False
    left = [person for person in slot.candidates if person not in gone]
    for person in gone:
        manager = _manager_here(uow, person, scene)
        if person in slot.candidates and manager is not None and manager not in left:
            left.append(manager)
            slot.considered = [*slot.considered, {"by": "manager of who left", "person_id": manager, "why_not": None}]
    slot.considered = [
        *slot.considered,
        *({"by": slot.approver, "person_id": one, "why_not": "left the company"} for one in gone),
    ]
    slot.silent = [person for person in slot.silent if person not in gone]
    before, slot.candidates = slot.candidates, left
    if len(deciders(slot)) < slot.quorum or not left:
        kept = slot.candidates
        adopt(slot, resolve_again(uow, slot, scene))
        slot.candidates = [*kept, *(person for person in slot.candidates if person not in kept)]
    uow.session.add(slot)
    uow.session.flush()
    return slot.candidates != before or bool(gone)


def _here(uow: UnitOfWork, person_id: int, scene: Scene) -> bool:
    return is_employed(record_of(uow.session, person_id, scene.day), scene.day)


def _manager_here(uow: UnitOfWork, person_id: int, scene: Scene) -> int | None:
    manager = manager_id_of(uow.session, person_id, scene.day)
    if manager is None or manager in scene.parties or not _here(uow, manager, scene):
        return None
    return manager


def _move_tasks(uow: UnitOfWork, request: Request) -> bool:
    """Open tasks of people who left go to who would get them today."""
    day = today(load_org(uow.session), uow.now)
    moved = False
    for task in uow.session.exec(select(Task).where(Task.request_id == request.id, Task.status == "open")).all():
        if not is_employed(record_of(uow.session, task.assignee_id, day), day):
            moved = reassign_task(uow, request, task) or moved
    return moved
