"""Terms, locks, the fall of values, and what a merchant's item becomes beside its bid."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Currency
from domain.trade_in import TradeInGrade
from domain.trade_in.advice import Advice, Keeping, advice_of, keeping
from domain.trade_in.bids import BidCode, BidOutcome, Ground, Item, Standing, judged
from domain.trade_in.decay import MONTHS, Decay, DecayBasis, after, curve, decay_of
from domain.trade_in.locks import Lock, LockKind, LockState, merged, that_are_on
from domain.trade_in.programme import (
    Programme,
    ProgrammeFault,
    ProgrammeStatus,
    fault_of,
    in_force,
)

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
G, C, OUT = TradeInGrade, BidCode, BidOutcome
VARIANT = UUID(int=7)
GROUND = Ground(VARIANT, Currency.EUR, granted=True, allowed=True, programme=True)
STANDS = Standing(100_00, 5, 3, NOW + timedelta(days=9), 10, 4)


def item(**more: Any) -> Item:
    usual: dict[str, Any] = {
        "variant_id": VARIANT, "gtin": None, "grade": G.FUNCTIONAL_GOOD, "market": "FR",
        "amount": Decimal("120.50"),
    }  # fmt: skip
    return Item(**usual | more)


def ground(**more: Any) -> Ground:
    facts = {name: getattr(GROUND, name) for name in Ground.__slots__}
    return Ground(**facts | more)


def test_a_new_bid_pays_in_the_usual_days_and_what_is_left_out_is_kept() -> None:
    new = judged(item(), GROUND, None, NOW)
    kept = judged(item(sequence=11), GROUND, STANDS, NOW)
    same = judged(item(amount=Decimal(100)), GROUND, STANDS, NOW)
    cleared = judged(item(clears=frozenset({"stockCap", "validUntil"})), GROUND, STANDS, NOW)

    assert new.bid == Standing(120_50, 7, None, None, None, 1)
    assert kept.bid == Standing(120_50, 5, 3, STANDS.valid_until, 11, 5)
    assert (same.outcome, same.bid) == (OUT.APPLIED, STANDS)
    assert cleared.bid == Standing(120_50, 5, None, None, 10, 5)


@pytest.mark.parametrize(
    ("sent", "place", "code"),
    [
        ({"amount": Decimal("-0.01")}, {}, C.PRICE_INVALID),
        ({"amount": Decimal("0.001")}, {}, C.PRICE_INVALID),
        ({"amount": Decimal("1e999999")}, {}, C.PRICE_INVALID),
        ({"amount": Decimal("NaN")}, {}, C.PRICE_INVALID),
        ({"amount": None}, {}, C.PRICE_MISSING),
        ({"currency": "GBP"}, {}, C.CURRENCY_NOT_ALLOWED),
        ({"grade": None}, {}, C.GRADE_UNKNOWN),
        ({"pay_within_days": 0}, {}, C.PAY_DAYS_INVALID),
        ({"pay_within_days": 61}, {}, C.PAY_DAYS_INVALID),
        ({"stock_cap": -1}, {}, C.STOCK_CAP_INVALID),
        ({"valid_until": NOW}, {}, C.DATE_INVALID),
        ({"sequence": -1}, {}, C.SEQUENCE_INVALID),
        ({"if_version": 3}, {}, C.CONFLICT),
        ({}, {"variant_id": None}, C.PRODUCT_UNKNOWN),
        ({}, {"currency": None}, C.MARKET_NOT_OPEN),
        ({}, {"granted": False}, C.MARKET_NOT_GRANTED),
        ({}, {"allowed": False}, C.MARKET_NOT_ALLOWED),
        ({}, {"programme": False}, C.PROGRAMME_NOT_AVAILABLE),
    ],
)
def test_what_is_wrong_with_an_item_has_a_code(
    sent: dict[str, Any], place: dict[str, Any], code: BidCode
) -> None:
    found = judged(item(**sent), ground(**place), STANDS, NOW)

    assert (found.outcome, found.code, found.bid) == (OUT.REJECTED, code, None)


def test_a_bid_may_be_taken_back_where_new_ones_are_refused() -> None:
    found = judged(item(amount=Decimal(0)), ground(programme=False), STANDS, NOW)

    assert found.bid is not None
    assert found.bid.amount_minor == 0


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 500)), max_size=12))
def test_in_any_order_the_highest_sequence_stays(words: list[tuple[int, int]]) -> None:
    stands: Standing | None = None
    newest: dict[int, int] = {}
    for sequence, amount in words:
        found = judged(item(amount=Decimal(amount), sequence=sequence), GROUND, stands, NOW)
        known = max(newest, default=-1)
        assert (found.outcome is OUT.APPLIED) == (sequence > known)
        if found.bid is not None:
            stands, newest[sequence] = found.bid, amount
        else:
            assert (found.outcome, found.current) == (OUT.IGNORED_STALE, known)
    if stands is not None:
        assert stands.amount_minor == 100 * newest[max(newest)]


def terms(**more: Any) -> Programme:
    usual: dict[str, Any] = {
        "market": "FR", "category": "*", "valid_from": date(2026, 1, 1), "revision": 0,
        "open": True, "minimum_age": 18, "identity_documents": (), "quote_days": 21,
        "label_days": 21, "decision_days": 14, "inspection_business_days": 5, "source": "s",
        "status": ProgrammeStatus.UNVERIFIED,
    }  # fmt: skip
    return Programme(**usual | more)


def test_terms_are_those_of_the_day_the_category_and_the_last_revision() -> None:
    first, shut = terms(), terms(valid_from=date(2026, 6, 1), open=False)
    again = terms(valid_from=date(2026, 6, 1), revision=1)
    phones = terms(category="smartphone", valid_from=date(2026, 3, 1), quote_days=10)
    rows = [shut, first, phones, again]

    assert in_force(rows, "FR", "laptop", date(2025, 12, 31)) is None
    assert in_force(rows, "FR", "laptop", date(2026, 5, 31)) == first
    assert in_force(rows, "FR", "laptop", date(2026, 6, 1)) == again
    assert in_force(rows, "FR", "smartphone", date(2026, 2, 28)) == first
    assert in_force(rows, "FR", "smartphone", date(2026, 7, 1)) == phones
    assert in_force(rows, "DE", "smartphone", date(2026, 7, 1)) is None


@pytest.mark.parametrize(
    ("wanted", "fault"),
    [
        (terms(), None),
        (terms(minimum_age=17), ProgrammeFault.AGE_TOO_LOW),
        (terms(quote_days=0), ProgrammeFault.DAYS_INVALID),
        (terms(inspection_business_days=31), ProgrammeFault.DAYS_INVALID),
        (terms(source=" "), ProgrammeFault.SOURCE_REQUIRED),
        (terms(valid_from=date(2025, 12, 31)), ProgrammeFault.VALID_FROM_PAST),
    ],
)
def test_terms_that_cannot_be_are_refused(wanted: Programme, fault: ProgrammeFault | None) -> None:
    assert fault_of(wanted, date(2026, 1, 1)) is fault


def test_one_source_that_says_on_outweighs_the_others() -> None:
    lock = LockKind.ACTIVATION
    told = [Lock(lock, LockState.OFF), Lock(LockKind.CARRIER, LockState.UNKNOWN)]
    list_says = [Lock(lock, LockState.ON)]

    assert that_are_on(merged(told)) == ()
    assert that_are_on(merged(told, list_says)) == that_are_on(merged(list_says, told)) == (lock,)


@given(st.integers(1, 10**7), st.integers(1, 10_000))
def test_a_value_never_rises_with_time(minor: int, monthly_bp: int) -> None:
    found = curve(minor, monthly_bp)

    assert [months for months, _ in found] == list(MONTHS)
    assert found[0] == (0, minor)
    assert all(one[1] >= two[1] for one, two in pairwise(found))


def test_what_was_observed_goes_before_what_is_assumed() -> None:
    def row(basis: DecayBasis, market: str, brand: str, share: int) -> Decay:
        return Decay("smartphone", market, brand, basis, share, 0, NOW, "s")

    assumed = row(DecayBasis.DEFAULT, "*", "*", 9_700)
    apple = row(DecayBasis.DEFAULT, "*", "apple", 9_800)
    offers = row(DecayBasis.OFFER_PRICES, "FR", "*", 9_750)
    bids = row(DecayBasis.BID_PRICES, "FR", "*", 9_740)

    assert decay_of([assumed, apple], "smartphone", "FR", "apple") == apple
    assert decay_of([assumed, apple], "smartphone", "FR", "calder") == assumed
    assert decay_of([assumed, apple, offers], "smartphone", "FR", "apple") == offers
    assert decay_of([offers, bids], "smartphone", "FR", "apple") == bids
    assert decay_of([offers, bids], "smartphone", "DE", "apple") is None
    assert decay_of([assumed], "laptop", "FR", "apple") is None
    assert after(100_00, 9_867, 12) == 85_16


def test_what_works_is_kept_and_a_crack_is_repaired() -> None:
    assert [advice_of(grade) for grade in G] == [
        Advice.KEEP, Advice.KEEP, Advice.KEEP, Advice.REPAIR, Advice.TRADE_IN, Advice.TRADE_IN,
    ]  # fmt: skip
    assert keeping(84_400, 46) == Keeping(4, 21_100, 6, 14_067)
    assert keeping(185_090, 66) == Keeping(6, 30_848, 8, 23_136)
    assert keeping(84_400, 0) == Keeping(1, 84_400, 3, 28_133)
    assert keeping(None, 5) is None
    assert keeping(84_400, None) is None
