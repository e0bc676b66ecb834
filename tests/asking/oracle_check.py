"""What an answer says differently from the oracle: totals, rows, what stands before, the order, the cut, the share."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

from storage.spend_query import Having, Period, QueryResult, ResultRow, SpendQuery
from tests.asking.oracle_files import TODAY
from tests.asking.oracle_ledger import DAY, month_after
from tests.asking.oracle_plans import COUNTED, SEPARATE, Asked, Cut, Key, Oracle, Wanted

CENT = Fraction(1, 100_000)  # a thousandth of one: amounts are cut at 10⁻⁹ a row
Row = dict[str, dict[str, Fraction]]  # now, before
PRICED = ("spend", "billed", "paid", "list_price", "discount_savings", "run_rate")


def close(found: Decimal | Fraction | None, wanted: Fraction | None, metric: str) -> bool:
    """Money to a thousandth of a cent; counts of long charges to what their rows' shares round; ratios to nine digits."""
    found, wanted = found or Fraction(0), wanted or Fraction(0)
    bound = Fraction(400) if metric in COUNTED else CENT
    if metric in SEPARATE:
        whole = metric in ("cost_per_million_tokens", "cost_per_request")  # a long charge's days have whole tokens
        bound = max(CENT, abs(wanted) * Fraction(1, 10**4 if whole else 10**6))
    return abs(Fraction(found) - wanted) <= bound


def differences(oracle: Oracle, query: SpendQuery, result: QueryResult, cut: Cut, part: Decimal | None = None) -> list[str]:
    """In words; empty when the answer is right. `part` is the share that was answered."""
    if query.metrics[0] == "renewals":
        return _renewals(oracle, query, result)
    wanted = _wanted(oracle, query, cut, result)
    rows = _averaged(oracle, query, wanted, _merged(wanted))
    if query.having:
        rows = {key: row for key, row in rows.items() if _meets(query, row)}
    totals, previous = _totals(query, wanted, rows)
    found = _compare_totals(query, totals, result.values, wanted.maybe)
    if query.compare:
        found += _compare_totals(query, previous, result.previous, True, "previous ")
    if query.group_by or query.grain:
        found += _rows(query, rows, result.rows)
    if part is not None:
        found += _share(oracle, query, totals, part, cut)
    if query.metrics[0] in PRICED and not query.transform:
        found += _around(oracle, query, wanted, result)
    return found


def _wanted(oracle: Oracle, query: SpendQuery, cut: Cut, result: QueryResult) -> Wanted:
    """With running totals, or averages of three buckets, instead of the buckets. A bucket that adds up to 0 before anything
    else may begin the series or not: a row that hangs on it is wanted only where it is shown."""
    if query.transform is None or query.grain is None:
        return oracle.wanted(query, cut)
    grain, period = query.grain, query.period
    end = min(period.end, TODAY + DAY)
    keys = [key for key, _, _ in cut(grain, period.start, end)]
    if query.transform == "rolling_avg_3":
        whole = cut(grain, date(2025, 1, 1), period.start + DAY)[-3:]
        period = period.model_copy(update={"start": whole[0][1]})
    wanted = oracle.wanted(query.model_copy(update={"period": period}), cut)
    names = [key for key, _, _ in cut(grain, period.start, end)]
    metric, rows = query.metrics[0], dict[Key, dict[str, Fraction]]()
    shown = {tuple(row.keys.values()) for row in result.rows}
    for group in {key[:-1] for key in wanted.rows}:
        amounts = [wanted.rows.get((*group, name), {}).get(metric) for name in names]
        begun = next((place for place, amount in enumerate(amounts) if amount is not None), len(amounts))
        solid = next((place for place, amount in enumerate(amounts) if abs(amount or 0) >= CENT / 10**7), len(amounts))
        for place in range(begun, len(names)):
            cumulative = query.transform == "cumulative"
            first = begun if cumulative else place - 2
            hangs = (place if cumulative else first) < solid and (*group, names[place]) not in shown
            if names[place] in keys and first >= begun and not hangs:
                total = sum((amount or Fraction(0) for amount in amounts[first : place + 1]), Fraction(0))
                rows[(*group, names[place])] = {metric: total if query.transform == "cumulative" else total / 3}
    wanted.rows = rows
    if query.transform == "rolling_avg_3":
        wanted.totals = {metric: None}
    return wanted


