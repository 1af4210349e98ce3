"""Any bytes as method, path, headers and body: one JSON answer with a code, and no fault."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from boucle.asgi import create_app
from boucle.edge import accept
from boucle.edge.answers import Code
from boucle.edge.heads import heads_of, text
from tests.boucle.edge import SCHEMA
from tests.boucle.edge import settings as app_settings

EXAMPLES = 100
NAMES = [
    b"accept", b"authorization", b"content-type", b"content-length", b"content-encoding",
    b"expect", b"host", b"origin", b"range", b"sec-fetch-site", b"x-request-id", b"cookie",
    b"access-control-request-method", b"transfer-encoding", b"idempotency-key", b"if-none-match",
]  # fmt: skip
VALUES = st.binary(max_size=40) | st.sampled_from(
    [b"application/json", b"*/*", b"text/html", b"localhost", b"cross-site", b"null", b"-1",
     b"application/json; charset=utf-8", b"application/graphql-response+json;q=1e9", b"gzip",
     b"Bearer bcl_test_aaaaaaaaaaaa_x", b"100-continue", b"99999999999999999999", b"\xff\x00"]
)  # fmt: skip
HEADERS = st.lists(st.tuples(st.sampled_from(NAMES) | st.binary(min_size=1, max_size=9), VALUES))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
QUERIES = st.sampled_from(
    ["{hello}", "query($n:Int!){double(n:$n)}", "mutation{touch}", "{", "{unknown}", "",
     "query A{hello} query B{hello}", "query($n:Decimal!){price(amount:$n)}", "subscription{a}",
     "query($n:ID!){thing(of:$n)}", "query($n:String!){hello(name:$n)}"]
) | st.text()  # fmt: skip
MESSAGES = st.fixed_dictionaries(
    {},
    optional={
        "query": QUERIES | JSON,
        "operationName": st.sampled_from(["A", "C"]) | JSON,
        "variables": st.fixed_dictionaries({"n": JSON}) | JSON,
        "extensions": st.just({"persistedQuery": {"version": 1}}) | JSON,
        "documentId": JSON,
    },
)
METHODS = st.sampled_from(["POST"] * 4 + ["GET", "OPTIONS", "\x00"])
BODIES = st.binary() | (MESSAGES | JSON).map(lambda value: json.dumps(value).encode())


@pytest.fixture
def app(db: None, database_url: str) -> Starlette:
    return create_app(app_settings(database_url, BOUCLE_CORS_ORIGINS="https://a.example"), SCHEMA)


async def _answered(app: Starlette, scope: dict[str, Any], pieces: list[bytes]) -> tuple[int, Any]:
    """The status and the body of the only answer."""
    sent: list[dict[str, Any]] = []
    waiting = list(pieces)

    async def receive() -> dict[str, Any]:
        piece = waiting.pop(0) if waiting else b""
        return {"type": "http.request", "body": piece, "more_body": bool(waiting)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)  # type: ignore[arg-type]
    start, *rest = sent
    assert start["type"] == "http.response.start"
    assert [m.get("more_body", False) for m in rest] == [False]
    headers = dict(start["headers"])
    if start["status"] == 204:
        return 204, None
    if headers[b"content-type"].startswith(b"text/html"):  # the page, for who likes pages best
        asked = accept.wants_page(text(heads_of(scope), b"accept"))
        assert (scope["method"], start["status"], asked) == ("GET", 200, True)
        return 200, {}
    assert headers[b"content-type"].startswith((b"application/json", b"application/graphql-resp"))
    assert int(headers[b"content-length"]) == len(rest[0]["body"])
    return start["status"], json.loads(rest[0]["body"])


def _scope(method: str, headers: list[tuple[bytes, bytes]], query: bytes) -> dict[str, Any]:
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http",
        "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1), "root_path": "",
        "method": method, "path": "/graphql", "raw_path": b"/graphql", "query_string": query,
        "headers": headers,
    }  # fmt: skip


def _check(status: int, told: Any) -> None:
    assert status < 500, told
    if status == 204:
        return
    for error in told.get("errors", ()):
        assert error["extensions"]["code"] in set(Code) - {Code.INTERNAL_SERVER_ERROR}, told
        assert error["extensions"]["reason"]
        assert len(error["message"]) <= 200
    assert len(told.get("errors", ())) <= 10
    assert told.get("errors") or status == 200
    assert ("data" in told) <= (status == 200)


MANY = settings(
    max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


@MANY
@given(
    st.sampled_from(["POST"] * 4 + ["GET", "OPTIONS", "\x00"]),
    HEADERS,
    st.binary(),
    st.lists(BODIES, max_size=3),
)
async def test_any_head_and_body_are_answered(
    app: Starlette, method: str, headers, query: bytes, pieces: list[bytes]
) -> None:
    if not any(name == b"host" for name, _ in headers):
        headers = [(b"host", b"localhost"), *headers]

    _check(*await _answered(app, _scope(method, headers, query), pieces))


@MANY
@given(MESSAGES, st.sampled_from([b"application/json", b"application/graphql-response+json"]))
async def test_any_message_is_answered(app: Starlette, message: Any, accept: bytes) -> None:
    headers = [(b"host", b"localhost"), (b"content-type", b"application/json"), (b"accept", accept)]

    _check(*await _answered(app, _scope("POST", headers, b""), [json.dumps(message).encode()]))
