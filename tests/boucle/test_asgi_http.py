"""`/graphql` beyond the good request: other origins, methods, ready bytes, many at once."""

import asyncio
import json
from collections.abc import AsyncGenerator
from http import HTTPStatus
from urllib.parse import urlencode
from uuid import RFC_4122, UUID

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import StreamingResponse

from boucle import asgi
from boucle.asgi import create_app
from boucle.edge import graphql, middleware
from boucle.edge.accept import media_type
from boucle.edge.answers import answer
from boucle.edge.body import Asked, asked_by_body, asked_by_url
from boucle.edge.cors import Origins
from boucle.edge.graphql import Endpoint, Page
from boucle.edge.live import Live
from boucle.edge.operations import Operations, Outcome
from boucle.edge.persisted import Named
from tests.boucle.edge import SCHEMA, client_of, serving, settings

NEW = "application/graphql-response+json"
SHOP = "https://shop.example"
QUERY = {"query": "{hello}"}
STREAM = "text/event-stream"


@pytest.fixture
async def client(db: None, database_url: str) -> AsyncGenerator[httpx.AsyncClient]:
    origins = f"{SHOP}, http://localhost:3000"
    async with serving(database_url, BOUCLE_CORS_ORIGINS=origins) as client:
        yield client


def _error(response: httpx.Response) -> tuple[int, str, str]:
    extensions = response.json()["errors"][0]["extensions"]
    return response.status_code, extensions["code"], extensions["reason"]


async def _preflight(client: httpx.AsyncClient, origin: str) -> httpx.Response:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type, authorization",
    }
    return await client.options("/graphql", headers=headers)


def _cors(response: httpx.Response) -> dict[str, str]:
    return {k: v for k, v in response.headers.items() if k.startswith("access-control-")}


async def test_a_listed_origin_may_ask_and_read(client) -> None:
    asked = await _preflight(client, SHOP)
    answered = await client.post("/graphql", json=QUERY, headers={"Origin": SHOP})

    assert (asked.status_code, asked.content) == (204, b"")
    exposed = "X-Request-Id, RateLimit, RateLimit-Policy, Retry-After, ETag"
    assert _cors(asked) == {
        "access-control-allow-origin": SHOP,
        "access-control-expose-headers": exposed,
        "access-control-allow-methods": "GET, POST",
        "access-control-allow-headers": "*, Authorization",
        "access-control-max-age": "600",
    }
    assert _cors(answered) == {
        "access-control-allow-origin": SHOP,
        "access-control-expose-headers": exposed,
    }
    assert "Origin" in answered.headers["vary"]


@pytest.mark.parametrize(
    "origin",
    ["null", "https://evil.example", "https://shop.example.evil.example", "http://shop.example",
     "https://shop.example:8443", "HTTPS://SHOP.EXAMPLE", "https://a.shop.example", ""],
)  # fmt: skip
async def test_no_other_origin_may_ask_or_read(client, origin: str) -> None:
    asked = await _preflight(client, origin)
    answered = await client.post("/graphql", json=QUERY, headers={"Origin": origin})

    assert _error(asked) == (403, "FORBIDDEN", "ORIGIN_NOT_ALLOWED")
    assert _cors(asked) == _cors(answered) == {}


async def test_a_refusal_can_be_read_by_a_listed_origin(client) -> None:
    sent = {"Origin": SHOP}
    for response in (
        await client.post("/graphql", content=b"{", headers={**sent, "Host": "localhost"}),
        await client.get("/nowhere", headers=sent),
        await client.post("/graphql", json=QUERY, headers={**sent, "Authorization": "Bearer x"}),
    ):
        assert response.status_code >= 400
        assert response.headers["access-control-allow-origin"] == SHOP


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 200, id="no browser"),
        pytest.param({"Sec-Fetch-Site": "same-origin"}, 200, id="same origin"),
        pytest.param({"Sec-Fetch-Site": "none"}, 200, id="typed by a person"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, 403, id="cross-site"),
        pytest.param(
            {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, 403, id="unlisted"
        ),
        pytest.param({"Sec-Fetch-Site": "cross-site", "Origin": SHOP}, 200, id="listed"),
    ],
)
async def test_get_serves_pages_of_this_site_and_of_listed_ones(client, headers, status) -> None:
    response = await client.get("/graphql", params=QUERY, headers=headers)

    assert response.status_code == status


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
async def test_any_other_method_is_refused_with_those_allowed(client, method: str) -> None:
    response = await client.request(method, "/graphql", params=QUERY)

    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"
    assert response.headers["content-type"].startswith("application/json")


