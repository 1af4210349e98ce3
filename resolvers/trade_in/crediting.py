"""A trade-in pays for a purchase: its credit in a cart, and what is due where it brought less."""

from dataclasses import dataclass
from uuid import UUID

from domain.orders.payments import Outcome as Paid
from models.orders import carts, store_credit
from models.orders.carts import CartRow
from models.orders.payments import open_for_credit
from models.trade_in import orders
from models.trade_in.orders import TradeInRow
from resolvers.context import Context
from resolvers.effects import Outcome, audited, customer_once
from resolvers.orders.payments import attempt
from resolvers.trade_in.refusals import Refusal, refusal_of
from resolvers.trade_in.steps import TRADE_IN_UNKNOWN


@dataclass(frozen=True, slots=True)
class Settled:
    """A trade-in, and what became of the payment of what was due."""

    row: TradeInRow
    paid: Paid


async def apply(
    ctx: Context, cart_id: UUID, trade_in_id: UUID | None, key: str
) -> TradeInRow | Refusal | None:
    """Have a cart of the customer spend the credit of a trade-in; None: it spends none now.

    Before the device was looked at the credit is what is expected: the bid.
    Refuses: a cart or a trade-in that is not the customer's; a trade-in without a credit that is
    left in the currency of the cart; a cart that was bought. Raises: SignInFirst, BadInput.
    """

    async def act(customer_id: UUID) -> Outcome:
        refused = await _apply(customer_id, cart_id, trade_in_id)
        if refused is not None:
            return refused.outcome()
        after = {"cart": cart_id}
        await audited(ctx, "applyTradeInCredit", orders.TYPE, trade_in_id, after=after)
        return {}

    given = {"cart": cart_id, "tradeIn": trade_in_id}
    outcome = await customer_once(ctx, "applyTradeInCredit", key, given, act)
    if refusal := refusal_of(outcome):
        return refusal
    return None if trade_in_id is None else await orders.again(trade_in_id)


async def _apply(customer_id: UUID, cart_id: UUID, trade_in_id: UUID | None) -> Refusal | None:
    cart = await carts.cart(cart_id, held=True)
    if cart is None or cart.customer_id != customer_id:
        return _not("CART_UNKNOWN")
    if cart.purchase_id is not None:
        return _not("CART_BOUGHT")
    if trade_in_id is None:
        await store_credit.take_away(cart_id)
        return None
    row = await orders.one(trade_in_id)
    if row is None or row.customer_id != customer_id:
        return TRADE_IN_UNKNOWN
    return await _spend(cart, trade_in_id)


async def _spend(cart: CartRow, trade_in_id: UUID) -> Refusal | None:
    credit = (await store_credit.of_sources([trade_in_id])).get(trade_in_id)
    if credit is None or not credit.standing.left_minor:
        return _not("NONE")
    if credit.currency != cart.currency:
        return _not("CURRENCY")
    await store_credit.apply(credit, cart.id)
    return None


def _not(reason: str) -> Refusal:
    return Refusal("CREDIT_NOT_AVAILABLE", {"reason": reason})


async def pay_difference(
    ctx: Context, trade_in_id: UUID, method: str, key: str
) -> Settled | Refusal:
    """Pay what is due of a credit that was spent before it came to less.

    Refuses: a trade-in that is not the customer's; one of which nothing is due.
    Raises: SignInFirst, BadInput.
    """

    async def act(customer_id: UUID) -> Outcome:
        row = await orders.one(trade_in_id)
        if row is None or row.customer_id != customer_id:
            return TRADE_IN_UNKNOWN.outcome()
        credit = (await store_credit.of_sources([trade_in_id])).get(trade_in_id)
        due = 0 if credit is None else credit.standing.due_minor
        purchase = None if credit is None else await store_credit.last_purchase(credit.id)
        if credit is None or purchase is None or not due or not _final(row):
            return Refusal("NOTHING_DUE").outcome()
        payment = await open_for_credit(credit.id, purchase, due, credit.currency, method, ctx.now)
        await audited(ctx, "payTradeInDifference", orders.TYPE, trade_in_id, after={"due": due})
        return {"payment": str(payment)}

    given = {"tradeIn": trade_in_id, "method": method}
    outcome = await customer_once(ctx, "payTradeInDifference", key, given, act)
    if refusal := refusal_of(outcome):
        return refusal
    paid = await attempt(ctx, UUID(outcome["payment"]))
    return Settled(await orders.again(trade_in_id), paid)


def _final(row: TradeInRow) -> bool:
    return row.final_minor is not None or row.ended_at is not None
