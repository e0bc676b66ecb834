"""FOCUS files: every shape that exports come in is loaded exactly or told apart with its reason, never miscounted."""

import gzip
import json
import os
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from storage.imports import focus_chunks
from storage.imports.costs import load_costs
from storage.imports.focus_chunks import FocusFile
from storage.imports.focus_values import day_of_text, model_of, parse_tags
from storage.models import Charge, ChargeKey, QuarantinedRow, Statement
from storage.models.ledger import day_number, day_of
from storage.unit_of_work import Store
from tests.storage.costs_files import COLUMNS, counts, line, spend, text_of, write

# shapes of files -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("shape", ["plain", "bom", "crlf", "gz", "no final newline"])
def test_shapes_of_csv(sqlite_store: Store, tmp_path: Path, mark: str, shape: str) -> None:
    tags = json.dumps({"user": "ada@acme.example", "note": 'a "quoted", word; here'})
    rows = [line(EffectiveCost="1.25"), line(EffectiveCost="-0.5", Tags=tags), line(EffectiveCost="1E-3")]
    data = text_of(rows, mark=mark).encode()
    data = {"bom": b"\xef\xbb\xbf" + data, "crlf": data.replace(b"\n", b"\r\n"), "gz": gzip.compress(data),
            "no final newline": data.rstrip(b"\n")}.get(shape, data)  # fmt: skip
    path = tmp_path / ("costs.csv.gz" if shape == "gz" else "costs.csv")
    path.write_bytes(data)
    report = load_costs(sqlite_store, [path])
    assert counts(report) == (3, 3, 0, 0, 0)
    assert spend(sqlite_store) == Decimal("0.751")
    with sqlite_store.read() as uow:
        assert json.loads(tags) in [key.tags for key in uow.session.exec(select(ChargeKey))]


def test_parquet_with_typed_columns(sqlite_store: Store, tmp_path: Path) -> None:
    rows = [line(EffectiveCost="1.10"), line(EffectiveCost="0.0000008", ChargePeriodStart="2026-09-05T00:00:00Z",
                                             ChargePeriodEnd="2026-09-06T00:00:00Z")]  # fmt: skip
    frame = pl.DataFrame(rows).with_columns(
        pl.col("BilledCost", "EffectiveCost").cast(pl.Float64),
        pl.col("ListCost").cast(pl.Decimal(20, 10)),
        pl.col("ChargePeriodStart", "ChargePeriodEnd").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_zone="UTC"),
        pl.col("BillingPeriodStart").str.slice(0, 10).str.to_date(),
        pl.Series("Tags", [[{"key": "user", "value": "ada@acme.example"}], None]),
    )
    frame.write_parquet(tmp_path / "costs.parquet")
    report = load_costs(sqlite_store, [tmp_path / "costs.parquet"])
    assert counts(report) == (2, 2, 0, 0, 0)
    assert spend(sqlite_store) == Decimal("1.1000008")
    with sqlite_store.read() as uow:
        assert {"user": "ada@acme.example"} in [key.tags for key in uow.session.exec(select(ChargeKey))]
        assert {day_of(day) for day in uow.session.exec(select(Charge.start_day))} == {date(2026, 9, 3), date(2026, 9, 5)}


def test_both_names_of_the_provider_and_any_case_and_order(sqlite_store: Store, tmp_path: Path) -> None:
    newer = [name.replace("ProviderName", "ServiceProviderName").upper() for name in reversed(COLUMNS)]
    row = {name.replace("ProviderName", "ServiceProviderName").upper(): value for name, value in line().items()}
    report = load_costs(sqlite_store, [write(tmp_path / "costs.csv", [row], columns=newer)])  # type: ignore[arg-type]
    assert counts(report) == (1, 1, 0, 0, 0)
    assert spend(sqlite_store) == 10


def test_unknown_columns_are_one_warning_line(sqlite_store: Store, tmp_path: Path) -> None:
    columns = [*(name for name in COLUMNS if name != "Tags"), "Id", "Tagz"]
    path = write(tmp_path / "costs.csv", [line()], columns=columns)  # type: ignore[arg-type]
    report = load_costs(sqlite_store, [path])
    assert report.notes == ("costs.csv: columns not used: Id, Tagz (did you mean Tags?)",)


@pytest.mark.parametrize(("old", "new", "said"), [
    ("EffectiveCost", "EfectiveCost", "the column 'EffectiveCost' is missing; is it 'EfectiveCost'?"),
    ("ServiceName", "Something", "the column 'ServiceName' is missing. Columns found"),
    ("ProviderName", "Provider_Name", "is it 'Provider_Name'?"),
    ("Tags", "ListCost", "'ListCost' appears twice"),
])  # fmt: skip
def test_a_wrong_header_refuses_the_file_whole(sqlite_store: Store, tmp_path: Path, old: str, new: str, said: str) -> None:
    columns = [new if name == old else name for name in COLUMNS]
    path = write(tmp_path / "costs.csv", [line()], columns=columns)  # type: ignore[arg-type]
    report = load_costs(sqlite_store, [path])
    assert report.refused and said in report.refused and report.refused.startswith("costs.csv:1:")
    with sqlite_store.read() as uow:
        assert uow.session.exec(select(Statement)).all() == []


