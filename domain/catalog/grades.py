"""What a grade promises, in words: the standard's first version."""

from domain.catalog import Grade

STANDARD_VERSION = 1

DEFINITIONS: dict[str, dict[Grade, str]] = {
    "en": {
        Grade.PREMIUM: "No sign of use; genuine parts and battery.",
        Grade.EXCELLENT: "Marks cannot be seen at 20 cm.",
        Grade.VERY_GOOD: "Faint marks at 20 cm, none on the lit screen.",
        Grade.GOOD: "Marks cannot be seen at 50 cm.",
        Grade.FAIR: "Visible marks, no cracks.",
    },
    "fr": {
        Grade.PREMIUM: "Aucune trace d'usage ; pièces et batterie d'origine.",
        Grade.EXCELLENT: "Traces invisibles à 20 cm.",
        Grade.VERY_GOOD: "Traces légères à 20 cm, aucune sur l'écran allumé.",
        Grade.GOOD: "Traces invisibles à 50 cm.",
        Grade.FAIR: "Traces visibles, aucune fissure.",
    },
}
LABELS: dict[str, dict[Grade, str]] = {
    "en": {
        Grade.PREMIUM: "Premium",
        Grade.EXCELLENT: "Excellent",
        Grade.VERY_GOOD: "Very good",
        Grade.GOOD: "Good",
        Grade.FAIR: "Fair",
    },
    "fr": {
        Grade.PREMIUM: "Premium",
        Grade.EXCELLENT: "Excellent",
        Grade.VERY_GOOD: "Très bon",
        Grade.GOOD: "Bon",
        Grade.FAIR: "Correct",
    },
}
