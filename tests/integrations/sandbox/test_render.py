"""The files of invented merchants: readable in their format and encoding, with their mistakes."""

import csv
import io
import json
from collections import Counter

import pytest
from lxml import etree

from domain.catalog import GtinProblem, gtin14
from domain.offers.grades import grade_table, parse_grade
from domain.offers.lines import FeedFormat, LineCode
from domain.offers.values import Parsed, parse_note, parse_quantity, parse_title, parse_warranty
from integrations.sandbox.mistakes import SHARES, Mistake, Row, spoil
from integrations.sandbox.offers import offers
from integrations.sandbox.render import render, row_of
from tests.integrations.sandbox import catalogue

TICK = 29_000_000
OFFERS = offers(catalogue.merchant(), catalogue.variants(), TICK)
RIGHT = [row_of(offer) for offer in OFFERS]
GRADES = grade_table({})


def code_of(row: Row) -> LineCode | None:
    """What the rules of the domain say of a line, price and product apart."""
    gtin = gtin14(row["gtin"])
    if isinstance(gtin, GtinProblem):
        return LineCode(gtin.code.value)
    read: list[Parsed[object]] = [
        parse_grade(row["grade"], GRADES),
        parse_quantity(row["quantity"]),
        parse_warranty(row["warranty_months"]),
        parse_note(row["note"]),
        parse_title(row["title"]),
    ]
    return next((each.code for each in read if each.fatal), None)


def spoiled(mistake: Mistake) -> list[Row]:
    """The lines that one kind of mistake changed or added."""
    right = {id(row): row for row in RIGHT}.values()
    wrong = spoil(RIGHT, [mistake])
    return [row for row in wrong if row not in right] or wrong[len(RIGHT) :]


def test_right_lines_are_right() -> None:
    assert {code_of(row) for row in RIGHT} == {None}


