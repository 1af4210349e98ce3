"""What merchants write in the attributes of Google: golden files with their offers and errors."""

from datetime import UTC, datetime

import pytest

from domain.catalog import Grade
from domain.offers.lines import FeedFormat, FeedMode, FileCode
from integrations.feeds.contract import FileRefused
from tests.integrations.feeds.reading import DATA, DELTA, golden, read

LABEL = {"grade_column": "custom_label_0"}
JANUARY = datetime(2026, 1, 15, tzinfo=UTC)


def shipping(*ways):
    shown = [f'{{"carrier":"{c}","delay_hours":{h},"price_minor":{m}}}' for c, h, m in ways]
    return f"[{','.join(shown)}]"


@pytest.mark.parametrize("name", ["google_prefix.xml", "google_default.xml", "google_bare.xml"])
def test_attributes_are_known_under_any_prefix_under_none_and_without_a_namespace(name):
    found = golden(name, fixed_grade=Grade.GOOD)

    assert found.frame.select("sku", "title", "price_minor", "quantity").rows() == [
        ("P-1", "Phone", 1000, 1)
    ]
    assert (found.problems, found.reading.unknown_columns) == ([], ())


def test_deliveries_are_read_for_the_one_market_where_price_and_days_are_told():
    found = golden("google_shipping.xml", **LABEL)

    assert found.column("shipping") == {
        "D-1": shipping(("Standard", 72, 490)),
        "D-2": shipping(("Express", 24, 990), ("Relais", 96, 0)),
        "D-3": shipping(("Standard", 72, 490)),
        "D-4": None,
        "D-5": None,
        "D-6": shipping(("Standard", 72, 490)),
        "D-7": None,
    }
    assert found.problems == []


def test_hours_to_hand_over_are_those_of_the_item_else_of_its_slowest_delivery():
    hours = golden("google_shipping.xml", **LABEL).column("handling_hours")

    assert hours == {
        "D-1": 24,
        "D-2": 48,
        "D-3": 24,
        "D-4": None,
        "D-5": None,
        "D-6": 72,
        "D-7": None,
    }


def test_a_feed_of_several_markets_leaves_deliveries_to_the_merchants_options():
    found = golden("google_shipping.xml", markets=("FR", "DE"), **LABEL)

    assert set(found.column("shipping").values()) == {None}


def test_every_word_of_availability_is_a_stock_and_another_is_refused():
    found = golden("google_availability.xml", default_quantity=2, **LABEL)

    assert found.frame["quantity"].to_list() == [2, 2, 2, 0, 0, 0, 0, 2, 0, 2, 2, 2, 7, 0]
    assert found.codes() == ["12 quantity QUANTITY_INVALID"]


def test_a_sale_runs_between_its_dates_and_without_dates_always():
    found = golden("google_sales.xml", now=JANUARY, **LABEL)

    assert found.column("price_minor") == {
        "S-1": 9000,
        "S-2": 9000,
        "S-3": 10000,
        "S-4": 10000,
        "S-5": 10000,
        "S-7": 10000,
    }
    assert found.codes() == ["6 price PRICE_INVALID"]


def test_a_grade_may_stand_among_the_words_of_a_title():
    found = golden("google_titles.xml", grade_column="title")

    assert found.column("grade") == {
        "T-0": "VERY_GOOD",
        "T-1": "EXCELLENT",
        "T-2": "EXCELLENT",
        "T-4": "VERY_GOOD",
        "T-5": "EXCELLENT",
    }
    assert found.codes() == [f"{line} grade GRADE_MISSING" for line in (4, 7, 8, 9)]
    assert found.row("T-0")["title"] == "iPhone X 64 GB - Très bon état"


def test_a_feeds_own_words_are_looked_for_in_titles_whatever_their_length():
    own = {"AB+": Grade.FAIR, "b": Grade.GOOD}
    grades = golden("google_titles.xml", grade_column="Title", grade_map=own).column("grade")

    assert (grades["T-3"], grades["T-7"], grades["T-0"]) == ("GOOD", "FAIR", "VERY_GOOD")


def test_a_fixed_grade_stands_for_condition_words_that_say_none():
    grades = golden("google_titles.xml", fixed_grade=Grade.FAIR).column("grade")

    assert {*grades.values()} == {"FAIR"}


def test_html_is_made_text_and_of_repeated_barcodes_the_first_counts():
    found = golden("google_html.xml", **LABEL)

    assert found.column("title") == {
        "C-1": "iPhone X 64 GB",
        "C-2": "Phone & case new",
        "C-3": "Phone",
    }
    assert found.column("gtin") == {"C-1": "00190198457325", "C-2": "00190198457325", "C-3": None}


def test_a_supplemental_feed_changes_what_it_says_and_keeps_the_rest():
    found = golden("google_supplement.tsv", DELTA)

    rows = found.frame.select("sku", "price_minor", "grade", "quantity").rows()
    assert rows == [
        ("G-1", 9000, None, 1),
        ("G-2", None, None, 0),
        ("G-3", None, None, None),
    ]
    assert found.codes() == ["5 price PRICE_INVALID"]


def test_the_text_form_says_what_the_xml_says():
    found = golden("google_text.tsv", **LABEL)

    assert found.reading.format is FeedFormat.GOOGLE_TSV
    rows = found.frame.select("sku", "price_minor", "gtin", "shipping", "handling_hours").rows()
    assert rows == [
        ("X-1", 1000, "00190198457325", shipping(("Standard", 72, 490)), 24),
        ("X-2", 1050, None, None, None),
        ("X-4", 1200, None, None, None),
    ]
    assert found.codes() == ["4 gtin GTIN_INVALID"]


def test_an_item_whose_bytes_are_not_the_declared_utf8_is_rejected_alone(tmp_path):
    bad = (DATA / "declared_utf8_bad.xml").read_bytes()
    good = "<item><g:id>G-{}</g:id><title>Téléphone</title><g:price>10.00 EUR</g:price></item>"
    more = "".join(good.format(n) for n in range(150)).encode()
    path = tmp_path / "feed.xml"
    path.write_bytes(bad.replace(b"</channel>", more + b"</channel>"))

    for careful in (False, True):
        found = read(path, careful=careful, fixed_grade=Grade.GOOD)
        assert found.codes() == ["1 - BAD_ENCODING"]
        assert (found.problems[0].sku, found.lines) == ("E-1", 151)
        assert set(found.column("title").values()) == {"Téléphone"}


def test_xml_whose_declared_utf8_is_mostly_none_is_refused():
    with pytest.raises(FileRefused) as refused:
        golden("declared_utf8_bad.xml")

    assert refused.value.code is FileCode.FORMAT_UNKNOWN
    assert refused.value.detail == "1 of 1 lines are not utf-8"


def test_partners_xml_that_is_not_googles_is_named(tmp_path):
    path = tmp_path / "offers.xml"
    path.write_text("<import><offers><offer><sku>A</sku></offer></offers></import>")

    with pytest.raises(FileRefused) as refused:
        read(path, mode=FeedMode.DELTA)
    assert refused.value.detail == "the root is import, not rss or feed"
