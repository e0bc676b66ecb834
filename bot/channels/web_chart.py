"""Charts as inline SVG drawn on the server, each with its numbers as a table beside it for those who cannot see it."""

from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from math import cos, pi, sin

from bot.channels.web_html import Html, join, tag
from bot.message import Chart

COLOURS = 8  # classes s0 … s7 of the style sheet
WIDE, NARROW = 640, 330  # a line chart is drawn for laptops and for phones, the style sheet shows one
PLOT_HEIGHT = 200
RING = 200
OPEN_UP_TO = 5  # labels; longer tables are folded below the drawing


def render_chart(chart: Chart, table: Html | None = None) -> Html:
    """The drawing, and under it the message's own `table` or, without one, the chart's numbers. A chart without values is
    shown as its (empty) table."""
    few = len(chart.labels) <= OPEN_UP_TO
    drawn = any(series.values for series in chart.series) and bool(chart.labels)
    painter = {"bar": _bars, "line": _lines, "pie": _pie}[chart.kind]
    return tag(
        "figure",
        tag("figcaption", tag("span", chart.title, class_="chart-title"), _unit(chart), class_="chart-head"),
        painter(chart) if drawn else None,
        _legend(chart) if len(chart.series) > 1 and chart.kind != "pie" else None,
        tag("details", tag("summary", "The numbers"), table or _numbers(chart), class_="numbers", open=few),
        class_=f"chart chart-{chart.kind}",
    )


def compact(value: Decimal) -> str:
    """1234567 → 1.2M; for axes and labels only, the table has every digit."""
    size = abs(value)
    for limit, suffix in ((Decimal(10**9), "B"), (Decimal(10**6), "M"), (Decimal(10**3), "k")):
        if size >= limit:
            return _rounded(value / limit, 1) + suffix
    return _rounded(value, 2 if size < 10 and value != value.to_integral_value() else 0)


def _rounded(value: Decimal, places: int) -> str:
    text = str(value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))
    return text.rstrip("0").rstrip(".") if "." in text else text


def _unit(chart: Chart) -> Html | None:
    return tag("span", chart.unit, class_="chart-unit") if chart.unit else None


def _legend(chart: Chart) -> Html:
    entries = [
        tag("li", tag("span", class_=f"swatch s{index % COLOURS}", aria_hidden="true"), series.name)
        for index, series in enumerate(chart.series)
    ]
    return tag("ul", entries, class_="legend")


def _numbers(chart: Chart) -> Html:
    head = tag("tr", tag("th", "", scope="col"), [tag("th", s.name, scope="col", class_="right") for s in chart.series])
    rows = [
        tag(
            "tr",
            tag("th", label, scope="row"),
            [tag("td", f"{s.values[i]:,f}" if i < len(s.values) else "", class_="right") for s in chart.series],
        )
        for i, label in enumerate(chart.labels)
    ]
    return tag("div", tag("table", tag("thead", head), tag("tbody", rows)), class_="table-scroll")


def _svg(chart: Chart, width: float, height: float, *parts: object, class_: str = "") -> Html:
    return tag(
        "svg", tag("title", chart.title), parts, viewBox=f"0 0 {_n(width)} {_n(height)}", role="img",
        aria_label=chart.title, class_=f"plot {class_}".strip(),
    )  # fmt: skip


def _n(number: float) -> str:
    return f"{number:.1f}".rstrip("0").rstrip(".")


def _span(values: Sequence[Decimal]) -> tuple[Decimal, Decimal]:
    low, high = min([*values, Decimal(0)]), max([*values, Decimal(0)])
    return low, high if high > low else low + 1


def _bars(chart: Chart) -> Html:
    """Horizontal: names of tools and departments are long, and phones are narrow. Text is HTML, the bars stretch."""
    low, high = _span([value for series in chart.series for value in series.values])
    rows: list[Html] = []
    for index, label in enumerate(chart.labels):
        present = [(n, series.values[index]) for n, series in enumerate(chart.series) if index < len(series.values)]
        lines = [
            tag("div", _bar(value, low, high, n), tag("span", compact(value)), class_="bar-line") for n, value in present
        ]
        rows.append(tag("div", tag("span", label, class_="bar-label"), tag("div", lines), class_="bar-row"))
    return tag("div", rows, class_="bars", role="img", aria_label=chart.title)


