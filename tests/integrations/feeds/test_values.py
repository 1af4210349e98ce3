"""What the values of a file become, a golden file for each trap."""

from domain.catalog import Grade
from domain.money import Currency
from domain.offers.lines import FeedMode
from tests.integrations.feeds.reading import DELTA, FULL, golden, read


def test_every_field_of_our_own_format_is_read():
    row = golden("clean.csv").row("A-1")

    assert row == {
        "line": 2,
        "sku": "A-1",
        "sku_key": "a-1",
        "deleted": False,
        "product_id": None,
        "gtin": "00190198457325",
        "mpn": "MQAC2",
        "brand": "Apple",
        "model": "iPhone X",
        "title": "iPhone X 64 GB",
        "grade": "VERY_GOOD",
        "battery_new": False,
        "battery_health": 87,
        "attributes": '{"color":"black","storage_gb":64}',
        "price_minor": 19990,
        "currency": "EUR",
        "vat_scheme": "MARGIN",
        "min_price_minor": 15000,
        "max_price_minor": 25000,
        "prices": (
            '[{"market":"FR","price_minor":18990,"currency":"EUR","min":null,"max":null},'
            '{"market":"PL","price_minor":79900,"currency":"PLN","min":null,"max":null}]'
        ),
        "quantity": 5,
        "warranty_months": 24,
        "markets": "{DE,FR}",
        "dispatch_site": "main",
        "handling_hours": 24,
        "shipping": '[{"carrier":"dhl","delay_hours":48,"price_minor":490}]',
        "note": "Box included",
        "eco": '[{"amount_minor":2,"producer_id":"FR1","scheme":"FR-DEEE"}]',
        "available_from": "2026-05-04T00:00:00+00:00",
        "available_until": None,
        "source_updated_at": "2026-05-04T10:00:00+00:00",
        "sequence": 7,
    }


def test_a_deletion_needs_nothing_but_its_sku():
    found = golden("clean.csv")

    assert found.row("B-3")["deleted"] is True
    assert found.problems == []
    assert found.reading.unknown_columns == ("colour",)


def test_a_new_battery_has_no_health():
    row = golden("clean.csv").row("a-2")

    assert (row["battery_new"], row["battery_health"], row["quantity"]) == (True, None, 0)


def test_a_full_feed_fills_the_columns_that_it_leaves_out():
    row = golden("tabs.tsv", default_quantity=3, default_warranty_months=24).row("A-1")

    assert (row["quantity"], row["warranty_months"], row["markets"]) == (3, 24, "{FR}")
    assert row["currency"] == "EUR"


def test_a_change_keeps_what_it_leaves_out():
    row = golden("tabs.tsv", DELTA).row("A-1")

    assert (row["quantity"], row["warranty_months"], row["markets"]) == (None, None, None)
    assert (row["price_minor"], row["currency"]) == (1000, "EUR")


def test_a_stock_feed_needs_no_price_and_no_grade(tmp_path):
    path = tmp_path / "stock.csv"
    path.write_text("sku,quantity\nA-1,4\nB-2,many\n")
    found = read(path, FULL, mode=FeedMode.STOCK)

    assert found.column("quantity") == {"A-1": 4}
    assert found.row("A-1")["currency"] is None
    assert found.codes() == ["3 quantity QUANTITY_INVALID"]


def test_a_column_settles_its_decimal_mark_over_its_first_rows():
    comma, dot = golden("decimals_comma.csv"), golden("decimals_dot.csv")

    assert (comma.reading.decimal, dot.reading.decimal) == ("comma", "dot")
    assert comma.column("price_minor") == {
        "A-1": 123450,
        "B-2": 19990,
        "C-3": 123400,
        "D-4": 123450,
        "E-5": 123450,
        "F-6": 123400,
    }
    assert dot.column("price_minor") == {
        "A-1": 123450,
        "B-2": 19990,
        "C-3": 123400,
        "D-4": 123450,
    }


def test_an_amount_that_nothing_settles_is_ambiguous_and_not_guessed():
    assert golden("ambiguous.csv").codes() == ["2 price PRICE_AMBIGUOUS"]
    assert golden("decimals_mixed.csv").codes() == ["4 price PRICE_AMBIGUOUS"]
    assert golden("ambiguous.csv", decimal="comma").column("price_minor")["A-1"] == 123400
    rounded = golden("ambiguous.csv", decimal="dot")
    assert rounded.column("price_minor")["A-1"] == 123
    assert rounded.codes() == ["2 price PRICE_INVALID?"]


def test_a_currency_glued_to_an_amount_is_the_currency():
    found = golden("glued_currency.csv")

    assert found.column("price_minor") == {"A-1": 19990, "B-2": 19990, "D-4": 1000}
    assert found.column("currency") == {"A-1": "EUR", "B-2": "EUR", "D-4": "GBP"}
    assert found.codes() == [f"{line} price CURRENCY_UNKNOWN" for line in (4, 6, 7)]
    yen = golden("glued_currency.csv", currency=Currency.JPY)
    assert yen.column("price_minor")["C-3"] == 19800


