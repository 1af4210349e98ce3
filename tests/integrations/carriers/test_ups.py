"""UPS Track, Track Alert and its subscription."""

import copy
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from domain.shipments.scans import ShipmentStatus, TimeSource, Told
from integrations.carriers.base import BadSignature
from integrations.carriers.calls import Tokens
from integrations.carriers.ups import Ups
from integrations.carriers.ups_alerts import Callback, UpsTrackAlert, subscribe
from integrations.http import Rejected, Unavailable
from tests.integrations.carriers.counterpart import (
    NOW,
    Asked,
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
    UPS,
    UPS_NOT_FOUND,
    UPS_NUMBER,
    UPS_PUSH,
    UPS_TOKEN,
    UPS_WARNING,
    activity,
    ups,
)

S = ShipmentStatus
CALLBACK = Callback("https://shop.example/webhooks/carriers/ups/1", "s3cret")


def answering(body: object, status: int = 200):
    """A token, and then this body."""

    def answer(asked: Asked) -> Reply:
        return Reply(UPS_TOKEN) if asked.url.path.endswith("/token") else Reply(body, status)

    return answer


def of(body: object, status: int = 200) -> Told:
    return told(Ups(), answering(body, status), parcel(UPS_NUMBER))


def test_the_published_answer_was_delivered_at_the_front_door() -> None:
    found = of(UPS)

    (scan,) = found.scans
    assert (scan.raw_code, scan.status) == ("011/FS/D", S.DELIVERED)
    assert scan.occurred_at == datetime(2026, 1, 8, 9, 30, tzinfo=UTC)
    assert scan.occurred_local == datetime.fromisoformat("2026-01-08T10:30:00")
    assert (scan.utc_offset, scan.time_source) == (timedelta(hours=1), TimeSource.EXPLICIT)
    assert (scan.location, scan.postal_code, scan.country) == ("LYON", "69003", "FR")
    assert found.weight_grams == 600
    assert found.proof is not None
    assert (found.proof.signed_by, found.proof.place) == ("DUPONT", "Front Door")
    assert found.proof.at == scan.occurred_at


def test_a_call_carries_the_token_a_transaction_and_its_source() -> None:
    counterpart = Counterpart(answering(UPS))
    of_account = account(merchant_id="merchant")
    client = Ups()

    for _ in range(2):
        at_once(client.track(counterpart.out, of_account, [parcel(UPS_NUMBER)], NOW))

    token, first, second = counterpart.asked
    assert (token.method, token.url.path) == ("POST", "/security/v1/oauth/token")
    assert token.body == b"grant_type=client_credentials"
    assert token.headers["Authorization"] == "Basic aWQ6aHVzaA=="
    assert token.headers["x-merchant-id"] == "merchant"
    assert first.url.path == f"/api/track/v1/details/{UPS_NUMBER}"
    assert first.url.query["locale"] == "en_US"
    assert first.headers["Authorization"] == "Bearer t0ken"
    assert first.headers["transactionSrc"]
    assert first.headers["transId"] != second.headers["transId"]


@pytest.mark.parametrize(
    ("body", "status"),
    [(UPS_NOT_FOUND, 404), (UPS_WARNING, 200), (UPS_NOT_FOUND, 200), (b"nothing", 404)],
)
def test_an_unknown_number_is_told_in_several_ways(body: object, status: int) -> None:
    assert of(body, status) == Told(UPS_NUMBER, found=False)


def test_of_several_packages_the_one_that_was_asked_for_is_read() -> None:
    body = ups(activity("005", "AR", "I"))
    packages = body["trackResponse"]["shipment"][0]["package"]
    other = copy.deepcopy(packages[0])
    other.update(trackingNumber="1Z999AA10123456785", activity=[activity("011", "FS", "D")])
    packages.insert(0, other)

    assert statuses(of(body).scans) == [S.IN_TRANSIT]
    del packages[1]
    assert of(body).found is False


