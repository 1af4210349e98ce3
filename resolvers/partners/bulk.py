"""A merchant's bulk operations: asked for, followed, cancelled, read."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from domain.partners.bulk import SCOPES, BulkKind, BulkState
from models.base import Tenant, acting
from models.offers import files
from models.offers.read import Position
from models.partners import bulk
from models.partners.bulk import Bulk
from resolvers import paging
from resolvers.context import BadInput, Context, Forbidden, SignInFirst
from resolvers.effects import Outcome, audited, once_only
from resolvers.offers.following import State, Topic, follow, mark
from resolvers.partners.documents import BulkPlan, DocumentRefused

_UNKNOWN = "BULK_FILE_UNKNOWN"
_FULL = "BULK_QUEUE_FULL"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be run in bulk: a document and, of a mutation, the file of its variables."""

    document: str
    operation: str | None
    variables: Mapping[str, Any]
    file: UUID | None


@dataclass(frozen=True, slots=True)
class FileUnknown:
    """The merchant has staged no such file, or a mutation came without one."""


@dataclass(frozen=True, slots=True)
class QueueFull:
    """So many of the merchant's operations wait that no more is taken."""

    waiting: int


async def run(
    ctx: Context, asked: Asked, idempotency_key: str
) -> Bulk | DocumentRefused | FileUnknown | QueueFull:
    """Have a document run over a file, or a list read to its end.

    Refuses: a document of another shape or too dear; a file that is not there; a full queue.
    Raises: SignInFirst, Forbidden; BadInput with reason IDEMPOTENCY_KEY_REUSED.
    """
    caller = ctx.caller
    scope = _scope(ctx)
    if ctx.documents is None:
        raise RuntimeError("nothing reads documents here")
    plan = ctx.documents.bulk(asked.document, asked.operation, asked.variables, caller)
    if isinstance(plan, DocumentRefused):
        return plan
    if caller.key_prefix is None and caller.session_id is None:
        message = "A token of an outside issuer ends too soon for this: use an API key."
        raise Forbidden(message, reason="KEY_NEEDED")

    async def act(merchant_id: UUID) -> Outcome:
        return await _added(ctx, merchant_id, asked, plan)

    given = {
        "document": asked.document,
        "operation": asked.operation,
        "variables": asked.variables,
        "file": asked.file,
    }
    outcome = await once_only(ctx, scope, "bulkOperationRun", idempotency_key, given, act)
    match outcome.get("refused"):
        case None:
            return await _made(ctx, UUID(outcome["id"]))
        case "BULK_FILE_UNKNOWN":
            return FileUnknown()
        case _:
            return QueueFull(outcome["waiting"])


async def _made(ctx: Context, bulk_id: UUID) -> Bulk:
    """An operation that outlives the key that it was asked for with."""
    found = await operation(ctx, bulk_id)
    if found is None:
        raise LookupError(f"the bulk operation {bulk_id} is gone before its key")
    return found


async def _added(ctx: Context, merchant_id: UUID, asked: Asked, plan: BulkPlan) -> Outcome:
    total = None
    if plan.kind is BulkKind.MUTATION:
        total = await bulk.staged(merchant_id, asked.file) if asked.file else None
        if total is None:
            return {"refused": _UNKNOWN}
    by_key = ctx.caller.key_prefix
    new = bulk.New(
        merchant_id=merchant_id,
        kind=plan.kind,
        document=asked.document,
        variables=asked.variables,
        plan=plan.facts,
        scopes=plan.scopes,
        key_prefix=by_key,
        user_id=None if by_key else ctx.caller.user_id,
        file=asked.file if plan.kind is BulkKind.MUTATION else None,
        lines_total=total,
    )
    made = await bulk.add(new)
    if isinstance(made, bulk.QueueFull):
        return {"refused": _FULL, "waiting": made.waiting}
    after = {"kind": plan.kind.value, "lines": total}
    await audited(ctx, "bulkOperationRun", "BulkOperation", made, after=after)
    return {"id": str(made)}


async def operation(ctx: Context, bulk_id: UUID) -> Bulk | None:
    """One of the caller's bulk operations; None for any other. Raises: SignInFirst, Forbidden."""
    async with ctx.acting(_scope(ctx)) as merchant_id:
        return await bulk.get(merchant_id, bulk_id)


