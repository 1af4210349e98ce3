"""What the page says on which the country team compares carriers, in English and in French."""

from collections.abc import Mapping
from typing import Final

LANES: Final[Mapping[str, tuple[str, str]]] = {
    "lane.all": ("all", "tous"),
    "lane.carrier": ("Carrier", "Transporteur"),
    "lane.lane": ("Lane", "Liaison"),
    "lane.parcels": ("Parcels", "Colis"),
    "lane.onTime": ("On time", "À l'heure"),
    "lane.daysP50": ("Days, median", "Jours, médiane"),
    "lane.daysP90": ("Days, 9 of 10", "Jours, 9 sur 10"),
    "lane.firstAttempt": ("First attempt", "Premier essai"),
    "lane.lost": ("Lost", "Perdus"),
    "lane.damaged": ("Damaged", "Abîmés"),
    "lane.lateScans": ("Late first scan", "Premier scan tardif"),
    "lane.trackingHealth": ("Followed well", "Bien suivis"),
    "lane.firstScanHours": ("Hours to first scan", "Heures avant le premier scan"),
    "lane.few": ("not enough data", "pas assez de données"),
    "lane.of": ("of", "sur"),
    "lane.day": ("days", "jours"),
    "lane.none": ("No parcel in this period.", "Aucun colis dans cette période."),
    "lane.asof": ("Counted at", "Compté le"),
    "lane.table": ("Carriers by lane", "Transporteurs par liaison"),
    "lane.plot.onTime": (
        "Delivered by the promised day: share and 95 % interval",
        "Livrés au jour promis : part et intervalle à 95 %",
    ),
    "lane.plot.days": (
        "Days from the first scan to the delivery: median and 9 of 10, with 95 % intervals",
        "Jours du premier scan à la livraison : médiane et 9 sur 10, intervalles à 95 %",
    ),
    "lane.key50": ("median", "médiane"),
    "lane.key90": ("9 of 10 arrive within", "9 sur 10 arrivent en"),
    "lane.same": (
        "The table below has the same figures.",
        "Le tableau ci-dessous donne les mêmes chiffres.",
    ),
    "lane.interval": (
        "In brackets: the interval that holds the true share 95 times of 100, then the counts.",
        "Entre parenthèses : l'intervalle qui contient la vraie part 95 fois sur 100, puis les "
        "comptes.",
    ),
    "health.title": ("Tracking now", "Le suivi en ce moment"),
    "health.market": ("Market", "Marché"),
    "health.parcels": ("Followed", "Suivis"),
    "health.stalled": ("Without news", "Sans nouvelles"),
    "health.unassigned": ("Without an account", "Sans compte"),
    "health.waiting": ("To be asked about", "À demander"),
    "health.oldest": ("Waiting since", "En attente depuis"),
    "health.read": ("Every code was understood.", "Tous les codes ont été compris."),
    "health.codes": ("Codes that nobody understands", "Codes que personne ne comprend"),
    "health.code": ("Code", "Code"),
    "health.api": ("API", "API"),
    "health.label": ("The carrier's words", "Mots du transporteur"),
    "health.times": ("Times in 30 days", "Fois en 30 jours"),
    "health.refused": ("Accounts that carriers refuse", "Comptes refusés par les transporteurs"),
    "health.account": ("Account", "Compte"),
    "health.because": ("Why", "Pourquoi"),
    "lane.other": ("Other carriers", "Autres transporteurs"),
}
CARRIERS: Final[Mapping[str, tuple[str, str]]] = {
    **LANES,
    "team.title": ("Carriers on their lanes", "Transporteurs par liaison"),
    "team.nav": ("Country team: carriers", "Équipe pays : transporteurs"),
    "team.intro": (
        "What carriers promised and what they did, for the country team. Too few parcels give no "
        "figure rather than a wrong one.",
        "Ce que les transporteurs ont promis et fait, pour l'équipe pays. Trop peu de colis ne "
        "donnent pas de chiffre plutôt qu'un faux.",
    ),
    "team.noscript": (
        "This page needs JavaScript. The query carrierScorecards tells the same: docs/tracking.md.",
        "Cette page demande JavaScript. La requête carrierScorecards dit la même chose : "
        "docs/tracking.md.",
    ),
    "team.days": ("Period", "Période"),
    "team.lastdays": ("last {} days", "{} derniers jours"),
    "team.origin": ("From", "De"),
    "team.destination": ("To", "Vers"),
    "team.show": ("Show", "Montrer"),
}
