"""The parts of a sentence about numbers: amounts, days, names, and what a plan's number is of."""

import re
from calendar import month_name
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from storage.spend_query import METRICS, Filter, Period, ResultRow, SpendQuery
from workflows.asking.fiscal import add_months
from workflows.asking.labels import (
    AS_OF,
    BUDGETS,
    CONTRACT_NOUNS,
    DIMENSION_WORDS,
    INVOICED,
    LABELS,
    NOUNS,
    SPENT,
    UNIT_COSTS,
)
from workflows.asking.ranking import UNATTRIBUTED
from workflows.asking.rights import UNIT_DIMENSIONS

GRAINS = ("day", "week", "month", "quarter", "year")
_BOUGHT = ("tool", "vendor", "model", "category")
_CODES = ("category", "tool_status", "billing_model", "payment_channel")  # written with _ in files
_ADVERBS = ("since", "last", "next", "until", "before", "after", "through", "this")
_COUNTED_SPAN = re.compile(r"(last|next) \d|week of ")
_UNIT_TO_DATE = re.compile(r"(year|half|quarter|month|week) to date( \(.*\))?")
_PART_OF_YEAR = re.compile(r"(\d{4}|FY\d+)-([QHP]\d+)")
_WEEK_OF_YEAR = re.compile(r"(\d{4})-W0?(\d+)")


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
    return f"{shown:,} {singular(kind) if abs(shown) == 1 else kind}"


def singular(unit: str) -> str:
    return "person" if unit == "people" else unit.removesuffix("s")


def percent(value: Decimal) -> str:
    return f"{(value * 100).quantize(Decimal('0.1')):,} %"


def gap_words(metric: str, gap: Decimal, currency: str, relative: Decimal | None) -> str:
    """A difference without its direction: 1,200.91 USD (2.5 %); between two shares in percentage points."""
    if METRICS.get(metric, "ratio") == "ratio":
        return f"{(abs(gap) * 100).quantize(Decimal('0.1'))} percentage points"
    share = f" ({percent(abs(relative))})" if relative is not None else ""
    return amount(metric, abs(gap), currency) + share


def plain_day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def iso_day(text: str | None) -> str:
    """A stored day for reading; an empty one is not known."""
    return plain_day(date.fromisoformat(text)) if text else "not known"


def last_day(period: Period) -> date:
    return period.end - timedelta(days=1)


def dates(period: Period) -> str:
    """Both days named, the last included."""
    last = last_day(period)
    if last <= period.start:
        return plain_day(period.start)
    if (period.start.year, period.start.month) == (last.year, last.month):
        return f"{period.start.day} to {plain_day(last)}"
    if period.start.year == last.year:
        return f"{period.start.day} {period.start:%b} to {plain_day(last)}"
    return f"{plain_day(period.start)} to {plain_day(last)}"


def period_words(period: Period) -> str:
    """With its preposition; the dates beside a name that does not say them: "in Q3 2026 (1 Jul to 30 Sep 2026)"."""
    label, shown = period.label, dates(period)
    if (period.end - period.start).days == 1:
        return f"on {shown}"
    if not label or (" to " in label and " to date" not in label):
        name = _calendar_name(period)
        return f"in {name}" if name else f"from {shown}"
    if unit := _UNIT_TO_DATE.fullmatch(label):
        label = f"in the {unit[1]} to date"
    elif _COUNTED_SPAN.match(label):
        label = f"in the {label}"
    elif label.split()[0] not in _ADVERBS:
        label = f"in {label}"
    return label if label == f"in {_calendar_name(period)}" else f"{_spoken(label)} ({shown})"


def _spoken(label: str) -> str:
    return _WEEK_OF_YEAR.sub(r"week \2 of \1", _PART_OF_YEAR.sub(r"\2 \1", label))


def _calendar_name(period: Period) -> str | None:
    """The name that says the days of a whole calendar month or year."""
    start, end = period.start, period.end
    if start.day == 1 and end == add_months(start, 1):
        return f"{month_name[start.month]} {start.year}"
    return str(start.year) if start == date(start.year, 1, 1) and end == date(start.year + 1, 1, 1) else None


