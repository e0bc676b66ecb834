"""When a subscription is told: how often in words and as cron fields, and the instants that follow. No session, no clock.

A wall-clock time is kept over daylight saving; a day that a month lacks is its last; working days are asked of the caller.
"""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from workflows.business_time import CLOSES, OPENS

Cadence = Literal["day", "week", "month"]
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
TIMES = tuple(time(hour) for hour in range(OPENS.hour, CLOSES.hour))  # what is offered: working hours
LAST_DAY = 31
QUARTER = 15  # the clock looks every quarter of an hour


@dataclass(frozen=True)
class Recurrence:
    """`day`: of the week (1 = Monday … 5 = Friday) or of the month (1 … 31, the last where it is shorter); of no use by
    day, which is every working day."""

    cadence: Cadence
    at: time = OPENS
    day: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.day <= (len(DAY_NAMES) if self.cadence == "week" else LAST_DAY):
            raise ValueError(f"{self.day} is not a day of the {self.cadence}")
        if self.at.minute % QUARTER or self.at.second:
            raise ValueError(f"{self.at} is not at a quarter of an hour")

    @property
    def cron(self) -> str:
        """Five fields; a day of the month that a month lacks means its last."""
        days = {"day": "* * 1-5", "week": f"* * {self.day}", "month": f"{self.day} * *"}[self.cadence]
        return f"{self.at.minute} {self.at.hour} {days}"

    @classmethod
    def of_cron(cls, cadence: Cadence, cron: str) -> "Recurrence":
        minute, hour, month_day, _, week_day = cron.split()
        day = {"day": "1", "week": week_day, "month": month_day}[cadence]
        return cls(cadence, time(int(hour), int(minute)), int(day))

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
