"""When a subscription is told: how often in words and as cron fields, and the instants that follow. No session, no clock.

A wall-clock time is kept over daylight saving; a day that a month lacks is its last; working days are asked of the caller.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from workflows.asking.period_types import WEEKDAYS
from workflows.business_time import CLOSES, OPENS

Cadence = Literal["day", "week", "month"]
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
TIMES = tuple(time(hour) for hour in range(OPENS.hour, CLOSES.hour))  # what is offered: working hours
LAST_DAY = 31
_QUARTER = 15  # the clock looks every quarter of an hour


@dataclass(frozen=True)
class Recurrence:
    """`day`: of the week (1 = Monday … 7) or of the month (1 … 31, the last where it is shorter); of no use by day, which
    is every working day."""

    cadence: Cadence
    at: time = OPENS
    day: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.day <= (7 if self.cadence == "week" else LAST_DAY):
            raise ValueError(f"{self.day} is not a day of the {self.cadence}")
        if self.at.minute % _QUARTER or self.at.second:
            raise ValueError(f"{self.at} is not at a quarter of an hour")

    @property
    def cron(self) -> str:
        """Five fields; a day of the month that a month lacks means its last."""
        days = {"day": "* * 1-5", "week": f"* * {self.day % 7}", "month": f"{self.day} * *"}[self.cadence]
        return f"{self.at.minute} {self.at.hour} {days}"

    @classmethod
    def of_cron(cls, cadence: Cadence, cron: str) -> "Recurrence":
        minute, hour, month_day, _, week_day = cron.split()
        day = {"day": 1, "week": int(week_day) or 7 if cadence == "week" else 1}.get(cadence)
        return cls(cadence, time(int(hour), int(minute)), int(month_day) if day is None else day)

    @property
    def words(self) -> str:
        """every Monday at 9:00"""
        return f"{self._day_words} at {self.at.hour}:{self.at:%M}"

    @property
    def _day_words(self) -> str:
        if self.cadence == "day":
            return "every working day"
        if self.cadence == "week":
            return f"every {DAY_NAMES[self.day - 1]}"
        return "on the last day of every month" if self.day == LAST_DAY else f"on the {ordinal(self.day)} of every month"

    def falls_on(self, day: date, is_working_day: Callable[[date], bool]) -> bool:
        if self.cadence == "day":
            return is_working_day(day)
        if self.cadence == "week":
            return day.isoweekday() == self.day
        return day.day == min(self.day, monthrange(day.year, day.month)[1])


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 11th."""
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def next_due(when: Recurrence, after: datetime, zone: ZoneInfo, is_working_day: Callable[[date], bool]) -> datetime:
    """The first planned instant later than `after`, in UTC. A time that daylight saving skips is moved on by what was
    skipped, one that comes twice is taken the first time. Raises ValueError when no day of the next year is one."""
    day = after.astimezone(zone).date() - timedelta(days=1)  # a whole day may be skipped at the date line
    for _ in range(400):
        planned = datetime.combine(day, when.at, zone).astimezone(UTC)
        if planned > after and when.falls_on(day, is_working_day):
            return planned
        day += timedelta(days=1)
    raise ValueError(f"{when.words} is on no day of the next year")


def comes_too_soon(at: datetime, following: datetime, zone: ZoneInfo) -> bool:
    """Whether a late answer told at `at` would stand beside the following one, on the same day: then it is left out."""
    return following.astimezone(zone).date() <= at.astimezone(zone).date()


# -- In words ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wish:
    """What a text says of how often; None = not said. `refused`: what it asks for that there is not ("every hour")."""

    cadence: Cadence | None = None
    day: int | None = None
    at: time | None = None
    in_channel: bool = False
    refused: str = ""

    def recurrence(self) -> Recurrence:
        """With the usual for what was not said: every week, on Monday or the first, at the opening of the day."""
        return Recurrence(self.cadence or "week", self.at or OPENS, self.day or 1)


_WEEKDAY = re.compile(rf"\b(?:every|each|on) ({'|'.join(WEEKDAYS)})s?\b|\b({'|'.join(WEEKDAYS)})s\b")
_MONTH_DAY = re.compile(r"\b(?:every|each|on|the) (?:the )?(\d{1,2})(?:st|nd|rd|th)\b|\b(\d{1,2})(?:st|nd|rd|th) of\b")
_LAST_DAY = re.compile(r"\b(last day of|end of) (the|each|every) month\b|\bmonth[- ]end\b")
_FIRST_DAY = re.compile(r"\b(first (day )?of|start of|beginning of) (the|each|every) month\b")
_CLOCK = re.compile(r"\bat (\d{1,2})(?:[:.](\d{2}))?\s*(am|pm|o'?clock)?\b")
_CADENCES: tuple[tuple[Cadence, re.Pattern[str]], ...] = (
    ("day", re.compile(r"\b(daily|(every|each) (single )?(working |business |week ?)?(day|morning|weekday|workday))\b")),
    ("week", re.compile(r"\b(weekly|(every|each) week|once a week)\b")),
    ("month", re.compile(r"\b(monthly|(every|each) month|once a month)\b")),
)
_REFUSED = re.compile(
    r"\b(hourly|quarterly|yearly|annually|biweekly|fortnightly|(every|each) (hour|minute|quarter|year|fortnight|other \w+|"
    r"second \w+|two \w+|weekend|\d+ \w+)|(when|if|as soon as|once it)\b[^.]*)"
)
_CHANNEL = re.compile(r"\b(to|in|into) (the|this) (channel|room|group|thread)\b|\bpost (this|that|it)\b|\bhere\b|\bto us\b")


def wish_in(text: str) -> Wish:
    """How often, on which day, at what time and where a text says: "every Monday at 10 in this channel"."""
    words = " ".join(text.lower().split())
    if refused := _REFUSED.search(words):
        return Wish(refused=refused[0])
    cadence = next((name for name, pattern in _CADENCES if pattern.search(words)), None)
    day: int | None = None
    if found := _WEEKDAY.search(words):
        cadence, day = "week", WEEKDAYS[found[1] or found[2]] + 1
    elif _LAST_DAY.search(words):
        cadence, day = "month", LAST_DAY
    elif _FIRST_DAY.search(words):
        cadence, day = "month", 1
    elif (found := _MONTH_DAY.search(words)) and 1 <= (number := int(found[1] or found[2])) <= LAST_DAY:
        cadence, day = "month", number
    return Wish(cadence, day, _time_in(words), bool(_CHANNEL.search(words)))


def _time_in(words: str) -> time | None:
    """A time within working hours at a quarter of an hour; any other is left to be chosen."""
    found = _CLOCK.search(words)
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3] == "pm" and hour < 12:
        hour += 12
    if not OPENS.hour <= hour < CLOSES.hour or minute >= 60 or minute % _QUARTER:
        return None
    return time(hour, minute)
