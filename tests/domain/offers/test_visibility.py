"""Who may see an offer, and what its price may be."""

from datetime import UTC, datetime
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import InvalidTransition
from domain.offers.hints import HINTS, hint
from domain.offers.visibility import (
    DEFAULT_LIMITS,
    AskedPrice,
    OfferLimits,
    OfferStatus,
    OfferVisibility,
    PriceFindings,
    PriceRange,
    Reason,
    VisibilityReason,
    check_price,
    check_service,
    move_status,
    price_range,
    reason_of_partner,
    typical_total,
    visibility,
    worst_first,
)
from tests.test_docs import page, rows, section

LIMITED = {
    "PRICE_ABOVE_NEW",
    "LOW_STOCK_PROTECTION",
    "MERCHANT_RESTRICTED",
    "QUALITY_BELOW_FLOOR",
    "DELIVERY_TOO_SLOW",
    "NOT_COMPARABLE",
}
FIVE = (8000, 9000, 10000, 11000, 12000)


def asked(
    landed: int,
    others: tuple[int, ...] = FIVE,
    new: int | None = None,
    *,
    item: int | None = None,
    confirmed: bool = False,
) -> AskedPrice:
    return AskedPrice(landed if item is None else item, landed, others, new, confirmed)


def test_only_listed_moves_are_made() -> None:
    allowed = {
        ("LIVE", "PAUSED"),
        ("LIVE", "ABSENT"),
        ("LIVE", "REJECTED"),
        ("PAUSED", "LIVE"),
        ("PAUSED", "ABSENT"),
        ("PAUSED", "REJECTED"),
        ("ABSENT", "LIVE"),
        ("REJECTED", "LIVE"),
    }

    made = {
        (now.value, to.value)
        for now, to in product(OfferStatus, repeat=2)
        if not isinstance(move_status(now, to), InvalidTransition)
    }

    assert made == allowed


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_one_effect_and_a_hint(reason: Reason) -> None:
    expected = OfferVisibility.LIMITED if reason in LIMITED else OfferVisibility.HIDDEN

    assert reason.effect is expected
    plain = VisibilityReason(reason)
    measured = VisibilityReason(reason, datetime(2026, 5, 4, tzinfo=UTC), "12", "34")
    assert measured.effect is expected
    said = {locale: hint(plain, locale) for locale in ("en", "fr")}
    assert len(set(said.values())) == 2
    for locale, text in said.items():
        told = hint(measured, locale)
        assert text.endswith(".")
        assert told.endswith(text)
        assert "{" not in told + text
        assert ("12" in told) == (reason in HINTS[locale].told)


def test_a_hint_names_what_was_found_and_the_limit() -> None:
    slow = VisibilityReason(Reason.DELIVERY_TOO_SLOW, None, "19", "15")

    assert hint(slow) == (
        "Delivery takes 19 days, 15 at most compete. Dispatch sooner, or use a faster carrier."
    )
    assert hint(slow, "fr-CA").startswith("La livraison prend 19 jours, 15 au plus concourent.")
    assert hint(slow, "xx") == hint(slow)


def test_what_hides_comes_before_what_limits() -> None:
    given = [Reason.NOT_COMPARABLE, Reason.DELIVERY_TOO_SLOW, Reason.LAB_BLOCK, Reason.OUT_OF_STOCK]

    assert worst_first(given) == [
        Reason.OUT_OF_STOCK, Reason.LAB_BLOCK, Reason.DELIVERY_TOO_SLOW, Reason.NOT_COMPARABLE,
    ]  # fmt: skip


def test_the_page_lists_every_reason_with_its_effect() -> None:
    table = rows(section(page("ranking.md"), "Why an offer is not shown"))

    assert {code.strip("`"): effect.upper() for code, effect, _ in table} == {
        reason.value: reason.effect.value for reason in Reason
    }


def test_there_are_36_reasons() -> None:
    assert len(Reason) == 36


@given(st.sets(st.sampled_from(list(Reason))))
def test_the_worst_reason_decides(reasons: set[Reason]) -> None:
    found = visibility(reasons)

    if not reasons:
        assert found is OfferVisibility.FULL
    elif reasons <= LIMITED:
        assert found is OfferVisibility.LIMITED
    else:
        assert found is OfferVisibility.HIDDEN


