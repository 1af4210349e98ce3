"""VAT numbers by their form: what cannot be one is invalid, what can be one is not yet valid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.orders.sale import VatNumber
from domain.orders.vat_number import CheckedNumber, check_number


@pytest.mark.parametrize(
    ("text", "country", "good"),
    [
        ("FR40303265045", "FR", True),
        ("fr 40 303 265 045", "FR", True),
        ("FR41303265045", "FR", False),
        ("DE136695976", "DE", True),
        ("EL094259216", "GR", True),
        ("GR 094259216", "GR", True),
        ("GB980780684", "GB", True),
        ("GB980780685", "GB", False),
        ("US123", "US", False),
        ("", "", False),
    ],
)
def test_a_number_is_judged_by_its_form_and_never_found_valid(
    text: str, country: str, good: bool
) -> None:
    found = check_number(text)
    expected = VatNumber.UNAVAILABLE if good else VatNumber.INVALID
    assert (found.country, found.state) == (country, expected)


def test_greece_is_stored_by_its_country_and_written_by_its_prefix() -> None:
    expected = CheckedNumber("EL094259216", "GR", VatNumber.UNAVAILABLE)
    assert check_number("GR094259216") == check_number("EL 094.259.216") == expected


@given(st.text(max_size=40))
def test_no_text_is_a_fault_or_valid(text: str) -> None:
    assert check_number(text).state is not VatNumber.VALID
