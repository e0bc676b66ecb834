"""Value types of the store: exact money and the closed vocabularies of its columns."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

NANO = 10**9
_MAX_NANOS = 2**63 - 1
_MONEY_TEXT = re.compile(r"^\s*(-?\d+(?:\.\d{1,9})?)\s+([A-Z]{3})\s*$")


def to_nanos(amount: Decimal) -> int:
    """`amount` in units of 10⁻⁹; half-even beyond nine decimals.

    Raises ValueError for NaN, infinity and what does not fit into 64 bits.
    """
    if not amount.is_finite():
        raise ValueError(f"not an amount: {amount}")
    with localcontext() as context:
        context.prec = 60
        nanos = int((amount * NANO).to_integral_value(rounding=ROUND_HALF_EVEN))
    if abs(nanos) > _MAX_NANOS:
        raise ValueError(f"amount too large: {amount}")
    return nanos


def from_nanos(nanos: int) -> Decimal:
    """The exact decimal of `nanos` · 10⁻⁹."""
    return Decimal(nanos).scaleb(-9)


def split_nanos(nanos: int, weights: Sequence[int]) -> list[int]:
    """`nanos` divided in proportion to non-negative `weights`; the parts add up to the whole exactly.

    Part k is ⌊nanos·W(k)/W⌋ − ⌊nanos·W(k−1)/W⌋ with W(k) the running sum (architecture.md, Money and time).
    Raises ValueError when the weights add up to 0.
    """
    total = sum(weights)
    if total <= 0:
        raise ValueError("weights must add up to more than 0")
    parts, running, before = [], 0, 0
    for weight in weights:
        running += weight
        upto = nanos * running // total
        parts.append(upto - before)
        before = upto
    return parts


def share_nanos(nanos: int, start: int, end: int, length: int) -> int:
    """The part of `nanos` that falls on units [start, end) of `length` equal ones; shares of adjoining parts add up."""
    return nanos * end // length - nanos * start // length


@dataclass(frozen=True, order=False)
class Money:
    """An exact amount: `nanos` · 10⁻⁹ of one unit of `currency` (ISO 4217)."""

    nanos: int
    currency: str

    @classmethod
    def of(cls, amount: Decimal | int | str, currency: str) -> "Money":
        """Raises ValueError for floats in disguise, NaN and amounts beyond 64 bits."""
        return cls(to_nanos(Decimal(amount)), currency)

    @classmethod
    def parse(cls, text: str) -> "Money":
        """Reads policy literals such as `500 USD`. Raises ValueError with the expected form."""
        match = _MONEY_TEXT.match(text)
        if not match:
            raise ValueError(f'{text!r} is not money; write an amount and a currency, like "500 USD"')
        return cls.of(match[1], match[2])

    @property
    def amount(self) -> Decimal:
        return from_nanos(self.nanos)

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} add only after conversion")
        return other.nanos

    def __add__(self, other: "Money") -> "Money":
        return Money(self.nanos + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.nanos - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.nanos, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.nanos < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.nanos <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.nanos > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.nanos >= self._same(other)

    def times(self, factor: Decimal | int) -> "Money":
        """Half-even to 10⁻⁹."""
        with localcontext() as context:
            context.prec = 60
            return Money.of(self.amount * factor, self.currency)

    def split(self, weights: Sequence[int]) -> list["Money"]:
        return [Money(part, self.currency) for part in split_nanos(self.nanos, weights)]

    def rounded(self, places: int = 2) -> Decimal:
        """For showing to people: half-even to `places` decimals."""
        return self.amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)

    def __str__(self) -> str:
        return f"{self.rounded():,} {self.currency}"


def total(amounts: Iterable[Money], currency: str) -> Money:
    """Their sum in `currency`, 0 for none. Raises ValueError when one is in another currency."""
    result = Money(0, currency)
    for amount in amounts:
        result += amount
    return result


class Amount(TypeDecorator[Decimal]):
    """A money column: a Decimal in Python, a 64-bit integer of 10⁻⁹ units in the database.

    SQLite would store a Decimal as a float (SQLModel's default loses digits). The currency stands in a column beside it.
    In SQL, sum it only through `storage.spend_sql.exact_sum`, which avoids SQLite's 64-bit overflow.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else to_nanos(Decimal(value))

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else from_nanos(int(value))


class BillingModel(StrEnum):
    per_seat = "per_seat"
    per_token = "per_token"
    flat = "flat"
    credits = "credits"
    embedded = "embedded"


class ToolStatus(StrEnum):
    """`discovered` is a tool that data showed and no administrator has judged yet."""

    approved = "approved"
    restricted = "restricted"
    blocked = "blocked"
    under_review = "under_review"
    discovered = "discovered"


class BillingInterval(StrEnum):
    month = "month"
    quarter = "quarter"
    year = "year"

    @property
    def per_year(self) -> int:
        return {"month": 12, "quarter": 4, "year": 1}[self.value]


class EmploymentStatus(StrEnum):
    active = "Active"
    leave = "Leave"
    terminated = "Terminated"


class SeatStatus(StrEnum):
    assigned = "assigned"
    pending = "pending"
    suspended = "suspended"


class RequestKind(StrEnum):
    seat = "seat"
    more_seats = "more_seats"
    new_tool = "new_tool"
    limit = "limit"
    renewal = "renewal"
    trial = "trial"


class RequestStatus(StrEnum):
    """policy.md: a request is pending, approved, denied, expired, cancelled or fulfilled."""

    pending = "pending"
    approved = "approved"
    denied = "denied"
    expired = "expired"
    cancelled = "cancelled"
    fulfilled = "fulfilled"


class ScopeType(StrEnum):
    company = "company"
    division = "division"
    department = "department"
    cost_center = "cost_center"
    tool = "tool"
    vendor = "vendor"
    project = "project"
