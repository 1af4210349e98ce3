"""What is wrong with an item of a merchant's bids, and what to change, in two languages."""

from collections.abc import Mapping
from typing import Final

from domain.trade_in.bids import LONGEST_PAY_DAYS, MOST, MOST_PIECES, BidCode
from domain.trade_in.wording import Wording

_C = BidCode
_EN: Final[Mapping[BidCode, Wording]] = {
    _C.PRODUCT_UNKNOWN: Wording(
        "There is no such variant.", "Name it by its id or by a GTIN that the catalogue has."
    ),
    _C.GTIN_INVALID: Wording("This is no GTIN.", "Copy the barcode: 8, 12, 13 or 14 digits."),
    _C.GRADE_UNKNOWN: Wording(
        "This is no grade of trade-ins.", "Use our words, or the codes of your scale."
    ),
    _C.MARKET_NOT_OPEN: Wording("There is no such open market.", "`markets` lists them."),
    _C.MARKET_NOT_GRANTED: Wording(
        "What you sent does not open this market.", "Ask for a key with the scope in this market."
    ),
    _C.MARKET_NOT_ALLOWED: Wording("You do not trade in this market.", "Ask for the market."),
    _C.PROGRAMME_NOT_AVAILABLE: Wording(
        "This market does not buy such devices of people.", "Send 0, or leave the item out."
    ),
    _C.CURRENCY_NOT_ALLOWED: Wording(
        "This is not the currency of the market.", "Bid in the market's currency."
    ),
    _C.PRICE_MISSING: Wording("There is no amount.", "Send an amount; 0 takes the bid back."),
    _C.PRICE_INVALID: Wording(
        "This amount cannot be used.",
        f"Send 0 to {MOST:,} with no more decimals than the currency has.",
    ),
    _C.PRICE_AMBIGUOUS: Wording(
        "This amount can be read in two ways.", "Write it with two decimals, as 1234.00."
    ),
    _C.LINE_UNREADABLE: Wording(
        "This line is no record of the file.", "Mend its quotes, its encoding or its columns."
    ),
    _C.PAY_DAYS_INVALID: Wording(
        "So many days cannot be promised.", f"Promise to pay within 1 to {LONGEST_PAY_DAYS} days."
    ),
    _C.STOCK_CAP_INVALID: Wording("This cap cannot be used.", f"Send 0 to {MOST_PIECES:,} pieces."),
    _C.DATE_INVALID: Wording(
        "This date cannot be used.", "Send a time to come, with its offset, in ISO 8601."
    ),
    _C.SEQUENCE_INVALID: Wording("This sequence cannot be used.", "Send a whole number from 0."),
    _C.DUPLICATE_ITEM: Wording(
        "An item before names the same bid.", "Name each variant, grade and market once."
    ),
    _C.STALE_SEQUENCE: Wording(
        "Something newer is known.", "Send a higher sequence than the current one."
    ),
    _C.CONFLICT: Wording(
        "The bid is not at the version that you believe in.", "Read it again, then decide."
    ),
}
_FR: Final[Mapping[BidCode, Wording]] = {
    _C.PRODUCT_UNKNOWN: Wording(
        "Cette variante n'existe pas.",
        "Nommez-la par son id ou par un GTIN que le catalogue connaît.",
    ),
    _C.GTIN_INVALID: Wording(
        "Ce n'est pas un GTIN.", "Recopiez le code-barres : 8, 12, 13 ou 14 chiffres."
    ),
    _C.GRADE_UNKNOWN: Wording(
        "Ce n'est pas un état de reprise.", "Utilisez nos mots, ou les codes de votre échelle."
    ),
    _C.MARKET_NOT_OPEN: Wording("Ce marché n'est pas ouvert.", "`markets` les liste."),
    _C.MARKET_NOT_GRANTED: Wording(
        "Ce que vous avez envoyé n'ouvre pas ce marché.",
        "Demandez une clé qui a ce droit sur ce marché.",
    ),
    _C.MARKET_NOT_ALLOWED: Wording(
        "Vous n'êtes pas présent sur ce marché.", "Demandez-en l'accès."
    ),
    _C.PROGRAMME_NOT_AVAILABLE: Wording(
        "Ce marché n'achète pas de tels appareils à des particuliers.",
        "Envoyez 0, ou retirez l'élément.",
    ),
    _C.CURRENCY_NOT_ALLOWED: Wording(
        "Ce n'est pas la devise du marché.", "Proposez dans la devise du marché."
    ),
    _C.PRICE_MISSING: Wording("Il manque le montant.", "Envoyez un montant ; 0 retire l'offre."),
    _C.PRICE_INVALID: Wording(
        "Ce montant ne convient pas.",
        f"Envoyez 0 à {MOST:,} avec au plus les décimales de la devise.",
    ),
    _C.PRICE_AMBIGUOUS: Wording(
        "Ce montant peut se lire de deux façons.",
        "Écrivez-le avec deux décimales, comme 1234,00.",
    ),
    _C.LINE_UNREADABLE: Wording(
        "Cette ligne n'est pas un enregistrement du fichier.",
        "Corrigez ses guillemets, son encodage ou ses colonnes.",
    ),
    _C.PAY_DAYS_INVALID: Wording(
        "Ce délai ne peut pas être promis.",
        f"Promettez de payer sous 1 à {LONGEST_PAY_DAYS} jours.",
    ),
    _C.STOCK_CAP_INVALID: Wording(
        "Cette limite ne convient pas.", f"Envoyez 0 à {MOST_PIECES:,} pièces."
    ),
    _C.DATE_INVALID: Wording(
        "Cette date ne convient pas.", "Envoyez une date à venir, avec son décalage, en ISO 8601."
    ),
    _C.SEQUENCE_INVALID: Wording(
        "Cette séquence ne convient pas.", "Envoyez un nombre entier à partir de 0."
    ),
    _C.DUPLICATE_ITEM: Wording(
        "Un élément précédent nomme la même offre.",
        "Nommez chaque variante, état et marché une fois.",
    ),
    _C.STALE_SEQUENCE: Wording(
        "On sait quelque chose de plus récent.",
        "Envoyez une séquence plus haute que celle en cours.",
    ),
    _C.CONFLICT: Wording(
        "L'offre n'est pas à la version que vous croyez.", "Relisez-la, puis décidez."
    ),
}
_WORDS: Final[Mapping[str, Mapping[BidCode, Wording]]] = {"en": _EN, "fr": _FR}


def explain_bid(code: BidCode, language: str) -> Wording:
    """What is the matter and what to change, in `en` or `fr`."""
    return _WORDS[language][code]
