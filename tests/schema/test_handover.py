"""A contracted lot goes to its merchant, is counted and settled, and nothing on its way is lost."""

from datetime import UTC, datetime, timedelta

import pytest

from models.base import execute, fetch
from models.merchants import Merchant
from models.raas import clock
from tests import factories, handover
from tests.factories import Item
from tests.handover import (
    ACCEPT,
    ISSUE,
    ask,
    company,
    contracted,
    counted,
    processed,
    seen,
    shop,
    state,
    travelled,
)


@pytest.fixture
async def item(db: None) -> Item:
    return (await factories.world(1, 1))[0]


@pytest.fixture
async def owner(item: Item) -> Merchant:
    await handover.phones_hold_data()
    return await factories.merchant()


async def test_a_lot_goes_from_its_contract_to_its_statement(owner: Merchant, item: Item) -> None:
    of = await contracted(owner, item, award=100_01, weights=(100, 100, 100))
    await travelled(of)
    told = await counted(of)
    assert told["handover"]["state"] == "RECONCILED", told
    await processed(of)
    issued = await ask(ISSUE, shop(of), lotId=of.id)
    assert issued["handover"]["state"] == "SETTLED"
    found = await seen(of)
    lines = [edge["node"] for edge in found["settlement"]["lines"]["edges"]]
    assert [line["bid"]["amount"] for line in lines] == ["33.34", "33.34", "33.33"]
    waits = await ask(ACCEPT, company(of), lotId=of.id)
    assert waits["code"] == "APPROVAL_REQUIRED"
    await handover.agreed_to()
    await ask(ACCEPT, company(of), lotId=of.id)
    assert (await seen(of, shop(of)))["settlement"]["state"] == "FINAL"


async def test_settled_lots_have_a_certificate_that_lists_each_device_and_then_close(
    owner: Merchant, item: Item
) -> None:
    of = await contracted(owner, item, award=0)
    await travelled(of)
    await counted(of, 0, 1)
    await execute("UPDATE lot SET reconcile_by = now() WHERE id = $1", of.lot_id)
    now = datetime.now(UTC) + timedelta(seconds=1)
    assert await clock.let_counts_stand(now) == 1
    await processed(of, 0, 1)
    assert await clock.make_statements(now + timedelta(days=2)) == 1

    made = [await clock.certify_devices(now), await clock.certify(now), await clock.certify(now)]
    await clock.let_statements_stand(now + timedelta(days=30))
    await clock.close_paid(now)

    assert made == [2, 1, 0]
    rows = await fetch("SELECT kind, serial_count FROM certificate ORDER BY n")
    assert [tuple(row) for row in rows] == [("ERASURE", 2), ("ERASURE", 2), ("FLEET", 2)]
    assert await state(of) == "CLOSED"
