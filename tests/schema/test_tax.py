"""Orders are taxed as the published cases say, and no buyer learns what a merchant paid."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
import pytest

from domain.orders.sales_tax import NoSalesTax
from integrations.tax.simulator import Simulator
from models.base import execute, fetch, fetchval
from models.markets.rules import install as allow
from models.merchants import Merchant
from resolvers.orders import tax
from resolvers.orders.payments import install, tills
from tests import factories
from tests.checkout import BUY, PREVIEW, Buyer, FakeTill, customer
from tests.factories import Item, line
from tests.fulfilment import ACCEPT, ATTACH, SHIP, ask, device, merchant_key
from tests.rules import LENIENT, STRICT, lawful
from tests.schema.asking import Json, data

M = "{amount}"
WORDS = "Margin scheme \N{EN DASH} Second-hand goods"
PARTS = f"gross{M} net{M} tax{M} parts{{kind amount{M} state}}"
TAX = f"""scheme gross{M} net{M} tax{M} rate country collectedBy words importVatAtBorder deductible
  salesTax{{level name rate amount{M}}} verified"""
INVOICE = f"""__typename ... on InvoiceNotReady{{reason}} ... on OrderInvoice{{language issuedBy
  seller{{name country}} buyer{{name address country}} gross{M} tax{M} words rules
  lines{{title serial gross{M} net{M} tax{M} rate words}} salesTax{{amount{M}}}
  summary{{country rate net{M} tax{M}}}}}"""
SEEN = f"""query($id: ID!){{order(id: $id){{id items{M} shipping{M} serviceFee{M} duties{M}
  levies{M} total{M}
  priceParts{{{PARTS}}}
  invoice{{{INVOICE}}} lines{{id priceParts{{{PARTS}}} vatScheme item{M} total{M}
    refunded{M} tax{{{TAX}}}
    taxCredit{{refunded{M} tax{M} left{{{TAX}}}}}
    unit{{imeiMasked events{{kind facts}}}} history{{to reason note}}}}}}}}"""
OWN = f"""query($id: ID!){{order(id: $id){{lines{{acquisition{{price{M}}}
  marginTax{{complete missing purchase{M} margin{M} tax{M} rate rules}}}}}}}}"""
TOLD = """mutation($i: AttachUnitInput!){attachUnit(input: $i){
  __typename ... on Problem{code} ... on MarginNotEligible{reason}
  ... on OrderLineChanged{warnings line{marginTax{complete missing}}}}}"""
SHIPPED = """mutation($i: ShipOrderInput!){shipOrder(input: $i){
  __typename ... on Problem{code} ... on MarginEvidenceMissing{missing}}}"""
REFUND = """mutation($i: RefundOrderLineInput!){refundOrderLine(input: $i){
  __typename ... on Problem{code}}}"""


@pytest.fixture(autouse=True)
def providers() -> Iterator[None]:
    before, made = tills(), FakeTill()
    install({made.name: made})
    yield
    install(before)
    tax.install(None)


@pytest.fixture
async def item(db: None) -> Item:
    await lawful()
    found: Item = (await factories.world(1, 1))[0]
    await execute("INSERT INTO category_unit VALUES ('smartphone', 'IMEI', true, 'test')")
    return found


@dataclass
class Shop:
    """A merchant with one offer, and somebody who has a cart with it."""

    owner: Merchant
    buyer: Buyer
    offer: UUID

    async def preview(self) -> Json:
        return await self.buyer.ask(PREVIEW)

    async def buys(self) -> Json:
        """The purchase's only order, as its customer reads it."""
        done = await self.buyer.buy()
        assert done.get("purchase"), done
        self.order = done["purchase"]["orders"][0]["id"]
        return await self.seen()

    async def seen(self) -> Json:
        found: Json = (await data(SEEN, self.buyer.caller, id=self.order))["order"]
        return found

    async def own(self) -> Json:
        found: Json = (await data(OWN, merchant_key(self.owner), id=self.order))["order"]
        return found["lines"][0]  # type: ignore[no-any-return]

    async def line(self) -> UUID:
        found: UUID = await fetchval("SELECT id FROM order_line")
        return found

    async def attach(self, query: str = ATTACH, **acquisition: Any) -> Json:
        """Accept the line and say which device it is."""
        caller, line_id = merchant_key(self.owner), await self.line()
        if await fetchval("SELECT accepted_at FROM order_line") is None:
            [each] = (await data(SEEN, self.buyer.caller, id=self.order))["order"]["lines"]
            await ask(ACCEPT, caller, lines=[each["id"]])
        more = {"acquisition": acquisition} if acquisition else {}
        now = await fetchval("SELECT now()")
        return await ask(query, caller, **device(line_id, now, replace=True, **more))

    async def ship(self, query: str = SHIP) -> Json:
        line_id = (await self.seen())["lines"][0]["id"]
        return await ask(
            query, merchant_key(self.owner), order=self.order, lines=[line_id],
            carrier="LA_POSTE", trackingNumber="6A 9990 0000 017",
        )  # fmt: skip


