"""A merchant's program changes its offers over HTTP."""

import gzip
from collections.abc import AsyncGenerator
from typing import Any

import asyncpg
import httpx
import orjson
import pytest

from models.base import fetchval
from models.merchants import Merchant
from models.offers import batch
from tests.boucle.edge import key, serving
from tests.factories import of_sku
from tests.schema.offers import in_line, seen, seller

Said = tuple[int, Any]


@pytest.fixture
async def owner(db: None) -> Merchant:
    made, _ = await seller()
    return made


@pytest.fixture
async def client(owner: Merchant, database_url: str) -> AsyncGenerator[httpx.AsyncClient]:
    text, _ = await key(owner.id, "offers:write")
    async with serving(database_url) as client:
        client.headers["authorization"] = f"Bearer {text}"
        client.headers["content-type"] = "application/json"
        yield client


async def _batch(client: httpx.AsyncClient, body: object, **headers: str) -> Said:
    sent = body if isinstance(body, bytes) else orjson.dumps(body)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    response = await client.post("/v1/offers:batch", content=sent, headers=names)
    return response.status_code, response.json()


async def _patch(client: httpx.AsyncClient, sku: str, body: object, **headers: str) -> Said:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    response = await client.patch(f"/v1/offers/{sku}", content=orjson.dumps(body), headers=names)
    return response.status_code, response.json()


def _offers(*offers: object) -> dict[str, object]:
    return {"mode": "delta", "offers": list(offers)}


async def test_a_batch_is_told_item_by_item_and_seen_by_buyers(
    client: httpx.AsyncClient, owner: Merchant
) -> None:
    status, told = await _batch(
        client,
        _offers(
            {"sku": "SKU-0", "price": 150.5, "quantity": "7", "note": None},
            {"sku": "SKU-1", "quantity": -1},
            {"sku": "SKU-1", "delete": True},
        ),
    )

    assert status == 200
    assert (told["applied"], told["rejected"]) == (2, 1)
    found = [(r["index"], r["outcome"], r["code"]) for r in told["results"]]
    assert found == [
        (0, "APPLIED", None),
        (1, "REJECTED", "QUANTITY_INVALID"),
        (2, "APPLIED", None),
    ]
    assert told["results"][1]["suggestion"]
    assert await seen() == [(2, 15050, 7), (0, 19990, 0)]
    assert await in_line()


async def test_a_repeated_batch_has_one_effect(client: httpx.AsyncClient, owner: Merchant) -> None:
    body = _offers({"sku": "SKU-0", "quantity": 9})

    first = await _batch(client, body, idempotency_key="k")
    await _batch(client, _offers({"sku": "SKU-0", "quantity": 1}))
    assert await _batch(client, body, idempotency_key="k") == first
    assert (await of_sku(owner, "SKU-0"))["quantity"] == 1
    status, told = await _batch(client, _offers({"sku": "x"}), idempotency_key="k")
    assert (status, _reason(told)) == (422, "IDEMPOTENCY_KEY_REUSED")


def _reason(body: Any) -> str:
    reason: str = body["errors"][0]["extensions"]["reason"]
    return reason


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"[]", 400, "BAD_JSON"),
        (b"{", 400, "BAD_JSON"),
        (b'{"offers": [{"sku": "a\\u0000"}]}', 400, "BAD_TEXT"),
        ({}, 422, "ITEM_COUNT_WRONG"),
        ({"offers": []}, 422, "ITEM_COUNT_WRONG"),
        ({"offers": [{"sku": "a"}] * 1001}, 422, "ITEM_COUNT_WRONG"),
        ({"mode": "full", "offers": [{"sku": "a"}]}, 422, "INVALID_MEMBER"),
        ({"offers": [{"sku": 1}]}, 422, "INVALID_MEMBER"),
        ({"offers": [{"sku": "a", "delete": "yes"}]}, 422, "INVALID_MEMBER"),
        ({"offers": [{"sku": "a", "prices": ["FR"]}]}, 422, "INVALID_MEMBER"),
        ({"offers": [{"sku": "a", "quantitiy": 1}]}, 422, "UNKNOWN_MEMBER"),
        ({"offers": [{"sku": "a"}], "x": 1}, 422, "UNKNOWN_MEMBER"),
    ],
)
async def test_what_is_no_batch_is_refused_and_changes_nothing(
    client: httpx.AsyncClient, body: object, status: int, reason: str
) -> None:
    found, told = await _batch(client, body)

    assert (found, _reason(told)) == (status, reason)
    assert await fetchval("SELECT count(*) FROM audit_log") == 0


