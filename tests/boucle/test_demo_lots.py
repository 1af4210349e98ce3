"""The demo's lots are made by the ways that clients use, once."""

from boucle import demo_lots
from boucle.settings import Settings
from models.base import fetch, fetchval
from tests import factories, fleets
from tests.identity import at_home


async def test_the_demo_puts_devices_to_bid_and_its_merchants_bid_once(db: None) -> None:
    await factories.world(1, 1)
    owner = await fleets.organisation()
    of = await fleets.fleet(owner, 9)
    for n in range(3):
        await factories.merchant(f"m{n}", quality_bp=7000)
    settings = Settings.load({})

    with at_home():
        made = await demo_lots.bring(settings, owner, of.id, of.assets)
        again = await demo_lots.bring(settings, owner, of.id, of.assets)

    assert ([lot.assets for lot in made], again) == ([3, 3, 3], [])
    rows = await fetch(
        "SELECT l.sealed, count(*) AS bids, count(b.amount_minor) AS read FROM lot l "
        "JOIN lot_bid b ON b.lot_id = l.id GROUP BY l.id ORDER BY l.id"
    )
    assert [tuple(row) for row in rows] == [(True, 3, 0), (False, 3, 3), (True, 3, 0)]
    assert await fetchval("SELECT max(amount_minor) FROM lot_bid") == 3 * (90_00 + 2 * 7_35)
