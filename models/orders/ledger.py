"""The ledger as rows: transactions that balance, written once for what they are about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

import asyncpg

from domain.orders.ledger import Entry, LedgerAccount, LedgerKind, Share, release
from models.base import as_system, fetch
from models.sql import statements

SQL = statements(Path(__file__).with_name("payments.sql"))
_CHECK_NOW = "SET CONSTRAINTS ledger_balances IMMEDIATE"  # at the commit a request sees no postings


@dataclass(frozen=True, slots=True)
class Why:
    """What a transaction is about: once for its kind and `reference`, the id of what moved it.

    It is about a purchase, or else about a `subject_id`: a trade-in or a lot.
    """

    kind: LedgerKind
    reference: UUID
    purchase_id: UUID | None
    currency: str
    at: datetime
    subject_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Posting:
    """One entry as its merchant reads it. Units: minor units; `amount_minor` is what it gained.

    `balance_minor` is all that was held for it or owed to it after this entry.
    """

    n: int
    kind: LedgerKind
    account: LedgerAccount
    at: datetime
    amount_minor: int
    balance_minor: int
    currency: str
    order_id: UUID | None
    line_id: UUID | None


@dataclass(frozen=True, slots=True)
class Balance:
    """What a merchant has with us in one currency. Units: minor units; a debt is negative."""

    currency: str
    held_minor: int
    owed_minor: int


@dataclass(frozen=True, slots=True)
class Month:
    """What moved in one month, UTC, and currency. Units: minor units; `lines` counts sold lines."""

    month: date
    currency: str
    sales_minor: int
    refunds_minor: int
    released_minor: int
    lines: int

    @property
    def key(self) -> str:
        """Its place in the order of months."""
        return f"{self.month:%Y-%m}{self.currency}"


async def post(raw: asyncpg.Connection, why: Why, entries: Sequence[Entry]) -> bool:
    """Write a transaction as the system; False where it was written before.

    Raises: asyncpg.CheckViolationError where it does not balance.
    """
    if not entries:
        return False
    made = await raw.fetchval(
        SQL["post"],
        why.kind.value,
        why.reference,
        why.at,
        why.purchase_id,
        why.currency,
        [entry.account.value for entry in entries],
        [entry.amount_minor for entry in entries],
        [entry.merchant_id for entry in entries],
        [entry.line_id for entry in entries],
        [entry.customer_id for entry in entries],
        [entry.organisation_id for entry in entries],
        why.subject_id,
    )
    await raw.execute(_CHECK_NOW)
    return made is not None


def share_of(row: asyncpg.Record) -> Share:
    """What a line costs, and whose it is, of a row of `shares`."""
    return Share(
        row["line_id"],
        row["merchant_id"],
        row["merchant_minor"],
        row["fee_minor"],
        row["tax_minor"],
        row["refunded_minor"],
        row["released"],
    )


async def release_due(at: datetime, limit: int = 500) -> int:
    """Owe merchants what they earned by lines that cannot be returned any more; how many lines.

    In the current transaction; a line is released once.
    """
    async with as_system() as raw:
        rows = await raw.fetch(SQL["to_release"], at, limit)
        for row in rows:
            why = Why(LedgerKind.RELEASE, row["id"], row["purchase_id"], row["currency"], at)
            await post(raw, why, release(row["held"], row["merchant_id"], row["id"]))
    return len(rows)


async def balances(merchant_id: UUID) -> list[Balance]:
    """What a merchant has with us, by currency."""
    return [Balance(**row) for row in await fetch(SQL["balances"], merchant_id)]


async def page(merchant_id: UUID, before: int | None, limit: int) -> list[Posting]:
    """A merchant's entries, youngest first; `before` is the number of the last one read."""
    rows = await fetch(SQL["page"], merchant_id, before, limit)
    return [
        Posting(
            row["n"],
            LedgerKind(row["kind"]),
            LedgerAccount(row["account"]),
            row["at"],
            -row["amount_minor"],
            row["balance_minor"],
            row["currency"],
            row["order_id"],
            row["line_id"],
        )
        for row in rows
    ]


async def months(merchant_id: UUID, before: str | None, limit: int) -> list[Month]:
    """A merchant's months, youngest first; `before` is the `key` of the last one read."""
    return [Month(**row) for row in await fetch(SQL["months"], merchant_id, before, limit)]
