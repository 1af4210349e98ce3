"""From a cart to a purchase: what is shown is paid, or it is refused and nothing is held."""

from collections.abc import Iterator
from datetime import datetime, timedelta
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
from models.offers.upkeep import refresh_market
from models.orders.purchases import expired
from resolvers.orders import taxing
from resolvers.orders.payments import install, tills
from tests import factories
from tests.checkout import (
    BUY,
    CHANGE,
    PREVIEW,
    READ,
    REMOVE,
    Buyer,
    FakeTill,
    a_visitor,
    customer,
    with_cart,
)
from tests.factories import Item
from tests.rules import lawful
from tests.schema.selling import nothing_held, sells, stock_of

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


async def test_what_was_previewed_is_what_is_paid_split_by_merchant(items: list[Item]) -> None:
    one = await factories.merchant("amber", shipping_minor=490)
    two = await factories.merchant("birch")
    [first] = await sells(one, items[:1])
    [second] = await sells(two, items[1:2], vat_scheme="margin", warranty_months=24)
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
    assert [await stock_of(one), await stock_of(two)] == [3, 3]
    events = await fetch("SELECT topic FROM event WHERE topic ~ '^order'")
    assert [row["topic"] for row in events] == ["order.created"] * 2
    rows = await fetch("SELECT vat_scheme, warranty->>'commercialMonths' AS months FROM order_line")
    assert {tuple(row) for row in rows} == {("NORMAL", "12"), ("MARGIN", "24")}


async def test_a_preview_has_both_rights_with_dates_and_the_days_of_the_listing(
    items: list[Item],
) -> None:
    await Market.filter(code="FR").update(legal_guarantee_months=24)
    owner = await factories.merchant("amber", delay_hours=48)
    [offer] = await sells(owner, items[:1], handling_hours=24)
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
    [offer] = await sells(owner, items[:1])
    buyer = await with_cart({offer: PRICE})

    first = await buyer.buy(k="once")
    second = await buyer.buy(k="once")
    third = await buyer.buy(k="other")

    assert first == second
    assert third["code"] == "CART_TAKEN"
    assert (await stock_of(owner), len(till.asked)) == (4, 1)
    given = {"cart": buyer.cart, "method": "else", "k": "once"}
    body = await buyer.errors(BUY, **given)
    assert body["errors"][0]["extensions"]["reason"] == "IDEMPOTENCY_KEY_REUSED"


async def test_a_price_that_changed_is_shown_and_never_taken_silently(items: list[Item]) -> None:
    owner = await factories.merchant("amber")
    [offer] = await sells(owner, items[:1])
    assert (await (await a_visitor()).add(offer, "150.00"))["code"] == "PRICE_CHANGED"
    buyer = await with_cart({offer: PRICE})
    await sells(owner, items[:1], price="250.00")

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
    assert await nothing_held()
    agreed = await buyer.ask(CHANGE, line=done["lineId"], total="251.49")
    assert agreed["cart"]["lines"][0]["expectedTotal"]["amount"] == "251.49"
    assert (await buyer.buy())["purchase"]["state"] == "PAID"


async def test_an_offer_that_ran_out_tells_a_band_and_never_the_number(items: list[Item]) -> None:
    owner = await factories.merchant("amber")
    [offer] = await sells(owner, items[:1])
    buyer = await with_cart({offer: PRICE}, 3)
    other = await with_cart({offer: PRICE}, 3, email="b@example.com")
    assert (await buyer.buy())["purchase"]["state"] == "PAID"

    done = await other.buy()
    assert (done["code"], done["availability"]) == ("OUT_OF_STOCK", "FEW")
    assert (await buyer_of(other, offer, 2))["purchase"]["state"] == "PAID"
    gone = await (await a_visitor()).add(offer, PRICE)
    assert (gone["code"], gone["availability"]) == ("OUT_OF_STOCK", "NONE")


