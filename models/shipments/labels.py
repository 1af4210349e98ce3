"""Labels under the platform's contracts: ordered in a transaction, issued outside of it, paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import asyncpg
import orjson

from domain.orders.ledger import LedgerKind, label_bought
from domain.shipments import ShipmentPurpose
from domain.shipments.carriers import CarrierCode, TrackingApi
from domain.shipments.contracts import PACKAGING_GRAMS, Cost, LabelState
from models.base import as_system, execute, fetch, fetchrow, fetchval
from models.jobs import Job
from models.orders.ledger import Why, post
from models.outbox import enqueue
from models.shipments.contracts import SQL, Contract


@dataclass(frozen=True, slots=True)
class LabelRow:
    """A label as it stands. Units: grams, minor units."""

    id: UUID
    merchant_id: UUID
    order_id: UUID | None
    purchase_id: UUID | None
    line_ids: Sequence[UUID]
    contract_id: UUID
    carrier: CarrierCode
    api: TrackingApi
    origin: str
    destination: str
    grams: int
    currency: str
    price_minor: int
    merchant_minor: int
    platform_minor: int
    state: LabelState
    tracking_number: str | None
    expires_at: datetime | None
    issued_at: datetime | None
    used_at: datetime | None
    problem: str | None
    created_at: datetime
    purpose: ShipmentPurpose
    trade_in_id: UUID | None
    customer_id: UUID | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a parcel goes, for the print alone."""

    postal_code: str
    country: str
    address: dict[str, Any]
    number: str
    purchase_id: UUID | None
    sender: str


class Issued(Protocol):
    """What a provider gave."""

    @property
    def tracking_number(self) -> str: ...
    @property
    def document(self) -> bytes: ...
    @property
    def expires_at(self) -> datetime: ...


class LabelRefused(Exception):
    """The carrier does not issue this label, now or later."""


class Desk(Protocol):
    """Has labels issued: asks the carrier, outside of any transaction."""

    async def issue(self, label: LabelRow) -> Issued | None:
        """What the carrier gave; None where it could not be asked now.

        Raises: LabelRefused where it says no for good.
        """
        ...


@dataclass(frozen=True, slots=True)
class Ordered:
    """A label that a merchant asks for."""

    merchant_id: UUID
    order_id: UUID
    line_ids: Sequence[UUID]
    contract: Contract
    origin: str
    destination: str
    grams: int
    cost: Cost


@dataclass(frozen=True, slots=True)
class ForTradeIn:
    """A label for a device that a person sells: to the merchant, or back. The merchant pays."""

    purpose: ShipmentPurpose
    trade_in_id: UUID
    merchant_id: UUID
    customer_id: UUID
    contract: Contract
    origin: str
    destination: str
    grams: int
    price_minor: int


async def weigh(lines: Sequence[UUID]) -> int:
    """What a parcel with these devices weighs, by the catalogue, with its packaging. Units: g."""
    rows = await fetch(SQL["weigh"], lines)
    return sum(row["weight_grams"] or 0 for row in rows) + PACKAGING_GRAMS


async def place(order_id: UUID) -> Place | None:
    """Where an order goes, as the current transaction may see it."""
    row = await fetchrow(SQL["place"], order_id)
    if row is None:
        return None
    address = orjson.loads(row["address"]) if row["address"] else {}
    return Place(**{**row} | {"address": address})


async def weigh_variant(variant_id: UUID) -> int:
    """What a parcel with one such device weighs, by the catalogue. Units: g."""
    async with as_system() as raw:
        return (await raw.fetchval(SQL["weigh_variant"], variant_id) or 0) + PACKAGING_GRAMS


async def place_of(label: LabelRow) -> Place | None:
    """Where the parcel of a label goes, as the current transaction may see it."""
    if label.order_id is not None:
        return await place(label.order_id)
    name = "place_back" if label.purpose is ShipmentPurpose.SEND_BACK else "place_to_merchant"
    row = await fetchrow(SQL[name], label.trade_in_id)
    if row is None:
        return None
    address = orjson.loads(row["address"]) if row["address"] else {}
    return Place(**{**row} | {"address": address, "purchase_id": None})


