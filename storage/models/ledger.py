"""The ledger: FOCUS charges as narrow rows, their raw dimensions as keys, what the keys mean, and rollups.

Days are counted from 1970-01-01 (`day_number`), so that ten million rows stay small. All amounts are integers of 10⁻⁹
units: `*_nanos` in the row's own currency, `*_base` in the company's base currency. They are plain BigIntegers, not
`Amount`, because this part is read and written in bulk.
"""

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Index, PrimaryKeyConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.models.reference import json_column

EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    return (day - EPOCH).days


def day_of(number: int) -> date:
    return date.fromordinal(EPOCH.toordinal() + number)


class Statement(SQLModel, table=True):
    """What one cost source says for (InvoiceIssuerName, BillingAccountId, BillingPeriodStart), replaced as a whole.

    Only rows of `current` statements are seen. `source` is focus, expense or contract: the last two are derived books.
    `last_charge_day` is the latest ChargePeriodStart. Rollup rows of another `batch` than the statement's are not seen.
    """

    __table_args__ = (Index("ix_statement_subject", "issuer", "billing_account", "billing_period_start", "status"),)

    id: int | None = Field(default=None, primary_key=True)
    source: str = "focus"
    issuer: str = ""
    billing_account: str = ""
    billing_period_start: date | None = None
    import_id: str | None = Field(default=None, foreign_key="importrun.id", index=True)
    content_hash: str = ""  # of its rows in any order
    row_count: int = 0
    last_charge_day: date | None = None
    longest_days: int = 1  # the longest charge period
    status: str = Field(default="loading", index=True)  # loading, current, replaced
    batch: int = 0
    derived_hash: str = ""  # of what its rollups were derived from


class ChargeKey(SQLModel, table=True):
    """One distinct combination of raw dimensions of charges, stored once. `digest` identifies it."""

    id: int | None = Field(default=None, primary_key=True)
    digest: str = Field(unique=True)
    provider: str = ""
    service_name: str = ""
    sub_account: str = ""
    sub_account_name: str = ""
    sku_id: str = ""
    charge_category: str = "Usage"
    consumed_unit: str = ""
    currency: str
    model: str = ""
    tags: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())


class Charge(SQLModel, table=True):
    """A FOCUS row: what it cost over the days [start, end) of its charge period.

    Rows lie in runs sorted by key and day, so that a load only ever appends: with an index by key over the whole table,
    every chunk of a large import would rewrite most of that index. `StatementKey` says in which runs a key is.
    """

    __table_args__ = (
        PrimaryKeyConstraint("statement_id", "run", "key_id", "start_day", "seq"),
        {"sqlite_with_rowid": False},
    )

    statement_id: int
    run: int
    key_id: int
    start_day: int
    seq: int
    end_day: int
    effective_nanos: int = Field(sa_type=BigInteger)
    billed_nanos: int = Field(sa_type=BigInteger)
    list_nanos: int | None = Field(default=None, sa_type=BigInteger)
    consumed_milli: int | None = Field(default=None, sa_type=BigInteger)  # ConsumedQuantity · 10³: tokens overflow nanos


class StatementKey(SQLModel, table=True):
    """Which keys a statement's runs have, with the first and last ChargePeriodStart: what a changed meaning touches."""

    __table_args__ = (PrimaryKeyConstraint("statement_id", "run", "key_id"), {"sqlite_with_rowid": False})

    statement_id: int
    run: int
    key_id: int = Field(index=True)
    first_day: int
    last_day: int


class OwnerUnit(SQLModel, table=True):
    """A distinct (department, cost centre, division) that owns cost; "" = none. All "" is unattributed."""

    __table_args__ = (UniqueConstraint("department", "cost_center", "division"),)

    id: int | None = Field(default=None, primary_key=True)
    department: str = ""
    cost_center: str = ""
    division: str = ""


class KeyMeaning(SQLModel, table=True):
    """What a key means on the days [from_day, to_day): tool, owner and person, derived from today's reference data.

    `basis` says how the owner was found: user, department, cost_center, sub_account, split, none. With `split` the
    amounts go to the units of the tool's split rule on the day. `disagrees`: a department tag says otherwise.
    """

    __table_args__ = (
        UniqueConstraint("key_id", "from_day"),
        Index("ix_keymeaning_person", "person_id"),
        Index("ix_keymeaning_tool", "tool_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    key_id: int
    from_day: int
    to_day: int
    tool_id: int
    unit_id: int
    person_id: int | None = None
    project: str = ""
    basis: str
    disagrees: bool = False


class Rollup(SQLModel, table=True):
    """Amounts of one statement in base currency by interval and at most three dimensions; never edited, only replaced.

    `grain`: `day` = charges of one day; `span` = charges of several days [start_day, end_day) with all dimensions, of
    which a range takes its share; `month` = everything that falls into a month, shares of spans included; `bill` =
    `billed_base` by billing period. `cut` names the dimensions beside tool and unit that are filled: `unit` (none),
    `model`, `project`; `all` (both) for spans. `billed_base` is never spread: it stands with the charge's first day.
    """

    __table_args__ = (
        PrimaryKeyConstraint(
            "cut", "grain", "start_day", "end_day", "tool_id", "unit_id", "model", "project", "unconverted",
            "statement_id", "batch",
        ),
        Index("ix_rollup_statement", "statement_id", "batch"),
        {"sqlite_with_rowid": False},
    )  # fmt: skip

    cut: str
    grain: str
    start_day: int
    end_day: int
    tool_id: int
    unit_id: int
    model: str = ""
    project: str = ""
    unconverted: str = ""  # the currency that had no rate; amounts are then in it and shown as unpriced
    statement_id: int
    batch: int = 0
    effective_base: int = Field(default=0, sa_type=BigInteger)  # without Tax: what counts as spend
    billed_base: int = Field(default=0, sa_type=BigInteger)  # with Tax
    list_base: int = Field(default=0, sa_type=BigInteger)  # Usage rows
    usage_effective_base: int = Field(default=0, sa_type=BigInteger)  # Usage rows, for discount savings
    tokens: int = Field(default=0, sa_type=BigInteger)
    requests: int = Field(default=0, sa_type=BigInteger)
    costed: int = 0  # charges other than Tax with an EffectiveCost that is not 0: the month "has FOCUS rows"
    charges: int = 0
