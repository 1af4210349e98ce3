"""The registry of rules as clients see it: lookups, lists, the check of a market, successions."""

from typing import Any

import orjson
import pytest

from domain.accounts.roles import Role
from domain.markets.rules import RulePolicy
from models.base import fetch, fetchval
from models.catalog import Category
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
SAID = """... on Problem{code path} ... on RuleOutsideWindow{validFrom validTo}
  ... on RuleFourEyesRequired{approvalId} ... on RuleChangeUnderWay{approvalId}
  ... on RuleOverlap{ids} ... on RuleInvalid{field}"""
SUCCEED = f"""mutation($input: SucceedRuleInput!){{succeedRule(input: $input){{{SAID}}}}}"""
ADD = f"""mutation($input: AddRuleInput!){{addRule(input: $input){{{SAID}}}}}"""
END = f"""mutation($input: EndRuleInput!){{endRule(input: $input){{{SAID}}}}}"""
_SAID = SAID.replace("... on RuleChangeUnderWay{approvalId}", "")
DECIDE = f"""mutation($input: DecideRuleChangeInput!){{decideRuleChange(input: $input){{
  ... on RuleChangeDecided{{change{{id state applied reason kind ruleId decidedBy}}}}
  ... on RuleChangeNotOpen{{state}} {_SAID}}}}}"""
CHANGES = """query($state: RuleChangeState){ruleChanges(state: $state){edges{node{
  id kind state ruleId proposed{id value source verified}}}}}"""
GAPS = """query($market: String!, $from: Date, $to: Date){ruleGaps(market: $market, from: $from,
  to: $to){kind country language begins ends conflict}}"""
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


async def colleague(*markets: str) -> Caller:
    """Another person with the same rights."""
    roles = (Role.STAFF_DECISIONS, Role.STAFF_SUPPORT)
    return await person(*roles, markets=set(markets) or None)


async def decided(caller: Caller, change: str, **given: Any) -> Json:
    usual = {"id": change, "approve": True, "idempotencyKey": str(factories.some_id())}
    found: Json = (await data(DECIDE, caller, input=usual | given))["decideRuleChange"]
    return found


async def shop() -> None:
    """A shop of phones, and a category of laptops without any."""
    await factories.world(1, 1)
    await Category.create(code="laptop", name_en="Laptop", name_fr="Portable", source="a test")


async def added(caller: Caller, **given: Any) -> Json:
    usual = {
        "kind": "VAT_STANDARD_RATE", "country": "FR", "category": "laptop",
        "validFrom": "2027-01-01", "value": {"percent": "5.5"}, "source": "a draft law",
        "evidence": "LAW_TEXT", "idempotencyKey": str(factories.some_id()),
    }  # fmt: skip
    found: Json = (await data(ADD, caller, input=usual | given))["addRule"]
    return found


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
    [
        ({"country": "France"}, "country"),
        ({"category": "A B"}, "category"),
        ({"category": "toaster"}, "category"),
        ({"kind": "VAT_INVOICE_WORDS", "category": "english"}, "category"),
    ],
)
async def test_what_cannot_be_read_is_refused(db: None, given: Json, argument: str) -> None:
    usual = {"kind": "VAT_STANDARD_RATE", "country": "FR", "on": "2026-11-01"}
    assert (await refusal(RULE, **usual | given))["argument"] == argument


async def test_a_market_is_told_what_it_lacks(db: None) -> None:
    await shop()
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
        ("SECONDHAND_DEALER", None): "UNVERIFIED",
    }
    assert states["VAT_STANDARD_RATE", None] in {"READY", "STALE"}
    assert (await data(CHECK, market="ZZ"))["marketRules"] is None


