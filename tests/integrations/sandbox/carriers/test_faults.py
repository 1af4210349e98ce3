"""What can go wrong with an answer goes wrong when it is asked for, and only then."""

import asyncio
import json

import aiohttp
import pytest
from lxml import etree

from domain.shipments.carriers import TrackingApi as Api
from integrations.sandbox.carriers import CarrierSimulator, Fault, Kind
from tests.integrations.sandbox.carriers.asking import PLAYED, START, Clock, customer, ends, made

EACH = sorted(PLAYED)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sim(clock: Clock) -> CarrierSimulator:
    return CarrierSimulator(clock)


async def _asked(sim, clock, api, fault, **more):
    parcel = made(sim, api)
    clock.now = ends(parcel)
    async with customer(sim) as who:
        whole = await who.ask(api, parcel.number)
        sim.fault(fault, api, parcel.number, **more)
        return whole, await who.ask(api, parcel.number)


def _readable(api: Api, text: str) -> bool:
    try:
        if api in {Api.CHRONOPOST, Api.DHL_PARCEL_DE, Api.MONDIAL_RELAY}:
            etree.fromstring(text.encode())
        else:
            json.loads(text)
    except (ValueError, etree.XMLSyntaxError):
        return False
    return True


PAGES = {
    Fault.MAINTENANCE_200: (200, "text/html"),
    Fault.MAINTENANCE_503: (503, "text/html"),
    Fault.HTML_500: (500, "text/html"),
    Fault.NOT_THE_TYPE: (200, None),
    Fault.EMPTY_BODY: (200, None),
}


@pytest.mark.parametrize("fault", PAGES)
@pytest.mark.parametrize("api", EACH)
async def test_a_page_in_the_place_of_an_answer_cannot_be_read(sim, clock, api, fault) -> None:
    whole, broken = await _asked(sim, clock, api, fault)
    status, kind = PAGES[fault]

    assert _readable(api, whole.text)
    assert not _readable(api, broken.text)
    assert broken.status == status
    assert kind is None or broken.headers["Content-Type"].startswith(kind)


@pytest.mark.parametrize("api", EACH)
async def test_a_wrong_shape_can_be_read_and_says_delivered_where_nothing_was(
    sim, clock, api
) -> None:
    _, wrong = await _asked(sim, clock, api, Fault.WRONG_SHAPE)

    assert wrong.status == 200
    assert _readable(api, wrong.text)
    assert "DELIVERED" in wrong.text


@pytest.mark.parametrize("api", EACH)
async def test_an_error_of_the_carrier_is_in_its_own_words(sim, clock, api) -> None:
    _, broken = await _asked(sim, clock, api, Fault.ERROR_500)

    assert broken.status == 200 if api is Api.MONDIAL_RELAY else broken.status >= 500
    assert _readable(api, broken.text)
    assert "<html" not in broken.text


@pytest.mark.parametrize("api", EACH)
async def test_a_truncated_body_breaks_off_before_its_promised_end(sim, clock, api) -> None:
    with pytest.raises(aiohttp.ClientPayloadError):
        await _asked(sim, clock, api, Fault.TRUNCATED)


