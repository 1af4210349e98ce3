"""Every value of the method's tables, typed from its definition and walked row by row.

A row is what is asked and what the method says of it; a name that is typed is looked up among all
that the engine says, so that no typed value is passed over.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from domain.canonical import canonical, sha256
from domain.impact import Indicator, InputFault, Inputs, Leg, LegMode, Part, Result, Workshop
from domain.impact.draws import drawn, summed
from domain.impact.engine import Comparison, assess, compared, keep_y, refurbishing, use_y
from domain.impact.extras import mass_proxy
from domain.impact.factors import FactorSet
from domain.impact.fleets import (
    FleetOutcome,
    FleetStatement,
    FleetUnit,
    PartsSold,
    fleet_statement,
    inventory,
)
from domain.impact.inventories import Emission, Emitted, emitted
from domain.impact.shown import shown, stored
from domain.units.certificates.envelope import signed
from domain.units.certificates.merkle import Salted, imei_identity, root, serial_identity
from models.impact import factor_set
from tests.certificates import KEY, PRIVATE
from tests.domain.impact import near, six

D = Decimal
A, B = factor_set("ademe-2022"), factor_set("be-v2")
SETS = {"A": A, "B": B}
STATUS = {
    "FAV": "FAVOURABLE",
    "NOT": "NOT_ESTABLISHED",
    "UN": "UNFAVOURABLE",
    "NO": "NOT_SUPPORTED",
}


def part(kind: str, quantity: str, **more: object) -> dict[str, object]:
    return {"parts": [Part(kind, D(quantity), **more)]}  # type: ignore[arg-type]


def ways(*legs: tuple[str, str]) -> dict[str, object]:
    return {"legs": [Leg(D(km), LegMode(mode), D("0.35")) for km, mode in legs]}


TRUCK_AND_VAN = ways(("600", "TRUCK_MEAN"), ("30", "VAN_DIESEL"))
BATTERY, CARDBOARD = part("BATTERY", "0.048"), {"packaging_kg": D("0.15")}
ITEMISED = {
    **BATTERY, **TRUCK_AND_VAN, **CARDBOARD, "accessories": [], "workshop": Workshop(D(2), "FR"),
}  # fmt: skip
BOUND = {"released_on": date(2025, 6, 1), "refurbished_on": date(2026, 11, 23)}
OWN = {"factor": D(81), "evidence": "its maker"}
AIR = ways(("9000", "AIR_LONG"))

# number of the row; set, category, indicator, first life; what is declared; what the method says
GOLDEN: list[tuple[str, str, Mapping[str, object], str]] = [
    ("1", "A smartphone GWP 3", {},
     "dfd=77.31 new_y=28.133333 refurb_y=3.545 benefit_y=24.588333 gross=49.176667 net=34.915433 "
     "whole=18.298 even=1.252014 status=FAV"),
    ("2", "A smartphone GWP 3", {},
     "gross_p=24.836/48.537/82.876 net_p=16.273/31.999/55.048 share=0.0000"),
    ("3", "A smartphone RAW 3", {},
     "dfd=242.9 benefit_y=77.116667 gross=154.233333 net=109.505667 "
     "net_p=53.108/101.438/174.003 status=FAV"),
    ("4", "A smartphone EWASTE 3", {},
     "dfd=178 benefit_y=55.666667 gross=111.333333 net=79.046667 net_p=38.809/73.448/122.051 "
     "status=FAV"),
    ("5", "A smartphone WATER 3", {},
     "dfd=77000 benefit_y=23650 gross=47300 low=6757.142857 high=47300 status=NOT reason=GRADE_D"),
    ("6", "B smartphone GWP 3", {},
     "dfd=72.426 benefit_y=22.960333 gross=45.920667 net=32.603673 net_p=14.963/29.863/51.561 "
     "status=FAV"),
    ("7", "B laptop GWP 5", {},
     "dfd=155.036 new_y=37.018 refurb_y=10.018 benefit_y=27 gross=81 net=57.51 even=2.811875 "
     "net_p=20.160/52.719/97.013 share=0.0056 status=FAV"),
    ("8", "B tablet GWP 3", {},
     "dfd=53.94816 benefit_y=12.92508 gross=25.85016 net=18.353614 even=2.08 share=0.0269 "
     "status=FAV grade=C"),
    ("9 home", "B desktop GWP 5", {"household": True},
     "benefit_y=19.3356 gross=58.0068 net=41.184828 even=3.92 share=0.0445 status=FAV grade=C"),
    ("9 pro", "B desktop GWP 5", {},
     "benefit_y=15.22512 gross=45.67536 net=32.429506 even=3.92 share=0.0445 status=FAV grade=C"),
    ("10", "A laptop GWP 5", {},
     "gross=81 net=57.51 net_p=36.502/52.982/76.172 dfd=none status=FAV"),
    ("11 laptop", "A laptop GWP 4.99", {}, "figures=none status=NOT reason=NO_ABSOLUTE_VALUES"),
    ("11 tablet", "A tablet GWP 3", {}, "figures=none status=NOT reason=ONLY_A_RANGE"),
    ("12 A", "A console_home GWP 3", {}, "figures=none status=NO reason=NO_STUDY"),
    ("12 B", "B console_home GWP 3", {}, "figures=none status=NO reason=NO_STUDY"),
    ("13 at 3", "A smartphone GWP 3.00", {}, "a=0 gross=49.176667 status=FAV reduced=no"),
    ("13 at 6", "A smartphone GWP 6", {}, "gross=49.176667 whole=11.43625 status=FAV reduced=no"),
    ("14", "A smartphone GWP 2.99", {},
     "a=0.003333 R'=7.371333 gross=48.895333 net=34.715687 status=FAV reduced=yes"),
    ("15", "A smartphone GWP 2.05", {},
     "R'=33.816667 gross=22.45 net=15.9395 share=0.0493 status=FAV reduced=yes"),
    ("16", "A smartphone GWP 2", {},
     "R'=35.223333 dfd=49.176667 gross=21.043333 net=14.940767 gross_p05=-1.303 share=0.0634 "
     "status=NOT reason=RANGE_INCLUDES_ZERO"),
    ("17", "A smartphone GWP 1.26", {},
     "R'=56.042 gross=0.224667 net=0.159513 share=0.5060 status=NOT reason=RANGE_INCLUDES_ZERO"),
    ("18", "A smartphone GWP 1.25", {},
     "R'=56.323333 gross=-0.056667 net=-0.056667 status=UN reason=SHORT_FIRST_LIFE"),
    ("19", "A smartphone GWP 1", {},
     "R'=63.356667 refurb_y=31.678333 benefit_y=-3.545 gross=-7.09 net=-7.09 dfd=21.043333 "
     "status=UN"),
    ("20 gwp", "A smartphone GWP 0", {}, "R'=91.49 dfd=-7.09 gross=-35.223333 status=UN"),
    ("20 raw", "A smartphone RAW 1", {}, "R'=200.433333 gross=-23.1 net=-23.1 status=UN"),
    ("21", "A smartphone GWP -", BOUND,
     "t1=1.47 a=0.51 R'=50.134 gross=6.132667 share=0.3447 status=NOT evidence=RELEASE_BOUND"),
    ("22", "B laptop GWP 4", {}, "R'=67.072 gross=43.982 net=31.22722 share=0.0588 status=NOT"),
    ("23", "B laptop GWP 4.10", {},
     "R'=63.3702 gross=47.6838 net=33.855498 share=0.0471 status=FAV reduced=yes"),
    ("24", "B laptop GWP 2", {}, "R'=141.108 gross=-30.054 dfd=43.982 status=UN"),
    ("25", "B laptop GWP 5", part("SSD", "500"),
     "X=77.641 R=107.695 refurb_y=35.898333 gross=3.359 net=2.38489 share=0.4854 status=NOT "
     "grade=C"),
    ("26", "B laptop GWP 5", part("SSD", "256"),
     "X=39.752192 gross=41.247808 net=29.285944 share=0.1093 status=NOT"),
    ("27", "B laptop GWP 5", part("SSD", "1000"),
     "R=185.336 gross=-74.282 status=UN reason=HEAVY_PARTS"),
    ("28", "B laptop GWP 5", part("SCREEN", "1", **OWN), "X=81 R=111.054 gross=0 status=UN"),
    ("29", "B laptop GWP 5", part("SSD", "500", second_hand=True),
     "X=0 gross=81 net=57.51 share=0.0056 status=FAV"),
    ("30", "B laptop GWP 5", part("HDD", "1000"), "X=7 gross=74 share=0.0090 status=FAV grade=C"),
    ("31", "A smartphone GWP 3", AIR,
     "X=3.258832 R=10.348832 gross=45.917834 net=32.601662 net_p=14.112/29.846/52.930 status=FAV"),
    ("31 without RF", "A smartphone GWP 3", ways(("9000", "AIR_LONG_WITHOUT_RF")), "X=2.099349"),
    ("32 ship", "A smartphone GWP 3", ways(("9000", "SHIP_CONTAINER")),
     "X=0.062276 gross=49.114391 status=FAV"),
    ("32 truck", "A smartphone GWP 3", ways(("9000", "TRUCK_MEAN")), "X=0.394443 status=FAV"),
    ("32 both", "A smartphone GWP 3", TRUCK_AND_VAN,
     "item0=0.026296 item1=0.008214 X=0.03451 status=FAV"),
    ("33", "A smartphone GWP 3", {**BATTERY, **CARDBOARD, "accessories": ["PHONE_CHARGER"]},
     "item0=0.302784 item1=0.4153 item2=0.1935 R=8.001584 gross=48.265083 net=34.268209 "
     "status=FAV grade=B"),
    ("34", "A smartphone GWP 3", {**ITEMISED, "cleaning_kg": D("2.0")},
     "itemised=2.642872 R=3.545 gross=52.721667 net=37.432383 status=FAV floored=yes"),
    ("35", "A smartphone GWP 3", {**ITEMISED, "cleaning_kg": D("5.0")},
     "R=5.642872 gross=50.623795 net=35.942894 status=FAV floored=no"),
    ("36", "A smartphone GWP 3", part("SCREEN", "1"),
     "figures=none status=NOT reason=PART_WITHOUT_FACTOR"),
]  # fmt: skip


def told(factors: FactorSet, inputs: Inputs) -> dict[str, str]:
    """All that the engine says of a device, each by its name; a figure as it is stored."""
    found = assess(inputs, factors, drawn)
    assert isinstance(found, Result), found
    said = {
        "status": found.status.value,
        "reason": found.reasons[0].value if found.reasons else "",
        "reduced": "yes" if found.reduced else "no",
        "floored": "yes" if found.floored else "no",
        "grade": found.grade.value if found.grade else "",
        "evidence": found.evidence.value if found.evidence else "",
    }
    if found.figures is None:
        return {**said, "figures": "none"}
    point = found.figures
    values = {
        "dfd": point.device_for_device, "new_y": point.new_y, "refurb_y": point.refurbished_y,
        "benefit_y": point.benefit_y, "gross": point.gross, "net": point.net,
        "whole": point.whole_life_y, "even": point.break_even, "t1": found.first_life,
    }  # fmt: skip
    assert found.net_range
    values |= {"low": found.net_range.p05, "high": found.net_range.p95}
    values |= {f"item{n}": item.kg for n, item in enumerate(found.items)}
    return {**said, **_steps(factors, inputs), **_written(values), **_drawn(found)}


def _steps(factors: FactorSet, inputs: Inputs) -> dict[str, str]:
    of = compared(inputs, factors)
    assert isinstance(of, Comparison)
    if of.known("N") is None:
        return {}
    spent, _, _ = refurbishing(of)
    return _written(
        {
            "a": of.not_amortised,
            "X": of.extra.total,
            "R": spent,
            "R'": spent + of.not_amortised * of.value("N"),
            "itemised": of.extra.total + (inputs.cleaning_kg or 0),
        }
    )


def _written(values: Mapping[str, Decimal | None]) -> dict[str, str]:
    return {name: "none" if value is None else six(value) for name, value in values.items()}


def _drawn(found: Result) -> dict[str, str]:
    assert found.share_not_positive is not None
    said = {"share": f"{found.share_not_positive:.4f}"}
    for name, ranged in (("net_p", found.net_range), ("gross_p", found.gross_range)):
        if ranged is not None and ranged.p50 is not None:
            said[name] = f"{ranged.p05}/{ranged.p50}/{ranged.p95}"
            said[f"{name}05"] = str(ranged.p05)
    return said


def same(name: str, said: str, typed: str) -> bool:
    """A figure to its last stored digit; a percentile, which is drawn in floats, to 0.01."""
    if "_p" not in name:
        return said == typed
    return all(near(D(a), b) for a, b in zip(said.split("/"), typed.split("/"), strict=True))


@pytest.mark.parametrize(("row", "asked", "given", "typed"), GOLDEN, ids=[g[0] for g in GOLDEN])
def test_a_device_is_said_to_be_what_its_row_says(
    row: str, asked: str, given: Mapping[str, object], typed: str
) -> None:
    set_id, category, indicator, life = asked.split()
    years = None if life == "-" else D(life)
    inputs = Inputs(category, Indicator(indicator), first_life=years, **given)  # type: ignore[arg-type]
    said = told(SETS[set_id], inputs)
    wrong = {}
    for name, _, value in (each.partition("=") for each in typed.split()):
        expected = STATUS[value] if name == "status" else value
        if not same(name, said[name], expected):
            wrong[name] = (said[name], expected)
    assert wrong == {}, row


def test_rows_12_and_36_facts_and_proxies_are_told_apart_from_results() -> None:
    facts = {"console_home": "284.8", "console_handheld": "65.6", "monitor": "69.84",
             "television": "340.16"}  # fmt: skip
    for category, typed in facts.items():
        fact = B.need("N_FACT", category, "GWP")
        assert (six(fact.value), fact.grade) == (typed, "C")
        assert not B.complete(category, Indicator.GWP)
    screen = mass_proxy(B, "smartphone", D(40), D(175))
    assert not isinstance(screen, InputFault)
    assert (screen.kg, screen.grade) == (D("17.6"), "D")


def test_row_37_workshops_keeping_and_use() -> None:
    of = Inputs("smartphone", first_life=D(3))
    for country, typed in {"PL": "1.323852", "FR": "0.112078", "SE": "0.08139"}.items():
        given = replace(of, workshop=Workshop(D(2), country))
        assert told(A, given)["item0"] == typed
    kept = [six(keep_y(A, of, D(6))), six(keep_y(B, Inputs("laptop"), D(8)))]
    assert kept == ["14.066667", "23.13625"]
    used = [use_y(B, of, "FR"), use_y(B, of, "PL"), use_y(B, Inputs("laptop"), "DE")]
    assert [six(each) for each in used] == ["0.27616", "3.261971", "11.054026"]


def altered(symbol: str, value: str, category: str = "", indicator: str = "") -> FactorSet:
    """`ademe-2022` with another value of one factor, which no published set has."""
    key = (category, indicator, symbol)
    changed = {**A.factors, key: replace(A.factors[key], value=D(value))}
    return replace(A, factors=changed)


def test_row_38_stress() -> None:
    phone = Inputs("smartphone", first_life=D(3))
    for beta, typed in {"0.46": "26.5554", "0.5": "24.588333", "1": "0"}.items():
        assert told(altered("BETA", beta), phone)["net"] == typed
    heavy = altered("R", "28", "smartphone", "GWP")
    assert told(heavy, phone)["gross"] == "28.266667"


PHONE, LAPTOP = Inputs("smartphone", first_life=D(3)), Inputs("laptop", first_life=D(5))
YOUNG = Inputs("smartphone", first_life=D(1))
RESOLD = FleetOutcome.RESOLD
FLEET = [
    FleetUnit(RESOLD, PHONE, 10), FleetUnit(RESOLD, LAPTOP, 2), FleetUnit(RESOLD, YOUNG),
    FleetUnit(FleetOutcome.RECYCLED, PHONE, 3), FleetUnit(FleetOutcome.LOST, PHONE),
]  # fmt: skip


def stated(units: list[FleetUnit], *sold: PartsSold) -> FleetStatement:
    found = fleet_statement(units, B, summed, sold)
    assert isinstance(found, FleetStatement)
    return found


def percentiles(found: FleetStatement) -> list[Decimal]:
    assert found.net_range
    assert found.net_range.p50 is not None
    return [found.net_range.p05, found.net_range.p50, found.net_range.p95]


def test_rows_39_and_40_a_fleet_with_and_without_its_parts() -> None:
    phones, laptops, young = (stated([unit]) for unit in FLEET[:3])
    assert [six(each.gross) for each in (phones, laptops, young)] == ["459.206667", "162", "-7.09"]
    assert [six(each.net) for each in (phones, laptops, young)] == ["326.036733", "115.02", "-7.09"]
    whole = stated(FLEET)
    assert (six(whole.gross), six(whole.net)) == ("614.116667", "433.966733")
    drawn_as = zip(percentiles(whole), ("167.132", "394.635", "715.850"), strict=True)
    assert all(near(*each) for each in drawn_as)
    assert [shown(each) for each in percentiles(whole)] == ["170", "390", "720"]
    ssd = B.need("PART_SSD").value * 256
    parted = stated(FLEET, PartsSold(ssd, D("1.2")))
    assert six(parted.gross - whole.gross) == "38.552192"
    assert six(stated([], PartsSold(ssd, D("1.2"))).net) == "27.372056"
    assert (six(parted.net), parted.grade) == ("461.33879", "C")


def test_row_41_ten_phones_have_ten_times_the_range_of_one() -> None:
    ten, one = (percentiles(stated([FleetUnit(RESOLD, PHONE, n)])) for n in (10, 1))
    typed = ("149.627", "298.627", "515.612")
    assert all(near(*each) for each in zip(ten, typed, strict=True))
    assert all(abs(a - 10 * b) < D("0.0001") for a, b in zip(ten, one, strict=True))


def test_row_42_a_buyers_inventory_and_a_countrys_months() -> None:
    found = inventory(FLEET[:2], B)
    assert (six(found.as_new), six(found.refurbished)) == ("1165.34", "131.008")
    may, june = stated([FleetUnit(RESOLD, PHONE, 3)]), stated([FleetUnit(RESOLD, PHONE)])
    assert (six(may.net), six(-june.net)) == ("97.81102", "-32.603673")


def test_row_43_an_inventory_of_ones_own() -> None:
    grid, truck = B.need("GRID_FR").value / 1000, B.need("LEG_TRUCK_MEAN").value
    lines = [
        Emission(1, D(10_000), D("0.18296"), D("0.05")),
        Emission(1, D("1.5"), D(1924), D("0.20")),
        Emission(2, D(50_000), grid, D("0.10")),
        Emission(3, D(210), truck, D("0.30"), category=4),
    ]
    assert [six(each.kg) for each in lines] == ["1829.6", "2886", "2801.95", "26.2962"]
    found = emitted(lines)
    assert isinstance(found, Emitted)
    assert (six(found.kg), six(found.sigma)) == ("7543.8462", "648.151142")
    assert found.deviation is not None
    assert six(found.deviation) == "0.085918"


@pytest.mark.parametrize(
    ("value", "typed"),
    [("34.915433", "35"), ("34.5", "34"), ("35.5", "36"), ("99.6", "100"), ("0.999", "1.0"),
     ("-7.09", "-7.1"), ("23650", "24000"), ("0", "0"), ("0.000000", "0"), ("-0.0", "0")],
)  # fmt: skip
def test_row_44_what_is_shown_is_not_what_is_stored(value: str, typed: str) -> None:
    assert shown(D(value)) == typed
    assert stored(D(value)) == D(value)


DOCUMENT = {
    "version": 1, "id": "cert-1", "subject": {"name": "Société É", "legal_id": "FR12"},
    "net_kgco2e": "433.966733", "units": 17,
    "counts": {"resold": 13, "parts": 0, "recycled": 3, "lost": 1},
}  # fmt: skip


def test_rows_45_and_46_the_canonical_form_and_its_signature() -> None:
    written = canonical(DOCUMENT)
    assert written.decode() == (
        '{"counts":{"lost":1,"parts":0,"recycled":3,"resold":13},"id":"cert-1",'
        '"net_kgco2e":"433.966733","subject":{"legal_id":"FR12","name":"Société É"},"units":17,'
        '"version":1}'
    )
    assert len(written) == 171
    assert sha256(written) == "dfd9de3a2e3f7f824e746026f65f18b717ba867ab9dc5181b2a274d8164b5082"
    assert signed(DOCUMENT, PRIVATE, KEY.key_id).signature == (
        "pow8dzGPOUdZ_7w4HFFzLHCgZcHk4NXg0x84eDcwWNDiyF-0Wsyz1DqsN0_-v0lpcGsdMODe-vsdaUHQ9McGAg"
    )


def test_row_47_the_tree_over_serials() -> None:
    leaves = [
        Salted(imei_identity("490154203237518"), b"\x00" * 16).leaf,
        Salted(serial_identity("Apple", "C02XK0AAJGH5"), b"\x01" * 16).leaf,
        Salted(serial_identity("Dell", "7XJ2K33"), b"\x02" * 16).leaf,
    ]
    assert [leaf.hex()[:8] for leaf in leaves] == ["7372bb29", "e6c75d93", "8ab60d1c"]
    typed = (
        "7372bb296785132f722eb89d143c2747382f7ebfe2d178935da0b7907195b932",
        "e2778c2787932c6a2c2d39e32883cc153fc9b3689c482bee12c7f4a46cdde96f",
        "980d5861f08bd306d02323e864dadf307d6f13ac77c3c048960706506d92dfc2",
    )
    assert tuple(root(leaves[:n]).hex() for n in (1, 2, 3)) == typed


def test_no_row_of_the_table_is_left_out() -> None:
    """Rows 1 to 47: those of `GOLDEN`, and those that a test of this module names."""
    walked = {int(row.split()[0]) for row, *_ in GOLDEN}
    for name in globals():
        if name.startswith(("test_row_", "test_rows_")):
            walked |= {int(word) for word in name.split("_") if word.isdigit()}
    assert walked == set(range(1, 48))
