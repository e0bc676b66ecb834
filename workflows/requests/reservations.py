"""Money a request holds of its budget: reserved while pending, committed when approved, released when it ends."""

from sqlmodel import col, select, update

from storage.models import BudgetReservation, Request
from storage.unit_of_work import UnitOfWork
from workflows.requests.facts import FactSheet


def reserve(uow: UnitOfWork, request: Request, sheet: FactSheet) -> None:
    """Hold what the request asks of the narrowest budget; nothing when its cost or the budget is unknown."""
    existing = _of(uow, request)
    if sheet.budget is None or sheet.budget.ask is None:
        if existing is not None:
            settle(uow, request, "released")
        return
    ask = sheet.budget.ask
    if existing is None:
        existing = BudgetReservation(request_id=request.id, amount=ask.amount, currency=ask.currency)
    existing.budget_id, existing.amount, existing.currency = sheet.budget.budget_id, ask.amount, ask.currency
    existing.status = "reserved"
    uow.session.add(existing)
    uow.session.flush()


def settle(uow: UnitOfWork, request: Request, status: str) -> None:
    """`committed` or `released`; what was released stays released."""
    query = update(BudgetReservation).where(
        col(BudgetReservation.request_id) == request.id, col(BudgetReservation.status) != "released"
    )
    uow.session.exec(query.values(status=status))


def _of(uow: UnitOfWork, request: Request) -> BudgetReservation | None:
    query = select(BudgetReservation).where(BudgetReservation.request_id == request.id)
    return uow.session.exec(query, execution_options={"populate_existing": True}).first()
