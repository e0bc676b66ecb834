"""A question back to the requester: the request's clocks stand still until it is answered."""

from sqlmodel import col, select

from storage.models import Request, RequestNote
from storage.org import load_org
from storage.types import RequestStatus
from storage.unit_of_work import UnitOfWork
from workflows.business_time import Duration, add_duration, calendar_for
from workflows.errors import Conflict, Invalid, NotAllowed
from workflows.requests import announce, clocks
from workflows.requests.chain import scene_of
from workflows.requests.decide import OwnRequest, ending
from workflows.requests.records import audit, change, deciders, locked, name_of, slots_of, stages_of, subject
from workflows.timers import set_timer

MAX_PAUSE = Duration(10, "working days")  # unanswered for so long, the request expires
MAX_TEXT = 2000


def ask_information(uow: UnitOfWork, actor_id: int, request_id: str, question: str, channel: str = "") -> RequestNote:
    """An approver whose turn it is asks the requester. The same open question of a person is one question.

    Raises Invalid, NotAllowed, Conflict.
    """
    request = locked(uow, request_id)
    question = question.strip()
    if not question or len(question) > MAX_TEXT:
        raise Invalid("Write what you want to know.", {"question": f"1 to {MAX_TEXT} characters"})
    org = load_org(uow.session)
    if request.status != RequestStatus.pending:
        raise Conflict(ending(uow, request, org))
    if actor_id in scene_of(uow, request, org).parties:
        raise OwnRequest("You cannot act as an approver of what is yours or for you.", subject=subject(request.id))
    stage = next((one for one in stages_of(uow, request) if one.status == "open"), None)
    slots = slots_of(uow, stage) if stage else []
    if not any(slot.status == "open" and actor_id in deciders(slot) for slot in slots):
        raise NotAllowed(f"R-{request.number} does not wait for you, so you cannot ask about it here.")
    for note in open_notes(uow, request):
        if note.asked_by_id == actor_id and note.question == question:
            return note
    note = RequestNote(request_id=request.id, asked_by_id=actor_id, question=question, asked_at=uow.now)
    uow.session.add(note)
    uow.session.flush()
    if request.paused_at is None:
        clocks.pause(uow, request)
        _limit_pause(uow, request, note)
    change(uow, request, RequestStatus.pending, paused_at=request.paused_at or uow.now)
    audit(uow, request, "information_asked", actor_id, before=RequestStatus.pending, channel=channel, note_id=note.id)
    announce.to_person(uow, request, "info_asked", request.requester_id, f"{note.id}", note_id=note.id)
    announce.update(uow, request, "info_asked", note_id=note.id, actor_id=actor_id)
    announce.refresh(uow, request)
    return note


def _limit_pause(uow: UnitOfWork, request: Request, note: RequestNote) -> None:
    org = load_org(uow.session)
    due = add_duration(uow.now, MAX_PAUSE, calendar_for(org, None))
    set_timer(
        uow, "request.expire", key=f"{clocks.PAUSE_KEY}{note.id}", subject=subject(request.id), due_at=due,
        payload={"request_id": request.id, "paused": True},
    )  # fmt: skip


def answer(uow: UnitOfWork, actor_id: int, request_id: str, text: str, channel: str = "") -> Request:
    """The requester (or who will have it) answers every open question at once; the clocks go on.

    Raises Invalid, NotAllowed, Conflict when nothing is asked.
    """
    request = locked(uow, request_id)
    text = text.strip()
    if not text or len(text) > MAX_TEXT:
        raise Invalid("Write an answer.", {"answer": f"1 to {MAX_TEXT} characters"})
    if actor_id not in (request.requester_id, request.beneficiary_id):
        raise NotAllowed(f"Only {name_of(uow, request.requester_id)} can answer for R-{request.number}.")
    org = load_org(uow.session)
    if request.status != RequestStatus.pending:
        raise Conflict(ending(uow, request, org))
    notes = open_notes(uow, request)
    if not notes:
        raise Conflict(f"Nothing is asked about R-{request.number} (any more).")
    for note in notes:
        note.answer, note.answered_by_id, note.answered_at = text, actor_id, uow.now
        uow.session.add(note)
    if request.paused_at is not None:
        clocks.end_pause(uow, request)
        expiry = clocks.resume(uow, request)
        change(uow, request, RequestStatus.pending, paused_at=None, expires_at=expiry or request.expires_at)
    else:
        change(uow, request, RequestStatus.pending)
    audit(uow, request, "information_given", actor_id, before=RequestStatus.pending, channel=channel,
          note_ids=[note.id for note in notes])  # fmt: skip
    for asker in {note.asked_by_id for note in notes}:
        announce.to_person(uow, request, "reminder", asker, f"answered:{notes[-1].id}", event="answered")
    announce.refresh(uow, request)
    return request


def open_notes(uow: UnitOfWork, request: Request) -> list[RequestNote]:
    query = select(RequestNote).where(RequestNote.request_id == request.id, col(RequestNote.answered_at).is_(None))
    return list(uow.session.exec(query.order_by(col(RequestNote.id))))
