"""Merchants: what kind they are, which states they pass through, when they may sell."""

from collections.abc import Mapping
from enum import StrEnum

from domain import InvalidTransition, move


class MerchantKind(StrEnum):
    """What sort of refurbisher or seller a merchant is. No rule of ranking reads it."""

    WORKSHOP = "WORKSHOP"
    FACTORY = "FACTORY"
    BRAND = "BRAND"
    SOLIDARITY = "SOLIDARITY"
    OPERATOR = "OPERATOR"


class MerchantState(StrEnum):
    """Where a merchant stands, from the application to the end."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    IN_REVIEW = "IN_REVIEW"
    NEEDS_INFO = "NEEDS_INFO"
    AUDITING = "AUDITING"
    PROBATION = "PROBATION"
    ACTIVE = "ACTIVE"
    RESTRICTED = "RESTRICTED"
    SUSPENDED = "SUSPENDED"
    WITHDRAWN = "WITHDRAWN"
    REFUSED = "REFUSED"
    TERMINATED = "TERMINATED"
    CLOSED = "CLOSED"


_S = MerchantState
STATE_MOVES: Mapping[MerchantState, frozenset[MerchantState]] = {
    _S.DRAFT: frozenset({_S.SUBMITTED}),
    _S.SUBMITTED: frozenset({_S.IN_REVIEW, _S.WITHDRAWN}),
    _S.IN_REVIEW: frozenset({_S.AUDITING, _S.NEEDS_INFO, _S.REFUSED}),
    _S.NEEDS_INFO: frozenset({_S.IN_REVIEW, _S.WITHDRAWN}),
    _S.AUDITING: frozenset({_S.PROBATION, _S.NEEDS_INFO, _S.REFUSED}),
    _S.PROBATION: frozenset({_S.ACTIVE, _S.SUSPENDED, _S.TERMINATED}),
    _S.ACTIVE: frozenset({_S.RESTRICTED, _S.SUSPENDED, _S.CLOSED}),
    _S.RESTRICTED: frozenset({_S.ACTIVE, _S.SUSPENDED, _S.CLOSED}),
    _S.SUSPENDED: frozenset({_S.PROBATION, _S.ACTIVE, _S.RESTRICTED, _S.TERMINATED, _S.CLOSED}),
}
FINAL = frozenset({_S.WITHDRAWN, _S.REFUSED, _S.TERMINATED, _S.CLOSED})
SELLING = frozenset({_S.PROBATION, _S.ACTIVE, _S.RESTRICTED})


def may_sell(state: MerchantState) -> bool:
    """Whether new orders may be placed; orders accepted before are always fulfilled."""
    return state in SELLING


def move_state(
    now: MerchantState, to: MerchantState, before_suspension: MerchantState | None = None
) -> MerchantState | InvalidTransition:
    """The state after the move; a suspension that is lifted gives back the state before it.

    Refuses: a move that `STATE_MOVES` does not list; another selling state than the one before.
    """
    if now is _S.SUSPENDED:
        allowed = STATE_MOVES[now] - (SELLING - {before_suspension})
        moves: Mapping[MerchantState, frozenset[MerchantState]] = {now: allowed}
        return move(moves, now, to)
    return move(STATE_MOVES, now, to)


class KybState(StrEnum):
    """How far the verification of the company is; payouts need `APPROVED`."""

    NOT_SUBMITTED = "NOT_SUBMITTED"
    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"
    EXPIRED = "EXPIRED"


KYB_MOVES: Mapping[KybState, frozenset[KybState]] = {
    KybState.NOT_SUBMITTED: frozenset({KybState.PENDING}),
    KybState.PENDING: frozenset({KybState.APPROVED, KybState.REFUSED}),
    KybState.APPROVED: frozenset({KybState.EXPIRED}),
    KybState.EXPIRED: frozenset({KybState.PENDING}),
    KybState.REFUSED: frozenset({KybState.PENDING}),
}


def move_kyb(now: KybState, to: KybState) -> KybState | InvalidTransition:
    """The verification state after the move.

    Refuses: a move that `KYB_MOVES` does not list.
    """
    return move(KYB_MOVES, now, to)
