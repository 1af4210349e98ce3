"""Where a merchant's bids for devices of people stand."""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Self

import strawberry

from domain.ranking.explain import CompetitionState
from domain.trade_in import TradeInGrade
from resolvers.trade_in import competing
from resolvers.trade_in.competing import NotCompeting, Place
from schema.common import Info, MarketCode, Money, global_id, row_id
from schema.rules import ruled
from schema.trade_in.bids import READ

Grade = Annotated[TradeInGrade, strawberry.argument(description="The grade bid for.")]


@ruled(READ)
@strawberry.type
class TradeInCompetition:
    """Where you stand for a variant, a grade and a market. Nobody else is named."""

    variant_id: strawberry.ID = strawberry.field(description="What is bid for.")
    grade: TradeInGrade = strawberry.field(description="The grade bid for.")
    market: str = strawberry.field(description="Code of the market.")
    state: CompetitionState = strawberry.field(
        description="`WON`, `ELIGIBLE`, or `INELIGIBLE` with its reasons."
    )
    reasons: list[NotCompeting] = strawberry.field(
        description="Why your bid is not ranked. At most 10."
    )
    rank: int | None = strawberry.field(description="Your place from 1, if you compete.")
    of: int = strawberry.field(description="How many bids compete.")
    amount: Money = strawberry.field(description="What you bid.")
    expected_amount: Money = strawberry.field(
        description="What can be expected of it, as often and as much as you offer less."
    )
    value: Money = strawberry.field(description="What it is ranked by.")
    counter_offer_rate: Decimal = strawberry.field(
        description="How often you offer less, of 1; few cases are reckoned as usual."
    )
    counter_offer_cut: Decimal = strawberry.field(
        description="What part of the bid you take off then."
    )
    inspections: int = strawberry.field(description="Inspections that this rests on.")
    in_country_share: Decimal = strawberry.field(description="What a short way adds to the value.")
    days_share: Decimal = strawberry.field(
        description="What quick money adds to the value, or slow takes off."
    )
    leader_bid_value: Money | None = strawberry.field(
        description="What the leader's bid is ranked by; `null` where nobody bids."
    )
    amount_to_win: Money | None = strawberry.field(
        description="The lowest amount that is first, all else unchanged; of the leader, how far "
        "it could go down. `null` where nobody else bids."
    )
    amount_diff: Money | None = strawberry.field(description="`amountToWin` less your amount.")
    version: int = strawberry.field(description="Version of your bid; 0 where you have none.")
    as_of: datetime = strawberry.field(description="When the bids were looked at.")

    @classmethod
    def of_place(cls, found: Place) -> Self:
        own, money = found.own, found.currency
        win, record = found.to_win_minor, own.bid.record
        return cls(
            variant_id=strawberry.ID(str(global_id("Variant", found.asked.variant_id))),
            grade=found.asked.grade,
            market=found.asked.market,
            state=found.state,
            reasons=list(found.reasons),
            rank=found.rank,
            of=found.of,
            amount=Money.of(own.bid.amount_minor, money),
            expected_amount=Money.of(own.expected_minor, money),
            value=Money.of(own.value_minor, money),
            counter_offer_rate=_share(record.rate),
            counter_offer_cut=_share(record.cut),
            inspections=record.inspections,
            in_country_share=Decimal(own.in_country_bp).scaleb(-4),
            days_share=Decimal(own.days_bp).scaleb(-4),
            leader_bid_value=Money.maybe(found.leader_value_minor, money),
            amount_to_win=Money.maybe(win, money),
            amount_diff=None if win is None else Money.of(win - own.bid.amount_minor, money),
            version=found.version,
            as_of=found.as_of,
        )


def _share(part: Fraction) -> Decimal:
    return Decimal(round(part * 10_000)).scaleb(-4)


@strawberry.input
class TradeInCompetitionQuestion:
    """A competition."""

    variant_id: strawberry.ID = strawberry.field(description="What is bid for.")
    grade: TradeInGrade = strawberry.field(description="The grade bid for.")
    market: str = strawberry.field(description="Code of the market.")


@strawberry.type
class TradeInCompetitionsQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def trade_in_competition(
        self,
        info: Info,
        variant_id: Annotated[strawberry.ID, strawberry.argument(description="What is bid for.")],
        grade: Grade,
        market: MarketCode,
    ) -> TradeInCompetition | None:
        """Where your bid stands, and what would make it first; `null` for an unknown variant.

        Needs a merchant's key with `trade_in:read`.
        """
        variant = row_id(variant_id, "Variant", "variantId")
        if variant is None:
            raise LookupError(variant_id)
        found = await competing.competition(info.context, variant, grade, market)
        return TradeInCompetition.of_place(found) if found else None

    @strawberry.field(metadata={"rule": READ, "item_per": "items"})
    async def trade_in_competitions(
        self,
        info: Info,
        items: Annotated[
            list[TradeInCompetitionQuestion],
            strawberry.argument(description="1 to 500 questions."),
        ],
    ) -> list[TradeInCompetition | None]:
        """The same for many: one answer each, in their order. At most 500.

        `null` for an unknown variant and for a market that is not open, or not yours. Priced by the
        number of `items`.
        """
        asked = [
            competing.asked_for(variant, each.grade, each.market)
            for each in items
            if (variant := row_id(each.variant_id, "Variant", "items.variantId")) is not None
        ]
        found = await competing.competitions(info.context, asked)
        return [TradeInCompetition.of_place(each) if each else None for each in found]