async def test_a_refusal_has_the_media_type_that_was_asked_for(client) -> None:
    for body, headers in (
        (b"{", {}),
        (b"{}", {}),
        (b"[]", {}),
        (b"{}", {"Content-Type": "text/plain"}),
        (b"{}", {"Content-Length": "99999999"}),
    ):
        sent = {"Accept": NEW, "Content-Type": "application/json", **headers}
        response = await client.post("/graphql", content=body, headers=sent)
        assert response.status_code in {400, 413, 415}
        assert response.headers["content-type"] == f"{NEW}; charset=utf-8"
        assert "data" not in response.json()


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param('{"query":"{hello}","query":"{hello}"}', id="query"),
        pytest.param('{"query":"{hello}","variables":{},"variables":{"a":1}}', id="variables"),
        pytest.param('{"query":"{hello}","qu\\u0065ry":"{hello}"}', id="escaped"),
        pytest.param('{"query":"{hello}","operationName":null,"operationName":null}', id="null"),
    ],
)
async def test_a_member_stands_there_once(client, sent: str) -> None:
    headers = {"Content-Type": "application/json", "Accept": NEW}
    response = await client.post("/graphql", content=sent, headers=headers)

    assert _error(response) == (400, "BAD_REQUEST", "BAD_JSON")


async def test_a_member_inside_another_is_no_repetition(client) -> None:
    body = {"query": '{hello(name:"\\"query\\"")}', "variables": {"query": 1, "a": {"query": 2}}}

    assert (await client.post("/graphql", json=body)).status_code == 200


@pytest.mark.parametrize("n", [2**31, -(2**31) - 1, 2**53 + 1, 10**400, 1.5, 1e300, "1", True])
async def test_an_int_outside_32_bits_is_refused_by_its_name(client, n: object) -> None:
    body = {"query": "query($n:Int!){double(n:$n)}", "variables": {"n": n}}
    response = await client.post("/graphql", content=json.dumps(body), headers=HEADERS)

    extensions = response.json()["errors"][0]["extensions"]
    assert response.status_code == 400
    if extensions["reason"] != "BAD_JSON":  # a number over 64 bits may not be read at all
        assert extensions["code"] == "BAD_USER_INPUT"
        assert extensions["argument"] == "n"
    assert "data" not in response.json()


HEADERS = {"Content-Type": "application/json", "Accept": NEW}


async def test_a_named_document_needs_no_text() -> None:
    async def asked(message: dict[str, object]) -> Asked:
        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": json.dumps(message).encode()}

        return await asked_by_body({b"content-type": b"application/json"}, receive)

    persisted = {"persistedQuery": {"version": 1, "sha256Hash": "ab"}}
    url = urlencode({"extensions": json.dumps(persisted)}).encode()

    by_hash, by_id = Named("ab", automatic=True), Named("ab", automatic=False)

    assert await asked({"extensions": persisted}) == Asked("", None, None, persisted, by_hash)
    assert await asked({"documentId": "sha256:ab"}) == Asked("", None, None, None, by_id)
    assert asked_by_url(url + b"&operationName=A") == Asked("", "A", None, persisted, by_hash)
    assert asked_by_url(b"documentId=ab&variables=%7B%22a%22%3A1%7D") == Asked(
        "", None, {"a": 1}, None, by_id
    )


@pytest.mark.parametrize(
    "message",
    ['{"documentId":1}', '{"documentId":""}', '{"extensions":{}}', '{"extensions":{"a":1}}'],
)
async def test_what_names_no_document_is_refused(client, message: str) -> None:
    response = await client.post("/graphql", content=message, headers=HEADERS)

    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["reason"] in {"QUERY_MISSING", "BAD_MEMBER"}


def test_bytes_are_an_answer_as_they_are() -> None:
    ready = b'{"data": {"a":1}}'
    response = answer(ready, HTTPStatus.OK, media_type=NEW, headers={"ETag": '"x"'})

    assert response.body is ready
    assert dict(response.headers) == {
        "content-length": "17",
        "content-type": f"{NEW}; charset=utf-8",
        "etag": '"x"',
    }


