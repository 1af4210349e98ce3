"""The words of invented merchants: grades, titles and notes in the language of each."""

from collections.abc import Mapping
from typing import Final

from domain.catalog import Grade
from integrations.sandbox.variants import DemoVariant

GRADES: Final[Mapping[str, tuple[str, str, str, str, str]]] = {
    "de": ("akzeptabel", "gut", "sehr gut", "wie neu", "Premium"),
    "en": ("fair", "good", "very good", "excellent", "premium"),
    "es": ("aceptable", "bueno", "muy bueno", "como nuevo", "premium"),
    "fr": ("état correct", "bon état", "très bon état", "parfait état", "premium"),
    "it": ("accettabile", "buono", "ottimo", "come nuovo", "premium"),
    "ja": ("FAIR", "GOOD", "VERY_GOOD", "EXCELLENT", "PREMIUM"),
    "nl": ("fair", "goed", "zeer goed", "excellent", "premium"),
    "pl": ("D", "dobry", "B", "A", "premium"),
    "pt": ("FAIR", "GOOD", "VERY_GOOD", "EXCELLENT", "PREMIUM"),
}
REFURBISHED: Final = {
    "de": "generalüberholt",
    "en": "refurbished",
    "es": "reacondicionado, con garantía",
    "fr": "reconditionné à l'atelier",
    "it": "ricondizionato, qualità verificata",
    "ja": "整備済み品",
    "nl": "gereviseerd, één jaar garantie",
    "pl": "odnowiony, sprawdzony w każdym szczególe",
    "pt": "recondicionado, inspeção feita",
}
NOTES: Final = {
    "de": "Geprüft und gereinigt, Kabel liegt bei.",
    "en": "Tested and cleaned, cable in the box.",
    "es": "Revisado y limpio, cable en la caja.",
    "fr": "Testé et nettoyé, câble dans la boîte.",
    "it": "Verificato e pulito, cavo in confezione.",
    "ja": "動作確認済み、ケーブル付き。",
    "nl": "Getest en schoongemaakt, kabel in de doos.",
    "pl": "Sprawdzony i wyczyszczony, kabel w pudełku.",
    "pt": "Testado e limpo, cabo na caixa.",
}


def grade_word(grade: Grade, language: str) -> str:
    """The merchant's word for a grade."""
    return GRADES.get(language, GRADES["en"])[grade.rank]


def title(variant: DemoVariant, language: str) -> str:
    """A merchant's wording for a variant."""
    unit = "Go" if language == "fr" else "GB"
    named = variant.model.lower().startswith(variant.brand.lower())
    storage = variant.attributes.get("storage_gb")
    parts = [
        "" if named else variant.brand,
        variant.model,
        f"{storage} {unit}" if storage else "",
        str(variant.attributes.get("color", "")).replace("-", " "),
        f"({REFURBISHED.get(language, REFURBISHED['en'])})",
    ]
    return " ".join(part for part in parts if part)
