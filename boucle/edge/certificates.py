"""`GET /certificates/keys.json`, `…/{code}.json`, `….pdf`, `….svg`: what verifies without us.

Anybody may ask; none of it holds personal data. Source: docs/certificates.md.
"""

from collections.abc import Awaitable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TypeVar

import orjson
from starlette.requests import Request
from starlette.responses import Response

from boucle.edge.answers import Code, NotServed, unavailable
from boucle.edge.errors import AWAY
from boucle.edge.merchants import refusal_of
from boucle.pages.site import language_of
from models.units import certificate_keys
from models.units.certificates import Certificate, verify_url
from resolvers.context import Refused
from resolvers.units import certificates as resolvers
from resolvers.units import papers

T = TypeVar("T")

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
