"""Runs one operation on the schema, for `/graphql` and for our own pages."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import strawberry
from graphql import OperationDefinitionNode, OperationType
from structlog.contextvars import get_contextvars

from boucle.edge import errors
from boucle.edge.answers import Code, NotServed, unavailable
from boucle.edge.body import Asked
from boucle.graphql import Engine, Operation, Result, Unusable
from boucle.telemetry import GRAPHQL_FALLBACKS, GRAPHQL_OPERATIONS, GRAPHQL_SECONDS
from resolvers.context import ANONYMOUS, PROCESS_SEAL, Caller, Context, Refused, Seal

REQUEST_SECONDS = 10.0


class MutationByGet(Exception):
    """Only queries are served by GET."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`data` and `errors` as a client gets them, and the status that they deserve."""

    body: dict[str, Any]
    status: HTTPStatus


class Operations:
    """The engine of a schema, and the time that an operation may take."""

    def __init__(
        self,
        schema: strawberry.Schema,
        seconds: float = REQUEST_SECONDS,
        seal: Seal = PROCESS_SEAL,
    ) -> None:
        self._engine = Engine(schema)
        self._seconds = seconds
        self._seal = seal

    async def run(
        self, asked: Asked, caller: Callable[[], Awaitable[Caller]], *, only_queries: bool = False
    ) -> Outcome:
        """Run an operation for whom `caller` finds.

        Raises: NotServed when the time is over or the database away; Refused by `caller`;
        MutationByGet.
        """
        deadline = asyncio.timeout(self._seconds)
        try:
            async with deadline:
                return await self._counted(asked, await caller(), only_queries=only_queries)
        except errors.AWAY as error:
            if isinstance(error, TimeoutError) and deadline.expired():
                message = f"The operation took over {self._seconds:g} seconds."
                raise unavailable("DEADLINE", message) from error
            raise unavailable("TRY_AGAIN", "Try again in a moment.") from error

    async def ask(
        self, query: str, variables: Mapping[str, Any], caller: Caller | None = None
    ) -> dict[str, Any]:
        """Run an operation of our own; `data` and `errors` as a client gets them."""

        async def known() -> Caller:
            return caller or ANONYMOUS

        try:
            return (await self.run(Asked(query, None, dict(variables), None), known)).body
        except NotServed as error:
            return {"errors": [error.error]}

    async def _counted(self, asked: Asked, caller: Caller, *, only_queries: bool) -> Outcome:
        began = time.perf_counter()
        kind = "none"
        try:
            operation = self._engine.prepare(asked.query).chosen(asked.operation_name)
            kind = operation.kind.value
            if only_queries and operation.kind is not OperationType.QUERY:
                raise MutationByGet
            if operation.kind is OperationType.SUBSCRIPTION:
                outcome = _not_here()
            else:
                outcome = await self._executed(operation, asked, caller)
        except Unusable as refused:
            outcome = Outcome({"errors": errors.of_document(refused)}, HTTPStatus.BAD_REQUEST)
        _count(kind, outcome.body, time.perf_counter() - began)
        return outcome

    async def _executed(self, operation: Operation, asked: Asked, caller: Caller) -> Outcome:
        request_id = str(get_contextvars().get("request_id", ""))
        context = Context(caller, request_id, self._seal)
        result = await operation.execute(None, context, asked.variables, asked.extensions)
        if result.fallback is not None:
            GRAPHQL_FALLBACKS.labels(result.fallback).inc()
        return _outcome(result, operation.node)


def refused_outcome(refused: Refused, status: HTTPStatus) -> Outcome:
    """The answer to a caller whom we do not serve."""
    return Outcome({"errors": [errors.of_refusal(refused)]}, status)


def _not_here() -> Outcome:
    """The answer to a subscription where no events can be sent."""
    extensions = {
        "code": Code.OPERATION_RESOLUTION_FAILURE.value,
        "reason": "SUBSCRIPTION_NOT_SERVED",
    }
    error = {"message": "Subscriptions are not served here.", "extensions": extensions}
    return Outcome({"errors": [error]}, HTTPStatus.BAD_REQUEST)


def _outcome(result: Result, operation: OperationDefinitionNode) -> Outcome:
    if not result.errors:
        return Outcome({"data": result.data}, HTTPStatus.OK)
    if result.data is None and all(error.path is None for error in result.errors):
        body = {"errors": errors.of_variables(result.errors, operation)}
        return Outcome(body, HTTPStatus.BAD_REQUEST)
    told = errors.of_execution(result.errors)
    away = result.data is None and told[0]["extensions"]["code"] == Code.UNAVAILABLE
    status = HTTPStatus.SERVICE_UNAVAILABLE if away else HTTPStatus.OK
    return Outcome({"errors": told, "data": result.data}, status)


def _count(kind: str, body: dict[str, Any], seconds: float) -> None:
    found = body.get("errors")
    outcome = found[0]["extensions"]["code"] if found else "ok"
    GRAPHQL_OPERATIONS.labels(kind, outcome).inc()
    GRAPHQL_SECONDS.labels(kind).observe(seconds)
