"""A made-up company with everything that makes numbers hard, as the rows of its import files.

Credits, refunds, tax, corrections, charges of a year, four currencies of which one has no rate, movers in mid-month, people
with a second e-mail, leavers, cost of nobody, rows with nothing but a project, every split rule, evidence, overlapping
contracts, seats without activity. The rows are all that the oracle knows; nothing of Bursar is used here.
"""

import csv
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

TODAY = date(2026, 11, 23)
MONTHS = [date(2025, 11, 1), date(2025, 12, 1), *(date(2026, month, 1) for month in range(1, 12))]
Line = dict[str, str]

ORG = """name: Acme
base_currency: USD
timezone: UTC
fiscal_year: {start_month: 2, named_by: end}
roles: {finance: [ada@acme.example]}
sub_accounts: {proj_data: {department: Data, project: Atlas}}
"""
CATALOG = """tools:
  - {slug: openai-api, name: OpenAI API, vendor: OpenAI, category: api, status: approved, billing_model: per_token,
     focus: {service_names: [OpenAI API]}}
  - {slug: claude-api, name: Claude API, vendor: Anthropic, category: api, status: approved, billing_model: per_token,
     focus: {service_names: [Claude API], sub_accounts: [acct-claude]}, split: {by: usage}}
  - {slug: cursor, name: Cursor, vendor: Anysphere, category: coding_assistant, status: approved, billing_model: per_seat,
     focus: {service_names: [Cursor Business], sku_ids: [cursor-addon]}, merchants: ["CURSOR*"], split: {by: seats}}
  - {slug: github-copilot, name: GitHub Copilot, vendor: GitHub, category: coding_assistant, status: approved,
     billing_model: per_seat, aliases: [octo], split: {by: seats}}
  - {slug: chatgpt, name: ChatGPT Enterprise, vendor: OpenAI, category: chat, status: restricted, billing_model: per_seat,
     merchants: ["OPENAI*CHATGPT"], split: {by: even}}
  - {slug: gemini, name: Gemini, vendor: Google, category: chat, status: restricted, billing_model: embedded,
     merchants: ["GOOGLE*GEMINI"], split: {fixed: {Engineering: 0.5, Marketing: 0.3, Data: 0.2}}}
  - {slug: deepl, name: DeepL Pro, vendor: DeepL, category: translation, status: approved, billing_model: flat,
     focus: {service_names: [DeepL Pro]}, merchants: [DEEPL]}
  - {slug: jasper, name: Jasper, vendor: Jasper, category: writing, status: under_review, billing_model: per_seat,
     merchants: ["JASPER AI"]}
  - {slug: ghost, name: Ghost AI, vendor: Ghost, category: writing, status: blocked, billing_model: flat}
"""
TOOLS = {  # name → vendor, category, billing model, status, slug
    "OpenAI API": ("OpenAI", "api", "per_token", "approved", "openai-api"),
    "Claude API": ("Anthropic", "api", "per_token", "approved", "claude-api"),
    "Cursor": ("Anysphere", "coding_assistant", "per_seat", "approved", "cursor"),
    "GitHub Copilot": ("GitHub", "coding_assistant", "per_seat", "approved", "github-copilot"),
    "ChatGPT Enterprise": ("OpenAI", "chat", "per_seat", "restricted", "chatgpt"),
    "Gemini": ("Google", "chat", "embedded", "restricted", "gemini"),
    "DeepL Pro": ("DeepL", "translation", "flat", "approved", "deepl"),
    "Jasper": ("Jasper", "writing", "per_seat", "under_review", "jasper"),
    "Ghost AI": ("Ghost", "writing", "flat", "blocked", "ghost"),
    "Mystery Model": ("Unknown Labs", None, None, "discovered", "mystery-model"),
}
_PEOPLE = """employee_id,work_email,department,cost_center,division,employment_status,termination_date,effective_date
E1,ada,Engineering,CC-1,Tech,Active,,2020-01-01
E2,bo,Engineering,CC-1,Tech,Active,,2020-01-01
E2,bo,Design,CC-2,Tech,Active,,2026-09-10
E3,cy,Marketing,CC-3,Market,Active,,2020-01-01
E4,di,Sales,CC-3,Market,Active,,2020-01-01
E5,ed,Data,CC-4,Tech,Active,,2020-01-01
E6,fay,Data,CC-5,Tech,Active,,2020-01-01
E7,gil,Data,,Tech,Active,,2020-01-01
E8,hal,Engineering,CC-1,Tech,Active,,2020-01-01
E8,hal,Engineering,CC-1,Tech,Terminated,2026-08-31,2026-09-01
E9,ida,Engineering,CC-1,Tech,Active,,2020-01-01
E9,ida,Engineering,CC-1,Tech,Leave,,2026-07-01
E10,jo,Marketing,CC-3,Market,Active,,2020-01-01
E10,jo.lane,Marketing,CC-3,Market,Active,,2026-08-01
E11,kim,Sales,CC-3,Market,Active,,2020-01-01
E12,lou,Design,CC-2,Tech,Active,,2020-01-01
E13,max,Engineering,CC-1,Tech,Active,,2020-01-01
E13,max,Sales,CC-3,Market,Active,,2026-11-10
E14,nia,Design,CC-2,Tech,Active,,2020-01-01
E15,oz,Sales,CC-3,Market,Active,2026-10-31,2020-01-01"""
_CONTRACTS = (
    "contract_id,tool,billing_model,plan,seats_purchased,unit_price,billing_interval,currency,annual_value,start_date,"
    "end_date,auto_renew,notice_days,cost_center,payment_channel\n"
    """G-1,github-copilot,per_seat,Business,12,19,month,USD,,2026-01-01,2026-12-31,yes,60,,invoice
G-2,github-copilot,per_seat,Enterprise,4,351,quarter,EUR,,2026-03-15,2027-03-14,no,90,CC-1,invoice
G-3,github-copilot,per_seat,Business,2,25.5,month,USD,,2026-10-10,2027-10-09,,30,,card
C-1,cursor,per_seat,,14,40,month,USD,,2025-07-01,2026-06-30,no,30,,
C-2,cursor,per_seat,,14,35,month,USD,,2026-06-01,,yes,,,
O-1,chatgpt,per_seat,,20,,,SEK,151200,2026-02-11,2027-02-10,yes,45,,marketplace
M-1,gemini,embedded,,,,,EUR,36500,2026-03-15,2027-03-14,,30,,
D-1,deepl,flat,,,,,USD,1200,2025-01-01,2026-09-20,no,,CC-3,card
X-1,ghost,flat,,,,,XAF,6000000,2026-01-01,2026-12-31,,10,CC-2,
T-1,openai-api,per_token,,,,,USD,90000,2026-01-01,2026-12-31,,,,"""
)
_BUDGETS = """period,scope_type,scope,amount,currency
2026,company,,400000,USD
2026-Q3,company,,90000,USD
FY27,department,Engineering,120000,USD
2026-08,department,Engineering,9000,EUR
FY27-Q3,department,Marketing,15000,USD
2026-H2,department,Design,8000,SEK
2026,division,Tech,250000,USD
2026-10,cost_center,CC-3,3100,USD
2026,tool,octo,6000,USD
2026,vendor,OpenAI,70000,EUR
2026-Q4,project,Atlas,5000,USD
2026,department,Sales,900000,XAF"""
PERSONS = ["ada", "bo", "cy", "di", "ed", "fay", "gil", "hal", "ida", "jo", "kim", "lou", "max", "nia", "oz"]
PROJECTS = ("Atlas", "Orion", "Borealis")
MODELS = ("gpt-5", "gpt-5-mini", "sonnet-9")


