"""Every golden value of dates and lookups of the reference of rules, typed from it.

`20/n` is its number. Those of VAT and levies are in `orders/test_vat_golden.py`; the last test here
says that none is left out.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from domain.calendars import Calendar, months_after
from domain.catalog import GtinProblem, gtin14
from domain.markets.reporting import Sold, reached
from domain.markets.rules import (
    Audience,
    Evidence,
    Found,
    Rule,
    RuleBook,
    RuleKind,
    RuleMissing,
    RuleOverlap,
    RulePolicy,
    RuleStatus,
    RuleUnverified,
    Scope,
    overlapping,
)
from domain.money import Currency
from domain.orders.guarantee import Agreement, Bought, Guarantee, guarantee
from domain.orders.sale import TaxRefusalCode, TaxRefused, VatNumber
from domain.orders.vat_number import check_number
from domain.orders.withdrawal import Purchase, WithdrawalRight, withdrawal
from domain.raas.custody import mass_balance
from domain.trade_in.accounts import AccountFault, BankAccount, account_of
from domain.units import Imei, ImeiFault, imei
from domain.units.erasure import shown
from domain.units.proofs import (
    Erasure,
    ErasureMethod,
    ErasureResult,
    ErasureTechnique,
    ProofFault,
    erasure_fault,
)
from tests.domain.orders.test_vat_golden import decided
from tests.golden import PROVEN, RATE, TODAY, day, golden
from tests.rules import LENIENT, STRICT, book, shipped


@golden("20/1")
@pytest.mark.parametrize(
    ("country", "on", "percent"),
    [
        ("EE", "2024-01-01", "22"),
        ("EE", "2025-06-30", "22"),
        ("EE", "2025-07-01", "24"),
        ("RO", "2025-07-31", "19"),
        ("RO", "2025-08-01", "21"),
        ("SK", "2024-12-31", "20"),
        ("SK", "2025-01-01", "23"),
        ("LU", "2023-06-15", "16"),
        ("DE", "2020-12-31", "16"),
        ("DE", "2021-01-01", "19"),
        ("GR", "2016-05-31", "23"),
        ("IE", "2021-02-28", "21"),
    ],
)
def test_the_rate_of_a_day(country: str, on: str, percent: str) -> None:
    found = book(STRICT).find(RATE, country, day(on))
    assert isinstance(found, Rule)
    assert found.value["percent"] == percent


@golden("20/2")
def test_a_day_without_a_rate() -> None:
    assert isinstance(book().find(RATE, "DE", day("2015-12-31")), RuleMissing)
    assert isinstance(book().find(RATE, "CH", day("2026-09-28")), RuleMissing)
    for on in ("2016-01-01", "2026-11-23", "2030-01-01"):
        assert isinstance(book().find(RATE, "US", day(on)), RuleMissing)
    to = {"ship_to_country": "US", "ship_to_postcode": "10001"}
    states = decided("299.00", "US", Currency.USD, **to)
    assert isinstance(states, TaxRefused)
    assert states.code is TaxRefusalCode.TAX_PROVIDER_REQUIRED
    assert isinstance(book(STRICT).find(RATE, "CH", day("2026-09-29")), RuleUnverified)
    lenient = book(LENIENT).find(RATE, "CH", day("2026-09-29"))
    assert isinstance(lenient, Rule)
    assert (lenient.value["percent"], lenient.verified) == ("8.1", False)


def made(scope: Scope, start: str, end: str | None = None, percent: str = "23") -> Rule:
    first = day(start)
    return Rule(
        scope.id_from(first), scope, first, day(end) if end else None, {"percent": percent},
        "a test", "", Evidence.LAW_TEXT, RuleStatus.VERIFIED, first, "a test",
    )  # fmt: skip


@golden("20/3")
def test_overlaps_levels_and_what_is_no_rule_of_britain() -> None:
    stray = made(Scope(RATE, "EE"), "2025-01-01", "2025-08-01")
    clash = overlapping([*shipped(), stray])
    assert isinstance(clash, RuleOverlap)
    assert clash.code == "RULE_OVERLAP"
    laptops = made(Scope(RATE, "FR", None, "laptop"), "2026-01-01", percent="5.5")
    rules = RuleBook([*shipped(), laptops])
    asked: dict[str, Found] = {
        each: rules.find(RATE, "FR", TODAY, category=each) for each in ("laptop", "smartphone")
    }
    assert asked["laptop"] == laptops
    phone = asked["smartphone"]
    assert isinstance(phone, Rule)
    assert phone.scope == Scope(RATE, "FR")
    function = RuleKind.WITHDRAWAL_FUNCTION
    for on in ("2026-01-01", "2026-11-23", "2026-12-31"):
        found = book().find(function, "GB", day(on), audience=Audience.CONSUMER)
        assert isinstance(found, RuleMissing)


def held(
    country: str, delivered: str, contract: str = "2026-11-01", policy: RulePolicy = STRICT,
    agreement: Agreement | None = None, **more: Any,
) -> Guarantee:  # fmt: skip
    found = guarantee(
        Bought(country, day(contract), day(delivered), **more), book(policy), agreement
    )
    assert isinstance(found, Guarantee)
    return found


@golden("20/4")
@pytest.mark.parametrize(
    ("country", "ends"),
    [
        ("PT", "2029-11-06"),
        ("ES", "2029-11-06"),
        ("FR", "2028-11-06"),
        ("DE", "2028-11-06"),
        ("FI", "2028-11-06"),
    ],
)
def test_the_end_of_a_guarantee(country: str, ends: str) -> None:
    found = held(country, "2026-11-06")
    assert (found.ends_on, found.expected_life) == (day(ends), country == "FI")


@golden("20/5")
def test_a_guarantee_that_was_agreed_shorter() -> None:
    portugal = held("PT", "2026-11-06", agreement=Agreement(18, "agreement 1"))
    assert getattr(portugal.refused, "code", None) == "SHORTENING_NOT_ALLOWED"
    assert portugal.months == 36
    germany = held("DE", "2026-11-06", agreement=Agreement(12, "agreement 2"))
    assert isinstance(germany.refused, RuleUnverified)
    assert germany.months == 24


@golden("20/6")
def test_months_from_a_leap_day() -> None:
    assert held("FR", "2028-02-29").ends_on == day("2030-02-28")
    assert held("ES", "2028-02-29").ends_on == day("2031-02-28")
    assert months_after(day("2028-02-29"), 24) == day("2030-02-28")


@golden("20/7")
def test_a_repair_lengthens_once() -> None:
    ends = [held("FR", "2026-08-10", "2026-08-05", repairs=n).ends_on for n in (1, 2)]
    assert ends == [day("2029-08-10"), day("2029-08-10")]
    assert held("FR", "2026-08-10", "2026-07-30", repairs=1).ends_on == day("2028-08-10")


ZONES = {
    "FR": "Europe/Paris", "DE": "Europe/Berlin", "PT": "Europe/Lisbon", "IE": "Europe/Dublin",
    "GB": "Europe/London", "KR": "Asia/Seoul", "JP": "Asia/Tokyo",
}  # fmt: skip


def last_day(country: str, *delivered: str, informed: str | None = "2026-11-01") -> str:
    told = day(informed) if informed else None
    bought = Purchase(country, day("2026-11-01"), tuple(map(day, delivered)), told)
    found = withdrawal(bought, Calendar(country, ZONES[country]), book())
    assert isinstance(found, WithdrawalRight), found
    assert found.last_day is not None
    return found.last_day.isoformat()


@golden("20/8", "20/9")
@pytest.mark.parametrize(
    ("country", "delivered", "last"),
    [
        ("FR", "2026-11-06", "2026-11-20"),
        ("FR", "2026-11-08", "2026-11-23"),
        ("FR", "2026-12-11", "2026-12-28"),
        ("FR", "2026-12-18", "2027-01-04"),
        ("FR", "2027-04-16", "2027-04-30"),
        ("DE", "2026-12-12", "2026-12-28"),
        ("PT", "2027-03-12", "2027-03-29"),
        ("IE", "2027-03-14", "2027-03-30"),
        ("GB", "2026-12-11", "2026-12-25"),
        ("KR", "2026-11-06", "2026-11-13"),
        ("JP", "2026-11-06", "2026-11-13"),
    ],
)
def test_the_last_day_to_withdraw(country: str, delivered: str, last: str) -> None:
    assert last_day(country, delivered) == last


@golden("20/10")
def test_two_parcels_and_who_is_informed_late_or_never() -> None:
    assert last_day("FR", "2026-11-06", "2026-11-10") == "2026-11-24"
    assert last_day("FR", "2026-11-06", informed=None) == "2027-11-22"
    assert last_day("FR", "2026-11-06", informed="2027-01-05") == "2027-01-19"


NOT_SAID = "the reference does not say"


def _at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}T00:00:00").replace(tzinfo=ZoneInfo("Europe/Paris"))


@golden("20/11", "20/12", "20/13")
@pytest.mark.parametrize(
    ("start", "low", "price", "first", "prior", "percent"),
    [
        ("11-10", 280, 249, "2026-10-11", 280, 11),
        ("11-10", 280, 279, "2026-10-11", 280, None),
        ("11-10", 280, 280, "2026-10-11", 280, "NOT_A_REDUCTION"),
        ("11-10", 250, 279, "2026-10-11", 250, "NOT_A_REDUCTION"),
        ("11-23", 280, 249, "2026-10-24", 280, NOT_SAID),
        ("11-24", 280, 249, "2026-10-25", 310, NOT_SAID),
    ],
)
def test_the_prior_price(
    start: str, low: int, price: int, first: str, prior: int, percent: int | str | None
) -> None:
    rules = pytest.importorskip("domain.offers.prior_price")
    days = book(STRICT).find(RuleKind.PRICE_PRIOR, "FR", TODAY)
    assert isinstance(days, Rule)
    prices = {"10-01": 30_000, "10-20": low * 100, "10-25": 31_000}
    history = [rules.PriceChange(_at(on), minor) for on, minor in prices.items()]
    window = rules.window_before(_at(start), days.value["days"], "Europe/Paris")
    found = rules.reduction(history, window, price * 100)
    assert rules.first_day(window, "Europe/Paris") == day(first)
    assert found.prior_minor == prior * 100
    if percent is not NOT_SAID:
        assert getattr(found, "code", getattr(found, "percent", None)) == percent


@golden("20/14")
@pytest.mark.parametrize(
    ("regime", "sold", "expected"),
    [
        ("DAC7", Sold(29, Decimal("2000.00")), False),
        ("DAC7", Sold(30, Decimal(100)), True),
        ("DAC7", Sold(5, Decimal("2000.01")), True),
        ("INFORM", Sold(250, Decimal(12000)), False),
        ("INFORM", Sold(200, Decimal(5000), 200, Decimal(5000)), True),
    ],
)
def test_sales_that_are_reported(regime: str, sold: Sold, *, expected: bool) -> None:
    country = {"DAC7": "FR", "INFORM": "US"}[regime]
    rule = book(STRICT).find(RuleKind.REPORT_SALES, country, TODAY)
    assert isinstance(rule, Rule)
    assert rule.value["regime"] == regime
    assert reached(rule, sold) is expected


@golden("20/15")
def test_imeis() -> None:
    found = imei("490154203237518")
    assert isinstance(found, Imei)
    assert found.tac == "49015420"
    assert imei("49-015420-323751-8") == found
    assert imei("490154203237517") is ImeiFault.CHECK_DIGIT
    assert imei("49015420323751") is ImeiFault.LENGTH
    assert imei("4901542032375189") is ImeiFault.LENGTH


@golden("20/16")
def test_numbers_of_products_companies_and_accounts() -> None:
    assert gtin14("4006381333931") == "04006381333931"
    assert isinstance(gtin14("4006381333932"), GtinProblem)
    # A number of the right form is not yet valid: only the authority's answer makes it so.
    assert check_number("FR40303265045").state is VatNumber.UNAVAILABLE
    assert check_number("FR41303265045").state is VatNumber.INVALID
    assert isinstance(account_of("DE89370400440532013000", "A Person"), BankAccount)
    assert account_of("DE88370400440532013000", "A Person") is AccountFault.CHECK_DIGITS


@golden("20/17")
def test_erasure_and_custody() -> None:
    method, reset = ErasureMethod.PURGE, ErasureTechnique.FACTORY_RESET
    assert shown(method, reset, encrypted=False) is ErasureMethod.CLEAR
    now = datetime(2026, 11, 6, tzinfo=UTC)
    verified = Erasure(
        result=ErasureResult.VERIFIED, at=now - timedelta(hours=1), standard="NIST_800_88",
        tool="t", method=method, technique=ErasureTechnique.CRYPTO_ERASE,
    )  # fmt: skip
    assert erasure_fault(verified, now, storage=True) is ProofFault.NOT_VALIDATED
    assert not mass_balance(100_000, 97_900, 0).within
    assert mass_balance(100_000, 98_000, 0).within


def test_no_golden_value_is_left_out() -> None:
    assert set(PROVEN) == {
        *(f"3.7/{n}" for n in range(1, 20)),
        *(f"20/{n}" for n in range(1, 18)),
        *("4", "K"),
    }
