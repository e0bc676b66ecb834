"""People: effective dates, aliases, movers, leavers, circles; rows that waited for them."""

from datetime import date
from pathlib import Path

import pytest
from sqlmodel import select

from storage.directory import is_employed, management_chain, person_id_of, record_of
from storage.models import Person, PersonRecord, QuarantinedRow, Seat, Usage
from storage.unit_of_work import Store
from tests.storage.files import PEOPLE, bring, bring_one, counts

HEAD = "employee_id,work_email,display_name,department"


def department(store: Store, email: str, day: date) -> str | None:
    with store.read() as uow:
        person_id = person_id_of(uow.session, email, day)
        record = record_of(uow.session, person_id, day) if person_id else None
        return record.department if record else None


def test_a_mover_has_a_department_for_each_day(store: Store, tmp_path: Path) -> None:
    assert counts(bring_one(store, tmp_path, "people.csv", PEOPLE)) == (4, 4, 0, 0, 0)
    assert department(store, "ADA@acme.example", date(2026, 1, 31)) == "Engineering"
    assert department(store, "ada@acme.example", date(2026, 2, 1)) == "Marketing"
    assert department(store, "bob@acme.example", date(2001, 1, 1)) == "Engineering"


def test_rows_of_one_person_may_come_in_any_order_and_file(store: Store, tmp_path: Path) -> None:
    header, first, second, *_ = PEOPLE.splitlines()
    bring_one(store, tmp_path, "people.csv", f"{header}\n{second}\n")
    bring_one(store, tmp_path, "people-2.csv", f"{header}\n{first}\n")
    assert department(store, "ada@acme.example", date(2026, 1, 31)) == "Engineering"
    assert department(store, "ada@acme.example", date(2026, 11, 1)) == "Marketing"
    with store.read() as uow:
        ends = [row.effective_to for row in uow.session.exec(select(PersonRecord).order_by(PersonRecord.effective_from))]  # type: ignore[arg-type]
    assert ends == [date(2026, 2, 1), None]


def test_a_later_row_replaces_and_an_absent_person_stays(store: Store, tmp_path: Path) -> None:
    bring_one(store, tmp_path, "people.csv", f"{HEAD}\n1,a@x.example,Ada,Eng\n2,b@x.example,Bob,Eng\n")
    report = bring_one(store, tmp_path, "people.csv", f"{HEAD}\n1,a@x.example,Ada B,Eng\n")
    assert counts(report) == (1, 0, 1, 0, 0)
    with store.read() as uow:
        rows = uow.session.exec(select(PersonRecord).order_by(PersonRecord.work_email)).all()
        assert [(row.display_name, row.employment_status) for row in rows] == [("Ada B", "Active"), ("Bob", "Active")]
        assert is_employed(rows[1], date(2026, 11, 1))


def test_an_old_address_stays_an_alias(store: Store, tmp_path: Path) -> None:
    bring_one(store, tmp_path, "people.csv", f"{HEAD}\n1,ada@old.example,Ada,Eng\n")
    bring_one(store, tmp_path, "people.csv", f"{HEAD}\n1,ada@new.example,Ada,Eng\n")
    assert department(store, "ada@old.example", date(2026, 1, 1)) == "Eng"
    assert department(store, "ada@new.example", date(2026, 1, 1)) == "Eng"


def test_an_address_that_goes_to_somebody_else(store: Store, tmp_path: Path) -> None:
    head = HEAD + ",effective_date,employment_status,hire_date"
    rows = [
        "1,jo@x.example,Jo Old,Eng,2020-01-01,Active,2020-01-01",
        "1,jo@x.example,Jo Old,Eng,2024-06-01,Terminated,2020-01-01",
        "2,jo@x.example,Jo New,Sales,2025-01-01,Active,2025-01-01",
    ]
    for order in (rows, rows[::-1]):
        bring_one(store, tmp_path, "people.csv", "\n".join([head, *order]) + "\n")
        assert department(store, "jo@x.example", date(2024, 1, 1)) == "Eng"
        assert department(store, "jo@x.example", date(2025, 3, 1)) == "Sales"


@pytest.mark.parametrize("reverse", [False, True])
def test_a_rehire_under_a_new_number_without_dates(store: Store, tmp_path: Path, reverse: bool) -> None:
    """Both rows claim the address from always: who is not terminated has it since they were hired."""
    head = HEAD + ",employment_status,hire_date"
    rows = ["7,jo@x.example,Jo,Eng,Terminated,2019-01-01", "8,jo@x.example,Jo,Sales,Active,2026-01-15"]
    for number, row in enumerate(rows[::-1] if reverse else rows):
        bring_one(store, tmp_path, f"people-{number}.csv", f"{head}\n{row}\n")
    with store.read() as uow:
        numbers = {person.id: person.employee_id for person in uow.session.exec(select(Person)).all()}
        then = person_id_of(uow.session, "jo@x.example", date(2025, 1, 1))
        now = person_id_of(uow.session, "jo@x.example", date(2026, 2, 1))
    assert (numbers[then], numbers[now]) == ("7", "8")


