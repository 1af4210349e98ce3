"""Credits as rows: expected, issued, spent by purchases, and what is due of them.

Each takes part in the current transaction, as the system: whose a credit is was found out before.
Source: docs/payments.md, "Credits".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg

from domain.orders import credits as rules
from domain.orders.credits import CreditState, Standing
from domain.orders.ledger import LedgerKind
from models.base import as_system, fetch, fetchrow
from models.orders.ledger import Why, post
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))


@dataclass(frozen=True, slots=True)
class Credit:
    """A credit of a customer. Units: minor units of `currency`. `source_id` is its trade-in."""

    id: UUID
    customer_id: UUID
    source_id: UUID
    currency: str
    state: CreditState
    standing: Standing
    created_at: datetime


async def expect(source_id: UUID, customer_id: UUID, currency: str, amount_minor: int) -> None:
    """A trade-in will bring a credit of about so much."""
    async with as_system() as raw:
        await raw.execute(SQL["expect"], customer_id, source_id, currency, amount_minor)


async def issue(source_id: UUID, customer_id: UUID, currency: str, amount_minor: int) -> None:
    """What a trade-in brought is known: more that was spent is due. The caller posts it."""
    async with as_system() as raw:
        state = CreditState.ISSUED.value
        await raw.execute(SQL["settle"], source_id, customer_id, currency, state, amount_minor)


async def end(source_id: UUID) -> None:
    """A trade-in brings nothing; what was spent of it is due. An issued credit stays."""
    async with as_system() as raw:
        await raw.execute(SQL["end"], source_id)


async def of_sources(ids: Sequence[UUID]) -> dict[UUID, Credit]:
    """The credits of trade-ins that the current transaction may see, by trade-in."""
    return {row["source_id"]: _credit(row) for row in await fetch(SQL["of_source"], list(ids))}


async def in_cart(cart_id: UUID, *, held: bool = False) -> Credit | None:
    """The credit that is applied to a cart; `held` until the transaction ends."""
    row = await fetchrow(SQL["in_cart"], cart_id)
    if row is not None and held:
        async with as_system() as raw:
            await raw.fetchval(SQL["hold"], row["id"])
            row = await raw.fetchrow(SQL["one"], row["id"])
    return _credit(row) if row else None


async def apply(credit: Credit, cart_id: UUID) -> None:
    """Have a cart spend a credit, instead of any other."""
    async with as_system() as raw:
        await raw.execute(SQL["apply"], credit.id, credit.customer_id, cart_id)


async def take_away(cart_id: UUID) -> None:
    """Have a cart spend none."""
    async with as_system() as raw:
        await raw.execute(SQL["take_away"], cart_id)


async def reserve(cart_id: UUID, purchase_id: UUID, amount_minor: int) -> None:
    """A cart became a purchase that takes so much of the credit that was held."""
    async with as_system() as raw:
        await raw.execute(SQL["reserve"], cart_id, purchase_id, amount_minor)


async def taken(raw: asyncpg.Connection, purchase_id: UUID) -> int:
    """What a purchase takes, or took, of a credit. Units: minor units."""
    row = await raw.fetchrow(SQL["of_purchase"], purchase_id)
    return 0 if row is None else int(row["amount_minor"])


async def spend(raw: asyncpg.Connection, purchase_id: UUID, currency: str, at: datetime) -> None:
    """A purchase was paid: what it takes of a credit is spent. Call it after its capture."""
    row = await raw.fetchrow(SQL["spend"], purchase_id)
    if row is not None and row["amount_minor"]:
        why = Why(LedgerKind.CREDIT_SPENT, row["id"], purchase_id, currency, at)
        await post(raw, why, rules.spent(row["amount_minor"], row["customer_id"]))


async def release(raw: asyncpg.Connection, purchase_id: UUID) -> None:
    """A purchase was never paid: its cart spends the credit again."""
    await raw.execute(SQL["release"], purchase_id)


async def give_back(
    raw: asyncpg.Connection, purchase_id: UUID, refund: UUID, amount: int, why: Why
) -> None:
    """A part of a refund goes back as credit. Raises: LookupError where none was spent."""
    customer_id = await raw.fetchval(SQL["give_back"], purchase_id, amount)
    if customer_id is None:
        raise LookupError(f"no credit was spent on {purchase_id}")
    back = Why(LedgerKind.CREDIT_RETURNED, refund, purchase_id, why.currency, why.at)
    await post(raw, back, rules.returned(amount, customer_id))


async def difference_paid(
    raw: asyncpg.Connection, credit_id: UUID, payment_id: UUID, amount_minor: int, at: datetime
) -> None:
    """Money came for what was due of a credit; what is too much can be spent."""
    row = await raw.fetchrow(SQL["one"], credit_id)
    if row is None:
        raise LookupError(f"no credit {credit_id}")
    await raw.execute(SQL["paid"], credit_id, amount_minor)
    kind = LedgerKind.CREDIT_ISSUED
    why = Why(kind, payment_id, None, row["currency"], at, row["source_id"])
    await post(raw, why, rules.difference_paid(amount_minor, row["customer_id"]))


async def last_purchase(credit_id: UUID) -> UUID | None:
    """A purchase that took of a credit."""
    async with as_system() as raw:
        found: UUID | None = await raw.fetchval(SQL["last_purchase"], credit_id)
    return found


def _credit(row: asyncpg.Record) -> Credit:
    return Credit(
        row["id"],
        row["customer_id"],
        row["source_id"],
        row["currency"],
        CreditState(row["state"]),
        Standing(row["amount_minor"], row["paid_minor"], row["spent_minor"]),
        row["created_at"],
    )
