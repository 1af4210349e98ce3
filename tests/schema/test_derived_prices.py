"""Prices of a market are derived from another's: seen line by line, then applied as seen."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.accounts.roles import Role
from domain.markets.deriving import Direction, Rounding, derived
from models.base import execute, fetch, fetchval
from models.jobs import Job
from models.merchants import Merchant
from resolvers.context import Caller
from tests import factories, trade_in
from tests.factories import Item
from tests.jobs import work
from tests.schema.asking import data, refusal
from tests.schema.selling import sells

TEAM = trade_in.team("GB")
TODAY = datetime.now(UTC).date()
SEE = """query($on: Date, $e: PriceEnding!, $d: PriceDirection!, $f: Decimal!,
  $o: DerivedPriceOutcome, $n: Int!, $a: String){derivedMarketPrices(market: "GB", from: "FR",
  on: $on, ending: $e, direction: $d, floor: $f){digest
  terms{rate rateOn rates} counts{outcome count}
  lines(outcome: $o, first: $n, after: $a){pageInfo{hasNextPage endCursor}
    edges{node{sku outcome from{amount currency}
    was{amount currency} to{amount currency}}}}}}"""
APPLY = """mutation($i: DeriveMarketPricesInput!){deriveMarketPrices(input: $i){__typename
  ... on MarketPricesDerived{digest terms{from rate ending}} ... on Problem{code}
  ... on PriceBelowFloor{count explanation(locale: "fr")} ... on FxRateStale{asOf}
  ... on PreviewStale{digest}}}"""
STOP = """mutation{stopDerivingPrices(input: {market: "GB", idempotencyKey: "stop"}){market}}"""
TERMS = '{marketPriceTerms(market: "GB"){digest terms{rate direction floorMinor}}}'
LANDED = "SELECT item_minor FROM offer_market WHERE market = 'GB' AND visibility > 0 ORDER BY 1"


@pytest.fixture
async def items(db: None) -> list[Item]:
    found = await factories.world(2, 2)
    await rate("0.85")
    return found


async def rate(value: str, days_ago: int = 0) -> None:
    """What a euro is worth in pounds."""
    await execute(
        "INSERT INTO exchange_rate (base, quote, on_day, rate, source, origin) "
        "VALUES ('EUR', 'GBP', $1, $2, 'test', 'ENTERED')",
        TODAY - timedelta(days=days_ago),
        Decimal(value),
    )


async def amber(items: list[Item], *prices: str) -> Merchant:
    """A merchant of FR and GB, who sets prices in euros alone."""
    one = await factories.merchant("amber", markets=("FR", "GB"))
    feed = await factories.feed(one, markets=["FR", "GB"])
    lines = [
        factories.line(item, f"SKU-{n}", price=price)
        for n, (item, price) in enumerate(zip(items, prices, strict=False))
    ]
    await factories.run(feed, lines)
    return one


async def seen(who: Caller | None = None, **more: Any) -> Any:
    usual = {"e": "NINETY_NINE", "d": "UP", "f": "0", "n": 24}
    return (await data(SEE, who or TEAM, **usual | more))["derivedMarketPrices"]


async def applied(digest: str, key: str, **more: Any) -> Any:
    given = {"market": "GB", "from": "FR", "digest": digest, "idempotencyKey": key,
             "ending": "NINETY_NINE", "direction": "UP", "floor": "0"}  # fmt: skip
    return (await data(APPLY, TEAM, i=given | more))["deriveMarketPrices"]


async def in_gb() -> list[int]:
    return [row["item_minor"] for row in await fetch(LANDED)]


async def test_a_preview_is_applied_as_it_was_seen_and_enters_the_price_history(
    items: list[Item],
) -> None:
    await amber(items, "199.90", "100.00")
    assert await in_gb() == []

    found = await seen()
    assert await in_gb() == []  # nothing is written by looking
    done = await applied(found["digest"], "a")
    await work(Job.REFRESH_MARKET)

    assert found["terms"]["rate"] == "0.8500000000"
    assert len(found["terms"]["rates"]) == 1
    assert found["counts"] == [{"outcome": "DERIVED", "count": 2}]
    assert sorted(
        (n["sku"], n["from"]["amount"], n["to"]["amount"], n["to"]["currency"], n["was"])
        for n in (edge["node"] for edge in found["lines"]["edges"])
    ) == [
        ("SKU-0", "199.90", "169.99", "GBP", None),
        ("SKU-1", "100.00", "85.99", "GBP", None),
    ]
    assert done["__typename"] == "MarketPricesDerived"
    assert await in_gb() == [8599, 16999]
    history = await fetch(
        "SELECT item_minor, currency FROM price_history WHERE market = 'GB' ORDER BY item_minor"
    )
    assert [tuple(row) for row in history] == [(8599, "GBP"), (16999, "GBP")]
    again = await seen()
    assert again["counts"] == [{"outcome": "UNCHANGED", "count": 2}]
    assert await applied(found["digest"], "a") == done  # the same key has one effect
    terms = (await data(TERMS, TEAM))["marketPriceTerms"]
    assert terms["terms"] == {"rate": "0.8500000000", "direction": "UP", "floorMinor": 0}
    log = await fetch("SELECT action FROM audit_log WHERE market = 'GB'")
    assert [row["action"] for row in log] == ["deriveMarketPrices"]


async def test_a_price_follows_the_merchants_own_by_the_same_rate(items: list[Item]) -> None:
    one = await amber(items, "199.90")
    await applied((await seen())["digest"], "a")
    await work(Job.REFRESH_MARKET)
    await execute("UPDATE exchange_rate SET rate = 2")  # what is applied keeps its rate

    feed = await fetchval("SELECT id FROM feed WHERE merchant_id = $1", one.id)
    assert feed
    await factories.forget_feeds_of(one)
    await sells(one, items[:1], price="100.00", quantity=3)

    assert await in_gb() == [8599]


async def test_a_price_that_the_merchant_set_for_the_market_stays(items: list[Item]) -> None:
    await amber(items, "199.90", "100.00")
    await execute(
        'UPDATE offer SET prices = \'{"GB": {"price_minor": 12345, "currency": "GBP"}}\' '
        "WHERE sku = 'SKU-1'"
    )

    found = await seen()
    await applied(found["digest"], "a")
    await work(Job.REFRESH_MARKET)

    assert found["counts"] == [
        {"outcome": "DERIVED", "count": 1}, {"outcome": "OWN_PRICE", "count": 1},
    ]  # fmt: skip
    assert await in_gb() == [12345, 16999]


@pytest.mark.parametrize("change", ["price", "rate", "offer", "terms"])
async def test_a_preview_of_what_has_changed_since_is_not_applied(
    items: list[Item], change: str
) -> None:
    one = await amber(items, "199.90")
    digest = (await seen())["digest"]
    more: dict[str, Any] = {}
    match change:
        case "price":
            await execute("UPDATE offer SET price_minor = 20000")
        case "rate":
            await execute("UPDATE exchange_rate SET rate = 0.86")
        case "offer":
            await sells(one, items[:2], price="199.90", quantity=3)
        case _:
            more = {"ending": "WHOLE"}

    found = await applied(digest, "a", **more)

    assert found["code"] == "PREVIEW_STALE"
    assert found["digest"] != digest
    assert await fetchval("SELECT count(*) FROM market_price_terms") == 0


async def test_prices_below_the_floor_are_refused_or_left_out(items: list[Item]) -> None:
    await amber(items, "199.90", "100.00")
    found = await seen(f="86.00")

    refused = await applied(found["digest"], "a", floor="86.00")
    done = await applied(found["digest"], "b", floor="86.00", leaveOutBelowFloor=True)
    await work(Job.REFRESH_MARKET)

    assert found["counts"] == [
        {"outcome": "BELOW_FLOOR", "count": 1}, {"outcome": "DERIVED", "count": 1},
    ]  # fmt: skip
    assert (refused["code"], refused["count"]) == ("PRICE_BELOW_FLOOR", 1)
    assert "plancher" in refused["explanation"]
    assert done["__typename"] == "MarketPricesDerived"
    assert await in_gb() == [16999]


async def test_without_a_young_rate_nothing_is_derived(items: list[Item]) -> None:
    await amber(items, "199.90")
    digest = (await seen())["digest"]
    await execute("DELETE FROM exchange_rate")
    usual = {"e": "EXACT", "d": "UP", "f": "0", "n": 24}

    missing = await refusal(SEE, TEAM, **usual)
    missing_too = await applied(digest, "a")
    await rate("0.85", days_ago=8)
    stale = await refusal(SEE, TEAM, **usual)
    stale_too = await applied(digest, "b")

    assert (missing["reason"], missing["base"], missing["quote"]) == (
        "FX_RATE_MISSING", "EUR", "GBP",
    )  # fmt: skip
    assert missing_too["code"] == "FX_RATE_MISSING"
    assert stale["reason"] == stale_too["code"] == "FX_RATE_STALE"
    assert stale_too["asOf"] == (TODAY - timedelta(days=8)).isoformat()


async def test_a_market_that_stops_deriving_hides_what_has_no_price_of_its_own(
    items: list[Item],
) -> None:
    await amber(items, "199.90")
    await applied((await seen())["digest"], "a")
    await work(Job.REFRESH_MARKET)
    assert await in_gb() == [16999]

    await data(STOP, TEAM)
    await work(Job.REFRESH_MARKET)

    assert await in_gb() == []
    assert (await data(TERMS, TEAM))["marketPriceTerms"] is None


async def test_lines_are_paged_and_filtered_by_outcome(items: list[Item]) -> None:
    await amber(items, "199.90", "100.00", "50.00")
    skus: list[str] = []
    after = None
    for _ in range(3):
        page = (await seen(n=1, a=after, o="DERIVED"))["lines"]
        skus += [edge["node"]["sku"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]

    assert sorted(skus) == ["SKU-0", "SKU-1", "SKU-2"]
    assert page["pageInfo"]["hasNextPage"] is False
    assert (await seen(o="OWN_PRICE"))["lines"]["edges"] == []


@pytest.mark.parametrize(
    ("more", "argument"),
    [
        ({"f": "-1"}, "floor"),
        ({"f": "0.001"}, "floor"),
        ({"f": "1e20"}, "floor"),
        ({"on": (TODAY + timedelta(days=1)).isoformat()}, "on"),
        ({"n": 0}, "first"),
    ],
)
async def test_bad_terms_name_their_field(
    items: list[Item], more: dict[str, Any], argument: str
) -> None:
    usual = {"e": "EXACT", "d": "UP", "f": "0", "n": 24}

    told = await refusal(SEE, TEAM, **usual | more)

    assert (told["code"], told["argument"]) == ("BAD_USER_INPUT", argument)


async def test_an_ending_that_the_market_cannot_pay_and_its_own_prices_are_refused(
    items: list[Item],
) -> None:
    await execute("UPDATE market SET price_step_minor = 5 WHERE code = 'GB'")
    usual = {"d": "UP", "f": "0", "n": 24}

    told = await refusal(SEE, TEAM, e="NINETY_NINE", **usual)
    own = await refusal(SEE.replace('"FR"', '"GB"'), TEAM, e="EXACT", **usual)

    assert (told["argument"], own["argument"]) == ("ending", "from")


async def test_only_the_team_of_the_market_derives_its_prices(items: list[Item]) -> None:
    given = {"market": "GB", "from": "FR", "digest": "x", "idempotencyKey": "k"}
    usual = {"e": "EXACT", "d": "UP", "f": "0", "n": 24}
    lab = Caller(kind=TEAM.kind, user_id=factories.some_id(), roles={Role.LAB})
    for who in (Caller(), trade_in.team("FR"), lab):
        for told in (
            await refusal(SEE, who, **usual),
            await refusal(APPLY, who, i=given),
            await refusal(STOP, who),
        ):
            assert told["code"] in {"UNAUTHENTICATED", "FORBIDDEN"}


async def test_python_and_sql_derive_the_same_price(db: None) -> None:
    draw = random.Random(7)
    steps = [(1, 0), (5, 0), (100, 1), (100, 5), (1000, 100), (3, 1)]
    cases = [
        (
            draw.choice([draw.randint(1, 500), draw.randint(1, 10_000_000_000)]),
            Decimal(draw.randint(1, 3_000_000)).scaleb(-draw.choice([4, 5, 10])),
            draw.choice(list(Direction)),
            *draw.choice(steps),
            draw.choice([0, draw.randint(0, 1_000_000)]),
        )
        for _ in range(5_000)
    ]

    rows = await fetch(
        "SELECT boucle_derived_price(a, b, c, d, e, f) AS made FROM unnest($1::bigint[], "
        "$2::numeric[], $3::text[], $4::int[], $5::int[], $6::bigint[]) x (a, b, c, d, e, f)",
        *map(list, zip(*cases, strict=True)),
    )

    expected = [
        derived(minor, factor, Rounding(way, step, less), floor)
        for minor, factor, way, step, less, floor in cases
    ]
    assert [row["made"] for row in rows] == expected
    assert None in expected
