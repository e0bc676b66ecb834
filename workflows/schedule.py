"""What happens by the clock: jobs by cron line (workspace zone) and timers by the first word of their kind.

Each is safe to run twice and after a gap: a missed job runs once, for its latest planned instant.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlmodel import col, delete

from storage.models import JobRun, Timer
from storage.org import load_org
from storage.unit_of_work import Store, UnitOfWork
from workflows.asking.subscription_clock import tell_due
from workflows.asking.unanswered import forget, tell_admins
from workflows.audit.checkpoint import default_key_file, signing_key, take_checkpoint, write_checkpoint
from workflows.notify import notify
from workflows.people import people_with_role
from workflows.requests.timers import on_timer as on_request_timer
from workflows.requests.upkeep import follow_people
from workflows.seats.find_idle import sweep
from workflows.seats.timers import on_timer as on_idle_timer

RUNS_KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Job:
    """`cron` has five fields; `run` opens its own units of work, short ones."""

    name: str
    cron: str
    run: Callable[[Store], object]


def checkpoint_audit(store: Store) -> None:
    """Sign the trail's head; into BURSAR_AUDIT_DIR, else to every admin's direct message."""
    with store.write() as uow:
        checkpoint = take_checkpoint(uow, signing_key(default_key_file()))
        if checkpoint is None:
            return
        folder = os.environ.get("BURSAR_AUDIT_DIR")
        if not folder:
            for admin in people_with_role(uow.session, load_org(uow.session), "admin", uow.now):
                notify(
                    uow,
                    "audit_checkpoint",
                    key=f"audit_checkpoint:{checkpoint.seq}:{checkpoint.created_at}:{admin}",
                    subject=f"audit:{checkpoint.seq}",
                    person_id=admin,
                    payload=dict(checkpoint.__dict__),
                    at_most_once=True,
                )
    if folder:
        write_checkpoint(checkpoint, Path(folder))


def forget_runs(store: Store) -> None:
    """What ran when is kept for 30 days; that is longer than any job waits for its next time."""
    with store.write() as uow:
        uow.session.execute(delete(JobRun).where(col(JobRun.due_at) < uow.now - RUNS_KEPT))


JOBS: tuple[Job, ...] = (
    Job("follow_people", "*/15 * * * *", follow_people),
    Job("subscriptions", "*/15 * * * *", tell_due),
    Job("idle_seats", "0 8 * * *", sweep),
    Job("audit_checkpoint", "30 2 * * *", checkpoint_audit),
    Job("unanswered_questions", "0 9 * * mon", tell_admins),
    Job("forget_questions", "45 2 * * *", forget),
    Job("forget_runs", "50 2 * * *", forget_runs),
)

TIMER_HANDLERS: dict[str, Callable[[UnitOfWork, Timer], None]] = {
    "request": on_request_timer,
    "idle": on_idle_timer,
}
