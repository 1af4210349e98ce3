"""A parcel of a merchant's begins: its lines are shipped, its device and its stock have gone."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from domain.orders import LineState
from domain.shipments.carriers import CarrierCode
from domain.units import UnitEventKind
from models import units
from models.announce import announce
from models.base import as_system
from models.orders import By, move, order_topic, stock
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))
USED_AGAIN_AFTER_DAYS = 120
"""Carriers give a number to another parcel after about so long."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a merchant says of a parcel. Shapes: `number` as the carrier is asked for it."""

    order_id: UUID
    lines: Sequence[UUID]
    carrier: CarrierCode
    number: str
    service: str | None = None


@dataclass(frozen=True, slots=True)
class NumberInUse:
    """A parcel on its way has this number already; whose it is is nobody's business."""


async def send(parcel: Parcel, by: By) -> UUID | NumberInUse:
    """Ship accepted lines in a parcel of their own, in the current transaction; the parcel's id.

    Lines that were shipped in a parcel that no carrier ever had go over into this one. The caller
    holds the lines, and has checked them. Refuses: a number that a parcel on its way has.
    """
    lines = list(parcel.lines)
    async with as_system() as raw:
        await raw.fetch(SQL["lock"], parcel.carrier.value, parcel.number)
        old = await raw.fetch(SQL["not_taken"], lines)
        emptied = [row["id"] for row in old if set(row["lines"]) <= set(lines)]
        used = (parcel.carrier.value, parcel.number, USED_AGAIN_AFTER_DAYS, emptied)
        if await raw.fetchval(SQL["live"], *used):
            return NumberInUse()
        await raw.execute(SQL["replace"], emptied)
        made: UUID = await raw.fetchval(
            SQL["add"],
            parcel.order_id,
            lines,
            parcel.carrier.value,
            parcel.number,
            parcel.service,
            by.at,
        )
        await raw.execute(SQL["add_lines"], made, lines)
        moved = await move(lines, LineState.SHIPPED, by, [LineState.ACCEPTED])
        await announce(raw, order_topic(parcel.order_id), {})
    sent = [line.id for line in moved]
    if sent:
        await stock.gone(sent)
        facts = {"carrier": parcel.carrier.value, "shipmentId": str(made)}
        await units.note_lines(sent, UnitEventKind.SHIPPED, by.at, facts)
    return made


async def on_the_way(lines: Sequence[UUID]) -> set[UUID]:
    """Lines that a carrier has had in a parcel: they cannot be sent again."""
    async with as_system() as raw:
        return {row["line_id"] for row in await raw.fetch(SQL["on_the_way"], lines)}
