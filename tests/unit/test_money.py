"""Exact money: parts add up to the whole, shares of adjoining days to the charge, nothing passes through a float."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from storage.types import NANO, Money, from_nanos, share_nanos, split_nanos, to_nanos, total

NANOS = some.integers(-(10**17), 10**17)


@given(NANOS, some.lists(some.integers(0, 10**6), min_size=1, max_size=12).filter(any))
def test_parts_add_up_and_each_is_within_a_nano_of_its_share(nanos: int, weights: list[int]) -> None:
    parts = split_nanos(nanos, weights)
    assert sum(parts) == nanos
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - nanos * weight) <= sum(weights)
        assert weight or part == 0


@given(NANOS, some.integers(1, 400), some.data())
def test_adjoining_shares_add_up(nanos: int, length: int, data: some.DataObject) -> None:
    middle = data.draw(some.integers(0, length))
    assert share_nanos(nanos, 0, middle, length) + share_nanos(nanos, middle, length, length) == nanos


@given(NANOS)
def test_nanos_and_decimals_are_one_value(nanos: int) -> None:
    assert to_nanos(from_nanos(nanos)) == nanos


def test_weights_of_nothing_and_endless_amounts_are_refused() -> None:
    for weights in ([], [0, 0]):
        with pytest.raises(ValueError, match="more than 0"):
            split_nanos(NANO, weights)
    for amount in ("NaN", "Infinity", "1e18"):
        with pytest.raises(ValueError, match="amount"):
            to_nanos(Decimal(amount))


def test_half_even_beyond_nine_decimals() -> None:
    assert to_nanos(Decimal("0.0000000005")) == 0
    assert to_nanos(Decimal("0.0000000015")) == 2


@pytest.mark.parametrize("text", ["500", "500 usd", "500,00 USD", "USD 500", "1e3 USD", "0.1234567891 USD", ""])
def test_what_is_no_money_literal(text: str) -> None:
    with pytest.raises(ValueError, match="500 USD"):
        Money.parse(text)


def test_currencies_do_not_mix() -> None:
    with pytest.raises(ValueError, match="after conversion"):
        _ = Money.parse("1 USD") + Money.parse("1 EUR")
    assert total([Money.parse("1.10 USD"), Money.parse("2.20 USD")], "USD") == Money.parse("3.30 USD")
    assert str(Money.parse("1234.5 USD")) == "1,234.50 USD"
