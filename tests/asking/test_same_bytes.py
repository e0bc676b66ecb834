"""The same question on the same day gives the same bytes: in another process, with another order of rows and files, on
another database."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from storage.database import open_engine
from storage.imports import load
from storage.schema import ensure_schema
from storage.unit_of_work import Store
from tests.conftest import NOW, TestClock, empty_tables, numbered_ids

PEOPLE = [("fin", "Finance"), ("eng0", "Engineering"), *((f"eng{n}", "Engineering") for n in range(1, 6)),
          *((f"mar{n}", "Marketing") for n in range(5)), *((f"leg{n}", "Legal") for n in range(2))]  # fmt: skip
TOOLS = {
    "github-copilot": ("GitHub Copilot", "GitHub", "coding_assistant"),
    "cursor": ("Cursor", "Anysphere", "coding_assistant"),
    "chatgpt": ("ChatGPT Enterprise", "OpenAI", "assistant"),
    "claude": ("Claude", "Anthropic", "assistant"),
    "openai-api": ("OpenAI API", "OpenAI", "api"),
    "m365-copilot": ("Microsoft 365 Copilot", "Microsoft", "assistant"),
}
COSTS = (
    "BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,BilledCost,EffectiveCost,ListCost,"
    "BillingCurrency,ServiceName,ServiceProviderName,InvoiceIssuerName,BillingAccountId,ConsumedQuantity,ConsumedUnit,"
    "x_Model,Tags"
)
CONTRACTS = (
    "contract_id,tool,billing_model,currency,seats_purchased,unit_price,billing_interval,annual_value,start_date,end_date,"
    "notice_days"
)
ORG = """
name: Acme
base_currency: USD
timezone: Europe/Stockholm
fiscal_year: {start_month: 2, named_by: end}
roles: {finance: [fin@acme.example]}
owners: {department: {Marketing: mar0@acme.example}}
"""
QUESTIONS = """
what did we spend last month; spend by tool last month; spend by department last month; spend by vendor last month
spend by cost centre last month; spend by person last month; spend by project last month; spend by model last month
spend by category last month; spend by department and tool last month; top 3 tools this quarter
top 2 departments this year
which department spends the most; which tool spends the least last month; second most expensive tool this year
spend this month vs last month; spend by department vs last month; spend by tool vs last quarter
why did spend go up last month
monthly spend this year; monthly spend this year by vendor; weekly spend last 8 weeks; weekly spend last 4 weeks by tool
daily spend last 14 days; quarterly spend by department this year; cumulative spend this year by month
average spend per day last month; average spend per month this year; what did Marketing spend last month
what did Marketing spend on Cursor last month; spend outside of Engineering last month; spend without an owner last month
share of OpenAI of total spend last month; how much of engineering's spend is Cursor last month
departments that spent more than 50 last month; tools whose spend grew by more than 10% vs last month
bill from OpenAI last month; what did we pay last month; list price last month; discount savings this year; run rate
tokens last month by model; API requests last month; API requests by tool last month; active users last month by tool
cache hit share by model last month; cost per million tokens by model last month; cost per API request last month
headcount by department; cost per head last month by department; idle seats by tool; idle seats by person; idle seat cost
seat utilisation by tool; how many seats of GitHub Copilot do we have; seats by department; spare seats
what renews in the next 120 days; contracts in force; budget vs actual this year; budget left for Engineering
are we over budget by department this year; how many tools do we have; which tools are not approved
copilot spend last month; spend of zorblax; what do I cost; how much did mar1 cost last month
"""


def questions() -> list[str]:
    return [one.strip() for line in QUESTIONS.strip().splitlines() for one in line.split(";")]


def files() -> dict[str, list[str]]:
    """Lines by file; many amounts are alike, so that an order by amount alone would show."""
    people = ["employee_id,work_email,display_name,department,cost_center,manager_employee_id,hire_date"]
    for number, (name, department) in enumerate(PEOPLE):
        shown = "Sam Alike" if name in ("eng3", "mar3") else name.title()
        boss = "1" if name.startswith("eng") and name != "eng0" else ""
        people.append(f"{number},{name}@acme.example,{shown},{department},CC-{department[:3]},{boss},2024-01-01")
    costs = [COSTS]
    for month in range(1, 12):
        for number, (name, vendor, _) in enumerate(TOOLS.values()):
            for day in (3, 17):
                who = PEOPLE[(number * 3 + day + month) % len(PEOPLE)][0]
                tags = json.dumps({"user": f"{who}@acme.example", "project": f"P{number % 3}"}) if number != 4 else "{}"
                quoted = '"' + tags.replace('"', '""') + '"'
                amount = f"{10 + number % 2 + month / 100:.2f}"
                first = f"2026-{month:02d}"
                costs.append(
                    f"{first}-01T00:00:00Z,2026-{month + 1:02d}-01T00:00:00Z,{first}-{day:02d}T00:00:00Z,"
                    f"{first}-{day + 1:02d}T00:00:00Z,Usage,{amount},{amount},{float(amount) + 1:.2f},USD,{name},{vendor},"
                    f"{vendor},A1,1000,Tokens,m{number % 2},{quoted}"
                )
    seats = ["tool,work_email,as_of,assigned_on,last_active_on,plan"]
    usage = ["day,tool,work_email,model,requests,input_tokens,cached_input_tokens,output_tokens,active"]
    for number, (name, _) in enumerate(PEOPLE):
        for tool in ("github-copilot", "cursor", "m365-copilot"):
            used = "2026-11-18" if number % 3 else "2026-06-01"
            seats.append(f"{tool},{name}@acme.example,2026-11-20,2026-01-05,{used},Team")
        for day in ("2026-10-05", "2026-11-04"):
            usage.append(f"{day},chatgpt,{name}@acme.example,m{number % 2},7,100,30,50,yes")
            usage.append(f"{day},claude,{name}@acme.example,m{number % 2},7,100,30,50,yes")
    contracts = [CONTRACTS]
    for number, tool in enumerate(("github-copilot", "cursor", "m365-copilot")):
        contracts.append(f"C{number},{tool},per_seat,USD,20,10,month,2400,2026-01-01,2027-01-31,30")
    return {
        "org.yaml": [ORG],
        "catalog.yaml": [_catalog()],
        "people.csv": people,
        "costs.csv": costs,
        "seats.csv": seats,
        "usage.csv": usage,
        "contracts.csv": contracts,
        "budgets.csv": [
            "period,scope_type,scope,amount,currency", "FY27,company,,2000,USD", "FY27,department,Engineering,400,USD",
            "FY27,department,Marketing,400,USD",
        ],
    }  # fmt: skip


def _catalog() -> str:
    entries = [
        f"  - {{slug: {slug}, name: {name}, vendor: {vendor}, category: {category}, status: approved, "
        f"focus: {{service_names: [{name}]}}}}"
        for slug, (name, vendor, category) in TOOLS.items()
    ]
    return "\n".join(["tools:", *entries]).replace("Claude, vendor", "Claude, aliases: [claude chat], vendor")


def fill(url: str, folder: Path, seed: int | None) -> None:
    """Import the company; with a seed, rows and files in another order, a file at a time."""
    content, order = files(), list(files())
    if seed is not None:
        mixer = random.Random(seed)
        mixer.shuffle(order)
        for name, (head, *lines) in content.items():
            mixer.shuffle(lines)
            content[name] = [head, *lines]
    engine = open_engine(url)
    ensure_schema(engine)
    store = Store(engine, TestClock(NOW), numbered_ids())
    folder.mkdir()
    for name in order:
        (folder / name).write_text("\n".join(content[name]) + "\n", encoding="utf-8")
    for paths in [[folder]] if seed is None else [[folder / name] for name in order]:
        assert [report.refused for report in load(store, paths) if report.refused] == []
    engine.dispose()


def asking(url: str, folder: Path, hash_seed: str) -> subprocess.Popen[str]:
    """A process of its own that answers them all."""
    batch = folder / "batch.jsonl"
    lines = [json.dumps({"id": str(n), "text": text, "as": "fin@acme.example"}) for n, text in enumerate(questions())]
    batch.write_text("\n".join(lines), encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, "-m", "bot", "ask", "--batch", str(batch), "--database", url, "--now", NOW.isoformat()],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONUTF8": "1"},
    )  # fmt: skip


def answers(process: subprocess.Popen[str]) -> list[str]:
    out, errors = process.communicate()
    assert process.returncode == 0, errors
    return out.splitlines()


@pytest.fixture
def postgres(postgres_engine: object, postgres_url: str) -> str:
    empty_tables(postgres_engine)  # type: ignore[arg-type]
    return postgres_url


@pytest.mark.timeout(400)  # two processes of some seconds each, and many more on a busy machine
def test_same_day_same_bytes(tmp_path: Path, postgres: str) -> None:
    sqlite = f"sqlite:///{tmp_path / 'a.db'}"
    fill(sqlite, tmp_path / "in order", None)
    fill(postgres, tmp_path / "shuffled", 7)
    both = asking(sqlite, tmp_path / "in order", "1"), asking(postgres, tmp_path / "shuffled", "2")
    expected, other = map(answers, both)
    statuses = [json.loads(line)["status"] for line in expected]
    assert len(expected) == len(questions()) > 60 and statuses.count("answered") > 55, statuses
    for question, one, two in zip(questions(), expected, other, strict=True):
        assert one == two, question
