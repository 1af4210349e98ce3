"""Listings in the way of Back Market, a golden file with its offers and errors."""

from domain.catalog import Grade
from domain.offers.lines import FeedFormat, FeedMode
from tests.integrations.feeds.reading import DELTA, golden, read


def test_zero_is_the_second_best_grade_and_nine_the_best():
    found = golden("listings.csv")

    assert found.reading.format is FeedFormat.LISTINGS_CSV
    assert found.column("grade") == {
        "L-0": "EXCELLENT",
        "L-9": "PREMIUM",
        "L-1": "VERY_GOOD",
        "L-2": "GOOD",
        "L-3": "FAIR",
        "L-4": "FAIR",
        "L-S": "FAIR",
        "L-N": "PREMIUM",
        "L-F": "EXCELLENT",
    }


def test_every_column_of_a_listing_is_read():
    row = {name: value for name, value in golden("listings.csv").row("L-0").items() if value}

    assert row == {
        "line": 2,
        "sku": "L-0",
        "sku_key": "l-0",
        "gtin": "00190198457325",
        "title": "iPhone X",
        "grade": "EXCELLENT",
        "battery_new": True,
        "price_minor": 19990,
        "currency": "EUR",
        "min_price_minor": 15000,
        "max_price_minor": 25000,
        "quantity": 5,
        "warranty_months": 12,
        "markets": "{FR}",
        "shipping": (
            '[{"carrier":"DHL","delay_hours":24,"price_minor":490},'
            '{"carrier":"UPS","delay_hours":48,"price_minor":0}]'
        ),
        "note": "Box included",
    }


def test_every_fault_of_a_listing_has_its_line_and_code():
    found = golden("listings.csv")

    assert found.codes() == [
        "11 grade GRADE_UNKNOWN",
        "12 warranty_months WARRANTY_TOO_SHORT",
        "13 battery QUANTITY_INVALID",
        "14 price PRICE_BELOW_FLOOR",
        "15 grade GRADE_MISSING",
        "16 note NOTE_FORBIDDEN",
        "17 shipping QUANTITY_INVALID",
    ]
    assert (found.frame.height, found.lines) == (9, 16)
    assert found.reading.unknown_columns == ()


def test_markets_currencies_and_our_own_ids_are_read():
    found = golden("listings.csv")

    assert found.column("markets")["L-1"] == "{DE,FR}"
    assert found.column("currency")["L-2"] == "GBP"
    assert found.column("product_id")["L-1"] == "018f3f3e-0000-7000-8000-000000000001"
    assert found.column("quantity")["L-1"] == 0


def test_a_delay_without_a_shipper_is_the_time_to_hand_over():
    found = golden("listings.csv")

    assert (found.row("L-9")["handling_hours"], found.row("L-9")["shipping"]) == (36, None)
    assert found.row("L-0")["handling_hours"] is None


def test_a_battery_that_is_not_new_says_nothing_about_its_health():
    row = golden("listings.csv").row("L-9")

    assert (row["battery_new"], row["battery_health"]) == (None, None)


def test_a_listing_that_is_a_change_keeps_what_it_leaves_out(tmp_path):
    path = tmp_path / "listings.csv"
    path.write_text("sku,backmarket_id,quantity,state\nL-1,7,4,\nL-2,8,,0\n")
    found = read(path, DELTA)

    assert found.column("quantity") == {"L-1": 4, "L-2": None}
    assert found.column("grade") == {"L-1": None, "L-2": "EXCELLENT"}
    assert found.problems == []


def test_a_feeds_own_states_go_before_those_of_the_format():
    found = golden("listings.csv", grade_map={"0": Grade.GOOD})

    assert (found.column("grade")["L-0"], found.column("grade")["L-9"]) == ("GOOD", "PREMIUM")


def test_a_state_alone_is_not_taken_for_a_listing(tmp_path):
    path = tmp_path / "offers.csv"
    path.write_text("sku,price,quantity,state\nL-1,10.00,1,1\n")
    found = read(path, mode=FeedMode.PRICES)

    assert found.reading.format is FeedFormat.NATIVE_CSV
    assert found.reading.unknown_columns == ("state",)


def test_numbers_and_texts_mix_and_three_shippers_are_read():
    found = golden("listings_mixed.csv")

    rows = found.frame.select("sku", "grade", "quantity", "price_minor", "battery_new").rows()
    assert rows == [
        ("l-1", "EXCELLENT", 5, 10000, True),
        ("l-2", "EXCELLENT", 5, 10000, None),
        ("l-3", "PREMIUM", 0, 10050, None),
        ("L-3", "PREMIUM", 1, 10050, None),
    ]
    assert found.frame["shipping"][0] == (
        '[{"carrier":"DHL","delay_hours":24,"price_minor":490},'
        '{"carrier":"UPS","delay_hours":48,"price_minor":590},'
        '{"carrier":"Post","delay_hours":72,"price_minor":0}]'
    )
    assert found.frame["sku_key"].to_list() == ["l-1", "l-2", "l-3", "l-3"]
    assert found.problems == []


def test_an_old_number_of_back_market_names_no_product_and_a_product_id_stands_beside_a_barcode():
    found = golden("listings_mixed.csv")

    assert (found.row("l-1")["gtin"], found.row("l-1")["product_id"]) == (None, None)
    assert found.row("l-2")["product_id"] == "018f3f3e-0000-7000-8000-000000000001"
    assert found.row("l-2")["gtin"] == "00190198457325"
    assert found.reading.unknown_columns == ()
