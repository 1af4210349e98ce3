"""The golden values of the method, each typed from its definition."""

from datetime import date
from decimal import Decimal

import pytest

from domain.impact import (
    AgeEvidence,
    ImpactGrade,
    ImpactReason,
    ImpactStatus,
    Indicator,
    InputFault,
    Inputs,
    Leg,
    LegMode,
    Part,
    RBasis,
    Workshop,
)
from domain.impact.draws import drawn as draws
from domain.impact.draws import summed, uniforms
from domain.impact.engine import assess, keep_y, use_y
from domain.impact.extras import mass_proxy
from domain.impact.fleets import (
    FleetOutcome,
    FleetStatement,
    FleetUnit,
    PartsSold,
    fleet_statement,
)
from domain.impact.shown import shown, stored
from models.impact import factor_set
from tests.domain.impact import near, of, six

D = Decimal
SETS = {"A": "ademe-2022", "B": "be-v2"}
STATUS = {
    "FAV": ImpactStatus.FAVOURABLE,
    "NOT": ImpactStatus.NOT_ESTABLISHED,
    "UN": ImpactStatus.UNFAVOURABLE,
}
S, R = ImpactStatus, ImpactReason
ADEME, BE = factor_set("ademe-2022"), factor_set("be-v2")
PHONE = {"set_id": "ademe-2022"}


def test_the_first_draws_are_the_published_ones() -> None:
    first = [row[0] for row in uniforms()[:3]]
    assert [round(u, 12) for u in first] == [0.754846904991, 0.897481649852, 0.654982041522]


# set, category, indicator, first life, what is computed, at six places
POINTS = [
    ("A", "smartphone", "GWP", "3", "77.31 28.133333 3.545 24.588333 49.176667 34.915433"),
    ("A", "smartphone", "RAW", "3", "242.9 88.666667 11.55 77.116667 154.233333 109.505667"),
    ("A", "smartphone", "EWASTE", "3", "178 66.666667 11 55.666667 111.333333 79.046667"),
    ("B", "smartphone", "GWP", "3", "72.426 26.505333 3.545 22.960333 45.920667 32.603673"),
    ("B", "laptop", "GWP", "5", "155.036 37.018 10.018 27 81 57.51"),
    ("B", "tablet", "GWP", "3", "53.94816 28.098 15.17292 12.92508 25.85016 18.353614"),
    ("B", "desktop", "GWP", "5", "130.25936 42.292 27.06688 15.22512 45.67536 32.429506"),
    ("A", "smartphone", "GWP", "2.99",
     "77.028667 28.133333 3.685667 24.447667 48.895333 34.715687"),
    ("A", "smartphone", "GWP", "2", "49.176667 28.133333 17.611667 10.521667 21.043333 14.940767"),
    ("A", "smartphone", "GWP", "1.26", "28.358 28.133333 28.021 0.112333 0.224667 0.159513"),
    ("A", "smartphone", "GWP", "1.25",
     "28.076667 28.133333 28.161667 -0.028333 -0.056667 -0.056667"),
    ("A", "smartphone", "GWP", "1", "21.043333 28.133333 31.678333 -3.545 -7.09 -7.09"),
    ("A", "smartphone", "GWP", "0",
     "-7.09 28.133333 45.745 -17.611667 -35.223333 -35.223333"),
    ("A", "smartphone", "RAW", "1", "65.566667 88.666667 100.216667 -11.55 -23.1 -23.1"),
    ("B", "laptop", "GWP", "4", "118.018 37.018 22.357333 14.660667 43.982 31.22722"),
    ("B", "laptop", "GWP", "4.10", "121.7198 37.018 21.1234 15.8946 47.6838 33.855498"),
    ("B", "laptop", "GWP", "2", "43.982 37.018 47.036 -10.018 -30.054 -30.054"),
]  # fmt: skip


