"""Prometheus figures: states read from the database at the time of the scrape, so that every replica tells the same, and
what this process has counted."""

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from sqlmodel import case, col, func, select

from bot.counters import LIVE
from storage.models import InboxItem, JobRun, OutboxItem, Request, Timer
from storage.unit_of_work import Store


def exposition(store: Store) -> tuple[bytes, str]:
    """The text of /metrics and its content type."""
    registry = CollectorRegistry()
    counts = {
        "inbox_items": ("Interactions by state", InboxItem.status),
        "outbox_items": ("Messages to people by state", OutboxItem.status),
        "requests": ("Access requests by state", Request.status),
    }
    with store.read() as uow:
        for name, (words, column) in counts.items():
            gauge = Gauge(f"bursar_{name}", words, ["status"], registry=registry)
            for status, number in uow.session.exec(select(column, func.count()).group_by(column)).all():
                gauge.labels(status).set(number)
        overdue = select(func.count()).where(Timer.status == "pending", col(Timer.due_at) <= uow.now)
        Gauge("bursar_timers_overdue", "Timers due and not fired", registry=registry).set(uow.session.exec(overdue).one())
        state = case(
            (col(JobRun.error).is_not(None), "failed"), (col(JobRun.finished_at).is_(None), "running"), else_="done"
        )
        runs = Gauge("bursar_job_runs", "Scheduled jobs' runs that are kept, by state", ["job", "status"], registry=registry)
        for job, status, number in uow.session.exec(
            select(JobRun.job, state, func.count()).group_by(JobRun.job, state)
        ).all():
            runs.labels(job, status).set(number)
    return generate_latest(registry) + generate_latest(LIVE), CONTENT_TYPE_LATEST
