"""What the sender does with what is due: schedule, signatures, circuits, fairness."""

import asyncio
import base64
import hashlib
import hmac
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from domain.partners.selections import Owner, Selected
from domain.partners.webhooks import CALLS_AT_ONCE, SCHEDULE, EndpointState
from models.base import execute, fetch, fetchval
from models.merchants import Merchant
from models.offers import sandbox
from models.partners import endpoints, sending
from tests import factories, webhooks
from tests.webhooks import SECRET, VAULT, Sink, delivery, hasten, health, states
from tests.workers import until
from tests.workers.webhooks.doing import drained, told
from workers.partners.sending import Sender, send_due, send_forever, tidy


async def test_a_delivery_is_signed_thin_and_logged_as_it_was_sent(
    owner: Merchant, sink: Sink, sender: Sender
) -> None:
    hook = await webhooks.endpoint(owner.id, sink.url("/hook"))
    [event_id] = await told(owner)

    assert await send_due(sender) == 1

    [got] = sink.got
    row = await delivery(hook)
    signed = b"%s.%s.%s" % (event_id.encode(), got.headers["webhook-timestamp"].encode(), got.body)
    mac = base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
    assert got.headers["webhook-signature"] == f"v1,{mac}"
    assert got.id == event_id
    assert got.headers["boucle-delivery-id"] == str(row["id"])
    assert abs(int(got.headers["webhook-timestamp"]) - time.time()) < 5
    said = got.said
    at = datetime.fromisoformat(said.pop("at"))
    assert abs(at - datetime.now(UTC)) < timedelta(seconds=5)
    run = await fetchval("SELECT object_id FROM event")
    assert said == {
        "id": event_id,
        "topic": "feed.held",
        "version": 0,
        "object": {"type": "FeedRun", "id": base64.b64encode(f"FeedRun:{run}".encode()).decode()},
        "data": {"n": 0},
    }
    assert (row["state"], row["tries"], row["response_status"]) == ("DELIVERED", 1, 200)
    assert (row["request_body"], row["response_body"]) == (got.body, b"thanks")
    assert got.headers["webhook-signature"] in row["request_headers"]


async def test_a_failing_delivery_is_tried_eight_times_at_the_published_times(
    owner: Merchant, sink: Sink, sender: Sender
) -> None:
    sink.answers["/"] = webhooks.broken
    hook = await webhooks.endpoint(owner.id, sink.url())
    [event_id] = await told(owner)
    after = []
    for _ in range(8):
        await execute("UPDATE webhook_endpoint SET failures = 0, open_until = NULL")
        assert await send_due(sender) == 1
        row = await delivery(hook)
        after.append((row["state"], row["due_at"] - row["first_at"]))
        # so much time passes: the first try lies that much further back, and the next is now
        wait = row["due_at"] - await fetchval("SELECT now()")
        sql = (
            "UPDATE webhook_delivery SET first_at = first_at - $1::interval, "
            "last_at = last_at - $1::interval, due_at = now()"
        )
        if row["state"] == "RETRYING":
            await execute(sql, wait)

    assert [state for state, _ in after] == ["RETRYING"] * 7 + ["DEAD"]
    for (_, due), planned in zip(after[:7], SCHEDULE[1:], strict=True):
        assert timedelta() <= due - planned < timedelta(seconds=2)
    assert await send_due(sender) == 0
    assert sink.ids() == [event_id] * 8
    row = await delivery(hook)
    assert (row["problem"], row["response_status"], row["tries"]) == ("STATUS", 500, 8)
    assert row["finished_at"] is not None
    assert row["history"].count('"status": 500') == 8


@pytest.mark.parametrize(
    ("answer", "state", "problem", "status"),
    [
        pytest.param(webhooks.well, "DELIVERED", None, 200, id="200"),
        pytest.param(webhooks.told(204), "DELIVERED", None, 204, id="204"),
        pytest.param(webhooks.broken, "RETRYING", "STATUS", 500, id="500"),
        pytest.param(webhooks.told(404), "RETRYING", "STATUS", 404, id="404"),
        pytest.param(webhooks.elsewhere, "RETRYING", "REDIRECT", 307, id="redirect"),
        pytest.param(webhooks.dropping, "RETRYING", "UNREACHABLE", None, id="dropped"),
        pytest.param(webhooks.silent, "RETRYING", "TIMEOUT", None, id="no answer"),
    ],
)
async def test_any_2xx_is_a_success_and_nothing_else(
    owner: Merchant, sink: Sink, sender: Sender, answer, state: str, problem: str, status: int
) -> None:
    sink.answers["/"] = answer
    hook = await webhooks.endpoint(owner.id, sink.url())
    await told(owner)

    await send_due(sender)

    row = await delivery(hook)
    assert (row["state"], row["problem"], row["response_status"]) == (state, problem, status)
    assert len(sink.got) == 1


