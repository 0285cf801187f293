"""Money is Decimal, of one currency, and rounded half up to cents."""

from __future__ import annotations

from decimal import Decimal

import pytest

from reconciler.model.money import Money, total


def eur(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


@pytest.mark.parametrize(
    ("exact", "rounded"), [("0.005", "0.01"), ("0.004", "0.00"), ("-0.005", "-0.01"), ("2.675", "2.68")]
)
def test_cents_are_rounded_half_up(exact: str, rounded: str) -> None:
    assert eur(exact).cents() == eur(rounded)


def test_a_share_is_rounded_once() -> None:
    assert eur("10").share(1, 3) == eur("3.33")


def test_currencies_are_not_mixed() -> None:
    with pytest.raises(ValueError, match="EUR with USD"):
        eur("1") + Money(Decimal(1), "USD")
    with pytest.raises(ValueError, match="EUR with USD"):
        eur("1") - Money(Decimal(1), "USD")


def test_sums_are_exact_where_floats_are_not() -> None:
    assert total([eur("0.10")] * 3, currency="EUR") == eur("0.30")
    assert total([], currency="EUR") == eur("0.00")
    assert -eur("1.10") - eur("2.20") == eur("-3.30")
    assert eur("1.10") * 3 == eur("3.30")


def test_money_is_shown_with_two_decimals() -> None:
    assert (str(eur("5")), str(eur("5.005"))) == ("5.00", "5.01")
