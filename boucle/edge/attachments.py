"""`POST /v1/attachments`: a photo or a document as evidence, its bytes as the body.

Source: docs/certificates.md, "Attachments".
"""

import asyncio
import hashlib
from http import HTTPStatus
from typing import Any
from weakref import WeakKeyDictionary

from starlette.requests import Request
from starlette.responses import Response

from boucle.edge.answers import Code, NotServed, answer, bad_request, unavailable
from boucle.edge.errors import AWAY
from boucle.edge.merchants import bad_parameter, context_of, refusal_of
from boucle.edge.uploads import not_too_slow
from domain.units.attachments import (
    MOST_BYTES,
    AttachmentPurpose,
    FileFault,
    FileRefused,
    examined,
    too_large,
)
from integrations.feeds.fetch import FetchFailed
from models.units.attachments import Attachment
from resolvers.context import Context, Refused
from resolvers.units import attachments as resolvers
from resolvers.units import papers

AT_ONCE = 2
_PARAMETERS = {"purpose", "name"}
_slots: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()
_STATUS = {
    FileFault.FILE_TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    FileFault.UPLOAD_TOO_SLOW: HTTPStatus.REQUEST_TIMEOUT,
    FileFault.TOO_MANY_UNCLAIMED: HTTPStatus.TOO_MANY_REQUESTS,
}
_TEXTS = {
    FileFault.FILE_EMPTY: "The file is empty.",
    FileFault.FILE_TOO_LARGE: f"A file has at most {MOST_BYTES:,} bytes.",
    FileFault.FILE_TYPE_NOT_ALLOWED: "Send a photo (JPEG, PNG, WebP, HEIC) or a PDF.",
    FileFault.FILE_TYPE_MISMATCH: "The file is not what its name or content type says.",
    FileFault.FILE_DAMAGED: "The file cannot be read to its end: it is cut off or damaged.",
    FileFault.IMAGE_TOO_LARGE: "A photo has at most 40 million pixels.",
    FileFault.UPLOAD_TOO_SLOW: "The file came too slowly.",
    FileFault.TOO_MANY_UNCLAIMED: "You sent many files that nothing refers to: use them first.",
}


async def take_attachment(request: Request) -> Response:
    """Keep a file: 201 with its id; 200 where the caller sent these very bytes before."""
    try:
        context = await context_of(request)
        resolvers.owner_of(context)
        status, found = await _kept(request, context)
    except Refused as refused:
        raise refusal_of(refused) from refused
    except FetchFailed as failed:
        raise refused_file(FileRefused(FileFault.UPLOAD_TOO_SLOW, {})) from failed
    except AWAY as error:
        raise unavailable("TRY_AGAIN", "Try again in a moment.") from error
    return answer(_told(context, found), status)


async def _kept(request: Request, context: Context) -> tuple[HTTPStatus, Attachment]:
    purpose, name = _parameters(request)
    if request.headers.get("content-encoding", "identity").lower() not in {"", "identity"}:
        message = "Send the file as it is."
        raise NotServed(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            Code.BAD_REQUEST,
            "UNSUPPORTED_CONTENT_ENCODING",
            message,
        )
    data = await _body(request)
    declared = request.headers.get("content-type", "")
    media_type = examined(data, declared, name)
    if isinstance(media_type, FileRefused):
        raise refused_file(media_type)
    sha256 = await asyncio.to_thread(lambda: hashlib.sha256(data).digest())
    match await resolvers.known(context, sha256, purpose):
        case FileRefused() as refused:
            raise refused_file(refused)
        case Attachment() as before:
            return HTTPStatus.OK, before
    from integrations import images  # noqa: PLC0415  # what decodes is large

    async with _slots.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE)):
        kept = await asyncio.to_thread(images.kept, data, media_type)
    if isinstance(kept, FileRefused):
        raise refused_file(kept)
    return HTTPStatus.CREATED, await resolvers.keep(context, sha256, purpose, kept)


async def _body(request: Request) -> bytes:
    """The bytes, counted as they come: a header may lie or say nothing."""
    told = request.headers.get("content-length", "0")
    if told.isdigit() and (len(told) > 12 or int(told) > MOST_BYTES):
        raise refused_file(too_large())
    pieces: list[bytes] = []
    size = 0
    async for piece in not_too_slow(request.stream()):
        size += len(piece)
        if size > MOST_BYTES:
            raise refused_file(too_large())
        pieces.append(piece)
    return b"".join(pieces)


def _parameters(request: Request) -> tuple[AttachmentPurpose, str]:
    given = dict(request.query_params)
    if unknown := sorted(set(given) - _PARAMETERS):
        raise bad_request("UNKNOWN_PARAMETER", f"There is no parameter {unknown[0][:40]!r}.")
    purpose = given.get("purpose", "").upper()
    if purpose not in AttachmentPurpose.__members__:
        raise bad_parameter("purpose", ", ".join(AttachmentPurpose))
    name = given.get("name", "")
    if len(name) > 255:
        raise bad_parameter("name", "up to 255 characters")
    return AttachmentPurpose[purpose], name


def _told(context: Context, found: Attachment) -> dict[str, Any]:
    return {
        "attachment_id": str(found.id),
        "purpose": found.purpose.value,
        "media_type": found.media_type.value,
        "bytes": found.size,
        "sha256": found.sha256.hex(),
        "width": found.width,
        "height": found.height,
        "kept_until": found.kept_until.isoformat(),
        "document_path": papers.attachment_link(context, found.id),
    }


def refused_file(refused: FileRefused) -> NotServed:
    """The answer to a file that is not taken."""
    return NotServed(
        _STATUS.get(refused.fault, HTTPStatus.UNPROCESSABLE_ENTITY),
        Code.BAD_USER_INPUT,
        refused.fault.value,
        _TEXTS[refused.fault],
        headers={"Connection": "close"},
        **refused.facts,
    )
