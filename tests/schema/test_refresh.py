"""What an organisation gets back for an old fleet, what it buys instead, and what that avoids."""

from datetime import date

import pytest

from domain.orders import LineState
from models.base import at_desk, execute
from models.merchants import Merchant
from schema.common import global_id
from tests import factories, handover, orders
from tests.factories import Item
from tests.handover import (
    ISSUE,
    Handed,
    ask,
    attachment,
    company,
    contracted,
    counted,
    processed,
    shop,
    travelled,
)
from tests.schema.asking import data

P = "... on Problem{code}"
FIELDS = """id devices replaced settled{amount} expected{amount} bought{amount} planned{amount}
  net{amount} pairs{edges{node{assetId orderLineId}}} impact{status waiting statement}"""
CREATE = f"""mutation($i: CreateRefreshProjectInput!){{createRefreshProject(input: $i){{
  ... on RefreshProjectChanged{{project{{{FIELDS}}}}} {P}}}}}"""
PAIR = f"""mutation($i: PairRefreshDevicesInput!){{pairRefreshDevices(input: $i){{
  ... on RefreshProjectChanged{{project{{{FIELDS}}}}} {P}}}}}"""
READ = "query($id: ID!){refreshProject(id: $id){id}}"
IMPACT = """query($id: ID!, $e: Boolean!){handover(lotId: $id){impact(expected: $e){
  status units counted waiting net{value} categories{category outcomes{outcome count}} statement
  factorSet{id} method}}}"""
SCOPES = ("fleets:read", "fleets:write", "lots:read", "lots:write")


@pytest.fixture
async def item(db: None) -> Item:
    return (await factories.world(1, 1))[0]


@pytest.fixture
async def owner(item: Item) -> Merchant:
    await handover.phones_hold_data()
    return await factories.merchant()


@at_desk
async def _member(of: Handed, account: object) -> None:
    await execute(
        "INSERT INTO organisation_member (organisation_id, account_id, roles) "
        "VALUES ($1, $2, '{ORG_REQUESTER}')",
        of.organisation.id,
        account,
    )


async def test_a_project_tells_what_comes_back_what_is_bought_and_what_replaces_what(
    owner: Merchant, item: Item
) -> None:
    of = await contracted(owner, item, award=90_00, weights=(1, 1, 1))
    bought = await orders.bought(owner, item, LineState.PAID, lines=2, price=300_00)
    given = {
        "fleetId": str(of.fleet_id), "name": "2027", "purchaseIds": [str(bought.purchase_id)],
        "planned": [{"title": "phones", "quantity": 3, "unitPrice": "10.50"}],
    }  # fmt: skip
    caller = company(of, *SCOPES)
    strange = await ask(CREATE, caller, **given)
    await _member(of, bought.customer_id)
    before = (await ask(CREATE, caller, **given))["project"]
    await travelled(of)
    await counted(of)
    await processed(of)
    await ask(ISSUE, shop(of), lotId=of.id)
    lines = [str(global_id("OrderLine", each)) for each in bought.lines]
    pairs = [
        {"assetId": of.asset(n), "orderLineId": line} for n, line in zip((0, 1), lines, strict=True)
    ]
    after = (await ask(PAIR, caller, projectId=before["id"], pairs=pairs))["project"]
    taken = await ask(
        PAIR, caller, projectId=before["id"],
        pairs=[{"assetId": of.asset(2), "orderLineId": lines[0]}],
    )  # fmt: skip
    other = await contracted(owner, item)
    foreign = await ask(PAIR, company(other, *SCOPES), projectId=before["id"], pairs=pairs)

    assert strange["code"] == "PURCHASE_NOT_YOURS"
    amounts = {k: before[k]["amount"] for k in ("settled", "expected", "bought", "planned", "net")}
    assert amounts == {
        "settled": "0.00", "expected": "0.03", "bought": "602.98", "planned": "31.50",
        "net": "634.45",
    }  # fmt: skip
    assert (after["settled"]["amount"], after["expected"]["amount"]) == ("84.60", "0.00")
    assert after["net"]["amount"] == "549.88"
    assert (after["devices"], after["replaced"]) == (3, 2)
    assert (taken["code"], foreign["code"]) == ("LINE_TAKEN", "REFRESH_UNKNOWN")
    assert (await data(READ, company(other, *SCOPES), id=before["id"]))["refreshProject"] is None


async def test_a_lot_counts_what_is_used_again_and_waits_for_the_rest(
    owner: Merchant, item: Item
) -> None:
    of = await contracted(owner, item, devices=4)
    await execute("UPDATE asset SET purchased_on = $1", date(2022, 11, 2))
    await travelled(of)
    await counted(of, 0, 1, 2)
    await execute("UPDATE lot SET reconcile_by = now() WHERE id = $1", of.lot_id)
    await ask(handover.ACCEPT_COUNT, company(of), lotId=of.id)
    await processed(of, 0, 1)
    partner = await ask(handover.PARTNER, shop(of), name="Ess", country="FR", kind="SOLIDARITY")
    await ask(handover.DIAGNOSE, shop(of), lotId=of.id, items=[handover.diagnosis(of, 2, "M2")])
    await ask(handover.ERASE, shop(of), lotId=of.id, items=[handover.erasure(of, 2, "M2")])
    given = {"assetId": of.asset(2), "disposition": "DONATE", "reason": "old"}
    given |= {"partnerId": partner["id"], "proof": await attachment(of)}
    await ask(handover.DISPOSE, shop(of), lotId=of.id, items=[given])

    now = (await data(IMPACT, company(of), id=of.id, e=False))["handover"]["impact"]
    then = (await data(IMPACT, shop(of), id=of.id, e=True))["handover"]["impact"]

    assert (now["units"], now["counted"], now["waiting"]) == (2, 1, 2)
    assert (then["units"], then["counted"], then["waiting"]) == (4, 3, 0)
    assert float(then["net"]["value"]) == pytest.approx(3 * float(now["net"]["value"]))
    assert float(now["net"]["value"]) > 0
    outcomes = {e["outcome"]: e["count"] for e in then["categories"][0]["outcomes"]}
    assert outcomes == {"RESOLD": 3, "LOST": 1}
    assert "not a carbon credit" in then["statement"]
