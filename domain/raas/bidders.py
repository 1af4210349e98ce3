"""Who may bid on a lot, and every reason why not.

Source: docs/fleets.md, "Who may bid".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.merchants import MerchantState, may_sell
from domain.raas.award import quality_of
from domain.raas.lots import LotRules


class BidderReason(StrEnum):
    """Why a merchant may not bid."""

    MERCHANT_NOT_SELLING = "MERCHANT_NOT_SELLING"
    MARKET_NOT_ALLOWED = "MARKET_NOT_ALLOWED"
    COUNTRY_NOT_ALLOWED = "COUNTRY_NOT_ALLOWED"
    QUALITY_BELOW_MINIMUM = "QUALITY_BELOW_MINIMUM"
    ERASURE_CAPABILITY_MISSING = "ERASURE_CAPABILITY_MISSING"
    CAP_REACHED = "CAP_REACHED"
    SOLIDARITY_FIRST = "SOLIDARITY_FIRST"


@dataclass(frozen=True, slots=True)
class Bidder:
    """What is known of a merchant. Units: `cap_minor` of the lot's currency.

    Shapes: `country` is that of the site where it works on devices; `quality` its index by top
    category; the caps are None where it is not on probation.
    """

    state: MerchantState
    markets: frozenset[str]
    country: str
    quality: Mapping[str, int]
    ess: bool
    erases: bool
    test_space: bool = False
    cap_units: int | None = None
    cap_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a lot asks of those who bid. `mix` counts its devices by top category."""

    market: str
    country: str
    rules: LotRules
    assets: int
    mix: Mapping[str, int]
    storage: bool
    ess_until: datetime | None


def quality_for(bidder: Bidder, mix: Mapping[str, int], prior_bp: int) -> int:
    """A merchant's quality for a lot; where it has no data, that of one without any."""
    known = [(bidder.quality.get(top, prior_bp), count) for top, count in mix.items()]
    return quality_of(known or [(prior_bp, 1)])


def reasons(
    bidder: Bidder, lot: Wanted, now: datetime, prior_bp: int, amount_minor: int | None = None
) -> list[BidderReason]:
    """Why a merchant may not bid now, all of them; nothing where it may.

    `amount_minor`: what it means to bid, where that is known.
    """
    rules, found = lot.rules, BidderReason
    least = rules.min_quality_bp
    checks = {
        found.MERCHANT_NOT_SELLING: not may_sell(bidder.state) or bidder.test_space,
        found.MARKET_NOT_ALLOWED: lot.market not in bidder.markets,
        found.COUNTRY_NOT_ALLOWED: rules.in_country_only and bidder.country != lot.country,
        found.QUALITY_BELOW_MINIMUM: (
            least is not None and quality_for(bidder, lot.mix, prior_bp) < least
        ),
        found.ERASURE_CAPABILITY_MISSING: lot.storage and not bidder.erases,
        found.CAP_REACHED: _above(lot.assets, bidder.cap_units)
        or _above(amount_minor, bidder.cap_minor),
        found.SOLIDARITY_FIRST: (
            lot.ess_until is not None and now < lot.ess_until and not bidder.ess
        ),
    }
    return [reason for reason, holds in checks.items() if holds]


def _above(wanted: int | None, cap: int | None) -> bool:
    return wanted is not None and cap is not None and wanted > cap
