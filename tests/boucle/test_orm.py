"""The database is opened as configured, and changed by one runner at a time."""

import asyncio

import pytest
from tortoise import connections
from tortoise.transactions import in_transaction

from boucle.orm import APP, WORKER, dsn, migrate, missing_migrations, tortoise_config, unapplied


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param(
            "asyncpg://a:b%40c@/boucle?host=/x/run&maxsize=4",
            "postgresql://a:b%40c@/other?host=/x/run",
            id="a socket",
        ),
        pytest.param("postgres://a@h:5433/b", "postgresql://a@h:5433/other", id="a port"),
    ],
)
def test_another_database_is_beside_the_first(url: str, expected: str) -> None:
    assert dsn(url, "other") == expected


def test_a_socket_is_the_host_and_the_password_is_decoded() -> None:
    config = tortoise_config("asyncpg://a:b%40c@/boucle?host=/x/run", pool=3, role=APP)
    credentials = config["connections"]["default"]["credentials"]

    assert (credentials["host"], credentials["password"]) == ("/x/run", "b@c")
    assert (credentials["minsize"], credentials["maxsize"]) == (1, 3)
    assert credentials["server_settings"]["statement_timeout"] == "5s"


async def test_a_connection_carries_the_limits_of_its_role(db: None) -> None:
    async with in_transaction() as connection:
        rows = await connection.execute_query_dict(
            "SELECT current_setting('application_name') AS name,"
            " current_setting('statement_timeout') AS statement,"
            " current_setting('lock_timeout') AS lock,"
            " current_setting('jit') AS jit, current_setting('timezone') AS zone"
        )

    assert rows == [
        {"name": WORKER.name, "statement": "1min", "lock": "5s", "jit": "off", "zone": "UTC"}
    ]


async def test_two_runners_migrate_once(empty_database_url: str) -> None:
    waiting = await unapplied(empty_database_url)
    told: list[str] = []

    ran = await asyncio.gather(
        migrate(empty_database_url, told.append), migrate(empty_database_url, told.append)
    )

    assert sorted(ran) == [0, len(waiting)]
    assert told == waiting
    assert await unapplied(empty_database_url) == []


async def test_models_and_migrations_agree(database_url: str) -> None:
    assert await missing_migrations(database_url) == []


async def test_the_pool_survives_a_migration_in_the_same_process(
    migrated: None, database_url: str
) -> None:
    before = connections.get("default")

    assert await migrate(database_url) == 0

    assert connections.get("default") is before
