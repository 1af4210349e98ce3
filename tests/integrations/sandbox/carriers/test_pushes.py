"""Pushes carry each sender's proof, tell every event once in its order, or misbehave when asked."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from domain.shipments.carriers import TrackingApi as Api
from integrations.sandbox.carriers import CarrierSimulator, Fault, Kind
from integrations.sandbox.carriers.following import ONE_BY_ONE, PUSHING
from tests.integrations.sandbox.carriers.asking import START, Clock, customer, ends, made

SECRET = "sécret"


class Receiver:
    """Keeps what is pushed; answers with `status`."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.got.append((headers, await request.read()))
        return web.Response(status=self.status)

    @property
    def bodies(self) -> list:
        return [json.loads(body) for _, body in self.got]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    taker = Receiver()
    app = web.Application()
    app.router.add_post("/hook", taker.take)
    async with TestServer(app) as server:
        taker.url = f"http://127.0.0.1:{server.port}/hook"
        yield taker


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sim(clock: Clock) -> CarrierSimulator:
    return CarrierSimulator(clock)


def proven(api: Api, headers: dict[str, str], body: bytes, secret: str) -> bool:
    """Whether a push carries the proof that its sender documents."""
    key = secret.encode()
    match api:
        case Api.UPS:
            return headers["credential"] == headers["x-api-key"] == secret
        case Api.FEDEX:
            digest = hmac.new(key, body, hashlib.sha256).digest()
            return headers["fdx-signature"] == base64.b64encode(digest).decode()
        case Api.DHL_UNIFIED:
            return headers["x-api-key"] == secret
        case Api.AFTERSHIP:
            digest = hmac.new(key, body, hashlib.sha256).digest()
            return headers["aftership-hmac-sha256"] == base64.b64encode(digest).decode()
        case Api.EASYPOST:
            import unicodedata

            key = unicodedata.normalize("NFKD", secret).encode()
            digest = hmac.new(key, body, hashlib.sha256).hexdigest()
            return headers["x-hmac-signature"] == f"hmac-sha256-hex={digest}"
        case _:
            return headers["sign"] == hashlib.sha256(body + b"/" + key).hexdigest()


def code(api: Api, body) -> str:
    """The newest code that a push tells of."""
    match api:
        case Api.UPS:
            return body["activityStatus"]["code"]
        case Api.FEDEX:
            result = body["output"]["completeTrackResults"][0]["trackResults"][0]
            return result["latestStatusDetail"]["code"]
        case Api.DHL_UNIFIED:
            return body["shipments"][0]["status"]["status"]
        case Api.AFTERSHIP:
            return body["msg"]["subtag"]
        case Api.EASYPOST:
            return body["result"]["status"]
        case _:
            return body["data"]["track_info"]["latest_status"]["sub_status"]


CODES = {
    Api.UPS: ["MP", "PU", "DP", "AR", "OT", "FS"],
    Api.FEDEX: ["OC", "PU", "DP", "AR", "OD", "DL"],
    Api.DHL_UNIFIED: ["VA", "ES", "AA", "EE", "PO", "ZU"],
    Api.AFTERSHIP: [
        *("InfoReceived_001", "InTransit_002", "InTransit_003", "InTransit_003"),
        *("OutForDelivery_001", "Delivered_001"),
    ],
    Api.EASYPOST: [
        *("pre_transit", "in_transit", "in_transit", "in_transit"),
        *("out_for_delivery", "delivered"),
    ],
    Api.SEVENTEEN_TRACK: [
        *("InfoReceived", "InTransit_PickedUp", "InTransit_Departure", "InTransit_Arrival"),
        *("OutForDelivery_Other", "Delivered_Other"),
    ],
}


def subscribed(sim, receiver, api, secret=SECRET):
    secret = "secret" if api in {Api.UPS, Api.DHL_UNIFIED} else secret
    parcel = made(sim, api)
    sim.call_back(api, receiver.url, secret)
    if api in ONE_BY_ONE:
        sim.follow(api, parcel.number)
    return parcel, secret


def test_every_sender_of_pushes_is_tried() -> None:
    assert set(CODES) == PUSHING


@pytest.mark.parametrize("api", CODES)
async def test_each_event_is_pushed_once_in_its_order_with_the_senders_proof(
    sim, clock, receiver, api
) -> None:
    parcel, secret = subscribed(sim, receiver, api)
    for _ in range(60):
        clock.now += timedelta(hours=2)
        await sim.pump()
    await sim.pump()

    assert [code(api, body) for body in receiver.bodies] == CODES[api]
    assert all(proven(api, headers, body, secret) for headers, body in receiver.got)
    assert all(parcel.number.encode() in body for _, body in receiver.got)
    assert len({body for _, body in receiver.got}) == 6


@pytest.mark.parametrize("api", CODES)
async def test_a_wrong_signature_is_wrong(sim, clock, receiver, api) -> None:
    parcel, secret = subscribed(sim, receiver, api)
    sim.fault(Fault.PUSH_WRONG_SIGNATURE, api, parcel.number, times=1)
    clock.now = ends(parcel)
    await sim.pump()

    told = [proven(api, headers, body, secret) for headers, body in receiver.got]
    assert told == [False, *[True] * 5]


async def test_a_push_can_come_twice_the_same(sim, clock, receiver) -> None:
    parcel, _ = subscribed(sim, receiver, Api.FEDEX)
    sim.fault(Fault.PUSH_TWICE, Api.FEDEX)
    clock.now = ends(parcel)
    await sim.pump()

    bodies = [body for _, body in receiver.got]
    assert len(bodies) == 12
    assert bodies[::2] == bodies[1::2]


