"""DHL: Unified and its pushes, Parcel DE."""

import copy
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from lxml import etree

from domain.shipments import deciding
from domain.shipments.scans import ShipmentReason, ShipmentStatus, TimeSource, Told
from integrations.carriers.base import BadSignature
from integrations.carriers.dhl_parcel_de import DhlParcelDe
from integrations.carriers.dhl_unified import DhlPush, DhlUnified
from integrations.http import Rejected, Unavailable
from tests.integrations.carriers.counterpart import (
    NOW,
    Counterpart,
    Reply,
    account,
    at_once,
    parcel,
    statuses,
    told,
    track,
)
from tests.integrations.carriers.golden import (
    DHL,
    DHL_NOT_FOUND,
    DHL_NUMBER,
    PARCEL_DE,
    dhl,
    dhl_event,
    parcel_de,
    parcel_de_event,
    parcel_de_piece,
)

S = ShipmentStatus


def of_service(service: str, *events: dict[str, Any]) -> Told:
    body = dhl(service, *events)
    return told(DhlUnified(), Reply(body), parcel(DHL_NUMBER, service=service))


def test_unified_is_always_asked_for_one_division() -> None:
    for service, number, sent in (
        ("ecommerce-europe", DHL_NUMBER, "ecommerce-europe"),
        (None, DHL_NUMBER, "parcel-de"),
        (None, "1234567890", "express"),
    ):
        counterpart = Counterpart(Reply(dhl(sent, number=number)))
        one = parcel(number, service=service, postal_code="33000")
        at_once(DhlUnified().track(counterpart.out, account(), [one], NOW))
        (asked,) = counterpart.asked
        assert asked.url.path == "/track/shipments"
        assert asked.url.query["service"] == sent
        assert asked.url.query["trackingNumber"] == number
        assert asked.url.query["recipientPostalCode"] == "33000"
        assert asked.headers["DHL-API-Key"] == "key"


def test_a_number_of_which_nobody_knows_the_division_is_not_asked() -> None:
    counterpart = Counterpart([])

    found = at_once(DhlUnified().track(counterpart.out, account(), [parcel("GM1234567")], NOW))

    assert isinstance(found["GM1234567"], Rejected)
    assert counterpart.asked == []


def test_the_published_answer_is_one_scan_however_often_its_status_is_told() -> None:
    found = told(DhlUnified(), Reply(DHL), parcel(DHL_NUMBER, service="parcel-de"))

    (scan,) = found.scans
    assert (scan.raw_code, scan.status) == ("transit/NB", S.IN_TRANSIT)
    assert scan.occurred_at == datetime(2026, 1, 6, 8, 12, tzinfo=UTC)
    assert scan.time_source is TimeSource.CARRIER_DEFAULT
    assert scan.location == "Neuwied"
    assert found.expected_at == datetime(2026, 1, 8, 11, tzinfo=UTC)
    assert found.weight_grams == 600


@pytest.mark.parametrize(
    ("timestamp", "source"),
    [
        ("2026-01-06T08:12:00Z", "explicit"),
        ("2026-01-06T09:12:00+01:00", "explicit"),
        ("2026-01-06T09:12:00", "carrier_default"),
    ],
)
def test_unified_writes_times_in_three_ways(timestamp: str, source: str) -> None:
    (scan,) = of_service("parcel-de", dhl_event("transit", "NB", timestamp)).scans

    assert scan.occurred_at == datetime(2026, 1, 6, 8, 12, tzinfo=UTC)
    assert scan.time_source.value == source


@pytest.mark.parametrize(
    "references",
    [{"number": "ORD-1", "type": "x"}, [{"number": "ORD-1", "type": "x"}], None, "ORD-1"],
)
def test_references_may_be_an_object_or_a_list(references: object) -> None:
    body = copy.deepcopy(DHL)
    body["shipments"][0]["details"]["references"] = references

    assert len(told(DhlUnified(), Reply(body), parcel(DHL_NUMBER)).scans) == 1


