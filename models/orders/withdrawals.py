"""Withdrawals that were confirmed: what was said, when, and the receipt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from models.base import as_system, fetch, fetchrow
from models.jobs import Job
from models.orders.read import LineRow
from models.outbox import enqueue
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))


@dataclass(frozen=True, slots=True)
class About:
    """The order that somebody withdraws from. `zone` is that of the market."""

    number: str
    merchant_id: UUID
    market: str
    merchant: str
    language: str
    zone: str


@dataclass(frozen=True, slots=True)
class New:
    """A withdrawal to keep. `legal`: by the law, else by our own policy."""

    id: UUID
    token_sha256: bytes
    customer_id: UUID
    order_id: UUID
    merchant_id: UUID
    name: str
    address: str
    language: str
    legal: bool
    asked_at: datetime
    confirmed_at: datetime
    acknowledgement: str
    subject: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A withdrawal as its customer reads it."""

    id: UUID
    order_id: UUID
    legal: bool
    confirmed_at: datetime
    acknowledgement: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """The receipt as it is mailed."""

    address: str | None
    subject: str
    acknowledgement: str
    language: str
    confirmed_at: datetime


async def about(order_id: UUID) -> About | None:
    """What a receipt says of an order."""
    async with as_system() as raw:
        row = await raw.fetchrow(SQL["order"], order_id)
    return About(**row) if row else None


async def already(lines: Sequence[LineRow]) -> UUID | None:
    """The open case of a withdrawal that one of these lines has."""
    rows = await fetch(SQL["open"], [line.id for line in lines])
    return rows[0]["id"] if rows else None


async def hold(token_sha256: bytes) -> None:
    """Wait for whoever confirms the same token at the same time."""
    await fetch(SQL["lock"], token_sha256)


async def confirmed(token_sha256: bytes, customer_id: UUID) -> Confirmed | None:
    """The withdrawal that this token confirmed before."""
    row = await fetchrow(SQL["confirmed"], token_sha256, customer_id)
    return Confirmed(**row) if row else None


async def lines_of(withdrawal_id: UUID) -> list[UUID]:
    """The lines of a withdrawal."""
    return [row["line_id"] for row in await fetch(SQL["lines_of"], withdrawal_id)]


async def add(new: New, lines: Sequence[UUID]) -> None:
    """Keep a withdrawal and have its receipt mailed, in the current transaction."""
    async with as_system() as raw:
        await raw.execute(
            SQL["add"], new.id, new.token_sha256, new.customer_id, new.order_id, new.merchant_id,
            new.name, new.address, new.language, new.legal, new.asked_at, new.confirmed_at,
            new.acknowledgement, new.subject,
        )  # fmt: skip
        await raw.execute(SQL["add_line"], new.id, lines)
    await enqueue(Job.MAIL_WITHDRAWAL, withdrawal_id=str(new.id))


async def receipt(withdrawal_id: UUID) -> Receipt | None:
    """The receipt of a withdrawal, for the job that mails it."""
    row = await fetchrow(SQL["mail"], withdrawal_id)
    return Receipt(**row) if row else None
