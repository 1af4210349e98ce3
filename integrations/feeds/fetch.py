"""Brings a feed onto our disk, from an address of the merchant's or from an upload.

A download asks only for what changed, follows few redirects and gives its credentials to nobody but
the host they were made for. A refused address has no code of its own in the closed list of file
codes: to the merchant it is `NOT_FOUND` with the detail "address refused".
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path
from typing import Final

import aiohttp
from yarl import URL

from domain.offers.lines import FileCode
from integrations.feeds.body import PIECE, Body, FetchFailed, Limits, Stored
from integrations.http import AddressRefused, Outbound, Unavailable, parse_url, refusal

__all__ = [
    "Auth",
    "Basic",
    "Bearer",
    "FetchFailed",
    "Fetched",
    "Limits",
    "NotChanged",
    "Proof",
    "QueryKey",
    "Source",
    "fetch",
    "receive",
]

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
CODES: Final = {
    401: FileCode.AUTH_FAILED,
    403: FileCode.AUTH_FAILED,
    407: FileCode.AUTH_FAILED,
    204: FileCode.FEED_EMPTY,
    205: FileCode.FEED_EMPTY,
    206: FileCode.FEED_TRUNCATED,
}
MISMATCH: Final = "the transfer ended early or did not match its length"
LATER: Final = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Basic:
    """HTTP Basic authentication."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Bearer:
    """A bearer token."""

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class QueryKey:
    """A secret in the query of the URL."""

    name: str
    value: str = field(repr=False)


Auth = Basic | Bearer | QueryKey


