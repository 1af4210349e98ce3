"""Runs a subscription: a stream of events, each answered like an operation of its own.

Each event has a context of its own, so its loaders read what is there now and are freed with it;
and before each the caller's key is looked at again.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from inspect import isawaitable
from typing import Any, Protocol

import structlog
from graphql import ExecutionResult, OperationType, create_source_event_stream
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from boucle.edge import errors
from boucle.edge.answers import Code, NotServed, unavailable
from boucle.edge.body import Asked
from boucle.edge.gate import Charge
from boucle.edge.operations import Operations
from boucle.edge.outcomes import Outcome
from boucle.graphql import Unusable, engine
from boucle.telemetry import GRAPHQL_OPERATIONS
from models.base import new_id
from resolvers.context import Caller, Context, Refused, SignInFirst

log = structlog.get_logger()

Identify = Callable[[], Awaitable[Caller]]
Error = dict[str, Any]


class NotStarted(Exception):
    """The operation was not executed; `told` is why, as a client reads it."""

    def __init__(self, told: list[Error]) -> None:
        super().__init__("not started")
        self.told = told


class Expelled(Exception):
    """The caller's key opens nothing any more, or other things than before."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(str(refused))
        self.refused = refused


class RightsChanged(Refused):
    """What began under other rights does not go on."""

    code = "UNAUTHENTICATED"


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation that may run, who may run it, and where it was sent from."""

    asked: Asked
    found: engine.Operation
    caller: Caller
    address: str | None = None

    @property
    def subscribes(self) -> bool:
        """Whether it has a stream of answers."""
        return self.found.kind is OperationType.SUBSCRIPTION


@dataclass(frozen=True, slots=True)
class Answer:
    """One event's `data` and `errors` as a client gets them, and the event's id if it has one."""

    event_id: str | None
    body: dict[str, Any]


class Served(Protocol):
    """What sockets and event streams need of the operations of `/graphql`."""

    seconds: float

    async def ready(self, asked: Asked, caller: Caller, address: str | None) -> Operation:
        """Prepare, price and authorise. Raises: NotStarted."""
        ...

    async def run(self, operation: Operation, caller: Identify) -> Outcome:
        """Run a query or a mutation. Raises: NotServed; what `caller` raises."""
        ...

    def context(self, caller: Caller) -> Context:
        """What the resolvers of a subscription are told of who asks."""
        ...

    async def pay(self, operation: Operation) -> Charge:
        """The points of one event; it waits until they are there."""
        ...

    async def source(
        self, operation: Operation, context: Context, charge: Charge
    ) -> AsyncGenerator[Any]:
        """The events of a subscription, none of them begun. Raises: NotStarted."""
        ...

    async def execute_event(
        self, operation: Operation, payload: object, context: Context, charge: Charge
    ) -> dict[str, Any]:
        """The answer to one event."""
        ...


async def subscribe(
    served: Served,
    operation: Operation,
    identify: Identify,
    prepare: Callable[[Context], Context],
) -> AsyncGenerator[Answer]:
    """The answers of a subscription; `prepare` gives its context the bus and the last event.

    Close the stream when done. Raises, now or while it is read: NotStarted, only now; NotServed;
    Expelled when `identify` does, or finds other rights; Refused by a resolver.
    """
    context = prepare(served.context(operation.caller))
    charge = await served.pay(operation)
    async with within(served.seconds):
        await _unchanged(identify, operation.caller)
        payloads = await served.source(operation, context, charge)
    GRAPHQL_OPERATIONS.labels("subscription", "ok").inc()
    return _answers(served, operation, identify, context, payloads)


async def _answers(
    served: Served,
    operation: Operation,
    identify: Identify,
    context: Context,
    payloads: AsyncGenerator[Any],
) -> AsyncGenerator[Answer]:
    async with aclosing(payloads):
        while True:
            try:
                payload = await anext(payloads)
            except StopAsyncIteration:
                return
            except errors.AWAY as error:
                raise unavailable("TRY_AGAIN", "Try again in a moment.") from error
            charge = await served.pay(operation)
            async with within(served.seconds):
                await _unchanged(identify, operation.caller)
                body = await served.execute_event(operation, payload, context.fresh(), charge)
            yield Answer(context.event_id, body)


async def _unchanged(identify: Identify, caller: Caller) -> None:
    """Raises: Expelled by `identify`, or where it finds another caller than the one authorised."""
    if await identify() != caller:
        raise Expelled(RightsChanged("Your rights have changed. Connect again."))


async def look_again(identify: Identify, caller: Caller, seconds: float) -> Caller:
    """The caller some seconds later, or at the end of what it showed if that is sooner.

    Raises: Expelled where that opens nothing any more.
    """
    ends = caller.expires_at
    left = seconds if ends is None else (ends - datetime.now(UTC)).total_seconds()
    await asyncio.sleep(max(min(seconds, left), 0))
    if ends is not None and ends <= datetime.now(UTC):
        reason = "KEY_REFUSED" if caller.key_prefix else "TOKEN_EXPIRED"
        raise Expelled(SignInFirst("What you signed in with has expired.", reason=reason))
    try:
        return await identify()
    except errors.AWAY as error:
        log.warning("live.caller_unread", error=type(error).__name__)
        return caller


@asynccontextmanager
async def within(seconds: float) -> AsyncGenerator[None]:
    """A time limit whose end, like an unreachable database, is a coded refusal."""
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            yield
    except errors.AWAY as error:
        if isinstance(error, TimeoutError) and limit.expired():
            message = f"The operation took over {seconds:g} seconds."
            raise unavailable("DEADLINE", message) from error
        raise unavailable("TRY_AGAIN", "Try again in a moment.") from error


def expelling(identify: Identify) -> Identify:
    """The same, with the refusal of a key told apart from the refusals of resolvers."""

    async def identified() -> Caller:
        try:
            return await identify()
        except Refused as refused:
            raise Expelled(refused) from refused

    return identified


def told(error: Exception) -> list[Error]:
    """What a client reads of an operation that ended with an error; faults are logged."""
    match error:
        case NotStarted():
            return error.told
        case NotServed():
            return [error.error]
        case Expelled():
            return [errors.of_refusal(error.refused)]
        case Refused():
            return [errors.of_refusal(error)]
    error_id = str(new_id())
    log.error("live.fault", error_id=error_id, exc_info=error)
    extensions = {"code": Code.INTERNAL_SERVER_ERROR.value, "reason": "FAULT", "errorId": error_id}
    return [{"message": "Something failed on our side.", "extensions": extensions}]


class OnSchema:
    """`Served` by the engine, the rights and the rates of `Operations`."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations
        self.seconds = operations.seconds

    async def ready(self, asked: Asked, caller: Caller, address: str | None) -> Operation:
        try:
            found = await self._operations.prepared(asked, caller, address)
        except Unusable as refused:
            raise _not_started(errors.of_document(refused)) from refused
        except NotServed as refused:
            raise _not_started([refused.error]) from refused
        if found.kind is OperationType.SUBSCRIPTION and (
            refusal := self._operations.refusal(found, asked, caller)
        ):
            raise _not_started(refusal.body["errors"])
        return Operation(asked, found, caller, address)

    async def run(self, operation: Operation, caller: Identify) -> Outcome:
        return await self._operations.run(operation.asked, caller, address=operation.address)

    def context(self, caller: Caller) -> Context:
        return self._operations.context(caller)

    async def pay(self, operation: Operation) -> Charge:
        gate, caller = self._operations.gate, operation.caller
        requested = operation.found.price.points(operation.asked.variables)
        while True:
            charge = await gate.charge(caller, operation.address, requested)
            if charge.taken.allowed:
                return charge
            await asyncio.sleep(charge.taken.retry_after or 1.0)

    async def source(
        self, operation: Operation, context: Context, charge: Charge
    ) -> AsyncGenerator[Any]:
        """Costs the work of the root field: each event has a price of its own."""
        try:
            return await self._source(operation, context)
        finally:
            await self._operations.gate.settle(charge, operation.found.price.weights)

    async def execute_event(
        self, operation: Operation, payload: object, context: Context, charge: Charge
    ) -> dict[str, Any]:
        operations = self._operations
        work = operations.executed(operation.found, operation.asked, context, payload)
        return (await operations.settled(charge, work)).body

    async def _source(self, operation: Operation, context: Context) -> AsyncGenerator[Any]:
        executor = StrawberryGraphQLCoreExecutionContext.build(
            self._operations.engine.graphql,
            operation.found.document,
            context_value=context,
            raw_variable_values=operation.asked.variables,
            operation_name=operation.found.name,
            max_coercion_errors=errors.MAX_ERRORS,
            hide_suggestions=True,
            operation_extensions=operation.asked.extensions,
        )
        if isinstance(executor, list):
            raise _not_started(errors.of_variables(executor, operation.found.node))
        made = create_source_event_stream(executor)
        found: Any = await made if isawaitable(made) else made
        if isinstance(found, ExecutionResult):
            raise _not_started(errors.of_execution(found.errors or []))
        stream: AsyncGenerator[Any] = found
        return stream


def _not_started(found: list[Error]) -> NotStarted:
    GRAPHQL_OPERATIONS.labels("subscription", found[0]["extensions"]["code"]).inc()
    return NotStarted(found)


def failed_before(outcome: Outcome) -> bool:
    """Whether a query or a mutation was not executed at all."""
    return "data" not in outcome.body
