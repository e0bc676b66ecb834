"""The other books: contracts, card lines, budgets, exchange rates, outcomes and the signals of unknown tools."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from manifests.demo.company import DEPARTMENTS, Company, email_of
from manifests.demo.focus import GIGA
from manifests.demo.ledger import Ledger
from manifests.demo.seats import Seats

OWNER = email_of("Ingvar Solheimsen")
CONTRACTS_HEADER = (
    "contract_id", "tool", "billing_model", "plan", "seats_purchased", "unit_price", "billing_interval", "currency",
    "annual_value", "start_date", "end_date", "auto_renew", "notice_days", "owner_email", "cost_center", "payment_channel",
)  # fmt: skip
# id, tool, billing model, plan, unit price, interval, currency, annual value, days the term still runs, term in years,
# renews by itself, notice days, cost centre
CONTRACTS = (
    ("GH-2201", "github-copilot", "per_seat", "Business", "19", "month", "USD", "", 212, 3, True, 30, "KV-110"),
    ("CU-0917", "cursor", "per_seat", "Teams", "40", "month", "USD", "", 97, 2, True, 30, "KV-110"),
    ("OA-5530", "chatgpt-enterprise", "per_seat", "Annual", "52", "month", "USD", "", 71, 2, True, 60, "KV-410"),
    ("AN-3310", "claude-enterprise", "per_seat", "Standard", "55", "month", "USD", "", 146, 1, True, 30, ""),
    ("MS-8804", "m365-copilot", "per_seat", "E5 add-on", "28.10", "month", "EUR", "", 38, 2, True, 30, "KV-410"),
    ("NO-1120", "notion-ai", "embedded", "Business", "8", "month", "USD", "", 180, 3, True, 30, ""),
    ("GO-7001", "gemini-workspace", "embedded", "Business Plus", "", "year", "USD", "14400", 255, 3, True, 30, ""),
    ("GR-4410", "grammarly", "per_seat", "Business", "15", "month", "USD", "", 24, 2, True, 15, "KV-220"),
    ("DL-0075", "deepl", "per_seat", "Advanced", "87", "quarter", "EUR", "", 59, 2, False, 30, ""),
    ("AD-6120", "firefly", "credits", "Generative credits", "", "year", "USD", "12000", 166, 3, False, 30, "KV-160"),
)  # fmt: skip


def contracts(seats: Seats, today: date) -> Iterator[tuple[str, ...]]:
    for id_, tool, model, plan, price, interval, currency, value, left, years, renews, notice, center in CONTRACTS:
        channel = "card" if tool == "grammarly" else "invoice"
        end = today + timedelta(days=left)
        start = end - timedelta(days=365 * years - 1)
        count = str(seats.purchased(tool)) if price else ""
        yield (id_, tool, model, plan, count, price, interval, currency, value, start.isoformat(), end.isoformat(),
               "yes" if renews else "no", str(notice), OWNER, center, channel)  # fmt: skip
        if id_ == "AN-3310":  # the term before: fewer seats at a higher price
            yield (f"{id_}-A", tool, model, plan, str(int(count) * 2 // 3), "60", interval, currency, value,
                   (start - timedelta(days=365)).isoformat(), (start - timedelta(days=1)).isoformat(), "no", str(notice),
                   OWNER, center, channel)  # fmt: skip


EXPENSES_HEADER = ("expense_id", "date", "merchant", "amount", "currency", "employee_email", "description", "mcc",
                   "department", "memo")  # fmt: skip
# merchant, amount, mcc, day of the month, department, how many people, since how many months
SUBSCRIPTIONS = (
    ("MIDJOURNEY INC. SOUTH SAN FRAN CA", "60.00", "5818", 4, "Design", 4, 18),
    ("MIDJOURNEY INC. SOUTH SAN FRAN CA", "30.00", "5818", 9, "Marketing", 3, 11),
    ("ELEVENLABS.IO NEW YORK NY", "99.00", "5734", 12, "Marketing", 2, 9),
    ("PERPLEXITY AI SAN FRANCISCO CA", "40.00", "5734", 15, "Product", 3, 12),
    ("PERPLEXITY AI SAN FRANCISCO CA", "20.00", "5734", 21, "Sales", 2, 7),
    ("JASPER.AI AUSTIN TX", "59.00", "5734", 18, "Marketing", 1, 4),
    ("OTTER.AI MOUNTAIN VIEW CA", "16.99", "5734", 6, "Sales", 2, 6),
    ("GAMMA.APP SAN FRANCISCO CA", "20.00", "5734", 23, "Customer Success", 1, 5),
)
NOT_AI = (
    ("DELTA AIR LINES ATLANTA GA", 180, 940, "3058"), ("MARRIOTT BOSTON MA", 190, 620, "3509"),
    ("STAPLES 00117 BOSTON MA", 14, 160, "5943"), ("BLUE BOTTLE COFFEE BOSTON MA", 9, 44, "5814"),
    ("UBER TRIP HELP.UBER.COM", 11, 72, "4121"), ("LINKEDIN ADS MOUNTAIN VIEW CA", 200, 900, "7311"),
)  # fmt: skip


def expenses(company: Company, ledger: Ledger, seed: int) -> Iterator[tuple[str, ...]]:
    random = Random(f"{seed}/expenses")
    number = 0
    months = list(ledger.months())
    for merchant, amount, mcc, day, department, count, since in SUBSCRIPTIONS:
        people = [p for p in company.people if p.department == department and p.left is None and p.rank == 3][3 : 3 + count]
        for month in months[-since:]:
            for person in people:
                when = month.replace(day=day)
                if when < company.today and person.works_on(when):
                    number += 1
                    yield (f"X{number:05d}", when.isoformat(), merchant, amount, "USD", person.email, "Subscription", mcc,
                           department, "")  # fmt: skip
    for when, bill in ledger.grammarly_bills:
        if when < company.today:
            number += 1
            yield (f"X{number:05d}", when.isoformat(), "GRAMMARLY CO*BUSINESS SAN FRANCISCO CA", f"{bill / GIGA:.2f}", "USD",
                   email_of("Idris Valemont"), "Monthly invoice", "5734", "Marketing", "paid by company card")  # fmt: skip
    travellers = [p for p in company.people if p.left is None][::7]
    for month in months:
        for _ in range(9):
            merchant, low, high, mcc = random.choice(NOT_AI)
            when, person = month + timedelta(days=random.randint(0, 27)), random.choice(travellers)
            if when < company.today and person.works_on(when):
                number += 1
                amount = f"{random.randint(low * 100, high * 100) / 100:.2f}"
                yield (f"X{number:05d}", when.isoformat(), merchant, amount, "USD", person.email, "", mcc, person.department,
                       "")  # fmt: skip


BUDGETS_HEADER = ("period", "scope_type", "scope", "amount", "currency")
# Budget of the year as a share of the year's spend so far: those below 100 are over already.
OVER = {"Customer Success": 91, "Legal": 82, "Product": 97}


def budgets(ledger: Ledger, today: date) -> Iterator[tuple[str, ...]]:
    """Yearly budgets a department, a company total, and some of a quarter for a project and a tool."""
    yesterday = today - timedelta(days=1)
    year, passed = yesterday.year, (yesterday - date(yesterday.year, 1, 1)).days + 1
    total = 0
    for department in DEPARTMENTS:
        so_far = sum(cost for (name, month), cost in ledger.spent.items() if name == department.name and month.year == year)
        percent = OVER.get(department.name, 0)
        yearly = so_far * percent // 100 if percent else so_far * 365 // passed * 112 // 100
        amount = max(1000, yearly // GIGA // 500 * 500)
        total += amount
        yield (str(year), "department", department.name, str(amount), "USD")
        yield (str(year - 1), "department", department.name, str(max(1000, amount * 7 // 10 // 500 * 500)), "USD")
    yield (str(year), "company", "", str(total * 108 // 100 // 1000 * 1000), "USD")
    yield (str(year - 1), "company", "", str(total * 75 // 100 // 1000 * 1000), "USD")
    quarter = f"{year}-Q{(yesterday.month - 1) // 3 + 1}"
    yield (quarter, "project", "Lantern", "24000", "USD")
    yield (quarter, "tool", "cursor", "9000", "USD")
    yield (f"{yesterday:%Y-%m}", "tool", "claude-code", "1500", "USD")


RATES_HEADER = ("Date", "USD", "JPY", "GBP", "CHF", "SEK", "CAD", "")


def rates(today: date, first: date, seed: int) -> Iterator[tuple[str, ...]]:
    """In the shape of the European Central Bank's history: newest first, working days, 1 EUR = X. Invented values."""
    random = Random(f"{seed}/rates")
    values = [1.128, 163.2, 0.851, 0.938, 11.05, 1.548]
    lines = []
    for offset in range((today - first).days + 60):
        day = first - timedelta(days=60) + timedelta(days=offset)
        if day.weekday() < 5:
            values = [value * (1 + random.uniform(-0.0035, 0.0036)) for value in values]
            lines.append((day.isoformat(), *(f"{value:.4f}" for value in values), ""))
    yield from reversed(lines)


