"""What policy.yaml and org.yaml say about idle seats today, with names resolved to tools and people."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from sqlmodel import Session, col, select

from storage.directory import person_id_of
from storage.models import Tool, ToolName
from storage.org import OrgSettings, load_org, today
from storage.seats import IdleRules, SeatRow
from storage.yaml_source import YamlSource
from workflows.business_time import Duration
from workflows.policy.compile import parse_policy, read_document
from workflows.policy.document import IdleDoc
from workflows.policy.load import policy_text
from workflows.policy.model import IdlePolicy, IdleRule
from workflows.seats.rules import Terms, calendar_days


@dataclass(frozen=True)
class SeatSettings:
    org: OrgSettings
    day: date
    rules: IdleRules
    by_tool: dict[str, IdleRule]  # by slug
    defaults: IdleRule
    exempt_people: frozenset[int]
    exempt_departments: frozenset[str]  # casefolded
    exempt_tools: frozenset[str]  # slugs

    def terms_of(self, slug: str) -> Terms:
        rule = self.by_tool.get(slug, self.defaults)
        return Terms(rule.remind, rule.end_after, rule.end, rule.undo, rule.cooldown)

    def is_exempt(self, row: SeatRow) -> bool:
        return (
            row.tool_slug in self.exempt_tools
            or row.person_id in self.exempt_people
            or (row.department or "").casefold() in self.exempt_departments
        )


def load_settings(session: Session, now: datetime) -> SeatSettings:
    org = load_org(session)
    day = today(org, now)
    policy, _ = _idle_section(*_text(session, org))
    names = {*policy.tools, *policy.exempt_tools}
    slugs = _slugs(session, names)
    people = [person_id_of(session, email, day) for email in policy.exempt_people]
    return SeatSettings(
        org=org,
        day=day,
        rules=idle_rules(session, org),
        by_tool={slug: rule for name, rule in policy.tools.items() for slug in slugs.get(name.casefold(), [name])},
        defaults=policy.defaults,
        exempt_people=frozenset(one for one in people if one is not None),
        exempt_departments=frozenset(name.casefold() for name in policy.exempt_departments),
        exempt_tools=frozenset(slug for name in policy.exempt_tools for slug in slugs.get(name.casefold(), [name])),
    )


def idle_rules(session: Session, org: OrgSettings) -> IdleRules:
    """Idle and grace days: those of policy.yaml, of org.yaml where the policy does not say."""
    _, written = _idle_section(*_text(session, org))
    idle = _days(written.defaults.idle, org.default_idle_days)
    grace = _days(written.defaults.grace, org.default_grace_days)
    slugs = _slugs(session, written.tools)
    by_tool = {
        slug: (_days(tool.idle, idle), _days(tool.grace, grace))
        for name, tool in written.tools.items()
        for slug in slugs.get(name.casefold(), [name])
    }
    return IdleRules(idle, grace, by_tool)


def _days(written: Duration | None, otherwise: int) -> int:
    return otherwise if written is None else calendar_days(written)


def _text(session: Session, org: OrgSettings) -> tuple[str, str]:
    found = policy_text(session, org)
    return found.text, found.source


@lru_cache(maxsize=8)
def _idle_section(text: str, source: str) -> tuple[IdlePolicy, IdleDoc]:
    """The idle policy, and the section as written."""
    return parse_policy(text, source).idle, read_document(YamlSource(text, source)).idle


def _slugs(session: Session, names: Collection[str]) -> dict[str, list[str]]:
    """Tools by the casefolded names the policy uses for them (slug, name or alias)."""
    folded = [name.casefold() for name in names]
    query = select(ToolName.name, Tool.slug).join(Tool, col(Tool.id) == ToolName.tool_id)
    found: dict[str, list[str]] = {}
    for name, slug in session.exec(query.where(col(ToolName.name).in_(folded)).order_by(col(Tool.slug))).all():
        found.setdefault(name, []).append(slug)
    return found
