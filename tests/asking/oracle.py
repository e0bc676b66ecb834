"""A made-up company as files, and its numbers worked out a second time in plain Python from the same rows.

Nothing of Bursar is used here: days are counted, amounts are fractions.
"""

import csv
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

TODAY = date(2026, 11, 23)
FIRST = date(2026, 7, 1)
EUR_PER_USD = Fraction(1) / Fraction("1.25")  # one rate for all days: conversion by day is tested with the rates
TOOLS = {
    "openai-api": ("OpenAI API", "OpenAI", "api", "per_token"),
    "cursor": ("Cursor", "Anysphere", "coding_assistant", "per_seat"),
    "deepl": ("DeepL Pro", "DeepL", "translation", "per_seat"),
    "jasper": ("Jasper", "Jasper", "writing", "per_seat"),
    "gemini": ("Gemini", "Google", "chat", "flat"),
}
PEOPLE = {
    # e-mail → (department, cost centre, division) until September, then
    "ada@acme.example": (("Engineering", "CC-1", "Tech"), ("Engineering", "CC-1", "Tech")),
    "bo@acme.example": (("Engineering", "CC-1", "Tech"), ("Design", "CC-2", "Tech")),
    "cy@acme.example": (("Marketing", "CC-3", "Market"), ("Marketing", "CC-3", "Market")),
}
UNITS = {"Engineering": ("CC-1", "Tech"), "Design": ("CC-2", "Tech"), "Marketing": ("CC-3", "Market")}
MOVE = date(2026, 10, 1)
CONTRACT = Fraction(3650)  # Gemini, annual value of 2026


@dataclass
class Amount:
    """A charge over [start, end) with everything a question can ask about."""

    start: date
    end: date
    tool: str
    effective: Fraction
    billed: Fraction
    listed: Fraction | None
    usage: bool
    tax: bool
    source: str
    person: str | None = None
    department: str | None = None
    cost_center: str | None = None
    division: str | None = None
    project: str | None = None
    model: str | None = None

    def value(self, dimension: str) -> str | None:
        name, vendor, category, billing_model = TOOLS[self.tool]
        own = {"tool": name, "vendor": vendor, "category": category, "billing_model": billing_model}
        return own[dimension] if dimension in own else getattr(self, dimension)


@dataclass
class World:
    amounts: list[Amount] = field(default_factory=list)

    def total(self, metric: str, start: date, end: date, keep: Callable[[Amount], bool],
              group: Callable[[Amount], tuple[str | None, ...]]) -> dict[tuple[str | None, ...], Fraction]:  # fmt: skip
        sums: dict[tuple[str | None, ...], Fraction] = defaultdict(Fraction)
        for amount in self.amounts:
            for part in _shares(metric, amount, start, end):
                if keep(amount):
                    sums[group(amount)] += part
        return dict(sums)


def _shares(metric: str, amount: Amount, start: date, end: date) -> Iterator[Fraction]:
    """The part of a charge that falls into [start, end): spread by days."""
    days = (min(end, amount.end) - max(start, amount.start)).days
    if days <= 0 or amount.tax:
        return
    whole = Fraction((amount.end - amount.start).days)
    if metric == "spend":
        yield amount.effective * days / whole
    elif amount.usage and amount.source == "focus" and amount.listed is not None:
        yield {"list_price": amount.listed, "discount_savings": amount.listed - amount.effective}[metric] * days / whole


def units_of(email: str, day: date) -> tuple[str, str, str]:
    return PEOPLE[email][0 if day < MOVE else 1]


def write_company(folder: Path, seed: int = 11) -> World:
    """Files to import, and what they say."""
    chance, world = random.Random(seed), World()
    _write_reference(folder)
    rows = list(_charges(chance, world))
    _write(folder / "costs.csv", rows)
    _write(folder / "expenses.csv", list(_expenses(chance, world)))
    _write(folder / "contracts.csv", [
        {"contract_id": "G-1", "tool": "gemini", "billing_model": "flat", "currency": "USD", "annual_value": "3650",
         "start_date": "2026-01-01", "end_date": "2026-12-31", "cost_center": "CC-3"}])  # fmt: skip
    day = FIRST
    while day <= TODAY:
        world.amounts.append(Amount(day, day + timedelta(days=1), "gemini", CONTRACT / 365, Fraction(0), None, False, False,
                                    "contract", None, "Marketing", "CC-3", "Market"))  # fmt: skip
        day += timedelta(days=1)
    return world


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _write_reference(folder: Path) -> None:
    tools = "".join(
        f"  - {{slug: {slug}, name: {name}, vendor: {vendor}, category: {category}, status: approved,\n"
        f"     billing_model: {model},\n"
        f"     merchants: ['{name.upper()}*'], focus: {{service_names: [{name}]}}}}\n"
        for slug, (name, vendor, category, model) in TOOLS.items()
    )
    (folder / "catalog.yaml").write_text(f"tools:\n{tools}", encoding="utf-8")
    (folder / "org.yaml").write_text(
        "name: Acme\nbase_currency: USD\ntimezone: UTC\nroles: {finance: [ada@acme.example]}\n", encoding="utf-8"
    )
    _write(folder / "people.csv", [
        {"employee_id": f"E-{email}", "work_email": email, "display_name": email.split("@")[0].title(),
         "department": department, "cost_center": cost_center, "division": division, "effective_date": str(since)}
        for email, (before, after) in PEOPLE.items()
        for since, (department, cost_center, division) in ((date(2020, 1, 1), before), (MOVE, after))
    ])  # fmt: skip
    days = [FIRST + timedelta(days=number) for number in range((TODAY - FIRST).days + 1)]
    _write(folder / "rates.csv", [{"Date": str(day), "USD": "1.25"} for day in reversed(days)])