def _bar(value: Decimal, low: Decimal, high: Decimal, number: int) -> Html:
    """A stretch of 1000 from the lowest to the highest value, begun at zero."""
    left, right = sorted(
        (float((min(value, Decimal(0)) - low) / (high - low)), float((max(value, Decimal(0)) - low) / (high - low)))
    )
    rectangle = tag("rect", x=_n(left * 1000), y="0", width=_n(max((right - left) * 1000, 3)), height="10",
                    class_=f"s{number % COLOURS}")  # fmt: skip
    return tag("svg", rectangle, viewBox="0 0 1000 10", preserveAspectRatio="none", aria_hidden="true")


def _lines(chart: Chart) -> Html:
    return join(_line_plot(chart, WIDE, "wide"), _line_plot(chart, NARROW, "narrow"))


def _line_plot(chart: Chart, width: int, kind: str) -> Html:
    low, high = _span([value for series in chart.series for value in series.values])
    left, right, top, bottom = 48.0, width - 30.0, 12.0, float(PLOT_HEIGHT)
    steps = max(len(chart.labels) - 1, 1)

    def x_of(index: int) -> float:
        return left + (right - left) * index / steps

    def y_of(value: Decimal) -> float:
        return bottom - (bottom - top) * float((value - low) / (high - low))

    parts = [_grid_line(low + (high - low) * quarter / 4, left, right, y_of) for quarter in range(5)]
    every = max(1, -(-len(chart.labels) // (width // 78)))
    for index in range(0, len(chart.labels), every):
        label = chart.labels[index]
        parts.append(_text(x_of(index), bottom + 18, _shorten(label, 10), "label", anchor="middle", title=label))
    for number, series in enumerate(chart.series):
        points = [(x_of(index), y_of(value)) for index, value in enumerate(series.values)]
        colour = number % COLOURS
        joined = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
        parts.append(tag("polyline", points=joined, class_=f"line l{colour}"))
        parts += [tag("circle", cx=_n(x), cy=_n(y), r="3", class_=f"s{colour}") for x, y in points if len(points) <= 31]
    return _svg(chart, width, PLOT_HEIGHT + 30, parts, class_=kind)


def _grid_line(value: Decimal, left: float, right: float, y_of: Callable[[Decimal], float]) -> Html:
    y = y_of(value)
    line = tag("line", x1=_n(left), x2=_n(right), y1=_n(y), y2=_n(y), class_="grid")
    return join(line, _text(left - 8, y, compact(value), "value", anchor="end"))


def _pie(chart: Chart) -> Html:
    """A ring of the first series; what is not positive stands in the legend only."""
    values = chart.series[0].values
    total = sum((value for value in values if value > 0), Decimal(0))
    centre, radius, turn = RING / 2, RING / 2 - 22, -pi / 2
    parts: list[Html] = []
    for index, value in enumerate(values):
        share = float(value / total) if total and value > 0 else 0.0
        if share >= 0.9999:
            parts.append(tag("circle", cx=_n(centre), cy=_n(centre), r=_n(radius), class_=f"ring l{index % COLOURS}"))
        elif share > 0:
            parts.append(tag("path", d=_arc(centre, radius, turn, turn + share * 2 * pi), class_=f"ring l{index % COLOURS}"))
            turn += share * 2 * pi
    parts.append(_text(centre, centre, compact(total), "total", anchor="middle"))
    return tag("div", _svg(chart, RING, RING, parts, class_="pie"), _shares(chart, total), class_="pie-with-legend")


def _shares(chart: Chart, total: Decimal) -> Html:
    values = chart.series[0].values
    entries = []
    for index, label in enumerate(chart.labels):
        amount = values[index] if index < len(values) else Decimal(0)
        percent = f"{float(amount / total) * 100:.0f} %" if total and amount > 0 else "–"
        swatch = tag("span", class_=f"swatch s{index % COLOURS}", aria_hidden="true")
        entries.append(tag("li", swatch, tag("span", label), tag("b", compact(amount)), tag("small", percent)))
    return tag("ul", entries, class_="shares")


def _arc(centre: float, radius: float, start: float, end: float) -> str:
    def point(angle: float) -> str:
        return f"{_n(centre + radius * cos(angle))} {_n(centre + radius * sin(angle))}"

    return f"M {point(start)} A {_n(radius)} {_n(radius)} 0 {1 if end - start > pi else 0} 1 {point(end)}"


def _text(x: float, y: float, text: str, kind: str, anchor: str = "start", title: str | None = None) -> Html:
    inner = join(tag("title", title), text) if title is not None and title != text else text
    return tag("text", inner, x=_n(x), y=_n(y), class_=kind, text_anchor=anchor, dominant_baseline="central")


def _shorten(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
