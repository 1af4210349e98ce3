"""What every table has, and the one way to run SQL of our own."""

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from random import SystemRandom
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
from tortoise import fields
from tortoise.connection import get_connection
from tortoise.models import Model
from tortoise.transactions import in_transaction

T = TypeVar("T")

RETRIED = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
TRIES = 4
_jitter = SystemRandom().uniform


def new_id() -> UUID:
    """A UUID version 7: unique, and sorted by creation time. Source: RFC 9562, 5.7."""
    value = time.time_ns() // 1_000_000 << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


class Row(Model):
    """Abstract base: an id and two UTC times kept by the ORM."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        abstract = True


@asynccontextmanager
async def connection() -> AsyncGenerator[asyncpg.Connection]:
    """The asyncpg connection of the current transaction; outside one, a pooled connection."""
    async with get_connection("default").acquire_connection() as raw:
        yield raw


async def fetch(sql: str, *args: Any) -> list[asyncpg.Record]:
    """All rows of one statement, inside the current transaction if there is one."""
    async with connection() as raw:
        rows: list[asyncpg.Record] = await raw.fetch(sql, *args)
        return rows


async def fetchrow(sql: str, *args: Any) -> asyncpg.Record | None:
    """The first row of one statement, or None."""
    async with connection() as raw:
        return await raw.fetchrow(sql, *args)


async def fetchval(sql: str, *args: Any) -> Any:
    """The first value of the first row, or None."""
    async with connection() as raw:
        return await raw.fetchval(sql, *args)


async def execute(sql: str, *args: Any) -> int:
    """Run one statement; return how many rows it changed (0 for statements that change none)."""
    async with connection() as raw:
        status: str = await raw.execute(sql, *args)
    last = status.rsplit(" ", 1)[-1]
    return int(last) if last.isdigit() else 0


@asynccontextmanager
async def transaction() -> AsyncGenerator[asyncpg.Connection]:
    """One transaction; nested in another, a savepoint of it. Yields its asyncpg connection.

    The connection is yielded without Tortoise's lock on it, which the ORM takes for each statement
    of its own: run one statement at a time.
    """
    async with in_transaction("default") as client:
        yield client._connection  # it has no public name


async def retried(work: Callable[[], Awaitable[T]]) -> T:
    """Run `work`, a whole transaction, again when PostgreSQL chose it as a deadlock's victim.

    Raises: the last asyncpg error after four tries, 10 to 200 ms apart.
    """
    for attempt in range(1, TRIES):
        try:
            return await work()
        except RETRIED:
            await asyncio.sleep(_jitter(0.01, 0.2) * attempt)
    return await work()
