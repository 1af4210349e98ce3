"""A market is rehearsed: an order is placed and paid in it as a customer would, and undone.

Everything happens in one part of a transaction that is rolled back: no stock, no money, no mail
and no event is left of it, and nobody else sees it. What is kept is how far it came.
Source: docs/markets.md, "Rehearsal".
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from domain.accounts.roles import CallerKind, Role
from domain.money import Currency, amount_of
from domain.orders.addresses import Address
from domain.orders.checkout import Refusal
from domain.orders.payments import PaymentState, Provider, Told
from models.base import as_system, transaction
from models.markets import Market, readiness
from models.markets.readiness import Rehearsal, Step
from models.orders import carts as stored
from models.orders import payments, rehearsal
from models.orders.checkout import Purchase
from resolvers.context import Caller, Context
from resolvers.effects import Outcome, audited, staff_once
from resolvers.markets.launching import ROLE, place
from resolvers.orders import carts, checkout
from resolvers.orders.carts import Cart, Of
from resolvers.orders.taxing import NotNow, QuotesNeeded

_METHOD: Final = "tok_ok"
_POSTAL_CODE: Final = "10001"
_PAID: Final = "PAID"


class _Undone(Exception):
    """The rehearsal is over: all that it wrote goes."""


async def rehearse(ctx: Context, code: str, key: str) -> Rehearsal:
    """Place an order in a market, pay it on the simulator, undo both, and record how far it came.

    Raises: SignInFirst, Forbidden, BadInput.
    """
    found = await place(ctx, code)

    async def act(user_id: UUID) -> Outcome:
        steps = await _tried(ctx, found)
        async with as_system() as raw:
            made = await readiness.rehearse(raw, found.code, user_id, steps)
        passed = all(each.passed for each in steps)
        after = {"passed": passed, "steps": [each.name for each in steps]}
        await audited(ctx, "rehearseMarket", "Market", found.id, after=after, market=found.code)
        return {"id": str(made)}

    outcome = await staff_once(ctx, ROLE, "rehearseMarket", key, {"market": found.code}, act)
    async with ctx.private(), as_system() as raw:
        kept = await readiness.rehearsal(raw, UUID(outcome["id"]))
    if kept is None:
        raise LookupError(outcome["id"])
    return kept


async def _tried(ctx: Context, found: Market) -> Sequence[Step]:
    """How far an order came. What it wrote is gone when this returns."""
    steps: list[Step] = []
    try:
        async with transaction():
            await _acted(ctx, found, steps)
            raise _Undone
    except _Undone:
        pass
    except (NotNow, QuotesNeeded):
        steps.append(Step("ORDER", passed=False, code="TAX_PROVIDER_REQUIRED"))
    return steps


async def _acted(ctx: Context, found: Market, steps: list[Step]) -> None:
    staged = await rehearsal.set_stage(found.code)
    if staged is None:
        steps.append(Step("OFFER", passed=False, code="NO_OFFER"))
        return
    offer_id, customer_id = staged
    steps.append(Step("OFFER", passed=True, said=str(offer_id)))
    roles = frozenset({Role.CUSTOMER.value})
    caller = Caller(kind=CallerKind.CUSTOMER, user_id=customer_id, roles=roles)
    buyer = Context(caller=caller, request_id=ctx.request_id, now=ctx.now)
    cart = await _filled(buyer, found, offer_id, steps)
    if cart is None:
        return
    bought = await checkout.place(buyer, cart, _METHOD)
    if isinstance(bought, Refusal):
        steps.append(Step("ORDER", passed=False, code=bought.why.value))
        return
    purchase, payment_id = bought
    steps.append(Step("ORDER", passed=True, said=_total(purchase)))
    await _paid(ctx, purchase, payment_id, steps)


async def _filled(buyer: Context, found: Market, offer_id: UUID, steps: list[Step]) -> Of | None:
    """A cart with one piece of the offer and an address in the market."""
    language = found.languages[0] if found.languages else "en"
    country = found.countries[0]
    async with buyer.private():
        made = await stored.add(found.code, country, language, buyer.customer_id(), None)
        offer = await stored.offer_in(offer_id, found.code)
    total = amount_of(offer.landed_minor if offer else 0, Currency(found.currency))
    of, key = Of(made), str(made)
    added = await carts.add_line(buyer, of, offer_id, 1, total, f"{key}-1")
    if not _went("CART", added, steps):
        return None
    home = Address("Rehearsal", ("1",), found.code, _POSTAL_CODE, country)
    sent = await carts.set_address(buyer, of, home, f"{key}-2")
    return of if _went("ADDRESS", sent, steps) else None


def _went(name: str, found: Cart | Refusal, steps: list[Step]) -> bool:
    code = found.why.value if isinstance(found, Refusal) else None
    steps.append(Step(name, passed=code is None, code=code))
    return code is None


def _total(purchase: Purchase) -> str:
    amount = amount_of(purchase.amounts.total, Currency(purchase.currency))
    return f"{amount} {purchase.currency}"


async def _paid(ctx: Context, purchase: Purchase, payment_id: UUID, steps: list[Step]) -> None:
    """What the simulator tells of a payment that goes well, and what the books make of it."""
    await payments.claim(payment_id, Provider.SIMULATOR, ctx.now)
    ref = f"rehearsal-{payment_id}"
    for state in (PaymentState.AUTHORISED, PaymentState.CAPTURED):
        await payments.apply(payment_id, Told(state, ref), ctx.now)
    came_to = await rehearsal.came_to(purchase.id)
    balanced = came_to.postings > 0 and came_to.unbalanced_minor == 0
    code = None if came_to.state == _PAID and balanced else f"PURCHASE_{came_to.state}"
    said = f"{came_to.postings} postings"
    steps.append(Step("PAYMENT", passed=code is None, code=code, said=said))
    promised = came_to.promised_by
    late = promised is None or promised < ctx.now.date()
    steps.append(
        Step(
            "PROMISE",
            passed=not late,
            code="NO_PROMISE" if late else None,
            said=promised.isoformat() if promised else "",
        )
    )
