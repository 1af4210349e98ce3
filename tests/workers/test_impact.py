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
    facts = {"device_status": "CLEAR", "created_at": MAY, "updated_at": MAY, "last_hash": "\\x"}
    about = {"variant_id": item.variant_id, "category": "smartphone", "passports": 1, "events": 0}
    made: UUID = await insert("unit", id=id_of(str(new_id())), **facts, **about)
    return made


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


async def test_a_second_run_counts_nothing_twice(shop: tuple[Merchant, Item]) -> None:
    await goes(await sold(shop, await unit(shop[1])), LineState.COMPLETED, MAY)
    await count()
    before = await total()
    await execute("INSERT INTO impact_due (line_id) SELECT id FROM order_line")
    await count()
    assert await total() | {"as_of": 0} == before | {"as_of": 0}
    assert await fetchval("SELECT count(*) FROM impact_entry") == 1


async def test_a_device_that_was_not_seen_to_come_back_counts_once(
    shop: tuple[Merchant, Item],
) -> None:
    device = await unit(shop[1])
    await goes(await sold(shop, device), LineState.COMPLETED, MAY)
    await count()
    again = await sold(shop, device, JUNE + timedelta(days=60))
    await goes(again, LineState.COMPLETED, JUNE)
    await count()
    assert (await total())["units"] == 1
    row = await fetchrow("SELECT * FROM impact_entry WHERE line_id = $1", again.lines[0])
    assert row is not None
    assert (row["sign"], row["reason"]) == (0, "ALREADY_COUNTED")


async def test_a_device_that_was_traded_in_has_another_life(shop: tuple[Merchant, Item]) -> None:
    device = await unit(shop[1])
    first = await sold(shop, device)
    await goes(first, LineState.COMPLETED, MAY)
    await count()
    await happened(device, 1, "RECEIVED", MAY + timedelta(days=90))
    await goes(await sold(shop, device, MAY + timedelta(days=200)), LineState.COMPLETED, JUNE)
    await count()
    assert (await total())["units"] == 2
    lives = await fetch("SELECT until_at FROM impact_life ORDER BY id")
    assert [row["until_at"] is None for row in lives] == [False, True]


async def test_two_lines_of_one_device_in_one_run_count_once(shop: tuple[Merchant, Item]) -> None:
    device = await unit(shop[1])
    for closes in (MAY, JUNE):
        await goes(await sold(shop, device, closes), LineState.COMPLETED, closes)
    await count()
    assert (await total())["units"] == 1
    assert await fetchval("SELECT count(*) FROM impact_due") == 0


async def test_what_is_sent_back_to_its_buyer_counts_again(shop: tuple[Merchant, Item]) -> None:
    of = await sold(shop, await unit(shop[1]))
    await goes(of, LineState.COMPLETED, MAY)
    await count()
    await goes(of, LineState.RETURNED, JUNE)
    await count()
    assert (await total())["net"] == 0
    later = JUNE + timedelta(days=40)
    await goes(of, LineState.DELIVERED, later)
    await goes(of, LineState.COMPLETED, later)
    await count()
    assert (await total(period="2026-07"))["units"] == 1
    assert (await total())["units"] == 1
    signs = await fetch("SELECT sign FROM impact_entry ORDER BY seq")
    assert [row["sign"] for row in signs] == [1, -1, 1]


async def test_what_is_delivered_but_may_be_given_back_does_not_count(
    shop: tuple[Merchant, Item],
) -> None:
    await sold(shop, await unit(shop[1]))
    await count()
    assert await fetchval("SELECT count(*) FROM impact_entry") == 0


async def test_devices_without_a_number_are_told_and_not_left_out(
    shop: tuple[Merchant, Item],
) -> None:
    for given in (
        {"unit_id": None},
        {"unit_id": await unit(shop[1]), "category": "headphones"},
        {"unit_id": await unit(shop[1])},
    ):
        device = given.pop("unit_id")
        await goes(await sold(shop, device, **given), LineState.COMPLETED, MAY)
    await count()
    found = await total()
    assert (found["units"], found["counted"], found["without_number"]) == (3, 1, 2)
    assert found["net"] == Decimal("32.603673")
    reasons = await fetch("SELECT DISTINCT reason FROM impact_value WHERE reason IS NOT NULL")
    assert "NO_STUDY" in {row["reason"] for row in reasons}


