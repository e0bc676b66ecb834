"""Where an answer may be said: in the channel for everybody there, or to the asker alone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from storage.org import OrgSettings
from storage.spend_query import SpendQuery
from workflows.asking.permissions import Denied, Granted, authorise
from workflows.asking.rights import UNIT_DIMENSIONS, Rights

Place = Literal["channel", "private"]


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
