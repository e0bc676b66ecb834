"""The audit trail: every change appends one row, chained by hash, in the change's own transaction.

hash = SHA-256(prev_hash ‖ seq ‖ SHA-256(canonical JSON of the row)); the head row is locked while appending, so that
two replicas cannot fork the chain.
"""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlmodel import select

from storage.models import AuditHead, AuditRow
from storage.unit_of_work import UnitOfWork

GENESIS = "0" * 64


def append(
    uow: UnitOfWork,
    action: str,
    *,
    subject: str,
    actor: int | None,
    payload: dict[str, Any] | None = None,
    channel: str = "",
    on_behalf_of: int | None = None,
) -> AuditRow:
    """`actor` None = Bursar itself. The payload holds ids and hashes, JSON values only: no names, no secrets."""
    head = uow.session.exec(select(AuditHead).where(AuditHead.id == 1).with_for_update()).first()
    if head is None:
        head = AuditHead(id=1, seq=0, hash=GENESIS)
        uow.session.add(head)
    row = AuditRow(
        seq=head.seq + 1,
        at=uow.now,
        actor_person_id=actor,
        on_behalf_of_person_id=on_behalf_of,
        action=action,
        subject=subject,
        channel=channel,
        payload=json.loads(canonical(payload or {})),
        prev_hash=head.hash,
        hash="",
    )
    row.hash = row_hash(row)
    head.seq, head.hash = row.seq, row.hash
    uow.session.add(row)
    uow.session.flush()
    return row


class Chained(Protocol):
    """The columns of an audit row, whether read as a model or as a plain result row."""

    seq: int
    at: datetime
    actor_person_id: int | None
    on_behalf_of_person_id: int | None
    action: str
    subject: str
    channel: str
    payload: dict[str, Any]
    prev_hash: str
    hash: str


def row_hash(row: Chained) -> str:
    """The hash `row` must have after its `prev_hash`."""
    content = {
        "at": row.at.astimezone(UTC).isoformat(),
        "actor": row.actor_person_id,
        "on_behalf_of": row.on_behalf_of_person_id,
        "action": row.action,
        "subject": row.subject,
        "channel": row.channel,
        "payload": row.payload,
    }
    inner = hashlib.sha256(canonical(content).encode()).hexdigest()
    return hashlib.sha256(f"{row.prev_hash}{row.seq}{inner}".encode()).hexdigest()


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces; instants as ISO 8601, other types as text."""

    def default(item: Any) -> str:
        return item.isoformat() if isinstance(item, datetime) else str(item)

    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=default)
