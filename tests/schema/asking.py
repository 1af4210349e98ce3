"""Asking the schema in process, inside the test's transaction, and counting its statements."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg
from tortoise.backends.base.client import TransactionalDBClient
from tortoise.connection import get_connection

from boucle.edge.operations import Operations
from boucle.roles import APP, SYSTEM
from domain.accounts.roles import CallerKind
from models.base import execute
from models.merchants import Merchant
from resolvers.context import Caller
from schema.root import schema

OPERATIONS = Operations(schema)
Json = dict[str, Any]
FRAME = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "SET LOCAL ROLE", "SELECT set_config")


async def answer(query: str, caller: Caller | None = None, **variables: Any) -> Json:
    """`data` and `errors` as a client gets them, with no more rights than a server's."""
    async with served():
        return await OPERATIONS.ask(query, variables, caller)


@asynccontextmanager
async def served() -> AsyncIterator[None]:
    """Inside a test's transaction: the rights of a process that serves requests."""
    if not isinstance(get_connection("default"), TransactionalDBClient):
        yield
        return
    await execute(f"SET LOCAL ROLE {APP}")
    try:
        yield
    finally:
        await execute(f"SET LOCAL ROLE {SYSTEM}")


async def data(query: str, caller: Caller | None = None, **variables: Any) -> Json:
    """The data of an answer without errors."""
    body = await answer(query, caller, **variables)
    assert "errors" not in body, body["errors"]
    found: Json = body["data"]
    return found


async def refusal(query: str, caller: Caller | None = None, **variables: Any) -> Json:
    """The extensions of the error of an answer; of several they have one code."""
    told = [error["extensions"] for error in (await answer(query, caller, **variables))["errors"]]
    assert len({each["code"] for each in told}) == 1, told
    found: Json = told[0]
    return found


def key_of(merchant: Merchant, *scopes: str) -> Caller:
    """The caller that a merchant's key names."""
    return Caller(
        kind=CallerKind.MERCHANT,
        merchant_id=merchant.id,
        key_prefix="test",
        scopes=frozenset(scopes),
    )


@contextmanager
def counted(monkeypatch: Any) -> Iterator[Counter[str]]:
    """Counts the statements that are sent, those that frame them apart, by their first words."""
    sent: Counter[str] = Counter()
    for name in ("fetch", "fetchrow", "fetchval", "execute", "executemany"):
        monkeypatch.setattr(asyncpg.Connection, name, _noting(name, sent))
    yield sent
    monkeypatch.undo()


def _noting(name: str, sent: Counter[str]) -> Any:
    original = getattr(asyncpg.Connection, name)

    async def noted(self: Any, query: str, *args: Any, **more: Any) -> Any:
        if not query.startswith(FRAME):
            sent[" ".join(query.split()[:8])] += 1
        return await original(self, query, *args, **more)

    return noted
