"""Purchases, orders and parcels for tests, written as rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import orjson

from domain.accounts.roles import CallerKind, Role
from domain.orders import LineState
from domain.shipments import ShipmentPurpose, ShipmentStatus
from domain.shipments.carriers import CarrierCode
from models.accounts import Account
from models.base import at_desk, fetchval, id_of, new_id
from models.merchants import Merchant
from tests.factories import NOW, Item

_numbers = count(1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FEE = 149
ADDRESS = {
    "name": "Camille Canari",
    "street": ["1 rue des Essais"],
    "city": "Lyon",
    "postalCode": "69003",
    "country": "FR",
    "phone": "+33600000000",
    "email": "camille@example.com",
}
_STEPS = (LineState.RESERVED, LineState.PAID, LineState.ACCEPTED, LineState.SHIPPED)


@dataclass(frozen=True, slots=True)
class Bought:
    """A purchase with one order of so many lines."""

    purchase_id: UUID
    order_id: UUID
    lines: tuple[UUID, ...]
    customer_id: UUID
    merchant_id: UUID


async def insert(table: str, **values: Any) -> Any:
    """Write a row by the names of its columns; its first column's value."""
    names = ", ".join(values)
    row = orjson.dumps(values, default=str).decode()
    return await fetchval(
        f"INSERT INTO {table} ({names}) SELECT {names} "
        f"FROM jsonb_populate_record(NULL::{table}, $1::text::jsonb) RETURNING *",
        row,
    )


@at_desk
async def customer(email: str = "camille@example.com") -> UUID:
    """A person who signs in to buy."""
    facts = {"kind": CallerKind.CUSTOMER, "roles": [Role.CUSTOMER.value], "email": email}
    account, _ = await Account.update_or_create(facts, issuer="", subject=email)
    return account.id


async def bought(
    merchant: Merchant,
    item: Item,
    state: LineState = LineState.PAID,
    *,
    lines: int = 1,
    by: UUID | None = None,
    at: datetime = NOW,
    price: int = 300_00,
    **facts: Any,
) -> Bought:
    """A purchase of one merchant's lines in FR, all in one state; times as such lines have them.

    `facts` are columns of the lines that differ.
    """
    buyer = by or await customer()
    total = lines * (price + FEE)
    shared = {"market": "FR", "currency": "EUR", "country": "FR", "customer_id": buyer}
    paid = state is not LineState.RESERVED
    purchase = await insert(
        "purchase", **shared, state="PAID" if paid else "PENDING_PAYMENT", total_minor=total,
        postal_code="69003", address=ADDRESS, paid_at=at if paid else None, created_at=at,
        version=1, language="fr", updated_at=at, expires_at=at + HOUR / 4, id=_id(),
    )  # fmt: skip
    shared |= {"purchase_id": purchase, "merchant_id": merchant.id, "created_at": at}
    order = await insert(
        "orders", id=_id(), **shared, number=f"T-{next(_numbers):06d}", items_minor=lines * price,
        shipping_minor=0, service_fee_minor=lines * FEE, total_minor=total,
    )  # fmt: skip
    shared |= {"order_id": order}
    row = shared | _facts(state, item, price, at) | facts
    made = [await insert("order_line", id=_id(), **row, position=n) for n in range(1, lines + 1)]
    return Bought(purchase, order, tuple(made), buyer, merchant.id)


def _id() -> UUID:
    return id_of(str(new_id()))


def _facts(state: LineState, item: Item, price: int, at: datetime) -> dict[str, Any]:
    far = _STEPS.index(state) if state in _STEPS else len(_STEPS)
    times = {
        "paid_at": (1, at),
        "accept_by": (1, at + DAY),
        "accepted_at": (2, at + 2 * HOUR),
        "dispatch_by": (2, at + 26 * HOUR),
        "shipped_at": (3, at + 20 * HOUR),
        "delivered_at": (4, at + 3 * DAY),
        "return_until": (4, at + 33 * DAY),
    }
    return {
        "state": state, "offer_id": _id(), "sku": "SKU-1", "variant_id": item.variant_id,
        "title": item.model, "category": "smartphone", "grade": 2, "item_minor": price,
        "shipping_minor": 0, "service_fee_minor": FEE, "total_minor": price + FEE,
        "vat_scheme": "MARGIN", "warranty": {"legalMonths": 24, "commercialMonths": 12},
        "dispatch_country": "FR", "handling_hours": 24, "carrier": "colissimo",
        "promised_from": (at + 3 * DAY).date(), "promised_by": (at + 5 * DAY).date(),
        **{name: time for name, (step, time) in times.items() if far >= step},
    }  # fmt: skip


async def parcel(
    of: Bought,
    *,
    number: str = "6A99900000017",
    purpose: ShipmentPurpose = ShipmentPurpose.DELIVERY,
    status: ShipmentStatus = ShipmentStatus.UNKNOWN,
    lines: Sequence[UUID] | None = None,
    at: datetime = NOW,
    **facts: Any,
) -> UUID:
    """A parcel with lines of an order, due to be asked about at once; `facts` are columns."""
    owners = {"merchant_id": of.merchant_id, "customer_id": of.customer_id}
    row = {
        **owners, "id": _id(), "purpose": purpose, "order_id": of.order_id, "market": "FR",
        "carrier": CarrierCode.LA_POSTE, "api": "LA_POSTE", "tracking_number": number,
        "origin": "FR", "destination": "FR", "postal_code": "69003", "status": status,
        "promised_by": (at + 5 * DAY).date(), "next_poll_at": at, "created_at": at,
    } | facts  # fmt: skip
    made: UUID = await insert("shipment", **row)
    for line in of.lines if lines is None else lines:
        await insert("shipment_line", shipment_id=made, line_id=line, **owners)
    return made