async def order_for_trade_in(wanted: ForTradeIn, now: datetime) -> UUID:
    """Write that a label of a trade-in is wanted, with the job that has it issued."""
    contract = wanted.contract
    async with as_system() as raw:
        made: UUID = await raw.fetchval(
            SQL["order_for_trade_in"],
            wanted.purpose.value,
            wanted.trade_in_id,
            wanted.merchant_id,
            wanted.customer_id,
            contract.id,
            contract.carrier.value,
            contract.api.value,
            wanted.origin,
            wanted.destination,
            wanted.grams,
            contract.currency,
            wanted.price_minor,
            now,
        )
        await enqueue(Job.ISSUE_LABEL, dedup_key=f"label:{made}", label_id=str(made))
    return made


async def of_trade_ins(ids: Sequence[UUID]) -> list[LabelRow]:
    """The labels of trade-ins that the current transaction may see, the youngest first."""
    return [_label(row) for row in await fetch(SQL["of_trade_ins"], list(ids))]


async def end_unused(trade_in_id: UUID) -> None:
    """A trade-in ended before its parcel set out: its labels are good for nothing."""
    async with as_system() as raw:
        await raw.execute(SQL["end_unused"], trade_in_id)


async def order(wanted: Ordered, purchase_id: UUID, now: datetime) -> UUID:
    """Write that a label is wanted, with the job that has it issued if the caller does not."""
    contract, cost = wanted.contract, wanted.cost
    made: UUID = await fetchval(
        SQL["order_label"],
        wanted.merchant_id,
        wanted.order_id,
        purchase_id,
        wanted.line_ids,
        contract.id,
        contract.carrier.value,
        contract.api.value,
        wanted.origin,
        wanted.destination,
        wanted.grams,
        contract.currency,
        cost.price_minor,
        cost.merchant_minor,
        cost.platform_minor,
        now,
    )
    return made


async def one(label_id: UUID) -> LabelRow | None:
    """A label that the current transaction may see."""
    row = await fetchrow(SQL["one"], label_id)
    return _label(row) if row else None


async def page(merchant_id: UUID, after: UUID | None, limit: int) -> list[LabelRow]:
    """A merchant's labels, the youngest first."""
    return [_label(row) for row in await fetch(SQL["page"], merchant_id, after, limit)]


async def document(label_id: UUID) -> bytes | None:
    """The PDF of a label that the current transaction may see, from its issue to its end."""
    found = await fetchval(SQL["document"], label_id)
    return None if found is None else bytes(found)


async def issued(label: LabelRow, made: Issued, now: datetime) -> bool:
    """Keep what the provider gave, and post what it costs, once; in the current transaction."""
    async with as_system() as raw:
        given = (made.tracking_number, made.document, made.expires_at)
        if await raw.fetchval(SQL["issued"], label.id, *given, now) is None:
            return False
        subject = label.trade_in_id
        why = Why(LedgerKind.LABEL, label.id, label.purchase_id, label.currency, now, subject)
        entries = label_bought(label.merchant_id, label.merchant_minor, label.platform_minor)
        await post(raw, why, entries)
        if subject is not None:
            number = made.tracking_number
            parcel = await raw.fetchval(SQL["follow_trade_in"], label.id, number, now)
            await enqueue(Job.TRADE_IN_PARCEL, shipment_id=str(parcel))
    return True


async def failed(label_id: UUID, problem: str) -> None:
    """The carrier said no for good: nothing is charged."""
    async with as_system() as raw:
        await raw.execute(SQL["failed"], label_id, problem)


async def used(merchant_id: UUID, carrier: CarrierCode, number: str, at: datetime) -> None:
    """A parcel of a merchant went off: if its number is a label's, that one is used."""
    await execute(SQL["used"], carrier.value, number, at, merchant_id)


async def sweep(now: datetime) -> tuple[int, int]:
    """End labels that nobody used; ask again for those that wait. How many of each."""
    ended = await fetch(SQL["expire"], now)
    waiting = await fetch(SQL["waiting"], now)
    for row in waiting:
        await enqueue(Job.ISSUE_LABEL, dedup_key=f"label:{row['id']}", label_id=str(row["id"]))
    return len(ended), len(waiting)


def _label(row: asyncpg.Record) -> LabelRow:
    facts = {
        "carrier": CarrierCode(row["carrier"]),
        "api": TrackingApi(row["api"]),
        "state": LabelState(row["state"]),
        "purpose": ShipmentPurpose(row["purpose"]),
    }
    return LabelRow(**{**row} | facts)
