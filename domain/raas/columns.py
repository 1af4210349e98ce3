"""The columns of a file that declares a fleet, and which of them a stranger's column may be.

Source: docs/fleets.md, "Columns".
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from domain.offers.values import fold, narrow, parse_date
from domain.offers.vocabulary import Proposal, Vocabulary, known_words
from domain.raas.conditions import condition_of
from domain.units import Imei, imei

FIELDS: Final = (
    *("asset_tag", "imei", "serial", "identity", "manufacturer", "model", "storage"),
    *("purchase_date", "site", "condition", "quantity"),
)
SURE: Final = 90
"""From this confidence on a column is read without anybody having mapped it. Units: percent."""

# English, French, German, Spanish; folded, an optional s at the end.
HEADER_WORDS: Final[Mapping[str, str]] = {
    "asset_tag": (
        "asset tag|assettag|asset|asset id|asset number|asset no|tag|inventory number|inventory no"
        "|inventory id|inventory tag|numero d inventaire|no d inventaire|n d inventaire"
        "|no inventaire|n inventaire|inventaire"
        "|etiquette|code parc|numero de parc|immobilisation|inventarnummer|inventar nr|inventarnr"
        "|anlagennummer|anlagen nr|geratenummer|numero de inventario|etiqueta|codigo de activo"
        "|numero de activo"
    ),
    "imei": "imei|imei 1|imei1|imei number|imei nr|numero imei|no imei|n imei|imei nummer",
    "serial": (
        "serial|serial number|serial no|serialnumber|sn|s n|service tag|numero de serie|no de serie"
        "|no serie|n serie|n de serie|num serie|seriennummer|serien nr|seriennr|serie|nro de serie"
    ),
    "identity": (
        "serial imei|imei serial|serial or imei|imei or serial|serial number imei|imei sn|sn imei"
        "|no de serie imei|n de serie imei|imei no de serie|serien nr imei|imei serien nr"
        "|numero de serie imei|imei numero de serie|numero de serie ou imei|imei ou numero de serie"
        "|seriennummer imei|imei seriennummer|numero de serie o imei|imei o numero de serie"
    ),
    "manufacturer": (
        "manufacturer|brand|make|maker|vendor|marque|fabricant|constructeur|hersteller|marke"
        "|fabricante|marca"
    ),
    "model": (
        "model|model name|device|device model|product|product name|modele|appareil|designation"
        "|libelle|produit|modell|gerat|geratemodell|bezeichnung|produkt|modelo|dispositivo|equipo"
        "|producto|descripcion|description"
    ),
    "storage": (
        "storage|capacity|memory|storage gb|stockage|capacite|memoire|speicher|speicherplatz"
        "|kapazitat|almacenamiento|capacidad|memoria"
    ),
    "purchase_date": (
        "purchase date|purchasedate|date of purchase|bought on|acquisition date|in service date"
        "|date d achat|date achat|date d acquisition|mise en service|date de mise en service"
        "|kaufdatum|anschaffungsdatum|anschaffung|gekauft am|fecha de compra|fecha de adquisicion"
        "|fecha compra"
    ),
    "site": (
        "site|location|office|branch|lieu|localisation|agence|emplacement|standort|ort"
        "|niederlassung|buro|sitio|ubicacion|sede|oficina"
    ),
    "condition": (
        "condition|state|status|grade|etat|zustand|estado|estado fisico|etat de l appareil"
    ),
    "quantity": "quantity|qty|count|quantite|qte|nombre|menge|anzahl|stuckzahl|cantidad|unidades",
}


# The names of columns as readers compare them: words joined by `_`, marks as they are.
_MARKS: Final = re.compile(r"[^\w\s]|_")


def header_words(name: str) -> str:
    """A column's name as words to compare: no case, no accents, no marks."""
    return fold(_MARKS.sub(" ", name.replace("°", "o").replace("º", "o")))


def word_field(name: str) -> str | None:
    """The field that a column's name means by itself, in any of the languages."""
    return _KNOWN.words.get(header_words(name))


def missing(fields: Collection[str]) -> list[str]:
    """What a file must have and this one lacks: a model, and something that names each device."""
    lacking = [] if "model" in fields else ["model"]
    if {"imei", "serial", "identity"}.isdisjoint(fields):
        lacking.append("serial or imei")
    return lacking


def suggest_fleet_mapping(
    headers: Sequence[str], samples: Sequence[Sequence[str]]
) -> tuple[Proposal, ...]:
    """A field for each column of a fleet's file: as `Vocabulary.suggest`."""
    return _KNOWN.suggest(headers, samples)


def _is_date(text: str) -> bool:
    return parse_date(text, "FR").value is not None


_SUITS: Final[Mapping[str, Callable[[str], bool]]] = {
    "imei": lambda text: isinstance(imei(narrow(text)), Imei),
    "purchase_date": _is_date,
    "condition": lambda text: condition_of(text) is not None,
    "quantity": str.isdigit,
}
_KNOWN: Final = Vocabulary(FIELDS, known_words(HEADER_WORDS), _SUITS, ("imei",), plain=header_words)
