"""Webhooks of payments, and the page of the simulated bank, over HTTP."""

import httpx
import orjson
import pytest

from boucle.payments import tills as providers
from domain.orders import LineState
from domain.orders.payments import Declined, Provider
from integrations.payments.signatures import sign
from integrations.payments.simulator import SIGNATURE
from models.base import fetch, fetchval
from models.orders import payments
from resolvers.context import Context
from resolvers.orders.payments import attempt, install, tills
from tests import factories, orders
from tests.boucle.edge import serving, settings
from tests.payments import Free
from workers.orders import payments as jobs
from workers.runtime import Runtime

HOOK = "/webhooks/payments/simulator"
BODY = orjson.dumps({"id": "evt_1", "kind": "payment.captured", "payment": "sim_1"})


@pytest.fixture
async def client(db: None, database_url: str):
    before = tills()
    async with serving(database_url) as client, providers(settings(database_url)) as made:
        install(made)
        yield client
    install(before)


def _signed(body: bytes, secret: str | None = None) -> dict[str, str]:
    simulator = tills()[Provider.SIMULATOR].provider  # type: ignore[attr-defined]
    now = Context().now
    return {SIGNATURE: sign(secret or simulator._keys[0], body, now)}


async def _stored() -> int:
    found: int = await fetchval("SELECT count(*) FROM payment_webhook")
    return found


async def test_a_webhook_is_stored_once_and_answered_alike_each_time(
    client: httpx.AsyncClient,
) -> None:
    for known in (False, True, True):
        found = await client.post(HOOK, content=BODY, headers=_signed(BODY))
        assert (found.status_code, found.json()) == (200, {"received": True, "known": known})

    [row] = await fetch("SELECT provider, event_id, payment_ref, body FROM payment_webhook")
    assert (row["provider"], row["event_id"], row["payment_ref"]) == ("simulator", "evt_1", "sim_1")
    assert row["body"] == BODY
    jobs_asked = "SELECT count(*) FROM outbox_job WHERE job = 'read_payment_webhook'"
    assert await fetchval(jobs_asked) == 1


async def test_a_forged_webhook_is_refused_and_nothing_of_it_is_stored(
    client: httpx.AsyncClient,
) -> None:
    forged = [
        ({}, BODY),
        ({SIGNATURE: "t=1,v1=00"}, BODY),
        (_signed(BODY, "another secret"), BODY),
        (_signed(BODY), BODY.replace(b"sim_1", b"sim_2")),
    ]
    for headers, body in forged:
        found = await client.post(HOOK, content=body, headers=headers)
        assert found.status_code == 401
        assert found.json()["errors"][0]["extensions"]["reason"] == "BAD_SIGNATURE"
    assert await _stored() == 0


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/webhooks/payments/nobody", BODY, 404),
        ("/webhooks/payments/stripe", BODY, 404),
        (HOOK, b"x" * (1024 * 1024 + 1), 413),
        (HOOK, b"[]", 400),
        (HOOK, b"\xff", 400),
    ],
)
async def test_what_is_no_webhook_is_not_stored(
    client: httpx.AsyncClient, path: str, body: bytes, status: int
) -> None:
    found = await client.post(path, content=body, headers=_signed(body))

    assert found.status_code == status
    assert await _stored() == 0


async def test_a_customer_confirms_on_the_page_of_the_bank_and_comes_back(
    client: httpx.AsyncClient,
) -> None:
    item = (await factories.world(1, 1))[0]
    of = await orders.bought(await factories.merchant(), item, LineState.RESERVED)
    now = Context().now
    payment_id = await payments.open_payment(of.purchase_id, 301_49, "EUR", "tok_3ds", now)
    told = await attempt(Context(), payment_id)
    path = told.url.removeprefix("http://127.0.0.1:8000")  # type: ignore[union-attr]

    page = await client.get(path, headers={"Accept-Language": "fr"})
    assert (page.status_code, "301,49" in page.text) == (200, True)
    assert "Confirmez votre paiement" in page.text
    assert "form-action 'self' http" in page.headers["content-security-policy"]
    assert (await client.get(path[:-1] + "!")).status_code == 404
    assert (await client.post(path[:-1] + "!", data={"choice": "approve"})).status_code == 404
    back = await client.post(path, data={"choice": "approve"})
    assert back.status_code == 303
    assert back.headers["location"].endswith(f"?purchase={of.purchase_id}")
    over = await client.get(path)
    assert "This payment was answered." in over.text

    told_us = await fetch(
        "SELECT kwargs->>'event_id' AS id FROM outbox_job WHERE job = 'tell_simulated_payment'"
    )
    assert len(told_us) == 2  # that it waits, and that it was confirmed
    ref = f"sim_{payment_id.hex}"
    body = orjson.dumps({"id": "evt_9", "kind": "payment.authorised", "payment": ref})
    await client.post(HOOK, content=body, headers=_signed(body))
    webhook = await fetchval("SELECT id FROM payment_webhook")
    runtime = Runtime(None, None, tills=dict(tills()))  # type: ignore[arg-type]
    await jobs.read(Free(), runtime, webhook, now)  # type: ignore[arg-type]

    assert await fetchval("SELECT state FROM purchase") == "PAID"


async def test_a_process_without_a_provider_declines(client: httpx.AsyncClient) -> None:
    install({})
    item = (await factories.world(1, 1))[0]
    of = await orders.bought(await factories.merchant(), item, LineState.RESERVED)
    now = Context().now
    payment_id = await payments.open_payment(of.purchase_id, 301_49, "EUR", "tok_ok", now)

    told = await attempt(Context(), payment_id)

    assert told == Declined("NO_PROVIDER", retryable=False)
    assert await fetchval("SELECT state FROM payment") == "FAILED"
