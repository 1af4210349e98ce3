"""Fetching a feed: what arrives on disk, what is refused, and with which code."""

import asyncio
import gzip
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from domain.offers.lines import FileCode
from integrations.feeds.fetch import (
    Basic,
    Bearer,
    Fetched,
    FetchFailed,
    Limits,
    NotChanged,
    Proof,
    QueryKey,
    Source,
    fetch,
    receive,
)
from integrations.http import Unavailable, outbound
from tests.integrations.servers import names_in, raw

CSV = b"sku;price\n" + b"".join(b"A-%d;%d.90\n" % (n, n * 7 % 900) for n in range(5000))
SHA = hashlib.sha256(CSV).hexdigest()
MODIFIED = "Mon, 04 May 2026 10:00:00 GMT"
LIMITS = Limits(total_seconds=5)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """A local server of one handler; gives its URL."""
    app = web.Application()
    app.router.add_get("/{path:.*}", handler)
    async with TestServer(app) as server:
        yield str(server.make_url("/feed.csv"))


async def get(
    url: str, into: Path, limits: Limits = LIMITS, source: Source | None = None
) -> Fetched | NotChanged:
    """Fetch from a local server that is named to the guard."""
    place = url.split("/")[2]
    async with outbound([place]) as session:
        return await fetch(session, source or Source(url), into / "body", limits)


async def failing(url: str, into: Path, limits: Limits = LIMITS) -> FileCode:
    """The code that a fetch ends with, after seeing that it left no file."""
    with pytest.raises(FetchFailed) as caught:
        await get(url, into, limits)
    assert names_in(into) == []
    return caught.value.code


def body(content: bytes, **headers: str) -> Handler:
    """A handler that answers with these bytes."""

    async def handle(_: web.Request) -> web.Response:
        return web.Response(body=content, headers=headers)

    return handle


async def test_a_feed_arrives_whole_with_its_hash_time_and_charset(tmp_path: Path) -> None:
    headers = {
        "ETag": 'W/"v 1"',
        "Last-Modified": MODIFIED,
        "Content-Type": "text/csv; charset=cp1252",
    }
    async with serving(body(CSV, **headers)) as url:
        got = await get(url, tmp_path)

    assert got == Fetched(
        path=tmp_path / "body",
        sha256=SHA,
        bytes=len(CSV),
        etag='W/"v 1"',
        last_modified=MODIFIED,
        file_time=datetime(2026, 5, 4, 10, tzinfo=UTC),
        content_type="text/csv",
        charset="cp1252",
    )
    assert (tmp_path / "body").read_bytes() == CSV


async def test_validators_go_back_verbatim_and_304_is_no_work(tmp_path: Path) -> None:
    seen: list[tuple[str | None, str | None]] = []

    async def handle(request: web.Request) -> web.Response:
        headers = request.headers
        seen.append((headers.get("If-None-Match"), headers.get("If-Modified-Since")))
        return web.Response(status=304)

    async with serving(handle) as url:
        source = Source(url, etag='W/"v 1"', last_modified="yesterday, about noon")
        got = await get(url, tmp_path, source=source)

    assert seen == [('W/"v 1"', "yesterday, about noon")]
    assert got == NotChanged(Proof.NOT_MODIFIED, 'W/"v 1"', "yesterday, about noon")
    assert names_in(tmp_path) == []


async def test_304_that_was_not_asked_for_is_a_fault_of_the_server(tmp_path: Path) -> None:
    async def handle(_: web.Request) -> web.Response:
        return web.Response(status=304)

    async with serving(handle) as url:
        assert await failing(url, tmp_path) is FileCode.NOT_FOUND


async def test_the_same_body_is_no_work_however_it_is_compressed(tmp_path: Path) -> None:
    async with serving(body(gzip.compress(CSV), ETag='"new"')) as url:
        got = await get(url, tmp_path, source=Source(url, body_sha256=SHA))

    assert got == NotChanged(Proof.SAME_BODY, '"new"', None)
    assert names_in(tmp_path) == []


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        pytest.param(gzip.compress(CSV), {"Content-Encoding": "gzip"}, id="by its encoding"),
        pytest.param(gzip.compress(CSV), {}, id="by its first bytes"),
        pytest.param(gzip.compress(CSV) + bytes(512), {}, id="padded with zeros"),
    ],
)
async def test_a_compressed_feed_is_stored_inflated(
    tmp_path: Path, content: bytes, headers: dict[str, str]
) -> None:
    async with serving(body(content, **headers)) as url:
        got = await get(url, tmp_path)

    assert isinstance(got, Fetched)
    assert (got.sha256, got.bytes) == (SHA, len(CSV))


