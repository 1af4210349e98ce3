"""The rate of a day, and the files of the European Central Bank."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.markets.ecb import RateFault as Fault
from domain.markets.ecb import RateProblem, parse
from domain.markets.rates import Between, Rate, RateMissing, RateStale, rate_at

bad = RateProblem
TODAY = date(2026, 11, 23)
FRIDAY = date(2026, 11, 20)
POUND = Rate("EUR", "GBP", FRIDAY, Decimal("0.85"), UUID(int=1))
FRANC = Rate("EUR", "CHF", FRIDAY, Decimal("0.925"), UUID(int=2))
XML = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
 xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
<gesmes:subject>Reference rates</gesmes:subject>
<gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
<Cube>
<Cube time='2026-11-20'>
<Cube currency='USD' rate='1.0874'/>
<Cube currency='JPY' rate='162.76'/></Cube>
<Cube time='2026-11-19'>
<Cube currency='USD' rate='1.0849'/></Cube>
</Cube>
</gesmes:Envelope>"""
DAILY = "Date, USD, JPY, \n20 November 2026, 1.0874, 162.76, \n"
HISTORY = "Date,USD,JPY,HRK,\n2026-11-20,1.0874,162.76,N/A,\n2026-11-19,1.0849,N/A,N/A,\n"


def test_a_rate_is_used_as_recorded_the_other_way_round_and_by_the_euro() -> None:
    rows = [POUND, FRANC]

    assert rate_at(rows, "EUR", "GBP", TODAY) == Between(
        Decimal("0.8500000000"), FRIDAY, (UUID(int=1),)
    )
    assert rate_at(rows, "GBP", "EUR", TODAY) == Between(
        Decimal("1.1764705882"), FRIDAY, (UUID(int=1),)
    )
    # 0.925 / 0.85 = 1.08823529411...
    assert rate_at(rows, "GBP", "CHF", TODAY) == Between(
        Decimal("1.0882352941"), FRIDAY, (UUID(int=1), UUID(int=2))
    )
    assert rate_at([], "SEK", "SEK", TODAY) == Between(Decimal(1), TODAY)


def test_what_is_recorded_between_two_currencies_goes_before_the_way_by_the_euro() -> None:
    direct = Rate("GBP", "CHF", FRIDAY, Decimal("1.1"), UUID(int=3))

    found = rate_at([POUND, FRANC, direct], "GBP", "CHF", TODAY)

    assert found == Between(Decimal("1.1000000000"), FRIDAY, (UUID(int=3),))


def test_both_legs_are_of_one_day_and_a_later_day_is_not_looked_at() -> None:
    thursday = date(2026, 11, 19)
    older = Rate("EUR", "CHF", thursday, Decimal("0.9"))
    pound = Rate("EUR", "GBP", thursday, Decimal("0.8"))

    apart = rate_at([POUND, older, pound], "GBP", "CHF", TODAY)
    before = rate_at([POUND, pound], "EUR", "GBP", thursday)

    assert apart == Between(Decimal("1.1250000000"), thursday)
    assert before == Between(Decimal("0.8000000000"), thursday)


@pytest.mark.parametrize(("days", "fine"), [(0, True), (7, True), (8, False), (300, False)])
def test_a_rate_more_than_seven_days_old_is_refused(days: int, fine: bool) -> None:
    found = rate_at([POUND], "EUR", "GBP", FRIDAY + timedelta(days=days))

    assert isinstance(found, Between) if fine else found == RateStale(FRIDAY)


def test_a_rate_that_no_row_leads_to_is_missing() -> None:
    assert rate_at([POUND], "EUR", "SEK", TODAY) == RateMissing("EUR", "SEK")
    assert rate_at([POUND], "EUR", "GBP", date(2026, 11, 1)) == RateMissing("EUR", "GBP")


@given(st.decimals("0.0001", "99999", places=6))
def test_there_and_back_is_one(rate: Decimal) -> None:
    rows = [Rate("EUR", "XXX", FRIDAY, rate)]

    there, back = (rate_at(rows, *way, TODAY) for way in (("EUR", "XXX"), ("XXX", "EUR")))

    assert isinstance(there, Between)
    assert isinstance(back, Between)
    assert abs(there.rate * back.rate - 1) <= rate * Decimal("1e-10")


