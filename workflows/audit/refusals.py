"""Refused attempts in the audit trail (self-approval, decisions of the unauthorised)."""

from storage.unit_of_work import UnitOfWork
from workflows.audit.trail import append
from workflows.errors import NotAllowed, WorkflowError


def record_refusal(uow: UnitOfWork, actor_id: int | None, error: WorkflowError, channel: str = "") -> None:
    """Append the attempt when it was forbidden and names its subject; other refusals are no audit matter."""
    if isinstance(error, NotAllowed) and error.subject is not None:
        append(uow, "attempt.refused", subject=error.subject, actor=actor_id, channel=channel)
