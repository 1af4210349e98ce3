"""Each carrier's answer has the shape that the carrier documents: names, nesting, formats."""

import re
from datetime import timedelta

import pytest

from domain.shipments.carriers import TrackingApi as Api
from integrations.sandbox.carriers import CarrierSimulator, Kind
from tests.integrations.sandbox.carriers.asking import (
    START,
    Clock,
    basic,
    customer,
    ends,
    made,
)
from tests.integrations.sandbox.carriers.documented import OFFSET, SHAPES, fit


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sim(clock: Clock) -> CarrierSimulator:
    return CarrierSimulator(clock)


async def _told(sim, clock, api, division="", kind=Kind.PLAIN, **more):
    ends_in = {"origin": "FR", "destination": "DE"} if kind is not Kind.CUSTOMS_HOLD else {}
    parcel = made(sim, api, division, kind, **{**ends_in, **more})
    clock.now = ends(parcel)
    async with customer(sim) as who:
        return parcel, await who.ask(api, parcel.number)


@pytest.mark.parametrize("api", SHAPES)
async def test_an_answer_has_the_documented_shape(sim, clock, api) -> None:
    _, answer = await _told(sim, clock, api, "parcel-de" if api is Api.DHL_UNIFIED else "")

    assert answer.status in {200, 201}
    assert answer.headers["Content-Type"].startswith("application/json")
    fit(SHAPES[api], answer.json, api)


NEWEST_FIRST = {
    Api.LA_POSTE: lambda j: [e["date"] for e in j["shipment"]["event"]],
    Api.UPS: lambda j: [
        e["gmtDate"] + e["gmtTime"].replace(":", "")
        for e in j["trackResponse"]["shipment"][0]["package"][0]["activity"]
    ],
    Api.FEDEX: lambda j: [
        e["date"] for e in j["output"]["completeTrackResults"][0]["trackResults"][0]["scanEvents"]
    ],
    Api.GLS: lambda j: [e["eventDateTime"] for e in j["parcels"][0]["events"]],
    Api.ROYAL_MAIL: lambda j: [e["eventDateTime"] for e in j["mailPieces"]["events"]],
    Api.USPS: lambda j: [e["GMTTimestamp"] for e in j["trackingEvents"]],
}
OLDEST_FIRST = {
    Api.DHL_EXPRESS: lambda j: [e["date"] + e["time"] for e in j["shipments"][0]["events"]],
}


@pytest.mark.parametrize("api", [*NEWEST_FIRST, *OLDEST_FIRST])
async def test_events_come_in_the_carriers_order(sim, clock, api) -> None:
    _, answer = await _told(sim, clock, api)
    newest = api in NEWEST_FIRST
    times = (NEWEST_FIRST | OLDEST_FIRST)[api](answer.json)

    assert len(times) > 5
    assert times == sorted(times, reverse=newest)


async def test_dhl_parcel_de_writes_berlin_time_without_an_offset(sim, clock) -> None:
    parcel, answer = await _told(sim, clock, Api.DHL_PARCEL_DE, destination="PT")
    root = answer.xml
    piece = root[0]
    events = piece[0]

    assert (root.get("name"), root.get("code")) == ("piece-shipment-list", "0")
    assert piece.get("error-status") == "0"
    assert piece.get("piece-code") == piece.get("searched-piece-code") == parcel.number
    assert (piece.get("standard-event-code"), piece.get("ice"), piece.get("ric")) == (
        ("ZU", "DLVRD", "NGHBR")
    )
    assert piece.get("ruecksendung") == "false"
    stamps = [event.get("event-timestamp") for event in events]
    assert all(re.fullmatch(r"\d\d\.\d\d\.\d{4} \d\d:\d\d", stamp) for stamp in stamps)
    assert events[0].get("standard-event-code") == "VA"
    assert events[-1].get("event-country") == "Portugal"
    delivered = sim.history(Api.DHL_PARCEL_DE, parcel.number).latest
    berlin = delivered.at + timedelta(hours=2 if delivered.at.day < 25 else 1)
    assert stamps[-1] == f"{berlin:%d.%m.%Y %H:%M}"


async def test_countries_of_dhl_parcel_de_are_names_in_the_language_asked_for(sim, clock) -> None:
    parcel = made(sim, Api.DHL_PARCEL_DE, destination="AT")
    clock.now = ends(parcel)
    asked = (
        '<data appname="zt12345" password="geheim" language-code="de"'
        f' request="d-get-piece-detail" piece-code="{parcel.number}"/>'
    )
    async with customer(sim) as who:
        path = "/parcel/de/tracking/v0/shipments"
        headers = basic("demo-dhl_parcel_de", "demo-secret")
        answer = await who.call(
            Api.DHL_PARCEL_DE, "GET", path, params={"xml": asked}, headers=headers
        )

    countries = {event.get("event-country") for event in answer.xml[0][0]}
    assert countries == {"Deutschland", "Österreich"}


