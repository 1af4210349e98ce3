"""Writes invented offers as the files that merchants make, in their formats and encodings."""

import csv
import html
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

import orjson

from domain.money import Currency
from domain.offers.lines import FeedFormat
from integrations.sandbox.mistakes import Mistake, Row, spoil
from integrations.sandbox.offers import DemoOffer
from integrations.sandbox.words import NOTES, grade_word

CODECS: Final = {"utf-8-bom": "utf-8-sig"}
# The names that an XML declaration knows.
DECLARED: Final = {"utf-8-bom": "utf-8", "cp932": "shift_jis", "cp1252": "windows-1252"}
TYPES: Final = {
    FeedFormat.NATIVE_CSV: "text/csv",
    FeedFormat.NATIVE_TSV: "text/tab-separated-values",
    FeedFormat.NATIVE_JSONL: "application/jsonl",
    FeedFormat.GOOGLE_XML: "application/xml",
    FeedFormat.GOOGLE_TSV: "text/plain",
    FeedFormat.META_CSV: "text/csv",
}
_GOOGLE_NS: Final = "http://base.google.com/ns/1.0"
_COLUMNS: Final = (
    *("sku", "gtin", "mpn", "brand", "model", "title", "grade", "battery", "attributes"),
    *("price", "currency", "quantity", "warranty_months", "markets", "dispatch_site"),
    *("handling_hours", "note"),
)


def render(
    format: FeedFormat,  # noqa: A002 (the word of the domain)
    encoding: str,
    offers: Sequence[DemoOffer],
    mistakes: Sequence[Mistake],
) -> bytes:
    """The merchant's file, mistakes included: the same bytes for the same arguments."""
    rows = spoil([row_of(offer) for offer in offers], mistakes)
    if Mistake.COMMA_DECIMALS in mistakes:
        rows = [_with_commas(row) for row in rows]
    return _WRITERS[format](rows, encoding)


def row_of(offer: DemoOffer) -> Row:
    """An offer as the texts of a right line, under the names of the native format."""
    variant = offer.variant
    row = {
        "sku": offer.sku,
        "gtin": variant.gtin,
        "mpn": variant.mpn or "",
        "brand": variant.brand,
        "model": variant.model,
        "title": offer.title,
        "grade": grade_word(offer.grade, offer.language),
        "condition": "refurbished",
        "battery": offer.battery,
        "attributes": orjson.dumps(dict(variant.attributes)).decode(),
        "color": str(variant.attributes.get("color", "")),
        "price": _decimal(offer.price_minor, offer.currency),
        "currency": offer.currency.value,
        "quantity": str(offer.quantity),
        "warranty_months": str(offer.warranty_months),
        "markets": "|".join(offer.markets),
        "dispatch_site": offer.site,
        "handling_hours": str(offer.handling_hours),
        "note": NOTES.get(offer.language, "") if offer.price_minor % 3 == 0 else "",
    }
    for market, minor in offer.prices:
        row[f"price[{market}]"] = _decimal(minor, offer.currency)
    return row


def _decimal(minor: int, currency: Currency) -> str:
    return str(Decimal(minor).scaleb(-currency.digits))


def _with_commas(row: Row) -> Row:
    return {
        name: text.replace(".", ",") if name.startswith("price") else text
        for name, text in row.items()
    }


def _encoded(text: str, encoding: str) -> bytes:
    return text.encode(CODECS.get(encoding, encoding), errors="replace")


def _table(names: Sequence[str], rows: Iterable[Mapping[str, str]], separator: str) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([row.get(name, "") for name in names] for row in rows)
    return out.getvalue()


def _native_columns(rows: Sequence[Row]) -> list[str]:
    overrides = {name for row in rows for name in row if name.startswith("price[")}
    return [*_COLUMNS, *sorted(overrides)]


def _native_csv(rows: Sequence[Row], encoding: str) -> bytes:
    separator = ";" if any("," in row["price"] for row in rows) else ","
    return _encoded(_table(_native_columns(rows), rows, separator), encoding)


def _native_tsv(rows: Sequence[Row], encoding: str) -> bytes:
    return _encoded(_table(_native_columns(rows), rows, "\t"), encoding)


def _native_jsonl(rows: Sequence[Row], encoding: str) -> bytes:
    return b"".join(orjson.dumps(_object(row)) + b"\n" for row in rows)


def _object(row: Row) -> dict[str, object]:
    sent: dict[str, object] = {}
    for name in _native_columns([row]):
        text = row[name]
        if name == "attributes":
            sent[name] = orjson.loads(text)
        elif name == "markets":
            sent[name] = text.split("|")
        elif name in {"quantity", "warranty_months", "handling_hours"}:
            sent[name] = int(text)
        else:
            sent[name] = text or None
    return sent


def _google(row: Row) -> dict[str, str]:
    """A line in the words of Google: the grade in a custom label, as merchants do."""
    return {
        "id": row["sku"],
        "title": row["title"],
        "description": row["title"],
        "link": f"https://shop.example/p/{row['sku']}",
        "price": f"{row['price']} {row['currency']}" if row["price"] else "",
        "availability": "out_of_stock" if row["quantity"] == "0" else "in_stock",
        "condition": row["condition"],
        "gtin": row["gtin"],
        "mpn": row["mpn"],
        "brand": row["brand"],
        "color": row["color"].replace("-", " "),
        "custom_label_0": row["grade"],
        "custom_label_1": row["battery"],
        "sell_on_google_quantity": row["quantity"],
    }


def _google_tsv(rows: Sequence[Row], encoding: str) -> bytes:
    lines = [_google(row) for row in rows]
    return _encoded(_table(list(lines[0]) if lines else ["id"], lines, "\t"), encoding)


def _meta_csv(rows: Sequence[Row], encoding: str) -> bytes:
    lines = [_google(row) for row in rows]
    for line in lines:
        line["quantity_to_sell_on_facebook"] = line.pop("sell_on_google_quantity")
        line["availability"] = line["availability"].replace("_", " ")
        line["condition"] = line["condition"].upper()
    return _encoded(_table(list(lines[0]) if lines else ["id"], lines, ","), encoding)


def _google_xml(rows: Sequence[Row], encoding: str) -> bytes:
    declared = DECLARED.get(encoding, encoding)
    head = (
        f'<?xml version="1.0" encoding="{declared}"?>\n'
        f'<rss version="2.0" xmlns:g="{_GOOGLE_NS}">\n<channel>\n<title>Offers</title>\n'
    )
    items = "".join(f"<item>{_elements(_google(row))}</item>\n" for row in rows)
    text = f"{head}{items}</channel>\n</rss>\n"
    return text.encode(CODECS.get(encoding, encoding), errors="xmlcharrefreplace")


def _elements(fields: Mapping[str, str]) -> str:
    return "".join(
        f"<g:{name}>{html.escape(text, quote=False)}</g:{name}>"
        for name, text in fields.items()
        if text
    )


_WRITERS: Final[Mapping[FeedFormat, Callable[[Sequence[Row], str], bytes]]] = {
    FeedFormat.NATIVE_CSV: _native_csv,
    FeedFormat.NATIVE_TSV: _native_tsv,
    FeedFormat.NATIVE_JSONL: _native_jsonl,
    FeedFormat.GOOGLE_XML: _google_xml,
    FeedFormat.GOOGLE_TSV: _google_tsv,
    FeedFormat.META_CSV: _meta_csv,
}
