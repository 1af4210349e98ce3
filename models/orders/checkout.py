"""A cart becomes a purchase: offers held, stock set aside, orders and lines written, at once.

Everything happens in the caller's transaction, or nothing does: no stock is set aside that no line
waits for, whenever a process dies.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from domain.orders.addresses import Address
from domain.orders.amounts import Amounts
from domain.orders.vat import LineTax
from models.base import as_system, fetch, new_id
from models.offers.read import OfferRow
from models.offers.reserve import (
    ReservationKind,
    SoldOut,
    consume,
    hold,
    release,
    reserve,
    singly,
)
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))
PROBATION = "PROBATION"


@dataclass(frozen=True, slots=True)
class Held:
    """What an order line keeps of an offer beside what buyers see. Units: gigabytes."""

    id: UUID
    sku: str
    vat_scheme: str
    handling_hours: int
    category: str
    title: str
    merchant_state: str
    oss: bool | None
    capacity_gb: Decimal | None


@dataclass(frozen=True, slots=True)
class Piece:
    """One device of a purchase: its offer as shown, its tax, and when it is promised."""

    offer: OfferRow
    held: Held
    amounts: Amounts
    tax: LineTax
    promised_from: date
    promised_by: date


@dataclass(frozen=True, slots=True)
class Order:
    """What one merchant sells in a purchase."""

    id: UUID
    number: str
    merchant_id: UUID
    pieces: Sequence[Piece]

    @property
    def amounts(self) -> Amounts:
        """The sum of its devices."""
        return Amounts.sum(piece.amounts for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Purchase:
    """What a customer is about to pay, until `expires_at`."""

    id: UUID
    customer_id: UUID
    market: str
    currency: str
    address: Address
    language: str
    expires_at: datetime
    orders: Sequence[Order]

    @property
    def amounts(self) -> Amounts:
        """The sum of its orders."""
        return Amounts.sum(order.amounts for order in self.orders)


async def looked_at(offers: Sequence[UUID], *, held: bool) -> dict[UUID, Held]:
    """What an order line keeps of these offers; with `held` they stay so until the end."""
    if held:
        await hold(offers)
    async with as_system() as raw:
        rows = await raw.fetch(SQL["looked_at"], offers)
    return {row["id"]: Held(**row) for row in rows}


async def over_cap(
    wanted: Mapping[UUID, tuple[int, int]], currency: str, *, held: bool
) -> list[UUID]:
    """Which of these merchants on probation would sell more than they may.

    Shapes: `wanted` is pieces and minor units by merchant. With `held` nobody else sells for them
    until the transaction ends, so that what is found to be allowed stays so.
    """
    merchants = list(wanted)
    if not merchants:
        return []
    async with as_system() as raw:
        if held:
            await raw.fetch(SQL["hold_probation"], merchants)
        pieces, minor = [wanted[m][0] for m in merchants], [wanted[m][1] for m in merchants]
        rows = await raw.fetch(SQL["over_cap"], merchants, pieces, minor, currency)
    return [row["merchant_id"] for row in rows]


async def set_aside(pieces: Sequence[Piece]) -> dict[UUID, list[UUID]] | SoldOut:
    """Reservations of one piece each, by offer. Refuses: an offer with fewer; nothing is then."""
    wanted = Counter(piece.offer.offer_id for piece in pieces)
    found = await reserve(sorted(wanted.items()), ReservationKind.ORDER)
    if isinstance(found, SoldOut):
        return found
    by_offer: dict[UUID, list[UUID]] = {each.offer_id: [] for each in found}
    for each in await singly([one.id for one in found]):
        by_offer[each.offer_id].append(each.id)
    return by_offer


async def write(purchase: Purchase, reservations: Mapping[UUID, list[UUID]], at: datetime) -> None:
    """Write a purchase with its orders and lines; each line takes a reservation of its offer."""
    free = {offer: list(ids) for offer, ids in reservations.items()}
    orders = [_order(purchase, order) for order in purchase.orders]
    lines = [
        _line(purchase, order, position, piece, free[piece.offer.offer_id].pop())
        for order in purchase.orders
        for position, piece in enumerate(order.pieces, 1)
    ]
    async with as_system() as raw:
        await raw.execute(SQL["purchase"], _json(_purchase(purchase)))
        await raw.execute(SQL["orders"], _json(orders))
        await raw.execute(SQL["lines"], _json(lines), at)


def _json(given: Any) -> str:
    return orjson.dumps(given, default=str).decode()


def _shared(purchase: Purchase) -> dict[str, Any]:
    return {
        "customer_id": purchase.customer_id,
        "market": purchase.market,
        "currency": purchase.currency,
        "country": purchase.address.country,
    }


def _purchase(purchase: Purchase) -> dict[str, Any]:
    taxes = [piece.tax for order in purchase.orders for piece in order.pieces]
    answers = sorted({tax.reference for tax in taxes if tax.scheme is None})
    return {
        **_shared(purchase),
        "id": purchase.id,
        "total_minor": purchase.amounts.total,
        "postal_code": purchase.address.postal_code,
        "address": purchase.address.stored(),
        "language": purchase.language,
        "tax": {"salesTax": answers} if answers else None,
        "expires_at": purchase.expires_at,
    }


def _minor(amounts: Amounts) -> dict[str, int]:
    return {
        "shipping_minor": amounts.shipping,
        "service_fee_minor": amounts.service_fee,
        "levies_minor": amounts.levies,
        "duties_minor": amounts.duties,
        "total_minor": amounts.total,
    }


def _order(purchase: Purchase, order: Order) -> dict[str, Any]:
    return {
        **_shared(purchase),
        **_minor(order.amounts),
        "id": order.id,
        "number": order.number,
        "purchase_id": purchase.id,
        "merchant_id": order.merchant_id,
        "items_minor": order.amounts.item,
    }


def _line(
    purchase: Purchase, order: Order, position: int, piece: Piece, reservation: UUID
) -> dict[str, Any]:
    offer, held = piece.offer, piece.held
    return {
        **_shared(purchase),
        **_minor(piece.amounts),
        "id": new_id(),
        "order_id": order.id,
        "purchase_id": purchase.id,
        "merchant_id": order.merchant_id,
        "position": position,
        "offer_id": offer.offer_id,
        "reservation_id": reservation,
        "sku": held.sku,
        "variant_id": offer.variant_id,
        "title": held.title,
        "category": held.category,
        "grade": offer.grade,
        "battery_new": offer.battery_new,
        "battery_health": offer.battery_health,
        "item_minor": piece.amounts.item,
        "vat_scheme": piece.tax.name,
        "vat": piece.tax.facts(),
        "warranty": {
            "legalMonths": offer.guarantee_months,
            "legalStatus": offer.guarantee_status or None,
            "commercialMonths": offer.warranty_months,
        },
        "dispatch_country": offer.dispatch_country,
        "handling_hours": held.handling_hours,
        "carrier": offer.carrier,
        "promised_from": piece.promised_from,
        "promised_by": piece.promised_by,
    }


async def due(at: datetime, limit: int) -> list[UUID]:
    """Purchases that were not paid in their time."""
    return [row["id"] for row in await fetch(SQL["due"], at, limit)]


async def is_due(purchase_id: UUID, at: datetime) -> bool:
    """Whether a purchase still waits for money though its time is over."""
    return bool(await fetch(SQL["one_due"], purchase_id, at))


@dataclass(frozen=True, slots=True)
class Astray:
    """What a watchdog set right: reservations given back, used up, and lines that wait alone."""

    freed: int
    used: int
    stranded: int


async def set_right(older_than: datetime, limit: int) -> Astray:
    """Compare what is set aside with the lines that wait for it, in a job's transaction.

    A reservation without a line that waits is given back, or is gone with the device; all is zero
    unless another part is broken.
    """
    rows = await fetch(SQL["astray"], older_than, limit)
    freed = await release([row["id"] for row in rows if not row["gone"]])
    used = await consume([row["id"] for row in rows if row["gone"]])
    [stranded] = await fetch(SQL["stranded"])
    return Astray(len(freed), len(used), stranded[0])
