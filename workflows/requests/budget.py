"""The narrowest budget a request draws on, and what is left of it."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlmodel import Session, and_, col, or_, select

from storage.models import Budget, BudgetReservation, PersonRecord
from storage.org import OrgSettings
from storage.spend_query import Filter, Period
from storage.spend_sql import EVERYTHING, cells
from storage.types import Money
from workflows.policy.fields import Convert

NARROWEST = ("department", "cost_center", "company")  # policy.md, budget.remaining_after
OPEN = ("reserved", "committed")


@dataclass(frozen=True)
class BudgetPosition:
    """`scope` as in budgets.csv; amounts in the budget's currency. `ask` is this request's part, None = cost unknown.

    A budget shorter than a year is asked for its months' share of the yearly cost.
    """

    budget_id: int
    scope_type: str
    scope: str
    period: str
    amount: Money
    spent: Money
    reserved: Money
    ask: Money | None

    @property
    def remaining(self) -> Money:
        """Before this request, after open reservations."""
        return self.amount - self.spent - self.reserved

    @property
    def remaining_after(self) -> Money | None:
        return None if self.ask is None else self.remaining - self.ask

    @property
    def used_after(self) -> Decimal | None:
        """Ratio to four decimals; None when the cost is unknown or the budget is 0."""
        if self.remaining_after is None or self.amount.nanos <= 0:
            return None
        used = self.amount - self.remaining_after
        return (used.amount / self.amount.amount).quantize(Decimal("0.0001"))


def budget_position(
    session: Session,
    record: PersonRecord | None,
    annual: Money | None,
    day: date,
    convert: Convert,
    org: OrgSettings,
    except_request: str | None = None,
) -> BudgetPosition | None:
    """Of the person who will have it; None when no budget of theirs holds `day`."""
    budget = narrowest_budget(session, record, day)
    if budget is None or budget.id is None or budget.start is None or budget.end is None:
        return None
    amount = Money.of(budget.amount, budget.currency)
    spent = convert(_spent(session, budget, day, org), budget.currency)
    yearly = convert(annual, budget.currency) if annual is not None else None
    return BudgetPosition(
        budget_id=budget.id,
        scope_type=budget.scope_type,
        scope=budget.scope,
        period=budget.period,
        amount=amount,
        spent=spent if spent is not None else Money(0, budget.currency),
        reserved=_reserved(session, budget, convert, except_request),
        ask=_share_of_period(yearly, budget.start, budget.end) if yearly is not None else None,
    )


def narrowest_budget(session: Session, record: PersonRecord | None, day: date) -> Budget | None:
    """Department before cost centre before company; of one scope the shortest period around `day`."""
    scopes = {"department": record.department if record else None, "cost_center": record.cost_center if record else None}
    query = select(Budget).where(
        col(Budget.start) <= day,
        col(Budget.end) > day,
        or_(
            col(Budget.scope_type) == "company",
            *(and_(col(Budget.scope_type) == kind, Budget.scope == scope) for kind, scope in scopes.items() if scope),
        ),
    )
    found = [budget for budget in session.exec(query) if budget.start and budget.end]
    return min(found, key=_narrowness, default=None)


def _narrowness(budget: Budget) -> tuple[int, int, int]:
    start, end = budget.start or date.min, budget.end or date.max
    return NARROWEST.index(budget.scope_type), (end - start).days, budget.id or 0


def _share_of_period(yearly: Money, start: date, end: date) -> Money:
    months = (end.year - start.year) * 12 + end.month - start.month
    return yearly if months >= 12 or months <= 0 else Money(yearly.nanos * months // 12, yearly.currency)


def _reserved(session: Session, budget: Budget, convert: Convert, except_request: str | None) -> Money:
    total = Money(0, budget.currency)
    query = select(BudgetReservation).where(
        BudgetReservation.budget_id == budget.id, col(BudgetReservation.status).in_(OPEN)
    )
    for row in session.exec(query):
        if row.request_id != except_request:
            total += convert(Money.of(row.amount, row.currency), budget.currency) or Money(0, budget.currency)
    return total


def _spent(session: Session, budget: Budget, day: date, org: OrgSettings) -> Money:
    """Spend of the scope from the period's start through `day`, in base currency; what no rate converts is left out."""
    period = Period(start=min(budget.start or day, day), end=day + timedelta(days=1))
    scope = () if budget.scope_type == "company" else (Filter(dimension=budget.scope_type, values=(budget.scope,)),)
    found = cells(
        session, "effective", period=period, filters=scope, scope=EVERYTHING, today=day, org=org
    )  # fmt: skip
    return Money(sum(cell.nanos for cell in found if not cell.unconverted), org.base_currency)
