"""What an invoice says, and what it must never tell a buyer."""

from dataclasses import asdict, replace
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.markets.rules import RuleMissing, RuleUnverified
from domain.money import Currency
from domain.orders.invoice import Asked, Invoice, NotInvoiced, Party, Sold, VatTotal, invoice
from domain.orders.margin import complete
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
from tests.domain.orders.test_vat_scheme import BUSINESS, HOME, PHONES
from tests.rules import LENIENT, STRICT, book

DAY = date(2026, 11, 23)
MERCHANT = Party("Atelier", ("1 rue A", "75011 Paris"), "FR", "FR40303265045")
PLATFORM = Party("Market", ("2 rue B", "75011 Paris"), "FR", "FR40303265045")
BUYER = Party("Ada", ("3 rue C", "75011 Paris"), "FR")
UNIT = Acquisition(date(2026, 3, 1), Supplier.PERSON, "FR", 18_000, "receipt 7")
MARGIN_WORDS = "Margin scheme \u2013 Second-hand goods"


def taxed(**changes: Any) -> LineTax:
    found = line_tax(replace(HOME, **changes), book())
    assert isinstance(found, LineTax), found
    return found


def on_margin(price: int = 29_900, bought: int = 18_000) -> LineTax:
    tax = taxed(declared=VatScheme.MARGIN, amounts=Amounts(price))
    done = complete(tax, replace(UNIT, price_minor=bought), book())
    assert isinstance(done, LineTax)
    return done


def asked(*taxes: LineTax, **changes: Any) -> Asked:
    sold = [Sold(f"sku-{n}", "Phone", f"serial {n}", tax) for n, tax in enumerate(taxes)]
    return replace(Asked(DAY, "en", MERCHANT, PLATFORM, BUYER, sold), **changes)


def made(*taxes: LineTax, **changes: Any) -> Invoice:
    found = invoice(asked(*taxes, **changes), book())
    assert isinstance(found, Invoice), found
    return found


def test_a_normal_invoice_has_rate_net_and_tax_of_each_line_and_sums_them_by_rate() -> None:
    lines = [taxed(amounts=Amounts(9_999)) for _ in range(3)]
    found = made(*lines)
    assert [(each.net_minor, each.vat_minor, each.rate) for each in found.lines] == [
        (8_332, 1_667, "20")
    ] * 3
    assert found.summary == (VatTotal("FR", "20", 24_996, 5_001),)
    assert (found.gross_minor, found.vat_minor, found.words) == (29_997, 5_001, ())
    assert found.seller == MERCHANT


def test_a_margin_invoice_names_the_scheme_and_shows_neither_rate_nor_tax() -> None:
    found = made(on_margin())
    assert found.words == (MARGIN_WORDS,)
    [line] = found.lines
    assert (line.gross_minor, line.net_minor, line.vat_minor, line.rate) == (
        29_900,
        None,
        None,
        None,
    )
    assert (found.vat_minor, found.summary, found.gross_minor) == (None, (), 29_900)


@given(st.integers(10_001, 99_999), st.integers(0, 99_999))
def test_no_invoice_tells_a_purchase_price_a_margin_or_its_tax(price: int, bought: int) -> None:
    margin, normal = on_margin(price, bought), taxed()
    found = asdict(made(margin, normal))
    numbers = set(_numbers(found))
    of_the_other = {
        normal.s_minor,
        normal.net_minor,
        normal.vat_minor,
        price,
        price + normal.s_minor,
    }
    assert numbers <= of_the_other | {0}


def _numbers(value: object) -> list[int]:
    if isinstance(value, dict):
        return [n for each in value.values() for n in _numbers(each)]
    if isinstance(value, list | tuple):
        return [n for each in value for n in _numbers(each)]
    return [value] if isinstance(value, int) else []


