"""One odd word in an ordinary question changes the plan or is asked about; a real word is never a typo of another."""

import pytest

from storage.vocabulary import VocabularyLists
from tests.unit.parse_company import ASKER, LISTS, ORG, TODAY, ask, plan, told
from workflows.asking.parse import parse
from workflows.asking.parsed import Answerable, Clarify
from workflows.asking.vocabulary import Vocabulary


@pytest.mark.parametrize(
    "text",
    [
        "spend around the end of September",
        "spend by mid October",
        "spend as of October 15",
        "spend in the same period last year",
        "top tool per department last month",
        "top 3 tools in each department in October",
        "biggest jump in spend last month",
        "biggest daily jump in October",
        "how many vendors did we pay in October",
        "card vs invoice spend last month",
        "list price vs actual for Glean in October",
        "overdue invoices",
        "October spend vs annual budget",
        "spend by month quarterly since August",
        "spend by us employees last month",
        "US spend last month",
        "spend on tools we keep",
        "approved spend last month",
        "ranked by last month's spend, all vendors",
        "number of invoices from Anthropic in September",
        "tools whose cost per user rose in October",
        "spend on the cheaper of Glean and Writer",
        "spend on tools like Glean in October",
        "how much did we spend instead of Glean last month",
        "it spend last month",
        "spend about 10 days ago",
        "how much did we spend on it last month",
        "spend of these last month",
        "spend for both last month",
        "a quarter of October spend",
        "what is still to be paid to Anthropic",
        "finance spend without an owner",
        "finance spend excluding Glean in design",
        "attributed spend last month",
        "how much of the increase in October is Glean",
        "design in October vs finance in September",
        "top 5 users of Glean",
        "spend in the month of the renewal",
        "did design spend go up because of Glean",
        "spend by tool for departments over 10k",
        "cost per idle seat",
        "spend on the tool with most users",
        "tokens of the most expensive model",
        "spend on tools design does not use",
        "finance and design spend difference by month",
        "tools over 1k per seat",
        "vendors over 10.000 in October",
        "what did we spend in October and on what",
        "departments that dropped over 1k in October",
        "tools that grew more than 500 in October",
        "difference between August and October",
        "spend last month minus last year",
        "tokens on claude-sonnet-4-5 with tools on",
        "unit cost of Glean in October",
        "every October spend",
        "spend by tool under 5k or over 10k",
        "how much of it was design",
        "spend on those tools last month",
        "same as yesterday",
        "make it Glean spend in October",
        "spend in the support of October",
        "biggest drop for any department since August",
        "spend on Glean and Writer respectively",
    ],
)
def test_a_word_that_changes_the_question_is_asked_about(text: str) -> None:
    assert not isinstance(ask(text), Answerable), text


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("is design up on last month", "spend | department=Design | 2026-11-01..2026-11-24 | vs 2026-10-01..2026-10-24"),
        ("spend growth over the last 2 quarters", "spend | 2026-07-01..2026-10-01 | vs 2026-04-01..2026-07-01"),
        ("annual budget for design", "budget | department=Design | 2026-07-01..2027-07-01"),
        ("average monthly spend", "spend | 2025-11-01..2026-11-01 | avg_per_month"),
        (
            "tools that went down more than 15% in October",
            "spend | 2026-10-01..2026-11-01 | vs 2026-09-01..2026-10-01 | by tool; pct_change lt -0.15",
        ),
        ("change from September to October", "spend | 2026-10-01..2026-11-01 | vs 2026-09-01..2026-10-01"),
        ("is October up on September", "spend | 2026-10-01..2026-11-01 | vs 2026-09-01..2026-10-01"),
        ("spend since last Monday", "spend | 2026-11-16..2026-11-24"),
        ("departments by October spend", "spend | 2026-10-01..2026-11-01 | by department"),
    ],
)
def test_the_same_words_where_they_are_clear(text: str, meaning: str) -> None:
    assert told(plan(text)) == meaning


@pytest.mark.parametrize("word", ["exit", "skill", "hosted", "computer", "neither", "rates", "gain", "bright", "failing"])
def test_a_real_word_is_no_typo(word: str) -> None:
    for text in (f"Glean {word} spend in October", f"spend by tool {word} last month"):
        assert not isinstance(ask(text), Answerable), text


def test_what_is_written_like_a_name_is_no_typo_of_a_word() -> None:
    assert not isinstance(ask("spend on Chartr last month"), Answerable)
    assert told(plan("spend on Glaen in Octobr")) == "spend | tool=Glean | 2026-10-01..2026-11-01"


COMPANY = Vocabulary.build(VocabularyLists(departments=("Data", "Growth", "Product"), tools=LISTS.tools))


@pytest.mark.parametrize(
    ("text", "departments"),
    [
        ("spend for product and data last month", ("Product", "Data")),
        ("data's spend last month", ("Data",)),
        ("product vs data spend last month", ("Product", "Data")),
        ("growth spend last month", ("Growth",)),
        ("what did product spend last month", ("Product",)),
        ("spend growth last month", None),
        ("show me the data for last month's spend", None),
    ],
)
def test_a_department_called_like_a_small_word(text: str, departments: tuple[str, ...] | None) -> None:
    found = parse(text, vocabulary=COMPANY, org=ORG, today=TODAY, asker=ASKER)
    if departments is None:
        assert isinstance(found, Clarify) and found.slot == "entity"
    else:
        assert isinstance(found, Answerable)
        assert found.query.filters[0].values == departments
