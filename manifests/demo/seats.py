"""Who holds a seat of what since when, how each is used, and the files that show it: seats-*.csv and usage.csv."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from manifests.demo.company import Company, Employee

USAGE_DAYS = 60
EVERYONE = "*"


class SeatTool(NamedTuple):
    """`reach` is the share of each department that holds a seat; `idle` the share of holders who stopped using it."""

    slug: str
    plan: str
    reach: dict[str, float]
    idle: float
    free: int  # purchased and given to nobody
    tracked: bool = True
    in_usage_file: bool = False


SEAT_TOOLS = (
    SeatTool("github-copilot", "Business", {"Engineering": 0.92, "Data Science": 0.9, "Product": 0.2, "IT": 0.5}, 0.22, 6,
             in_usage_file=True),
    SeatTool("cursor", "Teams", {"Engineering": 0.6, "Data Science": 0.5, "Design": 0.2}, 0.36, 0, in_usage_file=True),
    SeatTool("chatgpt-enterprise", "Annual", {EVERYONE: 0.68}, 0.31, 8, in_usage_file=True),
    SeatTool("claude-enterprise", "Standard",
             {"Marketing": 0.6, "Product": 0.9, "Legal": 0.9, "Data Science": 0.5, "Finance": 0.4}, 0.18, 0,
             in_usage_file=True),
    SeatTool("m365-copilot", "E5 add-on",
             {"Sales": 0.8, "Finance": 0.8, "People": 0.8, "Legal": 0.9, "Customer Success": 0.4, "Operations": 0.6},
             0.42, 12, in_usage_file=True),
    SeatTool("notion-ai", "Business",
             {"Product": 1, "Design": 1, "Marketing": 0.9, "Engineering": 0.5, "Customer Success": 0.5}, 0.38, 5),
    SeatTool("gemini-workspace", "Business Plus", {EVERYONE: 1}, 0, 0, tracked=False),
    SeatTool("grammarly", "Business", {"Marketing": 0.8, "Sales": 0.5, "Customer Success": 0.5, "People": 0.4}, 0.35, 2),
    SeatTool("deepl", "Advanced", {"Customer Success": 0.4, "Legal": 0.5, "Marketing": 0.3, "Sales": 0.2}, 0.25, 0),
    SeatTool("perplexity", "Pro", {"Product": 0.3, "Marketing": 0.15, "Sales": 0.1}, 0.3, 0),
)  # fmt: skip
# What the cast holds, whatever the dice say: days since last use (None = never used), or no seat at all.
CAST_SEATS: dict[str, dict[str, int | None]] = {
    "Nora Lindgaard": {"chatgpt-enterprise": 1, "grammarly": 2, "notion-ai": 64, "gemini-workspace": 0},
    "Idris Valemont": {"chatgpt-enterprise": 1, "claude-enterprise": 1, "grammarly": 52, "gemini-workspace": 0},
    "Tomasz Wieland": {"github-copilot": 1, "cursor": 71, "chatgpt-enterprise": 47, "gemini-workspace": 0},
}


@dataclass
class Holding:
    """A person's seat; `stopped` is the last day it was used for those who use it no more."""

    tool: SeatTool
    person: Employee
    assigned: date
    removed: date | None
    stopped: date | None
    never_used: bool
    eagerness: float  # how likely it is used on a working day
    days: list[date]  # of use, within the usage window

    def held_on(self, day: date) -> bool:
        return self.assigned <= day and (self.removed is None or day < self.removed)

    def last_active(self, day: date, random: Random) -> date | None:
        if self.never_used:
            return None
        known = [used for used in self.days if used <= day]
        last = known[-1] if known else self.stopped or day - timedelta(days=random.randint(0, 4))
        last = min(last, day)
        return last if last >= self.assigned else None


