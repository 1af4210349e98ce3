"""A merchant looks into a file before it is read for good."""

from uuid import UUID

from models import once
from models.base import Tenant, acting
from models.offers import files, previews, report
from models.offers.feeds import Feed
from models.offers.previews import FeedPreview
from resolvers.context import Context
from resolvers.effects import Outcome, audited, once_only
from resolvers.offers.feeds import READ, WRITE
from resolvers.offers.upload import File


async def preview(ctx: Context, preview_id: UUID) -> FeedPreview | None:
    """One of the caller's previews; None for any other. Raises: SignInFirst, Forbidden."""
    async with ctx.acting(READ) as merchant_id:
        return await previews.preview(merchant_id, preview_id)


async def of_file(feed: Feed, file: File, idempotency_key: str | None) -> UUID | once.KeyReused:
    """Store a file and ask for a look into it; return the preview's id.

    Shapes: `feed` is what `feed_of_caller` returned.
    Refuses: a key that was used for another request.
    """
    async with acting(Tenant(merchant_id=feed.merchant_id)):
        if idempotency_key is None:
            return await _asked(feed, file)
        caller = f"merchant:{feed.merchant_id}"
        asked = {"feed": str(feed.id), "sha256": file.sha256}
        match await once.ask(caller, idempotency_key, once.digest("preview", asked)):
            case once.AnsweredBefore(outcome):
                return UUID(outcome["preview"])
            case once.KeyReused() as reused:
                return reused
            case None:
                made = await _asked(feed, file)
                await once.answer(caller, idempotency_key, {"preview": made})
                return made


async def _asked(feed: Feed, file: File) -> UUID:
    stored = await files.store(file.path, feed.merchant_id, str(feed.name), file.sha256)
    return (await previews.ask(feed, stored)).id


async def of_run(ctx: Context, run_id: UUID, key: str) -> FeedPreview | None:
    """Look into the file of a run of the caller's; None where there is no such run or file.

    Raises: SignInFirst, Forbidden; BadInput with reason IDEMPOTENCY_KEY_REUSED.
    """

    async def act(merchant_id: UUID) -> Outcome:
        run = await report.run(merchant_id, run_id)
        feed = await report.feed(merchant_id, run.feed_id) if run else None
        if run is None or run.file is None or feed is None:
            return {"preview": None}
        made = await previews.ask(feed, run.file)
        await audited(ctx, "previewFeedFile", "FeedPreview", made.id, after={"run": run.id})
        return {"preview": made.id}

    outcome = await once_only(ctx, WRITE, "previewFeedFile", key, {"run": run_id}, act)
    if outcome["preview"] is None:
        return None
    async with ctx.acting(WRITE) as merchant_id:
        return await previews.preview(merchant_id, UUID(str(outcome["preview"])))
