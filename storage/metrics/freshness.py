"""Until which day each source of an answer is loaded: its data-through line."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import and_, func
from sqlmodel import Session, col, select

from storage.metrics.base import Reading, narrows_tools, tools_of
from storage.models import Expense, ImportRun, KeyMeaning, Rollup, SeatSnapshot, Statement, StatementKey, Usage
from storage.models.ledger import day_number, day_of

_SEATS = ["seats_purchased", "seats_assigned", "seats_pending", "seats_active", "seats_idle", "seats_untracked",
          "tools_held", "utilisation"]  # fmt: skip
SOURCES: dict[str, tuple[str, ...]] = {
    "costs": (
        "spend", "usage_cost", "billed", "paid", "list_price", "discount_savings", "run_rate", "budget_remaining",
        "budget_used", "budget_left_share", "cost_per_seat", "cost_per_active_user", "cost_per_head",
        "cost_per_million_tokens", "cost_per_request",
    ),
    "expenses": ("spend", "usage_cost", "paid", "run_rate", "budget_remaining", "budget_used", "budget_left_share"),
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
    """Per issuer the last day that its newest charges cover: a statement of seats for November that begins on the 1st is
    not old on the 20th. A charge that began earlier and runs on says nothing about what has come in since."""
    query = select(col(Statement.id), col(Statement.issuer), col(Statement.last_charge_day)).where(
        Statement.source == "focus", Statement.status == "current", col(Statement.last_charge_day).is_not(None)
    )
    if narrows_tools(reading):
        keys = select(KeyMeaning.key_id).where(col(KeyMeaning.tool_id).in_(tools_of(reading)))
        query = query.where(
            col(Statement.id).in_(select(StatementKey.statement_id).where(col(StatementKey.key_id).in_(keys)))
        )
    rows = reading.session.exec(query.order_by(Statement.issuer)).all()
    newest: dict[str, date] = {}
    for _, issuer, day in rows:
        newest[issuer] = max(newest.get(issuer, date.min), day or date.min)
    latest = [(number or 0, issuer) for number, issuer, day in rows if day == newest[issuer]]
    covered = _covered(reading, [number for number, _ in latest], set(newest.values()))
    for number, issuer in latest:
        newest[issuer] = max(newest[issuer], min(covered.get(number, date.min), reading.today))
    return {issuer or "costs": day for issuer, day in newest.items()}


def _covered(reading: Reading, statements: list[int], starts: set[date]) -> dict[int, date]:
    """By statement the last day of its longer charges that begin on one of the days."""
    query = (
        select(Rollup.statement_id, func.max(Rollup.end_day))
        .join(Statement, and_(col(Statement.id) == Rollup.statement_id, col(Statement.batch) == Rollup.batch))
        .where(
            Rollup.cut == "all",
            Rollup.grain == "span",
            col(Rollup.start_day).in_([day_number(day) for day in starts]),
            col(Rollup.statement_id).in_(statements),
        )
        .group_by(col(Rollup.statement_id))
    )
    return {number: day_of(end - 1) for number, end in reading.session.exec(query).all()}


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
