"""Why a cart, a checkout or a payment is refused."""

from collections.abc import Mapping
from typing import Annotated, Any, TypedDict
from uuid import UUID

import strawberry

from domain.markets import PauseScope
from domain.orders import PurchaseState
from domain.orders.checkout import TAX, Refusal, Why
from domain.orders.payments import Declined
from domain.orders.wording import WORDINGS
from domain.orders.wording_money import declined as declined_because
from resolvers.catalog import language
from schema.common import Info, Locale, Money, Problem, global_id
from schema.offers.offer import AvailabilityBand, band
from schema.rules import HOLDER, ruled

strawberry.enum(PauseScope, description="What a pause of a market stops.")


def _explanation(root: Problem, locale: Locale = "en") -> str:
    """`message` in a language, `en` or `fr`."""
    wording = WORDINGS[language(locale)][Why(root.code)]
    return f"{wording.message} {wording.hint}"


EXPLAINED: Any = strawberry.field(resolver=_explanation)


@ruled(HOLDER)
@strawberry.type
class CartRefused(Problem):
    """The cart is unknown, bought already, full, has no such line, or not so many pieces."""

    explanation: str = EXPLAINED


@ruled(HOLDER)
@strawberry.type
class OutOfStock(Problem):
    """Fewer are in stock than were asked for; nothing was set aside."""

    explanation: str = EXPLAINED
    line_id: strawberry.ID | None = strawberry.field(description="Line of the cart.")
    offer_id: strawberry.ID | None = strawberry.field(description="The offer.")
    availability: AvailabilityBand = strawberry.field(description="How much is left.")


@ruled(HOLDER)
@strawberry.type
class PriceChanged(Problem):
    """A piece costs another total than the buyer saw; send the new one to agree to it."""

    explanation: str = EXPLAINED
    line_id: strawberry.ID | None = strawberry.field(description="Line of the cart.")
    offer_id: strawberry.ID | None = strawberry.field(description="The offer.")
    old: Money = strawberry.field(description="What the buyer saw, for a piece, all in.")
    new: Money = strawberry.field(description="What it is now.")


@ruled(HOLDER)
@strawberry.type
class OfferUnavailable(Problem):
    """The offer is not sold in this market any more."""

    explanation: str = EXPLAINED
    line_id: strawberry.ID | None = strawberry.field(description="Line of the cart.")
    offer_id: strawberry.ID | None = strawberry.field(description="The offer.")


@ruled(HOLDER)
@strawberry.type
class OfferNotShippableTo(Problem):
    """An offer, or the whole market, does not deliver to the country."""

    explanation: str = EXPLAINED
    line_id: strawberry.ID | None = strawberry.field(description="Line; `null`: the whole cart.")
    offer_id: strawberry.ID | None = strawberry.field(description="Offer; `null`: all of them.")
    country: str = strawberry.field(description="Where it should go to, ISO 3166-1 alpha-2.")


@ruled(HOLDER)
@strawberry.type
class CapReached(Problem):
    """A merchant on probation has sold as many, or for as much, as it may for now."""

    explanation: str = EXPLAINED
    line_id: strawberry.ID | None = strawberry.field(description="Its first line of the cart.")
    offer_id: strawberry.ID | None = strawberry.field(description="The offer.")


@ruled(HOLDER)
@strawberry.type
class MarketPaused(Problem):
    """The market takes no orders for now."""

    explanation: str = EXPLAINED
    scope: PauseScope = strawberry.field(description="What the pause stops.")


@ruled(HOLDER)
@strawberry.type
class MarketNotOpen(Problem):
    """The market takes no orders from customers, not yet or not any more."""

    explanation: str = EXPLAINED


@ruled(HOLDER)
@strawberry.type
class CheckoutIncomplete(Problem):
    """Something lacks: `CART_EMPTY`, `ADDRESS_REQUIRED` or `ADDRESS_INVALID`."""

    explanation: str = EXPLAINED


@ruled(HOLDER)
@strawberry.type
class CartChanged(Problem):
    """The cart is not the one that was previewed."""

    explanation: str = EXPLAINED
    version: int = strawberry.field(description="Its version now.")


@ruled(HOLDER)
@strawberry.type
class TaxRefused(Problem):
    """Tax cannot be settled for this address: `code` says what lacks."""

    explanation: str = EXPLAINED
    line_id: strawberry.ID | None = strawberry.field(description="Line of the cart.")
    offer_id: strawberry.ID | None = strawberry.field(description="The offer.")
    country: str = strawberry.field(description="Where it should go to, ISO 3166-1 alpha-2.")
    rule: str | None = strawberry.field(
        description="Kind of the rule that lacks, or id of the one that may not be used."
    )


@ruled(HOLDER)
@strawberry.type
class PaymentDeclined(Problem):
    """The money was not taken; the stock stays set aside until the purchase's time is over."""

    purchase_id: strawberry.ID = strawberry.field(description="The purchase, for `retryPayment`.")
    reason: str = strawberry.field(description="Why, as a stable word: `INSUFFICIENT_FUNDS` …")
    retryable: bool = strawberry.field(
        description="Whether the same means of payment may succeed at another try."
    )

    @strawberry.field
    def explanation(self, locale: Locale = "en") -> str | None:
        """Why, for a person, in a language: `en` or `fr`."""
        return declined_because(self.reason, language(locale))


