"""No word is read without an effect: what leaves the plan as it was is asked about, in questions and in follow-ups."""

import pytest

from tests.unit.parse_company import ask, clarify, plan

MARKETING = "what did marketing spend last month"


@pytest.mark.parametrize(
    ("text", "groups", "grain", "limit"),
    [
        ("and by tool?", ("tool",), None, None),
        ("also per model", ("model",), None, None),
        ("by vendor and tool", ("vendor", "tool"), None, None),
        ("and by month?", (), "month", None),
        ("and as a trend?", (), "day", None),
        ("and top 3 tools?", ("tool",), None, 3),
    ],
)
def test_a_follow_up_cuts_the_answer_before(
    text: str, groups: tuple[str, ...], grain: str | None, limit: int | None
) -> None:
    before, after = plan(MARKETING), plan(text, context=MARKETING)
    assert (after.group_by, after.grain, after.limit) == (groups, grain, limit)
    assert (after.metrics, after.filters, after.period) == (before.metrics, before.filters, before.period)


@pytest.mark.parametrize(
    "text", ["and tools?", "and vendor?", "left", "and compare", "in USD", "and a breakdown", "and used"]
)
def test_a_follow_up_that_would_change_nothing_is_asked_about(text: str) -> None:
    assert clarify(text, context=MARKETING).slot in ("modifier", "dimension")


def test_by_department_after_one_department_asks_which() -> None:
    found = clarify("and by department?", context=MARKETING)
    every, only = found.choices
    assert found.slot == "scope"
    assert every.query is not None and not every.query.filters and every.query.group_by == ("department",)
    assert only.query is not None and only.query.filters[0].values == ("Growth Marketing",)


@pytest.mark.parametrize(
    "text",
    [
        "spend last month left",
        "spend last month in USD",
        "spend last month by tool sorted by seats",
        "utilisation by tool sorted by seats",
        "spend last month vendor",
        "compare spend in October",
        "biggest tool and biggest vendor",
        "which department and tool cost the most",
        "how many people use both Tabnine and Codeium",
        "how is spend split",
    ],
)
def test_a_word_without_effect_is_asked_about(text: str) -> None:
    assert clarify(text).slot in ("modifier", "dimension")


@pytest.mark.parametrize("text", ["the there biggest tools", "top there vendors", "last there months spend", "top ten tool"])
def test_a_slip_in_a_number_never_changes_the_number_in_silence(text: str) -> None:
    if text == "top ten tool":
        assert plan(text).limit == 10
    else:
        assert "three" in clarify(text).question


def test_tokens_in_a_month_are_all_tokens() -> None:
    assert plan("tokens in October").metrics == ("tokens",)
    assert plan("input tokens in October").metrics == ("input_tokens",)


@pytest.mark.parametrize(
    ("text", "metric"),
    [
        ("how much of the marketing budget is left", "budget_remaining"),
        ("how much budget is left", "budget_remaining"),
        ("what share of the marketing budget is left", "budget_left_share"),
        ("what percent of the budget remains", "budget_left_share"),
        ("how much of the marketing budget is used", "budget_used"),
        ("what percent of the budget have we used", "budget_used"),
    ],
)
def test_what_is_left_is_an_amount_unless_a_share_is_asked(text: str, metric: str) -> None:
    found = plan(text)
    assert (found.metrics, found.share_of) == ((metric,), None)


def test_what_is_left_of_it_after_a_budget() -> None:
    found = plan("how much is left?", context="marketing budget this year")
    assert (found.metrics, found.filters[0].values) == (("budget_remaining",), ("Growth Marketing",))


@pytest.mark.parametrize("text", ["spend, seats and active users in October", "seats, spend and active users in October"])
def test_amounts_and_counts_side_by_side_keep_the_period(text: str) -> None:
    found = plan(text)
    assert set(found.metrics) == {"spend", "seats_assigned", "active_users"}
    assert (str(found.period.start), str(found.period.end)) == ("2026-10-01", "2026-11-01")


def test_seats_alone_are_those_of_a_day() -> None:
    assert (plan("Tabnine seats in October").period.end - plan("Tabnine seats in October").period.start).days == 1


def test_the_choice_without_the_word_is_offered() -> None:
    assert ask("spend last month in USD").choices[0].query == plan("spend last month")  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ["my usage cost", "usage cost by person", "what did Ingrid Solheim cost without seats"])
