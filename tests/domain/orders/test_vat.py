"""Amounts of VAT: the golden cases, and laws of rounding and refunds."""

from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.markets.rules import Rule, RuleKind
from domain.money import Currency
from domain.orders.margin import complete
from domain.orders.sale import TaxRefusalCode, TaxRefused
from domain.orders.vat import (
    Acquisition,
    Amounts,
    Jurisdiction,
    LineTax,
    Supplier,
    VatScheme,
    global_margin_vat,
    margin_vat,
    priced,
    refunded,
    vat_in,
)
from tests.rules import STRICT, book

BOUGHT = Acquisition(date(2026, 3, 1), Supplier.PERSON, "FR", 18_000, "receipt 7")


def line(scheme: VatScheme, s_minor: int, percent: str, **more: object) -> LineTax:
    start = LineTax(
        scheme,
        12,
        Currency.EUR,
        s_minor,
        None,
        None,
        country="FR",
        rate=percent,
        **more,  # type: ignore[arg-type]
    )
    return priced(start, s_minor)


def on_margin(s_minor: int, bought: Acquisition, percent: str = "20") -> LineTax:
    found = complete(line(VatScheme.MARGIN, s_minor, percent), bought, book())
    assert isinstance(found, LineTax)
    return found


@pytest.mark.parametrize(
    ("s", "b", "percent", "vat"),
    [
        pytest.param(29_900, 18_000, "20", 1_983, id="FR"),
        pytest.param(15_000, 18_000, "20", 0, id="a loss"),
        pytest.param(18_000, 18_000, "20", 0, id="nothing"),
        pytest.param(29_900, 0, "20", 4_983, id="bought for nothing"),
        pytest.param(30_390, 18_000, "20", 2_065, id="with shipping"),
        pytest.param(27_900, 18_000, "20", 1_650, id="with the seller's discount"),
        pytest.param(24_900, 18_000, "20", 1_150, id="after a refund of 50"),
        pytest.param(34_999, 21_000, "19", 2_235, id="DE"),
        pytest.param(8_999_000, 5_200_000, "27", 807_661, id="HU, two decimals"),
        pytest.param(25_000, 16_000, "20", 1_500, id="GB"),
        pytest.param(18_003, 18_000, "20", 1, id="a tie"),
        pytest.param(11_001, 10_000, "20", 167, id="one of three units"),
        pytest.param(42_000, 30_000, "24", 2_323, id="FI before"),
        pytest.param(42_000, 30_000, "25.5", 2_438, id="FI after"),
        pytest.param(50_000, 35_000, "22", 2_705, id="EE before"),
        pytest.param(50_000, 35_000, "24", 2_903, id="EE after"),
        pytest.param(30_000, 18_000, "20", 2_000, id="120 at 20"),
        pytest.param(30_000, 18_000, "19", 1_916, id="120 at 19"),
        pytest.param(45_000, 30_000, "25.5", 3_048, id="150 at 25.5"),
        pytest.param(34_900, 24_900, "20", 1_667, id="FR to DE"),
    ],
)
def test_the_tax_of_a_margin(s: int, b: int, percent: str, vat: int) -> None:
    assert margin_vat(s, b, Decimal(percent)) == (max(0, s - b), vat)


@pytest.mark.parametrize(
    ("s", "percent", "vat"),
    [
        (29_900, "20", 4_983),
        (8_999_000, "27", 1_913_173),
        (9_999, "20", 1_667),
        (34_900, "19", 5_572),
        (34_900, "20", 5_817),
        (18_000, "20", 3_000),
        (108_900, "21", 18_900),
        (33_000, "10", 3_000),
        (29_900, "8.1", 2_240),
        (30_000, "20", 5_000),
    ],
)
def test_the_tax_inside_a_price(s: int, percent: str, vat: int) -> None:
    assert vat_in(s, Decimal(percent)) == vat


def test_a_tie_goes_up_where_half_to_even_would_not() -> None:
    assert margin_vat(18_003, 18_000, Decimal(20)) == (3, 1)
    assert margin_vat(18_003, 18_000, Decimal(20), ROUND_HALF_EVEN) == (3, 0)


