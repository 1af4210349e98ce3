"""JSON lines, Google Merchant Center and Meta, a golden file each."""

from datetime import UTC, datetime

import pytest

from domain.offers.lines import FeedFormat, FileCode
from integrations.feeds.contract import FileRefused
from tests.integrations.feeds.reading import golden

LABEL = {"grade_column": "custom_label_0"}


def test_json_lines_are_read_with_their_lists_and_their_exact_amounts():
    found = golden("native.jsonl")

    assert found.reading.format is FeedFormat.NATIVE_JSONL
    assert found.reading.unknown_columns == ("extra",)
    assert found.column("price_minor") == {"A-1": 19990, "B-2": 1000, "C-3": 123}
    assert found.column("quantity") == {"A-1": 3, "B-2": 1, "C-3": 1}
    assert found.row("A-1")["prices"] == (
        '[{"market":"BE","price_minor":18990,"currency":"EUR","min":null,"max":null},'
        '{"market":"PL","price_minor":79900,"currency":"PLN","min":null,"max":null}]'
    )
    assert found.row("A-1")["attributes"] == '{"color":"black","storage_gb":64}'
    assert found.codes() == [
        "4 price PRICE_INVALID?",
        "5 - BAD_QUOTES",
        "6 - BAD_QUOTES",
        "7 prices BAD_QUOTES",
    ]
    assert found.lines == 6


def test_google_items_are_led_to_our_fields():
    found = golden("google.xml", **LABEL, default_quantity=2)

    assert found.reading.format is FeedFormat.GOOGLE_XML
    assert found.reading.unknown_columns == ("oddity",)
    assert found.column("grade") == dict.fromkeys(["G-1", "G-2", "G-3", "G-5"], "VERY_GOOD")
    assert found.column("quantity") == {"G-1": 2, "G-2": 2, "G-3": 0, "G-5": 2}
    assert found.column("price_minor") == {"G-1": 19990, "G-2": 14990, "G-3": 19990, "G-5": 19990}
    row = found.row("G-2")
    assert row["title"].split() == ["Phone", "&", "case"]
    assert (row["attributes"], row["handling_hours"]) == ('{"color":"Black","storage_gb":128}', 48)
    assert found.codes() == ["4 quantity QUANTITY_INVALID", "6 condition CONDITION_NEW"]


@pytest.mark.parametrize(
    ("now", "price"),
    [
        pytest.param(datetime(2026, 1, 15, tzinfo=UTC), 9900, id="during"),
        pytest.param(datetime(2026, 2, 15, tzinfo=UTC), 19990, id="after"),
        pytest.param(None, 19990, id="unknown"),
    ],
)
def test_a_sale_price_holds_only_while_its_dates_run(now, price):
    assert golden("google.xml", **LABEL, now=now).column("price_minor")["G-5"] == price


def test_namespaces_count_by_their_address_in_rss_and_in_atom():
    found = golden("atom.xml")

    assert found.row("G-1")["title"] == "Phone"
    assert found.row("G-1")["grade"] == "GOOD"
    assert found.row("G-1")["price_minor"] == 1000


@pytest.mark.parametrize(
    ("name", "encoding"), [("latin1.xml", "iso-8859-1"), ("undeclared_cp1252.xml", "cp1252")]
)
def test_xml_in_an_older_encoding_keeps_its_letters(name, encoding):
    found = golden(name, **LABEL)

    assert found.column("grade") == {"G-1": "VERY_GOOD"}
    assert found.reading.encoding == encoding


@pytest.mark.parametrize(
    ("name", "code", "line"),
    [
        ("ampersand.xml", FileCode.FORMAT_UNKNOWN, 4),
        ("truncated.xml", FileCode.FEED_TRUNCATED, 4),
        ("bomb.xml", FileCode.FORMAT_UNKNOWN, 1),
        ("external_entity.xml", FileCode.FORMAT_UNKNOWN, 1),
        ("deep.xml", FileCode.FORMAT_UNKNOWN, 3),
        ("page.xml", FileCode.FORMAT_UNKNOWN, 1),
        ("no_items.xml", FileCode.FEED_EMPTY, None),
        ("truncated.jsonl", FileCode.FEED_TRUNCATED, 2),
    ],
)
def test_a_broken_or_hostile_file_is_refused_where_it_breaks(name, code, line):
    with pytest.raises(FileRefused) as refused:
        golden(name, **(LABEL if name in {"ampersand.xml", "truncated.xml"} else {}))

    assert (refused.value.code, refused.value.line) == (code, line)


def test_an_unescaped_ampersand_is_shown_with_its_column():
    with pytest.raises(FileRefused) as refused:
        golden("ampersand.xml", **LABEL)

    assert refused.value.column == 39


def test_google_tabs_take_headers_with_spaces_and_repeated_images():
    found = golden("google.tsv", grade_column="custom label 0")

    assert found.reading.format is FeedFormat.GOOGLE_TSV
    assert found.column("price_minor") == {"G-1": 19990, "G-2": 4990}
    assert found.column("quantity") == {"G-1": 1, "G-2": 0}
    assert found.column("grade") == {"G-1": "VERY_GOOD", "G-2": "GOOD"}
    assert found.column("gtin")["G-1"] == "00190198457325"


def test_meta_conditions_and_stock_are_read():
    found = golden("meta.csv")

    assert found.reading.format is FeedFormat.META_CSV
    assert found.column("grade") == {"M-1": "EXCELLENT", "M-2": "GOOD"}
    assert found.column("quantity") == {"M-1": 4, "M-2": 0}
    assert found.codes() == ["4 grade GRADE_MISSING"]