async def buyer_of(buyer: Buyer, offer: UUID, n: int) -> Any:
    """Fewer pieces are asked for, and bought."""
    row = (await buyer.ask(READ))["lines"][0]
    await buyer.ask(CHANGE, line=row["id"], n=n)
    return await buyer.buy()


async def test_an_offer_that_vanished_is_told_and_can_be_taken_out(items: list[Item]) -> None:
    owner = await factories.merchant("amber")
    first, second = await sells(owner, items[:2])
    buyer = await with_cart({first: PRICE, second: PRICE})
    await hold.pause(owner.id, ["SKU-0"])

    seen, done = await buyer.ask(PREVIEW), await buyer.buy()

    assert [each["code"] for each in seen["problems"]] == ["OFFER_UNAVAILABLE"]
    assert done["code"] == "OFFER_UNAVAILABLE"
    assert seen["totals"]["total"]["amount"] == PRICE
    assert await nothing_held()
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
    [offer] = await sells(await factories.merchant("amber"), items[:1])
    buyer = await with_cart({offer: PRICE})
    await _pause(**change)

    seen, done = await buyer.ask(PREVIEW), await buyer.buy()

    assert [each["code"] for each in seen["problems"]] == [code] == [done["code"]]
    assert done.items() >= facts_.items()
    assert await nothing_held()


async def test_what_a_sandbox_offers_cannot_be_bought(items: list[Item]) -> None:
    owner = await factories.merchant("amber")
    [offer] = await sells(owner, items[:1])
    buyer = await with_cart({offer: PRICE})
    await _sandbox(owner)

    assert (await buyer.buy())["code"] == "OFFER_UNAVAILABLE"


async def test_what_lacks_is_told(items: list[Item]) -> None:
    [offer] = await sells(await factories.merchant("amber"), items[:1])
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
    assert await nothing_held()


@pytest.mark.parametrize("why", [Why.TAX_PROVIDER_REQUIRED, Why.TAX_TERRITORY_UNSUPPORTED])
async def test_what_tax_refuses_is_not_sold(
    items: list[Item], monkeypatch: pytest.MonkeyPatch, why: Why
) -> None:
    async def refused(sales: Any, known: Any) -> Any:
        return [TaxRefused(TaxRefusalCode(why.value)) for _ in sales]

    [offer] = await sells(await factories.merchant("amber"), items[:1])
    buyer = await with_cart({offer: PRICE})
    monkeypatch.setattr(taxing, "line_taxes", refused)

    done = await buyer.buy()

    assert (done["code"], done["country"]) == (why, "FR")
    assert await nothing_held()


async def test_a_merchant_on_probation_sells_as_many_as_it_may_and_no_more(
    items: list[Item],
) -> None:
    owner = await factories.merchant("amber", state=MerchantState.PROBATION)
    [offer] = await sells(owner, items[:1])
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
    assert await stock_of(owner) == 3
    assert (await buyer_of(two, offer, 1))["purchase"]["state"] == "PAID"
    purchase = await fetchval("SELECT id FROM purchase WHERE state <> 'PAID'")
    await expired(purchase, datetime.fromisoformat("2026-05-04T12:00Z"))
    three = await with_cart({offer: PRICE}, 2, email="c@example.com")
    assert (await three.buy())["purchase"]["state"] == "PAID"


async def test_the_value_of_open_orders_is_capped_too(items: list[Item]) -> None:
    owner = await factories.merchant("amber", state=MerchantState.PROBATION)
    [offer] = await sells(owner, items[:1])
    await execute("UPDATE selling_cap SET open_minor = 20139 WHERE currency = 'EUR'")

    assert (await (await with_cart({offer: PRICE}, 2)).buy())["code"] == "CAP_REACHED"
    again = await with_cart({offer: PRICE}, 1, email="b@example.com")
    assert (await again.buy())["purchase"]["state"] == "PAID"