def test_usage_cost_is_of_people(text: str) -> None:
    assert plan(text).metrics == ("usage_cost",)


def test_usage_cost_of_a_department_is_asked() -> None:
    assert clarify("design's usage cost last month").slot == "metric"


@pytest.mark.parametrize(
    ("text", "days"),
    [("seats not used for 60 days", 60), ("who hasn't used Tabnine in 45 days", 45), ("seats idle for 90 days", 90),
     ("idle seats", None)],
)  # fmt: skip
def test_days_without_use(text: str, days: int | None) -> None:
    assert (plan(text).metrics, plan(text).idle_days) == (("seats_idle",), days)


def test_other_days_without_use_in_a_follow_up() -> None:
    query = plan("and for 90 days?", context="Tabnine seats not used for 60 days")
    assert (query.idle_days, query.filters[0].values) == (90, ("Tabnine",))


@pytest.mark.parametrize("text", ["seats not used in the last 3 months", "who hasn't used Tabnine this quarter"])
def test_spans_without_use_are_asked_in_days(text: str) -> None:
    assert "how many days" in clarify(text).question


@pytest.mark.parametrize(
    "text",
    [
        "tokens by model in say",  # May or day
        "spend this yeah",
        "seats assigned per too",  # tool
        "spend per",
        "how much of the design budget is let",  # left
    ],
)
def test_a_slip_that_makes_another_small_word_is_asked_about(text: str) -> None:
    assert clarify(text).slot in ("modifier", "metric")


@pytest.mark.parametrize(
    "text", ["spend in all", "are there idle seats", "spend in total this year", "how many tools are there"]
)
def test_small_words_in_their_place_are_no_slips(text: str) -> None:
    assert plan(text)


@pytest.mark.parametrize(
    ("text", "metric", "aggregate"),
    [
        ("average spend per day in October", "spend", "avg_per_day"),
        ("spend per month this year on average", "spend", "avg_per_month"),
        ("average daily spend in October", "spend", "avg_per_day"),
        ("average number of active seats in October for Tabnine", "seats_active", "avg_per_day"),
        ("average number of seats per person", "seats_assigned", "per_person_avg"),
        ("average spend per person last month", "cost_per_head", None),
    ],
)
def test_what_an_average_is_over(text: str, metric: str, aggregate: str | None) -> None:
    query = plan(text)
    assert (query.metrics, query.aggregate, query.grain, query.group_by) == ((metric,), aggregate, None, ())


@pytest.mark.parametrize("text", ["average spend in October", "average spend per department last month"])
def test_an_average_over_nothing_known_is_asked(text: str) -> None:
    assert clarify(text).slot == "modifier"


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("who has both Tabnine and Codeium", [("tools_held", "gte", 2)]),
        ("duplicate licences: who has both Tabnine and Codeium", [("tools_held", "gte", 2)]),
        ("people with more than one coding assistant", [("tools_held", "gt", 1)]),
        ("who has at least three tools", [("tools_held", "gte", 3)]),
    ],
)
def test_people_by_the_tools_they_hold(text: str, bounds: list[tuple[str, str, int]]) -> None:
    query = plan(text)
    assert (query.metrics, query.group_by) == (("tools_held",), ("person",))
    assert [(one.metric, one.op, int(one.value)) for one in query.having] == bounds


@pytest.mark.parametrize(
    ("text", "metric", "bounds"),
    [
        ("spend by department with more than 20 people", "spend", [("headcount", "gt", 20)]),
        ("divisions under 50 people", "headcount", [("headcount", "lt", 50)]),
        ("spend for teams with one person", "spend", [("headcount", "gte", 1), ("headcount", "lte", 1)]),
    ],
)
def test_groups_by_their_size(text: str, metric: str, bounds: list[tuple[str, str, int]]) -> None:
    query = plan(text)
    assert query.metrics == (metric,) and query.group_by in (("department",), ("division",))
    assert [(one.metric, one.op, int(one.value)) for one in query.having] == bounds


@pytest.mark.parametrize(
    "text", ["tools with more than 10 users", "who uses both Tabnine and Codeium", "vendors over 20 people"]
)
def test_conditions_that_nothing_shows_are_asked(text: str) -> None:
    assert clarify(text).slot in ("modifier", "metric")


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("which departments spend more than design", "modifier"),
        ("people in design by spend", "dimension"),
        ("finance design spend", "entity"),
    ],
)
def test_names_are_never_added_up_or_left_alone_in_silence(text: str, slot: str) -> None:
    assert clarify(text).slot == slot


