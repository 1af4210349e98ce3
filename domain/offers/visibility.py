"""Who may see an offer: its status, the reasons that hide or limit it, the limits of its price."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from statistics import median

from domain import InvalidTransition, move


class OfferStatus(StrEnum):
    """What the merchant's side did with an offer. Quantity 0 stays `LIVE`."""

    LIVE = "LIVE"
    PAUSED = "PAUSED"
    ABSENT = "ABSENT"
    REJECTED = "REJECTED"


_S = OfferStatus
STATUS_MOVES: Mapping[OfferStatus, frozenset[OfferStatus]] = {
    _S.LIVE: frozenset({_S.PAUSED, _S.ABSENT, _S.REJECTED}),
    _S.PAUSED: frozenset({_S.LIVE, _S.ABSENT, _S.REJECTED}),
    _S.ABSENT: frozenset({_S.LIVE}),
    _S.REJECTED: frozenset({_S.LIVE}),
}


def move_status(now: OfferStatus, to: OfferStatus) -> OfferStatus | InvalidTransition:
    """The status after the move.

    Refuses: a move that `STATUS_MOVES` does not list.
    """
    return move(STATUS_MOVES, now, to)


class OfferVisibility(StrEnum):
    """What customers of one market can do with an offer."""

    FULL = "FULL"
    LIMITED = "LIMITED"
    HIDDEN = "HIDDEN"


class Reason(StrEnum):
    """Why an offer is hidden, or listed without competing. The codes are public and final."""

    OUT_OF_STOCK = "OUT_OF_STOCK"
    QUANTITY_BELOW_MINIMUM = "QUANTITY_BELOW_MINIMUM"
    PAUSED_BY_MERCHANT = "PAUSED_BY_MERCHANT"
    ABSENT_FROM_FEED = "ABSENT_FROM_FEED"
    FEED_STALE = "FEED_STALE"
    OUTSIDE_AVAILABILITY = "OUTSIDE_AVAILABILITY"
    NO_PRICE_FOR_MARKET = "NO_PRICE_FOR_MARKET"
    CURRENCY_NOT_ALLOWED = "CURRENCY_NOT_ALLOWED"
    PRICE_OUTLIER_LOW = "PRICE_OUTLIER_LOW"
    PRICE_OUTLIER_HIGH = "PRICE_OUTLIER_HIGH"
    PRICE_ABOVE_MAX = "PRICE_ABOVE_MAX"
    PRODUCT_UNDER_REVIEW = "PRODUCT_UNDER_REVIEW"
    PRODUCT_REJECTED = "PRODUCT_REJECTED"
    PRODUCT_DISABLED = "PRODUCT_DISABLED"
    CONDITION_NEW = "CONDITION_NEW"
    GRADE_NOT_ALLOWED = "GRADE_NOT_ALLOWED"
    GRADE_STANDARD_RETIRED = "GRADE_STANDARD_RETIRED"
    CATEGORY_NOT_ALLOWED = "CATEGORY_NOT_ALLOWED"
    BRAND_NOT_ALLOWED = "BRAND_NOT_ALLOWED"
    MARKET_NOT_ALLOWED = "MARKET_NOT_ALLOWED"
    MARKET_NOT_OPEN = "MARKET_NOT_OPEN"
    MARKET_PAUSED = "MARKET_PAUSED"
    MERCHANT_NOT_SELLING = "MERCHANT_NOT_SELLING"
    CAP_REACHED = "CAP_REACHED"
    KYB_INCOMPLETE = "KYB_INCOMPLETE"
    COMPLIANCE_FACT_MISSING = "COMPLIANCE_FACT_MISSING"
    ERASURE_CAPABILITY_MISSING = "ERASURE_CAPABILITY_MISSING"
    LAB_BLOCK = "LAB_BLOCK"
    NO_SHIPPING_TO_MARKET = "NO_SHIPPING_TO_MARKET"
    WARRANTY_TOO_SHORT = "WARRANTY_TOO_SHORT"
    PRICE_ABOVE_NEW = "PRICE_ABOVE_NEW"
    LOW_STOCK_PROTECTION = "LOW_STOCK_PROTECTION"
    MERCHANT_RESTRICTED = "MERCHANT_RESTRICTED"
    QUALITY_BELOW_FLOOR = "QUALITY_BELOW_FLOOR"
    DELIVERY_TOO_SLOW = "DELIVERY_TOO_SLOW"
    NOT_COMPARABLE = "NOT_COMPARABLE"

    @property
    def effect(self) -> OfferVisibility:
        """What this reason alone does: `HIDDEN` or `LIMITED`."""
        return OfferVisibility.LIMITED if self in LIMITING else OfferVisibility.HIDDEN


