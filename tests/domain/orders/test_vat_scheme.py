"""Which scheme a line falls under: the table line by line, and what it refuses."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.markets.rules import RuleMissing, RuleUnverified
from domain.money import Currency
from domain.orders.sale import Buyer, Sale, TaxRefusalCode, TaxRefused, VatNumber
from domain.orders.tax_wording import message
from domain.orders.vat import (
    Amounts,
    Jurisdiction,
    LineTax,
    SalesTax,
    VatScheme,
)
from domain.orders.vat_scheme import line_tax
from tests.rules import STRICT, book

DAY = date(2026, 11, 23)
HOME = Sale(DAY, DAY, "FR", "FR", "FR", "75011", Currency.EUR, Amounts(29_900), 29_900)
ABROAD: dict[str, Any] = {"ship_to_country": "DE", "ship_to_postcode": "10115"}
BUSINESS: dict[str, Any] = {"buyer": Buyer.BUSINESS, "vat_number": VatNumber.VALID}
CODE = TaxRefusalCode


def sale(price: int = 29_900, **changes: Any) -> Sale:
    return replace(HOME, **({"amounts": Amounts(price), "consignment_minor": price} | changes))


def tax(price: int = 29_900, **changes: Any) -> LineTax:
    found = line_tax(sale(price, **changes), book())
    assert isinstance(found, LineTax), found
    return found


def refused(price: int = 29_900, **changes: Any) -> TaxRefused:
    found = line_tax(sale(price, **changes), book())
    assert isinstance(found, TaxRefused), found
    return found


def told(found: LineTax) -> tuple[object, ...]:
    return found.scheme, found.row, found.country, found.rate, found.vat_minor, found.net_minor


def test_in_one_state_the_rate_of_that_state_is_in_the_price() -> None:
    assert told(tax()) == (VatScheme.NORMAL, 12, "FR", "20", 4_983, 24_917)


def test_the_us_needs_a_provider_and_then_the_platform_collects() -> None:
    to = {"ship_to_country": "US", "ship_to_postcode": "10001", "currency": Currency.USD}
    assert refused(**to).code is CODE.TAX_PROVIDER_REQUIRED
    parts = (Jurisdiction("STATE", "NY", "4", 1_196), Jurisdiction("CITY", "NYC", "4.5", 1_346))
    found = line_tax(sale(**to), book(STRICT), SalesTax(parts, "a test", DAY, "quote 1"))
    assert isinstance(found, LineTax)
    assert (found.scheme, found.row, found.collected_by) == (None, 1, "PLATFORM")
    assert (found.s_minor, found.net_minor, found.vat_minor) == (32_442, 29_900, 2_542)
    assert found.verified


@pytest.mark.parametrize(
    ("country", "postcode"),
    [
        *(("ES", "35001"), ("ES", "38 001"), ("ES", "51001"), ("ES", "52001")),
        *(("FR", "97110"), ("FR", "97600"), ("FI", "22100"), ("DE", "27498"), ("DE", "78266")),
        *(("IT", "22061"), ("IT", "23041"), ("GR", "630 86"), ("PT", "9000-001")),
        *(
            ("GB", "je2 3ab"),
            ("GB", "GY1 1AA"),
            ("GB", "BT1 1AA"),
            ("XI", "BT1 1AA"),
            ("RE", "97400"),
        ),
    ],
)
def test_special_territories_are_refused_until_they_are_modelled(
    country: str, postcode: str
) -> None:
    found = refused(ship_to_country=country, ship_to_postcode=postcode)
    assert found.code is CODE.TAX_TERRITORY_UNSUPPORTED


def test_a_small_consignment_to_a_consumer_in_britain_is_the_platforms() -> None:
    to = {"ship_to_country": "GB", "ship_to_postcode": "E1 6AN", "currency": Currency.GBP}
    at_limit = tax(16_200, **to)  # 135.00 and 20 %
    assert told(at_limit) == (VatScheme.DEEMED, 3, "GB", "20", 2_700, 13_500)
    assert at_limit.collected_by == "PLATFORM"
    above = tax(16_201, **to)
    assert told(above)[:2] == (VatScheme.EXEMPT, 7)
    assert above.import_vat_at_border
    stock = tax(90_000, established="US", dispatch_country="GB", **to)
    assert told(stock)[:3] == (VatScheme.DEEMED, 3, "GB")


def test_an_import_is_the_platforms_up_to_the_limit_and_nobodys_here_above_it() -> None:
    away = {"established": "JP", "dispatch_country": "JP"}
    assert told(tax(18_000, **away)) == (VatScheme.DEEMED, 4, "FR", "20", 3_000, 15_000)
    assert refused(18_001, **away).code is CODE.IMPORT_VAT_AT_BORDER
    assert tax(15_000, tax_included=False, **away).s_minor == 18_000
    assert refused(15_001, tax_included=False, **away).code is CODE.IMPORT_VAT_AT_BORDER


def test_the_limit_is_of_what_travels_together() -> None:
    away = {"established": "JP", "dispatch_country": "JP"}
    assert refused(9_000, consignment_minor=18_001, **away).code is CODE.IMPORT_VAT_AT_BORDER
    zloty = {"currency": Currency.PLN, "ship_to_country": "PL", "ship_to_postcode": "00-001"}
    assert refused(9_000, **away, **zloty).code is CODE.CONSIGNMENT_VALUE_UNKNOWN


def test_stock_in_the_union_of_a_seller_who_is_not_is_the_platforms_at_any_value() -> None:
    to = {"ship_to_country": "ES", "ship_to_postcode": "28001"}
    stock = {"established": "US", "dispatch_country": "NL"} | to
    assert told(tax(108_900, **stock)) == (VatScheme.DEEMED, 6, "ES", "21", 18_900, 90_000)
    margin = tax(108_900, **stock, declared=VatScheme.MARGIN)
    assert margin.scheme is VatScheme.DEEMED
    business = tax(108_900, **stock, **BUSINESS, vat_number_country="ES")
    assert told(business) == (VatScheme.EXEMPT, 9, "NL", None, 0, 90_000)


def test_a_margin_line_has_the_rate_of_where_dispatch_starts_and_waits_for_its_unit() -> None:
    found = tax(34_900, **ABROAD, declared=VatScheme.MARGIN)
    assert told(found) == (VatScheme.MARGIN, 8, "FR", "20", None, None)
    assert found.open
    assert found.words == {"en": "Margin scheme \u2013 Second-hand goods"}
    business = tax(34_900, **ABROAD, **BUSINESS, vat_number_country="DE", declared=VatScheme.MARGIN)
    assert (business.scheme, business.deductible) == (VatScheme.MARGIN, False)


def test_a_global_margin_is_refused_where_no_state_is_known_to_allow_it() -> None:
    assert refused(declared=VatScheme.MARGIN_GLOBAL).code is CODE.NOT_ELIGIBLE
    britain = {"established": "GB", "dispatch_country": "GB", "ship_to_country": "GB"}
    pounds = {"currency": Currency.GBP, "ship_to_postcode": "E1 6AN"}
    assert tax(**britain, **pounds, declared=VatScheme.MARGIN_GLOBAL).row == 8


def test_a_consumer_in_another_state_pays_its_rate_above_the_threshold_alone() -> None:
    assert told(tax(34_900, **ABROAD, oss=True))[:5] == (VatScheme.NORMAL, 11, "DE", "19", 5_572)
    assert told(tax(34_900, **ABROAD, oss=False))[:5] == (VatScheme.NORMAL, 12, "FR", "20", 5_817)
    assert refused(34_900, **ABROAD).code is CODE.DISTANCE_SALES_UNKNOWN


def test_only_a_valid_number_of_another_state_makes_a_sale_exempt() -> None:
    to = {**ABROAD, "buyer": Buyer.BUSINESS, "vat_number_country": "DE", "oss": False}
    exempt = tax(34_900, **to, vat_number=VatNumber.VALID)
    assert told(exempt) == (VatScheme.EXEMPT, 9, "FR", None, 0, 29_083)
    assert exempt.reference == "Directive 2006/112/EC art. 138"
    for number in (VatNumber.NONE, VatNumber.INVALID, VatNumber.UNAVAILABLE):
        assert told(tax(34_900, **to, vat_number=number))[:2] == (VatScheme.NORMAL, 12)
    own = to | {"vat_number": VatNumber.VALID, "vat_number_country": "FR"}
    assert tax(34_900, **own).scheme is VatScheme.NORMAL


PHONES: dict[str, Any] = {
    "established": "DE", "dispatch_country": "DE", "category": "smartphone",
    "vat_number_country": "DE", **ABROAD, **BUSINESS,
}  # fmt: skip


def test_phones_are_reverse_charged_in_germany_from_the_threshold_until_the_permission_ends() -> (
    None
):
    found = tax(595_000, **PHONES)
    assert told(found) == (VatScheme.REVERSE_CHARGE, 10, "DE", None, 0, 500_000)
    assert found.words == {"en": "Reverse charge"}
    assert told(tax(594_999, **PHONES)) == (VatScheme.NORMAL, 12, "DE", "19", 95_000, 499_999)
    after = tax(595_000, **PHONES, tax_point=date(2027, 1, 1))
    assert told(after) == (VatScheme.NORMAL, 12, "DE", "19", 95_000, 500_000)
    together = tax(59_500, **PHONES, transaction_minor=595_000)
    assert (together.scheme, together.s_minor) == (VatScheme.REVERSE_CHARGE, 50_000)


def test_a_permission_of_the_union_reverses_no_charge_by_itself() -> None:
    phones = PHONES | {"established": "FR", "dispatch_country": "FR", "ship_to_country": "FR"}
    assert tax(595_000, **phones).scheme is VatScheme.NORMAL


def test_goods_that_leave_are_exempt_where_somebody_recorded_how() -> None:
    found = tax(ship_to_country="CH", ship_to_postcode="8001", currency=Currency.CHF)
    assert told(found) == (VatScheme.EXEMPT, 7, "FR", None, 0, 29_900)
    assert found.proof == ("confirmation of exit",)
    away = {"established": "JP", "dispatch_country": "JP", "ship_to_country": "KR"}
    missing = refused(**away)
    assert missing.code is CODE.RULE_MISSING
    assert isinstance(missing.rule, RuleMissing)


def test_the_tax_point_decides_between_two_rates() -> None:
    estonia = {"established": "EE", "dispatch_country": "EE", "ship_to_country": "EE"}
    ordered = {"ordered_on": date(2025, 6, 29)}
    assert tax(**estonia, **ordered, tax_point=date(2025, 6, 30)).rate == "22"
    assert tax(**estonia, **ordered, tax_point=date(2025, 7, 1)).rate == "24"


def test_strict_sells_nothing_on_rules_that_nobody_verified() -> None:
    found = line_tax(sale(), book(STRICT))
    assert isinstance(found, TaxRefused)
    assert found.code is CODE.RULE_UNVERIFIED
    assert isinstance(found.rule, RuleUnverified)


def test_strict_sells_in_one_state_and_on_margin_once_three_kinds_are_verified() -> None:
    signed = [
        replace(rule, status=verified.status, verified_on=DAY, verified_by="counsel")
        if rule.scope.kind in {"vat.rounding", "vat.territory", "vat.invoice_words"}
        else rule
        for verified in [next(r for r in book() if r.verified)]
        for rule in book()
    ]
    rules = type(book())(signed, STRICT)
    for changes in ({}, {**ABROAD, "declared": VatScheme.MARGIN, "language": "fr"}):
        found = line_tax(sale(**changes), rules)
        assert isinstance(found, LineTax), found
        assert found.verified
    for changes in ({**ABROAD, "oss": True}, {**ABROAD, **BUSINESS, "vat_number_country": "DE"}):
        found = line_tax(sale(**changes), rules)
        assert isinstance(found, TaxRefused)
        assert found.code is CODE.RULE_UNVERIFIED


def test_a_line_names_every_rule_that_it_rests_on_and_which_are_unverified() -> None:
    found = tax()
    assert set(found.rule_ids) == {
        "vat.territory:FR:2016-01-01",
        "vat.standard_rate:FR:2016-01-01",
        "vat.rounding:EU:2016-01-01",
    }
    assert set(found.unverified) == {"vat.territory:FR:2016-01-01", "vat.rounding:EU:2016-01-01"}
    assert not found.verified
    assert tax(ordered_on=date(2027, 1, 1)).stale == ("vat.standard_rate:FR:2016-01-01",)


def test_no_words_in_the_language_of_the_invoice_is_no_sale() -> None:
    found = refused(declared=VatScheme.MARGIN, language="sv")
    assert found.code is CODE.RULE_MISSING
    assert found.facts["kind"] == "vat.invoice_words"


@pytest.mark.parametrize(
    ("country", "currency", "price", "vat"),
    [("JP", Currency.JPY, 33_000, 3_000), ("CH", Currency.CHF, 29_900, 2_240)],
)
def test_rates_that_nobody_verified_are_for_the_lenient_alone(
    country: str, currency: Currency, price: int, vat: int
) -> None:
    at = {"established": country, "dispatch_country": country, "ship_to_country": country}
    found = tax(price, **at, currency=currency)
    assert (found.vat_minor, found.verified) == (vat, False)
    strict = line_tax(sale(price, **at, currency=currency), book(STRICT))
    assert isinstance(strict, TaxRefused)
    assert strict.code is CODE.RULE_UNVERIFIED


def test_every_refusal_has_a_sentence_in_english_and_french() -> None:
    for code in TaxRefusalCode:
        english, french = (message(TaxRefused(code), each) for each in ("en", "fr"))
        assert english != french
        assert message(TaxRefused(code), "de") == english


COUNTRIES = ["FR", "DE", "NL", "GB", "CH", "JP", "US", "XI", "RE", "KR"]


@given(
    *(st.sampled_from(COUNTRIES) for _ in range(3)),
    st.sampled_from(["75011", "35001", "BT1 1AA", "", "97110", "10115"]),
    st.sampled_from([VatScheme.NORMAL, VatScheme.MARGIN, VatScheme.MARGIN_GLOBAL]),
    st.sampled_from(list(Buyer)),
    st.sampled_from(list(VatNumber)),
    st.integers(0, 1_000_000),
    st.none() | st.booleans(),
    st.booleans(),
)
def test_every_sale_has_a_tax_or_a_reason_and_what_is_paid_is_net_and_tax(  # noqa: PLR0917
    established: str,
    dispatch: str,
    to: str,
    postcode: str,
    declared: VatScheme,
    buyer: Buyer,
    number: VatNumber,
    price: int,
    oss: bool | None,
    strict: bool,
) -> None:
    made = sale(
        price, established=established, dispatch_country=dispatch, ship_to_country=to,
        ship_to_postcode=postcode, declared=declared, buyer=buyer, vat_number=number, oss=oss,
    )  # fmt: skip
    found = line_tax(made, book(STRICT) if strict else book())
    if isinstance(found, TaxRefused):
        return
    assert found.verified or not strict
    assert found.s_minor <= price
    if found.vat_minor is not None and found.net_minor is not None:
        assert found.net_minor + found.vat_minor == found.s_minor
    assert (found.vat_minor is None) == (
        found.scheme in {VatScheme.MARGIN, VatScheme.MARGIN_GLOBAL}
    )
    assert set(found.unverified) <= set(found.rule_ids)
    assert LineTax.of(found.facts()) == found
