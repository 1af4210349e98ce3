"""The states of a trade-in: every walk ends, by clock alone where a party stays silent."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendars import Calendar
from domain.orders.ledger import LedgerAccount
from domain.trade_in import FINAL, MOVES, Payout, Suspension, TradeInGrade, TradeInState
from domain.trade_in import money as rules
from domain.trade_in.accounts import AccountFault, BankAccount, account_of
from domain.trade_in.money import Parties
from domain.trade_in.orders import (
    BY_CLOCK,
    Blame,
    CounterReason,
    Terms,
    blame,
    clock_of,
    compensation,
    reasons_allowed,
)
from domain.trade_in.wording_orders import ACTIONS
from tests.factories import some_id

S = TradeInState
FRANCE = Calendar("FR", "Europe/Paris")
TERMS = Terms(21, 14, 5)
AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
CALLERS = {S.CREATED, S.COUNTER_OFFERED}


def test_every_state_but_the_final_ones_has_a_way_out_by_clock_alone() -> None:
    assert set(BY_CLOCK) == set(MOVES)
    for state in MOVES:
        assert BY_CLOCK[state] in MOVES[state]
        walked = [state]
        while walked[-1] not in FINAL:
            walked.append(BY_CLOCK[walked[-1]])
            assert len(walked) <= len(MOVES), walked


def test_every_state_that_is_not_final_has_a_deadline() -> None:
    for state in set(S) - CALLERS:
        due = clock_of(state, AT, FRANCE, Payout.BANK, 7, TERMS).deadline
        assert (due is None) == (state in FINAL), state
        assert due is None or due >= AT


@settings(max_examples=5_000, deadline=None)
@given(st.lists(st.integers(0, 100), max_size=30), st.integers(0, 12))
def test_any_walk_along_the_moves_ends_once_everybody_falls_silent(
    drawn: list[int], silent_after: int
) -> None:
    state = S.CREATED
    for n, pick in enumerate(drawn):
        if n >= silent_after or state in FINAL:
            break
        state = sorted(MOVES[state])[pick % len(MOVES[state])]
    silence = 0
    while state not in FINAL:
        state = BY_CLOCK[state]
        silence += 1
        assert silence <= len(MOVES)


def test_five_working_days_leave_out_the_weekend_and_the_holiday() -> None:
    # 8 May 2026 is a holiday in France, a Friday: 4, 5, 6, 7 and then 11 and 12
    found = clock_of(S.RECEIVED, AT, FRANCE, Payout.BANK, 7, TERMS)
    assert found.decide_by == datetime(2026, 5, 12, 22, tzinfo=UTC)
    assert found.deadline == datetime(2026, 5, 6, 22, tzinfo=UTC)


def test_an_exchange_is_settled_at_once_and_a_bank_is_asked_within_the_days_of_the_bid() -> None:
    for payout, wait in ((Payout.BANK, 7), (Payout.EXCHANGE_CREDIT, 0), (Payout.DONATION, 0)):
        due = clock_of(S.VALIDATED, AT, FRANCE, payout, 7, TERMS).deadline
        assert due == AT + timedelta(days=wait)


def test_nothing_is_held_against_a_device_that_its_owner_had_said() -> None:
    flawless = reasons_allowed(TradeInGrade.FUNCTIONAL_FLAWLESS)
    assert flawless == list(CounterReason)
    broken = set(reasons_allowed(TradeInGrade.NOT_FUNCTIONAL_CRACKED))
    assert broken == {
        CounterReason.LIQUID_DAMAGE, CounterReason.UNKNOWN_PARTS, CounterReason.PART_MISSING,
        CounterReason.WRONG_VARIANT,
    }  # fmt: skip


def test_a_lost_device_is_paid_at_what_was_last_offered_for_it() -> None:
    assert compensation(200_00, None, ()) == 200_00
    assert compensation(200_00, 120_00, ()) == 120_00
    assert compensation(200_00, None, (Suspension.EMPTY_PARCEL,)) == 0
    assert blame(scanned=True, back=True) is blame(scanned=False, back=False) is Blame.CARRIER
    assert blame(scanned=False, back=True) is Blame.MERCHANT


@given(st.integers(0, 10**12))
def test_every_movement_of_money_balances(minor: int) -> None:
    who = Parties(some_id(), some_id())
    moved = [rules.bought(minor, who), rules.paid(minor, who), rules.paid_back(minor, who),
             rules.credited(minor, who), rules.donated(minor, who),
             *(rules.compensated(minor, who, each) for each in Blame)]  # fmt: skip
    for entries in moved:
        assert sum(each.amount_minor for each in entries) == 0
        assert all(each.amount_minor for each in entries)
    owes = LedgerAccount.MERCHANT_OWED
    owed = [each for each in rules.bought(minor, who) if each.account is owes]
    assert [each.amount_minor for each in owed] == ([minor] if minor else [])


def test_every_suspension_tells_what_to_do_in_two_languages() -> None:
    assert set(ACTIONS) == set(Suspension)
    for action in ACTIONS.values():
        for said in (action.title, *action.steps):
            assert said.en
            assert said.fr
            assert said.en != said.fr


@pytest.mark.parametrize(
    ("iban", "name", "fault"),
    [
        ("FR76 3000 6000 0112 3456 7890 189", "Camille", None),
        ("de89370400440532013000", "Zoé", None),
        ("FR7630006000011234567890188", "Camille", AccountFault.CHECK_DIGITS),
        ("FR763000600001123456789018", "Camille", AccountFault.CHECK_DIGITS),
        ("XX7630006000011234567890189", "Camille", AccountFault.CHECK_DIGITS),
        ("", "Camille", AccountFault.FORMAT),
        ("1" * 200, "Camille", AccountFault.LENGTH),
        ("FR7630006000011234567890189", "", AccountFault.NAME),
        ("FR7630006000011234567890189", "x" * 71, AccountFault.NAME),
    ],
)
def test_an_account_that_no_bank_would_take_is_refused(
    iban: str, name: str, fault: AccountFault | None
) -> None:
    found = account_of(iban, name)
    if fault is None:
        assert isinstance(found, BankAccount)
        assert found.iban == iban.replace(" ", "").upper()
        assert found.iban[4:-4] not in found.shown
    else:
        assert isinstance(found, AccountFault)
