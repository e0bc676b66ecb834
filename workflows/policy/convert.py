"""Money into another currency as of a request's day, for conditions and budgets."""

from datetime import date
from decimal import Decimal, localcontext

from sqlmodel import Session, col, select

from storage.models import ExchangeRate
from storage.types import Money
from workflows.policy.fields import Convert


def converter(session: Session, day: date) -> Convert:
    """At the rates of `day`, or the last ones before it; None where no rate is known."""

    def units_for_one_euro(currency: str) -> Decimal | None:
        if currency == "EUR":
            return Decimal(1)
        query = select(ExchangeRate.rate).where(ExchangeRate.currency == currency, col(ExchangeRate.day) <= day)
        rate = session.exec(query.order_by(col(ExchangeRate.day).desc()).limit(1)).first()
        return Decimal(rate) if rate else None

    def convert(money: Money, to: str) -> Money | None:
        if money.currency == to:
            return money
        here, there = units_for_one_euro(money.currency), units_for_one_euro(to)
        if not here or not there:
            return None
        with localcontext() as context:
            context.prec = 40
            return Money.of(money.amount * there / here, to)

    return convert
