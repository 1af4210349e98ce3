"""How single values of a feed are read."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalog import Grade
from domain.money import Currency
from domain.offers.amounts import decimal_mark, parse_amount, parse_currency
from domain.offers.grades import default_grades, grade_table, parse_grade
from domain.offers.lines import LineCode
from domain.offers.values import (
    Battery,
    Parsed,
    fold,
    parse_battery,
    parse_bool,
    parse_date,
    parse_gtin,
    parse_note,
    parse_quantity,
    parse_sku,
    parse_warranty,
    sku_key,
)

EUR, JPY, SEK = Currency.EUR, Currency.JPY, Currency.SEK


def refused(code):
    return Parsed(None, code, fatal=True)


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("199.90", 19990),
        ("199,90", 19990),
        ("199,90€", 19990),
        ("EUR 199.90", 19990),
        ("1 234,50", 123450),
        ("1\u00a0234,50", 123450),
        ("1\u202f234,50", 123450),
        ("1.234,50", 123450),
        ("1,234.50", 123450),
        ("1'234.50", 123450),
        ("1\u2019234.50", 123450),
        ("1.234.567", 123456700),
        ("12", 1200),
        ("0.5", 50),
        ("\uff11\uff12.\uff15\uff10", 1250),
    ],
)
def test_an_amount_that_reads_one_way_is_read(text, minor):
    assert parse_amount(text, None, EUR) == Parsed(minor)
    assert parse_amount(text, "dot", EUR) == parse_amount(text, "comma", EUR) == Parsed(minor)


@pytest.mark.parametrize("text", ["1.234", "1,234", "12.345", "199,000"])
def test_one_group_of_three_digits_needs_a_mark(text):
    assert parse_amount(text, None, EUR) == refused(LineCode.PRICE_AMBIGUOUS)


def test_the_mark_of_the_column_settles_thousands():
    assert parse_amount("1.234", "comma", EUR) == Parsed(123400)
    assert parse_amount("1,234", "dot", EUR) == Parsed(123400)
    assert parse_amount("1.235", "dot", EUR) == Parsed(124, LineCode.PRICE_INVALID)


@pytest.mark.parametrize(
    "text", ["-5", "0", "0.00", "N/A", "-", "1e3", "1.99E+2", "1.2.3", "1,23,4", ".", "10 EUR EUR"]
)
def test_what_is_no_positive_amount_is_refused(text):
    assert parse_amount(text, "dot", EUR).fatal
    assert parse_amount(text, "dot", EUR).value is None


def test_too_many_decimals_are_rounded_half_up_with_a_warning():
    assert parse_amount("10.0050", None, EUR) == Parsed(1001, LineCode.PRICE_INVALID)
    assert parse_amount("10.0000", None, EUR) == Parsed(1000)


def test_yen_have_no_decimals():
    assert parse_amount("¥19,800", None, JPY) == Parsed(19800)
    assert parse_amount("19800円", None, JPY) == Parsed(19800)
    assert parse_amount("19800.50", None, JPY) == refused(LineCode.PRICE_INVALID)


def test_an_amount_in_another_currency_is_refused():
    assert parse_amount("10 USD", None, EUR) == refused(LineCode.CURRENCY_UNKNOWN)
    assert parse_amount("10 kr", None, SEK) == Parsed(1000)
    assert parse_amount("10 kr", None, EUR) == refused(LineCode.CURRENCY_UNKNOWN)
    assert parse_currency("eur") == Parsed(EUR)
    assert parse_currency("EURO") == refused(LineCode.CURRENCY_UNKNOWN)


@given(st.decimals(min_value=Decimal("0.01"), max_value=10**9, places=2))
def test_every_amount_written_with_two_decimals_comes_back_exactly(amount):
    minor = int(amount * 100)

    assert parse_amount(f"{amount:.2f}", None, EUR) == Parsed(minor)
    assert parse_amount(f"{amount:,.2f}", None, EUR) == Parsed(minor)
    continental = f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
    assert parse_amount(continental, None, EUR) == Parsed(minor)


def test_a_column_has_a_mark_only_if_its_clear_values_agree():
    assert decimal_mark(["1.234", "10,50", "7"]) == "comma"
    assert decimal_mark(["1,234.50"]) == "dot"
    assert decimal_mark(["10.50", "10,50"]) is None
    assert decimal_mark(["1.234", "1,234", "12", ""]) is None


def test_the_default_table_reads_words_of_many_languages():
    table = grade_table({})

    assert parse_grade("Très Bon État", table) == Parsed(Grade.VERY_GOOD)
    assert parse_grade("WIE_NEU", table) == Parsed(Grade.EXCELLENT)
    assert parse_grade("Stallone", table) == Parsed(Grade.FAIR)
    assert parse_grade("neuf", table) == refused(LineCode.CONDITION_NEW)
    assert parse_grade("refurbished", table) == refused(LineCode.GRADE_MISSING)
    assert parse_grade("0", table) == refused(LineCode.GRADE_UNKNOWN)
    assert all(word == fold(word) for word in default_grades())


def test_zero_is_a_grade_where_the_feed_says_so():
    table = grade_table({"0": Grade.EXCELLENT, "9": Grade.PREMIUM})

    assert parse_grade("0", table) == Parsed(Grade.EXCELLENT)
    assert parse_grade("9", table) == Parsed(Grade.PREMIUM)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", True), ("Oui", True), ("ja", True), ("x", True), ("NEIN", False), ("0", False)],
)
def test_a_yes_is_a_yes_in_every_language(text, value):
    assert parse_bool(text) == Parsed(value)
    assert parse_bool("perhaps") == refused(LineCode.BAD_QUOTES)


@pytest.mark.parametrize(
    ("text", "market", "iso"),
    [
        ("2026-05-04", "US", "2026-05-04T00:00:00+00:00"),
        ("2026-05-04T10:00+0200", "FR", "2026-05-04T08:00:00+00:00"),
        ("2026-05-04T10:00:00+02", "FR", "2026-05-04T08:00:00+00:00"),
        ("04/05/2026", "FR", "2026-05-04T00:00:00+00:00"),
        ("04.05.2026 13:30", "DE", "2026-05-04T13:30:00+00:00"),
        ("05/04/2026", "US", "2026-05-04T00:00:00+00:00"),
        ("46146", "FR", "2026-05-04T00:00:00+00:00"),
        ("46146,5", "FR", "2026-05-04T12:00:00+00:00"),
    ],
)
def test_a_date_is_read_as_its_market_writes_it(text, market, iso):
    assert parse_date(text, market) == Parsed(iso)


@pytest.mark.parametrize("text", ["05/13/2026", "2026-02-30", "tomorrow", "20260504", "2026-05"])
def test_what_is_no_date_in_europe_is_refused(text):
    assert parse_date(text, "FR") == refused(LineCode.DATE_INVALID)


def test_a_battery_is_new_or_a_share():
    assert parse_battery("neuf") == Parsed(Battery(new=True, health=None))
    assert parse_battery("87 %") == Parsed(Battery(new=False, health=87))
    assert parse_battery("0") == refused(LineCode.QUANTITY_INVALID)
    assert parse_battery("") == Parsed(None)


def test_counts_have_bounds():
    assert parse_quantity("12.0") == Parsed(12)
    assert parse_quantity("100000") == Parsed(100_000)
    assert parse_quantity("100001") == refused(LineCode.QUANTITY_INVALID)
    assert parse_quantity("-1") == refused(LineCode.QUANTITY_INVALID)
    assert parse_warranty("12") == Parsed(12)
    assert parse_warranty("11") == refused(LineCode.WARRANTY_TOO_SHORT)


def test_a_code_used_inside_a_company_is_no_gtin_but_no_fault():
    inside = Parsed(None, LineCode.GTIN_INVALID, fatal=False)

    assert parse_gtin("2000000000015", allow_restricted=False) == inside
    assert parse_gtin("2000000000015", allow_restricted=True) == Parsed("02000000000015")
    assert parse_gtin("99999999999999", allow_restricted=True) == inside
    assert parse_gtin("2000000000016", True) == refused(LineCode.GTIN_INVALID)
    assert parse_gtin("1.90198E+11", False) == refused(LineCode.GTIN_LOST_DIGITS)
    assert parse_gtin('="0190198457325"', False) == Parsed("00190198457325")


@pytest.mark.parametrize(
    "text",
    [
        "<b>x</b>",
        "a &nbsp; b",
        "https://x.test",
        "www.x",
        "go to shop.fr now",
        "a@b",
        "06 12 34 56 78",
        "+33612345678",
        "(030) 1234 5678",
    ],
)
def test_a_note_keeps_buyers_on_the_site(text):
    assert parse_note(text) == refused(LineCode.NOTE_FORBIDDEN)


@pytest.mark.parametrize("text", ["IMEI 490154203237518", "5 < 6 & 7 > 2", "v1.2, 128 GB, 87 %"])
def test_a_note_may_hold_numbers(text):
    assert parse_note(text) == Parsed(text)


def test_a_sku_is_the_same_whatever_its_case():
    assert parse_sku(" \u0065\u0301-1 ") == Parsed("é-1")
    assert sku_key("Straße") == sku_key("STRASSE")
    assert parse_sku("\x00 ") == refused(LineCode.SKU_MISSING)
    assert parse_sku("x" * 65) == refused(LineCode.SKU_TOO_LONG)
