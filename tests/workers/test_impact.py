"""The register of impact: what counts, once a life, what is taken back, and totals that add up."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.orders import Actor, LineState
from models import impact
from models.base import as_system, execute, fetch, fetchrow, fetchval, id_of, new_id
from models.jobs import Job
from models.merchants import Merchant
from models.orders import By, move
from models.outbox import enqueue
from tests import factories, orders
from tests.factories import Item
from tests.jobs import work
from tests.orders import Bought, insert

MAY, JUNE = datetime(2026, 5, 12, 12, tzinfo=UTC), datetime(2026, 6, 9, 12, tzinfo=UTC)


@pytest.fixture
async def shop(db: None) -> tuple[Merchant, Item]:
    [item] = await factories.world(1, 1)
    await execute("UPDATE product SET release_date = '2019-01-01'")
    return await factories.merchant("amber"), item


async def unit(item: Item) -> UUID:
    return UUID(str(await insert("unit", id=id_of(str(new_id())), variant_id=item.variant_id,
                                 category="smartphone", passports=1, events=0, last_hash="\\x",
                                 device_status="CLEAR", created_at=MAY, updated_at=MAY)))  # fmt: skip


async def happened(of: UUID, n: int, kind: str, at: datetime, **more: Any) -> None:
    await insert("unit_event", unit_id=of, n=n, kind=kind, at=at, passport=1, recorded_at=at,
                 previous="\\x", hash="\\x", **{"data": {}} | more)  # fmt: skip


async def sold(
    shop: tuple[Merchant, Item], device: UUID | None, closes: datetime = MAY, **more: Any
) -> Bought:
    """A phone whose days to give back end then, not completed yet."""
    at = closes - timedelta(days=33)
    facts = {"unit_id": device, "return_until": closes} | more
    return await orders.bought(*shop, LineState.DELIVERED, at=at, **facts)


async def goes(of: Bought, to: LineState, at: datetime) -> None:
    assert await move(of.lines, to, By(Actor.PLATFORM, at))


async def count() -> None:
    await enqueue(Job.COUNT_IMPACT)
    assert await work(Job.COUNT_IMPACT) == ["count_impact"]


async def total(
    place: str = "FR", period: str = "", basis: str = "RESTATED", of: str = "be-v2"
) -> dict[str, Any]:
    row = await fetchrow(
        "SELECT * FROM impact_total WHERE scope = 'COUNTRY' AND place = $1 AND period = $2"
        " AND basis = $3 AND set_id = $4 AND indicator = 'GWP'",
        place, period, basis, of,
    )  # fmt: skip
    return dict(row) if row else {}


async def test_three_phones_of_may_and_one_that_came_back_in_june(
    shop: tuple[Merchant, Item],
) -> None:
    """Golden case 42 of the method."""
    three = [await sold(shop, await unit(shop[1])) for _ in range(3)]
    for each in three:
        await goes(each, LineState.COMPLETED, MAY)
    await count()
    await goes(three[1], LineState.RETURNED, JUNE)
    await count()

    may, june, ever = await total(period="2026-05"), await total(period="2026-06"), await total()
    assert (may["net"], may["units"], may["counted"]) == (Decimal("97.811020"), 3, 3)
    assert (june["net"], june["units"], june["returned"]) == (Decimal("-32.603673"), -1, 1)
    assert ever["net"] == may["net"] + june["net"]
    assert abs(may["p50"] - 3 * Decimal("29.863")) < Decimal("0.03")
    assert (may["status"], may["grade"], may["graded_ab"]) == ("FAVOURABLE", "C", 0)
    lines = await fetch("SELECT net FROM impact_posting WHERE set_id = 'be-v2' ORDER BY entry")
    assert sum(row["net"] for row in lines) == ever["net"]
