"""A market is drafted after another with its words and rules, each sourced, and nobody sees it."""

from typing import Any

import pytest

from domain.accounts.roles import Role
from models.base import execute, fetch, fetchval
from models.markets import Market
from resolvers.context import Caller
from tests import factories, trade_in
from tests.identity import person
from tests.rules import lawful
from tests.schema.asking import data, refusal

DRAFT = """mutation($i: DraftMarketInput!){draftMarket(input: $i){__typename
  ... on MarketDrafted{market{code stage currency languages}} ... on Problem{code path}
  ... on RuleOverlap{ids explanation(locale: "fr")} ... on RuleInvalid{index field}
  ... on MissingTranslation{keys}}}"""
SET = """mutation($m: String!, $t: [MarketTextInput!]!, $k: String!){setMarketText(input:
  {market: $m, texts: $t, idempotencyKey: $k}){__typename ... on Problem{code path}
  ... on MarketTextSet{texts{key language text source}}}}"""
TEXTS = """query($m: String!){marketTexts(market: $m){key language text}}"""
READY = """query($m: String!){marketReadiness(code: $m){market{stage}
  checks{code state evidence{of value}}}}"""
LEDGER = {"licence_shown": False, "ledger": []}


@pytest.fixture
async def team(db: None) -> Caller:
    await factories.world(1, 1)
    await lawful()
    return await person(Role.COUNTRY_TEAM)


def words(key: str, language: str = "it", source: str = "legal desk") -> dict[str, str]:
    return {"key": key, "language": language, "text": f"{key} in {language}", "source": source}


def italy(**more: Any) -> dict[str, Any]:
    usual = {"code": "IT", "template": "FR", "countries": ["IT"], "currency": "EUR",
             "languages": ["it"], "locales": ["it-IT"], "timeZone": "Europe/Rome",
             "serviceFee": "1.99", "source": "board", "idempotencyKey": "one"}  # fmt: skip
    return usual | more


def dealer(**more: Any) -> dict[str, Any]:
    usual = {"kind": "SECONDHAND_DEALER", "country": "IT", "validFrom": "2026-01-01",
             "value": LEDGER, "source": "TULPS art. 126"}  # fmt: skip
    return usual | more


async def drafted(who: Caller, **more: Any) -> Any:
    return (await data(DRAFT, who, i=italy(**more)))["draftMarket"]


async def test_a_market_is_drafted_with_words_and_rules_and_says_what_it_lacks(
    team: Caller,
) -> None:
    texts = [words("legal.terms"), words("support.contact")]

    found = [await drafted(team, texts=texts, rules=[dealer()]) for _ in range(2)]
    ready = (await data(READY, team, m="IT"))["marketReadiness"]

    assert found[0] == found[1]
    assert found[0]["market"] == {
        "code": "IT", "stage": "DRAFT", "currency": "EUR", "languages": ["it"],
    }  # fmt: skip
    row = await Market.get(code="IT")
    assert (row.service_fee_minor, row.units, row.stage) == (199, "metric", "DRAFT")
    rules = await fetch("SELECT id, status, origin, source FROM rule WHERE country = 'IT'")
    assert ("secondhand.dealer:IT:2026-01-01", "UNVERIFIED", "STAFF", "TULPS art. 126") in {
        tuple(each) for each in rules
    }
    states = {each["code"]: each for each in ready["checks"]}
    assert states["TRANSLATIONS"]["evidence"][:3] == [
        {"of": "checkout.order_button it", "value": "MISSING"},
        {"of": "guarantee.notice it", "value": "MISSING"},
        {"of": "withdrawal.notice it", "value": "MISSING"},
    ]
    assert states["SUPPORT_LANGUAGES"]["state"] == "PASS"
    assert await fetchval("SELECT count(*) FROM ranking_model WHERE market = 'IT'") == 1
    assert await fetchval("SELECT count(*) FROM audit_log WHERE action = 'draftMarket'") == 1
    assert (await refusal('{search(market: "IT"){totalCount}}'))["reason"] == "MARKET_NOT_OPEN"