def test_lines_are_rounded_by_themselves() -> None:
    assert 3 * margin_vat(11_001, 10_000, Decimal(20))[1] == 501
    assert 3 * vat_in(9_999, Decimal(20)) == 5_001 != vat_in(29_997, Decimal(20)) == 5_000


def test_a_period_is_taxed_as_a_whole_and_its_loss_goes_on() -> None:
    assert global_margin_vat(1_000_000, 820_000, -50_000, Decimal(20)) == (21_667, 0)
    assert global_margin_vat(500_000, 600_000, 0, Decimal(20)) == (0, -100_000)


def test_what_is_obtained_has_shipping_and_levy_and_not_the_sellers_discount() -> None:
    assert Amounts(29_900, 490, 864, 2_000).s_minor == 29_254
    assert Amounts(1_000, discount_minor=2_000).s_minor == 0


def test_a_refund_is_computed_again() -> None:
    credit = refunded(on_margin(29_900, BOUGHT), 5_000)
    assert (credit.left.vat_minor, credit.vat_minor) == (1_150, 833)
    assert credit.left.s_minor == 24_900


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"imported": True}, TaxRefusalCode.NOT_ELIGIBLE),
        ({"vat_invoice": True}, TaxRefusalCode.NOT_ELIGIBLE),
        ({"supplier": Supplier.TAXABLE}, TaxRefusalCode.NOT_ELIGIBLE),
        ({"country": "US"}, TaxRefusalCode.NOT_ELIGIBLE),
        ({"country": "GB"}, TaxRefusalCode.NOT_ELIGIBLE),
        ({"document_no": " "}, TaxRefusalCode.MARGIN_EVIDENCE_MISSING),
        ({"price_minor": None}, TaxRefusalCode.MARGIN_EVIDENCE_MISSING),
    ],
)
def test_a_unit_outside_the_scheme_is_refused_and_never_taxed_otherwise(
    change: dict[str, object], code: TaxRefusalCode
) -> None:
    unit = replace(BOUGHT, **change)  # type: ignore[arg-type]
    found = complete(line(VatScheme.MARGIN, 29_900, "20"), unit, book(STRICT))
    assert isinstance(found, TaxRefused)
    assert found.code is code


def test_a_unit_above_the_cap_of_the_global_scheme_is_not_in_it() -> None:
    def made(pence: int, currency: Currency = Currency.GBP) -> LineTax | TaxRefused:
        start = line(VatScheme.MARGIN_GLOBAL, 90_000, "20")
        britain = replace(start, country="GB", currency=currency)
        unit = replace(BOUGHT, country="GB", price_minor=pence)
        return complete(britain, unit, book(STRICT))

    at, above, euro = made(50_000), made(50_001), made(50_000, Currency.EUR)
    assert isinstance(at, LineTax)
    assert (at.purchase_minor, at.vat_minor) == (50_000, None)
    assert above == TaxRefused(TaxRefusalCode.NOT_ELIGIBLE, {"reason": "ABOVE_ITEM_CAP"})
    assert isinstance(euro, TaxRefused)
    assert euro.code is TaxRefusalCode.CONSIGNMENT_VALUE_UNKNOWN
    own = complete(
        replace(line(VatScheme.MARGIN, 90_000, "20"), country="GB", currency=Currency.GBP),
        replace(BOUGHT, country="GB", price_minor=50_001), book(STRICT),
    )  # fmt: skip
    assert isinstance(own, LineTax)


def test_a_buyer_sees_of_a_margin_line_what_it_pays_and_nothing_of_how_it_is_taxed() -> None:
    tax = on_margin(29_900, BOUGHT)
    assert (tax.purchase_minor, tax.margin_minor, tax.vat_minor) == (18_000, 11_900, 1_983)
    shown = tax.shown()
    assert shown["s_minor"] == 29_900
    assert {shown[name] for name in ("vat_minor", "net_minor", "rate", "country")} == {None}
    assert not {"purchase_minor", "margin_minor", "evidence"} & set(shown)
    assert not {18_000, 11_900, 1_983, 27_917, "20"} & set(map(repr, shown.values()))


