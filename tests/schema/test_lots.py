"""An organisation sells devices of its fleet to the best bid, which nobody reads too early."""

import pytest

from models.base import fetch, fetchval
from models.raas import closing
from models.vault import Vault
from resolvers.accounts.house import house
from resolvers.context import Caller
from tests import factories, fleets
from tests.fleets import (
    AWARD,
    BIDS,
    CANCEL,
    CHANGE,
    CONFIRM,
    CREATE,
    DECLINE,
    DEVICES,
    GROUPS,
    MINE,
    PUBLISH,
    READ,
    TIMELINE,
    WITHDRAW,
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
from tests.schema.asking import data

GOLDEN = (
    ("r1", 5200, "DE", False, "12000.00", 8000),
    ("r2", 8600, "FR", False, "11400.00", 9200),
    ("r3", 7600, "FR", True, "10900.00", 9500),
)


def vault() -> Vault:
    return house().vault


@pytest.fixture
async def acme(db: None) -> Caller:
    await factories.world(1, 1)
    return organisation_key(await fleets.organisation())


@pytest.fixture
async def phones(acme: Caller) -> Fleet:
    assert acme.organisation_id is not None
    return await fleets.fleet(acme.organisation_id, 3)


async def test_golden_g7_the_best_bid_is_neither_the_highest_nor_the_nearest(
    acme: Caller, phones: Fleet
) -> None:
    """Golden G7: sealed, opened, scored in parts, awarded, confirmed; losers know their place."""
    lot = await publish(acme, phones)
    merchants = {}
    for slug, quality, country, ess, amount, reuse in GOLDEN:
        merchants[slug] = await bidder(slug, quality, country=country, ess=ess)
        answer = await bid(lot, merchants[slug], amount, reuseCommitmentBp=reuse)
        assert answer["bid"]["state"] == "SUBMITTED", answer
    await pass_deadline(row_of(lot))
    assert await closing.close(row_of(lot), vault())
    ranked = [e["node"] for e in (await data(BIDS, acme, id=lot["id"]))["lot"]["bids"]["edges"]]

    assert [(b["merchant"]["name"], b["score"]["total"], b["rank"]) for b in ranked] == [
        ("r2", 9084, 1), ("r3", 8963, 2), ("r1", 8340, 3),
    ]  # fmt: skip
    assert ranked[0]["score"] == {
        "price": 6650, "quality": 1290, "inCountry": 500, "reuse": 644, "ess": 0, "total": 9084,
    }  # fmt: skip
    found = await ask(AWARD, acme, lotId=lot["id"])
    assert (found["lot"]["state"], found["lot"]["awardedAmount"]["amount"]) == (
        "AWARDED", "11400.00",
    )  # fmt: skip
    assert (await data(DEVICES, bidder_key(merchants["r2"]), id=lot["id"]))["lot"]["devices"][
        "edges"
    ] == [], "no identity before the contract"
    done = await ask(CONFIRM, bidder_key(merchants["r2"]), lotId=lot["id"])
    assert (done["lot"]["state"], done["lot"]["supplier"]) == ("CONTRACTED", "Acme")
    assert await fleets.states(row_of(lot)) == {"r1": "LOST", "r2": "WON", "r3": "LOST"}
    seen = (await data(DEVICES, bidder_key(merchants["r2"]), id=lot["id"]))["lot"]["devices"]
    assert len(seen["edges"]) == 3
    assert all(edge["node"]["serial"] for edge in seen["edges"])
    lost = (await data(MINE, bidder_key(merchants["r3"]), id=lot["id"]))["lot"]["myBid"]
    assert (lost["rank"], lost["score"]["total"], lost["because"]) == (2, 8963, "ANOTHER_WON")
    told = await fetch(
        "SELECT m.slug, e.data->>'rank' AS rank, e.data->>'won' AS won FROM event e "
        "LEFT JOIN merchant m ON m.id = e.merchant_id WHERE topic = 'lot.awarded' ORDER BY e.n"
    )
    assert [tuple(row) for row in told] == [
        ("r2", "1", "true"), ("r3", "2", "false"), ("r1", "3", "false"), (None, "1", "true"),
    ]  # fmt: skip


async def test_nobody_reads_a_sealed_bid_or_counts_bids_before_the_deadline(
    acme: Caller, phones: Fleet
) -> None:
    lot = await publish(acme, phones, reserve="100.00")
    one, two = await bidder("one", 7000), await bidder("two", 7000)
    answer = await bid(lot, one, "777.77", note="our secret")

    assert (answer["bid"]["sealed"], answer["bid"]["amount"], answer["bid"]["note"]) == (
        True, None, None,
    )  # fmt: skip
    for caller in (acme, bidder_key(one), bidder_key(two)):
        seen = (await data(READ, caller, id=lot["id"]))["lot"]
        assert (seen["bidCount"], seen["leadingAmount"]) == (None, None)
    assert (await data(BIDS, acme, id=lot["id"]))["lot"]["bids"]["edges"] == []
    assert (await data(MINE, bidder_key(two), id=lot["id"]))["lot"]["myBid"] is None
    assert (await data(READ, bidder_key(two), id=lot["id"]))["lot"]["rules"]["reserve"] is None
    for table in ("once", "audit_log", "event", "lot_bid", "lot_move", "announcement"):
        rows = await fetch(f"SELECT to_jsonb(t)::text AS row FROM {table} t")
        assert not [r for r in rows if "77777" in r["row"] or "our secret" in r["row"]], table


async def test_a_repeated_bid_has_one_effect_and_another_amount_is_another_request(
    acme: Caller, phones: Fleet
) -> None:
    lot, one = await publish(acme, phones), await bidder("one", 7000)

    first = await bid(lot, one, "500.00", idempotencyKey="mine")
    again = await bid(lot, one, "500.0", idempotencyKey="mine")
    other = await fleets.data_or_reason(lot, one, "500.01", "mine")

    assert first["bid"]["id"] == again["bid"]["id"]
    assert other == "IDEMPOTENCY_KEY_REUSED"
    assert await fetchval("SELECT count(*) FROM lot_bid") == 1
    assert await fetchval("SELECT count(*) FROM once WHERE key = 'mine'") == 0, "not kept"


async def test_a_new_bid_replaces_the_one_before_and_one_can_be_withdrawn(
    acme: Caller, phones: Fleet
) -> None:
    lot, one = await publish(acme, phones), await bidder("one", 7000)
    await bid(lot, one, "500.00")
    second = await bid(lot, one, "400.00")
    rows = await fetch("SELECT state, because, sealed IS NULL AS gone FROM lot_bid ORDER BY id")
    assert [tuple(row) for row in rows] == [
        ("WITHDRAWN", "REPLACED", True), ("SUBMITTED", None, False),
    ]  # fmt: skip

    found = await ask(WITHDRAW, bidder_key(one), lotId=lot["id"])
    assert (found["bid"]["id"], found["bid"]["state"]) == (second["bid"]["id"], "WITHDRAWN")
    assert (await ask(WITHDRAW, bidder_key(one), lotId=lot["id"]))["code"] == "LOT_BID_UNKNOWN"
    await pass_deadline(row_of(lot))
    await closing.close(row_of(lot), vault())
    seen = (await data(READ, acme, id=lot["id"]))["lot"]
    assert (seen["state"], seen["bidCount"]) == ("UNSOLD", 0)
    assert await fetchval("SELECT count(*) FROM asset WHERE state = 'MATCHED'") == 3
    assert (await fleets.create(acme, phones))["assets"] == 3, "free for another lot"


async def test_a_change_while_published_is_a_new_version_and_voids_bids_which_are_told(
    acme: Caller, phones: Fleet
) -> None:
    lot = await publish(acme, phones, phones.assets[:2])
    one = await bidder("one", 7000)
    await bid(lot, one, "500.00")
    more = await ask(
        CHANGE, acme, lotId=lot["id"], expectedVersion=lot["version"],
        addAssets=[str(phones.assets[2])], removeAssets=[str(phones.assets[0])],
    )  # fmt: skip

    changed = more["lot"]
    assert (changed["version"], changed["assets"]) == (lot["version"] + 1, 2)
    row = await fetch("SELECT state, because, sealed FROM lot_bid")
    assert [tuple(each) for each in row] == [("INVALIDATED", "LOT_CHANGED", None)]
    refused = await bid(lot, one, "500.00")
    assert (refused["code"], refused["version"]) == ("LOT_CHANGED_SINCE_BID", changed["version"])
    assert (await bid(changed, one, "500.00"))["bid"]["state"] == "SUBMITTED"
    told = await fetch(
        "SELECT data->>'version' AS v, data->>'bidInvalidated' AS gone FROM event "
        "WHERE topic = 'lot.published' AND merchant_id = $1 ORDER BY n", one.id,
    )  # fmt: skip
    assert tuple(told[-1]) == (str(changed["version"]), "true")
    assert await fetchval("SELECT count(DISTINCT sha256) FROM lot_manifest") == 2
    stale = await ask(CHANGE, acme, lotId=lot["id"], title="x", expectedVersion=lot["version"])
    assert (stale["code"], stale["currentVersion"]) == ("STALE", changed["version"])


async def test_a_device_is_in_one_lot_and_one_without_identity_in_none(
    acme: Caller, phones: Fleet
) -> None:
    assert acme.organisation_id
    await fleets.create(acme, phones, assets=[str(phones.assets[0])])
    taken = await ask(
        CREATE, acme, fleetId=phones.gid, title="t", assets=[str(a) for a in phones.assets]
    )
    assert (taken["code"], taken["count"]) == ("ASSET_NOT_AVAILABLE", 1)
    nameless = await fleets.fleet(acme.organisation_id, 2, identified=False)
    refused = await ask(CREATE, acme, fleetId=nameless.gid, title="t")
    assert (refused["code"], refused["count"]) == ("ASSET_WITHOUT_IDENTITY", 2)
    young = await fleets.fleet(acme.organisation_id, 1, state="REVIEW")
    early = await ask(CREATE, acme, fleetId=young.gid, title="t")
    assert (early["code"], early["state"]) == ("FLEET_NOT_VALUED", "REVIEW")
    other = organisation_key(await fleets.organisation("other"))
    assert (await ask(CREATE, other, fleetId=phones.gid, title="t"))["code"] == "FLEET_UNKNOWN"
    assert await fetchval("SELECT count(*) FROM lot") == 1


@pytest.mark.parametrize(
    ("rules", "field", "reason"),
    [
        ({"bidsUntil": "2020-01-01T00:00:00Z"}, "bidsUntil", "NOT_IN_THE_FUTURE"),
        ({"bidsUntil": "2999-01-01T00:00:00Z"}, "bidsUntil", "TOO_FAR"),
        ({"reserve": "-1"}, "reserve", "NOT_POSITIVE"),
        ({"reserve": "5", "currency": "GBP"}, "currency", "OTHER_CURRENCY"),
        ({"weights": {"price": 7001}}, "weights", "NOT_10000_TOGETHER"),
        ({"essShareBp": 3000}, "essFirstHours", "LEAVES_NO_TIME_FOR_OTHERS"),
        ({"essShareBp": 10001}, "essShareBp", "OUT_OF_RANGE"),
        (
            {"antiSnipe": {"windowSeconds": 60, "extendSeconds": 60, "most": 3}},
            "antiSnipe", "LOT_IS_SEALED",
        ),
    ],
)  # fmt: skip
async def test_rules_that_cannot_be_are_refused(
    acme: Caller, phones: Fleet, rules: dict, field: str, reason: str
) -> None:
    lot = await fleets.create(acme, phones)
    given = {"bidsUntil": fleets.soon(), "currency": "EUR", **rules}
    refused = await ask(PUBLISH, acme, lotId=lot["id"], rules=given)

    assert (refused.get("field"), refused.get("reason")) == (field, reason)
    assert await fetchval("SELECT state FROM lot") == "DRAFT"


async def test_a_bidder_who_may_not_is_told_every_reason(acme: Caller, phones: Fleet) -> None:
    lot = await publish(acme, phones, inCountryOnly=True, minQualityBp=6000)
    bad = await bidder("bad", 3000, country="DE", erases=False)
    refused = await bid(lot, bad, "100.00")
    assert (refused["reasons"], refused["qualityBp"], refused["minQualityBp"]) == (
        ["COUNTRY_NOT_ALLOWED", "QUALITY_BELOW_MINIMUM", "ERASURE_CAPABILITY_MISSING"], 3000, 6000,
    )  # fmt: skip
    new = await bidder("new", state="PROBATION")
    capped = await bid(lot, new, "20000.01")
    assert capped["reasons"] == ["CAP_REACHED"]
    assert (await bid(lot, new, "20000.00"))["bid"]["state"] == "SUBMITTED"
    elsewhere = await bidder("elsewhere", 9000, markets=("DE",))
    assert (await bid(lot, elsewhere, "100.00"))["code"] == "LOT_UNKNOWN"
    gone = await bidder("gone", 9000, state="SUSPENDED")
    assert (await bid(lot, gone, "100.00"))["code"] == "LOT_UNKNOWN"
    told = await fetch("SELECT m.slug FROM event e JOIN merchant m ON m.id = e.merchant_id")
    assert told == [], "told only to those who were there and may bid"


async def test_the_reserve_of_an_open_lot_refuses_at_once_and_that_of_a_sealed_one_at_the_end(
    acme: Caller, phones: Fleet
) -> None:
    one = await bidder("one", 7000)
    open_ = await publish(acme, phones, phones.assets[:1], sealed=False, reserve="100.00")
    low = await bid(open_, one, "99.99")
    assert (low["code"], low["reserve"]["amount"]) == ("BELOW_RESERVE", "100.00")
    sealed = await publish(acme, phones, phones.assets[1:], reserve="100.00")
    assert (await bid(sealed, one, "99.99"))["bid"]["state"] == "SUBMITTED"
    await pass_deadline(row_of(sealed))
    await closing.close(row_of(sealed), vault())
    mine = (await data(MINE, bidder_key(one), id=sealed["id"]))["lot"]
    assert (mine["state"], mine["myBid"]["because"], mine["myBid"]["amount"]["amount"]) == (
        "UNSOLD", "BELOW_RESERVE", "99.99",
    )  # fmt: skip


async def test_an_open_lot_shows_the_highest_amount_and_a_late_bid_moves_its_end(
    acme: Caller, phones: Fleet
) -> None:
    snipe = {"windowSeconds": 7200, "extendSeconds": 7200, "most": 1}
    lot = await publish(acme, phones, sealed=False, antiSnipe=snipe)
    one, two = await bidder("one", 7000), await bidder("two", 7000)
    await bid(lot, one, "100.00")
    after = (await data(READ, bidder_key(two), id=lot["id"]))["lot"]
    assert (after["leadingAmount"]["amount"], after["bidCount"]) == ("100.00", 1)
    assert after["bidsUntil"] > lot["bidsUntil"]
    await bid(lot, two, "120.00")
    last = (await data(READ, acme, id=lot["id"]))["lot"]
    assert last["bidsUntil"] == after["bidsUntil"], "once, as it was said"
    assert (await data(MINE, bidder_key(one), id=lot["id"]))["lot"]["myBid"]["amount"] == {
        "amount": "100.00", "currency": "EUR",
    }  # fmt: skip
    kinds = (await data(TIMELINE, bidder_key(one), id=lot["id"]))["lot"]["timeline"]
    assert [each["kind"] for each in kinds] == ["MOVED", "EXTENDED"]


async def test_solidarity_actors_see_a_share_first_and_others_bid_after(
    acme: Caller, phones: Fleet
) -> None:
    assert acme.organisation_id
    many = await fleets.fleet(acme.organisation_id, 10, models=("A", "B"))
    ess, other = await bidder("ess", 7000, ess=True), await bidder("other", 7000)
    lot = await publish(acme, many, essShareBp=3000, bidsUntil=fleets.soon(days=5))

    whole = (await data(GROUPS, bidder_key(ess), id=lot["id"]))["lot"]
    part = (await data(GROUPS, bidder_key(other), id=lot["id"]))["lot"]
    assert (whole["assets"], part["assets"]) == (10, 7)
    counts = {g["node"]["model"]: g["node"]["assets"] for g in part["groups"]["edges"]}
    assert counts == {"A": 3, "B": 4}, "each model gives its share"
    refused = await bid(lot, other, "100.00")
    assert refused["reasons"] == ["SOLIDARITY_FIRST"]
    assert (await bid(lot, ess, "100.00"))["bid"]["state"] == "SUBMITTED"
    await fleets.pass_time(row_of(lot), "ess_until")
    assert await closing.due("untold") == [row_of(lot)]
    assert await closing.tell_others(row_of(lot))
    assert await closing.due("untold") == []
    assert (await data(GROUPS, bidder_key(other), id=lot["id"]))["lot"]["assets"] == 10
    assert (await bid(lot, other, "100.00"))["bid"]["state"] == "SUBMITTED"
    told = await fetch(
        "SELECT m.slug FROM event e JOIN merchant m ON m.id = e.merchant_id ORDER BY e.n"
    )
    assert [row["slug"] for row in told] == ["ess", "other"]


async def test_another_than_the_best_bid_needs_a_reason_and_a_silent_winner_makes_way(
    acme: Caller, phones: Fleet
) -> None:
    lot = await publish(acme, phones)
    one, two = await bidder("one", 7000), await bidder("two", 7000)
    first = await bid(lot, one, "500.00")
    second = await bid(lot, two, "400.00")
    early = await ask(AWARD, acme, lotId=lot["id"])
    assert (early["code"], early["from"]) == ("INVALID_TRANSITION", "PUBLISHED")
    await pass_deadline(row_of(lot))
    await closing.close(row_of(lot), vault())
    bare = await ask(AWARD, acme, lotId=lot["id"], bidId=second["bid"]["id"])
    assert (bare["code"], bare["rank"]) == ("AWARD_REASON_REQUIRED", 2)
    chosen = await ask(
        AWARD, acme, lotId=lot["id"], bidId=second["bid"]["id"], reason="nearer to our site"
    )
    assert chosen["lot"]["state"] == "AWARDED"
    assert (await ask(CONFIRM, bidder_key(one), lotId=lot["id"]))["code"] == "LOT_UNKNOWN"
    await fleets.pass_time(row_of(lot), "confirm_by")
    late = await ask(CONFIRM, bidder_key(two), lotId=lot["id"])
    assert late["code"] == "CONFIRMATION_DEADLINE_PASSED"
    assert await closing.default_if_due(row_of(lot))
    assert await fleets.states(row_of(lot)) == {"one": "SUBMITTED", "two": "DEFAULTED"}
    assert (await ask(AWARD, acme, lotId=lot["id"], bidId=second["bid"]["id"]))["code"] == (
        "LOT_BID_UNKNOWN"
    )
    again = await ask(AWARD, acme, lotId=lot["id"])
    assert again["lot"]["awardedAmount"]["amount"] == "500.00"
    no = await ask(DECLINE, bidder_key(one), lotId=lot["id"], reason="no room")
    assert (no["bid"]["id"], no["bid"]["state"]) == (first["bid"]["id"], "DEFAULTED")
    assert (await data(READ, acme, id=lot["id"]))["lot"]["state"] == "UNSOLD"


async def test_a_lot_that_awards_itself_goes_to_the_next_one_when_its_winner_declines(
    acme: Caller, phones: Fleet
) -> None:
    lot = await publish(acme, phones, autoAward=True)
    one, two = await bidder("one", 7000), await bidder("two", 7000)
    await bid(lot, one, "500.00")
    await bid(lot, two, "400.00")
    await pass_deadline(row_of(lot))
    await closing.close(row_of(lot), vault())
    assert await fleets.states(row_of(lot)) == {"one": "WON", "two": "SUBMITTED"}
    await ask(DECLINE, bidder_key(one), lotId=lot["id"], reason="no room")
    assert await fleets.states(row_of(lot)) == {"one": "DEFAULTED", "two": "WON"}
    done = await ask(CONFIRM, bidder_key(two), lotId=lot["id"])
    assert done["lot"]["state"] == "CONTRACTED"
    moves = (await data(TIMELINE, acme, id=lot["id"]))["lot"]["timeline"]
    assert [each["toState"] for each in moves if each["kind"] == "MOVED"] == [
        "PUBLISHED", "BIDDING_CLOSED", "AWARDED", "BIDDING_CLOSED", "AWARDED", "CONTRACTED",
    ]  # fmt: skip


async def test_a_lot_that_is_taken_back_leaves_no_bid_readable_and_its_devices_free(
    acme: Caller, phones: Fleet
) -> None:
    lot, one = await publish(acme, phones), await bidder("one", 7000)
    await bid(lot, one, "500.00")
    found = await ask(CANCEL, acme, lotId=lot["id"], reason="we keep them")
    assert found["lot"]["state"] == "CANCELLED"
    assert await fleets.states(row_of(lot)) == {"one": "INVALIDATED"}
    assert await fetchval("SELECT count(*) FROM lot_bid WHERE sealed IS NOT NULL") == 0
    assert await fetchval("SELECT count(*) FROM asset WHERE lot_id IS NULL") == 3
    assert (await ask(CANCEL, acme, lotId=lot["id"], reason="x"))["code"] == "INVALID_TRANSITION"
