"""Tokens, requests and active users of random usage rows equal a second computation, by every dimension and scope."""

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

import pytest
from sqlmodel import select

from storage.metrics.base import Reading
from storage.metrics.registry import measure
from storage.metrics.usage import DIMENSIONS
from storage.models import PersonRecord
from storage.org import OrgSettings
from storage.spend_query import Filter, Period, RowScope
from storage.unit_of_work import Store, UnitOfWork
from tests.asking.company import Team, add_usage, email_of, small_team

FIRST, LAST, MOVE = date(2026, 9, 1), date(2026, 11, 20), date(2026, 10, 1)
PERIOD = Period(start=date(2026, 9, 15), end=date(2026, 11, 1))


@dataclass(frozen=True)
class Row:
    day: date
    values: dict[str, str | None]
    person: int | None
    tokens: int
    requests: int
    active: bool


def filled(uow: UnitOfWork, team: Team) -> list[Row]:
    """Three hundred rows; bo moves from Engineering to Design in October, which leaves September's rows where they were."""
    chance = random.Random(5)
    rows: list[Row] = []
    seen: set[tuple[object, ...]] = set()
    for _ in range(300):
        name = chance.choice([*team.people, None])
        tool = team.tools[chance.choice(["cursor", "claude"])]
        day = FIRST + timedelta(days=chance.randrange((LAST - FIRST).days))
        project, model = chance.choice(["", "Atlas"]), chance.choice(["", "gpt-5", "opus"])
        if (key := (day, tool.slug, name, project, model)) in seen:
            continue
        seen.add(key)
        tokens, requests, active = chance.randrange(1, 10**9), chance.randrange(9), chance.random() < 0.5
        person = team.people[name] if name else None
        add_usage(
            uow, tool, person, day, project=project, model=model, input_tokens=tokens, requests=requests, active=active
        )
        rows.append(
            Row(day, values_of(name, day, tool, project, model), person.id if person else None, tokens, requests, active)
        )
    uow.session.flush()
    return rows


def values_of(name: str | None, day: date, tool: object, project: str, model: str) -> dict[str, str | None]:
    units: dict[str | None, tuple[str | None, str | None]] = {
        "ada": ("Engineering", "CC-1"), "cy": ("Design", None), "di": ("Marketing", "CC-2"), None: (None, None),
        "bo": ("Engineering", "CC-1") if day < MOVE else ("Design", "CC-9"),
    }  # fmt: skip
    department, cost_center = units[name]
    return {
        "tool": tool.name, "vendor": tool.vendor, "category": tool.category, "billing_model": tool.billing_model,  # type: ignore[attr-defined]
        "tool_status": "approved", "person": f"{name}@acme.example" if name else None, "department": department,
        "cost_center": cost_center, "division": None, "project": project or None, "model": model or None,
    }  # fmt: skip


def wanted(
    rows: list[Row], metric: str, by: tuple[str, ...], keep: Callable[[Row], bool]
) -> dict[tuple[str | None, ...], int]:
    sums: dict[tuple[str | None, ...], int] = defaultdict(int)
    people: dict[tuple[str | None, ...], set[int]] = defaultdict(set)
    for row in rows:
        if not (PERIOD.start <= row.day < PERIOD.end and keep(row)):
            continue
        key = tuple(row.values[name] for name in by)
        if metric != "active_users":
            sums[key] += row.tokens if metric == "tokens" else row.requests
        elif row.active and row.person is not None:
            people[key].add(row.person)
    return dict(sums) if metric != "active_users" else {key: len(ids) for key, ids in people.items()}


@pytest.mark.parametrize("metric", ["tokens", "requests", "active_users"])
def test_usage_by_every_dimension(store: Store, metric: str) -> None:
    with store.write() as uow:
        team = small_team(uow)
        bo = team.people["bo"]
        uow.session.exec(select(PersonRecord).where(PersonRecord.person_id == bo.id)).one().effective_to = MOVE
        uow.session.add(
            PersonRecord(person_id=bo.id, effective_from=MOVE, work_email=email_of(bo), display_name="Bo",
                         department="Design", cost_center="CC-9", manager_employee_id="E-ada")
        )  # fmt: skip
        rows = filled(uow, team)
        cases: list[tuple[tuple[Filter, ...], RowScope, Callable[[Row], bool]]] = [
            ((), RowScope(everything=True), lambda row: True),
            ((Filter(dimension="department", values=("Design",)),), RowScope(everything=True),
             lambda row: row.values["department"] == "Design"),
            ((Filter(dimension="model", op="ne", values=("opus",)),), RowScope(everything=True),
             lambda row: row.values["model"] != "opus"),
            ((Filter(dimension="person", values=("bo@acme.example",)), Filter(dimension="project", op="is_null")),
             RowScope(everything=True), lambda row: row.person == bo.id and row.values["project"] is None),
            ((Filter(dimension="tool", values=("Cursor",)),), RowScope(person_ids=frozenset({bo.id or 0})),
             lambda row: row.person == bo.id and row.values["tool"] == "Cursor"),
            ((), RowScope(departments=frozenset({"Design"}), cost_centers=frozenset({"CC-2"})),
             lambda row: row.values["department"] == "Design" or row.values["cost_center"] == "CC-2"),
        ]  # fmt: skip
        for filters, scope, keep in cases:
            for by in [(), *((name,) for name in DIMENSIONS), *combinations(("vendor", "department", "model", "person"), 2)]:
                reading = Reading(uow.session, OrgSettings(), LAST, PERIOD, filters, by, scope)
                assert measure(reading, metric).values == wanted(rows, metric, by, keep), (by, filters)
