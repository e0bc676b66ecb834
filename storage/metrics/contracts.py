"""Renewals: contracts by the day they end, with the last day to give notice and what they are worth a year."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import func
from sqlmodel import Session, col, select

from storage.metrics.base import TOOL_DIMENSIONS, Cell, Reading, keys_of, passes, tools_of
from storage.metrics.money import to_base
from storage.models import Contract
from storage.types import BillingInterval

DIMENSIONS = (*TOOL_DIMENSIONS, "cost_center", "payment_channel", "plan", "auto_renew")


def contract_values(contract: Contract) -> dict[str, str | None]:
    return {
        "cost_center": contract.cost_center or None,
        "payment_channel": contract.payment_channel or None,
        "plan": contract.plan or None,
        "auto_renew": {True: "yes", False: "no", None: None}[contract.auto_renew],
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
    """A cell per contract that `reading.contracts` means; `group_by` adds its dimensions to the keys.

    A value that is not known is None, one in a currency without a rate stays in it.
    """
    reading.require("contracts", DIMENSIONS)
    wanted = _wanted(reading)
    cells = [_cell(reading, contract, values) for contract, values in contracts_of(reading) if wanted(contract)]
    return sorted(cells, key=lambda cell: (cell.details["end_date"] or "", cell.details["contract_id"] or ""))


def _wanted(reading: Reading) -> Callable[[Contract], bool]:
    if reading.contracts == "in_force":
        return lambda contract: in_force(contract, reading.last_day)
    if reading.contracts == "notice":
        return lambda contract: _inside(reading, notice_by(contract))
    if reading.contracts == "ends":
        return lambda contract: _inside(reading, contract.end_date)
    latest: dict[int | None, date] = {}
    for contract in reading.session.exec(select(Contract)):
        latest[contract.tool_id] = max(latest.get(contract.tool_id, date.min), contract.end_date or date.max)
    return lambda contract: _inside(reading, contract.end_date) and latest[contract.tool_id] < reading.today


def _inside(reading: Reading, day: date | None) -> bool:
    return day is not None and reading.period.start <= day < reading.period.end


def first_end(session: Session) -> date | None:
    """The first day that a contract ended or ends."""
    return session.exec(select(func.min(Contract.end_date))).one()


def _cell(reading: Reading, contract: Contract, values: Mapping[str, str | None]) -> Cell:
    original, currency = annual_value(contract), contract.currency or reading.org.base_currency
    value = None if original is None else to_base(reading, original, currency, reading.today)
    details = {
        "tool": values["tool"],
        "contract_id": contract.contract_id,
        "end_date": str(contract.end_date) if contract.end_date else None,
        "notice_by": str(given) if (given := notice_by(contract)) else None,
        "auto_renew": values["auto_renew"],
        "original": None if original is None else f"{original:,.2f} {currency}",
    }
    keys = keys_of(reading.group_by, values)
    if value is None and original is not None:
        return Cell(keys, original, currency, details)
    return Cell(keys, value, "", details)


def notice_by(contract: Contract) -> date | None:
    """The last day to give notice."""
    if contract.end_date is None or contract.notice_days is None:
        return None
    return contract.end_date - timedelta(days=contract.notice_days)
