"""Verification: any edit, insertion, deletion or reordering of audit rows, and a tail cut before a checkpoint."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, col, select

from storage.models import AuditHead, AuditRow
from workflows.audit.checkpoint import Checkpoint
from workflows.audit.trail import GENESIS, row_hash


@dataclass(frozen=True)
class Verification:
    """`problems` names the first bad row of each kind; `compared` counts checkpoints that agree with the trail."""

    rows: int
    head: str
    compared: int
    problems: list[str] = field(default_factory=list)

    @property
    def intact(self) -> bool:
        return not self.problems


def verify(session: Session, checkpoints: Sequence[Checkpoint], trusted_key: str | None) -> Verification:
    """Read the whole trail once, in bounded memory. `trusted_key` None = signatures are not checked against a known key."""
    wanted = {checkpoint.seq: checkpoint for checkpoint in checkpoints}
    table = AuditRow.__table__  # type: ignore[attr-defined]
    stream = session.connection().execution_options(stream_results=True, yield_per=5000)
    with stream.execute(select(*table.columns).order_by(col(AuditRow.seq))) as found:
        rows, previous, agreed, problems = _walk(found, wanted)
    if not problems:
        problems += _tail(session, rows, previous, wanted)
    problems += _signatures(checkpoints, trusted_key)
    return Verification(rows, previous, agreed, problems)


def _walk(found: Iterable[Any], wanted: dict[int, Checkpoint]) -> tuple[int, str, int, list[str]]:
    """Rows read, the last good hash, checkpoints that agree (taken out of `wanted`), and the first problem."""
    rows, previous, agreed = 0, GENESIS, 0
    for row in found:
        rows += 1
        if row.seq != rows:
            return rows, previous, agreed, [f"row {rows} is missing: the next row is {row.seq}"]
        if row.prev_hash != previous:
            problem = f"row {row.seq} does not follow row {row.seq - 1}: a row was changed, removed or put in"
            return rows, previous, agreed, [problem]
        if row_hash(row) != row.hash:
            problem = f"row {row.seq} ({row.action} of {row.subject}) was changed after it was written"
            return rows, previous, agreed, [problem]
        previous = row.hash
        checkpoint = wanted.pop(row.seq, None)
        if checkpoint is not None and checkpoint.head_hash != row.hash:
            problem = f"row {row.seq} differs from the checkpoint of {checkpoint.created_at}: history was rewritten"
            return rows, previous, agreed, [problem]
        agreed += checkpoint is not None
    return rows, previous, agreed, []


def _tail(session: Session, rows: int, last_hash: str, beyond: dict[int, Checkpoint]) -> list[str]:
    problems = []
    head = session.exec(select(AuditHead).where(AuditHead.id == 1)).first()
    if (head.seq, head.hash) != (rows, last_hash) if head is not None else rows > 0:
        problems.append(f"the head names row {head.seq if head else 'none'}, the trail ends at row {rows}: the tail was cut")
    for checkpoint in beyond.values():
        problems.append(
            f"the checkpoint of {checkpoint.created_at} saw row {checkpoint.seq}, the trail ends at row {rows}: "
            "the tail was cut"
        )
    return problems[:2]


def _signatures(checkpoints: Sequence[Checkpoint], trusted_key: str | None) -> list[str]:
    forged = [item for item in checkpoints if not item.is_signed_by(trusted_key or item.public_key)]
    return [f"the checkpoint of {item.created_at} (row {item.seq}) is not signed by the trusted key" for item in forged[:1]]
