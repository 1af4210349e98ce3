"""Finding a device, as journey C1 reads it."""

from typing import Any

import pytest

from models.base import execute
from models.catalog import Attribute, Product, Variant, VariantGtin
from tests import factories
from tests.factories import Item, line
from tests.schema import shop
from tests.schema.asking import data, refusal

SEARCH = """query($market: String!, $term: String, $filters: SearchFilters, $sort: SearchSort!,
    $first: Int!, $after: String, $locale: String!){
  search(market: $market, term: $term, filters: $filters, sort: $sort, first: $first,
      after: $after, locale: $locale){
    totalCount didYouMean facets{key values{value label count selected}}
    pageInfo{hasNextPage hasPreviousPage startCursor endCursor}
    edges{cursor node{offerCount merchantCount priceRange{min{amount} max{amount}}
      featuredOffer{offerId total{amount} grade deliveryDays} product{slug} variant{slug}}}}}"""
USUAL = {
    "market": "FR", "term": None, "filters": None, "sort": "RELEVANCE", "first": 24,
    "after": None, "locale": "en",
}  # fmt: skip
Json = dict[str, Any]


async def search(term: str | None = None, **more: Any) -> Json:
    found: Json = (await data(SEARCH, **(USUAL | {"term": term} | more)))["search"]
    return found


async def refused(**more: Any) -> Json:
    return await refusal(SEARCH, **(USUAL | more))


def slugs(found: Json) -> list[str]:
    return [edge["node"]["product"]["slug"] for edge in found["edges"]]


def counts(found: Json, key: str) -> dict[str, int]:
    (facet,) = [facet for facet in found["facets"] if facet["key"] == key] or [{"values": []}]
    return {each["value"]: each["count"] for each in facet["values"]}


def attribute(key: str, *values: str) -> Json:
    return {"key": key, "values": list(values)}


async def phone(product: Product, number: int, color: str, storage: int) -> Item:
    row = await Variant.create(
        slug=f"phone-{number}", product=product, source=factories.SOURCE,
        attributes={"color": color, "storage_gb": storage},
    )  # fmt: skip
    gtin = factories.gtin(500 + number)
    await VariantGtin.create(gtin=gtin.rjust(14, "0"), variant_id=row.id)
    return Item(row.id, product.id, gtin, product.model)


@pytest.fixture
async def phones(db: None) -> list[Item]:
    """One product: a blue one of 64 GB and a black one of 128 GB; storage is a facet."""
    await factories.world(1, 0)
    await Attribute.create(
        category="smartphone", key="storage_gb", type="INTEGER", facet=True, name_en="Storage",
        name_fr="Stockage", source=factories.SOURCE,
    )  # fmt: skip
    product = await Product.get(slug="calder-0")
    found = [await phone(product, 1, "blue", 64), await phone(product, 2, "black", 128)]
    owner = await factories.merchant()
    await shop.sell(owner, [line(found[0], "BLUE", "210.00"), line(found[1], "BLACK", "310.00")])
    await shop.searchable()
    return found


async def test_two_attributes_hold_in_one_variant(phones: list[Item]) -> None:
    blue, large = attribute("color", "blue"), attribute("storage_gb", "128")

    assert (await search(filters={"attributes": [blue, large]}))["totalCount"] == 0
    for alone, slug in ((blue, "phone-1"), (large, "phone-2")):
        found = await search(filters={"attributes": [alone]})
        assert found["totalCount"] == 1
        assert found["edges"][0]["node"]["variant"] == {"slug": slug}
        assert found["edges"][0]["node"]["offerCount"] == 1


async def test_term_and_attributes_hold_in_one_variant(phones: list[Item]) -> None:
    blue = {"attributes": [attribute("color", "blue")]}

    assert (await search("128 go", filters=blue))["totalCount"] == 0
    assert (await search("64 go", filters=blue))["totalCount"] == 1
    assert (await search("blue 128"))["totalCount"] == 0


