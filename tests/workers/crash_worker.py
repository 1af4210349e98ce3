"""A real worker process for tests that kill it: `dramatiq tests.workers.crash_worker:boot`."""

import asyncio

from boucle.settings import Settings
from boucle.worker import runtime_of, start
from models.jobs import Job
from workers.lease import Lease, job

WORK_SECONDS = 0.4
COMMIT_SECONDS = 0.1


def boot() -> None:
    """Begin as every worker does, with one actor of ours."""
    settings = Settings.load()
    start(settings, lambda: runtime_of(settings), actor_modules=())
    job(Job.PURGE)(write_effect)


async def write_effect(lease: Lease) -> None:
    """Work for a while, then write one row; a second effect would be a second row."""
    await asyncio.sleep(WORK_SECONDS)
    async with lease.transaction() as raw:
        await raw.execute("INSERT INTO effect (job_id) VALUES ($1)", lease.job_id)
        await asyncio.sleep(COMMIT_SECONDS)
