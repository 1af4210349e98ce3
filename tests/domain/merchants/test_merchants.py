"""States of merchants and of their verification."""

import pytest

from domain import InvalidTransition
from domain.merchants import (
    FINAL,
    KYB_MOVES,
    SELLING,
    STATE_MOVES,
    KybState,
    MerchantState,
    may_sell,
    move_kyb,
    move_state,
)

ALLOWED = {
    "DRAFT": "SUBMITTED",
    "SUBMITTED": "IN_REVIEW WITHDRAWN",
    "IN_REVIEW": "AUDITING NEEDS_INFO REFUSED",
    "NEEDS_INFO": "IN_REVIEW WITHDRAWN",
    "AUDITING": "PROBATION NEEDS_INFO REFUSED",
    "PROBATION": "ACTIVE SUSPENDED TERMINATED",
    "ACTIVE": "RESTRICTED SUSPENDED CLOSED",
    "RESTRICTED": "ACTIVE SUSPENDED CLOSED",
    "SUSPENDED": "PROBATION ACTIVE RESTRICTED TERMINATED CLOSED",
}


def test_the_moves_are_the_published_ones() -> None:
    assert {k.value: frozenset(v) for k, v in STATE_MOVES.items()} == {
        k: frozenset(v.split()) for k, v in ALLOWED.items()
    }
    assert set(MerchantState) - set(STATE_MOVES) == FINAL


@pytest.mark.parametrize("now", sorted(FINAL))
@pytest.mark.parametrize("to", list(MerchantState))
def test_nothing_follows_a_final_state(now: MerchantState, to: MerchantState) -> None:
    assert move_state(now, to) == InvalidTransition(now, to, ())


def test_only_three_states_sell() -> None:
    assert {s for s in MerchantState if may_sell(s)} == SELLING
    assert {"PROBATION", "ACTIVE", "RESTRICTED"} == SELLING


@pytest.mark.parametrize("before", sorted(SELLING))
def test_a_lifted_suspension_gives_back_the_state_before(before: MerchantState) -> None:
    assert move_state(MerchantState.SUSPENDED, before, before) is before
    for other in SELLING - {before}:
        refused = move_state(MerchantState.SUSPENDED, other, before)
        expected = tuple(sorted({"TERMINATED", "CLOSED", before}))
        assert refused == InvalidTransition("SUSPENDED", other, expected)


def test_a_suspension_of_unknown_origin_only_ends() -> None:
    suspended = MerchantState.SUSPENDED

    assert isinstance(move_state(suspended, MerchantState.ACTIVE), InvalidTransition)
    assert move_state(suspended, MerchantState.CLOSED) is MerchantState.CLOSED


def test_probation_is_not_restricted() -> None:
    refused = move_state(MerchantState.PROBATION, MerchantState.RESTRICTED)

    assert refused == InvalidTransition(
        "PROBATION", "RESTRICTED", ("ACTIVE", "SUSPENDED", "TERMINATED")
    )


def test_verification_moves_are_the_published_ones() -> None:
    assert {(a.value, b.value) for a, after in KYB_MOVES.items() for b in after} == {
        ("NOT_SUBMITTED", "PENDING"),
        ("PENDING", "APPROVED"),
        ("PENDING", "REFUSED"),
        ("APPROVED", "EXPIRED"),
        ("EXPIRED", "PENDING"),
        ("REFUSED", "PENDING"),
    }
    assert move_kyb(KybState.PENDING, KybState.APPROVED) is KybState.APPROVED
    assert isinstance(move_kyb(KybState.NOT_SUBMITTED, KybState.APPROVED), InvalidTransition)