@pytest.mark.parametrize(
    ("status", "code", "wanted"),
    [
        ("161", "2Q", S.AVAILABLE_FOR_PICKUP),
        ("161", "FS", S.AVAILABLE_FOR_PICKUP),
        ("011", "2Q", S.AVAILABLE_FOR_PICKUP),
        ("", "2Q", S.AVAILABLE_FOR_PICKUP),
        ("011", "B0", S.RETURNED),
        ("034", "FS", S.RETURNED),
        ("", "B0", S.RETURNED),
        ("149", "FS", S.LOST),
        ("199", "FS", None),
        ("", "", None),
    ],
)
def test_type_d_is_not_always_delivered(status: str, code: str, wanted: S | None) -> None:
    found = of(ups(activity(status, code, "D")))

    assert statuses(found.scans) == [wanted]
    assert found.proof is None


def test_dp_is_a_departure_or_a_manifest_by_its_type() -> None:
    found = of(ups(activity("", "DP", "I", "20260107"), activity("", "DP", "M", "20260106")))

    assert statuses(found.scans) == [S.ANNOUNCED, S.IN_TRANSIT]


def test_surepost_ends_at_the_post_office() -> None:
    surepost = {"service": {"description": "UPS SurePost"}}

    assert statuses(of(ups(activity("", "EP", "I"), **surepost)).scans) == [S.AVAILABLE_FOR_PICKUP]
    assert statuses(of(ups(activity("", "EP", "I"))).scans) == [S.IN_TRANSIT]


def test_a_delivery_in_the_senders_town_after_a_return_began_is_the_senders() -> None:
    back = of(
        ups(
            activity("011", "FS", "D", "20260109", "LILLE"),
            activity("036", "", "X", "20260108", "LYON"),
        )
    )
    changed = of(
        ups(
            activity("011", "FS", "D", "20260109", "LYON"),
            activity("036", "", "X", "20260108", "LYON"),
        )
    )

    assert statuses(back.scans) == [S.RETURNING, S.RETURNED]
    assert back.proof is None
    assert statuses(changed.scans) == [S.RETURNING, S.DELIVERED]


@pytest.mark.parametrize("gmt", ["093000", "09:30:00"])
def test_greenwich_is_written_with_or_without_colons(gmt: str) -> None:
    one = {**activity("011", "FS", "D"), "gmtTime": gmt, "gmtOffset": ""}

    (scan,) = of(ups(one)).scans

    assert scan.occurred_at == datetime(2026, 1, 8, 9, 30, tzinfo=UTC)
    assert scan.utc_offset == timedelta(hours=1)


def test_without_greenwich_the_offset_counts_and_then_the_place() -> None:
    bare = {k: v for k, v in activity("011", "FS", "D").items() if not k.startswith("gmt")}
    bare["location"] = {"address": {"city": "BOSTON", "countryCode": "US", "postalCode": "02108"}}

    (offset,) = of(ups({**bare, "gmtOffset": "-08:00"})).scans
    (placed,) = of(ups(bare)).scans

    assert offset.occurred_at == datetime(2026, 1, 8, 18, 30, tzinfo=UTC)
    assert offset.time_source is TimeSource.EXPLICIT
    assert placed.occurred_at == datetime(2026, 1, 8, 15, 30, tzinfo=UTC)
    assert placed.time_source is TimeSource.LOCATION


def test_the_rescheduled_day_is_the_forecast() -> None:
    days = [{"type": "SDD", "date": "20260108"}, {"type": "RDD", "date": "20260109"}]
    window = {"type": "EDW", "startTime": "100000", "endTime": "140000"}

    timed = of(ups(deliveryDate=days, deliveryTime=window))
    day = of(ups(deliveryDate=days, deliveryTime={}))

    assert timed.expected_at == datetime(2026, 1, 9, 13, tzinfo=UTC)
    assert day.expected_at == datetime(2026, 1, 9, 22, 59, 59, tzinfo=UTC)
    assert of(UPS).expected_at is None


@pytest.mark.parametrize("body", [b"", b"<html>", {"other": 1}, b'{"trackResponse":{"shi'])
def test_what_is_no_track_response_is_no_answer(body: object) -> None:
    with pytest.raises(Unavailable):
        of(body)


