"""Every golden value of VAT and levies of the reference of rules, typed from it.

`3.7/n` are the cases of VAT, `4` the levy, `K` the cases of the domain's section on schemes.
"""

from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import pytest

from domain.markets.rules import (
    Rule,
    RuleUnverified,
)
from domain.money import Currency
from domain.orders.levy import Device, Levy, levy
from domain.orders.margin import complete
from domain.orders.sale import Buyer, Sale, TaxRefusalCode, TaxRefused, VatNumber
from domain.orders.vat import (
    Acquisition,
    Amounts,
    LineTax,
    Supplier,
    VatScheme,
    global_margin_vat,
    margin_vat,
    refunded,
    vat_in,
)
from domain.orders.vat_scheme import line_tax
from tests.golden import RATE, TODAY, day, golden, minor
from tests.rules import LENIENT, STRICT, book


def decided(
    price: str, country: str = "FR", currency: Currency = Currency.EUR, **changes: Any
) -> LineTax | TaxRefused:
    """The tax of a consumer's line inside one country, or of what is said otherwise."""
    strict = changes.pop("strict", False)
    amounts = changes.pop("amounts", Amounts(minor(price, currency)))
    on = changes.pop("on", TODAY)
    sale = Sale(
        on, on, country, country, country, "", currency, amounts, amounts.price_minor
    )  # fmt: skip
    return line_tax(replace(sale, **changes), book(STRICT if strict else LENIENT))


def tax(price: str, country: str = "FR", **changes: Any) -> LineTax:
    found = decided(price, country, **changes)
    assert isinstance(found, LineTax), found
    return found


def unit(price: str | None, currency: Currency = Currency.EUR, **changes: Any) -> Acquisition:
    bought = None if price is None else minor(price, currency)
    given = Acquisition(day("2023-06-01"), Supplier.PERSON, "FR", bought, "receipt 7")
    return replace(given, **changes)


def margin(
    price: str, bought: str, country: str = "FR", currency: Currency = Currency.EUR, **changes: Any
) -> LineTax:
    """The tax of a line on its margin, once its device is known."""
    line = tax(price, country, currency=currency, declared=VatScheme.MARGIN, **changes)
    found = complete(line, unit(bought, currency, country=country), book())
    assert isinstance(found, LineTax), found
    return found


def vat(found: LineTax) -> str:
    """The tax as a decimal."""
    assert found.vat_minor is not None
    return f"{Decimal(found.vat_minor).scaleb(-found.currency.digits):f}"


@golden("3.7/1")
def test_normal_in_france() -> None:
    found = tax("299.00")
    assert (found.scheme, vat(found), found.net_minor) == (VatScheme.NORMAL, "49.83", 24_917)


@golden("3.7/2")
def test_margin_in_france() -> None:
    found = margin("299.00", "180.00")
    assert (found.margin_minor, vat(found)) == (11_900, "19.83")


@golden("3.7/3")
@pytest.mark.parametrize(
    ("price", "bought", "expected"),
    [("150.00", "180.00", "0.00"), ("180.00", "180.00", "0.00"), ("299.00", "0", "49.83")],
)
def test_a_loss_is_none_and_what_cost_nothing_is_all_margin(
    price: str, bought: str, expected: str
) -> None:
    assert vat(margin(price, bought)) == expected


@golden("3.7/4")
def test_shipping_is_in_what_is_obtained() -> None:
    found = margin("299.00", "180.00", amounts=Amounts(29_900, shipping_minor=490))
    assert (found.s_minor, vat(found)) == (30_390, "20.65")


@golden("3.7/5")
def test_a_discount_lowers_the_margin_a_voucher_of_the_platform_does_not() -> None:
    assert vat(margin("299.00", "180.00", amounts=Amounts(29_900, discount_minor=2_000))) == "16.50"
    sold = margin("299.00", "180.00")  # the platform pays 20.00 of it: the merchant gets all
    assert vat(sold) == "19.83"
    back = refunded(sold, 5_000)
    assert (vat(back.left), back.vat_minor) == ("11.50", 833)


@golden("3.7/6")
def test_margin_in_germany() -> None:
    assert vat(margin("349.99", "210.00", "DE")) == "22.35"


@golden("3.7/7")
def test_hungary_rounds_to_two_decimals() -> None:
    rate = book().find(RATE, "HU", TODAY)
    assert isinstance(rate, Rule)
    percent = Decimal(rate.value["percent"])
    assert percent == 27
    got = margin("89990", "52000", "HU", Currency.HUF)
    assert vat(got) == "8076.61"
    assert vat(tax("89990", "HU", currency=Currency.HUF)) == "19131.73"


