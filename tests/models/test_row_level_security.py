"""With every filter of ours gone, PostgreSQL still shows a tenant its own rows and no others."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tortoise.exceptions import BaseORMException

from boucle import roles
from models import accounts
from models.base import (
    DESK,
    NOBODY,
    Tenant,
    acting,
    execute,
    fetch,
    fetchval,
    on_behalf_of,
    transaction,
)
from models.offers import report
from models.tenancy import ADDED_TO, HIDDEN_COLUMNS, SHARED, TABLES, Reach
from tests import factories
from tests.tenants import Company, Shop, count, full_company, names, serving, shop

PRIVATE = sorted(table for table, reach in TABLES.items() if reach is Reach.TENANT)
PUBLIC = sorted(table for table, reach in TABLES.items() if reach is Reach.PUBLIC)
CLOSED = {Reach.TENANT, Reach.CUSTOMER, Reach.DESK}
DENIED = r"row-level security|permission denied"
REFUSED = (asyncpg.InsufficientPrivilegeError, BaseORMException)


@pytest.fixture
async def shops(db: None, tmp_path: Path) -> tuple[Shop, Shop]:
    items = await factories.world(1, 2)
    return await shop("amber", items, tmp_path), await shop("birch", items, tmp_path)


@pytest.fixture
async def owners(shops: tuple[Shop, Shop]) -> tuple[Shop, Shop, Company, Company]:
    """The merchants, and two companies beside them."""
    [row] = await fetch("SELECT id, product_id FROM variant LIMIT 1")
    item = factories.Item(row["id"], row["product_id"], "", "")
    return *shops, await full_company("cobalt", item), await full_company("dune", item)


async def test_every_table_is_in_the_register(db: None) -> None:
    found = await names("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")

    assert found == set(TABLES)


async def test_every_private_table_forces_its_policies_and_no_other_has_any(db: None) -> None:
    forced = await names(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relrowsecurity AND relforcerowsecurity"
    )
    half = await names(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relrowsecurity <> relforcerowsecurity"
    )
    policies = await names("SELECT tablename || ' ' || roles[1] FROM pg_policies")

    at_desk = {t for t, reach in TABLES.items() if reach in {Reach.DESK, Reach.CUSTOMER}}
    closed = {*PRIVATE, *at_desk}
    assert forced == closed
    assert half == set()
    assert policies == {f"{table} {role}" for table in closed for role in roles.ROLES}


async def test_only_the_desk_reaches_accounts_sessions_and_codes(db: None) -> None:
    """Whoever is known, and whatever a stranger presents, sees no row and adds none."""
    at_desk = [table for table, reach in TABLES.items() if reach is Reach.DESK]
    await execute(
        "INSERT INTO organisation (id, created_at, updated_at, slug, name)"
        " VALUES (gen_random_uuid(), now(), now(), 'acme', 'Acme')"
    )
    await execute(
        "INSERT INTO sign_in_failure (id, created_at, updated_at, email, place, at)"
        " VALUES (gen_random_uuid(), now(), now(), 'a@example.org', '192.0.2.1', now())"
    )
    some = factories.some_id()
    strangers = [Tenant(), Tenant(merchant_id=some), Tenant(organisation_id=some),
                 Tenant(user_id=some), Tenant(presented="a prefix")]  # fmt: skip
    for stranger in strangers:
        async with serving(), acting(stranger):
            for table in at_desk:
                assert await fetchval(f"SELECT count(*) FROM {table}") == 0, (table, stranger)
            assert await execute("DELETE FROM organisation") == 0
        with pytest.raises(REFUSED):
            async with serving(), acting(stranger):
                await execute(
                    "INSERT INTO organisation (id, created_at, updated_at, slug, name)"
                    " VALUES (gen_random_uuid(), now(), now(), 'other', 'Other')"
                )
    async with serving(), acting(Tenant(presented=DESK)):
        assert await fetchval("SELECT count(*) FROM organisation WHERE slug = 'acme'") == 1
        assert await fetchval("SELECT count(*) FROM sign_in_failure") == 1


async def test_the_roles_own_nothing_and_pass_by_no_policy(db: None) -> None:
    owned = await names(
        "SELECT relname FROM pg_class JOIN pg_roles r ON r.oid = relowner"
        " WHERE rolname IN ('boucle_app', 'boucle_system') AND relpersistence <> 't'"
    )
    free = await names(
        "SELECT rolname FROM pg_roles WHERE rolname IN ('boucle_app', 'boucle_system')"
        " AND (rolsuper OR rolbypassrls OR rolcanlogin OR rolcreaterole OR rolcreatedb)"
    )

    assert (owned, free) == (set(), set())


async def test_nothing_runs_with_the_rights_of_its_maker(db: None) -> None:
    views = await names("SELECT viewname FROM pg_views WHERE schemaname = 'public'")
    definers = await names(
        "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
    )

    assert (views, definers) == (set(), set())


async def test_requests_read_public_tables_and_write_none_of_them(db: None) -> None:
    columns = await fetch(
        """
        SELECT c.relname, a.attname,
          array(SELECT p FROM unnest('{SELECT,INSERT,UPDATE}'::text[]) p
            WHERE has_column_privilege('boucle_app', c.oid, a.attnum, p)) AS rights,
          has_table_privilege('boucle_app', c.oid, 'DELETE, TRUNCATE') AS empties
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
          AND NOT a.attisdropped
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
        """
    )

    for table, column, rights, empties in columns:
        if table in PUBLIC:
            hidden = column in HIDDEN_COLUMNS.get(table, ())
            assert rights == ([] if hidden else ["SELECT"]), (table, column)
        if TABLES[table] is Reach.SYSTEM:
            assert table in ADDED_TO or rights == [], (table, column)
            assert "UPDATE" not in rights, (table, column)
        assert not (empties and TABLES[table] not in CLOSED), table


async def test_requests_ask_for_jobs_but_do_not_read_what_they_are_about(db: None) -> None:
    async with serving():
        await execute(
            "INSERT INTO outbox_job (id, job, queue) VALUES (gen_random_uuid(), 'purge', 'bulk')"
        )
        assert await fetchval("SELECT job FROM outbox_job") == "purge"
    for closed in ("SELECT kwargs FROM outbox_job", "DELETE FROM outbox_job"):
        with pytest.raises(REFUSED):
            async with serving():
                await execute(closed)


@dataclass(slots=True)
class Checks:
    """What was tried, and what came through."""

    made: int = 0
    leaks: list[str] | None = None

    def note(self, came_through: object, what: str) -> None:
        self.made += 1
        if came_through:
            self.leaks = [*(self.leaks or []), what]


def _strangers(other: Shop | Company) -> dict[str, Tenant]:
    """Everybody who is not `other`, nor one of the owners."""
    return {
        "nobody": NOBODY,
        "an organisation without rows": Tenant(organisation_id=factories.some_id()),
        "a person": Tenant(user_id=factories.some_id()),
        "a person with the owner's id": Tenant(user_id=other.id),
        "a key that does not exist": Tenant(presented="prefix-none"),
    }


async def _hidden_rows(table: str, other: Shop | Company) -> list[str]:
    """The rows of a table that are the other owner's, as JSON."""
    async with serving(), acting(other.tenant):
        rows = await fetch(f"SELECT to_jsonb(t)::text FROM {table} t")
    return [row[0] for row in rows]


