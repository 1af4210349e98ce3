"""Actors of offers: feeds are pulled and applied, read models kept, old rows forgotten."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import structlog

from domain.accounts.wording import language
from domain.offers.letters import FEED_STALE
from integrations.mail import Mail, Post
from models.accounts import sign_in
from models.accounts.people import owners_of
from models.base import Tenant, on_behalf_of, transaction
from models.jobs import Job
from models.offers import check, runs, upkeep
from models.offers.feeds import Feed, start_run, take_due
from models.outbox import purge_done
from workers.lease import Lease, job
from workers.offers.preview import look
from workers.offers.pull import run_once
from workers.runtime import runtime

log = structlog.get_logger()

RUN_LIMIT = timedelta(minutes=40)
LONG = timedelta(minutes=15)
LOOK_LIMIT = timedelta(minutes=4)
FEEDS_AT_ONCE = 500
PART_OF_A_MARKET = 5_000
READ_MODEL_DIFFERENCES = "read_models.differ"


@job(Job.RUN_FEED, time_limit=RUN_LIMIT)
async def run_feed(lease: Lease, run_id: str) -> None:
    """Bring one run to its end, whatever an earlier worker had done of it."""
    here = runtime()
    await run_once(UUID(run_id), here.http, datetime.now(UTC), lease.transaction, here.vault)


@job(Job.PULL_DUE_FEEDS)
async def pull_due_feeds(lease: Lease) -> None:
    """Start a run of each pull feed whose time has come."""
    async with lease.transaction():
        for feed_id, _ in await take_due(FEEDS_AT_ONCE):
            await start_run(await Feed.get(id=feed_id), "PULL")


@job(Job.PREVIEW_FEED_FILE, time_limit=LOOK_LIMIT)
async def preview_feed_file(lease: Lease, preview_id: str) -> None:
    """Look into a stored file for a person who waits."""
    await look(UUID(preview_id), datetime.now(UTC), lease.transaction)


@job(Job.RETIRE_OFFERS, time_limit=LONG)
async def retire_offers(lease: Lease, feed_id: str) -> None:
    """Take the offers of a deleted feed off sale."""
    feed = await Feed.get(id=UUID(feed_id))
    with on_behalf_of(Tenant(merchant_id=feed.merchant_id)):
        async with lease.transaction() as raw:
            await upkeep.retire(raw, feed.merchant_id, feed.id)


@job(Job.FEED_WATCHDOG, time_limit=LONG)
async def feed_watchdog(lease: Lease) -> None:
    """Pause the offers of feeds that fell silent, and end the previews that nobody applied.

    Stock that no longer exists costs more than a day without sales.
    """
    async with lease.step():
        if expired := await runs.expire_previews():
            log.info("feeds.previews_expired", runs=expired)
    async with lease.transaction() as raw:
        if paused := await upkeep.pause_stale(raw):
            log.warning("feeds.stale", feeds=paused)


@job(Job.MAIL_FEED_STALE)
async def mail_feed_stale(_lease: Lease, feed_id: str) -> None:
    """Tell the owners of a merchant that a feed of theirs fell silent."""
    at = runtime()
    await tell_stale(UUID(feed_id), at.post, str(at.values.get("public_url", "")))


async def tell_stale(feed_id: UUID, mails: Post, site: str) -> None:
    """Mail the owners of a merchant; nothing where the feed has spoken again.

    Raises: Unavailable, Rejected.
    """
    feed = await Feed.get_or_none(id=feed_id, stale=True)
    if feed is None:
        return
    last = feed.last_success_at or feed.created_at
    for person in await owners_of(feed.merchant_id):
        spoken = language(person.language)
        letter = FEED_STALE[spoken].of(
            name=feed.name, hours=str(feed.stale_after_seconds // 3_600), site=site
        )
        mail_id = uuid5(feed_id, f"stale {last.isoformat()} {person.id}")
        now = datetime.now(UTC)
        await mails.send(Mail(mail_id, person.email, letter.subject, letter.text, spoken, now))


@job(Job.REFRESH_DAY, time_limit=LONG)
async def refresh_day(lease: Lease) -> None:
    """Apply what a new day changes: availability windows, models that come into force."""
    async with lease.transaction() as raw:
        await upkeep.refresh_today(raw)


@job(Job.REFRESH_MARKET, time_limit=LONG)
async def refresh_market(lease: Lease, market: str) -> None:
    """Rank a market again, part by part, after a change of its stage or of its derived prices."""
    last: UUID | None = None
    while True:
        async with lease.step() as raw:
            last = await upkeep.refresh_part(raw, market, last, PART_OF_A_MARKET)
        if last is None:
            break
    log.info("market.refreshed", market=market)


@job(Job.CHECK_READ_MODELS, time_limit=LONG)
async def check_read_models(_lease: Lease) -> None:
    """Compare the read models with the truth; a difference is a bug and wakes someone."""
    async with transaction() as raw:
        await raw.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        found = await check.differences(raw)
    if found.total:
        log.error(
            READ_MODEL_DIFFERENCES,
            competitions=found.competitions,
            products=found.products,
            facets=found.facets,
        )


@job(Job.PURGE, time_limit=LONG)
async def purge(_lease: Lease) -> None:
    """Forget done jobs after a week, and lines, files and snapshots after 30 days."""
    rows = await upkeep.purge() + await sign_in.forget(datetime.now(UTC))
    while gone := await purge_done():
        rows += gone
    log.info("purge.done", rows=rows)