async def test_an_outcome_of_bytes_is_not_encoded_again(client, monkeypatch) -> None:
    async def run(self, asked, caller, **more) -> Outcome:
        return Outcome(b'{"data":  null}', HTTPStatus.OK)  # type: ignore[arg-type]

    monkeypatch.setattr(Operations, "run", run)

    assert (await client.post("/graphql", json=QUERY)).content == b'{"data":  null}'


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (STREAM, STREAM),
        (f"{STREAM};q=0.9, */*;q=0.1", STREAM),
        (f"{NEW}, application/json, {STREAM}, multipart/mixed", NEW),
        (f"{STREAM}, multipart/mixed", STREAM),
        ("*/*", "application/json"),
        (f"{STREAM};q=0, */*", "application/json"),
    ],
)
def test_events_are_for_who_likes_them_best(accept: str, kind: str) -> None:
    assert media_type(accept, streams=True) == kind


async def test_events_are_sent_where_live_connections_are(
    db: None, database_url: str, monkeypatch
) -> None:
    def without(operations: Operations, page: Page, *, live: Live, origins: Origins) -> Endpoint:
        return Endpoint(operations, page, origins=origins)

    async with serving(database_url) as client:
        served = await client.post("/graphql", json=QUERY, headers={"Accept": STREAM})
        bad = await client.post("/graphql", json=[], headers={"Accept": STREAM})
    monkeypatch.setattr(asgi, "Endpoint", without)
    async with serving(database_url) as client:
        refused = await client.post("/graphql", json=QUERY, headers={"Accept": STREAM})

    assert _error(refused) == (406, "BAD_REQUEST", "NOT_ACCEPTABLE")
    assert served.headers["content-type"].startswith(STREAM)
    assert 'event: next\ndata: {"data":{"hello":"hello world"},' in served.text
    assert served.text.endswith("event: complete\ndata: \n\n")
    assert _error(bad) == (400, "BAD_REQUEST", "BATCH_REFUSED")
    assert bad.headers["content-type"].startswith("application/json")


async def test_the_request_after_512_at_once_is_asked_to_come_back(
    db: None, database_url: str, monkeypatch
) -> None:
    go, full, waiting = asyncio.Event(), asyncio.Event(), 0

    async def run(self, asked, caller, **more) -> Outcome:
        nonlocal waiting
        waiting += 1
        if waiting == middleware.AT_ONCE:
            full.set()
        await go.wait()
        return Outcome({"data": None}, HTTPStatus.OK)

    monkeypatch.setattr(Operations, "run", run)
    async with client_of(create_app(settings(database_url), SCHEMA)) as client:
        sent = [
            asyncio.create_task(client.post("/graphql", json=QUERY))
            for _ in range(middleware.AT_ONCE)
        ]
        await full.wait()
        async with asyncio.timeout(5):
            shed = await client.post("/graphql", json=QUERY)
        lives = await client.get("/health/live")
        go.set()
        served = await asyncio.gather(*sent)
        after = await client.post("/graphql", json=QUERY)

    assert middleware.AT_ONCE == 512
    assert _error(shed) == (503, "RATE_LIMITED", "OVERLOADED")
    assert shed.headers["retry-after"] == "1"
    assert lives.status_code == after.status_code == 200
    assert {response.status_code for response in served} == {200}


async def test_a_stream_takes_no_place_among_those_at_once(
    db: None, database_url: str, monkeypatch
) -> None:
    async def stream(request: Request, asked: Asked, live: Live, *, only_queries: bool):
        return StreamingResponse(events(), media_type=STREAM)

    async def events():
        yield b":\n\n"
        begun.set()
        await go.wait()

    begun, go = asyncio.Event(), asyncio.Event()
    monkeypatch.setattr(middleware, "AT_ONCE", 1)
    monkeypatch.setattr(graphql, "sse_response", stream)
    async with serving(database_url) as client:
        sent = asyncio.create_task(client.post("/graphql", json=QUERY, headers={"Accept": STREAM}))
        await begun.wait()
        beside = await client.post("/graphql", json=QUERY)
        go.set()
        streamed = await sent
        after = await client.post("/graphql", json=QUERY)

    assert streamed.content == b":\n\n"
    assert (beside.status_code, after.status_code) == (200, 200)


async def test_request_ids_are_uuids_that_grow(client) -> None:
    first, second = [(await client.get("/health/live")).headers["x-request-id"] for _ in range(2)]

    assert (UUID(first).version, UUID(first).variant) == (7, RFC_4122)
    assert first[:13] <= second[:13]
    assert first != second
