"""An answer object as a message: the sentence, a table, a chart where there is something to look at, the receipt."""

import re
from decimal import Decimal

from bot.message import Action, Chart, Message, Paragraph, Series, Table, bold, paragraph
from bot.router import registry
from storage.metrics.registry import is_additive
from storage.spend_query import METRICS, QueryResult, ResultRow, SpendQuery
from workflows.asking import next_steps, phrases, wording
from workflows.asking.answer_object import Answer
from workflows.asking.labels import LABELS
from workflows.asking.phrases import is_average, key_words
from workflows.asking.ranking import others

MAX_ROWS = 25
MAX_BARS = 12
MAX_LINES = 5
MAX_BUTTONS = 6
TITLE_LIMIT = 44  # characters; Slack takes 50 with the unit


def answer_message(found: Answer, reading_id: str) -> Message:
    """`reading_id` is what the buttons carry."""
    notes: list[Paragraph] = [paragraph(line) for line in found.receipt]
    table = chart = None
    if found.query is not None and found.result is not None:
        table, chart = _table(found.query, found.result), answer_chart(found)
    currency = found.result.currency if found.result else ""
    return Message(
        fallback=found.headline or found.text,
        paragraphs=[_sentence(found.headline or found.text, currency)],
        table=table,
        chart=chart,
        actions=_actions(found, reading_id),
        notes=notes,
    )


def _sentence(text: str, currency: str) -> Paragraph:
    """The number stands in bold where the sentence begins with one."""
    unit = f"(?: (?:%|{re.escape(currency)})(?!\\w))?" if currency else ""
    number = re.match(rf"-?\d[\d,]*(?:\.\d+)?{unit}", text)
    if number is None:
        return paragraph(text)
    return paragraph(bold(number[0]), text[number.end() :])


def _table(query: SpendQuery, result: QueryResult) -> Table | None:
    """Units stand in the head, so that columns stay narrow on a phone."""
    if not result.rows:
        return None
    compared = any(row.previous for row in result.rows)
    keys, metrics = list(result.rows[0].keys), _shown_metrics(query)
    columns = [phrases.dimension_word(name).capitalize() for name in keys]
    columns += [_column(metric, result.currency) for metric in metrics]
    if compared:
        columns += ["Budget" if query.compare == "budget" else "Before", "Difference", "Change"]
    if query.metrics[0] == "renewals":
        columns += ["Ends", "Notice by"]
    shown = result.rows[:MAX_ROWS]
    cut = len(result.rows) - len(shown)
    return Table(
        columns=columns,
        rows=[_cells(query, row, metrics, compared) for row in shown],
        align=["left"] * len(keys) + ["right"] * (len(columns) - len(keys)),
        caption=f"The first {len(shown)} of {len(result.rows)} rows; the CSV file has all." if cut else "",
    )


def _shown_metrics(query: SpendQuery) -> list[str]:
    """A list of tools needs no column that says 1 tool."""
    return [metric for metric in query.metrics if metric != "tools" or "tool" not in query.group_by]


def _column(metric: str, currency: str) -> str:
    if metric == "renewals":
        return f"Annual value, {currency}"
    return f"{LABELS[metric]}, {currency}" if METRICS.get(metric) == "money" else LABELS[metric]


def _cells(query: SpendQuery, row: ResultRow, metrics: list[str], compared: bool) -> list[str]:
    names = [key_words(query, dimension, value) for dimension, value in row.keys.items()]
    if row.others:
        names = ["all others"] + [""] * (len(names) - 1)
    averaged, metric = is_average(query), query.metrics[0]
    cells = names + [bare_amount(one, row.values.get(one), averaged) for one in metrics]
    if compared:
        before = row.previous.get(metric)
        sign, _, share = wording.signed(metric, row, "", averaged).partition(", ")
        cells += [bare_amount(metric, before, averaged), *(("", "") if before is None else (sign.strip(), share))]
    if metric == "renewals":
        cells += ["" if row.others else phrases.iso_day(row.details.get(name)) for name in ("end_date", "notice_by")]
    return cells


def bare_amount(metric: str, value: Decimal | None, averaged: bool) -> str:
    """Without its unit, but for shares; empty where nothing is known."""
    shown = phrases.rounded(metric, value, averaged)
    if shown is None:
        return ""
    return phrases.percent(shown) if METRICS.get(metric, "ratio") == "ratio" else f"{shown:,}"


