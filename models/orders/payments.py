"""Payments as rows: opened with a purchase, moved by what providers tell, in whatever order."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import asyncpg

from domain.orders import Actor, ledger
from domain.orders.ledger import LedgerKind
from domain.orders.payments import (
    OPEN,
    PaymentState,
    Provider,
    RefundReason,
    Told,
    later,
)
from models.announce import announce
from models.base import as_system, fetch
from models.jobs import Job
from models.orders import By, order_topic, purchases, store_credit
from models.orders.ledger import Why, post, share_of
from models.outbox import enqueue
from models.sql import statements

SQL = statements(Path(__file__).with_name("payments.sql"))
ASK_AGAIN = timedelta(minutes=1)
WAIT_FOR_CUSTOMER = timedelta(minutes=5)
WEBHOOKS_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Payment:
    """One try to take the money of a purchase. Units: minor units.

    `wanted` says that its purchase still waits for money: else it is let go, or sent back. One
    with a `credit_id` is for what is due of that credit, not for the purchase that spent it.
    """

    id: UUID
    purchase_id: UUID
    customer_id: UUID
    state: PaymentState
    amount_minor: int
    currency: str
    refunded_minor: int
    provider: Provider | None
    provider_ref: str | None
    method: str
    code: str | None
    retryable: bool
    action_url: str | None
    attempts: int
    version: int
    created_at: datetime
    credit_id: UUID | None
    wanted: bool

    @classmethod
    def of(cls, row: asyncpg.Record) -> "Payment":
        """The payment of a row of `columns`."""
        provider = Provider(row["provider"]) if row["provider"] else None
        return cls(**{**row, "state": PaymentState(row["state"]), "provider": provider})


@dataclass(frozen=True, slots=True)
class PaymentView:
    """A payment as its customer sees it. Units: minor units."""

    id: UUID
    purchase_id: UUID
    state: PaymentState
    amount_minor: int
    currency: str
    code: str | None
    retryable: bool
    action_url: str | None
    refunded_minor: int
    created_at: datetime
    captured_at: datetime | None


class Till(Protocol):
    """A provider as use cases and jobs ask it: None wherever no answer came."""

    @property
    def name(self) -> Provider: ...
    async def authorise(self, payment: Payment) -> Told | None:
        """Have the money held."""
        ...

    async def capture(self, payment: Payment) -> Told | None:
        """Take the money that is held."""
        ...

    async def cancel(self, payment: Payment) -> Told | None:
        """Let go of the money that is held."""
        ...

    async def find(self, payment: Payment) -> Told | None:
        """How the payment stands; `CREATED` without a `ref` where the provider knows of none."""
        ...


class Write(Protocol):
    """Applies what was told in a transaction of its own; the payment as it stands then."""

    async def __call__(self, payment: Payment, told: Told) -> Payment: ...


async def open_payment(
    purchase_id: UUID, amount_minor: int, currency: str, method: str, now: datetime
) -> UUID:
    """A payment of a purchase, in the current transaction; no money moves before it commits.

    Shapes: `method` is what the client's form of the provider gave, such as `pm_…` or `tok_ok`.
    While one is open, it is that one: a purchase is never charged twice at a time. What the
    purchase takes of a credit is not paid; where that is all of it, the purchase is paid at once.
    Units: minor units.
    """
    async with as_system() as raw:
        left = amount_minor - await store_credit.taken(raw, purchase_id)
        row = await raw.fetchrow(SQL["open"], purchase_id, left, currency, method, now, None)
    if row is None:
        raise LookupError("no such purchase")
    found: UUID = row["id"]
    if not left:
        await apply(found, Told(PaymentState.CAPTURED), now)
    return found


async def open_for_credit(
    credit_id: UUID, purchase_id: UUID, due_minor: int, currency: str, method: str, now: datetime
) -> UUID:
    """A payment of what is due of a credit that a purchase spent. Units: minor units."""
    async with as_system() as raw:
        given = (due_minor, currency, method, now, credit_id)
        found: UUID = await raw.fetchval(SQL["open"], purchase_id, *given)
    return found


async def claim(payment_id: UUID, provider: Provider, now: datetime) -> Payment | None:
    """Note that the provider is about to be asked. The first that asks is the payment's own."""
    async with as_system() as raw:
        row = await raw.fetchrow(SQL["claim"], payment_id, provider.value, now)
    return Payment.of(row) if row else None


