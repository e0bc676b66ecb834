"""Split rules: the units that carry a tool's cost when nobody is tagged on it (seats, usage, even, fixed).

Weights are those of the charge's day: the seat snapshot of its month (the latest up to the month's end, else the first
one after) with each holder's unit on that day; usage of its month; the departments that have people that day.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from storage.ledger.people import People, Unit
from storage.models import Seat, SeatSnapshot, Usage
from storage.models.ledger import day_number, day_of

FIXED_SCALE = 10**9
Reading = Callable[[], AbstractContextManager[Session]]
Weights = list[tuple[Unit, int]]  # sorted by unit; positive


def month_of(day: date) -> date:
    return day.replace(day=1)


def next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


class Splits:
    """Answers `weights(tool_id, split, day)`; reads seats and usage of a tool when first asked."""

    def __init__(self, reading: Reading, people: People) -> None:
        self._reading = reading
        self._people = people
        self._seats: dict[int, list[tuple[date, list[int]]]] = {}
        self._usage: dict[int, dict[date, list[tuple[int, int, tuple[int, int, int]]]]] = {}
        self._cache: dict[tuple[int, int], Weights] = {}

    def weights(self, tool_id: int, split: dict[str, Any], day: int) -> Weights:
        """Who carries the cost of `day` in which proportion; empty when the rule finds nobody (then unattributed)."""
        if (tool_id, day) not in self._cache:
            counted = self._count(tool_id, split, day)
            pairs = [(unit, weight) for unit, weight in counted.items() if weight > 0]
            self._cache[tool_id, day] = sorted(pairs, key=lambda pair: astuple(pair[0]))
        return self._cache[tool_id, day]

    def _count(self, tool_id: int, split: dict[str, Any], day: int) -> Counter[Unit]:
        if split.get("fixed"):
            return self._fixed(split["fixed"], day)
        by = split.get("by")
        if by == "seats":
            return self._by_seats(tool_id, day)
        if by == "usage":
            return self._by_usage(tool_id, day)
        if by == "even":
            return Counter({self._people.completed(Unit(name), day): 1 for name in self._people.departments_at(day)})
        return Counter()

    def _fixed(self, shares: dict[str, Any], day: int) -> Counter[Unit]:
        counted: Counter[Unit] = Counter()
        for department, share in shares.items():
            counted[self._people.completed(Unit(str(department)), day)] += int(Decimal(str(share)) * FIXED_SCALE)
        return counted

    def _by_seats(self, tool_id: int, day: int) -> Counter[Unit]:
        if tool_id not in self._seats:
            self._seats[tool_id] = self._load_seats(tool_id)
        snapshots = self._seats[tool_id]
        month_end = next_month(month_of(day_of(day)))
        known = [people for as_of, people in snapshots if as_of < month_end]
        holders = known[-1] if known else (snapshots[0][1] if snapshots else [])
        return Counter(self._people.unit_of_person(person_id, day) for person_id in holders)

    def _by_usage(self, tool_id: int, day: int) -> Counter[Unit]:
        """By tokens; where a month has none, by requests; else by active days."""
        if tool_id not in self._usage:
            self._usage[tool_id] = self._load_usage(tool_id)
        rows = self._usage[tool_id].get(month_of(day_of(day)), [])
        measure = next((index for index in (0, 1) if any(row[2][index] for row in rows)), 2)
        counted: Counter[Unit] = Counter()
        for used_on, person_id, amounts in rows:
            counted[self._people.unit_of_person(person_id, used_on)] += amounts[measure]
        return counted

    def _load_seats(self, tool_id: int) -> list[tuple[date, list[int]]]:
        query = (
            select(col(SeatSnapshot.as_of), col(Seat.person_id))
            .join(Seat, col(Seat.snapshot_id) == SeatSnapshot.id)
            .where(SeatSnapshot.tool_id == tool_id, SeatSnapshot.status == "current")
            .where(col(Seat.status).in_(("assigned", "suspended")), col(Seat.person_id).is_not(None))
            .order_by(col(SeatSnapshot.as_of), col(Seat.person_id))
        )
        with self._reading() as session:
            rows = session.execute(query).all()
        by_day: dict[date, list[int]] = defaultdict(list)
        for as_of, person_id in rows:
            if person_id is not None:
                by_day[as_of].append(person_id)
        return sorted(by_day.items())

    def _load_usage(self, tool_id: int) -> dict[date, list[tuple[int, int, tuple[int, int, int]]]]:
        tokens = func.coalesce(Usage.input_tokens, 0) + func.coalesce(Usage.output_tokens, 0)
        query = (
            select(col(Usage.day), col(Usage.person_id), func.sum(tokens), func.sum(func.coalesce(Usage.requests, 0)))
            .where(Usage.tool_id == tool_id, col(Usage.person_id).is_not(None))
            .group_by(col(Usage.day), col(Usage.person_id))
            .order_by(col(Usage.day), col(Usage.person_id))
        )
        with self._reading() as session:
            rows = session.execute(query).all()
        by_month: dict[date, list[tuple[int, int, tuple[int, int, int]]]] = defaultdict(list)
        for day, person_id, token_count, request_count in rows:
            entry = (day_number(day), person_id, (int(token_count), int(request_count), 1))
            by_month[month_of(day)].append(entry)
        return by_month


def astuple(unit: Unit) -> tuple[str, str, str]:
    return (unit.department, unit.cost_center, unit.division)
