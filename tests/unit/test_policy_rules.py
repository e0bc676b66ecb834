"""The rules of policy.md on plain values: three-valued logic, what wins, and what more money may change."""

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.types import Money
from workflows.policy.compile import parse_policy
from workflows.policy.fields import FactValue
from workflows.policy.model import AllOf, AnyOf, Compare, Condition, Not
from workflows.policy.rules import Outcome, evaluate, holds

CLASSES = ("public", "internal", "confidential", "restricted")


def convert(money: Money, to: str) -> Money | None:
    """1 EUR = 1.25 USD; nothing else converts."""
    rates = {("EUR", "USD"): Decimal("1.25"), ("USD", "EUR"): Decimal("0.8")}
    rate = rates.get((money.currency, to))
    return Money.of(money.amount * rate, to) if rate else None


def usd(amount: str | int) -> Money:
    return Money.of(amount, "USD")


def policy(rules: str, baseline: str = "[manager]"):  # type: ignore[no-untyped-def]
    return parse_policy(f"version: 1\napproval:\n  baseline: {baseline}\n  rules:\n{rules}")


def rule(name: str, when: str, then: str) -> str:
    return f"    - {{id: {name}, when: {when}, then: {then}}}\n"


def outcome(rules: str, baseline: str = "[manager]", **facts: FactValue) -> Outcome:
    return evaluate(policy(rules, baseline), {name.replace("__", "."): value for name, value in facts.items()}, convert)


AUTO = rule("auto", "{field: request.annual_value, lte: '500 USD'}", "{auto_approve: true, inform: [tool_owner]}")
ROUTE = rule("route", "{field: request.annual_value, gt: '100 USD'}", "{route: ['role:finance']}")
DENY = rule("deny", "{field: tool.status, eq: blocked}", "{deny: 'It is blocked.', suggest: alternatives}")


def test_no_rule_matches_then_the_baseline() -> None:
    found = outcome(ROUTE, request__annual_value=usd(50))
    assert (found.result, found.approvers, found.matched) == ("routed", ("manager",), ())


def test_auto_approval_stands_alone_and_informs() -> None:
    found = outcome(AUTO, request__annual_value=usd(500))
    assert (found.result, found.inform) == ("approved", ("tool_owner",))


def test_a_route_beats_an_auto_approval_and_comes_after_the_baseline() -> None:
    found = outcome(AUTO + ROUTE, request__annual_value=usd(200))
    assert (found.result, found.approvers, found.inform) == ("routed", ("manager", "role:finance"), ())
    assert [match.rule_id for match in found.matched] == ["auto", "route"]


def test_a_denial_beats_all() -> None:
    found = outcome(AUTO + ROUTE + DENY, request__annual_value=usd(200), tool__status="blocked")
    assert (found.result, found.reason, found.suggest, found.stages) == ("denied", "It is blocked.", True, ())


@pytest.mark.parametrize(("effect", "result", "approvers"), [
    (AUTO, "routed", ("manager",)),
    (ROUTE, "routed", ("manager", "role:finance")),
    (DENY, "routed", ("manager", "role:admin")),
    (AUTO + DENY, "routed", ("manager", "role:admin")),
])  # fmt: skip
def test_the_unknown_errs_on_the_safe_side(effect: str, result: str, approvers: tuple[str, ...]) -> None:
    found = outcome(effect)
    assert (found.result, found.approvers) == (result, approvers)
    assert all(match.truth is None for match in found.matched)


def test_each_approver_once_in_file_order_with_the_largest_quorum() -> None:
    rules = (
        rule("a", "{field: request.seats, gte: 1}", "{route: ['role:security', manager, 'role:finance']}")
        + rule("b", "{field: request.seats, gte: 1}", "{route: [{approver: 'role:finance', quorum: 2}, 'role:security']}")
        + rule("c", "{field: request.seats, gte: 1}", "{route: [{parallel: ['role:security', 'role:legal']}]}")
    )
    found = outcome(rules, request__seats=1)
    assert found.approvers == ("manager", "role:security", "role:finance", "role:legal")
    assert [approver.quorum for stage in found.stages for approver in stage.approvers] == [1, 1, 2, 1]


