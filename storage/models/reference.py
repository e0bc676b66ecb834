"""Reference data: people, tools, exchange rates and the configuration documents (org, policy, catalog).

Tables are not inputs: SQLModel does not validate them. Files are validated by pydantic models in `storage/imports`.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from storage.types import Amount


def json_column(nullable: bool = False) -> "Column[Any]":
    return Column(JSON().with_variant(JSONB(), "postgresql"), nullable=nullable)


class Person(SQLModel, table=True):
    """A human being; never deleted. What is true of them on a day stands in `PersonRecord`."""

    id: int | None = Field(default=None, primary_key=True)
    employee_id: str = Field(unique=True)


class PersonRecord(SQLModel, table=True):
    """What is true of a person from `effective_from` until the next record (`effective_to`, exclusive; None = open).

    The first record of a person has `effective_from` as given, or date.min when the file gave no effective date;
    before it the person does not exist.
    """

    __table_args__ = (UniqueConstraint("person_id", "effective_from"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    effective_from: date
    effective_to: date | None = None
    work_email: str = Field(index=True)
    display_name: str
    job_title: str | None = None
    employment_status: str = "Active"
    employment_type: str | None = None
    hire_date: date | None = None
    termination_date: date | None = None
    manager_employee_id: str | None = Field(default=None, index=True)
    department: str = Field(index=True)
    division: str | None = None
    cost_center: str | None = None
    legal_entity: str | None = None
    location: str | None = None
    timezone: str | None = None


class PersonEmail(SQLModel, table=True):
    """A lower-cased e-mail address as a dated alias of a person, valid from the day until another person takes it."""

    __table_args__ = (UniqueConstraint("email", "valid_from"),)

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    valid_from: date


class EmailClaim(SQLModel, table=True):
    """That a people file gave `email` to a person from a day on; never removed, so that old addresses stay aliases.

    `PersonEmail` is derived from the claims: where several people claim an address from the same day, one of them wins.
    """

    __table_args__ = (UniqueConstraint("email", "person_id", "effective_from"),)

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    effective_from: date


class Tool(SQLModel, table=True):
    """One AI tool of the inventory. `in_catalog` is false for what only data has shown.

    `status` is in force: an administrator's `decided_status` while the catalogue still says what it said then
    (`decided_over`), else the catalogue's `file_status`; `discovered` for what nobody has judged.
    """

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True)
    name: str = Field(index=True)
    vendor: str = Field(index=True)
    category: str | None = None
    status: str = "discovered"
    file_status: str | None = None  # None: not in the catalogue
    decided_status: str | None = None
    decided_over: str | None = None
    billing_model: str | None = None
    in_catalog: bool = False
    list_price: Decimal | None = Field(default=None, sa_type=Amount)
    list_price_currency: str | None = None
    list_price_per: str | None = None
    list_price_interval: str | None = None
    owner_email: str | None = None
    # aliases, data_classes, alternatives (slugs), focus, merchants, domains, oauth_apps, split as in catalog.yaml
    details: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())


class ToolName(SQLModel, table=True):
    """Every name a tool goes by (slug, name, alias, FOCUS service name; casefolded), derived from the catalogue and data.

    A name of several tools has a row for each: it is ambiguous and questions ask back.
    """

    __table_args__ = (UniqueConstraint("name", "tool_id"),)

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(index=True)
    tool_id: int = Field(foreign_key="tool.id", index=True)
    kind: str = "alias"  # slug, name, alias, service (FOCUS ServiceName), discovered


class ExchangeRate(SQLModel, table=True):
    """Units of `currency` for one euro on `day` (European Central Bank). `rate` is a decimal as text, never money."""

    day: date = Field(primary_key=True)
    currency: str = Field(primary_key=True)
    rate: str


class ConfigDocument(SQLModel, table=True):
    """A version of org.yaml, policy.yaml or catalog.yaml; the newest `id` of a kind is in force."""

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(index=True)
    content_hash: str
    text: str
    source: str
    created_at: datetime
