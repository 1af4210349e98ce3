"""A merchant lifts the hold of a guard."""

from pathlib import Path

import pytest

from domain.offers.lines import FeedRunState
from models.base import fetchval
from models.offers import files
from models.offers.feeds import FeedRun
from tests import factories
from tests.schema.asking import data, key_of, refusal

SCOPES = ("feeds:read", "feeds:write")
APPLY = """mutation Apply($run: ID!, $key: String!) {
  applyFeedRun(input: {runId: $run, idempotencyKey: $key}) {
    __typename
    ... on FeedRunApplying { run { state } }
    ... on Problem { code path hint }
    ... on InvalidTransition { from to allowed } } }"""


async def _held(tmp_path: Path, state: FeedRunState = FeedRunState.HELD) -> FeedRun:
    feed = await factories.feed(await factories.merchant())
    path = tmp_path / "feed"
    path.write_bytes(b"sku\n")
    stored = await files.store(path, feed.merchant_id, "feed", "0")
    run = await factories.queued(feed, file=stored, dry_run=state is FeedRunState.PREVIEWED)
    await run.update_from_dict({"state": state}).save()
    return run


async def _jobs() -> int:
    return await fetchval("SELECT count(*) FROM outbox_job WHERE job = 'run_feed'")


@pytest.mark.parametrize("state", [FeedRunState.HELD, FeedRunState.PREVIEWED])
async def test_a_run_that_waits_is_asked_for_once_whatever_the_number_of_calls(
    db: None, tmp_path: Path, state: FeedRunState
) -> None:
    run = await _held(tmp_path, state)
    caller = key_of(await run.merchant, *SCOPES)

    told = [await data(APPLY, caller, run=str(run.id), key="k") for _ in range(3)]

    assert told[0]["applyFeedRun"]["__typename"] == "FeedRunApplying"
    assert told[0] == told[1] == told[2]
    assert await _jobs() == 1
    again = await FeedRun.get(id=run.id)
    assert (again.force, again.dry_run) == (state is FeedRunState.HELD, False)


async def test_a_key_of_another_request_is_refused(db: None, tmp_path: Path) -> None:
    run = await _held(tmp_path)
    caller = key_of(await run.merchant, *SCOPES)
    other = await factories.queued(await factories.feed(await run.merchant, name="other"))
    await data(APPLY, caller, run=str(run.id), key="k")

    told = await refusal(APPLY, caller, run=str(other.id), key="k")

    assert told["reason"] == "IDEMPOTENCY_KEY_REUSED"


async def test_a_run_that_does_not_wait_is_told_where_it_stands(db: None, tmp_path: Path) -> None:
    run = await _held(tmp_path, FeedRunState.COMPLETED)

    told = await data(APPLY, key_of(await run.merchant, *SCOPES), run=str(run.id), key="k")

    found = told["applyFeedRun"]
    assert (found["code"], found["from"], found["to"]) == (
        "INVALID_TRANSITION",
        "COMPLETED",
        "APPLYING",
    )
    assert await _jobs() == 0


async def test_a_run_of_another_merchant_is_unknown(db: None, tmp_path: Path) -> None:
    run = await _held(tmp_path)
    stranger = key_of(await factories.merchant("stranger"), *SCOPES)

    told = await data(APPLY, stranger, run=str(run.id), key="k")

    assert told["applyFeedRun"]["code"] == "FEED_RUN_UNKNOWN"
    assert await _jobs() == 0


async def test_a_key_that_only_reads_may_not_apply(db: None, tmp_path: Path) -> None:
    run = await _held(tmp_path)

    told = await refusal(APPLY, key_of(await run.merchant, "feeds:read"), run=str(run.id), key="k")

    assert told["code"] == "FORBIDDEN"


@pytest.mark.parametrize("key", ["", "x" * 256, "clé", "a\nb"])
async def test_a_key_must_be_short_and_printable(db: None, tmp_path: Path, key: str) -> None:
    run = await _held(tmp_path)

    told = await refusal(APPLY, key_of(await run.merchant, *SCOPES), run=str(run.id), key=key)

    assert told["argument"] == "idempotencyKey"
