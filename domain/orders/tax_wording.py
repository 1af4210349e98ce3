"""What a buyer is told when a line cannot be taxed, and so not be sold; in English and French."""

from collections.abc import Mapping
from typing import Final

from domain.orders.sale import TaxRefusalCode, TaxRefused

_C = TaxRefusalCode
_NOT_YET_EN = "The rules of this country are not settled yet, so this cannot be sold there."
_NOT_YET_FR = "Les règles de ce pays ne sont pas encore établies : la vente n'y est pas possible."
_PLACE_EN = "This postcode has tax rules of its own that we do not support yet."
_PLACE_FR = "Ce code postal a un régime fiscal particulier que nous ne gérons pas encore."
_MARGIN_EN = "This device cannot be sold under the margin scheme as it was declared."
_MARGIN_FR = "Cet appareil ne peut pas être vendu sous le régime de la marge comme déclaré."
WORDS: Final[Mapping[str, Mapping[TaxRefusalCode, str]]] = {
    "en": {
        _C.TAX_PROVIDER_REQUIRED: "Sales tax cannot be computed for the United States yet.",
        _C.TAX_PROVIDER_UNAVAILABLE: "Sales tax cannot be computed right now. Try again soon.",
        _C.TAX_ADDRESS_REFUSED: "The state and the ZIP code do not name a place. Check them.",
        _C.TAX_TERRITORY_UNSUPPORTED: _PLACE_EN,
        _C.IMPORT_VAT_AT_BORDER: "Tax on goods of this value is due at the border: not sold.",
        _C.CONSIGNMENT_VALUE_UNKNOWN: "The value of this parcel cannot be compared with a limit.",
        _C.DISTANCE_SALES_UNKNOWN: "This merchant has not said how it taxes sales to this country.",
        _C.MARGIN_EVIDENCE_MISSING: "The purchase price or document of this device is missing.",
        _C.NOT_ELIGIBLE: _MARGIN_EN,
        _C.RULE_MISSING: _NOT_YET_EN,
        _C.RULE_UNVERIFIED: _NOT_YET_EN,
        _C.RULE_CONFLICT: _NOT_YET_EN,
    },
    "fr": {
        _C.TAX_PROVIDER_REQUIRED: "La taxe de vente américaine ne peut pas encore être calculée.",
        _C.TAX_PROVIDER_UNAVAILABLE: "La taxe de vente ne peut être calculée. Réessayez bientôt.",
        _C.TAX_ADDRESS_REFUSED: "L'État et le code ZIP ne désignent aucun lieu. Vérifiez-les.",
        _C.TAX_TERRITORY_UNSUPPORTED: _PLACE_FR,
        _C.IMPORT_VAT_AT_BORDER: "À cette valeur, la TVA est due à la frontière : pas de vente.",
        _C.CONSIGNMENT_VALUE_UNKNOWN: "La valeur de ce colis ne peut pas être comparée à un seuil.",
        _C.DISTANCE_SALES_UNKNOWN: "Le marchand n'a pas dit comment il taxe ses ventes ici.",
        _C.MARGIN_EVIDENCE_MISSING: "Le prix ou le document d'achat de cet appareil manque.",
        _C.NOT_ELIGIBLE: _MARGIN_FR,
        _C.RULE_MISSING: _NOT_YET_FR,
        _C.RULE_UNVERIFIED: _NOT_YET_FR,
        _C.RULE_CONFLICT: _NOT_YET_FR,
    },
}


def message(refused: TaxRefused, language: str) -> str:
    """One sentence for a person; English for a language that has none."""
    return WORDS.get(language, WORDS["en"])[refused.code]