async def test_price_and_delivery_hold_in_one_offer(db: None) -> None:
    (item,) = await factories.world(1, 1)
    slow = await factories.merchant("slow", delay_hours=240)
    fast = await factories.merchant("fast", delay_hours=24)
    await shop.sell(slow, [line(item, "CHEAP", "100.00", handling_hours=0)])
    await shop.sell(fast, [line(item, "DEAR", "300.00", handling_hours=0)])
    await shop.searchable()
    cheap, soon = {"price": {"max": "150"}}, {"deliveryDays": 2}

    assert (await search(filters=cheap | soon))["totalCount"] == 0
    assert (await search(filters=cheap | soon))["facets"] == []
    for alone, total in ((cheap, "101.49"), (soon, "301.49")):
        (edge,) = (await search(filters=alone))["edges"]
        node = edge["node"]
        assert (node["offerCount"], node["merchantCount"]) == (1, 1)
        assert node["priceRange"] == {"min": {"amount": total}, "max": {"amount": total}}
        assert node["featuredOffer"]["total"] == {"amount": total}


async def test_grade_and_price_hold_in_one_offer(db: None) -> None:
    (item,) = await factories.world(1, 1)
    rows = [line(item, "A", "100.00", grade="fair"), line(item, "B", "300.00", grade="premium")]
    await shop.sell(await factories.merchant(), rows)
    await shop.searchable()

    found = await search(filters={"grade": ["PREMIUM"], "price": {"max": "150"}})

    assert found["totalCount"] == 0
    assert counts(found, "grade") == {"FAIR": 1}


async def test_a_result_sums_up_the_offers_that_match(db: None) -> None:
    items = await factories.world(1, 2)
    one, two = await factories.merchant("one"), await factories.merchant("two")
    await shop.sell(one, [line(items[0], "A", "200.00"), line(items[1], "B", "400.00")])
    await shop.sell(two, [line(items[0], "C", "300.00", grade="fair")])
    await shop.searchable()

    (whole,) = (await search())["edges"]
    (some,) = (await search(filters={"price": {"min": "250", "max": "450"}}))["edges"]
    (black,) = (await search(filters={"attributes": [attribute("color", "black")]}))["edges"]

    assert _summed(whole["node"]) == (3, 2, "201.49", "401.49")
    assert _summed(some["node"]) == (2, 2, "301.49", "401.49")
    assert _summed(black["node"]) == (2, 2, "201.49", "301.49")


def _summed(node: Json) -> tuple[int, int, str, str]:
    low, high = (node["priceRange"][end]["amount"] for end in ("min", "max"))
    return node["offerCount"], node["merchantCount"], low, high


async def test_each_facet_counts_without_its_own_selection(phones: list[Item]) -> None:
    found = await search(filters={"attributes": [attribute("color", "blue")], "grade": ["GOOD"]})

    assert counts(found, "color") == {"blue": 1, "black": 1}
    assert counts(found, "storage_gb") == {"64": 1}
    selected = [
        (facet["key"], each["value"])
        for facet in found["facets"]
        for each in facet["values"]
        if each["selected"]
    ]
    assert selected == [("grade", "GOOD"), ("color", "blue")]


async def test_facets_count_in_the_market_alone(db: None) -> None:
    items = await factories.world(2, 1)
    owner = await factories.merchant(markets=("DE", "FR"))
    rows = [line(items[0], "A", markets="FR DE"), line(items[1], "B", markets="DE")]
    await shop.sell(owner, rows)
    await shop.searchable()

    for more in ({}, {"filters": {"grade": ["GOOD"]}}, {"term": "calder"}):
        found = {m: await search(**({"market": m} | more)) for m in ("FR", "DE", "GB")}
        assert [found[m]["totalCount"] for m in found] == [1, 2, 0]
        assert [counts(found[m], "brand") for m in found] == [{"calder": 1}, {"calder": 2}, {}]


@pytest.mark.parametrize(
    "term", ["calder c1", "CÁLDER Ç1", "cald", "c1", "calder  -  c1 !", "caldr"]
)
async def test_a_term_is_read_without_accents_case_or_the_end_of_its_last_word(
    db: None, term: str
) -> None:
    items = await factories.world(2, 1)
    await shop.sell(await factories.merchant(), [line(items[1], "A")])
    await shop.searchable()

    assert slugs(await search(term)) == ["calder-1"]


async def test_a_typo_is_mended_and_told(db: None) -> None:
    (item,) = await factories.world(1, 1)
    await shop.sell(await factories.merchant(), [line(item, "A")])
    await shop.searchable()

    assert (await search("caldr c0"))["didYouMean"] == "calder c0"
    assert (await search("calder c0"))["didYouMean"] is None
    assert (await search("qqqqq"))["totalCount"] == 0


