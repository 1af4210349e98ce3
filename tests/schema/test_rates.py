"""Exchange rates are entered, imported, corrected and looked up, each row dated and sourced."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from domain.accounts.roles import Role
from models.base import fetch, fetchval
from resolvers.context import Caller
from tests import factories, trade_in
from tests.identity import person
from tests.schema.asking import data, refusal

TODAY = datetime.now(UTC).date()
RECORD = """mutation($i: RecordRateInput!){recordRate(input: $i){__typename
  ... on RateRecorded{rate{base quote onDay rate source origin withdrawnAt}}
  ... on RateExists{code recorded explanation(locale: "fr")}}}"""
IMPORT = """mutation($c: String!, $o: Boolean!, $k: String!){importRates(input: {content: $c,
  correct: $o, idempotencyKey: $k}){__typename
  ... on RatesImported{read added unchanged corrected differingCount differing{quote rate}}
  ... on RatesFileInvalid{code problems{code line field value hint}}}}"""
BETWEEN = """query($b: String!, $q: String!, $on: Date){exchangeRate(base: $b, quote: $q, on: $on){
  rate onDay rows}}"""
LIST = """query($q: String, $n: Int!, $a: String){exchangeRates(quote: $q, first: $n, after: $a){
  edges{node{quote onDay rate withdrawnAt origin}} pageInfo{hasNextPage endCursor}}}"""


@pytest.fixture
async def team(db: None) -> Caller:
    await factories.world(1, 1)
    return await person(Role.COUNTRY_TEAM)


def pound(**more: Any) -> dict[str, Any]:
    usual = {"base": "EUR", "quote": "GBP", "onDay": TODAY.isoformat(), "rate": "0.85",
             "source": "Bank of England, spot", "idempotencyKey": "one"}  # fmt: skip
    return usual | more


async def recorded(who: Caller, **more: Any) -> Any:
    return (await data(RECORD, who, i=pound(**more)))["recordRate"]


async def imported(who: Caller, content: str, key: str, *, correct: bool = False) -> Any:
    return (await data(IMPORT, who, c=content, o=correct, k=key))["importRates"]


async def test_a_rate_is_entered_once_with_its_day_and_source(team: Caller) -> None:
    found = [await recorded(team) for _ in range(2)]

    assert found[0] == found[1]
    assert found[0]["rate"] == {
        "base": "EUR", "quote": "GBP", "onDay": TODAY.isoformat(), "rate": "0.8500000000",
        "source": "Bank of England, spot", "origin": "ENTERED", "withdrawnAt": None,
    }  # fmt: skip
    assert await fetchval("SELECT count(*) FROM exchange_rate") == 1
    log = await fetch("SELECT action, after->>'rate' AS rate FROM audit_log")
    assert [tuple(row) for row in log] == [("recordRate", "0.85")]


async def test_another_rate_of_that_day_is_refused_and_a_correction_keeps_the_old_row(
    team: Caller,
) -> None:
    await recorded(team)

    refused = await recorded(team, rate="0.86", idempotencyKey="two")
    corrected = await recorded(team, rate="0.86", idempotencyKey="three", correct=True)

    assert (refused["code"], refused["recorded"]) == ("RATE_EXISTS", "0.8500000000")
    assert refused["explanation"].startswith("Un autre taux")
    assert corrected["rate"]["rate"] == "0.8600000000"
    rows = (await data(LIST, q="GBP", n=10))["exchangeRates"]["edges"]
    assert [(r["node"]["rate"], r["node"]["withdrawnAt"] is None) for r in rows] == [
        ("0.8600000000", True), ("0.8500000000", False),
    ]  # fmt: skip
    assert (await data(BETWEEN, b="EUR", q="GBP"))["exchangeRate"]["rate"] == "0.8600000000"


async def test_a_rate_is_looked_up_at_a_date_and_an_old_one_is_refused(team: Caller) -> None:
    old = TODAY - timedelta(days=20)
    await recorded(team, onDay=old.isoformat())

    then = await data(BETWEEN, b="GBP", q="EUR", on=(old + timedelta(days=3)).isoformat())
    now = await refusal(BETWEEN, b="EUR", q="GBP")
    none = await data(BETWEEN, b="EUR", q="SEK")

    assert then["exchangeRate"]["rate"] == "1.1764705882"
    assert then["exchangeRate"]["onDay"] == old.isoformat()
    assert len(then["exchangeRate"]["rows"]) == 1
    assert (now["code"], now["reason"], now["asOf"]) == (
        "BAD_USER_INPUT", "FX_RATE_STALE", old.isoformat(),
    )  # fmt: skip
    assert none["exchangeRate"] is None


@pytest.mark.parametrize(
    ("more", "argument"),
    [
        ({"base": "euro"}, "base"),
        ({"quote": "EUR"}, "quote"),
        ({"rate": "0"}, "rate"),
        ({"rate": "-1"}, "rate"),
        ({"rate": "0,85"}, "rate"),
        ({"rate": "0.12345678901"}, "rate"),
        ({"source": "  "}, "source"),
        ({"onDay": (TODAY + timedelta(days=1)).isoformat()}, "onDay"),
    ],
)
async def test_bad_input_names_its_field(team: Caller, more: dict[str, Any], argument: str) -> None:
    told = await refusal(RECORD, team, i=pound(**more))

    assert (told["code"], told["argument"]) == ("BAD_USER_INPUT", argument)
    assert await fetchval("SELECT count(*) FROM exchange_rate") == 0


async def test_a_file_is_imported_once_and_what_differs_is_told(team: Caller) -> None:
    day = TODAY.isoformat()
    first = f"Date,USD,GBP,\n{day},1.0874,0.85,\n"
    second = f"Date,USD,GBP,SEK,\n{day},1.0900,0.85,11.2,\n"

    one = await imported(team, first, "a")
    again = await imported(team, first, "b")
    other = await imported(team, second, "c")
    corrected = await imported(team, second, "d", correct=True)

    def counted(found: Any) -> list[int]:
        return [found[n] for n in ("read", "added", "unchanged", "corrected", "differingCount")]

    assert [counted(each) for each in (one, again, other, corrected)] == [
        [2, 2, 0, 0, 0], [2, 0, 2, 0, 0], [3, 1, 1, 0, 1], [3, 0, 2, 1, 0],
    ]  # fmt: skip
    assert other["differing"] == [{"quote": "USD", "rate": "1.0900"}]
    rows = await fetch(
        "SELECT rate, origin, source FROM exchange_rate WHERE quote = 'USD' "
        "AND withdrawn_at IS NULL"
    )
    assert [(str(r["rate"]), r["origin"], r["source"][:21]) for r in rows] == [
        ("1.0900000000", "ECB", "European Central Bank"),
    ]  # fmt: skip


async def test_a_file_that_cannot_be_read_records_nothing(team: Caller) -> None:
    bad = f"Date,USD,GBP\n{TODAY.isoformat()},1.0874,lots\n"

    found = await imported(team, bad, "bad")

    assert found["code"] == "RATES_FILE_INVALID"
    assert [tuple(each.values())[:4] for each in found["problems"]] == [
        ("RATE_INVALID", 2, "GBP", "lots"),
    ]  # fmt: skip
    assert await fetchval("SELECT count(*) FROM exchange_rate") == 0


async def test_rates_are_paged_newest_first(team: Caller) -> None:
    days = [TODAY - timedelta(days=n) for n in range(3)]
    lines = "\n".join(f"{day},0.8{n},11.{n}" for n, day in enumerate(days))
    await imported(team, f"Date,GBP,SEK\n{lines}\n", "many")
    seen: list[date] = []
    after = None
    for _ in range(3):
        page = (await data(LIST, q="GBP", n=1, a=after))["exchangeRates"]
        seen += [date.fromisoformat(edge["node"]["onDay"]) for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]

    assert seen == days
    assert page["pageInfo"]["hasNextPage"] is False


async def test_only_country_teams_of_every_market_record_rates(team: Caller) -> None:
    for who in (Caller(), trade_in.team("FR"), await person(Role.LAB)):
        told = await refusal(RECORD, who, i=pound())
        assert told["code"] in {"UNAUTHENTICATED", "FORBIDDEN"}
        told = await refusal(IMPORT, who, c="Date,USD\n", o=False, k="k")
        assert told["code"] in {"UNAUTHENTICATED", "FORBIDDEN"}
    assert await fetchval("SELECT count(*) FROM exchange_rate") == 0
