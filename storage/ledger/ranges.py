"""A period as whole months, which rollups hold, and the days at its edges."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from storage.ledger.splits import month_of, next_month
from storage.models.ledger import day_number

Range = tuple[int, int]  # day numbers, half-open


@dataclass(frozen=True)
class Buckets:
    """Adjoining parts of a period; without any, the period is the only one."""

    starts: tuple[int, ...]
    end: int
    months: tuple[Range, ...]  # runs of whole months
    edges: tuple[Range, ...]  # everything else

    @classmethod
    def of(cls, start: date, end: date, parts: Sequence[tuple[date, date]] = ()) -> "Buckets":
        starts = tuple(day_number(part) for part, _ in parts) or (day_number(start),)
        by_month = all(part.day == 1 for part, _ in parts[1:])
        first = month_of(start) if start.day == 1 else next_month(start)
        last = month_of(end)
        if not by_month or first >= last:
            return cls(starts, day_number(end), (), ((day_number(start), day_number(end)),))
        edges = ((day_number(start), day_number(first)), (day_number(last), day_number(end)))
        months = ((day_number(first), day_number(last)),)
        return cls(starts, day_number(end), months, tuple(edge for edge in edges if edge[0] < edge[1]))

    def at(self, day: int) -> int:
        """The first day of the bucket that `day` lies in."""
        return self.starts[max(0, bisect_right(self.starts, day) - 1)]

    def pieces(self, ranges: Sequence[Range]) -> list[tuple[int, int, int]]:
        """(bucket, from, to) of `ranges`, cut at the turns of buckets."""
        ends = (*self.starts[1:], self.end)
        return [
            (bucket, max(bucket, first), min(stop, last))
            for first, last in ranges
            for bucket, stop in zip(self.starts, ends, strict=True)
            if max(bucket, first) < min(stop, last)
        ]

    @property
    def whole(self) -> tuple[Range, ...]:
        return ((self.starts[0], self.end),)
