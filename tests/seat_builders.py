"""Builders of seat snapshots and contracts for tests."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlmodel import select

from storage.models import Contract, ImportRun, Person, PersonRecord, Seat, SeatSnapshot, Tool
from storage.unit_of_work import UnitOfWork

LONG_HELD = date(2026, 1, 1)


@dataclass(frozen=True)
class Held:
    """One seat of a snapshot, held since January unless told otherwise."""

    person: Person
    last_active_on: date | None = None
    since: date = LONG_HELD
    tracked: bool = True
    status: str = "assigned"
    plan: str | None = None


def add_snapshot(
    uow: UnitOfWork, tool: Tool, as_of: date, seats: Iterable[Held], *, status: str = "current"
) -> SeatSnapshot:
    run = ImportRun(id=uow.new_id(), kind="seats", status="current", content_hash=uow.new_id(), started_at=uow.now)
    uow.session.add(run)
    uow.session.flush()
    snapshot = SeatSnapshot(tool_name=tool.slug, tool_id=tool.id, as_of=as_of, status=status, import_id=run.id)
    uow.session.add(snapshot)
    uow.session.flush()
    for held in seats:
        email = uow.session.exec(
            select(PersonRecord.work_email).where(PersonRecord.person_id == held.person.id).limit(1)
        ).one()
        uow.session.add(
            Seat(snapshot_id=snapshot.id or 0, work_email=email, person_id=held.person.id, plan=held.plan,
                 first_seen_on=held.since, assigned_on=held.since, last_active_on=held.last_active_on,
                 activity_tracked=held.tracked, status=held.status)
        )  # fmt: skip
    uow.session.flush()
    return snapshot


def add_contract(
    uow: UnitOfWork, tool: Tool, *, seats: int | None = 100, unit_price: str | None = "30", interval: str = "month",
    plan: str | None = None, currency: str = "USD", annual_value: str | None = None, start: date | None = date(2026, 1, 1),
    end: date | None = date(2026, 12, 31), billing_model: str = "per_seat", contract_id: str | None = None,
) -> Contract:  # fmt: skip
    contract = Contract(
        contract_id=contract_id or uow.new_id(), tool_name=tool.slug, tool_id=tool.id, billing_model=billing_model,
        plan=plan, seats_purchased=seats, unit_price=Decimal(unit_price) if unit_price else None,
        billing_interval=interval, currency=currency, annual_value=Decimal(annual_value) if annual_value else None,
        start_date=start, end_date=end,
    )  # fmt: skip
    uow.session.add(contract)
    uow.session.flush()
    return contract
