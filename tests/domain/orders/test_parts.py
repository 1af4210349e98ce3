"""What a price is made of: the parts are the whole, and no margin line tells its tax."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.markets.rules import RuleBook
from domain.money import Currency
from domain.orders.margin import complete
from domain.orders.parts import Part, PartKind, PriceParts, price_parts, shown_of, summed
from domain.orders.sale import Sale
from domain.orders.vat import (
    Acquisition,
    Amounts,
    Jurisdiction,
    LineTax,
    SalesTax,
    Supplier,
    VatScheme,
)
from domain.orders.vat_scheme import line_tax
from tests.rules import LENIENT, book

DAY = date(2026, 11, 23)
PHONE: dict[str, Any] = {"category": "smartphone", "capacity_gb": Decimal(64)}
K = PartKind


def with_tariff() -> RuleBook:
    """The shipped rules with a tariff of 0.42 EUR of the eco-contribution, which none has."""
    rules = [
        replace(rule, value={**rule.value, "amount": "0.42"})
        if rule.scope.kind.value == "eco.contribution"
        else rule
        for rule in book()
    ]
    return RuleBook(rules, LENIENT)


BOOK = with_tariff()


def taxed(amounts: Amounts, **changes: Any) -> LineTax:
    made = Sale(
        DAY, DAY, "FR", "FR", "FR", "75011", Currency.EUR, amounts, amounts.price_minor,
        first_placed="ES",
    )  # fmt: skip
    parts = (Jurisdiction("STATE", "NY", "4", 1_196), Jurisdiction("CITY", "NYC", "4.5", 1_346))
    found = line_tax(replace(made, **changes), BOOK, SalesTax(parts, "a test", DAY, "quote 1"))
    assert isinstance(found, LineTax), found
    return found


def amounts_of(found: PriceParts) -> dict[PartKind, int | None]:
    return {part.kind: part.amount_minor for part in found.parts}


def test_a_price_is_its_goods_delivery_levies_and_tax_each_without_tax() -> None:
    shown = Amounts(29_900, shipping_minor=490)
    found = price_parts(taxed(shown, **PHONE), shown, fee_minor=99)
    # 303.90 at 20 %: tax 50.65, net 253.25; of it delivery 4.90 / 1.2 = 4.08, levy 7.20, eco 0.42
    assert amounts_of(found) == {
        K.GOODS: 24_155, K.DELIVERY: 408, K.LEVY: 720, K.ECO_CONTRIBUTION: 42, K.TAX: 5_065,
        K.SERVICE_FEE: 99,
    }  # fmt: skip
    assert (found.gross_minor, found.net_minor, found.tax_minor) == (30_489, 25_325, 5_065)


def test_a_margin_line_shows_parts_with_their_tax_inside_and_no_tax() -> None:
    shown = Amounts(29_900, shipping_minor=490)
    found = price_parts(taxed(shown, **PHONE, declared=VatScheme.MARGIN), shown)
    # levy 7.20 and 8.64 with its tax, eco-contribution 0.42 and 0.50
    assert amounts_of(found) == {
        K.GOODS: 28_986, K.DELIVERY: 490, K.LEVY: 864, K.ECO_CONTRIBUTION: 50,
    }  # fmt: skip
    assert (found.gross_minor, found.net_minor, found.tax_minor) == (30_390, None, None)


@given(st.integers(0, 100_000), st.integers(0, 100_000))
def test_the_parts_of_a_margin_line_are_the_same_once_its_device_is_known(
    price: int, bought: int
) -> None:
    shown = Amounts(price, shipping_minor=490)
    open_ = taxed(shown, **PHONE, declared=VatScheme.MARGIN)
    unit = Acquisition(date(2026, 3, 1), Supplier.PERSON, "FR", bought, "receipt 7")
    known = complete(open_, unit, BOOK)
    assert isinstance(known, LineTax)
    assert known.net_minor is not None
    assert price_parts(known, shown) == price_parts(open_, shown)


def test_a_sales_tax_is_on_top_and_a_part_of_its_own() -> None:
    shown = Amounts(29_900, shipping_minor=1_000)
    to = {"ship_to_country": "US", "ship_to_postcode": "10001", "currency": Currency.USD}
    found = price_parts(taxed(shown, **to), shown)
    assert amounts_of(found) == {K.GOODS: 29_900, K.DELIVERY: 1_000, K.TAX: 2_542}
    assert found.gross_minor == 33_442


def test_what_nobody_knows_of_a_levy_is_in_the_goods_and_says_why() -> None:
    shown = Amounts(29_900)
    found = price_parts(taxed(shown, category="smartphone", first_placed=None), shown)
    assert [part for part in found.parts if part.state] == [
        Part(K.LEVY, None, "CAPACITY_REQUIRED"), Part(K.ECO_CONTRIBUTION, None, "ORIGIN_UNKNOWN"),
    ]  # fmt: skip
    assert amounts_of(found)[K.GOODS] == 24_917


def test_a_line_remembers_what_its_offer_showed() -> None:
    shown = Amounts(29_900, 490, 100, 50)
    tax = taxed(shown)
    assert shown_of(LineTax.of(tax.facts())) == shown
    old = replace(tax, evidence={})
    assert shown_of(old) == Amounts(tax.s_minor)


def test_an_order_is_the_sum_of_its_lines_and_hides_what_one_of_them_hides() -> None:
    shown = Amounts(29_900, shipping_minor=490)
    normal = price_parts(taxed(shown, **PHONE), shown)
    margin = price_parts(taxed(shown, declared=VatScheme.MARGIN), shown)
    both, twice = summed([normal, margin]), summed([normal, normal])
    assert both is not None
    assert twice is not None
    assert (both.gross_minor, both.net_minor, both.tax_minor) == (60_780, None, None)
    assert (twice.gross_minor, twice.net_minor, twice.tax_minor) == (60_780, 50_650, 10_130)
    assert amounts_of(twice)[K.LEVY] == 1_440
    assert summed([]) is None
    with pytest.raises(ValueError, match="two currencies"):
        summed([normal, replace(normal, currency=Currency.GBP)])


MINOR = st.integers(0, 2_000_000)
AMOUNTS = st.builds(Amounts, MINOR, st.integers(0, 5_000), st.integers(0, 2_000), MINOR)
SCHEMES = st.sampled_from([VatScheme.NORMAL, VatScheme.MARGIN])
PLACES = st.sampled_from(
    [
        {},
        {"ship_to_country": "DE", "ship_to_postcode": "10115", "oss": True},
        {"ship_to_country": "ES", "ship_to_postcode": "28001", "oss": False},
        {"ship_to_country": "US", "ship_to_postcode": "10001", "currency": Currency.USD},
        {"ship_to_country": "CH", "ship_to_postcode": "8001", "currency": Currency.CHF},
        {"established": "US"},
        {"tax_included": False},
    ]
)
CAPACITY = st.none() | st.sampled_from([Decimal(n) for n in (8, 64, 512)])


@given(AMOUNTS, SCHEMES, PLACES, CAPACITY, st.integers(0, 500), st.integers(0, 500))
def test_the_parts_are_the_whole_whatever_the_scheme_and_the_place(
    shown: Amounts,
    scheme: VatScheme,
    place: dict[str, Any],
    capacity: Decimal | None,
    fee: int,
    duties: int,
) -> None:
    device = {"category": "smartphone", "capacity_gb": capacity}
    tax = taxed(shown, declared=scheme, **device, **place)
    found = price_parts(tax, shown, fee, duties)
    assert sum(part.amount_minor or 0 for part in found.parts) == found.gross_minor
    assert found.gross_minor == tax.s_minor + fee + duties
    assert (found.tax_minor is None) == (found.net_minor is None) == tax.on_margin
    if found.net_minor is not None and found.tax_minor is not None:
        assert found.net_minor + found.tax_minor + fee + duties == found.gross_minor
    else:
        assert K.TAX not in amounts_of(found)
    levies = sum(part.amount_minor or 0 for part in found.parts if part.state)
    assert all((part.amount_minor or 0) >= 0 for part in found.parts if part.kind is not K.GOODS)
    assert (amounts_of(found)[K.GOODS] or 0) >= -levies


@given(st.lists(st.tuples(AMOUNTS, SCHEMES), min_size=1, max_size=5))
def test_an_order_costs_what_its_lines_cost(lines: list[tuple[Amounts, VatScheme]]) -> None:
    places = (PHONE, PHONE | {"capacity_gb": None}, PHONE | {"first_placed": None})
    prices = [
        price_parts(taxed(shown, **places[n % 3], declared=s), shown, 99, 5)
        for n, (shown, s) in enumerate(lines)
    ]
    found = summed(prices)
    assert found is not None
    assert sum(part.amount_minor or 0 for part in found.parts[:9]) == found.gross_minor
    assert found.gross_minor == sum(each.gross_minor for each in prices)
    assert sum(part.amount_minor or 0 for part in found.parts) == found.gross_minor
