"""From bytes to a GraphQL request, or to a refusal that names what is wrong.

Shapes: strict UTF-8, one JSON object, its four members of the right type. No string holds what
PostgreSQL cannot store.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NoReturn
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request

from boucle.edge.answers import Code, NotServed, bad_request

MAX_BODY = 256 * 1024
MAX_QUERY_STRING = 16 * 1024
MAX_DEPTH = 64
BODY_SECONDS = 10.0
_CLOSE = {"Connection": "close"}
_PARAMETERS = {"query", "operationName", "variables", "extensions"}
_STORED_NOWHERE = re.compile("[\x00\ud800-\udfff]")
_NUL_ESCAPE = re.compile(r"\\u(?:0000|\{0+\})")


@dataclass(frozen=True, slots=True)
class Asked:
    """One GraphQL request as it was sent."""

    query: str
    operation_name: str | None
    variables: dict[str, Any] | None
    extensions: dict[str, Any] | None


async def asked_by_body(request: Request) -> Asked:
    """The request in a POST's body. Raises: NotServed."""
    _expect_json(request)
    return _asked(_json(await _read(request)))


def asked_by_url(request: Request) -> Asked:
    """The request in a GET's query string. Raises: NotServed."""
    raw: bytes = request.scope.get("query_string", b"")
    if len(raw) > MAX_QUERY_STRING:
        raise NotServed(
            HTTPStatus.REQUEST_URI_TOO_LONG,
            Code.BAD_REQUEST,
            "QUERY_STRING_TOO_LONG",
            f"The query string is over {MAX_QUERY_STRING} bytes. Send a POST.",
        )
    members: dict[str, Any] = {}
    for name, value in _pairs(raw):
        if name in members:
            raise bad_request("BAD_URL", f"The parameter {name[:40]!r} is there twice.")
        members[name] = value
    for name in ("variables", "extensions"):
        if name in members:
            members[name] = _json(members[name].encode()) if members[name] else None
    return _asked({name: members[name] for name in _PARAMETERS & members.keys()})


def _pairs(raw: bytes) -> list[tuple[str, str]]:
    try:
        text = raw.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError as error:
        raise bad_request("BAD_URL", "The query string cannot be read as UTF-8.") from error


def _expect_json(request: Request) -> None:
    kind, *parameters = (
        part.strip().lower() for part in request.headers.get("content-type", "").split(";")
    )
    charsets = [p[8:].strip('"') for p in parameters if p.startswith("charset=")]
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if kind != "application/json":
        problem = "Send the content type application/json."
    elif any(charset not in {"utf-8", "utf8"} for charset in charsets):
        problem = "Send UTF-8."
    elif encoding not in {"", "identity"}:
        problem = "Send the body without a content encoding."
    else:
        return
    raise NotServed(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE, Code.BAD_REQUEST, "UNSUPPORTED_MEDIA_TYPE", problem
    )


async def _read(request: Request) -> bytes:
    """The whole body; bytes are counted as they come, for a header may lie or say nothing."""
    told = request.headers.get("content-length", "0")
    if told.isascii() and told.isdigit() and (len(told) > 12 or int(told) > MAX_BODY):
        _too_large()
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for piece in request.stream():
                body += piece
                if len(body) > MAX_BODY:
                    _too_large()
    except TimeoutError as error:
        raise NotServed(
            HTTPStatus.REQUEST_TIMEOUT,
            Code.BAD_REQUEST,
            "BODY_TOO_SLOW",
            f"The body did not arrive within {BODY_SECONDS:g} seconds.",
            headers=_CLOSE,
        ) from error
    return bytes(body)


def _too_large() -> NoReturn:
    raise NotServed(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        Code.BAD_REQUEST,
        "BODY_TOO_LARGE",
        f"The body is over {MAX_BODY} bytes.",
        headers=_CLOSE,
    )


def _json(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except (ValueError, RecursionError) as error:
        raise bad_request("BAD_JSON", "This is not strict JSON in UTF-8.") from error


def _asked(message: object) -> Asked:
    if isinstance(message, list):
        raise bad_request("BATCH_REFUSED", "Send one operation, not an array of them.")
    if not isinstance(message, dict):
        raise bad_request("BAD_JSON", "Send a JSON object.")
    _refuse_unstorable(message)
    query = _member(message, "query", str)
    if not query:
        raise bad_request("QUERY_MISSING", "The member 'query' must be a document.")
    if _NUL_ESCAPE.search(query):
        raise bad_request("BAD_TEXT", "The character U+0000 cannot be stored.")
    return Asked(
        query,
        _member(message, "operationName", str),
        _member(message, "variables", dict),
        _member(message, "extensions", dict),
    )


def _member(message: Mapping[str, Any], name: str, kind: type) -> Any:
    value = message.get(name)
    if value is None or isinstance(value, kind):
        return value
    wanted = "a string" if kind is str else "an object"
    raise bad_request("BAD_MEMBER", f"The member '{name}' must be {wanted} or null.")


def _refuse_unstorable(message: dict[str, Any]) -> None:
    """Refuse texts that PostgreSQL cannot store and nesting that nothing of ours needs."""
    waiting: list[tuple[Any, int]] = [(message, 1)]
    while waiting:
        value, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise bad_request("BAD_JSON", f"The JSON is nested over {MAX_DEPTH} levels.")
        if isinstance(value, str) and _STORED_NOWHERE.search(value):
            raise bad_request("BAD_TEXT", "A text holds U+0000 or half a surrogate pair.")
        if isinstance(value, dict):
            waiting.extend((key, depth) for key in value)
            waiting.extend((item, depth + 1) for item in value.values())
        elif isinstance(value, list):
            waiting.extend((item, depth + 1) for item in value)
