"""A cart is made, filled, changed and claimed. Nothing is set aside for it, and no price kept."""

import hashlib
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.accounts.roles import CallerKind
from domain.markets import PauseScope
from domain.money import Currency, Money
from domain.orders.addresses import Address, BadAddress, tidy
from domain.orders.checkout import (
    Refusal,
    Standing,
    Wanted,
    Why,
    market_refusal,
    paused_by,
    refusals,
    too_many,
)
from models.offers.read import OfferRow
from models.orders import carts
from models.orders.carts import CartLine, CartRow
from resolvers.context import NOT_KEPT, BadInput, Context, depends, stored_text
from resolvers.effects import Outcome, audited, customer_once, holder_once
from resolvers.markets.selling import may_buy, sold_in

TOKEN_PREFIX = "bcc_"  # noqa: S105 - what a token begins with
_TOKEN_BYTES = 24
_LONGEST_TOKEN = 64


@dataclass(frozen=True, slots=True)
class Cart:
    """A cart and what is in it; each line with the offer as it is sold now."""

    row: CartRow
    lines: list[CartLine]


@dataclass(frozen=True, slots=True)
class Created:
    """A new cart; the token of a visitor's, for the only time."""

    cart: Cart
    token: str | None


@dataclass(frozen=True, slots=True)
class Of:
    """Which cart is meant, and the token that opens it where it is a visitor's."""

    cart_id: UUID
    token: str | None = None

    @property
    def hash(self) -> str | None:
        """What is stored of the token; None for a customer's own cart."""
        if self.token is None:
            return None
        return hashlib.sha256(self.token[:_LONGEST_TOKEN].encode(errors="replace")).hexdigest()


async def create(
    ctx: Context, market: str, country: str | None, language: str, key: str
) -> Created:
    """A new cart: the customer's who asks, else a visitor's with a token.

    A visitor's repeated call makes another one, for nobody but its token knows the first.
    Raises: BadInput for a market that is not open, to this visitor or to anybody, or paused, or
    that does not deliver to `country`.
    """
    sold = await sold_in(ctx, market)
    found = sold.market
    if not may_buy(ctx, found, sold.standing):
        raise BadInput(
            f"`{found.code}` opens for a share of its visitors. Try again on another day.",
            reason="MARKET_NOT_OPEN",
            argument="market",
        )
    to = found.countries[0] if country is None else stored_text(country, "country").upper()
    if to not in found.countries:
        raise BadInput(f"`{found.code}` delivers to {', '.join(found.countries)}.",
                       argument="country")  # fmt: skip

    async def act(customer_id: UUID) -> Outcome:
        made = await carts.add(found.code, to, language, customer_id, None)
        return {"cart": str(made)}

    if ctx.caller.kind is CallerKind.CUSTOMER:
        given = {"market": found.code, "country": to, "language": language}
        outcome = await customer_once(ctx, "createCart", key, given, act)
        return Created(await _there(ctx, Of(UUID(outcome["cart"]))), None)
    token = TOKEN_PREFIX + secrets.token_urlsafe(_TOKEN_BYTES)
    hidden = Of(UUID(int=0), token).hash
    async with ctx.private(hidden):
        made = await carts.add(found.code, to, language, None, hidden)
    return Created(await _there(ctx, Of(made, token)), token)


async def cart(ctx: Context, of: Of) -> Cart | None:
    """A cart that the caller may open; None for any other."""
    depends(NOT_KEPT)
    async with ctx.private(of.hash):
        row = await carts.cart(of.cart_id)
        return Cart(row, await carts.lines(row.id)) if row else None


async def _there(ctx: Context, of: Of) -> Cart:
    found = await cart(ctx, of)
    if found is None:
        raise LookupError(of.cart_id)
    return found


Change = Callable[[CartRow], Awaitable[Refusal | None]]


async def add_line(
    ctx: Context, of: Of, offer_id: UUID, pieces: int, expected: Decimal, key: str
) -> Cart | Refusal:
    """Put pieces of an offer into a cart, beside those that are there, at the price that was seen.

    Refuses: a cart that is unknown, bought or full; an offer that is not sold, has fewer pieces, or
    costs something else by now.
    Raises: BadInput.
    """

    async def change(row: CartRow) -> Refusal | None:
        lines = await carts.lines(row.id)
        before = sum(line.quantity for line in lines if line.offer_id == offer_id)
        others = [line.quantity for line in lines if line.offer_id != offer_id]
        refused = closed(row) or too_many(before + pieces if pieces > 0 else 0, others)
        if refused is not None:
            return refused
        offer = await carts.offer_in(offer_id, row.market)
        minor = _minor(expected, row)
        wanted = Wanted(None, str(offer_id), before + pieces, minor, row.currency)
        if found := refusals(wanted, standing(offer, row)):
            return found[0]
        if offer is not None:
            if no := await stopped(row, [offer.variant_id]):
                return no
            await carts.put(row.id, offer, before + pieces, minor)
        return None

    given = {"offer": offer_id, "quantity": pieces, "expected": str(expected)}
    return await _changed(ctx, of, "addCartLine", key, given, change)


async def change_line(
    ctx: Context, of: Of, line_id: UUID, pieces: int | None, expected: Decimal | None, key: str
) -> Cart | Refusal:
    """Change how many pieces of an offer are wanted, or agree to what it costs now.

    Fewer pieces are always taken. Refuses, raises: as `add_line`; a line that is not there.
    """

    async def change(row: CartRow) -> Refusal | None:
        lines = await carts.lines(row.id)
        line = next((each for each in lines if each.id == line_id), None)
        if line is None:
            return Refusal(Why.CART_LINE_UNKNOWN, {"line": str(line_id)})
        minor = None if expected is None else _minor(expected, row)
        wanted = line.quantity if pieces is None else pieces
        others = [each.quantity for each in lines if each.id != line_id]
        refused = too_many(wanted, others) or _not_as_seen(row, line, wanted, minor)
        if refused is None:
            await carts.change(row.id, line_id, pieces, minor)
        return refused

    given = {"line": line_id, "quantity": pieces, "expected": _text(expected)}
    return await _changed(ctx, of, "changeCartLine", key, given, change)


