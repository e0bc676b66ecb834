"""Loads people: one row per person and effective date, e-mails as dated aliases.

A row without an effective date holds from always (date.min). Key: employee_id + effective_date.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sqlalchemy import delete
from sqlmodel import Session, col, select

from storage.imports.kinds import PEOPLE, Values
from storage.imports.reading import read_into
from storage.imports.report import ImportReport, Tally
from storage.imports.runs import CHUNK, Context, begin, keep_quarantined, make_current
from storage.imports.staging import Staging
from storage.imports.tables import report_of
from storage.models import EmailClaim, Person, PersonEmail, PersonRecord
from storage.unit_of_work import UnitOfWork

FIELDS = [column.name for column in PEOPLE.columns if column.name not in ("employee_id", "effective_date")]
PEOPLE_AT_ONCE = 150  # people rewritten in one transaction


@dataclass
class Plan:
    new: list[Values] = field(default_factory=list)
    changed: list[Values] = field(default_factory=list)


def load_people(context: Context, path: Path) -> ImportReport:
    """One file. Raises Refused."""
    tally = Tally()
    touched: list[Values] = []
    with Staging() as staging:
        read_into(context, PEOPLE, path, staging, tally)
        run_id = None if context.dry_run else begin(context, "people", path)
        total, done = len(staging), 0
        for chunk in staging.chunks(CHUNK):
            touched += compare(context, [row for _, row in chunk], tally)
            done += len(chunk)
            context.tell(f"comparing {path.name}", done, total)
        if run_id is None:
            return report_of("people", path.name, "checked", tally, None)
        keep_quarantined(context, run_id, "people", staging)
        write(context, touched, run_id, tally)
    if touched:
        context.changes.anything = context.changes.people = True
        context.changes.emails.update(row["work_email"] for row in touched)
    return report_of("people", path.name, "imported" if touched else "unchanged", tally, run_id)


def compare(context: Context, rows: list[Values], tally: Tally) -> list[Values]:
    """The rows that differ from what is stored."""
    for row in rows:
        row["effective_date"] = row["effective_date"] or date.min
        row["employment_status"] = row["employment_status"] or "Active"
    with context.store.read() as uow:
        stored = stored_records(uow.session, {row["employee_id"] for row in rows})
    touched = []
    for row in rows:
        before = stored.get((row["employee_id"], row["effective_date"]))
        if before is None:
            tally.new += 1
        elif any(getattr(before, name) != row[name] for name in FIELDS):
            tally.changed += 1
        else:
            tally.unchanged += 1
            continue
        touched.append(row)
    return touched


def stored_records(session: Session, employees: Collection[str]) -> dict[tuple[str, date], PersonRecord]:
    query = select(Person.employee_id, PersonRecord).join(Person, col(Person.id) == PersonRecord.person_id)
    rows = session.exec(query.where(col(Person.employee_id).in_(employees))).all()
    return {(employee, record.effective_from): record for employee, record in rows}


def write(context: Context, rows: list[Values], run_id: str, tally: Tally) -> None:
    """A bounded number of people in each transaction, each of them whole; the last one makes the run current."""
    by_person: dict[str, list[Values]] = defaultdict(list)
    for row in rows:
        by_person[row["employee_id"]].append(row)
    employees = list(by_person)
    with context.store.read() as uow:
        tally.notes += manager_notes(uow.session, rows)
    for start in range(0, max(1, len(employees)), PEOPLE_AT_ONCE):
        part = [row for employee in employees[start : start + PEOPLE_AT_ONCE] for row in by_person[employee]]
        last = start + PEOPLE_AT_ONCE >= len(employees)
        with context.store.write() as uow:
            write_people(uow, part)
            if last:
                make_current(uow.session, run_id, tally, uow.now)
        context.tell("writing people", min(start + PEOPLE_AT_ONCE, len(employees)), len(employees))


def write_people(uow: UnitOfWork, rows: list[Values]) -> None:
    """Records by (person, effective date), the ends they give each other, and whose each e-mail is now."""
    session = uow.session
    people = ensure_people(session, {row["employee_id"] for row in rows})
    stored = stored_records(session, set(people))
    for row in rows:
        record = stored.get((row["employee_id"], row["effective_date"]))
        if record is None:
            record = PersonRecord(
                person_id=people[row["employee_id"]], effective_from=row["effective_date"],
                **{name: row[name] for name in FIELDS},
            )  # fmt: skip
            stored[row["employee_id"], row["effective_date"]] = record
        for name in FIELDS:
            setattr(record, name, row[name])
        session.add(record)
    close_records(stored)
    claim_emails(session, [(row["work_email"], people[row["employee_id"]], row["effective_date"]) for row in rows])
    session.flush()
    settle_emails(session, {row["work_email"] for row in rows})


def ensure_people(session: Session, employees: Collection[str]) -> dict[str, int]:
    """Their person ids by employee_id; new people are made."""
    query = select(Person).where(col(Person.employee_id).in_(employees))
    known = {person.employee_id: person for person in session.exec(query).all()}
    fresh = [Person(employee_id=employee) for employee in sorted(set(employees) - set(known))]
    session.add_all(fresh)
    session.flush()
    return {person.employee_id: person.id or 0 for person in [*known.values(), *fresh]}


def close_records(records: dict[tuple[str, date], PersonRecord]) -> None:
    """Each record of a person ends where the next begins."""
    following: dict[str, date] = {}
    for employee, start in sorted(records, reverse=True):
        records[employee, start].effective_to = following.get(employee)
        following[employee] = start


def claim_emails(session: Session, claims: Iterable[tuple[str, int, date]]) -> None:
    wanted = set(claims)
    query = select(EmailClaim).where(col(EmailClaim.email).in_({email for email, _, _ in wanted}))
    known = {(claim.email, claim.person_id, claim.effective_from) for claim in session.exec(query).all()}
    session.add_all(
        EmailClaim(email=email, person_id=person_id, effective_from=start)
        for email, person_id, start in sorted(wanted - known)
    )


def settle_emails(session: Session, emails: Collection[str]) -> None:
    """Whose each address is from which day, from all claims to it.

    Where several people claim it from the same day, a hire date tells when each began; then who is not terminated, was
    hired last and has the lowest employee id has it: a function of what is stored, whatever the order of files.
    """
    query = select(EmailClaim, Person.employee_id).join(Person, col(Person.id) == EmailClaim.person_id)
    claims: dict[str, list[tuple[EmailClaim, str]]] = defaultdict(list)
    for claim, employee in session.exec(query.where(col(EmailClaim.email).in_(emails))).all():
        claims[claim.email].append((claim, employee))
    contested = {email for email, rows in claims.items() if len({claim.person_id for claim, _ in rows}) > 1}
    people = {claim.person_id for email in contested for claim, _ in claims[email]}
    latest: dict[int, PersonRecord] = {}
    for record in session.exec(select(PersonRecord).where(col(PersonRecord.person_id).in_(people))).all():
        if record.person_id not in latest or record.effective_from > latest[record.person_id].effective_from:
            latest[record.person_id] = record
    session.execute(delete(PersonEmail).where(col(PersonEmail.email).in_(emails)))
    for email, rows in claims.items():
        session.add_all(
            PersonEmail(email=email, person_id=person_id, valid_from=start)
            for start, person_id in owners(rows, latest if email in contested else {})
        )


def owners(rows: list[tuple[EmailClaim, str]], latest: dict[int, PersonRecord]) -> list[tuple[date, int]]:
    """(from day, person) of one address; only changes of person, the first one always."""
    by_day: dict[date, list[tuple[tuple[bool, date, str], int]]] = defaultdict(list)
    for claim, employee in rows:
        record = latest.get(claim.person_id)
        hired = (record.hire_date if record else None) or date.min
        begins = claim.effective_from if claim.effective_from > date.min or not record else hired
        rank = (record is not None and record.employment_status == "Terminated", hired, employee)
        by_day[begins].append((rank, claim.person_id))
    result: list[tuple[date, int]] = []
    for start in sorted(by_day):
        winner = min(by_day[start], key=lambda item: (item[0][0], -item[0][1].toordinal(), item[0][2]))[1]
        if not result or result[-1][1] != winner:
            result.append((start, winner))
    return result


def manager_notes(session: Session, rows: list[Values]) -> list[str]:
    """Warnings about managers that nobody knows, and about people who report to themselves in a circle."""
    query = select(Person.employee_id, PersonRecord.manager_employee_id).join(
        PersonRecord, col(PersonRecord.person_id) == Person.id
    )
    manager_of = dict(session.exec(query.where(col(PersonRecord.effective_to).is_(None))).all())
    for row in sorted(rows, key=lambda row: row["effective_date"]):
        manager_of[row["employee_id"]] = row["manager_employee_id"]
    named = {row["manager_employee_id"] for row in rows if row["manager_employee_id"]}
    unknown = sorted(named - set(manager_of))
    notes = []
    if unknown:
        shown = ", ".join(unknown[:5]) + (", …" if len(unknown) > 5 else "")
        notes.append(f"{len(unknown)} managers are not in the people data: {shown}; their reports have no manager for now")
    circles = circular(manager_of)
    if circles:
        shown = ", ".join(circles[:5]) + (", …" if len(circles) > 5 else "")
        notes.append(f"{len(circles)} people report to themselves in a circle: {shown}; correct their manager_employee_id")
    return notes


def circular(manager_of: dict[str, str | None]) -> list[str]:
    """Everybody on a circle of managers, sorted."""
    settled: set[str] = set()
    found: set[str] = set()
    for start in manager_of:
        path: dict[str, int] = {}
        current: str | None = start
        while current is not None and current in manager_of and current not in settled and current not in path:
            path[current] = len(path)
            current = manager_of[current]
        if current in path:
            found.update(list(path)[path[current] :])
        settled.update(path)
    return sorted(found)
