"""Charges into rollup amounts, vectorised: meaning, conversion, split, shares of months. All exact integers.

Sums run in 128 bits and are checked to fit into 64 when they leave.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

import polars as pl

CHARGE_SCHEMA = {
    "key_id": pl.Int64, "start_day": pl.Int32, "end_day": pl.Int32, "effective_nanos": pl.Int64,
    "billed_nanos": pl.Int64, "list_nanos": pl.Int64, "consumed_milli": pl.Int64,
}  # fmt: skip
MEANING_SCHEMA = {
    "key_id": pl.Int64, "from_day": pl.Int32, "to_day": pl.Int32, "tool_id": pl.Int64, "unit_id": pl.Int64,
    "model": pl.String, "project": pl.String, "is_tax": pl.Boolean, "is_usage": pl.Boolean, "is_split": pl.Boolean,
    "currency": pl.String, "per_token": pl.Int64, "per_request": pl.Int64,
}  # fmt: skip
RATE_SCHEMA = {"currency": pl.String, "start_day": pl.Int32, "top": pl.Int128, "bottom": pl.Int128}
WEIGHT_SCHEMA = {
    "tool_id": pl.Int64, "start_day": pl.Int32, "unit_id": pl.Int64,
    "before": pl.Int128, "upto": pl.Int128, "total": pl.Int128,
}  # fmt: skip

AMOUNTS = ("effective_base", "billed_base", "list_base", "usage_effective_base", "tokens", "requests")
COUNTS = ("costed", "charges")
DIMENSIONS = ["tool_id", "unit_id", "model", "project", "unconverted"]
INTERVAL = ["start_day", "end_day"]
ROLLUP_COLUMNS = ["cut", "grain", *INTERVAL, *DIMENSIONS, *AMOUNTS, *COUNTS]
CUTS = {"unit": (), "model": ("model",), "project": ("project",)}

_SUMS = [
    *(pl.col(name).cast(pl.Int128).sum().cast(pl.Int64) for name in AMOUNTS),  # raises where 64 bits do not hold it
    *(pl.col(name).sum() for name in COUNTS),
]


def digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()


def half_even(amount: pl.Expr, top: pl.Expr, bottom: pl.Expr) -> pl.Expr:
    """amount · top / bottom to the nearest integer, ties to even."""
    product = amount * top
    whole, twice = product // bottom, (product % bottom) * 2
    return whole + ((twice > bottom) | ((twice == bottom) & (whole % 2 == 1))).cast(pl.Int128)


def attributed(charges: pl.DataFrame, meanings: pl.DataFrame, rates: pl.DataFrame, keep: Iterable[str] = ()) -> pl.DataFrame:
    """Each charge with dimensions and amounts in base currency, or in its own where `unconverted` names it."""
    rows = (
        charges.join(meanings, on="key_id", how="inner")
        .filter((pl.col("from_day") <= pl.col("start_day")) & (pl.col("start_day") < pl.col("to_day")))
        .join(rates, on=["currency", "start_day"], how="left")
    )
    known = pl.col("top").is_not_null()
    top, bottom = pl.col("top").fill_null(1), pl.col("bottom").fill_null(1)
    wide = {name: pl.col(name).fill_null(0).cast(pl.Int128) for name in ("effective_nanos", "billed_nanos", "list_nanos")}
    base = {name: half_even(value, top, bottom) for name, value in wide.items()}
    zero = pl.lit(0, pl.Int128)
    priced = pl.col("is_usage") & pl.col("list_nanos").is_not_null()  # without a list price nothing is known to be saved
    consumed = pl.col("consumed_milli").fill_null(0).cast(pl.Int128)
    return rows.select(
        *keep, *INTERVAL, "tool_id", "unit_id", "model", "project", "is_split",
        pl.when(known).then(pl.lit("")).otherwise(pl.col("currency")).alias("unconverted"),
        pl.when("is_tax").then(zero).otherwise(base["effective_nanos"]).alias("effective_base"),
        base["billed_nanos"].alias("billed_base"),
        pl.when("is_usage").then(base["list_nanos"]).otherwise(zero).alias("list_base"),
        pl.when(priced).then(base["effective_nanos"]).otherwise(zero).alias("usage_effective_base"),
        (consumed * pl.col("per_token") // 1000).alias("tokens"),
        (consumed * pl.col("per_request") // 1000).alias("requests"),
        (~pl.col("is_tax") & (pl.col("effective_nanos") != 0)).cast(pl.Int64).alias("costed"),
        pl.lit(1, pl.Int64).alias("charges"),
    )  # fmt: skip


def _between(amount: pl.Expr, before: pl.Expr, upto: pl.Expr, total: pl.Expr) -> pl.Expr:
    """⌊amount·upto/total⌋ − ⌊amount·before/total⌋: parts that adjoin add up. `before` … `total` are 128 bits wide."""
    wide = amount.cast(pl.Int128)
    return (wide * upto // total - wide * before // total).cast(pl.Int64)


def expanded(rows: pl.DataFrame, weights: pl.DataFrame) -> pl.DataFrame:
    """Rows of a split rule divided among their units (⌊amount·k/n⌋ differences); without weights they stay nobody's."""
    joined = rows.join(weights, on=["tool_id", "start_day"], how="left", suffix="_split")
    before, upto, total = (pl.col(name).fill_null(value) for name, value in (("before", 0), ("upto", 1), ("total", 1)))
    shares = [_between(pl.col(name), before, upto, total).alias(name) for name in AMOUNTS]
    return joined.with_columns(pl.col("unit_id_split").fill_null(pl.col("unit_id")).alias("unit_id"), *shares).select(
        rows.columns
    )


