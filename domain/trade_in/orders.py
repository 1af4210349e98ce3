"""The order of a trade-in: its clocks, what may be said of a device, and who pays for a lost one.

Source: docs/trade-in.md, "Orders".
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.calendars import Calendar
from domain.trade_in import Payout, Suspension, TradeInGrade, TradeInState

DAY: Final = timedelta(days=1)
ON_THE_WAY_AT_MOST: Final = 45 * DAY
"""A parcel of which nothing ended after so long is lost, whoever has it."""
BEGIN_WITHIN_DAYS: Final = 2
"""Working days of the market in which an inspection begins by itself, or earlier."""
ANSWER_LEAST: Final = 3 * DAY
"""A customer has so long at least to answer a counter-offer, however short the programme's term."""
UNCLAIMED_AT_MOST: Final = 30 * DAY
"""A device that came back to the merchant twice waits so long before it is given away."""
ACCOUNT_WITHIN: Final = 60 * DAY
"""After so long without another account, money that a bank refused becomes a credit."""
MOST_SEND_BACKS: Final = 2
DECLARATIONS_VERSION: Final = "2026-11"


class TradeInActor(StrEnum):
    """Who moves a trade-in."""

    CUSTOMER = "CUSTOMER"
    MERCHANT = "MERCHANT"
    PLATFORM = "PLATFORM"
    CARRIER = "CARRIER"
    CLOCK = "CLOCK"


class Declaration(StrEnum):
    """What a person declares who sells a device."""

    OWNERSHIP = "OWNERSHIP"
    AGE = "AGE"
    ERASURE_CONSENT = "ERASURE_CONSENT"
    DATA_WARNING = "DATA_WARNING"


class CounterReason(StrEnum):
    """Why a device is worth less than was said of it."""

    SCREEN_CRACKED = "SCREEN_CRACKED"
    SCREEN_SCRATCHED = "SCREEN_SCRATCHED"
    BODY_CRACKED = "BODY_CRACKED"
    BODY_SCRATCHED = "BODY_SCRATCHED"
    BATTERY_WORN = "BATTERY_WORN"
    FUNCTION_FAULTY = "FUNCTION_FAULTY"
    LIQUID_DAMAGE = "LIQUID_DAMAGE"
    UNKNOWN_PARTS = "UNKNOWN_PARTS"
    PART_MISSING = "PART_MISSING"
    WRONG_VARIANT = "WRONG_VARIANT"


class TradeInRefusalReason(StrEnum):
    """Why a device is not bought at all."""

    NOT_AS_DESCRIBED = "NOT_AS_DESCRIBED"
    WRONG_DEVICE = "WRONG_DEVICE"
    COUNTERFEIT = "COUNTERFEIT"
    UNSAFE = "UNSAFE"
    DATA_NOT_ERASABLE = "DATA_NOT_ERASABLE"


_S: Final = TradeInState
_R = CounterReason
_CRACKS = {_R.SCREEN_CRACKED, _R.BODY_CRACKED}
_WEAR = {_R.SCREEN_SCRATCHED, _R.BODY_SCRATCHED}
_FAULTS = {_R.FUNCTION_FAULTY, _R.BATTERY_WORN}
_SAID: Final[Mapping[TradeInGrade, Collection[CounterReason]]] = {
    TradeInGrade.FUNCTIONAL_FLAWLESS: (),
    TradeInGrade.FUNCTIONAL_GOOD: (),
    TradeInGrade.FUNCTIONAL_USED: _WEAR,
    TradeInGrade.FUNCTIONAL_CRACKED: _WEAR | _CRACKS,
    TradeInGrade.NOT_FUNCTIONAL_USED: _WEAR | _FAULTS,
    TradeInGrade.NOT_FUNCTIONAL_CRACKED: _WEAR | _FAULTS | _CRACKS,
}


def reasons_allowed(grade: TradeInGrade) -> list[CounterReason]:
    """What may be held against a device of a declared grade: nothing that its owner had said."""
    return [reason for reason in CounterReason if reason not in _SAID[grade]]


