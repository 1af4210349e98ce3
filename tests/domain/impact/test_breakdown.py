"""What a figure is made of sums to it, and names what weighs."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from domain.impact import Indicator, Inputs, Leg, Part, Result, Workshop
from domain.impact.breakdown import breakdown
from domain.impact.draws import drawn
from domain.impact.engine import assess
from domain.impact.shown import stored
from models.impact import factor_set

D = Decimal
A, B = factor_set("ademe-2022"), factor_set("be-v2")


def named(inputs: Inputs, factors=A) -> dict[str, str]:
    return {each.name: f"{each.value:f}" for each in breakdown(inputs, factors)}


def test_a_phone_is_made_of_new_ones_less_refurbishing_less_rebound() -> None:
    # 2 * 84.4 / 3, 7.09, 0.29 * 49.176667: rows 1 and 16 of the method
    phone = Inputs("smartphone", first_life=D(3))
    assert named(phone) == {
        "NEW_DEVICE": "56.266667",
        "REFURBISHING": "-7.090000",
        "REBOUND": "-14.261234",
    }
    young = named(Inputs("smartphone", first_life=D(2)))
    assert young["FIRST_LIFE"] == "-28.133333"


def test_a_new_battery_and_a_leg_are_lines_of_their_own() -> None:
    said = named(Inputs("smartphone", first_life=D(3), parts=[Part("BATTERY", D("0.048"))],
                        legs=[Leg(D(9000), gross_kg=D("0.35"))]))  # fmt: skip
    assert said["PART_BATTERY"] == "-0.302784"
    assert D(said["LEG_AIR_LONG"]) == D("-3.258832")
    assert said["REFURBISHING"] == "-7.090000"


def test_a_service_that_was_published_alone_is_one_line() -> None:
    said = named(Inputs("laptop", first_life=D(5)))
    assert said == {"SERVICE": "81.000000", "REBOUND": "-23.490000"}


def test_what_has_no_number_is_made_of_nothing() -> None:
    assert breakdown(Inputs("console"), B) == ()
    assert breakdown(Inputs("smartphone", first_life=D(-1)), B) == ()
    assert breakdown(Inputs("tablet", first_life=D(3)), A) == ()


@given(
    st.sampled_from([A, B]),
    st.sampled_from(["smartphone", "tablet", "laptop", "desktop"]),
    st.sampled_from(Indicator),
    st.decimals("0", "9", places=2),
    st.booleans(),
)
def test_parts_sum_to_the_net_figure_to_the_last_digit(
    factors, category: str, indicator: Indicator, life: D, more: bool
) -> None:
    extra = {
        "parts": [Part("BATTERY", D("0.048"))], "accessories": ["PHONE_CHARGER"],
        "legs": [Leg(D("333.3"))], "packaging_kg": D("0.15"), "workshop": Workshop(D(1), "FR"),
        "cleaning_kg": D("0.1"),
    } if more else {}  # fmt: skip
    inputs = Inputs(category, indicator, first_life=life, as_of=date(2026, 11, 23), **extra)
    found = assess(inputs, factors, drawn)
    assert isinstance(found, Result)
    parts = breakdown(inputs, factors)
    if found.figures is None:
        assert parts == ()
        return
    assert sum((each.value for each in parts), D(0)) == stored(found.figures.net)
    assert all(each.value < 0 for each in parts[1:])
