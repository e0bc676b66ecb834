"""FOCUS rows: the columns, exact money, and a statement that collects the rows of one issuer."""

import csv
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

GIGA = 10**9

COMMON = (
    "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodStart", "BillingPeriodEnd", "ChargeCategory",
    "ChargeClass", "ChargeDescription", "ChargeFrequency", "ChargePeriodStart", "ChargePeriodEnd", "BilledCost",
    "ContractedCost", "EffectiveCost", "ListCost", "ListUnitPrice", "ContractedUnitPrice", "PricingQuantity", "PricingUnit",
    "PricingCategory", "ConsumedQuantity", "ConsumedUnit", "InvoiceId", "InvoiceIssuerName", "ServiceCategory",
    "ServiceSubcategory", "ServiceName", "SkuId", "SkuPriceId", "SkuMeter", "SkuPriceDetails", "SubAccountId",
    "SubAccountName", "Tags",
)  # fmt: skip
PROVIDERS = {  # FOCUS 1.3 has both pairs, 1.4 dropped the old one
    "1.2": ("ProviderName", "PublisherName"),
    "1.3": ("ProviderName", "PublisherName", "HostProviderName", "ServiceProviderName"),
    "1.4": ("HostProviderName", "ServiceProviderName"),
}


def decimal_text(nano: int) -> str:
    """Billionths as a plain decimal with at least one digit after the point, as FOCUS wants it."""
    sign, nano = ("-", -nano) if nano < 0 else ("", nano)
    digits = f"{nano % GIGA:09d}".rstrip("0") or "0"
    return f"{sign}{nano // GIGA}.{digits}"


def next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def instant(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


@dataclass(frozen=True)
class Service:
    """What is constant of the rows of one service under one account."""

    account: str
    account_name: str
    name: str
    category: str = "AI and Machine Learning"
    subcategory: str = "Generative AI"
    currency: str = "USD"


@dataclass
class Charge:
    """One row to be. Quantities and prices in billionths; the costs are price × quantity unless given."""

    start: date
    end: date  # exclusive
    description: str
    sku: str
    quantity: int
    unit: str
    list_price: int
    discount: int = 0  # percent
    meter: str = ""
    model: str = ""
    tags: str = ""
    sub_account: str = ""
    category: str = "Usage"
    frequency: str = "Usage-Based"
    correction: bool = False
    consumed: int | None = None
    consumed_unit: str = ""
    billed: int | None = None  # when they differ from price × quantity: credits
    effective: int | None = None


@dataclass
class Statement:
    """The cost file of one issuer over all months; a billing period is a calendar month."""

    issuer: str
    version: str
    rows: list[dict[str, str]] = field(default_factory=list)

    def add(self, service: Service, charge: Charge) -> int:
        """Returns the effective cost in billionths."""
        period = charge.start.replace(day=1)
        price = charge.list_price * (100 - charge.discount) // 100
        listed, cost = charge.list_price * charge.quantity // GIGA, price * charge.quantity // GIGA
        billed = cost if charge.billed is None else charge.billed
        effective = cost if charge.effective is None else charge.effective
        row = self._account(service, period)
        row.update(
            ChargeCategory=charge.category, ChargeClass="Correction" if charge.correction else "",
            ChargeDescription=charge.description, ChargeFrequency=charge.frequency, ChargePeriodStart=instant(charge.start),
            ChargePeriodEnd=instant(charge.end), BilledCost=decimal_text(billed), ContractedCost=decimal_text(cost),
            EffectiveCost=decimal_text(effective), ListCost=decimal_text(listed),
            ListUnitPrice=decimal_text(charge.list_price), ContractedUnitPrice=decimal_text(price),
            PricingQuantity=decimal_text(charge.quantity), PricingUnit=charge.unit, PricingCategory="Standard",
            SkuId=charge.sku, SkuPriceId=f"{charge.sku}-std", SkuMeter=charge.meter, SubAccountId=charge.sub_account,
            SubAccountName=charge.sub_account, Tags=charge.tags,
            SkuPriceDetails=f'{{"x_ModelId": "{charge.model}"}}' if charge.model else "",
        )  # fmt: skip
        if charge.consumed is not None:
            row.update(ConsumedQuantity=decimal_text(charge.consumed), ConsumedUnit=charge.consumed_unit)
        self.rows.append(row)
        return effective

    def tax(self, service: Service, month: date, until: date, amount: int) -> None:
        """Tax has neither SKU nor price nor quantity."""
        row = self._account(service, month)
        cost = decimal_text(amount)
        row.update(
            ChargeCategory="Tax", ChargeDescription="Sales tax", ChargeFrequency="One-Time",
            ChargePeriodStart=instant(month), ChargePeriodEnd=instant(until),
            BilledCost=cost, ContractedCost=cost, EffectiveCost=cost, ListCost=cost,
        )  # fmt: skip
        self.rows.append(row)

    def credit(self, service: Service, day: date, amount: int, description: str) -> None:
        row = self._account(service, day.replace(day=1))
        cost = decimal_text(-amount)
        row.update(
            ChargeCategory="Credit", ChargeDescription=description, ChargeFrequency="One-Time",
            ChargePeriodStart=instant(day), ChargePeriodEnd=instant(day + timedelta(days=1)),
            BilledCost=cost, ContractedCost=cost, EffectiveCost=cost, ListCost="0.0",
        )  # fmt: skip
        self.rows.append(row)

    def _account(self, service: Service, period: date) -> dict[str, str]:
        row = {
            "BillingAccountId": service.account, "BillingAccountName": service.account_name,
            "BillingCurrency": service.currency, "BillingPeriodStart": instant(period),
            "BillingPeriodEnd": instant(next_month(period)), "InvoiceIssuerName": self.issuer,
            "InvoiceId": f"{service.account}-{period:%Y%m}", "ServiceCategory": service.category,
            "ServiceSubcategory": service.subcategory, "ServiceName": service.name,
        }  # fmt: skip
        row.update(dict.fromkeys(PROVIDERS[self.version], self.issuer))
        return row

    def write(self, folder: Path) -> None:
        self.rows.sort(key=lambda row: row["ChargePeriodStart"])
        path = folder / f"costs-{self.issuer.lower().replace(' ', '-')}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COMMON + PROVIDERS[self.version], restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(self.rows)


def seat_months(seats: int, month: date, until: date) -> int:
    """Billionths of seat-months (rounded to millionths) of the part of a month that has passed."""
    days = monthrange(month.year, month.month)[1]
    passed = min((until - month).days, days)
    return seats * passed * 10**6 // days * 1000
