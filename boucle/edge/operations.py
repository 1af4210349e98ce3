"""Runs one operation on the schema, for `/graphql` and for our own pages."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from functools import cache
from http import HTTPStatus
from typing import Any

import orjson
import strawberry
from graphql import OperationType
from prometheus_client import Counter, Histogram
from structlog.contextvars import get_contextvars

from boucle.edge import errors, outcomes
from boucle.edge.answers import Code, NotServed, bad_request, unavailable
from boucle.edge.body import Asked
from boucle.edge.bulk_documents import BulkDocuments
from boucle.edge.cache import Cached, Computed, ResponseCache
from boucle.edge.footprint import DEFAULT, Method
from boucle.edge.gate import Charge, Gate, who_of
from boucle.edge.outcomes import Outcome
from boucle.edge.persisted import PersistedDocuments, Resolved
from boucle.edge.rates import RateLimiter
from boucle.edge.usage import Usage
from boucle.graphql import Engine, Operation, Unusable
from boucle.graphql.price import over_points
from boucle.telemetry import GRAPHQL_FALLBACKS, GRAPHQL_OPERATIONS, GRAPHQL_SECONDS
from resolvers.context import ANONYMOUS, PROCESS_SEAL, Caller, Context, Seal

REQUEST_SECONDS = 10.0

Who = Callable[[], Awaitable[Caller]]


class MutationByGet(Exception):
    """Only queries are served by GET."""


class Operations:
    """The engine of a schema, what stands before it, and the time that an operation may take.

    Without `rates` nothing is counted, without `documents` none can be named, without `cache` no
    answer is kept; without `open_schema` only who has the scope `schema:read` may read the schema.
    """

    def __init__(
        self,
        schema: strawberry.Schema,
        seconds: float = REQUEST_SECONDS,
        seal: Seal = PROCESS_SEAL,
        *,
        rates: RateLimiter | None = None,
        documents: PersistedDocuments | None = None,
        cache: ResponseCache | None = None,
        method: Method = DEFAULT,
        open_schema: bool = True,
    ) -> None:
        self.engine = Engine(schema)
        limits = self.engine.limits
        self.gate = Gate(
            self.engine.graphql,
            rates,
            limits.points,
            method,
            open_schema=open_schema,
            partner_points=limits.partner_points,
        )
        self._counted_for = rates is not None
        self._documents, self._cache = documents, cache
        self._named_only = documents is not None and documents.only
        self.seconds, self._seal = seconds, seal
        self.usage = Usage()
        self.documents_of_callers = BulkDocuments(self.engine, self.gate)

    async def run(
        self, asked: Asked, who: Who, *, address: str | None = None, only_queries: bool = False
    ) -> Outcome:
        """Run an operation for whom `who` finds, who calls from `address`.

        Raises: NotServed when the time is over, the database away, or too much asked for; Refused
        by `who`; MutationByGet.
        """
        deadline = asyncio.timeout(self.seconds)
        try:
            async with deadline:
                caller = await who()
                if caller.key_prefix is not None:
                    return await self._noted(asked, caller, address, only_queries=only_queries)
                with self.gate.running(caller, address) or nullcontext():
                    return await self._counted(asked, caller, address, only_queries=only_queries)
        except errors.AWAY as error:
            if isinstance(error, TimeoutError) and deadline.expired():
                message = f"The operation took over {self.seconds:g} seconds."
                raise unavailable("DEADLINE", message) from error
            raise unavailable("TRY_AGAIN", "Try again in a moment.") from error

    def kept(self, asked: Asked, address: str | None) -> Outcome | None:
        """The kept answer to a visitor whom nobody knows; None if it is to be made.

        What is kept has passed rights and price for every such visitor.
        """
        if self._cache is None or asked.named is not None or self._named_only:
            return None
        prepared = self.engine.known(asked.query)
        operation = prepared.sole(asked.operation_name) if prepared is not None else None
        visitor = Caller(address=address)
        key = self._key(operation, asked, visitor) if operation is not None else None
        hit = self._cache.get(key) if key is not None else None
        if operation is None or hit is None:
            return None
        began = time.perf_counter()
        outcome = _kept(hit, asked)
        _count(operation.kind.value, outcome.body, time.perf_counter() - began)
        return self._unpaid(outcome, visitor, operation.price.points(asked.variables))

    async def ask(
        self, query: str, variables: Mapping[str, Any], caller: Caller | None = None
    ) -> dict[str, Any]:
        """Run an operation of our own; `data` and `errors` as a client gets them."""
        try:
            async with asyncio.timeout(self.seconds):
                operation = self.engine.prepare(query).chosen(None)
                if refused := self.gate.refusals(operation, caller or ANONYMOUS):
                    return outcomes.of_refusals(refused).body
                asked = Asked(query, None, dict(variables), None)
                outcome, _ = await self.executed(operation, asked, self.context(caller))
                return outcome.body
        except Unusable as unusable:
            return outcomes.of_document(unusable).body
        except errors.AWAY:
            refused_now = unavailable("TRY_AGAIN", "Try again in a moment.")
            return {"errors": [refused_now.error]}

    def context(self, caller: Caller | None) -> Context:
        """What the resolvers of one request are told."""
        request_id = str(get_contextvars().get("request_id", ""))
        return Context(
            caller or ANONYMOUS,
            request_id,
            self._seal,
            levels=self.gate.level,
            documents=self.documents_of_callers,
        )

    async def prepared(self, asked: Asked, caller: Caller, address: str | None) -> Operation:
        """The operation that a request asks for, of a document sent or named.

        Raises: Unusable; NotServed for an unknown name.
        """
        resolved = await self._resolved(asked)
        operation = self.engine.prepare(resolved.text).chosen(asked.operation_name)
        if resolved.keep_as is not None and self._documents is not None:
            await self._documents.accepted(resolved, who_of(caller, address))
        return operation

    async def _resolved(self, asked: Asked) -> Resolved:
        if self._documents is not None:
            return await self._documents.resolve(asked.query or None, asked.named)
        if not asked.query:
            raise bad_request("QUERY_MISSING", "The member 'query' must be a document.")
        return Resolved(asked.query)

    async def _counted(
        self, asked: Asked, caller: Caller, address: str | None, *, only_queries: bool
    ) -> Outcome:
        began = time.perf_counter()
        kind = "none"
        try:
            operation = await self.prepared(asked, caller, address)
            kind = operation.kind.value
            if only_queries and operation.kind is not OperationType.QUERY:
                raise MutationByGet
            outcome = await self._served(operation, asked, caller, address)
        except Unusable as refused:
            outcome = outcomes.of_document(refused)
        except NotServed as refused:
            outcome = outcomes.of_not_served(refused)
        _count(kind, outcome.body, time.perf_counter() - began)
        return outcome

    async def _noted(
        self, asked: Asked, caller: Caller, address: str | None, *, only_queries: bool
    ) -> Outcome:
        """The same for a key: what it asks for is counted."""
        try:
            with self.gate.running(caller, address) or nullcontext():
                outcome = await self._counted(asked, caller, address, only_queries=only_queries)
        except NotServed as refused:
            self.usage.note(caller, refused.status, {})
            raise
        self.usage.note(caller, outcome.status, outcome.body)
        return outcome

    async def _served(
        self, operation: Operation, asked: Asked, caller: Caller, address: str | None
    ) -> Outcome:
        """Rights, then price, then what is kept, then the caller's points, then the resolvers."""
        if operation.kind is OperationType.SUBSCRIPTION:
            code = Code.OPERATION_RESOLUTION_FAILURE
            message = "Subscriptions are served over WebSocket and as text/event-stream."
            return outcomes.of_code(code, "SUBSCRIPTION_NOT_SERVED", message)
        if (refusal := self.refusal(operation, asked, caller)) is not None:
            return refusal
        key = self._key(operation, asked, caller)
        if key is not None and self._cache and (hit := self._cache.get(key)) is not None:
            return self._unpaid(_kept(hit, asked), caller, operation.price.points(asked.variables))
        return await self._paid(operation, asked, caller, address, key)

    def refusal(self, operation: Operation, asked: Asked, caller: Caller) -> Outcome | None:
        """Why the caller may not run this: its rights, or what it would cost."""
        requested = operation.price.points(asked.variables)
        if refused := self.gate.refusals(operation, caller):
            return self._unpaid(outcomes.of_refusals(refused), caller, requested)
        if (over := over_points(requested, self.gate.most(caller))) is not None:
            dear = outcomes.of_code(Code.QUERY_TOO_COMPLEX, "TOO_MANY_POINTS", str(over))
            return self._unpaid(dear, caller, requested)
        return None

    async def _paid(
        self,
        operation: Operation,
        asked: Asked,
        caller: Caller,
        address: str | None,
        key: bytes | None,
    ) -> Outcome:
        requested = operation.price.points(asked.variables)
        charge = await self.gate.charge(caller, address, requested)
        if not charge.taken.allowed:
            refused = outcomes.of_not_served(charge.taken.refused())
            return refused.with_cost(await self.gate.settle(charge, 0))
        if key is not None and self._cache is not None:
            work = self._through_cache(self._cache, key, operation, asked)
        else:
            work = self.executed(operation, asked, self.context(caller))
        outcome = await self.settled(charge, work)
        if self._counted_for:
            outcome.headers = {**charge.taken.headers(), **outcome.headers}
        return outcome

    async def settled(self, charge: Charge, work: Awaitable[tuple[Outcome, float]]) -> Outcome:
        """What `work` comes to, with its cost; the points that it did not spend are given back."""
        spent = charge.requested
        try:
            outcome, spent = await work
        finally:
            cost = await self.gate.settle(charge, spent)
        return outcome.with_cost(cost) if self._counted_for else outcome

    async def executed(
        self, operation: Operation, asked: Asked, context: Context, event: object = None
    ) -> tuple[Outcome, float]:
        """The outcome of an operation or of an event of it, and the points that it spent."""
        result = await operation.execute(event, context, asked.variables, asked.extensions)
        spent = result.spent
        if result.fallback is not None:
            GRAPHQL_FALLBACKS.labels(result.fallback).inc()
        weighed = operation.price.actual(result.data) if spent is None else spent
        if spent is not None:
            weighed += operation.price.weights
        return outcomes.of_result(result, operation.node), weighed

    async def _through_cache(
        self, cache: ResponseCache, key: bytes, operation: Operation, asked: Asked
    ) -> tuple[Outcome, float]:
        spent = 0.0

        async def compute() -> Computed:
            nonlocal spent
            context = self.context(None)
            outcome, spent = await self.executed(operation, asked, context)
            if outcome.status is not HTTPStatus.OK or "errors" in outcome.body:
                return Computed(b"", context.tags, outcome)
            return Computed(orjson.dumps(outcome.body["data"]), context.tags)

        cached = await cache.answer(key, compute)
        if isinstance(cached.rest, Outcome):  # shared with all who waited for it
            return replace(cached.rest, body=dict(cached.rest.body)), spent
        return _kept(cached, asked), spent

    def _key(self, operation: Operation, asked: Asked, caller: Caller) -> bytes | None:
        """The key under which the answer may be kept; None where it may not."""
        if self._cache is None or not self.gate.keepable(operation, caller):
            return None
        return self._cache.key(operation.digest, operation.name, asked.variables)

    def _unpaid(self, outcome: Outcome, caller: Caller, requested: float) -> Outcome:
        """An answer that took no points."""
        if not self._counted_for:
            return outcome
        taken = self.gate.untouched(caller)
        outcome.headers = {**taken.headers(), **outcome.headers}
        return outcome.with_cost(self.gate.cost(requested, 0.0, taken))


def _kept(cached: Cached, asked: Asked) -> Outcome:
    """A kept answer. Where its document was named, others may keep it too."""
    public = cached if asked.named is not None else None
    return Outcome({"data": orjson.Fragment(cached.body)}, public=public)


def _count(kind: str, body: dict[str, Any], seconds: float) -> None:
    found = body.get("errors")
    outcome = found[0]["extensions"]["code"] if found else "ok"
    counter, histogram = _measured(kind, outcome)
    counter.inc()
    histogram.observe(seconds)


@cache
def _measured(kind: str, outcome: str) -> tuple[Counter, Histogram]:
    return GRAPHQL_OPERATIONS.labels(kind, outcome), GRAPHQL_SECONDS.labels(kind)
