"""What clients read of the paths of a device, and of one that is traded in."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.base import execute
from tests import factories
from tests import trade_ins as t
from tests.schema.asking import Json, data, refusal
from tests.trade_ins import Stand

COMPARE = """query($i: CompareImpactInput!, $n: Indicator! = GWP, $s: String){
  compareImpact(input: $i, indicator: $n, factorSet: $s){ratio threshold advice currency
    paths{kind price impact{status reasons grade claim factorSet{id} service{gross{value}}
      parts{name value{value} grade} legs{name value{value}}}}}}"""
PHONE = {"category": "smartphone", "ageYears": "1", "parts": []}
TOMORROW = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()


async def compared(device: Json | None = None, **more: Any) -> Json:
    given = {"device": device or PHONE} | more
    found: Json = (await data(COMPARE, i=given))["compareImpact"]
    return found


@pytest.fixture
async def world(db: None) -> None:
    await factories.world(1, 1)


async def test_a_repair_at_30_percent_of_a_new_one_is_advised_and_above_not(world: None) -> None:
    prices = {"currency": "EUR", "newPrice": "300", "refurbishedPrice": "200", "tradeInValue": "40"}
    at = await compared(**prices, repairPrice="90")
    assert (at["advice"], at["ratio"], at["threshold"]) == ("REPAIR", "0.3", "0.30")
    above = await compared(**prices, repairPrice="90.01")
    assert above["advice"] == "TRADE_IN"
    costs = {path["kind"]: path["price"] for path in above["paths"]}
    assert costs == {"REPAIR": "90.01", "REPLACE": "200", "TRADE_IN": "160"}
    none = await compared()
    assert (none["advice"], none["ratio"], none["currency"]) == (None, None, None)


async def test_each_path_says_what_it_avoids_by_one_set(world: None) -> None:
    """Golden cases 6 and 39: 45.920667, and a phone of one year -7.09; 2 * 79.516 / 3."""
    found = {path["kind"]: path["impact"] for path in (await compared())["paths"]}
    assert {each["factorSet"]["id"] for each in found.values()} == {"be-v2"}
    gross = {kind: each["service"]["gross"]["value"] for kind, each in found.items()}
    assert gross == {"REPAIR": "53.010667", "REPLACE": "45.920667", "TRADE_IN": "-7.090000"}
    assert found["TRADE_IN"]["status"] == "UNFAVOURABLE"
    assert found["TRADE_IN"]["claim"] is None


@pytest.mark.parametrize(
    ("device", "more", "argument", "reason"),
    [
        ({"category": "bicycle"}, {}, "device.category", "UNKNOWN_CATEGORY"),
        (PHONE | {"ageYears": "-0.01"}, {}, "device.ageYears", "NEGATIVE"),
        (PHONE | {"ageYears": "NaN"}, {}, "device.ageYears", "NOT_A_NUMBER"),
        (PHONE | {"boughtOn": "2020-01-01"}, {}, "device.boughtOn", "TWICE"),
        ({"category": "smartphone", "boughtOn": TOMORROW}, {}, "device.boughtOn",
         "FROM_THE_FUTURE"),
        (PHONE | {"parts": [{"kind": "SCREEN", "quantity": "1", "massShare": "1.01"}]}, {},
         "device.parts[0].massShare", "ABOVE_ONE"),
        (PHONE | {"parts": [{"kind": "SSD", "quantity": "0"}]}, {}, "device.parts[0].quantity",
         "NOT_POSITIVE"),
        (PHONE | {"parts": [{"kind": "SCREEN", "quantity": "1", "factor": "3"}]}, {},
         "device.parts[0].evidence", "MISSING"),
        (PHONE | {"legs": [{"km": "-1"}]}, {}, "device.legs[0].km", "NEGATIVE"),
        (PHONE | {"legs": [{"km": "1"}] * 21}, {}, "device.legs", "TOO_MANY"),
        (PHONE | {"workshop": {"kwh": "1", "country": "QQ"}}, {}, "device.workshop.country",
         "COUNTRY_WITHOUT_FACTOR"),
        (PHONE, {"repairPrice": "1"}, "currency", "MISSING"),
        (PHONE, {"repairPrice": "-1", "currency": "EUR"}, "repairPrice", "NEGATIVE"),
        (PHONE, {"newPrice": "0", "currency": "EUR"}, "newPrice", "NOT_POSITIVE"),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_refused_with_its_field_and_code(
    world: None, device: Json, more: Json, argument: str, reason: str
) -> None:
    wrong = await refusal(COMPARE, i={"device": device} | more)
    assert (wrong["code"], wrong["argument"], wrong["reason"]) == (
        "BAD_USER_INPUT",
        argument,
        reason,
    )


async def test_a_repair_names_what_it_takes_line_by_line(world: None) -> None:
    """Golden cases 32, 33 and 37: 48 g of battery, a charger, 600 km by truck, 2 kWh in France."""
    device = {
        "category": "smartphone",
        "parts": [{"kind": "BATTERY", "quantity": "0.048"}],
        "accessories": ["PHONE_CHARGER"],
        "legs": [{"km": "600", "mode": "TRUCK_MEAN"}],
        "workshop": {"kwh": "2", "country": "FR"},
    }
    [repair, *_] = (await compared(device))["paths"]
    told = {each["name"]: each["value"]["value"] for each in repair["impact"]["parts"]}
    assert told == {"PART_BATTERY": "0.302784", "ACCESSORY_PHONE_CHARGER": "0.415300"}
    ways = {each["name"]: each["value"]["value"] for each in repair["impact"]["legs"]}
    assert ways == {"LEG_TRUCK_MEAN": "0.026296", "WORKSHOP": "0.112078"}


async def test_an_unknown_set_is_refused(world: None) -> None:
    wrong = await refusal(COMPARE, i={"device": PHONE}, s="ademe-2021")
    assert (wrong["argument"], wrong["reason"]) == ("factorSet", "UNKNOWN_FACTOR_SET")


@pytest.fixture
async def of(db: None, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Stand]:
    items = await t.market()
    async with t.a_desk() as made:

        class _Runtime:
            labels = made

        monkeypatch.setattr("workers.shipments.labels.runtime", _Runtime)
        yield await t.stand(items[0])


async def test_a_trade_in_says_what_its_next_life_would_avoid(of: Stand) -> None:
    """Golden case 1: 49.176667, of a model that is old enough."""
    await execute("UPDATE product SET release_date = '2019-01-01'")
    made = await t.begun(of)
    query = "query($id: ID!){tradeIn(id: $id){impact{status grade service{gross{value}}}}}"
    for who in (of.seller, of.buyer):
        found = (await data(query, who, id=t.gid(made)))["tradeIn"]["impact"]
        assert (found["status"], found["grade"]) == ("FAVOURABLE", "C")
        assert found["service"]["gross"]["value"] == "49.176667"