async def test_a_rule_is_followed_once_two_people_of_staff_say_so_and_the_log_says_who(
    db: None,
) -> None:
    await lawful(STRICT)
    one, other = await staff(), await colleague()
    before = (await fetchval("SELECT clock_timestamp()")).isoformat()
    key = {"idempotencyKey": "once"}
    asked = await succeeded(one, verified=True, **key)
    assert asked["code"] == "FOUR_EYES_REQUIRED"
    assert await succeeded(one, verified=True, **key) == asked
    day = ("VAT_STANDARD_RATE", "EE", "2027-01-01")
    assert (await rule(*day))["value"] == {"percent": "24"}
    [waits] = (await data(CHANGES, other, state="OPEN"))["ruleChanges"]["edges"]
    assert waits["node"] == {
        "id": asked["approvalId"], "kind": "SUCCEED", "state": "OPEN", "ruleId": EE,
        "proposed": {"id": "vat.standard_rate:EE:2027-01-01", "value": {"percent": "25"},
                     "source": "a law", "verified": True},
    }  # fmt: skip
    done = await decided(other, asked["approvalId"], **key)
    assert (done["change"]["state"], done["change"]["applied"]) == (
        "APPLIED", "vat.standard_rate:EE:2027-01-01",
    )  # fmt: skip
    assert await decided(other, asked["approvalId"], **key) == done
    assert await fetchval("SELECT count(*) FROM rule WHERE origin = 'STAFF'") == 2
    assert (await rule(*day))["value"] == {"percent": "25"}
    assert (await rule(*day, asOf=before))["value"] == {"percent": "24"}
    logged = await fetch("SELECT action, user_id, after FROM audit_log ORDER BY n")
    assert [(row["action"], row["user_id"]) for row in logged] == [
        ("succeedRule", one.user_id), ("decideRuleChange", other.user_id),
    ]  # fmt: skip
    assert orjson.loads(logged[1]["after"])["rule"] == "vat.standard_rate:EE:2027-01-01"


async def test_nobody_approves_what_they_proposed_and_may_take_it_back(db: None) -> None:
    await lawful(STRICT)
    one, other = await staff(), await colleague()
    asked = await succeeded(one)
    change = asked["approvalId"]
    again = await succeeded(other, value={"percent": "26"})
    assert (again["code"], again["approvalId"]) == ("RULE_CHANGE_UNDER_WAY", change)
    own = await decided(one, change)
    assert (own["code"], own["approvalId"]) == ("FOUR_EYES_REQUIRED", change)
    assert (
        await refusal(
            DECIDE, other, input={"id": change, "approve": False, "idempotencyKey": "no reason"}
        )
    )["argument"] == "reason"
    back = await decided(one, change, approve=False, reason="the law was not passed")
    assert (back["change"]["state"], back["change"]["reason"]) == (
        "REJECTED", "the law was not passed",
    )  # fmt: skip
    late = await decided(other, change)
    assert (late["code"], late["state"]) == ("RULE_CHANGE_NOT_OPEN", "REJECTED")
    assert await fetchval("SELECT count(*) FROM rule") == len(shipped())


async def test_the_team_of_a_country_changes_its_rules_and_nobody_elses(db: None) -> None:
    await shop()
    await lawful(STRICT)
    one, other = await staff("FR", role=Role.COUNTRY_TEAM), await colleague("FR")
    asked = await added(one)
    assert asked["code"] == "FOUR_EYES_REQUIRED"
    elsewhere = await staff("DE")
    assert (await data(CHANGES, elsewhere))["ruleChanges"]["edges"] == []
    assert (await decided(elsewhere, asked["approvalId"]))["code"] == "RULE_CHANGE_UNKNOWN"
    assert (await decided(other, asked["approvalId"]))["change"]["state"] == "APPLIED"
    laptop = ("VAT_STANDARD_RATE", "FR", "2027-01-01")
    assert (await rule(*laptop, category="laptop"))["__typename"] == "RuleUnverified"
    assert (await rule(*laptop, category="smartphone"))["value"] == {"percent": "20"}
    for country in ("DE", "EU", "*"):
        given = {"kind": "PRICE_PRIOR", "country": country, "validFrom": "2020-01-01",
                 "validTo": "2021-01-01", "value": {"days": 30}, "source": "s",
                 "evidence": "NONE", "idempotencyKey": country}  # fmt: skip
        assert (await refusal(ADD, one, input=given))["reason"] == "MARKET_NOT_GRANTED"


