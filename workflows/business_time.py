"""Working time: Monday to Friday, 9 to 17 by the clock on the wall of a person's zone, without its public holidays.

Durations of policy.yaml are added here. Instants come in and go out as aware UTC; hours are wall-clock hours, so an
answer due at 16:00 stays due at 16:00 when daylight saving begins or ends in between.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from importlib import resources
from typing import Any, Literal, cast, get_args
from zoneinfo import ZoneInfo, available_timezones

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from storage.org import OrgSettings
from storage.public_holidays import public_holidays as public_holidays
from storage.yaml_source import did_you_mean

Unit = Literal["working hours", "working days", "days"]

OPENS, CLOSES = time(9), time(17)
HOURS_A_DAY = CLOSES.hour - OPENS.hour
_PATTERN = r"^\s*(\d{1,4})\s+(working\s+hours?|working\s+days?|days?)\s*$"


@dataclass(frozen=True)
class Duration:
    """A length of time as policy.yaml writes it: "4 working hours", "1 working day", "14 days" (calendar days)."""

    amount: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> "Duration":
        """Raises ValueError with the expected form."""
        match = re.match(_PATTERN, text)
        if not match:
            raise ValueError(f"{text!r} is not a duration; {_what_to_write(text)}")
        unit = " ".join(match[2].split())
        return cls(int(match[1]), cast(Unit, unit if unit.endswith("s") else unit + "s"))

    def __str__(self) -> str:
        return f"{self.amount} {self.unit[:-1] if self.amount == 1 else self.unit}"

    @classmethod
    def _validate(cls, value: Any) -> "Duration":
        if isinstance(value, cls):
            return value
        if not isinstance(value, str):
            raise ValueError(f"{value!r} is not a duration; {_what_to_write(str(value))}")
        return cls.parse(value)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(cls._validate, serialization=core_schema.to_string_ser_schema())

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "pattern": _PATTERN, "examples": ["4 working hours", "2 working days", "14 days"]}


def _what_to_write(text: str) -> str:
    number, _, unit = text.strip().partition(" ")
    guess = did_you_mean(unit.replace("business", "working"), list(get_args(Unit))) if unit else ""
    if guess and number.isdigit():
        return f"write a number and working hours, working days or days{guess}"
    return 'write a number and working hours, working days or days, like "2 working days"'


@dataclass(frozen=True)
class Calendar:
    """When a person works. `holidays` is a country of the library `holidays`, subdivision after a dash (SE, DE-BY)."""

    zone: ZoneInfo
    holidays: str | None = None

    def is_working_day(self, day: date) -> bool:
        """Raises ValueError when `holidays` names nothing that the library knows."""
        if day.weekday() >= 5:
            return False
        return self.holidays is None or day not in public_holidays(self.holidays, day.year)


@lru_cache(maxsize=1)
def _countries_of_zones() -> dict[str, str]:
    """Zone name → country, from the time zone database's own table."""
    table = resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text(encoding="utf-8")
    lines = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    return {fields[2]: fields[0] for fields in lines}


@lru_cache(maxsize=256)
def _known_holidays(code: str) -> bool:
    try:
        public_holidays(code, 2026)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


def calendar_for(org: OrgSettings, person_timezone: str | None, person_location: str | None = None) -> Calendar:
    """A person's zone and holidays.

    Zone: theirs, else the company's. Holidays, only when org.yaml names known ones (an import refuses others): those of
    their location where it is a code such as DE or DE-BY; else the company's, unless their zone lies in another country,
    whose holidays they keep.
    """
    zone = ZoneInfo(person_timezone) if person_timezone in _zone_names() else org.zone
    if org.holidays is None or not _known_holidays(org.holidays):
        return Calendar(zone)
    location = (person_location or "").strip().upper()
    if re.fullmatch(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", location) and _known_holidays(location):
        return Calendar(zone, location)
    country = _countries_of_zones().get(zone.key)
    if country is None or country == org.holidays.partition("-")[0] or zone == org.zone or not _known_holidays(country):
        return Calendar(zone, org.holidays)
    return Calendar(zone, country)


def is_working_time(at: datetime, calendar: Calendar) -> bool:
    """Whether the instant lies in [9:00, 17:00) of a working day."""
    local = at.astimezone(calendar.zone)
    return OPENS <= local.time() < CLOSES and calendar.is_working_day(local.date())


def next_working_instant(at: datetime, calendar: Calendar) -> datetime:
    """`at` itself within working time, else the next opening, in UTC."""
    return _to_utc(_next_open(_wall_clock(at, calendar), calendar), calendar)


def add_duration(start: datetime, duration: Duration, calendar: Calendar) -> datetime:
    """`start` + `duration`, in UTC.

    Working time counts from the next working instant: two working days from Friday 16:00 with a free Monday end on
    Wednesday 16:00. Working hours end at 17:00 rather than at the next 9:00. Calendar days keep the time of day.
    """
    local = _wall_clock(start, calendar)
    if duration.unit == "days":
        return start.astimezone(UTC) if duration.amount == 0 else _to_utc(local + timedelta(duration.amount), calendar)
    local = _next_open(local, calendar)
    if duration.unit == "working days":
        return _to_utc(_add_working_days(local, duration.amount, calendar), calendar)
    return _to_utc(_add_working_hours(local, timedelta(hours=duration.amount), calendar), calendar)


def _wall_clock(at: datetime, calendar: Calendar) -> datetime:
    """The local time without its zone: arithmetic on it counts hours on the wall."""
    if at.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return at.astimezone(calendar.zone).replace(tzinfo=None, fold=0)


def _to_utc(local: datetime, calendar: Calendar) -> datetime:
    """A wall-clock time that daylight saving skips is moved on by what was skipped."""
    return local.replace(tzinfo=calendar.zone).astimezone(UTC)


def _next_open(local: datetime, calendar: Calendar) -> datetime:
    if local.time() >= CLOSES:
        local = datetime.combine(local.date() + timedelta(1), OPENS)
    elif local.time() < OPENS:
        local = datetime.combine(local.date(), OPENS)
    while not calendar.is_working_day(local.date()):
        local = datetime.combine(local.date() + timedelta(1), OPENS)
    return local


def _add_working_days(local: datetime, amount: int, calendar: Calendar) -> datetime:
    for _ in range(amount):
        local += timedelta(1)
        while not calendar.is_working_day(local.date()):
            local += timedelta(1)
    return local


def _add_working_hours(local: datetime, left: timedelta, calendar: Calendar) -> datetime:
    while local + left > (closing := datetime.combine(local.date(), CLOSES)):
        left -= closing - local
        local = _next_open(closing, calendar)
    return local + left
