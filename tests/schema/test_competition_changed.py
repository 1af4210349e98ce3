"""Who listens is told, in the transaction of the change, what became of its offers."""

from random import Random
from typing import Any

import orjson
import pytest

from domain.topics import Topic
from integrations.bus import MemoryBus
from models.base import execute, fetch, fetchval
from models.merchants import Merchant
from models.offers import news, refresh
from schema.common import global_id
from tests import factories
from tests.factories import Item, line
from tests.schema import shop
from tests.schema.asking import data, key_of
from tests.schema.test_competitions import SCOPE, STATE
from tests.schema.test_live import following
from tests.schema.test_live import refusal as not_started

BOTH = (Topic.OFFER_COMPETITION_CHANGED, Topic.OFFER_VISIBILITY_CHANGED)
FOLLOW = """subscription($market: String){competitionChanged(market: $market){more asOf
  changes{id offerId sku market from to because offers}}}"""


async def _two(item: Item, *, listening: bool = True) -> list[Merchant]:
    owners = [await factories.merchant(slug, markets=("FR", "DE")) for slug in ("one", "two")]
    for owner, price in zip(owners, ("200.00", "300.00"), strict=True):
        await shop.sell(owner, [_line(item, owner.slug, price)])
    for owner in owners:
        if listening:
            await news.listen(owner.id, BOTH)
    return owners


def _line(item: Item, sku: str, price: str, **more: object) -> dict[str, object]:
    return line(item, sku, price, markets="FR", **more)


async def _events(topic: Topic, owner: Merchant) -> list[dict[str, Any]]:
    rows = await fetch(
        "SELECT object_type, version, data::text AS data FROM event "
        "WHERE topic = $1 AND merchant_id = $2 ORDER BY n",
        topic.value,
        owner.id,
    )
    assert [r["version"] for r in rows] == sorted({r["version"] for r in rows})
    return [orjson.loads(row["data"]) for row in rows]


async def test_both_sides_of_a_change_are_told_and_why(db: None) -> None:
    (item,) = await factories.world(1, 1)
    one, two = await _two(item)

    await shop.sell(two, [_line(item, "two", "150.00")])

    assert await _events(BOTH[0], one) == [
        {"market": "FR", "from": "WON", "to": "ELIGIBLE", "because": "OTHER_OFFERS"}
    ]
    assert await _events(BOTH[0], two) == [
        {"market": "FR", "from": "ELIGIBLE", "to": "WON", "because": "OWN_OFFER"}
    ]
    assert await fetchval("SELECT count(*) FROM event WHERE topic = $1", BOTH[1].value) == 0
    told = {row["topic"] for row in await fetch("SELECT topic FROM announcement")}
    assert {news.topic_of(one.id), news.topic_of(two.id)} <= told


async def test_without_a_listener_nothing_is_written(db: None) -> None:
    (item,) = await factories.world(1, 1)
    one, two = await _two(item, listening=False)
    await news.listen(one.id, [Topic.OFFER_STOCK_LOW])
    await execute(
        "INSERT INTO event_interest VALUES ($1, $2, now() - interval '1 second')",
        two.id,
        BOTH[0].value,
    )

    await shop.sell(two, [_line(item, "two", "150.00")])

    assert await fetchval("SELECT count(*) FROM event WHERE topic LIKE 'offer.%'") == 0


async def test_only_who_listens_is_told(db: None) -> None:
    (item,) = await factories.world(1, 1)
    one, two = await _two(item, listening=False)
    await news.listen(one.id, BOTH[:1])

    await shop.sell(two, [_line(item, "two", "150.00")])

    told = "SELECT array_agg(DISTINCT merchant_id) FROM event WHERE topic LIKE 'offer.%'"
    assert await fetchval(told) == [one.id]


async def test_what_is_hidden_is_told_with_its_reasons(db: None) -> None:
    (item,) = await factories.world(1, 1)
    one, two = await _two(item)

    await shop.sell(one, [_line(item, "one", "200.00", quantity=0)])

    assert await _events(BOTH[1], one) == [
        {"market": "FR", "from": "FULL", "to": "HIDDEN", "reasons": ["OUT_OF_STOCK"]}
    ]
    assert await _events(BOTH[0], one) == [
        {"market": "FR", "from": "WON", "to": "INELIGIBLE", "because": "VISIBILITY"}
    ]
    assert await _events(BOTH[0], two) == [
        {"market": "FR", "from": "ELIGIBLE", "to": "WON", "because": "OTHER_OFFERS"}
    ]


