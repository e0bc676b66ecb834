"""How a request ends without a decision: withdrawn by the requester, or expired."""

from storage.directory import record_of
from storage.models import Request
from storage.org import load_org, today
from storage.types import RequestStatus
from storage.unit_of_work import UnitOfWork
from workflows.errors import Conflict, NotAllowed
from workflows.requests import announce, fulfil, reservations
from workflows.requests.chain import close_chain
from workflows.requests.decide import ending
from workflows.requests.records import audit, change, locked, name_of

ALIVE = (RequestStatus.pending, RequestStatus.approved)


def cancel(uow: UnitOfWork, actor_id: int, request_id: str, reason: str = "", channel: str = "") -> Request:
    """By the requester, who would get it, or an admin, until it is granted. Cancelling twice is cancelling once.

    Raises NotAllowed, Conflict.
    """
    request = locked(uow, request_id)
    org = load_org(uow.session)
    record = record_of(uow.session, actor_id, today(org, uow.now))
    is_admin = record is not None and org.has_role(record.work_email, "admin")
    if actor_id not in (request.requester_id, request.beneficiary_id) and not is_admin:
        raise NotAllowed(f"Only {name_of(uow, request.requester_id, org)} or an admin can cancel R-{request.number}.")
    if request.status == RequestStatus.cancelled:
        return request
    if request.status not in ALIVE:
        raise Conflict(ending(uow, request, org))
    end(uow, request, RequestStatus.cancelled, actor_id, reason.strip(), channel)
    return request


def end(
    uow: UnitOfWork, request: Request, status: RequestStatus, actor_id: int | None, reason: str, channel: str = ""
) -> None:
    """Cancelled or expired: nothing is asked, held or granted for it any more. Raises Conflict when it moved on."""
    before = request.status
    close_chain(uow, request)
    change(
        uow, request, ALIVE, status=status.value, status_reason=reason, decided_at=uow.now, paused_at=None, expires_at=None
    )
    reservations.settle(uow, request, "released")
    fulfil.cancel_tasks(uow, request)
    audit(uow, request, status.value, actor_id, before=before, channel=channel)
    announce.update(uow, request, status.value, actor_id=actor_id)
    announce.refresh(uow, request)
