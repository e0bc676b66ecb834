"""What cards, lists and the home page show of requests: typed read models, with what the viewer may do."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlmodel import col, or_, select

from storage.directory import is_employed, record_of
from storage.models import Decision, Request, RequestNote, RequestSlot, RequestStage, Task, Tool
from storage.org import OrgSettings, load_org, today
from storage.seats import seat_position
from storage.types import Money, RequestStatus
from storage.unit_of_work import UnitOfWork
from workflows.errors import NotFound
from workflows.requests.cards import (
    Action,
    BudgetView,
    NoteView,
    PersonView,
    RequestCard,
    SlotView,
    StageView,
    TaskView,
    Waiting,
)
from workflows.requests.decide import seen_token, waits_for
from workflows.requests.facts import tool_status, yearly
from workflows.requests.records import deciders, decisions_of, name_of, slots_of, stages_of, when
from workflows.seats.settings import idle_rules

__all__ = [
    "Action",
    "BudgetView",
    "NoteView",
    "PersonView",
    "RequestCard",
    "SlotView",
    "StageView",
    "TaskView",
    "Waiting",
    "may_see_details",
    "my_requests",
    "request_card",
    "status_line",
    "task_view",
    "waiting_for",
]


@dataclass
class _People:
    """Names of people, each looked up once."""

    uow: UnitOfWork
    org: OrgSettings
    known: dict[int, PersonView] = field(default_factory=dict)

    def __call__(self, person_id: int) -> PersonView:
        if person_id not in self.known:
            day = today(self.org, self.uow.now)
            record = record_of(self.uow.session, person_id, day)
            left = not is_employed(record, day)
            self.known[person_id] = (
                PersonView(person_id, record.display_name, record.work_email, record.department, left)
                if record
                else PersonView(person_id, f"person {person_id}", "", "", left)
            )
        return self.known[person_id]


def request_card(uow: UnitOfWork, request_id: str, viewer_id: int | None) -> RequestCard:
    """`viewer_id` None = shown in a channel: no money, no data, no actions of anyone's. Raises NotFound."""
    request = uow.session.get(Request, request_id)
    if request is None:
        raise NotFound("This request does not exist (any more).")
    org = load_org(uow.session)
    people = _People(uow, org)
    stages = stages_of(uow, request)
    open_stage = next((stage for stage in stages if stage.status == "open"), None)
    pending = request.status == RequestStatus.pending
    task = _grant_task(uow, request)
    full = viewer_id is not None and may_see_details(uow, request, viewer_id, org)
    tool = uow.session.get(Tool, request.tool_id) if request.tool_id is not None else None
    card = {
        "request_id": request.id,
        "number": request.number,
        "kind": request.kind,
        "tool": tool.name if tool else request.tool_name,
        "tool_id": request.tool_id,
        "tool_status": tool_status(uow, tool),
        "requester": people(request.requester_id),
        "beneficiary": people(request.beneficiary_id),
        "status": request.status,
        "status_line": status_line(uow, request, org),
        "status_reason": request.status_reason if full else "",
        "revision": request.revision,
        "seen": seen_token(request, open_stage),
        "created_at": request.created_at,
        "decided_at": request.decided_at,
        "expires_at": request.expires_at,
        "paused": request.paused_at is not None,
        "full": full,
        "next_up": tuple(people(person) for person in _waiting_people(uow, open_stage)) if pending and open_stage else (),
        "actions": _actions(uow, request, open_stage, task, viewer_id, org),
        "alternatives": tuple(_alternatives(request, tool)),
    }
    if full:
        card |= _details(uow, request, stages, tool, task, people)
    return RequestCard(**card)  # type: ignore[arg-type]


def _details(
    uow: UnitOfWork, request: Request, stages: list[RequestStage], tool: Tool | None, task: Task | None, people: _People
) -> dict[str, Any]:
    basis = request.facts.get("basis") or {}
    # Seats are a fact for the decision; afterwards the card is a record, and they go on changing.
    position = _position(uow, tool, people.org) if request.status == RequestStatus.pending else None
    monthly = request.monthly_value
    return {
        "reason": request.reason,
        "seats": request.seats,
        "plan": request.plan,
        "duration_days": request.duration_days,
        "data_classes": tuple(request.data_classes),
        "annual": yearly(request),
        "monthly": Money.of(monthly, request.currency) if monthly is not None and request.currency else None,
        "annual_base": _money(basis.get("annual_base")),
        "price_source": basis.get("price") or "",
        "budget": _budget(basis.get("budget")),
        "free_seats": position.free if position else None,
        "idle_seats": position.idle if position else None,
        "similar_tools": tuple(basis.get("similar") or ()),
        "rules": tuple(request.matched_rules),
        "stages": tuple(_stage(uow, request, stage, people) for stage in stages),
        "notes": tuple(_notes(uow, request, people)),
        "task": _task_view(uow, task, people) if task else None,
        "moved": _moved(request, people),
    }


