"""An answer that changes was announced: its tags name what made it old."""

import json
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from boucle.edge.cache import CACHEABLE
from models.announce import EVERYTHING, offers_topic, product_topic, said
from models.base import execute, fetch, fetchval
from resolvers.context import NOT_KEPT, Context, _tags, depends
from tests import factories
from tests.factories import line, run
from tests.models.test_offers_history import History
from tests.schema import shop
from tests.schema.asking import answer, key_of

OFFER = """id grade price{total{amount} shipping{amount}} availability visibility
  delivery{latest days carrier} battery{new health} merchant{name kind}
  warranty{legalGuaranteeMonths commercialWarrantyMonths}"""
LISTING = f"""query($m: String!, $slug: String!){{listing(market: $m, slug: $slug){{
  offerCount merchantCount priceRange{{min{{amount}} max{{amount}}}}
  product{{title}} variant{{slug}} grades{{grade offerCount merchantCount fromPrice{{amount}}}}
  variants{{offerCount fromPrice{{amount}} variant{{slug attributes{{label}}}}}}
  featuredOffer{{offer{{{OFFER}}} ranking{{modelId snapshotId reasons}}}}
  offers(allVariants: true, first: 100){{edges{{node{{{OFFER}}}}}}}}}}}"""
SEARCH = """query($m: String!, $term: String){search(market: $m, term: $term, first: 1){
  totalCount facets{key values{value count}} edges{node{
    product{title} offerCount merchantCount fromPrice{amount}
    featuredOffer{price{amount}}}}}}"""
PRODUCT = "query($slug: String!){product(slug: $slug){title variants{slug gtins}}}"
PLAIN = "{markets{code stage} categories{code attributes{key}}}"


class Still(datetime):
    """A clock that stands, so that no turn of the hour falls between two looks."""

    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        return datetime(2026, 5, 4, 12, 30, tzinfo=tz or UTC)


class Small(History):
    """The same history in few lines at a time."""

    async def turn(self) -> int:
        if self.random.random() < 0.25:
            return await self.operator()
        of = self.random.choice(self.feeds)
        rows = [self.change(f"S{n}") for n in self.random.sample(range(12), 2)]
        await run(of, rows)
        return len(rows)


def documents() -> list[tuple[str, dict[str, Any]]]:
    slugs = [f"calder-{n}" for n in range(3)]
    return [
        *((LISTING, {"m": market, "slug": slug}) for market in ("FR", "DE") for slug in slugs[:2]),
        *((SEARCH, {"m": market}) for market in ("FR", "GB")),
        (SEARCH, {"m": "FR", "term": "calder"}),
        *((PRODUCT, {"slug": slug}) for slug in slugs[2:]),
        (PLAIN, {}),
    ]


async def asked(query: str, variables: dict[str, Any]) -> tuple[str, set[str], bool]:
    """An answer as text, what it depends on, and whether it would be kept."""
    body = await answer(query, **variables)
    tags = set(_tags.get() or ())
    return json.dumps(body), tags | {EVERYTHING}, "errors" not in body and bool(tags)


async def announced() -> set[str]:
    rows = await fetch("DELETE FROM announcement RETURNING id, topic, payload::text AS payload")
    return {topic for topic, _ in said([(r["topic"], json.loads(r["payload"])) for r in rows])}


