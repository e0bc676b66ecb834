"""The table "Who may see what": every kind of asker against every kind of question."""

from datetime import date

import pytest

from storage.spend_query import Filter, Having, Period, RowScope, SpendQuery
from workflows.asking.permissions import Denied, Granted, authorise
from workflows.asking.rights import Rights

OCTOBER = Period(start=date(2026, 10, 1), end=date(2026, 11, 1))

EMPLOYEE = Rights(1, frozenset({"emp@acme.example"}), team_emails=frozenset({"emp@acme.example"}))
MANAGER = Rights(
    2, frozenset({"mgr@acme.example"}), below=frozenset({3, 4}),
    team_emails=frozenset({"mgr@acme.example", "rep@acme.example", "sub@acme.example"}),
)  # fmt: skip
OWNER = Rights(
    5, frozenset({"own@acme.example"}), team_emails=frozenset({"own@acme.example"}),
    departments=frozenset({"Marketing"}), cost_centers=frozenset({"CC-10"}),
)  # fmt: skip
BUDGET_OWNER = Rights(
    6, frozenset({"bud@acme.example"}), team_emails=frozenset({"bud@acme.example"}), budgets=frozenset({"cursor", "sales"})
)
FINANCE = Rights(7, frozenset({"fin@acme.example"}), everything=True, team_emails=frozenset({"fin@acme.example"}))
ASKERS = {"employee": EMPLOYEE, "manager": MANAGER, "owner": OWNER, "budget_owner": BUDGET_OWNER, "finance": FINANCE}


def plan(*metrics: str, **fields: object) -> SpendQuery:
    return SpendQuery(metrics=metrics or ("spend",), period=OCTOBER, **fields)  # type: ignore[arg-type]


def only(dimension: str, *values: str, op: str = "in") -> tuple[Filter, ...]:
    return (Filter(dimension=dimension, op=op, values=values),)  # type: ignore[arg-type]


QUESTIONS: dict[str, SpendQuery] = {
    "company total": plan(),
    "by tool": plan(group_by=("tool",)),
    "by department": plan(group_by=("department",)),
    "all but Sales": plan(filters=only("department", "Sales", op="ne")),
    "unattributed": plan(filters=only("department", op="is_null")),
    "departments like Market": plan(filters=only("department", "Market", op="contains")),
    "Marketing": plan(filters=only("department", "Marketing")),
    "Marketing by tool": plan(filters=only("department", "Marketing"), group_by=("tool",)),
    "Marketing by person": plan(filters=only("department", "Marketing"), group_by=("person",)),
    "Marketing and Sales": plan(filters=only("department", "Marketing", "Sales")),
    "Marketing's share": plan(filters=only("department", "Marketing"), share_of="total"),
    "CC-10": plan(filters=only("cost_center", "CC-10")),
    "CC-20": plan(filters=only("cost_center", "CC-20")),
    "top 3 tools": plan(group_by=("tool",), limit=3),
    "Cursor": plan(filters=only("tool", "Cursor")),
    "Cursor by department": plan(filters=only("tool", "Cursor"), group_by=("department",)),
    "Cursor budget left": plan("budget_remaining", filters=only("tool", "Cursor")),
    "Sales budget left": plan("budget_remaining", filters=only("department", "Sales")),
    "budget": plan("budget"),
    "budgets by department": plan("budget", group_by=("department",)),
    "budgets but Sales": plan("budget", filters=only("department", "Sales", op="ne")),
    "by person": plan(group_by=("person",)),
    "everybody but rep": plan(filters=only("person", "rep@acme.example", op="ne")),
    "rep": plan(filters=only("person", "rep@acme.example")),
    "stranger": plan(filters=only("person", "x@acme.example")),
    "rep and stranger": plan(filters=only("person", "rep@acme.example", "x@acme.example")),
    "idle seats": plan("seats_idle"),
    "idle seats by person": plan("seats_idle", group_by=("person",)),
    "renewals": plan("renewals"),
    "headcount": plan("headcount"),
    "tools": plan("tools"),
    "tools over 10,000": plan("tools", group_by=("tool",), having=(Having(metric="spend", op="gt", value=10000),)),
    "pending": plan("pending_approvals"),
}
ALLOWED: dict[str, set[str]] = {
    "employee": {"tools"},
    "manager": {"tools", "by department", "Cursor by department", "by person", "rep", "idle seats by person",
                "Marketing by person"},
    "owner": {"tools", "Marketing", "Marketing by tool", "CC-10", "by department", "Cursor by department",
              "budgets by department"},
    "budget_owner": {"tools", "Cursor", "Cursor budget left", "Sales budget left"},
    "finance": set(QUESTIONS),
}  # fmt: skip


