"""What may be said of a favourable result, in words; of any other result nothing is said.

The words are filled in, never written by hand. Source: docs/impact.md, "Claims".
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from domain.impact import ImpactGrade, ImpactStatus, Indicator, Result
from domain.impact.shown import shown

_CLAIM: Final[Mapping[str, str]] = {
    "en": (
        "Estimated {p50} {unit} avoided over {years} years of use (range {p05} to {p95}), "
        "compared with buying a new {category}. Includes refurbishing; {rebound} % deducted for "
        "rebound. Method {method}, factors {factors}, {on}."
    ),
    "fr": (
        "Estimation : {p50} {unit} évités sur {years} ans d'usage (de {p05} à {p95}), par rapport "
        "à l'achat d'un produit neuf de la catégorie « {category} ». Reconditionnement compris ; "
        "{rebound} % déduits pour l'effet rebond. Méthode {method}, facteurs {factors}, {on}."
    ),
}
_CAUTIOUS: Final = {"en": "Cautious estimate.", "fr": "Estimation prudente."}
_REDUCED: Final = {"en": "Reduced: short first life.", "fr": "Réduit : première vie courte."}
_ASSUMED: Final = {
    "en": "Assumes a first life of {years} years.",
    "fr": "Suppose une première vie de {years} ans.",
}
_UNITS: Final[Mapping[str, Mapping[Indicator, str]]] = {
    "en": {
        Indicator.GWP: "kg CO2e",
        Indicator.RAW: "kg of raw material",
        Indicator.WATER: "l of water",
        Indicator.EWASTE: "g of electronic waste",
    },
    "fr": {
        Indicator.GWP: "kg CO2e",
        Indicator.RAW: "kg de matières premières",
        Indicator.WATER: "l d'eau",
        Indicator.EWASTE: "g de déchets électroniques",
    },
}
NAMES: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "smartphone": "smartphone",
        "tablet": "tablet",
        "laptop": "laptop",
        "desktop": "desktop computer",
    },
    "fr": {
        "smartphone": "smartphone",
        "tablet": "tablette",
        "laptop": "ordinateur portable",
        "desktop": "ordinateur de bureau",
    },
}
LANGUAGES: Final = tuple(_CLAIM)


def claim(
    result: Result, language: str, category: str, years: Decimal, rebound: Decimal, on: date
) -> str | None:
    """The claim of a result; None unless it is favourable.

    Shapes: `category` of the catalogue; `years` of the second life; `rebound` a share; `language`
    one of `LANGUAGES`, any other is English.
    """
    drawn = result.net_range
    if result.status is not ImpactStatus.FAVOURABLE or drawn is None or drawn.p50 is None:
        return None
    lang = language if language in _CLAIM else "en"
    said = [
        _CLAIM[lang].format(
            p50=shown(drawn.p50),
            p05=shown(drawn.p05),
            p95=shown(drawn.p95),
            unit=_UNITS[lang][result.indicator],
            years=years,
            category=NAMES[lang].get(category, category),
            rebound=shown(rebound * 100),
            method=result.method,
            factors=result.factor_set,
            on=on.isoformat(),
        )
    ]
    if result.grade is ImpactGrade.C:
        said.append(_CAUTIOUS[lang])
    if result.reduced:
        said.append(_REDUCED[lang])
    if result.assumptions and result.first_life is not None:
        said.append(_ASSUMED[lang].format(years=f"{result.first_life.normalize():f}"))
    return " ".join(said)
