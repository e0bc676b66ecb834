"""A small company on paper: the files it feeds in, and an oracle that works its numbers out row by row with fractions.

The oracle knows nothing of the store: it reads the same lists the files are written from.
"""

import csv
import gzip
import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

HEADER = [
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ConsumedQuantity",
    "ConsumedUnit",
    "ContractedCost",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "ServiceCategory",
    "ServiceName",
    "SkuId",
    "SkuPriceDetails",
    "SubAccountId",
    "Tags",
]

PEOPLE = [  # employee_id, e-mail, department, cost centre, division, from
    ("E1", "ada@acme.example", "Engineering", "CC-10", "Product", "2020-01-01"),
    ("E2", "bo@acme.example", "Engineering", "CC-10", "Product", "2020-01-01"),
    ("E2", "bo@acme.example", "Data", "CC-20", "Product", "2026-09-10"),
    ("E3", "cy@acme.example", "Marketing", "CC-30", "Growth", "2020-01-01"),
    ("E4", "di@acme.example", "Data", "CC-20", "Product", "2020-01-01"),
    ("E5", "ed@acme.example", "Marketing", "CC-31", "Growth", "2020-01-01"),
]
CATALOG = """tools:
  - {slug: claude-api, name: Claude API, vendor: Anthropic, category: model_api, status: approved, billing_model: per_token,
     focus: {service_names: [Claude API]}}
  - {slug: cursor, name: Cursor, vendor: Anysphere, category: coding_assistant, status: approved, billing_model: per_seat,
     focus: {service_names: [Cursor Business], sku_ids: [cursor-addon]}, merchants: ["CURSOR"], split: {by: seats}}
  - {slug: suite-ai, name: Suite AI, vendor: Softco, category: assistant, status: restricted, billing_model: embedded,
     merchants: ["SOFTCO*AI"], split: {fixed: {Engineering: 0.5, Marketing: 0.3, Data: 0.2}}}
  - {slug: notes-ai, name: Notes AI, vendor: Notes, category: assistant, status: approved, billing_model: flat,
     merchants: [NOTESAI], focus: {sub_accounts: [acct-notes]}, split: {by: even}}
"""
ORG = """name: Acme
base_currency: SEK
sub_accounts: {proj_data: {department: Data, project: Atlas}}
"""
TOOLS = {  # name → vendor, category, billing model, status
    "Claude API": ("Anthropic", "model_api", "per_token", "approved"),
    "Cursor": ("Anysphere", "coding_assistant", "per_seat", "approved"),
    "Suite AI": ("Softco", "assistant", "embedded", "restricted"),
    "Notes AI": ("Notes", "assistant", "flat", "approved"),
    "Mystery Model": ("Unknown Labs", None, None, "discovered"),
}
SEATS = [("2026-08-31", ["ada", "bo", "cy"]), ("2026-10-15", ["ada", "bo", "di", "cy", "ed"])]
RATES = {  # day → units per euro; a gap at the weekend
    "2026-06-29": ("1.1000", "11.0000"), "2026-07-31": ("1.1200", "11.2500"), "2026-08-31": ("1.0900", "11.1050"),
    "2026-09-30": ("1.0750", "11.3000"), "2026-10-15": ("1.0833", "11.2345"), "2026-10-30": ("1.0801", "11.4001"),
}  # fmt: skip
CONTRACTS = [  # id, tool, model, seats, unit price, interval, currency, annual, start, end, cost centre
    ("K1", "Suite AI", "embedded", "", "", "", "USD", "36500", "2026-03-15", "2027-03-14", ""),
    ("K2", "Notes AI", "flat", "", "", "", "SEK", "120000", "2026-01-01", "2026-09-20", "CC-30"),
    ("K3", "Cursor", "per_seat", "5", "40", "month", "USD", "", "2026-07-01", "", ""),
]
EXPENSES = [  # id, day, merchant, amount, currency, e-mail, department
    ("X1", "2026-09-12", "NOTESAI 4411", "99.90", "USD", "cy@acme.example", ""),
    ("X2", "2026-09-20", "CURSOR, AI POWERED IDE", "20.00", "USD", "bo@acme.example", ""),
    ("X3", "2026-10-03", "COFFEE HOUSE", "5.00", "USD", "ada@acme.example", ""),
    ("X4", "2026-10-08", "SOFTCO*AI ADDON", "300.00", "EUR", "", "Data"),
    ("X5", "2026-10-19", "SOFTCO*AI ADDON", "77.70", "SEK", "", ""),
]
MODELS = ("sonnet-9", "opus-9", "")


