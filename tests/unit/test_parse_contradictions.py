"""What the words say against the reading: stocks over days, names that rule each other out, what has no history, wishes, and
what a follow-up may not keep or drop in silence. Rules, not sentences; each would pass as a plausible wrong answer."""

import pytest

from storage.org import FiscalYear
from storage.vocabulary import PersonEntry, VocabularyLists
from tests.unit.parse_company import ASKER, ORG, TODAY, VOCABULARY, ask, clarify, plan, told
from workflows.asking.parse import parse
from workflows.asking.parsed import Action, Answerable, Clarify, Help, Unsupported
from workflows.asking.vocabulary import Vocabulary

NOW = "2026-11-23..2026-11-24"
OCTOBER = "2026-10-01..2026-11-01"


@pytest.mark.parametrize(
    "text",
    [
        "how many Glean seats did Design use over October",
        "Glean seats since September",
        "seats assigned in October",
        "who got a Glean seat in October",
        "who was assigned a Glean seat last week",
        "add up the Glean seats over October",
    ],
)
def test_a_stock_over_days_is_asked(text: str) -> None:
    assert clarify(text).slot in ("period", "modifier")


@pytest.mark.parametrize("text", ["Glean seats in October", "assigned Glean seats at the end of October"])
def test_a_stock_of_named_days_is_of_the_last(text: str) -> None:
    assert "2026-10-31..2026-11-01" in told(plan(text))


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("who has Glean but not Writer", "modifier"),
        ("who has Glean and Writer", "modifier"),  # either, or both?
        ("who are the five people with the most tools", "modifier"),
        ("which department has the most tools", "modifier"),
        ("how many tools does each department use", "metric"),
        ("tools by department", "metric"),
        ("which teams have Glean", "metric"),
        ("tools nobody uses", "metric"),
        ("what do people in Design use", "metric"),
        ("tools approved last month", "period"),
        ("how many seats do we need", "modifier"),
        ("why do I have a Glean seat", "modifier"),
        ("which contracts did we renew in October", "modifier"),
        ("renewals by month this year", "modifier"),
        ("did the budget change in October", "modifier"),
        ("compare this year's budget with last year's", "modifier"),
        ("budget per person in Design", "dimension"),
        ("how much budget was left at the end of October", "period"),
        ("share of budget for Design", "metric"),
        ("coding assistants by seats", "dimension"),
        ("paid but unused seats", "metric"),
        ("what is Design allowed to spend", "modifier"),
    ],
)
def test_what_the_words_leave_open_is_asked(text: str, slot: str) -> None:
    assert clarify(text).slot == slot


MEANT = {
    "who in Design holds a Glean seat": f"seats_assigned | department=Design & tool=Glean | {NOW} | by person",
    "people in Design with an idle Glean seat": f"seats_idle | department=Design & tool=Glean | {NOW} | by person",
    "idle Glean seats in Design, names please": f"seats_idle | department=Design & tool=Glean | {NOW} | by person",
    "which tools does Ingrid Solheim hold": f"seats_assigned | person=ingrid.solheim@fjord.example | {NOW} | by tool",
    "people with seats in more than three tools": f"tools_held | {NOW} | by person; tools_held gt 3",
    "seats with no activity in 90 days, per tool": f"seats_idle | {NOW} | by tool",
    "list our tools by vendor": f"tools | {NOW} | by vendor,tool",
    "how many requests are waiting for approval": f"pending_approvals | {NOW}",
    "budget of Design vs Finance": "budget | department=Design,Finance | 2026-07-01..2027-07-01 | by department",
    "budget per quarter for Design": "budget | department=Design | 2026-07-01..2027-07-01 | each quarter",
    "is the Design budget used up": "budget_used | department=Design | 2026-07-01..2027-07-01",
    "did anything lapse in October": f"renewals | {OCTOBER}",
    "the largest renewal this year": "renewals | 2026-07-01..2027-07-01 | desc 1",
    "what is the notice period of Glean": f"renewals | tool=Glean | {NOW}",
    "is Glean auto-renewing": f"renewals | auto_renew=yes & tool=Glean | {NOW}",
}


@pytest.mark.parametrize(("text", "meaning"), MEANT.items(), ids=list(MEANT))
def test_other_words_for_seats_contracts_and_budgets(text: str, meaning: str) -> None:
    assert told(plan(text)) == meaning


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("I want a Glean licence", "request"),
        ("give Ingrid Aas a Glean seat", "request"),
        ("let Ingrid have a Writer seat", "request"),
        ("take away Ingrid's Glean seat", "release"),
        ("renew the Glean contract", "change"),
        ("raise the Design budget to 50k", "change"),
        ("has my seat been approved yet", "status"),
        ("my requests", "status"),
    ],
)
def test_wishes_are_commands(text: str, command: str) -> None:
    found = ask(text)
    assert isinstance(found, Action) and found.command == command