def test_a_circle_of_managers_is_told_and_breaks_nothing(store: Store, tmp_path: Path) -> None:
    head = HEAD + ",manager_employee_id"
    rows = [
        "1,a@x.example,A,Eng,2",
        "2,b@x.example,B,Eng,3",
        "3,c@x.example,C,Eng,1",
        "4,d@x.example,D,Eng,1",
        "5,e@x.example,E,Eng,99",
    ]
    report = bring_one(store, tmp_path, "people.csv", "\n".join([head, *rows]) + "\n")
    assert report.rows_new == 5
    assert any("3 people report to themselves in a circle: 1, 2, 3" in note for note in report.notes)
    assert any("1 managers are not in the people data: 99" in note for note in report.notes)
    with store.read() as uow:
        person_id = person_id_of(uow.session, "d@x.example", date(2026, 1, 1))
        assert person_id is not None
        assert len(management_chain(uow.session, person_id, date(2026, 1, 1))) == 3


def test_what_keeps_a_person_out(store: Store, tmp_path: Path) -> None:
    head = HEAD + ",employment_status,hire_date,termination_date,timezone"
    rows = [
        "1,ada,Ada,Eng,Active,,,", "2,b@x.example,,Eng,Active,,,", "3,c@x.example,C,Eng,Gone,,,",
        "4,d@x.example,D,Eng,active,2026-01-01,2025-01-01,", "5,e@x.example,E,Eng,LEAVE,,,Mars/Base",
        "006,f@x.example,F,Eng,leave,,,Europe/Stockholm",
    ]  # fmt: skip
    report = bring_one(store, tmp_path, "people.csv", "\n".join([head, *rows]) + "\n")
    assert counts(report) == (6, 1, 0, 0, 5)
    assert [(row.line, row.column) for row in report.quarantined] == [
        (2, "work_email"), (3, "display_name"), (4, "employment_status"), (5, "termination_date"), (6, "timezone"),
    ]  # fmt: skip
    with store.read() as uow:
        assert uow.session.exec(select(Person.employee_id)).all() == ["006"]
        assert uow.session.exec(select(PersonRecord.employment_status)).all() == ["Leave"]


def test_rows_of_unknown_people_wait_and_count_when_the_people_come(store: Store, tmp_path: Path) -> None:
    usage = "day,tool,work_email,requests\n2026-10-01,Cursor,Bob@acme.example,5\n2026-10-01,Cursor,,6\n"
    seats = "tool,work_email,as_of\nCursor,bob@acme.example,2026-10-01\n"
    first = bring_one(store, tmp_path, "usage.csv", usage)
    assert counts(first) == (2, 1, 0, 0, 1)
    assert (first.quarantined[0].column, first.quarantined[0].value) == ("work_email", "bob@acme.example")
    assert counts(bring_one(store, tmp_path, "seats.csv", seats)) == (1, 0, 0, 0, 1)
    assert counts(bring_one(store, tmp_path, "usage.csv", usage)) == (2, 0, 0, 1, 1)
    with store.read() as uow:
        assert uow.session.exec(select(Usage.requests)).all() == [6]
    bring_one(store, tmp_path, "people.csv", PEOPLE)
    with store.read() as uow:
        bob = person_id_of(uow.session, "bob@acme.example", date(2026, 1, 1))
        assert uow.session.exec(select(Usage.person_id).where(Usage.work_email != "")).all() == [bob]
        assert uow.session.exec(select(Seat.person_id)).all() == [bob]
        waiting = uow.session.exec(select(QuarantinedRow).where(QuarantinedRow.resolved_at == None)).all()  # noqa: E711
        assert waiting == []
    assert counts(bring_one(store, tmp_path, "usage.csv", usage)) == (2, 0, 0, 2, 0)


def test_people_come_by_the_thousand(store: Store, tmp_path: Path) -> None:
    lines = [f"{number},p{number}@x.example,Person {number},Eng" for number in range(2500)]
    assert counts(bring_one(store, tmp_path, "people.csv", "\n".join([HEAD, *lines]) + "\n")) == (2500, 2500, 0, 0, 0)
    lines[3] += "ineering"
    assert counts(bring_one(store, tmp_path, "people.csv", "\n".join([HEAD, *lines]) + "\n")) == (2500, 0, 1, 2499, 0)
    with store.read() as uow:
        assert len(uow.session.exec(select(Person.id)).all()) == 2500


def test_one_command_brings_people_before_what_names_them(store: Store, tmp_path: Path) -> None:
    usage = "day,tool,work_email,requests\n2026-10-01,Cursor,bob@acme.example,5\n"
    reports = bring(store, tmp_path, {"usage.csv": usage, "people.csv": PEOPLE})
    assert [report.kind for report in reports] == ["people", "usage"]
    assert reports[1].rows_quarantined == 0
