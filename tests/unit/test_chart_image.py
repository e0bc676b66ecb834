"""Charts as pictures: a PNG of the right size for every kind, also of odd values; none without the extra."""

import io
import sys
from decimal import Decimal

import pytest
from PIL import Image

from bot.chart_image import COLOURS, chart_png
from bot.message import Chart, Series

MONTHS = [f"2026-{month:02d}" for month in range(1, 13)]


def chart(kind: str, values: list[str], *more: list[str], labels: list[str] | None = None) -> Chart:
    series = [Series(name=f"s{number}", values=[Decimal(v) for v in given]) for number, given in enumerate([values, *more])]
    names = labels or MONTHS[: len(values)]
    return Chart(kind=kind, title="AI spend", labels=names, series=series, unit="USD")  # type: ignore[arg-type]


def image(drawn: Chart) -> Image.Image:
    png = chart_png(drawn)
    assert png is not None
    return Image.open(io.BytesIO(png)).convert("RGB")


def colours_in(picture: Image.Image) -> set[str]:
    counted = picture.getcolors(picture.width * picture.height) or []
    return {f"#{colour[0]:02X}{colour[1]:02X}{colour[2]:02X}" for count, colour in counted if count > 200}  # type: ignore[index]


@pytest.mark.parametrize("kind", ["bar", "line", "pie"])
def test_each_kind_is_drawn_at_twice_the_size(kind: str) -> None:
    picture = image(chart(kind, ["12000.5", "8000", "300"]))
    assert picture.width >= 800 and picture.height >= 200
    assert COLOURS[0] in colours_in(picture)


def test_series_have_colours_of_their_own() -> None:
    picture = image(chart("bar", ["5", "6"], ["7", "8"], ["1", "2"]))
    assert set(COLOURS[:3]) <= colours_in(picture)


@pytest.mark.parametrize("kind", ["bar", "line", "pie"])
@pytest.mark.parametrize("values", [["0", "0"], ["-5", "3"], ["1"], ["123456789012.34", "0.0001"]])
def test_odd_values_are_drawn(kind: str, values: list[str]) -> None:
    assert image(chart(kind, values)).width > 100


def test_names_are_only_text() -> None:
    labels = ['"]; alert(1); ["', "<b>Google & co</b>", "\\u0022", "x" * 300]
    for kind in ("bar", "line", "pie"):
        assert image(chart(kind, ["1", "2", "3", "4"], labels=labels)).width < 4000


def test_the_more_bars_the_taller() -> None:
    few, many = image(chart("bar", ["1", "2"])), image(chart("bar", [str(n) for n in range(1, 13)]))
    assert many.height > few.height + 300


def test_nothing_to_draw_is_no_picture() -> None:
    assert chart_png(Chart(kind="bar", title="x", labels=[], series=[])) is None


def test_without_the_extra_there_is_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    assert chart_png(chart("bar", ["1", "2"])) is None
