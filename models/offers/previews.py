"""What is told of a file before it is read for good, so that a person can say how to read it."""

from typing import Any
from uuid import UUID

from tortoise import fields

from domain.offers.setup import FeedPreviewState
from models.base import Row
from models.jobs import Job
from models.merchants import Merchant
from models.offers.feeds import Feed
from models.outbox import enqueue


class FeedPreview(Row):
    """A look at the start of a stored file. `result` is as `workers.offers.preview` writes it."""

    feed: fields.ForeignKeyRelation[Feed] = fields.ForeignKeyField("models.Feed")
    feed_id: UUID
    merchant: fields.ForeignKeyRelation[Merchant] = fields.ForeignKeyField("models.Merchant")
    merchant_id: UUID
    file = fields.UUIDField()
    state = fields.CharEnumField(FeedPreviewState, max_length=16)
    file_code = fields.CharField(max_length=32, null=True)
    detail = fields.TextField(null=True)
    result = fields.JSONField[dict[str, Any]](null=True)

    class Meta:
        table = "feed_preview"


async def ask(feed: Feed, file: UUID) -> FeedPreview:
    """Write a preview that waits and ask for it, in the current transaction."""
    made = await FeedPreview.create(
        feed_id=feed.id,
        merchant_id=feed.merchant_id,
        file=file,
        state=FeedPreviewState.WAITING,
    )
    await enqueue(Job.PREVIEW_FEED_FILE, preview_id=str(made.id))
    return made


async def preview(merchant_id: UUID, preview_id: UUID) -> FeedPreview | None:
    """A preview of this merchant."""
    return await FeedPreview.get_or_none(id=preview_id, merchant_id=merchant_id)
