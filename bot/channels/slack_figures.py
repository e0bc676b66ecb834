"""Tables and charts as Slack's native blocks, and as text where those are not allowed."""

from typing import Any

from bot.channels.plainly import alignments, chart_table, chart_title, height, trim
from bot.channels.slack_limits import LIMITS, escape, pack
from bot.channels.slack_text import Block, context, section, simple
from bot.message import Chart, Table


def table_blocks(table: Table | None, native: bool) -> list[Block]:
    if table is None or not table.columns:
        return []
    caption = simple(table.caption) if table.caption else []
    if not native or len(table.columns) > LIMITS["table_columns"]:
        return caption + preformatted(table)
    rows = _rows_that_fit(table)
    block = {
        "type": "table",
        "column_settings": [{"align": align, "is_wrapped": True} for align in alignments(table)],
        "rows": [[_cell(text) for text in row] for row in [table.columns, *rows]],
    }
    left_out = len(table.rows) - len(rows)
    note = (
        [context(f"The first {len(rows)} of {len(table.rows)} rows; {left_out} more do not fit here.")] if left_out else []
    )
    return [*caption, block, *note]


def _rows_that_fit(table: Table) -> list[list[str]]:
    rows: list[list[str]] = []
    left = LIMITS["table_characters"] - sum(len(name) or 1 for name in table.columns)
    for row in table.rows[: LIMITS["table_rows"] - 1]:
        padded = [*row, *[""] * len(table.columns)][: len(table.columns)]
        left -= sum(len(cell) or 1 for cell in padded)
        if left < 0:
            break
        rows.append(padded)
    return rows


def _cell(text: str) -> dict[str, str]:
    return {"type": "raw_text", "text": text if text.strip() else "–"}


def preformatted(table: Table) -> list[Block]:
    """A table as text in columns, for modals and workspaces without table blocks."""
    rows = [table.columns, *table.rows]
    widths = [max(len(row[index]) if index < len(row) else 0 for row in rows) for index in range(len(table.columns))]
    aligned = zip(widths, alignments(table), strict=True)
    layout = [(min(width, 60), align) for width, align in aligned]
    lines = [escape(_line(row, layout)).replace("`", "ˋ") for row in rows]
    room = LIMITS["section_text"] - len("```\n\n```")
    pieces = [line[start : start + room] for line in lines for start in range(0, len(line) or 1, room)]
    return [section(f"```\n{text}\n```") for text in pack(pieces, room, "\n") if text.strip()]


def _line(row: list[str], layout: list[tuple[int, str]]) -> str:
    cells = [
        cell.replace("\n", " ").rjust(width) if align == "right" else cell.replace("\n", " ").ljust(width)
        for cell, (width, align) in zip(row, layout, strict=False)
    ]
    return "  ".join(cells).rstrip()


def chart_blocks(chart: Chart | None, native: bool) -> list[Block]:
    """The native chart; where Slack could not draw all of it, the numbers follow (or stand) as text."""
    if chart is None or not chart.labels or not chart.series:
        return []
    drawn = _native_chart(chart) if native else None
    complete = drawn is not None and _is_complete(chart)
    listing = [] if complete else [*simple(chart_title(chart)), *preformatted(chart_table(chart))]
    return ([drawn] if drawn else []) + listing


def _is_complete(chart: Chart) -> bool:
    categories = LIMITS["pie_segments"] if chart.kind == "pie" else LIMITS["chart_categories"]
    names = [*chart.labels, *(series.name for series in chart.series)]
    return (
        len(chart.labels) <= categories
        and len(chart.series) <= (1 if chart.kind == "pie" else LIMITS["chart_series"])
        and all(len(name) <= LIMITS["chart_label"] for name in names)
        and len(chart_title(chart)) <= LIMITS["chart_title"]
    )


def _native_chart(chart: Chart) -> Block | None:
    """None when Slack cannot draw it at all: a pie with a part that is not above zero, labels that collide."""
    drawing = _pie(chart) if chart.kind == "pie" else _axes(chart)
    if drawing is None:
        return None
    return {"type": "data_visualization", "title": trim(chart_title(chart), LIMITS["chart_title"]), "chart": drawing}


def _pie(chart: Chart) -> dict[str, Any] | None:
    values = chart.series[0].values
    labels = [trim(label, LIMITS["chart_label"]) for label in chart.labels]
    if len(labels) > LIMITS["pie_segments"] or len(set(labels)) < len(labels) or any(value <= 0 for value in values):
        return None
    segments = [{"label": label, "value": height(value)} for label, value in zip(labels, values, strict=True)]
    return {"type": "pie", "segments": segments}


def _axes(chart: Chart) -> dict[str, Any] | None:
    """The first categories and series that fit; the listing below has the rest."""
    labels = [trim(label, LIMITS["chart_label"]) for label in chart.labels[: LIMITS["chart_categories"]]]
    names = [trim(series.name or chart.title, LIMITS["chart_label"]) for series in chart.series[: LIMITS["chart_series"]]]
    if len(set(labels)) < len(labels) or len(set(names)) < len(names):
        return None
    series = [
        {
            "name": name,
            "data": [{"label": label, "value": height(value)} for label, value in zip(labels, one.values, strict=False)],
        }
        for name, one in zip(names, chart.series, strict=False)
    ]
    axis = {"categories": labels} | ({"y_label": trim(chart.unit, LIMITS["chart_label"])} if chart.unit else {})
    return {"type": chart.kind, "series": series, "axis_config": axis}