def _not_as_seen(row: CartRow, line: CartLine, wanted: int, minor: int | None) -> Refusal | None:
    """Why more pieces, or another price, cannot be agreed on."""
    if wanted <= line.quantity and minor is None:
        return None
    expected = line.expected_minor if minor is None else minor
    asked = Wanted(str(line.id), str(line.offer_id), wanted, expected, row.currency)
    return next(iter(refusals(asked, standing(line.offer, row))), None)


async def remove_line(ctx: Context, of: Of, line_id: UUID, key: str) -> Cart | Refusal:
    """Take a line out of a cart. Refuses: a cart that is unknown or bought; no such line."""

    async def change(row: CartRow) -> Refusal | None:
        if await carts.remove(row.id, line_id):
            return None
        return Refusal(Why.CART_LINE_UNKNOWN, {"line": str(line_id)})

    return await _changed(ctx, of, "removeCartLine", key, {"line": line_id}, change)


async def set_address(ctx: Context, of: Of, given: Address, key: str) -> Cart | Refusal:
    """Set where a cart is sent.

    Refuses: a cart that is unknown or bought; an address that lacks something, or is in a country
    that the market does not deliver to.
    Raises: BadInput.
    """
    for text in (given.name, *given.street, given.city, given.postal_code, given.country,
                 given.company, given.region, given.phone):  # fmt: skip
        stored_text(text or "", "address")

    async def change(row: CartRow) -> Refusal | None:
        address = tidy(given)
        if isinstance(address, BadAddress):
            return Refusal(Why.ADDRESS_INVALID, {"field": address.field})
        if address.country not in row.countries:
            return Refusal(Why.OFFER_NOT_SHIPPABLE_TO, {"country": address.country})
        await carts.send_to(row.id, address)
        return None

    return await _changed(ctx, of, "setCartAddress", key, given.stored(), change)


async def claim(ctx: Context, of: Of, key: str) -> Cart | Refusal:
    """Make a visitor's cart the customer's who signed in; its token opens nothing any more.

    A cart that is the customer's already stays so. Refuses: a cart that is unknown or bought.
    Raises: SignInFirst, BadInput.
    """
    customer_id = ctx.customer_id()

    async def change(row: CartRow) -> Refusal | None:
        if row.customer_id is None:
            await carts.claim(row.id, customer_id)
            await audited(ctx, "claimCart", "Cart", row.id, market=row.market)
        return None

    own = Of(of.cart_id)
    if await cart(ctx, own) is not None:
        of = own
    found = await _effect(ctx, of, "claimCart", key, {}, change)
    return found if isinstance(found, Refusal) else await _there(ctx, own)


def standing(offer: OfferRow | None, row: CartRow) -> Standing | None:
    """An offer as the rules look at it."""
    if offer is None:
        return None
    return Standing(
        visible=offer.visibility > 0,
        reasons=offer.reasons,
        quantity=offer.quantity,
        landed=offer.landed_minor,
        countries=row.countries,
    )


async def _changed(
    ctx: Context, of: Of, name: str, key: str, given: Mapping[str, Any], change: Change
) -> Cart | Refusal:
    found = await _effect(ctx, of, name, key, given, change)
    if isinstance(found, Refusal):
        return found
    return await cart(ctx, of) or Refusal(Why.CART_UNKNOWN)


async def _effect(
    ctx: Context, of: Of, name: str, key: str, given: Mapping[str, Any], change: Change
) -> Refusal | None:
    """Change a cart that is held, once for the key; what its change refuses is kept as well."""
    if of.token is None and ctx.caller.kind is not CallerKind.CUSTOMER:
        return Refusal(Why.CART_UNKNOWN)

    async def act() -> Outcome:
        row = await carts.cart(of.cart_id, held=True)
        if row is None:
            return Refusal(Why.CART_UNKNOWN).stored()
        refused = taken(row) or await change(row)
        return {} if refused is None else refused.stored()

    said = {"cart": of.cart_id, **given}
    return Refusal.of(await holder_once(ctx, of.hash, name, key, said, act))


def taken(row: CartRow) -> Refusal | None:
    """Why a cart cannot be changed, if it cannot."""
    if row.purchase_id is None:
        return None
    return Refusal(Why.CART_TAKEN, {"purchase": str(row.purchase_id)})


def closed(row: CartRow) -> Refusal | None:
    """Why a cart cannot be bought, whatever is in it."""
    return taken(row) or market_refusal(row.stage, row.pauses, paused=row.paused)


async def stopped(row: CartRow, variants: Sequence[UUID]) -> Refusal | None:
    """Why none of these can be bought together: one is of a category that is paused."""
    found = await carts.stopped(row, variants)
    return paused_by(PauseScope.CATEGORY) if found else None


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _minor(expected: Decimal, row: CartRow) -> int:
    """The amount in minor units. Raises: BadInput for one that the currency does not have."""
    try:
        minor = Money.of(expected, Currency(row.currency)).minor
    except ValueError as error:
        raise BadInput(f"`expectedTotal` is no amount of {row.currency}.",
                       argument="expectedTotal") from error  # fmt: skip
    if not 0 <= minor < 2**53:
        raise BadInput("`expectedTotal` is out of range.", argument="expectedTotal")
    return minor
