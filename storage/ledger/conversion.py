"""Exchange rates as exact integer fractions, for converting many amounts at once."""

from datetime import date

from storage.models.ledger import day_of
from storage.rates import Rates

Ratio = tuple[int, int]  # multiply by the first, divide by the second


class RateTable:
    """How amounts become base currency, by currency and day number."""

    def __init__(self, rates: Rates, base: str) -> None:
        self.base = base
        self._rates = rates
        self._cache: dict[tuple[str, int], Ratio | None] = {}

    def ratio(self, currency: str, day: int) -> Ratio | None:
        """The exact fraction at the day's rate; None without a rate."""
        if currency == self.base:
            return (1, 1)
        if (currency, day) not in self._cache:
            self._cache[currency, day] = self._ratio(currency, day_of(day))
        return self._cache[currency, day]

    def _ratio(self, currency: str, day: date) -> Ratio | None:
        target, origin = self._rates.per_euro(self.base, day), self._rates.per_euro(currency, day)
        if target is None or not origin:
            return None
        target_top, target_bottom = target.as_integer_ratio()
        origin_top, origin_bottom = origin.as_integer_ratio()
        return target_top * origin_bottom, target_bottom * origin_top


def converted(nanos: int, ratio: Ratio) -> int:
    """Half-even to a nano."""
    top, bottom = ratio
    whole, rest = divmod(nanos * top, bottom)
    twice = 2 * rest
    return whole + (1 if twice > bottom or (twice == bottom and whole % 2) else 0)
