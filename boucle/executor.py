"""Runs documents for workers, with the rights and the database role of a process that serves.

A worker itself sees the rows of all tenants. What a partner's document does runs on connections of
its own, whose role sees the rows of the tenant of each transaction and nothing else.
"""

import asyncio
import contextvars
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import structlog
from tortoise.context import TortoiseContext

from boucle.edge import errors, outcomes
from boucle.edge.answers import Code, NotServed
from boucle.edge.body import Asked, refuse_unstorable
from boucle.edge.operations import REQUEST_SECONDS, Operations
from boucle.graphql import Operation, Unusable
from boucle.graphql.price import over_points
from boucle.orm import APP, tortoise_config
from boucle.settings import Settings
from domain.accounts.roles import CallerKind, roles, scopes_of
from integrations.http import Unavailable
from models import accounts
from models.accounts import sign_in
from resolvers.accounts.callers import caller_of_key
from resolvers.accounts.house import house
from resolvers.context import PROCESS_SEAL, Caller, Seal
from workers.runtime import NotAllowed, Rights

POOL = 8


class Executor:
    """Runs operations of the schema on somebody's word. `inside`: where its connections are."""

    def __init__(
        self,
        operations: Operations | None = None,
        *,
        seal: Seal = PROCESS_SEAL,
        inside: contextvars.Context | None = None,
    ) -> None:
        self._operations, self._seal, self._inside = operations, seal, inside
        self._loading = asyncio.Lock()

    async def run(
        self, rights: Rights, document: str, name: str | None, variables: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The `data` and `errors` of an operation, as a client gets them.

        Raises: NotAllowed where the rights are gone; Unavailable when another try may succeed.
        """
        work = self._run(rights, document, name, variables)
        if self._inside is None:
            return await work
        return await asyncio.create_task(work, context=self._inside.copy())

    async def _run(
        self, rights: Rights, document: str, name: str | None, variables: Mapping[str, Any]
    ) -> dict[str, Any]:
        deadline = asyncio.timeout(REQUEST_SECONDS)
        with structlog.contextvars.bound_contextvars(request_id=rights.request_id):
            try:
                async with deadline:
                    body = await self._answer(rights, document, name, variables)
            except errors.AWAY as error:
                if isinstance(error, TimeoutError) and deadline.expired():
                    message = f"The operation took over {REQUEST_SECONDS:g} seconds."
                    return outcomes.of_code(Code.UNAVAILABLE, "DEADLINE", message).body
                raise Unavailable(type(error).__name__) from error
        if any(e["extensions"]["code"] == Code.UNAVAILABLE for e in body.get("errors", ())):
            raise Unavailable("a part of it was away")
        return body

    async def _answer(
        self, rights: Rights, document: str, name: str | None, variables: Mapping[str, Any]
    ) -> dict[str, Any]:
        operations = await self._served()
        caller = await caller_for(rights)
        try:
            refuse_unstorable(variables)
            operation: Operation = operations.engine.prepare(document).chosen(name)
        except Unusable as unusable:
            return outcomes.of_document(unusable).body
        except NotServed as refused:
            return outcomes.of_not_served(refused).body
        if refusals := operations.gate.refusals(operation, caller):
            raise NotAllowed(refusals[0].code, str(refusals[0]))
        points = operation.price.points(variables)
        if (over := over_points(points, operations.gate.most(caller))) is not None:
            return outcomes.of_code(Code.QUERY_TOO_COMPLEX, "TOO_MANY_POINTS", str(over)).body
        asked = Asked(document, name, dict(variables), None)
        outcome, _ = await operations.executed(operation, asked, operations.context(caller))
        return outcome.body

    async def _served(self) -> Operations:
        """The operations of the whole schema, which is loaded when the first document comes.

        In a thread: leases are renewed meanwhile.
        """
        async with self._loading:
            if self._operations is None:
                root = await asyncio.to_thread(import_module, "schema.root")
                self._operations = Operations(root.schema, seal=self._seal)
        return self._operations


async def caller_for(rights: Rights) -> Caller:
    """Who the maker of some work is now; a key is read at most every 3 seconds.

    Raises: NotAllowed for a key that expired or was revoked, an account that was closed, or a
    maker who acts for this merchant no more.
    """
    now = datetime.now(UTC)
    caller = None
    if (prefix := rights.key_prefix) is not None:
        key = await house().keys.get(prefix, lambda: accounts.find(prefix))
        caller = caller_of_key(key) if key is not None and key.usable(now) else None
    elif rights.user_id is not None:
        account = await sign_in.account(rights.user_id)
        if account is not None and account.closed_at is None:
            held = roles(account.roles)
            caller = Caller(
                kind=CallerKind(account.kind),
                merchant_id=account.merchant_id,
                user_id=account.id,
                roles=frozenset(account.roles),
                scopes=scopes_of(held),
                markets=None if account.markets is None else frozenset(account.markets),
            )
    if caller is None or caller.merchant_id != rights.merchant_id:
        message = "The key or the account that asked for this opens nothing any more."
        raise NotAllowed(Code.UNAUTHENTICATED, message)
    return caller


@asynccontextmanager
async def executor(settings: Settings) -> AsyncGenerator[Executor]:
    """An executor with connections of its own, opened when the first document comes."""
    context, inside = TortoiseContext(), contextvars.copy_context()
    inside.run(context.__enter__)
    url = str(settings.database_url)
    await context.init(tortoise_config(url, pool=POOL, role=APP))
    seal = Seal(settings.keys[0].value) if settings.keys else PROCESS_SEAL
    try:
        yield Executor(seal=seal, inside=inside)
    finally:
        await context.close_connections()
