"""Subscriptions by the clock: what is due is claimed and told once; what may not be told any more ends, with one message.

Judged in a read unit of work, written in a short one. The numbers are computed when the message is sent, again with the
subscriber's rights of that moment (`told_now`).
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlmodel import col, select, update

from storage.directory import is_employed, record_of
from storage.models import Subscription
from storage.org import OrgSettings, load_org, today
from storage.spend_query import Period
from storage.types import EmploymentStatus
from storage.unit_of_work import Store, UnitOfWork
from workflows.asking.answer import Asking, answer_parsed, begin
from workflows.asking.answer_object import Answer
from workflows.asking.compute import effective
from workflows.asking.delivery import ChannelContext
from workflows.asking.memory import Asked, load_reading
from workflows.asking.moving import anew, with_change
from workflows.asking.parsed import Answerable
from workflows.asking.permissions import Denied, authorise
from workflows.asking.subscription_times import comes_too_soon, next_due
from workflows.asking.subscriptions import (
    LEFT,
    NO_RIGHT,
    UNCLEAR,
    Place,
    View,
    calendar_for_row,
    context_on,
    end_row,
    keep_plan,
    reader,
    recipe_kept,
    recurrence_of,
    tell_end,
    view_of,
)
from workflows.business_time import next_working_instant
from workflows.errors import NotFound
from workflows.notify import notify

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Judged:
    """What is to be done with a due subscription: tell it at `at`, leave this one out, or end it (`because`, `words`)."""

    following: datetime
    at: datetime | None = None
    plan: Answerable | None = None
    aside: bool = False  # a channel was chosen, but the subscriber is told alone
    change: bool = False  # told with the change since the period before
    because: str = ""
    words: str = ""


@dataclass(frozen=True)
class Told:
    """A message of a subscription. `aside`: not in the channel that was chosen."""

    view: View
    answer: Answer
    reading_id: str
    aside: bool = False


def tell_due(store: Store) -> int:
    """Queue the message of everything that is due, oldest first; how many. One that fails does not hold up the others, is
    tried again at the next run, and fails the run."""
    with store.read() as uow:
        due = uow.session.exec(
            select(Subscription.id)
            .where(Subscription.status == "active", col(Subscription.next_due_at) <= uow.now)
            .order_by(col(Subscription.next_due_at), col(Subscription.id))
        ).all()
    told, failures = 0, []
    for subscription_id in due:
        try:
            told += _tell(store, subscription_id)
        except Exception as failure:
            log.exception("subscription %s failed; it is tried again", subscription_id)
            failures.append(failure)
    if failures:
        raise ExceptionGroup(f"{len(failures)} of {len(due)} subscriptions", failures)
    return told


def _tell(store: Store, subscription_id: str) -> bool:
    with store.read() as uow:
        row = uow.session.get(Subscription, subscription_id)
        if row is None or row.status != "active" or row.next_due_at > uow.now:
            return False
        judged = _judge(uow, row)
    with store.write() as uow:
        return _claim(uow, row, judged) and _carry_out(uow, row, judged)


def _claim(uow: UnitOfWork, row: Subscription, judged: _Judged) -> bool:
    """False when another replica was first, or it was ended meanwhile."""
    values: dict[str, Any] = {"next_due_at": judged.following}
    if judged.at is not None:
        values["last_told_at"] = uow.now
    still_due = (col(Subscription.status) == "active") & (col(Subscription.next_due_at) == row.next_due_at)
    query = update(Subscription).where(col(Subscription.id) == row.id, still_due).values(**values)
    return bool(uow.session.exec(query).rowcount == 1)


def _judge(uow: UnitOfWork, row: Subscription) -> _Judged:
    org = load_org(uow.session)
    calendar, when = calendar_for_row(uow, org, row), recurrence_of(row)
    following = next_due(when, uow.now, calendar.zone, calendar.is_working_day)
    day = today(org, uow.now)
    record = record_of(uow.session, row.person_id, day)
    if record is None or not is_employed(record, day):
        return _Judged(following, because=LEFT)
    at = next_working_instant(uow.now, calendar)
    on_leave = record.employment_status == EmploymentStatus.leave and row.conversation is None
    if on_leave or comes_too_soon(at, following, calendar.zone):
        return _Judged(following)
    plan = _plan_today(uow, org, row)
    if plan is None:
        return _Judged(following, because=UNCLEAR)
    return _judge_rights(uow, row, plan, following, at)


def _plan_today(uow: UnitOfWork, org: OrgSettings, row: Subscription) -> Answerable | None:
    recipe, day = recipe_kept(row), today(org, uow.now)
    if recipe is None:
        return None
    return anew(recipe, row.scope, reader(uow, org, row.person_id, day), context_on(org, day))  # type: ignore[arg-type]


def _judge_rights(uow: UnitOfWork, row: Subscription, plan: Answerable, following: datetime, at: datetime) -> _Judged:
    """A direct message needs no numbers yet; what a channel may hear depends on them (groups of fewer than five)."""
    asking = begin(uow, row.person_id, _context(row.conversation))
    denied = _denied(asking, plan)
    if denied is not None:
        return _Judged(following, because=NO_RIGHT, words=f"{denied.text} {denied.offer}")
    before = with_change(plan.query, recurrence_of(row).cadence).compare
    change = isinstance(before, Period) and before != plan.query.compare
    if asking.channel.alone:
        return _Judged(following, at, plan, change=change)
    openly = _said_openly(answer_parsed(asking, row.question, plan))
    if openly and isinstance(before, Period) and change:  # few people then are few people
        then = replace(plan, query=plan.query.model_copy(update={"period": before}))
        change = _said_openly(answer_parsed(asking, row.question, then))
    return _Judged(following, at, plan, aside=not openly, change=change)


def _denied(asking: Asking, plan: Answerable) -> Denied | None:
    query = effective(asking.company, plan.query)
    verdict = authorise(asking.rights(plan.scope), query, plan.scope, asking.org.name)
    return verdict if isinstance(verdict, Denied) else None


def _said_openly(found: Answer) -> bool:
    return found.status in ("answered", "no_data") and found.delivery == "channel"


def _context(place: Place | None) -> ChannelContext:
    if place is None:
        return ChannelContext("dm")
    return ChannelContext.of(place["kind"], place["id"], outsiders=place.get("outsiders", False))


def _carry_out(uow: UnitOfWork, row: Subscription, judged: _Judged) -> bool:
    """The outbox row of a claimed subscription; whether it tells an answer."""
    if judged.because:
        _end(uow, row, judged)
        return False
    if judged.plan is None:
        return False
    plan = judged.plan
    query = with_change(plan.query, recurrence_of(row).cadence) if judged.change else plan.query
    reading = keep_plan(uow, row.person_id, Asked(query, row.question, plan.scope))
    in_channel = row.conversation is not None and not judged.aside
    notify(
        uow, "subscription", key=f"subscription:{row.id}:{row.next_due_at.isoformat()}", subject=f"subscription:{row.id}",
        person_id=row.person_id, conversation=row.conversation if in_channel else None,
        payload={"reading": reading, "notes": list(plan.assumptions),
                 "private": plan.private, "aside": judged.aside, "change": judged.change},
        at_most_once=in_channel,  # in a channel nobody can look whether it arrived
        not_before=judged.at,
    )  # fmt: skip
    return True


def _end(uow: UnitOfWork, row: Subscription, judged: _Judged) -> None:
    stored = uow.session.get(Subscription, row.id, populate_existing=True)
    if stored is None:
        return
    end_row(uow, stored, judged.because, actor_id=None)
    tell_end(uow, stored, judged.because, judged.words)


# -- At the time of sending --------------------------------------------------------------------------------------------


def told_now(uow: UnitOfWork, subscription_id: str, payload: dict[str, Any], *, alone: bool) -> Told | None:
    """The answer with the rights and numbers of now. None when it ended meanwhile, or may not be said where it was to go.

    `alone`: only the subscriber reads it."""
    row = uow.session.get(Subscription, subscription_id)
    if row is None or row.status != "active":
        return None
    try:
        asked = load_reading(uow, payload["reading"], None, row.person_id)
    except NotFound:
        return None
    aside = bool(payload.get("aside"))
    place = _context(row.conversation if aside or not alone else None)
    asking = begin(uow, row.person_id, place)
    if not is_employed(record_of(uow.session, row.person_id, asking.company.today), asking.company.today):
        return None
    plan = Answerable(asked.query, tuple(payload["notes"]), asked.scope, bool(payload["private"]))
    found = answer_parsed(asking, row.question, plan)
    if found.status == "unsupported" and payload["change"]:  # of this measure there is no change to tell
        plan = replace(plan, query=asked.query.model_copy(update={"compare": None}))
        found = answer_parsed(asking, row.question, plan)
    if not (_said_openly(found) or (alone and found.status in ("answered", "no_data", "unsupported"))):
        return None
    return Told(view_of(uow, asking.org, row), found, payload["reading"], aside)


def ended_view(uow: UnitOfWork, subscription_id: str) -> View | None:
    row = uow.session.get(Subscription, subscription_id)
    return None if row is None else view_of(uow, load_org(uow.session), row)
