"""Random plans over the made-up company, and the company itself imported into a store."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from sqlmodel import Session

from storage.imports import load
from storage.org import FiscalYear, load_org
from storage.spend_query import Filter, Having, Period, RowScope, SpendQuery
from storage.unit_of_work import Store
from tests.asking.oracle_check import differences
from tests.asking.oracle_files import MODELS, PERSONS, PROJECTS, TODAY, TOOLS, Files, address, make_files
from tests.asking.oracle_plans import (
    BILLS,
    BUDGET,
    DIMENSIONS,
    FLOWS,
    RATIOS,
    SEPARATE,
    UNIT,
    Cut,
    Oracle,
    gregorian,
    in_weeks,
)
from workflows.asking.compute import Company, compute, share

EVERYTHING = RowScope(everything=True)
FIRST = date(2025, 10, 20)  # a little before the first row
VALUES: dict[str, list[str]] = {
    "tool": list(TOOLS), "vendor": sorted({facts[0] for facts in TOOLS.values()}),
    "category": ["api", "chat", "coding_assistant", "writing"],
    "billing_model": ["per_seat", "per_token", "flat", "embedded"],
    "tool_status": ["approved", "restricted", "discovered", "blocked"],
    "department": ["Engineering", "Design", "Marketing", "Sales", "Data", "Legal"],
    "cost_center": ["CC-1", "CC-2", "CC-3", "CC-4", "CC-5", "CC-99"], "division": ["Tech", "Market"],
    "person": [address(name) for name in PERSONS if name != "jo"] + [address("jo.lane")],
    "model": list(MODELS), "project": list(PROJECTS), "source": ["focus", "expense", "contract"],
    "payment_channel": ["card", "invoice"], "plan": ["Business", "Enterprise"],
}  # fmt: skip
IN_WEEKS = FiscalYear(start_month=1, calendar="4-4-5", week_start="sunday", anchor="12-31")
ROW_GRAINS = {"headcount", "seats_assigned", "seats_active", "seats_idle", "utilisation", "active_users", "idle_seat_cost"}


@dataclass(frozen=True)
class Case:
    """A plan; `weeks`: under a 4-4-5 calendar."""

    query: SpendQuery
    weeks: bool = False

    @property
    def cut(self) -> Cut:
        return in_weeks if self.weeks else gregorian


def cases(seed: int, count: int) -> Iterator[Case]:
    """Every metric in turn."""
    pick = random.Random(seed)
    names = [name for name in DIMENSIONS if name != "usage_cost"] + ["spend", "spend", "billed", "usage_cost"]
    for number in range(count):
        yield _case(pick, names[number % len(names)])


def _case(pick: random.Random, metric: str) -> Case:
    weeks = pick.random() < 0.2
    filters = _filters(pick, metric)
    group_by = _groups(pick, metric, filters)
    if metric == "usage_cost" and "person" not in group_by:
        filters = (*(part for part in filters if part.dimension != "person"), _filter(pick, "person", "in"))
    period = _period(pick, metric, weeks)
    changes: dict[str, object] = {"grain": _grain(pick, metric, period)}
    if metric == "renewals":
        return Case(SpendQuery(metrics=(metric,), filters=filters, period=period), weeks)
    changes |= _compared(pick, metric, period, weeks, filters, group_by)
    changes |= _ranked(pick, metric, bool(group_by or changes["grain"]), changes)
    query = SpendQuery.model_validate({"metrics": (metric,), "filters": filters, "period": period, "group_by": group_by,
                                       **changes})  # fmt: skip
    if metric in ("spend", "tokens") and pick.random() < 0.2 and not {"share_of", "transform", "aggregate"} & set(changes):
        others = {"spend": "billed", "tokens": "requests"}
        query = query.model_copy(update={"metrics": (metric, others[metric])}) if query.compare != "budget" else query
    return Case(query, weeks)


def _filter(pick: random.Random, dimension: str, op: str) -> Filter:
    values = pick.sample(VALUES[dimension], pick.choice([1, 1, 2]))
    if op == "contains":
        values = [values[0][1:4].upper()]
    return Filter.model_validate({"dimension": dimension, "op": op, "values": () if op == "is_null" else tuple(values)})


def _filters(pick: random.Random, metric: str) -> tuple[Filter, ...]:
    if metric in BUDGET:
        return (_filter(pick, pick.choice(DIMENSIONS[metric]), "in"),) if pick.random() < 0.4 else ()
    allowed = DIMENSIONS[metric]
    chosen = pick.sample(allowed, min(len(allowed), pick.choices([0, 1, 2, 3], [35, 35, 22, 8])[0]))
    ops = ["in", "in", "in", "ne", "is_null", "contains"]
    return tuple(_filter(pick, name, pick.choice(ops[:5] if name == "person" else ops)) for name in chosen)


def _groups(pick: random.Random, metric: str, filters: tuple[Filter, ...]) -> tuple[str, ...]:
    if metric in BUDGET:
        names = {part.dimension for part in filters}
        return (next(iter(names), pick.choice(DIMENSIONS[metric])),) if pick.random() < 0.6 else ()
    count = pick.choices([0, 1, 2], [35, 45, 20])[0]
    return tuple(pick.sample(DIMENSIONS[metric], min(count, len(DIMENSIONS[metric]))))


def _period(pick: random.Random, metric: str, weeks: bool) -> Period:
    """Fiscal units, partial months, single days, and now and then one that runs beyond today."""
    last = date(2027, 3, 1) if metric in (*BUDGET, "renewals") else TODAY + timedelta(days=1)
    kind = pick.choice(["unit", "unit", "days", "day", "long", "ahead"])
    if metric in (*BUDGET, "spend") and pick.random() < 0.5:
        months = pick.choice([1, 3, 6, 12])
        first = date(2026, 1 + months * pick.randrange(12 // months), 1)
        return Period(
            start=first, end=date(first.year + (first.month + months) // 13, (first.month + months - 1) % 12 + 1, 1)
        )
    start = FIRST + timedelta(days=pick.randrange((TODAY - FIRST).days))
    if kind == "unit":
        units = (in_weeks if weeks else gregorian)(
            pick.choice(["month", "quarter", "year", "week"]), FIRST, date(2027, 1, 1)
        )
        inner = [unit for unit in units[1:-1] if unit[1] <= TODAY] or units[:1]
        return Period(start=(one := pick.choice(inner))[1], end=one[2])
    if kind == "day":
        return Period(start=start, end=start + timedelta(days=1))
    if kind == "long":
        return Period(start=start.replace(day=1), end=last)
    if kind == "ahead":
        return Period(start=start.replace(day=1), end=date(2027, 2, 1))
    return Period(start=start, end=min(max(last, start + timedelta(days=1)), start + timedelta(days=pick.randrange(1, 140))))


def _grain(pick: random.Random, metric: str, period: Period) -> str | None:
    if metric not in (*FLOWS, *ROW_GRAINS) or pick.random() < 0.6:
        return None
    days = (period.end - period.start).days
    return pick.choice(
        ["month", "quarter", "week", "year"] + (["day"] if days <= 40 else []) if metric in FLOWS else ["month"]
    )


def _compared(pick: random.Random, metric: str, period: Period, weeks: bool, filters: tuple[Filter, ...],
              group_by: tuple[str, ...]) -> dict[str, object]:  # fmt: skip
    scopes = {*group_by, *(part.dimension for part in filters)}
    plain = all(part.op == "in" for part in filters) and scopes <= {*UNIT, "tool", "vendor", "project"}
    if metric == "spend" and len(scopes) <= 1 and plain and pick.random() < 0.5:
        return {"compare": "budget", "grain": None}
    if metric not in (*BUDGET, "run_rate") and pick.random() < 0.3:
        return {"compare": _period(pick, metric, weeks)}
    if metric in ("spend", "billed", "tokens") and pick.random() < 0.25:
        return {"aggregate": pick.choice(["avg_per_day", "avg_per_week", "avg_per_month"])}
    if metric in ("spend", "paid", "seats_assigned", "requests") and (group_by or filters) and pick.random() < 0.5:
        return {"share_of": "total", "grain": None} | ({"limit": 2, "order": "desc"} if group_by else {})
    if metric in FLOWS and pick.random() < 0.2 and period.start <= TODAY:
        return {"grain": "month", "transform": pick.choice(["cumulative", "rolling_avg_3"])}
    return {}


def _ranked(pick: random.Random, metric: str, has_rows: bool, changes: dict[str, object]) -> dict[str, object]:
    """Conditions, order and the top N where there are rows."""
    found: dict[str, object] = {}
    if not has_rows or changes.get("share_of") or changes.get("transform"):
        return found
    if pick.random() < 0.25 and not (metric in BILLS and changes.get("compare")):  # a bill of 0 and none are alike
        compared = isinstance(changes.get("compare"), Period) and not changes.get("grain")
        subject = pick.choice([metric, "delta", "pct_change"] if compared else [metric])
        bound = Decimal(pick.choice(["0", "10", "100.5", "2500"])) if metric not in RATIOS else Decimal("0.5")
        found["having"] = (Having(metric=subject, op=pick.choice(["gt", "gte", "lt", "lte"]), value=bound),)
    if pick.random() < 0.5:
        found["order"] = pick.choice(["asc", "desc"])
        if metric not in SEPARATE and pick.random() < 0.6:
            found["limit"] = pick.choice([1, 2, 3, 5])
    return found


@dataclass
class Bench:
    """The company in a store, and its oracle."""

    store: Store
    oracle: Oracle
    files: Files

    @classmethod
    def load(
        cls, store: Store, folder: Path, seed: int = 7, rows_a_month: int = 9, change: Callable[[Files], None] | None = None
    ) -> "Bench":
        """`change` is made to the rows before they are written."""
        files = make_files(seed, rows_a_month)
        if change:
            change(files)
        files.write(folder)
        for report in load(store, [folder]):
            assert report.refused is None, report
        return cls(store, Oracle(files), files)

    def company(self, session: Session, weeks: bool = False) -> Company:
        org = load_org(session)
        return Company(
            session, org.model_copy(update={"fiscal_year": IN_WEEKS, "week_start": "sunday"}) if weeks else org, TODAY
        )

    def check(self, session: Session, case: Case) -> list[str]:
        company, query = self.company(session, case.weeks), case.query
        result = compute(company, query, EVERYTHING)
        part = share(company, query, EVERYTHING, result) if query.share_of else None
        return differences(self.oracle, query, result, case.cut, part)
