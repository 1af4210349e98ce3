"""Who sees and moves what of a lot: its organisation, those who bid, and nobody else."""

from dataclasses import replace
from itertools import count

import pytest

from domain.accounts.roles import CallerKind, Role
from integrations.bus import MemoryBus
from models.base import execute, fetch, fetchval
from models.raas import closing
from models.raas.lots import lot_topic
from resolvers.accounts.house import house
from resolvers.context import ANONYMOUS, Caller
from schema.common import global_id
from tests import factories, fleets, tenants
from tests.fleets import (
    AWARD,
    BIDS,
    CONFIRM,
    DEVICES,
    MINE,
    READ,
    Fleet,
    ask,
    bid,
    bidder,
    bidder_key,
    organisation_key,
    pass_deadline,
    publish,
    row_of,
)
from tests.fulfilment import staff
from tests.schema.asking import answer, data, refusal
from tests.schema.asks import ASK
from tests.schema.test_live import following
from tests.schema.test_live import refusal as not_started

FOLLOW = "subscription($id: ID!){lotChanged(lotId: $id){state version leadingAmount{amount}}}"
OF_ORGANISATION = ("publishLot", "changeLot", "cancelLot", "awardLot")
OF_MERCHANT = ("bidOnLot", "withdrawLotBid", "confirmAward", "declineAward")
RECORD = """mutation($i: RecordErasureCapabilityInput!){recordErasureCapability(input: $i){
  __typename ... on Problem{code}}}"""
AWARD_WAITS = """mutation($i: AwardLotInput!){awardLot(input: $i){__typename
  ... on Problem{code} ... on ApprovalRequired{approvalId because limit{amount}}}}"""
APPROVE = """mutation($id: ID!){approve(input: {id: $id, idempotencyKey: "a"}){__typename}}"""
_keys = count(1)


@pytest.fixture
async def acme(db: None) -> Caller:
    await factories.world(1, 1)
    return organisation_key(await fleets.organisation())


@pytest.fixture
async def phones(acme: Caller) -> Fleet:
    assert acme.organisation_id
    return await fleets.fleet(acme.organisation_id, 2)


def _asked(name: str, lot: str) -> str:
    """The document of `ASK` for this lot, with a key of its own."""
    return ASK[name].replace("%s", lot, 1).replace("%s", f"right-{next(_keys)}")


async def test_no_merchant_sees_anothers_bid_before_or_after_it_is_opened(
    acme: Caller, phones: Fleet
) -> None:
    lot = await publish(acme, phones)
    one, two = await bidder("one", 7000), await bidder("two", 7000)
    first = await bid(lot, one, "500.00", note="mine alone")
    second = await bid(lot, two, "400.00")

    async def seen(row) -> str:
        texts = [
            await data(MINE, bidder_key(row), id=lot["id"]),
            await data(BIDS, bidder_key(row), id=lot["id"]),
            await data(READ, bidder_key(row), id=lot["id"]),
            await data("{lotBids{edges{node{id amount{amount} note}}}}", bidder_key(row)),
        ]
        return str(texts)

    for step in ("sealed", "opened", "awarded", "contracted"):
        if step == "opened":
            await pass_deadline(row_of(lot))
            await closing.close(row_of(lot), house().vault)
        elif step == "awarded":
            await ask(AWARD, acme, lotId=lot["id"])
        elif step == "contracted":
            await ask(CONFIRM, bidder_key(one), lotId=lot["id"])
        told = await seen(two)
        assert second["bid"]["id"] in told
        for secret in (first["bid"]["id"], "500.00", "mine alone", "'one'"):
            assert secret not in told, (step, secret)


