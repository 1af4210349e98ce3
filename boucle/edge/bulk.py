"""The files of bulk operations: `POST /v1/bulk/files` stages one, `GET /v1/bulk/{id}/result` reads.

Source: docs/api.md, "Bulk".
"""

import asyncio
import base64
import gzip
import tempfile
import zlib
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from boucle.edge.answers import Code, NotServed, answer, unavailable
from boucle.edge.errors import AWAY
from boucle.edge.graphql import authorization
from boucle.edge.heads import address_of
from boucle.edge.merchants import refusal_of
from boucle.edge.uploads import LIMITS, encoding_of, file_refused, file_sent
from domain.partners.bulk import MOST_LINES
from integrations.feeds.fetch import FetchFailed, receive
from resolvers.accounts import caller_of
from resolvers.context import Context, Refused
from resolvers.partners import bulk

JSONL = "application/x-ndjson"
MOST_READERS: Final = 4
_PIECE = 1024 * 1024
_reading: Counter[UUID] = Counter()


async def stage_file(request: Request) -> Response:
    """Keep a file of variables; 201 with its id, its lines and its bytes."""
    try:
        merchant_id = bulk.stager(await _context(request))
        encoding = encoding_of(request)
        with tempfile.TemporaryDirectory(prefix="boucle-bulk-") as folder:
            pieces = file_sent(request, encoding)
            got = await receive(pieces, encoding or None, Path(folder) / "lines", LIMITS)
            lines = await asyncio.to_thread(_lines_of, got.path)
            if lines > MOST_LINES:
                raise _too_many_lines(lines)
            file_id = await bulk.stage(merchant_id, got.path, got.sha256, lines)
    except Refused as refused:
        raise refusal_of(refused) from refused
    except FetchFailed as failed:
        raise file_refused(failed) from failed
    except AWAY as error:
        raise unavailable("TRY_AGAIN", "Try again in a moment.") from error
    body = {"file_id": str(file_id), "lines": lines, "bytes": got.bytes}
    return answer(body, HTTPStatus.CREATED)


async def read_result(request: Request) -> Response:
    """The answers so far, JSON lines; gzip where the client takes it."""
    try:
        context = await _context(request)
        bulk_id = _id(request.path_params["id"])
        of = await bulk.readable(context, bulk_id) if bulk_id else None
    except Refused as refused:
        raise refusal_of(refused) from refused
    except AWAY as error:
        raise unavailable("TRY_AGAIN", "Try again in a moment.") from error
    if of is None:
        message = "You have no bulk operation of this id."
        reason = "BULK_OPERATION_UNKNOWN"
        raise NotServed(HTTPStatus.NOT_FOUND, Code.BAD_USER_INPUT, reason, message)
    if _reading[of.merchant_id] >= MOST_READERS:
        raise _too_many_readers()
    packed = _takes_gzip(request.headers.get("accept-encoding", ""))
    parts = _read(of.merchant_id, bulk.answers(context, of))
    headers = {
        "Content-Disposition": f'attachment; filename="bulk-{of.id}.jsonl"',
        "Vary": "Accept-Encoding, Authorization",
        "X-Bulk-State": of.state.value,
    } | ({"Content-Encoding": "gzip"} if packed else {})
    body = _one_archive(parts) if packed else _inflated(parts)
    return StreamingResponse(body, media_type=JSONL, headers=headers)


async def _context(request: Request) -> Context:
    caller = await caller_of(authorization(request), address_of(request.scope))
    return Context(caller, request.scope.get("request_id", ""))


def _lines_of(path: Path) -> int:
    """The lines of a file; the last one may lack its end."""
    lines, last = 0, b"\n"
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            lines += piece.count(b"\n")
            last = piece[-1:]
    return lines + (last != b"\n")


def _id(text: str) -> UUID | None:
    """The operation's id as the schema writes it, or the bare UUID; None for any other text."""
    try:
        if len(text) == 36:
            return UUID(text)
        kind, _, bare = base64.b64decode(text, validate=True).decode().partition(":")
        return UUID(bare) if kind == "BulkOperation" else None
    except ValueError:
        return None


@contextmanager
def _counted(merchant_id: UUID) -> Generator[None]:
    _reading[merchant_id] += 1
    try:
        yield
    finally:
        _reading[merchant_id] -= 1
        if not _reading[merchant_id]:
            del _reading[merchant_id]


async def _read(merchant_id: UUID, chunks: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    """The chunks, counted as one reader of its merchant from the first to the last."""
    with _counted(merchant_id):
        async for chunk in chunks:
            yield chunk


async def _inflated(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    async for chunk in chunks:
        yield await asyncio.to_thread(gzip.decompress, chunk)


async def _one_archive(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    """One gzip archive: of several, one after another, some clients read the first alone."""
    packer = zlib.compressobj(1, wbits=31)
    async for chunk in chunks:
        text = await asyncio.to_thread(gzip.decompress, chunk)
        yield await asyncio.to_thread(packer.compress, text)
    yield packer.flush()


def _takes_gzip(header: str) -> bool:
    for part in header.lower().split(","):
        name, _, rest = part.strip().partition(";")
        if name.strip() in {"gzip", "*"}:
            return rest.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def _too_many_lines(lines: int) -> NotServed:
    return NotServed(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        Code.BAD_USER_INPUT,
        "TOO_MANY_LINES",
        f"The file has {lines:,} lines; {MOST_LINES:,} is the most.",
    )


def _too_many_readers() -> NotServed:
    return NotServed(
        HTTPStatus.TOO_MANY_REQUESTS,
        Code.RATE_LIMITED,
        "TOO_MANY_AT_ONCE",
        f"You read {MOST_READERS} results already. Wait for one to end.",
        headers={"Retry-After": "1"},
        retryAfter=1,
    )
