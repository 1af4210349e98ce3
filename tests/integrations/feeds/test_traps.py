"""Traps of hand-made files that stand in no other test: a golden file each."""

import pytest

from domain.catalog import Grade
from domain.offers.lines import FileCode
from integrations.feeds.contract import FileRefused
from tests.integrations.feeds.reading import golden, read


def test_what_a_spreadsheet_would_run_is_data_on_its_way_in():
    found = golden("formulas.csv")

    assert found.column("title") == {"=A-1": "=1+1", "-B-2": "-x", "@C-3": "+x", "D-4": "=x"}
    assert list(found.column("note").values()) == ["+33 is a code", "@home", "=SUM(A1)", "-"]
    assert found.problems == []


def test_yes_and_no_are_read_in_the_languages_of_the_markets():
    found = golden("booleans.csv")
    gone = [sku for sku, deleted in found.column("deleted").items() if deleted]

    assert gone == [f"S-{n}" for n in (0, 2, 4, 6, 8, 10, 11, 12, 13, 16, 18)]
    assert found.codes() == ["23 deleted BAD_QUOTES", "24 deleted BAD_QUOTES"]


def test_dates_are_iso_first_and_then_as_the_market_writes_them():
    found = golden("dates.csv")

    assert list(found.column("available_from").values()) == [
        "2026-05-04T00:00:00+00:00",
        "2026-05-04T10:30:00+00:00",
        "2026-05-04T08:30:00+00:00",
        "2026-05-04T08:30:00+00:00",
        "2026-05-04T10:30:00+00:00",
        "2026-05-04T00:00:00+00:00",
        "2026-05-04T00:00:00+00:00",
        "2026-05-13T00:00:00+00:00",
        "2026-05-04T00:00:00+00:00",
        "2026-05-04T12:00:00+00:00",
        "2026-05-04T06:00:00+00:00",
    ]
    assert found.codes() == [
        f"{line} available_from DATE_INVALID" for line in (10, 14, 15, 16, 17, 18)
    ]


def test_the_month_goes_first_in_the_us_only():
    american = golden("dates.csv", markets=("US",)).column("available_from")

    assert american["D-8"] == "2026-05-13T00:00:00+00:00"
    assert american["D-5"] == "2026-04-05T00:00:00+00:00"
    assert "D-7" not in american


def test_letters_are_composed_signs_dropped_and_digits_of_any_width_counted():
    found = golden("unicode.csv")

    assert found.column("title") == {"É-1": "Téléphone", "B-2": "ab c", "C-3": "x"}
    assert found.column("price_minor") == {"É-1": 1000, "B-2": 123450, "C-3": 123450}
    assert found.row("É-1")["quantity"] == 3
    assert found.row("É-1")["gtin"] == "00190198457325"
    assert found.problems == []


def test_central_europes_letters_are_read_in_their_encoding():
    found = golden("cp1250.csv", encoding="cp1250")

    assert found.column("title") == {"A-1": "Žluťoučký kůň"}
    assert found.column("grade") == {"A-1": "GOOD"}


@pytest.mark.parametrize(
    ("name", "changes", "code", "detail"),
    [
        pytest.param(
            "wide.csv", {}, FileCode.FEED_TOO_LARGE, "300 columns, at most 200", id="300 columns"
        ),
        pytest.param(
            "clean.csv",
            {"separator": ";"},
            FileCode.HEADER_MISSING,
            "missing: sku, price, grade",
            id="wrong separator",
        ),
        pytest.param(
            "mirakl.csv",
            {"separator": ","},
            FileCode.HEADER_MISSING,
            "the header cannot be read",
            id="wrong separator of a partner",
        ),
        pytest.param(
            "amazon.txt",
            {"encoding": "klingon"},
            FileCode.FORMAT_UNKNOWN,
            "encoding klingon",
            id="an encoding nobody knows",
        ),
    ],
)
def test_a_wrong_setting_or_shape_is_told(name, changes, code, detail):
    with pytest.raises(FileRefused) as refused:
        golden(name, **changes)
    assert (refused.value.code, refused.value.detail) == (code, detail)


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("sku;product-id-type;price;state", id="mirakl"),
        pytest.param("sku;backmarket_id;price;state", id="listings"),
        pytest.param("Handle;Variant SKU;Variant Price;Option1 Value", id="shopify"),
        pytest.param("sku;add-delete;price;item-condition", id="amazon"),
    ],
)
def test_a_partners_header_alone_is_an_empty_feed_and_twice_a_column_is_refused(tmp_path, header):
    alone, twice = tmp_path / "alone", tmp_path / "twice"
    alone.write_text(header + "\n")
    twice.write_text(f"{header};{header.split(';')[2].upper()}\nA;B;C;D;E\n")

    for path, code in ((alone, FileCode.FEED_EMPTY), (twice, FileCode.HEADER_MISSING)):
        with pytest.raises(FileRefused) as refused:
            read(path)
        assert refused.value.code is code


def test_an_item_of_more_text_than_allowed_is_rejected_alone(tmp_path):
    item = "<item><g:id>{}</g:id><g:price>10.00 EUR</g:price><title>{}</title></item>"
    space = "http://base.google.com/ns/1.0"
    items = item.format("A-1", "x" * 2_000) + item.format("B-2", "y")
    path = tmp_path / "feed.xml"
    path.write_text(f'<rss xmlns:g="{space}"><channel>{items}</channel></rss>')

    found = read(path, max_line_bytes=1_000, fixed_grade=Grade.GOOD)

    assert found.frame["sku"].to_list() == ["B-2"]
    assert found.codes() == ["1 title FIELD_TOO_LONG"]


def test_thousands_are_grouped_by_every_sign_that_people_use():
    found = golden("thousands.csv")

    prices = found.column("price_minor")
    assert {prices[sku] for sku in ("A-1", "B-2", "C-3", "D-4", "E-5", "F-6")} == {123450}
    assert prices["G-7"] == 1234567890
    assert found.codes() == ["9 price PRICE_INVALID"]


def test_a_first_line_with_words_for_numbers_is_a_faulty_line_and_no_row_of_labels():
    found = golden("labels_in_first_line.csv")

    assert found.frame["sku"].to_list() == ["B-2"]
    assert found.codes() == ["2 price PRICE_INVALID", "2 quantity QUANTITY_INVALID"]


def test_half_a_letter_at_the_end_is_a_file_that_breaks_off():
    with pytest.raises(FileRefused) as refused:
        golden("half_letter.csv")
    assert (refused.value.code, refused.value.detail) == (
        FileCode.FEED_TRUNCATED,
        "the last letter breaks off",
    )


@pytest.mark.parametrize("encoding", ["hex", "rot13", "undefined"])
def test_a_codec_that_is_none_of_letters_is_no_encoding(encoding):
    with pytest.raises(FileRefused) as refused:
        golden("cp1252.csv", encoding=encoding)
    assert refused.value.detail == f"encoding {encoding}"
