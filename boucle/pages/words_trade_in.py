"""What the page says on which people sell devices, in English and in French."""

from collections.abc import Mapping
from typing import Final

SELLING: Final[Mapping[str, tuple[str, str]]] = {
    "sell.title": ("Sell your device", "Vendre votre appareil"),
    "sell.intro": (
        "Say how it is, see what refurbishers pay, send it free of charge. If it is not as "
        "described you are told why, and you decide.",
        "Dites son état, voyez ce que paient les reconditionneurs, envoyez-le gratuitement. S'il "
        "n'est pas comme décrit, on vous dit pourquoi, et vous décidez.",
    ),
    "sell.noscript": (
        "This page asks the API from your browser and needs JavaScript.",
        "Cette page interroge l'API depuis votre navigateur : JavaScript est nécessaire.",
    ),
    "sell.step.device": ("Device", "Appareil"),
    "sell.step.state": ("Condition", "État"),
    "sell.step.bids": ("Bids", "Offres de reprise"),
    "sell.step.send": ("Send", "Envoi"),
    "sell.device": ("What is it?", "Quel appareil ?"),
    "sell.device.which": ("Brand and model", "Marque et modèle"),
    "sell.device.none": ("No device found by this name.", "Aucun appareil trouvé sous ce nom."),
    "sell.state": ("How is it?", "Dans quel état ?"),
    "sell.state.go": ("See what it is worth", "Voir ce qu'il vaut"),
    "sell.bids": ("What it is worth", "Ce qu'il vaut"),
    "sell.number": ("IMEI or serial number", "IMEI ou numéro de série"),
    "sell.number.hint": (
        "Dial *#06# to read the IMEI of a phone. It is checked against lists of stolen devices.",
        "Composez *#06# pour lire l'IMEI. Il est comparé aux listes d'appareils volés.",
    ),
    "sell.bids.go": ("See the bids", "Voir les offres"),
    "sell.worth": ("Now up to", "Aujourd'hui jusqu'à"),
    "sell.band": ("Bids from {0} to {1}, {2} in all", "Offres de {0} à {1}, {2} au total"),
    "sell.few": (
        "Too few bids to say a value: {0} of {1}.",
        "Trop peu d'offres pour dire une valeur : {0} sur {1}.",
    ),
    "sell.curve": ("If you wait (months)", "Si vous attendez (mois)"),
    "sell.none": ("Nobody bids for it now.", "Personne ne l'achète en ce moment."),
    "sell.expected": ("Expect {0}", "Comptez sur {0}"),
    "sell.rate": (
        "less offered after inspection in {0} of cases",
        "montant revu après inspection dans {0} des cas",
    ),
    "sell.days": ("paid within {0} days", "payé sous {0} jours"),
    "sell.near": ("stays in the country", "reste dans le pays"),
    "sell.take": ("Choose", "Choisir"),
    "sell.until": ("These bids hold until {0}.", "Ces offres valent jusqu'au {0}."),
    "sell.sign": ("Sign in to accept", "Connectez-vous pour accepter"),
    "sell.accept": ("Accept this bid", "Accepter cette offre"),
    "sell.accept.go": ("Sell it", "Le vendre"),
    "sell.taken": ("{0} bids {1}.", "{0} propose {1}."),
    "sell.payout": ("What becomes of the money", "Ce que devient l'argent"),
    "sell.payout.BANK": ("To my bank account", "Sur mon compte bancaire"),
    "sell.payout.EXCHANGE_CREDIT": ("As credit for a purchase here", "En avoir pour un achat ici"),
    "sell.payout.DONATION": ("As a donation to a partner", "En don à un partenaire"),
    "sell.holder": ("Name of the account holder", "Titulaire du compte"),
    "sell.papers": ("Papers", "Pièces à fournir"),
    "sell.papers.hint": (
        "The law of this country asks who sells a used device. A photo or a PDF; only the buyer's "
        "obligation is served by it.",
        "La loi de ce pays demande qui vend un appareil d'occasion. Une photo ou un PDF ; ils ne "
        "servent qu'à cette obligation.",
    ),
    "sell.paper.card": ("Identity card", "Carte d'identité"),
    "sell.paper.PASSPORT": ("Passport", "Passeport"),
    "sell.paper.ID_FRONT": ("Identity card, front", "Carte d'identité, recto"),
    "sell.paper.ID_BACK": ("Identity card, back", "Carte d'identité, verso"),
    "sell.paper.DRIVING_LICENCE_FRONT": ("Driving licence, front", "Permis de conduire, recto"),
    "sell.paper.DRIVING_LICENCE_BACK": ("Driving licence, back", "Permis de conduire, verso"),
    "sell.paper.BANK_STATEMENT": ("Bank statement", "Relevé bancaire"),
    "sell.declare": ("You declare", "Vous déclarez"),
    "sell.send": ("Before you send it", "Avant de l'envoyer"),
    "sell.send.hint": (
        "Tick each step, then print the label. The parcel is free of charge.",
        "Cochez chaque étape, puis imprimez l'étiquette. L'envoi est gratuit.",
    ),
    "sell.send.go": ("Get the label", "Obtenir l'étiquette"),
    "sell.checklist": ("Done", "C'est fait"),
    "sell.name": ("Name", "Nom"),
    "sell.street": ("Street", "Rue"),
    "sell.postal": ("Postcode", "Code postal"),
    "sell.city": ("City", "Ville"),
    "sell.mine": ("Your trade-ins", "Vos reprises"),
    "sell.label": ("Print the label", "Imprimer l'étiquette"),
    "sell.label.wait": ("The label is being made.", "L'étiquette est en préparation."),
    "sell.history": ("What happened", "Ce qui s'est passé"),
    "sell.todo": ("It waits for you", "On attend votre action"),
    "sell.less": ("{0} is offered instead of {1}", "{0} proposés au lieu de {1}"),
    "sell.answer": (
        "Answer until {0}. Silence is a no.",
        "Répondez avant le {0}. Silence vaut non.",
    ),
    "sell.yes": ("Accept", "Accepter"),
    "sell.no": ("No, send it back free of charge", "Non, renvoyez-le gratuitement"),
    "sell.done": ("I have done it", "C'est fait"),
    "sell.cancel": ("Cancel", "Annuler"),
    "sell.deadline": ("Next step by", "Prochaine étape avant le"),
    "sell.paid": ("You get", "Vous recevez"),
    "sell.certificate": ("Certificate of data erasure", "Certificat d'effacement"),
    "sell.photo": ("Photo", "Photo"),
    "sell.receipt": ("Receipt of your donation", "Reçu de votre don"),
    "sell.back": ("All your trade-ins", "Toutes vos reprises"),
    "sell.again": ("Sell another device", "Vendre un autre appareil"),
}