async def test_another_organisation_and_strangers_reach_nothing_by_any_field_that_takes_an_id(
    acme: Caller, phones: Fleet
) -> None:
    lot = await publish(acme, phones)
    other = organisation_key(await fleets.organisation("other"))
    far = await bidder("far", 9000, markets=("DE",))
    assert (await data(READ, other, id=lot["id"]))["lot"] is None
    assert (await data(READ, bidder_key(far), id=lot["id"]))["lot"] is None
    node = "query($id: ID!){node(id: $id){id}}"
    assert (await data(node, other, id=lot["id"]))["node"] is None
    assert (await data(node, acme, id=lot["id"]))["node"] == {"id": lot["id"]}
    for names, caller in ((OF_ORGANISATION, other), (OF_MERCHANT, bidder_key(far))):
        for name in names:
            found = await data(_asked(name, lot["id"]), caller)
            assert found == {name: {"__typename": "LotUnknown"}}, name
    assert (await data("{lots{edges{node{id}}}}", other))["lots"]["edges"] == []
    assert await fetchval("SELECT state || version FROM lot") == "PUBLISHED1"


async def test_staff_customers_and_visitors_read_no_lot_and_no_bid(
    acme: Caller, phones: Fleet
) -> None:
    lot = await publish(acme, phones)
    await bid(lot, await bidder("one", 7000), "500.00")
    people = (staff(Role.STAFF_ADMIN), staff(Role.COUNTRY_TEAM), ANONYMOUS,
              Caller(kind=CallerKind.CUSTOMER, user_id=factories.some_id()))  # fmt: skip
    for who in people:
        for name in ("lot", "lots", "lotsOpen", "lotBids", *OF_ORGANISATION, *OF_MERCHANT):
            body = await answer(_asked(name, lot["id"]), who)
            assert body["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED", (who.kind, name)


async def test_an_auditor_reads_and_changes_nothing(acme: Caller, phones: Fleet) -> None:
    assert acme.organisation_id
    lot = await publish(acme, phones)
    auditor = organisation_key(acme.organisation_id, Role.ORG_AUDITOR)

    assert (await data(READ, auditor, id=lot["id"]))["lot"]["state"] == "PUBLISHED"
    assert len((await data(DEVICES, auditor, id=lot["id"]))["lot"]["devices"]["edges"]) == 2
    for name in ("createLot", *OF_ORGANISATION):
        found = await refusal(_asked(name, lot["id"]), auditor)
        assert (found["code"], found["reason"]) == ("FORBIDDEN", "SCOPE_NOT_GRANTED"), name
    assert await fetchval("SELECT state || version FROM lot") == "PUBLISHED1"


@pytest.mark.parametrize("role", [Role.ECO_ORGANISATION, Role.OPERATOR])
async def test_an_eco_organisation_or_operator_sells_by_the_same_way(
    acme: Caller, role: Role
) -> None:
    supplier = organisation_key(await fleets.organisation("collect"), role)
    assert supplier.organisation_id
    of = await fleets.fleet(supplier.organisation_id, 2)
    lot = await publish(supplier, of, showOrganisation=True)
    one = await bidder("one", 7000)
    assert (await data(READ, bidder_key(one), id=lot["id"]))["lot"]["supplier"] == "Collect"
    await bid(lot, one, "500.00")
    await pass_deadline(row_of(lot))
    await closing.close(row_of(lot), house().vault)
    await ask(AWARD, supplier, lotId=lot["id"])
    done = await ask(CONFIRM, bidder_key(one), lotId=lot["id"])
    assert (done["lot"]["state"], done["lot"]["awardedAmount"]["amount"]) == (
        "CONTRACTED", "500.00",
    )  # fmt: skip
    assert await fetchval("SELECT count(*) FROM ledger_posting") == 0, "no money moves yet"
    contract = """query($id: ID!){lot(id: $id){contract{amount{amount} supplier merchant assets
      manifestSha256 sha256 text}}}"""
    [mine, theirs] = [
        (await data(contract, who, id=lot["id"]))["lot"]["contract"]
        for who in (supplier, bidder_key(one))
    ]
    assert mine == theirs
    assert (mine["supplier"], mine["merchant"], mine["assets"]) == ("Collect", "one", 2)
    assert (
        await fetchval("SELECT encode(sha256($1::bytea), 'hex')", mine["text"].encode())
        == (mine["sha256"])
    )


async def test_a_lot_is_followed_by_its_parties_and_a_sealed_bid_is_no_news(
    acme: Caller, phones: Fleet
) -> None:
    bus = MemoryBus()
    one, two = await bidder("one", 7000), await bidder("two", 7000)
    sealed = await publish(acme, phones, phones.assets[:1])
    opened = await publish(acme, phones, phones.assets[1:], sealed=False)

    async with following(bus, FOLLOW, bidder_key(two), id=sealed["id"]) as watch:
        assert (await watch.next())["state"] == "PUBLISHED"
        await bid(sealed, one, "500.00")
        await bus.publish(lot_topic(row_of(sealed)), {})
        assert await watch.silent()
    assert await fetchval("SELECT count(*) FROM announcement WHERE topic = $1",
                          lot_topic(row_of(sealed))) == 1, "its publication alone"  # fmt: skip
    async with following(bus, FOLLOW, acme, id=opened["id"]) as watch:
        assert (await watch.next())["leadingAmount"] is None
        await bid(opened, one, "500.00")
        await bus.publish(lot_topic(row_of(opened)), {})
        assert (await watch.next())["leadingAmount"] == {"amount": "500.00"}
    other = organisation_key(await fleets.organisation("other"))
    assert await not_started(bus, FOLLOW, other, id=opened["id"]) == (
        "BAD_USER_INPUT", "LOT_UNKNOWN",
    )  # fmt: skip


async def test_a_merchant_bids_on_devices_with_data_once_its_proof_is_recorded(
    acme: Caller, phones: Fleet
) -> None:
    lot, one = await publish(acme, phones), await bidder("one", 7000, erases=False)
    given = {"merchant": str(one.id), "proof": "audit 12", "validUntil": "2999-01-01"}
    seen = "query($id: ID!){lot(id: $id){notQualified}}"
    assert (await data(seen, bidder_key(one), id=lot["id"]))["lot"]["notQualified"] == [
        "ERASURE_CAPABILITY_MISSING"
    ]
    abroad = replace(staff(Role.COUNTRY_TEAM), markets=frozenset({"DE"}))
    assert (await ask(RECORD, abroad, **given))["code"] == "MERCHANT_UNKNOWN"
    assert (await ask(RECORD, staff(Role.COUNTRY_TEAM), **given))["__typename"] == (
        "ErasureCapabilityRecorded"
    )
    assert (await data(seen, bidder_key(one), id=lot["id"]))["lot"]["notQualified"] == []
    assert (await bid(lot, one, "500.00"))["bid"]["state"] == "SUBMITTED"
    await execute("UPDATE merchant_capability SET valid_until = CURRENT_DATE - 1")
    assert (await bid(lot, one, "500.00"))["reasons"] == ["ERASURE_CAPABILITY_MISSING"]


async def test_an_award_above_a_members_limit_waits_for_another_member_and_is_made_once(
    db: None,
) -> None:
    await factories.world(1, 1)
    cobalt = await tenants.company("cobalt")
    limits = "UPDATE organisation_member SET limit_minor = 49999, limit_currency = 'EUR' "
    await execute(f"{limits} WHERE $1 = ANY (roles)", Role.ORG_REQUESTER.value)
    lot = await publish(cobalt.requester, await fleets.fleet(cobalt.id, 2))
    await bid(lot, await bidder("one", 7000), "500.00")
    await pass_deadline(row_of(lot))
    await closing.close(row_of(lot), house().vault)

    waits = await ask(AWARD_WAITS, cobalt.requester, lotId=lot["id"])
    still = await ask(AWARD_WAITS, cobalt.requester, lotId=lot["id"])
    assert waits["code"] == "APPROVAL_REQUIRED"
    assert (waits["because"], waits["limit"]["amount"]) == ("LIMIT", "499.99")
    assert still["approvalId"] == waits["approvalId"]
    assert await fetchval("SELECT state FROM lot") == "BIDDING_CLOSED"

    given = await data(APPROVE, cobalt.approver, id=waits["approvalId"])
    assert given["approve"]["__typename"] == "ApprovalGiven"
    done = await ask(AWARD_WAITS, cobalt.requester, lotId=lot["id"])
    assert done["__typename"] == "LotChanged"
    assert await fetchval("SELECT state FROM lot") == "AWARDED"
    assert await fetchval("SELECT state FROM approval") == "USED"


async def test_an_award_within_the_limit_is_made_alone(acme: Caller, phones: Fleet) -> None:
    limits = "UPDATE organisation_member SET limit_minor = 50000, limit_currency = 'EUR'"
    await execute(limits)
    lot = await publish(acme, phones)
    await bid(lot, await bidder("one", 7000), "500.00")
    await pass_deadline(row_of(lot))
    await closing.close(row_of(lot), house().vault)

    assert (await ask(AWARD_WAITS, acme, lotId=lot["id"]))["__typename"] == "LotChanged"
    assert await fetchval("SELECT count(*) FROM approval") == 0


async def test_lots_on_offer_end_first_first_and_are_turned_page_by_page(acme: Caller) -> None:
    assert acme.organisation_id
    of = await fleets.fleet(acme.organisation_id, 3)
    ends = [fleets.soon(hours=hours) for hours in (3, 1, 2)]
    made = [
        await publish(acme, of, [asset], bidsUntil=end)
        for asset, end in zip(of.assets, ends, strict=True)
    ]
    page = """query($a: String){lotsOpen(market: "FR", first: 2, after: $a){
      edges{node{id}} pageInfo{hasNextPage endCursor}}}"""
    key = bidder_key(await bidder("one", 7000))
    first = (await data(page, key))["lotsOpen"]
    second = (await data(page, key, a=first["pageInfo"]["endCursor"]))["lotsOpen"]

    ids = [edge["node"]["id"] for found in (first, second) for edge in found["edges"]]
    assert ids == [made[1]["id"], made[2]["id"], made[0]["id"]]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)
    own = "{lots(state: [PUBLISHED]){edges{node{id}}}}"
    assert [e["node"]["id"] for e in (await data(own, acme))["lots"]["edges"]] == [
        lot["id"] for lot in reversed(made)
    ]
    assert str(global_id("Lot", row_of(made[0]))) == made[0]["id"]
    assert await fetch("SELECT 1 FROM lot WHERE told_at IS NULL") == []


