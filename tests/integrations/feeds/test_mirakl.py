"""Mirakl's offers and stock, and the report that its merchants expect back."""

from datetime import UTC, datetime

import pytest

from domain.catalog import Grade
from domain.offers.lines import FeedFormat, FeedMode
from integrations.feeds.contract import FileRefused
from integrations.feeds.mirakl import IMPORT_MODES
from tests.integrations.feeds.reading import DELTA, golden, read

JANUARY = datetime(2026, 1, 15, tzinfo=UTC)


def test_every_column_of_an_offer_is_read_below_the_row_of_labels():
    found = golden("mirakl.csv", now=JANUARY)

    assert found.reading.format is FeedFormat.MIRAKL_CSV
    assert found.reading.unknown_columns == ("colour-code",)
    row = {name: value for name, value in found.row("M-1").items() if value}
    assert row == {
        "line": 3,
        "sku": "M-1",
        "sku_key": "m-1",
        "gtin": "00190198457325",
        "title": "iPhone X",
        "grade": "EXCELLENT",
        "price_minor": 11052,
        "currency": "EUR",
        "prices": '[{"market":"FR","price_minor":10856,"currency":"EUR","min":null,"max":null}]',
        "quantity": 5,
        "warranty_months": 12,
        "markets": "{FR}",
        "handling_hours": 48,
        "note": "Box included",
        "eco": '[{"amount_minor":2,"producer_id":"FR123","scheme":"FR-DEEE"}]',
        "available_from": "2026-01-01T00:00:00+00:00",
        "available_until": "2026-12-31T00:00:00+00:00",
    }


def test_every_fault_of_an_offers_file_has_its_line_and_code():
    found = golden("mirakl.csv", now=JANUARY)

    assert found.codes() == [
        "7 grade GRADE_MISSING",
        "8 condition CONDITION_NEW",
        "9 gtin GTIN_INVALID",
        "11 product_id PRODUCT_UNKNOWN",
        "12 deleted BAD_QUOTES",
        "13 handling_hours QUANTITY_INVALID",
        "14 available_until DATE_INVALID",
        "15 eco PRICE_INVALID",
    ]
    assert found.frame["sku"].to_list() == ["M-1", "M-2", "M-3", "M-4", "M-8"]
    assert found.lines == 13


def test_a_product_is_named_by_the_kind_of_its_number():
    found = golden("mirakl.csv")

    assert (found.column("gtin")["M-3"], found.column("mpn")["M-3"]) == ("00190198457325", None)
    assert (found.column("gtin")["M-2"], found.column("mpn")["M-2"]) == (None, "MQAC2")
    assert [found.column(name)["M-8"] for name in ("gtin", "mpn", "product_id")] == [None] * 3


@pytest.mark.parametrize(
    ("now", "price", "in_france", "undated"),
    [
        pytest.param(JANUARY, 15000, 18000, 10000, id="during"),
        pytest.param(datetime(2026, 3, 1, tzinfo=UTC), 20000, 19900, 10000, id="after"),
        pytest.param(None, 20000, 19900, 10000, id="unknown hour"),
    ],
)
def test_a_discount_holds_only_while_its_dates_run(now, price, in_france, undated):
    found = golden("mirakl.csv", now=now)

    assert found.column("price_minor")["M-2"] == price
    assert f'"price_minor":{in_france},' in found.row("M-2")["prices"]
    assert found.column("price_minor")["M-3"] == undated


def test_a_discount_with_a_date_that_is_none_does_not_run_and_says_so(tmp_path):
    path = tmp_path / "offers.csv"
    path.write_text(
        "sku;price;state;discount-price;discount-start-date;discount-end-date;"
        "price[channel=FR];discount-price[channel=FR]\n"
        "A;100;1;90;soon;;95;85\nB;100;1;;soon;;95;\nC;100;1;90;;2026-02-01;;\n"
    )
    found = read(path, now=JANUARY)

    assert found.column("price_minor") == {"A": 10000, "B": 10000, "C": 9000}
    assert '"price_minor":9500,' in found.row("A")["prices"]
    assert found.codes() == ["2 discount_start_date DATE_INVALID?"]


def test_a_deletion_is_by_sku_alone_and_a_word_that_is_none_is_refused():
    found = golden("mirakl.csv", DELTA)

    assert found.column("deleted") == {sku: sku == "M-4" for sku in found.frame["sku"]}
    assert "12 deleted BAD_QUOTES" in found.codes()


def test_the_modes_of_an_import_are_modes_of_ours():
    assert IMPORT_MODES == {
        "NORMAL": FeedMode.DELTA,
        "PARTIAL_UPDATE": FeedMode.PRICES,
        "REPLACE": FeedMode.FULL,
    }


