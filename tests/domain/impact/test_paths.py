"""Repair, replace or trade in: each path against a new device, and what the prices speak for."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.impact import ImpactGrade, ImpactReason, ImpactStatus, InputFault, Inputs, Part
from domain.impact.draws import drawn
from domain.impact.paths import Path, PathKind, Paths, Prices, advised, compare
from domain.impact.shown import stored
from models.impact import factor_set, repair_threshold

D = Decimal
BE = factor_set("be-v2")
SHARE = D("0.30")
PRICES = st.decimals("0.01", "5000", places=2)


def paths(device: Inputs, prices: Prices | None = None) -> dict[PathKind, Path]:
    found = compare(device, prices or Prices(), SHARE, BE, drawn)
    assert isinstance(found, Paths)
    return {path.kind: path for path in found.paths}


def gross(path: Path) -> Decimal:
    assert path.impact.figures
    return stored(path.impact.figures.gross)


def test_the_threshold_ships_as_data() -> None:
    assert repair_threshold() == D("0.30")


def test_a_phone_of_one_year_whose_battery_is_replaced() -> None:
    """N 79.516, L1 3, L2 2; battery 48 g 0.302784 (golden case 33); golden cases 6 and 39."""
    found = paths(Inputs("smartphone", first_life=D(1), parts=(Part("BATTERY", D("0.048")),)))
    assert gross(found[PathKind.REPAIR]) == D("52.707883")
    assert found[PathKind.REPAIR].impact.status is ImpactStatus.FAVOURABLE
    assert found[PathKind.REPAIR].impact.grade is ImpactGrade.C
    assert gross(found[PathKind.REPLACE]) == D("45.920667")
    traded = found[PathKind.TRADE_IN].impact
    assert gross(found[PathKind.TRADE_IN]) == D("-7.09")
    assert traded.status is ImpactStatus.UNFAVOURABLE
    assert traded.reasons == (ImpactReason.SHORT_FIRST_LIFE,)


@pytest.mark.parametrize(
    ("device", "status", "reason"),
    [
        (Inputs("smartphone"), "NOT_ESTABLISHED", "PART_WITHOUT_FACTOR"),
        (Inputs("smartphone", parts=(Part("SCREEN", D(1)),)), "NOT_ESTABLISHED",
         "PART_WITHOUT_FACTOR"),
        (Inputs("smartphone", parts=(Part("SCREEN", D(1), mass_share=D("0.23")),)),
         "NOT_ESTABLISHED", "GRADE_D"),
        (Inputs("laptop", parts=(Part("SSD", D(1000)),)), "UNFAVOURABLE", "HEAVY_PARTS"),
        (Inputs("console", parts=()), "NOT_SUPPORTED", "NO_STUDY"),
    ],
)  # fmt: skip
def test_a_repair_says_what_may_not_be_said(device: Inputs, status: str, reason: str) -> None:
    found = paths(device)[PathKind.REPAIR].impact
    assert (found.status, found.reasons) == (ImpactStatus(status), (ImpactReason(reason),))


def test_a_repair_that_takes_no_part_avoids_the_service_alone() -> None:
    """2 * 79.516 / 3, and 3 * 185.09 / 5 of golden case 28."""
    assert gross(paths(Inputs("smartphone", parts=()))[PathKind.REPAIR]) == D("53.010667")
    assert gross(paths(Inputs("laptop", parts=()))[PathKind.REPAIR]) == D("111.054")


@pytest.mark.parametrize(
    ("prices", "advice"),
    [
        (Prices(D("150.00"), D("500.00")), PathKind.REPAIR),  # journey C7
        (Prices(D("150.01"), D("500.00")), PathKind.REPLACE),
        (Prices(D(90), D(300)), PathKind.REPAIR),
        (Prices(D("90.01"), D(300)), PathKind.REPLACE),
        (Prices(D("90.01"), D(300), trade_in=D(0)), PathKind.REPLACE),
        (Prices(D("90.01"), D(300), trade_in=D(20)), PathKind.TRADE_IN),
        (Prices(D(90)), None),
        (Prices(new=D(300)), None),
    ],
)
def test_only_more_than_the_share_tips_the_advice(prices: Prices, advice: PathKind | None) -> None:
    assert advised(prices, SHARE)[1] is advice


@given(PRICES, PRICES, st.decimals("1", "3", places=2))
def test_a_dearer_repair_is_never_advised_where_a_cheaper_one_was_not(
    repair: Decimal, new: Decimal, times: Decimal
) -> None:
    cheap, dear = advised(Prices(repair, new), SHARE), advised(Prices(repair * times, new), SHARE)
    assert cheap[1] is PathKind.REPAIR or dear[1] is not PathKind.REPAIR


@given(st.decimals("0", "9", places=2), PRICES, PRICES)
def test_prices_never_change_what_a_path_avoids(
    life: Decimal, repair: Decimal, new: Decimal
) -> None:
    device = Inputs("smartphone", first_life=life, parts=())
    with_prices = paths(device, Prices(repair, new, refurbished=new / 2, trade_in=repair / 4))
    for kind, path in paths(device).items():
        assert with_prices[kind].impact == path.impact


@pytest.mark.parametrize(
    ("device", "prices", "field", "code"),
    [
        (Inputs("smartphone", first_life=D(-1)), Prices(), "firstLife", "NEGATIVE"),
        (Inputs("smartphone", parts=(Part("SCREEN", D(1), mass_share=D("1.01")),)), Prices(),
         "parts[0].massShare", "ABOVE_ONE"),
        (Inputs("smartphone"), Prices(repair=D(-1)), "repairPrice", "NEGATIVE"),
        (Inputs("smartphone"), Prices(new=D(0)), "newPrice", "NOT_POSITIVE"),
        (Inputs("smartphone"), Prices(trade_in=D(10) ** 10), "tradeInValue", "TOO_LARGE"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_field(
    device: Inputs, prices: Prices, field: str, code: str
) -> None:
    assert compare(device, prices, SHARE, BE, drawn) == InputFault(field, code)