@golden("3.7/8")
def test_margin_in_britain_is_a_sixth() -> None:
    pounds = {"ship_to_postcode": "E1 6AN"}
    assert vat(margin("250.00", "160.00", "GB", Currency.GBP, **pounds)) == "15.00"


@golden("3.7/9")
def test_a_tie_goes_up() -> None:
    assert vat(margin("180.03", "180.00")) == "0.01"
    assert margin_vat(18_003, 18_000, Decimal(20), ROUND_HALF_EVEN) == (3, 0)


@golden("3.7/10")
def test_three_units_are_rounded_one_by_one() -> None:
    one = margin("110.01", "100.00")
    assert (vat(one), 3 * (one.vat_minor or 0)) == ("1.67", 501)
    normal = tax("99.99")
    assert (vat(normal), 3 * (normal.vat_minor or 0)) == ("16.67", 5_001)
    assert vat_in(29_997, Decimal(20)) == 5_000


@golden("3.7/11")
@pytest.mark.parametrize(
    ("country", "price", "bought", "on", "expected"),
    [
        ("FI", "420", "300", "2024-08-31", "23.23"),
        ("FI", "420", "300", "2024-09-01", "24.38"),
        ("EE", "500", "350", "2025-06-30", "27.05"),
        ("EE", "500", "350", "2025-07-01", "29.03"),
    ],
)
def test_the_tax_point_picks_the_rate(
    country: str, price: str, bought: str, on: str, expected: str
) -> None:
    assert vat(margin(price, bought, country, on=day(on))) == expected


@golden("3.7/12")
def test_a_global_margin_carries_its_loss() -> None:
    assert global_margin_vat(1_000_000, 820_000, -50_000, Decimal(20)) == (21_667, 0)
    assert global_margin_vat(500_000, 600_000, 0, Decimal(20)) == (0, -100_000)


TO_GERMANY: dict[str, Any] = {"ship_to_country": "DE", "ship_to_postcode": "10115"}


@golden("3.7/13")
def test_from_france_to_a_consumer_in_germany() -> None:
    on_margin = margin("349.00", "249.00", **TO_GERMANY)
    assert (on_margin.country, vat(on_margin)) == ("FR", "16.67")
    above = tax("349.00", **TO_GERMANY, oss=True)
    below = tax("349.00", **TO_GERMANY, oss=False)
    assert (above.country, vat(above)) == ("DE", "55.72")
    assert (below.country, vat(below)) == ("FR", "58.17")


@golden("3.7/14")
def test_an_import_up_to_150_is_the_platforms_and_above_it_nobodys_here() -> None:
    away = {"established": "JP", "dispatch_country": "JP", "tax_included": False}
    at = tax("150.00", **away)
    assert (at.scheme, at.s_minor, vat(at)) == (VatScheme.DEEMED, 18_000, "30.00")
    above = decided("150.01", **away)
    assert isinstance(above, TaxRefused)
    assert above.code is TaxRefusalCode.IMPORT_VAT_AT_BORDER


@golden("3.7/15")
def test_stock_in_the_union_of_a_seller_from_abroad() -> None:
    spain = {"ship_to_country": "ES", "ship_to_postcode": "28001", "tax_included": False}
    stock = {"established": "US", "dispatch_country": "NL"} | spain
    consumer = tax("900.00", **stock)
    assert (consumer.scheme, vat(consumer), consumer.s_minor) == (
        VatScheme.DEEMED, "189.00", 108_900,
    )  # fmt: skip
    business = tax("900.00", **stock, **_business("ES"))
    assert (business.scheme, business.row, vat(business)) == (VatScheme.EXEMPT, 9, "0.00")


def _business(country: str, state: VatNumber = VatNumber.VALID) -> dict[str, Any]:
    return {"buyer": Buyer.BUSINESS, "vat_number": state, "vat_number_country": country}