def _around(oracle: Oracle, query: SpendQuery, wanted: Wanted, result: QueryResult) -> list[str]:
    """What could not be converted, and the share that has an owner."""
    about_people = Asked(TODAY, TODAY, query.filters, query.group_by).about_people
    share = Fraction(1) if about_people else oracle.coverage(query)
    said = []
    if share is not None and not close(result.coverage, share, "utilisation"):
        said.append(f"coverage: {result.coverage}, oracle {_text(share)}")
    if len(query.metrics) == 1 and query.aggregate is None and query.metrics[0] != "discount_savings":
        currencies = {*wanted.unpriced, *result.unpriced}
        said += [
            f"unpriced {name}: {result.unpriced.get(name)}, oracle {_text(wanted.unpriced.get(name))}"
            for name in currencies if not close(result.unpriced.get(name), wanted.unpriced.get(name), "spend")
        ]  # fmt: skip
    return said


def _merged(wanted: Wanted) -> dict[Key, Row]:
    keys = [*wanted.rows, *(key for key in wanted.before if key not in wanted.rows)]
    return {key: {"now": dict(wanted.rows.get(key, {})), "before": dict(wanted.before.get(key, {}))} for key in keys}


# averages -------------------------------------------------------------------------------------------------------------


def _averaged(oracle: Oracle, query: SpendQuery, wanted: Wanted, rows: dict[Key, Row]) -> dict[Key, Row]:
    if query.aggregate is None:
        return rows
    now = _divisor(query, query.period)
    before = _divisor(query, query.compare) if isinstance(query.compare, Period) else now
    wanted.totals = {name: None if value is None else value / now for name, value in wanted.totals.items()}
    wanted.previous = {name: None if value is None else value / before for name, value in wanted.previous.items()}
    return {
        key: {"now": {name: value / now for name, value in row["now"].items()},
              "before": {name: value / before for name, value in row["before"].items()}}
        for key, row in rows.items()
    }  # fmt: skip


def _divisor(query: SpendQuery, period: Period) -> Fraction:
    """Days, weeks or months of the period up to today; a part of a month counts by its days."""
    end = max(min(period.end, TODAY + DAY), period.start + DAY)
    if query.aggregate != "avg_per_month":
        return Fraction((end - period.start).days, 7 if query.aggregate == "avg_per_week" else 1)
    total, on = Fraction(0), period.start
    while on < end:
        total += Fraction(1, (month_after(on) - on.replace(day=1)).days)
        on += DAY
    return total


# conditions, order, cut -----------------------------------------------------------------------------------------------


def _meets(query: SpendQuery, row: Row) -> bool:
    return all(_holds(part, _subject(part, query, row)) for part in query.having)


def _subject(part: Having, query: SpendQuery, row: Row) -> Fraction | None:
    metric = query.metrics[0]
    now, before = row["now"].get(metric, Fraction(0)), row["before"].get(metric, Fraction(0))
    if part.metric == "delta":
        return now - before
    if part.metric == "pct_change":
        return (now - before) / abs(before) if before else None
    return row["now"].get(part.metric)


def _holds(part: Having, value: Fraction | None) -> bool:
    bound = Fraction(part.value)
    tests: Mapping[str, Callable[[Fraction], bool]] = {
        "gt": lambda one: one > bound, "gte": lambda one: one >= bound, "lt": lambda one: one < bound,
        "lte": lambda one: one <= bound,
    }  # fmt: skip
    return value is not None and tests[part.op](value)


def _totals(query: SpendQuery, wanted: Wanted, rows: dict[Key, Row]) -> tuple[dict[str, Fraction | None], ...]:
    if not query.having:
        return wanted.totals, wanted.previous
    return tuple(
        {metric: _added(metric, [row[side][metric] for row in rows.values() if metric in row[side]]) for metric in names}
        for side, names in (("now", query.metrics), ("before", wanted.previous))
    )


def _added(metric: str, values: list[Fraction]) -> Fraction | None:
    return sum(values, Fraction(0)) if values and metric not in SEPARATE else None


def _compare_totals(query: SpendQuery, wanted: Mapping[str, Fraction | None], found: Mapping[str, Decimal | None],
                    maybe: bool, what: str = "") -> list[str]:  # fmt: skip
    """What nothing is recorded for is None, not 0; where there are rows that say nothing of it, it may be either."""
    said = []
    for metric, value in wanted.items():
        here = found.get(metric)
        nothing = (here is None) != (value is None) and not maybe and metric not in COUNTED
        if nothing or not close(here, value, metric):
            said.append(f"{what}total of {metric}: {here}, oracle {_text(value)}")
    return said


def _text(value: Fraction | None) -> str:
    return "nothing" if value is None else f"{float(value):.6f}"


def _rows(query: SpendQuery, wanted: dict[Key, Row], found: tuple[ResultRow, ...]) -> list[str]:
    plain = {tuple(row.keys.values()): row for row in found if not row.others}
    rest = [row for row in found if row.others]
    said = []
    for key, row in plain.items():
        said += _compare_row(query, str(key), wanted.get(key, {"now": {}, "before": {}}), row)
    left = {key: row for key, row in wanted.items() if key not in plain}
    if query.limit is None:
        said += [f"row {key} is missing: {_text(row['now'].get(query.metrics[0]))}"
                 for key, row in left.items() if any(_shows(query, row))]  # fmt: skip
    else:
        said += _others(query, left, rest) + _limits(query, plain, left)
    return said + _order(query, [row for row in found if not row.others])


