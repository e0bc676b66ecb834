"""Plans and results in words: the rows, the receipt, the plan itself."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal

from storage.spend_query import METRICS, Period, QueryResult, ResultRow, SpendQuery
from workflows.asking import phrases
from workflows.asking.headline import condition_words
from workflows.asking.labels import AS_OF, DEFINITIONS, LABELS, OWN_RECORDS
from workflows.asking.phrases import amount, dates, dimension_word, filter_words, is_average, lower, percent, plain_day
from workflows.asking.ranking import change, difference

SHOWN_SOURCES = 15


def row_words(query: SpendQuery, row: ResultRow, currency: str) -> str:
    """A row as one line."""
    metric, name = query.metrics[0], phrases.row_words(query, row)
    if metric == "tools" and "tool" in query.group_by and not row.others:
        return name
    if metric == "renewals" and not row.others:
        return f"{name}: {_contract_words(row, currency)}"
    text = f"{name}: {amount(metric, row.values.get(metric), currency, is_average(query))}"
    for other in query.metrics[1:]:
        text += f", {lower(other)} {amount(other, row.values.get(other), currency, is_average(query))}"
    return f"{text}{_row_change(query, row, currency)}"


def _contract_words(row: ResultRow, currency: str) -> str:
    original = row.details.get("original")
    other = f" ({original})" if original and not original.endswith(f" {currency}") else ""
    end, notice = phrases.iso_day(row.details.get("end_date")), phrases.iso_day(row.details.get("notice_by"))
    return f"{amount('renewals', row.values.get('renewals'), currency)} a year{other}, ends {end}, notice by {notice}"


def _row_change(query: SpendQuery, row: ResultRow, currency: str) -> str:
    """Beside the amount: the difference with its sign, and what it was before or should be."""
    metric = query.metrics[0]
    if not row.previous:
        return ""
    before, averaged = row.previous.get(metric), is_average(query)
    other = "budget" if query.compare == "budget" else "before"
    if before is None:
        return f" ({'no budget' if other == 'budget' else 'nothing before'})"
    if row.values.get(metric) is None:
        return f" ({other} {amount(metric, before, currency, averaged)})"
    return f" ({signed(metric, row, currency, averaged)}; {other} {amount(metric, before, currency, averaged)})"


def signed(metric: str, row: ResultRow, currency: str, averaged: bool = False) -> str:
    """+1,508.94 USD, +8.7 %"""
    gap, relative = difference(row, metric), change(row, metric)
    if METRICS.get(metric, "ratio") == "ratio":
        return f"{_sign(gap)}{phrases.gap_words(metric, gap, currency, None)}"
    share = f", {_sign(round(relative, 3))}{percent(abs(relative))}" if relative is not None else ""
    return f"{_sign(gap)}{amount(metric, abs(gap), currency, averaged)}{share}"


def _sign(value: Decimal) -> str:
    return "+" if value > 0 else "-" if value < 0 else ""


def receipt(
    query: SpendQuery, result: QueryResult, *, who: str, assumptions: Iterable[str], sources: Mapping[str, date]
) -> list[str]:
    """How the number came about: metric, exact dates, filters, data-through per source, share attributed, assumptions,
    who may see it."""
    lines = [f"Metric: {'; '.join(DEFINITIONS[metric] for metric in query.metrics)}."]
    lines.append(f"Dates: {dates(query.period)}{_compared(query)}{_stock_dates(query)}.")
    lines.append(f"Filters: {'; '.join(_filters(query, result.currency)) or 'none'}.")
    lines.append(f"Data through: {_sources(query, sources)}.")
    if result.coverage is not None:
        lines.append(f"Attributed to an owner: {percent(result.coverage)}.")
    for currency, value in sorted(result.unpriced.items()):
        lines.append(f"Not included, no exchange rate: {value.quantize(Decimal('0.01')):,} {currency}.")
    said = list(dict.fromkeys(assumptions))
    if said:
        lines.append(f"Assumptions: {'; '.join(said)}.")
    lines.append(f"Who may see it: {who}.")
    return lines


def _filters(query: SpendQuery, currency: str) -> list[str]:
    """What was let through: filters, then conditions on the rows."""
    rows = phrases.plural(dimension_word(query.group_by[0] if query.group_by else query.grain or "row"))
    conditions = [f"only {rows} {condition_words(query, part, currency)}" for part in query.having]
    return [*(filter_words(part) for part in query.filters), *conditions]


def _stock_dates(query: SpendQuery) -> str:
    """Counts on a day beside amounts of a period."""
    stocks = [lower(metric) for metric in query.metrics if metric in AS_OF]
    if len(query.metrics) == len(stocks) or not stocks or query.grain:
        return ""
    return f"; {phrases.joined(stocks)} as of {plain_day(query.period.end - timedelta(days=1))}"


def _compared(query: SpendQuery) -> str:
    return f", compared with {dates(query.compare)}" if isinstance(query.compare, Period) else ""


def _sources(query: SpendQuery, sources: Mapping[str, date]) -> str:
    if not sources and set(query.metrics) <= OWN_RECORDS:
        return "today, from Bursar's own records"
    return sources_words(sources)


def sources_words(sources: Mapping[str, date]) -> str:
    """Each source with its day, those of one day together, the newest first; very many as a range with the oldest named."""
    if not sources:
        return "no source has data for it"
    if len(sources) > SHOWN_SOURCES:
        oldest = min(sources, key=lambda source: (sources[source], source))
        newest = max(sources.values())
        return f"{len(sources)} sources up to {plain_day(newest)}, the oldest {oldest} {plain_day(sources[oldest])}"
    by_day: dict[date, list[str]] = defaultdict(list)
    for source, day in sources.items():
        by_day[day].append(source)
    days = sorted(by_day.items(), reverse=True)
    return ", ".join(f"{plain_day(day)} ({', '.join(sorted(names, key=str.casefold))})" for day, names in days)


def plan_words(query: SpendQuery) -> str:
    """The plan itself, for "show how"."""
    parts = [", ".join(LABELS[metric] for metric in query.metrics), dates(query.period)]
    parts += [filter_words(part) for part in query.filters]
    if groups := phrases.dimensions_words(query):
        parts.append(groups)
    if query.compare == "budget":
        parts.append("against the budget")
    elif query.compare is not None:
        parts.append(f"against {dates(query.compare)}")
    parts += [condition_words(query, part, "") for part in query.having]
    parts += [f"top {query.limit}"] if query.limit else []
    return " · ".join(parts)
