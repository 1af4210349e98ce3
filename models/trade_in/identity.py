"""The device of a trade-in: claimed while the trade-in goes on, and what happens to it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.units import UnitEventKind
from models.base import as_system
from models.trade_in.orders import SQL, TradeInRow


async def claim(
    trade_in_id: UUID,
    customer_id: UUID,
    category: str,
    variant_id: UUID,
    imei: str | None,
    serial: str | None,
) -> UUID | bool | None:
    """Claim."""
    async with as_system() as raw:
        taken = await raw.fetchval(SQL["known_device"], imei, serial, category)
    return False if taken else None


async def release(row: TradeInRow) -> None:
    """Release."""


async def note(row: TradeInRow, kind: UnitEventKind, at: datetime, data: Mapping[str, Any]) -> None:
    """Note."""


async def hand_over(row: TradeInRow, at: datetime) -> None:
    """Hand over."""
