"""What every table has, and the one way to run SQL of our own."""

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from random import SystemRandom
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

import asyncpg
from asyncpg.pgproto import pgproto
from tortoise import fields
from tortoise.backends.base.client import TransactionalDBClient
from tortoise.connection import get_connection
from tortoise.models import Model
from tortoise.transactions import in_transaction

from models.readers import Readers

T = TypeVar("T")
P = ParamSpec("P")

RETRIED = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
TRIES = 4
_jitter = SystemRandom().uniform


def id_of(text: str) -> UUID:
    """The id that a statement gave as text, of the class that asyncpg has for its own."""
    found: UUID = pgproto.UUID(text)
    return found


def new_id() -> UUID:
    """A UUID version 7: unique, and sorted by creation time. Source: RFC 9562, 5.7."""
    value = time.time_ns() // 1_000_000 << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def new_ids(count: int) -> list[UUID]:
    """So many of them, sorted in this order. Source: RFC 9562, 6.2, method 1 (26 bits count).

    Raises: ValueError for more than the counter holds.
    """
    if count >= 1 << 26:
        raise ValueError("too many ids at once")
    start = time.time_ns() // 1_000_000 << 80 | 0x7 << 76 | 0x2 << 62
    drawn = secrets.token_bytes(6 * count)
    return [
        pgproto.UUID(
            (
                start
                | (n >> 14) << 64
                | (n & 0x3FFF) << 48
                | int.from_bytes(drawn[6 * n : 6 * n + 6], "big")
            ).to_bytes(16, "big")
        )
        for n in range(count)
    ]


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


class _Reading:
    """The connections that this process keeps for single statements, if it keeps any."""

    readers: Readers | None = None


@asynccontextmanager
async def readers(most: int) -> AsyncGenerator[None]:
    """Keep up to `most` connections of the open pool at hand, until the block ends."""
    client = get_connection("default")

    async def opened() -> asyncpg.Pool:
        async with client.acquire_connection():  # the database may have been away until now
            pool: asyncpg.Pool = client._pool  # it has no public name
            return pool

    kept = _Reading.readers = Readers(opened, most)
    try:
        yield
    finally:
        _Reading.readers = None
        await kept.aclose()


async def _run(statement: Callable[[asyncpg.Connection], Coroutine[Any, Any, T]]) -> T:
    """One statement, inside the current transaction if there is one."""
    kept = _Reading.readers
    if kept is not None and not isinstance(get_connection("default"), TransactionalDBClient):
        return await kept.run(statement)
    async with connection() as raw:
        return await statement(raw)


async def fetch(sql: str, *args: Any) -> list[asyncpg.Record]:
    """All rows of one statement, inside the current transaction if there is one."""
    return await _run(lambda raw: raw.fetch(sql, *args))


async def fetchrow(sql: str, *args: Any) -> asyncpg.Record | None:
    """The first row of one statement, or None."""
    return await _run(lambda raw: raw.fetchrow(sql, *args))


async def fetchval(sql: str, *args: Any) -> Any:
    """The first value of the first row, or None."""
    return await _run(lambda raw: raw.fetchval(sql, *args))


async def execute(sql: str, *args: Any) -> int:
    """Run one statement; return how many rows it changed (0 for statements that change none)."""
    async with connection() as raw:
        status: str = await raw.execute(sql, *args)
    last = status.rsplit(" ", 1)[-1]
    return int(last) if last.isdigit() else 0


@dataclass(frozen=True, slots=True)
class Tenant:
    """Whose private rows a transaction may see and change; nobody's where nothing is named.

    A caller acts for a merchant or for an organisation, never for both. `presented` is what a
    stranger showed in order to be known, such as the prefix of a key: it opens the row that it
    names.
    Source: docs/rules/access.md, "Rows".
    """

    merchant_id: UUID | None = None
    organisation_id: UUID | None = None
    user_id: UUID | None = None
    presented: str | None = None

    def __post_init__(self) -> None:
        """Refuse two tenants at once: one would see the other's rows."""
        if self.merchant_id and self.organisation_id:
            raise ValueError("a tenant is a merchant or an organisation")

    def settings(self) -> tuple[str, str, str]:
        """What the policies of the tables compare with; an empty text is nobody."""
        tenant = self.merchant_id or self.organisation_id
        return str(tenant or ""), str(self.user_id or ""), self.presented or ""


