"""org.yaml: the company's own settings (spec/formats.md), and the version in force."""

from datetime import date
from functools import cache, lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlmodel import Session, col, select

from storage.fiscal import parse_anchor
from storage.models import ConfigDocument
from storage.yaml_source import YamlSource, did_you_mean


@cache
def time_zones() -> frozenset[str]:
    """Every IANA zone; read from disk once."""
    return frozenset(available_timezones())


Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FiscalYear(Strict):
    """When the fiscal year begins and which calendar year names it. FY27 with start_month 2, named_by end = Feb 2026 …

    `calendar` 4-4-5, 4-5-4 or 5-4-4 makes years of 52 or 53 weeks that end on the `week_start`'s eve nearest to the last
    day of the month before `start_month` (or to `anchor`, when given as MM-DD).
    """

    start_month: int = Field(default=1, ge=1, le=12)
    named_by: Literal["start", "end"] = "end"
    calendar: Literal["gregorian", "4-4-5", "4-5-4", "5-4-4"] = "gregorian"
    week_start: Weekday | None = None
    anchor: str | None = None

    @field_validator("anchor")
    @classmethod
    def readable(cls, value: str | None) -> str | None:
        if value is not None:
            parse_anchor(value)
        return value


class Owners(Strict):
    department: dict[str, str] = {}
    cost_center: dict[str, str] = {}
    division: dict[str, str] = {}
    budget: dict[str, str] = {}

    @field_validator("*")
    @classmethod
    def lower(cls, value: dict[str, str]) -> dict[str, str]:
        return {scope: email.lower() for scope, email in value.items()}


class Tags(Strict):
    """Which keys of FOCUS `Tags` say whose a charge is."""

    user: str = "user"
    department: str = "department"
    cost_center: str = "cost_center"
    project: str = "project"


class SubAccount(Strict):
    department: str | None = None
    cost_center: str | None = None
    project: str | None = None


class ChannelRules(Strict):
    opens: list[Literal["company_totals", "department_totals"]] = []


class OrgSettings(Strict):
    name: str = "Your company"
    base_currency: str = Field(default="USD", pattern="^[A-Z]{3}$")
    timezone: str = "UTC"
    fiscal_year: FiscalYear = FiscalYear()
    week_start: Weekday = "monday"
    holidays: str | None = None  # country of the library `holidays`, subdivision after a dash: SE, DE-BY
    roles: dict[str, list[str]] = {}
    owners: Owners = Owners()
    tags: Tags = Tags()
    sub_accounts: dict[str, SubAccount] = {}
    channels: dict[str, ChannelRules] = {}
    default_idle_days: int = Field(default=30, ge=1)
    default_grace_days: int = Field(default=30, ge=0)

    @field_validator("timezone")
    @classmethod
    def known_zone(cls, value: str) -> str:
        if value not in time_zones():
            raise ValueError(f"{value!r} is not a time zone{did_you_mean(value, sorted(time_zones()))}")
        return value

    @field_validator("roles")
    @classmethod
    def lower(cls, value: dict[str, list[str]]) -> dict[str, list[str]]:
        return {role: [email.lower() for email in emails] for role, emails in value.items()}

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def has_role(self, email: str, role: str) -> bool:
        return email.lower() in self.roles.get(role, [])


@lru_cache(maxsize=16)
def parse_org(text: str, file: str = "org.yaml") -> OrgSettings:
    """Raises SourceErrors. Remembered by text: every click asks for the settings in force."""
    return YamlSource(text, file).validate(OrgSettings)


def document_in_force(session: Session, kind: str) -> ConfigDocument | None:
    """The newest version of `org`, `policy` or `catalog`."""
    query = select(ConfigDocument).where(ConfigDocument.kind == kind).order_by(col(ConfigDocument.id).desc()).limit(1)
    return session.exec(query).first()


def load_org(session: Session) -> OrgSettings:
    """The settings in force, the defaults without an org.yaml."""
    document = document_in_force(session, "org")
    return parse_org(document.text, document.source) if document else OrgSettings()


def today(org: OrgSettings, now: Any) -> date:
    """The workspace's day at an instant (asking.md: all dates in the workspace zone)."""
    day: date = now.astimezone(org.zone).date()
    return day