async def _may_own() -> dict[str, set[type]]:
    """By table, which owners must have a row in it: its columns tell."""
    rows = await fetch(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE column_name IN ('merchant_id', 'organisation_id')"
    )
    kinds = {"merchant_id": Shop, "organisation_id": Company}
    found: dict[str, set[type]] = {table: set() for table in PRIVATE}
    for table, column in rows:
        if table in found:
            found[table].add(kinds[column])
    return found


async def _changed(sql: str, *args: object) -> int:
    """How many rows a statement of a request changes; 0 where it is refused."""
    try:
        async with transaction():
            return await execute(sql, *args)
    except REFUSED as error:
        if not re.search(DENIED, str(error)):
            raise
        return 0


async def test_no_stranger_reads_or_writes_a_row_of_a_private_table(
    owners: tuple[Shop, Shop, Company, Company],
) -> None:
    """Neither merchants nor companies reach each other's rows, nor those of their like."""
    shop_of_one, other_shop, company, other_company = owners
    checks, may_own = Checks(), await _may_own()
    tried = {
        other_shop: {"another merchant": shop_of_one, "a company": company},
        other_company: {"a merchant": shop_of_one, "another company": company},
    }
    for other, tenants in tried.items():
        strangers = _strangers(other) | {name: each.tenant for name, each in tenants.items()}
        for table in PRIVATE:
            hidden = await _hidden_rows(table, other)
            assert hidden or type(other) not in may_own[table], (table, type(other))
            for name, stranger in strangers.items() if hidden else ():
                await _try(table, name, stranger, hidden, checks)

    assert checks.leaks is None
    assert checks.made >= 400, checks.made


