"""Loads the European Central Bank's `eurofxref-hist.csv`: a row per day, a column per currency, 1 EUR = X.

`N/A` and empty cells are days without a rate. The currencies are the columns, so that new ones need no new Bursar.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert, update
from sqlmodel import col, select

from storage.currencies import ISO_4217
from storage.imports import fields
from storage.imports.report import ImportReport, Quarantined, Tally
from storage.imports.runs import Context, begin, keep_quarantined, make_current
from storage.imports.source import CsvSource, Record, Refused
from storage.imports.staging import Staging
from storage.imports.tables import report_of
from storage.models import ExchangeRate

DAYS_AT_ONCE = 50  # about 2,000 rates in one transaction
# Codes that the file has columns for although ISO 4217 has dropped them.
PAST = frozenset("CYP EEK LTL LVL MTL ROL SIT SKK TRL".split())  # noqa: SIM905
DayRates = tuple[date, dict[str, str]]


def load_rates(context: Context, path: Path) -> ImportReport:
    """One file; its rows are days. Raises Refused."""
    tally = Tally()
    known = ["Date", *sorted(ISO_4217 | PAST)]
    source = CsvSource(path, known, ["Date"])
    if sum(name is not None for name in source.header) < 2:
        raise Refused(f"{path.name}: no column is a currency; import the ECB's eurofxref-hist.csv as published")
    run_id = None if context.dry_run else begin(context, "rates", path)
    with Staging() as staging:
        days = read_days(source, tally, staging)
        while chunk := dict(islice(days, DAYS_AT_ONCE)):
            write_days(context, chunk, tally, write=run_id is not None)
            context.tell(f"reading {path.name}", source.position, source.size)
        tally.notes += source.notes
        changed = tally.new + tally.changed > 0
        if run_id is None:
            return report_of("rates", path.name, "checked", tally, None)
        keep_quarantined(context, run_id, "rates", staging)
    with context.store.write() as uow:
        make_current(uow.session, run_id, tally, uow.now)
    context.changes.anything |= changed
    return report_of("rates", path.name, "imported" if changed else "unchanged", tally, run_id)


def read_days(source: CsvSource, tally: Tally, staging: Staging) -> Iterator[DayRates]:
    for record in source.records():
        tally.read += 1
        row = read_day(source.name, record)
        if isinstance(row, Quarantined):
            tally.quarantine(row)
            staging.quarantine(row, record.values)
        else:
            yield row


def read_day(file: str, record: Record) -> DayRates | Quarantined:
    if record.problem is not None:
        return Quarantined(file, record.line, None, record.values.get("", "")[:500], record.problem)
    rates: dict[str, str] = {}
    for name, cell in record.values.items():
        if cell in ("", "N/A"):
            continue
        try:
            if name == "Date":
                day = fields.day(cell)
            else:
                rates[name] = positive(cell)
        except ValueError as error:
            return Quarantined(file, record.line, name, cell, str(error))
    if not record.values.get("Date"):
        return Quarantined(file, record.line, "Date", "", "empty, but required")
    return day, rates


def positive(cell: str) -> str:
    rate = fields.decimal(cell)
    if rate <= 0:
        raise ValueError("a rate must be more than 0")
    return cell.lstrip("+")


def write_days(context: Context, chunk: dict[date, dict[str, str]], tally: Tally, write: bool) -> None:
    with context.store.read() as uow:
        query = select(col(ExchangeRate.day), col(ExchangeRate.currency), col(ExchangeRate.rate))
        found = uow.session.exec(query.where(col(ExchangeRate.day).in_(chunk))).all()
    stored = {(day, currency): rate for day, currency, rate in found}
    known_days = {day for day, _ in stored}
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for day, rates in chunk.items():
        differing = {currency: rate for currency, rate in rates.items() if differs(stored.get((day, currency)), rate)}
        tally.new += day not in known_days
        tally.changed += day in known_days and bool(differing)
        tally.unchanged += day in known_days and not differing
        for currency, rate in differing.items():
            (changed if (day, currency) in stored else new).append({"day": day, "currency": currency, "rate": rate})
    if write and (new or changed):
        with context.store.write() as uow:
            if new:
                uow.session.execute(insert(ExchangeRate), new)
            for row in changed:
                where = (col(ExchangeRate.day) == row["day"], col(ExchangeRate.currency) == row["currency"])
                uow.session.execute(update(ExchangeRate).where(*where).values(rate=row["rate"]))


def differs(stored: str | None, rate: str) -> bool:
    return stored is None or Decimal(stored) != Decimal(rate)
