"""Trade-ins for tests: the shipped questions and terms, merchants' bids, and who asks."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from boucle.demo_catalogue import REFERENCE
from domain.accounts.roles import CallerKind, Role
from models import seed
from models.base import execute, id_of, new_id, transaction
from models.merchants import Merchant
from resolvers.context import Caller
from tests import orders
from tests.factories import NOW, Item, some_id
from tests.schema.asking import key_of

PHONE = {
    "ownership": "mine",
    "genuine": "genuine",
    "account": "signed_out",
    "powers_on": "yes",
    "works": "yes",
    "liquid": "never",
    "screen": "faint",
    "body": "faint",
    "battery": "healthy",
}
"""Answers that come to `FUNCTIONAL_GOOD`."""
GRADE = "FUNCTIONAL_GOOD"
IMEI = "490154203237518"


async def reference() -> None:
    """The questions, terms and assumptions that ship with us; phones have an IMEI."""
    async with transaction() as raw:
        for name, targets in seed.FILES.items():
            if name.startswith("trade_in/"):
                await seed._given(raw, REFERENCE / name)
                for target in targets:
                    await raw.execute(seed.SQL[target])
    await execute(
        "INSERT INTO category_unit VALUES ('smartphone', 'IMEI', true, 'test') "
        "ON CONFLICT DO NOTHING"
    )


def answers(**changed: str) -> list[dict[str, str]]:
    """Answers about a phone as GraphQL takes them."""
    return [{"question": q, "answer": a} for q, a in (PHONE | changed).items()]


def buyer(owner: Merchant) -> Caller:
    """The key of a merchant who buys devices."""
    return key_of(owner, "trade_in:read", "trade_in:write")


async def customer(email: str = "camille@example.com") -> Caller:
    """A person who sells."""
    who = await orders.customer(email)
    roles = frozenset({Role.CUSTOMER})
    return Caller(kind=CallerKind.CUSTOMER, user_id=who, session_id=some_id(), roles=roles)


def team(*markets: str) -> Caller:
    """The team of markets; of every one without any."""
    held = frozenset(markets) or None
    roles = frozenset({Role.COUNTRY_TEAM})
    return Caller(kind=CallerKind.STAFF, user_id=some_id(), roles=roles, markets=held)


async def bid(
    owner: Merchant, item: Item, minor: int, grade: str = GRADE, market: str = "FR", **more: Any
) -> UUID:
    """A bid as it stands."""
    row = {"merchant_id": owner.id, "variant_id": item.variant_id, "grade": grade}
    usual: Mapping[str, Any] = {
        "id": id_of(str(new_id())), "market": market, "amount_minor": minor, "currency": "EUR",
        "pay_within_days": 7, "taken": 0, "version": 1, "created_at": NOW, "updated_at": NOW,
    }  # fmt: skip
    found: UUID = await orders.insert("trade_in_bid", **usual | row | more)
    return found


async def record(owner: Merchant, inspections: int, counter_offers: int, cuts_bp: int) -> None:
    """What became of the devices that a merchant inspected."""
    await orders.insert(
        "trade_in_reliability", merchant_id=owner.id, market="FR", inspections=inspections,
        counter_offers=counter_offers, cuts_bp=cuts_bp, paid=0, pay_days=0, orders=inspections,
        in_country=0, updated_at=NOW,
    )  # fmt: skip


async def quote_of(item: Item, owner: Merchant, customer_id: UUID, **more: Any) -> UUID:
    """A customer's quote, as a row."""
    usual: dict[str, Any] = {
        "id": some_id(), "customer_id": customer_id, "market": "FR", "category": "smartphone",
        "variant_id": item.variant_id, "grade": GRADE, "questionnaire": "smartphone:*:1",
        "answers": [], "currency": "EUR", "locks": [], "device_status": "UNKNOWN", "bids": [],
        "expires_at": NOW + timedelta(days=21), "created_at": NOW,
    }  # fmt: skip
    found: UUID = await orders.insert("trade_in_quote", **usual | more)
    return found


async def order(
    item: Item,
    owner: Merchant,
    customer_id: UUID,
    state: str,
    *,
    moves: Mapping[str, datetime] = {},
    **more: Any,
) -> UUID:
    """An order as a row, with the moves that it made."""
    quote = await quote_of(item, owner, customer_id)
    made = some_id()
    usual: dict[str, Any] = {
        "id": made, "number": str(made), "quote_id": quote, "bid_id": some_id(),
        "merchant_id": owner.id, "customer_id": customer_id, "market": "FR",
        "category": "smartphone", "variant_id": item.variant_id, "grade": GRADE, "state": state,
        "payout": "BANK", "currency": "EUR", "bid_minor": 100_00, "pay_within_days": 7,
        "in_country": True, "version": 1, "created_at": NOW, "updated_at": NOW, "declarations": {},
        "terms": {"label_days": 21, "decision_days": 14, "inspection_days": 5}, "documents": [],
    }  # fmt: skip
    await orders.insert("trade_in_order", **usual | more)
    for to, at in moves.items():
        await execute(
            "INSERT INTO trade_in_move (trade_in_id, merchant_id, customer_id, to_state, actor, at)"
            " VALUES ($1, $2, $3, $4, 'MERCHANT', $5)",
            *(made, owner.id, customer_id, to, at),
        )
    return made
