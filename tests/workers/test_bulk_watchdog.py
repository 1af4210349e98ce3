"""Bulk operations that nobody goes on with, and those that are old."""

import pytest

from domain.partners.bulk import BulkState
from models.base import execute, fetchval
from models.merchants import Merchant
from models.outbox import JobState
from resolvers.context import Caller
from tests import bulk, factories
from workers.partners.bulk import bulk_watchdog

RUNS = "{feedRuns{edges{node{id state}}}}"


@pytest.fixture
async def owner(db: None) -> Merchant:
    return await factories.merchant()


@pytest.fixture
async def by(owner: Merchant) -> Caller:
    return await bulk.caller(owner)


async def test_an_operation_whose_job_was_given_up_fails_and_frees_its_place(
    owner: Merchant, by: Caller
) -> None:
    ids = [await bulk.started(by, RUNS, key=str(n)) for n in range(6)]
    assert (await bulk.stored(ids[5])).state is BulkState.QUEUED
    job = await fetchval("SELECT job_id FROM bulk_operation WHERE id = $1", ids[0])
    await execute("UPDATE outbox_job SET state = $2 WHERE id = $1", job, JobState.DEAD.value)

    await bulk_watchdog(await bulk.lease_of(ids[1]))

    assert (await bulk.stored(ids[0])).code == "GIVEN_UP"
    assert (await bulk.stored(ids[5])).state is BulkState.RUNNING


async def test_an_operation_is_forgotten_thirty_days_after_its_end(
    owner: Merchant, by: Caller
) -> None:
    old, young = [await bulk.started(by, RUNS, key=str(n)) for n in range(2)]
    for bulk_id in (old, young):
        await bulk.work(bulk_id)
    for bulk_id, days in ((old, 31), (young, 29)):
        await execute(
            "UPDATE bulk_operation SET finished_at = now() - make_interval(days => $2) "
            "WHERE id = $1",
            bulk_id,
            days,
        )
    third = await bulk.started(by, RUNS, key="third")

    await bulk_watchdog(await bulk.lease_of(third))

    left = await fetchval("SELECT array_agg(id ORDER BY id) FROM bulk_operation")
    assert left == [young, third]
