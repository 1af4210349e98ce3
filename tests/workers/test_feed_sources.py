"""Where a pulled file comes from: credentials, validators, SFTP, servers in trouble."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import encode_basic_auth, web
from aiohttp.test_utils import TestServer

from domain.offers.lines import FeedRunState
from domain.offers.setup import FeedPreviewState
from domain.offers.sources import CredentialKind
from integrations.http import Unavailable, outbound
from models.base import connection, execute, fetch, fetchval
from models.jobs import Job
from models.offers import check, files, previews, upkeep
from models.offers.feeds import Feed, FeedRun
from models.offers.setup import cell
from models.outbox import JobState, enqueue
from models.vault import Vault
from tests import factories
from tests.factories import NOW, Item, line, statuses
from tests.integrations.test_sftp import PASSWORD, serving
from workers import offers as _actors  # noqa: F401 - registers them
from workers.lease import run_job
from workers.offers.pull import PATIENCE, run_once

VAULT = Vault([("k1", b"k" * 32)])
SECRET = "canary-9e2b"


@pytest.fixture
async def items(db: None) -> list[Item]:
    return await factories.world(1, 1)


class Shop:
    """A merchant's web server: notes what it was asked, lets in who knows the secret."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.status = 200
        self.tag: str | None = 'W/"v 1"'
        self.asked: list[web.Request] = []
        self.elsewhere: str | None = None

    def knows(self, request: web.Request) -> bool:
        basic = encode_basic_auth("me", SECRET)
        return request.query.get("key") == SECRET or request.headers.get("Authorization") in {
            basic,
            f"Bearer {SECRET}",
        }

    async def serve(self, request: web.Request) -> web.Response:
        self.asked.append(request)
        if self.elsewhere:
            return web.Response(status=302, headers={"Location": self.elsewhere})
        if self.status != 200:
            return web.Response(status=self.status)
        if not self.knows(request):
            return web.Response(status=403)
        if self.tag and request.headers.get("If-None-Match") == self.tag:
            return web.Response(status=304)
        return web.Response(body=self.body, headers={"ETag": self.tag} if self.tag else {})


@asynccontextmanager
async def open_shop(items: list[Item]) -> AsyncIterator[tuple[Shop, str]]:
    shop = Shop(csv_of(items))
    app = web.Application()
    app.router.add_get("/{path:.*}", shop.serve)
    async with TestServer(app) as server:
        yield shop, str(server.make_url("/offers.csv"))


def csv_of(items: list[Item], *skus: str) -> bytes:
    rows = [f"{sku},{items[0].gtin},good,199.90,3" for sku in skus or ("A", "B")]
    return "\n".join(["sku,gtin,grade,price,quantity", *rows, ""]).encode()


async def closed(of: Feed, kind: CredentialKind, **parts: str) -> None:
    text = orjson.dumps({"kind": kind, **parts})
    secret = VAULT.close(text, cell(of.id))
    await Feed.filter(id=of.id).update(credentials=secret, credentials_kind=kind)


async def pulled(
    of: Feed, *, vault: Vault = VAULT, now: datetime = NOW, dry_run: bool = False
) -> FeedRun:
    """A run as a worker does it, with the feed's own server named to the guard."""
    feed = await Feed.get(id=of.id)
    place = (feed.url or "").split("/")[2].rpartition("@")[2]
    waiting = await factories.queued(feed, dry_run=dry_run)
    await FeedRun.filter(id=waiting.id).update(channel="PULL")
    async with outbound([place]) as http:
        await run_once(waiting.id, http, now, vault=vault)
    return await FeedRun.get(id=waiting.id)


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        (CredentialKind.BASIC, {"user": "me", "password": SECRET}),
        (CredentialKind.BEARER, {"token": SECRET}),
        (CredentialKind.QUERY_KEY, {"name": "key", "value": SECRET}),
    ],
)
async def test_stored_credentials_open_the_server_and_are_told_nowhere(
    items: list[Item], capfd: pytest.CaptureFixture[str], kind: CredentialKind, parts: Any
) -> None:
    async with open_shop(items) as (_, url):
        feed = await factories.feed(await factories.merchant(), url=url)
        refused = await pulled(feed)
        await closed(feed, kind, **parts)
        done = await pulled(feed)

    assert (refused.state, refused.file_code) == (FeedRunState.FAILED, "AUTH_FAILED")
    assert (done.state, done.created) == (FeedRunState.COMPLETED, 2)
    assert SECRET not in capfd.readouterr().out
    assert SECRET not in str(dict(done))


