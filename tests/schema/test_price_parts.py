"""What prices are made of, as a shopper asks it of offers and reads it of an order."""

from collections.abc import Iterator
from typing import Any

import pytest

from models.base import execute, fetchval
from resolvers.orders.payments import install, tills
from schema.common import global_id
from tests import factories
from tests.checkout import Buyer, FakeTill, customer
from tests.factories import Item, line
from tests.rules import STRICT, lawful, shipped
from tests.schema.asking import Json, data, refusal

PARTS = "gross{amount currency} net{amount} tax{amount} parts{kind amount{amount} state}"
ASK = f"""query($offers: [ID!]!, $market: String!, $on: Date, $country: String, $locale: String!,
    $supposed: [SupposedRuleInput!]){{
  priceParts(offers: $offers, market: $market, on: $on, country: $country, locale: $locale,
    supposed: $supposed){{
    __typename ... on PriceUntold{{code message country lacks}}
    ... on OfferPriceParts{{scheme rate country collectedBy notices rules verified
      price{{{PARTS}}}}}}}}}"""
ORDER = f"""query($id: ID!){{order(id: $id){{total{{amount}} priceParts{{{PARTS}}}
  lines{{total{{amount}} priceParts{{{PARTS}}}}}}}}}"""


async def offered(
    price: str, scheme: str = "standard", market: str = "FR", storage: int | None = None,
    **merchant: Any,
) -> str:  # fmt: skip
    """An offer that can be bought in a market."""
    item: Item = (await factories.world(1, 1))[0]
    if storage is not None:
        await execute(
            "UPDATE variant SET attributes = attributes || jsonb_build_object("
            "'storage_gb', $1::int)",
            storage,
        )
    owner = await factories.merchant("amber", markets=(market,), **merchant)
    currency = await fetchval("SELECT currency FROM market WHERE code = $1", market)
    row = line(item, "SKU-0", price, vat_scheme=scheme, quantity=5, currency=currency)
    await factories.run(await factories.feed(owner), [row])
    return str(global_id("Offer", (await factories.of_sku(owner, "SKU-0"))["id"]))


async def told(*offers: str, market: str = "FR", locale: str = "en", **given: Any) -> list[Json]:
    found = await data(ASK, None, offers=list(offers), market=market, locale=locale, **given)
    rows: list[Json] = found["priceParts"]
    return rows


def by_kind(price: Json) -> dict[str, Any]:
    parts = price["parts"]
    return {each["kind"]: each["amount"] and each["amount"]["amount"] for each in parts}


async def test_an_offer_tells_goods_delivery_levy_and_tax_that_are_its_price(db: None) -> None:
    await lawful()
    offer = await offered("299.00", storage=64, country="FR", shipping_minor=490)

    [found] = await told(offer, on="2026-11-23")

    assert (found["scheme"], found["rate"], found["country"]) == ("NORMAL", "20", "FR")
    price = found["price"]
    # 303.90 at 20 %: tax 50.65; delivery 4.90 / 1.2; the levy of 64 GB
    assert (price["net"], price["tax"]) == ({"amount": "253.25"}, {"amount": "50.65"})
    parts = by_kind(price)
    assert (parts["DELIVERY"], parts["LEVY"], parts["TAX"]) == ("4.08", "7.20", "50.65")
    assert parts["GOODS"] == "241.97"
    assert parts["ECO_CONTRIBUTION"] is None
    assert [each["state"] for each in price["parts"] if each["state"]] == ["DUE", "ORIGIN_UNKNOWN"]
    assert "levy.private_copy:FR:smartphone:2023-02-01" in found["rules"]
    assert not found["verified"]


async def test_an_offer_on_its_margin_tells_no_tax_and_no_rate(db: None) -> None:
    await lawful()
    offer = await offered("299.00", "margin", storage=64, country="FR", shipping_minor=490)

    [found] = await told(offer, on="2026-11-23")

    assert (found["scheme"], found["rate"], found["country"]) == ("MARGIN", None, None)
    assert "VAT_NOT_DEDUCTIBLE" in found["notices"]
    price = found["price"]
    assert (price["net"], price["tax"]) == (None, None)
    parts = by_kind(price)
    assert (parts["DELIVERY"], parts["LEVY"]) == ("4.90", "8.64")
    assert "TAX" not in parts