async def test_what_no_longer_fits_is_outdated_and_names_what_is_in_the_way(db: None) -> None:
    await shop()
    await lawful(STRICT)
    one, other = await staff(), await colleague()
    first, second = await added(one), await added(one, validFrom="2026-12-01")
    assert (await decided(other, first["approvalId"]))["change"]["state"] == "APPLIED"
    found = await decided(other, second["approvalId"])
    assert (found["code"], found["ids"]) == (
        "RULE_OVERLAP", ["vat.standard_rate:FR:laptop:2027-01-01"],
    )  # fmt: skip
    assert (await decided(other, second["approvalId"]))["state"] == "OUTDATED"


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"source": " "}, "SOURCE_REQUIRED", "source"),
        ({"validTo": "2027-01-01"}, "RULE_DATES_REVERSED", "validTo"),
        ({"country": "QQ"}, "RULE_PLACE", "country"),
        ({"country": "EU", "region": "75"}, "RULE_PLACE", "region"),
        ({"category": "A B"}, "RULE_PLACE", "category"),
        ({"category": "toaster"}, "RULE_PLACE", "category"),
        ({"value": {"percent": 5.5}}, "RULE_VALUE", "value.percent"),
    ],
)
async def test_a_rule_that_cannot_be_names_its_field(
    db: None, given: Json, code: str, field: str
) -> None:
    await shop()
    await lawful(STRICT)
    found = await added(await staff(), **given)
    assert (found["code"], found["field"], found["path"]) == (
        code, field, ["input", *field.split(".")],
    )  # fmt: skip
    assert await fetchval("SELECT count(*) FROM rule_change") == 0


async def test_two_rules_for_one_day_are_refused_with_both(db: None) -> None:
    await shop()
    await lawful(STRICT)
    found = await added(
        await staff(), country="DE", category=None, validFrom="2020-12-01", validTo="2021-02-01",
        value={"percent": "18"},
    )  # fmt: skip
    assert (found["code"], found["ids"]) == (
        "RULE_OVERLAP",
        ["vat.standard_rate:DE:2020-07-01", "vat.standard_rate:DE:2021-01-01"],
    )


async def test_a_rule_that_ends_leaves_a_gap_that_is_told(db: None) -> None:
    await shop()
    await lawful()
    one, other = await staff(), await colleague()
    given = {"rule": "vat.standard_rate:FR:2016-01-01", "on": "2027-01-01", "idempotencyKey": "k"}
    asked = (await data(END, one, input=given))["endRule"]
    await decided(other, asked["approvalId"])
    found = await data(GAPS, market="FR", **{"from": "2026-12-01", "to": "2027-03-01"})
    assert found["ruleGaps"] == [
        {"kind": "VAT_STANDARD_RATE", "country": "FR", "language": None,
         "begins": "2027-01-01", "ends": "2027-03-01", "conflict": False},
    ]  # fmt: skip
    assert (await rule("VAT_STANDARD_RATE", "FR", "2027-01-01"))["__typename"] == "RuleMissing"


async def test_a_person_verifies_a_rule_from_its_first_day(db: None) -> None:
    await lawful(STRICT)
    on = ("VAT_ROUNDING", "FR", "2026-11-01")
    assert (await rule(*on))["__typename"] == "RuleUnverified"
    asked = await succeeded(
        await staff(), rule="vat.rounding:EU:2016-01-01", validFrom="2016-01-01", verified=True,
        value={"unit": "LINE", "mode": "HALF_UP"},
    )  # fmt: skip
    assert (await rule(*on))["__typename"] == "RuleUnverified"
    signed = await decided(await colleague(), asked["approvalId"])
    assert signed["change"]["applied"] == "vat.rounding:EU:2016-01-01@2"
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
    for bad in ({"note": "x" * 501}, {"value": {"percent": "\0"}}):
        told = await refusal(SUCCEED, await staff(), input=given | bad)
        assert told["code"] == "BAD_USER_INPUT"
