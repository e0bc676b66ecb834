"""Requests found by number and listed for administrators."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select

from storage.models import Request
from storage.org import load_org
from storage.types import Money
from storage.unit_of_work import UnitOfWork
from workflows.requests.facts import yearly
from workflows.requests.records import name_of
from workflows.requests.views import status_line


@dataclass(frozen=True)
class RequestRow:
    request_id: str
    number: int
    kind: str
    tool: str
    requester: str
    beneficiary: str
    seats: int
    status: str
    status_line: str
    annual: Money | None
    created_at: datetime
    decided_at: datetime | None
    reason: str


def find_request(uow: UnitOfWork, text: str) -> Request | None:
    """By number (R-1042, r1042, 1042) or id."""
    number = re.fullmatch(r"[Rr]?-?(\d{1,9})", text.strip())
    found = uow.session.exec(select(Request).where(Request.number == int(number[1]))).first() if number else None
    return found or uow.session.get(Request, text.strip())


def list_requests(uow: UnitOfWork, status: str | None = None) -> list[RequestRow]:
    """Newest first."""
    org = load_org(uow.session)
    query = select(Request).order_by(col(Request.number).desc())
    if status:
        query = query.where(Request.status == status)
    return [
        RequestRow(
            request_id=one.id,
            number=one.number,
            kind=one.kind,
            tool=one.tool_name,
            requester=name_of(uow, one.requester_id, org),
            beneficiary=name_of(uow, one.beneficiary_id, org),
            seats=one.seats,
            status=one.status,
            status_line=status_line(uow, one, org),
            annual=yearly(one),
            created_at=one.created_at,
            decided_at=one.decided_at,
            reason=one.reason,
        )
        for one in uow.session.exec(query)
    ]
