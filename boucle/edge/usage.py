"""Counts what each API key asks for, in memory, and adds it to its hour every few seconds.

A request costs a few additions. What a process counted in its last seconds is lost if it is killed.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

import structlog

from boucle.edge.errors import AWAY
from models.accounts import usage as stored
from models.accounts.usage import Counted, Hour
from resolvers.context import Caller

log = structlog.get_logger()

FLUSH_SECONDS = 5.0
MOST_KEPT = 10_000
HOUR = 3_600


@dataclass(slots=True)
class _Sum:
    merchant_id: UUID | None
    organisation_id: UUID | None
    requests: int = 0
    points: float = 0.0
    refused: int = 0
    errors: int = 0


class Usage:
    """What keys asked for since it was last written; `add` writes it."""

    def __init__(
        self,
        add: Callable[[Sequence[Counted]], Awaitable[None]] = stored.add,
        *,
        seconds: float = FLUSH_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._add, self._seconds, self._clock = add, seconds, clock
        self._sums: dict[tuple[str, int], _Sum] = {}
        self._task: asyncio.Task[None] | None = None

    def note(self, caller: Caller, status: HTTPStatus, body: Mapping[str, Any]) -> None:
        """Count a request of a key, by the answer to it. Others are not counted."""
        prefix = caller.key_prefix
        if prefix is None:
            return
        at = (prefix, int(self._clock()) // HOUR)
        found = self._sums.get(at)
        if found is None:
            if len(self._sums) >= MOST_KEPT:  # the database has been away for long
                return
            found = self._sums[at] = _Sum(caller.merchant_id, caller.organisation_id)
        found.requests += 1
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            found.refused += 1
        elif status >= HTTPStatus.BAD_REQUEST or "errors" in body:
            found.errors += 1
        if (extensions := body.get("extensions")) is not None:
            found.points += extensions["cost"]["actual"]

    async def flush(self) -> int:
        """Write what was counted; return how many hours of keys. Kept if the database is away."""
        taken, self._sums = self._sums, {}
        if not taken:
            return 0
        try:
            await self._add([_counted(*at, sums) for at, sums in taken.items()])
        except AWAY as error:
            log.warning("usage.kept", error=type(error).__name__, hours=len(taken))
            for at, sums in taken.items():
                self._back(at, sums)
            return 0
        return len(taken)

    def start(self) -> None:
        """Write every few seconds from now on, on the running event loop."""
        self._task = asyncio.create_task(self._forever())

    async def aclose(self) -> None:
        """Write what is left."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        with contextlib.suppress(*AWAY):
            await self.flush()

    async def _forever(self) -> None:
        while True:
            await asyncio.sleep(self._seconds)
            try:
                await self.flush()
            except Exception:  # a fault must not end the counting
                log.exception("usage.fault")

    def _back(self, at: tuple[str, int], sums: _Sum) -> None:
        found = self._sums.setdefault(at, _Sum(sums.merchant_id, sums.organisation_id))
        found.requests += sums.requests
        found.points += sums.points
        found.refused += sums.refused
        found.errors += sums.errors


def _counted(prefix: str, hour: int, sums: _Sum) -> Counted:
    begins = datetime.fromtimestamp(hour * HOUR, UTC)
    counts = Hour(prefix, begins, sums.requests, sums.points, sums.refused, sums.errors)
    return Counted(counts, sums.merchant_id, sums.organisation_id)
