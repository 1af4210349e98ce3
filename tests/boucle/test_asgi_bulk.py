"""The files of bulk operations over HTTP: lines in, answers out."""

import gzip
from uuid import UUID

import httpx
import orjson
import pytest

from boucle.edge import bulk as edge
from models.base import fetchval
from models.merchants import Merchant
from models.partners import bulk as stored
from resolvers.accounts.callers import caller_of_key
from resolvers.context import Caller
from schema.common import global_id
from tests import bulk, factories
from tests.boucle.edge import key, serving
from tests.identity import at_home

RUNS = "{feedRuns{edges{node{id}}}}"


@pytest.fixture
async def client(db: None, database_url: str):
    with at_home():
        async with serving(database_url) as client:
            yield client


@pytest.fixture
async def owner(db: None) -> Merchant:
    return await factories.merchant()


async def bearer(owner: Merchant, *scopes: str) -> tuple[dict[str, str], Caller]:
    text, row = await key(owner.id, *(scopes or ("feeds:read", "feeds:write")))
    return {"Authorization": f"Bearer {text}"}, caller_of_key(row)


def error(response: httpx.Response) -> tuple[int, str, str]:
    extensions = response.json()["errors"][0]["extensions"]
    return response.status_code, extensions["code"], extensions["reason"]


async def test_lines_are_staged_once_a_day_and_counted(client, owner) -> None:
    head, _ = await bearer(owner)
    first = await client.post("/v1/bulk/files", content=b'{"a": 1}\n{"a": 2}', headers=head)
    packed = gzip.compress(b'{"a": 1}\n{"a": 2}')
    again = await client.post(
        "/v1/bulk/files", content=packed, headers={**head, "Content-Encoding": "gzip"}
    )
    form = {"file": ("lines.jsonl", b"{}\n", "application/json")}
    other = await client.post("/v1/bulk/files", files=form, headers=head)

    assert [each.status_code for each in (first, again, other)] == [201] * 3
    assert first.json() == again.json()
    assert (first.json()["lines"], first.json()["bytes"]) == (2, 17)
    assert (other.json()["lines"], other.json()["bytes"]) == (1, 3)
    file_id = UUID(first.json()["file_id"])
    assert await stored.staged(owner.id, file_id) == 2
    assert await stored.staged((await factories.merchant("other")).id, file_id) is None


async def test_what_cannot_be_staged_is_refused_with_a_code(
    client, owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    head, _ = await bearer(owner)
    nobody, _ = await bearer(owner, "schema:read")
    monkeypatch.setattr(edge, "MOST_LINES", 3)

    async def sent(content: bytes, headers: dict[str, str]) -> tuple[int, str, str]:
        return error(await client.post("/v1/bulk/files", content=content, headers=headers))

    assert await sent(b"{}\n", {}) == (401, "UNAUTHENTICATED", "UNAUTHENTICATED")
    assert await sent(b"{}\n", nobody) == (403, "FORBIDDEN", "SCOPE_NOT_GRANTED")
    assert await sent(b"", head) == (422, "BAD_USER_INPUT", "FEED_EMPTY")
    assert await sent(b"{}\n" * 4, head) == (413, "BAD_USER_INPUT", "TOO_MANY_LINES")
    brotli = {**head, "Content-Encoding": "br"}
    assert await sent(b"{}\n", brotli) == (415, "BAD_REQUEST", "UNSUPPORTED_CONTENT_ENCODING")
    assert await fetchval("SELECT count(*) FROM stored_file") == 0


async def test_answers_are_read_while_it_runs_and_after_plain_and_packed(client, owner) -> None:
    head, by = await bearer(owner)
    ids = await bulk.held(owner, 1_100)
    bulk_id = await bulk.started(by, RUNS)
    path = f"/v1/bulk/{bulk_id}/result"

    before = await client.get(path, headers=head)
    await bulk.work(bulk_id, seconds=0)
    half = await client.get(path, headers=head)
    await bulk.work(bulk_id)
    whole = await client.get(path, headers={**head, "Accept-Encoding": "gzip"})
    shown = f"/v1/bulk/{global_id('BulkOperation', bulk_id)}/result"
    plain = await client.get(shown, headers={**head, "Accept-Encoding": "gzip;q=0"})

    assert (before.status_code, before.content) == (200, b"")
    assert (half.headers["x-bulk-state"], len(half.content.splitlines())) == ("RUNNING", 1_000)
    assert whole.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert whole.content == plain.content
    found = [orjson.loads(line)["id"] for line in plain.content.splitlines()]
    assert sorted(found) == sorted(str(global_id("FeedRun", each)) for each in ids)
    assert plain.headers["content-disposition"].startswith("attachment")


async def test_answers_are_for_those_alone_who_may_run_the_document(client, owner) -> None:
    head, by = await bearer(owner)
    bulk_id = await bulk.started(by, RUNS)
    path = f"/v1/bulk/{bulk_id}/result"
    foreign, _ = await bearer(await factories.merchant("other"))
    offers, _ = await bearer(owner, "offers:read")

    assert error(await client.get(path)) == (401, "UNAUTHENTICATED", "UNAUTHENTICATED")
    assert error(await client.get(path, headers=offers)) == (403, "FORBIDDEN", "SCOPE_NOT_GRANTED")
    unknown = (404, "BAD_USER_INPUT", "BULK_OPERATION_UNKNOWN")
    assert error(await client.get(path, headers=foreign)) == unknown
    for other in (factories.some_id(), "nothing", "RmVlZDox", "%00"):
        assert error(await client.get(f"/v1/bulk/{other}/result", headers=head)) == unknown


async def test_a_merchant_reads_few_results_at_once(
    client, owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    head, by = await bearer(owner)
    bulk_id = await bulk.started(by, RUNS)
    monkeypatch.setitem(edge._reading, owner.id, edge.MOST_READERS)

    found = await client.get(f"/v1/bulk/{bulk_id}/result", headers=head)

    assert error(found) == (429, "RATE_LIMITED", "TOO_MANY_AT_ONCE")
    assert found.headers["retry-after"] == "1"
