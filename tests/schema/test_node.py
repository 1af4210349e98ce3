"""`node(id)`: any object again, by its id alone."""

import base64
from pathlib import Path

import pytest

from domain.accounts.roles import CallerKind
from domain.aftersales import CaseType, OpenedBy
from domain.partners.bulk import BulkKind
from models.aftersales import open_case
from models.base import fetchval
from models.catalog import Product
from models.markets import Market
from models.offers import previews, proposals
from models.partners import bulk, deliveries
from resolvers.context import Caller
from schema.common import global_id
from tests import devices, factories, orders, tenants, webhooks
from tests.boucle.edge import key
from tests.factories import NOW, line
from tests.rules import lawful
from tests.schema import shop
from tests.schema.asking import data, key_of, refusal

CASE = "SELECT id FROM after_sales_case LIMIT 1"
NODE = """query($id: ID!){node(id: $id){__typename id ... on Market{code}
  ... on Product{slug} ... on Variant{slug} ... on Offer{grade market delivery{days latest}}
  ... on FeedRun{state}}}"""
READS = (
    *("cases:read", "feeds:read", "keys:read", "offers:read", "orders:read", "shipments:read"),
    *("finance:read", "lots:read", "quality:read", "trade_in:read", "webhooks:read"),
)
ANYBODY = "query($id: ID!){node(id: $id){__typename id ... on Offer{grade}}}"

HOOKS = {"WebhookEndpoint", "WebhookDelivery"}
FEEDS = {"Feed", "FeedRun", "FeedPreview"}
OTHERS = {"ApiKey", "BulkOperation", "ProductProposal"}
SALES = {"Order", "OrderLine", "Shipment", "Case"}
BOUGHT = {"Purchase"}
OF_COMPANIES = {"Organisation", "Site", "Member", "Approval"}
KINDS = {"Market", "Product", "Variant", "Offer"} | FEEDS | HOOKS | OTHERS | SALES | BOUGHT
OF_FLEETS = {"Fleet", "FleetImport", "Asset"}
OF_LOTS = {"Lot", "LotBid"}
OF_DUTIES = {"Decision", "PeriodReport"}
OF_DEVICES = {"Unit", "Certificate", "Attachment", "TradeIn"}
KINDS |= OF_COMPANIES | OF_FLEETS | OF_LOTS | OF_DEVICES | OF_DUTIES


async def test_each_type_is_read_again_by_its_id(db: None) -> None:
    (item,) = await factories.world(1, 1)
    owner = await factories.merchant()
    await shop.sell(owner, [line(item, "A")])
    feed = await factories.feed(owner, name="more")
    run = await factories.queued(feed)
    preview = await previews.ask(feed, factories.some_id())
    hook = await webhooks.endpoint(owner.id, "https://hooks.example.com/")
    wanted = proposals.Proposed("P", None, "P", "Calder", "C", None, None, {})
    of = await orders.bought(owner, item)
    await open_case(of.lines, CaseType.FAULT, OpenedBy.CUSTOMER)
    asked = bulk.New(owner.id, BulkKind.QUERY, "{a}", {}, {}, ["feeds:read"], "p", None)
    market, product = await Market.get(code="FR"), await Product.get(slug="calder-0")
    rows = {
        "Market": market.id, "Product": product.id, "Variant": item.variant_id,
        "Offer": await shop.offer_id("A"), "Feed": feed.id, "FeedRun": run.id,
        "ApiKey": (await key(owner.id))[1].id, "FeedPreview": preview.id,
        "WebhookEndpoint": hook, "WebhookDelivery": await deliveries.add_test(owner.id, hook),
        "ProductProposal": await proposals.propose(owner.id, ["FR"], wanted, "Europe/Paris", NOW),
        "BulkOperation": await bulk.add(asked),
        "Order": of.order_id, "OrderLine": of.lines[0], "Shipment": await orders.parcel(of),
        "Case": await fetchval(CASE),
    }  # fmt: skip

    alone = OF_COMPANIES | OF_FLEETS | OF_LOTS | OF_DEVICES | OF_DUTIES
    assert rows.keys() == KINDS - BOUGHT - alone
    for kind, row in rows.items():
        given = str(global_id(kind, row))
        found = (await data(NODE, key_of(owner, *READS), id=given))["node"]
        assert (found["__typename"], found["id"]) == (kind, given)
    buyer = Caller(kind=CallerKind.CUSTOMER, user_id=of.customer_id)
    given = str(global_id("Purchase", of.purchase_id))
    assert (await data(ANYBODY, buyer, id=given))["node"]["__typename"] == "Purchase"


