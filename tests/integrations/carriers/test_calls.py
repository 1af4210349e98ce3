"""One call to a carrier: what statuses, bodies and tokens mean."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from integrations.carriers.base import (
    Account,
    CarrierClient,
    CredentialRefused,
    Parcel,
    Throttled,
)
from integrations.carriers.calls import Token, Tokens, retry_after
from integrations.carriers.registry import CLIENTS, PUSHES, clients
from integrations.carriers.ups import Ups
from integrations.http import Rejected, Unavailable, Why, outbound
from tests.integrations.carriers.counterpart import (
    MADE,
    NOW,
    ROOT,
    SECRETS,
    Asked,
    Counterpart,
    Reply,
    account,
    at_once,
    parcel,
    track,
)
from tests.integrations.carriers.golden import UPS, UPS_NUMBER, UPS_TOKEN

NUMBERS = {
    "LA_POSTE": "6A99900000017",
    "CHRONOPOST": "XX000000000FR",
    "DHL_UNIFIED": "00340434999900000014",
    "DHL_PARCEL_DE": "00340434999900000014",
    "DHL_EXPRESS": "1234567890",
    "UPS": UPS_NUMBER,
}
OURS = [client for api, client in CLIENTS.items() if api.value in NUMBERS]
EACH = pytest.mark.parametrize("client", OURS, ids=lambda client: client.api)


def ask(client: CarrierClient, reply: Reply) -> object:
    """What a client makes of an answer, with a token where it needs one."""

    def answer(asked: Asked) -> Reply:
        return Reply(UPS_TOKEN) if asked.url.path.endswith("/token") else reply

    client = Ups() if isinstance(client, Ups) else client
    return track(client, answer, parcel(NUMBERS[client.api]))


@EACH
@pytest.mark.parametrize("status", [500, 502, 503, 504, 302, 408])
def test_a_fault_of_the_carriers_is_worth_another_try(client: CarrierClient, status: int) -> None:
    with pytest.raises(Unavailable) as caught:
        ask(client, Reply(b"<html><body>Maintenance</body></html>", status))
    assert not isinstance(caught.value, Throttled)


@EACH
@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"Retry-After": "17"}, 17),
        (429, {}, None),
        (429, {"Retry-After": "soon"}, None),
        (503, {"Retry-After": "120"}, 120),
        (429, {"Retry-After": "999999999"}, 86400),
        (429, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
    ],
)
def test_a_limit_tells_how_long_to_wait(
    client: CarrierClient, status: int, headers: dict[str, str], seconds: float | None
) -> None:
    with pytest.raises(Throttled) as caught:
        ask(client, Reply({"title": "Too many requests"}, status, headers))
    assert caught.value.seconds == seconds


def test_a_wait_may_be_a_date() -> None:
    now = datetime(2015, 10, 21, 7, 27, tzinfo=UTC)

    assert retry_after({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, now) == 60
    assert retry_after({"Retry-After": "Wed, 99 Foo"}, now) is None
    assert retry_after({"Retry-After": "-5"}, now) == 0
    assert retry_after({"Retry-After": "NaN"}, now) is None


@EACH
@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_credential_is_told_as_such(client: CarrierClient, status: int) -> None:
    with pytest.raises(CredentialRefused):
        ask(client, Reply(b"", status))


@EACH
def test_an_answer_above_four_mebibytes_is_not_read(client: CarrierClient) -> None:
    with pytest.raises(Rejected) as caught:
        ask(client, Reply(b" " * (4 * 1024 * 1024 + 1)))
    assert caught.value.why is Why.TOO_LARGE


@EACH
def test_other_refusals_are_refusals(client: CarrierClient) -> None:
    with pytest.raises(Rejected):
        ask(client, Reply(b"", 422))


@EACH
def test_a_number_that_would_change_the_request_is_not_asked(client: CarrierClient) -> None:
    number = "1/../../x?a=b&c"

    assert isinstance(track(client, [], parcel(number))[number], Rejected)


@pytest.mark.parametrize("secrets", [{}, {"client_id": "a\r\nb: c", "client_secret": "x"}])
def test_an_account_without_its_secrets_is_refused_before_any_call(
    secrets: dict[str, str],
) -> None:
    for client in OURS:
        if client.api != "CHRONOPOST":
            counterpart = Counterpart([])
            bare = Account("bare", ROOT, secrets)
            with pytest.raises(CredentialRefused):
                at_once(client.track(counterpart.out, bare, [parcel(NUMBERS[client.api])], NOW))
            assert counterpart.asked == []


def test_an_api_has_one_client() -> None:
    assert set(NUMBERS) <= {api.value for api in CLIENTS}
    assert {"DHL_UNIFIED", "UPS"} <= {api.value for api in PUSHES}
    assert all(client.batch >= 1 for client in CLIENTS.values())
    with pytest.raises(ValueError, match="one API"):
        clients([Ups(), Ups()])


class TokenServer:
    """Gives tokens t1, t2 … and takes those that were not withdrawn."""

    def __init__(self, expires_in: object = "100") -> None:
        self.given = 0
        self.withdrawn: set[str] = set()
        self.expires_in = expires_in

    def __call__(self, asked: Asked) -> Reply:
        if asked.url.path.endswith("/token"):
            self.given += 1
            return Reply({"access_token": f"t{self.given}", "expires_in": self.expires_in})
        token = asked.headers["Authorization"].removeprefix("Bearer ")
        return Reply(b"", 401) if token in self.withdrawn else Reply(UPS)


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_token_is_kept_until_shortly_before_its_end_and_each_account_has_its_own() -> None:
    seconds, server = Seconds(), TokenServer()
    client = Ups(Tokens(seconds))

    def given_after(second: float, name: str = "a") -> int:
        seconds.now = second
        counterpart = Counterpart(server)
        of = Account(name, ROOT, SECRETS)
        at_once(client.track(counterpart.out, of, [parcel(UPS_NUMBER)], NOW))
        return server.given

    assert given_after(0) == given_after(89) == 1
    assert given_after(91) == 2
    assert given_after(91, "b") == 3
    assert given_after(95) == 3


@pytest.mark.parametrize("said", [3600, "3600", 3600.0, None, "soon", -1, "1e400", [], True])
def test_the_life_of_a_token_may_be_said_in_any_way(said: object) -> None:
    counterpart = Counterpart(TokenServer(said))

    assert at_once(Ups().track(counterpart.out, account(), [parcel(UPS_NUMBER)], NOW))


def test_a_token_that_is_refused_is_fetched_anew_once() -> None:
    server = TokenServer()
    client = Ups()
    counterpart = Counterpart(server)
    at_once(client.track(counterpart.out, account(), [parcel(UPS_NUMBER)], NOW))

    server.withdrawn = {"t1"}
    at_once(client.track(counterpart.out, account(), [parcel(UPS_NUMBER)], NOW))
    assert server.given == 2

    server.withdrawn = {"t2", "t3"}
    with pytest.raises(CredentialRefused):
        at_once(client.track(counterpart.out, account(), [parcel(UPS_NUMBER)], NOW))
    assert server.given == 3


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_credential_that_gets_no_token_is_refused_at_once(status: int) -> None:
    counterpart = Counterpart(Reply({"error": "invalid_client"}, status))

    with pytest.raises(CredentialRefused):
        at_once(Ups().track(counterpart.out, account(), [parcel(UPS_NUMBER)], NOW))


@pytest.mark.parametrize("body", [b"", b"<html>", {}, {"access_token": ""}, []])
def test_an_answer_without_a_token_is_no_answer(body: object) -> None:
    with pytest.raises(Unavailable):
        track(Ups(), Reply(body), parcel(UPS_NUMBER))


async def test_of_many_callers_one_fetches_the_token() -> None:
    tokens, fetched = Tokens(), 0

    async def fetch() -> Token:
        nonlocal fetched
        fetched += 1
        await asyncio.sleep(0.01)
        return Token("t", 60)

    got = await asyncio.gather(*(tokens.of(account(), fetch) for _ in range(20)))

    assert (set(got), fetched) == ({"t"}, 1)


async def test_a_fetch_that_fails_leaves_the_way_to_the_next() -> None:
    tokens = Tokens()

    async def fails() -> Token:
        raise Unavailable("x")

    async def works() -> Token:
        return Token("t", 60)

    with pytest.raises(Unavailable):
        await tokens.of(account(), fails)
    assert await tokens.of(account(), works) == "t"


@pytest.fixture
async def wire() -> AsyncIterator[TestServer]:
    """UPS over a socket, with one token that lives and one number whose answer breaks off."""

    async def token(request: web.Request) -> web.Response:
        form = await request.post()
        assert form["grant_type"] == "client_credentials"
        return web.json_response(UPS_TOKEN)

    async def details(request: web.Request) -> web.StreamResponse:
        assert request.headers["Authorization"] == "Bearer t0ken"
        if request.match_info["number"] == "1Z000BROKEN":
            response = web.StreamResponse(headers={"Content-Length": "1000"})
            await response.prepare(request)
            await response.write(b'{"trackResponse":')
            assert request.transport is not None
            request.transport.close()
            return response
        return web.json_response(UPS)

    app = web.Application()
    app.router.add_post("/security/v1/oauth/token", token)
    app.router.add_get("/api/track/v1/details/{number}", details)
    async with TestServer(app) as server:
        yield server


async def test_over_a_socket_an_answer_is_read_and_one_that_breaks_off_is_not(
    wire: TestServer,
) -> None:
    root = Account("wire", str(wire.make_url("")), SECRETS)
    async with outbound([f"127.0.0.1:{wire.port}"]) as out:
        found = await Ups().track(out, root, [Parcel(UPS_NUMBER, MADE)], NOW)
        with pytest.raises(Unavailable):
            await Ups().track(out, root, [Parcel("1Z000BROKEN", MADE)], NOW)

    assert not isinstance(found[UPS_NUMBER], Rejected)