WRONG_CRC = gzip.compress(CSV)[:-8] + b"\0\0\0\0" + gzip.compress(CSV)[-4:]
BOMB = gzip.compress(bytes(8 * 1024 * 1024))


@pytest.mark.parametrize(
    ("content", "headers", "limits", "code"),
    [
        pytest.param(b"", {}, LIMITS, FileCode.FEED_EMPTY, id="nothing"),
        pytest.param(gzip.compress(b""), {}, LIMITS, FileCode.FEED_EMPTY, id="nothing, compressed"),
        pytest.param(BOMB, {}, LIMITS, FileCode.ARCHIVE_BOMB, id="bomb"),
        pytest.param(WRONG_CRC, {}, LIMITS, FileCode.FEED_TRUNCATED, id="wrong checksum"),
        pytest.param(gzip.compress(CSV)[:-9], {}, LIMITS, FileCode.FEED_TRUNCATED, id="cut inside"),
        pytest.param(gzip.compress(CSV) * 2, {}, LIMITS, FileCode.FORMAT_UNKNOWN, id="two members"),
        pytest.param(
            gzip.compress(gzip.compress(CSV)), {}, LIMITS, FileCode.FORMAT_UNKNOWN, id="nested"
        ),
        pytest.param(
            CSV, {"Content-Encoding": "br"}, LIMITS, FileCode.FORMAT_UNKNOWN, id="not asked for"
        ),
        pytest.param(
            CSV, {"Content-Encoding": "gzip"}, LIMITS, FileCode.FORMAT_UNKNOWN, id="not gzip at all"
        ),
        pytest.param(
            CSV, {}, Limits(stored_bytes=len(CSV) - 1), FileCode.FEED_TOO_LARGE, id="too large"
        ),
        pytest.param(
            gzip.compress(CSV),
            {},
            Limits(stored_bytes=len(CSV) - 1),
            FileCode.FEED_TOO_LARGE,
            id="too large inflated",
        ),
        pytest.param(
            gzip.compress(CSV),
            {},
            Limits(received_bytes=1000),
            FileCode.FEED_TOO_LARGE,
            id="too large compressed",
        ),
    ],
)
async def test_a_bad_body_fails_with_its_code_and_leaves_no_file(
    tmp_path: Path, content: bytes, headers: dict[str, str], limits: Limits, code: FileCode
) -> None:
    async with serving(body(content, **headers)) as url:
        assert await failing(url, tmp_path, limits) is code


async def test_a_body_at_the_limit_is_taken(tmp_path: Path) -> None:
    async with serving(body(CSV)) as url:
        got = await get(url, tmp_path, Limits(stored_bytes=len(CSV)))

    assert isinstance(got, Fetched)


async def test_an_uploaded_bomb_leaves_no_file(tmp_path: Path) -> None:
    async def stream() -> AsyncIterator[bytes]:
        yield gzip.compress(bytes(64 * 1024 * 1024))

    with pytest.raises(FetchFailed) as caught:
        await receive(stream(), "gzip", tmp_path / "body", LIMITS)

    assert caught.value.code is FileCode.ARCHIVE_BOMB
    assert names_in(tmp_path) == []


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, FileCode.AUTH_FAILED),
        (403, FileCode.AUTH_FAILED),
        (404, FileCode.NOT_FOUND),
        (410, FileCode.NOT_FOUND),
        (400, FileCode.NOT_FOUND),
        (204, FileCode.FEED_EMPTY),
        (206, FileCode.FEED_TRUNCATED),
        (302, FileCode.NOT_FOUND),
    ],
)
async def test_a_status_becomes_a_code(tmp_path: Path, status: int, code: FileCode) -> None:
    async def handle(_: web.Request) -> web.Response:
        return web.Response(status=status)

    async with serving(handle) as url:
        assert await failing(url, tmp_path) is code


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
async def test_a_server_in_trouble_is_tried_again_later(tmp_path: Path, status: int) -> None:
    async def handle(_: web.Request) -> web.Response:
        return web.Response(status=status)

    async with serving(handle) as url:
        with pytest.raises(Unavailable):
            await get(url, tmp_path)