async def test_a_body_may_be_gzip_but_neither_a_bomb_nor_anything_else(
    client: httpx.AsyncClient, owner: Merchant
) -> None:
    body = orjson.dumps(_offers({"sku": "SKU-0", "quantity": 8}))
    bomb = gzip.compress(b" " * 5_000_000 + body)

    assert (await _batch(client, gzip.compress(body), content_encoding="gzip"))[0] == 200
    assert (await of_sku(owner, "SKU-0"))["quantity"] == 8
    for sent, encoding, status, reason in (
        (bomb, "gzip", 413, "BODY_TOO_LARGE"),
        (b" " * 5_000_000, "identity", 413, "BODY_TOO_LARGE"),
        (gzip.compress(body)[:-4], "gzip", 400, "BAD_GZIP"),
        (gzip.compress(body) * 2, "gzip", 400, "BAD_GZIP"),
        (body, "br", 415, "UNSUPPORTED_CONTENT_ENCODING"),
    ):
        found, told = await _batch(client, sent, content_encoding=encoding)
        assert (found, _reason(told)) == (status, reason)


async def test_one_offer_is_changed(client: httpx.AsyncClient, owner: Merchant) -> None:
    status, told = await _patch(client, "sku-0", {"quantity": 1, "price": "180", "if_quantity": 3})

    assert (status, told["outcome"], told["quantity"]) == (200, "APPLIED", 1)
    assert (await _patch(client, "SKU-0", {"paused": True}))[1]["outcome"] == "APPLIED"
    assert await seen() == [(0, 18000, 1), (2, 19990, 3)]


async def test_a_refusal_of_one_offer_has_a_status_and_says_what_is_known(
    client: httpx.AsyncClient,
) -> None:
    await _patch(client, "SKU-0", {"quantity": 2, "sequence": 7})

    for sku, body, status, reason, current in (
        ("SKU-0", {"quantity": 1, "sequence": 6}, 409, "STALE_SEQUENCE", 7),
        ("SKU-0", {"quantity": 1, "if_quantity": 9}, 412, "CONFLICT", 2),
        ("nowhere", {"quantity": 1}, 404, "UNKNOWN_SKU", None),
        ("SKU-0", {"quantity": "many"}, 422, "QUANTITY_INVALID", None),
        ("SKU-0", {"grade": "GOOD"}, 422, "UNKNOWN_MEMBER", None),
        ("SKU-0", {}, 422, "INVALID_MEMBER", None),
    ):
        found, told = await _patch(client, sku, body)
        assert (found, _reason(told)) == (status, reason)
        assert told["errors"][0]["extensions"].get("current") == current


async def test_a_key_without_the_scope_is_refused_before_the_body_is_read(
    client: httpx.AsyncClient, owner: Merchant
) -> None:
    reads, _ = await key(owner.id, "offers:read")

    status, told = await _batch(client, b"{", authorization=f"Bearer {reads}")
    assert (status, _reason(told)) == (403, "SCOPE_NOT_GRANTED")
    response = await client.post("/v1/offers:batch", headers={"authorization": ""})
    assert response.status_code == 401


async def test_while_a_feed_is_applied_a_batch_may_be_sent_again(
    client: httpx.AsyncClient, owner: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def held(*_: object) -> None:
        raise asyncpg.LockNotAvailableError

    monkeypatch.setattr(batch, "lock", held)

    status, told = await _batch(client, _offers({"sku": "SKU-0", "quantity": 9}))

    assert (status, _reason(told)) == (503, "TRY_AGAIN")
