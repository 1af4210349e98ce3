"""What is seen of a run while its file is read: how far it is, and the first lines it rejects.

The run's own transaction shows nothing until it commits. So these small writes go over another
connection, at most one a second and none in the first second; a short run makes none. What the
reader rejects stays rejected, and the final record takes the place of all that was shown.
"""

import asyncio
from collections import Counter
from contextvars import Context
from uuid import UUID

import asyncpg
import orjson
import structlog
from tortoise.exceptions import BaseORMException

from integrations.feeds.contract import Chunk, LineProblem
from models.base import transaction

log = structlog.get_logger()

EVERY_SECONDS = 1.0
PATIENCE_SECONDS = 2.0
SHOWN = 100
AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, BaseORMException)

_SO_FAR = """
UPDATE feed_run SET lines_read = $2, rejected = $3, problems = $4::text::jsonb, updated_at = now()
WHERE id = $1 AND state = 'READING' RETURNING id
"""
_LINES = """
INSERT INTO feed_line (run_id, line, n, sku, outcome, code, field, value)
SELECT $1, line, n, sku, CASE WHEN n = 0 THEN 'REJECTED' END, code, field, value
FROM unnest($2::int[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[])
  AS t (line, n, sku, code, field, value)
ON CONFLICT DO NOTHING
"""


class Progress:
    """Shows one run. `outside` is the context from before the run's own transaction."""

    def __init__(
        self, run_id: UUID, outside: Context, every_seconds: float = EVERY_SECONDS
    ) -> None:
        self._run_id, self._outside, self._every = run_id, outside, every_seconds
        self._due = asyncio.get_running_loop().time() + every_seconds
        self.begin()

    def begin(self) -> None:
        """Count from the first line on, as a file is read, or read anew."""
        self._lines = self._rejected = 0
        self._codes: Counter[str] = Counter()
        self._waiting: list[tuple[int, int, LineProblem]] = []
        self._shown = 0

    async def read(self, chunk: Chunk) -> None:
        """Note what was read; show it if a second has passed. Never fails a run."""
        self._lines += chunk.lines
        if chunk.problems:
            self._note(chunk.problems)
        loop = asyncio.get_running_loop()
        if loop.time() < self._due:
            return
        showing = asyncio.create_task(self._show(), context=self._outside)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await showing
            self._due = loop.time() + self._every
        except (TimeoutError, *AWAY) as error:
            log.warning("feed.progress_not_shown", error=type(error).__name__)
            self._due = float("inf")

    def _note(self, problems: list[LineProblem]) -> None:
        rejected: dict[int, list[LineProblem]] = {}
        for problem in problems:
            self._codes[problem.code.value] += 1
            if problem.fatal:
                rejected.setdefault(problem.line, []).append(problem)
        self._rejected += len(rejected)
        for line, said in rejected.items():
            if self._shown >= SHOWN:
                return
            self._shown += 1
            self._waiting += [(line, n, problem) for n, problem in enumerate(said)]

    async def _show(self) -> None:
        codes = orjson.dumps(self._codes).decode()
        async with transaction() as raw:
            told = await raw.fetchval(_SO_FAR, self._run_id, self._lines, self._rejected, codes)
            if told is None or not self._waiting:
                return
            rows = [
                (line, n, said.sku, said.code.value, said.field, said.value)
                for line, n, said in self._waiting
            ]
            await raw.execute(_LINES, self._run_id, *map(list, zip(*rows, strict=True)))
        self._waiting = []