@pytest.mark.parametrize("term", ["", "  ", "!!!", "\t"])
async def test_a_term_without_words_asks_for_everything(db: None, term: str) -> None:
    await shop.many(3)

    assert (await search(term))["totalCount"] == 3


async def test_each_product_stands_once_in_the_pages_of_each_sort(db: None) -> None:
    await shop.many(13)
    for sort in ("RELEVANCE", "PRICE", "NEWEST"):
        for more in ({}, {"filters": {"grade": ["GOOD"]}}, {"term": "calder"}):
            whole = slugs(await search(sort=sort, **more))
            seen, after = [], None
            while after is not None or not seen:
                found = await search(sort=sort, first=3, after=after, **more)
                assert found["pageInfo"]["hasPreviousPage"] is (after is not None)
                assert found["totalCount"] == 13
                seen += slugs(found)
                after = found["pageInfo"]["endCursor"] if _more(found) else None
            assert seen == whole
            assert len(set(seen)) == 13


def _more(found: Json) -> bool:
    return bool(found["pageInfo"]["hasNextPage"])


async def test_price_orders_by_the_lowest_total_that_matches_and_newest_by_release(
    db: None,
) -> None:
    items = await factories.world(3, 1)
    good, bad = await factories.merchant("good", quality_bp=9500), await factories.merchant("bad")
    await shop.sell(good, [line(i, f"S{n}", f"{300 + n}.00") for n, i in enumerate(items)])
    await shop.sell(bad, [line(items[2], "LOW", "290.00"), line(items[1], "MID", "295.00")])
    await shop.searchable()
    for number, slug in enumerate(("calder-1", "calder-0")):
        day = f"202{number}-05-04"
        await execute("UPDATE product SET release_date = $1::text::date WHERE slug = $2", day, slug)

    for more in ({}, {"filters": {"grade": ["GOOD"]}}, {"term": "calder"}):
        by_price = slugs(await search(sort="PRICE", **more))
        assert by_price == ["calder-2", "calder-1", "calder-0"]
        by_release = slugs(await search(sort="NEWEST", **more))
        assert by_release == ["calder-0", "calder-1", "calder-2"]
    dear = await search(sort="PRICE", filters={"price": {"min": "296"}})
    assert slugs(dear) == ["calder-1", "calder-0", "calder-2"]


async def test_a_cursor_of_another_search_is_refused(db: None) -> None:
    await shop.many(4)
    cursor = (await search(first=2))["pageInfo"]["endCursor"]

    for more in (
        {"sort": "PRICE"}, {"market": "DE"}, {"term": "calder"}, {"filters": {"grade": ["GOOD"]}},
    ):  # fmt: skip
        assert (await refused(after=cursor, **more))["reason"] == "CURSOR_EXPIRED"
    for garbage in ("", "x", cursor[:-4], f"{cursor}AAAA", "\0", "\ud800"):
        found = await refused(after=garbage)
        assert (found["code"], found["reason"]) == ("BAD_USER_INPUT", "CURSOR_EXPIRED")


@pytest.mark.parametrize("first", [0, -1, 101, 2**31 - 1, -(2**31)])
async def test_a_page_has_one_to_a_hundred_products(db: None, first: int) -> None:
    await factories.world(0, 0)

    found = await refused(first=first)

    assert (found["code"], found["argument"]) == ("BAD_USER_INPUT", "first")


@pytest.mark.parametrize(
    ("filters", "path"),
    [
        ({"price": {"min": "-1"}}, "filters.price.min"),
        ({"price": {"max": "1e99"}}, "filters.price.max"),
        ({"price": {"max": "NaN"}}, "filters.price.max"),
        ({"price": {"max": "Infinity"}}, "filters.price.max"),
        ({"price": {"min": "2", "max": "1"}}, "filters.price.min"),
        ({"deliveryDays": -1}, "filters.deliveryDays"),
        ({"deliveryDays": 366}, "filters.deliveryDays"),
        ({"brand": ["b"] * 51}, "filters.brand"),
        ({"category": ["c"] * 51}, "filters.category"),
        ({"dispatchCountry": ["FR"] * 51}, "filters.dispatchCountry"),
        ({"grade": ["GOOD"] * 51}, "filters.grade"),
        ({"attributes": [attribute("color", *["x"] * 51)]}, "filters.attributes.color"),
        ({"attributes": [attribute("", "x")]}, "filters.attributes.key"),
        ({"attributes": [attribute(" ", "x")]}, "filters.attributes.key"),
        ({"attributes": [attribute("color", "a"), attribute("color", "b")]}, "filters.attributes"),
        ({"attributes": [attribute(f"k{n}", "a") for n in range(21)]}, "filters.attributes"),
    ],
)
async def test_a_filter_that_cannot_be_is_refused_by_its_path(
    db: None, filters: Json, path: str
) -> None:
    await factories.world(0, 0)

    found = await refused(filters=filters)

    assert (found["code"], found["reason"]) == ("BAD_USER_INPUT", "INVALID_FILTER")
    assert found["path"] == path


