"""What the vendors billed: a statement per issuer over 18 months, from seats, tokens and credits."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from manifests.demo.company import DEPARTMENTS, Company
from manifests.demo.focus import GIGA, Charge, Service, Statement, next_month, seat_months
from manifests.demo.seats import Seats

CENT = GIGA // 100
MILLION_TOKENS = "1000000 Tokens"
# list prices per million tokens in thousandths of a dollar: input, cached input, output
MODELS = {
    "gpt-5": (1250, 125, 10000),
    "gpt-5-mini": (250, 25, 2000),
    "gpt-4.1": (2000, 500, 8000),
    "claude-sonnet-4-5": (3000, 300, 15000),
    "claude-haiku-4-5": (1000, 100, 5000),
    "gemini-2.5-pro": (1250, 310, 10000),
    "gemini-2.5-flash": (300, 75, 2500),
}


class Workload(NamedTuple):
    """A steady consumer of an API. `tokens`: thousands of input tokens a working day when the ledger begins."""

    issuer: str
    service: str
    account: str
    sub_account: str
    tags: dict[str, str]
    department: str  # who ends up paying, for the budgets; "" = nobody can tell
    project: str
    models: dict[str, int]


WORKLOADS = (
    Workload("OpenAI", "OpenAI API", "org-kv-main", "proj-search", {}, "Engineering", "Lantern",
             {"gpt-5": 42000, "gpt-5-mini": 160000}),
    Workload("OpenAI", "OpenAI API", "org-kv-main", "proj-assist", {}, "Customer Success", "Concierge",
             {"gpt-5": 21000, "gpt-5-mini": 90000}),
    Workload("OpenAI", "OpenAI API", "org-kv-main", "proj-growth",
             {"department": "Marketing", "cost_center": "KV-210", "project": "Campfire"}, "Marketing", "Campfire",
             {"gpt-5": 16000}),
    Workload("OpenAI", "OpenAI API", "org-kv-main", "proj-sandbox", {}, "Engineering", "", {"gpt-5-mini": 70000}),
    Workload("Anthropic", "Anthropic API", "anthropic-kv", "ws-platform",
             {"department": "Engineering", "cost_center": "KV-130", "project": "Lantern"}, "Engineering", "Lantern",
             {"claude-sonnet-4-5": 19000, "claude-haiku-4-5": 30000}),
    Workload("Anthropic", "Anthropic API", "anthropic-kv", "ws-contracts",
             {"department": "Legal", "project": "Redline"}, "Legal", "Redline", {"claude-sonnet-4-5": 2600}),
    Workload("Anthropic", "Anthropic API", "anthropic-kv", "ws-default", {"project": "Tidewater"}, "", "Tidewater",
             {"claude-haiku-4-5": 24000}),
    Workload("Microsoft", "Azure OpenAI", "azure-kv-prod", "sub-finance-apps", {"cost_center": "KV-420"}, "Finance", "",
             {"gpt-4.1": 5200}),
    Workload("Microsoft", "Azure OpenAI", "azure-kv-prod", "sub-sales-apps", {"department": "Sales", "project": "Compass"},
             "Sales", "Compass", {"gpt-4.1": 15000}),
    Workload("Google Cloud", "Vertex AI", "gcp-kv", "kv-ml-research", {}, "Data Science", "Tidewater",
             {"gemini-2.5-pro": 36000, "gemini-2.5-flash": 90000}),
    Workload("Google Cloud", "Vertex AI", "gcp-kv", "kv-playground", {}, "", "", {"gemini-2.5-flash": 60000}),
    Workload("AWS", "Amazon Bedrock", "482100775931", "482100775931", {"department": "Engineering", "project": "Harbour"},
             "Engineering", "Harbour", {"claude-sonnet-4-5": 12000}),
)  # fmt: skip
VERSIONS = {"OpenAI": "1.4", "Anthropic": "1.4", "Microsoft": "1.2", "Google Cloud": "1.3", "AWS": "1.2", "GitHub": "1.3",
            "Anysphere": "1.4", "Grammarly": "1.2", "Adobe": "1.2"}  # fmt: skip
DISCOUNTS = {"OpenAI": 10, "AWS": 5, "Microsoft": 8}
# Dollars a seat and month of what only a contract shows (for the budgets; the ledger has no rows of it).
ACCRUED = {"claude-enterprise": 55, "notion-ai": 8, "deepl": 33}
PURE_SEATS = Service("", "", "", "Business Applications", "Productivity and Collaboration")


def tag_text(tags: dict[str, str]) -> str:
    return "{" + ", ".join(f'"{key}": "{value}"' for key, value in tags.items()) + "}" if tags else ""


class Ledger:
    """Builds all statements; remembers roughly what each department spent a month, for the budgets."""

    def __init__(self, company: Company, seats: Seats, seed: int, first: date) -> None:
        self.random = Random(f"{seed}/ledger")
        self.company, self.seats, self.first, self.today = company, seats, first, company.today
        self.statements = {issuer: Statement(issuer, version) for issuer, version in VERSIONS.items()}
        self.spent: Counter[tuple[str, date]] = Counter()
        self.project_spent: Counter[tuple[str, date]] = Counter()
        self.usage_rows: list[tuple[str, ...]] = []
        self.grammarly_bills: list[tuple[date, int]] = []
        for workload in WORKLOADS:
            for model, tokens in workload.models.items():
                self._workload(workload, model, tokens)
        self._coding_agents()
        for month in self.months():
            self._seat_month(month, min(next_month(month), self.today))
        self._firefly()
        self._odds_and_ends()

    def months(self) -> Iterator[date]:
        month = self.first
        while month < self.today:
            yield month
            month = next_month(month)

    def _days(self) -> Iterator[date]:
        for offset in range((self.today - self.first).days):
            yield self.first + timedelta(days=offset)

    def _workload(self, work: Workload, model: str, tokens: int) -> None:
        service = Service(work.account, f"Kestrel & Vane ({work.account})", work.service)
        tags, total = tag_text(work.tags), (self.today - self.first).days
        statement = self.statements[work.issuer]
        for index, day in enumerate(self._days()):
            size = tokens * (100 + 90 * index // total) // 100  # grows by 90 % over the ledger
            size = size * (30 if day.weekday() >= 5 else self.random.randint(85, 118)) // 100
            if work.sub_account == "proj-search" and 18 <= (self.today - day).days <= 20:
                size *= 4  # a runaway retry loop
            cached, output = size * self.random.randint(20, 45) // 100, size * self.random.randint(9, 14) // 100
            meters = (size - cached, cached, output)
            for meter, thousands, price in zip(("input", "cached input", "output"), meters, MODELS[model], strict=True):
                charge = Charge(
                    day, day + timedelta(days=1), f"{model} {meter} tokens", f"{model}-{meter.replace(' ', '-')}",
                    thousands * 10**6, MILLION_TOKENS, price * 10**6, DISCOUNTS.get(work.issuer, 0), meter, model, tags,
                    work.sub_account, consumed=thousands * 1000 * GIGA, consumed_unit="Tokens",
                )  # fmt: skip
                cost = statement.add(service, charge)
                self.spent[work.department, day.replace(day=1)] += cost
                self.project_spent[work.project, day.replace(day=1)] += cost
            self.usage_rows.append(self._usage_row(day, work, model, size, cached, output))

    def _usage_row(self, day: date, work: Workload, model: str, size: int, cached: int, output: int) -> tuple[str, ...]:
        requests = max(1, size // self.random.randint(3, 6))
        return (day.isoformat(), work.service, "", work.project, model, str(requests), str(size * 1000), str(cached * 1000),
                str(output * 1000), "")  # fmt: skip

    def _coding_agents(self) -> None:
        """Claude Code, tagged with the engineer who ran it."""
        service = Service("anthropic-kv", "Kestrel & Vane (anthropic-kv)", "Claude Code")
        engineers = [p for p in self.company.people if p.department in ("Engineering", "Data Science")]
        users = [p for index, p in enumerate(engineers) if index % 5 == 2 or p.name == "Tomasz Wieland"]
        for person in users:
            pace, tags = self.random.randint(150, 1400), tag_text({"user": person.email})
            start = self.first + timedelta(days=self.random.choice((0, 60, 150, 240)))
            for day in self._days():
                if day >= start and day.weekday() < 5 and person.works_on(day) and self.random.random() < 0.72:
                    self._agent_day(
                        service, person.department_on(day), day, pace * self.random.randint(40, 190) // 100, tags
                    )

    def _agent_day(self, service: Service, department: str, day: date, thousands: int, tags: str) -> None:
        for meter, size, price in (("input", thousands, 3000), ("output", thousands // 9, 15000)):
            charge = Charge(
                day, day + timedelta(days=1), f"claude-sonnet-4-5 {meter} tokens", f"claude-code-{meter}", size * 10**6,
                MILLION_TOKENS, price * 10**6, 0, meter, "claude-sonnet-4-5", tags, "ws-claude-code",
                consumed=size * 1000 * GIGA, consumed_unit="Tokens",
            )  # fmt: skip
            self.spent[department, day.replace(day=1)] += self.statements["Anthropic"].add(service, charge)

    def _seat_month(self, month: date, until: date) -> None:
        copilot = self.seats.holders("github-copilot", until - timedelta(days=1))
        service = Service("gh-kestrelvane", "kestrelvane", "GitHub Copilot")
        by_department = Counter(holding.person.department_on(month) for holding in copilot)
        bill = sum(
            self._seats("GitHub", service, month, until, count, 19_00, {"department": department}, department)
            for department, count in sorted(by_department.items())
        )
        self.statements["GitHub"].tax(service, month, until, bill * 625 // 10000)
        self._cursor_month(month, until)
        holders = self.seats.holders("chatgpt-enterprise", until - timedelta(days=1))
        service = Service("org-kv-chatgpt", "Kestrel & Vane", "ChatGPT Enterprise")
        cost = self._seats("OpenAI", service, month, until, self.seats.purchased("chatgpt-enterprise"), 52_00, {}, None)
        self._share(cost, month, Counter(holding.person.department_on(month) for holding in holders))
        self._microsoft_month(month, until)
        self._grammarly_month(month, until)
        for slug, dollars in ACCRUED.items():
            held = Counter(h.person.department_on(month) for h in self.seats.holders(slug, until - timedelta(days=1)))
            self._share(dollars * seat_months(sum(held.values()), month, until), month, held)

    def _seats(self, issuer: str, service: Service, month: date, until: date, count: int, cents: int, tags: dict[str, str],
               department: str | None) -> int:  # fmt: skip
        charge = Charge(
            month, until, f"{service.name}, {count} seats", f"{service.name.lower().replace(' ', '-')}-seat",
            seat_months(count, month, until), "Seat-Months", cents * CENT, meter="seats", tags=tag_text(tags),
            frequency="Recurring", consumed=count * GIGA, consumed_unit="Seats",
        )  # fmt: skip
        cost = self.statements[issuer].add(service, charge)
        if department is not None:
            self.spent[department, month] += cost
        return cost

    def _share(self, cost: int, month: date, weights: "Counter[str]") -> None:
        total = sum(weights.values()) or 1
        for department, weight in weights.items():
            self.spent[department, month] += cost * weight // total

    def _cursor_month(self, month: date, until: date) -> None:
        service = Service("cursor-kv", "Kestrel & Vane", "Cursor")
        for holding in self.seats.holders("cursor", until - timedelta(days=1)):
            person = holding.person
            department = person.department_on(month)
            self._seats("Anysphere", service, month, until, 1, 40_00, {"user": person.email}, department)
            if holding.stopped is None and self.random.random() < 0.3:
                units = self.random.randint(40, 900)
                charge = Charge(month, until, "Usage beyond the plan", "cursor-usage", units * GIGA, "Requests", 4 * CENT,
                                meter="requests", tags=tag_text({"user": person.email}), consumed=units * GIGA,
                                consumed_unit="Requests")  # fmt: skip
                self.spent[department, month] += self.statements["Anysphere"].add(service, charge)

    def _microsoft_month(self, month: date, until: date) -> None:
        """Billed in euros to the Irish entity, by cost centre."""
        account = "ms-kv-ireland"
        service = Service(account, "Kestrel & Vane Ireland Ltd.", "Microsoft 365 Copilot", PURE_SEATS.category,
                          PURE_SEATS.subcategory, "EUR")  # fmt: skip
        holders = self.seats.holders("m365-copilot", until - timedelta(days=1))
        for center, count in sorted(Counter(holding.person.cost_center for holding in holders).items()):
            department = next(d.name for d in DEPARTMENTS if center in d.cost_centers)
            self._seats("Microsoft", service, month, until, count, 28_10, {"cost_center": center}, department)

    def _grammarly_month(self, month: date, until: date) -> None:
        service = Service(
            "grammarly-kv", "Kestrel & Vane", "Grammarly Business", PURE_SEATS.category, PURE_SEATS.subcategory
        )
        holders = self.seats.holders("grammarly", until - timedelta(days=1))
        cost = self._seats("Grammarly", service, month, until, self.seats.purchased("grammarly"), 15_00, {}, None)
        tax = cost * 625 // 10000
        self.statements["Grammarly"].tax(service, month, until, tax)
        self._share(cost, month, Counter(holding.person.department_on(month) for holding in holders))
        if until == next_month(month):
            self.grammarly_bills.append((until + timedelta(days=2), cost + tax))

    def _firefly(self) -> None:
        """Credits bought twice a year and drawn every week: buying costs nothing, drawing does."""
        service = Service("adobe-kv", "Kestrel & Vane", "Adobe Firefly")
        statement = self.statements["Adobe"]
        for month in list(self.months())[::6]:
            statement.add(service, self._credits(month, "Generative credits, 60000 units", 60000, bought=True))
        for day in self._days():
            if day.weekday() == 2:
                drawn = self._credits(day, "Generative credits used", self.random.randint(900, 2400), bought=False)
                cost = statement.add(service, drawn)
                self._share(cost, day.replace(day=1), Counter({"Design": 6, "Marketing": 4}))

    @staticmethod
    def _credits(day: date, description: str, units: int, bought: bool) -> Charge:
        charge = Charge(
            day, day + timedelta(days=1), description, "firefly-credits", units * GIGA, "Units", 10 * CENT,
            consumed=None if bought else units * GIGA, consumed_unit="Units",
        )  # fmt: skip
        if bought:
            charge.category, charge.frequency, charge.effective = "Purchase", "One-Time", 0
        else:
            charge.billed = 0
        return charge

    def _odds_and_ends(self) -> None:
        """A credit, a correction, and a service that the catalogue does not know."""
        months = list(self.months())
        bedrock = Service("482100775931", "kestrelvane-prod", "Amazon Bedrock")
        self.statements["AWS"].credit(bedrock, months[len(months) // 2], 1500 * GIGA, "Migration programme credit")
        openai = Service("org-kv-main", "Kestrel & Vane (org-kv-main)", "OpenAI API")
        self.statements["OpenAI"].add(openai, Charge(
            months[-3], months[-3] + timedelta(days=1), "Correction of last month's usage", "gpt-5-output", -18 * GIGA,
            MILLION_TOKENS, 10 * GIGA, 10, "output", "gpt-5", sub_account="proj-search", correction=True))  # fmt: skip
        unknown = Service("482100775931", "kestrelvane-prod", "Amazon Q Developer", "Developer Tools", "Developer Platforms")
        for month in months[-5:]:
            self._seats("AWS", unknown, month, min(next_month(month), self.today), 9, 19_00, {}, None)
