"""Answers as people read them: the number first, its period, direction and difference; buttons that lead somewhere new."""

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import product

import pytest

from bot.answer_message import MAX_BUTTONS, answer_chart, answer_message
from storage.models import Budget
from storage.spend_query import METRICS, Filter, Having, Period, QueryResult, ResultRow, SpendQuery
from storage.unit_of_work import Store
from tests.asking.test_delivery import DM, OPEN, ORG, acme
from tests.builders import add_config
from workflows.asking import phrases, wording
from workflows.asking.answer import answer_plan
from workflows.asking.answer_object import Answer
from workflows.asking.headline import headline, share_headline
from workflows.asking.memory import Asked
from workflows.asking.next_steps import BEFORE, LABELS, changed, next_steps
from workflows.asking.parsed import Scope
from workflows.asking.rights import Rights

OCTOBER = Period(start=date(2026, 10, 1), end=date(2026, 11, 1), label="October 2026")
SEPTEMBER = Period(start=date(2026, 9, 1), end=date(2026, 10, 1), label="2026-09-01 to 2026-09-30")
TO_DATE = Period(start=date(2026, 11, 1), end=date(2026, 11, 26), label="November 2026 to date")
TODAY = Period(start=date(2026, 11, 25), end=date(2026, 11, 26))
MARKETING = Filter(dimension="department", values=("Marketing",))
CURSOR = Filter(dimension="tool", values=("Cursor",))
FINANCE = Rights(person_id=1, emails=frozenset({"fin@acme.example"}), everything=True)


def plan(metric: str = "spend", period: Period = OCTOBER, **more: object) -> SpendQuery:
    return SpendQuery(metrics=(metric,), period=period, **more)  # type: ignore[arg-type]


def result(
    value: str | None, before: str | None = None, rows: tuple[ResultRow, ...] = (), metric: str = "spend"
) -> QueryResult:
    return QueryResult(
        currency="USD", values={metric: None if value is None else Decimal(value)},
        previous={} if before is None else {metric: Decimal(before)}, rows=rows,
    )  # fmt: skip


def row(name: str | None, value: str, before: str | None = None, key: str = "tool", **more: object) -> ResultRow:
    previous = {} if before is None else {"spend": Decimal(before)}
    return ResultRow(keys={key: name}, values={"spend": Decimal(value)}, previous=previous, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("period", "words"),
    [
        (OCTOBER, "in October 2026"),
        (TO_DATE, "in November 2026 to date (1 to 25 Nov 2026)"),
        (Period(start=date(2026, 1, 1), end=date(2027, 1, 1), label="2026"), "in 2026"),
        (Period(start=date(2026, 7, 1), end=date(2026, 10, 1), label="2026-Q3"), "in Q3 2026 (1 Jul to 30 Sep 2026)"),
        (Period(start=date(2026, 2, 1), end=date(2027, 2, 1), label="FY27"), "in FY27 (1 Feb 2026 to 31 Jan 2027)"),
        (Period(start=date(2026, 8, 1), end=date(2026, 11, 1), label="FY27-Q3"), "in Q3 FY27 (1 Aug to 31 Oct 2026)"),
        (Period(start=date(2026, 11, 16), end=date(2026, 11, 23), label="2026-W47"),
         "in week 47 of 2026 (16 to 22 Nov 2026)"),
        (Period(start=date(2026, 11, 9), end=date(2026, 11, 16), label="week of 9 Nov 2026"),
         "in the week of 9 Nov 2026 (9 to 15 Nov 2026)"),
        (Period(start=date(2026, 10, 1), end=date(2026, 11, 26), label="quarter to date (2026-Q4)"),
         "in the quarter to date (1 Oct to 25 Nov 2026)"),
        (Period(start=date(2026, 9, 28), end=date(2026, 11, 23), label="last 8 weeks"),
         "in the last 8 weeks (28 Sep to 22 Nov 2026)"),
        (Period(start=date(2026, 11, 25), end=date(2027, 2, 23), label="next 90 days"),
         "in the next 90 days (25 Nov 2026 to 22 Feb 2027)"),
        (Period(start=date(2026, 11, 21), end=date(2026, 11, 23), label="last weekend"), "last weekend (21 to 22 Nov 2026)"),
        (Period(start=date(2026, 3, 3), end=date(2026, 4, 4), label="3 Mar to 3 Apr 2026"), "from 3 Mar to 3 Apr 2026"),
        (TODAY, "on 25 Nov 2026"),
        (Period(start=date(2026, 9, 1), end=date(2026, 10, 1)), "in September 2026"),
        (Period(start=date(2026, 10, 1), end=date(2026, 10, 26)), "from 1 to 25 Oct 2026"),
    ],
)  # fmt: skip
def test_periods_are_said_once_and_exactly(period: Period, words: str) -> None:
    assert phrases.period_words(period) == words