async def _try(table: str, name: str, stranger: Tenant, hidden: list[str], checks: Checks) -> None:
    """All that a stranger may try with the hidden rows of a table."""
    columns = await fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_name = $1"
        " AND is_generated = 'NEVER' ORDER BY ordinal_position", table,
    )  # fmt: skip
    column, listed = columns[0][0], ", ".join(row[0] for row in columns)
    async with serving(), acting(stranger):
        seen = await fetch(f"SELECT to_jsonb(t)::text FROM {table} t")
        rows = {row[0] for row in seen}
        checks.note(rows & set(hidden), f"{name} reads {table}")
        given = f"SELECT {listed} FROM jsonb_populate_record(NULL::{table}, $1)"
        copy = f"INSERT INTO {table} ({listed}) {given}"
        checks.note(await _changed(copy, hidden[0]), f"{name} writes to {table}")
        mine = len(rows)
        for verb, sql in (
            ("changes", f"UPDATE {table} SET {column} = {column}"),
            ("deletes", f"DELETE FROM {table}"),
        ):
            checks.note(await _touched(sql) > mine, f"{name} {verb} {table}")


async def _touched(sql: str) -> int:
    """How many rows a statement reaches; it is undone."""
    reached = 0
    try:
        async with transaction():
            reached = await execute(sql)
            raise InterruptedError
    except InterruptedError:
        return reached
    except (*REFUSED, asyncpg.ForeignKeyViolationError):
        return 0


async def test_an_owner_sees_its_own_rows_and_a_job_sees_all(
    owners: tuple[Shop, Shop, Company, Company],
) -> None:
    for table, whose in (await _may_own()).items():
        seen = []
        for each in owners:
            async with serving(), acting(each.tenant) as raw:
                seen.append(await count(raw, table))
                assert seen[-1] > 0 or type(each) not in whose, (table, type(each))
        async with transaction() as raw:
            everything = await count(raw, table)

        assert sum(seen) > 0, table
        assert table in SHARED or sum(seen) == everything, table


async def test_a_statement_without_a_filter_shows_no_lines_of_another(
    shops: tuple[Shop, Shop],
) -> None:
    own, other = shops

    async with serving(), acting(Tenant(merchant_id=own.id)):
        assert await report.lines(own.run.id, None, 0, 10) != []
        assert await report.lines(other.run.id, None, 0, 10) == []


async def test_a_row_cannot_be_given_to_another(shops: tuple[Shop, Shop]) -> None:
    own, other = shops

    for table in ("feed", "feed_run", "offer", "stored_file", "api_key", "merchant_site"):
        with pytest.raises(REFUSED, match=DENIED):
            async with serving(), acting(Tenant(merchant_id=own.id)):
                await execute(f"UPDATE {table} SET merchant_id = $1", other.id)


async def test_the_prefix_of_a_key_opens_that_key_alone(shops: tuple[Shop, Shop]) -> None:
    own, other = shops

    async with serving():
        async with acting(Tenant(presented=own.prefix)):
            assert [r["prefix"] for r in await fetch("SELECT prefix FROM api_key")] == [own.prefix]
            assert await _changed("UPDATE api_key SET scopes = '{all}'") == 0
        assert await fetch("SELECT prefix FROM api_key") == []
        found = await accounts.find(other.prefix)
        assert found is not None
        assert found.merchant_id == other.id


async def test_a_job_of_one_merchant_does_not_see_the_feeds_of_another(
    shops: tuple[Shop, Shop],
) -> None:
    own, other = shops

    with on_behalf_of(Tenant(merchant_id=own.id)):
        async with transaction():
            assert await names("SELECT merchant_id FROM feed") == {own.id}
            assert await names("SELECT merchant_id FROM feed_run") == {own.id}
    assert await names("SELECT merchant_id FROM feed") == {own.id, other.id}


async def test_a_tenant_within_a_tenant_is_forgotten_at_its_end(shops: tuple[Shop, Shop]) -> None:
    own, other = shops
    seen: list[set[Any]] = []

    async with serving(), acting(Tenant(merchant_id=own.id)):
        async with acting(Tenant(merchant_id=other.id)):
            seen.append(await names("SELECT merchant_id FROM feed"))
        seen.append(await names("SELECT merchant_id FROM feed"))
        with pytest.raises(ZeroDivisionError):
            async with acting(Tenant(merchant_id=other.id)):
                raise ZeroDivisionError
        seen.append(await names("SELECT merchant_id FROM feed"))

    assert seen == [{other.id}, {own.id}, {own.id}]


def test_nobody_is_two_tenants_at_once() -> None:
    with pytest.raises(ValueError, match="merchant or an organisation"):
        Tenant(merchant_id=UUID(int=1), organisation_id=UUID(int=2))
