"""`GET /v1/audit-log`: the whole audit log of a merchant or an organisation, as a file.

Source: docs/rules/audit.md, "Export".
"""

import csv
import io
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from datetime import UTC, datetime

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from boucle.edge.answers import NotServed, bad_request, unavailable
from boucle.edge.errors import AWAY
from boucle.edge.graphql import authorization
from boucle.edge.heads import address_of
from boucle.edge.merchants import bad_parameter, refusal_of
from models.audit import Written
from resolvers.accounts import caller_of
from resolvers.accounts.audit import Asked, export
from resolvers.context import Context, Refused

COLUMNS = (
    "at", "action", "objectType", "objectId", "actorKind", "userId", "keyPrefix", "before", "after",
    "market", "requestId", "id",
)  # fmt: skip
_PARAMETERS = {"format", "action", "object_type", "since"}
_CSV, _JSONL = "csv", "jsonl"
_TYPES = {_CSV: "text/csv; charset=utf-8", _JSONL: "application/jsonl; charset=utf-8"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
Piece = list[Written]


async def audit_log(request: Request) -> Response:
    """Stream the caller's audit log, oldest first. Needs `audit:read`."""
    chosen, asked = _asked(request)
    try:
        caller = await caller_of(authorization(request), address_of(request.scope))
        context = Context(caller, request.scope.get("request_id", ""))
        pieces = export(context, asked)
        first: Piece = await anext(pieces, [])  # a refusal is an answer, not the end of a file
    except Refused as refused:
        raise refusal_of(refused) from refused
    except AWAY as error:
        raise unavailable("TRY_AGAIN", "Try again in a moment.") from error
    head, write = (_csv([COLUMNS]), _csv_of) if chosen == _CSV else (b"", _jsonl_of)
    headers = {
        "Content-Disposition": f'attachment; filename="audit-log.{chosen}"',
        "Cache-Control": "no-store",
    }
    body = _written(head, first, pieces, write)
    return StreamingResponse(body, headers=headers, media_type=_TYPES[chosen])


async def _written(
    head: bytes, first: Piece, pieces: AsyncGenerator[Piece], write: Callable[[Piece], bytes]
) -> AsyncIterator[bytes]:
    yield head + write(first)
    async with aclosing(pieces):
        async for piece in pieces:
            yield write(piece)


def _asked(request: Request) -> tuple[str, Asked]:
    given = request.query_params
    if unknown := sorted(set(given) - _PARAMETERS):
        raise bad_request("UNKNOWN_PARAMETER", f"There is no parameter {unknown[0][:40]!r}.")
    chosen = given.get("format", _JSONL).lower()
    if chosen not in _TYPES:
        raise bad_parameter("format", "csv or jsonl")
    return chosen, Asked(given.get("action"), given.get("object_type"), _since(given.get("since")))


def _since(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise _no_time() from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _no_time() -> NotServed:
    return bad_parameter("since", "a time such as 2026-05-04T12:00:00Z")


def _facts(row: Written) -> dict[str, object]:
    hidden = row.actor_kind == "STAFF"
    return {
        "at": row.at,
        "action": row.action,
        "objectType": row.object_type,
        "objectId": row.object_id,
        "actorKind": row.actor_kind,
        "userId": None if hidden else row.user_id,
        "keyPrefix": row.key_prefix,
        "before": row.before,
        "after": row.after,
        "market": row.market,
        "requestId": row.request_id,
        "id": row.id,
    }


def _jsonl_of(piece: Piece) -> bytes:
    return b"".join(
        orjson.dumps(_facts(row), default=str, option=orjson.OPT_APPEND_NEWLINE) for row in piece
    )


def _csv_of(piece: Piece) -> bytes:
    return _csv([tuple(cell(value) for value in _facts(row).values()) for row in piece])


def cell(value: object) -> str:
    """A value as text; what a spreadsheet would take for a formula begins with an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    text = orjson.dumps(value, default=str).decode() if isinstance(value, dict) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv(rows: list[tuple[str, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
