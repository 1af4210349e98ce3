"""What can be followed: each subscription tells the present state first, then what changed."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import datetime
from typing import Annotated, Self, TypeVar
from uuid import UUID

import strawberry

from domain.catalog import Grade
from resolvers.offers import live as resolvers
from schema.catalog import Product, Variant, product_of, variant_of
from schema.common import Info, InGrade, MarketCode, row_id
from schema.offers.feed_runs import FeedRun
from schema.offers.offer import FeaturedOffer
from schema.rules import PUBLIC, Scope, ruled

R = TypeVar("R")
T = TypeVar("T")


@ruled(PUBLIC)
@strawberry.type
class FeaturedOfferChange:
    """The featured offer of a variant in a market, as it is from `asOf` on."""

    market: str = strawberry.field(description="Code of the market.")
    grade: Grade | None = strawberry.field(
        description="The grade that is followed; `null` is the best across grades."
    )
    featured_offer: FeaturedOffer | None = strawberry.field(
        description="The best quality for its price; `null` if none competes."
    )
    version: str = strawberry.field(
        description="A whole number that never shrinks: of two events the greater is the newer."
    )
    as_of: datetime = strawberry.field(description="When this was read.")
    variant_id: strawberry.Private[UUID]
    product_id: strawberry.Private[UUID]

    @strawberry.field
    async def product(self, info: Info) -> Product:
        """The model."""
        return await product_of(info, self.product_id)

    @strawberry.field
    async def variant(self, info: Info) -> Variant:
        """The variant that is followed."""
        return await variant_of(info, self.variant_id)

    @classmethod
    def of(cls, change: resolvers.FeaturedChange) -> Self:
        row = change.featured
        return cls(
            market=change.market,
            grade=change.grade,
            featured_offer=FeaturedOffer.of(row, change.context) if row else None,
            version=str(change.version),
            as_of=change.as_of,
            variant_id=change.variant_id,
            product_id=change.product_id,
        )


@strawberry.type
class LiveSubscription:
    """Subscriptions of the area; `schema/root.py` inherits them."""

    @strawberry.subscription(metadata={"rule": Scope("feeds:read")})
    async def job_progress(
        self,
        info: Info,
        run_id: Annotated[
            strawberry.ID, strawberry.argument(description="Id of one of your `FeedRun`s.")
        ],
    ) -> AsyncGenerator[FeedRun]:
        """One of your runs, now and whenever it moves; ends when nothing can follow.

        Needs a merchant's key with `feeds:read`.
        """
        found = row_id(run_id, "FeedRun", "runId")
        if found is None:
            raise LookupError("a non-null id was null")
        return _shaped(await resolvers.run_progress(info.context, found), FeedRun.of)

    @strawberry.subscription(metadata={"rule": PUBLIC})
    async def featured_offer_changed(
        self,
        info: Info,
        market: MarketCode,
        slug: Annotated[
            str | None, strawberry.argument(description="Slug of a product or of a variant.")
        ] = None,
        variant_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The `id` of a variant.")
        ] = None,
        grade: InGrade = None,
    ) -> AsyncGenerator[FeaturedOfferChange]:
        """The featured offer now, and whenever the offer, its price or its delivery is another.

        Give a slug or a variant's id. A product's slug means the variant that its page shows now.
        """
        variant = row_id(variant_id, "Variant", "variantId")
        changes = await resolvers.featured_changes(info.context, market, slug, variant, grade)
        return _shaped(changes, FeaturedOfferChange.of)


async def _shaped(rows: AsyncGenerator[R], shape: Callable[[R], T]) -> AsyncGenerator[T]:
    async with aclosing(rows):
        async for row in rows:
            yield shape(row)
