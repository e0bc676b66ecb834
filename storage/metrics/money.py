"""Converting the few amounts that are not in the ledger (contract values, seat prices, budgets) into base currency."""

from datetime import date
from decimal import Decimal, localcontext

from sqlmodel import Session, col, select

from storage.metrics.base import Reading
from storage.models import ExchangeRate

EURO = "EUR"


def to_base(reading: Reading, amount: Decimal, currency: str, day: date) -> Decimal | None:
    """`amount` in base currency at the day's rate, or the last one before it; None when no rate is known."""
    if currency == reading.org.base_currency or amount == 0:
        return amount
    base, own = (_per_euro(reading, one, day) for one in (reading.org.base_currency, currency))
    if base is None or not own:
        return None
    with localcontext() as context:
        context.prec = 50
        return (amount * base / own).quantize(Decimal(1).scaleb(-9))


def _per_euro(reading: Reading, currency: str, day: date) -> Decimal | None:
    if currency == EURO:
        return Decimal(1)
    if (currency, day) not in reading.rates:
        reading.rates[currency, day] = rate_on(reading.session, currency, day)
    return reading.rates[currency, day]


def rate_on(session: Session, currency: str, day: date) -> Decimal | None:
    """Units of `currency` for one euro, the last published on or before `day`."""
    query = select(ExchangeRate.rate).where(col(ExchangeRate.currency) == currency, col(ExchangeRate.day) <= day)
    text = session.exec(query.order_by(col(ExchangeRate.day).desc()).limit(1)).first()
    return Decimal(text) if text else None
