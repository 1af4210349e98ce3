"""Laws of the method: what can only make a device worse never makes it better."""

from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.impact import Figures, ImpactStatus, Inputs, Leg, Part, Result
from domain.impact.draws import drawn, summed
from domain.impact.engine import Comparison, assess, compared, plan
from domain.impact.factors import BadSet, FactorSet, read
from domain.impact.fleets import FleetOutcome, FleetStatement, FleetUnit, fleet_statement
from models.impact import LISTING, _document, factor_set

D = Decimal
BE = factor_set("be-v2")
CATEGORIES = st.sampled_from(["smartphone", "tablet", "laptop", "desktop"])
LIVES = st.decimals("0", "9", places=2)
KM = st.decimals("0", "20000", places=1)


def figures(inputs: Inputs, factors: FactorSet = BE) -> Figures:
    found = assess(inputs, factors, drawn)
    assert isinstance(found, Result)
    assert found.figures
    return found.figures


@given(CATEGORIES, LIVES, KM, KM)
def test_more_kilometres_never_help(category: str, life: Decimal, a: Decimal, b: Decimal) -> None:
    mode = "TRUCK_MEAN"
    near, far = sorted((a, b))
    less, more = (
        figures(Inputs(category, first_life=life, legs=[Leg(km, mode)])).net  # type: ignore[arg-type]
        for km in (near, far)
    )
    assert more <= less


@given(CATEGORIES, LIVES, st.decimals("0", "3", places=2))
def test_a_longer_second_life_never_harms(category: str, life: Decimal, more: Decimal) -> None:
    longer = dict(BE.factors)
    for key, factor in BE.factors.items():
        if key[2] == "L2":
            longer[key] = replace(factor, value=factor.value + more)
    inputs = Inputs(category, first_life=life)
    assert figures(inputs, replace(BE, factors=longer)).net >= figures(inputs).net


@given(CATEGORIES, LIVES, LIVES)
def test_a_longer_first_life_never_harms(category: str, a: Decimal, b: Decimal) -> None:
    short, long = sorted((a, b))
    older, younger = (figures(Inputs(category, first_life=each)).net for each in (long, short))
    assert older >= younger


@given(CATEGORIES, LIVES, st.decimals("1", "2000", places=0))
def test_a_new_part_never_helps_and_a_second_hand_one_never_harms(
    category: str, life: Decimal, size: Decimal
) -> None:
    plain = figures(Inputs(category, first_life=life)).net
    new = figures(Inputs(category, first_life=life, parts=[Part("SSD", size)])).net
    old = figures(Inputs(category, first_life=life, parts=[Part("SSD", size, second_hand=True)]))
    assert new <= plain == old.net


@given(CATEGORIES, LIVES)
def test_rebound_never_shrinks_a_loss(category: str, life: Decimal) -> None:
    found = figures(Inputs(category, first_life=life))
    assert found.net <= found.gross
    assert found.gross > 0 or found.net == found.gross


@given(CATEGORIES, LIVES)
def test_a_claim_has_a_benefit_in_nineteen_draws_of_twenty(category: str, life: Decimal) -> None:
    found = assess(Inputs(category, first_life=life), BE, drawn)
    assert isinstance(found, Result)
    if found.status is ImpactStatus.FAVOURABLE:
        assert found.share_not_positive is not None
        assert found.share_not_positive <= D("0.05")


@given(st.lists(st.tuples(CATEGORIES, LIVES, st.integers(1, 5)), min_size=1, max_size=8))
def test_a_fleet_is_the_sum_of_its_devices(units: list[tuple[str, Decimal, int]]) -> None:
    told = [
        FleetUnit(FleetOutcome.RESOLD, Inputs(category, first_life=life), times)
        for category, life, times in units
    ]
    one_by_one = [replace(unit, times=1) for unit in told for _ in range(unit.times)]
    Random(0).shuffle(one_by_one)
    whole, parts = fleet_statement(told, BE, summed), fleet_statement(one_by_one, BE, summed)
    assert isinstance(whole, FleetStatement)
    assert isinstance(parts, FleetStatement)
    assert whole.net == sum(part.net for part in whole.categories)
    exact = sum(figures(unit.inputs).net * unit.times for unit in told)
    assert abs(whole.net - exact) <= D("0.0000005")
    assert (whole.net, whole.units) == (parts.net, parts.units)
    assert whole.net_range
    assert parts.net_range
    assert abs(whole.net_range.p95 - parts.net_range.p95) < D("0.001")


def test_equal_devices_are_drawn_once_and_alike_in_any_order() -> None:
    of = compared(Inputs("laptop", first_life=D(5)), BE)
    assert isinstance(of, Comparison)
    first, again = drawn(plan(of)), drawn(plan(of))
    assert first is again


@pytest.mark.parametrize("set_id", LISTING)
def test_every_factor_of_a_set_is_founded(set_id: str) -> None:
    for factor in factor_set(set_id).factors.values():
        assert factor.source
        assert factor.unit
        assert factor.value >= 0


def test_a_set_is_one_with_the_document_it_names() -> None:
    document, shared = _document("be-v2"), _document("shared-1")
    changed = {**shared, "factors": [*shared["factors"][:-1]]}
    with pytest.raises(BadSet):
        read(document, changed)
    twice = {**document, "factors": [*document["factors"], document["factors"][0]]}
    with pytest.raises(BadSet):
        read(twice, shared)
