"""Any plan over the made-up company computed a second time, and what an answer says differently."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from storage.spend_query import Filter, Period, SpendQuery
from tests.asking.oracle_files import TODAY, TOOLS, Files
from tests.asking.oracle_ledger import DAY, Ledger, Piece
from tests.asking.oracle_stocks import Key, Stocks, Sums, Values, add, tool_values

TOOL = ("tool", "vendor", "category", "billing_model", "tool_status")
UNIT = ("department", "cost_center", "division")
LEDGER = (*TOOL, *UNIT, "person", "model", "project", "source", "payment_channel")
USAGE = (*TOOL, *UNIT, "person", "model", "project")
SEATS = (*TOOL, *UNIT, "person", "plan")
BUDGETS = (*UNIT, "tool", "vendor", "project")
_SHARED = (*TOOL, *UNIT)
DIMENSIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("spend", "billed", "paid", "list_price", "discount_savings", "run_rate"), LEDGER),
    **dict.fromkeys(("usage_cost",), LEDGER),
    **dict.fromkeys(("tokens", "requests", "input_tokens", "cached_input_tokens", "output_tokens", "cache_hit_share",
                     "active_users", "cost_per_active_user", "cost_per_million_tokens", "cost_per_request"), USAGE),
    **dict.fromkeys(("seats_assigned", "seats_pending", "seats_active", "seats_idle", "seats_untracked", "utilisation",
                     "idle_seat_cost", "tools_held"), SEATS),
    "seats_purchased": (*TOOL, "plan", "cost_center"), "cost_per_seat": (*_SHARED, "person"),
    "headcount": (*UNIT, "person"), "cost_per_head": (*UNIT, "person"), "tools": TOOL,
    **dict.fromkeys(("budget", "budget_remaining", "budget_used", "budget_left_share"), BUDGETS),
    "renewals": (*TOOL, "plan", "cost_center", "payment_channel"),
}  # fmt: skip
RATIOS = {
    "utilisation": ("seats_active", "seats_tracked", 1), "cache_hit_share": ("cached_input_tokens", "input_tokens", 1),
    "cost_per_seat": ("spend", "seats_assigned", 1), "cost_per_head": ("spend", "headcount", 1),
    "cost_per_active_user": ("spend", "active_users", 1), "cost_per_million_tokens": ("spend", "tokens", 1_000_000),
    "cost_per_request": ("spend", "requests", 1), "budget_used": ("spend", "budget", 1),
    "budget_left_share": ("budget_remaining", "budget", 1),
}  # fmt: skip
BUDGET = ("budget", "budget_remaining", "budget_used", "budget_left_share")
SEPARATE = (*RATIOS, *BUDGET, "active_users", "tools_held")  # the total is not the sum of groups
BILLS = ("billed", "paid")
COUNTED = ("tokens", "requests", "input_tokens", "cached_input_tokens", "output_tokens")
FLOWS = ("spend", "usage_cost", "list_price", "discount_savings", *BILLS, *COUNTED)


CENT = Fraction(1, 100)


def is_flow(metric: str) -> bool:
    return metric in FLOWS


@dataclass
class Found:
    """Amounts by group, those without a rate by currency; `maybe`: rows that show nothing but could have."""

    sums: Sums = field(default_factory=dict)
    unpriced: dict[str, Fraction] = field(default_factory=dict)
    maybe: bool = False


@dataclass
class Wanted:
    """What a plan's answer must be."""

    totals: dict[str, Fraction | None]
    previous: dict[str, Fraction | None]
    rows: dict[Key, dict[str, Fraction]]
    before: dict[Key, dict[str, Fraction]]
    maybe: bool
    unpriced: dict[str, Fraction] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """One measurement."""

    start: date
    end: date
    filters: tuple[Filter, ...]
    by: tuple[str, ...]

    def keep(self, values: Values) -> bool:
        return all(_passes(part, values.get(part.dimension)) for part in self.filters)

    @property
    def last(self) -> date:
        return min(self.end - DAY, TODAY)

    @property
    def about_people(self) -> bool:
        return "person" in self.by or any(part.dimension == "person" and part.op == "in" for part in self.filters)


