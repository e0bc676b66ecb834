"""What every chat renderer says alike: a visible cut, and tables and charts as plain values."""

from decimal import Decimal

from bot.message import Chart, Table

ELLIPSIS = "…"
BREAK = "\u200b"  # zero width: splits what a chat would take for markup


def trim(text: str, limit: int) -> str:
    """At most `limit` characters, a cut made visible."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + ELLIPSIS


def alignments(table: Table) -> list[str]:
    """One a column: left or right."""
    return [table.align[index] if index < len(table.align) else "left" for index in range(len(table.columns))]


def chart_title(chart: Chart) -> str:
    return f"{chart.title} ({chart.unit})" if chart.unit else chart.title


def height(value: Decimal) -> int | float:
    """A drawing's height, not money: JSON has no other number."""
    return int(value) if value == value.to_integral_value() else float(value)


def chart_table(chart: Chart) -> Table:
    """The numbers of a chart, a row a label."""
    rows = [
        [label, *(f"{series.values[index]:,}" for series in chart.series if index < len(series.values))]
        for index, label in enumerate(chart.labels)
    ]
    columns = ["", *(series.name or chart.title for series in chart.series)]
    return Table(columns=columns, rows=rows, align=["left", *["right"] * len(chart.series)])
