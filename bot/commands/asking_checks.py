"""What `bursar doctor` says of asking: words whose meaning is gone, questions that wait, what fails by the clock."""

from collections.abc import Iterator

from sqlmodel import col, func, select

from bot.commands.checks import Check
from storage.models import JobRun, OutboxItem, Subscription
from storage.org import load_org, today
from storage.unit_of_work import Store, UnitOfWork
from workflows.asking.subscriptions import recipe_kept
from workflows.asking.taught import lost_meanings
from workflows.asking.unanswered import open_questions

SHOWN = 5


def asking_checks(store: Store) -> Iterator[Check]:
    with store.read() as uow:
        yield _words(uow)
        yield _questions(uow)
        yield _subscriptions(uow)
        yield _jobs(uow)


def _words(uow: UnitOfWork) -> Check:
    lost = lost_meanings(uow.session, today(load_org(uow.session), uow.now))
    if not lost:
        return Check("synonyms", "ok", "every word's meaning is there")
    found = "; ".join(f"“{phrase}” means {meaning}, which is not there" for phrase, meaning in lost[:SHOWN])
    more = f"; and {len(lost) - SHOWN} more" if len(lost) > SHOWN else ""
    advice = "Import what they name, or take them out of synonyms.yaml or back in the chat (`unanswered`)."
    return Check("synonyms", "warn", found + more, advice)


def _questions(uow: UnitOfWork) -> Check:
    found = open_questions(uow, limit=1)
    if not found.count:
        return Check("questions", "ok", "none waits for a word")
    said = f"{found.count} could not be read; the most asked: “{found.shown[0].text}”"
    return Check("questions", "warn", said, "An administrator says `unanswered` in the chat and teaches the words.")


def _subscriptions(uow: UnitOfWork) -> Check:
    """Those that keep what no version understands, and messages of theirs that could not be delivered."""
    active = uow.session.exec(select(Subscription).where(Subscription.status == "active")).all()
    unread = [row.id for row in active if recipe_kept(row) is None]
    query = select(col(OutboxItem.subject)).where(
        col(OutboxItem.kind).in_(["subscription", "subscription_ended"]), OutboxItem.status == "failed"
    )
    subjects = {(subject or "").partition(":")[2] for subject in uow.session.exec(query)}
    undelivered = sorted(subjects & {row.id for row in active})
    if not unread and not undelivered:
        return Check("subscriptions", "ok", f"{len(active)} active")
    parts = [f"{len(unread)} not understood any more: {', '.join(unread[:SHOWN])}"] if unread else []
    if undelivered:
        parts.append(f"{len(undelivered)} could not be delivered: {', '.join(undelivered[:SHOWN])}")
    advice = "Ask the subscribers to subscribe again, and look for their errors in the log."
    return Check("subscriptions", "warn", f"{len(active)} active; {'; '.join(parts)}", advice)


def _jobs(uow: UnitOfWork) -> Check:
    """Jobs whose last run failed."""
    last = select(JobRun.job, func.max(col(JobRun.due_at)).label("due_at")).group_by(JobRun.job).subquery()
    query = select(JobRun).join(last, (col(JobRun.job) == last.c.job) & (col(JobRun.due_at) == last.c.due_at))
    runs = uow.session.exec(query.order_by(JobRun.job)).all()
    failed = [f"{run.job}: {run.error}" for run in runs if run.error]
    if failed:
        return Check("jobs", "warn", "; ".join(failed), "Each is tried again at its next time; its error is in the log.")
    return Check("jobs", "ok", f"{len(runs)} have run" if runs else "none has run yet; `bursar serve` runs them")
