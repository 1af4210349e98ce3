"""An organisation declares a fleet, looks at its lines, matches, values and cancels it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.trade_in import TradeInGrade
from models.base import execute, fetchrow, fetchval, transaction
from models.raas import valuing
from resolvers.context import Caller
from tests import factories
from tests import imports as made
from tests.factories import NOW
from tests.imports import imei
from tests.schema.asking import counted, data, refusal
from tests.tenants import Company, company
from workers.raas.importing import import_once

Json = dict[str, Any]
CREATE = """mutation($input: CreateFleetInput!){createFleet(input: $input){__typename
  ... on FleetCreated{fleet{id number name state market currency assetCount}}
  ... on Problem{code path}}}"""
IMPORT = """mutation($input: ImportFleetInput!){importFleet(input: $input){__typename
  ... on FleetImportStarted{queued import{id state}}
  ... on InvalidTransition{code from to allowed}
  ... on FleetMappingInvalid{code columns}
  ... on Problem{code}}}"""
READ = """query($id: ID!){fleetImport(id: $id){state linesRead
  counts{outcome count} codes{code count}
  columns{name reads suggestion confidence reason samples} reportUrl fixFileUrl
  lines(first: 10){edges{node{line outcome code assetTag field value suggested assetId
    message(locale: "fr") suggestion suggestions{title confidenceBp productId}}}
    pageInfo{hasNextPage endCursor}}}}"""
FLEET = """query($id: ID!, $filter: AssetFilterInput, $at: Date){fleet(id: $id){
  state assetCount valuedAt
  valuation(at: $at){valued notEnoughData at{months median{amount}}
    points{months min{amount} median{amount} max{amount currency}}
    bases{kind count} dispositions{disposition count}}
  assets(first: 50, filter: $filter){edges{node{id assetTag imei state grade version
    match{confidenceBp by brand storage words} suggestions{title}
    disposition dispositionSteps{disposition reason message gain{amount} cost{amount}}
    variant{slug} product{slug}
    valuation{__typename ... on AssetValue{points{months min{amount} median{amount} max{amount}}
      basis{kind n conditionAssumed derived capped monthlyDecayBp}}
      ... on NotEnoughPrices{code n min}}}}}}}"""
VALUE = """mutation($input: OneFleetInput!){valueFleet(input: $input){__typename
  ... on FleetValuationStarted{fleet{state}} ... on InvalidTransition{from to}
  ... on Problem{code}}}"""
CANCEL = VALUE.replace("valueFleet", "cancelFleet").replace(
    "FleetValuationStarted", "FleetCancelled"
)
UPDATE = """mutation($input: UpdateAssetInput!){updateAsset(input: $input){__typename
  ... on AssetChanged{asset{assetTag grade purchaseDate version valuation{__typename}}}
  ... on Stale{currentVersion} ... on Problem{code}}}"""
MATCH = """mutation($input: MatchAssetInput!){matchAsset(input: $input){__typename
  ... on AssetChanged{asset{state match{by confidenceBp}}} ... on Problem{code}}}"""
MATCH_ALL = """mutation($input: MatchAssetsInput!){matchAssets(input: $input){__typename
  ... on AssetsMatched{count} ... on Problem{code}}}"""
REMOVE = """mutation($input: RemoveAssetsInput!){removeAssets(input: $input){__typename
  ... on AssetsRemoved{removed fleet{assetCount}} ... on Problem{code}}}"""
PHONE = {"manufacturer": "Calder", "model": "C0", "condition": "good"}


@pytest.fixture
async def acme(db: None) -> Company:
    await factories.world(3, 1)
    return await company("acme")


async def created(of: Company, key: str = "make") -> str:
    made_of = {"name": "Phones", "kind": "HARDWARE_REFRESH", "country": "FR", "market": "FR"}
    found = await data(CREATE, of.requester, input=made_of | {"idempotencyKey": key})
    assert found["createFleet"]["__typename"] == "FleetCreated", found
    fleet_id: str = found["createFleet"]["fleet"]["id"]
    return fleet_id


async def sent(of: Company, fleet_id: str, body: bytes, key: str = "import", **more: Any) -> Json:
    file = await made.stored(of.organisation, body)
    given = {"fleetId": fleet_id, "fileId": str(file.id), "idempotencyKey": key, **more}
    found: Json = (await data(IMPORT, of.requester, input=given))["importFleet"]
    return found


async def brought(of: Company, fleet_id: str, body: bytes, key: str = "import") -> Json:
    """An import at its end, as its organisation reads it."""
    asked = await sent(of, fleet_id, body, key)
    assert asked["queued"], asked
    row = await fetchval("SELECT id FROM fleet_import ORDER BY id DESC LIMIT 1")
    await import_once(row, NOW)
    found: Json = (await data(READ, of.auditor, id=asked["import"]["id"]))["fleetImport"]
    return found


async def looked(of: Caller, fleet_id: str, **more: Any) -> Json:
    found: Json = (await data(FLEET, of, id=fleet_id, **more))["fleet"]
    return found


async def bids(variant: str = "calder-0%", *, merchants: int = 3, market: str = "FR") -> None:
    """What merchants bid for a variant in each grade, the more the better: 300.00 and less."""
    for number in range(merchants):
        bidder = await factories.merchant(f"bidder-{variant[7:8]}-{number}")
        for step, grade in enumerate(TradeInGrade):
            await execute(
                "INSERT INTO trade_in_bid (merchant_id, variant_id, grade, market, amount_minor, "
                "currency, pay_within_days) SELECT $1, id, $2, $3, $4, 'EUR', 5 FROM variant "
                "WHERE slug LIKE $5",
                bidder.id, grade.value, market, 300_00 - 50_00 * step - 10_00 * number, variant,
            )  # fmt: skip


async def valued(of: Company, fleet_id: str, key: str = "value") -> None:
    asked = await data(VALUE, of.requester, input={"fleetId": fleet_id, "idempotencyKey": key})
    assert asked["valueFleet"]["__typename"] == "FleetValuationStarted", asked
    row = await fetchval("SELECT id FROM fleet ORDER BY id DESC LIMIT 1")
    async with transaction() as raw:
        await valuing.value(raw, row, NOW)


async def test_a_fleet_is_made_imported_and_read_line_by_line(acme: Company) -> None:
    fleet_id = await created(acme)
    lines = [
        PHONE | {"assetTag": "A-1", "imei": imei(1)},
        PHONE | {"assetTag": "A-2", "imei": "123"},
        PHONE | {"assetTag": "A-3", "imei": imei(3), "model": "C"},
    ]
    run = await brought(acme, fleet_id, made.sheet(lines))
    assert (run["state"], run["linesRead"]) == ("COMPLETED", 3)
    assert {each["outcome"]: each["count"] for each in run["counts"]} == {
        "ACCEPTED": 1, "IMEI_INVALID": 1, "UNKNOWN_MODEL": 1,
    }  # fmt: skip
    first, second, third = [edge["node"] for edge in run["lines"]["edges"]]
    assert (first["line"], first["outcome"], first["code"]) == (2, "ACCEPTED", None)
    assert (second["code"], second["field"], second["value"]) == ("IMEI_LENGTH", "imei", "123")
    assert second["message"] == "« 123 » n'est pas un IMEI : il n'a pas 15 chiffres."
    assert second["assetId"] is None
    assert third["assetId"]
    assert run["fixFileUrl"].endswith("/fix-file")
    fleet = await looked(acme.auditor, fleet_id)
    assert (fleet["state"], fleet["assetCount"]) == ("REVIEW", 2)
    [one, two] = [edge["node"] for edge in fleet["assets"]["edges"]]
    assert (one["state"], one["match"]["confidenceBp"], one["product"]["slug"]) == (
        *("MATCHED", 10_000, "calder-0"),
    )
    assert (two["state"], two["match"], two["valuation"]) == ("UNMATCHED", None, None)


async def test_the_same_file_in_the_same_terms_is_no_work(acme: Company) -> None:
    fleet_id = await created(acme)
    body = made.sheet([PHONE | {"imei": imei(1)}])
    await brought(acme, fleet_id, body)
    again = await sent(acme, fleet_id, body, "again")
    assert again["queued"] is False
    assert await fetchval("SELECT count(*) FROM fleet_import") == 1


async def test_an_import_waits_for_the_one_before_and_knows_its_mapping(acme: Company) -> None:
    fleet_id = await created(acme)
    body = made.sheet([PHONE | {"imei": imei(1)}])
    wrong = [{"name": "a", "field": "colour"}, {"name": "b", "field": "imei"}]
    refused = await sent(acme, fleet_id, body, "wrong", mapping=wrong)
    assert (refused["code"], refused["columns"]) == ("FLEET_MAPPING_INVALID", ["a"])
    assert (await sent(acme, fleet_id, body))["queued"]
    second = await sent(acme, fleet_id, body + b"\n", "second")
    assert second == {
        "__typename": "InvalidTransition", "code": "INVALID_TRANSITION", "from": "IMPORTING",
        "to": "IMPORTING", "allowed": ["REVIEW"],
    }  # fmt: skip
    strange = {"fleetId": fleet_id, "fileId": str(factories.some_id()), "idempotencyKey": "x"}
    found = await data(IMPORT, acme.requester, input=strange)
    assert found["importFleet"]["code"] == "FLEET_FILE_UNKNOWN"


async def test_a_value_has_its_basis_falls_with_time_and_sums_up(acme: Company) -> None:
    fleet_id = await created(acme)
    conditions = ("good", "", "cracked", "defekt")
    lines = [PHONE | {"imei": imei(n), "condition": c} for n, c in enumerate(conditions, 1)]
    lines.append(PHONE | {"imei": imei(9), "model": "C1"})
    await brought(acme, fleet_id, made.sheet(lines))
    await bids()
    await valued(acme, fleet_id)
    fleet = await looked(acme.auditor, fleet_id)
    assert fleet["state"] == "VALUED"
    nodes = [edge["node"] for edge in fleet["assets"]["edges"]]
    good, unsaid, cracked, dead, other = [node["valuation"] for node in nodes]
    assert good["basis"] == {
        "kind": "TRADE_IN_BIDS", "n": 3, "conditionAssumed": False, "derived": False,
        "capped": False, "monthlyDecayBp": 200,
    }  # fmt: skip
    assert [point["median"]["amount"] for point in good["points"]] == ["240.00", "225.89", "212.60"]
    assert unsaid["basis"]["conditionAssumed"] is True
    assert unsaid["points"][0]["median"]["amount"] == "190.00"
    assert cracked["points"][0]["min"]["amount"] == "130.00"
    assert dead["points"][0]["max"]["amount"] == "100.00"
    assert other == {"__typename": "NotEnoughPrices", "code": "NOT_ENOUGH_DATA", "n": 0, "min": 3}
    sums = fleet["valuation"]
    assert (sums["valued"], sums["notEnoughData"]) == (4, 1)
    for at in range(3):
        for name in ("min", "median", "max"):
            line_sum = sum(
                float(node["valuation"]["points"][at][name]["amount"]) for node in nodes[:4]
            )
            assert float(sums["points"][at][name]["amount"]) == pytest.approx(line_sum, abs=1e-6)
    assert [node["disposition"] for node in nodes] == [
        "RESELL", "RESELL", "RESELL", "REPAIR", "DONATE",
    ]  # fmt: skip
    steps = nodes[2]["dispositionSteps"]
    assert [(step["disposition"], step["reason"]) for step in steps] == [
        ("REPAIR", "REPAIR_COSTS_MORE"),
        ("RESELL", "SALE_PAYS"),
    ]
    assert (steps[0]["gain"]["amount"], steps[0]["cost"]["amount"]) == ("50.00", "90.00")
    [paid] = nodes[3]["dispositionSteps"]
    assert (paid["gain"]["amount"], paid["cost"]["amount"]) == ("100.00", "95.00")


async def test_a_change_of_a_device_forgets_its_value_and_knows_its_version(acme: Company) -> None:
    fleet_id = await created(acme)
    lines = [PHONE | {"assetTag": f"A-{n}", "imei": imei(n)} for n in (1, 2)]
    await brought(acme, fleet_id, made.sheet(lines))
    await bids()
    await valued(acme, fleet_id)
    node = (await looked(acme.auditor, fleet_id))["assets"]["edges"][0]["node"]

    async def asked(key: str, **given: Any) -> Json:
        said = {"assetId": node["id"], "idempotencyKey": key, **given}
        found: Json = (await data(UPDATE, acme.requester, input=said))["updateAsset"]
        return found

    stale = await asked("a", expectedVersion=9, condition="used")
    assert (stale["__typename"], stale["currentVersion"]) == ("Stale", 1)
    assert (await asked("b", assetTag="a-2"))["code"] == "ASSET_TAG_TAKEN"
    assert (await asked("c", condition="odd"))["code"] == "ASSET_CONDITION_UNKNOWN"
    assert (await asked("d", siteId=str(factories.some_id())))["code"] == "ASSET_SITE_UNKNOWN"
    kept = await asked("e", assetTag="B-1")
    assert kept["asset"]["valuation"]["__typename"] == "AssetValue"
    changed = await asked("f", condition="cracked", purchaseDate="2022-02-02", expectedVersion=2)
    assert changed["asset"] == {
        "assetTag": "B-1", "grade": "FUNCTIONAL_CRACKED", "purchaseDate": "2022-02-02",
        "version": 3, "valuation": None,
    }  # fmt: skip


async def test_devices_are_matched_by_hand_one_by_one_or_by_their_words(acme: Company) -> None:
    fleet_id = await created(acme)
    lines = [PHONE | {"imei": imei(n), "model": "Zorg 9"} for n in (1, 2, 3)]
    await brought(acme, fleet_id, made.sheet(lines))
    variant = str(await fetchval("SELECT id FROM variant LIMIT 1"))
    node = (await looked(acme.auditor, fleet_id))["assets"]["edges"][0]["node"]
    one = {"assetId": node["id"], "variantId": variant, "idempotencyKey": "one"}
    found = (await data(MATCH, acme.requester, input=one))["matchAsset"]["asset"]
    assert found == {"state": "MATCHED", "match": {"by": "HAND", "confidenceBp": 10_000}}
    rest = {
        "fleetId": fleet_id, "manufacturer": "CALDER", "model": "zorg 9", "variantId": variant,
        "idempotencyKey": "rest",
    }  # fmt: skip
    assert (await data(MATCH_ALL, acme.requester, input=rest))["matchAssets"]["count"] == 3
    nobody = one | {"variantId": str(factories.some_id()), "idempotencyKey": "two"}
    unknown = (await data(MATCH, acme.requester, input=nobody))["matchAsset"]
    assert unknown["code"] == "ASSET_VARIANT_UNKNOWN"


async def test_devices_that_were_removed_may_be_declared_again(acme: Company) -> None:
    fleet_id = await created(acme)
    body = made.sheet([PHONE | {"imei": imei(n)} for n in (1, 2)])
    await brought(acme, fleet_id, body)
    node = (await looked(acme.auditor, fleet_id))["assets"]["edges"][0]["node"]
    gone = {"fleetId": fleet_id, "assetIds": [node["id"]], "idempotencyKey": "gone"}
    found = (await data(REMOVE, acme.requester, input=gone))["removeAssets"]
    assert (found["removed"], found["fleet"]["assetCount"]) == ([node["id"]], 1)
    run = await brought(acme, fleet_id, body, "again")
    assert {each["outcome"]: each["count"] for each in run["counts"]} == {
        "ACCEPTED": 1, "UNCHANGED": 1,
    }  # fmt: skip


async def test_a_cancelled_fleet_frees_its_devices_and_takes_no_more(acme: Company) -> None:
    fleet_id = await created(acme)
    body = made.sheet([PHONE | {"imei": imei(1)}])
    await brought(acme, fleet_id, body)
    given = {"fleetId": fleet_id, "idempotencyKey": "cancel"}
    assert (await data(CANCEL, acme.requester, input=given))["cancelFleet"]["fleet"] == {
        "state": "CANCELLED"
    }
    late = await sent(acme, fleet_id, body, "late")
    assert (late["from"], late["to"]) == ("CANCELLED", "IMPORTING")
    value = await data(VALUE, acme.requester, input=given | {"idempotencyKey": "value"})
    assert value["valueFleet"]["from"] == "CANCELLED"
    other = await brought(acme, await created(acme, "other"), body, "other file")
    assert other["counts"] == [{"outcome": "ACCEPTED", "count": 1}]


async def test_a_member_of_some_sites_sees_and_changes_their_devices_alone(acme: Company) -> None:
    lyon, paris = [await made.site(acme.organisation, name) for name in ("Lyon", "Paris")]
    fleet_id = await created(acme)
    lines = [
        PHONE | {"assetTag": site, "imei": imei(n), "site": site}
        for n, site in enumerate(("Lyon", "Paris"), 1)
    ]
    await brought(acme, fleet_id, made.sheet(lines, (*made.HEADER, "site")))
    await bids()
    await valued(acme, fleet_id)
    there = replace(acme.requester, sites=frozenset({lyon}))
    fleet = await looked(there, fleet_id)
    assert [edge["node"]["assetTag"] for edge in fleet["assets"]["edges"]] == ["Lyon"]
    assert fleet["valuation"]["valued"] == 1
    count = "query($id: ID!){fleet(id: $id){assetCount}}"
    assert (await data(count, there, id=fleet_id))["fleet"] == {"assetCount": 1}
    assert (await data(count, acme.requester, id=fleet_id))["fleet"] == {"assetCount": 2}
    hidden = await fetchrow("SELECT id, import_id FROM asset WHERE site_id = $1", paris)
    assert hidden is not None
    change = {"assetId": str(hidden["id"]), "condition": "used", "idempotencyKey": "hidden"}
    assert (await data(UPDATE, there, input=change))["updateAsset"]["code"] == "ASSET_UNKNOWN"
    assert await data(READ, there, id=str(hidden["import_id"])) == {"fleetImport": None}
    away = {"fleetId": fleet_id, "assetIds": [str(hidden["id"])], "idempotencyKey": "away"}
    assert (await data(REMOVE, there, input=away))["removeAssets"]["removed"] == []


async def test_nobody_sees_or_changes_the_fleet_of_another(acme: Company) -> None:
    fleet_id = await created(acme)
    await brought(acme, fleet_id, made.sheet([PHONE | {"imei": imei(1)}]))
    row = await fetchrow("SELECT id, import_id FROM asset")
    assert row is not None
    other = await company("umbra")
    assert await data(FLEET, other.admin, id=fleet_id) == {"fleet": None}
    assert await data(READ, other.admin, id=str(row["import_id"])) == {"fleetImport": None}
    given = {"fleetId": fleet_id, "idempotencyKey": "x"}
    assert (await data(VALUE, other.admin, input=given))["valueFleet"]["code"] == "FLEET_UNKNOWN"
    change = {"assetId": str(row["id"]), "condition": "used", "idempotencyKey": "y"}
    assert (await data(UPDATE, other.admin, input=change))["updateAsset"]["code"] == "ASSET_UNKNOWN"
    told = await refusal(VALUE, acme.auditor, input=given)
    assert (told["code"], told["reason"]) == ("FORBIDDEN", "SCOPE_NOT_GRANTED")


async def test_a_day_of_a_value_lies_within_a_year(acme: Company) -> None:
    fleet_id = await created(acme)
    for day in (NOW - timedelta(days=4_000), NOW + timedelta(days=4_000)):
        told = await refusal(FLEET, acme.auditor, id=fleet_id, at=str(day.date()))
        assert (told["code"], told["argument"]) == ("BAD_USER_INPUT", "at")


async def test_a_fleet_is_in_a_market_and_a_country_that_there_are(acme: Company) -> None:
    given = {"name": "x", "kind": "AD_HOC", "country": "FR", "market": "ZZ", "idempotencyKey": "k"}
    found = await data(CREATE, acme.requester, input=given)
    assert found["createFleet"]["code"] == "FLEET_MARKET_UNKNOWN"
    assert isinstance(acme.id, UUID)
    assert await fetchval("SELECT count(*) FROM fleet") == 0


async def test_a_fleet_is_read_and_valued_in_as_many_statements_whatever_its_size(
    acme: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet_id = await created(acme)
    lines = [PHONE | {"imei": imei(n), "model": f"C{n % 3}"} for n in range(1, 102)]
    run = await brought(acme, fleet_id, made.sheet(lines))
    await bids("calder-%")
    await valued(acme, fleet_id)
    row = await fetchval("SELECT id FROM fleet")
    import_id = await fetchval("SELECT id FROM fleet_import")
    counts = []
    for first in (24, 100):
        with counted(monkeypatch) as sent:
            query = FLEET.replace("first: 50", f"first: {first}")
            page = (await data(query, acme.auditor, id=fleet_id))["fleet"]
            read = READ.replace("first: 10", f"first: {first}")
            told = await data(read, acme.auditor, id=str(import_id))
        assert len(page["assets"]["edges"]) == first
        assert len(told["fleetImport"]["lines"]["edges"]) == first
        counts.append(sent.total())
    assert run["linesRead"] == 101
    assert counts[0] == counts[1] <= 8
    spent = []
    for kept in (101, 3):
        await execute(
            "UPDATE asset SET live = false "
            "WHERE id IN (SELECT id FROM asset ORDER BY id OFFSET $1)",
            kept,
        )
        async with transaction() as raw:
            with counted(monkeypatch) as sent:
                await valuing.value(raw, row, NOW)
        spent.append(sent.total())
    assert spent[0] == spent[1] <= 8
