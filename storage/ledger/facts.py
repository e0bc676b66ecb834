"""What the FOCUS books say about tool-months: billed totals and which months have rows (spec/formats.md, expenses)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from sqlalchemy import text
from sqlmodel import select

from storage.ledger.books import Facts, MonthKey
from storage.ledger.world import Row, World
from storage.models import ChargeKey, Expense, Statement, StatementKey
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
    world: World,
    batches: Mapping[int, int],
    lines: Iterable[Expense],
    rows: Mapping[int, list[Row]],
    keys: Mapping[int, ChargeKey],
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
            book = (int(tool_id), day_of(int(day)))
            if grain == "month" and costed:
                has_rows.add(book)
            if grain == "bill" and not unconverted:
                billed[book] += int(whole) * 10**9 + int(rest)
    wanted = {
        (line.tool_id, line.currency)
        for line in lines if line.tool_id is not None and line.currency != world.org.base_currency
    }  # fmt: skip
    own = _billed_own(store, batches, rows, keys, wanted) if wanted else {}
    return Facts(dict(billed), own, has_rows)


def _billed_own(
    store: Store,
    batches: Mapping[int, int],
    rows: Mapping[int, list[Row]],
    keys: Mapping[int, ChargeKey],
    wanted: set[tuple[int, str]],
) -> dict[tuple[int, date, str], int]:
    """Billed totals of `wanted` tools by billing month, where all of the month is in the one foreign currency."""
    totals: dict[MonthKey, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    tools = {tool_id for tool_id, _ in wanted}
    with store.read() as uow:
        periods = dict(uow.session.exec(select(Statement.id, Statement.billing_period_start)).all())
        own_keys = _keys_of_tools(uow.session.exec(select(StatementKey)), rows, tools)
        for statement_id in sorted(set(own_keys) & set(batches)):
            period = periods[statement_id]
            if period is None or not any((rows[key][0][3], keys[key].currency) in wanted for key in own_keys[statement_id]):
                continue
            for key_id, whole, rest in uow.session.connection().execute(text(_OWN), {"statement": statement_id}):
                if key_id in own_keys[statement_id]:
                    book = (rows[key_id][0][3], period.replace(day=1))
                    totals[book][keys[key_id].currency] += int(whole) * 10**9 + int(rest)
    return {(*book, *only): amounts[only[0]] for book, amounts in totals.items() if len(only := list(amounts)) == 1}


def _keys_of_tools(spans: Iterable[StatementKey], rows: Mapping[int, list[Row]], tools: set[int]) -> dict[int, set[int]]:
    """By statement, its keys that belong to one of `tools`."""
    found: dict[int, set[int]] = defaultdict(set)
    for span in spans:
        if rows[span.key_id] and rows[span.key_id][0][3] in tools:
            found[span.statement_id].add(span.key_id)
    return found