async def test_many_changes_at_once_are_one_event_of_the_market(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = await factories.world(4, 1)
    monkeypatch.setattr(refresh, "MOST_EVENTS", 3)
    owner = await factories.merchant()
    await news.listen(owner.id, BOTH[:1])

    await shop.sell(owner, [line(item, f"S{n}") for n, item in enumerate(items)])
    await shop.sell(owner, [line(item, f"T{n}", "150.00") for n, item in enumerate(items[:1])])

    first, *others = await _events(BOTH[0], owner)
    assert first == {"market": "FR", "offers": 4, "to": {"WON": 4}}
    assert sorted((e["from"], e["to"]) for e in others) == [
        ("INELIGIBLE", "WON"), ("WON", "WON_ELSEWHERE"),
    ]  # fmt: skip


async def test_the_events_add_up_to_what_competitions_tells(db: None) -> None:
    """Whatever happens to three merchants' offers, whoever keeps the last event is right."""
    items = await factories.world(1, 2)
    chance = Random(7)
    owners = [await factories.merchant(f"m{n}", quality_bp=6600) for n in range(3)]
    skus = {owner.id: [f"{owner.slug}-{n}" for n in range(3)] for owner in owners}
    for owner in owners:
        await news.listen(owner.id, BOTH)
    for _ in range(24):
        owner = chance.choice(owners)
        rows = [
            line(
                chance.choice(items), sku, f"{chance.choice((198, 199, 200, 201, 260))}.00",
                quantity=chance.choice((0, 1, 2, 3)),
            )
            for sku in chance.sample(skus[owner.id], chance.choice((1, 2, 3)))
        ]  # fmt: skip
        feed = await factories.feed(owner, name=str(factories.some_id()))
        await factories.run(feed, rows, force=True)

    for owner in owners:
        told: dict[str, str] = dict.fromkeys(skus[owner.id], "INELIGIBLE")
        for change in await news.changes(owner.id, "FR", 0, 1000):
            assert change.sku is not None
            assert told[change.sku] == change.before
            told[change.sku] = str(change.after)
        questions = [{"sku": sku, "market": "FR"} for sku in skus[owner.id]]
        found = (await data(STATE, key_of(owner, SCOPE), items=questions))["competitions"]
        now = {sku: each.get("state", "INELIGIBLE") for sku, each in zip(told, found, strict=True)}
        assert told == now


async def test_a_follower_is_told_what_changed_and_nothing_else(db: None) -> None:
    (item,) = await factories.world(1, 1)
    one, two = await _two(item, listening=False)
    bus, caller = MemoryBus(), key_of(one, SCOPE)

    async def change(price: str) -> None:
        await shop.sell(two, [_line(item, "two", price)])
        await bus.publish(news.topic_of(one.id), {})

    async with following(bus, FOLLOW, caller) as followed:
        assert (await followed.next())["changes"] == []
        await change("150.00")
        told = await followed.next()
        [lost] = told["changes"]
        await change("151.00")
        assert await followed.silent()
    assert told["more"] is False
    assert lost | {"id": ""} == {
        "id": "", "offerId": str(global_id("Offer", await shop.offer_id("one"))), "sku": "one",
        "market": "FR", "from": "WON", "to": "ELIGIBLE", "because": "OTHER_OFFERS", "offers": 1,
    }  # fmt: skip
    await change("220.00")
    async with following(bus, FOLLOW, caller, after=followed.ids[-1]) as again:
        missed = (await again.next())["changes"]
    assert [each["to"] for each in missed if each["id"] != lost["id"]] == ["WON"]


async def test_a_follower_of_a_market_hears_nothing_of_others(db: None) -> None:
    (item,) = await factories.world(1, 1)
    one, two = await _two(item)
    bus = MemoryBus()
    async with following(bus, FOLLOW, key_of(one, SCOPE), market="DE") as followed:
        await followed.next()
        await shop.sell(two, [_line(item, "two", "150.00")])
        await bus.publish(news.topic_of(one.id), {})
        assert await followed.silent()


async def test_more_than_a_page_is_told_page_by_page(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = await factories.world(5, 1)
    monkeypatch.setattr("resolvers.ranking.live.MOST", 2)
    owner, bus = await factories.merchant(), MemoryBus()
    async with following(bus, FOLLOW, key_of(owner, SCOPE)) as followed:
        await followed.next()
        await shop.sell(owner, [line(item, f"S{n}") for n, item in enumerate(items)])
        await bus.publish(news.topic_of(owner.id), {})
        pages = [await followed.next() for _ in range(3)]
    assert [page["more"] for page in pages] == [True, True, False]
    assert sorted(c["sku"] for page in pages for c in page["changes"]) == [
        f"S{n}" for n in range(5)
    ]


async def test_only_a_merchant_with_the_scope_follows(db: None) -> None:
    owner = await factories.merchant()

    assert (await not_started(MemoryBus(), FOLLOW, key_of(owner)))[0] == "FORBIDDEN"
