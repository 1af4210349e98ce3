"""Bulk operations for tests: held runs to release, staged lines, and a worker in this process."""

import gzip
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from boucle.executor import Executor
from domain.offers.lines import FeedRunState
from models import outbox
from models.base import fetch, transaction
from models.jobs import Job
from models.merchants import Merchant
from models.offers.feeds import FeedRun
from models.partners import bulk
from resolvers.accounts.callers import caller_of_key
from resolvers.context import Caller
from resolvers.partners import bulk as resolvers
from schema.common import global_id
from tests import factories
from tests.boucle.edge import key
from tests.schema.asking import OPERATIONS, Json, data, served
from workers.lease import Lease
from workers.partners.bulk import run_slice
from workers.runtime import Rights, RunDocument

FAST = 1_000_000
APPLY = """mutation($input: ApplyFeedRunInput!){applyFeedRun(input: $input){
  __typename ... on FeedRunApplying{run{id}} ... on Problem{code}}}"""
FACTS = "{id state kind linesTotal linesRead done failed code detail startedAt finishedAt}"
RUN = f"""mutation($input: BulkOperationRunInput!){{bulkOperationRun(input: $input){{
  __typename ... on BulkOperationAccepted{{operation{FACTS}}} ... on Problem{{code message}}
  ... on BulkQueueFull{{waiting}}}}}}"""
CANCEL = f"""mutation($id: ID!, $key: String!){{
  cancelBulkOperation(input: {{id: $id, idempotencyKey: $key}}){{
  __typename ... on BulkOperationCancelling{{operation{FACTS}}} ... on Problem{{code}}
  ... on InvalidTransition{{from to}}}}}}"""
READ = f"query($id: ID!){{bulkOperation(id: $id){FACTS}}}"


async def caller(owner: Merchant, *scopes: str) -> Caller:
    """A key of the merchant that is really there."""
    _, row = await key(owner.id, *(scopes or ("feeds:read", "feeds:write")))
    return caller_of_key(row)


async def held(owner: Merchant, number: int, name: str = "held") -> list[UUID]:
    """Runs of a feed that wait to be applied."""
    feed = await factories.feed(owner, name=name)
    rows = [
        FeedRun(
            feed=feed, merchant_id=owner.id, state=FeedRunState.HELD, channel="PUSH", mode=feed.mode
        )
        for _ in range(number)
    ]
    await FeedRun.bulk_create(rows, batch_size=500)
    return [row.id for row in rows]


def apply_line(run_id: UUID | str) -> bytes:
    """The variables that apply a run."""
    return orjson.dumps({"input": {"runId": str(run_id)}})


async def stage(owner: Merchant, lines: Sequence[bytes] | bytes) -> UUID:
    """Keep lines for a bulk operation."""
    text = lines if isinstance(lines, bytes) else b"".join(line + b"\n" for line in lines)
    with tempfile.TemporaryDirectory(prefix="boucle-test-") as folder:
        path = Path(folder) / "lines"
        path.write_bytes(text)
        count = text.count(b"\n") + (not text.endswith(b"\n"))
        return await resolvers.stage(owner.id, path, str(hash(text)), count)


async def asked(by: Caller, document: str, file: UUID | None = None, key: str = "k") -> Json:
    """What `bulkOperationRun` answers."""
    given: Json = {"document": document, "idempotencyKey": key}
    if file is not None:
        given["stagedFile"] = str(file)
    found: Json = (await data(RUN, by, input=given))["bulkOperationRun"]
    return found


async def started(by: Caller, document: str, file: UUID | None = None, key: str = "k") -> UUID:
    """The id of a bulk operation that was accepted."""
    found = await asked(by, document, file, key)
    assert found["__typename"] == "BulkOperationAccepted", found
    row = await bulk.page(by.merchant_id or UUID(int=0), None, 1)
    assert str(global_id("BulkOperation", row[0].id)) == found["operation"]["id"]
    return row[0].id


async def in_worker(
    rights: Rights, document: str, name: str | None, variables: Mapping[str, Any]
) -> Json:
    """Run a document as a worker does, with the rights of a process that serves."""
    async with served():
        return await Executor(OPERATIONS).run(rights, document, name, variables)


async def lease_of(bulk_id: UUID) -> Lease:
    """The lease of a run that begins now."""
    await outbox.take_due()
    rows = await fetch(
        "SELECT id FROM outbox_job WHERE state = 'sent' AND job = $1 AND kwargs->>'bulk_id' = $2",
        Job.RUN_BULK.value,
        str(bulk_id),
    )
    taken = await outbox.take(rows[0]["id"])
    assert taken is not None
    return Lease(taken.id, taken.attempt)


async def work(
    bulk_id: UUID, run: RunDocument = in_worker, *, seconds: float = 600, pace: int = FAST
) -> bulk.Bulk:
    """One run of an operation's job; the operation after it."""
    await run_slice(await lease_of(bulk_id), bulk_id, run, pace, seconds)
    return await stored(bulk_id)


async def stored(bulk_id: UUID) -> bulk.Bulk:
    """The operation as it is stored."""
    async with transaction():
        found = await bulk.read(bulk_id)
    assert found is not None
    return found


async def answers(bulk_id: UUID) -> list[Json]:
    """The answers so far, in their order."""
    rows = await fetch("SELECT data FROM bulk_chunk WHERE operation_id = $1 ORDER BY n", bulk_id)
    text = b"".join(gzip.decompress(row["data"]) for row in rows)
    return [orjson.loads(line) for line in text.splitlines()]


async def effects() -> dict[UUID, int]:
    """How often each run was applied."""
    rows = await fetch(
        "SELECT object_id, count(*) AS n FROM audit_log WHERE action = 'applyFeedRun' GROUP BY 1"
    )
    return {row["object_id"]: row["n"] for row in rows}
