"""Why money was not taken or does not go back, for people, in two languages."""

from collections.abc import Mapping
from typing import Final

from domain.orders.payments import DECLINE_CODES
from domain.orders.refunds import NotRefundableReason as R

DECLINED: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "CARD_DECLINED": "The bank declined the payment. Ask it why, or pay in another way.",
        "INSUFFICIENT_FUNDS": "There is not enough money on this card.",
        "EXPIRED_CARD": "This card has expired. Pay with another one.",
        "INCORRECT_DETAILS": "Something in the details of the card is wrong. Enter them again.",
        "AUTHENTICATION_FAILED": "The payment was not confirmed with the bank. Try once more.",
        "LIMIT_EXCEEDED": "A limit of this card is reached. Try later, or pay in another way.",
        "TRY_AGAIN": "The payment did not go through. Try once more.",
        "METHOD_UNKNOWN": "This means of payment is not known. Choose another one.",
        "PROVIDER_REFUSED": "This payment cannot be taken. Pay in another way.",
        "NO_PROVIDER": "This shop takes no payments yet.",
    },
    "fr": {
        "CARD_DECLINED": "La banque a refusé le paiement. Demandez-lui pourquoi, "
        "ou payez autrement.",
        "INSUFFICIENT_FUNDS": "Le solde de cette carte ne suffit pas.",
        "EXPIRED_CARD": "Cette carte a expiré. Payez avec une autre.",
        "INCORRECT_DETAILS": "Une donnée de la carte est fausse. Saisissez-les à nouveau.",
        "AUTHENTICATION_FAILED": "Le paiement n'a pas été confirmé auprès de la banque. "
        "Essayez encore.",
        "LIMIT_EXCEEDED": "Un plafond de cette carte est atteint. Réessayez plus tard, "
        "ou payez autrement.",
        "TRY_AGAIN": "Le paiement n'a pas abouti. Essayez encore.",
        "METHOD_UNKNOWN": "Ce moyen de paiement est inconnu. Choisissez-en un autre.",
        "PROVIDER_REFUSED": "Ce paiement ne peut pas être pris. Payez autrement.",
        "NO_PROVIDER": "Cette boutique n'encaisse pas encore de paiements.",
    },
}

NOT_REFUNDABLE: Final[Mapping[str, Mapping[R, str]]] = {
    "en": {
        R.PERIOD_EXPIRED: "The guarantee and the warranty of this device have ended.",
        R.ALREADY_REFUNDED: "All that was paid for this device went back already.",
        R.UNCAPTURED: "No money was taken for this device.",
    },
    "fr": {
        R.PERIOD_EXPIRED: "Les garanties de cet appareil ont pris fin.",
        R.ALREADY_REFUNDED: "Tout ce qui a été payé pour cet appareil a déjà été remboursé.",
        R.UNCAPTURED: "Aucun argent n'a été pris pour cet appareil.",
    },
}
EXCEEDS_PAID: Final = {
    "en": "More was asked for than is left of what was paid.",
    "fr": "Le montant demandé dépasse ce qui reste de la somme payée.",
}


def declined(code: str | None, language: str) -> str | None:
    """Why a payment was not taken; one that we have no words for reads as declined."""
    if code is None:
        return None
    return DECLINED[language].get(code if code in DECLINE_CODES else "CARD_DECLINED")
