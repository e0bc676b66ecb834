"""Seats: full snapshots, what they lose, keep and first show, in whatever order they come."""

from datetime import date
from itertools import permutations
from pathlib import Path

import pytest
from sqlmodel import select

from storage.models import Seat, SeatSnapshot, Tool
from storage.unit_of_work import Store
from tests.storage.files import CATALOG, bring, bring_one, counts, facts

HEAD = "tool,work_email,as_of,plan,assigned_on,last_active_on,activity_tracked,status"
NAMES = [f"p{number:02d}" for number in range(20)]
STAFF = "employee_id,work_email,display_name,department\n" + "".join(
    f"{name},{name}@x.example,{name},Eng\n" for name in NAMES
)


@pytest.fixture
def staffed(store: Store, tmp_path: Path) -> Store:
    bring_one(store, tmp_path, "people.csv", STAFF)
    return store


def snapshot(day: str, names: list[str], tool: str = "Cursor", rest: str = ",,,,") -> str:
    return "\n".join([HEAD, *(f"{tool},{name}@x.example,{day}{',' if rest else ''}{rest}" for name in names)]) + "\n"


def shown(store: Store) -> dict[tuple[str, str], list[str]]:
    """(tool name, day) of current snapshots → who has a seat."""
    with store.read() as uow:
        query = select(Seat, SeatSnapshot).join(SeatSnapshot, SeatSnapshot.id == Seat.snapshot_id)  # type: ignore[arg-type]
        found: dict[tuple[str, str], list[str]] = {}
        for seat, found_in in uow.session.exec(query.order_by(Seat.work_email)).all():
            if found_in.status == "current":
                found.setdefault((found_in.tool_name, str(found_in.as_of)), []).append(seat.work_email.split("@")[0])
        return found


def first_seen(store: Store, name: str, day: str) -> date:
    with store.read() as uow:
        query = select(Seat.first_seen_on).join(SeatSnapshot, SeatSnapshot.id == Seat.snapshot_id)  # type: ignore[arg-type]
        return uow.session.exec(
            query.where(Seat.work_email == f"{name}@x.example", SeatSnapshot.as_of == date.fromisoformat(day))
        ).one()


def test_values_and_defaults(staffed: Store, tmp_path: Path) -> None:
    content = (
        f"{HEAD}\nCursor,P01@x.example,2026-10-01,Pro,2026-01-05,2026-09-30,no,Suspended\n"
        "Cursor,p02@x.example,2026-10-01,,,,,\n"
    )
    assert counts(bring_one(staffed, tmp_path, "seats.csv", content)) == (2, 2, 0, 0, 0)
    with staffed.read() as uow:
        one, two = uow.session.exec(select(Seat).order_by(Seat.work_email)).all()
    assert (one.plan, one.assigned_on, one.first_seen_on, one.activity_tracked, one.status) == (
        "Pro", date(2026, 1, 5), date(2026, 1, 5), False, "suspended",
    )  # fmt: skip
    assert (two.plan, two.assigned_on, two.first_seen_on, two.activity_tracked, two.status) == (
        None, None, date(2026, 10, 1), True, "assigned",
    )  # fmt: skip
    assert counts(bring_one(staffed, tmp_path, "seats.csv", content)) == (2, 0, 0, 2, 0)


def test_a_seat_missing_later_is_gone(staffed: Store, tmp_path: Path) -> None:
    bring_one(staffed, tmp_path, "seats-1.csv", snapshot("2026-10-01", NAMES))
    bring_one(staffed, tmp_path, "seats-2.csv", snapshot("2026-10-08", NAMES[2:]))
    assert shown(staffed)[("Cursor", "2026-10-08")] == NAMES[2:]


