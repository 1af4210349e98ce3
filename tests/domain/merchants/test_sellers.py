"""The report of sellers: who is in it, what lacks, what a message says, and its periods."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.markets.rules import Evidence, Rule, RuleKind, RuleStatus, Scope
from domain.merchants.dpi import Head, Operator, Part, message, whole
from domain.merchants.periods import Period
from domain.merchants.sellers import (
    Document,
    Message,
    Quarter,
    Told,
    Year,
    document,
    faults,
    high_volume,
    reportable,
)
from domain.money import Currency
from integrations import dac7

EU = {"regime": "DAC7", "sales": 30, "amount": "2000", "currency": "EUR"}
US = {"regime": "INFORM", "sales": 200, "amount": "5000", "currency": "USD"}
UNION = frozenset({"FR", "DE"})
OPERATOR = Operator("303265045", "Boucle & Cie", "Boucle", "1 rue", "75001", "Paris", "FR")
ENTITY = {
    "NAME": "Atelier <Ambre>", "STREET": "1 rue", "POSTAL_CODE": "69003", "CITY": "Lyon",
    "COUNTRY": "FR", "TAX_NUMBER": "303265045", "TAX_COUNTRY": "FR", "VAT_NUMBER": "FR40303265045",
    "REGISTER": "RCS Lyon", "REGISTER_NUMBER": "303 265 045", "ESTABLISHMENTS": "DE FR",
    "PAYMENT_ACCOUNT": "DE89370400440532013000", "PAYMENT_HOLDER": "Atelier Ambre",
}  # fmt: skip
PERSON = {
    "LEGAL_FORM": "PERSON", "FIRST_NAME": "Camille", "LAST_NAME": "Canari", "STREET": "1 rue",
    "CITY": "Lyon", "COUNTRY": "FR", "TAX_NUMBER": "1", "TAX_COUNTRY": "FR",
    "BIRTH_DATE": "1980-05-17",
}  # fmt: skip


def rule(value: dict) -> Rule:
    where = Scope(RuleKind.REPORT_SALES, "EU" if value is EU else "US")
    source = "law", "art.", Evidence.LAW_TEXT, RuleStatus.VERIFIED
    return Rule("report.sales", where, date(2023, 1, 1), None, value, *source)


def year(sales: int, paid_minor: int, currency: str = "EUR") -> Year:
    none = Quarter()
    return Year(currency, (Quarter(paid_minor, sales), none, none, none))


@pytest.mark.parametrize(
    ("sales", "paid_minor", "reported"),
    [(29, 2_000_00, False), (30, 100_00, True), (5, 2_000_01, True), (29, 1, False)],
)
def test_few_sales_and_a_small_amount_both_are_left_out(
    sales: int, paid_minor: int, reported: bool
) -> None:
    assert reportable(year(sales, paid_minor), rule(EU)) is reported


@pytest.mark.parametrize(
    ("sales", "amount_minor", "high"),
    [
        pytest.param(0, 0, False, id="250 refurbished for 12,000 USD: none of them new"),
        pytest.param(200, 5_000_00, True, id="200 new for 5,000 USD"),
        pytest.param(199, 9_000_00, False, id="a sale less"),
        pytest.param(300, 4_999_99, False, id="a cent less"),
    ],
)
def test_new_goods_alone_make_a_seller_of_high_volume(
    sales: int, amount_minor: int, high: bool
) -> None:
    assert high_volume(sales, amount_minor, rule(US)) is high


@given(st.integers(0, 100), st.integers(0, 10_000_00), st.integers(0, 50), st.integers(0, 9_999))
def test_who_sells_more_is_never_left_out_for_it(s: int, paid: int, more: int, amount: int) -> None:
    before = reportable(year(s, paid), rule(EU))

    assert not before or reportable(year(s + more, paid + amount), rule(EU))


def test_a_person_needs_a_day_of_birth_and_an_entity_its_number() -> None:
    one = [year(1, 1)]
    assert faults(ENTITY, one, UNION) == []
    assert faults(PERSON, one, UNION) == []
    born = {name: value for name, value in PERSON.items() if name != "BIRTH_DATE"}
    assert faults(born, one, UNION) == ["BIRTH_DATE_MISSING"]
    number = {name: value for name, value in ENTITY.items() if name != "REGISTER_NUMBER"}
    assert faults(number, one, UNION) == ["REGISTER_NUMBER_MISSING"]
    assert faults(number | {"REGISTER": "NONE"}, one, UNION) == []
    assert faults(ENTITY | {"COUNTRY": "US"}, one, UNION) == ["COUNTRY_OUTSIDE_UNION"]
    assert faults(ENTITY, [*one, year(1, 1, "CZK")], UNION) == ["CURRENCY_MIXED"]


FACTS = {"seller": {}, "currency": "EUR", "quarters": []}


@pytest.mark.parametrize(
    ("kind", "facts", "last", "expected"),
    [
        pytest.param("INITIAL", FACTS, None, "NEW", id="first"),
        pytest.param("ADDITIONAL", FACTS, None, "NEW", id="late"),
        pytest.param("ADDITIONAL", FACTS, Told("r", FACTS, False), None, id="told before"),
        pytest.param("CORRECTIVE", FACTS, Told("r", FACTS, False), None, id="as it was"),
        pytest.param("CORRECTIVE", FACTS, Told("r", {}, False), "CORRECTED", id="differs"),
        pytest.param("CORRECTIVE", None, Told("r", FACTS, False), "DELETED", id="no more"),
        pytest.param("CORRECTIVE", FACTS, None, None, id="never told: an additional one"),
        pytest.param("CORRECTIVE", None, Told("r", FACTS, True), None, id="deleted before"),
        pytest.param("ADDITIONAL", FACTS, Told("r", FACTS, True), "NEW", id="told again"),
    ],
)
def test_a_message_says_what_no_other_said(
    kind: str, facts: dict | None, last: Told | None, expected: str | None
) -> None:
    assert document(Message(kind), facts, last) == expected


def xml(*parts: Part) -> str:
    head = Head(Message.INITIAL, "OP_2026_303265045_0001", "OP_2026_303265045_0001", 2026, AT)
    return message(head, OPERATOR, parts)


AT = datetime(2027, 1, 11, 9, tzinfo=UTC)
EARNED = [{"paidMinor": 100_50, "sales": 2, "feesMinor": 2_98, "taxesMinor": 0}] * 4


def part(seller: dict, n: int) -> Part:
    facts = {"seller": seller, "currency": "EUR", "quarters": EARNED}
    return Part(Document.NEW, facts, f"OP_2026_303265045_0001_{n}")


def test_a_message_of_an_entity_and_a_person_fits_the_schema_of_the_authority() -> None:
    found = xml(part(ENTITY, 1), part(PERSON, 2))

    assert dac7.faults(found) == []
    assert dac7.faults(xml()) == []
    assert "Atelier &lt;Ambre&gt;" in found


def test_the_schema_tells_what_does_not_fit_and_reads_nothing_from_outside() -> None:
    lost = xml(part({**ENTITY, "COUNTRY": "US"}, 1))

    [fault] = [each for each in dac7.faults(lost) if "ResCountryCode" in each][:1]
    assert "'US'" in fault
    bomb = f'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>{xml()}'
    assert dac7.faults(bomb.replace("Boucle &amp; Cie", "&x;")) == [
        "A message has no document type."
    ]


@pytest.mark.parametrize(("minor", "units"), [(0, 0), (49, 0), (50, 1), (149, 1), (150, 2)])
def test_amounts_are_whole_half_up(minor: int, units: int) -> None:
    assert whole(minor, Currency.EUR) == units
    assert whole(minor, Currency.JPY) == minor


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", (2026, 1, 1), (2026, 12, 31)), ("2026-Q1", (2026, 1, 1), (2026, 3, 31)),
        ("2026-Q4", (2026, 10, 1), (2026, 12, 31)), ("2026-12", (2026, 12, 1), (2026, 12, 31)),
        ("2028-02", (2028, 2, 1), (2028, 2, 29)),
    ],
)  # fmt: skip
def test_a_period_is_whole_months(text: str, first: tuple, last: tuple) -> None:
    found = Period.of(text)

    assert found is not None
    assert (found.first, found.last) == (date(*first), date(*last))


@pytest.mark.parametrize("text", ["", "26", "2026-13", "2026-Q5", "2026-1", "1999", "2026-Q1 "])
def test_what_is_no_period_is_none(text: str) -> None:
    assert Period.of(text) is None


def test_a_period_ends_with_its_last_day_where_it_is() -> None:
    march = Period.of("2026-03")
    assert march is not None

    assert march.within("Europe/Paris") == (
        datetime(2026, 2, 28, 23, tzinfo=UTC), datetime(2026, 3, 31, 22, tzinfo=UTC),
    )  # fmt: skip
    assert march.open_at(datetime(2026, 3, 31, 21, 59, tzinfo=UTC), "Europe/Paris")
    assert not march.open_at(datetime(2026, 3, 31, 22, tzinfo=UTC), "Europe/Paris")
