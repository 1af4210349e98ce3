"""The audit log: who changed what, from what to what, in the transaction of the change.

A request adds rows and reads its own; no role of a running process changes or removes one. Once a
day what was added is sealed, so that a change behind our back is found.
Source: docs/rules/audit.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from models.base import execute, fetch, fetchrow, fetchval, transaction

_WRITING = 7_204_381  # the advisory lock that is shared by writers, and alone for a moment to seal
SEALED_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One change. `before` and `after` hold the changed fields: never a secret, never a person's.

    `merchant_id` or `organisation_id` is whose object it was; `user_id` or `key_prefix` who acted.
    """

    action: str
    object_type: str
    object_id: UUID | None
    actor_kind: str
    merchant_id: UUID | None = None
    organisation_id: UUID | None = None
    user_id: UUID | None = None
    key_prefix: str | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    market: str | None = None
    request_id: str = ""


# The lock comes before the number, so that who seals knows that no smaller one comes later.
_ADD = f"""
WITH held AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared({_WRITING}) AS it)
INSERT INTO audit_log (action, object_type, object_id, actor_kind, merchant_id, organisation_id,
  user_id, key_prefix, before, after, market, request_id)
SELECT $1, $2, $3, $4, $5::uuid, $6::uuid, $7::uuid, $8, $9::text::jsonb, $10::text::jsonb, $11, $12
FROM held WHERE it IS NOT NULL
"""  # noqa: S608 - a number of ours


async def record(entry: Entry) -> None:
    """Add an entry, if and only if the current transaction commits."""
    await execute(
        _ADD,
        entry.action,
        entry.object_type,
        entry.object_id,
        entry.actor_kind,
        entry.merchant_id,
        entry.organisation_id,
        entry.user_id,
        entry.key_prefix,
        _json(entry.before),
        _json(entry.after),
        entry.market,
        entry.request_id,
    )


def _json(facts: Mapping[str, Any] | None) -> str | None:
    return None if facts is None else orjson.dumps(dict(facts), default=str).decode()


@dataclass(frozen=True, slots=True)
class Written:
    """A row of the log as it is read. `n` orders the rows."""

    n: int
    id: UUID
    at: datetime
    action: str
    object_type: str
    object_id: UUID | None
    actor_kind: str
    user_id: UUID | None
    key_prefix: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    market: str | None
    request_id: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows of one owner are read; what is None is not asked for."""

    merchant_id: UUID | None = None
    organisation_id: UUID | None = None
    action: str | None = None
    object_type: str | None = None
    since: datetime | None = None


def _read(owner: str) -> tuple[str, str]:
    """The statements of pages from the newest and from the oldest row, by the column of owners."""
    rows = f"""
    SELECT n, id, at, action, object_type, object_id, actor_kind, user_id, key_prefix,
      before::text AS before, after::text AS after, market, request_id
    FROM audit_log WHERE {owner} = $1 AND ($2::text IS NULL OR action = $2)
      AND ($3::text IS NULL OR object_type = $3) AND ($4::timestamptz IS NULL OR at >= $4)
    """  # noqa: S608 - a column of ours
    return (
        rows + "AND ($5::bigint IS NULL OR n < $5) ORDER BY n DESC LIMIT $6",
        rows + "AND n > $5 ORDER BY n LIMIT $6",
    )


_OF_MERCHANT, _OF_ORGANISATION = _read("merchant_id"), _read("organisation_id")


async def newest(wanted: Wanted, before: int | None, limit: int) -> list[Written]:
    """Rows of an owner, newest first, those before a number."""
    return await _written(0, wanted, before, limit)


async def oldest(wanted: Wanted, after: int, limit: int) -> list[Written]:
    """Rows of an owner, oldest first, those after a number."""
    return await _written(1, wanted, after, limit)


async def _written(order: int, wanted: Wanted, n: int | None, limit: int) -> list[Written]:
    statements = _OF_MERCHANT if wanted.merchant_id else _OF_ORGANISATION
    rows = await fetch(
        statements[order],
        wanted.merchant_id or wanted.organisation_id,
        wanted.action,
        wanted.object_type,
        wanted.since,
        n,
        limit,
    )
    return [
        Written(**dict(row) | {name: _object(row[name]) for name in ("before", "after")})
        for row in rows
    ]


def _object(text: str | None) -> dict[str, Any] | None:
    return None if text is None else orjson.loads(text)


@dataclass(frozen=True, slots=True)
class Seal:
    """Rows `first_n` to `last_n` of the log, how many there were, and their hash with all before.

    Shapes: `hash` is 32 bytes, SHA-256.
    """

    n: int
    first_n: int
    last_n: int
    rows: int
    hash: bytes
    at: datetime


# The hash of a range: of the hash before, the range itself, and the hash of each row in its order.
_RANGE = """
SELECT count(*)::int AS rows, sha256($1::bytea || int8send($2::bigint) || int8send($3::bigint)
  || COALESCE(string_agg(sha256(boucle_audit_text(a)), ''::bytea ORDER BY a.n), ''::bytea)) AS hash
