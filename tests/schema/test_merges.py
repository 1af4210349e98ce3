"""Two of the catalogue that are the same thing become one, and old ids and slugs lead to it."""

from typing import Any

import pytest

from boucle.demo import REFERENCE
from domain.accounts.roles import Role
from domain.offers.lines import FeedMode
from models.base import fetch, fetchval, transaction
from models.catalog import Product, VariantGtin
from models.jobs import Job
from models.merchants import Merchant
from models.offers import check
from models.seed import load_reference
from resolvers.context import Caller
from schema.common import global_id
from tests import factories, orders, trade_in
from tests.checkout import PREVIEW, with_cart
from tests.factories import Item, line
from tests.identity import at_home, person
from tests.jobs import work
from tests.rules import lawful
from tests.schema.asking import Json, data, refusal
from tests.schema.shop import searchable, sell

MERGE = """mutation($input: MergeInput!){{{kind}(input: $input){{
  __typename ... on CatalogueMerging{{from into}} ... on MergeRefused{{code why}}}}}}"""
LISTING = """query($slug: String, $variant: ID, $gtin: String){
  listing(market: "FR", slug: $slug, variantId: $variant, gtin: $gtin){
    product{slug} variant{slug} offerCount merchantCount}}"""
PRODUCT = "query($slug: String!){product(slug: $slug){slug variants{slug}}}"
NODE = "query($id: ID!){node(id: $id){id ... on Variant{slug} ... on Product{slug}}}"
SEARCH = """query($term: String!){search(market: "FR", term: $term){
  edges{node{offerCount merchantCount product{slug}}} facets{key values{value count}}}}"""


@pytest.fixture(autouse=True)
def home():
    with at_home() as made:
        yield made


@pytest.fixture
async def items(db: None) -> list[Item]:
    """Two products of two variants, all sold by amber, the first of each by birch."""
    await lawful()
    found = await factories.world(2, 2)
    amber, birch = await factories.merchant("amber"), await factories.merchant("birch")
    await sell(amber, [line(item, f"A{n}", f"{200 + n}.00") for n, item in enumerate(found)])
    await sell(birch, [line(found[0], "B0"), line(found[2], "B2")])
    await searchable()
    return found


async def moderator(*markets: str) -> Caller:
    return await person(Role.STAFF_MODERATION, markets=set(markets) or None)


async def merged(
    kind: str, old: Any, new: Any, caller: Caller | None = None, key: str = "k"
) -> Json:
    """The answer of a merge, after the job has run; everything in line."""
    of = kind.removeprefix("merge").removesuffix("s")
    given = {"from": str(global_id(of, old)), "into": str(global_id(of, new))}
    asked = {**given, "idempotencyKey": key}
    found = await data(MERGE.format(kind=kind), await moderator(), input=asked)
    await work(Job.MERGE_CATALOGUE, Job.RESOLVE_PRODUCTS)
    async with transaction() as raw:
        assert (await check.differences(raw)).total == 0
    return found[kind]


async def listed(**named: str) -> Json:
    found: Json = (await data(LISTING, **named))["listing"]
    return found


async def test_a_merged_variant_leads_to_the_other_with_offers_numbers_and_addresses(
    items: list[Item],
) -> None:
    old, new = items[0], items[2]

    told = await merged("mergeVariants", old.variant_id, new.variant_id)
    assert told["into"] == str(global_id("Variant", new.variant_id))

    there = {"product": {"slug": "calder-1"}, "variant": {"slug": "calder-2-black"}}
    for named in (
        {"slug": "calder-0-black"}, {"variant": str(old.variant_id)}, {"gtin": old.gtin},
        {"slug": "calder-2-black"},
    ):  # fmt: skip
        found = await listed(**named)
        assert {k: found[k] for k in there} == there, named
        assert (found["offerCount"], found["merchantCount"]) == (5, 2)
    left = await listed(slug="calder-0")
    assert (left["variant"]["slug"], left["offerCount"]) == ("calder-1-white", 1)
    node = await data(NODE, id=str(global_id("Variant", old.variant_id)))
    assert node["node"] == {
        "id": str(global_id("Variant", new.variant_id)), "slug": "calder-2-black",
    }  # fmt: skip
    assert await fetchval("SELECT count(*) FROM search_document") == 3
    log = await fetch("SELECT action, object_id FROM audit_log")
    assert [tuple(row) for row in log] == [("mergeVariants", old.variant_id)]


async def test_bids_for_a_merged_variant_are_for_the_other_one_each_merchants_once(
    items: list[Item],
) -> None:
    old, new = items[0], items[2]
    amber, birch = await Merchant.all().order_by("slug")
    who = (await trade_in.customer()).user_id
    assert who is not None
    for item, minor in ((old, 10_00), (new, 20_00)):
        await trade_in.bid(amber, item, minor)
    await trade_in.bid(birch, old, 30_00)
    await trade_in.quote_of(old, amber, who)

    await merged("mergeVariants", old.variant_id, new.variant_id)

    found = await fetch("SELECT variant_id, amount_minor FROM trade_in_bid ORDER BY 2")
    assert [tuple(row) for row in found] == [(new.variant_id, 20_00), (new.variant_id, 30_00)]
    assert await fetchval("SELECT variant_id FROM trade_in_quote") == new.variant_id