@pytest.mark.parametrize(("set_id", "category", "indicator", "life", "golden"), POINTS)
def test_points(set_id: str, category: str, indicator: str, life: str, golden: str) -> None:
    found = of(category, life, SETS[set_id], indicator=Indicator(indicator)).figures
    assert found is not None
    told = (
        found.device_for_device,
        found.new_y,
        found.refurbished_y,
        found.benefit_y,
        found.gross,
        found.net,
    )
    assert " ".join(six(value) for value in told) == golden


def test_a_household_computer_has_values_of_its_own() -> None:
    found = of("desktop", household=True).figures
    assert found
    assert (six(found.benefit_y), six(found.gross), six(found.net)) == (
        "19.3356",
        "58.0068",
        "41.184828",
    )


# set, category, indicator, life; p05 p50 p95 of net; share without benefit; status, reason, grade
RANGES = [
    ("A", "smartphone", "GWP", "3", "16.273 31.999 55.048", "0.0000", "FAV", None, "B"),
    ("A", "smartphone", "RAW", "3", "53.108 101.438 174.003", None, "FAV", None, "B"),
    ("A", "smartphone", "EWASTE", "3", "38.809 73.448 122.051", None, "FAV", None, "B"),
    ("B", "smartphone", "GWP", "3", "14.963 29.863 51.561", None, "FAV", None, "B"),
    ("B", "laptop", "GWP", "5", "20.160 52.719 97.013", "0.0056", "FAV", None, "B"),
    ("B", "tablet", "GWP", "3", None, "0.0269", "FAV", None, "C"),
    ("B", "desktop", "GWP", "5", None, "0.0445", "FAV", None, "C"),
    ("A", "laptop", "GWP", "5", "36.502 52.982 76.172", None, "FAV", None, "B"),
    ("A", "smartphone", "GWP", "6", "16.273 31.999 55.048", None, "FAV", None, "B"),
    ("A", "smartphone", "GWP", "2.05", None, "0.0493", "FAV", None, "B"),
    ("A", "smartphone", "GWP", "2", None, "0.0634", "NOT", "RANGE_INCLUDES_ZERO", "B"),
    ("A", "smartphone", "GWP", "1.26", None, "0.5060", "NOT", "RANGE_INCLUDES_ZERO", "B"),
    ("A", "smartphone", "GWP", "1.25", None, None, "UN", "SHORT_FIRST_LIFE", "B"),
    ("A", "smartphone", "GWP", "0", None, None, "UN", "SHORT_FIRST_LIFE", "B"),
    ("B", "laptop", "GWP", "4", None, "0.0588", "NOT", "RANGE_INCLUDES_ZERO", "B"),
    ("B", "laptop", "GWP", "4.10", None, "0.0471", "FAV", None, "B"),
    ("B", "laptop", "GWP", "2", None, None, "UN", "SHORT_FIRST_LIFE", "B"),
]  # fmt: skip


@pytest.mark.parametrize("golden", RANGES)
def test_ranges_and_what_may_be_said(golden: tuple[str | None, ...]) -> None:
    set_id, category, indicator, life, net, share, status, reason, worst = golden
    assert set_id
    assert category
    assert life
    assert status
    found = of(category, life, SETS[set_id], indicator=Indicator(indicator))
    assert found.net_range is not None
    if net is not None:
        drawn = (found.net_range.p05, found.net_range.p50, found.net_range.p95)
        assert all(near(*each) for each in zip(drawn, net.split(), strict=True)), drawn
    if share is not None:
        assert found.share_not_positive == D(share)
    assert found.status == STATUS[status]
    assert found.reasons == ((R(reason),) if reason else ())
    assert found.grade == worst
    assert found.reduced == (D(life) < (5 if category in {"laptop", "desktop"} else 3))


def test_the_gross_range_of_a_phone() -> None:
    drawn = of("smartphone", **PHONE).gross_range
    assert drawn
    assert near(drawn.p05, "24.836")
    assert near(drawn.p50, "48.537")
    assert near(drawn.p95, "82.876")
    short = of("smartphone", "2", **PHONE).gross_range
    assert short
    assert near(short.p05, "-1.303")