def address(name: str) -> str:
    return f"{name}@acme.example"


def _table(text: str) -> list[Line]:
    lines = [line.split(",") for line in text.splitlines()]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


@dataclass
class Files:
    """The rows of every file, by kind."""

    people: list[Line] = field(default_factory=list)
    costs: list[Line] = field(default_factory=list)
    expenses: list[Line] = field(default_factory=list)
    contracts: list[Line] = field(default_factory=list)
    budgets: list[Line] = field(default_factory=list)
    seats: list[Line] = field(default_factory=list)
    usage: list[Line] = field(default_factory=list)
    rates: list[Line] = field(default_factory=list)

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "catalog.yaml").write_text(CATALOG, encoding="utf-8")
        (folder / "org.yaml").write_text(ORG, encoding="utf-8")
        for kind, rows in vars(self).items():
            with (folder / f"{kind}.csv").open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, list(rows[0]))
                writer.writeheader()
                writer.writerows(reversed(rows) if kind == "rates" else rows)


def make_files(seed: int = 7, rows_a_month: int = 9) -> Files:
    """`rows_a_month`: charges of each service."""
    pick = random.Random(seed)
    people = [
        {**row, "work_email": address(row["work_email"]), "display_name": row["work_email"].title()}
        for row in _table(_PEOPLE)
    ]
    files = Files(people=people, contracts=_table(_CONTRACTS), budgets=_table(_BUDGETS))
    files.rates = _rates(pick)
    files.costs = _costs(pick, rows_a_month)
    files.seats, files.usage = _seats(), _usage(pick)
    files.expenses = [*_expenses(pick), *_evidence(files.costs)]
    return files


