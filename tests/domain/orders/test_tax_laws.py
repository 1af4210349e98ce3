"""Laws of tax that hold whatever the amounts, the rate and the country."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.markets.rules import RuleBook, RuleKind
from domain.money import Currency
from domain.orders.margin import complete
from domain.orders.sale import Sale
from domain.orders.vat import (
    MODES,
    Acquisition,
    Amounts,
    LineTax,
    Supplier,
    VatScheme,
    global_margin_vat,
    margin_vat,
    vat_in,
    vat_on,
)
from domain.orders.vat_scheme import line_tax
from tests.rules import LENIENT, book

DAY = date(2026, 11, 23)
HOME = Sale(DAY, DAY, "FR", "FR", "FR", "75011", Currency.EUR, Amounts(29_900), 29_900)
UNIT = Acquisition(date(2026, 3, 1), Supplier.PERSON, "FR", 18_000, "receipt 7")
MINOR = st.integers(0, 10_000_000)
PERCENT = st.sampled_from([Decimal(each) for each in ("0", "8.1", "17", "20", "25.5", "27")])
MODE = st.sampled_from(sorted(MODES.values()))


def rounded_by(mode: str, country: str = "EU") -> RuleBook:
    """The shipped rules where a country rounds its tax so."""
    return RuleBook(
        [
            replace(rule, value={**rule.value, "mode": mode})
            if rule.scope.kind is RuleKind.VAT_ROUNDING and rule.scope.country == country
            else rule
            for rule in book()
        ],
        LENIENT,
    )


def taxed(rules: RuleBook, price: int, **changes: Any) -> LineTax:
    found = line_tax(replace(HOME, amounts=Amounts(price), **changes), rules)
    assert isinstance(found, LineTax), found
    return found


@given(MINOR, MINOR, PERCENT, MODE)
def test_a_margin_is_never_below_nothing_and_its_tax_never_above_it(
    s: int, b: int, percent: Decimal, mode: str
) -> None:
    margin, vat = margin_vat(s, b, percent, mode)
    assert margin == max(0, s - b)
    assert 0 <= vat <= margin


@given(MINOR, MINOR, st.integers(0, 1_000_000), PERCENT, MODE)
def test_a_higher_price_is_never_taxed_less_nor_a_higher_cost_more(
    s: int, b: int, more: int, percent: Decimal, mode: str
) -> None:
    _, vat = margin_vat(s, b, percent, mode)
    assert margin_vat(s + more, b, percent, mode)[1] >= vat
    assert margin_vat(s, b + more, percent, mode)[1] <= vat


@given(MINOR, PERCENT, PERCENT, MODE)
def test_a_higher_rate_never_takes_less(
    minor: int, one: Decimal, other: Decimal, mode: str
) -> None:
    low, high = sorted((one, other))
    assert vat_in(minor, low, mode) <= vat_in(minor, high, mode)


@given(st.integers(0, 1_000_000), PERCENT)
def test_the_tax_on_a_net_price_is_the_tax_in_its_gross_one_within_a_minor_unit(
    net: int, percent: Decimal
) -> None:
    gross = net + vat_on(net, percent)
    assert abs(vat_in(gross, percent) - vat_on(net, percent)) <= 1


@given(
    st.lists(st.tuples(MINOR, MINOR), min_size=1, max_size=6),
    st.integers(-1_000_000, 0),
    PERCENT,
    MODE,
)
def test_a_loss_of_a_period_is_carried_whole_and_never_taxed(
    periods: Sequence[tuple[int, int]], carry: int, percent: Decimal, mode: str
) -> None:
    left, taxed_minor = carry, 0
    for sales, purchases in periods:
        before = left
        vat, left = global_margin_vat(sales, purchases, before, percent, mode)
        base = sales - purchases + before
        assert left <= 0 <= vat
        assert (vat == 0) or (left == 0)
        taxed_minor += max(0, base)
        assert base == max(0, base) + left
    total = sum(sales - purchases for sales, purchases in periods)
    assert taxed_minor + left == total + carry


@given(MINOR, st.sampled_from(["FR", "DE", "IT"]))
def test_a_country_rounds_by_its_own_rule_and_no_rule_by_more_than_a_minor_unit(
    price: int, country: str
) -> None:
    at = {"established": country, "dispatch_country": country, "ship_to_country": country}
    found = {mode: taxed(rounded_by(mode), price, **at, ship_to_postcode="10115") for mode in MODES}
    amounts = {mode: tax.vat_minor or 0 for mode, tax in found.items()}
    assert amounts["DOWN"] <= amounts["HALF_EVEN"] <= amounts["HALF_UP"] <= amounts["DOWN"] + 1
    for mode, tax in found.items():
        exact = Decimal(price) * Decimal(tax.rate or 0) / (100 + Decimal(tax.rate or 0))
        assert abs(exact - amounts[mode]) < 1
        assert (tax.net_minor or 0) + amounts[mode] == price


@pytest.mark.parametrize(("mode", "vat"), [("HALF_UP", 1), ("HALF_EVEN", 0), ("DOWN", 0)])
def test_the_rule_of_the_country_decides_a_tie(mode: str, vat: int) -> None:
    rules = rounded_by(mode)
    line = taxed(rules, 18_003, declared=VatScheme.MARGIN)
    found = complete(line, UNIT, rules)
    assert isinstance(found, LineTax)
    assert (found.mode, found.vat_minor) == (mode, vat)
    britain = {"established": "GB", "dispatch_country": "GB", "ship_to_country": "GB"}
    other = taxed(rules, 3, **britain, ship_to_postcode="E1 6AN", currency=Currency.GBP)
    assert (other.mode, other.vat_minor) == ("HALF_UP", 1)


@given(st.lists(MINOR, min_size=1, max_size=30), PERCENT)
def test_the_tax_of_an_invoice_is_that_of_its_sum_within_half_a_minor_unit_a_line(
    prices: list[int], percent: Decimal
) -> None:
    lines = sum(vat_in(price, percent) for price in prices)
    assert abs(lines - vat_in(sum(prices), percent)) * 2 <= len(prices) + 1
