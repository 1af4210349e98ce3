"""Bulk operations, for a merchant's own key."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Self

import strawberry
from strawberry.scalars import JSON

from domain.partners.bulk import KEPT_DAYS, SCOPES, BulkKind, BulkState
from resolvers.context import BadInput
from resolvers.partners import bulk as resolvers
from resolvers.partners.documents import DocumentRefused
from schema.accounts import told
from schema.common import (
    ONCE,
    After,
    Edge,
    First,
    Info,
    Node,
    NodeId,
    PageInfo,
    Problem,
    edges,
    global_id,
    idempotency_key,
    page_info,
    row_id,
)
from schema.offers.feed_run_changes import InvalidTransition
from schema.rules import OWN, AnyOf, Scope, ruled

if TYPE_CHECKING:
    from models.partners.bulk import Bulk

ANY = AnyOf(tuple(Scope(name) for name in sorted(SCOPES)))
_SAME = (
    *("kind", "state", "document", "lines_total", "lines_read", "done", "failed", "code", "detail"),
    *("created_at", "started_at", "cancel_asked_at", "finished_at"),
)

strawberry.enum(BulkKind, description="What is done many times.")
strawberry.enum(BulkState, description="Where a bulk operation stands.")


@ruled(OWN)
@strawberry.type
class BulkOperation(Node):
    """A mutation run for each line of a file, or a list read to its end."""

    kind: BulkKind = strawberry.field(description="What is done many times.")
    state: BulkState = strawberry.field(description="Where it stands; five of yours run at once.")
    document: str = strawberry.field(description="The document as you sent it.")
    lines_total: int | None = strawberry.field(
        description="Lines of the file; `null` for a list, whose length is not known."
    )
    lines_read: int = strawberry.field(description="Lines with an answer, or nodes read, so far.")
    done: int = strawberry.field(description="Lines that did what they ask for.")
    failed: int = strawberry.field(
        description="Lines with an error, or that the mutation refused by a `Problem`."
    )
    result_bytes: str = strawberry.field(
        description="Size of the answers so far, not compressed: a whole number."
    )
    result_path: str = strawberry.field(
        description="Where this server gives the answers so far, as JSON lines."
    )
    code: str | None = strawberry.field(description="Why it failed.")
    detail: str | None = strawberry.field(description="More about `code`.")
    created_at: datetime = strawberry.field(description="When it was asked for.")
    started_at: datetime | None = strawberry.field(description="When it got its place.")
    cancel_asked_at: datetime | None = strawberry.field(description="When you asked for its end.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")
    kept_until: datetime | None = strawberry.field(description="When its answers are forgotten.")

    @classmethod
    def of(cls, row: "Bulk") -> Self:
        same: dict[str, Any] = {name: getattr(row, name) for name in _SAME}
        ended = row.finished_at
        return cls(
            id=global_id("BulkOperation", row.id),
            result_bytes=str(row.bytes),
            result_path=f"/v1/bulk/{row.id}/result",
            kept_until=ended + timedelta(days=KEPT_DAYS) if ended else None,
            **same,
        )


@ruled(OWN)
@strawberry.type
class BulkOperationConnection:
    """Bulk operations, page by page, newest first."""

    edges: list[Edge[BulkOperation]] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@strawberry.type
class BulkQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": ANY})
    async def bulk_operation(self, info: Info, id: NodeId) -> BulkOperation | None:
        """One of your bulk operations; `null` for any other."""
        found = row_id(id, "BulkOperation", "id")
        row = await resolvers.operation(info.context, found) if found else None
        return BulkOperation.of(row) if row else None

    @strawberry.field(metadata={"rule": ANY})
    async def bulk_operations(
        self, info: Info, first: First = 24, after: After = None
    ) -> BulkOperationConnection:
        """Your bulk operations, newest first."""
        page = await resolvers.operations(info.context, first, after)
        return BulkOperationConnection(
            edges=edges(page, BulkOperation.of), page_info=page_info(page, after)
        )


@strawberry.input
class BulkOperationRunInput:
    """What to run in bulk."""

    document: str = strawberry.field(
        description="A mutation, run for each line of the file; or a query of one list, read to "
        "its end: leave `first`, `after` and `idempotencyKey` out."
    )
    operation_name: str | None = strawberry.field(
        default=None, description="Which operation of the document, if it has several."
    )
    variables: JSON | None = strawberry.field(
        default=None, description="An object; a line's own variables come on top of it."
    )
    staged_file: strawberry.ID | None = strawberry.field(
        default=None, description="Of a mutation: the `file_id` that `POST /v1/bulk/files` gave."
    )
    idempotency_key: str = strawberry.field(description=ONCE)


@ruled(OWN)
@strawberry.type
class BulkOperationAccepted:
    """It runs, or waits for one of your five places."""

    operation: BulkOperation = strawberry.field(description="The bulk operation.")


@ruled(OWN)
@strawberry.type
class BulkDocumentRefused(Problem):
    """The document cannot be run in bulk. `code` says whether it is invalid, unfit or too dear."""


@ruled(OWN)
@strawberry.type
class BulkFileUnknown(Problem):
    """You have staged no such file, or a mutation came without one."""


@ruled(OWN)
@strawberry.type
class BulkQueueFull(Problem):
    """So many of your bulk operations wait that no more is taken."""

    waiting: int = strawberry.field(description="How many wait.")


BulkOperationRunResult = Annotated[
    BulkOperationAccepted | BulkDocumentRefused | BulkFileUnknown | BulkQueueFull,
    strawberry.union("BulkOperationRunResult", description="The bulk operation, or a refusal."),
]


@strawberry.input
class CancelBulkOperationInput:
    """Which bulk operation to end."""

    id: strawberry.ID = strawberry.field(description="Id of the `BulkOperation`.")
    idempotency_key: str = strawberry.field(description=ONCE)


@ruled(OWN)
@strawberry.type
class BulkOperationCancelling:
    """It ends now, or in a moment if it runs; what was done stays done and is told."""

    operation: BulkOperation = strawberry.field(description="The bulk operation.")


@ruled(OWN)
@strawberry.type
class BulkOperationUnknown(Problem):
    """There is no such bulk operation of yours."""


CancelBulkOperationResult = Annotated[
    BulkOperationCancelling | BulkOperationUnknown | InvalidTransition,
    strawberry.union("CancelBulkOperationResult", description="The operation, or a refusal."),
]


@strawberry.type
class BulkMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": ANY, "bulk": False})
    async def bulk_operation_run(
        self,
        info: Info,
        input: Annotated[BulkOperationRunInput, strawberry.argument(description="What to run.")],
    ) -> BulkOperationRunResult:
        """Run a mutation for each line of a file, or read a list to its end, in the background."""
        key = idempotency_key(input.idempotency_key)
        found = await resolvers.run(info.context, _asked(input), key)
        match found:
            case DocumentRefused(code, message):
                path = ["input", "document"]
                return BulkDocumentRefused(**told(info, code, message, path, None))
            case resolvers.FileUnknown():
                message = "There is no such file of yours."
                hint = "Stage the lines with `POST /v1/bulk/files` and give its `file_id`."
                path = ["input", "stagedFile"]
                return BulkFileUnknown(**told(info, "BULK_FILE_UNKNOWN", message, path, hint))
            case resolvers.QueueFull(waiting):
                message = f"{waiting} of your bulk operations wait."
                hint = "Wait for one to end, or cancel one."
                texts = told(info, "BULK_QUEUE_FULL", message, ["input"], hint)
                return BulkQueueFull(waiting=waiting, **texts)
            case row:
                return BulkOperationAccepted(operation=BulkOperation.of(row))

    @strawberry.mutation(metadata={"rule": ANY, "bulk": False})
    async def cancel_bulk_operation(
        self,
        info: Info,
        input: Annotated[
            CancelBulkOperationInput, strawberry.argument(description="Which to end.")
        ],
    ) -> CancelBulkOperationResult:
        """End a bulk operation of yours."""
        key = idempotency_key(input.idempotency_key)
        bulk_id = row_id(input.id, "BulkOperation", "id")
        found = await resolvers.cancel(info.context, bulk_id, key) if bulk_id else None
        path = ["input", "id"]
        match found:
            case None:
                code, message = "BULK_OPERATION_UNKNOWN", "There is no such bulk operation."
                hint = "`bulkOperations` lists yours."
                return BulkOperationUnknown(**told(info, code, message, path, hint))
            case resolvers.Ended(state):
                message = f"The operation is {state} already."
                return InvalidTransition(
                    **told(info, "INVALID_TRANSITION", message, path, None),
                    from_=state.value,
                    to=BulkState.CANCELLED.value,
                    allowed=[],
                )
            case row:
                return BulkOperationCancelling(operation=BulkOperation.of(row))


def _asked(given: BulkOperationRunInput) -> resolvers.Asked:
    """The input as the use case takes it. Raises: BadInput for variables that are no object."""
    variables: Any = {} if given.variables is None else given.variables
    if not isinstance(variables, dict):
        raise BadInput("`variables` must be an object.", argument="variables")
    file = row_id(given.staged_file, "BulkFile", "stagedFile")
    return resolvers.Asked(given.document, given.operation_name, variables, file)


@strawberry.type
class BulkSubscription:
    """Subscriptions of the area; `schema/root.py` inherits them."""

    @strawberry.subscription(metadata={"rule": ANY})
    async def bulk_progress(self, info: Info, id: NodeId) -> AsyncGenerator[BulkOperation]:
        """One of your bulk operations, now and whenever it moves; ends when it has ended."""
        found = row_id(id, "BulkOperation", "id")
        if found is None:
            raise LookupError("a non-null id was null")
        return _shaped(await resolvers.progress(info.context, found))


async def _shaped(rows: "AsyncGenerator[Bulk]") -> AsyncGenerator[BulkOperation]:
    async with aclosing(rows):
        async for row in rows:
            yield BulkOperation.of(row)