@dataclass
class Accumulator:
    """Sums the charges of one statement chunk by chunk; `rows()` gives its rollup. Holds sums only."""

    billing_day: int
    _days: dict[str, list[pl.DataFrame]] = field(default_factory=lambda: {cut: [] for cut in CUTS})
    _spans: list[pl.DataFrame] = field(default_factory=list)
    _splits: list[pl.DataFrame] = field(default_factory=list)

    def add(self, rows: pl.DataFrame) -> None:
        """`rows` as `attributed` returns them."""
        split = rows.filter("is_split")
        if split.height:
            _push(self._splits, split, [*DIMENSIONS, *INTERVAL])
        self._add_owned(rows.filter(~pl.col("is_split")) if split.height else rows)

    def settle(self) -> None:
        """Merge what has piled up, when no more rows come for the time being."""
        by = [*DIMENSIONS, *INTERVAL]
        for frames in (*self._days.values(), self._spans, self._splits):
            if len(frames) > 1:
                frames[:] = [_merged(frames, by)]

    def split_days(self) -> list[tuple[int, int]]:
        """(tool, day) of what waits for a split rule."""
        if not self._splits:
            return []
        pairs = pl.concat([frame.select("tool_id", "start_day") for frame in self._splits]).unique()
        return [(int(tool), int(day)) for tool, day in pairs.sort("tool_id", "start_day").rows()]

    def _add_owned(self, rows: pl.DataFrame) -> None:
        one_day = pl.col("end_day") == pl.col("start_day") + 1
        spans = rows.filter(~one_day)
        if spans.height:
            _push(self._spans, spans, [*DIMENSIONS, *INTERVAL])
        days = rows.filter(one_day) if spans.height else rows
        if days.height:
            for cut, labels in CUTS.items():
                _push(self._days[cut], _cut(days, labels), [*DIMENSIONS, *INTERVAL])

    def _divide(self, weights: pl.DataFrame) -> None:
        if self._splits:
            merged = _merged(self._splits, [*DIMENSIONS, *INTERVAL])
            self._splits = []
            self._add_owned(expanded(merged, weights))

    def spans(self, weights: pl.DataFrame) -> pl.DataFrame:
        """Everything as spans, charges of one day too."""
        self._divide(weights)
        rows = _merged([*self._spans, *self._days["unit"]], [*DIMENSIONS, *INTERVAL])
        return _labelled(rows, "all", "span")

    def rows(self, weights: pl.DataFrame) -> pl.DataFrame:
        """The statement's rollup rows. `weights` = split shares for `split_days()`."""
        self._divide(weights)
        spans = _merged(self._spans, [*DIMENSIONS, *INTERVAL])
        parts = [_labelled(spans, "all", "span")]
        for cut, labels in CUTS.items():
            days = _merged(self._days[cut], [*DIMENSIONS, *INTERVAL])
            cut_spans = _cut(spans, labels)
            parts.append(_labelled(days, cut, "day"))
            parts.append(_labelled(_months(days, cut_spans), cut, "month"))
            parts.append(_labelled(_bills(days, cut_spans, self.billing_day), cut, "bill"))
        return pl.concat([part for part in parts if part.height] or parts[:1])


