"""What a merchant learns of its rank. Nothing here varies with a competitor's identity."""

from typing import Annotated, Self

import strawberry

from domain.ranking import win
from domain.ranking.explain import CompetitionState, ExplainedTerm
from domain.ranking.levers import Lever, LeverChange, QualityToWin
from domain.ranking.win import UnreachableReason
from resolvers import ranking as resolvers
from resolvers.ranking import Standing
from schema.common import Info, MarketCode, Money, NodeId, row_id
from schema.offers.own import VisibilityReason
from schema.rules import Scope, ruled

READ = Scope(resolvers.READ)

strawberry.enum(CompetitionState, description="Where an offer stands in its competition.")
strawberry.enum(UnreachableReason, description="Why no allowed price wins.")
strawberry.enum(Lever, description="Something a merchant can improve.")


@ruled(READ)
@strawberry.type
class RankingTerm:
    """One parameter of the ranking, what it looked at and what it gave."""

    parameter: str = strawberry.field(description="Key of the parameter.")
    weight_bp: int = strawberry.field(description="The most it can add, in basis points of merit.")
    value: str = strawberry.field(description="What was looked at.")
    contribution_bp: int = strawberry.field(description="What it added.")
    worth: Money = strawberry.field(description="The same as money of the landed total.")

    @classmethod
    def of(cls, term: ExplainedTerm, currency: str) -> Self:
        return cls(
            parameter=term.parameter,
            weight_bp=term.weight_bp,
            value=term.value,
            contribution_bp=term.contribution_bp,
            worth=Money.of(term.worth_minor, currency),
        )


@ruled(READ)
@strawberry.type
class PriceFound:
    """The highest item price that wins, proved by ranking again."""

    price: Money = strawberry.field(description="Item price.")
    difference: Money = strawberry.field(description="How far the present price must move.")


@ruled(READ)
@strawberry.type
class PriceUnreachable:
    """The price that wins is lower than what is allowed."""

    reason: UnreachableReason = strawberry.field(description="Which bound forbids it.")


@ruled(READ)
@strawberry.type
class NoRival:
    """Nobody else competes: any price wins."""

    any_price: bool = strawberry.field(description="Always true.")


@ruled(READ)
@strawberry.type
class NotCompeting:
    """The offer does not compete: lift these first."""

    reasons: list[VisibilityReason] = strawberry.field(description="What keeps it out. At most 40.")


PriceToWin = Annotated[
    PriceFound | PriceUnreachable | NoRival | NotCompeting,
    strawberry.union("PriceToWin", description="A price that wins, or why there is none."),
]


def _price(answer: win.PriceAnswer | win.Ineligible, currency: str) -> PriceToWin:
    match answer:
        case win.WinningPrice(item, diff):
            return PriceFound(price=Money.of(item, currency), difference=Money.of(diff, currency))
        case win.Unreachable(reason):
            return PriceUnreachable(reason=reason)
        case win.NoCompetitor():
            return NoRival(any_price=True)
        case win.Ineligible(reasons):
            return NotCompeting(reasons=[VisibilityReason.of(r) for r in reasons])


@ruled(READ)
@strawberry.type
class LeverToWin:
    """How far one lever must go to win alone, or how far it can go if that is not enough."""

    lever: Lever = strawberry.field(description="The lever.")
    current: str = strawberry.field(description="Where it stands, in its own unit.")
    target: str = strawberry.field(description="Where it must go.")
    of: int | None = strawberry.field(description="Observations in the window, for a rate.")
    gain_bp: int = strawberry.field(description="What that adds to merit.")
    enough: bool = strawberry.field(description="Whether it wins alone.")

    @classmethod
    def of_change(cls, change: LeverChange) -> Self:
        return cls(
            lever=change.lever,
            current=str(change.current),
            target=str(change.target),
            of=change.of,
            gain_bp=change.gain_bp,
            enough=change.enough,
        )


@ruled(READ)
@strawberry.type
class Competition:
    """Where your offer stands against the others of its variant and grade in a market."""

    state: CompetitionState = strawberry.field(description="Where it stands.")
    rank: int | None = strawberry.field(description="Its place; `null` if it does not compete.")
    of: int = strawberry.field(description="Offers that compete.")
    share_bp: int = strawberry.field(description="Share of hours in which it is shown first.")
    merit: int | None = strawberry.field(description="10,000 and the sum of the terms.")
    effective_price: Money | None = strawberry.field(
        description="What it costs once its quality is counted: landed total / merit."
    )
    total: Money | None = strawberry.field(
        description="Its landed total; `null` without a price or delivery here."
    )
    leader_total: Money | None = strawberry.field(description="Landed total of the first.")
    gap_to_next: Money | None = strawberry.field(
        description="What it must fall to draw level with the one ahead; for the first, its room."
    )
    explain: list[RankingTerm] = strawberry.field(description="Every term. At most 10.")
    price_to_win: PriceToWin = strawberry.field(description="Price that makes it first.")
    price_to_win_alone: PriceToWin = strawberry.field(description="Price that shares with nobody.")
    merit_needed: int | None = strawberry.field(description="Merit that leads at this price.")
    quality_to_win: list[LeverToWin] = strawberry.field(
        description="What would make it first without touching the price. At most 20."
    )
    reasons: list[VisibilityReason] = strawberry.field(
        description="What hides or limits it. At most 40."
    )
    ranking_model_id: str = strawberry.field(description="Version of the parameters.")
    snapshot_id: str | None = strawberry.field(description="Hash of all that competed.")

    @classmethod
    def of_standing(cls, found: Standing) -> Self:
        own, told, currency = found.own, found.explanation, found.own.currency
        quality = found.quality if isinstance(found.quality, QualityToWin) else None
        return cls(
            state=found.state,
            rank=told.rank if told else None,
            of=len(own.everyone),
            share_bp=found.share_bp,
            merit=told.merit if told else None,
            effective_price=Money.of(told.effective_minor, currency) if told else None,
            total=Money.of(own.me.landed_minor, currency) if own.me else None,
            leader_total=Money.of(told.leader_total_minor, currency) if told else None,
            gap_to_next=Money.maybe(told.gap_to_next_minor if told else None, currency),
            explain=[RankingTerm.of(t, currency) for t in told.terms] if told else [],
            price_to_win=_price(found.to_win, currency),
            price_to_win_alone=_price(found.to_win_alone, currency),
            merit_needed=quality.needed_merit if quality else None,
            quality_to_win=[LeverToWin.of_change(c) for c in quality.levers] if quality else [],
            reasons=[VisibilityReason.of(r) for r in found.reasons],
            ranking_model_id=own.model,
            snapshot_id=own.snapshot_id,
        )


@strawberry.type
class RankingQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def competition(
        self, info: Info, offer_id: NodeId, market: MarketCode
    ) -> Competition | None:
        """How one of your offers ranks and what would make it first.

        Needs a merchant's key with `offers:read`; `null` for an offer that is not yours.
        """
        offer = row_id(offer_id, "Offer", "offerId")
        found = await resolvers.competition(info.context, offer, market) if offer else None
        return Competition.of_standing(found) if found else None