def test_a_push_of_ups_is_the_scan_that_an_answer_tells() -> None:
    (found,) = UpsTrackAlert().read(orjson.dumps(UPS_PUSH), NOW)

    (scan,) = found.scans
    assert found.number == "1Z204W4R0300000000"
    assert (scan.raw_code, scan.status) == ("011/FS/D", S.DELIVERED)
    assert scan.occurred_at == datetime(2026, 1, 8, 8, 50, 4, tzinfo=UTC)
    assert scan.occurred_local == datetime.fromisoformat("2026-01-08T09:50:04")
    assert found.proof is not None
    assert found.proof.signed_by == "DUPONT"

    same = {
        **activity("011", "FS", "D"),
        "location": {"address": {"city": "LYON", "postalCode": "69003", "countryCode": "FR"}},
    }
    same |= {"date": "20260108", "time": "095004", "gmtDate": "20260108", "gmtTime": "085004"}
    (polled,) = of(ups(same)).scans
    assert polled.key("UPS", "x") == scan.key("UPS", "x")


def test_a_push_may_hold_numbers_and_leave_things_out() -> None:
    pushed = copy.deepcopy(UPS_PUSH)
    pushed["activityStatus"]["descriptionCode"] = 11
    for name in ("gmtActivityDate", "gmtActivityTime", "receivedBy", "scheduledDeliveryDate"):
        del pushed[name]
    pushed["actualDeliveryDate"] = ""

    (found,) = UpsTrackAlert().read(orjson.dumps(pushed), NOW)

    (scan,) = found.scans
    assert scan.status is S.DELIVERED
    assert scan.occurred_at == datetime(2026, 1, 8, 8, 50, 4, tzinfo=UTC)
    assert found.expected_at is None


def test_a_push_to_an_access_point_is_not_a_delivery() -> None:
    pushed = copy.deepcopy(UPS_PUSH)
    pushed["activityStatus"]["descriptionCode"] = 161

    (found,) = UpsTrackAlert().read(orjson.dumps(pushed), NOW)

    assert statuses(found.scans) == [S.AVAILABLE_FOR_PICKUP]
    assert found.proof is None


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"<x/>", b'{"trackingNumber":{}}'])
def test_a_push_without_a_number_cannot_be_read(body: bytes) -> None:
    with pytest.raises(Rejected):
        UpsTrackAlert().read(body, NOW)


def test_a_push_of_ups_must_carry_the_subscriptions_secret() -> None:
    reader = UpsTrackAlert()

    reader.verify({"credential": "b"}, b"", ["a", "b"])
    reader.verify({"x-api-key": "a"}, b"", ["a", "b"])
    for headers in ({}, {"credential": "c"}, {"credential": "é\udc80"}, {"credential": ""}):
        with pytest.raises(BadSignature):
            reader.verify(headers, b"", ["a", "b", ""])
    with pytest.raises(BadSignature):
        reader.verify({"credential": "a"}, b"", [])


def test_a_subscription_names_the_numbers_and_where_to_push() -> None:
    good, refused = UPS_NUMBER, "1Z999AA10123456785"
    body = {"validTrackingNumbers": [good, "1Z0000000000000000"], "invalidTrackingNumbers": []}
    counterpart = Counterpart(answering(body))

    found = at_once(
        subscribe(counterpart.out, account(), Tokens(), [good, refused, "bad"], CALLBACK)
    )

    assert found.valid == {good}
    assert found.invalid == {refused, "bad"}
    asked = counterpart.asked[-1]
    assert asked.url.path == "/api/track/v2/subscription/standard/package"
    sent = orjson.loads(asked.body)
    assert sent["trackingNumberList"] == [good, refused]
    assert (sent["locale"], sent["countryCode"]) == ("en_US", "US")
    assert sent["destination"]["credential"] == "s3cret"


def test_a_subscription_takes_a_hundred_numbers_and_asks_nothing_for_none() -> None:
    counterpart = Counterpart([])

    with pytest.raises(Rejected):
        at_once(subscribe(counterpart.out, account(), Tokens(), [UPS_NUMBER] * 101, CALLBACK))
    found = at_once(subscribe(counterpart.out, account(), Tokens(), ["bad"], CALLBACK))
    assert (found.valid, found.invalid) == (frozenset(), {"bad"})
    assert counterpart.asked == []


def test_a_number_of_another_form_is_not_asked() -> None:
    assert isinstance(track(Ups(), [], parcel("1Z?"))["1Z?"], Rejected)