def _shows(query: SpendQuery, row: Row) -> list[bool]:
    """Whether anything of the row can be seen: its amounts are not all nothing."""
    return [not close(None, value, name) for side in row.values() for name, value in side.items() if name in query.metrics]


def _compare_row(query: SpendQuery, name: str, wanted: Row, found: ResultRow) -> list[str]:
    pairs = [(metric, found.values.get(metric), wanted["now"].get(metric), "") for metric in query.metrics]
    if query.compare and not (query.grain and query.compare != "budget"):
        pairs += [
            (metric, found.previous.get(metric), wanted["before"].get(metric), "previous ") for metric in query.metrics
        ]
    return [f"{what}{metric} of {name}: {here}, oracle {_text(value)}"
            for metric, here, value, what in pairs if not close(here, value, metric)]  # fmt: skip


def _others(query: SpendQuery, left: dict[Key, Row], rest: list[ResultRow]) -> list[str]:
    metric = query.metrics[0]
    total = _added(metric, [row["now"][metric] for row in left.values() if metric in row["now"]])
    here = rest[0].values.get(metric) if rest else None
    return [] if close(here, total, metric) else [f"all others: {here}, oracle {_text(total)}"]


def _limits(query: SpendQuery, plain: Mapping[Key, ResultRow], left: Mapping[Key, Row]) -> list[str]:
    """At most N named rows; none left out would stand before one shown."""
    metric = query.metrics[0]
    named = [row for key, row in plain.items() if None not in key]
    if len(named) > (query.limit or 0):
        return [f"{len(named)} rows instead of {query.limit}"]
    sign = -1 if query.order == "asc" else 1
    kept = [sign * Fraction(value) for row in named if (value := row.values.get(metric)) is not None]
    cut = [sign * row["now"][metric] for key, row in left.items() if None not in key and metric in row["now"]]
    bad = not query.offset and query.compare is None and kept and cut and max(cut) > min(kept) + CENT
    return ["a row that was left out stands before one that is shown"] if bad else []


def _order(query: SpendQuery, rows: list[ResultRow]) -> list[str]:
    metric = query.metrics[0]
    if query.grain and query.order is None:
        times = [str(row.keys[query.grain]) for row in rows]
        return [] if times == sorted(times) else ["times are not in order"]
    named = [row for row in rows if None not in row.keys.values()]
    amounts = [(row.values.get(metric), row.previous.get(metric)) for row in named]
    if isinstance(query.compare, Period):
        places = [(now or Decimal(0)) - (before or Decimal(0)) for now, before in amounts]
    else:
        places = [now for now, _ in amounts if now is not None]
    ranked = sorted(places, reverse=query.order != "asc")
    return [] if places == ranked else [f"rows are not in order: {places}"]


# shares and contracts -------------------------------------------------------------------------------------------------


def _share(oracle: Oracle, query: SpendQuery, totals: Mapping[str, Fraction | None], part: Decimal, cut: Cut) -> list[str]:
    metric = query.metrics[0]
    plain = SpendQuery(metrics=(metric,), period=query.period, filters=query.share_base)
    whole = oracle.wanted(plain, cut).totals[metric]
    amount = totals[metric]
    if query.limit:
        rows = [row["now"] for key, row in _merged(oracle.wanted(query, cut)).items() if None not in key]
        values = sorted((row[metric] for row in rows if metric in row), reverse=query.order != "asc")
        amount = sum(values[: query.limit], Fraction(0)) if values else None
    right = whole and amount is not None and abs(Fraction(part) - amount / whole) < Fraction(1, 10**6)
    return [] if right else [f"share: {part}, oracle {_text(amount)} of {_text(whole)}"]


def _renewals(oracle: Oracle, query: SpendQuery, result: QueryResult) -> list[str]:
    asked = Asked(query.period.start, query.period.end, query.filters, ())
    wanted = oracle.stocks.renewals(query.period.start, query.period.end, asked.keep)
    found = {row.details["contract_id"]: row.values["renewals"] for row in result.rows}
    known = [value for value in wanted.values() if value is not None]
    total = sum(known, Fraction(0)) if known else None
    said = [] if close(result.values["renewals"], total, "renewals") else [f"total of renewals: {result.values}, {total}"]
    if found.keys() != wanted.keys():
        said.append(f"contracts {sorted(map(str, found))}, oracle {sorted(wanted)}")
    return said + [
        f"contract {name}: {found[name]}, oracle {value}"
        for name, value in wanted.items()
        if name in found and not close(found[name], value, "renewals")
    ]