def _passes(part: Filter, value: str | None) -> bool:
    if part.op == "is_null":
        return value is None
    if part.op == "contains":
        return value is not None and any(word.lower() in value.lower() for word in part.values)
    return (value in part.values) == (part.op == "in")


class Oracle:
    """Everything there is to know of the company. `calendar` names the buckets of a grain."""

    def __init__(self, files: Files) -> None:
        self.files, self.ledger = files, Ledger(files)
        self.stocks = Stocks(self.ledger)

    # one metric ----------------------------------------------------------------------------------------------------

    def measure(self, metric: str, asked: Asked) -> Found:
        if metric in RATIOS:
            return self._ratio(metric, asked)
        if metric in ("spend", "usage_cost"):
            return self._spend(metric, asked)
        if metric in BILLS:
            return self._bills(metric, asked)
        if metric == "list_price":
            return self._spread(metric, asked, self.ledger.pieces)
        if metric == "discount_savings":
            return self._less(self.measure("list_price", asked), self._spread("usage_effective", asked, self.ledger.pieces))
        if metric == "run_rate":
            month = Asked(date(TODAY.year, TODAY.month - 1, 1), TODAY.replace(day=1), asked.filters, asked.by)
            found = self.measure("spend", month)
            return Found({key: amount * 12 for key, amount in found.sums.items()}, found.unpriced, found.maybe)
        if metric == "budget_remaining":
            return self._less(self.measure("budget", asked), self.measure("spend", _to_date(asked)))
        return Found(self._counted(metric, asked))

    def _counted(self, metric: str, asked: Asked) -> Sums:
        stocks, keep, by = self.stocks, asked.keep, asked.by
        if metric in COUNTED:
            return stocks.counted(metric, asked.start, asked.end, keep, by)
        if metric == "active_users":
            return stocks.active_users(asked.start, asked.end, keep, by)
        if metric == "headcount":
            return stocks.headcount(asked.last, keep, by)
        if metric == "seats_purchased":
            return stocks.purchased(asked.last, keep, by)
        if metric == "budget":
            dimension = [*by, *(part.dimension for part in asked.filters), "company"][0]
            return stocks.budgets(asked.start, asked.end, dimension, keep, by)[0]
        if metric == "tools":
            sums: Sums = {}
            for name in TOOLS:
                values = tool_values(name)
                if keep(values):
                    add(sums, tuple(values[part] for part in by), 1)
            return sums
        return stocks.seats(metric, asked.last, keep, by)

    def coverage(self, query: SpendQuery) -> Fraction | None:
        """The share of the amount that has a department or a cost centre, over the same tools."""
        metric = {"run_rate": "spend", "discount_savings": "list_price"}.get(query.metrics[0], query.metrics[0])
        start, end = query.period.start, until(metric, query.period)
        if query.metrics[0] == "run_rate":
            start, end = date(TODAY.year, TODAY.month - 1, 1), TODAY.replace(day=1)
        owned = ("person", *UNIT)
        filters = tuple(part for part in query.filters if part.dimension not in owned)
        sums = self.measure(metric, Asked(start, end, filters, ("department", "cost_center"))).sums
        total = sum((abs(amount) for amount in sums.values()), Fraction(0))
        return sum((abs(amount) for key, amount in sums.items() if any(key)), Fraction(0)) / total if total > CENT else None

    @staticmethod
    def _less(first: Found, second: Found) -> Found:
        sums = {key: amount - second.sums.get(key, 0) for key, amount in first.sums.items()}
        return Found(sums, {**second.unpriced, **first.unpriced}, first.maybe)

    def _ratio(self, metric: str, asked: Asked) -> Found:
        above_name, below_name, times = RATIOS[metric]
        budget = below_name == "budget"
        above = self.measure(above_name, _to_date(asked) if budget and above_name == "spend" else asked)
        below = self.measure(below_name, asked)
        sums: Sums = {}
        for key, base in below.sums.items():
            amount = above.sums.get(key, Fraction(0) if budget else None)
            if base and amount is not None:
                sums[key] = amount * times / base
        return Found(sums, above.unpriced, above.maybe or below.maybe)

    def _spend(self, metric: str, asked: Asked) -> Found:
        pieces: Iterable[Piece] = self.ledger.pieces
        if asked.about_people:
            pieces = [piece for piece in self.ledger.pieces if piece.person]
            if metric == "spend":
                pieces = [*pieces, *self.stocks.seat_pieces]
        return self._spread("effective", asked, pieces)

    @staticmethod
    def _spread(name: str, asked: Asked, pieces: Iterable[Piece]) -> Found:
        """Evenly over the days of a charge."""
        found = Found()
        for piece in pieces:
            days = (min(asked.end, piece.end) - max(asked.start, piece.start)).days
            if days <= 0 or not asked.keep(_values(piece, asked)):
                continue
            if name not in piece.amounts or "tax" in piece.amounts:
                found.maybe = True
                continue
            _put(found, piece, asked, piece.amounts[name] * Fraction(days, (piece.end - piece.start).days))
        return found

    def _bills(self, metric: str, asked: Asked) -> Found:
        """By billing period for whole months, else by the first day of the charge; paid has the card lines, too."""
        whole = asked.start.day == 1 == asked.end.day
        found = Found()
        for piece in self.ledger.pieces:
            on = piece.month if whole and piece.source == "focus" else piece.start
            name = "billed" if piece.source == "focus" else "effective"
            wanted = piece.source == "focus" or (piece.source == "expense" and metric == "paid")
            if wanted and asked.start <= on < asked.end and asked.keep(_values(piece, asked)):
                _put(found, piece, asked, piece.amounts[name])
        return found

    # a plan --------------------------------------------------------------------------------------------------------

    def wanted(self, query: SpendQuery, cut: "Cut") -> Wanted:
        totals, rows, maybe = self._table(query, query.metrics, query.period, cut)
        unpriced = dict(self._unpriced)
        previous: dict[str, Fraction | None] = {}
        before: dict[Key, dict[str, Fraction]] = {}
        if isinstance(query.compare, Period):
            plain = query.model_copy(update={"grain": None})
            previous, before, _ = self._table(plain, query.metrics, query.compare, cut)
            before = {} if query.grain else before
        elif query.compare == "budget":
            found, budget, _ = self._table(query, ("budget",), query.period, cut)
            previous = {"spend": found["budget"]}
            before = {key: {"spend": values["budget"]} for key, values in budget.items()}
        return Wanted(totals, previous, rows, before, maybe, unpriced)

    def _table(self, query: SpendQuery, metrics: Sequence[str], period: Period, cut: "Cut") -> tuple[
        dict[str, Fraction | None], dict[Key, dict[str, Fraction]], bool
    ]:  # fmt: skip
        totals: dict[str, Fraction | None] = {}
        rows: dict[Key, dict[str, Fraction]] = {}
        maybe = False
        self._unpriced: dict[str, Fraction] = {}  # of the table made last
        for metric in metrics:
            end = until(metric, period)
            whole = Asked(period.start, end, query.filters, query.group_by)
            parts = [((), whole)]
            if query.grain:
                parts = [((key,), Asked(first, last, query.filters, query.group_by))
                         for key, first, last in cut(query.grain, period.start, period.end)
                         if first <= TODAY or period.start > TODAY or metric == "budget"]  # fmt: skip
                whole_units = metric in (*BILLS, "budget") or period.start > TODAY  # what is ahead as a whole is not cut
                parts = [(key, one if whole_units else _cut(one)) for key, one in parts]
            sums: Sums = {}
            for key, one in parts:
                found = self.measure(metric, one)
                maybe |= found.maybe
                for currency, amount in found.unpriced.items():
                    self._unpriced[currency] = self._unpriced.get(currency, Fraction(0)) + amount
                sums |= {keys + key: amount for keys, amount in found.sums.items()}
            for keys, amount in sums.items():
                rows.setdefault(keys, {})[metric] = amount
            adds = metric not in SEPARATE and (is_flow(metric) or not query.grain)
            if adds or not (query.group_by or query.grain):
                totals[metric] = sum(sums.values(), Fraction(0)) if sums else None
            else:
                total = self.measure(metric, Asked(period.start, end, query.filters, ()))
                totals[metric] = total.sums.get(())
        return totals, rows, maybe


