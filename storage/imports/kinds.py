"""The columns, keys and checks of each kind of CSV file (spec/formats.md, Kinds): one entry per kind."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlmodel import SQLModel

from storage.fiscal import period_name
from storage.imports import fields
from storage.models import Budget, Contract, Expense, OAuthGrant, Outcome, Usage, Visit
from storage.types import BillingInterval, BillingModel, EmploymentStatus, ScopeType, SeatStatus
from storage.visibility import VERSIONED

Values = dict[str, Any]
Complaint = tuple[str, str]  # column, reason

# In the order of dependence, so that little has to be derived twice; the result is the same in any order.
ORDER = ("org", "people", "catalog", "policy", "synonyms", "rates", "contracts", "budgets", "seats", "costs", "usage",
         "expenses", "outcomes", "grants", "visits")  # fmt: skip
SCOPES = fields.one_of(ScopeType)


@dataclass(frozen=True)
class Column:
    """`required`: the header must have it; `filled`: and every row a value. `attribute` of the table, when it differs."""

    name: str
    read: fields.Reader
    required: bool = False
    filled: bool = False
    attribute: str = ""
    empty: Any = None  # what an empty cell is stored as

    @property
    def target(self) -> str:
        return self.attribute or self.name


def must(name: str, read: fields.Reader, attribute: str = "") -> Column:
    return Column(name, read, required=True, filled=True, attribute=attribute)


def key(name: str, read: fields.Reader, attribute: str = "") -> Column:
    """An optional part of the key: "" stands for empty, so that unique constraints hold."""
    return Column(name, read, attribute=attribute, empty="")


def may(name: str, read: fields.Reader) -> Column:
    return Column(name, read)


@dataclass(frozen=True)
class FileKind:
    """`check` returns what is wrong across columns of a row. `key` names attributes."""

    kind: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    check: Callable[[Values], Complaint | None] = lambda values: None

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def required(self) -> list[str]:
        return [column.name for column in self.columns if column.required]


@dataclass(frozen=True)
class TableKind(FileKind):
    """A kind whose rows are rows of `model`.

    `person`: the attribute with the e-mail whose person a row is about. `day`: the attribute that dates it, None for
    undated ones. `tool`: (rule of storage.imports.resolve, attributes it reads).
    """

    model: type[SQLModel] = Usage
    person: str | None = None
    day: str | None = None
    tool: tuple[str, tuple[str, ...]] | None = None

    @property
    def versioned(self) -> bool:
        return self.model in VERSIONED


def quantity(value: str) -> str:
    """A decimal as plain text, without trailing zeros."""
    number = fields.decimal(value)
    return f"{number.normalize():f}" if number else "0"


def check_contract(values: Values) -> Complaint | None:
    if (values["unit_price"] is not None or values["annual_value"] is not None) and values["currency"] is None:
        return "currency", "empty, but the contract has a price"
    return ends_before(values, "start_date", "end_date")


def ends_before(values: Values, start: str, end: str) -> Complaint | None:
    first: date | None = values[start]
    last: date | None = values[end]
    return (end, f"before {start} {first}") if first and last and last < first else None


def check_budget(values: Values) -> Complaint | None:
    if values["scope_type"] == ScopeType.company:
        values["scope"] = ""
        return None
    return None if values["scope"] else ("scope", f"empty; name the {values['scope_type']}")


def check_outcome(values: Values) -> Complaint | None:
    if values["unit_value"] is not None and values["currency"] is None:
        return "currency", "empty, but the row has a unit_value"
    if values["scope"] and not values["scope_type"]:
        return "scope_type", "empty, but the row has a scope"
    return ends_before(values, "period_start", "period_end")


def check_usage(values: Values) -> Complaint | None:
    cached, total = values["cached_input_tokens"], values["input_tokens"]
    if cached is not None and total is not None and cached > total:
        return "cached_input_tokens", f"more than input_tokens ({total}), which contain them"
    return None


def check_grant(values: Values) -> Complaint | None:
    return ends_before(values, "granted_on", "last_used_on")


PEOPLE = FileKind(
    "people",
    (
        must("employee_id", fields.text), must("work_email", fields.email), must("display_name", fields.name),
        may("job_title", fields.text), may("employment_status", fields.one_of(EmploymentStatus)),
        may("employment_type", fields.text), may("hire_date", fields.day), may("termination_date", fields.day),
        may("manager_employee_id", fields.text), must("department", fields.name), may("division", fields.name),
        may("cost_center", fields.name), may("legal_entity", fields.name), may("location", fields.text),
        may("timezone", fields.zone), may("effective_date", fields.day),
    ),
    ("employee_id", "effective_date"),
    lambda values: ends_before(values, "hire_date", "termination_date"),
)  # fmt: skip

SEATS = FileKind(
    "seats",
    (
        must("tool", fields.name, "tool_name"), must("work_email", fields.email), must("as_of", fields.day),
        may("plan", fields.name), may("assigned_on", fields.day), may("last_active_on", fields.day),
        Column("activity_tracked", fields.yes_no, empty=True),
        Column("status", fields.one_of(SeatStatus), empty=SeatStatus.assigned.value),
    ),
    ("tool_name", "as_of", "work_email"),
)  # fmt: skip

TABLES: dict[str, TableKind] = {
    table.kind: table
    for table in (
        TableKind(
            "usage",
            (
                must("day", fields.day), must("tool", fields.name, "tool_name"), key("work_email", fields.email),
                key("project", fields.name), key("model", fields.name), may("requests", fields.count),
                may("input_tokens", fields.count), may("cached_input_tokens", fields.count),
                may("output_tokens", fields.count), may("active", fields.yes_no),
            ),
            ("day", "tool_name", "work_email", "project", "model"), check_usage,
            model=Usage, person="work_email", day="day", tool=("name", ("tool_name",)),
        ),
        TableKind(
            "contracts",
            (
                must("contract_id", fields.text), must("tool", fields.name, "tool_name"),
                must("billing_model", fields.one_of(BillingModel)), may("plan", fields.name),
                may("seats_purchased", fields.count), may("unit_price", fields.not_negative),
                may("billing_interval", fields.one_of(BillingInterval)), may("currency", fields.currency),
                may("annual_value", fields.not_negative), may("start_date", fields.day), may("end_date", fields.day),
                may("auto_renew", fields.yes_no), may("notice_days", fields.count), may("owner_email", fields.email),
                may("cost_center", fields.name), may("payment_channel", fields.text),
            ),
            ("contract_id",), check_contract, model=Contract, tool=("name", ("tool_name",)),
        ),
        TableKind(
            "expenses",
            (
                must("expense_id", fields.text), must("date", fields.day, "day"), must("merchant", fields.text),
                must("amount", fields.money), must("currency", fields.currency), may("employee_email", fields.email),
                may("description", fields.text), may("mcc", fields.text), may("department", fields.name),
                may("memo", fields.text),
            ),
            ("expense_id",), model=Expense, person="employee_email", day="day", tool=("merchant", ("merchant",)),
        ),
        TableKind(
            "budgets",
            (
                must("period", period_name), must("scope_type", SCOPES),
                Column("scope", fields.name, required=True, empty=""), must("amount", fields.money),
                must("currency", fields.currency),
            ),
            ("period", "scope_type", "scope"), check_budget, model=Budget,
        ),
        TableKind(
            "outcomes",
            (
                must("period_start", fields.day), must("period_end", fields.day), must("metric", fields.name),
                must("quantity", quantity), key("scope_type", SCOPES), key("scope", fields.name),
                key("tool", fields.name, "tool_name"), may("unit_value", fields.money), may("currency", fields.currency),
                may("evidence", fields.one_of(("measured", "modelled", "self_reported"))), may("source", fields.text),
            ),
            ("period_start", "period_end", "metric", "scope_type", "scope", "tool_name"), check_outcome,
            model=Outcome, tool=("name", ("tool_name",)),
        ),
        TableKind(
            "grants",
            (
                must("app_name", fields.name), must("work_email", fields.email), may("granted_on", fields.day),
                may("last_used_on", fields.day), may("scopes", fields.text), key("client_id", fields.text),
                may("source", fields.one_of(("okta", "entra", "google"))),
            ),
            ("app_name", "work_email", "client_id"), check_grant,
            model=OAuthGrant, person="work_email", day="last_used_on", tool=("app", ("app_name", "client_id")),
        ),
        TableKind(
            "visits",
            (
                must("day", fields.day), must("work_email", fields.email), must("domain", fields.domain),
                may("hits", fields.count), may("bytes_up", fields.count), may("source", fields.text),
            ),
            ("day", "work_email", "domain"), model=Visit, person="work_email", day="day", tool=("domain", ("domain",)),
        ),
    )
}  # fmt: skip


def key_text(kind: FileKind, values: Values) -> str:
    """The key as one text that sorts like its parts."""
    return "\x1f".join("" if values[name] is None else str(values[name]) for name in kind.key)


def same(stored: Any, read: Any) -> bool:
    """Whether a stored value is what the file says; amounts compare as numbers."""
    if isinstance(stored, Decimal) and isinstance(read, Decimal):
        return stored == read.quantize(Decimal("1e-9")) if read.as_tuple().exponent < -9 else stored == read  # type: ignore[operator]
    return bool(stored == read)
