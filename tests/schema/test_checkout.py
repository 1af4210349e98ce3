"""From a cart to a purchase: what is shown is paid, or it is refused and nothing is held."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.markets import MarketStage
from domain.merchants import MerchantState
from domain.orders.checkout import Why
from domain.orders.numbers import read_number
from domain.orders.sale import TaxRefusalCode, TaxRefused
from models.base import execute, fetch, fetchval, transaction
from models.markets import Market
from models.merchants import Merchant
from models.offers import hold
from models.offers.feeds import Feed
from models.offers.upkeep import refresh_market
from models.orders import checkout
from models.orders.purchases import expired
from resolvers.orders import taxing
from resolvers.orders.payments import install, tills
from tests import factories
from tests.checkout import (
    BOUGHT,
    BUY,
    CHANGE,
    CLAIM,
    PREVIEW,
    READ,
    REMOVE,
    RETRY,
    Buyer,
    FakeTill,
    customer,
    with_cart,
)
from tests.factories import Item, line
from tests.rules import lawful
from tests.schema.asking import counted

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


async def _sells(
    owner: Merchant, items: list[Item], quantity: int = 5, **more: object
) -> list[UUID]:
    """The merchant's offers of these items, in order."""
    rows = [line(item, f"SKU-{n}", quantity=quantity, **more) for n, item in enumerate(items)]
    feed = await Feed.get_or_none(merchant=owner) or await factories.feed(owner)
    await factories.run(feed, rows)
    return [(await factories.of_sku(owner, f"SKU-{n}"))["id"] for n in range(len(items))]


async def _stock(owner: Merchant, sku: str = "SKU-0") -> int:
    quantity: int = (await factories.of_sku(owner, sku))["quantity"]
    return quantity


async def _nothing_held() -> bool:
    open_ = "SELECT count(*) FROM reservation WHERE released_at IS NULL AND consumed_at IS NULL"
    held: int = await fetchval(open_) + await fetchval("SELECT count(*) FROM purchase")
    return held == 0


async def test_what_was_previewed_is_what_is_paid_split_by_merchant(items: list[Item]) -> None:
    one = await factories.merchant("amber", shipping_minor=490)
    two = await factories.merchant("birch")
    [first] = await _sells(one, items[:1])
    [second] = await _sells(two, items[1:2], vat_scheme="margin", warranty_months=24)
    buyer = await with_cart({first: "206.29", second: PRICE}, 2)

    seen = await buyer.ask(PREVIEW)
    done = await buyer.buy(version=seen["cart"]["version"])

    assert (seen["ready"], seen["problems"]) == (True, [])
    assert {o["merchant"]["legalName"]: o["totals"]["total"]["amount"] for o in seen["orders"]} == {
        "amber": "412.58",
        "birch": "402.78",
    }
    purchase = done["purchase"]
    assert (purchase["state"], done["actionUrl"]) == ("PAID", None)
    assert purchase["total"] == seen["totals"]["total"] == {"amount": "815.36", "currency": "EUR"}
    for before, after in zip(seen["orders"], purchase["orders"], strict=True):
        assert before["merchant"]["name"] == after["merchant"]["name"]
        assert before["totals"] == after["totals"]
        assert [each["totals"] for each in after["lines"]] == [before["lines"][0]["piece"]] * 2
        assert {each["state"] for each in after["lines"]} == {"PAID"}
        assert read_number(after["number"]) == after["number"]
    assert [await _stock(one), await _stock(two)] == [3, 3]
    events = await fetch("SELECT topic FROM event WHERE topic ~ '^order'")
    assert [row["topic"] for row in events] == ["order.created"] * 2
    rows = await fetch("SELECT vat_scheme, warranty->>'commercialMonths' AS months FROM order_line")
    assert {tuple(row) for row in rows} == {("NORMAL", "12"), ("MARGIN", "24")}


