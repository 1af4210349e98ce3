"""Actors of payments: what hangs is asked about, webhooks are read, refunds sent, earnings due."""

import time
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import structlog

from domain.orders.payments import Provider, RefundState, Told, ToldRefund
from integrations.http import Rejected, Request, Unavailable, call
from integrations.payments.base import Return
from integrations.payments.simulator import Simulator, Telling
from integrations.payments.till import ProviderTill
from models.jobs import Job
from models.orders import ledger, payments, refunds
from models.orders.payments import Payment
from models.orders.refunds import Refund
from models.outbox import enqueue
from workers.lease import Lease, job
from workers.runtime import Runtime, runtime

log = structlog.get_logger()

AT_ONCE = 100
ASKS_FOR_SECONDS = 40.0


@job(Job.RECONCILE_PAYMENTS)
async def reconcile_payments(lease: Lease) -> None:
    """Ask the providers about payments that hang, and bring them to their end."""
    await reconcile(lease, runtime(), datetime.now(UTC))


@job(Job.READ_PAYMENT_WEBHOOK)
async def read_payment_webhook(lease: Lease, webhook_id: str) -> None:
    """Ask the provider how the payment of a webhook stands: its word alone decides nothing."""
    await read(lease, runtime(), UUID(webhook_id), datetime.now(UTC))


@job(Job.SEND_REFUND)
async def send_refund(lease: Lease, refund_id: str) -> None:
    """Have the provider send money back, once however often it is asked."""
    await send(lease, runtime(), UUID(refund_id), datetime.now(UTC))


@job(Job.RELEASE_EARNINGS, time_limit=timedelta(minutes=10))
async def release_earnings(lease: Lease) -> None:
    """Owe merchants what they earned by lines that cannot be returned any more."""
    while True:
        async with lease.step():
            released = await ledger.release_due(datetime.now(UTC), AT_ONCE)
        if released < AT_ONCE:
            return


@job(Job.TELL_SIMULATED_PAYMENT)
async def tell_simulated_payment(_lease: Lease, ref: str, kind: str, event_id: str) -> None:
    """Send a webhook of the simulated provider to our own door. Raises: Unavailable, Rejected."""
    at, now = runtime(), datetime.now(UTC)
    till = at.tills.get(Provider.SIMULATOR)
    if till is None or not isinstance(till.provider, Simulator) or at.own_door is None:
        return
    headers, body = till.provider.webhook(Telling(ref, kind, event_id, now), now)
    url = f"{at.values.get('public_url')}/webhooks/payments/{Provider.SIMULATOR.value}"
    answer = await call(at.own_door, Request("POST", url, headers, body))
    if answer.status >= 300:
        raise Unavailable(f"status {answer.status}")


async def reconcile(lease: Lease, at: Runtime, now: datetime) -> int:
    """Bring payments that hang to their end, and ask again for refunds; how many payments."""
    async with lease.step():
        found = await payments.due(now, AT_ONCE)
        for refund_id in await refunds.due(now, AT_ONCE):
            text = str(refund_id)
            await enqueue(Job.SEND_REFUND, dedup_key=f"refund:{text}", refund_id=text)
    until = time.monotonic() + ASKS_FOR_SECONDS
    for payment in found:
        if time.monotonic() > until:
            break  # they are due again in a minute
        await _go_on(lease, at, payment, now)
    return len(found)


async def _go_on(lease: Lease, at: Runtime, payment: Payment, now: datetime) -> None:
    """One payment that hangs. Where nobody was asked yet, whoever takes new payments is."""
    till = _till(at, payment.provider)
    if till is None:
        log.error("payment.no_provider", payment_id=str(payment.id))
        return
    if payment.provider is None:
        async with lease.step():
            payment = await payments.claim(payment.id, till.name, now) or payment
    ended = await payments.resume(till, payment, partial(_write, lease, now))
    log.info("payment.reconciled", payment_id=str(payment.id), state=ended.state.value)


def _till(at: Runtime, provider: Provider | None) -> ProviderTill | None:
    return next(iter(at.tills.values()), None) if provider is None else at.tills.get(provider)


async def _write(lease: Lease, now: datetime, payment: Payment, told: Told) -> Payment:
    async with lease.step():
        return await payments.apply(payment.id, told, now)


async def read(lease: Lease, at: Runtime, webhook_id: UUID, now: datetime) -> None:
    """Bring the payment of a webhook up to date, and its refunds. A second run finds it read.

    A payment that we do not know by this name is one whose first answer we still wait for, or
    nobody's of ours: the former is found by `reconcile`.
    """
    told = await payments.heard(webhook_id)
    if told is None:
        return
    provider, ref = told
    payment_id = await payments.by_ref(provider, ref) if ref else None
    till = at.tills.get(provider)
    if payment_id is not None and till is not None:
        payment = await payments.get(payment_id)
        await payments.resume(till, payment, partial(_write, lease, now))
        for refund_id in await refunds.of_payment(payment_id):
            await _ask(lease, till, refund_id, now)
    async with lease.transaction():
        await payments.processed(webhook_id, now)


async def send(lease: Lease, at: Runtime, refund_id: UUID, now: datetime) -> None:
    """Send a refund that is not over. Raises: Unavailable."""
    found = await refunds.refund(refund_id)
    if found is None or found.state in {RefundState.SUCCEEDED, RefundState.FAILED}:
        return
    till = at.tills.get(found.provider) if found.provider else None
    if till is None:
        raise Unavailable(f"no till of {found.provider}")
    told = await _told(till, found)
    async with lease.transaction():
        await refunds.apply(refund_id, told, now)


async def _ask(lease: Lease, till: ProviderTill, refund_id: UUID, now: datetime) -> None:
    """Ask about a refund that the provider has named; another is asked for by its own job."""
    found = await refunds.refund(refund_id)
    if found is None or found.provider_ref is None:
        return
    told = await _told(till, found)
    async with lease.step():
        await refunds.apply(refund_id, told, now)


async def _told(till: ProviderTill, refund: Refund) -> ToldRefund:
    """What the provider says of a refund when it is asked for. Raises: Unavailable."""
    if refund.payment_ref is None:
        raise Unavailable("the payment is not the provider's yet")
    given = Return(
        refund.id, refund.payment_ref, refund.money_minor, refund.currency, refund.provider_ref
    )
    try:
        return await till.provider.refund(given)
    except Rejected as error:
        log.error("refund.refused", refund_id=str(refund.id), error=str(error))
        return ToldRefund(RefundState.FAILED, code="PROVIDER_REFUSED")
