"""Aggregators: trackings of many carriers, registered by themselves, and their pushes."""

import time
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from domain.shipments.scans import ShipmentReason, ShipmentStatus, TimeSource
from integrations.carriers import aftership, easypost
from integrations.carriers.aftership import AfterShip, AfterShipPush
from integrations.carriers.base import BadSignature, CredentialRefused, PushReader, Throttled
from integrations.carriers.easypost import EasyPost, EasyPostPush
from integrations.carriers.proofs import Sign, hash_of_both, hmac_base64, hmac_hex
from integrations.carriers.seventeen_track import SeventeenTrack, SeventeenTrackPush
from integrations.http import Rejected, Unavailable
from tests.integrations.carriers.counterpart import NOW, Reply, at_once, parcel, statuses
from tests.integrations.carriers.posts import account, ask, changed, golden, saying, told

NUMBER, TEST_CODE = "RR473124829GB", "EZ4000000004"
S, R = ShipmentStatus, ShipmentReason


def no_trackings(**page: Any) -> dict[str, Any]:
    return {"meta": {"code": 200}, "data": {"trackings": [], "pagination": page}}


def test_aftership_tells_checkpoints_finer_by_the_codes_of_posts() -> None:
    found = told(AfterShip(), golden("aftership.json"), NUMBER)

    assert statuses(found.scans) == [
        S.ANNOUNCED,
        S.ACCEPTED,
        S.EXCEPTION,
        S.AVAILABLE_FOR_PICKUP,
        S.DELIVERED,
    ]
    assert found.scans[2].reason is R.CUSTOMS_HOLD
    bare, written = found.scans[:2]
    assert (bare.time_source, bare.country) == (TimeSource.LOCATION, "GB")
    assert written.time_source is TimeSource.EXPLICIT
    assert found.carrier_ref == "wcwy86mie4o17kadedkcw029"
    assert found.weight_grams == 600


@pytest.mark.parametrize(
    ("tag", "subtag", "raw", "expected"),
    [
        ("Exception", "Exception_010", "", (S.RETURNING, None)),
        ("Exception", "Exception_011", "EMI", (S.RETURNED, None)),
        ("Exception", "Exception_013", "", (S.LOST, None)),
        ("AttemptFail", "AttemptFail_001", "EMH", (S.DELIVERY_FAILED, R.ABSENT)),
        ("InTransit", "InTransit_001", "EMI", (S.IN_TRANSIT, None)),
        ("InTransit", "InTransit_001", "EDX", (S.RETURNING, None)),
        ("InTransit", "", "EDH", (S.AVAILABLE_FOR_PICKUP, None)),
        ("Expired", "Expired_001", "", (None, None)),
        ("InTransit", "InTransit_999", "", (S.IN_TRANSIT, None)),
        ("New", "New_001", "", (None, None)),
        ("Delivered", "Delivered_099", "", (S.DELIVERED, None)),
        ("Delivered", "Handed_001", "", (None, None)),
    ],
)
def test_a_sub_tag_goes_before_its_tag_and_a_posts_code_never_delivers(
    tag: str, subtag: str, raw: str, expected: Any
) -> None:
    found = aftership.meaning(tag, subtag, raw)
    assert (found.status, found.reason) == expected


def test_aftership_says_that_the_whole_goes_back() -> None:
    def back(body: Any) -> None:
        body["data"]["trackings"][0]["return_to_sender"] = True

    assert told(AfterShip(), changed("aftership.json", back), NUMBER).scans[-1].status is S.RETURNED


def test_aftership_lists_by_numbers_over_all_pages() -> None:
    first = no_trackings(next_cursor="c2", has_next_page=True)
    carrier = saying(first, golden("aftership.json"))
    found = ask(AfterShip(), carrier, parcel(NUMBER), parcel("RR473124846GB", carrier_ref="x"))

    assert found[NUMBER].scans  # type: ignore[union-attr]
    assert found["RR473124846GB"].found is False  # type: ignore[union-attr]
    one, two = carrier.asked
    assert dict(one.url.query) == {
        "tracking_numbers": f"{NUMBER},RR473124846GB",
        "limit": "100",
    }
    assert two.url.query["cursor"] == "c2"
    assert one.headers["as-api-key"] == "key"


