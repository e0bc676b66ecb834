"""An answer object as a message: the sentence, a table, a chart where there is something to look at, the receipt."""

from decimal import Decimal

from bot.message import Action, Chart, Message, Paragraph, Series, Table, bold, paragraph
from storage.spend_query import QueryResult, ResultRow, SpendQuery
from workflows.asking import wording
from workflows.asking.answer_object import Answer
from workflows.asking.ranking import UNATTRIBUTED, row_name

MAX_ROWS = 25
MAX_BARS = 12
MAX_LINES = 5


def answer_message(found: Answer, reading_id: str) -> Message:
    """`reading_id` is what the buttons carry."""
    notes: list[Paragraph] = [paragraph(line) for line in found.receipt]
    table = chart = None
    if found.query is not None and found.result is not None:
        table, chart = _table(found.query, found.result), _chart(found.query, found.result)
    return Message(
        fallback=found.headline or found.text,
        paragraphs=[_sentence(found.headline or found.text)],
        table=table,
        chart=chart,
        actions=_actions(found, reading_id),
        notes=notes,
    )


def _sentence(text: str) -> Paragraph:
    """The number stands in bold where the sentence begins with one."""
    number, colon, rest = text.partition(": ")
    if (colon and number[:1].isdigit()) or (number.startswith("-") and colon):
        return paragraph(bold(number), f": {rest}")
    return paragraph(text)


def _table(query: SpendQuery, result: QueryResult) -> Table | None:
    if not result.rows:
        return None
    compared = any(row.previous for row in result.rows)
    keys = list(result.rows[0].keys)
    columns = [wording.dimension_word(name).capitalize() for name in keys]
    columns += [wording.LABELS[metric] for metric in query.metrics]
    if compared:
        columns += ["Budget" if query.compare == "budget" else "Before", "Difference"]
    if query.metrics[0] == "renewals":
        columns += ["Ends", "Notice by"]
    shown = result.rows[:MAX_ROWS]
    cut = len(result.rows) - len(shown)
    return Table(
        columns=columns,
        rows=[_cells(query, row, result.currency, compared) for row in shown],
        align=["left"] * len(keys) + ["right"] * (len(columns) - len(keys)),
        caption=f"{cut} more rows are not shown." if cut else "",
    )


def _cells(query: SpendQuery, row: ResultRow, currency: str, compared: bool) -> list[str]:
    averaged = wording.is_average(query)
    names = [UNATTRIBUTED if value is None else value for value in row.keys.values()]
    if row.others:
        names = ["all others"] + [""] * (len(names) - 1)
    cells = names + [wording.amount(metric, row.values.get(metric), currency, averaged) for metric in query.metrics]
    metric = query.metrics[0]
    if compared:
        before, now = row.previous.get(metric), row.values.get(metric)
        gap = None if before is None or now is None else now - before
        cells += [wording.amount(metric, before, currency), "" if gap is None else wording.amount(metric, gap, currency)]
    if metric == "renewals":
        cells += [row.details.get("end_date") or "", row.details.get("notice_by") or "not known"]
    return cells


def _chart(query: SpendQuery, result: QueryResult) -> Chart | None:
    """A line over time, bars by group; nothing for less than two points or for contracts."""
    rows = [row for row in result.rows if row.values.get(query.metrics[0]) is not None]
    if len(rows) < 2 or query.metrics[0] == "renewals":
        return None
    if query.grain:
        return _lines(query, result, rows)
    shown = rows[:MAX_BARS]
    return Chart(
        kind="bar",
        title=wording.LABELS[query.metrics[0]],
        labels=[row_name(row) for row in shown],
        series=[Series(name=wording.LABELS[query.metrics[0]], values=[_value(query, row) for row in shown])],
        unit=wording.unit_of(query, result.currency),
    )


def _lines(query: SpendQuery, result: QueryResult, rows: list[ResultRow]) -> Chart | None:
    """A line a group, the five largest; a time without an amount is drawn at 0."""
    grain = query.grain or "month"
    times = sorted({row.keys[grain] or "" for row in rows})
    groups: dict[str, dict[str, Decimal]] = {}
    for row in rows:
        name = " · ".join(value or UNATTRIBUTED for key, value in row.keys.items() if key != grain)
        groups.setdefault(name, {})[row.keys[grain] or ""] = _value(query, row)
    if len(times) < 2:
        return None
    largest = sorted(groups, key=lambda name: (-sum(groups[name].values()), name))[:MAX_LINES]
    return Chart(
        kind="line",
        title=wording.LABELS[query.metrics[0]],
        labels=times,
        series=[
            Series(
                name=name or wording.LABELS[query.metrics[0]], values=[groups[name].get(time, Decimal(0)) for time in times]
            )
            for name in largest
        ],
        unit=wording.unit_of(query, result.currency),
    )


def _value(query: SpendQuery, row: ResultRow) -> Decimal:
    metric = query.metrics[0]
    return wording.rounded(metric, row.values.get(metric), wording.is_average(query)) or Decimal(0)


def _actions(found: Answer, reading_id: str) -> list[Action]:
    if found.status in ("clarify", "unsupported"):
        return [
            Action(label=choice.label, intent="ask_choice", args={"id": reading_id, "choice": str(index)})
            for index, choice in enumerate(found.readings)
            if choice.query is not None
        ]
    if found.query is None or found.result is None:
        return []
    actions = [
        Action(label=label, intent="ask_change", args={"id": reading_id, "change": change})
        for change, label in _changes(found.query)
    ]
    if found.may_post and found.delivery == "private" and found.status == "answered":
        actions.insert(0, Action(label="Post it here", intent="ask_post", args={"id": reading_id}, style="primary"))
    return [*actions, Action(label="Show how", intent="ask_how", args={"id": reading_id}, opens=True)]


CHANGES = {"by_tool": "By tool", "by_department": "By department", "before": "Compare with before"}
_ONLY_TOTALS = frozenset({"renewals", "run_rate", "tools", "pending_approvals", "access_requests"})


def _changes(query: SpendQuery) -> list[tuple[str, str]]:
    """What can be changed about a plan with a click."""
    found = []
    metrics = set(query.metrics)
    if not metrics & {"renewals", "headcount", "budget", "budget_used", "budget_left_share", "budget_remaining", "tools"}:
        if "tool" not in query.group_by:
            found.append("by_tool")
        if "department" not in query.group_by and not metrics & {"seats_purchased", "cost_per_head"}:
            found.append("by_department")
    if query.compare is None and not metrics & _ONLY_TOTALS and not query.share_of:
        found.append("before")
    return [(change, CHANGES[change]) for change in found]
