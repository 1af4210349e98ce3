"""A cart on its way to a purchase: its limits, and why a line or the whole cannot be bought now."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

from domain.markets import OPEN_TO_THE_PUBLIC, MarketStage, PauseScope
from domain.markets.pauses import stops

MOST_LINES: Final = 20
"""Offers in a cart."""
MOST_OF_ONE: Final = 20
"""Pieces of one offer."""
MOST_PIECES: Final = 40
"""Pieces in a cart."""
CART_KEPT: Final = timedelta(days=90)
RESERVED_FOR: Final = timedelta(minutes=15)
"""How long stock is set aside for a purchase that is not paid."""

_NO_STOCK: Final = frozenset({"OUT_OF_STOCK", "QUANTITY_BELOW_MINIMUM"})
_MILD: Final = frozenset(
    {
        "MERCHANT_RESTRICTED",
        "QUALITY_BELOW_FLOOR",
        "DELIVERY_TOO_SLOW",
        "PRICE_ABOVE_NEW",
        "LOW_STOCK_PROTECTION",
    }
)
"""Reasons for which an offer does not compete, and is sold all the same."""


class Why(StrEnum):
    """Why a cart, a line of it or a payment is refused: the codes that clients read."""

    OUT_OF_STOCK = "OUT_OF_STOCK"
    PRICE_CHANGED = "PRICE_CHANGED"
    OFFER_UNAVAILABLE = "OFFER_UNAVAILABLE"
    OFFER_NOT_SHIPPABLE_TO = "OFFER_NOT_SHIPPABLE_TO"
    CAP_REACHED = "CAP_REACHED"
    MARKET_PAUSED = "MARKET_PAUSED"
    MARKET_NOT_OPEN = "MARKET_NOT_OPEN"
    CART_UNKNOWN = "CART_UNKNOWN"
    CART_TAKEN = "CART_TAKEN"
    CART_CHANGED = "CART_CHANGED"
    CART_EMPTY = "CART_EMPTY"
    CART_FULL = "CART_FULL"
    CART_LINE_UNKNOWN = "CART_LINE_UNKNOWN"
    QUANTITY_NOT_ALLOWED = "QUANTITY_NOT_ALLOWED"
    ADDRESS_REQUIRED = "ADDRESS_REQUIRED"
    ADDRESS_INVALID = "ADDRESS_INVALID"
    TAX_PROVIDER_REQUIRED = "TAX_PROVIDER_REQUIRED"
    TAX_PROVIDER_UNAVAILABLE = "TAX_PROVIDER_UNAVAILABLE"
    TAX_ADDRESS_REFUSED = "TAX_ADDRESS_REFUSED"
    TAX_TERRITORY_UNSUPPORTED = "TAX_TERRITORY_UNSUPPORTED"
    IMPORT_VAT_AT_BORDER = "IMPORT_VAT_AT_BORDER"
    CONSIGNMENT_VALUE_UNKNOWN = "CONSIGNMENT_VALUE_UNKNOWN"
    DISTANCE_SALES_UNKNOWN = "DISTANCE_SALES_UNKNOWN"
    NOT_ELIGIBLE = "NOT_ELIGIBLE"
    RULE_MISSING = "RULE_MISSING"
    RULE_UNVERIFIED = "RULE_UNVERIFIED"
    RULE_CONFLICT = "RULE_CONFLICT"
    PAYMENT_DECLINED = "PAYMENT_DECLINED"
    PURCHASE_UNKNOWN = "PURCHASE_UNKNOWN"
    PURCHASE_NOT_PENDING = "PURCHASE_NOT_PENDING"


TAX: Final = frozenset(
    {
        Why.TAX_PROVIDER_REQUIRED,
        Why.TAX_PROVIDER_UNAVAILABLE,
        Why.TAX_ADDRESS_REFUSED,
        Why.TAX_TERRITORY_UNSUPPORTED,
        Why.IMPORT_VAT_AT_BORDER,
        Why.CONSIGNMENT_VALUE_UNKNOWN,
        Why.DISTANCE_SALES_UNKNOWN,
        Why.NOT_ELIGIBLE,
        Why.RULE_MISSING,
        Why.RULE_UNVERIFIED,
        Why.RULE_CONFLICT,
    }
)
"""Why the tax of a line cannot be settled, and so it is not sold: codes of `TaxRefusalCode`."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not. `facts` are JSON: ids, amounts in minor units, names of bands and scopes."""

    why: Why
    facts: Mapping[str, Any] = field(default_factory=dict)

    def stored(self) -> dict[str, Any]:
        """The refusal as JSON."""
        return {"refused": self.why.value, "facts": dict(self.facts)}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Refusal | None":
        """What `stored` gave; None for another outcome."""
        why = stored.get("refused")
        return None if why is None else cls(Why(why), stored["facts"])


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line of a cart: so many pieces, at so much a piece as the buyer saw. Minor units.

    `line` is None for one that is about to be added, `country` where nobody asks yet.
    """

    line: str | None
    offer: str
    pieces: int
    expected: int
    currency: str
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """An offer as it is sold now in the market of a cart: see `models.offers.read.OfferRow`."""

    visible: bool
    reasons: Collection[str]
    quantity: int
    landed: int | None
    countries: Collection[str]


def refusals(wanted: Wanted, now: Standing | None) -> list[Refusal]:
    """Why a line cannot be bought as it stands, worst first; empty if it can.

    An offer that is gone is one that is not sold: nobody is told why a merchant withdrew it.
    """
    of = {"line": wanted.line, "offer": wanted.offer}
    if now is None or not now.visible or now.landed is None:
        if now is not None and "MARKET_PAUSED" in now.reasons:
            return [Refusal(Why.MARKET_PAUSED, {"scope": PauseScope.ALL.value})]
        if now is not None and _only_lacks_stock(now):
            return [Refusal(Why.OUT_OF_STOCK, {**of, "left": 0})]
        return [Refusal(Why.OFFER_UNAVAILABLE, of)]
    found = []
    if now.quantity < wanted.pieces:
        found.append(Refusal(Why.OUT_OF_STOCK, {**of, "left": now.quantity}))
    if wanted.country is not None and wanted.country not in now.countries:
        found.append(Refusal(Why.OFFER_NOT_SHIPPABLE_TO, {**of, "country": wanted.country}))
    if now.landed != wanted.expected:
        prices = {"old": wanted.expected, "new": now.landed, "currency": wanted.currency}
        found.append(Refusal(Why.PRICE_CHANGED, {**of, **prices}))
    return found


def _only_lacks_stock(now: Standing) -> bool:
    lacking = set(now.reasons) & _NO_STOCK
    return bool(lacking) and set(now.reasons) <= _NO_STOCK | _MILD


def market_refusal(
    stage: MarketStage, scopes: Collection[PauseScope], *, paused: bool = False
) -> Refusal | None:
    """Why a market takes no orders, if it does not. `paused`: its offers are hidden as well."""
    if stage not in OPEN_TO_THE_PUBLIC:
        return Refusal(Why.MARKET_NOT_OPEN)
    stopped = PauseScope.ALL if paused else stops(scopes, (), PauseScope.CHECKOUT)
    return paused_by(stopped) if stopped else None


def paused_by(scope: PauseScope) -> Refusal:
    """The refusal of what a pause stops."""
    return Refusal(Why.MARKET_PAUSED, {"scope": scope.value})


def too_many(pieces: int, others: Collection[int]) -> Refusal | None:
    """Why so many pieces of an offer cannot stand in a cart beside those of the other offers."""
    if not 1 <= pieces <= MOST_OF_ONE:
        return Refusal(Why.QUANTITY_NOT_ALLOWED, {"most": MOST_OF_ONE})
    if len(others) >= MOST_LINES or sum(others) + pieces > MOST_PIECES:
        return Refusal(Why.CART_FULL, {"lines": MOST_LINES, "pieces": MOST_PIECES})
    return None


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month where it has none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first_of_next = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    last = first_of_next - timedelta(days=1)
    return last.replace(day=min(day.day, last.day))
