"""What people give to solidarity partners: the partner of a market, and the receipt."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import asyncpg

from domain.calendars import Calendar
from domain.money import Currency, amount_of
from domain.orders.numbers import HOW_MANY, order_number
from domain.trade_in.receipt import Receipt
from models.base import as_system, fetch, fetchrow
from models.trade_in.orders import SQL, TradeInRow

_ADD = """
INSERT INTO donation_receipt (number, trade_in_id, merchant_id, customer_id, partner_id,
  amount_minor, currency, device, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (trade_in_id) DO NOTHING
"""
_OF = """
SELECT id, number, trade_in_id, partner_id, amount_minor, currency, device, created_at
FROM donation_receipt WHERE trade_in_id = ANY ($1)
"""
_DOCUMENT = """
SELECT r.number, r.amount_minor, r.currency, r.device, r.created_at, p.name, p.registration,
  o.address->>'name' AS donor, o.number AS trade_in, k.time_zone
FROM donation_receipt r JOIN solidarity_partner p ON p.id = r.partner_id
JOIN trade_in_order o ON o.id = r.trade_in_id JOIN market k ON k.code = o.market WHERE r.id = $1
"""


@dataclass(frozen=True, slots=True)
class Partner:
    """Who gets what people give away; `registration` is its number in its register."""

    id: UUID
    code: str
    name: str
    country: str
    registration: str


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """A receipt without its document. Units: minor units; `device` says that a device was given."""

    id: UUID
    number: str
    trade_in_id: UUID
    partner_id: UUID
    amount_minor: int
    currency: str
    device: bool
    created_at: datetime


async def partner(market: str, day: date, partner_id: UUID | None = None) -> Partner | None:
    """The partner that is named, or the first of a market on a day; None where there is none."""
    row = await fetchrow(SQL["partner"], market, day, partner_id)
    return Partner(**row) if row else None


async def receipt(row: TradeInRow, amount_minor: int, at: datetime, *, device: bool) -> None:
    """Write the receipt of a trade-in, once. Raises: LookupError without a partner."""
    async with as_system() as raw:
        found = await raw.fetchrow(SQL["partner_named"], row.partner_id)
        if found is None:
            raise LookupError(f"the trade-in {row.id} names no partner")
        number = f"D-{order_number(secrets.randbelow(HOW_MANY))}"
        about = (number, row.id, row.merchant_id, row.customer_id, found["id"])
        await raw.execute(_ADD, *about, amount_minor, row.currency, device, at)


async def receipts(ids: Sequence[UUID]) -> dict[UUID, ReceiptRow]:
    """The receipts of trade-ins that the current transaction may see."""
    return {row["trade_in_id"]: ReceiptRow(**row) for row in await fetch(_OF, list(ids))}


async def told(receipt_id: UUID) -> tuple[Receipt, datetime] | None:
    """What a receipt says, and when it was given."""
    async with as_system() as raw:
        row: asyncpg.Record | None = await raw.fetchrow(_DOCUMENT, receipt_id)
    if row is None:
        return None
    amount = str(amount_of(row["amount_minor"], Currency(row["currency"])))
    day = Calendar("", row["time_zone"]).day_of(row["created_at"])
    named = (row["number"], row["name"], row["registration"], row["donor"] or "", row["trade_in"])
    return Receipt(*named, amount, row["currency"], row["device"], day), row["created_at"]
