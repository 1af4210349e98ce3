"""A worker that dies in the middle of an import declares no device twice, and loses none."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from boucle.worker import arguments
from domain.raas import FleetState
from domain.raas.lines import FleetImportState
from models.base import fetchval
from models.raas import fleets, imports
from tests import factories
from tests import imports as made
from tests.workers import until
from tests.workers.test_killed_worker import relaying

ROOT = Path(__file__).resolve().parent.parent.parent
LINES = 20_000


@contextmanager
def worker(database_url: str, redis_url: str) -> Generator[int]:
    """A real worker of feeds and fleets, in a group of its own; yields the group's number."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dramatiq", *arguments(threads=1, queues=["feeds"])],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database_url, "REDIS_URL": redis_url},
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


async def test_another_worker_brings_the_import_to_its_end(fresh_db: str, redis_url: str) -> None:
    await factories.world(2, 1)
    owner = await made.organisation()
    fleet_id = await made.fleet(owner)
    phone = {"manufacturer": "Calder", "model": "C0"}
    lines = [phone | {"imei": made.imei(n) if n % 10 else "1"} for n in range(1, LINES + 1)]
    import_id = await made.asked(owner, fleet_id, made.sheet(lines))

    async def state() -> FleetImportState:
        run = await imports.get(import_id)
        assert run is not None
        return run.state

    async def reading() -> bool:
        return await state() is FleetImportState.READING

    async def ended() -> bool:
        return (await state()).final

    async with relaying(redis_url):
        with worker(fresh_db, redis_url) as killed:
            await until(reading, seconds=60)
            os.killpg(killed, signal.SIGKILL)
        assert await state() is FleetImportState.READING
        assert await fetchval("SELECT count(*) FROM asset") == 0
        with worker(fresh_db, redis_url):
            await until(ended, seconds=60)

    run = await imports.get(import_id)
    assert run is not None
    assert run.counts == {"ACCEPTED": LINES * 9 // 10, "IMEI_INVALID": LINES // 10}
    assert await fetchval("SELECT count(DISTINCT key) FROM asset") == LINES * 9 // 10
    fleet = await fleets.get(fleet_id)
    assert fleet is not None
    assert (fleet.state, fleet.assets) == (FleetState.REVIEW, LINES * 9 // 10)
    assert await fetchval("SELECT max(lost) FROM outbox_job WHERE job = 'import_fleet'") == 1