async def test_pushes_can_come_out_of_order(sim, clock, receiver) -> None:
    parcel, _ = subscribed(sim, receiver, Api.UPS)
    sim.fault(Fault.PUSH_OUT_OF_ORDER, Api.UPS)
    clock.now = ends(parcel)
    await sim.pump()
    await sim.pump()

    assert [code(Api.UPS, body) for body in receiver.bodies] == CODES[Api.UPS][::-1]


async def test_pushes_can_come_days_late(sim, clock, receiver) -> None:
    parcel, _ = subscribed(sim, receiver, Api.EASYPOST)
    sim.fault(Fault.PUSH_LATE, Api.EASYPOST, seconds=3 * 86_400)
    first = sim.history(Api.EASYPOST, parcel.number).expected_at
    clock.now = first
    await sim.pump()
    before = len(receiver.got)
    clock.now = first + timedelta(days=3)
    await sim.pump()

    assert before < 6
    assert len(receiver.got) == 6


async def test_what_nobody_took_is_pushed_again_and_what_was_refused_is_not(
    sim, clock, receiver
) -> None:
    parcel, _ = subscribed(sim, receiver, Api.FEDEX)
    clock.now = ends(parcel)
    receiver.status = 503
    assert await sim.pump() == 0
    assert len(receiver.got) == 1
    receiver.status = 401
    assert await sim.pump() == 6
    receiver.status = 200
    assert await sim.pump() == 0
    assert [sent.status for sent in sim.pushes.sent] == [503, *[401] * 6]


async def test_a_subscription_of_ups_tells_no_history_and_ends_after_14_days(
    sim, clock, receiver
) -> None:
    parcel = made(sim, Api.UPS, kind=Kind.REFUSED, speed=0.1)
    clock.now = START + timedelta(days=3)
    already = len(sim.history(Api.UPS, parcel.number).events)
    async with customer(sim) as who:
        body = {
            "locale": "en_US",
            "countryCode": "US",
            "trackingNumberList": [parcel.number, "no"],
            "destination": {"url": receiver.url, "credential": "secret"},
        }
        more = {"json": body, "headers": await who.bearer(Api.UPS)}
        path = "/api/track/v2/subscription/standard/package"
        answer = await who.call(Api.UPS, "POST", path, **more)
        more["json"] = body | {"trackingNumberList": [parcel.number] * 101}
        many = await who.call(Api.UPS, "POST", path, **more)
        more["json"] = body | {"destination": {"url": "https://example.org/", "credential": ""}}
        away = await who.call(Api.UPS, "POST", path, **more)

    assert answer.json == {
        "validTrackingNumbers": [parcel.number],
        "invalidTrackingNumbers": ["no"],
    }
    assert (many.status, "VSS220" in many.text) == (400, True)
    assert away.status == 400
    await sim.pump()
    assert receiver.got == []
    clock.now = START + timedelta(days=17)
    await sim.pump()
    heard = len(receiver.got)
    assert heard == len(sim.history(Api.UPS, parcel.number).events) - already > 0
    clock.now = START + timedelta(days=90)
    await sim.pump()
    assert len(receiver.got) == heard < len(sim.history(Api.UPS, parcel.number).events) - already


async def test_a_push_of_ups_has_its_own_way_with_offsets_and_codes(sim, clock, receiver) -> None:
    parcel, _ = subscribed(sim, receiver, Api.UPS)
    clock.now = ends(parcel)
    await sim.pump()

    offsets = {body["gmtOffset"] for body in receiver.bodies}
    kinds = {type(body["activityStatus"]["descriptionCode"]) for body in receiver.bodies}
    assert offsets <= {"+02.00", "+01.00"}
    assert kinds == {str, int}
    assert receiver.got[0][0]["user-agent"] == "UPSPubSubTrackingService"
    assert receiver.bodies[-1]["receivedBy"] == parcel.recipient


async def test_only_what_was_subscribed_to_is_pushed_one_by_one(sim, clock, receiver) -> None:
    parcel = made(sim, Api.AFTERSHIP)
    sim.call_back(Api.AFTERSHIP, receiver.url, "secret")
    clock.now = START + timedelta(hours=1)
    await sim.pump()
    assert receiver.got == []

    async with customer(sim) as who:
        await who.ask(Api.AFTERSHIP, parcel.number)
    clock.now = ends(parcel)
    await sim.pump()
    assert len(receiver.got) == 5


@pytest.mark.parametrize(
    "url", ["https://example.org/", "http://127.0.0.1.example.org/", "ftp://[::1]/"]
)
def test_nothing_is_pushed_to_another_machine(sim, url) -> None:
    with pytest.raises(ValueError, match="this machine"):
        sim.call_back(Api.UPS, url, "secret")


async def test_after_a_restart_nothing_is_pushed_twice_and_nothing_is_forgotten(
    clock, receiver, tmp_path: Path
) -> None:
    store = tmp_path / "carriers.jsonl"
    sim = CarrierSimulator(clock, store=store)
    parcel, _ = subscribed(sim, receiver, Api.SEVENTEEN_TRACK)
    clock.now = START + timedelta(days=1)
    await sim.pump()
    before = len(receiver.got)
    with store.open("a") as file:
        file.write('{"parcel": {"api": "UPS"}}\n{"cut')

    again = CarrierSimulator(clock, store=store)
    clock.now = ends(parcel)
    await again.pump()

    assert 0 < before < 6
    assert [code(Api.SEVENTEEN_TRACK, body) for body in receiver.bodies] == (
        CODES[Api.SEVENTEEN_TRACK]
    )
    assert again.history(Api.SEVENTEEN_TRACK, parcel.number).parcel == parcel
    assert len(store.read_text().splitlines()) < 9
