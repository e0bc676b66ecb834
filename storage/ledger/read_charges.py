"""Reads amounts from charges and expense lines themselves: for persons, and for models and projects together."""

from collections.abc import Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, and_, case, column, false, func, literal, or_, select, true, values
from sqlmodel import Session, col

from storage.ledger import dimensions as dims
from storage.ledger.consumed import unit_factors
from storage.ledger.conversion import RateTable, converted
from storage.ledger.people import Unit
from storage.ledger.ranges import Buckets
from storage.ledger.read_rollups import NANO, RollupQuery, Row, exact_sum, share, text_condition
from storage.ledger.world import World
from storage.models import Charge, ChargeKey, Expense, KeyMeaning, Statement, StatementKey
from storage.models.ledger import day_number, day_of
from storage.rates import Rates
from storage.spend_query import Filter
from storage.types import split_nanos, to_nanos

if TYPE_CHECKING:
    from storage.spend_sql import Question

Attributed = tuple[Row, int | None]  # with the person
_COLUMNS = {
    "effective": Charge.effective_nanos, "billed": Charge.billed_nanos, "list": func.coalesce(Charge.list_nanos, 0),
    "usage_effective": Charge.effective_nanos, "tokens": func.coalesce(Charge.consumed_milli, 0),
    "requests": func.coalesce(Charge.consumed_milli, 0),
}  # fmt: skip


def read_charges(question: "Question", measure: str, books: tuple[str, ...], named_only: bool = False) -> list[Attributed]:
    """`named_only`: only rows that carry a person."""
    reader = ChargeReader(question, measure, named_only)
    found: list[Attributed] = []
    if "focus" in books:
        found += reader.charges()
    if "expense" in books:
        found += reader.expenses()
    if "contract" in books and not named_only:
        found += reader.contracts()
    return [pair for pair in found if reader.passes(*pair)]


class Found(NamedTuple):
    """A sum of charges before conversion. `day` is the day of the rate; 0 for base currency."""

    bucket: int
    tool_id: int
    unit_id: int
    person_id: int | None
    model: str
    project: str
    is_split: bool
    currency: str
    consumed_unit: str
    day: int
    amount: int


