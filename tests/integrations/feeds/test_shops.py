"""Shopify's and Amazon's files, a golden file each with its offers and errors."""

import json

import pytest

from domain.money import Currency
from domain.offers.lines import FeedFormat, FeedMode, FileCode
from integrations.feeds.contract import FileRefused
from tests.integrations.feeds.reading import DATA, DELTA, FULL, golden, read

GTIN = "00190198457325"


def test_a_variant_is_an_offer_with_what_its_product_says_wherever_that_stands():
    found = golden("shopify.jsonl")

    assert found.reading.format is FeedFormat.SHOPIFY_JSONL
    assert found.column("line") == {"SH-1": 3, "SH-2": 4, "SH-3": 5, "SH-6": 11}
    assert found.column("title") == {
        "SH-1": "iPhone X Noir 64 GB",
        "SH-2": "Archived Good",
        "SH-3": "iPhone X Très bon",
        "SH-6": "Late parent",
    }
    assert found.column("brand")["SH-6"] == "Fairphone"
    assert found.column("attributes")["SH-1"] == '{"color":"Noir","storage_gb":64}'
    assert set(found.column("gtin").values()) == {GTIN}


def test_the_grade_stands_in_a_metafield_an_option_or_a_tag():
    assert golden("shopify.jsonl").column("grade") == {
        "SH-1": "EXCELLENT",
        "SH-2": "GOOD",
        "SH-3": "VERY_GOOD",
        "SH-6": "GOOD",
    }


def test_stock_below_nothing_and_products_out_of_sight_are_nothing():
    quantities = golden("shopify.jsonl").column("quantity")

    assert quantities == {"SH-1": 3, "SH-2": 0, "SH-3": 0, "SH-6": 1}
    assert golden("shopify.jsonl").column("price_minor")["SH-3"] == 123450


def test_every_fault_of_a_bulk_file_has_its_line_and_code():
    found = golden("shopify.jsonl")

    assert found.codes() == [
        "7 gtin GTIN_LOST_DIGITS",
        "8 sku SKU_MISSING",
        "9 price PRICE_INVALID",
        "10 - BAD_QUOTES",
        "13 grade GRADE_MISSING",
        "14 quantity QUANTITY_INVALID",
    ]
    assert found.lines == 10


@pytest.mark.parametrize("name", ["shopify.jsonl", "shopify.csv"])
@pytest.mark.parametrize("size", [1, 64, 700])
def test_where_a_shops_file_is_cut_changes_nothing(name, size):
    whole, cut = golden(name), golden(name, block_bytes=size)

    assert cut.frame.equals(whole.frame)
    assert (cut.problems, cut.lines) == (whole.problems, whole.lines)


def test_a_merchant_may_say_where_a_field_stands(tmp_path):
    path = tmp_path / "shop.jsonl"
    variant = {
        "id": "gid://shopify/ProductVariant/1",
        "__parentId": "gid://shopify/Product/1",
        "sku": "A-1",
        "price": "10.00",
        "selectedOptions": [{"name": "Look", "value": "Good"}, {"name": "État", "value": "x"}],
    }
    path.write_text(json.dumps(variant) + "\n")

    assert read(path, mapping={"option:Look": "grade"}).column("grade") == {"A-1": "GOOD"}
    with pytest.raises(FileRefused) as refused:
        read(path, mapping={"option:Other": "grade"})
    assert refused.value.detail == "missing: grade"


def test_a_bulk_file_that_breaks_off_is_truncated(tmp_path):
    path = tmp_path / "shop.jsonl"
    path.write_bytes((DATA / "shopify.jsonl").read_bytes()[:-30])

    with pytest.raises(FileRefused) as refused:
        read(path)
    assert (refused.value.code, refused.value.line) == (FileCode.FEED_TRUNCATED, 14)


def test_a_bulk_file_of_products_alone_is_empty(tmp_path):
    path = tmp_path / "shop.jsonl"
    path.write_text('{"id":"gid://shopify/Product/1","title":"x"}\n')

    with pytest.raises(FileRefused) as refused:
        read(path)
    assert (refused.value.code, refused.value.detail) == (FileCode.FEED_EMPTY, "no variant")