def answer_chart(found: Answer) -> Chart | None:
    """A line over time, bars by group; nothing for less than two points, for contracts and for mere lists."""
    query, result = found.query, found.result
    if query is None or result is None or query.metrics[0] in ("renewals", "tools") or query.limit == 1:
        return None
    rows = [row for row in result.rows if row.values.get(query.metrics[0]) is not None]
    if len(rows) < 2:
        return None
    return _lines(query, result, rows) if query.grain else _bars(query, result, rows)


def _bars(query: SpendQuery, result: QueryResult, rows: list[ResultRow]) -> Chart:
    """Beside one another where periods or budgets are compared; what does not fit is one bar, or said to be left out."""
    metric, cut = query.metrics[0], len(rows) > MAX_BARS
    shown = rows[:MAX_BARS]
    if cut and is_additive(metric) and not is_average(query):
        shown = [*rows[: MAX_BARS - 1], others(rows[MAX_BARS - 1 :], query)]
        cut = False
    series = [Series(name=LABELS[metric], values=[_value(query, row.values) for row in shown])]
    if all(row.previous.get(metric) is not None for row in shown):
        name = "Budget" if query.compare == "budget" else "Before"
        series.append(Series(name=name, values=[_value(query, row.previous) for row in shown]))
    extra = f", top {MAX_BARS} of {len(rows)}" if cut else ""
    labels = [phrases.row_words(query, row) for row in shown]
    return Chart(kind="bar", title=_title(query, extra), labels=labels, series=series, unit=_unit(query, result))


def _lines(query: SpendQuery, result: QueryResult, rows: list[ResultRow]) -> Chart | None:
    """A line a group, the five largest; a time without an amount is drawn at 0."""
    grain = query.grain or "month"
    times = sorted({row.keys[grain] or "" for row in rows})
    groups: dict[str, dict[str, Decimal]] = {}
    for row in rows:
        name = " · ".join(key_words(query, key, value) for key, value in row.keys.items() if key != grain)
        groups.setdefault(name, {})[row.keys[grain] or ""] = _value(query, row.values)
    if len(times) < 2:
        return None
    largest = sorted(groups, key=lambda name: (-sum(groups[name].values()), name))[:MAX_LINES]
    extra = f", top {len(largest)} of {len(groups)}" if len(groups) > len(largest) else ""
    return Chart(
        kind="line",
        title=_title(query, extra),
        labels=[key_words(query, grain, time) for time in times],
        series=[
            Series(name=name or LABELS[query.metrics[0]], values=[groups[name].get(time, Decimal(0)) for time in times])
            for name in largest
        ],
        unit=_unit(query, result),
    )


def _title(query: SpendQuery, extra: str) -> str:
    """What and by what; whose and when too where there is room."""
    short = f"{phrases.label_of(query)} {phrases.dimensions_words(query)}{extra}"
    names, when = phrases.whose(query), phrases.when(query).split(" (")[0]
    whole = f"{phrases.label_of(query)}{names} {phrases.dimensions_words(query)} {when}{extra}"
    middle = f"{short} {when}"
    return next((title for title in (whole, middle) if len(title) <= TITLE_LIMIT), short)


def _unit(query: SpendQuery, result: QueryResult) -> str:
    unit = METRICS[query.metrics[0]]
    return {"ratio": "%", "money": result.currency}.get(unit, unit)


def _value(query: SpendQuery, values: dict[str, Decimal | None]) -> Decimal:
    """Shares in percent."""
    metric = query.metrics[0]
    value = phrases.rounded(metric, values.get(metric), is_average(query)) or Decimal(0)
    return value * 100 if METRICS[metric] == "ratio" else value


def _actions(found: Answer, reading_id: str) -> list[Action]:
    """At most six, the most useful first; none that would be refused or say the same again."""
    args = {"id": reading_id}
    if found.readings:
        return [
            Action(label=choice.label, intent="ask_choice", args={**args, "choice": str(index)})
            for index, choice in enumerate(found.readings)
            if choice.query is not None
        ]
    if found.query is None or (found.result is None and found.command != "export"):
        return []
    export = Action(label="Export CSV", intent="export_answer", args=args)
    if found.command == "export":
        return [export]
    how = Action(label="Show how", intent="ask_how", args=args, opens=True)
    if found.status != "answered":
        return [how]
    first, last = [], [how]
    if found.may_post and found.delivery == "private":
        first = [Action(label="Post it here", intent="ask_post", args=args, style="primary")]
    if "subscribe_open" in registry.open:
        last.append(Action(label="Subscribe", intent="subscribe_open", args=args, opens=True))
    last.append(export)
    steps = [
        Action(label=next_steps.label(found.query, step), intent="ask_change", args={**args, "change": step})
        for step in found.next_steps[: MAX_BUTTONS - len(first) - len(last)]
    ]
    return [*first, *steps, *last]
