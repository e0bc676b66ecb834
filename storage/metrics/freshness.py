"""Until which day each source of an answer is loaded: its data-through line."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import and_, func
from sqlmodel import Session, col, select

from storage.metrics.base import Reading, narrows_tools, tools_of
from storage.models import Expense, ImportRun, KeyMeaning, Rollup, SeatSnapshot, Statement, StatementKey, Usage
from storage.models.ledger import day_of

_SEATS = ["seats_purchased", "seats_assigned", "seats_pending", "seats_active", "seats_idle", "seats_untracked",
          "utilisation"]  # fmt: skip
SOURCES: dict[str, tuple[str, ...]] = {
    "costs": (
        "spend", "billed", "paid", "list_price", "discount_savings", "run_rate", "budget_remaining", "budget_used",
        "budget_left_share",
        "cost_per_seat", "cost_per_active_user", "cost_per_head", "cost_per_million_tokens", "cost_per_request",
    ),
    "expenses": ("spend", "paid", "run_rate", "budget_remaining", "budget_used", "budget_left_share"),
    "seats": (*_SEATS, "idle_seat_cost", "cost_per_seat"),
    "usage": (
        "tokens", "input_tokens", "cached_input_tokens", "output_tokens", "requests", "cache_hit_share", "active_users",
        "cost_per_active_user", "cost_per_million_tokens", "cost_per_request",
    ),
    "contracts": ("renewals", "seats_purchased", "idle_seat_cost"),
    "budgets": ("budget", "budget_remaining", "budget_used", "budget_left_share"),
    "people": ("headcount", "cost_per_head"),
}  # fmt: skip
_IMPORTED = ("contracts", "budgets", "people")  # no days of their own: the day of the last import


def data_through(reading: Reading, metrics: Iterable[str]) -> dict[str, date]:
    """The last day that each source says something about, for the tools asked; sources without any data are left out.

    Costs are told per issuer: the newest would hide one that lags behind.
    """
    wanted = set(metrics)
    found: dict[str, date] = {}
    for source, uses in SOURCES.items():
        if wanted & set(uses):
            found |= _through(reading, source)
    return found


def _through(reading: Reading, source: str) -> dict[str, date]:
    if source == "costs":
        return _issuers(reading)
    if source in _IMPORTED:
        return _last_import(reading.session, source)
    query: Any = {
        "expenses": select(func.max(Expense.day)).where(col(Expense.role) != "not_ai"),
        "seats": select(func.max(SeatSnapshot.as_of)).where(
            SeatSnapshot.status == "current", col(SeatSnapshot.as_of) <= reading.last_day
        ),
        "usage": select(func.max(Usage.day)),
    }[source]
    if narrows_tools(reading):
        column = {"expenses": Expense.tool_id, "seats": SeatSnapshot.tool_id, "usage": Usage.tool_id}[source]
        query = query.where(col(column).in_(tools_of(reading)))
    day = reading.session.exec(query).one()
    return {source: day} if day else {}


def _issuers(reading: Reading) -> dict[str, date]:
    query = select(Statement.issuer, func.max(Statement.last_charge_day)).where(
        Statement.source == "focus", Statement.status == "current", col(Statement.last_charge_day).is_not(None)
    )
    if narrows_tools(reading):
        keys = select(KeyMeaning.key_id).where(col(KeyMeaning.tool_id).in_(tools_of(reading)))
        query = query.where(
            col(Statement.id).in_(select(StatementKey.statement_id).where(col(StatementKey.key_id).in_(keys)))
        )
    rows = reading.session.exec(query.group_by(Statement.issuer).order_by(Statement.issuer)).all()
    return {issuer or "costs": day for issuer, day in rows if day}


def _last_import(session: Session, kind: str) -> dict[str, date]:
    instant = session.exec(
        select(func.max(ImportRun.finished_at)).where(ImportRun.kind == kind, ImportRun.status == "current")
    ).one()
    return {kind: instant.date()} if instant else {}


def first_day(session: Session, metric: str) -> date | None:
    """The first day that anything is recorded for money or usage; None for other metrics."""
    if metric in SOURCES["usage"] and metric not in SOURCES["costs"]:
        return session.exec(select(func.min(Usage.day))).one()
    if metric not in SOURCES["costs"]:
        return None
    current = Statement.status == "current"
    keys = select(func.min(StatementKey.first_day)).join(Statement, col(Statement.id) == StatementKey.statement_id)
    accrued = select(func.min(Rollup.start_day)).join(
        Statement, and_(col(Statement.id) == Rollup.statement_id, col(Statement.batch) == Rollup.batch)
    )
    numbers = [
        session.exec(keys.where(current)).one(),
        session.exec(accrued.where(current, Statement.source == "contract")).one(),
    ]
    line = session.exec(select(func.min(Expense.day)).where(Expense.role == "spend")).one()
    known = [day_of(number) for number in numbers if number is not None] + ([line] if line else [])
    return min(known) if known else None
