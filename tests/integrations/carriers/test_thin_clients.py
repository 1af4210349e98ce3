"""InPost, bpost and DPD: what waits in a shop is no delivery there either."""

from datetime import UTC, datetime
from typing import Any

import pytest
from lxml import etree

from domain.shipments.scans import ShipmentReason, ShipmentStatus
from integrations.carriers.base import CredentialRefused, Throttled
from integrations.carriers.bpost import Bpost
from integrations.carriers.dpd import Dpd
from integrations.carriers.inpost import InPost, meaning
from integrations.http import Rejected, Unavailable
from tests.integrations.carriers.counterpart import Reply, parcel, statuses
from tests.integrations.carriers.posts import account, ask, golden, saying, told

INPOST, BPOST, DPD = "612345678901234567890123", "323211111111111111111111", "01234567890123"
S = ShipmentStatus
DPD_BODY: bytes = golden("dpd.xml")


def fault(text: str) -> Reply:
    said = f"<E:Envelope xmlns:E='e'><E:Body><E:Fault><faultstring>{text}</faultstring></E:Fault>"
    return Reply(f"{said}</E:Body></E:Envelope>".encode(), 500)


def test_inpost_tells_a_locker_parcel_in_the_time_of_warsaw() -> None:
    carrier = saying(golden("inpost.json"))
    found = ask(InPost(), carrier, parcel(INPOST))[INPOST]
    assert statuses(found.scans) == [  # type: ignore[union-attr]
        S.ANNOUNCED,
        S.ACCEPTED,
        S.IN_TRANSIT,
        S.AVAILABLE_FOR_PICKUP,
        S.DELIVERED,
    ]
    (call,) = carrier.asked
    assert call.url.path == f"/v1/tracking/{INPOST}"
    assert "Authorization" not in call.headers
    ask(InPost(), carrier, parcel(INPOST), of=account(token="t"))
    assert carrier.asked[1].headers["Authorization"] == "Bearer t"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("ready_to_pickup_from_pok", (S.AVAILABLE_FOR_PICKUP, None)),
        ("adopted_at_source_branch", (S.IN_TRANSIT, None)),
        ("stack_in_box_machine", (S.AVAILABLE_FOR_PICKUP, None)),
        ("stack_parcel_pickup_time_expired", (S.RETURNING, ShipmentReason.UNCLAIMED)),
        ("stack_parcel_of_another_kind", (None, None)),
        ("undelivered", (S.EXCEPTION, None)),
        ("undelivered_wrong_address", (S.DELIVERY_FAILED, ShipmentReason.BAD_ADDRESS)),
        ("undelivered_no_mailbox", (S.DELIVERY_FAILED, None)),
        ("delivered_somewhere_else", (None, None)),
        ("returned_to_sender", (S.RETURNED, None)),
    ],
)
def test_inposts_families_of_statuses_are_told_apart(status: str, expected: Any) -> None:
    found = meaning(status)
    assert (found.status, found.reason) == expected


def test_bpost_tells_a_round_and_a_distribution() -> None:
    carrier = saying(golden("bpost.xml"))
    found = ask(Bpost(), carrier, parcel(BPOST))[BPOST]
    assert statuses(found.scans) == [S.IN_TRANSIT, S.OUT_FOR_DELIVERY, S.DELIVERED]  # type: ignore[union-attr]
    assert carrier.asked[0].url.path == f"/services/trackedmail/item/{BPOST}/trackingInfo"
    assert carrier.asked[0].headers["Authorization"].startswith("Basic ")
    unknown = golden("bpost.xml").replace(b"U00", b"S01")
    last = told(Bpost(), unknown, BPOST).scans[-1]
    assert (last.status, last.mapped) == (None, False)


def test_dpd_tells_facts_alone_and_a_parcel_shop_is_no_delivery() -> None:
    found = told(Dpd(), DPD_BODY, DPD)
    assert statuses(found.scans) == [
        S.ANNOUNCED,
        S.ACCEPTED,
        S.IN_TRANSIT,
        S.AVAILABLE_FOR_PICKUP,
    ]
    assert [scan.occurred_at for scan in found.scans[1:3]] == [
        datetime(2026, 1, 6, 11, 30, tzinfo=UTC),
        datetime(2026, 1, 6, 23, 11, 26, tzinfo=UTC),
    ]
    last = found.scans[-1]
    assert last.occurred_at == datetime(2026, 1, 7, 18, 11, 26, tzinfo=UTC)
    assert (last.location, last.country) == ("Lille", "FR")


def test_dpd_is_asked_with_a_token_of_its_login_service() -> None:
    carrier = saying(DPD_BODY)
    ask(Dpd(), carrier, parcel(DPD))
    login, call = carrier.asked
    names = {etree.QName(each).localname: each.text for each in etree.fromstring(login.body).iter()}
    assert (names["delisId"], names["password"]) == ("delis", "geheim & <more>")
    said = {etree.QName(each).localname: each.text for each in etree.fromstring(call.body).iter()}
    assert (said["authToken"], said["parcelLabelNumber"]) == ("tok", DPD)
    assert call.url.path == "/ParcelLifeCycleService/V2_0/"


def test_a_token_that_dpd_refuses_is_fetched_anew_once() -> None:
    carrier = saying(fault("Authentication failed: authToken expired"), DPD_BODY)
    assert ask(Dpd(), carrier, parcel(DPD))[DPD].found  # type: ignore[union-attr]
    assert len(carrier.asked) == 4
    with pytest.raises(CredentialRefused):
        ask(Dpd(), saying(fault("Authentication failed")), parcel(DPD))


@pytest.mark.parametrize(
    ("client", "reply", "error"),
    [
        (InPost(), Reply(b"<html></html>"), Unavailable),
        (InPost(), Reply({"tracking_number": "1"}), Unavailable),
        (InPost(), Reply({}, 429, {"Retry-After": "3"}), Throttled),
        (Bpost(), Reply(b"{}"), Unavailable),
        (Bpost(), Reply(b"", 401), CredentialRefused),
        (Bpost(), Reply(golden("bpost.xml").replace(b"3232", b"9999")), Unavailable),
        (Dpd(), Reply(b"<html/>"), Unavailable),
        (Dpd(), Reply(b"<x/>", 500), Unavailable),
        (Dpd(), fault("NullPointerException"), Unavailable),
        (Dpd(), Reply(b"", 400), Rejected),
    ],
)
def test_each_form_of_failure_is_told_apart(
    client: Any, reply: Reply, error: type[Exception]
) -> None:
    with pytest.raises(error):
        ask(client, saying(reply), parcel(BPOST))


@pytest.mark.parametrize(
    ("client", "reply"),
    [
        (InPost(), Reply({"status": 404, "error": "resource_not_found"}, 404)),
        (Bpost(), Reply(b"", 404)),
        (Dpd(), fault("Parcel not found")),
        (Dpd(), Reply(DPD_BODY.replace(b"Reached>true", b"Reached>false"))),
    ],
)
def test_an_unknown_number_is_no_news(client: Any, reply: Reply) -> None:
    assert told(client, reply, BPOST).found is False
