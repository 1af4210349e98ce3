"""The rules of a market over days: windows that lack one, and what if one were another."""

from domain.markets.rules import RuleKind
from models.base import fetchval
from tests import factories
from tests.rules import STRICT, lawful, shipped
from tests.schema.asking import Json, data, refusal
from tests.schema.test_registry import GAPS

AT = """query($market: String!, $on: Date!, $asOf: DateTime, $category: String,
  $supposed: [SupposedRuleInput!]){rulesAt(market: $market, on: $on, asOf: $asOf,
  category: $category, supposed: $supposed){supposed rules{kind country category result{
    __typename ... on Rule{id value verified} ... on RuleUnverified{rule{id}}}}}}"""


async def test_gaps_are_told_from_a_day_to_another_and_no_further(db: None) -> None:
    await factories.world(1, 1)
    await lawful()
    window = {"from": "2015-12-01", "to": "2016-02-01"}
    found = (await data(GAPS, market="FR", **window))["ruleGaps"]
    rates = [each for each in found if each["kind"] == "VAT_STANDARD_RATE"]
    assert [(each["begins"], each["ends"]) for each in rates] == [("2015-12-01", "2016-01-01")]
    assert (await data(GAPS, market="ZZ", **window))["ruleGaps"] is None
    for bad in ({"from": "2016-02-01", "to": "2016-02-01"}, {"from": "2000-01-01"}):
        wrong = await refusal(GAPS, market="FR", **({"to": "2016-01-01"} | bad))
        assert (wrong["reason"], wrong["argument"]) == ("DATES_REVERSED", "to")


async def test_what_if_shows_another_rate_and_leaves_the_registry_as_it_is(db: None) -> None:
    await factories.world(1, 1)
    await lawful(STRICT)
    reduced = {"kind": "VAT_STANDARD_RATE", "country": "FR", "value": {"percent": "5.5"}}
    asked = {"market": "FR", "on": "2027-02-01"}
    plain = (await data(AT, **asked))["rulesAt"]
    supposed = (await data(AT, **asked, supposed=[reduced]))["rulesAt"]

    def rate(found: Json) -> Json:
        [one] = [each for each in found["rules"] if each["kind"] == "VAT_STANDARD_RATE"]
        result: Json = one["result"]
        return result

    assert (plain["supposed"], supposed["supposed"]) == (False, True)
    assert rate(plain)["value"] == {"percent": "20"}
    assert rate(supposed) == {
        "__typename": "Rule", "id": "supposed:vat.standard_rate:FR:2027-02-01",
        "value": {"percent": "5.5"}, "verified": False,
    }  # fmt: skip
    rounding = next(each for each in plain["rules"] if each["kind"] == "VAT_ROUNDING")
    assert rounding["result"]["__typename"] == "RuleUnverified"
    assert {each["kind"] for each in plain["rules"]} == {kind.name for kind in RuleKind}
    assert await fetchval("SELECT count(*) FROM rule") == len(shipped())
    for bad, argument in (
        ({"value": {"percent": 5}}, "supposed.0.percent"),
        ({"validTo": "2027-02-01"}, "supposed.0.validTo"),
    ):
        wrong = await refusal(AT, **asked, supposed=[reduced | bad])
        assert wrong["argument"] == argument
    twice = await refusal(AT, **asked, supposed=[reduced, reduced])
    assert twice["reason"] == "RULE_OVERLAP"
