"""What seats cost and how many are bought: the contracts in force on a day."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

from sqlmodel import Session, col, or_, select

from storage.models import Contract
from storage.types import BillingInterval, Money

SEAT_PRICED = ("per_seat", "flat", "embedded")


def contracts_in_force(session: Session, day: date, tool_ids: Collection[int] | None = None) -> list[Contract]:
    """Contracts whose term contains `day`, the end date included; an empty date leaves that side open. By id."""
    query = select(Contract).where(
        col(Contract.tool_id).is_not(None),
        or_(col(Contract.start_date).is_(None), col(Contract.start_date) <= day),
        or_(col(Contract.end_date).is_(None), col(Contract.end_date) >= day),
    )
    if tool_ids is not None:
        query = query.where(col(Contract.tool_id).in_(tool_ids))
    return list(session.exec(query.order_by(col(Contract.contract_id))).all())


def monthly_seat_price(contract: Contract) -> Money | None:
    """One seat's price for a month in the contract's currency: the unit price by its billing interval, else the annual
    value / 12 / seats. None for contracts that do not price seats or do not say."""
    if contract.billing_model not in SEAT_PRICED or not contract.currency:
        return None
    if contract.unit_price is not None:
        per_year = BillingInterval(contract.billing_interval or "month").per_year
        return Money.of(contract.unit_price * per_year / 12, contract.currency)
    if contract.annual_value is not None and contract.seats_purchased:
        return Money.of(contract.annual_value / (12 * contract.seats_purchased), contract.currency)
    return None


@dataclass
class SeatPrices:
    """Monthly seat prices and purchased seats of the contracts in force on one day."""

    purchased: dict[int, int] = field(default_factory=dict)  # tool id → seats; absent = no contract says
    _by_plan: dict[int, dict[str, Money]] = field(default_factory=lambda: defaultdict(dict))

    @classmethod
    def on(cls, session: Session, day: date, tool_ids: Collection[int] | None = None) -> "SeatPrices":
        return cls.of(contracts_in_force(session, day, tool_ids))

    @classmethod
    def of(cls, contracts: Iterable[Contract]) -> "SeatPrices":
        """Of two contracts for the same plan, the one that began later sets the price."""
        prices = cls()
        for contract in sorted(contracts, key=lambda one: (one.start_date or date.min, one.contract_id)):
            if contract.tool_id is None:
                continue
            if contract.seats_purchased is not None:
                prices.purchased[contract.tool_id] = prices.purchased.get(contract.tool_id, 0) + contract.seats_purchased
            price = monthly_seat_price(contract)
            if price is not None:
                prices._by_plan[contract.tool_id][_key(contract.plan)] = price
        return prices

    def monthly(self, tool_id: int, plan: str | None) -> Money | None:
        """The price of a seat of `plan`: its own contract's; else that of a contract without a plan; for a seat without
        a plan also the only price there is. None = no price known, never 0."""
        plans = self._by_plan.get(tool_id, {})
        found = plans.get(_key(plan)) or plans.get("")
        if found is None and not _key(plan) and len(set(plans.values())) == 1:
            return next(iter(plans.values()))
        return found


def _key(plan: str | None) -> str:
    return " ".join((plan or "").split()).casefold()