def _push(frames: list[pl.DataFrame], rows: pl.DataFrame, by: list[str]) -> None:
    """Keep sums; merge what has piled up when it outgrows the last merge."""
    frames.append(rows.group_by(by).agg(_SUMS))
    if sum(frame.height for frame in frames[1:]) > frames[0].height:
        frames[:] = [_merged(frames, by)]


def _merged(frames: list[pl.DataFrame], by: list[str]) -> pl.DataFrame:
    if not frames:
        return _EMPTY
    return frames[0] if len(frames) == 1 else pl.concat(frames).group_by(by).agg(_SUMS)


def _cut(rows: pl.DataFrame, labels: Iterable[str]) -> pl.DataFrame:
    return rows.with_columns(pl.lit("").alias(name) for name in ("model", "project") if name not in labels)


def _labelled(rows: pl.DataFrame, cut: str, grain: str) -> pl.DataFrame:
    return rows.select(pl.lit(cut).alias("cut"), pl.lit(grain).alias("grain"), *ROLLUP_COLUMNS[2:])


def _month_start(day: pl.Expr) -> pl.Expr:
    return day.cast(pl.Date).dt.truncate("1mo").cast(pl.Int32)


def _month_end(day: pl.Expr) -> pl.Expr:
    return day.cast(pl.Date).dt.truncate("1mo").dt.offset_by("1mo").cast(pl.Int32)


def _months(days: pl.DataFrame, spans: pl.DataFrame) -> pl.DataFrame:
    pieces = [_as_month(days)]
    if spans.height:
        pieces.append(_as_month(span_shares(spans)))
    return pl.concat(pieces).group_by([*DIMENSIONS, *INTERVAL]).agg(_SUMS)


def _as_month(rows: pl.DataFrame) -> pl.DataFrame:
    start = pl.col("start_day")
    return rows.with_columns(_month_start(start).alias("start_day"), _month_end(start).alias("end_day")).select(
        *DIMENSIONS, *INTERVAL, *AMOUNTS, *COUNTS
    )


def span_shares(spans: pl.DataFrame) -> pl.DataFrame:
    """Each span cut at the turns of months: its shares of them; `billed_base` whole with the first."""
    first = _month_start(pl.col("start_day")).cast(pl.Date)
    last = (pl.col("end_day") - 1).cast(pl.Date)
    pieces = spans.with_columns(pl.date_ranges(first, last, "1mo").alias("month")).explode("month")
    month = pl.col("month").cast(pl.Int32)
    begin = pl.max_horizontal("start_day", month)
    finish = pl.min_horizontal("end_day", _month_end(month))
    k1, k2 = (begin - pl.col("start_day")).cast(pl.Int128), (finish - pl.col("start_day")).cast(pl.Int128)
    length = (pl.col("end_day") - pl.col("start_day")).cast(pl.Int128)
    shares = [_between(pl.col(name), k1, k2, length).alias(name) for name in AMOUNTS if name != "billed_base"]
    billed = pl.when(k1 == 0).then("billed_base").otherwise(pl.lit(0, pl.Int64)).alias("billed_base")
    return pieces.with_columns(*shares, billed, begin.alias("start_day"), finish.alias("end_day"))


def _bills(days: pl.DataFrame, spans: pl.DataFrame, billing_day: int) -> pl.DataFrame:
    rows = pl.concat([frame.select(*DIMENSIONS, "billed_base", *COUNTS) for frame in (days, spans)])
    sums = rows.group_by(DIMENSIONS).agg(
        pl.col("billed_base").cast(pl.Int128).sum().cast(pl.Int64), pl.col("costed").sum(), pl.col("charges").sum()
    )
    nothing = [pl.lit(0, pl.Int64).alias(name) for name in AMOUNTS if name != "billed_base"]
    start = pl.lit(billing_day, pl.Int32)
    return sums.with_columns(_month_start(start).alias("start_day"), _month_end(start).alias("end_day"), *nothing)


_EMPTY = pl.DataFrame(
    schema={
        "tool_id": pl.Int64, "unit_id": pl.Int64, "model": pl.String, "project": pl.String, "unconverted": pl.String,
        "start_day": pl.Int32, "end_day": pl.Int32, **dict.fromkeys(AMOUNTS, pl.Int64), **dict.fromkeys(COUNTS, pl.Int64),
    }
)  # fmt: skip


def rate_frame(ratios: Mapping[tuple[str, int], tuple[int, int] | None]) -> pl.DataFrame:
    rows = [(currency, day, *ratio) for (currency, day), ratio in ratios.items() if ratio is not None]
    return pl.DataFrame(rows, schema=RATE_SCHEMA, orient="row")
