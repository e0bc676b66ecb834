"""Plans and results in words: the sentence with the number first, the rows, the receipt."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from storage.spend_query import METRICS, Filter, Period, QueryResult, ResultRow, SpendQuery
from workflows.asking.ranking import change, difference, row_name

LABELS = {
    "spend": "AI spend", "billed": "Billed AI cost", "paid": "Paid for AI", "list_price": "AI cost at list price",
    "usage_cost": "AI usage cost",
    "discount_savings": "Discount savings", "reclaimed_savings": "Reclaimed savings", "run_rate": "AI run rate",
    "idle_seat_cost": "Cost of idle seats", "budget": "AI budget", "budget_remaining": "AI budget left",
    "budget_used": "Share of the AI budget used",
    "budget_left_share": "Share of the AI budget left", "renewals": "Contracts that end",
    "seats_purchased": "Seats purchased", "seats_assigned": "Seats assigned", "seats_active": "Active seats",
    "seats_idle": "Idle seats", "seats_pending": "Pending seats", "seats_untracked": "Seats without activity tracking",
    "utilisation": "Seat utilisation", "tokens": "Tokens", "input_tokens": "Input tokens",
    "cached_input_tokens": "Cached input tokens", "output_tokens": "Output tokens", "requests": "API requests",
    "cache_hit_share": "Cache hit share", "active_users": "Active users", "headcount": "Headcount",
    "cost_per_seat": "Cost per seat", "cost_per_active_user": "Cost per active user", "cost_per_head": "Cost per head",
    "cost_per_million_tokens": "Cost per million tokens", "cost_per_request": "Cost per request", "tools": "AI tools",
    "tools_held": "AI tools held",
    "access_requests": "Access requests", "pending_approvals": "Requests waiting for a decision",
}  # fmt: skip
DEFINITIONS = {
    "spend": "spend = EffectiveCost of all charges but tax, card lines that count as spend, contract accruals where a "
             "month has neither",
    "usage_cost": "usage cost = rows with the person's e-mail and their expense lines that count as spend, without the "
                  "price of seats",
    "billed": "billed = BilledCost with tax, by billing period",
    "paid": "paid = BilledCost with tax plus the expense lines that count as spend, by date",
    "list_price": "list price = ListCost of usage rows",
    "discount_savings": "discount savings = ListCost − EffectiveCost of usage rows",
    "reclaimed_savings": "reclaimed savings = seats given back, at contract price",
    "run_rate": "run rate = spend of the last complete month × 12",
    "idle_seat_cost": "idle seats × their plan's price in the contract in force, per month",
    "budget": "budget = the amounts recorded for the scope and period",
    "budget_remaining": "budget left = budget − spend to date",
    "budget_used": "budget used = spend to date / budget",
    "budget_left_share": "share left = (budget − spend to date) / budget",
    "renewals": "contracts by end date; last day to give notice = end date − notice days; value = annual value",
    "seats_purchased": "purchased = seats of the contracts in force",
    "seats_assigned": "assigned or suspended seats in the latest snapshot; pending ones are counted apart",
    "seats_active": "active = tracked and used within 30 days of the snapshot",
    "seats_idle": "idle = assigned, tracked, unused for the tool's idle days and held longer than the grace days",
    "seats_pending": "pending = invited, not yet taken",
    "seats_untracked": "no activity signal: never counted as idle",
    "utilisation": "utilisation = active / assigned, over tracked seats",
    "tokens": "tokens = input + output, cached input included", "input_tokens": "input tokens include cached ones",
    "cached_input_tokens": "cached input tokens", "output_tokens": "output tokens",
    "requests": "requests to the vendors' APIs",
    "cache_hit_share": "cached input tokens / all input tokens",
    "active_users": "distinct people with an active usage row in the period",
    "headcount": "people active or on leave, contractors included",
    "cost_per_seat": "spend / assigned seats at the period's end",
    "cost_per_active_user": "spend / active users of the period", "cost_per_head": "spend / headcount at the period's end",
    "cost_per_million_tokens": "spend / tokens × 1,000,000", "cost_per_request": "spend / API requests",
    "tools": "tools of the one inventory",
    "tools_held": "tools of which the person holds an assigned seat", "access_requests": "requests made through Bursar",
    "pending_approvals": "requests that nobody has decided yet",
}  # fmt: skip
CONTRACT_LABELS = {"ends": "Contracts that end", "notice": "Contracts to give notice on",
                   "lapsed": "Contracts that ended and have no later one", "in_force": "Contracts in force"}  # fmt: skip
UNIT_COSTS = frozenset(name for name in DEFINITIONS if name.startswith("cost_per_"))
DIMENSION_WORDS = {"cost_center": "cost centre", "tool_status": "status", "billing_model": "billing model",
                   "payment_channel": "payment channel", "auto_renew": "renewing by itself:"}  # fmt: skip
AS_OF = frozenset(
    {
        "seats_purchased",
        "seats_assigned",
        "seats_active",
        "seats_idle",
        "seats_pending",
        "seats_untracked",
        "utilisation",
        "idle_seat_cost",
        "tools_held",
        "headcount",
    }
)
_ADVERBS = ("since", "last", "next", "until", "before", "after", "through", "year", "month", "quarter", "week", "this")


def unit_of(query: SpendQuery, currency: str) -> str:
    """The unit of `value`: a share is a ratio, money the base currency."""
    if query.share_of:
        return "ratio"
    unit = METRICS[query.metrics[0]]
    return currency if unit == "money" else unit


def is_average(query: SpendQuery) -> bool:
    """Whether counts have decimals."""
    return query.aggregate is not None or query.transform == "rolling_avg_3"


def rounded(metric: str, value: Decimal | None, averaged: bool = False) -> Decimal | None:
    """As people and machines get it: money to the cent (unit costs under a unit to four decimals), ratios to four
    decimals, counts whole, averages of counts to two decimals."""
    if value is None:
        return None
    kind = METRICS.get(metric, "ratio")
    if kind == "money":
        places = 4 if metric in UNIT_COSTS and abs(value) < 1 else 2
    elif kind == "ratio":
        places = 4
    else:
        places = 2 if averaged else 0
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)


def amount(metric: str, value: Decimal | None, currency: str, averaged: bool = False) -> str:
    """For reading: 12,345.67 USD · 83.3 % · 1,204 seats."""
    shown = rounded(metric, value, averaged)
    if shown is None:
        return "not known"
    kind = METRICS.get(metric, "ratio")
    if kind == "money":
        return f"{shown:,} {currency}"
    if kind == "ratio":
        return percent(shown)
    return f"{shown:,} {singular(kind) if shown == 1 else kind}"


def singular(unit: str) -> str:
    return "person" if unit == "people" else unit.removesuffix("s")


def percent(value: Decimal) -> str:
    return f"{(value * 100).quantize(Decimal('0.1'))} %"


def plain_day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def dates(period: Period) -> str:
    """Both days named, the last included."""
    last = period.end - timedelta(days=1)
    if last <= period.start:
        return plain_day(period.start)
    if period.start.year == last.year:
        return f"{period.start.day} {period.start:%b} to {plain_day(last)}"
    return f"{plain_day(period.start)} to {plain_day(last)}"


def dimension_word(dimension: str) -> str:
    return DIMENSION_WORDS.get(dimension, dimension)


def filter_words(part: Filter) -> str:
    word, names = dimension_word(part.dimension), ", ".join(part.values)
    return {
        "in": f"{word} {names}",
        "ne": f"every {word} but {names}",
        "contains": f"{word} containing {names}",
        "is_null": f"no {word}",
    }[part.op]


def subject(query: SpendQuery) -> str:
    """What the number is: metric, whose, when."""
    label = CONTRACT_LABELS[query.contracts] if query.metrics[0] == "renewals" else LABELS[query.metrics[0]]
    names = [part for part in query.filters if part.op == "in" and part.dimension != "auto_renew"]
    wanted = [name for part in names for name in part.values]
    kept_out = [filter_words(part) for part in query.filters if part not in names]
    if query.transform:
        label = f"{'Running total' if query.transform == 'cumulative' else 'Rolling average over three'} of {label}"
    if query.idle_days and query.metrics[0] in ("seats_idle", "idle_seat_cost"):
        label = f"{label} (unused for more than {query.idle_days} days)"
    whose = f" of {_and(wanted)}" if wanted else ""
    limits = f" ({'; '.join(kept_out)})" if kept_out else ""
    return f"{label}{whose}{limits} {_when(query)}"


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _when(query: SpendQuery) -> str:
    if query.metrics[0] in AS_OF and query.aggregate is None:
        return f"on {plain_day(query.period.end - timedelta(days=1))}"
    if query.metrics[0] in ("run_rate", "pending_approvals", "tools"):
        return "today"
    label, shown = query.period.label, dates(query.period)
    one_day = (query.period.end - query.period.start).days == 1
    if not label or one_day or (" to " in label and not label.endswith("to date")):
        return f"on {shown}" if one_day else f"from {shown}"
    joined = label if label.split()[0] in _ADVERBS else f"in {label}"
    return f"{joined} ({shown})"


def headline(query: SpendQuery, result: QueryResult) -> str:
    """One sentence, the number first."""
    metric, averaged = query.metrics[0], is_average(query)
    value = result.values.get(metric)
    what = subject(query)
    if (first := _first(query, result)) is not None:
        return first
    if value is None and result.unpriced:
        amounts = ", ".join(f"{one.quantize(Decimal('0.01')):,} {currency}" for currency, one in result.unpriced.items())
        return f"{amounts}, for which I have no exchange rate: {what}."
    if value is None and result.rows:
        return f"{_counted(query, result)}: {what}."
    if query.having and query.group_by:
        what = f"{_counted(query, result)}, {what}"
    per = _per(query)
    others = [
        f"{_lower(name)} {amount(name, result.values.get(name), result.currency)}{_own_dates(query, name)}"
        for name in query.metrics[1:]
    ]
    text = f"{amount(metric, value, result.currency, averaged)}{per}: {what}"
    text += f"; {', '.join(others)}" if others else ""
    return f"{text}{_change(query, result)}."


def _lower(metric: str) -> str:
    """A label inside a sentence."""
    label = LABELS[metric]
    return label if label.startswith("AI") else label[0].lower() + label[1:]


def _own_dates(query: SpendQuery, metric: str) -> str:
    """Beside amounts of a period, a count is of its last day; beside a count, an amount is of the period."""
    if (metric in AS_OF) == (query.metrics[0] in AS_OF) or query.grain:
        return ""
    return f" on {plain_day(query.period.end - timedelta(days=1))}" if metric in AS_OF else f" from {dates(query.period)}"


def _counted(query: SpendQuery, result: QueryResult) -> str:
    number, word = len(result.rows), dimension_word(query.group_by[0] if query.group_by else query.grain or "row")
    plural = "people" if word == "person" else f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"
    return f"{number} {word if number == 1 else plural}"


def _first(query: SpendQuery, result: QueryResult) -> str | None:
    """Who comes first, where the question asks for one: "which department spends the most"."""
    named = [row for row in result.rows if not row.others and None not in row.keys.values()]
    if query.limit != 1 or query.share_of or not named or not (query.group_by or query.grain):
        return None
    row, metric, averaged = named[0], query.metrics[0], is_average(query)
    shown = amount(metric, row.values.get(metric), result.currency, averaged)
    whole = amount(metric, result.values.get(metric), result.currency, averaged)
    text = f"{shown}: {row_name(row)} comes {_place(query)} by {_ranked_by(query)}; {subject(query)} is {whole} in all"
    return f"{text}{_change(query, result)}."


def _place(query: SpendQuery) -> str:
    place = "first" if query.offset == 0 else "second" if query.offset == 1 else f"number {query.offset + 1}"
    return f"{place} from the bottom" if query.order == "asc" else place


def _ranked_by(query: SpendQuery) -> str:
    label = _lower(query.metrics[0])
    return f"the change of {label}" if isinstance(query.compare, Period) else label


def _per(query: SpendQuery) -> str:
    if query.aggregate and query.metrics[0] in AS_OF and query.aggregate != "per_person_avg":
        return " on average"
    return {
        None: "",
        "avg_per_day": " a day on average",
        "avg_per_week": " a week on average",
        "avg_per_month": " a month on average",
        "per_person_avg": " per person",
    }[query.aggregate]


def _change(query: SpendQuery, result: QueryResult) -> str:
    """Difference and percentage against the other period, or what is left of the budget."""
    metric = query.metrics[0]
    if query.compare is None:
        return ""
    before = result.previous.get(metric)
    if query.compare == "budget":
        if before is None:
            return ", and no budget is recorded for it"
        return f", against a budget of {amount(metric, before, result.currency)}{_difference(query, result)}"
    when = dates(query.compare)
    if before is None:
        return f"; nothing is recorded for {when}"
    return f", against {amount(metric, before, result.currency)} in {when}{_difference(query, result)}"


def _difference(query: SpendQuery, result: QueryResult) -> str:
    metric = query.metrics[0]
    row = ResultRow(keys={}, values=result.values, previous=result.previous)
    if row.values.get(metric) is None:
        return ""
    gap, relative = difference(row, metric), change(row, metric)
    direction = "more" if gap > 0 else "less"
    if gap == 0:
        return " (no difference)"
    share = f", {percent(abs(relative))}" if relative is not None else ""
    return f" ({amount(metric, abs(gap), result.currency)} {direction}{share})"


def row_words(query: SpendQuery, row: ResultRow, currency: str) -> str:
    metric, averaged = query.metrics[0], is_average(query)
    if metric == "tools" and "tool" in query.group_by and not row.others:
        return row_name(row)
    text = f"{row_name(row)}: {amount(metric, row.values.get(metric), currency, averaged)}"
    if metric == "renewals":
        text += f" a year, ends {row.details['end_date']}, notice by {row.details['notice_by'] or 'not known'}"
        original = row.details.get("original")
        return f"{text}, {original}" if original and not original.endswith(f" {currency}") else text
    for name in query.metrics[1:]:
        text += f", {_lower(name)} {amount(name, row.values.get(name), currency)}"
    if row.previous:
        other = "budget" if query.compare == "budget" else "before"
        text += f" ({other}: {amount(metric, row.previous.get(metric), currency)})"
    return text


def receipt(
    query: SpendQuery, result: QueryResult, *, who: str, assumptions: Iterable[str], sources: Mapping[str, date]
) -> list[str]:
    """How the number came about: metric, exact dates, filters, data-through per source, share attributed, assumptions,
    who may see it."""
    lines = [f"Metric: {'; '.join(DEFINITIONS[metric] for metric in query.metrics)}."]
    lines.append(f"Dates: {dates(query.period)}{_compared(query)}{_stock_dates(query)}.")
    lines.append(f"Filters: {'; '.join(filter_words(part) for part in query.filters) or 'none'}.")
    lines.append(f"Data through: {sources_words(sources)}.")
    if result.coverage is not None:
        lines.append(f"Attributed to an owner: {percent(result.coverage)}.")
    for currency, value in sorted(result.unpriced.items()):
        lines.append(f"Not included, no exchange rate: {value.quantize(Decimal('0.01')):,} {currency}.")
    said = list(dict.fromkeys(assumptions))
    if said:
        lines.append(f"Assumptions: {'; '.join(said)}.")
    lines.append(f"Who may see it: {who}.")
    return lines


def _stock_dates(query: SpendQuery) -> str:
    """Counts on a day beside amounts of a period."""
    stocks = [_lower(metric) for metric in query.metrics if metric in AS_OF]
    if len(query.metrics) == len(stocks) or not stocks or query.grain:
        return ""
    return f"; {_and(stocks)} as of {plain_day(query.period.end - timedelta(days=1))}"


def _compared(query: SpendQuery) -> str:
    return f", compared with {dates(query.compare)}" if isinstance(query.compare, Period) else ""


def sources_words(sources: Mapping[str, date]) -> str:
    """Each source with its day; many of them as a range, the oldest named."""
    if not sources:
        return "no source has data for it"
    if len(sources) <= 4:
        return ", ".join(f"{source} {plain_day(day)}" for source, day in sources.items())
    oldest = min(sources, key=lambda source: (sources[source], source))
    newest = max(sources.values())
    return f"{len(sources)} sources up to {plain_day(newest)}, the oldest {oldest} {plain_day(sources[oldest])}"


def share_headline(query: SpendQuery, result: QueryResult, part: Decimal | None) -> str:
    metric = query.metrics[0]
    if part is None:
        return f"A share cannot be given: {subject(query)} is not known, or the total is 0."
    base = [name for kept in query.share_base for name in kept.values]
    of = f"the total of {_and(base)}" if base else "the total"
    if query.limit and result.rows:
        return f"{percent(part)} of {of}: the top {query.limit} of {subject(query)}."
    return f"{percent(part)} of {of}: {subject(query)} ({amount(metric, result.values.get(metric), result.currency)})."


def plan_words(query: SpendQuery) -> str:
    """The plan itself, for "show how"."""
    parts = [", ".join(LABELS[metric] for metric in query.metrics), dates(query.period)]
    parts += [filter_words(part) for part in query.filters]
    if query.group_by:
        parts.append(f"by {_and([dimension_word(name) for name in query.group_by])}")
    if query.grain:
        parts.append(f"by {query.grain}")
    if query.compare == "budget":
        parts.append("against the budget")
    elif query.compare is not None:
        parts.append(f"against {dates(query.compare)}")
    parts += [f"where {part.metric} {part.op} {part.value}" for part in query.having]
    parts += [f"top {query.limit}"] if query.limit else []
    return " · ".join(parts)