@pytest.mark.parametrize("seed", range(2))
async def test_every_kept_answer_that_changes_was_announced_under_one_of_its_tags(
    db: None, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr("resolvers.context.datetime", Still)
    history = Small(Random(seed), await factories.world(4, 2))
    await history.begin()
    await shop.searchable()
    for feed in history.feeds:
        await run(feed, [history.whole(f"S{n}") for n in range(12)])
    before = [await asked(*each) for each in documents()]
    await announced()
    changed = untouched = 0
    for _ in range(16):
        await history.turn()
        topics = await announced()
        after = [await asked(*each) for each in documents()]
        for (old, tags, kept), (new, _, _), each in zip(before, after, documents(), strict=True):
            changed += old != new
            untouched += kept and not tags & topics
            assert old == new or not kept or tags & topics, (each, topics)
        before = after

    assert changed > 10
    assert untouched > 30


async def test_every_cacheable_root_field_says_what_it_depends_on(db: None) -> None:
    item, *_ = await factories.world(1, 1)
    await shop.searchable()
    asks = {
        "categories": "{categories{code}}",
        "listing": '{listing(market: "FR", slug: "calder-0"){offerCount}}',
        "market": '{market(code: "FR"){code}}',
        "markets": "{markets{code}}",
        "product": '{product(slug: "calder-0"){title}}',
        "search": '{search(market: "FR"){totalCount}}',
    }
    tags = {name: (await asked(query, {}))[1] - {EVERYTHING} for name, query in asks.items()}

    product = product_topic(item.product_id)
    assert tags["listing"] == {"market:FR", product}
    assert tags["search"] == {"market:FR", offers_topic("FR")}
    assert tags["product"] == {product}
    assert tags["market"] == {"market:FR"}
    assert tags["markets"] == {"market:FR", "market:DE", "market:GB"}
    assert {*asks, "node", "version"} == CACHEABLE


async def test_a_node_depends_on_what_it_shows_and_an_offer_is_not_kept(db: None) -> None:
    item, *_ = await factories.world(1, 1)
    await shop.sell(await factories.merchant(), [line(item, "S1")])
    shown = await answer("{listing(market: \"FR\", slug: \"calder-0\"){product{id} variant{id}"
                         " featuredOffer{offer{id}}}}")  # fmt: skip
    listing = shown["data"]["listing"]
    search = '{search(market: "FR"){edges{node{product{title}}}}}'
    node = "query($id: ID!){node(id: $id){id}}"

    product = {product_topic(item.product_id), EVERYTHING}
    assert {offers_topic("FR")} <= (await asked(search, {}))[1]
    assert (await asked(node, {"id": listing["product"]["id"]}))[1] == product
    assert (await asked(node, {"id": listing["variant"]["id"]}))[1] == product
    assert NOT_KEPT in (await asked(node, {"id": listing["featuredOffer"]["offer"]["id"]}))[1]


async def test_what_asks_who_the_caller_is_is_not_kept(db: None) -> None:
    owner = await factories.merchant()
    await answer("{feeds{name}}", key_of(owner, "feeds:read"))

    assert NOT_KEPT in (_tags.get() or ())


async def test_tags_belong_to_their_request() -> None:
    one = Context()
    depends("product:1")
    two = Context()
    depends("product:2")

    assert (one.tags, two.tags) == ({"product:1"}, {"product:2"})


async def test_an_unchanged_feed_announces_its_run_alone(db: None) -> None:
    item, *_ = await factories.world(1, 1)
    feed = await factories.feed(await factories.merchant())
    await run(feed, [line(item, "S1")])
    first = await announced()
    again = await run(feed, [line(item, "S1")])

    assert first >= {product_topic(item.product_id), "offers:FR"}
    assert await announced() == {f"run:{again.id}"}


async def test_a_hidden_offer_concerns_nobody(db: None) -> None:
    item, *_ = await factories.world(1, 1)
    feed = await factories.feed(await factories.merchant())
    await run(feed, [line(item, "S1", quantity=0)])
    await announced()
    await run(feed, [line(item, "S1", "150.00", quantity=0)])

    assert not {topic for topic in await announced() if not topic.startswith("run:")}
    await run(feed, [line(item, "S1", "150.00", quantity=1)])
    assert product_topic(item.product_id) in await announced()


async def test_many_products_are_announced_as_their_market(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.offers.refresh.MOST_PRODUCTS", 2)
    items = await factories.world(3, 1)
    feed = await factories.feed(await factories.merchant(markets=("DE", "FR")))
    both = [line(item, f"S{n}", markets="FR DE" if n else "FR") for n, item in enumerate(items)]
    await run(feed, both)

    rows = await fetch("SELECT topic, payload::text AS p FROM announcement WHERE topic !~ '^run'")
    told = sorted((row["topic"], row["p"]) for row in rows)
    named = sorted(product_topic(item.product_id) for item in items[1:])
    assert told == [("market:FR", "{}"), *((name, '{"markets": ["DE"]}') for name in named)]


async def test_a_run_announces_each_change_of_its_row_with_a_growing_version(db: None) -> None:
    item, *_ = await factories.world(1, 1)
    row = await run(await factories.feed(await factories.merchant()), [line(item, "S1")])
    await row.save()
    await execute("UPDATE feed_run SET state = state WHERE id = $1", row.id)  # no change

    rows = await fetch(
        "SELECT payload->>'version' AS v FROM announcement WHERE topic = $1 ORDER BY id",
        f"run:{row.id}",
    )
    versions = [int(each["v"]) for each in rows]
    assert versions == list(range(1, len(versions) + 1))
    assert len(versions) >= 3
    stored = await fetchval("SELECT version FROM feed_run WHERE id = $1", row.id)
    assert stored == versions[-1]
