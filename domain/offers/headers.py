"""Which field a column of a merchant's own may hold, told by its name and by what stands in it.

Nothing here is applied by itself: a person confirms a mapping before a feed uses it.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from domain.catalog import GtinProblem, gtin14
from domain.money import Currency
from domain.offers.amounts import parse_amount
from domain.offers.grades import default_grades
from domain.offers.values import fold, parse_quantity
from domain.offers.vocabulary import Proposal, Reason, Vocabulary, known_words, plain

FIELDS: Final = (
    *("sku", "product_id", "gtin", "mpn", "brand", "model", "title", "grade", "condition"),
    *("battery", "attributes", "price", "price_minor", "currency", "vat_scheme", "min_price"),
    *("min_price_minor", "max_price", "max_price_minor", "prices", "quantity", "note"),
    *("warranty_months", "markets", "dispatch_site", "handling_hours", "shipping", "eco"),
    *("available_from", "available_until", "source_updated_at", "sequence", "deleted"),
)
_OF_PART: Final = re.compile(
    r"(?:price|min_price|max_price|currency)\[[A-Z]{2}\]|attributes\[[a-z][a-z0-9_]{0,62}\]"
)

# English, French, German, Spanish, Italian, Dutch, Portuguese; folded, an optional s at the end.
HEADER_WORDS: Final[Mapping[str, str]] = {
    "sku": (
        "sku|reference|ref|offer sku|seller sku|item number|reference article|code article|numero"
        "|artikelnummer|artikel nr|art nr|referencia|codigo|riferimento|codice|codice articolo"
        "|artikelcode|bestelnummer|referencia do artigo|stock number"
    ),
    "gtin": (
        "gtin|ean|ean13|ean 13|upc|barcode|bar code|code barre|code barres|strichcode"
        "|codigo de barra|codigo de barras|codice a barre|streepjescode|ean code"
    ),
    "mpn": (
        "mpn|part number|manufacturer part number|reference fabricant|ref fabricant"
        "|herstellernummer|hersteller nr|referencia del fabricante|codice produttore"
        "|fabrikantnummer|referencia do fabricante"
    ),
    "brand": "brand|manufacturer|maker|marque|fabricant|marke|hersteller|marca|fabricante|merk",
    "model": "model|modele|modell|modelo|modello",
    "title": (
        "title|name|product name|designation|libelle|titre|nom|produit|bezeichnung|titel"
        "|produktname|artikel|nombre|titulo|descripcion|nome|descrizione|naam|omschrijving"
        "|descricao|description"
    ),
    "grade": (
        "grade|state|cosmetic grade|etat|etat cosmetique|zustand|optischer zustand|estado|stato"
        "|condizione|condizioni|staat|conditie|qualite"
    ),
    "condition": "condition",
    "battery": (
        "battery|battery health|batterie|sante batterie|etat batterie|akku|akkuzustand|bateria"
        "|salud de la bateria|batteria|salute batteria|batterij|accu|saude da bateria"
    ),
    "price": (
        "price|selling price|sale price|unit price|price incl vat|gross price|prix|prix ttc"
        "|prix de vente|tarif|preis|verkaufspreis|bruttopreis|vk|precio|precio de venta|pvp"
        "|prezzo|prezzo di vendita|prijs|verkoopprijs|preco|preco de venda"
    ),
    "min_price": "min price|minimum price|prix minimum|mindestpreis|precio minimo|prezzo minimo",
    "max_price": "max price|maximum price|prix maximum|hochstpreis|precio maximo|prezzo massimo",
    "currency": "currency|devise|monnaie|wahrung|moneda|divisa|valuta|moeda",
    "quantity": (
        "quantity|qty|stock|inventory|available quantity|quantite|qte|menge|bestand|lagerbestand"
        "|anzahl|cantidad|existencia|existencias|quantita|giacenza|aantal|voorraad|quantidade"
        "|estoque"
    ),
    "warranty_months": (
        "warranty|warranty month|warranty months|guarantee|garantie|garantie mois"
        "|garantie monate|gewahrleistung|garantia|garantia meses|garanzia|garanzia mesi"
    ),
    "markets": "market|country|countries|marche|pays|land|lander|pais|paises|paese|paesi|landen",
    "handling_hours": "handling hour|handling hours|preparation heures|bearbeitungszeit stunden",
    "note": (
        "note|comment|remark|commentaire|remarque|bemerkung|kommentar|comentario|nota|commento"
        "|opmerking|observacao"
    ),
    "available_from": "available from|disponible le|dispo le|verfugbar ab|disponible desde",
    "available_until": "available until|disponible jusqu au|verfugbar bis|disponible hasta",
    "deleted": "delete|deleted|supprimer|supprime|loschen|geloscht|eliminar|elimina|verwijderen",
    "attributes[color]": "color|colour|couleur|farbe|colore|kleur|cor",
    "attributes[storage_gb]": (
        "storage|capacity|memory|stockage|capacite|memoire|speicher|kapazitat|almacenamiento"
        "|capacidad|capacita|memoria|opslag|capaciteit|capacidade|armazenamento"
    ),
}
# Amounts that are not what a customer pays, VAT included.
_NOT_A_PRICE: Final = re.compile(
    r"\b(?:ht|hors taxes?|net|netto|ex(?:cl)?(?:uding)? vat|sin iva|iva esclusa|sem iva|excl btw"
    r"|cost|purchase|buying|achat|einkauf\w*|ek|compra|acquisto|inkoop\w*|coste|costo|custo)\b"
)


def is_field(name: str) -> bool:
    """Whether a mapping may lead to this name: a field, a part of one, or nothing."""
    return name in {"", *FIELDS} or _OF_PART.fullmatch(name) is not None


def suggest_mapping(
    headers: Sequence[str], samples: Sequence[Sequence[str]]
) -> tuple[Proposal, ...]:
    """A field for each column of a merchant's file: as `Vocabulary.suggest`."""
    return _KNOWN.suggest(headers, samples)


def word_field(header: str) -> str | None:
    """The field that a name of a column means by itself, in any of the languages."""
    return _KNOWN.words.get(plain(header))


def _no_price(words: str, field: str) -> Reason | None:
    """A price without tax, or before a discount, is no price of an offer."""
    return Reason.NET_PRICE if field.endswith("price") and _NOT_A_PRICE.search(words) else None


def _is_gtin(text: str) -> bool:
    return len(text) >= 8 and not isinstance(gtin14(text), GtinProblem)


def _is_price(text: str) -> bool:
    found = parse_amount(text, "dot", Currency.EUR)
    return found.value is not None or parse_amount(text, "comma", Currency.EUR).value is not None


def _is_quantity(text: str) -> bool:
    return parse_quantity(text).value is not None


_GRADES: Final = frozenset(default_grades()) | frozenset("01239")
_SUITS: Final[Mapping[str, Callable[[str], bool]]] = {
    "gtin": _is_gtin,
    "price": _is_price,
    "min_price": _is_price,
    "max_price": _is_price,
    "quantity": _is_quantity,
    "grade": lambda text: fold(text) in _GRADES,
    "currency": lambda text: text.upper() in Currency.__members__,
}
_KNOWN: Final = Vocabulary(
    FIELDS, known_words(HEADER_WORDS), _SUITS, ("gtin", "currency"), _no_price
)


def unknown_fields(mapping: Mapping[str, str]) -> Iterable[str]:
    """The columns of a mapping that lead to no field of ours."""
    return [header for header, field in mapping.items() if not is_field(field)]
