"""Runs bulk operations: some lines at a time, each line once, whatever becomes of a worker.

A line's effect is a transaction of its own, under an idempotency key made of the operation and the
line; the answers of a chunk are stored in one transaction with how far the operation is. So a run
that died is gone on with from the first chunk without answers, and a line that was done is only
told again.
"""

import asyncio
import gzip
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import orjson
import structlog

from domain.partners.bulk import (
    KEPT_DAYS,
    MOST_LINE_BYTES,
    BulkCode,
    BulkKind,
    BulkState,
    LineReason,
    key_of_line,
)
from integrations.http import Unavailable
from models.base import transaction
from models.jobs import Job
from models.partners import bulk
from models.partners.bulk import Bulk, Chunk
from workers.lease import Lease, LeaseLost, job
from workers.partners.lines import lines
from workers.runtime import NotAllowed, Rights, RunDocument, runtime

log = structlog.get_logger()

CHUNK_LINES: Final = 200
CHUNK_PAGES: Final = 10
CHUNK_SECONDS: Final = 2.0
CHUNK_BYTES: Final = 4 * 1024 * 1024
LOOK_SECONDS: Final = 0.5
SLICE_SECONDS: Final = 5.0
"""After so long a run lets others have the worker: feeds wait in the same process."""
USUAL_PACE: Final = 200
KIND: Final = "boucle_kind"
AFTER: Final = "boucle_after"
PAGE: Final = "boucle_page"

Json = dict[str, Any]


@job(Job.RUN_BULK)
async def run_bulk(lease: Lease, bulk_id: str) -> None:
    """Go on with an operation for some seconds, then leave the rest to another run."""
    at = runtime()
    pace = int(at.values.get("bulk_pace") or USUAL_PACE)
    await run_slice(lease, UUID(bulk_id), at.run_document, pace)


@job(Job.BULK_WATCHDOG)
async def bulk_watchdog(_lease: Lease) -> None:
    """End operations whose job was given up; forget those that ended 30 days ago."""
    async with transaction():
        if stuck := await bulk.end_stuck():
            log.error("bulk.given_up", operations=stuck)
    while await bulk.purge(KEPT_DAYS):
        continue


@dataclass(frozen=True, slots=True)
class End:
    """How an operation ends."""

    state: BulkState
    code: str | None = None
    detail: str | None = None


@dataclass(slots=True)
class Answers:
    """The answers of a chunk while it is made, and where the next one begins."""

    position: int
    cursor: str | None
    lines: int = 0
    failed: int = 0
    size: int = 0
    began: float = field(default_factory=time.monotonic)
    _parts: list[bytes] = field(default_factory=list)

    def add(self, answer: Any, *, failed: bool = False) -> None:
        """One line more."""
        text = orjson.dumps(answer, option=orjson.OPT_APPEND_NEWLINE)
        self._parts.append(text)
        self.size += len(text)
        self.lines += 1
        self.failed += failed

    @property
    def full(self) -> bool:
        """Whether it is time to store them."""
        late = time.monotonic() - self.began > CHUNK_SECONDS
        return late or self.size > CHUNK_BYTES or self.lines >= CHUNK_LINES * 5

    async def chunk(self) -> Chunk:
        """What is stored of them."""
        data = await asyncio.to_thread(gzip.compress, b"".join(self._parts), 5)
        return Chunk(self.lines, self.failed, self.size, data, self.position, self.cursor)


async def run_slice(
    lease: Lease, bulk_id: UUID, run: RunDocument, pace: int, seconds: float = SLICE_SECONDS
) -> None:
    """Run chunks of an operation until it ends or the time is over.

    Units: `pace` is executions a second. Raises: Unavailable, after what was done is stored.
    """
    until = time.monotonic() + seconds
    while True:
        of = await bulk.read(bulk_id)
        if of is None or of.state is not BulkState.RUNNING:
            return
        work = (_Lines if of.kind is BulkKind.MUTATION else _Pages)(of, run, pace)
        end = await _run(lease, of, work)
        made = await work.answers.chunk()
        if end is not None:
            await _end(lease, of, made, end)
            return
        if time.monotonic() > until:
            async with lease.transaction():
                await _store(of, made)
                await bulk.go_on(of.id)
            return
        async with lease.step():
            await _store(of, made)


