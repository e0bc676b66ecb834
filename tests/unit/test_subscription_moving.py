"""How a plan's days move on later days: by the question's words, by their distance from the day, or not at all."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.spend_query import Period, SpendQuery
from tests.unit.parse_company import ASKER, ORG, TODAY, VOCABULARY, plan
from workflows.asking.fiscal import FiscalCalendar
from workflows.asking.moving import Moving, Recipe, anew, fixed, moving_words, recipe_of, same_wish, texts_of, with_change
from workflows.asking.parse import parse
from workflows.asking.parsed import Parsed
from workflows.asking.period_types import PeriodContext


def on(day: date) -> PeriodContext:
    return PeriodContext(day, FiscalCalendar.of(ORG))


def read(text: str, day: date = TODAY) -> Parsed:
    return parse(text, vocabulary=VOCABULARY, org=ORG, today=day, asker=ASKER)


def recipe(query: SpendQuery, question: str) -> Recipe:
    return recipe_of(query, None, question, read, lambda reading: reading.query, on(TODAY))


def days(kept: Recipe, day: date) -> tuple[str, str] | None:
    found = anew(kept, None, lambda text: read(text, day), on(day))
    return None if found is None else (found.query.period.start.isoformat(), found.query.period.end.isoformat())


def spend(start: date, end: date, **fields: object) -> SpendQuery:
    return SpendQuery(metrics=("spend",), period=Period(start=start, end=end), **fields)  # type: ignore[arg-type]


LATER = date(2027, 2, 10)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("spend last month", ("2027-01-01", "2027-02-01")),
        ("what did we spend", ("2027-02-01", "2027-02-11")),
        ("spend last 7 days", ("2027-02-03", "2027-02-10")),
        ("spend in August 2026", ("2026-08-01", "2026-09-01")),
        ("spend since January 2026", ("2026-01-01", "2027-02-11")),
        ("what renews in the next 90 days?", ("2027-02-10", "2027-05-11")),
        ("idle seats", ("2027-02-10", "2027-02-11")),
        ("spend by tool last 3 months", ("2026-11-01", "2027-02-01")),
    ],
)
def test_words_are_read_anew(question: str, expected: tuple[str, str]) -> None:
    kept = recipe(plan(question), question)
    assert kept.moving.kind == "text" and days(kept, LATER) == expected


@pytest.mark.parametrize(
    ("start", "end", "moving", "expected"),
    [
        (date(2026, 10, 1), date(2026, 11, 1), "the month before", ("2027-01-01", "2027-02-01")),
        (date(2026, 11, 1), date(2026, 11, 24), "this month so far", ("2027-02-01", "2027-02-11")),
        (date(2026, 8, 1), date(2026, 11, 1), "the last 3 months", ("2026-11-01", "2027-02-01")),
        (date(2026, 12, 1), date(2027, 1, 1), "the month after", ("2027-03-01", "2027-04-01")),
        (date(2026, 11, 16), date(2026, 11, 23), "the week before", ("2027-02-01", "2027-02-08")),
        (date(2026, 11, 13), date(2026, 11, 23), "the 10 days before", ("2027-01-31", "2027-02-10")),
        (date(2026, 11, 22), date(2026, 11, 23), "the day before", ("2027-02-09", "2027-02-10")),
        (date(2026, 11, 23), date(2027, 2, 21), "the next 90 days", ("2027-02-10", "2027-05-11")),
    ],
)
def test_without_words_they_stay_as_far_from_the_day(
    start: date, end: date, moving: str, expected: tuple[str, str]
) -> None:  # fmt: skip
    kept = recipe(spend(start, end), "only those?")
    assert (kept.moving.kind, moving_words(kept.moving)) == ("unit", moving)
    assert days(kept, LATER) == expected
    assert days(fixed(kept), LATER) == (start.isoformat(), end.isoformat())


def test_a_span_that_does_not_touch_the_day_stays() -> None:
    assert recipe(spend(date(2026, 3, 3), date(2026, 3, 9)), "only those?").moving == Moving(kind="fixed")
    odd = spend(date(2026, 10, 1), date(2026, 11, 1), compare=Period(start=date(2025, 3, 1), end=date(2025, 3, 8)))
    assert recipe(odd, "only those?").moving == Moving(kind="fixed"), "nobody can say what it would be compared with"


@given(st.integers(0, 800), st.integers(1, 40))
def test_a_window_keeps_its_length_and_its_end(ahead: int, length: int) -> None:
    kept = recipe(spend(TODAY - timedelta(days=length), TODAY), "only those?")
    day = TODAY + timedelta(days=ahead)
    found = anew(kept, None, lambda text: read(text, day), on(day))
    assert found is not None and found.query.period.end <= day
    assert found.query.metrics == ("spend",) and found.query.period.start < found.query.period.end
    if kept.moving.unit == "day":
        assert (found.query.period.end, found.query.period.end - found.query.period.start) == (day, timedelta(days=length))


def test_a_choice_is_found_again_and_another_meaning_is_not_taken() -> None:
    question = "copilot spend last month"
    chosen = plan("GitHub Copilot spend last month")
    kept = recipe(chosen, question)
    assert kept.moving == Moving(kind="text") and days(kept, LATER) == ("2027-01-01", "2027-02-01")
    gone = kept.model_copy(update={"query": plan("Runway spend last month")})
    assert days(gone, LATER) is None
    one_of_two = kept.model_copy(update={"moving": Moving(kind="text", picked=0, alike=2)})
    assert days(one_of_two, LATER) is None, "two readings differed in their days alone, and now there is one"


def test_the_same_wish_on_another_day() -> None:
    first = recipe(plan("spend last month"), "spend last month")
    december = first.model_copy(update={"query": spend(date(2026, 11, 1), date(2026, 12, 1))})
    assert same_wish(first, december, None)
    other = recipe(plan("spend this month"), "spend this month")
    assert first.moving == other.moving and not same_wish(first, other, None)


def test_texts_without_the_label_of_a_choice() -> None:
    assert texts_of("copilot spend (GitHub Copilot (tool))") == [
        "copilot spend (GitHub Copilot (tool))", "copilot spend (GitHub Copilot", "copilot spend"]  # fmt: skip
    assert texts_of("spend (all) last month") == ["spend (all) last month"]


def test_a_change_is_told_of_single_numbers_only() -> None:
    october = spend(date(2026, 10, 1), date(2026, 11, 1))
    compared = with_change(october, "week").compare
    assert isinstance(compared, Period) and compared.start == date(2026, 9, 1)
    for fields in ({"group_by": ("tool",)}, {"grain": "day"}, {"compare": "budget"}, {"metrics": ("renewals",)}):
        query = october.model_copy(update=fields)
        assert with_change(query, "week") == query
    seats = SpendQuery(metrics=("seats_idle",), period=Period(start=date(2026, 11, 30), end=date(2026, 12, 1)))
    ago = {cadence: with_change(seats, cadence).compare for cadence in ("day", "week", "month")}
    assert [one.start for one in ago.values() if isinstance(one, Period)] == [
        date(2026, 11, 29), date(2026, 11, 23), date(2026, 10, 30)]  # fmt: skip