@pytest.mark.parametrize(
    ("more", "argument"),
    [
        ({"term": "a\0b"}, "term"),
        ({"term": "\udfff"}, "term"),
        ({"term": "x" * 201}, "term"),
        ({"market": "F\0"}, "market"),
        ({"locale": "\0"}, "locale"),
        ({"locale": "\ud800"}, "locale"),
        ({"locale": "de"}, "locale"),
        ({"filters": {"brand": ["\0"]}}, "filters.brand"),
        ({"filters": {"category": ["\ud800"]}}, "filters.category"),
        ({"filters": {"dispatchCountry": ["\0"]}}, "filters.dispatchCountry"),
        ({"filters": {"attributes": [attribute("color", "\0")]}}, "filters.attributes.color"),
    ],
)
async def test_a_text_that_cannot_be_stored_or_is_too_long_is_bad_input(
    db: None, more: Json, argument: str
) -> None:
    await factories.world(0, 0)

    found = await refused(**more)

    assert (found["code"], found["argument"]) == ("BAD_USER_INPUT", argument)


@pytest.mark.parametrize(
    "filters",
    [
        {"brand": ["nobody"]}, {"category": ["x" * 10_000]},
        {"attributes": [attribute("size", "1")]},
        {"attributes": [attribute("color")]}, {"dispatchCountry": ["ZZ"]}, {"batteryNew": True},
        {"brand": ["{a,b}", '"', "\\", "%"]}, {"price": {"min": "9000000"}},
    ],
    ids=range(8),
)  # fmt: skip
async def test_a_filter_that_nothing_meets_finds_nothing(db: None, filters: Json) -> None:
    await shop.many(2)

    found = await search(filters=filters)

    assert (found["totalCount"], found["edges"]) == (0, [])


async def test_empty_lists_ask_nothing_and_dispatch_countries_may_be_in_lower_case(
    db: None,
) -> None:
    await shop.many(2)

    for filters in ({"brand": [], "category": [], "grade": []}, {"dispatchCountry": ["fr"]}, {}):
        assert (await search(filters=filters))["totalCount"] == 2


async def test_a_market_that_is_not_open_is_refused(db: None) -> None:
    await factories.world(0, 0)
    await execute("UPDATE market SET stage = 'DRAFT' WHERE code = 'DE'")

    for market in ("DE", "XX", "", "FRA"):
        found = await refused(market=market)
        assert (found["code"], found["reason"]) == ("BAD_USER_INPUT", "MARKET_NOT_OPEN")


async def test_labels_are_in_the_language_asked_for(db: None) -> None:
    await shop.many(1)
    await execute("UPDATE category SET name_fr = 'Téléphone' WHERE code = 'smartphone'")

    for locale, label in (("en", "Phone"), ("fr-FR", "Téléphone")):
        facets = (await search(locale=locale))["facets"]
        (values,) = [facet["values"] for facet in facets if facet["key"] == "category"]
        assert values == [{"value": "smartphone", "label": label, "count": 1, "selected": False}]


@pytest.mark.parametrize(
    "body",
    [
        '{search(market: "FR"){...F}} fragment F on SearchConnection{facets{key}}',
        '{search(market: "FR"){... {facets{key}}}}',
        '{search(market: "FR"){totalCount} search(market: "FR"){f: facets{key}}}',
        'query($x: Boolean = true){search(market: "FR"){facets @include(if: $x){key}}}',
    ],
    ids=["fragment", "inline fragment", "field merged", "included"],
)
async def test_facets_are_counted_however_they_are_asked_for(db: None, body: str) -> None:
    (item,) = await factories.world(1, 1)
    await shop.sell(await factories.merchant(), [line(item, "A")])
    await shop.searchable()

    found = (await data(body))["search"]

    assert [each["key"] for each in found.get("facets", found.get("f"))] != []