def test_the_rows_of_a_product_export_take_over_what_its_first_row_says():
    found = golden("shopify.csv")

    assert found.reading.format is FeedFormat.SHOPIFY_CSV
    assert found.column("title") == {
        "SH-1": "iPhone X Black 64 GB",
        "SH-2": "iPhone X White 1 TB",
        "SH-3": "Watch",
        "SH-5": "Phone",
    }
    assert found.column("line") == {"SH-1": 2, "SH-2": 4, "SH-3": 6, "SH-5": 8}
    assert found.column("grade") == {
        "SH-1": "EXCELLENT",
        "SH-2": "EXCELLENT",
        "SH-3": "GOOD",
        "SH-5": "FAIR",
    }
    assert found.column("attributes")["SH-2"] == '{"color":"White","storage_gb":1024}'
    assert found.column("quantity") == {"SH-1": 3, "SH-2": 0, "SH-3": 0, "SH-5": 1}
    assert set(found.column("gtin").values()) == {GTIN}


def test_every_fault_of_a_product_export_has_its_line_and_code():
    found = golden("shopify.csv")

    assert found.codes() == [
        "7 gtin GTIN_LOST_DIGITS",
        "9 sku SKU_MISSING",
        "10 grade GRADE_MISSING",
        "11 condition CONDITION_NEW",
        "11 price PRICE_INVALID",
    ]
    assert found.lines == 8
    assert found.reading.unknown_columns == ()


def test_an_inventory_loader_is_read_below_its_three_rows_of_names():
    found = golden("amazon.txt")

    assert found.reading.format is FeedFormat.AMAZON_TSV
    assert (found.reading.encoding, found.reading.unknown_columns) == ("cp1252", ("extra",))
    row = {name: value for name, value in found.row("Z-1").items() if value}
    assert row == {
        "line": 4,
        "sku": "Z-1",
        "sku_key": "z-1",
        "gtin": GTIN,
        "grade": "EXCELLENT",
        "price_minor": 19990,
        "currency": "EUR",
        "min_price_minor": 15000,
        "max_price_minor": 25000,
        "quantity": 5,
        "warranty_months": 12,
        "markets": "{FR}",
        "handling_hours": 48,
        "note": "Boîte incluse",
    }


def test_every_fault_of_an_inventory_loader_has_its_line_and_code():
    found = golden("amazon.txt")

    assert found.codes() == [
        "8 grade GRADE_MISSING",
        "9 condition CONDITION_NEW",
        "12 deleted BAD_QUOTES",
        "13 gtin GTIN_INVALID",
        "14 price PRICE_BELOW_FLOOR",
        "15 product_id PRODUCT_UNKNOWN",
        "16 grade GRADE_UNKNOWN",
        "17 handling_hours QUANTITY_INVALID",
    ]
    assert found.column("grade") == {
        "Z-1": "EXCELLENT",
        "Z-2": "VERY_GOOD",
        "Z-3": "GOOD",
        "Z-4": "FAIR",
        "Z-7": None,
        "Z-8": None,
    }
    assert [sku for sku, gone in found.column("deleted").items() if gone] == ["Z-7", "Z-8"]


def test_asins_and_isbns_name_no_product_of_ours():
    gtins = golden("amazon.txt").column("gtin")

    assert (gtins["Z-2"], gtins["Z-3"], gtins["Z-4"]) == (None, None, GTIN)


def test_a_price_and_quantity_file_keeps_what_it_leaves_out():
    found = golden("amazon_prices.txt", mode=FeedMode.PRICES)

    assert found.reading.format is FeedFormat.AMAZON_TSV
    assert found.column("price_minor") == {"Z-1": 9990, "Z-2": None}
    assert found.column("quantity") == {"Z-1": 4, "Z-2": 0}
    assert found.codes() == ["4 price PRICE_INVALID"]


def test_a_listings_feed_is_read_message_by_message():
    found = golden("amazon.json")

    assert found.reading.format is FeedFormat.AMAZON_JSON
    row = {name: value for name, value in found.row("J-1").items() if value}
    assert row == {
        "line": 1,
        "sku": "J-1",
        "sku_key": "j-1",
        "gtin": GTIN,
        "brand": "Apple",
        "title": "iPhone X é",
        "grade": "EXCELLENT",
        "price_minor": 19990,
        "currency": "EUR",
        "min_price_minor": 15000,
        "quantity": 5,
        "warranty_months": 12,
        "markets": "{FR}",
        "handling_hours": 48,
        "note": "Box included",
    }
    assert found.column("price_minor")["J-4"] == 8000
    assert found.row("J-3")["deleted"] is True