_STATES: Final[Mapping[str, tuple[str, str]]] = {
    "CREATED": ("To be prepared", "À préparer"),
    "LABEL_SENT": ("Waiting for your parcel", "En attente de votre colis"),
    "SENT": ("On its way", "En chemin"),
    "RECEIVED": ("Received", "Reçu"),
    "INSPECTING": ("Being inspected", "En inspection"),
    "SUSPENDED": ("Waiting for you", "En attente de vous"),
    "COUNTER_OFFERED": ("Another amount is offered", "Un autre montant est proposé"),
    "VALIDATED": ("Bought", "Acheté"),
    "REFUSED": ("Not bought", "Refusé"),
    "RETURNING": ("On its way back", "En retour"),
    "PAID": ("Paid", "Payé"),
    "CREDITED": ("Credited", "Crédité"),
    "DONATED": ("Given", "Donné"),
    "RETURNED": ("Back with you", "De retour chez vous"),
    "CANCELLED": ("Cancelled", "Annulé"),
    "EXPIRED": ("Expired", "Expiré"),
    "LOST": ("Lost", "Perdu"),
}
_GRADES: Final[Mapping[str, tuple[str, str]]] = {
    "FUNCTIONAL_FLAWLESS": ("works, like on its first day", "fonctionne, sans trace"),
    "FUNCTIONAL_GOOD": ("works, light marks", "fonctionne, traces légères"),
    "FUNCTIONAL_USED": ("works, clear marks", "fonctionne, traces visibles"),
    "FUNCTIONAL_CRACKED": ("works, cracked", "fonctionne, fissuré"),
    "NOT_FUNCTIONAL_USED": ("does not work", "ne fonctionne pas"),
    "NOT_FUNCTIONAL_CRACKED": ("does not work, cracked", "ne fonctionne pas, fissuré"),
}
_DECLARED: Final[Mapping[str, tuple[str, str]]] = {
    "OWNERSHIP": ("The device is mine to sell.", "L'appareil m'appartient."),
    "AGE": ("I am of the age that my country asks.", "J'ai l'âge que demande mon pays."),
    "ERASURE_CONSENT": (
        "All that is on it may be erased for good.",
        "Tout son contenu peut être effacé définitivement.",
    ),
    "DATA_WARNING": (
        "I have saved what I want to keep.",
        "J'ai sauvegardé ce que je veux garder.",
    ),
}
_REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "SCREEN_CRACKED": ("cracked screen", "écran fissuré"),
    "SCREEN_SCRATCHED": ("scratched screen", "écran rayé"),
    "BODY_CRACKED": ("cracked body", "coque fissurée"),
    "BODY_SCRATCHED": ("scratched body", "coque rayée"),
    "BATTERY_WORN": ("worn battery", "batterie usée"),
    "FUNCTION_FAULTY": ("a function fails", "une fonction en panne"),
    "LIQUID_DAMAGE": ("damage by liquid", "oxydation"),
    "UNKNOWN_PARTS": ("parts of unknown origin", "pièces d'origine inconnue"),
    "PART_MISSING": ("a part is missing", "une pièce manque"),
    "WRONG_VARIANT": ("another variant", "une autre variante"),
}
BECAUSE: Final[Mapping[str, tuple[str, str]]] = {
    "QUOTE_ENDED": ("the quote ended", "le devis a expiré"),
    "NOT_SENT": ("the parcel was not handed over", "le colis n'a pas été déposé"),
    "NO_NEWS": ("no news of the parcel", "plus de nouvelles du colis"),
    "NOT_BEGUN": ("begun by itself, in time", "commencée d'office, à temps"),
    "NOT_DECIDED": ("bought by itself: nothing was said in time", "acheté d'office, faute d'avis"),
    "ACTIONS_NOT_DONE": ("not done in time", "pas fait à temps"),
    "NOT_ANSWERED": ("no answer in time", "sans réponse à temps"),
    "NOT_RETURNED": ("it did not come back", "il n'est pas revenu"),
}
"""Why the clock moved one, by the reasons of `models/trade_in/clock`."""
TRADE_IN: Final[Mapping[str, tuple[str, str]]] = {
    **SELLING,
    **{f"tradein.state.{code}": words for code, words in _STATES.items()},
    **{f"tradein.grade.{code}": words for code, words in _GRADES.items()},
    **{f"tradein.declare.{code}": words for code, words in _DECLARED.items()},
    **{f"tradein.reason.{code}": words for code, words in _REASONS.items()},
    **{f"tradein.because.{code}": words for code, words in BECAUSE.items()},
    "nav.sell": ("Sell", "Vendre"),
}