class Seats:
    def __init__(self, company: Company, seed: int, first: date) -> None:
        self.random = Random(f"{seed}/seats")
        self.company, self.first, self.yesterday = company, first, company.today - timedelta(days=1)
        self.holdings = [holding for tool in SEAT_TOOLS for holding in self._of_tool(tool)]

    def holders(self, slug: str, day: date) -> list[Holding]:
        return [holding for holding in self.holdings if holding.tool.slug == slug and holding.held_on(day)]

    def purchased(self, slug: str) -> int:
        tool = next(tool for tool in SEAT_TOOLS if tool.slug == slug)
        return len(self.holders(slug, self.yesterday)) + tool.free

    def _of_tool(self, tool: SeatTool) -> Iterator[Holding]:
        small = sum(self._reach(tool, person) for person in self.company.people) < 40
        for person in self.company.people:
            cast = CAST_SEATS.get(person.name)
            if cast is not None:
                if tool.slug in cast:
                    yield self._cast_seat(tool, person, cast[tool.slug])
            elif self.random.random() < self._reach(tool, person) and not (small and person.left):
                yield self._seat(tool, person)

    @staticmethod
    def _reach(tool: SeatTool, person: Employee) -> float:
        return tool.reach.get(person.department, tool.reach.get(EVERYONE, 0))

    def _seat(self, tool: SeatTool, person: Employee) -> Holding:
        assigned = max(person.hired, self.first - timedelta(days=120)) + timedelta(
            days=self.random.choice((0, 1, 3, 30, 200))
        )
        assigned = min(assigned, max(person.hired, self.yesterday - timedelta(days=self.random.randint(3, 160))))
        removed = person.left + timedelta(days=self.random.choice((1, 4, 20, 75, 400))) if person.left else None
        stopped = person.left or person.leave_since
        if stopped is None and self.random.random() < tool.idle:
            stopped = self.company.today - timedelta(days=self.random.randint(34, 210))
        never = stopped is not None and self.random.random() < 0.12
        holding = Holding(tool, person, assigned, removed, stopped, never, self.random.uniform(0.25, 0.95), [])
        self._use(holding)
        return holding

    def _cast_seat(self, tool: SeatTool, person: Employee, idle_days: int | None) -> Holding:
        stopped = self.company.today - timedelta(days=idle_days) if idle_days and idle_days > 5 else None
        holding = Holding(tool, person, self.first - timedelta(days=40), None, stopped, idle_days is None, 0.9, [])
        self._use(holding)
        return holding

    def _use(self, holding: Holding) -> None:
        """Days of use in the window of usage.csv; somebody who uses a tool has used it within the last days."""
        if holding.never_used or not holding.tool.tracked:
            return
        end = min(self.yesterday, holding.stopped) if holding.stopped else self.yesterday
        start = max(self.company.today - timedelta(days=USAGE_DAYS), holding.assigned)
        days = [start + timedelta(days=n) for n in range((end - start).days + 1)]
        holding.days = [day for day in days if day.weekday() < 5 and self.random.random() < holding.eagerness]


SEATS_HEADER = ("tool", "work_email", "as_of", "plan", "assigned_on", "last_active_on", "activity_tracked", "status")


def snapshot_days(first: date, yesterday: date) -> list[date]:
    """Month ends of the last year, then weeks, then yesterday."""
    weekly = [yesterday - timedelta(days=7 * n) for n in range(4)]
    month_ends: list[date] = []
    day = yesterday.replace(day=1) - timedelta(days=1)
    while day >= first and len(month_ends) < 12:
        month_ends.append(day)
        day = day.replace(day=1) - timedelta(days=1)
    return sorted({*weekly, *(end for end in month_ends if end < weekly[-1])})


def snapshot(seats: Seats, day: date) -> Iterator[tuple[str, ...]]:
    random = Random(f"{day}")
    for holding in seats.holdings:
        if holding.held_on(day):
            last = holding.last_active(day, random) if holding.tool.tracked else None
            yield (holding.tool.slug, holding.person.email, day.isoformat(), holding.tool.plan, holding.assigned.isoformat(),
                   last.isoformat() if last else "", "yes" if holding.tool.tracked else "no", "assigned")  # fmt: skip


USAGE_HEADER = ("day", "tool", "work_email", "project", "model", "requests", "input_tokens", "cached_input_tokens",
                "output_tokens", "active")  # fmt: skip


def usage(seats: Seats, seed: int) -> Iterator[tuple[str, ...]]:
    """What people did with the tools that report it, a row a day."""
    random = Random(f"{seed}/usage")
    for holding in seats.holdings:
        if holding.tool.in_usage_file:
            for day in holding.days:
                requests = random.randint(2, 60)
                yield (day.isoformat(), holding.tool.slug, holding.person.email, "", "", str(requests), "", "", "", "yes")
