"""The log of webhooks, tests and replays, as a partner's program asks for them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from domain.partners.webhooks import EndpointState
from domain.topics import Topic
from models.base import execute, fetch, fetchval
from models.merchants import Merchant
from models.partners import fan_out, sending
from tests import factories, webhooks
from tests.schema.asking import answer, data, key_of
from tests.schema.webhook_asks import (
    ALL,
    DELETE,
    LIST,
    LOG,
    REPLAY,
    ROTATE,
    TEST,
    UPDATE,
    VERIFY,
    id_of,
)
from tests.webhooks import Sink
from workers.partners.sending import send_due


@pytest.fixture
async def owner(db: None) -> Merchant:
    await factories.world(1, 1)
    return await factories.merchant("amber")


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with webhooks.sink() as made:
        yield made


async def test_a_test_event_goes_to_an_active_endpoint_alone(owner: Merchant, sink: Sink) -> None:
    hook = await webhooks.endpoint(owner.id, sink.url(), (Topic.FEED_HELD,))
    pending = await webhooks.endpoint(owner.id, sink.url("/p"), state=EndpointState.PENDING)
    caller = key_of(owner, *ALL)

    asked = {"id": str(hook), "idempotencyKey": "t"}
    queued = (await data(TEST, caller, input=asked))["sendTestEvent"]["delivery"]
    refused = await data(TEST, caller, input={"id": str(pending), "idempotencyKey": "u"})
    async with webhooks.sender(sink.place) as sender:
        assert await send_due(sender) == 1

    assert (queued["state"], queued["topic"]) == ("QUEUED", "webhook.test")
    assert refused["sendTestEvent"]["from"] == "PENDING"
    [got] = sink.got
    assert got.id == queued["webhookId"]
    assert got.said["object"] == {"type": "WebhookEndpoint", "id": id_of("WebhookEndpoint", hook)}
    found = await data(
        "query($id: ID!) { node(id: $id) { ... on WebhookDelivery { state } } }",
        caller, id=queued["id"],
    )  # fmt: skip
    assert found == {"node": {"state": "DELIVERED"}}


async def test_what_is_delivered_dead_or_missed_can_be_replayed_under_its_old_id(
    owner: Merchant, sink: Sink
) -> None:
    missed = await webhooks.happen(owner.id, 1)  # before there was an endpoint
    await fan_out.fan_out()
    hook = await webhooks.endpoint(owner.id, sink.url(), (Topic.FEED_HELD,))
    told = await webhooks.happen(owner.id, 3)
    await webhooks.happen(owner.id, 2, Topic.FEED_STALE)  # it did not ask for these
    await fan_out.fan_out()
    async with webhooks.sender(sink.place) as sender:
        await send_due(sender)
        await execute("UPDATE webhook_delivery SET state = 'DEAD' WHERE event_id = $1", told[0])
        await execute(
            "UPDATE webhook_delivery SET state = 'RETRYING', due_at = now() + interval '1 h' "
            "WHERE event_id = $1",
            told[1],
        )
        sink.got.clear()
        caller = key_of(owner, *ALL)
        asked = {"endpoint": str(hook), "idempotencyKey": "all", "since": "2020-01-01T00:00:00Z"}
        made = [(await data(REPLAY, caller, input=asked))["replayWebhooks"] for _ in range(2)]
        await send_due(sender)
        by_time = sorted(sink.ids())
        by_id = {"endpoint": str(hook), "idempotencyKey": "one", "ids": [str(told[2])]}
        assert (await data(REPLAY, caller, input=by_id))["replayWebhooks"]["deliveries"] == 1
        await send_due(sender)

    assert [m["deliveries"] for m in made] == [3, 3]  # one effect for one key
    assert by_time == sorted(map(str, [missed[0], told[0], told[2]]))
    assert sink.ids()[-1] == str(told[2])
    rows = await fetch(
        "SELECT id, replay, state FROM webhook_delivery WHERE event_id = $1 ORDER BY replay",
        told[2],
    )
    assert [(row["replay"], row["state"]) for row in rows] == [(n, "DELIVERED") for n in range(3)]
    assert len({row["id"] for row in rows}) == 3


async def test_a_replay_is_bounded_and_says_where_to_go_on(
    owner: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resolvers.partners.deliveries.MOST_AGAIN", 4)
    hook = await webhooks.endpoint(owner.id, "https://hooks.example.com/")
    await execute("UPDATE webhook_endpoint SET verified_at = now() + interval '1 hour'")
    await webhooks.happen(owner.id, 10)
    asked: dict[str, Any] = {"endpoint": str(hook), "since": "2020-01-01T00:00:00Z"}
    counts = []
    for n in range(3):
        input_ = asked | {"idempotencyKey": str(n)}
        made = (await data(REPLAY, key_of(owner, *ALL), input=input_))["replayWebhooks"]
        counts.append(made["deliveries"])
        asked["since"] = made["nextSince"]

    assert (counts, asked["since"]) == ([4, 4, 2], None)


async def test_the_log_shows_request_answer_and_every_try_page_by_page(
    owner: Merchant, sink: Sink
) -> None:
    sink.answers["/"] = webhooks.broken
    hook = await webhooks.endpoint(owner.id, sink.url(), (Topic.FEED_HELD,))
    ids = await webhooks.happen(owner.id, 3)
    await fan_out.fan_out()
    async with webhooks.sender(sink.place) as sender:
        await send_due(sender)
        sink.answers["/"] = webhooks.well
        for _ in range(2):  # of an endpoint that failed, two are tried at once
            await webhooks.hasten()
            await send_due(sender)
    caller = key_of(owner, "webhooks:read")
    nodes, after = [], None
    while True:
        page = (await data(LOG, caller, endpoint=str(hook), after=after))["webhookDeliveries"]
        nodes += [edge["node"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]

    assert [UUID(node["webhookId"]) for node in nodes] == ids[::-1]
    node = nodes[0]
    got = next(got for got in reversed(sink.got) if got.id == node["webhookId"])
    assert orjson.loads(node["requestBody"]) == got.said
    sent = {header["name"]: header["value"] for header in node["requestHeaders"]}
    assert sent == {name: got.headers[name] for name in sent}
    assert {"webhook-id", "webhook-timestamp", "webhook-signature"} <= set(sent)
    assert (node["responseStatus"], node["responseBody"], node["state"]) == (
        200,
        "thanks",
        "DELIVERED",
    )
    assert [(t["status"], t["problem"]) for t in node["history"]] == [(500, "STATUS"), (200, None)]
    assert (await data(LOG, caller, state="DEAD"))["webhookDeliveries"]["edges"] == []
    later = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    assert (await data(LOG, caller, since=later))["webhookDeliveries"]["edges"] == []


async def test_another_merchant_reaches_no_endpoint_and_no_delivery(
    owner: Merchant, sink: Sink
) -> None:
    hook = await webhooks.endpoint(owner.id, sink.url())
    await webhooks.happen(owner.id)
    await fan_out.fan_out()
    delivery_id = await fetchval("SELECT id FROM webhook_delivery")
    other = key_of(await factories.merchant("birch"), *ALL)
    before = await fetch("SELECT * FROM webhook_endpoint")

    for n, mutation in enumerate((DELETE, ROTATE, VERIFY, TEST)):
        body = await data(mutation, other, input={"id": str(hook), "idempotencyKey": str(n)})
        assert next(iter(body.values()))["code"] == "WEBHOOK_ENDPOINT_UNKNOWN"
    asked = {"id": str(hook), "idempotencyKey": "u", "url": "https://evil.example.com/"}
    assert (await data(UPDATE, other, input=asked))["updateWebhookEndpoint"]["code"] == (
        "WEBHOOK_ENDPOINT_UNKNOWN"
    )
    again = {"endpoint": str(hook), "idempotencyKey": "r", "ids": []}
    assert "code" in (await data(REPLAY, other, input=again))["replayWebhooks"]
    assert (await data(LIST, other))["webhookEndpoints"]["edges"] == []
    assert (await data(LOG, other, endpoint=str(hook)))["webhookDeliveries"]["edges"] == []
    for kind, row in (("WebhookEndpoint", hook), ("WebhookDelivery", delivery_id)):
        found = await answer("query($id: ID!) { node(id: $id) { id } }", other, id=id_of(kind, row))
        assert found == {"data": {"node": None}}

    assert await fetch("SELECT * FROM webhook_endpoint") == before


async def test_the_log_is_forgotten_after_thirty_days_and_no_sooner(owner: Merchant) -> None:
    hook = await webhooks.endpoint(owner.id, "https://hooks.example.com/")
    await webhooks.happen(owner.id, 3)
    await fan_out.fan_out()
    old = "UPDATE webhook_delivery SET created_at = now() - make_interval(days => $1) WHERE n = $2"
    numbers = [row["n"] for row in await fetch("SELECT n FROM webhook_delivery ORDER BY n")]
    await execute(old, 31, numbers[0])
    await execute(old, 29, numbers[1])

    assert await sending.purge() == 1
    assert sum((await webhooks.states(hook)).values()) == 2
