"""A small company with idle seats, and the hands to move its clock."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import pytest
from sqlmodel import col, select

from storage.models import AuditRow, IdleCase, IdleSeat, OutboxItem, Person, PersonRecord, Task, Timer, Tool
from storage.seats import seat_position
from storage.types import Money
from storage.unit_of_work import Store
from tests.builders import add_config, add_person, add_tool
from tests.conftest import TestClock
from tests.seat_builders import Held, add_contract, add_snapshot
from workflows.seats.find_idle import SweepReport, sweep
from workflows.seats.savings import savings
from workflows.seats.settings import load_settings
from workflows.seats.timers import on_timer
from workflows.timers import claim, due_timers

T = TypeVar("T")
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)  # 09:00 in Stockholm
ORG = """
timezone: Europe/Stockholm
roles: {admin: [root@acme.example]}
"""
POLICY = """
version: 1
approval: {baseline: [manager]}
idle:
  defaults: {idle: 30 days, grace: 30 days, remind: [5 working days, 10 working days], end_after: 14 working days,
             end: tell_manager, undo: 14 days, cooldown: 60 days}
  tools: {cursor: {idle: 45 days, end: reclaim}, notion: {end: nothing}}
  exempt: {people: [vip@acme.example], departments: [Board], tools: [claude]}
"""


@dataclass
class Company:
    """ada reports to max, who reports to root; tor owns the tools."""

    store: Store
    clock: TestClock
    people: dict[str, Person] = field(default_factory=dict)
    tools: dict[str, Tool] = field(default_factory=dict)

    def id(self, name: str) -> int:
        return self.people[name].id or 0

    def tool(self, slug: str) -> int:
        return self.tools[slug].id or 0

    def snapshot(self, slug: str, seats: dict[str, Held | date | None], as_of: date | None = None) -> None:
        with self.store.write() as uow:
            held = [value if isinstance(value, Held) else Held(self.people[name], value) for name, value in seats.items()]
            add_snapshot(uow, self.tools[slug], as_of or self.clock.now.date(), held)

    def sweep(self) -> SweepReport:
        return sweep(self.store)

    def fire(self, until: datetime | None = None) -> list[str]:
        """Fire what is due, oldest first, as the scheduler does; the kinds that fired."""
        if until is not None:
            self.clock.now = until
        fired = []
        with self.store.read() as uow:
            waiting = [timer.id for timer in due_timers(uow)]
        for timer_id in waiting:
            with self.store.write() as uow:
                timer = uow.session.get_one(Timer, timer_id)
                if claim(uow, timer):
                    on_timer(uow, timer)
                    fired.append(timer.kind)
        return fired

    def next_timer(self, kind: str) -> datetime:
        with self.store.read() as uow:
            query = select(Timer.due_at).where(Timer.kind == kind, Timer.status == "pending").order_by(col(Timer.due_at))
            return uow.session.exec(query).first() or pytest.fail(f"no {kind} timer")

    def case(self, name: str = "ada") -> IdleCase:
        with self.store.read() as uow:
            query = select(IdleCase).where(IdleCase.person_id == self.id(name)).order_by(col(IdleCase.opened_at).desc())
            return uow.session.exec(query).first() or pytest.fail(f"no case of {name}")

    def seat(self, slug: str, name: str = "ada") -> IdleSeat:
        with self.store.read() as uow:
            query = select(IdleSeat).where(IdleSeat.case_id == self.case(name).id, IdleSeat.tool_id == self.tool(slug))
            return uow.session.exec(query).one()

    def task(self, slug: str, kind: str = "revoke") -> Task:
        with self.store.read() as uow:
            return uow.session.exec(select(Task).where(Task.tool_id == self.tool(slug), Task.kind == kind)).one()

    def told(self, kind: str) -> list[OutboxItem]:
        with self.store.read() as uow:
            return list(uow.session.exec(select(OutboxItem).where(OutboxItem.kind == kind).order_by(col(OutboxItem.id))))

    def do(self, action: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """`action` in a unit of work of its own."""
        with self.store.write() as uow:
            return action(uow, *arguments, **named)

    def saved(self) -> tuple[int, dict[str, Money]]:
        with self.store.read() as uow:
            found = savings(uow)
            return found.seats, found.monthly

    def actions(self) -> list[str]:
        with self.store.read() as uow:
            return list(uow.session.exec(select(AuditRow.action).order_by(col(AuditRow.seq))))


def ago(days: int) -> date:
    return MONDAY.date() - timedelta(days)


def set_status(acme: Company, name: str, status: str) -> None:
    with acme.store.write() as uow:
        record = uow.session.exec(select(PersonRecord).where(PersonRecord.person_id == acme.id(name))).one()
        record.employment_status = status
        uow.session.add(record)


def found_company(store: Store, clock: TestClock) -> Company:
    clock.now = MONDAY
    company = Company(store, clock)
    with store.write() as uow:
        add_config(uow, "org", ORG)
        add_config(uow, "policy", POLICY)
        root = add_person(uow, "root")
        boss = add_person(uow, "max", manager=root)
        company.people = {"root": root, "max": boss, "tor": add_person(uow, "tor", manager=root)}
        company.people["ada"] = add_person(uow, "ada", manager=boss)
        company.people["bo"] = add_person(uow, "bo", manager=boss, department="Board")
        company.people["vip"] = add_person(uow, "vip", manager=boss)
        company.people["cy"] = add_person(uow, "cy", manager=boss, timezone="America/New_York")
        for slug, price in (("cursor", "20"), ("copilot", "19.5"), ("notion", "10"), ("claude", "30")):
            company.tools[slug] = add_tool(uow, slug, owner="tor@acme.example")
            add_contract(uow, company.tools[slug], seats=5, unit_price=price)
    return company


def free(acme: Company, slug: str) -> int | None:
    with acme.store.read() as uow:
        settings = load_settings(uow.session, uow.now)
        position = seat_position(uow.session, acme.tool(slug), settings.day, org=settings.org)
        return position.free if position else None
