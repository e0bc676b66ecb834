"""What the world gives to workflows: the time and fresh ids. Built in `bot/bootstrap.py`, replaced in tests."""

import secrets
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def __call__(self) -> datetime:
        """The present, an aware UTC instant."""
        ...


class NewId(Protocol):
    def __call__(self) -> str:
        """A fresh opaque id, unguessable, of letters, digits, `-` and `_`."""
        ...


def system_clock() -> datetime:
    return datetime.now(UTC)


def fixed_clock(instant: datetime) -> Clock:
    """For `--now` and tests. Raises ValueError when `instant` has no zone."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a zone, like 2026-11-23T12:00:00Z")
    utc = instant.astimezone(UTC)
    return lambda: utc


def random_id() -> str:
    return secrets.token_urlsafe(12)