def test_the_shipment_of_another_division_or_number_is_not_ours() -> None:
    delivered = dhl_event("delivered", "OK")
    another = dhl("express", delivered)
    another["possibleAdditionalShipmentsUrl"] = ["/shipments?service=parcel-de"]

    found = told(DhlUnified(), Reply(another), parcel(DHL_NUMBER, service="parcel-de"))
    assert found == Told(DHL_NUMBER, found=False)
    other_number = dhl("parcel-de", delivered, number="00340434000000000000")
    assert told(DhlUnified(), Reply(other_number), parcel(DHL_NUMBER)).found is False


def test_a_404_of_dhl_is_an_unknown_number() -> None:
    assert told(DhlUnified(), Reply(DHL_NOT_FOUND, 404), parcel(DHL_NUMBER)).found is False


@pytest.mark.parametrize("code", ["43", "44", "45", "46"])
def test_a_parcel_shop_of_ecommerce_is_not_the_recipient(code: str) -> None:
    found = of_service("ecommerce-europe", dhl_event("delivered", code))

    assert statuses(found.scans) == [S.AVAILABLE_FOR_PICKUP]


def test_a_whole_without_the_divisions_code_does_not_deliver_what_waits_in_a_shop() -> None:
    body = dhl("ecommerce-europe", dhl_event("delivered", "44", "2026-01-06T09:12:00+01:00"))
    body["shipments"][0]["status"] = dhl_event(
        "delivered", "DELIVERED", "2026-01-06T09:13:00+01:00"
    )

    found = told(DhlUnified(), Reply(body), parcel(DHL_NUMBER, service="ecommerce-europe"))

    assert statuses(found.scans) == [S.AVAILABLE_FOR_PICKUP]


def test_a_whole_that_is_later_than_all_events_is_a_scan() -> None:
    body = dhl("express", dhl_event("transit", "PU", "2026-01-06T09:12:00+01:00"))
    body["shipments"][0]["status"] = dhl_event("delivered", "101", "2026-01-07T09:12:00+01:00")

    found = told(DhlUnified(), Reply(body), parcel(DHL_NUMBER, service="express"))

    assert statuses(found.scans) == [S.ACCEPTED, S.DELIVERED]


def test_svb_reports_returned_as_delivered() -> None:
    found = of_service("svb", dhl_event("delivered", "RETURNED_TO_SENDER"))

    assert statuses(found.scans) == [S.RETURNED]


def test_a_delivery_after_a_return_to_the_shipper_is_the_shippers() -> None:
    found = of_service(
        "express",
        dhl_event("delivered", "OK", "2026-01-08T09:00:00+01:00"),
        dhl_event("transit", "RT", "2026-01-07T09:00:00+01:00"),
        dhl_event("failure", "RD", "2026-01-06T09:00:00+01:00"),
    )

    assert statuses(found.scans) == [S.DELIVERY_FAILED, S.RETURNED, S.RETURNED]


def test_the_order_of_unified_is_read_from_its_times() -> None:
    events = [
        dhl_event("transit", "PU", "2026-01-06T09:00:00+01:00"),
        dhl_event("transit", "WC", "2026-01-07T09:00:00+01:00"),
        dhl_event("delivered", "OK", "2026-01-07T09:00:00+01:00"),
    ]

    for listed in (events, events[::-1]):
        last = deciding(of_service("express", *listed).scans, NOW)
        assert last is not None
        assert last.status is S.DELIVERED


def test_proof_of_delivery_names_who_signed() -> None:
    body = dhl("express", dhl_event("delivered", "OK"))
    body["shipments"][0]["details"] = {
        "proofOfDelivery": {
            "timestamp": "2026-01-06T09:12:00+01:00",
            "signed": {"@type": "Person", "name": "DUPONT"},
            "documentUrl": "https://carrier.example/pod.pdf",
        }
    }

    proof = told(DhlUnified(), Reply(body), parcel(DHL_NUMBER, service="express")).proof

    assert proof is not None
    assert (proof.signed_by, proof.document_url) == ("DUPONT", "https://carrier.example/pod.pdf")
    assert proof.at == datetime(2026, 1, 6, 8, 12, tzinfo=UTC)


