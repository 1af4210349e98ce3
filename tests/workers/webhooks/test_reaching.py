"""Whom the sender reaches: nobody inside, and whoever takes an event, however badly it answers."""

from collections import Counter
from typing import Any

import pytest
from aiohttp import web

from models.base import execute, fetch
from models.merchants import Merchant
from tests import webhooks
from tests.integrations.names import Names
from tests.webhooks import Sink, delivery, hasten, states
from tests.workers.webhooks.doing import drained, told
from workers.partners.sending import Sender, send_due


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://2130706433/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://inside.example/",
        "https://rebound.example/",
        "https://half.example/",
    ],
)
async def test_no_call_goes_to_an_address_inside(owner: Merchant, sink: Sink, url: str) -> None:
    """Whatever stands in the table: by number, by name, by a name that changes, by another port."""
    hook = await webhooks.endpoint(owner.id, url)
    names = Names({
        "inside.example": [["127.0.0.1"]],
        "rebound.example": [["93.184.216.34"], ["127.0.0.1"]],
        "half.example": [["10.1.1.1", "127.0.0.1"]],
    })  # fmt: skip
    if url == "https://rebound.example/":
        assert await names.resolve("rebound.example")  # it was looked at, and changed since
    async with webhooks.sender(sink.place, resolver=names) as sender:
        await told(owner)
        await send_due(sender)

    row = await delivery(hook)
    assert (row["state"], row["problem"]) == ("RETRYING", "REFUSED")
    assert sink.got == []


@pytest.mark.parametrize(
    "url",
    [
        "http://public.example/",
        "https://public.example:8443/",
        "https://user:secret@public.example/",
        "ftp://public.example/",
    ],
)
async def test_a_url_of_another_form_is_not_even_looked_up(owner: Merchant, url: str) -> None:
    looked_up = []

    class Noting(Names):
        async def resolve(self, host: str, *rest: Any) -> list[Any]:
            looked_up.append(host)
            return await super().resolve(host, *rest)

    hook = await webhooks.endpoint(owner.id, url)
    async with webhooks.sender(resolver=Noting({"public.example": [["127.0.0.1"]]})) as sender:
        await told(owner)
        await send_due(sender)

    assert (await delivery(hook))["problem"] == "REFUSED"
    assert looked_up == []


async def test_a_thousand_events_reach_whoever_takes_them_under_one_id_each(
    owner: Merchant, sink: Sink, sender: Sender
) -> None:
    """Half of the calls time out, break off, are refused or sent elsewhere: nothing is lost."""
    seen: Counter[str] = Counter()
    wrong = [webhooks.broken, webhooks.elsewhere, webhooks.dropping, webhooks.told(503)]

    async def moody(request: web.Request) -> web.StreamResponse:
        event_id = request.headers["webhook-id"]
        seen[event_id] += 1
        which = int(event_id[:8], 16)
        if seen[event_id] > which % 3:
            return await webhooks.well(request)
        return await (webhooks.silent if which % 40 == 1 else wrong[which // 3 % 4])(request)

    sink.answers["/"] = moody
    hook = await webhooks.endpoint(owner.id, sink.url())
    ids = await told(owner, 1_000)
    for _ in range(200):
        await drained(sender)
        if (await states(hook)) == {"DELIVERED": 1_000}:
            break
        await hasten()
        await execute("UPDATE webhook_endpoint SET failures = 0")

    assert await states(hook) == {"DELIVERED": 1_000}
    well = {got.id for got in sink.got if got.path == "/"}
    assert well == set(ids)
    assert [got for got in sink.got if got.path == "/inside"] == []  # no redirect was followed
    logged = await fetch("SELECT event_id::text, tries FROM webhook_delivery")
    assert {row["event_id"]: row["tries"] for row in logged} == dict(seen)