async def test_what_the_workshop_recorded_weighs(shop: tuple[Merchant, Item]) -> None:
    """Golden case 33: battery of 48 g, charger, 150 g of cardboard, of a phone of be-v2."""
    device = await unit(shop[1])
    part = {"part": "BATTERY", "origin": "NEW_COMPATIBLE"}
    await happened(device, 1, "PART_REPLACED", MAY - timedelta(days=40), data=part)
    told = {"accessories": ["PHONE_CHARGER"], "packagingKg": "0.15",
            "firstUsedOn": "2020-01-01", "firstUsedEvidence": "INVOICE"}  # fmt: skip
    await happened(device, 2, "REFURBISHED", MAY - timedelta(days=39), data=told)
    await goes(await sold(shop, device), LineState.COMPLETED, MAY)
    await count()
    found = await total()
    # 45.920667 of case 6, less 0.302784 + 0.4153 + 0.1935 of case 33
    assert found["gross"] == Decimal("45.009083")
    assert found["graded_ab"] == 1


async def test_a_new_screen_has_no_number_and_a_second_hand_one_costs_nothing(
    shop: tuple[Merchant, Item],
) -> None:
    for origin in ("NEW_GENUINE", "SECOND_HAND", "UNKNOWN"):
        device = await unit(shop[1])
        await happened(device, 1, "PART_REPLACED", MAY - timedelta(days=40),
                       data={"part": "SCREEN", "origin": origin})  # fmt: skip
        await goes(await sold(shop, device), LineState.COMPLETED, MAY)
    await count()
    found = await total()
    assert (found["units"], found["counted"]) == (3, 1)


async def test_a_later_set_restates_and_rewrites_nothing(
    shop: tuple[Merchant, Item], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(impact, "LISTING", ("be-v2",))
    await goes(await sold(shop, await unit(shop[1])), LineState.COMPLETED, MAY)
    await count()
    before = [tuple(row) for row in await fetch("SELECT * FROM impact_posting ORDER BY entry")]
    assert {row["set_id"] for row in await fetch("SELECT set_id FROM impact_total")} == {"be-v2"}

    monkeypatch.setattr(impact, "LISTING", ("be-v2", "ademe-2022"))
    monkeypatch.setattr(impact, "SUMS", "ademe-2022")
    await count()
    await goes(await sold(shop, await unit(shop[1]), JUNE), LineState.COMPLETED, JUNE)
    await count()

    kept = await fetch("SELECT * FROM impact_posting WHERE set_id = 'be-v2' ORDER BY entry")
    assert before == [tuple(row) for row in kept][:1]
    as_reported = await total(period="2026-05", basis="AS_REPORTED")
    restated = await total(period="2026-05", of="ademe-2022")
    assert as_reported["net"] == Decimal("32.603673")
    assert restated["net"] == Decimal("34.915433")
    assert await total(period="2026-06", basis="AS_REPORTED") == {}
    reported = await total(period="2026-06", basis="AS_REPORTED", of="ademe-2022")
    assert reported["net"] == Decimal("34.915433")


async def test_nothing_of_the_register_is_edited(shop: tuple[Merchant, Item]) -> None:
    await goes(await sold(shop, await unit(shop[1])), LineState.COMPLETED, MAY)
    await count()
    for table in ("impact_entry", "impact_value", "impact_posting"):
        with pytest.raises(Exception, match="append-only"):
            async with as_system() as raw:
                await raw.execute(f"DELETE FROM {table}")
    assert await fetchval("SELECT count(*) FROM impact_posting WHERE set_id = 'be-v2'") == 1


async def test_every_total_is_the_sum_of_its_lines_to_the_last_digit(
    shop: tuple[Merchant, Item],
) -> None:
    merchant, item = shop
    other = await factories.merchant("birch")
    released = [date(2024, 3, n + 1) for n in range(7)]
    for n in range(21):
        await execute("UPDATE product SET release_date = $1", released[n % 7])
        where = {"country": ("FR", "DE", "BE")[n % 3]}
        of = await sold((other if n % 2 else merchant, item), await unit(item), MAY, **where)
        await goes(of, LineState.COMPLETED, MAY)
        await count()
    rows = await fetch(
        "SELECT t.net, t.gross, (SELECT sum((c->>'net')::numeric) FROM jsonb_array_elements("
        "t.categories) c) AS lines, (SELECT sum(p.net) FROM impact_posting p JOIN impact_entry e"
        " ON e.n = p.entry WHERE p.set_id = t.set_id AND p.indicator = t.indicator"
        " AND (t.place = '' OR e.country = t.place OR t.scope = 'MARKET')) AS entries"
        " FROM impact_total t WHERE basis = 'RESTATED'"
    )
    assert len(rows) > 10
    for row in rows:
        assert row["net"] == row["lines"] == row["entries"]
    exact = await fetch("SELECT country, indicator, set_id, net FROM impact_bucket")
    for row in exact:
        said = await fetchval(
            "SELECT net FROM impact_total WHERE scope = 'COUNTRY' AND place = $1 AND period ="
            " '2026-05' AND indicator = $2 AND set_id = $3 AND basis = 'RESTATED'",
            row["country"], row["indicator"], row["set_id"],
        )  # fmt: skip
        assert abs(said - row["net"]) <= Decimal("0.0000005")
