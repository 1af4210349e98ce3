"""Asking the schema in process, inside the test's transaction, and counting its statements."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg

from boucle.edge.operations import Operations
from domain.accounts.roles import CallerKind
from models.merchants import Merchant
from resolvers.context import Caller
from schema.root import schema

OPERATIONS = Operations(schema)
Json = dict[str, Any]


async def answer(query: str, caller: Caller | None = None, **variables: Any) -> Json:
    """`data` and `errors` as a client gets them."""
    return await OPERATIONS.ask(query, variables, caller)


async def data(query: str, caller: Caller | None = None, **variables: Any) -> Json:
    """The data of an answer without errors."""
    body = await answer(query, caller, **variables)
    assert "errors" not in body, body["errors"]
    found: Json = body["data"]
    return found


async def refusal(query: str, caller: Caller | None = None, **variables: Any) -> Json:
    """The extensions of the only error of an answer."""
    (error,) = (await answer(query, caller, **variables))["errors"]
    found: Json = error["extensions"]
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
    """Counts the statements that are sent, by their first words."""
    sent: Counter[str] = Counter()
    for name in ("fetch", "fetchrow", "fetchval", "execute", "executemany"):
        monkeypatch.setattr(asyncpg.Connection, name, _noting(name, sent))
    yield sent
    monkeypatch.undo()


def _noting(name: str, sent: Counter[str]) -> Any:
    original = getattr(asyncpg.Connection, name)

    async def noted(self: Any, query: str, *args: Any, **more: Any) -> Any:
        sent[" ".join(query.split()[:8])] += 1
        return await original(self, query, *args, **more)

    return noted