def test_water_is_too_weak_to_be_said() -> None:
    found = of("smartphone", indicator=Indicator.WATER, **PHONE)
    assert (found.status, found.reasons) == (S.NOT_ESTABLISHED, (R.GRADE_D,))
    assert found.figures
    assert found.net_range
    told = (found.figures.device_for_device, found.figures.benefit_y, found.figures.gross)
    assert [six(value) for value in told] == ["77000", "23650", "47300"]
    assert (six(found.net_range.p05), found.net_range.p50) == ("6757.142857", None)
    assert six(found.net_range.p95) == "47300"


@pytest.mark.parametrize(
    ("category", "life", "set_id", "status", "reason"),
    [
        ("laptop", "4.99", "ademe-2022", S.NOT_ESTABLISHED, R.NO_ABSOLUTE_VALUES),
        ("tablet", "3", "ademe-2022", S.NOT_ESTABLISHED, R.ONLY_A_RANGE),
        ("console", "3", "be-v2", S.NOT_SUPPORTED, R.NO_STUDY),
        ("console", "3", "ademe-2022", S.NOT_SUPPORTED, R.NO_STUDY),
    ],
)
def test_what_has_no_values_has_no_number(
    category: str, life: str, set_id: str, status: S, reason: R
) -> None:
    found = of(category, life, set_id)
    assert (found.status, found.reasons, found.figures) == (status, (reason,), None)
    assert found.net_range is None


def test_a_longer_first_life_gives_no_bonus_but_a_longer_whole() -> None:
    three, six_years = of("smartphone", "3", **PHONE), of("smartphone", "6", **PHONE)
    assert three.figures
    assert six_years.figures
    assert three.figures.gross == six_years.figures.gross
    assert six(three.figures.whole_life_y) == "18.298"
    assert six(six_years.figures.whole_life_y) == "11.43625"


def test_break_even_lives() -> None:
    golden = {"laptop": "2.811875", "tablet": "2.08", "desktop": "3.92"}
    for category, years in golden.items():
        found = of(category).figures
        assert found
        assert six(found.break_even) == years
    phone = of("smartphone", **PHONE).figures
    assert phone
    assert six(phone.break_even) == "1.252014"


def test_an_unknown_age_is_bounded_by_the_model() -> None:
    found = of(
        "smartphone", released_on=date(2025, 6, 1), refurbished_on=date(2026, 11, 23), **PHONE
    )
    assert (found.first_life, found.evidence) == (D("1.47"), AgeEvidence.RELEASE_BOUND)
    assert found.figures
    assert six(found.figures.gross) == "6.132667"
    assert found.share_not_positive == D("0.3447")
    assert found.status is S.NOT_ESTABLISHED
    old = of("smartphone", released_on=date(2019, 6, 1), refurbished_on=date(2026, 11, 23), **PHONE)
    assert (old.evidence, old.grade) == (AgeEvidence.SCENARIO, ImpactGrade.C)
    assert old.assumptions == ("FIRST_LIFE_ASSUMED",)


def part(kind: str, quantity: str, *, old: bool = False) -> Part:
    return Part(kind, D(quantity), second_hand=old)


# parts of a laptop; gross, share, status, grade
PARTS = [
    (part("SSD", "500"), "3.359", "0.4854", S.NOT_ESTABLISHED, "C"),
    (part("SSD", "256"), "41.247808", "0.1093", S.NOT_ESTABLISHED, "C"),
    (part("SSD", "1000"), "-74.282", None, S.UNFAVOURABLE, "C"),
    (part("SSD", "500", old=True), "81", "0.0056", S.FAVOURABLE, "B"),
    (part("HDD", "1000"), "74", "0.0090", S.FAVOURABLE, "C"),
    (Part("SCREEN", D(1), factor=D(81), evidence="its maker"), "0", None, S.UNFAVOURABLE, "B"),
]