async def _shop(
    item: Item,
    price: str,
    scheme: str = "standard",
    *,
    away: str = "FR",
    to: str = "FR",
    shipping: int = 0,
    oss: bool | None = None,
    **address: str,
) -> Shop:
    """A merchant of a country, and a consumer of another with its offer in a cart."""
    owner = await factories.merchant(
        "amber", country=away, markets=(to,), shipping_minor=shipping, oss=oss
    )
    currency = await fetchval("SELECT currency FROM market WHERE code = $1", to)
    row = line(item, "SKU-0", price, vat_scheme=scheme, quantity=5, currency=currency)
    await factories.run(await factories.feed(owner), [row])
    offer = (await factories.of_sku(owner, "SKU-0"))["id"]
    total = await fetchval(
        "SELECT (landed_minor / 100.0)::numeric(12, 2)::text FROM offer_market WHERE offer_id = $1",
        offer,
    )
    buyer = Buyer(await customer())
    await buyer.make(to)
    added = await buyer.add(offer, total)
    assert added["__typename"] == "CartUpdated", added
    await buyer.send_to(**({"country": to} | address))
    return Shop(owner, buyer, offer)


def _bought(price: str, **more: Any) -> dict[str, Any]:
    return {
        "price": price, "currency": "EUR", "document": "PV-1", "supplier": "PERSON",
        "boughtOn": "2026-06-01", "country": "FR",
    } | more  # fmt: skip


NORMAL = {
    "1": ({"price": "299.00"}, ("FR", "20", "249.17", "49.83")),
    "13 above": ({"price": "349.00", "to": "DE", "oss": True}, ("DE", "19", "293.28", "55.72")),
    "13 below": ({"price": "349.00", "to": "DE", "oss": False}, ("FR", "20", "290.83", "58.17")),
}


@pytest.mark.parametrize("case", NORMAL)
async def test_a_normal_line_shows_the_rate_the_net_and_the_tax(item: Item, case: str) -> None:
    given, (country, rate, net, vat) = NORMAL[case]
    shop = await _shop(item, **given)

    seen = await shop.preview()
    order = await shop.buys()

    shown = order["lines"][0]["tax"]
    assert (shown["scheme"], shown["country"], shown["rate"]) == ("NORMAL", country, rate)
    assert (shown["net"], shown["tax"]) == ({"amount": net}, {"amount": vat})
    assert seen["ready"]
    assert order["total"] == {"amount": seen["totals"]["total"]["amount"]}
    assert order["items"] == {"amount": given["price"]}
    assert order["invoice"] == {"__typename": "InvoiceNotReady", "reason": "NOT_SHIPPED"}
    await shop.attach()
    assert "shipmentId" in await shop.ship()
    invoice = (await shop.seen())["invoice"]
    assert invoice["summary"] == [
        {"country": country, "rate": rate, "net": {"amount": net}, "tax": {"amount": vat}}
    ]
    assert (invoice["tax"], invoice["lines"][0]["rate"]) == ({"amount": vat}, rate)
    assert (invoice["issuedBy"], invoice["seller"]["name"]) == ("MERCHANT", "amber")


