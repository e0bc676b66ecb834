"""What seats given back save, at contract price, for showing (the period metric stands in storage/metrics)."""

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlmodel import col, select

from storage.models import Saving
from storage.types import Money
from storage.unit_of_work import UnitOfWork


@dataclass
class Savings:
    """Seats given back since Bursar runs. Money by contract currency, never added across; `unpriced` seats are in no sum."""

    seats: int = 0
    confirmed: int = 0
    unpriced: int = 0
    monthly: dict[str, Money] = field(default_factory=dict)

    @property
    def yearly(self) -> dict[str, Money]:
        return {currency: money.times(12) for currency, money in self.monthly.items()}


def savings(uow: UnitOfWork, tool_ids: Collection[int] | None = None) -> Savings:
    """Of all tools, or some; what was undone or impossible is left out."""
    query = select(Saving).where(col(Saving.reversed_on).is_(None))
    if tool_ids is not None:
        query = query.where(col(Saving.tool_id).in_(tool_ids))
    result = Savings()
    for saving in uow.session.exec(query).all():
        result.seats += 1
        result.confirmed += saving.confirmed_on is not None
        if saving.monthly_amount is None or saving.currency is None:
            result.unpriced += 1
            continue
        price = Money.of(saving.monthly_amount, saving.currency)
        result.monthly[price.currency] = result.monthly.get(price.currency, Money(0, price.currency)) + price
    return result