async def test_a_preview_has_both_rights_with_dates_and_the_days_of_the_listing(
    items: list[Item],
) -> None:
    await Market.filter(code="FR").update(legal_guarantee_months=24)
    owner = await factories.merchant("amber", delay_hours=48)
    [offer] = await _sells(owner, items[:1], handling_hours=24)
    buyer = await with_cart({offer: PRICE})

    [order] = (await buyer.ask(PREVIEW))["orders"]

    [each] = order["lines"]
    latest = datetime.fromisoformat(each["delivery"]["latest"])
    assert latest - datetime.fromisoformat(each["delivery"]["earliest"]) == timedelta(days=1)
    assert each["delivery"]["carrier"] == "post"
    until = each["warranty"]
    assert until["legalGuaranteeMonths"] == 24
    assert until["legalGuaranteeUntil"] == latest.replace(year=latest.year + 2).date().isoformat()
    assert until["commercialWarrantyUntil"][:4] == str(latest.year + 1)


async def test_the_same_call_twice_buys_once(items: list[Item], till: FakeTill) -> None:
    owner = await factories.merchant("amber")
    [offer] = await _sells(owner, items[:1])
    buyer = await with_cart({offer: PRICE})

    first = await buyer.buy(k="once")
    second = await buyer.buy(k="once")
    third = await buyer.buy(k="other")

    assert first == second
    assert third["code"] == "CART_TAKEN"
    assert (await _stock(owner), len(till.asked)) == (4, 1)
    given = {"cart": buyer.cart, "method": "else", "k": "once"}
    body = await buyer.errors(BUY, **given)
    assert body["errors"][0]["extensions"]["reason"] == "IDEMPOTENCY_KEY_REUSED"


async def test_a_price_that_changed_is_shown_and_never_taken_silently(items: list[Item]) -> None:
    owner = await factories.merchant("amber")
    [offer] = await _sells(owner, items[:1])
    assert (await (await _visitor()).add(offer, "150.00"))["code"] == "PRICE_CHANGED"
    buyer = await with_cart({offer: PRICE})
    await _sells(owner, items[:1], price="250.00")

    seen = await buyer.ask(PREVIEW)
    done = await buyer.buy()

    assert not seen["ready"]
    assert seen["totals"]["total"]["amount"] == "251.49"
    for told in (*seen["problems"], done):
        assert (told["code"], told["old"]["amount"], told["new"]["amount"]) == (
            "PRICE_CHANGED",
            PRICE,
            "251.49",
        )
    assert await _nothing_held()
    agreed = await buyer.ask(CHANGE, line=done["lineId"], total="251.49")
    assert agreed["cart"]["lines"][0]["expectedTotal"]["amount"] == "251.49"
    assert (await buyer.buy())["purchase"]["state"] == "PAID"


async def test_an_offer_that_ran_out_tells_a_band_and_never_the_number(items: list[Item]) -> None:
    owner = await factories.merchant("amber")
    [offer] = await _sells(owner, items[:1])
    buyer = await with_cart({offer: PRICE}, 3)
    other = await with_cart({offer: PRICE}, 3, email="b@example.com")
    assert (await buyer.buy())["purchase"]["state"] == "PAID"

    done = await other.buy()
    assert (done["code"], done["availability"]) == ("OUT_OF_STOCK", "FEW")
    assert (await buyer_of(other, offer, 2))["purchase"]["state"] == "PAID"
    gone = await (await _visitor()).add(offer, PRICE)
    assert (gone["code"], gone["availability"]) == ("OUT_OF_STOCK", "NONE")


async def buyer_of(buyer: Buyer, offer: UUID, n: int) -> Any:
    """Fewer pieces are asked for, and bought."""
    row = (await buyer.ask(READ))["lines"][0]
    await buyer.ask(CHANGE, line=row["id"], n=n)
    return await buyer.buy()


async def test_an_offer_that_vanished_is_told_and_can_be_taken_out(items: list[Item]) -> None:
    owner = await factories.merchant("amber")
    first, second = await _sells(owner, items[:2])
    buyer = await with_cart({first: PRICE, second: PRICE})
    await hold.pause(owner.id, ["SKU-0"])

    seen, done = await buyer.ask(PREVIEW), await buyer.buy()

    assert [each["code"] for each in seen["problems"]] == ["OFFER_UNAVAILABLE"]
    assert done["code"] == "OFFER_UNAVAILABLE"
    assert seen["totals"]["total"]["amount"] == PRICE
    assert await _nothing_held()
    gone = next(each for each in (await buyer.ask(READ))["lines"] if each["offer"] is None)
    await buyer.ask(REMOVE, line=gone["id"])
    assert (await buyer.buy())["purchase"]["state"] == "PAID"


