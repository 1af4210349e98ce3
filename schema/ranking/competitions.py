"""What a merchant may ask about its competitions."""

from typing import Annotated

import strawberry

from resolvers.ranking import standing as resolvers
from resolvers.ranking.standing import Standing, Unanswered
from schema.common import Info, MarketCode, row_id
from schema.ranking.standing import (
    READ,
    Competition,
    CompetitionAnswer,
    CompetitionUnanswered,
    OfferVisibilityInMarket,
)


@strawberry.input
class CompetitionQuestion:
    """One of your offers, by `offerId` or by `sku`, in a market."""

    market: str = strawberry.field(description="Code of the market, such as `FR`.")
    offer_id: strawberry.ID | None = strawberry.field(default=None, description="The offer's id.")
    sku: str | None = strawberry.field(default=None, description="Or your own key of it.")


_WHY = {
    Unanswered.OFFER_UNKNOWN: ("You have no such offer in this market.", "`sku` must be yours."),
    Unanswered.MARKET_NOT_OPEN: ("There is no such open market.", "`markets` lists them."),
    Unanswered.MARKET_NOT_GRANTED: (
        "What you sent does not open this market.",
        "Ask for a key with the scope in this market.",
    ),
}


def _answer(found: Standing | Unanswered, place: int, request_id: str) -> CompetitionAnswer:
    if isinstance(found, Standing):
        return Competition.of_standing(found)
    message, todo = _WHY[found]
    return CompetitionUnanswered(
        code=found.value,
        message=message,
        path=["items", str(place)],
        hint=todo,
        request_id=strawberry.ID(request_id),
    )


Sku = Annotated[str | None, strawberry.argument(description="Or your own key of the offer.")]
SomeId = Annotated[strawberry.ID | None, strawberry.argument(description="The `id` of the offer.")]


@strawberry.type
class RankingQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def competition(
        self, info: Info, market: MarketCode, offer_id: SomeId = None, sku: Sku = None
    ) -> Competition | None:
        """How one of your offers ranks and what would make it first.

        Needs a merchant's key with `offers:read`; `null` for an offer that is not yours.
        """
        found = await resolvers.competition(
            info.context, resolvers.asked_for(row_id(offer_id, "Offer", "offerId"), sku, market)
        )
        return Competition.of_standing(found) if found else None

    @strawberry.field(metadata={"rule": READ, "item_per": "items"})
    async def competitions(
        self,
        info: Info,
        items: Annotated[
            list[CompetitionQuestion], strawberry.argument(description="1 to 500 questions.")
        ],
    ) -> list[CompetitionAnswer]:
        """The same for many offers and markets: one answer each, in their order. At most 500.

        Needs a merchant's key with `offers:read`. Priced by the number of `items`.
        """
        asked = [
            resolvers.asked_for(row_id(each.offer_id, "Offer", "offerId"), each.sku, each.market)
            for each in items
        ]
        found = await resolvers.competitions(info.context, asked)
        request_id = info.context.request_id
        return [_answer(each, place, request_id) for place, each in enumerate(found)]

    @strawberry.field(metadata={"rule": READ})
    async def offer_visibility(
        self, info: Info, market: MarketCode, offer_id: SomeId = None, sku: Sku = None
    ) -> OfferVisibilityInMarket | None:
        """Why one of your offers is hidden or does not compete, all reasons at once.

        Needs a merchant's key with `offers:read`; `null` for an offer that is not yours.
        """
        found = await resolvers.competition(
            info.context, resolvers.asked_for(row_id(offer_id, "Offer", "offerId"), sku, market)
        )
        return OfferVisibilityInMarket.of_standing(found) if found else None
