"""Stock and prices in bulk, a line each; and the list of all offers."""

import orjson

from domain.partners.bulk import BulkState
from models.base import fetch
from models.merchants import Merchant
from tests import bulk, factories
from tests.factories import Item, line
from tests.identity import at_home

OFFERS = 30
STOCK = """mutation($input: UpdateStockInput!){updateStock(input: $input){
  __typename ... on OffersChanged{results{sku outcome code}}}}"""
PRICES = """mutation($input: UpdatePricesInput!){updatePrices(input: $input){
  __typename ... on OffersChanged{results{sku outcome code}}}}"""


async def _seller() -> Merchant:
    items: list[Item] = await factories.world(1, 2)
    owner = await factories.merchant()
    rows = [line(items[n % 2], f"S{n:03}") for n in range(OFFERS)]
    await factories.run(await factories.feed(owner), rows, force=True)
    return owner


async def test_stock_and_prices_change_by_lines_and_a_list_tells_them_all(db: None) -> None:
    with at_home():
        owner = await _seller()
        by = await bulk.caller(owner, "offers:read", "offers:write")
        stock = [
            orjson.dumps({"input": {"items": [{"sku": f"S{n:03}", "quantity": n % 5}]}})
            for n in range(OFFERS)
        ]
        prices = [b'{"input": {"items": [{"sku": "S000", "price": "151.50"}]}}']
        first = await bulk.started(by, STOCK, await bulk.stage(owner, stock), "stock")
        done = [await bulk.work(first)]
        second = await bulk.started(by, PRICES, await bulk.stage(owner, prices), "prices")
        done.append(await bulk.work(second))
        third = await bulk.started(by, "{offers{edges{node{sku quantity}}}}", key="list")
        done.append(await bulk.work(third))

        told = await bulk.answers(first)
        listed = await bulk.answers(third)

    assert [each.state for each in done] == [BulkState.COMPLETED] * 3
    outcomes = [each["data"]["updateStock"]["results"][0]["outcome"] for each in told]
    assert set(outcomes) <= {"APPLIED", "UNCHANGED"}
    assert [each["line"] for each in told] == list(range(1, OFFERS + 1))
    rows = await fetch("SELECT sku, quantity, price_minor FROM offer ORDER BY sku")
    assert [row["quantity"] for row in rows] == [n % 5 for n in range(OFFERS)]
    assert rows[0]["price_minor"] == 15150
    assert listed == [{"sku": row["sku"], "quantity": row["quantity"]} for row in rows]
