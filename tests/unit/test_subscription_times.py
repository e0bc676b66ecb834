"""When subscriptions are told: over daylight saving, month ends and gaps, as properties; and what words say."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.asking.subscription_times import Recurrence, comes_too_soon, next_due, ordinal
from workflows.asking.subscription_words import Wish, subject_in, wish_in
from workflows.business_time import Calendar

ZONES = ("Europe/Stockholm", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "UTC",
         "America/Sao_Paulo", "Africa/Cairo")  # fmt: skip

zones = st.sampled_from(ZONES).map(ZoneInfo)
instants = st.datetimes(datetime(2011, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC))
clock_times = st.builds(time, st.integers(0, 23), st.sampled_from((0, 15, 30, 45)))
weekly = st.builds(Recurrence, st.just("week"), clock_times, st.integers(1, 5))
monthly = st.builds(Recurrence, st.just("month"), clock_times, st.integers(1, 31))
daily = st.builds(Recurrence, st.just("day"), clock_times)
recurrences = st.one_of(daily, weekly, monthly)


def working(day: date) -> bool:
    return day.weekday() < 5


@given(recurrences, instants, zones)
def test_the_next_is_later_on_its_day_at_its_hour(when: Recurrence, after: datetime, zone: ZoneInfo) -> None:
    due = next_due(when, after, zone, working)
    assert due > after
    local = due.astimezone(zone)
    exists = datetime.combine(local.date(), when.at, zone).astimezone(UTC).astimezone(zone).time() == when.at
    if local.time() == when.at:
        assert when.falls_on(local.date(), working)
        assert local.fold == 0
    else:  # skipped by daylight saving: moved on, at most by a day where the date line was crossed
        assert not exists or not when.falls_on(local.date(), working) or local.date() == date(2011, 12, 31)
        assert local.replace(tzinfo=None) - datetime.combine(local.date(), when.at) <= timedelta(hours=24)


@given(recurrences, instants, zones, st.integers(0, 10**7))
def test_nothing_lies_between(when: Recurrence, after: datetime, zone: ZoneInfo, seconds: int) -> None:
    """Asking again from anywhere before the next gives the same; from the next on, a later one."""
    due = next_due(when, after, zone, working)
    between = min(after + timedelta(seconds=seconds), due - timedelta(seconds=1))
    assert next_due(when, max(after, between), zone, working) == due
    assert next_due(when, due, zone, working) > due


@given(st.integers(1, 31), st.integers(2020, 2030), zones)
def test_every_month_has_one(day: int, year: int, zone: ZoneInfo) -> None:
    when, at = Recurrence("month", time(9), day), datetime(year - 1, 12, 31, 23, tzinfo=zone).astimezone(UTC)
    found = []
    for _ in range(12):
        at = next_due(when, at, zone, working)
        found.append(at.astimezone(zone).date())
    assert found == [date(year, month, min(day, monthrange(year, month)[1])) for month in range(1, 13)]


@given(instants, zones)
def test_every_week_is_a_week_apart_on_the_wall(after: datetime, zone: ZoneInfo) -> None:
    when = Recurrence("week", time(9), 3)
    first = next_due(when, after, zone, working)
    second = next_due(when, first, zone, working)
    days = (second.astimezone(zone).date() - first.astimezone(zone).date()).days
    assert days == 7 and second.astimezone(zone).hour == 9


@pytest.mark.parametrize(
    ("zone", "before", "utc_hours"),
    [("Europe/Stockholm", datetime(2026, 3, 22, 12, tzinfo=UTC), (8, 7)),  # clocks go forward on 29 March
     ("Europe/Stockholm", datetime(2026, 10, 18, 12, tzinfo=UTC), (7, 8)),
     ("America/New_York", datetime(2026, 10, 25, 12, tzinfo=UTC), (13, 14))],
)  # fmt: skip
def test_nine_stays_nine_over_daylight_saving(zone: str, before: datetime, utc_hours: tuple[int, int]) -> None:
    when = Recurrence("week", time(9), 1)
    first = next_due(when, before, ZoneInfo(zone), working)
    assert (first.hour, next_due(when, first, ZoneInfo(zone), working).hour) == utc_hours


def test_a_skipped_hour_is_moved_on_and_a_doubled_one_is_told_once() -> None:
    stockholm, when = ZoneInfo("Europe/Stockholm"), Recurrence("month", time(2, 30), 29)
    assert next_due(when, datetime(2026, 3, 1, tzinfo=UTC), stockholm, working) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    when = Recurrence("month", time(2, 30), 25)
    first = next_due(when, datetime(2026, 10, 1, tzinfo=UTC), stockholm, working)
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 2:30 comes again an hour later
    assert next_due(when, first, stockholm, working).astimezone(stockholm).date() == date(2026, 11, 25)


def test_working_days_leave_out_weekends_and_holidays() -> None:
    calendar = Calendar(ZoneInfo("Europe/Stockholm"), "SE")
    at, found = datetime(2026, 12, 21, 12, tzinfo=UTC), []
    for _ in range(6):
        at = next_due(Recurrence("day"), at, calendar.zone, calendar.is_working_day)
        found.append(at.date())
    assert found == [date(2026, 12, day) for day in (22, 23, 24, 28, 29, 30)]  # Christmas is a Friday


def test_nobody_works_ever() -> None:
    with pytest.raises(ValueError, match="no day"):
        next_due(Recurrence("day"), datetime(2026, 1, 1, tzinfo=UTC), ZoneInfo("UTC"), lambda day: False)


@given(recurrences)
def test_cron_fields_keep_it(when: Recurrence) -> None:
    minute, hour, *_ = when.cron.split()
    assert (int(minute), int(hour)) == (when.at.minute, when.at.hour)
    assert Recurrence.of_cron(when.cadence, when.cron) == when


def test_cron_lines_as_others_read_them() -> None:
    assert Recurrence("day").cron == "0 9 * * 1-5"
    assert Recurrence("week", time(10, 30), 5).cron == "30 10 * * 5"
    assert Recurrence("month", time(9), 31).cron == "0 9 31 * *"


@pytest.mark.parametrize("wrong", [("week", 6), ("month", 0), ("month", 32)])
def test_days_that_are_none(wrong: tuple[str, int]) -> None:
    with pytest.raises(ValueError, match="not a day"):
        Recurrence(wrong[0], day=wrong[1])  # type: ignore[arg-type]


def test_a_late_one_is_left_out_when_the_next_comes_the_same_day() -> None:
    zone = ZoneInfo("Europe/Stockholm")
    monday = datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert comes_too_soon(monday, monday + timedelta(hours=5), zone)
    assert not comes_too_soon(monday, monday + timedelta(days=1), zone)
    assert comes_too_soon(datetime(2026, 11, 23, 23, 30, tzinfo=UTC), datetime(2026, 11, 24, 8, tzinfo=UTC), zone)


def test_in_words() -> None:
    assert Recurrence("day").words == "every working day at 9:00"
    assert Recurrence("week", time(10, 30), 5).words == "every Friday at 10:30"
    assert Recurrence("month", time(9), 31).words == "on the last day of every month at 9:00"
    assert Recurrence("month", time(9), 3).words == "on the 3rd of every month at 9:00"
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 30)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "23rd", "30th"]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("remind me every Monday", Wish("week", 1)),
        ("subscribe me to this weekly", Wish("week")),
        ("Send me this every month", Wish("month")),
        ("send this to the channel every Friday", Wish("week", 5, None, True)),
        ("send me this every working day at 9:30", Wish("day", None, time(9, 30))),
        ("daily please, here", Wish("day", None, None, True)),
        ("every tues at 2pm", Wish("week", 2, time(14))),
        ("send it on the 15th of every month", Wish("month", 15)),
        ("send me this every month on the 1st at 10", Wish("month", 1, time(10))),
        ("at the end of each month", Wish("month", 31)),
        ("on Fridays", Wish("week", 5)),
        ("subscribe", Wish()),
        ("every day at 23", Wish("day")),  # not a working hour: to be chosen
        ("every day at 9:07", Wish("day")),
        ("send me this every hour", Wish(refused="every hour")),
        ("remind me quarterly", Wish(refused="quarterly")),
        ("every Sunday", Wish(refused="every sunday")),
        ("every other week", Wish(refused="every other week")),
        ("on the first day of each quarter", Wish(refused="first day of each quarter")),
        ("notify me when spend passes 100", Wish(refused="when spend passes 100")),
    ],
)
def test_what_words_say(text: str, wish: Wish) -> None:
    assert wish_in(text) == wish


def test_the_usual_where_nothing_is_said() -> None:
    assert Wish().recurrence() == Recurrence("week", time(9), 1)
    assert Wish("month", 31, time(10)).recurrence() == Recurrence("month", time(10), 31)


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("send me this every Monday", ""),
        ("remind me every Monday at 10", ""),
        ("Please subscribe me to this weekly", ""),
        ("subscribe", ""),
        ("send this to the channel every Friday, please", ""),
        ("every Friday please", ""),
        ("post it here on the 15th of every month", ""),
        ("send me a summary each week", ""),
        ("send me what Sales spent last week every Monday", "what Sales spent last week"),
        ("every Monday send us the top 5 tools this quarter", "the top 5 tools this quarter"),
        ("remind me of my idle seats every month", "my idle seats"),
        ("email me the monthly spend by tool every Friday at 9:30", "the monthly spend by tool"),
        ("tell me about Cursor's spend every day", "Cursor's spend"),
    ],
)
def test_the_question_within_a_wish(text: str, subject: str) -> None:
    assert subject_in(text) == subject
