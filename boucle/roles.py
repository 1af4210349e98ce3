"""The two database roles that do the work: neither owns a table, neither passes by a policy.

The user of DATABASE_URL owns the tables and runs the migrations. A process that serves requests
takes the role `boucle_app` as it connects, one that runs jobs `boucle_system`: their rights are
those of the role, and row-level security binds both.
"""

from dataclasses import dataclass

import asyncpg

APP = "boucle_app"
SYSTEM = "boucle_system"
ROLES = (APP, SYSTEM)

_KNOWN = "SELECT rolname, rolsuper OR rolbypassrls AS free FROM pg_roles WHERE rolname = ANY ($1)"
_OPTIONS = (160_000, " WITH INHERIT FALSE, SET TRUE")  # before, a grant had no options
_MINE = """
SELECT rolname FROM pg_roles WHERE rolname = ANY ($1) AND pg_has_role(current_user, oid, CASE
  WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END)
"""


class NoRoles(Exception):
    """The roles are not there, and the user of DATABASE_URL may not make them. Says what to run."""


@dataclass(frozen=True, slots=True)
class Roles:
    """What is wrong with the roles of a cluster; nothing where all are empty."""

    missing: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    free: tuple[str, ...] = ()

    @property
    def well(self) -> bool:
        """Whether the user may take both roles, and policies bind them."""
        return not (self.missing or self.foreign or self.free)


async def look(connection: asyncpg.Connection) -> Roles:
    """Which roles are missing, which the user may not take, which no policy binds."""
    known = {row["rolname"]: row["free"] for row in await connection.fetch(_KNOWN, ROLES)}
    mine = {row["rolname"] for row in await connection.fetch(_MINE, ROLES)}
    return Roles(
        missing=tuple(role for role in ROLES if role not in known),
        foreign=tuple(role for role in ROLES if role in known and role not in mine),
        free=tuple(role for role in ROLES if known.get(role)),
    )


async def ensure(connection: asyncpg.Connection) -> None:
    """Make the roles where they are missing, and let the user take them.

    Raises: NoRoles where the user may not, or where a role passes by policies.
    """
    found = await look(connection)
    try:
        for role in found.missing:
            await _make(connection, role)
        for role in (*found.missing, *found.foreign):
            await connection.execute(f"GRANT {role} TO CURRENT_USER{_options(connection)}")
    except asyncpg.InsufficientPrivilegeError as error:
        raise NoRoles(_told(await advice(connection))) from error
    if (found := await look(connection)).free:
        raise NoRoles(_told(await advice(connection)))


async def _make(connection: asyncpg.Connection, role: str) -> None:
    try:
        await connection.execute(f"CREATE ROLE {role} NOLOGIN")
    except (asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
        return  # made meanwhile, for another database of the cluster


async def advice(connection: asyncpg.Connection) -> str:
    """The statements that an administrator runs to put the roles right; empty where they are."""
    found, user = await look(connection), await connection.fetchval("SELECT quote_ident(user)")
    return " ".join([
        *(f"CREATE ROLE {role} NOLOGIN;" for role in found.missing),
        *(f"ALTER ROLE {role} NOSUPERUSER NOBYPASSRLS;" for role in found.free),
        *(
            f"GRANT {role} TO {user}{_options(connection)};"
            for role in (*found.missing, *found.foreign)
        ),
    ])  # fmt: skip


def _options(connection: asyncpg.Connection) -> str:
    since, options = _OPTIONS
    version = connection.get_server_version()
    return options if version.major * 10_000 >= since else ""


def _told(statements: str) -> str:
    return (
        "the database user may not set up the roles of row-level security:"
        f" have an administrator of the server run `{statements}`, then try again"
    )