@dataclass
class Charge:
    service: str
    category: str
    currency: str
    billed: str
    effective: str
    listed: str
    quantity: str
    unit: str
    start: date
    end: date
    period: date
    account: str = "acct-1"
    sku: str = "sku-1"
    model: str = ""
    sub_account: str = ""
    tags: dict[str, str] = field(default_factory=dict)

    def row(self) -> dict[str, str]:
        after = (self.period + timedelta(days=32)).replace(day=1)
        return {
            "BilledCost": self.billed, "BillingAccountId": self.account, "BillingCurrency": self.currency,
            "BillingPeriodEnd": f"{after}T00:00:00Z", "BillingPeriodStart": f"{self.period}T00:00:00Z",
            "ChargeCategory": self.category, "ChargePeriodEnd": f"{self.end}T00:00:00Z",
            "ChargePeriodStart": f"{self.start}T00:00:00Z", "ConsumedQuantity": self.quantity, "ConsumedUnit": self.unit,
            "ContractedCost": self.effective, "EffectiveCost": self.effective, "InvoiceIssuerName": "Issuer",
            "ListCost": self.listed, "ProviderName": "Unknown Labs", "PublisherName": "Unknown Labs",
            "ServiceCategory": "AI and Machine Learning", "ServiceName": self.service, "SkuId": self.sku,
            "SkuPriceDetails": json.dumps({"x_ModelId": self.model}) if self.model else "",
            "SubAccountId": self.sub_account, "Tags": json.dumps(self.tags) if self.tags else "",
        }  # fmt: skip


def charges(seed: int, count: int = 160) -> list[Charge]:
    """Charges of August to October 2026: tagged and untagged, daily, monthly and yearly, in four currencies."""
    pick = random.Random(seed)
    found = []
    for _ in range(count):
        period = pick.choice([date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1)])
        start = period + timedelta(days=pick.randrange(28))
        length = pick.choice([1, 1, 1, 1, 30, 45, 365])
        service = pick.choice(["Claude API", "Claude API", "Cursor Business", "Mystery Model"])
        category = pick.choice(["Usage", "Usage", "Usage", "Credit", "Tax", "Purchase"])
        amount = pick.choice(["", "-"]) + f"{pick.randrange(10**7)}.{pick.randrange(10**9):09d}"
        found.append(
            Charge(
                service,
                category,
                pick.choice(["SEK", "USD", "EUR", "XAF"]),
                amount,
                f"{pick.randrange(5000)}.{pick.randrange(99):02d}",
                f"{pick.randrange(9000)}.5",
                str(pick.randrange(10**6)),
                pick.choice(["Tokens", "1000 Tokens", "Requests", "Hours"]),
                start,
                start + timedelta(days=length),
                period,
                pick.choice(["acct-1", "acct-2"]),
                "cursor-addon" if pick.random() < 0.1 else "sku-1",
                pick.choice(MODELS),
                "proj_data" if pick.random() < 0.2 else "",
                _tags(pick),
            )
        )
    return found


def _tags(pick: random.Random) -> dict[str, str]:
    tags = {}
    if pick.random() < 0.5:
        tags["user"] = pick.choice(["ada", "bo", "cy", "di", "ed", "nobody"]) + "@acme.example"
    if pick.random() < 0.3:
        tags["department"] = pick.choice(["Engineering", "Marketing", "Data", "Legal"])
    if pick.random() < 0.2:
        tags["cost_center"] = pick.choice(["CC-10", "CC-20", "CC-99"])
    if pick.random() < 0.3:
        tags["project"] = pick.choice(["Atlas", "Borealis"])
    return tags


def write_costs(path: Path, rows: list[Charge]) -> Path:
    opener: Callable[..., object] = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wt", newline="", encoding="utf-8") as out:  # type: ignore[attr-defined]
        writer = csv.DictWriter(out, HEADER, restval="")
        writer.writeheader()
        writer.writerows(row.row() for row in rows)
    return path


def write_company(folder: Path, rows: list[Charge]) -> list[Path]:
    """Every file of the company, in no particular order."""
    folder.mkdir(exist_ok=True)

    def table(name: str, header: str, lines: list[tuple[str, ...]]) -> None:
        with (folder / name).open("w", newline="", encoding="utf-8") as out:
            writer = csv.writer(out)
            writer.writerow(header.split(","))
            writer.writerows(lines)

    (folder / "catalog.yaml").write_text(CATALOG)
    (folder / "org.yaml").write_text(ORG)
    write_costs(folder / "costs.csv", rows)
    table("people.csv", "employee_id,work_email,display_name,department,cost_center,division,effective_date",
          [(key, mail, mail.split("@")[0].title(), dept, cc, div, day) for key, mail, dept, cc, div, day in PEOPLE
          ])  # fmt: skip
    table("seats.csv", "tool,work_email,as_of", [
        ("cursor", f"{name}@acme.example", day) for day, names in SEATS for name in names
    ])  # fmt: skip
    table("rates.csv", "Date,USD,SEK", [(day, *rates) for day, rates in sorted(RATES.items(), reverse=True)])
    table("contracts.csv", "contract_id,tool,billing_model,seats_purchased,unit_price,billing_interval,currency,"
          "annual_value,start_date,end_date,cost_center", CONTRACTS)  # fmt: skip
    table("expenses.csv", "expense_id,date,merchant,amount,currency,employee_email,department", EXPENSES)
    return sorted(folder.iterdir())


