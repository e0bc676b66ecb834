"""A chart as a PNG, where a chat cannot draw its own. Drawn by vl-convert (Vega-Lite), the extra `[charts]`."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from bot.message import Chart

# Okabe and Ito's palette, told apart by colour-blind people too; black is the text's
COLOURS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#8C6D31", "#666666"]
INK, PALE, PAPER = "#1d1c1d", "#e3e3e6", "#ffffff"
FONT = "Lato, Helvetica, Arial, sans-serif"
WIDTH, SCALE = 640, 2.0
LINE_HEIGHT, BAR_STEP = 300, 26
LABEL_PIXELS = 220


def chart_png(chart: Chart) -> bytes | None:
    """At twice the size, for today's screens. None without the extra or without anything to draw."""
    try:
        import vl_convert
    except ImportError:
        return None
    points = _points(chart)
    if not points:
        return None
    drawing: bytes = vl_convert.vegalite_to_png(_vega_lite(chart, points), scale=SCALE)
    return drawing


def _points(chart: Chart) -> list[dict[str, Any]]:
    """Heights of a drawing, not money: JSON has no other number."""
    return [
        {"label": label, "series": series.name, "value": float(series.values[index]), "at": index, "of": place}
        for place, series in enumerate(chart.series)
        for index, label in enumerate(chart.labels)
        if index < len(series.values)
    ]


def _vega_lite(chart: Chart, points: list[dict[str, Any]]) -> dict[str, Any]:
    drawn = {"bar": _bars, "line": _lines, "pie": _pie}[chart.kind](chart)
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": {"text": chart.title, "anchor": "start", "fontSize": 17, "color": INK, "offset": 14},
        "data": {"values": points},
        "background": PAPER,
        "padding": 16,
        "config": {
            "font": FONT,
            "view": {"stroke": None},
            "axis": {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal", "labelColor": INK,
                     "titleColor": INK, "gridColor": PALE, "domainColor": "#9a9aa0", "tickColor": "#9a9aa0"},
            "legend": {"labelFontSize": 12, "labelColor": INK, "title": None, "orient": "top", "labelLimit": 260},
        },
        **drawn,
    }  # fmt: skip


def _bars(chart: Chart) -> dict[str, Any]:
    """Lying, because names of tools and departments are long; the amount stands at the end of each."""
    several = len(chart.series) > 1
    place: dict[str, Any] = {
        "field": "label", "type": "nominal", "sort": chart.labels, "title": None,
        "axis": {"labelLimit": LABEL_PIXELS, "labelPadding": 6, "ticks": False, "domain": False},
    }  # fmt: skip
    length = {"field": "value", "type": "quantitative", "axis": _value_axis(chart, grid=True)}
    encoding: dict[str, Any] = {"y": place, "x": length, "color": _colour(chart, legend=several)}
    if several:
        encoding["yOffset"] = {"field": "series", "sort": _names(chart)}
    amounts = {name: channel for name, channel in encoding.items() if name != "color"}
    amounts["x"] = length | {"field": "tip"}  # beside the bar, at zero where it goes to the left
    amounts["text"] = {"field": "value", "type": "quantitative", "format": _label_format(chart)}
    return {
        "width": WIDTH,
        "height": {"step": BAR_STEP if not several else BAR_STEP * 0.7},
        "transform": [{"calculate": "max(0, datum.value)", "as": "tip"}],
        "layer": [
            {"mark": {"type": "bar", "cornerRadiusEnd": 2, "height": {"band": 0.82}}, "encoding": encoding},
            {"mark": {"type": "text", "align": "left", "dx": 5, "fontSize": 11, "color": INK}, "encoding": amounts},
        ],
    }


def _lines(chart: Chart) -> dict[str, Any]:
    return {
        "width": WIDTH,
        "height": LINE_HEIGHT,
        "mark": {"type": "line", "strokeWidth": 2.5, "point": len(chart.labels) <= 31},
        "encoding": {
            "x": {"field": "label", "type": "ordinal", "sort": chart.labels, "title": None,
                  "axis": {"labelAngle": -35 if len(chart.labels) > 8 else 0, "labelOverlap": True, "grid": False}},
            "y": {"field": "value", "type": "quantitative", "axis": _value_axis(chart, grid=True)},
            "color": _colour(chart, legend=len(chart.series) > 1),
        },
    }  # fmt: skip


def _pie(chart: Chart) -> dict[str, Any]:
    """A ring of the first series; its legend has the amounts. Parts of nothing and less have no slice."""
    values = chart.series[0].values
    total = sum((value for value in values if value > 0), Decimal(0))
    amounts = [f"{label}: {value:,f} ({value / total:.0%})" if value > 0 else f"{label}: {value:,f}"
               for label, value in zip(chart.labels, values, strict=False)]  # fmt: skip
    said = f"{json.dumps(amounts)}[indexof({json.dumps(chart.labels)}, datum.label)]"
    return {
        "width": LINE_HEIGHT,
        "height": LINE_HEIGHT,
        "transform": [{"filter": "datum.value > 0 && datum.of === 0"}],
        "mark": {"type": "arc", "innerRadius": 80, "stroke": PAPER, "strokeWidth": 2},
        "encoding": {
            "theta": {"field": "value", "type": "quantitative"},
            "order": {"field": "at"},
            "color": {"field": "label", "sort": chart.labels, "scale": {"domain": chart.labels, "range": COLOURS},
                      "legend": {"orient": "right", "title": chart.unit or None, "labelExpr": said}},
        },
    }  # fmt: skip


def _value_axis(chart: Chart, *, grid: bool) -> dict[str, Any]:
    """From zero, with the unit; thousands as k, M, G would read as gigabytes, so B."""
    short = "replace(format(datum.value, '~s'), 'G', 'B')"
    return {"title": chart.unit or None, "grid": grid, "tickCount": 5, "labelExpr": short, "domain": False}


def _label_format(chart: Chart) -> str:
    """Whole numbers from a thousand on, shares to a tenth, small ones with their decimals."""
    if chart.unit == "%":
        return ",.1f"
    largest = max((abs(value) for series in chart.series for value in series.values), default=0)
    return ",.0f" if largest >= 1000 else ",.2~f"


def _colour(chart: Chart, *, legend: bool) -> dict[str, Any]:
    names = _names(chart)
    shades = [COLOURS[index % len(COLOURS)] for index in range(len(names))]
    if chart.kind == "bar" and names[1:] in (["Before"], ["Budget"]):
        shades[1] = "#b5b5bb"
    return {
        "field": "series", "type": "nominal", "sort": names, "scale": {"domain": names, "range": shades},
        **({} if legend else {"legend": None}),
    }  # fmt: skip


def _names(chart: Chart) -> Sequence[str]:
    return [series.name for series in chart.series]
