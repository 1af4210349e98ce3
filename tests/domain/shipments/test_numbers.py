"""Tracking numbers: shapes are hints, check digits are warnings, and the choice stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.shipments.carriers import CarrierCode
from domain.shipments.numbers import (
    NumberHint,
    carriers_of,
    compact,
    hint,
    posted_in,
    s10,
    s10_check_digit,
    ups_check_digit,
)

SHAPES = [
    ("1Z999AA10123456784", CarrierCode.UPS),
    ("771234567890", CarrierCode.FEDEX),
    ("771234567890123", CarrierCode.FEDEX),
    ("77123456789012345678", CarrierCode.FEDEX),
    ("1234567890", CarrierCode.DHL_EXPRESS),
    ("1234567890", CarrierCode.CJ_LOGISTICS),
    ("123456789012", CarrierCode.YAMATO),
    ("123456789012", CarrierCode.CJ_LOGISTICS),
    ("JJD000390007654321", CarrierCode.DHL_PARCEL_DE),
    ("JVGL0612345678", CarrierCode.DHL_PARCEL_DE),
    ("00340434999900000014", CarrierCode.DHL_PARCEL_DE),
    ("3SABCD123456789", CarrierCode.POSTNL),
    ("6A99900000017", CarrierCode.LA_POSTE),
    ("8R99900000017", CarrierCode.LA_POSTE),
    ("01234567890123", CarrierCode.DPD),
    ("36300000001", CarrierCode.GLS),
    ("363000000012", CarrierCode.GLS),
    ("12345678", CarrierCode.MONDIAL_RELAY),
    ("9400100000000000000000", CarrierCode.USPS),
    ("612345678901234567890123", CarrierCode.INPOST),
    ("RR473124829GB", CarrierCode.ROYAL_MAIL),
]


@pytest.mark.parametrize(("number", "carrier"), SHAPES)
def test_a_number_of_a_carriers_shape_fits(number: str, carrier: CarrierCode) -> None:
    assert carrier in carriers_of(number)
    assert hint(carrier, number) is NumberHint.FITS


@pytest.mark.parametrize(
    ("number", "right"),
    [("RR473124829GB", True), ("RR473124828GB", False), ("RR47312482GB", None), ("", None)],
)
def test_the_check_digit_of_a_postal_item_is_checked(number: str, right: bool | None) -> None:
    assert s10(number) is right


def test_ten_is_written_as_0_and_eleven_as_5() -> None:
    # 11 less the rest of the weighted sum: a rest of 0 gives 11, a rest of 1 gives 10.
    assert s10_check_digit("00000000") == 5
    assert s10_check_digit("00000012") == 0
    assert s10_check_digit("00100010") == 9


def test_the_last_letters_name_the_country_of_posting_of_a_valid_number_alone() -> None:
    assert (posted_in("RR473124829GB"), posted_in("RR473124828GB")) == ("GB", None)


def test_a_wrong_check_digit_and_a_strange_shape_are_warnings() -> None:
    assert hint(CarrierCode.ROYAL_MAIL, "RR473124828GB") is NumberHint.CHECK_DIGIT
    assert hint(CarrierCode.UPS, "1Z999AA10123456785") is NumberHint.CHECK_DIGIT
    assert hint(CarrierCode.UPS, "36300000001") is NumberHint.UNUSUAL
    assert hint(CarrierCode.EVRI, "whatever") is NumberHint.NOT_KNOWN


def test_typed_numbers_are_read_without_their_spaces() -> None:
    assert compact(" 1z 999 aa1 01-2345.6784 ") == "1Z999AA10123456784"


@given(st.text(st.sampled_from("0123456789"), min_size=8, max_size=8), st.integers(0, 9))
def test_one_check_digit_of_ten_fits(serial: str, digit: int) -> None:
    assert s10(f"LX{serial}{digit}FR") is (digit == s10_check_digit(serial))


@given(st.text(st.sampled_from("0123456789ABCXYZ"), min_size=15, max_size=15))
def test_a_ups_check_digit_is_one_digit_and_fits_its_number(body: str) -> None:
    number = f"1Z{body}0"
    check = ups_check_digit(number)
    assert hint(CarrierCode.UPS, number[:-1] + str(check)) is NumberHint.FITS


@given(st.sampled_from(CarrierCode), st.text(max_size=30))
def test_whatever_is_typed_has_a_hint(carrier: CarrierCode, number: str) -> None:
    assert hint(carrier, compact(number)) in NumberHint