async def test_what_is_a_company_s_is_read_again_by_its_members(db: None) -> None:
    (item,) = await factories.world(1, 1)
    cobalt = await tenants.full_company("cobalt", item)
    tables = {"Site": "organisation_site", "Member": "organisation_member", "Approval": "approval"}
    found = {kind: await fetchval(f"SELECT id FROM {t} LIMIT 1") for kind, t in tables.items()}
    found["Organisation"] = cobalt.id
    for kind, table in {"Fleet": "fleet", "FleetImport": "fleet_import", "Asset": "asset"}.items():
        found[kind] = await fetchval(f"SELECT id FROM {table} LIMIT 1")

    assert found.keys() == OF_COMPANIES | OF_FLEETS
    for kind, row in found.items():
        given = str(global_id(kind, row))
        node = (await data(ANYBODY, cobalt.auditor, id=given))["node"]
        assert (node["__typename"], node["id"]) == (kind, given)


async def test_what_a_merchant_has_of_devices_is_read_again_by_it(db: None, tmp_path: Path) -> None:
    items = await factories.world(2, 1)
    owner = await tenants.shop("amber", items, tmp_path)
    await lawful()
    tables = {
        "Lot": "lot", "LotBid": "lot_bid", "Certificate": "certificate",
        "Attachment": "attachment", "TradeIn": "trade_in_order",
        "Decision": "decision", "PeriodReport": "period_report",
    }  # fmt: skip
    found = {kind: await fetchval(f"SELECT id FROM {t} LIMIT 1") for kind, t in tables.items()}
    [found["Unit"]] = await devices.in_stock(owner.id, items[0].variant_id)

    assert found.keys() == OF_LOTS | OF_DEVICES | OF_DUTIES
    for kind, row in found.items():
        given = str(global_id(kind, row))
        node = (await data(ANYBODY, key_of(owner.merchant, *READS), id=given))["node"]
        assert (node["__typename"], node["id"]) == (kind, given)


async def test_every_type_that_has_an_id_has_a_test_here() -> None:
    query = '{__type(name: "Node"){possibleTypes{name}}}'
    found = {each["name"] for each in (await data(query))["__type"]["possibleTypes"]}

    assert found == KINDS


@pytest.mark.parametrize("kind", sorted(KINDS))
async def test_an_id_that_names_nothing_or_something_of_another_type_is_null(
    db: None, kind: str
) -> None:
    (item,) = await factories.world(1, 1)
    owner = key_of(await factories.merchant(), *READS)
    if kind in BOUGHT:
        owner = Caller(kind=CallerKind.CUSTOMER, user_id=await orders.customer())
    if kind in OF_COMPANIES | OF_FLEETS:
        owner = (await tenants.company("cobalt")).auditor
    wrong = item.variant_id if kind != "Variant" else item.product_id

    for row in (factories.some_id(), wrong):
        query = ANYBODY if kind in BOUGHT | OF_COMPANIES | OF_FLEETS else NODE
        assert await data(query, owner, id=str(global_id(kind, row))) == {"node": None}


async def test_the_run_of_another_merchant_is_null_and_needs_a_key(db: None) -> None:
    one, two = await factories.merchant("one"), await factories.merchant("two")
    feed = await factories.feed(one)
    run = str(global_id("FeedRun", (await factories.queued(feed)).id))

    assert await data(NODE, key_of(two, "feeds:read"), id=run) == {"node": None}
    assert (await refusal(NODE, id=run))["code"] == "UNAUTHENTICATED"
    assert (await refusal(NODE, key_of(one), id=run))["reason"] == "SCOPE_NOT_GRANTED"
    own = str(global_id("Feed", feed.id))
    assert (await data(NODE, key_of(one, "feeds:read"), id=own))["node"]["id"] == own
    assert await data(NODE, key_of(two, "feeds:read"), id=own) == {"node": None}


async def test_an_offer_that_cannot_be_bought_is_null(db: None) -> None:
    (item,) = await factories.world(1, 1)
    await shop.sell(await factories.merchant(), [line(item, "A", quantity=0)])
    given = str(global_id("Offer", await shop.offer_id("A")))

    assert await data(ANYBODY, id=given) == {"node": None}


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "given",
    ["", "x", "é", "\0", "\ud800", "A" * 10_000, _encoded("Market"), _encoded("Market:"),
     _encoded("Market:x"), _encoded("Market:\0"), _encoded(":"), _encoded("a:b:c"),
     _encoded("Query:01890000-0000-7000-8000-000000000001"),
     _encoded("Money:01890000-0000-7000-8000-000000000001"),
     "01890000-0000-7000-8000-000000000001"],
    ids=range(15),
)  # fmt: skip
async def test_an_id_that_is_none_of_ours_is_bad_input(db: None, given: str) -> None:
    found = await refusal(ANYBODY, id=given)

    assert (found["code"], found["argument"]) == ("BAD_USER_INPUT", "id")