@pytest.mark.parametrize(("new", "gross", "share", "status", "grade"), PARTS)
def test_parts_of_a_laptop(new: Part, gross: str, share: str | None, status: S, grade: str) -> None:
    found = of("laptop", parts=[new])
    assert found.figures
    assert six(found.figures.gross) == gross
    assert (found.status, found.grade) == (status, grade)
    if share is not None:
        assert found.share_not_positive == D(share)
    if status is S.UNFAVOURABLE:
        assert found.reasons == (R.HEAVY_PARTS,)


AIR = Leg(D(9000), LegMode.AIR_LONG, D("0.35"))
LEGS = [
    ([AIR], "3.258832", "45.917834"),
    ([Leg(D(9000), LegMode.AIR_LONG_WITHOUT_RF, D("0.35"))], "2.099349", None),
    ([Leg(D(9000), LegMode.SHIP_CONTAINER, D("0.35"))], "0.062276", "49.114391"),
    ([Leg(D(9000), LegMode.TRUCK_MEAN, D("0.35"))], "0.394443", None),
    ([Leg(D(600), LegMode.TRUCK_MEAN), Leg(D(30), LegMode.VAN_DIESEL)], "0.034510", None),
    ([Leg(D(9000))], "3.258832", "45.917834"),
]


@pytest.mark.parametrize(("legs", "on_top", "gross"), LEGS)
def test_ways_of_a_phone(legs: list[Leg], on_top: str, gross: str | None) -> None:
    found = of("smartphone", legs=legs, **PHONE)
    assert stored(sum((item.kg for item in found.items), D(0))) == D(on_top)
    if gross is not None:
        assert found.figures
        assert stored(found.figures.gross) == D(gross)


def test_a_phone_by_air() -> None:
    found = of("smartphone", legs=[AIR], **PHONE)
    assert found.figures
    assert stored(found.figures.net) == D("32.601662")
    drawn = found.net_range
    assert drawn
    assert near(drawn.p05, "14.112")
    assert near(drawn.p50, "29.846")
    assert near(drawn.p95, "52.930")


def test_battery_charger_and_cardboard() -> None:
    found = of(
        "smartphone",
        parts=[part("BATTERY", "0.048")],
        accessories=["PHONE_CHARGER"],
        packaging_kg=D("0.150"),
        **PHONE,
    )
    assert [six(item.kg) for item in found.items] == ["0.302784", "0.4153", "0.1935"]
    assert found.figures
    assert six(found.figures.gross) == "48.265083"
    assert (six(found.figures.net), found.grade) == ("34.268209", "B")
    assert found.r_basis is RBasis.MEAN_PLUS_DECLARED


@pytest.mark.parametrize(
    ("cleaning", "gross", "net", "floored"),
    [("2.0", "52.721667", "37.432383", True), ("5.0", "50.623795", "35.942894", False)],
)
def test_an_itemised_workshop(cleaning: str, gross: str, net: str, floored: bool) -> None:
    found = of(
        "smartphone",
        parts=[part("BATTERY", "0.048")],
        accessories=[],
        legs=LEGS[4][0],
        packaging_kg=D("0.150"),
        workshop=Workshop(D(2), "FR"),
        cleaning_kg=D(cleaning),
        **PHONE,
    )
    assert found.r_basis is RBasis.ITEMISED
    assert found.floored is floored
    assert found.figures
    assert (six(found.figures.gross), six(found.figures.net)) == (gross, net)


def test_a_new_screen_has_no_factor() -> None:
    found = of("smartphone", parts=[part("SCREEN", "1")], **PHONE)
    assert (found.status, found.reasons) == (S.NOT_ESTABLISHED, (R.PART_WITHOUT_FACTOR,))
    assert found.figures is None
    proxy = mass_proxy(BE, "smartphone", D(40), D(175))
    assert not isinstance(proxy, InputFault)
    assert round(proxy.kg, 1) == D("17.6")


