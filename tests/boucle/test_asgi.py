"""`/graphql` as standard clients meet it: methods, media types, statuses, codes."""

import json
import re
from collections.abc import AsyncGenerator

import httpx
import pytest
from graphql import get_introspection_query

from tests import factories
from tests.boucle.edge import key, serving

NEW = "application/graphql-response+json"
OLD = "application/json"


@pytest.fixture
async def client(db: None, database_url: str) -> AsyncGenerator[httpx.AsyncClient]:
    async with serving(database_url) as client:
        yield client


async def _post(client: httpx.AsyncClient, query: str, accept: str = NEW, **more: object):
    headers = {"Accept": accept}
    return await client.post("/graphql", json={"query": query, **more}, headers=headers)


def _error(response: httpx.Response) -> tuple[int, str, str]:
    extensions = response.json()["errors"][0]["extensions"]
    return response.status_code, extensions["code"], extensions["reason"]


async def test_an_operation_is_answered(client) -> None:
    response = await _post(client, "query($n: String!){hello(name: $n)}", variables={"n": "you"})

    assert response.status_code == 200
    assert response.json()["data"] == {"hello": "hello you"}
    assert response.headers["content-type"] == f"{NEW}; charset=utf-8"


async def test_every_answer_carries_the_headers_of_the_edge(client) -> None:
    for path in ("/graphql", "/nowhere", "/health/live"):
        headers = (await client.get(path)).headers
        assert re.fullmatch(r"[0-9a-f-]{36}", headers["x-request-id"])
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["vary"] == "Accept, Authorization, Origin"
        assert "server" not in headers
        assert "set-cookie" not in headers


async def test_a_request_keeps_the_id_it_came_with_if_that_is_harmless(client) -> None:
    kept = await client.get("/health/live", headers={"X-Request-Id": "abc-12345"})
    replaced = await client.get("/health/live", headers={"X-Request-Id": "a b\tc;drop"})

    assert kept.headers["x-request-id"] == "abc-12345"
    assert re.fullmatch(r"[0-9a-f-]{36}", replaced.headers["x-request-id"])


@pytest.mark.parametrize(
    ("query", "code", "reason"),
    [
        pytest.param("{", "GRAPHQL_PARSE_FAILED", "SYNTAX", id="syntax"),
        pytest.param("{a" * 300, "GRAPHQL_PARSE_FAILED", "SYNTAX", id="deep and cut"),
        pytest.param("{a" * 500 + "}" * 500, "GRAPHQL_PARSE_FAILED", "SYNTAX", id="deep"),
        pytest.param("{helo}", "GRAPHQL_VALIDATION_FAILED", "INVALID_DOCUMENT", id="field"),
        pytest.param(
            "query A{hello} query B{hello}",
            "OPERATION_RESOLUTION_FAILURE",
            "OPERATION_NAME_MISSING",
            id="two operations",
        ),
        pytest.param(
            "fragment F on Query{hello}",
            "OPERATION_RESOLUTION_FAILURE",
            "OPERATION_MISSING",
            id="no operation",
        ),
        pytest.param(
            "{node" + "{inner" * 15 + "{name}" + "}" * 16,
            "QUERY_TOO_COMPLEX",
            "DOCUMENT_TOO_LARGE",
            id="17 levels",
        ),
        pytest.param(
            "{" + " ".join(f"a{n}: hello" for n in range(31)) + "}",
            "QUERY_TOO_COMPLEX",
            "DOCUMENT_TOO_LARGE",
            id="31 aliases",
        ),
        pytest.param(
            "{" + "hello " * 401 + "}", "QUERY_TOO_COMPLEX", "DOCUMENT_TOO_LARGE", id="401 fields"
        ),
        pytest.param(
            "{" + "hello " * 2100 + "}", "GRAPHQL_PARSE_FAILED", "SYNTAX", id="2,100 tokens"
        ),
        pytest.param(
            "query($n:Int!){double(n:$n)}", "BAD_USER_INPUT", "INVALID_VARIABLE", id="variable"
        ),
    ],
)
async def test_what_is_not_executed_is_400_for_the_newer_type_and_200_for_the_older(
    client, query: str, code: str, reason: str
) -> None:
    newer, older = await _post(client, query), await _post(client, query, OLD)

    assert _error(newer) == (400, code, reason)
    assert older.status_code == 200
    assert older.json()["errors"] == newer.json()["errors"]
    assert "data" not in newer.json()


