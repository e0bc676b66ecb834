"""Conversion at the European Central Bank's reference rates: exact cross rates, the last rate before on days without one."""

from bisect import bisect_right
from collections import defaultdict
from datetime import date
from decimal import Decimal, localcontext

from sqlmodel import Session, col, select

from storage.models import ExchangeRate

EURO = "EUR"
PRECISION = 38  # digits of a cross rate; an amount has at most 19


class Rates:
    """The stored rates in memory: units of a currency for one euro, by day."""

    def __init__(self, session: Session) -> None:
        self._days: dict[str, list[date]] = defaultdict(list)
        self._rates: dict[str, list[str]] = defaultdict(list)
        query = select(col(ExchangeRate.currency), col(ExchangeRate.day), col(ExchangeRate.rate))
        for currency, day, rate in session.exec(query.order_by(col(ExchangeRate.currency), col(ExchangeRate.day))):
            self._days[currency].append(day)
            self._rates[currency].append(rate)

    @classmethod
    def load(cls, session: Session) -> "Rates":
        return cls(session)

    def per_euro(self, currency: str, day: date) -> Decimal | None:
        """Units of `currency` for one euro on `day`, by the last rate on or before it; None before the first."""
        if currency == EURO:
            return Decimal(1)
        index = bisect_right(self._days.get(currency, []), day) - 1
        return Decimal(self._rates[currency][index]) if index >= 0 else None

    def rate(self, currency: str, to: str, day: date) -> Decimal | None:
        """How many units of `to` one unit of `currency` is, to 38 digits; None when it cannot be converted."""
        if currency == to:
            return Decimal(1)
        target, origin = self.per_euro(to, day), self.per_euro(currency, day)
        if target is None or not origin:
            return None
        with localcontext() as context:
            context.prec = PRECISION
            return target / origin

    def convert(self, amount: Decimal, currency: str, to: str, day: date) -> Decimal | None:
        """`amount` in `to` at the day's rate, to 38 digits; None when unconvertible, never 0 for that."""
        if currency == to:
            return amount
        target, origin = self.per_euro(to, day), self.per_euro(currency, day)
        if target is None or not origin:
            return None
        with localcontext() as context:
            context.prec = PRECISION
            return amount * target / origin
