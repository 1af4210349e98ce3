"""`GET /documents/{token}`: one document, for whoever has its address, until its time is over.

Source: docs/certificates.md, "Documents".
"""

from datetime import UTC, datetime
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from boucle.edge.answers import Code, NotServed, unavailable
from boucle.edge.errors import AWAY
from resolvers.units import documents
from resolvers.units.documents import Document, Ended
from resolvers.units.papers import Busy

_LONGEST = 1024
SHUT = "default-src 'none'; sandbox"


async def read_document(request: Request) -> Response:
    """The document, never shown as a page: 410 after its time, 404 for what is no address."""
    token = request.path_params["token"]
    found = documents.opened(request.app.state.seal, token, datetime.now(UTC))
    if len(token) > _LONGEST or found is None:
        raise _missing(HTTPStatus.NOT_FOUND, "DOCUMENT_UNKNOWN", "There is no such document.")
    if isinstance(found, Ended):
        message = "This address has ended. Ask for a new one."
        raise _missing(HTTPStatus.GONE, "DOCUMENT_LINK_EXPIRED", message)
    try:
        made = await documents.made(found)
    except Busy as error:
        raise unavailable("BUSY", "Many documents are being printed. Try again.") from error
    except AWAY as error:
        raise unavailable("TRY_AGAIN", "Try again in a moment.") from error
    if made is None:
        raise _missing(HTTPStatus.NOT_FOUND, "DOCUMENT_UNKNOWN", "There is no such document.")
    return sent(made)


def sent(made: Document) -> Response:
    """A document as an attachment that no browser shows or runs."""
    headers = {
        "Content-Disposition": f'attachment; filename="{made.name}"',
        "Content-Security-Policy": SHUT,
        "Cache-Control": "private, no-store",
    }
    return Response(made.data, headers=headers, media_type=made.media_type)


def _missing(status: HTTPStatus, reason: str, message: str) -> NotServed:
    return NotServed(status, Code.BAD_USER_INPUT, reason, message)
