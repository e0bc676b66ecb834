"""What a request costs: the contract in force, else the list price, else what the requester says."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from storage.models import Contract, Tool
from storage.seat_prices import contracts_in_force
from storage.types import BillingInterval, BillingModel, Money, RequestKind
from workflows.requests.draft import SEAT_KINDS, Draft

COVERED = (BillingModel.flat, BillingModel.embedded)  # one more seat costs nothing more


@dataclass(frozen=True)
class Cost:
    """`annual` and `monthly` None = no price anywhere. `source` says where the price is from, in words."""

    annual: Money | None
    monthly: Money | None
    source: str
    free_seats_used: int = 0


def cost_of(session: Session, draft: Draft, tool: Tool | None, free_seats: int | None, day: date) -> Cost:
    """Marginal: seats that free ones serve cost nothing; a renewal costs its contract's yearly value."""
    contracts = contracts_in_force(session, day, [tool.id]) if tool and tool.id is not None else []
    if draft.kind == RequestKind.renewal:
        return _renewal(draft, contracts)
    if draft.kind == RequestKind.limit:
        return _stated(draft)
    free = min(draft.seats, free_seats or 0) if draft.kind in SEAT_KINDS else 0
    if free == draft.seats:
        word = "a free seat serves it" if free == 1 else "free seats serve it"
        currency = _currency(contracts, tool)
        return Cost(Money(0, currency), Money(0, currency), word, free)
    unit, source = _seat_price(draft, tool, contracts)
    if unit is None:
        return _stated(draft)
    annual = unit.times(draft.seats - free)
    return Cost(annual, _monthly(annual), source, free)


def _seat_price(draft: Draft, tool: Tool | None, contracts: list[Contract]) -> tuple[Money | None, str]:
    """A seat's price for a year, exactly as the contract or the catalogue states it."""
    priced = {_key(one.plan): one for one in sorted(contracts, key=_began) if yearly_seat_price(one) is not None}
    contract = priced.get(_key(draft.plan)) or priced.get("")
    if contract is None and not draft.plan and priced:
        dearest = max(priced.values(), key=lambda one: (yearly_seat_price(one) or Money(0, "")).nanos)
        same_money = len({one.currency for one in priced.values()}) == 1
        contract = dearest if same_money else None
    if contract is not None:
        return yearly_seat_price(contract), f"contract {contract.contract_id}"
    listed = list_price(tool)
    if listed is not None:
        return listed, "list price"
    covering = next((one for one in contracts if one.billing_model in COVERED and one.currency), None)
    if covering is not None:
        return Money(0, str(covering.currency)), f"covered by contract {covering.contract_id}"
    return None, ""


def yearly_seat_price(contract: Contract) -> Money | None:
    """None for contracts that do not price seats, and for those that cover any number of them."""
    if contract.billing_model != BillingModel.per_seat or not contract.currency:
        return None
    if contract.unit_price is not None:
        return Money.of(contract.unit_price, contract.currency).times(_per_year(contract.billing_interval))
    if contract.annual_value is not None and contract.seats_purchased:
        return Money.of(contract.annual_value / contract.seats_purchased, contract.currency)
    return None


def list_price(tool: Tool | None) -> Money | None:
    """The catalogue's price for a year."""
    if tool is None or tool.list_price is None or not tool.list_price_currency:
        return None
    if tool.list_price_per not in (None, "", "seat", "user", "company", "flat", "organisation", "organization"):
        return None  # a price per token or credit is not the price of a request
    return Money.of(tool.list_price, tool.list_price_currency).times(_per_year(tool.list_price_interval))


def _renewal(draft: Draft, contracts: list[Contract]) -> Cost:
    values = [value for one in contracts if (value := _yearly_value(one)) is not None]
    if not values or len({value.currency for value in values}) > 1 or len(values) < len(contracts):
        return _stated(draft)
    annual = Money(sum(value.nanos for value in values), values[0].currency)
    return Cost(annual, _monthly(annual), "contract " + ", ".join(one.contract_id for one in contracts))


def _yearly_value(contract: Contract) -> Money | None:
    if contract.annual_value is not None and contract.currency:
        return Money.of(contract.annual_value, contract.currency)
    unit = yearly_seat_price(contract)
    return unit.times(contract.seats_purchased) if unit and contract.seats_purchased else None


def _stated(draft: Draft) -> Cost:
    if draft.price is None:
        return Cost(None, None, "no price known")
    annual = draft.price.times(12) if draft.price_interval == "month" else draft.price
    return Cost(annual, draft.price if draft.price_interval == "month" else _monthly(annual), "as stated by the requester")


def _monthly(annual: Money) -> Money:
    return Money.of(annual.amount / 12, annual.currency)


def _per_year(interval: str | None) -> int:
    return BillingInterval(interval or "month").per_year


def _currency(contracts: list[Contract], tool: Tool | None) -> str:
    found = next((one.currency for one in contracts if one.currency), None)
    return found or (tool.list_price_currency if tool else None) or "USD"


def _began(contract: Contract) -> tuple[date, str]:
    return contract.start_date or date.min, contract.contract_id


def _key(plan: str | None) -> str:
    return " ".join((plan or "").split()).casefold()