async def due(now: datetime, limit: int) -> list[Payment]:
    """Open payments of which nothing was heard; they are put off for the next run."""
    async with as_system() as raw:
        return [Payment.of(row) for row in await raw.fetch(SQL["due"], now, limit)]


async def apply(payment_id: UUID, told: Told, at: datetime) -> Payment:
    """Move a payment by what its provider told, with all that follows, in this transaction.

    Money that was taken pays the purchase; where that had ended it is due back at once. The same
    told again, or older news, changes nothing.
    """
    async with as_system() as raw:
        now = await _one(raw, SQL["held"], payment_id)
        state = later(now.state, told.state)
        news = state is told.state
        payment = await _one(
            raw,
            SQL["set"],
            payment_id,
            state.value,
            told.ref,
            told.code if news else None,
            told.retryable,
            told.action_url if news else None,
            told.fee_minor,
            at,
            _next_check(state, now, at),
        )
        if state is not now.state and state is PaymentState.CAPTURED:
            await _captured(raw, payment, at)
        if told.fee_minor and state is PaymentState.CAPTURED:
            await _fee(raw, payment, told.fee_minor, at)
        if state is not now.state:
            await _announce(raw, payment.purchase_id)
    return payment


async def _one(raw: asyncpg.Connection, sql: str, *args: Any) -> Payment:
    row = await raw.fetchrow(sql, *args)
    if row is None:
        raise LookupError("no such payment")
    return Payment.of(row)


def _next_check(state: PaymentState, before: Payment, at: datetime) -> datetime | None:
    if state not in OPEN:
        return None
    if state is PaymentState.ACTION_REQUIRED:
        return at + WAIT_FOR_CUSTOMER
    times: int = min(2 ** min(before.attempts, 6), 60)
    return at + ASK_AGAIN * times


async def _captured(raw: asyncpg.Connection, payment: Payment, at: datetime) -> None:
    if payment.credit_id is not None:
        of = (payment.credit_id, payment.id, payment.amount_minor)
        await store_credit.difference_paid(raw, *of, at)
        return
    why = Why(LedgerKind.CAPTURE, payment.id, payment.purchase_id, payment.currency, at)
    if await purchases.paid(payment.purchase_id, at):
        shares = [share_of(row) for row in await raw.fetch(SQL["shares"], [], payment.purchase_id)]
        spent = await store_credit.taken(raw, payment.purchase_id)
        await post(raw, why, ledger.capture(payment.amount_minor + spent, shares))
        await store_credit.spend(raw, payment.purchase_id, payment.currency, at)
        return
    await post(raw, why, ledger.unclaimed(payment.amount_minor))
    reason = RefundReason.PURCHASE_EXPIRED
    await _send_back(raw, payment, reason, at)


async def _send_back(
    raw: asyncpg.Connection, payment: Payment, reason: RefundReason, at: datetime
) -> None:
    """All of a payment that nobody may keep goes back."""
    await raw.fetch(SQL["promise"], payment.id, payment.amount_minor)
    by = By(Actor.PLATFORM, at)
    refund_id = await raw.fetchval(
        SQL["ask"],
        payment.id,
        payment.purchase_id,
        None,
        None,
        None,
        payment.customer_id,
        payment.amount_minor,
        payment.currency,
        reason.value,
        None,
        by.actor.value,
        by.actor_id,
        at,
    )
    await enqueue(Job.SEND_REFUND, refund_id=str(refund_id))


