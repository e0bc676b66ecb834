"""Why a set of facts goes where it goes: every rule, comparison by comparison."""

from typing import Any

from storage.types import Money
from workflows.policy.fields import FIELDS, Convert, Facts
from workflows.policy.model import Policy
from workflows.policy.rules import FactUsed, Truth, evaluate, holds

_WORDS = {True: "true", False: "false", None: "unknown"}


def explain(policy: Policy, facts: Facts, convert: Convert) -> dict[str, Any]:
    """JSON values: outcome, reason, approvers in order, facts, and each rule with its verdict and why."""
    outcome = evaluate(policy, facts, convert)
    acting = {match.rule_id: match for match in outcome.matched}
    rules = []
    for rule in policy.rules:
        used: list[FactUsed] = []
        match = acting.get(rule.id)
        truth: Truth = None
        if match is None or not match.error:
            truth = holds(rule.when, facts, policy.data_classes, convert, used.append)
        rules.append({
            "rule": rule.id,
            "effect": rule.effect,
            "matches": match is not None,
            "verdict": _verdict(rule.effect, truth, match is not None),
            "why": [_sentence(one) for one in used] or ([match.error] if match else []),
        })  # fmt: skip
    return {
        "outcome": outcome.result,
        "reason": outcome.reason,
        "suggest": outcome.suggest,
        "approvers": list(outcome.approvers),
        "inform": list(outcome.inform),
        "matched": [match.rule_id for match in outcome.matched],
        "stages": [
            {
                "join": stage.join,
                "approvers": [
                    {"approver": approver.name, "quorum": approver.quorum, "rule": rule_id}
                    for approver, rule_id in zip(stage.approvers, stage.rule_ids, strict=True)
                ],
            }
            for stage in outcome.stages
        ],
        "policy_hash": policy.hash,
        "facts": {name: shown(facts.get(name)) for name in FIELDS},
        "rules": rules,
    }


def _verdict(effect: str, truth: Truth, acts: bool) -> str:
    if truth is not None:
        return "matches" if truth else "does not match"
    if not acts:
        return "cannot be known, so it approves nothing"
    return "cannot be known, so it asks the admins" if effect == "deny" else "cannot be known, so it asks its approvers"


def _sentence(used: FactUsed) -> str:
    actual = "unknown" if used.actual is None else shown(used.actual)
    return f"{used.field} is {actual}; {used.operator} {shown(used.wanted)}: {_WORDS[used.truth]}"


def shown(value: Any) -> Any:
    """A fact as policy.yaml writes it; None = unknown."""
    if isinstance(value, Money):
        return f"{value.amount.normalize():f} {value.currency}"
    if isinstance(value, tuple):
        return [shown(item) for item in value]
    return value if value is None or isinstance(value, bool | int) else str(value)
