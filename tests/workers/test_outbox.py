"""The outbox: asked for once, run by one, never forgotten."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from tortoise.transactions import in_transaction

from models import outbox
from models.base import execute, fetchrow, fetchval, new_id
from models.jobs import QUEUES, Job, Queue
from models.outbox import JobState, enqueue
from tests.workers import meanwhile


async def asked(job: Job = Job.PURGE, dedup_key: str | None = None, **kwargs: str | int) -> UUID:
    row = await enqueue(job, dedup_key=dedup_key, **kwargs)
    assert row is not None
    return row


async def running(job: Job = Job.PURGE, dedup_key: str | None = None) -> outbox.Taken:
    job_id = await asked(job, dedup_key)
    await outbox.take_due()
    taken = await outbox.take(job_id)
    assert taken is not None
    return taken


async def lapse() -> None:
    await execute("UPDATE outbox_job SET due_at = now() - interval '1 second'")


async def state(job_id: UUID) -> str:
    return str(await fetchval("SELECT state FROM outbox_job WHERE id = $1", job_id))


def test_every_job_has_a_queue() -> None:
    assert set(QUEUES) == set(Job)


async def test_a_change_that_rolls_back_asks_for_nothing(db: None) -> None:
    async def change() -> None:
        async with in_transaction():
            await asked()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await change()

    assert await fetchval("SELECT count(*) FROM outbox_job") == 0


async def test_the_job_keeps_what_it_was_asked_with(db: None) -> None:
    job_id = await asked(Job.RUN_FEED, run_id="7", lines=3)
    sent = await outbox.take_due()
    taken = await outbox.take(job_id)

    assert sent == [outbox.Sent(job_id, "run_feed", "feeds", JobState.SENT)]
    assert taken == outbox.Taken(job_id, "run_feed", {"run_id": "7", "lines": 3}, 1)


async def test_a_waiting_key_is_not_asked_for_twice_and_a_running_one_is(db: None) -> None:
    first = await asked(dedup_key="feed 1")
    assert await enqueue(Job.PURGE, dedup_key="feed 1") is None
    await outbox.take_due()
    assert await enqueue(Job.PURGE, dedup_key="feed 1") is None
    await outbox.take(first)

    assert await enqueue(Job.PURGE, dedup_key="feed 1") is not None
    assert await fetchval("SELECT count(*) FROM outbox_job") == 2


async def test_a_backlog_of_one_queue_does_not_hold_up_another(db: None) -> None:
    for _ in range(5):
        await asked(Job.PURGE)
    urgent = await asked(Job.FEED_WATCHDOG)

    sent = await outbox.take_due(limit=2)

    assert [each.queue for each in sent] == ["interactive", "bulk", "bulk"]
    assert sent[0].id == urgent


async def test_a_job_is_not_sent_before_its_time(db: None) -> None:
    await enqueue(Job.PURGE, due_at=datetime.now(UTC) + timedelta(minutes=1))

    assert await outbox.take_due() == []


async def test_a_second_message_runs_nothing(db: None) -> None:
    taken = await running()

    assert await outbox.take(taken.id) is None


async def test_an_unsent_job_runs_nothing(db: None) -> None:
    assert await outbox.take(await asked()) is None
    assert await outbox.take(new_id()) is None


async def test_only_the_last_run_may_renew_fail_or_finish(db: None) -> None:
    late = await running()
    await lapse()
    await outbox.take_due()
    last = await outbox.take(late.id)
    assert last is not None

    assert last.attempt == 2
    assert not await outbox.renew(late.id, late.attempt)
    assert not await outbox.finish(late.id, late.attempt)
    assert not await outbox.reject(late.id, late.attempt, "no")
    assert not await outbox.hand_back(late.id, late.attempt)
    assert await outbox.fail(late.id, late.attempt, "away") is None
    assert await outbox.renew(last.id, last.attempt)
    assert await outbox.finish(last.id, last.attempt)
    assert await state(late.id) == "done"


async def test_a_job_that_kills_three_workers_is_set_aside(db: None) -> None:
    taken = await running()
    other = await asked()
    states = []
    for _ in range(3):
        await lapse()
        states += [each.state for each in await outbox.take_due() if each.id == taken.id]
        await outbox.take(taken.id)

    assert states == [JobState.SENT, JobState.SENT, JobState.DEAD]
    assert await state(taken.id) == "dead"
    assert await state(other) == "sent"
    assert [each.lost for each in await outbox.dead_letters()] == [3]


async def test_two_lapsed_runs_of_one_key_come_back_side_by_side(db: None) -> None:
    first, second = await running(dedup_key="feed 1"), await running(dedup_key="feed 1")
    await lapse()

    assert {each.id for each in await outbox.take_due()} == {first.id, second.id}


async def test_a_failed_run_leaves_its_key_to_a_younger_job(db: None) -> None:
    taken = await running(dedup_key="feed 1")
    younger = await asked(dedup_key="feed 1")

    assert await outbox.fail(taken.id, taken.attempt, "away") is JobState.READY
    keys = "SELECT array_agg(id) FROM outbox_job WHERE dedup_key = 'feed 1'"
    assert await fetchval(keys) == [younger]


async def test_a_failed_run_keeps_its_key_where_nobody_else_has_it(db: None) -> None:
    taken = await running(dedup_key="feed 1")
    await outbox.fail(taken.id, taken.attempt, "away")

    assert await enqueue(Job.PURGE, dedup_key="feed 1") is None


async def test_failures_wait_longer_each_time_and_end_after_eight_retries(db: None) -> None:
    job_id = await asked()
    waits = []
    for _ in range(9):
        await lapse()
        await outbox.take_due()
        taken = await outbox.take(job_id)
        assert taken is not None
        await outbox.fail(job_id, taken.attempt, "x" * 1_000)
        waits.append(await fetchval("SELECT due_at - now() FROM outbox_job"))

    row = await fetchrow("SELECT state, attempt, failures, error FROM outbox_job")
    assert row is not None
    assert tuple(row) == ("dead", 9, 9, "x" * outbox.ERROR_LENGTH)
    for power, wait in enumerate(waits):
        assert 0.5 * 2**power <= wait.total_seconds() <= 1.5 * 2**power


async def test_no_wait_is_longer_than_ten_minutes(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MAX_FAILURES", 20)
    taken = await running()
    await execute("UPDATE outbox_job SET failures = 15")
    await outbox.fail(taken.id, taken.attempt, "away")

    assert await fetchval("SELECT due_at - now() FROM outbox_job") == timedelta(minutes=10)


async def test_a_rejection_is_done_with_its_reason(db: None) -> None:
    taken = await running()

    assert await outbox.reject(taken.id, taken.attempt, "404")
    row = await fetchrow("SELECT state, error, finished_at = now() AS now FROM outbox_job")
    assert row is not None
    assert tuple(row) == ("done", "404", True)


async def test_a_dead_letter_is_listed_and_starts_again_with_a_clean_record(db: None) -> None:
    job_id = await asked(Job.RUN_FEED, run_id="7")
    await outbox.take_due()
    assert await outbox.give_up(job_id, "no such actor")
    older = await asked()

    (letter,) = await outbox.dead_letters()
    assert (letter.id, letter.kwargs, letter.error) == (job_id, {"run_id": "7"}, "no such actor")
    assert await outbox.dead_letters(before=job_id) == []
    assert await outbox.retry_dead(job_id)
    assert not await outbox.retry_dead(job_id)
    assert not await outbox.retry_dead(older)
    assert await outbox.dead_letters() == []
    assert {each.id for each in await outbox.take_due()} == {job_id, older}


async def test_done_jobs_go_after_a_week_and_dead_ones_stay(db: None) -> None:
    old, young, dead = await running(), await running(), await running()
    await outbox.finish(old.id, old.attempt)
    await outbox.finish(young.id, young.attempt)
    await execute(
        "UPDATE outbox_job SET finished_at = now() - interval '8 days' WHERE id <> $1", young.id
    )
    await execute("UPDATE outbox_job SET state = 'dead' WHERE id = $1", dead.id)

    assert await outbox.purge_done() == 1
    assert await fetchval("SELECT count(*) FROM outbox_job") == 2
    assert await state(dead.id) == "dead"


async def test_lost_messages_are_all_due_at_once(db: None) -> None:
    sent, ran = await asked(), await running()

    assert await outbox.send_again() == 1
    assert [each.id for each in await outbox.take_due()] == [sent]
    assert await state(ran.id) == "running"


async def test_the_lag_is_the_wait_of_the_oldest_due_job(db: None) -> None:
    await asked(Job.RUN_FEED)
    await outbox.take_due()
    await execute("UPDATE outbox_job SET due_at = due_at - interval '20 seconds'")
    job_id = await asked(Job.PURGE)
    await execute(
        "UPDATE outbox_job SET due_at = now() - interval '90 seconds' WHERE id = $1", job_id
    )
    await enqueue(Job.FEED_WATCHDOG, due_at=datetime.now(UTC) + timedelta(hours=1))

    lag = await outbox.lag()

    assert lag.pop(Queue.FEEDS) == 20.0
    assert lag.pop(Queue.BULK) == 90.0
    assert set(lag.values()) == {0.0}


async def test_stats_count_every_queue_by_state(db: None) -> None:
    done, failed = await running(), await running()
    await outbox.finish(done.id, done.attempt)
    await outbox.fail(failed.id, failed.attempt, "away")
    await asked(Job.RUN_FEED)

    stats = {each.queue: each for each in await outbox.stats()}

    assert list(stats) == list(Queue)
    assert stats[Queue.BULK] == outbox.QueueStats(Queue.BULK, 1, 0, 0, 0, 1, 1)
    assert stats[Queue.FEEDS] == outbox.QueueStats(Queue.FEEDS, 1, 0, 0, 0, 0, 0)
    assert stats[Queue.MAIL] == outbox.QueueStats(Queue.MAIL, 0, 0, 0, 0, 0, 0)


async def test_two_relays_share_the_jobs_and_do_not_wait_for_each_other(fresh_db: str) -> None:
    for _ in range(5):
        await asked()

    async with in_transaction():
        first = await outbox.take_due(3)
        second = await meanwhile(outbox.take_due(3))

    assert (len(first), len(second)) == (3, 2)
    assert len({each.id for each in [*first, *second]}) == 5


async def test_two_workers_do_not_take_one_job(fresh_db: str) -> None:
    job_id = await asked()
    await outbox.take_due()

    runs = await asyncio.gather(*(outbox.take(job_id) for _ in range(5)))

    assert len([run for run in runs if run]) == 1
