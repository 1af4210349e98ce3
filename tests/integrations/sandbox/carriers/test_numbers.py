"""Tracking numbers have the shape and the check digits of their carriers."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean

from domain.shipments.carriers import TrackingApi as Api
from integrations.sandbox.carriers import Kind, number_for
from integrations.sandbox.carriers.numbers import (
    FIRST_HOUR,
    fedex_digit,
    fits,
    made_at,
    mod10,
    s10_digit,
    ups_digit,
)
from integrations.sandbox.carriers.parcels import KEPT, derived
from integrations.sandbox.carriers.scenarios import drawn_kind, kinds
from tests.integrations.sandbox.carriers.asking import CASES, PLAYED, START


def test_check_digits_are_those_of_known_numbers() -> None:
    assert ups_digit("999AA1012345678") == 4
    assert s10_digit("47312482") == 9
    assert fedex_digit("98657878885") == 5
    assert ean.is_valid("400638133393" + str(mod10("400638133393")))


@given(st.text("0123456789", min_size=7, max_size=21))
def test_the_check_digit_of_posts_is_that_of_article_numbers(digits: str) -> None:
    assert str(mod10(digits)) == ean.calc_check_digit(digits)


@pytest.mark.parametrize("api", PLAYED)
@given(seed=st.integers(), hours=st.integers(0, 90_000))
def test_a_number_fits_its_carrier_and_holds_its_hour(api, seed, hours) -> None:
    at = FIRST_HOUR + timedelta(hours=hours)
    number = number_for(api, seed, at + timedelta(minutes=59))

    assert fits(api, number)
    assert made_at(api, number) == at
    assert number == number_for(api, seed, at)


def test_numbers_of_many_seeds_differ() -> None:
    for api in PLAYED:
        count = 20 if api is Api.MONDIAL_RELAY else 300
        numbers = {number_for(api, seed, START) for seed in range(count)}
        assert len(numbers) >= count * 0.97, api


def test_a_time_before_numbers_began_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot hold"):
        number_for(Api.UPS, 1, FIRST_HOUR - timedelta(hours=1))


@pytest.mark.parametrize(("api", "division"), CASES)
def test_a_number_can_be_made_for_a_journey(api, division) -> None:
    for kind in set(kinds(api, division)) - {Kind.TIME_CHANGE}:
        if division == "svb" or (api is Api.MONDIAL_RELAY and kind is Kind.RECYCLED):
            continue
        number = number_for(api, 1, START, kind=kind, division=division or None)
        parcel = derived(api, number, START + timedelta(days=1))
        assert parcel.kind in {kind, Kind.PLAIN}
        assert parcel.division == division


def test_kinds_are_drawn_by_realistic_shares() -> None:
    drawn = [drawn_kind(Api.UPS, "", seed) for seed in range(5000)]
    shares = {kind: drawn.count(kind) / len(drawn) for kind in Kind}

    assert 0.60 < shares[Kind.PLAIN] < 0.69
    assert 0.09 < shares[Kind.PICKUP_POINT] < 0.13
    assert 0.003 < shares[Kind.LOST] < 0.015
    assert shares[Kind.TIME_CHANGE] == 0


def test_a_number_is_played_from_its_hour_on_and_not_for_ever() -> None:
    number = number_for(Api.UPS, 1, START)

    assert derived(Api.UPS, number, START - timedelta(seconds=1)) is None
    assert derived(Api.UPS, number, START) is not None
    assert derived(Api.UPS, number, START + KEPT + timedelta(hours=1)) is None
    assert derived(Api.UPS, "1Z999AA10123456784", START) is None