@pytest.mark.parametrize(
    "mistake",
    [
        Mistake.CONDITION_NEW,
        Mistake.LOST_DIGITS,
        Mistake.NEGATIVE_QUANTITY,
        Mistake.NOTE_WITH_LINK,
        Mistake.SHORT_WARRANTY,
        Mistake.TITLE_TOO_LONG,
        Mistake.UNKNOWN_GRADE,
        Mistake.WRONG_CHECK_DIGIT,
    ],
)
def test_a_mistake_is_in_its_share_of_the_lines_and_has_its_code(mistake: Mistake) -> None:
    share, code = SHARES[mistake]
    wrong = spoiled(mistake)

    assert len(wrong) == max(1, len(RIGHT) * share // 1000)
    assert {code_of(row) for row in wrong} == {code}


def test_mistakes_of_price_sku_and_product_are_there() -> None:
    prices = {row["sku"]: row["price"] for row in RIGHT}
    gtins = {row["gtin"] for row in RIGHT}

    assert {row["price"] for row in spoiled(Mistake.MISSING_PRICE)} == {""}
    assert {row["price"] for row in spoiled(Mistake.PRICE_IN_WORDS)} == {"on request"}
    assert all(
        float(row["price"]) * 50 < float(prices[row["sku"]]) for row in spoiled(Mistake.PRICE_TYPO)
    )
    assert {row["sku"] for row in spoiled(Mistake.MISSING_SKU)} == {""}
    for row in spoiled(Mistake.UNKNOWN_PRODUCT):
        assert isinstance(gtin14(row["gtin"]), str)
        assert row["gtin"] not in gtins


def test_a_repeated_sku_is_there_twice() -> None:
    counts = Counter(row["sku"] for row in spoil(RIGHT, [Mistake.DUPLICATE_SKU]))

    assert sorted(counts.values())[-2:] == [2, 2]
    assert sum(counts.values()) == len(RIGHT) + 2


def test_no_line_has_two_mistakes_and_most_have_none() -> None:
    wrong = spoil(RIGHT, catalogue.EVERY_MISTAKE)
    changed = sum(row not in RIGHT for row in wrong)
    shares = [share for mistake, (share, _) in SHARES.items() if mistake != "DUPLICATE_SKU"]

    assert changed == sum(max(1, len(RIGHT) * share // 1000) for share in shares)


def test_the_same_lines_are_wrong_at_every_tick() -> None:
    later = [row_of(o) for o in offers(catalogue.merchant(), catalogue.variants(), TICK + 90)]
    wrong = [
        {row["sku"] for row in spoil(rows, [Mistake.UNKNOWN_GRADE]) if row["grade"] == "B-ware"}
        for rows in (RIGHT, later)
    ]

    assert wrong[0] == wrong[1] != set()


def cells(content: bytes, encoding: str, separator: str) -> list[dict[str, str]]:
    """The records of a delimited file."""
    text = content.decode(encoding)
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=separator))


def test_a_native_file_holds_the_offers_and_their_prices_per_market() -> None:
    records = cells(render(FeedFormat.NATIVE_CSV, "utf-8", OFFERS, []), "utf-8", ",")

    assert [record["sku"] for record in records] == [offer.sku for offer in OFFERS]
    assert records[0]["price"] == f"{OFFERS[0].price_minor / 100:.2f}"
    assert records[0]["markets"] == "FR|DE|BE"
    assert json.loads(records[0]["attributes"]) == {"storage_gb": 128, "color": "midnight"}
    overridden = [offer for offer in OFFERS if dict(offer.prices).get("DE")]
    by_sku = {record["sku"]: record for record in records}
    assert len(overridden) > 10
    assert all(
        by_sku[offer.sku]["price[DE]"] == f"{dict(offer.prices)['DE'] / 100:.2f}"
        for offer in overridden
    )


def test_commas_in_prices_change_the_separator() -> None:
    content = render(FeedFormat.NATIVE_CSV, "cp1252", OFFERS, [Mistake.COMMA_DECIMALS])
    records = cells(content, "cp1252", ";")

    assert records[0]["price"] == f"{OFFERS[0].price_minor / 100:.2f}".replace(".", ",")
    assert any("très bon état" in record["grade"] for record in records)


@pytest.mark.parametrize(
    ("encoding", "codec", "start"),
    [
        ("utf-8", "utf-8", b"sku"),
        ("utf-8-bom", "utf-8-sig", b"\xef\xbb\xbfsku"),
        ("utf-16", "utf-16", b"\xff\xfes"),
        ("cp1252", "cp1252", b"sku"),
    ],
)
def test_a_file_is_in_its_encoding(encoding: str, codec: str, start: bytes) -> None:
    content = render(FeedFormat.NATIVE_TSV, encoding, OFFERS, [])

    assert content.startswith(start)
    assert cells(content, codec, "\t")[0]["title"] == OFFERS[0].title


@pytest.mark.parametrize(("country", "encoding"), [("PL", "cp1250"), ("JP", "cp932")])
def test_each_language_fits_its_encoding(country: str, encoding: str) -> None:
    sold = offers(catalogue.merchant(country=country), catalogue.variants(), TICK)
    records = cells(render(FeedFormat.NATIVE_CSV, encoding, sold, []), encoding, ",")

    assert [record["title"] for record in records] == [offer.title for offer in sold]
    assert any(record["note"] for record in records)
    assert not any("?" in record["title"] + record["note"] for record in records)


def test_json_lines_hold_one_object_each() -> None:
    lines = render(FeedFormat.NATIVE_JSONL, "utf-8", OFFERS, []).splitlines()
    first = json.loads(lines[0])

    assert len(lines) == len(OFFERS)
    assert first["markets"] == ["FR", "DE", "BE"]
    assert first["attributes"]["storage_gb"] == 128
    assert first["quantity"] == OFFERS[0].quantity


def test_google_files_put_the_grade_in_a_custom_label() -> None:
    records = cells(render(FeedFormat.GOOGLE_TSV, "utf-8", OFFERS, []), "utf-8", "\t")
    root = etree.fromstring(render(FeedFormat.GOOGLE_XML, "utf-8", OFFERS, []))
    namespace = {"g": "http://base.google.com/ns/1.0"}
    found = [str(text) for text in root.xpath("//g:custom_label_0/text()", namespaces=namespace)]

    assert records[0]["price"] == f"{OFFERS[0].price_minor / 100:.2f} EUR"
    assert [record["custom_label_0"] for record in records] == found
    assert {parse_grade(word, GRADES).value for word in found} == {o.grade for o in OFFERS}


def test_meta_files_say_the_quantity_and_availability() -> None:
    records = cells(render(FeedFormat.META_CSV, "utf-8", OFFERS, []), "utf-8", ",")
    sold_out = [r for r in records if r["availability"] == "out of stock"]

    assert [int(r["quantity_to_sell_on_facebook"]) for r in records] == [
        offer.quantity for offer in OFFERS
    ]
    assert {r["quantity_to_sell_on_facebook"] for r in sold_out} == {"0"}
    assert sold_out