def test_somebody_who_is_one_of_several_is_still_asked_where_needed() -> None:
    rules = (
        rule("either", "{field: request.seats, gte: 1}", "{route: [{parallel: ['role:security', 'role:legal'], join: any}]}")
        + rule("must", "{field: request.seats, gte: 1}", "{route: ['role:legal']}")
        + rule(
            "again", "{field: request.seats, gte: 1}", "{route: [{parallel: ['role:legal', 'role:security'], join: any}]}"
        )
    )
    found = outcome(rules, request__seats=1)
    assert [stage.join for stage in found.stages] == ["all", "any", "all"]
    assert found.stages[2].approvers[0].name == "role:legal"


CASES = [
    ("{field: request.annual_value, lte: '500 USD'}", {"request.annual_value": usd("500")}, True),
    ("{field: request.annual_value, lt: '500 USD'}", {"request.annual_value": usd("500")}, False),
    ("{field: request.annual_value, gte: '500 USD'}", {"request.annual_value": usd("499.999999999")}, False),
    ("{field: request.annual_value, lte: '500 USD'}", {"request.annual_value": Money.of("400", "EUR")}, True),
    ("{field: request.annual_value, lte: '500 USD'}", {"request.annual_value": Money.of("400.003", "EUR")}, True),
    ("{field: request.annual_value, lte: '500 USD'}", {"request.annual_value": Money.of("400.01", "EUR")}, False),
    ("{field: request.annual_value, lte: '500 USD'}", {"request.annual_value": Money.of("4", "GBP")}, None),
    ("{field: budget.remaining_after, lt: '0 USD'}", {"budget.remaining_after": usd("-0.01")}, True),
    ("{field: budget.used_after, gt: 0.8}", {"budget.used_after": Decimal("0.8")}, False),
    ("{field: budget.used_after, gte: 0.8}", {"budget.used_after": Decimal("0.8")}, True),
    ("{field: request.data_classes, max: internal}", {"request.data_classes": ("public", "internal")}, True),
    ("{field: request.data_classes, max: internal}", {"request.data_classes": ("public", "confidential")}, False),
    ("{field: request.data_classes, min: confidential}", {"request.data_classes": ("public", "restricted")}, True),
    ("{field: request.data_classes, min: confidential}", {"request.data_classes": ()}, False),
    ("{field: request.data_classes, lt: restricted}", {"request.data_classes": ("confidential",)}, True),
    ("{field: request.data_classes, gt: internal}", {"request.data_classes": ("internal",)}, False),
    ("{field: request.data_classes, contains: public}", {"request.data_classes": ("public", "restricted")}, True),
    ("{field: request.data_classes, contains_any: [internal, restricted]}", {"request.data_classes": ("public",)}, False),
    ("{field: requester.department, in: [Sales, Legal]}", {"requester.department": "Legal"}, True),
    ("{field: requester.department, not_in: [Sales, Legal]}", {"requester.department": "Legal"}, False),
    ("{field: requester.department, not_in: [Sales, Legal]}", {}, None),
    ("{field: requester.email, eq: Ada@Acme.Example}", {"requester.email": "ada@acme.example"}, True),
    ("{field: requester.tenure_days, lt: 90}", {"requester.tenure_days": 89}, True),
    ("{field: request.duration_days, is_known: false}", {}, True),
    ("{field: request.duration_days, is_known: true}", {"request.duration_days": 30}, True),
    ("{not: {field: request.duration_days, gt: 30}}", {}, None),
    ("{all: [{field: request.duration_days, gt: 30}, {field: request.seats, gt: 5}]}", {"request.seats": 1}, False),
    ("{any: [{field: request.duration_days, gt: 30}, {field: request.seats, gt: 5}]}", {"request.seats": 9}, True),
]


@pytest.mark.parametrize(("when", "facts", "truth"), CASES)
def test_conditions(when: str, facts: dict[str, FactValue], truth: bool | None) -> None:
    compiled = policy(rule("r", when, "{auto_approve: true}")).rules[0].when
    assert holds(compiled, facts, CLASSES, convert) is truth


