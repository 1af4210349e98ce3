"""The register's laws: its lines add up to the last digit, and a class keeps what counts."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.canonical import canonical
from domain.impact import Indicator, Inputs, Leg, Part, Workshop
from domain.impact.kept import document, inputs_of, key
from domain.impact.register import ALREADY_COUNTED, INPUT_INVALID, NO_IDENTITY, postings, value
from domain.impact.shown import stored
from models.impact import factor_set

D = Decimal
BE, ADEME = factor_set("be-v2"), factor_set("ademe-2022")
VALUES = st.lists(st.decimals("-500", "500", places=14), max_size=60)
PARTS = st.lists(
    st.builds(Part, st.sampled_from(["SSD", "HDD"]), st.decimals("1", "900", places=2)), max_size=3
).map(tuple)
LEGS = st.lists(st.builds(Leg, st.decimals("0", "9000", places=1)), max_size=3).map(tuple)
DEVICES = st.builds(
    Inputs,
    st.sampled_from(["smartphone", "tablet", "laptop", "desktop", "console"]),
    first_life=st.none() | st.decimals("0", "9", places=2),
    parts=st.none() | PARTS,
    legs=st.none() | LEGS,
    packaging_kg=st.none() | st.decimals("0", "2", places=3),
    workshop=st.none() | st.just(Workshop(D(2), "FR")),
    household=st.booleans(),
)


@given(VALUES)
def test_lines_add_up_to_the_stored_sum_to_the_last_digit(values: list[Decimal]) -> None:
    lines = postings(values)
    assert sum(lines, D(0)) == stored(sum(values, D(0)))
    for line, each in zip(lines, values, strict=True):
        assert abs(line - each) <= D("0.000001")


@given(VALUES, VALUES)
def test_lines_that_come_later_go_on_where_the_sum_stood(
    first: list[Decimal], later: list[Decimal]
) -> None:
    assert postings(first + later) == postings(first) + postings(later, sum(first, D(0)))


@given(DEVICES, st.sampled_from([BE, ADEME]), st.sampled_from([Indicator.GWP, Indicator.RAW]))
def test_a_class_counts_what_its_device_counts_by_every_set(
    device: Inputs, factors: object, indicator: Indicator
) -> None:
    kept = document(device)
    again = inputs_of(kept, indicator)
    named = Inputs(
        device.category,
        indicator,
        first_life=device.first_life,
        parts=device.parts,
        legs=device.legs,
        packaging_kg=device.packaging_kg,
        workshop=device.workshop,
        household=device.household,
    )
    assert value(again, factors) == value(named, factors)  # type: ignore[arg-type]
    assert document(inputs_of(kept, Indicator.GWP)) == kept
    assert b"be-v2" not in canonical(kept)


def test_equal_devices_are_one_class_however_they_are_told() -> None:
    ssd, hdd = Part("SSD", D("256.0")), Part("HDD", D(500))
    one = Inputs("laptop", first_life=D("4.10"), parts=(ssd, hdd), legs=(Leg(D(10)), Leg(D(9))))
    other = Inputs(
        "laptop",
        first_life=D("4.1"),
        parts=(hdd, Part("SSD", D(256))),
        legs=(Leg(D("9.0")), Leg(D(10))),
    )
    assert key(document(one)) == key(document(other))
    assert key(document(one)) != key(document(Inputs("laptop", first_life=D("4.1"))))


@pytest.mark.parametrize(
    ("device", "net", "reason"),
    [
        pytest.param(Inputs("smartphone"), "32.603673", None, id="golden 6"),
        pytest.param(Inputs("laptop"), "57.51", None, id="golden 7"),
        pytest.param(Inputs("smartphone", first_life=D(1)), "-7.09", None, id="golden 39, a loss"),
        pytest.param(Inputs("console"), None, "NO_STUDY", id="golden 12"),
        pytest.param(
            Inputs("smartphone", parts=(Part("SCREEN", D(1)),)), None, "PART_WITHOUT_FACTOR",
            id="golden 36",
        ),
        pytest.param(
            Inputs("smartphone", parts=(Part("SCREEN", D(1), mass_share=D("0.2")),)), None,
            "GRADE_D", id="a proxy is in no total",
        ),
        pytest.param(Inputs("smartphone", Indicator.RAW), None, "NO_ABSOLUTE_VALUES", id="no set"),
        pytest.param(
            Inputs("smartphone", first_life=D(-1)), None, INPUT_INVALID, id="what cannot be"
        ),
    ],
)  # fmt: skip
def test_what_a_device_counts(device: Inputs, net: str | None, reason: str | None) -> None:
    found = value(device, BE)
    assert (None if found.net is None else stored(found.net)) == (None if net is None else D(net))
    assert found.reason == reason


def test_reasons_of_the_register_are_told_apart() -> None:
    assert len({NO_IDENTITY, ALREADY_COUNTED, INPUT_INVALID}) == 3
