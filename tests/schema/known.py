"""Values of arguments that exist in the shop of `shop.many`, for generated documents."""

from models.base import fetchval
from schema.common import global_id
from tests import factories

Known = dict[str, list[str]]


async def known() -> Known:
    """By the argument's name."""
    run = await fetchval("SELECT run_id FROM feed_line ORDER BY run_id LIMIT 1")
    offer = await fetchval("SELECT offer_id FROM offer_market ORDER BY offer_id LIMIT 1")
    variant = await fetchval("SELECT id FROM variant ORDER BY id LIMIT 1")
    feed_id = await fetchval("SELECT feed_id FROM feed_run WHERE id = $1", run)
    feed = str(global_id("Feed", feed_id))
    ids = [feed, str(global_id("FeedRun", run)), str(global_id("Offer", offer)),
           str(global_id("Variant", variant))]  # fmt: skip
    return {
        "market": ["FR", "DE", "GB"], "code": ["FR"], "slug": ["calder-0", "calder-1-black"],
        "key": ["color"],
        "gtin": [factories.gtin(0), factories.gtin(1)], "locale": ["en", "fr"],
        "term": ["calder", "caldr c", "c1 noir", "calder | & !"], "id": ids, "offerId": ids,
        "variantId": ids, "runId": ids, "brand": ["calder"], "category": ["smartphone"],
        "idempotencyKey": ["a", "b"], "feed": [feed],
    }  # fmt: skip
