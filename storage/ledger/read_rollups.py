"""Reads amounts from rollups: whole months from month rows, edge days from day rows, spans by their shares."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, case, column, func, literal, or_, select, values
from sqlmodel import Session, col

from storage.ledger.ranges import Buckets, Range
from storage.models import Rollup, Statement
from storage.spend_query import Filter

NANO = 10**9
MEASURES = {
    "effective": Rollup.effective_base, "billed": Rollup.billed_base, "list": Rollup.list_base,
    "usage_effective": Rollup.usage_effective_base, "tokens": Rollup.tokens, "requests": Rollup.requests,
}  # fmt: skip
SPARSE = ("tokens", "requests", "list", "usage_effective")  # a row without any is no row of the measure


@dataclass(frozen=True)
class Row:
    """An amount of one group, before tool and unit ids become names."""

    bucket: int
    tool_id: int
    unit_id: int
    model: str
    project: str
    source: str
    unconverted: str
    amount: int


def exact_sum(amount: Any) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Two halves whose combination (`whole · 10⁹ + rest`) is exact; one SUM overflows SQLite's 64 bits."""
    return func.sum(amount // NANO), func.sum(amount % NANO)


def share(amount: Any, start: Any, end: Any, first: Any, last: Any) -> ColumnElement[Any]:
    """The part of a span's amount that falls on the days [first, last): ⌊a·k₂/n⌋ − ⌊a·k₁/n⌋.

    The multiplication is of a quotient and a remainder, neither of which can outgrow the amount: no overflow, no float.
    """
    length = end - start
    rest = (amount % length + length) % length
    quotient = (amount - rest) // length
    after = case((end < last, end), else_=last) - start
    before = case((start > first, start), else_=first) - start
    part: ColumnElement[Any] = quotient * after + rest * after // length - quotient * before - rest * before // length
    return part


@dataclass(frozen=True)
class RollupQuery:
    """What is wanted of the rollups. Ids are None where nothing restricts them."""

    measure: str
    buckets: Buckets
    by: frozenset[str]  # tool, unit, model, project, source
    sources: tuple[str, ...]
    tool_ids: Sequence[int] | None
    unit_ids: Sequence[int] | None
    scope_units: Sequence[int] | None
    labels: tuple[Filter, ...]  # filters on model and project
    cut: str
    today: int

    def rows(self, session: Session) -> Iterator[Row]:
        for query in self._queries():
            yield from self.read(session, query)

    def read(self, session: Session, query: Select[Any]) -> Iterator[Row]:
        for bucket, tool_id, unit_id, model, project, source, unconverted, whole, rest in session.execute(query):
            amount = int(whole) * NANO + int(rest)
            yield Row(self.buckets.at(bucket), tool_id, unit_id, model, project, source, unconverted, amount)

    def _queries(self) -> Iterator[Select[Any]]:
        booked = tuple(source for source in self.sources if source != "contract")
        if booked:
            for first, last in self.buckets.months:
                yield self._fixed("month", (first, last), booked)
            for edge in self.buckets.edges:
                yield self._fixed("day", edge, booked)
            if self.buckets.edges:
                yield self._spans(self.buckets.edges, booked)
        if "contract" in self.sources and self.measure == "effective":
            until = self.today + 1
            running = [(first, min(last, until)) for first, last in self.buckets.whole if first < until]
            if running:
                yield self._spans(running, ("contract",))

    def bills(self) -> Select[Any]:
        """Billed totals of billing periods that begin in the period."""
        return self._fixed("bill", self.buckets.whole[0], self.sources)

    def _columns(self, bucket: Any, amount: Any) -> list[Any]:
        by = self.by
        return [
            bucket.label("bucket"),
            (col(Rollup.tool_id) if "tool" in by else literal(0, Integer)).label("tool_id"),
            (col(Rollup.unit_id) if "unit" in by else literal(0, Integer)).label("unit_id"),
            (col(Rollup.model) if "model" in by else literal("")).label("model"),
            (col(Rollup.project) if "project" in by else literal("")).label("project"),
            (col(Statement.source) if "source" in by else literal("")).label("source"),
            col(Rollup.unconverted),
            *exact_sum(amount),
        ]

    def _grouping(self, bucket: Any) -> list[Any]:
        names = {"tool": Rollup.tool_id, "unit": Rollup.unit_id, "model": Rollup.model, "project": Rollup.project,
                 "source": Statement.source}  # fmt: skip
        return [bucket, col(Rollup.unconverted), *(col(names[name]) for name in sorted(self.by))]

    def _fixed(self, grain: str, days: Range, sources: Sequence[str]) -> Select[Any]:
        """Rows that lie within the days as a whole."""
        amount = MEASURES[self.measure]
        bucket: Any = col(Rollup.start_day) if len(self.buckets.starts) > 1 else literal(days[0], Integer)
        query = select(*self._columns(bucket, amount)).join(Statement, self._in_force(sources))
        query = query.where(
            col(Rollup.cut) == self.cut, col(Rollup.grain) == grain,
            col(Rollup.start_day) >= days[0], col(Rollup.start_day) < days[1], *self._conditions(),
        )  # fmt: skip
        grouping = self._grouping(bucket)
        return query.group_by(*(grouping if len(self.buckets.starts) > 1 else grouping[1:]))

    def _spans(self, ranges: Sequence[Range], sources: Sequence[str]) -> Select[Any]:
        """Shares of the spans that overlap `ranges`; what is billed stands with the first day as a whole."""
        data = self.buckets.pieces(ranges)
        piece = values(
            column("bucket", Integer), column("first", Integer), column("last", Integer), name="piece_values"
        ).data(data).cte("piece")  # fmt: skip
        amount: Any = MEASURES[self.measure]
        start, end = col(Rollup.start_day), col(Rollup.end_day)
        if self.measure == "billed":
            overlap = and_(start >= piece.c.first, start < piece.c.last)
        else:
            overlap = and_(start < piece.c.last, end > piece.c.first)
            amount = share(amount, start, end, piece.c.first, piece.c.last)
        query = select(*self._columns(piece.c.bucket, amount)).select_from(Rollup)
        query = query.join(piece, overlap).join(Statement, self._in_force(sources))
        query = query.where(
            col(Rollup.cut) == "all", col(Rollup.grain) == "span", start < max(last for _, _, last in data),
            *self._conditions(),
        )  # fmt: skip
        return query.group_by(*self._grouping(piece.c.bucket))

    def _in_force(self, sources: Sequence[str]) -> ColumnElement[bool]:
        return and_(
            col(Statement.id) == Rollup.statement_id, col(Statement.batch) == Rollup.batch,
            col(Statement.status) == "current", col(Statement.source).in_(sources),
        )  # fmt: skip

    def _conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.tool_ids is not None:
            found.append(col(Rollup.tool_id).in_(self.tool_ids))
        for units in (self.unit_ids, self.scope_units):
            if units is not None:
                found.append(col(Rollup.unit_id).in_(units))
        found += [text_condition(part, col(getattr(Rollup, part.dimension))) for part in self.labels]
        if self.measure in SPARSE:
            found.append(col(MEASURES[self.measure]) != 0)
        return found


def text_condition(part: Filter, text: Any) -> ColumnElement[bool]:
    """`Filter.matches` in SQL, for a column whose "" is no value."""
    if part.op == "in":
        return text.in_(part.values)  # type: ignore[no-any-return]
    if part.op == "ne":
        return text.not_in(part.values)  # type: ignore[no-any-return]
    if part.op == "contains":
        return or_(*(text.icontains(word, autoescape=True) for word in part.values))
    return text == ""  # type: ignore[no-any-return]
