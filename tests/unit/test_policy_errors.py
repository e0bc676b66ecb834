"""Malformed policies: each is refused with file, line, column, the offending token and what to write instead."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.org import OrgSettings
from storage.yaml_source import SourceErrors
from workflows.policy.builtin import builtin_text
from workflows.policy.compile import parse_policy
from workflows.policy.document import json_schema
from workflows.policy.lint import has_errors, lint

ORG = OrgSettings(roles={"finance": ["fay@acme.example", "fin@acme.example"], "admin": ["ann@acme.example"], "security": []})
PEOPLE = frozenset({"fay@acme.example", "fin@acme.example", "ann@acme.example", "mia@acme.example"})
TOOLS = frozenset({"cursor", "copilot"})

GOOD = """\
version: 1
data_classes: [public, internal, restricted]
groups: {board: [mia@acme.example, fay@acme.example]}
approval:
  baseline: [manager]
  defaults: {remind: [4 working hours], escalate: 2 working days, expire: 10 working days}
  edit_tolerance: {percent: 10, amount: "100 USD"}
  rules:
    - id: small
      when: {all: [{field: request.annual_value, lte: "500 USD"}, {field: request.data_classes, max: internal}]}
      then: {auto_approve: true, inform: [manager]}
    - id: big
      when: {field: request.annual_value, gt: "5000 USD"}
      then: {route: [{approver: "role:finance", quorum: 2, escalate_to: "role:admin"}]}
    - id: never
      when: {field: request.data_classes, min: restricted}
      then: {deny: "Not this data.", suggest: alternatives}
idle:
  defaults: {idle: 30 days, end: tell_manager}
  tools: {cursor: {idle: 45 days}}
  exempt: {people: [mia@acme.example]}