def suspensions_allowed() -> list[Suspension]:
    """Every reason of the closed list, in its order."""
    return list(Suspension)


@dataclass(frozen=True, slots=True)
class Terms:
    """The days of the programme that a trade-in was accepted under.

    Units: calendar days to send and to decide, working days of the market to inspect.
    """

    label_days: int
    decision_days: int
    inspection_days: int

    def stored(self) -> dict[str, int]:
        """As JSON."""
        return asdict(self)


def missing(said: Iterable[Declaration]) -> list[Declaration]:
    """The declarations that lack, but that of age, which has a refusal of its own."""
    given = {*said, Declaration.AGE}
    return [each for each in Declaration if each not in given]


@dataclass(frozen=True, slots=True)
class Clock:
    """When a trade-in is due in the state that it reached, and by when it is decided about.

    Shapes: `deadline` None is a final state, which nothing moves any more.
    """

    deadline: datetime | None
    decide_by: datetime | None = None


def clock_of(
    to: TradeInState,
    at: datetime,
    calendar: Calendar,
    payout: Payout,
    pay_within_days: int,
    terms: Terms,
    decide_by: datetime | None = None,
) -> Clock:
    """The deadline of a state that begins `at`. Units: working days are the calendar's.

    Shapes: `decide_by` is the one that runs; a resumed inspection has a new one. What only the
    caller knows, the end of a quote and of a counter-offer, it sets itself.
    """
    today = calendar.day_of(at)
    if to is _S.RECEIVED:
        begin = min(BEGIN_WITHIN_DAYS, terms.inspection_days)
        by = calendar.end_of(calendar.after(today, terms.inspection_days))
        return Clock(calendar.end_of(calendar.after(today, begin)), by)
    if to is _S.INSPECTING:
        by = decide_by or calendar.end_of(calendar.after(today, terms.inspection_days))
        return Clock(by, by)
    waits = {
        _S.LABEL_SENT: terms.label_days * DAY,
        _S.SENT: ON_THE_WAY_AT_MOST,
        _S.RETURNING: ON_THE_WAY_AT_MOST,
        _S.SUSPENDED: terms.decision_days * DAY,
        _S.REFUSED: timedelta(),
        _S.VALIDATED: pay_within_days * DAY if payout is Payout.BANK else timedelta(),
    }
    return Clock(at + waits[to] if to in waits else None)


BY_CLOCK: Final[Mapping[TradeInState, TradeInState]] = {
    _S.CREATED: _S.EXPIRED,
    _S.LABEL_SENT: _S.EXPIRED,
    _S.SENT: _S.LOST,
    _S.RECEIVED: _S.INSPECTING,
    _S.INSPECTING: _S.VALIDATED,
    _S.SUSPENDED: _S.RETURNING,
    _S.COUNTER_OFFERED: _S.RETURNING,
    _S.REFUSED: _S.RETURNING,
    _S.RETURNING: _S.LOST,
    _S.VALIDATED: _S.PAID,
}
"""Where silence leads from each state: nobody is stuck. A validated one ends as its payout says."""


class Blame(StrEnum):
    """Whose loss a lost device is."""

    CARRIER = "CARRIER"
    MERCHANT = "MERCHANT"


def blame(*, scanned: bool, back: bool) -> Blame:
    """Who pays for a device that is lost.

    Parcels under our labels are the carrier's, who is claimed against, from its first scan. A
    device that was to be sent back and that no carrier ever had is with the merchant.
    """
    return Blame.MERCHANT if back and not scanned else Blame.CARRIER


def compensation(
    bid_minor: int, counter_minor: int | None, suspensions: Collection[Suspension]
) -> int:
    """What a person gets for a device that is lost. Units: minor units.

    The bid; on the way back what was last offered for it; nothing for a parcel that was empty.
    """
    if Suspension.EMPTY_PARCEL in suspensions:
        return 0
    return bid_minor if counter_minor is None else counter_minor
