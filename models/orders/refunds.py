"""Refunds: promised in the transaction of what caused them, sent by a job, never more than paid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg

from domain.money import Currency, amount_of
from domain.orders import LineState, ledger
from domain.orders.ledger import LedgerKind
from domain.orders.payments import (
    Provider,
    RefundReason,
    RefundState,
    ToldRefund,
    later_refund,
)
from domain.topics import Topic
from models.base import as_system, fetch
from models.events import Event, emit
from models.jobs import Job
from models.orders import By, move, store_credit
from models.orders.ledger import Why, post, share_of
from models.outbox import enqueue
from models.sql import statements

SQL = statements(Path(__file__).with_name("payments.sql"))
MOST_AT_ONCE = 100
ENDED_BY_MONEY = (LineState.DELIVERED, LineState.COMPLETED, LineState.RETURNED, LineState.LOST)
"""States in which a line that is refunded in full becomes `REFUNDED`."""


@dataclass(frozen=True, slots=True)
class Refund:
    """Money that goes back, as the job that sends it needs it. Units: minor units."""

    id: UUID
    payment_id: UUID
    purchase_id: UUID
    order_id: UUID | None
    line_id: UUID | None
    merchant_id: UUID | None
    amount_minor: int
    credit_minor: int
    currency: str
    reason: RefundReason
    state: RefundState
    provider_ref: str | None
    version: int
    created_at: datetime
    ended_at: datetime | None
    provider: Provider | None
    payment_ref: str | None

    @property
    def money_minor(self) -> int:
        """What of it the provider sends; the rest went back as credit."""
        return self.amount_minor - self.credit_minor


@dataclass(frozen=True, slots=True)
class RefundView:
    """A refund of a line as its parties see it. Units: minor units."""

    id: UUID
    purchase_id: UUID
    order_id: UUID | None
    line_id: UUID | None
    amount_minor: int
    currency: str
    reason: RefundReason
    state: RefundState
    created_at: datetime
    ended_at: datetime | None


class ExceedsPaid(Exception):
    """More was asked for than is left of a line. Units: `max_minor` is what is left."""

    def __init__(self, line_id: UUID, max_minor: int) -> None:
        super().__init__(f"{max_minor} is left of the line {line_id}")
        self.line_id = line_id
        self.max_minor = max_minor


async def ask(
    lines: Sequence[UUID] | Mapping[UUID, int], reason: RefundReason, by: By, at: datetime
) -> list[UUID]:
    """Promise the customer money back for lines, in the current transaction; the refunds' ids.

    Shapes: lines alone are refunded in full, as far as something is left of them; with amounts,
    by these. A line whose purchase was never paid, or of which nothing is left, has no refund.
    The amount counts as refunded from now on, the ledger owes it, a job sends it, and the
    merchant is told. A line that is refunded in full ends as `REFUNDED` where its state allows:
    move it before, where it ends otherwise. Units: minor units.
    Raises: ExceedsPaid, and nothing is written.
    """
    wanted = lines if isinstance(lines, Mapping) else dict.fromkeys(lines)
    made: list[UUID] = []
    async with as_system() as raw:
        rows = await raw.fetch(SQL["shares"], list(wanted), None)
        paid = {
            row["purchase_id"]: row["id"]
            for row in await raw.fetch(SQL["of_purchases"], [row["purchase_id"] for row in rows])
        }
        for row in rows:
            payment_id = paid.get(row["purchase_id"])
            amount = _amount(row, wanted[row["line_id"]])
            if payment_id is not None and amount:
                made.append(await _promise(raw, row, payment_id, amount, reason, by, at))
    return made


def _amount(row: asyncpg.Record, asked: int | None) -> int:
    left: int = share_of(row).total_minor - row["refunded_minor"]
    if asked is not None and not 0 < asked <= left:
        raise ExceedsPaid(row["line_id"], left)
    return left if asked is None else asked


async def _promise(
    raw: asyncpg.Connection,
    row: asyncpg.Record,
    payment_id: UUID,
    amount: int,
    reason: RefundReason,
    by: By,
    at: datetime,
) -> UUID:
    share, line_id = share_of(row), row["line_id"]
    money = min(amount, await raw.fetchval(SQL["money_left"], payment_id))
    await raw.fetchval(SQL["promise"], payment_id, money)
    refund_id: UUID = await raw.fetchval(
        SQL["ask"],
        payment_id,
        row["purchase_id"],
        row["order_id"],
        line_id,
        row["merchant_id"],
        row["customer_id"],
        amount,
        row["currency"],
        reason.value,
        by.note,
        by.actor.value,
        by.actor_id,
        at,
    )
    version = await raw.fetchval(SQL["give_back"], line_id, amount, at)
    why = Why(LedgerKind.REFUND, refund_id, row["purchase_id"], row["currency"], at)
    await post(raw, why, ledger.refund(share, amount))
    if credit := amount - money:
        await raw.execute(SQL["as_credit"], refund_id, credit, at)
        await store_credit.give_back(raw, row["purchase_id"], refund_id, credit, why)
    if row["refunded_minor"] + amount == share.total_minor:
        await move([line_id], LineState.REFUNDED, by, ENDED_BY_MONEY)
    await _tell(row, refund_id, amount, reason, version)
    if money:
        await enqueue(Job.SEND_REFUND, refund_id=str(refund_id))
    return refund_id


async def _tell(
    row: asyncpg.Record, refund_id: UUID, amount: int, reason: RefundReason, version: int
) -> None:
    currency = Currency(row["currency"])
    data = {
        "orderId": row["order_id"],
        "refundId": refund_id,
        "amount": str(amount_of(amount, currency)),
        "currency": currency.value,
        "reason": reason.value,
    }
    told = (row["merchant_id"], "OrderLine", row["line_id"], version, data)
    await emit(Event(Topic.REFUND_CREATED, *told))


async def refund(refund_id: UUID) -> Refund | None:
    """A refund, locked where the transaction goes on."""
    async with as_system() as raw:
        row = await raw.fetchrow(SQL["refund"], refund_id)
    return _refund(row) if row else None


def _refund(row: asyncpg.Record) -> Refund:
    return Refund(
        **{
            **row,
            "reason": RefundReason(row["reason"]),
            "state": RefundState(row["state"]),
            "provider": Provider(row["provider"]) if row["provider"] else None,
        }
    )


async def apply(refund_id: UUID, told: ToldRefund, at: datetime) -> Refund:
    """Move a refund by what the provider told, and the ledger with it, in this transaction.

    The same told again, or older news, changes nothing. A refund that failed stays due.
    """
    async with as_system() as raw:
        now = await _one(raw, refund_id)
        state = later_refund(now.state, told.state)
        await raw.execute(SQL["set_refund"], refund_id, state.value, told.ref, told.code, at)
        if state is not now.state:
            await _post(raw, now, state, at)
        return await _one(raw, refund_id)


async def _one(raw: asyncpg.Connection, refund_id: UUID) -> Refund:
    row = await raw.fetchrow(SQL["refund"], refund_id)
    if row is None:
        raise LookupError("no such refund")
    return _refund(row)


async def _post(raw: asyncpg.Connection, of: Refund, state: RefundState, at: datetime) -> None:
    match state:
        case RefundState.SUCCEEDED:
            why = Why(LedgerKind.REFUND_PAID, of.id, of.purchase_id, of.currency, at)
            await post(raw, why, ledger.refund_paid(of.money_minor, of.line_id))
        case RefundState.FAILED if of.state is RefundState.SUCCEEDED:
            why = Why(LedgerKind.REFUND_FAILED, of.id, of.purchase_id, of.currency, at)
            await post(raw, why, ledger.refund_returned(of.money_minor, of.line_id))
        case _:
            return


async def due(now: datetime, limit: int) -> list[UUID]:
    """Refunds whose end was not heard of; they are put off for the next run."""
    async with as_system() as raw:
        return [row["id"] for row in await raw.fetch(SQL["due_refunds"], now, limit)]


async def of_payment(payment_id: UUID) -> list[UUID]:
    """All refunds of a payment, oldest first."""
    async with as_system() as raw:
        return [row["id"] for row in await raw.fetch(SQL["all_refunds_of"], payment_id)]


async def of_lines(line_ids: list[UUID]) -> list[RefundView]:
    """The refunds of lines that the transaction may see: the last 100 of each, youngest first."""
    return _views(await fetch(SQL["refunds_of_lines"], line_ids, MOST_AT_ONCE))


async def of_purchases(purchase_ids: list[UUID]) -> list[RefundView]:
    """The same of purchases, with those that are of no line."""
    return _views(await fetch(SQL["refunds_of_purchases"], purchase_ids, MOST_AT_ONCE))


def _views(rows: Sequence[asyncpg.Record]) -> list[RefundView]:
    return [
        RefundView(
            **{**row, "reason": RefundReason(row["reason"]), "state": RefundState(row["state"])}
        )
        for row in rows
    ]
