"""Price to win: the highest price that leads, true because it is ranked again before it is told."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from domain.offers.visibility import Reason
from domain.ranking.model import RankingParameters
from domain.ranking.rotation import in_band
from domain.ranking.score import Competitor, Scored, beats, rank, score


@dataclass(frozen=True, slots=True)
class Contest:
    """One offer against those of the other merchants, on one snapshot.

    Shapes: `rivals` in rank order: all of them, or at least the first and the nearest that may
    share, from which every answer is the same.
    """

    me: Competitor
    rivals: tuple[Scored, ...]
    parameters: RankingParameters
    prior_bp: int

    def rank_with(self, me: Competitor) -> tuple[Scored, ...]:
        """The competition again, with this offer in my place."""
        everyone = [me, *(rival.competitor for rival in self.rivals)]
        return rank(everyone, self.parameters, self.prior_bp)

    def scored(self, me: Competitor) -> Scored:
        """The numbers of this offer under the rules of this contest."""
        return score(me, self.parameters, self.prior_bp)

    def leads(self, me: Competitor) -> bool:
        """Whether this offer in my place would be first. The order is total: the best decides."""
        return not self.rivals or beats(self.scored(me), self.rivals[0])

    def leads_alone(self, me: Competitor) -> bool:
        """Whether this offer in my place would be first and share the place with nobody.

        Who may share and is nearest is in the band, or nobody is.
        """
        if not self.leads(me):
            return False
        sharer = self.nearest_sharer()
        return sharer is None or not in_band(self.scored(me), sharer, self.parameters.band_bp)

    def shares(self, me: Competitor) -> bool:
        """Whether this offer in my place would be first, or near enough to the first to share.

        That a group may be full is left aside: see `domain.ranking.reprice`.
        """
        if self.leads(me):
            return True
        return self.may_share(me) and in_band(
            self.rivals[0], self.scored(me), self.parameters.band_bp
        )

    def may_share(self, me: Competitor) -> bool:
        """Whether an offer of this quality shares a first place that is not its own."""
        return me.quality_bp >= self.prior_bp and self.parameters.max_sharers > 1

    def nearest_sharer(self) -> Scored | None:
        """The first rival that is allowed to share a place."""
        if self.parameters.max_sharers == 1:
            return None
        may = (r for r in self.rivals if r.competitor.quality_bp >= self.prior_bp)
        return next(may, None)


def contest(
    me: Competitor, competitors: Iterable[Competitor], parameters: RankingParameters, prior_bp: int
) -> Contest:
    """The contest of an offer; its merchant's own other offers are left aside."""
    others = [c for c in competitors if c.merchant_id != me.merchant_id]
    return Contest(me, rank(others, parameters, prior_bp), parameters, prior_bp)


@dataclass(frozen=True, slots=True)
class PriceBounds:
    """What a price may be.

    Units: `step_minor` is the market's price step; the first pair bounds the item price and is the
    merchant's, the second bounds the landed total and is the market's; the item stays below
    `reference_new_minor`, from which on it would not compete.
    """

    step_minor: int = 1
    min_price_minor: int | None = None
    max_price_minor: int | None = None
    lowest_landed_minor: int | None = None
    highest_landed_minor: int | None = None
    reference_new_minor: int | None = None


UNBOUNDED = PriceBounds()


class UnreachableReason(StrEnum):
    """Why no allowed price wins."""

    BELOW_MIN_PRICE = "BELOW_MIN_PRICE"
    BELOW_PRICE_LIMIT = "BELOW_PRICE_LIMIT"
    NOT_POSITIVE = "NOT_POSITIVE"


