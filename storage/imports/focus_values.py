"""FOCUS text into typed charges, vectorised; a row with a value that cannot be understood is told apart with its reason."""

import json
import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import polars as pl

from storage.currencies import ISO_4217
from storage.imports.focus_columns import CATEGORIES, PROVIDERS, USED
from storage.imports.report import Quarantined
from storage.models.ledger import day_number

NULLS = ("", "null", "n/a", "none", "nan")
KEY_COLUMNS = (
    "provider", "ServiceName", "SubAccountId", "SubAccountName", "SkuId", "ChargeCategory", "ConsumedUnit",
    "BillingCurrency", "SkuPriceDetails", "x_model", "resource", "Tags",
)  # fmt: skip
IDENTITY = ("InvoiceIssuerName", "BillingAccountId", "period_day")
AMOUNTS = {"BilledCost": 9, "EffectiveCost": 9, "ListCost": 9, "ConsumedQuantity": 3}
DAYS = ("BillingPeriodStart", "ChargePeriodStart", "ChargePeriodEnd")
FILLED = ("InvoiceIssuerName", "BillingAccountId", "ServiceName")

_MOST = 2**63 - 1
_US_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2}|\d{4})(?:[T ](\d{1,2}:\d{2}(?::\d{2})?))?")
_ISO = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(?:Z|UTC|[+-]\d{2}:?\d{2})?)?", re.IGNORECASE
)


@dataclass
class Charges:
    """Good rows: `line`, IDENTITY, KEY_COLUMNS and charge amounts; and the rows kept out."""

    rows: pl.DataFrame
    bad: list[Quarantined]


def typed(texts: pl.DataFrame, file: str) -> Charges:
    """`texts` has the used columns of FOCUS as they were written."""
    values = texts.with_columns(_plain(name) for name in USED)
    values = values.with_columns(*_amounts(), *_days(values), *_names())
    values = values.with_columns(_problem().alias("problem"))
    bad = values.filter(pl.col("problem").is_not_null())
    good = values.filter(pl.col("problem").is_null()) if bad.height else values
    rows = good.select(
        "line", *IDENTITY, *(pl.col(name).fill_null("") for name in KEY_COLUMNS),
        pl.col("start").alias("start_day"),
        pl.max_horizontal(pl.col("start") + 1, pl.col("finish")).alias("end_day"),
        pl.col("EffectiveCost_n").alias("effective_nanos"), pl.col("BilledCost_n").alias("billed_nanos"),
        pl.col("ListCost_n").alias("list_nanos"), pl.col("ConsumedQuantity_n").alias("consumed_milli"),
    )  # fmt: skip
    return Charges(rows, [_quarantined(file, row) for row in bad.iter_rows(named=True)])


def _plain(name: str) -> pl.Expr:
    """Without outer blanks; what files write for "nothing" is null."""
    text = pl.col(name).str.strip_chars()
    return pl.when(text.str.to_lowercase().is_in(NULLS)).then(None).otherwise(text).alias(name)


