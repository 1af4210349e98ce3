"""The read models stay equal to the truth through a long random history, and the check sees it."""

from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from domain.markets import MarketStage
from domain.merchants import MerchantState
from domain.offers.lines import FeedMode
from models.base import execute, fetchrow, fetchval, transaction
from models.markets import Market
from models.offers import check, upkeep
from tests import factories
from tests.factories import Item, line, run

if TYPE_CHECKING:
    from models.merchants import Merchant
    from models.offers.feeds import Feed

CHANGES = 10_000
BATCH = 200
GRADES = ("fair", "good", "very_good", "excellent", "premium")
MARKETS = ("FR", "DE", "GB")


class History:
    """Merchants who send deltas, and operators who change states, quality and markets."""

    def __init__(self, random: Random, items: list[Item]) -> None:
        self.random = random
        self.items = items
        self.merchants: list[Merchant] = []
        self.feeds: list[Feed] = []

    async def begin(self) -> None:
        for number in range(8):
            owner = await factories.merchant(
                f"m{number}",
                markets=MARKETS[: 1 + number % 3],
                country=("FR", "DE", "GB", "IT")[number % 4],
                quality_bp=self.random.randint(1500, 9500) if number else None,
                shipping_minor=self.random.choice([0, 490]),
                delay_hours=self.random.choice([24, 72, 400]),
            )
            self.merchants.append(owner)
            self.feeds.append(await factories.feed(owner, FeedMode.DELTA))

    async def turn(self) -> int:
        """One batch through a door of the system; returns how many changes it asked for."""
        if self.random.random() < 0.15:
            return await self.operator()
        of = self.random.choice(self.feeds)
        rows = [self.change(f"S{n}") for n in self.random.sample(range(300), BATCH)]
        await run(of, rows)
        return len(rows)

    def change(self, sku: str) -> dict[str, Any]:
        random = self.random
        match random.randrange(10):
            case 0:
                return {"sku": sku, "deleted": "true"}
            case 1 | 2:
                return {"sku": sku, "quantity": random.choice([0, 0, 1, 7])}
            case 3 | 4 | 5:
                return {
                    "sku": sku,
                    "price": f"{random.randint(95, 110)}.{random.randint(0, 99):02}",
                }
            case _:
                return self.whole(sku)

    def whole(self, sku: str) -> dict[str, Any]:
        random = self.random
        prices = {"price": random.choice(["99.90", "104.00", "20.00", "700.00"])}
        markets = random.choice(["FR", "FR DE", "DE GB FR"])
        if "GB" in markets:
            prices |= {"price[GB]": random.choice(["90.00", "91.50"]), "currency[GB]": "GBP"}
        more = {"warranty_months": random.choice([12, 24]), "battery": random.choice(["new", "88"])}
        grade = random.choice(GRADES)
        return line(random.choice(self.items), sku, grade=grade, markets=markets, **prices, **more)

    async def operator(self) -> int:
        random = self.random
        owner = random.choice(self.merchants)
        async with transaction() as raw:
            match random.randrange(4):
                case 0:
                    owner.state = random.choice(
                        [MerchantState.ACTIVE, MerchantState.RESTRICTED, MerchantState.SUSPENDED]
                    )
                    await owner.save()
                    await upkeep.refresh_merchants(raw, [owner.id])
                case 1:
                    await factories.quality(owner, random.randint(1500, 9500))
                    await upkeep.refresh_merchants(raw, [owner.id])
                case 2:
                    code = random.choice(MARKETS)
                    stage = random.choice([MarketStage.PUBLIC, MarketStage.CLOSING])
                    await Market.filter(code=code).update(stage=stage)
                    await upkeep.refresh_market(raw, code)
                case _:
                    await upkeep.refresh_today(raw)
        return 1


async def differences() -> int:
    async with transaction() as raw:
        return (await check.differences(raw)).total


async def test_ten_thousand_random_changes_leave_no_difference(db: None) -> None:
    history = History(Random(20260504), await factories.world(5, 4))
    await history.begin()
    done, turns = 0, 0
    while done < CHANGES:
        done, turns = done + await history.turn(), turns + 1
        if turns % 10 == 0:
            assert await differences() == 0, f"after {done} changes"

    assert await differences() == 0
    found = await fetchrow(
        "SELECT max(offers) AS most, count(*) FILTER (WHERE offers = 0) AS emptied, "
        "max(cardinality(group_offers)) AS sharing FROM best_offer"
    )
    assert found is not None
    assert found["most"] > 5
    assert found["emptied"] > 0
    assert found["sharing"] > 1
    assert await fetchval("SELECT count(DISTINCT visibility) FROM offer_market") == 3


SABOTAGE = [
    pytest.param("UPDATE best_offer SET landed_minor = landed_minor + 1", (1, 0, 0), id="price"),
    pytest.param("UPDATE best_offer SET across_e10 = across_e10 + 10000", (1, 1, 0), id="order"),
    pytest.param("UPDATE best_offer SET offers = offers + 1", (1, 1, 0), id="count"),
    pytest.param("UPDATE best_offer SET group_offers = '{}'", (1, 0, 0), id="group"),
    pytest.param("UPDATE best_offer SET snapshot_id = 'x'", (1, 0, 0), id="snapshot"),
    pytest.param("DELETE FROM best_offer", (1, 1, 4), id="row"),
    pytest.param("UPDATE product_market SET merchants = 9", (0, 1, 0), id="product"),
    pytest.param("DELETE FROM product_market", (0, 1, 0), id="product row"),
    pytest.param("UPDATE facet_count SET products = 0 WHERE key = 'brand'", (0, 0, 1), id="facet"),
    pytest.param("UPDATE offer_market SET visibility = 0", (1, 1, 0), id="truth"),
]


@pytest.mark.parametrize(("sabotage", "expected"), SABOTAGE)
async def test_the_check_sees_a_read_model_that_is_wrong(
    db: None, sabotage: str, expected: tuple[int, int, int]
) -> None:
    (item,) = await factories.world(1, 1)
    for number in range(2):
        owner = await factories.merchant(f"m{number}", quality_bp=7000)
        await run(await factories.feed(owner), [line(item, "A", f"20{number}.00")])
    async with transaction() as raw:
        before = await check.differences(raw)
        await execute(sabotage)
        after = await check.differences(raw)

    assert before.total == 0
    assert (after.competitions, after.products, after.facets) == expected