@dataclass(frozen=True, slots=True)
class WinningPrice:
    """The highest item price that wins; `diff_minor` is how far the present price must move."""

    item_minor: int
    diff_minor: int


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The price that wins is lower than what is allowed."""

    reason: UnreachableReason


@dataclass(frozen=True, slots=True)
class NoCompetitor:
    """No other merchant competes, so any price wins."""


@dataclass(frozen=True, slots=True)
class Ineligible:
    """The offer does not compete; a price changes nothing before these are lifted."""

    reasons: tuple[Reason, ...]


PriceAnswer = WinningPrice | Unreachable | NoCompetitor
Priced = Callable[[int], Competitor]
"""The offer at another item price, where fees depend on the price."""


def price_to_win(
    duel: Contest, bounds: PriceBounds = UNBOUNDED, priced: Priced | None = None
) -> PriceAnswer:
    """The highest price at which the offer is first; for the leader, the room that it has.

    Refuses: an offer without rivals; a price below the bounds.
    """
    if not duel.rivals:
        return NoCompetitor()
    return _highest(duel, bounds, _Goal(_landed_to_lead(duel), duel.leads), priced)


def price_to_win_alone(
    duel: Contest, bounds: PriceBounds = UNBOUNDED, priced: Priced | None = None
) -> PriceAnswer:
    """The highest price at which the offer is first and no other offer shares the place.

    An offer that may not share, for its quality, need only be beaten.
    Refuses: an offer without rivals; a price below the bounds.
    """
    if not duel.rivals:
        return NoCompetitor()
    return _highest(duel, bounds, _Goal(_landed_to_lead_alone(duel), duel.leads_alone), priced)


def price_to_share(duel: Contest, bounds: PriceBounds = UNBOUNDED) -> PriceAnswer:
    """The highest price at which the offer is first, or in the band of the first.

    An offer that may not share, for its quality, must be first.
    Refuses: an offer without rivals; a price below the bounds.
    """
    if not duel.rivals:
        return NoCompetitor()
    return _highest(duel, bounds, _Goal(_landed_to_share(duel), duel.shares), None)


@dataclass(frozen=True, slots=True)
class _Goal:
    """What is to be reached: the landed total that could reach it, and the proof that it does."""

    landed_minor: int
    reached: Callable[[Competitor], bool]


def _landed_to_lead(duel: Contest) -> int:
    best = duel.rivals[0]
    merit = score(duel.me, duel.parameters, duel.prior_bp).merit
    return best.landed_minor * merit // best.merit


def _landed_to_lead_alone(duel: Contest) -> int:
    merit = score(duel.me, duel.parameters, duel.prior_bp).merit
    band = 10000 + duel.parameters.band_bp
    to_lead = _landed_to_lead(duel)
    rival = duel.nearest_sharer()
    if rival is None:
        return to_lead
    return min(to_lead, (rival.landed_minor * merit * 10000 - 1) // (rival.merit * band))


def _landed_to_share(duel: Contest) -> int:
    best = duel.rivals[0]
    band = 10000 + duel.parameters.band_bp
    merit = duel.scored(duel.me).merit
    if not duel.may_share(duel.me):
        return _landed_to_lead(duel)
    return best.landed_minor * merit * band // (best.merit * 10000)


def _highest(
    duel: Contest, bounds: PriceBounds, goal: _Goal, priced: Priced | None
) -> WinningPrice | Unreachable:
    if priced is None:
        item = _by_formula(duel.me, bounds, goal)
    else:
        item = _by_bisection(priced, bounds, goal)
    return _within(duel.me, bounds, item)


def _by_formula(me: Competitor, bounds: PriceBounds, goal: _Goal) -> int:
    """The closed form, then ranked again: at most one step lower, where a tie is lost."""
    fees = me.landed_minor - me.item_minor
    item = min(goal.landed_minor - fees, _upper(bounds, fees, goal))
    item -= item % bounds.step_minor
    while item > 0 and not goal.reached(replace(me, item_minor=item)):
        item -= bounds.step_minor
    return item


def _by_bisection(priced: Priced, bounds: PriceBounds, goal: _Goal) -> int:
    """The highest multiple of the step that wins; winning is lost once as the price rises."""
    low, high = 0, max(_upper(bounds, 0, goal), 0) // bounds.step_minor
    while low < high:
        middle = (low + high + 1) // 2
        if _allowed(priced(middle * bounds.step_minor), bounds, goal):
            low = middle
        else:
            high = middle - 1
    return low * bounds.step_minor


def _allowed(offer: Competitor, bounds: PriceBounds, goal: _Goal) -> bool:
    highest = bounds.highest_landed_minor
    return goal.reached(offer) and (highest is None or offer.landed_minor <= highest)


def _upper(bounds: PriceBounds, fees: int, goal: _Goal) -> int:
    """The highest item price allowed, and never more than the landed total to reach."""
    limits = [goal.landed_minor]
    if bounds.max_price_minor is not None:
        limits.append(bounds.max_price_minor)
    if bounds.highest_landed_minor is not None:
        limits.append(bounds.highest_landed_minor - fees)
    if bounds.reference_new_minor is not None:
        limits.append(bounds.reference_new_minor - 1)
    return min(limits)


def _within(me: Competitor, bounds: PriceBounds, item: int) -> WinningPrice | Unreachable:
    fees = me.landed_minor - me.item_minor
    if item <= 0:
        return Unreachable(UnreachableReason.NOT_POSITIVE)
    if bounds.lowest_landed_minor is not None and item + fees < bounds.lowest_landed_minor:
        return Unreachable(UnreachableReason.BELOW_PRICE_LIMIT)
    if bounds.min_price_minor is not None and item < bounds.min_price_minor:
        return Unreachable(UnreachableReason.BELOW_MIN_PRICE)
    return WinningPrice(item, item - me.item_minor)
