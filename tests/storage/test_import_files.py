"""CSV as it comes: delimiters, encodings, headers, half-written ends; what cannot be read is kept out with its reason."""

import gzip
import random
from pathlib import Path

import pytest
from sqlmodel import select

from storage.imports import load
from storage.imports.source import Refused
from storage.models import ImportRun, QuarantinedRow, Usage
from storage.unit_of_work import Store
from tests.storage.files import bring, bring_one, counts, put

USAGE = "day,tool,requests\n2026-10-01,Cursor,5\n2026-10-02,Cursor,7\n"


def requests(store: Store) -> list[tuple[str, int | None]]:
    with store.read() as uow:
        rows = uow.session.exec(select(Usage).order_by(Usage.day)).all()  # type: ignore[arg-type]
        return [(str(row.day), row.requests) for row in rows]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("packed", [False, True])
def test_every_way_to_write_a_csv(sqlite_store: Store, tmp_path: Path, mark: str, bom: bytes, packed: bool) -> None:
    content = bom + USAGE.replace(",", mark).replace("\n", "\r\n").encode()
    name = "usage.csv.gz" if packed else "usage.csv"
    report = bring_one(sqlite_store, tmp_path, name, gzip.compress(content) if packed else content)
    assert counts(report) == (2, 2, 0, 0, 0)
    assert requests(sqlite_store) == [("2026-10-01", 5), ("2026-10-02", 7)]


def test_columns_in_any_order_and_case_and_unknown_ones_named_once(sqlite_store: Store, tmp_path: Path) -> None:
    content = "Requests,Colour,TOOL,Size,Day\n5,red,Cursor,9,2026-10-01\n7,red,Cursor,9,2026-10-02\n"
    report = bring_one(sqlite_store, tmp_path, "usage.csv", content)
    assert requests(sqlite_store) == [("2026-10-01", 5), ("2026-10-02", 7)]
    assert report.notes == ("columns not used: Colour, Size",)


def test_quotes_line_breaks_and_blank_lines(sqlite_store: Store, tmp_path: Path) -> None:
    content = (
        "expense_id,date,merchant,amount,currency,memo\n"
        'E1,2026-10-01,"OPENAI, ""LLC""",20,USD,"two\nlines"\n\n'
        "E2,2026-10-01,Cursor,30,USD,\n"
    )
    report = bring_one(sqlite_store, tmp_path, "expenses.csv", content)
    assert counts(report) == (2, 2, 0, 0, 0)


def test_a_quote_never_closed_keeps_out_its_line_alone(sqlite_store: Store, tmp_path: Path) -> None:
    content = 'day,tool,requests\n2026-10-01,"Cursor,5\n2026-10-02,Cursor,7\n2026-10-03,Cursor,9\n'
    report = bring_one(sqlite_store, tmp_path, "usage.csv", content)
    assert counts(report) == (3, 2, 0, 0, 1)
    assert report.quarantined[0].line == 2
    assert "quote" in report.quarantined[0].reason


def test_a_bad_row_is_kept_out_with_file_line_column_value_and_reason(store: Store, tmp_path: Path) -> None:
    content = (
        "day,tool,requests,active\n2026-02-30,Cursor,1,\n2026-10-01,,2,\n2026-10-02,Cursor,-3,\n"
        "2026-10-03,Cursor,4,maybe\n2026-10-04,Cursor\n2026-10-05,Cursor,6,yes\n01/02/2026,Cursor,1,\n"
    )
    report = bring_one(store, tmp_path, "usage.csv", content)
    assert counts(report) == (7, 1, 0, 0, 6)
    with store.read() as uow:
        rows = uow.session.exec(select(QuarantinedRow).order_by(QuarantinedRow.line)).all()  # type: ignore[arg-type]
    found = [(row.file, row.line, row.column, row.value) for row in rows]
    assert found[:4] == [
        ("usage.csv", 2, "day", "2026-02-30"),
        ("usage.csv", 3, "tool", ""),
        ("usage.csv", 4, "requests", "-3"),
        ("usage.csv", 5, "active", "maybe"),
    ]
    assert found[4][:2] == ("usage.csv", 6)
    assert found[5] == ("usage.csv", 8, "day", "01/02/2026")
    assert [row.reason for row in rows] == [
        "no such day", "empty, but required", "not a whole number of 0 or more", "write yes or no",
        "the line has 2 fields, the header 4", "not a date; write YYYY-MM-DD",
    ]  # fmt: skip
    assert rows[2].raw == {"day": "2026-10-02", "tool": "Cursor", "requests": "-3", "active": ""}


def test_bytes_that_are_not_utf8_keep_out_their_line(sqlite_store: Store, tmp_path: Path) -> None:
    content = "day,tool,requests\n2026-10-01,Caf\xe9,5\n".encode("latin-1") + b"2026-10-02,Cursor,7\n"
    report = bring_one(sqlite_store, tmp_path, "usage.csv", content)
    assert counts(report) == (2, 1, 0, 0, 1)
    assert "UTF-8" in report.quarantined[0].reason


def test_a_half_written_last_line(sqlite_store: Store, tmp_path: Path) -> None:
    report = bring_one(sqlite_store, tmp_path, "usage.csv", USAGE + "2026-10-03,Cur")
    assert counts(report) == (3, 2, 0, 0, 1)
    assert "ends in the middle" in report.quarantined[0].reason


