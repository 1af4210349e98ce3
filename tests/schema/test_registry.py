"""The registry of rules as clients see it: lookups, lists, the check of a market, successions."""

from typing import Any

import pytest

from domain.accounts.roles import Role
from domain.markets.rules import RulePolicy
from models.base import fetchval
from models.markets import rules
from resolvers.context import Caller
from tests import factories
from tests.identity import at_home, person
from tests.rules import STRICT, lawful, shipped
from tests.schema.asking import Json, data, refusal

RULE = """query($kind: RuleKind!, $country: String!, $on: Date!, $category: String,
  $audience: RuleAudience! = ANY, $asOf: DateTime){
  rule(kind: $kind, country: $country, on: $on, category: $category, audience: $audience,
    asOf: $asOf){
    __typename ... on Rule{id value source evidence status verified stale}
    ... on RuleMissing{kind country on} ... on RuleUnverified{rule{id}}
    ... on RuleConflict{ids}}}"""
LIST = """query($country: String, $kind: RuleKind, $first: Int! = 24, $after: String){
  rules(country: $country, kind: $kind, first: $first, after: $after){
    edges{node{id validFrom validTo status}} pageInfo{hasNextPage endCursor}}}"""
CHECK = """query($market: String!){marketRules(market: $market){
  kind country language state rule{id}}}"""
SUCCEED = """mutation($input: SucceedRuleInput!){succeedRule(input: $input){
  ... on RuleSucceeded{rule{id verified verifiedOn value validFrom validTo supersedes}}
  ... on Problem{code path} ... on RuleOutsideWindow{validFrom validTo}}}"""
EE = "vat.standard_rate:EE:2025-07-01"


@pytest.fixture(autouse=True)
def _home():
    with at_home():
        yield


async def rule(kind: str, country: str, on: str, **more: Any) -> Json:
    found: Json = (await data(RULE, kind=kind, country=country, on=on, **more))["rule"]
    return found


async def staff(*markets: str, role: Role = Role.STAFF_DECISIONS) -> Caller:
    return await person(role, markets=set(markets) or None)


async def succeeded(caller: Caller, **given: Any) -> Json:
    usual = {
        "rule": EE, "validFrom": "2027-01-01", "value": {"percent": "25"}, "source": "a law",
        "evidence": "LAW_TEXT", "idempotencyKey": str(factories.some_id()),
    }  # fmt: skip
    found: Json = (await data(SUCCEED, caller, input=usual | given))["succeedRule"]
    return found


async def test_a_rule_is_told_with_its_source_and_a_gap_as_a_gap(db: None) -> None:
    await lawful(STRICT)
    found = await rule("VAT_STANDARD_RATE", "ee", "2025-06-30")
    assert (found["id"], found["value"]) == ("vat.standard_rate:EE:2024-01-01", {"percent": "22"})
    assert (found["status"], found["verified"]) == ("VERIFIED", True)
    gap = await rule("VAT_STANDARD_RATE", "DE", "2015-12-31")
    assert gap == {
        "__typename": "RuleMissing",
        "kind": "VAT_STANDARD_RATE",
        "country": "DE",
        "on": "2015-12-31",
    }


async def test_a_strict_server_shows_an_unverified_rule_and_does_not_use_it(db: None) -> None:
    await lawful(STRICT)
    asked = ("VAT_STANDARD_RATE", "CH", "2026-11-01")
    assert await rule(*asked) == {
        "__typename": "RuleUnverified",
        "rule": {"id": "vat.standard_rate:CH:2026-09-29"},
    }
    rules.install(RulePolicy(strict=False))
    found = await rule(*asked)
    assert (found["value"], found["verified"]) == ({"percent": "8.1"}, False)


async def test_levels_and_audiences_are_asked_for(db: None) -> None:
    await lawful()
    period = ("WITHDRAWAL_PERIOD", "FR", "2026-11-01")
    assert (await rule(*period))["__typename"] == "RuleMissing"
    found = await rule(*period, audience="CONSUMER")
    assert found["value"]["days"] == 14
    words = await rule("VAT_INVOICE_WORDS", "FR", "2026-11-01", category="pl")
    assert words["value"]["language"] == "pl"


