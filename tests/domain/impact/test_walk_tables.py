"""The tables of factors, thresholds and spreads of the method, each value typed from them."""

import math
from decimal import Decimal

import pytest

from domain.impact import ImpactStatus, Indicator, Inputs
from domain.impact.draws import drawn, uniforms
from domain.impact.engine import assess, keep_y
from domain.impact.spreads import service_spread
from models.impact import factor_set
from tests.domain.impact import of, six

D = Decimal
A, B = factor_set("ademe-2022"), factor_set("be-v2")
PHONE = Inputs("smartphone", first_life=D(3))

# indicator: N, R, avoided a year as published, and its grade
STUDY = {
    "GWP": ("84.4", "7.09", "24.588333", "A"),
    "RAW": ("266", "23.1", "77.116667", "A"),
    "WATER": ("89100", "12100", "23650", "D"),
    "EWASTE": ("200", "22", "55.666667", "B"),
}


@pytest.mark.parametrize("indicator", STUDY)
def test_the_study_of_2022_holds_its_phones(indicator: str) -> None:
    new, spent, year, grade = STUDY[indicator]
    assert [six(A.need(s, "smartphone", indicator).value) for s in ("N", "R")] == [new, spent]
    assert A.need("N", "smartphone", indicator).grade == grade
    found = of("smartphone", "3", "ademe-2022", indicator=Indicator(indicator)).figures
    assert found
    assert six(found.benefit_y) == year


def test_what_the_study_published_a_year_agrees_with_its_values() -> None:
    for indicator, published in {"GWP": "24.6", "RAW": "76.9"}.items():
        year = D(STUDY[indicator][2])
        assert abs(year - D(published)) <= D("0.3")
    laptops = {"GWP": "27", "RAW": "127", "EWASTE": "314"}
    for indicator, published in laptops.items():
        assert six(A.need("AVOIDED_PER_YEAR", "laptop", indicator).value) == published
    assert D(2_800_000) * D("24.6") / 1000 == 68_880


# category: manufacture, distribution, end of life, N, R, grade of R
BASE = {
    "smartphone": ("77.0", "2.27", "0.246", "79.516", "7.09", "B"),
    "tablet": ("80.5", "3.43", "0.364", "84.294", "30.34584", "C"),
    "laptop": ("170.0", "12.3", "2.79", "185.09", "30.054", "B"),
    "desktop_home": ("259.0", "2.94", "6.61", "268.55", "103.1232", "C"),
    "desktop_pro": ("203.0", "1.85", "6.61", "211.46", "81.20064", "C"),
}
LIVES = {"smartphone": (3, 2, 3), "tablet": (3, 2, 3), "laptop": (5, 3, 5),
         "desktop_home": (5, 3, 5), "desktop_pro": (5, 3, 5)}  # fmt: skip


@pytest.mark.parametrize("category", BASE)
def test_base_empreinte_holds_its_five_categories(category: str) -> None:
    made, moved, ended, new, spent, grade = BASE[category]
    assert D(made) + D(moved) + D(ended) == D(new) == B.need("N", category, "GWP").value
    assert B.need("N_MANUFACTURE", category, "GWP").value == D(made)
    found = B.need("R", category, "GWP")
    assert (six(found.value), found.grade, B.need("N", category, "GWP").grade) == (
        spent,
        grade,
        "A",
    )
    for factors in (A, B):
        lives = tuple(int(factors.need(s, category).value) for s in ("L1", "L2", "LTHR"))
        assert lives == LIVES[category]


def test_refurbishing_follows_the_rule_that_was_fixed_for_it() -> None:
    n = {category: D(row[3]) for category, row in BASE.items()}
    assert six((1 - D("0.46")) * n["tablet"] * 2 / 3) == "30.34584"
    assert six((n["laptop"] / 5 - 27) * 3) == "30.054"
    assert six((1 - D("0.36")) * n["desktop_home"] * 3 / 5) == "103.1232"
    assert six((1 - D("0.36")) * n["desktop_pro"] * 3 / 5) == "81.20064"


SHARED = {
    "BETA": "0.29", "PART_SSD": "0.155282", "PART_HDD": "0.007", "PART_BATTERY": "6.308",
    "ACCESSORY_PHONE_CHARGER": "0.4153", "ACCESSORY_LAPTOP_CHARGER": "4.192",
    "PACKAGING_CARDBOARD": "1.29", "LEG_VAN_DIESEL": "0.78225", "LEG_VAN_ELECTRIC": "0.27625",
    "LEG_TRUCK_RIGID": "0.2408", "LEG_TRUCK_ARTICULATED": "0.09502", "LEG_TRUCK_MEAN": "0.12522",
    "LEG_RAIL": "0.0347", "LEG_SHIP_CONTAINER": "0.01977", "LEG_SHIP_RORO": "0.06328",
    "LEG_AIR_SHORT": "1.4835", "LEG_AIR_SHORT_WITHOUT_RF": "0.96054", "LEG_AIR_LONG": "1.03455",
    "LEG_AIR_LONG_WITHOUT_RF": "0.66646", "GRID_FR": "56.039", "GRID_SE": "40.695",
    "GRID_FI": "79.158", "GRID_AT": "110.812", "GRID_ES": "174.05", "GRID_GB": "237.589",
    "GRID_IT": "330.718", "GRID_US": "369.473", "GRID_DE": "380.95", "GRID_KR": "430.567",
    "GRID_CZ": "449.724", "GRID_JP": "485.392", "GRID_CN": "582.317", "GRID_PL": "661.926",
    "GRID_HK": "699.499",
}  # fmt: skip
BY_CATEGORY = {
    "USE": ("4.928", "18.25", "29.017", "102.2", "153.3"),
    "GROSS_MASS": ("0.35", "0.9", "3", "9", "9"),
}
GRADES = {"PART": "C", "BETA": "B", "ACCESSORY": "B", "PACKAGING": "B", "LEG": "B", "GRID": "B"}


