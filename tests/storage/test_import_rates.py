"""The European Central Bank's file and conversion at its rates."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from sqlmodel import func, select

from storage.models import ExchangeRate
from storage.rates import Rates
from storage.unit_of_work import Store
from tests.storage.files import bring, bring_one, counts

HISTORY = (
    "Date,USD,JPY,BGN,SEK,\n2026-10-30,1.1172,175.68,N/A,10.978,\n2026-10-29,1.1000,175.00,N/A,11.000,\n"
    "2026-10-26,1.0500,174.00,1.9558,N/A,\n"
)


def rates(store: Store) -> Rates:
    with store.read() as uow:
        return Rates.load(uow.session)


def test_the_file_as_published(store: Store, tmp_path: Path) -> None:
    (report,) = bring(store, tmp_path, {"eurofxref-hist.csv": HISTORY})
    assert (report.kind, counts(report), report.notes) == ("rates", (3, 3, 0, 0, 0), ())
    assert counts(bring_one(store, tmp_path, "rates.csv", HISTORY)) == (3, 0, 0, 3, 0)
    corrected = HISTORY.replace("1.1172", "1.1173") + "2026-10-23,1.04,170,1.9558,10.9,\n"
    assert counts(bring_one(store, tmp_path, "rates.csv", corrected)) == (4, 1, 1, 2, 0)


def test_conversion_is_exact_and_takes_the_last_rate_before(store: Store, tmp_path: Path) -> None:
    bring_one(store, tmp_path, "rates.csv", HISTORY)
    table = rates(store)
    assert table.convert(Decimal("111.72"), "USD", "EUR", date(2026, 10, 30)) == Decimal(100)
    assert table.convert(Decimal("110"), "USD", "SEK", date(2026, 10, 29)) == Decimal(1100)
    assert table.convert(Decimal("1"), "EUR", "USD", date(2026, 10, 28)) == Decimal("1.05")
    assert table.convert(Decimal("1"), "EUR", "USD", date(2026, 11, 20)) == Decimal("1.1172")
    assert table.convert(Decimal("1"), "EUR", "BGN", date(2026, 11, 20)) == Decimal("1.9558")
    assert table.convert(Decimal("5"), "ZAR", "ZAR", date(2000, 1, 1)) == Decimal(5)


def test_what_cannot_be_converted_is_none_never_0(store: Store, tmp_path: Path) -> None:
    bring_one(store, tmp_path, "rates.csv", HISTORY)
    table = rates(store)
    assert table.convert(Decimal(5), "SEK", "USD", date(2026, 10, 28)) is None
    assert table.convert(Decimal(5), "USD", "EUR", date(2026, 10, 25)) is None
    assert table.convert(Decimal(5), "ZAR", "USD", date(2026, 10, 30)) is None
    assert table.rate("ZAR", "USD", date(2026, 10, 30)) is None


def test_bad_days_are_kept_out(store: Store, tmp_path: Path) -> None:
    content = "Date,USD,XXQ\n2026-10-30,abc,1\n2026-10-29,0,1\n30.10.2026,1.1,1\n2026-10-28,1.1,1\n"
    report = bring_one(store, tmp_path, "rates.csv", content)
    assert counts(report) == (4, 1, 0, 0, 3)
    assert report.notes == ("columns not used: XXQ",)
    assert [row.column for row in report.quarantined] == ["USD", "USD", "Date"]


def test_a_file_without_currencies_is_refused(store: Store, tmp_path: Path) -> None:
    report = bring_one(store, tmp_path, "rates.csv", "Date,Rate\n2026-10-30,1.1\n")
    assert report.refused is not None
    assert "no column is a currency" in report.refused
    assert bring_one(store, tmp_path, "rates.csv", "day,USD\n2026-10-30,1.1\n").status == "refused"
    with store.read() as uow:
        assert uow.session.exec(select(func.count()).select_from(ExchangeRate)).one() == 0
