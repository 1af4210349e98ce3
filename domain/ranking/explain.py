"""What a merchant is told of its rank: its own numbers and the leader's total, nobody else's."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from domain.money import divide_half_even
from domain.ranking.model import RankingParameters
from domain.ranking.rotation import RotationGroup
from domain.ranking.score import Competitor, Scored


class CompetitionState(StrEnum):
    """Where an offer stands in its competition."""

    WON = "WON"
    SHARING = "SHARING"
    ELIGIBLE = "ELIGIBLE"
    WON_ELSEWHERE = "WON_ELSEWHERE"
    SHOULD_WIN = "SHOULD_WIN"
    INELIGIBLE = "INELIGIBLE"


class ChangeCause(StrEnum):
    """What made an offer stand elsewhere: its visibility, its own price or merit, or the others."""

    VISIBILITY = "VISIBILITY"
    OWN_OFFER = "OWN_OFFER"
    OTHER_OFFERS = "OTHER_OFFERS"


@dataclass(frozen=True, slots=True)
class ExplainedTerm:
    """One term of merit: what was looked at, what it gives, and what that is worth in money.

    Units: `weight_bp` is the most the term can add; `worth_minor` is in minor units.
    """

    parameter: str
    weight_bp: int
    value: str
    contribution_bp: int
    worth_minor: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """The rank of an offer, taken apart.

    Units: `gap_to_next_minor` is by how much the landed total must fall to draw level with the
    offer ahead, or for the leader, may rise until the offer behind draws level; None if alone.
    """

    rank: int
    of: int
    landed_minor: int
    merit: int
    effective_minor: int
    leader_total_minor: int
    gap_to_next_minor: int | None
    terms: tuple[ExplainedTerm, ...]


def explain_terms(scored: Scored, parameters: RankingParameters) -> tuple[ExplainedTerm, ...]:
    """Every term of an offer's merit, the heaviest parameter first, none left out."""
    own, terms = scored.competitor, scored.terms
    found = {
        "QUALITY": (str(own.quality_bp), terms.quality),
        "IN_COUNTRY": (str(own.scope), terms.in_country),
        "DELIVERY": (str(own.days), terms.delivery),
        "WARRANTY": (str(own.warranty_months), terms.warranty),
        "BATTERY": (_battery(own), terms.battery),
    }
    return tuple(
        ExplainedTerm(
            parameter=key,
            weight_bp=weight,
            value=found[key][0],
            contribution_bp=found[key][1],
            worth_minor=divide_half_even(scored.landed_minor * found[key][1], 10000),
        )
        for key, weight in parameters.weights().items()
    )


def _battery(own: Competitor) -> str:
    if own.battery_new:
        return "new"
    return "unknown" if own.battery_health is None else str(own.battery_health)


@dataclass(frozen=True, slots=True)
class Around:
    """The place of an offer, and as much of its competition as it is told by.

    Shapes: `other` is the offer ahead, or for the leader the one behind; None if alone.
    """

    rank: int
    of: int
    mine: Scored
    leader_total_minor: int
    other: tuple[int, int] | None  # landed total in minor units, merit


def explain(
    offer_id: UUID, ranked: Sequence[Scored], parameters: RankingParameters
) -> Explanation | None:
    """The explanation for the merchant of an offer; None if it does not compete."""
    place = next((i for i, s in enumerate(ranked) if s.competitor.offer_id == offer_id), None)
    if place is None:
        return None
    other = None
    if len(ranked) > 1:
        near = ranked[place - 1 if place else 1]
        other = near.landed_minor, near.merit
    around = Around(place + 1, len(ranked), ranked[place], ranked[0].landed_minor, other)
    return explain_place(around, parameters)


def explain_place(around: Around, parameters: RankingParameters) -> Explanation:
    """The same, of an offer whose place is known."""
    mine = around.mine
    return Explanation(
        rank=around.rank,
        of=around.of,
        landed_minor=mine.landed_minor,
        merit=mine.merit,
        effective_minor=mine.effective_minor,
        leader_total_minor=around.leader_total_minor,
        gap_to_next_minor=_gap(around),
        terms=explain_terms(mine, parameters),
    )


def _gap(around: Around) -> int | None:
    if around.other is None:
        return None
    landed, merit = around.other
    level = landed * around.mine.merit // merit
    ahead = around.mine.landed_minor - level
    return ahead if around.rank > 1 else -ahead


def competition_state(
    own: tuple[UUID, UUID],
    ranked: Sequence[Scored],
    sharing: RotationGroup | None,
    *,
    will_lead: bool = False,
) -> CompetitionState:
    """Where an offer stands.

    Shapes: `own` is the offer's id and its merchant's. `will_lead` says that a change which is
    accepted, but not yet in force, will make the offer first.
    """
    offer_id, merchant_id = own
    featured = tuple(sharing.offer_ids if sharing else ())
    merchants = {s.competitor.offer_id: s.competitor.merchant_id for s in ranked}
    return state_of(
        offer_id,
        featured,
        competes=offer_id in merchants,
        sister=merchant_id in {merchants[each] for each in featured},
        will_lead=will_lead,
    )


def state_of(
    offer_id: UUID,
    featured: Collection[UUID],
    *,
    competes: bool,
    sister: bool,
    will_lead: bool = False,
) -> CompetitionState:
    """The same, from who is featured; `sister` says that another offer of its merchant is."""
    if offer_id in featured:
        return CompetitionState.WON if len(featured) == 1 else CompetitionState.SHARING
    if will_lead:
        return CompetitionState.SHOULD_WIN
    if not competes:
        return CompetitionState.INELIGIBLE
    return CompetitionState.WON_ELSEWHERE if sister else CompetitionState.ELIGIBLE
