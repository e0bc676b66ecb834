"""The same meaning in other people's words, over a company whose fiscal year begins in July; rules, not sentences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.org import FiscalYear, OrgSettings
from storage.spend_query import Period
from tests.unit.parse_company import ASKER, ORG, TODAY, VOCABULARY, ask, clarify, plan, told
from workflows.asking.grammar import GRAMMAR
from workflows.asking.parse import parse
from workflows.asking.parsed import Action, Answerable, Clarify, Help, Unsupported

OCTOBER = "2026-10-01..2026-11-01"
NOW = "2026-11-23..2026-11-24"
MEANT = {
    # money
    "what did Glean set us back in October": f"spend | tool=Glean | {OCTOBER}",
    "how much have we forked out for Glean in October": f"spend | tool=Glean | {OCTOBER}",
    "how much was dropped on Glean in October": f"spend | tool=Glean | {OCTOBER}",
    "how much is Glean": "spend | tool=Glean | 2026-11-01..2026-11-24",
    "could you share the October spend": f"spend | {OCTOBER}",
    "if it is not too much trouble, October spend": f"spend | {OCTOBER}",
    "so far in November, what did Glean cost": "spend | tool=Glean | 2026-11-01..2026-11-24",
    "spend in the first half of the fiscal year": "spend | 2026-07-01..2026-11-24",
    "which vendors cost us at least 5 grand in October": f"spend | {OCTOBER} | by vendor; spend gte 5000",
    # cuts
    "division breakdown of October spend": f"spend | {OCTOBER} | by division",
    "cost centre by vendor in October": f"spend | {OCTOBER} | by cost_center,vendor",
    "the design and the finance team, October spend": f"spend | department=Design,Finance | {OCTOBER}",
    "spend on each coding assistant in October": f"spend | category=coding_assistant | {OCTOBER} | by tool",
    "which department's costs rose the most in October": "spend | 2026-10-01..2026-11-01 | vs 2026-09-01..2026-10-01 | "
    "by department; desc 1",
    "tool with the biggest increase in October": f"spend | {OCTOBER} | vs 2026-09-01..2026-10-01 | by tool; desc 1",
    "spike days in October": f"spend | {OCTOBER} | each day",
    # comparisons with the span before
    "spend in October vs the month before": f"spend | {OCTOBER} | vs 2026-09-01..2026-10-01",
    "spend last quarter compared with the quarter before": "spend | 2026-07-01..2026-10-01 | vs 2026-04-01..2026-07-01",
    "was October higher than September": f"spend | {OCTOBER} | vs 2026-09-01..2026-10-01",
    "design vs budget in October": f"spend | department=Design | {OCTOBER} | vs budget",
    "did we stay under budget in October": f"spend | {OCTOBER} | vs budget",
    # unit costs
    "which tool is cheapest per active user in October": f"cost_per_active_user | {OCTOBER} | by tool; asc 1",
    "what do we pay per request on the Anthropic API in October": f"cost_per_request | tool=Anthropic API | {OCTOBER}",
    # seats
    "bought, assigned and active seats by tool": f"seats_purchased,seats_assigned,seats_active | {NOW} | by tool",
    "Glean seats bought vs used": f"seats_purchased,seats_active | tool=Glean | {NOW}",
    "are there free Glean seats": f"seats_purchased,seats_assigned | tool=Glean | {NOW}",
    "how much are we losing on licences nobody uses": f"idle_seat_cost | {NOW}",
    "which seats do I hold": f"seats_assigned | person=tomas.pena@fjord.example | {NOW} | by tool",
    "who in design has Glean": f"seats_assigned | department=Design & tool=Glean | {NOW} | by person",
    "anyone in design with a Glean licence?": f"seats_assigned | department=Design & tool=Glean | {NOW} | by person",
    # budgets, contracts, inventory, approvals
    "how much can design still spend this quarter": "budget_remaining | department=Design | 2026-10-01..2027-01-01",
    "when will the Glean contract end": f"renewals | tool=Glean | {NOW}",
    "value of all active contracts": f"renewals | {NOW}",
    "which coding assistants do we have": f"tools | category=coding_assistant | {NOW} | by tool",
    "do any tools overlap": f"tools | {NOW} | by category; tools gt 1",
    "which vendors do we use": f"tools | {NOW} | by vendor",
    "compare Glean with Writer in October": f"spend | tool=Glean,Writer | {OCTOBER} | by tool",
    "up or down vs last month": "spend | 2026-11-01..2026-11-24 | vs 2026-10-01..2026-10-24",
    "cost centres ranked by October spend": f"spend | {OCTOBER} | by cost_center",
    "what's the price of a Glean licence": "cost_per_seat | tool=Glean | 2026-11-01..2026-11-24",
    "October spend, top3 tools": f"spend | {OCTOBER} | by tool; desc 3",
    "did design exceed its budget in October": f"spend | department=Design | {OCTOBER} | vs budget",
    "how many approvals are waiting": f"pending_approvals | {NOW}",
    "spend by me in October": f"spend | person=tomas.pena@fjord.example | {OCTOBER}",
    "the October bill for Glean, now": f"billed | tool=Glean | {OCTOBER}",
    "how many Glean licences are handed out in design": f"seats_assigned | department=Design & tool=Glean | {NOW}",
    "show me everyone holding a Glean seat": f"seats_assigned | tool=Glean | {NOW} | by person",
    "how many requests were filed in October": f"access_requests | {OCTOBER}",
}


@pytest.mark.parametrize(("text", "meaning"), MEANT.items(), ids=list(MEANT))
def test_other_words_for_the_same(text: str, meaning: str) -> None:
    assert told(plan(text)) == meaning


BY_DEPARTMENT = "spend by department in October"
AFTER = {
    "vs August": f"spend | {OCTOBER} | vs 2026-08-01..2026-09-01 | by department",
    "compare that to August": f"spend | {OCTOBER} | vs 2026-08-01..2026-09-01 | by department",
    "now by vendor instead": f"spend | {OCTOBER} | by vendor",
    "in percent of total": f"spend | {OCTOBER} | by department; share",
}


@pytest.mark.parametrize(("text", "meaning"), AFTER.items(), ids=list(AFTER))
def test_what_follows_keeps_the_days_before(text: str, meaning: str) -> None:
    assert told(plan(text, context=BY_DEPARTMENT)) == meaning


@pytest.mark.parametrize(
    ("text", "rest"),
    [("which tool was the most expensive", "by tool; desc 1"), ("ok and what share is Glean", "share of Design")],
)
def test_parts_of_one_department(text: str, rest: str) -> None:
    meaning = told(plan(text, context="design spend in October"))
    assert OCTOBER in meaning and "department=Design" in meaning and meaning.endswith(rest)


def test_two_calendar_months_in_a_year_of_weeks() -> None:
    org = ORG.model_copy(update={"fiscal_year": FiscalYear(start_month=7, calendar="4-4-5")})
    text = "spend difference between September and October"
    found = parse(text, vocabulary=VOCABULARY, org=org, today=TODAY, asker=ASKER)
    assert isinstance(found, Answerable) and isinstance(found.query.compare, Period)
    days = (found.query.period.start, found.query.period.end, found.query.compare.start, found.query.compare.end)
    assert [str(day) for day in days] == ["2026-10-01", "2026-11-01", "2026-09-01", "2026-10-01"]


def test_another_number_after_a_ranking() -> None:
    assert plan("make it 5", context="top 3 tools in October").limit == 5


def test_the_cost_of_idle_seats_spoken_of() -> None:
    assert told(plan("cost", context="idle seats")) == f"idle_seat_cost | {NOW} | by tool"


def test_spent_so_far_is_of_the_days_and_names_before() -> None:
    query = plan("spent so far", context="design budget this quarter")
    assert (query.metrics, query.filters[0].values, str(query.period.start)) == (("spend",), ("Design",), "2026-10-01")


@pytest.mark.parametrize("text", ["what is a token", "what does utilisation mean", "how is idle calculated"])
def test_what_a_word_means_is_help(text: str) -> None:
    assert isinstance(ask(text), Help)


def test_the_whole_company_after_one_department() -> None:
    assert not plan("same thing for the whole company", context="design spend in October").filters


@pytest.mark.parametrize("text", ["how much is used", "how much is left"])
def test_parts_of_the_budget_before(text: str) -> None:
    assert plan(text, context="design budget this year").metrics[0].startswith("budget_")


@pytest.mark.parametrize(
    "text",
    [
        "where does the money go",  # by what?
        "cost per policy",
        "spend per Glean",
        "Glean spend should be in October",
        "how often do people use Glean",
        "what did Ingrid Solheim use last month",
        "share of Glean seats in use",
        "failed requests on the Anthropic API",
        "spend on tools owned by design",
        "Glean from Anthropic spend",
        "which costs more or less",
        "when did design go over budget",
        "rejected requests last month",
        "spend in October except on Sundays",
        "spend this quarter but not in October",
        "spend approved in October",
    ],
)
def test_what_has_no_clear_meaning_is_asked_about(text: str) -> None:
    assert isinstance(ask(text), Clarify)


def test_a_tool_beside_another_vendor_is_set_beside_its_tools() -> None:
    query = plan("Glean vs Anthropic in October")
    assert (query.filters[0].values, query.group_by) == (("Glean", "Claude Team", "Anthropic API"), ("tool",))


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("remind me every Monday", "subscribe"),
        ("every Monday please", "subscribe"),
        ("email this to me every Friday", "subscribe"),
        ("send me this as a csv", "export"),
        ("can I have that as a spreadsheet", "export"),
        ("i'd like to request a Glean seat", "request"),
        ("get me a Glean licence", "request"),
        ("I would like a Glean seat", "request"),
        ("can I get access to Glean", "request"),
        ("what is waiting for my approval", "status"),
        ("who has to approve my request", "status"),
        ("stop the Glean subscription", "cancel"),
        ("please approve Ingrid's request", "approve"),
    ],
)
def test_things_to_do_are_offered(text: str, command: str) -> None:
    found = ask(text, BY_DEPARTMENT)
    assert isinstance(found, Action) and found.command == command


@pytest.mark.parametrize("text", ["show spend every month", "can I get the October spend", "return on our Glean investment"])
def test_questions_are_no_commands(text: str) -> None:
    assert not isinstance(ask(text), Action)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("who owns Glean", "owner"),
        ("chargeback for design in October", "chargeback"),
        ("new tools since September", "not_in_data"),
        ("which departments have no budget", "not_in_data"),
        ("will design stay within budget", "forecast"),
        ("how much will we have spent by June", "forecast"),
        ("return on our Glean investment", "roi"),
        ("any shadow AI?", "shadow_ai"),
        ("what is your API token", "secret"),
    ],
)
def test_what_is_missing_is_said(text: str, reason: str) -> None:
    found = ask(text)
    assert isinstance(found, Unsupported) and found.reason == reason
    assert found.text and found.offer


@pytest.mark.parametrize(
    ("holidays", "day"), [("DE-BY", "2026-11-10"), ("GB", "2026-11-10"), ("US", "2026-10-11"), ("CA", None), (None, None)]
)
def test_a_date_in_digits_is_read_as_the_country_writes_it(holidays: str | None, day: str | None) -> None:
    org = OrgSettings(holidays=holidays)
    found = parse("spend on 10/11/2026", vocabulary=VOCABULARY, org=org, today=TODAY, asker=ASKER)
    if day is None:
        assert isinstance(found, Clarify) and found.slot == "period" and len(found.choices) == 2
    else:
        assert isinstance(found, Answerable) and str(found.query.period.start) == day
        assert any("10/11/2026 =" in note for note in found.assumptions)


# -- What holds for every question -------------------------------------------------------------------------------------

ALIKE = [
    ["spend", "spending", "cost", "costs", "expenditure", "outlay", "burn"],
    ["department", "departments", "team", "dept"],
    ["licences", "seats", "licenses"],
]
PATTERNS = [
    "{0} by {1} in October",
    "{0} of Glean per {1} last month",
    "top 3 tools by {0} in {1} finance",
    "unused {2} by {1}",
]


@given(st.sampled_from(PATTERNS), st.data())
def test_words_that_mean_the_same_give_the_same_plan(pattern: str, data: st.DataObject) -> None:
    chosen = [data.draw(st.sampled_from(words)) for words in ALIKE]
    usual = pattern.format(*(words[0] for words in ALIKE))
    assert told(plan(pattern.format(*chosen))) == told(plan(usual))


@given(st.permutations(["in October", "by tool", "for finance", "on coding assistants"]))
def test_the_order_of_the_parts_changes_nothing(parts: list[str]) -> None:
    usual = told(plan("spend in October by tool for finance on coding assistants"))
    assert told(plan("spend " + " ".join(parts))) == usual


# Words of the grammar that change what is meant; "the", "please", "in total" do not.
_TELLING = (
    *("modal", "often", "not", "share", "avg", "growth", "overbudget", "savings", "left", "cumulative", "null"),
    "payment",
)
TELLING = sorted({p for kind in _TELLING for texts in GRAMMAR[kind].values() for p in texts.split(", ")} - {"may i", "no"})


@given(st.sampled_from(["spend on Glean in October", "Glean seats", "tokens in October"]), st.sampled_from(TELLING),
       st.booleans())  # fmt: skip
def test_a_known_word_never_disappears(question: str, words: str, first: bool) -> None:
    """It changes the plan, is told in an assumption, or is asked about."""
    found = ask(f"{words} {question}" if first else f"{question} {words}")
    if isinstance(found, Answerable) and found.query == plan(question):
        assert set(found.assumptions) - set(ask(question).assumptions)  # type: ignore[union-attr]


def test_a_date_that_is_two_dates_is_asked_about() -> None:
    assert ORG.holidays is None
    assert clarify("spend on 4/5/2026").slot == "period"
