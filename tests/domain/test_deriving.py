"""A price of another market becomes one here: its rate, its ending, its floor."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.markets.deriving import (
    Direction,
    Ending,
    EndingNotPossible,
    Rounding,
    derived,
    factor_of,
    rounding,
)
from domain.money import Currency

UP, NEAREST = Direction.UP, Direction.NEAREST
GBP, CHF, JPY, EUR = Currency.GBP, Currency.CHF, Currency.JPY, Currency.EUR
FACTORS = st.decimals("0.0001", "500", places=10)
MINORS = st.integers(1, 10_000_000_00)
HOW = st.sampled_from([(1, 0), (5, 0), (100, 0), (100, 1), (100, 5), (1000, 100), (3, 1)])


def how(ending: Ending, direction: Direction, currency: Currency = GBP, step: int = 1) -> Rounding:
    found = rounding(ending, direction, currency, step)
    assert isinstance(found, Rounding)
    return found


@pytest.mark.parametrize(
    ("ending", "direction", "expected"),
    [
        # 199.90 EUR at 0.85 is 169.915 GBP
        (Ending.EXACT, UP, 16992),
        (Ending.EXACT, NEAREST, 16992),  # half a step goes up
        (Ending.WHOLE, UP, 17000),
        (Ending.WHOLE, NEAREST, 17000),
        (Ending.NINETY_NINE, UP, 16999),
        (Ending.NINETY_NINE, NEAREST, 16999),
        (Ending.NINETY_FIVE, UP, 16995),
        (Ending.NINE, UP, 17900),
        (Ending.NINE, NEAREST, 16900),
    ],
)
def test_a_price_takes_the_ending_that_was_asked_for(
    ending: Ending, direction: Direction, expected: int
) -> None:
    assert derived(19990, Decimal("0.85"), how(ending, direction), 0) == expected


def test_minor_units_of_both_currencies_count() -> None:
    # 199.90 EUR at 162.76 is 32,535.724 yen; a yen has no cents
    factor = factor_of(Decimal("162.76"), EUR, JPY)

    assert factor == Decimal("1.6276")
    assert derived(19990, factor, how(Ending.WHOLE, UP, JPY), 0) == 32536
    assert derived(19990, factor, how(Ending.NINE, UP, JPY), 0) == 32539


def test_there_is_no_price_under_the_floor() -> None:
    exact = how(Ending.EXACT, UP)

    assert derived(10000, Decimal("0.85"), exact, 8500) == 8500
    assert derived(10000, Decimal("0.85"), exact, 8501) is None
    assert derived(20, Decimal("0.85"), how(Ending.WHOLE, NEAREST), 0) is None  # nothing is free


@pytest.mark.parametrize(
    ("ending", "currency", "step"),
    [(Ending.NINETY_NINE, CHF, 5), (Ending.NINETY_NINE, JPY, 1), (Ending.NINETY_FIVE, JPY, 1)],
)
def test_an_ending_that_the_market_cannot_pay_is_refused(
    ending: Ending, currency: Currency, step: int
) -> None:
    assert rounding(ending, UP, currency, step) == EndingNotPossible(ending)
    assert how(Ending.NINETY_FIVE, UP, CHF, 5) == Rounding(UP, 100, 5)


@given(MINORS, FACTORS, HOW, st.sampled_from(Direction))
def test_laws_of_a_derived_price(
    minor: int, factor: Decimal, of: tuple[int, int], direction: Direction
) -> None:
    step, less = of
    found = derived(minor, factor, Rounding(direction, step, less), 0)
    exact = minor * factor

    if found is None:
        assert exact <= step
        return
    assert (found + less) % step == 0
    if direction is UP:
        assert 0 <= found - exact < step
    else:
        assert -step <= 2 * (found - exact) <= step


@given(MINORS, MINORS, FACTORS, HOW, st.sampled_from(Direction))
def test_a_dearer_offer_never_becomes_the_cheaper_one(
    one: int, other: int, factor: Decimal, of: tuple[int, int], direction: Direction
) -> None:
    rule = Rounding(direction, *of)
    low, high = (derived(each, factor, rule, 0) or 0 for each in sorted((one, other)))

    assert low <= high