def test_shared_factors_are_the_listed_ones_in_every_set() -> None:
    for factors in (A, B):
        assert {name: six(factors.need(name).value) for name in SHARED} == SHARED
        for name in SHARED:
            assert factors.need(name).grade == GRADES[name.partition("_")[0]]
        for symbol, values in BY_CATEGORY.items():
            assert tuple(six(factors.need(symbol, c).value) for c in BASE) == values


def test_spreads_are_the_listed_ones() -> None:
    beta = B.need("BETA").spread
    assert (beta.kind, beta.low, beta.mode, beta.high) == ("triangular", 0.27, 0.29, 0.46)
    assert A.need("N", "smartphone", "GWP").spread.half_width == 0.3
    assert A.need("N", "smartphone", "EWASTE").spread.half_width == 0.2
    assert A.need("R", "smartphone", "GWP").spread.half_width == 1
    assert B.need("R", "laptop", "GWP").spread.half_width == 1
    assert B.need("R", "tablet", "GWP").spread.kind == "fixed"
    for name, typed in {"LEG_RAIL": "0.3", "GRID_FR": "0.2", "PART_SSD": "0.5"}.items():
        assert B.need(name).half_width == D(typed)
    for category, typed_lives in {
        "tablet": (2, 3, 4, 1, 2, 3),
        "laptop": (3, 5, 7, 2, 3, 4),
    }.items():
        lives = [B.need(s, category).spread for s in ("L1", "L2")]
        assert tuple(x for s in lives for x in (s.low, s.mode, s.high)) == typed_lives


def test_factor_2_of_refurbishing_is_its_half_and_its_double() -> None:
    z = math.log1p(1) / 1.645
    assert round(7.09 * math.exp(-1.645 * z), 1) == 3.5
    assert round(7.09 * math.exp(1.645 * z)) == 14
    assert (round(30.054 * math.exp(-1.645 * z)), round(30.054 * math.exp(1.645 * z))) == (15, 60)


def test_the_draws_agree_with_the_analytic_spread() -> None:
    assert [round(row[0], 12) for row in uniforms()[:3]] == [
        0.754846904991, 0.897481649852, 0.654982041522,
    ]  # fmt: skip
    found = service_spread(A, "smartphone", Indicator.GWP)
    assert round(found.sigma_new, 4) == 0.1595
    assert round(found.variance_life, 4) == 0.0185
    assert round(found.analytic, 4) == 0.2097
    assert round(found.drawn, 4) == 0.2100


@pytest.mark.parametrize(
    ("set_id", "category", "most", "unfavourable", "favourable", "whole"),
    [("ademe-2022", "smartphone", 310, "1.26", "2.05", "3"),
     ("be-v2", "laptop", 510, "2.82", "4.1", "5")],
)  # fmt: skip
def test_the_first_lives_at_which_the_status_changes(
    set_id: str, category: str, most: int, unfavourable: str, favourable: str, whole: str
) -> None:
    lives = [D(n) / 100 for n in range(100, most)]
    said = {life: of(category, str(life), set_id) for life in lives}
    worse = [t for t, found in said.items() if found.status is ImpactStatus.UNFAVOURABLE]
    good = [t for t, found in said.items() if found.status is ImpactStatus.FAVOURABLE]
    assert max(worse) + D("0.01") == D(unfavourable)
    assert abs(min(good) - D(favourable)) <= D("0.03")
    assert next(t for t in good if not said[t].reduced) == D(whole)
    assert len(good) == len([t for t in lives if t >= min(good)])


def test_a_phone_that_is_kept_beats_the_chain_and_domain_figures_agree() -> None:
    found = of("smartphone", "3", "ademe-2022").figures
    assert found
    assert found.whole_life_y is not None
    assert f"{keep_y(A, PHONE, D(6)):.2f}" == "14.07"
    assert f"{found.whole_life_y:.2f}" == "18.30"
    years = {"3": "24.588333", "2": "10.521667", "1.5": "3.488333", "1": "-3.545"}
    for life, typed in years.items():
        figures = of("smartphone", life, "ademe-2022").figures
        assert figures
        assert six(figures.benefit_y) == typed


def test_a_device_is_at_best_b() -> None:
    found = assess(PHONE, A, drawn)
    assert getattr(found, "grade", None) == "B"
