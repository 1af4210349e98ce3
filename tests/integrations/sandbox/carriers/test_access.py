"""Credentials, tokens, batches and quotas: each refused in the carrier's own words."""

from datetime import timedelta

import pytest

from domain.shipments.carriers import TrackingApi as Api
from integrations.sandbox.carriers import CarrierSimulator, Fault, number_for
from integrations.sandbox.carriers.limits import Limit, Quotas
from tests.integrations.sandbox.carriers.asking import (
    START,
    Clock,
    Customer,
    basic,
    customer,
    made,
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sim(clock: Clock) -> CarrierSimulator:
    return CarrierSimulator(clock)


REFUSALS = {
    Api.LA_POSTE: (401, "This action requires an authorization"),
    Api.DHL_UNIFIED: (401, '"title":"Unauthorized"'),
    Api.DHL_PARCEL_DE: (401, '"Unauthorized"'),
    Api.DHL_EXPRESS: (401, "<html>"),
    Api.UPS: (401, '"errors":[{"code":"250002"'),
    Api.FEDEX: (401, "NOT.AUTHORIZED.ERROR"),
    Api.GLS: (401, "steps.jwt.TokenExpired"),
    Api.POSTNL: (401, "Invalid ApiKey"),
    Api.ROYAL_MAIL: (401, "E0016"),
    Api.MONDIAL_RELAY: (200, "<STAT>97</STAT>"),
    Api.USPS: (401, '"code":"401"'),
    Api.AFTERSHIP: (401, '"meta":{"code":401'),
    Api.EASYPOST: (401, "APIKEY.INVALID"),
    Api.SEVENTEEN_TRACK: (401, "-18010002"),
}
THROTTLED = {
    Api.LA_POSTE: (429, "TOO_MANY_REQUESTS"),
    Api.CHRONOPOST: (500, "Too many requests"),
    Api.DHL_UNIFIED: (429, '"title":"Too many requests"'),
    Api.DHL_PARCEL_DE: (429, "Too many requests"),
    Api.DHL_EXPRESS: (429, '"status":"429"'),
    Api.UPS: (429, '"response":{"errors"'),
    Api.FEDEX: (429, '"transactionId"'),
    Api.GLS: (429, "policies.ratelimit.QuotaViolation"),
    Api.POSTNL: (429, "policies.ratelimit.QuotaViolation"),
    Api.ROYAL_MAIL: (429, '"httpCode":"429"'),
    Api.MONDIAL_RELAY: (429, "Too Many Requests"),
    Api.USPS: (429, '"apiVersion"'),
    Api.AFTERSHIP: (429, '"meta":{"code":429'),
    Api.EASYPOST: (429, "RATE_LIMITED"),
    Api.SEVENTEEN_TRACK: (429, '"code":429'),
}
UNKNOWN = {
    Api.LA_POSTE: (404, "Ressource non trouvée"),
    Api.CHRONOPOST: (200, "<errorCode>0</errorCode><listEventInfoComp><skybillNumber>"),
    Api.DHL_UNIFIED: (404, "No shipment with given tracking number found."),
    Api.DHL_PARCEL_DE: (200, 'code="100"'),
    Api.DHL_EXPRESS: (404, "Not data found"),
    Api.UPS: (404, "TW0001"),
    Api.FEDEX: (200, "TRACKING.TRACKINGNUMBER.NOTFOUND"),
    Api.GLS: (200, "E_404_01"),
    Api.POSTNL: (200, "No shipment found"),
    Api.ROYAL_MAIL: (404, "E1142"),
    Api.MONDIAL_RELAY: (200, "<STAT>94</STAT>"),
    Api.USPS: (404, '"status":"404"'),
    Api.AFTERSHIP: (200, '"tag":"Pending"'),
    Api.EASYPOST: (201, '"status":"unknown"'),
    Api.SEVENTEEN_TRACK: (200, '"status":"NotFound"'),
}


@pytest.mark.parametrize("api", REFUSALS)
async def test_a_wrong_credential_is_refused_in_the_carriers_words(sim, api) -> None:
    parcel = made(sim, api)
    async with customer(sim) as who:
        who.wrong = True
        answer = await who.ask(api, parcel.number)

    status, words = REFUSALS[api]
    assert answer.status == status
    assert words in answer.text


@pytest.mark.parametrize("api", UNKNOWN)
async def test_an_unknown_number_is_told_in_the_carriers_own_way(sim, api) -> None:
    async with customer(sim) as who:
        answer = await who.ask(api, number_for(api, "nobody", START))

    status, words = UNKNOWN[api]
    assert answer.status == status
    assert words in answer.text


@pytest.mark.parametrize("api", THROTTLED)
async def test_one_call_too_many_is_refused_in_the_carriers_words_until_the_window_ends(
    sim, clock, api
) -> None:
    calls = {Api.AFTERSHIP: 2, Api.SEVENTEEN_TRACK: 2}.get(api, 1)
    parcel = made(sim, api)
    sim.limit(api, calls, 3600)
    async with customer(sim) as who:
        first = await who.ask(api, parcel.number)
        second = await who.ask(api, parcel.number)
        clock.now += timedelta(hours=1)
        who.tokens.clear()
        third = await who.ask(api, parcel.number)

    status, words = THROTTLED[api]
    assert first.status in {200, 201, 404}
    assert second.status == status
    assert words in second.text
    assert third.status in {200, 201, 404}


async def test_usps_and_aftership_say_how_long_to_wait(sim, clock) -> None:
    clock.now = START + timedelta(minutes=59)
    async with customer(sim) as who:
        for api, name in ((Api.USPS, "Retry-After"), (Api.AFTERSHIP, "X-RateLimit-Reset")):
            sim.limit(api, 0, 3600)
            answer = await who.ask(api, number_for(api, 1, START))
            wait = 60 if api is Api.USPS else int((START + timedelta(hours=1)).timestamp())
            assert int(answer.headers[name]) == wait


def test_published_windows_are_counted_by_credential() -> None:
    quotas, now = Quotas(), START
    told = [quotas.spend(Api.DHL_UNIFIED, "a", now) for _ in range(251)]

    assert told[:250] == [None] * 250
    assert told[250] == 15 * 3600
    assert quotas.spend(Api.DHL_UNIFIED, "b", now) is None
    assert quotas.spend(Api.DHL_UNIFIED, "a", now + timedelta(hours=15)) is None


def test_short_windows_count_where_they_are_asked_for_and_shrink_with_speed() -> None:
    short, fast = Quotas(short=True), Quotas(short=True, speed=10)

    assert [short.spend(Api.DHL_UNIFIED, "a", START) for _ in range(2)] == [None, 1.0]
    assert fast.spend(Api.DHL_UNIFIED, "a", START) is None
    assert fast.spend(Api.DHL_UNIFIED, "a", START) == pytest.approx(0.1)
    quotas = Quotas()
    quotas.set(Api.GLS, Limit(2, 10))
    assert [quotas.spend(Api.GLS, "a", START) is None for _ in range(3)] == [True, True, False]


LIVES = {
    Api.UPS: timedelta(seconds=14_399),
    Api.FEDEX: timedelta(hours=1),
    Api.GLS: timedelta(hours=4),
    Api.USPS: timedelta(hours=8),
}


@pytest.mark.parametrize("api", LIVES)
async def test_a_token_is_taken_until_it_ends_and_a_fresh_one_after(sim, clock, api) -> None:
    parcel = made(sim, api)
    clock.now = START + timedelta(hours=1)
    async with customer(sim) as who:
        given = (await who.token(api)).json
        clock.now += LIVES[api] - timedelta(seconds=1)
        before = await who.ask(api, parcel.number)
        clock.now += timedelta(seconds=1)
        after = await who.ask(api, parcel.number)
        who.tokens.clear()
        again = await who.ask(api, parcel.number)
        sim.revoke_tokens(api)
        revoked = await who.ask(api, parcel.number)
        who.tokens.clear()
        fresh = await who.ask(api, parcel.number)

    statuses = [answer.status for answer in (before, after, again, revoked, fresh)]
    assert statuses == [200, 401, 200, 401, 200]
    seconds = int(LIVES[api].total_seconds())
    assert given["expires_in"] == (str(seconds) if api is Api.UPS else seconds)


async def test_a_token_of_one_carrier_opens_no_other_and_none_can_be_made_up(sim) -> None:
    parcel = made(sim, Api.UPS)
    async with customer(sim) as who:
        await who.token(Api.GLS)
        for token in (who.tokens[Api.GLS], "UPS.0.1790000000.forged", "UPS.0", "é", ""):
            who.tokens[Api.UPS] = token
            try:
                answer = await who.ask(Api.UPS, parcel.number)
            except ValueError:
                continue
            assert answer.status == 401, token


@pytest.mark.parametrize("api", LIVES)
async def test_tokens_are_given_for_the_right_secret_only(sim, api) -> None:
    async with customer(sim) as who:
        who.wrong = True
        assert (await who.token(api)).status == 401


BATCHES = {
    Api.LA_POSTE: (10, 400, "returnCode"),
    Api.DHL_PARCEL_DE: (20, 200, "Request invalid"),
    Api.DHL_EXPRESS: (200, 400, "Bad request"),
    Api.FEDEX: (30, 400, "TRACKING.MAXIMUM.EXCEEDED"),
    Api.GLS: (10, 400, "E_400_02"),
    Api.ROYAL_MAIL: (30, 400, "E1144"),
    Api.SEVENTEEN_TRACK: (40, 200, "Between 1 and 40"),
}


@pytest.mark.parametrize("api", BATCHES)
async def test_a_batch_may_be_full_and_no_fuller(sim, api) -> None:
    most, status, words = BATCHES[api]
    numbers = [number_for(api, seed, START) for seed in range(most + 1)]
    for number in numbers:
        sim.register(api, number, created_at=START - timedelta(days=1))
    async with customer(sim) as who:
        full = await who.ask(api, *numbers[:most])
        fuller = await who.ask(api, *numbers)

    assert full.status in {200, 207}
    assert all(number in full.text for number in numbers[:most])
    assert fuller.status == status
    assert words in fuller.text


async def test_one_bad_number_of_a_batch_leaves_the_others_their_answers(sim) -> None:
    async with customer(sim) as who:
        for api, status in ((Api.LA_POSTE, 207), (Api.GLS, 200), (Api.FEDEX, 200)):
            good, bad = made(sim, api).number, number_for(api, "nobody", START)
            sim.register(api, good, created_at=START - timedelta(days=9))
            answer = await who.ask(api, good, bad)
            assert answer.status == status
            assert good in answer.text
            assert UNKNOWN[api][1] in answer.text


async def test_ups_tells_unknown_numbers_as_404_and_as_a_warning_in_200(sim) -> None:
    parcel = made(sim, Api.UPS)
    sim.fault(Fault.UNKNOWN_IN_200, Api.UPS, times=1)
    sim.fault(Fault.UNKNOWN, Api.UPS, times=1)
    async with customer(sim) as who:
        warned, missed = [await who.ask(Api.UPS, parcel.number) for _ in range(2)]

    shipment = warned.json["trackResponse"]["shipment"][0]
    assert warned.status == 200
    assert shipment["warnings"] == [{"code": "TW0001", "message": "Tracking Information Not Found"}]
    assert "package" not in shipment
    assert missed.status == 404


async def test_headers_that_a_carrier_requires_are_required(sim) -> None:
    parcel = made(sim, Api.UPS)
    async with customer(sim) as who:
        headers = await who.bearer(Api.UPS)
        path = f"/api/track/v1/details/{parcel.number}"
        assert (await who.call(Api.UPS, "GET", path, headers=headers)).status == 400

        royal = {**who.royal()}
        del royal["X-Accept-RMG-Terms"]
        path = "/mailpieces/v2/FQ000000005GB/events"
        answer = await who.call(Api.ROYAL_MAIL, "GET", path, headers=royal)
        assert (answer.status, "E0004" in answer.text) == (400, True)


async def test_mondial_relay_checks_what_it_is_given(sim) -> None:
    async with customer(sim) as who:
        short = await who._mondial_relay(["123"])
        forged = await who._mondial_relay(["12345678"], "0" * 32)

    assert "<STAT>24</STAT>" in short.text
    assert "<STAT>97</STAT>" in forged.text


async def test_the_user_inside_the_xml_of_dhl_is_checked_too(sim) -> None:
    async with customer(sim) as who:
        answer = await _parcel_de(who, '<data appname="zt12345" password="no" request="x"/>')
        bomb = await _parcel_de(who, '<!DOCTYPE d [<!ENTITY a "b">]><data appname="&a;"/>')

    assert 'error="Login failed"' in answer.text
    assert 'code="5"' in bomb.text


async def _parcel_de(who: Customer, asked: str):
    path = "/parcel/de/tracking/v0/shipments"
    headers = basic("demo-dhl_parcel_de", "demo-secret")
    return await who.call(Api.DHL_PARCEL_DE, "GET", path, params={"xml": asked}, headers=headers)