def _kleene(condition: Condition, facts: dict[str, FactValue]) -> float:
    """The reference: false 0, unknown ½, true 1; not = 1 − x, all = min, any = max."""
    if isinstance(condition, Compare):
        value = facts.get(condition.field)
        return 0.5 if value is None else float(value == condition.value)
    if isinstance(condition, Not):
        return 1 - _kleene(condition.part, facts)
    return (min if isinstance(condition, AllOf) else max)(_kleene(part, facts) for part in condition.parts)


leaves = st.sampled_from(["requester.department", "requester.division", "tool.vendor"]).map(lambda f: Compare(f, "eq", "x"))
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: AllOf(tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
    ),
    max_leaves=8,
)


@given(trees)
def test_three_valued_logic_is_kleenes(condition: Condition) -> None:
    for values in product(["x", "y", None], repeat=3):
        facts = dict(zip(["requester.department", "requester.division", "tool.vendor"], values, strict=True))
        expected = {0.0: False, 0.5: None, 1.0: True}[_kleene(condition, facts)]
        assert holds(condition, facts, CLASSES, convert) is expected


@given(trees, st.tuples(*[st.sampled_from(["x", "y"])] * 3))
def test_learning_more_never_turns_an_answer_around(condition: Condition, values: tuple[str, str, str]) -> None:
    names = ["requester.department", "requester.division", "tool.vendor"]
    known = holds(condition, dict(zip(names, values, strict=True)), CLASSES, convert)
    for hidden in range(8):
        facts = {name: value for n, (name, value) in enumerate(zip(names, values, strict=True)) if not hidden >> n & 1}
        assert holds(condition, facts, CLASSES, convert) in (known, None)


LADDER = policy(
    AUTO
    + rule("b", "{field: request.annual_value, gt: '1000 USD'}", "{route: [cost_center_owner]}")
    + rule("c", "{field: request.annual_value, gte: '2000 EUR'}", "{route: [{approver: 'role:finance', quorum: 2}]}")
    + rule("d", "{any: [{field: request.annual_value, gt: '9000 USD'}, {field: request.seats, gt: 50}]}",
           "{route: [{parallel: ['role:legal', 'role:security'], join: any}]}")
)  # fmt: skip
amounts = st.integers(0, 12_000_00).map(lambda cents: usd(Decimal(cents).scaleb(-2)))  # type: ignore[arg-type]


@given(amounts, amounts, st.integers(1, 100))
def test_more_money_only_adds_approvers(one: Money, two: Money, seats: int) -> None:
    low, high = sorted((one, two), key=lambda money: money.nanos)
    cheap, dear = (
        evaluate(LADDER, {"request.annual_value": amount, "request.seats": seats}, convert) for amount in (low, high)
    )
    assert set(cheap.approvers) <= set(dear.approvers)
    unknown = evaluate(LADDER, {"request.seats": seats}, convert)
    assert set(dear.approvers) <= set(unknown.approvers)


odd_facts = st.dictionaries(
    st.sampled_from(["request.annual_value", "tool.status", "request.data_classes", "request.seats"]),
    st.sampled_from([None, "approved", 3, usd(3), ("secret",), ("internal",), True, Decimal(1)]),
)


@given(odd_facts)
def test_facts_of_a_wrong_kind_never_approve(facts: dict[str, FactValue]) -> None:
    """An evaluation error fails closed."""
    strict = policy(
        rule("auto", "{all: [{field: request.annual_value, lte: '5 USD'}, {field: request.data_classes, max: internal}]}",
             "{auto_approve: true}")
        + rule("route", "{field: request.seats, gt: 9}", "{route: ['role:finance']}")
    )  # fmt: skip
    found = evaluate(strict, facts, convert)
    sound = facts.get("request.annual_value") == usd(3) and facts.get("request.data_classes") == ("internal",)
    assert found.result == ("approved" if sound and type(facts.get("request.seats")) is int else "routed") or (
        found.result == "approved" and sound and facts.get("request.seats") == Decimal(1)
    )
