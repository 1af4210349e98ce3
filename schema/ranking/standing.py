"""What a merchant learns of its rank. Nothing here varies with a competitor's identity."""

from datetime import datetime
from typing import Annotated, Self, cast

import strawberry

from domain.offers.visibility import OfferVisibility, Reason
from domain.ranking import win
from domain.ranking.explain import CompetitionState, ExplainedTerm
from domain.ranking.levers import Lever, LeverChange, QualityToWin
from domain.ranking.win import UnreachableReason
from resolvers.ranking.standing import READ as READ_SCOPE
from resolvers.ranking.standing import Standing
from schema.common import Money, Problem, global_id
from schema.offers.own import VisibilityReason
from schema.rules import Scope, ruled

READ = Scope(READ_SCOPE)

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

    reasons: list[VisibilityReason] = strawberry.field(description="What keeps it out. At most 20.")


PriceToWin = Annotated[
    PriceFound | PriceUnreachable | NoRival | NotCompeting,
    strawberry.union("PriceToWin", description="A price that wins, or why there is none."),
]


def _price(answer: win.PriceAnswer | win.Ineligible, found: Standing) -> PriceToWin:
    currency = found.own.currency
    match answer:
        case win.WinningPrice(item, diff):
            return PriceFound(price=Money.of(item, currency), difference=Money.of(diff, currency))
        case win.Unreachable(reason):
            return PriceUnreachable(reason=reason)
        case win.NoCompetitor():
            return NoRival(any_price=True)
        case win.Ineligible():
            return NotCompeting(reasons=[VisibilityReason.of(r) for r in found.reasons])


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
class PriceDifference:
    """How far the present item price is from the one that wins."""

    market: Money = strawberry.field(description="In the currency of the market.")
    merchant_currency: Money | None = strawberry.field(
        description="In the currency of your own price; `null` where that is another one: "
        "there are no exchange rates here."
    )


@ruled(READ)
@strawberry.type
class Competition:
    """Where your offer stands against the others of its variant and grade in a market."""

    offer_id: strawberry.ID = strawberry.field(description="Id of the `Offer`.")
    sku: str = strawberry.field(description="Your key of it.")
    market: str = strawberry.field(description="Code of the market.")
    state: CompetitionState = strawberry.field(description="Where it stands.")
    visibility: OfferVisibility = strawberry.field(description="What customers can do with it.")
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
    ranking_model_id: str = strawberry.field(description="Version of the parameters.")
    snapshot_id: str | None = strawberry.field(description="Hash of all that competed.")
    as_of: datetime = strawberry.field(description="When this was read.")
    found: strawberry.Private[Standing]

    @strawberry.field
    def explain(self) -> list[RankingTerm]:
        """Every term. At most 5."""
        told, currency = self.found.explanation, self.found.own.currency
        return [RankingTerm.of(t, currency) for t in told.terms] if told else []

    @strawberry.field
    def price_to_win(self) -> PriceToWin:
        """Price that makes it first."""
        return _price(self.found.to_win(), self.found)

    @strawberry.field
    def price_to_win_alone(self) -> PriceToWin:
        """Price that shares with nobody."""
        return _price(self.found.to_win_alone(), self.found)

    @strawberry.field
    def price_diff(self) -> PriceDifference | None:
        """What `priceToWin` asks for; `null` where no price wins, or any does."""
        answer = self.found.to_win()
        if not isinstance(answer, win.WinningPrice):
            return None
        own = self.found.own
        diff = Money.of(answer.diff_minor, own.currency)
        return PriceDifference(
            market=diff, merchant_currency=diff if own.own_currency == own.currency else None
        )

    @strawberry.field
    def merit_needed(self) -> int | None:
        """Merit that leads at this price."""
        quality = self.found.quality()
        return quality.needed_merit if isinstance(quality, QualityToWin) else None

    @strawberry.field
    def quality_to_win(self) -> list[LeverToWin]:
        """What would make it first without touching the price. At most 11."""
        quality = self.found.quality()
        levers = quality.levers if isinstance(quality, QualityToWin) else ()
        return [LeverToWin.of_change(change) for change in levers]

    @strawberry.field
    def reasons(self) -> list[VisibilityReason]:
        """What hides or limits it, the worst first. At most 20."""
        return [VisibilityReason.of(r) for r in self.found.reasons]

    @strawberry.field
    def reason_codes(self) -> list[Reason]:
        """The codes of `reasons`, in its order. At most 20."""
        return [r.code for r in self.found.reasons]

    @classmethod
    def of_standing(cls, found: Standing) -> Self:
        own, told, currency = found.own, found.explanation, found.own.currency
        return cls(
            offer_id=cast("strawberry.ID", global_id("Offer", own.offer_id)),
            sku=own.sku,
            market=own.market,
            state=found.state,
            visibility=found.visibility,
            rank=told.rank if told else None,
            of=own.of,
            share_bp=found.share_bp,
            merit=told.merit if told else None,
            effective_price=Money.of(told.effective_minor, currency) if told else None,
            total=Money.of(own.me.landed_minor, currency) if own.me else None,
            leader_total=Money.of(told.leader_total_minor, currency) if told else None,
            gap_to_next=Money.maybe(told.gap_to_next_minor if told else None, currency),
            ranking_model_id=own.model,
            snapshot_id=own.snapshot_id,
            as_of=found.as_of,
            found=found,
        )


@ruled(READ)
@strawberry.type
class OfferVisibilityInMarket:
    """What customers of a market can do with your offer, and why not more."""

    offer_id: strawberry.ID = strawberry.field(description="Id of the `Offer`.")
    sku: str = strawberry.field(description="Your key of it.")
    market: str = strawberry.field(description="Code of the market.")
    visibility: OfferVisibility = strawberry.field(description="The worst reason decides.")
    reasons: list[VisibilityReason] = strawberry.field(
        description="All that hide or limit it, the worst first. At most 20."
    )
    as_of: datetime = strawberry.field(description="When this was read.")

    @classmethod
    def of_standing(cls, found: Standing) -> Self:
        return cls(
            offer_id=cast("strawberry.ID", global_id("Offer", found.own.offer_id)),
            sku=found.own.sku,
            market=found.own.market,
            visibility=found.visibility,
            reasons=[VisibilityReason.of(r) for r in found.reasons],
            as_of=found.as_of,
        )


@ruled(READ)
@strawberry.type
class CompetitionUnanswered(Problem):
    """Not your offer, not meant for this market, or a market that you may not ask about."""


CompetitionAnswer = Annotated[
    Competition | CompetitionUnanswered,
    strawberry.union("CompetitionAnswer", description="A competition, or why there is none."),
]
