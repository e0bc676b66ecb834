"""Subscriptions: an answer told again and again, made, listed and ended. `subscription_clock` tells them.

What is kept is how the question is to be asked again, never an answer: rights, days and numbers are those of each time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from sqlmodel import col, select

from storage.directory import is_employed, record_of, records_of
from storage.models import AskedReading, Person, Subscription
from storage.org import OrgSettings, load_org, today
from storage.spend_query import SpendQuery
from storage.unit_of_work import UnitOfWork
from workflows.asking.answer import Asking
from workflows.asking.answer_object import Answer
from workflows.asking.compute import Company, effective
from workflows.asking.delivery import ChannelContext
from workflows.asking.fiscal import FiscalCalendar
from workflows.asking.memory import Asked, load_reading, store_reading
from workflows.asking.moving import Recipe, fixed, recipe_of, same_wish
from workflows.asking.parsed import Answerable, Parsed, Scope
from workflows.asking.period_types import PeriodContext
from workflows.asking.permissions import Denied, authorise
from workflows.asking.read import read_question
from workflows.asking.subscription_times import Cadence, Recurrence, next_due
from workflows.audit.trail import append
from workflows.business_time import Calendar, next_working_instant
from workflows.errors import Conflict, NotAllowed, NotFound
from workflows.notify import notify
from workflows.people import has_role, name_of
from workflows.seats.people import calendar_of

MAX_ACTIVE = 20
BY_SUBSCRIBER, BY_ADMIN = "ended by the subscriber", "ended by an administrator"
LEFT, UNCLEAR, NO_RIGHT = "the subscriber has left", "its words are not clear any more", "no right to see it any more"
Place = dict[str, Any]  # a conversation of the chat as JSON: kind, id, outsiders and what the chat needs to write there


@dataclass(frozen=True)
class Subscribable:
    """A plan that was read before, and how it would be asked again."""

    asked: Asked
    recipe: Recipe

    def with_fixed_days(self) -> "Subscribable":
        """Always about the days of the answer, where its words do not say."""
        return Subscribable(self.asked, fixed(self.recipe)) if self.recipe.moving.kind == "unit" else self


@dataclass(frozen=True)
class View:
    """A subscription as people see it."""

    id: str
    question: str
    when: Recurrence
    zone: ZoneInfo
    in_channel: bool
    next_at: datetime  # when it will be told, in the subscription's zone: a holiday puts it off
    owner: str


def subscribable(uow: UnitOfWork, reading_id: str, actor_id: int) -> Subscribable:
    """How the answer behind a button would be asked again, read on the day it was asked. Only reads.

    Raises NotFound, and NotAllowed for what the actor may not see (any more)."""
    asked = load_reading(uow, reading_id, None, actor_id)
    row = uow.session.get(AskedReading, reading_id)
    org = load_org(uow.session)
    _require_sight(uow, org, actor_id, asked.query, asked.scope)
    day = today(org, row.asked_at if row is not None else uow.now)
    asking = Asking(uow, Company(uow.session, org, day), actor_id, ChannelContext("dm"))

    def settled(reading: Answerable) -> SpendQuery | None:
        verdict = authorise(asking.rights(reading.scope), effective(asking.company, reading.query), reading.scope, org.name)
        return None if isinstance(verdict, Denied) else verdict.query

    recipe = recipe_of(asked.query, asked.scope, asked.question, reader(uow, org, actor_id, day), settled,
                       context_on(org, day))  # fmt: skip
    return Subscribable(asked, recipe)


def keep_plan(uow: UnitOfWork, person_id: int, asked: Asked) -> str:
    """Stores a plan without its answer; the id that buttons carry."""
    found = Answer(status="answered", question=asked.question, text="", query=asked.query, scope=asked.scope)
    return store_reading(uow, person_id, found)


def read_alone(uow: UnitOfWork, person_id: int, text: str) -> Asked | None:
    """The one clear meaning of a text by itself today, None without one."""
    org = load_org(uow.session)
    parsed = reader(uow, org, person_id, today(org, uow.now))(text)
    return Asked(parsed.query, text, parsed.scope) if isinstance(parsed, Answerable) else None


def reader(uow: UnitOfWork, org: OrgSettings, person_id: int, day: date) -> Callable[[str], Parsed]:
    """Reads a text as that person on that day, without what was said before it."""
    return lambda text: read_question(uow, org, day, person_id, text, None)


def context_on(org: OrgSettings, day: date) -> PeriodContext:
    return PeriodContext(day, FiscalCalendar.of(org))


def _require_sight(uow: UnitOfWork, org: OrgSettings, actor_id: int, query: SpendQuery, scope: Scope | None) -> None:
    asking = Asking(uow, Company(uow.session, org, today(org, uow.now)), actor_id, ChannelContext("dm"))
    verdict = authorise(asking.rights(scope), effective(asking.company, query), scope, org.name)
    if isinstance(verdict, Denied):
        raise NotAllowed(verdict.text, hint=verdict.offer)


def subscribe(
    uow: UnitOfWork, wanted: Subscribable, when: Recurrence, *, actor_id: int, place: Place | None = None,
    channel: str = "",
) -> tuple[View, bool]:  # fmt: skip
    """The subscription and whether it is new; the same question as often in the same place is recognised. `place` None =
    the actor's direct message.

    Raises NotAllowed, and Conflict at the twenty-first."""
    org = load_org(uow.session)
    uow.session.exec(select(Person.id).where(Person.id == actor_id).with_for_update()).first()  # two clicks, one at a time
    if not _is_employed(uow, org, actor_id):
        raise NotAllowed("Only people who work here can subscribe.")
    _require_sight(uow, org, actor_id, wanted.asked.query, wanted.asked.scope)
    recipe = wanted.recipe
    active = _active_of(uow, [actor_id])
    for row in active:
        if _same(row, recipe, wanted.asked.scope, when, place):
            return view_of(uow, org, row), False
    if len(active) >= MAX_ACTIVE:
        raise Conflict(
            f"You have {MAX_ACTIVE} subscriptions, which is the most.", hint="End one first: say `subscriptions`."
        )
    row = _add(uow, org, wanted, recipe, when, actor_id, place)
    append(uow, "subscription.created", subject=f"subscription:{row.id}", actor=actor_id, channel=channel,
           payload={"cadence": row.cadence, "cron": row.cron, "timezone": row.timezone, "in_channel": place is not None,
                    "plan": recipe.query.digest})  # fmt: skip
    return view_of(uow, org, row), True


def _same(row: Subscription, recipe: Recipe, scope: Scope | None, when: Recurrence, place: Place | None) -> bool:
    where, there = place or {}, row.conversation or {}
    kept = recipe_kept(row)
    return (
        kept is not None
        and same_wish(kept, recipe, scope)
        and (row.scope, row.cadence) == (scope, when.cadence)
        and (where.get("channel"), where.get("id")) == (there.get("channel"), there.get("id"))
    )


def _add(
    uow: UnitOfWork, org: OrgSettings, wanted: Subscribable, recipe: Recipe, when: Recurrence, actor_id: int,
    place: Place | None,
) -> Subscription:  # fmt: skip
    calendar = calendar_of(uow, org, actor_id)
    row = Subscription(
        id=f"s_{uow.new_id()}", person_id=actor_id, question=wanted.asked.question, scope=wanted.asked.scope,
        plan=recipe.model_dump(mode="json"), cadence=when.cadence, cron=when.cron, timezone=calendar.zone.key,
        conversation=place, created_at=uow.now,
        next_due_at=next_due(when, uow.now, calendar.zone, calendar.is_working_day),
    )  # fmt: skip
    uow.session.add(row)
    uow.session.flush()
    return row


def end(uow: UnitOfWork, subscription_id: str, *, actor_id: int, channel: str = "") -> tuple[View, bool]:
    """By the subscriber or an administrator; whether it was still active. Raises NotFound and NotAllowed."""
    row = _load(uow, subscription_id)
    org = load_org(uow.session)
    if actor_id != row.person_id and not has_role(uow.session, org, actor_id, "admin", uow.now):
        owner = name_of(uow.session, row.person_id, org, uow.now)
        raise NotAllowed(f"Only {owner} or an administrator can end this.", subject=f"subscription:{row.id}",
                         hint="Ask them, or subscribe to an answer of your own.")  # fmt: skip
    if row.status != "active":
        return view_of(uow, org, row), False
    because = BY_SUBSCRIBER if actor_id == row.person_id else BY_ADMIN
    end_row(uow, row, because, actor_id=actor_id, channel=channel)
    if because == BY_ADMIN and _is_employed(uow, org, row.person_id):
        tell_end(uow, row, because)
    return view_of(uow, org, row), True


def end_row(uow: UnitOfWork, row: Subscription, because: str, *, actor_id: int | None, channel: str = "") -> None:
    row.status, row.ended_because = "ended", because
    uow.session.add(row)
    append(uow, "subscription.ended", subject=f"subscription:{row.id}", actor=actor_id, channel=channel,
           payload={"because": because})  # fmt: skip


def tell_end(uow: UnitOfWork, row: Subscription, because: str, words: str = "") -> None:
    """One message: to the subscriber, or to the channel of one who has left; nobody reads a leaver's direct message."""
    left = because == LEFT
    if left and row.conversation is None:
        return
    notify(
        uow, "subscription_ended", key=f"subscription_ended:{row.id}", subject=f"subscription:{row.id}",
        person_id=None if left else row.person_id, conversation=row.conversation if left else None,
        payload={"because": because, "words": words}, at_most_once=left,
    )  # fmt: skip