@pytest.mark.parametrize(
    ("query", "found", "words"),
    [
        (plan(), result("59228.57"), "59,228.57 USD: AI spend in October 2026."),
        (plan(filters=(MARKETING, CURSOR)), result("12.3"), "12.30 USD: AI spend of Marketing on Cursor in October 2026."),
        (plan("billed", filters=(MARKETING, CURSOR)), result("1", metric="billed"),
         "1.00 USD: Billed AI cost of Marketing for Cursor in October 2026."),
        (plan("seats_idle", TODAY, filters=(MARKETING, CURSOR)), result("1", metric="seats_idle"),
         "1 idle seat of Cursor in Marketing on 25 Nov 2026."),
        (plan("seats_idle", TODAY, idle_days=60), result("1204", metric="seats_idle"),
         "1,204 idle seats (unused for more than 60 days) on 25 Nov 2026."),
        (plan("budget_remaining", filters=(MARKETING,)), result("5", metric="budget_remaining"),
         "5.00 USD: AI budget left for Marketing in October 2026."),
        (plan("utilisation", TODAY), result("0.6649", metric="utilisation"), "66.5 %: Seat utilisation on 25 Nov 2026."),
        (plan("active_users", aggregate="avg_per_day"), result("41.5", metric="active_users"),
         "41.50 active users a day on average in October 2026."),
        (plan(filters=(Filter(dimension="category", values=("coding_assistant",)),)), result("1"),
         "1.00 USD: AI spend on coding assistant tools in October 2026."),
        (plan(filters=(MARKETING.model_copy(update={"op": "ne"}),)), result("1"),
         "1.00 USD: AI spend (every department but Marketing) in October 2026."),
        (plan(filters=(Filter(dimension="person", values=("Ada Byron",)),)), result("1"),
         "1.00 USD: AI spend of Ada Byron in October 2026."),
        (plan(compare=SEPTEMBER), result("110", "100"),
         "110.00 USD: AI spend in October 2026, 10.00 USD (10.0 %) more than the 100.00 USD in September 2026."),
        (plan(compare=SEPTEMBER), result("90", "100"),
         "90.00 USD: AI spend in October 2026, 10.00 USD (10.0 %) less than the 100.00 USD in September 2026."),
        (plan(compare=SEPTEMBER), result("100", "100"),
         "100.00 USD: AI spend in October 2026, the same as the 100.00 USD in September 2026."),
        (plan(compare=SEPTEMBER), result("100"),
         "100.00 USD: AI spend in October 2026; nothing is recorded in September 2026."),
        (plan("utilisation", TODAY, compare=TODAY), result("0.70", "0.65", metric="utilisation"),
         "70.0 %: Seat utilisation on 25 Nov 2026, 5.0 percentage points more than the 65.0 % on 25 Nov 2026."),
        (plan(compare="budget"), result("90", "100"),
         "90.00 USD: AI spend in October 2026, 10.00 USD (10.0 %) under the budget of 100.00 USD."),
        (plan(compare="budget"), result("150", "100"),
         "150.00 USD: AI spend in October 2026, 50.00 USD (50.0 %) over the budget of 100.00 USD."),
        (plan(compare="budget"), result("150"), "150.00 USD: AI spend in October 2026, and no budget is recorded for it."),
        (plan(group_by=("tool",), limit=1), result("200", rows=(row("Cursor", "50"), row(None, "150", others=True))),
         "50.00 USD: Cursor has the highest AI spend in October 2026, 25.0 % of 200.00 USD in all."),
        (plan(group_by=("tool",), limit=1, offset=1, order="asc"), result("200", rows=(row("Cursor", "50"),)),
         "50.00 USD: Cursor has the second lowest AI spend in October 2026, 25.0 % of 200.00 USD in all."),
        (plan(group_by=("tool",), limit=1, compare=SEPTEMBER), result("200", "100", (row("Cursor", "50", "40"),)),
         "50.00 USD: Cursor has the largest increase of AI spend in October 2026, 10.00 USD (25.0 %) more than the "
         "40.00 USD in September 2026."),
        (plan(grain="month", limit=1, order="desc"), result("200", rows=(row("2026-10", "50", key="month"),)),
         "50.00 USD: Oct 2026 has the highest AI spend in October 2026, 25.0 % of 200.00 USD in all."),
        (plan(group_by=("tool",), having=(Having(metric="spend", op="gt", value=Decimal(20)),)),
         result("50", rows=(row("Cursor", "50"),)), "50.00 USD: AI spend in October 2026 of 1 tool above 20.00 USD."),
        (plan(group_by=("tool",), compare=SEPTEMBER, having=(Having(metric="pct_change", op="gt", value=Decimal("0.1")),)),
         result("50", "40", (row("A", "25", "20"), row("B", "25", "20"))),
         "50.00 USD: AI spend in October 2026 of 2 tools up by more than 10.0 %, 10.00 USD (25.0 %) more than the "
         "40.00 USD in September 2026."),
    ],
)  # fmt: skip
def test_the_sentence(query: SpendQuery, found: QueryResult, words: str) -> None:
    assert headline(query, found) == words


