"""DHL Express, MyDHL API."""

import copy
from datetime import UTC, datetime

import pytest

from domain.shipments.scans import ShipmentStatus, TimeSource, Told
from integrations.carriers.base import CredentialRefused
from integrations.carriers.dhl_express import DhlExpress
from integrations.http import Rejected
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
    EXPRESS,
    EXPRESS_NUMBER,
)

S = ShipmentStatus


def test_express_tells_each_event_by_its_offset_or_its_service_areas_country() -> None:
    found = told(DhlExpress(), Reply(EXPRESS), parcel(EXPRESS_NUMBER))

    assert statuses(found.scans) == [S.ACCEPTED, S.DELIVERED]
    picked, handed = found.scans
    assert picked.occurred_at == datetime(2026, 1, 5, 5, 56, 21, tzinfo=UTC)
    assert (picked.time_source, picked.country) == (TimeSource.EXPLICIT, "CN")
    assert handed.occurred_at == datetime(2026, 1, 8, 9, 30, tzinfo=UTC)
    assert (handed.time_source, handed.country) == (TimeSource.LOCATION, "FR")
    assert found.weight_grams == 900
    assert found.expected_at == datetime(2026, 1, 8, 22, 59, 59, tzinfo=UTC)
    assert found.proof is not None
    assert found.proof.signed_by == "DUPONT"


def test_express_is_asked_about_two_hundred_waybills_at_once() -> None:
    numbers = [f"{n:010}" for n in range(200)]
    one = EXPRESS["shipments"][0]
    body = {"shipments": [{**one, "shipmentTrackingNumber": n} for n in numbers[:150]]}
    counterpart = Counterpart(Reply(body))

    found = at_once(
        DhlExpress().track(counterpart.out, account(), [parcel(n) for n in numbers], NOW)
    )

    assert [each.found for each in found.values() if isinstance(each, Told)] == (
        [True] * 150 + [False] * 50
    )
    (asked,) = counterpart.asked
    assert asked.url.path == "/tracking"
    assert asked.url.query.getall("shipmentTrackingNumber") == numbers
    assert asked.url.query["requestGMTOffsetPerEvent"] == "true"
    assert 28 <= len(asked.headers["Message-Reference"]) <= 36
    assert asked.headers["Message-Reference-Date"] == "Sat, 10 Jan 2026 12:00:00 GMT"
    assert asked.headers["Authorization"].startswith("Basic ")


def test_express_knows_no_such_waybill_or_refuses_it() -> None:
    missing = {"title": "Not data found", "detail": "No data found", "status": "404"}
    bad = {"instance": "x", "title": "x", "message": "Bad request", "status": "400"}

    assert told(DhlExpress(), Reply(missing, 404), parcel(EXPRESS_NUMBER)).found is False
    found = track(DhlExpress(), Reply(bad, 400), parcel(EXPRESS_NUMBER))
    assert isinstance(found[EXPRESS_NUMBER], Rejected)
    with pytest.raises(CredentialRefused):
        track(DhlExpress(), Reply(b"<html>", 401), parcel(EXPRESS_NUMBER))


def test_express_delivers_to_the_shipper_after_a_return() -> None:
    body = copy.deepcopy(EXPRESS)
    returned = {"date": "2026-01-07", "time": "10:00:00", "GMTOffset": "+01:00", "typeCode": "RT"}
    body["shipments"][0]["events"].insert(1, returned)

    found = told(DhlExpress(), Reply(body), parcel(EXPRESS_NUMBER))

    assert statuses(found.scans) == [S.ACCEPTED, S.RETURNED, S.RETURNED]
    assert found.proof is None
