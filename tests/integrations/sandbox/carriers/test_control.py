"""The control of the simulator: parcels, clock and faults, for this machine alone."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import aiohttp
import pytest

from domain.shipments.carriers import TrackingApi as Api
from integrations.sandbox.carriers import CREDENTIALS, CarrierSimulator, Kind, number_for
from tests.integrations.sandbox.carriers.asking import PLAYED, START, Clock, Customer, customer


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def who(clock: Clock) -> AsyncIterator[Customer]:
    async with customer(CarrierSimulator(clock, derive=True, speed=1.0)) as found:
        yield found


async def control(who: Customer, method: str, path: str, **more):
    async with who.http.request(method, f"{who.sim.url}/control{path}", **more) as response:
        return response.status, await response.json()


async def test_a_parcel_that_is_registered_travels_as_it_was_asked_to(who, clock) -> None:
    asked = {
        "api": "GLS",
        "kind": "ACCESS_POINT",
        "origin": "FR",
        "originPostcode": "69003",
        "destination": "DE",
        "createdAt": "2026-10-21T11:00:00+02:00",
        "speed": 720,
        "reference": "ORD-1",
    }
    status, told = await control(who, "POST", "/parcels", json=asked)
    clock.now = START + timedelta(minutes=20)
    answer = await who.ask(Api.GLS, told["number"])

    assert status == 201
    assert told["scenario"][0]["place"] == "Lyon"
    assert told["scenario"][-1]["step"] == "ACCESS_POINT"
    assert 60 < told["scenario"][-1]["delaySeconds"] < 1200
    assert answer.json["parcels"][0]["status"] == "DELIVEREDPS"
    status, again = await control(
        who, "GET", "/parcels", params={"api": "GLS", "number": told["number"]}
    )
    assert all(step["happened"] for step in again["scenario"])


async def test_many_parcels_are_registered_at_once(who) -> None:
    parcels = [{"api": api, "reference": f"{api}"} for api in PLAYED]
    status, told = await control(who, "POST", "/parcels", json={"parcels": parcels})

    assert status == 201
    assert [parcel["api"] for parcel in told["parcels"]] == PLAYED


BAD = [
    {},
    {"api": "NOBODY"},
    {"api": "UPS", "number": "x"},
    {"api": "UPS", "kind": "FLYING"},
    {"api": "UPS", "origin": "XX"},
    {"api": "UPS", "createdAt": "2026-10-21T11:00:00"},
    {"api": "UPS", "createdAt": "soon"},
    {"api": "UPS", "speed": 0},
    {"api": "UPS", "number": 7},
    {"api": "LA_POSTE", "kind": "DISPOSED"},
    {"api": "DHL_UNIFIED", "division": "dgf"},
    {"parcels": []},
    {"parcels": [7]},
]


@pytest.mark.parametrize("asked", BAD)
async def test_what_cannot_be_played_is_refused_with_a_reason(who, asked) -> None:
    status, told = await control(who, "POST", "/parcels", json=asked)

    assert status == 400
    assert told["error"]


async def test_the_clock_is_set_shifted_and_sped_up(who, clock) -> None:
    _, told = await control(who, "POST", "/clock", json={"now": "2027-01-01T00:00:00+00:00"})
    assert told["now"] == "2027-01-01T00:00:00+00:00"
    await control(who, "POST", "/clock", json={"shiftSeconds": 3600})
    clock.now += timedelta(hours=1)
    await control(who, "POST", "/clock", json={"rate": 24})
    clock.now += timedelta(hours=1)
    _, told = await control(who, "GET", "/clock")

    assert datetime.fromisoformat(told["now"]) == datetime.fromisoformat("2027-01-02T02:00:00Z")


async def test_faults_are_set_and_mended(who) -> None:
    number = number_for(Api.GLS, 1, START)
    fault = {"fault": "HTML_500", "api": "GLS", "number": number, "times": 5}
    await control(who, "POST", "/faults", json=fault)
    assert (await who.ask(Api.GLS, number)).status == 500
    _, told = await control(who, "GET", "/faults")
    assert told["faults"] == [{"fault": "HTML_500", "api": "GLS", "number": number, "left": 4}]
    await control(who, "DELETE", "/faults", params={"api": "GLS"})
    assert (await who.ask(Api.GLS, number)).status == 200
    status, _ = await control(who, "POST", "/faults", json={"fault": "RAIN"})
    assert status == 400


async def test_addresses_for_pushes_are_given_there_too(who) -> None:
    asked = {"api": "FEDEX", "url": "http://localhost:1/hook", "secret": "s"}
    assert (await control(who, "POST", "/callbacks", json=asked))[0] == 201
    asked["url"] = "https://example.org/hook"
    assert (await control(who, "POST", "/callbacks", json=asked))[0] == 400


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1.example.org", "10.0.0.1"])
async def test_a_page_that_a_browser_was_led_here_from_steers_nothing(who, host) -> None:
    port = who.sim.url.rpartition(":")[2]
    headers = {"Host": f"{host}:{port}"}
    status, told = await control(who, "GET", "/clock", headers=headers)

    assert status == 403
    assert "now" not in told


async def test_the_control_tells_every_api_its_address_credentials_and_kinds(who) -> None:
    _, told = await control(who, "GET", "/carriers")

    assert set(told) == set(PLAYED)
    assert told["GLS"]["url"] == "/gls"
    assert told["GLS"]["credentials"] == CREDENTIALS[Api.GLS]
    assert "PLAIN" in told["USPS"]["kinds"]


@pytest.mark.parametrize("api", PLAYED)
async def test_a_number_of_ours_that_nobody_registered_is_played_the_same_after_a_restart(
    who, clock, api
) -> None:
    number = number_for(api, "demo", START, kind=Kind.PICKUP_POINT)
    clock.now = START + timedelta(days=20)
    once = await who.ask(api, number)
    async with customer(CarrierSimulator(clock, derive=True)) as other:
        again = await other.ask(api, number)
    async with customer(CarrierSimulator(clock)) as without:
        unknown = await without.ask(api, number)

    assert once.text == again.text
    assert who.sim.history(api, number).parcel.kind is Kind.PICKUP_POINT
    assert unknown.text != once.text


async def test_what_came_later_replaces_what_had_the_number_before(who, clock) -> None:
    number = number_for(Api.GLS, 1, START)
    who.sim.register(Api.GLS, number, created_at=START)
    clock.now = START + timedelta(days=90)
    assert (await who.ask(Api.GLS, number)).json["parcels"][0]["status"] == "DELIVERED"
    who.sim.register(Api.GLS, number, Kind.LABEL_UNUSED, created_at=clock.now)
    assert (await who.ask(Api.GLS, number)).json["parcels"][0]["status"] == "DELIVERED"
    clock.now += timedelta(hours=1)
    assert (await who.ask(Api.GLS, number)).json["parcels"][0]["status"] == "PREADVICE"


async def test_the_simulator_listens_on_this_machine_alone(who) -> None:
    assert who.sim.url.startswith("http://127.0.0.1:")
    with pytest.raises(RuntimeError, match="was not started"):
        _ = CarrierSimulator().url
    async with aiohttp.ClientSession() as http, http.get(who.sim.url + "/nowhere") as answer:
        assert answer.status == 404
