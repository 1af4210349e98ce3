"""What the country team's board of a market's launch says, in English and in French."""

from collections.abc import Mapping
from typing import Final

LAUNCH: Final[Mapping[str, tuple[str, str]]] = {
    "launch.title": ("Markets and their readiness", "Les marchés et leur ouverture"),
    "launch.nav": ("Market readiness", "Ouverture des marchés"),
    "launch.intro": (
        "What a market still lacks before it opens, who sees to it, and by when; how far it is "
        "open, and what is paused. Two people open a market; one is enough to pause it.",
        "Ce qui manque à un marché avant d'ouvrir, qui s'en charge, et pour quand ; jusqu'où il "
        "est ouvert, et ce qui est en pause. Ouvrir demande deux personnes ; une suffit pour une "
        "pause.",
    ),
    "launch.noscript": (
        "This page needs JavaScript: it asks the API as you. "
        "docs/markets.md tells how to ask `marketReadiness`.",
        "Cette page a besoin de JavaScript : elle interroge l'API en votre nom. "
        "docs/markets.md dit comment demander `marketReadiness`.",
    ),
    "launch.market": ("Market", "Marché"),
    "launch.stage": ("How far it is open", "Jusqu'où il est ouvert"),
    "launch.percent": ("{0} of 100 visitors may buy", "{0} visiteurs sur 100 peuvent acheter"),
    "launch.ready": (
        "No check fails: it may be opened.",
        "Aucun contrôle n'échoue : il peut ouvrir.",
    ),
    "launch.notready": (
        "{0} checks keep it from opening further.",
        "{0} contrôles l'empêchent d'ouvrir davantage.",
    ),
    "launch.counts": ("{0} pass · {1} warn · {2} fail", "{0} réussis · {1} alertes · {2} échecs"),
    "launch.checks": ("Checks", "Contrôles"),
    "launch.fix": ("What to do: ", "Que faire : "),
    "launch.owner": ("Who", "Qui"),
    "launch.nobody": ("nobody yet", "personne encore"),
    "launch.due": ("by {0}", "pour le {0}"),
    "launch.overdue": ("overdue since {0}", "en retard depuis le {0}"),
    "launch.attested": ("Vouched for on {0}: {1}", "Attesté le {0} : {1}"),
    "launch.more": ("and {0} more", "et {0} de plus"),
    "launch.pauses": ("Pauses", "Pauses"),
    "launch.running": ("Nothing is paused.", "Rien n'est en pause."),
    "launch.since": ("since {0}", "depuis {0}"),
    "launch.resume": ("Resume", "Reprendre"),
    "launch.pause": ("Pause", "Mettre en pause"),
    "launch.pause.what": ("What stops", "Ce qui s'arrête"),
    "launch.pause.why": ("Why (kept in the audit log)", "Pourquoi (gardé au journal)"),
    "launch.pause.note": (
        "In force everywhere within a second. What was bought goes on.",
        "En vigueur partout en une seconde. Ce qui est acheté suit son cours.",
    ),
    "launch.open": ("Open further", "Ouvrir davantage"),
    "launch.open.to": ("Ask for, or open to: {0}", "Demander, ou ouvrir : {0}"),
    "launch.open.back": ("Back to staff alone", "Revenir à l'équipe seule"),
    "launch.open.note": (
        "The first call asks; a colleague agrees; the second opens.",
        "Le premier appel demande ; un collègue accepte ; le second ouvre.",
    ),
    "launch.open.share": ("Of 100 visitors", "Sur 100 visiteurs"),
    "launch.requests": ("Requests", "Demandes"),
    "launch.requests.none": ("Nobody has asked yet.", "Personne n'a encore demandé."),
    "launch.agree": ("Agree", "Accepter"),
    "launch.refuse": ("Refuse", "Refuser"),
    "launch.refuse.why": ("Refused on the board.", "Refusé depuis le tableau."),
    "launch.mine": ("yours: somebody else agrees", "la vôtre : quelqu'un d'autre accepte"),
    "launch.until": ("stands until {0}", "valable jusqu'au {0}"),
    "launch.rehearsal": ("Last rehearsal", "Dernière répétition"),
    "launch.rehearsal.none": ("Never rehearsed.", "Jamais répété."),
    "launch.rehearse": ("Rehearse now", "Répéter maintenant"),
    "launch.rehearsal.note": (
        "An order is placed and paid on the simulator, and undone: nothing is left of it.",
        "Une commande est passée et payée sur le simulateur, puis défaite : il n'en reste rien.",
    ),
    "launch.prices": ("Derived prices", "Prix dérivés"),
    "launch.prices.none": (
        "Merchants set every price here.",
        "Les marchands fixent chaque prix ici.",
    ),
    "launch.prices.terms": (
        "From {0} at {1} (rate of {2}), in force since {3}.",
        "Depuis {0} à {1} (taux du {2}), en vigueur depuis le {3}.",
    ),
    "check.PASS": ("Pass", "Réussi"),
    "check.WARN": ("Warn", "Alerte"),
    "check.FAIL": ("Fail", "Échec"),
    "stage.DRAFT": ("Draft", "Brouillon"),
    "stage.READY": ("Ready", "Prêt"),
    "stage.INTERNAL": ("Staff alone", "Équipe seule"),
    "stage.SOFT": ("A share of visitors", "Une part des visiteurs"),
    "stage.PUBLIC": ("Everybody", "Tout le monde"),
    "stage.CLOSING": ("Closing", "En fermeture"),
    "stage.CLOSED": ("Closed", "Fermé"),
    "pause.CHECKOUT": ("Checkout", "Achat"),
    "pause.TRADE_IN": ("Trade-in", "Reprise"),
    "pause.CATEGORY": ("A category", "Une catégorie"),
    "pause.ALL": ("Everything", "Tout"),
    "opening.OPEN": ("waits", "en attente"),
    "opening.APPROVED": ("agreed", "accepté"),
    "opening.REJECTED": ("refused", "refusé"),
    "opening.USED": ("opened", "ouvert"),
    "opening.EXPIRED": ("expired", "expiré"),
    "step.OFFER": ("An offer that can be sold", "Une offre vendable"),
    "step.CART": ("Into a cart", "Au panier"),
    "step.ADDRESS": ("Address in the market", "Adresse dans le marché"),
    "step.ORDER": ("Order", "Commande"),
    "step.PAYMENT": ("Payment and books", "Paiement et écritures"),
    "step.PROMISE": ("Delivery promise", "Promesse de livraison"),
}
