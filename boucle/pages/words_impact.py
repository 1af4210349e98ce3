"""What pages say of impact, in English and in French."""

from collections.abc import Mapping

IMPACT: Mapping[str, tuple[str, str]] = {
    "impact.title": ("Against a new one", "Par rapport au neuf"),
    "impact.FAVOURABLE": ("Benefit established", "Bénéfice établi"),
    "impact.UNFAVOURABLE": ("No benefit", "Aucun bénéfice"),
    "impact.NOT_ESTABLISHED": ("Not established", "Non établi"),
    "impact.NOT_SUPPORTED": ("No study", "Aucune étude"),
    "impact.grade": ("Foundation of the figure:", "Fondement du chiffre :"),
    "impact.reason.NO_STUDY": (
        "No study of refurbishing covers this kind of device, so no figure is shown.",
        "Aucune étude du reconditionnement ne couvre ce type d'appareil : aucun chiffre.",
    ),
    "impact.reason.NO_ABSOLUTE_VALUES": (
        "The study has no figure for this device.",
        "L'étude n'a pas de chiffre pour cet appareil.",
    ),
    "impact.reason.ONLY_A_RANGE": (
        "The study gives a span over indicators alone, which is no figure for a device.",
        "L'étude ne donne qu'un intervalle entre indicateurs, pas un chiffre par appareil.",
    ),
    "impact.reason.MIXED_SOURCES": (
        "Figures of different sources are not compared.",
        "Des chiffres de sources différentes ne se comparent pas.",
    ),
    "impact.reason.PART_WITHOUT_FACTOR": (
        "A new part was fitted whose footprint nobody has published.",
        "Une pièce neuve a été posée, dont personne n'a publié l'empreinte.",
    ),
    "impact.reason.EXTRAS_NOT_COVERED": (
        "A new part weighs here, and its share of this indicator is unknown.",
        "Une pièce neuve pèse ici, et sa part de cet indicateur est inconnue.",
    ),
    "impact.reason.GRADE_D": (
        "The figure is too weak to be shown.",
        "Le chiffre est trop fragile pour être montré.",
    ),
    "impact.reason.SHORT_FIRST_LIFE": (
        "The model is young: its first life did not use up what making it cost.",
        "Le modèle est récent : sa première vie n'a pas amorti sa fabrication.",
    ),
    "impact.reason.HEAVY_PARTS": (
        "The new parts weigh more than the second life avoids.",
        "Les pièces neuves pèsent plus que ce que la seconde vie évite.",
    ),
    "impact.reason.HEAVY_TRANSPORT": (
        "Transport weighs more than the second life avoids.",
        "Le transport pèse plus que ce que la seconde vie évite.",
    ),
    "impact.reason.RANGE_INCLUDES_ZERO": (
        "The benefit may be nil: more than 5 % of the draws are without one.",
        "Le bénéfice peut être nul : plus de 5 % des tirages n'en ont pas.",
    ),
    "impact.range": ("Avoided, net of rebound", "Évité, effet rebond déduit"),
    "impact.p50": ("Median", "Médiane"),
    "impact.from": ("from", "de"),
    "impact.to": ("to", "à"),
    "impact.made": (
        "What it is made of",
        "De quoi ce chiffre est fait",
    ),
    "impact.made.NEW_DEVICE": (
        "New, for the same years of use",
        "Du neuf, mêmes années d'usage",
    ),
    "impact.made.SERVICE": (
        "Avoided, as the study published it",
        "Évité, tel que publié par l'étude",
    ),
    "impact.made.REFURBISHING": (
        "Refurbishing, mean",
        "Reconditionnement, moyenne",
    ),
    "impact.made.FIRST_LIFE": (
        "Manufacture not yet used up",
        "Fabrication non amortie",
    ),
    "impact.made.PART_BATTERY": ("New battery", "Batterie neuve"),
    "impact.made.REBOUND": ("Rebound", "Effet rebond"),
    "impact.made.NET": ("Left, net", "Reste, net"),
    "impact.made.OTHER": ("On top", "En plus"),
    "impact.made.note": (
        "These are point values. The mean of refurbishing contains usual parts, packaging, "
        "transport and energy. What is announced is the median of ten thousand draws.",
        "Ce sont des valeurs ponctuelles. La moyenne du reconditionnement contient les pièces, "
        "emballages, transports et énergie usuels. Le chiffre annoncé est la médiane de dix mille "
        "tirages.",
    ),
    "impact.year": ("A year of use", "Une année d'usage"),
    "impact.new": ("New", "Neuf"),
    "impact.refurbished": ("Refurbished", "Reconditionné"),
    "impact.service": ("Service of the second life, net", "Service de la seconde vie, net"),
    "impact.device": ("One new device not made", "Un appareil neuf non fabriqué"),
    "impact.even": (
        "Better than new from a first life of",
        "Mieux que neuf dès une première vie de",
    ),
    "impact.years": ("years", "ans"),
    "impact.keep": (
        "A year of a new one that is kept for six years",
        "Une année d'un neuf gardé six ans",
    ),
    "impact.method": ("Method", "Méthode"),
    "impact.factors": ("factors", "facteurs"),
    "impact.statement": (
        "An estimate of avoided emissions: not an offset, not a carbon credit.",
        "Une estimation d'émissions évitées : ni compensation, ni crédit carbone.",
    ),
}