@dataclass(frozen=True, slots=True)
class Source:
    """Where a feed is, and what the last run knew of it. Validators are kept verbatim."""

    url: str
    etag: str | None = None
    last_modified: str | None = None
    body_sha256: str | None = None
    auth: Auth | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole feed file on disk; `bytes` and `sha256` are of the file as inflated."""

    path: Path
    sha256: str
    bytes: int
    etag: str | None = None
    last_modified: str | None = None
    file_time: datetime | None = None
    content_type: str | None = None
    charset: str | None = None


class Proof(StrEnum):
    """How we know that a feed did not change; `NOT_READY` is a file that may still be written."""

    NOT_MODIFIED = "NOT_MODIFIED"
    SAME_BODY = "SAME_BODY"
    NOT_READY = "NOT_READY"


@dataclass(frozen=True, slots=True)
class NotChanged:
    """There is no work; the validators are the ones to send next time."""

    proof: Proof
    etag: str | None
    last_modified: str | None


async def fetch(
    session: Outbound, source: Source, into: Path, limits: Limits
) -> Fetched | NotChanged:
    """Download a feed into the file `into`, unless it is the one of the last run.

    Raises: FetchFailed with the code of the run; Unavailable when another try may succeed.
    Source: RFC 9110, "Conditional Requests".
    """
    try:
        async with asyncio.timeout(limits.total_seconds):
            return await _follow(session, source, into, limits)
    except AddressRefused as error:
        raise _refused(error) from error
    except aiohttp.ConnectionTimeoutError as error:
        raise Unavailable("no connection in time") from error
    except TimeoutError as error:
        raise FetchFailed(FileCode.TIMEOUT, "the download took too long") from error
    except aiohttp.ClientResponseError as error:
        raise FetchFailed(FileCode.FEED_TRUNCATED, MISMATCH) from error
    except aiohttp.ClientError as error:
        if refused := refusal(error):
            raise _refused(refused) from error
        raise Unavailable(type(error).__name__) from error


async def receive(
    stream: AsyncIterator[bytes], content_encoding: str | None, into: Path, limits: Limits
) -> Fetched:
    """Store an uploaded body under the same limits and the same hash as a download.

    Raises: FetchFailed.
    """
    try:
        async with asyncio.timeout(limits.total_seconds):
            stored = await _store(stream, content_encoding, into, limits)
    except TimeoutError as error:
        raise FetchFailed(FileCode.TIMEOUT, "the upload took too long") from error
    return Fetched(stored.path, stored.sha256, stored.bytes)


async def _follow(
    session: Outbound, source: Source, into: Path, limits: Limits
) -> Fetched | NotChanged:
    first = url = parse_url(source.url)
    timeout = aiohttp.ClientTimeout(
        total=None, sock_connect=limits.connect_seconds, sock_read=limits.silence_seconds
    )
    for _ in range(limits.redirects + 1):
        session.guard.check(url)
        trusted = _same_party(first, url)
        async with session.client.get(
            _keyed(url, source) if trusted else url,
            headers=_headers(source, trusted=trusted),
            timeout=timeout,
            allow_redirects=False,
        ) as response:
            if response.status not in REDIRECTS:
                return await _take(response, source, into, limits)
            url = _next(url, response)
    raise FetchFailed(FileCode.NOT_FOUND, f"more than {limits.redirects} redirects")


async def _take(
    response: aiohttp.ClientResponse, source: Source, into: Path, limits: Limits
) -> Fetched | NotChanged:
    etag = response.headers.get("ETag")
    last_modified = response.headers.get("Last-Modified")
    if response.status == HTTPStatus.NOT_MODIFIED and (source.etag or source.last_modified):
        return NotChanged(
            Proof.NOT_MODIFIED, etag or source.etag, last_modified or source.last_modified
        )
    _expect_file(response.status)
    if (response.content_length or 0) > limits.stored_bytes:
        raise FetchFailed(FileCode.FEED_TOO_LARGE, f"over {limits.stored_bytes} bytes")
    stored = await _download(response, into, limits)
    if stored.sha256 == source.body_sha256:
        await asyncio.to_thread(stored.path.unlink)
        return NotChanged(Proof.SAME_BODY, etag, last_modified)
    return Fetched(
        stored.path,
        stored.sha256,
        stored.bytes,
        etag=etag,
        last_modified=last_modified,
        file_time=_time(last_modified),
        content_type=response.content_type if "Content-Type" in response.headers else None,
        charset=response.charset,
    )


async def _download(response: aiohttp.ClientResponse, into: Path, limits: Limits) -> Stored:
    encoding = response.headers.get("Content-Encoding")
    try:
        return await _store(_pieces(response), encoding, into, limits)
    except TimeoutError:
        raise
    except aiohttp.ClientError as error:
        raise FetchFailed(FileCode.FEED_TRUNCATED, MISMATCH) from error


async def _pieces(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """The body; what a server sends beyond its declared length shows as a fault of the protocol."""
    protocol = response.connection.protocol if response.connection else None
    async for piece in response.content.iter_chunked(PIECE):
        yield piece
        if protocol is not None and protocol.exception() is not None:
            raise FetchFailed(FileCode.FEED_TRUNCATED, MISMATCH)


async def _store(
    stream: AsyncIterator[bytes], content_encoding: str | None, into: Path, limits: Limits
) -> Stored:
    body = Body(into, content_encoding, limits)
    try:
        async for piece in stream:
            await asyncio.to_thread(body.write, piece)
        return await asyncio.to_thread(body.finish)
    finally:
        body.close()


def _expect_file(status: int) -> None:
    if status == HTTPStatus.OK:
        return
    if status in LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise Unavailable(f"status {status}")
    raise FetchFailed(CODES.get(status, FileCode.NOT_FOUND), f"status {status}")


def _refused(error: AddressRefused) -> FetchFailed:
    return FetchFailed(FileCode.NOT_FOUND, f"address refused: {error}")


def _next(url: URL, response: aiohttp.ClientResponse) -> URL:
    if not (location := response.headers.get("Location")):
        raise FetchFailed(FileCode.NOT_FOUND, "a redirect to nowhere")
    return url.join(parse_url(location))


def _same_party(first: URL, url: URL) -> bool:
    """Whether credentials may go along: same host and port, or its move from http to https."""
    if (first.scheme, first.host, first.port) == (url.scheme, url.host, url.port):
        return True
    moved = (first.scheme, first.port, url.scheme, url.port) == ("http", 80, "https", 443)
    return moved and first.host == url.host


def _keyed(url: URL, source: Source) -> URL:
    if isinstance(source.auth, QueryKey):
        return url.update_query({source.auth.name: source.auth.value})
    return url


def _headers(source: Source, *, trusted: bool) -> dict[str, str]:
    headers = {"Accept-Encoding": "gzip"}
    if source.etag:
        headers["If-None-Match"] = source.etag
    if source.last_modified:
        headers["If-Modified-Since"] = source.last_modified
    if trusted and (value := _authorization(source.auth)) is not None:
        headers["Authorization"] = value
    return headers


def _authorization(auth: Auth | None) -> str | None:
    match auth:
        case Basic(user, password):
            sendable = ":" not in user
            value = aiohttp.encode_basic_auth(user, password) if sendable else ""
        case Bearer(token):
            sendable, value = token.isprintable(), f"Bearer {token}"
        case QueryKey() | None:
            return None
    if not sendable:
        raise FetchFailed(FileCode.AUTH_FAILED, "the credentials cannot be sent")
    return value


def _time(last_modified: str | None) -> datetime | None:
    try:
        time = parsedate_to_datetime(last_modified or "")
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
