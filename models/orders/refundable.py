"""The facts about a line that decide whether money can go back for it."""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import orjson

from domain.orders import LineState
from domain.orders.refunds import Line
from models.base import as_system
from models.orders.ledger import share_of
from models.sql import statements

SQL = statements(Path(__file__).with_name("payments.sql"))


@dataclass(frozen=True, slots=True)
class Found:
    """A line of a merchant, locked for the rest of the transaction."""

    id: UUID
    order_id: UUID
    market: str
    currency: str
    facts: Line


async def line_of(merchant_id: UUID, line_id: UUID) -> Found | None:
    """A line of a merchant; None for any other."""
    async with as_system() as raw:
        row = await raw.fetchrow(SQL["shares"], [line_id], None)
        if row is None or row["merchant_id"] != merchant_id:
            return None
        captured = await raw.fetch(SQL["of_purchases"], [row["purchase_id"]])
    warranty = orjson.loads(row["warranty"])
    months = max(warranty.get("legalMonths") or 0, warranty.get("commercialMonths") or 0)
    state = LineState(row["state"])
    facts = Line(state, share_of(row), bool(captured), row["delivered_at"], months)
    return Found(line_id, row["order_id"], row["market"], row["currency"], facts)
