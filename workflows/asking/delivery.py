"""Where an answer may be said: in the channel for everybody there, or to the asker alone."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlmodel import Session, col, or_, select

from storage.models import PersonRecord
from storage.org import OrgSettings
from storage.spend_query import Filter, Period, QueryResult, SpendQuery
from workflows.asking.permissions import Denied, Granted, authorise
from workflows.asking.rights import UNIT_DIMENSIONS, Rights

SMALL_GROUP = 5  # fewer people than this count as person-level (spec/asking.md)
Place = Literal["channel", "private"]
Units = dict[str, set[str | None]]  # the departments, cost centres and divisions a person was in


@dataclass(frozen=True)
class ChannelContext:
    """Where the question was asked. `members` are the e-mails of everybody there, None = not known.

    `all_finance`: a private channel of finance people only, as `bursar ask --channel private` means it.
    """

    kind: Literal["dm", "public", "private"] = "dm"
    channel_id: str | None = None
    members: tuple[str, ...] | None = None
    all_finance: bool = False

    @property
    def alone(self) -> bool:
        return self.kind == "dm"

    @classmethod
    def of(cls, kind: str, channel_id: str, *, outsiders: bool = False) -> "ChannelContext":
        """Of a conversation of the chat (direct, home, public, private). Members are not known here, so nothing but what
        org.yaml opens is said in a channel, and nothing of that where people of other companies read along."""
        if kind in ("direct", "home"):
            return cls("dm")
        return cls("private" if kind == "private" else "public", channel_id=None if outsiders else channel_id)


@dataclass(frozen=True)
class Delivery:
    """`may_post`: the asker may share the answer here with a click."""

    place: Place
    may_post: bool = False
    reason: str = ""


def deliver(
    channel: ChannelContext,
    granted: Granted,
    asker: Rights,
    org: OrgSettings,
    *,
    personal: bool,
    rights_by_email: Callable[[str], Rights | None],
) -> Delivery:
    """`personal`: person-level rows, or a group of fewer than five people. The asker's own rights are checked already."""
    if channel.alone or granted.public:
        return Delivery("channel")
    if personal:
        return Delivery("private", reason="figures of people, or of fewer than five of them, are for you alone")
    if _opened(channel, granted, org) or _all_may_see(channel, granted, org, rights_by_email):
        return Delivery("channel")
    return Delivery("private", _may_post(asker, granted), "this channel is not opened for it in org.yaml")


def _opened(channel: ChannelContext, granted: Granted, org: OrgSettings) -> bool:
    """Totals of the company and of departments; a manager's view of their team is neither."""
    rules = org.channels.get(channel.channel_id or "")
    by_unit = any(dimension in UNIT_DIMENSIONS for dimension in dimensions_of(granted.query))
    if granted.scope.person_ids:
        return False
    return rules is not None and ("department_totals" if by_unit else "company_totals") in rules.opens


def dimensions_of(query: SpendQuery) -> set[str]:
    return {part.dimension for part in query.filters} | set(query.group_by)


def _all_may_see(
    channel: ChannelContext, granted: Granted, org: OrgSettings, rights_by_email: Callable[[str], Rights | None]
) -> bool:
    """Only of a private channel whose members are known: anybody can walk into a public one."""
    if channel.kind != "private":
        return False
    if channel.members is None:
        return channel.all_finance
    return all(_may_see(rights_by_email(email), granted, org) for email in channel.members)


def _may_see(rights: Rights | None, granted: Granted, org: OrgSettings) -> bool:
    """Whether somebody else would get the same numbers for the same plan."""
    if rights is None:
        return False
    if rights.everything:
        return True
    if granted.scope.person_ids:
        return granted.scope.person_ids <= rights.team
    verdict = authorise(rights, granted.query, company=org.name)
    return not isinstance(verdict, Denied) and verdict.scope == granted.scope


def _may_post(asker: Rights, granted: Granted) -> bool:
    """Finance, and owners of what the answer is about; a manager's view of their team is not theirs to share."""
    return asker.everything or not granted.scope.person_ids


def is_small_group(session: Session, granted: Granted, result: QueryResult, period: Period) -> bool:
    """Whether some shown figure, or a difference of two that can be asked, is about fewer than five people.

    A filter that leaves out a small group counts too: the total minus the answer would be that group's figure.
    """
    query, scope = granted.query, granted.scope
    filters = [part for part in query.filters if part.dimension in UNIT_DIMENSIONS]
    grouped = [dimension for dimension in query.group_by if dimension in UNIT_DIMENSIONS]
    if not filters and not grouped and not scope.person_ids:
        return False
    people = _units_of_people(session, period, scope.person_ids)
    if scope.person_ids and len(people) < SMALL_GROUP:
        return True
    if _few(sum(_all_match(filters, units) for units in people)):
        return True
    if any(_few(_count(people, part.dimension, [name])) for part in filters for name in part.values):
        return True
    if any(part.op == "ne" and _few(_count(people, part.dimension, part.values)) for part in filters):
        return True
    return bool(grouped) and _has_small_row([units for units in people if _all_match(filters, units)], grouped, result)


def _has_small_row(people: list[Units], grouped: list[str], result: QueryResult) -> bool:
    """A small row, or few people outside all shown rows: those cut off or left out by a condition."""
    shown = [row.keys for row in result.rows if not row.others]
    if any(_few(sum(_in_row(keys, units, grouped) for units in people)) for keys in shown):
        return True
    return _few(sum(not any(_in_row(keys, units, grouped) for keys in shown) for units in people))


def _few(number: int) -> bool:
    """A unit that nobody is in (a shared cost centre) tells nothing of anybody."""
    return 0 < number < SMALL_GROUP


def _units_of_people(session: Session, period: Period, only: Collection[int]) -> list[Units]:
    """For everybody in the directory during the period: the units they were in."""
    query = select(PersonRecord.person_id, PersonRecord.department, PersonRecord.cost_center, PersonRecord.division).where(
        col(PersonRecord.effective_from) < max(period.end, date.min),
        or_(col(PersonRecord.effective_to).is_(None), col(PersonRecord.effective_to) > period.start),
        col(PersonRecord.employment_status) != "Terminated",
    )
    people: dict[int, Units] = {}
    for person_id, *values in session.exec(query):
        if not only or person_id in only:
            units = people.setdefault(person_id, {dimension: set() for dimension in UNIT_DIMENSIONS})
            for dimension, value in zip(UNIT_DIMENSIONS, values, strict=True):
                units[dimension].add(value or None)
    return list(people.values())


def _all_match(filters: Collection[Filter], units: Units) -> bool:
    return all(_matches(part, units[part.dimension]) for part in filters)


def _matches(part: Filter, values: set[str | None]) -> bool:
    if part.op == "is_null":
        return None in values
    if part.op == "contains":
        return any(word.casefold() in (value or "").casefold() for word in part.values for value in values)
    return bool(values & set(part.values)) == (part.op == "in")


def _count(people: Collection[Units], dimension: str, names: Collection[str]) -> int:
    return sum(bool(units[dimension] & set(names)) for units in people)


def _in_row(keys: dict[str, str | None], units: Units, grouped: Collection[str]) -> bool:
    return all(keys.get(dimension) in units[dimension] for dimension in grouped)