async def operations(ctx: Context, first: int, after: str | None) -> paging.Page[Bulk]:
    """The caller's, newest first. Raises: SignInFirst, Forbidden, BadInput."""
    scope = _scope(ctx)
    size, of = paging.size(first), paging.fingerprint("bulk", ctx.merchant_id(scope))
    position = paging.opened(after, of, ctx.seal)
    async with ctx.acting(scope) as merchant_id:
        rows = await bulk.page(merchant_id, position.id if position else None, size + 1)
    return paging.page([(row, Position(0, 0, row.id)) for row in rows], size, of, ctx.seal)


@dataclass(frozen=True, slots=True)
class Ended:
    """The operation has ended already."""

    state: BulkState


async def cancel(ctx: Context, bulk_id: UUID, idempotency_key: str) -> Bulk | Ended | None:
    """Have an operation end; None for one that is not the caller's. Lines done stay done.

    Refuses: an operation that has ended. Raises: SignInFirst, Forbidden; BadInput.
    """
    scope = _scope(ctx)
    if await operation(ctx, bulk_id) is None:
        return None

    async def act(merchant_id: UUID) -> Outcome:
        state = await bulk.cancel(merchant_id, bulk_id)
        if state is None or state.final:
            return {"ended": state}
        await audited(
            ctx, "cancelBulkOperation", "BulkOperation", bulk_id, before={"state": state.value}
        )
        return {"ended": None}

    given = {"operation": bulk_id}
    outcome = await once_only(ctx, scope, "cancelBulkOperation", idempotency_key, given, act)
    if outcome["ended"]:
        return Ended(BulkState(outcome["ended"]))
    return await operation(ctx, bulk_id)


async def progress(ctx: Context, bulk_id: UUID) -> AsyncGenerator[Bulk]:
    """One of the caller's bulk operations, now and whenever it moves, until it has ended.

    Raises: SignInFirst, Forbidden; BadInput for one that is not the caller's; Unavailable.
    """

    async def read(now: Context) -> State[Bulk]:
        found = await operation(now, bulk_id)
        if found is None:
            raise BadInput(
                "There is no such bulk operation of yours. `bulkOperations` lists them.",
                reason="BULK_OPERATION_UNKNOWN",
                argument="id",
            )
        return State(found, mark(found.version), found.state.final)

    return await follow(ctx, [Topic(f"bulk:{bulk_id}")], read)


async def readable(ctx: Context, bulk_id: UUID) -> Bulk | None:
    """An operation whose answers the caller may read: it needs the scopes of the document.

    Raises: SignInFirst, Forbidden.
    """
    found = await operation(ctx, bulk_id)
    for scope in found.scopes if found else ():
        ctx.merchant_id(scope)
    return found


async def answers(ctx: Context, of: Bulk) -> AsyncGenerator[bytes]:
    """The answers so far, a chunk at a time, each gzip; `of` is what `readable` returned."""
    for n in range(of.chunks):
        async with ctx.private():
            found = await bulk.chunk(of.id, n)
        if found is not None:
            yield found


def stager(ctx: Context) -> UUID:
    """The merchant for whom the caller may stage a file. Raises: SignInFirst, Forbidden."""
    return ctx.merchant_id(_scope(ctx))


async def stage(merchant_id: UUID, path: Path, sha256: str, lines: int) -> UUID:
    """Keep a file for a bulk operation; the file of the last day with the same content is it."""
    async with acting(Tenant(merchant_id=merchant_id)):
        before = await bulk.staged_before(merchant_id, sha256)
        return before or await files.store(path, merchant_id, "bulk", sha256, lines)


def _scope(ctx: Context) -> str:
    """A scope of the caller's that opens bulk operations. Raises: SignInFirst, Forbidden."""
    if ctx.caller.merchant_id is None:
        raise SignInFirst("Send a merchant's API key or token as a bearer token.")
    held = sorted(scope for scope in SCOPES if scope in ctx.caller.scopes)
    if not held:
        message = "What you sent has no scope that opens bulk operations."
        raise Forbidden(message, reason="SCOPE_NOT_GRANTED")
    return held[0]