@pytest.mark.parametrize(
    ("price", "rejected", "reasons"),
    [
        pytest.param(asked(999), True, (), id="under a tenth"),
        pytest.param(asked(1000), False, (Reason.PRICE_OUTLIER_LOW,), id="a tenth"),
        pytest.param(asked(3999), False, (Reason.PRICE_OUTLIER_LOW,), id="under 40 percent"),
        pytest.param(asked(3999, confirmed=True), False, (), id="low and confirmed"),
        pytest.param(asked(999, confirmed=True), True, (), id="absurd although confirmed"),
        pytest.param(asked(4000), False, (), id="40 percent"),
        pytest.param(asked(25000), False, (), id="250 percent"),
        pytest.param(asked(25001), False, (Reason.PRICE_OUTLIER_HIGH,), id="over 250 percent"),
        pytest.param(
            asked(10500, new=10000, item=10000), False, (Reason.PRICE_ABOVE_NEW,), id="as new"
        ),
        pytest.param(asked(10500, new=10000, item=9999), False, (), id="below new"),
        pytest.param(asked(999, FIVE[:4]), False, (), id="too few others, no reference"),
        pytest.param(asked(999, FIVE[:4], 10000), True, (), id="too few others, a reference"),
        pytest.param(
            asked(25001, (), 10000),
            False,
            (Reason.PRICE_OUTLIER_HIGH, Reason.PRICE_ABOVE_NEW),
            id="both",
        ),
    ],
)
def test_a_price_is_held_against_what_is_usual(
    price: AskedPrice, rejected: bool, reasons: tuple[Reason, ...]
) -> None:
    assert check_price(price) == PriceFindings(rejected, reasons)


@pytest.mark.parametrize(
    ("others", "new", "typical"),
    [
        (FIVE, None, Fraction(10000)),
        ((*FIVE, 10001), 5000, Fraction(20001, 2)),
        (FIVE[:4], 5000, Fraction(5000)),
        ((), 0, None),
    ],
)
def test_the_typical_total_is_a_median_else_the_price_new(
    others: tuple[int, ...], new: int | None, typical: Fraction | None
) -> None:
    assert typical_total(others, new, DEFAULT_LIMITS) == typical


@given(st.integers(1, 10**7), st.integers(0, 2 * 10**7))
def test_the_range_shown_is_where_nothing_objects(typical: int, landed: int) -> None:
    shown = price_range(Fraction(typical))
    inside = shown.lowest_minor <= landed <= shown.highest_minor

    found = check_price(AskedPrice(0, landed, (typical,) * 5, None))

    assert inside == (found == PriceFindings(rejected=False, reasons=()))


def test_the_range_is_rounded_inwards() -> None:
    assert price_range(Fraction(20001, 2)) == PriceRange(4001, 25001)


@pytest.mark.parametrize(
    ("quality", "days", "reasons"),
    [
        (2000, 15, ()),
        (1999, 15, (Reason.QUALITY_BELOW_FLOOR,)),
        (2000, 16, (Reason.DELIVERY_TOO_SLOW,)),
        (0, 30, (Reason.QUALITY_BELOW_FLOOR, Reason.DELIVERY_TOO_SLOW)),
    ],
)
def test_poor_service_is_listed_without_competing(
    quality: int, days: int, reasons: tuple[Reason, ...]
) -> None:
    assert check_service(quality, days) == reasons


def test_a_market_may_set_other_limits() -> None:
    strict = OfferLimits(low_below_percent=60, quality_floor_bp=5000, slowest_days=3)

    assert check_price(asked(5999), strict).reasons == (Reason.PRICE_OUTLIER_LOW,)
    assert check_service(4999, 3, strict) == (Reason.QUALITY_BELOW_FLOOR,)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("ZERO_QUANTITY", Reason.OUT_OF_STOCK),
        ("SHOP_NOT_OPEN", Reason.MERCHANT_NOT_SELLING),
        ("AVAILABLE_QUANTITY_LESS_THAN_MINIMUM", Reason.QUANTITY_BELOW_MINIMUM),
        ("NO_CHANNEL_ON_SHOP", Reason.MARKET_NOT_ALLOWED),
        ("NEVER_SEEN", None),
    ],
)
def test_partners_codes_are_translated(code: str, reason: Reason | None) -> None:
    assert reason_of_partner(code) is reason