@golden("3.7/16")
def test_from_france_to_a_business_in_germany() -> None:
    exempt = tax("349.00", **TO_GERMANY, **_business("DE"))
    assert (exempt.scheme, exempt.net_minor, vat(exempt)) == (VatScheme.EXEMPT, 29_083, "0.00")
    silent = _business("DE", VatNumber.UNAVAILABLE)
    charged = tax("349.00", **TO_GERMANY, **silent, oss=True)
    assert (charged.scheme, vat(charged)) == (VatScheme.NORMAL, "55.72")
    on_margin = margin("349.00", "249.00", **TO_GERMANY, **_business("DE"))
    assert (on_margin.scheme, on_margin.country, vat(on_margin)) == (
        VatScheme.MARGIN, "FR", "16.67",
    )  # fmt: skip


@golden("3.7/17")
def test_phones_between_businesses_in_germany() -> None:
    phones = {"category": "smartphone", "tax_included": False} | _business("DE")
    at = tax("5000.00", "DE", **phones)
    assert (at.scheme, vat(at)) == (VatScheme.REVERSE_CHARGE, "0.00")
    below = tax("4999.99", "DE", **phones)
    assert (below.scheme, vat(below)) == (VatScheme.NORMAL, "950.00")
    ended = tax("5000.00", "DE", **phones, on=day("2027-01-01"))
    assert (ended.scheme, vat(ended)) == (VatScheme.NORMAL, "950.00")


@golden("3.7/18")
@pytest.mark.parametrize(
    ("price", "country", "currency", "expected"),
    [("33000", "JP", Currency.JPY, "3000"), ("299.00", "CH", Currency.CHF, "22.40")],
)
def test_rates_that_are_not_verified(
    price: str, country: str, currency: Currency, expected: str
) -> None:
    found = tax(price, country, currency=currency)
    assert (vat(found), found.verified) == (expected, False)
    strict = decided(price, country, currency=currency, strict=True)
    assert isinstance(strict, TaxRefused)
    assert isinstance(strict.rule, RuleUnverified)
    assert isinstance(book(STRICT).find(RATE, country, TODAY), RuleUnverified)


@golden("3.7/19")
@pytest.mark.parametrize(
    ("bought", "code"),
    [
        (unit("180.00", imported=True), "NOT_ELIGIBLE"),
        (unit("180.00", document_no=""), "MARGIN_EVIDENCE_MISSING"),
    ],
)
def test_what_is_no_margin_unit_is_refused(bought: Acquisition, code: str) -> None:
    line = tax("299.00", declared=VatScheme.MARGIN)
    found = complete(line, bought, book())
    assert isinstance(found, TaxRefused)
    assert found.code == code


@golden("K")
@pytest.mark.parametrize(
    ("price", "bought", "country", "net_margin", "expected"),
    [
        ("300.00", "180.00", "FR", 10_000, "20.00"),
        ("300.00", "180.00", "DE", 10_084, "19.16"),
        ("160.00", "180.00", "FR", 0, "0.00"),
        ("450.00", "300.00", "FI", 11_952, "30.48"),
        ("180.03", "180.00", "FR", 2, "0.01"),
    ],
)
def test_margins_of_the_domain(
    price: str, bought: str, country: str, net_margin: int, expected: str
) -> None:
    found = margin(price, bought, country)
    assert vat(found) == expected
    assert (found.margin_minor or 0) - (found.vat_minor or 0) == net_margin
    normal = tax("300.00")
    assert (vat(normal), normal.net_minor) == ("50.00", 25_000)


@golden("4")
@pytest.mark.parametrize(
    ("category", "gb", "net", "gross"),
    [
        ("smartphone", "64", "7.20", "8.64"),
        ("smartphone", "65", "8.40", "10.08"),
        ("smartphone", "128", "8.40", "10.08"),
        ("smartphone", "32", "6.00", "7.20"),
        ("smartphone", "16", "4.80", "5.76"),
        ("tablet", "32", "6.50", "7.80"),
    ],
)
def test_the_levy_of_a_device(category: str, gb: str, net: str, gross: str) -> None:
    found = levy(Device(category, Decimal(gb), "FR", TODAY), book())
    assert isinstance(found, Levy)
    assert (found.net_minor, found.gross_minor) == (minor(net), minor(gross))


@golden("4")
def test_no_levy_of_a_laptop_a_professional_or_in_belgium() -> None:
    assert levy(Device("laptop", Decimal(512), "FR", TODAY), book()) is None
    assert levy(Device("smartphone", Decimal(64), "BE", TODAY), book()) is None
    exempt = levy(Device("smartphone", Decimal(64), "FR", TODAY, Buyer.BUSINESS), book())
    assert isinstance(exempt, Levy)
    assert (exempt.net_minor, exempt.gross_minor) == (0, 0)
