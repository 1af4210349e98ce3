"""A contracted lot goes to its merchant, is counted and settled, and nothing on its way is lost."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from models.base import execute, fetch, fetchval, transaction
from models.merchants import Merchant
from models.raas import clock
from models.units import certificates
from tests import factories, handover
from tests.factories import Item
from tests.handover import (
    ACCEPT,
    ISSUE,
    RECORD,
    ago,
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
from tests.passports import as_owner
from tests.schema.asking import counted as counted_statements
from tests.schema.asking import refusal


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
    row = await certificates.one(await fetchval("SELECT id FROM certificate WHERE kind = 'FLEET'"))
    assert row is not None
    signed = await certificates.envelope(row)
    assert signed.payload["statement"] == (
        "What became of these devices. Not an offset, not a carbon credit, "
        "not to be deducted from scopes 1, 2 or 3."
    )
    assert await state(of) == "CLOSED"


async def test_each_side_tells_its_own_steps_and_a_driver_shows_a_code(
    owner: Merchant, item: Item
) -> None:
    of = await contracted(owner, item)
    window = {"from": ago(hours=-1), "until": ago(hours=-3)}
    made = await ask(
        handover.SCHEDULE, company(of), lotId=of.id, place="Dock 2", containers=1, carrier="UPS",
        **window,
    )  # fmt: skip
    again = await ask(
        handover.SCHEDULE, shop(of), lotId=of.id, place="Dock 2", containers=1, **window
    )
    moved = await ask(
        handover.RESCHEDULE, shop(of), lotId=of.id, place="Dock 3", containers=1, carrier="UPS",
        **window,
    )  # fmt: skip
    events = [
        {"subject": "CONTAINER", "name": "C1", "kind": "PACKED", "at": ago(hours=3)},
        {"subject": "CONTAINER", "name": "C1", "kind": "SEALED", "at": ago(hours=2), "seal": "S1"},
        {"subject": "CONTAINER", "name": "C1", "kind": "ARRIVED", "at": ago(hours=1)},
    ]
    told = await ask(RECORD, company(of), lotId=of.id, events=events)
    collected = [{**events[0], "kind": "COLLECTED", "at": ago(minutes=50)}]
    old = await ask(handover.BY_CODE, None, code=made["code"], events=collected)
    taken = await ask(handover.BY_CODE, None, code=moved["code"], events=collected)
    arrived = [{**events[0], "kind": "ARRIVED", "at": ago(minutes=40)}]
    await ask(handover.BY_CODE, None, code=moved["code"].replace("-", " "), events=arrived)
    spent = await ask(handover.BY_CODE, None, code=moved["code"], events=arrived)

    assert (again["code"], moved["pickup"]["moved"]) == ("PICKUP_EXISTS", 1)
    assert [each.get("code") for each in told["results"]] == [None, None, "NOT_YOURS_TO_TELL"]
    assert (old["code"], spent["code"]) == ("PICKUP_CODE_INVALID", "PICKUP_CODE_INVALID")
    assert taken["results"][0]["n"] == 3
    found = await seen(of)
    assert (found["state"], found["pickup"]["state"]) == ("RECEIVED", "COLLECTED")
    assert [e["node"]["actor"] for e in found["events"]["edges"]] == [
        "ORGANISATION", "ORGANISATION", "CARRIER", "CARRIER",
    ]  # fmt: skip


async def test_seals_gaps_masses_and_strangers_among_the_devices_are_incidents_for_both(
    owner: Merchant, item: Item
) -> None:
    of = await contracted(owner, item)
    await travelled(of, mass=100_000, arrived=97_900)
    device = {"subject": "DEVICE", "kind": "WEIGHED", "at": ago(hours=1)}
    box = {"subject": "CONTAINER", "name": "C1", "kind": "RECEIVED", "at": ago(hours=1)}
    told = await ask(
        RECORD, shop(of), lotId=of.id,
        events=[{**device, "name": "XX-1"}, {**box, "kind": "ARRIVED"}, box],
    )  # fmt: skip
    both = [await seen(of), await seen(of, shop(of))]

    assert [each.get("code") for each in told["results"]] == [
        "SERIAL_NOT_IN_MANIFEST", "CUSTODY_GAP", None,
    ]  # fmt: skip
    assert told["results"][1]["after"] == "OPENED"
    for found in both:
        incidents = [e["node"] for e in found["incidents"]["edges"]]
        kinds = [each["kind"] for each in incidents]
        assert kinds == ["MASS_BALANCE", "SERIAL_NOT_IN_MANIFEST"]
    done = await ask(
        handover.RESOLVE, company(of), lotId=of.id, incidentId=incidents[0]["id"],
        resolution="packaging was taken off",
    )  # fmt: skip
    assert done["incidentId"] == incidents[0]["id"]
    assert (await seen(of))["incidents"]["edges"][0]["node"]["resolvedAt"]


async def test_an_event_that_the_owner_of_the_tables_changed_is_found(
    owner: Merchant, item: Item
) -> None:
    of = await contracted(owner, item)
    await travelled(of)
    assert (await seen(of))["brokenChains"] == []

    await as_owner("ALTER TABLE custody_event DISABLE TRIGGER custody_event_append_only")
    await as_owner("ALTER TABLE custody_event NO FORCE ROW LEVEL SECURITY")
    await as_owner(
        "UPDATE custody_event SET data = jsonb_set(data, '{seal}', '\"OTHER\"') WHERE n = 2"
    )

    assert (await seen(of))["brokenChains"] == [{"subject": "CONTAINER", "name": "C1", "n": 2}]


async def test_no_event_is_changed_or_deleted(owner: Merchant, item: Item) -> None:
    of = await contracted(owner, item)
    await travelled(of)
    for statement in ("UPDATE custody_event SET n = n", "DELETE FROM custody_event"):
        with pytest.raises(asyncpg.PostgresError, match="append"):
            async with transaction():
                await execute(statement)


async def test_a_thousand_scans_are_one_call_and_as_many_statements_as_one(
    owner: Merchant, item: Item, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs = []
    for devices in (1, 1_000):
        of = await contracted(owner, item, devices=devices)
        await travelled(of)
        rows = await fetch("SELECT imei FROM asset WHERE lot_id = $1 ORDER BY id", of.lot_id)
        scans = [{"at": ago(hours=1), "imei": row["imei"]} for row in rows]
        with counted_statements(monkeypatch) as sent:
            told = await ask(handover.RECEIVE, shop(of), lotId=of.id, scans=scans)
        assert {each["found"] for each in told["results"]} == {"RECEIVED"}
        costs.append(sent.total())
    too_many = await refusal(
        handover.RECEIVE, shop(of),
        i={"lotId": of.id, "scans": [*scans, scans[0]], "idempotencyKey": "k"},
    )  # fmt: skip

    assert costs[0] == costs[1]
    assert too_many["code"] == "BAD_USER_INPUT"
    units = "SELECT count(DISTINCT unit_id) FROM asset WHERE lot_id = $1"
    assert await fetchval(units, of.lot_id) == 1_000


async def test_a_count_says_what_came_what_did_not_and_what_nobody_declared(
    owner: Merchant, item: Item
) -> None:
    of, other = await contracted(owner, item), await contracted(owner, item, devices=1)
    await travelled(of)
    known = await fetchval("SELECT imei FROM asset WHERE id = $1", of.assets[0])
    tag = await fetchval("SELECT tag FROM asset WHERE id = $1", of.assets[1])
    theirs = await fetchval("SELECT imei FROM asset WHERE id = $1", other.assets[0])
    at = ago(hours=1)
    scans = [
        {"at": at, "imei": known},
        {"at": at, "imei": known},
        {"at": at, "imei": handover.imei(999_999), "assetTag": tag},
        {"at": at, "imei": handover.imei(888_888)},
        {"at": at, "imei": theirs},
        {"at": at, "imei": "490154203237519"},
        {"at": at},
    ]
    told = (await ask(handover.RECEIVE, shop(of), lotId=of.id, scans=scans))["results"]
    done = await ask(handover.COMPLETE, shop(of), lotId=of.id)
    found = await seen(of)

    assert [each.get("found", each.get("code")) for each in told] == [
        "RECEIVED", "RECEIVED", "MISMATCHED", "EXTRA", "EXTRA", "IMEI_INVALID", "IDENTITY_MISSING",
    ]  # fmt: skip
    assert (told[1]["again"], told[2]["reasons"]) == (True, ["SERIAL_DIFFERS"])
    assert [each["elsewhere"] for each in told[3:5]] == [False, True]
    assert done["handover"]["state"] == "RECEIVED"
    counts = {k: v for k, v in found["reconciliation"].items() if k != "standsAt"}
    assert counts == {
        "declared": 3, "received": 1, "mismatched": 1, "missing": 1, "uncounted": 0, "extra": 2,
    }  # fmt: skip
    elsewhere = [e["node"] for e in found["incidents"]["edges"]]
    assert [e["kind"] for e in elsewhere].count("DEVICE_ELSEWHERE") == 1
    for n, keep in ((3, True), (4, False)):
        await ask(handover.EXTRA, company(of), lotId=of.id, assetId=told[n]["assetId"], keep=keep)
    after = await ask(handover.ACCEPT_COUNT, company(of), lotId=of.id)
    assert after["handover"]["state"] == "RECONCILED"


@pytest.mark.parametrize(("packed", "end"), [(True, "UPHELD"), (False, "REJECTED")])
async def test_a_missing_device_is_the_merchants_where_it_was_scanned_into_the_box(
    owner: Merchant, item: Item, packed: bool, end: str
) -> None:
    of = await contracted(owner, item, award=90_00, weights=(1, 1, 1))
    if packed:
        event = {"subject": "DEVICE", "name": of.asset(2), "kind": "PACKED", "at": ago(hours=10)}
        event["name"] = str(of.assets[2])
        await ask(RECORD, company(of), lotId=of.id, events=[event])
    await travelled(of)
    await counted(of, 0, 1)
    asset = of.asset(2)
    opened = await ask(
        handover.DISPUTE_COUNT, company(of), lotId=of.id, assetId=asset, reason="it was packed"
    )
    twice = await ask(
        handover.DISPUTE_COUNT, company(of), lotId=of.id, assetId=asset, reason="it was packed"
    )
    waits = await ask(handover.ACCEPT_COUNT, company(of), lotId=of.id)
    told = await ask(
        handover.ANSWER, shop(of), disputeId=opened["dispute"]["id"], agree=False, reason="no"
    )
    await processed(of, 0, 1)
    await ask(ISSUE, shop(of), lotId=of.id)
    lines = (await seen(of))["settlement"]["lines"]["edges"]

    assert (twice["code"], waits["handover"]["state"]) == ("DISPUTE_EXISTS", "RECEIVED")
    assert told["dispute"]["state"] == end
    assert told["dispute"]["decidedBy"] == "RULE"
    net = {"UPHELD": "28.20", "REJECTED": "0.00"}[end]
    assert lines[2]["node"]["net"]["amount"] == net
