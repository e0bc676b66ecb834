"""What people are told about a request. Only kinds and ids: the words are made when it is sent (bot/notices)."""

from collections.abc import Iterable
from typing import Any

from storage.models import Request, RequestSlot, Task
from storage.unit_of_work import UnitOfWork
from workflows.notify import notify, refresh_cards
from workflows.requests.records import subject

MAX_ASKED = 20  # people of one slot who get a card


def thread(uow: UnitOfWork, request: Request) -> None:
    """The request's card: in the channel it was made in, else in the requester's direct message."""
    notify(uow, "request_thread", key=f"request_thread:{request.id}", subject=subject(request.id), **_home(request))


def update(uow: UnitOfWork, request: Request, event: str, **ids: Any) -> None:
    """A step, told to the requester in the request's thread."""
    notify(
        uow,
        "request_update",
        key=f"request_update:{request.id}:{event}:{request.revision}",
        subject=subject(request.id),
        payload={"event": event, "requester_id": request.requester_id, **ids},
        **_home(request),
    )


def approval_needed(uow: UnitOfWork, request: Request, slot: RequestSlot, people: Iterable[int]) -> None:
    """To each of them, of a crowd only to as many as may be needed: the others may decide, and are not disturbed."""
    for person_id in list(people)[: max(MAX_ASKED, slot.quorum)]:
        notify(
            uow,
            "approval_needed",
            key=f"approval_needed:{request.id}:{request.round}:{slot.id}:{person_id}",
            subject=subject(request.id),
            person_id=person_id,
            payload={"slot_id": slot.id},
        )


def to_person(uow: UnitOfWork, request: Request, kind: str, person_id: int, key: str, **ids: Any) -> None:
    """A notice that does not belong into the thread: inform, info_asked, reminder."""
    notify(
        uow,
        kind,
        key=f"{kind}:{request.id}:{key}:{person_id}",
        subject=subject(request.id),
        person_id=person_id,
        payload=ids,
        at_most_once=kind == "reminder",
    )


def task_open(uow: UnitOfWork, task: Task) -> None:
    notify(
        uow,
        "task_open",
        key=f"task_open:{task.id}:{task.assignee_id}",
        subject=f"task:{task.id}",
        person_id=task.assignee_id,
        payload={"request_id": task.request_id},
    )


def refresh_task(uow: UnitOfWork, task: Task) -> None:
    refresh_cards(uow, f"task:{task.id}", f"{task.revision}:{task.status}")


def refresh(uow: UnitOfWork, request: Request) -> None:
    refresh_cards(uow, subject(request.id), request.revision)


def _home(request: Request) -> dict[str, Any]:
    origin = request.origin
    if origin and origin.get("kind") in ("public", "private"):
        return {"conversation": origin}
    return {"person_id": request.requester_id}