FROM audit_log a WHERE a.n BETWEEN $2 AND $3
"""
_FIRST = bytes(32)


async def last_written() -> int:
    """The last number whose transaction has ended; no row with a smaller one comes later.

    Raises: asyncpg.LockNotAvailableError while a writer takes its time.
    """
    async with transaction() as raw:
        await raw.execute("SET LOCAL lock_timeout = '1s'")  # writers wait behind us
        await raw.execute("SELECT pg_advisory_xact_lock($1)", _WRITING)
        found: int = await raw.fetchval("SELECT COALESCE(max(n), 0) FROM audit_log")
    return found


async def seal(last_n: int) -> Seal | None:
    """Close the next rows up to a number, 1,000 at most; None where all are closed.

    In the caller's transaction, one at a time.
    """
    await execute("SELECT pg_advisory_xact_lock($1)", _WRITING + 1)
    before = await fetchrow("SELECT last_n, hash FROM audit_seal ORDER BY n DESC LIMIT 1")
    first_n = before["last_n"] + 1 if before else 1
    ends = await fetchval(
        "SELECT max(n) FROM (SELECT n FROM audit_log WHERE n BETWEEN $1 AND $2 ORDER BY n "
        "LIMIT $3) AS next",
        first_n,
        last_n,
        SEALED_AT_ONCE,
    )
    if ends is None:
        return None
    found = await _range(bytes(before["hash"]) if before else _FIRST, first_n, ends)
    row = await fetchrow(
        "INSERT INTO audit_seal (first_n, last_n, rows, hash) VALUES ($1, $2, $3, $4) "
        "RETURNING n, first_n, last_n, rows, hash, at",
        first_n,
        ends,
        found["rows"],
        found["hash"],
    )
    return None if row is None else _seal(row)


@dataclass(frozen=True, slots=True)
class Verified:
    """What the seals say: how many hold, the last of those, the first that does not.

    `gap` is the first number that no seal covers although a later one is covered.
    """

    seals: int
    last: Seal | None
    broken: Seal | None
    gap: int | None = None


async def verify() -> Verified:
    """Hash the log again, range by range, up to the first that is not what was sealed."""
    held, last, before = 0, None, _FIRST
    while True:
        row = await fetchrow(
            "SELECT n, first_n, last_n, rows, hash, at FROM audit_seal WHERE n > $1 "
            "ORDER BY n LIMIT 1",
            last.n if last else 0,
        )
        if row is None:
            return Verified(held, last, None)
        sealed = _seal(row)
        if sealed.first_n != (last.last_n + 1 if last else 1):
            return Verified(held, last, sealed, last.last_n + 1 if last else 1)
        found = await _range(before, sealed.first_n, sealed.last_n)
        if (found["rows"], bytes(found["hash"])) != (sealed.rows, sealed.hash):
            return Verified(held, last, sealed)
        held, last, before = held + 1, sealed, sealed.hash


async def sealed(hash_: bytes) -> bool:
    """Whether a seal with this hash is there."""
    return bool(await fetchval("SELECT EXISTS (SELECT FROM audit_seal WHERE hash = $1)", hash_))


async def _range(before: bytes, first_n: int, last_n: int) -> asyncpg.Record:
    row = await fetchrow(_RANGE, before, first_n, last_n)
    if row is None:
        raise LookupError(first_n)
    return row


def _seal(row: asyncpg.Record) -> Seal:
    return Seal(**dict(row) | {"hash": bytes(row["hash"])})