async def test_credentials_do_not_follow_a_redirect_to_another_host(items: list[Item]) -> None:
    async with open_shop(items) as (other, elsewhere), open_shop(items) as (shop, url):
        shop.elsewhere = elsewhere
        feed = await factories.feed(await factories.merchant(), url=url)
        for kind, parts in (
            (CredentialKind.BEARER, {"token": SECRET}),
            (CredentialKind.QUERY_KEY, {"name": "key", "value": SECRET}),
        ):
            await closed(feed, kind, **parts)
            waiting = await factories.queued(feed)
            async with outbound([url.split("/")[2], elsewhere.split("/")[2]]) as http:
                await run_once(waiting.id, http, NOW, vault=VAULT)

    assert len(shop.asked) == len(other.asked) == 2
    assert all(shop.knows(request) for request in shop.asked)
    assert not any(other.knows(request) for request in other.asked)


async def test_credentials_of_another_row_or_key_open_nothing(items: list[Item]) -> None:
    async with open_shop(items) as (shop, url):
        owner = await factories.merchant()
        feed, other = [await factories.feed(owner, name=n, url=url) for n in ("a", "b")]
        await closed(feed, CredentialKind.BEARER, token=SECRET)
        stolen = (await Feed.get(id=feed.id)).credentials
        await Feed.filter(id=other.id).update(credentials=stolen)

        moved = await pulled(other)
        lost = await pulled(feed, vault=Vault([("k2", b"2" * 32)]))

    assert (moved.file_code, lost.file_code) == ("AUTH_FAILED", "AUTH_FAILED")
    assert "send them again" in (lost.detail or "")
    assert shop.asked == []


async def test_validators_go_back_verbatim_until_the_file_is_to_be_read_otherwise(
    items: list[Item],
) -> None:
    async with open_shop(items) as (shop, url):
        feed = await factories.feed(await factories.merchant(), url=url)
        await closed(feed, CredentialKind.BEARER, token=SECRET)
        await pulled(feed)
        same = await pulled(feed)
        preview = await pulled(feed, dry_run=True)
        await Feed.filter(id=feed.id).update(settings={"default_warranty_months": 24})
        again = await pulled(feed)
        shop.tag = None
        by_hash = await pulled(feed)

    sent = [request.headers.get("If-None-Match") for request in shop.asked]
    assert sent == [None, 'W/"v 1"', None, None, 'W/"v 1"']
    states = [run.state for run in (same, preview, again, by_hash)]
    assert states == ["UNCHANGED", "PREVIEWED", "COMPLETED", "UNCHANGED"]
    assert again.updated == 2


async def test_the_file_of_a_previewed_pull_is_kept_to_be_applied(items: list[Item]) -> None:
    async with open_shop(items) as (_, url):
        feed = await factories.feed(await factories.merchant(), url=url)
        await closed(feed, CredentialKind.BEARER, token=SECRET)
        preview = await pulled(feed, dry_run=True)

    assert preview.file is not None