@dataclass(frozen=True)
class Part:
    """An amount of one day and owner."""

    day: date
    amount: Fraction
    currency: str  # "" = base
    tool: str
    department: str
    cost_center: str
    division: str
    person: str
    model: str
    project: str
    source: str


class Oracle:
    """The numbers of the company, by the sentences of the specification."""

    def __init__(self, rows: list[Charge], today: date) -> None:
        self.rows, self.today = rows, today

    # who and what -----------------------------------------------------------------------------------------------

    def record(self, email: str, day: date) -> tuple[str, str, str] | None:
        found = [row for row in PEOPLE if row[1] == email]
        before = [row for row in found if date.fromisoformat(row[5]) <= day]
        chosen = (before or found[:1])[-1:] if found else []
        return (chosen[0][2], chosen[0][3], chosen[0][4]) if chosen else None

    def everybody(self, day: date) -> list[tuple[str, str, str]]:
        return [found for email in sorted({row[1] for row in PEOPLE}) if (found := self.record(email, day))]

    def complete(self, department: str, cost_center: str, day: date) -> tuple[str, str, str]:
        people = self.everybody(day)
        if cost_center and not department:
            names = {row[0] for row in people if row[1] == cost_center}
            department = names.pop() if len(names) == 1 else ""
        if department and not cost_center:
            names = {row[1] for row in people if row[0] == department}
            cost_center = names.pop() if len(names) == 1 else ""
        names = {row[2] for row in people if department and row[0] == department}
        return department, cost_center, names.pop() if len(names) == 1 else ""

    def split(self, tool: str, day: date) -> list[tuple[tuple[str, str, str], Fraction]]:
        if tool == "Cursor":
            month_end = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
            known = [names for as_of, names in SEATS if date.fromisoformat(as_of) < month_end] or [SEATS[0][1]]
            units = [self.record(f"{name}@acme.example", day) for name in known[-1]]
            return [(unit, Fraction(1, len(units))) for unit in units if unit]
        if tool == "Suite AI":
            shares = {"Engineering": "0.5", "Marketing": "0.3", "Data": "0.2"}
            return [(self.complete(name, "", day), Fraction(share)) for name, share in shares.items()]
        if tool == "Notes AI":
            names = sorted({row[0] for row in self.everybody(day)})
            return [(self.complete(name, "", day), Fraction(1, len(names))) for name in names]
        return [(("", "", ""), Fraction(1))]

    def convert(self, amount: Fraction, currency: str, day: date) -> tuple[Fraction, str]:
        if currency == "SEK":
            return amount, ""
        days = [text for text in sorted(RATES) if date.fromisoformat(text) <= day]
        if not days or currency not in ("USD", "EUR"):
            return amount, currency
        dollars, kronor = (Fraction(rate) for rate in RATES[days[-1]])
        return amount * kronor / (dollars if currency == "USD" else 1), ""

    def tool(self, row: Charge) -> str:
        if row.sku == "cursor-addon":
            return "Cursor"
        return {"Cursor Business": "Cursor"}.get(row.service, row.service)

    def owners(self, row: Charge) -> tuple[str, list[tuple[tuple[str, str, str], Fraction]]]:
        """(person, units with their shares)."""
        user = row.tags.get("user", "")
        unit = self.record(user, row.start)
        if unit:
            return user, [(unit, Fraction(1))]
        if row.tags.get("department") or row.tags.get("cost_center"):
            tagged = self.complete(row.tags.get("department", ""), row.tags.get("cost_center", ""), row.start)
            return "", [(tagged, Fraction(1))]
        if row.sub_account:
            return "", [(self.complete("Data", "", row.start), Fraction(1))]
        return "", self.split(self.tool(row), row.start)

    def project(self, row: Charge) -> str:
        return row.tags.get("project") or ("Atlas" if row.sub_account else "")

    # books ------------------------------------------------------------------------------------------------------

    def focus(self, value: Callable[[Charge], str | None], spread: bool = True) -> Iterator[Part]:
        for row in self.rows:
            text = value(row)
            if text is None:
                continue
            amount, currency = self.convert(Fraction(text), row.currency, row.start)
            person, units = self.owners(row)
            length = (row.end - row.start).days if spread else 1
            for unit, share in units:
                for offset in range(length):
                    yield Part(row.start + timedelta(days=offset), amount * share / length, currency, self.tool(row), *unit,
                               person, row.model, self.project(row), "focus")  # fmt: skip

    def focus_months(self) -> set[tuple[str, date]]:
        return {
            (self.tool(row), (row.start + timedelta(days=offset)).replace(day=1))
            for row in self.rows if row.category != "Tax" and Fraction(row.effective) != 0
            for offset in range((row.end - row.start).days)
        }  # fmt: skip

    def lines(self) -> Iterator[tuple[str, date, Fraction, str, str, str]]:
        """Expense lines that count as spend: tool, day, amount, currency, e-mail, department. None here is evidence."""
        merchants = {"NOTESAI": "Notes AI", "CURSOR": "Cursor", "SOFTCO*AI": "Suite AI"}
        for _, day, merchant, amount, currency, email, department in EXPENSES:
            tool = next((name for start, name in merchants.items() if merchant.startswith(start)), None)
            if tool:
                yield tool, date.fromisoformat(day), Fraction(amount), currency, email, department

    def expenses(self) -> Iterator[Part]:
        for tool, day, money, own, email, department in self.lines():
            amount, currency = self.convert(money, own, day)
            unit = self.record(email, day)
            units = [(unit, Fraction(1))] if unit else self.split(tool, day)
            if not unit and department:
                units = [(self.complete(department, "", day), Fraction(1))]
            for owner, share in units:
                yield Part(day, amount * share, currency, tool, *owner, email, "", "", "expense")

    def contracts(self) -> Iterator[Part]:
        taken = self.focus_months() | {(tool, day.replace(day=1)) for tool, day, *_ in self.lines()}
        for _, tool, _, seats, price, _, own, annual, start_text, end_text, cost_center in CONTRACTS:
            start = date.fromisoformat(start_text)
            end = date.fromisoformat(end_text) if end_text else date(2030, 1, 1)
            value = Fraction(annual) if annual else Fraction(price) * int(seats) * 12
            day = start
            while day <= min(end, self.today):
                first = start.replace(year=day.year if (day.month, day.day) >= (start.month, start.day) else day.year - 1)
                length = (first.replace(year=first.year + 1) - first).days
                month = day.replace(day=1)
                if (tool, month) not in taken:
                    amount, currency = self.convert(value / length, own, month)
                    first_day = max(month, start)
                    units = self.split(tool, first_day)
                    if cost_center:
                        units = [(self.complete("", cost_center, first_day), Fraction(1))]
                    for unit, share in units:
                        yield Part(day, amount * share, currency, tool, *unit, "", "", "", "contract")
                day += timedelta(days=1)

    def spend(self) -> list[Part]:
        focus = self.focus(lambda row: None if row.category == "Tax" else row.effective)
        return [*focus, *self.expenses(), *self.contracts()]

    def listed(self) -> list[Part]:
        return list(self.focus(lambda row: row.listed if row.category == "Usage" else None))

    def usage_effective(self) -> list[Part]:
        return list(self.focus(lambda row: row.effective if row.category == "Usage" else None))

    def billed(self, by_period: bool) -> list[Part]:
        rows = self.rows
        parts = []
        for row in rows:
            self.rows = [row]
            day = row.period if by_period else row.start
            parts += [Part(day, part.amount, *_rest(part)) for part in self.focus(lambda one: one.billed, spread=False)]
        self.rows = rows
        return parts


def _rest(part: Part) -> tuple[str, ...]:
    return (part.currency, part.tool, part.department, part.cost_center, part.division, part.person, part.model,
            part.project, part.source)  # fmt: skip


def grouped(
    parts: list[Part], start: date, end: date, by: tuple[str, ...], where: Callable[[Part], bool] = lambda part: True
) -> dict[tuple[tuple[str | None, ...], str], Fraction]:
    """Sums of [start, end) by the values of `by` and the currency that had no rate."""
    sums: dict[tuple[tuple[str | None, ...], str], Fraction] = defaultdict(Fraction)
    for part in parts:
        if start <= part.day < end and where(part):
            sums[tuple(value_of(part, name) for name in by), part.currency] += part.amount
    return dict(sums)


def value_of(part: Part, name: str) -> str | None:
    vendor = TOOLS[part.tool]
    own = {"vendor": vendor[0], "category": vendor[1], "billing_model": vendor[2], "tool_status": vendor[3]}
    value: str | None = own[name] if name in own else getattr(part, name)
    return value or None