"""

# (text to replace, with what, where the mistake is shown as line:column or line only, what the message must say)
MALFORMED = [
    ("version: 1", "version: 2", "1:10", "2 is not allowed"),
    ("version: 1", "version: '1'", "1:10", "'1' is not allowed"),
    ("version: 1\n", "", "1", "'version' is missing"),
    ("version: 1", "vresion: 1", "1:1", "did you mean 'version'"),
    ("data_classes: [", "data_clases: [", "2:1", "did you mean 'data_classes'"),
    ("data_classes: [public, internal, restricted]", "data_classes: []", "2", "at least 1"),
    ("data_classes: [public, ", "data_classes: [public, public, ", "2:24", "'public' is there twice"),
    ("data_classes: [public", "data_classes: [1", "2:16", "not 1"),
    ("groups: {", "group: {", "3:1", "did you mean 'groups'"),
    ("[mia@acme.example, fay", "[mia_acme.example, fay", "3:18", "not an e-mail"),
    ("[mia@acme.example, fay", "[group:other, fay", "3:18", "not an e-mail"),
    ("approval:", "aproval:", "4:1", "did you mean 'approval'"),
    ("  baseline: [manager]\n", "", "5", "'baseline' is missing"),
    ("baseline: [manager]", "baseline: []", "5", "at least 1"),
    ("baseline: [manager]", "baseline: manager", "5:13", "not 'manager'"),
    ("baseline: [manager]", "baseline: [manger]", "5:14", "did you mean 'manager'"),
    ("baseline: [manager]", "baseline: [manager(0)]", "5:14", "1 to 10"),
    ("baseline: [manager]", "baseline: [manager(two)]", "5:14", "'manager(two)' is not an approver"),
    ("baseline: [manager]", "baseline: [mia@acme.example]", "5:14", "did you mean 'person:mia@acme.example'"),
    ("baseline: [manager]", "baseline: [42]", "5:14", "a stage is an approver"),
    ("baseline: [manager]", "baseline: [{quorum: 2}]", "5:14", "'approver' is missing"),
    ("baseline: [manager]", "baseline: ['person:mia']", "5:14", "not an e-mail"),
    ("baseline: [manager]", "baseline: ['group:bord']", "5:14", "did you mean 'board'"),
    ("baseline: [manager]", "baseline: ['rol:finance']", "5:14", "did you mean 'role:finance'"),
    ("baseline: [manager]", "baseline: [{parallel: [], join: all}]", "5", "at least 1"),
    ("baseline: [manager]", "baseline: [{parallel: [manager], join: al}]", "5:42", "expected one of all, any"),
    ("baseline: [manager]", "baseline: [{parallel: [manager, manager]}]", "5", "'manager' is there twice"),
    ("baseline: [manager]", "baseline: [{paralel: [manager]}]", "5:15", "unknown key 'paralel'"),
    ("remind: [4 working hours]", "remind: [4 work hours]", "6:23", "did you mean 'working hours'"),
    ("remind: [4 working hours]", "remnd: [4 working hours]", "6:14", "did you mean 'remind'"),
    ("remind: [4 working hours]", "remind: [4]", "6:23", "not a duration"),
    ("escalate: 2 working days", "escalate: 2 business days", "6", "not a duration"),
    ("escalate: 2 working days", "escalate: 12:30", "6", "not a duration"),
    ("percent: 10", "percent: 110", "7:29", "less than or equal to 100"),
    ("percent: 10", "percent: 1_000", "7:29", "not '1_000'"),
    ("percent: 10", "percent: ten", "7:29", "not 'ten'"),
    ('amount: "100 USD"', "amount: 100", "7", "this must be a valid string"),
    ('amount: "100 USD"', 'amount: "100"', "7", 'like "500 USD"'),
    ('amount: "100 USD"', 'amount: "100 USX"', "7", "'USX' is not a currency"),
    ("id: small", "id: big", "12", "rule id 'big' is there twice"),
    ("id: small", "id: 'a b'", "9:11", "match pattern"),
    ("    - id: small\n      when", "    - when", "9", "'id' is missing"),
    ("field: request.annual_value, lte", "field: request.anual_value, lte", "10:28", "did you mean 'request.annual_value'"),
    ("field: request.annual_value, lte", "feild: request.annual_value, lte", "10:21", "did you mean 'field'"),
    ("field: request.annual_value, lte:", "field: request.annual_value, let:", "10:50", "unknown key 'let'"),
    ('lte: "500 USD"', 'lte: "500 USD", gt: "1 USD"', "10", "one operator"),
    (', lte: "500 USD"', "", "10", "one operator"),
    ('lte: "500 USD"', "lte: 500", "10:55", "500 is not money"),
    ('lte: "500 USD"', "lte: 1_000 USD", "10:55", "is not money"),
    ('lte: "500 USD"', 'lte: "-1,5 USD"', "10:55", "is not money"),
    ('lte: "500 USD"', 'contains: "500 USD"', "10:50", "'contains' does not fit request.annual_value"),
    ('lte: "500 USD"', "is_known: yes", "10:60", "true or false"),
    ('lte: "500 USD"', 'in: "500 USD"', "10", "'in' does not fit"),
    ("max: internal", "max: intern", "10", "did you mean 'internal'"),
    ("max: internal", "max: [internal]", "10", "put it in quotes"),
    ("when: {all: [", "when: {al: [", "10", "unknown key 'al'"),
    ("auto_approve: true", "auto_approve: yes", "11:28", "'yes' is not allowed"),
    ("auto_approve: true", "auto_approve: false", "11:28", "expected one of true"),
    ("auto_approve: true", "auto_aprove: true", "11:14", "did you mean 'auto_approve'"),
    ("{auto_approve: true, inform: [manager]}", "{auto_approve: true, route: [manager]}", "11", "unknown key 'route'"),
    ("{auto_approve: true, inform: [manager]}", "{}", "11:13", "`then` is one of"),
    ("{auto_approve: true, inform: [manager]}", "auto_approve", "11:13", "`then` is one of"),
    ("inform: [manager]", "inform: [menager]", "11", "did you mean 'manager'"),
    ("quorum: 2", "quorm: 2", "14", "did you mean 'quorum'"),
    ("quorum: 2", "quorum: 0", "14", "greater than or equal to 1"),
    ("quorum: 2", "quorum: two", "14", "not 'two'"),
    ("quorum: 2", "quorum: 3", "14", "quorum 3 is more than the 2 that 'role:finance' has"),
    ('approver: "role:finance", quorum: 2', 'approver: "group:board", quorum: 3', "14", "more than the 2"),
    ('approver: "role:finance", quorum: 2', "approver: manager, quorum: 2", "14", "more than the 1"),
    ('approver: "role:finance"', 'approver: "role:finence"', "14:33", "did you mean 'finance'"),
    ('escalate_to: "role:admin"', 'escalate_to: "role:finance"', "14", "is the approver itself"),
    ('escalate_to: "role:admin"', 'fallback: "role:finance"', "14", "is the approver itself"),
    (
        'escalate_to: "role:admin"',
        'fallback: "person:max@acme.example"',
        "14",
        "nobody in the directory has 'max@acme.example'",
    ),
    ('escalate_to: "role:admin"', 'silent: ["mio@acme.example"]', "14", "did you mean 'mia@acme.example'"),
    ('deny: "Not this data."', "deny: ''", "17", "at least 1 character"),
    ('deny: "Not this data."', "deny: true", "17", "not True"),
    ("suggest: alternatives", "suggest: alternative", "17", "did you mean 'alternatives'"),
    ("min: restricted", "min: restricted, all: []", "16", "at least 1"),
    ("end: tell_manager", "end: tell_manger", "19", "did you mean 'tell_manager'"),
    ("idle: 30 days, end", "idle: 30, end", "19", "not a duration"),
    ("tools: {cursor", "tools: {cursr", "20:11", "did you mean 'cursor'"),
    ("exempt: {people: [mia", "exempt: {people: [max", "21:21", "nobody in the directory"),
    ("exempt: {people", "exempt: {persons", "21:12", "unknown key 'persons'"),
    ("idle:\n", "idle:\nidle:\n", "19", 'duplicate key "idle"'),
    ("rules:\n", "rules:\n\t- {}\n", "9", ""),
    ("baseline: [manager]", "baseline: [manager", "", ""),
]


def mistakes(text: str) -> list[str]:
    return [str(one) for one in lint(text, "policy.yaml", ORG, PEOPLE, TOOLS) if one.severity == "error"]


def test_the_good_one_has_no_errors() -> None:
    assert mistakes(GOOD) == []


@pytest.mark.parametrize(("old", "new", "where", "says"), MALFORMED)
def test_malformed(old: str, new: str, where: str, says: str) -> None:
    assert old in GOOD
    found = mistakes(GOOD.replace(old, new, 1))
    assert found, "accepted"
    assert all(re.match(r"policy\.yaml:\d+:\d+: \S", one) for one in found)
    place = f"policy.yaml:{where}" if ":" in where or not where else f"policy.yaml:{where}:"
    assert any(one.startswith(place) and says in one for one in found), found


def test_there_are_enough_of_them() -> None:
    assert len({(old, new) for old, new, _, _ in MALFORMED}) >= 60


def rules(*lines: str) -> str:
    head = GOOD.split("  rules:\n")[0] + "  rules:\n"
    return head + "".join(f"    - {line}\n" for line in lines)


@pytest.mark.parametrize(("condition", "why"), [
    ("{all: [{field: request.seats, gt: 5}, {field: request.seats, lt: 5}]}", "request.seats exclude each other"),
    ("{all: [{field: request.annual_value, gt: '9 USD'}, {not: {field: request.annual_value, gt: '10 USD'}}, "
     "{field: request.annual_value, eq: '8 USD'}]}", "request.annual_value"),
    ("{all: [{field: tool.status, eq: approved}, {not: {field: tool.status, in: [approved, blocked]}}]}", "tool.status"),
    ("{field: tool.status, not_in: [approved, restricted, blocked, under_review, unknown]}", "no value of tool.status"),
    ("{field: request.seats, is_known: false}", "always known"),
    ("{all: [{field: request.data_classes, min: restricted}, {field: request.data_classes, max: internal}]}",
     "data_classes"),
])  # fmt: skip
def test_conditions_that_can_never_hold(condition: str, why: str) -> None:
    found = mistakes(rules(f"{{id: r, when: {condition}, then: {{deny: no}}}}"))
    assert len(found) == 1 and "unreachable" in found[0] and why in found[0] and ":9:" in found[0]


def test_an_auto_approval_behind_a_stronger_rule_is_unreachable() -> None:
    auto = "{id: auto, when: {all: [{field: request.annual_value, gt: '6000 USD'}, {field: request.seats, lt: 9}]}, then: {auto_approve: true}}"  # noqa: E501
    route = "{id: money, when: {field: request.annual_value, gt: '5000 USD'}, then: {route: [tool_owner]}}"
    assert mistakes(rules(auto, route)) == [
        "policy.yaml:9:12: rule 'auto' is unreachable: 'money' routes whenever it matches"
    ]
    assert mistakes(rules(auto, route.replace("gt: '5000", "gt: '7000"))) == []


def test_long_chains_warn_then_fail() -> None:
    def chained(number: int) -> str:
        lines = [
            f"{{id: r{n}, when: {{field: request.annual_value, gt: '{n + 1} USD'}}, then: {{route: ['manager({n + 2})']}}}}"
            for n in range(number - 1)
        ]
        return rules(*lines)

    def severities(number: int) -> set[str]:
        return {one.severity for one in lint(chained(number), "policy.yaml", ORG, PEOPLE, TOOLS)}

    assert severities(5) == set()
    assert severities(6) == {"warning"}
    assert severities(9) == {"warning"}
    assert "error" in severities(10)


def test_rules_that_exclude_each_other_do_not_add_up() -> None:
    lines = [
        f"{{id: d{n}, when: {{field: requester.department, eq: D{n}}}, then: {{route: ['manager({n + 2})']}}}}"
        for n in range(9)
    ]
    assert lint(rules(*lines), "policy.yaml", ORG, PEOPLE, TOOLS) == []


def test_groups_and_roles_that_deserve_a_warning() -> None:
    crowd = ", ".join(["fay@acme.example", "fin@acme.example", "ann@acme.example", "mia@acme.example", "a@x.y", "b@x.y"])
    text = GOOD.replace("{board: [mia@acme.example, fay@acme.example]}", f"{{board: [{crowd}], none: []}}")
    text = text.replace("baseline: [manager]", "baseline: ['role:security']")
    found = lint(text, "policy.yaml", ORG, PEOPLE | {"a@x.y", "b@x.y"}, TOOLS)
    assert [one.severity for one in found] == ["warning"] * 3 and not has_errors(found)
    assert "6 people" in str(found[0]) and "empty" in str(found[1]) and "role 'security' is empty" in str(found[2])


@pytest.mark.parametrize("text", ["", "[]", "42", "null", "- a", "a: b: c", "\x00", "%%%", "&a [*a]", "? [x]: y", "<<: 3"])
def test_no_policy_at_all(text: str) -> None:
    found = lint(text)
    assert found and has_errors(found)


@given(st.text(max_size=60), st.integers(0, len(GOOD) - 1), st.integers(0, 30))
def test_no_text_brings_it_down(junk: str, at: int, cut: int) -> None:
    for finding in lint(GOOD[:at] + junk + GOOD[at + cut :], "policy.yaml", ORG, PEOPLE, TOOLS):
        assert finding.line >= 1 and finding.column >= 1 and finding.message


def test_the_built_in_policy_is_clean_in_every_currency() -> None:
    for currency in ("USD", "EUR", "SEK"):
        text = builtin_text(OrgSettings(base_currency=currency, default_idle_days=60))
        assert lint(text) == [] and parse_policy(text).idle.defaults.idle.amount == 60


def test_yaml_1_2_means_what_it_says() -> None:
    """A056: NO is a country and on is a word, not booleans."""
    text = rules("{id: on, when: {field: requester.department, in: [NO, on, y]}, then: {route: [tool_owner]}}")
    assert parse_policy(text).rules[0].when.value == ("NO", "on", "y")  # type: ignore[union-attr]


def test_the_json_schema_accepts_the_good_one_and_not_a_bad_one() -> None:
    import jsonschema
    from ruamel.yaml import YAML

    validator = jsonschema.Draft202012Validator(json_schema())
    data = YAML(typ="safe", pure=True).load(GOOD)
    assert list(validator.iter_errors(data)) == []
    data["approval"]["rules"][1]["then"]["route"][0]["quorm"] = 2
    assert list(validator.iter_errors(data)) != []


def test_errors_come_together_in_the_order_of_the_lines() -> None:
    with pytest.raises(SourceErrors) as raised:
        parse_policy(GOOD.replace("lte:", "lt3:").replace("quorum", "quorm").replace("idle: 45 days", "idle: soon"))
    assert [one.line for one in raised.value.errors] == sorted(one.line for one in raised.value.errors)
    assert len(raised.value.errors) == 3
