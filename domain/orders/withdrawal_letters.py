"""What a customer is told who withdrew: the receipt, in English and in French.

Source: docs/rules/withdrawal.md; Directive 2011/83/EU art. 11a.
"""

from collections.abc import Mapping
from typing import Final

from domain.accounts.wording import Letter

RECEIPT: Final[Mapping[str, Letter]] = {
    "en": Letter(
        "You withdrew from order {number}",
        "Hello {name},\n\nOn {day} at {time} ({zone}) you withdrew from the contract about:\n\n"
        "{devices}\n\nOrder {number}, sold by {merchant}. Your statement reached us at that time;"
        " you need give no reason.\n\n{next}\n\nKeep this mail: it is your receipt, number"
        " {receipt}.\n",
    ),
    "fr": Letter(
        "Vous vous êtes rétracté de la commande {number}",
        "Bonjour {name},\n\nLe {day} à {time} ({zone}), vous vous êtes rétracté du contrat portant"
        " sur :\n\n{devices}\n\nCommande {number}, vendue par {merchant}. Votre déclaration nous"
        " est parvenue à cet instant ; vous n'avez aucun motif à donner.\n\n{next}\n\nConservez ce"
        " message : c'est votre accusé de réception, numéro {receipt}.\n",
    ),
}
RETURNED: Final[Mapping[str, str]] = {
    "en": "Send what you have received back within 14 days from today, to the place that the"
    " merchant tells you in the case that we opened; proof of sending is enough. You are then"
    " refunded by the means with which you paid.",
    "fr": "Renvoyez ce que vous avez reçu dans les 14 jours à compter d'aujourd'hui, à l'adresse"
    " que le vendeur vous indique dans le dossier que nous avons ouvert ; une preuve d'envoi"
    " suffit. Vous êtes alors remboursé par le moyen de paiement que vous avez utilisé.",
}
NOT_SENT: Final[Mapping[str, str]] = {
    "en": "It had not been sent: it is cancelled, and you are refunded by the means with which you"
    " paid.",
    "fr": "L'envoi n'avait pas eu lieu : la commande est annulée et vous êtes remboursé par le"
    " moyen de paiement que vous avez utilisé.",
}
