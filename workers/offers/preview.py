"""Look into a stored file, so that a person can say how it is to be read."""

import asyncio
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from domain.offers.lines import FileCode
from domain.offers.setup import FeedPreviewState
from integrations.feeds.contract import FileRefused
from integrations.feeds.preview import preview
from models.base import Tenant, on_behalf_of, transaction
from models.merchants import Merchant
from models.offers import files
from models.offers.feeds import Feed
from models.offers.previews import FeedPreview
from workers.offers.reading import plan_of
from workers.offers.run import Effect


async def look(preview_id: UUID, now: datetime, effect: Effect = transaction) -> FeedPreview | None:
    """Bring one preview to its end. A second call over an ended one does nothing."""
    row = await FeedPreview.get_or_none(id=preview_id)
    if row is None or row.state is not FeedPreviewState.WAITING:
        return row
    with on_behalf_of(Tenant(merchant_id=row.merchant_id)):
        feed, merchant = await Feed.get(id=row.feed_id), await Merchant.get(id=row.merchant_id)
        plan = await plan_of(merchant, feed.mode, feed.format, feed.settings, now)
        facts: dict[str, Any] = {}
        with tempfile.TemporaryDirectory(prefix="boucle-preview-") as folder:
            path = Path(folder) / "feed"
            try:
                if not await files.load(row.file, path):
                    raise FileRefused(FileCode.NOT_FOUND, "the file is not kept any more")
                found = await asyncio.to_thread(preview, path, plan.read)
                facts = {"state": FeedPreviewState.READY, "result": found}
            except FileRefused as refused:
                facts = {"state": FeedPreviewState.FAILED, "file_code": refused.code.value}
                facts["detail"] = refused.detail[:500]
        async with effect():
            await row.update_from_dict(facts).save()
    return row
