"""What a market says of its ranking: the main parameters, how much each weighs, what is not bought.

Made from the model that ranks, so that it changes when the model does.
Source: Regulation (EU) 2019/1150 art. 5; Directive 2011/83/EU art. 6a; docs/ranking.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.catalog import Grade
from domain.merchants.quality import MetricRule
from domain.ranking.model import MeritRange, RankingModel, merit_range

NOTICE: Final = timedelta(days=15)
"""How long before a change of the main parameters or of their order it is told."""

LANGUAGES: Final = ("en", "fr")
EXCLUDED: Final = ("PAYMENT", "NATIONALITY", "SIZE", "AGE", "COMMISSION", "IMPACT", "HISTORY")
"""What plays no part: see `text`."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A parameter and how much it weighs. Units: basis points; `share_bp` of all weights."""

    key: str
    weight_bp: int
    share_bp: int


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What is said of the ranking of a market.

    Shapes: parameters by weight, the largest first; `grades` the worth of each, best first. `next`
    is what was published and is not in force yet.
    """

    model_id: str
    market: str
    valid_from: datetime
    parameters: tuple[Weighed, ...]
    quality: tuple[Weighed, ...]
    reach: MeritRange
    band_bp: int
    max_sharers: int
    lead_share_bp: int
    grades: tuple[tuple[Grade, int], ...]
    upcoming: "Upcoming | None" = None


@dataclass(frozen=True, slots=True)
class Upcoming:
    """The parameters of a model that is to come, and which of the present ones it changes."""

    model_id: str
    valid_from: datetime
    parameters: tuple[Weighed, ...]
    changes: tuple[str, ...]


def disclosed(model: RankingModel, then: RankingModel | None = None) -> Disclosure:
    """What is said of the ranking of a market by its model, and by the one to come."""
    p = model.parameters
    worths = sorted(p.grade_worth_bp.items(), key=lambda row: -row[1])
    return Disclosure(
        model_id=model.id,
        market=model.market,
        valid_from=model.valid_from,
        parameters=weighed(p.weights()),
        quality=weighed(_metrics(model.priors)),
        reach=merit_range(p, model.prior_bp),
        band_bp=p.band_bp,
        max_sharers=p.max_sharers,
        lead_share_bp=p.lead_share_bp,
        grades=tuple(worths),
        upcoming=_upcoming(model, then) if then else None,
    )


def weighed(weights: Mapping[str, int]) -> tuple[Weighed, ...]:
    """Weights with their shares, the largest first; the shares sum to 10,000 unless all are 0.

    What rounding down leaves goes to the largest remainders, so that no share is invented.
    """
    total = sum(weights.values())
    rows = sorted(weights.items(), key=lambda row: (-row[1], row[0]))
    if not total:
        return tuple(Weighed(key, weight, 0) for key, weight in rows)
    floors = [weight * 10_000 // total for _, weight in rows]
    left = 10_000 - sum(floors)
    by_rest = sorted(range(len(rows)), key=lambda n: -(rows[n][1] * 10_000 % total))
    for n in by_rest[:left]:
        floors[n] += 1
    return tuple(Weighed(*row, share) for row, share in zip(rows, floors, strict=True))


def _metrics(rules: Sequence[MetricRule]) -> dict[str, int]:
    return {rule.metric.value: rule.weight_bp for rule in rules}


def _upcoming(model: RankingModel, then: RankingModel) -> Upcoming | None:
    now, later = model.parameters.weights(), then.parameters.weights()
    changes = tuple(key for key in later if later[key] != now[key])
    if not changes:
        return None
    return Upcoming(then.id, then.valid_from, weighed(later), changes)


def text(key: str, language: str) -> str:
    """What a parameter, a metric or something that plays no part is, in a language.

    Raises: KeyError for a key or language without a text.
    """
    return _TEXTS[key][LANGUAGES.index(language)]


_TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    "QUALITY": (
        "The merchant's quality index, above or below that of a merchant without data.",
        "L'indice de qualité du vendeur, au-dessus ou au-dessous de celui d'un vendeur sans "
        "données.",
    ),
    "IN_COUNTRY": (
        "Where the parcel leaves from: all of it from this market, half from its customs area.",
        "D'où part le colis : tout depuis ce marché, la moitié depuis sa zone douanière.",
    ),
    "DELIVERY": (
        "The latest promised day: all of it at 1 day, nothing at 7, taken off at 13 or more.",
        "Le dernier jour promis : tout à 1 jour, rien à 7, retiré à 13 ou plus.",
    ),
    "WARRANTY": (
        "Months of the merchant's warranty beyond 12; all of it from 36.",
        "Les mois de garantie du vendeur au-delà de 12 ; tout à partir de 36.",
    ),
    "BATTERY": (
        "A new battery: all; a known health: nothing at 80 %, half at 100 %.",
        "Une batterie neuve : tout ; un état connu : rien à 80 %, la moitié à 100 %.",
    ),
    "FAILURE_RATE": (
        "Devices that failed after delivery.",
        "Appareils tombés en panne après la livraison.",
    ),
    "CANCELLATION_RATE": (
        "Orders that the merchant cancelled or let lapse.",
        "Commandes que le vendeur a annulées ou laissé expirer.",
    ),
    "LATE_SHIPMENT_RATE": ("Parcels that left late.", "Colis partis en retard."),
    "LATE_REPLY_RATE": (
        "After-sales questions answered late.",
        "Questions d'après-vente répondues en retard.",
    ),
    "RATING": (
        "Stars given by buyers; only a line that was delivered can be rated.",
        "Notes des acheteurs ; seule une ligne livrée peut être notée.",
    ),
    "LAB_CONFORMITY": (
        "Devices that our laboratory bought and found as described.",
        "Appareils achetés par notre laboratoire et trouvés conformes.",
    ),
    "PAYMENT": (
        "Payment: no place can be bought, and no result is sponsored.",
        "Le paiement : aucune place ne s'achète, aucun résultat n'est sponsorisé.",
    ),
    "NATIONALITY": (
        "The merchant's nationality; only the place of dispatch counts.",
        "La nationalité du vendeur ; seul compte le lieu de départ.",
    ),
    "SIZE": ("The size of the merchant.", "La taille du vendeur."),
    "AGE": ("How long it has sold here.", "Son ancienneté ici."),
    "COMMISSION": ("What it pays us.", "Ce qu'il nous verse."),
    "IMPACT": (
        "Environmental impact: a sort and a filter of their own.",
        "L'impact environnemental : un tri et un filtre à part.",
    ),
    "HISTORY": ("What you searched or bought before.", "Vos recherches et achats passés."),
    "SELLER": (
        "Every offer is sold by a trader: it invoices, ships and answers for the guarantee. The "
        "marketplace takes the payment and watches over returns.",
        "Chaque offre est vendue par un professionnel : il facture, expédie et répond de la "
        "garantie. La place de marché encaisse et veille aux retours.",
    ),
    "REVIEWS": (
        "Reviews come from buyers alone: one for each line that was delivered, never edited.",
        "Les avis viennent des acheteurs seuls : un par ligne livrée, jamais modifié.",
    ),
}