def test_what_is_no_price_is_said_and_what_is_rounded_is_warned_about():
    found = golden("bad_prices.csv")

    assert found.column("price_minor") == {
        "F-6": 1001,
        "G-7": 20000,
        "I-9": 19800,
        "L-3": 1100,
        "M-4": 50,
    }
    assert found.codes() == [
        *(f"{line} price PRICE_INVALID" for line in (2, 3, 4, 5, 6)),
        "7 price PRICE_INVALID?",
        "8 price PRICE_INVALID?",
        "9 price PRICE_INVALID",
        "11 price PRICE_MISSING",
        "12 currency CURRENCY_UNKNOWN",
        "13 price PRICE_INVALID?",
    ]


def test_a_price_outside_the_merchants_own_bounds_is_rejected():
    found = golden("bounds.csv")

    assert found.frame["sku"].to_list() == ["A-1"]
    assert found.codes()[:2] == ["3 price PRICE_BELOW_FLOOR", "4 max_price PRICE_INVALID"]


def test_a_gtin_survives_a_spreadsheet_or_is_said_to_be_lost():
    found = golden("gtins.csv")
    good = "00190198457325"

    assert found.column("gtin") == {
        "A-1": good,
        "B-2": good,
        "E-5": good,
        "F-6": good,
        "G-7": None,
        "H-8": None,
        "I-9": None,
        "J-1": good,
        "L-3": None,
    }
    assert found.codes() == [
        "4 gtin GTIN_LOST_DIGITS",
        "5 gtin GTIN_INVALID",
        "8 gtin GTIN_INVALID?",
        "9 gtin GTIN_INVALID?",
        "10 gtin GTIN_INVALID?",
        "12 gtin GTIN_INVALID",
    ]
    shop = golden("gtins.csv", allow_restricted_gtins=True)
    assert shop.column("gtin")["G-7"] == "02000000000015"


def test_a_note_with_markup_links_or_contacts_is_forbidden():
    found = golden("notes.csv")

    assert found.frame["sku"].to_list() == ["A-1", "G-7"]
    assert found.codes() == [
        *(f"{line} note NOTE_FORBIDDEN" for line in (3, 4, 5, 6)),
        "7 note FIELD_TOO_LONG",
    ]


def test_words_of_many_languages_are_grades_and_used_alone_is_none():
    found = golden("grades.csv", new_allowed_brands=frozenset({"fairphone"}))

    grades = found.column("grade")
    assert [grades[f"S-{n}"] for n in range(12)] == [
        "PREMIUM",
        "PREMIUM",
        "EXCELLENT",
        "EXCELLENT",
        "EXCELLENT",
        "VERY_GOOD",
        "VERY_GOOD",
        "VERY_GOOD",
        "GOOD",
        "GOOD",
        "FAIR",
        "FAIR",
    ]
    assert grades["N-1"] == "PREMIUM"
    assert found.codes() == [
        "14 grade GRADE_MISSING",
        "15 grade GRADE_MISSING",
        "16 grade GRADE_MISSING",
        "17 grade GRADE_UNKNOWN",
        "18 grade GRADE_MISSING",
        "19 grade GRADE_UNKNOWN",
        "22 condition CONDITION_NEW",
    ]


def test_a_feeds_own_table_of_grades_goes_before_the_default():
    table = {"9": Grade.PREMIUM, "GOOD": Grade.FAIR, "refurbished": Grade.GOOD}
    grades = golden("grades.csv", grade_map=table).column("grade")

    assert (grades["S-17"], grades["S-12"]) == ("PREMIUM", "GOOD")
    assert golden("tabs.tsv", grade_map=table).column("grade") == {"A-1": "FAIR"}


def test_a_fixed_grade_stands_for_words_that_say_none():
    grades = golden("grades.csv", fixed_grade=Grade.GOOD).column("grade")

    assert (grades["S-12"], grades["S-16"], grades["S-0"]) == ("GOOD", "GOOD", "PREMIUM")


def test_values_out_of_their_bounds_reject_their_line_with_their_field():
    found = golden("lengths.csv")

    assert found.codes() == [
        "2 sku SKU_TOO_LONG",
        "3 sku SKU_MISSING",
        "4 title TITLE_TOO_LONG",
        "5 brand FIELD_TOO_LONG",
        "6 quantity QUANTITY_INVALID",
        "7 quantity QUANTITY_INVALID",
        "9 warranty_months WARRANTY_TOO_SHORT",
        "10 handling_hours QUANTITY_INVALID",
        "11 battery QUANTITY_INVALID",
        "12 markets MARKET_NOT_ALLOWED",
        "13 product_id PRODUCT_UNKNOWN",
        "14 deleted BAD_QUOTES",
        "15 available_from DATE_INVALID",
    ]
    assert found.column("quantity")["F-6"] == 12
    assert set(found.column("available_from").values()) == {None, "2026-05-04T00:00:00+00:00"}
    assert all(len(problem.value or "") <= 80 for problem in found.problems)
