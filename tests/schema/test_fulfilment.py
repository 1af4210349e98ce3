"""A merchant works through its orders, and each refusal says what stands in the way."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.orders import LineState
from domain.shipments import ShipmentStatus
from integrations.devices import Asked, SimulatedList
from models.base import execute, fetch, fetchval
from models.merchants import Merchant
from models.shipments.effects import apply as carrier_tells
from resolvers.orders import devices
from tests import factories
from tests.factories import Item
from tests.fulfilment import (
    ACCEPT,
    ANSWER,
    ATTACH,
    CANCEL,
    IMEI,
    ORDER,
    OTHER_IMEI,
    REFUSE,
    REQUEST,
    SHIP,
    ask,
    buyer,
    device,
    key,
    line_id,
    merchant_key,
    order_id,
    paid,
    refunds,
    row,
    state,
)
from tests.schema.asking import data

L = LineState
SETTINGS = """mutation($i: SetFulfilmentSettingsInput!){
  setFulfilmentSettings(input: $i){partialAcceptance}}"""


@pytest.fixture
async def item(db: None) -> Item:
    return (await factories.world(1, 1))[0]


@pytest.fixture
async def owner(item: Item) -> Merchant:
    return await factories.merchant()


@pytest.fixture
async def phone(owner: Merchant, item: Item) -> None:
    await execute("INSERT INTO category_unit VALUES ('smartphone', 'IMEI', true, 'test')")


async def _now() -> datetime:
    found: datetime = await fetchval("SELECT now()")
    return found


async def test_an_order_goes_from_paid_to_delivered_in_two_parcels(
    owner: Merchant, item: Item, phone: None
) -> None:
    of, caller, now = await paid(owner, item, lines=2), merchant_key(owner), await _now()

    answers = await ask(ACCEPT, caller, lines=[line_id(each) for each in of.lines])
    for line, imei in zip(of.lines, (IMEI, OTHER_IMEI), strict=True):
        await ask(ATTACH, caller, **device(line, now, imei=imei))
    first = await ask(
        SHIP, caller, order=order_id(of), lines=[line_id(of.lines[0])], carrier="LA_POSTE",
        trackingNumber="6A 9990 0000 017",
    )  # fmt: skip
    second = await ask(
        SHIP, caller, order=order_id(of), lines=[line_id(of.lines[1])], carrier="LA_POSTE",
        trackingNumber="12345678",
    )  # fmt: skip
    for parcel in await fetch("SELECT id FROM shipment ORDER BY id"):
        await carrier_tells(parcel["id"], ShipmentStatus.DELIVERED, now)
    seen = (await data(ORDER, buyer(of.customer_id), id=order_id(of)))["order"]

    assert [each["line"]["state"] for each in answers["results"]] == ["ACCEPTED", "ACCEPTED"]
    assert (first["trackingNumber"], first["warnings"]) == ("6A99900000017", [])
    assert first["order"]["state"] == "TO_SHIP"
    assert (second["order"]["state"], second["warnings"]) == (
        "SHIPPED",
        [{"code": "TRACKING_SHAPE"}],
    )
    assert seen["state"] == "DELIVERED"
    assert [line["unit"]["imeiMasked"][-5:] for line in seen["lines"]] == ["•7518", "•3809"]
    assert [move["to"] for move in seen["lines"][0]["history"]] == [
        "ACCEPTED", "SHIPPED", "DELIVERED",
    ]  # fmt: skip


async def test_of_two_who_accept_and_refuse_one_wins_and_the_other_is_told_what_stands(
    owner: Merchant, item: Item
) -> None:
    of, caller = await paid(owner, item), merchant_key(owner)

    await ask(ACCEPT, caller, lines=[line_id(of.lines[0])])
    late = await ask(REFUSE, caller, orderLine=line_id(of.lines[0]), reason="OTHER")
    again = (await ask(ACCEPT, caller, lines=[line_id(of.lines[0])]))["results"][0]

    told = {"from": "ACCEPTED", "allowed": ["CANCELLED", "SHIPPED"]}
    assert (late["code"], {k: late[k] for k in told}) == ("INVALID_TRANSITION", told)
    assert (again["code"], again["to"]) == ("INVALID_TRANSITION", "ACCEPTED")
    assert await refunds(of.lines[0]) == []


async def test_a_repeated_call_has_one_effect_and_the_first_answer(
    owner: Merchant, item: Item
) -> None:
    of, caller = await paid(owner, item), merchant_key(owner)
    once = {"orderLine": line_id(of.lines[0]), "reason": "OUT_OF_STOCK", "idempotencyKey": key()}

    first = await ask(REFUSE, caller, **once)
    second = await ask(REFUSE, caller, **once)

    assert first == second
    assert first["line"]["state"] == "REFUSED"
    assert await refunds(of.lines[0]) == [("REFUSED", 301_49)]
    assert (await row(of.lines[0]))["counts"] is True


async def test_after_the_deadline_a_line_is_neither_accepted_nor_refused(
    owner: Merchant, item: Item
) -> None:
    ago = await _now() - timedelta(minutes=1)
    of, caller = await paid(owner, item, accept_by=ago), merchant_key(owner)

    accepted = (await ask(ACCEPT, caller, lines=[line_id(of.lines[0])]))["results"][0]
    refused = await ask(REFUSE, caller, orderLine=line_id(of.lines[0]), reason="OTHER")

    assert accepted["code"] == refused["code"] == "ACCEPTANCE_DEADLINE_PASSED"
    assert datetime.fromisoformat(accepted["acceptBy"]) == ago
    assert await state(of.lines[0]) == "PAID"


async def test_a_merchant_who_wants_orders_whole_is_told_what_would_be_left(
    owner: Merchant, item: Item
) -> None:
    of, other = await paid(owner, item, lines=2), await paid(owner, item)
    caller = merchant_key(owner)
    await ask(SETTINGS, caller, partialAcceptance=False)

    one = [line_id(of.lines[0]), line_id(other.lines[0])]
    parts = (await ask(ACCEPT, caller, lines=one))["results"]
    whole = (await ask(ACCEPT, caller, lines=[line_id(each) for each in of.lines]))["results"]

    assert parts[0]["code"] == "PARTIAL_ACCEPTANCE_DISABLED"
    assert parts[0]["missing"] == [line_id(of.lines[1])]
    assert parts[1]["line"]["state"] == "ACCEPTED"
    assert [each["line"]["state"] for each in whole] == ["ACCEPTED", "ACCEPTED"]


async def test_lines_of_others_are_unknown_as_are_lines_that_are_not_paid(
    owner: Merchant, item: Item
) -> None:
    birch = await factories.merchant("birch")
    theirs, unpaid = await paid(birch, item), await paid(owner, item, L.RESERVED)
    caller = merchant_key(owner)

    given = [line_id(theirs.lines[0]), line_id(unpaid.lines[0]), line_id(factories.some_id())]
    answers = (await ask(ACCEPT, caller, lines=given))["results"]
    refused = await ask(REFUSE, caller, orderLine=given[0], reason="OTHER")

    assert {each["code"] for each in answers} == {"ORDER_LINE_UNKNOWN"}
    assert refused["code"] == "ORDER_LINE_UNKNOWN"
    assert await state(theirs.lines[0]) == "PAID"


async def test_a_customer_cancels_a_paid_line_at_once_and_asks_for_an_accepted_one(
    owner: Merchant, item: Item
) -> None:
    of, taken = await paid(owner, item), await paid(owner, item, L.ACCEPTED)
    customer, caller = buyer(of.customer_id), merchant_key(owner)

    done = await ask(REQUEST, customer, orderLine=line_id(of.lines[0]))
    asked = await ask(REQUEST, customer, orderLine=line_id(taken.lines[0]))
    agreed = await ask(ANSWER, caller, orderLine=line_id(taken.lines[0]), agree=True)

    assert done["line"]["state"] == "CANCELLED"
    assert (asked["line"]["state"], asked["line"]["cancelRequestedAt"] is None) == (
        "ACCEPTED",
        False,
    )
    assert agreed["line"]["state"] == "CANCELLED"
    for line in (of.lines[0], taken.lines[0]):
        assert await refunds(line) == [("CANCELLED", 301_49)]
        assert (await row(line))["counts"] is False


async def test_a_merchant_who_says_no_goes_on_and_one_who_was_not_asked_cannot_answer(
    owner: Merchant, item: Item
) -> None:
    of, caller = await paid(owner, item, L.ACCEPTED), merchant_key(owner)
    given = {"orderLine": line_id(of.lines[0])}

    early = await ask(ANSWER, caller, **given, agree=True)
    await ask(REQUEST, buyer(of.customer_id), **given)
    no = await ask(ANSWER, caller, **given, agree=False)
    cancelled = await ask(CANCEL, caller, **given, reason="CANNOT_DELIVER")

    assert early["code"] == "CANCELLATION_NOT_REQUESTED"
    assert no["line"] == {"state": "ACCEPTED", "cancelRequestedAt": None}
    assert cancelled["line"]["state"] == "CANCELLED"
    assert (await row(of.lines[0]))["counts"] is True


@pytest.mark.parametrize(
    ("more", "code", "why"),
    [
        ({"imei": "490154203237517"}, "IMEI_INVALID", "CHECK_DIGIT"),
        ({"imei": "49015420323751"}, "IMEI_INVALID", "LENGTH"),
        ({"imei": "4901542032375189"}, "IMEI_INVALID", "LENGTH"),
        ({"imei": None, "serial": "C02XK1"}, "IMEI_INVALID", "MISSING"),
        ({"imei2": IMEI}, "IMEI_INVALID", "SAME_TWICE"),
        ({"diagnostic": None}, "DIAGNOSTIC_MISSING", "NONE_GIVEN"),
        ({"diagnostic": {"passed": False}}, "DIAGNOSTIC_MISSING", "NOT_PASSED"),
        ({"diagnostic": {"batteryHealth": 79}}, "DIAGNOSTIC_MISSING", "BATTERY_LOW"),
        ({"erasure": None}, "ERASURE_PROOF_MISSING", "NONE_GIVEN"),
        ({"erasure": {"result": "VERIFIED"}}, "ERASURE_PROOF_MISSING", "NOT_VALIDATED"),
        ({"erasure": {"result": "NOT_APPLICABLE"}}, "ERASURE_PROOF_MISSING", "HAS_STORAGE"),
        ({"erasure": {"technique": "FACTORY_RESET"}}, "ERASURE_PROOF_MISSING", "METHOD_NOT_SHOWN"),
    ],
)
async def test_a_device_without_its_proofs_is_refused_and_nothing_is_written(
    owner: Merchant, item: Item, phone: None, more: dict[str, Any], code: str, why: str
) -> None:
    of, caller = await paid(owner, item, L.ACCEPTED), merchant_key(owner)
    given = device(of.lines[0], await _now())
    for name, value in more.items():
        given[name] = given[name] | value if isinstance(value, dict) else value

    refused = await ask(ATTACH, caller, **given)

    assert (refused["code"], refused["reason"]) == (code, why)
    assert await fetchval("SELECT count(*) FROM unit") == 0


async def test_a_device_is_sold_once_over_all_merchants_until_its_sale_has_ended(
    owner: Merchant, item: Item, phone: None
) -> None:
    birch, now = await factories.merchant("birch"), await _now()
    mine, theirs = await paid(owner, item, L.ACCEPTED), await paid(birch, item, L.ACCEPTED)
    await ask(ATTACH, merchant_key(owner), **device(mine.lines[0], now))

    spelt = device(theirs.lines[0], now, imei="49-015420 323751.8")
    taken = await ask(ATTACH, merchant_key(birch), **spelt)
    second = device(theirs.lines[0], now, imei=OTHER_IMEI, imei2=IMEI)
    as_second = await ask(ATTACH, merchant_key(birch), **second)
    await ask(CANCEL, merchant_key(owner), orderLine=line_id(mine.lines[0]), reason="OTHER")
    free = await ask(ATTACH, merchant_key(birch), **spelt | {"idempotencyKey": key()})

    assert (taken["code"], taken["field"]) == ("IMEI_ALREADY_SOLD", "imei")
    assert "atelier" not in str(taken)
    assert (as_second["code"], as_second["field"]) == ("IMEI_ALREADY_SOLD", "imei2")
    assert free["line"]["unit"]["imei"] == IMEI


async def test_a_flagged_device_is_refused_and_an_unknown_one_is_not_called_clear(
    owner: Merchant, item: Item, phone: None
) -> None:
    of, now = await paid(owner, item, L.ACCEPTED), await _now()
    before = devices.install(Asked(SimulatedList(frozenset({OTHER_IMEI}))))
    try:
        flagged = await ask(
            ATTACH, merchant_key(owner), **device(of.lines[0], now, imei=OTHER_IMEI)
        )
        clear = await ask(ATTACH, merchant_key(owner), **device(of.lines[0], now))
    finally:
        devices.install(before)
    nobody = device(of.lines[0], now, imei=OTHER_IMEI, replace=True)
    unknown = await ask(ATTACH, merchant_key(owner), **nobody)

    assert flagged["code"] == "IMEI_BLACKLISTED"
    assert clear["line"]["unit"]["deviceStatus"] == "CLEAR"
    assert unknown["line"]["unit"]["deviceStatus"] == "UNKNOWN"


async def test_a_line_has_one_device_unless_it_is_to_be_replaced(
    owner: Merchant, item: Item, phone: None
) -> None:
    of, caller, now = await paid(owner, item, L.ACCEPTED), merchant_key(owner), await _now()
    bought = {"price": "180.00", "currency": "EUR", "document": "L-7", "supplier": "PERSON"}
    made = await ask(ATTACH, caller, **device(of.lines[0], now, acquisition=bought))

    second = await ask(ATTACH, caller, **device(of.lines[0], now, imei=OTHER_IMEI))
    instead = await ask(ATTACH, caller, **device(of.lines[0], now, imei=OTHER_IMEI, replace=True))
    live = await fetch("SELECT value FROM unit_identifier WHERE place IS NOT NULL")

    paid_for = made["line"]["acquisition"]
    assert (paid_for["price"]["amount"], paid_for["supplier"]) == ("180.00", "PERSON")
    assert second["code"] == "UNIT_ALREADY_ATTACHED"
    assert instead["line"]["unit"]["imei"] == OTHER_IMEI
    assert [each["value"] for each in live] == [OTHER_IMEI]


async def test_nothing_ships_without_a_device_and_no_number_travels_twice(
    owner: Merchant, item: Item, phone: None
) -> None:
    of, caller, now = (
        await paid(owner, item, L.ACCEPTED, lines=2),
        merchant_key(owner),
        await _now(),
    )
    parcel = {"order": order_id(of), "carrier": "UPS", "trackingNumber": "1Z999AA10123456784"}
    one, two = [line_id(each) for each in of.lines]

    bare = await ask(SHIP, caller, **parcel, lines=[one])
    for line, imei in zip(of.lines, (IMEI, OTHER_IMEI), strict=True):
        await ask(ATTACH, caller, **device(line, now, imei=imei))
    sent = await ask(SHIP, caller, **parcel, lines=[one])
    twice = await ask(SHIP, caller, **parcel, lines=[two])

    assert bare["code"] == "UNIT_NOT_ATTACHED"
    assert sent["order"]["state"] == "TO_SHIP"
    assert twice["code"] == "TRACKING_DUPLICATE"
    assert [await state(each) for each in of.lines] == ["SHIPPED", "ACCEPTED"]


async def test_a_mistyped_number_is_put_right_until_the_carrier_has_the_parcel(
    owner: Merchant, item: Item, phone: None
) -> None:
    of, caller, now = await paid(owner, item, L.ACCEPTED), merchant_key(owner), await _now()
    await ask(ATTACH, caller, **device(of.lines[0], now))
    parcel = {"order": order_id(of), "carrier": "DPD", "lines": [line_id(of.lines[0])]}

    await ask(SHIP, caller, **parcel, trackingNumber="01234567890123")
    right = await ask(SHIP, caller, **parcel, trackingNumber="01234567890124")
    (live,) = await fetch("SELECT id FROM shipment WHERE status <> 'CANCELLED'")
    await execute("UPDATE shipment SET status = 'IN_TRANSIT' WHERE id = $1", live["id"])
    late = await ask(SHIP, caller, **parcel, trackingNumber="01234567890125")

    assert right["trackingNumber"] == "01234567890124"
    assert (late["code"], late["from"]) == ("INVALID_TRANSITION", "SHIPPED")
    assert await fetchval("SELECT count(*) FROM order_line_move") == 1
