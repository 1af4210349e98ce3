"""From bytes to a GraphQL request, or to a refusal that names what is wrong.

Shapes: strict UTF-8, one JSON object, its members of the right type and there once. No string
holds what PostgreSQL cannot store.
"""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NoReturn
from urllib.parse import parse_qsl

import orjson
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from boucle.edge.answers import Code, NotServed, bad_request
from boucle.edge.heads import Heads
from boucle.edge.persisted import Named, named

MAX_BODY = 256 * 1024
MAX_QUERY_STRING = 16 * 1024
MAX_DEPTH = 64
BODY_SECONDS = 10.0
_CLOSE = {"Connection": "close"}
_MEMBERS = ("query", "operationName", "variables", "extensions", "documentId")
_QUOTED = tuple(f'"{name}"'.encode() for name in _MEMBERS)
_STORED_NOWHERE = re.compile("[\x00\ud800-\udfff]")
_NUL_ESCAPE = re.compile(r"\\u(?:0000|\{0+\})")


@dataclass(frozen=True, slots=True)
class Asked:
    """One GraphQL request as it was sent.

    `query` is empty where a document is `named` instead.
    """

    query: str
    operation_name: str | None
    variables: dict[str, Any] | None
    extensions: dict[str, Any] | None
    named: Named | None = None


async def asked_by_body(heads: Heads, receive: Receive) -> Asked:
    """The request in a POST's body. Raises: NotServed; ClientDisconnect."""
    _expect_json(heads)
    raw = await _read(heads, receive)
    message = _json(raw)
    escaped = b"\\u" in raw
    if escaped or raw.count(b"{") + raw.count(b"[") > MAX_DEPTH:
        refuse_unstorable(message)
    if escaped or any(raw.count(name) > 1 for name in _QUOTED):
        _refuse_repeated(raw)
    return asked_of(message)


def asked_by_url(raw: bytes) -> Asked:
    """The request in a GET's query string. Raises: NotServed."""
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
    message = {name: members[name] for name in (*_MEMBERS, "id") if name in members}
    refuse_unstorable(message)
    return asked_of(message)


def names_operation(raw: bytes) -> bool:
    """Whether a query string has a member of a GraphQL request."""
    return any(name.encode() + b"=" in raw for name in _MEMBERS)


def _pairs(raw: bytes) -> list[tuple[str, str]]:
    try:
        text = raw.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError as error:
        raise bad_request("BAD_URL", "The query string cannot be read as UTF-8.") from error


def _expect_json(heads: Heads) -> None:
    sent = heads.get(b"content-type", b"")
    encoding = heads.get(b"content-encoding")
    if sent == b"application/json" and encoding is None:
        return
    kind, *parameters = (part.strip().lower() for part in sent.split(b";"))
    charsets = [p[8:].strip(b'"') for p in parameters if p.startswith(b"charset=")]
    if kind != b"application/json":
        problem = "Send the content type application/json."
    elif any(charset not in {b"utf-8", b"utf8"} for charset in charsets):
        problem = "Send UTF-8."
    elif (encoding or b"").strip().lower() not in {b"", b"identity"}:
        problem = "Send the body without a content encoding."
    else:
        return
    raise NotServed(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE, Code.BAD_REQUEST, "UNSUPPORTED_MEDIA_TYPE", problem
    )


async def _read(heads: Heads, receive: Receive) -> bytes:
    """The whole body; bytes are counted as they come, for a header may lie or say nothing."""
    told = heads.get(b"content-length", b"0")
    if told.isdigit() and (len(told) > 12 or int(told) > MAX_BODY):
        _too_large()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _whole(receive)
    except TimeoutError as error:
        raise NotServed(
            HTTPStatus.REQUEST_TIMEOUT,
            Code.BAD_REQUEST,
            "BODY_TOO_SLOW",
            f"The body did not arrive within {BODY_SECONDS:g} seconds.",
            headers=_CLOSE,
        ) from error


async def _whole(receive: Receive) -> bytes:
    pieces: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        piece: bytes = message.get("body", b"")
        size += len(piece)
        if size > MAX_BODY:
            _too_large()
        pieces.append(piece)
        more = message.get("more_body", False)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


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


def _refuse_repeated(raw: bytes) -> None:
    """Refuse a member that is there twice: two readers could see two different operations."""
    outermost: list[tuple[str, Any]] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        outermost[:] = pairs  # the outermost object ends last
        return {}

    json.loads(raw, object_pairs_hook=members, parse_int=str, parse_float=str)
    names = [name for name, _ in outermost]
    if twice := next((name for name in _MEMBERS if names.count(name) > 1), None):
        raise bad_request("BAD_JSON", f"The member '{twice}' is there twice.")


def asked_of(message: object) -> Asked:
    """The request in an object's members. Raises: NotServed."""
    if isinstance(message, list):
        raise bad_request("BATCH_REFUSED", "Send one operation, not an array of them.")
    if not isinstance(message, dict):
        raise bad_request("BAD_JSON", "Send a JSON object.")
    query = _member(message, "query", str)
    extensions = _member(message, "extensions", dict)
    name = named(message)
    if not query and name is None:
        raise bad_request("QUERY_MISSING", "The member 'query' must be a document.")
    if query and "\\u" in query and _NUL_ESCAPE.search(query):
        raise bad_request("BAD_TEXT", "The character U+0000 cannot be stored.")
    return Asked(
        query or "",
        _member(message, "operationName", str),
        _member(message, "variables", dict),
        extensions,
        name,
    )


def _member(message: Mapping[str, Any], name: str, kind: type) -> Any:
    value = message.get(name)
    if value is None or isinstance(value, kind):
        return value
    wanted = "a string" if kind is str else "an object"
    raise bad_request("BAD_MEMBER", f"The member '{name}' must be {wanted} or null.")


def refuse_unstorable(message: object) -> None:
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
