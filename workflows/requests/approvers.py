"""Approver names to people, with everybody looked at and why one was left out. Never oneself, never nobody unnoticed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from storage.directory import is_employed, management_chain, person_id_of, record_of
from storage.models import Tool
from storage.org import OrgSettings
from storage.unit_of_work import UnitOfWork
from workflows.policy.model import ADMINS, Approver, Policy
from workflows.policy.names import ApproverName, parse_name
from workflows.requests.budget import BudgetPosition

NOBODY = "Nobody may decide this: no administrator is named in org.yaml who is not part of the request. It waits for one."


@dataclass(frozen=True)
class Scene:
    """Whose request it is, as of which day, and what approver names point at."""

    org: OrgSettings
    policy: Policy
    day: date
    requester_id: int
    beneficiary_id: int
    tool: Tool | None
    budget: BudgetPosition | None = None
    budget_scope: tuple[str, str] | None = None  # (scope type, scope), when the position itself is not at hand

    @property
    def parties(self) -> frozenset[int]:
        """Never approvers of this request."""
        return frozenset((self.requester_id, self.beneficiary_id))


@dataclass
class Resolved:
    """`candidates` are asked, `silent` may decide without being asked. `considered` is for the record."""

    candidates: list[int] = field(default_factory=list)
    silent: list[int] = field(default_factory=list)
    considered: list[dict[str, Any]] = field(default_factory=list)
    note: str = ""


def resolve(uow: UnitOfWork, approver: Approver, scene: Scene) -> Resolved:
    """Its people; where too few may decide, also its fallback's, at last the admins'."""
    result = Resolved()
    _take(uow, approver.name, scene, result, result.candidates)
    for email in approver.silent:
        _consider(uow, email, f"silent: {email}", scene, result, result.silent)
    result.candidates = [person for person in result.candidates if person not in result.silent]
    for name in dict.fromkeys((approver.fallback, ADMINS)):
        enough = len(result.candidates) + len(result.silent) >= approver.quorum
        if result.candidates and enough:
            break
        before = len(result.candidates)
        _take(uow, name, scene, result, result.candidates)
        if len(result.candidates) > before:
            why = "nobody of it may decide" if before == 0 else f"fewer than {approver.quorum} of it may decide"
            result.note = f"{approver.name}: {why}, so {name} is asked."
    if not result.candidates:
        result.note = NOBODY
    return result


def people_named(uow: UnitOfWork, name: str, scene: Scene) -> list[int]:
    """Who a name stands for, without the parties and leavers, without fallback (for informing and escalating)."""
    result = Resolved()
    _take(uow, name, scene, result, result.candidates)
    return result.candidates


def _take(uow: UnitOfWork, name: str, scene: Scene, result: Resolved, into: list[int]) -> None:
    parsed = parse_name(name)
    if parsed.kind == "manager":
        chain = management_chain(uow.session, scene.requester_id, scene.day)
        level = int(parsed.argument)
        if len(chain) < level:
            result.considered.append({"by": name, "person_id": None, "why_not": "the directory names no such manager"})
        else:
            _weigh(uow, chain[level - 1], name, scene, result, into)
        return
    emails = _emails(uow, parsed, scene)
    if not emails:
        result.considered.append({"by": name, "person_id": None, "why_not": "nobody is named for it"})
    for email in emails:
        _consider(uow, email, name, scene, result, into)


def _emails(uow: UnitOfWork, name: ApproverName, scene: Scene) -> Sequence[str]:
    owners = scene.org.owners
    record = record_of(uow.session, scene.beneficiary_id, scene.day)
    if name.kind == "role":
        return scene.org.roles.get(name.argument, [])
    if name.kind == "group":
        return scene.policy.groups.get(name.argument, ())
    if name.kind == "person":
        return [name.argument]
    if name.kind == "tool_owner":
        return [scene.tool.owner_email] if scene.tool and scene.tool.owner_email else []
    if name.kind == "department_owner":
        found = owners.department.get(record.department) if record else None
    elif name.kind == "cost_center_owner":
        found = owners.cost_center.get(record.cost_center or "") if record else None
    else:
        found = _budget_owner(scene)
    return [found] if found else []


def _budget_owner(scene: Scene) -> str | None:
    """Who org.yaml names for the budget's scope, else the owner of that department or cost centre."""
    scope_type, scope = scene.budget_scope or ((scene.budget.scope_type, scene.budget.scope) if scene.budget else ("", ""))
    owners = scene.org.owners
    if not scope_type:
        return None
    named = owners.budget.get(scope) or (owners.budget.get("company") if scope_type == "company" else None)
    fallback = {"department": owners.department, "cost_center": owners.cost_center}.get(scope_type, {})
    return named or fallback.get(scope)


def _consider(uow: UnitOfWork, email: str, name: str, scene: Scene, result: Resolved, into: list[int]) -> None:
    person_id = person_id_of(uow.session, email, scene.day)
    if person_id is None:
        result.considered.append(
            {"by": name, "person_id": None, "email": email, "why_not": "the directory does not know this e-mail"}
        )
        return
    _weigh(uow, person_id, name, scene, result, into)


def _weigh(uow: UnitOfWork, person_id: int, name: str, scene: Scene, result: Resolved, into: list[int]) -> None:
    why_not = None
    if person_id == scene.requester_id:
        why_not = "made the request"
    elif person_id == scene.beneficiary_id:
        why_not = "would get it"
    elif not is_employed(record_of(uow.session, person_id, scene.day), scene.day):
        why_not = "left the company"
    result.considered.append({"by": name, "person_id": person_id, "why_not": why_not})
    if why_not is None and person_id not in into:
        into.append(person_id)
