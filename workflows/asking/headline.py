"""The first sentence of an answer, the number first."""

from decimal import Decimal

from storage.metrics.registry import is_additive
from storage.spend_query import Having, Period, QueryResult, ResultRow, SpendQuery
from workflows.asking import phrases
from workflows.asking.labels import AS_OF, CONTRACT_NOUNS
from workflows.asking.phrases import amount, is_average, lower, percent, subject
from workflows.asking.ranking import change, difference


def headline(query: SpendQuery, result: QueryResult) -> str:
    metric, value = query.metrics[0], result.values.get(query.metrics[0])
    if metric == "renewals":
        return f"{_contracts(query, result)}{_change(query, result)}."
    if (first := _first(query, result)) is not None:
        return first
    if value is None and result.unpriced:
        amounts = ", ".join(f"{one.quantize(Decimal('0.01')):,} {currency}" for currency, one in result.unpriced.items())
        return f"{amounts}, for which I have no exchange rate: {subject(query)}."
    if value is None and result.rows:
        return f"{_counted(query, result)}: {subject(query)}."
    text = None if value is None else phrases.numbered(query, value, _per(query))
    text = text or f"{amount(metric, value, result.currency, is_average(query))}{_per(query)}: {subject(query)}"
    if query.having and (query.group_by or query.grain):
        text += f" of {_counted(query, result)}"
    others = [
        f"{lower(name)} {_bare(name, result.values.get(name), result.currency)}{_own_dates(query, name)}"
        for name in query.metrics[1:]
    ]
    return f"{text}{f'; {phrases.joined(others)}' if others else ''}{_between(query, result)}{_change(query, result)}."


def _between(query: SpendQuery, result: QueryResult) -> str:
    """Of two that were named, which has more: "did Sales spend more than Marketing?"."""
    metric = query.metrics[0]
    two = {
        one.values for one in query.filters if one.op == "in" and len(one.values) == 2 and (one.dimension,) == query.group_by
    }
    values = [row.values.get(metric) for row in result.rows]
    if not two or len(query.metrics) > 1 or query.compare or query.grain or len(values) != 2 or None in values:
        return ""
    more, less = sorted(result.rows, key=lambda row: row.values[metric] or Decimal(0), reverse=True)
    pair = ResultRow(keys={}, values=more.values, previous=less.values)
    gap = difference(pair, metric)
    if not phrases.rounded(metric, gap, is_average(query)):
        return "; the same for both"
    words = phrases.gap_words(metric, gap, result.currency, change(pair, metric))
    return f"; {phrases.row_words(query, more)} {words} more than {phrases.row_words(query, less)}"


def _bare(metric: str, value: Decimal | None, currency: str) -> str:
    """Without a unit that the label before it says already: "seats assigned 1,055"."""
    text = amount(metric, value, currency)
    number, _, unit = text.rpartition(" ")
    return number if number and unit in ("seat", "seats", "token", "tokens", "request", "requests") else text


def _own_dates(query: SpendQuery, metric: str) -> str:
    """Beside amounts of a period, a count is of its last day; beside a count, an amount is of the period."""
    if (metric in AS_OF) == (query.metrics[0] in AS_OF) or query.grain:
        return ""
    return f" {phrases.when(query.model_copy(update={'metrics': (metric,)}))}"


def _contracts(query: SpendQuery, result: QueryResult) -> str:
    """Contracts are counted and their annual values added up."""
    value = amount("renewals", result.values.get("renewals"), result.currency)
    named = [row for row in result.rows if not row.others]
    one, several = CONTRACT_NOUNS[query.contracts]
    end = f"{phrases.whose(query)} {phrases.when(query)}"
    if query.limit == 1 and named:
        first, days = named[0], named[0].details
        shown = amount("renewals", first.values.get("renewals"), result.currency)
        return (
            f"{shown} a year: {phrases.row_words(query, first)}, ends {phrases.iso_day(days.get('end_date'))}, notice by "
            f"{phrases.iso_day(days.get('notice_by'))}, comes {_place(query)} of the {several}{end}"
        )
    if not named or len(named) < len(result.rows):
        return f"{value} a year: {several}{end}"
    return f"{value} a year: {len(named)} {one if len(named) == 1 else several}{end}"


def _place(query: SpendQuery) -> str:
    return {0: "first", 1: "second", 2: "third"}.get(query.offset, f"number {query.offset + 1}")


def _counted(query: SpendQuery, result: QueryResult) -> str:
    """How many rows there are, with the condition that they meet."""
    number = phrases.counted(
        len(result.rows), phrases.dimension_word(query.group_by[0] if query.group_by else query.grain or "row")
    )
    conditions = phrases.joined([condition_words(query, part, result.currency) for part in query.having] or [""])
    return f"{number} {conditions}".strip()


