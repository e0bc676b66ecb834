"""people.csv: one row per person and effective date."""

from collections.abc import Iterator

from manifests.demo.company import Company, Employee

HEADER = (
    "employee_id", "work_email", "display_name", "job_title", "employment_status", "employment_type", "hire_date",
    "termination_date", "manager_employee_id", "department", "division", "cost_center", "legal_entity", "location",
    "timezone", "effective_date",
)  # fmt: skip


def rows(company: Company) -> Iterator[tuple[str, ...]]:
    for person in company.people:
        first = person.hired
        if person.moved and person.moved[0] > first:
            day, department, division, center = person.moved
            yield _row(person, "Active", department, division, center, first.isoformat())
            first = day
        yield _row(person, "Active", person.department, person.division, person.cost_center, first.isoformat())
        if person.leave_since:
            yield _row(person, "Leave", person.department, person.division, person.cost_center,
                       person.leave_since.isoformat())  # fmt: skip
        if person.left:
            yield _row(person, "Terminated", person.department, person.division, person.cost_center, person.left.isoformat())


def _row(person: Employee, status: str, department: str, division: str, center: str, effective: str) -> tuple[str, ...]:
    city, zone, entity, _ = person.office
    gone = person.left.isoformat() if person.left and status == "Terminated" else ""
    manager = person.manager.employee_id if person.manager else ""
    return (
        person.employee_id, person.email, person.name, person.title, status, person.kind, person.hired.isoformat(), gone,
        manager, department, division, center, entity, city, zone, effective,
    )  # fmt: skip
