"""Which rules match a request's facts, and what follows: denied, approved, or the stages it must pass (policy.md, Rules).

Pure: a policy and facts in, an outcome out. A fact may be unknown; then a condition is neither true nor false, and each
effect errs on the safe side: an auto_approve needs true, a route acts unless false, an unknown deny asks the admins.
"""

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Literal

from storage.types import Money
from workflows.policy.fields import FIELDS, Convert, Facts, FactValue
from workflows.policy.model import ADMINS, AnyOf, Approver, Compare, Condition, Not, Policy, Rule, Stage

Truth = bool | None  # None = neither true nor false
BASELINE = "baseline"
_MINOR_UNITS = {"JPY": 0, "KRW": 0, "ISK": 0, "CLP": 0, "VND": 0}  # others: 2


@dataclass(frozen=True)
class FactUsed:
    """One comparison of a rule with what was known."""

    field: str
    operator: str
    wanted: Any
    actual: FactValue
    truth: Truth


@dataclass(frozen=True)
class Match:
    """A rule that counts: `truth` is None when it acts because something is unknown."""

    rule_id: str
    effect: Literal["auto_approve", "route", "deny"]
    truth: Truth
    used: tuple[FactUsed, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class RoutedStage:
    """A stage of the chain; `rule_ids` stand beside its approvers."""

    approvers: tuple[Approver, ...]
    join: Literal["all", "any"]
    rule_ids: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """`result` routed: the request passes `stages` one after another. `inform` are approver names."""

    result: Literal["approved", "denied", "routed"]
    stages: tuple[RoutedStage, ...]
    matched: tuple[Match, ...]
    reason: str = ""
    suggest: bool = False
    inform: tuple[str, ...] = ()

    @property
    def approvers(self) -> tuple[str, ...]:
        """Their names in the order they are asked."""
        return tuple(approver.name for stage in self.stages for approver in stage.approvers)


def evaluate(policy: Policy, facts: Facts, convert: Convert) -> Outcome:
    """Deny wins; else routes (the baseline first, each approver once); else auto-approval; else the baseline."""
    matched = [(rule, match) for rule in policy.rules if (match := _match(policy, rule, facts, convert))]
    matches = tuple(match for _, match in matched)
    denials = [rule for rule, match in matched if rule.effect == "deny" and match.truth]
    if denials:
        reasons = " ".join(dict.fromkeys(rule.reason for rule in denials))
        return Outcome("denied", (), matches, reasons, any(rule.suggest for rule in denials))
    routed = [rule for rule, _ in matched if rule.effect != "auto_approve"]
    approving = [rule for rule, _ in matched if rule.effect == "auto_approve"]
    if not routed and approving:
        return Outcome("approved", (), matches, inform=_inform(approving))
    return Outcome("routed", chain(policy, routed), matches, inform=_inform(routed))


def chain(policy: Policy, routed: Iterable[Rule]) -> tuple[RoutedStage, ...]:
    """The baseline, then the stages of `routed` rules in their order, each approver once with its largest quorum.

    An approver whom an earlier `join: any` stage asks among others is asked again where a later stage needs it.
    """
    stages = [(stage, BASELINE) for stage in policy.baseline]
    for rule in routed:
        own = rule.stages if rule.effect == "route" else (Stage((Approver(ADMINS, timing=policy.timing),)),)
        stages += [(stage, rule.id) for stage in own]
    result: list[RoutedStage] = []
    for stage, rule_id in stages:
        if stage.join == "any" and len(stage.approvers) > 1:
            if not any(_same(earlier, stage) for earlier in result):
                result.append(RoutedStage(stage.approvers, "any", (rule_id,) * len(stage.approvers)))
            continue
        fresh = [approver for approver in stage.approvers if not _strengthen(result, approver)]
        if fresh:
            result.append(RoutedStage(tuple(fresh), "all", (rule_id,) * len(fresh)))
    return tuple(result)


def _same(earlier: RoutedStage, stage: Stage) -> bool:
    names = {(approver.name, approver.quorum) for approver in stage.approvers}
    return earlier.join == "any" and {(approver.name, approver.quorum) for approver in earlier.approvers} == names


def _strengthen(stages: list[RoutedStage], approver: Approver) -> bool:
    """Whether a stage that must be passed already asks `approver`; it then asks for the larger quorum of the two."""
    for index, stage in enumerate(stages):
        if stage.join == "any":
            continue
        for place, known in enumerate(stage.approvers):
            if known.name == approver.name:
                stronger = replace(known, quorum=max(known.quorum, approver.quorum))
                stages[index] = replace(stage, approvers=(*stage.approvers[:place], stronger, *stage.approvers[place + 1 :]))
                return True
    return False


def _inform(rules: Iterable[Rule]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for rule in rules for name in rule.inform))


