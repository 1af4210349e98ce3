"""`POST /v1/feeds/{feed_id}/files`: a merchant pushes a feed's file.

`POST /v1/organisation/files`: an organisation sends the file of a fleet.
Source: docs/feeds.md, "Push"; docs/organisations.md, "Files".
"""

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from boucle.edge.answers import Code, NotServed, answer, bad_request, unavailable
from boucle.edge.errors import AWAY
from boucle.edge.merchants import bad_parameter, context_of, id_in, refusal_of
from boucle.edge.multipart import file_of
from domain.offers.lines import FeedMode, FeedPolicy, FileCode
from integrations.feeds.fetch import FetchFailed, Limits, receive
from models.once import KeyReused
from resolvers.context import Refused
from resolvers.offers.previews import of_file
from resolvers.offers.upload import (
    FLEET_SCOPE,
    SCOPE,
    File,
    Pushed,
    Terms,
    feed_of_caller,
    keep,
    push,
)

LIMITS = Limits()
GRACE_SECONDS = 10.0
SLOWEST_BYTES_PER_SECOND = 64 * 1024
_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_PARAMETERS = {"mode", "policy", "dry_run", "force", "preview"}
_ENCODINGS = {"", "identity", "gzip", "x-gzip"}
_STATUS = {
    FileCode.FEED_TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    FileCode.ARCHIVE_BOMB: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    FileCode.TIMEOUT: HTTPStatus.REQUEST_TIMEOUT,
}


async def push_feed_file(request: Request) -> Response:
    """Take the file; 202 with the run that will read it, 200 with the one that has read it.

    With `preview=true` no run reads it: 202 with the preview that will tell how it might be read.
    """
    try:
        outcome = await _pushed(request)
    except Refused as refused:
        raise refusal_of(refused) from refused
    except FetchFailed as failed:
        raise file_refused(failed) from failed
    except AWAY as error:
        raise unavailable("TRY_AGAIN", "Try again in a moment.") from error
    match outcome:
        case Pushed(run_id, queued):
            status = HTTPStatus.ACCEPTED if queued else HTTPStatus.OK
            return answer({"run_id": str(run_id)}, status)
        case UUID():
            return answer({"preview_id": str(outcome)}, HTTPStatus.ACCEPTED)
        case KeyReused():
            raise NotServed(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                Code.BAD_USER_INPUT,
                "IDEMPOTENCY_KEY_REUSED",
                "This Idempotency-Key was used for another request.",
            )


async def take_organisation_file(request: Request) -> Response:
    """Keep a file; 201 with its id, its SHA-256 and its bytes, 200 where it is kept already."""
    try:
        context = await context_of(request)
        context.organisation_id(FLEET_SCOPE)
        encoding = encoding_of(request)
        with tempfile.TemporaryDirectory(prefix="boucle-fleet-") as folder:
            pieces = file_sent(request, encoding)
            got = await receive(pieces, encoding or None, Path(folder) / "fleet", LIMITS)
            kept, new = await keep(context, File(got.path, got.sha256, got.bytes))
    except Refused as refused:
        raise refusal_of(refused) from refused
    except FetchFailed as failed:
        raise file_refused(failed) from failed
    except AWAY as error:
        raise unavailable("TRY_AGAIN", "Try again in a moment.") from error
    body = {"file_id": str(kept.id), "sha256": kept.sha256, "bytes": kept.size}
    return answer(body, HTTPStatus.CREATED if new else HTTPStatus.OK)


async def _pushed(request: Request) -> Pushed | UUID | KeyReused:
    """Who asks and for what is settled before a byte of the body is read."""
    context = await context_of(request)
    context.merchant_id(SCOPE)
    feed_id = id_in(request.path_params["feed_id"], "Feed")
    feed = await feed_of_caller(context, feed_id) if feed_id else None
    if feed is None:
        raise _feed_unknown()
    terms, key = _terms(request), _key(request)
    encoding = encoding_of(request)
    with tempfile.TemporaryDirectory(prefix="boucle-push-") as folder:
        pieces = file_sent(request, encoding)
        got = await receive(pieces, encoding or None, Path(folder) / "feed", LIMITS)
        file = File(got.path, got.sha256, got.bytes)
        if _flag(request, "preview"):
            return await of_file(feed, file, key)
        return await push(feed, file, terms, key)


def encoding_of(request: Request) -> str:
    """How the body is compressed. Raises: NotServed for what is neither plain nor gzip."""
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if encoding not in _ENCODINGS:
        raise _encoding_refused("Send the file as it is, or gzip.")
    return encoding


def file_sent(request: Request, encoding: str) -> AsyncIterator[bytes]:
    """The file's bytes: the body, or the file of its form."""
    content_type = request.headers.get("content-type", "")
    if not content_type.lower().startswith("multipart/"):
        return not_too_slow(request.stream())
    if encoding not in {"", "identity"}:
        raise _encoding_refused("Compress the file of a form, not the form.")
    return file_of(content_type, not_too_slow(request.stream()))


async def not_too_slow(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same pieces; a sender must keep up a pace after its first seconds."""
    loop = asyncio.get_running_loop()
    due, received = loop.time() + GRACE_SECONDS, 0
    pieces = aiter(stream)
    while True:
        try:
            async with asyncio.timeout_at(due + received / SLOWEST_BYTES_PER_SECOND):
                piece = await anext(pieces, None)
        except TimeoutError as error:
            raise FetchFailed(FileCode.TIMEOUT, "the upload is too slow") from error
        if piece is None:
            return
        received += len(piece)
        yield piece


def _terms(request: Request) -> Terms:
    given = request.query_params
    if unknown := sorted(set(given) - _PARAMETERS):
        raise bad_request("UNKNOWN_PARAMETER", f"There is no parameter {unknown[0][:40]!r}.")
    if _flag(request, "preview") and len(given) > 1:
        raise bad_parameter("preview", "true alone, without another parameter")
    mode = given.get("mode")
    if mode is not None and mode.upper() not in FeedMode.__members__:
        raise bad_parameter("mode", ", ".join(FeedMode))
    policy = given.get("policy")
    if policy is not None and policy.upper() not in FeedPolicy.__members__:
        raise bad_parameter("policy", ", ".join(FeedPolicy))
    return Terms(
        FeedMode[mode.upper()] if mode else None,
        FeedPolicy[policy.upper()] if policy else None,
        dry_run=_flag(request, "dry_run"),
        force=_flag(request, "force"),
    )


def _flag(request: Request, name: str) -> bool:
    text = request.query_params.get(name, "false").lower()
    if text not in {"true", "false"}:
        raise bad_parameter(name, "true or false")
    return text == "true"


def _key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not _KEY.fullmatch(key):
        message = "An Idempotency-Key has 1 to 255 printable ASCII characters."
        raise bad_request("BAD_IDEMPOTENCY_KEY", message)
    return key


def _encoding_refused(message: str) -> NotServed:
    return NotServed(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        Code.BAD_REQUEST,
        "UNSUPPORTED_CONTENT_ENCODING",
        message,
    )


def _feed_unknown() -> NotServed:
    message = "You have no feed of this id."
    return NotServed(HTTPStatus.NOT_FOUND, Code.BAD_USER_INPUT, "FEED_UNKNOWN", message)


def file_refused(failed: FetchFailed) -> NotServed:
    """The answer to a file that is not taken."""
    status = _STATUS.get(failed.code, HTTPStatus.UNPROCESSABLE_ENTITY)
    return NotServed(
        status,
        Code.BAD_USER_INPUT,
        failed.code.value,
        f"The file was refused: {failed.detail}.",
        headers={"Connection": "close"},
    )
