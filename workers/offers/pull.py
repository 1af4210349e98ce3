"""Get the file of a run onto this machine, then execute the run."""

import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from domain.offers.lines import FeedMode, FeedRunState, FileCode
from integrations.feeds.fetch import Fetched, FetchFailed, Limits, NotChanged, Source, fetch
from integrations.http import Outbound
from models.base import Tenant, on_behalf_of, transaction
from models.clock import ahead_of
from models.offers import apply, files
from models.offers.feeds import Feed, FeedRun, supersede_older
from models.offers.refresh import refresh, touch
from workers.offers.run import Effect, execute, fail

WAITING = {FeedRunState.QUEUED, FeedRunState.FETCHING, FeedRunState.READING}
RELEASED = {FeedRunState.HELD: {"force": True}, FeedRunState.PREVIEWED: {"dry_run": False}}


async def run_once(
    run_id: UUID, http: Outbound, now: datetime, effect: Effect = transaction
) -> FeedRun | None:
    """Fetch or load the file of a run and apply it. A second call over an ended run does nothing.

    Raises: Unavailable, for another try later.
    """
    run = await FeedRun.get_or_none(id=run_id)
    if run is None:
        return None
    with on_behalf_of(Tenant(merchant_id=run.merchant_id)):
        return await _brought(run, http, now + await ahead_of(run.merchant_id), effect)


async def _brought(run: FeedRun, http: Outbound, now: datetime, effect: Effect) -> FeedRun | None:
    if not await _began(run, state=FeedRunState.FETCHING, started_at=now):
        return None
    feed = await Feed.get(id=run.feed_id)
    if run.mode is FeedMode.FULL and not run.dry_run:
        await supersede_older(run)
    with tempfile.TemporaryDirectory(prefix="boucle-feed-") as folder:
        path = Path(folder) / "feed"
        try:
            got = await _file(run, feed, http, path)
        except FetchFailed as failed:
            await fail(run, failed.code, failed.detail, now, effect)
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
    await execute(run, got.path, now, effect)
    if run.state is FeedRunState.COMPLETED and run.channel == "PULL":
        await Feed.filter(id=feed.id).update(etag=got.etag, last_modified=got.last_modified)
    if run.state is FeedRunState.HELD and run.file is None:
        run.file = await files.store(got.path, run.merchant_id, str(feed.name), got.sha256)
        await run.save(update_fields=["file"])


async def _file(run: FeedRun, feed: Feed, http: Outbound, path: Path) -> Fetched | NotChanged:
    if run.file is not None:
        if not await files.load(run.file, path):
            raise FetchFailed(FileCode.NOT_FOUND, "the uploaded file is not kept any more")
        return Fetched(path, run.sha256 or "", path.stat().st_size)
    if feed.url is None:
        raise FetchFailed(FileCode.NOT_FOUND, "the feed has no address and the run no file")
    source = Source(feed.url, feed.etag, feed.last_modified, feed.body_sha256)
    return await fetch(http, source, path, Limits())


async def _unchanged(
    run: FeedRun, feed: Feed, proof: NotChanged, now: datetime, effect: Effect
) -> None:
    async with effect() as raw:
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