def _rates(pick: random.Random) -> list[Line]:
    """Of working days; what is converted at a weekend takes Friday's."""
    found, day = [], date(2025, 10, 1)
    while day <= TODAY:
        if day.weekday() < 5:
            found.append(
                {"Date": str(day), "USD": f"1.{pick.randrange(500, 2500):04d}", "SEK": f"11.{pick.randrange(9999):04d}"}
            )
        day += timedelta(days=1)
    return found


_SERVICES = {  # service → currencies, units, months with rows
    "OpenAI API": (("USD",), ("Tokens", "1000 Tokens", "Requests"), MONTHS),
    "Claude API": (("USD", "EUR"), ("1000 Tokens", "Hours"), MONTHS),
    "Cursor Business": (("USD",), ("Seats", "Seats", "Requests"), MONTHS[3:8]),
    "DeepL Pro": (("EUR",), ("Characters", ""), MONTHS[6:9]),
    "Mystery Model": (("SEK", "XAF"), ("Requests",), MONTHS[8:]),
}


def _costs(pick: random.Random, count: int) -> list[Line]:
    return [
        _charge(pick, service, month)
        for service, (_, _, months) in _SERVICES.items()
        for month in months
        for _ in range(count)
    ]


def _charge(pick: random.Random, service: str, month: date) -> Line:
    currencies, units, _ = _SERVICES[service]
    following = (month + timedelta(days=32)).replace(day=1)
    length = pick.choices([1, 3, (following - month).days, 45, 365], [60, 8, 12, 4, 1])[0]
    start = month if length > 27 and pick.random() < 0.7 else month + timedelta(days=pick.randrange(22))
    category = pick.choices(["Usage", "Purchase", "Tax", "Credit", "Adjustment"], [60, 12, 10, 10, 8])[0]
    sign = -1 if category == "Credit" or pick.random() < 0.06 else 1  # refunds and corrections too
    effective = sign * pick.choice([pick.randrange(10**9), pick.randrange(10**12), 0 if pick.random() < 0.3 else 77])
    usage = category == "Usage"
    text = _decimal(effective)
    return {
        "BilledCost": _decimal(effective + pick.choice([0, 0, pick.randrange(10**8)])), "EffectiveCost": text,
        "ListCost": pick.choice([_decimal(effective * 12 // 10), text, ""]) if usage else text,
        "BillingAccountId": pick.choice(["a-1", "a-2"]), "BillingCurrency": pick.choice(currencies),
        "BillingPeriodStart": f"{month}T00:00:00Z", "BillingPeriodEnd": f"{following}T00:00:00Z",
        "ChargeCategory": category, "ChargeClass": "Correction" if sign < 0 and usage else "",
        "ChargePeriodStart": f"{start}T00:00:00Z", "ChargePeriodEnd": f"{start + timedelta(days=length)}T00:00:00Z",
        "ConsumedQuantity": str(pick.randrange(9 * 10**6)) if usage or pick.random() < 0.1 else "",
        "ConsumedUnit": pick.choice(units), "InvoiceIssuerName": TOOLS.get(service, ("Anysphere",))[0],
        "ProviderName": TOOLS.get(service, ("Anysphere",))[0], "ServiceName": service,
        "SkuId": "cursor-addon" if service == "OpenAI API" and pick.random() < 0.03 and month in MONTHS[3:8] else "sku-1",
        "SubAccountId": pick.choices(["", "proj_data", "acct-claude"], [80, 12, 8])[0] if service == "OpenAI API" else "",
        "SkuPriceDetails": json.dumps({"x_ModelId": "sonnet-9"}) if service == "Claude API" and pick.random() < 0.6 else "",
        "x_model": pick.choice(MODELS[:2]) if service == "OpenAI API" and pick.random() < 0.8 else "",
        "Tags": json.dumps(_tags(pick)),
    }  # fmt: skip


def _decimal(nanos: int) -> str:
    whole, rest = divmod(abs(nanos), 10**9)
    return f"{'-' if nanos < 0 else ''}{whole}.{rest:09d}"


def _tags(pick: random.Random) -> dict[str, str]:
    """Any of the four, a person of yesterday, a unit that nobody has; often nothing, or nothing but a project."""
    tags = {}
    if pick.random() < 0.4:
        tags["user"] = address(pick.choice([*PERSONS, "jo.lane", "nobody"]))
    if pick.random() < 0.25:
        tags["department"] = pick.choice(["Engineering", "marketing", "Data", "Legal"])
    if pick.random() < 0.15:
        tags["cost_center"] = pick.choice(["CC-1", "CC-3", "CC-4", "CC-99"])
    if pick.random() < 0.3:
        tags["project"] = pick.choice(PROJECTS)
    return tags


def _expenses(pick: random.Random) -> list[Line]:
    found = []
    for number in range(60):
        month = pick.choice(MONTHS[1:])
        day = min(month + timedelta(days=pick.randrange(28)), TODAY)
        merchant = pick.choice(["JASPER AI 11", "JASPER AI", "OPENAI *CHATGPT PLUS", "CURSOR, IDE", "GOOGLE GEMINI", "CAFE"])
        amount = pick.randrange(-4000 if pick.random() < 0.1 else 100, 9000) or 1
        who = address(pick.choice([*PERSONS, "nobody"])) if pick.random() < 0.7 else ""
        found.append(_expense(f"X-{number}", day, merchant, f"{amount / 100:.2f}", pick.choice(["USD", "EUR", "SEK"]), who,
                              pick.choice(["", "", "Sales", "Data"])))  # fmt: skip
    return found


def _expense(number: str, day: date, merchant: str, amount: str, currency: str, who: str, department: str = "") -> Line:
    return {"expense_id": number, "date": str(day), "merchant": merchant, "amount": amount, "currency": currency,
            "employee_email": who, "department": department}  # fmt: skip


def _evidence(costs: Sequence[Line]) -> list[Line]:
    """Card lines of what the vendor's own bill says already: within 1 % of it, and one that is 4 % off."""

    def total(service: str, month: date) -> Fraction:
        rows = [row for row in costs if row["BillingPeriodStart"].startswith(str(month))]
        return sum((Fraction(row["BilledCost"]) for row in rows if tool_of(row) == service), Fraction(0))

    april, may, july = (date(2026, month, 1) for month in (4, 5, 7))
    lines = []
    for number, (tool, merchant, month, day, factor, currency) in enumerate([
        ("Cursor", "CURSOR, IDE", april, date(2026, 4, 28), "1.01", "USD"),
        ("Cursor", "CURSOR, IDE", may, date(2026, 6, 3), "0.995", "USD"),  # the bill of the month before
        ("Cursor", "CURSOR, IDE", may, date(2026, 5, 20), "1.04", "USD"),
        ("DeepL Pro", "DEEPL SE", july, date(2026, 7, 30), "1.002", "EUR"),
    ]):  # fmt: skip
        amount = total(tool, month) * Fraction(factor)
        lines.append(_expense(f"E-{number}", day, merchant, f"{float(amount):.2f}", currency, address("bo")))
    return lines


def tool_of(row: Line) -> str:
    """A cost row's tool: SKU before sub-account before service; what nobody knows is called as its service."""
    if row["SkuId"] == "cursor-addon":
        return "Cursor"
    if row["SubAccountId"] == "acct-claude":
        return "Claude API"
    return {"Cursor Business": "Cursor"}.get(row["ServiceName"], row["ServiceName"])


def _seats() -> list[Line]:
    """Snapshots that lose at most one of ten holders; plans that change, pending and suspended seats, some untracked."""
    cursor = ["ada", "bo", "cy", "ed", "fay", "gil", "hal", "ida", "jo", "lou", "max"]
    copilot = ["ada", "bo", "hal", "ida", "lou", "max", "nia", "oz", "kim", "di"]
    found = []
    for as_of, without, added in (("2026-03-31", [], []), ("2026-06-15", ["cy"], ["nia"]), ("2026-09-20", [], ["cy"]),
                                  ("2026-11-16", ["gil"], [])):  # fmt: skip
        cursor = [name for name in cursor if name not in without] + added
        found += [_seat("cursor", name, as_of, tracked=name != "jo") for name in cursor]
    for as_of, extra in (("2026-04-10", []), ("2026-08-12", ["cy"]), ("2026-11-01", [])):
        copilot = copilot + extra
        found += [_seat("github-copilot", name, as_of, plan=_plan(name, as_of)) for name in copilot]
    found += [_seat("chatgpt", name, "2026-05-05", tracked=False) for name in ("ed", "di")]
    found += [_seat("chatgpt", name, "2026-10-05", tracked=name != "ed") for name in ("ed", "di", "kim", "nobody")]
    return found


def _plan(name: str, as_of: str) -> str:
    if name in ("ada", "oz"):
        return "Enterprise"
    if name == "max":
        return "enterprise" if as_of > "2026-08" else "Business"
    return "" if name == "kim" else "Business"


def _seat(tool: str, name: str, as_of: str, plan: str = "", tracked: bool = True) -> Line:
    day = date.fromisoformat(as_of)
    ago = {"ada": 2, "bo": 30, "ed": 31, "fay": 29, "lou": 75, "nia": 12, "di": 3, "hal": 90}.get(name)
    since = {"ada": "2025-05-05", "fay": "2026-02-20", "lou": "2026-01-15", "max": str(day - timedelta(days=12)),
             "oz": "2026-04-02"}.get(name, "")  # fmt: skip
    status = "pending" if name == "kim" and as_of < "2026-08" else "suspended" if name == "di" else "assigned"
    return {"tool": tool, "work_email": address(name), "as_of": as_of, "plan": plan, "assigned_on": since,
            "last_active_on": str(day - timedelta(days=ago)) if ago is not None and tracked else "",
            "activity_tracked": "yes" if tracked else "no", "status": status}  # fmt: skip


def _usage(pick: random.Random) -> list[Line]:
    found, seen = [], set()
    for _ in range(420):
        month = pick.choice(MONTHS[1:])
        day = min(month + timedelta(days=pick.randrange(28)), TODAY)
        tool = pick.choice(["cursor", "github-copilot", "claude-api", "claude-api"])
        who = address(pick.choice([*PERSONS, "nobody"])) if pick.random() < 0.9 else ""
        project, model = pick.choice(["", "", "Atlas", "Orion"]), "sonnet-9" if tool == "claude-api" else ""
        if (day, tool, who, project, model) in seen:
            continue
        seen.add((day, tool, who, project, model))
        tokens = tool == "claude-api" and pick.random() < 0.8
        entered = pick.randrange(10**7)
        found.append({
            "day": str(day), "tool": tool, "work_email": who, "project": project, "model": model,
            "requests": str(pick.randrange(400)) if pick.random() < 0.7 else "",
            "input_tokens": str(entered) if tokens else "",
            "cached_input_tokens": str(pick.randrange(entered + 1)) if tokens and pick.random() < 0.5 else "",
            "output_tokens": str(pick.randrange(10**6)) if tokens and pick.random() < 0.9 else "",
            "active": pick.choice(["yes", "yes", "no", ""]),
        })  # fmt: skip
    return found