@pytest.mark.parametrize("content", [b"", b"\n\n", "BilledCost".encode("utf-16"), b"PAR1broken"])
def test_files_without_a_header(sqlite_store: Store, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "costs.csv").write_bytes(content)
    report = load_costs(sqlite_store, [tmp_path / "costs.csv"])
    assert report.status == "refused" and report.refused


# values ----------------------------------------------------------------------------------------------------------

BAD = [
    ("BilledCost", "", None, "empty"),
    ("BilledCost", "NULL", None, "empty"),
    ("EffectiveCost", "$5.00", "$5.00", "not a number"),
    ("EffectiveCost", "1,234.50", "1,234.50", "not a number"),
    ("EffectiveCost", "99999999999999", "99999999999999", "too large"),
    ("ListCost", "abc", "abc", "not a number"),
    ("ConsumedQuantity", "many", "many", "not a number"),
    ("BillingCurrency", "US$", "US$", "ISO 4217"),
    ("BillingCurrency", "", None, "empty"),
    ("ChargeCategory", "Consumption", "Consumption", "expected Usage, Purchase, Tax, Credit or Adjustment"),
    ("ChargeCategory", "null", None, "empty"),
    ("ChargePeriodStart", "2026-13-01", "2026-13-01", "not a date"),
    ("ChargePeriodStart", "13/9/2026", "13/9/2026", "not a date"),
    ("ChargePeriodEnd", "2026-09-01T00:00:00Z", "2026-09-01T00:00:00Z", "before ChargePeriodStart"),
    ("BillingPeriodStart", "", None, "empty"),
    ("ServiceName", "NULL", None, "empty"),
    ("Tags", "{broken", "{broken", "not understood"),
]


@pytest.mark.parametrize(("column", "value", "shown", "reason"), BAD)
def test_a_row_that_is_not_understood_is_quarantined(
    sqlite_store: Store, tmp_path: Path, column: str, value: str, shown: str | None, reason: str
) -> None:
    path = write(tmp_path / "costs.csv", [line(), line(**{column: value}), line()])
    report = load_costs(sqlite_store, [path])
    assert counts(report) == (3, 2, 0, 0, 1)
    (bad,) = report.quarantined
    assert (bad.file, bad.line, bad.column, bad.value) == ("costs.csv", 3, column, shown)
    assert reason in bad.reason
    assert spend(sqlite_store) == 20
    with sqlite_store.read() as uow:
        (stored,) = uow.session.exec(select(QuarantinedRow)).all()
        assert (stored.line, stored.column, stored.reason) == (3, column, bad.reason)


GOOD_DAYS = [
    ("2026-09-03T00:00:00Z", "2026-09-04T00:00:00Z", date(2026, 9, 3), 1),
    ("2024-09-01 00:00:00", "2024-10-01 00:00:00", date(2024, 9, 1), 30),
    ("4/1/25", "5/1/25", date(2025, 4, 1), 30),
    ("2026-09-03", "2026-09-04", date(2026, 9, 3), 1),
    ("2026-09-03T22:00:00Z", "2026-09-03T23:00:00Z", date(2026, 9, 3), 1),
    ("2026-09-03T23:00:00+02:00", "2026-09-04T00:00:00+02:00", date(2026, 9, 3), 1),  # never shifted
    ("2026-09-03T23:00:00.000Z", "2026-09-04T01:00:00Z", date(2026, 9, 3), 2),
    ("2026-09-03T10:00:00Z", "2026-09-03T10:00:00Z", date(2026, 9, 3), 1),
]


@pytest.mark.parametrize(("start", "end", "first", "days"), GOOD_DAYS)
def test_days(sqlite_store: Store, tmp_path: Path, start: str, end: str, first: date, days: int) -> None:
    load_costs(sqlite_store, [write(tmp_path / "costs.csv", [line(ChargePeriodStart=start, ChargePeriodEnd=end)])])
    with sqlite_store.read() as uow:
        charge = uow.session.exec(select(Charge)).one()
    assert (day_of(charge.start_day), charge.end_day - charge.start_day) == (first, days)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)))
def test_a_written_day_is_read_as_written(moment: datetime) -> None:
    for text in (f"{moment:%Y-%m-%d}", f"{moment:%Y-%m-%dT%H:%M:%S}Z", f"{moment:%Y-%m-%d %H:%M:%S}"):
        assert day_of_text(text) == day_number(moment.date())
    within = bool(moment.hour or moment.minute or moment.second)
    assert day_of_text(f"{moment:%Y-%m-%dT%H:%M:%S}Z", round_up=True) == day_number(moment.date()) + within