OUTCOMES_HEADER = ("period_start", "period_end", "metric", "quantity", "scope_type", "scope", "tool", "unit_value",
                   "currency", "evidence", "source")  # fmt: skip


def outcomes(ledger: Ledger) -> Iterator[tuple[str, ...]]:
    complete = list(ledger.months())[-7:-1]
    for index, month in enumerate(complete):
        end = (month + timedelta(days=32)).replace(day=1)
        period = (month.isoformat(), end.isoformat())
        yield (*period, "tickets resolved without an agent", str(1180 + 130 * index), "department", "Customer Success",
               "openai-api", "6.40", "USD", "measured", "helpdesk export")  # fmt: skip
        yield (*period, "pull requests merged with an agent", str(310 + 42 * index), "department", "Engineering",
               "claude-code", "38", "USD", "modelled", "git log, 0.5 hours each")  # fmt: skip
        yield (*period, "hours saved", str(95 + 9 * index), "department", "Marketing", "chatgpt-enterprise", "55", "USD",
               "self_reported", "quarterly survey")  # fmt: skip


GRANTS_HEADER = ("app_name", "work_email", "granted_on", "last_used_on", "scopes", "client_id", "source")
UNKNOWN_APPS = (("Otter.ai", 9, "Sales", "calendar.readonly"), ("Fireflies.ai", 5, "Sales", "calendar.events"),
                ("Gamma", 4, "Customer Success", "profile email"), ("ChatGPT", 40, "Engineering", "profile email"),
                ("Perplexity", 11, "Product", "profile email"))  # fmt: skip