NOBODY = Tenant()
_TELL = (
    "SELECT set_config('app.tenant', $1, true), set_config('app.user', $2, true), "
    "set_config('app.presented', $3, true)"
)
_acting: ContextVar[Tenant] = ContextVar("acting", default=NOBODY)
_told: ContextVar[Tenant] = ContextVar("told", default=NOBODY)


@contextmanager
def on_behalf_of(tenant: Tenant) -> Generator[None]:
    """Every transaction that is opened inside is the tenant's. Opens none itself."""
    before = _acting.set(tenant)
    try:
        yield
    finally:
        _acting.reset(before)


def acts_for(tenant: Tenant) -> bool:
    """Whether the current transaction is that of somebody, and it is this one."""
    return tenant == _told.get() != NOBODY


@asynccontextmanager
async def acting(tenant: Tenant) -> AsyncGenerator[asyncpg.Connection]:
    """A transaction of the tenant: private rows are read and written inside one, never outside.

    Inside a transaction of the same tenant it is that one.
    """
    if acts_for(tenant):
        async with connection() as held:
            raw = held
        yield raw  # not inside, where the statements of the body would wait for its lock
        return
    with on_behalf_of(tenant):
        async with transaction() as raw:
            yield raw


DESK = "desk"
"""What the code presents that finds out who a caller is: it opens accounts, sessions and keys."""
CATALOGUE = "catalogue"
"""What use cases present that propose products or decide about them: it opens all proposals."""

OPERATIONS = "operations"
"""What use cases of staff present that look after orders and parcels: it opens those of all."""

USAGE = "usage"
"""What the code presents that counts what keys ask for."""


def at_desk(work: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Let a function reach the rows by which callers are known, in a transaction of its own.

    Inside a transaction at the desk it is part of that one.
    """

    @wraps(work)
    async def inside(*args: P.args, **kwargs: P.kwargs) -> T:
        if _told.get().presented == DESK:
            return await work(*args, **kwargs)
        async with acting(Tenant(presented=DESK)):
            return await work(*args, **kwargs)

    return inside


@asynccontextmanager
async def transaction() -> AsyncGenerator[asyncpg.Connection]:
    """One transaction; nested in another, a savepoint of it. Yields its asyncpg connection.

    The connection is yielded without Tortoise's lock on it, which the ORM takes for each statement
    of its own: run one statement at a time. Its first statement says for whom it is, where it is
    for somebody.
    """
    tenant, before = _acting.get(), _told.get()
    nested = isinstance(get_connection("default"), TransactionalDBClient)
    async with in_transaction("default") as client:
        raw: asyncpg.Connection = client._connection  # it has no public name
        if tenant == before:
            yield raw
            return
        await raw.fetchrow(_TELL, *tenant.settings())
        token = _told.set(tenant)
        try:
            yield raw
        finally:
            _told.reset(token)
        if nested:
            await raw.fetchrow(_TELL, *before.settings())


SYSTEM = "boucle_system"
_TAKE = "SELECT set_config('role', $1, true)"


@asynccontextmanager
async def as_system() -> AsyncGenerator[asyncpg.Connection]:
    """A part of the current transaction with the rights of a job: it writes what buyers see.

    Only statements that name the merchant themselves may run inside, for no policy does it for
    them. An error undoes the part, and with it the rights.
    Source: docs/rules/access.md, "Rows".
    """
    async with transaction() as raw:
        before = await raw.fetchval("SELECT current_setting('role')")
        await raw.fetchrow(_TAKE, SYSTEM)
        yield raw
        await raw.fetchrow(_TAKE, before)


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
