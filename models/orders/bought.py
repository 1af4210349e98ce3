"""What a customer bought: purchases, with the order of each merchant and its lines."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import asyncpg
import orjson

from domain.orders import LineState, OrderState, PurchaseState
from domain.orders.addresses import Address
from domain.orders.amounts import Amounts
from models.base import fetch, fetchrow, id_of
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))


@dataclass(frozen=True, slots=True)
class PurchaseRow:
    """A purchase. Units: minor units."""

    id: UUID
    market: str
    state: PurchaseState
    currency: str
    total_minor: int
    country: str
    address: Address | None
    expires_at: datetime | None
    paid_at: datetime | None
    failed_because: str | None
    version: int
    created_at: datetime

    @classmethod
    def of(cls, record: asyncpg.Record) -> Self:
        """The row as read."""
        stored = record["address"]
        address = Address.of(orjson.loads(stored)) if stored else None
        return cls(**{**record, "state": PurchaseState(record["state"]), "address": address})


@dataclass(frozen=True, slots=True)
class LineRow:
    """A device of an order. `warranty` is what was promised, as JSON."""

    id: UUID
    position: int
    state: LineState
    offer_id: UUID
    variant_id: UUID
    title: str
    grade: int
    amounts: Amounts
    warranty: dict[str, Any]
    vat_scheme: str
    carrier: str | None
    dispatch_country: str
    promised_from: date | None
    promised_by: date | None
    withdraw_until: datetime | None

    @classmethod
    def of(cls, item: dict[str, Any]) -> Self:
        """The row that a statement gave as JSON, which it takes over."""
        amounts = _amounts(item, "item_minor")
        for name in ("id", "offer_id", "variant_id"):
            item[name] = id_of(item[name])
        for name in ("promised_from", "promised_by"):
            item[name] = date.fromisoformat(item[name]) if item[name] else None
        until = item["withdraw_until"]
        item["withdraw_until"] = datetime.fromisoformat(until) if until else None
        item["state"] = LineState(item["state"])
        known = {name: item[name] for name in cls.__slots__ if name != "amounts"}
        return cls(**known, amounts=amounts)


@dataclass(frozen=True, slots=True)
class OrderRow:
    """What one merchant sold in a purchase."""

    id: UUID
    purchase_id: UUID
    number: str
    state: OrderState
    currency: str
    amounts: Amounts
    merchant_id: UUID
    merchant_name: str
    merchant_legal_name: str
    merchant_kind: str
    merchant_country: str
    merchant_since: date | None
    lines: list[LineRow]

    @classmethod
    def of(cls, record: asyncpg.Record) -> Self:
        """The row as read."""
        facts = dict(record)
        known = {name: facts[name] for name in cls.__slots__ if name not in {"amounts", "lines"}}
        known["state"] = OrderState(known["state"])
        lines = [LineRow.of(item) for item in orjson.loads(facts["lines"] or "[]")]
        return cls(**known, amounts=_amounts(facts, "items_minor"), lines=lines)


def _amounts(facts: dict[str, Any], item: str) -> Amounts:
    return Amounts(
        facts[item],
        facts["shipping_minor"],
        facts["service_fee_minor"],
        facts["levies_minor"],
        facts["duties_minor"],
    )


async def purchase(purchase_id: UUID, customer_id: UUID) -> PurchaseRow | None:
    """A purchase of a customer."""
    row = await fetchrow(SQL["one"], purchase_id, customer_id)
    return PurchaseRow.of(row) if row else None


async def purchases(customer_id: UUID, before: UUID | None, limit: int) -> list[PurchaseRow]:
    """A customer's purchases, the newest first, from a position on."""
    return [PurchaseRow.of(row) for row in await fetch(SQL["page"], customer_id, before, limit)]


async def orders_of(purchase_ids: list[UUID]) -> dict[UUID, list[OrderRow]]:
    """The orders of purchases, with their lines. One statement."""
    found: dict[UUID, list[OrderRow]] = {purchase_id: [] for purchase_id in purchase_ids}
    for row in await fetch(SQL["orders"], purchase_ids):
        found[row["purchase_id"]].append(OrderRow.of(row))
    return found


@dataclass(frozen=True, slots=True)
class PendingRow:
    """What is due of a purchase, and until when its stock is kept. Units: minor units."""

    id: UUID
    state: str
    total_minor: int
    currency: str
    expires_at: datetime | None


async def pending(purchase_id: UUID, customer_id: UUID) -> PendingRow | None:
    """A customer's purchase, held until the transaction ends."""
    row = await fetchrow(SQL["pending"], purchase_id, customer_id)
    return PendingRow(**row) if row else None
