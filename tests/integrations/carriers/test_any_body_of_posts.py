"""Whatever these carriers and aggregators send, nothing is invented and two errors get out."""

import copy
import json
from collections.abc import Callable, Sequence
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.shipments.carriers import TrackingApi
from domain.shipments.scans import ShipmentStatus, Told
from integrations.carriers.aftership import AfterShip, AfterShipPush
from integrations.carriers.base import CarrierClient, PushReader
from integrations.carriers.bpost import Bpost
from integrations.carriers.dpd import Dpd
from integrations.carriers.easypost import EasyPost, EasyPostPush
from integrations.carriers.fedex import FedEx, FedExPush
from integrations.carriers.gls import Gls
from integrations.carriers.inpost import InPost
from integrations.carriers.mondial_relay import MondialRelay
from integrations.carriers.postnl import PostNl
from integrations.carriers.registry import CLIENTS, PUSHES
from integrations.carriers.royal_mail import RoyalMail
from integrations.carriers.seventeen_track import SeventeenTrack, SeventeenTrackPush
from integrations.carriers.usps import Usps
from integrations.http import Rejected, Unavailable
from tests.integrations.carriers.counterpart import NOW, at_once, parcel
from tests.integrations.carriers.mutating import JUNK, mutated_json, mutated_xml, spoiled
from tests.integrations.carriers.posts import account, ask, golden, saying
from tests.integrations.carriers.test_any_body import FEW, whole

Delivered = Callable[[str], bool]
S10, USPS, INPOST = "RR473124829GB", "9400100000000000000000", "612345678901234567890123"


def starting(*codes: str) -> Delivered:
    return lambda raw: raw.startswith(codes) if codes else False


def without_end(name: str, *path: Any) -> Any:
    """A golden history without its newest event, which told of the delivery."""
    body = copy.deepcopy(golden(name))
    holder = body
    for key in path[:-1]:
        holder = holder[key]
    del holder[path[-1]]
    return body


FEDEX_EVENTS = ("output", "completeTrackResults", 0, "trackResults", 0, "scanEvents")
FEDEX_OPEN = without_end("fedex.json", *FEDEX_EVENTS, 0)
FEDEX_OPEN["output"]["completeTrackResults"][0]["trackResults"][0]["latestStatusDetail"] = {
    "derivedCode": "OD"
}
RM_OPEN = golden("royal_mail_events.json")
TRACK_EVENTS = ("data", "accepted", 0, "track_info", "tracking", "providers", 0, "events", 0)
TRACK_OPEN = without_end("seventeen_track.json", *TRACK_EVENTS)
TRACK_OPEN["data"]["accepted"][0]["track_info"]["latest_event"] = {}
USPS_OPEN = without_end("usps.json", "trackingEvents", 0)
USPS_OPEN.update(status="", statusCategory="In Transit", statusSummary="")
MR_OPEN = golden("mondial_relay.xml").replace(b">82<", b">81<").replace(b" AU DESTINATAIRE", b"")

CASES: list[Any] = [
    pytest.param(FedEx(), "771234567890", mutated_json(golden("fedex.json")), starting("DL")),
    pytest.param(FedEx(), "771234567890", mutated_json(FEDEX_OPEN), starting()),
    pytest.param(Gls(), "36300000001", mutated_json(golden("gls.json")), starting()),
    pytest.param(PostNl(), "3SABCD123456789", mutated_json(golden("postnl.json")), starting("11")),
    pytest.param(
        PostNl(), "3SABCD123456789", mutated_json(golden("postnl_current.json")), starting()
    ),
    pytest.param(RoyalMail(), "FQ000000019GB", mutated_json(RM_OPEN), starting()),
    pytest.param(
        RoyalMail(),
        "FQ000000019GB",
        mutated_json(golden("royal_mail_summary.json")),
        starting(""),  # the words of an event say it, not its code
    ),
    pytest.param(
        MondialRelay(),
        "12345678",
        mutated_xml(golden("mondial_relay.xml")),
        starting("colis livre au destinataire"),
    ),
    pytest.param(MondialRelay(), "12345678", mutated_xml(MR_OPEN), starting()),
    pytest.param(Usps(), USPS, mutated_json(golden("usps.json")), starting("01")),
    pytest.param(Usps(), USPS, mutated_json(USPS_OPEN), starting()),
    pytest.param(InPost(), INPOST, mutated_json(golden("inpost.json")), starting("delivered")),
    pytest.param(
        InPost(),
        INPOST,
        mutated_json(without_end("inpost.json", "tracking_details", 0)),
        starting(),
    ),
    pytest.param(
        Bpost(), "323211111111111111111111", mutated_xml(golden("bpost.xml")), starting("U00")
    ),
    pytest.param(
        Bpost(),
        "323211111111111111111111",
        mutated_xml(golden("bpost.xml").replace(b"U00", b"L00")),
        starting(),
    ),
    pytest.param(Dpd(), "01234567890123", mutated_xml(golden("dpd.xml")), starting()),
    pytest.param(AfterShip(), S10, mutated_json(golden("aftership.json")), starting("Delivered")),
    pytest.param(
        AfterShip(),
        S10,
        mutated_json(without_end("aftership.json", "data", "trackings", 0, "checkpoints", 4)),
        starting(),
    ),
    pytest.param(
        EasyPost(), "EZ4000000004", mutated_json(golden("easypost.json")), starting("delivered")
    ),
    pytest.param(
        EasyPost(),
        "EZ4000000004",
        mutated_json(without_end("easypost.json", "tracking_details", 3)),
        starting(),
    ),
    pytest.param(
        SeventeenTrack(), S10, mutated_json(golden("seventeen_track.json")), starting("Delivered")
    ),
    pytest.param(SeventeenTrack(), S10, mutated_json(TRACK_OPEN), starting()),
]