def test_every_fault_of_a_listings_feed_has_its_place_and_code():
    found = golden("amazon.json")

    assert found.codes() == [
        "2 price PRICE_INVALID?",
        "5 grade GRADE_MISSING",
        "6 condition CONDITION_NEW",
        "7 price PRICE_INVALID",
        "8 deleted BAD_QUOTES",
        "9 sku SKU_MISSING",
        "10 - BAD_QUOTES",
        "11 gtin GTIN_INVALID",
    ]
    assert found.frame["sku"].to_list() == ["J-1", "J-2", "J-3", "J-4", "J-12"]
    assert found.lines == 12


@pytest.mark.parametrize("size", [1, 13, 999])
def test_where_a_document_is_cut_changes_nothing(size):
    whole, cut = golden("amazon.json"), golden("amazon.json", block_bytes=size)

    assert cut.frame.equals(whole.frame)
    assert (cut.problems, cut.lines) == (whole.problems, whole.lines)


@pytest.mark.parametrize("size", range(1, 20))
def test_a_number_that_is_cut_is_one_number(tmp_path, size):
    path = tmp_path / "feed.json"
    path.write_text('{"messages":[1234567, {"sku":"A"}],"header":1234567}')

    found = read(path, DELTA, format=FeedFormat.AMAZON_JSON, block_bytes=size)

    assert [(p.line, p.code, p.value) for p in found.problems] == [(1, "BAD_QUOTES", "1234567")]
    assert found.frame["sku"].to_list() == ["A"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param('{"messages":[', FileCode.FEED_TRUNCATED, id="cut in the list"),
        pytest.param('{"messages":[{"sku":"A', FileCode.FEED_TRUNCATED, id="cut in a message"),
        pytest.param('{"messages":[]}', FileCode.FEED_EMPTY, id="no message"),
        pytest.param('{"header":{}}', FileCode.FEED_EMPTY, id="no list"),
        pytest.param('{"messages":[{"sku":"A"} {"sku":"B"}]}', FileCode.FORMAT_UNKNOWN, id="comma"),
        pytest.param('{"messages":[{"sku":"A"}]}{}', FileCode.FORMAT_UNKNOWN, id="two documents"),
        pytest.param('{"messages":[' + "[" * 100_000, FileCode.FORMAT_UNKNOWN, id="levels"),
        pytest.param('{"messages":[{"sku":"A"}]}', FileCode.HEADER_MISSING, id="nothing but a key"),
    ],
)
def test_a_document_that_cannot_be_used_is_refused(tmp_path, text, code):
    path = tmp_path / "feed.json"
    path.write_text(text)

    with pytest.raises(FileRefused) as refused:
        read(path, format=FeedFormat.AMAZON_JSON)
    assert refused.value.code is code


def test_a_message_over_the_limit_is_refused(tmp_path):
    path = tmp_path / "feed.json"
    path.write_text('{"messages":[{"sku":"' + "A" * 5_000 + '"}]}')

    with pytest.raises(FileRefused) as refused:
        read(path, FULL, max_line_bytes=1_000, block_bytes=500)
    assert refused.value.code is FileCode.FEED_TOO_LARGE


def test_a_fault_within_a_long_document_is_told_where_it_is(tmp_path):
    path = tmp_path / "feed.json"
    good = '{"sku":"A"},' * 500
    path.write_text(f'{{"messages":[{good}{{"sku":B}},{good}{{}}]}}')

    with pytest.raises(FileRefused) as refused:
        read(path, DELTA, max_line_bytes=1_000, block_bytes=500)
    assert refused.value.code is FileCode.FORMAT_UNKNOWN
    assert refused.value.detail.startswith('no JSON from here: {"sku":B}')


def test_an_inventory_loader_of_japan_is_read_in_its_letters_and_its_yen():
    found = golden("amazon_sjis.txt", encoding="cp932", currency=Currency.JPY, markets=("JP",))

    rows = found.frame.select("sku", "price_minor", "quantity", "grade", "note").rows()
    assert rows == [("J-1", 19800, 3, "VERY_GOOD", "箱付き")]
    assert found.codes() == ["3 price PRICE_INVALID"]
