"""Parcels as those who wait for them, send them and choose their carriers see them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.accounts.roles import CallerKind, Role
from domain.shipments import ShipmentStatus
from domain.shipments.carriers import CarrierCode
from models.base import execute, fetchval
from models.merchants import Merchant
from resolvers.context import Caller
from tests import factories, orders
from tests.factories import Item
from tests.orders import Bought
from tests.schema.asking import Json, data, key_of, refusal
from tests.schema.asking import counted as counting

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SEEN = datetime(2026, 5, 6, 10, 30, tzinfo=UTC)
SHIPMENT = """id carrier trackingNumber status reason late stalled promisedBy eta lastCheckedAt
  trackingUrl en: statusText fr: statusText(locale: "fr") proofOfDelivery{signedBy place}
  events{at localTime place country status carrierCode carrierText text text_fr: text(locale: "fr")}
  orderLineIds"""
DELIVERIES = f"query($order: ID!){{deliveries(orderId: $order){{{SHIPMENT}}}}}"
NUMBER = """query($number: String!, $after: String, $first: Int! = 24){
  shipments(carrier: LA_POSTE, trackingNumber: $number, first: $first, after: $after){
    edges{node{id createdAt}} pageInfo{hasNextPage endCursor}}}"""
SHARE = "{... on LaneShare{bp lowBp highBp x n} ... on LaneNotEnoughData{code n min}}"
DAYS = "{... on LaneDays{days low high n} ... on LaneNotEnoughData{code n min}}"
LANES = f"""query($carrier: Carrier){{carrierScorecards(carrier: $carrier){{edges{{node{{
  carrier origin destination parcels onTime{SHARE} lost{SHARE} firstAttempt{SHARE} damaged{SHARE}
  lateScans{SHARE} trackingHealth{SHARE} daysP50{DAYS} daysP90{DAYS}}}}}}}}}"""


def person(customer: UUID) -> Caller:
    return Caller(kind=CallerKind.CUSTOMER, user_id=customer)


def team(*markets: str) -> Caller:
    roles = frozenset({Role.COUNTRY_TEAM.value})
    return Caller(
        kind=CallerKind.STAFF, user_id=factories.some_id(), roles=roles, markets=frozenset(markets)
    )


@pytest.fixture
async def item(db: None) -> Item:
    return (await factories.world(1, 1))[0]


@pytest.fixture
async def owner(item: Item) -> Merchant:
    return await factories.merchant("amber")


@pytest.fixture
async def bought(owner: Merchant, item: Item) -> Bought:
    return await orders.bought(owner, item)


async def scan(parcel: UUID, code: str, status: str | None, at: datetime, **facts: Any) -> None:
    row = {
        "shipment_id": parcel, "event_key": f"{parcel}{code}{at}", "raw_code": code,
        "raw_label": "Vu", "language": "fr", "status": status, "mapped": True, "occurred_at": at,
        "occurred_local": at.replace(tzinfo=None) + 2 * HOUR, "utc_offset_minutes": 120,
        "time_source": "explicit", "position": 0, "source": "poll", "location": "Lyon",
        "country": "FR", "recorded_at": at,
    }  # fmt: skip
    await orders.insert("shipment_event", **(row | facts))


async def test_a_parcel_is_told_with_its_scans_in_two_languages_the_newest_first(
    bought: Bought,
) -> None:
    proof = {"signed_by": "Camille", "place": "Loge"}
    parcel = await orders.parcel(
        bought, status=ShipmentStatus.EXCEPTION, reason="CUSTOMS_HOLD", proof=proof, polled_at=SEEN
    )
    await scan(parcel, "PC1", "ACCEPTED", SEEN - DAY)
    await scan(parcel, "ID0", None, SEEN - HOUR)
    await scan(parcel, "DO3", "EXCEPTION", SEEN, reason="CUSTOMS_HOLD")

    [told] = (await data(DELIVERIES, person(bought.customer_id), order=str(bought.order_id)))[
        "deliveries"
    ]

    assert (told["en"], told["fr"]) == (
        "Stopped on its way: customs hold it",
        "Arrêté en chemin : il est retenu en douane",
    )
    assert told["proofOfDelivery"] == {"signedBy": "Camille", "place": "Loge"}
    assert told["lastCheckedAt"] == SEEN.isoformat()
    assert told["trackingUrl"].endswith(told["trackingNumber"])
    assert len(told["orderLineIds"]) == 1
    events = told["events"]
    assert [each["carrierCode"] for each in events] == ["DO3", "ID0", "PC1"]
    assert events[0]["localTime"] == "2026-05-06T12:30:00+02:00"
    assert events[0]["text_fr"] == told["fr"]
    assert (events[1]["status"], events[1]["text"]) == (None, "Vu")


async def test_whoever_is_not_of_the_order_sees_nothing_of_its_parcels(
    bought: Bought, owner: Merchant, item: Item
) -> None:
    await orders.parcel(bought)
    other, stranger = await factories.merchant("birch"), await orders.customer("b@example.com")
    asked = {"order": str(bought.order_id)}

    seen = {
        "customer": person(bought.customer_id),
        "merchant": key_of(owner, "shipments:read"),
        "team": team("FR"),
    }
    hidden = {
        "other merchant": key_of(other, "shipments:read"),
        "stranger": person(stranger),
        "team of another market": team("DE"),
    }

    for who, caller in (seen | hidden).items():
        found = (await data(DELIVERIES, caller, **asked))["deliveries"]
        assert bool(found) is (who in seen), who
        pages = await data(NUMBER, caller, number="6A99900000017")
        assert bool(pages["shipments"]["edges"]) is (who in seen), who
    assert (await refusal(DELIVERIES, key_of(owner), **asked))["reason"] == "SCOPE_NOT_GRANTED"
    assert (await refusal(DELIVERIES, None, **asked))["code"] == "UNAUTHENTICATED"


async def test_a_number_that_was_used_again_is_a_list_the_youngest_first(
    owner: Merchant, item: Item
) -> None:
    buyer = await orders.customer()
    made = []
    for n in range(3):
        of = await orders.bought(owner, item, by=buyer)
        parcel = await orders.parcel(of, number="6a99900000017", at=SEEN + n * 90 * DAY)
        made.append(await fetchval("SELECT id FROM shipment WHERE id = $1", parcel))

    one = await data(NUMBER, person(buyer), number=" 6A99900000017 ", first=2)
    cursor = one["shipments"]["pageInfo"]["endCursor"]
    two = await data(NUMBER, person(buyer), number="6A99900000017", first=2, after=cursor)

    times = [
        edge["node"]["createdAt"] for page in (one, two) for edge in page["shipments"]["edges"]
    ]
    assert times == sorted(times, reverse=True)
    assert len(times) == len(made) == 3


async def test_a_page_of_orders_costs_one_statement_for_all_parcels_and_one_for_all_scans(
    owner: Merchant, item: Item, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer = await orders.customer()
    for n in range(5):
        of = await orders.bought(owner, item, by=buyer)
        parcel = await orders.parcel(of, number=f"6A9990000001{n}")
        await scan(parcel, "PC1", "ACCEPTED", SEEN)
    two = """query($a: ID!, $b: ID!){
      x: deliveries(orderId: $a){events{at}} y: deliveries(orderId: $b){events{at}}}"""
    rows = await data("{orders{edges{node{id}}}}", person(buyer))
    ids = [edge["node"]["id"] for edge in rows["orders"]["edges"]]

    with counting(monkeypatch) as sent:
        found = await data(two, person(buyer), a=ids[0], b=ids[1])

    assert all(found[key][0]["events"] for key in "xy")
    assert sum(sent.values()) == 2, sent


async def _lane(owner: Merchant, item: Item, n: int, late: int, **facts: Any) -> None:
    """So many parcels of a lane, delivered after two days; the late ones after four."""
    begun = datetime.now(UTC) - 20 * DAY
    of = await orders.bought(owner, item, lines=1)
    for each in range(n):
        took = 4 if each < late else 2
        row = {
            "status": ShipmentStatus.DELIVERED, "first_scan_at": begun + HOUR, "lines": [],
            "delivered_at": begun + HOUR + took * DAY, "promised_by": (begun + 3 * DAY).date(),
            "next_poll_at": None, "at": begun, "number": f"N{each}",
        }  # fmt: skip
        await orders.parcel(of, **(row | facts))


async def _lanes(caller: Caller, **variables: Any) -> dict[str, Json]:
    found = (await data(LANES, caller, **variables))["carrierScorecards"]["edges"]
    nodes = [edge["node"] for edge in found]
    return {f"{x['carrier']} {x['origin']}-{x['destination']}": x for x in nodes}


async def test_a_scorecard_counts_its_lane_with_intervals_and_says_when_there_is_too_little(
    owner: Merchant, item: Item
) -> None:
    await _lane(owner, item, 40, 10)
    await _lane(owner, item, 5, 0, carrier=CarrierCode.UPS, origin="DE")
    await execute(
        "UPDATE shipment SET status = 'LOST', delivered_at = NULL WHERE tracking_number = 'N0'"
    )

    found = await _lanes(team("FR"))

    lane = found["LA_POSTE FR-FR"]
    assert (lane["onTime"]["x"], lane["onTime"]["n"], lane["onTime"]["bp"]) == (30, 40, 7500)
    assert lane["onTime"]["lowBp"] < 7500 < lane["onTime"]["highBp"]
    assert (lane["lost"]["x"], lane["lost"]["n"]) == (1, 40)
    assert (float(lane["daysP50"]["days"]), float(lane["daysP90"]["days"])) == (2, 4)
    assert lane["firstAttempt"] == {"code": "NOT_ENOUGH_DATA", "n": 0, "min": 30}
    assert found["UPS DE-FR"]["onTime"] == {"code": "NOT_ENOUGH_DATA", "n": 5, "min": 30}
    assert list(await _lanes(team("FR"), carrier="UPS")) == ["UPS DE-FR"]


async def test_first_attempts_and_late_scans_are_told_by_scans(owner: Merchant, item: Item) -> None:
    await _lane(owner, item, 40, 0)
    await execute(
        "UPDATE shipment SET first_scan_at = created_at + interval '30 hours' "
        "WHERE tracking_number = 'N1'"
    )
    parcels = await fetchval("SELECT array_agg(id ORDER BY tracking_number) FROM shipment")
    for n, parcel in enumerate(parcels):
        await scan(parcel, "DI1", "DELIVERED", SEEN)
        if n < 4:
            await scan(parcel, "ND1", "DELIVERY_FAILED", SEEN - HOUR)

    lane = (await _lanes(team("FR")))["LA_POSTE FR-FR"]

    assert (lane["firstAttempt"]["x"], lane["firstAttempt"]["n"]) == (36, 40)
    assert (lane["lateScans"]["x"], lane["lateScans"]["n"]) == (1, 40)


async def test_a_merchant_sees_lanes_of_its_own_parcels_and_a_team_those_of_its_markets(
    owner: Merchant, item: Item
) -> None:
    other = await factories.merchant("birch")
    await _lane(owner, item, 3, 0)
    await _lane(other, item, 4, 0)

    assert (await _lanes(key_of(owner, "shipments:read")))["LA_POSTE FR-FR"]["parcels"] == 3
    assert (await _lanes(team("FR")))["LA_POSTE FR-FR"]["parcels"] == 7
    assert await _lanes(team("DE")) == {}