Cut = Callable[[str, date, date], list[tuple[str, date, date]]]


def until(metric: str, period: Period) -> date:
    """What was used and counted ends today; bills, budgets and plans do not."""
    if metric in (*BILLS, *BUDGET, "renewals") or period.start > TODAY:
        return period.end
    return min(period.end, TODAY + DAY)


def _cut(asked: Asked) -> Asked:
    return Asked(asked.start, min(asked.end, TODAY + DAY), asked.filters, asked.by)


def _to_date(asked: Asked) -> Asked:
    return Asked(asked.start, max(asked.start, min(asked.end, TODAY + DAY)), asked.filters, asked.by)


def _values(piece: Piece, asked: Asked) -> Values:
    return {part.dimension: piece.value(part.dimension) for part in asked.filters}


def _put(found: Found, piece: Piece, asked: Asked, amount: Fraction) -> None:
    if piece.currency:
        found.unpriced[piece.currency] = found.unpriced.get(piece.currency, Fraction(0)) + amount
    else:
        add(found.sums, tuple(piece.value(name) for name in asked.by), amount)


# calendars ------------------------------------------------------------------------------------------------------------


def gregorian(grain: str, start: date, end: date) -> list[tuple[str, date, date]]:
    """Fiscal years from 1 February, named by the year they end in; weeks from Monday."""

    def name(on: date) -> str:
        year, week, _ = on.isocalendar()
        fiscal, month = on.year + (on.month > 1), (on.month - 2) % 12
        return {"day": str(on), "week": f"{year}-W{week:02d}", "month": f"{on:%Y-%m}",
                "quarter": f"FY{fiscal % 100}-Q{month // 3 + 1}", "year": f"FY{fiscal % 100}"}[grain]  # fmt: skip

    return _runs(name, start, end)