def test_words_that_lack_in_the_language_refuse_and_unverified_ones_in_strict() -> None:
    missing = invoice(asked(on_margin(), language="sv"), book(LENIENT))
    assert isinstance(missing, RuleMissing)
    assert isinstance(invoice(asked(on_margin(), language="fr"), book(STRICT)), RuleUnverified)
    french = made(on_margin(), language="fr")
    assert french.words == ("Régime particulier \u2013 Biens d'occasion",)
    assert isinstance(invoice(asked(taxed(), language="sv"), book(STRICT)), Invoice)


def test_a_margin_line_without_its_unit_is_not_invoiced() -> None:
    waiting = taxed(declared=VatScheme.MARGIN)
    assert invoice(asked(waiting), book()) == NotInvoiced("MARGIN_EVIDENCE_MISSING")


def test_a_reverse_charge_names_itself_and_needs_both_numbers() -> None:
    tax = taxed(**PHONES, amounts=Amounts(595_000))
    assert invoice(asked(tax), book()) == NotInvoiced("VAT_NUMBER_MISSING")
    buyer = replace(BUYER, vat_number="DE136695976")
    found = made(tax, buyer=buyer)
    assert (found.words, found.vat_minor, found.gross_minor) == (("Reverse charge",), 0, 500_000)


def test_a_sale_to_another_state_names_its_ground() -> None:
    to = {"ship_to_country": "DE", "ship_to_postcode": "10115", "vat_number_country": "DE"}
    found = made(taxed(**to, **BUSINESS), buyer=replace(BUYER, vat_number="DE136695976"))
    assert found.words == ("Directive 2006/112/EC art. 138",)
    assert found.summary == (VatTotal("FR", "0", 24_917, 0),)


def test_a_portuguese_invoice_says_that_the_goods_are_refurbished_whatever_the_scheme() -> None:
    seller, buyer = replace(MERCHANT, country="PT"), replace(BUYER, country="PT")
    for tax in (taxed(), on_margin()):
        assert "recondicionado" in made(tax, seller=seller).lines[0].words
        assert "recondicionado" in made(tax, buyer=buyer).lines[0].words
    new = [Sold("sku", "Cable", "", taxed(), used=False)]
    assert made(taxed(), seller=seller, sold=new).words == ()


def test_the_platform_sells_what_it_is_deemed_to_and_apart_from_the_rest() -> None:
    deemed = taxed(
        established="JP", dispatch_country="JP", amounts=Amounts(18_000), consignment_minor=18_000
    )
    assert made(deemed).seller == PLATFORM
    assert invoice(asked(deemed, taxed()), book()) == NotInvoiced("MIXED")


def test_sales_tax_is_told_by_authority() -> None:
    parts = (Jurisdiction("STATE", "OH", "5.75", 575), Jurisdiction("COUNTY", "430", "1", 100))
    sale = replace(HOME, ship_to_country="US", ship_to_region="OH", currency=Currency.USD)
    tax = line_tax(sale, book(), SalesTax(parts, "a test", DAY, "quote"))
    assert isinstance(tax, LineTax)
    found = made(tax, tax)
    assert [(each.name, each.amount_minor) for each in found.sales_tax] == [
        ("OH", 1_150),
        ("430", 200),
    ]
    assert found.summary == ()
    assert found.vat_minor == 1_350


TAXES = st.lists(
    st.tuples(st.booleans(), st.integers(1, 500_000), st.integers(0, 500_000)),
    min_size=1,
    max_size=6,
)


@given(TAXES)
def test_parts_sum_to_the_whole(given_lines: list[tuple[bool, int, int]]) -> None:
    taxes = [
        on_margin(price, bought) if margin else taxed(amounts=Amounts(price))
        for margin, price, bought in given_lines
    ]
    found = made(*taxes)
    assert found.gross_minor == sum(each.gross_minor for each in found.lines)
    assert (found.vat_minor or 0) == sum(each.vat_minor or 0 for each in found.lines)
    assert (found.vat_minor or 0) == sum(each.vat_minor for each in found.summary)
    shown = sum(each.gross_minor for each in found.lines if each.vat_minor is not None)
    assert shown == sum(each.net_minor + each.vat_minor for each in found.summary)
