"""A merchant's feeds."""

from uuid import UUID

from models.offers import report
from models.offers.feeds import Feed
from resolvers.context import Context

READ = "feeds:read"
WRITE = "feeds:write"


async def feeds(ctx: Context) -> list[Feed]:
    """The caller's feeds. Raises: SignInFirst, Forbidden."""
    async with ctx.acting(READ) as merchant_id:
        return await report.feeds(merchant_id)


async def feed(ctx: Context, feed_id: UUID) -> Feed | None:
    """One of the caller's feeds; None for any other. Raises: SignInFirst, Forbidden."""
    async with ctx.acting(READ) as merchant_id:
        return await report.feed(merchant_id, feed_id)
