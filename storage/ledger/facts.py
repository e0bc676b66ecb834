"""What the FOCUS books say about tool-months: billed totals and which months have rows (spec/formats.md, expenses)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

import polars as pl
from sqlalchemy import text

from storage.ledger.books import Facts, Line, MonthKey
from storage.ledger.keybook import KeyBook, focus_statements
from storage.models.ledger import day_of
from storage.unit_of_work import Store

_MONTHS = """
SELECT statement_id, batch, grain, tool_id, start_day, unconverted, SUM(costed),
       SUM(billed_base / 1000000000), SUM(billed_base % 1000000000)
FROM rollup WHERE cut = 'unit' AND grain IN ('month', 'bill')
GROUP BY statement_id, batch, grain, tool_id, start_day, unconverted
"""
_OWN = """
SELECT key_id, SUM(billed_nanos / 1000000000), SUM(billed_nanos % 1000000000)
FROM charge WHERE statement_id = :statement GROUP BY key_id
"""


def focus_facts(
    store: Store,
    book: KeyBook,
    batches: Mapping[int, int],
    lines: Iterable[Line],
    spans: pl.DataFrame,
) -> Facts:
    """Of the statements in `batches` (statement → batch), whether or not they are current yet."""
    billed: dict[MonthKey, int] = defaultdict(int)
    has_rows: set[MonthKey] = set()
    with store.read() as uow:
        for statement, batch, grain, tool_id, day, unconverted, costed, whole, rest in uow.session.connection().execute(
            text(_MONTHS)
        ):
            if batches.get(statement) != batch:
                continue
            month = (int(tool_id), day_of(int(day)))
            if grain == "month" and costed:
                has_rows.add(month)
            if grain == "bill" and not unconverted:
                billed[month] += int(whole) * 10**9 + int(rest)
    wanted = {
        (line.tool_id, line.currency)
        for line in lines if line.tool_id is not None and line.currency != book.world.org.base_currency
    }  # fmt: skip
    own = _billed_own(store, book, batches, spans, wanted) if wanted else {}
    return Facts(dict(billed), own, has_rows)


def _billed_own(
    store: Store, book: KeyBook, batches: Mapping[int, int], spans: pl.DataFrame, wanted: set[tuple[int, str]]
) -> dict[tuple[int, date, str], int]:
    """Billed totals of `wanted` tools by billing month, where all of the month is in the one foreign currency."""
    totals: dict[MonthKey, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    tools = pl.Series([tool_id for tool_id, _ in wanted], dtype=pl.Int64)
    keys = (
        book.frame.filter(pl.col("tool_id").is_in(tools.implode())).select("key_id", "tool_id", "currency").unique("key_id")
    )
    known = {key_id: (tool_id, currency) for key_id, tool_id, currency in keys.rows()}
    concerned = spans.join(keys, on="key_id").select("statement_id").unique()["statement_id"]
    with store.read() as uow:
        periods = {row.id: row.billing_period_start for row in focus_statements(uow.session)}
        for statement_id in sorted(set(concerned) & set(batches)):
            month = periods[statement_id].replace(day=1)
            for key_id, whole, rest in uow.session.connection().execute(text(_OWN), {"statement": statement_id}):
                if key_id in known:
                    tool_id, currency = known[key_id]
                    totals[tool_id, month][currency] += int(whole) * 10**9 + int(rest)
    single = {month: amounts for month, amounts in totals.items() if len(amounts) == 1}
    return {
        (tool_id, month, currency): amount
        for (tool_id, month), amounts in single.items()
        for currency, amount in amounts.items()
    }
