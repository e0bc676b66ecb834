"""What a text can turn out to be. `parse` returns exactly one of these; the engine and the chat decide what follows."""

from dataclasses import dataclass
from typing import Literal

from storage.spend_query import SpendQuery

Slot = Literal["entity", "metric", "period", "dimension", "modifier", "scope"]
Scope = Literal["me", "my_team"]


@dataclass(frozen=True, slots=True)
class Choice:
    """A reading to pick from; `query` is None where only the person can supply what is missing (a date, a name). `scope` as
    in Answerable."""

    label: str
    query: SpendQuery | None = None
    scope: Scope | None = None


@dataclass(frozen=True, slots=True)
class Answerable:
    """One clear reading. `assumptions` must be shown with the answer.

    `scope`: the question is about the asker ("my cost": the plan filters their e-mail) or about their team ("my team":
    the plan carries no person filter, the engine restricts it to the asker and all people below them).
    `private` is a wish of the text ("only for me") or a person-level reading; the engine may make it stricter.
    """

    query: SpendQuery
    assumptions: tuple[str, ...] = ()
    scope: Scope | None = None
    private: bool = False


@dataclass(frozen=True, slots=True)
class Clarify:
    """Several readings that differ, or something the reading did not use: ask, naming the slot; at most four choices."""

    slot: Slot
    question: str
    choices: tuple[Choice, ...] = ()
    words: tuple[str, ...] = ()  # the words of the question that are unclear
    unread: bool = False  # nothing to compute was found in it, or `words` are words that no rule used


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Not in the data or not a question for Bursar. `reason` is a stable word (forecast, roi, not_in_data, what_if …)."""

    reason: str
    text: str
    offer: str = ""
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do, never done from a question: the chat offers the command and asks for confirmation.

    `command`: export, subscribe, remind, nudge, cancel, request, approve, status. `tool` is a tool's display name.
    `query` is what an export or subscription is about.
    """

    command: str
    text: str
    tool: str | None = None
    query: SpendQuery | None = None


@dataclass(frozen=True, slots=True)
class Help:
    """The text asks what Bursar can do, or is empty."""


@dataclass(frozen=True, slots=True)
class SmallTalk:
    """A greeting or thanks."""

    text: str


Parsed = Answerable | Clarify | Unsupported | Action | Help | SmallTalk


@dataclass(frozen=True, slots=True)
class AskerFacts:
    """Who asks, as far as words like "my" and "my team" need it. Rights are not decided here."""

    email: str
    name: str = ""
    department: str | None = None
    is_manager: bool = False
