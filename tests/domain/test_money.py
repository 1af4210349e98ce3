"""Money adds, multiplies and rounds exactly, in one currency at a time."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Currency, CurrencyMismatch, Money, divide_half_even

EUR, JPY = Currency.EUR, Currency.JPY


@pytest.mark.parametrize(
    ("currency", "digits"), [("EUR", 2), ("JPY", 0), ("KRW", 0), ("ISK", 0), ("HUF", 2)]
)
def test_digits_are_those_of_the_currency(currency: str, digits: int) -> None:
    assert Currency(currency).digits == digits


@pytest.mark.parametrize(
    ("amount", "money"),
    [
        (Decimal("305.00"), Money(30500, EUR)),
        (Decimal("0.1"), Money(10, EUR)),
        (Decimal("-1.490"), Money(-149, EUR)),
        (Decimal("45800.00"), Money(45800, JPY)),
        (Decimal("1E+3"), Money(1000, JPY)),
    ],
)
def test_an_amount_becomes_minor_units(amount: Decimal, money: Money) -> None:
    assert Money.of(amount, money.currency) == money


@pytest.mark.parametrize(
    ("amount", "currency"),
    [(Decimal("1.005"), EUR), (Decimal("19.5"), JPY), (Decimal("NaN"), EUR), (Decimal("inf"), EUR)],
)
def test_what_the_currency_cannot_hold_is_a_fault(amount: Decimal, currency: Currency) -> None:
    with pytest.raises(ValueError, match=r"more|not an amount"):
        Money.of(amount, currency)


def test_the_amount_shows_the_decimals_of_the_currency() -> None:
    assert str(Money(30500, EUR).amount) == "305.00"
    assert str(Money(45800, JPY).amount) == "45800"


def test_sums_and_differences_stay_in_the_currency() -> None:
    assert Money(150, EUR) + Money(49, EUR) == Money(199, EUR)
    assert Money(150, EUR) - Money(199, EUR) == Money(-49, EUR) == -Money(49, EUR)
    assert Money(1, EUR) < Money(2, EUR) <= Money(2, EUR)


def test_currencies_do_not_mix() -> None:
    euro, yen = Money(1, EUR), Money(1, JPY)
    with pytest.raises(CurrencyMismatch):
        _ = euro + yen
    with pytest.raises(CurrencyMismatch):
        _ = euro - yen
    with pytest.raises(CurrencyMismatch):
        _ = euro < yen
    with pytest.raises(CurrencyMismatch):
        _ = euro <= yen


@pytest.mark.parametrize(
    ("minor", "ratio", "expected"),
    [(5, "0.5", 2), (15, "0.5", 8), (25, "0.5", 12), (-5, "0.5", -2), (199, "1.2", 239)],
)
def test_a_product_is_rounded_half_to_even(minor: int, ratio: str, expected: int) -> None:
    assert Money(minor, EUR).times(Decimal(ratio)) == Money(expected, EUR)


def test_a_tax_rule_passes_its_own_rounding() -> None:
    assert Money(5, EUR).times(Decimal("0.5"), ROUND_HALF_UP) == Money(3, EUR)


def test_a_long_ratio_is_not_rounded_twice() -> None:
    ratio = Decimal("0.5" + "0" * 40 + "1")
    assert Money(5, EUR).times(ratio) == Money(3, EUR)


@given(st.integers(-(10**15), 10**15), st.sampled_from(list(Currency)))
def test_an_amount_comes_back_as_the_same_money(minor: int, currency: Currency) -> None:
    assert Money.of(Money(minor, currency).amount, currency) == Money(minor, currency)


@given(st.integers(), st.integers().filter(bool))
def test_division_rounds_as_exact_fractions_do(numerator: int, denominator: int) -> None:
    assert divide_half_even(numerator, denominator) == round(Fraction(numerator, denominator))