def _is_employed(uow: UnitOfWork, org: OrgSettings, person_id: int) -> bool:
    day = today(org, uow.now)
    return is_employed(record_of(uow.session, person_id, day), day)


def _load(uow: UnitOfWork, subscription_id: str) -> Subscription:
    query = select(Subscription).where(Subscription.id == subscription_id).with_for_update()
    row = uow.session.exec(query).first()
    if row is None:
        raise NotFound("I do not know that subscription.", hint="Say `subscriptions` to see yours.")
    return row


def _active_of(uow: UnitOfWork, person_ids: list[int]) -> list[Subscription]:
    query = select(Subscription).where(Subscription.status == "active", col(Subscription.person_id).in_(person_ids))
    return list(uow.session.exec(query.order_by(col(Subscription.created_at), col(Subscription.id))).all())


def subscriptions_of(uow: UnitOfWork, person_id: int) -> list[View]:
    """The active ones, oldest first."""
    org = load_org(uow.session)
    return [view_of(uow, org, row) for row in _active_of(uow, [person_id])]


def subscriptions_of_leavers(uow: UnitOfWork, actor_id: int) -> list[View]:
    """Active ones whose subscriber has left, for administrators; nothing for anybody else."""
    org = load_org(uow.session)
    if not has_role(uow.session, org, actor_id, "admin", uow.now):
        return []
    day = today(org, uow.now)
    holders = uow.session.exec(select(Subscription.person_id).where(Subscription.status == "active").distinct()).all()
    records = records_of(uow.session, holders, day)
    gone = [person_id for person_id in holders if not is_employed(records.get(person_id), day)]
    return [view_of(uow, org, row) for row in _active_of(uow, gone)]


def view_of(uow: UnitOfWork, org: OrgSettings, row: Subscription) -> View:
    return View(
        id=row.id, question=row.question, when=recurrence_of(row), zone=ZoneInfo(row.timezone),
        in_channel=row.conversation is not None,
        next_at=next_working_instant(row.next_due_at, calendar_for_row(uow, org, row)).astimezone(ZoneInfo(row.timezone)),
        owner=name_of(uow.session, row.person_id, org, uow.now),
    )  # fmt: skip


def recipe_kept(row: Subscription) -> Recipe | None:
    """None for what an earlier version kept and this one does not understand."""
    try:
        return Recipe.model_validate(row.plan)
    except ValidationError:
        return None


def recurrence_of(row: Subscription) -> Recurrence:
    cadence: Cadence = row.cadence  # type: ignore[assignment]
    return Recurrence.of_cron(cadence, row.cron)


def calendar_for_row(uow: UnitOfWork, org: OrgSettings, row: Subscription) -> Calendar:
    """The holidays of the subscriber, in the zone the subscription was made in."""
    return Calendar(ZoneInfo(row.timezone), calendar_of(uow, org, row.person_id).holidays)
