"""Bulk operations: how far each is, and the answers of its lines.

At most five of a merchant run at once; whoever takes or frees a place holds the merchant's lock.
The answers of a chunk are written once, in the transaction that says how far the operation is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import asyncpg
import orjson

from domain.partners.bulk import (
    MOST_WAITING,
    RUNNING_AT_ONCE,
    BulkCode,
    BulkKind,
    BulkState,
    key_of_line,
)
from models.base import execute, fetch, fetchrow, fetchval, new_id
from models.jobs import Job
from models.outbox import enqueue

_SELECT = (
    "SELECT id, merchant_id, kind, state, document, variables::text AS variables, "
    "plan::text AS plan, scopes, key_prefix, user_id, file, lines_total, lines_read, done, failed, "
    "bytes, position, cursor, chunks, code, detail, version, created_at, started_at, "
    "cancel_asked_at, finished_at FROM bulk_operation"
)
_JSON = ("variables", "plan")


@dataclass(frozen=True, slots=True)
class New:
    """What a bulk operation is to do, and on whose word: a key's prefix, or a person's id.

    Shapes: `plan` is JSON, for the worker. `scopes` are those that its document needs.
    """

    merchant_id: UUID
    kind: BulkKind
    document: str
    variables: Mapping[str, Any]
    plan: Mapping[str, Any]
    scopes: Sequence[str]
    key_prefix: str | None
    user_id: UUID | None
    file: UUID | None = None
    lines_total: int | None = None


@dataclass(frozen=True, slots=True)
class Bulk:
    """A bulk operation as stored. `position`: a byte of the file, `cursor`: a place in a list."""

    id: UUID
    merchant_id: UUID
    kind: BulkKind
    state: BulkState
    document: str
    variables: dict[str, Any]
    plan: dict[str, Any]
    scopes: list[str]
    key_prefix: str | None
    user_id: UUID | None
    file: UUID | None
    lines_total: int | None
    lines_read: int
    done: int
    failed: int
    bytes: int
    position: int
    cursor: str | None
    chunks: int
    code: str | None
    detail: str | None
    version: int
    created_at: datetime
    started_at: datetime | None
    cancel_asked_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, row: asyncpg.Record) -> Self:
        """The operation that a row says."""
        facts = dict(row) | {name: orjson.loads(row[name]) for name in _JSON}
        facts |= {"kind": BulkKind(row["kind"]), "state": BulkState(row["state"])}
        return cls(**facts)


@dataclass(frozen=True, slots=True)
class Chunk:
    """The answers of some lines: `data` is gzip of `size` bytes; `position`, `cursor` follow."""

    lines: int
    failed: int
    size: int
    data: bytes
    position: int
    cursor: str | None


@dataclass(frozen=True, slots=True)
class QueueFull:
    """So many operations of the merchant wait that no more is taken."""

    waiting: int


async def hold_places(merchant_id: UUID) -> None:
    """Let nobody else give or take a merchant's places; before any row of its is locked."""
    await execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 9))", str(merchant_id))


async def staged(merchant_id: UUID, file_id: UUID) -> int | None:
    """How many lines a staged file of this merchant has; None if there is no such file."""
    found: int | None = await fetchval(
        "SELECT lines FROM stored_file WHERE id = $1 AND merchant_id = $2", file_id, merchant_id
    )
    return found


async def staged_before(merchant_id: UUID, sha256: str) -> UUID | None:
    """The file of the same content that the merchant staged in the last day."""
    found: UUID | None = await fetchval(
        "SELECT id FROM stored_file WHERE merchant_id = $1 AND sha256 = $2 AND lines IS NOT NULL "
        "AND created_at > now() - interval '1 day' ORDER BY created_at DESC LIMIT 1",
        merchant_id,
        sha256,
    )
    return found


async def add(new: New) -> UUID | QueueFull:
    """Write an operation, and ask for it if a place is free. Refuses: more than 100 that wait."""
    await hold_places(new.merchant_id)
    waiting = await fetchval(
        "SELECT count(*) FROM bulk_operation WHERE merchant_id = $1 AND state = 'QUEUED'",
        new.merchant_id,
    )
    if waiting >= MOST_WAITING:
        return QueueFull(waiting)
    bulk_id = new_id()
    await execute(
        "INSERT INTO bulk_operation (id, merchant_id, kind, state, document, variables, plan, "
        "scopes, key_prefix, user_id, file, lines_total) VALUES ($1, $2, $3, 'QUEUED', $4, "
        "$5::text::jsonb, $6::text::jsonb, $7, $8, $9, $10, $11)",
        bulk_id,
        new.merchant_id,
        new.kind.value,
        new.document,
        orjson.dumps(new.variables).decode(),
        orjson.dumps(new.plan).decode(),
        list(new.scopes),
        new.key_prefix,
        new.user_id,
        new.file,
        new.lines_total,
    )
    await _fill_places(new.merchant_id)
    return bulk_id


async def get(merchant_id: UUID, bulk_id: UUID) -> Bulk | None:
    """An operation of this merchant."""
    row = await fetchrow(
        _SELECT + " WHERE id = $1 AND merchant_id = $2",
        bulk_id,
        merchant_id,
    )
    return Bulk.of(row) if row else None


async def page(merchant_id: UUID, before: UUID | None, limit: int) -> list[Bulk]:
    """The operations of a merchant, newest first."""
    rows = await fetch(
        _SELECT
        + " WHERE merchant_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        merchant_id,
        before,
        limit,
    )
    return [Bulk.of(row) for row in rows]


