"""A merchant pushes a feed's file over HTTP."""

import asyncio
import base64
import gzip
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from boucle.edge import uploads
from domain.offers.lines import FeedMode, FeedRunState
from models.base import fetchrow, fetchval
from models.offers import files
from models.offers.feeds import Feed, FeedRun
from tests import factories
from tests.boucle.edge import key, serving

FILE = b"sku,price\nA-1,10.00\n"


@pytest.fixture
async def client(db: None, database_url: str):
    async with serving(database_url) as client:
        yield client


@pytest.fixture
async def feed(db: None) -> Feed:
    return await factories.feed(await factories.merchant())


@pytest.fixture
async def bearer(feed: Feed) -> dict[str, str]:
    text, _ = await key(feed.merchant_id, "feeds:write")
    return {"Authorization": f"Bearer {text}"}


async def _push(client, feed_id: object, headers, content: object = FILE, query: str = ""):
    return await client.post(f"/v1/feeds/{feed_id}/files{query}", content=content, headers=headers)


def _error(response: httpx.Response) -> tuple[int, str, str]:
    extensions = response.json()["errors"][0]["extensions"]
    return response.status_code, extensions["code"], extensions["reason"]


async def _nothing_written() -> bool:
    asked = ("feed_run", "stored_file", "outbox_job", "once")
    return not any([await fetchval(f"SELECT count(*) FROM {table}") for table in asked])


async def test_a_file_is_stored_and_a_run_queued(client, feed, bearer, tmp_path: Path) -> None:
    response = await _push(client, feed.id, bearer)

    assert response.status_code == 202
    run = await FeedRun.get(id=UUID(response.json()["run_id"]))
    assert response.json() == {"run_id": str(run.id)}
    assert (run.state, run.channel, run.mode) == (FeedRunState.QUEUED, "PUSH", FeedMode.FULL)
    assert (run.dry_run, run.force, run.bytes) == (False, False, len(FILE))
    assert run.file is not None
    assert await files.load(run.file, tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == FILE
    job = await fetchrow("SELECT job, kwargs->>'run_id' AS run_id FROM outbox_job")
    assert dict(job or {}) == {"job": "run_feed", "run_id": str(run.id)}


async def test_the_file_of_the_previous_run_is_no_work(client, feed, bearer) -> None:
    first = await _push(client, feed.id, bearer)
    again = await _push(client, feed.id, bearer)
    packed = await _push(
        client, feed.id, {**bearer, "Content-Encoding": "gzip"}, gzip.compress(FILE, mtime=0)
    )

    assert (first.status_code, again.status_code, packed.status_code) == (202, 200, 200)
    assert first.json() == again.json() == packed.json()
    assert await FeedRun.all().count() == 1
    assert await fetchval("SELECT count(*) FROM stored_file") == 1


async def test_other_terms_or_a_failed_run_are_work(client, feed, bearer) -> None:
    queries = ("", "?dry_run=true", "?force=true", "?mode=delta")
    sent = [await _push(client, feed.id, bearer, query=query) for query in queries]
    last = await FeedRun.all().order_by("-id").first()
    assert last is not None
    assert (last.mode, last.dry_run, last.force) == (FeedMode.DELTA, False, False)
    await FeedRun.filter(id=last.id).update(state=FeedRunState.FAILED)
    sent.append(await _push(client, feed.id, bearer, query="?mode=delta"))

    assert [response.status_code for response in sent] == [202] * 5
    assert len({response.json()["run_id"] for response in sent}) == 5


async def test_a_form_and_the_schemas_id_serve_too(client, feed, bearer) -> None:
    named = base64.b64encode(f"Feed:{feed.id}".encode()).decode()
    form = {"note": (None, "x" * 5_000), "file": ("f.csv", FILE * 9_000, "text/csv")}
    response = await client.post(f"/v1/feeds/{named}/files", files=form, headers=bearer)

    assert response.status_code == 202
    run = await FeedRun.get(id=response.json()["run_id"])
    assert run.bytes == len(FILE) * 9_000


@pytest.mark.parametrize(
    ("content_type", "content", "reason"),
    [
        ("multipart/form-data", b"--x--", "BAD_FORM"),
        ("multipart/form-data; boundary=x", b"hello", "BAD_FORM"),
        ("multipart/form-data; boundary=x", b"--x\r\n", "BAD_FORM"),
        ("multipart/form-data; boundary=" + "x" * 300, b"", "BAD_FORM"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n',
            "FILE_MISSING",
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n1\r\n' * 2
            + b"--x--\r\n",
            "SEVERAL_FILES",
        ),
    ],
)
async def test_a_bad_form_writes_nothing(
    client, feed, bearer, content_type: str, content: bytes, reason: str
) -> None:
    response = await _push(client, feed.id, {**bearer, "Content-Type": content_type}, content)

    assert _error(response) == (400, "BAD_REQUEST", reason)
    assert await _nothing_written()


@pytest.mark.parametrize(
    ("headers", "content", "told"),
    [
        ({}, b"", (422, "BAD_USER_INPUT", "FEED_EMPTY")),
        (
            {"Content-Encoding": "gzip"},
            gzip.compress(FILE, mtime=0)[:-9],
            (422, "BAD_USER_INPUT", "FEED_TRUNCATED"),
        ),
        (
            {"Content-Encoding": "gzip"},
            gzip.compress(b"0" * 3_000_000, mtime=0),
            (413, "BAD_USER_INPUT", "ARCHIVE_BOMB"),
        ),
        (
            {"Content-Encoding": "br"},
            FILE,
            (415, "BAD_REQUEST", "UNSUPPORTED_CONTENT_ENCODING"),
        ),
        ({"Idempotency-Key": "k" * 256}, FILE, (400, "BAD_REQUEST", "BAD_IDEMPOTENCY_KEY")),
        ({"Authorization": "Bearer x"}, FILE, (401, "UNAUTHENTICATED", "KEY_REFUSED")),
    ],
)
async def test_a_refused_file_writes_nothing(client, feed, bearer, headers, content, told) -> None:
    response = await _push(client, feed.id, bearer | headers, content)

    assert _error(response) == told
    assert await _nothing_written()


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("?mode=all", (422, "BAD_USER_INPUT", "INVALID_PARAMETER")),
        ("?mode=", (422, "BAD_USER_INPUT", "INVALID_PARAMETER")),
        ("?force=1", (422, "BAD_USER_INPUT", "INVALID_PARAMETER")),
        ("?forse=true", (400, "BAD_REQUEST", "UNKNOWN_PARAMETER")),
    ],
)
async def test_a_parameter_that_cannot_be_meant_writes_nothing(
    client, feed, bearer, query: str, told
) -> None:
    assert _error(await _push(client, feed.id, bearer, query=query)) == told
    assert await _nothing_written()