@pytest.mark.parametrize(
    ("accept", "kind", "status"),
    [
        ("*/*", OLD, 200),
        ("", OLD, 200),
        (OLD, OLD, 200),
        (NEW, NEW, 400),
        (f"{NEW}, {OLD};q=0.9", NEW, 400),
        (f"{NEW};q=0.1, {OLD}", OLD, 200),
        (f"{OLD}; charset=utf-8, */*;q=0.1", OLD, 200),
        ("text/html, application/*;q=0.8", OLD, 200),
        ("text/plain", OLD, 406),
        (f"{OLD};q=0", OLD, 406),
    ],
)
async def test_the_media_type_is_the_one_that_the_client_likes(
    client, accept: str, kind: str, status: int
) -> None:
    response = await _post(client, "{unknown}", accept)

    assert response.status_code == status
    assert response.headers["content-type"] == f"{kind}; charset=utf-8"


async def test_an_executed_operation_is_200_with_its_errors(client) -> None:
    response = await _post(client, "{hello refused merchant}")

    assert response.status_code == 200
    assert response.json()["data"] == {"hello": "hello world", "refused": None, "merchant": None}
    refused, merchant = response.json()["errors"]
    assert refused["message"] == "Give one of the two."
    assert refused["path"] == ["refused"]
    assert refused["extensions"] == {
        "code": "BAD_USER_INPUT",
        "reason": "INVALID_FILTER",
        "argument": "filters",
    }
    assert merchant["extensions"] == {"code": "UNAUTHENTICATED", "reason": "UNAUTHENTICATED"}


async def test_a_fault_is_masked(client) -> None:
    response = await _post(client, "{fault}")

    assert _error(response) == (200, "INTERNAL_SERVER_ERROR", "FAULT")
    assert re.fullmatch(r"[0-9a-f-]{36}", response.json()["errors"][0]["extensions"]["errorId"])
    assert "secret" not in response.text


async def test_what_is_away_asks_for_another_try(client) -> None:
    response = await _post(client, "{away}")

    assert _error(response) == (503, "UNAVAILABLE", "TRY_AGAIN")
    assert response.headers["retry-after"] == "1"
    assert "10.0.0.7" not in response.text


async def test_a_request_has_a_deadline(db: None, database_url: str) -> None:
    async with serving(database_url, seconds=0.05) as client:
        response = await _post(client, "{slow}")

    assert _error(response) == (503, "UNAVAILABLE", "DEADLINE")
    assert response.headers["retry-after"] == "1"


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ('{double(n: "tell-me")}', None),
        ("query($n:Int!){double(n:$n)}", {"n": "tell-me"}),
        ('{price(amount: "tell-me")}', None),
        ("query($n:Decimal!){price(amount:$n)}", {"n": "tell-me"}),
        ('{thing(of: "tell-me")}', None),
        ("query($i:ID!){thing(of:$i)}", {"i": "tell-me"}),
    ],
)
async def test_no_error_repeats_the_value_or_suggests_a_name(client, query, variables) -> None:
    response = await _post(client, query, variables=variables)
    name = await _post(client, "{helo}")

    assert response.json()["errors"][0]["extensions"]["code"] in {
        "BAD_USER_INPUT",
        "GRAPHQL_VALIDATION_FAILED",
    }
    assert "tell-me" not in response.text
    assert "hello" not in name.text


async def test_at_most_ten_errors_are_told(client) -> None:
    response = await _post(client, "{" + " ".join(f"x{n}" for n in range(20)) + "}")

    assert len(response.json()["errors"]) == 10


async def test_the_named_operation_runs(client) -> None:
    query = "query A{hello} query B{double(n:2)}"

    assert (await _post(client, query, operationName="B")).json()["data"] == {"double": 4}
    unknown = await _post(client, query, operationName="C")
    assert _error(unknown) == (400, "OPERATION_RESOLUTION_FAILURE", "OPERATION_UNKNOWN")