AMOUNTS = st.decimals(min_value=Decimal("-9000000000"), max_value=Decimal("9000000000"), allow_nan=False).filter(
    lambda amount: amount.adjusted() > -19
)


@given(amounts=st.lists(AMOUNTS, min_size=1, max_size=20), form=st.sampled_from(["f", "E"]))
def test_amounts_are_exact_to_a_nano(amounts: list[Decimal], form: str) -> None:
    from storage.imports.focus_chunks import _completed
    from storage.imports.focus_values import typed
    from storage.types import to_nanos

    texts = [format(amount, form) for amount in amounts]
    frame = pl.DataFrame([{**line(EffectiveCost=text), "line": number} for number, text in enumerate(texts)])
    found = typed(_completed(frame), "costs.csv")
    short = [to_nanos(amount) for amount in amounts if -amount.as_tuple().exponent <= 18]  # type: ignore[operator]
    if len(short) == len(amounts):
        assert found.rows["effective_nanos"].to_list() == short
    assert not found.bad


def test_models() -> None:
    assert model_of('{"ModelId": "a", "x_ModelId": "b"}', "c", "d") == "a"
    assert model_of('{"x_ModelId": "b", "x_Model": "e"}', "c", "d") == "b"
    assert model_of('{"x_Model": "e"}', "c", "d") == "e"
    assert model_of('{"CoreCount": 4}', "c", "d") == "c"
    assert model_of("", "", "d") == "d"
    assert model_of("not json", "", "") == ""


def test_tags_as_exports_write_them() -> None:
    assert parse_tags('{"user": "a@b.c", "n": 1}') == {"user": "a@b.c", "n": 1}
    assert parse_tags('"user": "a@b.c"') == {"user": "a@b.c"}
    assert parse_tags('[{"key": "user", "value": "a@b.c"}]') == {"user": "a@b.c"}
    assert parse_tags("") == parse_tags("null") == {}
    for bad in ("{", "7", '"text"', "[1]x"):
        with pytest.raises(ValueError):
            parse_tags(bad)


# broken records --------------------------------------------------------------------------------------------------


def test_broken_lines_cost_nothing_but_themselves(sqlite_store: Store, tmp_path: Path) -> None:
    good = text_of([line(EffectiveCost="1")]).splitlines()[1]
    head = ",".join(COLUMNS)
    lines = [head, good, good + ",surplus", "only,three,fields", "", good, '"opened,and never closed', good,
             good.replace("Solora API", '"Solora\nAPI"'), good[: len(good) // 2]]  # fmt: skip
    path = tmp_path / "costs.csv"
    path.write_text("\n".join(lines))
    report = load_costs(sqlite_store, [path])
    assert (report.rows_new, report.rows_quarantined) == (4, 4)
    assert spend(sqlite_store) == 4
    assert [bad.line for bad in report.quarantined] == [3, 4, 7, 11]
    assert "ends in the middle" in report.quarantined[-1].reason


def test_not_utf8_and_a_cut_gz(sqlite_store: Store, tmp_path: Path) -> None:
    good = text_of([line(EffectiveCost="1"), line(EffectiveCost="2")]).encode()
    bad = tmp_path / "costs.csv"
    bad.write_bytes(good + good.splitlines()[1].replace(b"Solora API", b"Solor\xe4 API") + b"\n")
    assert [row.line for row in load_costs(sqlite_store, [bad]).quarantined] == [4]
    packed = tmp_path / "costs-cut.csv.gz"
    rows = [
        line(EffectiveCost="1", BillingAccountId="gz", Tags=json.dumps({"n": os.urandom(30).hex()})) for _ in range(2000)
    ]
    whole = gzip.compress(text_of(rows).encode())
    packed.write_bytes(whole[: len(whole) // 2])
    report = load_costs(sqlite_store, [packed])
    assert report.quarantined[-1].reason.startswith("the file is cut off")
    assert 0 < report.rows_new < 2000
    assert spend(sqlite_store) == 3 + report.rows_new


@pytest.mark.parametrize("block", [300, 1000, 5000])
def test_records_are_whole_whatever_the_size_of_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(focus_chunks, "BLOCK", block)
    rows = [line(EffectiveCost=str(number), Tags=json.dumps({"text": "a,\nb" * (number % 3)})) for number in range(60)]
    source = FocusFile(write(tmp_path / "costs.csv", rows))
    found = [chunk.frame for chunk in source.chunks()]
    assert len(found) > 1
    assert pl.concat(found)["EffectiveCost"].to_list() == [str(number) for number in range(60)]
