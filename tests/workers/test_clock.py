"""The clock: each due job once, however many clocks, however long they slept."""

import asyncio
from datetime import UTC, datetime, time, timedelta

import pytest
from tortoise.transactions import in_transaction

from models import outbox
from models.base import execute, fetch, fetchval
from models.jobs import Job
from tests.workers import meanwhile, until
from workers.clock import DAY, PERIODIC, Periodic, clock_forever, set_up, tick

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


async def waiting() -> list[str]:
    return [row["job"] for row in await fetch("SELECT job FROM outbox_job ORDER BY job")]


async def has_asked() -> bool:
    return await waiting() != []


async def test_missed_ticks_become_one_run_and_the_grid_stays(db: None) -> None:
    start = await fetchval("SELECT now() - interval '10 minutes 7 seconds'")
    await outbox.add_periodic(Job.PURGE, timedelta(minutes=1), start)

    assert (await tick(), await tick()) == (1, 0)
    assert await waiting() == ["purge"]
    assert await fetchval("SELECT next_at FROM periodic_job") == start + timedelta(minutes=11)


async def test_a_job_due_this_very_moment_moves_one_interval(db: None) -> None:
    now = await fetchval("SELECT now()")
    await outbox.add_periodic(Job.PURGE, timedelta(minutes=1), now)

    assert await tick() == 1
    assert await fetchval("SELECT next_at FROM periodic_job") == now + timedelta(minutes=1)


async def test_a_job_that_still_waits_is_not_asked_for_twice(db: None) -> None:
    await outbox.add_periodic(Job.PURGE, timedelta(minutes=1), NOW - DAY * 365)
    await tick()
    await execute("UPDATE periodic_job SET next_at = now()")

    assert await tick() == 1
    assert await waiting() == ["purge"]


async def test_a_name_of_another_version_moves_on_and_asks_for_nothing(db: None) -> None:
    await execute("INSERT INTO periodic_job VALUES ('gone', now(), 60)")

    assert (await tick(), await tick()) == (1, 0)
    assert await waiting() == []


async def test_any_number_of_clocks_ask_once(fresh_db: str) -> None:
    await set_up(datetime.now(UTC))
    await execute("UPDATE periodic_job SET next_at = now() - interval '1 second'")

    async with in_transaction():
        counts = (await tick(), await meanwhile(tick()))

    assert counts == (len(PERIODIC), 0)
    assert await waiting() == sorted(each.job for each in PERIODIC)


async def test_a_new_start_changes_intervals_and_forgets_no_time(db: None) -> None:
    await set_up(NOW, [Periodic(Job.PURGE, timedelta(hours=1))])
    await set_up(NOW + timedelta(minutes=5), [Periodic(Job.PURGE, timedelta(hours=1))])
    await set_up(NOW + timedelta(minutes=9), [Periodic(Job.PURGE, timedelta(minutes=1))])

    rows = [tuple(row) for row in await fetch("SELECT * FROM periodic_job")]
    assert rows == [("purge", NOW, 60)]


@pytest.mark.parametrize(
    ("at", "first"),
    [
        pytest.param(None, NOW, id="now"),
        pytest.param(time(13, 30), datetime(2026, 5, 4, 13, 30, tzinfo=UTC), id="later today"),
        pytest.param(time(3), datetime(2026, 5, 5, 3, tzinfo=UTC), id="tomorrow"),
    ],
)
def test_the_first_run_is_at_the_next_such_time(at: time | None, first: datetime) -> None:
    assert Periodic(Job.PURGE, DAY, at).first_at(NOW) == first


async def test_the_clock_ticks_until_it_is_told_to_stop(fresh_db: str) -> None:
    await outbox.add_periodic(Job.PURGE, DAY, NOW - DAY * 365)
    stop = asyncio.Event()
    clock = asyncio.create_task(clock_forever(stop))
    await until(has_asked)
    stop.set()
    await clock

    assert await waiting() == ["purge"]
