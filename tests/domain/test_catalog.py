"""Grades, typed attributes and GTINs, with what spreadsheets do to them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalog import (
    AttributeDefinition,
    AttributeProblem,
    AttributeProblemCode,
    AttributeType,
    Grade,
    GtinCode,
    GtinProblem,
    check_attribute,
    check_digit,
    gtin14,
    is_restricted,
)

FULL_WIDTH = {ord("0") + digit: 0xFF10 + digit for digit in range(10)}
STORAGE = AttributeDefinition("storage_gb", AttributeType.INTEGER, unit="GB", mandatory=True)
SCREEN = AttributeDefinition("screen_inches", AttributeType.DECIMAL)
LOCKED = AttributeDefinition("network_lock", AttributeType.BOOLEAN)
EDITION = AttributeDefinition("edition", AttributeType.TEXT)
COLOR = AttributeDefinition(
    "color", AttributeType.ENUM, values=("black", "space-gray"), synonyms={"Été noir": "black"}
)


def test_grades_rank_from_fair_to_premium() -> None:
    assert [g.rank for g in (Grade.FAIR, Grade.GOOD, Grade.VERY_GOOD)] == [0, 1, 2]
    assert [g.rank for g in (Grade.EXCELLENT, Grade.PREMIUM)] == [3, 4]
    assert all(g.value == g.name for g in Grade)


@pytest.mark.parametrize(
    ("definition", "value", "typed"),
    [
        (STORAGE, 128, 128),
        (STORAGE, " 128 ", 128),
        (STORAGE, "128".translate(FULL_WIDTH), 128),
        (STORAGE, "128.0", 128),
        (STORAGE, Decimal(64), 64),
        (SCREEN, "6,1", Decimal("6.1")),
        (SCREEN, 6.1, Decimal("6.1")),
        (SCREEN, 6, Decimal(6)),
        (LOCKED, True, True),
        (LOCKED, "Oui", True),
        (LOCKED, "nein", False),
        (LOCKED, 0, False),
        (EDITION, "  Cafe\u0301 ", "Café"),
        (COLOR, " Space-Gray ", "space-gray"),
        (COLOR, "ETE NOIR", "black"),
        (COLOR, "", None),
        (COLOR, None, None),
    ],
)
def test_a_value_is_read_as_its_type(
    definition: AttributeDefinition, value: object, typed: object
) -> None:
    found = check_attribute(definition, value)

    assert found == typed
    assert type(found) is type(typed)


@pytest.mark.parametrize(
    ("definition", "value", "code"),
    [
        (STORAGE, None, AttributeProblemCode.ATTRIBUTE_MISSING),
        (STORAGE, "  ", AttributeProblemCode.ATTRIBUTE_MISSING),
        (STORAGE, "128 GB", AttributeProblemCode.ATTRIBUTE_WRONG_TYPE),
        (STORAGE, "128.5", AttributeProblemCode.ATTRIBUTE_WRONG_TYPE),
        (STORAGE, True, AttributeProblemCode.ATTRIBUTE_WRONG_TYPE),
        (STORAGE, "1e30", AttributeProblemCode.ATTRIBUTE_WRONG_TYPE),
        (SCREEN, "1.234,5", AttributeProblemCode.ATTRIBUTE_WRONG_TYPE),
        (SCREEN, "NaN", AttributeProblemCode.ATTRIBUTE_WRONG_TYPE),
        (SCREEN, "1_0", AttributeProblemCode.ATTRIBUTE_WRONG_TYPE),
        (SCREEN, ["6.1"], AttributeProblemCode.ATTRIBUTE_WRONG_TYPE),
        (LOCKED, "maybe", AttributeProblemCode.ATTRIBUTE_WRONG_TYPE),
        (EDITION, 5, AttributeProblemCode.ATTRIBUTE_WRONG_TYPE),
        (EDITION, "x" * 256, AttributeProblemCode.ATTRIBUTE_TOO_LONG),
        (COLOR, "pink", AttributeProblemCode.ATTRIBUTE_VALUE_UNKNOWN),
    ],
)
def test_a_value_of_another_type_is_refused(
    definition: AttributeDefinition, value: object, code: AttributeProblemCode
) -> None:
    found = check_attribute(definition, value)

    assert isinstance(found, AttributeProblem)
    assert (found.key, found.code) == (definition.key, code)
    assert len(found.value) <= 80


def test_a_problem_says_what_would_be_right() -> None:
    wrong, unknown = check_attribute(STORAGE, "big"), check_attribute(COLOR, "pink")

    assert isinstance(wrong, AttributeProblem)
    assert wrong.hint == "storage_gb is INTEGER in GB."
    assert isinstance(unknown, AttributeProblem)
    assert unknown.hint == "One of: black, space-gray"


@pytest.mark.parametrize(
    "text",
    [
        "190198457325",
        "0190198457325",
        "00190198457325",
        "190198457325.0",
        "190198457325,00",
        "'190198457325",
        '="0190198457325"',
        '"190198457325"',
        " 190198457325\u00a0",
        "1 90198 45732 5",
        "190198457325".translate(FULL_WIDTH),
    ],
)
def test_one_number_has_one_form_whatever_the_spreadsheet_did(text: str) -> None:
    assert gtin14(text) == "00190198457325"


@pytest.mark.parametrize(
    ("text", "gtin"),
    [
        ("2000000000015", "02000000000015"),
        ("96385074", "00000096385074"),
        ("10190198457322", "10190198457322"),
        ("12345678905", "00012345678905"),
    ],
)
def test_every_length_is_padded_to_14(text: str, gtin: str) -> None:
    assert gtin14(text) == gtin


@pytest.mark.parametrize("text", ["1.90198E+11", "1,90198e+11", "'1.90198E+11", "2E12"])
def test_a_number_in_scientific_notation_has_lost_its_digits(text: str) -> None:
    found = gtin14(text)

    assert isinstance(found, GtinProblem)
    assert (found.code, found.text) == (GtinCode.GTIN_LOST_DIGITS, text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("2000000000016", id="wrong check digit"),
        pytest.param("190198457326", id="wrong check digit of 12"),
        pytest.param("9780306406157", id="a book"),
        pytest.param("B0BDJH3XYZ", id="another company's number"),
        pytest.param("1234567", id="too short"),
        pytest.param("123456789012345", id="too long"),
        pytest.param("", id="empty"),
        pytest.param("-190198457325", id="negative"),
        pytest.param("190198457325.5", id="decimals"),
        pytest.param("١٩٠١٩٨٤٥٧٣٢٥", id="other digits"),
    ],
)
def test_what_is_no_gtin_is_refused(text: str) -> None:
    found = gtin14(text)

    assert isinstance(found, GtinProblem)
    assert found.code is GtinCode.GTIN_INVALID


def test_a_problem_quotes_at_most_80_characters() -> None:
    found = gtin14("x" * 500)

    assert isinstance(found, GtinProblem)
    assert len(found.text) == 80


@pytest.mark.parametrize("text", ["0", "0000000000000", "9999999999999", "99999999"])
def test_a_filler_passes_to_be_set_aside(text: str) -> None:
    found = gtin14(text)

    assert isinstance(found, str)
    assert is_restricted(found)


@pytest.mark.parametrize(
    ("gtin", "restricted"),
    [
        ("02000000000015", True),
        ("02900000000004", True),
        ("00212345678906", True),
        ("00412345678904", True),
        ("00000020123451", True),
        ("00000000123457", True),
        ("12000000000012", True),
        ("00190198457325", False),
        ("00000096385074", False),
        ("03012345678900", False),
        ("04012345678901", False),
    ],
)
def test_numbers_used_inside_companies_are_restricted(gtin: str, restricted: bool) -> None:
    assert is_restricted(gtin) is restricted


@given(st.from_regex(r"\A[1-8][0-9]{12}\Z"))
def test_only_one_last_digit_completes_a_gtin(body: str) -> None:
    accepted = [d for d in "0123456789" if isinstance(gtin14(body + d), str)]

    assert accepted == [check_digit(body)]


@given(st.text(max_size=30))
def test_any_text_gives_14_digits_or_a_problem(text: str) -> None:
    found = gtin14(text)

    assert isinstance(found, GtinProblem) or (len(found) == 14 and found.isascii())
