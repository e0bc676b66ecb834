"""Loading requests under a lock, changing them by conditional update, and recording each change in the audit trail."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select, update

from storage.directory import record_of
from storage.models import AuditHead, ConfigDocument, Decision, Request, RequestSlot, RequestStage
from storage.org import OrgSettings, load_org, today
from storage.unit_of_work import UnitOfWork
from storage.yaml_source import SourceErrors
from workflows.audit import trail
from workflows.errors import Conflict, NotFound
from workflows.policy.compile import parse_policy, policy_hash
from workflows.policy.load import load_policy
from workflows.policy.model import Policy


def subject(request_id: str) -> str:
    return f"request:{request_id}"


def serialise(uow: UnitOfWork) -> None:
    """One at a time from here to the commit: requests that draw on the same budget or seats see each other.

    It is the audit head's lock, which every change takes anyhow; on SQLite the writing transaction is alone already.
    """
    if uow.session.exec(select(AuditHead).where(AuditHead.id == 1).with_for_update()).first() is None:
        try:
            with uow.session.begin_nested():
                uow.session.execute(insert(AuditHead).values(id=1, seq=0, hash=trail.GENESIS))
        except IntegrityError:
            pass  # another transaction wrote the first row meanwhile
        uow.session.exec(select(AuditHead).where(AuditHead.id == 1).with_for_update()).first()


def locked(uow: UnitOfWork, request_id: str) -> Request:
    """The request as it is now, kept from others until the transaction ends. Raises NotFound."""
    query = select(Request).where(Request.id == request_id).with_for_update()
    request = uow.session.exec(query, execution_options={"populate_existing": True}).first()
    if request is None:
        raise NotFound("This request does not exist (any more).")
    return request


def change(uow: UnitOfWork, request: Request, seen: str | Sequence[str], **values: Any) -> None:
    """Set `values` where the request still has the status and revision it was read with. Raises Conflict otherwise."""
    statuses = [seen] if isinstance(seen, str) else list(seen)
    query = (
        update(Request)
        .where(col(Request.id) == request.id, col(Request.status).in_(statuses), col(Request.revision) == request.revision)
        .values(revision=request.revision + 1, **values)
        .execution_options(synchronize_session=False)
    )
    if uow.session.exec(query).rowcount != 1:
        raise Conflict("The request changed in this moment. Nothing was recorded; look at it again.")
    uow.session.refresh(request)


def audit(
    uow: UnitOfWork, request: Request, action: str, actor: int | None, *, channel: str = "", before: str = "", **more: Any
) -> None:
    """One row for a change of `request`: its state before and after, bound to content and policy."""
    payload = {
        "before": before,
        "after": request.status,
        "revision": request.revision,
        "content_hash": request.content_hash,
        "policy_hash": request.policy_hash,
        **more,
    }
    trail.append(uow, f"request.{action}", subject=subject(request.id), actor=actor, payload=payload, channel=channel)


def stages_of(uow: UnitOfWork, request: Request) -> list[RequestStage]:
    """The chain of the present round, in order."""
    query = select(RequestStage).where(RequestStage.request_id == request.id, RequestStage.round == request.round)
    return list(uow.session.exec(query.order_by(col(RequestStage.position))))


def slots_of(uow: UnitOfWork, stage: RequestStage) -> list[RequestSlot]:
    query = select(RequestSlot).where(RequestSlot.stage_id == stage.id).order_by(col(RequestSlot.position))
    return list(uow.session.exec(query))


def decisions_of(uow: UnitOfWork, request: Request) -> list[Decision]:
    """Those that count: of the present round."""
    query = select(Decision).where(Decision.request_id == request.id, Decision.round == request.round)
    return list(uow.session.exec(query.order_by(col(Decision.id))))


def deciders(slot: RequestSlot) -> set[int]:
    return {*slot.candidates, *slot.silent}


def frozen_policy(uow: UnitOfWork, request: Request, org: OrgSettings) -> Policy:
    """The policy the request was made under; the one in force when its text is not kept any more."""
    present = load_policy(uow.session, org)
    if present.hash == request.policy_hash:
        return present
    for document in uow.session.exec(select(ConfigDocument).where(ConfigDocument.kind == "policy")):
        if policy_hash(document.text) == request.policy_hash:
            try:
                return parse_policy(document.text, document.source)
            except SourceErrors:
                break
    return present


def name_of(uow: UnitOfWork, person_id: int | None, org: OrgSettings | None = None) -> str:
    """As people call them; Bursar itself for None."""
    if person_id is None:
        return "Bursar"
    day = today(org or load_org(uow.session), uow.now)
    record = record_of(uow.session, person_id, day)
    return record.display_name if record else "somebody who is not in the directory"


def when(org: OrgSettings, instant: datetime | None) -> str:
    """An instant in the company's zone, for people."""
    return instant.astimezone(org.zone).strftime("%Y-%m-%d %H:%M") if instant else "an unknown time"
