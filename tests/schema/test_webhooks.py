"""Webhooks as a partner's program arranges and reads them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from boucle.selections import examiner
from domain.partners import signing
from domain.partners.webhooks import EndpointState
from integrations.http import Unavailable
from models.base import execute, fetch, fetchrow, fetchval
from models.merchants import Merchant
from models.partners import fan_out, sending
from resolvers.accounts.house import house
from resolvers.accounts.house import install as move_into
from resolvers.partners import terms
from resolvers.partners.terms import WebhookTerms
from tests import factories, webhooks
from tests.schema.asking import OPERATIONS, data, key_of, refusal
from tests.schema.webhook_asks import (
    ALL,
    CREATE,
    DELETE,
    LIST,
    LOG,
    ROTATE,
    RUN,
    UPDATE,
    VERIFY,
    row_of,
)
from tests.webhooks import VAULT, Sink
from workers.partners.webhooks import challenge, tell_disabled


@pytest.fixture
async def owner(db: None) -> AsyncIterator[Merchant]:
    await factories.world(1, 1)
    before, lived = terms.terms(), house()
    terms.install(WebhookTerms(frozenset({"127.0.0.1:9"}), examiner(OPERATIONS)))
    lived.vault = VAULT
    yield await factories.merchant("amber")
    terms.install(before)
    move_into(lived)


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with webhooks.sink() as made:
        yield made


def wanted(**more: Any) -> dict[str, Any]:
    return {
        "url": "https://hooks.example.com/b",
        "topics": ["feed.held"],
        "idempotencyKey": "k",
    } | more


async def created(owner: Merchant, *scopes: str, **more: Any) -> dict[str, Any]:
    caller = key_of(owner, *(scopes or ALL))
    return (await data(CREATE, caller, input=wanted(**more)))["createWebhookEndpoint"]


async def test_a_new_endpoint_shows_its_secret_once_and_waits_for_its_challenge(
    owner: Merchant,
) -> None:
    first = await created(owner, description="Our shop")
    again = await created(owner, description="Our shop")

    secret = signing.read(first["secret"])
    assert secret is not None
    assert len(secret) == 32
    assert again["secret"] is None
    assert again["endpoint"] == first["endpoint"]
    assert first["endpoint"]["state"] == "PENDING"
    assert first["endpoint"]["description"] == "Our shop"
    row = await fetchrow("SELECT count(*) AS n, min(secret) AS secret FROM webhook_endpoint")
    assert row is not None
    assert row["n"] == 1
    assert secret not in bytes(row["secret"])
    assert first["secret"] not in str(await fetch("SELECT outcome FROM once"))
    jobs = await fetch("SELECT job, kwargs ->> 'endpoint_id' AS id FROM outbox_job")
    expected = ("challenge_webhook", str(row_of(first["endpoint"]["id"])))
    assert [tuple(row) for row in jobs] == [expected]
    noted = await fetchval("SELECT action FROM audit_log")
    assert noted == "createWebhookEndpoint"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://hooks.example.com/", "NOT_HTTPS"),
        ("ftp://hooks.example.com/", "NOT_HTTPS"),
        ("https://hooks.example.com:8443/", "PORT"),
        ("https://me:secret@hooks.example.com/", "USER_NAME"),
        ("https://hooks.example.com/#x", "FRAGMENT"),
        ("https://127.0.0.1/", "HOST"),
        ("https://[::1]/", "HOST"),
        ("https://2130706433/", "HOST"),
        ("https://0x7f.1/", "HOST"),
        ("https://localhost/", "HOST"),
        ("https://db.internal/", "HOST"),
        ("https://hooks.example.com\\@127.0.0.1/", "UNREADABLE"),
        ("https://hooks.example.com/ x", "UNREADABLE"),
        ("https://[::1/", "UNREADABLE"),
        ("https://hooks.example.com/" + "x" * 2_000, "TOO_LONG"),
    ],
)
async def test_a_url_that_leads_inside_is_refused_when_it_is_given(
    owner: Merchant, url: str, reason: str
) -> None:
    found = await created(owner, url=url)

    assert (found["__typename"], found.get("reason")) == ("WebhookUrlRefused", reason)
    assert await fetchval("SELECT count(*) FROM webhook_endpoint") == 0


async def test_an_address_that_the_operator_named_is_taken(owner: Merchant) -> None:
    assert (await created(owner, url="http://127.0.0.1:9/x"))["endpoint"]["state"] == "PENDING"


async def test_who_may_not_read_a_topic_is_not_sent_it(owner: Merchant) -> None:
    found = await created(
        owner, "webhooks:read", "webhooks:write", "feeds:read",
        topics=["feed.held", "offer.stock_low"],
    )  # fmt: skip

    assert (found["topic"], found["scope"]) == ("offer.stock_low", "offers:read")
    assert await fetchval("SELECT count(*) FROM webhook_endpoint") == 0


async def test_an_unknown_topic_and_a_missing_scope_are_errors(owner: Merchant) -> None:
    caller = key_of(owner, *ALL)
    assert await refusal(CREATE, caller, input=wanted(topics=["feed.eaten"])) == {
        "code": "BAD_USER_INPUT", "reason": "UNKNOWN_TOPIC", "argument": "topics",
    }  # fmt: skip
    reader = key_of(owner, "webhooks:read")
    assert (await refusal(CREATE, reader, input=wanted()))["reason"] == "SCOPE_NOT_GRANTED"


UNFIT = {
    "query($id: ID!) { feedRun(id: $id) {": "SYNTAX",
    "query($id: ID!) { feedRun(id: $id) { nothing } }": "INVALID_DOCUMENT",
    "query($id: String!) { feedRun(id: $id) { id } }": "INVALID_DOCUMENT",
    "{ version }": "ID_MISSING",
    "query($id: ID) { version }": "INVALID_DOCUMENT",
    f"{RUN} query B {{ version }}": "INVALID_DOCUMENT",
    "query A($id: ID!) { node(id: $id) { id } } query B { version }": "OPERATION_NAME_MISSING",
    "query($id: ID!) { node(id: $id) { id } apiKeys { edges { cursor } } }": "SCOPE_NOT_GRANTED",
    "query($id: ID!) { feedRun(id: $id) { id } feedRuns(first: 99) { edges { node { id } } } }": (
        "TOO_MANY_POINTS"
    ),
    'mutation($id: ID!) { applyFeedRun(input: {runId: $id, idempotencyKey: "a"}) { __typename }}': (
        "NOT_A_QUERY"
    ),
}


@pytest.mark.parametrize(("document", "reason"), UNFIT.items())
async def test_a_selection_that_could_not_run_is_refused_when_it_is_given(
    owner: Merchant, document: str, reason: str
) -> None:
    found = await created(owner, selections=[{"topic": "feed.held", "document": document}])

    assert (found["__typename"], found.get("reason")) == ("WebhookSelectionRefused", reason)
    assert await fetchval("SELECT count(*) FROM webhook_endpoint") == 0


async def test_an_endpoint_that_echoes_its_challenge_is_active_and_no_other(
    owner: Merchant, sink: Sink
) -> None:
    async def parrot(request: web.Request) -> web.StreamResponse:
        return web.json_response({"challenge": (await request.json())["data"]["challenge"]})

    async def parrot_of_text(request: web.Request) -> web.StreamResponse:
        return web.Response(text=(await request.json())["data"]["challenge"] + "\n")

    sink.answers = {"/json": parrot, "/text": parrot_of_text, "/moved": webhooks.elsewhere}
    found = {}
    for path in ("/json", "/text", "/deaf", "/moved"):
        terms.install(WebhookTerms(frozenset({sink.place})))
        made = await created(owner, url=sink.url(path), idempotencyKey=path)
        hook = row_of(made["endpoint"]["id"])
        async with webhooks.sender(sink.place) as sender:
            try:
                await challenge(hook, sender.http, VAULT)
            except Unavailable as error:
                found[path] = str(error)
            else:
                found[path] = (await webhooks.health(hook))["state"]
        secret = signing.read(made["secret"])
        assert secret is not None
        got = next(got for got in sink.got if got.path == path)
        assert (
            signing.verify([secret], got.headers, got.body, datetime.now(UTC).timestamp()) is None
        )

    assert found == {
        "/json": "ACTIVE",
        "/text": "ACTIVE",
        "/deaf": "NOT_ECHOED",
        "/moved": "REDIRECT",
    }
    listed = await data(LIST, key_of(owner, "webhooks:read"))
    told = {
        edge["node"]["url"].rpartition("/")[2]: (
            edge["node"]["state"],
            edge["node"]["challengeProblem"],
        )
        for edge in listed["webhookEndpoints"]["edges"]
    }
    assert told == {
        "json": ("ACTIVE", None), "text": ("ACTIVE", None),
        "deaf": ("PENDING", "NOT_ECHOED"), "moved": ("PENDING", "REDIRECT"),
    }  # fmt: skip


async def test_what_is_left_out_stays_and_another_url_is_challenged_without_losing_events(
    owner: Merchant,
) -> None:
    made = await created(owner, description="Our shop")
    hook, caller = row_of(made["endpoint"]["id"]), key_of(owner, *ALL)
    await execute("UPDATE webhook_endpoint SET state = 'ACTIVE', verified_at = now()")

    async def change(**said: Any) -> dict[str, Any]:
        key = str(len(said)) + str(said)[:40].encode().hex()
        asked = {"id": made["endpoint"]["id"], "idempotencyKey": key} | said
        return (await data(UPDATE, caller, input=asked))["updateWebhookEndpoint"]["endpoint"]

    kept = await change(topics=["feed.stale", "feed.held"])
    assert (kept["description"], kept["topics"]) == ("Our shop", ["feed.held", "feed.stale"])
    assert kept["state"] == "ACTIVE"
    assert (await change(description=None))["description"] == ""
    moved = await change(url="https://other.example.com/")
    assert (moved["state"], moved["topics"]) == ("PENDING", ["feed.held", "feed.stale"])
    await webhooks.happen(owner.id)
    await fan_out.fan_out()
    assert await webhooks.states(hook) == {"QUEUED": 1}
    assert await sending.claim(VAULT, 10) == []  # it waits for the echo


async def test_a_new_secret_is_shown_once_and_the_old_one_signs_for_a_day(owner: Merchant) -> None:
    made = await created(owner)
    caller, asked = key_of(owner, *ALL), {"id": made["endpoint"]["id"], "idempotencyKey": "r"}

    first, again = [
        (await data(ROTATE, caller, input=asked))["rotateWebhookSecret"] for _ in range(2)
    ]

    assert first["secret"].startswith("whsec_")
    assert first["secret"] != made["secret"]
    assert again["secret"] is None
    until = datetime.fromisoformat(first["endpoint"]["oldSecretUntil"]) - datetime.now(UTC)
    assert timedelta(hours=23, minutes=59) < until <= timedelta(hours=24)


async def test_a_deleted_endpoint_is_gone_and_its_log_stays(owner: Merchant) -> None:
    made = await created(owner)
    caller, asked = key_of(owner, *ALL), {"id": made["endpoint"]["id"], "idempotencyKey": "d"}
    await execute("UPDATE webhook_endpoint SET state = 'ACTIVE', verified_at = now()")
    await webhooks.happen(owner.id)
    await fan_out.fan_out()

    for _ in range(2):
        gone = (await data(DELETE, caller, input=asked))["deleteWebhookEndpoint"]
        assert gone == {"__typename": "WebhookEndpointDeleted", "id": made["endpoint"]["id"]}
    await sending.cancel()

    assert (await data(LIST, caller))["webhookEndpoints"]["edges"] == []
    log = (await data(LOG, caller, endpoint=made["endpoint"]["id"]))["webhookDeliveries"]["edges"]
    assert [edge["node"]["state"] for edge in log] == ["CANCELLED"]
    unknown = await data(DELETE, caller, input=asked | {"idempotencyKey": "d2"})
    assert unknown["deleteWebhookEndpoint"]["code"] == "WEBHOOK_ENDPOINT_UNKNOWN"


async def test_a_disabled_endpoint_can_be_verified_again_and_its_owner_was_told(
    owner: Merchant,
) -> None:
    hook = await webhooks.endpoint(
        owner.id, "https://hooks.example.com/x", state=EndpointState.DISABLED
    )
    await execute("UPDATE webhook_endpoint SET disabled_for = 'FAILING', disabled_at = now()")
    await execute(
        "INSERT INTO account (id, created_at, updated_at, issuer, subject, email, kind, roles, "
        "merchant_id, language) SELECT gen_random_uuid(), now(), now(), '', e, e, 'MERCHANT', "
        "ARRAY[r], $1, l FROM (VALUES ('o@example.org', 'MERCHANT_OWNER', 'fr'), "
        "('c@example.org', 'MERCHANT_CARE', 'en')) v (e, r, l)",
        owner.id,
    )
    mails = []

    class Box:
        async def send(self, mail: Any) -> None:
            mails.append(mail)

    for _ in range(2):
        await tell_disabled(hook, Box(), "https://boucle.example", datetime.now(UTC))
    asked = {"id": str(hook), "idempotencyKey": "v"}
    again = (await data(VERIFY, key_of(owner, *ALL), input=asked))["verifyWebhookEndpoint"]

    assert [mail.to for mail in mails] == ["o@example.org"] * 2
    assert len({mail.id for mail in mails}) == 1
    assert mails[0].subject.startswith("Nous n'envoyons plus")
    assert "https://hooks.example.com/x" in mails[0].text
    assert (again["endpoint"]["state"], again["endpoint"]["disabledFor"]) == ("PENDING", None)
    assert await fetchval("SELECT count(*) FROM outbox_job WHERE job = 'challenge_webhook'") == 1


async def test_there_are_twenty_endpoints_at_most(owner: Merchant) -> None:
    for n in range(20):
        await webhooks.endpoint(owner.id, f"https://hooks.example.com/{n}")

    assert (await created(owner))["code"] == "WEBHOOK_ENDPOINT_LIMIT_REACHED"
    assert await fetchval("SELECT count(*) FROM webhook_endpoint") == 20