@pytest.mark.parametrize(
    ("having", "words"),
    [
        (("delta", "gt", "0"), "that grew"), (("delta", "lt", "0"), "that fell"),
        (("delta", "gte", "5"), "up by at least 5.00 USD"),
        (("delta", "lt", "-5"), "down by more than 5.00 USD"), (("pct_change", "lte", "-0.2"), "down by at least 20.0 %"),
        (("pct_change", "lt", "0.2"), "that changed by less than 20.0 %"), (("spend", "lte", "7"), "of at most 7.00 USD"),
        (("seats_idle", "gte", "3"), "with idle seats of at least 3 seats"),
    ],
)  # fmt: skip
def test_conditions_are_said(having: tuple[str, str, str], words: str) -> None:
    metric, op, value = having
    part = Having(metric=metric, op=op, value=Decimal(value))  # type: ignore[arg-type]
    query = plan(group_by=("tool",), having=(part,))
    assert words in headline(query, result("1", rows=(row("A", "1"),)))
    lines = wording.receipt(query, result("1"), who="you", assumptions=[], sources={})
    assert f"Filters: only tools {words}." in lines


def test_contracts_are_counted_with_their_days() -> None:
    details = {"end_date": "2026-12-19", "notice_by": "2026-12-04", "original": "900.00 EUR"}
    one = ResultRow(keys={"tool": "Cursor"}, values={"renewals": Decimal(1000)}, details=details)
    period = Period(start=date(2026, 11, 25), end=date(2027, 2, 23), label="next 90 days")
    query, found = plan("renewals", period), result("1000", rows=(one,), metric="renewals")
    head = "1,000.00 USD a year: 1 contract that ends in the next 90 days (25 Nov 2026 to 22 Feb 2027)."
    assert headline(query, found) == head
    line = "Cursor: 1,000.00 USD a year (900.00 EUR), ends 19 Dec 2026, notice by 4 Dec 2026"
    assert wording.row_words(query, one, "USD") == line
    first = headline(query.model_copy(update={"limit": 1}), found)
    assert first.startswith(
        "1,000.00 USD a year: Cursor, ends 19 Dec 2026, notice by 4 Dec 2026, comes first of the contracts"
    )


def test_a_share_says_of_what() -> None:
    query = plan(filters=(MARKETING, CURSOR), share_of="total", share_base=(MARKETING,))
    words = share_headline(query, result("8"), Decimal("0.088"))
    assert words == "8.8 % of AI spend of Marketing: 8.00 USD on Cursor in October 2026."
    assert "cannot be given" in share_headline(query, result(None), None)


