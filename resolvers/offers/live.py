"""What is followed live: a run of a feed, and the featured offer of a variant."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from domain.catalog import Grade
from domain.ranking.rotation import SECONDS_OF_A_TURN, bucket
from models.announce import EVERYTHING, market_topic, product_topic
from models.offers import live, report
from models.offers.feeds import FeedRun
from models.offers.read import FeaturedRow
from resolvers.context import BadInput, Context
from resolvers.markets import open_market
from resolvers.offers import listing
from resolvers.offers.feeds import READ
from resolvers.offers.following import LOOK_AGAIN, State, Topic, follow, mark

_LITTLE = timedelta(seconds=1)


async def run_progress(ctx: Context, run_id: UUID) -> AsyncGenerator[FeedRun]:
    """One of the caller's runs, now and whenever it moves, until it is final.

    Raises: SignInFirst, Forbidden; BadInput for a run that is not the caller's; Unavailable.
    """

    async def read(now: Context) -> State[FeedRun]:
        async with now.acting(READ) as merchant_id:
            row = await report.run(merchant_id, run_id)
        if row is None:
            raise BadInput(
                "There is no such run of yours. `feedRuns` lists them.",
                reason="FEED_RUN_UNKNOWN",
                argument="runId",
            )
        shown = sorted(FeedRun._meta.db_fields - {"updated_at"})
        facts = [(name, getattr(row, name)) for name in shown]
        return State(row, mark(facts), row.state.final)

    return await follow(ctx, [Topic(f"run:{run_id}")], read)


@dataclass(frozen=True, slots=True)
class FeaturedChange:
    """The featured offer of a variant, in a grade or across grades; None if none competes.

    `context` is that of the moment at which it was read.
    """

    market: str
    product_id: UUID
    variant_id: UUID
    grade: Grade | None
    featured: FeaturedRow | None
    today: date
    version: int
    as_of: datetime
    context: Context


async def featured_changes(
    ctx: Context, market: str, slug: str | None, variant_id: UUID | None, grade: Grade | None
) -> AsyncGenerator[FeaturedChange]:
    """The featured offer now, and whenever the offer, its price or its delivery is another.

    A product's slug means the variant that its page shows now.
    Raises: BadInput for a market that is not open, or no such listing; Unavailable.
    """
    chosen = await listing.listing(ctx, market, slug, None, variant_id)
    if chosen is None:
        raise BadInput(
            "There is no such listing. `search` finds them.",
            reason="LISTING_UNKNOWN",
            argument="slug" if slug is not None else "variantId",
        )
    code = chosen.market

    async def read(now: Context) -> State[FeaturedChange]:
        zone = (await open_market(code)).time_zone
        turn = bucket(int(now.now.timestamp()))
        found = await live.featured_now(
            code, chosen.variant.id, grade.rank if grade else None, turn
        )
        change = FeaturedChange(
            market=code,
            product_id=chosen.product.id,
            variant_id=chosen.variant.id,
            grade=grade,
            featured=found.featured,
            today=listing.today(now, zone),
            version=found.version,
            as_of=found.as_of,
            context=now,
        )
        return State(change, _mark(change))

    topics = [
        Topic(product_topic(chosen.product.id), lambda p: code in p.get("markets", [code])),
        Topic(market_topic(code)),
        Topic(EVERYTHING),
    ]
    return await follow(ctx, topics, read, _next_turn)


def _mark(change: FeaturedChange) -> str:
    """Of what a change is made: the offer, what it costs, when and how it comes."""
    if change.featured is None:
        return mark(None)
    offer = change.featured.offer
    return mark(
        offer.offer_id,
        (offer.currency, offer.item_minor, offer.shipping_minor, offer.service_fee_minor),
        (offer.levies_minor, offer.duties_minor, offer.landed_minor),
        (change.today, offer.early_days, offer.days, offer.carrier, offer.dispatch_country),
    )


def _next_turn(now: datetime) -> datetime:
    """Those who share the first place change with the hour, and nobody announces it."""
    turn = (bucket(int(now.timestamp())) + 1) * SECONDS_OF_A_TURN
    return min(datetime.fromtimestamp(turn, UTC) + _LITTLE, now + LOOK_AGAIN)
