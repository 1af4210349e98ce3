"""Laws of results: one set for each, the threshold, the draws, what is stored, what is refused."""

import json
import math
from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Context, Decimal, localcontext
from functools import cache
from pathlib import Path
from random import Random
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.impact import (
    AgeEvidence,
    Figures,
    ImpactReason,
    ImpactStatus,
    Indicator,
    InputFault,
    Inputs,
    Leg,
    Part,
    Result,
    Workshop,
)
from domain.impact.claims import LANGUAGES, claim
from domain.impact.draws import drawn, summed
from domain.impact.engine import assess, chosen
from domain.impact.extras import mass_proxy
from domain.impact.fleets import FleetOutcome, FleetStatement, FleetUnit, fleet_statement, inventory
from domain.impact.inventories import Emission, Emitted, emitted
from domain.impact.shown import lines, shown, stored
from domain.impact.spreads import wrong_spreads
from models import impact
from models.impact import factor_set

D = Decimal
S, R = ImpactStatus, ImpactReason
A, B = factor_set("ademe-2022"), factor_set("be-v2")
SETS = st.sampled_from([A, B])
CATEGORIES = st.sampled_from(["smartphone", "tablet", "laptop", "desktop"])
ANY = st.sampled_from(["smartphone", "tablet", "laptop", "desktop", "console_home", "e-bike"])
LIVES = st.decimals("0", "9", places=2)
STUDIED_OF_PHONES = ("GWP", "RAW", "WATER", "EWASTE")
DECLARED = st.fixed_dictionaries(
    {},
    optional={
        "parts": st.just([Part("SSD", D(256))]) | st.just([Part("SCREEN", D(1))]),
        "accessories": st.just(["PHONE_CHARGER"]),
        "legs": st.decimals("0", "20000", places=1).map(lambda km: [Leg(km)]),
        "workshop": st.just(Workshop(D(2), "PL")),
    },
)


def said(inputs: Inputs, factors=B) -> Result:
    found = assess(inputs, factors, drawn)
    assert isinstance(found, Result), found
    return found


@cache
def raw(set_id: str) -> dict[tuple[str, str, str], Decimal]:
    """The values of a set as its own documents hold them, read without our reader."""
    folder = Path(impact.__file__).parents[1] / "reference" / "impact"
    own, shared = (
        json.loads((folder / f"{name}.json").read_text()) for name in (set_id, "shared-1")
    )
    return {
        (row.get("category", ""), row.get("indicator", ""), row["symbol"]): D(row["value"])
        for row in (*shared["factors"], *own["factors"])
    }


@given(SETS, CATEGORIES, LIVES)
def test_a_result_is_of_one_set_and_of_no_value_of_another(factors, category: str, life: D) -> None:
    found = said(Inputs(category, first_life=life), factors)
    assert (found.factor_set, found.factor_set_sha256) == (factors.id, factors.sha256)
    own = raw(factors.id)
    named = "desktop_pro" if category == "desktop" else category
    new = own.get((named, "GWP", "N"))
    if new is None:
        return
    with localcontext(Context(prec=28)):
        first, second, least = (own[named, "", name] for name in ("L1", "L2", "LTHR"))
        spent = own[named, "GWP", "R"] + max(D(0), 1 - life / least) * new
        gross = second * new / first - spent
    assert found.figures
    assert stored(found.figures.gross) == stored(gross)


@given(SETS, st.integers(1, 9), st.integers(1, 9))
def test_a_sum_takes_no_number_from_another_set(factors, phones: int, tablets: int) -> None:
    units = [
        FleetUnit(FleetOutcome.RESOLD, Inputs(category, first_life=D(3)), times)
        for category, times in (("smartphone", phones), ("tablet", tablets))
    ]
    found = fleet_statement(units, factors, summed)
    assert isinstance(found, FleetStatement)
    assert (found.factor_set, found.factor_set_sha256) == (factors.id, factors.sha256)
    has_tablets = factors is B
    assert found.units_without_number == (0 if has_tablets else tablets)
    assert found.counted == phones + (tablets if has_tablets else 0)


@given(CATEGORIES, st.sampled_from(Indicator))
def test_a_listing_has_the_first_set_that_is_complete_and_a_sum_the_named_one(
    category: str, indicator: Indicator
) -> None:
    found = chosen([A, B], "desktop_pro" if category == "desktop" else category, indicator)
    of_study = {"smartphone": set(Indicator), "laptop": {Indicator.RAW, Indicator.EWASTE}}
    assert found is (A if indicator in of_study.get(category, set()) else B)
    assert impact.SUMS == "be-v2"


