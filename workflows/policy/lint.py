"""Everything an administrator should know about a policy before it holds: mistakes as errors, doubts as warnings."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

from storage.org import OrgSettings
from storage.yaml_source import SourceErrors, YamlSource, did_you_mean
from workflows.policy import document as doc
from workflows.policy.compile import Path, parse_policy, read_document
from workflows.policy.model import Policy, Rule
from workflows.policy.names import ApproverName, parse_name
from workflows.policy.reach import contradiction, implies, joined
from workflows.policy.rules import chain

WARN_APPROVERS, MAX_APPROVERS = 5, 9  # Coupa's guidance: fewer than 5 on average, more than 9 discouraged
WARN_GROUP = 5


@dataclass(frozen=True)
class Finding:
    """`line` and `column` count from 1."""

    severity: Literal["error", "warning"]
    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        mark = "" if self.severity == "error" else "warning: "
        return f"{self.file}:{self.line}:{self.column}: {mark}{self.message}"


def lint(
    text: str,
    file: str = "policy.yaml",
    org: OrgSettings | None = None,
    people: Collection[str] | None = None,
    tools: Collection[str] | None = None,
) -> list[Finding]:
    """In the order of the lines. `org` None: roles are not looked up; `people` (e-mails, lower-case) None: nor people;
    `tools` (slugs and names, casefolded) None: nor tools."""
    try:
        policy = parse_policy(text, file)
    except SourceErrors as errors:
        return [Finding("error", one.file, one.line, one.column, one.message) for one in errors.errors]
    source = YamlSource(text, file)
    linter = _Linter(source, read_document(source), policy, org, people)
    linter.groups()
    linter.references()
    linter.reach()
    linter.length()
    if tools is not None:
        linter.tools(tools)
    return sorted(linter.findings, key=lambda one: (one.line, one.column))


def has_errors(findings: list[Finding]) -> bool:
    return any(finding.severity == "error" for finding in findings)


class _Linter:
    def __init__(
        self,
        source: YamlSource,
        document: doc.PolicyDoc,
        policy: Policy,
        org: OrgSettings | None,
        people: Collection[str] | None,
    ) -> None:
        self.source, self.document, self.policy, self.org, self.people = source, document, policy, org, people
        self.findings: list[Finding] = []

    def note(self, severity: Literal["error", "warning"], path: Path, message: str, of_key: bool = False) -> None:
        line, column = self.source.position(path, of_key)
        self.findings.append(Finding(severity, self.source.file, line, column, message))

    def groups(self) -> None:
        for name, members in self.document.groups.items():
            path: Path = ("groups", name)
            if not members:
                self.note("warning", path, f"group {name!r} is empty; its fallback will be asked", of_key=True)
            if len(members) > WARN_GROUP:
                self.note("warning", path, f"group {name!r} has {len(members)} people; more than {WARN_GROUP} share no "
                          "responsibility", of_key=True)  # fmt: skip
            for index, email in enumerate(members):
                self.person(email, (*path, index))

    def person(self, email: str, path: Path) -> None:
        if self.people is not None and email.strip().lower() not in self.people:
            close = did_you_mean(email.strip().lower(), sorted(self.people)) if self.people else ""
            hint = close if "did you mean" in close else ""
            self.note("error", path, f"nobody in the directory has {email!r}{hint}")

    def references(self) -> None:
        """Every role and person named anywhere, whether a rule reaches it or not."""
        for path, stage in _approvers(self.document):
            name = parse_name(stage if isinstance(stage, str) else stage.approver)
            self.named(name, path if isinstance(stage, str) else (*path, "approver"))
            if isinstance(stage, doc.ApproverDoc):
                self.details(stage, name, path)
        for number, rule in enumerate(self.document.approval.rules):
            for index, text in enumerate(getattr(rule.then, "inform", [])):
                self.named(parse_name(text), ("approval", "rules", number, "then", "inform", index))
        for index, email in enumerate(self.document.idle.exempt.people):
            self.person(email, ("idle", "exempt", "people", index))

    def details(self, stage: doc.ApproverDoc, name: ApproverName, path: Path) -> None:
        for key in ("fallback", "escalate_to"):
            if getattr(stage, key):
                self.named(parse_name(getattr(stage, key)), (*path, key))
        for index, email in enumerate(stage.silent):
            self.person(email, (*path, "silent", index))
        if name.kind == "role" and self.org is not None:
            people = {*self.org.roles.get(name.argument, []), *(email.lower() for email in stage.silent)}
            if people and stage.quorum > len(people):
                self.note("error", (*path, "quorum"),
                          f"quorum {stage.quorum} is more than the {len(people)} that {stage.approver!r} has")  # fmt: skip

    def named(self, name: ApproverName, path: Path) -> None:
        if name.kind == "person":
            self.person(name.argument, path)
        if name.kind == "role" and self.org is not None:
            if name.argument not in self.org.roles:
                hint = did_you_mean(name.argument, list(self.org.roles)) or "; org.yaml names no roles"
                self.note("error", path, f"unknown role {name.argument!r}{hint}")
            elif not self.org.roles[name.argument]:
                self.note("warning", path, f"role {name.argument!r} is empty in org.yaml; its fallback will be asked")

    def tools(self, slugs: Collection[str]) -> None:
        for slug in self.document.idle.tools:
            if slug.casefold() not in slugs:
                self.note("error", ("idle", "tools", slug), f"unknown tool {slug!r}{did_you_mean(slug, list(slugs))}", True)
        for index, slug in enumerate(self.document.idle.exempt.tools):
            if slug.casefold() not in slugs:
                self.note(
                    "error", ("idle", "exempt", "tools", index), f"unknown tool {slug!r}{did_you_mean(slug, list(slugs))}"
                )

    def reach(self) -> None:
        """Rules that can never act: their condition contradicts itself, or a stronger rule always matches with them."""
        rules = self.policy.rules
        for number, rule in enumerate(rules):
            path: Path = ("approval", "rules", number, "id")
            why = contradiction(rule.when, self.policy.data_classes)
            if why:
                self.note("error", path, f"rule {rule.id!r} is unreachable: {why}")
                continue
            stronger = next((other for other in rules if _overrides(other, rule, self.policy.data_classes)), None)
            if stronger is not None:
                verb = "denies" if stronger.effect == "deny" else "routes"
                self.note("error", path, f"rule {rule.id!r} is unreachable: {stronger.id!r} {verb} whenever it matches")

    def length(self) -> None:
        """How many must agree at most, with all rules that can hold at the same time."""
        self.count((), ("approval", "baseline"), "the baseline asks")
        for number, rule in enumerate(self.policy.rules):
            if rule.effect == "route":
                self.count((rule,), ("approval", "rules", number, "id"), f"with rule {rule.id!r} a request asks")
        together = self._together()
        worst = self.asked(together)
        if len(together) > 1 and worst > max((self.asked((rule,)) for rule in together), default=0):
            names = ", ".join(rule.id for rule in together)
            self.count(together, ("approval", "rules"), f"rules {names} can hold together and then a request asks", True)

    def asked(self, rules: Collection[Rule]) -> int:
        stages = chain(self.policy, rules)
        return sum(
            (min if stage.join == "any" else sum)(approver.quorum for approver in stage.approvers) for stage in stages
        )

    def count(self, rules: Collection[Rule], path: Path, words: str, of_key: bool = False) -> None:
        number = self.asked(rules)
        if number > MAX_APPROVERS:
            self.note("error", path, f"{words} {number} people; at most {MAX_APPROVERS}", of_key)
        elif number > WARN_APPROVERS and (len(rules) != 1 or self.asked(()) <= WARN_APPROVERS):
            self.note("warning", path, f"{words} {number} people; more than {WARN_APPROVERS} rarely decide better", of_key)

    def _together(self) -> tuple[Rule, ...]:
        """The longest chain found by taking, from each rule on, every later rule that does not contradict those taken."""
        routes = [rule for rule in self.policy.rules if rule.effect == "route"]
        best: tuple[Rule, ...] = ()
        for first in routes:
            taken = [first]
            for rule in routes:
                if rule not in taken and not contradiction(
                    joined([*(one.when for one in taken), rule.when]), self.policy.data_classes
                ):
                    taken.append(rule)
            if self.asked(taken) > self.asked(best):
                best = tuple(taken)
        return best


def _overrides(other: Rule, rule: Rule, data_classes: tuple[str, ...]) -> bool:
    """An auto-approval never acts where a route or denial always matches too; a route not where a denial does."""
    if other is rule or other.effect == "auto_approve" or rule.effect == "deny":
        return False
    if rule.effect == "route" and other.effect != "deny":
        return False
    return implies(rule.when, other.when, data_classes)


def _approvers(document: doc.PolicyDoc) -> list[tuple[Path, str | doc.ApproverDoc]]:
    found: list[tuple[Path, str | doc.ApproverDoc]] = []
    lists: list[tuple[Path, list[Any]]] = [(("approval", "baseline"), document.approval.baseline)]
    for number, rule in enumerate(document.approval.rules):
        if isinstance(rule.then, doc.RouteDoc):
            lists.append((("approval", "rules", number, "then", "route"), rule.then.route))
    for path, stages in lists:
        _walk(stages, path, found)
    return found


def _walk(stages: list[Any], path: Path, found: list[tuple[Path, str | doc.ApproverDoc]]) -> None:
    for index, stage in enumerate(stages):
        if isinstance(stage, doc.ParallelDoc):
            _walk(stage.parallel, (*path, index, "parallel"), found)
        else:
            found.append(((*path, index), stage))