def test_a_partial_update_neither_deletes_nor_says_update():
    found = golden("mirakl.csv", mode=IMPORT_MODES["PARTIAL_UPDATE"])

    refused = [code for code in found.codes() if "deleted" in code]
    assert refused == ["3 deleted BAD_QUOTES", "6 deleted BAD_QUOTES", "12 deleted BAD_QUOTES"]
    assert not any(found.frame["deleted"])


def test_an_operators_own_table_of_states_goes_before_the_usual_one():
    found = golden("mirakl.csv", grade_map={"10": Grade.GOOD, "1": Grade.FAIR})

    assert (found.column("grade")["M-1"], found.column("grade")["M-5"]) == ("FAIR", "GOOD")
    assert found.column("grade")["M-2"] == "VERY_GOOD"


def test_the_stock_of_all_warehouses_is_one_number():
    found = golden("mirakl_stock.csv", mode=FeedMode.STOCK)

    assert found.reading.format is FeedFormat.MIRAKL_CSV
    assert found.column("quantity") == {"S-1": 12, "S-2": 1, "S-3": 2}
    assert found.column("line") == {"S-1": 2, "S-2": 3, "S-3": 5}
    assert found.codes() == ["7 quantity QUANTITY_INVALID", "9 quantity QUANTITY_INVALID"]
    assert not any(found.frame["deleted"])


@pytest.mark.parametrize("size", [1, 40])
def test_warehouses_are_added_up_over_the_whole_file(size):
    whole = golden("mirakl_stock.csv", mode=FeedMode.STOCK)

    assert golden("mirakl_stock.csv", mode=FeedMode.STOCK, block_bytes=size).frame.equals(
        whole.frame
    )


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param("sku;product-id-type;price;state;quantity\n", id="codes"),
        pytest.param(
            "sku;product-id-type;price;state;quantity\nRéférence;Type;Prix;État;Stock\n",
            id="codes over labels",
        ),
        pytest.param(
            "Référence;Type;Prix;État;Stock\nsku;product-id-type;price;state;quantity\n",
            id="labels over codes",
        ),
        pytest.param(
            "SKU;Product ID type;Price;State;Stock\nsku;product-id-type;price;state;quantity\n",
            id="labels that are nearly codes",
        ),
    ],
)
def test_rows_of_labels_are_no_offers(tmp_path, rows):
    path = tmp_path / "offers.csv"
    path.write_text(rows + "A-1;EAN;10.00;1;4\n")
    found = read(path)

    assert (found.column("quantity"), found.column("grade")) == ({"A-1": 4}, {"A-1": "EXCELLENT"})
    assert (found.lines, found.problems) == (1, [])


def test_a_partial_update_keeps_empty_cells_and_may_hold_stock_alone():
    found = golden("mirakl_partial.csv", mode=IMPORT_MODES["PARTIAL_UPDATE"])
    stock = golden("mirakl_partial_stock.csv", mode=IMPORT_MODES["PARTIAL_UPDATE"])

    rows = found.frame.select("sku", "price_minor", "quantity", "deleted").rows()
    assert rows == [("M-1", 9990, None, False), ("M-2", None, 4, False), ("M-3", None, None, False)]
    assert found.codes() == ["5 deleted BAD_QUOTES", "6 deleted BAD_QUOTES"]
    assert stock.column("quantity") == {"M-1": 3, "M-2": None}


def test_a_feed_of_prices_in_our_own_format_needs_a_price(tmp_path):
    path = tmp_path / "offers.csv"
    path.write_text("sku,quantity\nA-1,3\n")

    with pytest.raises(FileRefused) as refused:
        read(path, mode=FeedMode.PRICES)
    assert refused.value.detail == "missing: price"


def test_points_and_commas_stand_in_one_row_and_channels_and_levies_side_by_side():
    found = golden("mirakl_mixed.csv")

    assert found.column("price_minor") == {"X-1": 11052, "X-2": 111052}
    assert found.row("X-1")["prices"] == (
        '[{"market":"DE","price_minor":9990,"currency":"EUR","min":null,"max":null},'
        '{"market":"FR","price_minor":10856,"currency":"EUR","min":null,"max":null}]'
    )
    assert found.row("X-1")["eco"] == (
        '[{"amount_minor":10,"producer_id":"DE2","scheme":"DE-BATTG"},'
        '{"amount_minor":1,"producer_id":null,"scheme":"DE-PACK"},'
        '{"amount_minor":2,"producer_id":"FR1","scheme":"FR-DEEE"}]'
    )
    assert (found.column("gtin")["X-2"], found.column("grade")["X-2"]) == (None, "VERY_GOOD")
    assert found.codes() == [
        "4 eco PRICE_INVALID",
        "4 grade GRADE_UNKNOWN",
        "4 price PRICE_AMBIGUOUS",
    ]
