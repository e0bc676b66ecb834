"""The frozen chain: laid down when a request is made, opened stage after stage, and counted after each decision."""

from storage.models import Request, RequestSlot, RequestStage, Tool
from storage.org import OrgSettings, load_org, today
from storage.unit_of_work import UnitOfWork
from workflows.policy.model import Policy
from workflows.policy.rules import RoutedStage
from workflows.requests import announce, clocks
from workflows.requests.approvers import Resolved, Scene, resolve
from workflows.requests.records import change, deciders, decisions_of, frozen_policy, slots_of, stages_of


def scene_of(uow: UnitOfWork, request: Request, org: OrgSettings | None = None, policy: Policy | None = None) -> Scene:
    """What its approver names point at today."""
    org = org or load_org(uow.session)
    budget = (request.facts.get("basis") or {}).get("budget")
    return Scene(
        org=org,
        policy=policy or frozen_policy(uow, request, org),
        day=today(org, uow.now),
        requester_id=request.requester_id,
        beneficiary_id=request.beneficiary_id,
        tool=uow.session.get(Tool, request.tool_id) if request.tool_id is not None else None,
        budget_scope=(budget["scope_type"], budget["scope"]) if budget else None,
    )


def freeze(uow: UnitOfWork, request: Request, stages: tuple[RoutedStage, ...], scene: Scene, first: int = 0) -> None:
    """Write the chain with everybody considered; `first` is the position of its first stage (later rounds follow on)."""
    for position, routed in enumerate(stages, first):
        stage = RequestStage(request_id=request.id, position=position, round=request.round, join=routed.join)
        uow.session.add(stage)
        uow.session.flush()
        for place, (approver, rule_id) in enumerate(zip(routed.approvers, routed.rule_ids, strict=True)):
            found = resolve(uow, approver, scene)
            uow.session.add(
                RequestSlot(
                    request_id=request.id,
                    stage_id=stage.id or 0,
                    position=place,
                    approver=approver.name,
                    rule_id=rule_id,
                    quorum=approver.quorum,
                    candidates=found.candidates,
                    silent=found.silent,
                    considered=found.considered,
                    timing=clocks.timing_json(approver) | {"silent": list(approver.silent)},
                    note=found.note,
                )
            )
    uow.session.flush()


def resolve_again(uow: UnitOfWork, slot: RequestSlot, scene: Scene) -> Resolved:
    """Who the slot's rule stands for today."""
    return resolve(uow, clocks.approver_of(slot, slot.timing.get("silent") or ()), scene)


def advance(uow: UnitOfWork, request: Request, scene: Scene) -> tuple[bool, list[RequestStage]]:
    """Close what is decided and open what follows, on past stages that people already approved (each counts once).

    Returns (whether the whole chain is approved, the stages that were completed by this).
    """
    approved = {decision.person_id for decision in decisions_of(uow, request) if decision.verdict == "approve"}
    completed: list[RequestStage] = []
    opened: RequestStage | None = None
    for stage in stages_of(uow, request):
        if stage.status == "approved":
            continue
        if stage.status == "waiting":
            _open(uow, stage, scene)
            opened = stage
        if not _count(uow, stage, approved):
            if opened is not None:
                _begin(uow, request, opened, approved, scene)
            return False, completed
        completed.append(stage)
    return True, completed


def _open(uow: UnitOfWork, stage: RequestStage, scene: Scene) -> None:
    """People who cannot decide any more are replaced before anybody is asked."""
    stage.status, stage.opened_at = "open", uow.now
    uow.session.add(stage)
    for slot in slots_of(uow, stage):
        slot.status = "open"
        still = resolve_again(uow, slot, scene)
        alive = {entry["person_id"] for entry in still.considered if entry["why_not"] is None}
        if not slot.candidates or not deciders(slot) <= alive:
            adopt(slot, still)
        uow.session.add(slot)
    uow.session.flush()


def adopt(slot: RequestSlot, found: Resolved) -> None:
    """Take over a new resolution; what was considered before stays on record."""
    slot.candidates, slot.silent, slot.note = found.candidates, found.silent, found.note
    slot.considered = [*slot.considered, *(entry for entry in found.considered if entry not in slot.considered)]


def _count(uow: UnitOfWork, stage: RequestStage, approved: set[int]) -> bool:
    """Mark the slots that have their quorum; whether the stage is passed. What it leaves undecided is closed."""
    slots = slots_of(uow, stage)
    for slot in slots:
        if slot.status == "open" and len(approved & deciders(slot)) >= slot.quorum:
            slot.status = "approved"
            uow.session.add(slot)
    passed = [slot.status == "approved" for slot in slots]
    if not (any(passed) if stage.join == "any" else all(passed)):
        uow.session.flush()
        return False
    stage.status, stage.closed_at = "approved", uow.now
    uow.session.add(stage)
    close_slots(uow, slots)
    return True


def close_slots(uow: UnitOfWork, slots: list[RequestSlot]) -> None:
    for slot in slots:
        if slot.status in ("open", "waiting"):
            slot.status = "closed"
            uow.session.add(slot)
    uow.session.flush()


def _begin(uow: UnitOfWork, request: Request, stage: RequestStage, approved: set[int], scene: Scene) -> None:
    """Ask the people of a stage that has opened and start its clocks; those of the stage before end."""
    clocks.stop(uow, request)
    expiries = []
    for slot in slots_of(uow, stage):
        if slot.status == "open":
            announce.approval_needed(uow, request, slot, [person for person in slot.candidates if person not in approved])
            expiries.append(clocks.start(uow, request, slot, scene.org))
    known = [expiry for expiry in expiries if expiry is not None]
    pick = max if stage.join == "any" else min
    change(uow, request, "pending", expires_at=pick(known) if known else None, paused_at=None)


def close_chain(uow: UnitOfWork, request: Request, denied_slot: int | None = None) -> None:
    """The request ended: what is open or waiting is closed, its clocks stopped."""
    clocks.stop(uow, request)
    for stage in stages_of(uow, request):
        slots = slots_of(uow, stage)
        for slot in slots:
            if slot.id == denied_slot:
                slot.status = "denied"
                uow.session.add(slot)
        if stage.status in ("open", "waiting"):
            stage.status = "denied" if any(slot.id == denied_slot for slot in slots) else "closed"
            stage.closed_at = uow.now
            uow.session.add(stage)
        close_slots(uow, slots)
