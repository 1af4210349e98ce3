"""Payments with many at once, and what the simulated provider says to our door."""

import asyncio
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from domain.orders import LineState
from domain.orders.payments import Captured, Provider
from integrations.http import Unavailable, outbound
from models.base import fetch, fetchval
from models.jobs import Job
from models.orders import payments, purchases
from resolvers.context import Context
from resolvers.orders.payments import attempt, install, tills
from tests import factories, orders
from tests.payments import Desk, Free, books
from workers.orders import payments as jobs
from workers.runtime import Runtime, RuntimeMiddleware


async def _opened(method: str) -> payments.Payment:
    item = (await factories.world(1, 1))[0]
    of = await orders.bought(await factories.merchant(), item, LineState.RESERVED, lines=3)
    total = await fetchval("SELECT total_minor FROM purchase")
    now = datetime.now(UTC)
    found = await payments.open_payment(of.purchase_id, total, "EUR", method, now)
    return await payments.get(found)


@pytest.mark.parametrize("method", ["tok_ok", "tok_timeout", "tok_timeout_capture"])
async def test_twenty_who_pay_and_five_who_reconcile_at_once_take_the_money_once(
    fresh_db: str, migrated: None, method: str
) -> None:
    desk, before = Desk(), tills()
    desk.clock.now = datetime.now(UTC)
    payment = await _opened(method)
    install(desk.tills)
    at = Runtime(None, None, tills=desk.tills)  # type: ignore[arg-type]

    async def reconciling() -> None:
        for _ in range(4):
            await jobs.reconcile(Free(), at, desk.clock() + timedelta(hours=2))  # type: ignore[arg-type]

    try:
        told = await asyncio.gather(
            *(attempt(Context(), payment.id) for _ in range(20)), *(reconciling() for _ in range(5))
        )
        assert await attempt(Context(), payment.id) == Captured()
    finally:
        install(before)

    assert Captured() in told
    assert await fetchval("SELECT count(*) FROM ledger_transaction") == 1
    assert (await books())["CLEARING"] == payment.amount_minor
    assert await fetchval("SELECT count(*) FROM event WHERE topic = 'order.created'") == 1
    facts = await desk.book.read(f"sim_{payment.id.hex}")
    assert facts is not None
    assert (facts["state"], facts["refunds"]) == ("CAPTURED", {})


async def test_a_purchase_that_expires_while_it_is_paid_is_sold_or_sent_back_and_never_both(
    fresh_db: str, migrated: None
) -> None:
    desk, before = Desk(), tills()
    desk.clock.now = datetime.now(UTC)
    payment = await _opened("tok_ok")
    install(desk.tills)
    try:
        _, gone = await asyncio.gather(
            attempt(Context(), payment.id),
            purchases.expired(payment.purchase_id, desk.clock()),
        )
    finally:
        install(before)

    state = await fetchval("SELECT state FROM purchase")
    assert state == ("FAILED" if gone else "PAID")
    due = (await books()).get("REFUNDS_DUE", 0)
    held = (await books()).get("MERCHANT_HELD", 0)
    assert (due == 0) if state == "PAID" else (held == 0)
    captured = await fetchval("SELECT state FROM payment") == "CAPTURED"
    assert -due == (payment.amount_minor if captured and gone else 0)


async def test_the_simulated_provider_tells_with_a_proof_and_tries_again(db: None) -> None:
    heard: list[bool] = []
    desk = Desk()

    async def door(request: web.Request) -> web.Response:
        desk.simulator.event(
            {k.lower(): v for k, v in request.headers.items()},
            await request.read(),
            datetime.now(UTC),
        )
        heard.append(True)
        return web.Response(status=503 if len(heard) == 1 else 200)

    app = web.Application()
    app.router.add_post("/webhooks/payments/simulator", door)
    payment = await _opened("tok_webhook_twice")
    await payments.claim(payment.id, Provider.SIMULATOR, payment.created_at)
    await desk.till.authorise(payment)
    asked = await fetch(
        "SELECT kwargs::text FROM outbox_job WHERE job = $1", Job.TELL_SIMULATED_PAYMENT
    )
    assert len(asked) == 2
    assert asked[0] == asked[1]
    async with TestServer(app) as server, outbound([f"127.0.0.1:{server.port}"]) as out:
        values = {"public_url": f"http://127.0.0.1:{server.port}"}
        given = orjson.loads(asked[0]["kwargs"])
        RuntimeMiddleware.current = Runtime(
            out,
            None,
            values,
            tills=desk.tills,
            own_door=out,  # type: ignore[arg-type]
        )
        try:
            with pytest.raises(Unavailable):
                await jobs.tell_simulated_payment(Free(), **given)  # type: ignore[arg-type]
            await jobs.tell_simulated_payment(Free(), **given)  # type: ignore[arg-type]
        finally:
            RuntimeMiddleware.current = None
    assert heard == [True, True]
