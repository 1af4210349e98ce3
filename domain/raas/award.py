"""Which bid on a lot is the best one: who is out, what the others score, and in which order.

Source: docs/fleets.md, "Award".
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

from domain.raas.lots import WHOLE_BP, LotRules, Weights


class BidOut(StrEnum):
    """Why a bid is out before it is scored."""

    BELOW_RESERVE = "BELOW_RESERVE"
    QUALITY_BELOW_MINIMUM = "QUALITY_BELOW_MINIMUM"
    BIDDER_NOT_QUALIFIED = "BIDDER_NOT_QUALIFIED"
    EXPIRED = "EXPIRED"
    UNREADABLE = "UNREADABLE"


@dataclass(frozen=True, slots=True)
class Bid:
    """A bid as it was opened, with what is known of its merchant. Units: minor units; bp."""

    id: UUID
    amount_minor: int
    quality_bp: int
    in_country: bool
    reuse_bp: int
    ess: bool
    submitted_at: datetime
    valid_until: datetime
    qualified: bool = True


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a score, each rounded to an integer by itself. Units: basis points."""

    price: int
    quality: int
    in_country: int
    reuse: int
    ess: int

    @property
    def score(self) -> int:
        """All of it."""
        return sum(asdict(self).values())


@dataclass(frozen=True, slots=True)
class Ranked:
    """A bid with its place, 1 the best."""

    bid: Bid
    parts: Parts
    rank: int


def out(bid: Bid, rules: LotRules, at: datetime) -> BidOut | None:
    """Why a bid is not scored at this moment; None where it is."""
    if not bid.qualified:
        return BidOut.BIDDER_NOT_QUALIFIED
    if rules.reserve_minor is not None and bid.amount_minor < rules.reserve_minor:
        return BidOut.BELOW_RESERVE
    if rules.min_quality_bp is not None and bid.quality_bp < rules.min_quality_bp:
        return BidOut.QUALITY_BELOW_MINIMUM
    return BidOut.EXPIRED if bid.valid_until <= at else None


def parts_of(bid: Bid, highest_minor: int, weights: Weights) -> Parts:
    """What a bid scores beside the highest one. Half to even, each part once."""
    return Parts(
        price=round(Fraction(weights.price * bid.amount_minor, highest_minor)),
        quality=round(Fraction(weights.quality * bid.quality_bp, WHOLE_BP)),
        in_country=weights.in_country if bid.in_country else 0,
        reuse=round(Fraction(weights.reuse * bid.reuse_bp, WHOLE_BP)),
        ess=weights.ess if bid.ess else 0,
    )


def ranked(bids: Iterable[Bid], weights: Weights) -> list[Ranked]:
    """The bids that are not out, the best first.

    A higher score comes first; of equal ones the higher amount, then the one that came earlier,
    then the lower id. The order in which they are given does not matter.
    """
    given = list(bids)
    highest = max((bid.amount_minor for bid in given), default=1)
    scored = [(bid, parts_of(bid, highest, weights)) for bid in given]
    scored.sort(key=lambda each: (-each[1].score, -each[0].amount_minor, *_late(each[0])))
    return [Ranked(bid, parts, n) for n, (bid, parts) in enumerate(scored, 1)]


def _late(bid: Bid) -> tuple[datetime, UUID]:
    return bid.submitted_at, bid.id


def quality_of(mix: Sequence[tuple[int, int]]) -> int:
    """The quality of a merchant for a lot: that of each category, by its devices.

    Shapes: pairs of a quality index and how many devices it is for.
    """
    devices = sum(count for _, count in mix)
    return round(Fraction(sum(bp * count for bp, count in mix), devices or 1))