_LAST_DAYS = {
    2024: date(2024, 12, 28),
    2025: date(2026, 1, 3),
    2026: date(2027, 1, 2),
    2027: date(2028, 1, 1),
}  # Saturdays nearest to 31 December
_WEEKS = [4, 4, 5] * 4


def in_weeks(grain: str, start: date, end: date) -> list[tuple[str, date, date]]:
    """4-4-5: FY25 has 53 weeks (29 December 2024 to 3 January 2026), the last in its twelfth period."""

    def name(on: date) -> str:
        fiscal = next(year for year in sorted(_LAST_DAYS) if on <= _LAST_DAYS[year])
        week = (on - _LAST_DAYS[fiscal - 1] - DAY).days // 7
        period = next((number for number in range(12) if week < sum(_WEEKS[: number + 1])), 11)
        monday = on - timedelta(days=(on.weekday() + 1) % 7) + DAY
        year, iso, _ = (monday + timedelta(days=2)).isocalendar()
        return {"day": str(on), "week": f"{year}-W{iso:02d}", "month": f"FY{fiscal % 100}-P{period + 1}",
                "quarter": f"FY{fiscal % 100}-Q{period // 3 + 1}", "year": f"FY{fiscal % 100}"}[grain]  # fmt: skip

    return _runs(name, start, end)


def _runs(name: Callable[[date], str], start: date, end: date) -> list[tuple[str, date, date]]:
    found: list[tuple[str, date, date]] = []
    on = start
    while on < end:
        key = name(on)
        if found and found[-1][0] == key:
            found[-1] = (key, found[-1][1], on + DAY)
        else:
            found.append((key, on, on + DAY))
        on += DAY
    return found
