"""An announced reduction: its prior price is computed from what was published, and shown."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from domain.offers.lines import FeedMode
from models.base import execute, fetch, fetchval, transaction
from schema.common import global_id
from tests import factories
from tests.factories import line, run
from tests.rules import STRICT, lawful
from tests.schema.asking import Json, data, key_of, refusal
from tests.schema.offers import call, seller

SCOPES = ("offers:read", "offers:write")
SHOWN = "price{amount currency} priorPrice{amount} percent priorFrom since until rule verified"
ANNOUNCE = f"""mutation($input: AnnounceReductionInput!){{announceReduction(input: $input){{
  __typename ... on OwnPriceReduction{{id market endedAt endedBecause reduction{{{SHOWN}}}}}
  ... on Problem{{code path hint}} ... on NotAReduction{{priorPrice{{amount currency}}}}
  ... on NoPriceHistory{{since}} ... on ReductionRefused{{reason country}}}}}}"""
END = """mutation($input: EndReductionInput!){endReduction(input: $input){
  __typename ... on OwnPriceReduction{id endedBecause} ... on Problem{code}}}"""
PRIOR = """query($sku: String!, $market: String!){priorPrice(sku: $sku, market: $market){
  __typename ... on PriorPrice{price{amount currency} since rule verified}
  ... on ReductionRefused{code country path}}}"""
LIST = """{priceReductions{edges{node{id endedBecause reduction{percent}}}}}"""
OFFER = f"""query($id: ID!){{node(id: $id){{... on Offer{{price{{item{{amount}}}}
  reduction{{{SHOWN}}}}}}}}}"""


async def was(days_ago: int, minor: int | None, *, market: str = "FR") -> None:
    """What was published so many days ago; None: nothing."""
    await execute(
        "INSERT INTO price_history (offer_id, market, item_minor, currency, at, published) "
        "SELECT id, $1, $2::bigint, 'EUR', now() - make_interval(days => $3), "
        "$2::bigint IS NOT NULL FROM offer "
        "WHERE sku = 'SKU-0'",
        market,
        minor,
        days_ago,
    )


async def announced(owner: Any, price: str, **given: Any) -> Json:
    usual = {
        "sku": "SKU-0",
        "market": "FR",
        "price": price,
        "idempotencyKey": given.get("k", price),
    }
    more = {name: value for name, value in given.items() if name != "k"}
    found = await data(ANNOUNCE, key_of(owner, *SCOPES), input=usual | more)
    answer: Json = found["announceReduction"]
    return answer


async def price_now() -> int:
    found: int = await fetchval(
        "SELECT om.item_minor FROM offer_market om JOIN offer o ON o.id = om.offer_id "
        "WHERE o.sku = 'SKU-0' AND om.market = 'FR'"
    )
    return found


async def shown() -> Json | None:
    offer_id = await fetchval("SELECT id FROM offer WHERE sku = 'SKU-0'")
    found: Json = (await data(OFFER, id=str(global_id("Offer", offer_id))))["node"]
    reduced: Json | None = found["reduction"]
    return reduced


async def test_a_reduction_sets_the_price_and_shows_the_lowest_of_thirty_days(db: None) -> None:
    await lawful(STRICT)
    owner, _ = await seller()
    await was(60, 10_000)
    await was(40, 30_000)
    await was(20, 18_000)
    await was(16, 31_000)

    found = await announced(owner, "169.90")

    assert found["reduction"]["priorPrice"] == {"amount": "180.00"}
    assert found["reduction"]["percent"] == 5  # 5.61 %, rounded down
    assert found["reduction"]["price"] == {"amount": "169.90", "currency": "EUR"}
    assert (found["reduction"]["rule"], found["reduction"]["verified"]) == (
        "price.prior:EU:2022-05-28",
        True,
    )
    began = datetime.fromisoformat(found["reduction"]["since"])
    assert began - datetime.fromisoformat(found["reduction"]["priorFrom"]) - timedelta(days=30) in (
        timedelta(0),
        timedelta(hours=1),
        -timedelta(hours=1),
    )
    seen = await shown()
    assert seen is not None
    assert (seen["priorPrice"]["amount"], seen["price"]["amount"]) == ("180.00", "169.90")
    assert await price_now() == 16_990


async def test_the_same_call_again_is_one_reduction_and_leaves_one_audit_row(db: None) -> None:
    await lawful()
    owner, _ = await seller()

    first = await announced(owner, "150.00")
    again = await announced(owner, "150.00")

    assert first == again
    assert await fetchval("SELECT count(*) FROM price_reduction") == 1
    sql = "SELECT count(*) FROM audit_log WHERE action = 'announceReduction'"
    assert await fetchval(sql) == 1


@pytest.mark.parametrize("price", ["180.00", "199.90"])
async def test_a_price_that_is_not_below_the_prior_one_is_refused_and_nothing_changes(
    db: None, price: str
) -> None:
    await lawful()
    owner, _ = await seller()
    await was(20, 18_000)
    await was(16, 31_000)

    found = await announced(owner, price)

    assert (found["__typename"], found["code"]) == ("NotAReduction", "NOT_A_REDUCTION")
    assert found["priorPrice"] == {"amount": "180.00", "currency": "EUR"}
    assert found["path"] == ["input", "price"]
    assert await price_now() == 19_990
    assert await fetchval("SELECT count(*) FROM price_reduction") == 0


async def test_nothing_is_announced_of_an_offer_that_was_never_on_sale(db: None) -> None:
    await lawful()
    item, *_ = await factories.world()
    owner = await factories.merchant()
    await run(await factories.feed(owner), [line(item, "SKU-0", quantity=0)])

    found = await announced(owner, "100.00")

    assert (found["__typename"], found["code"]) == ("NoPriceHistory", "NO_PRICE_HISTORY")


async def test_a_country_without_a_rule_is_told_by_name(db: None) -> None:
    await lawful()
    item, *_ = await factories.world()
    owner = await factories.merchant(markets=("GB",))
    row = line(item, "SKU-0", currency="GBP")
    await run(await factories.feed(owner, markets=["GB"]), [row])

    found = await announced(owner, "100.00", market="GB")

    assert (found["code"], found["country"], found["path"]) == (
        "RULE_MISSING",
        "GB",
        ["input", "market"],
    )
    asked = await data(PRIOR, key_of(owner, *SCOPES), sku="SKU-0", market="GB")
    assert asked["priorPrice"] == {
        "__typename": "ReductionRefused", "code": "RULE_MISSING", "country": "GB",
        "path": ["market"],
    }  # fmt: skip


async def test_a_price_that_rises_ends_the_reduction_and_one_that_falls_does_not(db: None) -> None:
    await lawful()
    owner, _ = await seller()
    await announced(owner, "150.00")
    await call(owner, "updatePrices", [{"sku": "SKU-0", "market": "FR", "price": "149.00"}])
    assert (await shown() or {})["percent"] == 24

    await call(owner, "updatePrices", [{"sku": "SKU-0", "market": "FR", "price": "150.01"}])
    assert await shown() is None
    await call(owner, "updatePrices", [{"sku": "SKU-0", "market": "FR", "price": "140.00"}])

    assert await shown() is None
    [row] = (await data(LIST, key_of(owner, *SCOPES)))["priceReductions"]["edges"]
    assert row["node"]["endedBecause"] == "PRICE_ROSE"


async def test_a_reduction_is_taken_back_and_another_stands_in_its_place(db: None) -> None:
    await lawful()
    owner, _ = await seller()
    first = await announced(owner, "150.00")
    second = await announced(owner, "140.00")
    assert second["reduction"]["priorPrice"] == {"amount": "150.00"}

    ended = await data(
        END, key_of(owner, *SCOPES), input={"id": second["id"], "idempotencyKey": "e"}
    )
    again = await data(
        END, key_of(owner, *SCOPES), input={"id": second["id"], "idempotencyKey": "f"}
    )

    assert ended["endReduction"]["endedBecause"] == "TAKEN_BACK"
    assert again["endReduction"] == {"__typename": "ReductionRefused", "code": "REDUCTION_UNKNOWN"}
    assert await shown() is None
    rows = await fetch("SELECT id::text, ended_because FROM price_reduction ORDER BY id")
    assert [tuple(row) for row in rows] == [
        (first["id"], "REPLACED"),
        (second["id"], "TAKEN_BACK"),
    ]


async def test_a_reduction_past_its_end_is_not_shown(db: None) -> None:
    await lawful()
    owner, _ = await seller()
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    await announced(owner, "150.00", endsAt=soon)
    assert await shown() is not None

    await execute("UPDATE price_reduction SET ends_at = starts_at + interval '1 microsecond'")

    assert await shown() is None
    past = {"sku": "SKU-0", "market": "FR", "price": "1", "idempotencyKey": "x",
            "endsAt": "2020-01-01T00:00:00Z"}  # fmt: skip
    told = await refusal(ANNOUNCE, key_of(owner, *SCOPES), input=past)
    assert (told["code"], told["argument"]) == ("BAD_USER_INPUT", "endsAt")


async def test_time_out_of_stock_is_written_down_as_not_published(db: None) -> None:
    item, *_ = await factories.world()
    owner = await factories.merchant()
    delta = await factories.feed(owner, FeedMode.DELTA)
    await run(delta, [line(item, "A", "100.00")])
    await run(delta, [{"sku": "A", "quantity": 0}])
    await run(delta, [{"sku": "A", "price": "90.00"}])
    await run(delta, [{"sku": "A", "quantity": 2}])

    rows = await fetch("SELECT item_minor, published FROM price_history ORDER BY at")
    assert [tuple(row) for row in rows] == [
        (10_000, True),
        (10_000, False),
        (9_000, False),
        (9_000, True),
    ]


async def test_a_reduction_states_a_price_below_its_prior_one(db: None) -> None:
    await lawful()
    owner, _ = await seller()
    await announced(owner, "150.00")
    with pytest.raises(asyncpg.CheckViolationError):
        async with transaction():
            await execute("UPDATE price_reduction SET prior_minor = price_minor")