def _position(uow: UnitOfWork, tool: Tool | None, org: OrgSettings):  # type: ignore[no-untyped-def]
    if tool is None or tool.id is None:
        return None
    rules = idle_rules(uow.session, org)
    return seat_position(uow.session, tool.id, today(org, uow.now), org=org, rules=rules)


def _money(kept: dict[str, str] | None) -> Money | None:
    return Money.of(kept["amount"], kept["currency"]) if kept else None


def _budget(kept: dict[str, Any] | None) -> BudgetView | None:
    if not kept:
        return None
    currency, after = kept["currency"], kept["remaining_after"]
    return BudgetView(
        scope_type=kept["scope_type"],
        scope=kept["scope"],
        period=kept["period"],
        amount=Money.of(Decimal(kept["amount"]), currency),
        before=Money.of(Decimal(kept["remaining_before"]), currency),
        after=Money.of(Decimal(after), currency) if after is not None else None,
    )


def _stage(uow: UnitOfWork, request: Request, stage: RequestStage, people: _People) -> StageView:
    decisions = decisions_of(uow, request)
    return StageView(
        stage.position,
        stage.join,
        stage.status,
        tuple(_slot(slot, decisions, people) for slot in slots_of(uow, stage)),
    )


def _slot(slot: RequestSlot, decisions: list[Decision], people: _People) -> SlotView:
    by = [one for one in decisions if one.person_id in deciders(slot) or one.slot_id == slot.id]
    shown = by if slot.status not in ("waiting",) else []
    return SlotView(
        slot_id=slot.id or 0,
        approver=slot.approver,
        rule_id=slot.rule_id,
        quorum=slot.quorum,
        status=slot.status,
        people=tuple(people(person) for person in slot.candidates),
        decided=tuple((people(one.person_id), one.verdict, one.decided_at) for one in shown),
        considered=tuple(slot.considered),
        note=slot.note,
        escalated=slot.escalated_at is not None,
    )


def _notes(uow: UnitOfWork, request: Request, people: _People) -> list[NoteView]:
    query = select(RequestNote).where(RequestNote.request_id == request.id).order_by(col(RequestNote.id))
    return [NoteView(people(one.asked_by_id), one.question, one.asked_at, one.answer) for one in uow.session.exec(query)]


def _moved(request: Request, people: _People) -> str:
    then, now = request.facts.get("requester.department"), people(request.requester_id).department
    return f"{then} when it was made, now {now}" if then and now and then != now else ""


def _alternatives(request: Request, tool: Tool | None) -> list[str]:
    """Slugs that the catalogue suggests instead, when the rule that denied says so."""
    suggest = (request.facts.get("basis") or {}).get("suggest")
    return list((tool.details or {}).get("alternatives") or []) if tool and suggest else []


def _grant_task(uow: UnitOfWork, request: Request) -> Task | None:
    query = select(Task).where(Task.request_id == request.id, Task.status != "cancelled")
    return uow.session.exec(query.order_by(col(Task.created_at).desc(), col(Task.id))).first()


def _task_view(uow: UnitOfWork, task: Task, people: _People) -> TaskView:
    tool = uow.session.get(Tool, task.tool_id) if task.tool_id is not None else None
    request = uow.session.get(Request, task.request_id) if task.request_id else None
    return TaskView(
        task_id=task.id,
        kind=task.kind,
        status=task.status,
        assignee=people(task.assignee_id),
        for_person=people(task.for_person_id),
        seat_of=people(task.from_person_id) if task.from_person_id is not None else None,
        tool=tool.name if tool else (request.tool_name if request else ""),
        request_id=task.request_id,
        reason=task.reason,
        revision=task.revision,
        number=request.number if request else None,
    )


def task_view(uow: UnitOfWork, task_id: str) -> TaskView:
    """Raises NotFound."""
    task = uow.session.get(Task, task_id)
    if task is None:
        raise NotFound("This task does not exist (any more).")
    return _task_view(uow, task, _People(uow, load_org(uow.session)))


