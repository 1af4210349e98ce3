"""`GET /certificates/keys.json`, `…/{code}.json`, `….pdf`, `….svg`, `POST /certificates/verify`.

Anybody may ask; none of it holds personal data.
Source: docs/certificates.md.
"""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TypeVar
from weakref import WeakKeyDictionary

import orjson
from starlette.requests import Request
from starlette.responses import Response

from boucle.edge.answers import Code, NotServed, answer, unavailable
from boucle.edge.errors import AWAY
from boucle.edge.merchants import refusal_of
from boucle.edge.uploads import not_too_slow
from boucle.pages.site import language_of
from domain.units.certificates.wording import spoken
from integrations.feeds.fetch import FetchFailed
from models.units import certificate_keys
from models.units.certificates import Certificate, verify_url
from resolvers.context import Refused
from resolvers.units import certificates as resolvers
from resolvers.units import papers

T = TypeVar("T")
AT_ONCE = 8
MOST_BYTES = 20 * 1_048_576
_slots: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()

MAX_AGE = 300
_JSON = "application/json"
_SHOWN = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}


async def keys(_request: Request) -> Response:
    """Every key that ever signed, the newest first, with its validity."""
    found = await _asked(certificate_keys.published())
    body = orjson.dumps({"keys": [each.facts() for each in found]})
    headers = {"Cache-Control": f"public, max-age={MAX_AGE}"}
    return Response(body, headers=headers, media_type=_JSON)


async def envelope(request: Request) -> Response:
    """The certificate itself, complete, byte by byte as it is verified."""
    row = await _row(request)
    text = await _asked(resolvers.file(row))
    named = {
        "Content-Disposition": f'inline; filename="certificate-{row.code}.json"',
        "Cache-Control": "public, max-age=31536000, immutable",
        "ETag": f'"{row.sha256}"',
    }
    return Response(text, headers=named, media_type=_JSON)


async def paper(request: Request) -> Response:
    """The certificate as a PDF in the reader's language, a view of it as it stands now."""
    try:
        code, today = request.path_params["code"], datetime.now(UTC).date()
        made = await _asked(papers.printed(code, language_of(request), today))
    except papers.Busy as error:
        raise unavailable("BUSY", "Many certificates are being printed. Try again.") from error
    if made is None:
        raise _unknown()
    named = {"Content-Disposition": f'attachment; filename="{made.name}"'}
    return Response(made.data, headers=_SHOWN | named, media_type=made.media_type)


async def verify(request: Request) -> Response:
    """Check the file in the body, step by step: 200 whether it holds or not."""
    slots = _slots.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE))
    if slots.locked():
        raise unavailable("BUSY", "Many certificates are being verified. Try again.")
    async with slots:
        found = await _asked(resolvers.verify_file(await _body(request)))
    language = language_of(request)
    steps = [
        {
            "check": step.check,
            "outcome": step.outcome,
            "reason": step.reason,
            "message": spoken(step, language),
        }
        for step in found.verification.steps
    ]
    state = found.row.state if found.row else None
    return answer({"holds": found.verification.holds, "state": state, "steps": steps})


async def _body(request: Request) -> bytes:
    pieces, size = [], 0
    try:
        async for piece in not_too_slow(request.stream()):
            size += len(piece)
            if size > MOST_BYTES:
                message = f"A certificate has at most {MOST_BYTES:,} bytes."
                raise _refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "BODY_TOO_LARGE", message)
            pieces.append(piece)
    except FetchFailed as failed:
        message = "The body came too slowly."
        raise _refused(HTTPStatus.REQUEST_TIMEOUT, "BODY_TOO_SLOW", message) from failed
    return b"".join(pieces)


def _refused(status: HTTPStatus, reason: str, message: str) -> NotServed:
    headers = {"Connection": "close"}
    return NotServed(status, Code.BAD_REQUEST, reason, message, headers=headers)


async def qr(request: Request) -> Response:
    """A QR code of the address at which the certificate is verified."""
    from integrations.papers import qr_svg  # noqa: PLC0415  # what prints is large

    row = await _row(request)
    svg = qr_svg(verify_url(row.code))
    cached = {"Cache-Control": f"public, max-age={MAX_AGE}"}
    return Response(svg, headers=_SHOWN | cached, media_type="image/svg+xml")


async def _row(request: Request) -> Certificate:
    row = await _asked(resolvers.by_code(request.path_params["code"]))
    if row is None:
        raise _unknown()
    return row


async def _asked(work: Awaitable[T]) -> T:
    try:
        return await work
    except Refused as refused:
        raise refusal_of(refused) from refused
    except AWAY as error:
        raise unavailable("TRY_AGAIN", "Try again in a moment.") from error


def _unknown() -> NotServed:
    message = "There is no certificate of this code."
    return NotServed(HTTPStatus.NOT_FOUND, Code.BAD_USER_INPUT, "CERTIFICATE_UNKNOWN", message)