async def test_a_return_of_dhl_parcel_de_is_flagged_and_delivered_to_its_sender(sim, clock) -> None:
    _, answer = await _told(sim, clock, Api.DHL_PARCEL_DE, kind=Kind.REFUSED)
    piece = answer.xml[0]

    assert (piece.get("standard-event-code"), piece.get("ruecksendung")) == ("ZU", "true")


async def test_chronopost_answers_in_soap_with_offsets_oldest_first(sim, clock) -> None:
    parcel, answer = await _told(sim, clock, Api.CHRONOPOST)
    returned = answer.xml.find(".//{*}trackSkybillV2Response/return")
    events = returned.findall("listEventInfoComp/events")

    assert returned.findtext("errorCode") == "0"
    assert returned.findtext("listEventInfoComp/skybillNumber") == parcel.number
    dates = [event.findtext("eventDate") for event in events]
    assert all(re.fullmatch(OFFSET, date) for date in dates)
    codes = [event.findtext("code") for event in events]
    assert (codes[0], codes[-1]) == ("DC", "D")
    assert dates == sorted(dates)
    assert {child.tag for child in events[0]} == {
        *("code", "eventDate", "eventLabel", "highPriority", "NPC", "officeLabel", "zipCode")
    }


async def test_mondial_relay_takes_the_documented_key_and_tells_82_for_delivered(
    sim, clock
) -> None:
    parcel = sim.register(Api.MONDIAL_RELAY, "12345678", created_at=START)
    clock.now = ends(parcel)
    async with customer(sim) as who:
        key = "33DA5F122DAA40241087CC7845BEA4B1"
        answer = await who._mondial_relay(["12345678"], key)

    result = answer.xml.find(".//{*}WSI2_TracingColisDetailleResult")
    assert result.findtext("{*}STAT") == "82"
    rows = result.findall("{*}Tracing/{*}ret_WSI2_sub_TracingColisDetaille")
    assert rows[0].findtext("{*}Tracing_Libelle") == "Données reçues"
    assert rows[-1].findtext("{*}Tracing_Libelle") == "Colis remis au destinataire"
    assert all(
        re.fullmatch(r"\d\d/\d\d/\d\d", row.findtext("{*}Tracing_Date"))
        and re.fullmatch(r"\d\d:\d\d", row.findtext("{*}Tracing_Heure"))
        for row in rows
    )


async def test_a_refused_parcel_of_postnl_ends_delivered_at_its_senders_postcode(
    sim, clock
) -> None:
    for kind, postcode in ((Kind.REFUSED, "1012"), (Kind.PLAIN, "3011")):
        more = {"origin": "NL", "origin_postcode": "1012", "destination": "NL"}
        more |= {"destination_postcode": "3011"}
        parcel = made(sim, Api.POSTNL, kind=kind, **more)
        clock.now = ends(parcel)
        async with customer(sim) as who:
            shipment = (await who.ask(Api.POSTNL, parcel.number)).json["CompleteStatus"]["Shipment"]

        assert shipment["Status"]["StatusCode"] == "11"
        assert shipment["Address"][0]["AddressType"] == "01"
        assert shipment["Address"][0]["Zipcode"] == postcode


async def test_a_lone_child_of_postnl_is_an_object_instead_of_a_list(sim, clock) -> None:
    parcel = made(sim, Api.POSTNL, kind=Kind.LABEL_UNUSED)
    clock.now = ends(parcel)
    async with customer(sim) as who:
        shipment = (await who.ask(Api.POSTNL, parcel.number)).json["CompleteStatus"]["Shipment"]

    assert isinstance(shipment["Event"], dict)


async def test_the_list_of_postnl_holds_what_changed_in_its_window(sim, clock) -> None:
    parcel = made(sim, Api.POSTNL, origin="NL", destination="NL")
    delivered = sim.history(Api.POSTNL, parcel.number).expected_at
    clock.now = delivered + timedelta(minutes=5)
    local = delivered + timedelta(hours=2 if delivered.day < 25 else 1)

    def period(minutes: int) -> tuple[str, str]:
        at = local + timedelta(minutes=minutes)
        return "period", at.replace(tzinfo=None).isoformat(timespec="seconds")

    async with customer(sim) as who:
        path = "/shipment/v2/status/11223344/updatedshipments"
        headers = {"apikey": "demo-postnl"}
        rows = await who.call(
            Api.POSTNL, "GET", path, params=[period(-10), period(5)], headers=headers
        )
        before = await who.call(
            Api.POSTNL, "GET", path, params=[period(-2), period(-1)], headers=headers
        )
        wide = await who.call(
            Api.POSTNL, "GET", path, params=[period(-125), period(5)], headers=headers
        )

    (row,) = rows.json
    assert row["Barcode"] == parcel.number
    assert row["CustomerNumber"] == "11223344"
    assert row["Status"]["StatusCode"] == "11"
    assert row["Status"]["TimeStamp"] == period(0)[1]
    assert before.json == []
    assert wide.status == 400


