"""The demo's lots are made by the ways that clients use, once, and one goes to its statement."""

from boucle import demo_lots
from boucle.settings import Settings
from domain.raas import LotState
from models.base import fetch, fetchval
from models.units import certificates
from tests import factories, fleets, handover
from tests.identity import at_home


async def test_the_demo_puts_devices_to_bid_and_hands_one_lot_over_once(db: None) -> None:
    await factories.world(1, 1)
    await handover.phones_hold_data()
    owner = await fleets.organisation()
    of = await fleets.fleet(owner, 12)
    for n in range(3):
        await factories.merchant(f"m{n}", quality_bp=7000)
    settings = Settings.load({})
    vault, site = certificates._Process.vault, certificates._Process.site

    try:
        with at_home():
            made = await demo_lots.bring(settings, owner, of.id, of.assets)
            again = await demo_lots.bring(settings, owner, of.id, of.assets)
    finally:
        certificates.install(vault, site)

    assert ([lot.assets for lot in made], again) == ([3, 3, 3, 3], [])
    rows = await fetch(
        "SELECT l.state, l.sealed, count(*) AS bids, count(b.amount_minor) AS read FROM lot l "
        "JOIN lot_bid b ON b.lot_id = l.id GROUP BY l.id ORDER BY l.id"
    )
    assert [tuple(row) for row in rows] == [
        (LotState.SETTLED, True, 3, 3),
        (LotState.BIDDING_CLOSED, True, 3, 3),
        (LotState.PUBLISHED, True, 3, 0),
        (LotState.PUBLISHED, False, 3, 3),
    ]
    assert await fetchval("SELECT max(amount_minor) FROM lot_bid") == 3 * (90_00 + 2 * 7_35)
    assert await fetchval("SELECT count(*) FROM certificate") == 3 + 1
