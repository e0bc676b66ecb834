"""Durations against a slow calculator that walks through time in quarter hours and counts the working ones."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from storage.imports.documents import check
from storage.org import OrgSettings
from storage.yaml_source import SourceErrors
from workflows.business_time import (
    Calendar,
    Duration,
    add_duration,
    calendar_for,
    is_working_time,
    next_working_instant,
)

ZONES = [
    "Europe/Stockholm", "Europe/Berlin", "America/New_York", "America/Los_Angeles", "Asia/Kolkata", "Asia/Kathmandu",
    "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Chatham", "Africa/Cairo", "America/St_Johns", "UTC",
]  # fmt: skip
CODES = [None, "SE", "DE-BY", "US", "JP", "IN", "GB-SCT"]
QUARTER = timedelta(minutes=15)
FREE = {
    code: holidays.country_holidays(code.partition("-")[0], subdiv=code.partition("-")[2] or None) for code in CODES if code
}

calendars = st.builds(lambda zone, code: Calendar(ZoneInfo(zone), code), st.sampled_from(ZONES), st.sampled_from(CODES))
instants = st.integers(0, 4 * 365 * 96).map(lambda quarters: datetime(2024, 1, 1, tzinfo=UTC) + quarters * QUARTER)


def works(at: datetime, calendar: Calendar) -> bool:
    local = at.astimezone(calendar.zone)
    if local.weekday() > 4 or not 9 <= local.hour < 17:
        return False
    return calendar.holidays is None or local.date() not in FREE[calendar.holidays]


def slowly(start: datetime, duration: Duration, calendar: Calendar) -> datetime:
    """Count working quarters; a working day is 32 of them and ends where the next working quarter begins."""
    at = start
    quarters = duration.amount * (4 if duration.unit == "working hours" else 32)
    while not works(at, calendar):
        at += QUARTER
    while quarters:
        quarters -= works(at, calendar)
        at += QUARTER
    if duration.unit == "working days":
        while not works(at, calendar):
            at += QUARTER
    return at


@settings(max_examples=400, deadline=None)
@given(instants, calendars, st.integers(0, 30), st.sampled_from(["working hours", "working days"]))
def test_working_time_equals_the_slow_calculator(start: datetime, calendar: Calendar, amount: int, unit: str) -> None:
    duration = Duration(min(amount, 8) if unit == "working days" else amount, unit)  # type: ignore[arg-type]
    assert add_duration(start, duration, calendar) == slowly(start, duration, calendar)


@settings(max_examples=200, deadline=None)
@given(instants, calendars)
def test_the_next_working_instant_is_the_first_at_or_after(at: datetime, calendar: Calendar) -> None:
    found = next_working_instant(at, calendar)
    assert is_working_time(found, calendar) == works(found, calendar) is True
    assert found == slowly(at, Duration(0, "working days"), calendar)


@settings(max_examples=200, deadline=None)
@given(instants, calendars, st.integers(0, 400))
def test_calendar_days_keep_the_time_of_day(start: datetime, calendar: Calendar, days: int) -> None:
    due = add_duration(start, Duration(days, "days"), calendar)
    wanted = datetime.combine(
        start.astimezone(calendar.zone).date() + timedelta(days), start.astimezone(calendar.zone).time()
    )
    exists = wanted.replace(tzinfo=calendar.zone).astimezone(UTC).astimezone(calendar.zone).replace(tzinfo=None) == wanted
    reached = due.astimezone(calendar.zone).replace(tzinfo=None)
    assert reached == wanted if exists else wanted < reached <= wanted + timedelta(hours=1)


@settings(max_examples=100, deadline=None)
@given(instants, calendars, st.integers(0, 20), st.integers(0, 20))
def test_adding_in_two_parts_is_adding_at_once(start: datetime, calendar: Calendar, one: int, two: int) -> None:
    def days(amount: int) -> Duration:
        return Duration(amount, "working days")

    twice = add_duration(add_duration(start, days(one), calendar), days(two), calendar)
    assert twice == add_duration(start, days(one + two), calendar)


def test_two_working_days_over_a_weekend_and_a_free_monday() -> None:
    easter = Calendar(ZoneInfo("Europe/Stockholm"), "SE")
    thursday = datetime(2026, 4, 2, 14, 0, tzinfo=UTC)  # 16:00 there; Good Friday and Easter Monday follow
    assert add_duration(thursday, Duration.parse("2 working days"), easter) == datetime(2026, 4, 8, 14, 0, tzinfo=UTC)
    labour_day = Calendar(ZoneInfo("America/New_York"), "US")
    friday = datetime(2026, 9, 4, 20, 0, tzinfo=UTC)  # 16:00 there
    assert add_duration(friday, Duration.parse("2 working days"), labour_day) == datetime(2026, 9, 9, 20, tzinfo=UTC)


def test_the_wall_clock_is_kept_over_daylight_saving() -> None:
    berlin = Calendar(ZoneInfo("Europe/Berlin"))
    friday = datetime(2026, 10, 23, 13, 30, tzinfo=UTC)  # 15:30 summer time
    assert add_duration(friday, Duration(1, "working days"), berlin) == datetime(2026, 10, 26, 14, 30, tzinfo=UTC)
    assert add_duration(friday, Duration(4, "working hours"), berlin) == datetime(2026, 10, 26, 10, 30, tzinfo=UTC)
    assert add_duration(friday, Duration(14, "days"), berlin) == datetime(2026, 11, 6, 14, 30, tzinfo=UTC)


def test_a_skipped_time_of_day_moves_on() -> None:
    berlin = Calendar(ZoneInfo("Europe/Berlin"))
    saturday = datetime(2026, 3, 28, 1, 30, tzinfo=UTC)  # 02:30; the next day has no 02:30
    due = add_duration(saturday, Duration(1, "days"), berlin)
    assert due.astimezone(berlin.zone).isoformat() == "2026-03-29T03:30:00+02:00"


def test_the_day_ends_at_five() -> None:
    utc = Calendar(ZoneInfo("UTC"))
    noon = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
    assert add_duration(noon, Duration(4, "working hours"), utc) == noon.replace(hour=17)
    assert not is_working_time(noon.replace(hour=17), utc)
    assert next_working_instant(noon.replace(hour=17), utc) == datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4 working hours", Duration(4, "working hours")),
        ("1 working hour", Duration(1, "working hours")),
        ("1 working day", Duration(1, "working days")),
        ("14 days", Duration(14, "days")),
        ("  0   days ", Duration(0, "days")),
    ],
)
def test_durations_are_read_and_written(text: str, expected: Duration) -> None:
    assert Duration.parse(text) == expected
    assert Duration.parse(str(expected)) == expected


@pytest.mark.parametrize("text", ["", "days", "2", "2 weeks", "-1 days", "1.5 days", "2 workingdays", "2 business days"])
def test_other_durations_are_refused_with_the_form(text: str) -> None:
    with pytest.raises(ValueError, match="working hours, working days or days"):
        Duration.parse(text)


def test_a_business_day_is_told_to_be_a_working_day() -> None:
    with pytest.raises(ValueError, match="working days"):
        Duration.parse("2 business days")


class Timing(BaseModel):
    remind: list[Duration] = []
    expire: Duration = Duration(10, "working days")


def test_durations_are_fields_of_models() -> None:
    timing = Timing.model_validate({"remind": ["4 working hours", "1 working day"]})
    assert timing.remind[1] == Duration(1, "working days")
    assert timing.model_dump(mode="json") == {"remind": ["4 working hours", "1 working day"], "expire": "10 working days"}
    assert TypeAdapter(Duration).json_schema()["type"] == "string"
    with pytest.raises(ValidationError, match="is not a duration"):
        Timing.model_validate({"expire": 10})


def test_a_persons_holidays_are_those_of_their_place() -> None:
    org = OrgSettings(timezone="Europe/Stockholm", holidays="SE")
    assert calendar_for(org, None) == Calendar(ZoneInfo("Europe/Stockholm"), "SE")
    assert calendar_for(org, "Mars/Olympus") == Calendar(ZoneInfo("Europe/Stockholm"), "SE")
    assert calendar_for(org, "America/New_York") == Calendar(ZoneInfo("America/New_York"), "US")
    assert calendar_for(org, "Europe/Berlin", "DE-BY") == Calendar(ZoneInfo("Europe/Berlin"), "DE-BY")
    assert calendar_for(org, "Europe/Berlin", "Munich") == Calendar(ZoneInfo("Europe/Berlin"), "DE")
    assert (
        calendar_for(OrgSettings(timezone="Europe/Berlin", holidays="DE-BY"), "Europe/Berlin", "Munich").holidays == "DE-BY"
    )
    assert calendar_for(OrgSettings(), "Europe/Berlin", "DE").holidays is None


def test_an_org_file_with_an_unknown_country_is_refused_at_its_line() -> None:
    with pytest.raises(SourceErrors, match=r"org.yaml:2:11: no public holidays are known for 'SX1'"):
        check("org", "name: Acme\nholidays: SX1\n", "org.yaml", None)
    check("org", "name: Acme\nholidays: DE-BY\n", "org.yaml", None)
    assert calendar_for(OrgSettings(holidays="SX1"), None).holidays is None


def test_an_unknown_country_is_named_with_its_nearest() -> None:
    with pytest.raises(ValueError, match="'DE-BX'"):
        Calendar(ZoneInfo("UTC"), "DE-BX").is_working_day(date(2026, 11, 23))
    with pytest.raises(ValueError, match="'XQ'"):
        Calendar(ZoneInfo("UTC"), "XQ").is_working_day(date(2026, 11, 23))
