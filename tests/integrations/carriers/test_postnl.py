"""PostNL: two forms of answers and of times, what came back, and the list of what changed."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from domain.shipments.scans import ShipmentStatus, TimeSource
from integrations.carriers.base import CredentialRefused, Throttled
from integrations.carriers.postnl import OVERLAP, REACH, WINDOW, PostNl, windows
from integrations.http import Rejected, Unavailable
from tests.integrations.carriers.counterpart import NOW, Reply, at_once, parcel, statuses
from tests.integrations.carriers.posts import account, ask, changed, golden, saying, told

NUMBER = "3SABCD123456789"
S = ShipmentStatus


def shipment(body: Any) -> Any:
    return body["CompleteStatus"]["Shipment"]


def ending(code: str, zip_code: str = "3011AA") -> Any:
    def change(body: Any) -> None:
        shipment(body)["Status"]["StatusCode"] = code
        shipment(body)["Address"][0]["Zipcode"] = zip_code

    return changed("postnl.json", change)


def test_the_history_is_told_in_the_time_of_amsterdam() -> None:
    found = told(PostNl(), golden("postnl.json"), NUMBER)

    said = [scan for scan in found.scans if scan.status]
    assert statuses(said) == [
        S.ANNOUNCED,
        S.ACCEPTED,
        S.IN_TRANSIT,
        S.OUT_FOR_DELIVERY,
        S.DELIVERED,
    ]
    assert said[-1].occurred_at == datetime(2026, 1, 8, 10, 2, 10, tzinfo=UTC)
    assert said[-1].time_source is TimeSource.CARRIER_DEFAULT
    assert found.weight_grams == 600
    assert found.expected_at == datetime(2026, 1, 8, 22, 59, 59, tzinfo=UTC)
    assert all(scan.mapped for scan in found.scans)


def test_the_short_form_has_objects_for_lists_and_braces_for_nothing() -> None:
    found = told(PostNl(), golden("postnl_current.json"), NUMBER)
    assert statuses(found.scans) == [S.OUT_FOR_DELIVERY]
    assert (found.expected_at, found.weight_grams) == (None, None)


def test_the_key_is_in_a_header_and_the_detail_is_asked_for() -> None:
    carrier = saying(golden("postnl.json"))
    ask(PostNl(), carrier, parcel(NUMBER, language="nl"))
    (call,) = carrier.asked
    assert call.url.path == f"/shipment/v2/status/barcode/{NUMBER}"
    assert dict(call.url.query) == {"detail": "true", "language": "NL", "maxDays": "90"}
    assert call.headers["apikey"] == "key"


@pytest.mark.parametrize(
    "body",
    [
        {"Warnings": [{"Code": "2", "Description": "No shipment found"}]},
        {"Warnings": {"Code": "2", "Description": "No shipment found"}},
        {"CurrentStatus": {}},
        {"CurrentStatus": None},
        {"CompleteStatus": {"Shipment": None}},
        Reply(b"", 404),
    ],
)
def test_each_form_of_not_found_is_no_news(body: Any) -> None:
    assert told(PostNl(), body, NUMBER).found is False


def test_a_pickup_point_is_not_a_delivery_and_a_collection_is() -> None:
    assert told(PostNl(), ending("12"), NUMBER).scans[-1].status is S.AVAILABLE_FOR_PICKUP
    assert told(PostNl(), ending("22"), NUMBER).scans[-1].status is S.DELIVERED


@pytest.mark.parametrize(
    ("delivered_at", "about", "expected"),
    [
        ("3511AB", {}, S.RETURNED),
        ("3511 ab", {"origin_postal_code": "3511AB"}, S.RETURNED),
        ("1011AA", {"origin_postal_code": "1011 AA", "postal_code": "3011AA"}, S.RETURNED),
        ("3011AA", {"origin_postal_code": "3511AB"}, S.DELIVERED),
        ("3511AB", {"origin_postal_code": "3511AB", "postal_code": "3511AB"}, S.DELIVERED),
        ("{}", {"origin_postal_code": "3511AB"}, S.DELIVERED),
    ],
)
def test_delivered_at_the_senders_postcode_is_returned(
    delivered_at: str, about: dict[str, str], expected: S
) -> None:
    found = told(PostNl(), ending("11", delivered_at), NUMBER, **about)
    assert found.scans[-1].status is expected
    assert (found.proof is None) is (expected is S.RETURNED)


def test_another_shipment_than_the_one_asked_for_is_not_told() -> None:
    def other(body: Any) -> None:
        shipment(body).update(Barcode="3SOTHER00000000", MainBarcode="3SOTHER00000000")

    assert told(PostNl(), changed("postnl.json", other), NUMBER).found is False


def test_a_reference_finds_its_shipment() -> None:
    carrier = saying(golden("postnl.json"))
    found = at_once(PostNl().by_reference(carrier.out, account(), "ORD-1", parcel("ORD-1")))
    assert found.scans  # type: ignore[union-attr]
    query = dict(carrier.asked[0].url.query)
    assert query["customerCode"] == "ABCD"
    assert query["customerNumber"] == "10000001"
    assert query["reference"] == "ORD-1"


def test_the_list_of_updated_shipments_has_two_periods_in_local_time() -> None:
    carrier = saying(golden("postnl_updated.json"))
    since = datetime(2026, 1, 6, 9, tzinfo=UTC)
    found = at_once(PostNl().updated(carrier.out, account(), since, since + timedelta(minutes=15)))

    (call,) = carrier.asked
    assert call.url.path == "/shipment/v2/status/10000001/updatedshipments"
    assert call.url.query.getall("period") == ["2026-01-06T10:00:00", "2026-01-06T10:15:00"]
    assert [one.number for one in found.told] == [NUMBER, "3SABCD987654321"]
    winter, summer = (one.scans[0] for one in found.told)
    assert winter.occurred_at == datetime(2026, 1, 6, 1, 17, 49, tzinfo=UTC)
    assert summer.occurred_at == datetime(2026, 7, 6, 0, 17, 49, tzinfo=UTC)
    assert (winter.status, summer.status) == (S.IN_TRANSIT, S.AVAILABLE_FOR_PICKUP)


def test_the_list_alone_makes_nothing_delivered() -> None:
    def delivered(body: Any) -> None:
        body[0]["Status"]["StatusCode"] = "11"

    carrier = saying(changed("postnl_updated.json", delivered))
    found = at_once(PostNl().updated(carrier.out, account(), NOW - WINDOW, NOW))
    assert found.ended == (NUMBER,)
    assert NUMBER not in [one.number for one in found.told]


@pytest.mark.parametrize(
    "ago", [None, timedelta(minutes=15), timedelta(hours=9), timedelta(days=9)]
)
def test_windows_overlap_are_short_and_leave_no_gap(ago: timedelta | None) -> None:
    found = list(windows(NOW - ago if ago else None, NOW))

    assert found[-1][1] == NOW
    assert all(timedelta() < until - since <= WINDOW for since, until in found)
    assert all(later[0] == earlier[1] - OVERLAP for earlier, later in pairwise(found))
    wanted = min(ago + OVERLAP, REACH) if ago else WINDOW
    assert found[0][0] == NOW - wanted


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply({}, 401), CredentialRefused),
        (Reply({}, 429), Throttled),
        (Reply({}, 400), Rejected),
        (Reply({}, 500), Unavailable),
        (Reply(b"<html>maintenance</html>"), Unavailable),
        (Reply({"something": 1}), Unavailable),
    ],
)
def test_each_form_of_failure_is_told_apart(reply: Reply, error: type[Exception]) -> None:
    with pytest.raises(error):
        ask(PostNl(), saying(reply), parcel(NUMBER))


def test_a_warning_about_anything_else_is_a_refusal() -> None:
    body = {"Warnings": [{"Code": "17", "Description": "Barcode not valid"}]}
    assert isinstance(ask(PostNl(), saying(body), parcel(NUMBER))[NUMBER], Rejected)
