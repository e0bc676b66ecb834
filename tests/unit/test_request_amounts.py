"""Amounts as people type them (A048), and when an edit keeps the approvals (A040, A041)."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.types import Money
from workflows.errors import Invalid
from workflows.policy.model import Tolerance
from workflows.requests.draft import parse_amount
from workflows.requests.edit import approvals_stand


@pytest.mark.parametrize(("text", "amount", "currency"), [
    ("1200", "1200", "USD"), ("1,000.50", "1000.50", "USD"), ("1.000,50", "1000.50", "USD"), ("12,5", "12.5", "USD"),
    ("1 000.50", "1000.50", "USD"), ("1.234.567", "1234567", "USD"), ("$1,234,567.8", "1234567.8", "USD"),
    ("€ 99", "99", "EUR"), ("99 sek", "99", "SEK"), ("EUR 1'000.25", "1000.25", "EUR"), ("0", "0", "USD"),
    ("0.125", "0.125", "USD"), ("1 000", "1000", "USD"), ("1\u202f000,5", "1000.5", "USD"), ("1’000", "1000", "USD"),
])  # fmt: skip
def test_clear_amounts(text: str, amount: str, currency: str) -> None:
    assert parse_amount(text, "USD") == Money.of(amount, currency)


@pytest.mark.parametrize("text", [
    "", " ", "-5", "NaN", "nan", "inf", "1e18", "1e3", "1,000", "1.000", "12,34,56", "1.0.0", "9999999999999", "ten",
    "5 USD EUR", "1_000", "١٢", "1,000,00", "1.000.50", "+5", "5%", "0x10", "1..2", ",5", "5.", "--", "5 6", "1.0000000001",
])  # fmt: skip
def test_unclear_amounts_are_refused_with_an_example(text: str) -> None:
    with pytest.raises(Invalid, match=r"1200\.50 USD"):
        parse_amount(text, "USD")


@given(st.decimals(0, 10**8, places=2))
def test_amounts_come_back_as_they_were(amount: Decimal) -> None:
    written = f"{amount:,}"
    assert parse_amount(f"{amount}", "USD").amount == amount
    assert parse_amount(written, "USD").amount == amount
    assert parse_amount(written.replace(",", " ").replace(".", ","), "USD").amount == amount


@given(st.text(max_size=20))
def test_any_text_is_an_amount_or_refused(text: str) -> None:
    with suppress(Invalid):
        assert 0 <= parse_amount(text, "USD").amount <= 10**9


def usd(amount: str) -> Money:
    return Money.of(amount, "USD")


@pytest.mark.parametrize(("old", "new", "percent", "limit", "stands"), [
    ("4800", "4801", 0, None, False), ("4800", "4800", 0, None, True), ("4800", "100", 0, None, True),
    ("1000", "1100", 10, "100", True), ("1000", "1100.01", 10, "100", False), ("2000", "2150", 10, "100", False),
    ("500", "590", 10, "100", False), ("0", "1", 10, "100", False), ("1000", "1100", 10, None, True),
    ("1000", "1050", 0, "100", False),
])  # fmt: skip
def test_both_limits_of_the_tolerance(old: str, new: str, percent: int, limit: str | None, stands: bool) -> None:
    tolerance = Tolerance(percent, usd(limit) if limit else None)
    assert approvals_stand(usd(old), usd(new), tolerance, lambda money, to: money) is stands


def test_unknown_or_unconvertible_amounts_keep_nothing() -> None:
    tolerance = Tolerance(100, usd("1000000"))
    assert not approvals_stand(None, usd("1"), tolerance, lambda money, to: money)
    assert not approvals_stand(usd("1"), None, tolerance, lambda money, to: money)
    assert not approvals_stand(usd("1"), Money.of("1", "XAF"), tolerance, lambda money, to: None)