def test_losing_more_than_a_tenth_waits_for_a_yes(staffed: Store, tmp_path: Path) -> None:
    bring_one(staffed, tmp_path, "seats-1.csv", snapshot("2026-10-01", NAMES))
    content = snapshot("2026-10-08", NAMES[3:])
    report = bring_one(staffed, tmp_path, "seats-2.csv", content)
    assert report.status == "waiting"
    assert "--accept" in report.notes[0]
    assert ("Cursor", "2026-10-08") not in shown(staffed)
    assert bring_one(staffed, tmp_path, "seats-2.csv", content).status == "waiting"
    report = bring_one(staffed, tmp_path, "seats-2.csv", content, accept=True)
    assert report.status == "imported"
    assert shown(staffed)[("Cursor", "2026-10-08")] == NAMES[3:]
    assert bring_one(staffed, tmp_path, "seats-2.csv", content).status == "unchanged"


def test_a_waiting_snapshot_is_not_what_the_next_is_measured_by(staffed: Store, tmp_path: Path) -> None:
    bring_one(staffed, tmp_path, "seats-1.csv", snapshot("2026-10-01", NAMES))
    bring_one(staffed, tmp_path, "seats-2.csv", snapshot("2026-10-08", NAMES[:1]))
    bring_one(staffed, tmp_path, "seats-3.csv", snapshot("2026-10-15", NAMES[1:]))
    assert sorted(shown(staffed)) == [("Cursor", "2026-10-01"), ("Cursor", "2026-10-15")]
    assert first_seen(staffed, "p05", "2026-10-15") == date(2026, 10, 1)


@pytest.mark.parametrize(
    "bad",
    [
        "Cursor,p00@x.example,2026-10-08,,not-a-day,,,",
        "Cursor,p00@x.example,2026-13-01,,,,,",
        ",p00@x.example,2026-10-08,,,,,",
    ],
)
def test_a_seat_whose_row_cannot_be_read_keeps_its_last_state(staffed: Store, tmp_path: Path, bad: str) -> None:
    bring_one(staffed, tmp_path, "seats-1.csv", snapshot("2026-10-01", NAMES, rest="Pro,2026-02-03,2026-09-01,,"))
    bring_one(staffed, tmp_path, "seats-2.csv", snapshot("2026-10-08", NAMES[1:]) + bad + "\n")
    assert shown(staffed)[("Cursor", "2026-10-08")] == NAMES
    with staffed.read() as uow:
        kept = uow.session.exec(select(Seat).where(Seat.carried)).one()
    assert (kept.plan, kept.last_active_on, kept.first_seen_on) == ("Pro", date(2026, 9, 1), date(2026, 2, 3))


def test_unreadable_rows_are_no_loss(staffed: Store, tmp_path: Path) -> None:
    bring_one(staffed, tmp_path, "seats-1.csv", snapshot("2026-10-01", NAMES))
    bad = "".join(f"Cursor,{name}@x.example,2026-10-08,,?,,,\n" for name in NAMES[:10])
    report = bring_one(staffed, tmp_path, "seats-2.csv", snapshot("2026-10-08", NAMES[10:]) + bad)
    assert report.status == "imported"
    assert shown(staffed)[("Cursor", "2026-10-08")] == NAMES


def test_first_seen_in_any_order(sqlite_store: Store, tmp_path: Path) -> None:
    files = {
        "people.csv": STAFF,
        "seats-1.csv": snapshot("2026-09-01", NAMES[:18]),
        "seats-2.csv": snapshot("2026-10-01", NAMES[:19]),
        "seats-3.csv": snapshot("2026-11-01", NAMES[1:]) + "Cursor,p00@x.example,2026-11-01,,oops,,,\n",
        "seats-4.csv": snapshot("2026-11-08", NAMES[:5]),
    }
    results = []
    for order in list(permutations(files))[::11]:
        with fresh(sqlite_store):
            for name in order:
                bring_one(sqlite_store, tmp_path, name, files[name])
            results.append(facts(sqlite_store))
            assert first_seen(sqlite_store, "p18", "2026-11-01") == date(2026, 10, 1)
            assert first_seen(sqlite_store, "p00", "2026-11-01") == date(2026, 9, 1)
            assert ("Cursor", "2026-11-08") not in shown(sqlite_store)
    assert all(result == results[0] for result in results)