def told_of(client: CarrierClient, number: str, body: bytes) -> Sequence[Told | Rejected]:
    """What the client makes of a body; any error but the two lets the test fail."""
    try:
        return list(ask(client, saying(body), parcel(number)).values())
    except (Unavailable, Rejected):
        return []


@pytest.mark.parametrize(("client", "number", "bodies", "delivered"), CASES)
def test_any_answer_is_told_or_fails_in_two_ways_and_is_no_delivery_without_its_code(
    client: CarrierClient, number: str, bodies: st.SearchStrategy[bytes], delivered: Delivered
) -> None:
    @FEW
    @given(bodies)
    def holds(body: bytes) -> None:
        for each in told_of(client, number, body):
            if not isinstance(each, Told):
                continue
            assert each.number == number
            whole(each.scans, delivered)
            if each.status is ShipmentStatus.DELIVERED:
                assert each.status_at is not None

    holds()


OPEN = [
    (FedEx(), "771234567890", mutated_json(FEDEX_OPEN)),
    (Gls(), "36300000001", mutated_json(golden("gls.json"))),
    (RoyalMail(), "FQ000000019GB", mutated_json(RM_OPEN)),
    (MondialRelay(), "12345678", mutated_xml(MR_OPEN)),
    (Usps(), USPS, mutated_json(USPS_OPEN)),
]


@pytest.mark.parametrize(("client", "number", "bodies"), OPEN)
def test_a_spoiled_answer_about_an_open_parcel_has_no_word_that_it_is_delivered(
    client: CarrierClient, number: str, bodies: st.SearchStrategy[bytes]
) -> None:
    @FEW
    @given(bodies)
    def holds(body: bytes) -> None:
        for each in told_of(client, number, body):
            if isinstance(each, Told):
                assert each.status is not ShipmentStatus.DELIVERED
                assert each.proof is None

    holds()


NUMBERS = {
    FedEx: "771234567890",
    MondialRelay: "12345678",
}


@pytest.mark.parametrize("client", CLIENTS.values(), ids=lambda client: client.api)
def test_any_bytes_at_all_fail_in_two_ways_or_tell_no_delivery(client: CarrierClient) -> None:
    number = NUMBERS.get(type(client), "1234567890")  # type: ignore[call-overload]
    secrets = {"okapi_key": "k", "user": "u", "api_secret": "s", "api_user": "u"}

    @settings(FEW, max_examples=40)
    @given(st.binary(max_size=300) | JUNK.map(lambda value: json.dumps(value).encode()))
    def holds(body: bytes) -> None:
        carrier = saying(body)
        try:
            asked = client.track(carrier.out, account(**secrets), [parcel(number)], NOW)
            found = at_once(asked)
        except (Unavailable, Rejected):
            return
        for each in found.values():
            if isinstance(each, Told):
                assert each.scans == ()
                assert each.status is None

    holds()


PUSHED = [
    (FedExPush(), golden("fedex.json"), starting("DL")),
    (FedExPush(), golden("fedex.json")["output"]["completeTrackResults"][0], starting("DL")),
    (
        AfterShipPush(),
        {"event_id": "1", "msg": golden("aftership.json")["data"]["trackings"][0]},
        starting("Delivered"),
    ),
    (
        EasyPostPush(),
        {"id": "evt_1", "result": golden("easypost.json")},
        starting("delivered"),
    ),
    (
        SeventeenTrackPush(),
        {"data": golden("seventeen_track.json")["data"]["accepted"][0]},
        starting("Delivered"),
    ),
]


@pytest.mark.parametrize(("reader", "body", "delivered"), PUSHED)
def test_any_push_is_told_or_rejected(reader: PushReader, body: Any, delivered: Delivered) -> None:
    @FEW
    @given(mutated_json(body) | spoiled(orjson.dumps(body)) | st.binary(max_size=200))
    def holds(pushed: bytes) -> None:
        assert reader.delivery_key({}, pushed)
        try:
            found = reader.read(pushed, NOW)
        except Rejected:
            return
        for each in found:
            assert each.number
            whole(each.scans, delivered)

    holds()


def test_every_client_and_reader_is_registered_under_its_api() -> None:
    assert set(CLIENTS) == set(TrackingApi)
    assert {api: reader.api for api, reader in PUSHES.items()} == {api: api for api in PUSHES}
