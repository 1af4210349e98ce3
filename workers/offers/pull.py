"""Get the file of a run onto this machine, then execute the run."""

import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from domain.offers.lines import FeedMode, FeedRunState, FileCode
from integrations.feeds.fetch import Fetched, FetchFailed, NotChanged, Proof
from integrations.http import Outbound, Unavailable
from models.base import Tenant, on_behalf_of, transaction
from models.clock import ahead_of
from models.offers import apply, files
from models.offers.feeds import Feed, FeedRun
from models.offers.refresh import refresh, touch
from models.offers.runs import supersede_older
from models.vault import Vault
from workers.offers.run import Effect, execute, fail
from workers.offers.source import fetch_feed

WAITING = {FeedRunState.QUEUED, FeedRunState.FETCHING, FeedRunState.READING}
PATIENCE = timedelta(minutes=2)  # below the 8 tries of a job, so that the run has an end
ASK_AGAIN = timedelta(minutes=5)
READY_AFTER = timedelta(seconds=75)
RELEASED = {FeedRunState.HELD: {"force": True}, FeedRunState.PREVIEWED: {"dry_run": False}}


@dataclass(frozen=True, slots=True)
class Ways:
    """How a merchant's server is reached, and what opens the credentials for it."""

    http: Outbound
    vault: Vault


async def run_once(
    run_id: UUID,
    http: Outbound,
    now: datetime,
    effect: Effect = transaction,
    vault: Vault | None = None,
) -> FeedRun | None:
    """Fetch or load the file of a run and apply it. A second call over an ended run does nothing.

    A server that has been in trouble for `PATIENCE` fails the run, and is asked again by a new one.
    Raises: Unavailable, for another try later.
    """
    run = await FeedRun.get_or_none(id=run_id)
    if run is None:
        return None
    with on_behalf_of(Tenant(merchant_id=run.merchant_id)):
        then = now + await ahead_of(run.merchant_id)
        return await _brought(run, Ways(http, vault or Vault()), then, effect)


async def _brought(run: FeedRun, ways: Ways, now: datetime, effect: Effect) -> FeedRun | None:
    if not await _began(run, state=FeedRunState.FETCHING, started_at=now):
        return None
    feed = await Feed.get(id=run.feed_id)
    if run.mode is FeedMode.FULL and not run.dry_run:
        await supersede_older(run)
    with tempfile.TemporaryDirectory(prefix="boucle-feed-") as folder:
        path = Path(folder) / "feed"
        try:
            got = await _file(run, feed, ways, path, now)
        except FetchFailed as failed:
            await fail(run, failed.code, failed.detail, now, effect)
            return run
        except Unavailable as away:
            if now - run.created_at < PATIENCE:
                raise
            await _given_up(run, feed, away, now, effect)
            return run
        if isinstance(got, NotChanged):
            await _unchanged(run, feed, got, now, effect)
            return run
        read = {"state": FeedRunState.READING, "bytes": got.bytes, "sha256": got.sha256}
        if not await _began(run, **read):
            return None
        await _execute(run, feed, got, now, effect)
    return run


async def _began(run: FeedRun, **facts: Any) -> bool:
    """Store how far the run is, unless another worker has ended it.

    A held or previewed run that was released keeps its state until it ends; any other is over.
    """
    known = FeedRun.filter(id=run.id, state__in=WAITING)
    if run.state in RELEASED:
        known = FeedRun.filter(id=run.id, state=run.state, **RELEASED[run.state])
        facts["state"] = run.state
    if not await known.update(**facts):
        return False
    run.update_from_dict(facts)
    return True


async def _execute(run: FeedRun, feed: Feed, got: Fetched, now: datetime, effect: Effect) -> None:
    await execute(run, got.path, now, effect, as_of=got.file_time)
    if run.state is FeedRunState.COMPLETED and run.channel == "PULL":
        await Feed.filter(id=feed.id).update(
            etag=got.etag, last_modified=got.last_modified, read_as=feed.reading(), seen=None
        )
    if run.state in RELEASED and run.file is None:
        run.file = await files.store(got.path, run.merchant_id, str(feed.name), got.sha256)
        await run.save(update_fields=["file"])


async def _file(
    run: FeedRun, feed: Feed, ways: Ways, path: Path, now: datetime
) -> Fetched | NotChanged:
    if run.file is None:
        return await fetch_feed(run, feed, ways.http, ways.vault, path, now)
    if not await files.load(run.file, path):
        raise FetchFailed(FileCode.NOT_FOUND, "the uploaded file is not kept any more")
    return Fetched(path, run.sha256 or "", path.stat().st_size)


async def _given_up(
    run: FeedRun, feed: Feed, away: Unavailable, now: datetime, effect: Effect
) -> None:
    await fail(run, FileCode.TIMEOUT, f"the server is in trouble: {away}", now, effect)
    due = Feed.filter(id=feed.id, next_pull_at__gt=now + ASK_AGAIN)
    await due.update(next_pull_at=now + ASK_AGAIN)


async def _not_ready(run: FeedRun, feed: Feed, proof: NotChanged, now: datetime) -> None:
    """A file that is still being written is no success, and is looked at again soon."""
    run.state, run.detail, run.finished_at = FeedRunState.UNCHANGED, proof.proof.value, now
    await run.save()
    since = feed.seen_at if feed.seen == proof.etag else now
    await Feed.filter(id=feed.id).update(seen=proof.etag, seen_at=since)
    due = Feed.filter(id=feed.id, next_pull_at__gt=now + READY_AFTER)
    await due.update(next_pull_at=now + READY_AFTER)


async def _unchanged(
    run: FeedRun, feed: Feed, proof: NotChanged, now: datetime, effect: Effect
) -> None:
    async with effect() as raw:
        if proof.proof is Proof.NOT_READY:
            await _not_ready(run, feed, proof, now)
            return
        if feed.stale:
            await touch(raw)
            await apply.revive(raw, feed.merchant_id, feed.id)
            await refresh(raw, run.id)
        run.state, run.detail, run.finished_at = FeedRunState.UNCHANGED, proof.proof.value, now
        await run.save()
        await Feed.filter(id=feed.id).update(
            last_success_at=now,
            stale=False,
            etag=proof.etag or feed.etag,
            last_modified=proof.last_modified or feed.last_modified,
        )