def _amounts() -> list[pl.Expr]:
    """Exact integers of 10⁻⁹ (quantities 10⁻³), half-even beyond; null where the text is no number or does not fit."""
    found = []
    for name, scale in AMOUNTS.items():
        number = pl.col(name).cast(pl.Decimal(38, 18), strict=False)
        within = pl.when(number.abs() <= _MOST // 10**scale).then(number).otherwise(None)
        scaled = (within * 10**scale).round(0, mode="half_to_even")
        found.append(scaled.cast(pl.Int64, strict=False).alias(f"{name}_n"))
    return found


def _days(values: pl.DataFrame) -> list[pl.Series]:
    """Day numbers; `finish` is the first day after the charge period."""
    start, end = _day_numbers(values["ChargePeriodStart"], False), _day_numbers(values["ChargePeriodEnd"], True)
    period = _day_numbers(values["BillingPeriodStart"], False)
    return [start.alias("start"), end.alias("finish"), period.alias("period_day")]


def _day_numbers(texts: pl.Series, round_up: bool) -> pl.Series:
    distinct = texts.drop_nulls().unique()
    numbers = pl.Series([day_of_text(text, round_up) for text in distinct.to_list()], dtype=pl.Int32)
    return texts.replace_strict(distinct, numbers, default=None, return_dtype=pl.Int32)


@lru_cache(maxsize=100_000)
def day_of_text(text: str, round_up: bool = False) -> int | None:
    """The number of the day that is written, never shifted; None when it is no date.

    `round_up`: an instant within a day means the end of a half-open period, so the day after. US dates are month first.
    """
    iso, us = _ISO.fullmatch(text), _US_DATE.fullmatch(text)
    try:
        if iso:
            day, clock = date.fromisoformat(iso[1]), iso[2]
        elif us:
            year = int(us[3]) + (2000 if len(us[3]) == 2 else 0)
            day, clock = date(year, int(us[1]), int(us[2])), us[4]
        else:
            return None
    except ValueError:
        return None
    if clock and not _is_time(clock):
        return None
    within = bool(clock) and any(digit in "123456789" for digit in clock)
    return day_number(day) + (1 if round_up and within else 0)


def _is_time(clock: str) -> bool:
    hour, minute = clock.split(":")[:2]
    return int(hour) < 24 and int(minute) < 60


def _names() -> list[pl.Expr]:
    by_fold = {name.casefold(): name for name in CATEGORIES}
    is_model = pl.col("ResourceType").str.to_lowercase().str.contains("model", literal=True).fill_null(False)
    return [
        pl.coalesce(*PROVIDERS).alias("provider"),
        pl.when(is_model).then("ResourceName").otherwise(None).alias("resource"),
        pl.col("BillingCurrency").str.to_uppercase(),
        pl.col("ChargeCategory").alias("category_text"),
        pl.col("ChargeCategory").str.to_lowercase().replace_strict(by_fold, default=None, return_dtype=pl.String),
    ]


def _problem() -> pl.Expr:
    """`column|reason` of the first thing wrong with a row, null when there is none."""
    checks = [pl.when(pl.col(name).is_null()).then(pl.lit(f"{name}|empty")) for name in FILLED]
    checks.append(pl.when(pl.col("provider").is_null()).then(pl.lit("ServiceProviderName|empty")))
    for name, column in (
        ("BillingPeriodStart", "period_day"),
        ("ChargePeriodStart", "start"),
        ("ChargePeriodEnd", "finish"),
    ):
        checks.append(pl.when(pl.col(name).is_null()).then(pl.lit(f"{name}|empty")))
        checks.append(pl.when(pl.col(column).is_null()).then(pl.lit(f"{name}|not a date; write YYYY-MM-DDTHH:MM:SSZ")))
    backwards = pl.col("finish") < pl.col("start")
    checks.append(pl.when(backwards).then(pl.lit("ChargePeriodEnd|before ChargePeriodStart")))
    checks.append(pl.when(pl.col("category_text").is_null()).then(pl.lit("ChargeCategory|empty")))
    allowed = f"ChargeCategory|expected {', '.join(CATEGORIES[:-1])} or {CATEGORIES[-1]}"
    checks.append(pl.when(pl.col("ChargeCategory").is_null()).then(pl.lit(allowed)))
    checks.append(pl.when(pl.col("BillingCurrency").is_null()).then(pl.lit("BillingCurrency|empty")))
    unknown = ~pl.col("BillingCurrency").is_in(sorted(ISO_4217))
    checks.append(pl.when(unknown).then(pl.lit("BillingCurrency|not a currency code of ISO 4217, such as USD")))
    for name in AMOUNTS:
        if name in ("BilledCost", "EffectiveCost"):
            checks.append(pl.when(pl.col(name).is_null()).then(pl.lit(f"{name}|empty")))
        wrong = pl.col(name).is_not_null() & pl.col(f"{name}_n").is_null()
        checks.append(pl.when(wrong).then(pl.lit(f"{name}|not a number, or too large; write a decimal like 12.34")))
    return pl.coalesce(check.otherwise(None) for check in checks)


def _quarantined(file: str, row: dict[str, Any]) -> Quarantined:
    column, reason = str(row["problem"]).split("|", 1)
    value = row["category_text"] if column == "ChargeCategory" else row.get(column)
    return Quarantined(file, int(row["line"]), column, value, reason)


def parse_tags(text: str) -> dict[str, Any]:
    """`Tags` as a flat object. Also takes a list of {key, value} and pairs without braces. Raises ValueError."""
    if not text:
        return {}
    try:
        data = json.loads(text)
    except ValueError:
        data = json.loads("{" + text + "}")
    if isinstance(data, list):
        data = {item["key"]: item.get("value") for item in data if isinstance(item, dict) and "key" in item}
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise ValueError("not a JSON object")
    return {str(key): value for key, value in data.items()}


def model_of(details: str, x_model: str, resource: str) -> str:
    """`SkuPriceDetails` ModelId, x_ModelId, x_Model; else the column x_model; else the resource of a model type; else ""."""
    if details:
        try:
            data = json.loads(details)
        except ValueError:
            data = None
        if isinstance(data, dict):
            by_fold = {str(key).casefold(): value for key, value in data.items()}
            for name in ("modelid", "x_modelid", "x_model"):
                if by_fold.get(name) not in (None, ""):
                    return str(by_fold[name]).strip()
    return x_model or resource