@pytest.mark.parametrize(
    "text", ["I need the idle seats by tool", "give me a list of Glean seats", "change in spend by tool"]
)
def test_asking_for_numbers_is_no_wish(text: str) -> None:
    assert isinstance(ask(text), Answerable)


def test_request_one_after_a_count_is_a_command() -> None:
    assert isinstance(ask("request one for me", "spare Glean seats"), Action)


@pytest.mark.parametrize("text", ["will we blow the budget in June", "bill the Design team for its share"])
def test_what_is_missing_is_said_at_once(text: str) -> None:
    assert isinstance(ask(text), Unsupported)


# -- Names that are words ----------------------------------------------------------------------------------------------


def _among_words(text: str) -> object:
    people = (PersonEntry("Will Price", "will@x.example"), PersonEntry("Bill Grant", "bill@x.example"),
              PersonEntry("Ada Frank", "ada@x.example"))  # fmt: skip
    lists = VocabularyLists(departments=("Platform", "Design"), tools=VOCABULARY.lists.tools, people=people)
    org = ORG.model_copy(update={"fiscal_year": FiscalYear(start_month=3, calendar="4-4-5")})
    return parse(text, vocabulary=Vocabulary.build(lists), org=org, today=TODAY, asker=ASKER)


@pytest.mark.parametrize("text", ["price of the Glean renewal", "what will Glean renewals be", "grant for Glean"])
def test_a_word_is_no_person(text: str) -> None:
    found = _among_words(text)
    assert not isinstance(found, Answerable) or all(part.dimension != "person" for part in found.query.filters)


@pytest.mark.parametrize("text", ["what did Bill spend last month", "Bill and Ada's spend last month"])
def test_a_person_is_no_word(text: str) -> None:
    assert isinstance(_among_words(text), Clarify)


def test_a_person_where_people_stand() -> None:
    found = _among_words("what did Grant cost last month")
    assert isinstance(found, Answerable) and found.query.filters[0].values == ("bill@x.example",)


def test_a_department_called_like_a_dimension_after_in() -> None:
    found = _among_words("who in Platform has Glean")
    assert isinstance(found, Answerable)
    assert told(found.query) == f"seats_assigned | department=Platform & tool=Glean | {NOW} | by person"


# -- Follow-ups --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "before", "meaning"),
    [
        ("and the budget?", "Design spend this quarter", "budget | department=Design | 2026-10-01..2027-01-01"),
        ("and last month?", "Design spend vs budget this quarter", f"spend | department=Design | {OCTOBER} | vs budget"),
        ("and September?", "spend in October vs September", "ask"),
        ("and last year?", "second most expensive tool this year",
         "spend | 2025-07-01..2026-07-01 | by tool; desc 1 after 1"),
        ("and tokens?", "average spend per day in October", f"tokens | {OCTOBER} | avg_per_day"),
        ("over time", "Glean seats assigned", "seats_assigned | tool=Glean | 2025-11-01..2026-11-01 | each month"),
        ("when does it renew", "Glean seats assigned", f"renewals | tool=Glean | {NOW}"),
        ("under 5k instead", "upcoming renewals over 10k", "renewals | 2026-11-23..2027-02-21 | renewals lt 5000"),
    ],
)  # fmt: skip
def test_a_follow_up_keeps_what_it_does_not_change(text: str, before: str, meaning: str) -> None:
    found = ask(text, before)
    assert (told(found.query) if isinstance(found, Answerable) else "ask") == meaning


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("since January", "how many Glean seats are assigned"),
        ("in percent", "idle seats by tool"),
        ("Glean too", "idle seats of Writer"),
        ("by tool", "spend by month this year"),
        ("and tokens?", "tools over 10k last month"),
        ("under 5k", "upcoming renewals over 10k"),
        ("and renewals?", "Glean spend in September"),
        ("not Design, Finance", "Design spend last month"),
        ("their seats", "renewals next quarter"),
        ("is that a lot", "idle seats by tool"),
        ("are you sure", "idle seats by tool"),
    ],
)
def test_a_follow_up_with_several_meanings_is_asked(text: str, before: str) -> None:
    assert isinstance(ask(text, before), Clarify)


def test_help_about_a_word_after_an_answer() -> None:
    assert isinstance(ask("what does idle mean", "idle seats by tool"), Help)
