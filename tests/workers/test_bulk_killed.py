"""A worker that dies in the middle of a bulk operation loses no line and does none twice."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from boucle.edge.operations import Operations
from boucle.worker import arguments
from models.base import fetchrow
from resolvers.partners import bulk as resolvers
from schema.root import schema
from tests import bulk, factories
from tests.workers import until
from tests.workers.test_killed_worker import relaying

ROOT = Path(__file__).resolve().parent.parent.parent
LINES = 300
SOME = 40


@contextmanager
def worker(database_url: str, redis_url: str) -> Generator[int]:
    """A real worker of bulk operations, in a group of its own; yields the group's number."""
    urls = {"DATABASE_URL": database_url, "REDIS_URL": redis_url}
    process = subprocess.Popen(
        [sys.executable, "-m", "dramatiq", *arguments(threads=2, queues=["bulk"])],
        cwd=ROOT,
        env={**os.environ, **urls, "BOUCLE_BULK_PACE": "100"},
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


async def test_another_worker_goes_on_and_every_line_has_one_answer_and_one_effect(
    fresh_db: str, redis_url: str
) -> None:
    owner = await factories.merchant()
    by = await bulk.caller(owner)
    ids = await bulk.held(owner, LINES)
    file = await bulk.stage(owner, [bulk.apply_line(run_id) for run_id in ids])
    asked = resolvers.Asked(bulk.APPLY, None, {}, file)
    made = await resolvers.run(Operations(schema).context(by), asked, "k")

    async def some_done() -> bool:
        return len(await bulk.effects()) > SOME

    async def ended() -> bool:
        return (await bulk.stored(made.id)).state.final

    async with relaying(redis_url):
        with worker(fresh_db, redis_url) as killed:
            await until(some_done, seconds=60)
            os.killpg(killed, signal.SIGKILL)
        at_death = await bulk.stored(made.id)
        with worker(fresh_db, redis_url):
            await until(ended, seconds=60)

    done = await bulk.stored(made.id)
    assert at_death.lines_read < len(await bulk.effects())
    assert (done.state.value, done.done, done.failed) == ("COMPLETED", LINES, 0)
    assert [each["line"] for each in await bulk.answers(made.id)] == list(range(1, LINES + 1))
    assert await bulk.effects() == dict.fromkeys(ids, 1)
    job = await fetchrow("SELECT max(lost) FROM outbox_job WHERE job = 'run_bulk'")
    assert job is not None
    assert job[0] == 1
