"""Small builders of people, tools and seats for tests; every argument that does not matter has a default."""

from datetime import date

from storage.models import ConfigDocument, Person, PersonEmail, PersonRecord, Tool, ToolName
from storage.unit_of_work import UnitOfWork

LONG_AGO = date(2020, 1, 1)


def add_person(
    uow: UnitOfWork,
    name: str,
    *,
    department: str = "Engineering",
    manager: Person | None = None,
    cost_center: str | None = None,
    status: str = "Active",
    timezone: str | None = None,
    division: str | None = None,
    email: str | None = None,
    hire_date: date | None = LONG_AGO,
    effective_from: date = LONG_AGO,
) -> Person:
    """`ada` gets ada@acme.example and the employee id E-ada."""
    person = Person(employee_id=f"E-{name.lower()}")
    uow.session.add(person)
    uow.session.flush()
    assert person.id is not None
    address = (email or f"{name.lower().replace(' ', '.')}@acme.example").lower()
    uow.session.add(
        PersonRecord(
            person_id=person.id, effective_from=effective_from, work_email=address, display_name=name.title(),
            department=department, division=division, cost_center=cost_center, employment_status=status,
            manager_employee_id=manager.employee_id if manager else None, timezone=timezone, hire_date=hire_date,
        )
    )  # fmt: skip
    uow.session.add(PersonEmail(email=address, person_id=person.id, valid_from=effective_from))
    uow.session.flush()
    return person


def add_tool(uow: UnitOfWork, slug: str, *, name: str | None = None, vendor: str = "Vendor", status: str = "approved",
             category: str | None = None, billing_model: str = "per_seat", owner: str | None = None,
             **details: object) -> Tool:  # fmt: skip
    tool = Tool(slug=slug, name=name or slug.replace("-", " ").title(), vendor=vendor, status=status,
                category=category, billing_model=billing_model, in_catalog=True, owner_email=owner,
                details=dict(details))  # fmt: skip
    uow.session.add(tool)
    uow.session.flush()
    assert tool.id is not None
    for kind, text in (("slug", slug), ("name", tool.name)):
        if kind == "slug" or text.casefold() != slug:
            uow.session.add(ToolName(name=text.casefold(), tool_id=tool.id, kind=kind))
    uow.session.flush()
    return tool


def add_config(uow: UnitOfWork, kind: str, text: str) -> None:
    """Put an org.yaml, policy.yaml or catalog.yaml in force as it is (the catalogue's tools are not derived)."""
    uow.session.add(
        ConfigDocument(kind=kind, content_hash=str(hash(text)), text=text, source=f"{kind}.yaml", created_at=uow.now)
    )
    uow.session.flush()