MARGIN = {
    "2": ({"price": "299.00"}, "180.00", ("119.00", "19.83")),
    "4": ({"price": "299.00", "shipping": 490}, "180.00", ("123.90", "20.65")),
    "6": ({"price": "349.99", "away": "DE", "to": "DE"}, "210.00", ("139.99", "22.35")),
    "13": ({"price": "349.00", "to": "DE"}, "249.00", ("100.00", "16.67")),
}


@pytest.mark.parametrize("case", MARGIN)
async def test_a_margin_is_taxed_once_its_device_is_known_and_the_buyer_sees_none_of_it(
    item: Item, case: str
) -> None:
    given, bought, (margin, vat) = MARGIN[case]
    shop = await _shop(item, scheme="margin", **given)
    await shop.buys()
    open_ = (await shop.own())["marginTax"]

    await shop.attach(**_bought(bought))
    assert "shipmentId" in await shop.ship()

    own = (await shop.own())["marginTax"]
    assert (open_["complete"], open_["tax"]) == (False, None)
    assert (own["complete"], own["margin"], own["tax"], own["purchase"]) == (
        True, {"amount": margin}, {"amount": vat}, {"amount": bought},
    )  # fmt: skip
    order = await shop.seen()
    shown, invoice = order["lines"][0]["tax"], order["invoice"]
    assert (shown["scheme"], shown["tax"], shown["net"], shown["rate"]) == (
        "MARGIN", None, None, None,
    )  # fmt: skip
    assert shown["words"] == [WORDS] == invoice["words"]
    assert (invoice["tax"], invoice["summary"]) == (None, [])
    parts = order["priceParts"]
    assert (parts["net"], parts["tax"], parts["gross"]) == (None, None, order["total"])
    assert "TAX" not in {each["kind"] for each in parts["parts"]}
    everything = orjson.dumps(order).decode()
    assert not [each for each in (bought, margin, vat) if each in everything]
    assert bought.replace(".", "") not in everything


async def test_a_refund_is_computed_again_with_what_stays_paid(item: Item) -> None:
    shop = await _shop(item, "299.00", "margin")
    await shop.buys()
    await shop.attach(**_bought("180.00"))
    await shop.ship()

    await execute("UPDATE order_line SET refunded_minor = 5000")

    credit = (await shop.seen())["lines"][0]["taxCredit"]
    assert (credit["refunded"], credit["tax"]) == ({"amount": "50.00"}, None)
    assert credit["left"]["gross"] == {"amount": "249.00"}
    assert (await shop.own())["marginTax"]["tax"] == {"amount": "11.50"}


async def test_a_margin_line_leaves_with_its_evidence_and_never_with_an_import(item: Item) -> None:
    shop = await _shop(item, "299.00", "margin")
    await shop.buys()

    bare = await shop.attach(TOLD)
    half = await shop.attach(TOLD, **_bought("180.00", boughtOn=None, country=None))
    stays = await shop.ship(SHIPPED)
    imported = await shop.attach(TOLD, **_bought("180.00", imported=True))
    taxed = await shop.attach(TOLD, **_bought("180.00", supplier="VAT_BUSINESS"))
    whole = await shop.attach(TOLD, **_bought("180.00"))
    leaves = await shop.ship(SHIPPED)

    assert bare["line"]["marginTax"] == {"complete": False, "missing": ["acquisition"]}
    assert half["warnings"] == ["MARGIN_EVIDENCE_MISSING"]
    assert half["line"]["marginTax"]["missing"] == ["boughtOn", "country"] == stays["missing"]
    assert stays["code"] == "MARGIN_EVIDENCE_MISSING"
    assert (imported["code"], imported["reason"]) == ("NOT_ELIGIBLE", "IMPORTED")
    assert (taxed["code"], taxed["reason"]) == ("NOT_ELIGIBLE", "VAT_INVOICE")
    assert (whole["warnings"], leaves["__typename"]) == ([], "OrderShipped")


