"""The formula: landed total, merit, effective price, and the one order that they give.

All arithmetic is on integers. A term is rounded half to even by itself; nothing else is rounded.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from domain.markets import DispatchScope
from domain.money import divide_half_even
from domain.ranking.model import NEUTRAL_MERIT, RankingParameters


@dataclass(frozen=True, slots=True)
class Competitor:
    """An offer that competes, as it was when the snapshot was taken.

    Units: minor units of the market's currency; levies and duties only where the item price does
    not hold them; shipping is the cheapest option's, whose latest promised date is `days` from
    today in the market's time zone; `battery_health` is a percentage.
    """

    offer_id: UUID
    merchant_id: UUID
    item_minor: int
    shipping_minor: int
    service_fee_minor: int
    levies_minor: int
    duties_minor: int
    quality_bp: int
    days: int
    warranty_months: int
    battery_new: bool
    battery_health: int | None
    scope: DispatchScope
    listed_at: datetime

    @property
    def landed_minor(self) -> int:
        """What the customer pays in all."""
        fees = self.shipping_minor + self.service_fee_minor
        return self.item_minor + fees + self.levies_minor + self.duties_minor


@dataclass(frozen=True, slots=True)
class Terms:
    """What each parameter adds to merit, in basis points."""

    quality: int
    in_country: int
    delivery: int
    warranty: int
    battery: int

    @property
    def merit(self) -> int:
        """10,000 and the sum of the terms."""
        bonus = self.in_country + self.delivery + self.warranty + self.battery
        return NEUTRAL_MERIT + self.quality + bonus


def terms(competitor: Competitor, parameters: RankingParameters, prior_bp: int) -> Terms:
    """The terms of an offer's merit, each rounded by itself, half to even.

    Units: `prior_bp` is the quality index of a merchant without data.
    """
    above_prior = competitor.quality_bp - prior_bp
    sooner = _clamp(7 - competitor.days, -6, 6)
    longer = _clamp(competitor.warranty_months - 12, 0, 24)
    return Terms(
        quality=divide_half_even(parameters.quality_bp * above_prior, 10000),
        in_country=in_country_term(competitor.scope, parameters),
        delivery=divide_half_even(parameters.delivery_bp * sooner, 6),
        warranty=divide_half_even(parameters.warranty_bp * longer, 24),
        battery=_battery(competitor, parameters),
    )


def in_country_term(scope: DispatchScope, parameters: RankingParameters) -> int:
    """The whole weight in the market, half of it in the same customs area, else nothing."""
    match scope:
        case DispatchScope.IN_MARKET:
            return parameters.in_country_bp
        case DispatchScope.SAME_CUSTOMS_AREA:
            return divide_half_even(parameters.in_country_bp, 2)
        case DispatchScope.ELSEWHERE:
            return 0


def _battery(competitor: Competitor, parameters: RankingParameters) -> int:
    if competitor.battery_new:
        return parameters.battery_bp
    if competitor.battery_health is None:
        return 0
    above_floor = _clamp(competitor.battery_health - 80, 0, 20)
    return divide_half_even(parameters.battery_bp * above_floor, 40)


def _clamp(value: int, lowest: int, highest: int) -> int:
    return min(max(value, lowest), highest)


def merit(competitor: Competitor, parameters: RankingParameters, prior_bp: int) -> int:
    """The multiplier by which an offer's price is read: 10,000 is neutral, more is better."""
    return terms(competitor, parameters, prior_bp).merit


def effective_e6(landed_minor: int, merit_bp: int) -> int:
    """The effective price in millionths of a minor unit, cut off: the order key of an index.

    Two unequal effective prices differ by at least 10^4 / 15,000^2 minor units, which is more than
    44 millionths. So this key orders exactly, and is equal only where they are equal.
    """
    return landed_minor * 10_000_000_000 // merit_bp


@dataclass(frozen=True, slots=True)
class Scored:
    """An offer with its numbers; they depend on nothing but the offer and the model."""

    competitor: Competitor
    landed_minor: int
    terms: Terms
    merit: int

    @property
    def effective_e6(self) -> int:
        """The exact order key."""
        return effective_e6(self.landed_minor, self.merit)

    @property
    def effective_minor(self) -> int:
        """What the offer costs once its quality is counted, rounded to be shown."""
        return divide_half_even(self.landed_minor * 10000, self.merit)

    def order_key(self) -> tuple[int, int, int, int, datetime, UUID]:
        """What the order goes by: effective price, then the tie-breaks."""
        own = self.competitor
        ties = (-own.quality_bp, self.landed_minor, own.days, own.listed_at, own.offer_id)
        return (self.effective_e6, *ties)


def score(competitor: Competitor, parameters: RankingParameters, prior_bp: int) -> Scored:
    """The numbers of one offer."""
    found = terms(competitor, parameters, prior_bp)
    return Scored(competitor, competitor.landed_minor, found, found.merit)


def beats(a: Scored, b: Scored) -> bool:
    """Whether `a` ranks before `b`, by exact cross-multiplication, then the tie-breaks."""
    left, right = a.landed_minor * b.merit, b.landed_minor * a.merit
    if left != right:
        return left < right
    return a.order_key()[1:] < b.order_key()[1:]


def rank(
    competitors: Iterable[Competitor], parameters: RankingParameters, prior_bp: int
) -> tuple[Scored, ...]:
    """The competition in order, first the leader; the order of the input does not matter."""
    scored = (score(competitor, parameters, prior_bp) for competitor in competitors)
    return tuple(sorted(scored, key=Scored.order_key))


def net_of_vat(gross_minor: int, rate_percent: Fraction, *, deductible: bool) -> int:
    """What a business with deductible VAT really pays; a margin offer has none to deduct.

    A business competition is ranked by the same formula on these amounts.
    """
    if not deductible:
        return gross_minor
    net = gross_minor * 100 / (100 + rate_percent)
    return divide_half_even(net.numerator, net.denominator)