def may_see_details(uow: UnitOfWork, request: Request, viewer_id: int, org: OrgSettings) -> bool:
    """Parties, everybody in its chain, who has its task, finance and admins."""
    if viewer_id in (request.requester_id, request.beneficiary_id):
        return True
    query = select(RequestSlot).where(RequestSlot.request_id == request.id)
    if any(viewer_id in deciders(slot) for slot in uow.session.exec(query)):
        return True
    tasks = uow.session.exec(select(Task.assignee_id).where(Task.request_id == request.id)).all()
    record = record_of(uow.session, viewer_id, today(org, uow.now))
    return viewer_id in tasks or bool(record and any(org.has_role(record.work_email, r) for r in ("finance", "admin")))


def _waiting_people(uow: UnitOfWork, stage: RequestStage) -> list[int]:
    found = [person for slot in slots_of(uow, stage) if slot.status == "open" for person in slot.candidates]
    return list(dict.fromkeys(found))


def _actions(
    uow: UnitOfWork, request: Request, stage: RequestStage | None, task: Task | None, viewer_id: int | None, org: OrgSettings
) -> tuple[Action, ...]:
    """What the workflow would accept from the viewer now; it checks again."""
    if viewer_id is None:
        return ()
    actions: list[Action] = []
    party = viewer_id in (request.requester_id, request.beneficiary_id)
    decided = {decision.person_id for decision in decisions_of(uow, request)}
    if request.status == RequestStatus.pending and stage is not None and not party and viewer_id not in decided:
        open_slots = [slot for slot in slots_of(uow, stage) if slot.status == "open"]
        if any(viewer_id in deciders(slot) for slot in open_slots):
            actions += ["approve", "deny", "ask"]
    alive = request.status in (RequestStatus.pending, RequestStatus.approved)
    if party and alive:
        actions += ["answer"] if request.paused_at is not None else []
        actions += ["edit", "cancel"] if viewer_id == request.requester_id else ["cancel"]
    if task is not None and task.status == "open" and request.status == RequestStatus.approved:
        actions += ["grant", "cannot"] if viewer_id == task.assignee_id else []
    return tuple(actions)


def my_requests(uow: UnitOfWork, person_id: int, limit: int = 20) -> list[RequestCard]:
    """Made by or for the person, newest first."""
    query = select(Request.id).where(or_(Request.requester_id == person_id, Request.beneficiary_id == person_id))
    ids = uow.session.exec(query.order_by(col(Request.number).desc()).limit(limit)).all()
    return [request_card(uow, request_id, person_id) for request_id in ids]


def waiting_for(uow: UnitOfWork, person_id: int) -> Waiting:
    query = (
        select(RequestSlot, Request.number)
        .join(RequestStage, col(RequestStage.id) == RequestSlot.stage_id)
        .join(Request, col(Request.id) == RequestSlot.request_id)
        .where(RequestSlot.status == "open", RequestStage.status == "open", Request.status == RequestStatus.pending.value)
        .order_by(col(Request.number))
    )
    ids = dict.fromkeys(slot.request_id for slot, _ in uow.session.exec(query) if person_id in deciders(slot))
    cards = [request_card(uow, request_id, person_id) for request_id in ids]
    tasks = uow.session.exec(
        select(Task).where(Task.assignee_id == person_id, Task.status == "open").order_by(col(Task.created_at))
    ).all()
    people = _People(uow, load_org(uow.session))
    return Waiting(
        tuple(card for card in cards if "approve" in card.actions),
        tuple(_task_view(uow, task, people) for task in tasks),
    )


def status_line(uow: UnitOfWork, request: Request, org: OrgSettings | None = None) -> str:
    """Where the request stands, in one sentence without money or data."""
    org = org or load_org(uow.session)
    if request.status == RequestStatus.pending:
        if request.paused_at is not None:
            return "Waits for an answer from the requester."
        stage = next((one for one in stages_of(uow, request) if one.status == "open"), None)
        return f"Waits for {waits_for(uow, stage, org)}." if stage else "Waits."
    if request.status == RequestStatus.approved:
        task = _grant_task(uow, request)
        if task is not None and task.status == "cannot":
            return "Approved, but it could not be granted."
        return "Approved; it is being granted."
    if request.status == RequestStatus.fulfilled:
        return f"Granted on {when(org, request.fulfilled_at)}."
    at = when(org, request.decided_at)
    if request.status != RequestStatus.denied:
        return f"{request.status.capitalize()} on {at}."
    denial = next((one for one in decisions_of(uow, request) if one.verdict == "deny"), None)
    return f"Denied by {name_of(uow, denial.person_id, org) if denial else 'the policy'} on {at}."
