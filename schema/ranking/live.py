"""What becomes of a merchant's offers, followed."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self, cast

import strawberry

from domain.ranking.explain import ChangeCause, CompetitionState
from resolvers.ranking import live as resolvers
from schema.common import Info, global_id
from schema.ranking.standing import READ
from schema.rules import ruled

if TYPE_CHECKING:
    from models.offers.news import Change

strawberry.enum(ChangeCause, description="What changed the state of an offer.")


@ruled(READ)
@strawberry.type
class CompetitionChange:
    """One of your offers stands elsewhere in its competition than before."""

    id: strawberry.ID = strawberry.field(description="Id of the event: the same is told once.")
    offer_id: strawberry.ID | None = strawberry.field(
        description="Id of the `Offer`; `null` where more than 500 changed at once."
    )
    sku: str | None = strawberry.field(description="Your key of it.")
    market: str = strawberry.field(description="Code of the market.")
    from_: CompetitionState | None = strawberry.field(name="from", description="As it was.")
    to: CompetitionState | None = strawberry.field(description="As it is.")
    because: ChangeCause | None = strawberry.field(description="What changed it.")
    offers: int = strawberry.field(description="Offers that this is about: 1, or how many.")
    at: datetime = strawberry.field(description="When it changed.")

    @classmethod
    def of(cls, row: "Change") -> Self:
        offer = None if row.offer_id is None else global_id("Offer", row.offer_id)
        return cls(
            id=strawberry.ID(str(row.id)),
            offer_id=cast("strawberry.ID | None", offer),
            sku=row.sku,
            market=row.market,
            from_=CompetitionState(row.before) if row.before else None,
            to=CompetitionState(row.after) if row.after else None,
            because=ChangeCause(row.because) if row.because else None,
            offers=row.offers,
            at=row.at,
        )


@ruled(READ)
@strawberry.type
class CompetitionChanges:
    """What was not told before."""

    changes: list[CompetitionChange] = strawberry.field(
        description="The oldest first; none at the beginning. At most 100."
    )
    more: bool = strawberry.field(description="Whether others follow at once.")
    as_of: datetime = strawberry.field(description="When this was read.")


@strawberry.type
class RankingSubscription:
    """Subscriptions of the area; `schema/root.py` inherits them."""

    @strawberry.subscription(metadata={"rule": READ})
    async def competition_changed(
        self,
        info: Info,
        market: Annotated[
            str | None, strawberry.argument(description="Only this market; nothing means all.")
        ] = None,
    ) -> AsyncGenerator[CompetitionChanges]:
        """Which of your offers win, share or lose, from now on, as soon as it is committed.

        Needs a merchant's key with `offers:read`.
        """
        return _shaped(await resolvers.competition_changes(info.context, market))


async def _shaped(rows: AsyncGenerator[resolvers.Changes]) -> AsyncGenerator[CompetitionChanges]:
    async with aclosing(rows):
        async for row in rows:
            yield CompetitionChanges(
                changes=[CompetitionChange.of(each) for each in row.changes],
                more=row.more,
                as_of=row.as_of,
            )
