"""A merchant records what it does with a device, and sells it by what was recorded."""

from uuid import UUID

import pytest

from domain.orders import LineState
from domain.units.status import CheckMoment
from integrations.devices import Asked, AskedLocks, SimulatedList, SimulatedLocks
from models.base import execute, fetch, fetchval
from models.merchants import Merchant
from models.units import passports, status
from schema.common import global_id
from tests import factories
from tests.devices import fresh, number, valid
from tests.factories import Item, some_id
from tests.fulfilment import ATTACH, SHIP, ask, device, line_id, merchant_key, order_id, paid
from tests.passports import (
    DIAGNOSE,
    ERASE,
    GRADE,
    OFFER,
    READ,
    a_test,
    ago,
    as_owner,
    at_now,
    erased,
    registered,
)
from tests.schema.asking import data


@pytest.fixture
async def item(db: None) -> Item:
    return (await factories.world(1, 1))[0]


@pytest.fixture
async def owner(item: Item) -> Merchant:
    await execute("INSERT INTO category_unit VALUES ('smartphone', 'IMEI', true, 'test')")
    return await factories.merchant()


async def test_a_device_is_registered_recorded_and_sold_by_what_was_recorded(
    owner: Merchant, item: Item
) -> None:
    caller, now, imei = merchant_key(owner), await at_now(), fresh()
    bought = {"price": "180.00", "currency": "EUR", "document": "L-7", "supplier": "PERSON"}
    media = [{"type": "UFS", "serial": "UFS-1", "capacityBytes": "128000000000"}]

    made = await registered(
        owner, item, imei, sku="shelf 4", acquisition=bought, media=media, channel="OPERATOR"
    )
    unit = made["unit"]["id"]
    refused = [await ask(OFFER, caller, unit=unit)]
    await ask(DIAGNOSE, caller, unit=unit, diagnostic=a_test(now))
    refused.append(await ask(OFFER, caller, unit=unit))
    await ask(ERASE, caller, **erased(unit, now))
    offered = await ask(OFFER, caller, unit=unit)
    of = await paid(owner, item, LineState.ACCEPTED)
    bare = device(of.lines[0], now, imei=imei, diagnostic=None, erasure=None)
    attached = await ask(ATTACH, caller, **bare)

    assert (made["unit"]["sku"], made["unit"]["acquisition"]["price"]["amount"]) == (
        "shelf 4", "180.00",
    )  # fmt: skip
    assert made["unit"]["channel"] == "OPERATOR"
    assert [(each["code"], each["reason"]) for each in refused] == [
        ("DIAGNOSTIC_MISSING", "NONE_GIVEN"), ("ERASURE_PROOF_MISSING", "NONE_GIVEN"),
    ]  # fmt: skip
    assert offered["unit"]["missing"] == []
    assert offered["unit"]["media"][0]["erasures"][0]["facts"]["operator"] == "Camille"
    assert attached["line"]["unit"]["imei"] == imei
    assert await fetchval("SELECT count(*) FROM unit") == 1


async def test_the_same_device_registered_again_is_the_same_unit_and_another_merchants_is_taken(
    owner: Merchant, item: Item
) -> None:
    birch, imei = await factories.merchant("birch"), fresh()

    one = await registered(owner, item, imei)
    two = await registered(owner, item, imei, sku="moved")
    other = await registered(birch, item, imei)
    bad = await registered(owner, item, "490154203237517")

    assert one["unit"]["id"] == two["unit"]["id"]
    assert (other["code"], other["field"]) == ("IMEI_ALREADY_SOLD", "imei")
    assert bad["code"] == "IMEI_INVALID"