async def test_a_product_without_variants_leads_where_its_last_one_went(items: list[Item]) -> None:
    await merged("mergeVariants", items[0].variant_id, items[2].variant_id, key="1")
    await merged("mergeVariants", items[1].variant_id, items[3].variant_id, key="2")

    assert (await data(PRODUCT, slug="calder-0"))["product"]["slug"] == "calder-1"
    assert (await listed(slug="calder-0"))["offerCount"] == 6
    assert await fetchval("SELECT count(*) FROM product_market") == 1


async def test_a_merged_product_brings_its_variants_and_equal_ones_become_one(
    items: list[Item],
) -> None:
    product = await Product.get(id=items[2].product_id)
    extra = await factories.variant(product, 9, "red")
    await sell(await factories.merchant("cedar"), [line(extra, "R")])
    red = extra.variant_id

    await merged("mergeProducts", items[2].product_id, items[0].product_id)

    found = (await data(PRODUCT, slug="calder-1"))["product"]
    assert found == {
        "slug": "calder-0",
        "variants": [{"slug": s} for s in ("calder-0-black", "calder-1-white", "calder-9-red")],
    }
    assert (await listed(slug="calder-1"))["offerCount"] == 7
    assert (await listed(slug="calder-2-black"))["variant"]["slug"] == "calder-0-black"
    assert (await listed(variant=str(red)))["variant"]["slug"] == "calder-9-red"
    (hit,) = (await data(SEARCH, term="calder red"))["search"]["edges"]
    assert hit["node"]["product"]["slug"] == "calder-0"
    facets = (await data(SEARCH, term="calder"))["search"]["facets"]
    colours = next(f["values"] for f in facets if f["key"] == "color")
    assert {c["value"]: c["count"] for c in colours} == {"black": 1, "white": 1, "red": 1}


async def test_what_was_bought_or_is_about_to_be_follows_a_merge(items: list[Item]) -> None:
    old, new = items[0], items[1]
    offer = await fetchval("SELECT id FROM offer WHERE sku = 'A0'")
    buyer = await with_cart({offer: "201.49"})
    await orders.bought(await Merchant.get(slug="amber"), old)

    await merged("mergeVariants", old.variant_id, new.variant_id)

    for table in ("order_line", "cart_line"):
        assert await fetchval(f"SELECT variant_id FROM {table}") == new.variant_id
    assert (await buyer.ask(PREVIEW))["ready"]


async def test_what_was_merged_twice_leads_to_the_last(items: list[Item]) -> None:
    await merged("mergeVariants", items[0].variant_id, items[1].variant_id, key="1")
    await merged("mergeVariants", items[1].variant_id, items[2].variant_id, key="2")

    assert (await listed(slug="calder-0-black"))["variant"]["slug"] == "calder-2-black"


async def test_lines_that_name_a_merged_variant_mean_the_other(items: list[Item]) -> None:
    old, new = items[0], items[2]
    await merged("mergeVariants", old.variant_id, new.variant_id)
    owner = await factories.merchant("cedar")
    named = {"product_id": str(old.variant_id), "gtin": ""}

    done = await factories.run(
        await factories.feed(owner, FeedMode.DELTA), [line(old, "C") | named]
    )

    assert done.created == 1
    assert (await factories.of_sku(owner, "C"))["variant_id"] == new.variant_id
    again = await factories.run(await factories.feed(owner, name="x"), [line(old, "C") | named])
    assert again.unchanged == 1


async def test_words_are_counted_as_if_the_index_had_been_written_anew(items: list[Item]) -> None:
    await merged("mergeVariants", items[0].variant_id, items[2].variant_id)
    words = "SELECT word, documents FROM search_word ORDER BY word"
    before = [tuple(row) for row in await fetch(words)]

    await searchable()

    assert [tuple(row) for row in await fetch(words)] == before


async def test_what_is_not_the_same_is_not_made_one(items: list[Item]) -> None:
    one = items[0].variant_id

    assert (await merged("mergeVariants", one, one, key="1"))["why"] == "SAME"
    told = await merged("mergeVariants", one, factories.some_id(), key="2")
    assert (told["code"], told["why"]) == ("MERGE_REFUSED", "NOT_FOUND")
    assert await VariantGtin.filter(variant_id=one).count() == 1


async def test_staff_of_some_markets_do_not_change_the_catalogue_of_all(items: list[Item]) -> None:
    ids = [str(global_id("Variant", items[n].variant_id)) for n in (0, 1)]
    given = {"from": ids[0], "into": ids[1], "idempotencyKey": "k"}

    told = await refusal(MERGE.format(kind="mergeVariants"), await moderator("FR"), input=given)

    assert told["reason"] == "MARKET_NOT_GRANTED"


async def test_loading_the_reference_again_brings_back_nothing_that_was_merged(db: None) -> None:
    await load_reference(REFERENCE)
    old, new = await fetch(
        "SELECT v.id, v.slug, g.gtin FROM variant v JOIN variant_gtin g ON g.variant_id = v.id "
        "JOIN product p ON p.id = v.product_id JOIN category c ON c.id = p.category_id "
        "WHERE c.code = 'smartphone' ORDER BY v.slug LIMIT 2"
    )
    count = "SELECT count(*) FROM variant"
    before = await fetchval(count)
    await merged("mergeVariants", old["id"], new["id"])

    await load_reference(REFERENCE)

    assert await fetchval(count) == before - 1
    found = "SELECT variant_id FROM variant_gtin WHERE gtin = $1"
    assert await fetchval(found, old["gtin"]) == new["id"]
    node = (await data(NODE, id=str(global_id("Variant", old["id"]))))["node"]
    assert node["slug"] == new["slug"]