async def test_a_member_of_some_sites_sells_their_devices_alone(
    acme: Caller, phones: Fleet
) -> None:
    lyon = await fetchval(
        "INSERT INTO organisation_site (id, organisation_id, name, address, country, contact, "
        "time_zone, hours, version, created_at, updated_at) VALUES (gen_random_uuid(), $1, 'Lyon', "
        "'{}', 'FR', '{}', 'Europe/Paris', '[]', 1, now(), now()) RETURNING id",
        acme.organisation_id,
    )
    ids = phones.assets
    await execute("UPDATE asset SET site_id = $1 WHERE id = $2", lyon, ids[0])
    here, away = (global_id("Asset", each) for each in ids)
    there = replace(acme, sites=frozenset({lyon}))
    given = {"fleetId": phones.gid, "title": "Phones"}
    refused = await ask(fleets.CREATE, there, **given, assets=[away, here])
    assert (refused["__typename"], refused["assets"]) == ("AssetNotAvailable", [away])
    lot = (await ask(fleets.CREATE, there, **given))["lot"]
    assert await fetchval("SELECT array_agg(id) FROM asset WHERE lot_id IS NOT NULL") == [ids[0]]
    refused = await ask(fleets.CHANGE, there, lotId=lot["id"], addAssets=[away])
    assert refused["__typename"] == "AssetNotAvailable"
    whole = await ask(fleets.CHANGE, acme, lotId=lot["id"], addAssets=[away])
    assert whole["lot"]["assets"] == 2
    refused = await ask(fleets.CHANGE, there, lotId=lot["id"], removeAssets=[away])
    assert (refused["__typename"], refused["count"]) == ("AssetNotAvailable", 1)