@pytest.mark.parametrize(
    ("changed_row", "words"),
    [
        (row("A", "110", "100"), "A: 110.00 USD (+10.00 USD, +10.0 %; before 100.00 USD)"),
        (row("A", "90", "100"), "A: 90.00 USD (-10.00 USD, -10.0 %; before 100.00 USD)"),
        (row("A", "99999.99", "100000"), "A: 99,999.99 USD (-0.01 USD, 0.0 %; before 100,000.00 USD)"),
        (row(None, "5", "0"), "unattributed: 5.00 USD (+5.00 USD; before 0.00 USD)"),
        (row(None, "5", "4", others=True), "all others: 5.00 USD (+1.00 USD, +25.0 %; before 4.00 USD)"),
    ],
)
def test_a_row_is_a_line_with_its_change(changed_row: ResultRow, words: str) -> None:
    assert wording.row_words(plan(group_by=("tool",), compare=SEPTEMBER), changed_row, "USD") == words


@pytest.mark.parametrize(
    ("key", "dimension", "words"),
    [
        ("2026-10", "month", "Oct 2026"), ("2026-11", "month", "Nov 2026 (part)"), ("2026-Q4", "quarter", "Q4 2026 (part)"),
        ("2026-11-21", "day", "21 Nov 2026"), ("2026-W47", "week", "week 47 of 2026"), ("FY27-Q3", "quarter", "Q3 FY27"),
        ("2026", "year", "2026 (part)"), ("coding_assistant", "category", "coding assistant"), ("a_b", "project", "a_b"),
    ],
)  # fmt: skip
def test_times_and_codes_are_words(key: str, dimension: str, words: str) -> None:
    period = Period(start=date(2026, 2, 1), end=date(2026, 11, 26))
    assert phrases.key_words(plan(period=period), dimension, key) == words


def test_every_source_has_its_day() -> None:
    sources = {"usage": date(2026, 11, 24), "OpenAI": date(2026, 11, 24), "Adobe": date(2026, 11, 18)}
    assert wording.sources_words(sources) == "24 Nov 2026 (OpenAI, usage), 18 Nov 2026 (Adobe)"
    many = {f"s{number}": date(2026, 11, 1 + number) for number in range(20)}
    assert wording.sources_words(many) == "20 sources up to 20 Nov 2026, the oldest s0 1 Nov 2026"
    own = wording.receipt(plan("pending_approvals"), result("1"), who="you", assumptions=[], sources={})
    assert "Data through: today, from Bursar's own records." in own


def shown(query: SpendQuery, found: QueryResult, **more: object) -> Answer:
    return Answer.model_validate(
        {"status": "answered", "question": "q", "text": "t", "headline": headline(query, found), "query": query,
         "result": found, **more}
    )  # fmt: skip


def test_the_number_is_bold_with_its_unit() -> None:
    for query, found, number in [
        (plan(), result("59228.57"), "59,228.57 USD"),
        (plan("requests"), result("1091", metric="requests"), "1,091"),
        (plan("utilisation"), result("0.5", metric="utilisation"), "50.0 %"),
        (plan(), result("-5"), "-5.00 USD"),
    ]:
        message = answer_message(shown(query, found), "a_1")
        first = message.paragraphs[0][0]
        assert (first.text, first.style) == (number, "bold")
        assert "".join(span.text for span in message.paragraphs[0]) == message.fallback


def test_what_a_chart_leaves_out_is_one_bar_or_said() -> None:
    rows = tuple(row(f"T{number:02d}", str(100 - number)) for number in range(20))
    chart = answer_chart(shown(plan(group_by=("tool",)), result("1810", rows=rows)))
    assert chart is not None and chart.labels[-1] == "all others" and len(chart.labels) == 12
    assert sum(chart.series[0].values) == sum(one.values["spend"] or 0 for one in rows)
    ratios = tuple(ResultRow(keys={"tool": f"T{n}"}, values={"utilisation": Decimal("0.5")}) for n in range(20))
    cut = answer_chart(
        shown(plan("utilisation", TODAY, group_by=("tool",)), result("0.5", rows=ratios, metric="utilisation"))
    )
    assert cut is not None and cut.title.endswith("top 12 of 20") and cut.unit == "%"
    assert cut.series[0].values[0] == Decimal(50)