@ruled(HOLDER)
@strawberry.type
class PurchaseNotPending(Problem):
    """The purchase is unknown, paid, or its time is over."""

    explanation: str = EXPLAINED
    state: PurchaseState | None = strawberry.field(description="Its state; `null` if unknown.")


CheckoutProblem = Annotated[
    CartRefused
    | OutOfStock
    | PriceChanged
    | OfferUnavailable
    | OfferNotShippableTo
    | CapReached
    | MarketPaused
    | MarketNotOpen
    | CheckoutIncomplete
    | CartChanged
    | TaxRefused,
    strawberry.union("CheckoutProblem", description="Why a cart cannot be bought as it stands."),
]
_PATHS: Mapping[Why, list[str]] = {
    Why.ADDRESS_REQUIRED: ["address"],
    Why.PRICE_CHANGED: ["expectedTotal"],
    Why.OUT_OF_STOCK: ["quantity"],
    Why.QUANTITY_NOT_ALLOWED: ["quantity"],
    Why.CART_LINE_UNKNOWN: ["lineId"],
    Why.CART_CHANGED: ["cartVersion"],
    Why.PAYMENT_DECLINED: ["payment"],
    Why.PURCHASE_UNKNOWN: ["purchaseId"],
    Why.PURCHASE_NOT_PENDING: ["purchaseId"],
}


class _Told(TypedDict):
    code: str
    message: str
    path: list[str]
    hint: str | None
    request_id: strawberry.ID


def _told(info: Info, why: Why, path: list[str] | None = None) -> _Told:
    wording = WORDINGS["en"][why]
    return _Told(
        code=why.value,
        message=wording.message,
        path=_PATHS.get(why, ["cartId"]) if path is None else path,
        hint=wording.hint,
        request_id=strawberry.ID(info.context.request_id),
    )


def _id(kind: str, row_id: str | None) -> strawberry.ID | None:
    return strawberry.ID(str(global_id(kind, row_id))) if row_id else None


def _of(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "line_id": _id("CartLine", facts.get("line")),
        "offer_id": _id("Offer", facts.get("offer")),
    }


def problem_of(info: Info, refusal: Refusal) -> CheckoutProblem:
    """A refusal of a cart as clients see it."""
    if "offer" in refusal.facts:
        return _of_an_offer(info, refusal)
    return _of_the_cart(info, refusal)


def _of_an_offer(info: Info, refusal: Refusal) -> CheckoutProblem:
    why, facts, told = refusal.why, refusal.facts, _told(info, refusal.why)
    if why in TAX:
        told_of = {"country": facts["country"], "rule": facts.get("rule")}
        return TaxRefused(**told, **_of(facts), **told_of)
    match why:
        case Why.OUT_OF_STOCK:
            return OutOfStock(**told, **_of(facts), availability=band(facts["left"]))
        case Why.PRICE_CHANGED:
            old, new = (Money.of(facts[name], facts["currency"]) for name in ("old", "new"))
            return PriceChanged(**told, **_of(facts), old=old, new=new)
        case Why.OFFER_NOT_SHIPPABLE_TO:
            return OfferNotShippableTo(**told, **_of(facts), country=facts["country"])
        case Why.CAP_REACHED:
            return CapReached(**told, **_of(facts))
        case _:
            return OfferUnavailable(**told, **_of(facts))


def _of_the_cart(info: Info, refusal: Refusal) -> CheckoutProblem:
    why, facts, told = refusal.why, refusal.facts, _told(info, refusal.why)
    match why:
        case Why.MARKET_PAUSED:
            return MarketPaused(**told, scope=PauseScope(facts["scope"]))
        case Why.MARKET_NOT_OPEN:
            return MarketNotOpen(**told)
        case Why.OFFER_NOT_SHIPPABLE_TO:
            return OfferNotShippableTo(**told, **_of(facts), country=facts["country"])
        case Why.CART_CHANGED:
            return CartChanged(**told, version=facts["version"])
        case Why.CART_EMPTY | Why.ADDRESS_REQUIRED | Why.ADDRESS_INVALID:
            path = ["address", facts["field"]] if "field" in facts else None
            return CheckoutIncomplete(**_told(info, why, path))
        case _:
            return CartRefused(**told)


def declined(info: Info, purchase_id: UUID, paid: Declined) -> PaymentDeclined:
    """A payment that was refused."""
    return PaymentDeclined(
        **_told(info, Why.PAYMENT_DECLINED),
        purchase_id=strawberry.ID(str(global_id("Purchase", purchase_id))),
        reason=paid.code,
        retryable=paid.retryable,
    )


def not_pending(info: Info, refusal: Refusal) -> PurchaseNotPending:
    """A purchase that waits for no payment."""
    state = refusal.facts.get("state")
    known = PurchaseState(state) if state else None
    return PurchaseNotPending(**_told(info, refusal.why), state=known)
