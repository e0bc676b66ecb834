"""Renewals: contracts by the day they end, with the last day to give notice and what they are worth a year."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from sqlmodel import col, select

from storage.metrics.base import TOOL_DIMENSIONS, Cell, Reading, keys_of, passes, tools_of
from storage.metrics.money import to_base
from storage.models import Contract
from storage.types import BillingInterval

DIMENSIONS = (*TOOL_DIMENSIONS, "cost_center", "payment_channel", "plan")


def contract_values(contract: Contract) -> dict[str, str | None]:
    return {
        "cost_center": contract.cost_center or None,
        "payment_channel": contract.payment_channel or None,
        "plan": contract.plan or None,
    }


def annual_value(contract: Contract) -> Decimal | None:
    """As written, else unit price × seats × intervals a year; None when neither is known."""
    if contract.annual_value is not None:
        return contract.annual_value
    if contract.unit_price is None or contract.seats_purchased is None or not contract.billing_interval:
        return None
    return contract.unit_price * contract.seats_purchased * BillingInterval(contract.billing_interval).per_year


def in_force(contract: Contract, day: date) -> bool:
    """Both days of the term included; an open end counts."""
    begun = contract.start_date is None or contract.start_date <= day
    return begun and (contract.end_date is None or contract.end_date >= day)


def contracts_of(reading: Reading) -> list[tuple[Contract, Mapping[str, str | None]]]:
    """The contracts that pass the reading's filters, with all their dimensions; within a scope those of its cost centres."""
    tools = tools_of(reading)
    found: list[tuple[Contract, Mapping[str, str | None]]] = []
    for contract in reading.session.exec(select(Contract).order_by(col(Contract.contract_id))):
        visible = reading.scope.everything or contract.cost_center in reading.scope.cost_centers
        if visible and contract.tool_id in tools and passes(reading.filters, own := contract_values(contract)):
            found.append((contract, {**tools[contract.tool_id], **own}))
    return found


def renewals(reading: Reading, metric: str = "renewals") -> list[Cell]:
    """A cell per contract that ends in the period; `group_by` adds its dimensions to the keys.

    A value that is not known is None, one in a currency without a rate stays in it.
    """
    reading.require("renewals", DIMENSIONS)
    cells = []
    for contract, values in contracts_of(reading):
        if contract.end_date and reading.period.start <= contract.end_date < reading.period.end:
            cells.append(_cell(reading, contract, values))
    return sorted(cells, key=lambda cell: (cell.details["end_date"] or "", cell.details["contract_id"] or ""))


def _cell(reading: Reading, contract: Contract, values: Mapping[str, str | None]) -> Cell:
    original, currency = annual_value(contract), contract.currency or reading.org.base_currency
    value = None if original is None else to_base(reading, original, currency, reading.today)
    details = {
        "tool": values["tool"],
        "contract_id": contract.contract_id,
        "end_date": str(contract.end_date),
        "notice_by": _notice_by(contract),
        "auto_renew": {True: "yes", False: "no", None: None}[contract.auto_renew],
        "original": None if original is None else f"{original:,.2f} {currency}",
    }
    keys = keys_of(reading.group_by, values)
    if value is None and original is not None:
        return Cell(keys, original, currency, details)
    return Cell(keys, value, "", details)


def _notice_by(contract: Contract) -> str | None:
    if contract.end_date is None or contract.notice_days is None:
        return None
    return str(contract.end_date - timedelta(days=contract.notice_days))
