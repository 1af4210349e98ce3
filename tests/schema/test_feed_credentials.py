"""What a merchant tells us to call its server with is kept secret, and goes nowhere else."""

import pytest

from domain.offers.sources import CredentialKind
from models import once
from models.base import fetch, fetchval
from models.offers.setup import cell
from resolvers.accounts.house import house
from tests.schema.asking import Json, refusal
from tests.schema.desk import CREATE, SECRET, UPDATE, URL, Desk, stored

HTTPS = [
    ({"basic": {"user": "me", "password": SECRET}}, "BASIC"),
    ({"bearer": {"token": SECRET}}, "BEARER"),
    ({"queryKey": {"name": "key", "value": SECRET}}, "QUERY_KEY"),
]


@pytest.mark.parametrize(("credentials", "kind"), HTTPS)
async def test_a_secret_is_stored_encrypted_and_told_to_nobody(
    desk: Desk, credentials: Json, kind: str
) -> None:
    feed = await desk.made(url=URL, credentials=credentials)
    row = await stored(feed)

    assert feed["credentials"]["kind"] == kind
    assert SECRET not in str(feed)
    opened = house().vault.open(bytes(row.credentials or b""), cell(row.id))
    assert SECRET.encode() in opened
    for table in ("feed", "once", "audit_log", "outbox_job", "event"):
        texts = await fetch(f"SELECT {table}::text AS row FROM {table}")
        assert not any(SECRET in each["row"] or SECRET.encode().hex() in each["row"]
                       for each in texts), table  # fmt: skip


async def test_a_call_with_a_secret_is_known_again_and_another_secret_is_not(desk: Desk) -> None:
    given = {"name": "main", "mode": "FULL", "url": URL, "idempotencyKey": "once"}
    mine = given | {"credentials": {"bearer": {"token": SECRET}}}

    told = [await desk.ask(CREATE, **mine) for _ in range(2)]

    assert told[0] == told[1]
    guessed = {"name": "main", "mode": "FULL", "url": URL}
    guessed["credentials"] = (CredentialKind.BEARER, {"token": SECRET})
    asked = await fetchval("SELECT asked FROM once")
    assert bytes(asked) != once.digest("createFeed", guessed), "a plain hash can be guessed"
    other = given | {"credentials": {"bearer": {"token": "another"}}}
    found = await refusal(CREATE, desk.caller, input=other)
    assert found["reason"] == "IDEMPOTENCY_KEY_REUSED"


async def test_stored_credentials_do_not_move_to_another_host(desk: Desk) -> None:
    feed = await desk.made(url=URL, credentials={"bearer": {"token": SECRET}})
    elsewhere = "https://evil.example.com/offers.csv"

    for url in (elsewhere, URL.replace(".com/", ".com:8443/"), URL.replace("https", "http")):
        found = await desk.ask(UPDATE, id=feed["id"], url=url)
        assert (found["code"], found["field"]) == ("FEED_SETTING_INVALID", "credentials")
    assert (await stored(feed)).url == URL
    same = (await desk.ask(UPDATE, id=feed["id"], url=URL + "?v=2"))["feed"]
    assert same["credentials"]["kind"] == "BEARER"
    moved = (await desk.ask(UPDATE, id=feed["id"], url=elsewhere, credentials=None))["feed"]
    assert (moved["url"], moved["credentials"]) == (elsewhere, None)
    assert (await stored(feed)).credentials is None


@pytest.mark.parametrize(
    ("url", "credentials", "field"),
    [
        (None, {"bearer": {"token": SECRET}}, "credentials"),
        ("http://files.example.com/a", {"bearer": {"token": SECRET}}, "credentials"),
        (URL, {"password": {"password": SECRET}}, "credentials"),
        ("sftp://me@a.example/a.csv", {"bearer": {"token": SECRET}}, "credentials"),
        (URL, {"bearer": {"token": f"{SECRET}\n"}}, "credentials.bearer.token"),
        (URL, {"basic": {"user": "a:b", "password": SECRET}}, "credentials.basic.user"),
        (URL, {"queryKey": {"name": "a&b", "value": SECRET}}, "credentials.queryKey.name"),
        ("sftp://me@a.example/a.csv", {"privateKey": {"privateKey": SECRET}},
            "credentials.privateKey.privateKey"),
    ],
)  # fmt: skip
async def test_credentials_that_cannot_be_sent_safely_are_refused_and_not_told_back(
    desk: Desk, url: str | None, credentials: Json, field: str
) -> None:
    given = {"url": url, "credentials": credentials}
    found = await desk.ask(CREATE, **({"name": "main", "mode": "FULL"} | given))

    assert (found["code"], found["field"]) == ("FEED_SETTING_INVALID", field)
    assert SECRET not in str(found)


async def test_exactly_one_kind_of_credentials_is_taken(desk: Desk) -> None:
    both = {"bearer": {"token": "a"}, "basic": {"user": "a", "password": "b"}}
    given = {"name": "main", "mode": "FULL", "url": URL, "idempotencyKey": "k"}

    for credentials in (both, {}, {"bearer": None}):
        found = await refusal(CREATE, desk.caller, input=given | {"credentials": credentials})
        assert found["code"] in {"BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"}
