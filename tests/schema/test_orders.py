"""Orders are read by those whose they are, in their order of work, and followed live."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.accounts.roles import Role
from domain.orders import Actor, LineState
from integrations.bus import MemoryBus
from models.base import execute, fetchval
from models.merchants import Merchant
from models.orders import By, move, order_topic
from resolvers.context import Caller
from tests import factories, orders
from tests.factories import NOW, Item
from tests.fulfilment import (
    ATTACH,
    ORDER,
    ask,
    buyer,
    device,
    merchant_key,
    order_id,
    paid,
    staff,
)
from tests.schema.asking import data, refusal
from tests.schema.test_live import following
from tests.schema.test_live import refusal as not_started

L = LineState
LIST = """query($s: OrderSort = NEWEST, $w: [OrderState!], $n: Int = 24, $a: String){
  orders(sort: $s, state: $w, first: $n, after: $a){
    edges{node{number state nextDeadline}} pageInfo{hasNextPage endCursor}}}"""
FOLLOW = "subscription($id: ID!){orderChanged(orderId: $id){state lines{state}}}"
MERCHANT_ONLY = (
    "query($id: ID!){order(id: $id){lines{sku unit{imei serial} acquisition{document}}}}"
)


@pytest.fixture
async def item(db: None) -> Item:
    return (await factories.world(1, 1))[0]


@pytest.fixture
async def owner(item: Item) -> Merchant:
    return await factories.merchant()


async def test_an_order_is_seen_by_its_parties_and_by_staff_of_its_market_alone(
    owner: Merchant, item: Item
) -> None:
    of, birch = await paid(owner, item), await factories.merchant("birch")
    see = [
        buyer(of.customer_id), merchant_key(owner), staff(Role.STAFF_SUPPORT),
        staff(Role.COUNTRY_TEAM, markets=frozenset({"FR"})),
        replace(merchant_key(owner), markets=frozenset({"FR"})),
    ]  # fmt: skip
    not_see = [
        buyer(await orders.customer("else@example.com")), merchant_key(birch),
        staff(Role.COUNTRY_TEAM, markets=frozenset({"DE"})),
        replace(merchant_key(owner), markets=frozenset({"DE"})),
    ]  # fmt: skip

    async def found(caller: Caller) -> bool:
        shown = (await data(ORDER, caller, id=order_id(of)))["order"]
        listed = (await data(LIST, caller))["orders"]["edges"]
        assert (shown is not None) == bool(listed)
        return shown is not None

    assert [await found(each) for each in see] == [True] * len(see)
    assert [await found(each) for each in not_see] == [False] * len(not_see)
    denied = await refusal(ORDER, staff(Role.LAB), id=order_id(of))
    assert denied["code"] == "FORBIDDEN"


async def test_a_merchant_sees_order_and_address_from_the_payment_on(
    owner: Merchant, item: Item
) -> None:
    waits, of = await paid(owner, item, L.RESERVED), await paid(owner, item)

    unpaid = (await data(ORDER, merchant_key(owner), id=order_id(waits)))["order"]
    seen = (await data(ORDER, merchant_key(owner), id=order_id(of)))["order"]
    by_buyer = (await data(ORDER, buyer(of.customer_id), id=order_id(waits)))["order"]

    assert unpaid is None
    assert seen["address"] == {"name": "Camille Canari", "postalCode": "69003"}
    assert by_buyer["state"] == "PENDING_PAYMENT"


async def test_what_a_buyer_must_not_see_is_refused_before_anything_is_read(
    owner: Merchant, item: Item
) -> None:
    of, now = await paid(owner, item, L.ACCEPTED), await fetchval("SELECT now()")
    bought = {"price": "180.00", "currency": "EUR", "document": "L-7", "supplier": "PERSON"}
    await ask(ATTACH, merchant_key(owner), **device(of.lines[0], now, acquisition=bought))

    own = (await data(MERCHANT_ONLY, merchant_key(owner), id=order_id(of)))["order"]["lines"][0]
    denied = await refusal(MERCHANT_ONLY, buyer(of.customer_id), id=order_id(of))

    assert (own["sku"], own["acquisition"]) == ("SKU-1", {"document": "L-7"})
    assert denied["code"] == "UNAUTHENTICATED"


async def test_the_queue_of_a_merchant_begins_with_what_is_due_first(
    owner: Merchant, item: Item
) -> None:
    now = await fetchval("SELECT now()")
    for hours in (9, 2, 5):
        await paid(owner, item, accept_by=now + timedelta(hours=hours))
    await paid(owner, item, L.DELIVERED)
    caller, due, after = merchant_key(owner), [], None

    for _ in range(3):
        page = (await data(LIST, caller, s="NEXT_DEADLINE", n=2, a=after))["orders"]
        due += [edge["node"]["nextDeadline"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    newest = (await data(LIST, caller))["orders"]["edges"]
    shipped = (await data(LIST, caller, w=["DELIVERED"]))["orders"]["edges"]

    assert len(due) == 3
    assert due == sorted(due)
    assert (len(newest), len(shipped)) == (4, 1)


async def test_an_order_is_followed_line_by_line(owner: Merchant, item: Item) -> None:
    of, bus = await paid(owner, item), MemoryBus()
    async with following(bus, FOLLOW, buyer(of.customer_id), id=order_id(of)) as followed:
        first = await followed.next()
        await move(of.lines, L.ACCEPTED, By(Actor.MERCHANT, NOW))
        await bus.publish(order_topic(of.order_id), {})
        second = await followed.next()
        parcel = await orders.parcel(of)
        await execute("UPDATE shipment SET version = version + 1 WHERE id = $1", parcel)
        await bus.publish(order_topic(of.order_id), {})
        third = await followed.next()

    assert (first["state"], second["state"], third["state"]) == ("TO_ACCEPT", "TO_SHIP", "TO_SHIP")


async def test_nobody_follows_the_order_of_another(owner: Merchant, item: Item) -> None:
    of, bus = await paid(owner, item), MemoryBus()
    stranger = buyer(await orders.customer("else@example.com"))

    told = await not_started(bus, FOLLOW, stranger, id=order_id(of))

    assert told == ("BAD_USER_INPUT", "ORDER_UNKNOWN")