async def cancel(merchant_id: UUID, bulk_id: UUID) -> BulkState | None:
    """End an operation that waits, ask one that runs to end; return the state it was in.

    None for an operation that is not this merchant's; one that has ended stays as it is.
    """
    await hold_places(merchant_id)
    state = await fetchval(
        "SELECT state FROM bulk_operation WHERE id = $1 AND merchant_id = $2 FOR UPDATE",
        bulk_id,
        merchant_id,
    )
    if state == BulkState.QUEUED:
        await execute(
            "UPDATE bulk_operation SET state = 'CANCELLED', cancel_asked_at = now(), "
            "finished_at = now() WHERE id = $1",
            bulk_id,
        )
    elif state == BulkState.RUNNING:
        await execute(
            "UPDATE bulk_operation SET cancel_asked_at = coalesce(cancel_asked_at, now()) "
            "WHERE id = $1",
            bulk_id,
        )
    return BulkState(state) if state else None


async def chunk(bulk_id: UUID, n: int) -> bytes | None:
    """The answers of a chunk, gzip; None if it is not there, or not the caller's."""
    found: bytes | None = await fetchval(
        "SELECT data FROM bulk_chunk WHERE operation_id = $1 AND n = $2", bulk_id, n
    )
    return found


# What follows is for workers.


async def read(bulk_id: UUID) -> Bulk | None:
    """An operation, whoever's it is."""
    row = await fetchrow(_SELECT + " WHERE id = $1", bulk_id)
    return Bulk.of(row) if row else None


async def cancel_asked(bulk_id: UUID) -> bool:
    """Whether its merchant wants the operation to end."""
    sql = "SELECT cancel_asked_at IS NOT NULL FROM bulk_operation WHERE id = $1"
    return bool(await fetchval(sql, bulk_id))


async def store(of: Bulk, made: Chunk) -> bool:
    """Write the answers after those that `of` knows; False if another run was faster."""
    moved = await execute(
        "UPDATE bulk_operation SET chunks = chunks + 1, lines_read = lines_read + $3, "
        "done = done + $3 - $4, failed = failed + $4, bytes = bytes + $5, position = $6, "
        "cursor = $7 WHERE id = $1 AND chunks = $2 AND state = 'RUNNING'",
        of.id,
        of.chunks,
        made.lines,
        made.failed,
        made.size,
        made.position,
        made.cursor,
    )
    if moved and made.lines:
        await execute(
            "INSERT INTO bulk_chunk (operation_id, n, lines, bytes, data) "
            "VALUES ($1, $2, $3, $4, $5)",
            of.id,
            of.chunks,
            made.lines,
            made.size,
            made.data,
        )
    return moved == 1


async def go_on(bulk_id: UUID) -> None:
    """Ask for what is left of an operation."""
    job_id = await enqueue(Job.RUN_BULK, bulk_id=str(bulk_id))
    await execute("UPDATE bulk_operation SET job_id = $2 WHERE id = $1", bulk_id, job_id)


async def finish(
    merchant_id: UUID,
    bulk_id: UUID,
    state: BulkState,
    code: str | None = None,
    detail: str | None = None,
) -> None:
    """End an operation that runs, and give its place to the next that waits."""
    await hold_places(merchant_id)
    await execute(
        "UPDATE bulk_operation SET state = $2, code = $3, detail = left($4, 500), "
        "finished_at = now() WHERE id = $1 AND state = 'RUNNING'",
        bulk_id,
        state.value,
        code,
        detail,
    )
    await _fill_places(merchant_id)


async def last_with_effect(of: Bulk, first: int, last: int) -> int:
    """The last of these lines that an earlier run gave an effect or an answer; 0 if none."""
    found: int = await fetchval(
        "SELECT coalesce(max(line), 0) FROM unnest($2::text[], $3::int[]) AS asked (key, line) "
        "WHERE EXISTS (SELECT FROM once WHERE caller = $1 AND once.key = asked.key)",
        f"merchant:{of.merchant_id}",
        [key_of_line(str(of.id), line) for line in range(first, last + 1)],
        list(range(first, last + 1)),
    )
    return found


async def end_stuck() -> int:
    """End operations whose job was given up; return how many."""
    rows = await fetch(
        "SELECT b.id, b.merchant_id, j.error FROM bulk_operation b "
        "JOIN outbox_job j ON j.id = b.job_id "
        "WHERE b.state = 'RUNNING' AND j.state = 'dead' ORDER BY b.merchant_id, b.id LIMIT 100"
    )
    for row in rows:
        await finish(
            row["merchant_id"], row["id"], BulkState.FAILED, BulkCode.GIVEN_UP, row["error"]
        )
    return len(rows)


async def purge(days: int, limit: int = 10) -> int:
    """Forget up to `limit` operations that ended so long ago; return how many."""
    return await execute(
        "DELETE FROM bulk_operation WHERE id IN (SELECT id FROM bulk_operation "
        "WHERE finished_at < now() - make_interval(days => $1) ORDER BY finished_at LIMIT $2)",
        days,
        limit,
    )


async def _fill_places(merchant_id: UUID) -> None:
    """Let those that have waited longest take the places that are free. Under the lock."""
    rows = await fetch(
        "UPDATE bulk_operation SET state = 'RUNNING', started_at = now() WHERE id IN ("
        "SELECT id FROM bulk_operation WHERE merchant_id = $1 AND state = 'QUEUED' ORDER BY id "
        "LIMIT greatest(0, $2 - (SELECT count(*) FROM bulk_operation "
        "WHERE merchant_id = $1 AND state = 'RUNNING'))) RETURNING id",
        merchant_id,
        RUNNING_AT_ONCE,
    )
    for row in rows:
        await go_on(row["id"])
