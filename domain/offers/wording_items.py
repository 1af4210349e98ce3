"""The problems of an item of a call, explained to a merchant."""

from collections.abc import Mapping
from typing import Final

from domain.offers.codes import LineCode
from domain.offers.items import ItemCode
from domain.offers.messages import explain, fill, language
from domain.offers.wording import Wording

ITEMS_EN: Final[Mapping[ItemCode, Wording]] = {
    ItemCode.STALE_SEQUENCE: Wording(
        "The sequence {value} is not above that of what is known of these fields.",
        "Nothing to do if a newer push came first; else send a higher sequence.",
    ),
    ItemCode.CONFLICT: Wording(
        "The stock is not {value} any more.",
        "Read `current`, decide again, and send it as `ifQuantity`.",
    ),
    ItemCode.NOT_CHANGEABLE: Wording(
        "An offer that stands at {value} cannot be changed so.",
        "Send the offer again; one that a silent feed paused comes back with the feed.",
    ),
}
ITEMS_FR: Final[Mapping[ItemCode, Wording]] = {
    ItemCode.STALE_SEQUENCE: Wording(
        "La séquence {value} n'est pas supérieure à celle de ce qui est connu de ces champs.",
        "Rien à faire si un envoi plus récent est arrivé avant ; sinon augmentez la séquence.",
    ),
    ItemCode.CONFLICT: Wording(
        "Le stock n'est plus de {value}.",
        "Lisez `current`, décidez à nouveau, puis envoyez cette valeur comme `ifQuantity`.",
    ),
    ItemCode.NOT_CHANGEABLE: Wording(
        "Une offre dans l'état {value} ne peut pas être changée ainsi.",
        "Renvoyez l'offre ; celle qu'un flux muet a mise en pause revient avec le flux.",
    ),
}
ITEMS: Final = {"en": ITEMS_EN, "fr": ITEMS_FR}


def explain_item(code: str, field: str | None, value: str | None, locale: str) -> tuple[str, str]:
    """The message and the suggestion for a problem of an item, in the merchant's language.

    Shapes: `code` is one of `LineCode` or of `ItemCode`.
    """
    if code in LineCode.__members__:
        return explain(LineCode(code), field, value, locale)
    wording = ITEMS[language(locale)][ItemCode(code)]
    words = {"field": field or "", "value": value or ""}
    return fill(wording.message, words), fill(wording.suggestion, words)
