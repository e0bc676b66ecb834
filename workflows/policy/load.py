"""The policy in force."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from storage.models import ConfigDocument
from storage.org import OrgSettings, load_org
from storage.yaml_source import SourceErrors
from workflows.policy.builtin import builtin_text
from workflows.policy.compile import parse_policy
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