async def _pause(**change: Any) -> None:
    await Market.filter(code="FR").update(**change)
    async with transaction() as raw:
        await refresh_market(raw, "FR")


async def _sandbox(owner: Merchant) -> None:
    await execute(
        "INSERT INTO sandbox (merchant_id, sandbox_id) VALUES ($1, $2)",
        (await factories.merchant("real")).id,
        owner.id,
    )
    await _pause()


@pytest.mark.parametrize(
    ("change", "code", "facts_"),
    [
        ({"paused": True}, "MARKET_PAUSED", {"scope": "ALL"}),
        ({"stage": MarketStage.CLOSING}, "MARKET_NOT_OPEN", {}),
    ],
    ids=["paused", "closing"],
)
async def test_a_market_that_takes_no_orders_refuses(
    items: list[Item], change: Any, code: str, facts_: Any
) -> None:
    [offer] = await _sells(await factories.merchant("amber"), items[:1])
    buyer = await with_cart({offer: PRICE})
    await _pause(**change)

    seen, done = await buyer.ask(PREVIEW), await buyer.buy()

    assert [each["code"] for each in seen["problems"]] == [code] == [done["code"]]
    assert done.items() >= facts_.items()
    assert await _nothing_held()


async def test_what_a_sandbox_offers_cannot_be_bought(items: list[Item]) -> None:
    owner = await factories.merchant("amber")
    [offer] = await _sells(owner, items[:1])
    buyer = await with_cart({offer: PRICE})
    await _sandbox(owner)

    assert (await buyer.buy())["code"] == "OFFER_UNAVAILABLE"


async def test_what_lacks_is_told(items: list[Item]) -> None:
    [offer] = await _sells(await factories.merchant("amber"), items[:1])
    buyer = Buyer(await customer())
    await buyer.make()

    assert (await buyer.buy())["code"] == "CART_EMPTY"
    await buyer.add(offer, PRICE)
    assert (await buyer.buy())["code"] == "ADDRESS_REQUIRED"
    abroad = await buyer.send_to(country="DE")
    assert (abroad["code"], abroad["country"]) == ("OFFER_NOT_SHIPPABLE_TO", "DE")
    bad = await buyer.send_to(city=" ")
    assert (bad["code"], bad["path"]) == ("ADDRESS_INVALID", ["address", "city"])
    await buyer.send_to()
    changed = await buyer.buy(version=1)
    assert (changed["code"], changed["version"]) == ("CART_CHANGED", 3)
    assert (await buyer.add(offer, PRICE, 20))["code"] == "QUANTITY_NOT_ALLOWED"
    assert await _nothing_held()


@pytest.mark.parametrize("why", [Why.TAX_PROVIDER_REQUIRED, Why.TAX_TERRITORY_UNSUPPORTED])
async def test_what_tax_refuses_is_not_sold(
    items: list[Item], monkeypatch: pytest.MonkeyPatch, why: Why
) -> None:
    async def refused(sales: Any, known: Any) -> Any:
        return [TaxRefused(TaxRefusalCode(why.value)) for _ in sales]

    [offer] = await _sells(await factories.merchant("amber"), items[:1])
    buyer = await with_cart({offer: PRICE})
    monkeypatch.setattr(taxing, "line_taxes", refused)

    done = await buyer.buy()

    assert (done["code"], done["country"]) == (why, "FR")
    assert await _nothing_held()


async def test_a_merchant_on_probation_sells_as_many_as_it_may_and_no_more(
    items: list[Item],
) -> None:
    owner = await factories.merchant("amber", state=MerchantState.PROBATION)
    [offer] = await _sells(owner, items[:1])
    await execute(
        "INSERT INTO selling_cap (merchant_id, currency, units, open_minor, source) "
        "VALUES ($1, 'EUR', 3, 70000, 'test')",
        owner.id,
    )
    one = await with_cart({offer: PRICE}, 2)
    two = await with_cart({offer: PRICE}, 2, email="b@example.com")
    assert (await one.buy("3ds"))["actionUrl"]

    seen, refused = await two.ask(PREVIEW), await two.buy()

    assert [each["code"] for each in seen["problems"]] == ["CAP_REACHED"] == [refused["code"]]
    assert "Choisissez" in refused["explanation"]
    assert await _stock(owner) == 3
    assert (await buyer_of(two, offer, 1))["purchase"]["state"] == "PAID"
    purchase = await fetchval("SELECT id FROM purchase WHERE state <> 'PAID'")
    await expired(purchase, datetime.fromisoformat("2026-05-04T12:00Z"))
    three = await with_cart({offer: PRICE}, 2, email="c@example.com")
    assert (await three.buy())["purchase"]["state"] == "PAID"