def test_one_more_than_the_other_shows_both() -> None:
    query = plan("did finance spend more than design last month")
    assert (query.filters[0].values, query.group_by) == (("Finance", "Design"), ("department",))


def test_people_are_counted_where_they_are() -> None:
    query = plan("how many people in design used Tabnine last month")
    assert query.metrics == ("active_users",)
    assert {part.dimension: part.values for part in query.filters} == {"department": ("Design",), "tool": ("Tabnine",)}


def test_daily_active_users_are_a_series() -> None:
    assert plan("daily active users of Tabnine last week").grain == "day"


@pytest.mark.parametrize("text", ["spend for all departments but design", "spend by everyone but design"])
def test_all_but_one_is_not_that_one(text: str) -> None:
    assert [(part.op, part.values) for part in plan(text).filters] == [("ne", ("Design",))]


def test_a_share_of_idle_seats_is_not_how_many_of_the_seats_are_idle() -> None:
    assert plan("what share of idle seats is Tabnine").share_of == "total"
    for text in ("what fraction of Tabnine seats are idle", "what percentage of seats are idle in Tabnine"):
        assert clarify(text).slot == "metric"


def test_which_month_was_the_highest() -> None:
    query = plan("which month had the highest spend this calendar year")
    assert (query.grain, query.order, query.limit) == ("month", "desc", 1)


def test_nothing_is_divided_by_money() -> None:
    assert clarify("how many tokens per euro").slot == "modifier"


BY_DEPARTMENT = "spend by department last month"


@pytest.mark.parametrize(
    ("text", "metric"), [("and tokens?", "tokens"), ("per head", "cost_per_head"), ("and headcount", "headcount")]
)
def test_another_measure_keeps_the_rows(text: str, metric: str) -> None:
    query = plan(text, context=BY_DEPARTMENT)
    assert (query.metrics, query.group_by) == ((metric,), ("department",))


def test_which_ones_are_the_rows_before() -> None:
    query = plan("which ones grew most", context=BY_DEPARTMENT)
    assert query.group_by == ("department",) and query.compare is not None


def test_a_part_of_a_question_is_about_what_was_spoken_of() -> None:
    query = plan("how many are idle", context="Tabnine seats")
    assert (query.metrics, query.filters[0].values) == (("seats_idle",), ("Tabnine",))


def test_plus_adds_and_and_replaces() -> None:
    before = "what did finance spend in October"
    assert plan("plus design", context=before).filters[0].values == ("Finance", "Design")
    assert plan("and design?", context=before).filters[0].values == ("Design",)


@pytest.mark.parametrize("text", ["and the company", "total", "and finance?"])
def test_a_follow_up_that_leaves_all_as_it_was_is_asked_about(text: str) -> None:
    assert clarify(text, context="what did finance spend in October").slot == "modifier"


def test_the_same_again_is_the_same() -> None:
    assert plan("same again", context=BY_DEPARTMENT) == plan(BY_DEPARTMENT)


def test_rows_that_were_chosen_are_not_carried_over_in_silence() -> None:
    assert clarify("and spend on them", context="renewals next month").slot == "modifier"


@pytest.mark.parametrize(
    ("text", "metric", "dimension"),
    [
        ("departments ranked by spend", "spend", "department"),
        ("sort tools by seats", "seats_purchased", "tool"),
        ("vendors by tokens last month", "tokens", "vendor"),
    ],
)
def test_rows_named_before_their_measure(text: str, metric: str, dimension: str) -> None:
    query = plan(text)
    assert (query.metrics, query.group_by, query.order) == ((metric,), (dimension,), "desc")


def test_people_with_a_seat_of_one_tool() -> None:
    query = plan("how many people in design have a Tabnine seat")
    assert (query.metrics, query.group_by) == (("seats_assigned",), ())
    assert clarify("how many people have a seat of Tabnine or Codeium").slot == "modifier"


def test_rows_with_a_condition_in_words_are_not_left_out() -> None:
    assert clarify("vendors with falling spend").slot == "modifier"


@pytest.mark.parametrize(("text", "limit"), [("then top 3 tools", 3), ("for the top 5 departments, show tokens", 5)])
def test_small_words_before_a_ranking_with_its_number(text: str, limit: int) -> None:
    assert plan(text).limit == limit
