"""Rights begin with the delivery, on the days that the law of the buyer's country says."""

from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest

from domain.orders import LineState
from models.base import execute, fetchrow
from models.markets.rules import install
from models.orders.delivered import begin
from tests import factories, orders
from tests.factories import Item
from tests.rules import LENIENT, STRICT, lawful

BOUGHT = datetime(2026, 10, 30, 12, tzinfo=UTC)
ZONES = {"FR": "Europe/Paris", "DE": "Europe/Berlin", "PT": "Europe/Lisbon"}


@pytest.fixture
async def item(db: None) -> Item:
    return (await factories.world(1, 1))[0]


async def _delivered(item: Item, country: str, day: str) -> dict[str, Any]:
    """The dates of a line of a buyer in a country, delivered at noon of a day."""
    at = datetime.fromisoformat(f"{day}T12:00:00+00:00")
    owner = await factories.merchant(f"of-{country}-{day}".lower())
    await execute("UPDATE market SET time_zone = $1 WHERE code = 'FR'", ZONES[country])
    facts = {"country": country, "delivered_at": at, "return_until": None}
    of = await orders.bought(owner, item, LineState.DELIVERED, at=BOUGHT, **facts)
    await begin([of.order_id])
    row = await fetchrow(
        "SELECT withdraw_until, return_until, warranty::text, rights::text FROM order_line "
        "WHERE id = $1",
        of.lines[0],
    )
    assert row is not None
    return {**row} | {name: orjson.loads(row[name]) for name in ("warranty", "rights")}


@pytest.mark.parametrize(
    ("country", "day", "withdraw", "guarantee"),
    [
        ("FR", "2026-11-06", "2026-11-20", "2028-11-06"),
        ("FR", "2026-11-08", "2026-11-23", "2028-11-08"),
        ("FR", "2026-12-11", "2026-12-28", "2028-12-11"),
        ("FR", "2026-12-18", "2027-01-04", "2028-12-18"),
        ("FR", "2027-04-16", "2027-04-30", "2029-04-16"),
        ("DE", "2026-12-12", "2026-12-28", "2028-12-12"),
        ("PT", "2027-03-12", "2027-03-29", "2030-03-12"),
        ("PT", "2026-11-06", "2026-11-20", "2029-11-06"),
        ("FR", "2028-02-29", "2028-03-14", "2030-02-28"),
    ],
)
async def test_a_delivery_begins_the_days_of_the_law_and_ours_apart(
    item: Item, country: str, day: str, withdraw: str, guarantee: str
) -> None:
    await lawful(LENIENT)

    found = await _delivered(item, country, day)

    right = found["rights"]["withdrawal"]
    assert (right["last_day"], found["warranty"]["legalUntil"]) == (withdraw, guarantee)
    assert right["policy_last_day"] != right["last_day"]
    assert found["rights"]["guarantee"]["rule_ids"]
    assert right["rule_ids"]
    assert (found["withdraw_until"].date() - date.fromisoformat(withdraw)).days in {0, 1}
    assert found["return_until"] >= found["withdraw_until"]


async def test_where_no_rule_may_be_used_the_promise_stays_and_says_so(item: Item) -> None:
    install(STRICT)

    found = await _delivered(item, "DE", "2026-11-06")

    assert found["withdraw_until"] is None
    assert found["rights"]["withdrawal"] is None
    assert found["rights"]["guarantee"] == {"rule_ids": [], "unverified": [], "verified": False}
    assert found["warranty"]["legalUntil"] == "2028-11-06"