def time_words(key: str) -> str:
    """A row's time for reading: 21 Nov 2026 · Oct 2026 · Q3 2026 · week 47 of 2026."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", key):
        return plain_day(date.fromisoformat(key))
    if re.fullmatch(r"\d{4}-\d\d", key):
        return f"{date.fromisoformat(f'{key}-01'):%b %Y}"
    return _spoken(key)


def _calendar_days(key: str) -> tuple[date, date] | None:
    """First day and end of a calendar month, quarter or year; None for fiscal ones and weeks."""
    if found := re.fullmatch(r"(\d{4})-(Q?)(\d{1,2})", key):
        months = 3 if found[2] else 1
        start = date(int(found[1]), (int(found[3]) - 1) * months + 1, 1)
        return start, add_months(start, months)
    if re.fullmatch(r"\d{4}", key):
        return date(int(key), 1, 1), date(int(key) + 1, 1, 1)
    return None


def key_words(query: SpendQuery, dimension: str, value: str | None) -> str:
    """One key of a row for reading; a time that the period cuts short says so."""
    if value is None:
        return UNATTRIBUTED
    if dimension not in GRAINS:
        return value_words(dimension, value)
    days = _calendar_days(value)
    cut = days is not None and (days[0] < query.period.start or days[1] > query.period.end)
    return time_words(value) + (" (part)" if cut else "")


def value_words(dimension: str, value: str) -> str:
    return value.replace("_", " ") if dimension in _CODES else value


def row_words(query: SpendQuery, row: ResultRow) -> str:
    """What a row is about."""
    if row.others:
        return "all others"
    return " · ".join(key_words(query, dimension, value) for dimension, value in row.keys.items())


def dimension_word(dimension: str) -> str:
    return DIMENSION_WORDS.get(dimension, dimension)


def plural(word: str) -> str:
    return "people" if word == "person" else f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"


def counted(number: int, word: str) -> str:
    return f"{number:,} {word if number == 1 else plural(word)}"


def filter_words(part: Filter) -> str:
    word = dimension_word(part.dimension)
    names = ", ".join(value_words(part.dimension, value) for value in part.values)
    return {
        "in": f"{word} {names}",
        "ne": f"every {word} but {names}",
        "contains": f"{word} containing {names}",
        "is_null": f"no {word}",
    }[part.op]


def joined(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def lower(metric: str) -> str:
    """A label inside a sentence."""
    label = LABELS[metric]
    return label if label.startswith(("AI", "API")) else label[0].lower() + label[1:]


def label_of(query: SpendQuery) -> str:
    """What is measured, as a heading."""
    metric = query.metrics[0]
    if metric == "renewals":
        return CONTRACT_NOUNS[query.contracts][1]
    if query.transform is None:
        return LABELS[metric]
    return f"{'Running total' if query.transform == 'cumulative' else 'Rolling average over three'} of {lower(metric)}"


def subject(query: SpendQuery, *, inside: bool = False) -> str:
    """What the number is: metric, whose, when. `inside` a sentence it begins in lower case."""
    label = label_of(query)
    label = label[0].lower() + label[1:] if inside and not label.startswith(("AI", "API")) else label
    return f"{label}{whose(query)} {when(query)}"


def numbered(query: SpendQuery, value: Decimal, per: str = "") -> str | None:
    """A count said with its noun: "239 idle seats of Cursor on 25 Nov 2026"; None for what has no noun."""
    metric = query.metrics[0]
    shown = rounded(metric, value, is_average(query))
    if metric not in NOUNS or query.transform or shown is None:
        return None
    return f"{shown:,} {NOUNS[metric][abs(shown) != 1]}{per}{whose(query)} {when(query)}"


def whose(query: SpendQuery) -> str:
    """The names of the filters in their order of speaking, then what is kept out."""
    said = [part for part in query.filters if part.op == "in" and part.dimension in (*UNIT_DIMENSIONS, "person", *_BOUGHT)]
    limits = [filter_words(part) for part in query.filters if part not in said]
    if query.idle_days and query.metrics[0] in ("seats_idle", "idle_seat_cost"):
        limits.insert(0, f"unused for more than {query.idle_days} days")
    return _names(query.metrics[0], said) + (f" ({'; '.join(limits)})" if limits else "")


def _names(metric: str, said: Sequence[Filter]) -> str:
    people = [value for part in said if part.dimension == "person" for value in part.values]
    units = [value for part in said if part.dimension in UNIT_DIMENSIONS for value in part.values]
    bought = [_bought(part.dimension, value) for part in said if part.dimension in _BOUGHT for value in part.values]
    if metric in BUDGETS:
        return _with("for", [*people, *units, *bought])
    if metric in SPENT or people:
        return _with("of", [*people, *units]) + _with("on", bought)
    if metric in INVOICED:
        return _with("of", units) + _with("for", bought)
    return _with("of", bought) + _with("in" if bought else "of", units)


def _bought(dimension: str, value: str) -> str:
    return f"{value_words(dimension, value)} tools" if dimension == "category" else value


def _with(word: str, names: Sequence[str]) -> str:
    return f" {word} {joined(names)}" if names else ""


def when(query: SpendQuery) -> str:
    """Stocks on their day, flows in their period."""
    if query.metrics[0] in AS_OF and query.aggregate is None and not query.grain:
        return f"on {plain_day(last_day(query.period))}"
    if query.metrics[0] in ("run_rate", "pending_approvals", "tools"):
        return "today"
    return period_words(query.period)


def dimensions_words(query: SpendQuery) -> str:
    """ "by department and month", empty without groups."""
    names: Collection[str] = [dimension_word(name) for name in (*query.group_by, *((query.grain,) if query.grain else ()))]
    return f"by {joined(list(names))}" if names else ""