@pytest.mark.parametrize("asker", ASKERS)
@pytest.mark.parametrize("name", QUESTIONS)
def test_the_matrix_of_askers_and_questions(asker: str, name: str) -> None:
    verdict = authorise(ASKERS[asker], QUESTIONS[name], company="Acme")
    assert isinstance(verdict, Granted) == (name in ALLOWED[asker]), verdict


@pytest.mark.parametrize("asker", [name for name in ASKERS if name != "finance"])
@pytest.mark.parametrize("name", QUESTIONS)
def test_only_a_named_budget_scope_or_the_catalogue_is_read_without_a_bound(asker: str, name: str) -> None:
    verdict = authorise(ASKERS[asker], QUESTIONS[name], company="Acme")
    if isinstance(verdict, Granted) and verdict.scope.everything:
        exact = [
            part
            for part in verdict.query.filters
            if part.op == "in" and {value.casefold() for value in part.values} <= ASKERS[asker].budgets
        ]
        assert verdict.public or (exact and set(verdict.query.metrics) <= {"budget_remaining", "spend"})


@pytest.mark.parametrize("asker", ASKERS)
def test_everybody_sees_what_they_cost_themselves(asker: str) -> None:
    rights = ASKERS[asker]
    question = plan(filters=only("person", *rights.emails), group_by=("tool",))
    for declared in ("me", None):
        verdict = authorise(rights, question, declared)  # type: ignore[arg-type]
        assert isinstance(verdict, Granted) and verdict.personal
        assert verdict.scope.everything is rights.everything or verdict.scope.person_ids == {rights.person_id}


def test_my_team_is_the_manager_and_everybody_below() -> None:
    verdict = authorise(MANAGER, plan(), "my_team")
    assert isinstance(verdict, Granted) and verdict.scope == RowScope(person_ids=frozenset({2, 3, 4}))
    assert isinstance(authorise(EMPLOYEE, plan(), "my_team"), Denied)


def test_a_grouped_question_is_cut_down_to_what_one_owns_and_says_so() -> None:
    verdict = authorise(OWNER, plan(group_by=("department",)))
    assert isinstance(verdict, Granted)
    assert verdict.scope == RowScope(departments=frozenset({"Marketing"}))
    assert verdict.query.filters == only("department", "Marketing") and "Marketing" in verdict.notes[0]


def test_a_bound_covers_only_the_units_that_the_question_names() -> None:
    several = Rights(8, frozenset(), departments=frozenset({"Marketing", "Sales"}))
    verdict = authorise(several, plan(filters=only("department", "Sales")))
    assert isinstance(verdict, Granted) and verdict.scope.departments == {"Sales"}


def test_a_budget_owner_sees_no_breakdown_of_the_scope() -> None:
    for more in ({"group_by": ("department",)}, {"group_by": ("model",)}):
        assert isinstance(authorise(BUDGET_OWNER, plan(filters=only("tool", "Cursor"), **more)), Denied)
    assert isinstance(authorise(BUDGET_OWNER, plan("tokens", filters=only("tool", "Cursor"))), Denied)


def test_the_companys_budget_belongs_to_who_org_yaml_names() -> None:
    owner = Rights(9, frozenset(), budgets=frozenset({"acme"}))
    assert isinstance(authorise(owner, plan("budget_remaining"), company="Acme"), Granted)
    assert isinstance(authorise(BUDGET_OWNER, plan("budget_remaining"), company="Acme"), Denied)


@pytest.mark.parametrize("asker", [name for name in ASKERS if name != "finance"])
def test_a_refusal_says_what_may_be_asked_instead(asker: str) -> None:
    verdict = authorise(ASKERS[asker], plan())
    assert isinstance(verdict, Denied)
    assert "what do I cost" in verdict.offer
    assert ("my team" in verdict.offer) == (asker == "manager")
    assert ("Marketing" in verdict.offer) == (asker == "owner")
