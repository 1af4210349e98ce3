"""Purchases that were not paid in time end once, and carts that nobody took are forgotten."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from models.base import execute, fetch, fetchval
from models.jobs import Job
from models.outbox import enqueue
from resolvers.orders.payments import install, tills
from tests import factories
from tests.checkout import RETRY, Buyer, FakeTill, with_cart
from tests.factories import line
from tests.jobs import work
from tests.rules import lawful
from workers.orders.purchases import expire

PRICE = "201.39"


@pytest.fixture(autouse=True)
def till() -> Iterator[FakeTill]:
    before, made = tills(), FakeTill()
    install({made.name: made})
    yield made
    install(before)


@pytest.fixture
async def waiting(db: None) -> Buyer:
    """A customer whose purchase of two pieces waits for the bank."""
    await lawful()
    [item] = await factories.world(1, 1)
    owner = await factories.merchant("amber")
    await factories.run(await factories.feed(owner), [line(item, "SKU-0", quantity=5)])
    buyer = await with_cart({(await factories.of_sku(owner, "SKU-0"))["id"]: PRICE}, 2)
    await buyer.buy("3ds")
    return buyer


async def _stock() -> int:
    quantity: int = await fetchval("SELECT quantity FROM offer")
    return quantity


async def test_a_purchase_is_not_ended_before_its_time_and_once_after_it(waiting: Buyer) -> None:
    [row] = await fetch("SELECT id, expires_at FROM purchase")
    assert not await expire(row["id"], row["expires_at"] - timedelta(seconds=1))
    assert await _stock() == 3

    assert await expire(row["id"], row["expires_at"])
    assert not await expire(row["id"], row["expires_at"])

    states = await fetch("SELECT p.state, l.state AS line FROM purchase p, order_line l")
    assert {tuple(each) for each in states} == {("FAILED", "EXPIRED")}
    assert await _stock() == 5
    assert (await waiting.buy())["purchase"]["state"] == "PAID"
    late = await waiting.ask(RETRY, purchase=str(row["id"]), method="ok")
    assert (late["code"], late["state"]) == ("PURCHASE_NOT_PENDING", "FAILED")


async def test_each_purchase_has_a_job_at_its_very_end(waiting: Buyer) -> None:
    [row] = await fetch(
        "SELECT j.due_at, p.expires_at FROM outbox_job j JOIN purchase p "
        "ON j.kwargs->>'purchase_id' = p.id::text WHERE job = $1",
        Job.EXPIRE_PURCHASES.value,
    )
    assert row["due_at"] == row["expires_at"]


async def test_the_minutely_job_ends_all_whose_time_is_over(waiting: Buyer) -> None:
    await execute("UPDATE purchase SET expires_at = $1", datetime.now(UTC) - timedelta(seconds=1))

    await enqueue(Job.EXPIRE_PURCHASES)
    assert await work(Job.EXPIRE_PURCHASES)

    assert await fetchval("SELECT state FROM purchase") == "FAILED"
    assert await _stock() == 5


async def test_carts_are_forgotten_after_ninety_days(waiting: Buyer) -> None:
    await waiting.make()
    await execute("UPDATE cart SET updated_at = now() - interval '91 days' WHERE id <> $1",
                  await fetchval("SELECT max(id::text)::uuid FROM cart"))  # fmt: skip

    await enqueue(Job.PURGE_CARTS)
    assert await work(Job.PURGE_CARTS)

    assert await fetchval("SELECT count(*) FROM cart") == 1
    assert await fetchval("SELECT count(*) FROM cart_line") == 0
    assert await fetchval("SELECT count(*) FROM purchase") == 1
