"""Carts: what somebody means to buy. Nothing is set aside for one.

A visitor's cart is opened by a token, whose hash the transaction presents; a customer's by who the
customer is. Policies hide the others, so that no statement here asks whose a cart is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import asyncpg
import orjson

from domain.markets import MarketStage, PauseScope
from domain.orders.addresses import Address
from models.base import execute, fetch, fetchrow, fetchval
from models.offers.read import OfferRow
from models.offers.read_sql import OFFER
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"), offer=OFFER)
PURGED_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class CartRow:
    """A cart with its market. `country` is where it is sent; `version` grows with each change."""

    id: UUID
    market: str
    country: str
    language: str
    customer_id: UUID | None
    address: Address | None
    purchase_id: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime
    currency: str
    countries: list[str]
    time_zone: str
    stage: MarketStage
    paused: bool
    locales: list[str]
    tax_inclusive: bool
    pauses: list[PauseScope]

    @classmethod
    def of(cls, record: asyncpg.Record) -> Self:
        """The row as read."""
        facts = dict(record)
        stored = facts["address"]
        facts["address"] = Address.of(orjson.loads(stored)) if stored else None
        facts["stage"] = MarketStage(facts["stage"])
        facts["pauses"] = [PauseScope(each) for each in facts["pauses"]]
        return cls(**facts)


@dataclass(frozen=True, slots=True)
class CartLine:
    """So many pieces of an offer, as the buyer saw it and as it is sold now.

    Units: `expected_minor` is the landed total of one piece. `offer` is None where it is not sold
    in the market of the cart; one with `visibility` 0 cannot be bought.
    """

    id: UUID
    offer_id: UUID
    variant_id: UUID
    quantity: int
    expected_minor: int
    offer: OfferRow | None


async def add(
    market: str, country: str, language: str, customer_id: UUID | None, token_hash: str | None
) -> UUID:
    """A new, empty cart: of a customer, or of whoever has the token of this hash."""
    made: UUID = await fetchval(SQL["add"], market, country, language, customer_id, token_hash)
    return made


async def cart(cart_id: UUID, *, held: bool = False) -> CartRow | None:
    """A cart that the transaction may see; `held` until its end."""
    if held and await fetchval(SQL["hold"], cart_id) is None:
        return None
    row = await fetchrow(SQL["cart"], cart_id)
    return CartRow.of(row) if row else None


async def stopped(row: CartRow, variants: Sequence[UUID]) -> frozenset[UUID]:
    """Those of these variants whose category is paused in the market of a cart."""
    if PauseScope.CATEGORY not in row.pauses:
        return frozenset()
    rows = await fetch(SQL["stopped"], row.market, list(variants))
    return frozenset(each["id"] for each in rows)


async def lines(cart_id: UUID) -> list[CartLine]:
    """What is in a cart, in the order in which it was added. One statement."""
    return [_line(row) for row in await fetch(SQL["lines"], cart_id)]


def _line(row: asyncpg.Record) -> CartLine:
    facts: Mapping[str, Any] = dict(row)
    offer = orjson.loads(facts["offer"]) if facts["offer"] else None
    return CartLine(**{**facts, "offer": OfferRow.of_json(offer) if offer else None})


async def offer_in(offer_id: UUID, market: str) -> OfferRow | None:
    """An offer as a market has it, whether it can be bought or not."""
    row = await fetchrow(SQL["offer"], offer_id, market)
    return OfferRow.of(row) if row else None


async def sold_in(offers: Sequence[UUID], market: str) -> dict[UUID, OfferRow]:
    """Those of these offers that can be bought in a market, by id. One statement."""
    rows = await fetch(SQL["sold"], offers, market)
    return {row["offer_id"]: OfferRow.of(row) for row in rows}


async def put(cart_id: UUID, offer: OfferRow, quantity: int, expected_minor: int) -> UUID:
    """Have so many pieces of an offer in a cart; the line's id."""
    facts = (cart_id, offer.offer_id, offer.variant_id, quantity, expected_minor)
    made: UUID = await fetchval(SQL["put"], *facts)
    await execute(SQL["touch"], cart_id)
    return made


async def change(
    cart_id: UUID, line_id: UUID, quantity: int | None, expected_minor: int | None
) -> bool:
    """Change the pieces, or the price that the buyer saw; False for a line that is not there."""
    found = await fetchval(SQL["change"], cart_id, line_id, quantity, expected_minor)
    await execute(SQL["touch"], cart_id)
    return found is not None


async def remove(cart_id: UUID, line_id: UUID) -> bool:
    """Take a line out; False for a line that is not there."""
    found = await fetchval(SQL["remove"], cart_id, line_id)
    await execute(SQL["touch"], cart_id)
    return found is not None


async def send_to(cart_id: UUID, address: Address) -> None:
    """Set where a cart is sent."""
    stored = orjson.dumps(address.stored()).decode()
    await execute(SQL["send_to"], cart_id, stored, address.country)


async def claim(cart_id: UUID, customer_id: UUID) -> bool:
    """Make a visitor's cart the customer's; its token opens nothing from now on."""
    return await fetchval(SQL["claim"], cart_id, customer_id) is not None


async def took(cart_id: UUID, purchase_id: UUID) -> None:
    """A cart became a purchase."""
    await execute(SQL["took"], cart_id, purchase_id)


async def purge(before: datetime) -> int:
    """Forget carts that nobody changed since; up to 1,000 a call, by jobs. How many."""
    return await execute(SQL["purge"], before, PURGED_AT_ONCE)
