"""Taking a customer's money, outside a transaction, and reading what became of it."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from uuid import UUID

from domain.orders.payments import (
    Outcome,
    PaymentState,
    Provider,
    Told,
    outcome_of,
)
from models.base import transaction
from models.orders import payments
from models.orders.payments import Payment, PaymentView, Till
from resolvers.context import Context


class _Process:
    """Holds the tills of this process, as the house of identities is held."""

    tills: Mapping[Provider, Till] = {}


def tills() -> Mapping[Provider, Till]:
    """Those of this process, the one for new payments first; before `install`, none."""
    return _Process.tills


def install(made: Mapping[Provider, Till]) -> Mapping[Provider, Till]:
    """Make these the ones of the process."""
    _Process.tills = made
    return made


async def attempt(ctx: Context, payment_id: UUID) -> Outcome:
    """Have a payment authorised and captured, and its purchase paid; what the customer is told.

    Call it outside a transaction, after the one that opened the payment: each answer of the
    provider is applied in a transaction of its own. It may be called again; `Pending` ends by
    itself, by a webhook or by the job that asks about payments that hang.
    """
    if not tills():
        refused = Told(PaymentState.FAILED, code="NO_PROVIDER")
        async with transaction():
            return _outcome(await payments.apply(payment_id, refused, ctx.now))
    till = next(iter(tills().values()))
    async with transaction():
        payment = await payments.claim(payment_id, till.name, ctx.now)
    if payment is None:
        raise LookupError("no such payment")
    till = tills().get(payment.provider or till.name, till)
    return _outcome(await payments.charge(till, payment, partial(_write, ctx)))


async def _write(ctx: Context, payment: Payment, told: Told) -> Payment:
    async with transaction():
        return await payments.apply(payment.id, told, ctx.fresh().now)


def _outcome(payment: Payment) -> Outcome:
    return outcome_of(payment.state, payment.code, payment.retryable, payment.action_url)


async def heard(
    provider: Provider, event_id: str, kind: str, ref: str | None, body: bytes, now: datetime
) -> bool:
    """Store a webhook whose proof was checked, with its job; False for one that we had."""
    async with transaction():
        return await payments.hear(provider, event_id, kind, ref, body, now)


async def of_purchases(ctx: Context, purchase_ids: list[UUID]) -> list[PaymentView | None]:
    """The last payment of each of the caller's own purchases, in the order asked."""
    async with ctx.private():
        found = {each.purchase_id: each for each in await payments.of_purchases(purchase_ids)}
    return [found.get(purchase_id) for purchase_id in purchase_ids]