def grants(company: Company, seed: int) -> Iterator[tuple[str, ...]]:
    random = Random(f"{seed}/grants")
    for app, count, department, scopes in UNKNOWN_APPS:
        people = [p for p in company.people if p.department == department and p.left is None][:count]
        for person in people:
            granted = company.today - timedelta(days=random.randint(20, 260))
            used = company.today - timedelta(days=random.randint(1, 19))
            client = f"{app.lower().replace('.', '-')}-{len(app) * 7919}"
            yield (app, person.email, granted.isoformat(), used.isoformat(), scopes, client, "okta")


VISITS_HEADER = ("day", "work_email", "domain", "hits", "bytes_up", "source")
DOMAINS = (("claude.ai", "Marketing", 6), ("chat.deepseek.com", "Data Science", 3), ("gamma.app", "Customer Success", 4),
           ("midjourney.com", "Design", 5), ("otter.ai", "Sales", 4), ("character.ai", "Operations", 1))  # fmt: skip


def visits(company: Company, seed: int) -> Iterator[tuple[str, ...]]:
    random = Random(f"{seed}/visits")
    for domain, department, count in DOMAINS:
        people = [p for p in company.people if p.department == department and p.left is None][2 : 2 + count]
        for person in people:
            for back in range(1, 45):
                day = company.today - timedelta(days=back)
                if day.weekday() < 5 and random.random() < 0.4:
                    yield (day.isoformat(), person.email, domain, str(random.randint(1, 60)),
                           str(random.randint(2_000, 900_000)), "dns")  # fmt: skip
