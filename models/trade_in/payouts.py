"""Money on its way to people's banks: asked for, collected in batches, paid or refused.

A batch is written before a bank is asked, and asked about again under the same id until it was
sent, so that no crash pays twice or forgets one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg

from models.base import as_system, fetch
from models.sql import statements
from models.trade_in.orders import TradeInRow
from models.vault import Cell

SQL = statements(Path(__file__).with_suffix(".sql"))
DUE, SENDING, PAID, FAILED = "DUE", "SENDING", "PAID", "FAILED"


@dataclass(frozen=True, slots=True)
class PayoutRow:
    """Money for one trade-in. Units: minor units. Shapes: `state` DUE SENDING PAID FAILED.

    `account` is encrypted for the cell of its trade-in; `number` is the trade-in's.
    """

    id: UUID
    trade_in_id: UUID
    amount_minor: int
    currency: str
    state: str
    account: bytes
    account_name: str
    account_shown: str
    batch_id: UUID | None
    problem: str | None
    paid_at: datetime | None
    failed_at: datetime | None
    created_at: datetime
    number: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Payouts of one currency that a bank is asked for together."""

    id: UUID
    currency: str
    payouts: Sequence[PayoutRow]
    created_at: datetime


def cell(trade_in_id: UUID) -> Cell:
    """Where the account of a trade-in stands in the vault; its payouts keep the same text."""
    return Cell("trade_in_order", "account", trade_in_id)


async def ask(row: TradeInRow) -> None:
    """Have the money of a trade-in sent to its account, once."""
    async with as_system() as raw:
        await raw.execute(SQL["ask"], row.id, row.updated_at)


async def collect(
    provider: str, currencies: Sequence[str], at: datetime, most: int
) -> Batch | None:
    """Make a batch of what is due in one of these currencies; None where nothing is."""
    async with as_system() as raw:
        rows = [_row(row) for row in await raw.fetch(SQL["due"], list(currencies), most)]
        if not rows:
            return None
        total = sum(row.amount_minor for row in rows)
        currency = rows[0].currency
        made = await raw.fetchval(SQL["batch"], provider, currency, len(rows), total, at)
        await raw.execute(SQL["take"], [row.id for row in rows], made)
    return Batch(made, currency, rows, at)


async def unsent(provider: str) -> Batch | None:
    """The oldest batch that was made and that nobody sent."""
    async with as_system() as raw:
        found = await raw.fetchrow(SQL["unsent"], provider)
        if found is None:
            return None
        rows = [_row(row) for row in await raw.fetch(SQL["of_batch"], found["id"])]
    return Batch(found["id"], found["currency"], rows, found["created_at"])


async def sent(batch_id: UUID, document: bytes | None, at: datetime) -> bool:
    """A bank took a batch, with the file it was given; False where that was noted before."""
    async with as_system() as raw:
        return await raw.fetchval(SQL["sent"], batch_id, at, document) is not None


async def held(payout_id: UUID) -> PayoutRow | None:
    """A payout, locked until the transaction ends."""
    async with as_system() as raw:
        row = await raw.fetchrow(SQL["one"], payout_id)
    return _row(row) if row else None


async def paid(payout_id: UUID, at: datetime) -> bool:
    """A bank paid; False where that was noted before."""
    async with as_system() as raw:
        return await raw.fetchval(SQL["paid"], payout_id, at) is not None


async def failed(payout_id: UUID, problem: str, at: datetime) -> bool:
    """A bank refused it, or sent it back; False where that was noted before."""
    async with as_system() as raw:
        return await raw.fetchval(SQL["failed"], payout_id, at, problem) is not None


async def of_trade_ins(ids: Sequence[UUID]) -> dict[UUID, PayoutRow]:
    """The last payout of each trade-in that the current transaction may see."""
    return {row["trade_in_id"]: _row(row) for row in await fetch(SQL["of_trade_ins"], list(ids))}


def _row(row: asyncpg.Record) -> PayoutRow:
    return PayoutRow(**{**row, "account": bytes(row["account"])})


async def lately_paid(provider: str, since: datetime, most: int) -> list[PayoutRow]:
    """What a bank took and may still send back."""
    async with as_system() as raw:
        return [_row(row) for row in await raw.fetch(SQL["lately_paid"], provider, since, most)]
