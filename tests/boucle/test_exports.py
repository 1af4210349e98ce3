"""The audit log as a file, over HTTP."""

import csv
import io

import httpx
import orjson
import pytest

from boucle.edge.exports import COLUMNS
from models import audit
from models.merchants import Merchant
from tests import factories
from tests.boucle.edge import key, serving

PATH = "/v1/audit-log"


@pytest.fixture
async def client(db: None, database_url: str):
    async with serving(database_url) as client:
        yield client


@pytest.fixture
async def merchant(db: None) -> Merchant:
    made, other = await factories.merchant("amber"), await factories.merchant("birch")
    for owner, action in ((made, "first"), (other, "theirs"), (made, "=cmd|' /C calc'!A0")):
        after = {"price": "1,5", "note": 'a "quoted"\nline'}
        await audit.record(audit.Entry(action, "Thing", None, "MERCHANT", owner.id, after=after))
    return made


@pytest.fixture
async def bearer(merchant: Merchant) -> dict[str, str]:
    text, _ = await key(merchant.id, "audit:read")
    return {"Authorization": f"Bearer {text}"}


async def test_lines_of_json_hold_what_happened_oldest_first_and_nothing_of_others(
    client: httpx.AsyncClient, bearer: dict[str, str]
) -> None:
    response = await client.get(PATH, headers=bearer)

    assert response.headers["content-type"] == "application/jsonl; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    rows = [orjson.loads(line) for line in response.content.splitlines()]
    assert [row["action"] for row in rows] == ["first", "=cmd|' /C calc'!A0"]
    assert rows[0]["after"] == {"price": "1,5", "note": 'a "quoted"\nline'}


async def test_a_spreadsheet_reads_the_same_and_runs_no_formula(
    client: httpx.AsyncClient, bearer: dict[str, str]
) -> None:
    response = await client.get(f"{PATH}?format=csv", headers=bearer)

    head, *rows = csv.reader(io.StringIO(response.text, newline=""))
    assert tuple(head) == COLUMNS
    told = [dict(zip(head, row, strict=True)) for row in rows]
    assert [row["action"] for row in told] == ["first", "'=cmd|' /C calc'!A0"]
    assert orjson.loads(told[0]["after"]) == {"price": "1,5", "note": 'a "quoted"\nline'}


@pytest.mark.parametrize(
    ("query", "status", "reason"),
    [
        ("?format=pdf", 422, "INVALID_PARAMETER"),
        ("?since=yesterday", 422, "INVALID_PARAMETER"),
        ("?colour=red", 400, "UNKNOWN_PARAMETER"),
    ],
)
async def test_a_parameter_that_cannot_be_read_is_told(
    client: httpx.AsyncClient, bearer: dict[str, str], query: str, status: int, reason: str
) -> None:
    response = await client.get(PATH + query, headers=bearer)

    assert response.status_code == status
    assert response.json()["errors"][0]["extensions"]["reason"] == reason


async def test_who_may_not_read_it_gets_no_file(
    client: httpx.AsyncClient, merchant: Merchant
) -> None:
    text, _ = await key(merchant.id, "feeds:read")
    without = await client.get(PATH, headers={"Authorization": f"Bearer {text}"})
    nobody = await client.get(PATH)

    assert (without.status_code, nobody.status_code) == (403, 401)
    assert nobody.headers["www-authenticate"] == "Bearer"


async def test_filters_narrow_the_file(client: httpx.AsyncClient, bearer: dict[str, str]) -> None:
    action = await client.get(f"{PATH}?action=first", headers=bearer)
    later = await client.get(f"{PATH}?since=2999-01-01T00:00:00Z", headers=bearer)

    assert action.text.count("\n") == 1
    assert (later.status_code, later.text) == (200, "")