def test_a_cut_off_gzip_file_loads_what_is_whole(sqlite_store: Store, tmp_path: Path) -> None:
    numbers = random.Random(1)
    lines = [f"2026-10-01,tool {number},{numbers.randrange(10**9)}\n" for number in range(5000)]
    whole = gzip.compress(("day,tool,requests\n" + "".join(lines)).encode())
    report = bring_one(sqlite_store, tmp_path, "usage.csv.gz", whole[: len(whole) // 2])
    assert 1000 < report.rows_new < 4000
    assert report.rows_quarantined == 1
    assert "cut off" in report.quarantined[0].reason
    assert any("cut off" in note for note in report.notes)
    again = bring_one(sqlite_store, tmp_path, "usage.csv.gz", whole)
    assert (again.rows_new, again.rows_unchanged) == (5000 - report.rows_new, report.rows_new)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("day,tol,requests", "the column 'tool' is missing; is it 'tol'?"),
        ("requests,tool", "the column 'day' is missing"),
        ("day,tool,Day", "'day' appears twice"),
        ("", "is empty"),
    ],
)
def test_a_wrong_header_refuses_the_whole_file(sqlite_store: Store, tmp_path: Path, header: str, said: str) -> None:
    content = f"{header}\n2026-10-01,Cursor,5\n" if header else ""
    report = bring_one(sqlite_store, tmp_path, "usage.csv", content)
    assert report.status == "refused"
    assert report.refused is not None
    assert said in report.refused
    assert requests(sqlite_store) == []


def test_utf16_is_refused_with_advice(sqlite_store: Store, tmp_path: Path) -> None:
    report = bring_one(sqlite_store, tmp_path, "usage.csv", USAGE.encode("utf-16"))
    assert report.refused is not None
    assert "UTF-16" in report.refused


def test_the_same_file_twice_changes_nothing(store: Store, tmp_path: Path) -> None:
    content = USAGE + "2026-10-03,Cursor,oops\n"
    first = bring_one(store, tmp_path, "usage.csv", content)
    assert counts(first) == (3, 2, 0, 0, 1)
    second = bring_one(store, tmp_path, "usage.csv", content)
    assert counts(second) == (3, 0, 0, 2, 1)
    assert second.status == "unchanged"
    with store.read() as uow:
        open_rows = uow.session.exec(select(QuarantinedRow).where(QuarantinedRow.resolved_at == None)).all()  # noqa: E711
    assert len(open_rows) == 1


def test_a_corrected_file_settles_its_quarantined_rows(store: Store, tmp_path: Path) -> None:
    bring_one(store, tmp_path, "usage.csv", USAGE + "2026-10-03,Cursor,oops\n")
    bring_one(store, tmp_path, "usage.csv", USAGE + "2026-10-03,Cursor,9\n")
    with store.read() as uow:
        (row,) = uow.session.exec(select(QuarantinedRow)).all()
    assert row.resolved_at is not None


def test_the_last_row_of_a_key_counts(store: Store, tmp_path: Path) -> None:
    content = USAGE + "2026-10-01,Cursor,50\n"
    report = bring_one(store, tmp_path, "usage.csv", content)
    assert counts(report) == (3, 2, 0, 1, 0)
    assert requests(store)[0] == ("2026-10-01", 50)
    assert counts(bring_one(store, tmp_path, "usage.csv", content)) == (3, 0, 0, 3, 0)


def test_a_dry_run_writes_nothing(store: Store, tmp_path: Path) -> None:
    bring_one(store, tmp_path, "usage.csv", USAGE)
    content = USAGE.replace("7", "8") + "2026-10-03,Cursor,9\n"
    report = bring_one(store, tmp_path, "usage.csv", content, dry_run=True)
    assert counts(report) == (3, 1, 1, 1, 0)
    assert report.status == "checked"
    assert requests(store) == [("2026-10-01", 5), ("2026-10-02", 7)]


def test_kinds_come_from_names_or_the_option(sqlite_store: Store, tmp_path: Path) -> None:
    bring(sqlite_store, tmp_path, {"usage-2026.10.csv": USAGE})
    bring(sqlite_store, tmp_path, {"export.csv": USAGE.replace("Cursor", "Poe")}, kind="usage")
    assert len(requests(sqlite_store)) == 4
    with pytest.raises(Refused, match="did you mean usage"):
        bring(sqlite_store, tmp_path, {"usages.csv": USAGE})
    with pytest.raises(Refused, match="no such file"):
        load(sqlite_store, [tmp_path / "nothing.csv"])
    with pytest.raises(Refused, match="no file of a known kind"):
        (tmp_path / "empty").mkdir()
        load(sqlite_store, [tmp_path / "empty"])


def test_a_folder_is_read_in_the_order_of_dependence_and_one_bad_file_leaves_the_others(
    sqlite_store: Store, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    people = "employee_id,work_email,display_name,department\n1,ada@acme.example,Ada,Engineering\n"
    put(folder, {"usage.csv": USAGE, "people.csv": people, "budgets.csv": "what\n1\n", "README.txt": "no data"})
    reports = load(sqlite_store, [folder])
    assert [(report.kind, report.status) for report in reports] == [
        ("people", "imported"), ("budgets", "refused"), ("usage", "imported"),
    ]  # fmt: skip


def test_every_import_is_recorded(sqlite_store: Store, tmp_path: Path) -> None:
    report = bring_one(sqlite_store, tmp_path, "usage.csv", USAGE)
    with sqlite_store.read() as uow:
        run = uow.session.get(ImportRun, report.import_id)
    assert run is not None
    assert (run.kind, run.status, run.files, run.rows_new, run.derived) == ("usage", "current", ["usage.csv"], 2, True)
