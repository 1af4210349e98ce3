"""The prior price of an announced reduction: the golden values, and what holds of any history."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.offers.prior_price import (
    NoPriceHistory,
    NotAReduction,
    PriceChange,
    Reduction,
    first_day,
    prior_price,
    reduction,
    window_before,
)

ZONE = "Europe/Paris"


def day(month: int, number: int) -> datetime:
    """Midnight in Paris, where the clocks go back in the night that follows 25 October."""
    summer = (month, number) <= (10, 25)
    return datetime(2026, month, number, tzinfo=UTC) - timedelta(hours=2 if summer else 1)


def changes(middle: int = 28_000) -> list[PriceChange]:
    """300 from 10-01, `middle` from 10-20, 310 from 10-25."""
    return [
        PriceChange(day(10, 1), 30_000),
        PriceChange(day(10, 20), middle),
        PriceChange(day(10, 25), 31_000),
    ]


def announced(start: datetime, price: int, middle: int = 28_000):
    return reduction(changes(middle), window_before(start, 30, ZONE), price)


def test_the_golden_reduction_of_eleven_percent() -> None:
    found = announced(day(11, 10), 24_900)

    assert isinstance(found, Reduction)
    assert (found.prior_minor, found.percent) == (28_000, 11)
    assert first_day(found.window, ZONE).isoformat() == "2026-10-11"


def test_a_reduction_below_one_percent_is_announced_without_a_percentage() -> None:
    found = announced(day(11, 10), 27_900)

    assert isinstance(found, Reduction)
    assert (found.prior_minor, found.percent) == (28_000, None)


@pytest.mark.parametrize(
    ("price", "middle", "prior"),
    [
        pytest.param(28_000, 28_000, 28_000, id="the same price"),
        pytest.param(27_900, 25_000, 25_000, id="it was cheaper inside the window"),
    ],
)
def test_a_price_that_is_not_below_the_prior_one_is_no_reduction(
    price: int, middle: int, prior: int
) -> None:
    found = announced(day(11, 10), price, middle)

    assert isinstance(found, NotAReduction)
    assert (found.code, found.prior_minor) == ("NOT_A_REDUCTION", prior)


@pytest.mark.parametrize(
    ("start", "first", "prior"),
    [
        pytest.param(day(11, 23), "2026-10-24", 28_000, id="the last day of 280 counts"),
        pytest.param(day(11, 24), "2026-10-25", 31_000, id="280 ended as the window begins"),
    ],
)
def test_the_window_is_half_open_at_both_ends(start: datetime, first: str, prior: int) -> None:
    window = window_before(start, 30, ZONE)

    assert first_day(window, ZONE).isoformat() == first
    assert prior_price(changes(), window) == prior


def test_what_was_not_published_does_not_count_and_without_history_nothing_is_announced() -> None:
    hidden = [PriceChange(day(10, 1), 30_000), PriceChange(day(10, 5), None)]
    window = window_before(day(11, 10), 30, ZONE)

    assert prior_price([*hidden, PriceChange(day(11, 1), 29_000)], window) == 29_000
    assert isinstance(reduction(hidden, window, 10), NoPriceHistory)
    assert isinstance(reduction([], window, 10), NoPriceHistory)


def test_less_than_thirty_days_are_the_lowest_so_far() -> None:
    young = [PriceChange(day(11, 5), 20_000), PriceChange(day(11, 7), 26_000)]

    found = reduction(young, window_before(day(11, 10), 30, ZONE), 19_000)

    assert isinstance(found, Reduction)
    assert found.prior_minor == 20_000


START = datetime(2026, 11, 10, tzinfo=UTC)
histories = st.lists(
    st.tuples(st.integers(0, 24 * 90), st.one_of(st.none(), st.integers(1, 10**7))),
    unique_by=lambda each: each[0],
    max_size=30,
).map(
    lambda rows: [
        PriceChange(START - timedelta(hours=90 * 24 - hour), price) for hour, price in sorted(rows)
    ]
)


@given(histories, st.integers(1, 60))
def test_the_prior_price_is_the_lowest_of_any_hour_of_the_window(
    history: list[PriceChange], days: int
) -> None:
    window = window_before(START, days, "UTC")

    def published(at: datetime) -> int | None:
        past = [change.price_minor for change in history if change.at <= at]
        return past[-1] if past else None

    hours = [window.start + timedelta(hours=n) for n in range(days * 24)]
    seen = [price for price in map(published, hours) if price is not None]
    assert prior_price(history, window) == min(seen, default=None)


@given(histories, st.integers(1, 10**7))
def test_a_longer_window_never_raises_the_prior_price_and_a_percentage_never_flatters(
    history: list[PriceChange], price: int
) -> None:
    short, long = (prior_price(history, window_before(START, n, "UTC")) for n in (30, 45))
    assert short is None or (long is not None and long <= short)
    found = reduction(history, window_before(START, 30, "UTC"), price)
    if isinstance(found, Reduction):
        assert price < found.prior_minor
        off = found.percent or 0
        assert off * found.prior_minor <= (found.prior_minor - price) * 100
        assert (off + 1) * found.prior_minor > (found.prior_minor - price) * 100