async def test_a_soap_carrier_answers_nonsense_with_a_fault(sim) -> None:
    async with customer(sim) as who:
        for api, path in (
            (Api.CHRONOPOST, "/tracking-cxf/TrackingServiceWS"),
            (Api.MONDIAL_RELAY, "/Web_Services.asmx"),
        ):
            for body in (b"not XML", b"<a/>", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'):
                answer = await who.call(api, "POST", path, data=body)
                assert answer.status == 500
                assert answer.xml.find(".//faultcode") is not None


async def test_a_hang_gives_no_answer_in_time(sim, clock) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await _asked(sim, clock, Api.GLS, Fault.HANG)


async def test_a_slow_answer_and_a_drip_come_whole_in_the_end(sim, clock) -> None:
    whole, slow = await _asked(sim, clock, Api.GLS, Fault.SLOW, seconds=0.05)
    assert slow == whole
    sim.mend()
    whole, drip = await _asked(sim, clock, Api.GLS, Fault.SLOW_DRIP, seconds=0.4)
    assert drip.text == whole.text


async def test_a_body_can_be_larger_than_any_customer_reads(sim, clock) -> None:
    _, large = await _asked(sim, clock, Api.GLS, Fault.TOO_LARGE)

    assert len(large.text) > 4 * 1024 * 1024


async def test_a_bomb_comes_small_for_the_customer_to_refuse(sim, clock) -> None:
    _, bomb = await _asked(sim, clock, Api.DHL_PARCEL_DE, Fault.XML_BOMB)

    assert "<!DOCTYPE" in bomb.text
    assert len(bomb.text) < 2000


async def test_a_fault_is_of_its_carrier_and_number_as_often_as_was_said(sim, clock) -> None:
    one, other = made(sim, Api.GLS, reference="1"), made(sim, Api.GLS, reference="2")
    third = made(sim, Api.LA_POSTE)
    clock.now = ends(one)
    sim.fault(Fault.HTML_500, Api.GLS, one.number, times=2)
    async with customer(sim) as who:
        statuses = [(await who.ask(Api.GLS, one.number)).status for _ in range(3)]
        assert statuses == [500, 500, 200]
        assert (await who.ask(Api.GLS, other.number)).status == 200
        sim.fault(Fault.MAINTENANCE_503, Api.GLS)
        assert (await who.ask(Api.GLS, other.number)).status == 503
        assert (await who.ask(Api.LA_POSTE, third.number)).status == 200
        sim.mend(Api.GLS)
        assert (await who.ask(Api.GLS, other.number)).status == 200


ITEM_ERRORS = {
    Api.LA_POSTE: "500",
    Api.GLS: "E_500_01",
    Api.FEDEX: "TRACKING.DATA.NOTUNIQUE",
    Api.DHL_PARCEL_DE: 'error-status="200"',
    Api.SEVENTEEN_TRACK: "-18019907",
}


@pytest.mark.parametrize("api", ITEM_ERRORS)
async def test_one_number_of_a_batch_can_fail_alone(sim, clock, api) -> None:
    good, bad = made(sim, api, reference="1"), made(sim, api, reference="2")
    clock.now = ends(good)
    sim.fault(Fault.ITEM_ERROR, api, bad.number)
    async with customer(sim) as who:
        answer = await who.ask(api, good.number, bad.number)

    assert answer.status in {200, 207}
    assert ITEM_ERRORS[api] in answer.text
    assert good.number in answer.text


async def test_a_code_that_no_table_knows_can_come_last(sim, clock) -> None:
    whole, odd = await _asked(sim, clock, Api.GLS, Fault.UNKNOWN_CODE)

    assert whole.json["parcels"][0]["events"][0]["code"] == "DELIVD.NORMAL"
    assert odd.json["parcels"][0]["events"][0]["code"] == "ZZ9"
    assert odd.json["parcels"][0]["events"][1:] == whole.json["parcels"][0]["events"][1:]


async def test_dhl_can_answer_for_another_division_and_name_the_right_one(sim, clock) -> None:
    parcel = made(sim, Api.DHL_UNIFIED, "express")
    clock.now = ends(parcel)
    sim.fault(Fault.OTHER_DIVISION, Api.DHL_UNIFIED)
    sim.fault(Fault.BARE_TIMES, Api.DHL_UNIFIED)
    async with customer(sim) as who:
        headers = {"DHL-API-Key": "demo-dhl_unified"}
        query = {"trackingNumber": parcel.number}
        path = "/track/shipments"
        other = await who.call(Api.DHL_UNIFIED, "GET", path, params=query, headers=headers)
        right = await who.ask(Api.DHL_UNIFIED, parcel.number)

    assert other.json["shipments"][0]["service"] == "parcel-nl"
    assert other.json["possibleAdditionalShipmentsUrl"] == [
        f"/shipments?trackingNumber={parcel.number}&service=express"
    ]
    assert right.json["shipments"][0]["service"] == "express"
    assert len(right.json["shipments"][0]["events"][0]["timestamp"]) == len("2026-10-21T09:00:00")


async def test_ups_can_show_another_package_first_that_is_delivered(sim, clock) -> None:
    parcel = made(sim, Api.UPS, kind=Kind.LABEL_UNUSED)
    clock.now = ends(parcel)
    sim.fault(Fault.SEVERAL_PACKAGES, Api.UPS)
    async with customer(sim) as who:
        packages = (await who.ask(Api.UPS, parcel.number)).json["trackResponse"]["shipment"][0]

    first, second = packages["package"]
    assert first["trackingNumber"] != parcel.number == second["trackingNumber"]
    assert first["currentStatus"]["type"] == "D"
    assert second["currentStatus"]["type"] == "M"


async def test_duplicates_and_disorder_reach_the_body(sim, clock) -> None:
    for kind in (Kind.DUPLICATES, Kind.SHUFFLED):
        parcel = made(sim, Api.GLS, kind=kind, created_at=START)
        clock.now = ends(parcel)
        async with customer(sim) as who:
            events = (await who.ask(Api.GLS, parcel.number)).json["parcels"][0]["events"]
        stamps = [event["eventDateTime"] for event in events]

        assert (len(set(stamps)) < len(stamps)) == (kind is Kind.DUPLICATES)
        assert (stamps != sorted(stamps, reverse=True)) == (kind is Kind.SHUFFLED)
