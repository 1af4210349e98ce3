"""A purchase ends its wait for money: paid, and its orders begin; or failed, and stock is free.

Each is done once: a purchase that does not wait any more is left as it is. Both take part in the
current transaction.
"""

from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import orjson

from domain.calendars import Calendar
from domain.money import Currency, amount_of
from domain.orders import Actor, LineState, PurchaseState
from domain.topics import Topic
from models.base import as_system
from models.events import Event, emit
from models.orders import By, move, store_credit
from models.orders.stock import give_back
from models.sql import statements

SQL = statements(Path(__file__).with_name("purchases.sql"))
ACCEPT_WITHIN_HOURS = 24
"""Working hours, of the merchant's calendar, in which a merchant accepts or refuses a line."""


async def paid(purchase_id: UUID, at: datetime) -> list[UUID]:
    """Money for a purchase has come: its lines are the merchants' to accept. Its orders' ids.

    Each merchant is told by `order.created`, and has until `accept_by`. Nothing changes, and the
    answer is empty, where the purchase was paid or had failed before: the money came late.
    """
    async with as_system() as raw:
        if not await raw.fetch(SQL["end"], purchase_id, PurchaseState.PAID.value, at, None):
            return []
        orders = await raw.fetch(SQL["orders_of"], purchase_id)
        until = [_accept_by(order, at) for order in orders]
        await raw.execute(SQL["accept_by"], [order["id"] for order in orders], until)
        lines = [row["id"] for row in await raw.fetch(SQL["lines_of"], purchase_id)]
        await move(lines, LineState.PAID, By(Actor.PLATFORM, at), [LineState.RESERVED])
        for order, accept_by in zip(orders, until, strict=True):
            await _tell(raw, order, accept_by)
    return [order["id"] for order in orders]


async def expired(purchase_id: UUID, at: datetime, because: str = "EXPIRED") -> bool:
    """No money came, or will: its lines end, and others can buy what was set aside.

    The cart that it came from can be changed and bought again.
    `because` is a code. False, and nothing changes, where the purchase had ended before.
    """
    async with as_system() as raw:
        if not await raw.fetch(SQL["end"], purchase_id, PurchaseState.FAILED.value, at, because):
            return False
        lines = [row["id"] for row in await raw.fetch(SQL["lines_of"], purchase_id)]
        by = By(Actor.PLATFORM, at, reason=because)
        ended = await move(lines, LineState.EXPIRED, by, [LineState.RESERVED])
        await raw.execute(SQL["reopen"], purchase_id)
        await give_back([line.id for line in ended])
        await store_credit.release(raw, purchase_id)
    return True


def _accept_by(order: asyncpg.Record, at: datetime) -> datetime:
    return Calendar(order["country"], order["zone"]).hours_after(at, ACCEPT_WITHIN_HOURS)


async def _tell(raw: asyncpg.Connection, order: asyncpg.Record, accept_by: datetime) -> None:
    currency = Currency(order["currency"])
    data = {
        "number": order["number"],
        "market": order["market"],
        "lines": orjson.loads(order["lines"]),
        "acceptBy": accept_by.isoformat(),
        "total": {
            "amount": str(amount_of(order["total_minor"], currency)),
            "currency": currency.value,
        },
    }
    version = await raw.fetchval(SQL["version_of"], order["id"])
    told = (order["merchant_id"], "Order", order["id"], version, data)
    await emit(Event(Topic.ORDER_CREATED, *told))
