"""Why a cart or a purchase is refused, for the person who buys, in two languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain.orders.checkout import MOST_LINES, MOST_OF_ONE, MOST_PIECES, TAX, Why
from domain.orders.sale import TaxRefusalCode
from domain.orders.tax_wording import WORDS


@dataclass(frozen=True, slots=True)
class Wording:
    """What is the matter, and what to do about it."""

    message: str
    hint: str


_EN: Final[Mapping[Why, Wording]] = {
    Why.OUT_OF_STOCK: Wording(
        "Fewer are in stock than you asked for.", "Ask for fewer, or choose another offer."
    ),
    Why.PRICE_CHANGED: Wording(
        "The price is not the one that you saw.", "Look at the new price, and agree to it."
    ),
    Why.OFFER_UNAVAILABLE: Wording("This offer is not sold any more.", "Choose another offer."),
    Why.OFFER_NOT_SHIPPABLE_TO: Wording(
        "This is not delivered to that country.", "Give an address in a country of the market."
    ),
    Why.CAP_REACHED: Wording(
        "This merchant may not take more orders for now.", "Choose an offer of another merchant."
    ),
    Why.MARKET_PAUSED: Wording("This market takes no orders for now.", "Try again later."),
    Why.MARKET_NOT_OPEN: Wording("This market takes no orders.", "Choose another market."),
    Why.CART_UNKNOWN: Wording(
        "There is no such cart of yours.", "Send its token, sign in, or make a new one."
    ),
    Why.CART_TAKEN: Wording("This cart was bought already.", "Make a new one."),
    Why.CART_CHANGED: Wording(
        "The cart has changed since you looked at it.", "Look at it again, then buy."
    ),
    Why.CART_EMPTY: Wording("There is nothing in this cart.", "Add an offer first."),
    Why.CART_FULL: Wording(
        f"A cart holds at most {MOST_LINES} offers and {MOST_PIECES} pieces.",
        "Buy what is in it, or take something out.",
    ),
    Why.CART_LINE_UNKNOWN: Wording("There is no such line in this cart.", "Read the cart again."),
    Why.QUANTITY_NOT_ALLOWED: Wording(
        f"A line has 1 to {MOST_OF_ONE} pieces.", "Ask for another number, or remove the line."
    ),
    Why.ADDRESS_REQUIRED: Wording("Nobody knows where to send this.", "Give an address."),
    Why.ADDRESS_INVALID: Wording(
        "Something lacks in the address, or is too long.", "Correct the field that is named."
    ),
    Why.PAYMENT_DECLINED: Wording(
        "The payment was declined.", "Try again or otherwise while the stock is set aside."
    ),
    Why.PURCHASE_UNKNOWN: Wording("There is no such purchase of yours.", "List your purchases."),
    Why.PURCHASE_NOT_PENDING: Wording(
        "This purchase does not wait for a payment.", "Buy again if its time ran out."
    ),
}
_FR: Final[Mapping[Why, Wording]] = {
    Why.OUT_OF_STOCK: Wording(
        "Il en reste moins que demandé.", "Demandez-en moins, ou choisissez une autre offre."
    ),
    Why.PRICE_CHANGED: Wording(
        "Le prix n'est plus celui que vous avez vu.", "Regardez le nouveau prix et acceptez-le."
    ),
    Why.OFFER_UNAVAILABLE: Wording("Cette offre n'est plus en vente.", "Choisissez-en une autre."),
    Why.OFFER_NOT_SHIPPABLE_TO: Wording(
        "Ceci n'est pas livré dans ce pays.", "Donnez une adresse dans un pays du marché."
    ),
    Why.CAP_REACHED: Wording(
        "Ce marchand ne peut plus prendre de commandes pour l'instant.",
        "Choisissez l'offre d'un autre marchand.",
    ),
    Why.MARKET_PAUSED: Wording(
        "Ce marché ne prend pas de commandes pour l'instant.", "Réessayez plus tard."
    ),
    Why.MARKET_NOT_OPEN: Wording(
        "Ce marché ne prend pas de commandes.", "Choisissez un autre marché."
    ),
    Why.CART_UNKNOWN: Wording(
        "Vous n'avez pas de tel panier.",
        "Envoyez son jeton, connectez-vous, ou créez-en un nouveau.",
    ),
    Why.CART_TAKEN: Wording("Ce panier a déjà été acheté.", "Créez-en un nouveau."),
    Why.CART_CHANGED: Wording(
        "Le panier a changé depuis que vous l'avez regardé.", "Regardez-le à nouveau, puis achetez."
    ),
    Why.CART_EMPTY: Wording("Ce panier est vide.", "Ajoutez d'abord une offre."),
    Why.CART_FULL: Wording(
        f"Un panier contient au plus {MOST_LINES} offres et {MOST_PIECES} pièces.",
        "Achetez ce qu'il contient, ou retirez quelque chose.",
    ),
    Why.CART_LINE_UNKNOWN: Wording(
        "Il n'y a pas de telle ligne dans ce panier.", "Relisez le panier."
    ),
    Why.QUANTITY_NOT_ALLOWED: Wording(
        f"Une ligne a de 1 à {MOST_OF_ONE} pièces.",
        "Demandez un autre nombre, ou retirez la ligne.",
    ),
    Why.ADDRESS_REQUIRED: Wording("On ne sait pas où l'envoyer.", "Donnez une adresse."),
    Why.ADDRESS_INVALID: Wording(
        "Il manque quelque chose à l'adresse, ou c'est trop long.", "Corrigez le champ nommé."
    ),
    Why.PAYMENT_DECLINED: Wording(
        "Le paiement a été refusé.",
        "Réessayez, ou autrement, tant que le stock est réservé.",
    ),
    Why.PURCHASE_UNKNOWN: Wording("Vous n'avez pas de tel achat.", "Listez vos achats."),
    Why.PURCHASE_NOT_PENDING: Wording(
        "Cet achat n'attend pas de paiement.", "Achetez à nouveau si le délai est passé."
    ),
}
_TAX_HINT: Final[Mapping[str, str]] = {
    "en": "Choose another offer, or give an address elsewhere.",
    "fr": "Choisissez une autre offre, ou donnez une adresse ailleurs.",
}


def _of_tax(language: str) -> dict[Why, Wording]:
    words, hint = WORDS[language], _TAX_HINT[language]
    return {why: Wording(words[TaxRefusalCode(why.value)], hint) for why in TAX}


WORDINGS: Final[Mapping[str, Mapping[Why, Wording]]] = {
    "en": {**_EN, **_of_tax("en")},
    "fr": {**_FR, **_of_tax("fr")},
}