LIMITING = frozenset(
    {
        Reason.PRICE_ABOVE_NEW,
        Reason.LOW_STOCK_PROTECTION,
        Reason.MERCHANT_RESTRICTED,
        Reason.QUALITY_BELOW_FLOOR,
        Reason.DELIVERY_TOO_SLOW,
        Reason.NOT_COMPARABLE,
    }
)


@dataclass(frozen=True, slots=True)
class VisibilityReason:
    """A reason that applies to an offer, since when, and what it was measured against.

    Shapes: `value` is the offer's own and `limit` what it must keep, as texts to be shown; None
    where the reason measures nothing.
    """

    code: Reason
    since: datetime | None = None
    value: str | None = None
    limit: str | None = None

    @property
    def effect(self) -> OfferVisibility:
        """What this reason alone does."""
        return self.code.effect


def worst_first(reasons: Iterable[Reason]) -> list[Reason]:
    """What hides an offer before what only limits it; in each, in the order of the list."""
    order = list(Reason)
    return sorted(set(reasons), key=lambda r: (r in LIMITING, order.index(r)))


def visibility(reasons: Iterable[Reason]) -> OfferVisibility:
    """What customers can do with an offer to which these reasons apply: the worst decides."""
    effects = {reason.effect for reason in reasons}
    if OfferVisibility.HIDDEN in effects:
        return OfferVisibility.HIDDEN
    return OfferVisibility.LIMITED if effects else OfferVisibility.FULL


@dataclass(frozen=True, slots=True)
class OfferLimits:
    """The limits inside which an offer is listed and competes.

    Units: percentages of the typical landed total, basis points of quality, days.
    """

    reject_below_percent: int = 10
    low_below_percent: int = 40
    high_above_percent: int = 250
    totals_needed: int = 5
    quality_floor_bp: int = 2000
    slowest_days: int = 15


DEFAULT_LIMITS = OfferLimits()

PRICE_OUTLIER = "PRICE_OUTLIER"
"""The code of a feed line whose price is so far off that the line is rejected."""


@dataclass(frozen=True, slots=True)
class PriceFindings:
    """What the limits say of a price; `rejected` means `PRICE_OUTLIER`, before any reason."""

    rejected: bool
    reasons: tuple[Reason, ...]


def typical_total(
    totals_of_others: Sequence[int], reference_new_minor: int | None, limits: OfferLimits
) -> Fraction | None:
    """What such an offer usually costs the customer; None when nothing tells.

    Shapes: the median landed total of the visible offers of the other merchants if there are
    enough of them, else the reference price of the model new.
    """
    if len(totals_of_others) >= limits.totals_needed:
        return median(map(Fraction, totals_of_others))
    return Fraction(reference_new_minor) if reference_new_minor else None


@dataclass(frozen=True, slots=True)
class AskedPrice:
    """A price to hold against the limits, with what is known around it.

    Units: minor units of the market's currency; `landed_minor` is what the customer pays in all.
    `confirmed` says that the merchant stands by a low price.
    """

    item_minor: int
    landed_minor: int
    totals_of_others: Sequence[int]
    reference_new_minor: int | None
    confirmed: bool = False