def test_facts_are_read_back_as_they_were() -> None:
    tax = replace(
        on_margin(29_900, BOUGHT),
        jurisdictions=(Jurisdiction("STATE", "Ohio", "5.75", 12),),
        words={"en": "words"},
        rule_ids=("a", "b"),
    )
    assert LineTax.of(tax.facts()) == tax
    assert LineTax.of(tax.facts()).facts() == tax.facts()


RATES = st.sampled_from(["17", "19", "20", "21", "22", "25.5", "27", "8.1"])
MINOR = st.integers(0, 10_000_000)
TAXED = [VatScheme.NORMAL, VatScheme.DEEMED, VatScheme.MARGIN, VatScheme.EXEMPT]


def _tax(scheme: VatScheme, s: int, b: int, percent: str) -> LineTax:
    if scheme is VatScheme.MARGIN:
        return on_margin(s, replace(BOUGHT, price_minor=b), percent)
    return line(scheme, s, percent)


@given(st.sampled_from(TAXED), MINOR, MINOR, RATES, st.data())
def test_credits_of_refunds_in_steps_add_up_and_all_back_leaves_nothing(
    scheme: VatScheme, s: int, b: int, percent: str, data: st.DataObject
) -> None:
    tax = _tax(scheme, s, b, percent)
    first = refunded(tax, data.draw(st.integers(0, s)))
    second = refunded(first.left, first.left.s_minor)
    assert second.left.vat_minor == second.left.s_minor == second.left.net_minor == 0
    assert (first.vat_minor or 0) + (second.vat_minor or 0) == tax.vat_minor


@given(st.sampled_from(TAXED), MINOR, MINOR, RATES)
def test_net_and_tax_are_what_is_paid_and_a_margin_is_taxed_no_more_than_the_price(
    scheme: VatScheme, s: int, b: int, percent: str
) -> None:
    tax = _tax(scheme, s, b, percent)
    assert tax.net_minor is not None
    assert tax.vat_minor is not None
    assert tax.net_minor + tax.vat_minor == s
    assert 0 <= tax.vat_minor <= vat_in(s, Decimal(percent))


@given(MINOR, RATES)
def test_tax_is_the_nearest_minor_unit_and_the_upper_one_of_two(minor: int, percent: str) -> None:
    exact = Decimal(minor) * Decimal(percent) / (100 + Decimal(percent))
    assert Decimal("-0.5") < exact - vat_in(minor, Decimal(percent)) < Decimal("0.5") or (
        exact % 1 == Decimal("0.5") and vat_in(minor, Decimal(percent)) == exact + Decimal("0.5")
    )


@given(st.lists(st.integers(1, 50_000), min_size=1, max_size=4), st.data())
def test_sales_tax_given_back_in_full_leaves_none(parts: list[int], data: st.DataObject) -> None:
    taxes = tuple(Jurisdiction("CITY", str(n), "1", each) for n, each in enumerate(parts))
    net = data.draw(st.integers(1, 1_000_000))
    total = net + sum(parts)
    tax = LineTax(
        None, 1, Currency.USD, total, net, sum(parts), collected_by="PLATFORM", jurisdictions=taxes
    )
    assert refunded(tax, total).left.vat_minor == 0
    assert refunded(tax, 0).left == tax


def test_no_more_goes_back_than_was_paid() -> None:
    tax = line(VatScheme.NORMAL, 100, "20")
    for amount in (-1, 101):
        with pytest.raises(ValueError, match="cannot be given back"):
            refunded(tax, amount)


def test_the_rate_of_a_day_decides() -> None:
    percent = {}
    for country, on in (("FI", date(2024, 8, 31)), ("FI", date(2024, 9, 1))):
        found = book(STRICT).find(RuleKind.VAT_STANDARD_RATE, country, on)
        assert isinstance(found, Rule)
        percent[on] = margin_vat(42_000, 30_000, Decimal(found.value["percent"]))[1]
    assert list(percent.values()) == [2_323, 2_438]