def test_a_push_of_dhl_says_what_an_answer_says() -> None:
    reader = DhlPush()

    (found,) = reader.read(orjson.dumps(DHL), NOW)
    (bare,) = reader.read(orjson.dumps(DHL["shipments"][0]), NOW)

    polled = told(DhlUnified(), Reply(DHL), parcel(DHL_NUMBER, service="parcel-de"))
    assert found == bare == polled
    for body in (b"", b"[]", b"{}", b"<x/>", b'{"shipments":[{"events":[]}]}'):
        with pytest.raises(Rejected):
            reader.read(body, NOW)


def test_a_push_of_dhl_must_carry_the_subscriptions_secret() -> None:
    reader = DhlPush()

    reader.verify({"x-api-key": "new"}, b"", ["old", "new"])
    for headers in ({}, {"x-api-key": ""}, {"x-api-key": "nope"}):
        with pytest.raises(BadSignature):
            reader.verify(headers, b"", ["old", "new", ""])
    assert reader.delivery_key({}, b"a") == reader.delivery_key({"x": "y"}, b"a")
    assert reader.delivery_key({}, b"a") != reader.delivery_key({}, b"b")


def test_parcel_de_is_asked_by_xml_in_the_query_for_twenty_numbers() -> None:
    numbers = [f"0034043499990000{n:04}" for n in range(20)]
    counterpart = Counterpart(Reply(parcel_de(*(parcel_de_piece(number=n) for n in numbers))))

    found = at_once(
        DhlParcelDe().track(counterpart.out, account(), [parcel(n) for n in numbers], NOW)
    )

    assert all(isinstance(each, Told) and each.found for each in found.values())
    (asked,) = counterpart.asked
    question = etree.fromstring(asked.url.query["xml"].encode())
    assert dict(question.attrib) == {
        "appname": "zt12345",
        "password": "geheim & <more>",
        "language-code": "en",
        "request": "d-get-piece-detail",
        "piece-code": ";".join(numbers),
    }
    assert asked.url.path == "/parcel/de/tracking/v0/shipments"
    assert asked.headers["Authorization"] == "Basic a2V5Omh1c2g="
    with pytest.raises(Rejected):
        track(DhlParcelDe(), Reply(b""), *(parcel(f"0034043499990000{n:04}") for n in range(21)))


def test_the_published_piece_was_handed_to_a_neighbour_by_berlins_clock() -> None:
    found = told(DhlParcelDe(), Reply(PARCEL_DE), parcel(DHL_NUMBER))

    assert [scan.raw_code for scan in found.scans] == ["ES/SHRCU/SERPT", "ZU/DLVRD/NGHBR"]
    assert statuses(found.scans) == [S.ACCEPTED, S.DELIVERED]
    first, last = found.scans
    assert (first.location, first.country) == ("Leipzig", "DE")
    assert first.occurred_at == datetime(2026, 1, 5, 16, 20, tzinfo=UTC)
    assert first.time_source is TimeSource.CARRIER_DEFAULT
    assert last.occurred_at == datetime(2026, 1, 6, 9, 2, tzinfo=UTC)
    assert found.weight_grams == 600
    assert found.proof is not None
    assert found.proof.signed_by == "Neighbour"


def test_a_piece_on_its_way_back_is_returned_not_delivered() -> None:
    piece = parcel_de_piece(
        parcel_de_event("05.01.2026 17:20", "ZN", "DLVRF", "RFUSD"),
        parcel_de_event("06.01.2026 10:00", "NB", "RETRN", "RFUSD", "true"),
        parcel_de_event("07.01.2026 10:00", "ZU", "DLVRD", "SERPT", "true"),
    )

    found = told(DhlParcelDe(), Reply(parcel_de(piece)), parcel(DHL_NUMBER))

    assert statuses(found.scans) == [S.DELIVERY_FAILED, S.RETURNING, S.RETURNED]
    assert [scan.reason for scan in found.scans[:2]] == [ShipmentReason.REFUSED] * 2
    assert found.proof is None