async def test_the_value_of_open_orders_is_capped_too(items: list[Item]) -> None:
    owner = await factories.merchant("amber", state=MerchantState.PROBATION)
    [offer] = await _sells(owner, items[:1])
    await execute("UPDATE selling_cap SET open_minor = 20139 WHERE currency = 'EUR'")

    assert (await (await with_cart({offer: PRICE}, 2)).buy())["code"] == "CAP_REACHED"
    again = await with_cart({offer: PRICE}, 1, email="b@example.com")
    assert (await again.buy())["purchase"]["state"] == "PAID"


async def test_a_declined_payment_is_tried_again_on_the_same_purchase(items: list[Item]) -> None:
    owner = await factories.merchant("amber")
    [offer] = await _sells(owner, items[:1])
    buyer = await with_cart({offer: PRICE})

    refused = await buyer.buy("no")
    assert (refused["__typename"], refused["retryable"]) == ("PaymentDeclined", True)
    assert (refused["reason"], await _stock(owner)) == ("INSUFFICIENT_FUNDS", 4)
    of = {"purchase": refused["purchaseId"]}
    assert (await buyer.ask(RETRY, method="no", **of))["__typename"] == "PaymentDeclined"
    asks = await buyer.ask(RETRY, method="3ds", **of)
    assert asks["actionUrl"] == "https://bank.example/3ds"
    assert asks["purchase"]["state"] == "PENDING_PAYMENT"
    stranger = Buyer(await customer("stranger@example.com"))
    unknown = await stranger.ask(RETRY, method="ok", **of)
    assert (unknown["code"], unknown["state"]) == ("PURCHASE_UNKNOWN", None)


async def test_a_purchase_that_is_paid_is_not_paid_again(items: list[Item]) -> None:
    [offer] = await _sells(await factories.merchant("amber"), items[:1])
    buyer = await with_cart({offer: PRICE})
    bought = (await buyer.buy())["purchase"]["id"]

    again = await buyer.ask(RETRY, purchase=bought, method="ok")

    assert (again["code"], again["state"]) == ("PURCHASE_NOT_PENDING", "PAID")


async def _visitor() -> Buyer:
    buyer = Buyer()
    await buyer.make()
    return buyer


async def test_a_visitors_cart_is_opened_by_its_token_alone_and_bought_after_signing_in(
    items: list[Item],
) -> None:
    [offer] = await _sells(await factories.merchant("amber"), items[:1])
    visitor = await _visitor()
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
    [offer] = await _sells(await factories.merchant("amber"), items[:1])
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
    [offer] = await _sells(await factories.merchant("amber"), items[:1])
    await (await with_cart({offer: PRICE})).buy()

    for table in ("event", "audit_log", "once", "announcement", "outbox_job", "order_line"):
        rows = await fetch(f"SELECT to_jsonb(t)::text FROM {table} t")
        assert not [row for row in rows if "Camille" in row[0] or "Essais" in row[0]], table


async def test_twenty_lines_cost_as_many_statements_as_one(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lawful()
    items = await factories.world(5, 4)
    offers = await _sells(await factories.merchant("amber"), items)
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
    offers = await _sells(owner, items)
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
    [offer] = await _sells(owner, items[:1])
    buyer = await with_cart({offer: PRICE})
    await buyer.buy("3ds")
    late = datetime.fromisoformat("2099-01-01T00:00Z")
    assert await checkout.set_right(late, 9) == checkout.Astray(0, 0, 0)

    await execute("UPDATE order_line SET state = 'EXPIRED'")

    assert await checkout.set_right(late, 9) == checkout.Astray(1, 0, 0)
    assert await _stock(owner) == 5
