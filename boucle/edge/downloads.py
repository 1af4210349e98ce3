"""`GET /v1/feed-runs/{run_id}/report` and `…/fix-file`: what a merchant takes home of a run.

`GET /v1/fleet-imports/{run_id}/report` and `…/fix-file`: an organisation of an
import. All are made while they are sent, a piece at a time; a server makes a few of them at once.
Source: docs/feeds.md, "Reports"; docs/fleets.md, "Reports".
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from boucle.edge.answers import Code, NotServed, bad_request, unavailable
from boucle.edge.errors import AWAY
from boucle.edge.merchants import bad_parameter, context_of, id_in, refusal_of
from integrations.feeds.fix_file import Said, Writer, writer_of
from integrations.feeds.frames import Frame, Kind, Meta, Unpacking
from resolvers.context import Context, Refused
from resolvers.offers import downloads as resolvers
from resolvers.offers.downloads import Correction, Download, Format
from resolvers.raas import downloads as fleets
from resolvers.raas.downloads import FleetCorrection

AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Kinds:
    """What is taken home: the type of its id, its word for people, the code where it is not."""

    type_name: str
    word: str
    unknown: str


_FEED = Kinds("FeedRun", "run", "FEED_RUN_UNKNOWN")
_FLEET = Kinds("FleetImport", "import", "FLEET_IMPORT_UNKNOWN")
_slots: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


Report = Callable[[Context, UUID, Format, str], Awaitable[Download | None]]
Correct = Callable[[Context, UUID, str], Awaitable[Any]]


async def feed_run_report(request: Request) -> Response:
    """Every line of a run and what became of it, as CSV or as a JSON object a line."""
    return await _report(request, resolvers.report, _FEED)


async def feed_run_fix_file(request: Request) -> Response:
    """The rejected lines of a run as they came, with what is wrong with each."""
    return await _correction(request, resolvers.correction, _FEED)


async def fleet_import_report(request: Request) -> Response:
    """Every line of an import of a fleet and what became of it."""
    return await _report(request, fleets.report, _FLEET)


async def fleet_import_fix_file(request: Request) -> Response:
    """The lines of an import to correct as they came, with what is wrong with each."""
    return await _correction(request, fleets.correction, _FLEET)


async def _report(request: Request, report: Report, kind: Kinds) -> Response:
    given = _parameters(request, {"format", "locale"})
    chosen = given.get("format", Format.CSV.value).lower()
    if chosen not in {each.value for each in Format}:
        raise bad_parameter("format", " or ".join(Format))
    try:
        context, locale = await context_of(request), given.get("locale", "en")
        download = await report(context, _run_id(request, kind), Format(chosen), locale)
    except Refused as refused:
        raise refusal_of(refused) from refused
    except AWAY as error:
        raise unavailable("TRY_AGAIN", "Try again in a moment.") from error
    if download is None:
        raise _unknown(kind)
    return _sent(request, download)


async def _correction(request: Request, correct: Correct, kind: Kinds) -> Response:
    given = _parameters(request, {"locale"})
    try:
        context = await context_of(request)
        found = await correct(context, _run_id(request, kind), given.get("locale", "en"))
    except Refused as refused:
        raise refusal_of(refused) from refused
    except AWAY as error:
        raise unavailable("TRY_AGAIN", "Try again in a moment.") from error
    match found:
        case None:
            raise _unknown(kind)
        case resolvers.NothingToFix():
            message = f"No line of this {kind.word} was rejected."
            raise _missing(HTTPStatus.NOT_FOUND, "NOTHING_TO_FIX", message)
        case resolvers.NotKept():
            message = f"The rejected lines of this {kind.word} are not kept any more."
            raise _missing(HTTPStatus.GONE, "FILE_NOT_KEPT", message)
        case correction:
            return _sent(request, _fix_file(correction))


def _fix_file(correction: Correction | FleetCorrection) -> Download:
    unpacking = Unpacking()
    meta, *frames = unpacking.feed(correction.first)
    writer = writer_of(Meta.of(meta))
    name = f"fix-{correction.run_id}.{writer.kind.suffix}"
    return Download(name, writer.kind.content_type, _fixed(correction, unpacking, writer, frames))


async def _fixed(
    correction: Correction | FleetCorrection,
    unpacking: Unpacking,
    writer: Writer,
    frames: Sequence[Frame],
) -> AsyncGenerator[bytes]:
    """The fix file, a stored piece at a time. `frames` are those of the first piece."""
    async with aclosing(correction.pieces()) as pieces:
        async for piece in pieces:
            found = frames if piece is correction.first else unpacking.feed(piece)
            said = [(frame, Said(await _said(correction, frame))) for frame in found]
            yield b"".join(writer.piece(*each) for each in said)
    yield writer.end()


async def _said(
    correction: Correction | FleetCorrection, frame: Frame
) -> Sequence[tuple[str, str, str]]:
    return await correction.said(frame.line) if frame.kind is Kind.ROW else ()


def _parameters(request: Request, known: set[str]) -> dict[str, str]:
    given = dict(request.query_params)
    if unknown := sorted(set(given) - known):
        raise bad_request("UNKNOWN_PARAMETER", f"There is no parameter {unknown[0][:40]!r}.")
    return given


def _run_id(request: Request, kind: Kinds) -> UUID:
    found = id_in(request.path_params["run_id"], kind.type_name)
    if found is None:
        raise _unknown(kind)
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


def _unknown(kind: Kinds) -> NotServed:
    message = f"You have no {kind.word} of this id."
    return _missing(HTTPStatus.NOT_FOUND, kind.unknown, message)


def _missing(status: HTTPStatus, reason: str, message: str) -> NotServed:
    return NotServed(status, Code.BAD_USER_INPUT, reason, message)
