"""Carriers push: what is proved is stored once, what is not leaves no trace."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import orjson
import pytest

from domain.shipments.carriers import TrackingApi
from models.base import execute, fetch, fetchrow, fetchval, transaction
from models.shipments import accounts
from resolvers.accounts.house import house
from tests import factories, orders
from tests.boucle.edge import serving
from tests.identity import at_home
from workers import shipments
from workers.shipments.pushes import read_push

NUMBER = "6A99900000017"
SECRET, OLD = "a-secret-of-the-aggregator", "the-one-before"


@pytest.fixture
async def client(db: None, database_url: str):
    with at_home():
        async with serving(database_url) as client:
            yield client


async def account(api: TrackingApi = TrackingApi.AFTERSHIP, merchant: UUID | None = None) -> UUID:
    made = uuid4()
    given = accounts.Set(
        api, merchant, secrets={"api_key": "k"}, push_secrets=[SECRET, OLD], pushes=True
    )
    assert await accounts.store(made, given, house().vault)
    return made


def pushed(tag: str = "Delivered", number: str = NUMBER, at: datetime | None = None) -> bytes:
    when = (at or datetime.now(UTC)).isoformat()
    point = {
        "checkpoint_time": when, "tag": tag, "subtag": f"{tag}_001", "message": tag,
        "raw_tag": tag, "city": "Lyon", "country_region": "FRA", "slug": "laposte",
    }  # fmt: skip
    msg = {"tracking_number": number, "slug": "laposte", "tag": tag, "subtag": f"{tag}_001",
           "checkpoints": [point]}  # fmt: skip
    return orjson.dumps({"event": "tracking_update", "event_id": str(uuid4()), "msg": msg})


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    digest = hmac.digest(secret.encode(), body, hashlib.sha256)
    return {"aftership-hmac-sha256": base64.b64encode(digest).decode()}


async def send(
    client: httpx.AsyncClient, to: UUID, body: bytes, secret: str = SECRET, api: str = "aftership"
) -> httpx.Response:
    return await client.post(
        f"/webhooks/carriers/{api}/{to}", content=body, headers=signed(body, secret)
    )


async def stored() -> int:
    return await fetchval("SELECT count(*) FROM carrier_delivery") or 0


async def read_all() -> None:
    for row in await fetch("SELECT id FROM carrier_delivery ORDER BY id"):
        async with transaction():
            await read_push(row["id"], shipments.PUSHES, shipments.zone_name)


async def parcel() -> UUID:
    [item, *_] = await factories.world(1, 1)
    of = await orders.bought(await factories.merchant("amber"), item)
    made = datetime.now(UTC) - timedelta(days=2)
    return await orders.parcel(of, number=NUMBER, at=made)


async def test_a_proved_push_is_stored_once_with_its_job(client) -> None:
    to, body = await account(), pushed()

    answers = [await send(client, to, body) for _ in range(3)]
    other = await send(client, to, pushed(), OLD)

    assert [each.status_code for each in (*answers, other)] == [200] * 4
    assert await stored() == 2
    assert await fetchval("SELECT count(*) FROM outbox_job WHERE job = 'read_push'") == 2
    assert await fetchval("SELECT count(*) FROM carrier_delivery WHERE body = $1", body) == 1


@pytest.mark.parametrize("forged", ["", "guess", SECRET[:-1]])
async def test_a_forged_push_is_refused_and_leaves_no_trace(client, forged: str) -> None:
    to, body = await account(), pushed()

    found = await send(client, to, body, forged or "x")
    bare = await client.post(f"/webhooks/carriers/aftership/{to}", content=body)
    changed = await client.post(
        f"/webhooks/carriers/aftership/{to}", content=body + b" ", headers=signed(body)
    )

    assert [each.status_code for each in (found, bare, changed)] == [401] * 3
    assert found.json()["errors"][0]["extensions"]["reason"] == "BAD_SIGNATURE"
    assert await stored() == 0
    assert not await fetchval("SELECT count(*) FROM outbox_job WHERE job = 'read_push'")


async def test_an_unknown_account_is_not_found_whatever_is_sent(client) -> None:
    to, body = await account(), pushed()
    for path in (f"aftership/{uuid4()}", f"easypost/{to}", f"nobody/{to}", "aftership/x"):
        found = await client.post(f"/webhooks/carriers/{path}", content=body, headers=signed(body))
        assert found.status_code == 404, path
    assert await stored() == 0


async def test_an_unknown_number_is_taken_and_noted(client) -> None:
    to = await account()

    assert (await send(client, to, pushed(number="NOBODYS1"))).status_code == 200
    await read_all()

    row = await fetchrow("SELECT parcels, unknown, processed_at FROM carrier_delivery")
    assert row is not None
    assert (row["parcels"], row["unknown"]) == (0, 1)
    assert row["processed_at"] is not None


async def test_what_is_no_tracking_is_noted_and_not_tried_again(client) -> None:
    to = await account()

    assert (await send(client, to, b"\xff{}")).status_code == 200
    await read_all()
    await read_all()

    assert await fetchval("SELECT problem IS NOT NULL FROM carrier_delivery")


async def test_a_push_through_the_platforms_account_is_news(client) -> None:
    it, to = await parcel(), await account()

    await send(client, to, pushed())
    await read_all()

    assert await fetchval("SELECT status FROM shipment WHERE id = $1", it) == "DELIVERED"


async def test_a_merchant_cannot_push_its_own_parcel_delivered(client) -> None:
    """It knows the secret of its account: its push only has the carrier asked at once."""
    it = await parcel()
    owner = await fetchval("SELECT merchant_id FROM shipment")
    await execute("UPDATE shipment SET next_poll_at = now() + interval '6 hours'")
    to = await account(merchant=owner)

    await send(client, to, pushed())
    await read_all()

    row = await fetchrow(
        "SELECT status, next_poll_at <= now() AS due FROM shipment WHERE id = $1", it
    )
    assert tuple(row or ()) == ("UNKNOWN", True)


async def test_a_merchants_account_wakes_no_parcel_of_another(client) -> None:
    await parcel()
    await execute("UPDATE shipment SET next_poll_at = now() + interval '6 hours'")
    to = await account(merchant=(await factories.merchant("birch")).id)

    await send(client, to, pushed())
    await read_all()

    assert not await fetchval("SELECT next_poll_at <= now() FROM shipment")


async def test_a_used_number_means_the_newest_parcel_whose_time_fits(client) -> None:
    it, to = await parcel(), await account()
    old = await fetchval("SELECT order_id FROM shipment")
    assert old is not None
    long_ago = datetime.now(UTC) - timedelta(days=90)
    first = await fetchval(
        "INSERT INTO shipment (purpose, carrier, tracking_number, created_at, api) "
        "VALUES ('RETURN', 'LA_POSTE', $1, $2, 'LA_POSTE') RETURNING id",
        NUMBER,
        long_ago,
    )
    await execute("UPDATE shipment SET account_id = $1", to)

    await send(client, to, pushed("Exception", at=long_ago + timedelta(days=5)))
    await send(client, to, pushed("InTransit"))
    await read_all()

    status = "SELECT status FROM shipment WHERE id = $1"
    assert await fetchval(status, first) == "EXCEPTION"
    assert await fetchval(status, it) == "IN_TRANSIT"


async def test_too_large_a_push_is_refused_while_it_comes(client) -> None:
    to, body = await account(), b"x" * (1024 * 1024 + 1)

    assert (await send(client, to, body)).status_code == 413
    assert (await send(client, to, body[:-1])).status_code == 200


async def test_dhl_hears_its_secret_again_and_nobody_elses(client) -> None:
    to = await account(TrackingApi.DHL_UNIFIED)
    path = f"/webhooks/carriers/dhl_unified/{to}"

    right = await client.post(path, json={"secret": SECRET})
    wrong = await client.post(path, json={"secret": "something"})

    assert (right.status_code, right.json()) == (200, {"secret": SECRET})
    assert wrong.status_code == 401
    assert await stored() == 0


async def test_nobody_is_refused_by_the_same_work_as_somebody(client, monkeypatch) -> None:
    """Both verify one proof over the whole body."""
    to, body = await account(), pushed()
    seen: list[int] = []
    reader = type(shipments.PUSHES[TrackingApi.AFTERSHIP])
    real = reader.verify

    def noted(self, headers, sent, secrets) -> None:
        seen.append(len(sent) * bool(secrets))
        real(self, headers, sent, secrets)

    monkeypatch.setattr(reader, "verify", noted)
    await send(client, to, body, "guess")
    await send(client, uuid4(), body, "guess")

    assert seen == [len(body)] * 2
