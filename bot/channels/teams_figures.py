"""Tables and charts as Teams' native elements, each with the same facts as text for clients that do not know them."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from bot.channels.plainly import alignments, chart_table, chart_title, height
from bot.channels.teams_limits import LIMITS, size
from bot.channels.teams_text import Element, fact_set, literal, markdown, simple, text_block
from bot.message import Chart, Table, bold, plain

ONE_SERIES = "categoricalBlue"  # bars of one series in one colour: a colour of its own would mean something


def fitting_table(table: Table | None, native: bool, room: int) -> list[Element] | None:
    """The table with as many rows as `room` bytes take; None when it takes none."""
    whole = table_elements(table, native)
    if table is None or size(whole) <= room:
        return whole
    most = bisect_left(range(1, len(table.rows) + 1), room + 1, key=lambda rows: size(table_elements(table, native, rows)))
    return table_elements(table, native, most) if most else None


def fitting_chart(chart: Chart | None, native: bool, room: int) -> list[Element] | None:
    """The drawing, else the numbers, else None."""
    versions = (chart_elements(chart, native), chart_elements(chart, False))
    return next((version for version in versions if size(version) <= room or not version), None)


def table_elements(table: Table | None, native: bool, rows: int | None = None) -> list[Element]:
    """At most `rows` rows, with a sentence about those left out."""
    if table is None or not table.columns:
        return []
    most = min(LIMITS["table_rows"], len(table.rows) if rows is None else rows)
    shown = table.model_copy(update={"rows": table.rows[:most]})
    left_out = len(table.rows) - len(shown.rows)
    note = f"The first {most} of {len(table.rows)} rows; {left_out} more do not fit here." if left_out else ""
    return [
        *(simple(table.caption) if table.caption else []),
        *(_native_table(shown) if native and len(table.columns) <= LIMITS["table_columns"] else listed(shown)),
        *([text_block(note, size="Small", isSubtle=True)] if note else []),
    ]


def _native_table(table: Table) -> list[Element]:
    """A table of more columns than a phone has room for is a list there; clients too old for tables know no widths
    either and show the list."""
    align = ["Right" if side == "right" else "Left" for side in alignments(table)]
    columns = len(table.columns)
    native: Element = {
        "type": "Table",
        "firstRowAsHeaders": True,
        "showGridLines": False,
        "columns": [
            {"width": width, "horizontalCellContentAlignment": side}
            for width, side in zip(_widths(table), align, strict=True)
        ],
        "rows": [_row(table.columns, columns, header=True)] + [_row(row, columns) for row in table.rows],
    }
    listing = {"type": "Container", "items": listed(table)}
    if columns <= LIMITS["phone_columns"]:
        return [{**native, "fallback": listing}]
    return [{**native, "targetWidth": "atLeast:Standard", "fallback": "drop"}, {**listing, "targetWidth": "atMost:Narrow"}]


def _row(cells: Sequence[str], columns: int, *, header: bool = False) -> Element:
    style: dict[str, Any] = {"weight": "Bolder"} if header else {}
    padded = [*cells, *[""] * columns][:columns]
    return {
        "type": "TableRow",
        "cells": [{"type": "TableCell", "items": [text_block(literal(cell), **style)]} for cell in padded],
    }


def _widths(table: Table) -> list[int]:
    """Room by what stands in a column, so that on a phone a name is not squeezed beside a number."""
    rows = [table.columns, *table.rows]
    longest = [max(len(row[index]) if index < len(row) else 0 for row in rows) for index in range(len(table.columns))]
    return [min(max(width, 6), 24) for width in longest]


def listed(table: Table) -> list[Element]:
    """Names and numbers as facts; a wider row as its name with the other cells below, each with its column's name."""
    if not table.rows:
        return simple(" · ".join(table.columns)) or [text_block("")]
    first, *others = table.columns
    header = " · ".join(name for name in (table.columns if len(others) == 1 else [first]) if name)
    rows = [[*row, *[""] * len(table.columns)][: len(table.columns)] for row in table.rows]
    return [
        *([text_block(literal(header), size="Small", isSubtle=True)] if header else []),
        *(
            fact_set((name, value) for name, value in rows)
            if len(others) == 1
            else [_listed_row(row, others) for row in rows]
        ),
    ]


def _listed_row(row: Sequence[str], columns: Sequence[str]) -> Element:
    cells = " · ".join(f"{name}: {cell or '–'}" for name, cell in zip(columns, row[1:], strict=True))
    return text_block(markdown([bold(row[0] or "–"), plain(f"\n{cells}")], {}))


def chart_elements(chart: Chart | None, native: bool) -> list[Element]:
    """The title stands above, because not every client draws a chart's own."""
    if chart is None or not chart.labels or not chart.series:
        return []
    title = text_block(literal(chart_title(chart)), weight="Bolder", spacing="Medium")
    numbers = listed(chart_table(chart))
    drawn = _drawing(chart) if native else None
    if drawn is None:
        return [title, *numbers]
    return [title, {**drawn, "title": chart_title(chart), "fallback": {"type": "Container", "items": numbers}}]


def _drawing(chart: Chart) -> Element | None:
    """None for what would be drawn wrongly: a pie of several series or with a part not above zero."""
    if chart.kind == "pie":
        return _pie(chart)
    if chart.kind == "line":
        return {"type": "Chart.Line", "data": _legends(chart), **_axis(chart)}
    if len(chart.series) > 1:
        return {"type": "Chart.VerticalBar.Grouped", "data": _legends(chart), **_axis(chart)}
    data = [{"x": label, "y": height(value)} for label, value in zip(chart.labels, chart.series[0].values, strict=False)]
    if len(data) > LIMITS["bars"] or max(len(label) for label in chart.labels) > LIMITS["long_label"]:
        return {"type": "Chart.HorizontalBar", "data": data, "color": ONE_SERIES, **_axis(chart, "xAxisTitle")}
    return {"type": "Chart.VerticalBar", "data": data, "color": ONE_SERIES, **_axis(chart)}


def _pie(chart: Chart) -> Element | None:
    values = chart.series[0].values
    if len(chart.series) > 1 or any(value <= 0 for value in values):
        return None
    data = [{"legend": label, "value": height(value)} for label, value in zip(chart.labels, values, strict=False)]
    return {"type": "Chart.Pie", "data": data}


def _legends(chart: Chart) -> list[dict[str, Any]]:
    return [
        {
            "legend": series.name or chart.title,
            "values": [{"x": label, "y": height(value)} for label, value in zip(chart.labels, series.values, strict=False)],
        }
        for series in chart.series
    ]


def _axis(chart: Chart, name: str = "yAxisTitle") -> dict[str, str]:
    return {name: chart.unit} if chart.unit else {}