async def test_the_clock_of_a_sandbox_makes_due_what_waits_there(
    owner: Merchant, sink: Sink, sender: Sender
) -> None:
    sink.answers["/"] = webhooks.broken
    hook = await webhooks.endpoint(owner.id, sink.url())
    await told(owner)
    assert [await send_due(sender), await send_due(sender)] == [1, 0]
    await sandbox.add((await factories.merchant("birch")).id, owner.id)
    sink.answers["/"] = webhooks.well
    assert await send_due(sender) == 0

    await execute("UPDATE sandbox SET ahead = interval '31 seconds'")

    assert await send_due(sender) == 1
    assert (await delivery(hook))["state"] == "DELIVERED"


async def test_a_2xx_counts_though_its_body_never_ends(
    owner: Merchant, sink: Sink, sender: Sender
) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(1_000):
            await response.write(b"x" * 1_000)
            await asyncio.sleep(0.001)
        return response

    sink.answers["/"] = endless
    hook = await webhooks.endpoint(owner.id, sink.url())
    await told(owner)

    await send_due(sender)

    row = await delivery(hook)
    assert (row["state"], row["response_body"]) == ("DELIVERED", b"x" * 4_096)


async def test_retry_after_makes_a_try_later_and_never_earlier(
    owner: Merchant, sink: Sink, sender: Sender
) -> None:
    asked = {
        "/later": ("3600", timedelta(hours=1)),
        "/sooner": ("1", timedelta(seconds=30)),
        "/never": ("99999999", timedelta(hours=24)),
        "/words": ("soon", timedelta(seconds=30)),
    }
    hooks = {}
    for path, (text, _) in asked.items():
        sink.answers[path] = webhooks.told(429, Retry_After=text)
        hooks[path] = await webhooks.endpoint(owner.id, sink.url(path))
    await told(owner)

    await send_due(sender)

    for path, (_, wait) in asked.items():
        row = await delivery(hooks[path])
        assert timedelta() <= row["due_at"] - row["first_at"] - wait < timedelta(seconds=2), path


async def test_gone_disables_the_endpoint_and_cancels_what_waits(
    owner: Merchant, sink: Sink, sender: Sender
) -> None:
    sink.answers["/"] = webhooks.told(410)
    hook = await webhooks.endpoint(owner.id, sink.url())
    await told(owner, 8)

    await drained(sender)
    await tidy()

    found = await health(hook)
    assert (found["state"], found["disabled_for"]) == ("DISABLED", "GONE")
    assert await states(hook) == {"DEAD": 5, "CANCELLED": 3}
    jobs = await fetch("SELECT job, kwargs ->> 'endpoint_id' AS id FROM outbox_job")
    assert [tuple(row) for row in jobs] == [("mail_webhook_disabled", str(hook))]


async def test_ten_failures_open_the_circuit_and_one_trial_closes_it(
    owner: Merchant, sink: Sink, sender: Sender
) -> None:
    sink.answers["/"] = webhooks.broken
    hook = await webhooks.endpoint(owner.id, sink.url())
    await told(owner, 40)

    tried = await drained(sender)
    found = await health(hook)
    assert (found["state"], tried) == ("DEGRADED", found["failures"])
    assert 10 <= tried < 10 + CALLS_AT_ONCE
    assert found["open_until"] - found["updated_at"] == timedelta(minutes=5)

    await hasten()
    assert await drained(sender) == 1  # the trial failed: open again
    assert (await health(hook))["open_until"] > found["open_until"]

    sink.answers["/"] = webhooks.well
    await hasten()
    assert await send_due(sender) == 1
    found = await health(hook)
    assert (found["state"], found["failures"], found["open_until"]) == ("ACTIVE", 0, None)
    await hasten()
    await drained(sender)
    assert await states(hook) == {"DELIVERED": 40}


async def test_five_days_of_nothing_but_failure_disable_an_endpoint(
    owner: Merchant, sink: Sink, sender: Sender
) -> None:
    sink.answers["/"] = webhooks.broken
    hook = await webhooks.endpoint(owner.id, sink.url(), state=EndpointState.DEGRADED)
    since = "UPDATE webhook_endpoint SET failures = 10, failing_since = now() - $1::interval"
    states_seen = []
    for days in (timedelta(days=4, hours=23), timedelta(days=5)):
        await execute(since, days)
        await told(owner)
        await hasten()
        await send_due(sender)
        states_seen.append((await health(hook))["state"])

    assert states_seen == ["DEGRADED", "DISABLED"]
    assert (await health(hook))["disabled_for"] == "FAILING"


async def test_an_endpoint_has_five_calls_at_once_whatever_the_number_of_senders(
    owner: Merchant, sink: Sink, sender: Sender
) -> None:
    async def slow(_request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.05)
        return web.Response()

    sink.answers["/"] = slow
    hook = await webhooks.endpoint(owner.id, sink.url())
    await told(owner, 60)
    stop = asyncio.Event()
    senders = [asyncio.create_task(send_forever(sender, asyncio.Event(), stop)) for _ in range(3)]

    async def all_delivered() -> bool:
        return (await states(hook))["DELIVERED"] == 60

    await until(all_delivered, seconds=20)
    stop.set()
    await asyncio.gather(*senders)

    assert sink.most_at_once["/"] == CALLS_AT_ONCE
    assert len(set(sink.ids())) == len(sink.ids()) == 60