async def test_a_file_over_the_limit_is_413(client, feed, bearer, monkeypatch) -> None:
    small = uploads.Limits(stored_bytes=10)
    monkeypatch.setattr(uploads, "LIMITS", small)
    response = await _push(client, feed.id, bearer)

    assert _error(response) == (413, "BAD_USER_INPUT", "FEED_TOO_LARGE")
    assert response.headers["connection"] == "close"
    assert await _nothing_written()


async def test_a_slow_sender_is_not_waited_for(client, feed, bearer, monkeypatch) -> None:
    async def dripping():
        for _ in range(100):
            yield b"a"
            await asyncio.sleep(0.05)

    monkeypatch.setattr(uploads, "GRACE_SECONDS", 0.2)
    response = await _push(client, feed.id, bearer, dripping())

    assert _error(response) == (408, "BAD_USER_INPUT", "TIMEOUT")
    assert await _nothing_written()


async def test_only_the_owner_of_a_feed_may_push_and_only_with_the_scope(client, feed) -> None:
    stranger = await factories.merchant("stranger")
    text, _ = await key(stranger.id, "feeds:write")
    unscoped, _ = await key(feed.merchant_id, "feeds:read")
    someone = {"Authorization": f"Bearer {text}"}

    anonymous = await _push(client, "x", {})
    lacking = await _push(client, feed.id, {"Authorization": f"Bearer {unscoped}"})
    assert _error(anonymous)[:2] == (401, "UNAUTHENTICATED")
    assert _error(lacking) == (403, "FORBIDDEN", "SCOPE_NOT_GRANTED")
    for wrong in (feed.id, factories.some_id(), "x", "RmVlZDp4", "%00", "é"):
        answer = await _push(client, wrong, someone)
        assert _error(answer) == (404, "BAD_USER_INPUT", "FEED_UNKNOWN")
    assert await _nothing_written()


async def test_a_key_makes_a_retry_safe(client, feed, bearer) -> None:
    headers = {**bearer, "Idempotency-Key": "monday"}
    first = await _push(client, feed.id, headers)
    other = await _push(client, feed.id, {**bearer, "Idempotency-Key": "tuesday"}, FILE + b"B,1\n")
    again = await _push(client, feed.id, headers)
    misused = await _push(client, feed.id, headers, FILE + b"C,1\n")

    assert (first.status_code, other.status_code, again.status_code) == (202, 202, 202)
    assert again.json() == first.json()
    assert _error(misused) == (422, "BAD_USER_INPUT", "IDEMPOTENCY_KEY_REUSED")
    assert await FeedRun.all().count() == 2


async def test_a_file_may_be_looked_into_instead_of_read(client, feed, bearer) -> None:
    headers = {**bearer, "Idempotency-Key": "one"}
    first = await _push(client, feed.id, headers, query="?preview=true")
    again = await _push(client, feed.id, headers, query="?preview=true")
    other = await _push(client, feed.id, headers, b"sku\n", query="?preview=true")

    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    assert _error(other) == (422, "BAD_USER_INPUT", "IDEMPOTENCY_KEY_REUSED")
    row = await fetchrow("SELECT id, feed_id, state, file FROM feed_preview")
    assert dict(row or {}) == {
        "id": UUID(first.json()["preview_id"]),
        "feed_id": feed.id,
        "state": "WAITING",
        "file": await fetchval("SELECT id FROM stored_file"),
    }
    assert await FeedRun.all().count() == 0


@pytest.mark.parametrize("query", ["?preview=true&dry_run=true", "?preview=maybe"])
async def test_a_preview_stands_alone(client, feed, bearer, query: str) -> None:
    response = await _push(client, feed.id, bearer, query=query)

    assert _error(response) == (422, "BAD_USER_INPUT", "INVALID_PARAMETER")
    assert await _nothing_written()


async def test_the_same_file_to_be_read_in_another_way_is_work(client, feed, bearer) -> None:
    first = await _push(client, feed.id, bearer)
    await Feed.filter(id=feed.id).update(settings={"decimal": "comma"})
    again = await _push(client, feed.id, bearer)

    assert (first.status_code, again.status_code) == (202, 202)
    assert await FeedRun.all().count() == 2
