"""An owner is told what its keys asked for, and what they have left."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.accounts import usage
from models.base import fetchval
from models.merchants import Merchant
from models.offers import upkeep
from resolvers.context import Caller
from schema.common import global_id
from tests import factories
from tests.boucle.edge import key
from tests.schema.asking import Json, data, key_of, refusal

ASK = """query($hours: Int!, $key: ID, $first: Int, $after: String){
  apiUsage(hours: $hours, key: $key, first: $first, after: $after){
    total{requests points refused errors} pageInfo{hasNextPage endCursor}
    edges{node{hour keyPrefix usage{requests points}}}
    buckets{keyPrefix limit remaining restoresPerSecond}}}"""
HOUR = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


async def used(caller: Caller, hours: int = 24, **more: Any) -> Json:
    found: Json = (await data(ASK, caller, hours=hours, **more))["apiUsage"]
    return found


async def count(merchant: Merchant, prefix: str, ago: int, requests: int = 1) -> None:
    hour = usage.Hour(prefix, HOUR - timedelta(hours=ago), requests, 1.5 * requests, 1, 2)
    await usage.add([usage.Counted(hour, merchant.id, None)])


async def test_counts_of_processes_add_up_and_are_told_by_hour_and_key(db: None) -> None:
    merchant, other = await factories.merchant("amber"), await factories.merchant("birch")
    _, row = await key(merchant.id)
    for ago in (0, 0, 1, 30):
        await count(merchant, row.prefix, ago, requests=2)
    await count(merchant, "older", 1, requests=2)
    await count(other, "theirs", 0)
    caller = key_of(merchant, "keys:read")

    found = await used(caller)
    assert found["total"] == {"requests": 8, "points": 12.0, "refused": 4, "errors": 8}
    told = [(e["node"]["keyPrefix"], e["node"]["usage"]["requests"]) for e in found["edges"]]
    assert told[0] == (row.prefix, 4)
    assert sorted(told[1:]) == sorted([("older", 2), (row.prefix, 2)])
    assert (await used(caller, 720))["total"]["requests"] == 10
    one = await used(caller, key=str(global_id("ApiKey", row.id)))
    assert one["total"]["requests"] == 6
    assert (await used(key_of(other, "keys:read")))["total"]["requests"] == 1
    stranger = await used(key_of(other, "keys:read"), key=str(global_id("ApiKey", row.id)))
    assert stranger["total"]["requests"] == 0


async def test_pages_of_hours_lose_and_repeat_nothing(db: None) -> None:
    merchant = await factories.merchant()
    for ago in range(3):
        for prefix in ("a", "b"):
            await count(merchant, prefix, ago)
    caller, seen, after, more = key_of(merchant, "keys:read"), [], None, True
    while more:
        page = await used(caller, first=1, after=after)
        seen += [(e["node"]["hour"], e["node"]["keyPrefix"]) for e in page["edges"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]

    assert len(seen) == 6
    assert seen == sorted(seen, reverse=True)


async def test_what_is_older_than_thirty_days_is_forgotten(db: None) -> None:
    merchant = await factories.merchant()
    await count(merchant, "k", 24 * 31)
    await count(merchant, "k", 24 * 29)

    await upkeep.purge()

    assert await fetchval("SELECT count(*) FROM api_usage") == 1


@pytest.mark.parametrize("hours", [0, 721])
async def test_hours_are_bounded(db: None, hours: int) -> None:
    caller = key_of(await factories.merchant(), "keys:read")

    assert (await refusal(ASK, caller, hours=hours))["argument"] == "hours"
