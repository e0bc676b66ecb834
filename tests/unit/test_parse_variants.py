"""Another author's wording of the same kinds of question: separable verbs, slang, a pace of now, seats held twice."""

import pytest

from storage.vocabulary import VocabularyLists
from tests.unit.parse_company import ASKER, ORG, TODAY, ask, clarify, plan, told
from workflows.asking.parse import parse
from workflows.asking.parsed import Answerable, Unsupported
from workflows.asking.vocabulary import Vocabulary

OCTOBER = "2026-10-01..2026-11-01"


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("what's our annual run rate right now", f"run_rate | {OCTOBER}"),
        ("run rate this year by tool", f"run_rate | {OCTOBER} | by tool"),
        ("run rate last month", f"run_rate | {OCTOBER}"),
        ("Break October costs down by department", f"spend | {OCTOBER} | by department"),
        ("please break last month's spend down per project", f"spend | {OCTOBER} | by project"),
        ("cheapest tool we use", "spend | 2026-11-01..2026-11-24 | by tool; asc 1; spend gt 0"),
        ("what did november set us back so far", "spend | 2026-11-01..2026-11-24"),
        ("this quarter's spend so far", "spend | 2026-10-01..2026-11-24"),
        ("glean cost at list price last month", f"list_price | tool=Glean | {OCTOBER}"),
        ("what did we blow on ai in october lol", f"spend | {OCTOBER}"),
        ("total spend in october, whenever convenient", f"spend | {OCTOBER}"),
        ("list all our AI tools", "tools | 2026-11-23..2026-11-24 | by tool"),
        ("WAU for Glean", "active_users | tool=Glean | 2026-10-26..2026-11-23 | each week"),
        ("DAU for Glean in October", f"active_users | tool=Glean | {OCTOBER} | each day"),
        ("MAU for Glean", "active_users | tool=Glean | 2026-10-24..2026-11-23"),
        (
            "unapproved tools paid by card in October",
            f"paid | payment_channel=card & tool_status!=approved | {OCTOBER} | by tool",
        ),
        ("what did we spend on tools paid by card in October", f"paid | payment_channel=card | {OCTOBER}"),
        ("seats versus api: cost in October", f"spend | billing_model=per_seat,per_token | {OCTOBER} | by billing_model"),
        ("how much of October's spend came through credit cards", f"spend | payment_channel=card | {OCTOBER} | share"),
        ("spend for the whole fiscal year so far", "spend | 2026-07-01..2026-11-24"),
        (
            "double licences: who holds both Codeium and Tabnine",
            "tools_held | tool=Codeium,Tabnine | 2026-11-23..2026-11-24 | by person; tools_held gte 2",
        ),
    ],
)
def test_the_same_meaning_in_other_words(text: str, meaning: str) -> None:
    assert told(plan(text)) == meaning


@pytest.mark.parametrize("text", ["run rate in Q1", "run rate vs last month", "monthly run rate", "October spend so far"])
def test_days_that_the_measure_does_not_have_are_asked_about(text: str) -> None:
    assert clarify(text).slot == "period"


@pytest.mark.parametrize("text", ["WAU by month", "MAU for Glean by week", "seats vs api"])
def test_counts_that_do_not_go_together_are_asked_about(text: str) -> None:
    assert clarify(text).slot == "modifier"


@pytest.mark.parametrize(
    "text",
    [
        "how many tests did Codeium generate",
        "who is the CEO of Glean",
        "who is the laziest AI user",
        "what does the average company spend on AI",
        "tools first seen since june",
        "number of requests approved last month",
        "are we on course for the Q2 budget",
    ],
)
def test_what_is_not_kept_is_said(text: str) -> None:
    assert isinstance(ask(text), Unsupported)


@pytest.mark.parametrize("text", ["?{", "{}", "…", "?;"])
def test_marks_without_a_word_are_no_question(text: str) -> None:
    assert not isinstance(ask(text), Answerable)


@pytest.mark.parametrize(
    ("before", "text", "days"),
    [
        ("spend in October", "the month before", "2026-09-01..2026-10-01"),
        ("spend in Q1", "and the previous quarter?", "2026-04-01..2026-07-01"),
        ("spend this year", "and the year before?", "2025-07-01..2025-11-24"),
        ("spend in September", "same month last year", "2025-09-01..2025-10-01"),
        ("spend in October", "compare with the year before", f"{OCTOBER} | vs 2025-10-01..2025-11-01"),
    ],
)
def test_the_unit_before_is_of_the_unit_asked_for(before: str, text: str, days: str) -> None:
    assert told(plan(text, context=before)) == f"spend | {days}"


@pytest.mark.parametrize(
    ("before", "text"),
    [
        ("spend in October", "the quarter before"),
        ("spend in October", "previous week"),
        ("spend last week", "and the month before?"),
        ("idle seats by tool", "and the month before?"),
        ("spend in October", "compare with the quarter before"),
        (None, "October spend vs the quarter before"),
        (None, "last week's spend vs the month before"),
    ],
)
def test_a_unit_before_another_unit_is_asked_about(before: str | None, text: str) -> None:
    assert clarify(text, context=before).slot in ("period", "modifier")


def test_the_year_before_a_month_is_one_of_two() -> None:
    choices = clarify("previous year", context="spend in October").choices
    assert [str(choice.query.period.start) for choice in choices if choice.query] == ["2025-10-01", "2025-07-01"]


def test_cc_before_a_code_is_no_department() -> None:
    care = Vocabulary.build(VocabularyLists(departments=("Customer Care",), cost_centers=("NG-220",)))
    found = parse("spend of cc NG-220 in October", vocabulary=care, org=ORG, today=TODAY, asker=ASKER)
    assert isinstance(found, Answerable)
    assert told(found.query) == f"spend | cost_center=NG-220 | {OCTOBER}"
