"""A small company with seats, usage and contracts, for tests that compute its numbers a second time."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

from storage.models import Contract, ImportRun, Person, Seat, SeatSnapshot, Tool, Usage
from storage.unit_of_work import UnitOfWork
from tests.builders import add_person, add_tool

IMPORT = "i_test"


def add_import(uow: UnitOfWork, kind: str = "test", import_id: str = IMPORT) -> None:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    uow.session.add(
        ImportRun(id=import_id, kind=kind, status="current", content_hash=import_id, started_at=at, finished_at=at)
    )
    uow.session.flush()


@dataclass
class SeatOf:
    """A seat in a snapshot."""

    person: Person
    since: date
    last_active: date | None = None
    plan: str | None = None
    tracked: bool = True
    status: str = "assigned"


def add_snapshot(uow: UnitOfWork, tool: Tool, as_of: date, *seats: SeatOf) -> None:
    snapshot = SeatSnapshot(tool_name=tool.slug, tool_id=tool.id, as_of=as_of, import_id=IMPORT)
    uow.session.add(snapshot)
    uow.session.flush()
    for seat in seats:
        uow.session.add(
            Seat(snapshot_id=snapshot.id, work_email=email_of(seat.person), person_id=seat.person.id, plan=seat.plan,
                 assigned_on=seat.since, first_seen_on=seat.since, last_active_on=seat.last_active,
                 activity_tracked=seat.tracked, status=seat.status)
        )  # fmt: skip
    uow.session.flush()


def email_of(person: Person) -> str:
    return f"{person.employee_id.removeprefix('E-').replace(' ', '.')}@acme.example"


def add_contract(uow: UnitOfWork, tool: Tool, number: str, **terms: object) -> Contract:
    given: dict[str, object] = {
        "billing_model": "per_seat", "billing_interval": "month", "currency": "USD", "start_date": date(2026, 1, 1),
        "end_date": date(2026, 12, 31),
    }  # fmt: skip
    contract = Contract(contract_id=number, tool_name=tool.slug, tool_id=tool.id, **(given | terms))
    uow.session.add(contract)
    uow.session.flush()
    return contract


def add_usage(uow: UnitOfWork, tool: Tool, person: Person | None, day: date, *, project: str = "", model: str = "",
              **counts: object) -> None:  # fmt: skip
    uow.session.add(
        Usage(day=day, tool_name=tool.slug, tool_id=tool.id, work_email=email_of(person) if person else "",
              person_id=person.id if person else None, project=project, model=model, import_id=IMPORT, **counts)
    )  # fmt: skip


@dataclass
class Team:
    """ada leads bo and cy of Engineering (cy is Design's from October on), di is Marketing's."""

    people: dict[str, Person] = field(default_factory=dict)
    tools: dict[str, Tool] = field(default_factory=dict)


def small_team(uow: UnitOfWork) -> Team:
    team = Team()
    add_import(uow)
    ada = add_person(uow, "ada", cost_center="CC-1")
    team.people = {
        "ada": ada,
        "bo": add_person(uow, "bo", manager=ada, cost_center="CC-1"),
        "cy": add_person(uow, "cy", manager=ada, department="Design"),
        "di": add_person(uow, "di", department="Marketing", cost_center="CC-2"),
    }
    team.tools = {
        "cursor": add_tool(uow, "cursor", vendor="Anysphere", category="coding_assistant"),
        "claude": add_tool(uow, "claude", vendor="Anthropic", category="chat", billing_model="per_token"),
        "jasper": add_tool(uow, "jasper", vendor="Jasper", category="writing"),
    }
    return team


MONTHLY = Decimal("40")