async def test_what_if_another_rate_or_levy_changes_the_parts_and_nothing_else(db: None) -> None:
    await lawful(STRICT)
    offer = await offered("299.00", storage=64, country="FR")
    reduced = {"kind": "VAT_STANDARD_RATE", "country": "FR", "value": {"percent": "5.5"}}

    [strict] = await told(offer)
    [found] = await told(offer, on="2027-02-01", supposed=[reduced])

    assert (strict["__typename"], strict["code"]) == ("PriceUntold", "RULE_UNVERIFIED")
    assert strict["lacks"] == "vat.territory:FR:2016-01-01"
    # 299.00 at 5.5 %: 299 * 5.5 / 105.5 = 15.5877
    assert (found["rate"], found["price"]["tax"]) == ("5.5", {"amount": "15.59"})
    assert "supposed:vat.standard_rate:FR:2027-02-01" in found["rules"]
    assert not found["verified"]
    assert await fetchval("SELECT count(*) FROM rule") == len(shipped())
    again = await told(offer)
    assert again == [strict]


async def test_a_day_without_a_rule_is_refused_and_names_what_lacks(db: None) -> None:
    await lawful()
    offer = await offered("299.00", country="FR")

    [found] = await told(offer, on="2015-12-31")

    assert found["__typename"] == "PriceUntold"
    assert (found["code"], found["country"], found["lacks"]) == (
        "RULE_MISSING", "FR", "vat.territory",
    )  # fmt: skip
    [french] = await told(offer, on="2015-12-31", locale="fr")
    assert french["message"] != found["message"]


async def test_the_rate_is_that_of_the_day_asked_for(db: None) -> None:
    await lawful()
    offer = await offered("500.00", market="DE", country="DE")

    rates = [(await told(offer, market="DE", on=day))[0]["rate"]
             for day in ("2020-12-31", "2021-01-01")]  # fmt: skip

    assert rates == ["16", "19"]


async def test_offers_are_told_in_the_order_asked_for_and_none_that_is_not_sold(db: None) -> None:
    await lawful()
    offer = await offered("299.00", country="FR")
    unknown = str(global_id("Offer", factories.some_id()))

    found = await told(unknown, offer, unknown)

    assert [each and each["__typename"] for each in found] == [None, "OfferPriceParts", None]
    await execute("UPDATE offer_market SET visibility = 0")
    assert await told(offer) == [None]


@pytest.mark.parametrize(
    ("given", "argument"),
    [
        ({"offers": ["T2ZmZXI6"]}, "offers"),
        ({"offers": [str(global_id("Offer", factories.some_id()))] * 25}, "offers"),
        ({"country": "DE"}, "country"),
        ({"market": "ZZ"}, "market"),
        ({"locale": "xx"}, "locale"),
        ({"supposed": [{"kind": "PRICE_PRIOR", "country": "FR", "value": {}}]}, "supposed.0.days"),
        (
            {"supposed": [{"kind": "PRICE_PRIOR", "country": "FR", "value": {"days": 30},
                           "validTo": "2020-01-01"}]},
            "supposed.0.validTo",
        ),
    ],
)  # fmt: skip
async def test_a_question_that_cannot_be_names_its_argument(
    db: None, given: Json, argument: str
) -> None:
    await factories.world(1, 1)
    await lawful()
    asked = {"offers": [], "market": "FR", "locale": "en"} | given
    wrong = await refusal(ASK, None, **asked)
    assert (wrong["code"], wrong["argument"]) == ("BAD_USER_INPUT", argument)


@pytest.fixture
def till() -> Iterator[None]:
    before, made = tills(), FakeTill()
    install({made.name: made})
    yield
    install(before)


async def test_an_order_and_its_lines_keep_what_they_were_made_of(db: None, till: None) -> None:
    await lawful()
    offer = await offered("299.00", storage=64, country="FR", shipping_minor=490)
    buyer = Buyer(await customer())
    await buyer.make("FR")
    total = await fetchval("SELECT (landed_minor / 100.0)::numeric(12, 2)::text FROM offer_market")
    added = await buyer.add(await fetchval("SELECT id FROM offer"), total)
    assert added["__typename"] == "CartUpdated", added
    await buyer.send_to(country="FR")
    made = (await buyer.buy())["purchase"]["orders"][0]["id"]

    [before] = await told(offer)
    await execute("UPDATE rule SET withdrawn_at = clock_timestamp() WHERE kind ~ '^levy'")
    [after] = await told(offer)
    order = (await data(ORDER, buyer.caller, id=made))["order"]

    assert order["priceParts"] == order["lines"][0]["priceParts"] == before["price"]
    assert order["priceParts"]["gross"]["amount"] == order["total"]["amount"]
    assert by_kind(order["priceParts"])["LEVY"] == "7.20"
    assert "LEVY" not in by_kind(after["price"])
