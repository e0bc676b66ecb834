"""policy.yaml as text → Policy, or every mistake in it with file, line, column and nearest match."""

import hashlib
from functools import lru_cache
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from storage.yaml_source import SourceError, SourceErrors, YamlSource, did_you_mean
from workflows.policy import document as doc
from workflows.policy.fields import FIELDS
from workflows.policy.literals import read, read_money
from workflows.policy.model import (
    ADMINS,
    AllOf,
    AnyOf,
    Approver,
    Compare,
    Condition,
    IdlePolicy,
    IdleRule,
    Not,
    Policy,
    Rule,
    Stage,
    Timing,
    Tolerance,
)
from workflows.policy.names import parse_email, parse_name

Path = tuple[str | int, ...]


@lru_cache(maxsize=64)
def parse_policy(text: str, file: str = "policy.yaml") -> Policy:
    """Raises SourceErrors. People, roles and chains are looked at by `lint`, which knows the directory."""
    source = YamlSource(text, file)
    compiler = Compiler(source, read_document(source))
    policy = compiler.policy()
    if compiler.errors:
        raise SourceErrors(compiler.errors)
    return policy


def policy_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def read_document(source: YamlSource) -> doc.PolicyDoc:
    """Raises SourceErrors."""
    try:
        return doc.PolicyDoc.model_validate(source.data if source.data is not None else {})
    except ValidationError as error:
        raise SourceErrors([_explain(source, item) for item in error.errors()]) from error


class Compiler:
    """Walks the document with the path of each value, collecting every mistake instead of stopping at the first."""

    def __init__(self, source: YamlSource, document: doc.PolicyDoc) -> None:
        self.source, self.document = source, document
        self.errors: list[SourceError] = []
        self.data_classes = tuple(document.data_classes)
        defaults = document.approval.defaults
        self.timing = _timing(defaults, Timing())

    def wrong(self, path: Path, message: str, of_key: bool = False) -> None:
        self.errors.append(self.source.error(path, message, of_key))

    def policy(self) -> Policy:
        approval = self.document.approval
        self._unique(self.document.data_classes, ("data_classes",), "data class")
        self._unique([rule.id for rule in approval.rules], ("approval", "rules"), "rule id", "id")
        groups = {name: self._emails(members, ("groups", name)) for name, members in self.document.groups.items()}
        return Policy(
            hash=policy_hash(self.source.text),
            source=self.source.file,
            data_classes=self.data_classes,
            groups=groups,
            baseline=self._stages(approval.baseline, ("approval", "baseline")),
            rules=tuple(self._rule(rule, ("approval", "rules", n)) for n, rule in enumerate(approval.rules)),
            tolerance=self._tolerance(),
            idle=self._idle(),
            timing=self.timing,
        )

    def _unique(self, names: list[str], path: Path, what: str, key: str | None = None) -> None:
        for index, name in enumerate(names):
            if name in names[:index]:
                self.wrong((*path, index, key) if key else (*path, index), f"{what} {name!r} is there twice")

    def _emails(self, emails: list[str], path: Path) -> tuple[str, ...]:
        found = []
        for index, email in enumerate(emails):
            try:
                found.append(parse_email(email))
            except ValueError as error:
                self.wrong((*path, index), str(error))
        return tuple(dict.fromkeys(found))

    def _rule(self, rule: doc.RuleDoc, path: Path) -> Rule:
        when = self._condition(rule.when, (*path, "when"))
        then, where = rule.then, (*path, "then")
        if isinstance(then, doc.DenyDoc):
            return Rule(rule.id, when, "deny", reason=then.deny, suggest=then.suggest is not None)
        for index, name in enumerate(then.inform):
            self._name(name, (*where, "inform", index))
        inform = tuple(then.inform)
        if isinstance(then, doc.AutoDoc):
            return Rule(rule.id, when, "auto_approve", inform=inform)
        return Rule(rule.id, when, "route", self._stages(then.route, (*where, "route")), inform=inform)

    def _condition(self, condition: Any, path: Path) -> Condition:
        if isinstance(condition, doc.NotDoc):
            return Not(self._condition(condition.not_, (*path, "not")))
        if isinstance(condition, doc.AllDoc):
            return AllOf(tuple(self._condition(part, (*path, "all", n)) for n, part in enumerate(condition.all)))
        if isinstance(condition, doc.AnyDoc):
            return AnyOf(tuple(self._condition(part, (*path, "any", n)) for n, part in enumerate(condition.any)))
        return self._compare(condition, path)

    def _compare(self, compare: doc.CompareDoc, path: Path) -> Compare:
        operators = compare.operators()
        if compare.field not in FIELDS:
            self.wrong((*path, "field"), f"unknown field {compare.field!r}{did_you_mean(compare.field, list(FIELDS))}")
        if len(operators) != 1:
            found = "none" if not operators else " and ".join(operators)
            self.wrong(path, f"a condition has one operator beside `field`, here: {found}")
        if compare.field not in FIELDS or len(operators) != 1:
            return Compare(compare.field, "is_known", True)
        operator = operators[0]
        try:
            value = read(compare.field, operator, compare.value(operator), self.data_classes)
        except ValueError as error:
            fits = "does not fit" in str(error)
            self.wrong((*path, operator), str(error), of_key=fits)
            value = None
        return Compare(compare.field, operator, value)

    def _stages(self, stages: list[Any], path: Path) -> tuple[Stage, ...]:
        return tuple(self._stage(stage, (*path, index)) for index, stage in enumerate(stages))

    def _stage(self, stage: Any, path: Path) -> Stage:
        if not isinstance(stage, doc.ParallelDoc):
            return Stage((self._approver(stage, path),))
        approvers: list[Approver] = []
        for index, part in enumerate(stage.parallel):
            where = (*path, "parallel", index)
            if isinstance(part, doc.ParallelDoc):
                if part.join != stage.join and len(part.parallel) > 1:
                    self.wrong(where, f"a parallel stage inside another must have the same join, here {stage.join!r}")
                approvers += self._stage(part, where).approvers
            else:
                approvers.append(self._approver(part, where))
        for index, approver in enumerate(approvers):
            if any(approver.name == other.name for other in approvers[:index]):
                self.wrong((*path, "parallel"), f"{approver.name!r} is there twice")
        return Stage(tuple(approvers), stage.join)

    def _approver(self, stage: str | doc.ApproverDoc, path: Path) -> Approver:
        if isinstance(stage, str):
            self._name(stage, path)
            return Approver(stage.strip(), timing=self.timing)
        self._name(stage.approver, (*path, "approver"))
        for key in ("fallback", "escalate_to"):
            name = getattr(stage, key)
            if name is None:
                continue
            self._name(name, (*path, key))
            if name.strip() == stage.approver.strip():
                self.wrong((*path, key), f"{key} is the approver itself; name somebody else, like {ADMINS!r}")
        self._quorum(stage, path)
        return Approver(
            name=stage.approver.strip(),
            quorum=stage.quorum,
            silent=self._emails(stage.silent, (*path, "silent")),
            fallback=(stage.fallback or ADMINS).strip(),
            escalate_to=stage.escalate_to.strip() if stage.escalate_to else None,
            timing=_timing(stage, self.timing),
        )

    def _quorum(self, stage: doc.ApproverDoc, path: Path) -> None:
        try:
            name = parse_name(stage.approver)
        except ValueError:
            return
        people = 1
        if name.kind == "role":
            return
        if name.kind == "group":
            people = len(self.document.groups.get(name.argument, []))
        if stage.quorum > max(1, people + len(stage.silent)):
            self.wrong((*path, "quorum"), f"quorum {stage.quorum} is more than the {people} that {stage.approver!r} has")

    def _name(self, text: str, path: Path) -> None:
        try:
            name = parse_name(text)
        except ValueError as error:
            self.wrong(path, str(error))
            return
        if name.kind == "group" and name.argument not in self.document.groups:
            known = list(self.document.groups)
            self.wrong(path, f"unknown group {name.argument!r}{did_you_mean(name.argument, known) or '; there are none'}")

    def _tolerance(self) -> Tolerance:
        written = self.document.approval.edit_tolerance
        if written is None:
            return Tolerance()
        try:
            return Tolerance(written.percent, read_money(written.amount) if written.amount is not None else None)
        except ValueError as error:
            self.wrong(("approval", "edit_tolerance", "amount"), str(error))
            return Tolerance()

    def _idle(self) -> IdlePolicy:
        written = self.document.idle
        defaults = _idle_rule(written.defaults, IdleRule())
        return IdlePolicy(
            defaults=defaults,
            tools={slug: _idle_rule(tool, defaults) for slug, tool in written.tools.items()},
            exempt_people=frozenset(self._emails(written.exempt.people, ("idle", "exempt", "people"))),
            exempt_departments=frozenset(written.exempt.departments),
            exempt_tools=frozenset(written.exempt.tools),
        )