def _match(policy: Policy, rule: Rule, facts: Facts, convert: Convert) -> Match | None:
    """None when the rule does not count. A condition that cannot be worked out counts as unknown: it fails closed."""
    used: list[FactUsed] = []
    error = ""
    try:
        truth = holds(rule.when, facts, policy.data_classes, convert, used.append)
    except (ArithmeticError, TypeError, ValueError, LookupError) as failure:
        truth, error = None, f"{type(failure).__name__}: {failure}"
    if truth is False or (truth is None and rule.effect == "auto_approve"):
        return None
    return Match(rule.id, rule.effect, truth, tuple(used), error)


def holds(
    condition: Condition,
    facts: Facts,
    data_classes: tuple[str, ...],
    convert: Convert,
    note: Callable[[FactUsed], None] = lambda used: None,
) -> Truth:
    """Three-valued (Kleene): `not` keeps unknown, false decides an `all`, true an `any`. `note` gets each comparison."""
    if isinstance(condition, Compare):
        actual = facts.get(condition.field)
        truth = compare(condition, actual, data_classes, convert)
        note(FactUsed(condition.field, condition.operator, condition.value, actual, truth))
        return truth
    if isinstance(condition, Not):
        inner = holds(condition.part, facts, data_classes, convert, note)
        return None if inner is None else not inner
    truths = [holds(part, facts, data_classes, convert, note) for part in condition.parts]
    decisive = isinstance(condition, AnyOf)
    if decisive in truths:
        return decisive
    return None if None in truths else not decisive


def compare(condition: Compare, actual: FactValue, data_classes: tuple[str, ...], convert: Convert) -> Truth:
    """One comparison; None when the fact is unknown or cannot be converted. Raises TypeError for facts of another type."""
    name, wanted = condition.operator, condition.value
    if name == "is_known":
        return (actual is not None) is bool(wanted)
    if actual is None:
        return None
    kind = FIELDS[condition.field].type
    if kind == "money":
        return _compare_money(name, actual, wanted, convert)
    if kind == "classes":
        return _compare_classes(name, actual, wanted, data_classes)
    return _compare_plain(kind, name, actual, wanted)


def _compare_plain(kind: str, name: str, actual: Any, wanted: Any) -> bool:
    fits = isinstance(actual, str) if kind == "text" else type(actual) in (int, Decimal)
    if not fits:
        raise TypeError(f"{actual!r} is not {kind}")
    if name in ("in", "not_in"):
        return (actual in wanted) is (name == "in")
    if name == "contains":
        return bool(wanted in actual)
    if name == "contains_any":
        return any(item in actual for item in wanted)
    return _ordered(name, actual, wanted)


_ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}


def _ordered(name: str, actual: Any, wanted: Any) -> bool:
    return bool(_ORDER[name](actual, wanted))


def _compare_money(name: str, actual: Any, wanted: Any, convert: Convert) -> Truth:
    """In the currency of the policy's literal; a converted amount is rounded half-even to minor units first."""
    if not isinstance(actual, Money):
        raise TypeError(f"{actual!r} is not money")
    if actual.currency != wanted.currency:
        converted = convert(actual, wanted.currency)
        if converted is None:
            return None
        actual = in_minor_units(converted)
    return _ordered(name, actual.nanos, wanted.nanos)


def in_minor_units(money: Money) -> Money:
    unit = Decimal(1).scaleb(-_MINOR_UNITS.get(money.currency, 2))
    return Money.of(money.amount.quantize(unit, rounding=ROUND_HALF_EVEN), money.currency)


def _compare_classes(name: str, actual: Any, wanted: Any, data_classes: tuple[str, ...]) -> bool:
    """min, max and the orderings look at the highest class of the list; with no class at all, it is below every one.

    Raises ValueError for a class that the policy does not order.
    """
    if not isinstance(actual, tuple | list):
        raise TypeError(f"{actual!r} is not a list of data classes")
    ranks = {data_classes.index(one) for one in actual}
    if name == "contains":
        return bool(wanted in actual)
    if name == "contains_any":
        return any(item in actual for item in wanted)
    if name in ("eq", "ne"):
        return (set(actual) == {wanted}) is (name == "eq")
    highest = max(ranks, default=-1)
    return _ordered({"min": "gte", "max": "lte"}.get(name, name), highest, data_classes.index(wanted))
