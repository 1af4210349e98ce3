"""Purchases: paid once, seen by their customers alone, and adding up."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from domain.orders import LineState
from models.base import execute, fetch, fetchval
from models.orders import checkout
from resolvers.orders.payments import install, tills
from schema.common import global_id
from tests import factories, orders
from tests.checkout import (
    BOUGHT,
    CLAIM,
    PREVIEW,
    READ,
    RETRY,
    Buyer,
    FakeTill,
    a_visitor,
    customer,
    with_cart,
)
from tests.factories import Item
from tests.rules import lawful
from tests.schema.asking import counted
from tests.schema.selling import sells, stock_of

PRICE = "201.39"  # 199.90 and the fee of FR


@pytest.fixture
async def items(db: None) -> list[Item]:
    await lawful()
    return await factories.world(2, 2)


@pytest.fixture(autouse=True)
def till() -> Iterator[FakeTill]:
    before, made = tills(), FakeTill()
    install({made.name: made})
    yield made
    install(before)


async def test_a_declined_payment_is_tried_again_on_the_same_purchase(items: list[Item]) -> None:
    owner = await factories.merchant("amber")
    [offer] = await sells(owner, items[:1])
    buyer = await with_cart({offer: PRICE})

    refused = await buyer.buy("no")
    assert (refused["__typename"], refused["retryable"]) == ("PaymentDeclined", True)
    assert (refused["reason"], await stock_of(owner)) == ("INSUFFICIENT_FUNDS", 4)
    of = {"purchase": refused["purchaseId"]}
    assert (await buyer.ask(RETRY, method="no", **of))["__typename"] == "PaymentDeclined"
    asks = await buyer.ask(RETRY, method="3ds", **of)
    assert asks["actionUrl"] == "https://bank.example/3ds"
    assert asks["purchase"]["state"] == "PENDING_PAYMENT"
    stranger = Buyer(await customer("stranger@example.com"))
    unknown = await stranger.ask(RETRY, method="ok", **of)
    assert (unknown["code"], unknown["state"]) == ("PURCHASE_UNKNOWN", None)


async def test_a_purchase_that_is_paid_is_not_paid_again(items: list[Item]) -> None:
    [offer] = await sells(await factories.merchant("amber"), items[:1])
    buyer = await with_cart({offer: PRICE})
    bought = (await buyer.buy())["purchase"]["id"]

    again = await buyer.ask(RETRY, purchase=bought, method="ok")

    assert (again["code"], again["state"]) == ("PURCHASE_NOT_PENDING", "PAID")


async def test_a_visitors_cart_is_opened_by_its_token_alone_and_bought_after_signing_in(
    items: list[Item],
) -> None:
    [offer] = await sells(await factories.merchant("amber"), items[:1])
    visitor = await a_visitor()
    await visitor.add(offer, PRICE)
    token, cart = visitor.token, visitor.cart
    stored = await fetchval("SELECT to_jsonb(c)::text FROM cart c")
    assert token is not None
    assert token not in stored

    me, other = await customer(), await customer("other@example.com")
    for stranger in (Buyer(None, cart), Buyer(other, cart), Buyer(None, cart, "bcc_wrong")):
        assert await stranger.ask(READ) is None
        assert await stranger.ask(PREVIEW) is None
        assert (await stranger.add(offer, PRICE))["code"] == "CART_UNKNOWN"
    mine = Buyer(me, cart)
    assert (await mine.buy())["code"] == "CART_UNKNOWN"
    claimed = await mine.ask(CLAIM, token=token)
    assert len(claimed["cart"]["lines"]) == 1
    assert await visitor.ask(READ) is None
    assert (await Buyer(other, cart).ask(CLAIM, token=token))["code"] == "CART_UNKNOWN"
    assert (await mine.ask(CLAIM, token=token))["cart"]["id"] == cart
    await mine.send_to()
    assert (await mine.buy())["purchase"]["state"] == "PAID"


async def test_a_purchase_is_seen_by_its_customer_alone(items: list[Item]) -> None:
    [offer] = await sells(await factories.merchant("amber"), items[:1])
    buyer = await with_cart({offer: PRICE})
    for _ in range(2):
        done = await buyer.buy()
        await buyer.make()
        await buyer.add(offer, PRICE)
        await buyer.send_to()
    of = {"id": done["purchase"]["id"]}
    stranger = Buyer(await customer("stranger@example.com"))

    assert (await buyer.ask(BOUGHT, **of))["address"] == {"city": "Lyon"}
    assert await stranger.ask(BOUGHT, **of) is None
    page = "{purchases(first: 1){edges{node{id}} pageInfo{hasNextPage endCursor}}}"
    found = await buyer.ask(page)
    assert found["edges"] == [{"node": of}]
    rest = page.replace("first: 1", f'first: 9, after: "{found["pageInfo"]["endCursor"]}"')
    assert len((await buyer.ask(rest))["edges"]) == 1
    assert (await stranger.ask(page))["edges"] == []


async def test_no_address_is_in_events_audit_or_keys(items: list[Item]) -> None:
    [offer] = await sells(await factories.merchant("amber"), items[:1])
    await (await with_cart({offer: PRICE})).buy()

    for table in ("event", "audit_log", "once", "announcement", "outbox_job", "order_line"):
        rows = await fetch(f"SELECT to_jsonb(t)::text FROM {table} t")
        assert not [row for row in rows if "Camille" in row[0] or "Essais" in row[0]], table


async def test_twenty_lines_cost_as_many_statements_as_one(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lawful()
    items = await factories.world(5, 4)
    offers = await sells(await factories.merchant("amber"), items)
    spent = []
    for number in (1, 20):
        buyer = await with_cart(dict.fromkeys(offers[:number], PRICE), email=f"{number}@a.example")
        with counted(monkeypatch) as sent:
            assert (await buyer.ask(PREVIEW))["ready"]
        seen = sent.total()
        with counted(monkeypatch) as sent:
            assert (await buyer.buy())["purchase"]["state"] == "PAID"
        spent.append((seen, sent.total()))

    assert spent[0] == spent[1], spent


async def test_parts_add_up_to_the_purchase_whatever_is_in_the_cart(items: list[Item]) -> None:
    owner = await factories.merchant("amber", shipping_minor=333)
    offers = await sells(owner, items)
    buyer = await with_cart(dict.fromkeys(offers, "204.72"), 3)

    purchase = (await buyer.buy())["purchase"]

    parts = [each["totals"] for order in purchase["orders"] for each in order["lines"]]
    names = ("items", "shipping", "serviceFee")
    for part in parts:
        assert sum(Decimal(part[name]["amount"]) for name in names) == Decimal(
            part["total"]["amount"]
        )
    total = sum(Decimal(part["total"]["amount"]) for part in parts)
    assert (len(parts), total) == (12, Decimal(purchase["total"]["amount"]))
    stored = await fetch(
        "SELECT total_minor, (SELECT sum(total_minor) FROM order_line) FROM orders"
    )
    assert [row[0] for row in stored] == [row[1] for row in stored] == [int(total * 100)]


async def test_stock_without_a_line_that_waits_is_set_right(items: list[Item]) -> None:
    owner = await factories.merchant("amber")
    [offer] = await sells(owner, items[:1])
    buyer = await with_cart({offer: PRICE})
    await buyer.buy("3ds")
    late = datetime.fromisoformat("2099-01-01T00:00Z")
    assert await checkout.set_right(late, 9) == checkout.Astray(0, 0, 0)

    await execute("UPDATE order_line SET state = 'EXPIRED'")

    assert await checkout.set_right(late, 9) == checkout.Astray(1, 0, 0)
    assert await stock_of(owner) == 5


async def test_a_buyer_reads_the_last_days_of_its_rights(items: list[Item]) -> None:
    rights = {"legalMonths": 24, "commercialMonths": 12, "legalUntil": "2028-11-06"}
    of = await orders.bought(
        await factories.merchant(), items[0], LineState.DELIVERED,
        warranty=rights | {"commercialUntil": "2027-11-06"},
        withdraw_until=datetime(2026, 11, 20, 23, tzinfo=UTC),
    )  # fmt: skip
    query = """query($id: ID!){purchase(id: $id){orders{lines{legalGuaranteeMonths
      legalGuaranteeUntil commercialWarrantyMonths commercialWarrantyUntil withdrawUntil}}}}"""

    found = await Buyer(await customer()).ask(query, id=str(global_id("Purchase", of.purchase_id)))

    [line] = found["orders"][0]["lines"]
    assert line == {
        "legalGuaranteeMonths": 24, "legalGuaranteeUntil": "2028-11-06",
        "commercialWarrantyMonths": 12, "commercialWarrantyUntil": "2027-11-06",
        "withdrawUntil": "2026-11-20T23:00:00+00:00",
    }  # fmt: skip