def _timing(written: doc.TimingDoc, defaults: Timing) -> Timing:
    return Timing(
        remind=tuple(written.remind) if written.remind is not None else defaults.remind,
        escalate=written.escalate or defaults.escalate,
        expire=written.expire or defaults.expire,
    )


def _idle_rule(written: doc.IdleToolDoc, defaults: IdleRule) -> IdleRule:
    return IdleRule(
        idle=written.idle or defaults.idle,
        grace=written.grace or defaults.grace,
        remind=tuple(written.remind) if written.remind is not None else defaults.remind,
        end_after=written.end_after or defaults.end_after,
        end=written.end or defaults.end,
        undo=written.undo or defaults.undo,
        cooldown=written.cooldown or defaults.cooldown,
    )


def _explain(source: YamlSource, item: Any) -> SourceError:
    """One of pydantic's errors in the words of policy.yaml."""
    path, kind = tuple(item["loc"]), item["type"]
    if kind == "extra_forbidden":
        names = _keys_at(path[:-1])
        return source.error(path, f"unknown key {path[-1]!r}{did_you_mean(str(path[-1]), names)}", of_key=True)
    if kind == "missing":
        return source.error(path[:-1], f"{path[-1]!r} is missing")
    if kind == "literal_error":
        names = [part.strip(" '") for part in str(item["ctx"]["expected"]).replace(" or ", ", ").split(",")]
        names = [name.lower() if name in ("True", "False") else name for name in names]
        written = {True: "true", False: "false"}.get(item["input"]) if isinstance(item["input"], bool) else None
        written = written or repr(item["input"])
        return source.error(path, f"{written} is not allowed{did_you_mean(written, names)}")
    message = str(item["msg"]).removeprefix("Value error, ").replace("Input should be", "this must be")
    return source.error(path, f"{message}, not {item['input']!r}" if kind.endswith("_type") else message)


def _keys_at(path: Path) -> list[str]:
    """The keys that may stand at pydantic's `path`, whose tags name the member of a union."""
    current: type[BaseModel] | None = doc.PolicyDoc
    for step in path:
        if step in doc.TAGS:
            current = doc.TAGS[str(step)]
        elif current is not None and isinstance(step, str):
            fields = {(field.alias or name): field for name, field in current.model_fields.items()}
            current = _model_in(fields[step].annotation) if step in fields else current
    return [field.alias or name for name, field in current.model_fields.items()] if current else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in get_args(annotation):
        found = _model_in(part)
        if found is not None:
            return found
    return None