async def _fee(raw: asyncpg.Connection, payment: Payment, fee_minor: int, at: datetime) -> None:
    why = Why(LedgerKind.PROVIDER_FEE, payment.id, payment.purchase_id, payment.currency, at)
    await post(raw, why, ledger.provider_fee(fee_minor))


async def _announce(raw: asyncpg.Connection, purchase_id: UUID) -> None:
    for order in await raw.fetch(SQL["orders_of"], purchase_id):
        await announce(raw, order_topic(order["id"]), {})


async def charge(till: Till, payment: Payment, write: Write) -> Payment:
    """Have a payment held and taken; each answer is applied before the next question.

    A payment that is not wanted any more is let go. It ends where no answer comes: whoever comes
    later goes on, for each step has one effect however often it is asked for.
    """
    if payment.state is PaymentState.CREATED:
        payment = await _written(write, payment, await till.authorise(payment))
    if payment.state is PaymentState.AUTHORISED:
        step = till.capture if payment.wanted else till.cancel
        payment = await _written(write, payment, await step(payment))
    return payment


async def resume(till: Till, payment: Payment, write: Write) -> Payment:
    """Bring a payment up to date with its provider: what was lost is found, and goes on.

    One that the provider never heard of is asked for again while it is wanted, else it is over.
    """
    told = await till.find(payment)
    if told is None:
        return payment
    unknown = told.state is PaymentState.CREATED and told.ref is None
    if unknown and not payment.wanted:
        return await write(payment, Told(PaymentState.CANCELLED, code="TRY_AGAIN", retryable=True))
    payment = await write(payment, told)
    if payment.state is PaymentState.ACTION_REQUIRED and not payment.wanted:
        return await _written(write, payment, await till.cancel(payment))
    if payment.state is PaymentState.CREATED and not unknown:
        return payment  # the provider works on it
    return await charge(till, payment, write)


async def _written(write: Write, payment: Payment, told: Told | None) -> Payment:
    return payment if told is None else await write(payment, told)


async def of_purchases(purchase_ids: list[UUID]) -> list[PaymentView]:
    """The last payment of each purchase that the transaction may see."""
    return [
        PaymentView(**{**row, "state": PaymentState(row["state"])})
        for row in await fetch(SQL["of_purchase"], purchase_ids)
    ]


async def by_ref(provider: Provider, ref: str) -> UUID | None:
    """The payment that a provider knows by this name."""
    async with as_system() as raw:
        found: UUID | None = await raw.fetchval(SQL["by_ref"], provider.value, ref)
    return found


async def hear(
    provider: Provider, event_id: str, kind: str, ref: str | None, body: bytes, at: datetime
) -> bool:
    """Store a webhook whose proof was checked, and ask for its job; False for one we had."""
    async with as_system() as raw:
        row = await raw.fetchval(SQL["hear"], provider.value, event_id, kind, ref, body, at)
    if row is not None:
        await enqueue(Job.READ_PAYMENT_WEBHOOK, webhook_id=str(row))
    return row is not None


async def heard(webhook_id: UUID) -> tuple[Provider, str | None] | None:
    """Who told, and of which payment by its own name; None for a webhook that was read before."""
    async with as_system() as raw:
        row = await raw.fetchrow(SQL["heard"], webhook_id)
    return (Provider(row["provider"]), row["payment_ref"]) if row else None


async def processed(webhook_id: UUID, at: datetime) -> None:
    """Note that a webhook was read, in the transaction of its effect."""
    async with as_system() as raw:
        await raw.execute(SQL["processed"], webhook_id, at)


async def get(payment_id: UUID) -> Payment:
    """A payment, locked where the transaction goes on. Raises: LookupError."""
    async with as_system() as raw:
        return await _one(raw, SQL["held"], payment_id)


async def forget_webhooks(before: datetime) -> int:
    """Remove the bodies of webhooks that came before a time; how many."""
    async with as_system() as raw:
        status: str = await raw.execute(SQL["forget"], before)
    return int(status.rsplit(" ", 1)[-1])
