"""`GET /v1/feed-runs/{run_id}/report` and `…/fix-file`: what a merchant takes home of a run.

Both are made while they are sent, a piece at a time, and a server makes a few of them at once.
Source: docs/feeds.md, "Reports".
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from http import HTTPStatus
from uuid import UUID
from weakref import WeakKeyDictionary

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from boucle.edge.answers import Code, NotServed, bad_request, unavailable
from boucle.edge.errors import AWAY
from boucle.edge.merchants import bad_parameter, context_of, id_in, refusal_of
from integrations.feeds.fix_file import Said, Writer, writer_of
from integrations.feeds.frames import Frame, Kind, Meta, Unpacking
from resolvers.context import Refused
from resolvers.offers import downloads as resolvers
from resolvers.offers.downloads import Correction, Download, Format

AT_ONCE = 8
_KIND = "FeedRun"
_slots: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


async def feed_run_report(request: Request) -> Response:
    """Every line of a run and what became of it, as CSV or as a JSON object a line."""
    given = _parameters(request, {"format", "locale"})
    chosen = given.get("format", Format.CSV.value).lower()
    if chosen not in {each.value for each in Format}:
        raise bad_parameter("format", " or ".join(Format))
    try:
        context = await context_of(request)
        download = await resolvers.report(
            context, _run_id(request), Format(chosen), given.get("locale", "en")
        )
    except Refused as refused:
        raise refusal_of(refused) from refused
    except AWAY as error:
        raise unavailable("TRY_AGAIN", "Try again in a moment.") from error
    if download is None:
        raise _unknown()
    return _sent(request, download)


async def feed_run_fix_file(request: Request) -> Response:
    """The rejected lines of a run as they came, with what is wrong with each."""
    given = _parameters(request, {"locale"})
    try:
        context = await context_of(request)
        found = await resolvers.correction(context, _run_id(request), given.get("locale", "en"))
    except Refused as refused:
        raise refusal_of(refused) from refused
    except AWAY as error:
        raise unavailable("TRY_AGAIN", "Try again in a moment.") from error
    match found:
        case None:
            raise _unknown()
        case resolvers.NothingToFix():
            message = "No line of this run was rejected."
            raise _missing(HTTPStatus.NOT_FOUND, "NOTHING_TO_FIX", message)
        case resolvers.NotKept():
            message = "The rejected lines of this run are not kept any more."
            raise _missing(HTTPStatus.GONE, "FILE_NOT_KEPT", message)
        case correction:
            return _sent(request, _fix_file(correction))


def _fix_file(correction: Correction) -> Download:
    unpacking = Unpacking()
    meta, *frames = unpacking.feed(correction.first)
    writer = writer_of(Meta.of(meta))
    name = f"fix-{correction.run_id}.{writer.kind.suffix}"
    return Download(name, writer.kind.content_type, _fixed(correction, unpacking, writer, frames))


async def _fixed(
    correction: Correction, unpacking: Unpacking, writer: Writer, frames: Sequence[Frame]
) -> AsyncGenerator[bytes]:
    """The fix file, a stored piece at a time. `frames` are those of the first piece."""
    async with aclosing(correction.pieces()) as pieces:
        async for piece in pieces:
            found = frames if piece is correction.first else unpacking.feed(piece)
            said = [(frame, Said(await _said(correction, frame))) for frame in found]
            yield b"".join(writer.piece(*each) for each in said)
    yield writer.end()


async def _said(correction: Correction, frame: Frame) -> Sequence[tuple[str, str, str]]:
    return await correction.said(frame.line) if frame.kind is Kind.ROW else ()


def _parameters(request: Request, known: set[str]) -> dict[str, str]:
    given = dict(request.query_params)
    if unknown := sorted(set(given) - known):
        raise bad_request("UNKNOWN_PARAMETER", f"There is no parameter {unknown[0][:40]!r}.")
    return given


def _run_id(request: Request) -> UUID:
    found = id_in(request.path_params["run_id"], _KIND)
    if found is None:
        raise _unknown()
    return found


def _sent(request: Request, download: Download) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{download.name}"'}
    if request.method == "HEAD":
        return Response(headers=headers, media_type=download.content_type)
    loop = asyncio.get_running_loop()
    slots = _slots.setdefault(loop, asyncio.Semaphore(AT_ONCE))
    if slots.locked():
        raise unavailable("BUSY", "Many reports are being sent. Try again in a moment.")
    pieces = _within(slots, download.pieces)
    return StreamingResponse(pieces, headers=headers, media_type=download.content_type)


async def _within(slots: asyncio.Semaphore, pieces: AsyncGenerator[bytes]) -> AsyncIterator[bytes]:
    async with slots, aclosing(pieces):
        async for piece in pieces:
            if piece:
                yield piece


def _unknown() -> NotServed:
    return _missing(HTTPStatus.NOT_FOUND, "FEED_RUN_UNKNOWN", "You have no run of this id.")


def _missing(status: HTTPStatus, reason: str, message: str) -> NotServed:
    return NotServed(status, Code.BAD_USER_INPUT, reason, message)
