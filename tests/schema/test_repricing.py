"""A merchant lets its prices follow, and reads what was made of them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from models.base import fetch, fetchval, transaction
from models.merchants import Merchant
from tests import factories
from tests.factories import line
from tests.schema import shop
from tests.schema.asking import data, key_of, refusal
from workers.ranking import reprice_some

SCOPES = ("offers:read", "offers:write")
SET = """mutation($input: SetRepricingInput!){setRepricing(input: $input){__typename
  ... on RepricingSet{mode market} ... on Problem{code path} ... on RepricingSkusUnknown{skus}}}"""
LOG = """query($first: Int! = 24, $after: String, $market: String){
  repricings(first: $first, after: $after, market: $market){pageInfo{hasNextPage endCursor}
  edges{node{sku market mode from{amount currency} to{amount} snapshotId rankingModelId}}}}"""
RULES = (
    """{repricingRules{edges{node{sku market mode minPrice{amount currency} maxPrice{amount}}}}}"""
)


async def _set(owner: Merchant, key: str = "k", **given: Any) -> dict[str, Any]:
    given = {"mode": "LEAD", "idempotencyKey": key} | given
    return dict((await data(SET, key_of(owner, *SCOPES), input=given))["setRepricing"])


async def _sellers(count: int = 1) -> Merchant:
    items = await factories.world(count, 1)
    owner, other = await factories.merchant("one"), await factories.merchant("two")
    await shop.sell(owner, [line(item, f"A{n}", "300.00") for n, item in enumerate(items)])
    await shop.sell(other, [line(item, f"B{n}", "290.00") for n, item in enumerate(items)])
    return owner


async def test_what_is_set_holds_is_read_back_audited_and_acted_on(db: None) -> None:
    owner = await _sellers()
    caller = key_of(owner, *SCOPES)

    given = {"skus": ["a0"], "market": "fr", "minPrice": "150.00", "maxPrice": "310.00"}
    assert await _set(owner, **given) == {
        "__typename": "RepricingSet", "mode": "LEAD", "market": "FR",
    }  # fmt: skip
    assert await _set(owner, **given) == await _set(owner, **given)

    assert await data(RULES, caller) == {"repricingRules": {"edges": [{"node": {
        "sku": "A0", "market": "FR", "mode": "LEAD",
        "minPrice": {"amount": "150.00", "currency": "EUR"}, "maxPrice": {"amount": "310.00"},
    }}]}}  # fmt: skip
    logged = await fetch("SELECT action, market, merchant_id FROM audit_log")
    assert [tuple(row) for row in logged] == [("setRepricing", "FR", owner.id)]
    assert await fetchval("SELECT count(*) FROM outbox_job WHERE job = 'reprice'") == 1
    async with transaction() as raw:
        assert await reprice_some(raw, owner.id, datetime.now(UTC)) == 1
    [edge] = (await data(LOG, caller))["repricings"]["edges"]
    change = edge["node"]
    assert (change["sku"], change["market"], change["mode"]) == ("A0", "FR", "LEAD")
    assert change["from"] == {"amount": "300.00", "currency": "EUR"}
    assert change["to"]["amount"] < "290.01"


async def test_changes_are_read_page_by_page_the_newest_first(db: None) -> None:
    owner = await _sellers(3)
    caller = key_of(owner, *SCOPES)
    await _set(owner, all=True, market="FR", minPrice="1.00")
    async with transaction() as raw:
        await reprice_some(raw, owner.id, datetime.now(UTC))

    first = (await data(LOG, caller, first=2))["repricings"]
    rest = (await data(LOG, caller, first=2, after=first["pageInfo"]["endCursor"]))["repricings"]

    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)
    found = [edge["node"]["sku"] for edge in first["edges"] + rest["edges"]]
    assert sorted(found) == ["A0", "A1", "A2"]
    assert (await data(LOG, caller, market="DE"))["repricings"]["edges"] == []
    other = key_of(await Merchant.get(slug="two"), *SCOPES)
    assert (await data(LOG, other))["repricings"]["edges"] == []


async def test_skus_of_another_merchant_are_refused_and_nothing_is_set(db: None) -> None:
    owner = await _sellers()

    told = await _set(owner, skus=["A0", "B0", "nothing"])

    assert told == {
        "__typename": "RepricingSkusUnknown", "code": "OFFER_UNKNOWN",
        "path": ["input", "skus"], "skus": ["B0", "nothing"],
    }  # fmt: skip
    assert await fetch("SELECT FROM reprice_rule") == []
    assert await fetch("SELECT FROM audit_log") == []


@pytest.mark.parametrize(
    ("given", "argument"),
    [
        ({}, "skus"),
        ({"skus": ["A0"], "all": True}, "skus"),
        ({"skus": []}, "skus"),
        ({"skus": ["A"] * 1001}, "skus"),
        ({"skus": ["\0"]}, "skus"),
        ({"all": True, "minPrice": "1.00"}, "market"),
        ({"all": True, "market": "FR", "minPrice": "0"}, "minPrice"),
        ({"all": True, "market": "FR", "minPrice": "1.001"}, "minPrice"),
        ({"all": True, "market": "FR", "maxPrice": "NaN"}, "maxPrice"),
        ({"all": True, "market": "FR", "minPrice": "2.00", "maxPrice": "1.00"}, "minPrice"),
        ({"all": True, "market": "XX"}, "market"),
        ({"all": True, "idempotencyKey": ""}, "idempotencyKey"),
    ],
    ids=range(12),
)
async def test_what_cannot_be_is_bad_input(db: None, given: dict[str, Any], argument: str) -> None:
    owner = await _sellers()
    asked = {"mode": "LEAD", "idempotencyKey": "k"} | given

    found = await refusal(SET, key_of(owner, *SCOPES), input=asked)

    assert (found["code"], found["argument"]) == ("BAD_USER_INPUT", argument)
    assert await fetch("SELECT FROM reprice_rule") == []


async def test_reading_needs_one_scope_and_setting_the_other(db: None) -> None:
    owner = await _sellers()
    asked = {"mode": "LEAD", "all": True, "idempotencyKey": "k"}

    assert (await refusal(SET, key_of(owner, "offers:read"), input=asked))["code"] == "FORBIDDEN"
    assert (await refusal(LOG, key_of(owner, "offers:write")))["code"] == "FORBIDDEN"