async def test_a_device_with_two_media_leaves_after_two_validated_erasures(
    owner: Merchant, item: Item
) -> None:
    caller, now, imei = merchant_key(owner), await at_now(), fresh()
    media = [{"type": "UFS", "serial": "UFS-1"}, {"type": "SD", "serial": "SD-1"}]
    made = await registered(owner, item, imei, media=media, diagnostic=a_test(now))
    unit = made["unit"]["id"]

    one = (await ask(ERASE, caller, **erased(unit, now)))["unit"]["missing"]
    of = await paid(owner, item, LineState.ACCEPTED)
    early = await ask(ATTACH, caller, **device(of.lines[0], now, imei=imei))
    card = {"type": "SD", "serial": "SD-1"}
    verified = await ask(ERASE, caller, **erased(unit, now, medium=card, state="VERIFIED"))
    await ask(ERASE, caller, **erased(unit, now, medium=card))
    done = await ask(ATTACH, caller, **device(of.lines[0], now, imei=imei))

    assert one == [{"code": "ERASURE_PROOF_MISSING", "reason": "NONE_GIVEN", "medium": "SD-1"}]
    assert (early["code"], early["reason"]) == ("ERASURE_PROOF_MISSING", "NONE_GIVEN")
    assert verified["unit"]["missing"][0]["reason"] == "NOT_VALIDATED"
    assert done["line"]["unit"]["imei"] == imei


async def test_what_fails_after_it_was_attached_does_not_leave(owner: Merchant, item: Item) -> None:
    caller, now = merchant_key(owner), await at_now()
    of = await paid(owner, item, LineState.ACCEPTED)
    await ask(ATTACH, caller, **device(of.lines[0], now))
    unit = str(await fetchval("SELECT id FROM unit"))
    parcel = {
        "order": order_id(of), "lines": [line_id(of.lines[0])], "carrier": "UPS",
        "trackingNumber": "1Z999AA10123456784",
    }  # fmt: skip

    await ask(DIAGNOSE, caller, unit=unit, diagnostic=a_test(now, passed=False))
    broken = await ask(SHIP, caller, **parcel)
    await ask(DIAGNOSE, caller, unit=unit, diagnostic=a_test(now))
    failed = erased(unit, now, state="FAILED", method="CLEAR", technique="OVERWRITE")
    await ask(ERASE, caller, **failed)
    dirty = await ask(SHIP, caller, **parcel)
    await ask(ERASE, caller, **erased(unit, now, method="CLEAR", technique="OVERWRITE"))
    sent = await ask(SHIP, caller, **parcel)
    away = await ask(DIAGNOSE, caller, unit=unit, diagnostic=a_test(now))

    assert (broken["code"], dirty["code"]) == ("DIAGNOSTIC_MISSING", "ERASURE_PROOF_MISSING")
    assert sent["order"]["state"] == "SHIPPED"
    assert away["code"] == "UNIT_NOT_IN_HAND"


async def test_an_erasure_goes_its_way_and_no_other(owner: Merchant, item: Item) -> None:
    caller, now = merchant_key(owner), await at_now()
    unit = (await registered(owner, item, fresh()))["unit"]["id"]
    reset = {"technique": "FACTORY_RESET", "method": "PURGE"}

    bare = await ask(ERASE, caller, **erased(unit, now, validator=None))
    magnet = await ask(ERASE, caller, **erased(unit, now, technique="DEGAUSS"))
    future = await ask(ERASE, caller, **erased(unit, now, at=ago(now, -60)))
    gone = await ask(ERASE, caller, **erased(unit, now, state="DESTROYED"))
    plain = await ask(ERASE, caller, **erased(unit, now, **reset))
    shown = await ask(ERASE, caller, **erased(unit, now, "UFS-2", **reset, encrypted=True))

    reasons = [each["reason"] for each in (bare, magnet, future)]
    assert reasons == ["FACTS_MISSING", "DEGAUSS_ON_FLASH", "FROM_THE_FUTURE"]
    assert (gone["code"], gone["from"], gone["allowed"]) == (
        "INVALID_TRANSITION", "PENDING", ["RUNNING"],
    )  # fmt: skip
    methods = [m["erasures"][0]["method"] for m in shown["unit"]["media"]]
    assert plain["unit"]["media"][0]["erasures"][0]["facts"]["claimed"] == "PURGE"
    assert methods == ["CLEAR", "PURGE"]


