"""From a cart to a purchase: what it would cost and when it would come, then the purchase itself.

The preview and the purchase are made by one plan, so that nobody pays what was not shown.
"""

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.orders.addresses import Address
from domain.orders.amounts import Amounts
from domain.orders.checkout import RESERVED_FOR, Refusal, Wanted, Why, refusals
from domain.orders.numbers import HOW_MANY, order_number
from domain.orders.payments import Outcome as Paid
from domain.orders.vat import LineTax
from models.base import new_id, retried
from models.jobs import Job
from models.offers.read import OfferRow
from models.offers.reserve import SoldOut
from models.orders import carts, checkout, store_credit
from models.orders.carts import CartLine, CartRow
from models.orders.checkout import PROBATION, Held, Order, Piece, Purchase
from models.orders.payments import open_payment
from models.orders.store_credit import Credit
from models.outbox import enqueue
from resolvers.context import NOT_KEPT, Context, depends
from resolvers.effects import Outcome, audited, customer_once
from resolvers.orders.carts import Cart, Of, closed, standing, stopped
from resolvers.orders.payments import attempt
from resolvers.orders.taxing import NotNow, Quotes, quoted, refusal_of, sales_of, settled


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """A line of a cart as it would be bought: so many of one piece."""

    line: CartLine
    piece: Piece


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """What one merchant would sell."""

    merchant: OfferRow
    lines: Sequence[PlannedLine]

    @property
    def amounts(self) -> Amounts:
        """The sum of its lines."""
        return Amounts.sum(each.piece.amounts.times(each.line.quantity) for each in self.lines)

    @property
    def pieces(self) -> list[Piece]:
        """Its devices, one by one."""
        return [each.piece for each in self.lines for _ in range(each.line.quantity)]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a cart comes to now, split by merchant, and why it cannot be bought as it stands."""

    cart: Cart
    orders: Sequence[PlannedOrder]
    problems: Sequence[Refusal]
    credit: Credit | None = None

    @property
    def amounts(self) -> Amounts:
        """The sum of its orders."""
        return Amounts.sum(order.amounts for order in self.orders)

    @property
    def credit_minor(self) -> int:
        """What of it a credit pays. Units: minor units."""
        return (
            0 if self.credit is None else min(self.credit.standing.left_minor, self.amounts.total)
        )


@dataclass(frozen=True, slots=True)
class Made:
    """A purchase that stands, and what became of its payment so far."""

    purchase_id: UUID
    paid: Paid


async def preview(ctx: Context, of: Of) -> Plan | None:
    """What a cart comes to at this moment, all in; None for a cart that the caller cannot open."""
    depends(NOT_KEPT)

    async def look(quotes: Quotes) -> Plan | None:
        async with ctx.private(of.hash):
            row = await carts.cart(of.cart_id)
            return None if row is None else await _plan(ctx, row, quotes, held=False)

    return await quoted(of.cart_id, look)


async def complete(
    ctx: Context, of: Of, version: int | None, method: str, key: str
) -> Made | Refusal:
    """Buy a cart as it was shown: stock set aside for 15 minutes, orders written, payment tried.

    All but the payment happens in one transaction, once for the key; the same call again goes on
    with the payment where it stopped. A provider of sales taxes is asked before it.
    Refuses: whatever `preview` tells as a problem; a cart of another `version`.
    Raises: SignInFirst, BadInput, Unavailable.
    """
    given = {"cart": of.cart_id, "version": version, "method": method}

    async def once(quotes: Quotes) -> Outcome:
        async def act(customer_id: UUID) -> Outcome:
            found = await _buy(ctx, of, version, customer_id, quotes)
            if isinstance(found, Refusal):
                return found.stored()
            payment = await _open(ctx, found, method)
            return {"purchase": str(found.id), "payment": str(payment)}

        return await retried(lambda: customer_once(ctx, "completeCheckout", key, given, act))

    try:
        outcome = await quoted(of.cart_id, once)
    except NotNow as no:
        return no.refusal
    if (refused := Refusal.of(outcome)) is not None:
        return refused
    paid = await attempt(ctx, UUID(outcome["payment"]))
    return Made(UUID(outcome["purchase"]), paid)


async def place(ctx: Context, of: Of, method: str) -> tuple[Purchase, UUID] | Refusal:
    """Write the purchase of a cart and open its payment, in the caller's own transaction.

    Refuses: as `complete`, which also charges. Raises: QuotesNeeded, NotNow.
    """
    async with ctx.private():
        found = await _buy(ctx, of, None, ctx.customer_id(), {})
        if isinstance(found, Refusal):
            return found
        return found, await _open(ctx, found, method)


async def _open(ctx: Context, purchase: Purchase, method: str) -> UUID:
    return await open_payment(
        purchase.id, purchase.amounts.total, purchase.currency, method, ctx.now
    )


async def _buy(
    ctx: Context, of: Of, version: int | None, customer_id: UUID, quotes: Quotes
) -> Purchase | Refusal:
    """The purchase, written; or why not, and nothing was. Raises: QuotesNeeded, NotNow."""
    row = await carts.cart(of.cart_id, held=True)
    if row is None or row.customer_id is None:
        return Refusal(Why.CART_UNKNOWN)
    if version is not None and version != row.version:
        return Refusal(Why.CART_CHANGED, {"version": row.version})
    plan = await _plan(ctx, row, quotes, held=True)
    if plan.problems:
        if plan.problems[0].why is Why.TAX_PROVIDER_UNAVAILABLE:
            raise NotNow(plan.problems[0])
        return plan.problems[0]
    if row.address is None:
        raise LookupError(row.id)
    purchase = _purchase(ctx, row, row.address, customer_id, plan.orders)
    pieces = [piece for order in purchase.orders for piece in order.pieces]
    reservations = await checkout.set_aside(pieces)
    if isinstance(reservations, SoldOut):
        return _sold_out(plan, reservations)
    await checkout.write(purchase, reservations, ctx.now)
    if plan.credit_minor:
        await store_credit.reserve(row.id, purchase.id, plan.credit_minor)
    await carts.took(row.id, purchase.id)
    await enqueue(Job.EXPIRE_PURCHASES, due_at=purchase.expires_at, purchase_id=str(purchase.id))
    after = {"orders": len(purchase.orders), "pieces": len(pieces),
             "totalMinor": purchase.amounts.total}  # fmt: skip
    name = "completeCheckout"
    await audited(ctx, name, "Purchase", purchase.id, after=after, market=row.market)
    return purchase


def _sold_out(plan: Plan, sold_out: SoldOut) -> Refusal:
    line = next(
        each.line
        for order in plan.orders
        for each in order.lines
        if each.line.offer_id == sold_out.offer_id
    )
    told = {"line": str(line.id), "offer": str(line.offer_id), "left": sold_out.available}
    return Refusal(Why.OUT_OF_STOCK, told)


def _purchase(
    ctx: Context,
    row: CartRow,
    address: Address,
    customer_id: UUID,
    orders: Sequence[PlannedOrder],
) -> Purchase:
    return Purchase(
        id=new_id(),
        customer_id=customer_id,
        market=row.market,
        currency=row.currency,
        address=address,
        language=row.language,
        expires_at=ctx.now + RESERVED_FOR,
        orders=[
            Order(
                id=order_id,
                number=order_number(secrets.randbelow(HOW_MANY)),
                merchant_id=order.merchant.merchant_id,
                pieces=order.pieces,
            )
            for order_id, order in zip(sorted(new_id() for _ in orders), orders, strict=True)
        ],
    )


async def _plan(ctx: Context, row: CartRow, quotes: Quotes, *, held: bool) -> Plan:
    """What a cart comes to. With `held` its offers stay as they are until the transaction ends.

    What cannot be bought is not held: many who come too late do not wait for one another.
    Raises: QuotesNeeded.
    """
    lines = await carts.lines(row.id)
    problems = _problems(row, lines)
    if no := await stopped(row, [line.variant_id for line in lines]):
        problems = [no, *problems]
    if held and problems:
        return Plan(Cart(row, lines), [], problems)
    offers = [line.offer_id for line in lines]
    known = await checkout.looked_at(offers, held=held)
    if held:
        lines = await carts.lines(row.id)
        problems = _problems(row, lines)
    sold = [
        (line, line.offer)
        for line in lines
        if line.offer is not None and line.offer_id in known and line.offer.visibility > 0
    ]
    planned, untaxed = await _taxed(ctx, row, sold, known, quotes)
    orders = _by_merchant(planned)
    capped = await _capped(row, orders, known, held=held)
    credit = await store_credit.in_cart(row.id, held=held)
    return Plan(Cart(row, lines), orders, [*problems, *untaxed, *capped], credit)


def _problems(row: CartRow, lines: Sequence[CartLine]) -> list[Refusal]:
    """Why a cart cannot be bought, as far as it and its offers tell."""
    if (refused := closed(row)) is not None:
        return [refused]
    found = [] if lines else [Refusal(Why.CART_EMPTY)]
    if row.address is None:
        found.append(Refusal(Why.ADDRESS_REQUIRED))
    return [
        *found,
        *(no for line in lines for no in refusals(_wanted(row, line), standing(line.offer, row))),
    ]


def _wanted(row: CartRow, line: CartLine) -> Wanted:
    country = row.address.country if row.address else row.country
    asked = (str(line.id), str(line.offer_id), line.quantity, line.expected_minor)
    return Wanted(*asked, row.currency, country)


async def _taxed(
    ctx: Context,
    row: CartRow,
    sold: Sequence[tuple[CartLine, OfferRow]],
    known: Mapping[UUID, Held],
    quotes: Quotes,
) -> tuple[list[PlannedLine], list[Refusal]]:
    """The lines with what tax makes of them; and those that cannot be sold there."""
    today = ctx.now.astimezone(ZoneInfo(row.time_zone)).date()
    sales = sales_of(row, sold, known, today)
    planned, refused = [], []
    taxes = await settled(sales, quotes)
    for (line, offer), sale, tax in zip(sold, sales, taxes, strict=True):
        if isinstance(tax, LineTax):
            amounts = _amounts(offer).taxed(sale.amounts.s_minor, tax.s_minor)
            piece = _piece(offer, known[offer.offer_id], amounts, tax, today)
            planned.append(PlannedLine(line, piece))
        else:
            refused.append(refusal_of(line, sale, tax))
    return planned, refused


def _amounts(offer: OfferRow) -> Amounts:
    return Amounts(
        item=offer.item_minor,
        shipping=offer.shipping_minor,
        service_fee=offer.service_fee_minor,
        levies=offer.levies_minor,
        duties=offer.duties_minor,
    )


def _piece(offer: OfferRow, held: Held, amounts: Amounts, tax: LineTax, today: date) -> Piece:
    return Piece(
        offer=offer,
        held=held,
        amounts=amounts,
        tax=tax,
        promised_from=today + timedelta(days=offer.early_days),
        promised_by=today + timedelta(days=offer.days),
    )


def _by_merchant(lines: Sequence[PlannedLine]) -> list[PlannedOrder]:
    found: dict[UUID, list[PlannedLine]] = defaultdict(list)
    for line in lines:
        found[line.piece.offer.merchant_id].append(line)
    return [PlannedOrder(of[0].piece.offer, of) for of in found.values()]


async def _capped(
    row: CartRow, orders: Sequence[PlannedOrder], known: Mapping[UUID, Held], *, held: bool
) -> list[Refusal]:
    """What merchants on probation may not sell any more."""
    wanted = {
        order.merchant.merchant_id: (len(order.pieces), order.amounts.total)
        for order in orders
        if known[order.merchant.offer_id].merchant_state == PROBATION
    }
    over = await checkout.over_cap(wanted, row.currency, held=held)
    return [
        Refusal(Why.CAP_REACHED, {"line": str(each.line.id), "offer": str(each.line.offer_id)})
        for order in orders
        if order.merchant.merchant_id in over
        for each in order.lines[:1]
    ]
