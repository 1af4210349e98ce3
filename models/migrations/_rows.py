"""Row-level security as migrations write it: what becomes of a table, by its class.

Each function returns statements for the owner of the table. `boucle_app` serves requests and owns
nothing; `boucle_system` runs the jobs that cross tenants. A table that no function was called for
is closed to `boucle_app`. Do not change what a released migration has called.
"""

APP = "boucle_app"
SYSTEM = "boucle_system"


def _setting(name: str, cast: str = "") -> str:
    """A setting of the transaction, null where there is none; computed once a statement."""
    return f"(SELECT nullif(current_setting('app.{name}', true), ''){cast})"


TENANT = _setting("tenant", "::uuid")
USER = _setting("user", "::uuid")
PRESENTED = _setting("presented")
MERCHANT = f"merchant_id = {TENANT}"


def public(table: str, columns: str = "") -> list[str]:
    """Requests read it, or only some columns; nothing but jobs writes it."""
    named = f" ({columns})" if columns else ""
    return [f"GRANT SELECT{named} ON {table} TO {APP}"]


def private(
    table: str,
    rows: str = MERCHANT,
    rights: str = "SELECT, INSERT, UPDATE, DELETE",
    jobs: str = "true",
) -> list[str]:
    """Requests reach the `rows` of their tenant; jobs reach the rows where `jobs` holds."""
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY own ON {table} TO {APP} USING ({rows}) WITH CHECK ({rows})",
        f"CREATE POLICY system ON {table} TO {SYSTEM} USING ({jobs}) WITH CHECK ({jobs})",
        f"GRANT {rights} ON {table} TO {APP}",
    ]


def bound(rows: str = MERCHANT) -> str:
    """For `jobs`: a job of one tenant sees its rows, a job of none sees all."""
    return f"{TENANT} IS NULL OR {rows}"


def child(table: str, parent: str, key: str, rights: str) -> list[str]:
    """The rows of a table without an owner of its own, whose `key` names a visible `parent`."""
    return private(table, f"EXISTS (SELECT FROM {parent} p WHERE p.id = {table}.{key})", rights)


def also(table: str, policy: str, rows: str, command: str) -> list[str]:
    """One more way for requests to reach rows of a private table."""
    return [f"CREATE POLICY {policy} ON {table} FOR {command} TO {APP} USING ({rows})"]


def opened(table: str, policies: str = "own system") -> list[str]:
    """What undoes `private`, the rights apart."""
    return [
        *(f"DROP POLICY {policy} ON {table}" for policy in policies.split()),
        f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    ]