async def test_what_overlaps_lacks_a_source_or_a_language_is_refused_and_nothing_is_written(
    team: Caller,
) -> None:
    await execute(
        "INSERT INTO rule (id, kind, country, valid_from, value, source, evidence, status, origin) "
        "VALUES ('old', 'secondhand.dealer', 'IT', '2020-01-01', "
        """'{"licence_shown": false, "ledger": []}', 'test', 'NONE', 'UNVERIFIED', 'STAFF')"""
    )
    before = await fetchval("SELECT count(*) FROM rule")

    overlap = await drafted(team, rules=[dealer()], idempotencyKey="a")
    twice = await drafted(
        team,
        rules=[dealer(validTo="2026-06-01"), dealer(validFrom="2026-05-01")],
        idempotencyKey="b",
    )
    bare = await drafted(team, source=" ", idempotencyKey="c")
    unsourced = await drafted(team, texts=[words("legal.terms", source="")], idempotencyKey="d")
    lacking = await drafted(
        team,
        languages=["it", "de"],
        texts=[words("legal.terms")],
        idempotencyKey="e",
    )
    reversed_ = await drafted(team, rules=[dealer(validTo="2025-01-01")], idempotencyKey="f")
    shape = await drafted(team, rules=[dealer(value={"ledger": []})], idempotencyKey="g")
    exists = await drafted(team, code="FR", idempotencyKey="h")

    assert (overlap["code"], overlap["ids"]) == ("RULE_OVERLAP", ["old"])
    assert "succeedRule" in overlap["explanation"]
    assert (twice["code"], len(twice["ids"])) == ("RULE_OVERLAP", 2)
    assert (bare["code"], bare["path"]) == ("SOURCE_REQUIRED", ["input", "source"])
    assert unsourced["path"] == ["input", "texts", "0", "source"]
    assert (lacking["code"], lacking["keys"]) == ("MISSING_TRANSLATION", ["legal.terms de"])
    assert (reversed_["code"], reversed_["index"], reversed_["field"]) == (
        "RULE_INVALID", 0, "validTo",
    )  # fmt: skip
    assert (shape["code"], shape["field"]) == ("RULE_INVALID", "licence_shown")
    assert exists["code"] == "MARKET_EXISTS"
    assert await fetchval("SELECT count(*) FROM rule") == before
    assert await fetchval("SELECT count(*) FROM market") == 3


@pytest.mark.parametrize(
    ("more", "argument"),
    [
        ({"code": "ITA"}, "code"),
        ({"template": "ZZ"}, "template"),
        ({"countries": []}, "countries"),
        ({"countries": ["ZZ"]}, "countries"),
        ({"languages": ["it-IT"]}, "languages"),
        ({"locales": ["it"]}, "locales"),
        ({"timeZone": "Europe/Atlantis"}, "timeZone"),
        ({"timeZone": "../etc/passwd"}, "timeZone"),
        ({"serviceFee": "-1"}, "serviceFee"),
        ({"texts": [words("legal.poem")]}, "key"),
        ({"texts": [words("legal.terms", "en")]}, "language"),
        ({"rules": [dealer(country="DE")]}, "rules"),
    ],
)
async def test_bad_input_names_its_field(team: Caller, more: dict[str, Any], argument: str) -> None:
    told = await refusal(DRAFT, team, i=italy(**more))

    assert (told["code"], told["argument"]) == ("BAD_USER_INPUT", argument)
    assert await fetchval("SELECT count(*) FROM market") == 3


async def test_texts_are_set_in_the_languages_of_the_market_and_close_the_check(
    team: Caller,
) -> None:
    who = trade_in.team("FR")
    given = [
        words(key, "en")
        for key in ("checkout.order_button", "guarantee.notice", "legal.terms", "withdrawal.notice")
    ]

    before = (await data(READY, team, m="FR"))["marketReadiness"]["checks"]
    done = (await data(SET, who, m="FR", t=given, k="one"))["setMarketText"]
    after = (await data(READY, team, m="FR"))["marketReadiness"]["checks"]
    none = await data(SET, who, m="FR", t=[words("legal.terms", "en", " ")], k="two")
    told = await refusal(SET, who, m="FR", t=[words("legal.terms", "it")], k="three")
    listed = (await data(TEXTS, who, m="FR"))["marketTexts"]

    def state(checks: list[dict[str, Any]]) -> str:
        return next(each["state"] for each in checks if each["code"] == "TRANSLATIONS")

    assert (state(before), state(after)) == ("FAIL", "PASS")
    assert [each["key"] for each in done["texts"]] == [each["key"] for each in given]
    assert none["setMarketText"]["code"] == "SOURCE_REQUIRED"
    assert told["argument"] == "language"
    assert len(listed) == 4


async def test_only_country_teams_draft_markets_and_set_texts(team: Caller) -> None:
    for who in (Caller(), trade_in.team("FR"), await person(Role.LAB)):
        told = await refusal(DRAFT, who, i=italy())
        assert told["code"] in {"UNAUTHENTICATED", "FORBIDDEN"}
    for who in (Caller(), trade_in.team("DE")):
        told = await refusal(SET, who, m="FR", t=[words("legal.terms", "en")], k="k")
        assert told["code"] in {"UNAUTHENTICATED", "FORBIDDEN"}
        told = await refusal(TEXTS, who, m="FR")
        assert told["code"] in {"UNAUTHENTICATED", "FORBIDDEN"}
