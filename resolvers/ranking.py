"""Where a merchant's offer stands in its competition, and what would make it first."""

from dataclasses import dataclass
from uuid import UUID

from domain.offers.visibility import Reason
from domain.ranking.explain import CompetitionState, Explanation, competition_state, explain
from domain.ranking.levers import QualityToWin, quality_to_win
from domain.ranking.rotation import RotationGroup, group
from domain.ranking.score import rank
from domain.ranking.win import (
    Ineligible,
    NoCompetitor,
    PriceAnswer,
    PriceBounds,
    contest,
    price_to_win,
    price_to_win_alone,
)
from models.offers import compete
from models.offers.compete import Own
from resolvers.context import Context
from resolvers.markets import open_market

READ = "offers:read"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an offer stands, in its merchant's own numbers and the leader's total."""

    own: Own
    state: CompetitionState
    reasons: list[Reason]
    share_bp: int
    explanation: Explanation | None
    to_win: PriceAnswer | Ineligible
    to_win_alone: PriceAnswer | Ineligible
    quality: QualityToWin | NoCompetitor | None


async def competition(ctx: Context, offer_id: UUID, market: str) -> Standing | None:
    """The standing of one of the caller's offers; None for any other, or one not meant for it.

    Raises: SignInFirst, Forbidden, BadInput for a market that is not open.
    """
    merchant_id = ctx.merchant_id(READ, market)
    found = await open_market(market)
    async with ctx.acting(READ):
        own = await compete.competition(offer_id, found.code, merchant_id)
    return standing(own) if own else None


def standing(own: Own) -> Standing:
    """Rank the competition again and read the answer off it."""
    reasons = [Reason(code) for code in own.reasons]
    ranked = rank(own.everyone, own.parameters, own.prior_bp)
    sharing = group(ranked, own.parameters, own.prior_bp)
    if not own.competes or own.me is None:
        no = Ineligible(tuple(reasons))
        return Standing(own, CompetitionState.INELIGIBLE, reasons, 0, None, no, no, None)
    duel = contest(own.me, own.everyone, own.parameters, own.prior_bp)
    bounds = PriceBounds(own.step, own.lowest, own.highest)
    return Standing(
        own=own,
        state=competition_state((own.offer_id, own.merchant_id), ranked, sharing),
        reasons=reasons,
        share_bp=_share(sharing, own),
        explanation=explain(own.offer_id, ranked, own.parameters),
        to_win=price_to_win(duel, bounds),
        to_win_alone=price_to_win_alone(duel, bounds),
        quality=quality_to_win(duel, own.samples),
    )


def _share(sharing: RotationGroup | None, own: Own) -> int:
    if sharing is None or own.offer_id not in sharing.offer_ids:
        return 0
    if sharing.leader == own.offer_id:
        return own.parameters.lead_share_bp if sharing.size > 1 else 10_000
    return (10_000 - own.parameters.lead_share_bp) // (sharing.size - 1)