async def test_royal_mail_tells_one_as_an_object_and_many_as_a_list(sim, clock) -> None:
    parcel = made(sim, Api.ROYAL_MAIL)
    clock.now = ends(parcel)
    async with customer(sim) as who:
        many = (await who.ask(Api.ROYAL_MAIL, parcel.number, "FQ000000005GB")).json["mailPieces"]

    assert [piece["status"] for piece in many] == ["200", "404"]
    assert many[1]["error"]["errorCode"] == "E1142"


async def test_a_recycled_number_of_fedex_has_two_results_told_apart_by_their_ids(
    sim, clock
) -> None:
    parcel = made(sim, Api.FEDEX, kind=Kind.RECYCLED)
    clock.now = START + timedelta(days=1)
    async with customer(sim) as who:
        found = (await who.ask(Api.FEDEX, parcel.number)).json["output"]["completeTrackResults"][0]
        old, new = found["trackResults"]
        info = {"trackingNumber": parcel.number}
        info["trackingNumberUniqueId"] = new["trackingNumberInfo"]["trackingNumberUniqueId"]
        more = {"json": {"trackingInfo": [{"trackingNumberInfo": info}]}}
        more["headers"] = await who.bearer(Api.FEDEX)
        one = await who.call(Api.FEDEX, "POST", "/track/v1/trackingnumbers", **more)

    assert old["latestStatusDetail"]["code"] == "DL"
    assert new["latestStatusDetail"]["code"] != "DL"
    assert one.json["output"]["completeTrackResults"][0]["trackResults"] == [new]


async def test_a_return_of_fedex_carries_its_identifier(sim, clock) -> None:
    for kind, returned in ((Kind.REFUSED, True), (Kind.PLAIN, False)):
        _, answer = await _told(sim, clock, Api.FEDEX, kind=kind)
        result = answer.json["output"]["completeTrackResults"][0]["trackResults"][0]
        types = {i["type"] for i in result["additionalTrackingInfo"]["packageIdentifiers"]}

        assert result["latestStatusDetail"]["code"] == "DL"
        assert ("RETURNED_TO_SHIPPER_TRACKING_NUMBER" in types) == returned


async def test_dhl_unified_answers_only_for_the_division_that_is_asked_for(sim, clock) -> None:
    parcel = made(sim, Api.DHL_UNIFIED, "express")
    clock.now = ends(parcel)
    async with customer(sim) as who:
        headers = {"DHL-API-Key": "demo-dhl_unified"}
        query = {"trackingNumber": parcel.number, "service": "parcel-de"}
        other = await who.call(
            Api.DHL_UNIFIED, "GET", "/track/shipments", params=query, headers=headers
        )
        del query["service"]
        any_ = await who.call(
            Api.DHL_UNIFIED, "GET", "/track/shipments", params=query, headers=headers
        )

    assert other.status == 404
    assert any_.json["shipments"][0]["service"] == "express"


async def test_dhl_express_knows_a_label_before_its_first_scan(sim, clock) -> None:
    _, answer = await _told(sim, clock, Api.DHL_EXPRESS, kind=Kind.LABEL_UNUSED)

    assert answer.json["shipments"][0]["status"] == "Success"
    assert answer.json["shipments"][0]["events"] == []


async def test_the_sandbox_parcels_of_gls_show_its_twelve_statuses(sim) -> None:
    numbers = [f"QAS_{number:07d}" for number in range(1, 13)]
    async with customer(sim) as who:
        told = [*(await who.ask(Api.GLS, *numbers[:10])).json["parcels"]]
        told += (await who.ask(Api.GLS, *numbers[10:])).json["parcels"]

    assert [parcel["status"] for parcel in told][:3] == ["PREADVICE", "PLANNEDPICKUP", "INPICKUP"]
    assert len({parcel["status"] for parcel in told}) == 12


async def test_the_test_codes_of_easypost_show_its_statuses(sim) -> None:
    async with customer(sim) as who:
        told = [(await who.ask(Api.EASYPOST, f"EZ{n}00000000{n}")).json for n in range(1, 8)]

    assert [tracker["status"] for tracker in told] == [
        *("pre_transit", "in_transit", "out_for_delivery", "delivered"),
        *("return_to_sender", "failure", "unknown"),
    ]