async def test_who_never_answers_holds_up_nobody_else(
    owner: Merchant, sink: Sink, sender: Sender
) -> None:
    """One endpoint keeps all its calls waiting; twenty others have theirs before it times out."""
    sink.answers["/hung"] = webhooks.silent
    hung = await webhooks.endpoint(owner.id, sink.url("/hung"))
    await told(owner, 40)  # the hung one alone has these
    healthy = [await webhooks.endpoint(owner.id, sink.url(f"/{n}")) for n in range(20)]

    async def all_hung() -> bool:
        return sink.under_way["/hung"] == CALLS_AT_ONCE

    async def all_delivered() -> bool:
        return sum([(await states(h))["DELIVERED"] for h in healthy]) == 200

    async with webhooks.sender(sink.place, seconds=10) as patient:
        stop = asyncio.Event()
        running = asyncio.create_task(send_forever(patient, asyncio.Event(), stop))
        await until(all_hung, seconds=20)
        await told(owner, 10)
        await until(all_delivered, seconds=8)  # the hung calls last 10 s
        still = (await states(hung))["SENDING"]
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    assert still == CALLS_AT_ONCE
    assert sink.most_at_once["/hung"] == CALLS_AT_ONCE
    assert all(len(set(sink.ids(f"/{n}"))) == 10 for n in range(20))


async def test_when_calls_are_few_every_endpoint_has_one_before_any_has_two(
    owner: Merchant, sink: Sink
) -> None:
    hooks = []
    for n in range(4):
        hooks.append(await webhooks.endpoint(owner.id, sink.url(f"/{n}")))
        await told(owner, 5)

    taken = await sending.claim(VAULT, 6)

    assert sorted(Counter(due.endpoint_id for due in taken).values()) == [1, 1, 2, 2]
    assert {due.endpoint_id for due in taken} == set(hooks)


async def test_a_try_that_its_sender_left_is_made_again_and_a_late_record_is_refused(
    owner: Merchant, sink: Sink, sender: Sender
) -> None:
    hook = await webhooks.endpoint(owner.id, sink.url())
    [event_id] = await told(owner)
    [left] = await sending.claim(VAULT, 10)
    outcome = await sender.attempt(left)  # it was sent, and the sender stood still
    assert await send_due(sender) == 0
    await tidy()
    assert await states(hook) == {"SENDING": 1}

    await execute("UPDATE webhook_delivery SET lease_until = now()")
    await tidy()
    assert await send_due(sender) == 1
    before = await delivery(hook)
    assert await sending.settle([outcome]) == []

    assert await delivery(hook) == before
    assert (before["state"], before["tries"], before["lost"]) == ("DELIVERED", 1, 1)
    assert sink.ids() == [event_id] * 2


async def test_two_secrets_sign_for_a_day_and_then_the_new_one_alone(
    owner: Merchant, sink: Sink, sender: Sender
) -> None:
    hook = await webhooks.endpoint(owner.id, sink.url())
    new = bytes(range(100, 132))
    await endpoints.rotate(hook, VAULT, new)
    await told(owner)
    await send_due(sender)
    await execute(
        "UPDATE webhook_endpoint SET old_secret_until = old_secret_until - interval '24h'"
    )
    await told(owner)
    await send_due(sender)

    def signed(n: int, secret: bytes) -> str:
        got = sink.got[n]
        text = b"%s.%s.%s" % (got.id.encode(), got.headers["webhook-timestamp"].encode(), got.body)
        return "v1," + base64.b64encode(hmac.new(secret, text, hashlib.sha256).digest()).decode()

    both, one = (got.headers["webhook-signature"] for got in sink.got)
    assert both.split() == [signed(0, new), signed(0, SECRET)]
    assert one.split() == [signed(1, new)]


async def test_what_was_selected_goes_under_payload_and_the_thin_body_where_it_fails(
    owner: Merchant, sink: Sink
) -> None:
    asked = []

    async def select(*given: object) -> Selected:
        asked.append(given)
        return Selected({"n": 7}) if len(asked) == 1 else Selected(problem="FORBIDDEN")

    hook = await webhooks.endpoint(
        owner.id, sink.url(), selections={"feed.held": "query…"}, scopes=["feeds:read"]
    )
    async with webhooks.sender(sink.place, select=select) as sender:
        for _ in range(2):
            await told(owner)
            await send_due(sender)

    first, second = (got.said for got in sink.got)
    assert asked[0] == (Owner(owner.id), ["feeds:read"], "query…", first["object"]["id"])
    assert (first["payload"], "payloadError" in first) == ({"n": 7}, False)
    assert (second["payloadError"], "payload" in second) == ({"code": "FORBIDDEN"}, False)
    rows = await fetch("SELECT state, payload_problem FROM webhook_delivery ORDER BY n")
    assert [tuple(row) for row in rows] == [("DELIVERED", None), ("DELIVERED", "FORBIDDEN")]
    assert await states(hook) == {"DELIVERED": 2}
