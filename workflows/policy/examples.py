"""Policy tests: files of `{name, given: {facts}, expect: {outcome, approvers, rules}}` next to the policy."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, RootModel

from storage.yaml_source import SourceErrors, YamlSource, did_you_mean
from workflows.policy.facts_text import read_facts
from workflows.policy.fields import Convert, FactValue
from workflows.policy.model import Policy
from workflows.policy.rules import Outcome, evaluate


class Expect(BaseModel):
    """What is left out is not compared. `approvers` in their order, `rules` in any."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    outcome: Literal["approved", "denied", "routed"] | None = None
    approvers: list[str] | None = None
    rules: list[str] | None = None


class Example(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    given: dict[str, Any]
    expect: Expect


class Examples(RootModel[list[Example]]):
    """A file with several examples."""


@dataclass(frozen=True)
class Result:
    """`differences` empty = passed."""

    file: str
    name: str
    differences: tuple[str, ...]


def example_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in (".yaml", ".yml", ".json") and path.is_file())


def run_file(path: Path, policy: Policy, convert: Convert) -> list[Result]:
    """One example or a list of them. Raises SourceErrors."""
    source = YamlSource(path.read_text(encoding="utf-8-sig"), str(path))
    if not isinstance(source.data, list):
        return [_run(source, source.validate(Example), ("given",), policy, convert)]
    examples = source.validate(Examples).root
    return [_run(source, example, (index, "given"), policy, convert) for index, example in enumerate(examples)]


def _run(source: YamlSource, example: Example, path: tuple[str | int, ...], policy: Policy, convert: Convert) -> Result:
    outcome = evaluate(policy, given_facts(source, example.given, path, policy), convert)
    return Result(source.file, example.name, tuple(differences(example.expect, outcome)))


def given_facts(source: YamlSource, given: Any, path: tuple[str | int, ...], policy: Policy) -> dict[str, FactValue]:
    """`read_facts`, with data classes that the policy orders. Raises SourceErrors."""
    facts = read_facts(source, given, path)
    classes = facts.get("request.data_classes")
    for name in classes if isinstance(classes, tuple) else ():
        if name not in policy.data_classes:
            hint = did_you_mean(name, policy.data_classes)
            raise SourceErrors([source.error(path, f"{name!r} is no data class of this policy{hint}")])
    return facts


def differences(expect: Expect, outcome: Outcome) -> list[str]:
    found = []
    if expect.outcome is not None and expect.outcome != outcome.result:
        found.append(f"outcome: expected {expect.outcome}, got {outcome.result}")
    if expect.approvers is not None and expect.approvers != list(outcome.approvers):
        found.append(f"approvers: expected {_list(expect.approvers)}, got {_list(outcome.approvers)}")
    rules = [match.rule_id for match in outcome.matched]
    if expect.rules is not None and sorted(expect.rules) != sorted(rules):
        found.append(f"rules: expected {_list(expect.rules)}, got {_list(rules)}")
    return found


def _list(names: Any) -> str:
    return ", ".join(names) or "none"
