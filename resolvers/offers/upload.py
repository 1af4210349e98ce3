"""A merchant pushes a feed's file: stored, then read by a worker. An organisation's is kept."""

from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

from domain.offers.lines import FeedMode, FeedPolicy, FeedRunState
from models import once
from models.base import Tenant, acting
from models.offers import files, report
from models.offers.feeds import Feed, FeedRun, Upload, latest_run, start_run, wait_for_pushes
from models.offers.files import Kept
from resolvers.context import Context

SCOPE = "feeds:write"
FLEET_SCOPE = "fleets:write"
CHANNEL = "PUSH"
WITHOUT_EFFECT = {
    FeedRunState.FAILED,
    FeedRunState.CANCELLED,
    FeedRunState.EXPIRED,
    FeedRunState.SUPERSEDED,
}


@dataclass(frozen=True, slots=True)
class File:
    """A whole file on this machine; `sha256` and `bytes` are of the file as inflated."""

    path: Path
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Terms:
    """How a file is meant. `mode` and `policy` are the feed's own where they are None."""

    mode: FeedMode | None = None
    policy: FeedPolicy | None = None
    dry_run: bool = False
    force: bool = False


@dataclass(frozen=True, slots=True)
class Pushed:
    """The run that reads the file; `queued` is false where an earlier run has read the same."""

    run_id: UUID
    queued: bool


async def feed_of_caller(ctx: Context, feed_id: UUID) -> Feed | None:
    """The feed to push to; None if the caller has no feed of this id.

    Raises: SignInFirst, Forbidden without the scope `feeds:write`.
    """
    async with ctx.acting(SCOPE) as merchant_id:
        return await report.feed(merchant_id, feed_id)


async def push(
    feed: Feed, file: File, terms: Terms, idempotency_key: str | None = None
) -> Pushed | once.KeyReused:
    """Store a file and ask for a run over it; the file of the previous run again is no work.

    Shapes: `feed` is what `feed_of_caller` returned.
    Refuses: a key that was used for another request.
    """
    async with acting(Tenant(merchant_id=feed.merchant_id)):
        if idempotency_key is None:
            return await _queued(feed, file, terms)
        caller = f"merchant:{feed.merchant_id}"
        asked = {"feed": str(feed.id), "sha256": file.sha256, **asdict(terms)}
        match await once.ask(caller, idempotency_key, once.digest("push", asked)):
            case once.AnsweredBefore(outcome):
                return Pushed(UUID(outcome["run_id"]), outcome["queued"])
            case once.KeyReused() as reused:
                return reused
            case None:
                pushed = await _queued(feed, file, terms)
                await once.answer(caller, idempotency_key, asdict(pushed))
                return pushed


async def keep(ctx: Context, file: File) -> tuple[Kept, bool]:
    """Keep a file of the caller's organisation, and whether it is new.

    One with the same content that it sent in the last day is that one.
    Raises: SignInFirst, Forbidden without the scope `fleets:write`.
    """
    async with ctx.acting_organisation(FLEET_SCOPE) as owner:
        before = await files.same(owner, file.sha256)
        if before is not None:
            return before, False
        made = await files.store(file.path, None, "fleet", file.sha256, organisation_id=owner)
        return Kept(made, "fleet", file.sha256, file.bytes), True


async def _queued(feed: Feed, file: File, terms: Terms) -> Pushed:
    await wait_for_pushes(feed.id)
    before = await latest_run(feed.id)
    if before is not None and _says_the_same(before, feed, file, terms):
        return Pushed(before.id, queued=False)
    stored = await files.store(file.path, feed.merchant_id, str(feed.name), file.sha256)
    run = await start_run(
        feed,
        CHANNEL,
        mode=terms.mode,
        policy=terms.policy,
        upload=Upload(stored, file.sha256, file.bytes),
        dry_run=terms.dry_run,
        force=terms.force,
    )
    return Pushed(run.id, queued=True)


def _says_the_same(before: FeedRun, feed: Feed, file: File, terms: Terms) -> bool:
    """Whether the previous run had this file, in these terms, and was not given up."""
    return (
        before.sha256 == file.sha256
        and before.state not in WITHOUT_EFFECT
        and before.read_as == feed.reading()
        and before.mode is (terms.mode or feed.mode)
        and before.policy is (terms.policy or feed.policy)
        and (before.dry_run, before.force) == (terms.dry_run, terms.force)
    )