async def test_nothing_is_recorded_of_a_device_that_is_not_ones_own(
    owner: Merchant, item: Item
) -> None:
    birch, now = await factories.merchant("birch"), await at_now()
    unit = (await registered(owner, item, fresh()))["unit"]["id"]
    stranger = merchant_key(birch)
    before = await fetchval("SELECT count(*) FROM unit_event")

    answers = [
        await ask(DIAGNOSE, stranger, unit=unit, diagnostic=a_test(now)),
        await ask(ERASE, stranger, **erased(unit, now)),
        await ask(GRADE, stranger, unit=unit, grade="GOOD", at=ago(now)),
        await ask(OFFER, stranger, unit=unit),
    ]

    assert {each["code"] for each in answers} == {"UNIT_UNKNOWN"}
    assert (await data(READ, stranger, id=unit))["unit"] is None
    assert await fetchval("SELECT count(*) FROM unit_event") == before


async def test_a_status_is_asked_once_kept_and_asked_again_when_it_has_run_out(
    owner: Merchant, item: Item
) -> None:
    locks = SimulatedLocks()
    status.install(Asked(SimulatedList()))
    status.install_locks(AskedLocks(locks))
    locked, stolen = valid("35000000001501"), valid("35000000001666")

    made = await registered(owner, item, locked)
    refused = await registered(owner, item, stolen)
    on = [each["lock"] for each in made["unit"]["locks"] if each["state"] == "ON"]
    locks.opened.add(locked)
    kept = await status.check([number(locked)])
    await as_owner("ALTER TABLE unit_status_check DISABLE TRIGGER unit_status_check_append_only")
    await execute("UPDATE unit_status_check SET expires_at = now()")
    fresh_one = await status.check([number(locked)])

    assert (on, made["unit"]["deviceStatus"]) == (["ACTIVATION"], "CLEAR")
    assert refused["code"] == "IMEI_BLACKLISTED"
    assert (kept.on, fresh_one.on) == (("ACTIVATION",), ())
    rows = await fetch("SELECT moment, status, source FROM unit_status_check")
    assert [tuple(row) for row in rows] == [(CheckMoment.RESALE, "CLEAR", "SIMULATOR")]


async def test_with_nobody_to_ask_all_is_unknown_and_nothing_stops(
    owner: Merchant, item: Item
) -> None:
    made = await registered(owner, item, valid("35000000001666"))

    assert made["unit"]["deviceStatus"] == "UNKNOWN"
    assert {each["state"] for each in made["unit"]["locks"]} == {"UNKNOWN"}
    assert await passports.in_hand(UUID(str(await fetchval("SELECT id FROM unit"))), owner.id)


async def test_a_list_of_devices_is_pages_and_finds_by_number(owner: Merchant, item: Item) -> None:
    query = """query($f: Int!, $a: String, $n: String){units(first: $f, after: $a, identifier: $n){
      edges{node{imei}} pageInfo{hasNextPage endCursor}}}"""
    numbers = [fresh() for _ in range(3)]
    for each in numbers:
        await registered(owner, item, each)
    caller = merchant_key(owner)

    one = (await data(query, caller, f=2))["units"]
    two = (await data(query, caller, f=2, a=one["pageInfo"]["endCursor"]))["units"]
    by_number = (await data(query, caller, f=2, n=numbers[0]))["units"]["edges"]

    seen = [each["node"]["imei"] for page in (one, two) for each in page["edges"]]
    assert seen == numbers[::-1]
    assert [each["node"]["imei"] for each in by_number] == [numbers[0]]
    assert str(global_id("Unit", some_id())) not in seen