def test_a_list_of_tools_or_one_winner_needs_no_chart() -> None:
    tools = tuple(ResultRow(keys={"tool": name}, values={"tools": Decimal(1)}) for name in "ab")
    message = answer_message(shown(plan("tools", group_by=("tool",)), result("2", rows=tools, metric="tools")), "a_1")
    assert message.chart is None and message.table is not None and message.table.columns == ["Tool"]
    winner = plan(group_by=("tool",), limit=1)
    assert answer_chart(shown(winner, result("2", rows=(row("a", "1"), row("b", "1"))))) is None


def test_never_more_than_six_buttons_and_the_shared_one_first() -> None:
    found = shown(plan(), result("1"), next_steps=tuple(LABELS), may_post=True, delivery="private")
    labels = [action.label for action in answer_message(found, "a_1").actions]
    assert len(labels) == MAX_BUTTONS and labels[0] == "Post it here" and labels[-1] == "Export CSV"
    assert {"Show how", "By tool"} <= set(labels)


@pytest.mark.parametrize("scope", [None, "my_team"])
def test_a_step_changes_the_plan_and_is_not_offered_twice(scope: Scope | None) -> None:
    rights = replace(FINANCE, below=frozenset({2}))
    for metric in METRICS:
        for query in (plan(metric), plan(metric, group_by=("tool",)), plan(metric, filters=(MARKETING, CURSOR))):
            for step in next_steps(rights, query, scope, "Acme"):
                then = changed(query, step)
                assert then != query
                assert step not in next_steps(rights, then, scope, "Acme")


ENGINEERING, LEGAL = (Filter(dimension="department", values=(name,)) for name in ("Engineering", "Legal"))
ASKED: list[tuple[str, dict[str, object], Scope | None, list[str]]] = [
    ("fin", {}, None, sorted(METRICS)),
    ("fin", {"filters": (ENGINEERING,)}, None, sorted(METRICS)),
    ("eng0", {"filters": (ENGINEERING,)}, None, ["spend", "requests", "seats_idle", "budget_remaining"]),
    ("eng0", {}, "my_team", ["spend", "requests", "seats_idle"]),
    ("eng1", {"filters": (Filter(dimension="person", values=("eng1@acme.example",)),)}, "me", ["spend", "requests"]),
    ("leg0", {"filters": (LEGAL,)}, None, ["spend", "requests"]),
    ("leg1", {}, None, ["budget_remaining", "budget_used"]),  # answers for the company's budget, and sees no part of it
]
YEAR = Period(start=date(2026, 1, 1), end=date(2027, 1, 1))
YEAR_BEFORE = Period(start=date(2025, 1, 1), end=date(2025, 11, 23))
BUDGET_OWNER = ORG.replace("owners:\n", "owners:\n  budget: {Acme: leg1@acme.example}\n")


def test_no_button_is_refused_or_says_the_same(sqlite_store: Store) -> None:
    with sqlite_store.write() as uow:
        world = acme(uow)
        add_config(uow, "org", BUDGET_OWNER)
        year = {"period": "2026", "start": date(2026, 1, 1), "end": date(2027, 1, 1)}
        for kind, name in (("company", ""), ("department", "Engineering"), ("department", "Legal")):
            uow.session.add(Budget(**year, scope_type=kind, scope=name, amount=Decimal(900), currency="USD"))
    with sqlite_store.read() as uow:
        for name, more, scope, metrics in ASKED:
            for metric, place in product(metrics, (DM, OPEN) if len(metrics) < 9 else (DM,)):
                query, person = plan(metric, **more), world.people[name]
                found = answer_plan(uow, "q", person, place, Asked(query, "q", scope))
                for step in found.next_steps:
                    assert found.query is not None
                    again = answer_plan(uow, "q", person, place, Asked(changed(found.query, step), "q", scope))
                    assert again.status in ("answered", "no_data"), (metric, name, step, again.text)
                    assert again.text != found.text, (metric, name, step)


def test_a_budget_nobody_has_is_not_offered_by_department(sqlite_store: Store) -> None:
    with sqlite_store.write() as uow:
        world = acme(uow)
        year = {"period": "2026", "start": date(2026, 1, 1), "end": date(2027, 1, 1)}
        uow.session.add(Budget(**year, scope_type="company", scope="", amount=Decimal(900), currency="USD"))
    for metric, more in (("budget_remaining", {}), ("budget", {}), ("spend", {"compare": "budget"})):
        asked = Asked(plan(metric, **more), "q", None)
        with sqlite_store.read() as uow:
            assert "by_department" not in answer_plan(uow, "q", world.people["fin"], DM, asked).next_steps, metric


