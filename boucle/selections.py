"""The operations that partners store with their endpoints: examined, then run when events are sent.

They run through the engine of the API, with the database role of a process that serves requests
and the rights that their maker had.
"""

import asyncio
import contextvars
from collections.abc import AsyncGenerator, Awaitable, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from graphql import NamedTypeNode, NonNullTypeNode, OperationType
from tortoise.context import TortoiseContext

from boucle.edge import errors
from boucle.edge.operations import Operations
from boucle.graphql import Operation, Unusable
from boucle.graphql.price import over_points
from boucle.orm import APP, tortoise_config
from boucle.settings import Settings
from domain.partners.selections import Owner, Select, Selected
from resolvers.context import PROCESS_SEAL, Caller, Seal
from resolvers.partners.terms import Examine, Unfit, acting_with

POINTS = 200
SECONDS = 3.0
POOL = 4
_VARIABLE = "id"


def examiner(operations: Operations) -> Examine:
    """What tells whether a document may be run for a caller, about one object at a time."""

    def examine(document: str, caller: Caller) -> Unfit | None:
        try:
            operation = operations.engine.prepare(document).chosen(None)
        except Unusable as unusable:
            return _unfit(errors.of_document(unusable)[0])
        if operation.kind is not OperationType.QUERY:
            return Unfit("NOT_A_QUERY", "The operation must be a query.")
        if not _takes_id(operation):
            return Unfit("ID_MISSING", "The operation must take the one variable `$id: ID!`.")
        if over := over_points(operation.price.points({_VARIABLE: ""}), POINTS):
            return Unfit("TOO_MANY_POINTS", str(over))
        refused = operations.gate.refusals(operation, caller)
        return _unfit(errors.of_refusal(refused[0])) if refused else None

    return examine


def _unfit(error: dict[str, Any]) -> Unfit:
    said = error["extensions"]
    return Unfit(said.get("reason") or said["code"], error["message"])


def _takes_id(operation: Operation) -> bool:
    definitions = operation.node.variable_definitions or ()
    if len(definitions) != 1 or definitions[0].variable.name.value != _VARIABLE:
        return False
    kind = definitions[0].type
    return (
        isinstance(kind, NonNullTypeNode)
        and isinstance(kind.type, NamedTypeNode)
        and kind.type.name.value == "ID"
    )


def selecting(operations: Operations) -> Select:
    """What runs a selection, on the database that the calling task has open."""
    examine = examiner(operations)

    async def select(
        owner: Owner, scopes: Sequence[str], document: str, object_id: str
    ) -> Selected:
        caller = acting_with(owner, scopes)
        if unfit := examine(document, caller):
            return Selected(problem=unfit.reason)
        body = await operations.ask(document, {_VARIABLE: object_id}, caller)
        if found := body.get("errors"):
            return Selected(problem=_unfit(found[0]).reason)
        return Selected(data=body["data"])

    return select


@asynccontextmanager
async def selections(settings: Settings) -> AsyncGenerator[Select]:
    """Run selections on connections of their own, with the rights of a process that serves.

    The schema is loaded when the first one is run: most partners select nothing.
    """
    context = TortoiseContext()
    await context.init(tortoise_config(str(settings.database_url), pool=POOL, role=APP))
    inside = contextvars.copy_context()
    inside.run(context.__enter__)
    loading = asyncio.Lock()
    run: Select | None = None

    def loaded() -> Select:
        seal = Seal(settings.keys[0].value) if settings.keys else PROCESS_SEAL
        return selecting(Operations(import_module("schema.root").schema, SECONDS, seal))

    async def select(
        owner: Owner, scopes: Sequence[str], document: str, object_id: str
    ) -> Selected:
        nonlocal run
        async with loading:
            if run is None:  # it takes seconds, in which others are sent
                run = await asyncio.to_thread(loaded)
        work = run(owner, scopes, document, object_id)
        task: asyncio.Task[Selected] = asyncio.create_task(_awaited(work), context=inside.copy())
        return await task

    try:
        yield select
    finally:
        await context.close_connections()


async def _awaited(work: Awaitable[Selected]) -> Selected:
    return await work
