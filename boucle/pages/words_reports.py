"""What impact statements say, in English and in French."""

from collections.abc import Mapping

REPORTS: Mapping[str, tuple[str, str]] = {
    "report.title": ("Impact statement", "Déclaration d'impact"),
    "report.avoided": ("Avoided against new devices", "Évité par rapport au neuf"),
    "report.net": ("Net of rebound", "Effet rebond déduit"),
    "report.gross": ("Before rebound", "Avant effet rebond"),
    "report.gross.short": ("Before rebound", "Avant rebond"),
    "report.net.short": ("Net", "Net"),
    "report.range": ("Median and range (5 to 95 %)", "Médiane et intervalle (5 à 95 %)"),
    "report.reasons": ("Why no more", "Pourquoi pas plus"),
    "report.grade": ("Foundation of the figure", "Fondement du chiffre"),
    "report.units": ("Devices with a proved outcome", "Appareils au devenir prouvé"),
    "report.devices": ("Devices", "Appareils"),
    "report.counted": ("Used again, with a number", "Réemployés, avec un chiffre"),
    "report.without": ("Used again, without a number", "Réemployés, sans chiffre"),
    "report.waiting": ("Not proved yet, left out", "Pas encore prouvés, non comptés"),
    "report.method": ("Method", "Méthode"),
    "report.set": ("Factors", "Facteurs"),
    "report.on": ("Computed on", "Calculé le"),
    "report.plot": ("Avoided by category", "Évité par catégorie"),
    "report.plot.note": (
        "Bars: the median of ten thousand draws. Lines: 5 to 95 % of them.",
        "Barres : la médiane de dix mille tirages. Traits : 5 à 95 % d'entre eux.",
    ),
    "report.total": ("Total", "Total"),
    "report.lines": ("By category", "Par catégorie"),
    "report.category": ("Category", "Catégorie"),
    "report.outcome.RESOLD": ("Reused", "Réemploi"),
    "report.outcome.PARTS": ("Parts", "Pièces"),
    "report.outcome.RECYCLED": ("Recycled", "Recyclés"),
    "report.outcome.DESTROYED": ("Destroyed", "Détruits"),
    "report.outcome.LOST": ("Lost", "Perdus"),
    "report.home": ("household", "particulier"),
    "report.pro": ("office", "bureau"),
    "report.bought": (
        "Refurbished devices bought (kg CO2e)",
        "Appareils reconditionnés achetés (kg CO2e)",
    ),
    "report.as_new": ("Had they been new", "S'ils étaient neufs"),
    "report.refurbished": ("As bought", "Tels qu'achetés"),
    "report.kg": ("kg CO2e", "kg CO2e"),
    "report.scope": ("Scope 3", "Scope 3"),
    "report.scopes": ("Scope 3 inventory", "Inventaire du scope 3"),
    "report.scope.note": (
        "Category 2: capital goods bought refurbished (category 1 where they were expensed). "
        "Category 5: devices that became waste; no factor of the set is about it.",
        "Catégorie 2 : biens d'équipement achetés reconditionnés (catégorie 1 s'ils sont passés "
        "en charges). Catégorie 5 : appareils devenus déchets ; aucun facteur ne les couvre.",
    ),
    "report.none": ("not established", "non établi"),
    "report.statement": (
        "Estimate of avoided emissions. Not an offset, not a carbon credit, not to be deducted "
        "from scopes 1, 2 or 3.",
        "Estimation d'émissions évitées. Ni compensation carbone, ni crédit carbone ; à ne "
        "déduire ni du scope 1, ni du 2, ni du 3.",
    ),
    "report.apart": (
        "Avoided emissions are reported apart: outside scopes 1, 2 and 3, never added to them.",
        "Les émissions évitées se déclarent à part : hors scopes 1, 2 et 3, jamais ajoutées.",
    ),
    "report.boundary": (
        "Boundary: new devices from manufacture and distribution to end of life; refurbished "
        "ones with the mean of parts, packaging, transport and energy, and the share of the "
        "manufacture that a short first life did not use up. Use is the same on both sides and "
        "left out.",
        "Périmètre : le neuf de la fabrication et la distribution à la fin de vie ; le "
        "reconditionné avec la moyenne des pièces, emballages, transports et énergie, et la part "
        "de fabrication qu'une première vie courte n'a pas amortie. L'usage, identique des deux "
        "côtés, est exclu.",
    ),
    "report.functional": (
        "Compared: the years of use of each second life, against the same years of new devices.",
        "Comparaison : les années d'usage de chaque seconde vie, contre autant d'années de neuf.",
    ),
    "report.sources": (
        "Sources: ADEME, Base Empreinte, via publicodes-acv-numerique 2.1.0; ADEME 2022, "
        "refurbished products (values as cited per factor).",
        "Sources : ADEME, Base Empreinte, via publicodes-acv-numerique 2.1.0 ; ADEME 2022, "
        "produits reconditionnés (valeurs citées par facteur).",
    ),
}
