"""Who asks, over HTTP: tokens and keys in the header, published keys, and never a cookie."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import click
import httpx
import pytest
from joserfc import jwk, jwt

from boucle import demo_people
from boucle.asgi import create_app
from boucle.cli import people as commands
from boucle.house import make_house, post_of, vault_of
from boucle.serve import config
from boucle.settings import Settings
from domain.accounts.roles import CallerKind, Role
from domain.accounts.sign_in import step_of, totp
from domain.accounts.tokens import TokenRefused
from integrations.mail import FolderPost, NoPost, SmtpPost
from models.accounts import Account, ApiKey, Organisation, SigningKey, people
from models.vault import Vault
from resolvers.accounts import caller_of
from resolvers.accounts.fresh import MOST, Fresh
from resolvers.accounts.house import house, house_of
from resolvers.accounts.signing import Signing
from resolvers.context import SignInFirst
from tests import factories
from tests.boucle.edge import client_of, key, settings
from tests.identity import ASK, ISSUER, REFRESH, SIGN_IN, at_home, code_for

NEW = "application/graphql-response+json"
VAULT = Vault([("k1", b"k" * 32)])
NOW = datetime.now(UTC)
EMAIL = "ada@example.org"


@pytest.fixture(autouse=True)
def home():
    with at_home() as made:
        yield made


@pytest.fixture
async def client(db: None, database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings(database_url, BOUCLE_PUBLIC_URL=ISSUER))
    async with client_of(app) as made:
        yield made


async def _ask(client: httpx.AsyncClient, query: str, bearer: str = "", **variables: Any) -> Any:
    headers = {"Accept": NEW} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
    body = {"query": query, "variables": variables}
    return await client.post("/graphql", json=body, headers=headers)


async def _tokens(client: httpx.AsyncClient) -> dict[str, Any]:
    asked = (await _ask(client, ASK, email=EMAIL)).json()["data"]["requestSignInCode"]
    given = {"email": EMAIL, "challenge": asked["challenge"]}
    answer = await _ask(client, SIGN_IN, **given, code=code_for(asked["challenge"]))
    found: dict[str, Any] = answer.json()["data"]["signIn"]
    return found


async def test_no_answer_sets_a_cookie(client: httpx.AsyncClient) -> None:
    tokens = await _tokens(client)
    asked = await _ask(client, ASK, email=EMAIL)
    refreshed = await _ask(client, REFRESH, token=tokens["refreshToken"])
    seen = await _ask(client, "{ viewer { kind email } }", tokens["accessToken"])
    refused = await _ask(client, "{ viewer { kind } }", "bcl_live_x")
    pages = [await client.get(path) for path in ("/mails", "/graphql", "/.well-known/jwks.json")]

    assert seen.json()["data"]["viewer"] == {"kind": "CUSTOMER", "email": EMAIL}
    for answer in (asked, refreshed, seen, refused, *pages):
        assert "set-cookie" not in answer.headers
    assert client.cookies.jar._cookies == {}


async def test_whoever_reads_our_published_keys_can_read_our_tokens(
    client: httpx.AsyncClient,
) -> None:
    token = (await _tokens(client))["accessToken"]
    answer = await client.get("/.well-known/jwks.json")
    published = answer.json()

    assert answer.headers["content-type"].startswith("application/jwk-set+json")
    assert answer.headers["cache-control"] == "public, max-age=300"
    keys = jwk.KeySet.import_key_set(published)
    read = jwt.decode(token, keys, algorithms=["ES256"])
    assert (read.claims["iss"], read.claims["aud"]) == (ISSUER, "boucle")
    assert read.header["typ"] == "at+jwt"
    assert read.claims["exp"] - read.claims["iat"] == 900
    assert not any("d" in each for each in published["keys"])


async def test_a_refused_token_is_401_and_says_why(client: httpx.AsyncClient) -> None:
    forged = jwk.ECKey.generate_key("P-256", {"kid": "x"})
    text = jwt.encode({"alg": "ES256", "kid": "x"}, {"sub": "a"}, forged, algorithms=["ES256"])

    answer = await _ask(client, "{ version }", text)

    assert answer.status_code == 401
    extensions = answer.json()["errors"][0]["extensions"]
    assert (extensions["code"], extensions["reason"]) == ("UNAUTHENTICATED", "TOKEN_REFUSED")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(("network", "status"), [("127.0.0.1", 200), ("192.0.2.0/24", 403)])
async def test_the_address_of_the_connection_is_what_a_key_s_networks_are_asked(
    client: httpx.AsyncClient, network: str, status: int
) -> None:
    text, row = await key((await factories.merchant()).id)
    row.networks = [network]
    await row.save()
    headers = {"Authorization": f"Bearer {text}", "X-Forwarded-For": "192.0.2.1", "Accept": NEW}

    answer = await client.post("/graphql", json={"query": "{version}"}, headers=headers)

    assert answer.status_code == status
    if status == 403:
        assert answer.json()["errors"][0]["extensions"]["reason"] == "IP_NOT_ALLOWED"


@pytest.mark.parametrize(
    ("proxies", "address"),
    [("", "127.0.0.1"), ("10.0.0.0/8", "127.0.0.1"), ("127.0.0.1", "192.0.2.1")],
)
async def test_only_trusted_proxies_say_who_asks(proxies: str, address: str) -> None:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["client"][0])

    made = config(Settings.load({"BOUCLE_TRUSTED_PROXIES": proxies}), app)
    made.load()
    headers = [(b"x-forwarded-for", b"203.0.113.66, 192.0.2.1")]
    scope = {"type": "http", "client": ("127.0.0.1", 1), "headers": headers, "scheme": "http"}
    await made.loaded_app(scope, None, None)

    assert seen == [address]


async def test_a_key_pair_is_made_once_and_stored_encrypted(db: None) -> None:
    one, two = Signing(VAULT, ISSUER), Signing(VAULT, ISSUER)

    assert await one.ready(NOW) == await two.ready(NOW)
    (row,) = await SigningKey.all()
    assert b'"d"' not in bytes(row.private)
    assert '"d"' not in row.public
    text, _ = await one.sign(UUID(int=1), UUID(int=2), NOW)
    assert (await two.read(text, NOW))["sid"] == str(UUID(int=2))


async def test_a_pair_is_replaced_after_90_days_and_its_tokens_are_still_read(db: None) -> None:
    one = Signing(VAULT, ISSUER)
    old, _ = await one.sign(UUID(int=1), UUID(int=2), NOW)
    before = await one.ready(NOW)
    await SigningKey.all().update(created_at=NOW - timedelta(days=90))

    other = Signing(VAULT, ISSUER)
    assert await other.ready(NOW) != before
    assert (await other.read(old, NOW))["sub"] == str(UUID(int=1))
    new, _ = await other.sign(UUID(int=1), UUID(int=2), NOW)
    for seconds in (0.5, 2.0):
        one._clock = lambda seconds=seconds: one._read_at + seconds
        if seconds < 1:
            with pytest.raises(TokenRefused):
                await one.read(new, NOW)
    assert (await one.read(new, NOW))["sub"] == str(UUID(int=1))
    assert await SigningKey.all().count() == 2


async def test_a_pair_that_does_not_open_any_more_is_replaced(db: None) -> None:
    before = await Signing(VAULT, ISSUER).ready(NOW)
    other = Signing(Vault([("k2", b"2" * 32)]), ISSUER)

    assert await other.ready(NOW) != before
    text, _ = await other.sign(UUID(int=1), UUID(int=2), NOW)
    assert await other.read(text, NOW)


class Outside:
    """An issuer whose tokens say what a test wants."""

    url = "https://id.example"

    def __init__(self, **claims: Any) -> None:
        ends = int((NOW + timedelta(minutes=5)).timestamp())
        self.said: dict[str, Any] = {"sub": "u-1", "exp": ends, "email": EMAIL} | claims

    async def claims(self, token: str, now: datetime) -> dict[str, Any]:
        if token != "a.b.c":
            raise TokenRefused("unknown")
        return self.said


async def test_people_of_an_outside_issuer_are_known_again(db: None) -> None:
    merchant = await factories.merchant()
    said = {"boucle_roles": ["MERCHANT_OPS"], "boucle_merchant": str(merchant.id)}
    with at_home(house_of(VAULT, ISSUER, Outside(**said))):
        one = await caller_of("Bearer a.b.c", "192.0.2.1")
        house().outsiders = Fresh()
        two = await caller_of("Bearer a.b.c", "192.0.2.1")

    assert one == two
    assert (one.kind, one.merchant_id) == (CallerKind.MERCHANT, merchant.id)
    assert "feeds:write" in one.scopes
    assert "keys:write" not in one.scopes
    account = await Account.get(issuer=Outside.url)
    assert (account.id, account.subject, account.email) == (one.user_id, "u-1", EMAIL)


async def test_an_outsider_is_never_somebody_of_the_same_address(db: None) -> None:
    own = await people.enter(EMAIL, frozenset({Role.CUSTOMER}))
    with at_home(house_of(VAULT, ISSUER, Outside())):
        found = await caller_of("Bearer a.b.c")

    assert found.user_id not in {None, own.id}


async def test_with_an_outside_issuer_our_own_tokens_open_nothing(
    client: httpx.AsyncClient,
) -> None:
    own = (await _tokens(client))["accessToken"]
    with at_home(house_of(house().vault, ISSUER, Outside())):
        with pytest.raises(SignInFirst):
            await caller_of(f"Bearer {own}")
        answer = (await _ask(client, ASK, email=EMAIL)).json()["data"]["requestSignInCode"]
        published = (await client.get("/.well-known/jwks.json")).json()

    assert (answer["code"], answer["issuer"]) == ("SIGN_IN_NOT_OFFERED", Outside.url)
    assert published == {"keys": []}


@pytest.mark.parametrize(
    ("env", "kind", "mails"),
    [
        ({}, FolderPost, True),
        ({"BOUCLE_SMTP_URL": "smtps://mail.example"}, SmtpPost, True),
        ({"BOUCLE_ENV": "production"}, NoPost, False),
        ({"BOUCLE_ENV": "production", "BOUCLE_SMTP_URL": "smtps://mail.example"}, SmtpPost, True),
    ],
)
def test_mails_leave_as_the_settings_say(env: dict[str, str], kind: type, mails: bool) -> None:
    keys = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    made = settings("postgresql://a/b", BOUCLE_KEYS=keys, **env)

    assert isinstance(post_of(made), kind)
    assert make_house(made).mails is mails
    assert make_house(made).outside is None


def test_an_issuer_in_the_settings_is_where_people_sign_in() -> None:
    env = {"BOUCLE_OIDC_ISSUER": "https://id.example", "BOUCLE_OIDC_AUDIENCE": "shop"}

    outside = make_house(settings("postgresql://a/b", **env)).outside
    assert outside is not None
    assert outside.url == "https://id.example"


async def test_what_is_held_is_bounded_and_the_oldest_goes() -> None:
    held: Fresh[int, int] = Fresh()

    async def read() -> int:
        return 1

    for number in range(MOST + 5):
        await held.get(number, read)
    assert len(held._held) == MOST
    assert 0 not in held._held


async def test_a_reading_that_took_long_is_not_held_longer() -> None:
    clock = SimpleNamespace(now=0.0)
    held: Fresh[str, int] = Fresh(3.0, lambda: clock.now)
    reads: list[float] = []

    async def slow() -> int:
        reads.append(clock.now)
        clock.now += 2.5
        return len(reads)

    assert await held.get("a", slow) == 1
    clock.now = 3.0
    assert await held.get("a", slow) == 2


async def test_the_demo_s_people_are_made_once_and_can_sign_in(db: None, tmp_path: Path) -> None:
    made = Settings.load({"BOUCLE_HOME": str(tmp_path), "BOUCLE_KEYS": ""})
    merchant = await factories.merchant()

    async def state() -> list[dict[str, Any]]:
        return [dict(each) for each in await Account.all().order_by("email").values()]

    with at_home():
        client = await demo_people.bring(_with_key(made), merchant.id)
        before = await state()
        assert await demo_people.bring(_with_key(made), merchant.id) == client
        assert await state() == before

    assert {row["email"] for row in before} == {person.email for person in demo_people.PEOPLE}
    assert made.demo_second_factors.stat().st_mode & 0o777 == 0o600
    staff = await Account.get(email=demo_people.STAFF.email)
    secret = vault_of(_with_key(made)).open(bytes(staff.second_factor), people.cell(staff))
    (way,) = [w for w in demo_people.ways_in(made, NOW) if w.email == staff.email]
    assert way.second_factor == totp(secret, step_of(NOW))
    assert (await Organisation.get(id=client)).slug == "atelier-nord"


def _with_key(made: Settings) -> Settings:
    keys = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    return made.using(database_url="", redis_url="", keys=keys)


async def test_an_account_is_entered_with_its_second_factor_shown_once(db: None) -> None:
    given: dict[str, Any] = {"merchant_slug": None, "organisation_slug": None}
    given |= {"email": "Boss@example.org", "roles": ["STAFF_ADMIN"], "markets": []}

    first = await commands._add_account(VAULT, **given)
    again = await commands._add_account(VAULT, **(given | {"markets": ["FR"]}))

    assert first["second factor"].startswith("otpauth://totp/Boucle:boss%40example.org?secret=")
    assert again["second factor"] is None
    row = await Account.get(email="boss@example.org")
    assert (row.kind, row.markets) == (CallerKind.STAFF, ["FR"])
    renewed = await commands._new_second_factor("boss@example.org", VAULT)
    assert renewed.startswith("otpauth://")
    assert renewed != first["second factor"]


@pytest.mark.parametrize(
    ("wrong", "option"),
    [
        ({"email": "boss"}, "--email"),
        ({"roles": ["STAFF_ADMIN", "MERCHANT_OWNER"]}, "--role"),
        ({"roles": ["MERCHANT_OWNER"]}, "--merchant"),
        ({"roles": ["ORG_ADMIN"]}, "--organisation"),
        ({"roles": ["MERCHANT_OPS"], "merchant_slug": "nobody"}, "--merchant"),
        ({"markets": ["fr"]}, "--market"),
    ],
    ids=str,
)
async def test_an_account_that_cannot_be_is_refused_by_its_option(
    db: None, wrong: dict[str, Any], option: str
) -> None:
    given: dict[str, Any] = {"merchant_slug": None, "organisation_slug": None}
    given |= {"email": EMAIL, "roles": ["COUNTRY_TEAM"], "markets": ["FR"]} | wrong

    with pytest.raises(click.ClickException) as refused:
        await commands._add_account(VAULT, **given)
    assert refused.value.message.startswith(f"{option}: ")
    assert await Account.all().count() == 0


async def test_a_key_is_made_and_revoked_on_the_command_line(db: None) -> None:
    merchant = await factories.merchant("remiz")
    order: dict[str, Any] = {"merchant_slug": "remiz", "organisation_slug": None, "name": ""}
    order |= {"grants": ["offers:read@FR"], "networks": ["192.0.2.0/24"], "days": 30}

    made = await commands._add_key(**order)

    caller = await caller_of(f"Bearer {made['key']}", "192.0.2.1")
    assert (caller.merchant_id, caller.markets) == (merchant.id, {"FR"})
    for wrong in (
        {"merchant_slug": None},
        {"grants": ["offers"]},
        {"grants": ["keys:write"]},
        {"networks": ["192.0.2.1/24"]},
    ):
        with pytest.raises(click.ClickException):
            await commands._add_key(**(order | wrong))
    assert await commands._revoke_key(made["key"]) == 1
    assert await commands._revoke_key(made["prefix"]) == 0
    assert await ApiKey.filter(revoked_at=None).count() == 0


def test_facts_are_told_a_line_each_or_as_json(capsys) -> None:
    commands._tell({"roles": ["A", "B"], "second factor": None, "name": ""}, as_json=False)
    commands._tell({"roles": ["A"], "none": None}, as_json=True)

    text, made = capsys.readouterr().out.splitlines()
    assert text.split() == ["roles", "A", "B"]
    assert json.loads(made) == {"roles": ["A"], "none": None}