@pytest.mark.parametrize(
    ("reply", "ref"),
    [
        (Reply({"meta": {"code": 201}, "data": {"id": "new"}}, 201), "new"),
        (Reply({"meta": {"code": 4003}, "data": {"id": "old"}}, 400), "old"),
        (Reply({"meta": {"code": 4005}, "data": {}}, 400), None),
    ],
)
def test_aftership_is_told_of_a_number_that_it_does_not_know(reply: Reply, ref: str | None) -> None:
    carrier = saying(no_trackings(), reply)
    said = ask(AfterShip(), carrier, parcel(NUMBER, service="royal-mail", postal_code="75001"))

    assert orjson.loads(carrier.asked[1].body) == {
        "tracking_number": NUMBER,
        "slug": "royal-mail",
        "tracking_postal_code": "75001",
    }
    if ref is None:
        assert isinstance(said[NUMBER], Rejected)
    else:
        assert (said[NUMBER].found, said[NUMBER].carrier_ref) == (False, ref)  # type: ignore[union-attr]


def test_aftership_tells_the_second_at_which_its_limit_starts_anew() -> None:
    reset = str(int(time.time()) + 30)
    reply = Reply({"meta": {"code": 429}}, 429, {"X-RateLimit-Reset": reset})
    with pytest.raises(Throttled) as caught:
        ask(AfterShip(), saying(reply), parcel(NUMBER))
    assert 20 < (caught.value.seconds or 0) <= 30


def test_a_tracker_is_made_and_from_then_on_read_by_its_id() -> None:
    carrier = saying(golden("easypost.json"))
    made = ask(EasyPost(), carrier, parcel(TEST_CODE, service="USPS"))[TEST_CODE]
    ref = made.carrier_ref  # type: ignore[union-attr]
    ask(EasyPost(), carrier, parcel(TEST_CODE, carrier_ref=ref))

    create, read = carrier.asked
    assert (create.method, create.url.path) == ("POST", "/trackers")
    assert orjson.loads(create.body) == {"tracker": {"tracking_code": TEST_CODE, "carrier": "USPS"}}
    assert create.headers["Authorization"] == "Basic a2V5Og=="
    assert (read.method, read.url.path) == ("GET", "/trackers/trk_1")
    assert statuses(made.scans) == [  # type: ignore[union-attr]
        S.ANNOUNCED,
        S.IN_TRANSIT,
        S.OUT_FOR_DELIVERY,
        S.DELIVERED,
    ]
    assert made.scans[-1].occurred_at == datetime(2026, 1, 8, 19, 5, tzinfo=UTC)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("status", "detail", "expected"),
    [
        ("failure", "refused", (S.DELIVERY_FAILED, R.REFUSED)),
        ("failure", "lost", (S.LOST, None)),
        ("failure", "damaged", (S.EXCEPTION, R.DAMAGED)),
        ("failure", "unknown", (S.DELIVERY_FAILED, None)),
        ("in_transit", "received_at_origin_facility", (S.ACCEPTED, None)),
        ("delivered", "arrived_at_destination", (S.DELIVERED, None)),
        ("return_to_sender", "return", (S.RETURNING, None)),
        ("available_for_pickup", "in_transit", (S.AVAILABLE_FOR_PICKUP, None)),
        ("brand_new", "delivered", (None, None)),
    ],
)
def test_the_detail_of_a_tracker_makes_the_vague_ones_finer(
    status: str, detail: str, expected: Any
) -> None:
    found = easypost.meaning(status, detail)
    assert (found.status, found.reason) == expected


def test_a_tracker_that_goes_back_delivers_nothing() -> None:
    body = changed("easypost.json", lambda body: body.update(status="return_to_sender"))
    assert told(EasyPost(), body, TEST_CODE).scans[-1].status is S.RETURNED


