"""Statements of FOCUS files: replaced as a whole, appended to, never shorter in silence, never seen half."""

import gzip
from pathlib import Path

import pytest
from sqlmodel import select

from storage.imports.costs import CostImport, load_costs
from storage.imports.report import ImportReport
from storage.models import Charge, ChargeKey, ImportRun, QuarantinedRow, Rollup, Statement, StatementKey
from storage.unit_of_work import Store
from tests.storage.costs_files import counts, line, spend, write


def september(*amounts: str, day: int = 3, **changes: str) -> list[dict[str, str]]:
    start, end = f"2026-09-{day:02d}T00:00:00Z", f"2026-09-{day + 1:02d}T00:00:00Z"
    return [line(EffectiveCost=amount, ChargePeriodStart=start, ChargePeriodEnd=end, **changes) for amount in amounts]


def test_the_same_file_again_changes_nothing(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "costs.csv", september("1", "2", "2"))
    assert counts(load_costs(store, [path])) == (3, 3, 0, 0, 0)
    with store.read() as uow:
        before = uow.session.exec(select(Statement.id, Statement.batch)).all()
    again = load_costs(store, [path])
    assert (again.status, counts(again)) == ("unchanged", (3, 0, 0, 3, 0))
    with store.read() as uow:
        assert uow.session.exec(select(Statement.id, Statement.batch)).all() == before
        assert len(uow.session.exec(select(Charge)).all()) == 3
    assert spend(store) == 5


def test_identical_rows_count_and_identical_files_do_not(sqlite_store: Store, tmp_path: Path) -> None:
    one = write(tmp_path / "costs-1.csv", september("1", "1"))
    copy = tmp_path / "costs-2.csv.gz"
    copy.write_bytes(gzip.compress(one.read_bytes()))
    report = load_costs(sqlite_store, [one, copy])
    assert report.notes == ("costs-2.csv.gz is the same file as costs-1.csv; it counts once",)
    assert spend(sqlite_store) == 2


def test_files_of_one_command_are_one_statement(sqlite_store: Store, tmp_path: Path) -> None:
    files = [write(tmp_path / f"costs-{number}.csv", september(str(number))) for number in (1, 2)]
    load_costs(sqlite_store, files)
    assert spend(sqlite_store) == 3
    with sqlite_store.read() as uow:
        assert len(uow.session.exec(select(Statement)).all()) == 1


def test_a_statement_replaces_its_period_as_a_whole(store: Store, tmp_path: Path) -> None:
    other = line(EffectiveCost="100", BillingAccountId="a2")
    load_costs(store, [write(tmp_path / "costs-1.csv", [*september("1", "2"), other])])
    report = load_costs(
        store, [write(tmp_path / "costs-2.csv", september("2", "5", "7", day=9)[:0] + september("2", "5", "7"))]
    )
    assert counts(report) == (3, 1, 1, 1, 0)
    assert spend(store) == 114
    with store.read() as uow:
        assert {row.status for row in uow.session.exec(select(Statement))} == {"current"}
        ids = {row.id for row in uow.session.exec(select(Statement))}
        for table in (Charge, StatementKey, Rollup):
            assert {row.statement_id for row in uow.session.exec(select(table))} == ids


def test_an_earlier_end_is_refused_with_both_days(store: Store, tmp_path: Path) -> None:
    load_costs(store, [write(tmp_path / "costs-1.csv", september("1", day=20))])
    part = write(tmp_path / "costs-2.csv", [*september("2", day=10), line(EffectiveCost="50", BillingAccountId="a2")])
    report = load_costs(store, [part])
    assert report.status == "refused" and report.refused
    assert "2026-09-10" in report.refused and "2026-09-20" in report.refused and "--replace" in report.refused
    assert spend(store) == 1
    with store.read() as uow:
        assert len(uow.session.exec(select(Charge)).all()) == 1
        assert len(uow.session.exec(select(Statement)).all()) == 1
    assert load_costs(store, [part], replace=True).refused is None
    assert spend(store) == 52


def test_append_adds_a_delta_once(store: Store, tmp_path: Path) -> None:
    base, delta = (
        write(tmp_path / "costs-1.csv", september("1", day=20)),
        write(tmp_path / "costs-2.csv", september("5", day=2)),
    )
    load_costs(store, [base])
    assert counts(load_costs(store, [delta], append=True)) == (1, 1, 0, 0, 0)
    assert load_costs(store, [delta], append=True).status == "unchanged"
    assert spend(store) == 6
    load_costs(store, [write(tmp_path / "costs-3.csv", september("2", day=21))])
    assert spend(store) == 2


def test_a_dry_run_writes_nothing_and_tells_all(sqlite_store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "costs.csv", [*september("1", "2"), line(BilledCost="")])
    report = load_costs(sqlite_store, [path], dry_run=True)
    assert (report.status, counts(report)) == ("checked", (3, 2, 0, 0, 1))
    with sqlite_store.read() as uow:
        for table in (Statement, Charge, ChargeKey, ImportRun, QuarantinedRow):
            assert uow.session.exec(select(table)).all() == []
    load_costs(sqlite_store, [write(tmp_path / "late.csv", september("9", day=25))])
    assert "2026-09-25" in (load_costs(sqlite_store, [path], dry_run=True).refused or "")


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


def test_a_killed_import_is_not_seen_and_is_swept_by_the_next(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_costs(store, [write(tmp_path / "costs-1.csv", september("1"))])
    path = write(tmp_path / "costs-2.csv", september("2", "3"))

    def die(*_: object) -> ImportReport:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(CostImport, "_conclude", die)
        with pytest.raises(Killed):
            load_costs(store, [path])
    assert spend(store) == 1
    load_costs(store, [path])
    assert spend(store) == 5
    with store.read() as uow:
        assert len(uow.session.exec(select(Charge)).all()) == 2
        assert sorted(row.status for row in uow.session.exec(select(ImportRun))) == ["current", "current", "swept"]


def test_the_raw_file_is_kept_compressed(sqlite_store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "costs.csv", september("1"))
    report = load_costs(sqlite_store, [path], raw_dir=tmp_path / "raw")
    (kept,) = (tmp_path / "raw").iterdir()
    assert report.import_id and kept.name.startswith(report.import_id) and kept.suffix == ".gz"
    assert gzip.decompress(kept.read_bytes()) == path.read_bytes()


def test_tools_that_nothing_knows_are_discovered(sqlite_store: Store, tmp_path: Path) -> None:
    from storage.models import Tool

    load_costs(
        sqlite_store, [write(tmp_path / "costs.csv", september("1", ServiceName="Brand New AI", ProviderName="Newco"))]
    )
    with sqlite_store.read() as uow:
        tool = uow.session.exec(select(Tool)).one()
        assert (tool.name, tool.vendor, tool.status, tool.in_catalog) == ("Brand New AI", "Newco", "discovered", False)