def fresh(store: Store):  # type: ignore[no-untyped-def]
    """An empty database for the block."""
    from contextlib import contextmanager

    from sqlmodel import SQLModel

    @contextmanager
    def emptied():  # type: ignore[no-untyped-def]
        yield
        with store.write() as uow:
            for table in reversed(SQLModel.metadata.sorted_tables):
                uow.session.execute(table.delete())

    return emptied()


def test_a_seat_that_comes_back_is_a_new_one(staffed: Store, tmp_path: Path) -> None:
    bring_one(staffed, tmp_path, "seats-1.csv", snapshot("2026-09-01", NAMES))
    bring_one(staffed, tmp_path, "seats-2.csv", snapshot("2026-10-01", NAMES[1:]))
    bring_one(staffed, tmp_path, "seats-3.csv", snapshot("2026-11-01", NAMES))
    assert first_seen(staffed, "p00", "2026-11-01") == date(2026, 11, 1)
    assert first_seen(staffed, "p01", "2026-11-01") == date(2026, 9, 1)


def test_two_files_make_one_snapshot_and_replace_makes_one_file_the_whole(staffed: Store, tmp_path: Path) -> None:
    bring_one(staffed, tmp_path, "seats-a.csv", snapshot("2026-10-01", NAMES[:2]))
    bring_one(staffed, tmp_path, "seats-b.csv", snapshot("2026-10-01", NAMES[2:4]))
    assert shown(staffed)[("Cursor", "2026-10-01")] == NAMES[:4]
    bring_one(staffed, tmp_path, "seats-b.csv", snapshot("2026-10-01", NAMES[2:4]), replace=True)
    assert shown(staffed)[("Cursor", "2026-10-01")] == NAMES[2:4]


@pytest.mark.parametrize("catalog_first", [True, False])
def test_two_names_of_a_tool_are_one_history(staffed: Store, tmp_path: Path, catalog_first: bool) -> None:
    seats = {
        "seats-1.csv": snapshot("2026-09-01", NAMES, tool="copilot"),
        "seats-2.csv": snapshot("2026-10-01", NAMES[:12], tool="GitHub  Copilot")
        + snapshot("2026-10-01", NAMES[12:], tool="GITHUB-COPILOT").split("\n", 1)[1],
    }
    steps = [{"catalog.yaml": CATALOG}, seats] if catalog_first else [seats, {"catalog.yaml": CATALOG}]
    for files in steps:
        bring(staffed, tmp_path, files)
    with staffed.read() as uow:
        assert uow.session.exec(select(Tool.slug).order_by(Tool.slug)).all() == ["chatgpt", "github-copilot"]
        statuses = uow.session.exec(select(SeatSnapshot.status).order_by(SeatSnapshot.as_of)).all()  # type: ignore[arg-type]
    assert sorted(statuses) == ["current", "current", "merged"]
    october = [names for (_, day), names in shown(staffed).items() if day == "2026-10-01"]
    assert october == [NAMES]
    assert {str(day) for day in (first_seen_all(staffed))} == {"2026-09-01"}


def first_seen_all(store: Store) -> list[date]:
    with store.read() as uow:
        query = select(Seat.first_seen_on).join(SeatSnapshot, SeatSnapshot.id == Seat.snapshot_id)  # type: ignore[arg-type]
        return list(uow.session.exec(query.where(SeatSnapshot.status == "current")).all())


def test_a_new_address_of_a_person_is_no_new_seat(staffed: Store, tmp_path: Path) -> None:
    bring_one(staffed, tmp_path, "seats-1.csv", snapshot("2026-09-01", NAMES))
    renamed = STAFF.replace("@x.example", "@y.example")
    bring_one(staffed, tmp_path, "people.csv", renamed)
    report = bring_one(staffed, tmp_path, "seats-2.csv", snapshot("2026-10-01", NAMES).replace("@x.", "@y."))
    assert report.status == "imported"
    with staffed.read() as uow:
        days = set(uow.session.exec(select(Seat.first_seen_on)).all())
    assert days == {date(2026, 9, 1)}