def test_17track_tells_accepted_and_rejected_numbers_apart() -> None:
    rejected = [
        {"number": "RR473124846GB", "error": {"code": -18019909}},
        {"number": "RR473124850GB", "error": {"code": -18010012}},
    ]
    body = changed("seventeen_track.json", lambda body: body["data"].update(rejected=rejected))
    carrier = saying(body)
    asked = [parcel(NUMBER, service="11031"), parcel("RR473124846GB"), parcel("RR473124850GB")]
    found = ask(SeventeenTrack(), carrier, *asked)

    (call,) = carrier.asked
    assert call.url.path == "/track/v2.4/gettrackinfo"
    assert call.headers["17token"] == "key"
    assert orjson.loads(call.body)[0] == {"number": NUMBER, "carrier": 11031}
    assert statuses(found[NUMBER].scans) == [  # type: ignore[union-attr]
        S.ANNOUNCED,
        S.ACCEPTED,
        S.OUT_FOR_DELIVERY,
        S.DELIVERED,
    ]
    assert found["RR473124846GB"].found is False  # type: ignore[union-attr]
    assert isinstance(found["RR473124850GB"], Rejected)
    with pytest.raises(Rejected):
        ask(SeventeenTrack(), carrier, *(parcel(f"RR4731248{at:02}GB") for at in range(41)))


def rejecting(code: int) -> dict[str, Any]:
    refused = {"number": NUMBER, "error": {"code": code, "message": "x"}}
    return {"code": 0, "data": {"accepted": [], "rejected": [refused]}}


@pytest.mark.parametrize("code", [-18019901, None])
def test_17track_is_told_of_a_number_that_it_does_not_know(code: int | None) -> None:
    accepted = {"code": 0, "data": {"accepted": [{"number": NUMBER, "carrier": 11031}]}}
    carrier = saying(rejecting(-18019902), rejecting(code) if code else accepted)
    found = ask(SeventeenTrack(), carrier, parcel(NUMBER, postal_code="75001"))[NUMBER]

    assert found.found is False  # type: ignore[union-attr]
    assert found.carrier_ref == (None if code else "11031")  # type: ignore[union-attr]
    assert carrier.asked[1].url.path == "/track/v2.4/register"
    assert orjson.loads(carrier.asked[1].body) == [{"number": NUMBER, "param": "75001"}]


@pytest.mark.parametrize("code", [-18019907, -18019908])
def test_a_used_quota_of_registrations_is_a_wait(code: int) -> None:
    with pytest.raises(Throttled):
        ask(SeventeenTrack(), saying(rejecting(-18019902), rejecting(code)), parcel(NUMBER))


def test_17track_delivers_nothing_after_a_return() -> None:
    def back(body: Any) -> None:
        info = body["data"]["accepted"][0]["track_info"]
        info["tracking"]["providers"][0]["events"][1]["sub_status"] = "Exception_Returning"

    found = told(SeventeenTrack(), changed("seventeen_track.json", back), NUMBER)
    assert statuses(found.scans)[-2:] == [S.RETURNING, S.RETURNED]


@pytest.mark.parametrize(
    ("client", "reply", "error"),
    [
        (AfterShip(), Reply({"meta": {"code": 401}}, 401), CredentialRefused),
        (AfterShip(), Reply({"meta": {"code": 500}}, 500), Unavailable),
        (AfterShip(), Reply({"meta": {"code": 4009}, "data": {}}, 400), Rejected),
        (AfterShip(), Reply(b"<html></html>"), Unavailable),
        (AfterShip(), Reply({"meta": {"code": 200}}), Unavailable),
        (EasyPost(), Reply({"error": {"code": "APIKEY.INACTIVE"}}, 403), CredentialRefused),
        (EasyPost(), Reply({"error": {"code": "RATE_LIMITED"}}, 429), Throttled),
        (EasyPost(), Reply({"tracking_code": "OTHER00000001"}), Unavailable),
        (SeventeenTrack(), Reply({"code": -18010002, "data": {}}), CredentialRefused),
        (SeventeenTrack(), Reply({"code": -18010003, "data": {}}), Unavailable),
        (SeventeenTrack(), Reply({"code": -18010013, "data": {}}), Rejected),
        (SeventeenTrack(), Reply({}, 429), Throttled),
    ],
)
def test_each_form_of_failure_is_told_apart(
    client: Any, reply: Reply, error: type[Exception]
) -> None:
    with pytest.raises(error):
        ask(client, saying(reply), parcel(NUMBER))


