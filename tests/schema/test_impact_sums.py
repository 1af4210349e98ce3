"""Sums of impact as clients read them: the platform's, a merchant's, a customer's, of an order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from boucle.pages.impact_totals import TOTALS
from domain.orders import LineState
from models.base import execute, fetchval
from models.markets import Country
from models.merchants import Merchant
from tests import factories, fleets, orders
from tests.checkout import with_cart
from tests.factories import Item, line
from tests.fulfilment import IMEI, OTHER_IMEI, ask, buyer, line_id, merchant_key, order_id
from tests.passports import P, at_now, delivered, registered
from tests.rules import lawful
from tests.schema.asking import Json, data, refusal
from tests.workers.test_impact import JUNE, MAY, count, goes, sold, unit

SUM = """{status reasons units returned counted unitsWithoutNumber gradedAB grade method
  service{gross{value} net{value display}} range{p05{display} p50{display} p95{display}}
  categories{category counted gross{value} net{value}} factorSet{id} reboundNote statement}"""
TOTAL = f"{{scope place period asOf restated{SUM} asReported{SUM} difference{{value}}}}"
PLATFORM = f"""query($m: String, $c: String, $i: Indicator! = GWP, $s: String, $p: String! = ""){{
  platformImpact(market: $m, country: $c, indicator: $i, factorSet: $s){{scope place unit
    total(period: $p){TOTAL} months{TOTAL} countries(period: $p){TOTAL}}}}}"""
MERCHANT = f"""query($f: String, $t: String, $m: String){{
  merchantImpact(from: $f, to: $t, market: $m){SUM}}}"""
MINE = f"{{me{{impactTotal{SUM}}}}}"
LINE = """query($id: ID!){orderLine(id: $id){state impact{status grade rBasis
  service{gross{value} net{value}}} impactEntry{units month net{value} reason}}}"""
REFURBISH = f"""mutation($i: RecordRefurbishingInput!){{recordRefurbishing(input: $i){{
  ... on UnitChanged{{unit{{id impact{{status grade rBasis firstLifeYears firstLifeEvidence
    service{{gross{{value}}}}}} events{{kind facts}}}}}} {P}}}}}"""
PART = f"""mutation($i: RecordPartInput!){{recordPart(input: $i){{
  ... on UnitChanged{{unit{{impact{{status reasons service{{gross{{value}}}}}}}}}} {P}}}}}"""


@pytest.fixture
async def shop(db: None) -> tuple[Merchant, Item]:
    [item] = await factories.world(1, 1)
    await execute("UPDATE product SET release_date = '2019-01-01'")
    return await factories.merchant("amber"), item


@pytest.fixture
async def counted(shop: tuple[Merchant, Item]) -> tuple[Merchant, Item]:
    """Three phones of May in France, one of which came back in June, and one of June in Belgium."""
    three = [await sold(shop, await unit(shop[1])) for _ in range(3)]
    for each in three:
        await goes(each, LineState.COMPLETED, MAY)
    await Country.create(
        code="BE", name_en="Belgium", name_fr="Belgique", customs_area="EU", source="ISO 3166-1"
    )
    belgian = await sold(shop, await unit(shop[1]), JUNE, country="BE")
    await goes(belgian, LineState.COMPLETED, JUNE)
    await count()
    await goes(three[0], LineState.RETURNED, JUNE)
    await count()
    return shop


async def platform(**given: Any) -> Json:
    found: Json = (await data(PLATFORM, **given))["platformImpact"]
    return found


async def test_anybody_reads_the_totals_by_country_and_month(
    counted: tuple[Merchant, Item],
) -> None:
    found = await platform()
    assert (found["scope"], found["unit"]) == ("PLATFORM", "kg CO2e")
    months = {x["period"]: x["restated"] for x in found["months"]}
    assert list(months) == ["2026-05", "2026-06"]
    assert months["2026-05"]["service"]["net"]["value"] == "97.811020"
    assert (months["2026-06"]["units"], months["2026-06"]["returned"]) == (0, 1)
    places = {x["place"]: x["restated"]["service"]["net"]["value"] for x in found["countries"]}
    assert places == {"FR": "65.207347", "BE": "32.603673"}
    market = await platform(m="FR", p="2026-05")
    assert (market["scope"], market["place"], market["countries"]) == ("MARKET", "FR", [])
    assert market["total"]["restated"]["service"]["net"]["value"] == "97.811020"
    ever = found["total"]["restated"]
    assert Decimal(ever["service"]["net"]["value"]) == sum(map(Decimal, places.values()))
    assert (ever["units"], ever["counted"], ever["returned"]) == (3, 3, 1)
    assert ever["statement"].startswith("Estimate of avoided emissions. Not an offset")
    assert ever["reboundNote"] == "29 % deducted for rebound."


async def test_the_range_of_two_is_twice_that_of_one(counted: tuple[Merchant, Item]) -> None:
    """Golden case 6: net range of a phone of be-v2 14.963 / 29.863 / 51.561."""
    france = (await platform(c="FR"))["total"]["restated"]["range"]
    assert [france[p]["display"] for p in ("p05", "p50", "p95")] == ["30", "60", "100"]


async def test_a_sum_is_of_one_set_and_the_caller_may_name_it(
    counted: tuple[Merchant, Item],
) -> None:
    found = (await platform(c="BE", s="ademe-2022"))["total"]
    assert found["restated"]["factorSet"]["id"] == "ademe-2022"
    assert found["restated"]["service"]["net"]["value"] == "34.915433"
    [then] = found["asReported"]
    assert then["factorSet"]["id"] == "be-v2"
    assert found["difference"]["value"] == "2.311760"
    raw = (await platform(c="BE", s="ademe-2022", i="RAW"))["total"]["restated"]
    assert raw["service"]["net"]["value"] == "109.505667"
    assert (await platform(c="BE", i="RAW"))["total"] is None


@pytest.mark.parametrize(
    ("given", "argument", "reason"),
    [
        ({"c": "QQ"}, "country", "UNKNOWN_COUNTRY"),
        ({"m": "QQ"}, "market", "UNKNOWN_MARKET"),
        ({"m": "FR", "c": "FR"}, "country", "TWICE"),
        ({"s": "ademe-2021"}, "factorSet", "UNKNOWN_FACTOR_SET"),
        ({"p": "May"}, "period", "NOT_A_PERIOD"),
    ],
)
async def test_what_cannot_be_asked_is_refused_with_its_name(
    db: None, given: dict[str, Any], argument: str, reason: str
) -> None:
    await factories.world(1, 1)
    found = await refusal(PLATFORM, **given)
    assert (found["code"], found["argument"], found["reason"]) == (
        "BAD_USER_INPUT",
        argument,
        reason,
    )


async def test_a_merchant_reads_its_own_sum_and_no_other(counted: tuple[Merchant, Item]) -> None:
    mine = (await data(MERCHANT, merchant_key(counted[0])))["merchantImpact"]
    assert (mine["units"], mine["service"]["net"]["value"]) == (3, "97.811020")
    may = {"f": "2026-05", "t": "2026-05"}
    assert (await data(MERCHANT, merchant_key(counted[0]), **may))["merchantImpact"]["units"] == 3
    other = await factories.merchant("birch")
    assert (await data(MERCHANT, merchant_key(other)))["merchantImpact"]["units"] == 0
    wrong = await refusal(MERCHANT, merchant_key(other), f="2026-06", t="2026-05")
    assert (wrong["argument"], wrong["reason"]) == ("from", "REVERSED")


async def test_a_customer_reads_what_its_own_devices_count(counted: tuple[Merchant, Item]) -> None:
    mine = (await data(MINE, buyer(await orders.customer())))["me"]["impactTotal"]
    assert (mine["units"], mine["returned"], mine["status"]) == (3, 1, "FAVOURABLE")
    other = (await data(MINE, buyer(await orders.customer("other@example.org"))))["me"]
    assert (other["impactTotal"]["units"], other["impactTotal"]["range"]) == (0, None)
    assert other["impactTotal"]["status"] == "NOT_ESTABLISHED"


async def test_a_line_says_what_it_is_and_what_it_counts(shop: tuple[Merchant, Item]) -> None:
    of = await sold(shop, await unit(shop[1]))
    who = buyer(of.customer_id)
    before = (await data(LINE, who, id=line_id(of.lines[0])))["orderLine"]
    assert before["impact"]["service"]["net"]["value"] == "34.915433"
    assert before["impactEntry"] is None
    await goes(of, LineState.COMPLETED, MAY)
    await count()
    after = (await data(LINE, who, id=line_id(of.lines[0])))["orderLine"]["impactEntry"]
    assert after == {
        "units": 1, "month": "2026-05-01", "net": {"value": "32.603673"}, "reason": None,
    }  # fmt: skip
    sent = (await data(LINE, merchant_key(shop[0]), id=line_id(of.lines[0])))["orderLine"]
    assert sent["impactEntry"]["units"] == 1


async def test_an_order_leaves_out_what_came_back(shop: tuple[Merchant, Item]) -> None:
    of = await orders.bought(*shop, LineState.DELIVERED, lines=2, at=MAY)
    query = f"query($id: ID!){{order(id: $id){{impact{SUM}}}}}"
    found = (await data(query, buyer(of.customer_id), id=order_id(of)))["order"]["impact"]
    assert (found["units"], found["service"]["net"]["value"]) == (2, "65.207347")
    await execute("UPDATE order_line SET state = 'RETURNED' WHERE id = $1", of.lines[0])
    found = (await data(query, buyer(of.customer_id), id=order_id(of)))["order"]["impact"]
    assert (found["units"], found["service"]["net"]["value"]) == (1, "32.603673")


async def test_a_cart_counts_its_pieces(db: None) -> None:
    await lawful()
    [item] = await factories.world(1, 1)
    await execute("UPDATE product SET release_date = '2019-01-01'")
    owner = await factories.merchant("amber")
    await factories.run(await factories.feed(owner), [line(item, "SKU-0", quantity=5)])
    who = await with_cart({(await factories.of_sku(owner, "SKU-0"))["id"]: "201.39"}, 2)
    query = f"query($id: ID!){{cart(id: $id){{impact{SUM}}}}}"
    found = (await data(query, who.caller, id=who.cart))["cart"]["impact"]
    assert (found["units"], found["service"]["net"]["value"]) == (2, "65.207347")
    assert (found["grade"], found["status"]) == ("C", "FAVOURABLE")


async def test_what_a_merchant_tells_of_a_refurbishing_weighs_on_its_device(
    shop: tuple[Merchant, Item],
) -> None:
    """Golden cases 6 and 33, and 32: 600 km by a mean truck, 0.35 kg: 0.026296."""
    caller, now = merchant_key(shop[0]), await at_now()
    found = (await registered(*shop, IMEI))["unit"]["id"]
    told = {
        "unit": found, "at": (now - timedelta(hours=1)).isoformat(),
        "firstUsedOn": "2020-01-15", "firstUsedEvidence": "INVOICE",
        "accessories": ["PHONE_CHARGER"], "packagingKg": "0.15",
        "legs": [{"km": "600", "mode": "TRUCK_MEAN"}],
    }  # fmt: skip
    made = (await ask(REFURBISH, caller, **told))["unit"]
    said = made["impact"]
    assert (said["firstLifeEvidence"], said["rBasis"]) == ("INVOICE", "MEAN_PLUS_DECLARED")
    assert said["grade"] == "B"
    # 2 * 84.4 / 3 - 7.09, less charger 0.4153, cardboard 0.1935, and 0.00035 * 600 * 0.12522
    assert said["service"]["gross"]["value"] == "48.541570"
    assert made["events"][0]["kind"] == "REFURBISHED"
    assert made["events"][0]["facts"]["legs"][0]["basis"] == "DECLARED"


@pytest.mark.parametrize(
    ("told", "argument", "reason"),
    [
        ({"firstUsedOn": "2999-01-01"}, "firstUsedOn", "FROM_THE_FUTURE"),
        ({"firstUsedOn": "2020-01-01", "firstUsedEvidence": "SCENARIO"}, "firstUsedEvidence",
         "NOT_EVIDENCE"),
        ({"firstUsedOn": "1950-01-01"}, "firstUsedOn", "TOO_LARGE"),
        ({"legs": [{"km": "-1"}]}, "legs[0].km", "NEGATIVE"),
        ({"legs": [{"km": "5", "grossKg": "0"}]}, "legs[0].grossKg", "NOT_POSITIVE"),
        ({"packagingKg": "NaN"}, "packagingKg", "NOT_A_NUMBER"),
        ({"workshop": {"kwh": "2", "country": "QQ"}}, "workshop.country", "COUNTRY_WITHOUT_FACTOR"),
        ({"accessories": ["CASE"]}, "accessories[0]", "UNKNOWN_ACCESSORY"),
        ({"at": "2999-01-01T00:00:00Z"}, "at", "FROM_THE_FUTURE"),
    ],
)  # fmt: skip
async def test_a_refurbishing_that_cannot_be_is_refused_and_stores_nothing(
    shop: tuple[Merchant, Item], told: dict[str, Any], argument: str, reason: str
) -> None:
    found = (await registered(*shop, IMEI))["unit"]["id"]
    given = {"unit": found, "at": datetime.now(UTC).isoformat(), "idempotencyKey": "k"} | told
    wrong = await refusal(REFURBISH, merchant_key(shop[0]), i=given)
    assert (wrong["argument"], wrong["reason"]) == (argument, reason)
    assert await fetchval("SELECT count(*) FROM unit_event WHERE kind = 'REFURBISHED'") == 0


async def test_a_part_with_a_share_of_its_mass_is_too_weak_and_above_one_refused(
    shop: tuple[Merchant, Item],
) -> None:
    found = (await registered(*shop, IMEI))["unit"]["id"]
    at = (await at_now() - timedelta(hours=1)).isoformat()
    part = {"part": "SCREEN", "origin": "NEW_COMPATIBLE"}
    over = {"unit": found, "at": at, "part": part | {"massShare": "1.01"}, "idempotencyKey": "k"}
    wrong = await refusal(PART, merchant_key(shop[0]), i=over)
    assert (wrong["argument"], wrong["reason"]) == ("part.massShare", "ABOVE_ONE")
    none = (await ask(PART, merchant_key(shop[0]), unit=found, at=at, part=part))["unit"]["impact"]
    assert none["reasons"] == ["PART_WITHOUT_FACTOR"]


async def test_storage_weighs_by_its_capacity(shop: tuple[Merchant, Item]) -> None:
    """Golden cases 25 and 30 weigh 0.155282 kg/GB and 0.007 kg/GB; here on a phone, 64 GB."""
    found = (await registered(*shop, OTHER_IMEI))["unit"]["id"]
    at = (await at_now() - timedelta(hours=1)).isoformat()
    part = {"part": "STORAGE", "origin": "NEW_GENUINE", "capacityGb": 64}
    made = await ask(PART, merchant_key(shop[0]), unit=found, at=at, part=part)
    gross = Decimal(made["unit"]["impact"]["service"]["gross"]["value"])
    assert gross == Decimal("39.238619")


async def test_a_device_that_was_delivered_keeps_what_its_refurbishing_weighed(
    shop: tuple[Merchant, Item],
) -> None:
    now = await at_now()
    of = await delivered(*shop, IMEI, now, "1Z999AA10123456784")
    query = """{me{devices{edges{node{impact{status service{gross{value}}}}}}}}"""
    caller = buyer(await fetchval("SELECT customer_id FROM orders WHERE id = $1", of.order_id))
    [edge] = (await data(query, caller))["me"]["devices"]["edges"]
    assert edge["node"]["impact"]["service"]["gross"]["value"] == "49.176667"


async def test_a_fleet_says_what_it_avoids_if_it_comes_true(db: None) -> None:
    """Golden case 39 in small: three phones of a company of which nobody knows the age."""
    found = await fleets.fleet(await fleets.organisation())
    caller = fleets.organisation_key(found.organisation_id)
    query = """query($id: ID!){fleet(id: $id){
      impact{units waiting} expected: impact(expected: true){units net{value}}}}"""
    told = (await data(query, caller, id=found.gid))["fleet"]
    assert told["impact"] == {"units": 0, "waiting": 3}
    assert told["expected"] == {"units": 3, "net": {"value": "97.811020"}}


async def test_a_member_of_some_sites_sums_their_devices_alone(db: None) -> None:
    found = await fleets.fleet(await fleets.organisation())
    caller = replace(fleets.organisation_key(found.organisation_id), sites=frozenset({found.id}))
    query = "query($id: ID!){fleet(id: $id){impact(expected: true){units}}}"
    assert (await data(query, caller, id=found.gid))["fleet"]["impact"]["units"] == 0


async def test_the_page_of_totals_asks_what_the_schema_answers(
    counted: tuple[Merchant, Item],
) -> None:
    given = {"country": None, "indicator": "GWP", "factorSet": None, "period": "2026-05"}
    found = (await data(TOTALS, **given))["platformImpact"]
    assert [month["period"] for month in found["months"]] == ["2026-05", "2026-06"]
    assert found["total"]["restated"]["rebound"] == "0.29"
    [phones] = found["total"]["restated"]["categories"]
    assert (phones["category"], phones["net"]["value"]) == ("smartphone", "97.811020")
