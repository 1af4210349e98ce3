"""The same offers written in every format."""

import csv
import io
import json
from dataclasses import dataclass

from domain.offers.lines import FeedFormat
from tests.integrations.feeds.workbook import xlsx

Line = dict[str, str]  # sku, gtin, price, grade, quantity: raw texts, as a merchant may write them

GRADES = {
    FeedFormat.MIRAKL_CSV: {"EXCELLENT": "1", "VERY_GOOD": "2", "GOOD": "3", "FAIR": "4"},
    FeedFormat.LISTINGS_CSV: {
        "PREMIUM": "9",
        "EXCELLENT": "0",
        "VERY_GOOD": "1",
        "GOOD": "2",
        "FAIR": "3",
    },
}
GRADES[FeedFormat.MIRAKL_XLSX] = GRADES[FeedFormat.MIRAKL_CSV]
GRADES[FeedFormat.AMAZON_TSV] = GRADES[FeedFormat.MIRAKL_CSV]
AMAZON_WORDS = {
    "EXCELLENT": "used_like_new",
    "VERY_GOOD": "used_very_good",
    "GOOD": "used_good",
    "FAIR": "used_acceptable",
}


@dataclass(frozen=True)
class Written:
    """How a format of separated values is written: its separator and columns, `=` for constants."""

    separator: str
    columns: dict[str, str]


DELIMITED = {
    FeedFormat.NATIVE_CSV: Written(
        ",",
        {"sku": "sku", "gtin": "gtin", "price": "price", "grade": "grade", "quantity": "quantity"},
    ),
    FeedFormat.NATIVE_TSV: Written(
        "\t",
        {"sku": "sku", "gtin": "gtin", "price": "price", "grade": "grade", "quantity": "quantity"},
    ),
    FeedFormat.MIRAKL_CSV: Written(
        ";",
        {
            "sku": "sku",
            "product-id": "gtin",
            "product-id-type": "=EAN",
            "price": "price",
            "state": "grade",
            "quantity": "quantity",
            "update-delete": "=",
        },
    ),
    FeedFormat.LISTINGS_CSV: Written(
        ",",
        {
            "sku": "sku",
            "backmarket_id": "=7",
            "ean": "gtin",
            "price": "price",
            "state": "grade",
            "quantity": "quantity",
        },
    ),
    FeedFormat.SHOPIFY_CSV: Written(
        ",",
        {
            "Handle": "sku",
            "Title": "=Phone",
            "Option1 Name": "=Condition",
            "Option1 Value": "grade",
            "Variant SKU": "sku",
            "Variant Barcode": "gtin",
            "Variant Price": "price",
            "Variant Inventory Qty": "quantity",
        },
    ),
    FeedFormat.AMAZON_TSV: Written(
        "\t",
        {
            "sku": "sku",
            "product-id": "gtin",
            "product-id-type": "=4",
            "price": "price",
            "item-condition": "grade",
            "quantity": "quantity",
            "add-delete": "=a",
        },
    ),
}


def cells(kind, line):
    written = DELIMITED[kind]
    return [
        source[1:] if source.startswith("=") else worded(kind, line)[source]
        for source in written.columns.values()
    ]


def worded(kind, line):
    """A line with its grade as the format says it; a word that the format lacks stays."""
    return line | {"grade": GRADES.get(kind, {}).get(line["grade"], line["grade"])}


def delimited(kind, lines):
    written = DELIMITED[kind]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=written.separator, lineterminator="\n")
    writer.writerow(written.columns)
    writer.writerows(cells(kind, line) for line in lines)
    return out.getvalue()


def native_jsonl(lines):
    return "".join(json.dumps(line) + "\n" for line in lines)


def shopify_jsonl(lines):
    nodes = []
    for n, line in enumerate(lines):
        product = f"gid://shopify/Product/{n}"
        option = {"name": "Condition", "value": line["grade"]}
        nodes += [
            {"id": product, "title": "Phone"},
            {
                "id": f"gid://shopify/ProductVariant/{n}",
                "sku": line["sku"],
                "barcode": line["gtin"],
                "price": line["price"],
                "inventoryQuantity": line["quantity"],
                "selectedOptions": [option],
                "__parentId": product,
            },
        ]
    return "".join(json.dumps(node) + "\n" for node in nodes)


def amazon_json(lines):
    messages = [
        {
            "sku": line["sku"],
            "operationType": "UPDATE",
            "attributes": {
                "condition_type": [{"value": AMAZON_WORDS.get(line["grade"], line["grade"])}],
                "purchasable_offer": [
                    {"our_price": [{"schedule": [{"value_with_tax": line["price"]}]}]}
                ],
                "fulfillment_availability": [{"quantity": line["quantity"]}],
                "externally_assigned_product_identifier": [{"type": "ean", "value": line["gtin"]}],
            },
        }
        for line in lines
    ]
    return json.dumps({"header": {"version": "2.0"}, "messages": messages})


def google(tag, separator):
    def write(lines):
        keys = {"id": "sku", "gtin": "gtin", "price": "price", "condition": "grade"}
        keys["sell_on_google_quantity"] = "quantity"
        if tag:
            items = "".join(
                "<item>" + "".join(f"<g:{k}>{line[v]}</g:{k}>" for k, v in keys.items()) + "</item>"
                for line in lines
            )
            space = "http://base.google.com/ns/1.0"
            return f'<rss version="2.0" xmlns:g="{space}"><channel>{items}</channel></rss>'
        rows = [list(keys), *([line[v] for v in keys.values()] for line in lines)]
        out = io.StringIO()
        csv.writer(out, delimiter=separator, lineterminator="\n").writerows(rows)
        return out.getvalue()

    return write


TEXTS = {
    **{kind: (lambda lines, kind=kind: delimited(kind, lines)) for kind in DELIMITED},
    FeedFormat.NATIVE_JSONL: native_jsonl,
    FeedFormat.SHOPIFY_JSONL: shopify_jsonl,
    FeedFormat.AMAZON_JSON: amazon_json,
    FeedFormat.GOOGLE_XML: google("item", ""),
    FeedFormat.GOOGLE_TSV: google("", "\t"),
    FeedFormat.META_CSV: google("", ","),
}
BOOKS = {
    FeedFormat.SPREADSHEET: FeedFormat.NATIVE_CSV,
    FeedFormat.MIRAKL_XLSX: FeedFormat.MIRAKL_CSV,
}


def write(kind, lines, path):
    """The offers as a file of a format."""
    if kind not in BOOKS:
        path.write_text(TEXTS[kind](lines), encoding="utf-8")
        return path
    columns = DELIMITED[BOOKS[kind]].columns
    rows = [list(columns), *(cells(BOOKS[kind], line) for line in lines)]
    return xlsx(path, {"Offers": [[text or None for text in row] for row in rows]})