@pytest.mark.parametrize("text", [XML, HISTORY], ids=["xml", "csv"])
def test_each_rate_of_a_file_is_read_with_its_day(text: str) -> None:
    assert sorted(parse(text.encode(), TODAY), key=str) == sorted(
        [
            Rate("EUR", "USD", FRIDAY, Decimal("1.0874")),
            Rate("EUR", "JPY", FRIDAY, Decimal("162.76")),
            Rate("EUR", "USD", date(2026, 11, 19), Decimal("1.0849")),
        ],
        key=str,
    )


def test_the_file_of_a_day_writes_its_day_in_words() -> None:
    assert parse(DAILY.encode(), TODAY) == [
        Rate("EUR", "USD", FRIDAY, Decimal("1.0874")),
        Rate("EUR", "JPY", FRIDAY, Decimal("162.76")),
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", bad(Fault.HEADER_MISSING, 1, "Date", "")),
        ("Datum,USD\n", bad(Fault.HEADER_MISSING, 1, "Date", "Datum")),
        ("Date,USD\n", bad(Fault.FILE_EMPTY)),
        ("<Cube/>", bad(Fault.FORMAT_UNKNOWN, 0, "", "Cube")),
        ("Date,USD\n2026-11-20,1.1,2\n", bad(Fault.COLUMNS_DIFFER, 2, "", "3 cells")),
        ("Date,USD\n20/11/2026,1.1\n", bad(Fault.DATE_INVALID, 2, "date", "20/11/2026")),
        ("Date,USD\n2026-11-24,1.1\n", bad(Fault.DATE_INVALID, 2, "date", "2026-11-24")),
        ("Date,usd\n2026-11-20,1.1\n", bad(Fault.CURRENCY_INVALID, 2, "currency", "usd")),
        ("Date,EUR\n2026-11-20,1.1\n", bad(Fault.CURRENCY_INVALID, 2, "currency", "EUR")),
        ("Date,USD\n2026-11-20,0\n", bad(Fault.RATE_INVALID, 2, "USD", "0")),
        ("Date,USD\n2026-11-20,1e3\n", bad(Fault.RATE_INVALID, 2, "USD", "1e3")),
        ('Date,USD\n2026-11-20,"1,1"\n', bad(Fault.RATE_INVALID, 2, "USD", "1,1")),
        ("Date,USD\n2026-11-20,-1.1\n", bad(Fault.RATE_INVALID, 2, "USD", "-1.1")),
        (
            "Date,USD,USD\n2026-11-20,1.1,1.2\n",
            bad(Fault.DUPLICATE_RATE, 2, "USD", "2026-11-20"),
        ),
        (f"Date,USD\n2026-11-20,{'1' * 200_000}\n", bad(
            Fault.FORMAT_UNKNOWN, 2, "", "field larger than field limit (131072)")),
        (
            XML.replace("1.0849", "NaN"),
            bad(Fault.RATE_INVALID, 11, "USD", "NaN"),
        ),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_a_code_a_line_a_field_and_the_value(
    text: str, problem: RateProblem
) -> None:
    assert parse(text.encode(), TODAY) == [problem]
    assert problem.hint


def test_a_file_with_one_bad_line_gives_no_rate_and_names_at_most_fifty() -> None:
    lines = "\n".join(f"2026-11-20,{n}x" for n in range(80))

    found = parse(f"Date,USD\n{lines}\n2026-11-19,1.1\n".encode(), TODAY)

    assert [type(each) for each in found] == [RateProblem] * 50


def test_an_xml_file_fetches_and_expands_nothing() -> None:
    bomb = f'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>{XML[39:]}'
    evil = bomb.replace("1.0874", "&a;")

    [found] = parse(evil.encode(), TODAY)

    assert isinstance(found, RateProblem)
    assert found.code in {Fault.FORMAT_UNKNOWN, Fault.RATE_INVALID}


@given(st.binary(max_size=300))
def test_any_bytes_are_rates_or_problems(content: bytes) -> None:
    found = parse(content, TODAY)

    assert len({type(each) for each in found}) == 1
