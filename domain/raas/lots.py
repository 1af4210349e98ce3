"""The rules of a lot, as they are published with it, and which of its devices come first to whom.

Source: docs/fleets.md, "Lots".
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

WHOLE_BP: Final = 10_000
ESS_FIRST_HOURS: Final = 48
CONFIRM_DAYS: Final = 3
AWARD_DAYS: Final = 10
LONGEST_BIDDING: Final = timedelta(days=90)
LONGEST_BID: Final = timedelta(days=180)
DRAFT_KEPT: Final = timedelta(days=90)


class LotActor(StrEnum):
    """Who moved a lot."""

    ORGANISATION = "ORGANISATION"
    MERCHANT = "MERCHANT"
    PLATFORM = "PLATFORM"


class LotEventKind(StrEnum):
    """What an entry of a lot's timeline is."""

    MOVED = "MOVED"
    CHANGED = "CHANGED"
    EXTENDED = "EXTENDED"
    OPENED = "OPENED"
    DEFAULTED = "DEFAULTED"


class LotEndReason(StrEnum):
    """Why a lot that nobody contracts ends, or an award does, where no person says so."""

    NO_BIDS = "NO_BIDS"
    NO_BID_LEFT = "NO_BID_LEFT"
    NOT_AWARDED_IN_TIME = "NOT_AWARDED_IN_TIME"
    NOT_CONFIRMED_IN_TIME = "NOT_CONFIRMED_IN_TIME"
    DRAFT_FORGOTTEN = "DRAFT_FORGOTTEN"


@dataclass(frozen=True, slots=True)
class AssetFilter:
    """Which assets of a fleet are meant: all that are free and fit every list that is given."""

    dispositions: Sequence[str] | None = None
    categories: Sequence[str] | None = None
    sites: Sequence[UUID] | None = None


@dataclass(frozen=True, slots=True)
class Weights:
    """What a bid is scored by. Units: basis points, 10,000 together."""

    price: int = 7000
    quality: int = 1500
    in_country: int = 500
    reuse: int = 700
    ess: int = 300


@dataclass(frozen=True, slots=True)
class AntiSnipe:
    """A bid in the last seconds of an open lot moves its end. Units: seconds; `most` times."""

    window_seconds: int
    extend_seconds: int
    most: int


@dataclass(frozen=True, slots=True)
class LotRules:
    """What decides about a lot. Units: minor units, basis points, hours, working days."""

    bids_until: datetime
    reserve_minor: int | None = None
    sealed: bool = True
    in_country_only: bool = False
    min_quality_bp: int | None = None
    ess_share_bp: int = 0
    ess_first_hours: int = ESS_FIRST_HOURS
    weights: Weights = field(default_factory=Weights)
    auto_award: bool = False
    anti_snipe: AntiSnipe | None = None
    show_organisation: bool = False
    confirm_days: int = CONFIRM_DAYS
    award_days: int = AWARD_DAYS

    def stored(self) -> dict[str, Any]:
        """The same as JSON."""
        return asdict(self) | {"bids_until": self.bids_until.isoformat()}

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "LotRules":
        """Rules as they were stored."""
        snipe = stored["anti_snipe"]
        return cls(
            **{
                **stored,
                "bids_until": datetime.fromisoformat(stored["bids_until"]),
                "weights": Weights(**stored["weights"]),
                "anti_snipe": AntiSnipe(**snipe) if snipe else None,
            }
        )


@dataclass(frozen=True, slots=True)
class RuleFault:
    """A rule that cannot be: the field as clients know it, and a code."""

    field: str
    reason: str


def fault_of(rules: LotRules, now: datetime) -> RuleFault | None:
    """The first rule of a lot that cannot be published now; None where all can."""
    for wrong, name, reason in (
        (rules.bids_until <= now, "bidsUntil", "NOT_IN_THE_FUTURE"),
        (rules.bids_until > now + LONGEST_BIDDING, "bidsUntil", "TOO_FAR"),
        (rules.reserve_minor is not None and rules.reserve_minor <= 0, "reserve", "NOT_POSITIVE"),
        (not _share(rules.min_quality_bp or 0), "minQualityBp", "OUT_OF_RANGE"),
        (not _share(rules.ess_share_bp), "essShareBp", "OUT_OF_RANGE"),
        (not 1 <= rules.ess_first_hours <= 30 * 24, "essFirstHours", "OUT_OF_RANGE"),
        (not _weighed(rules.weights), "weights", "NOT_10000_TOGETHER"),
        (not 1 <= rules.confirm_days <= 30, "confirmDays", "OUT_OF_RANGE"),
        (not 1 <= rules.award_days <= 60, "awardDays", "OUT_OF_RANGE"),
        (rules.anti_snipe is not None and rules.sealed, "antiSnipe", "LOT_IS_SEALED"),
        (not _extends(rules.anti_snipe), "antiSnipe", "OUT_OF_RANGE"),
        (not _after_window(rules, now), "essFirstHours", "LEAVES_NO_TIME_FOR_OTHERS"),
    ):
        if wrong:
            return RuleFault(name, reason)
    return None


def _share(bp: int) -> bool:
    return 0 <= bp <= WHOLE_BP


def _weighed(weights: Weights) -> bool:
    parts = asdict(weights).values()
    return all(part >= 0 for part in parts) and sum(parts) == WHOLE_BP


def _extends(snipe: AntiSnipe | None) -> bool:
    if snipe is None:
        return True
    seconds = snipe.window_seconds, snipe.extend_seconds
    return all(1 <= each <= 24 * 3600 for each in seconds) and 1 <= snipe.most <= 100


def _after_window(rules: LotRules, now: datetime) -> bool:
    until = ess_until(rules, now)
    return until is None or until < rules.bids_until


def ess_until(rules: LotRules, published_at: datetime) -> datetime | None:
    """Until when solidarity actors alone see the reserved devices; None where none are."""
    if not rules.ess_share_bp:
        return None
    return published_at + timedelta(hours=rules.ess_first_hours)


def is_reserved(place: int, share_bp: int) -> bool:
    """Whether the device at this place of the manifest is shown to solidarity actors first.

    Places count from 0. Of the first `n` places, `n * share / 10,000` rounded up are reserved, so
    that every model and grade, which stand together in the manifest, gives its share.
    """
    return -(-(place + 1) * share_bp // WHOLE_BP) > -(-place * share_bp // WHOLE_BP)


def extended(
    snipe: AntiSnipe | None, bids_until: datetime, at: datetime, times: int
) -> datetime | None:
    """When bidding ends after a bid at `at`, where that is later than before; None else."""
    if snipe is None or times >= snipe.most:
        return None
    if bids_until - at > timedelta(seconds=snipe.window_seconds):
        return None
    later = at + timedelta(seconds=snipe.extend_seconds)
    return later if later > bids_until else None