class ChargeReader:
    """Reads one measure of one question."""

    def __init__(self, question: "Question", measure: str, named_only: bool) -> None:
        self._q = question
        self._measure = measure
        self._named_only = named_only
        self._buckets = Buckets.of(
            question.period.start, question.period.end, [(part.start, part.end) for part in question.buckets]
        )
        self._tools = question.directory.tool_ids(question.filters)
        self._units = question.directory.unit_ids(question.filters)
        scope = question.scope
        self._scope_units = None if scope.everything else frozenset(question.directory.scoped_units(scope))
        asked = question.asked & set(dims.UNIT)
        self._needs_units = bool(asked) or bool(self._scope_units)
        self._world: World | None = None
        self._rates: RateTable | None = None

    @property
    def _session(self) -> Session:
        return self._q.session

    def charges(self) -> Iterator[Attributed]:
        for query in self._charge_queries():
            for record in self._session.execute(query):
                key, (whole, rest) = tuple(record)[:-2], tuple(record)[-2:]
                yield from self._finished(Found._make((*key, int(whole) * NANO + int(rest))))

    def _charge_queries(self) -> Iterator[Select[Any]]:
        first, last = self._buckets.whole[0]
        start, end = col(Charge.start_day), col(Charge.end_day)
        if self._measure == "billed" and not self._buckets.edges:
            period = col(Statement.billing_period_start)
            yield self._select(period, _COLUMNS["billed"]).where(period >= day_of(first), period < day_of(last))
            return
        bucket: Any = start if len(self._buckets.starts) > 1 else literal(first, Integer)
        if self._measure == "billed":
            yield self._select(bucket, _COLUMNS["billed"]).where(start >= first, start < last)
            return
        amount = _COLUMNS[self._measure]
        here = col(StatementKey.last_day) >= first
        yield self._select(bucket, amount).where(here, end == start + 1, start >= first, start < last)
        if self._has_spans():
            yield self._spans(amount)

    def _has_spans(self) -> bool:
        query = select(col(Statement.id)).where(col(Statement.status) == "current", col(Statement.longest_days) > 1).limit(1)
        return self._session.execute(query).first() is not None

    def _spans(self, amount: Any) -> Select[Any]:
        start, end = col(Charge.start_day), col(Charge.end_day)
        piece = values(
            column("bucket", Integer), column("first", Integer), column("last", Integer), name="piece_values"
        ).data(self._buckets.pieces(self._buckets.whole)).cte("piece")  # fmt: skip
        part = share(amount, start, end, piece.c.first, piece.c.last)
        query = self._select(piece.c.bucket, part).join(piece, and_(start < piece.c.last, end > piece.c.first))
        return query.where(end > start + 1, col(Statement.longest_days) > 1)

    def _select(self, bucket: Any, amount: Any) -> Select[Any]:
        """Sums by everything a group or a conversion may need."""
        own = {
            "tool_id": col(KeyMeaning.tool_id),
            "unit_id": col(KeyMeaning.unit_id) if self._needs_units else literal(0, Integer),
            "person_id": col(KeyMeaning.person_id),
            "model": col(ChargeKey.model) if "model" in self._q.asked else literal(""),
            "project": col(KeyMeaning.project) if "project" in self._q.asked else literal(""),
            "is_split": (col(KeyMeaning.basis) == "split") if self._needs_units else false(),
            "currency": col(ChargeKey.currency),
            "unit": col(ChargeKey.consumed_unit) if self._measure in ("tokens", "requests") else literal(""),
            "day": self._rate_day(),
        }
        if "person" not in self._q.asked and not self._scope_units:
            own["person_id"] = literal(None, Integer)
        columns = [column.label(name) for name, column in own.items()]
        query = select(bucket.label("bucket"), *columns, *exact_sum(amount)).select_from(KeyMeaning)
        query = (
            query.join(StatementKey, self._span())
            .join(Charge, _meant())
            .join(ChargeKey, col(ChargeKey.id) == KeyMeaning.key_id + 0)
        )
        # "+ 0": from keys to their charges, never from statements to all of theirs (SQLite has no statistics to see it)
        query = query.join(
            Statement, and_(col(Statement.id) == StatementKey.statement_id + 0, col(Statement.status) == "current")
        )
        return query.where(*self._conditions()).group_by("bucket", *own)

    def _span(self) -> ColumnElement[bool]:
        """Where the keys are; no charge begins after the period."""
        found = col(StatementKey.key_id) == KeyMeaning.key_id
        if self._measure == "billed" and not self._buckets.edges:
            return found
        return and_(found, col(StatementKey.first_day) < self._buckets.end)

    def _rate_day(self) -> Any:
        """What converts a sum: nothing for base currency and counts, a split rule needs the day as well."""
        base = self._q.org.base_currency
        if self._measure in ("tokens", "requests"):
            return literal(0, Integer) if not self._needs_units else col(Charge.start_day)
        plain = col(ChargeKey.currency) == base
        if self._needs_units:
            plain = and_(plain, col(KeyMeaning.basis) != "split")
        return case((plain, 0), else_=col(Charge.start_day))

    def _conditions(self) -> list[ColumnElement[bool]]:
        found = [self._category()]
        if self._tools is not None:
            found.append(col(KeyMeaning.tool_id).in_(self._tools))
        for part in self._q.filters:
            found += self._condition(part)
        if self._named_only:
            found.append(col(KeyMeaning.person_id).is_not(None))
        if self._units is not None:
            found.append(or_(col(KeyMeaning.unit_id).in_(self._units), col(KeyMeaning.basis) == "split"))
        if self._scope_units is not None:
            found.append(self._in_scope())
        return found

    def _condition(self, part: Filter) -> list[ColumnElement[bool]]:
        if part.dimension == "person":
            return [self._of_person(part, col(KeyMeaning.person_id))]
        text = {"model": col(ChargeKey.model), "project": col(KeyMeaning.project)}.get(part.dimension)
        return [] if text is None else [text_condition(part, text)]

    def _of_person(self, part: Filter, person_id: Any) -> ColumnElement[bool]:
        if part.op == "is_null":
            return person_id.is_(None)  # type: ignore[no-any-return]
        people = self._q.directory.person_ids(part)
        if part.op == "ne":
            return or_(person_id.not_in(people), person_id.is_(None))
        return person_id.in_(people)  # type: ignore[no-any-return]

    def _category(self) -> ColumnElement[bool]:
        category = col(ChargeKey.charge_category)
        if self._measure == "effective":
            return category != "Tax"
        if self._measure == "usage_effective":  # without a list price nothing is known to be saved
            return and_(category == "Usage", col(Charge.list_nanos).is_not(None))
        return true() if self._measure == "billed" else category == "Usage"

    def _in_scope(self) -> ColumnElement[bool]:
        mine = col(KeyMeaning.person_id).in_(self._q.scope.person_ids)
        if not self._scope_units:
            return mine
        return or_(mine, col(KeyMeaning.unit_id).in_(self._scope_units), col(KeyMeaning.basis) == "split")

    def _finished(self, found: Found) -> Iterator[Attributed]:
        """Converted, and divided among the units of a split rule."""
        amount, unconverted = self._in_base(found)
        if self._measure in ("tokens", "requests") and amount == 0:
            return
        for unit_id, part in self._divided(found, amount):
            row = Row(self._buckets.at(self._day(found.bucket)), found.tool_id, unit_id, found.model, found.project,
                      "focus", unconverted, part)  # fmt: skip
            yield row, found.person_id

    @staticmethod
    def _day(bucket: Any) -> int:
        return bucket if isinstance(bucket, int) else day_number(bucket)

    def _in_base(self, found: Found) -> tuple[int, str]:
        if self._measure in ("tokens", "requests"):
            factors = unit_factors(found.consumed_unit)
            return found.amount * factors[self._measure == "requests"] // 1000, ""
        return self._converted(found.amount, found.currency, found.day)

    def _converted(self, nanos: int, currency: str, day: int) -> tuple[int, str]:
        if currency == self._q.org.base_currency:
            return nanos, ""
        if self._rates is None:
            self._rates = RateTable(Rates.load(self._session), self._q.org.base_currency)
        ratio = self._rates.ratio(currency, day)
        return (converted(nanos, ratio), "") if ratio else (nanos, currency)

    def _divided(self, found: Found, amount: int) -> list[tuple[int, int]]:
        if not found.is_split:
            return [(found.unit_id, amount)]
        return self._by_rule(found.tool_id, found.day, found.unit_id, amount)

    def _by_rule(self, tool_id: int, day: int, nobody: int, amount: int) -> list[tuple[int, int]]:
        if self._world is None:
            self._world = World.load(lambda: nullcontext(self._session))
        weights = self._world.weights(tool_id, day)
        if not weights:
            return [(nobody, amount)]
        parts = split_nanos(amount, [weight for _, weight in weights])
        return [(self._q.directory.unit_id(unit), part) for (unit, _), part in zip(weights, parts, strict=True)]

    def expenses(self) -> Iterator[Attributed]:
        """Expense lines that count as spend, on their day."""
        period = self._q.period
        query = select(
            col(Expense.day), col(Expense.tool_id), col(Expense.unit_id), col(Expense.person_id), col(Expense.amount),
            col(Expense.currency),
        ).where(
            col(Expense.role) == "spend", col(Expense.day) >= period.start, col(Expense.day) < period.end,
            *self._expense_conditions(),
        )  # fmt: skip
        for day, tool_id, unit_id, person_id, amount, currency in self._session.execute(query):
            number = day_number(day)
            nanos, unconverted = self._converted(to_nanos(amount), currency, number)
            shares = [(unit_id or 0, nanos)]
            if unit_id is None and self._needs_units:
                shares = self._by_rule(tool_id, number, self._q.directory.unit_id(Unit()), nanos)
            for unit, part in shares:
                yield Row(self._buckets.at(number), tool_id, unit, "", "", "expense", unconverted, part), person_id

    def _expense_conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self._tools is not None:
            found.append(col(Expense.tool_id).in_(self._tools))
        if self._named_only:
            found.append(col(Expense.person_id).is_not(None))
        found += [self._of_person(part, col(Expense.person_id)) for part in self._q.filters if part.dimension == "person"]
        if self._scope_units is not None and not self._scope_units:
            found.append(col(Expense.person_id).in_(self._q.scope.person_ids))
        return found

    def contracts(self) -> Iterator[Attributed]:
        """Accruals: of nobody in person, without model or project."""
        query = RollupQuery(
            "effective", self._buckets, frozenset(("tool", "unit", "source")), ("contract",), self._tools, self._units,
            None if self._scope_units is None else sorted(self._scope_units), (), "unit", day_number(self._q.today),
        )  # fmt: skip
        return ((row, None) for row in query.rows(self._session)) if self._measure == "effective" else iter(())

    def passes(self, row: Row, person_id: int | None) -> bool:
        """What SQL could not decide: units of split rows and expense lines, rows without model, project or person."""
        if self._units is not None and row.unit_id not in self._units:
            return False
        if not self._visible(row, person_id):
            return False
        label = {"model": row.model or None, "project": row.project or None}
        if row.source != "focus" and not all(
            part.matches(label[part.dimension]) for part in self._q.filters if part.dimension in label
        ):
            return False
        unnamed = row.source == "contract"
        return not (
            unnamed and any(part.dimension == "person" and part.op not in ("ne", "is_null") for part in self._q.filters)
        )

    def _visible(self, row: Row, person_id: int | None) -> bool:
        scope = self._q.scope
        if scope.everything or self._scope_units is None or not self._scope_units:
            return True  # with persons only, SQL has decided
        return row.unit_id in self._scope_units or person_id in scope.person_ids


def _meant() -> ColumnElement[bool]:
    return and_(
        col(Charge.statement_id) == StatementKey.statement_id,
        col(Charge.run) == StatementKey.run,
        col(Charge.key_id) == StatementKey.key_id, col(Charge.start_day) >= KeyMeaning.from_day,
        col(Charge.start_day) < KeyMeaning.to_day,
    )  # fmt: skip