def test_a_number_that_easypost_refuses_is_refused_alone() -> None:
    reply = Reply({"error": {"code": "TRACKER.CREATE.ERROR"}}, 422)
    assert isinstance(ask(EasyPost(), saying(reply), parcel(NUMBER))[NUMBER], Rejected)


def test_an_aggregator_can_be_told_of_parcels_ahead() -> None:
    client, carrier = EasyPost(), saying(golden("easypost.json"))
    refs = at_once(client.register(carrier.out, account(), [parcel(TEST_CODE)], NOW))
    assert refs == {TEST_CODE: "trk_1"}


AFTERSHIP_PUSH = {
    "ts": 1767870000,
    "event": "tracking_update",
    "event_id": "a7c2a1b0-0000-4000-8000-000000000001",
    "msg": golden("aftership.json")["data"]["trackings"][0],
}
EASYPOST_PUSH = {
    "id": "evt_1",
    "description": "tracker.updated",
    "result": golden("easypost.json"),
    "previous_attributes": {},
}
TRACK_PUSH = {
    "event": "TRACKING_UPDATED",
    "data": golden("seventeen_track.json")["data"]["accepted"][0],
}
PUSHED: list[Any] = [
    (AfterShipPush(), AFTERSHIP_PUSH, "aftership-hmac-sha256", hmac_base64, NUMBER),
    (EasyPostPush(), EASYPOST_PUSH, "x-hmac-signature", hmac_hex, TEST_CODE),
    (SeventeenTrackPush(), TRACK_PUSH, "sign", hash_of_both, NUMBER),
]


@pytest.mark.parametrize(("reader", "push", "header", "sign", "number"), PUSHED)
def test_a_push_is_verified_against_every_valid_secret_and_tells_its_parcel(
    reader: PushReader, push: Any, header: str, sign: Sign, number: str
) -> None:
    body = orjson.dumps(push)
    signature = sign("old", body)
    reader.verify({header: signature}, body, ["new", "old"])
    for stated, secrets in (
        ({header: signature}, ["new"]),
        ({header: sign("", body)}, [""]),
        ({header: signature[:-2]}, ["old"]),
        ({header: sign("old", body + b" ")}, ["old"]),
        ({header: ""}, ["old"]),
        ({}, ["old"]),
        ({"other": signature}, ["old"]),
    ):
        with pytest.raises(BadSignature):
            reader.verify(stated, body, secrets)

    (found,) = reader.read(body, NOW)
    assert found.number == number
    assert found.scans[-1].status is S.DELIVERED
    with pytest.raises(Rejected):
        reader.read(b"<html>", NOW)


def test_pushes_are_known_again_by_the_ids_of_their_events_or_by_their_bodies() -> None:
    keys = [reader.delivery_key({}, orjson.dumps(push)) for reader, push, *_ in PUSHED]
    assert keys[:2] == ["a7c2a1b0-0000-4000-8000-000000000001", "evt_1"]
    assert len(keys[2]) == 64


def test_the_secret_of_easypost_is_normalised_before_it_signs() -> None:
    assert hmac_hex("\u212bngstr\u00f6m", b"{}") == hmac_hex("A\u030angstro\u0308m", b"{}")
    assert hmac_hex("a", b"{}").startswith("hmac-sha256-hex=")


def test_the_sign_of_17track_is_of_the_body_a_slash_and_the_key() -> None:
    # SHA-256 of "abc/key", which any tool can check.
    assert hash_of_both("key", b"abc") == (
        "bf138da6b63b58a832b2e1639f29515f30840ba5e682cce5a1c219a0d5a5896f"
    )


def test_an_event_of_easypost_about_anything_else_tells_nothing() -> None:
    body = orjson.dumps({"id": "evt_2", "description": "batch.created", "result": {"id": "b"}})
    assert list(EasyPostPush().read(body, NOW)) == []
