"""Why an offer is featured, told to customers in at most three words of a closed list."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from domain.markets import DispatchScope
from domain.merchants.quality import (
    DEFAULT_RULES,
    NO_DATA,
    MetricRule,
    QualityMetric,
    Samples,
    contributions,
)
from domain.ranking.model import RankingParameters
from domain.ranking.rotation import RotationGroup
from domain.ranking.score import Scored, Terms


class PublicReason(StrEnum):
    """What speaks for a featured offer."""

    LOW_FAILURE_RATE = "LOW_FAILURE_RATE"
    FAST_AFTER_SALES = "FAST_AFTER_SALES"
    RELIABLE_SHIPPING = "RELIABLE_SHIPPING"
    WELL_RATED = "WELL_RATED"
    LAB_CHECKED = "LAB_CHECKED"
    SHIPS_FROM_YOUR_COUNTRY = "SHIPS_FROM_YOUR_COUNTRY"
    ARRIVES_SOON = "ARRIVES_SOON"
    LONGER_WARRANTY = "LONGER_WARRANTY"
    NEW_BATTERY = "NEW_BATTERY"
    LOWEST_TOTAL = "LOWEST_TOTAL"
    SHARED_PLACE = "SHARED_PLACE"


MOST_REASONS = 3

_OF_METRIC = {
    QualityMetric.FAILURE_RATE: PublicReason.LOW_FAILURE_RATE,
    QualityMetric.LATE_REPLY_RATE: PublicReason.FAST_AFTER_SALES,
    QualityMetric.LATE_SHIPMENT_RATE: PublicReason.RELIABLE_SHIPPING,
    QualityMetric.CANCELLATION_RATE: PublicReason.RELIABLE_SHIPPING,
    QualityMetric.RATING: PublicReason.WELL_RATED,
    QualityMetric.LAB_CONFORMITY: PublicReason.LAB_CHECKED,
}


def quality_parts(
    samples: Samples, parameters: RankingParameters, rules: Sequence[MetricRule] = DEFAULT_RULES
) -> dict[PublicReason, Fraction]:
    """The quality term split over what it is made of, in basis points of merit.

    A metric with too few observations to be shown is not a reason either.
    """
    shown = {r.metric for r in rules if samples.get(r.metric, NO_DATA).n >= r.min_n}
    parts: dict[PublicReason, Fraction] = {}
    for metric, index_bp in contributions(samples, rules).items():
        if metric in shown:
            reason = _OF_METRIC[metric]
            merit_bp = index_bp * parameters.quality_bp / 10000
            parts[reason] = parts.get(reason, Fraction(0)) + merit_bp
    return parts


def public_reasons(
    featured: Scored,
    ranked: Sequence[Scored],
    sharing: RotationGroup,
    quality: dict[PublicReason, Fraction],
) -> tuple[PublicReason, ...]:
    """At most three reasons, the largest positive term first.

    Shapes: `quality` is what `quality_parts` found. The lowest total weighs by how many basis
    points it is below the next total. A place that is shared is always said, and said last.
    """
    me = featured.competitor.offer_id
    totals = [other.landed_minor for other in ranked if other.competitor.offer_id != me]
    shown = Shown(
        terms=featured.terms,
        scope=featured.competitor.scope,
        battery_new=featured.competitor.battery_new,
        landed_minor=featured.landed_minor,
        next_landed_minor=min(totals) if totals else None,
        sharers=sharing.size,
    )
    return reasons_of(shown, quality)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the reasons of a featured offer are made of, as the read model keeps it.

    Units: minor units; `next_landed_minor` is the lowest total of the others, None without rival.
    """

    terms: Terms
    scope: DispatchScope
    battery_new: bool
    landed_minor: int
    next_landed_minor: int | None
    sharers: int


def reasons_of(shown: Shown, quality: dict[PublicReason, Fraction]) -> tuple[PublicReason, ...]:
    """The same as `public_reasons`, from what is stored of a competition."""
    weighed = {**quality, **_offer_parts(shown)}
    if (advantage := _advantage_of_lowest(shown)) is not None:
        weighed[PublicReason.LOWEST_TOTAL] = advantage
    order = list(PublicReason)
    positive = [reason for reason in order if weighed.get(reason, 0) > 0]
    positive.sort(key=lambda reason: -weighed[reason])
    if shown.sharers > 1:
        return (*positive[: MOST_REASONS - 1], PublicReason.SHARED_PLACE)
    return tuple(positive[:MOST_REASONS])


def _offer_parts(shown: Shown) -> dict[PublicReason, Fraction]:
    parts = {
        PublicReason.ARRIVES_SOON: Fraction(shown.terms.delivery),
        PublicReason.LONGER_WARRANTY: Fraction(shown.terms.warranty),
    }
    if shown.scope is DispatchScope.IN_MARKET:
        parts[PublicReason.SHIPS_FROM_YOUR_COUNTRY] = Fraction(shown.terms.in_country)
    if shown.battery_new:
        parts[PublicReason.NEW_BATTERY] = Fraction(shown.terms.battery)
    return parts


def _advantage_of_lowest(shown: Shown) -> Fraction | None:
    """How far below the next total this one is; None if it is not the lowest or has no rival."""
    rival = shown.next_landed_minor
    if rival is None or shown.landed_minor > rival:
        return None
    saved = Fraction((rival - shown.landed_minor) * 10000, shown.landed_minor)
    return max(saved, Fraction(1))
