"""What operators and their orchestrators read."""

import socket

import pytest

from boucle.asgi import create_app
from boucle.edge import health
from tests.boucle.edge import SCHEMA, client_of, serving, settings


async def test_a_process_that_answers_is_live(db: None, database_url: str) -> None:
    async with serving(database_url) as client:
        response = await client.get("/health/live", headers={"Host": "10.0.0.9:8000"})

    assert (response.status_code, response.json()) == (200, {"status": "live"})


async def test_ready_is_the_database_and_its_migrations(
    db: None, database_url: str, redis_url: str
) -> None:
    async with serving(database_url, redis_url) as client:
        body = (await client.get("/health/ready")).json()

    assert set(body.pop("outbox_lag_seconds")) >= {"feeds", "mail"}
    assert body == {"status": "ready", "database": True, "migrations": True, "redis": True}


async def test_redis_decides_nothing(db: None, database_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with serving(database_url, f"redis://127.0.0.1:{port}/0") as client:
        response = await client.get("/health/ready")

    assert response.status_code == 200
    assert response.json()["redis"] is False


async def test_tables_without_their_migrations_are_not_ready(
    db: None, empty_database_url: str
) -> None:
    async with serving(empty_database_url) as client:
        response = await client.get("/health/ready")

    assert response.status_code == 503
    assert response.json()["status"] == "not ready"
    assert response.json()["migrations"] is False


async def test_a_silent_database_is_not_ready(
    db: None, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_sql: str) -> None:
        raise ConnectionError

    monkeypatch.setattr(health, "fetchval", away)
    async with serving(database_url) as client:
        response = await client.get("/health/ready")
        live = await client.get("/health/live")

    assert response.status_code == 503
    assert response.json()["database"] is False
    assert live.status_code == 200


async def test_metrics_count_requests_by_route_and_operations_by_outcome(
    db: None, database_url: str
) -> None:
    async with serving(database_url) as client:
        await client.post("/graphql", json={"query": "{fault}"})
        await client.get("/someone/%F0%9F%98%80")
        response = await client.get("/metrics")

    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    told = response.text
    assert 'boucle_http_requests_total{method="POST",route="/graphql",status="200"}' in told
    assert 'boucle_http_requests_total{method="GET",route="other",status="404"}' in told
    assert 'boucle_graphql_operations_total{kind="query",outcome="INTERNAL_SERVER_ERROR"}' in told
    assert "someone" not in told


async def test_a_fault_of_ours_is_json_and_masked(
    db: None, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> bytes:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(health, "exposition", broken)
    async with serving(database_url) as client:
        response = await client.get("/metrics")

    assert response.status_code == 500
    assert response.json()["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert "secret" not in response.text


async def test_only_a_development_server_shows_the_page(db: None, database_url: str) -> None:
    production = settings(
        database_url,
        "redis://127.0.0.1:1/0",
        BOUCLE_ENV="production",
        BOUCLE_KEYS="a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    )
    async with serving(database_url) as client:
        page = await client.get("/graphql", headers={"Accept": "text/html,*/*;q=0.8"})
    async with client_of(create_app(production, SCHEMA)) as client:
        none = await client.get("/graphql", headers={"Accept": "text/html,*/*;q=0.8"})

    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert none.status_code == 404