def condition_words(query: SpendQuery, part: Having, currency: str) -> str:
    """ "above 20,000.00 USD", "with AI spend above …", "up by more than 10.0 %"."""
    if part.metric not in ("delta", "pct_change"):
        word = {"gt": "above", "gte": "of at least", "lt": "below", "lte": "of at most"}[part.op]
        what = "" if part.metric == query.metrics[0] else f"with {lower(part.metric)} "
        return f"{what}{word} {amount(part.metric, part.value, currency)}"
    grew = part.op in ("gt", "gte")
    size = abs(part.value)
    bound = percent(size) if part.metric == "pct_change" else amount(query.metrics[0], size, currency)
    if part.value and grew != (part.value > 0):  # "not down by more than 10 %"
        return f"that changed by {'more' if grew else 'less'} than {'-' if part.value < 0 else ''}{bound}"
    if not part.value:
        return {"gt": "that grew", "gte": "that did not fall", "lt": "that fell", "lte": "that did not grow"}[part.op]
    return f"{'up' if grew else 'down'} by {'more than' if part.op in ('gt', 'lt') else 'at least'} {bound}"


def _first(query: SpendQuery, result: QueryResult) -> str | None:
    """Who comes first, where the question asks for one: "which department spends the most"."""
    named = [row for row in result.rows if not row.others and None not in row.keys.values()]
    if query.limit != 1 or query.share_of or not named or not (query.group_by or query.grain):
        return None
    row, metric, averaged = named[0], query.metrics[0], is_average(query)
    value, whole = row.values.get(metric), result.values.get(metric)
    shown = amount(metric, value, result.currency, averaged)
    text = f"{shown}: {phrases.row_words(query, row)} has {_superlative(query, row)} {lower(metric)}"
    text += f"{phrases.whose(query)} {phrases.when(query)}"
    if query.compare is not None:
        return f"{text}{_change(query, result.model_copy(update={'values': row.values, 'previous': row.previous}))}."
    if whole is None or value is None:
        return f"{text}."
    if is_additive(metric) and not averaged and not query.transform and whole > 0:
        return f"{text}, {percent(value / whole)} of {amount(metric, whole, result.currency)} in all."
    return f"{text}; over all it is {amount(metric, whole, result.currency, averaged)}."


def _superlative(query: SpendQuery, row: ResultRow) -> str:
    order = {0: "", 1: "second ", 2: "third "}.get(query.offset, f"number {query.offset + 1} in ")
    if not isinstance(query.compare, Period):
        return f"the {order}{'lowest' if query.order == 'asc' else 'highest'}"
    grew = difference(row, query.metrics[0]) >= 0
    size = "smallest" if grew == (query.order == "asc") else "largest"
    return f"the {order}{size} {'increase' if grew else 'decrease'} of"


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
    before, now = result.previous.get(metric), result.values.get(metric)
    if query.compare == "budget":
        if before is None:
            return ", and no budget is recorded for it"
        return f", {_against(query, result, 'over', 'under', 'exactly')} the budget of {_of(query, before, result)}"
    then = phrases.period_words(query.compare.model_copy(update={"label": ""}))
    if before is None:
        return f"; nothing is recorded {then}"
    if now is None:
        return f"; {then} it was {_of(query, before, result)}"
    words = _against(query, result, "more than", "less than", "the same as")
    return f", {words} the {_of(query, before, result)} {then}"


def _of(query: SpendQuery, value: Decimal, result: QueryResult) -> str:
    return amount(query.metrics[0], value, result.currency, is_average(query))


def _against(query: SpendQuery, result: QueryResult, more: str, less: str, same: str) -> str:
    metric = query.metrics[0]
    row = ResultRow(keys={}, values=result.values, previous=result.previous)
    gap = difference(row, metric)
    if not phrases.rounded(metric, gap, is_average(query)):
        return same
    return f"{phrases.gap_words(metric, gap, result.currency, change(row, metric))} {more if gap > 0 else less}"


def share_headline(query: SpendQuery, result: QueryResult, part: Decimal | None) -> str:
    """What share of what: "8.8 % of the AI spend of Engineering: 1,652.28 USD on Cursor in October 2026."."""
    metric = query.metrics[0]
    if part is None:
        return f"A share cannot be given: {subject(query)} is not known, or the total is 0."
    whole = query.model_copy(update={"filters": query.share_base})
    of = f"{percent(part)} of {lower(metric)}{phrases.whose(whole)}"
    if query.limit and result.rows:
        whole_of_top = _of(query, result.values.get(metric) or Decimal(0), result)
        return f"{of}: the top {query.limit} {phrases.when(query)}, {whole_of_top}."
    rest = query.model_copy(update={"filters": tuple(one for one in query.filters if one not in query.share_base)})
    return f"{of}: {amount(metric, result.values.get(metric), result.currency)}{phrases.whose(rest)} {phrases.when(query)}."
