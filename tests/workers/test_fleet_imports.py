"""A fleet's file becomes declared devices: one outcome for every line."""

import pytest

from domain.raas import FleetState
from domain.raas.lines import FleetImportState
from models.base import fetchrow, fetchval
from models.raas import fleets
from tests import factories
from tests import fleets as made
from tests.fleets import imei

PHONE = {"manufacturer": "Calder", "model": "C0", "condition": "good"}


@pytest.fixture
async def world(db: None) -> None:
    await factories.world(3, 1)


async def test_a_line_declares_a_device_that_is_matched_to_the_catalogue(world: None) -> None:
    owner = await made.organisation()
    fleet_id = await made.fleet(owner)
    line = PHONE | {"assetTag": "A-1", "imei": imei(1), "purchaseDate": "2023-05-31"}
    run = await made.imported(owner, fleet_id, made.sheet([line]))
    assert run.state is FleetImportState.COMPLETED
    assert run.counts == {"ACCEPTED": 1}
    row = await fetchrow("SELECT * FROM asset")
    assert row is not None
    assert (row["tag"], row["imei"], row["key"]) == ("A-1", imei(1), f"IMEI:{imei(1)}")
    assert (row["state"], row["grade"], row["confidence_bp"]) == (
        *("MATCHED", "FUNCTIONAL_GOOD", 10_000),
    )
    assert await fetchval("SELECT slug FROM product WHERE id = $1", row["product_id"]) == "calder-0"
    assert str(row["purchased_on"]) == "2023-05-31"
    fleet = await fleets.get(fleet_id)
    assert fleet is not None
    assert (fleet.state, fleet.assets) == (FleetState.REVIEW, 1)