async def test_the_platform_sells_a_small_import_and_owes_its_tax(item: Item) -> None:
    shop = await _shop(item, "180.00", away="GB")

    order = await shop.buys()

    shown = order["lines"][0]["tax"]
    assert (shown["scheme"], shown["collectedBy"]) == ("DEEMED", "PLATFORM")
    assert (shown["tax"], shown["gross"]) == ({"amount": "30.00"}, {"amount": "180.00"})
    assert await _ledger() == {"COLLECTED_TAXES": -3000, "MERCHANT_HELD": -15000,
                               "SERVICE_FEES": -149, "CLEARING": 18149}  # fmt: skip


async def _ledger() -> dict[str, int]:
    rows = await fetch(
        "SELECT account, sum(amount_minor)::int AS minor FROM ledger_posting GROUP BY 1"
    )
    return {row["account"]: row["minor"] for row in rows}


async def test_a_larger_import_is_not_sold(item: Item) -> None:
    shop = await _shop(item, "180.01", away="GB")

    [problem] = (await shop.preview())["problems"]

    assert problem["code"] == "IMPORT_VAT_AT_BORDER" == (await shop.buyer.buy())["code"]


async def test_without_rules_nothing_is_sold_and_nothing_guessed(item: Item) -> None:
    shop = await _shop(item, "299.00")
    allow(STRICT)
    strict = await shop.buyer.buy()
    await execute(
        "UPDATE rule SET withdrawn_at = clock_timestamp() WHERE kind = 'vat.standard_rate'"
    )
    allow(LENIENT)
    missing = await shop.buyer.buy()

    assert strict["code"] == "RULE_UNVERIFIED"
    assert missing["code"] == "RULE_MISSING"
    assert await fetchval("SELECT count(*) FROM purchase") == 0


class Away:
    """A tax provider that does not answer, and says when it was asked."""

    name = "away"

    def __init__(self) -> None:
        self.asked = 0

    async def quote(self, question: Any) -> Any:
        self.asked += 1
        raise NoSalesTax("away", later=True)


async def _american(item: Item) -> Shop:
    await execute("UPDATE market SET countries = '{FR,US}' WHERE code = 'FR'")
    return await _shop(item, "200.00", country="US", region="US-CA", postalCode="94103")


async def test_a_sales_tax_is_previewed_charged_and_owed_alike(item: Item) -> None:
    shop = await _american(item)
    tax.install(Simulator())

    seen = await shop.preview()
    order = await shop.buys()

    shown = order["lines"][0]["tax"]
    amount = shown["tax"]["amount"]
    parts = [int(part["amount"]["amount"].replace(".", "")) for part in shown["salesTax"]]
    minor = sum(parts)
    assert minor > 0
    assert amount.replace(".", "") == str(minor)
    assert seen["orders"][0]["lines"][0]["tax"]["words"][0] == "SALES_TAX_ADDED"
    assert seen["totals"]["total"]["amount"] == order["total"]["amount"]
    assert order["duties"] == {"amount": amount}
    assert order["items"] == {"amount": "200.00"}
    assert (await _ledger())["COLLECTED_TAXES"] == -minor
    assert await fetchval("SELECT amount_minor FROM payment") == 20149 + minor


async def test_a_provider_that_is_away_is_told_and_another_try_with_the_key_buys(
    item: Item,
) -> None:
    shop, away = await _american(item), Away()
    required = (await shop.preview())["problems"][0]["code"]
    tax.install(away)

    refused = await shop.buyer.buy(k="once")
    held = await fetchval("SELECT count(*) FROM reservation")
    tax.install(Simulator())
    bought = await shop.buyer.ask(BUY, method="ok", k="once")

    assert required == "TAX_PROVIDER_REQUIRED"
    assert (refused["code"], refused["country"]) == ("TAX_PROVIDER_UNAVAILABLE", "US")
    assert (held, away.asked) == (0, 1)
    assert bought["purchase"]["state"] == "PAID"
