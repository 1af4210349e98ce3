"""Orders, lines and their moves, as the current transaction may see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.orders import Actor, LineState, OrderState
from models.base import fetch
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))


class OrderSort(StrEnum):
    """In which order orders are listed; `NEXT_DEADLINE` leaves out those without one."""

    NEWEST = "NEWEST"
    NEXT_DEADLINE = "NEXT_DEADLINE"


@dataclass(frozen=True, slots=True)
class Sight:
    """Whose orders: a merchant's once they are paid, a customer's, or those of some markets."""

    merchant_id: UUID | None = None
    customer_id: UUID | None = None
    markets: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order with its merchant and the place that it goes to. Units: minor units."""

    id: UUID
    number: str
    purchase_id: UUID
    merchant_id: UUID
    customer_id: UUID
    market: str
    currency: str
    state: OrderState
    items_minor: int
    shipping_minor: int
    service_fee_minor: int
    levies_minor: int
    duties_minor: int
    total_minor: int
    country: str
    next_deadline: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime
    paid_at: datetime | None
    postal_code: str
    address: dict[str, Any] | None
    merchant_name: str
    merchant_legal_name: str
    merchant_kind: str
    merchant_country: str
    merchant_since: date | None


@dataclass(frozen=True, slots=True)
class LineRow:
    """One device of an order. Units: minor units; `handling_hours` are of working days."""

    id: UUID
    order_id: UUID
    merchant_id: UUID
    customer_id: UUID
    market: str
    position: int
    state: LineState
    sku: str
    offer_id: UUID
    variant_id: UUID
    title: str
    category: str
    grade: int
    battery_new: bool
    battery_health: int | None
    currency: str
    item_minor: int
    shipping_minor: int
    service_fee_minor: int
    levies_minor: int
    duties_minor: int
    total_minor: int
    refunded_minor: int
    vat_scheme: str
    warranty: dict[str, Any]
    dispatch_country: str
    country: str
    handling_hours: int
    carrier: str | None
    promised_from: date | None
    promised_by: date | None
    unit_id: UUID | None
    paid_at: datetime | None
    accept_by: datetime | None
    accepted_at: datetime | None
    dispatch_by: datetime | None
    shipped_at: datetime | None
    first_scan_at: datetime | None
    delivered_at: datetime | None
    return_until: datetime | None
    withdraw_until: datetime | None
    ended_at: datetime | None
    cancel_asked_at: datetime | None
    reason: str | None
    counts: bool
    version: int


@dataclass(frozen=True, slots=True)
class MoveRow:
    """A move of a line: who, when, why."""

    line_id: UUID
    n: int
    from_state: LineState | None
    to_state: LineState
    actor: Actor
    reason: str | None
    note: str | None
    at: datetime


async def one(sight: Sight, order_id: UUID) -> OrderRow | None:
    """An order, if it is in sight."""
    rows = await fetch(SQL["one"], sight.merchant_id, sight.customer_id, sight.markets, order_id)
    return _order(rows[0]) if rows else None


async def page(
    sight: Sight,
    states: Sequence[OrderState] | None,
    sort: OrderSort,
    after: tuple[datetime | None, UUID] | None,
    limit: int,
) -> list[OrderRow]:
    """Orders in sight, in that order, after a deadline and an id. One statement."""
    deadline, last = after or (None, None)
    named = None if states is None else [state.value for state in states]
    sql = SQL["newest" if sort is OrderSort.NEWEST else "next_deadline"]
    seen = (sight.merchant_id, sight.customer_id, sight.markets)
    return [_order(row) for row in await fetch(sql, *seen, named, deadline, last, limit)]


async def of_orders(orders: Sequence[UUID]) -> dict[UUID, list[LineRow]]:
    """The lines of orders, by their place. One statement."""
    found: dict[UUID, list[LineRow]] = {order: [] for order in orders}
    for row in await fetch(SQL["of_orders"], orders):
        found[row["order_id"]].append(_line(row))
    return found


async def lines(ids: Sequence[UUID]) -> dict[UUID, LineRow]:
    """Lines by their ids. One statement."""
    return {row["id"]: _line(row) for row in await fetch(SQL["lines"], ids)}


async def hold(ids: Sequence[UUID]) -> dict[UUID, LineRow]:
    """The same, locked until the transaction ends: nobody else moves them."""
    return {row["id"]: _line(row) for row in await fetch(SQL["hold"], ids)}


async def moves(ids: Sequence[UUID]) -> dict[UUID, list[MoveRow]]:
    """The moves of lines, the oldest first. One statement."""
    found: dict[UUID, list[MoveRow]] = {line: [] for line in ids}
    for row in await fetch(SQL["moves"], ids):
        before = row["from_state"]
        facts = {
            "from_state": LineState(before) if before else None,
            "to_state": LineState(row["to_state"]),
            "actor": Actor(row["actor"]),
        }
        found[row["line_id"]].append(MoveRow(**{**row} | facts))
    return found


async def parcels(order_id: UUID) -> list[tuple[UUID, int]]:
    """The parcels of an order with their versions: two that differ are other news."""
    return [(row["id"], row["version"]) for row in await fetch(SQL["parcels"], order_id)]


def _order(row: asyncpg.Record) -> OrderRow:
    address = orjson.loads(row["address"]) if row["address"] else None
    return OrderRow(**{**row} | {"state": OrderState(row["state"]), "address": address})


def _line(row: asyncpg.Record) -> LineRow:
    facts = {"state": LineState(row["state"]), "warranty": orjson.loads(row["warranty"])}
    return LineRow(**{**row} | facts)