@pytest.mark.parametrize("source", ["be-v2", "a maker"])
def test_a_new_device_of_one_source_is_not_compared_by_the_set_of_another(source: str) -> None:
    found = said(Inputs("smartphone", first_life=D(3), new_source=source), A)
    assert (found.status, found.reasons) == (S.NOT_ESTABLISHED, (R.MIXED_SOURCES,))
    assert (found.figures, found.net_range) == (None, None)
    assert said(Inputs("smartphone", first_life=D(3), new_source=A.id), A).figures


@given(SETS, CATEGORIES, LIVES, st.integers(2, 1000))
def test_units_scale_linearly(factors, category: str, life: D, times: int) -> None:
    unit = FleetUnit(FleetOutcome.RESOLD, Inputs(category, first_life=life))
    one = fleet_statement([unit], factors, summed)
    many = fleet_statement([replace(unit, times=times)], factors, summed)
    assert isinstance(one, FleetStatement)
    assert isinstance(many, FleetStatement)
    assert abs(many.net - times * one.net) <= times * D("0.0000005") + D("0.0000005")
    assert many.units == times
    bought, each = (inventory([replace(unit, times=n)], factors) for n in (times, 1))
    assert bought.as_new == times * each.as_new
    assert bought.refurbished == times * each.refurbished
    if one.net_range and many.net_range:
        assert abs(many.net_range.p05 - times * one.net_range.p05) <= times * D("0.000001")
        assert one.share_not_positive == many.share_not_positive


@given(CATEGORIES, st.decimals("0", "40", places=2))
def test_the_threshold_burdens_a_shorter_life_and_rewards_no_longer_one(
    category: str, life: D
) -> None:
    named = "desktop_pro" if category == "desktop" else category
    least = B.need("LTHR", named).value
    found, at = said(Inputs(category, first_life=life)), said(Inputs(category, first_life=least))
    assert found.figures
    assert at.figures
    assert found.reduced is (life < least)
    burden = max(D(0), 1 - life / least) * B.need("N", named, "GWP").value
    assert stored(at.figures.gross - found.figures.gross) == stored(burden)
    if life >= least:
        assert (found.figures.gross, found.net_range) == (at.figures.gross, at.net_range)


@given(SETS, CATEGORIES, LIVES, DECLARED)
def test_the_draws_are_seeded_and_their_percentiles_in_order(
    factors, category: str, life: D, more: dict
) -> None:
    found, again = (said(Inputs(category, first_life=life, **more), factors) for _ in range(2))
    assert found == again
    if found.net_range is None or found.gross_range is None:
        return
    net, gross = found.net_range, found.gross_range
    assert net.p50 is not None
    assert gross.p50 is not None
    assert net.p05 <= net.p50 <= net.p95
    assert net.p05 <= gross.p05
    assert net.p95 <= gross.p95
    assert found.share_not_positive is not None
    assert (found.share_not_positive > D("0.05")) is (gross.p05 <= 0)


def test_the_draws_are_those_of_the_published_recipe() -> None:
    """A phone drawn again by the recipe itself, with no part of ours."""

    def tri(u: float, lo: float, mode: float, hi: float) -> float:
        if u < (mode - lo) / (hi - lo):
            return lo + math.sqrt((hi - lo) * (mode - lo) * u)
        return hi - math.sqrt((hi - lo) * (hi - mode) * (1 - u))

    stream, z = Random(20261123), NormalDist().inv_cdf
    gross, net = [], []
    for _ in range(10_000):
        u = [max(stream.random(), 2.0**-53) for _ in range(8)]
        new = 84.4 * math.exp(z(u[0]) * math.log(1.3) / 1.645)
        spent = 7.09 * math.exp(z(u[1]) * math.log(2) / 1.645)
        one = tri(u[3], 1, 2, 3) * new / tri(u[2], 2, 3, 4) - spent - new / 3
        gross.append(one)
        net.append(one - tri(u[4], 0.27, 0.29, 0.46) * max(0.0, one))
    found = said(Inputs("smartphone", first_life=D(2)), A)
    for values, drawn_as in ((gross, found.gross_range), (net, found.net_range)):
        assert drawn_as
        told = (drawn_as.p05, drawn_as.p50, drawn_as.p95)
        for q, value in zip((0.05, 0.5, 0.95), told, strict=True):
            assert value is not None
            assert float(value) == pytest.approx(
                sorted(values)[math.ceil(q * 10_000) - 1], abs=1e-5
            )
    assert found.share_not_positive == D(sum(each <= 0 for each in gross)) / 10_000