@pytest.mark.parametrize("pause", [0, 0.05])
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"Content-Length: 400\r\n\r\nsku;price\n", id="shorter than its length"),
        pytest.param(b"Content-Length: 10\r\n\r\nsku;price\nA;1\n", id="longer than its length"),
        pytest.param(b"Transfer-Encoding: chunked\r\n\r\na\r\nsku;price\n\r\n", id="no last chunk"),
    ],
)
async def test_a_length_that_does_not_hold_is_a_truncated_feed(
    tmp_path: Path, answer: bytes, pause: float
) -> None:
    async with raw(b"HTTP/1.1 200 OK\r\n" + answer, pause) as url:
        assert await failing(url, tmp_path) is FileCode.FEED_TRUNCATED


@pytest.mark.parametrize(
    "limits",
    [
        pytest.param(Limits(total_seconds=0.2), id="too slow as a whole"),
        pytest.param(Limits(silence_seconds=0.05), id="silent for too long"),
    ],
)
async def test_a_slow_download_ends(tmp_path: Path, limits: Limits) -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(20):
            await response.write(b"A")
            await asyncio.sleep(0.1)
        return response

    async with serving(drip) as url:
        assert await failing(url, tmp_path, limits) is FileCode.TIMEOUT


@pytest.mark.parametrize(("hops", "arrives"), [(3, True), (4, False)])
async def test_three_redirects_are_followed_and_no_more(
    tmp_path: Path, hops: int, arrives: bool
) -> None:
    async def handle(request: web.Request) -> web.Response:
        done = int(request.query.get("done", "0"))
        if done < hops:
            raise web.HTTPFound(f"?done={done + 1}")
        return web.Response(body=CSV)

    async with serving(handle) as url:
        if arrives:
            assert isinstance(await get(url, tmp_path), Fetched)
        else:
            assert await failing(url, tmp_path) is FileCode.NOT_FOUND


@pytest.mark.parametrize(
    ("auth", "sent"),
    [
        (Basic("shop", "pâss"), ("Basic c2hvcDpww6Jzcw==", "")),
        (Bearer("t0ken"), ("Bearer t0ken", "")),
        (QueryKey("key", "s3cret"), (None, "key=s3cret")),
    ],
)
async def test_credentials_stay_with_the_host_they_were_made_for(
    tmp_path: Path, auth: Basic | Bearer | QueryKey, sent: tuple[str | None, str]
) -> None:
    seen: list[tuple[str | None, str]] = []

    def note(request: web.Request) -> None:
        seen.append((request.headers.get("Authorization"), request.query_string))

    async def elsewhere(request: web.Request) -> web.Response:
        note(request)
        return web.Response(body=CSV)

    async with serving(elsewhere) as other:

        async def handle(request: web.Request) -> web.Response:
            note(request)
            raise web.HTTPFound("/second" if request.path == "/feed.csv" else other)

        async with serving(handle) as url:
            places = [url.split("/")[2], other.split("/")[2]]
            async with outbound(places) as session:
                await fetch(session, Source(url, auth=auth), tmp_path / "body", LIMITS)

    assert seen == [sent, sent, (None, "")]
    assert "s3cret" not in repr(auth)
    assert "pâss" not in repr(auth)
    assert "t0ken" not in repr(auth)


@pytest.mark.parametrize("auth", [Basic("a:b", "c"), Bearer("x\r\nHost: elsewhere")])
async def test_credentials_that_would_break_a_header_are_not_sent(
    tmp_path: Path, auth: Basic | Bearer
) -> None:
    async with serving(body(CSV)) as url:
        with pytest.raises(FetchFailed) as caught:
            await get(url, tmp_path, source=Source(url, auth=auth))

    assert caught.value.code is FileCode.AUTH_FAILED


async def test_an_upload_meets_the_same_limits_and_gets_the_same_hash(tmp_path: Path) -> None:
    async def stream() -> AsyncIterator[bytes]:
        content = gzip.compress(CSV)
        for start in range(0, len(content), 1):
            yield content[start : start + 1]

    got = await receive(stream(), None, tmp_path / "body", LIMITS)

    assert (got.sha256, got.bytes, got.etag, got.file_time) == (SHA, len(CSV), None, None)
    with pytest.raises(FetchFailed) as caught:
        await receive(stream(), "gzip", tmp_path / "other", Limits(stored_bytes=100))
    assert caught.value.code is FileCode.FEED_TOO_LARGE
    assert names_in(tmp_path) == ["body"]