def _charges(chance: random.Random, world: World) -> Iterator[dict[str, str]]:
    for month in (7, 8, 9, 10, 11):
        first = date(2026, month, 1)
        following = date(2026, month + 1, 1)
        for tool in ("openai-api", "cursor", "deepl"):
            for _ in range(25):
                start = first + timedelta(days=chance.randrange((min(following, TODAY) - first).days))
                monthly = tool != "openai-api" and chance.random() < 0.5
                span = (first, following) if monthly else (start, start + timedelta(days=1))
                yield _charge(chance, world, tool, first, following, span)


def _charge(chance: random.Random, world: World, tool: str, first: date, following: date,
            span: tuple[date, date]) -> dict[str, str]:  # fmt: skip
    category = chance.choices(["Usage", "Purchase", "Tax", "Credit"], [12, 3, 1, 1])[0]
    sign = -1 if category == "Credit" else 1
    effective = Fraction(sign * chance.randrange(1, 10**9), 10**6)
    listed = effective * chance.randrange(100, 140) / 100
    currency = "EUR" if tool == "deepl" else "USD"
    rate = 1 / EUR_PER_USD if currency == "EUR" else Fraction(1)
    amount = Amount(span[0], span[1], tool, effective * rate, effective * rate, listed * rate, category == "Usage",
                    category == "Tax", "focus")  # fmt: skip
    tags = _tag(chance, amount)
    world.amounts.append(amount)
    name, vendor, _, _ = TOOLS[tool]
    return {
        "BilledCost": _text(effective), "EffectiveCost": _text(effective), "ListCost": _text(listed),
        "BillingAccountId": f"acc-{tool}", "BillingCurrency": currency, "BillingPeriodStart": f"{first}T00:00:00Z",
        "BillingPeriodEnd": f"{following}T00:00:00Z", "ChargeCategory": category,
        "ChargePeriodStart": f"{span[0]}T00:00:00Z", "ChargePeriodEnd": f"{span[1]}T00:00:00Z",
        "InvoiceIssuerName": vendor, "ServiceName": name, "ProviderName": vendor, "Tags": tags,
        "x_model": amount.model or "",
    }  # fmt: skip


def _text(value: Fraction) -> str:
    """Exact: the amounts have at most nine decimals."""
    return f"{float(0):.0f}" if value == 0 else f"{value.numerator * 10**9 // value.denominator / 10**9:.9f}"


def _tag(chance: random.Random, amount: Amount) -> str:
    """A user tag, a department tag, a project tag, any of them or none."""
    tags = {}
    who = chance.choice(["user", "department", "none"])
    if who == "user":
        amount.person = chance.choice(list(PEOPLE))
        amount.department, amount.cost_center, amount.division = units_of(amount.person, amount.start)
        tags["user"] = amount.person
    elif who == "department":
        amount.department = chance.choice(list(UNITS))
        amount.cost_center, amount.division = UNITS[amount.department]
        tags["department"] = amount.department
    if chance.random() < 0.3:
        amount.project = tags["project"] = chance.choice(["Atlas", "Orion"])
    if amount.tool == "openai-api" and chance.random() < 0.8:
        amount.model = chance.choice(["gpt-5", "gpt-5-mini"])
    return "{" + ", ".join(f'"{key}": "{value}"' for key, value in tags.items()) + "}"


def _expenses(chance: random.Random, world: World) -> Iterator[dict[str, str]]:
    for number in range(30):
        day = FIRST + timedelta(days=chance.randrange((TODAY - FIRST).days))
        email = chance.choice(list(PEOPLE))
        value = Fraction(chance.randrange(100, 20000), 100)
        department, cost_center, division = units_of(email, day)
        world.amounts.append(Amount(day, day + timedelta(days=1), "jasper", value, value, None, False, False, "expense",
                                    email, department, cost_center, division))  # fmt: skip
        yield {"expense_id": f"X-{number}", "date": str(day), "merchant": "JASPER AI", "amount": f"{float(value):.2f}",
               "currency": "USD", "employee_email": email}  # fmt: skip
