"""The policy in force."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from storage.directory import is_employed, records_of
from storage.models import ConfigDocument, PersonEmail, Tool, ToolName
from storage.org import OrgSettings, document_in_force, load_org, today
from storage.yaml_source import SourceErrors
from workflows.policy.builtin import builtin_text
from workflows.policy.compile import parse_policy
from workflows.policy.lint import Finding, lint
from workflows.policy.model import Policy

BUILT_IN = "built-in policy"


@dataclass(frozen=True)
class PolicyText:
    """A policy's text and where it is from, for people to read."""

    text: str
    source: str


def policy_text(session: Session, org: OrgSettings | None = None) -> PolicyText:
    """The newest policy.yaml that can be read, else the built-in policy. A bad version leaves the last good in force."""
    query = select(ConfigDocument).where(ConfigDocument.kind == "policy").order_by(col(ConfigDocument.id).desc())
    for document in session.exec(query):
        try:
            parse_policy(document.text, document.source)
        except SourceErrors:
            continue
        return PolicyText(document.text, document.source)
    return PolicyText(builtin_text(org or load_org(session)), BUILT_IN)


def load_policy(session: Session, org: OrgSettings | None = None) -> Policy:
    """As `policy_text`, typed."""
    found = policy_text(session, org)
    return parse_policy(found.text, found.source)


def policies_by_hash(session: Session) -> dict[str, Policy]:
    """Every version kept that can be read, by its hash."""
    found = {}
    for document in session.exec(select(ConfigDocument).where(ConfigDocument.kind == "policy")):
        try:
            policy = parse_policy(document.text, document.source)
        except SourceErrors:
            continue
        found[policy.hash] = policy
    return found


@dataclass(frozen=True)
class References:
    """What names in a policy may point at; None = nothing of that kind is known yet, so nothing is looked up."""

    org: OrgSettings | None
    people: frozenset[str] | None
    tools: frozenset[str] | None


def references(session: Session, now: datetime) -> References:
    """People are those employed today, by every e-mail they have or had."""
    org = load_org(session)
    day = today(org, now)
    rows = session.exec(select(PersonEmail.email, PersonEmail.person_id)).all()
    employed = {
        person for person, record in records_of(session, {person for _, person in rows}, day).items()
        if is_employed(record, day)
    }  # fmt: skip
    tools = session.exec(select(Tool.slug).where(Tool.in_catalog)).all()
    names = session.exec(select(ToolName.name)).all()
    return References(
        org=org if document_in_force(session, "org") else None,
        people=frozenset(email for email, person in rows if person in employed) if rows else None,
        tools=frozenset([*tools, *names]) if tools else None,
    )


def check_policy(session: Session, now: datetime, text: str, file: str) -> list[Finding]:
    """`lint` against the directory, settings and catalogue of the store."""
    known = references(session, now)
    return lint(text, file, known.org, known.people, known.tools)
