"""Decisions on merchants: what they do, what their statement of reasons must say, who may appeal.

A statement has every field or is not given; it is never edited. It reaches the merchant at or
before the effect.
Source: Regulation (EU) 2022/2065 art. 17, 20; Regulation (EU) 2019/1150 art. 4;
docs/rules/decisions.md.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from domain import InvalidTransition
from domain.calendars import Calendar, months_after
from domain.merchants import FINAL, MerchantState, move_state

TERMINATION_DAYS: Final = 30
APPEAL_MONTHS: Final = 6
ANSWER_WORKING_DAYS: Final = 15


class DecisionType(StrEnum):
    """What is decided."""

    WARNING = "WARNING"
    RESTRICTION = "RESTRICTION"
    SUSPENSION = "SUSPENSION"
    TERMINATION = "TERMINATION"
    OFFER_REMOVAL = "OFFER_REMOVAL"
    APPLICATION_REFUSAL = "APPLICATION_REFUSAL"
    PROBATION_EXTENSION = "PROBATION_EXTENSION"
    PAYOUT_HOLD = "PAYOUT_HOLD"


class LegalDecision(StrEnum):
    """The same in the words of the law. Source: Regulation (EU) 2022/2065 art. 17(1)."""

    REMOVED = "REMOVED"
    DISABLED = "DISABLED"
    DEMOTED = "DEMOTED"
    VISIBILITY_LIMITED = "VISIBILITY_LIMITED"
    PAYMENT_SUSPENDED = "PAYMENT_SUSPENDED"
    SERVICE_SUSPENDED = "SERVICE_SUSPENDED"
    SERVICE_TERMINATED = "SERVICE_TERMINATED"
    ACCOUNT_SUSPENDED = "ACCOUNT_SUSPENDED"
    ACCOUNT_TERMINATED = "ACCOUNT_TERMINATED"


class DecisionState(StrEnum):
    """Where a decision stands."""

    DRAFT = "DRAFT"
    APPROVED = "APPROVED"
    NOTIFIED = "NOTIFIED"
    IN_FORCE = "IN_FORCE"
    LIFTED = "LIFTED"
    EXPIRED = "EXPIRED"


class AppealState(StrEnum):
    """Where an appeal stands."""

    FILED = "FILED"
    IN_REVIEW = "IN_REVIEW"
    UPHELD = "UPHELD"
    DISMISSED = "DISMISSED"


class TriggeredBy(StrEnum):
    """What a decision came of."""

    NOTICE = "NOTICE"
    OWN_INITIATIVE = "OWN_INITIATIVE"
    ORDER = "ORDER"


class Ground(StrEnum):
    """What a decision rests on."""

    LAW = "LAW"
    TERMS = "TERMS"


class NoticeExemption(StrEnum):
    """Why a termination needs no notice; the statement names it."""

    LEGAL_DUTY = "LEGAL_DUTY"
    REPEATED_INFRINGEMENT = "REPEATED_INFRINGEMENT"


_T = DecisionType
IN_LAW: Final[Mapping[DecisionType, LegalDecision]] = {
    _T.RESTRICTION: LegalDecision.VISIBILITY_LIMITED,
    _T.SUSPENSION: LegalDecision.ACCOUNT_SUSPENDED,
    _T.TERMINATION: LegalDecision.ACCOUNT_TERMINATED,
    _T.OFFER_REMOVAL: LegalDecision.REMOVED,
    _T.PAYOUT_HOLD: LegalDecision.PAYMENT_SUSPENDED,
}
"""A warning, a refusal of an application and a longer probation restrict nothing."""

FOUR_EYES: Final = frozenset({_T.SUSPENSION, _T.TERMINATION})
BECOMES: Final[Mapping[DecisionType, MerchantState]] = {
    _T.RESTRICTION: MerchantState.RESTRICTED,
    _T.SUSPENSION: MerchantState.SUSPENDED,
    _T.TERMINATION: MerchantState.TERMINATED,
    _T.APPLICATION_REFUSAL: MerchantState.REFUSED,
}
WHOLE_ACCOUNT: Final = frozenset(BECOMES)
"""These change what a merchant may do in every market."""

FIELDS: Final = (
    *("objects", "territory", "duration", "facts", "triggeredBy", "automatedDetection"),
    *("automatedDecision", "ground", "groundRef", "explanation", "redress", "effectiveAt"),
    *("rule", "measured", "evidence", "howToRemedy", "language"),
)
"""What a statement must have; the rest we add: decision, deliveredAt, appealUntil."""
_MAY_BE_EMPTY: Final = frozenset({"measured"})
_PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "redress": ("outOfCourtBody", "court"),
    "rule": ("id", "version"),
}


@dataclass(frozen=True, slots=True)
class StatementIncomplete:
    """What a statement lacks, as names of the API."""

    missing: tuple[str, ...]
    code: str = "STATEMENT_INCOMPLETE"


@dataclass(frozen=True, slots=True)
class NoticeTooShort:
    """The effect comes before the merchant had its days. Units: `min_days`."""

    min_days: int
    code: str = "NOTICE_TOO_SHORT"


def incomplete(statement: Mapping[str, Any]) -> StatementIncomplete | None:
    """What a statement lacks; None for a whole one.

    Shapes: names of `FIELDS` to values of JSON; blank texts and empty lists are nothing, but that
    nothing was measured may be said.
    """
    missing = tuple(_missing(statement))
    return StatementIncomplete(missing) if missing else None


def _missing(statement: Mapping[str, Any]) -> Iterable[str]:
    for name in FIELDS:
        value = statement.get(name)
        if isinstance(value, Mapping) and name in _PARTS:
            yield from (f"{name}.{part}" for part in _PARTS[name] if not _said(value.get(part)))
        elif not _said(value) and not (name in _MAY_BE_EMPTY and value is not None):
            yield name


def _said(value: Any) -> bool:
    if isinstance(value, str):
        return bool(value.strip())
    return value is not None and value not in ([], {})


def notice(
    kind: DecisionType,
    effective_at: datetime,
    delivered_at: datetime,
    exemption: NoticeExemption | None = None,
) -> NoticeTooShort | None:
    """Whether the merchant is told in time; None: it is.

    What should have begun before it was told begins when it is told. The end of a whole account
    needs thirty days, but for a legal duty or repeated infringement.
    """
    if kind is not DecisionType.TERMINATION or exemption is not None:
        return None
    if effective_at >= delivered_at + timedelta(days=TERMINATION_DAYS):
        return None
    return NoticeTooShort(TERMINATION_DAYS)


def begins(effective_at: datetime, delivered_at: datetime) -> datetime:
    """When a decision takes effect: never before it was told."""
    return max(effective_at, delivered_at)


def becomes(kind: DecisionType, state: MerchantState) -> MerchantState | InvalidTransition | None:
    """The state of a merchant that a decision makes; None where it leaves the state alone.

    Refuses: a move that the life of a merchant does not have.
    """
    to = BECOMES.get(kind)
    return None if to is None else move_state(state, to, state)


def returns_to(
    now: MerchantState, made: MerchantState, before: MerchantState
) -> MerchantState | None:
    """The state that a merchant has again once a decision is lifted or ends.

    None where it is not in the state that the decision made, or that state is final.
    """
    return None if now is not made or made in FINAL else before


def appeal_until(delivered_at: datetime, calendar: Calendar) -> datetime:
    """The moment until which a merchant may appeal: the end of a day six months later."""
    return calendar.end_of(months_after(calendar.day_of(delivered_at), APPEAL_MONTHS))


def answer_by(filed_at: datetime, calendar: Calendar) -> datetime:
    """Until when an appeal is answered: fifteen working days."""
    day: date = calendar.day_of(filed_at)
    return calendar.end_of(calendar.after(day, ANSWER_WORKING_DAYS))