def test_the_draws_of_every_new_device_agree_with_what_can_be_computed() -> None:
    assert wrong_spreads(A) == wrong_spreads(B) == []
    key = ("smartphone", "", "L1")
    lives = A.factors[key]
    wide = replace(lives, spread=replace(lives.spread, low=0.1, high=5.9))
    told = wrong_spreads(replace(A, factors={**A.factors, key: wide}))
    assert len(told) == len(STUDIED_OF_PHONES)
    assert all(each.startswith("ademe-2022 smartphone") for each in told)


@given(st.lists(st.decimals("-1000000", "1000000", places=9), min_size=1, max_size=30))
def test_lines_sum_to_the_total_that_is_rounded_once(values: list[D]) -> None:
    found = lines(values)
    assert sum(found) == stored(sum(values, D(0)))
    assert all(abs(a - b) < D("0.000001") for a, b in zip(found, values, strict=True))


@given(st.decimals("-1000000", "1000000", places=6))
def test_what_is_shown_has_two_digits_and_changes_nothing_that_is_stored(value: D) -> None:
    text = shown(value)
    assert len(text.strip("-").replace(".", "").strip("0")) <= 2
    assert "E" not in text
    assert abs(D(text) - value) <= abs(value) * D("0.05")
    assert stored(value) == value


@given(SETS, CATEGORIES, LIVES)
def test_a_result_is_not_rounded_before_it_is_stored(factors, category: str, life: D) -> None:
    point = said(Inputs(category, first_life=life), factors).figures
    if point is None:
        return
    beta = factors.need("BETA").value
    with localcontext(Context(prec=28)):
        assert point.net == point.gross - beta * max(D(0), point.gross)
    if point.benefit_y is not None and point.new_y is not None:
        assert point.refurbished_y is not None
        with localcontext(Context(prec=28)):
            assert point.benefit_y == point.new_y - point.refurbished_y
    for each in fields(Figures):
        value = getattr(point, each.name)
        assert value is None or isinstance(value, D)


@given(SETS, ANY, st.sampled_from(Indicator), LIVES, DECLARED)
def test_what_is_not_favourable_has_a_reason_and_no_claim(
    factors, category: str, indicator: Indicator, life: D, more: dict
) -> None:
    found = said(Inputs(category, indicator, first_life=life, **more), factors)
    assert (found.status is S.FAVOURABLE) is (not found.reasons)
    bare = {R.NO_STUDY, R.NO_ABSOLUTE_VALUES, R.ONLY_A_RANGE, R.PART_WITHOUT_FACTOR,
            R.EXTRAS_NOT_COVERED}  # fmt: skip
    assert (found.figures is None) is bool(bare & set(found.reasons))
    assert (found.status is S.NOT_SUPPORTED) is (found.reasons == (R.NO_STUDY,))
    if found.status is S.UNFAVOURABLE:
        assert found.figures
        assert found.figures.gross <= 0
        assert found.reasons[0] in {R.SHORT_FIRST_LIFE, R.HEAVY_PARTS, R.HEAVY_TRANSPORT}
    for language in LANGUAGES:
        text = claim(found, language, category, D(2), D("0.29"), date(2026, 11, 23))
        assert (text is not None) is (found.status is S.FAVOURABLE)


@pytest.mark.parametrize(
    ("more", "reason"),
    [({"first_life": D("0.5")}, R.SHORT_FIRST_LIFE),
     ({"first_life": D(5), "parts": [Part("SSD", D(1000))]}, R.HEAVY_PARTS),
     ({"first_life": D(5), "legs": [Leg(D(50_000))]}, R.HEAVY_TRANSPORT)],
)  # fmt: skip
def test_what_weighs_most_is_the_reason_of_a_loss(more: dict, reason: R) -> None:
    found = said(Inputs("laptop", **more))
    assert (found.status, found.reasons) == (S.UNFAVOURABLE, (reason,))