def test_parts_are_known_in_carbon_alone() -> None:
    ssd = of("smartphone", indicator=Indicator.RAW, parts=[part("SSD", "128")], **PHONE)
    assert ssd.reasons == (R.EXTRAS_NOT_COVERED,)
    battery = of("smartphone", indicator=Indicator.RAW, parts=[part("BATTERY", "0.048")], **PHONE)
    assert battery.figures
    assert six(battery.figures.gross) == "154.233333"


def test_workshops_keeping_and_use() -> None:
    kwh = {"PL": "1.323852", "FR": "0.112078", "SE": "0.08139"}
    for country, kg in kwh.items():
        [item] = of("smartphone", workshop=Workshop(D(2), country), **PHONE).items
        assert six(item.kg) == kg
    assert six(keep_y(ADEME, Inputs("smartphone"), D(6))) == "14.066667"
    assert six(keep_y(BE, Inputs("laptop"), D(8))) == "23.13625"
    uses = {("smartphone", "FR"): "0.27616", ("smartphone", "PL"): "3.261971"}
    uses[("laptop", "DE")] = "11.054026"
    for (category, country), kg in uses.items():
        assert six(use_y(BE, Inputs(category), country)) == kg


def fleet() -> list[FleetUnit]:
    phone, laptop = Inputs("smartphone", first_life=D(3)), Inputs("laptop", first_life=D(5))
    young = Inputs("smartphone", first_life=D(1))
    return [
        FleetUnit(FleetOutcome.RESOLD, phone, 10),
        FleetUnit(FleetOutcome.RESOLD, laptop, 2),
        FleetUnit(FleetOutcome.RESOLD, young),
        FleetUnit(FleetOutcome.RECYCLED, phone, 3),
        FleetUnit(FleetOutcome.LOST, phone),
    ]


def stated(units: list[FleetUnit], *sold: PartsSold) -> FleetStatement:
    found = fleet_statement(units, BE, summed, sold)
    assert isinstance(found, FleetStatement)
    return found


def test_a_fleet() -> None:
    found = stated(fleet())
    assert (six(found.gross), six(found.net)) == ("614.116667", "433.966733")
    assert (found.units, found.counted, found.units_without_number) == (17, 13, 0)
    drawn = found.net_range
    assert drawn
    assert drawn.p50
    assert near(drawn.p05, "167.132")
    assert near(drawn.p50, "394.635")
    assert near(drawn.p95, "715.850")
    assert [shown(value) for value in (drawn.p50, drawn.p05, drawn.p95)] == ["390", "170", "720"]
    assert sum((part.net for part in found.categories), D(0)) == found.net


def test_parts_that_were_sold_outside() -> None:
    found = stated(fleet(), PartsSold(D("39.752192"), D("1.2")))
    assert six(found.gross - stated(fleet()).gross) == "38.552192"
    assert (six(found.net), found.grade) == ("461.33879", "C")


def test_inputs_that_cannot_be_name_their_field() -> None:
    bad = [
        ({"first_life": D("-0.01")}, "firstLife", "NEGATIVE"),
        ({"parts": [part("SSD", "0")]}, "parts[0].quantity", "NOT_POSITIVE"),
        ({"parts": [Part("SCREEN", D(1), factor=D(3))]}, "parts[0].evidence", "MISSING"),
        ({"legs": [Leg(D(-1))]}, "legs[0].km", "NEGATIVE"),
        ({"legs": [Leg(D(1), gross_kg=D(0))]}, "legs[0].grossKg", "NOT_POSITIVE"),
        ({"accessories": ["CASE"]}, "accessories[0]", "UNKNOWN_ACCESSORY"),
        ({"workshop": Workshop(D(1), "ZZ")}, "workshop.country", "COUNTRY_WITHOUT_FACTOR"),
        ({"packaging_kg": D(-1)}, "packagingKg", "NEGATIVE"),
        (
            {"released_on": date(2027, 1, 1), "refurbished_on": date(2026, 1, 1)},
            "refurbishedOn",
            "BEFORE_RELEASE",
        ),
    ]
    for given, field, code in bad:
        assert assess(Inputs("smartphone", **given), BE, draws) == InputFault(field, code)  # type: ignore[arg-type]
