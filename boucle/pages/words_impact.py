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
    "totals.title": ("What refurbished devices avoided", "Ce que le reconditionné a évité"),
    "totals.intro": (
        "Devices that were delivered and can no longer be given back, in the month in which their "
        "days to give back ended and the country they went to. A device counts once a life. What "
        "comes back later is taken off in the month in which it does.",
        "Les appareils livrés qui ne peuvent plus être rendus, au mois où leur délai de retour "
        "s'est achevé et au pays où ils sont allés. Un appareil compte une fois par vie. Ce qui "
        "revient plus tard est retiré le mois de son retour.",
    ),
    "totals.GWP": ("Greenhouse gases", "Gaz à effet de serre"),
    "totals.RAW": ("Raw material", "Matières premières"),
    "totals.EWASTE": ("Electronic waste", "Déchets électroniques"),
    "totals.period": ("Period", "Période"),
    "totals.ever": ("All time", "Depuis le début"),
    "totals.all": ("All countries", "Tous les pays"),
    "totals.none": (
        "Nothing counted here yet: a device counts once the days to give it back are over.",
        "Rien n'a encore compté ici : un appareil compte quand son délai de retour est achevé.",
    ),
    "totals.nonumber": (
        "No device of this period has a number by this set.",
        "Aucun appareil de cette période n'a de chiffre avec ces facteurs.",
    ),
    "totals.headline": (
        "avoided, net of rebound: the median of ten thousand draws, range {} to {} {}. All devices "
        "share the draws.",
        "évités, effet rebond déduit : médiane de dix mille tirages, de {} à {} {}. Tous les "
        "appareils partagent les tirages.",
    ),
    "totals.units": ("Devices", "Appareils"),
    "totals.devices": ("devices", "appareils"),
    "totals.returned": ("Came back", "Revenus"),
    "totals.without": ("Without a number", "Sans chiffre"),
    "totals.good": ("Founded on a study or audited", "Fondés sur une étude ou audités"),
    "totals.of": ("of", "sur"),
    "totals.net": ("Point value that adds up", "Valeur ponctuelle, additive"),
    "totals.rebound": ("{} % deducted for rebound", "{} % déduits pour l'effet rebond"),
    "totals.months": ("By month", "Par mois"),
    "totals.month": ("Month", "Mois"),
    "totals.median": ("Median, range", "Médiane, intervalle"),
    "totals.reported": ("As reported", "Publié à l'époque"),
    "totals.restated": ("Restated", "Recalculé"),
    "totals.difference": ("Difference", "Écart"),
    "totals.whiskers": (
        "The bar is the sum, the line its range; below zero more came back than counted.",
        "La barre est la somme, le trait son intervalle ; sous zéro, les retours l'emportent.",
    ),
    "totals.best": ("Most in", "Le plus en"),
    "totals.countries": ("By country", "Par pays"),
    "totals.categories": ("By category", "Par catégorie"),
    "totals.exact": (
        "Figures have two significant digits: nothing is more certain. The exact ones, which add "
        "up to the last digit, are in the API.",
        "Les chiffres ont deux chiffres significatifs : rien n'est plus sûr. Les valeurs exactes, "
        "qui s'additionnent au dernier chiffre, sont dans l'API.",
    ),
}