def test_a_sum_whose_net_is_a_loss_is_no_benefit_though_its_gross_is_one() -> None:
    young, old = (Inputs("smartphone", first_life=D(life)) for life in ("1", "3"))

    def of(losses: int, gains: int) -> FleetStatement:
        lots = ((young, losses), (old, gains))
        units = [FleetUnit(FleetOutcome.RESOLD, inputs, n) for inputs, n in lots]
        found = fleet_statement(units, B, summed)
        assert isinstance(found, FleetStatement)
        return found

    # a young phone is -7.09 each way; an old one 45.920667 gross and 32.603673 net
    loss = of(11, 2)
    assert (loss.gross > 0, loss.net < 0) == (True, True)
    assert loss.status is S.UNFAVOURABLE
    for losses in range(1, 40):
        found = of(losses, 4)
        assert found.net_range
        if found.status is S.FAVOURABLE:
            assert found.net > 0
            assert found.net_range.p05 > 0
        elif found.net > 0 and found.gross > 0:
            assert found.reasons == (R.RANGE_INCLUDES_ZERO,)


TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("given_inputs", "field", "code"),
    [
        (Inputs(""), "category", "MISSING"),
        (Inputs("smartphone", first_life=D("-0.01")), "firstLife", "NEGATIVE"),
        (Inputs("smartphone", first_life=D("40.01")), "firstLife", "TOO_LARGE"),
        (Inputs("smartphone", refurbished_on=TODAY + timedelta(days=1), as_of=TODAY),
         "refurbishedOn", "IN_FUTURE"),
        (Inputs("smartphone", released_on=TODAY + timedelta(days=1), as_of=TODAY),
         "releasedOn", "IN_FUTURE"),
        (Inputs("smartphone", workshop=Workshop(D(-1), "FR")), "workshop.kwh", "NEGATIVE"),
        (Inputs("smartphone", workshop=Workshop(D(1), "XX")), "workshop.country",
         "COUNTRY_WITHOUT_FACTOR"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_field_and_code_and_never_guessed(
    given_inputs: Inputs, field: str, code: str
) -> None:
    assert assess(given_inputs, B, drawn) == InputFault(field, code)
    units = [FleetUnit(FleetOutcome.RESOLD, Inputs("laptop", first_life=D(5)))]
    told = fleet_statement([*units, FleetUnit(FleetOutcome.RESOLD, given_inputs)], B, summed)
    assert told == InputFault(f"units[1].{field}", code)


def test_a_category_nobody_studied_has_no_number_and_no_default() -> None:
    for category in ("spaceship", "SMARTPHONE", "phone"):
        found = said(Inputs(category, first_life=D(3)))
        assert (found.status, found.reasons) == (S.NOT_SUPPORTED, (R.NO_STUDY,))
        assert (found.figures, found.net_range, found.grade) == (None, None, None)


def test_a_part_is_no_heavier_than_its_device() -> None:
    assert mass_proxy(B, "smartphone", D(176), D(175)) == InputFault("partGrams", "SHARE_OVER_ONE")
    assert mass_proxy(B, "smartphone", D(0), D(175)) == InputFault("partGrams", "NOT_POSITIVE")
    assert mass_proxy(B, "smartphone", D(1), D(0)) == InputFault("deviceGrams", "NOT_POSITIVE")


def test_a_bound_of_the_model_at_the_threshold_is_an_assumption() -> None:
    found = said(Inputs("smartphone", first_life=D(3), evidence=AgeEvidence.RELEASE_BOUND))
    assert (found.evidence, found.grade) == (AgeEvidence.SCENARIO, "C")
    assert found.assumptions == ("FIRST_LIFE_ASSUMED",)


def test_an_inventory_refuses_what_cannot_be_and_has_no_deviation_of_nothing() -> None:
    good = Emission(1, D(1), D(1), D(0))
    bad = {
        "scope": (replace(good, scope=4), "UNKNOWN"),
        "category": (replace(good, category=3), "UNKNOWN"),
        "amount": (replace(good, amount=D(-1)), "NEGATIVE"),
        "factor": (replace(good, factor=D(-1)), "NEGATIVE"),
        "deviation": (replace(good, deviation=D(-1)), "NEGATIVE"),
    }
    for field, (line, code) in bad.items():
        assert emitted([good, line]) == InputFault(f"lines[1].{field}", code)
    assert emitted([replace(good, scope=3, category=16)]) == InputFault(
        "lines[0].category", "UNKNOWN"
    )
    assert emitted([]) == Emitted(D(0), D(0), None)