def check_price(asked: AskedPrice, limits: OfferLimits = DEFAULT_LIMITS) -> PriceFindings:
    """Hold a price against what others ask and against the model new.

    A price that is merely low is trusted once the merchant has confirmed it.
    """
    reasons = []
    reference = asked.reference_new_minor
    typical = typical_total(asked.totals_of_others, reference, limits)
    share = None if typical is None else asked.landed_minor * 100 / typical
    if share is not None and share < limits.reject_below_percent:
        return PriceFindings(rejected=True, reasons=())
    if share is not None and share < limits.low_below_percent and not asked.confirmed:
        reasons.append(Reason.PRICE_OUTLIER_LOW)
    if share is not None and share > limits.high_above_percent:
        reasons.append(Reason.PRICE_OUTLIER_HIGH)
    if reference is not None and asked.item_minor >= reference:
        reasons.append(Reason.PRICE_ABOVE_NEW)
    return PriceFindings(rejected=False, reasons=tuple(reasons))


@dataclass(frozen=True, slots=True)
class PriceRange:
    """The landed totals, both included, that no limit objects to."""

    lowest_minor: int
    highest_minor: int


def price_range(typical: Fraction, limits: OfferLimits = DEFAULT_LIMITS) -> PriceRange:
    """The range shown to a merchant whose price is out of it."""
    low, high = typical * limits.low_below_percent, typical * limits.high_above_percent
    return PriceRange(lowest_minor=-(-low // 100), highest_minor=high // 100)


def check_service(
    quality_bp: int, days: int, limits: OfferLimits = DEFAULT_LIMITS
) -> tuple[Reason, ...]:
    """The reasons for which a buyable offer does not compete: quality floor, slow delivery."""
    found = []
    if quality_bp < limits.quality_floor_bp:
        found.append(Reason.QUALITY_BELOW_FLOOR)
    if days > limits.slowest_days:
        found.append(Reason.DELIVERY_TOO_SLOW)
    return tuple(found)


PARTNER_REASONS: Mapping[str, Reason] = {
    "ZERO_QUANTITY": Reason.OUT_OF_STOCK,
    "SHOP_NOT_OPEN": Reason.MERCHANT_NOT_SELLING,
    "NO_ACTIVE_PRICE": Reason.NO_PRICE_FOR_MARKET,
    "NO_MIN_SHIPPING_RATE": Reason.NO_SHIPPING_TO_MARKET,
    "NO_CHANNEL_ON_SHOP": Reason.MARKET_NOT_ALLOWED,
    "SHOP_CURRENCY_DISABLED": Reason.CURRENCY_NOT_ALLOWED,
    "NOT_IN_AVAILABILITY_PERIOD": Reason.OUTSIDE_AVAILABILITY,
    "PRODUCT_STATUS_NEW": Reason.PRODUCT_UNDER_REVIEW,
    "PRODUCT_STATUS_PENDING": Reason.PRODUCT_UNDER_REVIEW,
    "PRODUCT_STATUS_SYNCHRO_ERROR": Reason.PRODUCT_UNDER_REVIEW,
    "PRODUCT_STATUS_INVALID": Reason.PRODUCT_REJECTED,
    "PRODUCT_STATUS_REJECTED": Reason.PRODUCT_REJECTED,
    "PRODUCT_DISABLED": Reason.PRODUCT_DISABLED,
    "CATEGORY_UNAUTHORIZED_TO_SELL": Reason.CATEGORY_NOT_ALLOWED,
    "BRAND_UNAUTHORIZED_TO_SELL": Reason.BRAND_NOT_ALLOWED,
    "PRODUCT_STATUS_UNAUTHORIZED_TO_SELL": Reason.BRAND_NOT_ALLOWED,
}


def reason_of_partner(code: str) -> Reason | None:
    """Our reason for a partner's inactivity code; None for a code that we do not know."""
    if code.startswith("AVAILABLE_QUANTITY_LESS_THAN_"):
        return Reason.QUANTITY_BELOW_MINIMUM
    return PARTNER_REASONS.get(code)
