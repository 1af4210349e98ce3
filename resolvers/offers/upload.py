"""A merchant pushes a feed's file: stored, then read by a worker."""

import tempfile
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

from domain.offers.lines import FeedMode, FeedRunState
from integrations.feeds.fetch import Fetched, FetchFailed, Limits, receive
from models import once
from models.base import transaction
from models.offers import files
from models.offers.feeds import Feed, FeedRun, Upload, latest_run, start_run, wait_for_pushes
from resolvers.context import Context

SCOPE = "feeds:write"
CHANNEL = "PUSH"
WITHOUT_EFFECT = {
    FeedRunState.FAILED,
    FeedRunState.CANCELLED,
    FeedRunState.EXPIRED,
    FeedRunState.SUPERSEDED,
}


@dataclass(frozen=True, slots=True)
class Body:
    """The bytes of a file as they come in, and the content encoding that they are said to have."""

    pieces: AsyncIterator[bytes]
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """How a file is meant. `mode` is the feed's own where it is None."""

    mode: FeedMode | None = None
    dry_run: bool = False
    force: bool = False


@dataclass(frozen=True, slots=True)
class Pushed:
    """The run that reads the file; `queued` is false where an earlier run has read the same."""

    run_id: UUID
    queued: bool


@dataclass(frozen=True, slots=True)
class FeedUnknown:
    """The caller has no feed of this id."""


async def push(
    ctx: Context,
    feed_id: UUID,
    body: Body,
    terms: Terms,
    limits: Limits,
    idempotency_key: str | None = None,
) -> Pushed | FeedUnknown | FetchFailed | once.KeyReused:
    """Take a file and ask for a run over it; the file of the previous run again is no work.

    Refuses: another merchant's feed; a file over the limits; a key used for another request.
    Raises: SignInFirst, Forbidden without the scope `feeds:write`.
    """
    merchant_id = ctx.merchant_id(SCOPE)
    feed = await Feed.get_or_none(id=feed_id, merchant_id=merchant_id)
    if feed is None:
        return FeedUnknown()
    with tempfile.TemporaryDirectory(prefix="boucle-push-") as folder:
        try:
            got = await receive(body.pieces, body.encoding, Path(folder) / "feed", limits)
        except FetchFailed as failed:
            return failed
        async with transaction():
            return await _once(feed, got, terms, idempotency_key)


async def _once(feed: Feed, got: Fetched, terms: Terms, key: str | None) -> Pushed | once.KeyReused:
    if key is None:
        return await _queued(feed, got, terms)
    caller = f"merchant:{feed.merchant_id}"
    given = {"feed": str(feed.id), "sha256": got.sha256, **asdict(terms)}
    match await once.ask(caller, key, once.digest("push", given)):
        case once.AnsweredBefore(outcome):
            return Pushed(UUID(outcome["run_id"]), outcome["queued"])
        case once.KeyReused() as reused:
            return reused
        case None:
            pushed = await _queued(feed, got, terms)
            await once.answer(caller, key, asdict(pushed))
            return pushed


async def _queued(feed: Feed, got: Fetched, terms: Terms) -> Pushed:
    await wait_for_pushes(feed.id)
    before = await latest_run(feed.id)
    if before is not None and _says_the_same(before, feed, got, terms):
        return Pushed(before.id, queued=False)
    file = await files.store(got.path, feed.merchant_id, str(feed.name), got.sha256)
    run = await start_run(
        feed,
        CHANNEL,
        mode=terms.mode,
        upload=Upload(file, got.sha256, got.bytes),
        dry_run=terms.dry_run,
        force=terms.force,
    )
    return Pushed(run.id, queued=True)


def _says_the_same(before: FeedRun, feed: Feed, got: Fetched, terms: Terms) -> bool:
    """Whether the previous run had this file, in these terms, and was not given up."""
    return (
        before.sha256 == got.sha256
        and before.state not in WITHOUT_EFFECT
        and before.mode is (terms.mode or feed.mode)
        and (before.dry_run, before.force) == (terms.dry_run, terms.force)
    )
