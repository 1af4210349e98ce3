"""What a market says of its ranking, from the model that ranks there now."""

from domain.ranking.disclosure import NOTICE, Disclosure, disclosed
from models import ranking
from models.announce import EVERYTHING, market_topic
from resolvers.context import NOT_KEPT, Context, depends
from resolvers.markets import open_market

NOTICE_DAYS = NOTICE.days


async def disclosure(ctx: Context, market: str) -> Disclosure | None:
    """The disclosure of an open market; None where nothing ranks yet.

    Raises: BadInput for a market that is not open.
    """
    found = await open_market(market)
    depends(EVERYTHING, market_topic(found.code), NOT_KEPT)
    now, then = await ranking.in_force(found.code, ctx.now)
    return disclosed(now, then) if now else None
