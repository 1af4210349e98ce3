"""The device of a trade-in: claimed while the trade-in goes on, and what happens to it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.units import (
    Identifier,
    Imei,
    UnitEventKind,
    imei,
    imei_identifier,
    serial_identifier,
)
from models import units
from models.trade_in.orders import TradeInRow
from models.units import claims
from models.units.claims import Claim, Elsewhere, Party, Place


async def identifiers(
    variant_id: UUID, category: str, imei_text: str | None, serial: str | None
) -> list[Identifier]:
    """What a device is known by; a serial number is its maker's."""
    found = []
    if imei_text is not None and isinstance(read := imei(imei_text), Imei):
        found.append(imei_identifier(read))
    if serial is not None and (terms := await units.terms(variant_id, category)) is not None:
        found.append(serial_identifier(serial, terms.brand))
    return found


async def claim(
    trade_in_id: UUID,
    customer_id: UUID,
    category: str,
    variant_id: UUID,
    named: list[Identifier],
) -> UUID | Elsewhere | None:
    """The unit that the device is, in this trade-in from now on; None for one without a number.

    Refuses: a device that is spoken for elsewhere.
    """
    if not named:
        return None
    of = Party(customer_id=customer_id)
    return await claims.claim(Claim(Place.TRADE_IN, trade_in_id, of, category, variant_id), named)


async def release(row: TradeInRow) -> None:
    """The trade-in has the device no more."""
    await claims.release(Place.TRADE_IN, [row.id])


async def note(row: TradeInRow, kind: UnitEventKind, at: datetime, data: Mapping[str, Any]) -> None:
    """Note what happened to the device, where it has a passport."""
    if row.unit_id is not None:
        await claims.note_many([(row.unit_id, kind, at, data)])


async def hand_over(row: TradeInRow, at: datetime) -> None:
    """The device is its merchant's from now on."""
    if row.unit_id is not None:
        to = Party(merchant_id=row.merchant_id)
        await claims.hand_over([row.unit_id], to, at)
