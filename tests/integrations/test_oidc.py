"""An issuer of the operator's own: its keys are fetched when needed, and no oftener."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from joserfc import jwk, jwt

from domain.accounts.tokens import TokenRefused
from integrations.oidc import Provider

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


class StandIn:
    """A provider on this machine, whose keys and answers a test changes."""

    def __init__(self) -> None:
        self.url, self.named = "", ""
        self.keys = [jwk.ECKey.generate_key("P-256", {"kid": "one"})]
        self.more: list[dict[str, Any]] = []
        self.up, self.asked = True, 0

    async def discovery(self, _request: web.Request) -> web.Response:
        if not self.up:
            return web.Response(status=503)
        return web.json_response({"issuer": self.named, "jwks_uri": f"{self.url}/keys"})

    async def published(self, _request: web.Request) -> web.Response:
        self.asked += 1
        keys = [key.as_dict(private=False) for key in self.keys]
        return web.json_response({"keys": keys + self.more})

    def token(self, key: Any = None, **changed: Any) -> str:
        pair = key or self.keys[0]
        second = int(NOW.timestamp())
        claims = {"iss": self.url, "aud": "shop", "sub": "ada", "iat": second, "exp": second + 60}
        header = {"alg": "ES256", "kid": pair.kid}
        return jwt.encode(header, claims | changed, pair, algorithms=["ES256"])


@asynccontextmanager
async def stand_in() -> AsyncIterator[StandIn]:
    made = StandIn()
    application = web.Application()
    application.router.add_get("/.well-known/openid-configuration", made.discovery)
    application.router.add_get("/keys", made.published)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    made.url = made.named = f"http://127.0.0.1:{port}"
    try:
        yield made
    finally:
        await runner.cleanup()


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def issuer() -> AsyncIterator[StandIn]:
    async with stand_in() as made:
        yield made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider(issuer: StandIn, clock: Clock) -> Provider:
    return Provider(issuer.url, "shop", clock)


async def test_a_token_of_the_issuer_is_believed_and_its_keys_are_kept(
    issuer: StandIn, provider: Provider, clock: Clock
) -> None:
    for seconds in (0, 1, 300):
        clock.now = 1000.0 + seconds
        assert (await provider.claims(issuer.token(), NOW))["sub"] == "ada"

    assert issuer.asked == 1
    clock.now += 600
    await provider.claims(issuer.token(), NOW)
    assert issuer.asked == 2


async def test_a_new_key_is_learnt_at_once_and_a_forged_id_asks_once_a_minute(
    issuer: StandIn, provider: Provider, clock: Clock
) -> None:
    await provider.claims(issuer.token(), NOW)
    clock.now += 61
    issuer.keys = [jwk.ECKey.generate_key("P-256", {"kid": "two"})]

    assert (await provider.claims(issuer.token(), NOW))["sub"] == "ada"
    assert issuer.asked == 2
    for number in range(20):
        forged = jwk.ECKey.generate_key("P-256", {"kid": f"forged {number}"})
        with pytest.raises(TokenRefused):
            await provider.claims(issuer.token(forged), NOW)
    assert issuer.asked == 2
    clock.now += 61
    with pytest.raises(TokenRefused):
        await provider.claims(issuer.token(forged), NOW)
    assert issuer.asked == 3


async def test_a_key_that_is_withdrawn_opens_nothing_ten_minutes_later(
    issuer: StandIn, provider: Provider, clock: Clock
) -> None:
    old = issuer.token()
    await provider.claims(old, NOW)
    issuer.keys = [jwk.ECKey.generate_key("P-256", {"kid": "two"})]
    clock.now += 600

    with pytest.raises(TokenRefused):
        await provider.claims(old, NOW)


async def test_known_keys_serve_while_the_issuer_is_away(
    issuer: StandIn, provider: Provider, clock: Clock
) -> None:
    await provider.claims(issuer.token(), NOW)
    issuer.up = False
    clock.now += 3600

    assert (await provider.claims(issuer.token(), NOW))["sub"] == "ada"


async def test_without_any_key_the_caller_may_try_again(
    issuer: StandIn, provider: Provider, clock: Clock
) -> None:
    issuer.up = False
    with pytest.raises(ConnectionError):
        await provider.claims(issuer.token(), NOW)
    issuer.up, clock.now = True, clock.now + 2

    assert (await provider.claims(issuer.token(), NOW))["sub"] == "ada"


async def test_a_document_that_names_another_issuer_is_not_followed(
    issuer: StandIn, provider: Provider
) -> None:
    issuer.named = "https://evil.example"

    with pytest.raises(ConnectionError):
        await provider.claims(issuer.token(), NOW)
    assert issuer.asked == 0


@pytest.mark.parametrize(
    "changed", [{"iss": "https://evil.example"}, {"aud": "another"}, {"nbf": 2**40}]
)
async def test_tokens_for_others_are_refused(
    issuer: StandIn, provider: Provider, changed: dict[str, Any]
) -> None:
    with pytest.raises(TokenRefused):
        await provider.claims(issuer.token(**changed), NOW)


async def test_a_shared_secret_that_an_issuer_publishes_is_left_out(
    issuer: StandIn, provider: Provider
) -> None:
    secret = jwk.OctKey.import_key(b"s" * 32)
    issuer.more = [{**secret.as_dict(), "kid": "oct"}, {"kty": "EC", "kid": "bad"}, {"kty": "EC"}]
    forged = jwt.encode(
        {"alg": "HS256", "kid": "oct"}, {"iss": issuer.url}, secret, algorithms=["HS256"]
    )

    with pytest.raises(TokenRefused):
        await provider.claims(forged, NOW)
    assert (await provider.claims(issuer.token(), NOW))["sub"] == "ada"
