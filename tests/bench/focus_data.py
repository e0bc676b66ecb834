"""A company of made-up cost files for the benches: 4,000 people in 40 departments, six tools, a year of days."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl
from sqlalchemy import insert

from storage.models import Person, PersonEmail, PersonRecord, Tool, ToolName
from storage.unit_of_work import Store

START = date(2025, 11, 1)
MONTHS = 12
PEOPLE = 4_000
DEPARTMENTS = 40
PROJECTS = 3  # of each department
MODELS = {
    "Claude API": ("claude-opus-4.5", "claude-sonnet-4.5", "claude-haiku-4.5"),
    "OpenAI API": ("gpt-5", "gpt-5-mini", "o4"),
    "Azure OpenAI": ("gpt-5", "gpt-5-mini"),
    "Bedrock": ("claude-sonnet-4.5", "nova-pro", "llama-4"),
    "Cursor": ("claude-sonnet-4.5", "gpt-5", "composer"),
    "Vertex AI": ("gemini-3-pro", "gemini-3-flash"),
}
TOOLS = tuple(MODELS)


@dataclass(frozen=True)
class CostFiles:
    paths: list[Path]
    rows: int
    size: int


def month_starts() -> list[date]:
    months = [START]
    while len(months) <= MONTHS:
        months.append((months[-1].replace(day=1) + timedelta(days=32)).replace(day=1))
    return months


def email(number: int) -> str:
    return f"person{number:04d}@acme.example"


def department(number: int) -> str:
    return f"Department {number % DEPARTMENTS:02d}"


def key_table(seed: int = 7) -> pl.DataFrame:
    """What each person uses: two tools, two models, input and output meters."""
    pick = random.Random(seed)
    rows = []
    for person in range(PEOPLE):
        project = f"Project {(person + 1) % DEPARTMENTS:02d}-{pick.randrange(PROJECTS)}"
        for tool in pick.sample(TOOLS, 2):
            for model in pick.sample(MODELS[tool], 2):
                for direction in ("input", "output"):
                    tags = f'{{"user": "{email(person)}", "project": "{project}", "environment": "prod"}}'
                    details = f'{{"x_ModelId": "{model}", "x_TokenDirection": "{direction.title()}"}}'
                    rows.append((tool, f"{model}-{direction}", details, tags, f"proj_{pick.randrange(60):03d}"))
    return pl.DataFrame(rows, schema=["ServiceName", "SkuId", "SkuPriceDetails", "Tags", "SubAccountId"], orient="row")


def write_files(folder: Path, rows: int, seed: int = 11) -> CostFiles:
    """FOCUS 1.2 files of one month each."""
    folder.mkdir(parents=True, exist_ok=True)
    keys, months, paths = key_table(), month_starts(), []
    for index in range(MONTHS):
        path = folder / f"costs-{months[index]:%Y-%m}.csv"
        count = rows // MONTHS + (rows % MONTHS if index == 0 else 0)
        frame = month_frame(keys, months[index], months[index + 1], count, seed + index)
        frame.write_csv(path)
        paths.append(path)
    return CostFiles(paths, rows, sum(path.stat().st_size for path in paths))


def month_frame(keys: pl.DataFrame, first: date, after: date, count: int, seed: int) -> pl.DataFrame:
    pick = random.Random(seed)
    base = pl.select(pl.int_range(count, dtype=pl.UInt64).alias("n")).with_columns(
        (pl.col("n").hash(seed) % keys.height).alias("key"),
        (pl.col("n").hash(seed + 1) % (after - first).days).cast(pl.Int32).alias("day"),
        (pl.col("n").hash(seed + 2) % 5_000_000).alias("micro"),
        (pl.col("n").hash(seed + 3) % 900_000 + 1).alias("quantity"),
    )
    numbered = keys.with_row_index("key").with_columns(pl.col("key").cast(pl.UInt64))
    day = pl.lit(first) + pl.duration(days="day")
    cost = (pl.col("micro").cast(pl.Decimal(38, 6)) / 1_000_000).cast(pl.String)
    account = f"acct-{pick.randrange(10):04d}"
    constants = {
        "BillingAccountId": account, "BillingAccountName": "Acme", "BillingCurrency": "USD",
        "BillingPeriodStart": f"{first}T00:00:00Z", "BillingPeriodEnd": f"{after}T00:00:00Z", "ChargeCategory": "Usage",
        "ChargeClass": None, "ChargeDescription": "Tokens consumed", "ChargeFrequency": "Usage-Based",
        "InvoiceIssuerName": "Solora AI", "PricingCategory": "Standard", "PricingUnit": "1000000 Tokens",
        "ConsumedUnit": "Tokens", "ProviderName": "Solora AI", "PublisherName": "Solora AI",
        "ServiceCategory": "AI and Machine Learning", "SubAccountName": "Engineering",
    }  # fmt: skip
    return base.join(numbered, on="key", how="left").select(
        cost.alias("BilledCost"), cost.alias("EffectiveCost"), cost.alias("ListCost"), cost.alias("ContractedCost"),
        day.dt.strftime("%Y-%m-%dT00:00:00Z").alias("ChargePeriodStart"),
        (day + pl.duration(days=1)).dt.strftime("%Y-%m-%dT00:00:00Z").alias("ChargePeriodEnd"),
        pl.col("quantity").alias("ConsumedQuantity"),
        *(pl.lit(value, pl.String).alias(name) for name, value in constants.items()),
        "ServiceName", "SkuId", "SubAccountId", "SkuPriceDetails", "Tags",
    )  # fmt: skip


def add_company(store: Store) -> None:
    """The people and tools of the files."""
    everyone = range(1, PEOPLE + 1)
    with store.write() as uow:
        run = uow.session.execute
        run(insert(Person), [{"id": number, "employee_id": f"E{number}"} for number in everyone])
        run(insert(PersonEmail), [
            {"email": email(number - 1), "person_id": number, "valid_from": date(2020, 1, 1)} for number in everyone
        ])  # fmt: skip
        run(insert(PersonRecord), [
            {"person_id": number, "effective_from": date(2020, 1, 1), "work_email": email(number - 1),
             "display_name": f"Person {number}", "department": department(number),
             "cost_center": f"CC-{number % DEPARTMENTS}",
             "division": f"Division {number % DEPARTMENTS % 4}"}
            for number in everyone
        ])  # fmt: skip
        for number, name in enumerate(TOOLS, start=1):
            slug = name.lower().replace(" ", "-")
            uow.session.add(Tool(id=number, slug=slug, name=name, vendor=name.split()[0], status="approved", in_catalog=True,
                                 details={"focus": {"service_names": [name]}}))  # fmt: skip
            uow.session.flush()
            uow.session.add(ToolName(name=name.casefold(), tool_id=number, kind="name"))
