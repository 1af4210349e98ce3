"""Laws of payments: any order of the same news ends alike, and the ledger always balances."""

from collections import Counter
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import InvalidTransition
from domain.orders import LineState, ledger
from domain.orders.ledger import Entry, LedgerAccount, Share
from domain.orders.payments import (
    DECLINE_CODES,
    PaymentState,
    RefundState,
    later,
    later_refund,
)
from domain.orders.refunds import (
    ExceedsPaid,
    Line,
    NotRefundable,
    NotRefundableReason,
    Refundable,
    judge,
    months_after,
)
from domain.orders.wording_money import DECLINED, EXCEEDS_PAID, NOT_REFUNDABLE

LINE, MERCHANT = UUID(int=1), UUID(int=2)
STATES, REFUNDS = st.sampled_from(PaymentState), st.sampled_from(RefundState)
AMOUNT = st.integers(0, 10**9)
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@given(st.lists(STATES, min_size=1), st.randoms(use_true_random=False), st.lists(STATES))
def test_a_payment_ends_alike_in_every_order_and_told_any_number_of_times(news, chance, more):
    def end(told: list[PaymentState]) -> PaymentState:
        now = PaymentState.CREATED
        for each in told:
            now = later(now, each)
        return now

    again = [*news, *(each for each in more if each in news)]
    chance.shuffle(again)
    assert end(again) is end(news)
    assert end([*news, PaymentState.CAPTURED]) is PaymentState.CAPTURED


@given(REFUNDS, REFUNDS, REFUNDS)
def test_a_refund_ends_alike_in_every_order(one, two, three):
    assert later_refund(one, two) is later_refund(two, one)
    left = later_refund(later_refund(one, two), three)
    assert left is later_refund(one, later_refund(two, three))
    assert later_refund(one, one) is one


def _sums(entries: list[Entry]) -> Counter[LedgerAccount]:
    found: Counter[LedgerAccount] = Counter()
    for entry in entries:
        found[entry.account] += entry.amount_minor
    return found


@given(
    st.tuples(AMOUNT, AMOUNT, AMOUNT), AMOUNT, st.lists(st.integers(1, 10**9), max_size=8),
    st.integers(0, 8), st.lists(st.sampled_from(["paid", "returned"]), max_size=8),
)  # fmt: skip
def test_whatever_happens_the_ledger_balances_and_no_more_goes_back_than_was_paid(
    parts, tax, asked, released_after, ends
):
    merchant, fee, levies = parts
    total = merchant + fee + levies
    share = Share(LINE, MERCHANT, merchant, fee, levies)
    entries = [*ledger.capture(total + tax, [share])]
    back, books = 0, _sums(entries)
    for n, amount in enumerate(asked):
        released = n >= released_after
        if released and n == released_after:
            held = -books[LedgerAccount.MERCHANT_HELD]
            entries += ledger.release(held, MERCHANT, LINE)
        share = Share(LINE, MERCHANT, merchant, fee, levies, back, released)
        if amount > total - back:
            with pytest.raises(ValueError, match="left"):
                ledger.refund(share, amount)
            continue
        entries += ledger.refund(share, amount)
        back += amount
        if n < len(ends):
            entries += ledger.refund_paid(amount, LINE)
            entries += ledger.refund_returned(amount, LINE) if ends[n] == "returned" else []
        books = _sums(entries)
        assert sum(books.values()) == 0
        assert books[LedgerAccount.MERCHANT_HELD] + books[LedgerAccount.MERCHANT_OWED] <= 0
        assert books[LedgerAccount.SERVICE_FEES] <= 0
        assert 0 <= -books[LedgerAccount.REFUNDS_DUE] <= total
    assert sum(_sums(entries).values()) == 0
    assert back <= total
    if back == total and total:
        nothing = {LedgerAccount.MERCHANT_HELD: 0, LedgerAccount.MERCHANT_OWED: 0,
                   LedgerAccount.SERVICE_FEES: 0, LedgerAccount.COLLECTED_TAXES: -tax}  # fmt: skip
        assert {account: books[account] for account in nothing} == nothing


def test_lines_that_cost_more_than_was_taken_are_a_fault() -> None:
    with pytest.raises(ValueError, match="more than was paid"):
        ledger.capture(99, [Share(LINE, MERCHANT, 100, 0, 0)])


def _line(state: LineState = LineState.DELIVERED, **more: object) -> Line:
    facts = {"captured": True, "delivered_at": NOW, "months": 24, "refunded": 0} | more
    share = Share(LINE, MERCHANT, 300_00, 1_49, 0, int(str(facts.pop("refunded"))))
    return Line(state, share, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("line", "amount", "at", "told"),
    [
        pytest.param(_line(captured=False), 1, NOW, NotRefundableReason.UNCAPTURED, id="unpaid"),
        pytest.param(
            _line(refunded=301_49), None, NOW, NotRefundableReason.ALREADY_REFUNDED, id="all back"
        ),
        pytest.param(
            _line(), 1, datetime(2028, 5, 4, 12, 0, 1, tzinfo=UTC),
            NotRefundableReason.PERIOD_EXPIRED, id="a second after its rights",
        ),
    ],
)  # fmt: skip
def test_what_is_not_refundable_says_why(line, amount, at, told) -> None:
    assert judge(line, amount, at) == NotRefundable(told)


def test_the_last_second_of_the_rights_still_counts() -> None:
    assert isinstance(judge(_line(), 1, datetime(2028, 5, 4, 12, tzinfo=UTC)), Refundable)


def test_what_is_left_is_the_most_and_nothing_is_no_amount() -> None:
    assert judge(_line(refunded=1_49), 300_01, NOW) == ExceedsPaid(300_00)
    assert judge(_line(), 0, NOW) == ExceedsPaid(301_49)


@pytest.mark.parametrize("state", LineState)
def test_all_goes_back_only_of_a_line_that_can_end_so_or_has_ended(state: LineState) -> None:
    told = judge(_line(state), None, NOW)
    if state in {LineState.RESERVED, LineState.PAID, LineState.ACCEPTED, LineState.SHIPPED}:
        assert isinstance(told, InvalidTransition)
        assert isinstance(judge(_line(state), 5_00, NOW), Refundable)
    else:
        assert isinstance(told, Refundable)
        moves = {LineState.DELIVERED, LineState.COMPLETED, LineState.RETURNED, LineState.LOST}
        assert told.ends is (state in moves)


@pytest.mark.parametrize(
    ("at", "months", "ends"),
    [
        ((2024, 2, 29), 12, (2025, 2, 28)),
        ((2026, 1, 31), 1, (2026, 2, 28)),
        ((2026, 12, 15), 24, (2028, 12, 15)),
        ((2026, 5, 4), 0, (2026, 5, 4)),
    ],
)
def test_months_end_on_the_same_day_or_the_last(at, months, ends) -> None:
    assert months_after(datetime(*at, tzinfo=UTC), months) == datetime(*ends, tzinfo=UTC)


def test_every_refusal_of_money_has_words_in_both_languages() -> None:
    for language in ("en", "fr"):
        assert set(DECLINED[language]) == set(DECLINE_CODES)
        assert set(NOT_REFUNDABLE[language]) == set(NotRefundableReason)
        assert EXCEEDS_PAID[language]