async def test_rules_are_listed_to_their_end_each_once(db: None) -> None:
    await lawful()
    found: list[str] = []
    after = None
    while True:
        page = (await data(LIST, first=50, after=after))["rules"]
        found += [edge["node"]["id"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert found == sorted(each.id for each in shipped())
    rates = (await data(LIST, country="DE", kind="VAT_STANDARD_RATE"))["rules"]["edges"]
    assert [edge["node"]["validFrom"] for edge in rates] == [
        "2016-01-01",
        "2020-07-01",
        "2021-01-01",
    ]


@pytest.mark.parametrize(
    ("given", "argument"),
    [({"country": "France"}, "country"), ({"category": "A B"}, "category")],
)
async def test_what_cannot_be_read_is_refused(db: None, given: Json, argument: str) -> None:
    usual = {"kind": "VAT_STANDARD_RATE", "country": "FR", "on": "2026-11-01"}
    assert (await refusal(RULE, **usual | given))["argument"] == argument


async def test_a_market_is_told_what_it_lacks(db: None) -> None:
    await factories.world(1, 1)
    await lawful(STRICT)
    found = (await data(CHECK, market="FR"))["marketRules"]
    states = {(each["kind"], each["language"]): each["state"] for each in found}
    assert states == {
        ("GROUP_MEMBER", None): "READY",
        ("VAT_STANDARD_RATE", None): states["VAT_STANDARD_RATE", None],
        ("VAT_MARGIN_SCHEME", None): "READY",
        ("VAT_INVOICE_WORDS", "en"): "READY",
        ("VAT_ROUNDING", None): "UNVERIFIED",
        ("GUARANTEE_CONFORMITY", None): "READY",
        ("WITHDRAWAL_PERIOD", None): "READY",
        ("PRICE_PRIOR", None): "READY",
        ("SECONDHAND_DEALER", None): "MISSING",
    }
    assert states["VAT_STANDARD_RATE", None] in {"READY", "STALE"}
    assert (await data(CHECK, market="ZZ"))["marketRules"] is None


async def test_staff_follow_a_rule_once_for_a_key_and_the_log_says_who(db: None) -> None:
    await lawful(STRICT)
    team = await staff()
    before = (await fetchval("SELECT clock_timestamp()")).isoformat()
    key = {"idempotencyKey": "once"}
    found = await succeeded(team, verified=True, **key)
    assert found["rule"]["id"] == "vat.standard_rate:EE:2027-01-01"
    assert found["rule"]["verified"]
    assert await succeeded(team, verified=True, **key) == found
    assert await fetchval("SELECT count(*) FROM rule WHERE origin = 'STAFF'") == 2
    day = ("VAT_STANDARD_RATE", "EE", "2027-01-01")
    assert (await rule(*day))["value"] == {"percent": "25"}
    assert (await rule(*day, asOf=before))["value"] == {"percent": "24"}
    logged = await fetchval("SELECT after->>'id' FROM audit_log WHERE action = 'succeedRule'")
    assert logged == found["rule"]["id"]


async def test_a_person_verifies_a_rule_from_its_first_day(db: None) -> None:
    await lawful(STRICT)
    on = ("VAT_ROUNDING", "FR", "2026-11-01")
    assert (await rule(*on))["__typename"] == "RuleUnverified"
    signed = await succeeded(
        await staff(), rule="vat.rounding:EU:2016-01-01", validFrom="2016-01-01", verified=True,
        value={"unit": "LINE", "mode": "HALF_UP"},
    )  # fmt: skip
    assert signed["rule"]["id"] == "vat.rounding:EU:2016-01-01@2"
    assert (await rule(*on))["verified"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"rule": "vat.standard_rate:EE:1999-01-01"}, "RULE_NOT_IN_FORCE"),
        ({"validFrom": "2025-06-30"}, "OUTSIDE_WINDOW"),
        ({"value": {"percent": 25}}, "RULE_VALUE"),
        ({"value": [1]}, "RULE_VALUE"),
    ],
)
async def test_a_succession_that_cannot_be_writes_nothing(db: None, given: Json, code: str) -> None:
    await lawful(STRICT)
    assert (await succeeded(await staff(), **given))["code"] == code
    assert await fetchval("SELECT count(*) FROM rule") == len(shipped())


async def test_only_staff_of_all_markets_who_decide_may(db: None) -> None:
    await lawful(STRICT)
    given = {
        "rule": EE, "validFrom": "2027-01-01", "value": {"percent": "25"}, "source": "a law",
        "evidence": "LAW_TEXT", "idempotencyKey": "k",
    }  # fmt: skip
    for caller in (None, await staff("FR"), await staff(role=Role.STAFF_SUPPORT)):
        told = await refusal(SUCCEED, caller, input=given)
        assert told["code"] in {"UNAUTHENTICATED", "FORBIDDEN"}
    assert await fetchval("SELECT count(*) FROM rule") == len(shipped())
    for bad in ({"source": " "}, {"note": "x" * 501}, {"value": {"percent": "\0"}}):
        told = await refusal(SUCCEED, await staff(), input=given | bad)
        assert told["code"] == "BAD_USER_INPUT"