async def _run(lease: Lease, of: Bulk, work: "_Work") -> End | None:
    """Make a chunk. Raises: Unavailable, after what was done of it is stored."""
    try:
        return await work.chunk()
    except Unavailable:
        made = await work.answers.chunk()
        if made.lines:
            async with lease.step():
                await _store(of, made)
        raise


async def _end(lease: Lease, of: Bulk, made: Chunk, end: End) -> None:
    async with lease.transaction():
        await bulk.hold_places(of.merchant_id)
        await _store(of, made)
        await bulk.finish(of.merchant_id, of.id, end.state, end.code, end.detail)
    log.info("bulk.ended", bulk_id=str(of.id), state=end.state, lines=of.lines_read + made.lines)


async def _store(of: Bulk, made: Chunk) -> None:
    """Raises: LeaseLost where another run has stored this chunk."""
    if not await bulk.store(of, made):
        raise LeaseLost


class _Work(ABC):
    """What is shared by both kinds of operation: the pace, the rights, a look at who cancels."""

    def __init__(self, of: Bulk, run: RunDocument, pace: int) -> None:
        self.of, self._run, self._step = of, run, 1 / pace
        self.answers = Answers(of.position, of.cursor)
        self._free_at = self._look_at = time.monotonic()
        self._cancelled = of.cancel_asked_at is not None

    @abstractmethod
    async def chunk(self) -> End | None:
        """Fill `answers`; how the operation ends, if it does. Raises: Unavailable."""

    async def ask(self, request: str, variables: Mapping[str, Any]) -> Json:
        """Run the document once, no faster than the pace. Raises: NotAllowed, Unavailable."""
        now = time.monotonic()
        if now < self._free_at:
            await asyncio.sleep(self._free_at - now)
        self._free_at = max(self._free_at, now) + self._step
        of = self.of
        rights = Rights(of.merchant_id, of.key_prefix, of.user_id, request)
        return await self._run(rights, of.plan["document"], of.plan.get("operation"), variables)

    async def cancelled(self) -> bool:
        """Whether the merchant wants an end; it is looked at twice a second."""
        if not self._cancelled and time.monotonic() > self._look_at + LOOK_SECONDS:
            self._look_at = time.monotonic()
            self._cancelled = await bulk.cancel_asked(self.of.id)
        return self._cancelled


class _Lines(_Work):
    """A mutation for each line of a file."""

    async def chunk(self) -> End | None:
        """Run lines until there are enough; how the operation ends, if it does."""
        of, first = self.of, self.of.lines_read + 1
        if of.file is None:
            raise LookupError("a mutation in bulk has a file")
        reached = await self._reached(first) if await self.cancelled() else None
        number = first
        async with aclosing(lines(of.file, of.position)) as found:
            async for line in found:
                if reached is not None and number > reached:
                    return End(BulkState.CANCELLED)
                if reached is None and await self.cancelled():
                    return End(BulkState.CANCELLED)
                try:
                    answer, failed = await self._line(number, line.text)
                except NotAllowed as no:
                    await self._untold(number, no)
                    return End(BulkState.FAILED, no.code, str(no))
                self.answers.add(answer, failed=failed)
                self.answers.position = line.end
                number += 1
                if number - first >= CHUNK_LINES or self.answers.full:
                    return None
        if of.lines_total is not None and number <= of.lines_total:
            return End(BulkState.FAILED, BulkCode.FILE_NOT_KEPT, "the file is not kept any more")
        return End(BulkState.CANCELLED if reached is not None else BulkState.COMPLETED)

    async def _reached(self, first: int) -> int:
        """The last line that a run which died may have done."""
        return await bulk.last_with_effect(self.of, first, first + CHUNK_LINES)

    async def _line(self, number: int, text: bytes | None) -> tuple[Json, bool]:
        given = _variables(text)
        if isinstance(given, LineReason):
            return _refused(number, given), True
        of = self.of
        variables = {**of.variables, **given}
        _put(variables, of.plan["key"], key_of_line(str(of.id), number))
        body = await self.ask(f"bulk-{of.id}-{number}", variables)
        return _told(number, body, of.plan)

    async def _untold(self, first: int, no: NotAllowed) -> None:
        """Lines of a run that died, whose effects are there, but whose maker may not read them."""
        last = await self._reached(first)
        reason = LineReason.DONE_UNTOLD
        message = "This line was run; its answer cannot be told any more."
        for number in range(first, last + 1):
            self.answers.add(_error(number, no.code, reason, message), failed=True)


