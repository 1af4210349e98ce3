"""The parcels of a trade-in: their labels, at the merchant's cost, and what their news mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import structlog

from domain.shipments import HANDED_OVER, ShipmentPurpose, ShipmentStatus
from domain.shipments.carriers import CarrierCode
from domain.shipments.contracts import rate_for
from domain.trade_in import TradeInState
from domain.trade_in.orders import MOST_SEND_BACKS, UNCLAIMED_AT_MOST, Blame, TradeInActor
from models.base import as_system, fetch
from models.shipments import contracts, labels
from models.shipments.labels import ForTradeIn
from models.sql import statements
from models.trade_in import life, orders
from models.trade_in.orders import By, TradeInRow

log = structlog.get_logger()
SQL = statements(Path(__file__).with_suffix(".sql"))
_S = TradeInState


@dataclass(frozen=True, slots=True)
class ParcelRow:
    """A parcel of a trade-in."""

    id: UUID
    trade_in_id: UUID
    purpose: ShipmentPurpose
    carrier: CarrierCode
    tracking_number: str
    status: ShipmentStatus
    first_scan_at: datetime | None
    delivered_at: datetime | None


async def order_label(row: TradeInRow, purpose: ShipmentPurpose, at: datetime) -> UUID | None:
    """Order the cheapest label of a trade-in's lane; None where no contract has a rate for it.

    A lane costs the same both ways. Whether a merchant could buy labels under the contract for its
    own parcels does not matter: it pays all of this one.
    """
    back = purpose is ShipmentPurpose.SEND_BACK
    lane = (row.country or row.calendar, row.merchant_country)
    origin, destination = lane[::-1] if back else lane
    grams = await labels.weigh_variant(row.variant_id)
    found = [each for each in await contracts.everything() if _in_force(each, at)]
    cards = await contracts.rates([each.id for each in found])
    priced = []
    for each in found:
        card = cards.get(each.id, ())
        there = rate_for(card, origin, destination, grams)
        rate = there or rate_for(card, destination, origin, grams)
        if rate is not None:
            priced.append((rate.price_minor, each.code, each))
    if not priced:
        log.error("trade_in.no_label", trade_in_id=str(row.id), lane=f"{origin}-{destination}")
        return None
    price, _, contract = min(priced, key=lambda one: one[:2])
    who = (row.id, row.merchant_id, row.customer_id)
    wanted = ForTradeIn(purpose, *who, contract, origin, destination, grams, price)
    return await labels.order_for_trade_in(wanted, at)


def _in_force(each: contracts.Contract, at: datetime) -> bool:
    day = at.date()
    return each.valid_from <= day and (each.valid_to is None or day < each.valid_to)


async def send_back(row: TradeInRow, at: datetime) -> None:
    """Order the label under which a device goes back to its owner, free of charge."""
    await orders.change(row, at, {"send_backs": row.send_backs + 1})
    await order_label(row, ShipmentPurpose.SEND_BACK, at)


async def scanned_back(trade_in_id: UUID) -> bool:
    """Whether a carrier ever had the device on its way back."""
    async with as_system() as raw:
        return bool(await raw.fetchval(SQL["scanned_back"], trade_in_id))


async def came_back(trade_in_id: UUID) -> bool:
    """Whether its owner did not take it in, and it is with the merchant again."""
    async with as_system() as raw:
        return bool(await raw.fetchval(SQL["came_back"], trade_in_id))


async def of_trade_ins(ids: Sequence[UUID]) -> list[ParcelRow]:
    """The parcels of trade-ins that the current transaction may see, the youngest first."""
    return [_parcel(row) for row in await fetch(SQL["of_trade_ins"], list(ids))]


def _parcel(row: asyncpg.Record) -> ParcelRow:
    kinds = {
        "purpose": ShipmentPurpose(row["purpose"]),
        "carrier": CarrierCode(row["carrier"]),
        "status": ShipmentStatus(row["status"]),
    }
    return ParcelRow(**{**row} | kinds)


async def follow(shipment_id: UUID) -> None:
    """Bring a trade-in into line with a parcel of its, in the current transaction.

    Safe to repeat, in any order: a trade-in moves along its allowed moves or stays.
    """
    async with as_system() as raw:
        parcel = await raw.fetchrow(SQL["parcel"], shipment_id)
        row = None if parcel is None else await orders.hold(parcel["trade_in_id"])
    if parcel is None or row is None:
        return
    now = await orders.now_of(row.merchant_id)
    told = parcel["status_at"]
    by = By(TradeInActor.CARRIER, now if told is None else min(told, now))
    if parcel["purpose"] == ShipmentPurpose.TRADE_IN:
        await _there(row, parcel, by, now)
    else:
        await _back(row, parcel, by, now)


async def _there(row: TradeInRow, parcel: asyncpg.Record, by: By, now: datetime) -> None:
    """A parcel on its way to the merchant."""
    status = ShipmentStatus(parcel["status"])
    if row.state is _S.CREATED:
        row = await life.step(row, _S.LABEL_SENT, By(TradeInActor.PLATFORM, now))
    handed_over = parcel["first_scan_at"] is not None or status in HANDED_OVER
    if handed_over and row.state is _S.LABEL_SENT:
        number = (CarrierCode(parcel["carrier"]), parcel["tracking_number"])
        async with as_system():
            await labels.used(row.merchant_id, *number, by.at)
        row = await life.step(row, _S.SENT, by, sent_at=parcel["first_scan_at"] or by.at)
    if status is ShipmentStatus.DELIVERED:
        if row.state is _S.SENT:
            await life.received(row, by)
        elif row.state in {_S.EXPIRED, _S.CANCELLED} and not row.send_backs:
            await send_back(row, now)  # it ended, and the device came all the same
    elif status is ShipmentStatus.RETURNED and row.state is _S.SENT:
        await life.end(row, _S.RETURNED, by)
    elif status is ShipmentStatus.LOST and row.state is _S.SENT:
        await life.lost(row, Blame.CARRIER, by)


async def _back(row: TradeInRow, parcel: asyncpg.Record, by: By, now: datetime) -> None:
    """A parcel on its way back to its owner."""
    if row.state is not _S.RETURNING:
        return
    status = ShipmentStatus(parcel["status"])
    if status is ShipmentStatus.DELIVERED:
        await life.end(row, _S.RETURNED, by)
    elif status is ShipmentStatus.LOST:
        await life.lost(row, Blame.CARRIER, by)
    elif status is ShipmentStatus.RETURNED and await came_back(row.id):
        if row.send_backs < MOST_SEND_BACKS:
            await send_back(row, now)
        else:
            await orders.change(row, now, {"deadline_at": now + UNCLAIMED_AT_MOST}, "UNCLAIMED")
