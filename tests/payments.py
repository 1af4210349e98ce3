"""Payments for tests: a simulated provider with a clock of its own, and what was paid as rows."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from domain.orders import ledger
from domain.orders.ledger import LedgerKind
from domain.orders.payments import Provider
from integrations.payments.simulator import Book, Simulator
from integrations.payments.till import ProviderTill
from models.base import as_system, fetch, fetchval, transaction
from models.orders.ledger import SQL, Why, post, share_of
from models.orders.simulated import SimulatedBook
from tests.factories import NOW
from tests.orders import Bought, _id, insert

KEYS = ["a secret of a test", "the one before"]
PAGE = "http://shop.test/sandbox/payments"
SHOP = "http://shop.test/"


@dataclass
class Clock:
    """The time that a test says."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def later(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


class Free:
    """A lease that always holds: each step is a transaction."""

    @asynccontextmanager
    async def step(self) -> AsyncIterator[None]:
        async with transaction():
            yield

    transaction = step


@dataclass
class Desk:
    """What jobs and use cases ask for in tests: a simulated provider, its clock, its till."""

    clock: Clock = field(default_factory=Clock)
    book: Book = field(default_factory=SimulatedBook)

    def __post_init__(self) -> None:
        self.simulator = Simulator(self.book, PAGE, KEYS, self.clock)
        self.till = ProviderTill(self.simulator, SHOP)

    @property
    def tills(self) -> Mapping[Provider, ProviderTill]:
        return {Provider.SIMULATOR: self.till}


async def captured(of: Bought, at: datetime = NOW) -> UUID:
    """The payment of a purchase that was paid, and its capture in the ledger."""
    total = await fetchval("SELECT total_minor FROM purchase WHERE id = $1", of.purchase_id)
    row = {
        "id": _id(), "purchase_id": of.purchase_id, "customer_id": of.customer_id, "market": "FR",
        "state": "CAPTURED", "amount_minor": total, "currency": "EUR", "method": "tok_ok",
        "provider": "simulator", "captured_at": at, "refunded_minor": 0, "retryable": False,
        "attempts": 1, "version": 1, "created_at": at, "updated_at": at,
    }  # fmt: skip
    row["provider_ref"] = f"sim_{row['id'].hex}"
    payment: UUID = await insert("payment", **row)
    facts = {
        "method": "tok_ok", "state": "CAPTURED", "code": None, "amount": total, "currency": "EUR",
        "return_url": SHOP, "proof": "proof", "ready_at": at.isoformat(), "refunds": {},
    }  # fmt: skip
    await SimulatedBook().change(row["provider_ref"], lambda _: (facts, ()))
    async with as_system() as raw:
        shares = [share_of(each) for each in await raw.fetch(SQL["shares"], [], of.purchase_id)]
        why = Why(LedgerKind.CAPTURE, payment, of.purchase_id, "EUR", at)
        await post(raw, why, ledger.capture(total, shares))
    return payment


async def books() -> dict[str, int]:
    """What stands in each account, all purchases together."""
    rows = await fetch(
        "SELECT account, sum(amount_minor)::bigint AS x FROM ledger_posting GROUP BY 1"
    )
    return {row["account"]: row["x"] for row in rows if row["x"]}