async def test_a_server_in_trouble_for_long_fails_the_run_and_is_asked_again_soon(
    items: list[Item],
) -> None:
    async with open_shop(items) as (shop, url):
        shop.status = 503
        feed = await factories.feed(await factories.merchant(), url=url)
        waiting = await factories.queued(feed)
        late = waiting.created_at + PATIENCE
        await Feed.filter(id=feed.id).update(next_pull_at=late + timedelta(hours=1))
        async with outbound([url.split("/")[2]]) as http:
            with pytest.raises(Unavailable):
                await run_once(waiting.id, http, late - timedelta(seconds=1), vault=VAULT)
            await run_once(waiting.id, http, late, vault=VAULT)

    run, feed = await FeedRun.get(id=waiting.id), await Feed.get(id=feed.id)
    assert (run.state, run.file_code) == (FeedRunState.FAILED, "TIMEOUT")
    assert run.detail == "the server is in trouble: status 503"
    assert feed.next_pull_at == late + timedelta(minutes=5)


async def test_an_sftp_feed_waits_for_its_host_key_and_for_a_file_that_stands_still(
    items: list[Item], tmp_path: Path
) -> None:
    async with serving(tmp_path / "server") as shop:
        feed = await factories.feed(await factories.merchant(), url=shop.url())
        await closed(feed, CredentialKind.PASSWORD, password=PASSWORD)
        shop.write("offers-1.csv", csv_of(items), NOW - timedelta(seconds=5))

        stranger = await pulled(feed)
        found = (await Feed.get(id=feed.id)).found_host_key
        await Feed.filter(id=feed.id).update(host_key=found)
        young = await pulled(feed)
        waits = await Feed.get(id=feed.id)
        done = await pulled(feed, now=NOW + timedelta(minutes=1))
        same = await pulled(feed, now=NOW + timedelta(minutes=2))

    assert (stranger.file_code, found) == ("AUTH_FAILED", shop.host_key)
    assert (young.state, young.detail) == (FeedRunState.UNCHANGED, "NOT_READY")
    assert (waits.last_success_at, waits.seen_at) == (None, NOW)
    assert (done.state, done.created) == (FeedRunState.COMPLETED, 2)
    assert (same.state, same.detail) == (FeedRunState.UNCHANGED, "NOT_MODIFIED")


async def test_offers_of_a_deleted_feed_go_and_no_others(items: list[Item]) -> None:
    owner, other = await factories.merchant(), await factories.merchant("other")
    mine = await factories.feed(owner, name="mine")
    kept = await factories.feed(owner, name="kept")
    await factories.run(mine, [line(items[0], "A"), line(items[0], "B")])
    await factories.run(kept, [line(items[0], "C")])
    await factories.run(await factories.feed(other), [line(items[0], "A")])

    async with connection() as raw:
        await upkeep.retire(raw, owner.id, mine.id)
        await upkeep.retire(raw, owner.id, mine.id)
        differences = await check.differences(raw)

    assert await statuses(owner) == {"a": "ABSENT", "b": "ABSENT", "c": "LIVE"}
    assert await statuses(other) == {"a": "LIVE"}
    assert differences.total == 0
    assert await fetchval("SELECT count(*) FROM offer WHERE absent_at IS NOT NULL") == 2


async def test_the_jobs_that_a_merchant_asks_for_end_with_their_effect(
    items: list[Item], tmp_path: Path
) -> None:
    """As the relay sends them and a worker runs them: a look into a file, a deleted feed."""
    owner = await factories.merchant()
    feed = await factories.feed(owner)
    await factories.run(feed, [line(items[0], "A")])
    path = tmp_path / "file"
    path.write_bytes(csv_of(items))
    await execute("DELETE FROM outbox_job")
    made = await previews.ask(feed, await files.store(path, owner.id, "file", "0"))
    await enqueue(Job.RETIRE_OFFERS, feed_id=str(feed.id))
    await execute("UPDATE outbox_job SET state = 'sent'")

    for row in await fetch("SELECT id FROM outbox_job"):
        assert await run_job(row["id"]) is JobState.DONE

    looked = await previews.FeedPreview.get(id=made.id)
    assert looked.state is FeedPreviewState.READY
    assert await statuses(owner) == {"a": "ABSENT"}
