"""catalog.yaml: what a tool is (spec/formats.md), read strictly."""

import re
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from storage.types import BillingInterval, BillingModel
from storage.yaml_source import SourceError, SourceErrors, YamlSource

_SPLIT_TOLERANCE = Decimal("0.000001")


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ListPrice(Strict):
    amount: Decimal = Field(ge=0, allow_inf_nan=False)
    currency: str = Field(pattern="^[A-Z]{3}$")
    per: str = "seat"
    interval: BillingInterval = BillingInterval.month

    @field_validator("amount", mode="before")
    @classmethod
    def exact(cls, value: Any) -> Any:
        return str(value) if isinstance(value, float) else value


class Focus(Strict):
    """Which FOCUS rows are this tool's: `sku_ids` before `sub_accounts` before `service_names`."""

    service_names: list[str] = []
    sub_accounts: list[str] = []
    sku_ids: list[str] = []


class Split(Strict):
    """How cost nobody is tagged on is divided: `by` a measure, or `fixed` shares of departments that add up to 1."""

    by: Literal["seats", "usage", "even", "fixed"] | None = None
    fixed: dict[str, Decimal] | None = None

    @field_validator("fixed", mode="before")
    @classmethod
    def exact(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: str(share) if isinstance(share, float) else share for name, share in value.items()}

    @model_validator(mode="after")
    def one_rule(self) -> "Split":
        if self.fixed is None:
            if self.by in (None, "fixed"):
                raise ValueError("say how to split: by: seats, usage or even, or fixed: {Department: share}")
            return self
        if self.by not in (None, "fixed"):
            raise ValueError(f"by: {self.by} and fixed exclude each other")
        if any(share < 0 for share in self.fixed.values()):
            raise ValueError("a share is less than 0")
        if abs(sum(self.fixed.values(), Decimal(0)) - 1) > _SPLIT_TOLERANCE:
            raise ValueError(f"the shares add up to {sum(self.fixed.values())}, not 1")
        return self


class CatalogTool(Strict):
    slug: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    name: str = Field(min_length=1)
    vendor: str = Field(default="")
    category: str | None = None
    aliases: list[str] = []
    status: Literal["approved", "restricted", "blocked", "under_review"] = "under_review"
    billing_model: BillingModel | None = None
    list_price: ListPrice | None = None
    owner: str | None = None
    data_classes: list[str] = []
    alternatives: list[str] = []
    focus: Focus = Focus()
    merchants: list[str] = []
    domains: list[str] = []
    oauth_apps: list[str] = []
    split: Split | None = None

    @field_validator("owner")
    @classmethod
    def address(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[^@\s]+@[^@\s]+", value.strip()):
            raise ValueError(f"{value!r} is not an e-mail address")
        return value.strip().lower() if value else None

    @field_validator("merchants")
    @classmethod
    def not_everything(cls, value: list[str]) -> list[str]:
        for pattern in value:
            if not pattern.replace("*", "").strip():
                raise ValueError(f"the merchant pattern {pattern!r} would match every card line")
        return value

    def details(self) -> dict[str, Any]:
        """What `Tool.details` keeps, as JSON values."""
        kept = ("aliases", "data_classes", "alternatives", "focus", "merchants", "domains", "oauth_apps", "split")
        return self.model_dump(mode="json", include=set(kept), exclude_none=True)


class Catalog(Strict):
    tools: list[CatalogTool] = []


def parse_catalog(text: str, file: str = "catalog.yaml") -> Catalog:
    """Raises SourceErrors, also for a slug that two tools have."""
    source = YamlSource(text, file)
    catalog = source.validate(Catalog)
    seen: dict[str, str] = {}
    errors: list[SourceError] = []
    for index, tool in enumerate(catalog.tools):
        if tool.slug.casefold() in seen:
            errors.append(source.error(["tools", index, "slug"], f"the slug {tool.slug!r} is used twice"))
        seen[tool.slug.casefold()] = tool.name
    if errors:
        raise SourceErrors(errors)
    return catalog