def _any_plan(pick: random.Random) -> SpendQuery:
    """Of whatever shape, over names that acme has."""
    recorded = ["requests", "active_users", "headcount", "budget", "budget_remaining", "budget_used"]
    metric = pick.choice([*sorted(METRICS), *recorded * 8])
    filters = pick.choice([(), (), (ENGINEERING,), (LEGAL,), (Filter(dimension="tool", values=("Claude",)),)])
    more = pick.choice([
        {}, {}, {"compare": Period(start=date(2026, 9, 1), end=date(2026, 10, 1))}, {"compare": "budget"},
        {"group_by": ("department",)}, {"group_by": ("tool",)}, {"grain": "month"},
        {"explain": True, "compare": YEAR_BEFORE},
        {"aggregate": "avg_per_month"}, {"group_by": ("tool",), "limit": 1, "order": "desc"}, {"grain": "month",
        "transform": "cumulative"}, {"group_by": ("department",), "grain": "month"}, {"share_of": "total"},
    ])  # fmt: skip
    period = pick.choice([YEAR, Period(start=date(2026, 10, 1), end=date(2026, 11, 1))])
    return SpendQuery.model_validate({"metrics": (metric,), "filters": filters, "period": period, **more})


def test_every_button_of_a_hundred_random_plans_gives_another_answer(sqlite_store: Store) -> None:
    pick, pressed = random.Random(11), 0
    with sqlite_store.write() as uow:
        world = acme(uow)
        year = {"period": "2026", "start": YEAR.start, "end": YEAR.end}
        for kind, name in (("company", ""), ("department", "Engineering")):
            uow.session.add(Budget(**year, scope_type=kind, scope=name, amount=Decimal(900), currency="USD"))
    with sqlite_store.read() as uow:
        for _ in range(100):
            query, who = _any_plan(pick), pick.choice(["fin", "fin", "eng0", "leg0"])
            found = answer_plan(uow, "q", world.people[who], DM, Asked(query, "q", None))
            for step in found.next_steps:
                assert found.query is not None
                again = answer_plan(uow, "q", world.people[who], DM, Asked(changed(found.query, step), "q", None))
                assert again.status in ("answered", "no_data"), (query, who, step, again.text)
                assert again.text != found.text and again.plan != found.plan, (query, who, step)
                pressed += 1
    assert pressed > 25


def test_a_stock_is_compared_with_a_month_before_and_a_flow_with_the_days_before() -> None:
    assert changed(plan("seats_idle", TODAY), BEFORE).compare == Period(
        start=date(2026, 10, 25), end=date(2026, 10, 26), label="2026-10-25"
    )
    compare = changed(plan(period=TO_DATE), BEFORE).compare
    assert isinstance(compare, Period) and (compare.start, compare.end) == (date(2026, 10, 1), date(2026, 10, 26))


def test_what_has_no_data_offers_no_cut_of_nothing(sqlite_store: Store) -> None:
    with sqlite_store.write() as uow:
        found = acme(uow).ask("fin", DM, filters=(CURSOR,))
    assert found.status == "no_data" and found.headline.startswith("Nothing is recorded for API requests of Cursor")
    assert [action.label for action in answer_message(found, "a_1").actions] == ["Show how"]


def test_of_two_that_were_named_it_says_which_has_more() -> None:
    two = plan(filters=(Filter(dimension="tool", values=("Cursor", "DeepL")),), group_by=("tool",))
    said = headline(two, result("30", rows=(row("Cursor", "10"), row("DeepL", "20"))))
    assert said.endswith("; DeepL 10.00 USD (100.0 %) more than Cursor.")
    assert headline(two, result("20", rows=(row("Cursor", "10"), row("DeepL", "10")))).endswith("; the same for both.")
    for other in (two.model_copy(update={"grain": "month"}), plan(group_by=("tool",))):
        assert "more than" not in headline(other, result("30", rows=(row("Cursor", "10"), row("DeepL", "20"))))
