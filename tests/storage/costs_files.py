"""FOCUS files for tests, and what they gave."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path

from storage.imports.report import ImportReport
from storage.org import load_org
from storage.spend_query import Period, RowScope
from storage.spend_sql import cells
from storage.types import from_nanos
from storage.unit_of_work import Store

COLUMNS = [
    "BilledCost",
    "BillingAccountId",
    "BillingCurrency",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "ServiceName",
    "ProviderName",
    "ConsumedQuantity",
    "ConsumedUnit",
    "Tags",
]


def line(**changes: str) -> dict[str, str]:
    usual = {
        "BilledCost": "10", "BillingAccountId": "a1", "BillingCurrency": "USD", "BillingPeriodStart": "2026-09-01T00:00:00Z",
        "ChargeCategory": "Usage", "ChargePeriodEnd": "2026-09-04T00:00:00Z", "ChargePeriodStart": "2026-09-03T00:00:00Z",
        "EffectiveCost": "10", "InvoiceIssuerName": "Solora", "ListCost": "12", "ServiceName": "Solora API",
        "ProviderName": "Solora", "ConsumedQuantity": "", "ConsumedUnit": "", "Tags": "",
    }  # fmt: skip
    return usual | changes


def text_of(rows: Iterable[dict[str, str]], columns: Iterable[str] = COLUMNS, mark: str = ",") -> str:
    def cell(value: str) -> str:
        return '"' + value.replace('"', '""') + '"' if any(sign in value for sign in (mark, '"', "\n")) else value

    names = list(columns)
    lines = [mark.join(names), *(mark.join(cell(row.get(name, "")) for name in names) for row in rows)]
    return "\n".join(lines) + "\n"


def write(path: Path, rows: Iterable[dict[str, str]], **options: str) -> Path:
    path.write_text(text_of(rows, **options), encoding="utf-8")  # type: ignore[arg-type]
    return path


def spend(store: Store) -> Decimal:
    with store.read() as uow:
        found = cells(
            uow.session, "effective", period=Period(start=date(2020, 1, 1), end=date(2030, 1, 1)),
            scope=RowScope(everything=True), today=date(2026, 11, 23), org=load_org(uow.session),
        )  # fmt: skip
    return sum((from_nanos(cell.nanos) for cell in found), Decimal(0))


def counts(report: ImportReport) -> tuple[int, int, int, int, int]:
    return report.rows_read, report.rows_new, report.rows_changed, report.rows_unchanged, report.rows_quarantined