class _Pages(_Work):
    """A list, page by page to its end, a node a line."""

    async def chunk(self) -> End | None:
        """Read some pages; how the operation ends, if it does."""
        for _ in range(CHUNK_PAGES):
            if await self.cancelled():
                return End(BulkState.CANCELLED)
            try:
                end = await self._page()
            except NotAllowed as no:
                return End(BulkState.FAILED, no.code, str(no))
            if end is not None or self.answers.full:
                return end
        return None

    async def _page(self) -> End | None:
        plan, of = self.of.plan, self.of
        variables = {**of.variables, AFTER: self.answers.cursor}
        body = await self.ask(f"bulk-{of.id}", variables)
        if errors := body.get("errors"):
            extensions = errors[0]["extensions"]
            return End(BulkState.FAILED, extensions["code"], errors[0]["message"])
        found = body["data"][plan["root"]]
        if found is None:
            return End(BulkState.COMPLETED)
        for edge in found[plan["edges"]]:
            self.answers.add(edge[plan["node"]])
        if not found[PAGE]["hasNextPage"]:
            return End(BulkState.COMPLETED)
        self.answers.cursor = found[PAGE]["endCursor"]
        return None


def _variables(text: bytes | None) -> Json | LineReason:
    """The variables that a line gives."""
    if text is None:
        return LineReason.LINE_TOO_LARGE
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError:
        return LineReason.NOT_JSON
    return given if isinstance(given, dict) else LineReason.NOT_AN_OBJECT


def _put(variables: Json, place: Sequence[str], key: str) -> None:
    """Give variables their idempotency key, where they are such that one fits."""
    *outer, last = place
    for name in outer:
        inside = variables.get(name)
        if not isinstance(inside, dict):
            return
        copy = {**inside}
        variables[name] = copy
        variables = copy
    variables[last] = key


_REFUSED: Final = {
    LineReason.LINE_TOO_LARGE: f"A line has at most {MOST_LINE_BYTES // 1024} KiB.",
    LineReason.NOT_JSON: "This line is not JSON.",
    LineReason.NOT_AN_OBJECT: "This line is not an object of variables.",
}


def _refused(number: int, reason: LineReason) -> Json:
    return _error(number, "BAD_REQUEST", reason, _REFUSED[reason])


def _error(number: int, code: str, reason: LineReason, message: str) -> Json:
    extensions = {"code": code, "reason": reason.value}
    return {
        "line": number,
        "data": None,
        "errors": [{"message": message, "extensions": extensions}],
    }


def _told(number: int, body: Json, plan: Mapping[str, Any]) -> tuple[Json, bool]:
    """The answer to a line, and whether it failed: by an error, or by a refusal of the mutation."""
    data, errors = body.get("data"), body.get("errors")
    failed = bool(errors)
    made = data.get(plan["root"]) if data else None
    if isinstance(made, dict):
        failed = made.pop(KIND, None) in plan["problems"] or failed
    answer = {"line": number, "data": data}
    return (answer | {"errors": errors} if errors else answer), failed