async def test_get_serves_queries_only(client) -> None:
    query = {"query": "query($n:Int!){double(n:$n)}", "variables": '{"n": 4}'}
    served = await client.get("/graphql", params=query)
    mutation = await client.get("/graphql", params={"query": "mutation{touch}"})
    other = await client.put("/graphql", json={"query": "{hello}"})

    assert served.json()["data"] == {"double": 8}
    assert _error(mutation) == (405, "BAD_REQUEST", "METHOD_NOT_ALLOWED")
    assert mutation.headers["allow"] == "POST"
    assert _error(other) == (405, "BAD_REQUEST", "METHOD_NOT_ALLOWED")
    assert other.headers["allow"] == "GET, POST"


async def test_a_page_of_another_site_cannot_get(client) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    response = await client.get("/graphql", params={"query": "{hello}"}, headers=headers)

    assert _error(response) == (403, "FORBIDDEN", "CROSS_SITE")


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {},
    ],
)
async def test_a_form_cannot_send_an_operation(client, headers) -> None:
    response = await client.post("/graphql", content=b'{"query":"{hello}"}', headers=headers)

    assert _error(response) == (415, "BAD_REQUEST", "UNSUPPORTED_MEDIA_TYPE")


async def test_doubling_fragments_are_counted_once(client) -> None:
    spreads = [f"fragment F{n} on Node{{...F{n + 1} ...F{n + 1}}}" for n in range(40)]
    query = "{node{...F0}} " + " ".join(spreads) + " fragment F40 on Node{name}"

    assert _error(await _post(client, query)) == (400, "QUERY_TOO_COMPLEX", "DOCUMENT_TOO_LARGE")


async def test_introspection_is_within_the_limits(client) -> None:
    response = await _post(client, get_introspection_query())

    assert response.json()["data"]["__schema"]["queryType"]["name"] == "Query"


async def test_only_listed_hosts_are_served(client) -> None:
    for host in ("evil.example", "localhost.evil.example", ""):
        response = await client.post("/graphql", json={"query": "{hello}"}, headers={"Host": host})
        assert _error(response) == (400, "BAD_REQUEST", "HOST_NOT_ALLOWED")
    for host in ("localhost:8000", "127.0.0.1", "LOCALHOST"):
        response = await client.post("/graphql", json={"query": "{hello}"}, headers={"Host": host})
        assert response.status_code == 200


async def test_unknown_paths_and_faults_are_json(client) -> None:
    missing = await client.get("/nowhere")
    method = await client.get("/v1/feeds/x/files")

    assert _error(missing) == (404, "BAD_REQUEST", "NOT_FOUND")
    assert _error(method) == (405, "BAD_REQUEST", "METHOD_NOT_ALLOWED")
    assert (await client.get("/graphql/")).status_code == 404


async def test_a_key_names_its_merchant(client) -> None:
    merchant = await factories.merchant()
    text, row = await key(merchant.id, "feeds:read")
    headers = {"Authorization": f"Bearer {text}"}

    response = await client.post("/graphql", json={"query": "{merchant}"}, headers=headers)
    assert response.json()["data"] == {"merchant": str(merchant.id)}
    await row.refresh_from_db()
    noted = row.last_used_at
    assert noted is not None
    await client.post("/graphql", json={"query": "{merchant}"}, headers=headers)
    await row.refresh_from_db()
    assert row.last_used_at == noted


async def test_every_key_that_opens_nothing_is_refused_alike(client) -> None:
    merchant = await factories.merchant()
    good, _ = await key(merchant.id)
    expired, _ = await key(merchant.id, expired=True)
    revoked, _ = await key(merchant.id, revoked=True)
    unknown, row = await key(merchant.id)
    await row.delete()
    stolen, other = await key(merchant.id)
    other.secret_sha256 = b"x" * 32
    await other.save()
    sent = [f"Basic {good}", good, "Bearer", f"Bearer {good[:-1]}0x", "Bearer \xe9"]
    sent += [f"Bearer {text}" for text in (expired, revoked, unknown, stolen)]

    answers = set()
    for value in sent:
        headers = {"Authorization": value.encode("latin-1"), "Accept": NEW}
        response = await client.post("/graphql", json={"query": "{hello}"}, headers=headers)
        assert response.headers["www-authenticate"] == "Bearer"
        answers.add((response.status_code, json.dumps(response.json())))

    assert len(answers) == 1
    assert _error(response) == (401, "UNAUTHENTICATED", "KEY_REFUSED")
