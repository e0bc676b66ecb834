"""Notices: the words of what workflows announce, built from the state at the time of sending.

A workflow queues `notify(uow, kind, subject=…)`; the outbox asks the builder of that kind for the message. The same
builder rebuilds the posted card when the workflow calls `refresh_cards(uow, subject, …)`, so a card has one source.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.message import Message
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Notice:
    """What is to be said. `person_id` = who will read it, None in a channel (then no money and no data: others read
    along). `posted` is true when an already posted card is rebuilt."""

    kind: str
    subject: str  # "request:ID", "case:ID"
    person_id: int | None
    payload: dict[str, Any] = field(default_factory=dict)
    posted: bool = False

    @property
    def subject_id(self) -> str:
        return self.subject.partition(":")[2]


Builder = Callable[[UnitOfWork, Notice], Message | None]
builders: dict[str, Builder] = {}


def notice(kind: str) -> Callable[[Builder], Builder]:
    """Register the builder of a kind. It returns None when the news is no longer true: then nothing is sent."""

    def register(builder: Builder) -> Builder:
        builders[kind] = builder
        return builder

    return register


def load_notices() -> None:
    """Import every module of this package once."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"bot.notices.{module.name}")


def build(uow: UnitOfWork, what: Notice) -> Message | None:
    """Raises KeyError for a kind that no module registers."""
    return builders[what.kind](uow, what)