def test_a_piece_that_is_said_to_go_back_as_a_whole_was_not_delivered_at_its_end() -> None:
    piece = parcel_de_piece(
        parcel_de_event("07.01.2026 10:00", "ZU", "DLVRD", "SERPT"),
        state='status-timestamp="07.01.2026 10:00" ruecksendung="true" standard-event-code="ZU"',
    )

    found = told(DhlParcelDe(), Reply(parcel_de(piece)), parcel(DHL_NUMBER))

    assert statuses(found.scans) == [S.RETURNED]


def test_a_piece_that_was_disposed_of_is_lost() -> None:
    piece = parcel_de_piece(parcel_de_event("07.01.2026 10:00", "ZU", "DSPSD", "OTHER"))

    assert statuses(told(DhlParcelDe(), Reply(parcel_de(piece)), parcel(DHL_NUMBER)).scans) == [
        S.LOST
    ]


def test_of_two_pieces_with_one_number_the_one_that_moved_last_is_ours() -> None:
    old = parcel_de_piece(
        parcel_de_event("05.01.2025 17:20", "ZU", "DLVRD", "OTHER"),
        state='status-timestamp="05.01.2025 17:20"',
    )
    new = parcel_de_piece(
        parcel_de_event("05.01.2026 17:20", "NB", "SRTED", "NRMAL"),
        state='status-timestamp="05.01.2026 17:20"',
    )

    for pieces in ((old, new), (new, old)):
        found = told(DhlParcelDe(), Reply(parcel_de(*pieces)), parcel(DHL_NUMBER))
        assert statuses(found.scans) == [S.IN_TRANSIT]


def test_parcel_de_knows_no_such_number_in_three_ways() -> None:
    for body in (
        parcel_de(code="100"),
        parcel_de(parcel_de_piece(error="100")),
        parcel_de(parcel_de_piece(number="00340434000000000000")),
    ):
        assert told(DhlParcelDe(), Reply(body), parcel(DHL_NUMBER)).found is False


def test_a_country_is_named_in_the_language_that_was_asked() -> None:
    event = parcel_de_event("05.01.2026 17:20", "NB", "SRTED", "NRMAL")
    for language, name, code in (("en", "United Kingdom", "GB"), ("de", "Österreich", "AT")):
        body = parcel_de(parcel_de_piece(event.replace("Germany", name)))
        (scan,) = told(DhlParcelDe(), Reply(body), parcel(DHL_NUMBER, language=language)).scans
        assert (scan.country, scan.language) == (code, language)
        assert scan.occurred_at == datetime(2026, 1, 5, 16, 20, tzinfo=UTC)


def test_a_transit_over_the_change_of_clocks_stays_in_order() -> None:
    times = ["28.03.2026 23:00", "29.03.2026 01:30", "29.03.2026 03:30", "29.03.2026 08:00"]
    piece = parcel_de_piece(*(parcel_de_event(time, "AA", "SRTED", "X") for time in times))

    scans = told(DhlParcelDe(), Reply(parcel_de(piece)), parcel(DHL_NUMBER)).scans

    assert [scan.position for scan in scans] == [0, 1, 2, 3]
    hours = [(b.occurred_at - a.occurred_at).seconds / 3600 for a, b in itertools.pairwise(scans)]
    assert hours == [2.5, 1, 4.5]
    assert [scan.utc_offset for scan in scans] == [timedelta(hours=h) for h in (1, 1, 2, 2)]


@pytest.mark.parametrize(
    "body", [b"", b"<html/>", PARCEL_DE[:-9], b"<data/>", b'<!DOCTYPE d [<!ENTITY a "b">]><data/>']
)
def test_parcel_de_says_nothing_in_what_is_no_list_of_pieces(body: bytes) -> None:
    with pytest.raises(Unavailable):
        track(DhlParcelDe(), Reply(body), parcel(DHL_NUMBER))
